/* Judging two measurements: no alarm without a change, an alarm for one, whatever the host did meanwhile. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "arena.h"
#include "diag.h"
#include "philox.h"
#include "regress.h"

enum { ROWS = 40, REPEATS = 23, PAIRS = 6 };

struct host {
    double scatter; /* of a repetition */
    double busy;    /* share of repetitions that take up to half as long again */
};

/* A measurement of ROWS benchmarks; the first takes `factor` times as long. */
static const struct measurement *measured(struct arena *arena, struct philox *draws, const struct host *host,
                                          double factor)
{
    struct measurement *m = ARENA_NEW(arena, struct measurement, 1);
    *m = (struct measurement){.path = "m", .cpu = "", .compiler = "", .files = 1, .rows_n = ROWS};
    m->rows = ARENA_NEW(arena, struct measurement_row, ROWS);
    for (int i = 0; i < ROWS; i++) {
        double *ns = ARENA_NEW(arena, double, REPEATS);
        for (int r = 0; r < REPEATS; r++) {
            const double u = (double)philox_below(draws, 1000000) * 1e-6,
                         v = (double)philox_below(draws, 1000000) * 1e-6;
            ns[r] = (10 + i) * (1 + host->scatter * u) * (i == 0 ? factor : 1);
            if ((double)philox_below(draws, 1000000) * 1e-6 < host->busy) ns[r] *= 1 + 0.5 * v;
        }
        m->rows[i] = (struct measurement_row){
            .name = arena_printf(arena, "path.%d", i), .cpu_ns = ns, .n = REPEATS, .instructions = -1};
    }
    return m;
}

/* Of PAIRS, how many alarms; *right counts those for the first row. */
static int alarms(const struct host *old, const struct host *new, double factor, int *right)
{
    struct philox draws = philox_named(7, "regress");
    int count = 0;
    *right = 0;
    for (int pair = 0; pair < PAIRS; pair++) {
        struct arena *arena = arena_new(0);
        struct regress r;
        char error[256];
        const struct measurement *a = measured(arena, &draws, old, 1),
                                 *b = measured(arena, &draws, new, factor);
        assert_true(regress_judge(a, b, REGRESS_THRESHOLD, REGRESS_ALPHA, arena, &r, error, sizeof error));
        count += r.slower_n + r.faster_n;
        *right += r.rows[0].change == REGRESS_SLOWER;
        arena_free(arena);
    }
    return count;
}

static void no_alarm_without_a_change(void **state)
{
    (void)state;
    const struct host quiet = {.scatter = 0.02}, noisy = {.scatter = 0.08, .busy = 0.3},
                      busy = {.scatter = 0.02, .busy = 0.6};
    int right;
    assert_int_equal(alarms(&quiet, &quiet, 1, &right), 0);
    assert_int_equal(alarms(&noisy, &noisy, 1, &right), 0);
    /* The host was busy for the new one alone: medians move by 10 % and more, quick repetitions do not. */
    assert_int_equal(alarms(&quiet, &busy, 1, &right), 0);
}

static void alarm_for_a_change(void **state)
{
    (void)state;
    const struct host quiet = {.scatter = 0.02}, noisy = {.scatter = 0.05, .busy = 0.1};
    int right;
    assert_int_equal(alarms(&quiet, &quiet, 1.1, &right), PAIRS);
    assert_int_equal(right, PAIRS);
    assert_int_equal(alarms(&quiet, &quiet, 1.03, &right), 0); /* known, and below the threshold */
    assert_true(alarms(&noisy, &noisy, 1.1, &right) >= PAIRS - 1);
}

static void faster_is_no_regression(void **state)
{
    (void)state;
    const struct host quiet = {.scatter = 0.02};
    struct philox draws = philox_named(8, "regress");
    struct arena *arena = arena_new(0);
    struct regress r;
    char error[256];
    const struct measurement *a = measured(arena, &draws, &quiet, 1.3),
                             *b = measured(arena, &draws, &quiet, 1);
    assert_true(regress_judge(a, b, REGRESS_THRESHOLD, REGRESS_ALPHA, arena, &r, error, sizeof error));
    assert_int_equal(r.slower_n, 0);
    assert_int_equal(r.faster_n, 1);
    assert_int_equal(r.rows[0].change, REGRESS_FASTER);
    assert_true(fabs(r.rows[0].ratio.ratio - 1 / 1.3) < 0.02);
    assert_true(r.rows[0].ratio.low < 1 / 1.3 && 1 / 1.3 < r.rows[0].ratio.high);
    assert_true(r.rows[0].superiority < 0.01);
    arena_free(arena);
}

