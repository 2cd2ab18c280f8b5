/* faults_controller.c: what happens to the controller, and to the whole region; see fault_effects.h.
 *
 * Of a quorum of three a standby takes over when the active one is lost; without a majority nobody does until it is back. With
 * ZooKeeper another broker becomes the controller when the session of the old one has ended, and reads all metadata first.
 */
#include "fault_effects.h"

#include "arena.h"
#include "faults.h"
#include "replication.h"
#include "scenario_build.h"

static const int MAJORITY_LOST = 2; /* of three */

static void taken_over(struct kernel *k, void *occurrence, int64_t unused)
{
    (void)unused;
    struct fault_row *row = occurrence;
    controller_returns(row->world);
    row->recovered = row->detected = k->now;
}

static bool has_standby(const struct world *w, const struct scenario_fault *fault)
{
    return w->scenario->cluster.metadata != METADATA_KRAFT || fault->controllers < MAJORITY_LOST;
}

static void goes(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    controller_goes(w);
    if (has_standby(w, fault)) kernel_after(&w->calendar, controller_failover_ns(w), 1, taken_over, row, 0);
}

static void returns(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    if (!has_standby(w, fault)) kernel_after(&w->calendar, w->scenario->cluster.config.controller_quorum_election_timeout_ns, 1, taken_over, row, 0);
}

static bool is_led(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row)
{
    (void)fault;
    return row->detected != SIM_NEVER && w->controller_absent == 0;
}

static void check_controllers(struct scenario_build *build, int i)
{
    if (build->scenario->cluster.metadata != METADATA_KRAFT && scenario_is_given(build, AT("faults[%d].controllers", i)))
        scenario_mistake(build, AT("faults[%d].controllers", i), "is of a quorum, but cluster.metadata is zookeeper");
}

/* --- The region ------------------------------------------------------------------------------------- */

static void region_goes(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    (void)fault;
    int64_t *offsets = ARENA_NEW(w->arena, int64_t, (size_t)w->cluster.partitions_n);
    row->state = offsets;
    row->detected = row->at;
    for (int i = 0; i < row->brokers_n; i++) row->events[i].detected = row->at;
    controller_region_lost(w, w->scenario->cluster.mirror_lag_ns, offsets);
}

static void region_returns(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    (void)fault;
    controller_region_returns(w, row->state);
    for (int i = 0; i < row->brokers_n; i++) row->events[i].started = row->until;
}

static bool region_is_back(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row)
{
    (void)fault;
    (void)row;
    return !controller_in_transit(w) && replication_complete(w);
}

/* What the mirror has not yet has to be there in full. */
static sim_time mirror_lag(const struct scenario *s, const struct scenario_fault *fault)
{
    (void)fault;
    return s->cluster.mirror_lag_ns;
}

/* Nothing else may hold a broker: what it would bring back is not in the other region. */
static bool is_all_up(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row)
{
    (void)fault;
    (void)row;
    for (int b = 0; b < w->cluster.brokers_n; b++)
        if (!w->cluster.brokers[b].up || w->cluster.brokers[b].leaving) return false;
    return w->cluster.cut_zone == NO_ZONE;
}

static void check_region(struct scenario_build *build, int i)
{
    if (build->scenario->cluster.mirror_lag_ns == 0)
        scenario_mistake(build, AT("faults[%d].kind", i), "is region_lost, but there is no cluster.mirror to go on from");
    if (build->scenario->faults[i].timing == FAULT_BY_CONDITION)
        scenario_mistake(build, AT("faults[%d].when", i), "cannot tell when a region is lost: what the mirror lacks is to be known beforehand");
}

const struct fault_effect fault_region_lost = {.target = FAULT_ON_CLUSTER, .ready = is_all_up, .begin = region_goes, .end = region_returns,
                                               .whole = region_is_back, .rewinds_ns = mirror_lag, .check = check_region};
const struct fault_effect fault_controller_down = {
    .target = FAULT_ON_CONTROLLER, .begin = goes, .end = returns, .whole = is_led, .check = check_controllers};
