/* duplicates.c: see duplicates.h.
 *
 *   1. a slice's followed ids: their first records, at any time of the slice, and copies so much later, into each group's heap
 *   2. those that the group has processed by the slice's end: each looked up when it was processed
 */
#include "duplicates.h"

#include <math.h>
#include <stdlib.h>

#include "arena.h"
#include "check.h"
#include "dedup.h"
#include "memory.h"
#include "partition.h"
#include "processor.h"
#include "rate.h"

enum { FOLLOWED_PER_S = 500, FOLLOWED_MAX = 1 << 19 };
/* Of followed ids, at least this share is sent again: else few would be seen. */
static const double SENT_AGAIN = 1.0 / 16;

struct coming { /* a record of a followed id */
    sim_time arrival;
    uint64_t id;
    int32_t stream;
    bool copy;
};

struct partition_ids {
    struct dedup *dedup;
    struct coming *heap; /* the earliest first; ties by id */
    size_t n, capacity;
    sim_time progress; /* as of the last slice's end */
};

struct group_ids {
    struct partition_ids *partitions;
    struct duplicates_counts counts;
    double removed[SCENARIO_STREAMS_MAX], passed[SCENARIO_STREAMS_MAX]; /* of followed copies */
    bool removes_resent;
};

struct duplicates {
    struct rng ids;
    uint64_t next_id;
    int64_t one_in;
    double come[SCENARIO_STREAMS_MAX]; /* records, by stream */
    double all;
    struct group_ids *groups[SCENARIO_GROUPS_MAX]; /* NULL: it removes nothing */
};

static const struct scenario_stream *stream_of(const struct world *w, int stream)
{
    return &w->scenario->streams[stream];
}

static struct group_ids *ids_of(const struct group *g)
{
    return g->world->duplicates ? g->world->duplicates->groups[g->index] : NULL;
}

/* --- Set-up ------------------------------------------------------------------------------------------ */

/* The busiest second's rate of all streams, about. */
static double peak_rate(const struct world *w)
{
    const double duration = sim_seconds(w->scenario->run.duration_ns);
    double peak = 0;
    for (int step = 0; step < 256; step++) {
        double rate = 0;
        for (int i = 0; i < w->scenario->streams_n; i++)
            if (w->blueprint->stream_producer[i] >= 0) rate += rate_at(w->blueprint->stream_rates[i], duration * step / 256);
        if (rate > peak) peak = rate;
    }
    return peak;
}

static void group_init(struct group *g)
{
    struct world *w = g->world;
    const int64_t horizon = g->config->dedup.horizon_ns;
    if (horizon == 0) return;
    struct group_ids *ids = w->duplicates->groups[g->index] = ARENA_NEW(w->arena, struct group_ids, 1);
    ids->partitions = ARENA_NEW(w->arena, struct partition_ids, (size_t)g->partitions_n);
    for (int i = 0; i < g->partitions_n; i++)
        ids->partitions[i].dedup = dedup_new(&(struct dedup_config){.horizon = horizon, .renews = g->config->dedup.renews});
    ids->removes_resent = true;
    for (int i = 0; i < w->scenario->producers_n; i++) {
        const struct scenario_producer *p = &w->scenario->producers[i];
        if (p->topic == g->config->topic && horizon < p->config.delivery_timeout_ns) ids->removes_resent = false;
    }
}

void duplicates_init(struct world *w)
{
    const struct scenario *s = w->scenario;
    double longest = 0;
    bool any = false;
    for (int i = 0; i < s->streams_n; i++) any |= s->streams[i].duplicates.share > 0;
    for (int i = 0; i < s->groups_n; i++) longest = fmax(longest, sim_seconds(s->groups[i].dedup.horizon_ns));
    if (!any && longest == 0) return;
    struct duplicates *d = w->duplicates = ARENA_NEW(w->arena, struct duplicates, 1);
    rng_init(&d->ids, w->arena, w->seed, "duplicates/ids");
    const double rate = peak_rate(w);
    d->one_in = (int64_t)ceil(fmax(1, fmax(rate / FOLLOWED_PER_S, rate * longest / FOLLOWED_MAX)));
    for (int i = 0; i < s->groups_n; i++) group_init(&w->groups[i]);
}

void duplicates_free(struct world *w)
{
    for (int g = 0; w->duplicates && g < w->scenario->groups_n; g++) {
        const struct group_ids *ids = w->duplicates->groups[g];
        for (int i = 0; ids && i < w->groups[g].partitions_n; i++) {
            dedup_free(ids->partitions[i].dedup);
            free(ids->partitions[i].heap);
        }
    }
}

/* --- What comes -------------------------------------------------------------------------------------- */

