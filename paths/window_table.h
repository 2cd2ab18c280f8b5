/* window_table.h: flat open addressing: 64-bit keys to rows that begin with their key.
 *
 * A slot names a row by index + 1; 0 is an empty slot. The tag, the hash's upper half, saves most comparisons
 * with the wrong row. Linear probes, load at most 3/4. Rows lie apart, so slots are 8 bytes and a probe
 * rarely leaves its cache line. Part of the window operator: see window_parts.h.
 */
#ifndef HEADROOM_PATHS_WINDOW_TABLE_H
#define HEADROOM_PATHS_WINDOW_TABLE_H

#include "mix.h"

#include <stddef.h>
#include <stdint.h>

enum { WINDOW_TABLE_BITS_MIN = 4, WINDOW_TABLE_BITS_MAX = 30 };

struct window_slot {
    uint32_t tag;
    uint32_t row;
};

struct window_table {
    struct window_slot *slots;
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
    return window_table_slots(bits) * sizeof(struct window_slot) + window_table_room(bits) * row_bytes;
}

/* The slot of a key, or the empty one that its probes end in. */
static inline size_t window_table_find(const struct window_table *t, size_t row_bytes, uint64_t key,
                                       uint64_t hash)
{
    const size_t mask = window_table_slots(t->bits) - 1;
    const uint32_t tag = (uint32_t)(hash >> 32);
    size_t i = hash & mask;
    for (; t->slots[i].row != 0; i = (i + 1) & mask)
        if (t->slots[i].tag == tag && *(const uint64_t *)(t->rows + (t->slots[i].row - 1) * row_bytes) == key)
            break;
    return i;
}

static inline void window_table_place(struct window_table *t, uint64_t hash, uint32_t row)
{
    const size_t mask = window_table_slots(t->bits) - 1;
    size_t i = hash & mask;
    while (t->slots[i].row != 0)
        i = (i + 1) & mask;
    t->slots[i] = (struct window_slot){(uint32_t)(hash >> 32), row};
}

/* Empties a slot; those behind it move up to where their probes find them. */
static inline void window_table_remove(struct window_table *t, size_t row_bytes, size_t slot)
{
    const size_t mask = window_table_slots(t->bits) - 1;
    size_t hole = slot;
    for (size_t i = (hole + 1) & mask; t->slots[i].row != 0; i = (i + 1) & mask) {
        const size_t home = mix64(*(const uint64_t *)(t->rows + (t->slots[i].row - 1) * row_bytes)) & mask;
        if (((i - home) & mask) < ((i - hole) & mask)) continue; /* its home lies behind the hole */
        t->slots[hole] = t->slots[i];
        hole = i;
    }
    t->slots[hole] = (struct window_slot){0, 0};
}

#endif
