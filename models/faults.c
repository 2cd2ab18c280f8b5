/* faults.c: what goes wrong; see faults.h. */
#include "faults.h"

#include "arena.h"
#include "check.h"
#include "fault_condition.h"
#include "fault_effects.h"
#include "fraction.h"
#include "group.h"
#include "telemetry.h"
#include "windows.h"

static const sim_time BEHIND_NS = 3 * SIM_S;

static const struct fault_row never = {.target = -1,
                                       .at = SIM_NEVER,
                                       .until = SIM_NEVER,
                                       .detected = SIM_NEVER,
                                       .recovered = SIM_NEVER,
                                       .lag_cleared = SIM_NEVER,
                                       .cleared = SIM_NEVER,
                                       .peak_lag_group = -1};

static const struct scenario_fault *fault_of(const struct world *w, const struct fault_row *row)
{
    return &w->scenario->faults[row->fault];
}

const struct fault_row *fault_first(const struct world *w, int fault)
{
    const struct fault_row *first = w->fault_log->first[fault];
    return first ? first : &never;
}

/* --- Occurrences ------------------------------------------------------------------------------------- */

static void end(struct kernel *k, void *occurrence, int64_t unused)
{
    (void)unused;
    struct fault_row *row = occurrence;
    struct world *w = row->world;
    row->until = k->now;
    fault_effect(fault_of(w, row)->kind)->end(w, fault_of(w, row), row);
}

/* Is what it would strike held by an occurrence of the same fault? */
static bool is_held(const struct world *w, int fault, int target)
{
    const struct fault_log *log = w->fault_log;
    for (int i = 0; i < log->active_n; i++) {
        const struct fault_row *row = log->active[i];
        if (row->fault == fault && row->target == target && row->until == SIM_NEVER) return true;
    }
    return false;
}

static void begin(struct world *w, int fault, int target, sim_time for_ns)
{
    struct fault_log *log = w->fault_log;
    const struct scenario_fault *of = &w->scenario->faults[fault];
    const struct fault_effect *effect = fault_effect(of->kind);
    struct fault_row *row = ARENA_NEW(w->arena, struct fault_row, 1);
    *row = never;
    row->world = w;
    row->fault = fault;
    row->target = target;
    row->for_ns = for_ns;
    for (int g = 0; g < w->scenario->groups_n; g++) row->lag_cleared_of[g] = SIM_NEVER;
    if (log->active_n == FAULT_ACTIVE_MAX || is_held(w, fault, target) || !fault_is_there(w, of, row) || (effect->ready && !effect->ready(w, of, row))) {
        log->skipped[fault]++;
        return;
    }
    row->at = w->calendar.now;
    row->jumped_ns = w->jumped_ns;
    fault_strikes(w, of, row);
    if (log->last[fault])
        log->last[fault]->next = row;
    else
        log->first[fault] = row;
    log->last[fault] = row;
    log->occurrences[fault]++;
    log->active[log->active_n++] = row;
    log->in_effect |= (uint64_t)1 << fault;
    telemetry_scope(w, log->in_effect);
    if (!fault_ends_itself(of)) kernel_after(&w->calendar, for_ns, 1, end, row, 0);
    effect->begin(w, of, row);
}

/* --- By plan ----------------------------------------------------------------------------------------- */

static void planned(struct kernel *k, void *world, int64_t index);

static void schedule_next(struct world *w)
{
    struct fault_log *log = w->fault_log;
    const struct fault_plan *plan = &log->plan;
    while (log->planned_next < plan->planned_n && w->represented >> plan->planned[log->planned_next].fault & 1) log->planned_next++;
    if (log->planned_next == plan->planned_n) return;
    log->next = kernel_at(&w->calendar, plan->planned[log->planned_next].at - w->jumped_ns, 1, planned, w, log->planned_next);
}

static void planned(struct kernel *k, void *world, int64_t index)
{
    (void)k;
    struct world *w = world;
    const struct fault_planned *one = &w->fault_log->plan.planned[index];
    begin(w, one->fault, one->target, one->for_ns);
    w->fault_log->planned_next++;
    schedule_next(w);
}

void faults_jumped(struct world *w)
{
    struct fault_log *log = w->fault_log;
    CHECK(log->in_effect == 0, "a jump while faults %llx are in effect", (unsigned long long)log->in_effect);
    if (log->planned_next == log->plan.planned_n) return;
    const bool was_to_come = kernel_cancel(&w->calendar, log->next);
    CHECK(was_to_come, "occurrence %d of the plan was not to come", log->planned_next);
    schedule_next(w);
}

