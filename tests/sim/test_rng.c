/* test_rng.c: streams by name and cell; each draw against its exact law, by moments and by chi-square. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

#include "arena.h"
#include "rng.h"
#include "check_fires.h"

static void test_a_stream_depends_on_seed_and_name_alone(void **state)
{
    (void)state;
    struct rng a, b, again, other_seed;
    rng_init(&a, NULL, 1, "producer/1/arrivals");
    double first[100];
    for (int i = 0; i < 100; i++)
        first[i] = rng_uniform(&a);
    rng_init(&b, NULL, 1, "producer/2/arrivals");
    rng_init(&again, NULL, 1, "producer/1/arrivals");
    rng_init(&other_seed, NULL, 2, "producer/1/arrivals");
    int same_other_name = 0, same_other_seed = 0;
    for (int i = 0; i < 100; i++) {
        same_other_name += rng_uniform(&b) == first[i];
        same_other_seed += rng_uniform(&other_seed) == first[i];
        assert_true(rng_uniform(&again) == first[i]);
    }
    assert_int_equal(same_other_name, 0);
    assert_int_equal(same_other_seed, 0);
}

static void test_streams_are_uncorrelated(void **state)
{
    (void)state;
    enum { STREAMS = 20, DRAWS = 10000 };
    static double u[STREAMS][DRAWS];
    for (int s = 0; s < STREAMS; s++) {
        char name[32];
        snprintf(name, sizeof(name), "broker/%d/service", s);
        struct rng r;
        rng_init(&r, NULL, 7, name);
        for (int i = 0; i < DRAWS; i++)
            u[s][i] = (rng_uniform(&r) - 0.5) * sqrt(12);
    }
    for (int s = 0; s < STREAMS; s++)
        for (int t = 0; t < s; t++)
            for (int lag = 0; lag < 2; lag++) {
                double product = 0;
                for (int i = 0; i + lag < DRAWS; i++)
                    product += u[s][i] * u[t][i + lag];
                assert_true(fabs(product / DRAWS) < 5 / sqrt(DRAWS));
            }
}

static void test_cells_do_not_depend_on_the_order_of_visits(void **state)
{
    (void)state;
    struct rng r;
    rng_init(&r, NULL, 1, "stream/impressions/counts");
    int64_t forward[50];
    for (int cell = 0; cell < 50; cell++) {
        rng_cell(&r, (uint64_t)cell);
        forward[cell] = rng_poisson(&r, 1000);
    }
    for (int cell = 49; cell >= 0; cell -= 7) {
        rng_cell(&r, (uint64_t)cell);
        assert_int_equal(rng_poisson(&r, 1000), forward[cell]);
        for (int i = 0; i < cell; i++)
            rng_uniform(&r);
    }
    assert_int_not_equal(forward[0], forward[1]);
}

static void test_a_copy_goes_on_by_itself(void **state)
{
    (void)state;
    struct rng a, b;
    rng_init(&a, NULL, 1, "x");
    rng_normal(&a);
    b = a;
    const double next = rng_normal(&a);
    rng_normal(&a);
    assert_true(rng_normal(&b) == next);
    assert_ptr_equal(rng_gsl(&b)->state, &b.philox);
}

/* Are the sample's mean and variance within 5 standard errors? kurtosis: of the law, 3 for a normal one. */
static void assert_moments(const char *what, const double *x, int n, double mean, double variance,
                           double kurtosis)
{
    double m = 0, v = 0;
    for (int i = 0; i < n; i++)
        m += x[i];
    m /= n;
    for (int i = 0; i < n; i++)
        v += (x[i] - m) * (x[i] - m);
    v /= n - 1;
    if (fabs(m - mean) > 5 * sqrt(variance / n)) fail_msg("%s: mean %.12g, not %.12g", what, m, mean);
    if (fabs(v - variance) > 5 * variance * sqrt((kurtosis - 1) / n))
        fail_msg("%s: variance %.12g, not %.12g", what, v, variance);
}

enum { DRAWS = 200000 };
static double draws[DRAWS];

