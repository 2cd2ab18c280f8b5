/* window_cells.c: windows of single keys: a pool of cells, a table from keys to their first, a heap of
 * timers.
 *
 * A cell has at most one timer in the heap. Where its time has moved on (a session grew) the timer stays
 * where it is, and is set anew when it comes up; only an earlier time moves it at once.
 */
#include "window_parts.h"

#include <string.h>

enum { CELLS_MIN = 16 };

static void take_slots(struct window_operator *op, uint32_t bits)
{
    CHECK(bits <= WINDOW_TABLE_BITS_MAX, "windows of more than %zu keys",
          window_table_room(WINDOW_TABLE_BITS_MAX));
    struct window_table *t = &op->cells.keys;
    const struct window_table before = *t;
    const size_t old_n = before.slots == NULL ? 0 : window_table_slots(before.bits);
    t->slots = ARENA_NEW(op->arena, uint32_t, window_table_slots(bits));
    t->bits = bits;
    for (size_t i = 0; i < old_n; i++) {
        const uint32_t first = window_table_row(&before, i);
        if (first != 0) window_table_place(t, mix64(window_cell_at(op, first - 1)->sums.key), first);
    }
}

void window_cells_new(struct window_operator *op)
{
    struct window_cells *s = &op->cells;
    s->capacity = s->heap_capacity = CELLS_MIN;
    s->keys.rows = arena_alloc(op->arena, s->capacity, op->row_bytes);
    s->heap = ARENA_NEW(op->arena, struct window_timer, s->heap_capacity);
    take_slots(op, WINDOW_TABLE_BITS_MIN);
}

uint32_t window_cells_first(const struct window_operator *op, uint64_t key)
{
    const struct window_table *t = &op->cells.keys;
    return window_table_row(t, window_table_find(t, op->row_bytes, key, mix64(key)));
}

static uint32_t take_cell(struct window_operator *op)
{
    struct window_cells *s = &op->cells;
    if (s->free != 0) {
        const uint32_t i = s->free - 1;
        s->free = window_cell_at(op, i)->next;
        return i;
    }
    /* A slot has room for the names of as many rows as there are slots. */
    if (s->used == window_table_room(s->keys.bits)) take_slots(op, s->keys.bits + 1);
    if (s->used == s->capacity) {
        CHECK(s->capacity < UINT32_MAX / 2, "more than %u windows", s->capacity);
        s->keys.rows =
            arena_grow(op->arena, s->keys.rows, s->capacity, 2 * (size_t)s->capacity, op->row_bytes);
        s->capacity *= 2;
    }
    return s->used++;
}

/* Into its key's list, after the last cell that does not start later. */
static void link_cell(struct window_operator *op, uint32_t cell)
{
    struct window_cells *s = &op->cells;
    struct window_cell *c = window_cell_at(op, cell);
    const uint64_t hash = mix64(c->sums.key);
    const size_t slot = window_table_find(&s->keys, op->row_bytes, c->sums.key, hash);
    const uint32_t first = window_table_row(&s->keys, slot);
    if (first == 0) {
        window_table_place(&s->keys, hash, cell + 1);
        return;
    }
    if (window_cell_at(op, first - 1)->span.start > c->span.start) {
        c->next = first;
        window_table_set(&s->keys, slot, hash, cell + 1);
        return;
    }
    struct window_cell *before = window_cell_at(op, first - 1);
    while (before->next != 0 && window_cell_at(op, before->next - 1)->span.start <= c->span.start)
        before = window_cell_at(op, before->next - 1);
    c->next = before->next;
    before->next = cell + 1;
}

uint32_t window_cells_make(struct window_operator *op, uint64_t key, struct window_span span)
{
    const uint32_t i = take_cell(op);
    struct window_cell *c = window_cell_at(op, i);
    memset(c, 0, op->row_bytes);
    c->span = span;
    c->alive = true;
    c->sequence = op->cells.sequence++;
    window_reset_sums(op, &c->sums, window_cell_accumulator(op, c), key);
    link_cell(op, i);
    op->cells.n++;
    op->counts.windows_opened++;
    op->counts.keys_inserted++;
    return i;
}

