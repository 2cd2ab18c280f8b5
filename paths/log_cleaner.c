/* log_cleaner.c: see log_cleaner.h. */
#include "log_cleaner.h"

#include "check.h"
#include "memory.h"
#include "record_batch.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { OFFSET_INDEX_ENTRY = 8, TIME_INDEX_ENTRY = 12 };

struct log_cleaner {
    struct offset_map map;
    struct record_batch_codec *reads, *writes; /* what is written lies where it was decoded */
    struct log_cleaner_counts counts;
    struct record_batch_record *kept; /* of the batch in hand */
    int32_t kept_n, kept_capacity;
    /* While a batch is visited: */
    const struct record_batch_header *header;
    int64_t from, now_ms;
    bool full, dropped, tombstones;
};

struct log_cleaner_config log_cleaner_defaults(void)
{
    return (struct log_cleaner_config){
        .min_cleanable_dirty_ratio = 0.5,
        .min_compaction_lag_ms = 0,
        .max_compaction_lag_ms = INT64_MAX,
        .delete_retention_ms = 86400000,
        .segment_bytes = 1073741824,
        .segment_index_bytes = 10485760,
        .index_interval_bytes = 4096,
        .compression_zstd_level = 3,
    };
}

static int64_t minus(int64_t a, int64_t b)
{
    int64_t difference;
    if (!__builtin_sub_overflow(a, b, &difference)) return difference;
    return b > 0 ? INT64_MIN : INT64_MAX;
}

static int64_t plus(int64_t a, int64_t b)
{
    int64_t sum;
    if (!__builtin_add_overflow(a, b, &sum)) return sum;
    return b > 0 ? INT64_MAX : INT64_MIN;
}

static int64_t at_least(int64_t value, int64_t least)
{
    return value > least ? value : least;
}

/* --- Looking ----------------------------------------------------------------------------------------- */

/* The segment that holds an offset: the last that begins at or before it, or the first. */
static size_t holder_of(const struct cleaner_log *log, int64_t offset)
{
    size_t i = 0;
    while (i + 1 < log->segments_n && log->segments[i + 1].base_offset <= offset)
        i++;
    return i;
}

static size_t bytes_between(const struct cleaner_log *log, size_t from, size_t to)
{
    size_t bytes = 0;
    for (size_t i = from; i < to; i++)
        bytes += log->segments[i].size_bytes;
    return bytes;
}

static int64_t overdue(const struct cleaner_log *log, const struct log_cleaner_config *config, int64_t first_dirty,
                       int64_t now_ms)
{
    const int64_t clean_until = minus(now_ms, at_least(config->max_compaction_lag_ms, 0));
    int64_t earliest = INT64_MAX;
    for (size_t i = holder_of(log, first_dirty); i + 1 < log->segments_n; i++) {
        const int64_t at = log->segments[i].first_timestamp_ms;
        if (at > 0 && at < earliest) earliest = at;
    }
    return earliest < clean_until ? clean_until - earliest : 0;
}

struct log_cleaner_look log_cleaner_look(const struct cleaner_log *log, const struct log_cleaner_config *config,
                                         int64_t now_ms)
{
    CHECK(log->segments_n > 0, "a log without a segment");
    struct log_cleaner_look look = {.first_dirty = log->checkpoint < 0 ? log->start_offset : log->checkpoint};
    look.checkpoint_reset = look.first_dirty < log->start_offset || look.first_dirty > log->end_offset;
    if (look.checkpoint_reset) look.first_dirty = log->start_offset;

    const size_t active = log->segments_n - 1, dirty = holder_of(log, look.first_dirty);
    look.first_uncleanable = log->segments[active].base_offset;
    if (log->stable_offset < look.first_uncleanable) look.first_uncleanable = log->stable_offset;
    if (config->min_compaction_lag_ms > 0) {
        const int64_t recent = minus(now_ms, config->min_compaction_lag_ms);
        for (size_t i = dirty; i < active; i++) {
            if (log->segments[i].largest_timestamp_ms <= recent) continue;
            if (log->segments[i].base_offset < look.first_uncleanable)
                look.first_uncleanable = log->segments[i].base_offset;
            break;
        }
    }
    look.first_uncleanable = at_least(look.first_uncleanable, look.first_dirty);

    const size_t until = holder_of(log, look.first_uncleanable);
    look.clean_until = log->segments[until].base_offset;
    size_t clean = 0; /* segments that begin before the first dirty offset */
    while (clean < log->segments_n && log->segments[clean].base_offset < look.first_dirty)
        clean++;
    look.clean_bytes = bytes_between(log, 0, clean);
    look.cleanable_bytes = bytes_between(log, dirty < until ? dirty : until, until);
    const size_t all = look.clean_bytes + look.cleanable_bytes;
    look.dirty_ratio = all > 0 ? (double)look.cleanable_bytes / (double)all : 0;
    look.overdue_ms = overdue(log, config, look.first_dirty, now_ms);
    look.due = all > 0 && ((look.overdue_ms > 0 && look.cleanable_bytes > 0) ||
                           look.dirty_ratio > config->min_cleanable_dirty_ratio);
    return look;
}

