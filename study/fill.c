/* fill.c: replications make a run record; see fill.h. */
#include "fill_parts.h"

#include <math.h>
#include <string.h>

#include "arena.h"
#include "calibration.h"
#include "check.h"
#include "confidence.h"
#include "group.h"
#include "processor.h"
#include "scenario_table.h"
#include "writer.h"

static const struct metric_scope ALL = {SCOPE_ALL, 0};
/* Not even by batch means, of a run in which nothing changes: when producers' batches open and consumers' fetches return
 * lies differently in every run and drifts so slowly that no test sees it. Of 126 such 95 % intervals of mean latencies
 * (30 runs each of 20 minutes and an hour of scenarios/ad-clickstream-small.json at a constant rate, without faults)
 * 111 held the mean over all runs, and of 135 of percentiles, by sections, 99. */
static const char *const ONE_REPLICATION = "one replication knows no interval";

struct estimate estimate_of(const struct metric *values, int n, struct arena *arena)
{
    struct estimate e = {.mean = record_unknown("nothing was simulated"), .ci95 = {.why_null = "nothing was simulated"}};
    double *known = ARENA_NEW(arena, double, (size_t)n);
    for (int i = 0; i < n; i++) {
        if (!values[i].known) {
            const char *why = values[i].why ? values[i].why : "not known in every replication";
            return (struct estimate){.mean = record_unknown(why), .ci95 = {.why_null = why}};
        }
        known[i] = values[i].value;
    }
    if (n == 0) return e;
    struct interval interval = confidence_interval(known, n, 0.95);
    e.mean = record_maybe(interval.mean, "it is not finite");
    e.ci95 = n < 2 ? (struct record_interval){.why_null = ONE_REPLICATION}
                   : (struct record_interval){.low = interval.low, .high = interval.high, .known = isfinite(interval.low)};
    return e;
}

/* --- Distributions ----------------------------------------------------------------------------------- */

void fill_figures(struct record_distribution *d, const char *name, int64_t count, const struct metric *values, int n,
                  struct arena *arena)
{
    d->name = name;
    d->unit = "s";
    d->count = count;
    for (int f = 0; f < RECORD_FIGURES; f++) {
        struct estimate e = estimate_of(&values[f * n], n, arena);
        d->figure[f] = e.mean;
        d->ci95[f] = e.ci95;
        if (f != RECORD_MAX || !e.mean.known) continue;
        double most = 0; /* of all replications */
        for (int i = 0; i < n; i++) most = fmax(most, values[f * n + i].value);
        d->figure[f] = record_known(most);
        d->ci95[f] = (struct record_interval){0};
    }
}

static void fill_distribution(struct record_distribution *d, const char *name, enum metric_distribution which, int index,
                              const struct replication *r, int n, struct arena *arena)
{
    struct metric *values = ARENA_NEW(arena, struct metric, (size_t)n * RECORD_FIGURES);
    double count = 0;
    for (int i = 0; i < n; i++) {
        struct histogram *h = metric_histogram(&r[i], which, index, ALL);
        if (h) count += metric_count(&r[i], which, index, h);
        for (int f = 0; f < RECORD_FIGURES; f++) values[f * n + i] = metric_figure(h, f);
    }
    fill_figures(d, name, (int64_t)llround(count), values, n, arena);
}

