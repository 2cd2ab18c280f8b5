/* window_sliding.c: Kafka Streams' sliding windows, as KStreamSlidingWindowAggregate keeps them; see
 * window.h.
 *
 * A record at t belongs to every window [s, s + size] with s in [t - size, t]. Of these only those are kept
 * that differ: [t - size, t], its left window, and [t + 1, t + 1 + size], its right window, once a later
 * record lies in it. A window that is made when others exist begins with what of theirs lies in it. Windows
 * begin at 0 at the earliest: what comes before `size` is kept in [0, size].
 */
#include "window_parts.h"

#include <string.h>

/* What is known of a key's windows before the record is added. */
struct seen {
    int64_t
        before; /* the time of the record before it, where that needs a right window; INT64_MIN: none does */
    bool before_right; /* that window exists */
    uint32_t left;     /* the last window that ends before it: index + 1 */
    bool left_exists, right_exists;
    uint32_t combined; /* [0, size], of early records: index + 1 */
    bool has_later;    /* op->scratch is a cell that held the later records */
};

static struct window_cell *cell_of(const struct window_operator *op, uint32_t i)
{
    return window_cell_at(op, i - 1);
}

static bool closed(const struct window_operator *op, struct window_span span)
{
    return window_refuses_at(&op->config, span.end) <= op->watermark;
}

/* Adds the record to a window that is there. */
static void update(struct window_operator *op, uint32_t cell, const struct window_record *r)
{
    struct window_cell *c = window_cell_at(op, cell);
    if (closed(op, c->span)) {
        window_refuse(op, r, c->span.start);
        return;
    }
    window_fold(op, &c->sums, window_cell_accumulator(op, c), r);
    if (r->timestamp > c->latest) c->latest = r->timestamp;
    window_keyed_added(op, cell, r);
}

static uint32_t make(struct window_operator *op, const struct window_record *r, int64_t start,
                     const void *contents)
{
    const uint32_t cell = window_cells_make(op, r->key, (struct window_span){start, start + op->config.size});
    struct window_cell *c = window_cell_at(op, cell);
    c->latest = r->timestamp;
    if (contents != NULL) {
        const struct window_cell *from = contents;
        c->sums = from->sums;
        memcpy(c + 1, from + 1, op->accumulator_bytes);
    }
    return cell;
}

/* Makes a window, with another's contents or none, and adds the record. */
static void make_and_update(struct window_operator *op, const struct window_record *r, int64_t start,
                            uint32_t from)
{
    if (closed(op, (struct window_span){start, start + op->config.size})) {
        window_refuse(op, r, start);
        return;
    }
    if (from != 0) memcpy(op->scratch, cell_of(op, from), op->row_bytes); /* cells move when one is made */
    update(op, make(op, r, start, from != 0 ? op->scratch : NULL), r);
}

/* The record's right window begins with the later records, and not with this one. */
static void make_right(struct window_operator *op, const struct window_record *r, int64_t latest)
{
    const uint32_t cell = make(op, r, r->timestamp + 1, op->scratch);
    window_cell_at(op, cell)->latest = latest;
    const struct window_record none = {.key = r->key, .timestamp = latest};
    window_keyed_added(op, cell, &none);
}

static void keep_later(struct window_operator *op, struct seen *s, const struct window_cell *c)
{
    memcpy(op->scratch, c, op->row_bytes);
    s->has_later = true;
}

/* Looks through the key's windows, and adds the record to those that hold it. */
static struct seen look(struct window_operator *op, const struct window_record *r, bool early)
{
    const int64_t t = r->timestamp, from = early || t < 2 * op->config.size ? 0 : t - 2 * op->config.size;
    struct seen s = {.before = INT64_MIN};
    for (uint32_t i = window_cells_first(op, r->key); i != 0; i = cell_of(op, i)->next) {
        struct window_cell *c = cell_of(op, i);
        const struct window_span span = c->span;
        if (span.start < from) continue;
        if (span.start > t + 1) break;
        if (span.start == t + 1) {
            s.right_exists = true;
        } else if (early && span.start == 0) {
            s.combined = i;
            if (c->latest < t) s.before = c->latest;
        } else if (span.end < t) {
            s.left = i;
            s.before = c->latest;
        } else {
            if (span.end == t) {
                s.left_exists = true;
                if (c->latest < t) s.before = c->latest;
            } else {
                keep_later(op, &s, c);
            }
            update(op, i - 1, r);
        }
    }
    if (s.before == INT64_MIN) return s;
    for (uint32_t i = window_cells_first(op, r->key); i != 0; i = cell_of(op, i)->next)
        s.before_right |= cell_of(op, i)->span.start == s.before + 1;
    return s;
}

enum window_result window_sliding_add(struct window_operator *op, const struct window_record *r)
{
    const int64_t t = r->timestamp, size = op->config.size;
    if (closed(op, (struct window_span){t, t + size})) { /* the last window that could hold it */
        window_refuse(op, r, t - size < 0 ? 0 : t - size);
        return WINDOW_LATE;
    }
    const bool early = t < size;
    struct seen s = look(op, r, early);
    if (early && !s.has_later && s.combined != 0 && cell_of(op, s.combined)->latest > t)
        keep_later(op, &s, cell_of(op, s.combined));
    const int64_t latest = s.has_later ? ((struct window_cell *)op->scratch)->latest : INT64_MIN;
    if (!s.right_exists && latest > t) make_right(op, r, latest);
    const bool makes_before = s.before != INT64_MIN && !s.before_right && s.before + 1 + size >= t;
    if (makes_before) make_and_update(op, r, s.before + 1, 0);
    if (!early) {
        const bool holds_before = s.before != INT64_MIN && t - size <= s.before;
        const bool is_left = makes_before && s.before + 1 == t - size; /* the same window */
        if (!s.left_exists && !is_left) make_and_update(op, r, t - size, holds_before ? s.left : 0);
    } else if (s.combined == 0) {
        make_and_update(op, r, 0, 0);
    } else {
        update(op, s.combined - 1, r);
    }
    return WINDOW_COUNTED;
}
