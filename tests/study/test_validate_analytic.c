/* test_validate_analytic.c: the closed forms against each other and against tables, the suite itself, and
 * that it notices what is wrong. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analytic_cases.h"
#include "analytic_truth.h"
#include "arena.h"
#include "validate_analytic.h"

static void assert_close(double value, double expected, double relative)
{
    if (!(fabs(value - expected) <= relative * fabs(expected)))
        fail_msg("%.12g is not %.12g", value, expected);
}

static void test_waits_known_otherwise(void **state)
{
    (void)state;
    /* M/D/1: before the first service has passed, (1 - rho) e^(rho x); the mean of the law is PK's. */
    assert_close(truth_md1_wait_at_most(0.6, 0), 0.4, 1e-12);
    assert_close(truth_md1_wait_at_most(0.6, 0.7), 0.4 * exp(0.42), 1e-12);
    double mean = 0;
    for (double x = 0.005; x < 24; x += 0.01)
        mean += 0.01 * (1 - truth_md1_wait_at_most(0.7, x));
    assert_close(mean, truth_mg1_wait_mean(0.7, 1, 0), 1e-4);
    assert_close(truth_md1_wait_at_most(0.7, truth_md1_wait_quantile(0.7, 1, 0.99)), 0.99, 1e-9);
    assert_true(truth_md1_wait_quantile(0.4, 1, 0.5) == 0);
    /* A hyperexponential law with hardly any extra variation is the exponential one. */
    assert_close(truth_mh2_wait_quantile(700, 1e-3, 1 + 1e-9, 0.99), 1e-3 / 0.3 * log(70), 1e-4);
    /* Its quantiles integrate to PK's mean. */
    mean = 0;
    for (int i = 0; i < 100000; i++)
        mean += truth_mh2_wait_quantile(600, 1e-3, 4, (i + 0.5) / 100000) / 100000;
    assert_close(mean, truth_mg1_wait_mean(600, 1e-3, 4), 1e-3);
    /* Erlang's tables; and one server waits with its utilisation. */
    assert_close(truth_erlang_c(1, 0.7), 0.7, 1e-12);
    assert_close(truth_erlang_c(2, 1), 1.0 / 3, 1e-12);
    assert_close(truth_erlang_c(10, 8), 0.40918, 1e-4);
    /* E2/M/1: sigma (1 + 2 rho - sigma)^2 = 4 rho^2. */
    const double sigma = truth_e2m1_sigma(0.6);
    assert_close(sigma * (2.2 - sigma) * (2.2 - sigma), 1.44, 1e-12);
    /* Bounds, where the truth is known: M/M/1 lies between them. */
    assert_true(truth_marchal_lower(800, 1e-3, 1) < truth_mg1_wait_mean(800, 1e-3, 1));
    assert_true(truth_kingman_upper(800, 1e-3, 1, 1) > truth_mg1_wait_mean(800, 1e-3, 1));
}

static void test_networks_known_otherwise(void **state)
{
    (void)state;
    /* Equal demands: jobs / (demand (jobs + stations - 1)). */
    const double equal[] = {0.2, 0.2, 0.2};
    double throughput, numbers[TRUTH_STATIONS_MAX];
    truth_mva(equal, 3, 5, &throughput, numbers);
    assert_close(throughput, 5 / (0.2 * 7), 1e-12);
    for (int i = 0; i < 3; i++)
        assert_close(numbers[i], 5.0 / 3, 1e-12);
    /* Two stations, two jobs: states (2, 0), (1, 1), (0, 2) weigh 1, r, r^2. */
    const double two[] = {1, 0.5};
    truth_mva(two, 2, 2, &throughput, numbers);
    assert_close(throughput, 1.5 / 1.75, 1e-12);
    assert_close(numbers[0], (2 + 0.5) / 1.75, 1e-12);
    /* One station is M/M/1; two with all but equal rates make an Erlang law, whose median is 1.678 means. */
    const double one[] = {1000}, pair[] = {1000, 1000 * (1 + 1e-7)};
    assert_close(truth_tandem_sojourn_quantile(700, one, 1, 0.99), log(100) / 300, 1e-9);
    assert_close(truth_tandem_sojourn_quantile(700, pair, 2, 0.5), 1.67834699 / 300, 1e-5);
    /* No breakdowns: M/M/1. Balance by hand at lambda 0.5, mu 1, failures 0.05, repairs 0.2. */
    assert_close(truth_breakdown_number(0.7, 1, 1e-12, 1), 0.7 / 0.3, 1e-9);
    assert_close(truth_breakdown_number(0.5, 1, 0.05, 0.2), 3, 1e-12);
    assert_close(truth_setup_wait_mean(0.7, 1, 0), 0.7 / 0.3, 1e-12);
    double p[4];
    truth_mm1k_number(1, 3, p);
    assert_close(p[3], 0.25, 1e-12);
    truth_mm1k_number(0.5, 2, p);
    assert_close(p[2], 1.0 / 7, 1e-12);
}