static void fill_distributions(const struct scenario *s, const struct replication *r, int n, struct arena *arena,
                               struct record *record)
{
    size_t groups = (size_t)s->groups_n;
    record->latency = ARENA_NEW(arena, struct record_distribution, groups + 1);
    const size_t outputs = groups + (size_t)s->tables_n;
    record->freshness = ARENA_NEW(arena, struct record_distribution, outputs);
    record->staleness = ARENA_NEW(arena, struct record_distribution, outputs);
    fill_distribution(&record->latency[record->latency_n++], "produce", METRIC_PRODUCE, 0, r, n, arena);
    for (int g = 0; g < s->groups_n; g++) {
        const struct scenario_group *group = &s->groups[g];
        fill_distribution(&record->latency[record->latency_n++], arena_printf(arena, "end_to_end.%s", group->name),
                          METRIC_END_TO_END, g, r, n, arena);
        if (group->work == WORK_NOTHING) continue;
        const char *output = metric_output_name(group);
        fill_distribution(&record->freshness[record->freshness_n++], output, METRIC_FRESHNESS, g, r, n, arena);
        fill_distribution(&record->staleness[record->staleness_n++], output, METRIC_STALENESS, g, r, n, arena);
    }
    for (int t = 0; t < s->tables_n; t++) {
        const int output = SCENARIO_GROUPS_MAX + t;
        const char *name = s->tables[t].name;
        if (s->tables[t].from < 0) continue;
        fill_distribution(&record->freshness[record->freshness_n++], name, METRIC_FRESHNESS, output, r, n, arena);
        fill_distribution(&record->staleness[record->staleness_n++], name, METRIC_STALENESS, output, r, n, arena);
    }
}

/* --- Load, delivery, utilisation --------------------------------------------------------------------- */

static void fill_load(const struct scenario *s, const struct replication *r, int n, struct record *record)
{
    double peak = 0, produced = 0, raw = 0, wire = 0, batches = 0, requests = 0, records = 0, seconds = 0, cpu = 0;
    for (int i = 0; i < n; i++) {
        const struct world *w = &r[i].pipeline->world;
        const struct telemetry_totals *t = &w->telemetry->totals;
        peak = fmax(peak, (double)w->telemetry->peak_records_per_s);
        produced += (double)w->workload.produced;
        raw += w->workload.raw_bytes;
        wire += t->wire_bytes;
        batches += t->batches;
        requests += t->requests;
        records += t->records;
        seconds += t->seconds;
        cpu += sim_seconds(r[i].pipeline->simulated);
    }
    const char *short_run = "nothing was produced after the warm-up";
    record->load.peak_per_s = record_known(peak);
    record->load.mean_per_s = record_maybe(produced / cpu, short_run);
    record->load.raw_bytes_per_s = record_maybe(raw / cpu, short_run);
    record->load.wire_bytes_per_s = record_maybe(wire / seconds, short_run);
    double raw_each = raw / produced;
    record->load.compression = record_maybe(raw_each * records / wire, short_run);
    record->load.batch_records_mean = record_maybe(records / batches, short_run);
    record->load.requests_per_s = record_maybe(requests / seconds, short_run);
    double replicas = 0;
    for (int t = 0; t < s->topics_n; t++) replicas += (double)s->topics[t].partitions * s->topics[t].replication;
    record->load.partitions_per_broker = record_known(replicas / r[0].pipeline->world.cluster.brokers_n);
}

static void fill_transactions(const struct scenario *s, const struct replication *r, int n, struct record *record)
{
    double committed = 0, timed_out = 0, committing_s = 0, seconds = 0;
    int instances = 0;
    for (int f = 0; f < s->producers_n; f++) instances += s->producers[f].config.transactional_id ? s->producers[f].instances : 0;
    if (instances == 0) return;
    for (int i = 0; i < n; i++) {
        committed += r[i].pipeline->world.transactions_committed;
        timed_out += r[i].pipeline->world.transactions_timed_out;
        committing_s += r[i].pipeline->world.committing_ns * 1e-9;
        seconds += sim_seconds(r[i].pipeline->simulated) * instances;
    }
    record->delivery.transactions = record_known(round(committed));
    if (timed_out > 0) record->delivery.transactions_timed_out = record_known(round(timed_out));
    record->delivery.transaction_commit_s = record_maybe(committing_s / committed, "no transaction was committed");
    record->delivery.transaction_paused_share = record_maybe(committing_s / seconds, "nothing was simulated");
}

