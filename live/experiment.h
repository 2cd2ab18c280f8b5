/* experiment.h: which loads tell a broker's costs apart, and what each took.
 *
 * A designed experiment: requests a second, batches a request, records a batch and bytes a record are each varied on
 * their own over the levels of the design (all their combinations that a batch and a request can hold, each at two rates), so that
 * regression can separate them; fetches the same by partitions with data, bytes of each, and idle partitions of the session. A
 * cell is one such load. Each is run `repeats` times, the cells of a repeat in a random order, so that a host that grows slower
 * falls on all alike. Nothing measured is dropped.
 *
 * The processor time is that of the broker's threads (jvm.h) between two readings; counts are the answers between them. JIT and
 * page cache are warmed up first.
 *
 * Units: per second. Errors: false and a sentence in `error`. Ownership: the arena's. Cost: the design's cells take
 * repeats * (settle_s + measure_s) each; about 15 minutes in all by default.
 */
#ifndef HEADROOM_LIVE_EXPERIMENT_H
#define HEADROOM_LIVE_EXPERIMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "jvm.h"
#include "load.h"

struct arena;

enum { EXPERIMENT_CELLS_MAX = 256, EXPERIMENT_REPEATS_MAX = 20, EXPERIMENT_LOADS_MAX = 2, EXPERIMENT_ERROR_SIZE = 512 };

enum cell_part {
    CELL_IDLE,
    CELL_PRODUCE,
    CELL_ZSTD,  /* produce, compressed */
    CELL_FETCH,
    CELL_QUIET, /* any of these at an eighth of its rate */
    CELL_CHECK, /* fitted by nobody: what the fit predicts is held against it */
    CELL_PARTS_N
};
extern const char *const cell_part_names[CELL_PARTS_N];

struct cell {
    enum cell_part part;
    struct load loads[EXPERIMENT_LOADS_MAX]; /* run together; those behind the last are LOAD_IDLE */
};

/* Per second, a mean over repeats. */
struct cell_result {
    struct cell cell;
    int repeats;
    struct load_counts counts[EXPERIMENT_LOADS_MAX];
    double cpu_ns[JVM_GROUPS_N];
    double cpu_low_ns, cpu_high_ns; /* network and I/O threads together: least and most of the repeats */
};

struct experiment {
    const char *address; /* of the broker that leads */
    int pid;             /* its process */
    int repeats;
    double settle_s, measure_s, warm_up_s;
    FILE *text;               /* a line a cell, as it goes; NULL: none */
    const volatile int *stop; /* not 0: end soon, and remove the topics; NULL: never */
};

struct experiment_result {
    struct cell_result *cells;
    int cells_n;
    char jvm[JVM_NAME_SIZE], kafka[32];
    int64_t cpu_ns[JVM_GROUPS_N]; /* over all that was measured */
    double seconds;
};

/* The design's cells, at most EXPERIMENT_CELLS_MAX; returns how many. */
int experiment_design(struct cell *cells);
bool experiment_run(const struct experiment *experiment, struct arena *arena, struct experiment_result *result, char *error,
                    size_t error_n);
/* "produce 8 x 20 x 200 B zstd, 640/s". Returns buffer. */
const char *cell_describe(const struct cell *cell, char *buffer, size_t buffer_n);

#endif
