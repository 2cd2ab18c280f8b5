/* Table files: layout, round trips, statistics, and damage of every kind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "arena.h"
#include "crc32c.h"
#include "event.h"
#include "philox.h"
#include "table_file.h"

static const struct table_writer_options plain = {
    .level = 3, .group_bytes = 100000, .id_at = TABLE_ID_COLUMN, .sorted = true};

static struct table_writer_options options_in(struct arena *arena)
{
    struct table_writer_options options = plain;
    options.arena = arena;
    return options;
}

/* Some records with many equal keys and times, some values long and some empty. */
static struct table_record *random_records(struct philox *philox, size_t n, size_t value_most,
                                           struct arena *arena)
{
    struct table_record *records = ARENA_NEW(arena, struct table_record, n);
    for (size_t i = 0; i < n; i++) {
        struct table_record *r = &records[i];
        r->key_n = (uint32_t)philox_below(philox, 12);
        unsigned char *key = ARENA_NEW(arena, unsigned char, r->key_n);
        for (size_t b = 0; b < r->key_n; b++)
            key[b] = (unsigned char)("\0ab\xff"[philox_below(philox, 4)]);
        r->key = key;
        r->time_ms = (int64_t)philox_below(philox, 50) - 10;
        if (philox_below(philox, 20) == 0) r->time_ms = philox_below(philox, 2) == 0 ? INT64_MIN : INT64_MAX;
        r->id[0] = philox_below(philox, 3);
        r->id[1] = philox_next_u64(philox);
        r->value_n = (uint32_t)philox_below(philox, value_most + 1);
        unsigned char *value = ARENA_NEW(arena, unsigned char, r->value_n);
        for (size_t b = 0; b < r->value_n; b++)
            value[b] = (unsigned char)philox_below(philox, 20);
        r->value = value;
    }
    return records;
}

static void same_record(const struct table_record *a, const struct table_record *b)
{
    assert_int_equal(a->key_n, b->key_n);
    assert_int_equal(a->value_n, b->value_n);
    assert_true(a->time_ms == b->time_ms && a->id[0] == b->id[0] && a->id[1] == b->id[1]);
    if (a->key_n > 0) assert_memory_equal(a->key, b->key, a->key_n);
    if (a->value_n > 0) assert_memory_equal(a->value, b->value, a->value_n);
}

static void layout(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct table_writer *writer = table_writer_new();
    struct table_writer_options options = options_in(arena);
    const struct table_record records[] = {
        {.key = "a", .key_n = 1, .time_ms = 3, .id = {1, 2}, .value = "xyz", .value_n = 3},
        {.key = "b", .key_n = 1, .time_ms = 2},
    };
    const struct table_file file = table_file_write(writer, &options, records, 2);
    assert_memory_equal(file.bytes, "HRTF\1\1\xff\xff", 8);
    assert_memory_equal(file.bytes + file.n - 4, "HRTF", 4);
    /* footer: 20 fixed, one line of 36 and two keys of a byte; trailer 12 */
    const unsigned char *footer = file.bytes + file.n - 12 - 58;
    assert_memory_equal(footer, "\2\0\0\0\0\0\0\0", 8);
    /* raw: header 28, lengths 2, keys 2, times 2, ids 32, lengths 2, values 3 */
    assert_memory_equal(footer + 8, "\x47\0\0\0\0\0\0\0\1\0\0\0", 12);
    const size_t packed_n = (size_t)(footer - file.bytes) - 8;
    assert_int_equal(footer[20], packed_n);
    assert_memory_equal(footer + 24, "\x47\0\0\0\2\0\0\0", 8);
    assert_memory_equal(footer + 36, "\2\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\1\0a\1\0b", 22);
    assert_memory_equal(footer + 58, "\x3a\0\0\0", 4);
    uint32_t crc = crc32c(0, file.bytes + 8, packed_n);
    assert_true(footer[32] == (crc & 0xff) && footer[35] == crc >> 24);
    crc = crc32c(crc32c(0, file.bytes, 8), footer, 58);
    assert_true(footer[62] == (crc & 0xff) && footer[65] == crc >> 24);

    options.id_at = TABLE_ID_NONE;
    const struct table_file empty = table_file_write(writer, &options, records, 0);
    assert_int_equal(empty.n, 8 + 20 + 12);
    assert_int_equal(empty.stats.records, 0);
    assert_int_equal(empty.stats.groups_n, 0);
    struct table_reader *reader = table_reader_new();
    struct table_record record;
    assert_int_equal(table_reader_next(reader, &record), TABLE_END); /* none was opened */
    assert_int_equal(table_reader_open(reader, empty.bytes, empty.n, NULL), TABLE_OK);
    assert_int_equal(table_reader_next(reader, &record), TABLE_END);
    assert_int_equal(table_reader_next(reader, &record), TABLE_END);
    table_reader_free(reader);
    table_writer_free(writer);
    arena_free(arena);
}