int log_cleaner_filthiest(const struct log_cleaner_look *looks, int n)
{
    int filthiest = -1;
    for (int i = 0; i < n; i++)
        if (looks[i].due && (filthiest < 0 || looks[i].dirty_ratio > looks[filthiest].dirty_ratio)) filthiest = i;
    return filthiest;
}

size_t log_cleaner_group_end(const struct cleaner_segment *segments, size_t n, size_t first,
                             const struct log_cleaner_config *config, int64_t first_uncleanable)
{
    CHECK(first < n, "segment %zu of %zu", first, n);
    size_t size = segments[first].size_bytes, index = segments[first].index_bytes;
    size_t time_index = segments[first].time_index_bytes, end = first + 1;
    for (; end < n; end++) {
        const struct cleaner_segment *next = &segments[end];
        size += next->size_bytes;
        index += next->index_bytes;
        time_index += next->time_index_bytes;
        if ((int64_t)size > config->segment_bytes || (int64_t)index > config->segment_index_bytes ||
            (int64_t)time_index > config->segment_index_bytes)
            break;
        /* Offsets within a segment are kept in 32 bits. */
        const int64_t last = (end + 1 < n ? segments[end + 1].base_offset : first_uncleanable) - 1;
        if (next->size_bytes > 0 && last - segments[first].base_offset > INT32_MAX) break;
    }
    return end;
}

/* --- Cleaning ---------------------------------------------------------------------------------------- */

struct log_cleaner *log_cleaner_new(size_t dedupe_buffer_bytes, double load_factor)
{
    struct log_cleaner *cleaner = calloc(1, sizeof *cleaner);
    CHECK(cleaner != NULL, "no memory for a cleaner");
    offset_map_init(&cleaner->map, dedupe_buffer_bytes, load_factor);
    cleaner->reads = record_batch_codec_new();
    cleaner->writes = record_batch_codec_new();
    return cleaner;
}

void log_cleaner_free(struct log_cleaner *cleaner)
{
    if (cleaner == NULL) return;
    offset_map_free(&cleaner->map);
    record_batch_codec_free(cleaner->reads);
    record_batch_codec_free(cleaner->writes);
    free(cleaner->kept);
    free(cleaner);
}

struct offset_map *log_cleaner_map(struct log_cleaner *cleaner)
{
    return &cleaner->map;
}

const struct log_cleaner_counts *log_cleaner_counts(const struct log_cleaner *cleaner)
{
    return &cleaner->counts;
}

static void read_batch(struct log_cleaner *c, const unsigned char *batch, size_t n, struct record_batch_header *header,
                       record_batch_visit *visit)
{
    c->header = header;
    const enum record_batch_status status = record_batch_decode(c->reads, batch, n, header, visit, c);
    CHECK(status == RECORD_BATCH_OK, "a batch to be cleaned: %s", record_batch_status_name(status));
}

static void index_record(void *context, const struct record_batch_record *record)
{
    struct log_cleaner *c = context;
    if (c->full || c->header->control) return;
    if (record->key != NULL && record->offset >= c->from &&
        !offset_map_put(&c->map, record->key, record->key_n, record->offset)) {
        c->full = true;
        return;
    }
    c->counts.records_indexed++;
}

