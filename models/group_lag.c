/* group_lag.c: how far a group is behind, and what its rebalances stop; see group_lag.h. */
#include "group_lag.h"

#include "group.h"
#include "group_parts.h"
#include "segments.h"

static const sim_time BEHIND_NS = 3 * SIM_S;

struct reading { /* of the end of a slice */
    int64_t records, largest;
    int largest_in, oldest_in; /* partitions; -1: none has a lag */
    sim_time oldest;
};

static struct reading read_lag(const struct group *g)
{
    struct reading r = {.largest_in = -1, .oldest_in = -1};
    for (int i = 0; i < g->partitions_known; i++) {
        const int64_t lag = group_partition_lag(g, i);
        r.records += lag;
        if (lag <= 0) continue;
        if (lag > r.largest) {
            r.largest = lag;
            r.largest_in = i;
        }
        /* What it processed last was older than what it has not. */
        if (r.oldest_in >= 0 && g->world->data.now - g->partitions[i].processed_through <= r.oldest) continue;
        const sim_time age = group_partition_age(g, i);
        if (r.oldest_in >= 0 && age <= r.oldest) continue;
        r.oldest = age;
        r.oldest_in = i;
    }
    return r;
}

void group_note_lag(struct group *g)
{
    const sim_time now = g->world->slice_end;
    struct group_lag *l = &g->lag;
    const struct reading r = read_lag(g);
    l->end = r.records;
    l->end_age = r.oldest;
    if (r.oldest > l->peak_age) l->peak_age = r.oldest;
    if (r.records > l->peak) {
        l->peak = r.records;
        l->peak_partition = r.largest_in;
        l->peak_of_partition = r.largest;
        l->peak_skew = (double)r.largest * g->partitions_known / (double)r.records;
    }
    if (group_is_behind(g, BEHIND_NS)) {
        if (l->behind_since == SIM_NEVER) l->behind_since = g->world->slice_start;
        if (r.oldest_in >= 0) l->last_behind = r.oldest_in;
        return;
    }
    if (l->behind_since == SIM_NEVER) return;
    if (now - l->behind_since > l->longest) {
        l->longest = now - l->behind_since;
        l->longest_partition = l->last_behind;
    }
    l->behind_since = SIM_NEVER;
    l->last_behind = -1;
}

void group_lag_init(struct group *g)
{
    g->lag = (struct group_lag){.behind_since = SIM_NEVER, .last_behind = -1, .longest_partition = -1, .peak_partition = -1};
    for (int i = 0; i < g->partitions_n; i++) g->partitions[i].stopped_since = SIM_NEVER;
}

void group_lag_stopped(struct group *g, int partition)
{
    if (g->partitions[partition].stopped_since == SIM_NEVER) g->partitions[partition].stopped_since = group_now(g);
}

void group_lag_goes_on(struct group *g, int partition)
{
    struct group_partition *gp = &g->partitions[partition];
    if (gp->stopped_since == SIM_NEVER) return;
    g->lag.stopped_ns += (double)(group_now(g) - gp->stopped_since);
    gp->stopped_since = SIM_NEVER;
}

double group_lag_stopped_s(const struct group *g)
{
    double ns = g->lag.stopped_ns;
    for (int i = 0; i < g->partitions_n; i++)
        if (g->partitions[i].stopped_since != SIM_NEVER) ns += (double)(group_now(g) - g->partitions[i].stopped_since);
    return ns * 1e-9;
}
