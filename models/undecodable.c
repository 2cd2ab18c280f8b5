/* undecodable.c: see undecodable.h. */
#include "undecodable.h"

#include <math.h>

#include "arena.h"
#include "check.h"
#include "workload.h"

/* What groups read again is not older. */
static const sim_time FORGOTTEN_AFTER_NS = SIM_H;

enum { SPANS_MAX = 32 };
struct undecodable_span {
    int stream; /* -1: all */
    double share;
    sim_time from, to; /* to SIM_NEVER: it goes on */
    sim_time *met;
    int64_t put_aside[SCENARIO_GROUPS_MAX];
};

struct undecodable {
    struct undecodable_span *spans[SPANS_MAX]; /* the oldest first */
    int n;
};

static bool is_of(const struct undecodable_span *span, int stream)
{
    return span->stream < 0 || span->stream == stream;
}

static bool is_forgotten(const struct world *w, const struct undecodable_span *span)
{
    return span->to < w->data.now - FORGOTTEN_AFTER_NS;
}

bool undecodable_has_room(const struct world *w)
{
    int n = 0;
    for (int i = 0; w->undecodable && i < w->undecodable->n; i++) n += !is_forgotten(w, w->undecodable->spans[i]);
    return n < SPANS_MAX;
}

struct undecodable_span *undecodable_begin(struct world *w, int stream, double share, sim_time *met)
{
    if (!w->undecodable) w->undecodable = ARENA_NEW(w->arena, struct undecodable, 1);
    struct undecodable *u = w->undecodable;
    int n = 0;
    for (int i = 0; i < u->n; i++)
        if (!is_forgotten(w, u->spans[i])) u->spans[n++] = u->spans[i];
    CHECK(n < SPANS_MAX, "%d spans of undecodable records", n);
    struct undecodable_span *span = ARENA_NEW(w->arena, struct undecodable_span, 1);
    *span = (struct undecodable_span){.stream = stream, .share = share, .from = w->data.now, .to = SIM_NEVER, .met = met};
    u->spans[n] = span;
    u->n = n + 1;
    return span;
}

void undecodable_end(struct world *w, struct undecodable_span *span)
{
    span->to = w->data.now;
}

bool undecodable_goes_on(const struct world *w, int stream)
{
    for (int i = 0; w->undecodable && i < w->undecodable->n; i++) {
        const struct undecodable_span *span = w->undecodable->spans[i];
        if (span->to == SIM_NEVER && (stream < 0 || is_of(span, stream))) return true;
    }
    return false;
}

static bool goes_to(const struct world *w, const struct undecodable_span *span, int topic)
{
    for (int i = 0; i < w->scenario->streams_n; i++) {
        const int f = w->blueprint->stream_producer[i];
        if (is_of(span, i) && f >= 0 && w->scenario->producers[f].topic == topic) return true;
    }
    return false;
}

bool undecodable_is_read(const struct world *w, const struct undecodable_span *span)
{
    for (int g = 0; g < w->scenario->groups_n; g++) {
        const struct group *group = &w->groups[g];
        if (!goes_to(w, span, group->config->topic)) continue;
        for (int i = 0; i < group->partitions_n; i++) {
            const struct group_partition *gp = &group->partitions[i];
            const struct partition *p = &w->cluster.partitions[group->partition_first + i];
            if (gp->position.offset < logcurve_end(&p->log) && gp->processed_through < span->to) return false;
        }
    }
    return true;
}

int64_t undecodable_put_aside(const struct undecodable_span *span)
{
    int64_t most = 0;
    for (int g = 0; g < SCENARIO_GROUPS_MAX; g++)
        if (span->put_aside[g] > most) most = span->put_aside[g];
    return most;
}

double undecodable_share(const struct world *w, int stream)
{
    const sim_time middle = w->slice_start + (w->slice_end - w->slice_start) / 2 - w->skipped_ns;
    double sound = 1;
    for (int i = 0; i < w->undecodable->n; i++) {
        const struct undecodable_span *span = w->undecodable->spans[i];
        if (is_of(span, stream) && middle >= span->from && middle < span->to) sound *= 1 - span->share;
    }
    return 1 - sound;
}

/* Of a topic's records that were intended then, those of the span's stream. */
static double part_of_topic(const struct world *w, const struct undecodable_span *span, int topic, sim_time at)
{
    double all = 0, of_span = 0;
    if (span->stream < 0) return 1;
    for (int i = 0; i < w->scenario->streams_n; i++) {
        const int f = w->blueprint->stream_producer[i];
        if (f < 0 || w->scenario->producers[f].topic != topic) continue;
        const double rate = workload_stream_rate(w, i, world_scenario_time(w, world_calendar(w, at)));
        all += rate;
        if (span->stream == i) of_span += rate;
    }
    return all > 0 ? of_span / all : 0;
}

/* Of n records of a piece, in whole numbers; what is left of one comes next time. */
static int64_t among(struct group *g, int partition, const struct logcurve_piece *piece, int64_t n, bool fresh)
{
    struct world *w = g->world;
    struct group_partition *gp = &g->partitions[partition];
    int64_t all = 0;
    for (int i = 0; i < w->undecodable->n && n > 0; i++) {
        struct undecodable_span *span = w->undecodable->spans[i];
        const sim_time from = piece->first_ns > span->from ? piece->first_ns : span->from;
        const sim_time to = piece->last_ns < span->to ? piece->last_ns : span->to;
        const double lasts = (double)(piece->last_ns - piece->first_ns);
        if (lasts > 0 ? from >= to : from > to || from == span->to) continue;
        const double inside = lasts > 0 ? (double)(to - from) / lasts : 1;
        gp->undecodable_part += (double)n * inside * span->share * part_of_topic(w, span, g->config->topic, from);
        int64_t whole = (int64_t)floor(gp->undecodable_part);
        if (whole > n - all) whole = n - all;
        gp->undecodable_part -= (double)whole;
        all += whole;
        if (whole == 0 || !fresh) continue;
        if (g->config->undecodable == UNDECODABLE_DEAD_LETTER) span->put_aside[g->index] += whole;
        if (*span->met == SIM_NEVER) *span->met = world_calendar(w, w->data.now);
    }
    return all;
}

int64_t undecodable_among(struct group *g, int partition, const struct logcurve_piece *piece, int64_t *again)
{
    const int64_t furthest = g->partitions[partition].furthest, end = piece->offset + piece->n;
    const int64_t fresh = end <= furthest ? 0 : piece->offset >= furthest ? piece->n : end - furthest;
    *again += among(g, partition, piece, piece->n - fresh, false);
    return among(g, partition, piece, fresh, true);
}
