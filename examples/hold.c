/* hold.c: the hold model (Jones 1986): how long the event queue takes for one event, by how many are pending.
 *
 * N events are pending; each, when it runs, schedules itself again after an exponential time. The loop is
 * timed with the wall clock and printed; nothing that is simulated depends on it.
 */
#include <stdio.h>
#include <time.h>

#include "arena.h"
#include "kernel.h"
#include "rng.h"

enum { DELAYS = 1 << 16 };

struct hold {
    sim_time delays[DELAYS]; /* drawn beforehand, so that drawing is not timed */
    uint32_t next;
};

static void again(struct kernel *k, void *context, int64_t argument)
{
    struct hold *hold = context;
    kernel_after(k, hold->delays[hold->next++ % DELAYS], 0, again, hold, argument);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(void)
{
    printf("%10s %12s %14s\n", "pending", "ns/event", "events/s");
    for (uint32_t pending = 10; pending <= 1000000; pending *= 10) {
        struct arena *arena = arena_new(0);
        struct hold *hold = ARENA_NEW(arena, struct hold, 1);
        struct rng rng;
        rng_init(&rng, arena, 1, "hold/delays");
        for (int i = 0; i < DELAYS; i++)
            hold->delays[i] = (sim_time)rng_exponential(&rng, SIM_S);
        struct kernel k;
        kernel_init(&k, arena, pending);
        for (uint32_t i = 0; i < pending; i++)
            again(&k, hold, 0);
        const uint64_t events = 2000000;
        while (kernel_dispatched(&k) < pending) /* warm up */
            kernel_step(&k);
        const uint64_t from = kernel_dispatched(&k);
        const double start = seconds();
        while (kernel_dispatched(&k) < from + events)
            kernel_step(&k);
        const double took = seconds() - start;
        printf("%10u %12.1f %14.0f\n", pending, 1e9 * took / (double)events, (double)events / took);
        arena_free(arena);
    }
    return 0;
}
