/* metrics.c: figures of one replication; see metrics.h. */
#include "metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "autoscale.h"
#include "check.h"
#include "cleaner.h"
#include "cluster.h"
#include "faults.h"
#include "group.h"
#include "lake_feed.h"
#include "processor.h"
#include "rate.h"
#include "record.h"
#include "tiered.h"

/* Completed checkpoints that are kept: the last, the one before it, and the one being written. */
static const double CHECKPOINTS_HELD = 3;

const char *metric_output_name(const struct scenario_group *g)
{
    switch (g->work) {
    case WORK_WINDOW:
        return g->window.feeds ? g->window.feeds : g->name;
    case WORK_WRITE:
        return g->write.table;
    case WORK_NOTHING:
        break;
    }
    return g->name;
}

bool metric_in_scope(const struct scope_set *set, struct metric_scope scope)
{
    switch (scope.kind) {
    case SCOPE_ALL:
        return true;
    case SCOPE_STEADY:
        return set->faults == 0;
    case SCOPE_FAULT:
        return set->faults >> scope.fault & 1;
    }
    return false;
}

struct histogram *metric_histogram(const struct replication *r, enum metric_distribution which, int group,
                                   struct metric_scope scope)
{
    struct telemetry *t = r->pipeline->world.telemetry;
    struct histogram *all = NULL;
    for (int i = 0; i < t->sets_n; i++) {
        struct scope_set *set = &t->sets[i];
        if (!metric_in_scope(set, scope)) continue;
        struct histogram *h = which == METRIC_PRODUCE      ? &set->produce
                              : which == METRIC_END_TO_END ? &set->end_to_end[group]
                              : which == METRIC_FRESHNESS  ? &set->freshness[group]
                              : which == METRIC_QUERY      ? &set->query[group]
                                                           : &set->staleness[group];
        if (histogram_count(h) <= 0) continue;
        if (!all) {
            all = &t->merged;
            histogram_reset(all);
        }
        histogram_merge(all, h);
    }
    return all;
}

double metric_count(const struct replication *r, enum metric_distribution which, int group, struct histogram *h)
{
    const struct telemetry *t = r->pipeline->world.telemetry;
    if (which != METRIC_PRODUCE && which != METRIC_END_TO_END) return histogram_count(h);
    double count = 0;
    for (int i = 0; i < t->sets_n; i++)
        count += (double)(which == METRIC_PRODUCE ? t->sets[i].produced : t->sets[i].delivered[group]);
    return count;
}

const double metric_figure_quantiles[RECORD_FIGURES] = {
    [RECORD_P50] = 0.5,    [RECORD_P75] = 0.75,    [RECORD_P95] = 0.95,
    [RECORD_P99] = 0.99,   [RECORD_P99_9] = 0.999, [RECORD_P99_99] = 0.9999,
};

struct metric metric_figure(struct histogram *h, int figure)
{
    if (!h) return (struct metric){.why = "nothing was measured in this scope"};
    if (figure == RECORD_MEAN) return (struct metric){.value = histogram_mean(h), .known = true};
    if (figure == RECORD_MAX) return (struct metric){.value = histogram_max(h), .known = true};
    double q = metric_figure_quantiles[figure];
    if (!histogram_quantile_known(h, q, METRIC_TAIL_OBSERVATIONS))
        return (struct metric){.why = METRIC_TAIL_UNKNOWN};
    return (struct metric){.value = histogram_quantile(h, q), .known = true};
}

static int group_named(const struct scenario *s, const char *name, size_t n, bool by_output)
{
    for (int g = 0; g < s->groups_n; g++) {
        const char *other = by_output ? metric_output_name(&s->groups[g]) : s->groups[g].name;
        if (strlen(other) == n && strncmp(other, name, n) == 0) return g;
    }
    for (int t = 0; by_output && t < s->tables_n; t++) {
        const char *other = s->tables[t].name;
        if (s->tables[t].from >= 0 && strlen(other) == n && strncmp(other, name, n) == 0) return SCENARIO_GROUPS_MAX + t;
    }
    return -1;
}

