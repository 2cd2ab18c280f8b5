/* warmup.h: how much of a run's beginning to leave out, by MSER-5.
 *
 * A run that starts empty is not at once what it will be, and its first values bias every mean. MSER (White,
 * "An effective truncation heuristic for bias reduction in simulation output", Simulation 69(6), 1997) leaves
 * out the d values without which the rest's mean has the smallest estimated standard error, sum (y - mean)^2 /
 * (k - d)^2; MSER-5 (White, Cobb & Spratt, WSC 2000) does so on the k means of batches of five. Cutting noise costs
 * values and gains nothing, so on a steady series little or nothing is cut.
 *
 * The cut has to lie in the first half. Cuts up to three quarters are tried as well, and if one of those is better
 * the series still moves in its second half, or is too short to show that it does not: the end of the warm-up is
 * not known. Of steady series of independent values one in nine is refused so at 100 values, one in forty at 200;
 * of series that rise by five of their standard deviations nine in ten,. A series of fewer than WARMUP_VALUES_MIN values does not know it either.
 *
 * Shape: values at equal distances, oldest first, finite (CHECK). What is left of the last batch is not used.
 * Cost: linear; nothing is allocated.
 */
#ifndef HEADROOM_SIM_WARMUP_H
#define HEADROOM_SIM_WARMUP_H

#include <stdbool.h>

enum { WARMUP_BATCH = 5, WARMUP_VALUES_MIN = 20 * WARMUP_BATCH };

struct warmup {
    int cut; /* values to leave out: 0 .. n / 2, a multiple of WARMUP_BATCH; 0 if not known */
    bool known;
    const char *why; /* it is not known; a sentence without full stop */
};

struct warmup warmup_mser5(const double *values, int n);

#endif
