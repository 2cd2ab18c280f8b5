/* lake_feed.h: the lake of a run: what groups write lands in it, and tables made from tables are outputs.
 *
 * A run has a lake if some table is made from another, compacted, has tiers, or is queried; otherwise these functions do
 * nothing. Freshness of a table made from another: when its commit was made, less the event time. Staleness: now less
 * the time through which every record is in it.
 *
 * Clocks. What was written in the time lake.past before the run is in the tables when it starts (lake_past.h). The lake's
 * clock begins with that, or up to a day earlier: it is ahead of the calendar by a whole number of days, so that days and
 * hours are the same ones on both. Times given to these functions are the calendar's.
 *
 * What was done before the run is in no count of it (lake_feed_counts), and in its warm-up in no meter (lake_feed_warm).
 */
#ifndef HEADROOM_MODELS_LAKE_FEED_H
#define HEADROOM_MODELS_LAKE_FEED_H

#include "lake.h"
#include "world.h"

bool lake_feed_needed(const struct scenario *);
void lake_feed_init(struct world *);
/* A group's file that can be read from `visible` on, with records of [from, to]; `copies` of them stand in others already. */
void lake_feed_file(struct world *, int group, sim_time visible, double bytes, double records, double copies,
                    sim_time from, sim_time to);
/* All that was produced up to `through` is in the group's files. */
void lake_feed_through(struct world *, int group, sim_time through);
/* Which table a group writes, whether the run has a lake or not. */
int lake_feed_table(const struct world *, int group);
void lake_feed_advance(struct world *, sim_time until);
void lake_feed_slice_end(struct world *);
/* NULL: the run has none. */
struct lake *lake_feed_lake(const struct world *);
/* The last settled reading before warm-up was over (see lake_settled); zeros: there was none. */
struct lake_reading lake_feed_warm(const struct world *, int table);

/* The calendar's time as the lake has it, and back; only where the run has a lake. */
sim_time lake_feed_time(const struct world *, sim_time calendar);
sim_time lake_feed_calendar(const struct world *, sim_time lake_time);

/* What was done since the run began. */
struct lake_counts lake_feed_counts(const struct world *, int table);

#endif