static int query_named(const struct scenario *s, const char *name, size_t n)
{
    for (int i = 0; i < s->queries_n; i++)
        if (strlen(s->queries[i].name) == n && strncmp(s->queries[i].name, name, n) == 0) return i;
    return -1;
}

static struct metric distribution_metric(const struct replication *r, const char *name, struct metric_scope scope)
{
    const struct scenario *s = r->pipeline->world.scenario;
    enum metric_distribution which;
    const char *rest;
    bool by_output = true;
    if (strncmp(name, "freshness.", 10) == 0) {
        which = METRIC_FRESHNESS;
        rest = name + 10;
    } else if (strncmp(name, "staleness.", 10) == 0) {
        which = METRIC_STALENESS;
        rest = name + 10;
    } else if (strncmp(name, "query.", 6) == 0) {
        which = METRIC_QUERY;
        rest = name + 6;
    } else if (strncmp(name, "latency.end_to_end.", 19) == 0) {
        which = METRIC_END_TO_END;
        rest = name + 19;
        by_output = false;
    } else {
        which = METRIC_PRODUCE;
        rest = name + strlen("latency.produce") - strlen("produce");
    }
    const char *dot = strchr(rest, '.');
    CHECK(dot, "metric %s has no figure", name);
    int group = which == METRIC_PRODUCE ? 0
                : which == METRIC_QUERY ? query_named(s, rest, (size_t)(dot - rest))
                                        : group_named(s, rest, (size_t)(dot - rest), by_output);
    CHECK(group >= 0, "metric %s names nothing", name);
    for (int f = 0; f < RECORD_FIGURES; f++) {
        if (strcmp(dot + 1, record_figure_names[f]) == 0 && which == METRIC_QUERY) return metric_query(r, group, scope, f);
        if (strcmp(dot + 1, record_figure_names[f]) == 0)
            return metric_figure(metric_histogram(r, which, group, scope), f);
    }
    /* Any other percentile, such as p90. */
    if (dot[1] == 'p' && which == METRIC_QUERY) return metric_query_quantile(r, group, scope, strtod(dot + 2, NULL) / 100);
    if (dot[1] == 'p') {
        struct histogram *h = metric_histogram(r, which, group, scope);
        if (!h) return (struct metric){.why = "nothing was measured in this scope"};
        double q = strtod(dot + 2, NULL) / 100;
        if (!histogram_quantile_known(h, q, METRIC_TAIL_OBSERVATIONS))
            return (struct metric){.why = METRIC_TAIL_UNKNOWN};
        return (struct metric){.value = histogram_quantile(h, q), .known = true};
    }
    CHECK(false, "metric %s has an unknown figure", name);
    return (struct metric){0};
}

static struct metric known(double value)
{
    return (struct metric){.value = value, .known = true};
}

static struct metric delivery_metric(const struct replication *r, const char *rest)
{
    const struct world *w = &r->pipeline->world;
    if (strcmp(rest, "rejected") == 0) return known((double)w->rejected);
    if (strcmp(rest, "produced") == 0) return known((double)w->workload.produced);
    const char *dot = strchr(rest, '.');
    CHECK(dot, "metric delivery.%s", rest);
    int g = group_named(w->scenario, rest, (size_t)(dot - rest), false);
    CHECK(g >= 0, "metric delivery.%s names no group", rest);
    struct pipeline_account a = pipeline_account(w, g);
    if (strcmp(dot, ".lost") == 0) return known((double)a.lost);
    if (strcmp(dot, ".duplicated") == 0) return known((double)a.duplicated);
    if (strcmp(dot, ".deduplicated") == 0) return known((double)a.deduplicated);
    if (strcmp(dot, ".delivered") == 0) return known((double)a.delivered);
    if (strcmp(dot, ".in_flight") == 0) return known((double)a.in_flight);
    if (strcmp(dot, ".reordered") == 0) return known((double)a.reordered);
    if (strcmp(dot, ".dropped_late") == 0)
        return known(w->processors[g] ? round(processor_counts(&w->groups[g]).weighted_late) : 0);
    CHECK(false, "metric delivery.%s", rest);
    return (struct metric){0};
}

