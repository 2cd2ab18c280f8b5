/* test_key_order.c: keys in the order of their bytes against the C library's sorting of the words; spans of what compaction
 * writes against records drawn and sorted. */
#include "scenario_fixture.h"

#include <math.h>
#include <stdlib.h>

#include "bucket.h"
#include "event.h"
#include "key_order.h"
#include "lake_layout.h"
#include "philox.h"
#include "zorder.h"

struct word {
    char key[EVENT_KEY_BYTES_MAX];
    double records;
};

static int by_bytes(const void *a, const void *b)
{
    return strcmp(((const struct word *)a)->key, ((const struct word *)b)->key);
}

/* Two populations share their keys; the smaller one's come twice. */
static void keys_in_the_order_of_bytes(void **state)
{
    (void)state;
    static const int64_t most[] = {1, 9, 10, 11, 99, 100, 101, 999, 1234, 20000};
    for (size_t i = 0; i < sizeof most / sizeof *most; i++) {
        for (int buckets = 1; buckets <= 7; buckets += 3) {
            struct arena *arena = arena_new(0);
            struct scenario *s = ARENA_NEW(arena, struct scenario, 1);
            s->keys_n = 2;
            s->keys[0] = (struct scenario_keys){.population = most[i], .zipf = 1.05};
            s->keys[1] = (struct scenario_keys){.population = (most[i] + 1) / 2, .zipf = 0};
            double by_keys[SCENARIO_KEYS_MAX] = {30, 10};
            const struct key_order *order = key_order_new(s, by_keys, buckets, arena);
            struct word *words = ARENA_NEW(arena, struct word, (size_t)most[i]);
            double sum = 0;
            for (int64_t rank = 1; rank <= most[i]; rank++)
                sum += pow((double)rank, -1.05);
            for (int64_t rank = 1; rank <= most[i]; rank++) {
                struct word *w = &words[rank - 1];
                w->key[event_key((uint64_t)rank, w->key)] = 0;
                w->records = 30 * pow((double)rank, -1.05) / sum;
                if (rank <= s->keys[1].population) w->records += 10 / (double)s->keys[1].population;
            }
            qsort(words, (size_t)most[i], sizeof *words, by_bytes);
            for (int b = 0; b < buckets; b++) {
                double all = 0, so_far = 0;
                for (int64_t k = 0; k < most[i]; k++)
                    if (bucket_of(words[k].key, strlen(words[k].key), buckets) == b) all += words[k].records;
                for (int64_t k = 0; k < most[i]; k++) {
                    if (bucket_of(words[k].key, strlen(words[k].key), buckets) != b) continue;
                    double from, to;
                    const double share = words[k].records / all;
                    key_order_at(order, b, so_far + share / 2, &from, &to);
                    assert_true(fabs(from - so_far) < 1e-9 && fabs(to - so_far - share) < 1e-9);
                    so_far += share;
                }
                if (all > 0) continue;
                double from, to;
                key_order_at(order, b, 0.5, &from, &to);
                assert_true(from == to);
            }
            arena_free(arena);
        }
    }
}

enum { RECORDS = 40000 };
struct record {
    double key, time;
    uint64_t place;
};

static int by_place(const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    return (x->place > y->place) - (x->place < y->place);
}

