/* scenario_lake.c: the rules between the fields of the tables in object storage; see scenario_build.h.
 *
 * A lifecycle goes from warm to cold and never back, and takes a file to standard_ia after 30 days at the
 * earliest (Amazon S3 user guide, "Lifecycle transition: general considerations").
 */
#include "scenario_build.h"

#include "compact.h"
#include "objectstore.h"
#include "prices.h"
#include "units.h"

#include <math.h>
#include <string.h>

static const int64_t DAY_NS = INT64_C(86400) * 1000000000;
enum { STANDARD_IA_DAYS_MIN = 30, PAST_FILES_MAX = 5000000 };

static void check_from(struct scenario_build *build, int i)
{
    struct scenario *scenario = build->scenario;
    struct scenario_table *table = &scenario->tables[i];
    const char *path = AT("lake.tables[%d].from", i);
    if (table->from < 0 || !table->name) return;
    int of = table->from;
    for (int steps = 0; of >= 0 && steps <= scenario->tables_n; steps++) {
        if (of == i || steps == scenario->tables_n) {
            scenario_mistake(build, path, "makes the table from itself");
            table->from = -1; /* so that nobody walks the circle */
            return;
        }
        of = scenario->tables[of].from;
    }
    for (int g = 0; g < scenario->groups_n; g++) {
        const struct scenario_group *group = &scenario->groups[g];
        const char *feeds = group->work == WORK_WINDOW ? group->window.feeds : NULL;
        if (feeds && !strcmp(feeds, table->name))
            scenario_mistake(build, AT("lake.tables[%d].name", i), "\"%s\" is the output of groups[%d] already",
                             table->name, g);
        if (group->work == WORK_WRITE && group->write.table && !strcmp(group->write.table, table->name))
            scenario_mistake(build, path, "\"%s\" is written by groups[%d]: it cannot be made from another table too",
                             table->name, g);
    }
}

/* A table takes what its source has: the nearest one above that says what it takes. */
static void check_streams(struct scenario_build *build, int i)
{
    const struct scenario *scenario = build->scenario;
    const struct scenario_table *table = &scenario->tables[i];
    int of = table->from;
    while (of >= 0 && scenario->tables[of].streams_n == 0) of = scenario->tables[of].from;
    if (of < 0) return;
    const struct scenario_table *source = &scenario->tables[of];
    const char *names[SCENARIO_STREAMS_MAX];
    for (int k = 0; k < source->streams_n; k++) {
        if (source->streams[k] < 0) return; /* reported where it stands */
        names[k] = scenario->streams[source->streams[k]].name;
    }
    for (int k = 0; k < table->streams_n; k++) {
        bool found = table->streams[k] < 0;
        for (int m = 0; m < source->streams_n; m++) found = found || source->streams[m] == table->streams[k];
        if (!found)
            scenario_mistake(build, AT("lake.tables[%d].streams[%d]", i, k), "\"%s\" is not in \"%s\", which the table is made from: %s",
                             scenario->streams[table->streams[k]].name, source->name,
                             scenario_suggest(build->arena, scenario->streams[table->streams[k]].name, names,
                                              (size_t)source->streams_n, "it takes none"));
    }
}

static void check_tiers(struct scenario_build *build, int i)
{
    const struct scenario_table *table = &build->scenario->tables[i];
    const struct scenario_tier *last = NULL;
    for (int k = 0; k < table->tiers_n; k++) {
        const struct scenario_tier *tier = &table->tiers[k];
        const char *after = AT("lake.tables[%d].tiers[%d].after", i, k), *to = AT("lake.tables[%d].tiers[%d].to", i, k);
        if (!tier->to || !tier->after_ns) return; /* reported where it stands */
        if (last && objectstore_class_find(tier->to) < objectstore_class_find(last->to))
            scenario_mistake(build, to, "\"%s\" is warmer than \"%s\" before it: a lifecycle only goes colder", tier->to,
                             last->to);
        else if (last && tier->after_ns <= last->after_ns)
            scenario_mistake(build, after, "is %s, but the tier before it comes after %s: tiers are given in ascending order",
                             scenario_duration(build, tier->after_ns), scenario_duration(build, last->after_ns));
        else if (!strcmp(tier->to, "standard_ia") && tier->after_ns < STANDARD_IA_DAYS_MIN * DAY_NS)
            scenario_mistake(build, after, "is %s: Amazon S3 moves files to standard_ia after %d days at the earliest",
                             scenario_duration(build, tier->after_ns), STANDARD_IA_DAYS_MIN);
        else if (table->retention_ns && tier->after_ns >= table->retention_ns)
            scenario_mistake(build, after, "is %s, but files are deleted after %s (retention)",
                             scenario_duration(build, tier->after_ns), scenario_duration(build, table->retention_ns));
        last = tier;
    }
}