#define DRAW(expression)                                                                                     \
    for (int i = 0; i < DRAWS; i++)                                                                          \
    draws[i] = (double)(expression)

static void test_moments_of_continuous_draws(void **state)
{
    (void)state;
    struct rng r;
    rng_init(&r, NULL, 3, "moments");
    DRAW(rng_uniform(&r));
    assert_moments("uniform", draws, DRAWS, 0.5, 1 / 12.0, 1.8);
    DRAW(rng_exponential(&r, 4));
    assert_moments("exponential", draws, DRAWS, 4, 16, 9);
    DRAW(rng_normal(&r));
    assert_moments("normal", draws, DRAWS, 0, 1, 3);
    DRAW(log(rng_lognormal(&r, 2, 0.5)));
    assert_moments("log of lognormal", draws, DRAWS, 2, 0.25, 3);
    /* GSL's own, through the generator's type. */
    DRAW(gsl_ran_gamma(rng_gsl(&r), 2.5, 2));
    assert_moments("gsl gamma", draws, DRAWS, 5, 10, 3 + 6 / 2.5);
    DRAW(gsl_ran_gaussian(rng_gsl(&r), 3));
    assert_moments("gsl gaussian", draws, DRAWS, 0, 9, 3);
    DRAW(gsl_ran_weibull(rng_gsl(&r), 1, 1));
    assert_moments("gsl weibull", draws, DRAWS, 1, 1, 9);
    DRAW(gsl_rng_uniform_int(rng_gsl(&r), 10));
    assert_moments("gsl uniform_int", draws, DRAWS, 4.5, 8.25, 1.776);
    gsl_rng *allocated = gsl_rng_alloc(rng_philox_type);
    gsl_rng_set(allocated, 5);
    DRAW(gsl_rng_uniform(allocated));
    assert_moments("gsl_rng_alloc", draws, DRAWS, 0.5, 1 / 12.0, 1.8);
    gsl_rng_free(allocated);
}

/* Probability that a true sample fits its law worse than draws[] does; cells with under 10 expected are
 * pooled. */
static double chi_square(double (*law)(unsigned k, const void *), const void *of)
{
    enum { K_MAX = 4096 };
    static int seen[K_MAX];
    memset(seen, 0, sizeof(seen));
    for (int i = 0; i < DRAWS; i++) {
        assert_true(draws[i] >= 0 && draws[i] < K_MAX);
        seen[(int)draws[i]]++;
    }
    double statistic = 0, pooled_expected = 0;
    int pooled_seen = 0, cells = 0;
    double left_expected = DRAWS;
    int left_seen = DRAWS;
    for (unsigned k = 0; k < K_MAX && left_expected - pooled_expected > 20; k++) {
        pooled_expected += DRAWS * law(k, of);
        pooled_seen += seen[k];
        if (pooled_expected < 10) continue;
        statistic += (pooled_seen - pooled_expected) * (pooled_seen - pooled_expected) / pooled_expected;
        left_expected -= pooled_expected;
        left_seen -= pooled_seen;
        pooled_expected = pooled_seen = 0;
        cells++;
    }
    statistic += (left_seen - left_expected) * (left_seen - left_expected) / left_expected;
    return gsl_cdf_chisq_Q(statistic, cells);
}

struct binomial {
    int64_t n;
    double p;
};

static double binomial_law(unsigned k, const void *of)
{
    const struct binomial *b = of;
    return gsl_ran_binomial_pdf(k, b->p, (unsigned)b->n);
}

static double poisson_law(unsigned k, const void *of)
{
    return gsl_ran_poisson_pdf(k, *(const double *)of);
}

