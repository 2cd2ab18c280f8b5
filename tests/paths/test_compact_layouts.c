/* Files written by time and along the Z-order curve, against orders told naively; and what their statistics
 * let a reader pass over, against reading everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "arena.h"
#include "compact.h"
#include "philox.h"
#include "zorder.h"

enum { RECORDS_MAX = 300, KEY_MAX = 12 };

struct table {
    struct table_record records[RECORDS_MAX];
    size_t n;
    char keys[RECORDS_MAX][KEY_MAX + 1];
    char values[RECORDS_MAX][8];
    struct table_bytes inputs[8];
    size_t inputs_n;
};

/* Records in some files, sorted ones and others; keys of all lengths, among them the empty one. */
static void draw_table(struct table *t, struct philox *philox, struct table_writer *writer,
                       struct arena *arena)
{
    const uint64_t keys = 1 + philox_below(philox, 60), times = 1 + philox_below(philox, 200);
    t->n = philox_below(philox, RECORDS_MAX + 1);
    t->inputs_n = 1 + philox_below(philox, 8);
    for (size_t i = 0; i < t->n; i++) {
        const uint64_t key = philox_below(philox, keys);
        const int key_n = key == 0 ? 0
                                   : snprintf(t->keys[i], sizeof t->keys[i], "%.*s%d", (int)(key % 9),
                                              "campaign", (int)key);
        const int value_n = snprintf(t->values[i], sizeof t->values[i], "%d", (int)philox_below(philox, 50));
        t->records[i] = (struct table_record){.key = t->keys[i],
                                              .key_n = (uint32_t)key_n,
                                              .value = t->values[i],
                                              .value_n = (uint32_t)value_n,
                                              .time_ms = (int64_t)philox_below(philox, times) - 100,
                                              .id = {philox_below(philox, 3), philox_below(philox, 40)}};
    }
    size_t at = 0;
    for (size_t f = 0; f < t->inputs_n; f++) {
        const size_t n = f + 1 == t->inputs_n ? t->n - at : philox_below(philox, t->n - at + 1);
        const struct table_writer_options options = {.level = 1,
                                                     .group_bytes = 200,
                                                     .id_at = TABLE_ID_COLUMN,
                                                     .sorted = philox_below(philox, 2) == 0,
                                                     .arena = arena};
        if (options.sorted) (void)table_records_sort(t->records + at, n);
        const struct table_file file = table_file_write(writer, &options, t->records + at, n);
        t->inputs[f] = (struct table_bytes){file.bytes, file.n};
        at += n;
    }
}

static int by_key(const void *a, const void *b)
{
    return table_record_compare(a, b);
}

static int by_time(const void *a, const void *b)
{
    const struct table_record *x = a, *y = b;
    return x->time_ms != y->time_ms ? (x->time_ms < y->time_ms ? -1 : 1) : table_record_compare(x, y);
}

static int key_order(const struct table_record *a, const struct table_record *b)
{
    const size_t n = a->key_n < b->key_n ? a->key_n : b->key_n;
    const int order = n == 0 ? 0 : memcmp(a->key, b->key, n);
    return order != 0 ? order : (a->key_n > b->key_n) - (a->key_n < b->key_n);
}

/* How many of the cuts into 1000 equal shares lie below a record; `bounds` are records in order of one
 * column. A value that fills several shares is one cut. */
static uint32_t range_of(const struct table_record *sorted, size_t n, const struct table_record *record,
                         bool of_time)
{
    uint32_t range = 0;
    double share = (double)n / ZORDER_RANGES, target = share;
    const struct table_record *last = NULL;
    uint32_t cuts = 0;
    for (size_t i = 0; i < n && cuts < ZORDER_RANGES - 1; i++) {
        const struct table_record *r = &sorted[i];
        if ((double)(i + 1) < target) continue;
        if (last != NULL && (of_time ? last->time_ms == r->time_ms : key_order(last, r) == 0)) continue;
        last = r;
        cuts++;
        target += share;
        range += of_time ? r->time_ms < record->time_ms : key_order(r, record) < 0;
    }
    return range;
}

