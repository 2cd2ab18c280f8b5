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
 * What was done before the run is in no count of it (lake_feed_counts), and in its warm-up in no meter (lake_feed_metered).
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

/* Of a run with a table the lake is fed once more, over the time that was jumped too: what compaction costs depends on how
 * a partition fills, for hours or days. After the last slice. */
void lake_feed_again(struct world *);
/* What a table's meters are read from. */
struct lake_metered {
    const struct lake *lake;  /* NULL: the run has none */
    struct lake_reading warm; /* the last settled one before warm-up was over (see lake_settled); zeros: there was none */
    sim_time begin;           /* of the lake's clock: when the first file landed, or a little before */
};
struct lake_metered lake_feed_metered(const struct world *, int table);

/* For another lake of the same tables: what its records are like, without share and visible. */
struct lake_options lake_feed_options(const struct world *);
/* Which share of its source's records of a time of the scenario's clock a table takes, by the streams' rates. */
double lake_feed_share(const struct world *, int table, sim_time from, sim_time to);

/* The calendar's time as the lake has it, and back; only where the run has a lake. */
sim_time lake_feed_time(const struct world *, sim_time calendar);
sim_time lake_feed_calendar(const struct world *, sim_time lake_time);

/* What was done since the run began. */
struct lake_counts lake_feed_counts(const struct world *, int table);

#endif
