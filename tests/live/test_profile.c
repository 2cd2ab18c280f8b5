/* test_profile.c: the costs of a made-up broker are found from the design's own cells, and written as a calibration. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <jansson.h>

#include "arena.h"
#include "profile.h"
#include "rng.h"

/* What the made-up broker takes, ns, in the order of the profile's rows. */
static const struct {
    const char *operation;
    double ns;
} truth[] = {
    {"kafka.broker.request", 30000},
    {"kafka.broker.batch", 8000},
    {"kafka.broker.record", 60},
    {"kafka.broker.byte", 1},
    {"kafka.broker.decompress.batch", 15000},
    {"kafka.broker.decompress.byte", 1.2},
    {"kafka.broker.fetch.request", 25000},
    {"kafka.broker.fetch.partition", 7000},
    {"kafka.broker.fetch.idle", 900},
    {"kafka.broker.fetch.byte", 0.05},
    {"kafka.broker.network.request", 40000},
    {"kafka.broker.network.batch", 500},
    {"kafka.broker.network.byte", 0.9},
    {"kafka.broker.network.fetch.request", 50000},
    {"kafka.broker.network.fetch.partition", 12000},
    {"kafka.broker.network.fetch.byte", 0.4},
};
enum { TRUTHS = sizeof truth / sizeof *truth };
static const double IDLE_NS = 2e6;

static double cost(const char *operation)
{
    for (int i = 0; i < TRUTHS; i++)
        if (strcmp(truth[i].operation, operation) == 0) return truth[i].ns;
    fail_msg("no cost of %s", operation);
    return 0;
}

static double at(const char *operation, double n)
{
    return n * cost(operation);
}

/* The design as measured on the made-up broker, quiet cells half as dear again; noise is relative. */
static struct experiment_result made_up(struct arena *arena, double noise)
{
    struct cell cells[EXPERIMENT_CELLS_MAX];
    struct experiment_result result = {.cells_n = experiment_design(cells), .jvm = "a made-up VM", .kafka = "9.9.9"};
    struct rng rng;
    rng_init(&rng, NULL, 3, "test/profile");
    result.cells = arena_alloc(arena, (size_t)result.cells_n, sizeof *result.cells);
    for (int i = 0; i < result.cells_n; i++) {
        struct cell_result *c = &result.cells[i];
        double io = 0, network = 0;
        c->cell = cells[i];
        c->repeats = 1;
        for (int k = 0; k < EXPERIMENT_LOADS_MAX; k++) {
            const struct load *l = &cells[i].loads[k];
            struct load_counts *n = &c->counts[k];
            if (l->kind == LOAD_IDLE) continue;
            n->requests = l->requests_per_s > 0 ? l->requests_per_s : 1000;
            n->batches = n->requests * l->partitions;
            if (l->kind == LOAD_PRODUCE) {
                n->records = n->batches * l->records;
                n->bytes = n->batches * (61 + (double)l->records * l->record_bytes);
                const bool zstd = l->compression == RECORD_BATCH_ZSTD;
                n->raw_bytes = zstd ? 2 * n->bytes : 0;
                io += at("kafka.broker.request", n->requests) + at("kafka.broker.batch", n->batches) +
                      at("kafka.broker.record", n->records) + at("kafka.broker.byte", n->bytes) +
                      at("kafka.broker.decompress.batch", zstd ? n->batches : 0) + at("kafka.broker.decompress.byte", n->raw_bytes);
                network += at("kafka.broker.network.request", n->requests) + at("kafka.broker.network.batch", n->batches) +
                           at("kafka.broker.network.byte", n->bytes);
            } else {
                n->bytes = n->batches * l->partition_bytes;
                n->idle_partitions = n->requests * l->idle_partitions;
                io += at("kafka.broker.fetch.request", n->requests) + at("kafka.broker.fetch.partition", n->batches) +
                      at("kafka.broker.fetch.idle", n->idle_partitions) + at("kafka.broker.fetch.byte", n->bytes);
                network += at("kafka.broker.network.fetch.request", n->requests) +
                           at("kafka.broker.network.fetch.partition", n->batches) + at("kafka.broker.network.fetch.byte", n->bytes);
            }
        }
        const double dear = c->cell.part == CELL_QUIET ? 1.5 : 1;
        c->cpu_ns[JVM_IO] = (IDLE_NS + io) * dear * (1 + noise * rng_normal(&rng));
        c->cpu_ns[JVM_NETWORK] = (IDLE_NS + network) * dear * (1 + noise * rng_normal(&rng));
    }
    result.cpu_ns[JVM_IO] = 900;
    result.cpu_ns[JVM_NETWORK] = 100;
    result.cpu_ns[JVM_GC] = 50;
    return result;
}

static const struct regression_term *term(const struct profile *p, int row)
{
    static const int rows[PROFILE_FITS_N] = {6, 4, 3, 3};
    int f = 0;
    while (row >= rows[f])
        row -= rows[f++];
    return &p->fits[f].regression.terms[row + 1];
}

