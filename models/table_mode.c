/* table_mode.c: see table_mode.h. */
#include "table_mode.h"

#include <math.h>
#include <string.h>

#include "arena.h"
#include "check.h"
#include "faults.h"
#include "group.h"
#include "lake_feed.h"
#include "processor.h"
#include "rate.h"
#include "segments.h"
#include "table_strata.h"
#include "workload.h"

static const sim_time CYCLE_NS_MIN = 150 * SIM_S;
static const sim_time PERIOD_NS_MAX = 900 * SIM_S;
static const sim_time JUMP_NS_MIN = 60 * SIM_S; /* a shorter one is not worth it */
enum { NO_ROW = -1, OTHERS = TELEMETRY_ROWS_MAX - 1, NO_RATE = INT16_MIN, TOTALS = sizeof(struct telemetry_totals) / sizeof(double) };
_Static_assert((int)TABLE_ROWS_MAX + (int)STRATUM_AFTER_MAX <= (int)OTHERS, "every row has a number of its own");
_Static_assert(sizeof(struct telemetry_totals) % sizeof(double) == 0, "totals are doubles alone");

/* Between the checks that give brokers their partitions back; 0: there are none. */
static sim_time check_ns(const struct scenario *s)
{
    return s->cluster.config.auto_leader_rebalance_enable ? s->cluster.config.leader_imbalance_check_interval_ns : 0;
}

/* The longest time between files, tables, checkpoints or checks of who leads. */
static sim_time cycle_ns(const struct scenario *s)
{
    const sim_time check = check_ns(s);
    sim_time longest = check > CYCLE_NS_MIN ? check : CYCLE_NS_MIN;
    for (int g = 0; g < s->groups_n; g++) {
        const struct scenario_group *group = &s->groups[g];
        const sim_time cycle = group->work == WORK_WRITE ? group->write.roll_every_ns : group->checkpoint_ns;
        if (cycle > longest) longest = cycle;
    }
    for (int t = 0; t < s->tables_n; t++)
        if (s->tables[t].from >= 0 && s->tables[t].every_ns > longest) longest = s->tables[t].every_ns;
    return longest;
}

/* The least common multiple, or `period` where that is too long. */
static sim_time together(sim_time period, sim_time with)
{
    if (with <= 0) return period;
    sim_time a = period, b = with;
    while (b != 0) {
        const sim_time rest = a % b;
        a = b;
        b = rest;
    }
    return period / a <= PERIOD_NS_MAX / with ? period / a * with : period;
}

/* A jump of so long leaves everything that comes by the clock where it was against the scenario's own. */
static sim_time period_ns(const struct scenario *s, sim_time each)
{
    sim_time period = together(each, check_ns(s));
    for (int g = 0; g < s->groups_n; g++) {
        const struct scenario_group *group = &s->groups[g];
        period = together(period, group->checkpoint_ns > 0 ? group->checkpoint_ns : group->config.auto_commit_interval_ns);
        if (group->work == WORK_WRITE) period = together(period, group->write.roll_every_ns);
        if (group->work == WORK_WINDOW && group->window.slide_ns > 0) period = together(period, group->window.slide_ns);
    }
    for (int t = 0; t < s->tables_n; t++)
        if (s->tables[t].from >= 0) period = together(period, s->tables[t].every_ns);
    return period;
}

void table_mode_init(struct world *w)
{
    if (!w->scenario->run.table || w->resolution != RESOLUTION_SAMPLED) return;
    w->table = ARENA_NEW(w->arena, struct table_mode, 1);
    w->table->cycle_ns = cycle_ns(w->scenario);
    table_strata_init(w);
}

/* --- Rows -------------------------------------------------------------------------------------------- */

void table_steps(const struct world *w, sim_time from, sim_time to, int16_t steps[SCENARIO_STREAMS_MAX])
{
    const double from_s = sim_seconds(from), to_s = sim_seconds(to);
    memset(steps, 0, SCENARIO_STREAMS_MAX * sizeof *steps);
    for (int i = 0; i < w->scenario->streams_n; i++) {
        if (w->blueprint->stream_producer[i] < 0) continue;
        const double rate = rate_integral(w->blueprint->stream_rates[i], from_s, to_s) / (to_s - from_s);
        steps[i] = rate > 0 ? (int16_t)lround(log(rate) / log1p(TABLE_STEP)) : NO_RATE;
    }
}

/* `near` is looked at first. */
static int find_row(const struct table_mode *t, const int16_t steps[SCENARIO_STREAMS_MAX], int near)
{
    if (near != NO_ROW && memcmp(t->rows[near].steps, steps, sizeof t->rows[near].steps) == 0) return near;
    for (int i = 0; i < t->rows_n; i++)
        if (memcmp(t->rows[i].steps, steps, sizeof t->rows[i].steps) == 0) return i;
    return NO_ROW;
}

