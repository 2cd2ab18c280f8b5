/* table_reader.c: reading of table_file.h.
 *
 * Everything a footer says is checked against everything else it says before the first group is touched; a
 * group's CRC before it is decompressed; its columns' lengths against its size; each record's lengths against
 * what is left of its column; and at a group's end, whether all columns ended and the statistics were true.
 * Two buffers take turns, so that the record before the first of a group is there to compare it with.
 */
#include "table_file.h"

#include "check.h"
#include "crc32c.h"
#include "table_format.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

static uint64_t get_little(const unsigned char *p, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++)
        value |= (uint64_t)p[i] << 8 * i;
    return value;
}

struct line {
    size_t compressed_n, raw_n;
    int64_t records;
    uint32_t crc;
    int64_t min_time_ms, max_time_ms;
    struct table_bytes min_key, max_key;
};

/* The next line of a footer; NULL if it would reach beyond `end`. */
static const unsigned char *read_line(const unsigned char *p, const unsigned char *end, struct line *line)
{
    if (end - p < TABLE_LINE_FIXED_BYTES) return NULL;
    *line = (struct line){
        .compressed_n = (size_t)get_little(p, 4),
        .raw_n = (size_t)get_little(p + 4, 4),
        .records = (int64_t)get_little(p + 8, 4),
        .crc = (uint32_t)get_little(p + 12, 4),
        .min_time_ms = (int64_t)get_little(p + 16, 8),
        .max_time_ms = (int64_t)get_little(p + 24, 8),
    };
    line->min_key.n = (size_t)get_little(p + 32, 2);
    line->min_key.bytes = p + 34;
    p += 34;
    if ((size_t)(end - p) < line->min_key.n + 2) return NULL;
    p += line->min_key.n;
    line->max_key.n = (size_t)get_little(p, 2);
    line->max_key.bytes = p + 2;
    p += 2;
    if ((size_t)(end - p) < line->max_key.n) return NULL;
    return p + line->max_key.n;
}

static int compare_keys(const struct table_bytes *a, const struct table_bytes *b)
{
    return table_key_compare(a->bytes, a->n, b->bytes, b->n);
}

static enum table_status check_line(const struct line *line)
{
    if (line->raw_n > TABLE_GROUP_RAW_BYTES_MAX || line->records > TABLE_GROUP_RECORDS_MAX)
        return TABLE_TOO_BIG;
    /* A record takes three bytes at least: two lengths and a time. */
    if (line->records < 1 || line->compressed_n < 1 || line->raw_n < TABLE_GROUP_HEADER_BYTES ||
        (uint64_t)line->records * 3 > line->raw_n - TABLE_GROUP_HEADER_BYTES)
        return TABLE_BAD_RECORD;
    if (line->min_time_ms > line->max_time_ms || compare_keys(&line->min_key, &line->max_key) > 0)
        return TABLE_BAD_RECORD;
    return TABLE_OK;
}

static void widen(struct table_stats *stats, const struct line *line, bool first)
{
    if (first || line->min_time_ms < stats->min_time_ms) stats->min_time_ms = line->min_time_ms;
    if (first || line->max_time_ms > stats->max_time_ms) stats->max_time_ms = line->max_time_ms;
    if (first || compare_keys(&line->min_key, &stats->min_key) < 0) stats->min_key = line->min_key;
    if (first || compare_keys(&line->max_key, &stats->max_key) > 0) stats->max_key = line->max_key;
}

enum table_status table_footer_read(const unsigned char *bytes, size_t n, struct table_footer *footer)
{
    *footer = (struct table_footer){0};
    if (n < sizeof table_magic) return TABLE_TRUNCATED;
    if (memcmp(bytes, table_magic, sizeof table_magic) != 0) return TABLE_BAD_MAGIC;
    if (n < TABLE_HEADER_BYTES + TABLE_FOOTER_FIXED_BYTES + TABLE_TRAILER_BYTES) return TABLE_TRUNCATED;
    const unsigned char *trailer = bytes + n - TABLE_TRAILER_BYTES;
    /* Without the magic at its end a file was most likely cut off. */
    if (memcmp(trailer + 8, table_magic, sizeof table_magic) != 0) return TABLE_TRUNCATED;
    const size_t footer_n = (size_t)get_little(trailer, 4);
    if (footer_n < TABLE_FOOTER_FIXED_BYTES || footer_n > n - TABLE_HEADER_BYTES - TABLE_TRAILER_BYTES)
        return TABLE_TRUNCATED;
    const unsigned char *p = trailer - footer_n;
    if (crc32c(crc32c(0, bytes, TABLE_HEADER_BYTES), p, footer_n) != (uint32_t)get_little(trailer + 4, 4))
        return TABLE_BAD_CRC;

