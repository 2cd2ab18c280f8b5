/* test_histogram.c: quantiles against exact sorted samples, ranges against points, and the book-keeping. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "arena.h"
#include "check_fires.h"
#include "histogram.h"
#include "rng.h"

#define ERROR 0.005

static const double quantiles[] = {0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999};
enum { QUANTILES = sizeof(quantiles) / sizeof(quantiles[0]) };

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void assert_near(const char *what, double got, double expected, double relative)
{
    if (!(fabs(got - expected) <= relative * fabs(expected)))
        fail_msg("%s: %.12g, not %.12g", what, got, expected);
}

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

static void test_quantiles_against_sorted_sample(void **state)
{
    enum { N = 100000 };
    static double sample[N];
    const double errors[] = {0.05, 0.005, 0.0005};
    for (size_t e = 0; e < 3; e++) {
        struct rng r;
        rng_init(&r, *state, e, "histogram");
        struct histogram h;
        histogram_init(&h, *state, 1e-6, 1e5, errors[e]);
        double sum = 0;
        for (int i = 0; i < N; i++) {
            sample[i] = rng_lognormal(&r, -4, 2.5);
            sum += sample[i];
            histogram_add(&h, sample[i], 1);
        }
        qsort(sample, N, sizeof(sample[0]), by_value);
        for (int i = 0; i < QUANTILES; i++) {
            /* The value of rank q N, and its neighbours, between which a quantile may lie. */
            const int rank = (int)(quantiles[i] * N);
            const double got = histogram_quantile(&h, quantiles[i]);
            assert_true(got >= sample[rank - 1] * (1 - errors[e]) - 1e-6);
            assert_true(got <= sample[rank] * (1 + errors[e]) + 1e-6);
        }
        assert_true(histogram_quantile(&h, 0) == sample[0] && histogram_min(&h) == sample[0]);
        assert_true(histogram_quantile(&h, 1) == sample[N - 1] && histogram_max(&h) == sample[N - 1]);
        assert_near("mean", histogram_mean(&h), sum / N, 1e-12);
        assert_true(histogram_count(&h) == N);
        assert_int_equal(histogram_observations(&h), N);
    }
}

struct range {
    double low, high, weight;
};

static double exactly_above(const struct range *ranges, int n, double value)
{
    double above = 0;
    for (int i = 0; i < n; i++) {
        const struct range *g = &ranges[i];
        if (value < g->low)
            above += g->weight;
        else if (value < g->high)
            above += g->weight * (g->high - value) / (g->high - g->low);
    }
    return above;
}

/* Ranges of all sizes, short to many octaves, some beyond either end of the buckets. */
static void draw_ranges(struct rng *r, struct range *ranges, int n)
{
    for (int i = 0; i < n; i++) {
        const double low = i % 10 == 0 ? 0 : rng_lognormal(r, -3, 2.5);
        const double length = i % 7 == 0 ? 0 : rng_lognormal(r, -4, 4);
        ranges[i] = (struct range){low, low + length, rng_uniform(r) * 100};
    }
}

/* Does the histogram agree with the exact weight above every value, to within the bucket's width? */
static bool agrees(struct histogram *h, const struct range *ranges, int n, double min_value, double max_value)
{
    const double slack = 1e-9 * histogram_count(h);
    for (double v = min_value; v < max_value; v *= 1.003) {
        const double got = histogram_weight_above(h, v);
        if (got > exactly_above(ranges, n, v * (1 - ERROR)) + slack) return false;
        if (got < exactly_above(ranges, n, v * (1 + ERROR)) - slack) return false;
    }
    return true;
}

