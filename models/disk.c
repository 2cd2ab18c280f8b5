/* disk.c: see disk.h. */
#include "disk.h"

#include <math.h>
#include <string.h>

#include "cluster.h"

/* Linux writes back in the background and stops writers at vm.dirty_ratio, 20 % of memory by default. */
static const double DIRTY_RATIO = 0.2;

/* The kernel's own and the JVM's share of memory; the rest is page cache. Kafka's documentation advises 5 GiB of heap or
 * so and leaves the rest to the cache; on a small machine a quarter is gone. */
static double page_cache_bytes(double memory_bytes)
{
    double gone = 6.0 * 1024 * 1024 * 1024;
    return memory_bytes > 4 * gone ? memory_bytes - gone : memory_bytes * 0.6;
}

static const double EBS_OPERATION_BYTES = 256 * 1024;

static const double BURST_S = 1800, BURST_AGAIN_S = 86400;

/* What fits in the bucket; 0: there is none, or the volume is no faster than the baseline. */
static double burst_bytes_max(const struct scenario_cluster *c)
{
    const double most = fmin(c->instance_ebs_burst_bytes_per_s, c->storage_throughput_bytes_per_s);
    return most > c->instance_ebs_bytes_per_s ? (c->instance_ebs_burst_bytes_per_s - c->instance_ebs_bytes_per_s) * BURST_S : 0;
}

void disk_init(struct world *w, struct broker *b)
{
    const struct scenario_cluster *c = &w->scenario->cluster;
    const struct calibration_latency *latency = &w->calibration->latency;
    double throughput = c->storage_throughput_bytes_per_s, iops = c->storage_iops;
    b->burst_bytes = burst_bytes_max(c);
    if (c->instance_ebs_bytes_per_s > 0)
        throughput = fmin(throughput, b->burst_bytes > 0 ? c->instance_ebs_burst_bytes_per_s : c->instance_ebs_bytes_per_s);
    if (c->instance_ebs_iops > 0) iops = fmin(iops, c->instance_ebs_iops);
    link_init(&b->disk, throughput);
    link_init(&b->disk_operations, iops);
    b->disk_write_ns = (sim_time)(c->storage_latency_s > 0 ? c->storage_latency_s * 1e9 : latency->disk_write_ns);
    b->disk_read_ns = (sim_time)(c->storage_latency_s > 0 ? c->storage_latency_s * 1e9 : latency->disk_read_ns);
    b->operation_bytes = strcmp(c->storage_type, STORAGE_LOCAL) == 0 ? INFINITY : EBS_OPERATION_BYTES;
    b->cache = (struct page_cache){.bytes = page_cache_bytes(c->instance_memory_bytes), .since = INT64_MIN};
}

/* --- The disk ---------------------------------------------------------------------------------------- */

/* Reads that wait, at the moment of the next arrival. All work together is the link's. */
static sim_time advance(struct broker *b, sim_time now)
{
    const struct fifo *all = &b->disk.fifo;
    if (now < all->last_arrival) now = all->last_arrival;
    if (b->reads_bytes > 0) {
        const double waits = (double)fifo_backlog(all, b->reads_at) / b->disk.ns_per_byte;
        const double writes = fmax(0, waits - b->reads_bytes), least = fmin(writes, b->reads_bytes);
        const double served = (double)(now - b->reads_at) / b->disk.ns_per_byte;
        b->reads_bytes -= served <= 2 * least ? served / 2 : served - least;
        if (b->reads_bytes < 0) b->reads_bytes = 0;
    }
    b->reads_at = now;
    return now;
}

/* How long until `bytes` at the head of one queue are done, while the other has `others`. */
static sim_time shared_ns(const struct broker *b, double bytes, double others)
{
    return (sim_time)((bytes + fmin(bytes, others)) * b->disk.ns_per_byte);
}

sim_time disk_write(struct world *w, struct broker *b, sim_time now, double bytes)
{
    const sim_time at = advance(b, now);
    link_send(&b->disk, at, bytes);
    const double dirty = (double)link_backlog(&b->disk, now) / b->disk.ns_per_byte - b->reads_bytes;
    const double excess = dirty - DIRTY_RATIO * w->scenario->cluster.instance_memory_bytes;
    return excess <= 0 ? now : now + shared_ns(b, excess, b->reads_bytes);
}

bool disk_flush_due(const struct world *w, struct replica *r, int64_t records)
{
    r->unflushed += records;
    if (r->unflushed < w->scenario->cluster.config.log_flush_interval_messages) return false;
    r->unflushed = 0;
    return true;
}

sim_time disk_flush(struct broker *b, sim_time now, double bytes, int flushes)
{
    const sim_time at = advance(b, now), written = link_send(&b->disk, at, bytes);
    const sim_time served = link_send_in_order(&b->disk_operations, now, flushes);
    const sim_time waited = now + (sim_time)(flushes * b->slow_disk * (double)b->disk_write_ns);
    const sim_time passed = written > served ? written : served;
    return passed > waited ? passed : waited;
}

