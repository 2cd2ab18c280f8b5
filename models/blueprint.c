/* blueprint.c: what all replications of a scenario have in common; see blueprint.h. */
#include "blueprint.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "arena.h"
#include "bucket.h"
#include "check.h"
#include "compacted.h"
#include "data_sizes.h"
#include "event.h"
#include "key_order.h"
#include "lake_feed.h"
#include "partition.h"
#include "plugin.h"
#include "rate.h"
#include "window.h"

static double lognormal_sigma(const struct distribution *d)
{
    return (log(d->p99) - log(d->median)) / gsl_cdf_ugaussian_Pinv(0.99);
}

double distribution_cdf(const struct distribution *d, double x)
{
    switch (d->kind) {
    case DISTRIBUTION_CONSTANT:
        return x >= d->value ? 1 : 0;
    case DISTRIBUTION_EXPONENTIAL:
        return x <= 0 ? 0 : d->value <= 0 ? 1 : -expm1(-x / d->value);
    case DISTRIBUTION_LOGNORMAL:
        if (x <= 0) return 0;
        if (d->p99 <= d->median) return x >= d->median ? 1 : 0;
        return gsl_cdf_ugaussian_P((log(x) - log(d->median)) / lognormal_sigma(d));
    }
    CHECK(false, "distribution of kind %d", (int)d->kind);
    return 0;
}

double distribution_quantile(const struct distribution *d, double q)
{
    switch (d->kind) {
    case DISTRIBUTION_CONSTANT:
        return d->value;
    case DISTRIBUTION_EXPONENTIAL:
        return -d->value * log1p(-q);
    case DISTRIBUTION_LOGNORMAL:
        if (d->p99 <= d->median) return d->median;
        return exp(log(d->median) + lognormal_sigma(d) * gsl_cdf_ugaussian_Pinv(q));
    }
    CHECK(false, "distribution of kind %d", (int)d->kind);
    return 0;
}

/* --- Tables --- */

/* The topic whose records land in a table, or -1. */
static int topic_of_table(const struct scenario *s, int table)
{
    while (s->tables[table].from >= 0)
        table = s->tables[table].from;
    for (int g = 0; g < s->groups_n; g++)
        if (s->groups[g].work == WORK_WRITE && !strcmp(s->groups[g].write.table, s->tables[table].name))
            return s->groups[g].topic;
    return -1;
}

/* Adds the records of these keys, `weight` in all, to their buckets. */
static void add_keys(const struct scenario_keys *keys, double weight, double *shares, int buckets)
{
    double sum = 0;
    for (int64_t rank = keys->population; rank >= 1; rank--)
        sum += pow((double)rank, -keys->zipf); /* small ones first */
    for (int64_t rank = keys->population; rank >= 1; rank--) {
        char key[EVENT_KEY_BYTES_MAX];
        const size_t length = event_key((uint64_t)rank, key);
        shares[bucket_of(key, length, buckets)] += weight * pow((double)rank, -keys->zipf) / sum;
    }
}

/* Records of a stream in the whole run, expected. */
static double records_in_run(const struct blueprint *b, int stream)
{
    return rate_integral(b->stream_rates[stream], 0, (double)b->scenario->run.duration_ns * 1e-9);
}

static const double *bucket_shares_of(const struct scenario *s, const struct blueprint *b, const bool *streams, int buckets,
                                      struct arena *arena)
{
    double by_keys[SCENARIO_KEYS_MAX] = {0}, no_key = 0, all = 0;
    for (int i = 0; i < s->streams_n; i++) {
        if (!streams[i]) continue;
        const double records = records_in_run(b, i);
        *(s->streams[i].keys >= 0 ? &by_keys[s->streams[i].keys] : &no_key) += records;
        all += records;
    }
    if (all <= 0) return NULL;
    double *shares = ARENA_NEW(arena, double, (size_t)buckets), sum = 0;
    for (int i = 0; i < buckets; i++)
        shares[i] = no_key / all / buckets;
    for (int k = 0; k < s->keys_n; k++)
        if (by_keys[k] > 0) add_keys(&s->keys[k], by_keys[k] / all, shares, buckets);
    for (int i = 0; i < buckets; i++)
        sum += shares[i];
    for (int i = 0; i < buckets; i++)
        shares[i] /= sum;
    return shares;
}