static void check_compaction(struct scenario_build *build, int i)
{
    const struct scenario_table *table = &build->scenario->tables[i];
    if (table->vacuum.every_ns > 0 && !table->compaction.strategy &&
        !scenario_is_wrong(build, AT("lake.tables[%d].compaction", i), true))
        scenario_mistake(build, AT("lake.tables[%d].vacuum", i), "has nothing to do: no file is ever replaced without compaction");
    if (!table->compaction.strategy || !table->compaction.target_bytes) return;
    const struct compact_strategy *strategy = compact_strategy_find(table->compaction.strategy);
    CHECK(strategy, "the scenario's compaction \"%s\" has no planner", table->compaction.strategy);
    const char *files = AT("lake.tables[%d].compaction.min_input_files", i);
    if (table->compaction.min_input_files && !strcmp(strategy->name, "optimize")) {
        scenario_mistake(build, files, "has no effect: optimize rewrites whatever two small files it finds");
        return;
    }
    if (table->compaction.min_input_files && (!strcmp(strategy->name, "clustering") || !strcmp(strategy->name, "z-order"))) {
        scenario_mistake(build, files, "has no effect: %s goes by sizes alone", strategy->name);
        return;
    }
    struct compact_policy policy = compact_policy_default(strategy, table->compaction.target_bytes);
    if (table->compaction.min_input_files) policy.min_input_files = table->compaction.min_input_files;
    const char *problem = compact_policy_check(&policy);
    if (problem) scenario_mistake(build, AT("lake.tables[%d].compaction", i), "%s", problem);
}

/* Queries look back: unless it is given, the past is as long as the longest of their windows. */
static void default_past(struct scenario_build *build)
{
    static const struct {
        int64_t ns;
        const char *name;
    } units[] = {{3600 * INT64_C(1000000000), "h"}, {60 * INT64_C(1000000000), "m"}, {1000000000, "s"}, {1000000, "ms"}, {1, "ns"}};
    struct scenario *scenario = build->scenario;
    const struct json_value *given = scenario_find(build->root, "lake.past");
    if (given->key && !strcmp(given->key, "past")) return;
    int64_t past_ns = 0;
    for (int i = 0; i < scenario->queries_n; i++)
        if (scenario->queries[i].window_ns > past_ns) past_ns = scenario->queries[i].window_ns;
    if (past_ns == 0) return;
    scenario->lake.past_ns = past_ns;
    size_t u = 0;
    while (past_ns % units[u].ns) u++;
    json_t *lake = json_object_get(build->resolved, "lake");
    if (lake) json_object_set_new(lake, "past", json_string(AT("%lld%s", (long long)(past_ns / units[u].ns), units[u].name)));
}

/* At least: groups may roll by size sooner, and ETL writes a file a bucket or more. */
static void check_past(struct scenario_build *build)
{
    const struct scenario *scenario = build->scenario;
    double files = 0;
    for (int i = 0; i < scenario->groups_n; i++) {
        const struct scenario_group *group = &scenario->groups[i];
        if (group->work != WORK_WRITE || group->topic < 0 || group->write.roll_every_ns <= 0) continue;
        const double consumers = (double)group->instances * group->threads, partitions = scenario->topics[group->topic].partitions;
        files += (double)scenario->lake.past_ns / (double)group->write.roll_every_ns * fmin(consumers, partitions);
    }
    for (int i = 0; i < scenario->tables_n; i++) {
        const struct scenario_table *table = &scenario->tables[i];
        if (table->from < 0 || table->every_ns <= 0) continue;
        files += (double)scenario->lake.past_ns / (double)table->every_ns *
                 (table->partition_by & PARTITION_BY_BUCKET ? table->buckets : 1);
    }
    if (files > PAST_FILES_MAX)
        scenario_mistake(build, "lake.past", "is %s, in which groups and tables write %.3g million files or more: at most %d million "
                                             "fit. Shorten it, or have fewer, larger files",
                         scenario_duration(build, scenario->lake.past_ns), files / 1e6, PAST_FILES_MAX / 1000000);
}

void scenario_check_lake(struct scenario_build *build)
{
    const struct scenario *scenario = build->scenario;
    default_past(build);
    check_past(build);
    for (int i = 0; i < scenario->tables_n; i++) {
        const struct scenario_table *table = &scenario->tables[i];
        check_from(build, i);
        check_streams(build, i);
        check_tiers(build, i);
        check_compaction(build, i);
        struct objectstore_terms terms;
        const char *missing =
            table->tiers_n && scenario->prices ? objectstore_terms_load(scenario->prices, &terms) : NULL;
        if (missing)
            scenario_mistake(build, AT("lake.tables[%d].tiers", i), "the price book %s has no \"%s\"",
                             scenario->prices->name, missing);
        const struct json_value *buckets = scenario_find(build->root, AT("lake.tables[%d].buckets", i));
        if (table->partition_by & PARTITION_BY_BUCKET && table->name && table->from < 0 &&
            !scenario_is_wrong(build, AT("lake.tables[%d]", i), true))
            scenario_mistake(build, AT("lake.tables[%d].partition_by", i),
                             "names campaign_bucket, but a group writes the table, and its files hold records of every "
                             "campaign: a table made with \"from\" takes it");
        if (buckets->key && !strcmp(buckets->key, "buckets") && table->partition_by &&
            !(table->partition_by & PARTITION_BY_BUCKET))
            scenario_mistake(build, AT("lake.tables[%d].buckets", i),
                             "has no effect: partition_by does not name campaign_bucket");
    }
}
