/* histogram.c: see the header for the buckets and the differences.
 *
 * Inside, values are multiples of min_value (x = value / min_value), so that every bucket's edge is an
 * exact double: a bucket's number is x's exponent and the first octave_bits bits of its mantissa, side by
 * side. / */
#include "histogram.h"

#include <math.h>
#include <string.h>

#include "arena.h"
#include "check.h"

void histogram_init(struct histogram *h, struct arena *arena, double min_value, double max_value,
                    double relative_error)
{
    CHECK(min_value > 0 && max_value > min_value && isfinite(max_value / min_value), "histogram over %g..%g",
          min_value, max_value);
    CHECK(relative_error >= 1e-4 && relative_error <= 0.5, "histogram to within %g", relative_error);
    *h = (struct histogram){.min_value = min_value, .max_value = max_value, .inverse_min = 1 / min_value};
    while (ldexp(1, -h->octave_bits) > relative_error)
        h->octave_bits++;
    int32_t octaves = 1;
    while (ldexp(min_value, octaves) < max_value)
        octaves++;
    h->buckets = 2 + (octaves << h->octave_bits);
    h->weights = ARENA_NEW(arena, double, (size_t)h->buckets);
    h->steps = ARENA_NEW(arena, double, (size_t)h->buckets);
    h->tops = ARENA_NEW(arena, uint64_t, (size_t)h->buckets);
    histogram_reset(h);
}

static int32_t bucket_of(const struct histogram *h, double x)
{
    if (x < 1) return 0;
    uint64_t bits;
    memcpy(&bits, &x, sizeof(bits));
    const uint64_t i = 1 + (bits >> (52 - h->octave_bits)) - ((uint64_t)1023 << h->octave_bits);
    return i < (uint64_t)h->buckets ? (int32_t)i : h->buckets - 1;
}

/* In multiples of min_value; bucket 0 begins at 0. The upper edge of one is the lower edge of the next. */
static double lower_edge(const struct histogram *h, int32_t i)
{
    if (i == 0) return 0;
    const uint64_t bits = (uint64_t)(i - 1 + (1023 << h->octave_bits)) << (52 - h->octave_bits);
    double x;
    memcpy(&x, &bits, sizeof(x));
    return x;
}

static void account(struct histogram *h, double low, double high, double weight)
{
    h->total += weight;
    h->sum += weight * (low + high) / 2;
    if (low < h->least) h->least = low;
    if (high > h->most) h->most = high;
}

/* A NaN fails every comparison, so it is caught here too. */
static void check_range(double low, double high, double weight)
{
    CHECK(low >= 0 && high >= low && high < INFINITY, "histogram: values %g..%g", low, high);
    CHECK(weight >= 0 && weight < INFINITY, "histogram: weight %g", weight);
}

static void observe(struct histogram *h, double top, double weight)
{
    if (weight == 0) return;
    if (!h->grouped)
        h->tops[bucket_of(h, top * h->inverse_min)]++;
    else if (top > h->group_top)
        h->group_top = top;
}

void histogram_group_begin(struct histogram *h)
{
    CHECK(!h->grouped, "histogram: a group in a group");
    h->grouped = true;
    h->group_top = -1;
}

void histogram_group_end(struct histogram *h)
{
    CHECK(h->grouped, "histogram: no group to end");
    h->grouped = false;
    if (h->group_top >= 0) observe(h, h->group_top, 1);
}

static void put_point(struct histogram *h, double value, double weight)
{
    check_range(value, value, weight);
    if (weight == 0) return;
    account(h, value, value, weight);
    h->weights[bucket_of(h, value * h->inverse_min)] += weight;
}

static void put_range(struct histogram *h, double low, double high, double weight)
{
    check_range(low, high, weight);
    if (weight == 0) return;
    account(h, low, high, weight);
    const double from = low * h->inverse_min, to = high * h->inverse_min;
    const int32_t first = bucket_of(h, from), last = bucket_of(h, to);
    if (first == last) {
        h->weights[first] += weight;
        return;
    }
    const double density = weight / (to - from);
    h->weights[first] += density * (lower_edge(h, first + 1) - from);
    h->weights[last] += density * (to - lower_edge(h, last));
    /* The whole buckets between, octave by octave: all of one octave are equally wide. */
    const int32_t per_octave = 1 << h->octave_bits;
    for (int32_t i = first + 1; i < last;) {
        const int32_t next_octave = ((i - 1) | (per_octave - 1)) + 2;
        const double weight_each = density * (lower_edge(h, i + 1) - lower_edge(h, i));
        h->steps[i] += weight_each;
        if (last < next_octave) h->steps[last] -= weight_each;
        i = next_octave;
        h->folded = false;
    }
}

static void fold(struct histogram *h)
{
    if (h->folded) return;
    h->folded = true;
    const int32_t per_octave = 1 << h->octave_bits;
    double each = 0;
    for (int32_t i = 1; i < h->buckets - 1; i++) {
        if (((i - 1) & (per_octave - 1)) == 0) each = 0;
        each += h->steps[i];
        h->steps[i] = 0;
        /* After the end of a range rounding may leave a little, on either side of nothing. */
        if (each > 0) h->weights[i] += each;
    }
}

void histogram_add(struct histogram *h, double value, double weight)
{
    put_point(h, value, weight);
    observe(h, value, weight);
}

void histogram_add_range(struct histogram *h, double low, double high, double weight)
{
    put_range(h, low, high, weight);
    observe(h, high, weight);
}

