/* cleaner.h: brokers' log cleaner threads, where a topic's cleanup.policy compacts.
 *
 * When a thread is free, and every log.cleaner.backoff.ms if there was nothing to do, the dirtiest log that is due is
 * compacted: the real code decides which that is, up to where, and which segments become one (paths/log_cleaner.h). What
 * stays of the records cleaned so far is one a key, and how many keys there are among them the real cleaner has counted on
 * sampled keys (compacted.h). An offset map holds a thread's part of log.cleaner.dedupe.buffer.size: where the dirty
 * segments have more keys, fewer segments are cleaned at once. A batch of which little stays is smaller, and compresses
 * worse: by the ladder that was measured for its producers.
 *
 * Every replica is cleaned by its own broker; here all of a log are at the same time, and take a thread of each broker that
 * is up. A cleaning takes the thread's own computing (calibration log_cleaner.*, and the codec), and the reading of what the
 * page cache does not hold: all of it where the brokers' logs are larger than their caches, else nothing; at least as long as
 * log.cleaner.io.max.bytes.per.second lets it. While it lasts it takes cores and disks of its brokers, a millisecond at a
 * time; in the end segments change at once.
 *
 * A group that comes to a compacted part, because it lags or begins at the earliest offset, reads what stayed, fetches that
 * many bytes, and passes over the rest: lost to it as `compacted`, which to Kafka is no loss.
 *
 * A tombstone (workload[].tombstones) is the latest record of its key as often as any record is. It stays for delete.retention.ms after
 * the first cleaning that left it, and goes with the next one; then nothing of its key is there.
 *
 * Cleanings are timed on the calendar, their load on the data plane.
 * Offsets are absolute. Errors: bugs only. Memory: some 200 bytes a thread, 64 a segment of the longest log. Cost: nothing
 * where no topic is compacted; a look walks the segments of the compacted logs; an event a millisecond and cleaning.
 */
#ifndef HEADROOM_MODELS_CLEANER_H
#define HEADROOM_MODELS_CLEANER_H

#include "world.h"

struct cleaner_counts { /* of one run, all replicas */
    int64_t cleanings;
    double bytes_read, bytes_written, cpu_s;
    double dirty_ratio_max; /* of any log when it was looked at */
    int64_t maps_full;      /* cleanings that ended before the dirty part did */
    double tombstones;      /* that the cleaned parts hold now, one replica each */
};

void cleaner_init(struct world *w);
void cleaner_free(struct world *w);
/* All zeroes where nothing is compacted. */
struct cleaner_counts cleaner_counts(const struct world *w);

/* Bytes that all logs of a topic hold for good, one replica each: every key once, and half of what may be dirty. */
double cleaner_steady_bytes(const struct world *w, int topic);

/* The share of records that are still there at an offset (relative). */
static inline double cleaner_kept(const struct partition *p, int64_t offset)
{
    if (offset + p->base_offset >= p->cleaned.to) return 1;
    return p->cleaned.records / (double)(p->cleaned.to - p->segments.start);
}

/* Of n records from an offset on, those up to where cleaner_kept() changes. */
static inline int64_t cleaner_alike(const struct partition *p, int64_t offset, int64_t n)
{
    const int64_t left = p->cleaned.to - p->base_offset - offset;
    return left > 0 && left < n ? left : n;
}

/* Bytes of n records from an offset on, of which compaction may have left some. */
static inline double cleaner_bytes(const struct partition *p, int64_t offset, int64_t n)
{
    const int64_t alike = cleaner_alike(p, offset, n);
    return ((double)alike * cleaner_kept(p, offset) + (double)(n - alike)) * p->bytes_per_record;
}

#endif
