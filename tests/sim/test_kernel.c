/* test_kernel.c: the order of events, cancellation, the clock, and that nothing is allocated on the way. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <math.h>
#include <stdint.h>
#include <cmocka.h>

#include "arena.h"
#include "kernel.h"
#include "philox.h"
#include "check_fires.h"

struct log {
    int64_t ran[64];
    int n;
};

static void note(struct kernel *k, void *context, int64_t argument)
{
    (void)k;
    struct log *log = context;
    log->ran[log->n++] = argument;
}

static void test_order_is_time_priority_sequence(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct kernel k;
    struct log log = {0};
    kernel_init(&k, arena, 0);
    kernel_at(&k, 20, 0, note, &log, 5);
    kernel_at(&k, 10, 255, note, &log, 4);
    kernel_at(&k, 10, 1, note, &log, 2);
    kernel_at(&k, 10, 1, note, &log, 3);
    kernel_at(&k, 10, 0, note, &log, 1);
    kernel_at(&k, 30, 0, note, &log, 6);
    assert_int_equal(kernel_next_time(&k), 10);
    kernel_run_until(&k, 30);
    assert_int_equal(log.n, 5); /* the event at the end itself has not run */
    for (int i = 0; i < 5; i++)
        assert_int_equal(log.ran[i], i + 1);
    assert_int_equal(kernel_now(&k), 30);
    assert_int_equal(kernel_dispatched(&k), 5);
    assert_true(kernel_step(&k));
    assert_int_equal(log.ran[5], 6);
    assert_false(kernel_step(&k));
    assert_true(kernel_next_time(&k) == SIM_NEVER);
    kernel_run_until(&k, 100);
    assert_int_equal(kernel_now(&k), 100);
    arena_free(arena);
}

static void schedule_at_own_time(struct kernel *k, void *context, int64_t argument)
{
    note(k, context, argument);
    kernel_after(k, 0, 0, note, context, 3);
    kernel_after(k, 5, 0, note, context, 4);
}

