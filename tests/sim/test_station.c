/* test_station.c: the event-driven station by hand, and M/M/c/K against its closed form. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>

#include "arena.h"
#include "check_fires.h"
#include "confidence.h"
#include "kernel.h"
#include "rng.h"
#include "station.h"

struct log {
    int64_t job[32];
    sim_time at[32];
    int n;
};

static void note(struct kernel *k, void *context, int64_t argument)
{
    struct log *log = context;
    log->job[log->n] = argument;
    log->at[log->n++] = kernel_now(k);
}

static void test_by_hand(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct kernel k;
    struct station s;
    struct log log = {0};
    kernel_init(&k, arena, 8);
    station_init(&s, &k, arena, 2, 3, 0);
    const uint64_t first = station_arrive(&s, 10, note, &log, 1);
    station_arrive(&s, 20, note, &log, 2);
    station_arrive(&s, 5, note, &log, 3);
    const uint64_t fourth = station_arrive(&s, 5, note, &log, 4);
    station_arrive(&s, 5, note, &log, 5);
    assert_int_equal(station_arrive(&s, 5, note, &log, 6), 0); /* the room is full */
    assert_false(station_withdraw(&s, first));                 /* it is in service */
    assert_true(station_withdraw(&s, fourth));                 /* from the middle of the line */
    assert_false(station_withdraw(&s, fourth));
    assert_false(station_withdraw(&s, 0));
    assert_true(station_arrive(&s, 1, note, &log, 7) != 0);
    kernel_run_until(&k, 1000);
    const int64_t jobs[] = {1, 3, 2, 5, 7};
    const sim_time at[] = {10, 15, 20, 20, 21};
    assert_int_equal(log.n, 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(log.job[i], jobs[i]);
        assert_int_equal(log.at[i], at[i]);
    }
    assert_int_equal(s.served, 5);
    assert_int_equal(s.refused, 1);
    assert_int_equal(s.withdrawn, 1);
    assert_int_equal(s.busy, 0);
    assert_int_equal(s.waiting, 0);
    assert_true(s.busy_ns == 41);
    assert_check_fires(station_arrive(&s, -1, note, &log, 0));
    arena_free(arena);
}

static void test_classes_by_hand(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct kernel k;
    struct station s;
    struct log log = {0};
    kernel_init(&k, arena, 8);
    station_init(&s, &k, arena, 1, 8, 0);
    station_arrive_class(&s, 3, 10, note, &log, 1);
    station_arrive_class(&s, 1, 10, note, &log, 2);
    const uint64_t third = station_arrive_class(&s, 1, 10, note, &log, 3);
    station_arrive_class(&s, 0, 10, note, &log, 4); /* overtakes those that wait, not the one in service */
    station_arrive_class(&s, 1, 10, note, &log, 5);
    assert_true(station_withdraw(&s, third));
    assert_int_equal(station_jobs(&s), 4);
    kernel_run_until(&k, 1000);
    const int64_t jobs[] = {1, 4, 2, 5};
    assert_int_equal(log.n, 4);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(log.job[i], jobs[i]);
        assert_int_equal(log.at[i], 10 * (i + 1));
    }
    assert_check_fires(station_arrive_class(&s, STATION_CLASSES, 1, note, &log, 0));
    assert_check_fires(station_arrive_class(&s, -1, 1, note, &log, 0));
    arena_free(arena);
}

static void test_breakdown_by_hand(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct kernel k;
    struct station s;
    struct log log = {0};
    kernel_init(&k, arena, 8);
    station_init(&s, &k, arena, 2, 8, 0);
    station_arrive(&s, 10, note, &log, 1);
    kernel_run_until(&k, 4);
    station_stop(&s);
    assert_check_fires(station_stop(&s));
    station_arrive(&s, 3, note, &log, 2); /* takes the free server, which does no work yet */
    station_arrive(&s, 5, note, &log, 3);
    kernel_run_until(&k, 104);
    assert_int_equal(log.n, 0);
    assert_int_equal(s.busy, 2);
    station_start(&s);
    assert_check_fires(station_start(&s));
    kernel_run_until(&k, 1000);
    const int64_t jobs[] = {2, 1, 3};
    const sim_time at[] = {107, 110, 112};
    assert_int_equal(log.n, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(log.job[i], jobs[i]);
        assert_int_equal(log.at[i], at[i]);
    }
    assert_true(s.busy_ns == 18);
    arena_free(arena);
}

struct source {
    struct station station;
    struct rng arrivals, services;
    double interval_ns;
};

static void arrive(struct kernel *k, void *context, int64_t argument)
{
    struct source *source = context;
    station_arrive(&source->station, (sim_time)rng_exponential(&source->services, 1e6), NULL, NULL, 0);
    if (argument > 0)
        kernel_after(k, (sim_time)rng_exponential(&source->arrivals, source->interval_ns), 0, arrive, source,
                     argument - 1);
}

static void test_mmck_refuses_as_erlang_says(void **state)
{
    (void)state;
    enum { REPLICATIONS = 20, CUSTOMERS = 50000 };
    const struct {
        int32_t servers, room;
        double load; /* erlangs */
    } cases[] = {{1, 0, 0.8}, {4, 0, 3}, {2, 3, 1.8}};
    for (size_t c = 0; c < 3; c++) {
        double refused[REPLICATIONS];
        for (int i = 0; i < REPLICATIONS; i++) {
            struct arena *arena = arena_new(0);
            struct source *source = ARENA_NEW(arena, struct source, 1);
            struct kernel k;
            kernel_init(&k, arena, 8);
            station_init(&source->station, &k, arena, cases[c].servers, cases[c].room, 0);
            source->interval_ns = 1e6 / cases[c].load;
            rng_init(&source->arrivals, arena, (uint64_t)i, "source/arrivals");
            rng_init(&source->services, arena, (uint64_t)i, "source/services");
            kernel_at(&k, 0, 0, arrive, source, CUSTOMERS - 1);
            kernel_run_until(&k, 1000000 * SIM_S);
            assert_int_equal(source->station.refused + source->station.served, CUSTOMERS);
            refused[i] = (double)source->station.refused / CUSTOMERS;
            arena_free(arena);
        }
        /* Stationary probabilities of k in the system, up to a factor: a^k / k!, then times a / c for each
         * waiting. */
        double term = 1, sum = 1;
        for (int k = 1; k <= cases[c].servers + cases[c].room; k++) {
            term *= cases[c].load / (k < cases[c].servers ? k : cases[c].servers);
            sum += term;
        }
        const struct interval interval = confidence_interval(refused, REPLICATIONS, 0.999);
        assert_true(interval_contains(interval, term / sum));
        assert_true(interval.high - interval.low < 0.1 * term / sum);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_classes_by_hand),
        cmocka_unit_test(test_breakdown_by_hand),
        cmocka_unit_test(test_mmck_refuses_as_erlang_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