static void exact_costs_are_found(void **state)
{
    struct arena *arena = *state;
    struct profile p;
    char error[EXPERIMENT_ERROR_SIZE];
    struct experiment_result result = made_up(arena, 0);
    assert_true(profile_fit(&result, arena, &p, error, sizeof error));
    for (int i = 0; i < TRUTHS; i++)
        if (fabs(term(&p, i)->value / truth[i].ns - 1) > 1e-3)
            fail_msg("%s is %g, not %g", truth[i].operation, term(&p, i)->value, truth[i].ns);
    for (int f = 0; f < PROFILE_FITS_N; f++)
        assert_true(fabs(p.fits[f].regression.terms[0].value / IDLE_NS - 1) < 1e-3);
    assert_true(fabs(p.quiet_ratio - 1.5) < 1e-3);
    assert_true(fabs(p.gc_share - 0.05) < 1e-9);
    for (int i = 0; i < result.cells_n; i++)
        if (result.cells[i].cell.part == CELL_CHECK) {
            assert_true(fabs(p.predicted[i].io_ns / result.cells[i].cpu_ns[JVM_IO] - 1) < 1e-3);
            assert_true(fabs(p.predicted[i].network_ns / result.cells[i].cpu_ns[JVM_NETWORK] - 1) < 1e-3);
        }
}

/* The design tells them apart: at 15 % noise every interval is near its cost, and most hold it. */
static void the_design_separates_costs(void **state)
{
    struct arena *arena = *state;
    struct profile p;
    char error[EXPERIMENT_ERROR_SIZE];
    struct experiment_result result = made_up(arena, 0.15);
    int held = 0;
    assert_true(profile_fit(&result, arena, &p, error, sizeof error));
    for (int i = 0; i < TRUTHS; i++) {
        const struct regression_term *t = term(&p, i);
        if (t->value > 4 * truth[i].ns || (t->value < truth[i].ns / 4 && !t->held))
            fail_msg("%s is %g, not %g", truth[i].operation, t->value, truth[i].ns);
        held += t->low <= truth[i].ns && truth[i].ns <= t->high;
    }
    assert_true(held >= 13); /* of 16, each with 95 %: fewer with probability 0.7 % */
    for (int f = 0; f < PROFILE_FITS_N; f++)
        assert_true(p.fits[f].regression.condition < 5 && p.fits[f].regression.residual_rms > 0.05);
}

/* The canary: a broker whose batches cost nothing has no batch cost. */
static void other_costs_are_not_found(void **state)
{
    struct arena *arena = *state;
    struct profile p;
    char error[EXPERIMENT_ERROR_SIZE];
    struct experiment_result result = made_up(arena, 0);
    for (int i = 0; i < result.cells_n; i++)
        result.cells[i].cpu_ns[JVM_IO] -= at("kafka.broker.batch", result.cells[i].cell.loads[0].kind == LOAD_PRODUCE
                                                                       ? result.cells[i].counts[0].batches
                                                                       : 0);
    assert_true(profile_fit(&result, arena, &p, error, sizeof error));
    assert_true(term(&p, 1)->value < 10);
    assert_true(fabs(term(&p, 0)->value / truth[0].ns - 1) < 1e-2);
}

static void threads_without_time_are_told(void **state)
{
    struct arena *arena = *state;
    struct profile p;
    char error[EXPERIMENT_ERROR_SIZE] = "";
    struct experiment_result result = made_up(arena, 0);
    for (int i = 0; i < result.cells_n; i++)
        result.cells[i].cpu_ns[JVM_NETWORK] = 0;
    assert_false(profile_fit(&result, arena, &p, error, sizeof error));
    assert_non_null(strstr(error, "network threads took no time"));
}

static void a_calibration_is_written(void **state)
{
    struct arena *arena = *state;
    struct profile p;
    char error[EXPERIMENT_ERROR_SIZE], path[] = "/tmp/headroom-profile-XXXXXX";
    struct experiment_result result = made_up(arena, 0);
    assert_true(profile_fit(&result, arena, &p, error, sizeof error));
    const int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    assert_true(profile_write(&p, path, "2026-11-22", error, sizeof error));
    json_t *root = json_load_file(path, 0, NULL);
    unlink(path);
    assert_non_null(root);
    assert_non_null(strstr(json_string_value(json_object_get(root, "name")), "kafka-broker-9.9.9-"));
    assert_string_equal(json_string_value(json_object_get(root, "confidence")), "measured");
    const json_t *rows = json_object_get(root, "rows");
    assert_int_equal(json_array_size(rows), TRUTHS);
    for (size_t i = 0; i < TRUTHS; i++) {
        const json_t *row = json_array_get(rows, i);
        const double value = json_number_value(json_object_get(row, "value"));
        assert_string_equal(json_string_value(json_object_get(row, "operation")), truth[i].operation);
        assert_true(fabs(value / truth[i].ns - 1) < 2e-3);
        assert_true(json_number_value(json_object_get(row, "low")) <= value);
        assert_true(json_number_value(json_object_get(row, "high")) >= value);
    }
    assert_int_equal(json_array_size(json_object_get(root, "fits")), PROFILE_FITS_N);
    assert_int_equal(json_array_size(json_object_get(root, "cells")), result.cells_n);
    json_decref(root);
}

static int set_up(void **state)
{
    *state = arena_new(0);
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(exact_costs_are_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_design_separates_costs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_costs_are_not_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(threads_without_time_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_calibration_is_written, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