/* As few as cannot know are refused, and the number that is named suffices. */
static void too_few(void **state)
{
    (void)state;
    const struct host quiet = {.scatter = 0.02};
    struct philox draws = philox_named(9, "regress");
    struct arena *arena = arena_new(0);
    struct regress r;
    char error[256] = "";
    struct measurement *a = (struct measurement *)measured(arena, &draws, &quiet, 1);
    struct measurement *b = (struct measurement *)measured(arena, &draws, &quiet, 2);
    a->rows[0].n = b->rows[0].n = 7; /* 2 / 3432 times 40 is more than 1 % */
    assert_false(regress_judge(a, b, REGRESS_THRESHOLD, REGRESS_ALPHA, arena, &r, error, sizeof error));
    assert_non_null(strstr(error, "path.0 has 7 and 7 repetitions"));
    assert_non_null(strstr(error, "it takes 8 of each"));
    a->rows[0].n = b->rows[0].n = 8;
    assert_true(regress_judge(a, b, REGRESS_THRESHOLD, REGRESS_ALPHA, arena, &r, error, sizeof error));
    assert_int_equal(r.needed, 8);
    assert_int_equal(r.rows[0].change, REGRESS_SLOWER);
    arena_free(arena);
}

/* A repetition that shared its core is as slow as the yardstick around it, and is left out. */
static void repetitions_that_were_not_quiet_do_not_count(void **state)
{
    (void)state;
    char name[] = "/tmp/headroom-regress-XXXXXX", error[256];
    struct arena *arena = arena_new(0);
    struct diag *diag = diag_new();
    const int fd = mkstemp(name);
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    fprintf(file, "{\"context\": {\"yardstick_ns\": 100.0}, \"benchmarks\": [");
    for (int i = 0; i < 20; i++)
        fprintf(file, "%s{\"name\": \"path\", \"run_type\": \"iteration\", \"cpu_time\": %.1f, \"time_unit\": \"ns\", \"yardstick_ns\": %.1f}",
                i ? ", " : "", i % 4 ? 10 + 0.01 * i : 17.0, i % 4 ? 101.0 : 170.0);
    fprintf(file, "]}");
    fclose(file);
    const struct measurement *m = measurement_read(name, arena, diag);
    assert_non_null(m);
    assert_int_equal(m->left_out, 5);
    assert_int_equal(m->rows[0].n, 15);
    assert_true(measurement_quantile(m->rows[0].cpu_ns, 15, 1) < 11);
    struct regress r;
    assert_true(regress_judge(m, m, REGRESS_THRESHOLD, REGRESS_ALPHA, arena, &r, error, sizeof error));
    assert_int_equal(r.slower_n + r.faster_n, 0);
    assert_non_null(strstr(r.notes[0], "10 repetitions did not have their core"));
    remove(name);
    diag_free(diag);
    arena_free(arena);
}

static void hosts_that_differ_are_told(void **state)
{
    (void)state;
    const struct host quiet = {.scatter = 0.02};
    struct philox draws = philox_named(10, "regress");
    struct arena *arena = arena_new(0);
    struct regress r;
    char error[256];
    struct measurement *a = (struct measurement *)measured(arena, &draws, &quiet, 1);
    struct measurement *b = (struct measurement *)measured(arena, &draws, &quiet, 2);
    a->rows[0].name = b->rows[0].name = "reference/loop";
    a->yardstick_ns = 1000;
    b->yardstick_ns = 1100;
    assert_true(regress_judge(a, b, REGRESS_THRESHOLD, REGRESS_ALPHA, arena, &r, error, sizeof error));
    assert_int_equal(r.judged_n, ROWS - 1);
    assert_int_equal(r.slower_n, 0); /* what is not ours is no regression */
    assert_int_equal(r.rows[0].change, REGRESS_SLOWER);
    assert_int_equal(r.notes_n, 2);
    assert_non_null(strstr(r.notes[0], "+10.0 %"));
    assert_non_null(strstr(r.notes[1], "not the project's"));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_alarm_without_a_change),  cmocka_unit_test(alarm_for_a_change),
        cmocka_unit_test(faster_is_no_regression),    cmocka_unit_test(too_few),
        cmocka_unit_test(hosts_that_differ_are_told), cmocka_unit_test(repetitions_that_were_not_quiet_do_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
