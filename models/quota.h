/* quota.h: what brokers allow each client: bytes a second and a share of their threads' time.
 *
 * A client is a fleet of producers or a group: its instances share one user and client id, and each broker holds them to its
 * own count, as Kafka's quotas are. producer_byte_rate and consumer_byte_rate count bytes; request_percentage counts thread
 * time, of which num.network.threads and num.io.threads give 100 % each. Kafka measures a rate over quota.window.num windows of
 * quota.window.size.seconds and, when it is above the quota, mutes the channel for as long as brings it down to it (KIP-219).
 * Here a bucket that leaks at the quota and holds what the windows do says the same: the same burst, the same long-run rate,
 * the same throttle time; of request_percentage at most one window. The answer goes out at once; nothing more is read
 * from that channel until its time is over, so that producers fill their buffers and groups fall behind.
 *
 * On the data plane's clock. Cost: nothing where no client has a quota.
 */
#ifndef HEADROOM_MODELS_QUOTA_H
#define HEADROOM_MODELS_QUOTA_H

#include "world.h"

void quotas_init(struct world *w);

/* A client: a fleet, or a group. */
static inline int quota_of_fleet(int fleet)
{
    return fleet;
}
static inline int quota_of_group(const struct world *w, int group)
{
    return w->scenario->producers_n + group;
}

/* A request of the client used that much of the broker; returns how long its channel is muted, 0: not at all. */
sim_time quota_charge(struct world *w, int broker, int client, double bytes, double thread_ns);

#endif
