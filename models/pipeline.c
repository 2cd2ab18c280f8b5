/* pipeline.c: one replication; see pipeline.h.
 *
 * A slice of the calendar (a second; two in runs of more than twelve hours):
 *   1. how much of it is simulated (fraction.h)
 *   2. its traffic is drawn; what the close-up does not see moves every cursor at once (workload.h)
 *   3. the close-up runs on the data plane; where it is the whole slice, control-plane events run in between, at their time
 *   4. the data plane's clock falls behind the calendar by what was skipped; while a backlog is carried on, by turns with 3
 *   5. the ledger is read: progress, windows, files, staleness, lag, faults, series
 *   6. in table mode, what comes next may be jumped over (table_mode.h)
 */
#include "pipeline.h"

#include <stdio.h>

#include "added_partitions.h"
#include "arena.h"
#include "broker_stalls.h"
#include "check.h"
#include "cleaner.h"
#include "closest.h"
#include "cluster.h"
#include "controller.h"
#include "disk.h"
#include "duplicates.h"
#include "faults.h"
#include "group.h"
#include "group_lag.h"
#include "lake_feed.h"
#include "plugin.h"
#include "processor.h"
#include "producer.h"
#include "query_feed.h"
#include "quota.h"
#include "reassignment.h"
#include "replication.h"
#include "segments.h"
#include "table_mode.h"
#include "telemetry.h"
#include "tiered.h"
#include "volume.h"
#include "workload.h"
#include "writer.h"

/* The ledger's slices: the same at every resolution, so that their traffic is. */
static sim_time slice_ns(sim_time duration)
{
    return duration <= 12 * SIM_H ? SIM_S : 2 * SIM_S;
}

struct pipeline *pipeline_new(const struct blueprint *blueprint, uint64_t seed, struct arena *arena)
{
    struct pipeline *p = ARENA_NEW(arena, struct pipeline, 1);
    struct world *w = &p->world;
    w->blueprint = blueprint;
    w->scenario = blueprint->scenario;
    w->calibration = blueprint->calibration;
    w->arena = arena;
    w->seed = seed;
    w->resolution = w->scenario->run.resolution;
    w->fraction = w->weight = w->store_slow = 1;
    kernel_init(&w->data, arena, 4096);
    kernel_init(&w->calendar, arena, 64);
    cluster_init(w);
    broker_stalls_init(w);
    controller_init(w);
    workload_init(w);
    producers_init(w);
    replication_init(w);
    segments_init(w);
    cleaner_init(w);
    tiered_init(w);
    groups_init(w);
    duplicates_init(w);
    closest_init(w);
    quotas_init(w);
    added_partitions_init(w);
    telemetry_init(w);
    for (int i = 0; i < w->scenario->groups_n; i++) {
        struct group *g = &w->groups[i];
        if (g->config->work == WORK_WRITE) writer_init(g);
        if (g->config->work == WORK_WINDOW) processor_init(g);
        group_commits_init(g);
        group_autoscale_init(g);
    }
    lake_feed_init(w);
    query_feed_init(w);
    table_mode_init(w);
    faults_init(w);
    fraction_init(w, &p->fraction);
    return p;
}

/* Data plane and control plane in step: the whole slice is simulated. */
static void run_whole(struct world *w, struct fraction *f)
{
    for (;;) {
        const sim_time at = kernel_next_time(&w->calendar);
        const sim_time to = at < w->slice_end ? at - w->skipped_ns : w->piece_end;
        if (to > w->data.now) kernel_run_until(&w->data, to);
        /* Stopped: something on the data plane has set a timer; or it has taken back the one that was next. */
        if (w->data.now < to || kernel_next_time(&w->calendar) != at) continue;
        if (at >= w->slice_end) break;
        kernel_step(&w->calendar);
    }
    if (f->catching_up) fluid_after(w, &f->fluid, w->piece_end - w->piece_start, 0);
    kernel_run_until(&w->calendar, w->slice_end);
}

static void run_close_up(struct world *w, struct fraction *f)
{
    const sim_time skip = (w->slice_end - w->slice_start) - (w->piece_end - w->piece_start);
    /* While something is carried on, close-up and skip take turns: what is nearly done is left out of a short skip alone. */
    const int64_t turns = f->catching_up ? fluid_turns(w->slice_end - w->slice_start) : 1;
    for (int64_t i = 1; i <= turns; i++) {
        const sim_time from = w->data.now, to = w->piece_start + (w->piece_end - w->piece_start) * i / turns;
        const sim_time skipped = skip * i / turns - skip * (i - 1) / turns;
        if (i > 1) fluid_before(w, &f->fluid);
        kernel_run_until(&w->data, to);
        if (f->catching_up) fluid_after(w, &f->fluid, to - from, skipped);
        w->skipped_ns += skipped;
    }
    kernel_run_until(&w->calendar, w->slice_end);
}

