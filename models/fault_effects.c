/* fault_effects.c: see fault_effects.h. */
#include "fault_effects.h"

#include "arena.h"
#include "check.h"
#include "faults.h"

static const struct fault_effect *const effects[] = {
    [FAULT_BROKER_DOWN] = &fault_broker_down,
    [FAULT_RESTART_GROUP] = &fault_restart_group,
    [FAULT_CONSUMER_CRASH] = &fault_consumer_crash,
};

const struct fault_effect *fault_effect(enum fault_kind kind)
{
    CHECK((size_t)kind < sizeof effects / sizeof effects[0] && effects[kind], "no effect for fault kind %d", (int)kind);
    return effects[kind];
}

const char *fault_scope(const struct scenario *s, const struct scenario_fault *fault, struct arena *arena)
{
    const enum fault_target target = fault_effect(fault->kind)->target;
    const char *group = fault->group >= 0 ? s->groups[fault->group].name : NULL;
    switch (target) {
    case FAULT_ON_BROKER:
        return fault->broker == SCENARIO_AUTO ? "any broker" : arena_printf(arena, "broker %d", fault->broker);
    case FAULT_ON_GROUP: return arena_printf(arena, "group %s", group);
    case FAULT_ON_INSTANCE:
        return fault->instance == SCENARIO_AUTO ? arena_printf(arena, "group %s, any instance", group)
                                                : arena_printf(arena, "group %s, instance %d", group, fault->instance);
    }
    return NULL;
}

bool fault_is_any(const struct scenario_fault *fault)
{
    const enum fault_target target = fault_effect(fault->kind)->target;
    return (target == FAULT_ON_BROKER && fault->broker == SCENARIO_AUTO) ||
           (target == FAULT_ON_INSTANCE && fault->instance == SCENARIO_AUTO);
}

int fault_choices(const struct scenario *s, const struct scenario_fault *fault)
{
    if (!fault_is_any(fault)) return 1;
    return fault_effect(fault->kind)->target == FAULT_ON_BROKER ? s->cluster.brokers : s->groups[fault->group].instances;
}

int fault_broker(const struct scenario_fault *fault, const struct fault_row *row)
{
    return row->target >= 0 ? row->target : fault->broker;
}

int fault_instance(const struct scenario_fault *fault, const struct fault_row *row)
{
    return row->target >= 0 ? row->target : fault->instance;
}

void fault_strikes(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    if (fault_effect(fault->kind)->target != FAULT_ON_BROKER) return;
    row->brokers_n = 1;
    row->brokers = ARENA_NEW(w->arena, int, (size_t)row->brokers_n);
    row->events = ARENA_NEW(w->arena, struct controller_events, (size_t)row->brokers_n);
    row->brokers[0] = fault_broker(fault, row);
    for (int i = 0; i < row->brokers_n; i++) row->events[i] = (struct controller_events){SIM_NEVER, SIM_NEVER, SIM_NEVER, SIM_NEVER};
}
