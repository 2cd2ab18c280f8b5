/* duplicates.h: copies of records that clients sent again, and what of them a group removes by their ids.
 *
 * A client that gets no answer in time sends its event again: workload[].duplicates says which share of a stream's records are
 * such copies, and how long after the first they come. To Kafka a copy is a record like any other, with an id that was there
 * before. A group delivers it, and counts it as `duplicated`: it stands in what the group makes. In a raw table's files copies are
 * known as such, and the tables made from it leave them out (lake.h).
 *
 * A group with does.dedup keeps the ids of the last `horizon` in the real structure (paths/dedup.h), one a partition, by the time
 * of processing, as the TTL of Flink's state goes. So after an outage a copy may be found although it came later than the
 * horizon, and one may pass whose first the outage has parted it from. What is removed counts as `deduplicated`.
 *
 * What passes for good: a copy beyond the horizon; one in another partition than its first, where no key keeps them together;
 * what a group reads again after a crash, for its ids are as old as its offsets; and, without checkpoints, copies of what a
 * process had seen that is gone. What a producer without idempotence sends twice comes within its delivery.timeout.ms: it is
 * removed if the horizon is as long as that, else it passes.
 *
 * How many copies there are is the ledger's counts times the share. Which part of them is removed, and how many ids are held, is
 * what the structure says of ids drawn from the traffic, one in duplicates_one_in(), of which more than the share are sent
 * again: that part does not depend on how many there are.
 *
 * Units: calendar time, records, bytes. Errors: none. Ownership: duplicates_free(). Cost: nothing without copies and dedup; else at
 * most 500 ids a second and group that deduplicates, each a heap's push and pop and a look-up.
 */
#ifndef HEADROOM_MODELS_DUPLICATES_H
#define HEADROOM_MODELS_DUPLICATES_H

#include "world.h"

void duplicates_init(struct world *w); /* after groups_init() */
/* The slice's ids, from the ledger's counts. */
void duplicates_slice_arrivals(struct world *w, int64_t slice);
/* After the group's progress is known, before its checkpoints: what was processed in the slice is looked up. */
void duplicates_slice_end(struct group *g);
/* The group has passed over what one partition's producers sent in (from, to] of the calendar. */
void duplicates_passed_over(struct group *g, int partition, sim_time from, sim_time to);
/* What a partition's process had seen is gone with it. */
void duplicates_forget(struct group *g, int partition);
void duplicates_free(struct world *w);

/* Does the group remove what its producers send twice? */
bool duplicates_removes_resent(const struct group *g);

/* Of the records that the group has delivered, those that clients had sent before: that stand in what it makes, and that it
 * removed. */
struct duplicates_split {
    int64_t standing, removed;
};
struct duplicates_split duplicates_split(const struct group *g);

/* The share of copies in what has come so far. */
double duplicates_share(const struct world *w);

/* What a checkpoint holds of a partition's ids; 0: the group keeps none. */
double duplicates_state_bytes(const struct group *g, int partition);

struct duplicates_counts {
    uint64_t kept, removed; /* by the real structure, of ids followed */
    double copies, found;   /* of those: copies, and how many of them were removed */
    double ids_max;         /* held at a slice's end, scaled up: at most; */
    double memory_bytes_max, checkpoint_bytes_max; /* in tables, and in a checkpoint */
    int64_t one_in;         /* id is followed */
};
struct duplicates_counts duplicates_counts(const struct group *g);

#endif