struct pipeline_account pipeline_account(const struct world *w, int group)
{
    const struct group *g = &w->groups[group];
    struct pipeline_account a = {.produced = w->workload.produced, .rejected = w->rejected};
    a.lost = w->vanished;
    a.in_flight = w->waiting + w->in_requests;
    double overtaken = 0;
    for (int i = 0; i < g->partitions_n; i++) {
        const struct group_partition *gp = &g->partitions[i];
        overtaken += gp->reordered;
        a.delivered += gp->delivered;
        a.lost += gp->lost;
        a.duplicated += gp->duplicated;
        a.deduplicated += gp->deduplicated;
        a.reordered += w->cluster.partitions[g->partition_first + i].reordered;
        a.in_flight += logcurve_end(&w->cluster.partitions[g->partition_first + i].log) - gp->furthest - gp->gone;
    }
    a.reordered += (int64_t)(overtaken + 0.5);
    const struct duplicates_split copies = duplicates_split(g);
    a.duplicated += copies.standing;
    a.deduplicated += copies.removed;
    return a;
}

static void check_accounts(struct world *w)
{
    producers_note(w);
    for (int i = 0; i < w->scenario->groups_n; i++) {
        struct pipeline_account a = pipeline_account(w, i);
        CHECK(a.produced == a.rejected + a.delivered + a.lost + a.in_flight,
              "group %s: %lld produced, but %lld rejected + %lld delivered + %lld lost + %lld in flight",
              w->scenario->groups[i].name, (long long)a.produced, (long long)a.rejected, (long long)a.delivered,
              (long long)a.lost, (long long)a.in_flight);
    }
}

static void end_slice(struct world *w, int64_t produced)
{
    disk_slice_end(w);
    for (int i = 0; i < w->scenario->groups_n; i++) {
        struct group *g = &w->groups[i];
        group_note_progress(g);
        group_note_lag(g);
        duplicates_slice_end(g);
        if (w->processors[i]) processor_slice_end(g);
        if (w->writers[i]) writer_slice_end(g);
    }
    query_feed_slice_end(w); /* they see the tables as they were when the slice began */
    lake_feed_slice_end(w);
    groups_trim_logs(w);
    volumes_slice_end(w);
    if (w->reassignment) reassignment_slice_end(w);
    telemetry_slice(w, produced);
    faults_slice_end(w);
    check_accounts(w);
}

void pipeline_run(struct pipeline *p, const volatile sig_atomic_t *stop, void (*progress)(void *, double), void *context)
{
    struct world *w = &p->world;
    char where[160];
    check_context = where;
    sim_time duration = w->scenario->run.duration_ns;
    const sim_time each = slice_ns(duration);
    sim_time from = 0, to; /* on the scenario's clock */
    for (int64_t slice = 0; from < duration && !(stop && *stop) && !plugin_mistake(w->scenario->plugins); slice = to / each, from = to) {
        snprintf(where, sizeof where, "seed %llu, scenario %.16s, simulated time %lld s", (unsigned long long)w->seed,
                 w->scenario->sha256, (long long)(from / SIM_S));
        to = duration - from < each ? duration : from + each;
        w->slice_start = from - w->jumped_ns;
        w->slice_end = to - w->jumped_ns;
        w->fraction = fraction_of_slice(w, &p->fraction, w->slice_start, w->slice_end);
        w->weight = 1 / w->fraction;
        w->piece_start = w->data.now;
        w->piece_end = w->fraction >= 1 ? w->slice_end - w->skipped_ns : w->data.now + (sim_time)(w->fraction * (double)(to - from));
        int64_t before = w->workload.produced;
        telemetry_begin_slice(w);
        table_mode_begin_slice(w, &p->fraction);
        rescale_begin_slice(w);
        workload_slice(w, slice);
        duplicates_slice_arrivals(w, slice);
        for (int i = 0; i < w->scenario->groups_n; i++) {
            if (w->processors[i]) processor_slice_arrivals(&w->groups[i], slice);
        }
        if (p->fraction.catching_up) fluid_before(w, &p->fraction.fluid);
        if (w->fraction >= 1)
            run_whole(w, &p->fraction);
        else
            run_close_up(w, &p->fraction);
        end_slice(w, w->workload.produced - before);
        table_mode_end_slice(w, w->workload.produced - before);
        if (w->table && to < duration) {
            to += table_mode_jump(w, &p->fraction, to, each);
            check_accounts(w);
        }
        p->simulated = to;
        if (progress && slice % 16 == 0) progress(context, sim_seconds(to));
    }
    telemetry_finish(w);
    table_mode_finish(w);
    check_context = NULL;
}

void pipeline_free(struct pipeline *p)
{
    struct world *w = &p->world;
    for (int i = 0; i < w->scenario->groups_n; i++) {
        if (w->processors[i]) processor_free(&w->groups[i]);
    }
    duplicates_free(w);
    cleaner_free(w);
    producers_free(w);
    cluster_free(w);
}
