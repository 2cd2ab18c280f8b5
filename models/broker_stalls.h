/* broker_stalls.h: the far tail: times in which a broker serves nothing (garbage collection, flush stalls).
 *
 * An alternating renewal process for each broker: it runs for an exponential time (mean kafka.broker.stall.interval), then
 * stands still for another (whose 90th percentile is kafka.broker.stall.p90): no thread begins anything new, as follower
 * neither, while its network card goes on receiving. cluster.stalls = none leaves it out.
 *
 * On the data plane's clock, which skips leave as it is: a stall that a close-up ends in goes on in the next, and
 * stalls are sampled at the rate of everything else, with weight 1/f and no bias. A run that simulates T seconds of its data plane
 * sees N = brokers x T / interval stalls, give or take sqrt(N): what a share of the tail beyond them is known to is
 * about 1/sqrt(N) of itself.
 */
#ifndef HEADROOM_MODELS_BROKER_STALLS_H
#define HEADROOM_MODELS_BROKER_STALLS_H

struct world;

void broker_stalls_init(struct world *w);

#endif
