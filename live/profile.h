/* profile.h: a broker's costs from an experiment, and the engine profile that runs read.
 *
 * Four fits (sim/regression.h) over cell means: network threads and request handlers ("I/O threads"), each for produce and for fetch,
 * all with a constant that an idle broker takes:
 *
 *   I/O      produce  request, batch, record, byte; of compressed batches one more for the batch and one for each raw byte
 *   I/O      fetch    request, partition with data, idle partition of the session, byte
 *   network  produce  request, batch, byte
 *   network  fetch    request, partition with data, byte
 *
 * Requests that come one at a time to an idle broker cost more than those of a busy one, which finds several at each wake-up. The fits are of
 * busy cells, since capacity is about those; how much more quiet ones took is told beside them. Neither these nor the checks are
 * fitted to.
 *
 * Errors: false and a sentence. Ownership: the arena's.
 */
#ifndef HEADROOM_LIVE_PROFILE_H
#define HEADROOM_LIVE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "experiment.h"
#include "regression.h"

struct arena;

enum { PROFILE_FITS_N = 4 };

struct profile_fit {
    const char *name; /* "network, fetch" */
    int cells;        /* that it is a fit of */
    struct regression regression;
    int worst; /* the cell of residual_max */
};

/* What the fits say of a cell, their own or not; ns a second. */
struct profile_cell {
    double network_ns, io_ns;
};

struct profile {
    const struct experiment_result *result;
    struct profile_fit fits[PROFILE_FITS_N];
    struct profile_cell *predicted; /* by cell */
    double quiet_ratio; /* measured over predicted of quiet cells, geometric mean; NAN: none */
    double gc_share;    /* of the collector's time in that of network and I/O threads */
    double jit_share;   /* the compilers' */
};

bool profile_fit(const struct experiment_result *result, struct arena *arena, struct profile *profile, char *error,
                 size_t error_n);
void profile_print(const struct profile *profile, FILE *out);
/* As a calibration (models/calibration.h), "-" is stdout. date NULL: today. */
bool profile_write(const struct profile *profile, const char *path, const char *date, char *error, size_t error_n);

#endif
