/* The bench, on short repeats: every row is measured, names are found, files are in form. */
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
#include "bare_queues.h"
#include "bench.h"
#include "bench_several.h"
#include "bench_time.h"
#include "diag.h"
#include "file.h"
#include "json.h"
#include "librdkafka.h"
#include "partition_hash.h"
#include "philox.h"

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
    size_t n;
    const char *names[BENCH_ROWS_MAX];
    const size_t names_n = bench_names(false, names);
    const struct bench_options options = {
        .calibration = calibration, .json = json, .repeats = 3, .repeat_s = 0.0002, .date = "2026-01-02"};
    if (!bench_run(&options, rows, &n, error, sizeof error)) fail_msg("%s", error);
    assert_int_equal(n, names_n);
    size_t of_paths = 0, repetitions = 0;
    for (size_t i = 0; i < n; i++) {
        of_paths += !rows[i].kernel;
        assert_string_equal(rows[i].name, names[i]);
        assert_true(rows[i].low > 0 && rows[i].low <= rows[i].value && rows[i].value <= rows[i].high);
        assert_true(rows[i].value < 1e6); /* no operation here takes a millisecond */
        assert_true(rows[i].repeats == 3 || rows[i].repeats == 1); /* what takes long: a third */
        repetitions += (size_t)rows[i].repeats;
        assert_true(rows[i].iterations >= 1 && rows[i].wall_ns > 0);
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
    assert_int_equal(json_member(root, "rows")->n, of_paths);
    assert_true(of_paths > 0 && of_paths < n);
    char own_name[256];
    if (gethostname(own_name, sizeof own_name) == 0 && strlen(own_name) > 3)
        assert_null(strstr(json_member(root, "name")->text, own_name));
    root = read_json(json, arena);
    const struct json_value *benchmarks = json_member(root, "benchmarks");
    assert_true(repetitions > n && repetitions < 3 * n);
    /* The repetitions and four aggregates each, as Google Benchmark writes them. */
    static const char *const aggregates[] = {"mean", "median", "stddev", "cv"};
    assert_int_equal(benchmarks->n, repetitions + 4 * n);
    size_t row = 0, place = 0, first[BENCH_ROWS_MAX] = {0};
    for (size_t i = 0; i < benchmarks->n; i++, place++) {
        if (place == (size_t)rows[row].repeats + 4) {
            first[++row] = i;
            place = 0;
        }
        const struct json_value *item = &benchmarks->items[i];
        const char *name = rows[row].name;
        const size_t own = (size_t)rows[row].repeats;
        assert_string_equal(json_member(item, "run_name")->text, name);
        assert_string_equal(json_member(item, "time_unit")->text, "ns");
        assert_int_equal(json_member(item, "repetitions")->integer, own);
        assert_int_equal(json_member(item, "threads")->integer, 1);
        assert_true(json_member(item, "cpu_time")->number >= 0 && json_member(item, "real_time")->number >= 0);
        if (place < own) {
            assert_string_equal(json_member(item, "name")->text, name);
            assert_string_equal(json_member(item, "run_type")->text, "iteration");
            assert_int_equal(json_member(item, "repetition_index")->integer, place);
            assert_true(json_member(item, "cpu_time")->number > 0);
            assert_true(json_member(item, "items_per_second")->number > 0);
            assert_int_equal(json_member(item, "iterations")->integer, rows[row].iterations);
            assert_int_equal(json_member(item, "process")->integer, 0);
        } else {
            const char *aggregate = aggregates[place - own];
            assert_string_equal(json_member(item, "run_type")->text, "aggregate");
            assert_string_equal(json_member(item, "aggregate_name")->text, aggregate);
            assert_string_equal(json_member(item, "aggregate_unit")->text, place - own == 3 ? "percentage" : "time");
            assert_int_equal(strncmp(json_member(item, "name")->text, name, strlen(name)), 0);
            assert_string_equal(json_member(item, "name")->text + strlen(name) + 1, aggregate);
            if (place - own == 1) assert_true(fabs(json_member(item, "cpu_time")->number / rows[row].value - 1) < 1e-5);
        }
    }
    /* Either the machine counts instructions, or the file says why not. */
    const struct json_value *context = json_member(root, "context");
    const bool counted = json_member(context, "instructions")->kind == JSON_VALUE_STRING;
    assert_true(counted == (json_member(context, "instructions_why") == NULL));
    for (size_t i = 0; i < n; i++)
        assert_true(counted == (json_member(&benchmarks->items[first[i]], "INSTRUCTIONS") != NULL) &&
                    counted == (rows[i].instructions > 0));
    assert_int_equal(json_member(context, "json_schema_version")->integer, 1);
    const struct json_value *pinned = json_member(context, "pinned_to_cpu");
    assert_true((pinned->kind == JSON_VALUE_NULL) == (json_member(context, "pinned_to_cpu_why") != NULL));
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
    /* Paths alone: without the reference that the row is otherwise timed beside. */
    options.filter = "murmur2/bytes:16";
    options.paths_only = true;
    assert_true(bench_run(&options, rows, &n, error, sizeof error));
    assert_int_equal(n, 1);
    assert_string_equal(rows[0].name, "partition.murmur2/bytes:16");
    assert_null(rows[0].reference);
    options.filter = "kernel";
    assert_false(bench_run(&options, rows, &n, error, sizeof error));
    assert_non_null(strstr(error, "no path's name contains \"kernel\""));
    options.paths_only = false;
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

/* A row of the kernel and its reference come together, whichever was asked for, and the ratio is told. */
static void kernel_beside_its_references(void **state)
{
    (void)state;
    char json[64], error[BENCH_ERROR_SIZE];
    snprintf(json, sizeof json, "%s/k.json", directory);
    struct bench_row rows[BENCH_ROWS_MAX];
    size_t n;
    struct bench_options options = {
        .filter = "reference/mm1", .json = json, .repeats = 3, .repeat_s = 0.0002, .date = "2026-01-02"};
    assert_true(bench_run(&options, rows, &n, error, sizeof error));
    assert_int_equal(n, 2);
    assert_string_equal(rows[0].name, "kernel/mm1");
    assert_string_equal(rows[0].reference, "reference/mm1_bare_heap");
    assert_string_equal(rows[1].name, "reference/mm1_bare_heap");
    assert_null(rows[1].reference);
    assert_true(rows[0].ratio > 0.001 && rows[0].ratio < 1000);
    struct arena *arena = arena_new(0);
    const struct json_value *benchmarks = json_member(read_json(json, arena), "benchmarks");
    assert_int_equal(benchmarks->n, 14);
    assert_string_equal(json_member(&benchmarks->items[4], "label")->text, "reference/mm1_bare_heap");
    assert_true(json_member(&benchmarks->items[4], "ratio_to_reference")->number > 0);
    assert_null(json_member(&benchmarks->items[11], "label"));
    unlink(json);
    arena_free(arena);
    options.json = NULL;
    options.filter = "hold/100";
    assert_true(bench_run(&options, rows, &n, error, sizeof error));
    assert_int_equal(n, 6); /* 100, 10000 and 1000000 */
    for (size_t i = 0; i < n; i += 2)
        assert_string_equal(rows[i].reference, rows[i + 1].name);
}

static char *text_of_file(const char *path, struct arena *arena, size_t *n)
{
    char error[FILE_ERROR_SIZE], *text;
    assert_int_equal(file_read(path, 1 << 20, arena, &text, n, error, sizeof error), FILE_OK);
    return text;
}

/* What two processes wrote is one measurement: every repetition in it, with which process it is of. */
static void several_processes(void **state)
{
    (void)state;
    char json[64], calibration[64], error[BENCH_ERROR_SIZE];
    snprintf(json, sizeof json, "%s/p.json", directory);
    snprintf(calibration, sizeof calibration, "%s/pc.json", directory);
    struct arena *arena = arena_new(0);
    struct bench_options options = {.filter = "fnv1a", .json = json, .repeats = 3, .repeat_s = 0.0002};
    struct bench_several *s = bench_several_new(arena);
    size_t n = 0;
    char *text = NULL;
    for (int process = 0; process < 2; process++) {
        assert_true(bench_run(&options, NULL, NULL, error, sizeof error));
        text = text_of_file(json, arena, &n);
        if (!bench_several_add(s, text, n, error, sizeof error)) fail_msg("%s", error);
    }
    options.calibration = calibration;
    if (!bench_several_tell(s, &options, error, sizeof error)) fail_msg("%s", error);
    const struct json_value *root = read_json(json, arena), *benchmarks = json_member(root, "benchmarks");
    assert_int_equal(benchmarks->n, 2 * (6 + 4));
    for (int i = 0; i < 6; i++) {
        const struct json_value *item = &benchmarks->items[i];
        assert_string_equal(json_member(item, "run_name")->text, "partition.fnv1a");
        assert_int_equal(json_member(item, "process")->integer, i / 3);
        assert_int_equal(json_member(item, "repetition_index")->integer, i);
        assert_int_equal(json_member(item, "repetitions")->integer, 6);
        assert_true(json_member(item, "cpu_time")->number > 0);
    }
    const struct json_value *context = json_member(root, "context");
    assert_int_equal(json_member(context, "processes")->integer, 2);
    assert_true(json_member(context, "yardstick_ns")->number > 0);
    const struct json_value *rows = json_member(read_json(calibration, arena), "rows");
    assert_int_equal(rows->n, 2);
    assert_string_equal(json_member(&rows->items[0], "unit")->text, "ns/key");
    assert_int_equal(json_member(&rows->items[0], "n")->integer, 6);
    /* What is no measurement, or not of the same rows, is told. */
    assert_false(bench_several_add(s, "{}", 2, error, sizeof error));
    assert_non_null(strstr(error, "wrote no measurement"));
    assert_false(bench_several_add(s, text, n / 2, error, sizeof error));
    assert_non_null(strstr(error, "wrote no JSON"));
    options = (struct bench_options){.filter = "crc32c", .json = json, .repeats = 3, .repeat_s = 0.0002};
    assert_true(bench_run(&options, NULL, NULL, error, sizeof error));
    text = text_of_file(json, arena, &n);
    assert_false(bench_several_add(s, text, n, error, sizeof error));
    assert_non_null(strstr(error, "crc32c, which the first process did not"));
    bench_several_free(s);
    unlink(json);
    unlink(calibration);
    arena_free(arena);
}

/* What murmur2 is timed beside computes the same, be it librdkafka's own or the plain loop. */
static void librdkafkas_murmur2(void **state)
{
    (void)state;
    struct philox philox = philox_named(3, "test/murmur2");
    const char *what;
    librdkafka_partitioner *const partitioners[] = {librdkafka_murmur2(&what), librdkafka_murmur2_plain};
    assert_true(strlen(what) > 0);
    for (int i = 0; i < 20000; i++) {
        unsigned char key[80];
        const size_t n = philox_below(&philox, sizeof key), from = philox_below(&philox, sizeof key - n);
        const int32_t partitions = 1 + (int32_t)philox_below(&philox, 2000);
        for (size_t b = 0; b < sizeof key; b++) key[b] = (unsigned char)philox_next_u64(&philox);
        for (int which = 0; which < 2; which++)
            assert_int_equal(partitioners[which](NULL, key + from, n, partitions, NULL, NULL),
                             partition_murmur2(key + from, n, partitions));
    }
}

/* The reference must be a priority queue, or it is no reference. */
static void bare_queues_keep_order(void **state)
{
    (void)state;
    static const uint64_t spans[] = {1, 5, 1000, 1000000000};
    for (int i = 0; i < 4; i++) {
        enum { PENDING = 3000 };
        struct arena *arena = arena_new(0);
        struct philox draws = philox_named(1, "bare");
        struct bare_heap heap;
        struct bare_ladder ladder;
        bare_heap_init(&heap, arena, PENDING);
        bare_ladder_init(&ladder, arena, PENDING);
        int64_t now = 0;
        for (uint32_t n = 0; n < 60000; n++) {
            if (n >= PENDING) {
                const struct bare_event a = bare_heap_pop(&heap), b = bare_ladder_pop(&ladder);
                assert_true(a.time == b.time && a.time >= now);
                now = a.time;
            }
            /* Nine in ten are near, so that rungs are split. */
            const uint64_t span = philox_below(&draws, 10) ? 1 + spans[i] / 100 : spans[i];
            const int64_t time = now + (int64_t)philox_below(&draws, span);
            bare_heap_push(&heap, (struct bare_event){time, n});
            bare_ladder_push(&ladder, time, n);
        }
        arena_free(arena);
    }
}

/* Timing leaves the process where it was allowed to run before. */
static void pinned_and_set_free(void **state)
{
    (void)state;
    char error[BENCH_ERROR_SIZE];
    const long before = bench_allowed_cpus();
    const struct bench_options options = {.filter = "crc32c", .repeats = 1, .repeat_s = 0.0001};
    assert_true(bench_run(&options, NULL, NULL, error, sizeof error));
    assert_int_equal(bench_allowed_cpus(), before);
    struct bench_watch watch;
    bench_watch_begin(&watch);
    assert_true((watch.cpu < 0) == (watch.cpu_why[0] != '\0'));
    assert_true((watch.counter < 0) == (watch.counter_why[0] != '\0'));
    assert_int_equal(bench_allowed_cpus(), watch.cpu < 0 ? before : 1);
    bench_watch_end(&watch);
    assert_int_equal(bench_allowed_cpus(), before);
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
        cmocka_unit_test(kernel_beside_its_references),
        cmocka_unit_test(several_processes),
        cmocka_unit_test(librdkafkas_murmur2),
        cmocka_unit_test(bare_queues_keep_order),
        cmocka_unit_test(pinned_and_set_free),
        cmocka_unit_test(more_work_takes_longer),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
