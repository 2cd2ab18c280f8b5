/* Aggregates against exact answers, and merging against one pass over everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <math.h>
#include <cmocka.h>

#include "aggregate.h"
#include "arena.h"
#include "hll.h"
#include "philox.h"
#include "quantile_sketch.h"
#include "topk.h"

#include <string.h>

static const struct aggregate_spec all[] = {
    {.kind = AGGREGATE_COUNT},
    {.kind = AGGREGATE_SUM},
    {.kind = AGGREGATE_MIN},
    {.kind = AGGREGATE_MAX},
    {.kind = AGGREGATE_MEAN},
    {.kind = AGGREGATE_DISTINCT, .size = 10},
    {.kind = AGGREGATE_QUANTILE, .size = 300, .accuracy = 0.02},
    {.kind = AGGREGATE_TOP_K, .size = 20},
};
enum { ALL = sizeof all / sizeof *all };

static void exact_ones(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct aggregate_set *set = aggregate_set_new(arena, all, ALL);
    void *acc = arena_alloc(arena, 1, aggregate_bytes(set));
    aggregate_reset(set, acc);
    assert_int_equal(aggregate_integer(set, acc, 0), 0);
    assert_int_equal(aggregate_integer(set, acc, 2), 0);
    assert_true(isnan(aggregate_value(set, acc, 2)) && isnan(aggregate_value(set, acc, 3)));
    assert_true(isnan(aggregate_value(set, acc, 4)));
    const struct aggregate_input in[] = {{-7, 1, 2}, {40, 2, 1}, {3, 1, 3}};
    for (int i = 0; i < 3; i++)
        aggregate_add(set, acc, &in[i]);
    assert_int_equal(aggregate_integer(set, acc, 0), 6);
    assert_int_equal(aggregate_integer(set, acc, 1), -14 + 40 + 9);
    assert_int_equal(aggregate_integer(set, acc, 2), -7);
    assert_int_equal(aggregate_integer(set, acc, 3), 40);
    assert_true(fabs(aggregate_value(set, acc, 4) - 35.0 / 6) < 1e-12);
    assert_true(fabs(aggregate_value(set, acc, 5) - 2) < 0.01);
    struct topk_counter top[2];
    assert_int_equal(topk_list(aggregate_at(set, acc, 7), 20, top, 2), 2);
    assert_true(top[0].item == 1 && top[0].count == 5 && top[0].error == 0);
    arena_free(arena);
}

/* Several streams, merged in some order, are as one. */
static void merging_is_one_pass(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct aggregate_set *set = aggregate_set_new(arena, all, ALL);
    enum { PARTS = 5 };
    unsigned char *part[PARTS], *one = arena_alloc(arena, 1, aggregate_bytes(set));
    unsigned char *merged = arena_alloc(arena, 1, aggregate_bytes(set));
    unsigned char *backwards = arena_alloc(arena, 1, aggregate_bytes(set));
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct philox r = philox_named_nth(5, "test/aggregate", seed);
        aggregate_reset(set, one);
        aggregate_reset(set, merged);
        aggregate_reset(set, backwards);
        for (int p = 0; p < PARTS; p++) {
            part[p] = arena_alloc(arena, 1, aggregate_bytes(set));
            aggregate_reset(set, part[p]);
            const uint64_t n = philox_below(&r, 400), spread = (uint64_t)1 << philox_below(&r, 40);
            for (uint64_t i = 0; i < n; i++) {
                const struct aggregate_input in = {(int64_t)philox_below(&r, spread) - (int64_t)(spread / 3),
                                                   philox_below(&r, 15), 1 + (int64_t)philox_below(&r, 3)};
                aggregate_add(set, part[p], &in);
                aggregate_add(set, one, &in);
            }
        }
        for (int p = 0; p < PARTS; p++) {
            aggregate_merge(set, merged, part[p]);
            aggregate_merge(set, backwards, part[PARTS - 1 - p]);
        }
        const size_t to_top = (size_t)((const unsigned char *)aggregate_at(set, one, 7) - one);
        assert_memory_equal(merged, one, to_top);
        assert_memory_equal(backwards, one, to_top);
        struct topk_counter a[20], b[20];
        const size_t n = topk_list(aggregate_at(set, one, 7), 20, a, 20);
        assert_int_equal(topk_list(aggregate_at(set, merged, 7), 20, b, 20), n);
        assert_memory_equal(a, b, n * sizeof *a); /* fewer items than counters: exact */
        unsigned char *bytes = arena_alloc(arena, 1, aggregate_bytes(set));
        aggregate_encode(set, one, bytes);
        memset(backwards, 0xff, aggregate_bytes(set));
        aggregate_decode(set, bytes, backwards);
        assert_memory_equal(backwards, one, aggregate_bytes(set));
    }
    arena_free(arena);
}