static void tell(const struct validate_report *report)
{
    for (int i = 0; i < report->rows_n; i++) {
        const struct validate_row *r = &report->rows[i];
        if (r->verdict != VALIDATE_AGREES)
            print_message("%s, %s: %g, ours %g (%g .. %g) %s\n", r->name, r->quantity, r->truth,
                          r->estimate.mean, r->estimate.low, r->estimate.high,
                          validate_verdict_word(r->verdict));
    }
    for (int i = 0; i < report->coverage_n; i++) {
        const struct validate_coverage *c = &report->coverage[i];
        if (c->verdict != VALIDATE_AGREES)
            print_message("%s, %s: held by %d of %d\n", c->name, c->quantity, c->covered, c->runs);
    }
}

/* The long runs a tenth as long as those of `headroom validate analytic`; coverage at its full 2,000 runs. */
static void test_suite(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct validate_options options = {.threads = 2, .quick = true, .runs = VALIDATE_RUNS};
    struct validate_report report;
    assert_true(validate_analytic(&options, arena, &report));
    tell(&report);
    assert_true(validate_passed(&report));
    assert_int_equal(report.coverage[0].runs, VALIDATE_RUNS);
    assert_true(report.rows_n > 50 && report.coverage_n > 30);
    arena_free(arena);
}

static void mm1_truth_of_another(double utilisation, double *values)
{
    analytic_cases[0].truth(utilisation + 0.02, values);
}

/* A server that is 3 % too fast. */
static void mm1_too_fast(const struct analytic_run *run, double *values)
{
    struct analytic_run other = *run;
    other.utilisation *= 0.97;
    analytic_cases[0].run(&other, values);
}

static double mean_of_all;
static int runs_seen;

/* Replications that are not independent: each a little of itself and much of what came before. */
static void mm1_dependent(const struct analytic_run *run, double *values)
{
    analytic_cases[0].run(run, values);
    mean_of_all = runs_seen++ % 10 == 0 ? values[0] : 0.8 * mean_of_all + 0.2 * values[0];
    values[0] = mean_of_all;
}

static struct validate_report run_case(struct arena *arena, const struct analytic_case *c, int threads)
{
    const struct validate_options options = {.threads = threads, .quick = true, .runs = 400};
    struct validate_report report;
    assert_true(validate_cases(c, 1, &options, arena, &report));
    return report;
}

static void test_suite_notices(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct analytic_case right = analytic_cases[0];
    assert_string_equal(right.name, "M/M/1");
    struct validate_report report = run_case(arena, &right, 1);
    assert_true(validate_passed(&report));

    struct analytic_case wrong = right;
    wrong.truth = mm1_truth_of_another;
    report = run_case(arena, &wrong, 1);
    assert_false(validate_passed(&report));
    for (int i = 0; i < 4; i++) /* p99.9 has the widest tolerance */
        assert_int_equal(report.rows[i].verdict, VALIDATE_DIFFERS);
    wrong = right;
    wrong.run = mm1_too_fast;
    report = run_case(arena, &wrong, 1);
    assert_int_equal(report.rows[0].verdict, VALIDATE_DIFFERS);

    /* Right, but too short to know it. */
    wrong = right;
    wrong.full.customers = 20000;
    report = run_case(arena, &wrong, 1);
    assert_int_equal(report.rows[0].verdict, VALIDATE_IMPRECISE);

    /* Intervals that are too narrow for what they are told. */
    wrong = right;
    wrong.run = mm1_dependent;
    report = run_case(arena, &wrong, 1);
    assert_int_equal(report.coverage[0].verdict, VALIDATE_DIFFERS);
    assert_int_equal(report.coverage[1].verdict, VALIDATE_AGREES);
    arena_free(arena);
}

static void test_threads_change_nothing(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct validate_report one = run_case(arena, &analytic_cases[0], 1);
    const struct validate_report three = run_case(arena, &analytic_cases[0], 3);
    assert_int_equal(one.rows_n, three.rows_n);
    for (int i = 0; i < one.rows_n; i++)
        assert_memory_equal(&one.rows[i].estimate, &three.rows[i].estimate, sizeof(one.rows[i].estimate));
    for (int i = 0; i < one.coverage_n; i++)
        assert_int_equal(one.coverage[i].covered, three.coverage[i].covered);
    arena_free(arena);
}

static void test_stops(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    volatile sig_atomic_t stop = 1;
    const struct validate_options options = {.threads = 1, .stop = &stop};
    struct validate_report report;
    assert_false(validate_analytic(&options, arena, &report));
    assert_false(validate_passed(&report));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_waits_known_otherwise),
        cmocka_unit_test(test_networks_known_otherwise),
        cmocka_unit_test(test_suite),
        cmocka_unit_test(test_suite_notices),
        cmocka_unit_test(test_threads_change_nothing),
        cmocka_unit_test(test_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
