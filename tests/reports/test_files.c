/* test_files.c: the outputs of a run in a directory — JSON, CSV, verdict — and the programs behind them. */
#include "files.h"

#include "csv.h"
#include "figures.h"
#include "json.h"
#include "record.h"
#include "reports/directory_fixture.h"

#include <math.h>
#include <time.h>

/* --- All files --- */

static void every_output_is_written(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record *r = sample_record(arena, &plain);
    const char *out_dir = in_directory(arena, "new/deep");
    struct report_files_result result;
    assert_true(
        report_files(r,
                     &(struct report_files_options){
                         .out_dir = out_dir, .with_host = true, .figures = true, .plots_dir = "plots"},
                     arena, &result));
    static const char *const wanted[] = {"result.json",  "series.csv",   "verdict.txt",     "report.md",
                                         "timeline.svg", "timeline.png", "lag.svg",         "lag.png",
                                         "freshness.svg", "freshness.png", "outputs.svg",   "outputs.png",
                                         "lake.svg",     "lake.png",     "latency.svg",     "latency.png",
                                         "utilization.svg", "utilization.png", "cost.svg",  "cost.png"};
    int n = has_gnuplot() ? 20 : 4;
    assert_int_equal(result.files_n, n);
    for (int i = 0; i < n; i++) {
        assert_string_equal(result.files[i], wanted[i]);
        struct stat status;
        assert_int_equal(stat(arena_printf(arena, "%s/%s", out_dir, wanted[i]), &status), 0);
        assert_true(status.st_size > 500);
    }
    if (has_gnuplot()) {
        assert_int_equal(result.figures, FIGURES_DRAWN);
        assert_null(result.figures_note);
    } else {
        assert_int_equal(result.figures, FIGURES_NO_GNUPLOT);
        assert_non_null(strstr(result.figures_note, "gnuplot-nox"));
    }
    size_t m;
    /* No file says where it lies, so that the same record gives the same bytes anywhere. */
    assert_non_null(
        strstr(contents(arena, "new/deep/verdict.txt", &m), "beside this one: result.json series.csv"));
    assert_null(strstr(contents(arena, "new/deep/verdict.txt", &m), directory));
    assert_null(strstr(contents(arena, "new/deep/report.md", &m), directory));
    /* No temporary file is left. */
    DIR *list = opendir(out_dir);
    int entries = 0;
    for (struct dirent *entry; (entry = readdir(list)) != NULL;)
        entries += entry->d_name[0] != '.';
    closedir(list);
    assert_int_equal(entries, n + 1);
    arena_free(arena);
}

static void a_directory_that_cannot_be_is_an_error(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record *r = sample_record(arena, &plain);
    write_script(arena, "file", "");
    struct report_files_result result;
    struct report_files_options options = {.out_dir = in_directory(arena, "file/below"),
                                           .plots_dir = "plots"};
    assert_false(report_files(r, &options, arena, &result));
    assert_non_null(strstr(result.error, "file"));
    arena_free(arena);
}

static void json_on_a_stream_is_one_document(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record *r = sample_record(arena, &plain);
    char *text = NULL, error[256] = "";
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    assert_true(report_json(r, false, out, error, sizeof(error)));
    fclose(out);
    json_t *document = json_loadb(text, n, 0, NULL); /* refuses anything after it */
    assert_non_null(document);
    assert_null(json_object_get(document, "host"));
    json_decref(document);
    free(text);
    out = fopen("/dev/full", "w");
    assert_non_null(out);
    assert_false(report_json(r, true, out, error, sizeof(error)));
    assert_non_null(strstr(error, "o space left"));
    fclose(out);
    out = fopen("/dev/full", "w");
    assert_false(report_csv(r, out, error, sizeof(error)));
    fclose(out);
    arena_free(arena);
}

/* --- CSV --- */

/* Splits one line of RFC 4180 in place; returns how many fields, and moves *text behind the line. */
static int split_line(char **text, char *fields[], int fields_max)
{
    int n = 0;
    char *from = *text;
    for (;;) {
        assert_true(n < fields_max);
        char *to = from;
        fields[n++] = to;
        if (*from == '"') {
            from++;
            while (*from != '"' || from[1] == '"') {
                assert_true(*from != '\0');
                from += *from == '"';
                *to++ = *from++;
            }
            from++;
        } else {
            while (*from != ',' && *from != '\r' && *from != '\0')
                *to++ = *from++;
        }
        char end = *from;
        *to = '\0';
        if (end == ',') {
            from++;
            continue;
        }
        assert_true(end == '\r' && from[1] == '\n');
        *text = from + 2;
        return n;
    }
}

