/* lateness_law.h: how far behind the clock the newest event is of all that has come, exactly, without following records.
 *
 * Records arrive as a Poisson stream of rate r and are late by F: those with arrival <= T and event time > T - x number
 * Poisson with mean r * integral_0^x F, so the least x with one in it solves that = an exponential variate. The integrals
 * are tabulated once a stream; late floods of the moment are mixed in.
 *
 * Cost: seven steps of halving, each a sum over the streams.
 */
#ifndef HEADROOM_MODELS_LATENESS_LAW_H
#define HEADROOM_MODELS_LATENESS_LAW_H

#include "scenario.h"

struct world;

enum { LATENESS_LAW_STEPS = 128 };

struct lateness_law {
    const struct world *world;
    const int *streams; /* the caller's */
    int streams_n;
    double x[LATENESS_LAW_STEPS];                            /* seconds */
    double integral[SCENARIO_STREAMS_MAX][LATENESS_LAW_STEPS]; /* by stream: of the lateness CDF up to x */
};

void lateness_law_init(struct lateness_law *, const struct world *, const int *streams, int streams_n);
/* Seconds behind. rates: records a second of streams[i]; target: an exponential variate of mean 1. */
double lateness_law_newest(const struct lateness_law *, const double *rates, double target);

#endif
