/* disk.h: a broker's volume, and the page cache over it.
 *
 * One disk serves two queues, at its throughput: the pages that writers have left dirty, which the kernel writes back, and
 * reads of what the cache no longer holds. Each queue is first come, first served; while both have work they share the disk
 * evenly, as a fair scheduler's synchronous reads and write-back do. A writer goes on at once until what is dirty passes
 * vm.dirty_ratio, 20 % of memory; then it waits until there is room. So readers of old records slow producers down as soon
 * as the share that is left to writes is less than they need.
 *
 * The cache is one LRU over what is written (as leader and as follower) and what is read from disk: what came into it
 * longer ago than it takes to fill it is gone, and reading it takes the disk. Whoever reads old records fills the cache
 * with them, and so makes it younger for everybody. What was filled before the run, or before the piece of it that was
 * simulated, is taken to have come at the rate of now. A page read twice counts twice; read-ahead makes each read of a partition
 * one sequential stretch, after one disk_read latency.
 *
 * With log.flush.interval.messages the thread that appends waits for fsync instead, once a partition and interval: an
 * operation that takes the device's time for a write, after all bytes before it. log.flush.interval.ms is not here: a
 * scheduler flushes then, in the background, and no request waits for it. Operations a second are bounded as well: each
 * fsync is one; a read takes one for every 256 KiB on a network volume (Amazon EBS user guide, I/O characteristics), and
 * one a stretch on a local disk. Written back are large pieces, which throughput alone bounds.
 *
 * Where an instance's EBS bandwidth has a burst (cluster.storage.burst), it holds its maximum for 30 minutes, at least once
 * every 24 hours (Amazon EC2 user guide, EBS-optimized instances): a bucket of that many bytes above the baseline, full at
 * the start, emptied by what is sent above it and filled in 24 hours. No bucket of a network card is published, so there is
 * none here. What limits and headroom say is then what holds while the burst does.
 *
 * A cold answer holds the network thread that sends it until the disk has given it: sendfile blocks (KAFKA-7504).
 *
 * Times: data-plane ns. Bytes: on the wire, which is as they lie on the disk. Errors: bugs only. Memory: fixed.
 * Cost: a few operations a write; a look at the cache is one comparison.
 */
#ifndef HEADROOM_MODELS_DISK_H
#define HEADROOM_MODELS_DISK_H

#include "world.h"

void disk_init(struct world *w, struct broker *b);

/* Bytes written to a broker's log: the disk drains them. Returns when the writer may go on. */
sim_time disk_write(struct world *w, struct broker *b, sim_time now, double bytes);

/* Records are appended to a replica's log: is a flush due? */
bool disk_flush_due(const struct world *w, struct replica *r, int64_t records);
/* So many flushes one after the other, of so many bytes in all; returns when the last is done. */
sim_time disk_flush(struct broker *b, sim_time now, double bytes, int flushes);

/* Is a record that was appended then still in the broker's page cache? */
static inline bool disk_cached(const struct broker *b, sim_time appended_at)
{
    return appended_at >= b->cache.since;
}

/* An answer of which `bytes` in `reads` stretches are on disk alone, ready to be sent at `at`. Returns when it has been read. */
sim_time disk_read(struct broker *b, sim_time at, double bytes, int reads);
/* The same for the broker's own threads, of which nobody waits for it: the disk has so much to do. Returns `at`, or when the
 * disk was last given something. */
sim_time disk_read_aside(struct broker *b, sim_time at, double bytes);

/* After a slice: how far back each broker's cache goes. */
void disk_slice_end(struct world *w);

#endif
