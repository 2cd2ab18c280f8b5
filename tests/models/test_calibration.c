/* Calibrations: what is shipped, what overrides it, and what is refused with its position. */
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
#include "calibration.h"
#include "diag.h"
#include "partition.h"

static const char data_dir[] = "scenarios";

static const char *write_text(struct arena *arena, const char *text)
{
    char path[] = "/tmp/test_calibration_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *out = fdopen(fd, "w");
    assert_non_null(out);
    fputs(text, out);
    assert_int_equal(fclose(out), 0);
    return arena_strdup(arena, path);
}

static void shipped_is_whole(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct diag *diag = diag_new();
    const struct calibration *c = calibration_load(NULL, data_dir, arena, diag);
    if (c == NULL) diag_print(diag, stderr);
    assert_non_null(c);
    assert_int_equal(diag_count(diag), 0);
    assert_int_equal(strlen(c->sha256), 64);
    assert_non_null(strstr(c->name, "core"));
    assert_true(strlen(c->host_cpu) > 0);
    /* Each row lands somewhere: nothing in the struct was left at 0. */
    assert_true(c->partition_ns[PARTITION_MURMUR2] > 0.5 && c->partition_ns[PARTITION_MURMUR2] < 1000);
    assert_true(c->crc32c_ns_per_byte > 0 && c->zstd_compress_ns_per_byte > c->zstd_decompress_ns_per_byte);
    const double *numbers = (const double *)(const void *)&c->kafka_broker;
    for (size_t i = 0; i < sizeof c->kafka_broker / sizeof(double); i++)
        assert_true(numbers[i] > 0);
    numbers = (const double *)(const void *)&c->presto;
    for (size_t i = 0; i < sizeof c->presto / sizeof(double); i++)
        assert_true(numbers[i] > 0);
    numbers = (const double *)(const void *)&c->latency;
    for (size_t i = 0; i < sizeof c->latency / sizeof(double); i++)
        assert_true(numbers[i] > 0);
    /* us and ms become ns. */
    assert_true(c->kafka_producer_client.batch_ns == 5000);
    assert_true(c->latency.object_put_p50_ns == 69750000);
    assert_true(c->presto.plan_ns == 400e6 && c->presto.split_bytes == 64 * 1024 * 1024);
    for (size_t i = 0; i < c->rows_n; i++) {
        assert_true(c->rows[i].low <= c->rows[i].value && c->rows[i].value <= c->rows[i].high);
        assert_true(strlen(c->rows[i].source) > 0 && strlen(c->rows[i].confidence) > 0);
    }
    /* A broker was measured by us; its followers and clients were not, and the file must not say so. */
    assert_string_equal(calibration_find(c, "kafka.broker.request")->confidence, "measured");
    assert_string_equal(calibration_find(c, "kafka.broker.network.fetch.partition")->confidence, "measured");
    assert_string_equal(calibration_find(c, "kafka.broker.follower.batch")->confidence, "estimate");
    assert_string_equal(calibration_find(c, "kafka.producer.record")->confidence, "estimate");
    assert_string_equal(calibration_find(c, "window.add")->confidence, "measured");
    assert_non_null(calibration_find(c, "window.add/keys:1000"));
    assert_null(calibration_find(c, "window.subtract"));
    diag_free(diag);
    arena_free(arena);
}

static void a_file_overrides(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct diag *diag = diag_new();
    const struct calibration *shipped = calibration_load(NULL, data_dir, arena, diag);
    const char *file =
        write_text(arena, "{\"calibration\": 1, \"name\": \"mine\", \"confidence\": \"measured\","
                          " \"source\": \"a test\", \"rows\": [{\"operation\": \"window.add\", \"unit\":"
                          " \"us/record\", \"value\": 2, \"low\": 1, \"high\": 3}]}");
    const struct calibration *c = calibration_load(file, data_dir, arena, diag);
    unlink(file);
    assert_non_null(c);
    assert_true(c->window_add_ns == 2000);
    assert_true(c->window_fire_pane_ns == shipped->window_fire_pane_ns);
    assert_string_equal(c->name, "mine");
    assert_string_not_equal(c->sha256, shipped->sha256);
    const struct calibration_row *row = calibration_find(c, "window.add");
    assert_true(row->low == 1000 && row->high == 3000);
    assert_string_equal(row->unit, "ns/record");
    assert_string_equal(row->file, file);
    assert_null(calibration_find(c, "window.add/keys:1000")); /* of another measurement */
    diag_free(diag);
    arena_free(arena);
}

#define ROW(text)                                                                                            \
    "{\"calibration\": 1, \"name\": \"x\", \"confidence\": \"estimate\", \"source\": \"s\", \"rows\": "      \
    "[\n" text "]}"
#define NUMBERS "\"value\": 2, \"low\": 1, \"high\": 3"

