/* fetch.h: a consumer's fetch loop, and its processing.
 *
 * One fetch session a consumer and broker, as KafkaConsumer has it: a fetch asks for all partitions it was assigned there;
 * the broker answers when fetch.min.bytes are there or fetch.max.wait.ms have passed, with at most
 * max.partition.fetch.bytes of a partition and fetch.max.bytes in all; the next fetch leaves when the answer is
 * taken up. The thread processes one answer after the other at the calibrated cost of the group's work.
 */
#ifndef HEADROOM_MODELS_FETCH_H
#define HEADROOM_MODELS_FETCH_H

#include "world.h"

/* The session's consumer reads on: asks for what comes next. */
void fetch_begin(struct fetch_session *s);
/* The group was paused, and is no more: the consumer goes on with what it has fetched. */
void fetch_resume(struct consumer *c);
/* A parked fetch may have enough by now. */
void fetch_wake(struct fetch_session *s, double more_bytes);
/* The CPU nanoseconds a record, byte, batch and request cost this group's threads. */
void fetch_costs(struct group *g);

#endif
