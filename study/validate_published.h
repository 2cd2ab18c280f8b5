/* validate_published.h: the suite `published`: what others have measured, beside what the simulator predicts when it is told
 * their configuration.
 *
 * A row's estimate is the mean over the replications of its run with Student's 95 % interval; where it is the difference of two
 * runs, of the replications in pairs. Rows and tolerances are the file's, scenarios/validate/published.json
 * (published_cases.h). What is not modelled is a row without a verdict. A miss is a miss: no row is left out for it.
 *
 * Ownership: the report's arrays are the arena's. Cost: minutes of a core.
 */
#ifndef HEADROOM_STUDY_VALIDATE_PUBLISHED_H
#define HEADROOM_STUDY_VALIDATE_PUBLISHED_H

#include "validate.h"

struct published;

/* The suite. False: stopped, or report->failed says why there is nothing to run. Quick: two replications of each run. */
bool validate_published(const struct validate_options *options, struct arena *arena, struct validate_report *report);
/* The same for other cases; their scenarios are files in `directory`. */
bool validate_published_cases(const struct published *published, const char *directory, const struct validate_options *options,
                              struct arena *arena, struct validate_report *report);

#endif
