/* lake_feed.h: the lake of a run: what groups write lands in it, and tables made from tables are outputs.
 *
 * A run has a lake if some table is made from another, compacted, or has tiers; otherwise these functions do
 * nothing. Freshness of a table made from another: when its commit was made, less the event time. Staleness: now less
 * the time through which every record is in it.
 */
#ifndef HEADROOM_MODELS_LAKE_FEED_H
#define HEADROOM_MODELS_LAKE_FEED_H

#include "world.h"

struct lake;

bool lake_feed_needed(const struct scenario *);
void lake_feed_init(struct world *);
/* A group's file that can be read from `visible` on, with records of [from, to]. */
void lake_feed_file(struct world *, int group, sim_time visible, double bytes, double records, sim_time from,
                    sim_time to);
/* All that was produced up to `through` is in the group's files. */
void lake_feed_through(struct world *, int group, sim_time through);
void lake_feed_slice_end(struct world *);
/* NULL: the run has none. */
struct lake *lake_feed_lake(const struct world *);

#endif