static void compare_is_an_order(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct philox philox = philox_named(1, "test/table/compare");
    struct table_record *r = random_records(&philox, 60, 3, arena);
    for (size_t a = 0; a < 60; a++)
        for (size_t b = 0; b < 60; b++) {
            const int ab = table_record_compare(&r[a], &r[b]), ba = table_record_compare(&r[b], &r[a]);
            assert_int_equal((ab > 0) - (ab < 0), (ba < 0) - (ba > 0));
            for (size_t c = 0; c < 60; c++)
                if (ab <= 0 && table_record_compare(&r[b], &r[c]) <= 0)
                    assert_true(table_record_compare(&r[a], &r[c]) <= 0);
        }
    const struct table_record low = {.key = "ab", .key_n = 2}, high = {.key = "ab\0", .key_n = 3};
    assert_true(table_record_compare(&low, &high) < 0);
    arena_free(arena);
}

static int compare_for_qsort(const void *a, const void *b)
{
    return table_record_compare(a, b);
}

static void sorts_as_qsort(void **state)
{
    (void)state;
    struct philox philox = philox_named(1, "test/table/sort");
    for (size_t n = 0; n < 200; n++) {
        struct arena *arena = arena_new(0);
        struct table_record *mine = random_records(&philox, n, 5, arena);
        struct table_record *theirs = ARENA_NEW(arena, struct table_record, n);
        if (n > 0) memcpy(theirs, mine, n * sizeof *mine);
        const uint64_t comparisons = table_records_sort(mine, n);
        if (n > 0) qsort(theirs, n, sizeof *theirs, compare_for_qsort);
        for (size_t i = 0; i < n; i++)
            same_record(&mine[i], &theirs[i]);
        assert_true(n < 2 ? comparisons == 0 : comparisons >= n - 1 && comparisons < n * 12);
        arena_free(arena);
    }
}

