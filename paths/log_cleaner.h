/* log_cleaner.h: Kafka's log compaction: of every key the latest record stays.
 *
 * A log is segments of record batches, the last of which is active and never cleaned. What was cleaned ends at the first
 * dirty offset. A round of cleaning (LogCleaner.scala, LogCleanerManager.scala, apache/kafka):
 *
 *   1. log_cleaner_look(): what could be cleaned, by min.compaction.lag.ms, the last stable offset and the active segment;
 *      worth it if the dirty part's share of the bytes is *more* than min.cleanable.dirty.ratio, or if a dirty record is
 *      older than max.compaction.lag.ms. log_cleaner_filthiest() picks among logs.
 *   2. log_cleaner_index(): the latest offset of each key of the dirty part, until the map is full. It ends at the last
 *      record looked at: no further is the log cleaned.
 *   3. log_cleaner_group_end(): neighbours that together fit into one segment (and its indexes) become one.
 *   4. log_cleaner_copy(): a record stays if it is beyond the map, or if the map has no later one of its key. A tombstone
 *      that stays gives its batch a delete horizon, delete.retention.ms from now, and goes with the first cleaning from
 *      then on. Records without a key go. Offsets never change; a batch of which something went is written anew, one of which
 *      all went is gone.
 *   5. log_cleaner_clean() does 2 to 4, swaps the segments in and moves the first dirty offset.
 *
 *   clean                          dirty                              active
 *   [ 0 3 7 | 9 12 15 | 16 .. ] [ 20 21 22 .. | 30 31 .. | 40 .. ] [ 50 .. ]
 *                                ^ first_dirty   ^ first_uncleanable, where some lag holds it back
 *
 * Not here: aborted transactions, whose records count as any other, and the last batches of idempotent producers, which
 * Kafka keeps empty. Batches of transactions' markers stay as they are.
 *
 * Units: ms, bytes. Sums of times stop at INT64_MAX. Errors: a batch that does not decode is a CHECK. Ownership: segments'
 * bytes are the log's where cleaner_log_append() made it; log_cleaner_free() and cleaner_log_free() give memory back. Cost:
 * log_cleaner.* in bench. One thread at a time.
 */
#ifndef HEADROOM_PATHS_LOG_CLEANER_H
#define HEADROOM_PATHS_LOG_CLEANER_H

#include "offset_map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cleaner_segment {
    int64_t base_offset;
    unsigned char *bytes; /* size_bytes of whole batches; looking and grouping need none */
    size_t size_bytes;
    size_t index_bytes, time_index_bytes;
    int64_t first_timestamp_ms; /* the largest of its first batch; <= 0: not known */
    int64_t largest_timestamp_ms;
    size_t since_index_bytes; /* appended since the last entry of its index */
};

struct cleaner_log {
    struct cleaner_segment *segments; /* ascending; at least one, the last is active */
    size_t segments_n, capacity, active_capacity;
    int64_t start_offset, end_offset;
    int64_t stable_offset; /* the last stable offset: what is beyond is not cleaned */
    int64_t checkpoint;    /* the first dirty offset; -1: never cleaned */
};

struct log_cleaner_config { /* by Kafka's names; log_cleaner_defaults() */
    double min_cleanable_dirty_ratio;
    int64_t min_compaction_lag_ms, max_compaction_lag_ms, delete_retention_ms;
    int64_t segment_bytes, segment_index_bytes, index_interval_bytes;
    int compression_zstd_level; /* of batches that were compressed */
};
struct log_cleaner_config log_cleaner_defaults(void);

struct log_cleaner_look {
    int64_t first_dirty;
    bool checkpoint_reset;   /* the checkpoint was not within the log */
    int64_t first_uncleanable;
    int64_t clean_until;     /* the base of the segment that holds it */
    size_t clean_bytes, cleanable_bytes;
    double dirty_ratio;      /* 0 for an empty log */
    int64_t overdue_ms;      /* a dirty record is older than max.compaction.lag.ms by so much; 0: none is */
    bool due;
};
struct log_cleaner_look log_cleaner_look(const struct cleaner_log *log, const struct log_cleaner_config *config,
                                         int64_t now_ms);
/* Index of the due one with the greatest ratio, the first of equals; -1: none is due. */
int log_cleaner_filthiest(const struct log_cleaner_look *looks, int n);

/* Index after the last segment that is grouped with `first`; of `n` to be cleaned. */
size_t log_cleaner_group_end(const struct cleaner_segment *segments, size_t n, size_t first,
                             const struct log_cleaner_config *config, int64_t first_uncleanable);

struct log_cleaner_counts {
    uint64_t rounds, maps_full;
    uint64_t records_indexed, keys;             /* of the dirty parts */
    uint64_t bytes_indexed, bytes_read, bytes_written;
    uint64_t records_read, records_kept;
    uint64_t records_invalid; /* without a key */
    uint64_t tombstones_gone; /* past their horizon, the latest of their key */
};

struct log_cleaner;
/* dedupe_buffer_bytes: one thread's part of log.cleaner.dedupe.buffer.size. */
struct log_cleaner *log_cleaner_new(size_t dedupe_buffer_bytes, double load_factor);
void log_cleaner_free(struct log_cleaner *cleaner); /* NULL is allowed */
struct offset_map *log_cleaner_map(struct log_cleaner *cleaner);
const struct log_cleaner_counts *log_cleaner_counts(const struct log_cleaner *cleaner);

/* The map of the keys in [from, to); false: it was full before that. */
bool log_cleaner_index(struct log_cleaner *cleaner, const struct cleaner_log *log, int64_t from, int64_t to);
/* What stays of n neighbouring segments, by the map as it is. Its bytes are the caller's, by malloc (NULL if none stays). */
struct cleaner_segment log_cleaner_copy(struct log_cleaner *cleaner, const struct cleaner_segment *segments, size_t n,
                                        const struct log_cleaner_config *config, int64_t now_ms);
/* The whole round on a log that was looked at, due or not. Of the log, segments[] and checkpoint change. */
void log_cleaner_clean(struct log_cleaner *cleaner, struct cleaner_log *log, const struct log_cleaner_config *config,
                       const struct log_cleaner_look *look, int64_t now_ms);

/* An empty log from an offset on. One batch is appended, copied, whose offsets begin where the log ends; the active segment
 * is closed before it if the batch would not fit. cleaner_log_roll() closes it now. All that was appended is stable. */
void cleaner_log_init(struct cleaner_log *log, int64_t start_offset);
void cleaner_log_append(struct cleaner_log *log, const struct log_cleaner_config *config, const void *batch, size_t n);
void cleaner_log_roll(struct cleaner_log *log);
void cleaner_log_free(struct cleaner_log *log);

#endif