/* --- By condition ------------------------------------------------------------------------------------ */

static void waited_for(struct kernel *k, void *world, int64_t fault)
{
    (void)k;
    struct world *w = world;
    const struct scenario_fault *of = &w->scenario->faults[fault];
    const int target = fault_is_any(of) ? (int)rng_below(&w->fault_log->targets, (uint64_t)fault_choices(w->scenario, of)) : -1;
    begin(w, (int)fault, target, fault_duration(of, &w->fault_log->lengths));
}

static bool may_come(const struct world *w, int fault)
{
    const struct scenario_fault *of = &w->scenario->faults[fault];
    const struct fault_row *last = w->fault_log->last[fault];
    if (of->timing != FAULT_BY_CONDITION) return false;
    if (of->times > 0 && w->fault_log->occurrences[fault] >= of->times) return false;
    if (!last) return true;
    if (of->cooldown_ns == 0 || last->until == SIM_NEVER) return false;
    const sim_time since = world_scenario_time(w, w->slice_end) - (last->until + last->jumped_ns);
    return since >= of->cooldown_ns;
}

static void look_at_conditions(struct world *w)
{
    for (int i = 0; i < w->scenario->faults_n; i++) {
        if (!may_come(w, i) || !fault_condition_holds(w, &w->scenario->faults[i].when)) continue;
        kernel_at(&w->calendar, w->slice_end, 1, waited_for, w, i);
        faults_attend(w, w->slice_end);
    }
}

/* --- What is near ------------------------------------------------------------------------------------ */

void faults_attend(struct world *w, sim_time at)
{
    struct fault_span *span = &w->fault_log->attention;
    const struct fault_span more = {at, at + FRACTION_SETTLE_NS};
    if (span->to <= w->slice_start) *span = more;
    if (more.from < span->from) span->from = more.from;
    if (more.to > span->to) span->to = more.to;
}

bool faults_near(const struct world *w, sim_time from, sim_time to)
{
    const struct fault_log *log = w->fault_log;
    if (fault_plan_near(&log->plan, from, to)) return true;
    const struct fault_span attention = {world_scenario_time(w, log->attention.from), world_scenario_time(w, log->attention.to)};
    if (attention.from < to && attention.to > from) return true;
    for (int i = 0; i < log->active_n; i++) { /* the plan does not know of those */
        const struct fault_row *row = log->active[i];
        if (fault_of(w, row)->timing != FAULT_BY_CONDITION || fault_ends_unseen(fault_of(w, row))) continue;
        const struct fault_span span = fault_span_of_end(row->at + row->jumped_ns + row->for_ns);
        if (span.from < to && span.to > from) return true;
    }
    return false;
}

/* --- What they leave behind -------------------------------------------------------------------------- */

static bool is_whole(const struct world *w, const struct fault_row *row)
{
    const struct fault_effect *effect = fault_effect(fault_of(w, row)->kind);
    return row->until != SIM_NEVER && (!effect->whole || effect->whole(w, fault_of(w, row), row));
}

/* How stale an output is at the end of its cycle, by design. */
static double cycle_s(const struct scenario_group *g)
{
    if (g->work == WORK_WRITE) return sim_seconds(g->write.roll_every_ns);
    if (g->work != WORK_WINDOW) return 0;
    return sim_seconds(windows_wait_ns(g) +
                       (g->delivery == DELIVERY_EXACTLY_ONCE ? g->checkpoint_ns : 0));
}

/* Since the run began, by all groups together. */
static void count_losses(const struct world *w, int64_t *lost, int64_t *duplicated)
{
    *lost = w->scenario->groups_n * w->vanished;
    *duplicated = 0;
    for (int g = 0; g < w->scenario->groups_n; g++) {
        for (int i = 0; i < w->groups[g].partitions_n; i++) {
            *lost += w->groups[g].partitions[i].lost;
            *duplicated += w->groups[g].partitions[i].duplicated;
        }
    }
}

/* Of many brokers the last; SIM_NEVER is later than all. */
static void note_detected(struct fault_row *row)
{
    sim_time last = 0;
    for (int i = 0; i < row->brokers_n; i++)
        if (row->events[i].detected > last) last = row->events[i].detected;
    row->detected = last;
}