static int by_key(const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

static int by_time(const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    return (x->time > y->time) - (x->time < y->time);
}

/* As the executor would: records in order of the layout. */
static void lay_out(struct record *records, enum compact_layout layout)
{
    if (layout == COMPACT_BY_Z_ORDER) {
        qsort(records, RECORDS, sizeof *records, by_key);
        for (uint64_t i = 0; i < RECORDS; i++)
            records[i].place = i * ZORDER_RANGES / RECORDS;
        qsort(records, RECORDS, sizeof *records, by_time);
        for (uint64_t i = 0; i < RECORDS; i++)
            records[i].place = zorder_pair((uint32_t)records[i].place, (uint32_t)(i * ZORDER_RANGES / RECORDS));
        qsort(records, RECORDS, sizeof *records, by_place);
        return;
    }
    qsort(records, RECORDS, sizeof *records, layout == COMPACT_BY_KEY ? by_key : by_time);
}

/* Spans of outputs, told without records, are those of records drawn from the inputs' spans: none is outside by more than
 * chance, and what is sorted by spans no more than they do. */
static void spans_of_what_is_written(void **state)
{
    (void)state;
    struct philox philox = philox_named(1, "test/lake/layout");
    struct record *records = calloc(RECORDS, sizeof *records);
    for (int round = 0; round < 60; round++) {
        const enum compact_layout layout = (enum compact_layout)(round % 3);
        /* Along the curve keys and times are told apart, so inputs that tie them together are left out there. */
        const bool whole_keys = layout == COMPACT_BY_Z_ORDER || philox_below(&philox, 3) == 0;
        struct lake_input inputs[6];
        const size_t n = 1 + philox_below(&philox, 6);
        struct lake_span whole = {.min_key = 1, .min_event = INT64_MAX, .max_event = INT64_MIN};
        double rows = 0;
        for (size_t i = 0; i < n; i++) {
            struct lake_input *in = &inputs[i];
            const double low = philox_uniform(&philox) / 2;
            in->span.min_key = whole_keys ? 0 : low;
            in->span.max_key = whole_keys ? 1 : low + philox_uniform(&philox) / 2;
            in->span.min_event = (sim_time)philox_below(&philox, 1000) * SIM_S;
            in->span.max_event = in->span.min_event + (sim_time)(100 + philox_below(&philox, 1000)) * SIM_S;
            in->rows = (double)(1 + philox_below(&philox, 9));
            rows += in->rows;
            whole.min_key = fmin(whole.min_key, in->span.min_key);
            whole.max_key = fmax(whole.max_key, in->span.max_key);
            if (in->span.min_event < whole.min_event) whole.min_event = in->span.min_event;
            if (in->span.max_event > whole.max_event) whole.max_event = in->span.max_event;
        }
        size_t at = 0;
        for (size_t i = 0; i < n; i++) {
            const size_t own = i + 1 == n ? RECORDS - at : (size_t)(RECORDS * inputs[i].rows / rows);
            const struct lake_span *s = &inputs[i].span;
            for (size_t k = 0; k < own; k++, at++)
                records[at] = (struct record){
                    .key = s->min_key + philox_uniform(&philox) * (s->max_key - s->min_key),
                    .time = (double)s->min_event + philox_uniform(&philox) * (double)(s->max_event - s->min_event)};
        }
        lay_out(records, layout);
        const int64_t parts = 1 + (int64_t)philox_below(&philox, 12);
        const double wide_s = (double)(whole.max_event - whole.min_event);
        for (int64_t p = 0; p < parts; p++) {
            const struct lake_span span = lake_layout_span(layout, inputs, n, &whole, (double)p / (double)parts, (double)(p + 1) / (double)parts);
            struct record low = {.key = 2, .time = INFINITY}, high = {.key = -1, .time = -INFINITY};
            for (int64_t i = RECORDS * p / parts; i < RECORDS * (p + 1) / parts; i++) {
                low.key = fmin(low.key, records[i].key);
                low.time = fmin(low.time, records[i].time);
                high.key = fmax(high.key, records[i].key);
                high.time = fmax(high.time, records[i].time);
            }
            assert_true(low.key > span.min_key - 0.02 && high.key < span.max_key + 0.02);
            assert_true(low.time > (double)span.min_event - 0.03 * wide_s && high.time < (double)span.max_event + 0.03 * wide_s);
            /* What is sorted by is told closely; of the other column nothing is, nor in the corners of uneven inputs. */
            const double few = layout == COMPACT_BY_Z_ORDER ? 0.06 : 0.03;
            if (layout == COMPACT_BY_KEY || n == 1) assert_true(low.key < span.min_key + few && high.key > span.max_key - few);
            if (layout == COMPACT_BY_TIME || n == 1)
                assert_true(low.time < (double)span.min_event + few * wide_s && high.time > (double)span.max_event - few * wide_s);
        }
    }
    free(records);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_in_the_order_of_bytes),
        cmocka_unit_test(spans_of_what_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
