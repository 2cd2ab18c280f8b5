/* fault_effects.c: see fault_effects.h. */
#include "fault_effects.h"

#include "arena.h"
#include "check.h"
#include "faults.h"

static const struct fault_effect *const effects[] = {
    [FAULT_BROKER_DOWN] = &fault_broker_down,
    [FAULT_RESTART_GROUP] = &fault_restart_group,
    [FAULT_CONSUMER_CRASH] = &fault_consumer_crash,
    [FAULT_PARTITIONS_ADDED] = &fault_partitions_added,
    [FAULT_GROUP_PAUSED] = &fault_group_paused,
    [FAULT_ZONE_DOWN] = &fault_zone_down,
    [FAULT_BROKER_SLOW] = &fault_broker_slow,
    [FAULT_DISK_FULL] = &fault_disk_full,
    [FAULT_REBALANCE_STORM] = &fault_rebalance_storm,
    [FAULT_SPOT_TAKEN] = &fault_spot_taken,
    [FAULT_PRODUCER_SPOT_TAKEN] = &fault_producer_spot_taken,
    [FAULT_ROLLING_RESTART] = &fault_rolling_restart,
    [FAULT_PRODUCER_REDEPLOY] = &fault_producer_redeploy,
    [FAULT_SINK_SLOW] = &fault_sink_slow,
    [FAULT_SINK_DOWN] = &fault_sink_down,
    [FAULT_CONTROLLER_DOWN] = &fault_controller_down,
    [FAULT_TRAFFIC_SPIKE] = &fault_traffic_spike,
    [FAULT_QUERY_STORM] = &fault_query_storm,
    [FAULT_OBJECT_STORE_SLOW] = &fault_object_store_slow,
    [FAULT_OBJECT_STORE_DOWN] = &fault_object_store_down,
    [FAULT_COMPACTION_STOPPED] = &fault_compaction_stopped,
    [FAULT_REGION_LOST] = &fault_region_lost,
    [FAULT_HOT_KEY] = &fault_hot_key,
    [FAULT_ZONE_CUT] = &fault_zone_cut,
    [FAULT_LATE_FLOOD] = &fault_late_flood,
    [FAULT_POISON] = &fault_poison,
    [FAULT_CATALOG_CONFLICT] = &fault_catalog_conflict,
    [FAULT_REGISTRY_DOWN] = &fault_registry_down,
    [FAULT_SCHEMA_BAD] = &fault_schema_bad,
    [FAULT_BROKERS_ADDED] = &fault_brokers_added,
};

const struct fault_effect *fault_effect(enum fault_kind kind)
{
    CHECK((size_t)kind < sizeof effects / sizeof effects[0] && effects[kind], "no effect for fault kind %d", (int)kind);
    return effects[kind];
}

bool fault_ends_itself(const struct scenario_fault *fault)
{
    return fault->rolling || fault_effect(fault->kind)->ends_itself;
}

bool fault_ends_unseen(const struct scenario_fault *fault)
{
    return fault->rolling || fault_effect(fault->kind)->ends_unseen;
}

static const char *brokers_scope(const struct scenario_fault *fault, struct arena *arena)
{
    const char *text = fault->brokers_n == 1 ? "broker" : "brokers";
    for (int i = 0; i < fault->brokers_n; i++) text = arena_printf(arena, "%s%s %d", text, i > 0 ? "," : "", fault->brokers[i]);
    return text;
}

const char *fault_scope(const struct scenario *s, const struct scenario_fault *fault, struct arena *arena)
{
    const enum fault_target target = fault_effect(fault->kind)->target;
    const char *group = fault->group >= 0 ? s->groups[fault->group].name : NULL;
    switch (target) {
    case FAULT_ON_BROKER:
        if (fault->brokers_n > 0) return brokers_scope(fault, arena);
        return fault->broker == SCENARIO_AUTO ? "any broker" : arena_printf(arena, "broker %d", fault->broker);
    case FAULT_ON_GROUP: return arena_printf(arena, "group %s", group);
    case FAULT_ON_INSTANCE:
        return fault->instance == SCENARIO_AUTO ? arena_printf(arena, "group %s, any instance", group)
                                                : arena_printf(arena, "group %s, instance %d", group, fault->instance);
    case FAULT_ON_PRODUCER_INSTANCE:
        return fault->instance == SCENARIO_AUTO
                   ? arena_printf(arena, "producer %s, any instance", s->producers[fault->producer].name)
                   : arena_printf(arena, "producer %s, instance %d", s->producers[fault->producer].name, fault->instance);
    case FAULT_ON_TOPIC: return arena_printf(arena, "topic %s", s->topics[fault->topic].name);
    case FAULT_ON_ZONE: return arena_printf(arena, "zone %d", fault->zone);
    case FAULT_ON_CLUSTER: return "all brokers";
    case FAULT_ON_NEW_BROKERS: return arena_printf(arena, fault->count == 1 ? "%d broker more" : "%d brokers more", fault->count);
    case FAULT_ON_CONTROLLER: return "the controller";
    case FAULT_ON_STREAM:
        return fault->stream < 0 ? "all streams" : arena_printf(arena, "stream %s", s->streams[fault->stream].name);
    case FAULT_ON_QUERIES:
        return fault->query < 0 ? "all queries" : arena_printf(arena, "queries %s", s->queries[fault->query].name);
    case FAULT_ON_STORE: return "object store";
    case FAULT_ON_REGISTRY: return "schema registry";
    case FAULT_ON_TABLE: return arena_printf(arena, "table %s", s->tables[fault->table].name);
    case FAULT_ON_PRODUCER: return arena_printf(arena, "producer %s", s->producers[fault->producer].name);
    }
    return NULL;
}

