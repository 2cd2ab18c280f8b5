/* meters.c: what the scenario alone decides of a bill, and how ratios become a month; see meters.h. */
#include "meters.h"

#include <string.h>

#include "check.h"

static int table_of(struct meters *m, const struct scenario *scenario, const char *name)
{
    for (int t = 0; t < m->tables_n; t++) {
        if (strcmp(m->tables[t].name, name) == 0) return t;
    }
    CHECK(m->tables_n < SCENARIO_TABLES_MAX, "groups write more than %d tables", SCENARIO_TABLES_MAX);
    m->tables[m->tables_n].name = name;
    m->tables[m->tables_n].table = -1;
    for (int t = 0; t < scenario->tables_n; t++) {
        if (strcmp(scenario->tables[t].name, name) != 0) continue;
        m->tables[m->tables_n].table = t;
        m->tables[m->tables_n].retention_ns = scenario->tables[t].retention_ns;
    }
    return m->tables_n++;
}

void meters_init(struct meters *m, const struct scenario *scenario)
{
    const struct scenario_cluster *cluster = &scenario->cluster;

    memset(m, 0, sizeof(*m));
    m->brokers.instances.type = cluster->instance;
    m->brokers.instances.count = cluster->brokers;
    m->brokers.volume_type = cluster->storage_type;
    m->brokers.volume_bytes = (double)cluster->storage_size_bytes;
    m->brokers.volume_throughput_bytes_per_s = cluster->storage_throughput_bytes_per_s;
    m->brokers.volume_iops = cluster->storage_iops;
    for (int p = 0; p < scenario->producers_n; p++) {
        const struct scenario_producer *producer = &scenario->producers[p];

        m->producers[p].name = producer->name;
        m->producers[p].instances.type = producer->instance;
        m->producers[p].instances.count = producer->instances;
    }
    m->producers_n = scenario->producers_n;
    for (int t = 0; t < scenario->topics_n; t++) {
        m->topics[t].name = scenario->topics[t].name;
        m->topics[t].replication = scenario->topics[t].replication;
        m->topics[t].deletes = scenario->topics[t].cleanup_policy != CLEANUP_COMPACT;
        m->topics[t].retention_ns = m->topics[t].deletes ? scenario->topics[t].retention_ns : -1;
        m->topics[t].tiered = scenario->topics[t].remote_storage_enable;
        m->topics[t].local_retention_ns = m->topics[t].tiered ? scenario->topics[t].local_retention_ns : m->topics[t].retention_ns;
        if (m->topics[t].tiered && scenario->topics[t].local_retention_bytes > 0)
            m->topics[t].local_retention_bytes = (double)scenario->topics[t].local_retention_bytes * scenario->topics[t].partitions;
        if (m->topics[t].deletes && scenario->topics[t].retention_bytes > 0)
            m->topics[t].retention_bytes = (double)scenario->topics[t].retention_bytes * scenario->topics[t].partitions;
    }
    m->topics_n = scenario->topics_n;
    for (int g = 0; g < scenario->groups_n; g++) {
        const struct scenario_group *group = &scenario->groups[g];

        m->groups[g].name = group->name;
        m->groups[g].instances.type = group->instance;
        m->groups[g].instances.count = group->instances;
        m->groups[g].table =
            group->work == WORK_WRITE && group->write.table ? table_of(m, scenario, group->write.table) : -1;
    }
    for (int t = 0; t < scenario->tables_n; t++)
        if (scenario->tables[t].from >= 0) table_of(m, scenario, scenario->tables[t].name);
    m->groups_n = scenario->groups_n;
    for (int e = 0; e < scenario->engines_n; e++) {
        const struct scenario_engine *engine = &scenario->engines[e];

        m->engines[e].name = engine->name;
        m->engines[e].workers.type = engine->instance;
        m->engines[e].workers.count = engine->workers;
        m->engines[e].coordinator.type = engine->coordinator;
        m->engines[e].coordinator.count = 1;
    }
    m->engines_n = scenario->engines_n;
    m->lake.instance = scenario->lake.instance_vcpu > 0 ? scenario->lake.instance : NULL;
    m->lake.instance_vcpu = scenario->lake.instance_vcpu;
}

double meters_month_events(const struct meters *m)
{
    return m->month_events_per_s_mean * METERS_MONTH_SECONDS;
}

double meters_month(const struct meters *m, struct meter meter)
{
    return meter.per_event * meters_month_events(m) + meter.per_hour * METERS_MONTH_HOURS;
}

double meters_month_rate(const struct meters *m, struct meter meter)
{
    return meters_month(m, meter) / METERS_MONTH_SECONDS;
}
