/* faults_broker.c: what happens to brokers; see fault_effects.h. */
#include "fault_effects.h"

#include "faults.h"
#include "replication.h"
#include "scenario_build.h"

static void down(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    for (int i = 0; i < row->brokers_n; i++) controller_broker_down(w, row->brokers[i], fault->clean, &row->events[i]);
}

static void start(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    for (int i = 0; i < row->brokers_n; i++) controller_broker_start(w, row->brokers[i], fault->data_lost, &row->events[i]);
}

static bool is_back(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row)
{
    (void)fault;
    for (int i = 0; i < row->brokers_n; i++)
        if (!w->cluster.brokers[row->brokers[i]].up) return false;
    return !controller_in_transit(w) && replication_complete(w);
}

static void check_broker(struct scenario_build *build, int i)
{
    const struct scenario *s = build->scenario;
    const char *broker = AT("faults[%d].broker", i);
    if (scenario_is_given(build, broker) && s->cluster.brokers && s->faults[i].broker >= s->cluster.brokers)
        scenario_mistake(build, broker, "is %d but the brokers are 0 to %d", s->faults[i].broker, s->cluster.brokers - 1);
}

static void check_down(struct scenario_build *build, int i)
{
    if (!scenario_is_given(build, AT("faults[%d].for", i)) && !scenario_is_given(build, AT("faults[%d].mttr", i)))
        scenario_mistake(build, AT("faults[%d].for", i), "is missing: how long is the broker down?");
    check_broker(build, i);
}

const struct fault_effect fault_broker_down = {
    .target = FAULT_ON_BROKER, .ends_unseen = true, .begin = down, .end = start, .whole = is_back, .check = check_down};
