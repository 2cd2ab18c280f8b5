/* test_series.c: series, token buckets and intervals. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>

#include "arena.h"
#include "check_fires.h"
#include "confidence.h"
#include "rng.h"
#include "series.h"
#include "token_bucket.h"

static void test_series_by_hand(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct series s;
    series_init(&s, arena, SERIES_MEAN, 10, 4);
    series_add(&s, 0, 1);
    series_add(&s, 9, 3);
    series_add(&s, 25, 5);
    assert_int_equal(series_length(&s), 3);
    assert_true(series_value(&s, 0) == 2);
    assert_true(isnan(series_value(&s, 1)));
    assert_true(series_value(&s, 2) == 5);
    assert_int_equal(series_time_ns(&s, 2), 20);
    series_add(&s, 40, 7); /* full: the step doubles */
    assert_int_equal(series_step_ns(&s), 20);
    assert_int_equal(series_length(&s), 3);
    assert_true(series_value(&s, 0) == 2 && series_value(&s, 1) == 5 && series_value(&s, 2) == 7);
    series_add(&s, 10000, 1); /* many doublings at once */
    assert_int_equal(series_step_ns(&s), 2560);
    assert_true(series_value(&s, 0) == 4);
    assert_check_fires(series_add(&s, -1, 0));
    assert_check_fires(series_add(&s, 0, NAN));
    assert_check_fires(series_value(&s, 4));
    arena_free(arena);
}

/* Whatever the halvings on the way, the points are those of the final step over all samples. */
static void test_series_against_all_samples(void **state)
{
    (void)state;
    enum { N = 5000 };
    static sim_time t[N];
    static double v[N];
    for (int kind = SERIES_MEAN; kind <= SERIES_SUM; kind++) {
        struct arena *arena = arena_new(0);
        struct rng r;
        rng_init(&r, arena, (uint64_t)kind, "series");
        struct series s;
        series_init(&s, arena, (enum series_kind)kind, 7, 101);
        for (int i = 0; i < N; i++) {
            t[i] = i * 20 - (sim_time)rng_below(&r, 200); /* out of order, and with equal times */
            if (t[i] < 0) t[i] = 0;
            v[i] = rng_normal(&r);
            series_add(&s, t[i], v[i]);
        }
        const sim_time step = series_step_ns(&s);
        assert_true(series_length(&s) > 51 && series_length(&s) <= 102);
        for (int32_t p = 0; p < series_length(&s); p++) {
            double sum = 0, max = -INFINITY, last = NAN;
            sim_time latest = -1;
            int n = 0;
            for (int i = 0; i < N; i++) {
                if (t[i] / step != p) continue;
                sum += v[i];
                max = v[i] > max ? v[i] : max;
                if (t[i] >= latest) last = v[i];
                latest = t[i] >= latest ? t[i] : latest;
                n++;
            }
            assert_true(n > 0);
            const double expected[] = {sum / n, max, last, sum};
            assert_true(fabs(series_value(&s, p) - expected[kind]) < 1e-9);
            if (n > 1) assert_true(sum / n != max && max != sum); /* the kinds can be told apart */
        }
        arena_free(arena);
    }
}

static void test_series_coarsen(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct series s;
    series_init(&s, arena, SERIES_SUM, 5, 100);
    for (int i = 0; i < 100; i++)
        series_add(&s, i * 5, 1);
    series_coarsen(&s, 20);
    assert_int_equal(series_length(&s), 25);
    for (int32_t i = 0; i < 25; i++)
        assert_true(series_value(&s, i) == 4);
    assert_check_fires(series_coarsen(&s, 30));
    arena_free(arena);
}

