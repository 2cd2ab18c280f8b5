/* test_regression.c: known costs are found again, from exact and from noisy loads; intervals hold the truth as often as they say. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <math.h>
#include <cmocka.h>

#include <gsl/gsl_cdf.h>

#include "check_fires.h"
#include "regression.h"
#include "rng.h"

enum { ROWS = 48, COLUMNS = 4 };
static const double TRUTH[COLUMNS] = {30e-6, 8e-6, 120e-9, 1e-9};

static void assert_near(double got, double expected, double slack)
{
    if (!(fabs(got - expected) <= slack)) fail_msg("%.12g, not %.12g", got, expected);
}

/* Requests, batches, records and bytes a second, each varied on its own. */
static void loads(double *x)
{
    static const double batches[] = {1, 8, 64}, records[] = {1, 20, 400}, bytes[] = {20, 200, 4000};
    for (int i = 0; i < ROWS; i++) {
        double *row = x + (size_t)i * COLUMNS;
        row[0] = i % 2 ? 100 : 400;
        row[1] = row[0] * batches[i % 3];
        row[2] = row[1] * records[i / 3 % 3];
        row[3] = row[2] * bytes[i / 9 % 3];
    }
}

static void costs(const double *x, const double *truth, struct rng *r, double noise, double *y)
{
    for (int i = 0; i < ROWS; i++) {
        y[i] = 0;
        for (int j = 0; j < COLUMNS; j++)
            y[i] += x[i * COLUMNS + j] * truth[j];
        if (r) y[i] *= 1 + noise * rng_normal(r);
    }
}

static void exact_costs_are_found(void **state)
{
    (void)state;
    double x[ROWS * COLUMNS], y[ROWS], fitted[ROWS];
    struct regression r;
    loads(x);
    costs(x, TRUTH, NULL, 0, y);
    assert_true(regression_fit(x, y, ROWS, COLUMNS, 0.95, &r, fitted));
    for (int j = 0; j < COLUMNS; j++) {
        assert_near(r.terms[j].value, TRUTH[j], 1e-6 * TRUTH[j]);
        assert_false(r.terms[j].held);
    }
    for (int i = 0; i < ROWS; i++)
        assert_near(fitted[i], y[i], 1e-6 * y[i]);
    assert_near(r.r2, 1, 1e-9);
    assert_near(r.residual_max, 0, 1e-6);
    assert_true(r.condition > 1 && r.condition < 100);
}

/* How many of `runs` noisy experiments have the j-th truth (times `wrong`) inside the interval. */
static int hits(int j, int runs, double wrong)
{
    double x[ROWS * COLUMNS], y[ROWS];
    int n = 0;
    struct rng noise;
    rng_init(&noise, NULL, 7, "test/regression");
    loads(x);
    for (int run = 0; run < runs; run++) {
        struct regression r;
        costs(x, TRUTH, &noise, 0.1, y);
        assert_true(regression_fit(x, y, ROWS, COLUMNS, 0.95, &r, NULL));
        n += r.terms[j].low <= TRUTH[j] * wrong && TRUTH[j] * wrong <= r.terms[j].high;
    }
    return n;
}

static void intervals_cover(void **state)
{
    (void)state;
    enum { RUNS = 300 };
    for (int j = 0; j < COLUMNS; j++) {
        const int n = hits(j, RUNS, 1);
        if (gsl_cdf_binomial_P((unsigned)n, 0.95, RUNS) <= 0.0025 || gsl_cdf_binomial_Q((unsigned)n - 1, 0.95, RUNS) <= 0.0025)
            fail_msg("term %d: %d of %d intervals hold the truth", j, n, RUNS);
    }
    /* The canary: what is half as dear again is held by few. */
    assert_true(gsl_cdf_binomial_P((unsigned)hits(0, 100, 1.5), 0.95, 100) < 0.0025);
}

static void a_negative_cost_is_held_at_none(void **state)
{
    (void)state;
    double x[ROWS * COLUMNS], y[ROWS];
    const double truth[COLUMNS] = {30e-6, 8e-6, -10e-9, 1e-9};
    struct regression r;
    loads(x);
    costs(x, truth, NULL, 0, y);
    for (int i = 0; i < ROWS; i++)
        assert_true(y[i] > 0);
    assert_true(regression_fit(x, y, ROWS, COLUMNS, 0.95, &r, NULL));
    assert_true(r.terms[2].held);
    assert_true(r.terms[2].value == 0 && r.terms[2].low == 0 && r.terms[2].high >= 0);
    for (int j = 0; j < COLUMNS; j++)
        assert_true(j == 2 || r.terms[j].value > 0);
    assert_true(fabs(r.residual_max) > 0.001);
}

/* Relative: a cell ten thousand times as dear does not drown the others. */
static void small_loads_count_as_much_as_large_ones(void **state)
{
    (void)state;
    double x[] = {1, 0, 2, 0, 0, 1e4, 0, 2e4, 1, 1e4}, y[] = {1, 2, 1e4, 2.2e4, 1e4 + 1};
    struct regression r;
    assert_true(regression_fit(x, y, 5, 2, 0.95, &r, NULL));
    assert_near(r.terms[0].value, 1, 0.01);
    assert_near(r.terms[1].value, 1.03, 0.02);
    assert_int_equal(r.residual_max_row, 3);
}

static void what_cannot_be_told_apart_is_refused(void **state)
{
    (void)state;
    double x[] = {1, 2, 2, 4, 3, 6, 4, 8}, y[] = {1, 2, 3, 4};
    double none[] = {1, 0, 2, 0, 3, 0, 4, 0};
    struct regression r;
    assert_false(regression_fit(x, y, 4, 2, 0.95, &r, NULL));
    assert_false(regression_fit(none, y, 4, 2, 0.95, &r, NULL));
    assert_false(regression_fit(x, y, 2, 2, 0.95, &r, NULL));
}

static void costs_must_be_above_zero(void **state)
{
    (void)state;
    double x[] = {1, 2, 3}, y[] = {1, 0, 3};
    struct regression r;
    assert_check_fires(regression_fit(x, y, 3, 1, 0.95, &r, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_costs_are_found),
        cmocka_unit_test(intervals_cover),
        cmocka_unit_test(a_negative_cost_is_held_at_none),
        cmocka_unit_test(small_loads_count_as_much_as_large_ones),
        cmocka_unit_test(what_cannot_be_told_apart_is_refused),
        cmocka_unit_test(costs_must_be_above_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