/* "lag.<group>.<name>", "rebalance.<group>.<name>" */
static struct metric group_metric(const struct replication *r, const char *name, struct metric_scope scope)
{
    const char *rest = strchr(name, '.') + 1, *dot = strchr(rest, '.');
    CHECK(dot, "metric %s", name);
    int g = group_named(r->pipeline->world.scenario, rest, (size_t)(dot - rest), false);
    CHECK(g >= 0, "metric %s names no group", name);
    return metric_group_named(r, g, name, dot + 1, scope);
}

double metric_load_factor(const struct replication *r, bool without_one, const char **first)
{
    const struct world *w = &r->pipeline->world;
    const struct telemetry *t = w->telemetry;
    double peak = 0;
    for (int i = 0; i < w->scenario->streams_n; i++) {
        if (w->blueprint->stream_producer[i] >= 0)
            peak += rate_max(w->blueprint->stream_rates[i], 0, sim_seconds(w->scenario->run.duration_ns));
    }
    double least = INFINITY;
    *first = NULL;
    for (int i = 0; i < t->resources_n && t->loaded_records > 0; i++) {
        const struct resource_use *use = &t->resources[i];
        if (use->calendar) continue;
        double busiest = 0;
        for (int u = 0; u < use->units; u++) busiest = fmax(busiest, use->loaded_ns[u]);
        if (busiest <= 0) continue;
        double at_peak = busiest * 1e-9 / use->capacity / t->loaded_records * peak;
        if (without_one && i < BROKER_RESOURCES && use->loaded_units > 1) at_peak *= (double)use->loaded_units / (use->loaded_units - 1);
        if (without_one && i < BROKER_RESOURCES && use->loaded_units == 1) at_peak = INFINITY;
        double factor = 1 / at_peak;
        if (factor < least) {
            least = factor;
            *first = use->name;
        }
    }
    return least;
}

struct metric metric_stale_share(const struct replication *r)
{
    const struct scenario *s = r->pipeline->world.scenario;
    const char *output = s->decision.output;
    if (!s->decision.metric) return (struct metric){.why = "the scenario's decision names no metric"};
    if (!output) return (struct metric){.why = "the decision's metric is no output's freshness or staleness"};
    if (s->decision.stale_after_ns == 0)
        return (struct metric){.why = "decision.stale_after is not given, and no objective on the output stands in for it"};
    int of = group_named(s, output, strlen(output), true);
    CHECK(of >= 0, "the decision's output %s is nobody's", output);
    struct histogram *h = metric_histogram(r, METRIC_STALENESS, of, (struct metric_scope){SCOPE_STEADY, 0});
    if (!h) return (struct metric){.why = "the output's staleness was not measured in steady state"};
    return known(histogram_weight_above(h, sim_seconds(s->decision.stale_after_ns)) / histogram_count(h));
}

/* Steady minutes that are too stale, at their price. */
static struct metric delay_metric(const struct replication *r)
{
    double usd_per_s = r->pipeline->world.scenario->decision.cost_of_delay_usd_per_s;
    if (!(usd_per_s > 0)) return (struct metric){.why = METRIC_NO_COST_OF_DELAY};
    struct metric share = metric_stale_share(r);
    if (!share.known) return share;
    return known(share.value * METRIC_MONTH_MINUTES * usd_per_s * 60);
}

static struct metric mean_use(const struct resource_use *use)
{
    if (use->span_s <= 0) return (struct metric){.why = "nothing was measured after the warm-up"};
    return known(telemetry_mean_use(use));
}

