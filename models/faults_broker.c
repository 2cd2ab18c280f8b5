/* faults_broker.c: what happens to brokers; see fault_effects.h. */
#include "fault_effects.h"

#include "faults.h"
#include "replication.h"

static void down(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    controller_broker_down(w, fault->broker, fault->clean, &row->events);
}

static void start(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    controller_broker_start(w, fault->broker, fault->data_lost, &row->events);
}

static bool is_back(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row)
{
    (void)row;
    return w->cluster.brokers[fault->broker].up && !controller_in_transit(w) && replication_complete(w);
}

const struct fault_effect fault_broker_down = {
    .target = FAULT_ON_BROKER, .ends_unseen = true, .begin = down, .end = start, .whole = is_back};
