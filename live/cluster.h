/* cluster.h: what is asked of a cluster around a load: its brokers, topics of our own made and removed, producer ids.
 *
 * One request at a time over one connection. Topics of ours begin with LIVE_TOPIC_PREFIX; none that does not is ever made or
 * removed (CHECK).
 *
 * Errors: false and a sentence in `error`. Ownership: live_close() what live_connect() gave. Cost: a round trip each.
 */
#ifndef HEADROOM_LIVE_CLUSTER_H
#define HEADROOM_LIVE_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire.h"

#define LIVE_TOPIC_PREFIX "headroom-"
enum { LIVE_ERROR_SIZE = 512, LIVE_BROKERS_MAX = 64, LIVE_PARTITIONS_MAX = 1024, LIVE_HOST_SIZE = 256, LIVE_ADDRESS_SIZE = 288 };

struct live_broker {
    int32_t node;
    char address[LIVE_ADDRESS_SIZE]; /* "host:port" */
};

/* A TCP connection to "host:port", Nagle's algorithm off; -1: said why. */
int live_connect(const char *address, char *error, size_t error_n);
void live_close(int socket);

/* Sends the request and reads the whole answer into `buffer`; its body is then in *answer. */
bool live_ask(int socket, const struct wire_writer *request, uint8_t *buffer, size_t buffer_n, struct wire_reader *answer,
              char *error, size_t error_n);

/* Brokers that there are, at most LIVE_BROKERS_MAX. */
bool live_brokers(int socket, struct live_broker *brokers, int *n, char *error, size_t error_n);

struct live_topic {
    const char *name;
    int partitions;
    const int32_t *replicas; /* brokers of every partition, the leader first */
    int replicas_n;
    int64_t retention_bytes; /* a partition; -1: for ever */
    int64_t segment_bytes;
};
/* Makes it and waits until every partition has a leader that answers for it; asked at its first replica. One of that name that is there already is a mistake. */
bool live_topic_create(int socket, const struct live_topic *topic, char *error, size_t error_n);
bool live_topic_delete(int socket, const char *name, char *error, size_t error_n);
/* *exists is set. */
bool live_topic_exists(int socket, const char *name, bool *exists, char *error, size_t error_n);

/* Where the log of each partition ends; *led is of how many the broker asked is the leader, the others' ends are -1. Metadata
 * tells of a leader before that broker knows. */
bool live_ends(int socket, const char *topic, int partitions, int64_t *ends, int *led, char *error, size_t error_n);

bool live_producer_id(int socket, int64_t *id, int16_t *epoch, char *error, size_t error_n);

#endif
