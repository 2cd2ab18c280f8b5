/* reassignment.h: replicas move from broker to broker, as a plan says, while the cluster serves.
 *
 * A moving replica is added to its partition's (KIP-455): it fetches from the leader as any follower does, what is old from the
 * leader's disk, and counts for nothing until it has caught up and is in sync. Then the controller takes the old replica away, whose
 * bytes are free; what that one led is led by the preferred replica of those that stay. At the end preferred leaders are elected.
 *
 * Partitions move a few at a time, into each broker and out of it, and a partition's replicas one after the other. Every
 * execution.progress.check.interval.ms, 10 s, the next ones begin (Cruise Control's executor). None begins whose partition has no
 * leader or replicas out of sync, or whose new broker is down, and none while nobody is the controller, a zone is cut off or the region
 * lost: they wait.
 *
 * The throttle bounds what each broker sends and receives of replicas that move, by the mean over replication.quota.window.num
 * samples of replication.quota.window.size.seconds: ten whole seconds, so that as much as ten seconds' worth goes at once at first.
 * A fetch that finds it exceeded brings the other partitions alone. Samples are forgotten: an answer of more than ten seconds' worth
 * keeps others waiting for ten seconds. Those in sync are never throttled
 * (ReplicaManager.shouldLeaderThrottle, AbstractFetcherThread.shouldFollowerThrottle).
 *
 * Throttles run on the data plane, looks on the calendar. What moves is carried on by skips as any catch-up is (fluid.h).
 * Bytes: on the wire, as segments have them. Ownership: the arena. Cost: nothing where none is under way; else a look at each
 * moving replica a slice.
 */
#ifndef HEADROOM_MODELS_REASSIGNMENT_H
#define HEADROOM_MODELS_REASSIGNMENT_H

#include "world.h"

struct reassignment_options {
    int first_new;               /* brokers from it on are to get their share */
    double throttle_bytes_per_s; /* 0: none */
    int movements;               /* into a broker, and out of one, at a time; SCENARIO_AUTO: all */
    void (*over)(void *context); /* when all have moved and preferred leaders were elected */
    void *context;
};

struct reassignment_counts {
    int replicas, moved;              /* to move in all, and so many have */
    double to_move_bytes;             /* what the logs of replicas to be moved held when it began */
    double moved_bytes;               /* what came across, with what was written meanwhile; and of it */
    double cross_zone_bytes;          /* between zones */
    int under_way;                    /* replicas; and of their partitions, over the last half minute: */
    double incoming_bytes_per_s;      /* written to them */
    double arriving_bytes_per_s;      /* come across */
    double behind_bytes;              /* not come across yet, of those under way */
};

/* One at a time: none is under way (world.reassignment is NULL). */
struct reassignment *reassignment_begin(struct world *w, const struct reassignment_options *options);
struct reassignment_counts reassignment_counts(const struct reassignment *r);

void reassignment_slice_end(struct world *w);
/* The region was lost and is back: replicas hold what another one had, which nobody moved. */
void reassignment_region_returned(struct world *w);

/* For followers' fetches: */
bool reassignment_throttles(const struct world *w, int leader, int follower);
void reassignment_sent(struct world *w, int leader, int follower, double bytes);
bool reassignment_is_cached(const struct world *w, const struct partition *p, const struct replica *r, const struct broker *leader);
void reassignment_in_sync(struct world *w);

#endif
