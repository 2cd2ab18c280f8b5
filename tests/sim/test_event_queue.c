/* test_event_queue.c: the queue against a naive sorted array, on workloads that reach all of its parts. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "arena.h"
#include "event_queue.h"
#include "philox.h"

/* The naive model: an array in order. `broken` makes it lie, which the fuzzer must notice. */
enum broken { RIGHT, TIES_REVERSED, PRIORITY_IGNORED, CANCEL_FORGOTTEN };

struct naive_event {
    int64_t time, id;
    int priority;
    struct event_handle handle;
};

enum { EVENTS_MAX = 4096 };

struct naive {
    struct naive_event events[EVENTS_MAX];
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

static void nothing(struct kernel *k, void *context, int64_t argument)
{
    (void)k;
    (void)context;
    (void)argument;
}

/* How far ahead events are: few distinct times, so that ties abound; near and very far; anything up to a
 * century; floods of one moment; evenly over a second. */
enum workload { TIES, NEAR_AND_FAR, EVERY_SCALE, FLOODS, EVEN, WORKLOADS };

static int64_t delay(struct philox *p, enum workload workload)
{
    switch (workload) {
    case TIES:
        return (int64_t)philox_below(p, philox_below(p, 4) ? 2000 : 10);
    case NEAR_AND_FAR:
        return philox_below(p, 10) ? (int64_t)philox_below(p, 100)
                                   : (int64_t)1e15 + (int64_t)philox_below(p, 1000000);
    case EVERY_SCALE:
        return (int64_t)(philox_next_u64(p) >> (2 + philox_below(p, 62)) >> 1);
    case FLOODS:
        return philox_below(p, 50) ? 1000 : (int64_t)philox_below(p, 5) * 1000;
    default:
        return (int64_t)philox_below(p, 1000000000);
    }
}

/* What was seen of the inside, so that no workload misses a part that it is there for. */
struct seen {
    bool top, two_rungs, heap, sweep;
};

/* Returns the step at which the queue and the model differ, or -1. */
static int fuzz(uint64_t seed, enum workload workload, enum broken broken, int steps, struct seen *seen)
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
        /* Phases that grow, run, grow again, cancel most, and run dry. */
        const uint64_t dice = philox_below(&p, 100);
        const uint64_t push_share = (const uint64_t[]){70, 25, 70, 10, 2}[step / 1200 % 5];
        const uint64_t cancel_share = (const uint64_t[]){10, 20, 10, 80, 3}[step / 1200 % 5];
        if (dice < push_share && m->n < EVENTS_MAX) {
            const int64_t ahead = delay(&p, workload);
            struct naive_event e = {.time = ahead > SIM_NEVER / 2 - now ? now : now + ahead,
                                    .id = step,
                                    .priority = (int)philox_below(&p, 3)};
            e.handle = event_queue_push(&q, e.time, (uint8_t)e.priority, nothing, m, e.id);
            naive_push(m, e);
        } else if (dice < push_share + cancel_share && m->n > 0) {
            const int i = (int)philox_below(&p, (uint64_t)m->n);
            const uint32_t dead = q.dead;
            stale = m->events[i].handle;
            if (!event_queue_cancel(&q, stale)) differs = step;
            if (broken != CANCEL_FORGOTTEN) naive_remove(m, i);
            seen->sweep |= dead > 60 && q.dead == 0;
        } else if (dice < push_share + cancel_share + 2) {
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
        seen->top |= q.top_n > 0;
        seen->two_rungs |= q.rungs_n >= 2;
        seen->heap |= q.heap;
    }
    arena_free(arena);
    return differs;
}

static void test_fuzz_against_sorted_array(void **state)
{
    (void)state;
    struct seen of[WORKLOADS] = {0};
    for (uint64_t seed = 1; seed <= 40; seed++) {
        const enum workload workload = (enum workload)(seed % WORKLOADS);
        assert_int_equal(fuzz(seed, workload, RIGHT, 12000, &of[workload]), -1);
    }
    for (int i = 0; i < WORKLOADS; i++) {
        assert_true(of[i].top);
        assert_true(of[i].sweep);
    }
    assert_true(of[FLOODS].heap);
    assert_true(of[NEAR_AND_FAR].two_rungs);
    assert_true(of[EVERY_SCALE].two_rungs);
}

static void test_fuzz_notices_a_broken_model(void **state)
{
    (void)state;
    struct seen seen = {0};
    assert_int_not_equal(fuzz(1, TIES, TIES_REVERSED, 10000, &seen), -1);
    assert_int_not_equal(fuzz(1, TIES, PRIORITY_IGNORED, 10000, &seen), -1);
    assert_int_not_equal(fuzz(1, TIES, CANCEL_FORGOTTEN, 10000, &seen), -1);
}

/* Two hundred thousand events of one moment: a sorted array would move a hundred thousand for each. */
static void test_a_flood_of_one_moment(void **state)
{
    (void)state;
    enum { FLOOD = 200000 };
    struct arena *arena = arena_new(0);
    struct event_queue q;
    event_queue_init(&q, arena, 1);
    for (int64_t i = 0; i < FLOOD; i++)
        event_queue_push(&q, 1000, (uint8_t)(i % 3), nothing, NULL, i);
    event_queue_push(&q, 999, 0, nothing, NULL, -1);
    struct queued_event e;
    assert_true(event_queue_pop(&q, &e));
    assert_int_equal(e.argument, -1);
    for (int priority = 0; priority < 3; priority++) {
        for (int64_t i = priority; i < FLOOD; i += 3) {
            assert_true(event_queue_pop(&q, &e));
            if (e.argument != i) fail_msg("%lld came for %lld", (long long)e.argument, (long long)i);
        }
    }
    assert_false(event_queue_pop(&q, &e));
    /* Afterwards it is an empty queue like any other. */
    assert_true(event_queue_next_time(&q) == SIM_NEVER);
    for (int64_t i = 0; i < 1000; i++)
        event_queue_push(&q, 2000 + i * 7919 % 1000, 0, nothing, NULL, i);
    for (int64_t i = 0; i < 1000; i++) {
        assert_true(event_queue_pop(&q, &e));
        assert_int_equal(e.time, 2000 + i);
    }
    arena_free(arena);
}

/* The ends of time, together: the widest rung there can be. */
static void test_the_ends_of_time(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct event_queue q;
    event_queue_init(&q, arena, 1);
    for (int64_t i = 0; i < 100; i++) {
        event_queue_push(&q, i, 0, nothing, NULL, 0);
        event_queue_push(&q, SIM_NEVER - 1 - i, 255, nothing, NULL, 0);
    }
    sim_time last = -1;
    for (int i = 0; i < 200; i++) {
        struct queued_event e;
        assert_true(event_queue_pop(&q, &e));
        assert_true(e.time > last);
        last = e.time;
    }
    assert_true(last == SIM_NEVER - 1);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fuzz_against_sorted_array),
        cmocka_unit_test(test_fuzz_notices_a_broken_model),
        cmocka_unit_test(test_a_flood_of_one_moment),
        cmocka_unit_test(test_the_ends_of_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