static void round_trips(void **state)
{
    (void)state;
    struct philox philox = philox_named(1, "test/table/round");
    struct table_writer *writer = table_writer_new();
    struct table_reader *reader = table_reader_new();
    for (int round = 0; round < 200; round++) {
        struct arena *arena = arena_new(0);
        const size_t n = round < 5 ? (size_t)round : philox_below(&philox, 400);
        struct table_record *records = random_records(&philox, n, round % 7 == 0 ? 5000 : 60, arena);
        struct table_writer_options options = options_in(arena);
        options.sorted = round % 2 == 0;
        options.group_bytes = 1 + (int64_t)philox_below(&philox, round % 3 == 0 ? 100 : 20000);
        if (round % 11 < 3) options.level = 0;
        if (options.sorted) table_records_sort(records, n);
        if (round % 5 == 0) {
            options.id_at = TABLE_ID_NONE;
            for (size_t i = 0; i < n; i++)
                records[i].id[0] = records[i].id[1] = 0;
            if (options.sorted) table_records_sort(records, n);
        }
        const struct table_file file = table_file_write(writer, &options, records, n);
        struct table_stats stats;
        assert_int_equal(table_reader_open(reader, file.bytes, file.n, &stats), TABLE_OK);
        assert_int_equal(stats.records, n);
        assert_int_equal(stats.size_bytes, file.n);
        assert_int_equal(stats.sorted, options.sorted);
        int64_t min_time = INT64_MAX, max_time = INT64_MIN;
        struct table_record record;
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(table_reader_next(reader, &record), TABLE_OK);
            same_record(&record, &records[i]);
            if (record.time_ms < min_time) min_time = record.time_ms;
            if (record.time_ms > max_time) max_time = record.time_ms;
            /* The statistics hold for every record. */
            const struct table_record least = {
                .key = stats.min_key.bytes, .key_n = (uint32_t)stats.min_key.n, .time_ms = INT64_MIN};
            assert_true(table_record_compare(&least, &record) <= 0);
            const size_t shorter = record.key_n < stats.max_key.n ? record.key_n : stats.max_key.n;
            const int order = memcmp(record.key, stats.max_key.bytes, shorter);
            assert_true(order < 0 || (order == 0 && record.key_n <= stats.max_key.n));
        }
        assert_int_equal(table_reader_next(reader, &record), TABLE_END);
        if (n > 0) assert_true(stats.min_time_ms == min_time && stats.max_time_ms == max_time);
        const struct table_counts *read = table_reader_counts(reader), *wrote = table_writer_counts(writer);
        assert_int_equal(read->raw_bytes, options.level == 0 ? 0 : stats.raw_bytes);
        assert_int_equal(stats.stored, options.level == 0);
        assert_int_equal(read->raw_bytes, wrote->raw_bytes);
        assert_int_equal(read->compressed_bytes, wrote->compressed_bytes);
        assert_int_equal(read->crc_bytes, wrote->crc_bytes);
        assert_int_equal(read->groups, stats.groups_n);
        assert_int_equal(read->records, n);
        arena_free(arena);
    }
    table_reader_free(reader);
    table_writer_free(writer);
}

struct collected {
    struct table_file files[2000];
    size_t n;
};

static void collect(void *context, const struct table_file *file)
{
    struct collected *c = context;
    assert_true(c->n < 2000);
    c->files[c->n++] = *file;
}

/* No file is over the limit, unless it holds one record; and none is needlessly small. */
static void files_are_cut_to_size(void **state)
{
    (void)state;
    struct philox philox = philox_named(1, "test/table/limit");
    struct table_writer *writer = table_writer_new();
    struct table_reader *reader = table_reader_new();
    struct collected *c = calloc(1, sizeof *c);
    assert_non_null(c);
    for (int round = 0; round < 60; round++) {
        struct arena *arena = arena_new(0);
        const size_t n = 50 + philox_below(&philox, 400);
        struct table_record *records = random_records(&philox, n, 600, arena);
        table_records_sort(records, n);
        struct table_writer_options options = options_in(arena);
        options.file_bytes = 1 + (int64_t)philox_below(&philox, round % 2 == 0 ? 2000 : 60000);
        options.finished = collect;
        options.context = c;
        c->n = 0;
        table_writer_begin(writer, &options);
        for (size_t i = 0; i < n; i++)
            table_writer_add(writer, &records[i]);
        table_writer_end(writer);
        size_t i = 0;
        int64_t bytes = 0;
        for (size_t f = 0; f < c->n; f++) {
            const struct table_file *file = &c->files[f];
            assert_true((int64_t)file->n <= options.file_bytes || file->stats.records == 1);
            assert_true(file->stats.records >= 1);
            bytes += (int64_t)file->n;
            struct table_record record;
            assert_int_equal(table_reader_open(reader, file->bytes, file->n, NULL), TABLE_OK);
            while (table_reader_next(reader, &record) == TABLE_OK)
                same_record(&record, &records[i++]);
            assert_int_equal(table_reader_next(reader, &record), TABLE_END);
        }
        assert_int_equal(i, n);
        /* Two files next to each other hold more than one could. */
        if (options.file_bytes > 20000) assert_true((int64_t)c->n <= 2 * (bytes / options.file_bytes) + 1);
        arena_free(arena);
    }
    free(c);
    table_reader_free(reader);
    table_writer_free(writer);
}

