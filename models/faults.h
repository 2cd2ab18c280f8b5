/* faults.h: what goes wrong, when, and the row each occurrence leaves behind.
 *
 * A fault of the scenario may happen many times: by plan (fault_plan.h) or when a condition holds (fault_condition.h), which
 * is looked at after every slice and strikes at the beginning of the next. Each occurrence is a row. An occurrence that would
 * strike what the same fault still holds down, or what its kind cannot strike now (fault_effects.h), is skipped and counted.
 *
 * An occurrence starts and ends on the calendar. Its effect lasts until the system is as it was: brokers back and every replica
 * in sync, members back, every group's lag and every output's staleness no worse than the worst seen with no fault in
 * effect. Until then its fault is in scope, and what is measured counts for it. Where less than two cycles of an output
 * were seen without a fault (a file's roll; a window with its out-of-orderness and checkpoint), a cycle's staleness is no
 * worse than usual.
 */
#ifndef HEADROOM_MODELS_FAULTS_H
#define HEADROOM_MODELS_FAULTS_H

#include "controller.h"
#include "fault_plan.h"
#include "world.h"

struct fault_row { /* of one occurrence */
    struct world *world;
    int fault;
    int target;                       /* the broker, or the instance, that it struck; -1: what the scenario says */
    int *brokers;                     /* [brokers_n] that it struck */
    struct controller_events *events; /* [brokers_n] */
    int brokers_n;
    void *state; /* its kind's own */
    sim_time at, until; /* calendar; when the fault itself is over */
    sim_time jumped_ns; /* at + this is when it began on the scenario's clock */
    sim_time for_ns;
    sim_time detected, recovered, lag_cleared, cleared; /* calendar; SIM_NEVER: not within the run */
    sim_time lag_cleared_of[SCENARIO_GROUPS_MAX]; /* of each group; lag_cleared is the last of them */
    int64_t peak_lag;
    int peak_lag_group; /* -1: none */
    double stale_minutes[SCENARIO_GROUPS_MAX]; /* by output: longer than its worst without a fault */
    int64_t rejected, lost, duplicated; /* while in effect; the last two by all groups together */
    double requests_failed, requests_retried;
    double partition_seconds_down;
    struct fault_row *next; /* of the same fault */
};

enum { FAULT_ACTIVE_MAX = 256 };

struct fault_log {
    struct fault_plan plan;
    int planned_next;
    struct event_handle next; /* of the plan; if there is one */
    struct fault_row *first[SCENARIO_FAULTS_MAX], *last[SCENARIO_FAULTS_MAX]; /* NULL: it has not happened */
    int occurrences[SCENARIO_FAULTS_MAX], skipped[SCENARIO_FAULTS_MAX];
    struct fault_row *active[FAULT_ACTIVE_MAX]; /* in effect */
    int active_n;
    uint64_t in_effect; /* bit i: an occurrence of fault i is */
    struct fault_span attention; /* calendar: something will change there, see faults_attend() */
    struct rng lengths, targets; /* of faults that wait for a condition */
    int64_t steady_lag[SCENARIO_GROUPS_MAX];
    double steady_staleness_s[SCENARIO_GROUPS_MAX];
    double quiet_s; /* seen without a fault, after the warm-up */
    double staleness_s[SCENARIO_GROUPS_MAX]; /* of the slice just simulated */
    int64_t rejected_before, lost_before, duplicated_before;
    double failed_before, retried_before;
};

void faults_init(struct world *w);
/* The calendar has been jumped over: faults to come come sooner on it. None may be in effect. */
void faults_jumped(struct world *w);
/* After a slice: which faults are still in effect. */
void faults_slice_end(struct world *w);

/* A kind will change something at this time of the calendar, later than the slice under way: the slice it is in is simulated
 * whole. */
void faults_attend(struct world *w, sim_time at);
/* Does anything of the scenario's clock in [from, to) change because of a fault? */
bool faults_near(const struct world *w, sim_time from, sim_time to);

/* The first occurrence of a fault; one of which nothing is known, SIM_NEVER, if there was none. */
const struct fault_row *fault_first(const struct world *w, int fault);

#endif
