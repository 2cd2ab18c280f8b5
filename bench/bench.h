/* bench.h: times the real code paths and the simulator's kernel on this host, and writes what was measured of
 * the paths as a calibration.
 *
 * Each benchmark is a row of a table: a name ("partition.murmur2"), the unit of one operation, a set-up and a
 * function that does n operations. The median of the repetitions' processor time is the value, the 10th and
 * 90th percentile are the spread. Rows take turns, a few repetitions a visit: a second in which the host is
 * busy or slow is then one in all rows, and a minority of each. The process is pinned to one processor. How
 * one repetition is timed is bench_time.h's. The clock is read there and nowhere else in the project but by
 * the command line. A program is measured in several processes: bench_several.h.
 *
 * Rows with a `state` vary one thing (a key's length, keys in a window's state) and are named after it:
 * "window.add/keys:100000". The row without suffix is what models use.
 *
 * Rows "kernel/..." are of the simulator, and no part of a calibration. Some rows have a bare reference
 * ("reference/..."), timed right behind them; the ratio of the processor times is told.
 *
 * Errors: false with a message in `error`: no benchmark matches, or a file cannot be written. Cost: of all
 * rows ten seconds to set up and a second a repetition, on a host that is quiet; all rows' states are held at
 * once, some 2.6 GB.
 */
#ifndef HEADROOM_BENCH_BENCH_H
#define HEADROOM_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct plugin_set;

enum {
    BENCH_REPEATS_MAX = 101,   /* of a process */
    BENCH_PROCESSES_MAX = 100, /* of a measurement */
    BENCH_SAMPLES_MAX = 400,   /* of a row in all of them: so that all rows fit what JSON is read with */
    BENCH_ERROR_SIZE = 512,
    BENCH_ROWS_MAX = 128
};

/* One repetition; an operation's share of it. */
struct bench_sample {
    double wall_ns, cpu_ns;
    double instructions; /* < 0: this machine does not count them */
    double yardstick_ns; /* the slower of the two around it: see bench_time.h */
    int process;         /* 0: the first, or the only one */
};

struct bench_row {
    const char *name;
    const char *unit;    /* "ns/key", "ns/record", "ns/byte", "ns/pane" */
    double value;        /* processor time an operation: median */
    double low, high;    /* 10th and 90th percentile of the repetitions */
    double wall_ns;      /* the same of the wall clock: median */
    double instructions; /* an operation: median; < 0: not counted */
    int repeats;
    int64_t iterations;    /* operations a repetition */
    double bytes;          /* bytes an operation works on; 0 where that says nothing */
    bool kernel;           /* of the simulator, not of a path: no part of a calibration */
    const char *reference; /* the row it was timed beside, by turns; NULL: none */
    const char *what;      /* which reference it is, where machines differ; NULL: they don't */
    double ratio;          /* the reference's processor time over its own, median of the turns */
};

struct bench_options {
    const char *filter;      /* rows whose name contains it; NULL or "": all */
    bool paths_only;         /* without the kernel and the references, and nothing is tried again */
    const struct plugin_set *plugins; /* measured in the place of what they replace; NULL: none */
    const char *calibration; /* a calibration to write; NULL: none. Needs all rows that models use */
    const char *json;        /* the same rows in Google Benchmark's form; "-" is stdout; NULL: none */
    FILE *text;              /* a table for people; NULL: none */
    int repeats;             /* 0: the default, 31; of what takes long about a third */
    double repeat_s;         /* least processor time of a repetition; 0: the default, 2 ms */
    void (*progress)(void *context, double done, double all); /* may be NULL */
    void *progress_context;
    const char *date; /* "2026-11-22", for the calibration; NULL: today by the system's clock */
};

/* Runs what matches. rows (BENCH_ROWS_MAX of them) may be NULL; *rows_n too. */
bool bench_run(const struct bench_options *options, struct bench_row *rows, size_t *rows_n, char *error,
               size_t error_n);

/* Names of all rows, or of the paths' alone, in BENCH_ROWS_MAX places. Returns how many. */
size_t bench_names(bool paths_only, const char **names);

/* "2026-11-22", by the system's clock. Returns buffer. */
enum { BENCH_DATE_SIZE = 16 };
const char *bench_today(char buffer[BENCH_DATE_SIZE]);

/* "amd-epyc-2core": this host by its processor's model and cores, never by its own name. */
const char *bench_host(char *buffer, size_t buffer_n);

#endif
