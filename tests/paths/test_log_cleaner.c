/* The log cleaner: Kafka's published cases, a naive cleaner beside it, and what becomes of tombstones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "log_cleaner.h"
#include "md5.h"
#include "philox.h"
#include "record_batch.h"
#include "vectors.h"

static const char cases_path[] = "tests/paths/vectors/compaction_cases.json";

struct fixture {
    struct arena *arena;
    const struct json_value *kafka;
    struct record_batch_codec *codec;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->arena = arena_new(0);
    f->kafka = vectors_at(vectors_json(cases_path, f->arena), "kafka_log_compaction");
    f->codec = record_batch_codec_new();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    record_batch_codec_free(f->codec);
    arena_free(f->arena);
    free(f);
    return 0;
}

static const struct json_value *case_named(const struct fixture *f, const char *name)
{
    const struct json_value *cases = vectors_at(f->kafka, "cases");
    for (size_t i = 0; i < cases->n; i++)
        if (strcmp(vectors_at(&cases->items[i], "name")->text, name) == 0) return &cases->items[i];
    fail_msg("no case %s", name);
    return NULL;
}

/* --- Logs of numbers --------------------------------------------------------------------------------- */

enum { NO_VALUE = -1, NO_KEY = -1 };
struct number { /* a record: key and value are numbers */
    int64_t offset, key, value, timestamp_ms;
};

static void append(struct fixture *f, struct cleaner_log *log, const struct log_cleaner_config *config,
                   const struct number *numbers, int n, enum record_batch_compression compression)
{
    struct record_batch_record records[64];
    assert_true(n <= 64);
    for (int i = 0; i < n; i++)
        records[i] = (struct record_batch_record){.timestamp_ms = numbers[i].timestamp_ms,
                                                  .key = numbers[i].key == NO_KEY ? NULL : &numbers[i].key,
                                                  .key_n = sizeof(int64_t),
                                                  .value = numbers[i].value == NO_VALUE ? NULL : &numbers[i].value,
                                                  .value_n = sizeof(int64_t)};
    for (int i = 0; i < n; i++) { /* an absent field has no length */
        if (records[i].key == NULL) records[i].key_n = 0;
        if (records[i].value == NULL) records[i].value_n = 0;
    }
    const struct record_batch_header header = {
        .base_offset = numbers[0].offset, .producer_id = -1, .compression = compression};
    const size_t capacity = record_batch_bound(record_batch_raw_bytes(records, n));
    unsigned char *bytes = malloc(capacity);
    cleaner_log_append(log, config, bytes, record_batch_encode(f->codec, &header, 1, records, n, bytes, capacity));
    free(bytes);
}

static void append_one(struct fixture *f, struct cleaner_log *log, const struct log_cleaner_config *config,
                       int64_t offset, int64_t key, int64_t value, int64_t timestamp_ms)
{
    append(f, log, config, &(struct number){offset, key, value, timestamp_ms}, 1, RECORD_BATCH_NONE);
}

struct numbers {
    struct number *items;
    int n, capacity;
};

static void take(void *context, const struct record_batch_record *record)
{
    struct numbers *all = context;
    if (all->n == all->capacity) {
        all->capacity = all->capacity ? 2 * all->capacity : 64;
        all->items = realloc(all->items, (size_t)all->capacity * sizeof *all->items);
    }
    struct number number = {record->offset, NO_KEY, NO_VALUE, record->timestamp_ms};
    if (record->key != NULL) memcpy(&number.key, record->key, sizeof number.key);
    if (record->value != NULL) memcpy(&number.value, record->value, sizeof number.value);
    all->items[all->n++] = number;
}

static void read_segment(struct fixture *f, const struct cleaner_segment *segment, struct numbers *all)
{
    struct record_batch_header header;
    for (size_t at = 0; at < segment->size_bytes; at += header.size_bytes)
        assert_int_equal(record_batch_decode(f->codec, segment->bytes + at, segment->size_bytes - at, &header, take, all),
                         RECORD_BATCH_OK);
}

