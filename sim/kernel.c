/* kernel.c: the loop that runs events. */
#include "kernel.h"

void kernel_init(struct kernel *k, struct arena *arena, uint32_t capacity_hint)
{
    *k = (struct kernel){0};
    event_queue_init(&k->queue, arena, capacity_hint);
}

static inline bool step(struct kernel *k)
{
    struct queued_event event;
    if (!event_queue_pop(&k->queue, &event)) return false;
    k->now = event.time;
    event.run(k, event.context, event.argument);
    return true;
}

bool kernel_step(struct kernel *k)
{
    return step(k);
}

void kernel_run_until(struct kernel *k, sim_time end)
{
    CHECK(end >= k->now, "running until %lld, in the past of %lld", (long long)end, (long long)k->now);
    k->stopped = false;
    while (event_queue_next_time(&k->queue) < end) {
        step(k);
        if (k->stopped) return;
    }
    k->now = end;
}

void kernel_stop(struct kernel *k)
{
    k->stopped = true;
}