struct table_row *table_row_at(struct table_mode *t, const int16_t steps[SCENARIO_STREAMS_MAX])
{
    const int row = find_row(t, steps, NO_ROW);
    return row == NO_ROW ? NULL : &t->rows[row];
}

struct table_measure table_reading(const struct world *w)
{
    const struct telemetry *t = w->telemetry;
    struct table_measure m = {.totals = t->totals};
    for (int i = 0; i < t->resources_n; i++) m.busy_ns[i] = t->resources[i].busy_ns;
    for (int g = 0; g < w->scenario->groups_n; g++)
        if (w->processors[g]) m.late[g] = processor_counts(&w->groups[g]).weighted_late;
    return m;
}

/* What came between two readings. */
void table_add_between(struct table_measure *to, const struct table_measure *begin, const struct table_measure *end)
{
    double *all = (double *)&to->totals;
    const double *from = (const double *)&begin->totals, *until = (const double *)&end->totals;
    for (int i = 0; i < (int)TOTALS; i++) all[i] += until[i] - from[i];
    for (int i = 0; i < TELEMETRY_RESOURCES_MAX; i++) to->busy_ns[i] += end->busy_ns[i] - begin->busy_ns[i];
    for (int g = 0; g < SCENARIO_GROUPS_MAX; g++) to->late[g] += end->late[g] - begin->late[g];
}

/* Rows are for what is ordinary. All else without a fault counts as itself. */
void table_mode_begin_slice(struct world *w, const struct fraction *f)
{
    struct table_mode *t = w->table;
    if (!t) return;
    table_strata_begin_slice(w);
    t->row = NO_ROW;
    t->measuring = false;
    if (f->held || w->fault_log->in_effect != 0) {
        t->unusual = w->slice_end;
        t->landed = false;
    }
    if (w->fault_log->in_effect != 0) return;
    const bool soon = w->slice_start - t->unusual < t->cycle_ns;
    const int after = soon ? table_strata_after(w) : NO_ROW;
    telemetry_row(w, after == NO_ROW ? OTHERS : after);
    if (!w->telemetry->warm || soon) return;
    int16_t steps[SCENARIO_STREAMS_MAX];
    table_steps(w, world_scenario_time(w, w->slice_start), world_scenario_time(w, w->slice_end), steps);
    t->row = find_row(t, steps, NO_ROW);
    if (t->row == NO_ROW) {
        if (t->rows_n == TABLE_ROWS_MAX) return;
        t->row = t->rows_n++;
        memcpy(t->rows[t->row].steps, steps, sizeof steps);
    }
    if (t->landed && t->rows[t->row].measured.seconds >= sim_seconds(t->cycle_ns)) return;
    t->measuring = true;
    telemetry_row(w, t->row);
    t->begin = table_reading(w);
}

void table_mode_end_slice(struct world *w, int64_t produced)
{
    struct table_mode *t = w->table;
    if (!t) return;
    table_strata_end_slice(w, produced);
    if (!t->measuring || w->telemetry->set->faults != 0) return;
    struct table_measure *m = &t->rows[t->row].measured;
    const struct table_measure end = table_reading(w);
    table_add_between(m, &t->begin, &end);
    m->seconds += sim_seconds(w->slice_end - w->slice_start);
    m->produced += produced;
}

/* --- Jumps ------------------------------------------------------------------------------------------- */

/* The row that stands for the slice [from, to), or NO_ROW. */
static int stands_for(const struct world *w, const struct fraction *f, sim_time from, sim_time to, int near)
{
    const struct table_mode *t = w->table;
    int16_t steps[SCENARIO_STREAMS_MAX];
    table_steps(w, from, to, steps);
    const int row = find_row(t, steps, near);
    if (row == NO_ROW || t->rows[row].measured.seconds < sim_seconds(t->cycle_ns)) return NO_ROW;
    return fraction_is_steady(w, f, from, to, TABLE_APPROACH_NS) ? row : NO_ROW;
}

