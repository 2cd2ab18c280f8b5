/* philox.h: named, counter-based random streams.
 *
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC'11): 128
 * random bits are a pure function of a 64-bit key and a 128-bit counter. Here
 *
 *     key       a hash of (seed, name, ordinal): a stream belongs to a component and a purpose, such as
 *               "producer/edge-17/arrivals", and adding a component never disturbs another's stream
 *     counter   high half: the cell (philox_at); low half: counts up as the stream is drawn from
 *
 * so that the draws of (stream, cell) are the same whatever was drawn before, in whatever order cells are
 * visited. A fresh stream stands at cell 0. A cell yields 2^66 32-bit words before it would repeat.
 *
 * Cost: 7 to 8 ns a uniform one after the other, 16 ns the first of a cell (gcc -O2, one core of an AMD
 * EPYC); everything on the hot path is inline and allocates nothing. A struct philox is plain data: copying
 * it copies the stream's place.
 */
#ifndef HEADROOM_BASE_PHILOX_H
#define HEADROOM_BASE_PHILOX_H

#include <stdint.h>

enum { PHILOX_WORDS = 8 }; /* two blocks are made at a time */

struct philox {
    uint32_t key[2];
    uint32_t used; /* words of out[] already handed out */
    uint32_t out[PHILOX_WORDS];
    uint64_t cell;  /* high half of the counter */
    uint64_t block; /* low half of the next block's counter */
};

/* The stream of a name under a seed, at cell 0. */
struct philox philox_named(uint64_t seed, const char *name);
/* The same for the ordinal-th of many that share a name; ordinal 0 is philox_named() itself. */
struct philox philox_named_nth(uint64_t seed, const char *name, uint64_t ordinal);

/* One round on c0..c3; the next round's keys are the caller's to make. Scalars, so that they stay in
 * registers. */
#define PHILOX_ROUND(c0, c1, c2, c3, k0, k1)                                                                 \
    do {                                                                                                     \
        uint64_t p0 = (uint64_t)0xD2511F53u * (c0), p1 = (uint64_t)0xCD9E8D57u * (c2);                       \
        (c0) = (uint32_t)(p1 >> 32) ^ (c1) ^ (k0);                                                           \
        (c2) = (uint32_t)(p0 >> 32) ^ (c3) ^ (k1);                                                           \
        (c1) = (uint32_t)p1;                                                                                 \
        (c3) = (uint32_t)p0;                                                                                 \
    } while (0)
enum { PHILOX_ROUNDS = 10 };
#define PHILOX_WEYL_0 0x9E3779B9u
#define PHILOX_WEYL_1 0xBB67AE85u

/* The bare function: out = Philox(counter, key). */
static inline void philox_block(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        PHILOX_ROUND(c0, c1, c2, c3, k0, k1);
        k0 += PHILOX_WEYL_0;
        k1 += PHILOX_WEYL_1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* Go to the beginning of a cell's own sub-stream. */
static inline void philox_at(struct philox *philox, uint64_t cell)
{
    philox->cell = cell;
    philox->block = 0;
    philox->used = PHILOX_WORDS;
}

/* Two blocks side by side: neither waits for the other's multiplications. */
static inline void philox_refill(struct philox *philox)
{
    uint64_t block = philox->block, next = block + 1;
    uint32_t a0 = (uint32_t)block, a1 = (uint32_t)(block >> 32), a2 = (uint32_t)philox->cell;
    uint32_t a3 = (uint32_t)(philox->cell >> 32);
    uint32_t b0 = (uint32_t)next, b1 = (uint32_t)(next >> 32), b2 = a2, b3 = a3;
    uint32_t k0 = philox->key[0], k1 = philox->key[1];
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        PHILOX_ROUND(a0, a1, a2, a3, k0, k1);
        PHILOX_ROUND(b0, b1, b2, b3, k0, k1);
        k0 += PHILOX_WEYL_0;
        k1 += PHILOX_WEYL_1;
    }
    uint32_t *out = philox->out;
    out[0] = a0;
    out[1] = a1;
    out[2] = a2;
    out[3] = a3;
    out[4] = b0;
    out[5] = b1;
    out[6] = b2;
    out[7] = b3;
    philox->block += 2;
    philox->used = 0;
}

static inline uint32_t philox_next_u32(struct philox *philox)
{
    if (philox->used == PHILOX_WORDS) philox_refill(philox);
    return philox->out[philox->used++];
}

/* Two 32-bit words, the low one drawn first. */
static inline uint64_t philox_next_u64(struct philox *philox)
{
    if (philox->used == PHILOX_WORDS) philox_refill(philox);
    if (philox->used <= PHILOX_WORDS - 2) {
        uint64_t low = philox->out[philox->used];
        uint64_t high = philox->out[philox->used + 1];
        philox->used += 2;
        return high << 32 | low;
    }
    uint64_t low = philox_next_u32(philox);
    return (uint64_t)philox_next_u32(philox) << 32 | low;
}

/* A multiple of 2^-53, strictly between 0 and 1: safe for log(u) and for log(1 - u). */
static inline double philox_uniform(struct philox *philox)
{
    uint64_t bits = philox_next_u64(philox) >> 11;
    bits += bits == 0; /* 0 becomes 2^-53: one draw in 2^53 */
    return (double)bits * 0x1p-53;
}

__extension__ typedef unsigned __int128 philox_u128;

/* Uniform in 0..n-1 without bias; n >= 1. Lemire, "Fast random integer generation in an interval", 2019. */
static inline uint64_t philox_below(struct philox *philox, uint64_t n)
{
    philox_u128 product = (philox_u128)philox_next_u64(philox) * n;
    uint64_t low = (uint64_t)product;
    if (low < n) {
        uint64_t threshold = (0 - n) % n;
        while (low < threshold) {
            product = (philox_u128)philox_next_u64(philox) * n;
            low = (uint64_t)product;
        }
    }
    return (uint64_t)(product >> 64);
}

#endif
