/* bench_kernel.h: benchmarks of the simulator's kernel, for the table in bench_paths.c, each beside what it
 * could be at best. An operation is an event run, a range added, a number drawn. */
#ifndef HEADROOM_BENCH_BENCH_KERNEL_H
#define HEADROOM_BENCH_BENCH_KERNEL_H

#include <stdint.h>

struct arena;
struct bench_case;

/* A complete M/M/1 at 0.9 utilisation: arrivals, waiting in order, service; sojourns in a histogram, waits,
 * the mean number inside and the busy time. Two events a customer. */
void *bench_mm1_set_up(struct arena *arena, const struct bench_case *bench);
void bench_mm1_run(void *state, int64_t n);
/* The same arrivals and services by plain callbacks on a bare heap: no statistics, no order of ties. */
void *bench_mm1_bare_set_up(struct arena *arena, const struct bench_case *bench);
void bench_mm1_bare_run(void *state, int64_t n);

/* The hold model (Jones, CACM 29(4), 1986): bench->parameter events are pending; each schedules its
 * successor after an exponential time, drawn beforehand. */
void *bench_hold_set_up(struct arena *arena, const struct bench_case *bench);
void bench_hold_run(void *state, int64_t n);
void *bench_hold_bare_set_up(struct arena *arena, const struct bench_case *bench);
void bench_hold_bare_run(void *state, int64_t n);

/* Latencies of batches into a histogram as the models have it; uniform numbers of one stream. */
void *bench_histogram_set_up(struct arena *arena, const struct bench_case *bench);
void bench_histogram_run(void *state, int64_t n);
void *bench_rng_set_up(struct arena *arena, const struct bench_case *bench);
void bench_rng_run(void *state, int64_t n);

#endif
