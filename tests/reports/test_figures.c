/* test_figures.c: what the figures draw, from which numbers, with which axes; and that names are never commands. */
#include "figures.h"

#include "axis.h"
#include "gnuplot.h"
#include "record.h"
#include "reports/directory_fixture.h"

#include <math.h>

/* --- Axes --- */

static void axes_have_few_ticks_in_order_with_labels_of_their_own(void **state)
{
    (void)state;
    int log_axes = 0;
    static const enum axis_kind kinds[] = {AXIS_COUNT, AXIS_DURATION, AXIS_BYTES};
    for (int k = 0; k < 3; k++) {
        enum axis_kind kind = kinds[k];
        for (double top = 1e-3; top < 1e13; top *= 1.37) {
            for (double share = 1e-9; share <= 1.1; share *= 10) {
                struct axis axis;
                double smallest = share > 1 ? 0 : fmax(top * share, kind != AXIS_DURATION ? 1 : 1e-6);
                axis_fit(&axis, kind, fmin(smallest, top), top);
                assert_true(axis.max >= top && axis.min < axis.max);
                assert_in_range(axis.ticks_n, 2, 20);
                log_axes += axis.is_log;
                assert_true(!axis.is_log || (axis.min > 0 && axis.floor >= axis.min && axis.floor < top));
                for (int i = 0; i < axis.ticks_n; i++) {
                    assert_true(axis.tick[i] >= axis.min && axis.tick[i] <= axis.max * 1.0001);
                    if (i == 0) continue;
                    assert_true(axis.tick[i] > axis.tick[i - 1]);
                    assert_string_not_equal(axis.label[i], axis.label[i - 1]);
                }
            }
        }
    }
    assert_true(log_axes > 100);
    struct axis axis;
    axis_fit(&axis, AXIS_COUNT, 0, 0); /* flat zero */
    assert_false(axis.is_log);
    assert_true(axis.min < 0 && axis.max >= 1);
    axis_fit(&axis, AXIS_BYTES, 0, 944e9);
    assert_string_equal(axis.label[0], "0");
    assert_string_equal(axis.label[1], "200 GB");
    assert_string_equal(axis.label[5], "1 TB");
    axis_fit_log(&axis, 15, 1800); /* though all of it would be seen on a linear one */
    assert_true(axis.is_log && axis.floor == 10);
    assert_string_equal(axis.label[2], "10 min");
}

static void colours_use_their_whole_range(void **state)
{
    (void)state;
    for (double top = 1; top < 1e19; top *= 1.7) {
        for (double share = 1; share > 1e-19; share /= 3) {
            struct axis axis;
            axis_fit_colors(&axis, fmax(top * share, 0.5), top);
            assert_true(axis.is_log && axis.min >= 1 && axis.max >= top && axis.max >= 9.999 * axis.min);
            assert_true(axis.max == fmax(top, 10) && axis.floor == axis.min);
            assert_in_range(axis.ticks_n, 1, 20);
            for (int i = 0; i < axis.ticks_n; i++) {
                assert_true(axis.tick[i] >= axis.min * 0.999 && axis.tick[i] <= axis.max * 1.001);
                if (i > 0) assert_string_not_equal(axis.label[i], axis.label[i - 1]);
            }
        }
    }
}

static void times_of_day_are_round(void **state)
{
    (void)state;
    struct axis axis;
    axis_time_of_day(&axis, 18 * 3600, 14400);
    assert_int_equal(axis.ticks_n, 9);
    assert_string_equal(axis.label[0], "18:00");
    assert_string_equal(axis.label[1], "18:30");
    assert_string_equal(axis.label[8], "22:00");
    axis_time_of_day(&axis, 23 * 3600 + 600, 7200);
    assert_string_equal(axis.label[0], "23:15");
    assert_string_equal(axis.label[axis.ticks_n - 1], "day 2 01:00");
    axis_time_of_day(&axis, 0, 30 * 86400.0);
    assert_in_range(axis.ticks_n, 4, 10);
    assert_non_null(strstr(axis.label[1], "day "));
    for (double length_s = 0.01; length_s < 4e7; length_s *= 1.31) {
        axis_time_of_day(&axis, 18 * 3600 + 7, length_s);
        assert_in_range(axis.ticks_n, 1, 12);
        for (int i = 1; i < axis.ticks_n; i++)
            assert_string_not_equal(axis.label[i], axis.label[i - 1]);
    }
}

