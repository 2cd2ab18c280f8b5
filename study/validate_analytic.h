/* validate_analytic.h: the suite `analytic`: queues that theory can solve, on the kernel and the resources
 * that the models use, and how often the intervals hold the truth.
 *
 * Figures: 20 replications of a case; the mean over them with Student's 95 % interval. A row agrees if it is
 * within its tolerance of the truth, its interval no wider than the tolerance, and the truth inside the
 * interval of a level at which all rows together are wrong with 1 % (Bonferroni). Coverage: 2,000 short runs
 * of a case, each of 10 replications with Student's 95 % interval over them; the number of intervals that
 * hold the truth is tested as binomial, exactly and two-sided, at 1 % over all rows (Bonferroni). Seeds are
 * fixed, so the report is the same every time and whatever the threads.
 *
 * Ownership: the report's arrays are the arena's.
 */
#ifndef HEADROOM_STUDY_VALIDATE_ANALYTIC_H
#define HEADROOM_STUDY_VALIDATE_ANALYTIC_H

#include "validate.h"

struct analytic_case;

/* What the suite is run with; other numbers are rounded up to fifties. */
enum { VALIDATE_RUNS = 2000 };

/* The suite. False: stopped. */
bool validate_analytic(const struct validate_options *options, struct arena *arena,
                       struct validate_report *report);
/* The same for other cases than the suite's, n >= 1. */
bool validate_cases(const struct analytic_case *cases, int n, const struct validate_options *options,
                    struct arena *arena, struct validate_report *report);

#endif
