/* The bench, on short repeats: every row is measured, names are found, files are in form. */
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
#include "bench.h"
#include "diag.h"
#include "file.h"
#include "json.h"

static char directory[] = "/tmp/test_bench_XXXXXX";

static int make_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) == NULL;
}

static int remove_directory(void **state)
{
    (void)state;
    return rmdir(directory);
}

static struct json_value *read_json(const char *path, struct arena *arena)
{
    char error[FILE_ERROR_SIZE];
    char *text;
    size_t n;
    assert_int_equal(file_read(path, 1 << 20, arena, &text, &n, error, sizeof error), FILE_OK);
    struct diag *diag = diag_new();
    struct json_value *root = json_read(path, text, n, arena, diag);
    assert_int_equal(diag_count(diag), 0);
    assert_non_null(root);
    diag_free(diag);
    return root;
}

static void every_row(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    char calibration[64], json[64], error[BENCH_ERROR_SIZE];
    snprintf(calibration, sizeof calibration, "%s/c.json", directory);
    snprintf(json, sizeof json, "%s/b.json", directory);
    struct bench_row rows[BENCH_ROWS_MAX];
    size_t n, names_n;
    const char *const *names = bench_names(&names_n);
    const struct bench_options options = {
        .calibration = calibration, .json = json, .repeats = 3, .repeat_s = 0.0002, .date = "2026-01-02"};
    if (!bench_run(&options, rows, &n, error, sizeof error)) fail_msg("%s", error);
    assert_int_equal(n, names_n);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(rows[i].name, names[i]);
        assert_true(rows[i].low > 0 && rows[i].low <= rows[i].value && rows[i].value <= rows[i].high);
        assert_true(rows[i].value < 1e6); /* no operation here takes a millisecond */
        assert_int_equal(rows[i].repeats, 3);
        assert_true(rows[i].iterations >= 1 && rows[i].cpu_ns >= 0);
    }
    const struct json_value *root = read_json(calibration, arena);
    char host[160];
    bench_host(host, sizeof host);
    assert_non_null(strstr(host, "core"));
    assert_null(strpbrk(host, " ()_/"));
    assert_int_equal(strncmp(json_member(root, "name")->text, host, strlen(host)), 0);
    assert_string_equal(json_member(root, "name")->text + strlen(host), "-2026-01");
    assert_string_equal(json_member(root, "date")->text, "2026-01-02");
    assert_int_equal(json_member(root, "calibration")->integer, 1);
    assert_int_equal(json_member(root, "rows")->n, n);
    char own_name[256];
    if (gethostname(own_name, sizeof own_name) == 0 && strlen(own_name) > 3)
        assert_null(strstr(json_member(root, "name")->text, own_name));
    root = read_json(json, arena);
    const struct json_value *benchmarks = json_member(root, "benchmarks");
    assert_int_equal(benchmarks->n, n);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(json_member(&benchmarks->items[i], "name")->text, rows[i].name);
        assert_true(json_member(&benchmarks->items[i], "real_time")->number > 0);
        assert_true(json_member(&benchmarks->items[i], "items_per_second")->number > 0);
        assert_string_equal(json_member(&benchmarks->items[i], "time_unit")->text, "ns");
    }
    unlink(calibration);
    unlink(json);
    arena_free(arena);
}

static void filters_and_mistakes(void **state)
{
    (void)state;
    char error[BENCH_ERROR_SIZE] = "";
    struct bench_row rows[BENCH_ROWS_MAX];
    size_t n;
    struct bench_options options = {.filter = "crc32c", .repeats = 1, .repeat_s = 0.0001};
    assert_true(bench_run(&options, rows, &n, error, sizeof error));
    assert_int_equal(n, 1);
    options.filter = "window.ad";
    assert_true(bench_run(&options, rows, &n, error, sizeof error));
    assert_true(n > 1);
    options.filter = "windw.add";
    assert_false(bench_run(&options, rows, &n, error, sizeof error));
    assert_non_null(strstr(error, "did you mean \"window.add\"?"));
    options.filter = "crc32c";
    options.calibration = "/tmp/never-written.json";
    assert_false(bench_run(&options, rows, &n, error, sizeof error));
    assert_non_null(strstr(error, "needs every operation"));
    options.filter = NULL;
    options.calibration = "/nonexistent/c.json"; /* found before anything is timed */
    assert_false(bench_run(&options, rows, &n, error, sizeof error));
    assert_non_null(strstr(error, "/nonexistent/c.json"));
    options = (struct bench_options){.repeats = BENCH_REPEATS_MAX + 1};
    assert_false(bench_run(&options, rows, &n, error, sizeof error));
}

/* What the rows say must hang together: more work takes longer. Wide margins, for hosts that are busy. */
static void more_work_takes_longer(void **state)
{
    (void)state;
    char error[BENCH_ERROR_SIZE];
    struct bench_row rows[BENCH_ROWS_MAX];
    size_t n;
    const struct bench_options options = {.filter = "murmur2/bytes", .repeats = 9, .repeat_s = 0.001};
    assert_true(bench_run(&options, rows, &n, error, sizeof error));
    double of_8 = 0, of_64 = 0;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(rows[i].name, "partition.murmur2/bytes:8") == 0) of_8 = rows[i].low;
        if (strcmp(rows[i].name, "partition.murmur2/bytes:64") == 0) of_64 = rows[i].low;
    }
    assert_true(of_8 > 0 && of_64 > of_8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row),
        cmocka_unit_test(filters_and_mistakes),
        cmocka_unit_test(more_work_takes_longer),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