    if (bytes[4] != TABLE_VERSION || (bytes[5] & ~(TABLE_FLAG_SORTED | TABLE_FLAG_STORED)) != 0)
        return TABLE_BAD_MAGIC;
    struct table_stats stats = {
        .records = (int64_t)get_little(p, 8),
        .raw_bytes = (int64_t)get_little(p + 8, 8),
        .size_bytes = (int64_t)n,
        .sorted = (bytes[5] & TABLE_FLAG_SORTED) != 0,
        .stored = (bytes[5] & TABLE_FLAG_STORED) != 0,
        .id_at = (int32_t)get_little(bytes + 6, 2),
    };
    const uint64_t groups_n = get_little(p + 16, 4);
    if (groups_n > TABLE_GROUPS_MAX) return TABLE_TOO_BIG;
    if (stats.id_at > TABLE_ID_AT_MAX && stats.id_at != TABLE_ID_NONE && stats.id_at != TABLE_ID_COLUMN)
        return TABLE_BAD_RECORD;
    stats.groups_n = (int32_t)groups_n;
    footer->lines = p + TABLE_FOOTER_FIXED_BYTES;
    p = footer->lines;
    /* 2^16 groups of 2^32 bytes cannot overflow these sums. */
    int64_t records = 0, raw_bytes = 0;
    size_t end = TABLE_HEADER_BYTES;
    struct line line;
    struct table_bytes before = {0};
    for (uint64_t g = 0; g < groups_n; g++) {
        p = read_line(p, trailer, &line);
        if (p == NULL) return TABLE_BAD_RECORD;
        enum table_status status = check_line(&line);
        if (status != TABLE_OK) return status;
        if (stats.stored && line.compressed_n != line.raw_n) return TABLE_BAD_RECORD;
        if (stats.sorted && g > 0 && compare_keys(&before, &line.min_key) > 0) return TABLE_NOT_SORTED;
        before = line.max_key;
        widen(&stats, &line, g == 0);
        records += line.records;
        raw_bytes += (int64_t)line.raw_n;
        if (line.compressed_n > n - end) return TABLE_TRUNCATED;
        end += line.compressed_n;
    }
    if (p != trailer || records != stats.records || raw_bytes != stats.raw_bytes) return TABLE_BAD_RECORD;
    if (end != n - TABLE_TRAILER_BYTES - footer_n) return TABLE_TRUNCATED;
    footer->groups_end = end;
    footer->stats = stats;
    return TABLE_OK;
}

struct column {
    const unsigned char *p, *end;
};

enum { KEY_LENGTHS, KEYS, TIMES, IDS, VALUE_LENGTHS, VALUES };

struct table_reader {
    ZSTD_DCtx *decompress;
    struct table_buffer buffers[2];
    int buffer; /* the one in use */
    enum table_status status;
    struct table_counts counts;

    const unsigned char *bytes;
    bool selecting;
    struct table_range range;
    size_t at; /* of the next group */
    const unsigned char *lines, *lines_end;
    struct table_stats stats;
    int32_t group; /* the next one */

    struct line line; /* of the group being read */
    int64_t left;     /* records of it */
    struct column columns[TABLE_COLUMNS];
    uint64_t time;
    int64_t min_time_ms, max_time_ms;
    struct table_bytes min_key, max_key;
    struct table_record last; /* the record before */
    bool has_last;
};

struct table_reader *table_reader_new(void)
{
    struct table_reader *r = calloc(1, sizeof *r);
    CHECK(r != NULL, "no memory for a reader");
    r->status = TABLE_END;
    return r;
}

void table_reader_free(struct table_reader *r)
{
    if (r == NULL) return;
    ZSTD_freeDCtx(r->decompress);
    free(r->buffers[0].bytes);
    free(r->buffers[1].bytes);
    free(r);
}

