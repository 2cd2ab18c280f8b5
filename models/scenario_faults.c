/* scenario_faults.c: the rules between the fields of faults; see scenario_build.h. */
#include "scenario_build.h"

#include "fault_condition.h"
#include "fault_effects.h"
#include "fault_plan.h"

/* Is any of these fields of the fault wrong already? */
static bool is_fault_wrong(struct scenario_build *build, int i)
{
    static const char *const fields[] = {"kind", "at", "for", "broker", "brokers", "group"};
    for (size_t f = 0; f < sizeof fields / sizeof fields[0]; f++)
        if (scenario_is_wrong(build, AT("faults[%d].%s", i, fields[f]), true)) return true;
    return false;
}

/* A group stands for its instances. */
static enum fault_target struck(const struct scenario_fault *fault)
{
    const enum fault_target target = fault_effect(fault->kind)->target;
    return target == FAULT_ON_INSTANCE ? FAULT_ON_GROUP : target;
}

static bool is_once(const struct scenario_fault *fault) { return fault->timing == FAULT_BY_TIME && fault->every_ns == 0; }

/* A broker that both name; NO_BROKER: none. */
static int shared_broker(const struct scenario_fault *a, const struct scenario_fault *b)
{
    if (a->brokers_n == 0) return a->broker != SCENARIO_AUTO && fault_names_broker(b, a->broker) ? a->broker : NO_BROKER;
    for (int i = 0; i < a->brokers_n; i++)
        if (fault_names_broker(b, a->brokers[i])) return a->brokers[i];
    return NO_BROKER;
}

/* What a fault stops at a stated time cannot be stopped again before it is back. */
static void check_overlap(struct scenario_build *build, int i)
{
    const struct scenario *scenario = build->scenario;
    const struct scenario_fault *fault = &scenario->faults[i];
    if (is_fault_wrong(build, i) || !is_once(fault)) return;
    const enum fault_target target = struck(fault);
    for (int j = 0; j < i; j++) {
        const struct scenario_fault *other = &scenario->faults[j];
        if (is_fault_wrong(build, j) || struck(other) != target || !is_once(other)) continue;
        if (target == FAULT_ON_BROKER ? fault->kind != FAULT_BROKER_DOWN || other->kind != FAULT_BROKER_DOWN ||
                                            shared_broker(fault, other) == NO_BROKER
                                      : target != FAULT_ON_GROUP || fault->group != other->group)
            continue;
        if (fault->at_ns >= other->at_ns + other->for_ns || other->at_ns >= fault->at_ns + fault->for_ns)
            continue;
        const char *from = scenario_duration(build, other->at_ns), *to = scenario_duration(build, other->at_ns + other->for_ns);
        const char *at = AT("faults[%d].at", i);
        if (target == FAULT_ON_BROKER)
            scenario_mistake(build, at, "broker %d is down already from %s to %s (faults[%d])", shared_broker(fault, other),
                             from, to, j);
        else
            scenario_mistake(
                build, at,
                "group \"%s\" has faults[%d] from %s to %s already: one fault of a group at a time",
                scenario->groups[fault->group].name, j, from, to);
        return; /* moving this one is the cure, whatever else it meets */
    }
}

static void check_timing(struct scenario_build *build, int i)
{
    const struct scenario *scenario = build->scenario;
    struct scenario_fault *fault = &build->scenario->faults[i];
    const char *at = AT("faults[%d].at", i), *when = AT("faults[%d].when", i), *mttr = AT("faults[%d].mttr", i);
    if (scenario_is_given(build, at) && scenario->run.duration_ns && fault->at_ns >= scenario->run.duration_ns)
        scenario_mistake(build, at, "is %s, but the run lasts %s", scenario_duration(build, fault->at_ns),
                         scenario_duration(build, scenario->run.duration_ns));
    if (scenario_is_wrong(build, AT("faults[%d]", i), true)) return;
    if (fault->timing == FAULT_BY_CONDITION) {
        const char *problem = fault_condition_read(scenario, fault->when_text, &fault->when, build->arena);
        if (problem && !scenario_is_wrong(build, "groups", true)) scenario_mistake(build, when, "%s", problem);
    }
    if (fault->every_ns > 0 && fault->every_ns <= fault->for_ns)
        scenario_mistake(build, AT("faults[%d].every", i), "is %s, but it lasts %s: it would begin again before it is over",
                         scenario_duration(build, fault->every_ns), scenario_duration(build, fault->for_ns));
    if (scenario_is_given(build, mttr) && scenario_is_given(build, AT("faults[%d].for", i)))
        scenario_mistake(build, mttr, "and `for` both say how long it lasts: one of them is enough");
    scenario_check_distribution(build, &fault->mttr, mttr);
    const double expected = fault_plan_expected(scenario, fault);
    if (expected > FAULT_OCCURRENCES_MAX)
        scenario_mistake(build, AT(fault->timing == FAULT_DRAWN ? "faults[%d].mtbf" : "faults[%d].every", i),
                         "makes it happen %.0f times in the run; at most %d fit", expected, (int)FAULT_OCCURRENCES_MAX);
}

void scenario_check_faults(struct scenario_build *build)
{
    const struct scenario *scenario = build->scenario;
    for (int t = 0; t < scenario->topics_n; t++) build->scenario->topics[t].partitions_first = scenario->topics[t].partitions;
    build->scenario->cluster.brokers_max = scenario->cluster.brokers;
    for (int i = 0; i < scenario->faults_n; i++) {
        if (scenario_is_wrong(build, AT("faults[%d].kind", i), false)) continue;
        if (scenario->faults[i].kind == FAULT_BROKERS_ADDED) build->scenario->cluster.brokers_max += scenario->faults[i].count;
    }
    for (int i = 0; i < scenario->faults_n; i++) {
        if (scenario_is_wrong(build, AT("faults[%d].kind", i), false)) continue;
        const struct fault_effect *effect = fault_effect(scenario->faults[i].kind);
        if (effect->check) effect->check(build, i);
        check_timing(build, i);
        check_overlap(build, i);
    }
}
