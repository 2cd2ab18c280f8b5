/* lake_past.h: what groups wrote before the run began.
 *
 * Nobody simulates that time. Each consumer of a writing group is taken to have had the partitions that it begins the run
 * with, and to have read their true shares of the workload's mean traffic as it came; its files are rolled by size and
 * time at whole seconds, as models/writer.h does, and uploaded in the median time. What the lake makes of
 * them is its own real ETL, compaction and ageing.
 *
 * The run takes over without a seam: each consumer begins with the file that it would have had open, and the records in
 * it. Cost: about two microseconds a file, and the lake's own.
 */
#ifndef HEADROOM_MODELS_LAKE_PAST_H
#define HEADROOM_MODELS_LAKE_PAST_H

#include "world.h"

struct lake;

/* Lands the files of [-scenario.lake.past, 0) in the lake of the run, and advances it to the run's start. */
void lake_past(struct world *);
/* Lands those of [begin, end) of the scenario's clock, -scenario.lake.past <= begin, at the workload's rates, in another
 * lake and advances it to the end; its clock is ahead by so much. Partitions belong to whom they belong now. */
void lake_past_again(struct world *, struct lake *, sim_time ahead_ns, sim_time begin, sim_time end);

#endif