const struct table_counts *table_reader_counts(const struct table_reader *r)
{
    return &r->counts;
}

enum table_status table_reader_open(struct table_reader *r, const void *data, size_t n,
                                    struct table_stats *stats)
{
    struct table_footer footer;
    r->counts = (struct table_counts){.files = 1};
    r->left = 0;
    r->group = 0;
    r->has_last = false;
    r->selecting = false;
    r->status = table_footer_read(data, n, &footer);
    if (stats != NULL) *stats = footer.stats;
    if (r->status != TABLE_OK) return r->status;
    r->bytes = data;
    r->at = TABLE_HEADER_BYTES;
    r->stats = footer.stats;
    r->lines = footer.lines;
    r->lines_end = r->bytes + n - TABLE_TRAILER_BYTES;
    r->counts.crc_bytes = n - (footer.groups_end - TABLE_HEADER_BYTES) - TABLE_TRAILER_BYTES;
    return TABLE_OK;
}

static enum table_status unpack(struct table_reader *r, const unsigned char *compressed)
{
    if (r->decompress == NULL) {
        r->decompress = ZSTD_createDCtx();
        CHECK(r->decompress != NULL, "no memory for zstd");
    }
    r->buffer = !r->buffer;
    struct table_buffer *raw = &r->buffers[r->buffer];
    table_buffer_reserve(raw, r->line.raw_n);
    size_t got =
        ZSTD_decompressDCtx(r->decompress, raw->bytes, r->line.raw_n, compressed, r->line.compressed_n);
    if (ZSTD_isError(got) || got != r->line.raw_n) return TABLE_BAD_CODEC;
    r->counts.raw_bytes += got;
    r->counts.compressed_bytes += r->line.compressed_n;
    return TABLE_OK;
}

/* May a group hold something of the range? */
static bool meets(const struct line *line, const struct table_range *range)
{
    return line->min_time_ms <= range->max_time_ms && line->max_time_ms >= range->min_time_ms &&
           (range->max_key.bytes == NULL || compare_keys(&line->min_key, &range->max_key) <= 0) &&
           (range->min_key.bytes == NULL || compare_keys(&line->max_key, &range->min_key) >= 0);
}

int32_t table_reader_select(struct table_reader *r, const struct table_range *range)
{
    CHECK(r->status == TABLE_OK && r->group == 0, "a range for a file that is not open, or half read");
    r->selecting = true;
    r->range = *range;
    int32_t left = 0;
    const unsigned char *p = r->lines;
    for (int32_t g = 0; g < r->stats.groups_n; g++) {
        struct line line;
        p = read_line(p, r->lines_end, &line);
        CHECK(p != NULL, "line %d of a footer is gone", (int)g);
        left += meets(&line, range);
    }
    return left;
}

/* The next group's line; false at the end. The footer was checked, so there is one, and a group of that size.
 */
static bool next_line(struct table_reader *r)
{
    for (; r->group < r->stats.groups_n; r->at += r->line.compressed_n) {
        r->lines = read_line(r->lines, r->lines_end, &r->line);
        CHECK(r->lines != NULL, "line %d of a footer is gone", (int)r->group);
        r->group++;
        if (!r->selecting || meets(&r->line, &r->range)) return true;
    }
    return false;
}

static enum table_status open_group(struct table_reader *r)
{
    if (!next_line(r)) return TABLE_END;
    const unsigned char *compressed = r->bytes + r->at;
    const struct line *line = &r->line;
    r->at += line->compressed_n;
    r->counts.crc_bytes += line->compressed_n;
    if (crc32c(0, compressed, line->compressed_n) != line->crc) return TABLE_BAD_CRC;

    const unsigned char *raw = compressed;
    if (!r->stats.stored) {
        enum table_status status = unpack(r, compressed);
        if (status != TABLE_OK) return status;
        raw = r->buffers[r->buffer].bytes;
    }
    r->counts.groups++;

