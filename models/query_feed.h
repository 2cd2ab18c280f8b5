/* query_feed.h: the queries of a run: engines of query.h over the tables of its lake.
 *
 * Every engine of the scenario is one struct query, with its classes. In each slice the engines see the tables as they
 * were when the slice began, so that no query reads a file before it is there, and a file is seen at most a slice late.
 * A table is one prefix of the object store, to each engine its own. A class that selects a bucket wants
 * one, drawn by the buckets' shares of the records (blueprint.h).
 *
 * Cost: a manifest is copied once for all engines. New files alone are added where nothing was taken away; where something
 * was (compaction, retention) the copy is made anew, at about 10 ns a file. The queries' own is query.h's.
 */
#ifndef HEADROOM_MODELS_QUERY_FEED_H
#define HEADROOM_MODELS_QUERY_FEED_H

#include "query.h"
#include "world.h"

void query_feed_init(struct world *); /* after lake_feed_init() */
void query_feed_slice_end(struct world *); /* before lake_feed_slice_end() */

/* Of a class, by its index in the scenario. */
struct query_result *query_feed_result(const struct world *, int query);
/* query_open_ages() of it. */
void query_feed_open_ages(const struct world *, int query, double *ages_s);
/* Work of an engine's slots, or of its coordinator, in ns of one slot or core. */
double query_feed_busy_ns(const struct world *, int engine, bool coordinator);

/* A class comes so many times as often from now on; 1: as it should. */
void query_feed_storm(struct world *, int query, double factor);
/* The store behind all engines: lake_store(). */
void query_feed_store(struct world *, double slow, sim_time down_until);

#endif