static void test_ranges_against_their_exact_law(void **state)
{
    enum { N = 400 };
    static struct range ranges[N];
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct rng r;
        rng_init(&r, *state, seed, "ranges");
        draw_ranges(&r, ranges, N);
        struct histogram h;
        histogram_init(&h, *state, 1e-4, 1e3, ERROR);
        double total = 0, sum = 0;
        for (int i = 0; i < N; i++) {
            histogram_add_range(&h, ranges[i].low, ranges[i].high, ranges[i].weight);
            total += ranges[i].weight;
            sum += ranges[i].weight * (ranges[i].low + ranges[i].high) / 2;
            /* Reading between adds folds the differences; it must not matter when. */
            if (i % 97 == 0) histogram_quantile(&h, 0.5);
        }
        assert_true(agrees(&h, ranges, N, 1e-4, 1e3));
        assert_near("count", histogram_count(&h), total, 1e-12);
        assert_near("mean", histogram_mean(&h), sum / total, 1e-12);
        assert_int_equal(histogram_observations(&h), N);
        /* The canary: a range that ended 2 % too late must be noticed. */
        struct histogram wrong;
        histogram_init(&wrong, *state, 1e-4, 1e3, ERROR);
        for (int i = 0; i < N; i++)
            histogram_add_range(&wrong, ranges[i].low, ranges[i].high * 1.02, ranges[i].weight);
        assert_false(agrees(&wrong, ranges, N, 1e-4, 1e3));
    }
}

static void test_ranges_against_points(void **state)
{
    enum { N = 100, POINTS = 2000 };
    static struct range ranges[N];
    struct rng r;
    rng_init(&r, *state, 9, "ranges");
    draw_ranges(&r, ranges, N);
    struct histogram h, points;
    histogram_init(&h, *state, 1e-4, 1e4, ERROR);
    histogram_init(&points, *state, 1e-4, 1e4, ERROR);
    for (int i = 0; i < N; i++) {
        const struct range *g = &ranges[i];
        histogram_add_range(&h, g->low, g->high, g->weight);
        for (int j = 0; j < POINTS; j++)
            histogram_add(&points, g->low + (g->high - g->low) * (j + 0.5) / POINTS, g->weight / POINTS);
    }
    for (int i = 0; i < QUANTILES; i++) {
        /* Near the ends of the largest and the smallest range points are further apart than a bucket is wide.
         */
        if (quantiles[i] < 0.1 || quantiles[i] > 0.99) continue;
        assert_near("quantile", histogram_quantile(&h, quantiles[i]),
                    histogram_quantile(&points, quantiles[i]), 2 * ERROR);
    }
    assert_near("mean", histogram_mean(&h), histogram_mean(&points), 1e-9);
}

/* A short heavy range must leave nothing behind in the wide buckets far above it. */
static void test_no_ghosts_above_heavy_ranges(void **state)
{
    struct rng r;
    rng_init(&r, *state, 4, "ghosts");
    struct histogram h;
    histogram_init(&h, *state, 1e-6, 1e5, ERROR);
    for (int i = 0; i < 100000; i++) {
        const double low = 1e-3 * (1 + rng_uniform(&r));
        histogram_add_range(&h, low, low * 1.3, 1e9 * rng_uniform(&r));
    }
    histogram_add(&h, 5e4, 1);
    assert_near("weight above", histogram_weight_above(&h, 1), 1, 1e-9);
    assert_true(histogram_quantile(&h, 0.999999) < 2.6e-3 * (1 + ERROR));
}

static void test_batches_against_their_records(void **state)
{
    for (int64_t n = 1; n <= 60; n += n < 8 ? 1 : 13) {
        for (int way = 0; way < 2; way++) {
            const double first = way ? 0.010 : 0.110, last = way ? 0.110 : 0.010;
            struct histogram h;
            histogram_init(&h, *state, 1e-4, 10, ERROR);
            histogram_add_batch(&h, first, last, n, 2.5);
            assert_near("count", histogram_count(&h), 2.5 * (double)n, 1e-12);
            assert_int_equal(histogram_observations(&h), 1);
            assert_near("mean", histogram_mean(&h), n == 1 ? last : 0.060, 1e-12);
            assert_true(histogram_min(&h) == (n == 1 ? last : 0.010));
            assert_true(histogram_max(&h) == (n == 1 ? last : 0.110));
            /* Never off by more than half a record from the exact count above. */
            for (double v = 0.005; v < 0.12; v += 0.001) {
                double exact = 0, near = 0;
                for (int64_t i = 0; i < n; i++) {
                    const double x = n == 1 ? last : first + (last - first) * (double)i / (double)(n - 1);
                    exact += 2.5 * (x > v);
                    near += 2.5 * (fabs(x - v) <= ERROR * v); /* in v's bucket, perhaps */
                }
                const double got = histogram_weight_above(&h, v);
                assert_true(fabs(got - exact) <= near + 2.5 * (0.5 + 0.02 * (double)n) * (n > 4) + 1e-9);
            }
        }
    }
}

