/* rng.c: the draws. Each function says which algorithm it uses at which size. */
#include "rng.h"

#include <limits.h>
#include <string.h>

#include <gsl/gsl_randist.h>

#include "check.h"

static void philox_gsl_set(void *state, unsigned long seed)
{
    *(struct philox *)state = philox_named(seed, "gsl");
}

static unsigned long philox_gsl_get(void *state)
{
    return philox_next_u32(state);
}

static double philox_gsl_get_double(void *state)
{
    return philox_uniform(state);
}

static const gsl_rng_type philox_type = {
    .name = "philox4x32-10",
    .max = UINT32_MAX,
    .min = 0,
    .size = sizeof(struct philox),
    .set = philox_gsl_set,
    .get = philox_gsl_get,
    .get_double = philox_gsl_get_double,
};
const gsl_rng_type *const rng_philox_type = &philox_type;

void rng_init(struct rng *r, struct arena *arena, uint64_t seed, const char *name)
{
    (void)arena;
    r->philox = philox_named(seed, name);
    r->gsl = (gsl_rng){.type = rng_philox_type, .state = &r->philox};
}

gsl_rng *rng_gsl(struct rng *r)
{
    /* Set anew, because the struct may have been moved since. */
    r->gsl.state = &r->philox;
    return &r->gsl;
}

double rng_normal(struct rng *r)
{
    return gsl_ran_gaussian_ziggurat(rng_gsl(r), 1.0);
}

double rng_lognormal(struct rng *r, double mu, double sigma)
{
    return exp(mu + sigma * rng_normal(r));
}

enum { SMALL_MEAN = 10, SMALL_BINOMIAL_MEAN = 30, INVERSION_MAX = 199 };

/* 1 / (k + 1): a division a step is what inversion would otherwise wait for. */
#define FIVE(k) 1.0 / ((k) + 1), 1.0 / ((k) + 2), 1.0 / ((k) + 3), 1.0 / ((k) + 4), 1.0 / ((k) + 5)
#define FIFTY(k)                                                                                                 \
    FIVE(k), FIVE((k) + 5), FIVE((k) + 10), FIVE((k) + 15), FIVE((k) + 20), FIVE((k) + 25), FIVE((k) + 30),      \
        FIVE((k) + 35), FIVE((k) + 40), FIVE((k) + 45)
static const double inverses[INVERSION_MAX + 1] = {FIFTY(0), FIFTY(50), FIFTY(100), FIFTY(150)};

/* Inversion: walks up the distribution from 0. k_max ends the walk should rounding leave less than u in
 * all terms. */
/* Draws of one close-up share their p: what depends on it alone is kept. */
static void prepare(struct rng *r, double p)
{
    r->binomial_p = p;
    r->binomial_odds = p / (1 - p);
    r->binomial_log_none = log1p(-p);
}

static int64_t invert_binomial(struct rng *r, int64_t n, double p)
{
    if (r->binomial_p != p) prepare(r, p);
    const double odds = r->binomial_odds;
    const double none = exp((double)n * r->binomial_log_none);
    const int64_t k_max = n < INVERSION_MAX ? n : INVERSION_MAX;
    for (;;) {
        double u = rng_uniform(r);
        double term = none;
        for (int64_t k = 0; k <= k_max; k++) {
            if (u < term) return k;
            u -= term;
            term *= odds * (double)(n - k) * inverses[k];
        }
        /* Less than 1e-15 of all draws: what rounding lost, or the tail beyond INVERSION_MAX. */
    }
}

