/* compacted.c: see compacted.h. */
#include "compacted.h"

#include <math.h>

#include "arena.h"
#include "blueprint.h"
#include "check.h"
#include "event.h"
#include "log_cleaner.h"
#include "rate.h"
#include "record_batch.h"
#include "rng.h"

enum { FREQUENT = 2048, SAMPLED = 16384, RECORDS = 4096, BATCH = 64, TIMES_MAX = 8 };
static const double CERTAIN = 40; /* e^-40 do not have it */

struct key {
    int64_t rank;
    double share; /* of the topic's records */
};

struct keys {
    struct key *items;
    int n;
    double weight; /* keys that each stands for */
};

/* Zipf's law of each stream that sends to the topic, by its share of the records of the run. */
struct mixture {
    double weight[SCENARIO_STREAMS_MAX], zipf[SCENARIO_STREAMS_MAX], sum[SCENARIO_STREAMS_MAX];
    int64_t population[SCENARIO_STREAMS_MAX], largest;
    int n;
};

static void mix(const struct blueprint *b, int topic, struct mixture *m)
{
    const struct scenario *s = b->scenario;
    double all = 0;
    *m = (struct mixture){.n = 0};
    for (int i = 0; i < s->streams_n; i++) {
        if (b->stream_producer[i] < 0 || s->producers[b->stream_producer[i]].topic != topic || s->streams[i].keys < 0) continue;
        const struct scenario_keys *keys = &s->keys[s->streams[i].keys];
        double sum = 0;
        for (int64_t rank = keys->population; rank >= 1; rank--) sum += pow((double)rank, -keys->zipf); /* small ones first */
        m->weight[m->n] = rate_integral(b->stream_rates[i], 0, (double)s->run.duration_ns * 1e-9);
        all += m->weight[m->n];
        m->zipf[m->n] = keys->zipf;
        m->sum[m->n] = sum;
        m->population[m->n++] = keys->population;
        if (keys->population > m->largest) m->largest = keys->population;
    }
    for (int i = 0; i < m->n; i++) m->weight[i] = all > 0 ? m->weight[i] / all : 1.0 / m->n;
}

static double share_of(const struct mixture *m, int64_t rank)
{
    double share = 0;
    for (int i = 0; i < m->n; i++)
        if (rank <= m->population[i]) share += m->weight[i] * pow((double)rank, -m->zipf[i]) / m->sum[i];
    return share;
}

/* One in `weight` of the ranks from `first` on, each in the middle of those that it stands for. */
static struct keys keys_from(const struct mixture *m, int64_t first, int64_t n, int64_t one_in, struct arena *arena)
{
    struct keys keys = {.weight = (double)one_in};
    keys.items = ARENA_NEW(arena, struct key, (size_t)(n / one_in + 1));
    for (int64_t rank = first + one_in / 2; rank < first + n; rank += one_in)
        keys.items[keys.n++] = (struct key){rank, share_of(m, rank)};
    if (keys.n > 0) keys.weight = (double)n / keys.n;
    return keys;
}

static void note_tombstones(const struct blueprint *b, int topic, struct compacted *c)
{
    const struct scenario *s = b->scenario;
    const double seconds = (double)s->run.duration_ns * 1e-9;
    double all = 0, deleting = 0;
    for (int i = 0; i < s->streams_n; i++) {
        if (b->stream_producer[i] < 0 || s->producers[b->stream_producer[i]].topic != topic) continue;
        const double records = rate_integral(b->stream_rates[i], 0, seconds);
        all += records;
        deleting += records * s->streams[i].tombstones;
    }
    c->records_per_s = all / seconds;
    c->tombstones = all > 0 ? deleting / all : 0;
}

/* What the cleaner leaves of a log in which each of these ranks is one record. */
static int64_t clean(const int64_t *ranks, int n, struct record_batch_codec *codec, struct compacted *c)
{
    const struct log_cleaner_config config = log_cleaner_defaults();
    struct log_cleaner *cleaner = log_cleaner_new((size_t)(2 * n + 1) * OFFSET_MAP_ENTRY_BYTES, 0.9);
    struct cleaner_log log;
    cleaner_log_init(&log, 0);
    for (int done = 0; done < n; done += BATCH) {
        struct record_batch_record records[BATCH];
        char keys[BATCH][EVENT_KEY_BYTES_MAX];
        unsigned char bytes[BATCH * (2 * EVENT_KEY_BYTES_MAX + 64) + 1024];
        const int here = n - done < BATCH ? n - done : BATCH;
        for (int i = 0; i < here; i++)
            records[i] = (struct record_batch_record){
                .key = keys[i], .key_n = event_key((uint64_t)ranks[done + i], keys[i]), .value = "v", .value_n = 1};
        const struct record_batch_header header = {.base_offset = done, .producer_id = -1};
        const size_t size = record_batch_encode(codec, &header, 0, records, here, bytes, sizeof bytes);
        cleaner_log_append(&log, &config, bytes, size);
    }
    cleaner_log_roll(&log);
    const struct log_cleaner_look look = log_cleaner_look(&log, &config, 0);
    log_cleaner_clean(cleaner, &log, &config, &look, 0);
    const int64_t kept = (int64_t)log_cleaner_counts(cleaner)->records_kept;
    c->records_cleaned += n;
    c->rounds++;
    cleaner_log_free(&log);
    log_cleaner_free(cleaner);
    return kept;
}