bool fault_is_any(const struct scenario_fault *fault)
{
    const enum fault_target target = fault_effect(fault->kind)->target;
    return (target == FAULT_ON_BROKER && fault->brokers_n == 0 && fault->broker == SCENARIO_AUTO) ||
           ((target == FAULT_ON_INSTANCE || target == FAULT_ON_PRODUCER_INSTANCE) && fault->instance == SCENARIO_AUTO);
}

int fault_choices(const struct scenario *s, const struct scenario_fault *fault)
{
    if (!fault_is_any(fault)) return 1;
    const enum fault_target target = fault_effect(fault->kind)->target;
    if (target == FAULT_ON_PRODUCER_INSTANCE) return s->producers[fault->producer].instances;
    return target == FAULT_ON_BROKER ? s->cluster.brokers : s->groups[fault->group].instances;
}

int fault_broker(const struct scenario_fault *fault, const struct fault_row *row)
{
    return row->target >= 0 ? row->target : fault->broker;
}

int fault_instance(const struct scenario_fault *fault, const struct fault_row *row)
{
    return row->target >= 0 ? row->target : fault->instance;
}

bool fault_is_there(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row)
{
    if (fault_effect(fault->kind)->target != FAULT_ON_BROKER) return true;
    if (fault->brokers_n == 0) return fault_broker(fault, row) < w->cluster.brokers_n;
    for (int i = 0; i < fault->brokers_n; i++)
        if (fault->brokers[i] < w->cluster.brokers_n) return true;
    return false;
}

bool fault_names_broker(const struct scenario_fault *fault, int broker)
{
    if (fault->brokers_n == 0) return fault->broker == broker;
    for (int i = 0; i < fault->brokers_n; i++)
        if (fault->brokers[i] == broker) return true;
    return false;
}

static bool is_struck(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row, int broker)
{
    switch (fault_effect(fault->kind)->target) {
    case FAULT_ON_BROKER: return fault->brokers_n > 0 ? fault_names_broker(fault, broker) : broker == fault_broker(fault, row);
    case FAULT_ON_ZONE: return w->cluster.brokers[broker].zone == fault->zone;
    case FAULT_ON_CLUSTER: return true;
    case FAULT_ON_GROUP:
    case FAULT_ON_INSTANCE:
    case FAULT_ON_PRODUCER_INSTANCE:
    case FAULT_ON_TOPIC:
    case FAULT_ON_NEW_BROKERS:
    case FAULT_ON_PRODUCER:
    case FAULT_ON_CONTROLLER:
    case FAULT_ON_STREAM:
    case FAULT_ON_QUERIES:
    case FAULT_ON_STORE:
    case FAULT_ON_REGISTRY:
    case FAULT_ON_TABLE: break;
    }
    return false;
}

void fault_over(struct world *w, struct fault_row *row)
{
    row->until = w->calendar.now;
    row->for_ns = row->until - row->at;
}

void fault_strikes(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    row->brokers = ARENA_NEW(w->arena, int, (size_t)w->cluster.brokers_max);
    for (int b = 0; b < w->cluster.brokers_n; b++)
        if (is_struck(w, fault, row, b)) row->brokers[row->brokers_n++] = b;
    row->events = ARENA_NEW(w->arena, struct controller_events, (size_t)row->brokers_n);
    for (int i = 0; i < row->brokers_n; i++) row->events[i] = (struct controller_events){SIM_NEVER, SIM_NEVER, SIM_NEVER, SIM_NEVER};
}
