/* validate_resolution.h: the suite `resolution`: one system at several resolutions, and how far they are apart.
 *
 * A row's truth is the mean of a figure over the replications at the finer resolution; its estimate is that plus the mean
 * difference, with Student's 95 % interval of the difference, replication by replication. Replication r has the same seed
 * at every resolution, so that the records of each second are the same: paired differences, which at `record` against
 * `request` are far less noisy than the figures.
 *
 * A row differs if its whole interval lies beyond the tolerance; it agrees if the difference is within the tolerance and
 * so is half of its interval; else it is imprecise. Tolerances: up to a utilisation of 0.9, and 2 % of means, p50 and
 * p99, 5 % of p99.9; above and with faults 5 % and 10 %. That records produced are the same is a row too, with none.
 * A percentile that some replication cannot know is left out.
 *
 * The accounts of every replication are checked after every slice, as always: a broken one is a CHECK.
 *
 * Ownership: the report's arrays are the arena's. Cost: about two minutes of a core.
 */
#ifndef HEADROOM_STUDY_VALIDATE_RESOLUTION_H
#define HEADROOM_STUDY_VALIDATE_RESOLUTION_H

#include <stddef.h>

#include "validate.h"

struct resolution_case;

/* The suite. False: stopped, or report->failed says why there is nothing to run. Quick: the brief cases, with shorter and
 * fewer replications. */
bool validate_resolution(const struct validate_options *options, struct arena *arena, struct validate_report *report);
/* The same for other cases than the suite's, n >= 1. */
bool validate_resolution_cases(const struct resolution_case *cases, size_t n, const struct validate_options *options,
                               struct arena *arena, struct validate_report *report);

#endif