/* Root mean square error over many streams, beside the theory's 1.04 / sqrt(m). */
static void distinct_error(void **state)
{
    (void)state;
    enum { PRECISION = 11, STREAMS = 60 };
    static const int64_t sizes[] = {1, 10, 300, 2000, 6000, 50000};
    static uint8_t registers[1 << PRECISION];
    const double theory = 1.04 / sqrt((double)hll_bytes(PRECISION));
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        double squares = 0, sum = 0;
        for (uint64_t stream = 0; stream < STREAMS; stream++) {
            memset(registers, 0, sizeof registers);
            for (int64_t i = 0; i < 2 * sizes[s]; i++) /* everyone twice */
                hll_add(registers, PRECISION, stream << 32 | (uint64_t)(i % sizes[s]));
            const double error = hll_estimate(registers, PRECISION) / (double)sizes[s] - 1;
            squares += error * error;
            sum += error;
        }
        assert_true(sqrt(squares / STREAMS) < 1.3 * theory);
        assert_true(fabs(sum / STREAMS) < 4 * theory / sqrt(STREAMS)); /* no bias */
    }
    memset(registers, 0, sizeof registers);
    assert_true(hll_estimate(registers, PRECISION) == 0);
}

static int by_value(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Every quantile is within the accuracy of the exact one. */
static void quantile_error(void **state)
{
    (void)state;
    enum { N = 4000, BINS = 2048 };
    static int64_t values[N];
    const struct quantile_bins b = quantile_bins(0.01, BINS);
    int64_t *sketch = malloc(quantile_sketch_bytes(BINS));
    assert_non_null(sketch);
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct philox r = philox_named_nth(6, "test/quantile", seed);
        memset(sketch, 0, quantile_sketch_bytes(BINS));
        assert_true(isnan(quantile_sketch_at(sketch, &b, 0.5)));
        const int64_t n = 1 + (int64_t)philox_below(&r, N);
        for (int64_t i = 0; i < n; i++) { /* log-uniform, of both signs, and zeros */
            values[i] = (int64_t)(philox_next_u64(&r) >> (34 + philox_below(&r, 30)));
            if (seed % 2 == 1 && philox_below(&r, 3) == 0) values[i] = -values[i];
            quantile_sketch_add(sketch, &b, values[i], 1);
        }
        assert_int_equal(quantile_sketch_count(sketch, &b), n);
        qsort(values, (size_t)n, sizeof *values, by_value);
        for (int i = 0; i <= 100; i++) {
            const double exact = (double)values[(int64_t)(i / 100.0 * (double)(n - 1))];
            assert_true(fabs(quantile_sketch_at(sketch, &b, i / 100.0) - exact) <=
                        0.01 * fabs(exact) * (1 + 1e-9));
        }
    }
    /* The extremes of the range, and bins that do not reach: the large ones stay right. */
    memset(sketch, 0, quantile_sketch_bytes(BINS));
    quantile_sketch_add(sketch, &b, INT64_MIN, 1);
    quantile_sketch_add(sketch, &b, INT64_MAX, 1);
    assert_true(fabs(quantile_sketch_at(sketch, &b, 0) / -0x1p63 - 1) < 0.0101);
    assert_true(fabs(quantile_sketch_at(sketch, &b, 1) / 0x1p63 - 1) < 0.0101);
    const struct quantile_bins few = quantile_bins(0.01, 64);
    memset(sketch, 0, quantile_sketch_bytes(64));
    for (int64_t v = 1; v <= 1000000; v *= 10)
        quantile_sketch_add(sketch, &few, v, 1);
    assert_int_equal(quantile_sketch_count(sketch, &few), 7);
    assert_true(fabs(quantile_sketch_at(sketch, &few, 1) / 1e6 - 1) < 0.0101);
    assert_true(quantile_sketch_at(sketch, &few, 0) > 1e5); /* in the last bin */
    free(sketch);
}

