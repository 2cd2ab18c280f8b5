/* window_aligned.c: tumbling and hopping windows whose panes need no timers: a table a window; see window.h.
 *
 * 1. The starts of a record's windows are found: for tumbling ones that used last, else by division.
 * 2. Its key's row is found or made in each window's table.
 * 3. Event time moves a prefix of the windows, ascending by start, from collecting to fired, and a shorter
 *    prefix from fired to dropped: both conditions are monotone in the end, so nothing is searched for.
 * 4. A dropped window's table goes to a free list by size, and the next window that needs that size takes it.
 */
#include "window_parts.h"

#include <string.h>

/* Records of a batch that are looked up together. Three blocks are under way; more did not gain anything. */
enum { BLOCK = 8 };

static void table_take(struct window_operator *op, struct window_table *t, uint32_t bits)
{
    CHECK(bits <= WINDOW_TABLE_BITS_MAX, "a window of more than %zu keys",
          window_table_room(WINDOW_TABLE_BITS_MAX));
    void *memory = op->free[bits];
    if (memory != NULL) {
        op->free[bits] = op->free[bits]->next;
        memset(memory, 0, window_table_slots(bits) * sizeof(uint32_t));
    } else {
        memory = arena_alloc(op->arena, 1, window_table_bytes(bits, op->row_bytes));
    }
    t->slots = memory;
    t->rows = (unsigned char *)memory + window_table_slots(bits) * sizeof(uint32_t);
    t->bits = bits;
}

static void table_give_back(struct window_operator *op, void *memory, uint32_t bits)
{
    struct window_free_table *table = memory;
    table->next = op->free[bits];
    op->free[bits] = table;
}

static void table_grow(struct window_operator *op, struct window_table *t)
{
    struct window_table old = *t;
    table_take(op, t, old.bits + 1);
    memcpy(t->rows, old.rows, old.n * op->row_bytes);
    for (uint32_t i = 0; i < t->n; i++)
        window_table_place(t, mix64(*(const uint64_t *)(t->rows + i * op->row_bytes)), i + 1);
    table_give_back(op, old.slots, old.bits);
}

/* The key's row, made if need be. */
static struct window_sums *table_row(struct window_operator *op, struct window_table *t, uint64_t key,
                                     uint64_t hash, bool *made)
{
    const size_t slot = window_table_find(t, op->row_bytes, key, hash);
    const uint32_t row = window_table_row(t, slot);
    *made = row == 0;
    if (!*made) return window_table_row_at(t, op->row_bytes, row);
    if (t->n == window_table_room(t->bits)) table_grow(op, t);
    struct window_sums *sums = (struct window_sums *)(t->rows + t->n++ * op->row_bytes);
    window_reset_sums(op, sums, window_accumulator(op, sums), key);
    window_table_place(t, hash, t->n);
    return sums;
}

void window_aligned_new(struct window_operator *op)
{
    op->capacity = 16;
    op->windows = ARENA_NEW(op->arena, struct window_aligned, op->capacity);
    op->due_after = window_due_at(&op->config, 0);
    op->refuses_after = window_refuses_at(&op->config, 0);
}

static bool is_due(const struct window_operator *op, int64_t start)
{
    return start + op->config.size + op->due_after <= op->watermark; /* no overflow: WINDOW_TIME_MAX */
}

static bool is_expired(const struct window_operator *op, int64_t start)
{
    return start + op->config.size + op->refuses_after <= op->watermark;
}

static struct window_span span_of(const struct window_operator *op, int64_t start)
{
    return (struct window_span){start, start + op->config.size};
}

void window_aligned_settle(struct window_operator *op)
{
    for (; op->unfired < op->n && is_due(op, op->windows[op->unfired].start); op->unfired++) {
        const struct window_aligned *w = &op->windows[op->unfired];
        for (uint32_t i = 0; op->config.trigger.kind != WINDOW_ON_UPDATE && i < w->table.n; i++) {
            struct window_sums *sums = (struct window_sums *)(w->table.rows + i * op->row_bytes);
            window_give(op, sums, window_accumulator(op, sums), span_of(op, w->start), WINDOW_PANE_ON_TIME);
        }
    }
    /* A discarding window holds nothing once it was given. */
    while (op->alive < op->unfired &&
           (op->config.mode == WINDOW_DISCARDING || is_expired(op, op->windows[op->alive].start))) {
        struct window_aligned *w = &op->windows[op->alive++];
        table_give_back(op, w->table.slots, w->table.bits);
        op->counts.windows_dropped++;
    }
    if (op->alive == op->n) op->alive = op->unfired = op->n = 0;
}