static uint64_t draw(void *context)
{
    return philox_next_u64(context);
}

/* An Avro event's id is found where event.h says, and costs no column. */
static void ids_in_values(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct philox philox = philox_named(1, "test/table/events");
    struct event_generator *generator = event_generator_new(arena, EVENT_AVRO, 200);
    struct table_record records[50];
    for (int i = 0; i < 50; i++) {
        struct event event;
        unsigned char *bytes = ARENA_NEW(arena, unsigned char, EVENT_BYTES_MAX);
        event_generate(generator, i % 2 == 0 ? EVENT_CLICK : EVENT_IMPRESSION, i, i, draw, &philox, &event);
        records[i] = (struct table_record){.key = "k",
                                           .key_n = 1,
                                           .time_ms = i,
                                           .id = {event.event_id[0], event.event_id[1]},
                                           .value = bytes};
        records[i].value_n = (uint32_t)event_encode(&event, EVENT_AVRO, bytes, EVENT_BYTES_MAX);
    }
    struct table_writer *writer = table_writer_new();
    struct table_reader *reader = table_reader_new();
    struct table_writer_options options = options_in(arena);
    const struct table_file with_column = table_file_write(writer, &options, records, 50);
    options.id_at = TABLE_ID_AT_AVRO_EVENT;
    const struct table_file file = table_file_write(writer, &options, records, 50);
    assert_int_equal(file.stats.raw_bytes + 50 * 16, with_column.stats.raw_bytes);
    assert_true(file.n < with_column.n);
    assert_int_equal(table_reader_open(reader, file.bytes, file.n, NULL), TABLE_OK);
    for (int i = 0; i < 50; i++) {
        struct table_record record;
        assert_int_equal(table_reader_next(reader, &record), TABLE_OK);
        same_record(&record, &records[i]);
    }
    table_reader_free(reader);
    table_writer_free(writer);
    arena_free(arena);
}

/* Reads to the end of what may be damaged. */
static enum table_status read_all(struct table_reader *reader, const unsigned char *bytes, size_t n,
                                  uint64_t *records)
{
    *records = 0;
    enum table_status status = table_reader_open(reader, bytes, n, NULL);
    struct table_record record;
    while (status == TABLE_OK && (status = table_reader_next(reader, &record)) == TABLE_OK) {
        ++*records;
        /* Touch every byte, for the sanitizers. */
        uint32_t crc = crc32c(0, record.key, record.key_n);
        crc = crc32c(crc, record.value, record.value_n);
        if (crc == 0x12345678) ++*records;
    }
    return status;
}

static struct table_file small_file(struct arena *arena, bool sorted, int level)
{
    struct philox philox = philox_named(1, "test/table/damage");
    struct table_record *records = random_records(&philox, 40, 30, arena);
    if (sorted) table_records_sort(records, 40);
    struct table_writer *writer = table_writer_new();
    struct table_writer_options options = options_in(arena);
    options.group_bytes = 900;
    options.sorted = sorted;
    options.level = level;
    const struct table_file file = table_file_write(writer, &options, records, 40);
    assert_true(file.stats.groups_n > 2);
    table_writer_free(writer);
    return file;
}

/* A copy of its own size, so that reading a byte too far is seen by the sanitizers. */
static unsigned char *copy_of(const unsigned char *bytes, size_t n)
{
    unsigned char *copy = malloc(n > 0 ? n : 1);
    assert_non_null(copy);
    if (n > 0) memcpy(copy, bytes, n);
    return copy;
}

