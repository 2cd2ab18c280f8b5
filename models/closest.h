/* closest.h: reading from the closest replica (KIP-392).
 *
 * With replica.selector.class = RackAwareReplicaSelector on the brokers and client.rack on a group's consumers, a consumer
 * reads each partition from an in-sync replica in its own zone: the leader if it is there, else the one that holds most; from
 * the leader if none is. A follower lets it read up to the high watermark as it knows it, from the last answer to its own
 * fetch. The choice is made when the consumer is assigned the partition or leaders change, and again every
 * metadata.max.age.ms, 5 minutes, when the lease of a preferred read replica ends: a follower that falls out of sync is read
 * until then.
 */
#ifndef HEADROOM_MODELS_CLOSEST_H
#define HEADROOM_MODELS_CLOSEST_H

#include "cluster.h"
#include "transaction.h"

/* After the groups: whether choices are still right is looked at from time to time. */
void closest_init(struct world *w);

/* The broker that the consumer reads p from; p has a leader. */
int closest_broker(const struct consumer *c, const struct partition *p);

/* How far the session's broker lets it read. */
static inline int64_t closest_readable(const struct fetch_session *s, const struct partition *p)
{
    const struct group *g = s->consumer->group;
    const int64_t readable = partition_readable(g, p);
    if (!g->rack_aware) return readable;
    const int slot = partition_slot_of(p, s->broker);
    return slot == NO_SLOT || slot == p->leader || p->replicas[slot].hw > readable ? readable : p->replicas[slot].hw;
}

/* A follower's fetch was answered when the leader's high watermark was `hw`. */
void closest_on_answer(struct world *w, struct partition *p, int slot, int64_t hw);

#endif