static bool is_before(const struct coming *a, const struct coming *b)
{
    if (a->arrival != b->arrival) return a->arrival < b->arrival;
    return a->id != b->id ? a->id < b->id : a->copy < b->copy;
}

static void push(struct partition_ids *p, struct coming c)
{
    if (p->n == p->capacity) {
        p->capacity = p->capacity ? 2 * p->capacity : 64;
        p->heap = memory_resize(p->heap, p->capacity, sizeof *p->heap);
    }
    size_t at = p->n++;
    for (; at > 0 && is_before(&c, &p->heap[(at - 1) / 2]); at = (at - 1) / 2) p->heap[at] = p->heap[(at - 1) / 2];
    p->heap[at] = c;
}

static void sink_to_place(struct partition_ids *p, size_t at, struct coming c)
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= p->n) break;
        if (child + 1 < p->n && is_before(&p->heap[child + 1], &p->heap[child])) child++;
        if (!is_before(&p->heap[child], &c)) break;
        p->heap[at] = p->heap[child];
        at = child;
    }
    p->heap[at] = c;
}

static void pop(struct partition_ids *p)
{
    const struct coming last = p->heap[--p->n];
    if (p->n > 0) sink_to_place(p, 0, last);
}

/* To every group that removes copies; all read the one topic that there is. */
static void comes(struct world *w, int partition, struct coming c)
{
    for (int g = 0; g < w->scenario->groups_n; g++)
        if (w->duplicates->groups[g]) push(&w->duplicates->groups[g]->partitions[partition], c);
}

/* A followed id of a stream in a partition. Copies of a record with a key go where it went. */
static void follow(struct world *w, int stream, int partition, int partitions, bool keyed)
{
    struct duplicates *d = w->duplicates;
    const struct scenario_stream *s = stream_of(w, stream);
    struct coming c = {.id = d->next_id++, .stream = stream};
    c.arrival = w->slice_start + (sim_time)(rng_uniform(&d->ids) * (double)(w->slice_end - w->slice_start));
    comes(w, partition, c);
    if (s->duplicates.share <= 0 || rng_uniform(&d->ids) >= fmax(SENT_AGAIN, s->duplicates.share / (1 - s->duplicates.share))) return;
    c.copy = true;
    c.arrival += 1 + (sim_time)(distribution_quantile(&s->duplicates.after, rng_uniform(&d->ids)) * 1e9);
    comes(w, keyed ? partition : (int)rng_below(&d->ids, (uint64_t)partitions), c);
}

/* One in so many of n, chosen at random. */
static int64_t followed_of(struct duplicates *d, int64_t n)
{
    if (d->one_in == 1) return n;
    return n > 0 ? rng_binomial(&d->ids, n, 1.0 / (double)d->one_in) : 0;
}

void duplicates_slice_arrivals(struct world *w, int64_t slice)
{
    struct duplicates *d = w->duplicates;
    if (!d) return;
    rng_cell(&d->ids, (uint64_t)slice);
    bool any = false;
    for (int g = 0; g < w->scenario->groups_n; g++) any |= d->groups[g] != NULL;
    for (int i = 0; i < w->scenario->streams_n; i++) {
        const int producer = w->blueprint->stream_producer[i];
        if (producer < 0) continue;
        const struct workload_stream *of = &w->workload.streams[i];
        d->come[i] += (double)of->count;
        d->all += (double)of->count;
        if (!any) continue;
        const struct population *population = w->blueprint->populations[i];
        const int partitions = w->scenario->topics[w->scenario->producers[producer].topic].partitions;
        const double first = 1 - stream_of(w, i)->duplicates.share; /* records that are no copies */
        if (!population) {
            for (int64_t n = followed_of(d, llround((double)of->count * first)); n > 0; n--)
                follow(w, i, (int)rng_below(&d->ids, (uint64_t)partitions), partitions, false);
            continue;
        }
        for (int p = 0; p < population->partitions; p++)
            for (int64_t n = followed_of(d, llround((double)of->arrivals[p] * first)); n > 0; n--) follow(w, i, p, partitions, population->by_key);
    }
}

/* --- What is processed ------------------------------------------------------------------------------- */

static void look_up(struct group_ids *ids, struct partition_ids *p, const struct coming *c, sim_time at)
{
    const bool kept = dedup_keep(p->dedup, (struct dedup_id){c->id, (uint64_t)c->stream}, at);
    ids->counts.kept += kept;
    ids->counts.removed += !kept;
    if (c->copy) (kept ? ids->passed : ids->removed)[c->stream]++;
}

