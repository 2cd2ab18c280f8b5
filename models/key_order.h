/* key_order.h: the keys of a table's records in the order of their bytes, with their shares: what a file of a table that
 * is sorted by them holds of which.
 *
 * Shapes: by bucket of the table (one, if it is not partitioned by them) the keys in ascending order of their bytes; a
 * key's records lie from the share of the key before it to its own. Ownership: the arena's. Cost: a microsecond a key, once.
 */
#ifndef HEADROOM_MODELS_KEY_ORDER_H
#define HEADROOM_MODELS_KEY_ORDER_H

#include <stdint.h>

#include "scenario.h"

struct arena;

struct key_order {
    int buckets;
    const int64_t *first; /* [buckets + 1]: places in upto[] */
    const double *upto;   /* of its bucket's records those of this key and the ones before it: a share, the last 1 */
};

/* by_keys: records of each of scenario.keys, [SCENARIO_KEYS_MAX]. */
const struct key_order *key_order_new(const struct scenario *, const double *by_keys, int buckets, struct arena *);

/* The records of the key at a share u, 0 <= u < 1, of a bucket: from, to. from = to where the bucket has no key. */
void key_order_at(const struct key_order *, int bucket, double u, double *from, double *to);

#endif
