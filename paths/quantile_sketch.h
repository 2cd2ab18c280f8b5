/* quantile_sketch.h: DDSketch (Masson, Rim, Lee, "DDSketch", VLDB 2019): quantiles within a relative
 * accuracy.
 *
 * Values fall into bins whose bounds grow by (1 + a) / (1 - a), so that any quantile is answered within a *
 * value: 1 % of a p99 of 3 s is 30 ms, whatever the distribution. Chosen over KLL and t-digest because it
 * draws no random numbers and because merging is exact: the bins' counts add up, so the answer does not
 * depend on the order in which sessions, panes or salted parts were merged. KLL's bound is on ranks, not
 * values, and its compaction flips coins; t-digest has no bound and depends on the order.
 *
 * Of each sign the `bins` bins farthest from zero are kept; what is nearer is counted in the nearest one, so
 * the quantiles that are near zero lose their accuracy first. 512 bins at 1 % span a factor of 28,000.
 *
 * Ranges: accuracy above 0 and below 1; bins 2 to 65536; values are whole. No errors; a count beyond 2^63 is
 * CHECKed. Cost: a logarithm to add, some 10 ns; a quantile reads all bins. Memory:
 * quantile_sketch_bytes(bins).
 */
#ifndef HEADROOM_PATHS_QUANTILE_SKETCH_H
#define HEADROOM_PATHS_QUANTILE_SKETCH_H

#include <stddef.h>
#include <stdint.h>

struct quantile_bins {
    double accuracy;
    double per_log; /* bins a unit of the natural logarithm */
    int bins;
};

struct quantile_bins quantile_bins(double accuracy, int bins);

/* A sketch is words: zeros, then for positive and negative values each the highest index and the bins, by
 * distance from it. All zero is empty. */
size_t quantile_sketch_bytes(int bins);
void quantile_sketch_add(int64_t *sketch, const struct quantile_bins *b, int64_t value, int64_t count);
void quantile_sketch_merge(int64_t *into, const int64_t *from, const struct quantile_bins *b);
int64_t quantile_sketch_count(const int64_t *sketch, const struct quantile_bins *b);
/* The value of rank floor(q * (count - 1)), q in [0, 1]; NaN when empty. */
double quantile_sketch_at(const int64_t *sketch, const struct quantile_bins *b, double q);

#endif
