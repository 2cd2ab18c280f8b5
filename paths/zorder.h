/* zorder.h: many columns as one order, bit by bit in turn.
 *
 * Values near each other in every column lie near each other on the curve, so that a file cut from it covers
 * a small box, and its smallest and largest values let queries on any of the columns pass it over.
 *
 * Interleaving, in two forms: Delta's, of 32-bit values (InterleaveBits), and Iceberg's, of byte strings of
 * any length (ZOrderByteUtil.interleaveBits). The most significant bit comes first, the first column first.
 *
 * Before that, values become numbers of which bytes and order agree. Iceberg's forms: a signed number with
 * its sign bit flipped, a double with the sign bit or all bits flipped, text cut or filled with zeros.
 * Delta's: the number of the range that a value is in (RangePartitionId), by bounds at equal shares of a
 * sample, as Spark's RangePartitioner draws them.
 *
 * Ranges: as said with each. Nothing allocates, nothing fails. Cost: interleaving, a bit at a time, some
 * nanoseconds a byte; two columns of 32 bits in a nanosecond (zorder_pair).
 */
#ifndef HEADROOM_PATHS_ZORDER_H
#define HEADROOM_PATHS_ZORDER_H

#include <stddef.h>
#include <stdint.h>

enum { ZORDER_RANGES = 1000 }; /* Delta's mdc.rangeId.max */

/* 4 n bytes go to out. A null is 0. */
void zorder_interleave_u32(const uint32_t *columns, size_t n, unsigned char *out);

struct zorder_bytes {
    const unsigned char *bytes;
    size_t n;
};
/* A column that has run out of bits is passed over; what no bit is left for is 0. */
void zorder_interleave_bytes(const struct zorder_bytes *columns, size_t columns_n, unsigned char *out,
                             size_t out_n);

/* The interleaved bits of two columns as a number: those of `first` are the higher ones. */
uint64_t zorder_pair(uint32_t first, uint32_t second);

/* Eight bytes, big-endian, that compare as the values do. Every NaN is above all numbers. -0 is below 0. */
void zorder_from_int(int64_t value, unsigned char out[8]);
void zorder_from_double(double value, unsigned char out[8]);
/* The first out_n bytes, zeros where there are none. */
void zorder_from_text(const void *text, size_t n, unsigned char *out, size_t out_n);

/* Where a sorted sample of n is cut into so many ranges of equal shares (>= 1): at most ranges - 1 bounds,
 * fewer where values repeat. is_less orders two of the sample. The bounds are places in the sample. */
typedef int zorder_is_less(const void *context, size_t a, size_t b);
size_t zorder_bounds(size_t n, size_t ranges, zorder_is_less *is_less, const void *context, size_t *bounds);
/* The same for numbers; the bounds are values. */
size_t zorder_bounds_int(const int64_t *sorted, size_t n, size_t ranges, int64_t *bounds);
/* The range of a value: how many bounds are below it. A null is in range 0. */
uint32_t zorder_range_id(const int64_t *bounds, size_t bounds_n, const int64_t *value);

/* The place on the curve of the nth cell (from 0) that it meets in a grid of side x side, 1 <= side <= 2^20.
 */
uint64_t zorder_cell(uint32_t side, uint64_t nth);

/* The box that a piece of the curve covers, from `first` to `last`, both included; first <= last. */
struct zorder_box {
    uint32_t min[2], max[2];
};
struct zorder_box zorder_box_of(uint64_t first, uint64_t last);

#endif