sim_time disk_read_aside(struct broker *b, sim_time at, double bytes)
{
    const sim_time now = advance(b, at);
    link_send(&b->disk, now, bytes);
    b->reads_bytes += bytes;
    b->cold_bytes += bytes;
    return now;
}

sim_time disk_read(struct broker *b, sim_time at, double bytes, int reads)
{
    const sim_time now = disk_read_aside(b, at, bytes);
    const double writes = (double)link_backlog(&b->disk, now) / b->disk.ns_per_byte - b->reads_bytes;
    const sim_time given = now + shared_ns(b, b->reads_bytes, fmax(0, writes));
    const sim_time served = link_send_in_order(&b->disk_operations, at, fmax(reads, ceil(bytes / b->operation_bytes)));
    const sim_time read = (given > served ? given : served) + (sim_time)(reads * b->slow_disk * (double)b->disk_read_ns);
    pool_serve_from(&b->network_threads, at, 0, read);
    return read;
}

/* --- The cache --------------------------------------------------------------------------------------- */

static struct cache_mark *mark_at(struct page_cache *c, int i)
{
    return &c->marks[(c->head + i) % CACHE_MARKS];
}

/* Marks are thinned where they get too many: each second one goes. */
static void add_mark(struct page_cache *c, sim_time at, double filled)
{
    if (c->count > 0 && at - mark_at(c, c->count - 1)->at < c->apart) return;
    if (c->count == CACHE_MARKS) {
        for (int i = 0; i < CACHE_MARKS / 2; i++) *mark_at(c, i) = *mark_at(c, 2 * i + 1);
        c->count = CACHE_MARKS / 2;
        c->apart = mark_at(c, 1)->at - mark_at(c, 0)->at;
    }
    *mark_at(c, c->count++) = (struct cache_mark){at, filled};
}

/* When what is now the oldest in the cache came in. */
static sim_time oldest(struct page_cache *c, sim_time now, double filled)
{
    while (c->count > 1 && filled - mark_at(c, 1)->filled >= c->bytes) { /* the first two are around it */
        c->head = (c->head + 1) % CACHE_MARKS;
        c->count--;
    }
    const struct cache_mark first = *mark_at(c, 0);
    const double over = filled - first.filled - c->bytes;
    if (over < 0) { /* as full as it is, at the rate of now */
        const double ns = c->bytes_per_s > 0 ? -over / c->bytes_per_s * 1e9 : INFINITY;
        return ns < (double)INT64_MAX / 4 ? first.at - (sim_time)ns : INT64_MIN;
    }
    const struct cache_mark next = c->count > 1 ? *mark_at(c, 1) : (struct cache_mark){now, filled};
    const double part = next.filled > first.filled ? over / (next.filled - first.filled) : 0;
    return first.at + (sim_time)(part * (double)(next.at - first.at));
}

static void note_burst(struct world *w, struct broker *b)
{
    const struct scenario_cluster *c = &w->scenario->cluster;
    const double most = burst_bytes_max(c), seconds = sim_seconds(w->slice_end - w->slice_start);
    if (most <= 0) return;
    const double done = b->disk.bytes - (double)link_backlog(&b->disk, w->data.now) / b->disk.ns_per_byte;
    const double above = (done - b->burst_sent_last) * w->weight - c->instance_ebs_bytes_per_s * seconds;
    const bool had = b->burst_bytes > 0;
    b->burst_sent_last = done;
    b->burst_bytes = fmin(most, fmax(0, b->burst_bytes - fmax(0, above)) + most / BURST_AGAIN_S * seconds * (above <= 0));
    if (had == (b->burst_bytes > 0)) return;
    const double rate = b->burst_bytes > 0 ? c->instance_ebs_burst_bytes_per_s : c->instance_ebs_bytes_per_s;
    link_set_rate(&b->disk, fmin(c->storage_throughput_bytes_per_s, rate) / b->slow_disk);
}

void disk_slice_end(struct world *w)
{
    double seconds = sim_seconds(w->piece_end - w->piece_start);
    for (int b = 0; b < w->cluster.brokers_n; b++) {
        struct broker *broker = &w->cluster.brokers[b];
        struct page_cache *cache = &broker->cache;
        note_burst(w, broker);
        const double filled = broker->appended_bytes + broker->cold_bytes;
        cache->slices++;
        cache->bytes_per_s += fmax(0.05, 1.0 / cache->slices) * ((filled - cache->filled_last) / seconds - cache->bytes_per_s);
        cache->filled_last = filled;
        add_mark(cache, w->data.now, filled);
        cache->since = oldest(cache, w->data.now, filled);
    }
}