static void test_token_bucket(void **state)
{
    (void)state;
    struct token_bucket b;
    token_bucket_init(&b, 1000, 50); /* one a millisecond */
    assert_int_equal(token_bucket_take(&b, 0, 50), 0);
    assert_int_equal(token_bucket_take(&b, 0, 10), 10 * SIM_MS);
    assert_int_equal(token_bucket_take(&b, 0, 10), 20 * SIM_MS); /* behind the first */
    assert_true(token_bucket_level(&b, 0) == -20);
    assert_true(fabs(token_bucket_level(&b, 25 * SIM_MS) - 5) < 1e-9);
    assert_int_equal(token_bucket_take(&b, 25 * SIM_MS, 4), 25 * SIM_MS);
    assert_true(token_bucket_level(&b, 10 * SIM_S) == 50); /* never above the burst */
    token_bucket_shift(&b, SIM_S);
    assert_true(fabs(token_bucket_level(&b, SIM_S + 30 * SIM_MS) - 6) < 1e-9);
    token_bucket_set(&b, SIM_S + 30 * SIM_MS, 2000, 3);
    assert_true(token_bucket_level(&b, SIM_S + 30 * SIM_MS) == 3);
    assert_int_equal(token_bucket_take(&b, SIM_S + 30 * SIM_MS, 7), SIM_S + 32 * SIM_MS);
    assert_check_fires(token_bucket_take(&b, SIM_S, 1));
    assert_check_fires(token_bucket_take(&b, 2 * SIM_S, -1));
    token_bucket_init(&b, 0, 1);
    assert_int_equal(token_bucket_take(&b, 5, 1), 5);
    assert_true(token_bucket_take(&b, 5, 1) == SIM_NEVER);
}

/* Over a long time no more passes than burst + rate * time, and hardly less. */
static void test_token_bucket_long_run(void **state)
{
    (void)state;
    struct rng r;
    rng_init(&r, NULL, 1, "bucket");
    struct token_bucket b;
    token_bucket_init(&b, 1e6, 5e4);
    double taken = 0;
    sim_time now = 0, end = 0;
    while (now < 100 * SIM_S) {
        const double tokens = rng_exponential(&r, 1000);
        end = token_bucket_take(&b, now, tokens);
        taken += tokens;
        now = end; /* waits for what it took, so never far in debt */
    }
    assert_true(taken <= 5e4 + 1e6 * sim_seconds(end) + 1e-3);
    assert_true(taken >= 5e4 + 1e6 * sim_seconds(end) - 1);
}

static void test_interval_by_hand(void **state)
{
    (void)state;
    const double values[] = {1, 2, 3, 4, 5};
    const struct interval i = confidence_interval(values, 5, 0.95);
    /* t(4, 0.975) = 2.7764451 from the tables; s / sqrt n = 0.70710678. */
    assert_true(fabs(i.mean - 3) < 1e-12);
    assert_true(fabs(i.high - (3 + 2.7764451 * 0.70710678)) < 1e-6);
    assert_true(fabs(i.low - (3 - 2.7764451 * 0.70710678)) < 1e-6);
    assert_int_equal(i.n, 5);
    const struct interval one = confidence_interval(values, 1, 0.95);
    assert_true(one.mean == 1 && isnan(one.low) && isnan(one.high));
    assert_true(isnan(confidence_interval(values, 0, 0.95).mean));
    const double shifted[] = {11, 12, 13, 14, 15};
    const struct interval pair = confidence_interval_paired(shifted, values, 5, 0.95);
    assert_true(pair.mean == 10 && pair.low == 10 && pair.high == 10);
    assert_check_fires(confidence_interval(values, 5, 1));
    assert_check_fires(confidence_interval(values, -1, 0.9));
}

/* Of many 90 % intervals, nine in ten hold the truth. */
static void test_interval_coverage(void **state)
{
    (void)state;
    struct rng r;
    rng_init(&r, NULL, 1, "coverage");
    enum { TIMES = 20000 };
    int held = 0;
    for (int t = 0; t < TIMES; t++) {
        double values[5];
        for (int i = 0; i < 5; i++)
            values[i] = 7 + 2 * rng_normal(&r);
        held += interval_contains(confidence_interval(values, 5, 0.9), 7);
    }
    assert_true(fabs((double)held / TIMES - 0.9) < 5 * sqrt(0.09 / TIMES));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_series_by_hand),        cmocka_unit_test(test_series_against_all_samples),
        cmocka_unit_test(test_series_coarsen),        cmocka_unit_test(test_token_bucket),
        cmocka_unit_test(test_token_bucket_long_run), cmocka_unit_test(test_interval_by_hand),
        cmocka_unit_test(test_interval_coverage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
