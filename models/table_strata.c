/* table_strata.c: see table_strata.h. */
#include "table_strata.h"

#include <math.h>
#include <string.h>

#include "arena.h"
#include "check.h"
#include "faults.h"
#include "group.h"
#include "processor.h"

static bool is_once(const struct scenario_fault *fault) { return fault->timing == FAULT_BY_TIME && fault->every_ns == 0; }

/* Beside what is drawn or waits for a condition nobody knows who is alone. */
static bool is_alone(const struct scenario *s, int fault)
{
    const struct scenario_fault *a = &s->faults[fault];
    if (!is_once(a) || a->at_ns < s->run.warmup_ns) return false;
    for (int i = 0; i < s->faults_n; i++)
        if (!is_once(&s->faults[i])) return false;
    for (int i = 0; i < s->faults_n; i++) {
        const struct scenario_fault *b = &s->faults[i];
        if (i != fault && a->at_ns < b->at_ns + b->for_ns + STRATUM_APART_NS && b->at_ns < a->at_ns + a->for_ns + STRATUM_APART_NS)
            return false;
    }
    for (int i = 0; i < s->objectives_n; i++)
        if (s->objectives[i].scope == SCOPE_FAULT && s->objectives[i].fault == fault) return false;
    return true;
}

static bool are_alike(const struct scenario_fault *a, const struct scenario_fault *b)
{
    return a->kind == b->kind && a->brokers_n == b->brokers_n && a->for_ns == b->for_ns && a->clean == b->clean && a->data_lost == b->data_lost && a->group == b->group &&
           a->rolling == b->rolling && a->notice_ns == b->notice_ns && a->down_ns == b->down_ns && a->per_record_ns == b->per_record_ns &&
           a->what == b->what && a->factor == b->factor && a->stream == b->stream && a->ramp_ns == b->ramp_ns &&
           a->query == b->query && a->table == b->table && a->fill == b->fill && a->pause_ns == b->pause_ns &&
           a->controllers == b->controllers && a->producer == b->producer && a->rank == b->rank && a->share == b->share && a->late_ns == b->late_ns &&
           a->records == b->records && a->tries == b->tries;
}

/* Faults in the order of time, of which there are few. */
static int next_fault(const struct scenario *s, uint64_t seen)
{
    int next = -1;
    for (int i = 0; i < s->faults_n; i++)
        if (!(seen >> i & 1) && (next < 0 || s->faults[i].at_ns < s->faults[next].at_ns)) next = i;
    return next;
}

void table_strata_init(struct world *w)
{
    const struct scenario *s = w->scenario;
    struct table_strata *t = ARENA_NEW(w->arena, struct table_strata, 1);
    w->table->strata = t;
    t->last = -1;
    uint64_t seen = 0;
    int counts[SCENARIO_FAULTS_MAX] = {0}, first[SCENARIO_FAULTS_MAX];
    for (int fault; (fault = next_fault(s, seen)) >= 0;) {
        const uint64_t bit = (uint64_t)1 << fault;
        seen |= bit;
        if (!is_alone(s, fault)) continue;
        int16_t steps[SCENARIO_STREAMS_MAX];
        table_steps(w, s->faults[fault].at_ns, s->faults[fault].at_ns + SIM_S, steps);
        int of = 0;
        while (of < t->n && !(are_alike(&s->faults[first[of]], &s->faults[fault]) &&
                              memcmp(t->strata[of].steps, steps, sizeof steps) == 0))
            of++;
        if (of == t->n) {
            first[t->n++] = fault;
            memcpy(t->strata[of].steps, steps, sizeof steps);
        }
        if (counts[of]++ < STRATUM_SIMULATED)
            t->strata[of].simulated |= bit;
        else
            t->strata[of].represented |= bit;
    }
    for (int i = 0; i < t->n; i++) w->represented |= t->strata[i].represented;
}

/* --- What those that are simulated do ---------------------------------------------------------------- */

static struct stratum_account account(const struct world *w)
{
    struct stratum_account a = {.vanished = w->vanished};
    for (int i = 0; i < REJECT_REASONS; i++) a.rejected_by[i] = w->rejected_by[i];
    for (int g = 0; g < w->scenario->groups_n; g++) {
        for (int i = 0; i < w->groups[g].partitions_n; i++) {
            const struct group_partition *gp = &w->groups[g].partitions[i];
            for (int l = 0; l < LOST_REASONS; l++) a.lost_by[g][l] += gp->lost_by[l];
            a.duplicated[g] += gp->duplicated;
        }
    }
    return a;
}

static void add_account(struct stratum_account *to, const struct stratum_account *begin, const struct stratum_account *end)
{
    for (int i = 0; i < REJECT_REASONS; i++) to->rejected_by[i] += end->rejected_by[i] - begin->rejected_by[i];
    to->vanished += end->vanished - begin->vanished;
    for (int g = 0; g < SCENARIO_GROUPS_MAX; g++) {
        for (int l = 0; l < LOST_REASONS; l++) to->lost_by[g][l] += end->lost_by[g][l] - begin->lost_by[g][l];
        to->duplicated[g] += end->duplicated[g] - begin->duplicated[g];
    }
}

void table_strata_begin_slice(struct world *w)
{
    struct table_strata *t = w->table->strata;
    t->after = false;
    if (w->represented == 0) return;
    t->begin_faults = w->fault_log->in_effect;
    t->begin = table_reading(w);
    t->begin_account = account(w);
}