static void test_binomial_follows_its_law(void **state)
{
    (void)state;
    struct rng r;
    rng_init(&r, NULL, 5, "binomial");
    const struct binomial cases[] = {{1, 0.3},   {10, 0.5},  {40, 0.2},      {100, 0.97}, {30, 0.4},
                                     {500, 0.1}, {900, 0.9}, {100000, 1e-5}, {4000, 0.5}};
    for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
        DRAW(rng_binomial(&r, cases[c].n, cases[c].p));
        const double fit = chi_square(binomial_law, &cases[c]);
        if (fit < 1e-4) fail_msg("binomial(%lld, %g): fit %g", (long long)cases[c].n, cases[c].p, fit);
    }
    /* The canary: 2 % off must be noticed. */
    const struct binomial wrong = {500, 0.102};
    DRAW(rng_binomial(&r, 500, 0.1));
    assert_true(chi_square(binomial_law, &wrong) < 1e-4);
}

static void test_binomial_at_its_ends(void **state)
{
    (void)state;
    struct rng r;
    rng_init(&r, NULL, 5, "binomial/ends");
    const int64_t huge = (int64_t)1 << 62;
    assert_int_equal(rng_binomial(&r, 0, 0.5), 0);
    assert_int_equal(rng_binomial(&r, huge, 0), 0);
    assert_true(rng_binomial(&r, huge, 1) == huge);
    for (int i = 0; i < 1000; i++) {
        const int64_t k = rng_binomial(&r, huge, rng_uniform(&r));
        assert_true(k >= 0 && k <= huge);
    }
    assert_check_fires(rng_binomial(&r, -1, 0.5));
    assert_check_fires(rng_binomial(&r, 1, 1.5));
    assert_check_fires(rng_binomial(&r, 1, NAN));
}

/* Beyond GSL's range, the standardised draw is normal to within what 200,000 draws can tell. */
static void test_huge_binomial_is_normal(void **state)
{
    (void)state;
    struct rng r;
    rng_init(&r, NULL, 6, "binomial/huge");
    const struct binomial cases[] = {
        {(int64_t)1 << 31, 0.5}, {(int64_t)1 << 45, 0.3}, {(int64_t)1 << 45, 1e-7}};
    for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
        const double n = (double)cases[c].n, p = cases[c].p;
        const double mean = n * p, sd = sqrt(n * p * (1 - p));
        DRAW(gsl_cdf_ugaussian_P(((double)rng_binomial(&r, cases[c].n, p) - mean) / sd));
        assert_moments("rank of a huge binomial", draws, DRAWS, 0.5, 1 / 12.0, 1.8);
    }
}

static void test_poisson_follows_its_law(void **state)
{
    (void)state;
    struct rng r;
    rng_init(&r, NULL, 5, "poisson");
    const double means[] = {0.01, 1, 9.99, 10, 35, 1000};
    for (size_t c = 0; c < sizeof(means) / sizeof(means[0]); c++) {
        DRAW(rng_poisson(&r, means[c]));
        const double fit = chi_square(poisson_law, &means[c]);
        if (fit < 1e-4) fail_msg("poisson(%g): fit %g", means[c], fit);
    }
    const double wrong = 35.5;
    DRAW(rng_poisson(&r, 35));
    assert_true(chi_square(poisson_law, &wrong) < 1e-4);
    const double huge[] = {1e6, 1e9, 1e12};
    for (size_t c = 0; c < sizeof(huge) / sizeof(huge[0]); c++) {
        DRAW(gsl_cdf_ugaussian_P(((double)rng_poisson(&r, huge[c]) - huge[c]) / sqrt(huge[c])));
        assert_moments("rank of a huge poisson", draws, DRAWS / 4, 0.5, 1 / 12.0, 1.8);
    }
    assert_int_equal(rng_poisson(&r, 0), 0);
    assert_check_fires(rng_poisson(&r, -1));
    assert_check_fires(rng_poisson(&r, NAN));
}

