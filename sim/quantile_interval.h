/* quantile_interval.h: intervals of a quantile.
 *
 * Independent values: the order statistics between which the quantile lies, by the binomial law, whatever the
 * values' own (David & Nagaraja, Order Statistics, 7.1): the q quantile is below the value of rank r with the
 * probability that at least r of n values are below it, which is P(Binomial(n, q) >= r).
 *
 * Correlated values: sectioning (Asmussen & Glynn, Stochastic Simulation, IV.5). A run is cut into sections of equal
 * length, each with a quantile of its own; they scatter around that of the whole run:
 *     half = t(k - 1) sqrt(sum (section - whole)^2 / (k (k - 1))).
 * Around the whole run's quantile, not around the sections' mean, which is biased when a section has few values. It
 * takes sections longer than the correlation lasts: serial_independent() of batch_means.h tells.
 *
 * level in (0, 1); 0 < q < 1 (CHECK). Cost: microseconds.
 */
#ifndef HEADROOM_SIM_QUANTILE_INTERVAL_H
#define HEADROOM_SIM_QUANTILE_INTERVAL_H

#include <stdbool.h>
#include <stdint.h>

#include "confidence.h"

/* The interval is [value of rank low, value of rank high], ranks 1 .. n in ascending order; it holds the quantile with
 * at least `level`, each side missing with at most half the rest. Not known: n values cannot bound it on both sides.
 */
struct quantile_ranks {
    int64_t low, high;
    bool known;
};

/* 0 <= n < 2^32. */
struct quantile_ranks quantile_ranks(int64_t n, double q, double level);

/* sections[n]: the quantile of each; fewer than two know no interval. */
struct interval quantile_sections(double whole, const double *sections, int n, double level);

#endif
