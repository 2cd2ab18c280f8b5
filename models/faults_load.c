/* faults_load.c: more work than usual, and a store that is slow or away; see fault_effects.h.
 *
 * These are there to be seen from the first moment on: nobody has to detect them. What is drawn for a whole slice, traffic,
 * changes with the next slice.
 */
#include "fault_effects.h"

#include <math.h>

#include "arena.h"
#include "check.h"
#include "faults.h"
#include "group.h"
#include "hot_keys.h"
#include "lake.h"
#include "lake_feed.h"
#include "late_floods.h"
#include "partition.h"
#include "producer.h"
#include "query_feed.h"
#include "scenario_build.h"
#include "undecodable.h"
#include "workload.h"

static void nothing_more(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    (void)w;
    (void)fault;
    (void)row;
}

/* --- Traffic ----------------------------------------------------------------------------------------- */

static bool has_room(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row)
{
    (void)fault;
    (void)row;
    return w->workload.spikes_n < SPIKES_MAX;
}

static void rises(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    row->detected = row->at;
    const struct spike spike = {fault->stream, fault->factor, row->at, row->at + row->for_ns, fault->ramp_ns};
    workload_spike(w, &spike);
}

static void check_spike(struct scenario_build *build, int i)
{
    const struct scenario_fault *fault = &build->scenario->faults[i];
    if (fault->ramp_ns > fault->for_ns / 2 && scenario_is_given(build, AT("faults[%d].ramp", i)))
        scenario_mistake(build, AT("faults[%d].ramp", i), "is %s, and `for` has no room for it twice: %s",
                         scenario_duration(build, fault->ramp_ns), scenario_duration(build, fault->for_ns));
}

/* --- A hot key --------------------------------------------------------------------------------------- */

static bool has_room_for_key(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row)
{
    (void)fault;
    (void)row;
    return w->workload.hot_n < HOT_KEYS_MAX;
}

static void heats_up(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    row->detected = row->at;
    const struct hot_key key = {fault->stream, fault->rank, fault->share, row->at, row->at + row->for_ns};
    hot_keys_add(w, &key);
}

/* Whose producer sends it where. */
static const struct scenario_producer *producer_of(const struct scenario *s, int stream)
{
    for (int p = 0; p < s->producers_n; p++)
        for (int i = 0; i < s->producers[p].sends_n; i++)
            if (s->producers[p].sends[i] == stream) return &s->producers[p];
    return NULL;
}

static void check_hot_key(struct scenario_build *build, int i)
{
    const struct scenario *s = build->scenario;
    const struct scenario_fault *fault = &s->faults[i];
    const char *at = AT("faults[%d]", i);
    if (scenario_is_wrong(build, at, true) || scenario_is_wrong(build, "workload", true) || scenario_is_wrong(build, "producers", true) ||
        scenario_is_wrong(build, "keys", true))
        return;
    bool any = false;
    for (int k = 0; k < s->streams_n; k++) {
        const struct scenario_producer *producer = producer_of(s, k);
        if (fault->stream >= 0 && fault->stream != k) continue;
        const char *problem = !producer                                                     ? "which nobody sends"
                              : s->streams[k].keys < 0                                      ? "whose records have no key"
                              : partition_rules[producer->partitioner].keys == KEYS_IGNORED ? "whose producer pays no heed to keys"
                                                                                            : NULL;
        if (problem && fault->stream >= 0) scenario_mistake(build, AT("faults[%d].stream", i), "is \"%s\", %s", s->streams[k].name, problem);
        if (problem) continue;
        any = true;
        const struct scenario_keys *keys = &s->keys[s->streams[k].keys];
        if (fault->rank > keys->population)
            scenario_mistake(build, scenario_is_given(build, AT("faults[%d].rank", i)) ? AT("faults[%d].rank", i) : at,
                             "is %lld, but stream \"%s\" has keys 1 to %lld", (long long)fault->rank, s->streams[k].name,
                             (long long)keys->population);
        for (int f = 0; f < s->faults_n; f++)
            if (s->faults[f].kind == FAULT_PARTITIONS_ADDED && s->faults[f].topic == producer->topic)
                scenario_mistake(build, at, "does not go with faults[%d]: where a hot key goes while partitions are added is not modelled", f);
    }
    if (!any && fault->stream < 0) scenario_mistake(build, at, "is of a key, but no stream has one that its producer goes by");
}

