/* table_file.c: see table_file.h. Writing is here, and what both sides share; reading in table_reader.c.
 *
 * 1. Records of a row group are gathered column by column: keys and values already as they will lie.
 * 2. A full group is laid out, compressed, and appended to the file, its line to the footer.
 * 3. With a limit, a group that does not fit closes the file and begins the next; one that does not fit into
 *    an empty file either is cut in halves, and each tried again.
 */
#include "table_file.h"

#include "arena.h"
#include "check.h"
#include "crc32c.h"
#include "memory.h"
#include "table_format.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

const char *table_status_name(enum table_status status)
{
    switch (status) {
    case TABLE_OK:
        return "ok";
    case TABLE_END:
        return "end";
    case TABLE_TRUNCATED:
        return "truncated";
    case TABLE_BAD_MAGIC:
        return "not a table file";
    case TABLE_BAD_CRC:
        return "wrong CRC";
    case TABLE_BAD_CODEC:
        return "damaged compression";
    case TABLE_BAD_RECORD:
        return "a record or statistic contradicts the rest";
    case TABLE_NOT_SORTED:
        return "not sorted";
    case TABLE_TOO_BIG:
        return "too big";
    }
    CHECK(false, "status %d", (int)status);
    return "";
}

int table_key_compare(const void *a, size_t a_n, const void *b, size_t b_n)
{
    size_t n = a_n < b_n ? a_n : b_n;
    int order = n == 0 ? 0 : memcmp(a, b, n);
    return order != 0 ? order : (a_n > b_n) - (a_n < b_n);
}

int table_record_compare(const struct table_record *a, const struct table_record *b)
{
    int order = table_key_compare(a->key, a->key_n, b->key, b->key_n);
    if (order != 0) return order;
    if (a->time_ms != b->time_ms) return a->time_ms < b->time_ms ? -1 : 1;
    for (int i = 0; i < 2; i++)
        if (a->id[i] != b->id[i]) return a->id[i] < b->id[i] ? -1 : 1;
    return table_key_compare(a->value, a->value_n, b->value, b->value_n);
}

enum { SORT_RUN = 8 };

/* A merge sort, so that the comparisons counted do not depend on the C library. */
uint64_t table_records_sort(struct table_record *records, size_t n)
{
    uint64_t comparisons = 0;
    for (size_t begin = 0; begin < n; begin += SORT_RUN) {
        size_t end = n - begin < SORT_RUN ? n : begin + SORT_RUN;
        for (size_t i = begin + 1; i < end; i++) {
            struct table_record record = records[i];
            size_t place = i;
            for (; place > begin; place--) {
                comparisons++;
                if (table_record_compare(&records[place - 1], &record) <= 0) break;
                records[place] = records[place - 1];
            }
            records[place] = record;
        }
    }
    if (n <= SORT_RUN) return comparisons;
    CHECK(n <= SIZE_MAX / sizeof *records, "%zu records", n);
    struct table_record *other = malloc(n * sizeof *other);
    CHECK(other != NULL, "no memory to sort %zu records", n);
    struct table_record *from = records, *to = other;
    for (size_t width = SORT_RUN; width < n; width *= 2) {
        for (size_t begin = 0; begin < n; begin += 2 * width) {
            size_t middle = n - begin < width ? n : begin + width;
            size_t end = n - middle < width ? n : middle + width;
            size_t a = begin, b = middle;
            for (size_t out = begin; out < end; out++) {
                bool take_a = b == end;
                if (!take_a && a < middle) {
                    comparisons++;
                    take_a = table_record_compare(&from[a], &from[b]) <= 0;
                }
                to[out] = take_a ? from[a++] : from[b++];
            }
        }
        struct table_record *swap = from;
        from = to;
        to = swap;
    }
    if (from != records) memcpy(records, from, n * sizeof *records);
    free(other);
    return comparisons;
}

void table_buffer_reserve(struct table_buffer *buffer, size_t n)
{
    if (n <= buffer->capacity) return;
    size_t capacity = buffer->capacity < 4096 ? 4096 : buffer->capacity;
    while (capacity < n) {
        CHECK(capacity <= SIZE_MAX / 2, "a buffer of %zu bytes", n);
        capacity *= 2;
    }
    buffer->bytes = memory_resize(buffer->bytes, capacity, 1);
    buffer->capacity = capacity;
}

