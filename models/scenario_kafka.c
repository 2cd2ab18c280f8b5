/* scenario_kafka.c: Kafka's settings that are known by name and not modelled; see scenario_table.h. */
#include "scenario_table.h"

#include <string.h>

/* The settings people most often have in the files they paste from. */
static const char *const not_modelled[] = {
    /* producers */
    "bootstrap.servers",
    "client.id",
    "key.serializer",
    "value.serializer",
    "partitioner.class",
    "partitioner.ignore.keys",
    "metadata.max.idle.ms",
    "connections.max.idle.ms",
    "send.buffer.bytes",
    "receive.buffer.bytes",
    "reconnect.backoff.ms",
    "reconnect.backoff.max.ms",
    "interceptor.classes",
    "compression.gzip.level",
    "compression.lz4.level",
    "security.protocol",
    "sasl.mechanism",
    "sasl.jaas.config",
    "socket.connection.setup.timeout.ms",
    /* consumers */
    "group.id",
    "key.deserializer",
    "value.deserializer",
    "enable.auto.commit",
    "check.crcs",
    "exclude.internal.topics",
    "allow.auto.create.topics",
    "default.api.timeout.ms",
    /* brokers */
    "broker.id",
    "node.id",
    "process.roles",
    "listeners",
    "advertised.listeners",
    "broker.rack",
    "log.dirs",
    "controller.quorum.voters",
    "num.partitions",
    "default.replication.factor",
    "auto.create.topics.enable",
    "background.threads",
    "message.max.bytes",
    "log.cleaner.enable",
    "log.cleaner.threads",
    "log.flush.interval.ms",
    "log.message.timestamp.type",
    "log.index.interval.bytes",
    "log.index.size.max.bytes",
    "cleanup.policy",
    "offsets.topic.replication.factor",
    "offsets.topic.num.partitions",
    "transaction.state.log.replication.factor",
    "transaction.state.log.min.isr",
    "group.min.session.timeout.ms",
    "group.max.session.timeout.ms",
    "replica.socket.timeout.ms",
    "replica.socket.receive.buffer.bytes",
    "replica.fetch.backoff.ms",
    "replica.high.watermark.checkpoint.interval.ms",
    "socket.send.buffer.bytes",
    "socket.receive.buffer.bytes",
    "socket.request.max.bytes",
    "leader.imbalance.per.broker.percentage",
    "controlled.shutdown.enable",
    "controlled.shutdown.max.retries",
    "delete.topic.enable",
    "max.connections",
    "max.connections.per.ip",
    "remote.log.storage.system.enable",
    "local.retention.ms",
    "zookeeper.connect",
    "zookeeper.session.timeout.ms",
    "inter.broker.protocol.version",
};

bool scenario_is_kafka_setting(const char *key)
{
    for (size_t i = 0; i < sizeof not_modelled / sizeof not_modelled[0]; i++)
        if (!strcmp(not_modelled[i], key)) return true;
    return false;
}