int64_t rng_binomial(struct rng *r, int64_t n, double p)
{
    CHECK(n >= 0 && n <= (int64_t)1 << 62, "binomial: n = %lld", (long long)n);
    CHECK(p >= 0 && p <= 1, "binomial: p = %g", p);
    int64_t successes = 0;
    /* Each round halves n: X, the a-th smallest of n uniforms, is a beta variate; if X < p, those a are
     * successes and the n - a above X are uniform in (X, 1), else the a - 1 below X are uniform in (0, X). */
    while (n > 0) {
        if (p <= 0) return successes;
        if (p >= 1) return successes + n;
        /* Of the likelier side none is so unlikely, for p near 1, that it is no number any more. */
        if (p <= 0.5 && (double)n * p < SMALL_BINOMIAL_MEAN) return successes + invert_binomial(r, n, p);
        if (p > 0.5 && (double)n * (1 - p) < SMALL_BINOMIAL_MEAN) return successes + n - invert_binomial(r, n, 1 - p);
        if (n < (int64_t)1 << 30) return successes + (int64_t)gsl_ran_binomial(rng_gsl(r), p, (unsigned)n);
        const int64_t a = 1 + n / 2;
        const double x = gsl_ran_gamma(rng_gsl(r), (double)a, 1.0);
        const double y = gsl_ran_gamma(rng_gsl(r), (double)(n - a + 1), 1.0);
        const double middle = x / (x + y);
        if (middle < p) {
            successes += a;
            n -= a;
            p = (p - middle) / (1 - middle);
        } else {
            n = a - 1;
            p /= middle;
        }
        if (p > 1) p = 1; /* rounding */
    }
    return successes;
}

static int64_t invert_poisson(struct rng *r, double mean)
{
    const double none = exp(-mean);
    for (;;) {
        double u = rng_uniform(r);
        double term = none;
        for (int64_t k = 0; k < 200; k++) {
            if (u < term) return k;
            u -= term;
            term *= mean / (double)(k + 1);
        }
    }
}

int64_t rng_poisson(struct rng *r, double mean)
{
    CHECK(mean >= 0 && mean <= 1e15, "poisson: mean %g", mean);
    int64_t count = 0;
    /* The m-th arrival of a Poisson process comes at a gamma time. If it comes after the mean, the m - 1
     * before it were uniform over its time; else m have come, and the process goes on with what is left. */
    while (mean >= SMALL_MEAN) {
        const int64_t m = (int64_t)(mean * (7.0 / 8.0));
        const double x = gsl_ran_gamma(rng_gsl(r), (double)m, 1.0);
        if (x >= mean) return count + rng_binomial(r, m - 1, mean / x);
        count += m;
        mean -= x;
    }
    return count + (mean > 0 ? invert_poisson(r, mean) : 0);
}

void rng_multinomial(struct rng *r, const double *shares, int n, int64_t total, int64_t *counts)
{
    CHECK(n >= 1 && total >= 0, "multinomial: %lld over %d cells", (long long)total, n);
    /* Cell i gets a binomial share of what the cells before it left: share[i] over the sum of shares from
     * i on. Those sums are made from the far end, so that small ones keep their digits, and wait in
     * counts[]. */
    typedef char same_size[sizeof(double) == sizeof(int64_t) ? 1 : -1];
    (void)sizeof(same_size);
    double rest = 0;
    for (int i = n - 1; i >= 0; i--) {
        CHECK(shares[i] >= 0, "multinomial: share %d is %g", i, shares[i]);
        rest += shares[i];
        memcpy(&counts[i], &rest, sizeof(rest));
    }
    CHECK(fabs(rest - 1) <= 1e-9, "multinomial: shares sum to %.12g", rest);
    for (int i = 0; i < n; i++) {
        memcpy(&rest, &counts[i], sizeof(rest));
        double later = 0;
        if (i + 1 < n) memcpy(&later, &counts[i + 1], sizeof(later));
        int64_t count = 0;
        /* The smaller side is drawn: 1 - 1e-16 has lost what 1e-16 still says. */
        if (total > 0 && shares[i] > later)
            count = total - rng_binomial(r, total, later / rest);
        else if (total > 0 && shares[i] > 0)
            count = rng_binomial(r, total, shares[i] / rest);
        counts[i] = count;
        total -= count;
    }
}