bool log_cleaner_index(struct log_cleaner *c, const struct cleaner_log *log, int64_t from, int64_t to)
{
    offset_map_clear(&c->map);
    c->from = from;
    c->full = false;
    for (size_t i = holder_of(log, from); i < log->segments_n && log->segments[i].base_offset < to; i++) {
        const struct cleaner_segment *segment = &log->segments[i];
        struct record_batch_header header;
        for (size_t at = 0; at < segment->size_bytes; at += header.size_bytes) {
            read_batch(c, segment->bytes + at, segment->size_bytes - at, &header, index_record);
            c->counts.bytes_indexed += header.size_bytes;
            if (c->full) break;
            if (header.last_offset >= from) offset_map_looked_at(&c->map, header.last_offset);
        }
        if (c->full) break;
        /* Where offsets have gone, up to the next segment. */
        const bool last = i + 1 == log->segments_n || log->segments[i + 1].base_offset >= to;
        offset_map_looked_at(&c->map, (last ? to : log->segments[i + 1].base_offset) - 1);
    }
    c->counts.keys += c->map.size;
    c->counts.maps_full += c->full;
    return !c->full;
}

static bool stays(struct log_cleaner *c, const struct record_batch_record *record)
{
    if (record->offset > c->map.latest) return true;
    if (record->key == NULL) {
        c->counts.records_invalid++;
        return false;
    }
    if (record->offset < offset_map_get(&c->map, record->key, record->key_n)) return false;
    if (record->value != NULL || !c->header->has_delete_horizon || c->now_ms < c->header->delete_horizon_ms)
        return true;
    c->counts.tombstones_gone++;
    return false;
}

static void keep_record(void *context, const struct record_batch_record *record)
{
    struct log_cleaner *c = context;
    c->counts.records_read++;
    if (!c->header->control && !stays(c, record)) {
        c->dropped = true;
        return;
    }
    if (c->kept_n == c->kept_capacity) {
        c->kept_capacity = c->kept_capacity > 0 ? 2 * c->kept_capacity : 64;
        c->kept = memory_resize(c->kept, (size_t)c->kept_capacity, sizeof *c->kept);
    }
    c->kept[c->kept_n++] = *record;
    c->tombstones |= record->value == NULL && !c->header->control;
}

static unsigned char *room_for(struct cleaner_segment *out, size_t *capacity, size_t n)
{
    if (out->size_bytes + n > *capacity) {
        *capacity = 2 * *capacity > out->size_bytes + n ? 2 * *capacity : out->size_bytes + n;
        out->bytes = memory_resize(out->bytes, *capacity, 1);
    }
    return out->bytes + out->size_bytes;
}

/* A batch has come to the end of a segment's bytes. */
static void note_batch(struct cleaner_segment *segment, const struct log_cleaner_config *config, size_t n,
                       int64_t max_timestamp_ms)
{
    if (segment->size_bytes == 0) {
        segment->first_timestamp_ms = max_timestamp_ms;
        segment->largest_timestamp_ms = max_timestamp_ms;
    }
    if (max_timestamp_ms > segment->largest_timestamp_ms) segment->largest_timestamp_ms = max_timestamp_ms;
    if ((int64_t)segment->since_index_bytes > config->index_interval_bytes) {
        segment->index_bytes += OFFSET_INDEX_ENTRY;
        segment->time_index_bytes += TIME_INDEX_ENTRY;
        segment->since_index_bytes = 0;
    }
    segment->since_index_bytes += n;
    segment->size_bytes += n;
}

static void copy_batch(struct log_cleaner *c, const unsigned char *batch, size_t left,
                       const struct log_cleaner_config *config, struct cleaner_segment *out, size_t *capacity,
                       struct record_batch_header *header)
{
    c->kept_n = 0;
    c->dropped = c->tombstones = false;
    read_batch(c, batch, left, header, keep_record);
    c->counts.bytes_read += header->size_bytes;
    if (c->kept_n == 0) return;
    c->counts.records_kept += (uint64_t)c->kept_n;
    const bool horizon = c->tombstones && !header->has_delete_horizon;
    size_t n = header->size_bytes;
    int64_t newest = header->max_timestamp_ms;
    if (!c->dropped && !horizon) {
        memcpy(room_for(out, capacity, n), batch, n);
    } else {
        struct record_batch_header kept = *header;
        kept.has_delete_horizon |= horizon;
        if (horizon) kept.delete_horizon_ms = plus(c->now_ms, config->delete_retention_ms);
        const size_t bound = record_batch_bound(record_batch_raw_bytes_kept(&kept, c->kept, c->kept_n));
        n = record_batch_encode_kept(c->writes, &kept, config->compression_zstd_level, c->kept, c->kept_n,
                                     room_for(out, capacity, bound), bound);
        newest = c->kept[0].timestamp_ms;
        for (int32_t i = 1; i < c->kept_n; i++)
            newest = at_least(newest, c->kept[i].timestamp_ms);
    }
    note_batch(out, config, n, newest);
    c->counts.bytes_written += n;
}

