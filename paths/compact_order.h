/* compact_order.h: sorting records by time or along a curve; for the executor alone. */
#ifndef HEADROOM_PATHS_COMPACT_ORDER_H
#define HEADROOM_PATHS_COMPACT_ORDER_H

#include "compact.h"

/* Buffers, kept from call to call; zeros to begin with. */
struct compact_sorter {
    struct compact_placed *placed, *other;
    struct table_record *records;
    size_t capacity;
};
void compact_sorter_free(struct compact_sorter *sorter);

/* Sorts records as the layout has them. Returns how many comparisons it took: the same on every machine. n is
 * below 2^32. */
uint64_t compact_sort(struct compact_sorter *sorter, enum compact_layout layout, struct table_record *records,
                      size_t n);

#endif
