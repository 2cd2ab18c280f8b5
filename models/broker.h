/* broker.h: the request path of a broker: produce requests, the high watermark, and who waits for it.
 *
 * A produce request comes through the network card, is read by a network thread when no other of its connection is
 * being served (broker_channel.h), waits in the request queue, and is handled
 * by an I/O thread (request, batches, records, bytes, at the engine profile's cost); it is appended to the page cache,
 * which the disk drains (disk.h), or flushed. acks=1 answers then. acks=all waits in purgatory until the high
 * watermark of each of its partitions has passed it: the least of what the in-sync replicas are known to hold, known
 * when they ask for more.
 */
#ifndef HEADROOM_MODELS_BROKER_H
#define HEADROOM_MODELS_BROKER_H

#include "cluster.h"
#include "world.h"

/* An event: a request arrives, at the so-manieth attempt. The argument says at which, and to which epoch of the broker. */
void broker_on_produce(struct kernel *k, void *request, int64_t attempt);
static inline int64_t broker_attempt(const struct broker *b, int32_t attempt)
{
    return (int64_t)((uint64_t)b->epoch << 32 | (uint32_t)attempt);
}

/* A request is read, its bytes through the network card by `in`; broker_channel.h says when. */
void broker_read(struct world *w, struct produce_request *r, sim_time in);
/* The broker went down: what waits in its connections is lost. */
void broker_drop_connections(struct world *w, int broker);

/* The least known end among in-sync replicas becomes the high watermark, if it grew: answers purgatory, wakes
 * consumers that wait. */
void broker_advance_hw(struct world *w, struct partition *p);

/* The requests in purgatory for a partition that has (or had) another leader, whose log ends at `end`. */
void broker_resolve_waiters(struct world *w, struct partition *p, int64_t end, bool kept_are_done);

/* What a fetch of a session of so many partitions, `ready` of which have something, costs each time that it looks at them:
 * beside the request itself. 0 <= ready <= partitions. */
struct request_work broker_fetch_work(const struct world *w, int partitions, int ready, double bytes);

#endif