/* --- Figures --- */

static struct figures_result draw(const struct record *r, const char *gnuplot, int time_limit_s,
                                  struct arena *arena)
{
    return report_figures(
        r,
        &(struct figures_options){
            .out_dir = directory, .plots_dir = "plots", .gnuplot = gnuplot, .time_limit_s = time_limit_s},
        arena);
}

static void without_gnuplot_there_is_a_note(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record *r = sample_record(arena, &plain);
    write_script(arena, "freshness.png", "an earlier run's");
    struct figures_result result = draw(r, "no-such-gnuplot", 5, arena);
    assert_int_not_equal(access(in_directory(arena, "freshness.png"), F_OK), 0);
    assert_int_equal(result.status, FIGURES_NO_GNUPLOT);
    assert_int_equal(result.files_n, 0);
    assert_non_null(strstr(result.note, "install gnuplot-nox"));
    size_t n; /* what it would have read is there, to draw elsewhere */
    assert_non_null(strstr(contents(arena, "figures/timeline.par", &n), "fault_n = 2"));
    arena_free(arena);
}

static void a_gnuplot_that_fails_is_told(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record *r = sample_record(arena, &plain);
    write_script(arena, "fails", "echo; echo 'line 3: no such terminal' >&2; exit 1");
    struct figures_result result = draw(r, in_directory(arena, "fails"), 5, arena);
    assert_int_equal(result.status, FIGURES_FAILED);
    assert_non_null(strstr(result.note, "exit code 1): line 3: no such terminal"));
    write_script(arena, "idle", "exit 0");
    result = draw(r, in_directory(arena, "idle"), 5, arena);
    assert_int_equal(result.status, FIGURES_FAILED);
    assert_non_null(strstr(result.note, "wrote no timeline.svg"));
    write_script(arena, "hangs", "sleep 30");
    result = draw(r, in_directory(arena, "hangs"), 1, arena);
    assert_int_equal(result.status, FIGURES_FAILED);
    assert_non_null(strstr(result.note, "more than 1 s"));
    r->series.n = 0;
    r->latency_n = r->freshness_n = r->utilization_n = r->cost.lines_n = r->lag_by_partition_n = 0;
    result = draw(r, in_directory(arena, "idle"), 5, arena);
    assert_int_equal(result.status, FIGURES_NOTHING_TO_DRAW);
    arena_free(arena);
}

/* In a parameter file every quote opens or closes a string, no string holds a line break or a control
 * character, and outside of strings there are no letters but those of our own words. */
static void assert_strings_are_closed(const char *text)
{
    bool is_inside = false;
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '\'') is_inside = !is_inside;
        assert_true(c >= 0x20 || (c == '\n' && !is_inside));
        assert_true(is_inside || strchr("`@$\"\\;!%", c) == NULL);
    }
    assert_false(is_inside);
}

