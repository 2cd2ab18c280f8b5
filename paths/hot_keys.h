/* hot_keys.h: which keys are hot, counted in a few kilobytes.
 *
 * HOT_KEY_SETS sets of HOT_KEY_WAYS counters, each set by Misra and Gries (1982): a key that is counted goes
 * up by one; one that is not takes a free counter, or else takes one from every counter of its set. A count
 * is never above the truth, so a key called hot has been; it is below it by at most what the others of its
 * set were, over HOT_KEY_WAYS. When HOT_KEY_HORIZON records were counted everything is halved, so that a key
 * that cools is let go.
 *
 * Keys are told apart by 64 bits of hash. Errors: none. Ownership: the caller's struct, all zero at first.
 * Cost: at most 8 compares a record, a few ns.
 */
#ifndef HEADROOM_PATHS_HOT_KEYS_H
#define HEADROOM_PATHS_HOT_KEYS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    HOT_KEY_SETS = 64,
    HOT_KEY_WAYS = 8,
    HOT_KEY_LEAST_RECORDS = 1024, /* nothing is hot before so many */
    HOT_KEY_HORIZON = 1 << 20,
};

struct hot_keys {
    uint64_t hashes[HOT_KEY_SETS][HOT_KEY_WAYS];
    uint32_t counts[HOT_KEY_SETS][HOT_KEY_WAYS]; /* 0: the counter is free */
    uint32_t records;                            /* counted, halved as the counts are */
};

/* Counts one record of a key, and says if it is hot: more than one in `one_in` records (>= 1) are of it. The
 * hash has to be a mixed one: its low bits choose the set. */
bool hot_key_count(struct hot_keys *hot, uint64_t hash, uint32_t one_in);

#endif
