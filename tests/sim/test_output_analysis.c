/* test_output_analysis.c: warm-up, batch means, intervals of quantiles: by hand, against naive versions, and by coverage.
 *
 * Coverage: seeds are fixed, and an exact binomial test asks whether so few of the intervals could hold the truth by
 * chance if each did with 95 %; six tests at 0.16 % are 1 % in all. Each has a canary that must fail.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <math.h>
#include <cmocka.h>

#include <gsl/gsl_cdf.h>

#include "arena.h"
#include "batch_means.h"
#include "check_fires.h"
#include "quantile_interval.h"
#include "rng.h"
#include "warmup.h"

static const double LEVEL = 0.95, TEST_LEVEL = 0.0016;

static int set_up(void **state)
{
    *state = arena_new(0);
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

static void assert_near(double got, double expected, double slack)
{
    if (!(fabs(got - expected) <= slack)) fail_msg("%.12g, not %.12g", got, expected);
}

static bool covers(int hits, int runs)
{
    return gsl_cdf_binomial_P((unsigned)hits, LEVEL, (unsigned)runs) > TEST_LEVEL;
}

static void assert_covers(const char *what, int hits, int runs)
{
    if (!covers(hits, runs)) fail_msg("%s: %d of %d intervals hold the truth", what, hits, runs);
}

static void autoregressive(struct rng *r, double phi, double start, double *values, int n)
{
    double x = start;
    for (int i = 0; i < n; i++) {
        x = phi * x + sqrt(1 - phi * phi) * rng_normal(r);
        values[i] = x;
    }
}

/* Sojourns in an M/M/1 queue with service rate 1, in steady state. */
static void mm1(struct rng *r, double load, double *values, int n)
{
    double wait = rng_uniform(r) < 1 - load ? 0 : rng_exponential(r, 1 / (1 - load));
    for (int i = 0; i < n; i++) {
        values[i] = wait + rng_exponential(r, 1);
        wait = fmax(0, values[i] - rng_exponential(r, 1 / load));
    }
}

/* --- Warm-up ----------------------------------------------------------------------------------------- */

/* By the definition: for each cut the statistic from its own sums. */
static int naive_cut(const double *values, int n)
{
    const int k = n / 5;
    double least = INFINITY;
    int best = 0;
    for (int cut = 0; cut <= k - k / 4 && cut < k; cut++) {
        double mean = 0, squares = 0;
        for (int i = 5 * cut; i < 5 * k; i++)
            mean += values[i] / (5 * (k - cut));
        for (int b = cut; b < k; b++) {
            double off = -mean;
            for (int i = 0; i < 5; i++)
                off += values[5 * b + i] / 5;
            squares += off * off;
        }
        const double error = squares / ((double)(k - cut) * (k - cut));
        if (error < least) {
            least = error;
            best = cut;
        }
    }
    return best > k / 2 ? -1 : 5 * best;
}

static void test_warmup_by_hand(void **state)
{
    (void)state;
    double values[200];
    for (int i = 0; i < 200; i++)
        values[i] = i < 33 ? 10 : i / 5 % 2;
    assert_true(warmup_mser5(values, 200).known);
    assert_int_equal(warmup_mser5(values, 200).cut, 35); /* the seventh batch is in part high */
    for (int i = 0; i < 200; i++)
        values[i] = 7;
    assert_true(warmup_mser5(values, 200).known);
    assert_int_equal(warmup_mser5(values, 200).cut, 0);
    for (int i = 0; i < 200; i++)
        values[i] = i;
    assert_false(warmup_mser5(values, 200).known); /* it never settles */
    assert_non_null(warmup_mser5(values, 200).why);
    for (int i = 0; i < 200; i++)
        values[i] = i < 120 ? 10 : 0;
    assert_false(warmup_mser5(values, 200).known); /* it settles too late */
    assert_true(warmup_mser5(values + 80, 120).known);
    assert_int_equal(warmup_mser5(values + 80, 120).cut, 40);
    assert_false(warmup_mser5(values, WARMUP_VALUES_MIN - 1).known);
    assert_false(warmup_mser5(values, 0).known);
    values[3] = NAN;
    assert_check_fires(warmup_mser5(values, 200));
}

