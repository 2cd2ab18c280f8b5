/* load.h: a load on one broker whose requests, batches, records and bytes are each as stated.
 *
 * LOAD_PRODUCE: each request carries `partitions` batches, for as many partitions one after the other, of `records` events
 * (event.h) each; from idempotent producers, as Kafka's have been by default since 3.0, with at most five requests in flight a
 * connection. LOAD_FETCH: each connection is a consumer's fetch session over `partitions` partitions with data, of which every
 * request names all and every answer brings partition_bytes of each, and `idle_partitions` without; one request in flight; at
 * the log's end it begins again. With tail set it begins at the end and waits there, as consumers do.
 *
 * Requests leave at exponential distances (load_open()'s seed), shared by the connections; requests_per_s 0 is as fast as answers
 * come. A broker that is slower than asked gets fewer: what counts is load_counts, by answers.
 *
 * Units: bytes as record batches, without the requests' own fields; seconds. Limits: LOAD_PARTITIONS_MAX. Errors: load_open() and
 * load_drive() return false with a sentence; an error code in an answer is one. Ownership: load_close() closes the connections, all
 * else is the arena's. Cost: a core and a half at the loads that keep a broker of two cores busy.
 */
#ifndef HEADROOM_LIVE_LOAD_H
#define HEADROOM_LIVE_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record_batch.h"

struct arena;

enum { LOAD_PARTITIONS_MAX = 1024, LOAD_CONNECTIONS_MAX = 64, LOAD_IN_FLIGHT_MAX = 5 };

enum load_kind { LOAD_IDLE, LOAD_PRODUCE, LOAD_FETCH };

struct load {
    enum load_kind kind;
    int connections;
    double requests_per_s;
    int partitions;
    int16_t acks;     /* produce: -1, 0 is not offered (nothing would be counted), 1 */
    int records;      /* produce: a batch */
    int record_bytes; /* produce: mean; under EVENT_SIZE_BYTES_MIN plain bytes instead of an event */
    enum record_batch_compression compression;
    int partition_bytes; /* fetch */
    int idle_partitions; /* fetch */
    bool tail;           /* fetch */
    int max_wait_ms;     /* fetch */
    int min_bytes;       /* fetch */
};

struct load_counts {
    double requests, batches, records, bytes;
    double raw_bytes;       /* produce: of batches that were sent compressed, before; else 0 */
    double idle_partitions; /* fetch: of the session, a request */
};

struct load_topics {
    const char *main; /* written to, or with data */
    int main_partitions;
    const char *idle; /* fetch: without data; LOAD_PARTITIONS_MAX or more partitions than any load takes */
};

struct load_run;
/* NULL: said why. A LOAD_IDLE is nothing at all. */
struct load_run *load_open(const struct load *load, const char *address, const struct load_topics *topics, uint64_t seed,
                           struct arena *arena, char *error, size_t error_n);
/* Goes on with all of them for so long, or until *stop (may be NULL) is not 0. `requests` > 0: or until the first has had so many
 * answers. */
bool load_drive(struct load_run *const *runs, int n, double seconds, double requests, const volatile int *stop, char *error,
                size_t error_n);
struct load_counts load_counts(const struct load_run *run);
void load_close(struct load_run *run); /* NULL is allowed */

#endif