/* --- Late records ------------------------------------------------------------------------------------ */

static bool has_room_for_flood(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row)
{
    (void)fault;
    (void)row;
    return late_floods_have_room(w);
}

static void floods(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    row->detected = row->at;
    const struct late_flood flood = {fault->stream, fault->share, fault->late_ns, row->at, row->at + row->for_ns};
    late_floods_add(w, &flood);
}

static void check_flood(struct scenario_build *build, int i)
{
    const struct scenario *s = build->scenario;
    const struct scenario_fault *fault = &s->faults[i];
    if (scenario_is_wrong(build, "groups", true) || scenario_is_wrong(build, "producers", true) || scenario_is_wrong(build, "workload", true)) return;
    for (int g = 0; g < s->groups_n; g++)
        for (int k = 0; k < s->streams_n; k++) {
            const struct scenario_producer *producer = producer_of(s, k);
            if ((fault->stream < 0 || fault->stream == k) && s->groups[g].work != WORK_NOTHING && producer && producer->topic == s->groups[g].topic) return;
        }
    scenario_mistake(build, AT("faults[%d].kind", i), "makes records late, but no group makes anything of their event times");
}

/* --- Queries ----------------------------------------------------------------------------------------- */

static bool is_of_class(const struct scenario_fault *fault, int query) { return fault->query < 0 || fault->query == query; }

/* Of all storms that are in effect. */
static void set_storms(struct world *w)
{
    for (int q = 0; q < w->scenario->queries_n; q++) {
        double factor = 1;
        for (int i = 0; i < w->fault_log->active_n; i++) {
            const struct fault_row *row = w->fault_log->active[i];
            const struct scenario_fault *fault = &w->scenario->faults[row->fault];
            if (fault->kind == FAULT_QUERY_STORM && row->until == SIM_NEVER && is_of_class(fault, q)) factor *= fault->factor;
        }
        query_feed_storm(w, q, factor);
    }
}

static void storm(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    (void)fault;
    row->detected = row->at;
    set_storms(w);
}

static void storm_ends(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    (void)fault;
    (void)row;
    set_storms(w);
}

static void check_storm(struct scenario_build *build, int i)
{
    if (build->scenario->queries_n == 0)
        scenario_mistake(build, AT("faults[%d].kind", i), "is query_storm, but nobody asks: the scenario has no queries");
}

/* --- The object store -------------------------------------------------------------------------------- */

/* Of all that is in effect: times slow, and down until the last of them is over. */
static void set_store(struct world *w)
{
    double slow = 1;
    sim_time down_until = 0;
    for (int i = 0; i < w->fault_log->active_n; i++) {
        const struct fault_row *row = w->fault_log->active[i];
        const struct scenario_fault *fault = &w->scenario->faults[row->fault];
        if (row->until != SIM_NEVER) continue;
        if (fault->kind == FAULT_OBJECT_STORE_SLOW) slow *= fault->factor;
        if (fault->kind == FAULT_OBJECT_STORE_DOWN && row->at + row->for_ns > down_until) down_until = row->at + row->for_ns;
    }
    w->store_slow = slow;
    w->store_down_until = down_until;
    if (lake_feed_lake(w)) lake_store(lake_feed_lake(w), slow, down_until > 0 ? lake_feed_time(w, down_until) : 0);
    query_feed_store(w, slow, down_until);
}

static void store_changes(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    (void)fault;
    if (row->until == SIM_NEVER) row->detected = row->at;
    set_store(w);
}

static void check_store(struct scenario_build *build, int i)
{
    bool writes = build->scenario->tables_n > 0;
    for (int t = 0; t < build->scenario->topics_n; t++) writes |= build->scenario->topics[t].remote_storage_enable;
    for (int g = 0; g < build->scenario->groups_n; g++) writes |= build->scenario->groups[g].work == WORK_WRITE;
    if (!writes && !scenario_is_wrong(build, "groups", true))
        scenario_mistake(build, AT("faults[%d].kind", i), "is of an object store, but no group writes to one, and no topic is tiered");
}

