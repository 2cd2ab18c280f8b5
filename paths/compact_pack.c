/* compact_pack.c: bin packing; see compact.h. */
#include "compact_pack.h"

#include "arena.h"
#include "check.h"

#include <string.h>

static bool in_order(int64_t a, int64_t b, bool descending)
{
    return descending ? a >= b : a <= b;
}

uint32_t *compact_by_weight(const int64_t *weights, size_t n, bool descending, uint32_t *from, uint32_t *to)
{
    for (size_t i = 0; i < n; i++)
        from[i] = (uint32_t)i;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t begin = 0; begin < n; begin += 2 * width) {
            size_t middle = n - begin < width ? n : begin + width;
            size_t end = n - middle < width ? n : middle + width;
            size_t a = begin, b = middle;
            for (size_t out = begin; out < end; out++)
                to[out] = b == end || (a < middle && in_order(weights[from[a]], weights[from[b]], descending))
                              ? from[a++]
                              : from[b++];
        }
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
    return from;
}

struct compact_packer compact_packer_new(const struct compact_packing *rules, size_t capacity,
                                         struct arena *arena)
{
    const size_t ordered = rules->ascending || rules->descending ? capacity : 0;
    return (struct compact_packer){
        .rules = rules,
        .bins = ARENA_NEW(arena, struct compact_packer_bin, capacity),
        .open = ARENA_NEW(arena, uint32_t, capacity),
        .bin_of = ARENA_NEW(arena, uint32_t, capacity),
        .order = ARENA_NEW(arena, uint32_t, ordered),
        .swap = ARENA_NEW(arena, uint32_t, ordered),
        .starts = ARENA_NEW(arena, size_t, capacity + 1),
        .capacity = capacity,
    };
}

static bool can_add(const struct compact_packer *p, const struct compact_packer_bin *bin, int64_t weight)
{
    int64_t sum;
    return !__builtin_add_overflow(bin->weight, weight, &sum) && sum <= p->rules->target &&
           (p->rules->max_items == 0 || bin->items_n < p->rules->max_items);
}

/* Of equal ones the oldest. */
static void close_one(struct compact_packer *p)
{
    size_t chosen = p->open_begin;
    if (p->rules->largest_first)
        for (size_t i = chosen + 1; i < p->open_end; i++)
            if (p->bins[p->open[i]].weight > p->bins[p->open[chosen]].weight) chosen = i;
    p->bins[p->open[chosen]].rank = p->closed_n++;
    memmove(&p->open[p->open_begin + 1], &p->open[p->open_begin], (chosen - p->open_begin) * sizeof *p->open);
    p->open_begin++;
}

/* The bin that an item goes to. */
static uint32_t place(struct compact_packer *p, int64_t weight)
{
    for (size_t i = p->open_begin; i < p->open_end; i++) {
        struct compact_packer_bin *bin = &p->bins[p->open[i]];
        if (!can_add(p, bin, weight)) continue;
        bin->weight += weight;
        bin->items_n++;
        return p->open[i];
    }
    uint32_t added = (uint32_t)p->bins_n++;
    p->bins[added] = (struct compact_packer_bin){.weight = weight, .items_n = 1};
    p->open[p->open_end++] = added;
    if (p->rules->lookback != 0 && p->open_end - p->open_begin > p->rules->lookback) close_one(p);
    return added;
}

struct compact_bins compact_packer_pack(struct compact_packer *p, const int64_t *weights, size_t n,
                                        uint32_t *items)
{
    const struct compact_packing *rules = p->rules;
    CHECK(n <= p->capacity, "%zu items in room for %zu", n, p->capacity);
    const bool ordered = rules->ascending || rules->descending;
    const uint32_t *order =
        ordered ? compact_by_weight(weights, n, rules->descending, p->order, p->swap) : NULL;
    p->bins_n = p->open_begin = p->open_end = p->closed_n = 0;
    for (size_t k = 0; k < n; k++) {
        size_t i = rules->from_end ? n - 1 - k : k;
        int64_t weight = weights[order == NULL ? i : order[i]];
        CHECK(weight >= 0, "an item of weight %lld", (long long)weight);
        p->bin_of[i] = place(p, weight);
    }
    for (; p->open_begin < p->open_end; p->open_begin++)
        p->bins[p->open[p->open_begin]].rank = p->closed_n++;

    /* Bins by rank, the items of each in the order of all. */
    struct compact_packer_bin *bins = p->bins;
    size_t *starts = p->starts;
    starts[0] = 0;
    for (size_t b = 0; b < p->bins_n; b++) {
        if (rules->from_end) bins[b].rank = p->bins_n - 1 - bins[b].rank;
        starts[bins[b].rank + 1] = bins[b].items_n;
    }
    for (size_t b = 0; b < p->bins_n; b++)
        starts[b + 1] += starts[b];
    for (size_t b = 0; b < p->bins_n; b++)
        bins[b].items_n = starts[bins[b].rank]; /* from here on: where its next item goes */
    for (size_t i = 0; i < n; i++)
        items[bins[p->bin_of[i]].items_n++] = order == NULL ? (uint32_t)i : order[i];
    return (struct compact_bins){.items = items, .starts = starts, .bins_n = p->bins_n};
}

struct compact_bins compact_pack(const int64_t *weights, size_t n, const struct compact_packing *rules,
                                 struct arena *arena)
{
    CHECK(n <= COMPACT_FILES_MAX, "%zu items to pack", n);
    struct compact_packer p = compact_packer_new(rules, n, arena);
    return compact_packer_pack(&p, weights, n, ARENA_NEW(arena, uint32_t, n));
}
