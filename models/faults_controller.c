/* faults_controller.c: what happens to the controller; see fault_effects.h.
 *
 * Of a quorum of three a standby takes over when the active one is lost; without a majority nobody does until it is back. With
 * ZooKeeper another broker becomes the controller when the session of the old one has ended, and reads all metadata first.
 */
#include "fault_effects.h"

#include "faults.h"
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

const struct fault_effect fault_controller_down = {
    .target = FAULT_ON_CONTROLLER, .begin = goes, .end = returns, .whole = is_led, .check = check_controllers};