static void csv_has_units_and_every_step(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    for (int h = 0; h < 2; h++) {
        struct record *r = sample_record(arena, h == 0 ? &plain : &hostile);
        size_t n;
        char *text = report_csv_text(r, arena, &n), *fields[64];
        assert_int_equal(strlen(text), n);
        int columns = split_line(&text, fields, 64);
        assert_int_equal(columns, 2 + r->series.columns_n);
        assert_string_equal(fields[0], "time_s");
        assert_string_equal(fields[1], "time_of_day");
        assert_string_equal(fields[2], "produced_per_s");
        for (int c = 0; c < r->series.columns_n; c++) {
            const char *name = r->series.columns[c].name;
            if (strncmp(name, "lag.", 4) == 0) name = arena_printf(arena, "%s_records", name);
            if (strncmp(name, "freshness.", 10) == 0 || strncmp(name, "staleness.", 10) == 0)
                name = arena_printf(arena, "%s_s", name);
            assert_string_equal(fields[2 + c], name);
        }
        for (int i = 0; i < r->series.n; i++) {
            assert_int_equal(split_line(&text, fields, 64), columns);
            assert_true(strtod(fields[0], NULL) == r->series.t[i]);
            for (int c = 0; c < r->series.columns_n; c++) {
                double value = r->series.columns[c].values[i];
                if (isnan(value))
                    assert_string_equal(fields[2 + c], "");
                else
                    assert_true(strtod(fields[2 + c], NULL) == value);
            }
            if (i == 361) assert_string_equal(fields[1], "19:00:10");
        }
        assert_string_equal(text, "");
    }
    arena_free(arena);
}

/* --- Other programs --- */

static void a_program_is_ended_when_its_time_is_up(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    write_script(arena, "hangs", "echo before; sleep 30 & sleep 30");
    const char *argv[] = {in_directory(arena, "hangs"), NULL};
    struct child_result result;
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    child_run(argv, directory, 1, &result);
    clock_gettime(CLOCK_MONOTONIC, &to);
    assert_int_equal(result.status, CHILD_TIMED_OUT);
    assert_string_equal(result.output, "before\n");
    assert_in_range(to.tv_sec - from.tv_sec, 0, 10);
    /* One that closes its output and goes on is no different. */
    write_script(arena, "hides", "exec >/dev/null 2>&1; sleep 30");
    argv[0] = in_directory(arena, "hides");
    child_run(argv, directory, 1, &result);
    assert_int_equal(result.status, CHILD_TIMED_OUT);
    arena_free(arena);
}

static void a_program_gets_its_arguments_as_they_are(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    write_script(arena, "says", "pwd; for a in \"$@\"; do echo \"<$a>\"; done; echo $LC_ALL; cat; exit 7");
    const char *argv[] = {in_directory(arena, "says"), "a b", "$(touch pwned)", "`x`;'\"", NULL};
    struct child_result result;
    child_run(argv, directory, 20, &result);
    assert_int_equal(result.status, CHILD_FAILED);
    assert_int_equal(result.exit_code, 7);
    assert_string_equal(result.output,
                        arena_printf(arena, "%s\n<a b>\n<$(touch pwned)>\n<`x`;'\">\nC\n", directory));
    assert_int_not_equal(access(in_directory(arena, "pwned"), F_OK), 0);
    const char *flood[] = {"/bin/sh", "-c", "yes | head -c 1000000", NULL};
    child_run(flood, directory, 20, &result);
    assert_int_equal(result.status, CHILD_DONE);
    assert_int_equal(strlen(result.output), CHILD_OUTPUT_MAX);
    const char *none[] = {"/nonexistent/program", NULL};
    child_run(none, directory, 20, &result);
    assert_int_equal(result.status, CHILD_FAILED);
    assert_int_equal(result.exit_code, 127);
    char path[4096];
    assert_false(child_find("no-such-program-anywhere", path, sizeof(path)));
    assert_true(child_find("sh", path, sizeof(path)));
    assert_true(path[0] == '/');
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIRECTORY(every_output_is_written),
        WITH_DIRECTORY(a_directory_that_cannot_be_is_an_error),
        cmocka_unit_test(json_on_a_stream_is_one_document),
        cmocka_unit_test(csv_has_units_and_every_step),
        WITH_DIRECTORY(a_program_is_ended_when_its_time_is_up),
        WITH_DIRECTORY(a_program_gets_its_arguments_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