static void test_multinomial_sums_and_shares(void **state)
{
    (void)state;
    struct rng r;
    rng_init(&r, NULL, 5, "multinomial");
    enum { CELLS = 40, TIMES = 3000, TOTAL = 20000 };
    double shares[CELLS], sum = 0;
    for (int i = 0; i < CELLS; i++)
        sum += shares[i] = i == 7 ? 0 : 1.0 / (1 + i);
    for (int i = 0; i < CELLS; i++)
        shares[i] /= sum;
    static double x[CELLS][TIMES];
    for (int t = 0; t < TIMES; t++) {
        int64_t counts[CELLS], counted = 0;
        rng_multinomial(&r, shares, CELLS, TOTAL, counts);
        for (int i = 0; i < CELLS; i++) {
            assert_true(counts[i] >= 0);
            counted += counts[i];
            x[i][t] = (double)counts[i];
        }
        assert_int_equal(counted, TOTAL);
        assert_int_equal(counts[7], 0);
    }
    for (int i = 0; i < CELLS; i++)
        if (i != 7)
            assert_moments("multinomial", x[i], TIMES, TOTAL * shares[i], TOTAL * shares[i] * (1 - shares[i]),
                           3.1);
    /* Two cells' counts: covariance -total p q. */
    double covariance = 0;
    for (int t = 0; t < TIMES; t++)
        covariance += (x[0][t] - TOTAL * shares[0]) * (x[1][t] - TOTAL * shares[1]) / TIMES;
    const double expected = -TOTAL * shares[0] * shares[1];
    const double error = TOTAL * sqrt(shares[0] * (1 - shares[0]) * shares[1] * (1 - shares[1]) / TIMES);
    assert_true(fabs(covariance - expected) < 5 * error);
}

static void test_multinomial_keeps_tiny_shares(void **state)
{
    (void)state;
    struct rng r;
    rng_init(&r, NULL, 5, "multinomial/tiny");
    /* The last cells are far below the rounding error of 1 minus the first, and still get their due. */
    const double shares[3] = {1 - 3e-16, 2e-16, 1e-16};
    double second = 0, third = 0;
    for (int t = 0; t < 200; t++) {
        int64_t counts[3];
        rng_multinomial(&r, shares, 3, 1000000000000000000LL, counts);
        assert_true(counts[0] + counts[1] + counts[2] == 1000000000000000000LL);
        second += (double)counts[1];
        third += (double)counts[2];
    }
    assert_true(fabs(second / 200 - 200) < 5 * sqrt(200.0 / 200));
    assert_true(fabs(third / 200 - 100) < 5 * sqrt(100.0 / 200));
    int64_t counts[2];
    const double short_by[2] = {0.5, 0.4999};
    assert_check_fires(rng_multinomial(&r, short_by, 2, 10, counts));
    const double negative[2] = {1.5, -0.5};
    assert_check_fires(rng_multinomial(&r, negative, 2, 10, counts));
    const double last_empty[2] = {1, 0};
    rng_multinomial(&r, last_empty, 2, 10, counts);
    assert_int_equal(counts[0], 10);
    assert_int_equal(counts[1], 0);
}

/* A share that rounding left a hair below 1 once made inversion walk for ever. */
static void test_binomial_near_one_ends(void **state)
{
    (void)state;
    struct rng r;
    rng_init(&r, NULL, 7, "tests/near one");
    for (int n = 1; n <= 64; n++) {
        assert_int_equal(rng_binomial(&r, n, 1 - 0x1p-53), n);
        assert_int_equal(rng_binomial(&r, n, 0x1p-1000), 0);
        int64_t k = rng_binomial(&r, n, 0.5);
        assert_true(k >= 0 && k <= n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_binomial_near_one_ends),
        cmocka_unit_test(test_a_stream_depends_on_seed_and_name_alone),
        cmocka_unit_test(test_streams_are_uncorrelated),
        cmocka_unit_test(test_cells_do_not_depend_on_the_order_of_visits),
        cmocka_unit_test(test_a_copy_goes_on_by_itself),
        cmocka_unit_test(test_moments_of_continuous_draws),
        cmocka_unit_test(test_binomial_follows_its_law),
        cmocka_unit_test(test_binomial_at_its_ends),
        cmocka_unit_test(test_huge_binomial_is_normal),
        cmocka_unit_test(test_poisson_follows_its_law),
        cmocka_unit_test(test_multinomial_sums_and_shares),
        cmocka_unit_test(test_multinomial_keeps_tiny_shares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
