/* batch_means.c: see batch_means.h. */
#include "batch_means.h"

#include <math.h>
#include <stddef.h>

#include <gsl/gsl_cdf.h>

#include "arena.h"
#include "check.h"

static const double TEST_LEVEL = 0.2;

static double mean_of(const double *values, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        CHECK(isfinite(values[i]), "value %d is %g", i, values[i]);
        sum += values[i];
    }
    return sum / n;
}

double serial_correlation(const double *values, int n, double *p)
{
    CHECK(n >= 3, "correlation of %d values", n);
    const double mean = mean_of(values, n);
    double squares = 0, steps = 0;
    for (int i = 0; i < n; i++) {
        const double off = values[i] - mean;
        squares += off * off;
        if (i == 0) continue;
        const double step = values[i] - values[i - 1];
        steps += step * step;
    }
    const double c = squares > 0 ? 1 - steps / (2 * squares) : 0;
    const double k = n;
    *p = gsl_cdf_ugaussian_Q(c / sqrt((k - 2) / (k * k - 1)));
    return c;
}

bool serial_independent(const double *values, int n)
{
    double p;
    serial_correlation(values, n, &p);
    return p > TEST_LEVEL;
}

struct batch_means batch_means(const double *values, int n, double level, struct arena *arena)
{
    CHECK(n >= 0, "batch means of %d values", n);
    struct batch_means result = {.interval = {NAN, NAN, NAN, 0}, .batch = 1};
    if (n > 0) result.interval.mean = mean_of(values, n);
    result.why = "the run is too short for batch means";
    double *means = ARENA_NEW(arena, double, (size_t)n);
    for (int batch = 1; n / batch >= BATCHES_MIN; batch = batch <= n / 2 ? 2 * batch : n) {
        const int k = n / batch;
        const double *first = values + (n - k * batch);
        for (int i = 0; i < k; i++)
            means[i] = mean_of(first + (size_t)i * (size_t)batch, batch);
        result.batch = batch;
        double p;
        result.lag1 = serial_correlation(means, k, &p);
        if (p <= TEST_LEVEL) {
            result.why = "its values are correlated over more of the run than batch means allow";
            continue;
        }
        const struct interval plain = confidence_interval(means, k, level);
        double half = (plain.high - plain.low) / 2;
        const double left = result.lag1 + 1 / sqrt(k);
        if (left > 0) half *= sqrt((1 + left) / (1 - left));
        result.interval.low = result.interval.mean - half;
        result.interval.high = result.interval.mean + half;
        result.interval.n = k;
        result.known = true;
        result.why = NULL;
        return result;
    }
    return result;
}