static unsigned char *append(struct table_buffer *buffer, size_t n)
{
    CHECK(n <= SIZE_MAX - buffer->n, "%zu and %zu bytes", buffer->n, n);
    table_buffer_reserve(buffer, buffer->n + n);
    unsigned char *place = buffer->bytes + buffer->n;
    buffer->n += n;
    return place;
}

static void append_bytes(struct table_buffer *buffer, const void *bytes, size_t n)
{
    unsigned char *place = append(buffer, n);
    if (n > 0) memcpy(place, bytes, n);
}

static void append_little(struct table_buffer *buffer, uint64_t value, int bytes)
{
    unsigned char *place = append(buffer, (size_t)bytes);
    for (int i = 0; i < bytes; i++)
        place[i] = (unsigned char)(value >> 8 * i);
}

/* A record that waits for its row group; its key and value stand in the writer's columns. */
struct pending {
    size_t key_at, value_at;
    uint32_t key_n, value_n;
    int64_t time_ms;
    uint64_t id[2];
};

struct table_writer {
    ZSTD_CCtx *compress;
    struct table_writer_options options;
    bool writing;
    int64_t group_bytes; /* the limit in force */
    struct table_counts counts;

    struct pending *pending;
    size_t pending_n, pending_capacity;
    struct table_buffer keys, values;
    int64_t pending_bytes; /* at most what the group will have */

    struct table_buffer raw, packed, file, groups;
    int32_t groups_n;
    int64_t file_records, file_raw_bytes, files_finished;
    struct table_buffer last_key, last_value; /* of the record before, to check the order */
    struct table_record last;
    bool has_last;
};

struct table_writer *table_writer_new(void)
{
    struct table_writer *w = calloc(1, sizeof *w);
    CHECK(w != NULL, "no memory for a writer");
    w->compress = ZSTD_createCCtx();
    CHECK(w->compress != NULL, "no memory for zstd");
    return w;
}

void table_writer_free(struct table_writer *w)
{
    if (w == NULL) return;
    ZSTD_freeCCtx(w->compress);
    free(w->pending);
    struct table_buffer *const buffers[] = {&w->keys, &w->values, &w->raw,      &w->packed,
                                            &w->file, &w->groups, &w->last_key, &w->last_value};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        free(buffers[i]->bytes);
    free(w);
}

const struct table_counts *table_writer_counts(const struct table_writer *w)
{
    return &w->counts;
}

static void begin_file(struct table_writer *w)
{
    w->file.n = 0;
    w->groups.n = 0;
    w->groups_n = 0;
    w->file_records = 0;
    w->file_raw_bytes = 0;
    append_bytes(&w->file, table_magic, sizeof table_magic);
    append_little(&w->file, TABLE_VERSION, 1);
    append_little(
        &w->file,
        (w->options.sorted ? TABLE_FLAG_SORTED : 0u) | (w->options.level == 0 ? TABLE_FLAG_STORED : 0u), 1);
    append_little(&w->file, (uint64_t)w->options.id_at, 2);
}

void table_writer_begin(struct table_writer *w, const struct table_writer_options *options)
{
    const int id_at = options->id_at;
    CHECK(options->level >= 0 && options->level <= 22, "level %d", options->level);
    CHECK(options->group_bytes >= 1 && options->group_bytes <= TABLE_GROUP_RAW_BYTES_MAX &&
              options->file_bytes >= 0,
          "row groups of %lld bytes in files of %lld", (long long)options->group_bytes,
          (long long)options->file_bytes);
    CHECK(id_at == TABLE_ID_NONE || id_at == TABLE_ID_COLUMN || (id_at >= 0 && id_at <= TABLE_ID_AT_MAX),
          "an id at %d", id_at);
    CHECK(options->arena != NULL && options->finished != NULL, "nowhere to put files");
    w->options = *options;
    w->group_bytes = options->group_bytes;
    int64_t eighth = options->file_bytes / 8;
    if (options->file_bytes > 0 && w->group_bytes > eighth) w->group_bytes = eighth > 0 ? eighth : 1;
    w->counts = (struct table_counts){0};
    w->pending_n = 0;
    w->keys.n = 0;
    w->values.n = 0;
    w->pending_bytes = 0;
    w->files_finished = 0;
    w->has_last = false;
    w->writing = true;
    begin_file(w);
}

