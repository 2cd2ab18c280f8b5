/* Judging two measurements: no alarm without a change, an alarm for one, whatever the host did meanwhile. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
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
    *m = (struct measurement){.path = "m", .cpu = "", .compiler = "", .by_turns = "", .files = 1, .rows_n = ROWS};
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

/* A file of so many processes of three repetitions each, of which one was disturbed. */
static void write_processes(const char *name, int processes, bool said)
{
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    fprintf(file, "{\"context\": {\"yardstick_ns\": 100.0}, \"benchmarks\": [");
    for (int i = 0; i < 3 * processes; i++) {
        fprintf(file, "%s{\"name\": \"path\", \"run_type\": \"iteration\", \"cpu_time\": %.2f, \"time_unit\": \"ns\"", i ? ", " : "",
                i % 3 == 1 ? 17.0 : 10 + 0.01 * i);
        if (said) fprintf(file, ", \"process\": %d", i / 3);
        fprintf(file, "}");
    }
    fprintf(file, "]}");
    fclose(file);
}

/* A process is one observation, its quickest repetition, in a file of several and in a directory; where nothing is said of
 * processes, repetitions are. The one is not compared with the other. */
static void processes_are_the_observations(void **state)
{
    (void)state;
    char directory[] = "/tmp/headroom-regress-XXXXXX", error[256];
    struct arena *arena = arena_new(0);
    struct diag *diag = diag_new();
    assert_non_null(mkdtemp(directory));
    const char *one = arena_printf(arena, "%s/1.json", directory), *two = arena_printf(arena, "%s/2.json", directory);
    write_processes(one, 4, true);
    write_processes(two, 1, false);
    const struct measurement *file = measurement_read(one, arena, diag), *all = measurement_read(directory, arena, diag),
                             *unsaid = measurement_read(two, arena, diag);
    assert_true(file != NULL && all != NULL && unsaid != NULL);
    assert_int_equal(file->processes, 4);
    assert_int_equal(file->rows[0].n, 4);
    for (int i = 0; i < 4; i++) assert_true(fabs(file->rows[0].cpu_ns[i] - (10 + 0.03 * i)) < 1e-9);
    assert_int_equal(all->processes, 5);
    assert_int_equal(all->files, 2);
    assert_int_equal(all->rows[0].n, 5);
    assert_true(fabs(all->rows[0].cpu_ns[4] - 10) < 1e-9);
    assert_int_equal(unsaid->processes, 0);
    assert_int_equal(unsaid->rows[0].n, 3);
    struct regress r;
    assert_false(regress_judge(file, unsaid, REGRESS_THRESHOLD, REGRESS_ALPHA, arena, &r, error, sizeof error));
    assert_non_null(strstr(error, "cannot be compared"));
    assert_false(regress_judge(file, all, REGRESS_THRESHOLD, REGRESS_ALPHA, arena, &r, error, sizeof error));
    assert_non_null(strstr(error, "path has 4 and 5 processes, too few"));
    remove(one);
    remove(two);
    assert_int_equal(rmdir(directory), 0);
    diag_free(diag);
    arena_free(arena);
}

/* What differs from process to process is no change, and does not hide one elsewhere: of every row but the first each process
 * takes one of two times, a fifth apart. */
static void processes_that_differ_raise_no_alarm(void **state)
{
    (void)state;
    enum { PROCESSES = 12, MANY = 40 };
    struct philox draws = philox_named(11, "regress");
    int alarms_n = 0, found = 0;
    for (int pair = 0; pair < MANY; pair++) {
        struct arena *arena = arena_new(0);
        struct measurement m[2];
        for (int side = 0; side < 2; side++) {
            m[side] = (struct measurement){.path = "m", .cpu = "", .compiler = "", .by_turns = pair % 2 ? "a trial" : "", .files = 1, .processes = PROCESSES, .rows_n = ROWS,
                                           .rows = ARENA_NEW(arena, struct measurement_row, ROWS)};
            for (int i = 0; i < ROWS; i++) {
                double *ns = ARENA_NEW(arena, double, PROCESSES);
                for (int k = 0; k < PROCESSES; k++) {
                    ns[k] = (10 + i) * (1 + 0.03 * (double)philox_below(&draws, 1000) * 1e-3);
                    ns[k] *= i == 0 ? 1 + 0.1 * side : 1 + 0.2 * (double)philox_below(&draws, 2);
                }
                m[side].rows[i] = (struct measurement_row){
                    .name = arena_printf(arena, "path.%d", i), .cpu_ns = ns, .n = PROCESSES, .instructions = -1};
            }
        }
        struct regress r;
        char error[256];
        assert_true(regress_judge(&m[0], &m[1], REGRESS_THRESHOLD, REGRESS_ALPHA, arena, &r, error, sizeof error));
        assert_true(r.open_n > ROWS / 2 && strstr(r.notes[r.notes_n - 1], "cannot be excluded") != NULL);
        assert_true(r.by_turns == (pair % 2 == 1));
        found += r.rows[0].change == REGRESS_SLOWER;
        alarms_n += r.slower_n + r.faster_n - (r.rows[0].change != REGRESS_ALIKE);
        arena_free(arena);
    }
    assert_int_equal(found, MANY);
    assert_true(alarms_n <= 1);
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
    /* What changed by less than the reference did may be the host's, unless the two took turns. */
    for (int k = 0; k < REPEATS; k++) b->rows[1].cpu_ns[k] *= 1.5;
    a->processes = b->processes = REPEATS;
    assert_true(regress_judge(a, b, REGRESS_THRESHOLD, REGRESS_ALPHA, arena, &r, error, sizeof error));
    assert_int_equal(r.slower_n, 0);
    a->by_turns = b->by_turns = "a trial";
    assert_true(regress_judge(a, b, REGRESS_THRESHOLD, REGRESS_ALPHA, arena, &r, error, sizeof error));
    assert_int_equal(r.slower_n, 1);
    for (int k = 0; k < REPEATS; k++) b->rows[1].cpu_ns[k] /= 1.5;
    a->processes = b->processes = 0;
    a->by_turns = b->by_turns = "";
    assert_true(regress_judge(a, b, REGRESS_THRESHOLD, REGRESS_ALPHA, arena, &r, error, sizeof error));
    assert_int_equal(r.rows[0].change, REGRESS_SLOWER);
    assert_int_equal(r.notes_n, 3);
    assert_non_null(strstr(r.notes[0], "+10.0 %"));
    assert_non_null(strstr(r.notes[1], "repetitions of one process"));
    assert_non_null(strstr(r.notes[2], "not the project's"));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_alarm_without_a_change),  cmocka_unit_test(alarm_for_a_change),
        cmocka_unit_test(faster_is_no_regression),    cmocka_unit_test(too_few),
        cmocka_unit_test(hosts_that_differ_are_told), cmocka_unit_test(processes_are_the_observations),
        cmocka_unit_test(processes_that_differ_raise_no_alarm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
