/* resolution_measured.h: how far resolutions were apart when `headroom validate resolution` last measured it, and which of
 * its cases speaks for a run.
 *
 * The file shipped is what `headroom validate resolution --json scenarios/validate/resolution-measured.json` wrote; of it
 * only the date and "largest_differences" are read.
 *
 * The case for a run is the one with the least utilisation that is not below the run's, of those with faults if the run
 * has any and else of those without, and of those with close-ups no longer than the run's; of several the one with the
 * longest. The busiest stage counts, whichever it is; from 99 % on it is full, and a case with a full stage speaks for it.
 *
 * Ownership: everything lives in the arena given. Errors: mistakes of the file are added to diag.
 */
#ifndef HEADROOM_STUDY_RESOLUTION_MEASURED_H
#define HEADROOM_STUDY_RESOLUTION_MEASURED_H

#include "validate.h"

struct diag;

struct resolution_measured {
    const char *date; /* "2026-11-22" */
    char sha256[65];  /* of the file */
    const struct validate_bias *biases; /* name, resolution, against, utilisation, fraction, faults and the differences */
    int biases_n;
};

#define RESOLUTION_MEASURED_FILE "validate/resolution-measured.json" /* below scenarios/ */
/* NULL after a mistake, and where there is no such file, which is none. `file` must live as long as the result. */
const struct resolution_measured *resolution_measured_load(const char *file, struct arena *arena, struct diag *diag);

struct resolution_setting {
    const char *resolution; /* "sampled", "request" */
    double fraction;        /* the least that is simulated of a slice; 1 for `request` */
    double utilisation;     /* of the busiest unit of any stage, at its highest in a minute */
    bool faults;
};

/* NULL, and why, if no case speaks for it. */
const struct validate_bias *resolution_measured_find(const struct resolution_measured *measured,
                                                     const struct resolution_setting *setting, const char **why);

#endif
