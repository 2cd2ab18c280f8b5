/* cleaner.c: see cleaner.h. */
#include "cleaner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "check.h"
#include "compacted.h"
#include "disk.h"
#include "event.h"
#include "log_cleaner.h"
#include "memory.h"
#include "segments.h"

static const sim_time LOAD_NS = SIM_MS;
static const double TOMBSTONE_BYTES = EVENT_KEY_BYTES_MAX / 2 + 8; /* a key, and a record's own fields (DefaultRecord.java) */

enum { MARKS = 32 };
struct cleaned_marks { /* cleanings that may be younger than delete.retention.ms, the oldest first, so far apart at least */
    struct {
        int64_t to;
        sim_time at; /* scenario's clock */
    } marks[2 * MARKS];
    int n;
};

struct cleaning { /* under way, or free */
    struct world *world;
    struct partition *partition; /* NULL: free */
    int64_t to;
    double records, bytes;       /* that stay, */
    double tombstones;           /* these among them */
    int brokers[REPLICAS_MAX], brokers_n;
    sim_time ns;                 /* it takes */
    double cpu_ns, reads, cold, writes; /* on each broker */
    sim_time loaded_to;          /* data: what it has taken of them so far */
};

struct cleaner {
    struct cleaning *cleanings; /* [brokers * threads] */
    int cleanings_n;
    int *busy; /* [brokers] threads */
    struct cleaner_segment *segments; /* scratch */
    size_t segments_n;
    struct cleaner_counts counts;
};

/* --- How much stays ---------------------------------------------------------------------------------- */

static const struct compacted *compacted_of(const struct world *w, const struct partition *p)
{
    return w->blueprint->compacted[p->topic];
}

/* How many records the topic has for each of the partition's. */
static double topic_records_each(const struct world *w, const struct partition *p)
{
    const struct cluster *c = &w->cluster;
    double all = 0;
    for (int i = c->topic_first[p->topic]; i < c->topic_first[p->topic + 1]; i++)
        all += (double)(logcurve_end(&c->partitions[i].log) + c->partitions[i].base_offset);
    return all / (double)(logcurve_end(&p->log) + p->base_offset);
}

static double keys_among(const struct world *w, const struct partition *p, double records)
{
    const int partitions = w->cluster.topic_first[p->topic + 1] - w->cluster.topic_first[p->topic];
    return fmin(records, compacted_keys(compacted_of(w, p), records * topic_records_each(w, p)) / partitions);
}

/* Bytes of a record that stays, where batches keep such a share of their records. */
static double bytes_each(const struct world *w, int topic, double bytes_per_record, double kept)
{
    for (int f = 0; f < w->scenario->producers_n; f++) {
        if (w->scenario->producers[f].topic != topic) continue;
        const struct compressibility *c = &w->blueprint->compressibility[f];
        double low = 1, high = 4096; /* records that a batch had: the more, the less each takes */
        for (int i = 0; i < 40; i++) {
            const double middle = sqrt(low * high);
            *(compressibility_wire_bytes(c, middle) / middle > bytes_per_record ? &low : &high) = middle;
        }
        const double left = fmax(1, high * kept);
        return compressibility_wire_bytes(c, left) / left;
    }
    return bytes_per_record;
}

/* Bytes of so many records that stay, some of which are tombstones. */
static double bytes_of(const struct world *w, const struct partition *p, double records, double tombstones, double kept)
{
    const double each = bytes_each(w, p->topic, p->bytes_per_record, kept), share = compacted_of(w, p)->tombstones;
    if (share <= 0) return records * each;
    const double deletes = fmin(TOMBSTONE_BYTES, each);
    const double value = share < 1 ? (each - share * deletes) / (1 - share) : each; /* each is the mean of both */
    return (records - tombstones) * value + tombstones * deletes;
}

/* --- Tombstones -------------------------------------------------------------------------------------- */

/* What was cleaned longer than delete.retention.ms ago: no tombstone of it stays. */
static int64_t horizon_of(struct world *w, struct partition *p)
{
    struct cleaned_marks *m = p->cleaned.marks;
    const int64_t retention_ms = w->scenario->topics[p->topic].delete_retention_ms;
    const sim_time now = world_scenario_time(w, w->calendar.now);
    int past = 0;
    for (; m && past < m->n && (now - m->marks[past].at) / SIM_MS >= retention_ms; past++) p->cleaned.horizon_to = m->marks[past].to;
    if (past > 0) {
        m->n -= past;
        memmove(m->marks, m->marks + past, (size_t)m->n * sizeof m->marks[0]);
    }
    return p->cleaned.horizon_to;
}

