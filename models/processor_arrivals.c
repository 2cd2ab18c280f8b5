/* processor_arrivals.c: the slice's records of followed keys, drawn from the ledger's counts; see processor_parts.h. */
#include "processor_parts.h"

#include "hot_keys.h"
#include "late_floods.h"
#include "memory.h"
#include "undecodable.h"

static void enqueue(struct partition_state *s, struct sample sample)
{
    if (s->count == s->capacity) s->queue = memory_ring_grow(s->queue, &s->capacity, &s->head, 32, sizeof *s->queue);
    /* Into its place by arrival: only the slice's own few are later. */
    uint32_t i = s->count++;
    while (i > 0) {
        struct sample *before = &s->queue[(s->head + i - 1) & (s->capacity - 1)];
        if (before->arrival <= sample.arrival) break;
        s->queue[(s->head + i) & (s->capacity - 1)] = *before;
        i--;
    }
    s->queue[(s->head + i) & (s->capacity - 1)] = sample;
}

/* By the law inside a cell: linear between its quantiles. */
static double late_within(const double quantiles[BLUEPRINT_CELL_QUANTILES + 1], double u)
{
    double at = u * BLUEPRINT_CELL_QUANTILES;
    int i = (int)at;
    return quantiles[i] + (at - i) * (quantiles[i + 1] - quantiles[i]);
}

/* Records that arrive at one time in the slice's part, late by `late`: together, as far as windows do not tell them apart. */
static void add_at(struct processor *p, struct partition_state *s, int stream, int key, int64_t n, sim_time at, sim_time late)
{
    for (int64_t k; n > 0; n -= k) {
        k = n < p->together_most ? n : p->together_most;
        enqueue(s, (struct sample){at, at - late, k, p->first_key[stream] + key, p->side[stream]});
    }
}

/* [from, from + span) of the slice. */
struct stretch {
    sim_time from;
    double span;
};

/* n records of a key in a stretch: by how late they are, in cells; a few one by one. All are late by so much more. */
static void add_late(struct processor *p, struct partition_state *s, int stream, int key, int64_t n, sim_time by,
                     struct stretch stretch, int64_t few)
{
    const struct world *w = p->group->world;
    const struct distribution *lateness = &w->scenario->streams[stream].lateness;
    if (n <= few) {
        for (int64_t i = 0; i < n; i++) {
            sim_time at = stretch.from + (sim_time)(rng_uniform(&p->keys) * stretch.span);
            double late = distribution_quantile(lateness, rng_uniform(&p->keys));
            add_at(p, s, stream, key, 1, at, (sim_time)(late * 1e9) + by);
        }
        return;
    }
    const double *cells = w->blueprint->lateness_cells[stream];
    double left = 1;
    for (int j = 0; j < BLUEPRINT_LATENESS_CELLS && n > 0; j++) {
        double share = left > 0 ? cells[j] / left : 1;
        int64_t k = j == BLUEPRINT_LATENESS_CELLS - 1 || share >= 1 ? n : rng_binomial(&p->keys, n, share);
        left -= cells[j];
        n -= k;
        if (k == 0) continue;
        sim_time at = stretch.from + (sim_time)(rng_uniform(&p->keys) * stretch.span);
        double late;
        if (lateness->kind == DISTRIBUTION_CONSTANT)
            late = lateness->value;
        else if (j == BLUEPRINT_LATENESS_CELLS - 1)
            late = distribution_quantile(lateness, 1 - cells[j] * rng_uniform(&p->keys));
        else
            late = late_within(w->blueprint->lateness_quantiles[stream][j], rng_uniform(&p->keys));
        add_at(p, s, stream, key, k, at, (sim_time)(late * 1e9) + by);
    }
}

