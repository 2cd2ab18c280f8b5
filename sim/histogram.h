/* histogram.h: a weighted histogram with bounded relative error, of points and of ranges.
 *
 * Buckets are log-linear, as in HdrHistogram: [min_value, max_value] is cut into octaves (each twice the
 * one before), an octave into 2^k equal buckets, k the least with 2^-k <= relative_error. A value is
 * therefore known to within relative_error of itself, or of min_value when it is below that:
 *
 *     [0, min) | min ... 2min | 2min ... 4min | ... | >= max
 *      bucket 0   octave 0       octave 1             last bucket, up to the largest value seen
 *
 * A quantile is linear inside its bucket and never outside [smallest, largest] value added, both of which
 * are exact, as are the mean and the total weight (but for rounding). Ranges: weight spread evenly over
 * [low, high] costs one addition at each end per octave it touches, not one a bucket: inside an octave all
 * buckets are equally wide, so an array of differences holds what all later buckets of the octave get. It
 * is folded in before reading, hence functions that read take a non-const histogram.
 *
 * Observations: how much is known of a tail depends on how many independent things lie in it, not on how many records
 * they stand for. A point, a range and a batch are one observation each, and so is everything added between
 * histogram_group_begin() and _end(): the records of a request share its fate. An observation lies where its largest
 * value does. That neighbouring requests share a queue is not seen here; replications tell.
 *
 * Units: none; latencies here are seconds. Errors: a negative or NaN value or weight, and merging
 * histograms of different shape, are bugs (CHECK). Ownership: 24 bytes a bucket from the arena; 1e-6..1e5
 * at 0.5 % is 9,474 buckets. Cost: a point ~10 ns; a range ~25 ns; a quantile one pass
 * over the buckets.
 */
#ifndef HEADROOM_SIM_HISTOGRAM_H
#define HEADROOM_SIM_HISTOGRAM_H

#include <stdbool.h>
#include <stdint.h>

struct arena;

struct histogram {
    double *weights; /* [buckets] */
    double *steps;   /* [buckets], differences of ranges not yet folded into weights */
    uint64_t *tops;  /* [buckets], observations whose largest value lies there */
    double min_value, max_value, inverse_min;
    double total, sum; /* of weight, of weight * value */
    double least, most;
    double group_top; /* largest value of the open group; negative: nothing in it yet */
    bool grouped;     /* a group is open */
    int32_t buckets;     /* with the first and the last */
    int32_t octave_bits; /* log2 of buckets an octave */
    bool folded;
};

/* 0 < min_value < max_value; relative_error in [0.0001, 0.5]. */
void histogram_init(struct histogram *, struct arena *, double min_value, double max_value,
                    double relative_error);

/* One observation; value >= 0, weight >= 0; without weight nothing is added. */
void histogram_add(struct histogram *, double value, double weight);
/* One observation; weight spread evenly over [low, high], low <= high; low == high is a point. */
void histogram_add_range(struct histogram *, double low, double high, double weight);
/* One observation: the n records of one batch, whose values run linearly from `first` to `last` (either may be the
 * larger), each with weight_each. n = 1 is a point at `last`; up to 4 are points; more are a point at each end and
 * the n - 2 between spread evenly over their own stretch, from half a step after the first to half a step
 * before the last. */
void histogram_add_batch(struct histogram *, double first, double last, int64_t n, double weight_each);

/* What is added in between is one observation. Groups do not nest (CHECK). */
void histogram_group_begin(struct histogram *);
void histogram_group_end(struct histogram *);

double histogram_count(const struct histogram *); /* total weight */
/* Observations, whatever their weight. Cost: a pass over the buckets. */
uint64_t histogram_observations(const struct histogram *);
double histogram_mean(const struct histogram *); /* NaN when empty, as are min and max */
double histogram_min(const struct histogram *);
double histogram_max(const struct histogram *);
double histogram_quantile(struct histogram *, double q); /* q in [0, 1]; NaN when empty */
/* Weight above value, linear inside its bucket. */
double histogram_weight_above(struct histogram *, double value);
/* Do at least min_tail observations lie beyond the quantile, and as much weight (so that neither many records of one
 * request nor a few with a large weight make one known)? Inside the quantile's bucket observations are taken in
 * proportion to weight. min_tail is usually 10. */
bool histogram_quantile_known(struct histogram *, double q, double min_tail);

/* `from` is unchanged; both have the same shape. */
void histogram_merge(struct histogram *into, const struct histogram *from);
/* Every weight times factor >= 0; observations are unchanged. */
void histogram_scale(struct histogram *, double factor);
void histogram_reset(struct histogram *);

#endif