static struct numbers read_log(struct fixture *f, const struct cleaner_log *log)
{
    struct numbers all = {0};
    for (size_t i = 0; i < log->segments_n; i++)
        read_segment(f, &log->segments[i], &all);
    return all;
}

/* A cleaner whose map takes so many keys, in Kafka's tests at a load factor of 0.75. */
static struct log_cleaner *cleaner_of(int64_t usable)
{
    const int64_t slots = (4 * usable + 2) / 3;
    struct log_cleaner *cleaner = log_cleaner_new((size_t)slots * OFFSET_MAP_ENTRY_BYTES, 0.75);
    assert_int_equal(log_cleaner_map(cleaner)->usable, usable);
    return cleaner;
}

static void append_records(struct fixture *f, struct cleaner_log *log, const struct log_cleaner_config *config,
                           const struct json_value *records)
{
    for (size_t i = 0; i < records->n; i++)
        append_one(f, log, config, vectors_int(&records->items[i], "offset"), vectors_int(&records->items[i], "key"),
                   vectors_int(&records->items[i], "value"), 0);
}

/* --- Published cases --------------------------------------------------------------------------------- */

static void defaults(void **state)
{
    struct fixture *f = *state;
    const struct json_value *d = vectors_at(f->kafka, "defaults");
    const struct log_cleaner_config config = log_cleaner_defaults();
    assert_true(config.min_cleanable_dirty_ratio == vectors_at(d, "min.cleanable.dirty.ratio")->number);
    assert_int_equal(config.min_compaction_lag_ms, vectors_int(d, "min.compaction.lag.ms"));
    assert_int_equal(config.max_compaction_lag_ms, vectors_int(d, "max.compaction.lag.ms"));
    assert_int_equal(config.delete_retention_ms, vectors_int(d, "delete.retention.ms"));
    assert_int_equal(config.segment_bytes, vectors_int(d, "segment.bytes"));
}

static void partial_segment_clean(void **state)
{
    struct fixture *f = *state;
    const struct json_value *c = case_named(f, "testPartialSegmentClean");
    const struct log_cleaner_config config = log_cleaner_defaults();
    struct log_cleaner *cleaner = cleaner_of(vectors_int(c, "offset_map_capacity"));
    struct cleaner_log log;
    cleaner_log_init(&log, 0);
    append_records(f, &log, &config, vectors_at(c, "records"));
    cleaner_log_roll(&log);
    const struct json_value *cleans = vectors_at(c, "cleans");
    for (size_t i = 0; i < cleans->n; i++) {
        log.checkpoint = vectors_int(&cleans->items[i], "first_dirty_offset");
        const struct log_cleaner_look look = log_cleaner_look(&log, &config, 0);
        assert_int_equal(look.first_uncleanable, vectors_int(&cleans->items[i], "first_uncleanable_offset"));
        log_cleaner_clean(cleaner, &log, &config, &look, 0);
        struct numbers left = read_log(f, &log);
        const struct json_value *keys = vectors_at(&cleans->items[i], "keys_after");
        const struct json_value *offsets = vectors_at(&cleans->items[i], "offsets_after");
        assert_int_equal(left.n, keys->n);
        for (int r = 0; r < left.n; r++) {
            assert_int_equal(left.items[r].key, keys->items[r].integer);
            assert_int_equal(left.items[r].offset, offsets->items[r].integer);
        }
        free(left.items);
    }
    cleaner_log_free(&log);
    log_cleaner_free(cleaner);
}

static int64_t in_map(struct log_cleaner *cleaner, int64_t key)
{
    return offset_map_get(log_cleaner_map(cleaner), &key, sizeof key);
}

