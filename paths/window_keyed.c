/* window_keyed.c: windows of single keys: triggers, merging sessions, global windows; see window.h. */
#include "window_parts.h"

#include <string.h>

/* --- panes --- */

static void reset(struct window_operator *op, struct window_cell *c)
{
    window_reset_sums(op, &c->sums, window_cell_accumulator(op, c), c->sums.key);
}

static void remember(struct window_operator *op, struct window_cell *c)
{
    struct window_sums *last = window_cell_last(op, c);
    *last = c->sums;
    if (op->accumulator_bytes != 0) memcpy(last + 1, c + 1, op->accumulator_bytes);
}

/* Takes the standing pane back, if there is one. */
static void retract(struct window_operator *op, struct window_cell *c)
{
    if (!c->given) return;
    c->given = false;
    if (op->config.mode == WINDOW_RETRACTING) {
        struct window_sums *last = window_cell_last(op, c);
        window_give(op, last, window_accumulator(op, last), c->span, WINDOW_PANE_RETRACTION);
    } else { /* Kafka Streams, whose every record gave a pane of all there is */
        window_give(op, &c->sums, window_cell_accumulator(op, c), c->span, WINDOW_PANE_RETRACTION);
    }
}

static void give(struct window_operator *op, struct window_cell *c, enum window_timing timing)
{
    const bool retracting = op->config.mode == WINDOW_RETRACTING;
    if (retracting) retract(op, c);
    window_give(op, &c->sums, window_cell_accumulator(op, c), c->span, timing);
    if (retracting) remember(op, c);
    c->given = true;
    c->added = c->counted = 0;
    if (op->config.mode == WINDOW_DISCARDING) reset(op, c);
}

/* Is there a pane to give when a trigger fires? */
static bool has_pane(const struct window_operator *op, const struct window_cell *c, enum window_timing timing)
{
    if (c->added > 0) return true;
    if (op->config.semantics == WINDOW_BEAM) return timing == WINDOW_PANE_ON_TIME;
    return op->config.mode != WINDOW_DISCARDING;
}

static bool fire(struct window_operator *op, struct window_cell *c, enum window_timing timing)
{
    const bool gives = has_pane(op, c, timing);
    if (gives) give(op, c, timing);
    return gives;
}

/* --- timers --- */

static bool has_end(const struct window_operator *op)
{
    const enum window_trigger_kind kind = op->config.trigger.kind;
    return kind == WINDOW_AT_END || kind == WINDOW_CONTINUOUS || kind == WINDOW_ON_CLOSE;
}

/* When the cell is to be looked at; INT64_MAX: only at the end of the input. */
static int64_t timer_of(const struct window_operator *op, const struct window_cell *c)
{
    int64_t at = window_drops_at(&op->config, c->span.end);
    if (has_end(op) && !c->past_end) {
        const int64_t due = window_due_at(&op->config, c->span.end);
        if (due < at) at = due;
    }
    return c->has_fire && !c->fire_muted && c->fire_at < at ? c->fire_at : at;
}

void window_keyed_set_timer(struct window_operator *op, uint32_t cell)
{
    window_cells_set_timer(op, cell, timer_of(op, window_cell_at(op, cell)));
}

/* A trigger that has finished: Beam's window takes nothing more. A session is forgotten, so that a new one
 * may begin: false, the cell is gone. */
static bool close_cell(struct window_operator *op, uint32_t cell)
{
    struct window_cell *c = window_cell_at(op, cell);
    c->closed = true;
    reset(op, c);
    if (op->config.kind != WINDOW_SESSION) return true;
    window_cells_drop(op, cell);
    op->counts.windows_dropped++;
    return false;
}

/* The window's end has come. False: the cell is gone. */
static bool end_cell(struct window_operator *op, uint32_t cell)
{
    struct window_cell *c = window_cell_at(op, cell);
    c->past_end = true;
    const int64_t due = window_due_at(&op->config, c->span.end);
    if (c->has_fire && c->fire_at == due) c->fire_muted = true; /* one timer for both */
    fire(op, c, WINDOW_PANE_ON_TIME);
    if (op->config.trigger.once) return close_cell(op, cell);
    /* Beam gives one pane that is both on time and the last. */
    if (op->config.semantics != WINDOW_BEAM || window_drops_at(&op->config, c->span.end) > op->watermark)
        return true;
    window_cells_drop(op, cell);
    op->counts.windows_dropped++;
    return false;
}

static void drop_cell(struct window_operator *op, uint32_t cell)
{
    struct window_cell *c = window_cell_at(op, cell);
    if (op->config.semantics == WINDOW_BEAM && !c->closed && (c->added > 0 || op->config.closing_always))
        give(op, c, WINDOW_PANE_LATE);
    window_cells_drop(op, cell);
    op->counts.windows_dropped++;
}

