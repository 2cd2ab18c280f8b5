/* fault_effects.h: what each kind of fault does to the world; one row a kind.
 *
 * What it is for: the log of faults (faults.h), the checks of a scenario, the fraction that is simulated and the run record ask
 * here, so that a new kind is one row, and functions in the file of the part it strikes (faults_broker.c, faults_group.c).
 */
#ifndef HEADROOM_MODELS_FAULT_EFFECTS_H
#define HEADROOM_MODELS_FAULT_EFFECTS_H

#include "reassignment.h"
#include "world.h"

struct fault_row;
struct scenario_build;

/* What it strikes. Of faults on one target one at a time. */
enum fault_target {
    FAULT_ON_BROKER,
    FAULT_ON_GROUP,
    FAULT_ON_INSTANCE, /* of a group */
    FAULT_ON_PRODUCER_INSTANCE,
    FAULT_ON_TOPIC,
    FAULT_ON_ZONE,
    FAULT_ON_CLUSTER,
    FAULT_ON_NEW_BROKERS,
    FAULT_ON_PRODUCER, /* a fleet of them */
    FAULT_ON_CONTROLLER,
    FAULT_ON_STREAM,
    FAULT_ON_QUERIES,
    FAULT_ON_STORE, /* of objects */
    FAULT_ON_REGISTRY, /* of schemas */
    FAULT_ON_TABLE,
};

struct fault_effect {
    enum fault_target target;
    /* Its end is not a moment that changes anything at once: what follows tells by itself that it is under way
     * (controller_in_transit()). */
    bool ends_unseen;
    /* It says itself when it is over: fault_over(). */
    bool ends_itself;
    /* Can it strike now? What cannot is skipped. The row has nothing but its target yet. NULL: always. */
    bool (*ready)(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row);
    void (*begin)(struct world *w, const struct scenario_fault *fault, struct fault_row *row);
    void (*end)(struct world *w, const struct scenario_fault *fault, struct fault_row *row);
    /* After its end: is what it broke whole again? NULL: it is, at once. */
    bool (*whole)(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row);
    /* What was read since the last commit will be read again, so that it has to be there in full: how long before? NULL: nothing
     * is. */
    sim_time (*rewinds_ns)(const struct scenario *s, const struct scenario_fault *fault);
    /* The rules of its fields that the table of the language cannot tell, of faults[i]; NULL: there are none. */
    void (*check)(struct scenario_build *build, int i);
};

const struct fault_effect *fault_effect(enum fault_kind kind);

/* "broker 7"; "any broker"; "group ctr, instance 0". */
const char *fault_scope(const struct scenario *s, const struct scenario_fault *fault, struct arena *arena);

/* As its kind, or its fields, say: see ends_itself and ends_unseen above. */
bool fault_ends_itself(const struct scenario_fault *fault);
bool fault_ends_unseen(const struct scenario_fault *fault);

/* What faults of groups share. One at a time: it has all its members. Are they all back, and its partitions read? Since when has a
 * group that goes not committed, at most; 0 if it goes in order. faults[i].instance is one that there is. */
bool group_is_at_full_strength(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row);
bool group_is_back(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row);
sim_time fault_rewinds_ns(const struct scenario *s, const struct scenario_fault *fault);
void fault_check_instance(struct scenario_build *build, int i);
/* An instance of its group dies, or leaves in order; the row's detection. */
void fault_instance_goes(struct world *w, const struct scenario_fault *fault, struct fault_row *row, int instance);
/* faults_rolling.c: the begin of a restart of a group's instances one by one. */
void fault_restart_instances(struct world *w, const struct scenario_fault *fault, struct fault_row *row);

/* How long before a crash of a group's member its last commit may be. */
sim_time fault_between_commits_ns(const struct scenario_group *g);
/* Of a row of schema_bad: the records that were refused, or put aside by those who could not decode them; to be sent once more. */
int64_t fault_to_replay(const struct fault_row *row);
/* Of a row of brokers_added: what has moved; false: they have not joined. */
bool fault_growth(const struct fault_row *row, struct reassignment_counts *counts);
/* The occurrence is over: for kinds that end themselves. */
void fault_over(struct world *w, struct fault_row *row);

/* Of how many targets is it one? 1, unless it strikes any. */
bool fault_is_any(const struct scenario_fault *fault);
int fault_choices(const struct scenario *s, const struct scenario_fault *fault);
/* The target of a row of it: what was drawn, or what the scenario says. */
int fault_broker(const struct scenario_fault *fault, const struct fault_row *row);
int fault_instance(const struct scenario_fault *fault, const struct fault_row *row);
/* Is it one that the scenario names, itself or in a list? */
bool fault_names_broker(const struct scenario_fault *fault, int broker);
/* It strikes some that is not still to be added. */
bool fault_is_there(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row);
/* Fills the brokers that are struck, if they are brokers. */
void fault_strikes(struct world *w, const struct scenario_fault *fault, struct fault_row *row);

extern const struct fault_effect fault_broker_down, fault_broker_slow, fault_disk_full, fault_zone_down, fault_zone_cut, fault_rolling_restart, fault_restart_group,
    fault_consumer_crash, fault_producer_redeploy, fault_sink_slow, fault_sink_down;
extern const struct fault_effect fault_partitions_added, fault_group_paused, fault_poison;
extern const struct fault_effect fault_rebalance_storm, fault_spot_taken, fault_producer_spot_taken;
extern const struct fault_effect fault_controller_down;
extern const struct fault_effect fault_region_lost;
extern const struct fault_effect fault_traffic_spike, fault_hot_key, fault_late_flood, fault_query_storm;
extern const struct fault_effect fault_object_store_slow, fault_object_store_down, fault_compaction_stopped, fault_catalog_conflict, fault_registry_down;
extern const struct fault_effect fault_schema_bad, fault_brokers_added;

#endif
