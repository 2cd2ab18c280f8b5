/* faults_growth.c: brokers are added, and replicas move to them; see fault_effects.h and reassignment.h.
 *
 * They join at the fault's beginning, or when the zones are whole again and no other reassignment is under way. The fault ends with
 * the reassignment. What the logs held before the run began is put before them first, or there would be next to nothing to move.
 */
#include "fault_effects.h"

#include "arena.h"
#include "cluster.h"
#include "faults.h"
#include "rate.h"
#include "replication.h"
#include "scenario_build.h"
#include "segments.h"
#include "telemetry.h"

/* May they join now? Looked at so often. */
static const sim_time LOOK_NS = 10 * SIM_S;

struct growth { /* the state of an occurrence */
    struct world *world;
    const struct scenario_fault *fault;
    struct fault_row *row;
    struct reassignment *reassignment; /* NULL: they have not joined */
};

/* --- What was in the logs before the run ----------------------------------------------------------------- */

/* Records a second of a partition, in the mean over the run. */
static double partition_rate(const struct world *w, int topic, int index)
{
    const struct scenario *s = w->scenario;
    double rate = 0;
    for (int i = 0; i < s->streams_n; i++) {
        const int producer = w->blueprint->stream_producer[i];
        if (producer < 0 || s->producers[producer].topic != topic) continue;
        const double seconds = sim_seconds(s->run.duration_ns);
        const struct population *keys = w->blueprint->populations[i];
        rate += rate_integral(w->blueprint->stream_rates[i], 0, seconds) / seconds *
                (keys ? keys->partition_shares[index] : 1.0 / s->topics[topic].partitions_first);
    }
    return rate;
}

/* Of the time before the run, what brokers still hold now; 0: nothing. */
static sim_time kept_ns(const struct world *w, const struct scenario_fault *fault, const struct scenario_topic *topic)
{
    const bool tiered = topic->remote_storage_enable;
    const int64_t retention_ns = tiered ? topic->local_retention_ns : topic->retention_ns;
    const int64_t most_bytes = tiered ? topic->local_retention_bytes : topic->retention_bytes;
    if (topic->cleanup_policy & CLEANUP_COMPACT || (retention_ns <= 0 && most_bytes < 0)) return 0;
    if (retention_ns <= 0) return fault->history_ns;
    const sim_time left = retention_ns - world_scenario_time(w, w->calendar.now);
    return left <= 0 ? 0 : left < fault->history_ns ? left : fault->history_ns;
}

static void put_history(struct world *w, const struct scenario_fault *fault)
{
    for (int i = 0; i < w->cluster.partitions_n; i++) {
        struct partition *p = &w->cluster.partitions[i];
        const struct scenario_topic *topic = &w->scenario->topics[p->topic];
        const int64_t most_bytes = topic->remote_storage_enable ? topic->local_retention_bytes : topic->retention_bytes;
        const sim_time kept = kept_ns(w, fault, topic);
        if (kept <= 0 || p->segments.start != 0 || p->tiered.local_start != 0 || p->index >= topic->partitions_first) continue;
        double records = partition_rate(w, p->topic, p->index) * sim_seconds(kept);
        const double all = records, room = (double)most_bytes - segments_bytes(p);
        if (most_bytes >= 0 && records * p->bytes_per_record > room) records = room / p->bytes_per_record;
        if (records < 1) continue;
        segments_prepend(w, p, (int64_t)records, (double)(int64_t)records * p->bytes_per_record, (sim_time)((double)kept * (records / all)));
    }
}

/* --- Joining ------------------------------------------------------------------------------------------------ */

/* Nobody starts brokers while a zone has none that serves. */
static bool are_zones_whole(const struct world *w)
{
    const struct cluster *c = &w->cluster;
    if (c->cut_zone != NO_ZONE || c->mirrored) return false;
    for (int z = 0; z < w->scenario->cluster.zones; z++) {
        bool any = false, up = false;
        for (int b = 0; b < c->brokers_n; b++) {
            any |= c->brokers[b].zone == z;
            up |= c->brokers[b].zone == z && c->brokers[b].up;
        }
        if (any && !up) return false;
    }
    return true;
}

static void is_over(void *growth)
{
    struct growth *g = growth;
    telemetry_brokers_even(g->world);
    fault_over(g->world, g->row);
}

static void join(struct kernel *k, void *growth, int64_t unused)
{
    (void)unused;
    struct growth *g = growth;
    struct world *w = g->world;
    if (w->reassignment || !are_zones_whole(w)) {
        kernel_after(k, LOOK_NS, 1, join, g, 0);
        return;
    }
    const int first_new = w->cluster.brokers_n;
    cluster_join(w, g->fault->count);
    telemetry_brokers_joined(w);
    put_history(w, g->fault);
    g->reassignment = reassignment_begin(w, &(struct reassignment_options){.first_new = first_new,
                                                                           .throttle_bytes_per_s = g->fault->throttle_bytes_per_s,
                                                                           .movements = g->fault->movements,
                                                                           .over = is_over,
                                                                           .context = g});
}

static void grow(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    struct growth *g = ARENA_NEW(w->arena, struct growth, 1);
    *g = (struct growth){.world = w, .fault = fault, .row = row};
    row->state = g;
    row->detected = w->calendar.now; /* it is on purpose */
    join(&w->calendar, g, 0);
}

bool fault_growth(const struct fault_row *row, struct reassignment_counts *counts)
{
    const struct growth *g = row->state;
    if (!g->reassignment) return false;
    *counts = reassignment_counts(g->reassignment);
    return true;
}

static bool is_even(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row)
{
    (void)fault;
    (void)row;
    return !controller_in_transit(w) && replication_complete(w);
}

static void check(struct scenario_build *build, int i)
{
    const struct scenario *s = build->scenario;
    const struct scenario_fault *fault = &s->faults[i];
    const char *at = AT("faults[%d]", i);
    if (scenario_is_wrong(build, at, true)) return;
    if (fault->timing == FAULT_DRAWN || fault->every_ns > 0 || fault->cooldown_ns > 0)
        scenario_mistake(build, at, "brokers are added once, at a stated time or when a condition holds");
    if (s->cluster.brokers_max > SCENARIO_BROKERS_MAX)
        scenario_mistake(build, AT("faults[%d].count", i), "makes %d brokers in all: at most %d fit", s->cluster.brokers_max, (int)SCENARIO_BROKERS_MAX);
    if (s->run.table) scenario_mistake(build, at, "does not go with run.table, whose jumps take every day for another one's like");
}

const struct fault_effect fault_brokers_added = {
    .target = FAULT_ON_NEW_BROKERS, .ends_unseen = true, .ends_itself = true, .begin = grow, .whole = is_even, .check = check};