static void finish_file(struct table_writer *w)
{
    struct table_buffer *file = &w->file;
    size_t footer_at = file->n;
    append_little(file, (uint64_t)w->file_records, 8);
    append_little(file, (uint64_t)w->file_raw_bytes, 8);
    append_little(file, (uint64_t)w->groups_n, 4);
    append_bytes(file, w->groups.bytes, w->groups.n);
    size_t footer_n = file->n - footer_at;
    CHECK(footer_n <= UINT32_MAX, "a footer of %zu bytes", footer_n);
    uint32_t crc = crc32c(crc32c(0, file->bytes, TABLE_HEADER_BYTES), file->bytes + footer_at, footer_n);
    append_little(file, footer_n, 4);
    append_little(file, crc, 4);
    append_bytes(file, table_magic, sizeof table_magic);
    w->counts.crc_bytes += TABLE_HEADER_BYTES + footer_n;
    w->counts.files++;
    w->files_finished++;

    unsigned char *bytes = ARENA_NEW(w->options.arena, unsigned char, file->n);
    memcpy(bytes, file->bytes, file->n);
    struct table_file finished = {.bytes = bytes, .n = file->n};
    struct table_footer footer;
    enum table_status status = table_footer_read(bytes, file->n, &footer);
    CHECK(status == TABLE_OK, "wrote a file that is %s", table_status_name(status));
    finished.stats = footer.stats;
    w->options.finished(w->options.context, &finished);
}

static unsigned char *put_varint(unsigned char *p, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        *p++ = (unsigned char)(value | 0x80);
    *p++ = (unsigned char)value;
    return p;
}

static void put_little(unsigned char *p, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        p[i] = (unsigned char)(value >> 8 * i);
}

/* The most that one record adds to a group beside its key and value: two lengths, a time, an id. */
enum { RECORD_OVERHEAD_MAX = 3 + 4 + 10 + 16 };

/* Lays records begin .. end out in w->raw. */
static void lay_out(struct table_writer *w, size_t begin, size_t end)
{
    const struct pending *first = &w->pending[begin], *last = &w->pending[end - 1];
    const size_t keys_n = last->key_at + last->key_n - first->key_at;
    const size_t values_n = last->value_at + last->value_n - first->value_at;
    w->raw.n = 0;
    table_buffer_reserve(&w->raw,
                         TABLE_GROUP_HEADER_BYTES + keys_n + values_n + (end - begin) * RECORD_OVERHEAD_MAX);
    unsigned char *columns[TABLE_COLUMNS + 1];
    unsigned char *p = columns[0] = w->raw.bytes + TABLE_GROUP_HEADER_BYTES;
    for (size_t i = begin; i < end; i++)
        p = put_varint(p, w->pending[i].key_n);
    columns[1] = p;
    if (keys_n > 0) memcpy(p, w->keys.bytes + first->key_at, keys_n);
    p = columns[2] = p + keys_n;
    uint64_t time = 0;
    for (size_t i = begin; i < end; i++) {
        /* Differences wrap around, as the reader's sums do. */
        uint64_t difference = (uint64_t)w->pending[i].time_ms - time;
        time = (uint64_t)w->pending[i].time_ms;
        p = put_varint(p, difference << 1 ^ (difference >> 63 ? UINT64_MAX : 0));
    }
    columns[3] = p;
    if (w->options.id_at == TABLE_ID_COLUMN)
        for (size_t i = begin; i < end; i++, p += 16) {
            put_little(p, w->pending[i].id[0], 8);
            put_little(p + 8, w->pending[i].id[1], 8);
        }
    columns[4] = p;
    for (size_t i = begin; i < end; i++)
        p = put_varint(p, w->pending[i].value_n);
    columns[5] = p;
    if (values_n > 0) memcpy(p, w->values.bytes + first->value_at, values_n);
    columns[6] = p + values_n;
    put_little(w->raw.bytes, end - begin, 4);
    for (int c = 0; c < TABLE_COLUMNS; c++)
        put_little(w->raw.bytes + 4 + 4 * c, (uint64_t)(columns[c + 1] - columns[c]), 4);
    w->raw.n = (size_t)(columns[6] - w->raw.bytes);
    CHECK(w->raw.n <= TABLE_GROUP_RAW_BYTES_MAX, "a row group of %zu bytes", w->raw.n);
}

