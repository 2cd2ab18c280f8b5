/* hot_keys.c: see hot_keys.h. */
#include "hot_keys.h"

#include "check.h"

static void halve(struct hot_keys *hot)
{
    for (int set = 0; set < HOT_KEY_SETS; set++)
        for (int way = 0; way < HOT_KEY_WAYS; way++)
            hot->counts[set][way] /= 2;
    hot->records /= 2;
}

static uint32_t count(uint64_t *hashes, uint32_t *counts, uint64_t hash)
{
    int unused = -1;
    for (int way = 0; way < HOT_KEY_WAYS; way++) {
        if (counts[way] == 0)
            unused = way;
        else if (hashes[way] == hash)
            return ++counts[way];
    }
    if (unused >= 0) {
        hashes[unused] = hash;
        return counts[unused] = 1;
    }
    for (int way = 0; way < HOT_KEY_WAYS; way++)
        counts[way]--;
    return 0;
}

bool hot_key_count(struct hot_keys *hot, uint64_t hash, uint32_t one_in)
{
    CHECK(one_in >= 1, "hot is one in %u", one_in);
    if (hot->records == HOT_KEY_HORIZON) halve(hot);
    hot->records++;
    const uint64_t set = hash % HOT_KEY_SETS;
    const uint32_t counted = count(hot->hashes[set], hot->counts[set], hash);
    return hot->records >= HOT_KEY_LEAST_RECORDS && (uint64_t)counted * one_in > hot->records;
}