/* What producers gave up, and what they sent in vain. */
static void fill_producers(const struct scenario *s, const struct replication *r, int n, struct arena *arena, struct record *record)
{
    for (int f = 0; f < s->producers_n; f++) {
        if (s->producers[f].on_overload != OVERLOAD_SPILL) continue;
        int64_t spilled = 0;
        double peak = 0;
        for (int i = 0; i < n; i++) {
            spilled += r[i].pipeline->world.spilled;
            peak = fmax(peak, r[i].pipeline->world.spill_bytes_peak);
        }
        record->delivery.spilled = record_known((double)spilled);
        record->delivery.spill_peak_bytes = record_known(peak);
        break;
    }
    record->delivery.rejected_by = ARENA_NEW(arena, struct record_named_count, REJECT_REASONS);
    for (int why = 0; why < REJECT_REASONS; why++) {
        int64_t count = 0;
        for (int i = 0; i < n; i++) count += r[i].pipeline->world.rejected_by[why];
        if (count > 0)
            record->delivery.rejected_by[record->delivery.rejected_by_n++] =
                (struct record_named_count){reject_reason_names[why], count};
    }
    record->delivery.requests_failed = ARENA_NEW(arena, struct record_named_count, PRODUCE_ERRORS);
    for (int why = 0; why < PRODUCE_ERRORS; why++) {
        double count = 0;
        for (int i = 0; i < n; i++) count += r[i].pipeline->world.requests_failed[why];
        if (count >= 0.5)
            record->delivery.requests_failed[record->delivery.requests_failed_n++] =
                (struct record_named_count){produce_error_names[why], llround(count)};
    }
    double retried = 0;
    for (int i = 0; i < n; i++) retried += r[i].pipeline->world.requests_retried;
    record->delivery.requests_retried = llround(retried);
}

static void fill_delivery(const struct scenario *s, const struct replication *r, int n, struct arena *arena,
                          struct record *record)
{
    record->delivery.groups = ARENA_NEW(arena, struct record_group, (size_t)s->groups_n);
    record->delivery.groups_n = s->groups_n;
    for (int i = 0; i < n; i++) {
        record->delivery.produced += r[i].pipeline->world.workload.produced;
        record->delivery.rejected += r[i].pipeline->world.rejected;
    }
    fill_producers(s, r, n, arena, record);
    fill_transactions(s, r, n, record);
    double down = 0, all = 0;
    for (int g = 0; g < s->groups_n; g++) {
        struct record_group *group = &record->delivery.groups[g];
        group->name = s->groups[g].name;
        int64_t vanished = 0, lost[LOST_REASONS] = {0};
        for (int i = 0; i < n; i++) {
            const struct world *w = &r[i].pipeline->world;
            struct pipeline_account a = pipeline_account(w, g);
            group->delivered += a.delivered;
            group->duplicated += a.duplicated;
            if (s->groups[g].dedup.horizon_ns > 0)
                group->deduplicated = record_known(group->deduplicated.value + (double)a.deduplicated);
            group->lost += a.lost;
            group->in_flight += a.in_flight;
            group->reordered += a.reordered;
            vanished += w->vanished;
            for (int p = 0; p < w->groups[g].partitions_n; p++)
                for (int l = 0; l < LOST_REASONS; l++) lost[l] += w->groups[g].partitions[p].lost_by[l];
            if (w->processors[g]) group->dropped_late += llround(processor_counts(&w->groups[g]).weighted_late);
        }
        group->lost_by = ARENA_NEW(arena, struct record_named_count, LOST_REASONS + 1);
        if (vanished > 0) group->lost_by[group->lost_by_n++] = (struct record_named_count){"sent_unacknowledged", vanished};
        for (int l = 0; l < LOST_REASONS; l++)
            if (lost[l] > 0) group->lost_by[group->lost_by_n++] = (struct record_named_count){group_lost_names[l], lost[l]};
    }
    for (int i = 0; i < n; i++) {
        const struct telemetry_totals *t = &r[i].pipeline->world.telemetry->totals;
        down += t->partition_seconds_down;
        all += t->seconds * r[i].pipeline->world.cluster.partitions_n;
    }
    double produced = (double)record->delivery.produced;
    record->availability.produce =
        record_maybe(produced > 0 ? 1 - (double)record->delivery.rejected / produced : 1, "nothing was produced");
    record->availability.partitions = record_maybe(1 - down / all, "nothing was measured after the warm-up");
}