struct on_curve {
    struct table_record record;
    unsigned char bits[8];
};

static int along_the_curve(const void *a, const void *b)
{
    const struct on_curve *x = a, *y = b;
    const int order = memcmp(x->bits, y->bits, 8);
    return order != 0 ? order : table_record_compare(&x->record, &y->record);
}

/* In the order that the output should have; returns how many there are. */
static size_t expected_order(const struct table *t, enum compact_layout layout, bool deduplicate,
                             struct table_record *out)
{
    memcpy(out, t->records, t->n * sizeof *out);
    if (layout == COMPACT_BY_Z_ORDER) {
        struct table_record *times = malloc((t->n + 1) * sizeof *times),
                            *keys = malloc((t->n + 1) * sizeof *keys);
        struct on_curve *curve = malloc((t->n + 1) * sizeof *curve);
        memcpy(times, out, t->n * sizeof *times);
        memcpy(keys, out, t->n * sizeof *keys);
        qsort(times, t->n, sizeof *times, by_time);
        qsort(keys, t->n, sizeof *keys, by_key);
        for (size_t i = 0; i < t->n; i++) {
            const uint32_t columns[2] = {range_of(keys, t->n, &out[i], false),
                                         range_of(times, t->n, &out[i], true)};
            curve[i].record = out[i];
            zorder_interleave_u32(columns, 2, curve[i].bits);
        }
        qsort(curve, t->n, sizeof *curve, along_the_curve);
        for (size_t i = 0; i < t->n; i++)
            out[i] = curve[i].record;
        free(times);
        free(keys);
        free(curve);
    } else {
        qsort(out, t->n, sizeof *out, layout == COMPACT_BY_TIME ? by_time : by_key);
    }
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++) {
        const struct table_record *last = n > 0 ? &out[n - 1] : NULL;
        const bool copy = deduplicate && last != NULL && (out[i].id[0] != 0 || out[i].id[1] != 0) &&
                          out[i].id[0] == last->id[0] && out[i].id[1] == last->id[1] &&
                          out[i].time_ms == last->time_ms && key_order(&out[i], last) == 0;
        if (!copy) out[n++] = out[i];
    }
    return n;
}

/* All records of the outputs, in order. */
static size_t read_all(const struct compact_result *result, struct table_reader *reader,
                       struct table_record *out)
{
    static struct table_record all[RECORDS_MAX];
    static char bytes[RECORDS_MAX][2 * KEY_MAX];
    size_t n = 0;
    for (size_t f = 0; f < result->files_n; f++) {
        struct table_record record;
        enum table_status status =
            table_reader_open(reader, result->files[f].bytes, result->files[f].n, NULL);
        for (; (status = table_reader_next(reader, &record)) == TABLE_OK; n++) {
            assert_true(n < RECORDS_MAX);
            all[n] = record;
            memcpy(bytes[n], record.key, record.key_n);
            memcpy(bytes[n] + KEY_MAX, record.value, record.value_n);
            all[n].key = bytes[n];
            all[n].value = bytes[n] + KEY_MAX;
        }
        assert_int_equal(status, TABLE_END);
    }
    memcpy(out, all, n * sizeof *out);
    return n;
}

static bool in_range(const struct table_record *r, const struct table_range *range)
{
    const struct table_record low = {.key = range->min_key.bytes, .key_n = (uint32_t)range->min_key.n};
    const struct table_record high = {.key = range->max_key.bytes, .key_n = (uint32_t)range->max_key.n};
    return r->time_ms >= range->min_time_ms && r->time_ms <= range->max_time_ms &&
           (low.key == NULL || key_order(r, &low) >= 0) && (high.key == NULL || key_order(r, &high) <= 0);
}

struct skipped {
    int64_t groups, of;
};

