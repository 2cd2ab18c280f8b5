/* bench_compact.h: benchmarks of compaction and table files, for the table in bench_paths.c. */
#ifndef HEADROOM_BENCH_BENCH_COMPACT_H
#define HEADROOM_BENCH_BENCH_COMPACT_H

#include <stdint.h>

struct arena;
struct bench_case;

/* Planning so many files by binpack, and by Delta's optimize: all of them in each repeat, as often as they fit. */
void *bench_plan_set_up(struct arena *arena, const struct bench_case *bench);
void *bench_optimize_set_up(struct arena *arena, const struct bench_case *bench);
void bench_plan_run(void *state, int64_t n);

/* Merging BENCH_MERGE_RECORDS events from sorted files into one. bench->bytes is an event's mean size, the
 * parameter how many files. Row groups are stored, but for the _zstd ones. */
enum {
    BENCH_MERGE_FILES = 16,
    BENCH_MERGE_RECORDS = 16384,
    BENCH_ROW_GROUP_BYTES = 4 << 20,
    BENCH_ZSTD_LEVEL = 3
};
void *bench_merge_set_up(struct arena *arena, const struct bench_case *bench);
void *bench_merge_zstd_set_up(struct arena *arena, const struct bench_case *bench);
void *bench_merge_time_set_up(struct arena *arena, const struct bench_case *bench); /* sorted by time */
void *bench_merge_z_order_set_up(struct arena *arena, const struct bench_case *bench);
void *bench_merge_z_order_zstd_set_up(struct arena *arena, const struct bench_case *bench);
void *bench_table_set_up(struct arena *arena, const struct bench_case *bench); /* one file of all as well */
void *bench_table_zstd_set_up(struct arena *arena, const struct bench_case *bench);
void bench_merge_run(void *state, int64_t n);

/* The reference of the _zstd ones: zstd alone on the same bytes, in a run and in pieces as large. */
void *bench_codec_set_up(struct arena *arena, const struct bench_case *bench);
void bench_codec_run(void *state, int64_t n);

/* Of the same states: one file of all records written and read, and zstd alone on its bytes. */
void *bench_row_group_set_up(struct arena *arena, const struct bench_case *bench); /* for zstd alone */
void bench_table_encode_run(void *state, int64_t n);
void bench_table_decode_run(void *state, int64_t n);
void bench_table_compress_run(void *state, int64_t n);
void bench_table_decompress_run(void *state, int64_t n);
void bench_merge_tear_down(void *state);

#endif
