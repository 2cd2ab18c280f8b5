/* reassignment_plan.h: which replicas move to brokers that have joined.
 *
 * As few moves as even numbers need: replicas go from brokers that were there to those that are new, never between old ones.
 * Topic by topic every broker ends with as many replicas as any other and leads as many partitions, as far as racks allow: a zone
 * holds no more of a partition's replicas than it must. Where moves alone leave leaders uneven, the order of replicas changes, which
 * moves no data.
 *
 * By numbers, as kafka-reassign-partitions --generate has it: what partitions weigh is not looked at. Ownership: the arena. Cost: a
 * few walks of all replicas, for each new broker.
 */
#ifndef HEADROOM_MODELS_REASSIGNMENT_PLAN_H
#define HEADROOM_MODELS_REASSIGNMENT_PLAN_H

#include "world.h"

struct replica_move {
    int partition, from, to; /* brokers */
};

struct reassignment_plan {
    struct replica_move *moves; /* a partition's stand in the order in which they are made, one at a time */
    int moves_n;
    int *order; /* [partitions][REPLICAS_MAX] brokers in the end, the preferred leader first */
};

/* Brokers with ids below `first_new` have what there is; those from it up to cluster.brokers_n nothing or too little. */
void reassignment_plan_make(const struct world *w, int first_new, struct reassignment_plan *plan);

#endif
