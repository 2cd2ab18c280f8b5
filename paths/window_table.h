/* window_table.h: flat open addressing: 64-bit keys to rows that begin with their key.
 *
 * A slot is 32 bits: its low `bits` name a row by index + 1, the rest is a tag of the hash's upper half,
 * which saves nearly all comparisons with the wrong row: 11 bits of it in a table of a million keys. 0 is an
 * empty slot. Linear probes, load at most 3/4. Rows lie apart, so that a probe rarely leaves its cache line
 * and the slots of a large table still fit a cache. Part of the window operator: see window_parts.h.
 */
#ifndef HEADROOM_PATHS_WINDOW_TABLE_H
#define HEADROOM_PATHS_WINDOW_TABLE_H

#include "mix.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WINDOW_TABLE_BITS_MIN = 4, WINDOW_TABLE_BITS_MAX = 30 };

struct window_table {
    uint32_t *slots;
    unsigned char *rows;
    uint32_t n;
    uint32_t bits; /* 2^bits slots, room for 3/4 of that in rows */
};

static inline size_t window_table_slots(uint32_t bits)
{
    return (size_t)1 << bits;
}

static inline size_t window_table_room(uint32_t bits)
{
    return window_table_slots(bits) / 4 * 3;
}

static inline size_t window_table_bytes(uint32_t bits, size_t row_bytes)
{
    return window_table_slots(bits) * sizeof(uint32_t) + window_table_room(bits) * row_bytes;
}

static inline uint32_t window_table_low(const struct window_table *t)
{
    return (uint32_t)(window_table_slots(t->bits) - 1);
}

/* The row that a slot names, as index + 1; 0: none. */
static inline uint32_t window_table_row(const struct window_table *t, size_t slot)
{
    return t->slots[slot] & window_table_low(t);
}

static inline void *window_table_row_at(const struct window_table *t, size_t row_bytes, uint32_t row)
{
    return t->rows + (row - 1) * row_bytes;
}

static inline bool window_table_tag_fits(const struct window_table *t, uint32_t slot, uint64_t hash)
{
    return ((slot ^ (uint32_t)(hash >> 32)) & ~window_table_low(t)) == 0;
}

/* The slot of a key, or the empty one that its probes end in. */
static inline size_t window_table_find(const struct window_table *t, size_t row_bytes, uint64_t key,
                                       uint64_t hash)
{
    const uint32_t low = window_table_low(t);
    size_t i = hash & low;
    for (; t->slots[i] != 0; i = (i + 1) & low)
        if (window_table_tag_fits(t, t->slots[i], hash) &&
            *(const uint64_t *)window_table_row_at(t, row_bytes, t->slots[i] & low) == key)
            break;
    return i;
}

static inline void window_table_set(struct window_table *t, size_t slot, uint64_t hash, uint32_t row)
{
    t->slots[slot] = ((uint32_t)(hash >> 32) & ~window_table_low(t)) | row;
}

static inline void window_table_place(struct window_table *t, uint64_t hash, uint32_t row)
{
    const uint32_t low = window_table_low(t);
    size_t i = hash & low;
    while (t->slots[i] != 0)
        i = (i + 1) & low;
    window_table_set(t, i, hash, row);
}

/* Empties a slot; those behind it move up to where their probes find them. */
static inline void window_table_remove(struct window_table *t, size_t row_bytes, size_t slot)
{
    const uint32_t low = window_table_low(t);
    size_t hole = slot;
    for (size_t i = (hole + 1) & low; t->slots[i] != 0; i = (i + 1) & low) {
        const size_t home =
            mix64(*(const uint64_t *)window_table_row_at(t, row_bytes, t->slots[i] & low)) & low;
        if (((i - home) & low) < ((i - hole) & low)) continue; /* its home lies behind the hole */
        t->slots[hole] = t->slots[i];
        hole = i;
    }
    t->slots[hole] = 0;
}

#endif