static void flip_and_cut(int level)
{
    struct arena *arena = arena_new(0);
    const struct table_file file = small_file(arena, true, level);
    struct table_reader *reader = table_reader_new();
    uint64_t records;
    assert_int_equal(read_all(reader, file.bytes, file.n, &records), TABLE_END);
    assert_int_equal(records, 40);
    unsigned char *bytes = copy_of(file.bytes, file.n);
    for (size_t i = 0; i < file.n; i++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] ^= (unsigned char)(1 << bit);
            const enum table_status status = read_all(reader, bytes, file.n, &records);
            assert_true(status != TABLE_OK && status != TABLE_END);
            bytes[i] ^= (unsigned char)(1 << bit);
        }
    free(bytes);
    for (size_t n = 0; n < file.n; n++) {
        bytes = copy_of(file.bytes, n);
        const enum table_status status = read_all(reader, bytes, n, &records);
        assert_int_equal(status, TABLE_TRUNCATED);
        free(bytes);
    }
    /* More bytes than there should be. */
    bytes = malloc(file.n + 1);
    assert_non_null(bytes);
    memcpy(bytes + 1, file.bytes, file.n);
    bytes[0] = 'H';
    assert_int_equal(read_all(reader, bytes, file.n + 1, &records), TABLE_BAD_MAGIC);
    free(bytes);
    table_reader_free(reader);
    arena_free(arena);
}

static void every_flip_and_prefix(void **state)
{
    (void)state;
    flip_and_cut(3);
    flip_and_cut(0);
}

static void put_little(unsigned char *p, uint64_t value, int n)
{
    for (int i = 0; i < n; i++)
        p[i] = (unsigned char)(value >> 8 * i);
}

static void mend_footer_crc(unsigned char *bytes, size_t n)
{
    size_t footer_n = bytes[n - 12] | (size_t)bytes[n - 11] << 8 | (size_t)bytes[n - 10] << 16;
    put_little(bytes + n - 8, crc32c(crc32c(0, bytes, 8), bytes + n - 12 - footer_n, footer_n), 4);
}

/* Someone who mends the CRC gets no further: whatever the footer says is checked against the data. Skipped
 * are the flags and the place of ids, which data may happen to bear out: sorted data that says it is not. */
static void lies_with_a_right_crc(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct table_file file = small_file(arena, true, 3);
    struct table_reader *reader = table_reader_new();
    unsigned char *bytes = copy_of(file.bytes, file.n);
    const size_t footer_n = bytes[file.n - 12] | (size_t)bytes[file.n - 11] << 8;
    uint64_t records;
    for (size_t i = 0; i < file.n - 12; i++) {
        if (i == 5) i = 8;
        if (i == 8) i = file.n - 12 - footer_n;
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] ^= (unsigned char)(1 << bit);
            mend_footer_crc(bytes, file.n);
            const enum table_status status = read_all(reader, bytes, file.n, &records);
            assert_true(status != TABLE_OK && status != TABLE_END);
            bytes[i] ^= (unsigned char)(1 << bit);
        }
    }
    mend_footer_crc(bytes, file.n);
    assert_int_equal(read_all(reader, bytes, file.n, &records), TABLE_END); /* the mending is right */
    assert_int_equal(records, 40);
    free(bytes);
    table_reader_free(reader);
    arena_free(arena);
}

/* Data in arrival order that says it is sorted. */
static void not_sorted(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct table_file file = small_file(arena, false, 3);
    struct table_reader *reader = table_reader_new();
    uint64_t records;
    assert_int_equal(read_all(reader, file.bytes, file.n, &records), TABLE_END);
    unsigned char *bytes = copy_of(file.bytes, file.n);
    bytes[5] |= 1;
    mend_footer_crc(bytes, file.n);
    assert_int_equal(read_all(reader, bytes, file.n, &records), TABLE_NOT_SORTED);
    free(bytes);
    table_reader_free(reader);
    arena_free(arena);
}

/* Groups put together by hand, with right CRCs and sums, and then some bytes of their contents changed. zstd
 * frames of a raw block are simple enough to write by hand too. */