static void names_are_data_and_never_commands(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record *r = sample_record(arena, &hostile);
    static const char *const attempts[] = {sample_hostile,
                                           "'; system('touch pwned'); #",
                                           "`touch pwned`",
                                           "\"; !touch pwned",
                                           "@touch",
                                           "'",
                                           "''",
                                           "\\",
                                           "\\'",
                                           "a\nsystem(\"touch pwned\")\n",
                                           "<touch pwned",
                                           "| touch pwned",
                                           "{/Symbol a}_b^c&{d}",
                                           "%s%n%d"};
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
        r->scenario.name = attempts[i];
        r->faults[0].id = attempts[i];
        r->objectives[0].text = attempts[i];
        r->series.columns[1].name = arena_printf(arena, "consumed_per_s.%s", attempts[i]);
        r->series.columns[r->series.columns_n - 2].name = arena_printf(arena, "staleness.%s", attempts[i]);
        r->latency[1].name = r->utilization[0].resource = r->cost.lines[0].item = r->cost.lines[1].price_id =
            attempts[i];
        r->lag_by_partition[0].group = r->freshness[0].name = attempts[i];
        for (int c = 0; c < r->series.columns_n; c++) {
            const char *kinds[] = {"files", "bytes", "files_rewritten"};
            for (int k = 0; k < 3; k++) {
                if (record_column_of(r->series.columns[c].name, kinds[k]) != NULL && c % 2 == 0)
                    r->series.columns[c].name = arena_printf(arena, "%s.%s", kinds[k], attempts[i]);
            }
        }
        r->objectives[0].metric = "latency.produce.p99";
        r->objectives[1].metric = arena_printf(arena, "freshness.%s.p99", attempts[i]);
        r->objectives[1].text = arena_printf(arena, "freshness.%s.p99 <= %s", attempts[i], attempts[i]);
        struct figures_result result = draw(r, i % 7 == 0 ? NULL : "no-such-gnuplot", 30, arena);
        size_t n;
        static const char *const figures[] = {"timeline", "lag",     "freshness",   "outputs",
                                              "lake",     "latency", "utilization", "cost"};
        for (size_t f = 0; f < sizeof(figures) / sizeof(figures[0]); f++)
            assert_strings_are_closed(contents(arena, arena_printf(arena, "figures/%s.par", figures[f]), &n));
        if (i % 7 == 0 && has_gnuplot()) {
            if (result.note != NULL) print_message("%s\n", result.note);
            assert_int_equal(result.status, FIGURES_DRAWN);
            if (i > 0) continue;
            assert_non_null(strstr(contents(arena, "utilization.svg", &n), "%s{/*}"));
            assert_non_null(strstr(contents(arena, "outputs.svg", &n), "%s{/*}"));
        }
    }
    /* What could not be quoted would have been run somewhere here. */
    assert_int_not_equal(access("pwned", F_OK), 0);
    assert_int_not_equal(access(in_directory(arena, "pwned"), F_OK), 0);
    assert_int_not_equal(access(in_directory(arena, "figures/pwned"), F_OK), 0);
    arena_free(arena);
}

/* The canary of the test above: the same words, unquoted, do run. */
static void gnuplot_would_run_what_is_not_quoted(void **state)
{
    (void)state;
    if (!has_gnuplot()) skip();
    struct arena *arena = arena_new(0);
    char gnuplot[4096];
    assert_true(child_find("gnuplot", gnuplot, sizeof(gnuplot)));
    FILE *out = fopen(in_directory(arena, "bad.par"), "w");
    fputs("title = \"`touch pwned`\"\n", out);
    fclose(out);
    const char *argv[] = {gnuplot, "-d", "-c", in_directory(arena, "bad.par"), NULL};
    struct child_result result;
    child_run(argv, directory, 20, &result);
    assert_int_equal(access(in_directory(arena, "pwned"), F_OK), 0);
    arena_free(arena);
}

static void figures_are_the_same_bytes_again(void **state)
{
    (void)state;
    if (!has_gnuplot()) skip();
    static const struct sample_options shapes[] = {
        {.groups = 1, .faults = 0},
        {.groups = 3, .faults = 4, .lag_low = 100, .lag_high = 1e9},
        {.groups = 8, .faults = 70, .lag_low = 100, .lag_high = 5000, .hostile = true},
    };
    for (size_t s = 0; s < sizeof(shapes) / sizeof(shapes[0]); s++) {
        struct arena *arena = arena_new(0);
        struct record *r = sample_record(arena, &shapes[s]);
        struct figures_result result = draw(r, NULL, 30, arena);
        if (result.note != NULL) print_message("%s\n", result.note);
        assert_int_equal(result.status, FIGURES_DRAWN);
        enum { FILES = 16 };
        assert_int_equal(result.files_n, FILES);
        size_t n[FILES], m;
        char *bytes[FILES];
        for (int i = 0; i < FILES; i++)
            bytes[i] = contents(arena, result.files[i], &n[i]);
        assert_memory_equal(bytes[1], "\x89PNG\r\n\x1a\n", 8);
        assert_non_null(strstr(bytes[0], "</svg>"));
        assert_null(strstr(bytes[0], "<script"));
        assert_null(strstr(bytes[0], "{/*}<"));
        if (!shapes[s].hostile) assert_non_null(strstr(bytes[0], "ad-clickstream: records produced"));
        if (shapes[s].faults == 4) assert_non_null(strstr(bytes[4], "lost-broker-again 20:40"));
        if (shapes[s].hostile) draw(r, NULL, 30, arena);
        for (int i = 0; shapes[s].hostile && i < FILES; i += 2) {
            const char *again = contents(arena, result.files[i], &m);
            assert_int_equal(n[i], m);
            assert_memory_equal(bytes[i], again, m);
        }
        arena_free(arena);
    }
}

