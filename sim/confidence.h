/* confidence.h: the interval of a mean over replications.
 *
 * Student's t: mean -+ t(n - 1, level) * s / sqrt(n); right for independent, roughly normal values, which
 * means over replications are. level in (0, 1), e.g. 0.95. Fewer than two values know no interval: low and
 * high are NaN (mean too when n is 0). Errors: a level outside (0, 1), n < 0: bugs (CHECK); a NaN among
 * the values makes everything NaN.
 */
#ifndef HEADROOM_SIM_CONFIDENCE_H
#define HEADROOM_SIM_CONFIDENCE_H

#include <stdbool.h>

struct interval {
    double mean, low, high;
    int n;
};

struct interval confidence_interval(const double *values, int n, double level);
/* Of the mean of a[i] - b[i]: two designs under the same random numbers. */
struct interval confidence_interval_paired(const double *a, const double *b, int n, double level);
/* How many replications in all would make an interval that has `half` on either side with n >= 2 of them narrower than
 * `distance` on either side, if they scatter as they do: half goes with t(n - 1) / sqrt(n). At least n; 0 if it would
 * take more than `most`. half >= 0; distance > 0 (CHECK). */
int confidence_needed(int n, double half, double distance, double level, int most);
static inline bool interval_contains(struct interval i, double value)
{
    return i.low <= value && value <= i.high;
}

#endif