static void test_warmup_against_the_definition(void **state)
{
    (void)state;
    struct rng r;
    rng_init(&r, NULL, 1, "warm-up");
    int unknown = 0;
    for (int run = 0; run < 300; run++) {
        double values[400];
        const int n = WARMUP_VALUES_MIN + (int)rng_below(&r, 301);
        autoregressive(&r, 0.1 * (run % 10), run % 3 * 10, values, n);
        const struct warmup w = warmup_mser5(values, n);
        const int cut = naive_cut(values, n);
        unknown += cut < 0;
        assert_int_equal(w.known, cut >= 0);
        if (w.known) assert_int_equal(w.cut, cut);
    }
    assert_true(unknown > 0 && unknown < 150);
}

/* From a start far off, the mean of all is biased and the mean of what is left is not. */
static void test_warmup_removes_the_bias(void **state)
{
    (void)state;
    enum { RUNS = 200, N = 400 };
    struct rng r;
    rng_init(&r, NULL, 2, "warm-up");
    double all[RUNS], left[RUNS];
    int known = 0;
    for (int run = 0; run < RUNS; run++) {
        double values[N], sum = 0, tail = 0;
        autoregressive(&r, 0.9, 20, values, N);
        const struct warmup w = warmup_mser5(values, N);
        if (!w.known) continue;
        for (int i = 0; i < N; i++) {
            sum += values[i];
            if (i >= w.cut) tail += values[i];
        }
        all[known] = sum / N;
        left[known++] = tail / (N - w.cut);
    }
    assert_true(known > RUNS * 9 / 10);
    const struct interval biased = confidence_interval(all, known, 0.99), good = confidence_interval(left, known, 0.99);
    assert_true(biased.low > 0.35); /* 20 / (1 - 0.9) / 400 is 0.5 */
    assert_true(fabs(good.mean) < 0.06 && good.low < 0.03);
}

/* --- Batch means ------------------------------------------------------------------------------------- */

static void test_serial_correlation_by_hand(void **state)
{
    (void)state;
    double p;
    const double rising[] = {1, 2, 3, 4}, swinging[] = {1, -1, 1, -1}, equal[] = {5, 5, 5};
    /* Squares 5, steps 3: 1 - 3 / 10. */
    assert_near(serial_correlation(rising, 4, &p), 0.7, 1e-15);
    assert_near(p, gsl_cdf_ugaussian_Q(0.7 / sqrt(2.0 / 15)), 1e-15);
    assert_false(serial_independent(rising, 4));
    assert_near(serial_correlation(swinging, 4, &p), 1 - 12.0 / 8, 1e-15);
    assert_true(serial_independent(swinging, 4));
    assert_true(serial_correlation(equal, 3, &p) == 0 && p == 0.5);
    assert_check_fires(serial_correlation(rising, 2, &p));
}

static void test_batch_means_by_hand(void **state)
{
    double values[128];
    /* Eights of threes and of ones: single values and pairs resemble their neighbours, fours no longer do (C is
     * 1 - 15 * 4 / (2 * 32)). */
    for (int i = 0; i < 128; i++)
        values[i] = i / 8 % 2 ? 1 : 3;
    struct batch_means b = batch_means(values, 128, LEVEL, *state);
    assert_true(b.known);
    assert_int_equal(b.batch, 4);
    assert_int_equal(b.interval.n, 32);
    assert_near(b.lag1, 0.0625, 1e-12);
    assert_near(b.interval.mean, 2, 1e-15);
    const double left = 0.0625 + 1 / sqrt(32);
    assert_near(b.interval.high - 2, gsl_cdf_tdist_Pinv(0.975, 31) * sqrt(1.0 / 31 * (1 + left) / (1 - left)), 1e-12);
    assert_near(b.interval.high + b.interval.low, 4, 1e-12);
    for (int i = 0; i < 64; i++)
        values[i] = i;
    b = batch_means(values, 64, LEVEL, *state);
    assert_false(b.known);
    assert_non_null(b.why);
    assert_true(isnan(b.interval.low) && b.interval.mean == 31.5);
    assert_false(batch_means(values, BATCHES_MIN - 1, LEVEL, *state).known);
    assert_false(batch_means(values, 0, LEVEL, *state).known);
    for (int i = 0; i < 64; i++)
        values[i] = 5;
    b = batch_means(values, 64, LEVEL, *state);
    assert_true(b.known && b.interval.low == 5 && b.interval.high == 5);
}

