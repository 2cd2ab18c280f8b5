/* kernel.h: the clock and the events of one run.
 *
 * Time is int64_t nanoseconds and starts at 0. Events run in the order of time, then priority (lower
 * first), then the sequence in which they were scheduled: a total order, the same on every machine. An
 * event is a function, a context and one integer; it may schedule and cancel others, at its own time too
 * (those run after it, and after everything of that time and priority scheduled before).
 *
 * Errors: scheduling in the past is a bug (CHECK). Ownership: memory is the arena's; contexts are the
 * caller's and must outlive their events. Cost: tens of nanoseconds an event with thousands pending;
 * nothing is allocated while the number of pending events stays below its peak. One kernel belongs to one
 * thread.
 *
 *     kernel_init(&k, arena, 1024);
 *     kernel_after(&k, 5 * SIM_MS, 0, arrive, &shop, 0);
 *     kernel_run_until(&k, 10 * SIM_S);
 *
 */
#ifndef HEADROOM_SIM_KERNEL_H
#define HEADROOM_SIM_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "check.h"
#include "event_queue.h"
#include "sim_time.h"

struct kernel {
    struct event_queue queue;
    sim_time now;
    bool stopped;
};

/* capacity_hint: pending events to have room for at once; it grows by doubling. */
void kernel_init(struct kernel *, struct arena *, uint32_t capacity_hint);

/* Runs the next event. False: nothing is pending. */
bool kernel_step(struct kernel *);
/* Runs every event with time < end, then sets the clock to end; events at end itself stay pending.
 * After kernel_stop() it returns at once, with the clock at the event that stopped it. */
void kernel_run_until(struct kernel *, sim_time end);
/* For an event: the current kernel_run_until() returns when this event has returned. */
void kernel_stop(struct kernel *);

static inline sim_time kernel_now(const struct kernel *k)
{
    return k->now;
}

/* SIM_NEVER when nothing is pending. */
static inline sim_time kernel_next_time(const struct kernel *k)
{
    return event_queue_next_time(&k->queue);
}

/* Events run since kernel_init(). */
static inline uint64_t kernel_dispatched(const struct kernel *k)
{
    return k->queue.popped;
}

/* time >= now. */
static inline struct event_handle kernel_at(struct kernel *k, sim_time time, uint8_t priority, event_fn *run,
                                            void *context, int64_t argument)
{
    CHECK(time >= k->now, "event scheduled at %lld, in the past of %lld", (long long)time, (long long)k->now);
    CHECK(time != SIM_NEVER, "event scheduled at %lld", (long long)time);
    return event_queue_push_checked(&k->queue, time, priority, run, context, argument);
}

/* delay >= 0. */
static inline struct event_handle kernel_after(struct kernel *k, sim_time delay, uint8_t priority,
                                               event_fn *run, void *context, int64_t argument)
{
    /* Negative ones are large without their sign. */
    CHECK((uint64_t)delay < (uint64_t)(SIM_NEVER - k->now), "event delayed by %lld", (long long)delay);
    return event_queue_push_checked(&k->queue, k->now + delay, priority, run, context, argument);
}

/* False: the event already ran (or is running), or was cancelled before. */
static inline bool kernel_cancel(struct kernel *k, struct event_handle handle)
{
    return event_queue_cancel(&k->queue, handle);
}

#endif
