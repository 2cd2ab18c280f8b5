/* bench_window.h: benchmarks of the window operator, for the table in bench_paths.c. The parameter is how
 * many keys the state has; each is as likely as any other. */
#ifndef HEADROOM_BENCH_BENCH_WINDOW_H
#define HEADROOM_BENCH_BENCH_WINDOW_H

#include <stdint.h>

struct arena;
struct bench_case;

/* One tumbling window: records into keys that are there, new keys, and panes of all keys; of a plugin, if one replaces such
 * windows, whose answers nobody checks here. */
void *bench_window_set_up(struct arena *arena, const struct bench_case *bench); /* no keys yet */
void *bench_window_full_set_up(struct arena *arena, const struct bench_case *bench);
void bench_window_add_run(void *state, int64_t n);
void bench_window_next_full(void *state, int64_t n);
void bench_window_fire_run(void *state, int64_t n);
void bench_window_next_empty(void *state, int64_t n);
void bench_window_insert_run(void *state, int64_t n);
void bench_window_tear_down(void *state);

/* The same folds in batches of BENCH_WINDOW_BATCH; and as references, on the same records, the least that
 * counting by key can be: bare_table.h, once as it stands, once with its slots fetched ahead. */
enum { BENCH_WINDOW_BATCH = 1024 };
void *bench_window_batch_set_up(struct arena *arena, const struct bench_case *bench);
void bench_window_batch_run(void *state, int64_t n);
void *bench_upsert_set_up(struct arena *arena, const struct bench_case *bench);
void bench_upsert_bare_run(void *state, int64_t n);
void bench_upsert_prefetched_run(void *state, int64_t n);

/* Other windows in a steady state, panes and all: the watermark follows the records. */
void *bench_window_hopping_set_up(struct arena *arena,
                                  const struct bench_case *bench); /* six windows a record */
void *bench_window_session_set_up(struct arena *arena, const struct bench_case *bench);
void *bench_window_early_set_up(struct arena *arena,
                                const struct bench_case *bench); /* tumbling, early panes */
void *bench_window_sliding_set_up(struct arena *arena,
                                  const struct bench_case *bench); /* as many records as windows begin */
void bench_window_steady_run(void *state, int64_t n);

/* A record into the accumulator of its key, by the aggregate that the row is named after. */
void *bench_aggregate_set_up(struct arena *arena, const struct bench_case *bench);
void bench_aggregate_run(void *state, int64_t n);

#endif