/* The footer's line of the group in w->packed goes to the end of w->groups. */
static void append_line(struct table_writer *w, size_t begin, size_t end)
{
    const struct pending *least = &w->pending[begin], *most = &w->pending[end - 1];
    int64_t min_time = w->pending[begin].time_ms, max_time = min_time;
    const unsigned char *keys = w->keys.bytes;
    for (size_t i = begin; i < end; i++) {
        const struct pending *p = &w->pending[i];
        if (p->time_ms < min_time) min_time = p->time_ms;
        if (p->time_ms > max_time) max_time = p->time_ms;
        if (w->options.sorted) continue;
        if (table_key_compare(keys + p->key_at, p->key_n, keys + least->key_at, least->key_n) < 0) least = p;
        if (table_key_compare(keys + p->key_at, p->key_n, keys + most->key_at, most->key_n) > 0) most = p;
    }
    append_little(&w->groups, w->packed.n, 4);
    append_little(&w->groups, w->raw.n, 4);
    append_little(&w->groups, end - begin, 4);
    append_little(&w->groups, crc32c(0, w->packed.bytes, w->packed.n), 4);
    append_little(&w->groups, (uint64_t)min_time, 8);
    append_little(&w->groups, (uint64_t)max_time, 8);
    append_little(&w->groups, least->key_n, 2);
    append_bytes(&w->groups, keys + least->key_at, least->key_n);
    append_little(&w->groups, most->key_n, 2);
    append_bytes(&w->groups, keys + most->key_at, most->key_n);
    w->counts.crc_bytes += w->packed.n;
}

static bool fits(const struct table_writer *w)
{
    if (w->groups_n == TABLE_GROUPS_MAX) return false;
    return w->options.file_bytes == 0 ||
           w->file.n + w->packed.n + TABLE_FOOTER_FIXED_BYTES + w->groups.n + TABLE_TRAILER_BYTES <=
               (uint64_t)w->options.file_bytes;
}

/* From w->raw to w->packed. */
static void pack(struct table_writer *w)
{
    if (w->options.level == 0) {
        struct table_buffer swap = w->packed;
        w->packed = w->raw;
        w->raw = swap;
        w->raw.n = w->packed.n;
        return;
    }
    table_buffer_reserve(&w->packed, ZSTD_compressBound(w->raw.n));
    w->packed.n = ZSTD_compressCCtx(w->compress, w->packed.bytes, w->packed.capacity, w->raw.bytes, w->raw.n,
                                    w->options.level);
    CHECK(!ZSTD_isError(w->packed.n), "zstd: %s", ZSTD_getErrorName(w->packed.n));
    w->counts.raw_bytes += w->raw.n;
    w->counts.compressed_bytes += w->packed.n;
}

static void write_group(struct table_writer *w, size_t begin, size_t end)
{
    lay_out(w, begin, end);
    pack(w);
    size_t groups_n = w->groups.n;
    append_line(w, begin, end);
    if (!fits(w) && w->groups_n > 0) {
        w->groups.n = groups_n;
        finish_file(w);
        begin_file(w);
        append_line(w, begin, end);
    }
    if (!fits(w) && end - begin > 1) {
        w->groups.n = 0; /* the file is empty */
        size_t middle = begin + (end - begin) / 2;
        write_group(w, begin, middle);
        write_group(w, middle, end);
        return;
    }
    append_bytes(&w->file, w->packed.bytes, w->packed.n);
    w->groups_n++;
    w->file_records += (int64_t)(end - begin);
    w->file_raw_bytes += (int64_t)w->raw.n;
    w->counts.groups++;
}

