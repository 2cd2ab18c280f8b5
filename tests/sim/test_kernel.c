/* test_kernel.c: the order of events, cancellation, the clock; the queue against a naive sorted array. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
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

/* The naive model: an array in order. `broken` makes it lie, which the fuzzer must notice. */
enum broken { RIGHT, TIES_REVERSED, PRIORITY_IGNORED, CANCEL_FORGOTTEN };

struct naive_event {
    int64_t time, id;
    int priority;
    struct event_handle handle;
};

struct naive {
    struct naive_event events[4096];
    int n;
    enum broken broken;
};

static bool goes_before(const struct naive *m, const struct naive_event *a, const struct naive_event *b)
{
    if (a->time != b->time) return a->time < b->time;
    if (m->broken != PRIORITY_IGNORED && a->priority != b->priority) return a->priority < b->priority;
    return m->broken == TIES_REVERSED; /* a is the newer one */
}

static void naive_push(struct naive *m, struct naive_event event)
{
    int i = m->n++;
    for (; i > 0 && goes_before(m, &event, &m->events[i - 1]); i--)
        m->events[i] = m->events[i - 1];
    m->events[i] = event;
}

static void naive_remove(struct naive *m, int i)
{
    m->n--;
    memmove(&m->events[i], &m->events[i + 1], (size_t)(m->n - i) * sizeof(m->events[0]));
}

/* Returns the step at which the queue and the model differ, or -1. */
static int fuzz(uint64_t seed, enum broken broken, int steps)
{
    struct arena *arena = arena_new(0);
    struct naive *m = ARENA_NEW(arena, struct naive, 1);
    m->broken = broken;
    struct philox p = philox_named(seed, "fuzz/queue");
    struct event_queue q;
    event_queue_init(&q, arena, 1);
    struct event_handle stale = {0};
    int64_t now = 0;
    int differs = -1;
    for (int step = 0; step < steps && differs < 0; step++) {
        /* Phases that grow, that run, that cancel most; few distinct times and priorities, so that ties
         * abound, and some far away, so that the heap is deep. */
        const uint64_t dice = philox_below(&p, 100);
        const uint64_t push_share = (const uint64_t[]){70, 25, 30}[step / 1500 % 3];
        const uint64_t cancel_share = (const uint64_t[]){10, 15, 50}[step / 1500 % 3];
        if (dice < push_share && m->n < 4000) {
            struct naive_event e = {.time = now + (int64_t)philox_below(&p, step % 4 ? 2000 : 10),
                                    .id = step,
                                    .priority = (int)philox_below(&p, 3)};
            e.handle = event_queue_push(&q, e.time, (uint8_t)e.priority, note, m, e.id);
            naive_push(m, e);
        } else if (dice < push_share + cancel_share && m->n > 0) {
            const int i = (int)philox_below(&p, (uint64_t)m->n);
            stale = m->events[i].handle;
            if (!event_queue_cancel(&q, stale)) differs = step;
            if (broken != CANCEL_FORGOTTEN) naive_remove(m, i);
        } else if (dice < push_share + cancel_share + 5) {
            if (broken != CANCEL_FORGOTTEN && event_queue_cancel(&q, stale)) differs = step;
        } else {
            struct queued_event e;
            const bool any = event_queue_pop(&q, &e);
            if (any != (m->n > 0)) {
                differs = step;
            } else if (any) {
                if (e.time != m->events[0].time || e.argument != m->events[0].id || e.context != m)
                    differs = step;
                now = e.time;
                naive_remove(m, 0);
            }
        }
        if (event_queue_size(&q) != (uint32_t)m->n) differs = step;
        if (event_queue_next_time(&q) != (m->n > 0 ? m->events[0].time : SIM_NEVER)) differs = step;
    }
    arena_free(arena);
    return differs;
}

static void test_fuzz_against_sorted_array(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++)
        assert_int_equal(fuzz(seed, RIGHT, 10000), -1);
}

static void test_fuzz_notices_a_broken_model(void **state)
{
    (void)state;
    assert_int_not_equal(fuzz(1, TIES_REVERSED, 10000), -1);
    assert_int_not_equal(fuzz(1, PRIORITY_IGNORED, 10000), -1);
    assert_int_not_equal(fuzz(1, CANCEL_FORGOTTEN, 10000), -1);
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
        cmocka_unit_test(test_fuzz_against_sorted_array),
        cmocka_unit_test(test_fuzz_notices_a_broken_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