void duplicates_slice_end(struct group *g)
{
    struct group_ids *ids = ids_of(g);
    if (!ids) return;
    struct world *w = g->world;
    double held = 0, memory = 0, checkpoint = 0;
    for (int i = 0; i < g->partitions_n; i++) {
        struct partition_ids *p = &ids->partitions[i];
        const sim_time progress = g->partitions[i].progress;
        while (p->n > 0 && p->heap[0].arrival <= progress) {
            look_up(ids, p, &p->heap[0], processor_crossing(w, p->progress, progress, p->heap[0].arrival));
            pop(p);
        }
        p->progress = progress;
        const struct consumer *reader = g->partitions[i].consumer;
        if (reader && reader->alive) dedup_advance(p->dedup, w->slice_end); /* else it is what the last checkpoint has */
        const double here = (double)dedup_ids(p->dedup) * (double)w->duplicates->one_in;
        held += here;
        memory += (double)dedup_bytes_for((size_t)here);
        checkpoint += duplicates_state_bytes(g, i);
    }
    ids->counts.checkpoint_bytes_max = fmax(ids->counts.checkpoint_bytes_max, checkpoint);
    ids->counts.ids_max = fmax(ids->counts.ids_max, held);
    ids->counts.memory_bytes_max = fmax(ids->counts.memory_bytes_max, memory);
}

void duplicates_passed_over(struct group *g, int partition, sim_time from, sim_time to)
{
    struct group_ids *ids = ids_of(g);
    if (!ids) return;
    struct partition_ids *p = &ids->partitions[partition];
    size_t kept = 0;
    for (size_t i = 0; i < p->n; i++)
        if (p->heap[i].arrival <= from || p->heap[i].arrival > to) p->heap[kept++] = p->heap[i];
    p->n = kept;
    for (size_t i = kept / 2; i-- > 0;) sink_to_place(p, i, p->heap[i]);
}

void duplicates_forget(struct group *g, int partition)
{
    struct group_ids *ids = ids_of(g);
    if (!ids) return;
    struct dedup **dedup = &ids->partitions[partition].dedup;
    dedup_free(*dedup);
    *dedup = dedup_new(&(struct dedup_config){.horizon = g->config->dedup.horizon_ns, .renews = g->config->dedup.renews});
}

/* --- Readings ---------------------------------------------------------------------------------------- */

bool duplicates_removes_resent(const struct group *g)
{
    const struct group_ids *ids = ids_of(g);
    return ids && ids->removes_resent;
}

double duplicates_share(const struct world *w)
{
    const struct duplicates *d = w->duplicates;
    double copies = 0;
    for (int i = 0; d && i < w->scenario->streams_n; i++) copies += d->come[i] * stream_of(w, i)->duplicates.share;
    return copies > 0 ? copies / d->all : 0;
}

/* Of a stream's copies; until one of them was followed, those that come within the horizon. */
static double removed_share(const struct group *g, const struct group_ids *ids, int stream)
{
    const double seen = ids->removed[stream] + ids->passed[stream];
    if (seen > 0) return ids->removed[stream] / seen;
    return distribution_cdf(&stream_of(g->world, stream)->duplicates.after, sim_seconds(g->config->dedup.horizon_ns));
}

struct duplicates_split duplicates_split(const struct group *g)
{
    const struct world *w = g->world;
    const struct duplicates *d = w->duplicates;
    if (!d || d->all <= 0) return (struct duplicates_split){0};
    double delivered = 0, copies = 0, removed = 0;
    for (int i = 0; i < g->partitions_n; i++) delivered += (double)g->partitions[i].delivered;
    const struct group_ids *ids = ids_of(g);
    for (int i = 0; i < w->scenario->streams_n; i++) {
        const double here = delivered * d->come[i] / d->all * stream_of(w, i)->duplicates.share;
        copies += here;
        if (ids && here > 0) removed += here * removed_share(g, ids, i);
    }
    const int64_t all = llround(copies), gone = llround(removed);
    return (struct duplicates_split){.standing = all - gone, .removed = gone};
}

double duplicates_state_bytes(const struct group *g, int partition)
{
    const struct group_ids *ids = ids_of(g);
    if (!ids) return 0;
    return (double)dedup_snapshot_bytes_for(dedup_ids(ids->partitions[partition].dedup) * (size_t)g->world->duplicates->one_in);
}

struct duplicates_counts duplicates_counts(const struct group *g)
{
    const struct group_ids *ids = ids_of(g);
    if (!ids) return (struct duplicates_counts){0};
    struct duplicates_counts counts = ids->counts;
    counts.one_in = g->world->duplicates->one_in;
    for (int i = 0; i < g->world->scenario->streams_n; i++) {
        counts.copies += ids->removed[i] + ids->passed[i];
        counts.found += ids->removed[i];
    }
    return counts;
}