struct metric metric_of(const struct replication *r, const char *name, struct metric_scope scope)
{
    const struct world *w = &r->pipeline->world;
    const struct telemetry *t = w->telemetry;
    if (strncmp(name, "freshness.", 10) == 0 || strncmp(name, "staleness.", 10) == 0 || strncmp(name, "latency.", 8) == 0 ||
        strncmp(name, "query.", 6) == 0)
        return distribution_metric(r, name, scope);
    if (strncmp(name, "delivery.", 9) == 0) return delivery_metric(r, name + 9);
    if (strncmp(name, "lag.", 4) == 0 || strncmp(name, "rebalance.", 10) == 0 || strncmp(name, "instances.", 10) == 0)
        return group_metric(r, name, scope);
    if (strcmp(name, "availability.produce") == 0)
        return known(w->workload.produced > 0 ? 1 - (double)w->rejected / (double)w->workload.produced : 1);
    if (strcmp(name, "headroom.load_factor") == 0) {
        const char *first;
        double factor = metric_load_factor(r, false, &first);
        if (!first) return (struct metric){.why = "no window without a fault was measured"};
        return known(factor);
    }
    if (strcmp(name, "cost.month") == 0) {
        if (isnan(r->month_usd)) return (struct metric){.why = r->month_null_reason};
        return known(r->month_usd);
    }
    if (strcmp(name, "cost.delay") == 0) return delay_metric(r);
    if (strncmp(name, "utilization.", 12) == 0) {
        for (int i = 0; i < t->resources_n; i++) {
            size_t n = strlen(t->resources[i].name);
            if (strncmp(name + 12, t->resources[i].name, n) != 0) continue;
            if (strcmp(name + 12 + n, ".peak") == 0) return known(t->resources[i].peak);
            if (strcmp(name + 12 + n, ".mean") == 0) return mean_use(&t->resources[i]);
        }
    }
    return (struct metric){.why = "this version does not measure it"};
}

static void add_meters(struct telemetry_totals *all, const struct telemetry_totals *t, int topics, int groups)
{
    all->seconds += t->seconds;
    all->records += t->records;
    all->wire_bytes += t->wire_bytes;
    all->produce_cross_zone_bytes += t->produce_cross_zone_bytes;
    all->replication_bytes += t->replication_bytes;
    all->replication_cross_zone_bytes += t->replication_cross_zone_bytes;
    all->broker_cpu_ns += t->broker_cpu_ns;
    for (int i = 0; i < topics; i++) all->appended_bytes[i] += t->appended_bytes[i];
    for (int g = 0; g < groups; g++) {
        all->fetch_bytes[g] += t->fetch_bytes[g];
        all->fetch_cross_zone_bytes[g] += t->fetch_cross_zone_bytes[g];
        all->group_cpu_ns[g] += t->group_cpu_ns[g];
        all->put_requests[g] += t->put_requests[g];
        all->objects[g] += t->objects[g];
        all->object_bytes[g] += t->object_bytes[g];
    }
}

/* What a fleet with collectors adds: instances as they scaled, and the load balancer's share of all bytes. */
static void meter_producer(const struct replication *replications, int n, int fleet, struct meters *m)
{
    const struct world *first = &replications[0].pipeline->world;
    const struct scenario *s = first->scenario;
    const struct scenario_producer *config = &s->producers[fleet];
    double instances = 0, own = 0, all = 0;
    if (config->collector.cpu_ns <= 0) return;
    for (int i = 0; i < n && first->fleets[fleet].scaler; i++)
        instances += autoscale_instances_mean(replications[i].pipeline->world.fleets[fleet].scaler) / n;
    if (instances > 0) m->producers[fleet].instances.count = instances;
    if (!config->collector.load_balancer) return;
    for (int i = 0; i < s->streams_n; i++) {
        const int f = first->blueprint->stream_producer[i];
        if (f < 0) continue;
        const double bytes = rate_integral(first->blueprint->stream_rates[i], 0, sim_seconds(s->run.duration_ns)) *
                             (double)s->streams[i].event_size_bytes;
        all += bytes;
        if (f == fleet) own += bytes;
    }
    m->producers[fleet].balanced_bytes.per_event = all > 0 ? m->raw_bytes.per_event * own / all : 0;
}

