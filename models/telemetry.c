/* telemetry.c: what one replication measures; see telemetry.h. */
#include "telemetry.h"

#include <math.h>

#include "arena.h"
#include "check.h"
#include "collector.h"
#include "faults.h"
#include "fluid.h"
#include "group.h"
#include "lake.h"
#include "lake_feed.h"
#include "query_feed.h"
#include "sink.h"
#include "workload.h"

enum { SERIES_STEP_S = 10, SERIES_CAPACITY = 4096, WINDOW_S = 60, WINDOW_DATA_S = 5, MERGE_RECORDS = 16 };
enum { LAG_STEP_MS = 3750 }; /* doubled it becomes 15 s, a minute, two */
/* 0.1 ms to a day, to within half a percent. */
static const double LEAST_S = 1e-4, MOST_S = 1e5, RELATIVE_ERROR = 0.005;

void telemetry_times_init(struct world *w, struct histogram *h)
{
    histogram_init(h, w->arena, LEAST_S, MOST_S, RELATIVE_ERROR);
}

static void init_means(struct world *w, struct mean_series *s)
{
    series_init(&s->sum, w->arena, SERIES_SUM, SERIES_STEP_S * SIM_S, SERIES_CAPACITY);
    series_init(&s->records, w->arena, SERIES_SUM, SERIES_STEP_S * SIM_S, SERIES_CAPACITY);
}

/* Series are on the scenario's own clock. */
static sim_time time_of(const struct world *w)
{
    return world_scenario_time(w, w->slice_start);
}

static void add_mean(struct world *w, struct mean_series *s)
{
    series_add(&s->sum, time_of(w), s->slice_sum);
    series_add(&s->records, time_of(w), s->slice_records);
    s->slice_sum = s->slice_records = 0;
}

static struct scope_set *set_of(struct world *w, uint64_t faults, int row)
{
    struct telemetry *t = w->telemetry;
    for (int i = 0; i < t->sets_n; i++) {
        if (t->sets[i].faults == faults && (faults != 0 || t->sets[i].row == row)) return &t->sets[i];
    }
    /* More combinations than there is room for share the last one: it belongs to all faults that were ever in it. */
    if (faults != 0 && t->fault_sets_n == TELEMETRY_SETS_MAX - 1) {
        t->last_fault_set->faults |= faults;
        return t->last_fault_set;
    }
    CHECK(t->sets_n < TELEMETRY_SETS_MAX + TELEMETRY_ROWS_MAX, "row %d of %d", row, TELEMETRY_ROWS_MAX);
    struct scope_set *set = &t->sets[t->sets_n++];
    set->faults = faults;
    set->row = row;
    if (faults != 0) {
        t->fault_sets_n++;
        t->last_fault_set = set;
    }
    telemetry_times_init(w, &set->produce);
    for (int g = 0; g < w->scenario->groups_n; g++) {
        telemetry_times_init(w, &set->end_to_end[g]);
        telemetry_times_init(w, &set->freshness[g]);
        telemetry_times_init(w, &set->staleness[g]);
    }
    for (int i = 0; i < w->scenario->tables_n; i++) {
        if (w->scenario->tables[i].from < 0) continue;
        telemetry_times_init(w, &set->freshness[SCENARIO_GROUPS_MAX + i]);
        telemetry_times_init(w, &set->staleness[SCENARIO_GROUPS_MAX + i]);
    }
    for (int i = 0; i < w->scenario->queries_n; i++)
        telemetry_times_init(w, &set->query[i]);
    return set;
}

void telemetry_scope(struct world *w, uint64_t faults)
{
    w->telemetry->set = set_of(w, faults, w->telemetry->row);
}

void telemetry_row(struct world *w, int row)
{
    CHECK(w->telemetry->set->faults == 0 || w->telemetry->row == row, "row %d, with a fault in effect", row);
    w->telemetry->row = row;
    telemetry_scope(w, w->telemetry->set->faults);
}

struct scope_set *telemetry_row_set(struct world *w, int row)
{
    return set_of(w, 0, row);
}

static void add_resource(struct world *w, const char *name, int units, double capacity)
{
    struct telemetry *t = w->telemetry;
    CHECK(t->resources_n < TELEMETRY_RESOURCES_MAX, "resource %s", name);
    t->resources[t->resources_n++] = (struct resource_use){
        .name = name,
        .units = units,
        .capacity = capacity,
        .last = NAN,
        .last_ns = ARENA_NEW(w->arena, double, (size_t)units),
        .window_ns = ARENA_NEW(w->arena, double, (size_t)units),
        .loaded_ns = ARENA_NEW(w->arena, double, (size_t)units),
    };
}

