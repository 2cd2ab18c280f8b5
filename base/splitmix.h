/* splitmix.h: the finaliser of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014): a
 * bijection of 64 bits in which every input bit flips each output bit about half the time. With SPLITMIX_STEP added before
 * each use, 0 included, it is that generator. */
#ifndef HEADROOM_BASE_SPLITMIX_H
#define HEADROOM_BASE_SPLITMIX_H

#include <stdint.h>

#define SPLITMIX_STEP 0x9e3779b97f4a7c15u

static inline uint64_t splitmix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

#endif