/* What is due of one cell at the time `at`. */
static void look_at(struct window_operator *op, uint32_t cell, int64_t at)
{
    struct window_cell *c = window_cell_at(op, cell);
    const struct window_config *config = &op->config;
    const int64_t drops = window_drops_at(config, c->span.end);
    if (has_end(op) && !c->past_end && window_due_at(config, c->span.end) <= at) {
        if (!end_cell(op, cell)) return;
    } else if (c->has_fire && !c->fire_muted && c->fire_at <= at) {
        const bool late = window_due_at(config, c->span.end) <= at;
        int64_t next;
        if (op->watermark == INT64_MAX || __builtin_add_overflow(c->fire_at, config->trigger.interval, &next))
            next = INT64_MAX;
        c->fire_at = next;
        fire(op, c, late ? WINDOW_PANE_LATE : WINDOW_PANE_EARLY);
    }
    /* What never is to be dropped stays, even at the end of the input. */
    if (drops <= at && drops != INT64_MAX) {
        drop_cell(op, cell);
        return;
    }
    const int64_t next = timer_of(op, c);
    if (next == INT64_MAX && op->watermark == INT64_MAX)
        window_cells_drop_timer(op, cell);
    else
        window_cells_postpone(op, cell, next);
}

void window_keyed_advance(struct window_operator *op)
{
    struct window_timer timer;
    while (window_cells_next_timer(op, op->watermark, &timer)) {
        const int64_t at = timer_of(op, window_cell_at(op, timer.cell));
        if (at > timer.at) /* it has moved on since */
            window_cells_postpone(op, timer.cell, at);
        else
            look_at(op, timer.cell, timer.at);
    }
}

/* --- records --- */

/* Flink takes the remainder towards zero, also of negative times. */
static int64_t first_fire(int64_t timestamp, int64_t interval)
{
    return timestamp - timestamp % interval + interval;
}

static bool counts_up(struct window_cell *c, int64_t by, int64_t to)
{
    if (to > 1) c->counted += by;
    return to <= 1 || c->counted >= to;
}

void window_keyed_added(struct window_operator *op, uint32_t cell, const struct window_record *r)
{
    struct window_cell *c = window_cell_at(op, cell);
    const struct window_trigger *t = &op->config.trigger;
    const bool late = c->past_end;
    c->added += r->count;
    op->counts.windows_updated++;
    switch (t->kind) {
    case WINDOW_ON_UPDATE:
        give(op, c, WINDOW_PANE_UPDATE);
        break;
    case WINDOW_ON_CLOSE:
        break;
    case WINDOW_BY_COUNT:
        if (counts_up(c, r->count, t->early_count))
            give(op, c,
                 window_due_at(&op->config, c->span.end) <= op->watermark ? WINDOW_PANE_LATE
                                                                          : WINDOW_PANE_EARLY);
        break;
    case WINDOW_CONTINUOUS:
        if (late) {
            give(op, c, WINDOW_PANE_LATE);
        } else if (!c->has_fire) {
            c->has_fire = true;
            c->fire_at = first_fire(r->timestamp, t->interval);
        }
        break;
    case WINDOW_AT_END:
        if (late && t->once) {
            give(op, c, WINDOW_PANE_LATE);
            if (!close_cell(op, cell)) return;
            break;
        }
        if (late && counts_up(c, r->count, t->late_count))
            give(op, c, WINDOW_PANE_LATE);
        else if (!late && t->early_count > 0 && counts_up(c, r->count, t->early_count))
            give(op, c, WINDOW_PANE_EARLY);
        break;
    }
    window_keyed_set_timer(op, cell);
}

/* Whether a window's end is behind already, when a record opens or moves it. */
static void see_end(struct window_operator *op, struct window_cell *c)
{
    c->past_end = has_end(op) && !op->config.trigger.processing_time &&
                  op->config.semantics != WINDOW_KAFKA_STREAMS &&
                  window_due_at(&op->config, c->span.end) <= op->watermark;
}

static void fold_into(struct window_operator *op, uint32_t cell, const struct window_record *r)
{
    struct window_cell *c = window_cell_at(op, cell);
    window_fold(op, &c->sums, window_cell_accumulator(op, c), r);
    window_keyed_added(op, cell, r);
}

static bool refuses(const struct window_operator *op, int64_t end)
{
    return window_refuses_at(&op->config, end) <= op->watermark;
}

/* Into the key's window of exactly this span. False: it is closed. */
static bool add_to_span(struct window_operator *op, const struct window_record *r, struct window_span span)
{
    uint32_t i = window_cells_first(op, r->key);
    while (i != 0 && window_cell_at(op, i - 1)->span.start < span.start)
        i = window_cell_at(op, i - 1)->next;
    uint32_t cell = i - 1;
    if (i == 0 || window_cell_at(op, cell)->span.start != span.start) {
        cell = window_cells_make(op, r->key, span);
        see_end(op, window_cell_at(op, cell));
    }
    if (window_cell_at(op, cell)->closed) return false;
    fold_into(op, cell, r);
    return true;
}