static void init_lag_grid(struct world *w, int group)
{
    struct lag_grid *grid = &w->telemetry->lag_grid[group];
    int partitions = w->groups[group].partitions_n;
    grid->partitions_per_row = (partitions - 1) / TELEMETRY_LAG_ROWS + 1;
    grid->rows_n = (partitions - 1) / grid->partitions_per_row + 1;
    grid->rows = ARENA_NEW(w->arena, struct series, (size_t)grid->rows_n);
    for (int i = 0; i < grid->rows_n; i++)
        series_init(&grid->rows[i], w->arena, SERIES_MAX, LAG_STEP_MS * SIM_MS, TELEMETRY_LAG_STEPS);
}

void telemetry_brokers_joined(struct world *w)
{
    for (int i = 0; i < BROKER_RESOURCES; i++) w->telemetry->resources[i].units = w->cluster.brokers_n;
}

void telemetry_brokers_even(struct world *w)
{
    w->telemetry->loaded_anew = true;
}

void telemetry_init(struct world *w)
{
    struct telemetry *t = ARENA_NEW(w->arena, struct telemetry, 1);
    w->telemetry = t;
    t->world = w;
    t->window_steady = true;
    t->first_jump = SIM_NEVER;
    telemetry_times_init(w, &t->merged);
    telemetry_scope(w, 0);
    for (int i = 0; i < BROKER_RESOURCES; i++)
        add_resource(w, broker_resources[i].name, w->cluster.brokers_max, broker_resource_servers(&w->cluster.brokers[0], i));
    telemetry_brokers_joined(w);
    sim_time step = SERIES_STEP_S * SIM_S;
    series_init(&t->produced, w->arena, SERIES_SUM, step, SERIES_CAPACITY);
    series_init(&t->rejected, w->arena, SERIES_SUM, step, SERIES_CAPACITY);
    series_init(&t->broker_cpu, w->arena, SERIES_MEAN, step, SERIES_CAPACITY);
    init_means(w, &t->produce);
    rescale_init(w);
    for (int g = 0; g < w->scenario->groups_n; g++) {
        const char *name = w->scenario->groups[g].name;
        add_resource(w, arena_printf(w->arena, "group.%s.cpu", name), w->groups[g].consumers_n, 1);
        series_init(&t->consumed[g], w->arena, SERIES_SUM, step, SERIES_CAPACITY);
        init_means(w, &t->end_to_end[g]);
        series_init(&t->lag[g], w->arena, SERIES_MAX, step, SERIES_CAPACITY);
        if (w->groups[g].config->autoscale.max > 0) series_init(&t->instances[g], w->arena, SERIES_MAX, step, SERIES_CAPACITY);
        init_means(w, &t->freshness[g]);
        series_init(&t->staleness[g], w->arena, SERIES_MAX, step, SERIES_CAPACITY);
        init_lag_grid(w, g);
    }
    for (int i = 0; i < w->scenario->tables_n; i++) {
        const int output = SCENARIO_GROUPS_MAX + i;
        if (lake_feed_needed(w->scenario)) {
            series_init(&t->files[i], w->arena, SERIES_LAST, step, SERIES_CAPACITY);
            series_init(&t->bytes[i], w->arena, SERIES_LAST, step, SERIES_CAPACITY);
            series_init(&t->files_rewritten[i], w->arena, SERIES_SUM, step, SERIES_CAPACITY);
        }
        if (w->scenario->tables[i].from < 0) continue;
        init_means(w, &t->freshness[output]);
        series_init(&t->staleness[output], w->arena, SERIES_MAX, step, SERIES_CAPACITY);
    }
    for (int f = 0; f < w->scenario->producers_n; f++)
        add_resource(w, arena_printf(w->arena, "producer.%s.cpu", w->scenario->producers[f].name), w->fleets[f].n,
                     w->scenario->producers[f].collector.cpu_ns > 0 ? w->scenario->producers[f].collector.cores : 1);
    const int before = t->resources_n;
    for (int e = 0; e < w->scenario->engines_n; e++) {
        const struct scenario_engine *engine = &w->scenario->engines[e];
        add_resource(w, arena_printf(w->arena, "engine.%s.slots", engine->name), 1,
                     (double)engine->workers * engine->instance_vcpu);
        add_resource(w, arena_printf(w->arena, "engine.%s.coordinator", engine->name), 1, engine->coordinator_vcpu);
    }
    for (int i = before; i < t->resources_n; i++)
        t->resources[i].calendar = true;
    for (int g = 0; g < w->scenario->groups_n; g++) {
        if (w->groups[g].sink)
            add_resource(w, arena_printf(w->arena, "group.%s.sink", w->scenario->groups[g].name), 1,
                         w->scenario->groups[g].sink.concurrency);
    }
}

