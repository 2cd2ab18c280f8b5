/* mix.h: murmur3's 64-bit finaliser: spreads keys that may be small consecutive numbers over all 64 bits. A
 * bijection. */
#ifndef HEADROOM_PATHS_MIX_H
#define HEADROOM_PATHS_MIX_H

#include <stdint.h>

static inline uint64_t mix64(uint64_t key)
{
    key ^= key >> 33;
    key *= 0xff51afd7ed558ccdu;
    key ^= key >> 33;
    key *= 0xc4ceb9fe1a85ec53u;
    return key ^ key >> 33;
}

#endif
