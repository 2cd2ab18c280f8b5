/* metrics_groups.c: what a consumer group went through, in one replication; see metrics.h. */
#include "metrics.h"

#include <math.h>
#include <string.h>

#include "check.h"
#include "faults.h"
#include "group.h"
#include "group_lag.h"

static struct metric known(double value)
{
    return (struct metric){.value = value, .known = true};
}

/* A partition's number. */
static struct metric partition(int index)
{
    return index < 0 ? (struct metric){.why = METRIC_NO_LAG} : known(index);
}

struct metric metric_group(const struct replication *r, int group, enum record_group_figure figure)
{
    const struct world *w = &r->pipeline->world;
    const struct group *g = &w->groups[group];
    const struct group_lag *l = &g->lag;
    switch (figure) {
    case RECORD_REBALANCES: return known((double)g->rebalances);
    case RECORD_REBALANCING_S: return known(sim_seconds(g->rebalancing_ns));
    case RECORD_REBALANCE_LONGEST_S: return known(sim_seconds(g->rebalance_longest_ns));
    case RECORD_PARTITION_SECONDS_STOPPED: return known(group_lag_stopped_s(g));
    case RECORD_EXPELLED: return known((double)g->overslept);
    case RECORD_PEAK_LAG_RECORDS: return known((double)l->peak);
    case RECORD_PEAK_LAG_S: return known(sim_seconds(l->peak_age));
    case RECORD_PEAK_LAG_SKEW: return l->peak > 0 ? known(l->peak_skew) : partition(-1);
    case RECORD_PEAK_LAG_PARTITION: return partition(l->peak_partition);
    case RECORD_PEAK_LAG_PARTITION_RECORDS: return l->peak > 0 ? known((double)l->peak_of_partition) : partition(-1);
    case RECORD_END_LAG_RECORDS: return known((double)l->end);
    case RECORD_END_LAG_S: return known(sim_seconds(l->end_age));
    case RECORD_CLEAR_LAG_S:
        if (l->behind_since != SIM_NEVER)
            return (struct metric){.value = sim_seconds(w->slice_end - l->behind_since), .why = METRIC_LAG_NOT_CLEARED};
        return known(sim_seconds(l->longest));
    case RECORD_CLEAR_LAG_PARTITION:
        if (l->behind_since != SIM_NEVER) return partition(l->last_behind);
        return partition(l->longest_partition);
    case RECORD_INSTANCES_MEAN: return known(group_instances_mean(g));
    case RECORD_INSTANCES_PEAK: return known(group_instances_peak(g));
    case RECORD_GROUP_FIGURES: break;
    }
    CHECK(false, "figure %d of a group", (int)figure);
    return partition(-1);
}

/* From a fault's beginning; of several, and of several occurrences, the longest. */
static struct metric cleared(const struct world *w, int group, struct metric_scope scope)
{
    double longest = 0;
    for (int i = 0; i < w->scenario->faults_n; i++) {
        if (scope.kind == SCOPE_FAULT && scope.fault != i) continue;
        for (const struct fault_row *row = w->fault_log->first[i]; row; row = row->next) {
            const sim_time at = row->lag_cleared_of[group];
            if (at == SIM_NEVER) return (struct metric){.value = INFINITY, .why = METRIC_LAG_NOT_CLEARED};
            longest = fmax(longest, sim_seconds(at - row->at));
        }
    }
    return known(longest);
}

static const struct {
    const char *kind, *name;
    enum record_group_figure figure;
} figures[] = {
    {"lag", "peak", RECORD_PEAK_LAG_RECORDS},
    {"lag", "seconds", RECORD_PEAK_LAG_S},
    {"lag", "end", RECORD_END_LAG_RECORDS},
    {"lag", "skew", RECORD_PEAK_LAG_SKEW},
    {"rebalance", "count", RECORD_REBALANCES},
    {"rebalance", "seconds", RECORD_REBALANCING_S},
    {"rebalance", "longest", RECORD_REBALANCE_LONGEST_S},
    {"rebalance", "stopped", RECORD_PARTITION_SECONDS_STOPPED},
    {"instances", "mean", RECORD_INSTANCES_MEAN},
    {"instances", "peak", RECORD_INSTANCES_PEAK},
};

struct metric metric_group_named(const struct replication *r, int group, const char *kind, const char *name, struct metric_scope scope)
{
    if (strncmp(kind, "lag.", 4) == 0 && strcmp(name, "clear") == 0) return cleared(&r->pipeline->world, group, scope);
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        const size_t n = strlen(figures[i].kind);
        if (strncmp(kind, figures[i].kind, n) == 0 && kind[n] == '.' && strcmp(name, figures[i].name) == 0)
            return metric_group(r, group, figures[i].figure);
    }
    CHECK(false, "metric %s", kind);
    return known(0);
}
