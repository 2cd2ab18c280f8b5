/* bench_paths.h: the table of benchmarks, between bench.c, which times them, and bench_paths.c, which has
 * them. */
#ifndef HEADROOM_BENCH_BENCH_PATHS_H
#define HEADROOM_BENCH_BENCH_PATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct plugin_set;

struct bench_case {
    const char *name;
    const char *unit;
    int64_t parameter; /* what the name's suffix says, or the default */
    int64_t fixed_n;   /* operations in each repeat; 0: as many as about_ns has in a repeat's time */
    double about_ns;   /* of an operation, roughly; never by a measurement, for two programs are to do the same */
    int64_t (*whole)(const void *state); /* so many operations are not divided; NULL: each is one of its own */
    void *(*set_up)(struct arena *arena, const struct bench_case *bench);
    void (*prepare)(void *state, int64_t n); /* before each repeat, not timed; may be NULL */
    void (*run)(void *state, int64_t n);     /* n operations */
    void (*tear_down)(void *state);          /* may be NULL */
    double bytes;                            /* an operation works on; 0 where that says nothing */
    bool kernel;      /* of the simulator, or a reference, not of a path: no part of a calibration */
    bool beside_next; /* the next row is its reference: they are timed by turns, and their ratio is told */
    const char *(*what)(void); /* of a reference: which one this machine has; NULL: there is only one */
};

extern const struct bench_case bench_cases[];
extern const size_t bench_cases_n;

/* Plugins that rows set up from now on measure in the place of what they replace; NULL: none. */
void bench_plug(const struct plugin_set *plugins);
const struct plugin_set *bench_plugged(void);

#endif