/* The first window at or after `start`. */
static size_t search(const struct window_operator *op, int64_t start)
{
    size_t low = op->alive, high = op->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (op->windows[middle].start < start)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct window_aligned *insert(struct window_operator *op, size_t at, int64_t start)
{
    if (op->n == op->capacity) {
        if (op->alive >= op->capacity / 2) { /* half of it is gone already: move up instead of growing */
            memmove(op->windows, op->windows + op->alive, (op->n - op->alive) * sizeof *op->windows);
            at -= op->alive;
            op->unfired -= op->alive;
            op->n -= op->alive;
            op->alive = 0;
        } else {
            op->windows =
                arena_grow(op->arena, op->windows, op->capacity, op->capacity * 2, sizeof *op->windows);
            op->capacity *= 2;
        }
    }
    struct window_aligned *w = &op->windows[at];
    memmove(w + 1, w, (op->n - at) * sizeof *w);
    op->n++;
    if (at < op->unfired || (at == op->unfired && is_due(op, start))) op->unfired++;
    *w = (struct window_aligned){.start = start};
    table_take(op, &w->table, WINDOW_TABLE_BITS_MIN);
    op->counts.windows_opened++;
    return w;
}

/* The window, made if need be; it becomes the recent one. */
static struct window_aligned *window_of(struct window_operator *op, int64_t start)
{
    if (op->recent >= op->alive && op->recent < op->n && op->windows[op->recent].start == start)
        return &op->windows[op->recent];
    const size_t at = search(op, start);
    struct window_aligned *w =
        at < op->n && op->windows[at].start == start ? &op->windows[at] : insert(op, at, start);
    op->recent = (size_t)(w - op->windows);
    return w;
}

/* Into one window that takes it. */
static void add_to(struct window_operator *op, const struct window_record *r, int64_t start)
{
    /* Windows give as soon as they are due, so a window that is due now was given before: this record is late
     * for it. (kafka_streams drops a window when it gives it, and never comes here.) */
    const bool late = op->config.semantics != WINDOW_KAFKA_STREAMS && is_due(op, start);
    struct window_sums *sums;
    if (late && op->config.mode == WINDOW_DISCARDING) {
        sums = op->scratch;
        window_reset_sums(op, sums, window_accumulator(op, sums), r->key);
    } else {
        bool made;
        sums = table_row(op, &window_of(op, start)->table, r->key, mix64(r->key), &made);
        op->counts.keys_inserted += made;
    }
    window_fold(op, sums, window_accumulator(op, sums), r);
    if (late)
        window_give(op, sums, window_accumulator(op, sums), span_of(op, start), WINDOW_PANE_LATE);
    else if (op->config.trigger.kind == WINDOW_ON_UPDATE)
        window_give(op, sums, window_accumulator(op, sums), span_of(op, start), WINDOW_PANE_UPDATE);
}

/* Is the time within a window of these that begin every `size`? */
static bool holds(const struct window_operator *op, size_t window, int64_t timestamp)
{
    if (window < op->alive || window >= op->n || op->config.slide != op->config.size) return false;
    const int64_t into = timestamp - op->windows[window].start;
    return into >= 0 && into < op->config.size;
}

enum window_result window_aligned_add(struct window_operator *op, const struct window_record *r)
{
    const struct window_config *c = &op->config;
    struct window_starts starts = {0, 1};
    if (holds(op, op->recent, r->timestamp)) {
        struct window_aligned *w = &op->windows[op->recent];
        if (!is_due(op, w->start) &&
            c->trigger.kind == WINDOW_AT_END) { /* what nearly all are: it only counts */
            bool made;
            struct window_sums *sums = table_row(op, &w->table, r->key, mix64(r->key), &made);
            op->counts.keys_inserted += made;
            window_fold(op, sums, window_accumulator(op, sums), r);
            return WINDOW_COUNTED;
        }
        starts.first = w->start;
    } else {
        starts = window_starts(c->semantics, r->timestamp, c->size, c->slide, c->offset);
    }
    int64_t refused = 0;
    for (int64_t i = 0; i < starts.n; i++) {
        const int64_t start = starts.first + i * c->slide;
        if (!is_expired(op, start)) {
            add_to(op, r, start);
            continue;
        }
        refused++;
        if (c->semantics != WINDOW_FLINK) window_refuse(op, r, start);
    }
    if (refused < starts.n) return WINDOW_COUNTED;
    if (c->semantics != WINDOW_FLINK) return refused > 0 ? WINDOW_LATE : WINDOW_SKIPPED;
    /* Flink calls it late by its own time, which may lie between windows. */
    if (window_refuses_at(c, r->timestamp + 1) > op->watermark) return WINDOW_SKIPPED;
    window_refuse(op, r, starts.first + (starts.n - (starts.n > 0)) * c->slide);
    return WINDOW_LATE;
}

/* A block of a batch on its way. */
struct block {
    const struct window_record *records;
    size_t n;
    uint64_t hash[BLOCK];
    uint32_t row[BLOCK]; /* index + 1; 0: not found */
};

/* Takes the next records as far as they belong to the window, and fetches their slots. */
static inline void block_begin(struct block *b, const struct window_operator *op,
                               const struct window_table *t, const struct window_record *r, size_t n,
                               int64_t start)
{
    const uint64_t size = (uint64_t)op->config.size;
    b->records = r;
    b->n = 0;
    for (size_t i = 0; i < n && i < BLOCK; i++) {
        if ((uint64_t)r[i].timestamp - (uint64_t)start >= size || r[i].count < 1) break;
        b->hash[i] = mix64(r[i].key);
        __builtin_prefetch(&t->slots[b->hash[i] & window_table_low(t)]);
        b->n++;
    }
}

static inline void block_find(struct block *b, const struct window_table *t, size_t row_bytes)
{
    const uint32_t low = window_table_low(t);
    for (size_t i = 0; i < b->n; i++) {
        size_t slot = b->hash[i] & low;
        while (t->slots[slot] != 0 && !window_table_tag_fits(t, t->slots[slot], b->hash[i]))
            slot = (slot + 1) & low;
        b->row[i] = t->slots[slot] & low;
        if (b->row[i] != 0) __builtin_prefetch(window_table_row_at(t, row_bytes, b->row[i]), 1);
    }
}

static inline void block_fold(struct block *b, struct window_operator *op, struct window_table *t,
                              size_t row_bytes)
{
    uint64_t records = 0;
    for (size_t i = 0; i < b->n; i++) {
        const struct window_record *r = &b->records[i];
        struct window_sums *sums = b->row[i] == 0 ? NULL : window_table_row_at(t, row_bytes, b->row[i]);
        if (sums == NULL || sums->key != r->key) { /* it is new, or its tag is another's too */
            bool made;
            sums = table_row(op, t, r->key, b->hash[i], &made);
            op->counts.keys_inserted += made;
        }
        window_fold(op, sums, row_bytes == sizeof *sums ? NULL : sums + 1, r);
        records += (uint64_t)r->count;
    }
    op->counts.folds += b->n;
    op->counts.records += records;
}

/* Records of one window that is collecting, as far as they are: slots of one block are on their way while
 * rows of the one before are, and while the one before that is folded. Returns how many it took. */
static inline size_t add_run(struct window_operator *op, const struct window_record *r, size_t n,
                             int64_t start, size_t row_bytes)
{
    struct window_table *t = &window_of(op, start)->table;
    struct block blocks[3];
    size_t taken = 0;
    blocks[1].n = blocks[2].n = 0;
    for (int k = 0;; k = (k + 1) % 3) {
        struct block *first = &blocks[k], *second = &blocks[(k + 2) % 3], *third = &blocks[(k + 1) % 3];
        block_begin(first, op, t, r + taken, n - taken, start);
        block_find(second, t, row_bytes);
        block_fold(third, op, t, row_bytes);
        taken += first->n;
        if (first->n + second->n == 0) return taken;
    }
}

void window_aligned_add_batch(struct window_operator *op, const struct window_record *r, size_t n)
{
    const struct window_config *c = &op->config;
    while (n > 0) {
        size_t taken = 0;
        if (c->slide == c->size && r->timestamp >= -WINDOW_TIME_MAX && r->timestamp <= WINDOW_TIME_MAX &&
            r->count >= 1) {
            const int64_t start = window_start(r->timestamp, c->size, c->offset);
            if (!is_due(op, start))
                taken = op->accumulator_bytes == 0 ? add_run(op, r, n, start, sizeof(struct window_sums))
                                                   : add_run(op, r, n, start, op->row_bytes);
        }
        if (taken == 0) {
            window_add_record(op, r);
            taken = 1;
        }
        r += taken;
        n -= taken;
    }
}

void window_prefetch(const struct window_operator *op, uint64_t key, int64_t timestamp)
{
    if (!op->aligned) return;
    for (size_t i = op->n, tried = 0; i > op->alive && tried < 4; tried++) {
        i--;
        const int64_t into = timestamp - op->windows[i].start;
        if (into < 0 || into >= op->config.size) continue;
        const struct window_table *t = &op->windows[i].table;
        __builtin_prefetch(&t->slots[mix64(key) & window_table_low(t)]);
        return;
    }
}

void window_aligned_clear(struct window_operator *op)
{
    for (size_t i = op->alive; i < op->n; i++)
        table_give_back(op, op->windows[i].table.slots, op->windows[i].table.bits);
    op->alive = op->unfired = op->n = 0;
}

void window_aligned_append(struct window_operator *op, int64_t start)
{
    insert(op, op->n, start);
}

struct window_sums *window_aligned_row(struct window_operator *op, uint64_t key)
{
    bool made;
    struct window_sums *sums = table_row(op, &op->windows[op->n - 1].table, key, mix64(key), &made);
    return made ? sums : NULL;
}