static void assert_near(double found, double wanted, double within)
{
    if (!(fabs(found - wanted) <= within)) print_message("%.17g is not %.17g\n", found, wanted);
    assert_true(fabs(found - wanted) <= within);
}

/* The numbers in a figure's data file, in order; -1 for NaN. */
static int numbers(struct arena *arena, const char *name, double *out, int most)
{
    size_t n;
    int count = 0;
    for (char *word = strtok(contents(arena, name, &n), " \n"); word != NULL && count < most;
         word = strtok(NULL, " \n"))
        out[count++] = strcmp(word, "NaN") == 0 ? -1 : strtod(word, NULL);
    return count;
}

static void latency_is_drawn_by_its_percentiles(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record *r = sample_record(arena, &plain);
    r->objectives[0].metric = "latency.end_to_end.ctr.p99.9";
    r->objectives[0].text = "latency.end_to_end.ctr.p99.9 <= 60s";
    draw(r, "no-such-gnuplot", 5, arena);
    double at[256];
    /* Seven percentiles of three stages: x, then value, low and high of each. */
    assert_int_equal(numbers(arena, "figures/latency.dat", at, 256), 7 * 10);
    static const double nines[] = {0.5, 0.75, 0.95, 0.99, 0.999, 0.9999};
    for (int i = 0; i < 6; i++)
        assert_near(at[10 * i], -log10(1 - nines[i]), 1e-5);
    assert_near(at[1], 0.031 * 0.8, 1e-12);          /* produce, p50 */
    assert_near(at[10 * 3 + 1], 0.031 * 2.7, 1e-12); /* p99, and its interval */
    assert_near(at[10 * 3 + 2], 0.031 * 2.6, 1e-12);
    assert_near(at[10 * 3 + 3], 0.031 * 2.85, 1e-12);
    assert_true(at[10 * 4 + 2] < 0);                       /* one replication has no interval */
    assert_true(at[10 * 5 + 4] < 0 && at[10 * 6 + 4] > 2); /* ctr: p99.99 is not known, the maximum is */
    size_t n;
    const char *parameters = contents(arena, "figures/latency.par", &n);
    assert_non_null(strstr(parameters, "target_n = 1\narray target_x[1] = [3.0]"));
    assert_non_null(strstr(parameters, "array target_line[1] = [2.0]"));
    assert_non_null(strstr(parameters, "'end_to_end.ctr.p99.9 <= 60s'"));
    arena_free(arena);
}

/* Queries have curves beside those of the stages, and their objectives stand on them. */
static void queries_are_drawn_too(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    static const struct sample_options asking = {.groups = 1, .faults = 1, .queries = 2};
    struct record *r = sample_record(arena, &asking);
    r->objectives[0].metric = "query.ad-hoc.p95";
    r->objectives[0].text = "query.ad-hoc.p95 <= 60s";
    draw(r, "no-such-gnuplot", 5, arena);
    double at[256];
    assert_int_equal(numbers(arena, "figures/latency.dat", at, 256), 7 * 16);
    assert_near(at[1 + 3 * 3], 0.9 * 0.8, 1e-12); /* dashboard, p50 */
    assert_near(at[1 + 4 * 3], 9 * 0.8, 1e-12);
    size_t n;
    const char *parameters = contents(arena, "figures/latency.par", &n);
    assert_non_null(strstr(parameters, "'query dashboard', 'query ad-hoc'"));
    assert_non_null(strstr(parameters, "array target_line[1] = [5.0]"));
    assert_non_null(strstr(parameters, "x_of = 'records, or queries,'"));
    arena_free(arena);
}