static void partial_offset_map(void **state)
{
    struct fixture *f = *state;
    const struct json_value *c = case_named(f, "testBuildPartialOffsetMap"), *expect = vectors_at(c, "expect");
    const struct log_cleaner_config config = log_cleaner_defaults();
    struct log_cleaner *cleaner =
        log_cleaner_new((size_t)vectors_int(c, "offset_map_slots") * OFFSET_MAP_ENTRY_BYTES,
                        vectors_at(c, "load_factor")->number);
    assert_int_equal(log_cleaner_map(cleaner)->usable, vectors_int(c, "usable_entries"));
    struct cleaner_log log;
    cleaner_log_init(&log, 0);
    append_records(f, &log, &config, vectors_at(c, "records"));
    assert_false(log_cleaner_index(cleaner, &log, vectors_int(c, "build_from"), log.end_offset));
    const struct json_value *map = vectors_at(expect, "map"), *absent = vectors_at(expect, "absent");
    for (size_t i = 0; i < map->n; i++)
        assert_int_equal(in_map(cleaner, strtoll(map->items[i].key, NULL, 10)), map->items[i].integer);
    for (size_t i = 0; i < absent->n; i++)
        assert_int_equal(in_map(cleaner, absent->items[i].integer), -1);
    assert_int_equal(log_cleaner_map(cleaner)->size, vectors_int(expect, "size"));
    cleaner_log_free(&log);
    log_cleaner_free(cleaner);
}

/* Keys that the map has with the greatest offset there is are gone, and the rest stays in order. */
static void clean_segments(void **state)
{
    struct fixture *f = *state;
    const struct json_value *map = vectors_at(case_named(f, "testCleanSegments(shape)"), "map");
    struct log_cleaner_config config = log_cleaner_defaults();
    config.segment_bytes = 160; /* two records */
    struct log_cleaner *cleaner = cleaner_of(10);
    struct cleaner_log log;
    cleaner_log_init(&log, 0);
    for (int64_t i = 0; i < 20; i++)
        append_one(f, &log, &config, i, i, i, 0);
    assert_true(log.segments_n > 3);
    bool gone[20] = {false};
    for (size_t i = 0; i < map->n; i++) {
        const int64_t key = strtoll(map->items[i].key, NULL, 10);
        gone[key] = true;
        assert_true(offset_map_put(log_cleaner_map(cleaner), &key, sizeof key, INT64_MAX));
    }
    struct cleaner_segment out = log_cleaner_copy(cleaner, log.segments, 3, &config, 0);
    struct numbers before = {0}, left = {0};
    for (int i = 0; i < 3; i++)
        read_segment(f, &log.segments[i], &before);
    read_segment(f, &out, &left);
    int next = 0;
    for (int i = 0; i < before.n; i++)
        if (!gone[before.items[i].key]) assert_int_equal(left.items[next++].key, before.items[i].key);
    assert_int_equal(left.n, next);
    assert_true(next > 0 && next < before.n);
    free(before.items);
    free(left.items);
    free(out.bytes);
    cleaner_log_free(&log);
    log_cleaner_free(cleaner);
}

enum { SEGMENTS = 10, SEGMENT_RECORDS = 10 };
struct shaped { /* a log by its sizes alone: SEGMENT_RECORDS records a segment of 100 bytes each */
    struct cleaner_segment segments[SEGMENTS + 1];
    struct cleaner_log log;
};

static void shape(struct shaped *s, size_t segments)
{
    *s = (struct shaped){0};
    for (size_t i = 0; i < segments; i++)
        s->segments[i] = (struct cleaner_segment){.base_offset = (int64_t)i * SEGMENT_RECORDS,
                                                  .size_bytes = 100 * SEGMENT_RECORDS,
                                                  .index_bytes = 8,
                                                  .time_index_bytes = 12};
    s->log = (struct cleaner_log){.segments = s->segments,
                                  .segments_n = segments,
                                  .end_offset = (int64_t)segments * SEGMENT_RECORDS,
                                  .stable_offset = (int64_t)segments * SEGMENT_RECORDS,
                                  .checkpoint = -1};
}

