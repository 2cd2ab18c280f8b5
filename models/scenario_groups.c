/* scenario_groups.c: what consumer groups are told by Kafka's names, put together. */
#include "scenario_build.h"

enum group_protocol scenario_group_protocol(const struct scenario_group *group)
{
    if (group->config.group_protocol == GROUP_PROTOCOL_NOT_GIVEN) return group->protocol;
    return group->config.group_protocol == GROUP_PROTOCOL_CONSUMER ? PROTOCOL_CONSUMER : PROTOCOL_CLASSIC;
}

static const char *word(enum group_protocol protocol)
{
    return protocol == PROTOCOL_CONSUMER ? "consumer" : "classic";
}

/* Under the consumer protocol the brokers' settings are members' defaults. */
static void take_from_cluster(struct scenario_build *build, json_t *resolved, const char *path, const char *key, int64_t of_cluster,
                              int64_t *value)
{
    if (scenario_is_given(build, path) || of_cluster == 0) return;
    *value = of_cluster;
    json_object_set_new(json_object_get(resolved, "config"), key, json_integer(of_cluster / 1000000));
}

/* Of two settings the one that the protocol does not know: refused if given, and not in force. */
static void refuse(struct scenario_build *build, json_t *resolved, int index, const char *key, const char *instead,
                   enum group_protocol protocol)
{
    const char *path = AT("groups[%d].config.%s", index, key);
    if (scenario_is_given(build, path))
        scenario_mistake(build, path, "does not go with protocol \"%s\", whose setting is %s", word(protocol), instead);
    else
        json_object_del(json_object_get(resolved, "config"), key);
}

void scenario_check_group_autoscale(struct scenario_build *build, int index)
{
    const struct scenario_group *group = &build->scenario->groups[index];
    const int min = group->autoscale.min, max = group->autoscale.max;
    if (max == 0 || group->instances == 0) return;
    const char *path = AT("groups[%d].autoscale.max", index);
    if (max < group->instances) scenario_mistake(build, path, "is %d, fewer than instances, %d", max, group->instances);
    if (min > group->instances)
        scenario_mistake(build, AT("groups[%d].autoscale.min", index), "is %d, more than instances, %d", min, group->instances);
    const int partitions = group->topic >= 0 ? build->scenario->topics[group->topic].partitions : 0;
    const int useful = group->threads > 0 ? (partitions - 1) / group->threads + 1 : 0;
    if (partitions > 0 && max > useful)
        scenario_mistake(build, path, "is %d, but %d partitions are enough for %d instances of %d %s: another one would read nothing", max,
                         partitions, useful, group->threads, group->threads == 1 ? "thread" : "threads");
    if (build->scenario->run.table)
        scenario_mistake(build, "run.table", "is true, but what is jumped over would not scale group \"%s\"", group->name);
}

void scenario_check_group_config(struct scenario_build *build, int index, json_t *resolved)
{
    struct scenario_group *group = &build->scenario->groups[index];
    const enum group_protocol protocol = scenario_group_protocol(group);
    if (protocol != group->protocol && scenario_is_given(build, AT("groups[%d].protocol", index))) {
        scenario_mistake(build, AT("groups[%d].config.group.protocol", index), "is \"%s\", but groups[%d].protocol is \"%s\"",
                         word(protocol), index, word(group->protocol));
        return;
    }
    if (protocol != group->protocol) {
        group->protocol = protocol;
        json_object_set_new(resolved, "protocol", json_string(word(protocol)));
    }
    static const char strategy[] = "partition.assignment.strategy", remote[] = "group.remote.assignor";
    if (protocol == PROTOCOL_CONSUMER) {
        refuse(build, resolved, index, strategy, remote, protocol);
        take_from_cluster(build, resolved, AT("groups[%d].config.session.timeout.ms", index), "session.timeout.ms",
                          build->scenario->cluster.config.group_consumer_session_timeout_ns, &group->config.session_timeout_ns);
        take_from_cluster(build, resolved, AT("groups[%d].config.heartbeat.interval.ms", index), "heartbeat.interval.ms",
                          build->scenario->cluster.config.group_consumer_heartbeat_interval_ns, &group->config.heartbeat_interval_ns);
    } else {
        refuse(build, resolved, index, remote, strategy, protocol);
    }
}
