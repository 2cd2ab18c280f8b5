/* compact_pack.h: packing many small lists with one set of arrays; for the planners alone. */
#ifndef HEADROOM_PATHS_COMPACT_PACK_H
#define HEADROOM_PATHS_COMPACT_PACK_H

#include "compact.h"

struct compact_packer_bin {
    int64_t weight;
    size_t items_n;
    size_t rank; /* when it was closed, as the how-manieth */
};

/* Room for packing up to `capacity` items, so that many small packings share it. */
struct compact_packer {
    const struct compact_packing *rules;
    struct compact_packer_bin *bins;
    uint32_t *open; /* bins, the oldest first, from open_begin */
    uint32_t *bin_of, *order, *swap;
    size_t *starts;
    size_t capacity;
    size_t bins_n, open_begin, open_end, closed_n;
};

struct compact_packer compact_packer_new(const struct compact_packing *rules, size_t capacity,
                                         struct arena *arena);
/* items has room for n. What is returned points into the packer and stands until its next use. */
struct compact_bins compact_packer_pack(struct compact_packer *p, const int64_t *weights, size_t n,
                                        uint32_t *items);
/* Ascending or descending by weight, equal weights in the order given: a merge sort of indices, in either of
 * two arrays. */
uint32_t *compact_by_weight(const int64_t *weights, size_t n, bool descending, uint32_t *from, uint32_t *to);

#endif