/* --- Resources --------------------------------------------------------------------------------------- */

/* A reading is not before the latest arrival, which it may have been told ahead. */
static double fifo_reading(const struct fifo *f, sim_time now)
{
    return fifo_busy_ns(f, now > f->last_arrival ? now : f->last_arrival);
}

static double busy_ns(struct world *w, int resource, int unit)
{
    sim_time now = w->data.now;
    int groups = w->scenario->groups_n;
    if (resource < BROKER_RESOURCES) return broker_resource_busy_ns(&w->cluster.brokers[unit], resource, now);
    resource -= BROKER_RESOURCES;
    const int engines = groups + w->scenario->producers_n;
    const int sinks = engines + 2 * w->scenario->engines_n;
    if (resource >= sinks) {
        resource -= sinks;
        for (int g = 0; g < groups; g++)
            if (w->groups[g].sink && resource-- == 0) return sink_busy_ns(&w->groups[g]);
        CHECK(false, "a sink too many");
    }
    if (resource >= engines) return query_feed_busy_ns(w, (resource - engines) / 2, (resource - engines) % 2 == 1);
    if (resource >= groups) {
        const struct producer *p = &w->fleets[resource - groups].instances[unit];
        return p->append_ns + collector_busy_ns(p) + fifo_reading(&p->cpu, now);
    }
    return fifo_reading(&w->groups[resource].consumers[unit].cpu, now);
}

static bool is_group(const struct world *w, int resource)
{
    return resource >= BROKER_RESOURCES && resource < BROKER_RESOURCES + w->scenario->groups_n;
}

static void close_window(struct world *w)
{
    struct telemetry *t = w->telemetry;
    if (t->window_s <= 0) return;
    double load = t->window_records / t->window_s;
    bool loaded = t->window_steady && (load >= 0.8 * t->top_load || t->loaded_anew);
    bool anew = loaded && (load > 1.25 * t->top_load || t->loaded_anew); /* what was measured before was at much lower load */
    if (loaded && (load > t->top_load || t->loaded_anew)) t->top_load = load;
    if (loaded) t->loaded_anew = false;
    if (anew) t->loaded_records = 0;
    if (loaded) t->loaded_records += t->window_records;
    for (int i = 0; i < t->resources_n; i++) {
        struct resource_use *r = &t->resources[i];
        r->last = 0;
        if (loaded) r->loaded_units = r->units;
        for (int u = 0; u < r->units; u++) {
            if (is_group(w, i)) r->window_ns[u] += rescale_thread_ns(w, i - BROKER_RESOURCES, u);
            double use = r->window_ns[u] / (t->window_s * 1e9 * r->capacity);
            if (use > r->peak) r->peak = use;
            if (use > r->last) r->last = use;
            if (anew) r->loaded_ns[u] = 0;
            if (loaded) r->loaded_ns[u] += r->window_ns[u];
            r->window_ns[u] = 0;
        }
    }
    rescale_window_end(w);
    t->window_s = t->window_data_s = t->window_records = 0;
    t->window_steady = true;
}

double telemetry_mean_use(const struct resource_use *use)
{
    if (use->unit_s > 0) return use->busy_ns / (use->unit_s * 1e9 * use->capacity);
    return use->busy_ns / (use->span_s * 1e9 * use->units * use->capacity);
}