/* Returns whether everything is fresh; lag_back[g]: group g is not behind. */
static bool note_groups(struct world *w, double minutes, bool warm, bool *lag_back)
{
    struct fault_log *log = w->fault_log;
    bool fresh = true;
    for (int g = 0; g < w->scenario->groups_n; g++) {
        int64_t lag = group_lag(&w->groups[g]);
        lag_back[g] = true;
        double stale = log->staleness_s[g];
        if (log->in_effect == 0) {
            if (lag > log->steady_lag[g]) log->steady_lag[g] = lag;
            if (warm && stale > log->steady_staleness_s[g]) log->steady_staleness_s[g] = stale;
            continue;
        }
        lag_back[g] = !group_is_behind(&w->groups[g], BEHIND_NS);
        double usual = log->steady_staleness_s[g], cycle = cycle_s(w->groups[g].config);
        if (log->quiet_s < 2 * cycle && usual < cycle) usual = cycle;
        bool staler = stale > usual * 1.02 + 0.5;
        if (staler) fresh = false;
        for (int i = 0; i < log->active_n; i++) {
            struct fault_row *row = log->active[i];
            if (staler) row->stale_minutes[g] += minutes;
            if (lag > row->peak_lag) {
                row->peak_lag = lag;
                row->peak_lag_group = g;
            }
        }
    }
    return fresh;
}

/* Lag may clear long before the broker is back; it counts from when it is back for good. */
static void note_lag_cleared(const struct world *w, struct fault_row *row, const bool *lag_back)
{
    row->lag_cleared = row->at;
    for (int g = 0; g < w->scenario->groups_n; g++) {
        sim_time *cleared = &row->lag_cleared_of[g];
        if (!lag_back[g])
            *cleared = SIM_NEVER;
        else if (*cleared == SIM_NEVER)
            *cleared = w->slice_end;
        if (*cleared > row->lag_cleared) row->lag_cleared = *cleared;
    }
}

void faults_slice_end(struct world *w)
{
    struct fault_log *log = w->fault_log;
    bool warm = w->slice_start >= w->scenario->run.warmup_ns, lag_back[SCENARIO_GROUPS_MAX];
    double minutes = sim_seconds(w->slice_end - w->slice_start) / 60;
    if (log->in_effect == 0 && warm) log->quiet_s += minutes * 60;
    const bool fresh = note_groups(w, minutes, warm, lag_back);
    double down = (1 - controller_available_share(w)) * w->cluster.partitions_n * minutes * 60;
    if (warm) w->telemetry->totals.partition_seconds_down += down;
    int64_t lost = 0, duplicated = 0;
    double failed = 0;
    for (int i = 0; i < PRODUCE_ERRORS; i++) failed += w->requests_failed[i];
    if (w->scenario->faults_n > 0) count_losses(w, &lost, &duplicated);
    int left = 0;
    uint64_t in_effect = 0;
    for (int i = 0; i < log->active_n; i++) {
        struct fault_row *row = log->active[i];
        row->rejected += w->rejected - log->rejected_before;
        row->lost += lost - log->lost_before;
        row->duplicated += duplicated - log->duplicated_before;
        row->requests_failed += failed - log->failed_before;
        row->requests_retried += w->requests_retried - log->retried_before;
        row->partition_seconds_down += down;
        if (row->brokers_n > 0 && row->detected == SIM_NEVER) note_detected(row);
        if (row->recovered == SIM_NEVER && is_whole(w, row)) row->recovered = w->slice_end;
        note_lag_cleared(w, row, lag_back);
        if (row->recovered != SIM_NEVER && row->lag_cleared != SIM_NEVER && fresh) {
            row->cleared = w->slice_end;
            continue;
        }
        log->active[left++] = row;
        in_effect |= (uint64_t)1 << row->fault;
    }
    log->active_n = left;
    log->in_effect = in_effect;
    log->rejected_before = w->rejected;
    log->failed_before = failed;
    log->retried_before = w->requests_retried;
    log->lost_before = lost;
    log->duplicated_before = duplicated;
    telemetry_scope(w, log->in_effect);
    look_at_conditions(w);
}

void faults_init(struct world *w)
{
    struct fault_log *log = w->fault_log = ARENA_NEW(w->arena, struct fault_log, 1);
    log->attention = (struct fault_span){-1, -1};
    rng_init(&log->lengths, w->arena, w->seed, "fault/lengths");
    rng_init(&log->targets, w->arena, w->seed, "fault/targets");
    fault_plan_init(w, &log->plan);
    schedule_next(w);
}