static void uncleanable_section(void **state)
{
    const struct json_value *c = case_named(*state, "testLogToCleanWithUncleanableSection"), *expect = vectors_at(c, "expect");
    const struct log_cleaner_config config = log_cleaner_defaults();
    struct shaped s;
    shape(&s, (size_t)vectors_int(c, "segments"));
    s.log.checkpoint = s.segments[vectors_int(c, "first_dirty_segment")].base_offset;
    s.log.stable_offset = s.segments[vectors_int(c, "first_uncleanable_segment")].base_offset;
    const struct log_cleaner_look look = log_cleaner_look(&s.log, &config, 0);
    const size_t each = s.segments[0].size_bytes;
    assert_int_equal(look.clean_bytes, each * (size_t)vectors_int(expect, "clean_segments"));
    assert_int_equal(look.cleanable_bytes, each * (size_t)vectors_int(expect, "cleanable_segments"));
    assert_true(look.dirty_ratio == vectors_at(expect, "cleanable_ratio")->number);
    assert_false(look.due); /* the ratio test is strict: 0.5 is not more than 0.5 */
}

static void log_to_clean(void **state)
{
    const struct json_value *c = case_named(*state, "testLogToClean");
    const struct log_cleaner_config config = log_cleaner_defaults();
    struct shaped s;
    const size_t segments = (size_t)vectors_int(c, "segments");
    shape(&s, segments);
    s.log.checkpoint = s.segments[segments - 1].base_offset;
    const struct log_cleaner_look look = log_cleaner_look(&s.log, &config, 0);
    assert_int_equal(look.clean_bytes + look.cleanable_bytes, (segments - 1) * s.segments[0].size_bytes);
    assert_true(look.dirty_ratio == vectors_at(vectors_at(c, "expect"), "cleanable_ratio")->number);
}

static void filthiest(void **state)
{
    struct fixture *f = *state;
    const struct json_value *c = case_named(f, "testGrabFilthiestCompactedLogReturnsLogWithDirtiestRatio");
    const struct json_value *logs = vectors_at(c, "logs");
    struct log_cleaner_config config = log_cleaner_defaults();
    config.min_cleanable_dirty_ratio = 0;
    config.segment_bytes = 5 * 79; /* five records */
    struct log_cleaner_look looks[8];
    for (size_t i = 0; i < logs->n; i++) {
        struct cleaner_log log;
        cleaner_log_init(&log, 0);
        for (int64_t r = 0; r < vectors_int(&logs->items[i], "records"); r++)
            append_one(f, &log, &config, r, r, r, 0);
        cleaner_log_roll(&log);
        log.checkpoint = vectors_int(&logs->items[i], "first_dirty");
        looks[i] = log_cleaner_look(&log, &config, 0);
        cleaner_log_free(&log);
    }
    assert_false(looks[0].due); /* all of it is clean */
    const int index = log_cleaner_filthiest(looks, (int)logs->n);
    assert_true(index >= 0);
    assert_string_equal(logs->items[index].key, vectors_at(c, "expect")->text);
    assert_int_equal(log_cleaner_filthiest(looks, 1), -1);
}

static void checkpoints_out_of_range(void **state)
{
    static const char *const names[] = {"testDirtyOffsetResetIfLargerThanEndOffset",
                                        "testDirtyOffsetResetIfSmallerThanStartOffset"};
    const struct log_cleaner_config config = log_cleaner_defaults();
    for (int i = 0; i < 2; i++) {
        const struct json_value *c = case_named(*state, names[i]), *end = json_member(c, "log_end");
        struct shaped s;
        shape(&s, 3);
        s.log.start_offset = vectors_int(c, "log_start");
        if (end != NULL) s.log.end_offset = end->integer;
        s.log.checkpoint = vectors_int(c, "checkpoint");
        const struct log_cleaner_look look = log_cleaner_look(&s.log, &config, 0);
        assert_int_equal(look.first_dirty, vectors_int(c, "expect_first_dirty"));
        assert_true(look.checkpoint_reset);
    }
}

static void cleanable_to_the_stable_offset(void **state)
{
    const struct json_value *c = case_named(*state, "testCleanableOffsetsForNone");
    const struct log_cleaner_config config = log_cleaner_defaults();
    struct shaped s;
    shape(&s, (size_t)vectors_int(c, "segments"));
    s.log.stable_offset = vectors_int(c, "high_watermark");
    assert_int_equal(log_cleaner_look(&s.log, &config, 0).first_uncleanable, s.log.stable_offset);
}