struct cleaner_segment log_cleaner_copy(struct log_cleaner *c, const struct cleaner_segment *segments, size_t n,
                                        const struct log_cleaner_config *config, int64_t now_ms)
{
    CHECK(n > 0, "no segments to clean");
    struct cleaner_segment out = {.base_offset = segments[0].base_offset};
    size_t capacity = 0;
    c->now_ms = now_ms;
    for (size_t i = 0; i < n; i++) {
        struct record_batch_header header;
        for (size_t at = 0; at < segments[i].size_bytes; at += header.size_bytes)
            copy_batch(c, segments[i].bytes + at, segments[i].size_bytes - at, config, &out, &capacity, &header);
    }
    return out;
}

void log_cleaner_clean(struct log_cleaner *c, struct cleaner_log *log, const struct log_cleaner_config *config,
                       const struct log_cleaner_look *look, int64_t now_ms)
{
    log_cleaner_index(c, log, look->first_dirty, look->clean_until);
    const int64_t end = c->map.latest + 1;
    size_t n = 0, cleaned = 0; /* of segments to clean; of those, after cleaning */
    while (n + 1 < log->segments_n && log->segments[n].base_offset < end)
        n++;
    for (size_t first = 0, next; first < n; first = next) {
        next = log_cleaner_group_end(log->segments, n, first, config, look->clean_until);
        const struct cleaner_segment out = log_cleaner_copy(c, &log->segments[first], next - first, config, now_ms);
        for (size_t i = first; i < next; i++)
            free(log->segments[i].bytes);
        log->segments[cleaned++] = out;
    }
    memmove(&log->segments[cleaned], &log->segments[n], (log->segments_n - n) * sizeof *log->segments);
    log->segments_n -= n - cleaned;
    log->checkpoint = end > look->first_dirty ? end : look->first_dirty;
    c->counts.rounds++;
}

/* --- A log in memory --------------------------------------------------------------------------------- */

void cleaner_log_init(struct cleaner_log *log, int64_t start_offset)
{
    CHECK(start_offset >= 0, "a log that starts at %lld", (long long)start_offset);
    *log = (struct cleaner_log){.start_offset = start_offset,
                                .end_offset = start_offset,
                                .stable_offset = start_offset,
                                .checkpoint = -1};
    cleaner_log_roll(log);
}

void cleaner_log_roll(struct cleaner_log *log)
{
    if (log->segments_n > 0 && log->segments[log->segments_n - 1].size_bytes == 0) return;
    if (log->segments_n == log->capacity) {
        log->capacity = log->capacity > 0 ? 2 * log->capacity : 8;
        log->segments = memory_resize(log->segments, log->capacity, sizeof *log->segments);
    }
    log->segments[log->segments_n++] = (struct cleaner_segment){.base_offset = log->end_offset};
    log->active_capacity = 0;
}

void cleaner_log_append(struct cleaner_log *log, const struct log_cleaner_config *config, const void *batch, size_t n)
{
    struct record_batch_header header;
    const enum record_batch_status status = record_batch_check(batch, n, &header);
    CHECK(status == RECORD_BATCH_OK && header.size_bytes == n, "a batch to append: %s", record_batch_status_name(status));
    CHECK(header.base_offset >= log->end_offset, "a batch at %lld of a log that ends at %lld",
          (long long)header.base_offset, (long long)log->end_offset);
    struct cleaner_segment *active = &log->segments[log->segments_n - 1];
    if (active->size_bytes > 0 && (int64_t)(active->size_bytes + n) > config->segment_bytes) {
        cleaner_log_roll(log);
        active = &log->segments[log->segments_n - 1];
    }
    memcpy(room_for(active, &log->active_capacity, n), batch, n);
    note_batch(active, config, n, header.max_timestamp_ms);
    log->end_offset = log->stable_offset = header.last_offset + 1;
}

void cleaner_log_free(struct cleaner_log *log)
{
    for (size_t i = 0; i < log->segments_n; i++)
        free(log->segments[i].bytes);
    free(log->segments);
    *log = (struct cleaner_log){0};
}
