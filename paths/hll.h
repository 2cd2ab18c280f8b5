/* hll.h: HyperLogLog: how many different items there were, in 2^precision bytes.
 *
 * One byte a register. Items are hashed here. The estimate is Ertl's ("New cardinality estimation algorithms
 * for HyperLogLog sketches", 2017, the improved raw estimator), unbiased from 0 up without tables or
 * thresholds; its standard error is 1.04 / sqrt(2^precision): 1.6 % at 12. Merging two sketches gives exactly
 * that of both streams.
 *
 * Ranges: precision HLL_PRECISION_MIN to HLL_PRECISION_MAX. No errors. Cost: adding is a hash and a byte
 * (some 2 ns in cache), an estimate reads all registers.
 */
#ifndef HEADROOM_PATHS_HLL_H
#define HEADROOM_PATHS_HLL_H

#include <stddef.h>
#include <stdint.h>

enum { HLL_PRECISION_MIN = 4, HLL_PRECISION_MAX = 16 };

static inline size_t hll_bytes(int precision)
{
    return (size_t)1 << precision;
}
/* Registers begin as zeros. */
void hll_add(uint8_t *registers, int precision, uint64_t item);
void hll_merge(uint8_t *into, const uint8_t *from, int precision);
double hll_estimate(const uint8_t *registers, int precision);

#endif
