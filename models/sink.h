/* sink.h: the store that a group writes its results to, and what a group does that cannot keep up.
 *
 * groups[].sink is a store outside of this scenario, shared by the group's consumers over `concurrency` connections. A thread
 * that has processed what it took up writes it, in writes of at most `batch` records one after the other, and takes up nothing
 * else before the store has answered: a write takes `latency`, and as long as its records take at its connection's part of
 * `throughput`. With all connections busy writes wait in line. So a slow store stops the threads, which stop fetching: lag grows,
 * ages out of the brokers' page caches (disk.h) and at last out of the log (segments.h). Faults make it so many times slower,
 * or refuse writes until they are over: a write is then tried again at once.
 *
 * groups[].shed is an answer: a thread that takes up records older than `older_than` processes only `keep` of them, and passes
 * over the rest, oldest first. They are lost, as `shed`, and in no window and no file. They were fetched all the same.
 *
 * Times: data-plane ns. Not in the bill. Errors: bugs only. Memory: the arena's, one pool. Cost: an event a batch, none without a
 * sink.
 */
#ifndef HEADROOM_MODELS_SINK_H
#define HEADROOM_MODELS_SINK_H

#include "kernel.h"
#include "world.h"

void sink_init(struct group *g);
/* The consumer's batch is processed; `written`, an event of (consumer, its epoch), when the store has it. */
void sink_write(struct consumer *c, sim_time now, event_fn *written);
/* So many times as slow as it is; 1: as it is. */
void sink_slow(struct group *g, double times);
void sink_down(struct group *g);
void sink_up(struct group *g);
/* How long a record takes on the way to its sink in a full write; 0: there is none. */
double sink_ns_per_record(const struct group *g);
/* Work that its connections have done, ns, as if every write was full: small ones take more of a connection that has nothing
 * else to do. A walk of the group's consumers. */
double sink_busy_ns(const struct group *g);

/* A thread takes up at most `room` of the n records from the position of a partition on, of which nothing is in hand. Passes over
 * what is shed. Returns how many it processes; *left: and it did not come to the end of them. */
int64_t sink_take(struct group *g, int partition, int64_t n, int64_t room, bool *left);

#endif
