/* resolution_cases.h: the table of the suite `resolution`. A case is scenarios/validate/resolution.json with some fields
 * set, under the costs of scenarios/validate/resolution-costs.json: records of 20 producers that do not linger, so that
 * nearly each is a request of its own that comes when it likes; three brokers whose cores serve producers, followers and
 * consumers alike; and a window of a second.
 *
 * A case is run at `request` and compared with `record`, with `sampled`, or with both. Without faults `sampled` is run for
 * so much longer that it simulates as many seconds of the data plane as `request` does: then the two are equally noisy,
 * and a percentile of few observations is equally off in both. With faults every resolution runs the same span.
 * A case of table mode (models/table_mode.h) is run at `sampled` with and without a table, and these are compared.
 */
#ifndef HEADROOM_STUDY_RESOLUTION_CASES_H
#define HEADROOM_STUDY_RESOLUTION_CASES_H

#include <stdbool.h>
#include <stddef.h>

enum { RESOLUTION_SETS_MAX = 8 };

struct resolution_set { /* as --set takes it */
    const char *path, *value;
};

struct resolution_case {
    const char *name;
    const char *about;
    struct resolution_set sets[RESOLUTION_SETS_MAX]; /* up to one without a path */
    double utilisation; /* what the sets aim at, of the busiest stage; the limits go by it */
    double fraction;    /* run.fraction of `sampled`; 0: it is not run */
    bool record;        /* `record` is run */
    bool faults;
    bool table;         /* `sampled` is run, with a table and without; nothing else is; needs faults */
    int seconds;        /* of the data plane, measured; with faults of the whole run */
    int replications;   /* at least 2 */
    bool brief;         /* part of the short suite too */
    const char *reason; /* why it misses a limit, as far as known; NULL: it should not */
};

extern const struct resolution_case resolution_cases[];
extern const size_t resolution_cases_n;

#endif
