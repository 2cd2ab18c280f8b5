/* blueprint.h: what every replication of a scenario has in common.
 *
 * What it is for: rate curves, the whole key population run once through the real partitioner, and the compression
 * ratios measured with the real codec on generated records are the same whatever the seed; they are made once and
 * shared, read-only, by all replications and threads. The key population is population.h's.
 *
 * Buckets of tables likewise: every key by Iceberg's transform (paths/bucket.h), with its share of the streams that land
 * in the table; records without a key are spread evenly.
 *
 * Heavy keys are exact. The sample's weight is the tail's traffic over the sample's, so that totals are right.
 *
 * Ownership: everything lives in the arena given to blueprint_new(). Cost: a murmur2 and a pow() a key (two million
 * keys: about a quarter of a second; the same again for tables with buckets), a few hundred zstd calls a producer.
 */
#ifndef HEADROOM_MODELS_BLUEPRINT_H
#define HEADROOM_MODELS_BLUEPRINT_H

#include <stdint.h>

#include "population.h"
#include "scenario.h"

struct arena;
struct record_batch_size;
struct rate_curve;
struct compact_rung;
struct compacted;
struct calibration;

/* Lateness is split into cells, narrow where most records are: cell j is [edge j, edge j + 1) seconds, the last open. */
enum { BLUEPRINT_LATENESS_CELLS = 25, BLUEPRINT_CELL_QUANTILES = 8 };
extern const double blueprint_lateness_edges[BLUEPRINT_LATENESS_CELLS];

/* How large batches of generated records are, raw and on the wire, for 1, 2, 4 .. records: measured. */
struct compressibility {
    struct record_batch_size *ladder; /* paths/record_batch.h; RECORD_BATCH_LADDER_N rungs */
};

/* What a table's records are like. */
enum { BLUEPRINT_LATENESS_POINTS = 16 };
struct table_records {
    bool streams[SCENARIO_STREAMS_MAX]; /* whose they are */
    double row_bytes;                   /* a record's raw bytes */
    double lateness_s[BLUEPRINT_LATENESS_POINTS]; /* equally likely; of its streams by their shares of the run */
    const struct compact_rung *rungs; /* files: bytes a record, by records; NULL: no run needs them */
};

struct blueprint {
    const struct scenario *scenario;
    const struct calibration *calibration;
    const struct rate_curve *stream_rates[SCENARIO_STREAMS_MAX]; /* per second over the run */
    const struct rate_curve *past_rates[SCENARIO_STREAMS_MAX];   /* before the run; NULL: the lake has no past */
    const struct rate_curve *query_rates[SCENARIO_QUERIES_MAX];  /* per second over the run: classes of queries */
    struct population *populations[SCENARIO_STREAMS_MAX];        /* by stream; NULL: no key, or nobody sends it */
    int stream_producer[SCENARIO_STREAMS_MAX];                   /* who sends it, or -1 */
    struct compressibility compressibility[SCENARIO_PRODUCERS_MAX];
    struct compressibility file_compressibility[SCENARIO_GROUPS_MAX]; /* writers: columnar files are large batches */
    struct table_records tables[SCENARIO_TABLES_MAX];
    /* Of a table partitioned by campaign_bucket: the share of its records in each bucket, [buckets], sum 1. */
    const double *bucket_shares[SCENARIO_TABLES_MAX]; /* by table; NULL: another, or nothing asks */
    const struct compacted *compacted[SCENARIO_TOPICS_MAX]; /* by topic; NULL: it is not compacted */
    const struct key_order *key_orders[SCENARIO_TABLES_MAX]; /* by table; NULL: no query selects a key of it */
    /* Lateness in seconds at the eighths of each cell's records; the last cell's are not used. */
    double lateness_quantiles[SCENARIO_STREAMS_MAX][BLUEPRINT_LATENESS_CELLS][BLUEPRINT_CELL_QUANTILES + 1];
    double lateness_cells[SCENARIO_STREAMS_MAX][BLUEPRINT_LATENESS_CELLS]; /* share of a stream's records */
};

const struct blueprint *blueprint_new(const struct scenario *scenario, const struct calibration *calibration,
                                      struct arena *arena);
/* The same for `scenario`, a copy of the blueprint's own that may have other faults and another run, with every rate held
 * at its mean over the blueprint's run. */
const struct blueprint *blueprint_held(const struct blueprint *b, const struct scenario *scenario, struct arena *arena);


/* Bytes on the wire of a batch of n records, interpolated in log n; n >= 1. */
double compressibility_wire_bytes(const struct compressibility *c, double n);
double compressibility_raw_bytes(const struct compressibility *c, double n);
/* The largest batch whose wire bytes stay within batch_size_bytes; at least 1. */
double compressibility_batch_records(const struct compressibility *c, double batch_size_bytes);

/* What plans a table's compaction, and what a group's windows are: the scenario's own, or the plugin in its place. */
const char *blueprint_planner(const struct scenario *scenario, int table);
const char *blueprint_window(const struct scenario *scenario, int group);

/* What a plugin of the scenario answered wrongly; NULL: nothing so far. */
const char *blueprint_mistake(const struct scenario *scenario);

double distribution_cdf(const struct distribution *d, double x);      /* P(value <= x) */
double distribution_quantile(const struct distribution *d, double q); /* 0 < q < 1 */

#endif