static void made_up_groups(void **state)
{
    (void)state;
    struct philox philox = philox_named(1, "test/table/made-up");
    struct table_reader *reader = table_reader_new();
    uint64_t refused = 0, accepted = 0, records;
    for (int round = 0; round < 20000; round++) {
        /* Keys are empty, times 0, values all of one length and of equal bytes, so that any order is right.
         */
        unsigned char raw[28 + 8 * (1 + 1 + 16 + 1 + 24)] = {0}, file[600] = "HRTF\1";
        static const int places[] = {TABLE_ID_NONE, TABLE_ID_COLUMN, 0, 3};
        const int id_at = places[philox_below(&philox, 4)];
        const size_t claimed = 1 + philox_below(&philox, 8), value_n = 19 + philox_below(&philox, 6);
        const size_t columns[6] = {
            claimed, 0, claimed, id_at == TABLE_ID_COLUMN ? 16 * claimed : 0, claimed, claimed * value_n};
        size_t raw_n = 28;
        put_little(raw, claimed, 4);
        for (int c = 0; c < 6; c++) {
            put_little(raw + 4 + 4 * c, columns[c], 4);
            if (c == 4) memset(raw + raw_n, (int)value_n, claimed);
            raw_n += columns[c];
        }
        for (uint64_t changes = philox_below(&philox, 4); changes > 0; changes--)
            raw[philox_below(&philox, raw_n)] ^= (unsigned char)(1 << philox_below(&philox, 8));

        put_little(file + 5, philox_below(&philox, 2), 1);
        put_little(file + 6, (uint64_t)id_at, 2);
        const unsigned char frame[] = {0x28, 0xb5, 0x2f, 0xfd, 0x60};
        memcpy(file + 8, frame, 5); /* magic; a single segment, its size less 256 in two bytes, or ... */
        size_t packed_n = 5;
        if (raw_n >= 256) {
            put_little(file + 8 + packed_n, raw_n - 256, 2);
            packed_n += 2;
        } else { /* ... its size in one */
            file[12] = 0x20;
            file[8 + packed_n++] = (unsigned char)raw_n;
        }
        put_little(file + 8 + packed_n, raw_n << 3 | 1, 3); /* the last block, raw */
        packed_n += 3;
        memcpy(file + 8 + packed_n, raw, raw_n);
        packed_n += raw_n;
        unsigned char *footer = file + 8 + packed_n;
        put_little(footer, claimed, 8);
        put_little(footer + 8, raw_n, 8);
        put_little(footer + 16, 1, 4);
        put_little(footer + 20, packed_n, 4);
        put_little(footer + 24, raw_n, 4);
        put_little(footer + 28, claimed, 4);
        put_little(footer + 32, crc32c(0, file + 8, packed_n), 4);
        memset(footer + 36, 0, 20); /* times 0, keys empty */
        put_little(footer + 56, 56, 4);
        memcpy(footer + 64, "HRTF", 4);
        const size_t n = (size_t)(footer - file) + 68;
        mend_footer_crc(file, n);
        unsigned char *bytes = copy_of(file, n);
        const enum table_status status = read_all(reader, bytes, n, &records);
        assert_true(status == TABLE_END || status == TABLE_BAD_RECORD || status == TABLE_NOT_SORTED);
        assert_true(status != TABLE_END || records == claimed);
        refused += status != TABLE_END;
        accepted += status == TABLE_END;
        free(bytes);
    }
    /* A quarter has no change at all; changes of values and ids are right too, where order allows. */
    assert_true(refused > 4000 && accepted > 6000);
    table_reader_free(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layout),
        cmocka_unit_test(compare_is_an_order),
        cmocka_unit_test(sorts_as_qsort),
        cmocka_unit_test(round_trips),
        cmocka_unit_test(files_are_cut_to_size),
        cmocka_unit_test(ids_in_values),
        cmocka_unit_test(every_flip_and_prefix),
        cmocka_unit_test(lies_with_a_right_crc),
        cmocka_unit_test(not_sorted),
        cmocka_unit_test(made_up_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