static void fill_utilization(const struct replication *r, int n, struct arena *arena, struct record *record)
{
    if (n == 0) return;
    const struct telemetry *first = r[0].pipeline->world.telemetry;
    record->utilization = ARENA_NEW(arena, struct record_utilization, (size_t)first->resources_n);
    record->utilization_n = first->resources_n;
    for (int u = 0; u < first->resources_n; u++) {
        double mean = 0, peak = 0;
        for (int i = 0; i < n; i++) {
            const struct resource_use *use = &r[i].pipeline->world.telemetry->resources[u];
            mean += telemetry_mean_use(use) / n;
            peak += use->peak / n;
        }
        record->utilization[u] = (struct record_utilization){
            .resource = arena_strdup(arena, first->resources[u].name),
            .mean = record_maybe(mean, "nothing was measured after the warm-up"),
            .peak = record_maybe(peak, "nothing was measured after the warm-up"),
        };
    }
}

/* --- The rest ---------------------------------------------------------------------------------------- */

static void fill_notes(const struct scenario *s, const struct run_story *story, const struct replication *r,
                       const struct bill *bill, int n, struct arena *arena, struct record *record)
{
    enum { NOTES_MAX = 15 + FILL_RUN_NOTES_MAX + SCENARIO_PRODUCERS_MAX + 6 * SCENARIO_GROUPS_MAX + SCENARIO_FAULTS_MAX + 1 +
                     BILL_NOTES_MAX };
    const char **notes = ARENA_NEW(arena, const char *, NOTES_MAX);
    int count = 0;
    count += fill_run_notes(s, story, r, n, arena, notes);
    notes[count++] = "broker and client CPU costs are estimates from published figures until a measured engine profile replaces "
                     "them; see scenarios/calibrations";
    notes[count++] = "load factors extrapolate each resource's work a record, measured without faults, in proportion to load; "
                     "larger batches at higher load make that conservative";
    for (int c = 0; n > 0 && c < s->producers_n + s->groups_n; c++) {
        const struct throttled *t = r[0].pipeline->world.throttled;
        if (!t || t[c].requests <= 0) continue;
        const bool fleet = c < s->producers_n;
        notes[count++] = arena_printf(arena, "%s %s: its quota throttled %.3g requests, by %.3g s on the mean",
                                      fleet ? "producers" : "group", fleet ? s->producers[c].name : s->groups[c - s->producers_n].name,
                                      t[c].requests, t[c].seconds / t[c].requests);
    }
    for (int g = 0; n > 0 && g < s->groups_n; g++) {
        if (s->groups[g].work != WORK_WINDOW || s->groups[g].window.clicks < 0) continue;
        struct processor_counts c = processor_counts(&r[0].pipeline->world.groups[g]);
        if (c.weighted_impressions > 0)
            notes[count++] = arena_printf(arena, "group %s: click-through rate %.2f %% in its on-time panes, clicks joined to impressions by key "
                                                 "and window by the real operator on followed keys",
                                          s->groups[g].name, 100 * c.weighted_clicks / c.weighted_impressions);
    }
    for (int g = 0; n > 0 && g < s->groups_n; g++) {
        if (s->groups[g].work != WORK_WINDOW || processor_counts(&r[0].pipeline->world.groups[g]).folded > 0) continue;
        notes[count++] = arena_printf(arena, "group %s: its records have no key, and windows are kept by key: nothing was folded, so its "
                                             "freshness is not known", s->groups[g].name);
    }
    for (int g = 0; n > 0 && g < s->groups_n; g++) {
        if (s->groups[g].work != WORK_WINDOW) continue;
        const double waiting = processor_waiting(&r[0].pipeline->world.groups[g]),
                     all = processor_counts(&r[0].pipeline->world.groups[g]).weighted_records;
        if (waiting > 0)
            notes[count++] = arena_printf(arena, "group %s: %.3g %% of its records were in windows that had given no result when the run ended; its "
                                                 "freshness is that of the others", s->groups[g].name, 100 * waiting / all);
    }
    for (int g = 0; n > 0 && g < s->groups_n; g++) {
        const struct group *group = &r[0].pipeline->world.groups[g];
        if (!group->scaling) continue;
        notes[count++] = arena_printf(arena, "group %s: %.3g instances in the mean, %d at most, as its autoscaling asked for; it is busy by the "
                                             "threads in service, and load factors are those of the threads that there were",
                                      s->groups[g].name, group_instances_mean(group), group_instances_peak(group));
    }
    count += fill_growth_notes(s, r, n, arena, &notes[count]);
    int filled = 0;
    for (int i = 0; i < n; i++)
        for (int b = 0; b < r[i].pipeline->world.cluster.brokers_n; b++) filled += r[i].pipeline->world.cluster.brokers[b].volume.full;
    if (filled > 0)
        notes[count++] = arena_printf(arena, "volumes were full when the run ended, and their brokers down: %d in all", filled);
    for (int g = 0; g < s->groups_n; g++) {
        int64_t times = 0;
        for (int i = 0; i < n; i++) times += r[i].pipeline->world.groups[g].out_of_range;
        if (times == 0) continue;
        static const char *const went[] = {[OFFSET_RESET_LATEST] = "it went on at the high watermark",
                                           [OFFSET_RESET_EARLIEST] = "it went on where the log began",
                                           [OFFSET_RESET_NONE] = "auto.offset.reset=none ended it for good"};
        notes[count++] = arena_printf(arena, "group %s: %lld times a position was no longer in the log (OFFSET_OUT_OF_RANGE): %s",
                                      s->groups[g].name, (long long)times, went[s->groups[g].config.auto_offset_reset]);
    }
    for (int g = 0; g < s->groups_n; g++) {
        if (s->groups[g].work != WORK_WRITE) continue;
        notes[count++] = "object sizes are those of large row batches under zstd; a columnar encoder is not modelled yet";
        break;
    }
    for (int i = 0; i < bill->notes_n && count < NOTES_MAX; i++) notes[count++] = bill->notes[i];
    record->notes = notes;
    record->notes_n = count;
}