static void key_orders(struct blueprint *b, const struct scenario *s, struct arena *arena)
{
    for (int q = 0; q < s->queries_n; q++) {
        const int t = s->queries[q].reads;
        if (s->queries[q].selects != SELECTS_KEY || b->key_orders[t]) continue;
        double by_keys[SCENARIO_KEYS_MAX] = {0};
        for (int i = 0; i < s->streams_n; i++)
            if (b->tables[t].streams[i] && s->streams[i].keys >= 0) by_keys[s->streams[i].keys] += records_in_run(b, i);
        const int buckets = s->tables[t].partition_by & PARTITION_BY_BUCKET ? s->tables[t].buckets : 1;
        b->key_orders[t] = key_order_new(s, by_keys, buckets, arena);
    }
}

static void bucket_shares(struct blueprint *b, const struct scenario *s, struct arena *arena)
{
    for (int t = 0; t < s->tables_n; t++) {
        const struct scenario_table *table = &s->tables[t];
        if (!(table->partition_by & PARTITION_BY_BUCKET) || table->buckets <= 1) continue;
        const bool *streams = b->tables[t].streams;
        for (int k = 0; k < t && !b->bucket_shares[t]; k++) /* two tables of the same records and buckets are alike */
            if (s->tables[k].buckets == table->buckets && !memcmp(b->tables[k].streams, streams, sizeof b->tables[k].streams))
                b->bucket_shares[t] = b->bucket_shares[k];
        if (!b->bucket_shares[t]) b->bucket_shares[t] = bucket_shares_of(s, b, streams, table->buckets, arena);
    }
}

/* What records of some streams are like: the mean of them. */
static struct data_kind kind_of(const struct scenario *s, const int *streams, int n, bool keyed)
{
    double bytes = 0, rate = 0;
    enum serialization serialization = SERIALIZATION_AVRO;
    for (int i = 0; i < n; i++) {
        const struct scenario_stream *stream = &s->streams[streams[i]];
        double weight = stream->rate.kind == RATE_DERIVED ? s->streams[stream->rate.of].rate.peak_per_s * stream->rate.times
                                                          : stream->rate.peak_per_s;
        if (weight <= 0) weight = 1e-9;
        bytes += weight * (double)stream->event_size_bytes;
        rate += weight;
        if (i == 0) serialization = stream->serialization;
    }
    /* event.size is key and value; a key is some eight bytes. */
    int64_t value_bytes = (int64_t)llround(bytes / rate) - (keyed ? 8 : 0);
    if (value_bytes < EVENT_SIZE_BYTES_MIN) value_bytes = EVENT_SIZE_BYTES_MIN;
    if (value_bytes > EVENT_SIZE_BYTES_MAX) value_bytes = EVENT_SIZE_BYTES_MAX;
    return (struct data_kind){serialization == SERIALIZATION_JSON ? EVENT_JSON : EVENT_AVRO, keyed, value_bytes};
}

/* What batches of them weigh. */
static void measure(struct compressibility *c, const struct scenario *s, const struct scenario_producer *producer,
                    bool keyed, enum record_batch_compression compression, int level, struct arena *arena)
{
    const struct data_kind kind = kind_of(s, producer->sends, producer->sends_n, keyed);
    c->ladder = ARENA_NEW(arena, struct record_batch_size, RECORD_BATCH_LADDER_N);
    data_batch_sizes(&kind, compression, level, c->ladder);
}

/* Whose records a table holds: its source's, or some of them. */
static void streams_of(const struct blueprint *b, int table, bool *streams)
{
    const struct scenario *s = b->scenario;
    const int topic = topic_of_table(s, table);
    for (int i = 0; i < s->streams_n; i++)
        streams[i] = b->stream_producer[i] >= 0 && s->producers[b->stream_producer[i]].topic == topic;
    for (; s->tables[table].from >= 0; table = s->tables[table].from) {
        const struct scenario_table *of = &s->tables[table];
        bool taken[SCENARIO_STREAMS_MAX] = {false};
        for (int i = 0; i < of->streams_n; i++)
            taken[of->streams[i]] = true;
        for (int i = 0; i < s->streams_n && of->streams_n > 0; i++)
            streams[i] = streams[i] && taken[i];
    }
}

