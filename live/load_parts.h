/* load_parts.h: what load.c, which moves bytes, shares with produce_load.c and fetch_load.c, which know what they say. */
#ifndef HEADROOM_LIVE_LOAD_PARTS_H
#define HEADROOM_LIVE_LOAD_PARTS_H

#include "load.h"
#include "rng.h"
#include "wire.h"

struct load_connection {
    int socket;
    uint8_t *out;
    size_t out_n, out_sent; /* out_sent < out_n: a request is on its way out */
    uint8_t *in;
    size_t in_room, in_n;
    int in_flight;
    int32_t correlation;
    int64_t due_ns; /* of the next request */

    /* Produce: where in `out` each batch is, and what a producer numbers. */
    int64_t producer_id;
    int16_t producer_epoch;
    int first_partition;                     /* of the next request */
    size_t index_at[LOAD_PARTITIONS_MAX];    /* the partition's number */
    size_t batch_at[LOAD_PARTITIONS_MAX];
    int32_t sequence[LOAD_PARTITIONS_MAX];   /* by partition */

    /* Fetch: the session, and where each partition is. */
    int32_t session_id, session_epoch;
    int partition[LOAD_PARTITIONS_MAX];
    int64_t offset[LOAD_PARTITIONS_MAX]; /* the next to read */
    bool moved[LOAD_PARTITIONS_MAX];     /* since the last request */
};

struct load_run {
    struct load load;
    struct load_topics topics;
    struct rng arrivals;
    struct load_counts counts;
    struct arena *arena;
    size_t batch_bytes;     /* produce */
    size_t batch_raw_bytes; /* produce, compressed: before; else 0 */
    size_t out_room;
    struct load_connection *connections;
};

/* Fills `out` with the next request. */
void produce_set_up(struct load_run *run);
bool produce_connect(struct load_run *run, struct load_connection *c, char *error, size_t error_n);
void produce_request(struct load_run *run, struct load_connection *c);
bool produce_answer(struct load_run *run, struct wire_reader *answer, char *error, size_t error_n);

void fetch_set_up(struct load_run *run);
bool fetch_connect(struct load_run *run, struct load_connection *c, int number, char *error, size_t error_n);
void fetch_request(struct load_run *run, struct load_connection *c);
bool fetch_answer(struct load_run *run, struct load_connection *c, struct wire_reader *answer, char *error, size_t error_n);

#endif