static void test_below_and_above_the_buckets(void **state)
{
    struct histogram h;
    histogram_init(&h, *state, 1, 100, ERROR);
    histogram_add(&h, 0, 1);
    histogram_add(&h, 0.5, 1);
    histogram_add(&h, 1e6, 1);
    histogram_add(&h, 3e6, 1);
    assert_true(histogram_min(&h) == 0 && histogram_max(&h) == 3e6);
    assert_true(histogram_quantile(&h, 0.4) <= 1);
    assert_true(histogram_quantile(&h, 0.9) >= 100 && histogram_quantile(&h, 0.9) <= 3e6);
    assert_near("above", histogram_weight_above(&h, 50), 2, 1e-12);
    assert_true(histogram_weight_above(&h, 3e6) == 0);
    histogram_reset(&h);
    histogram_add(&h, 42.42, 7);
    /* All in one bucket: exact, because the bucket is cut to the values seen. */
    assert_true(histogram_quantile(&h, 0.3) == 42.42);
    histogram_reset(&h);
    histogram_add_range(&h, 0, 1000, 10);
    assert_near("above", histogram_weight_above(&h, 500), 5, 0.01);
    assert_near("above", histogram_weight_above(&h, 50), 9.5, 1e-9);
    assert_near("above", histogram_weight_above(&h, 0.5), 9.995, 1e-9);
}

static void test_empty(void **state)
{
    struct histogram h;
    histogram_init(&h, *state, 1e-6, 1e5, ERROR);
    histogram_add(&h, 5, 0); /* no weight: nothing was added */
    assert_true(isnan(histogram_quantile(&h, 0.5)) && isnan(histogram_mean(&h)));
    assert_true(isnan(histogram_min(&h)) && isnan(histogram_max(&h)));
    assert_true(histogram_count(&h) == 0 && histogram_weight_above(&h, 1) == 0);
    assert_false(histogram_quantile_known(&h, 0.5, 1));
}

static void test_merge_is_the_same_as_adding_to_one(void **state)
{
    struct rng r;
    rng_init(&r, *state, 3, "merge");
    struct histogram one, parts[3];
    histogram_init(&one, *state, 1e-6, 1e5, ERROR);
    for (int i = 0; i < 3; i++)
        histogram_init(&parts[i], *state, 1e-6, 1e5, ERROR);
    for (int i = 0; i < 3000; i++) {
        const double low = rng_lognormal(&r, -3, 2), high = low * (1 + rng_uniform(&r));
        histogram_add_range(&one, low, high, 1);
        histogram_add_range(&parts[i % 3], low, high, 1);
    }
    histogram_quantile(&parts[1], 0.5); /* one part folded, the others not */
    histogram_merge(&parts[0], &parts[1]);
    histogram_merge(&parts[0], &parts[2]);
    for (int i = 0; i < QUANTILES; i++)
        assert_near("quantile", histogram_quantile(&parts[0], quantiles[i]),
                    histogram_quantile(&one, quantiles[i]), 1e-9);
    assert_near("count", histogram_count(&parts[0]), histogram_count(&one), 1e-12);
    assert_true(histogram_max(&parts[0]) == histogram_max(&one));
    assert_true(histogram_min(&parts[0]) == histogram_min(&one));
    assert_int_equal(histogram_observations(&parts[0]), 3000);
    struct histogram other;
    histogram_init(&other, *state, 1e-6, 1e5, 0.05);
    assert_check_fires(histogram_merge(&one, &other));
}

static void test_scale(void **state)
{
    struct histogram h;
    histogram_init(&h, *state, 1e-6, 1e5, ERROR);
    for (int i = 1; i <= 1000; i++)
        histogram_add_range(&h, i, i + 1, 1);
    const double p90 = histogram_quantile(&h, 0.9);
    histogram_add_range(&h, 1, 1001, 1000); /* not folded yet when it is scaled */
    histogram_scale(&h, 0.25);
    assert_near("count", histogram_count(&h), 500, 1e-12);
    assert_near("p90", histogram_quantile(&h, 0.9), p90, 1e-6);
    assert_near("mean", histogram_mean(&h), 501, 1e-12);
    assert_int_equal(histogram_observations(&h), 1001);
}

