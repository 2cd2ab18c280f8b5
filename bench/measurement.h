/* measurement.h: reads what was measured: the JSON of `headroom bench`, and of Google Benchmark itself.
 *
 * A measurement is a file, or a directory of files of one build. **A process is one observation**: where
 * memory and code lie differs from process to process of one program and stays as it is within one, so its
 * repetitions are not independent. Of a process the least time counts: what a host does to a repetition only
 * adds to it. A file of `bench` says of which process each repetition is, and holds several; a directory's
 * file that does not say is of one. In a single file that does not say, as Google Benchmark writes it, every
 * repetition (run_type "iteration"; files older than that have no run_type) is an observation.
 *
 * Times are processor time, ns an operation; a benchmark that Google's program skipped has none and is left
 * out. INSTRUCTIONS is the counter of that name.
 *
 * Ownership: the arena's. Errors: every mistake goes to diag with its place, and the result is NULL: no such
 * file, no measurement, no repetitions but aggregates alone, a time that is not above 0, more than
 * MEASUREMENT_ROWS_MAX benchmarks or RANK_SUM_VALUES_MAX observations of one.
 */
#ifndef HEADROOM_BENCH_MEASUREMENT_H
#define HEADROOM_BENCH_MEASUREMENT_H

#include <stddef.h>

struct arena;
struct diag;

enum { MEASUREMENT_ROWS_MAX = 1000, MEASUREMENT_FILES_MAX = 200 };

struct measurement_row {
    const char *name;
    double *cpu_ns; /* observations, in the order of the file */
    int n;
    double instructions; /* an operation, median; < 0: not counted */
};

struct measurement {
    const char *path;
    const char *cpu;      /* the processor's model; "" if the file does not say */
    const char *compiler; /* the same */
    int files;
    const char *by_turns; /* the same in two that were measured by turns; "": not so */
    int processes;       /* 0: a single file that does not say, whose repetitions are the observations */
    double yardstick_ns; /* least of the files; 0: they have none */
    struct measurement_row *rows;
    int rows_n;
};

const struct measurement *measurement_read(const char *path, struct arena *arena, struct diag *diag);
/* NULL if there is none. */
const struct measurement_row *measurement_find(const struct measurement *m, const char *name);

/* Quantile of values, linear between those around it; n >= 1. Sorts a copy. */
double measurement_quantile(const double *values, int n, double q);

#endif