static void read_resources(struct world *w, double seconds, int64_t produced, const int64_t delivered[])
{
    struct telemetry *t = w->telemetry;
    for (int i = 0; i < t->resources_n; i++) {
        struct resource_use *r = &t->resources[i];
        double all = 0;
        for (int u = 0; u < r->units; u++) {
            double now = busy_ns(w, i, u);
            double worked = (now - r->last_ns[u]) * (r->calendar ? 1 : w->weight);
            r->last_ns[u] = now;
            if (!t->warm) continue;
            if (!is_group(w, i) || !rescale_worked(w, i - BROKER_RESOURCES, u, worked)) r->window_ns[u] += worked;
            all += worked;
        }
        if (!t->warm) continue;
        if (i == BROKER_CPU) {
            t->totals.broker_cpu_ns += all;
            series_add(&t->broker_cpu, time_of(w), all / (seconds * 1e9 * r->capacity * r->units));
        }
        if (is_group(w, i)) t->totals.group_cpu_ns[i - BROKER_RESOURCES] += all;
        if (w->fraction < 1 && is_group(w, i)) r->sampled_busy_ns += all;
        r->busy_ns += all;
        r->span_s += seconds;
        if (i < BROKER_RESOURCES && w->cluster.brokers_max > w->scenario->cluster.brokers) r->unit_s += seconds * r->units;
        if (is_group(w, i) && w->groups[i - BROKER_RESOURCES].scaling) r->unit_s += seconds * group_threads(&w->groups[i - BROKER_RESOURCES]);
    }
    if (t->warm) {
        t->window_s += seconds;
        t->window_data_s += sim_seconds(w->piece_end - w->piece_start);
    }
    rescale_slice(w, produced, delivered);
    if (t->window_s >= WINDOW_S && t->window_data_s >= WINDOW_DATA_S) close_window(w);
}

/* --- Slices ------------------------------------------------------------------------------------------ */

void telemetry_begin_slice(struct world *w)
{
    struct telemetry *t = w->telemetry;
    t->warm = w->slice_start >= w->scenario->run.warmup_ns;
    /* What was rewritten before the run is none of its figures. */
    for (int i = 0; w->slice_start == 0 && lake_feed_lake(w) && i < w->scenario->tables_n; i++)
        t->last_files_rewritten[i] = lake_counts(lake_feed_lake(w), i).files_rewritten;
}

/* Returns the group's lag, all partitions. */
static int64_t note_lag(struct world *w, int group, sim_time at)
{
    struct lag_grid *grid = &w->telemetry->lag_grid[group];
    const struct group *g = &w->groups[group];
    int64_t all = 0;
    for (int i = 0, row = 0; row < grid->rows_n; row++) {
        int64_t largest = 0;
        for (int end = i + grid->partitions_per_row; i < end && i < g->partitions_n; i++) {
            int64_t lag = group_partition_lag(g, i);
            if (lag > largest) largest = lag;
            all += lag;
        }
        series_add(&grid->rows[row], at, (double)largest);
    }
    return all;
}

static int64_t delivered_to(const struct group *g)
{
    int64_t delivered = 0;
    for (int p = 0; p < g->partitions_n; p++) delivered += g->partitions[p].delivered;
    return delivered;
}

static void note_lake(struct world *w)
{
    struct telemetry *t = w->telemetry;
    const struct lake *lake = lake_feed_lake(w);
    for (int i = 0; lake && i < w->scenario->tables_n; i++) {
        const struct lake_counts counts = lake_counts(lake, i);
        series_add(&t->files[i], time_of(w), (double)counts.files);
        series_add(&t->bytes[i], time_of(w), (double)counts.bytes);
        series_add(&t->files_rewritten[i], time_of(w), (double)(counts.files_rewritten - t->last_files_rewritten[i]));
        t->last_files_rewritten[i] = counts.files_rewritten;
    }
}

