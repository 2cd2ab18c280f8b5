/* compact_order.c: see compact_order.h. */
#include "compact_order.h"

#include "check.h"
#include "memory.h"
#include "table_format.h"
#include "zorder.h"

#include <stdlib.h>
#include <string.h>

/* A record by the number that it goes by. */
struct compact_placed {
    uint64_t place;
    uint32_t record;
};

void compact_sorter_free(struct compact_sorter *s)
{
    free(s->placed);
    free(s->other);
    free(s->records);
}

static void reserve(struct compact_sorter *s, size_t n)
{
    if (n <= s->capacity) return;
    s->placed = memory_resize(s->placed, n, sizeof *s->placed);
    s->other = memory_resize(s->other, n, sizeof *s->other);
    s->records = memory_resize(s->records, n, sizeof *s->records);
    s->capacity = n;
}

/* A merge sort, by place; equal ones as records compare, and else as they stand. */
static uint64_t sort_placed(struct compact_sorter *s, const struct table_record *records, size_t n)
{
    uint64_t comparisons = 0;
    struct compact_placed *from = s->placed, *to = s->other;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t begin = 0; begin < n; begin += 2 * width) {
            const size_t middle = n - begin < width ? n : begin + width;
            const size_t end = n - middle < width ? n : middle + width;
            size_t a = begin, b = middle;
            for (size_t out = begin; out < end; out++) {
                bool take_a = b == end;
                if (!take_a && a < middle) {
                    comparisons++;
                    take_a =
                        from[a].place != from[b].place
                            ? from[a].place < from[b].place
                            : table_record_compare(&records[from[a].record], &records[from[b].record]) <= 0;
                }
                to[out] = take_a ? from[a++] : from[b++];
            }
        }
        struct compact_placed *swap = from;
        from = to;
        to = swap;
    }
    s->placed = from;
    s->other = to;
    return comparisons;
}

static void gather(struct compact_sorter *s, struct table_record *records, size_t n)
{
    for (size_t i = 0; i < n; i++)
        s->records[i] = records[s->placed[i].record];
    memcpy(records, s->records, n * sizeof *records);
}

/* Numbers of which the order is the times'. */
static uint64_t place_of_time(int64_t time_ms)
{
    return (uint64_t)time_ms ^ UINT64_C(1) << 63;
}

static uint64_t sort_by_time(struct compact_sorter *s, struct table_record *records, size_t n)
{
    for (size_t i = 0; i < n; i++)
        s->placed[i] = (struct compact_placed){place_of_time(records[i].time_ms), (uint32_t)i};
    const uint64_t comparisons = sort_placed(s, records, n);
    gather(s, records, n);
    return comparisons;
}

static int key_is_less(const void *context, size_t a, size_t b)
{
    const struct table_record *records = context, *x = &records[a], *y = &records[b];
    return table_key_compare(x->key, x->key_n, y->key, y->key_n) < 0;
}

/* Sorted by key, each record's range of keys goes to ranges[]. */
static void number_keys(const struct table_record *records, size_t n, uint32_t *ranges)
{
    size_t bounds[ZORDER_RANGES];
    const size_t bounds_n = zorder_bounds(n, ZORDER_RANGES, key_is_less, records, bounds);
    size_t range = 0;
    for (size_t i = 0; i < n; i++) {
        while (range < bounds_n && key_is_less(records, bounds[range], i))
            range++;
        ranges[i] = (uint32_t)range;
    }
}

/* Delta's way: ranges of equal shares, here of all records and not of a sample, interleaved. */
static uint64_t sort_by_z_order(struct compact_sorter *s, struct table_record *records, size_t n)
{
    uint64_t comparisons = table_records_sort(records, n);
    uint32_t *ranges = memory_resize(NULL, n, sizeof *ranges);
    int64_t *times = memory_resize(NULL, n, sizeof *times), bounds[ZORDER_RANGES];
    number_keys(records, n, ranges);
    for (size_t i = 0; i < n; i++)
        s->placed[i] = (struct compact_placed){place_of_time(records[i].time_ms), (uint32_t)i};
    comparisons += sort_placed(s, records, n);
    for (size_t i = 0; i < n; i++)
        times[i] = records[s->placed[i].record].time_ms;
    const size_t bounds_n = zorder_bounds_int(times, n, ZORDER_RANGES, bounds);
    for (size_t i = 0; i < n; i++)
        s->placed[i] = (struct compact_placed){
            zorder_pair(ranges[i], zorder_range_id(bounds, bounds_n, &records[i].time_ms)), (uint32_t)i};
    comparisons += sort_placed(s, records, n);
    gather(s, records, n);
    free(ranges);
    free(times);
    return comparisons;
}

uint64_t compact_sort(struct compact_sorter *s, enum compact_layout layout, struct table_record *records,
                      size_t n)
{
    if (layout == COMPACT_BY_KEY) return table_records_sort(records, n);
    CHECK(n <= UINT32_MAX, "%zu records to sort", n);
    if (n == 0) return 0;
    reserve(s, n);
    switch (layout) {
    case COMPACT_BY_KEY:
    case COMPACT_BY_TIME:
        return sort_by_time(s, records, n);
    case COMPACT_BY_Z_ORDER:
        return sort_by_z_order(s, records, n);
    }
    CHECK(false, "layout %d", (int)layout);
    return 0;
}
