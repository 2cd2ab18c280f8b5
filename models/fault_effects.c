/* fault_effects.c: see fault_effects.h. */
#include "fault_effects.h"

#include "arena.h"
#include "check.h"

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
    switch (fault_effect(fault->kind)->target) {
    case FAULT_ON_BROKER: return arena_printf(arena, "broker %d", fault->broker);
    case FAULT_ON_GROUP: return arena_printf(arena, "group %s", s->groups[fault->group].name);
    case FAULT_ON_INSTANCE: return arena_printf(arena, "group %s, instance %d", s->groups[fault->group].name, fault->instance);
    }
    return NULL;
}
