/* lake_again.h: the tables of a run with jumps, fed once more over all of its time.
 *
 * A run with a table simulates hours of weeks, and its lake sees those hours alone. What they say of files and ETL holds
 * for the rest, but not what they say of compaction: how often a record is written again depends on how full its partition
 * is, which takes an hour or a day of records to fill. So the groups' files are made again as those before a run are
 * (lake_past.h), over the scenario's own time, for a lake that nobody queries; the bill's meters of tables come from
 * it. What befell the run's (copies of records, conflicts with its store slowed) is not in it.
 *
 * Where that would be more than AGAIN_FILES_MAX files, it is as many whole days as make fewer, but one at least: those of
 * which the traffic is nearest to the run's mean. Cost: some microseconds a file.
 */
#ifndef HEADROOM_MODELS_LAKE_AGAIN_H
#define HEADROOM_MODELS_LAKE_AGAIN_H

#include "lake.h"
#include "world.h"

/* Some table is made from another or compacted. */
bool lake_again_needed(const struct scenario *);
/* begin: of its clock, when the first file is begun. */
struct lake *lake_again(struct world *, sim_time ahead_ns, sim_time *begin);

#endif
