/* processor.h: the stream processor: the real window operator on followed keys, watermarks on all records.
 *
 * Per partition there is a real window operator (paths/window.h) that folds the records of the keys that are followed
 * (population: heavy keys all, the rest as a weighted sample), clicks joined to impressions. The watermark of a task is
 * the least over its partitions of the greatest event time seen minus the bound, and event time is seen on all
 * records: the greatest event time among a Poisson stream of arrivals with random lateness is drawn from its exact law.
 *
 * How far a partition has been processed comes from the group's cursor on the log, so an outage, a restart or a slow
 * consumer delays panes exactly as long as it delays records. A pane is visible when it fires, or, under exactly-once,
 * when the next checkpoint after it has completed.
 *
 * Of a key that its partitioner splits each partition's operator has a part, and gives a partial result, to be merged
 * by key: that is counted, and costs a fold each. It is visible when it is given, as if the merge took no time.
 */
#ifndef HEADROOM_MODELS_PROCESSOR_H
#define HEADROOM_MODELS_PROCESSOR_H

#include "world.h"

struct processor_counts {
    uint64_t folded, panes, late; /* calls and results of the real operator, on followed keys */
    uint64_t partials; /* of the panes: one of several of a key that its partitioner splits, to be merged */
    double weighted_records, weighted_late; /* what they stand for */
    double weighted_impressions, weighted_clicks; /* in panes */
    uint64_t checkpoints;
    double state_bytes_max; /* scaled up from the sample */
    bool follow_grid; /* windows that only their ends trigger, on a grid */
};

void processor_init(struct group *g);
/* The slice's records of followed keys, drawn from the ledger's counts. */
void processor_slice_arrivals(struct group *g, int64_t slice);
/* After the group's progress is known: folds, fires, checkpoints, staleness. */
void processor_slice_end(struct group *g);
/* The group has passed over what one partition's producers sent in (from, to] of the calendar: no window will count it. */
void processor_passed_over(struct group *g, int partition, sim_time from, sim_time to);
/* Every partition's results that were not yet visible wait until the group has come back to where it was. */
void processor_restarted(struct group *g);
/* How long a member takes to get its part of the state back, in the mean; and the bytes of partitions whose state is restored to it. */
sim_time processor_restore_ns(const struct group *g);
double processor_restored_bytes(const struct group *g, const struct consumer *c);
void processor_free(struct group *g);
struct processor_counts processor_counts(const struct group *g);
/* Of windows that follow no grid: records that no result has held yet, scaled up. */
double processor_waiting(const struct group *g);
/* When what moves from `from` to `to` in the slice under way, a watermark or a partition's progress, passes `mark`; calendar. */
static inline sim_time processor_crossing(const struct world *w, sim_time from, sim_time to, sim_time mark)
{
    if (to <= from) return w->slice_end;
    double part = (double)(mark - from) / (double)(to - from);
    if (part < 0) part = 0;
    if (part > 1) part = 1;
    return w->slice_start + (sim_time)(part * (double)(w->slice_end - w->slice_start));
}

/* So many records that were jumped over count as late. */
void processor_jumped(struct group *g, double late);

#endif
