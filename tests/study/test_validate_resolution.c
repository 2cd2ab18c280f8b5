/* test_validate_resolution.c: the suite `resolution` on short cases, and that its verdicts mean what they say. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <math.h>
#include <string.h>
#include <cmocka.h>

#include "arena.h"
#include "resolution_cases.h"
#include "validate_resolution.h"

/* A rung of the ladder and an outage, both short. */
static const struct resolution_case short_cases[] = {
    {.name = "rung", .about = "a rung", .sets = {{"workload[0].rate", "3680/s"}}, .utilisation = 0.7, .fraction = 0.02,
     .record = true, .seconds = 10, .replications = 4},
    {.name = "outage", .about = "an outage",
     .sets = {{"workload[0].rate", "1k/s"},
              {"faults", "[{\"id\": \"down\", \"kind\": \"broker_down\", \"broker\": 1, \"at\": \"30s\", \"for\": \"15s\"}]"}},
     .utilisation = 0.98, .fraction = 0.01, .record = true, .faults = true, .seconds = 120, .replications = 3},
};

static struct validate_report run(const struct resolution_case *cases, size_t n, int threads, struct arena *arena)
{
    /* The cases are as short as they should be; quick only widens the tolerances, and takes a fifth of a rung. */
    const struct validate_options options = {.threads = threads, .quick = false};
    struct validate_report report;
    assert_true(validate_resolution_cases(cases, n, &options, arena, &report));
    assert_null(report.failed);
    return report;
}

static const struct validate_row *row(const struct validate_report *report, const char *name, const char *quantity)
{
    for (int i = 0; i < report->rows_n; i++)
        if (strcmp(report->rows[i].name, name) == 0 && strcmp(report->rows[i].quantity, quantity) == 0) return &report->rows[i];
    fail_msg("no row %s, %s", name, quantity);
    return NULL;
}

static void test_resolutions_agree(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct validate_report report = run(short_cases, 2, 2, arena);
    int produced = 0;
    for (int i = 0; i < report.rows_n; i++) {
        const struct validate_row *r = &report.rows[i];
        if (r->verdict == VALIDATE_DIFFERS)
            fail_msg("%s, %s: %g, ours %g (%g .. %g)", r->name, r->quantity, r->truth, r->estimate.mean, r->estimate.low,
                     r->estimate.high);
        if (strcmp(r->quantity, "records produced") != 0) continue;
        produced++;
        assert_true(r->truth > 10000 && r->estimate.mean == r->truth && r->tolerance == 0);
        assert_int_equal(r->verdict, VALIDATE_AGREES);
    }
    assert_int_equal(produced, 4);
    assert_int_equal(report.biases_n, 4);
    /* Close-ups were really small, and the case as busy as it says. */
    assert_string_equal(report.biases[1].resolution, "sampled");
    assert_true(report.biases[1].simulated < 0.06 && report.biases[1].fraction == 0.02);
    assert_string_equal(report.biases[1].stage, "broker.cpu");
    assert_true(fabs(report.biases[1].utilisation - 0.7) < 0.03);
    assert_true(report.biases[3].simulated < 0.6 && report.biases[3].faults);
    /* The outage is seen by all three. */
    assert_true(row(&report, "outage request", "produce p99")->truth > 1);
    assert_true(row(&report, "outage sampled", "produce p99")->estimate.mean > 1);
    /* Row and bias are the same difference. */
    const struct validate_row *p50 = row(&report, "rung sampled", "end to end p50");
    assert_true(report.biases[1].known[VALIDATE_BIAS_P50]);
    assert_true(fabs(report.biases[1].bias[VALIDATE_BIAS_P50]) + 1e-12 >= fabs(p50->estimate.mean / p50->truth - 1));
    arena_free(arena);
}

static struct validate_row difference(double mean, double half)
{
    return (struct validate_row){.truth = 50, .estimate = {mean, mean - half, mean + half, 5}, .tolerance = 0.02};
}

static void test_verdicts(void **state)
{
    (void)state;
    struct validate_row r = difference(50.9, 0.5);
    assert_int_equal(validate_judge_difference(&r), VALIDATE_AGREES);
    r = difference(49.1, 0.5);
    assert_int_equal(validate_judge_difference(&r), VALIDATE_AGREES);
    r = difference(51.6, 0.5); /* 51.1 is beyond 51 */
    assert_int_equal(validate_judge_difference(&r), VALIDATE_DIFFERS);
    r = difference(48.4, 0.5);
    assert_int_equal(validate_judge_difference(&r), VALIDATE_DIFFERS);
    r = difference(51.4, 0.5); /* beyond, but its interval is not */
    assert_int_equal(validate_judge_difference(&r), VALIDATE_IMPRECISE);
    r = difference(50, 1.5); /* within, by luck for all it knows */
    assert_int_equal(validate_judge_difference(&r), VALIDATE_IMPRECISE);
    r = difference(50, NAN);
    assert_int_equal(validate_judge_difference(&r), VALIDATE_IMPRECISE);
}

/* Three seconds, so that it is cheap; whatever they show. */
static void test_threads_change_nothing(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct resolution_case c = short_cases[0];
    c.seconds = 3;
    c.replications = 3;
    c.fraction = 0.05;
    const struct validate_report one = run(&c, 1, 1, arena), three = run(&c, 1, 3, arena);
    assert_int_equal(one.rows_n, three.rows_n);
    for (int i = 0; i < one.rows_n; i++) {
        assert_memory_equal(&one.rows[i].estimate, &three.rows[i].estimate, sizeof(one.rows[i].estimate));
        assert_string_equal(one.rows[i].quantity, three.rows[i].quantity);
    }
    arena_free(arena);
}

static void test_stops(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    volatile sig_atomic_t stop = 1;
    const struct validate_options options = {.threads = 1, .quick = true, .stop = &stop};
    struct validate_report report;
    assert_false(validate_resolution(&options, arena, &report));
    assert_null(report.failed);
    assert_false(validate_passed(&report));
    arena_free(arena);
}

/* A field that is not there is told, not run. */
static void test_tells_what_is_wrong(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct resolution_case c = short_cases[0];
    c.sets[0] = (struct resolution_set){"workload[0].rates", "1k/s"};
    const struct validate_options options = {.threads = 1};
    struct validate_report report;
    assert_false(validate_resolution_cases(&c, 1, &options, arena, &report));
    assert_non_null(report.failed);
    assert_non_null(strstr(report.failed, "rates"));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resolutions_agree),      cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_threads_change_nothing), cmocka_unit_test(test_stops),
        cmocka_unit_test(test_tells_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
