/* quantile_interval.c: see quantile_interval.h. */
#include "quantile_interval.h"

#include <math.h>

#include <gsl/gsl_cdf.h>

#include "check.h"

/* The least r in 0 .. n with P(Binomial(n, q) <= r) >= p. */
static int64_t binomial_quantile(int64_t n, double q, double p)
{
    int64_t low = 0, high = n;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (gsl_cdf_binomial_P((unsigned)middle, q, (unsigned)n) >= p)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

struct quantile_ranks quantile_ranks(int64_t n, double q, double level)
{
    CHECK(n >= 0 && n <= UINT32_MAX, "ranks of %lld values", (long long)n);
    CHECK(q > 0 && q < 1 && level > 0 && level < 1, "ranks of quantile %g at level %g", q, level);
    const double outside = (1 - level) / 2;
    /* P(Binomial >= high) <= outside: one rank above the quantile of 1 - outside. */
    struct quantile_ranks ranks = {.high = binomial_quantile(n, q, 1 - outside) + 1};
    /* P(Binomial < low) <= outside: the largest such rank. */
    ranks.low = binomial_quantile(n, q, outside);
    if (ranks.low > 0 && ranks.low < n && gsl_cdf_binomial_P((unsigned)ranks.low, q, (unsigned)n) <= outside) ranks.low++;
    ranks.known = ranks.low >= 1 && ranks.high <= n;
    return ranks;
}

struct interval quantile_sections(double whole, const double *sections, int n, double level)
{
    CHECK(n >= 0 && level > 0 && level < 1, "%d sections at level %g", n, level);
    struct interval result = {whole, NAN, NAN, n};
    if (n < 2) return result;
    double squares = 0;
    for (int i = 0; i < n; i++)
        squares += (sections[i] - whole) * (sections[i] - whole);
    const double half = gsl_cdf_tdist_Pinv((1 + level) / 2, n - 1) * sqrt(squares / (n - 1) / n);
    result.low = whole - half;
    result.high = whole + half;
    return result;
}
