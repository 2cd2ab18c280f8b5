/* group_autoscale.c: instances of a consumer group come and go with its load; see group.h.
 *
 * Each that comes or goes is a rebalance. The load is how busy the threads' processors are, by the records that the ledger says the
 * group processed at what one cost on the data plane since the last look; or the group's lag. The state of windows that moves with
 * partitions takes no time.
 */
#include "group.h"

#include "arena.h"
#include "autoscale.h"
#include "group_parts.h"

struct group_scaling {
    struct group *group;
    struct autoscaler *scaler;
    double busy_ns, processed; /* on the data plane, as they were when last looked at */
    int64_t through;           /* positions of all partitions, absolute, likewise */
    sim_time at;               /* calendar */
};

static int in_service(const void *scaling)
{
    return ((const struct group_scaling *)scaling)->group->in_service;
}

/* Instances that would be busy all the time. */
static double busy_instances(void *scaling, sim_time data_ns)
{
    (void)data_ns;
    struct group_scaling *s = scaling;
    struct group *g = s->group;
    double busy_ns = 0;
    int64_t through = 0;
    for (int i = 0; i < g->consumers_n; i++) busy_ns += g->consumers[i].cpu.busy_ns;
    for (int i = 0; i < g->partitions_n; i++) through += g->partitions[i].position.offset + group_partition_of(g, i)->base_offset;
    const double processed = g->processed - s->processed, each_ns = processed > 0 ? (busy_ns - s->busy_ns) / processed : 0;
    const double records = through > s->through ? (double)(through - s->through) : 0;
    const double span_ns = (double)(group_now(g) - s->at);
    s->busy_ns = busy_ns;
    s->processed = g->processed;
    s->through = through;
    s->at = group_now(g);
    if (processed <= 0 || span_ns <= 0) return -1;
    return records * each_ns / span_ns / g->config->threads;
}

static double lag(void *scaling, sim_time data_ns)
{
    (void)data_ns;
    return (double)group_lag(((struct group_scaling *)scaling)->group);
}

static void start(void *scaling)
{
    struct group *g = ((struct group_scaling *)scaling)->group;
    g->in_service++;
    group_return_instance(g, g->in_service - 1);
}

/* The one that came last goes. */
static void stop(void *scaling)
{
    struct group *g = ((struct group_scaling *)scaling)->group;
    g->in_service--;
    group_leave_instance(g, g->in_service);
}

void group_autoscale_init(struct group *g)
{
    const struct scenario_group *config = g->config;
    if (config->autoscale.max == 0) return;
    struct group_scaling *s = g->scaling = ARENA_NEW(g->world->arena, struct group_scaling, 1);
    const bool by_lag = config->autoscale.metric == AUTOSCALE_LAG;
    const struct autoscale_rules rules = {.min = config->autoscale.min,
                                          .max = config->autoscale.max,
                                          .target = by_lag ? (double)config->autoscale.lag : config->autoscale.target,
                                          .cooldown_ns = config->autoscale.cooldown_ns,
                                          .start_up_ns = config->autoscale.start_up_ns,
                                          .in_service = in_service,
                                          .load = by_lag ? lag : busy_instances,
                                          .start = start,
                                          .stop = stop};
    s->group = g;
    s->scaler = autoscale(g->world, &rules, s);
}

double group_instances_mean(const struct group *g)
{
    return g->scaling ? autoscale_instances_mean(g->scaling->scaler) : g->config->instances;
}

int group_instances_peak(const struct group *g)
{
    return g->scaling ? autoscale_instances_peak(g->scaling->scaler) : g->config->instances;
}