/* The same over the whole slice. Where windows see pauses shorter than that, it comes in parts as short, or one by one. */
static void add_slice(struct processor *p, struct partition_state *s, int stream, int key, int64_t n, sim_time by)
{
    enum { FEW = 4 };
    const struct world *w = p->group->world;
    const sim_time slice = w->slice_end - w->slice_start;
    const struct stretch whole = {w->slice_start, (double)slice};
    const int64_t parts = p->apart_ns > 0 ? (slice + p->apart_ns - 1) / p->apart_ns : 1;
    if (n <= FEW * parts) {
        add_late(p, s, stream, key, n, by, whole, FEW * parts);
        return;
    }
    for (int64_t i = 0; i < parts && n > 0; i++) {
        const int64_t k = i == parts - 1 ? n : rng_binomial(&p->keys, n, 1 / (double)(parts - i));
        const struct stretch part = {w->slice_start + slice / parts * i, whole.span / (double)parts};
        n -= k;
        if (k > 0) add_late(p, s, stream, key, k, by, part, FEW);
    }
}

static void add_samples(struct processor *p, struct partition_state *s, int stream, int key, int64_t n)
{
    const struct workload *workload = &p->group->world->workload;
    if (p->group->world->undecodable) /* they are in no window */
        n -= rng_binomial(&p->keys, n, undecodable_share(p->group->world, stream));
    for (int i = 0; i < workload->floods_n && n > 0; i++) {
        const struct late_flood *flood = &workload->floods[i];
        if (!late_floods_concern(p->group->world, flood, stream)) continue;
        const int64_t late = flood->share >= 1 ? n : rng_binomial(&p->keys, n, flood->share);
        n -= late;
        if (late > 0) add_slice(p, s, stream, key, late, flood->by);
    }
    if (n > 0) add_slice(p, s, stream, key, n, 0);
}

/* Records of the sampled part of the tail, n in all: each to a key by its share. */
static void add_tail(struct processor *p, struct partition_state *s, int stream, int64_t n)
{
    const struct population *population = p->population[stream];
    int from = population->first_tail[s->index], to = population->first[s->index + 1];
    double all = population->tail_shares[to - 1];
    for (int64_t i = 0; i < n; i++) {
        double at = rng_uniform(&p->keys) * all;
        int low = from, high = to - 1;
        while (low < high) {
            int middle = (low + high) / 2;
            if (population->tail_shares[middle] > at)
                high = middle;
            else
                low = middle + 1;
        }
        add_samples(p, s, stream, population->by_partition[low], 1);
    }
}

void processor_slice_arrivals(struct group *g, int64_t slice)
{
    struct world *w = g->world;
    struct processor *p = w->processors[g->index];
    rng_cell(&p->keys, (uint64_t)slice);
    rng_cell(&p->marks, (uint64_t)slice);
    for (int stream = 0; stream < w->scenario->streams_n; stream++) {
        if (p->side[stream] < 0) continue;
        const struct population *population = p->population[stream];
        const int64_t *arrivals = w->workload.streams[stream].arrivals;
        for (int i = 0; i < population->partitions; i++) {
            int64_t n = arrivals[i] - hot_keys_arrived(w, stream, i);
            double share = population->partition_shares[i];
            for (int j = population->first[i]; j < population->first_tail[i] && n > 0 && share > 0; j++) {
                int key = population->by_partition[j];
                double q = population->share[key] / share;
                int64_t k = q >= 1 ? n : rng_binomial(&p->keys, n, q);
                n -= k;
                share -= population->share[key];
                if (k > 0) add_samples(p, &p->partitions[i], stream, key, k);
            }
            if (population->first_tail[i] == population->first[i + 1] || n == 0) continue;
            double q = population->tail_shares[population->first[i + 1] - 1] / share;
            add_tail(p, &p->partitions[i], stream, q >= 1 ? n : rng_binomial(&p->keys, n, q));
        }
        const struct workload_stream *of = &w->workload.streams[stream];
        for (int i = 0; i < of->hot_n; i++)
            if (of->hot[i].records > 0)
                add_samples(p, &p->partitions[population->partition[of->hot[i].key]], stream, of->hot[i].key, of->hot[i].records);
    }
}