/* A line shows no value that has none on either side: such lines have points too. */
static void values_that_stand_alone_are_told(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record *r = sample_record(arena, &plain);
    size_t n;
    draw(r, "no-such-gnuplot", 5, arena);
    assert_non_null(
        strstr(contents(arena, "figures/freshness.par", &n), "array freshness_sparse[2] = [0.0, 0.0]"));
    for (int c = 0; c < r->series.columns_n; c++) {
        if (strcmp(r->series.columns[c].name, "freshness.raw_ad_events") != 0) continue;
        double *values = ARENA_NEW(arena, double, (size_t)r->series.n);
        for (int i = 0; i < r->series.n; i++)
            values[i] = i % 30 == 29 ? 300 : (double)NAN;
        r->series.columns[c].values = values;
    }
    draw(r, "no-such-gnuplot", 5, arena);
    assert_non_null(
        strstr(contents(arena, "figures/freshness.par", &n), "array freshness_sparse[2] = [0.0, 1.0]"));
    arena_free(arena);
}

/* Every value of every group is drawn, row by row; a row or a column that is alone is drawn twice, half as large. */
static void lag_is_drawn_by_partition(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record *r = sample_record(arena, &plain);
    enum { CELLS = 14 * 120 };
    double *at = ARENA_NEW(arena, double, 3 * CELLS);
    size_t n;
    draw(r, "no-such-gnuplot", 5, arena);
    assert_int_equal(numbers(arena, "figures/lag.dat", at, 3 * CELLS), 2 * CELLS);
    for (int i = 0; i < 2 * CELLS; i++)
        assert_true(at[i] == (double)r->lag_by_partition[i / CELLS].records.values[i % CELLS]);
    const char *parameters = contents(arena, "figures/lag.par", &n);
    assert_non_null(strstr(parameters, "array grid_name[2] = ['lag of ctr', 'lag of raw']"));
    assert_non_null(strstr(parameters, "'partition (worst of 3)'"));
    assert_non_null(strstr(parameters, "array grid_dx[2] = [120.0, 120.0]"));
    assert_non_null(strstr(parameters, "array grid_dy[2] = [3.0, 3.0]"));
    assert_non_null(strstr(parameters, "array grid_top[2] = [41.5, 41.5]"));
    assert_non_null(strstr(parameters, "color_max = 71000000.0"));
    const int64_t only[] = {5, 0, 7};
    r->series.n = r->latency_n = r->freshness_n = r->utilization_n = r->cost.lines_n = 0; /* no other figure */
    static const struct {
        int rows, columns, count;
        const char *cells;
    } shapes[] = {{1, 3, 6, "5 0 7\n5 0 7\n"}, {3, 1, 6, "5 5\n0 0\n7 7\n"}, {1, 1, 4, "5 5\n5 5\n"}};
    for (size_t s = 0; s < sizeof(shapes) / sizeof(shapes[0]); s++) {
        r->lag_by_partition_n = 1;
        r->lag_by_partition[0] =
            (struct record_lag){"ctr", shapes[s].rows, 1, 120, {shapes[s].rows, shapes[s].columns, only}};
        struct figures_result result = draw(r, has_gnuplot() ? NULL : "no-such-gnuplot", 30, arena);
        if (has_gnuplot()) {
            assert_int_equal(result.status, FIGURES_DRAWN);
            const char *svg = contents(arena, "lag.svg", &n), *image = strstr(svg, "<image style='image-rendering:");
            assert_non_null(image);
            assert_null(strstr(image + 1, "<image"));
            assert_non_null(strstr(image, "</svg>")); /* all of it */
        }
        assert_memory_equal(contents(arena, "figures/lag.dat", &n), shapes[s].cells, strlen(shapes[s].cells));
    }
    /* Of too many groups those with the largest peaks. */
    r->lag_by_partition_n = 9;
    r->lag_by_partition = ARENA_NEW(arena, struct record_lag, 9);
    for (int g = 0; g < 9; g++) {
        int64_t *peak = ARENA_NEW(arena, int64_t, 1);
        *peak = g == 4 ? 0 : 100 - g;
        r->lag_by_partition[g] = (struct record_lag){arena_printf(arena, "g%d", g), 1, 1, 120, {1, 1, peak}};
    }
    draw(r, "no-such-gnuplot", 5, arena);
    parameters = contents(arena, "figures/lag.par", &n);
    assert_non_null(strstr(parameters, "['lag of g0', 'lag of g1', 'lag of g2', 'lag of g3', 'lag of g5', 'lag of g6']"));
    assert_non_null(strstr(parameters, "and 3 groups more with less"));
    arena_free(arena);
}