static enum window_result add_aligned(struct window_operator *op, const struct window_record *r)
{
    const struct window_config *c = &op->config;
    const struct window_starts starts =
        window_starts(c->semantics, r->timestamp, c->size, c->slide, c->offset);
    int64_t refused = 0;
    for (int64_t i = 0; i < starts.n; i++) {
        const int64_t start = starts.first + i * c->slide;
        const struct window_span span = {start, start + c->size};
        if (!refuses(op, span.end) && add_to_span(op, r, span)) continue;
        refused++;
        if (c->semantics != WINDOW_FLINK) window_refuse(op, r, start);
    }
    if (refused < starts.n) return WINDOW_COUNTED;
    if (c->semantics != WINDOW_FLINK) return refused > 0 ? WINDOW_LATE : WINDOW_SKIPPED;
    if (!refuses(op, r->timestamp + 1)) return WINDOW_SKIPPED;
    window_refuse(op, r, starts.first + (starts.n - (starts.n > 0)) * c->slide);
    return WINDOW_LATE;
}

/* --- sessions --- */

/* `from` becomes part of `into`. */
static void merge_cell(struct window_operator *op, uint32_t into, uint32_t from)
{
    struct window_cell *a = window_cell_at(op, into), *b = window_cell_at(op, from);
    CHECK(!__builtin_add_overflow(a->sums.impressions, b->sums.impressions, &a->sums.impressions) &&
              !__builtin_add_overflow(a->sums.clicks, b->sums.clicks, &a->sums.clicks),
          "a count beyond 2^63");
    if (op->accumulator_bytes != 0)
        aggregate_merge(op->config.aggregates, window_cell_accumulator(op, a),
                        window_cell_accumulator(op, b));
    a->added += b->added;
    a->counted += b->counted;
    if (b->has_fire && (!a->has_fire || b->fire_at < a->fire_at)) a->fire_at = b->fire_at;
    a->has_fire |= b->has_fire;
    window_cells_drop(op, from);
    op->counts.windows_merged++;
}

/* Panes of the sessions that change stand no more. Kafka Streams leaves that of a session at one instant. */
static void retract_session(struct window_operator *op, uint32_t cell, struct window_span merged)
{
    struct window_cell *c = window_cell_at(op, cell);
    const bool same = c->span.start == merged.start && c->span.end == merged.end;
    if (op->config.semantics == WINDOW_KAFKA_STREAMS) {
        if (op->config.trigger.kind == WINDOW_ON_UPDATE && merged.start != merged.end) retract(op, c);
    } else if (op->config.mode == WINDOW_RETRACTING && !same) {
        retract(op, c);
    }
}

static enum window_result add_session(struct window_operator *op, const struct window_record *r)
{
    const enum window_semantics semantics = op->config.semantics;
    const struct window_span own = window_session_of(semantics, r->timestamp, op->config.gap);
    struct window_span merged = own;
    uint32_t first = 0; /* of the sessions that it meets; they are neighbours */
    for (uint32_t i = window_cells_first(op, r->key); i != 0; i = window_cell_at(op, i - 1)->next) {
        const struct window_span span = window_cell_at(op, i - 1)->span;
        if (!window_session_meets(semantics, span, own, op->config.gap)) {
            if (first != 0 || span.start > own.end) break;
            continue;
        }
        if (first == 0) first = i;
        merged = window_cover(merged, span);
    }
    if (refuses(op, semantics == WINDOW_BEAM ? own.end : merged.end)) {
        window_refuse(op, r, own.start);
        return WINDOW_LATE;
    }
    if (first == 0) {
        first = window_cells_make(op, r->key, own) + 1;
    } else {
        const uint32_t into = first - 1;
        retract_session(op, into, merged);
        for (;;) {
            const uint32_t next = window_cell_at(op, into)->next;
            if (next == 0 ||
                !window_session_meets(semantics, window_cell_at(op, next - 1)->span, own, op->config.gap))
                break;
            retract_session(op, next - 1, merged);
            merge_cell(op, into, next - 1);
        }
        struct window_cell *c = window_cell_at(op, into);
        if (c->span.start != merged.start || c->span.end != merged.end) c->fire_muted = false; /* set anew */
        c->span = merged;
    }
    see_end(op, window_cell_at(op, first - 1));
    fold_into(op, first - 1, r);
    return WINDOW_COUNTED;
}

static enum window_result add_global(struct window_operator *op, const struct window_record *r)
{
    const struct window_span all = {INT64_MIN, INT64_MAX};
    if (add_to_span(op, r, all)) return WINDOW_COUNTED;
    window_refuse(op, r, all.start);
    return WINDOW_LATE;
}

enum window_result window_keyed_add(struct window_operator *op, const struct window_record *record)
{
    struct window_record r = *record;
    if (op->config.trigger.processing_time) {
        CHECK(op->watermark >= -WINDOW_TIME_MAX && op->watermark <= WINDOW_TIME_MAX, "a clock of %lld",
              (long long)op->watermark);
        r.timestamp = op->watermark;
    }
    switch (op->config.kind) {
    case WINDOW_TUMBLING:
    case WINDOW_HOPPING:
        return add_aligned(op, &r);
    case WINDOW_SLIDING:
        return window_sliding_add(op, &r);
    case WINDOW_SESSION:
        return add_session(op, &r);
    case WINDOW_GLOBAL:
        break;
    }
    return add_global(op, &r);
}
