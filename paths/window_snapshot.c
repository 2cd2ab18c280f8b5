/* window_snapshot.c: snapshots of a window operator; see window.h.
 *
 * "HWS2", a fingerprint of the configuration, windows, watermark, rows; then
 *   aligned   each window: start, keys; each of those: key, impressions, clicks, aggregates
 *   others    each window of a key: key, impressions, clicks, start, end, and where its trigger stands;
 * aggregates; when retracting the same sums and aggregates of its last pane and a CRC-32C of all before it.
 * All but the magic and the CRC (4 bytes) are 8 bytes, little-endian.
 */
#include "window_parts.h"

#include "crc32c.h"

#include <string.h>

enum { HEAD = 4 + 4 * 8, WINDOW = 16, SUMS = 24, TRIGGER = 8 * 8, TAIL = 4 };
static const char magic[4] = {'H', 'W', 'S', '2'};

static size_t accumulator_bytes(const struct window_config *c)
{
    return c->aggregates == NULL ? 0 : aggregate_bytes(c->aggregates);
}

static size_t row_bytes(const struct window_config *c, bool aligned)
{
    const size_t sums = SUMS + accumulator_bytes(c);
    if (aligned) return sums;
    return sums + TRIGGER + (c->mode == WINDOW_RETRACTING ? sums : 0);
}

static size_t bytes_for(const struct window_config *c, bool aligned, size_t keys, size_t windows)
{
    return HEAD + (aligned ? windows * WINDOW : 0) + keys * row_bytes(c, aligned) + TAIL;
}

size_t window_snapshot_bytes_for(const struct window_config *config, size_t keys, size_t windows)
{
    return bytes_for(config, window_is_aligned(config), keys, windows);
}

size_t window_snapshot_bytes(const struct window_operator *op)
{
    return bytes_for(&op->config, op->aligned, window_state_keys(op), window_state_windows(op));
}

/* Of all that says what state means. */
static uint64_t fingerprint(const struct window_operator *op)
{
    const struct window_config *c = &op->config;
    const struct window_trigger *t = &c->trigger;
    const int64_t facts[] = {
        c->kind,           c->size,
        c->slide,          c->gap,
        c->offset,         c->mode,
        c->semantics,      c->allowed_lateness,
        t->kind,           t->once,
        t->early_count,    t->late_count,
        t->interval,       t->processing_time,
        c->closing_always, c->aggregates == NULL ? -1 : (int64_t)aggregate_set_fingerprint(c->aggregates)};
    return crc32c(0, facts, sizeof facts);
}

/* --- writing --- */

static unsigned char *put(unsigned char *p, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        *p++ = (unsigned char)(value >> (8 * i));
    return p;
}

static unsigned char *put_row(const struct window_operator *op, unsigned char *p,
                              const struct window_sums *sums, const void *accumulator)
{
    p = put(p, sums->key, 8);
    p = put(p, (uint64_t)sums->impressions, 8);
    p = put(p, (uint64_t)sums->clicks, 8);
    if (accumulator != NULL) aggregate_encode(op->config.aggregates, accumulator, p);
    return p + op->accumulator_bytes;
}

enum { GIVEN = 1, PAST_END = 2, CLOSED = 4, HAS_FIRE = 8, FIRE_MUTED = 16, FLAGS_ALL = 31 };

static unsigned char *put_cell(const struct window_operator *op, unsigned char *p, struct window_cell *c)
{
    const int flags = (c->given ? GIVEN : 0) | (c->past_end ? PAST_END : 0) | (c->closed ? CLOSED : 0) |
                      (c->has_fire ? HAS_FIRE : 0) | (c->fire_muted ? FIRE_MUTED : 0);
    const uint64_t words[TRIGGER / 8] = {(uint64_t)c->span.start, (uint64_t)c->span.end, c->sequence,
                                         (uint64_t)c->added,      (uint64_t)c->counted,  (uint64_t)c->fire_at,
                                         (uint64_t)c->latest,     (uint64_t)flags};
    p = put_row(op, p, &c->sums, window_cell_accumulator(op, c));
    for (int i = 0; i < TRIGGER / 8; i++)
        p = put(p, words[i], 8);
    if (op->config.mode != WINDOW_RETRACTING) return p;
    struct window_sums *last = window_cell_last(op, c);
    return put_row(op, p, last, window_accumulator(op, last));
}

size_t window_snapshot(const struct window_operator *op, void *out, size_t capacity)
{
    size_t n = window_snapshot_bytes(op);
    CHECK(capacity >= n, "a snapshot of %zu bytes into %zu", n, capacity);
    unsigned char *p = out;
    memcpy(p, magic, sizeof magic);
    p = put(p + sizeof magic, fingerprint(op), 8);
    p = put(p, window_state_windows(op), 8);
    p = put(p, (uint64_t)op->watermark, 8);
    p = put(p, window_state_keys(op), 8);
    for (size_t i = op->alive; i < op->n; i++) {
        const struct window_aligned *w = &op->windows[i];
        p = put(p, (uint64_t)w->start, 8);
        p = put(p, w->table.n, 8);
        for (uint32_t k = 0; k < w->table.n; k++) {
            struct window_sums *sums = (struct window_sums *)(w->table.rows + k * op->row_bytes);
            p = put_row(op, p, sums, window_accumulator(op, sums));
        }
    }
    for (uint32_t i = 0; i < op->cells.used; i++)
        if (window_cell_at(op, i)->alive) p = put_cell(op, p, window_cell_at(op, i));
    CHECK(p == (unsigned char *)out + n - TAIL, "a snapshot of another size");
    put(p, crc32c(0, out, n - TAIL), TAIL);
    return n;
}

