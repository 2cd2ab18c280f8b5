/* tiered.c: see tiered.h. */
#include "tiered.h"

#include <math.h>

#include "arena.h"
#include "cluster.h"
#include "disk.h"
#include "objectstore.h"
#include "segments.h"

static const sim_time LOAD_NS = SIM_MS;
/* Of a broker's network card, what copies may take: flows share it, and theirs are fewer than the others'. */
static const double CARD_SHARE = 0.5, CARD_SHARE_LEAST = 0.05;
static const double INDEX_SHARE = 20.0 / 4096; /* offset and time index: 8 and 12 bytes each log.index.interval.bytes */

struct copy { /* under way, or free */
    struct world *world;
    struct partition *partition; /* NULL: free */
    int broker;
    int64_t end; /* of the segment */
    double bytes;
    bool cold;
    double bytes_per_s;
    sim_time ns, loaded_to; /* it takes; data: what it has taken so far */
};

struct tiered {
    struct copy *copies; /* [brokers * threads] */
    int copies_n, threads;
    int *busy;            /* [brokers] copies, */
    double *bytes_per_s;  /* and what they take of the network card */
    struct pool *readers; /* [brokers] */
    struct objectstore puts, gets; /* of calendar and of data time */
    struct tiered_counts counts;
};

struct tiered_counts tiered_counts(const struct world *w)
{
    return w->tiered ? w->tiered->counts : (struct tiered_counts){0};
}

static bool is_tiered(const struct world *w, const struct partition *p)
{
    return w->scenario->topics[p->topic].remote_storage_enable;
}

/* --- Copying ----------------------------------------------------------------------------------------- */

/* The first closed segment that may be copied and is not; NULL: there is none. */
static const struct log_segment *next_segment(const struct partition *p)
{
    for (uint32_t i = p->segments.count; i > 0; i--) {
        const struct log_segment *s = segments_closed(p, i - 1);
        const int64_t begin = i > 1 ? segments_closed(p, i - 2)->end : p->segments.start;
        if (s->end <= p->tiered.copied_to) return NULL;
        if (begin > p->tiered.copied_to && i > 1) continue;
        return s->end <= p->hw + p->base_offset ? s : NULL;
    }
    return NULL;
}

static int64_t requests_for(double bytes)
{
    return objectstore_put_requests(bytes) + 1;
}

static void load(struct kernel *k, void *copy, int64_t partition)
{
    struct copy *c = copy;
    struct world *w = c->world;
    if (!c->partition || c->partition != &w->cluster.partitions[partition] || c->loaded_to > k->now) return;
    struct broker *b = &w->cluster.brokers[c->broker];
    const double bytes = (double)(k->now - c->loaded_to) / (double)c->ns * c->bytes;
    c->loaded_to = k->now;
    if (!b->up) return;
    pool_serve_from(&b->cpu, k->now, (sim_time)(bytes * w->calibration->kafka_broker.network_byte_ns * b->slow_cpu), 0);
    link_send_in_order(&b->network_out, k->now, bytes);
    if (c->cold) disk_read_aside(b, k->now, bytes);
    kernel_after(k, LOAD_NS, 3, load, c, partition);
}

static void copied(struct kernel *k, void *copy, int64_t unused);

static bool begin(struct world *w, struct partition *p)
{
    struct tiered *t = w->tiered;
    const struct log_segment *s = p->tiered.copying || p->leader == NO_SLOT ? NULL : next_segment(p);
    struct copy *c = NULL;
    if (!s) return false;
    struct broker *b = partition_leader(w, p);
    const double card = 1e9 / b->network_out.ns_per_byte, room = CARD_SHARE * card - t->bytes_per_s[b->id];
    if (!b->up || t->busy[b->id] >= t->threads || room < CARD_SHARE_LEAST * card) return false;
    for (int i = 0; i < t->copies_n && !c; i++)
        if (!t->copies[i].partition) c = &t->copies[i];
    *c = (struct copy){.world = w, .partition = p, .broker = b->id, .end = s->end, .bytes = s->bytes, .loaded_to = w->data.now};
    const int64_t last = s->end - 1 - p->base_offset;
    c->cold = !disk_cached(b, last < logcurve_start(&p->log) ? s->newest - w->jumped_ns - w->skipped_ns /* not known any more */
                                                             : logcurve_appended_at(&p->log, last));
    const sim_time now = w->calendar.now;
    const int64_t parts = objectstore_put_requests(c->bytes);
    t->puts.slow = w->store_slow;
    t->puts.down_until = w->store_down_until;
    sim_time done = objectstore_batch(&t->puts, 0, OBJECT_PUT, now, parts, c->bytes / (double)parts, 1);
    done = objectstore_batch(&t->puts, 0, OBJECT_PUT, done, 1, c->bytes * INDEX_SHARE, 1);
    t->busy[b->id]++;
    const double quota = c->bytes * t->busy[b->id] / w->scenario->cluster.config.remote_log_manager_copy_max_bytes_per_s;
    c->ns = (sim_time)fmax((double)(done - now), 1e9 * fmax(quota, c->bytes / room));
    c->bytes_per_s = c->bytes / sim_seconds(c->ns);
    t->bytes_per_s[b->id] += c->bytes_per_s;
    p->tiered.copying = true;
    kernel_after(&w->data, LOAD_NS, 3, load, c, p - w->cluster.partitions);
    kernel_after(&w->calendar, c->ns, 2, copied, c, 0);
    return true;
}

