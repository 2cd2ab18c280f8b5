/* rank_sum.c: see rank_sum.h. */
#include "rank_sum.h"

#include "check.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdlib.h>

static void *room(size_t n, size_t size)
{
    void *out = calloc(n, size);
    CHECK(out, "out of memory for %zu ranks", n);
    return out;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Twice the rank of each value of sorted[], so that midranks are whole. Returns the sum of t^3 - t over the
 * ties. */
static double double_ranks(const double *sorted, int n, int *ranks)
{
    double ties = 0;
    for (int i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && sorted[j] == sorted[i];)
            j++;
        for (int k = i; k < j; k++)
            ranks[k] = i + 1 + j;
        ties += pow(j - i, 3) - (j - i);
    }
    return ties;
}

/* Of all ways to take m of the n ranks, the share with each sum 0..*most. */
static double *shares_of_sums(const int *ranks, int n, int m, int *most)
{
    *most = 0;
    for (int i = n - m; i < n; i++)
        *most += ranks[i];
    const size_t width = (size_t)*most + 1;
    double *ways = room((size_t)(m + 1) * width, sizeof *ways); /* [taken][sum] */
    ways[0] = 1;
    for (int i = 0; i < n; i++)
        for (int k = i + 1 < m ? i + 1 : m; k > 0; k--) {
            const double *from = ways + (size_t)(k - 1) * width;
            double *to = ways + (size_t)k * width;
            for (int s = *most; s >= ranks[i]; s--)
                to[s] += from[s - ranks[i]];
        }
    double *shares = room(width, sizeof *shares), all = 0;
    for (size_t s = 0; s < width; s++)
        all += shares[s] = ways[(size_t)m * width + s];
    for (size_t s = 0; s < width; s++)
        shares[s] /= all;
    free(ways);
    return shares;
}

static double exact_p(const int *ranks, int n, int m, int at)
{
    int most;
    double low = 0, high = 0, *shares = shares_of_sums(ranks, n, m, &most);
    for (int s = 0; s <= at; s++)
        low += shares[s];
    for (int s = at; s <= most; s++)
        high += shares[s];
    free(shares);
    return 2 * fmin(low, high);
}

static void check_sizes(int n, int m)
{
    CHECK(n >= 1 && m >= 1 && n <= RANK_SUM_VALUES_MAX && m <= RANK_SUM_VALUES_MAX, "samples of %d and %d", n,
          m);
}

struct rank_sum rank_sum_test(const double *x, int n, const double *y, int m)
{
    check_sizes(n, m);
    const int all = n + m;
    double *sorted = room((size_t)all, sizeof *sorted);
    int *ranks = room((size_t)all, sizeof *ranks);
    for (int i = 0; i < all; i++) {
        sorted[i] = i < n ? x[i] : y[i - n];
        CHECK(isfinite(sorted[i]), "value %d is %g", i, sorted[i]);
    }
    qsort(sorted, (size_t)all, sizeof *sorted, compare_doubles);
    const double ties = double_ranks(sorted, all, ranks);
    int sum = 0; /* twice the ranks of y */
    for (int j = 0; j < m; j++) {
        const double *place = bsearch(&y[j], sorted, (size_t)all, sizeof *sorted, compare_doubles);
        sum += ranks[place - sorted];
    }
    const double pairs = (double)n * m;
    struct rank_sum out = {.u = sum / 2.0 - m * (m + 1.0) / 2, .exact = all <= RANK_SUM_EXACT};
    out.superiority = out.u / pairs;
    if (out.exact) {
        out.p = exact_p(ranks, all, m, sum);
    } else {
        const double variance = pairs / 12 * (all + 1 - ties / ((double)all * (all - 1)));
        const double off = fabs(out.u - pairs / 2) - 0.5; /* corrected for continuity */
        out.p = variance > 0 && off > 0 ? 2 * gsl_cdf_ugaussian_Q(off / sqrt(variance)) : 1;
    }
    if (out.p > 1) out.p = 1;
    free(sorted);
    free(ranks);
    return out;
}

double rank_sum_least_p(int n, int m)
{
    check_sizes(n, m);
    return fmin(1, 2 * exp(-gsl_sf_lnchoose((unsigned)(n + m), (unsigned)m)));
}

int rank_sum_needed(double alpha)
{
    CHECK(alpha > 0 && alpha < 1, "a level of %g", alpha);
    int n = 1;
    while (n < RANK_SUM_VALUES_MAX && rank_sum_least_p(n, n) > alpha)
        n++;
    return n;
}

/* How many of the pairs' ordered ratios lie outside of the interval at either end. */
static int outside(int n, int m, double level)
{
    const int all = n + m;
    const double tail = (1 - level) / 2;
    if (all > RANK_SUM_EXACT) {
        const double pairs = (double)n * m;
        const double half = gsl_cdf_ugaussian_Qinv(tail) * sqrt(pairs * (all + 1) / 12);
        return (int)fmax(0, floor(pairs / 2 - half));
    }
    int ranks[RANK_SUM_EXACT];
    for (int i = 0; i < all; i++)
        ranks[i] = i + 1;
    int most, count = 0; /* the most with P(U < count) <= tail, U being the sum less its least */
    double *shares = shares_of_sums(ranks, all, m, &most), below = 0;
    while ((below += shares[m * (m + 1) / 2 + count]) <= tail)
        count++;
    free(shares);
    return count;
}

struct rank_ratio rank_sum_ratio(const double *x, int n, const double *y, int m, double level)
{
    check_sizes(n, m);
    CHECK(level > 0 && level < 1, "a level of %g", level);
    const size_t pairs = (size_t)n * (size_t)m;
    double *ratios = room(pairs, sizeof *ratios);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++) {
            CHECK(x[i] > 0 && y[j] > 0, "a ratio of %g over %g", y[j], x[i]);
            ratios[(size_t)i * (size_t)m + (size_t)j] = y[j] / x[i];
        }
    qsort(ratios, pairs, sizeof *ratios, compare_doubles);
    struct rank_ratio out = {
        .ratio = sqrt(ratios[(pairs - 1) / 2] * ratios[pairs / 2]), .low = 0, .high = INFINITY};
    const int cut = outside(n, m, level);
    if (cut > 0) {
        out.low = ratios[cut - 1];
        out.high = ratios[pairs - (size_t)cut];
    }
    free(ratios);
    return out;
}

struct placed {
    double p;
    int at;
};

static int compare_placed(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    return x->p != y->p ? (x->p > y->p) - (x->p < y->p) : x->at - y->at;
}

void rank_sum_holm(double *p, int n)
{
    if (n < 1) return;
    struct placed *order = room((size_t)n, sizeof *order);
    for (int i = 0; i < n; i++)
        order[i] = (struct placed){p[i], i};
    qsort(order, (size_t)n, sizeof *order, compare_placed);
    double so_far = 0;
    for (int i = 0; i < n; i++) {
        so_far = fmax(so_far, fmin(1, (n - i) * order[i].p));
        p[order[i].at] = so_far;
    }
    free(order);
}
