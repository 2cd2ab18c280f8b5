/* lake_past.c: see lake_past.h. Times are the scenario's, negative before the run, but for the kernel's, which are the
 * lake's. */
#include "lake_past.h"

#include <math.h>

#include "arena.h"
#include "check.h"
#include "lake_feed.h"
#include "rate.h"
#include "writer.h"

static const sim_time ADVANCE_EVERY_NS = SIM_H;

struct past_group;

struct past_consumer {
    struct past_group *of;
    int index;
    double shares[SCENARIO_STREAMS_MAX]; /* of each stream's records */
    sim_time opened;
    int64_t written; /* records in its files so far */
};

struct past_group {
    struct past *past;
    struct group *group;
    struct past_consumer *consumers; /* those that read anything */
    int consumers_n;
    sim_time through; /* all before it is in files */
};

struct past {
    struct world *world;
    struct kernel kernel;
    sim_time begin, end;
    struct lake *lake; /* NULL: the run's */
    sim_time ahead_ns; /* the lake's clock */
};

static sim_time lake_time(const struct past *past, sim_time at)
{
    return at + past->ahead_ns;
}

/* A partition's share of a stream's records; records without a key go everywhere in turn. */
static double share_of(const struct world *w, int stream, const struct group *g, int partition)
{
    const int producer = w->blueprint->stream_producer[stream];
    if (producer < 0 || w->scenario->producers[producer].topic != g->config->topic) return 0;
    const struct population *population = w->blueprint->populations[stream];
    return population ? population->partition_shares[partition] : 1.0 / g->partitions_n;
}

/* Of the streams in these shares, expected. */
static double records_between(const struct past *past, const double *shares, sim_time from, sim_time to)
{
    const struct blueprint *b = past->world->blueprint;
    double records = 0;
    const sim_time start = to < 0 ? to : 0; /* where the run begins, or this ends */
    for (int i = 0; i < b->scenario->streams_n; i++) {
        if (shares[i] <= 0) continue;
        if (from < start) records += shares[i] * rate_integral(b->past_rates[i], sim_seconds(from), sim_seconds(start));
        if (to > 0) records += shares[i] * rate_integral(b->stream_rates[i], sim_seconds(from > 0 ? from : 0), sim_seconds(to));
    }
    return records;
}

/* All records since the beginning in whole numbers, so that files add up. */
static int64_t records_until(const struct past_consumer *c, sim_time to)
{
    return llround(records_between(c->of->past, c->shares, c->of->past->begin, to));
}

static double bytes_at(const struct past_consumer *c, sim_time at)
{
    return writer_file_bytes(c->of->group, (double)(records_until(c, at) - c->written));
}

/* Rounded up. */
static int64_t whole_seconds(sim_time at)
{
    return at > 0 ? (at + SIM_S - 1) / SIM_S : -(-at / SIM_S);
}

/* The first whole second at which the open file is large or old enough, or the end. */
static sim_time rolls_at(const struct past_consumer *c)
{
    const struct scenario_group *config = c->of->group->config;
    const struct past *past = c->of->past;
    int64_t high = whole_seconds(c->opened + config->write.roll_every_ns);
    if (c->opened + config->write.roll_every_ns >= past->end) high = past->end / SIM_S;
    int64_t low = whole_seconds(c->opened > past->begin ? c->opened : past->begin);
    if (high <= low) high = low + 1;
    if (bytes_at(c, high * SIM_S) < (double)config->write.roll_size_bytes) return high * SIM_S;
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;
        *(bytes_at(c, middle * SIM_S) < (double)config->write.roll_size_bytes ? &low : &high) = middle;
    }
    return high * SIM_S;
}

static void roll_next(struct past_consumer *c);

static void note_through(struct past_group *g)
{
    sim_time least = SIM_NEVER;
    for (int i = 0; i < g->consumers_n; i++)
        if (g->consumers[i].opened < least) least = g->consumers[i].opened;
    if (least <= g->through) return;
    g->through = least;
    if (!g->past->lake) lake_feed_through(g->past->world, g->group->index, least);
}