/* Cleaned up to `to` now. Of many cleanings some stand for their neighbours, whose tombstones stay for a 32nd longer. */
static void mark(struct world *w, struct partition *p, int64_t to)
{
    if (compacted_of(w, p)->tombstones <= 0) return;
    if (!p->cleaned.marks) p->cleaned.marks = ARENA_NEW(w->arena, struct cleaned_marks, 1);
    struct cleaned_marks *m = p->cleaned.marks;
    const sim_time now = world_scenario_time(w, w->calendar.now);
    const int64_t apart_ms = w->scenario->topics[p->topic].delete_retention_ms / MARKS;
    if (m->n >= 2 && (now - m->marks[m->n - 2].at) / SIM_MS < apart_ms) m->n--;
    CHECK(m->n < 2 * MARKS, "%d cleanings within delete.retention.ms", m->n);
    m->marks[m->n].to = to;
    m->marks[m->n++].at = now;
}

/* Of so many records from the log's start on: keys whose latest one is a tombstone, of the first `of_first`. */
static double deleted_among(const struct world *w, const struct partition *p, double records, double of_first)
{
    const int partitions = w->cluster.topic_first[p->topic + 1] - w->cluster.topic_first[p->topic];
    const double each = topic_records_each(w, p);
    return of_first > 0 ? compacted_deleted(compacted_of(w, p), records * each, of_first * each) / partitions : 0;
}

double cleaner_steady_bytes(const struct world *w, int topic)
{
    const struct compacted *compacted = w->blueprint->compacted[topic];
    const struct cluster *c = &w->cluster;
    const int first = c->topic_first[topic], n = c->topic_first[topic + 1] - first;
    double each = 0;
    if (!compacted) return 0;
    for (int i = first; i < first + n; i++) each += c->partitions[i].bytes_per_record / n;
    const double ratio = fmin(w->scenario->topics[topic].min_cleanable_dirty_ratio, 0.99);
    const double held_s = (double)w->scenario->topics[topic].delete_retention_ms / 1e3;
    const double tombstones = compacted->tombstones * compacted_keys(compacted, compacted->records_per_s * held_s);
    const struct partition of = {.topic = topic, .bytes_per_record = each};
    const double clean = bytes_of(w, &of, compacted->all * (1 - compacted->tombstones) + tombstones, tombstones, 0);
    return clean * (1 + ratio / (2 * (1 - ratio)));
}

/* --- Load -------------------------------------------------------------------------------------------- */

static void load(struct kernel *k, void *cleaning, int64_t partition)
{
    struct cleaning *c = cleaning;
    struct world *w = c->world;
    if (!c->partition || c->partition != &w->cluster.partitions[partition] || c->loaded_to > k->now) return;
    const double part = (double)(k->now - c->loaded_to) / (double)c->ns;
    c->loaded_to = k->now;
    for (int i = 0; i < c->brokers_n && part > 0; i++) {
        struct broker *b = &w->cluster.brokers[c->brokers[i]];
        if (!b->up) continue;
        pool_serve_from(&b->cpu, k->now, (sim_time)(part * c->cpu_ns * b->slow_cpu), 0);
        if (c->cold > 0) disk_read_aside(b, k->now, part * c->cold);
        disk_write(w, b, k->now, part * c->writes);
        b->appended_bytes += part * c->writes;
    }
    kernel_after(k, LOAD_NS, 3, load, c, partition);
}

/* --- Cleanings --------------------------------------------------------------------------------------- */

static void look(struct world *w);

static void end(struct kernel *k, void *cleaning, int64_t unused)
{
    (void)k;
    (void)unused;
    struct cleaning *c = cleaning;
    struct cleaner *cleaner = c->world->cleaner;
    struct partition *p = c->partition;
    for (int i = 0; i < c->brokers_n; i++) cleaner->busy[c->brokers[i]]--;
    cleaner->counts.cleanings++;
    cleaner->counts.bytes_read += c->reads * c->brokers_n;
    cleaner->counts.bytes_written += c->writes * c->brokers_n;
    cleaner->counts.cpu_s += c->cpu_ns * 1e-9 * c->brokers_n;
    segments_clean(c->world, p, c->to, c->records, c->bytes);
    if (p->cleaned.to == c->to && p->cleaned.records == c->records) { /* it was not cut meanwhile */
        p->cleaned.tombstones = c->tombstones;
        mark(c->world, p, c->to);
    }
    p->cleaned.under_way = false;
    c->partition = NULL;
    look(c->world);
}

