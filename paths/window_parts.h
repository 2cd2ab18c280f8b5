/* window_parts.h: what the files of the window operator share; see window.h. Not for users of it.
 *
 *   window.c           configuration, adding and advancing, what is given
 *   window_rules.c     when a window is due, and when it is gone
 *   window_table.h     the open-addressing table
 *   window_aligned.c   tumbling and hopping windows with plain triggers: a table a window
 *   window_cells.c     windows of single keys, and their timers
 *   window_keyed.c     triggers, sessions, global windows on those
 *   window_sliding.c   Kafka Streams' sliding windows on those
 *   window_snapshot.c  snapshots of either
 */
#ifndef HEADROOM_PATHS_WINDOW_PARTS_H
#define HEADROOM_PATHS_WINDOW_PARTS_H

#include "aggregate.h"
#include "arena.h"
#include "check.h"
#include "window.h"
#include "window_table.h"

/* The head of every row of a table; the aggregates' accumulator follows. */
struct window_sums {
    uint64_t key;
    int64_t impressions;
    int64_t clicks;
};

struct window_aligned { /* one window and its keys */
    int64_t start;
    struct window_table table;
};

/* What a free table holds in place of its first slots. */
struct window_free_table {
    struct window_free_table *next;
};

/* One window of one key. Behind it the accumulator; then, retracting, the sums and the accumulator of its
 * last pane. */
struct window_cell {
    struct window_sums sums;
    struct window_span span;
    uint64_t sequence; /* order in which cells were made */
    int64_t added;     /* records since the last pane */
    int64_t counted;   /* towards the next pane, by count */
    int64_t fire_at;   /* continuous: the next pane */
    int64_t latest;    /* sliding: the greatest time in it */
    uint32_t next;     /* of the key's cells: index + 1, or 0. Of the free ones too */
    uint32_t place;    /* in the heap: index + 1, or 0 */
    bool alive;
    bool given;      /* a pane stands */
    bool past_end;   /* the pane at its end was given */
    bool closed;     /* its trigger has finished */
    bool has_fire;   /* fire_at is set */
    bool fire_muted; /* its timer was the one at the end */
};

struct window_timer {
    int64_t at; /* no later than the cell's own time: that may have moved on */
    uint64_t sequence;
    uint32_t cell;
};

struct window_cells {
    struct window_table keys; /* rows are cells; a slot names the first of its key */
    uint32_t n, used, capacity; /* alive; ever; room */
    uint32_t free;              /* index + 1 */
    uint64_t sequence;
    struct window_timer *heap;
    uint32_t heap_n, heap_capacity;
};

struct window_operator {
    struct window_config config;
    struct arena *arena;
    size_t accumulator_bytes;
    size_t row_bytes; /* of an aligned window's table, or of a cell */
    void *scratch;    /* a row */
    bool aligned;
    int64_t watermark;
    struct window_counts counts;
    bool emitting;
    /* aligned */
    struct window_aligned *windows; /* [alive, n) exist; [alive, unfired) were given already */
    size_t alive, unfired, n, capacity;
    size_t recent;
    int64_t due_after, refuses_after; /* a window's end; the rules of window_rules.c */
    struct window_free_table *free[WINDOW_TABLE_BITS_MAX + 1];
    /* the rest */
    struct window_cells cells;
};

/* window_rules.c: the watermark from which a window that ends at `end` is dropped; INT64_MAX: never. */
int64_t window_drops_at(const struct window_config *config, int64_t end);

/* window.c */
static inline void *window_accumulator(const struct window_operator *op, struct window_sums *sums)
{
    return op->accumulator_bytes == 0 ? NULL : sums + 1;
}
void window_reset_sums(const struct window_operator *op, struct window_sums *sums, void *accumulator,
                       uint64_t key);
void window_fold_other(const struct window_operator *op, void *accumulator, const struct window_record *r);
static inline void window_fold(const struct window_operator *op, struct window_sums *sums, void *accumulator,
                               const struct window_record *r)
{
    int64_t *side = r->side == WINDOW_CLICK ? &sums->clicks : &sums->impressions;
    CHECK(!__builtin_add_overflow(*side, r->count, side), "a count beyond 2^63");
    if (accumulator != NULL) window_fold_other(op, accumulator, r);
}
void window_give(struct window_operator *op, const struct window_sums *sums, const void *accumulator,
                 struct window_span span, enum window_timing timing);
/* Counts a refusal, and gives it to the side output. */
void window_refuse(struct window_operator *op, const struct window_record *r, int64_t start);

/* window_aligned.c */
void window_aligned_new(struct window_operator *op);
enum window_result window_aligned_add(struct window_operator *op, const struct window_record *r);
void window_aligned_add_batch(struct window_operator *op, const struct window_record *r, size_t n);
void window_aligned_settle(struct window_operator *op); /* gives what is due, drops what is to be dropped */
void window_aligned_clear(struct window_operator *op);
/* A window for a snapshot's rows, after all others; and a row in it, NULL if it is there already. */
void window_aligned_append(struct window_operator *op, int64_t start);
struct window_sums *window_aligned_row(struct window_operator *op, uint64_t key);

/* window_cells.c */
void window_cells_new(struct window_operator *op);
static inline struct window_cell *window_cell_at(const struct window_operator *op, uint32_t i)
{
    return (struct window_cell *)(op->cells.keys.rows + i * op->row_bytes);
}
static inline void *window_cell_accumulator(const struct window_operator *op, struct window_cell *c)
{
    return op->accumulator_bytes == 0 ? NULL : c + 1;
}
/* Retracting: what the last pane said. */
static inline struct window_sums *window_cell_last(const struct window_operator *op, struct window_cell *c)
{
    return (struct window_sums *)((unsigned char *)(c + 1) + op->accumulator_bytes);
}
/* The key's first cell by start, as index + 1; 0: it has none. */
uint32_t window_cells_first(const struct window_operator *op, uint64_t key);
/* Makes a cell in its place; pointers to cells are void then. Its timer is to be set. */
uint32_t window_cells_make(struct window_operator *op, uint64_t key, struct window_span span);
void window_cells_drop(struct window_operator *op, uint32_t cell);
/* The cell is to be seen no later than `at`; not before `at`; no more. */
void window_cells_set_timer(struct window_operator *op, uint32_t cell, int64_t at);
void window_cells_postpone(struct window_operator *op, uint32_t cell, int64_t at);
void window_cells_drop_timer(struct window_operator *op, uint32_t cell);
/* The first timer if it is at or before `until`. False: there is none. */
bool window_cells_next_timer(const struct window_operator *op, int64_t until, struct window_timer *timer);
void window_cells_clear(struct window_operator *op);

/* window_keyed.c */
enum window_result window_keyed_add(struct window_operator *op, const struct window_record *r);
void window_keyed_advance(struct window_operator *op);
void window_keyed_set_timer(struct window_operator *op, uint32_t cell); /* as its state says */
/* What came into a cell was folded: gives what its trigger says. */
void window_keyed_added(struct window_operator *op, uint32_t cell, const struct window_record *r);

/* window_sliding.c */
enum window_result window_sliding_add(struct window_operator *op, const struct window_record *r);

#endif
