/* bench_time.h: the stopwatch: repetitions of one benchmark, on one processor, by three measures.
 *
 * A repetition runs n operations between two readings of the clocks. n goes by what the row says that an
 * operation takes, roughly, and never by a measurement: what caches and branch predictors know depends on how
 * long a repetition is, and two programs are to do the same. Rows take turns (bench.c), so before each
 * repetition a part of one runs that is not counted: the row's data may have left the caches.
 *
 *     wall          CLOCK_MONOTONIC; what waited is in it
 *     processor     CLOCK_PROCESS_CPUTIME_ID: what a calibration is about, for models add the waiting
 *     instructions  of user mode, by perf_event_open(2), where the machine counts them; else the reason is
 * kept
 *
 * Processor time is no constant either: what runs on the other thread of the core, or beside us on it, makes
 * it half as long again. So a yardstick, a short loop that keeps a core's arithmetic busy and touches no
 * memory, is timed right before and after each repetition. One in which it took more than BENCH_QUIET of its
 * best is not quiet and is tried again, up to `tries` times in all, if it takes no more than some milliseconds;
 * the try with the best yardstick counts.
 * What is looked at is never the row's own time, which would bias it.
 *
 * Where the stack and the data lie differs from process to process, and with it what collides in caches: both
 * are moved from repetition to repetition, or every few where setting up costs little, so that they are part
 * of the scatter and not of the difference between two measurements.
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

enum { BENCH_TRIES = 3, BENCH_WHY_SIZE = 160 };
#define BENCH_QUIET 1.05 /* of the yardstick's best */

/* What timing goes on with: begun once, ended once. */
struct bench_watch {
    int cpu;     /* that we are pinned to; -1: none */
    int counter; /* file descriptor of the instructions' counter; -1: none */
    char cpu_why[BENCH_WHY_SIZE], counter_why[BENCH_WHY_SIZE]; /* of those that are not there */
    uint64_t affinity[16];                                     /* what was in force before */
    bool restore;
    double yardstick_ns; /* the best so far */
    int tries;           /* >= 1; BENCH_TRIES unless changed */
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
    int set_up_n;                 /* how often it was */
    double set_up_ns;             /* what that took the first time */
    struct bench_sample *samples; /* [repeats] */
    int samples_n;
};
/* `samples` has room for all repetitions. */
void bench_timed_begin(struct bench_timed *t, struct bench_watch *watch, const struct bench_case *bench,
                       double repeat_s, struct bench_sample *samples);
void bench_timed_repeat(struct bench_timed *t, struct bench_watch *watch);
/* Whether it is to be repeated in this turn: what takes long is, in every fourth alone. */
bool bench_timed_turn(const struct bench_timed *t, int turn);
void bench_timed_end(struct bench_timed *t);

#endif
