/* window_naive.h: the window operator once more, as plainly as it can be said: a list of windows, each with
 * the list of its records, searched from the beginning every time. For every kind but sliding. */
#ifndef HEADROOM_TESTS_PATHS_WINDOW_NAIVE_H
#define HEADROOM_TESTS_PATHS_WINDOW_NAIVE_H

#include "window_log.h"

#include <string.h>

enum { NAIVE_WINDOWS = 4000 };

struct naive_contents {
    const struct window_record **records;
    size_t n, capacity;
};

struct naive_window {
    uint64_t key;
    int64_t start, end, order;
    struct naive_contents all, said; /* now; in the pane that stands */
    int64_t news, counted, fire_at;
    bool standing, ended, closed, fires, muted;
};

struct naive {
    struct window_config config;
    struct naive_window *windows[NAIVE_WINDOWS];
    int n;
    int64_t order, wm;
    bool broken; /* the canary: late one tick too late */
    struct log *log;
    struct arena *arena;
};

static inline bool naive_streams(const struct naive *m)
{
    return m->config.semantics == WINDOW_KAFKA_STREAMS;
}

/* Times that are too large are for ever. */
static inline int64_t naive_sum(int64_t a, int64_t b)
{
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

static inline int64_t naive_late_at(const struct naive *m, int64_t end)
{
    const int64_t lateness = m->config.allowed_lateness + (m->broken ? 1 : 0);
    if (m->config.trigger.processing_time) return INT64_MAX;
    if (m->config.semantics == WINDOW_FLINK) return end == INT64_MAX ? end : naive_sum(end - 1, lateness);
    if (naive_streams(m) && m->config.kind == WINDOW_SESSION) return end + lateness + m->config.gap + 1;
    return naive_sum(end, lateness);
}

static inline int64_t naive_due_at(const struct naive *m, int64_t end)
{
    if (naive_streams(m)) return naive_late_at(m, end);
    return m->config.semantics == WINDOW_FLINK && end != INT64_MAX ? end - 1 : end;
}

static inline int64_t naive_gone_at(const struct naive *m, int64_t end)
{
    if (m->config.trigger.processing_time) return naive_due_at(m, end);
    return naive_late_at(m, end) +
           (naive_streams(m) && m->config.kind == WINDOW_SESSION ? 2 * m->config.gap : 0);
}

static inline bool naive_updates(const struct naive *m)
{
    return naive_streams(m) && m->config.trigger.kind != WINDOW_ON_CLOSE;
}

static inline bool naive_has_end(const struct naive *m)
{
    return naive_streams(m) ? !naive_updates(m) : m->config.trigger.kind != WINDOW_BY_COUNT;
}

static inline bool naive_discards(const struct naive *m)
{
    return m->config.mode == WINDOW_DISCARDING || m->config.trigger.purging;
}

static inline void naive_log(struct naive *m, const struct naive_window *w, const struct naive_contents *c,
                             enum window_timing timing)
{
    struct given g = {.pane = {.key = w->key, .start = w->start, .end = w->end, .timing = timing}};
    for (size_t i = 0; i < c->n; i++) {
        const struct window_record *r = c->records[i];
        *(r->side == WINDOW_CLICK ? &g.pane.clicks : &g.pane.impressions) += r->count;
        if (m->log->aggregates == NULL) continue;
        g.sum += r->value * r->count;
        if (i == 0 || r->value < g.min) g.min = r->value;
        if (i == 0 || r->value > g.max) g.max = r->value;
    }
    assert_true(m->log->n < GIVEN_MAX);
    m->log->given[m->log->n++] = g;
}

static inline void naive_retract(struct naive *m, struct naive_window *w)
{
    if (w->standing) naive_log(m, w, &w->said, WINDOW_PANE_RETRACTION);
    w->standing = false;
}

static inline void naive_append(struct naive *m, struct naive_contents *c, const struct window_record *r)
{
    if (c->n == c->capacity) {
        const size_t capacity = c->capacity == 0 ? 4 : 2 * c->capacity;
        c->records = arena_grow(m->arena, c->records, c->n, capacity, sizeof *c->records);
        c->capacity = capacity;
    }
    c->records[c->n++] = r;
}

static inline void naive_give(struct naive *m, struct naive_window *w, enum window_timing timing)
{
    if (m->config.mode == WINDOW_RETRACTING) naive_retract(m, w);
    naive_log(m, w, &w->all, timing);
    w->said = w->all;
    w->standing = true;
    w->news = w->counted = 0;
    if (naive_discards(m)) w->all = (struct naive_contents){0}; /* the pane's own live on */
}

static inline void naive_remove(struct naive *m, struct naive_window *w)
{
    int i = 0;
    while (m->windows[i] != w)
        i++;
    memmove(&m->windows[i], &m->windows[i + 1], (size_t)(m->n - i - 1) * sizeof *m->windows);
    m->n--;
}

static inline void naive_finish(struct naive *m, struct naive_window *w)
{
    w->closed = true;
    w->all = (struct naive_contents){0};
    if (m->config.kind == WINDOW_SESSION) naive_remove(m, w);
}

/* When something is next to be done about a window. */
static inline int64_t naive_next(const struct naive *m, const struct naive_window *w)
{
    int64_t at = naive_gone_at(m, w->end);
    if (naive_has_end(m) && !w->ended && naive_due_at(m, w->end) < at) at = naive_due_at(m, w->end);
    return w->fires && !w->muted && w->fire_at < at ? w->fire_at : at;
}

static inline void naive_end(struct naive *m, struct naive_window *w)
{
    const bool beam = m->config.semantics == WINDOW_BEAM;
    w->ended = true;
    if (w->fires && w->fire_at == naive_due_at(m, w->end)) w->muted = true;
    if (beam || w->news > 0 || !naive_discards(m)) naive_give(m, w, WINDOW_PANE_ON_TIME);
    if (m->config.trigger.once)
        naive_finish(m, w);
    else if (beam && naive_gone_at(m, w->end) <= m->wm)
        naive_remove(m, w);
}

static inline void naive_do(struct naive *m, struct naive_window *w, int64_t at)
{
    if (naive_has_end(m) && !w->ended && naive_due_at(m, w->end) == at) {
        const int n = m->n;
        naive_end(m, w);
        if (m->n < n) return;
    } else if (w->fires && !w->muted && w->fire_at == at) {
        w->fire_at += m->config.trigger.interval;
        if (w->news > 0 || (m->config.semantics != WINDOW_BEAM && !naive_discards(m)))
            naive_give(m, w, naive_due_at(m, w->end) <= at ? WINDOW_PANE_LATE : WINDOW_PANE_EARLY);
    }
    if (naive_gone_at(m, w->end) != at) return;
    if (m->config.semantics == WINDOW_BEAM && !w->closed && (w->news > 0 || m->config.closing_always))
        naive_give(m, w, WINDOW_PANE_LATE);
    naive_remove(m, w);
}

static inline void naive_settle(struct naive *m)
{
    for (;;) { /* what is first, by time, then by order */
        struct naive_window *first = NULL;
        for (int i = 0; i < m->n; i++) {
            struct naive_window *w = m->windows[i];
            const int64_t at = naive_next(m, w);
            if (at > m->wm) continue;
            if (first == NULL || at < naive_next(m, first) ||
                (at == naive_next(m, first) && w->order < first->order))
                first = w;
        }
        if (first == NULL) return;
        naive_do(m, first, naive_next(m, first));
    }
}

static inline void naive_advance(struct naive *m, int64_t wm)
{
    if (wm <= m->wm) return;
    m->wm = wm;
    naive_settle(m);
}

static inline void naive_late(struct naive *m, const struct window_record *r, int64_t start)
{
    const struct window_late_record late = {r->key, r->timestamp, start, r->count, r->side};
    log_late(m->log, &late);
}

static inline bool naive_enough(struct naive_window *w, const struct window_record *r, int64_t wanted)
{
    if (wanted <= 1) return true;
    w->counted += r->count;
    return w->counted >= wanted;
}

static inline void naive_fold(struct naive *m, struct naive_window *w, const struct window_record *r)
{
    const struct window_trigger *t = &m->config.trigger;
    naive_append(m, &w->all, r);
    w->news += r->count;
    if (naive_streams(m)) {
        if (naive_updates(m)) naive_give(m, w, WINDOW_PANE_UPDATE);
    } else if (t->kind == WINDOW_BY_COUNT) {
        if (naive_enough(w, r, t->early_count))
            naive_give(m, w, naive_due_at(m, w->end) <= m->wm ? WINDOW_PANE_LATE : WINDOW_PANE_EARLY);
    } else if (w->ended && (t->once || t->kind == WINDOW_CONTINUOUS || naive_enough(w, r, t->late_count))) {
        naive_give(m, w, WINDOW_PANE_LATE);
        if (t->once) naive_finish(m, w);
    } else if (!w->ended && t->kind == WINDOW_CONTINUOUS) {
        if (!w->fires) w->fire_at = (r->timestamp / t->interval + 1) * t->interval;
        w->fires = true;
    } else if (!w->ended && t->early_count > 0 && naive_enough(w, r, t->early_count)) {
        naive_give(m, w, WINDOW_PANE_EARLY);
    }
}

static inline void naive_see_end(struct naive *m, struct naive_window *w)
{
    w->ended = naive_has_end(m) && !naive_streams(m) && !m->config.trigger.processing_time &&
               naive_due_at(m, w->end) <= m->wm;
}

static inline struct naive_window *naive_make(struct naive *m, uint64_t key, int64_t start, int64_t end)
{
    assert_true(m->n < NAIVE_WINDOWS);
    struct naive_window *w = m->windows[m->n++] = arena_alloc(m->arena, 1, sizeof *w);
    w->key = key;
    w->start = start;
    w->end = end;
    w->order = m->order++;
    naive_see_end(m, w);
    return w;
}

/* Into the window of this span; false: it is over. */
static inline bool naive_into(struct naive *m, const struct window_record *r, int64_t start, int64_t end)
{
    struct naive_window *w = NULL;
    for (int i = 0; i < m->n; i++)
        if (m->windows[i]->key == r->key && m->windows[i]->start == start) w = m->windows[i];
    if (naive_late_at(m, end) <= m->wm || (w != NULL && w->closed)) return false;
    if (w == NULL) w = naive_make(m, r->key, start, end);
    naive_fold(m, w, r);
    return true;
}

static inline void naive_add_aligned(struct naive *m, const struct window_record *r)
{
    const struct window_config *c = &m->config;
    const int64_t slide = c->kind == WINDOW_HOPPING ? c->slide : c->size;
    int64_t start = c->offset - 2000 * slide, last = start, took = 0, refused = 0;
    while (start + c->size <= r->timestamp) /* no division: walk up to it */
        start += slide;
    for (; start <= r->timestamp; start += slide) {
        if (naive_streams(m) && start < 0) continue;
        last = start;
        if (naive_into(m, r, start, start + c->size)) {
            took++;
            continue;
        }
        refused++;
        if (c->semantics != WINDOW_FLINK) naive_late(m, r, start);
    }
    if (took > 0 || c->semantics != WINDOW_FLINK || naive_late_at(m, r->timestamp + 1) > m->wm) return;
    while (refused == 0 && last + slide <= r->timestamp) /* between windows: the one before */
        last += slide;
    naive_late(m, r, last);
}

static inline bool naive_meets(const struct naive *m, const struct naive_window *w, int64_t start,
                               int64_t end)
{
    if (m->config.semantics == WINDOW_FLINK) return w->start <= end && start <= w->end;
    if (m->config.semantics == WINDOW_BEAM) return w->start < end && start < w->end;
    return w->start <= end + m->config.gap && start <= w->end + m->config.gap;
}

static inline void naive_add_session(struct naive *m, const struct window_record *r)
{
    const int64_t start = r->timestamp, end = start + (naive_streams(m) ? 0 : m->config.gap);
    struct naive_window *met[NAIVE_WINDOWS], *into = NULL;
    int n = 0;
    int64_t from = start, to = end;
    for (int i = 0; i < m->n; i++) {
        struct naive_window *w = m->windows[i];
        if (w->key != r->key || !naive_meets(m, w, start, end)) continue;
        met[n++] = w;
        if (into == NULL || w->start < into->start) into = w;
        if (w->start < from) from = w->start;
        if (w->end > to) to = w->end;
    }
    if (naive_late_at(m, m->config.semantics == WINDOW_BEAM ? end : to) <= m->wm) {
        naive_late(m, r, start);
        return;
    }
    if (into == NULL) {
        naive_fold(m, naive_make(m, r->key, start, end), r);
        return;
    }
    for (;;) { /* by start */
        struct naive_window *w = NULL;
        for (int i = 0; i < n; i++)
            if (met[i] != NULL && (w == NULL || met[i]->start < w->start)) w = met[i];
        if (w == NULL) break;
        for (int i = 0; i < n; i++)
            if (met[i] == w) met[i] = NULL;
        const bool changes = w->start != from || w->end != to;
        if (naive_streams(m) ? naive_updates(m) && from != to
                             : m->config.mode == WINDOW_RETRACTING && changes)
            naive_retract(m, w);
        if (w == into) continue;
        for (size_t i = 0; i < w->all.n; i++)
            naive_append(m, &into->all, w->all.records[i]);
        into->news += w->news;
        into->counted += w->counted;
        if (w->fires && (!into->fires || w->fire_at < into->fire_at)) into->fire_at = w->fire_at;
        into->fires |= w->fires;
        naive_remove(m, w);
    }
    if (into->start != from || into->end != to) into->muted = false;
    into->start = from;
    into->end = to;
    naive_see_end(m, into);
    naive_fold(m, into, r);
}

static inline void naive_add(struct naive *m, const struct window_record *record)
{
    struct window_record *r = ARENA_NEW(m->arena, struct window_record, 1);
    *r = *record;
    if (naive_streams(m) && r->timestamp < 0) return;
    if (naive_streams(m) && r->timestamp > m->wm) m->wm = r->timestamp;
    if (m->config.trigger.processing_time) r->timestamp = m->wm;
    if (m->config.kind == WINDOW_SESSION)
        naive_add_session(m, r);
    else if (m->config.kind == WINDOW_GLOBAL) {
        if (!naive_into(m, r, INT64_MIN, INT64_MAX)) naive_late(m, r, INT64_MIN);
    } else
        naive_add_aligned(m, r);
    if (naive_streams(m)) naive_settle(m);
}

#endif
