/* scenario_query.c: the rules between the fields of query engines and classes of queries; see scenario_build.h. */
#include "scenario_build.h"

#include "prices.h"
#include "query.h"
#include "units.h"

#include <string.h>

static void check_engine(struct scenario_build *build, int i)
{
    struct scenario *scenario = build->scenario;
    struct scenario_engine *engine = &scenario->engines[i];
    const char *path = AT("engines[%d].instance", i), *coordinator = AT("engines[%d].coordinator", i);
    struct instance_attributes found;
    if (scenario_instance(build, path, engine->instance, &found)) engine->instance_vcpu = found.vcpu;
    if (!engine->coordinator && engine->instance && !scenario_is_wrong(build, coordinator, false)) {
        engine->coordinator = engine->instance;
        engine->coordinator_vcpu = engine->instance_vcpu;
        json_t *resolved = json_array_get(json_object_get(build->resolved, "engines"), (size_t)i);
        json_object_set_new(resolved, "coordinator", json_string(engine->coordinator));
    } else if (scenario_instance(build, coordinator, engine->coordinator, &found)) {
        engine->coordinator_vcpu = found.vcpu;
    }
    if ((int64_t)engine->workers * engine->instance_vcpu > QUERY_SLOTS_MAX)
        scenario_mistake(build, AT("engines[%d].workers", i), "is %d: with %d vCPU each that is %lld slots, at most %d fit",
                         engine->workers, engine->instance_vcpu, (long long)engine->workers * engine->instance_vcpu,
                         QUERY_SLOTS_MAX);
    bool used = !engine->name || scenario_is_wrong(build, "queries", true);
    for (int q = 0; q < scenario->queries_n; q++)
        used = used || scenario->queries[q].engine == i;
    if (!used) scenario_mistake(build, AT("engines[%d].name", i), "\"%s\" answers none of the queries", engine->name);
}

enum { KEYS_MAX = 20000000 }; /* key_order.h holds each */

static void check_query(struct scenario_build *build, int i)
{
    struct scenario *scenario = build->scenario;
    struct scenario_query *query = &scenario->queries[i];
    const struct scenario_table *table = query->reads >= 0 ? &scenario->tables[query->reads] : NULL;
    const char *window = AT("queries[%d].window", i), *columns = AT("queries[%d].columns", i),
               *total = AT("queries[%d].columns_total", i);
    scenario_check_rate(build, &query->rate, AT("queries[%d].rate", i));
    if (query->columns > query->columns_total && !scenario_is_wrong(build, total, false))
        scenario_mistake(build, columns, "is %d, but the table has %d (columns_total)", query->columns,
                         query->columns_total);
    if (!table || !table->name) return;
    if (table->retention_ns && query->window_ns > table->retention_ns)
        scenario_mistake(build, window, "is %s, but files of \"%s\" are deleted after %s (retention)",
                         scenario_duration(build, query->window_ns), table->name, scenario_duration(build, table->retention_ns));
    const int64_t held_ns = scenario->lake.past_ns + scenario->run.warmup_ns;
    if (query->window_ns > held_ns && scenario->run.duration_ns && !scenario_is_wrong(build, "run", true))
        json_note(build->diag, scenario_find(build->root, window),
                  "looks back %s, but the table holds %s when the first query is counted (lake.past and run.warmup)",
                  scenario_duration(build, query->window_ns), scenario_duration(build, held_ns));
    const bool unsure = scenario_is_wrong(build, AT("lake.tables[%d].partition_by", query->reads), true);
    for (int s = 0; query->selects == SELECTS_KEY && s < scenario->streams_n; s++)
        if (scenario->streams[s].keys < 0 && !scenario_is_wrong(build, AT("workload[%d].key", s), true))
            scenario_mistake(build, AT("queries[%d].selects", i),
                             "is campaign, but stream \"%s\" has no key: which files hold what is unknown", scenario->streams[s].name);
    for (int k = 0; query->selects == SELECTS_KEY && k < scenario->keys_n; k++)
        if (scenario->keys[k].population > KEYS_MAX)
            scenario_mistake(build, AT("queries[%d].selects", i), "is campaign, of %lld keys: at most %d million are told apart",
                             (long long)scenario->keys[k].population, KEYS_MAX / 1000000);
    if (query->selects == PARTITION_BY_BUCKET && !(table->partition_by & query->selects) && !unsure)
        scenario_mistake(build, AT("queries[%d].selects", i),
                         "is campaign_bucket, but \"%s\" is not partitioned by it: every file holds every campaign",
                         table->name);
}

void scenario_check_queries(struct scenario_build *build)
{
    for (int i = 0; i < build->scenario->queries_n; i++)
        check_query(build, i);
    for (int i = 0; i < build->scenario->engines_n; i++)
        check_engine(build, i);
}