static void close_group(struct table_writer *w)
{
    if (w->pending_n == 0) return;
    write_group(w, 0, w->pending_n);
    w->pending_n = 0;
    w->keys.n = 0;
    w->values.n = 0;
    w->pending_bytes = 0;
}

/* Copies of key and value are needed only where a group ended between two records. */
static void check_order(struct table_writer *w, const struct table_record *record)
{
    if (w->has_last) {
        struct table_record last = w->last;
        if (w->pending_n > 0) {
            const struct pending *p = &w->pending[w->pending_n - 1];
            last.key = w->keys.bytes + p->key_at;
            last.value = w->values.bytes + p->value_at;
        } else {
            last.key = w->last_key.bytes;
            last.value = w->last_value.bytes;
        }
        CHECK(table_record_compare(&last, record) <= 0, "records out of order");
    }
    w->last = *record;
    w->has_last = true;
}

static void keep_last(struct table_writer *w)
{
    if (w->pending_n == 0 || !w->options.sorted) return;
    const struct pending *p = &w->pending[w->pending_n - 1];
    w->last_key.n = 0;
    append_bytes(&w->last_key, w->keys.bytes + p->key_at, p->key_n);
    w->last_value.n = 0;
    append_bytes(&w->last_value, w->values.bytes + p->value_at, p->value_n);
}

void table_writer_add(struct table_writer *w, const struct table_record *record)
{
    CHECK(w->writing, "a record before the beginning");
    CHECK(record->key_n <= TABLE_KEY_BYTES_MAX && record->value_n <= TABLE_VALUE_BYTES_MAX,
          "a record of %u and %u bytes", record->key_n, record->value_n);
    if (w->options.id_at == TABLE_ID_NONE) {
        CHECK(record->id[0] == 0 && record->id[1] == 0, "an id where there should be none");
    } else if (w->options.id_at != TABLE_ID_COLUMN) {
        uint64_t id[2];
        CHECK(table_id_in_value(record->value, record->value_n, w->options.id_at, id) &&
                  id[0] == record->id[0] && id[1] == record->id[1],
              "the id is not in the value, at %d", w->options.id_at);
    }
    int64_t bytes = (int64_t)record->key_n + record->value_n + RECORD_OVERHEAD_MAX;
    if (w->pending_n > 0 && (w->pending_bytes + bytes > w->group_bytes - TABLE_GROUP_HEADER_BYTES ||
                             w->pending_n == TABLE_GROUP_RECORDS_MAX)) {
        keep_last(w);
        close_group(w);
    }
    if (w->options.sorted) check_order(w, record);
    if (w->pending_n == w->pending_capacity) {
        w->pending_capacity = w->pending_capacity == 0 ? 256 : 2 * w->pending_capacity;
        w->pending = memory_resize(w->pending, w->pending_capacity, sizeof *w->pending);
    }
    w->pending[w->pending_n++] = (struct pending){.key_at = w->keys.n,
                                                  .value_at = w->values.n,
                                                  .key_n = record->key_n,
                                                  .value_n = record->value_n,
                                                  .time_ms = record->time_ms,
                                                  .id = {record->id[0], record->id[1]}};
    append_bytes(&w->keys, record->key, record->key_n);
    append_bytes(&w->values, record->value, record->value_n);
    w->pending_bytes += bytes;
    w->counts.records++;
}

void table_writer_end(struct table_writer *w)
{
    CHECK(w->writing, "an end before the beginning");
    close_group(w);
    if (w->groups_n > 0 || w->files_finished == 0) finish_file(w);
    w->writing = false;
}

static void keep_file(void *context, const struct table_file *file)
{
    struct table_file *kept = context;
    CHECK(kept->bytes == NULL, "more row groups than a file may have");
    *kept = *file;
}

struct table_file table_file_write(struct table_writer *w, const struct table_writer_options *options,
                                   const struct table_record *records, size_t n)
{
    struct table_file file = {0};
    struct table_writer_options own = *options;
    own.file_bytes = 0;
    own.finished = keep_file;
    own.context = &file;
    table_writer_begin(w, &own);
    for (size_t i = 0; i < n; i++)
        table_writer_add(w, &records[i]);
    table_writer_end(w);
    return file;
}