void metric_meters(const struct replication *replications, int n, struct meters *m, struct arena *arena)
{
    const struct scenario *s = replications[0].pipeline->world.scenario;
    struct telemetry_totals totals = {0}, *t = &totals;
    double produced = 0, raw_bytes = 0, events = 0, state_bytes[SCENARIO_GROUPS_MAX] = {0};
    for (int i = 0; i < n; i++) {
        const struct world *w = &replications[i].pipeline->world;
        add_meters(t, &w->telemetry->totals, s->topics_n, s->groups_n);
        produced += (double)w->workload.produced;
        raw_bytes += w->workload.raw_bytes;
        /* What was accepted while the meters ran, by the ledger: sampled bytes are in proportion to it. */
        events += w->telemetry->totals.records;
        for (int g = 0; g < s->groups_n; g++) {
            if (w->processors[g]) state_bytes[g] = fmax(state_bytes[g], processor_counts(&w->groups[g]).state_bytes_max);
        }
    }
    if (events <= 0) events = 1;
    meters_init(m, s);
    const struct rate_curve *month = rate_of_month(s, arena);
    m->month_events_per_s_mean = rate_mean(month);
    m->measured_events = t->records;
    int brokers = 0; /* those that there are in the end */
    for (int i = 0; i < n; i++) brokers += replications[i].pipeline->world.cluster.brokers_n;
    m->brokers.instances.count = (double)brokers / n;
    for (int i = 0; i < n; i++) m->brokers.fullest_share += cluster_fullest_share(&replications[i].pipeline->world) / n;
    m->raw_bytes.per_event = produced > 0 ? raw_bytes / produced : 0;
    m->produce_bytes.per_event = t->wire_bytes / events;
    m->produce_cross_zone_bytes.per_event = t->produce_cross_zone_bytes / events;
    m->replication_bytes.per_event = t->replication_bytes / events;
    m->replication_cross_zone_bytes.per_event = t->replication_cross_zone_bytes / events;
    m->broker_cpu_s.per_event = t->broker_cpu_ns * 1e-9 / events;
    for (int f = 0; f < m->producers_n; f++) meter_producer(replications, n, f, m);
    for (int i = 0; i < m->topics_n; i++) {
        m->topics[i].appended_bytes.per_event = t->appended_bytes[i] / events;
        for (int j = 0; j < n; j++) m->topics[i].compacted_bytes += cleaner_steady_bytes(&replications[j].pipeline->world, i) / n;
        if (!m->topics[i].tiered) continue;
        for (int j = 0; j < n; j++) {
            const struct world *w = &replications[j].pipeline->world;
            const struct tiered_counts c = tiered_counts(w);
            const double all = fmax(1, (double)(w->workload.produced - w->rejected));
            m->topics[i].remote_puts.per_event += (double)c.puts / all / n;
            m->topics[i].remote_gets.per_event += c.reads / all / n;
            m->topics[i].remote_read_bytes.per_event += c.read_bytes / all / n;
        }
    }
    double hours = t->seconds > 0 ? t->seconds / 3600 : 1;
    for (int g = 0; g < m->groups_n; g++) {
        struct meters_group *group = &m->groups[g];
        group->cpu_s.per_event = t->group_cpu_ns[g] * 1e-9 / events;
        group->fetch_bytes.per_event = t->fetch_bytes[g] / events;
        group->fetch_cross_zone_bytes.per_event = t->fetch_cross_zone_bytes[g] / events;
        const struct scenario_group *config = &s->groups[g];
        group->instances.count = 0;
        for (int i = 0; i < n; i++) group->instances.count += group_instances_mean(&replications[i].pipeline->world.groups[g]);
        group->instances.count /= n;
        if (config->work == WORK_WINDOW) {
            group->put_requests.per_hour = t->put_requests[g] / hours; /* checkpoints: by the clock */
            group->held_bytes = CHECKPOINTS_HELD * state_bytes[g];
        }
        if (config->work != WORK_WRITE || t->objects[g] <= 0) continue;
        /* Files rolled by size come with events, those rolled by time with the clock: by which is the larger cause. */
        double mean = t->object_bytes[g] / t->objects[g];
        bool by_size = mean >= 0.9 * (double)config->write.roll_size_bytes;
        struct meter objects = {0}, puts = {0};
        if (by_size) {
            objects.per_event = t->objects[g] / events;
            puts.per_event = t->put_requests[g] / events;
        } else {
            objects.per_hour = t->objects[g] / hours;
            puts.per_hour = t->put_requests[g] / hours;
        }
        group->put_requests = puts;
        for (int i = 0; i < m->tables_n; i++) {
            if (strcmp(m->tables[i].name, config->write.table) != 0) continue;
            m->tables[i].objects = objects;
            m->tables[i].object_bytes.per_event = t->object_bytes[g] / events;
        }
    }
    metrics_lake(replications, n, m);
    metrics_queries(replications, n, m);
}