static void the_lake_is_drawn_with_its_compactions(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record *r = sample_record(arena, &plain);
    double *at = ARENA_NEW(arena, double, 7 * 1440 + 1);
    size_t n;
    draw(r, "no-such-gnuplot", 5, arena);
    assert_int_equal(numbers(arena, "figures/lake.dat", at, 7 * 1440 + 1), 7 * 1440);
    /* Time; then files, bytes and files rewritten of both tables. */
    assert_true(at[7 * 180] == 18 * 3600 + 1800);
    assert_true(at[7 * 180 + 5] == 170 && at[7 * 180 + 6] == 0 && at[7 * 181 + 5] == 0);
    assert_true(at[7 * 1439 + 3] == 48 * 2.5e8);
    const char *parameters = contents(arena, "figures/lake.par", &n);
    assert_non_null(strstr(parameters, "rewritten_top = 170.0"));
    assert_non_null(strstr(parameters, "'compaction of 170 files'"));
    /* The raw table is the second output of the freshness figure; the other here is the first. */
    assert_non_null(strstr(parameters, "array files_name[2] = ['raw_ad_events', 'ctr']"));
    assert_non_null(strstr(parameters, "array files_color[2] = [2.0, 1.0]"));
    assert_non_null(strstr(parameters, "'10 GB'"));
    /* A run without a lake has no such figure. */
    for (int c = 0; c < r->series.columns_n; c++)
        if (record_column_of(r->series.columns[c].name, "files") != NULL) r->series.columns[c].name = "other";
    draw(r, "no-such-gnuplot", 5, arena);
    assert_int_not_equal(access(in_directory(arena, "figures/lake.dat"), F_OK), 0);
    assert_int_not_equal(access(in_directory(arena, "figures/lake.par"), F_OK), 0);
    arena_free(arena);
}

static void outputs_are_drawn_with_their_objectives(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record *r = sample_record(arena, &plain);
    double at[16];
    size_t n;
    r->freshness[1].figure[RECORD_P99] = record_unknown("nobody knows");
    draw(r, "no-such-gnuplot", 5, arena);
    assert_int_equal(numbers(arena, "figures/outputs.dat", at, 16), 8);
    assert_near(at[1], 14.9 * 0.8, 1e-9);
    assert_near(at[2], 14.9 * 1.9, 1e-9);
    assert_near(at[3], 14.9 * 2.7, 1e-9);
    assert_true(at[4] == 2 && at[7] < 0);
    const char *parameters = contents(arena, "figures/outputs.par", &n);
    assert_non_null(strstr(parameters, "x_log = 1.0"));
    assert_non_null(strstr(parameters, "array row_p99[2] = ['40.2 s', '?']"));
    assert_non_null(strstr(parameters, "array target[2] = [60.0, 20.0]"));
    assert_non_null(strstr(parameters, "array target_row[2] = [1.0, 1.0]"));
    assert_non_null(strstr(parameters, "array target_above[2] = [0.0, 1.0]"));
    assert_non_null(strstr(parameters, "['p99 <= 60s', 'p99 <= 20s during steady']"));
    arena_free(arena);
}

