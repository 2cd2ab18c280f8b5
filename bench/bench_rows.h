/* bench_rows.h: what is made of a measurement's samples: a row each, a table for people, a calibration, and
 * Google Benchmark's JSON.
 *
 * Samples are those of one process (bench.c) or of several (bench_several.h), one after the other.
 *
 * Errors: false and a sentence, if a file cannot be written.
 */
#ifndef HEADROOM_BENCH_BENCH_ROWS_H
#define HEADROOM_BENCH_BENCH_ROWS_H

#include "bench.h"
#include "bench_time.h"

#include <jansson.h>

struct arena;

struct bench_measurement {
    struct bench_timed *timed;
    struct bench_row *rows; /* of timed[], by bench_rows_fill() */
    size_t n;
    int repeats;   /* of a process */
    int processes; /* 0: this one alone */
    const char *date;      /* NULL: today */
    struct bench_watch watch;
    const json_t *context; /* of the program that was measured, if it was another process; else NULL */
};

void bench_rows_fill(struct bench_measurement *m, struct arena *arena);

/* All that the options ask for. */
bool bench_rows_tell(const struct bench_options *options, const struct bench_measurement *m, char *error,
                     size_t error_n);

#endif