static void unlink_cell(struct window_operator *op, uint32_t cell)
{
    struct window_cells *s = &op->cells;
    const struct window_cell *c = window_cell_at(op, cell);
    const uint64_t hash = mix64(c->sums.key);
    const size_t slot = window_table_find(&s->keys, op->row_bytes, c->sums.key, hash);
    const uint32_t first = window_table_row(&s->keys, slot);
    CHECK(first != 0, "a window's key has no windows");
    if (first == cell + 1) {
        if (c->next != 0)
            window_table_set(&s->keys, slot, hash, c->next);
        else
            window_table_remove(&s->keys, op->row_bytes, slot);
        return;
    }
    struct window_cell *before = window_cell_at(op, first - 1);
    while (before->next != cell + 1) {
        CHECK(before->next != 0, "a window is not in its key's list");
        before = window_cell_at(op, before->next - 1);
    }
    before->next = c->next;
}

/* --- timers: a binary heap --- */

static bool sooner(const struct window_timer *a, const struct window_timer *b)
{
    return a->at != b->at ? a->at < b->at : a->sequence < b->sequence;
}

static void put_timer(struct window_operator *op, uint32_t place, struct window_timer timer)
{
    op->cells.heap[place] = timer;
    window_cell_at(op, timer.cell)->place = place + 1;
}

static void sift_up(struct window_operator *op, uint32_t place, struct window_timer timer)
{
    const struct window_timer *heap = op->cells.heap;
    while (place > 0 && sooner(&timer, &heap[(place - 1) / 2])) {
        put_timer(op, place, heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put_timer(op, place, timer);
}

static void sift_down(struct window_operator *op, uint32_t place, struct window_timer timer)
{
    const struct window_timer *heap = op->cells.heap;
    const uint32_t n = op->cells.heap_n;
    for (;;) {
        uint32_t child = 2 * place + 1;
        if (child >= n) break;
        if (child + 1 < n && sooner(&heap[child + 1], &heap[child])) child++;
        if (!sooner(&heap[child], &timer)) break;
        put_timer(op, place, heap[child]);
        place = child;
    }
    put_timer(op, place, timer);
}

void window_cells_drop_timer(struct window_operator *op, uint32_t cell)
{
    struct window_cells *s = &op->cells;
    struct window_cell *c = window_cell_at(op, cell);
    if (c->place == 0) return;
    const uint32_t place = c->place - 1;
    c->place = 0;
    const struct window_timer last = s->heap[--s->heap_n];
    if (place == s->heap_n) return;
    if (place > 0 && sooner(&last, &s->heap[(place - 1) / 2]))
        sift_up(op, place, last);
    else
        sift_down(op, place, last);
}

void window_cells_set_timer(struct window_operator *op, uint32_t cell, int64_t at)
{
    struct window_cells *s = &op->cells;
    struct window_cell *c = window_cell_at(op, cell);
    const struct window_timer timer = {at, c->sequence, cell};
    if (c->place != 0) {
        const int64_t now = s->heap[c->place - 1].at;
        if (at < now) sift_up(op, c->place - 1, timer);
        return;
    }
    if (s->heap_n == s->heap_capacity) {
        CHECK(s->heap_capacity < UINT32_MAX / 2, "more than %u timers", s->heap_capacity);
        s->heap =
            arena_grow(op->arena, s->heap, s->heap_capacity, 2 * (size_t)s->heap_capacity, sizeof *s->heap);
        s->heap_capacity *= 2;
    }
    sift_up(op, s->heap_n++, timer);
}

void window_cells_postpone(struct window_operator *op, uint32_t cell, int64_t at)
{
    const struct window_cell *c = window_cell_at(op, cell);
    CHECK(c->place != 0, "a window without a timer");
    sift_down(op, c->place - 1, (struct window_timer){at, c->sequence, cell});
}

bool window_cells_next_timer(const struct window_operator *op, int64_t until, struct window_timer *timer)
{
    if (op->cells.heap_n == 0 || op->cells.heap[0].at > until) return false;
    *timer = op->cells.heap[0];
    return true;
}

void window_cells_drop(struct window_operator *op, uint32_t cell)
{
    struct window_cells *s = &op->cells;
    window_cells_drop_timer(op, cell);
    unlink_cell(op, cell);
    struct window_cell *c = window_cell_at(op, cell);
    c->alive = false;
    c->next = s->free;
    s->free = cell + 1;
    s->n--;
}

void window_cells_clear(struct window_operator *op)
{
    struct window_cells *s = &op->cells;
    memset(s->keys.slots, 0, window_table_slots(s->keys.bits) * sizeof *s->keys.slots);
    s->n = s->used = s->free = s->heap_n = 0;
    s->sequence = 0;
}
