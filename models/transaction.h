/* transaction.h: transactional producers: what a commit costs, and when its records may be read.
 *
 * What is modelled, of a fleet with transactional.id (KIP-98). A producer's first record opens a transaction. Before a partition's
 * first batch in it is sent, the partition is added at the coordinator, which writes that to its log (AddPartitionsToTxn; from 4.0
 * the partition's leader asks for it, KIP-890, which takes as long). transaction_commit_interval after it opened, the producer
 * commits: it flushes, and sends nothing newer until all it has sent is acknowledged and the coordinator has answered EndTxn,
 * having written it to its log. The coordinator then has a marker written by every partition's leader (WriteTxnMarkers); until all
 * are, it refuses to add partitions to the next transaction, and the producer asks again (CONCURRENT_TRANSACTIONS).
 *
 * The last stable offset of a partition is the first of a transaction whose marker is not in it, or the high watermark: so far
 * groups with isolation.level read_committed read.
 *
 * The coordinator is one of the brokers, by the producer's index; if that is fenced, the next. A write to its log takes its CPU,
 * and the CPU of one follower that fetches it. Markers take CPU and disk of leaders; they have no offsets here, so a partition's
 * offsets stay its records. The application never aborts. The coordinator does, with a transaction that has been open for
 * transaction.timeout.ms, when it looks (every transaction.abort.timed.out.transaction.cleanup.interval.ms): its records in the log are
 * then lost to those who read committed ones alone. A producer that runs is fenced by that and begins anew as soon as it hears of it; what
 * it had not got into the log goes with what follows, as if its application sent that again, and what was under way then is in no
 * transaction. One that crashed leaves its transaction open until then, or until it is back (initTransactions).
 *
 * Times are the data plane's. Memory: the arena's, fixed. Cost: nothing where no producer is transactional.
 */
#ifndef HEADROOM_MODELS_TRANSACTION_H
#define HEADROOM_MODELS_TRANSACTION_H

#include "world.h"

void transactions_init(struct world *w);

/* Does the producer's application wait for a commit? */
bool transaction_commits(const struct producer *p);
/* May the producer send what is new on this connection? Not while it commits, but for what it flushes. */
bool transaction_may_send(const struct produce_connection *c);
/* A request is about to go for the first time. False: it is held until its partitions are added, and goes by itself then. */
bool transaction_on_send(struct producer *p, struct produce_request *r);
/* Its instance crashed; and is back. */
void transaction_crashed(struct producer *p);
void transaction_returned(struct producer *p);
/* Nothing newer was found on this connection. */
void transaction_flushed(struct produce_connection *c);
/* Something came back, or time passed: is all that was flushed acknowledged? */
void transaction_mind(struct producer *p);
/* The part is about to be appended to p. */
void transaction_on_append(struct producer *producer, struct partition *p, const struct produce_part *part);
/* The log of p ends at `end` now. */
void transactions_on_truncate(struct partition *p, int64_t end);
/* The high watermark moved, or a transaction ended. */
void transactions_note_stable(struct world *w, struct partition *p);

/* How long records wait for a commit at most before a group may read them, by design. */
sim_time transactions_hold_ns(const struct group *g);
/* How far a group may read. */
static inline int64_t partition_readable(const struct group *g, const struct partition *p)
{
    return g->world->transactional && g->config->config.isolation_level == ISOLATION_READ_COMMITTED ? p->stable : p->hw;
}

#endif