void histogram_add_batch(struct histogram *h, double first, double last, int64_t n, double weight_each)
{
    CHECK(n >= 1, "histogram: batch of %lld", (long long)n);
    if (n == 1) {
        histogram_add(h, last, weight_each);
        return;
    }
    const double step = (last - first) / (double)(n - 1);
    put_point(h, first, weight_each);
    put_point(h, last, weight_each);
    observe(h, first > last ? first : last, weight_each);
    if (n <= 4) {
        for (int64_t i = 1; i < n - 1; i++)
            put_point(h, first + step * (double)i, weight_each);
        return;
    }
    double low = first + step / 2, high = last - step / 2;
    if (low > high) {
        const double swap = low;
        low = high;
        high = swap;
    }
    put_range(h, low, high, weight_each * (double)(n - 2));
}

double histogram_count(const struct histogram *h)
{
    return h->total;
}

uint64_t histogram_observations(const struct histogram *h)
{
    uint64_t all = 0;
    for (int32_t i = 0; i < h->buckets; i++)
        all += h->tops[i];
    return all;
}

double histogram_mean(const struct histogram *h)
{
    return h->total > 0 ? h->sum / h->total : NAN;
}

double histogram_min(const struct histogram *h)
{
    return h->total > 0 ? h->least : NAN;
}

double histogram_max(const struct histogram *h)
{
    return h->total > 0 ? h->most : NAN;
}

/* The part of a bucket where values can be, in the caller's unit. */
static void bucket_bounds(const struct histogram *h, int32_t i, double *low, double *high)
{
    *low = lower_edge(h, i) * h->min_value;
    *high = i == h->buckets - 1 ? h->most : lower_edge(h, i + 1) * h->min_value;
    if (*low < h->least) *low = h->least;
    if (*high > h->most) *high = h->most;
    if (*high < *low) *high = *low;
}

/* The bucket that holds the q quantile, 0 < q < 1, and how much of its weight is below it, 0 .. 1. Something has been
 * added. */
static int32_t locate(struct histogram *h, double q, double *share)
{
    fold(h);
    /* Of what is in the buckets, which differs from the total by rounding. */
    double all = 0;
    for (int32_t i = 0; i < h->buckets; i++)
        all += h->weights[i];
    const double target = q * all;
    double below = 0;
    for (int32_t i = 0; i < h->buckets; i++) {
        const double weight = h->weights[i];
        if (weight > 0 && below + weight >= target) {
            *share = (target - below) / weight;
            return i;
        }
        below += weight;
    }
    *share = 1; /* rounding left none */
    return bucket_of(h, h->most * h->inverse_min);
}

double histogram_quantile(struct histogram *h, double q)
{
    CHECK(q >= 0 && q <= 1, "histogram: quantile %g", q);
    if (!(h->total > 0)) return NAN;
    if (q == 0) return h->least;
    if (q == 1) return h->most;
    double share, low, high;
    bucket_bounds(h, locate(h, q, &share), &low, &high);
    return low + (high - low) * share;
}

double histogram_weight_above(struct histogram *h, double value)
{
    CHECK(value >= 0, "histogram: weight above %g", value);
    if (!(h->total > 0) || value >= h->most) return 0;
    if (value < h->least) return h->total;
    fold(h);
    const int32_t bucket = bucket_of(h, value * h->inverse_min);
    double above = 0;
    for (int32_t i = h->buckets - 1; i > bucket; i--)
        above += h->weights[i];
    double low, high;
    bucket_bounds(h, bucket, &low, &high);
    double share = high > low ? (high - value) / (high - low) : 0;
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    return above + h->weights[bucket] * share;
}

bool histogram_quantile_known(struct histogram *h, double q, double min_tail)
{
    CHECK(q >= 0 && q <= 1, "histogram: quantile %g", q);
    /* 1 - 0.9999 is a little under 0.0001. */
    const double enough = min_tail * (1 - 1e-9);
    if (!(h->total > 0) || (1 - q) * h->total < enough) return false;
    if (q == 0 || q == 1) return q == 0 ? (double)histogram_observations(h) >= enough : min_tail <= 0;
    double share;
    const int32_t bucket = locate(h, q, &share);
    double beyond = (double)h->tops[bucket] * (1 - share);
    for (int32_t i = bucket + 1; i < h->buckets; i++)
        beyond += (double)h->tops[i];
    return beyond >= enough;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    CHECK(into->min_value == from->min_value && into->buckets == from->buckets &&
              into->octave_bits == from->octave_bits,
          "histogram: merging %d buckets from %g into %d from %g", from->buckets, from->min_value,
          into->buckets, into->min_value);
    for (int32_t i = 0; i < into->buckets; i++) {
        into->weights[i] += from->weights[i];
        into->steps[i] += from->steps[i];
        into->tops[i] += from->tops[i];
    }
    into->folded = into->folded && from->folded;
    into->total += from->total;
    into->sum += from->sum;
    if (from->least < into->least) into->least = from->least;
    if (from->most > into->most) into->most = from->most;
}

void histogram_scale(struct histogram *h, double factor)
{
    CHECK(factor >= 0 && factor < INFINITY, "histogram: scaled by %g", factor);
    for (int32_t i = 0; i < h->buckets; i++) {
        h->weights[i] *= factor;
        h->steps[i] *= factor;
    }
    h->total *= factor;
    h->sum *= factor;
}

void histogram_reset(struct histogram *h)
{
    memset(h->weights, 0, (size_t)h->buckets * sizeof(*h->weights));
    memset(h->steps, 0, (size_t)h->buckets * sizeof(*h->steps));
    memset(h->tops, 0, (size_t)h->buckets * sizeof(*h->tops));
    h->total = h->sum = 0;
    h->least = INFINITY;
    h->most = 0;
    h->grouped = false;
    h->folded = true;
}
