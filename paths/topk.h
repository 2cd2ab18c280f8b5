/* topk.h: Space-Saving (Metwally, Agrawal, El Abbadi 2005): the items that came most often.
 *
 * Of `size` counters each names an item, with a count that is never too low and at most `error` too high; any
 * item that came more often than n / size times is among them. A new item takes over the counter with the
 * least count. Merging is Agarwal et al.'s ("Mergeable Summaries", 2012): an item that one side does not name
 * may have come as often as that side's least count. The same bounds hold after it.
 *
 * Ranges: size 1 to TOPK_SIZE_MAX; counts are CHECKed to stay below 2^63. Cost: adding looks through all
 * counters, some size / 2 ns; merging is size^2. Ties: the item that was seen first stays.
 */
#ifndef HEADROOM_PATHS_TOPK_H
#define HEADROOM_PATHS_TOPK_H

#include <stddef.h>
#include <stdint.h>

enum { TOPK_SIZE_MAX = 1024 };

struct topk_counter {
    uint64_t item;
    int64_t count; /* 0: not in use */
    int64_t error; /* it came at least count - error times */
};

static inline size_t topk_bytes(int size)
{
    return (size_t)size * sizeof(struct topk_counter);
}
/* Counters begin as zeros. */
void topk_add(struct topk_counter *counters, int size, uint64_t item, int64_t count);
void topk_merge(struct topk_counter *into, const struct topk_counter *from, int size);
/* The greatest k, by count, then by item. Returns how many there are, at most k. */
size_t topk_list(const struct topk_counter *counters, int size, struct topk_counter *out, size_t k);

#endif