/* --- Compaction -------------------------------------------------------------------------------------- */

static void set_compaction(struct world *w, const struct scenario_fault *fault)
{
    bool stopped = false;
    for (int i = 0; i < w->fault_log->active_n; i++) {
        const struct fault_row *row = w->fault_log->active[i];
        const struct scenario_fault *other = &w->scenario->faults[row->fault];
        stopped |= other->kind == FAULT_COMPACTION_STOPPED && other->table == fault->table && row->until == SIM_NEVER;
    }
    lake_stop_compaction(lake_feed_lake(w), fault->table, stopped);
}

static void compaction_changes(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    if (row->until == SIM_NEVER) row->detected = row->at;
    set_compaction(w, fault);
}

static void check_compaction(struct scenario_build *build, int i)
{
    const int table = build->scenario->faults[i].table;
    if (table >= 0 && !build->scenario->tables[table].compaction.strategy)
        scenario_mistake(build, AT("faults[%d].table", i), "is \"%s\", which nobody compacts", build->scenario->tables[table].name);
}

/* --- Commits ----------------------------------------------------------------------------------------- */

/* Of all that contend for the table: a commit has to come before each. */
static void commits_change(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    if (row->until == SIM_NEVER) row->detected = row->at;
    double in_time = 1;
    for (int i = 0; i < w->fault_log->active_n; i++) {
        const struct fault_row *other = w->fault_log->active[i];
        const struct scenario_fault *of = &w->scenario->faults[other->fault];
        if (of->kind == FAULT_CATALOG_CONFLICT && of->table == fault->table && other->until == SIM_NEVER) in_time *= 1 - of->share;
    }
    lake_contend(lake_feed_lake(w), fault->table, 1 - in_time);
}

static void check_commits(struct scenario_build *build, int i)
{
    const int table = build->scenario->faults[i].table;
    if (table < 0) return;
    const struct scenario_table *of = &build->scenario->tables[table];
    if (!of->compaction.strategy && of->from < 0)
        scenario_mistake(build, AT("faults[%d].table", i), "is \"%s\", to which neither ETL nor compaction commits; what groups append is not refused",
                         of->name);
}

/* --- The schema registry ------------------------------------------------------------------------------ */

static void registry_goes(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    (void)fault;
    row->detected = row->at;
    w->registry_down++;
}

static void registry_returns(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    (void)fault;
    (void)row;
    if (--w->registry_down > 0) return;
    for (int g = 0; g < w->scenario->groups_n; g++) group_registry_is_back(&w->groups[g]);
    for (int f = 0; f < w->scenario->producers_n; f++)
        for (int i = 0; i < w->fleets[f].n; i++) producer_registry_is_back(&w->fleets[f].instances[i]);
}

static void check_registry(struct scenario_build *build, int i)
{
    bool any = false;
    if (scenario_is_wrong(build, "producers", true) || scenario_is_wrong(build, "workload", true)) return;
    for (int p = 0; p < build->scenario->producers_n; p++) any |= scenario_producer_has_schemas(build->scenario, p);
    if (!any) scenario_mistake(build, AT("faults[%d].kind", i), "is of a schema registry, but nobody sends records that need one: none is avro");
}

/* --- Schemas ------------------------------------------------------------------------------------------- */

struct bad_schema { /* a row's state */
    int64_t refused;
    struct undecodable_span *span; /* NULL: it is checked */
};

/* A producer's new version sends records of a schema that the subject's compatibility refuses: its serializer cannot register it, and
 * they are not sent. If nobody checks they are, and no consumer can decode them. */
static bool concerns(const struct scenario *s, const struct scenario_fault *fault, int stream)
{
    return (fault->stream < 0 || fault->stream == stream) &&
           (!fault->checked || s->streams[stream].serialization == SERIALIZATION_AVRO) && producer_of(s, stream);
}

static bool has_one_schema(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row)
{
    (void)row;
    if (!fault->checked && !undecodable_has_room(w)) return false;
    for (int i = 0; i < w->scenario->streams_n; i++)
        if (concerns(w->scenario, fault, i) && (w->workload.streams[i].refused || undecodable_goes_on(w, i))) return false;
    return true;
}

