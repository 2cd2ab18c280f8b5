/* scenario_topics.c: topics' settings over their brokers' defaults, as Kafka resolves them; see scenario_build.h.
 *
 * A topic's own setting holds before the broker's log.* of the same meaning, and of those the finer unit before the coarser.
 * `retention` is retention.ms in people's units.
 */
#include "scenario_build.h"

#include "sim_time.h"

static int64_t brokers_retention_ns(const struct scenario_build *build)
{
    const struct scenario *scenario = build->scenario;
    if (scenario_is_given(build, "cluster.config.log.retention.ms")) return scenario->cluster.config.log_retention_ns;
    if (scenario_is_given(build, "cluster.config.log.retention.minutes"))
        return (int64_t)scenario->cluster.config.log_retention_minutes * 60 * SIM_S;
    return (int64_t)scenario->cluster.config.log_retention_hours * SIM_H;
}

static int64_t brokers_roll_ns(const struct scenario_build *build)
{
    const struct scenario_cluster *cluster = &build->scenario->cluster;
    return scenario_is_given(build, "cluster.config.log.roll.ms") ? cluster->config.log_roll_ns : (int64_t)cluster->config.log_roll_hours * SIM_H;
}

/* Does the topic say? If not it has what the brokers have. */
static bool says(struct scenario_build *build, int i, const char *key, const char *brokers_key)
{
    if (scenario_is_given(build, AT("topics[%d].config.%s", i, key))) return true;
    json_t *config = scenario_resolved_object(json_array_get(json_object_get(build->resolved, "topics"), (size_t)i), "config");
    const json_t *brokers = json_object_get(json_object_get(build->resolved, "cluster"), "config");
    json_object_set(config, key, json_object_get(brokers, brokers_key));
    return false;
}

static void resolve_cleaning(struct scenario_build *build, int i)
{
    const struct scenario_cluster *c = &build->scenario->cluster;
    struct scenario_topic *topic = &build->scenario->topics[i];
    if (scenario_is_wrong(build, AT("topics[%d]", i), true) || scenario_is_wrong(build, "cluster.config", true)) return;
    if (!says(build, i, "cleanup.policy", "log.cleanup.policy")) topic->cleanup_policy = c->config.log_cleanup_policy;
    if (!says(build, i, "min.cleanable.dirty.ratio", "log.cleaner.min.cleanable.ratio"))
        topic->min_cleanable_dirty_ratio = c->config.log_cleaner_min_cleanable_ratio;
    if (!says(build, i, "min.compaction.lag.ms", "log.cleaner.min.compaction.lag.ms"))
        topic->min_compaction_lag_ms = c->config.log_cleaner_min_compaction_lag_ms;
    if (!says(build, i, "max.compaction.lag.ms", "log.cleaner.max.compaction.lag.ms"))
        topic->max_compaction_lag_ms = c->config.log_cleaner_max_compaction_lag_ms;
    if (!says(build, i, "delete.retention.ms", "log.cleaner.delete.retention.ms"))
        topic->delete_retention_ms = c->config.log_cleaner_delete_retention_ms;
}

static void resolve(struct scenario_build *build, int i)
{
    struct scenario_topic *topic = &build->scenario->topics[i];
    const char *words = AT("topics[%d].retention", i), *ms = AT("topics[%d].config.retention.ms", i);
    if (scenario_is_wrong(build, AT("topics[%d]", i), true) || scenario_is_wrong(build, "cluster.config", true)) return;
    if (scenario_is_given(build, ms)) {
        if (scenario_is_given(build, words) && topic->config.retention_ns != topic->retention_ns)
            scenario_mistake(build, ms, "is not what topics[%d].retention is, %s: they are one setting", i,
                             scenario_duration(build, topic->retention_ns));
        topic->retention_ns = topic->config.retention_ns;
    } else if (!scenario_is_given(build, words)) {
        topic->retention_ns = brokers_retention_ns(build);
    }
    if (topic->retention_ns < 0) topic->retention_ns = -1;
    if (!scenario_is_given(build, AT("topics[%d].config.retention.bytes", i)))
        topic->retention_bytes = build->scenario->cluster.config.log_retention_bytes;
    if (!scenario_is_given(build, AT("topics[%d].config.segment.bytes", i)))
        topic->segment_bytes = build->scenario->cluster.config.log_segment_bytes;
    if (!scenario_is_given(build, AT("topics[%d].config.segment.ms", i)))
        topic->segment_ns = brokers_roll_ns(build);

    json_t *resolved = json_array_get(json_object_get(build->resolved, "topics"), (size_t)i);
    json_t *config = scenario_resolved_object(resolved, "config");
    json_object_set_new(config, "retention.ms", json_integer(topic->retention_ns < 0 ? -1 : topic->retention_ns / SIM_MS));
    json_object_set_new(config, "retention.bytes", json_integer(topic->retention_bytes));
    json_object_set_new(config, "segment.bytes", json_integer(topic->segment_bytes));
    json_object_set_new(config, "segment.ms", json_integer(topic->segment_ns / SIM_MS));
    if (topic->retention_ns < 0)
        json_object_del(resolved, "retention");
    else if (!scenario_is_given(build, words))
        json_object_set_new(resolved, "retention", json_string(scenario_duration(build, topic->retention_ns)));
}

