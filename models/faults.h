/* faults.h: what goes wrong, when, and the row each leaves behind.
 *
 * A fault starts and ends on the calendar. Its effect lasts until the system is as it was: brokers back and every replica
 * in sync, members back, every group's lag and every output's staleness no worse than the worst seen with no fault in
 * effect. Until then the fault is in scope, and what is measured counts for it. Where less than two cycles of an output
 * were seen without a fault (a file's roll; a window with its out-of-orderness and checkpoint), a cycle's staleness is no
 * worse than usual.
 */
#ifndef HEADROOM_MODELS_FAULTS_H
#define HEADROOM_MODELS_FAULTS_H

#include "controller.h"
#include "world.h"

struct fault_row {
    struct controller_events events;
    sim_time at, until; /* calendar; when the fault itself is over */
    sim_time detected, recovered, lag_cleared, cleared; /* calendar; SIM_NEVER: not within the run */
    int64_t peak_lag;
    int peak_lag_group; /* -1: none */
    double stale_minutes[SCENARIO_GROUPS_MAX]; /* by output: longer than its worst without a fault */
    int64_t rejected;                          /* while in effect */
    double partition_seconds_down;
};

struct fault_log {
    struct fault_row rows[SCENARIO_FAULTS_MAX];
    uint64_t in_effect;
    int64_t steady_lag[SCENARIO_GROUPS_MAX];
    double steady_staleness_s[SCENARIO_GROUPS_MAX];
    double quiet_s; /* seen without a fault, after the warm-up */
    double staleness_s[SCENARIO_GROUPS_MAX]; /* of the slice just simulated */
    int64_t rejected_before;
    struct event_handle begins[SCENARIO_FAULTS_MAX], ends[SCENARIO_FAULTS_MAX];
};

void faults_init(struct world *w);
/* The calendar has been jumped over: faults to come come sooner on it. None may be in effect. */
void faults_jumped(struct world *w);
/* After a slice: which faults are still in effect. */
void faults_slice_end(struct world *w);

#endif
