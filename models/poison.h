/* poison.h: records that kill whoever reads them.
 *
 * What comes next in a partition, `records` of them in a row, ends the process of the consumer that takes one up, before anything of it
 * is done. The instance is started again `restart_ns` later; by then, or when the session of the dead one is over, somebody has the
 * partition, reads again from what was committed, and dies of the same record. When `tries` have died of it the record goes to a
 * dead-letter queue, and the group goes on behind it: it is lost to the group (LOST_DEAD_LETTER). Under at-most-once it was committed
 * when it was handed out, so that one dies of it and it is lost with what was in hand.
 *
 * One at a time for each group; while there is one everything is simulated. Cost: nothing for groups that have none.
 */
#ifndef HEADROOM_MODELS_POISON_H
#define HEADROOM_MODELS_POISON_H

#include "world.h"

struct poison_spec {
    int partition; /* index in the topic */
    int64_t records, tries;
    sim_time restart_ns;
    sim_time *noticed;  /* when the coordinator has noticed the first death */
    event_fn *over;     /* on the calendar, when all of them are behind the group */
    void *context;
};

void poison_add(struct group *g, const struct poison_spec *spec);

/* A consumer is about to take up n records of a partition: how many it takes. c->poisoned: it dies of the next one. */
int64_t poison_spares(struct consumer *c, int partition, int64_t n, bool *left);

#endif
