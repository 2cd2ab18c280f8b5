/* bare_table.h: the least that a table of counts by key can be, as a reference for windows: open addressing
 * with keys and counts side by side in 16 bytes, linear probes, no more than 3/4 full, the window operator's
 * own hash. It neither grows nor keeps an order, a side or a window, and checks nothing. A key's count is
 * never 0.
 */
#ifndef HEADROOM_BENCH_BARE_TABLE_H
#define HEADROOM_BENCH_BARE_TABLE_H

#include "arena.h"
#include "mix.h"

#include <stddef.h>
#include <stdint.h>

struct bare_count {
    uint64_t key;
    int64_t n;
};

struct bare_table {
    struct bare_count *slots;
    size_t mask;
};

static inline void bare_table_init(struct bare_table *t, struct arena *arena, size_t keys)
{
    size_t slots = 16;
    while (slots / 4 * 3 < keys)
        slots *= 2;
    t->slots = ARENA_NEW(arena, struct bare_count, slots);
    t->mask = slots - 1;
}

static inline void bare_table_fetch(const struct bare_table *t, uint64_t key)
{
    __builtin_prefetch(&t->slots[mix64(key) & t->mask], 1);
}

static inline void bare_table_add(struct bare_table *t, uint64_t key, int64_t n)
{
    size_t i = mix64(key) & t->mask;
    while (t->slots[i].n != 0 && t->slots[i].key != key)
        i = (i + 1) & t->mask;
    t->slots[i].key = key;
    t->slots[i].n += n;
}

#endif