/* A compacted topic takes no record without a key (Kafka: INVALID_RECORD), and closes segments before a record is overdue. */
static void check_compaction(struct scenario_build *build, int i)
{
    struct scenario *scenario = build->scenario;
    struct scenario_topic *topic = &scenario->topics[i];
    if (!(topic->cleanup_policy & CLEANUP_COMPACT) || scenario_is_wrong(build, "producers", true) || scenario_is_wrong(build, "workload", true))
        return;
    for (int p = 0; p < scenario->producers_n; p++) {
        const struct scenario_producer *producer = &scenario->producers[p];
        if (producer->topic != i) continue;
        for (int j = 0; j < producer->sends_n; j++)
            if (scenario->streams[producer->sends[j]].keys < 0)
                scenario_mistake(build, AT("topics[%d].config.cleanup.policy", i),
                                 "compacts, but records of stream %s have no key, and brokers refuse them",
                                 scenario->streams[producer->sends[j]].name);
    }
    if (topic->max_compaction_lag_ms < topic->segment_ns / SIM_MS) topic->segment_ns = topic->max_compaction_lag_ms * SIM_MS;
}

/* What is in the object store is all of it, so what is local is no more (Kafka: LogConfig.validateRemoteStorageRetentionTime). */
static void resolve_tiers(struct scenario_build *build, int i)
{
    const struct scenario_cluster *cluster = &build->scenario->cluster;
    struct scenario_topic *topic = &build->scenario->topics[i];
    const char *ms = AT("topics[%d].config.local.retention.ms", i), *bytes = AT("topics[%d].config.local.retention.bytes", i);
    if (scenario_is_wrong(build, AT("topics[%d]", i), true) || scenario_is_wrong(build, "cluster.config", true)) return;
    if (!scenario_is_given(build, ms)) topic->config.local_retention_ms = cluster->config.log_local_retention_ms;
    if (!scenario_is_given(build, bytes)) topic->config.local_retention_bytes = cluster->config.log_local_retention_bytes;
    const int64_t local_ms = topic->config.local_retention_ms, local_bytes = topic->config.local_retention_bytes;
    topic->local_retention_ns = local_ms == -2 ? topic->retention_ns : local_ms < 0 ? -1 : local_ms * SIM_MS;
    topic->local_retention_bytes = local_bytes == -2 ? topic->retention_bytes : local_bytes;
    json_t *config = scenario_resolved_object(json_array_get(json_object_get(build->resolved, "topics"), (size_t)i), "config");
    json_object_set_new(config, "local.retention.ms", json_integer(local_ms));
    json_object_set_new(config, "local.retention.bytes", json_integer(local_bytes));
    if (!topic->remote_storage_enable) return;
    const char *enable = AT("topics[%d].config.remote.storage.enable", i);
    if (!cluster->config.remote_log_storage_system_enable)
        scenario_mistake(build, enable, "needs cluster.config remote.log.storage.system.enable");
    if (topic->cleanup_policy & CLEANUP_COMPACT) scenario_mistake(build, enable, "does not go with a cleanup.policy that compacts");
    if (topic->retention_ns > 0 && (topic->local_retention_ns < 0 || topic->local_retention_ns > topic->retention_ns))
        scenario_mistake(build, ms, "is more than retention.ms");
    if (topic->retention_bytes >= 0 && (topic->local_retention_bytes < 0 || topic->local_retention_bytes > topic->retention_bytes))
        scenario_mistake(build, bytes, "is more than retention.bytes");
}

void scenario_check_topics(struct scenario_build *build)
{
    for (int i = 0; i < build->scenario->topics_n; i++) {
        resolve(build, i);
        resolve_cleaning(build, i);
        check_compaction(build, i);
        resolve_tiers(build, i);
    }
}