/* min.compaction.lag.ms holds back the first segment with a record that is not older. */
static void cleanable_by_time(void **state)
{
    const struct json_value *c = case_named(*state, "testCleanableOffsetsForTime");
    struct log_cleaner_config config = log_cleaner_defaults();
    config.min_compaction_lag_ms = vectors_int(c, "min_compaction_lag_ms");
    const size_t first = (size_t)vectors_int(c, "segments_at_t0"), all = (size_t)vectors_int(c, "total_segments");
    const int64_t t0 = 1000000, t1 = t0 + vectors_int(c, "sleep_ms");
    struct shaped s;
    shape(&s, all);
    for (size_t i = 0; i < all; i++) /* the one that was active at t0 went on at t1 */
        s.segments[i].largest_timestamp_ms = i + 1 < first ? t0 : t1;
    assert_int_equal(log_cleaner_look(&s.log, &config, t1).first_uncleanable, s.segments[first - 1].base_offset);

    const struct json_value *at_once = case_named(*state, "testCleanableOffsetsForShortTime");
    config.min_compaction_lag_ms = vectors_int(at_once, "min_compaction_lag_ms");
    for (size_t i = 0; i < all; i++)
        s.segments[i].largest_timestamp_ms = t0;
    assert_int_equal(log_cleaner_look(&s.log, &config, t0 + config.min_compaction_lag_ms + 1).first_uncleanable,
                     s.segments[all - 1].base_offset);
    /* One millisecond less is not more than the lag, but `largestTimestamp > now - lag` is strict as well. */
    assert_int_equal(log_cleaner_look(&s.log, &config, t0 + config.min_compaction_lag_ms).first_uncleanable,
                     s.segments[all - 1].base_offset);
    assert_int_equal(log_cleaner_look(&s.log, &config, t0 + config.min_compaction_lag_ms - 1).first_uncleanable, 0);
}

static size_t groups_of(const struct shaped *s, size_t n, const struct log_cleaner_config *config)
{
    size_t groups = 0;
    for (size_t first = 0; first < n; groups++)
        first = log_cleaner_group_end(s->segments, n, first, config, s->log.end_offset);
    return groups;
}

static void segment_grouping(void **state)
{
    const struct json_value *c = case_named(*state, "testSegmentGrouping"), *expect = vectors_at(c, "expect");
    const size_t n = (size_t)vectors_int(c, "segments");
    struct shaped s;
    shape(&s, n);
    struct log_cleaner_config config = log_cleaner_defaults();
    config.segment_bytes = INT32_MAX;
    assert_int_equal(groups_of(&s, n, &config), vectors_int(expect, "maxSize=INT_MAX"));
    config.segment_bytes = 1;
    assert_int_equal(groups_of(&s, n, &config), vectors_int(expect, "maxSize=1"));
    config.segment_bytes = INT32_MAX;
    config.segment_index_bytes = 1;
    assert_int_equal(groups_of(&s, n, &config), vectors_int(expect, "maxIndexSize=1"));
    config = log_cleaner_defaults();
    config.segment_bytes = 3 * 100 * SEGMENT_RECORDS + 1;
    for (size_t first = 0, next; first < n; first = next) {
        next = log_cleaner_group_end(s.segments, n, first, &config, s.log.end_offset);
        if (next < n) assert_int_equal(next - first, 3);
    }
    /* Offsets within a segment are 32 bits wide. */
    config = log_cleaner_defaults();
    s.segments[1].base_offset = INT32_MAX;
    s.segments[2].base_offset = (int64_t)INT32_MAX + 1;
    s.segments[3].base_offset = (int64_t)INT32_MAX + 2;
    assert_int_equal(log_cleaner_group_end(s.segments, 4, 0, &config, (int64_t)INT32_MAX + 3), 2);
}