static void the_bill_is_drawn_whole(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record *r = sample_record(arena, &plain);
    draw(r, "no-such-gnuplot", 5, arena);
    double at[512];
    size_t n;
    int count = numbers(arena, "figures/cost.dat", at, 512), kinds = 0;
    assert_non_null(strstr(contents(arena, "figures/cost.par", &n), "kind_n = 5"));
    assert_int_equal(count, 3 * 5 + 3 * 7);
    /* The pieces of the stacked bar join, from 0 to all. */
    for (double to = 0; kinds < 5; kinds++) {
        assert_near(at[3 * kinds + 1], to, 1e-6);
        to = at[3 * kinds + 2];
    }
    assert_near(at[3 * 4 + 2], r->cost.month_usd.value, 1e-6);
    for (int i = 0; i < 7; i++)
        assert_near(at[15 + 3 * i + 2], r->cost.lines[i].usd.value, 1e-9);

    /* As many kinds as there can be: every one has a colour. */
    static const char *const items[] = {"kafka brokers", "broker volumes",  "cross-zone", "group g",     "producers p",
                                        "ETL of t",      "compaction of t", "engine e",   "lights",      "first",
                                        "PUT"};
    struct record_cost_line *all_kinds = ARENA_NEW(arena, struct record_cost_line, 11);
    for (int i = 0; i < 11; i++)
        all_kinds[i] = sample_line(items[i], 1 + i, "hour", i == 9 ? "aws.s3.standard.storage" : i == 10 ? "aws.s3.put" : "x",
                                   1, "verified");
    r->cost.lines = all_kinds;
    r->cost.lines_n = 11;
    r->series.n = r->latency_n = r->freshness_n = r->utilization_n = r->lag_by_partition_n = 0; /* no other figure */
    struct figures_result result = draw(r, has_gnuplot() ? NULL : "no-such-gnuplot", 30, arena);
    if (has_gnuplot()) assert_int_equal(result.status, FIGURES_DRAWN);
    assert_non_null(strstr(contents(arena, "figures/cost.par", &n), "kind_n = 10"));
    assert_non_null(strstr(contents(arena, "figures/cost.par", &n), "'jobs of the lake: $13.00 (20 %)'"));

    /* Of a long bill the largest lines have bars, in the bill's order; nothing is left out of the bar above.
     */
    enum { MANY = 50 };
    struct record_cost_line *lines = ARENA_NEW(arena, struct record_cost_line, MANY);
    for (int i = 0; i < MANY; i++)
        lines[i] = sample_line(arena_printf(arena, "group %d", i), i % 2 == 0 ? 1000 + i : i, "hour", "x", 1,
                               "verified");
    lines[7].usd = record_unknown("no price");
    r->cost.lines = lines;
    r->cost.lines_n = MANY;
    draw(r, "no-such-gnuplot", 5, arena);
    count = numbers(arena, "figures/cost.dat", at, 512);
    assert_int_equal(count, 3 + 3 * 19);
    double all = 0;
    for (int i = 0; i < MANY; i++)
        all += lines[i].usd.known ? lines[i].usd.value : 0;
    assert_near(at[2], all, 1e-6);
    assert_near(at[3 + 2], -1, 1e-9); /* no number: the one without a price has no bar */
    for (int i = 1; i < 19; i++)
        assert_near(at[3 + 3 * i + 2], 1012 + 2 * i, 1e-9); /* the 18 largest of 25 */
    assert_non_null(strstr(contents(arena, "figures/cost.par", &n), "'31 smaller lines'"));
    assert_non_null(
        strstr(contents(arena, "figures/cost.par", &n), "without 1 line that no price is known of"));
    arena_free(arena);
}

static void long_names_keep_both_ends(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    assert_string_equal(gnuplot_quoted_ends(arena, "abcdefghij", 10), "'abcdefghij'");
    assert_string_equal(gnuplot_quoted_ends(arena, "abcdefghijk", 10), "'abc...hijk'");
    assert_string_equal(
        gnuplot_quoted_ends(arena, "\xc3\xa9\xc3\xa9'\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\n\xc3\xa9'y",
                            10),
        "'\xc3\xa9\xc3\xa9''...?\xc3\xa9''y'");
    assert_string_equal(gnuplot_quoted(arena, "abcdefghijk", 10), "'abcdefg...'");
    assert_string_equal(gnuplot_quoted_tick(arena, "100%s %%'d", 10), "'100%%s %%%%''d'");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(axes_have_few_ticks_in_order_with_labels_of_their_own),
        cmocka_unit_test(colours_use_their_whole_range),
        cmocka_unit_test(times_of_day_are_round),
        WITH_DIRECTORY(without_gnuplot_there_is_a_note),
        WITH_DIRECTORY(a_gnuplot_that_fails_is_told),
        WITH_DIRECTORY(names_are_data_and_never_commands),
        WITH_DIRECTORY(gnuplot_would_run_what_is_not_quoted),
        WITH_DIRECTORY(figures_are_the_same_bytes_again),
        WITH_DIRECTORY(latency_is_drawn_by_its_percentiles),
        WITH_DIRECTORY(queries_are_drawn_too),
        WITH_DIRECTORY(values_that_stand_alone_are_told),
        WITH_DIRECTORY(lag_is_drawn_by_partition),
        WITH_DIRECTORY(the_lake_is_drawn_with_its_compactions),
        WITH_DIRECTORY(outputs_are_drawn_with_their_objectives),
        WITH_DIRECTORY(the_bill_is_drawn_whole),
        cmocka_unit_test(long_names_keep_both_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