/* --- reading --- */

static uint64_t get(const unsigned char *p, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++)
        value |= (uint64_t)p[i] << (8 * i);
    return value;
}

/* A row's sums and aggregates, but for its key. */
static bool get_row(const struct window_operator *op, const unsigned char *p, struct window_sums *sums,
                    void *accumulator)
{
    sums->impressions = (int64_t)get(p + 8, 8);
    sums->clicks = (int64_t)get(p + 16, 8);
    if (accumulator != NULL) aggregate_decode(op->config.aggregates, p + SUMS, accumulator);
    return sums->impressions >= 0 && sums->clicks >= 0;
}

static bool restore_aligned(struct window_operator *op, const unsigned char *p, size_t n, uint64_t windows)
{
    const struct window_config *c = &op->config;
    const size_t row = row_bytes(c, true);
    for (uint64_t i = 0; i < windows; i++) {
        if (n < WINDOW) return false;
        const int64_t start = (int64_t)get(p, 8);
        const uint64_t keys = get(p + 8, 8);
        p += WINDOW;
        n -= WINDOW;
        if (keys > n / row) return false;
        if (start < -2 * WINDOW_TIME_MAX || start > WINDOW_TIME_MAX) return false;
        if (window_start(start, c->slide, c->offset) != start) return false;
        if (op->n > op->alive && op->windows[op->n - 1].start >= start) return false;
        if (window_refuses_at(c, start + c->size) <= op->watermark) return false;
        window_aligned_append(op, start);
        for (uint64_t k = 0; k < keys; k++, p += row, n -= row) {
            struct window_sums *sums = window_aligned_row(op, get(p, 8));
            if (sums == NULL || !get_row(op, p, sums, window_accumulator(op, sums))) return false;
        }
    }
    return n == 0;
}

static bool restore_cells(struct window_operator *op, const unsigned char *p, size_t n, uint64_t cells)
{
    const size_t row = row_bytes(&op->config, false), sums = SUMS + op->accumulator_bytes;
    uint64_t sequence = 0;
    if (cells > n / row || n != cells * row) return false;
    for (uint64_t i = 0; i < cells; i++, p += row) {
        uint64_t words[TRIGGER / 8];
        for (int k = 0; k < TRIGGER / 8; k++)
            words[k] = get(p + sums + 8 * k, 8);
        const struct window_span span = {(int64_t)words[0], (int64_t)words[1]};
        if (span.start > span.end || words[7] > FLAGS_ALL) return false;
        const uint32_t cell = window_cells_make(op, get(p, 8), span);
        struct window_cell *c = window_cell_at(op, cell);
        c->sequence = words[2];
        c->added = (int64_t)words[3];
        c->counted = (int64_t)words[4];
        c->fire_at = (int64_t)words[5];
        c->latest = (int64_t)words[6];
        c->given = words[7] & GIVEN;
        c->past_end = words[7] & PAST_END;
        c->closed = words[7] & CLOSED;
        c->has_fire = words[7] & HAS_FIRE;
        c->fire_muted = words[7] & FIRE_MUTED;
        if (c->added < 0 || c->counted < 0) return false;
        if (!get_row(op, p, &c->sums, window_cell_accumulator(op, c))) return false;
        if (op->config.mode == WINDOW_RETRACTING) {
            struct window_sums *last = window_cell_last(op, c);
            last->key = c->sums.key;
            if (!get_row(op, p + sums + TRIGGER, last, window_accumulator(op, last))) return false;
        }
        if (c->sequence >= sequence) sequence = c->sequence + 1;
        window_keyed_set_timer(op, cell);
    }
    op->cells.sequence = sequence;
    return true;
}

bool window_restore(struct window_operator *op, const void *data, size_t n)
{
    const struct window_counts counts = op->counts;
    window_clear(op);
    const unsigned char *p = data;
    if (n < HEAD + TAIL || memcmp(p, magic, sizeof magic) != 0) return false;
    n -= TAIL;
    if (get(p + n, TAIL) != crc32c(0, data, n) || get(p + 4, 8) != fingerprint(op)) return false;
    op->watermark = (int64_t)get(p + 20, 8);
    const bool whole = op->aligned ? restore_aligned(op, p + HEAD, n - HEAD, get(p + 12, 8))
                                   : restore_cells(op, p + HEAD, n - HEAD, get(p + 28, 8));
    op->counts = counts;
    if (!whole) window_clear(op);
    return whole;
}