sim_time table_mode_jump(struct world *w, struct fraction *f, sim_time from, sim_time each)
{
    struct table_mode *t = w->table;
    if (t->row == NO_ROW || w->fault_log->in_effect != 0 || w->slice_end - t->unusual < 2 * t->cycle_ns) return 0;
    for (int g = 0; g < w->scenario->groups_n; g++)
        if (group_is_out_of_range(&w->groups[g])) return 0;
    const sim_time end = w->scenario->run.duration_ns;
    sim_time to = from;
    int row = t->row;
    while (end - to >= each) {
        const int next = stands_for(w, f, to, to + each, row);
        if (next == NO_ROW) break;
        row = next;
        to += each;
    }
    to -= (to - from) % period_ns(w->scenario, each);
    if (to - from < JUMP_NS_MIN) return 0;
    row = t->row;
    for (sim_time at = from; at < to; at += each) {
        int16_t steps[SCENARIO_STREAMS_MAX];
        table_steps(w, at, at + each, steps);
        row = find_row(t, steps, row);
        struct table_row *of = &t->rows[row];
        const int64_t produced = workload_jump_slice(w, at / each, at, at + each);
        telemetry_jump_slice(w, at, at + each, produced);
        of->jumped_s += sim_seconds(each);
        of->jumped += produced;
        for (int i = 0; i < w->scenario->streams_n; i++) of->jumped_of[i] += w->workload.streams[i].count;
    }
    workload_jump_end(w, to / each, to - from);
    telemetry_jump_end(w, from, to);
    t->jumps++;
    w->jumped_ns += to - from;
    faults_jumped(w);
    segments_expire(w);
    t->landed = true;
    if (row != t->row) fraction_hold(w, f);
    return to - from;
}

/* --- What was jumped over is counted ----------------------------------------------------------------- */

static int64_t jumped_to(const struct world *w, const struct table_row *row, int topic)
{
    int64_t records = 0;
    for (int i = 0; i < w->scenario->streams_n; i++) {
        const int f = w->blueprint->stream_producer[i];
        if (f >= 0 && w->scenario->producers[f].topic == topic) records += row->jumped_of[i];
    }
    return records;
}

/* 1 + jumped over measured. */
static double grown(double jumped, double measured)
{
    return measured > 0 ? 1 + jumped / measured : 1;
}

void table_grow_set(struct world *w, struct scope_set *set, int64_t produced, const int64_t delivered[], double seconds)
{
    const struct scenario *s = w->scenario;
    const double by_records = grown((double)produced, (double)set->produced), by_time = grown(seconds, set->seconds);
    histogram_scale(&set->produce, by_records);
    for (int g = 0; g < s->groups_n; g++) {
        const double by_delivered = grown((double)delivered[g], (double)set->delivered[g]);
        histogram_scale(&set->end_to_end[g], by_delivered);
        histogram_scale(&set->freshness[g], by_delivered);
        histogram_scale(&set->staleness[g], by_time);
        set->delivered[g] += delivered[g];
    }
    for (int i = 0; i < s->tables_n; i++) {
        if (s->tables[i].from < 0) continue;
        histogram_scale(&set->freshness[SCENARIO_GROUPS_MAX + i], by_records);
        histogram_scale(&set->staleness[SCENARIO_GROUPS_MAX + i], by_time);
    }
    set->produced += produced;
    set->seconds += seconds;
}

void table_grow_meters(struct world *w, const struct table_measure *m, double times, double seconds)
{
    struct telemetry *t = w->telemetry;
    const double by_time = m->seconds > 0 ? seconds / m->seconds : 0;
    const struct telemetry_totals before = t->totals;
    double *all = (double *)&t->totals;
    const double *measured = (const double *)&m->totals;
    for (int i = 0; i < (int)TOTALS; i++) all[i] += times * measured[i];
    t->totals.seconds = before.seconds + seconds;
    t->totals.data_seconds = before.data_seconds;
    for (int g = 0; g < w->scenario->groups_n; g++) {
        if (w->scenario->groups[g].work == WORK_WINDOW) /* checkpoints */
            t->totals.put_requests[g] = before.put_requests[g] + by_time * m->totals.put_requests[g];
        if (w->processors[g]) processor_jumped(&w->groups[g], times * m->late[g]);
    }
    for (int i = 0; i < t->resources_n; i++) {
        t->resources[i].busy_ns += times * m->busy_ns[i];
        t->resources[i].span_s += seconds;
    }
}

void table_mode_finish(struct world *w)
{
    struct table_mode *t = w->table;
    if (!t) return;
    table_strata_finish(w);
    for (int i = 0; i < t->rows_n; i++) {
        const struct table_row *row = &t->rows[i];
        if (row->jumped_s <= 0) continue;
        int64_t delivered[SCENARIO_GROUPS_MAX];
        for (int g = 0; g < w->scenario->groups_n; g++) delivered[g] = jumped_to(w, row, w->scenario->groups[g].topic);
        table_grow_set(w, telemetry_row_set(w, i), row->jumped, delivered, row->jumped_s);
        table_grow_meters(w, &row->measured, grown((double)row->jumped, (double)row->measured.produced) - 1, row->jumped_s);
    }
    if (t->jumps > 0) lake_feed_again(w);
}