void record_fill(const struct scenario *s, const struct blueprint *blueprint, const struct replicate_options *options,
                 const struct run_story *story, struct replication *r, int n, struct arena *arena, struct record *record)
{
    record->scenario.name = s->name;
    record->scenario.question =
        s->question ? (struct record_text){.text = s->question} : (struct record_text){.why_null = "the scenario asks none"};
    record->scenario.sha256 = s->sha256;
    record->scenario.resolved = s->resolved;
    record->inputs.seed = s->run.seed;
    record->inputs.replications = s->run.replications;
    record->inputs.resolution = scenario_resolution_word((int)s->run.resolution);
    record->inputs.calibration = (struct record_file){options->calibration->name, options->calibration->sha256, NULL};
    record->inputs.prices = (struct record_file){options->prices->name, options->prices->sha256, NULL};
    record->inputs.plugins = ARENA_NEW(arena, struct record_file, (size_t)options->plugin_files_n + 1);
    record->inputs.plugins_n = options->plugin_files_n;
    for (int i = 0; i < options->plugin_files_n; i++) record->inputs.plugins[i] = options->plugin_files[i];
    fill_run(s, story, r, n, record);
    if (n > 0) fill_load(s, r, n, record);
    fill_distributions(s, r, n, arena, record);
    fill_queries(s, r, n, arena, record);
    fill_delivery(s, r, n, arena, record);
    fill_groups(s, r, n, arena, record);
    fill_utilization(r, n, arena, record);
    fill_faults(s, r, n, arena, record);
    fill_paths(blueprint, r, n, arena, record);
    fill_tables(s, r, n, arena, record);
    struct bill *bill = ARENA_NEW(arena, struct bill, 1);
    fill_cost(s, options->prices, r, n, arena, record, bill);
    fill_replays(s, r, n, arena, record);
    fill_moves(s, r, n, arena, record);
    fill_delay(s, r, n, arena, record);
    fill_series(s, r, n, arena, record);
    fill_lag_by_partition(s, r, n, arena, record);
    fill_notes(s, story, r, bill, n, arena, record);
    fill_error(s, options->resolution, r, n, arena, record);
    record_judge(s, r, n, arena, record);
}
