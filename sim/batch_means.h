/* batch_means.h: the interval of a mean, from the values of one long run.
 *
 * Successive values of a run resemble each other, so Student's interval of the values themselves would be far too
 * narrow. Means of long batches hardly do. From the values themselves, batches are doubled until a test no longer
 * sees correlation between neighbours; then the interval is Student's over the batches:
 *
 *   1. Von Neumann's ratio (Fishman, "Grouping observations in digital simulation", Management Science 24(5), 1978):
 *          C = 1 - sum (y[i] - y[i+1])^2 / (2 sum (y[i] - mean)^2),   about N(0, (k - 2) / (k^2 - 1)) if independent
 *      which is the lag-1 autocorrelation but for its ends. One-sided, at 20 %, so that little correlation passes.
 *   2. What passes may still be a little correlated: the variance is multiplied by (1 + D) / (1 - D) (Tafazzoli, Steiger
 *      & Wilson, "N-Skart", IEEE Trans. Automatic Control 56(2), 2011), here with D = C + 1 / sqrt(k) where that is
 *      positive: few batches know their own correlation badly, and a test passed by luck is passed where they scatter
 *      too little.
 *   3. With fewer than BATCHES_MIN batches the interval is not known: the run is too short for its correlation.
 *
 * Coverage of 95 % intervals, where they are known (tests/sim/test_output_analysis.c): first-order autoregressive
 * series 95 to 98 %; sojourns in an M/M/1 queue at 0.7, 16,000 customers: 95 %. Far too short runs are mostly refused,
 * and where not, intervals are too narrow: 4,000 customers at 0.7 a quarter refused and 92 %; 16,000 at 0.9 half
 * refused and 86 %.
 *
 * Shape: values at equal distances, oldest first, finite (CHECK), after the warm-up, of a stretch without trend. The
 * first n mod k values are left out of the interval's batches, not of its mean. level in (0, 1). Ownership: scratch in
 * the arena, 8 bytes a value. Cost: linear.
 */
#ifndef HEADROOM_SIM_BATCH_MEANS_H
#define HEADROOM_SIM_BATCH_MEANS_H

#include <stdbool.h>

#include "confidence.h"

struct arena;

enum { BATCHES_MIN = 16 };

struct batch_means {
    struct interval interval; /* n: batches; NaN bounds if not known */
    int batch;                /* values in a batch */
    double lag1;              /* C of the batches */
    bool known;
    const char *why; /* it is not known; a sentence without full stop */
};

struct batch_means batch_means(const double *values, int n, double level, struct arena *arena);

/* Von Neumann's C of n >= 3 values, and the probability of one as large by chance. Equal values: 0 and 1/2. */
double serial_correlation(const double *values, int n, double *p);
/* Does step 1's test pass? */
bool serial_independent(const double *values, int n);

#endif