static void test_batch_means_cover(void **state)
{
    enum { N = 16000, RUNS = 400 };
    static double values[N];
    static const struct {
        const char *what;
        double parameter;
        int n;
        bool queue;
    } cases[] = {{"independent", 0, 500, false},
                 {"autoregressive, 0.6", 0.6, 1000, false},
                 {"autoregressive, 0.9", 0.9, 4000, false},
                 {"M/M/1 at 0.7", 0.7, N, true}};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        struct rng r;
        rng_init(&r, NULL, c, "batch means");
        int known = 0, hits = 0, plain_hits = 0;
        const double truth = cases[c].queue ? 1 / (1 - cases[c].parameter) : 0;
        for (int run = 0; run < RUNS; run++) {
            if (cases[c].queue)
                mm1(&r, cases[c].parameter, values, cases[c].n);
            else
                autoregressive(&r, cases[c].parameter, rng_normal(&r), values, cases[c].n);
            struct arena *arena = arena_new(0);
            const struct batch_means b = batch_means(values, cases[c].n, LEVEL, arena);
            arena_free(arena);
            plain_hits += interval_contains(confidence_interval(values, cases[c].n, LEVEL), truth);
            if (!b.known) continue;
            known++;
            hits += interval_contains(b.interval, truth);
        }
        assert_true(known > RUNS * 4 / 5);
        assert_covers(cases[c].what, hits, known);
        assert_true(covers(plain_hits, RUNS) == (cases[c].parameter == 0)); /* the canary: Student's of the values */
    }
    (void)state;
}

/* --- Quantiles --------------------------------------------------------------------------------------- */