void telemetry_slice(struct world *w, int64_t produced)
{
    struct telemetry *t = w->telemetry;
    double seconds = sim_seconds(w->slice_end - w->slice_start);
    series_add(&t->produced, time_of(w), (double)produced);
    series_add(&t->rejected, time_of(w), (double)(w->rejected - t->last_rejected));
    t->last_rejected = w->rejected;
    add_mean(w, &t->produce);
    if ((double)produced / seconds > (double)t->peak_records_per_s) t->peak_records_per_s = (int64_t)((double)produced / seconds);
    if (t->warm) {
        t->totals.seconds += seconds;
        t->totals.data_seconds += sim_seconds(w->piece_end - w->piece_start);
        t->set->seconds += seconds;
        t->set->produced += produced;
        t->window_records += (double)produced;
        /* Disks write what a broker fetched when it came back, for longer than its fault is in effect. */
        if (t->set->faults != 0 || fluid_disk_backlog(w) > FLUID_BACKLOG_NS) t->window_steady = false;
    }
    int64_t fresh[SCENARIO_GROUPS_MAX];
    for (int g = 0; g < w->scenario->groups_n; g++) {
        int64_t delivered = delivered_to(&w->groups[g]);
        fresh[g] = delivered - t->last_delivered[g];
        t->last_delivered[g] = delivered;
        if (t->warm) t->set->delivered[g] += fresh[g];
        series_add(&t->consumed[g], time_of(w), (double)fresh[g]);
        add_mean(w, &t->end_to_end[g]);
        series_add(&t->lag[g], time_of(w), (double)note_lag(w, g, time_of(w)));
        if (w->groups[g].scaling) series_add(&t->instances[g], time_of(w), w->groups[g].in_service);
    }
    note_lake(w);
    read_resources(w, seconds, produced - (w->rejected_by[REJECT_SCHEMA] - t->last_refused), fresh);
    t->last_refused = w->rejected_by[REJECT_SCHEMA];
}

/* --- Jumps ------------------------------------------------------------------------------------------- */

void telemetry_jump_slice(struct world *w, sim_time from, sim_time to, int64_t produced)
{
    struct telemetry *t = w->telemetry;
    const double per_s = (double)produced / sim_seconds(to - from);
    series_add(&t->produced, from, (double)produced);
    series_add(&t->rejected, from, 0);
    for (int g = 0; g < w->scenario->groups_n; g++)
        series_add(&t->consumed[g], from, (double)workload_count_to(w, w->groups[g].config->topic));
    if (per_s > (double)t->peak_records_per_s) t->peak_records_per_s = (int64_t)per_s;
}

void telemetry_jump_end(struct world *w, sim_time from, sim_time to)
{
    struct telemetry *t = w->telemetry;
    if (from < t->first_jump) t->first_jump = from;
    for (int g = 0; g < w->scenario->groups_n; g++) {
        t->last_delivered[g] = delivered_to(&w->groups[g]);
        /* Queues stand as they were all along. The end comes first: it decides on the step. */
        note_lag(w, g, to - 1);
        for (sim_time at = from; at < to; at += series_step_ns(&t->lag_grid[g].rows[0])) note_lag(w, g, at);
    }
}

void telemetry_finish(struct world *w)
{
    close_window(w);
    rescale_finish(w);
}

/* --- From the data plane ----------------------------------------------------------------------------- */

void telemetry_request_sent(struct world *w)
{
    if (w->telemetry->warm) w->telemetry->totals.requests += w->weight;
}

void telemetry_appended(struct world *w, const struct produce_request *r, int64_t records)
{
    if (records == 0) return;
    double share = (double)records / (double)r->records; /* the rest was refused, and will come again */
    struct broker *b = &w->cluster.brokers[r->connection->broker];
    b->appended_bytes += r->wire_bytes * share;
    if (!w->telemetry->warm) return;
    struct telemetry_totals *all = &w->telemetry->totals;
    all->batches += w->weight * r->batches * share;
    all->records += w->weight * (double)records;
    all->wire_bytes += w->weight * r->wire_bytes * share;
    if (b->zone != r->connection->producer->zone) all->produce_cross_zone_bytes += w->weight * r->wire_bytes * share;
    all->appended_bytes[w->cluster.partitions[r->parts[0].partition].topic] += w->weight * r->wire_bytes * share;
}

/* n records that left a stage after `first_s` to `last_s`; before the end of warm-up they are in the series alone. */
static void add_times(const struct world *w, struct histogram *h, struct mean_series *s, double first_s, double last_s, int64_t n)
{
    s->slice_sum += (n == 1 ? last_s : (first_s + last_s) / 2) * (double)n * w->weight;
    s->slice_records += (double)n * w->weight;
    if (w->telemetry->warm) histogram_add_batch(h, first_s, last_s, n, w->weight);
}

