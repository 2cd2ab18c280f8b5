/* cluster.h: brokers, partitions and who leads what.
 *
 * Placement is rack-aware as Kafka's default assigner's: replicas of a partition lie in different zones as long as there
 * are zones left, leaders are dealt evenly, and the first replica is the preferred leader.
 *
 * Every change of leadership goes through cluster_set_leader() and ends with cluster_leadership_changed(), which tells
 * followers, consumers and producers' share tables.
 */
#ifndef HEADROOM_MODELS_CLUSTER_H
#define HEADROOM_MODELS_CLUSTER_H

#include "world.h"

void cluster_init(struct world *w);
void cluster_free(struct world *w); /* what is malloc'ed inside: log curves and waiter rings */

/* slot: of replicas[], or NO_SLOT. Does not tell anybody yet. */
void cluster_set_leader(struct world *w, struct partition *p, int slot);
void cluster_leadership_changed(struct world *w);
/* The same where followers were told (replication_follow()). */
void cluster_tell_clients(struct world *w);
/* So many more brokers are there, up and empty. */
void cluster_join(struct world *w, int brokers);

int partition_slot_of(const struct partition *p, int broker); /* NO_SLOT if it has no replica there */
int partition_isr_count(const struct partition *p);

/* One-way time between zones, ns. Of what is sent now: while one of them is cut off TCP sends it again until it arrives, unless its
 * connection is closed before. */
sim_time cluster_way_ns(const struct world *w, int zone_a, int zone_b);
sim_time cluster_hop_ns(const struct world *w, int zone_a, int zone_b);

/* A link serves in the order of calls; a send that comes from a pool may be stamped a little before the last one. */
sim_time link_send_in_order(struct link *link, sim_time at, double bytes);

/* CPU work of no request's, in the order of calls; returns when it is done. */
sim_time broker_compute(struct broker *b, sim_time at, double cpu_ns);

struct request_work { /* CPU, ns */
    double read_ns;   /* on a network thread, until the request is in the queue */
    double handle_ns; /* on an I/O thread */
    double send_ns;   /* on a network thread, of the answer's bytes */
    int flushes;      /* for which the I/O thread waits then, */
    double flush_bytes; /* of these bytes */
};

/* A request comes in: its bytes through the network card, a network thread, the request queue, an I/O thread. Threads
 * and cores are limits apart: it is handled when both have had the time. While queued.max.requests wait, network threads
 * wait too. Returns when it is handled. */
sim_time broker_receive(struct broker *b, sim_time now, double bytes, struct request_work work);
/* The same of one whose bytes are through the card by `in`. */
sim_time broker_serve(struct broker *b, sim_time in, struct request_work work);
/* A delayed request is completed by the I/O thread whose request made that possible. */
sim_time broker_complete(struct broker *b, sim_time now, struct request_work work);

/* What the fullest broker holds of the logs' bytes, all replicas, where replicas were placed: partitions are as busy as the
 * run's traffic is expected to make them. */
double cluster_fullest_share(const struct world *w);

void waiters_push(struct waiter_ring *ring, struct waiter waiter);
static inline struct waiter *waiters_front(struct waiter_ring *ring)
{
    return ring->count ? &ring->items[ring->head & (ring->capacity - 1)] : NULL;
}
static inline void waiters_pop(struct waiter_ring *ring)
{
    ring->head++;
    ring->count--;
}

#endif
