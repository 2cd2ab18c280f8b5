/* philox.c: from (seed, name, ordinal) to a key. Drawing is inline, in the header. */
#include "philox.h"

#include "check.h"

/* The finaliser of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014): a
 * bijection of 64 bits in which every input bit flips each output bit about half the time. */
static uint64_t mix(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    x ^= x >> 31;
    return x;
}

struct philox philox_named(uint64_t seed, const char *name)
{
    return philox_named_nth(seed, name, 0);
}

struct philox philox_named_nth(uint64_t seed, const char *name, uint64_t ordinal)
{
    CHECK(name, "a random stream needs a name");
    /* FNV-1a of the name, then seed and ordinal mixed in one after the other, so that neither can undo the
     * other. */
    uint64_t hash = 0xcbf29ce484222325u;
    for (const char *c = name; *c; c++) {
        hash ^= (unsigned char)*c;
        hash *= 0x100000001b3u;
    }
    hash = mix(hash + mix(seed + 0x9e3779b97f4a7c15u));
    if (ordinal) hash = mix(hash + mix(ordinal + 0xd1b54a32d192ed03u));

    struct philox philox = {.key = {(uint32_t)hash, (uint32_t)(hash >> 32)}};
    philox_at(&philox, 0);
    return philox;
}
