/* precision.h: how precisely the replications so far know what is asked for.
 *
 * The relative half width of an interval is its half over the mean; the widest counts, of every objective's metric in its
 * own scope, or without objectives of decision.metric. A metric that is not known in every replication, or is the same
 * in all, is passed over: more replications change neither.
 *
 * Adding replications until a width is reached looks at the same data again and again, so that intervals hold a little
 * less than their 95 % when few replications were needed (Chow & Robbins, Ann. Math. Stat. 36, 1965: it vanishes as the
 * width does).
 */
#ifndef HEADROOM_STUDY_PRECISION_H
#define HEADROOM_STUDY_PRECISION_H

#include "metrics.h"

struct pricebook;

struct precision {
    double widest;      /* relative half width; 0: no metric has one; INFINITY: a mean of 0 */
    const char *metric; /* whose it is; NULL: nobody's */
};

/* Writes the bill of each replication into it, which is what an interval of cost.month is made of. */
struct precision precision_of(const struct scenario *s, const struct pricebook *prices, struct replication *r, int n);

#endif
