/* producer_parts.h: what producer.c and producer_buffer.c share, and nobody else sees. */
#ifndef HEADROOM_MODELS_PRODUCER_PARTS_H
#define HEADROOM_MODELS_PRODUCER_PARTS_H

#include "world.h"

enum { PRODUCER_BUFFER_CHECK_MS = 100 };

static inline const struct scenario_producer *producer_config(const struct producer *p)
{
    return &p->world->scenario->producers[p->fleet];
}

/* The connection drains at `at`, unless it is to drain already. */
void producer_schedule(struct produce_connection *c, sim_time at);
/* Cells are about to change hands: a batch that was still to open, opens not. Nobody has come by now, and the draw made
 * anew from here follows the same law. */
void producer_unopen(struct produce_connection *c, sim_time now);
/* An event that repeats: records that wait too long are given up, and what waits outside comes in as there is room. */
void producers_mind_buffers(struct kernel *k, void *world, int64_t unused);

#endif