/* No count is too low, none is too high by more than its error, and whoever came more than n / size times is
 * there. */
static void topk_bounds(const struct topk_counter *counters, int size, const int64_t *times, int items,
                        int64_t n)
{
    for (int i = 0; i < items; i++) {
        const struct topk_counter *c = NULL;
        for (int k = 0; k < size; k++)
            if (counters[k].count != 0 && counters[k].item == (uint64_t)i) c = &counters[k];
        if (c == NULL)
            assert_true(times[i] <= n / size);
        else
            assert_true(c->count >= times[i] && c->count - c->error <= times[i]);
    }
}

static void top_k_bounds(void **state)
{
    (void)state;
    enum { ITEMS = 300, SIZE = 16 };
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct philox r = philox_named_nth(7, "test/topk", seed);
        struct topk_counter counters[2][SIZE];
        int64_t times[2][ITEMS], both[ITEMS], n[2] = {0};
        memset(counters, 0, sizeof counters);
        memset(times, 0, sizeof times);
        for (int half = 0; half < 2; half++) {
            for (int i = 0; i < 2000; i++) {
                const uint64_t u = philox_below(&r, ITEMS), v = philox_below(&r, ITEMS),
                               item = u * v / ITEMS * v / ITEMS;
                const int64_t count = 1 + (int64_t)philox_below(&r, 2);
                topk_add(counters[half], SIZE, item, count);
                times[half][item] += count;
                n[half] += count;
            }
            topk_bounds(counters[half], SIZE, times[half], ITEMS, n[half]);
        }
        topk_merge(counters[0], counters[1], SIZE);
        for (int i = 0; i < ITEMS; i++)
            both[i] = times[0][i] + times[1][i];
        topk_bounds(counters[0], SIZE, both, ITEMS, n[0] + n[1]);
    }
}

static void mistakes(void **state)
{
    (void)state;
    static const struct aggregate_spec wrong[] = {
        {.kind = AGGREGATE_SUM, .size = 3},
        {.kind = AGGREGATE_DISTINCT},
        {.kind = AGGREGATE_DISTINCT, .size = 17},
        {.kind = AGGREGATE_QUANTILE, .size = 512},
        {.kind = AGGREGATE_QUANTILE, .size = 1, .accuracy = 0.01},
        {.kind = AGGREGATE_QUANTILE, .size = 512, .accuracy = 1},
        {.kind = AGGREGATE_TOP_K},
        {.kind = AGGREGATE_TOP_K, .size = 1025},
        {.kind = (enum aggregate_kind)99},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_non_null(aggregate_mistake(&wrong[i]));
    for (size_t i = 0; i < ALL; i++)
        assert_null(aggregate_mistake(&all[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_ones),     cmocka_unit_test(merging_is_one_pass),
        cmocka_unit_test(distinct_error), cmocka_unit_test(quantile_error),
        cmocka_unit_test(top_k_bounds),   cmocka_unit_test(mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
