/* confidence.c: Student's t interval. */
#include "confidence.h"

#include <math.h>
#include <stddef.h>

#include <gsl/gsl_cdf.h>

#include "check.h"

/* b NULL: of a itself. */
static struct interval mean_interval(const double *a, const double *b, int n, double level)
{
    CHECK(n >= 0, "interval of %d values", n);
    CHECK(level > 0 && level < 1, "interval at level %g", level);
    struct interval result = {NAN, NAN, NAN, n};
    if (n == 0) return result;
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += a[i] - (b ? b[i] : 0);
    result.mean = sum / n;
    if (n < 2) return result;
    double squares = 0;
    for (int i = 0; i < n; i++) {
        double off = a[i] - (b ? b[i] : 0) - result.mean;
        squares += off * off;
    }
    const double t = gsl_cdf_tdist_Pinv((1 + level) / 2, n - 1);
    const double half = t * sqrt(squares / (n - 1) / n);
    result.low = result.mean - half;
    result.high = result.mean + half;
    return result;
}

struct interval confidence_interval(const double *values, int n, double level)
{
    return mean_interval(values, NULL, n, level);
}

struct interval confidence_interval_paired(const double *a, const double *b, int n, double level)
{
    CHECK(a != NULL && b != NULL, "paired interval without values");
    return mean_interval(a, b, n, level);
}

/* Of a mean of n values, in standard deviations. */
static double half_width(int n, double level)
{
    return gsl_cdf_tdist_Pinv((1 + level) / 2, n - 1) / sqrt(n);
}

int confidence_needed(int n, double half, double distance, double level, int most)
{
    CHECK(n >= 2 && half >= 0 && distance > 0, "replications beyond %d for %g to be below %g", n, half, distance);
    CHECK(level > 0 && level < 1, "interval at level %g", level);
    const double wanted = half > 0 ? distance / half * half_width(n, level) : INFINITY;
    for (int m = n; m <= most; m++)
        if (half_width(m, level) < wanted) return m;
    return 0;
}