static void rolls_out(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    struct bad_schema *bad = row->state = ARENA_NEW(w->arena, struct bad_schema, 1);
    if (!fault->checked) {
        bad->span = undecodable_begin(w, fault->stream, fault->share, &row->detected);
        return;
    }
    row->detected = row->at;
    for (int i = 0; i < w->scenario->streams_n; i++) {
        if (!concerns(w->scenario, fault, i)) continue;
        w->workload.streams[i].refused_share = fault->share;
        w->workload.streams[i].refused = &bad->refused;
    }
}

static void is_rolled_back(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    const struct bad_schema *bad = row->state;
    if (bad->span) {
        undecodable_end(w, bad->span);
        return;
    }
    for (int i = 0; i < w->scenario->streams_n; i++) {
        if (!concerns(w->scenario, fault, i)) continue;
        w->workload.streams[i].refused_share = 0;
        w->workload.streams[i].refused = NULL;
    }
}

static bool is_behind_all(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row)
{
    (void)fault;
    const struct bad_schema *bad = row->state;
    return !bad->span || undecodable_is_read(w, bad->span);
}

int64_t fault_to_replay(const struct fault_row *row)
{
    const struct bad_schema *bad = row->state;
    CHECK(row->world->scenario->faults[row->fault].kind == FAULT_SCHEMA_BAD && bad, "it has nothing to replay");
    return bad->span ? undecodable_put_aside(bad->span) : bad->refused;
}

static void check_schema(struct scenario_build *build, int i)
{
    const struct scenario *s = build->scenario;
    const struct scenario_fault *fault = &s->faults[i];
    if (scenario_is_wrong(build, AT("faults[%d]", i), true) || scenario_is_wrong(build, "producers", true) ||
        scenario_is_wrong(build, "workload", true))
        return;
    for (int k = 0; k < s->streams_n; k++)
        if (concerns(s, fault, k)) return;
    if (fault->stream >= 0)
        scenario_mistake(build, AT("faults[%d].stream", i), "is \"%s\", %s", s->streams[fault->stream].name,
                         producer_of(s, fault->stream) ? "whose records have no schema that a registry checks: they are not avro"
                                                       : "which nobody sends");
    else
        scenario_mistake(build, AT("faults[%d].kind", i), "is of a schema, but nobody sends records%s",
                         fault->checked ? " that have one: none is avro" : "");
}

const struct fault_effect fault_schema_bad = {
    .target = FAULT_ON_STREAM, .ready = has_one_schema, .begin = rolls_out, .end = is_rolled_back, .whole = is_behind_all,
    .check = check_schema};
const struct fault_effect fault_registry_down = {
    .target = FAULT_ON_REGISTRY, .begin = registry_goes, .end = registry_returns, .check = check_registry};
const struct fault_effect fault_traffic_spike = {
    .target = FAULT_ON_STREAM, .ready = has_room, .begin = rises, .end = nothing_more, .check = check_spike};
const struct fault_effect fault_hot_key = {
    .target = FAULT_ON_STREAM, .ready = has_room_for_key, .begin = heats_up, .end = nothing_more, .check = check_hot_key};
const struct fault_effect fault_late_flood = {
    .target = FAULT_ON_STREAM, .ready = has_room_for_flood, .begin = floods, .end = nothing_more, .check = check_flood};
const struct fault_effect fault_query_storm = {
    .target = FAULT_ON_QUERIES, .begin = storm, .end = storm_ends, .check = check_storm};
const struct fault_effect fault_object_store_slow = {
    .target = FAULT_ON_STORE, .begin = store_changes, .end = store_changes, .check = check_store};
const struct fault_effect fault_object_store_down = {
    .target = FAULT_ON_STORE, .begin = store_changes, .end = store_changes, .check = check_store};
const struct fault_effect fault_compaction_stopped = {
    .target = FAULT_ON_TABLE, .begin = compaction_changes, .end = compaction_changes, .check = check_compaction};
const struct fault_effect fault_catalog_conflict = {
    .target = FAULT_ON_TABLE, .begin = commits_change, .end = commits_change, .check = check_commits};