/* A thread's own time and what it moves; `before` bytes of which `dirty` are. */
static void cost(struct world *w, struct cleaning *c, double dirty_records, double dirty, double records, double before)
{
    const struct calibration *cal = w->calibration;
    const struct scenario_cluster *config = &w->scenario->cluster;
    const struct partition *p = c->partition;
    double raw = 0, codec_ns = 0;
    for (int f = 0; f < w->scenario->producers_n; f++) {
        if (w->scenario->producers[f].topic != p->topic) continue;
        raw = w->fleets[f].event_bytes;
        if (w->scenario->producers[f].config.compression_type == COMPRESSION_ZSTD)
            codec_ns = (dirty_records + records) * raw * cal->zstd_decompress_ns_per_byte +
                       c->records * raw * cal->zstd_compress_ns_per_byte;
        break;
    }
    c->cpu_ns = dirty_records * cal->log_cleaner_index_ns_per_record + records * cal->log_cleaner_copy_ns_per_record + codec_ns;
    c->reads = dirty + before;
    c->writes = c->bytes;
    const struct broker *b = &w->cluster.brokers[c->brokers[0]];
    c->cold = b->volume.held_bytes > b->cache.bytes ? before : 0; /* indexing leaves the dirty part in the cache */
    const double seconds = c->cpu_ns * 1e-9 + c->cold * b->disk.ns_per_byte * 1e-9;
    const double least = (c->reads + c->writes) / config->config.log_cleaner_io_max_bytes_per_s;
    c->ns = (sim_time)(fmax(fmax(seconds, least), 1e-6) * 1e9);
}

/* The partition's segments as the cleaner's code takes them. */
static struct cleaner_log log_of(struct world *w, const struct partition *p)
{
    struct cleaner *cleaner = w->cleaner;
    const uint32_t n = p->segments.count;
    if (n + 1 > cleaner->segments_n) {
        cleaner->segments_n = 2 * (size_t)n + 8;
        cleaner->segments = memory_resize(cleaner->segments, cleaner->segments_n, sizeof *cleaner->segments);
    }
    int64_t base = p->segments.start;
    sim_time oldest = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct log_segment *s = segments_closed(p, i);
        cleaner->segments[i] = (struct cleaner_segment){.base_offset = base,
                                                        .size_bytes = (size_t)s->bytes,
                                                        .first_timestamp_ms = 1 + (i > 0 ? oldest : s->newest) / SIM_MS,
                                                        .largest_timestamp_ms = 1 + s->newest / SIM_MS};
        base = s->end;
        oldest = s->newest;
    }
    cleaner->segments[n] = (struct cleaner_segment){.base_offset = base, .size_bytes = (size_t)p->segments.active_bytes};
    return (struct cleaner_log){.segments = cleaner->segments,
                                .segments_n = (size_t)n + 1,
                                .start_offset = p->segments.start,
                                .end_offset = logcurve_end(&p->log) + p->base_offset,
                                .stable_offset = p->hw + p->base_offset,
                                .checkpoint = p->cleaned.to > 0 ? p->cleaned.to : -1};
}

static struct log_cleaner_config config_of(const struct world *w, const struct partition *p)
{
    const struct scenario_topic *topic = &w->scenario->topics[p->topic];
    struct log_cleaner_config config = log_cleaner_defaults();
    config.min_cleanable_dirty_ratio = topic->min_cleanable_dirty_ratio;
    config.min_compaction_lag_ms = topic->min_compaction_lag_ms;
    config.max_compaction_lag_ms = topic->max_compaction_lag_ms;
    config.delete_retention_ms = topic->delete_retention_ms;
    config.segment_bytes = topic->segment_bytes;
    return config;
}

static struct log_cleaner_look look_at(struct world *w, const struct partition *p)
{
    const struct cleaner_log log = log_of(w, p);
    const struct log_cleaner_config config = config_of(w, p);
    return log_cleaner_look(&log, &config, 1 + world_scenario_time(w, w->calendar.now) / SIM_MS);
}

/* Up to where its map lets a thread go: whole segments, one at least. */
static int64_t mapped_to(struct world *w, const struct partition *p, const struct log_cleaner_look *l)
{
    const struct scenario_cluster *config = &w->scenario->cluster;
    const double keys = (double)config->config.log_cleaner_dedupe_buffer_size_bytes / config->config.log_cleaner_threads /
                        OFFSET_MAP_ENTRY_BYTES * config->config.log_cleaner_io_buffer_load_factor;
    const int64_t records = l->clean_until - l->first_dirty;
    if (keys_among(w, p, (double)records) <= keys) return l->clean_until;
    int64_t to = l->first_dirty;
    for (uint32_t i = 0; i < p->segments.count; i++) {
        const int64_t next = segments_closed(p, i)->end;
        if (next <= l->first_dirty || next > l->clean_until) continue;
        if (to > l->first_dirty && keys_among(w, p, (double)(next - l->first_dirty)) > keys) break;
        to = next;
    }
    if (to < l->clean_until) w->cleaner->counts.maps_full++;
    return to;
}