static void unkeyed_records_go(void **state)
{
    struct fixture *f = *state;
    case_named(f, "testCleaningWithUnkeyedMessages");
    const struct log_cleaner_config config = log_cleaner_defaults();
    struct log_cleaner *cleaner = cleaner_of(30);
    struct cleaner_log log;
    cleaner_log_init(&log, 0);
    for (int64_t i = 0; i < 20; i++)
        append_one(f, &log, &config, i, i % 2 ? i : NO_KEY, i, 0);
    cleaner_log_roll(&log);
    const struct log_cleaner_look look = log_cleaner_look(&log, &config, 0);
    log_cleaner_clean(cleaner, &log, &config, &look, 0);
    struct numbers left = read_log(f, &log);
    assert_int_equal(left.n, 10);
    for (int i = 0; i < left.n; i++)
        assert_int_equal(left.items[i].key, 2 * i + 1);
    assert_int_equal(log_cleaner_counts(cleaner)->records_invalid, 10);
    free(left.items);
    cleaner_log_free(&log);
    log_cleaner_free(cleaner);
}

/* --- Tombstones, lags -------------------------------------------------------------------------------- */

static struct numbers clean_at(struct fixture *f, struct log_cleaner *cleaner, struct cleaner_log *log,
                               const struct log_cleaner_config *config, int64_t now_ms)
{
    const struct log_cleaner_look look = log_cleaner_look(log, config, now_ms);
    log_cleaner_clean(cleaner, log, config, &look, now_ms);
    return read_log(f, log);
}

/* The first cleaning sets the horizon, those before it keep the tombstone, the first from then on takes it. */
static void tombstones(void **state)
{
    struct fixture *f = *state;
    struct log_cleaner_config config = log_cleaner_defaults();
    config.delete_retention_ms = 1000;
    struct log_cleaner *cleaner = cleaner_of(30);
    struct cleaner_log log;
    cleaner_log_init(&log, 0);
    const struct number first[] = {{0, 1, 10, 50}, {1, 2, 20, 51}, {2, 1, NO_VALUE, 52}, {3, 3, 30, 53}};
    append(f, &log, &config, first, 4, RECORD_BATCH_ZSTD);
    const int64_t cleanings[] = {5000, 5999, 6000};
    const int left_then[] = {3, 3, 2};
    for (int i = 0; i < 3; i++) {
        append_one(f, &log, &config, log.end_offset, 100 + i, 1, 60); /* something dirty each time */
        cleaner_log_roll(&log);
        struct numbers left = clean_at(f, cleaner, &log, &config, cleanings[i]);
        assert_int_equal(left.n, left_then[i] + 1 + i);
        assert_int_equal(left.items[0].key, 2); /* times and offsets are as they were, whatever the base */
        assert_int_equal(left.items[0].timestamp_ms, 51);
        assert_int_equal(left.items[0].offset, 1);
        if (i < 2) assert_int_equal(left.items[1].value, NO_VALUE);
        free(left.items);
        struct record_batch_header header;
        assert_int_equal(record_batch_check(log.segments[0].bytes, log.segments[0].size_bytes, &header), RECORD_BATCH_OK);
        assert_true(header.has_delete_horizon && header.delete_horizon_ms == 6000);
        assert_true(header.base_offset == 0 && header.last_offset == 3);
    }
    assert_int_equal(log_cleaner_counts(cleaner)->tombstones_gone, 1);
    cleaner_log_free(&log);
    log_cleaner_free(cleaner);
}

/* A horizon beyond the end of time is the end of time: the tombstone stays. */
static void horizon_saturates(void **state)
{
    struct fixture *f = *state;
    struct log_cleaner_config config = log_cleaner_defaults();
    config.delete_retention_ms = INT64_MAX;
    struct log_cleaner *cleaner = cleaner_of(30);
    struct cleaner_log log;
    cleaner_log_init(&log, 0);
    append_one(f, &log, &config, 0, 1, NO_VALUE, 50);
    cleaner_log_roll(&log);
    for (int i = 0; i < 2; i++) {
        append_one(f, &log, &config, log.end_offset, 2, 1, 60);
        cleaner_log_roll(&log);
        struct numbers left = clean_at(f, cleaner, &log, &config, INT64_MAX / 2);
        assert_int_equal(left.n, 2);
        assert_int_equal(left.items[0].timestamp_ms, 50);
        free(left.items);
        struct record_batch_header header;
        assert_int_equal(record_batch_check(log.segments[0].bytes, log.segments[0].size_bytes, &header), RECORD_BATCH_OK);
        assert_true(header.delete_horizon_ms == INT64_MAX);
    }
    cleaner_log_free(&log);
    log_cleaner_free(cleaner);
}

