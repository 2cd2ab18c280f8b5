/* workload.c: traffic, drawn from the top down; see workload.h. */
#include "workload.h"

#include <stdio.h>

#include "added_partitions.h"
#include "arena.h"
#include "check.h"
#include "hot_keys.h"
#include "producer.h"
#include "rate.h"
#include "segments.h"
#include "tiered.h"
#include "writer.h"

void workload_init(struct world *w)
{
    const struct scenario *s = w->scenario;
    for (int i = 0; i < s->streams_n; i++) {
        struct workload_stream *stream = &w->workload.streams[i];
        rng_init(&stream->total, w->arena, w->seed, arena_printf(w->arena, "workload/%s/total", s->streams[i].name));
        rng_init(&stream->split, w->arena, w->seed, arena_printf(w->arena, "workload/%s/split", s->streams[i].name));
        const struct population *p = w->blueprint->populations[i];
        if (p) stream->arrivals = ARENA_NEW(w->arena, int64_t, (size_t)p->partitions);
        if (p && p->added_shares) stream->shares = ARENA_NEW(w->arena, double, (size_t)p->partitions);
    }
    rng_init(&w->workload.cells, w->arena, w->seed, "workload/cells");
    rng_init(&w->workload.jumps, w->arena, w->seed, "workload/jumps");
}

static bool follows(const struct scenario *s, int stream, int of)
{
    if (of < 0 || stream == of) return true;
    return s->streams[stream].rate.kind == RATE_DERIVED && follows(s, s->streams[stream].rate.of, of);
}

/* How many times as much of a stream comes at a time of the calendar. */
static double spiked(const struct world *w, int stream, sim_time at)
{
    double factor = 1;
    for (int i = 0; i < w->workload.spikes_n; i++) {
        const struct spike *spike = &w->workload.spikes[i];
        if (at < spike->from || at >= spike->to || !follows(w->scenario, stream, spike->stream)) continue;
        const sim_time edge = at - spike->from < spike->to - at ? at - spike->from : spike->to - at;
        factor *= 1 + (spike->factor - 1) * (edge < spike->ramp ? (double)edge / (double)spike->ramp : 1);
    }
    return factor;
}

bool workload_spike(struct world *w, const struct spike *spike)
{
    struct workload *of = &w->workload;
    int n = 0;
    for (int i = 0; i < of->spikes_n; i++)
        if (of->spikes[i].to > w->calendar.now) of->spikes[n++] = of->spikes[i];
    of->spikes_n = n;
    if (n == SPIKES_MAX) return false;
    of->spikes[of->spikes_n++] = *spike;
    return true;
}

double workload_stream_rate(const struct world *w, int stream, sim_time at)
{
    return rate_at(w->blueprint->stream_rates[stream], sim_seconds(at)) * spiked(w, stream, at - w->jumped_ns);
}

double workload_rate(const struct world *w, sim_time at)
{
    double rate = 0;
    for (int i = 0; i < w->scenario->streams_n; i++)
        if (w->blueprint->stream_producer[i] >= 0) rate += workload_stream_rate(w, i, at);
    return rate;
}

static void draw_total(struct world *w, int stream, int64_t index, double from_s, double to_s)
{
    struct workload_stream *of = &w->workload.streams[stream];
    rng_cell(&of->total, (uint64_t)index);
    const double factor = spiked(w, stream, (sim_time)((from_s + to_s) / 2 * 1e9) - w->jumped_ns);
    of->count = rng_poisson(&of->total, factor * rate_integral(w->blueprint->stream_rates[stream], from_s, to_s));
    w->workload.produced += of->count;
    w->workload.raw_bytes += (double)of->count * (double)w->scenario->streams[stream].event_size_bytes;
}

/* The slice's records of a schema that is refused never leave their producer. Never in a jump: a fault is in effect. */
static void refuse(struct world *w, struct workload_stream *of)
{
    if (!of->refused) return;
    const int64_t n = rng_binomial(&of->total, of->count, of->refused_share);
    of->count -= n;
    *of->refused += n;
    world_reject(w, REJECT_SCHEMA, n);
}

static void draw_streams(struct world *w, int64_t index)
{
    const struct scenario *s = w->scenario;
    double from = sim_seconds(world_scenario_time(w, w->slice_start)), to = sim_seconds(world_scenario_time(w, w->slice_end));
    for (int f = 0; f < s->producers_n; f++) {
        struct fleet *fleet = &w->fleets[f];
        int partitions = s->topics[s->producers[f].topic].partitions;
        for (int p = 0; p <= partitions; p++) fleet->arrivals[p] = 0;
    }
    for (int i = 0; i < s->streams_n; i++) {
        int f = w->blueprint->stream_producer[i];
        if (f < 0) continue;
        struct workload_stream *stream = &w->workload.streams[i];
        struct fleet *fleet = &w->fleets[f];
        draw_total(w, i, index, from, to);
        refuse(w, stream);
        const struct population *population = w->blueprint->populations[i];
        if (!population) {
            fleet->arrivals[s->topics[s->producers[f].topic].partitions] += stream->count;
            continue;
        }
        rng_cell(&stream->split, (uint64_t)index);
        const int64_t hot = hot_keys_draw(w, i);
        rng_multinomial(&stream->split, added_partitions_shares(w, i), population->partitions, stream->count - hot, stream->arrivals);
        if (hot > 0) hot_keys_arrive(w, i);
        for (int p = 0; p < population->partitions; p++) fleet->arrivals[p] += stream->arrivals[p];
    }
}

