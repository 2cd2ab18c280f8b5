/* controller.h: brokers that go and come back, and who leads then (KRaft).
 *
 * An unclean death is noticed when broker.session.timeout.ms have passed since the last heartbeat (one every
 * broker.heartbeat.interval.ms, at a phase of its own): until then its partitions have no leader that answers, and
 * the high watermark of every partition it follows stands still, because it is still counted as in sync. Then the
 * controller fences it, takes it out of every in-sync set and elects the first in-sync replica in assignment order
 * (or, if unclean.leader.election.enable, the first one alive); what the new leader does not hold is gone.
 * A controlled shutdown moves the leaders first and loses nothing.
 *
 * A broker that starts again replays its logs if it died uncleanly, and waits until the session of its former life is over
 * (the controller refuses a second registration, DUPLICATE_BROKER_REGISTRATION); then it follows; when its replicas are in sync and
 * leader.imbalance.check.interval.seconds come round, preferred leaders get their partitions back: all of them at once, for
 * leader.imbalance.per.broker.percentage is the ZooKeeper controller's (ReplicationControlManager asks for no share).
 *
 * Several faults may hold a broker down at once: it goes down with the first and is started when the last lets go.
 *
 * How long a change of leaders takes to be known: KRaft writes all of it in one batch, a base and a part for each partition
 * that changes; by way of ZooKeeper each leader takes its time, one after another, in a controlled shutdown too (during which
 * the broker serves on), and a death is noticed by zookeeper.session.timeout.ms.
 *
 * Both clocks: the schedule is the calendar's, what happens is the data plane's, which therefore must not skip while a
 * broker is between states (controller_in_transit()).
 */
#ifndef HEADROOM_MODELS_CONTROLLER_H
#define HEADROOM_MODELS_CONTROLLER_H

#include "world.h"

struct controller_events { /* what a fault's row wants to know; calendar times, SIM_NEVER: not yet */
    sim_time detected, leaders_elected, started, in_sync;
};

void controller_init(struct world *w);
void controller_broker_down(struct world *w, int broker, bool clean, struct controller_events *events);
void controller_broker_start(struct world *w, int broker, bool data_lost, struct controller_events *events);

/* The region is lost: every broker goes at once. offsets[partition]: how far the mirror has it, absolute. When the fail-over is done
 * the other region has as many brokers, with that in their logs. */
void controller_region_lost(struct world *w, sim_time mirror_lag, int64_t *offsets);
void controller_region_returns(struct world *w, const int64_t *offsets);

/* A zone is cut off until then, on the calendar: its n brokers serve whoever is in it, and the controller, which is elsewhere, fences
 * them when their sessions are over. What they led and others can lead is led by those; in the zone nobody hears of it. One zone at
 * a time, and where everything is simulated. */
void controller_zone_cut(struct world *w, int zone, sim_time until, const int *brokers, int n, struct controller_events *events);
void controller_zone_joins(struct world *w, const int *brokers, int n, struct controller_events *events);

/* The leader hands over in order to a replica that is in sync. Does not tell anybody yet. */
void controller_hand_over(struct world *w, struct partition *p, int slot);
/* Those that can lead again, do. Returns whether any changed; does not tell anybody yet. */
bool controller_elect_preferred(struct world *w);

/* Nobody is the active controller: deaths are not noticed, brokers do not register nor shut down in order, in-sync sets and
 * preferred leaders stay. Each absence ends; the new controller gives every broker a session anew. */
void controller_goes(struct world *w);
void controller_returns(struct world *w);
/* From an active controller's end until a standby has taken over; after a majority is back. */
sim_time controller_failover_ns(const struct world *w);

/* Is anything under way that is not a stationary state: a death not yet noticed, partitions without a leader or below
 * min.insync.replicas, replicas catching up, a zone
 * that is cut off? */
bool controller_in_transit(const struct world *w);
/* Share of partitions that accept acks=all writes now. */
double controller_available_share(const struct world *w);

#endif
