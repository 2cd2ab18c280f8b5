/* scenario_faults.c: the rules between the fields of faults; see scenario_build.h. */
#include "scenario_build.h"

#include "fault_effects.h"

/* Is any of these fields of the fault wrong already? */
static bool is_fault_wrong(struct scenario_build *build, int i)
{
    static const char *const fields[] = {"kind", "at", "for", "broker", "group"};
    for (size_t f = 0; f < sizeof fields / sizeof fields[0]; f++)
        if (scenario_is_wrong(build, AT("faults[%d].%s", i, fields[f]), false)) return true;
    return false;
}

/* A group stands for its instances. */
static enum fault_target struck(const struct scenario_fault *fault)
{
    const enum fault_target target = fault_effect(fault->kind)->target;
    return target == FAULT_ON_INSTANCE ? FAULT_ON_GROUP : target;
}

/* What a fault stops cannot be stopped again before it is back. */
static void check_overlap(struct scenario_build *build, int i)
{
    const struct scenario *scenario = build->scenario;
    const struct scenario_fault *fault = &scenario->faults[i];
    if (is_fault_wrong(build, i)) return;
    const enum fault_target target = struck(fault);
    for (int j = 0; j < i; j++) {
        const struct scenario_fault *other = &scenario->faults[j];
        if (is_fault_wrong(build, j) || struck(other) != target) continue;
        if (target == FAULT_ON_BROKER ? fault->broker != other->broker : fault->group != other->group) continue;
        if (fault->at_ns >= other->at_ns + other->for_ns || other->at_ns >= fault->at_ns + fault->for_ns)
            continue;
        const char *from = scenario_duration(build, other->at_ns), *to = scenario_duration(build, other->at_ns + other->for_ns);
        const char *at = AT("faults[%d].at", i);
        if (target == FAULT_ON_BROKER)
            scenario_mistake(build, at, "broker %d is down already from %s to %s (faults[%d])", fault->broker,
                             from, to, j);
        else
            scenario_mistake(
                build, at,
                "group \"%s\" has faults[%d] from %s to %s already: one fault of a group at a time",
                scenario->groups[fault->group].name, j, from, to);
        return; /* moving this one is the cure, whatever else it meets */
    }
}

void scenario_check_faults(struct scenario_build *build)
{
    const struct scenario *scenario = build->scenario;
    for (int i = 0; i < scenario->faults_n; i++) {
        const struct scenario_fault *fault = &scenario->faults[i];
        const char *at = AT("faults[%d].at", i), *broker = AT("faults[%d].broker", i);
        if (scenario_is_wrong(build, AT("faults[%d].kind", i), false)) continue;
        if (scenario_is_given(build, at) && scenario->run.duration_ns && fault->at_ns >= scenario->run.duration_ns)
            scenario_mistake(build, at, "is %s, but the run lasts %s", scenario_duration(build, fault->at_ns),
                             scenario_duration(build, scenario->run.duration_ns));
        if (fault->kind == FAULT_CONSUMER_CRASH && fault->group >= 0 &&
            scenario->groups[fault->group].instances &&
            fault->instance >= scenario->groups[fault->group].instances)
            scenario_mistake(build, AT("faults[%d].instance", i),
                             "is %d but group \"%s\" has instances 0 to %d", fault->instance,
                             scenario->groups[fault->group].name,
                             scenario->groups[fault->group].instances - 1);
        if (fault->kind == FAULT_BROKER_DOWN && !scenario_is_given(build, AT("faults[%d].for", i)))
            scenario_mistake(build, AT("faults[%d].for", i), "is missing: how long is the broker down?");
        if (fault->kind == FAULT_BROKER_DOWN && scenario_is_given(build, broker) && scenario->cluster.brokers &&
            fault->broker >= scenario->cluster.brokers)
            scenario_mistake(build, broker, "is %d but the brokers are 0 to %d", fault->broker,
                             scenario->cluster.brokers - 1);
        check_overlap(build, i);
    }
}
