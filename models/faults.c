/* faults.c: what goes wrong; see faults.h. */
#include "faults.h"

#include "arena.h"
#include "check.h"
#include "fault_effects.h"
#include "group.h"
#include "telemetry.h"

static const sim_time BEHIND_NS = 3 * SIM_S;

static void begin(struct kernel *k, void *world, int64_t index)
{
    struct world *w = world;
    const struct scenario_fault *fault = &w->scenario->faults[index];
    struct fault_row *row = &w->fault_log->rows[index];
    row->at = k->now;
    w->fault_log->in_effect |= (uint64_t)1 << index;
    telemetry_scope(w, w->fault_log->in_effect);
    fault_effect(fault->kind)->begin(w, fault, row);
}

static void end(struct kernel *k, void *world, int64_t index)
{
    struct world *w = world;
    const struct scenario_fault *fault = &w->scenario->faults[index];
    struct fault_row *row = &w->fault_log->rows[index];
    row->until = k->now;
    fault_effect(fault->kind)->end(w, fault, row);
}

static void schedule(struct world *w, int index)
{
    const struct scenario_fault *fault = &w->scenario->faults[index];
    const sim_time at = fault->at_ns - w->jumped_ns;
    w->fault_log->begins[index] = kernel_at(&w->calendar, at, 1, begin, w, index);
    w->fault_log->ends[index] = kernel_at(&w->calendar, at + fault->for_ns, 1, end, w, index);
}

void faults_jumped(struct world *w)
{
    struct fault_log *log = w->fault_log;
    CHECK(log->in_effect == 0, "a jump while faults %llx are in effect", (unsigned long long)log->in_effect);
    for (int i = 0; i < w->scenario->faults_n; i++) {
        if (log->rows[i].at != SIM_NEVER || w->represented >> i & 1) continue;
        const bool begins = kernel_cancel(&w->calendar, log->begins[i]), ends = kernel_cancel(&w->calendar, log->ends[i]);
        CHECK(begins && ends, "fault %d was not to come", i);
        schedule(w, i);
    }
}

void faults_init(struct world *w)
{
    w->fault_log = ARENA_NEW(w->arena, struct fault_log, 1);
    for (int i = 0; i < w->scenario->faults_n; i++) {
        struct fault_row *row = &w->fault_log->rows[i];
        row->events = (struct controller_events){SIM_NEVER, SIM_NEVER, SIM_NEVER, SIM_NEVER};
        row->at = row->until = row->detected = row->recovered = row->lag_cleared = row->cleared = SIM_NEVER;
        row->peak_lag_group = -1;
        if (!(w->represented >> i & 1)) schedule(w, i);
    }
}

static bool is_whole(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row)
{
    return row->until != SIM_NEVER && fault_effect(fault->kind)->whole(w, fault, row);
}

/* How stale an output is at the end of its cycle, by design. */
static double cycle_s(const struct scenario_group *g)
{
    if (g->work == WORK_WRITE) return sim_seconds(g->write.roll_every_ns);
    if (g->work != WORK_WINDOW) return 0;
    return sim_seconds(g->window.size_ns + g->window.out_of_orderness_ns +
                       (g->delivery == DELIVERY_EXACTLY_ONCE ? g->checkpoint_ns : 0));
}

void faults_slice_end(struct world *w)
{
    struct fault_log *log = w->fault_log;
    bool warm = w->slice_start >= w->scenario->run.warmup_ns;
    double minutes = sim_seconds(w->slice_end - w->slice_start) / 60;
    bool lag_back = true, fresh = true;
    if (log->in_effect == 0 && warm) log->quiet_s += minutes * 60;
    for (int g = 0; g < w->scenario->groups_n; g++) {
        int64_t lag = group_lag(&w->groups[g]);
        double stale = log->staleness_s[g];
        if (log->in_effect == 0) {
            if (lag > log->steady_lag[g]) log->steady_lag[g] = lag;
            if (warm && stale > log->steady_staleness_s[g]) log->steady_staleness_s[g] = stale;
            continue;
        }
        if (group_is_behind(&w->groups[g], BEHIND_NS)) lag_back = false;
        double usual = log->steady_staleness_s[g], cycle = cycle_s(w->groups[g].config);
        if (log->quiet_s < 2 * cycle && usual < cycle) usual = cycle;
        bool staler = stale > usual * 1.02 + 0.5;
        if (staler) fresh = false;
        for (int i = 0; i < w->scenario->faults_n; i++) {
            if (!(log->in_effect >> i & 1)) continue;
            struct fault_row *row = &log->rows[i];
            if (staler) row->stale_minutes[g] += minutes;
            if (lag > row->peak_lag) {
                row->peak_lag = lag;
                row->peak_lag_group = g;
            }
        }
    }
    double down = (1 - controller_available_share(w)) * w->cluster.partitions_n * minutes * 60;
    if (warm) w->telemetry->totals.partition_seconds_down += down;
    for (int i = 0; i < w->scenario->faults_n; i++) {
        if (!(log->in_effect >> i & 1)) continue;
        struct fault_row *row = &log->rows[i];
        row->rejected += w->rejected - log->rejected_before;
        row->partition_seconds_down += down;
        if (row->detected == SIM_NEVER && row->events.detected != SIM_NEVER) row->detected = row->events.detected;
        if (row->recovered == SIM_NEVER && is_whole(w, &w->scenario->faults[i], row)) row->recovered = w->slice_end;
        bool over = row->recovered != SIM_NEVER;
        /* Lag may clear long before the broker is back; it counts from when it is back for good. */
        if (!lag_back)
            row->lag_cleared = SIM_NEVER;
        else if (row->lag_cleared == SIM_NEVER)
            row->lag_cleared = w->slice_end;
        if (over && lag_back && fresh) {
            row->cleared = w->slice_end;
            log->in_effect &= ~((uint64_t)1 << i);
        }
    }
    log->rejected_before = w->rejected;
    telemetry_scope(w, log->in_effect);
}
