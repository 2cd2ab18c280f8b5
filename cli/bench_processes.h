/* bench_processes.h: starts the processes of `headroom bench` and gathers what they measured. */
#ifndef HEADROOM_CLI_BENCH_PROCESSES_H
#define HEADROOM_CLI_BENCH_PROCESSES_H

#include <stdbool.h>

struct bench_several;
struct cli;
struct progress;

/* A program and what was measured of it. */
struct bench_side {
    const char *program; /* as exec takes it */
    const char *name;    /* as it is told */
    struct bench_several *measured;
};

/* Runs each of the sides (one or two) in `processes` processes of `repetitions` of each operation, one after
 * the other: two by turns, of each two which is first being drawn by lot, from a stream of its own. So
 * whatever the host does in the course of it, it does to both. False, told, if one fails. */
bool bench_processes_run(const struct cli *cli, struct bench_side *sides, int sides_n, int processes,
                         int repetitions, struct progress *progress);

#endif