/* n things to a fleet's instances, evenly; adds them to counts. */
static void spread(struct rng *rng, int64_t n, struct producer *const *instances, int instances_n, int cell)
{
    if (n < 4 * (int64_t)instances_n) {
        for (int64_t i = 0; i < n; i++) instances[rng_below(rng, (uint64_t)instances_n)]->cells[cell].rem++;
        return;
    }
    for (int i = 0; i < instances_n - 1 && n > 0; i++) {
        int64_t k = rng_binomial(rng, n, 1.0 / (instances_n - i));
        instances[i]->cells[cell].rem += (int32_t)k;
        n -= k;
    }
    CHECK(n <= INT32_MAX, "%lld records of one producer and partition in a slice", (long long)n);
    instances[instances_n - 1]->cells[cell].rem += (int32_t)n;
}

/* The records of a slice that the close-up does not see pass by: every cursor moves with them. */
static void skip(struct world *w, struct partition *p, int64_t records, sim_time over_ns)
{
    if (records == 0) return;
    segments_pass(w, p, records, over_ns);
    p->base_offset += records;
    if (over_ns > 0) tiered_jumped(w, p);
    for (int r = 0; r < p->replicas_n; r++) {
        /* A replica that is not following stays where it is, so in relative terms it falls back. */
        if (!w->cluster.brokers[p->replicas[r].broker].up) {
            p->replicas[r].leo -= records;
            p->replicas[r].known_leo -= records;
        }
    }
    for (int g = 0; g < w->scenario->groups_n; g++) {
        struct group *group = &w->groups[g];
        if (group->config->topic != p->topic) continue;
        struct group_partition *gp = &group->partitions[p->index];
        CHECK(gp->gone == 0, "group %s: skipped with %lld records lost and not passed over", group->config->name, (long long)gp->gone);
        gp->delivered += records;
    }
}

void workload_slice(struct world *w, int64_t index)
{
    const struct scenario *s = w->scenario;
    draw_streams(w, index);
    producers_begin_piece(w);
    struct rng *rng = &w->workload.cells;
    rng_cell(rng, (uint64_t)index);
    for (int f = 0; f < s->producers_n; f++) {
        struct fleet *fleet = &w->fleets[f];
        int topic = s->producers[f].topic;
        int partitions = s->topics[topic].partitions;
        for (int p = 0; p <= partitions; p++) {
            int64_t n = fleet->arrivals[p];
            if (fleet->here_n == 0) { /* nobody takes them */
                fleet->piece[p] = 0;
                world_reject(w, REJECT_PRODUCER_GONE, n);
                continue;
            }
            int64_t seen = w->fraction >= 1 ? n : rng_binomial(rng, n, w->fraction);
            fleet->piece[p] = seen;
            spread(rng, seen, fleet->here, fleet->here_n, p);
            if (seen == n) continue;
            if (p < partitions) {
                skip(w, &w->cluster.partitions[w->cluster.topic_first[topic] + p], n - seen, 0);
            } else { /* records without a key go everywhere in turn */
                int64_t left = n - seen;
                for (int q = 0; q < partitions; q++) {
                    int64_t k = rng_binomial(rng, left, 1.0 / (partitions - q));
                    skip(w, &w->cluster.partitions[w->cluster.topic_first[topic] + q], k, 0);
                    left -= k;
                }
            }
        }
    }
    producers_piece_ready(w);
}

/* --- Jumps -------------------------------------------------------------------------------------------- */

int64_t workload_jump_slice(struct world *w, int64_t index, sim_time from, sim_time to)
{
    const int64_t before = w->workload.produced;
    for (int i = 0; i < w->scenario->streams_n; i++) {
        if (w->blueprint->stream_producer[i] < 0) continue;
        draw_total(w, i, index, sim_seconds(from), sim_seconds(to));
        w->workload.streams[i].jumped += w->workload.streams[i].count;
    }
    return w->workload.produced - before;
}

/* What was not committed stays not committed: the same records behind the position. */
static void jump(struct world *w, struct partition *p, int64_t records, sim_time over_ns)
{
    skip(w, p, records, over_ns);
    for (int g = 0; g < w->scenario->groups_n; g++) {
        struct group *group = &w->groups[g];
        if (group->config->topic != p->topic) continue;
        group->partitions[p->index].committed += records;
        if (w->writers[g]) writer_jumped(group, p->index, records);
    }
}

void workload_jump_end(struct world *w, int64_t index, sim_time over_ns)
{
    const struct scenario *s = w->scenario;
    rng_cell(&w->workload.jumps, (uint64_t)index);
    for (int i = 0; i < s->streams_n; i++) {
        const int f = w->blueprint->stream_producer[i];
        if (f < 0) continue;
        struct workload_stream *stream = &w->workload.streams[i];
        const int topic = s->producers[f].topic, partitions = s->topics[topic].partitions;
        struct partition *first = &w->cluster.partitions[w->cluster.topic_first[topic]];
        const struct population *population = w->blueprint->populations[i];
        int64_t left = stream->jumped;
        stream->jumped = 0;
        if (population) {
            rng_multinomial(&w->workload.jumps, population->partition_shares, partitions, left, stream->arrivals);
            for (int p = 0; p < partitions; p++) jump(w, &first[p], stream->arrivals[p], over_ns);
            continue;
        }
        for (int p = 0; p < partitions; p++) { /* records without a key go everywhere in turn */
            const int64_t k = rng_binomial(&w->workload.jumps, left, 1.0 / (partitions - p));
            jump(w, &first[p], k, over_ns);
            left -= k;
        }
    }
}

int64_t workload_count_to(const struct world *w, int topic)
{
    int64_t records = 0;
    for (int i = 0; i < w->scenario->streams_n; i++) {
        const int f = w->blueprint->stream_producer[i];
        if (f >= 0 && w->scenario->producers[f].topic == topic) records += w->workload.streams[i].count;
    }
    return records;
}