static void overdue_records(void **state)
{
    (void)state;
    struct log_cleaner_config config = log_cleaner_defaults();
    struct shaped s;
    shape(&s, 4);
    for (int i = 0; i < 4; i++)
        s.segments[i].first_timestamp_ms = 1000 + i;
    s.log.checkpoint = s.segments[2].base_offset;
    config.max_compaction_lag_ms = 500;
    struct log_cleaner_look look = log_cleaner_look(&s.log, &config, 1502);
    assert_int_equal(look.overdue_ms, 0); /* 1002 is just as old as may be */
    assert_false(look.due);
    look = log_cleaner_look(&s.log, &config, 1510);
    assert_int_equal(look.overdue_ms, 8);
    assert_true(look.due && look.dirty_ratio < 0.5);
    s.segments[2].first_timestamp_ms = 0; /* not known */
    assert_int_equal(log_cleaner_look(&s.log, &config, 1510).overdue_ms, 0);
    config.max_compaction_lag_ms = INT64_MAX;
    assert_int_equal(log_cleaner_look(&s.log, &config, INT64_MIN + 5).overdue_ms, 0);
}

static void md5_known_answers(void **state)
{
    (void)state;
    static const struct {
        const char *text, *digest;
    } known[] = {
        /* RFC 1321, appendix A.5. */
        {"", "d41d8cd98f00b204e9800998ecf8427e"},
        {"abc", "900150983cd24fb0d6963f7d28e17f72"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f"},
        {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
         "57edf4a22be3c955ac49da2e2107b67a"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        unsigned char digest[MD5_BYTES];
        char hex[2 * MD5_BYTES + 1];
        md5(known[i].text, strlen(known[i].text), digest);
        for (int b = 0; b < MD5_BYTES; b++)
            snprintf(hex + 2 * b, 3, "%02x", digest[b]);
        assert_string_equal(hex, known[i].digest);
    }
}

/* --- Beside a naive cleaner -------------------------------------------------------------------------- */

enum { KEYS = 40, FUZZ_RECORDS = 3000 };

/* The latest record of every key in a list, and all beyond `end`; tombstones if they stay. */
static int naive(const struct numbers *all, int64_t end, struct number *out)
{
    int n = 0;
    for (int i = 0; i < all->n; i++) {
        const struct number *r = &all->items[i];
        bool later = r->key == NO_KEY;
        for (int j = i + 1; j < all->n && !later && all->items[j].offset < end; j++)
            later = all->items[j].key == r->key;
        if (r->offset >= end || !later) out[n++] = *r;
    }
    return n;
}

/* Whatever the batches, segments, maps and codecs: what stays is what the naive one keeps of the section that the map
 * covered, and reading the log from its start gives every key its latest value. */
static void same_as_naive(void **state)
{
    struct fixture *f = *state;
    struct philox philox = philox_named(7, "test/log_cleaner");
    static struct number expected[FUZZ_RECORDS];
    uint64_t dropped = 0, partial = 0;
    for (int round = 0; round < 120; round++) {
        struct log_cleaner_config config = log_cleaner_defaults();
        config.segment_bytes = 200 + (int64_t)philox_below(&philox, 3000);
        config.segment_index_bytes = 8 + (int64_t)philox_below(&philox, 40);
        config.index_interval_bytes = 50 + (int64_t)philox_below(&philox, 500);
        struct log_cleaner *cleaner = log_cleaner_new((4 + philox_below(&philox, 100)) * OFFSET_MAP_ENTRY_BYTES, 0.9);
        struct cleaner_log log;
        cleaner_log_init(&log, (int64_t)philox_below(&philox, 1000));
        const uint64_t keys = 1 + philox_below(&philox, KEYS);
        int64_t latest[KEYS];
        for (int i = 0; i < KEYS; i++) latest[i] = NO_VALUE;
        for (int step = 0; step < 40; step++) {
            struct number batch[64];
            const int n = 1 + (int)philox_below(&philox, 30);
            for (int i = 0; i < n; i++) {
                batch[i] = (struct number){log.end_offset + i, (int64_t)philox_below(&philox, keys),
                                           (int64_t)philox_below(&philox, 1000), step};
                if (philox_below(&philox, 10) == 0) batch[i].value = NO_VALUE;
            }
            append(f, &log, &config, batch, n,
                   philox_below(&philox, 2) ? RECORD_BATCH_ZSTD : RECORD_BATCH_NONE);
            for (int i = 0; i < n; i++) latest[batch[i].key] = batch[i].value;
            if (philox_below(&philox, 4) != 0) continue;
            if (philox_below(&philox, 2) != 0) cleaner_log_roll(&log);
            struct numbers before = read_log(f, &log);
            const struct log_cleaner_look look = log_cleaner_look(&log, &config, step);
            log_cleaner_clean(cleaner, &log, &config, &look, step);
            struct numbers after = read_log(f, &log);
            /* A record of before the dirty part goes if the map has its key; the naive one looks at all up to the end. As
             * what is clean has each key once, these are the same. */
            const int kept = naive(&before, look.cleanable_bytes > 0 ? log.checkpoint : log.start_offset, expected);
            assert_int_equal(after.n, kept);
            assert_memory_equal(after.items, expected, (size_t)kept * sizeof *expected);
            dropped += (uint64_t)(before.n - after.n);
            partial += log.checkpoint < look.clean_until;
            free(before.items);
            free(after.items);
            for (size_t i = 1; i < log.segments_n; i++)
                assert_true(log.segments[i].base_offset > log.segments[i - 1].base_offset);
        }
        struct numbers all = read_log(f, &log);
        int64_t seen[KEYS];
        for (int i = 0; i < KEYS; i++) seen[i] = NO_VALUE;
        for (int i = 0; i < all.n; i++) seen[all.items[i].key] = all.items[i].value;
        assert_memory_equal(seen, latest, sizeof seen);
        free(all.items);
        cleaner_log_free(&log);
        log_cleaner_free(cleaner);
    }
    assert_true(dropped > 5000 && partial > 50); /* it did clean, and maps were full */
}

/* Many keys in a map nearly full: each is found, and no other. */
static void full_map(void **state)
{
    (void)state;
    struct offset_map map;
    offset_map_init(&map, 1000 * OFFSET_MAP_ENTRY_BYTES, 1);
    for (int64_t key = 0; key < 1000; key++)
        assert_true(offset_map_put(&map, &key, sizeof key, key * 7));
    const int64_t again = 5, one_more = 1000;
    assert_false(offset_map_put(&map, &again, sizeof again, 1)); /* Kafka stops, even at a key it has */
    assert_false(offset_map_put(&map, &one_more, sizeof one_more, 1));
    for (int64_t key = 0; key < 1000; key++)
        assert_int_equal(offset_map_get(&map, &key, sizeof key), key * 7);
    assert_int_equal(offset_map_get(&map, &one_more, sizeof one_more), -1);
    assert_int_equal(map.size, 1000);
    offset_map_clear(&map);
    assert_int_equal(offset_map_get(&map, &again, sizeof again), -1);
    offset_map_free(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(partial_segment_clean),
        cmocka_unit_test(partial_offset_map),
        cmocka_unit_test(clean_segments),
        cmocka_unit_test(uncleanable_section),
        cmocka_unit_test(log_to_clean),
        cmocka_unit_test(filthiest),
        cmocka_unit_test(checkpoints_out_of_range),
        cmocka_unit_test(cleanable_to_the_stable_offset),
        cmocka_unit_test(cleanable_by_time),
        cmocka_unit_test(segment_grouping),
        cmocka_unit_test(unkeyed_records_go),
        cmocka_unit_test(tombstones),
        cmocka_unit_test(horizon_saturates),
        cmocka_unit_test(overdue_records),
        cmocka_unit_test(md5_known_answers),
        cmocka_unit_test(same_as_naive),
        cmocka_unit_test(full_map),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