/* Records that share a fate are one observation, however many they are. */
static void test_observations(void **state)
{
    struct histogram h;
    histogram_init(&h, *state, 1e-6, 1e5, ERROR);
    /* A hundred thousand records of twenty requests: ten of them are above the median, and five above p75. */
    for (int i = 0; i < 20; i++) {
        histogram_group_begin(&h);
        for (int part = 0; part < 5; part++)
            histogram_add_batch(&h, 1 + i, 1.5 + i, 1000, 1);
        histogram_group_end(&h);
    }
    assert_true(histogram_count(&h) == 100000);
    assert_int_equal(histogram_observations(&h), 20);
    assert_true(histogram_quantile_known(&h, 0.5, 10));
    assert_false(histogram_quantile_known(&h, 0.55, 10));
    assert_true(histogram_quantile_known(&h, 0.75, 5));
    assert_false(histogram_quantile_known(&h, 0.8, 5));
    /* An empty group, and one without weight, are nothing. */
    histogram_group_begin(&h);
    histogram_group_end(&h);
    histogram_group_begin(&h);
    histogram_add(&h, 7, 0);
    histogram_group_end(&h);
    assert_int_equal(histogram_observations(&h), 20);
    /* An observation that reaches beyond counts there, whatever else it holds. */
    histogram_reset(&h);
    for (int i = 0; i < 1000; i++)
        histogram_add_batch(&h, 0.001, 1, 100, 1);
    assert_int_equal(histogram_observations(&h), 1000);
    assert_true(histogram_quantile_known(&h, 0.99, 900));
    assert_true(histogram_quantile_known(&h, 0.5, 1000));
    histogram_group_begin(&h);
    assert_check_fires(histogram_group_begin(&h));
    histogram_group_end(&h);
    assert_check_fires(histogram_group_end(&h));
}

static void test_known_quantiles(void **state)
{
    struct histogram h;
    histogram_init(&h, *state, 1e-6, 1e5, ERROR);
    for (int i = 0; i < 100000; i++)
        histogram_add(&h, 1, 1);
    assert_true(histogram_quantile_known(&h, 0.9999, 10));
    assert_false(histogram_quantile_known(&h, 0.99999, 10));
    /* A hundred records standing for ten thousand each know no p99. */
    histogram_reset(&h);
    for (int i = 0; i < 100; i++)
        histogram_add(&h, 1, 10000);
    assert_true(histogram_quantile_known(&h, 0.9, 10));
    assert_false(histogram_quantile_known(&h, 0.99, 10));
}

static void test_nonsense_is_refused(void **state)
{
    struct histogram h;
    histogram_init(&h, *state, 1e-6, 1e5, ERROR);
    assert_check_fires(histogram_add(&h, -1e-9, 1));
    assert_check_fires(histogram_add(&h, NAN, 1));
    assert_check_fires(histogram_add(&h, INFINITY, 1));
    assert_check_fires(histogram_add(&h, 1, -1));
    assert_check_fires(histogram_add(&h, 1, NAN));
    assert_check_fires(histogram_add_range(&h, 2, 1, 1));
    assert_check_fires(histogram_add_batch(&h, 2, 1, 0, 1));
    assert_check_fires(histogram_quantile(&h, 1.01));
    assert_check_fires(histogram_init(&h, *state, 0, 1, ERROR));
    assert_true(histogram_count(&h) == 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_quantiles_against_sorted_sample),
        TEST(test_ranges_against_their_exact_law),
        TEST(test_ranges_against_points),
        TEST(test_no_ghosts_above_heavy_ranges),
        TEST(test_batches_against_their_records),
        TEST(test_below_and_above_the_buckets),
        TEST(test_empty),
        TEST(test_merge_is_the_same_as_adding_to_one),
        TEST(test_scale),
        TEST(test_observations),
        TEST(test_known_quantiles),
        TEST(test_nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
