/* censored.c: see censored.h. */
#include "censored.h"

#include <math.h>
#include <stddef.h>

#include "check.h"
#include "histogram.h"

double censored_quantile(struct histogram *ended, const double *open, int n, double never, double q, double *below)
{
    CHECK(n >= 0 && never >= 0 && q >= 0 && q <= 1, "quantile %g with %d open and %g that never end", q, n, never);
    const double ended_n = histogram_count(ended), all = ended_n + n + never;
    if (below) *below = 1;
    if (all <= 0) return NAN;
    double mass = 1 / all, passed = 0, above = ended_n; /* mass: of each that took longer */
    for (int i = 0; i <= n; i++) {
        const double beyond = i < n ? histogram_weight_above(ended, open[i]) : 0, here = (above - beyond) * mass;
        CHECK(i == 0 || i == n || open[i] >= open[i - 1], "open[%d] is below the one before", i);
        /* The last quantile is 1 but for rounding. */
        if (here > 0 && passed + here >= q - 1e-12) {
            const double rank = (ended_n - above + (q - passed) / mass) / ended_n;
            const double of_ended = rank < 0 ? 0 : rank > 1 ? 1 : rank;
            if (below) *below = of_ended;
            return histogram_quantile(ended, of_ended);
        }
        passed += here;
        above = beyond;
        const double longer = beyond + (n - i - 1) + never;
        if (i < n && longer > 0) mass *= (longer + 1) / longer;
    }
    return INFINITY;
}