static double mixed_quantile(const struct scenario *s, const double *weights, double q)
{
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < s->streams_n; i++) {
        if (weights[i] <= 0) continue;
        const double own = distribution_quantile(&s->streams[i].lateness, q);
        low = fmin(low, own);
        high = fmax(high, own);
    }
    for (int step = 0; step < 60 && low < high; step++) {
        const double middle = low + (high - low) / 2;
        double below = 0;
        for (int i = 0; i < s->streams_n; i++)
            if (weights[i] > 0) below += weights[i] * distribution_cdf(&s->streams[i].lateness, middle);
        *(below < q ? &low : &high) = middle;
    }
    return high;
}

/* Once producers have their streams. */
static void table_records(struct blueprint *b, struct arena *arena)
{
    enum { ZSTD_LEVEL = 3 };
    const struct scenario *s = b->scenario;
    for (int t = 0; t < s->tables_n; t++) {
        struct table_records *records = &b->tables[t];
        streams_of(b, t, records->streams);
        double weights[SCENARIO_STREAMS_MAX] = {0}, all = 0;
        int streams[SCENARIO_STREAMS_MAX], n = 0;
        bool keyed = false;
        for (int i = 0; i < s->streams_n; i++) {
            if (!records->streams[i]) continue;
            streams[n++] = i;
            keyed = keyed || (b->populations[i] && b->populations[i]->keys >= 0);
            all += weights[i] = fmax(records_in_run(b, i), 1e-9); /* a stream may be silent */
        }
        if (n == 0) continue;
        for (int i = 0; i < n; i++) {
            weights[streams[i]] /= all;
            records->row_bytes += weights[streams[i]] * (double)s->streams[streams[i]].event_size_bytes;
        }
        for (int i = 0; i < BLUEPRINT_LATENESS_POINTS; i++)
            records->lateness_s[i] = mixed_quantile(s, weights, (i + 0.5) / BLUEPRINT_LATENESS_POINTS);
        if (!lake_feed_needed(s)) continue;
        const struct data_kind kind = kind_of(s, streams, n, keyed);
        struct compact_rung *rungs = ARENA_NEW(arena, struct compact_rung, COMPACT_LADDER_N);
        data_file_sizes(&kind, ZSTD_LEVEL, rungs);
        records->rungs = rungs;
    }
}

double compressibility_wire_bytes(const struct compressibility *c, double n)
{
    return record_batch_wire_bytes(c->ladder, n);
}

double compressibility_raw_bytes(const struct compressibility *c, double n)
{
    return record_batch_raw_bytes_at(c->ladder, n);
}

double compressibility_batch_records(const struct compressibility *c, double batch_size_bytes)
{
    double low = 1, high = 2;
    if (compressibility_wire_bytes(c, 1) >= batch_size_bytes) return 1;
    while (compressibility_wire_bytes(c, high) < batch_size_bytes && high < 1e9) high *= 2;
    for (int i = 0; i < 60 && high - low > 0.5; i++) {
        double middle = (low + high) / 2;
        if (compressibility_wire_bytes(c, middle) <= batch_size_bytes)
            low = middle;
        else
            high = middle;
    }
    return floor(low);
}

const double blueprint_lateness_edges[BLUEPRINT_LATENESS_CELLS] = {0,  0.25, 0.5, 1,  1.5, 2,  3,  4,  5,  6,  8,  10, 12,
                                                                   15, 18,   22,  26, 30,  34, 38, 42, 46, 50, 60, 80};

static void lateness_cells(const struct distribution *d, double cells[BLUEPRINT_LATENESS_CELLS],
                           double quantiles[BLUEPRINT_LATENESS_CELLS][BLUEPRINT_CELL_QUANTILES + 1])
{
    double below = 0;
    for (int j = 0; j < BLUEPRINT_LATENESS_CELLS; j++) {
        double cdf = j == BLUEPRINT_LATENESS_CELLS - 1 ? 1 : distribution_cdf(d, blueprint_lateness_edges[j + 1]);
        cells[j] = cdf - below;
        for (int q = 0; j < BLUEPRINT_LATENESS_CELLS - 1 && q <= BLUEPRINT_CELL_QUANTILES; q++) {
            double edge = blueprint_lateness_edges[j + (q > 0)];
            bool inside = q > 0 && q < BLUEPRINT_CELL_QUANTILES && cells[j] > 1e-12;
            quantiles[j][q] =
                inside ? distribution_quantile(d, below + cells[j] * q / BLUEPRINT_CELL_QUANTILES) : edge;
        }
        below = cdf;
    }
}

