/* published_measure.h: what rows of published_cases.h can ask for.
 *
 * Of a run, one replication at a time, after its warm-up:
 *   throughput.produce          records appended a second; throughput.<group>: records that a group has processed a second
 *   bandwidth.produce           MiB of batches appended a second, before replication
 *   compression                 bytes before over bytes after
 *   fault.<id>.detected         seconds from a fault's first start until it was noticed; .leaders_elected and .started (of the
 *                               first broker struck); .recovered; .lag_cleared
 *   bill.<item>                 dollars a month of that line of the bill
 *   any metric of objectives (metrics.h), with " during <fault>" if need be; seconds
 *   latency.end_to_end.<group>.p<q> since CreateTime   from the record's own timestamp, which is in whole milliseconds: up to one
 *                               more, as benchmarks that read it see it
 *
 * Of numbers that are given:
 *   cross_zone.bytes_per_s, cross_zone.usd    of rate_bytes_per_s, replication, groups, zones, follower_fetching (0 or 1);
 *                                             usd: and hours, gb_bytes, usd_each_way
 */
#ifndef HEADROOM_STUDY_PUBLISHED_MEASURE_H
#define HEADROOM_STUDY_PUBLISHED_MEASURE_H

#include "metrics.h"
#include "published_cases.h"

/* NULL if a row's measure can be taken of what it has; else what is wrong. */
const char *published_measure_problem(const struct published_row *row);

/* Of a finished replication. */
struct metric published_measure_run(const struct replication *r, const char *measure, struct arena *arena);

/* Of numbers: the row has no run. */
double published_measure_given(const struct published_row *row);

#endif