/* Keys of these that are among so many records; adds to the variance of their number. */
static double among(const struct keys *keys, double records, struct rng *rng, struct record_batch_codec *codec, int64_t *ranks,
                    int ranks_max, struct compacted *c, double *variance)
{
    double expected = 0, certain = 0;
    for (int i = 0; i < keys->n; i++) {
        const double mean = records * keys->items[i].share;
        if (mean > CERTAIN) {
            certain++;
            continue;
        }
        expected += mean;
    }
    const int one_in = (int)ceil(expected / RECORDS) > 1 ? (int)ceil(expected / RECORDS) : 1;
    const int times = expected > 0 ? (int)fmin(TIMES_MAX, fmax(1, RECORDS / expected)) : 1;
    const double weight = keys->weight * one_in / times;
    double found = keys->weight * certain;
    for (int t = 0; t < times; t++) {
        int n = 0, seen = 0;
        for (int i = 0; i < keys->n; i++) {
            const double mean = records * keys->items[i].share;
            if (mean > CERTAIN || seen++ % one_in != (t + one_in / 2) % one_in) continue;
            *variance += weight * weight * exp(-mean) * -expm1(-mean);
            for (int64_t r = rng_poisson(rng, mean); r > 0 && n < ranks_max; r--) ranks[n++] = keys->items[i].rank;
        }
        for (int i = n - 1; i > 0; i--) { /* in random order */
            const int j = (int)rng_below(rng, (uint64_t)i + 1);
            const int64_t other = ranks[j];
            ranks[j] = ranks[i];
            ranks[i] = other;
        }
        if (n > 0) found += weight * (double)clean(ranks, n, codec, c);
    }
    return found;
}

const struct compacted *compacted_new(const struct blueprint *b, int topic, struct arena *arena)
{
    const struct scenario *s = b->scenario;
    struct mixture mixture;
    if (!(s->topics[topic].cleanup_policy & CLEANUP_COMPACT)) return NULL;
    mix(b, topic, &mixture);
    CHECK(mixture.n > 0, "a compacted topic without keys");
    struct compacted *c = ARENA_NEW(arena, struct compacted, 1);
    const int64_t frequent = mixture.largest < FREQUENT ? mixture.largest : FREQUENT, rest = mixture.largest - frequent;
    c->all = (double)mixture.largest;
    note_tombstones(b, topic, c);
    c->sample_one_in = rest > SAMPLED ? (rest + SAMPLED - 1) / SAMPLED : 1;
    const struct keys classes[] = {keys_from(&mixture, 1, frequent, 1, arena),
                                   keys_from(&mixture, frequent + 1, rest, c->sample_one_in, arena)};
    const int ranks_max = 4 * RECORDS + (int)CERTAIN * 64;
    int64_t *ranks = ARENA_NEW(arena, int64_t, (size_t)ranks_max);
    struct rng rng;
    rng_init(&rng, arena, 0, "compacted/keys"); /* a property of the data, not of the run */
    struct record_batch_codec *codec = record_batch_codec_new();
    double records = 1, before = 0;
    for (; c->rungs_n < COMPACTED_RUNGS_MAX && before < c->all * 0.9999; records *= 2) {
        double variance = 0, found = 0;
        for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
            found += among(&classes[i], records, &rng, codec, ranks, ranks_max, c, &variance);
        found = fmin(fmin(found, records), c->all);
        if (found < before) found = before; /* more records never have fewer keys */
        if (found >= c->all / 8) c->error = fmax(c->error, 1.96 * sqrt(variance) / found);
        c->keys[c->rungs_n++] = before = found;
    }
    record_batch_codec_free(codec);
    return c;
}

double compacted_keys(const struct compacted *c, double records)
{
    if (records <= 1) return fmax(records, 0);
    const double at = log2(records);
    const int rung = (int)at;
    if (rung + 1 >= c->rungs_n) return c->keys[c->rungs_n - 1];
    const double low = fmax(c->keys[rung], 1), high = fmax(c->keys[rung + 1], 1);
    return fmin(low * pow(high / low, at - rung), records);
}

double compacted_deleted(const struct compacted *c, double records, double of_first)
{
    return c->tombstones * fmax(compacted_keys(c, records) - compacted_keys(c, records - of_first), 0);
}

double compacted_records(const struct compacted *c, double keys)
{
    if (compacted_keys(c, pow(2, c->rungs_n)) < keys) return INFINITY;
    double low = 0, high = c->rungs_n;
    for (int i = 0; i < 60; i++) {
        const double middle = (low + high) / 2;
        *(compacted_keys(c, pow(2, middle)) < keys ? &low : &high) = middle;
    }
    return pow(2, high);
}
