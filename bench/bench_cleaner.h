/* bench_cleaner.h: benchmarks of log compaction, for the table in bench_paths.c. */
#ifndef HEADROOM_BENCH_BENCH_CLEANER_H
#define HEADROOM_BENCH_BENCH_CLEANER_H

#include <stdint.h>

struct arena;
struct bench_case;

/* A log of BENCH_CLEANER_RECORDS of bench->bytes each, stored, in batches of 300, of as many keys as the parameter says:
 * indexed, and copied with what stays of it. */
enum { BENCH_CLEANER_RECORDS = 32768 };
void *bench_cleaner_set_up(struct arena *arena, const struct bench_case *bench);
void bench_cleaner_tear_down(void *state);
void bench_cleaner_index_run(void *state, int64_t n);
void bench_cleaner_copy_run(void *state, int64_t n);

#endif
