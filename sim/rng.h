/* rng.h: named streams of random numbers, and the draws the models need.
 *
 * A stream is named by component and purpose ("producer/edge-17/arrivals"); its numbers depend on the
 * run's seed and that name alone, so adding a component disturbs no other's stream. The generator is
 * counter-based (Philox4x32-10, Salmon et al., SC'11), so a stream can jump to a cell (a slice of time, a
 * partition) and draw there what it would draw whenever it came there: counts keyed by (stream, cell) do
 * not depend on the order of work. rng_philox_type presents it as a gsl_rng, so that every distribution of
 * the GNU Scientific Library works: gsl_ran_weibull(rng_gsl(&r), 2, 3).
 *
 * Exactness: binomial, Poisson and multinomial draws follow their laws exactly (but for double rounding)
 * at every size; nothing is replaced by a normal approximation.
 *   binomial  mean below 30: inversion. n < 2^30: GSL's BTPE (Kachitvichyanukul & Schmeiser 1988). Larger: n
 *             is split at the median of n uniforms, a beta variate (Knuth, TAOCP 3.4.1.F), until it fits.
 *   Poisson   mean below 10: inversion. Larger: Ahrens & Dieter 1974, a gamma variate and then a binomial.
 *
 * Errors: a probability outside 0..1, a negative or non-finite mean, shares that do not sum to 1: bugs
 * (CHECK). Ownership: a struct rng may live anywhere and be copied (the copy continues by itself); the
 * gsl_rng of rng_gsl() points into it. Cost: a uniform ~5 to 10 ns; a binomial or Poisson 40 to
 * 300 ns up to a mean of 1e6 and under 1 us beyond; a multinomial ~75 ns a cell.
 */
#ifndef HEADROOM_SIM_RNG_H
#define HEADROOM_SIM_RNG_H

#include <math.h>
#include <stdint.h>

#include <gsl/gsl_rng.h>

#include "philox.h"

struct arena;

struct rng {
    struct philox philox;
    gsl_rng gsl; /* its state is &philox, set anew by rng_gsl() */
    double binomial_p, binomial_odds, binomial_log_none; /* of the last p that was inverted */
};

/* A gsl_rng whose state is a struct philox; gsl_rng_alloc(rng_philox_type) works too. */
extern const gsl_rng_type *const rng_philox_type;

/* name: "component/purpose". The arena is not needed today (NULL is allowed). */
void rng_init(struct rng *, struct arena *, uint64_t seed, const char *name);
gsl_rng *rng_gsl(struct rng *);

/* Jumps to the beginning of the cell's own sub-stream. */
static inline void rng_cell(struct rng *r, uint64_t cell)
{
    philox_at(&r->philox, cell);
}

/* In (0, 1), 53 bits; neither 0 nor 1. */
static inline double rng_uniform(struct rng *r)
{
    return philox_uniform(&r->philox);
}

/* Unbiased in [0, n); n >= 1. */
static inline uint64_t rng_below(struct rng *r, uint64_t n)
{
    return philox_below(&r->philox, n);
}

static inline double rng_exponential(struct rng *r, double mean)
{
    return -mean * log(rng_uniform(r));
}

double rng_normal(struct rng *);                             /* mean 0, standard deviation 1 */
double rng_lognormal(struct rng *, double mu, double sigma); /* exp(mu + sigma * normal) */
/* Successes in n trials; 0 <= n <= 2^62, 0 <= p <= 1. */
int64_t rng_binomial(struct rng *, int64_t n, double p);
/* 0 <= mean <= 1e15. */
int64_t rng_poisson(struct rng *, double mean);
/* total things into n cells; counts[] sums to total exactly. shares[] >= 0 and sum to 1 within 1e-9. */
void rng_multinomial(struct rng *, const double *shares, int n, int64_t total, int64_t *counts);

#endif
