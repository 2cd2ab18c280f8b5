/* quantile_sketch.c: see quantile_sketch.h.
 *
 * A side's bin d holds values of index highest - d, the last bin also all that is nearer to zero. Index i
 * holds (gamma^(i-1), gamma^i]; 0 is value 1.
 */
#include "quantile_sketch.h"

#include "check.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* [0] zeros, then two sides of [0] highest index + 1 (0: empty), [1 ..] bins */
static int64_t *side_at(int64_t *sketch, int bins, bool negative)
{
    return sketch + 1 + (negative ? (size_t)bins + 1 : 0);
}

struct quantile_bins quantile_bins(double accuracy, int bins)
{
    return (struct quantile_bins){accuracy, 1 / log((1 + accuracy) / (1 - accuracy)), bins};
}

size_t quantile_sketch_bytes(int bins)
{
    return (1 + 2 * ((size_t)bins + 1)) * sizeof(int64_t);
}

static void count_up(int64_t *count, int64_t by)
{
    CHECK(!__builtin_add_overflow(*count, by, count), "a count beyond 2^63");
}

/* The side's highest index becomes `index`, which is above it. */
static void raise_highest(int64_t *side, int bins, int64_t index)
{
    const int64_t by = side[0] == 0 ? 0 : index + 1 - side[0];
    side[0] = index + 1;
    if (by == 0) return;
    int64_t *bin = side + 1;
    const int64_t moved = by < bins ? by : bins;
    int64_t nearest = 0; /* what no longer has a bin of its own */
    for (int64_t d = bins - moved; d < bins; d++)
        count_up(&nearest, bin[d]);
    memmove(bin + moved, bin, (size_t)(bins - moved) * sizeof *bin);
    memset(bin, 0, (size_t)moved * sizeof *bin);
    count_up(&bin[bins - 1], nearest);
}

static void add_at(int64_t *side, int bins, int64_t index, int64_t count)
{
    if (index + 1 > side[0]) raise_highest(side, bins, index);
    const int64_t distance = side[0] - 1 - index;
    count_up(&side[1 + (distance < bins ? distance : bins - 1)], count);
}

void quantile_sketch_add(int64_t *sketch, const struct quantile_bins *b, int64_t value, int64_t count)
{
    if (value == 0) {
        count_up(&sketch[0], count);
        return;
    }
    const double size = value > 0 ? (double)value : -(double)value;
    add_at(side_at(sketch, b->bins, value < 0), b->bins, (int64_t)ceil(log(size) * b->per_log), count);
}

void quantile_sketch_merge(int64_t *into, const int64_t *from, const struct quantile_bins *b)
{
    count_up(&into[0], from[0]);
    for (int negative = 0; negative < 2; negative++) {
        int64_t *side = side_at(into, b->bins, negative);
        const int64_t *other = from + (side - into);
        for (int d = 0; other[0] != 0 && d < b->bins; d++)
            if (other[1 + d] != 0) add_at(side, b->bins, other[0] - 1 - d, other[1 + d]);
    }
}

static int64_t side_count(const int64_t *side, int bins)
{
    int64_t n = 0;
    for (int d = 0; d < bins; d++)
        count_up(&n, side[1 + d]);
    return n;
}

int64_t quantile_sketch_count(const int64_t *sketch, const struct quantile_bins *b)
{
    int64_t n = sketch[0];
    count_up(&n, side_count(sketch + 1, b->bins));
    count_up(&n, side_count(sketch + 2 + b->bins, b->bins));
    return n;
}

/* The middle of an index's values: within the accuracy of each of them. */
static double value_at(const struct quantile_bins *b, int64_t index)
{
    return exp((double)index / b->per_log) * (1 - b->accuracy);
}

double quantile_sketch_at(const int64_t *sketch, const struct quantile_bins *b, double q)
{
    const int64_t n = quantile_sketch_count(sketch, b);
    if (n == 0) return (double)NAN;
    const int64_t *positive = sketch + 1, *negative = sketch + 2 + b->bins;
    int64_t left = (int64_t)(q * (double)(n - 1));
    for (int d = 0; d < b->bins; d++) {
        left -= negative[1 + d];
        if (left < 0) return -value_at(b, negative[0] - 1 - d);
    }
    left -= sketch[0];
    if (left < 0) return 0;
    for (int d = b->bins - 1; d > 0; d--) {
        left -= positive[1 + d];
        if (left < 0) return value_at(b, positive[0] - 1 - d);
    }
    return value_at(b, positive[0] - 1);
}