void telemetry_produced(struct world *w, const struct produce_request *r, sim_time now)
{
    struct telemetry *t = w->telemetry;
    struct histogram *h = t->rescale.part ? &t->rescale.part->produce : &t->set->produce;
    /* Whole fresh batches of one drain share one interval: their records are spread over it alike. */
    int64_t fresh = r->fresh_records;
    for (int i = 0; i < r->parts_n && fresh > 0; i++) {
        if (r->parts[i].fresh && r->parts[i].records == 0) fresh = 0; /* some were taken back: count what is left */
    }
    if (fresh < MERGE_RECORDS) fresh = 0;
    histogram_group_begin(h); /* its records are acknowledged together */
    if (fresh > 0) {
        sim_time last = r->fresh_last - (r->fresh_last - r->fresh_first) / fresh;
        add_times(w, h, &t->produce, sim_seconds(now - r->fresh_first), sim_seconds(now - last), fresh);
    }
    for (int i = 0; i < r->parts_n; i++) {
        const struct produce_part *part = &r->parts[i];
        if (part->records == 0 || (part->fresh && fresh > 0)) continue;
        add_times(w, h, &t->produce, sim_seconds(now - part->first), sim_seconds(now - part->last), part->records);
    }
    histogram_group_end(h);
}

void telemetry_response_begin(struct world *w, int group)
{
    struct telemetry *t = w->telemetry;
    t->response = t->rescale.part ? &t->rescale.part->end_to_end[group] : &t->set->end_to_end[group];
    histogram_group_begin(t->response);
}

void telemetry_response_end(struct world *w)
{
    histogram_group_end(w->telemetry->response);
}

void telemetry_delivered(struct world *w, int group, sim_time first_ns, sim_time last_ns, int64_t n)
{
    struct telemetry *t = w->telemetry;
    add_times(w, t->response, &t->end_to_end[group], sim_seconds(first_ns > 0 ? first_ns : 0),
              sim_seconds(last_ns > 0 ? last_ns : 0), n);
}

void telemetry_replicated(struct world *w, const struct fetcher *f, double bytes)
{
    struct broker *follower = &w->cluster.brokers[f->follower];
    follower->appended_bytes += bytes;
    if (!w->telemetry->warm) return;
    struct telemetry_totals *all = &w->telemetry->totals;
    bytes -= f->moved_bytes; /* no part of a month */
    all->replication_bytes += w->weight * bytes;
    if (w->cluster.brokers[f->leader].zone != follower->zone) all->replication_cross_zone_bytes += w->weight * bytes;
}

void telemetry_fetched(struct world *w, const struct consumer *c, int broker, double bytes)
{
    if (!w->telemetry->warm) return;
    struct telemetry_totals *all = &w->telemetry->totals;
    all->fetch_bytes[c->group->index] += w->weight * bytes;
    if (w->cluster.brokers[broker].zone != c->zone) all->fetch_cross_zone_bytes[c->group->index] += w->weight * bytes;
}

/* --- From outputs ------------------------------------------------------------------------------------ */

void telemetry_visible(struct world *w, int group, sim_time visible, sim_time from, sim_time to, double records)
{
    struct telemetry *t = w->telemetry;
    if (records <= 0) return;
    double low = sim_seconds(visible - to), high = sim_seconds(visible - from);
    if (low < 0) low = 0;
    if (high < low) high = low;
    series_add(&t->freshness[group].sum, time_of(w), (low + high) / 2 * records);
    series_add(&t->freshness[group].records, time_of(w), records);
    if (t->warm) histogram_add_range(&t->set->freshness[group], low, high, records);
}

void telemetry_staleness(struct world *w, int group, sim_time staleness_ns)
{
    struct telemetry *t = w->telemetry;
    double seconds = staleness_ns > 0 ? sim_seconds(staleness_ns) : 0;
    series_add(&t->staleness[group], time_of(w), seconds);
    if (group < SCENARIO_GROUPS_MAX) w->fault_log->staleness_s[group] = seconds;
    if (t->warm) histogram_add(&t->set->staleness[group], seconds, sim_seconds(w->slice_end - w->slice_start));
}

void telemetry_query(struct world *w, int query, sim_time latency_ns)
{
    struct scope_set *set = w->telemetry->set;
    if (latency_ns == SIM_NEVER)
        set->query_refused[query]++;
    else
        histogram_add(&set->query[query], sim_seconds(latency_ns), 1);
}

void telemetry_object(struct world *w, int group, double bytes, double put_requests)
{
    if (!w->telemetry->warm) return;
    w->telemetry->totals.objects[group] += 1;
    w->telemetry->totals.object_bytes[group] += bytes;
    w->telemetry->totals.put_requests[group] += put_requests;
}
