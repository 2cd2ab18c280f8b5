/* replication.h: followers fetch from leaders, and leaders keep the set of those in sync.
 *
 * A fetcher is one replica fetcher thread: one follower, one leader, and of the partitions the one follows the other for its
 * share: num.replica.fetchers of them, dealt out by topic and partition. It asks; the leader notes how far it has come (that is what moves the high watermark), and answers at once if there
 * is anything, else when there is or after replica.fetch.wait.max.ms. A response holds up to replica.fetch.max.bytes of a
 * partition and replica.fetch.response.max.bytes in all. The follower writes it, and asks again.
 *
 * A replica leaves the in-sync set when it has not caught up for replica.lag.time.max.ms, or when the controller fences its
 * broker; it comes back when it holds all that the leader did when it asked.
 */
#ifndef HEADROOM_MODELS_REPLICATION_H
#define HEADROOM_MODELS_REPLICATION_H

#include "world.h"

void replication_init(struct world *w);
/* After a change of leaders or of brokers that are up: who fetches what from whom. */
void replication_rebuild(struct world *w);
/* One replica begins to follow its partition's leader, if both are up; one on a broker follows it no longer. */
void replication_follow(struct world *w, int partition, int slot);
void replication_unfollow(struct world *w, int partition, int follower, int leader);
/* Records were appended to a partition: a parked fetch may be answered. */
void replication_wake(struct world *w, struct partition *p);
/* Are all replicas on brokers that are up in sync? */
bool replication_complete(const struct world *w);

#endif