const struct blueprint *blueprint_new(const struct scenario *s, const struct calibration *calibration,
                                      struct arena *arena)
{
    struct blueprint *b = ARENA_NEW(arena, struct blueprint, 1);
    b->scenario = s;
    b->calibration = calibration;
    for (int i = 0; i < s->streams_n; i++) {
        b->stream_rates[i] = rate_of_stream(s, i, arena);
        if (lake_feed_needed(s) && s->lake.past_ns > 0)
            b->past_rates[i] = rate_of_stream_before(s, i, (double)s->lake.past_ns / 1e9, arena);
        b->stream_producer[i] = -1;
        lateness_cells(&s->streams[i].lateness, b->lateness_cells[i], b->lateness_quantiles[i]);
    }
    for (int i = 0; i < s->queries_n; i++)
        b->query_rates[i] = rate_curve(&s->queries[i].rate, (double)s->run.start_ns / 1e9, arena);
    for (int i = 0; i < s->producers_n; i++) {
        const struct scenario_producer *producer = &s->producers[i];
        bool keyed = false;
        for (int j = 0; j < producer->sends_n; j++) {
            int stream = producer->sends[j];
            b->stream_producer[stream] = i;
            int keys = s->streams[stream].keys;
            if (!population_needed(s, i, keys)) continue;
            keyed = keyed || keys >= 0;
            for (int k = 0; k < s->streams_n; k++) { /* two streams with the same keys are placed alike */
                const struct population *other = b->populations[k];
                if (other && other->keys == keys && other->topic == producer->topic &&
                    other->rule == population_rule(s, i)) b->populations[stream] = b->populations[k];
            }
            if (!b->populations[stream]) b->populations[stream] = population_new(s, i, keys, arena);
        }
        measure(&b->compressibility[i], s, producer, keyed,
                producer->config.compression_type == COMPRESSION_ZSTD ? RECORD_BATCH_ZSTD : RECORD_BATCH_NONE,
                producer->config.compression_zstd_level, arena);
        for (int g = 0; g < s->groups_n; g++) {
            if (s->groups[g].topic == producer->topic && s->groups[g].work == WORK_WRITE)
                measure(&b->file_compressibility[g], s, producer, keyed, RECORD_BATCH_ZSTD, 3, arena);
        }
    }
    for (int t = 0; t < s->topics_n; t++) b->compacted[t] = compacted_new(b, t, arena);
    table_records(b, arena);
    if (lake_feed_needed(s)) bucket_shares(b, s, arena);
    key_orders(b, s, arena);
    return b;
}

const struct blueprint *blueprint_held(const struct blueprint *b, const struct scenario *scenario, struct arena *arena)
{
    struct blueprint *held = ARENA_NEW(arena, struct blueprint, 1);
    const double seconds = (double)b->scenario->run.duration_ns * 1e-9;
    *held = *b;
    held->scenario = scenario;
    for (int i = 0; i < scenario->streams_n; i++) {
        const struct scenario_rate mean = {.kind = RATE_CONSTANT,
                                           .peak_per_s = rate_integral(b->stream_rates[i], 0, seconds) / seconds};
        held->stream_rates[i] = rate_curve(&mean, 0, arena);
    }
    return held;
}

const char *blueprint_planner(const struct scenario *scenario, int table)
{
    const char *plugged = plugin_planner_name(scenario->plugins);
    return plugged ? plugged : scenario->tables[table].compaction.strategy;
}

const char *blueprint_window(const struct scenario *scenario, int group)
{
    const enum window_kind kind = (enum window_kind)scenario->groups[group].window.kind;
    const char *plugged = plugin_window_name(scenario->plugins, kind);
    return plugged ? plugged : window_kind_name(kind);
}

const char *blueprint_mistake(const struct scenario *scenario)
{
    return plugin_mistake(scenario->plugins);
}