/* What a reader of a range gets, whole row groups as they are, holds every record of it. */
static void check_selection(const struct compact_result *result, const struct table_record *all, size_t n,
                            struct philox *philox, struct table_reader *reader, struct skipped *skipped)
{
    const struct table_record *a = &all[philox_below(philox, n)], *b = &all[philox_below(philox, n)];
    struct table_range range = {.min_time_ms = INT64_MIN, .max_time_ms = INT64_MAX};
    if (philox_below(philox, 3) > 0) {
        range.min_key = (struct table_bytes){a->key, a->key_n};
        range.max_key = philox_below(philox, 2) ? range.min_key : (struct table_bytes){b->key, b->key_n};
    }
    if (philox_below(philox, 3) > 0) {
        range.min_time_ms = b->time_ms - (int64_t)philox_below(philox, 3);
        range.max_time_ms = b->time_ms + (int64_t)philox_below(philox, 10);
    }
    size_t wanted = 0, got = 0;
    for (size_t i = 0; i < n; i++)
        wanted += in_range(&all[i], &range);
    for (size_t f = 0; f < result->files_n; f++) {
        struct table_stats stats;
        struct table_record record;
        enum table_status status =
            table_reader_open(reader, result->files[f].bytes, result->files[f].n, &stats);
        assert_int_equal(status, TABLE_OK);
        const int32_t groups = table_reader_select(reader, &range);
        while ((status = table_reader_next(reader, &record)) == TABLE_OK)
            got += in_range(&record, &range);
        assert_int_equal(status, TABLE_END);
        assert_int_equal(table_reader_counts(reader)->groups, groups);
        skipped->groups += stats.groups_n - groups;
        skipped->of += stats.groups_n;
    }
    assert_int_equal(got, wanted);
}

/* The smallest and the largest of a file are those of its records, neither wider nor narrower. */
static void check_statistics(const struct compact_result *result, const struct table_record *all)
{
    size_t at = 0;
    for (size_t f = 0; f < result->files_n; f++) {
        const struct table_stats *stats = &result->files[f].stats;
        const struct table_record *least = &all[at], *most = &all[at];
        int64_t first = all[at].time_ms, last = first;
        for (const struct table_record *r = &all[at]; r < &all[at + (size_t)stats->records]; r++) {
            if (key_order(r, least) < 0) least = r;
            if (key_order(r, most) > 0) most = r;
            if (r->time_ms < first) first = r->time_ms;
            if (r->time_ms > last) last = r->time_ms;
        }
        assert_int_equal(stats->min_time_ms, first);
        assert_int_equal(stats->max_time_ms, last);
        assert_true(stats->min_key.n == least->key_n &&
                    memcmp(stats->min_key.bytes, least->key, least->key_n) == 0);
        assert_true(stats->max_key.n == most->key_n &&
                    memcmp(stats->max_key.bytes, most->key, most->key_n) == 0);
        at += (size_t)stats->records;
    }
}

