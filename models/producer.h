/* producer.h: producer instances: accumulators, linger and batch.size, requests, retries, a bounded buffer.
 *
 * What is modelled. Records accumulate per partition; when the oldest batch for a broker is linger.ms old, or one is
 * full, the sender drains every partition that broker leads into one request (one batch a partition, as
 * RecordAccumulator.drain does), as long as fewer than max.in.flight.requests.per.connection are unanswered. Answers
 * free the slot. A request that a broker loses or refuses gives its records back to the accumulator. One that is not answered
 * for request.timeout.ms breaks its connection, as in NetworkClient: all that is unanswered on it is sent again, batches as they
 * were, after the back-off and before anything newer, and late answers are ignored. The broker appends what reached it all the
 * same; with enable.idempotence it knows a batch that it has by its sequence numbers, and without, the batch is there twice. A
 * request sent `retries` times more is given up. A partition
 * without a known leader accumulates. buffer.memory counts whole batches of batch.size, as Kafka's pool does; when
 * it is full send() blocks, for records of every partition, until an answer makes room, and a record that waited max.block.ms outside, or
 * delivery.timeout.ms inside, is rejected: its sender is told. Or, by on_overload, what finds no room is dropped at once, or
 * goes to a spill on the instance's disk, from where it comes in before anything newer as room and the disk allow; with both,
 * whether there is room is looked at every PRODUCER_BUFFER_CHECK_MS.
 *
 * Records without a key wait together, and go with a batch to the partition that the real sticky partitioner names. Where that
 * cannot be sent to, full batches of them wait for it, which is noticed within PRODUCER_BUFFER_CHECK_MS, and the partitioner moves
 * on: away from longer queues with partitioner.adaptive.partitioning.enable, and not to brokers that have taken nothing for
 * partitioner.availability.timeout.ms.
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

/* The broker's answers. Each attempt that was sent, and each answer, is one event under way until the broker or the answer's
 * arrival says otherwise; a request lives until it is over and none is. */
void producer_on_ack(struct kernel *k, void *request, int64_t attempt); /* an event: the response arrives */
void producer_attempt_over(struct world *w, struct produce_request *request);
/* The request came back with this error for some of its partitions. */
void producer_failed(struct world *w, struct produce_request *request, enum produce_error why);
/* May a part be sent once more after so many attempts of its request? */
bool producer_retries(const struct produce_request *request, const struct produce_part *part, int32_t attempt);
/* The records of one part were not appended (or are gone) at an attempt of its request: back into the accumulator, or rejected if
 * they have been sent `retries` times more. */
void producer_take_back(struct world *w, const struct produce_request *request, const struct produce_part *part, int32_t attempt);
/* A part of a producer that is not idempotent is appended, perhaps for the second time: did later records come before it? */
void producer_note_order(struct producer *p, const struct produce_part *part, bool twice);
/* Its connection broke: what was appended and not answered is sent again; nothing else is left of it. */
void producer_request_broken(struct world *w, struct produce_request *request);
/* The request is over without an answer: nothing is left of it. */
void producer_request_over(struct world *w, struct produce_request *request);

/* An instance gets no traffic from the next slice on: its load balancer has noticed. If it crashes, what it holds and what was
 * still to come to it in this slice is rejected, and nobody sends again what was not answered. Each leaving has its return. */
void producer_leaves(struct producer *p, bool crashes);
void producer_returns(struct producer *p);
/* If it waits for the schema registry it returns. */
void producer_registry_is_back(struct producer *p);

/* At the end of a slice: notes how many records have arrived and are in no request, and how old the oldest of each producer is.
 * A walk of every cell. */
void producers_note(struct world *w);

#endif