static void begin(struct world *w, struct cleaning *c, struct partition *p)
{
    const struct log_cleaner_look l = look_at(w, p);
    double before = 0, dirty = 0;
    c->partition = p;
    c->to = mapped_to(w, p, &l);
    for (uint32_t i = 0; i < p->segments.count && segments_closed(p, i)->end <= c->to; i++) {
        before += segments_closed(p, i)->bytes;
        if (segments_closed(p, i)->end > l.first_dirty) dirty += segments_closed(p, i)->bytes;
    }
    const double dirty_records = (double)(c->to - l.first_dirty), records = p->cleaned.records + dirty_records;
    const double all = (double)(c->to - p->segments.start), horizon = (double)(horizon_of(w, p) - p->segments.start);
    const double gone = deleted_among(w, p, all, fmin(horizon, all));
    c->records = fmin(keys_among(w, p, all) - gone, records);
    c->tombstones = fmin(deleted_among(w, p, all, all) - gone, c->records);
    c->bytes = fmin(before, bytes_of(w, p, c->records, c->tombstones, c->records / all));
    c->brokers_n = 0;
    for (int r = 0; r < p->replicas_n; r++)
        if (w->cluster.brokers[p->replicas[r].broker].up) c->brokers[c->brokers_n++] = p->replicas[r].broker;
    for (int i = 0; i < c->brokers_n; i++) w->cleaner->busy[c->brokers[i]]++;
    cost(w, c, dirty_records, dirty, records, before);
    p->cleaned.under_way = true;
    c->loaded_to = w->data.now;
    kernel_after(&w->data, LOAD_NS, 3, load, c, p - w->cluster.partitions);
    kernel_after(&w->calendar, c->ns, 2, end, c, 0);
}

static bool threads_free(const struct world *w, const struct partition *p)
{
    if (p->leader == NO_SLOT) return false;
    for (int r = 0; r < p->replicas_n; r++)
        if (w->cleaner->busy[p->replicas[r].broker] >= w->scenario->cluster.config.log_cleaner_threads) return false;
    return true;
}

/* The dirtiest log that is due and for which threads are free; NULL: there is none. */
static struct partition *dirtiest(struct world *w)
{
    struct partition *filthiest = NULL;
    double ratio = -1;
    for (int i = 0; i < w->cluster.partitions_n; i++) {
        struct partition *p = &w->cluster.partitions[i];
        const struct log_segments *s = &p->segments;
        if (!compacted_of(w, p) || p->cleaned.under_way || s->count == 0) continue;
        if (segments_closed(p, s->count - 1)->end <= p->cleaned.to) continue;
        const struct log_cleaner_look l = look_at(w, p);
        if (l.dirty_ratio > w->cleaner->counts.dirty_ratio_max) w->cleaner->counts.dirty_ratio_max = l.dirty_ratio;
        if (!l.due || l.dirty_ratio <= ratio || l.clean_until <= l.first_dirty || !threads_free(w, p)) continue;
        ratio = l.dirty_ratio;
        filthiest = p;
    }
    return filthiest;
}

static void look(struct world *w)
{
    for (int i = 0; i < w->cleaner->cleanings_n; i++) {
        struct cleaning *c = &w->cleaner->cleanings[i];
        if (c->partition) continue;
        struct partition *p = dirtiest(w);
        if (!p) return;
        begin(w, c, p);
    }
}

static void wake(struct kernel *k, void *world, int64_t unused)
{
    (void)unused;
    struct world *w = world;
    look(w);
    kernel_after(k, w->scenario->cluster.config.log_cleaner_backoff_ns, 2, wake, w, 0);
}

void cleaner_init(struct world *w)
{
    bool any = false;
    for (int t = 0; t < w->scenario->topics_n; t++) any |= w->blueprint->compacted[t] != NULL;
    if (!any) return;
    struct cleaner *cleaner = ARENA_NEW(w->arena, struct cleaner, 1);
    w->cleaner = cleaner;
    cleaner->busy = ARENA_NEW(w->arena, int, (size_t)w->cluster.brokers_max);
    cleaner->cleanings_n = w->cluster.brokers_max * w->scenario->cluster.config.log_cleaner_threads;
    cleaner->cleanings = ARENA_NEW(w->arena, struct cleaning, (size_t)cleaner->cleanings_n);
    for (int i = 0; i < cleaner->cleanings_n; i++) cleaner->cleanings[i].world = w;
    kernel_after(&w->calendar, w->scenario->cluster.config.log_cleaner_backoff_ns, 2, wake, w, 0);
}

void cleaner_free(struct world *w)
{
    if (w->cleaner) free(w->cleaner->segments);
}

struct cleaner_counts cleaner_counts(const struct world *w)
{
    struct cleaner_counts counts = w->cleaner ? w->cleaner->counts : (struct cleaner_counts){0};
    for (int i = 0; i < w->cluster.partitions_n; i++) counts.tombstones += w->cluster.partitions[i].cleaned.tombstones;
    return counts;
}
