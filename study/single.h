/* single.h: the interval of a mean latency from one replication.
 *
 * Only of a run that is stationary: without faults, and with every rate within 2 % of its mean after the warm-up. Then
 * parts of the run stand for replications, and the mean has the interval of batch means (sim/batch_means.h) over steps of
 * 10 s, each weighted by its records. It holds where neighbouring batches tell nothing of each other; of 58 runs of
 * scenarios/ad-clickstream-small.json at a constant rate, 20 minutes each, 54 held the mean of all runs.
 *
 * Of percentiles one replication knows no interval: when producers' batches open and consumers' fetches return lies
 * differently in every run and lasts all of it, so that parts of one run resemble each other more than they do another's.
 * Cut into twenty sections, five of six such runs were refused by the test of independence, and of those that passed less
 * than half held the percentile of all runs. Nor does it know that of freshness and staleness, which follow the clock of
 * windows and files.
 */
#ifndef HEADROOM_STUDY_SINGLE_H
#define HEADROOM_STUDY_SINGLE_H

#include "metrics.h"
#include "record.h"

/* The mean of METRIC_PRODUCE or METRIC_END_TO_END, which is `mean`. */
struct record_interval single_mean_interval(const struct replication *r, enum metric_distribution which, int group, double mean,
                                            struct arena *arena);

#endif