static void test_an_event_schedules_at_its_own_time(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct kernel k;
    struct log log = {0};
    kernel_init(&k, arena, 4);
    kernel_at(&k, 7, 0, schedule_at_own_time, &log, 1);
    kernel_at(&k, 7, 0, note, &log, 2);
    kernel_run_until(&k, 8);
    assert_int_equal(log.n, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(log.ran[i], i + 1);
    assert_int_equal(kernel_next_time(&k), 12);
    arena_free(arena);
}

struct self_cancel {
    struct event_handle own, other;
    bool own_cancelled, other_cancelled;
};

static void cancel_both(struct kernel *k, void *context, int64_t argument)
{
    (void)argument;
    struct self_cancel *s = context;
    s->own_cancelled = kernel_cancel(k, s->own);
    s->other_cancelled = kernel_cancel(k, s->other);
}

static void test_cancel(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct kernel k;
    struct log log = {0};
    struct self_cancel s;
    kernel_init(&k, arena, 4);
    s.own = kernel_at(&k, 5, 0, cancel_both, &s, 0);
    s.other = kernel_at(&k, 5, 1, note, &log, 1);
    struct event_handle third = kernel_at(&k, 6, 1, note, &log, 2);
    assert_false(kernel_cancel(&k, (struct event_handle){0}));
    kernel_run_until(&k, 6);
    assert_false(s.own_cancelled); /* it is running */
    assert_true(s.other_cancelled);
    assert_int_equal(log.n, 0);
    assert_true(kernel_cancel(&k, third));
    assert_false(kernel_cancel(&k, third));
    assert_true(kernel_next_time(&k) == SIM_NEVER);
    /* Its slot is used again: the old handle must not reach the new event. */
    kernel_at(&k, 9, 0, note, &log, 3);
    assert_false(kernel_cancel(&k, third));
    kernel_run_until(&k, 10);
    assert_int_equal(log.n, 1);
    assert_int_equal(log.ran[0], 3);
    arena_free(arena);
}

static void stop_at_three(struct kernel *k, void *context, int64_t argument)
{
    note(k, context, argument);
    if (argument == 3) kernel_stop(k);
    kernel_after(k, 10, 0, stop_at_three, context, argument + 1);
}

static void test_stop_and_go_on(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct kernel k;
    struct log log = {0};
    kernel_init(&k, arena, 4);
    kernel_at(&k, 0, 0, stop_at_three, &log, 1);
    kernel_run_until(&k, 1000);
    assert_int_equal(log.n, 3);
    assert_int_equal(kernel_now(&k), 20);
    kernel_run_until(&k, 45);
    assert_int_equal(log.n, 5);
    assert_int_equal(kernel_now(&k), 45);
    arena_free(arena);
}

static void test_the_past_is_refused(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct kernel k;
    struct log log = {0};
    kernel_init(&k, arena, 4);
    kernel_run_until(&k, 100);
    assert_check_fires(kernel_at(&k, 99, 0, note, &log, 0));
    assert_check_fires(kernel_after(&k, -1, 0, note, &log, 0));
    assert_check_fires(kernel_at(&k, SIM_NEVER, 0, note, &log, 0));
    assert_check_fires(kernel_after(&k, SIM_NEVER - 10, 0, note, &log, 0));
    assert_check_fires(kernel_run_until(&k, 99));
    kernel_at(&k, 100, 0, note, &log, 1);
    kernel_run_until(&k, 101);
    assert_int_equal(log.n, 1);
    arena_free(arena);
}

/* Timers set and cancelled again and again, as request time-outs are, must not grow the queue. */
static void test_cancelled_timers_do_not_pile_up(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct kernel k;
    struct log log = {0};
    kernel_init(&k, arena, 256);
    const size_t before = arena_used_bytes(arena);
    kernel_at(&k, 1, 0, note, &log, 1);
    for (int i = 0; i < 100000; i++)
        assert_true(kernel_cancel(&k, kernel_at(&k, 1000 + i, 0, note, &log, 2)));
    assert_int_equal(arena_used_bytes(arena), before);
    assert_int_equal(event_queue_size(&k.queue), 1);
    kernel_run_until(&k, 1000000);
    assert_int_equal(log.n, 1);
    arena_free(arena);
}

/* Each event schedules its successor, and sets and cancels a timer, as requests do. */
struct hold {
    struct philox delays;
    int kind;
};

static void again(struct kernel *k, void *context, int64_t argument)
{
    struct hold *hold = context;
    const double u = philox_uniform(&hold->delays);
    sim_time delay = 1;
    if (hold->kind == 0) delay = (sim_time)(-1e9 * log(u));
    if (hold->kind == 1) delay = u < 0.9 ? (sim_time)(1e6 * u) : 500 * SIM_MS;
    kernel_after(k, delay, (uint8_t)argument, again, hold, argument);
    if (argument % 4 == 0)
        assert_true(kernel_cancel(k, kernel_after(k, 30 * SIM_S, 0, again, hold, argument)));
}

static void test_a_steady_state_allocates_nothing(void **state)
{
    (void)state;
    static const int64_t pending[] = {2, 100, 5000};
    for (int i = 0; i < 3; i++) {
        /* Exponential delays, two kinds of delays, and all at the same moments. */
        for (int kind = 0; kind < 3; kind++) {
            struct arena *arena = arena_new(0);
            struct hold hold = {.delays = philox_named(1, "hold/delays"), .kind = kind};
            struct kernel k;
            kernel_init(&k, arena, 16);
            for (int64_t n = 0; n < pending[i]; n++)
                kernel_after(&k, 1 + n % 3, (uint8_t)n, again, &hold, n % 200);
            while (kernel_dispatched(&k) < 60000)
                kernel_step(&k);
            const char *before = arena_alloc(arena, 1, 1);
            while (kernel_dispatched(&k) < 300000)
                kernel_step(&k);
            const char *after = arena_alloc(arena, 1, 1);
            assert_ptr_equal(after, before + 16); /* neighbours: nothing lies between */
            assert_int_equal(event_queue_size(&k.queue), pending[i]);
            arena_free(arena);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_is_time_priority_sequence),
        cmocka_unit_test(test_an_event_schedules_at_its_own_time),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_stop_and_go_on),
        cmocka_unit_test(test_the_past_is_refused),
        cmocka_unit_test(test_cancelled_timers_do_not_pile_up),
        cmocka_unit_test(test_a_steady_state_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