static void test_ranks_by_hand(void **state)
{
    (void)state;
    static const struct {
        int64_t n, low, high;
        double q;
    } known[] = {
        {6, 1, 6, 0.5}, /* 1 - 2 / 64 */
        {10, 2, 9, 0.5}, {20, 6, 15, 0.5}, {100, 40, 61, 0.5}, /* as tables of the sign test have them */
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const struct quantile_ranks r = quantile_ranks(known[i].n, known[i].q, LEVEL);
        assert_true(r.known);
        assert_int_equal(r.low, known[i].low);
        assert_int_equal(r.high, known[i].high);
    }
    assert_false(quantile_ranks(5, 0.5, LEVEL).known); /* 1 - 2 / 32 is too little */
    assert_false(quantile_ranks(0, 0.5, LEVEL).known);
    assert_false(quantile_ranks(300, 0.99, LEVEL).known); /* 0.99^300 is 4.9 %: none may lie above */
    assert_true(quantile_ranks(400, 0.99, LEVEL).known);  /* 0.99^400 is 1.8 % */
    assert_check_fires(quantile_ranks(10, 1, LEVEL));
    /* Every n and q: as narrow as each side allows. */
    for (int n = 1; n <= 200; n++) {
        for (int tenth = 1; tenth < 10; tenth++) {
            const double q = tenth / 10.0;
            const struct quantile_ranks r = quantile_ranks(n, q, LEVEL);
            if (!r.known) continue;
            assert_true(r.low >= 1 && r.low <= r.high && r.high <= n);
            assert_true(gsl_cdf_binomial_P((unsigned)r.low - 1, q, (unsigned)n) <= 0.025);
            assert_true(gsl_cdf_binomial_P((unsigned)r.low, q, (unsigned)n) > 0.025);
            assert_true(gsl_cdf_binomial_Q((unsigned)r.high - 1, q, (unsigned)n) <= 0.025);
            assert_true(gsl_cdf_binomial_Q((unsigned)r.high - 2, q, (unsigned)n) > 0.025);
        }
    }
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void test_ranks_cover(void **state)
{
    (void)state;
    enum { N = 2000, RUNS = 1000 };
    const double q = 0.99;
    const struct quantile_ranks r = quantile_ranks(N, q, LEVEL);
    assert_true(r.known);
    struct rng rng;
    rng_init(&rng, NULL, 3, "ranks");
    int hits = 0, shifted = 0;
    for (int run = 0; run < RUNS; run++) {
        double values[N];
        for (int i = 0; i < N; i++)
            values[i] = rng_exponential(&rng, 1);
        qsort(values, N, sizeof values[0], by_value);
        const double low = values[r.low - 1], high = values[r.high - 1], truth = -log(1 - q);
        hits += low <= truth && truth <= high;
        shifted += low <= truth + 0.15 && truth + 0.15 <= high;
    }
    assert_covers("order statistics", hits, RUNS);
    assert_false(covers(shifted, RUNS));
}

static double quantile_of(double *values, int n, double q)
{
    qsort(values, (size_t)n, sizeof values[0], by_value);
    return values[(int)ceil(q * n) - 1];
}

static void test_sections_by_hand_and_cover(void **state)
{
    (void)state;
    const double two[] = {1, 3};
    const struct interval i = quantile_sections(2.5, two, 2, LEVEL);
    assert_true(i.mean == 2.5);
    assert_near(i.high - 2.5, gsl_cdf_tdist_Pinv(0.975, 1) * sqrt((1.5 * 1.5 + 0.5 * 0.5) / 2), 1e-9);
    assert_true(isnan(quantile_sections(2.5, two, 1, LEVEL).low));

    enum { N = 16000, SECTIONS = 16, EACH = N / SECTIONS, RUNS = 300 };
    static double values[N];
    struct rng r;
    rng_init(&r, NULL, 4, "sections");
    int hits = 0, wrong = 0;
    for (int run = 0; run < RUNS; run++) {
        double sections[SECTIONS];
        mm1(&r, 0.5, values, N);
        for (int s = 0; s < SECTIONS; s++)
            sections[s] = quantile_of(values + (size_t)s * EACH, EACH, 0.95);
        const struct interval found = quantile_sections(quantile_of(values, N, 0.95), sections, SECTIONS, LEVEL);
        hits += interval_contains(found, -log(0.05) / 0.5); /* sojourns are exponential */
        wrong += interval_contains(found, -log(0.04) / 0.5);
    }
    assert_covers("sections", hits, RUNS);
    assert_false(covers(wrong, RUNS));
}

/* --- How many more ----------------------------------------------------------------------------------- */

static void test_replications_needed(void **state)
{
    (void)state;
    /* Two give t(1) s / sqrt(2) = 8.98 s, three 2.48 s, four 1.59 s, five 1.24 s. */
    assert_int_equal(confidence_needed(2, 8.985, 9, LEVEL, 1000), 2);
    assert_int_equal(confidence_needed(2, 8.985, 2.5, LEVEL, 1000), 3);
    assert_int_equal(confidence_needed(2, 8.985, 1.6, LEVEL, 1000), 4);
    assert_int_equal(confidence_needed(2, 8.985, 1.25, LEVEL, 1000), 5);
    /* 1.96 s / sqrt(n), nearly. */
    const int many = confidence_needed(2, 8.985, 0.1, LEVEL, 1000);
    assert_in_range(many, 384, 392);
    assert_int_equal(confidence_needed(2, 8.985, 0.1, LEVEL, many), many);
    assert_int_equal(confidence_needed(2, 8.985, 0.1, LEVEL, many - 1), 0);
    assert_int_equal(confidence_needed(7, 0, 0.1, LEVEL, 1000), 7);
    assert_check_fires(confidence_needed(1, 1, 1, LEVEL, 10));
    assert_check_fires(confidence_needed(2, 1, 0, LEVEL, 10));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_warmup_by_hand),
        TEST(test_warmup_against_the_definition),
        TEST(test_warmup_removes_the_bias),
        TEST(test_serial_correlation_by_hand),
        TEST(test_batch_means_by_hand),
        TEST(test_batch_means_cover),
        TEST(test_ranks_by_hand),
        TEST(test_ranks_cover),
        TEST(test_sections_by_hand_and_cover),
        TEST(test_replications_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