static int after_row(int stratum)
{
    return TABLE_ROWS_MAX + stratum;
}

int table_strata_after(struct world *w)
{
    struct table_strata *t = w->table->strata;
    t->after = t->last >= 0;
    return t->after ? after_row(t->last) : -1;
}

/* That all of the faults belong to; -1: there is none. */
static int stratum_of(const struct table_strata *t, uint64_t faults)
{
    for (int i = 0; i < t->n; i++)
        if (!(faults & ~t->strata[i].simulated)) return i;
    return -1;
}

void table_strata_end_slice(struct world *w, int64_t produced)
{
    struct table_strata *t = w->table->strata;
    const uint64_t faults = t->begin_faults | w->fault_log->in_effect;
    if (w->represented == 0 || !w->telemetry->warm) return;
    const int of = faults != 0 ? stratum_of(t, faults) : t->after ? t->last : -1;
    if (faults != 0) t->last = of < STRATUM_AFTER_MAX ? of : -1;
    if (of < 0) return;
    struct stratum *s = &t->strata[of];
    const struct table_measure end = table_reading(w);
    const struct stratum_account now = account(w);
    table_add_between(&s->measured, &t->begin, &end);
    s->measured.seconds += sim_seconds(w->slice_end - w->slice_start);
    s->measured.produced += produced;
    add_account(&s->account, &t->begin_account, &now);
}

/* --- What they stand for ----------------------------------------------------------------------------- */

static int count(const struct world *w, uint64_t faults, bool begun)
{
    const sim_time now = world_scenario_time(w, w->slice_end);
    int n = 0;
    for (int i = 0; i < w->scenario->faults_n; i++)
        n += (faults >> i & 1) && (begun ? w->fault_log->first[i] != NULL : w->scenario->faults[i].at_ns < now);
    return n;
}

/* So many of a group's delivered records were not. */
static void take_delivered(struct group *g, int64_t records)
{
    for (int i = 0; i < g->partitions_n && records > 0; i++) {
        const int64_t taken = g->partitions[i].delivered < records ? g->partitions[i].delivered : records;
        g->partitions[i].delivered -= taken;
        records -= taken;
    }
    CHECK(records == 0, "group %s: %lld more records were lost than delivered", g->config->name, (long long)records);
}

static void move_account(struct world *w, const struct stratum_account *a, double times)
{
    const int64_t before = w->rejected, vanished = llround(times * (double)a->vanished);
    for (int i = 0; i < REJECT_REASONS; i++)
        world_reject(w, (enum reject_reason)i, llround(times * (double)a->rejected_by[i]));
    const int64_t rejected = w->rejected - before;
    w->vanished += vanished;
    for (int g = 0; g < w->scenario->groups_n; g++) {
        struct group *group = &w->groups[g];
        int64_t gone = rejected + vanished;
        for (int l = 0; l < LOST_REASONS; l++) {
            const int64_t lost = llround(times * (double)a->lost_by[g][l]);
            group_lose(&group->partitions[0], (enum lost_reason)l, lost);
            gone += lost;
        }
        take_delivered(group, gone);
        group->partitions[0].duplicated += llround(times * (double)a->duplicated[g]);
    }
}

/* The scope sets of those simulated grow; returns by how many records, and in *seconds by how long. */
static int64_t sets_of(struct world *w, int stratum, double times, bool grow, double *seconds)
{
    struct telemetry *t = w->telemetry;
    const uint64_t simulated = w->table->strata->strata[stratum].simulated;
    int64_t records = 0;
    *seconds = 0;
    for (int i = 0; i < t->sets_n; i++) {
        struct scope_set *set = &t->sets[i];
        if (set->faults == 0 ? set->row != after_row(stratum) : (set->faults & ~simulated) != 0) continue;
        const int64_t more = llround(times * (double)set->produced);
        records += more;
        *seconds += times * set->seconds;
        if (!grow) continue;
        int64_t delivered[SCENARIO_GROUPS_MAX];
        for (int g = 0; g < w->scenario->groups_n; g++) delivered[g] = llround(times * (double)set->delivered[g]);
        table_grow_set(w, set, more, delivered, times * set->seconds);
    }
    return records;
}

void table_strata_finish(struct world *w)
{
    struct table_strata *t = w->table->strata;
    for (int i = 0; i < t->n; i++) {
        struct stratum *s = &t->strata[i];
        const int simulated = count(w, s->simulated, true), represented = count(w, s->represented, false);
        if (simulated == 0 || represented == 0) continue;
        const double times = (double)represented / simulated;
        struct table_row *row = table_row_at(w->table, s->steps);
        double seconds;
        const int64_t records = sets_of(w, i, times, false, &seconds);
        /* It is taken from the steady time that was jumped over, if there is as much. */
        if (!row || row->jumped < records || row->jumped_s < seconds) continue;
        sets_of(w, i, times, true, &seconds);
        for (int k = 0; k < w->scenario->streams_n && row->jumped > 0; k++)
            row->jumped_of[k] -= llround((double)records * ((double)row->jumped_of[k] / (double)row->jumped));
        row->jumped -= records;
        row->jumped_s -= seconds;
        table_grow_meters(w, &s->measured, times, times * s->measured.seconds);
        move_account(w, &s->account, times);
    }
}