static void mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned line, column;
        const char *message;
    } cases[] = {
        {"", 1, 1, ""},
        {"[]", 1, 1, "a calibration is an object"},
        {"{\"calibration\": 2, \"name\": \"x\", \"rows\": []}", 1, 17, "must be 1"},
        {"{\"calibration\": 1, \"name\": \"x\"}", 1, 1, "\"rows\" must be an array"},
        {"{\"calibration\": 1, \"nmae\": \"x\", \"rows\": []}", 1, 20, "did you mean \"name\"?"},
        {ROW("{\"operation\": \"window.ad\", \"unit\": \"ns/record\", " NUMBERS "}"), 2, 15,
         "did you mean \"window.add\"?"},
        {ROW("{\"operation\": \"window.add\", \"unit\": \"ns/byte\", " NUMBERS "}"), 2, 37,
         "window.add is in ns/record"},
        {ROW("{\"operation\": \"presto.split.size\", \"unit\": \"bytes/split\", \"value\": 0, \"low\": 0, "
             "\"high\": 3}"),
         2, 68, "presto.split.size is at least 1"},
        {ROW("{\"operation\": \"window.add\", \"unit\": \"ns/record\", \"value\": 5, \"low\": 1, \"high\": "
             "3}"),
         2, 1, "not within"},
        {ROW("{\"operation\": \"window.add\", \"unit\": \"ns/record\", \"value\": -5, \"low\": 1, \"high\": "
             "3}"),
         2, 59, "at least 0"},
        {ROW("{\"operation\": \"window.add\", \"unit\": \"ns/record\", \"value\": 2, \"low\": 1}"), 2, 1,
         "has no \"high\""},
        {ROW("{\"unit\": \"ns/record\", " NUMBERS "}"), 2, 1, "has no \"operation\""},
        {ROW("{\"operation\": \"window.add\", \"unit\": \"ns/record\", \"confidence\": \"sure\", " NUMBERS
             "}"),
         2, 1, "must be \"measured\""},
        {ROW("{\"operation\": \"crc32c\", \"unit\": \"ns/byte\", " NUMBERS "},\n"
             "{\"operation\": \"crc32c\", \"unit\": \"ns/byte\", " NUMBERS "}"),
         3, 15, "given twice"},
        {ROW("7"), 2, 1, "an object fits here"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena *arena = arena_new(0);
        struct diag *diag = diag_new();
        const char *file = write_text(arena, cases[i].text);
        const struct calibration *c = calibration_load(file, data_dir, arena, diag);
        unlink(file);
        assert_null(c);
        bool found = false;
        for (size_t k = 0; diag_get(diag, k) != NULL; k++) {
            const struct diag_entry *e = diag_get(diag, k);
            found =
                found || (strcmp(e->file, file) == 0 && e->pos.line == cases[i].line &&
                          e->pos.column == cases[i].column && strstr(e->message, cases[i].message) != NULL);
        }
        if (!found) {
            diag_print(diag, stderr);
            fail_msg("case %zu: no mistake at %u:%u with \"%s\"", i, cases[i].line, cases[i].column,
                     cases[i].message);
        }
        diag_free(diag);
        arena_free(arena);
    }
}

static void missing_files(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct diag *diag = diag_new();
    assert_null(calibration_load("/nonexistent/c.json", data_dir, arena, diag));
    assert_int_equal(diag_count(diag), 1);
    assert_string_equal(diag_get(diag, 0)->file, "/nonexistent/c.json");
    assert_string_equal(diag_get(diag, 0)->message,
                        "there is no such calibration"); /* its name stands before it */
    assert_null(calibration_load(data_dir, data_dir, arena, diag));
    assert_int_equal(diag_count(diag), 2);
    assert_string_equal(diag_get(diag, 1)->message, "is a directory, not a file");
    assert_null(calibration_load(NULL, "/nonexistent", arena, diag));
    assert_int_equal(diag_count(diag), 8); /* the six that are shipped */
    diag_free(diag);
    arena_free(arena);
}

/* A copy with other costs: they land, it has a hash of its own, and what it came from is as it was. */
static void changed_costs(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct diag *diag = diag_new();
    const struct calibration *c = calibration_load(NULL, data_dir, arena, diag);
    assert_non_null(c);
    const double before = c->window_add_ns;
    const struct calibration_change changes[] = {
        {"window.add", 2 * before}, {"window.add/keys:1000", 9}, {"nobody.knows", 9}, {"presto.footer", 9}};
    const struct calibration *new = calibration_changed(c, "new", changes, 4, arena);
    assert_true(new->window_add_ns == 2 * before && c->window_add_ns == before);
    assert_true(calibration_find(new, "window.add")->value == 2 * before);
    assert_true(calibration_find(c, "window.add")->value == before);
    assert_true(new->presto.footer_bytes == c->presto.footer_bytes); /* no time */
    assert_true(new->crc32c_ns_per_byte == c->crc32c_ns_per_byte && new->rows_n == c->rows_n);
    assert_string_not_equal(new->sha256, c->sha256);
    assert_string_equal(new->sha256, calibration_changed(c, "other", changes, 4, arena)->sha256);
    assert_string_not_equal(new->sha256, calibration_changed(c, "new", changes, 0, arena)->sha256);
    assert_true(calibration_reads("window.add") && !calibration_reads("window.add/keys:1000"));
    diag_free(diag);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_is_whole),
        cmocka_unit_test(a_file_overrides),
        cmocka_unit_test(mistakes),
        cmocka_unit_test(missing_files),
        cmocka_unit_test(changed_costs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
