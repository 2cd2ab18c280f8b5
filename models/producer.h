/* producer.h: producer instances: accumulators, linger and batch.size, requests, retries, a bounded buffer.
 *
 * What is modelled. Records accumulate per partition; when the oldest batch for a broker is linger.ms old, or one is
 * full, the sender drains every partition that broker leads into one request (one batch a partition, as
 * RecordAccumulator.drain does), as long as fewer than max.in.flight.requests.per.connection are unanswered. Answers
 * free the slot. A request that a broker loses or refuses gives its records back to the accumulator. A partition
 * without a known leader accumulates. buffer.memory counts whole batches of batch.size, as Kafka's pool does; when
 * it is full send() blocks, for records of every partition, and a record that waited max.block.ms outside, or
 * delivery.timeout.ms inside, is rejected: its sender is told.
 *
 * Latency is from the record's intended time, so a stalled producer does not hide its stall.
 *
 * At RESOLUTION_RECORD every record arrives by itself; otherwise those of one drain are counted together and their
 * times spread between the first arrival and the drain.
 */
#ifndef HEADROOM_MODELS_PRODUCER_H
#define HEADROOM_MODELS_PRODUCER_H

#include "world.h"

void producers_init(struct world *w);
void producers_free(struct world *w);

/* Around the drawing of a slice: what was still to arrive has arrived; what was drawn may be sent. */
void producers_begin_piece(struct world *w);
void producers_piece_ready(struct world *w);

/* Leaders changed: each producer finds out at its next metadata refresh, within its retry back-off. */
void producers_learn_leaders(struct world *w);

/* The broker's answers. */
void producer_on_ack(struct kernel *k, void *request, int64_t unused); /* an event: the response arrives */
/* The records of one part were not appended (or are gone): back into the accumulator. */
void producer_take_back(struct world *w, struct produce_connection *c, const struct produce_part *part);
/* The request is over without an answer for what is left of it: its connection broke. */
void producer_request_over(struct world *w, struct produce_request *request);

/* At the end of a slice: notes how many records have arrived and are in no request, and how old the oldest of each producer is.
 * A walk of every cell. */
void producers_note(struct world *w);

#endif