static void roll(struct kernel *kernel, void *consumer, int64_t unused)
{
    (void)unused;
    struct past_consumer *c = consumer;
    struct past *past = c->of->past;
    const sim_time at = kernel_now(kernel) - past->ahead_ns, opened = c->opened;
    const int64_t until = records_until(c, at), records = until - c->written;
    const double bytes = writer_file_bytes(c->of->group, (double)records);
    const sim_time from = opened > past->begin ? opened : past->begin;
    const sim_time visible = at + writer_upload_median_ns(c->of->group, bytes);
    if (!past->lake)
        lake_feed_file(past->world, c->of->group->index, visible, bytes, (double)records, 0, from, at);
    else if (records >= 1)
        lake_file_landed(past->lake, lake_feed_table(past->world, c->of->group->index), lake_time(past, visible), llround(bytes),
                         records, 0, lake_time(past, from), lake_time(past, at));
    c->written = until;
    c->opened = at;
    if (opened <= c->of->through) note_through(c->of);
    roll_next(c);
}

/* The run begins with this file open. */
static void hand_over(struct past_consumer *c)
{
    struct past *past = c->of->past;
    struct group *g = c->of->group;
    const sim_time from = c->opened > past->begin ? c->opened : past->begin;
    for (int i = 0; i < g->partitions_n; i++) {
        if (!g->partitions[i].consumer || g->partitions[i].consumer->index != c->index) continue;
        double shares[SCENARIO_STREAMS_MAX];
        for (int s = 0; s < past->world->scenario->streams_n; s++)
            shares[s] = share_of(past->world, s, g, i);
        writer_take_over(g, i, round(records_between(past, shares, from, 0)), from);
    }
    writer_open_since(g, c->index, c->opened);
}

static void roll_next(struct past_consumer *c)
{
    const sim_time at = rolls_at(c);
    struct past *past = c->of->past;
    if (at < past->end)
        kernel_at(&past->kernel, lake_time(past, at), 0, roll, c, 0);
    else if (!past->lake)
        hand_over(c);
}

static void advance(struct kernel *kernel, void *context, int64_t unused)
{
    (void)unused;
    struct past *past = context;
    lake_advance(past->lake ? past->lake : lake_feed_lake(past->world), kernel_now(kernel));
    kernel_after(kernel, ADVANCE_EVERY_NS, 1, advance, past, 0);
}

static void begin_group(struct past *past, struct past_group *of, struct group *g)
{
    struct world *w = past->world;
    *of = (struct past_group){.past = past, .group = g};
    of->consumers = ARENA_NEW(w->arena, struct past_consumer, (size_t)g->consumers_n);
    for (int i = 0; i < g->consumers_n; i++) {
        struct past_consumer *c = &of->consumers[of->consumers_n];
        *c = (struct past_consumer){.of = of, .index = i, .opened = world_scenario_time(w, writer_opened(g, i))};
        double any = 0;
        for (int p = 0; p < g->partitions_n; p++) {
            if (!g->partitions[p].consumer || g->partitions[p].consumer->index != i) continue;
            for (int s = 0; s < w->scenario->streams_n; s++) {
                c->shares[s] += share_of(w, s, g, p);
                any += c->shares[s];
            }
        }
        if (any <= 0) continue;
        /* Rolled by the clock alone it comes to where the writer begins. */
        const int64_t every = g->config->write.roll_every_ns;
        c->opened -= (c->opened - past->begin + every - 1) / every * every;
        if (of->consumers_n++ == 0 || c->opened < of->through) of->through = c->opened;
    }
    for (int i = 0; i < of->consumers_n; i++)
        roll_next(&of->consumers[i]);
}

static void write_all(struct past *past)
{
    struct world *w = past->world;
    const struct scenario *s = w->scenario;
    struct past_group groups[SCENARIO_GROUPS_MAX];
    kernel_init(&past->kernel, w->arena, 64);
    kernel_at(&past->kernel, lake_time(past, past->begin), 1, advance, past, 0);
    for (int i = 0; i < s->groups_n; i++)
        if (w->writers[i]) begin_group(past, &groups[i], &w->groups[i]);
    kernel_run_until(&past->kernel, lake_time(past, past->end));
    lake_advance(past->lake ? past->lake : lake_feed_lake(w), lake_time(past, past->end));
}

void lake_past(struct world *w)
{
    const sim_time past_ns = w->scenario->lake.past_ns;
    if (past_ns <= 0) return;
    struct past past = {.world = w, .begin = -past_ns, .ahead_ns = lake_feed_time(w, 0)};
    write_all(&past);
}

void lake_past_again(struct world *w, struct lake *lake, sim_time ahead_ns, sim_time begin, sim_time end)
{
    struct past past = {.world = w, .begin = begin, .end = end, .lake = lake, .ahead_ns = ahead_ns};
    write_all(&past);
}