    const unsigned char *p = raw + TABLE_GROUP_HEADER_BYTES;
    size_t left = line->raw_n - TABLE_GROUP_HEADER_BYTES;
    if ((int64_t)get_little(raw, 4) != line->records) return TABLE_BAD_RECORD;
    for (int c = 0; c < TABLE_COLUMNS; c++) {
        size_t column_n = (size_t)get_little(raw + 4 + 4 * c, 4);
        if (column_n > left) return TABLE_BAD_RECORD;
        r->columns[c] = (struct column){p, p + column_n};
        p += column_n;
        left -= column_n;
    }
    if (left != 0) return TABLE_BAD_RECORD;
    r->left = line->records;
    r->time = 0;
    return TABLE_OK;
}

/* All columns end with the last record, and the statistics were true. */
static enum table_status close_group(const struct table_reader *r)
{
    for (int c = 0; c < TABLE_COLUMNS; c++)
        if (r->columns[c].p != r->columns[c].end) return TABLE_BAD_RECORD;
    const struct line *line = &r->line;
    return r->min_time_ms == line->min_time_ms && r->max_time_ms == line->max_time_ms &&
                   compare_keys(&r->min_key, &line->min_key) == 0 &&
                   compare_keys(&r->max_key, &line->max_key) == 0
               ? TABLE_OK
               : TABLE_BAD_RECORD;
}

static bool get_varint(struct column *c, uint64_t *value)
{
    *value = 0;
    for (int shift = 0; shift < 70 && c->p != c->end; shift += 7) {
        unsigned char byte = *c->p++;
        if (shift == 63 && byte > 1) return false;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return true;
    }
    return false;
}

static bool get_field(struct column *lengths, struct column *bytes, uint64_t most, const void **field,
                      uint32_t *n)
{
    uint64_t length;
    if (!get_varint(lengths, &length) || length > most || length > (uint64_t)(bytes->end - bytes->p))
        return false;
    *field = bytes->p;
    *n = (uint32_t)length;
    bytes->p += length;
    return true;
}

static bool get_id(struct table_reader *r, struct table_record *record)
{
    struct column *ids = &r->columns[IDS];
    switch (r->stats.id_at) {
    case TABLE_ID_NONE:
        return true;
    case TABLE_ID_COLUMN:
        if (ids->end - ids->p < 16) return false;
        record->id[0] = get_little(ids->p, 8);
        record->id[1] = get_little(ids->p + 8, 8);
        ids->p += 16;
        return true;
    default:
        return table_id_in_value(record->value, record->value_n, r->stats.id_at, record->id);
    }
}

static enum table_status read_record(struct table_reader *r, struct table_record *record)
{
    struct column *columns = r->columns;
    *record = (struct table_record){0};
    uint64_t zigzag;
    if (!get_field(&columns[KEY_LENGTHS], &columns[KEYS], TABLE_KEY_BYTES_MAX, &record->key,
                   &record->key_n) ||
        !get_varint(&columns[TIMES], &zigzag) ||
        !get_field(&columns[VALUE_LENGTHS], &columns[VALUES], TABLE_VALUE_BYTES_MAX, &record->value,
                   &record->value_n) ||
        !get_id(r, record))
        return TABLE_BAD_RECORD;
    r->time += zigzag >> 1 ^ (0 - (zigzag & 1));
    record->time_ms = (int64_t)r->time;

    const bool first = r->left == r->line.records;
    const struct table_bytes key = {record->key, record->key_n};
    if (first || record->time_ms < r->min_time_ms) r->min_time_ms = record->time_ms;
    if (first || record->time_ms > r->max_time_ms) r->max_time_ms = record->time_ms;
    if (r->stats.sorted) {
        if (r->has_last && table_record_compare(&r->last, record) > 0) return TABLE_NOT_SORTED;
        if (first) r->min_key = key;
        r->max_key = key;
    } else {
        if (first || compare_keys(&key, &r->min_key) < 0) r->min_key = key;
        if (first || compare_keys(&key, &r->max_key) > 0) r->max_key = key;
    }
    r->last = *record;
    r->has_last = true;
    r->left--;
    r->counts.records++;
    return TABLE_OK;
}

enum table_status table_reader_next(struct table_reader *r, struct table_record *record)
{
    if (r->status != TABLE_OK) return r->status;
    if (r->left == 0) {
        if (r->counts.groups > 0) r->status = close_group(r);
        if (r->status == TABLE_OK) r->status = open_group(r);
        if (r->status != TABLE_OK) return r->status;
    }
    return r->status = read_record(r, record);
}
