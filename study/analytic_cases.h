/* analytic_cases.h: the table of the suite `analytic`. A case is a queue with a closed form: how it is run,
 * what theory says, and how long its runs are.
 *
 * A case is run twice over: long runs for a figure with a tight interval, at a utilisation where queues are
 * long, and very many short runs for the interval's coverage, at one where a short run is long enough for
 * Student's t: the interval of a mean of skewed values covers less, by 0.25 skewness^2 / n (Hall, "The
 * Bootstrap and Edgeworth Expansion", 1992, 2.6), which must be far below the 1.7 % that 2,000 runs can see.
 */
#ifndef HEADROOM_STUDY_ANALYTIC_CASES_H
#define HEADROOM_STUDY_ANALYTIC_CASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analytic_queues.h"
#include "validate.h"

enum { ANALYTIC_QUANTITIES = 5 };

struct analytic_quantity {
    const char *name, *unit;
    double tolerance; /* of the truth; for a bound 0 */
    enum validate_rule rule;
    double quantile; /* 0: a mean */
    bool fixed;      /* no randomness in it: no interval has to hold the truth */
    bool covered;    /* counted in the coverage; needs a truth that is equal */
};

struct analytic_length {
    double utilisation;
    int64_t customers; /* of a replication */
    int64_t warmup;    /* above 0: it begins empty; else in steady state, drawn exactly */
};

struct analytic_case {
    const char *name;
    struct analytic_quantity quantities[ANALYTIC_QUANTITIES]; /* those with a name */
    struct analytic_length full, brief;                       /* brief.customers 0: no coverage */
    void (*truth)(double utilisation, double *values);
    void (*run)(const struct analytic_run *, double *values);
};

extern const struct analytic_case analytic_cases[];
extern const size_t analytic_cases_n;

#endif
