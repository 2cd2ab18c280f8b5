/* broker_stalls.c: times in which a broker serves nothing; see broker_stalls.h. */
#include "broker_stalls.h"

#include <math.h>

#include "world.h"

static sim_time exponential(struct broker *b, double mean_ns)
{
    return (sim_time)(-mean_ns * log(rng_uniform(&b->stalls)));
}

static void stalls(struct kernel *k, void *world, int64_t broker)
{
    struct world *w = world;
    struct broker *b = &w->cluster.brokers[broker];
    const struct calibration_broker *c = &w->calibration->kafka_broker;
    const sim_time until = k->now + exponential(b, c->stall_p90_ns / log(10));
    pool_block(&b->cpu, until);
    pool_block(&b->network_threads, until);
    pool_block(&b->io_threads, until);
    b->stalls_n++;
    kernel_at(k, until + exponential(b, c->stall_interval_ns), 0, stalls, w, broker);
}

void broker_stalls_init(struct world *w)
{
    if (!w->scenario->cluster.stalls) return;
    for (int i = 0; i < w->cluster.brokers_max; i++) {
        struct broker *b = &w->cluster.brokers[i];
        rng_init(&b->stalls, w->arena, w->seed, "broker/stalls");
        rng_cell(&b->stalls, (uint64_t)i);
        kernel_after(&w->data, exponential(b, w->calibration->kafka_broker.stall_interval_ns), 0, stalls, w, i);
    }
}