/* The partition's next segment, or that of another which waits for a thread. */
static void copied(struct kernel *k, void *copy, int64_t unused)
{
    (void)k;
    (void)unused;
    struct copy *c = copy;
    struct world *w = c->world;
    struct tiered *t = w->tiered;
    struct partition *p = c->partition;
    const struct broker *b = &w->cluster.brokers[c->broker];
    t->busy[c->broker]--;
    t->bytes_per_s[c->broker] = t->busy[c->broker] > 0 ? t->bytes_per_s[c->broker] - c->bytes_per_s : 0;
    t->counts.puts += requests_for(c->bytes);
    p->tiered.copying = false;
    c->partition = NULL;
    const struct log_segment *s = next_segment(p);
    if (b->up && partition_leader(w, p) == b && s && s->end == c->end) {
        t->counts.segments++;
        t->counts.copied_bytes += s->bytes;
        p->tiered.copied_to = c->end;
    }
    begin(w, p);
    for (int i = 0; i < b->leads_n && t->busy[b->id] < t->threads; i++) {
        struct partition *other = &w->cluster.partitions[b->leads[i]];
        if (!other->tiered.due || other->tiered.copying || begin(w, other)) continue;
        if (!next_segment(other)) other->tiered.due = false;
    }
}

static void tick(struct kernel *k, void *world, int64_t unused)
{
    (void)unused;
    struct world *w = world;
    for (int i = 0; i < w->cluster.partitions_n; i++) {
        struct partition *p = &w->cluster.partitions[i];
        if (!is_tiered(w, p)) continue;
        p->tiered.due = true;
        begin(w, p);
    }
    kernel_after(k, w->scenario->cluster.config.remote_log_manager_task_interval_ns, 2, tick, w, 0);
}

void tiered_jumped(struct world *w, struct partition *p)
{
    if (!w->tiered || !is_tiered(w, p)) return;
    for (const struct log_segment *s; (s = next_segment(p)) != NULL;) {
        w->tiered->counts.segments++;
        w->tiered->counts.puts += requests_for(s->bytes);
        w->tiered->counts.copied_bytes += s->bytes;
        p->tiered.copied_to = s->end;
    }
}

/* --- Reading ----------------------------------------------------------------------------------------- */

sim_time tiered_read(struct world *w, struct broker *b, sim_time at, double bytes, bool *late)
{
    struct tiered *t = w->tiered;
    const sim_time begins = pool_begin(&t->readers[b->id], at);
    t->gets.slow = w->store_slow;
    t->gets.down_until = w->store_down_until - w->skipped_ns;
    const sim_time ends = objectstore_batch(&t->gets, 0, OBJECT_GET, begins, 1, bytes, 1);
    const sim_time done = pool_serve_from(&t->readers[b->id], at, ends - begins, 0);
    const sim_time most = at + w->scenario->cluster.config.remote_fetch_max_wait_ns;
    *late = done > most;
    t->counts.reads += w->weight;
    t->counts.read_bytes += w->weight * bytes;
    if (*late) t->counts.reads_late += w->weight;
    return *late ? most : done;
}

void tiered_init(struct world *w)
{
    bool any = false;
    for (int t = 0; t < w->scenario->topics_n; t++) any |= w->scenario->topics[t].remote_storage_enable;
    if (!any) return;
    const int brokers = w->cluster.brokers_max;
    struct tiered *t = ARENA_NEW(w->arena, struct tiered, 1);
    w->tiered = t;
    t->threads = w->scenario->cluster.config.remote_log_manager_copier_thread_pool_size;
    t->copies_n = brokers * t->threads;
    t->copies = ARENA_NEW(w->arena, struct copy, (size_t)t->copies_n);
    t->busy = ARENA_NEW(w->arena, int, (size_t)brokers);
    t->bytes_per_s = ARENA_NEW(w->arena, double, (size_t)brokers);
    t->readers = ARENA_NEW(w->arena, struct pool, (size_t)brokers);
    for (int b = 0; b < brokers; b++) pool_init(&t->readers[b], w->arena, w->scenario->cluster.config.remote_log_reader_threads);
    objectstore_init(&t->puts, &w->calibration->latency, 1, w->seed, "tiered/puts", w->arena);
    objectstore_init(&t->gets, &w->calibration->latency, 1, w->seed, "tiered/gets", w->arena);
    kernel_after(&w->calendar, w->scenario->cluster.config.remote_log_manager_task_interval_ns, 2, tick, w, 0);
}