static void layouts_as_told(void **state)
{
    (void)state;
    struct philox philox = philox_named(1, "test/compact/layouts");
    struct table_writer *writer = table_writer_new();
    struct table_reader *reader = table_reader_new();
    struct compact_executor *executor = compact_executor_new();
    struct table *t = calloc(1, sizeof *t);
    struct table_record *expected = calloc(RECORDS_MAX + 1, sizeof *expected),
                        *is = calloc(RECORDS_MAX + 1, sizeof *is);
    struct skipped skipped[3] = {{0}};
    for (int round = 0; round < 600; round++) {
        struct arena *arena = arena_new(0);
        draw_table(t, &philox, writer, arena);
        const struct compact_options options = {
            .target_bytes = round % 4 == 0 ? 0 : 300 + (int64_t)philox_below(&philox, 3000),
            .group_bytes = 100 + (int64_t)philox_below(&philox, 600),
            .level = (int)philox_below(&philox, 3),
            .deduplicate = philox_below(&philox, 2) == 0,
            .layout = (enum compact_layout)(round % 3)};
        struct compact_result result;
        compact_execute(executor, &options, t->inputs, t->inputs_n, arena, &result);
        assert_int_equal(result.status, TABLE_OK);
        const size_t n = expected_order(t, options.layout, options.deduplicate, expected);
        assert_int_equal(read_all(&result, reader, is), n);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(table_record_compare(&is[i], &expected[i]), 0);
        for (size_t f = 0; f < result.files_n; f++)
            assert_true(result.files[f].stats.sorted == (options.layout == COMPACT_BY_KEY));
        check_statistics(&result, is);
        for (int k = 0; k < 10 && n > 0; k++)
            check_selection(&result, is, n, &philox, reader, &skipped[options.layout]);
        arena_free(arena);
    }
    for (int layout = 0; layout < 3; layout++)
        assert_true(skipped[layout].groups > skipped[layout].of / 4);
    free(t);
    free(expected);
    free(is);
    compact_executor_free(executor);
    table_reader_free(reader);
    table_writer_free(writer);
}

/* Row groups that are passed over by a range in one column alone, in a grid of 32 keys and 32 times in 64
 * groups: those of the sorted column nearly all; along the curve seven of eight in either column. */
static void what_a_curve_is_for(void **state)
{
    (void)state;
    enum { SIDE = 32 };
    struct arena *arena = arena_new(0);
    struct table_writer *writer = table_writer_new();
    struct table_reader *reader = table_reader_new();
    struct compact_executor *executor = compact_executor_new();
    struct table_record *records = ARENA_NEW(arena, struct table_record, SIDE * SIDE);
    for (int i = 0; i < SIDE * SIDE; i++)
        records[i] = (struct table_record){.key = arena_printf(arena, "k%02d", i / SIDE),
                                           .key_n = 3,
                                           .value = "v",
                                           .value_n = 1,
                                           .time_ms = i % SIDE};
    const struct table_writer_options writing = {
        .level = 1, .group_bytes = 100000, .id_at = TABLE_ID_NONE, .arena = arena};
    const struct table_file file = table_file_write(writer, &writing, records, SIDE * SIDE);
    const struct table_bytes input = {file.bytes, file.n};
    static const struct {
        enum compact_layout layout;
        int by_key, by_time; /* groups read, at most */
    } cases[] = {{COMPACT_BY_KEY, 4, 64}, {COMPACT_BY_TIME, 64, 4}, {COMPACT_BY_Z_ORDER, 16, 16}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct compact_result result;
        /* 28 + 16 records of at most 37 bytes. */
        const struct compact_options options = {
            .group_bytes = 28 + 16 * 37, .level = 1, .layout = cases[c].layout};
        compact_execute(executor, &options, &input, 1, arena, &result);
        assert_int_equal(result.files_n, 1);
        assert_int_equal(result.files[0].stats.groups_n, 64);
        for (int i = 0; i < SIDE; i++) {
            const struct table_bytes key = {(const unsigned char *)arena_printf(arena, "k%02d", i), 3};
            const struct table_range of_key = {
                .min_key = key, .max_key = key, .min_time_ms = 0, .max_time_ms = SIDE};
            const struct table_range of_time = {.min_time_ms = i, .max_time_ms = i};
            assert_int_equal(table_reader_open(reader, result.files[0].bytes, result.files[0].n, NULL),
                             TABLE_OK);
            assert_in_range(table_reader_select(reader, &of_key), 1, cases[c].by_key);
            assert_int_equal(table_reader_open(reader, result.files[0].bytes, result.files[0].n, NULL),
                             TABLE_OK);
            assert_in_range(table_reader_select(reader, &of_time), 1, cases[c].by_time);
        }
    }
    compact_executor_free(executor);
    table_reader_free(reader);
    table_writer_free(writer);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layouts_as_told),
        cmocka_unit_test(what_a_curve_is_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
