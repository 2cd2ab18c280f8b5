/* producer_parts.h: what the producer's files share, and nobody else sees. */
#ifndef HEADROOM_MODELS_PRODUCER_PARTS_H
#define HEADROOM_MODELS_PRODUCER_PARTS_H

#include "world.h"

enum { PRODUCER_BUFFER_CHECK_MS = 100 };

static inline const struct scenario_producer *producer_config(const struct producer *p)
{
    return &p->world->scenario->producers[p->fleet];
}

/* --- producer_send.c: when a connection sends, and what ---------------------------------------------- */

/* The connection drains at `at`, unless it is to drain already. */
void producer_schedule(struct produce_connection *c, sim_time at);
/* The same, and sooner if it is scheduled for later. */
void producer_hurry(struct produce_connection *c, sim_time at);
/* The next batch opens with its first record, and is ready when linger.ms have passed or one partition's is full. */
void producer_schedule_next(struct produce_connection *c, sim_time now);
/* When will batches be full, if they are before linger.ms have passed? The earliest, or SIM_NEVER. All cells were taken at `from`. */
sim_time producer_draw_fills(struct produce_connection *c, sim_time from);
/* How long an open batch waits: linger.ms, but a connection's first one a part of it. */
sim_time producer_first_phase(struct produce_connection *c, sim_time open_ns);
/* Cells are about to change hands: a batch that was still to open, opens not. Nobody has come by now, and the draw made
 * anew from here follows the same law. */
void producer_unopen(struct produce_connection *c, sim_time now);
/* Everything that is ready for a broker, in as many requests as the in-flight limit allows. */
void producer_drain(struct produce_connection *c, sim_time now);

/* --- producer_requests.c ------------------------------------------------------------------------------ */

struct produce_request *produce_request_new(struct world *w, struct produce_connection *c);
/* For the first time. */
void produce_request_send(struct producer *p, struct produce_connection *c, struct produce_request *r, sim_time now);

/* Nobody waits for what was sent any more, nor sends it again: rejected, but for what a broker appends all the same. */
void producer_abandon(struct produce_connection *c);
/* One that waited for its transaction's partitions to be added goes. */
void produce_request_transmit(struct world *w, struct produce_request *r);
/* What was sent in vain goes again; false: what comes after it has to wait, for the back-off, a leader, or an answer. */
bool producer_send_again(struct produce_connection *c, sim_time now);
/* Has the oldest unanswered request waited for request.timeout.ms? Have those to be sent again for delivery.timeout.ms? */
void producer_mind_requests(struct produce_connection *c, sim_time now);

/* --- producer_metadata.c: records without a key ------------------------------------------------------- */

/* NULL: every record of the fleet has a key. */
struct partitioner *producer_sticky_new(struct world *w, int fleet);
struct pool_queues *producer_queues_new(struct world *w, int fleet); /* NULL: partitioner.adaptive.partitioning.enable is false */
void producer_choose_sticky(struct producer *p);
/* The sticky partition cannot be sent to now, its broker has all it may or it has no leader: full batches wait there, and the
 * partitioner moves on, away from longer queues if it is adaptive (KIP-794). */
void producer_queue_pool(struct producer *p, sim_time now);
/* A batch of so many bytes was sent to the sticky partition: the real partitioner says when to move on. */
void producer_move_sticky(struct producer *p, double bytes);

/* --- producer_buffer.c -------------------------------------------------------------------------------- */

/* An event that repeats: records that wait too long are given up, and what waits outside comes in as there is room. */
void producers_mind_buffers(struct kernel *k, void *world, int64_t unused);
/* The same of one producer's buffer, now. */
void producer_mind_buffer(struct producer *p, sim_time now);

#endif
