/* bench_time.h: the stopwatch: repetitions of one benchmark, on one processor, by three measures.
 *
 * A repetition runs n operations between two readings of the clocks. n grows, doubling, until a repetition
 * takes as long as is asked for; that also fills caches, tables and branch predictors. Rows take turns
 * (bench.c): a visit to a row is one repetition that is not counted, for its data have left the caches since,
 * and VISIT_REPEATS that are.
 *
 *     wall          CLOCK_MONOTONIC; what waited is in it
 *     processor     CLOCK_PROCESS_CPUTIME_ID: what a calibration is about, for models add the waiting
 *     instructions  of user mode, by perf_event_open(2), where the machine counts them; else the reason is
 * kept
 *
 * Errors: a machine without a counter, or that does not let itself be pinned, is told and no error. Units:
 * nanoseconds and instructions an operation.
 */
#ifndef HEADROOM_BENCH_BENCH_TIME_H
#define HEADROOM_BENCH_BENCH_TIME_H

#include "bench.h"
#include "bench_paths.h"

#include <stdbool.h>
#include <stdint.h>

enum { BENCH_VISIT_REPEATS = 3, BENCH_WHY_SIZE = 160 };

/* What timing goes on with: begun once, ended once. */
struct bench_watch {
    int cpu;     /* that we are pinned to; -1: none */
    int counter; /* file descriptor of the instructions' counter; -1: none */
    char cpu_why[BENCH_WHY_SIZE], counter_why[BENCH_WHY_SIZE]; /* of those that are not there */
    uint64_t affinity[16];                                     /* what was in force before */
    bool restore;
};
/* Pins to the last of the processors that we may use: the first serves most interrupts. */
void bench_watch_begin(struct bench_watch *watch);
void bench_watch_end(struct bench_watch *watch);
/* How many processors we may run on; 0: not known. */
int bench_allowed_cpus(void);

/* One row while it is timed. */
struct bench_timed {
    const struct bench_case *bench;
    struct arena *arena;
    void *state;
    int64_t n;                    /* operations a repetition */
    struct bench_sample *samples; /* [repeats] */
    int samples_n;
};
/* `samples` has room for all repetitions. */
void bench_timed_begin(struct bench_timed *t, const struct bench_watch *watch, const struct bench_case *bench,
                       double repeat_s, struct bench_sample *samples);
void bench_timed_warm(struct bench_timed *t);
void bench_timed_repeat(struct bench_timed *t, const struct bench_watch *watch);
void bench_timed_end(struct bench_timed *t);

#endif
