/* censored.h: quantiles of times of which some had not ended when the watch did.
 *
 * Leaving those out would flatter what is overloaded: the slow ones are the ones that have not ended. The estimate is
 * Kaplan and Meier's (J. Amer. Statist. Assoc. 53, 1958), by Efron's redistribution to the right: the weight of one
 * that has not ended at age a is shared equally by all that took, or take already, longer.
 */
#ifndef HEADROOM_SIM_CENSORED_H
#define HEADROOM_SIM_CENSORED_H

struct histogram;

/* `ended` holds those that ended, each with weight 1. `open` are the ages of n that have not, ascending; `never` more will
 * never end. INFINITY: the quantile, 0 <= q <= 1, is among those that have not ended and beyond all that has been seen; NaN:
 * there are none at all. *below: that quantile of those that ended (may be NULL). */
double censored_quantile(struct histogram *ended, const double *open, int n, double never, double q, double *below);

#endif
