/* fetch.c: a consumer's fetch loop, and its processing; see fetch.h. */
#include "fetch.h"

#include "broker.h"
#include "added_partitions.h"
#include "check.h"
#include "cleaner.h"
#include "closest.h"
#include "cluster.h"
#include "disk.h"
#include "group.h"
#include "passed_over.h"
#include "poison.h"
#include "quota.h"
#include "segments.h"
#include "sink.h"
#include "telemetry.h"
#include "tiered.h"
#include "undecodable.h"
#include "windows.h"
#include "writer.h"

static const double REQUEST_BYTES = 120; /* a fetch request of an incremental session */
static const double POLL_NS = 1e8;       /* the longest stretch of processing that is one event */

void fetch_costs(struct group *g)
{
    const struct world *w = g->world;
    const struct calibration *c = w->calibration;
    const struct calibration_consumer_client *client = &c->kafka_consumer_client;
    double raw_bytes = 0, streams = 0;
    bool json = false, zstd = false;
    for (int i = 0; i < w->scenario->producers_n; i++) {
        const struct scenario_producer *p = &w->scenario->producers[i];
        if (p->topic != g->config->topic) continue;
        zstd |= p->config.compression_type == COMPRESSION_ZSTD;
        for (int j = 0; j < p->sends_n; j++) {
            raw_bytes += (double)w->scenario->streams[p->sends[j]].event_size_bytes;
            json |= w->scenario->streams[p->sends[j]].serialization == SERIALIZATION_JSON;
            streams++;
        }
    }
    if (streams > 0) raw_bytes /= streams;
    /* Decompressing costs by the byte that comes out. */
    g->cpu_ns_per_record = client->record_ns + c->record_batch_decode_ns_per_record +
                           (json ? c->event_decode_json_ns : c->event_decode_avro_ns) +
                           (zstd ? c->zstd_decompress_ns_per_byte * raw_bytes : 0);
    if (g->config->work == WORK_WINDOW) /* into each window that holds it */
        g->cpu_ns_per_record += windows_fold_ns(g->config, c);
    if (g->config->dedup.horizon_ns > 0) g->cpu_ns_per_record += c->dedup_keep_ns;
    if (g->config->work == WORK_WRITE) {
        /* Encoded and compressed anew, as a file's row groups are. */
        g->cpu_ns_per_record += (json ? c->event_encode_json_ns : c->event_encode_avro_ns) +
                                c->zstd_compress_ns_per_byte * raw_bytes;
    }
    g->cpu_ns_per_byte = client->byte_ns + c->crc32c_ns_per_byte;
    g->cpu_ns_per_batch = client->batch_ns;
    g->cpu_ns_per_request = client->request_ns;
    /* More threads than cores share them. */
    double share = (double)g->config->threads / g->config->instance_vcpu;
    if (share > 1) {
        g->cpu_ns_per_record *= share;
        g->cpu_ns_per_byte *= share;
        g->cpu_ns_per_batch *= share;
        g->cpu_ns_per_request *= share;
    }
}

static struct partition *partition_of(const struct group *g, int index)
{
    return &g->world->cluster.partitions[g->partition_first + index];
}

/* Which partition of the session is read from the object store next, by turns; -1: none has to be. */
static int next_remote(const struct fetch_session *s)
{
    const struct group *g = s->consumer->group;
    for (int j = 0; j < s->partitions_n; j++) {
        const int i = (s->remote_turn + j) % s->partitions_n;
        const struct partition *p = partition_of(g, s->partitions[i]);
        const int64_t at = g->partitions[s->partitions[i]].fetched_to;
        if (at < segments_local_start(p) && at >= segments_start(p)) return i;
    }
    return -1;
}

/* What the broker has for this session, up to the limits; with `take`, it is on its way. */
static double available(struct fetch_session *s, bool take)
{
    struct group *g = s->consumer->group;
    double limit = (double)g->config->config.fetch_max_bytes;
    double partition_limit = (double)g->config->config.max_partition_fetch_bytes;
    double bytes = 0;
    s->ready_n = 0;
    const int remote = g->world->tiered ? next_remote(s) : -1;
    if (take) s->remote_bytes = 0;
    for (int i = 0; i < s->partitions_n; i++) {
        const struct partition *p = partition_of(g, s->partitions[i]);
        struct group_partition *gp = &g->partitions[s->partitions[i]];
        if (gp->fetched_to < segments_start(p) && !group_reset_offset(g, s->partitions[i])) continue;
        int64_t n = closest_readable(s, p) - gp->fetched_to;
        if (n <= 0 || bytes >= limit) continue;
        const bool is_remote = gp->fetched_to < segments_local_start(p);
        if (is_remote && i != remote) continue;
        if (is_remote && n > segments_local_start(p) - gp->fetched_to) n = segments_local_start(p) - gp->fetched_to;
        double all = cleaner_bytes(p, gp->fetched_to, n);
        if (all > partition_limit) {
            n = cleaner_alike(p, gp->fetched_to, n);
            const double each = p->bytes_per_record * cleaner_kept(p, gp->fetched_to);
            if ((double)n * each > partition_limit) n = (int64_t)(partition_limit / each);
            if (n < 1) n = 1;
            all = (double)n * each;
        }
        bytes += all;
        s->ready_n++;
        if (take && is_remote) {
            s->remote_bytes = all;
            s->remote_records = n;
            s->remote_turn = i + 1;
        }
        if (take) {
            gp->fetched_to += n;
            s->response_records += n;
        }
    }
    return bytes;
}

static void arrives(struct kernel *k, void *session, int64_t epoch);

static void leave(struct fetch_session *s, sim_time at)
{
    const struct consumer *c = s->consumer;
    struct world *w = c->group->world;
    struct broker *b = &w->cluster.brokers[s->broker];
    sim_time sent = link_send_in_order(&b->network_out, at, s->response_bytes + REQUEST_BYTES);
    kernel_at(&w->data, sent + cluster_hop_ns(w, b->zone, c->zone), 3, arrives, s, s->epoch);
}

static void was_read(struct kernel *k, void *session, int64_t epoch)
{
    struct fetch_session *s = session;
    if (epoch == s->epoch) leave(s, k->now);
}

/* It has come over the broker's network card. */
static void was_read_remotely(struct kernel *k, void *session, int64_t epoch)
{
    struct fetch_session *s = session;
    if (epoch != s->epoch) return;
    struct broker *b = &s->consumer->group->world->cluster.brokers[s->broker];
    leave(s, link_send_in_order(&b->network_in, k->now, s->remote_bytes));
}

static struct request_work answer_work(const struct fetch_session *s, double bytes)
{
    return broker_fetch_work(s->consumer->group->world, s->partitions_n, s->ready_n, bytes);
}

static void respond(struct fetch_session *s, sim_time at)
{
    struct consumer *c = s->consumer;
    struct world *w = c->group->world;
    struct broker *b = &w->cluster.brokers[s->broker];
    double cold = 0;
    int reads = 0;
    for (int i = 0; i < s->partitions_n; i++) { /* what the page cache has dropped comes from the disk */
        const struct partition *p = partition_of(c->group, s->partitions[i]);
        const struct group_partition *gp = &c->group->partitions[s->partitions[i]];
        int64_t n = closest_readable(s, p) - gp->fetched_to;
        if (gp->fetched_to < segments_local_start(p)) continue; /* it is not there */
        if (n <= 0 || gp->fetched_to >= logcurve_end(&p->log) || gp->fetched_to < logcurve_start(&p->log)) continue;
        if ((double)n * p->bytes_per_record < 1e6) continue; /* at the tail */
        if (disk_cached(b, logcurve_appended_at(&p->log, gp->fetched_to))) continue;
        double bytes = cleaner_bytes(p, gp->fetched_to, n);
        double most = (double)c->group->config->config.max_partition_fetch_bytes;
        if (bytes > most) bytes = most;
        cold += bytes;
        reads++;
    }
    s->response_records = 0;
    s->response_bytes = available(s, true);
    sim_time remote_at = at;
    if (s->remote_bytes > 0) {
        bool late;
        remote_at = tiered_read(w, b, at, s->remote_bytes, &late);
        if (late) { /* the answer goes without it */
            c->group->partitions[s->partitions[s->remote_turn - 1]].fetched_to -= s->remote_records;
            s->response_records -= s->remote_records;
            s->response_bytes -= s->remote_bytes;
            s->remote_bytes = 0;
        }
    }
    const struct request_work work = answer_work(s, s->response_bytes);
    const sim_time mute = quota_charge(w, s->broker, quota_of_group(w, c->group->index), s->response_bytes,
                                       work.handle_ns + work.send_ns);
    if (mute > 0) s->muted_until = w->data.now + mute;
    s->taken_up = false;
    s->state = FETCH_RETURNS;
    telemetry_fetched(w, c, s->broker, s->response_bytes);
    if (cold > s->response_bytes) cold = s->response_bytes; /* fetch.max.bytes */
    const sim_time read = cold > 0 ? disk_read(b, at, cold, reads) : at;
    if (remote_at > at)
        kernel_at(&w->data, remote_at > read ? remote_at : read, 3, was_read_remotely, s, s->epoch);
    else if (cold > 0)
        kernel_at(&w->data, read, 3, was_read, s, s->epoch);
    else
        leave(s, at);
}

static void waited(struct kernel *k, void *session, int64_t epoch)
{
    struct fetch_session *s = session;
    if (epoch != s->epoch) return;
    s->timer_set = false;
    if (s->state != FETCH_PARKED) return;
    sim_time due = s->parked_at + s->consumer->group->config->config.fetch_max_wait_ns;
    if (due > k->now) { /* parked anew since the timer was set */
        s->timer_set = true;
        kernel_at(k, due, 3, waited, s, s->epoch);
        return;
    }
    respond(s, k->now);
}

/* How long ago its waiting began. Sessions that all begin anew at once would otherwise wait in step for minutes, which nothing
 * does: members learn their partitions at different times, and a new leader lets fetches from the others be. */
static sim_time waited_before(struct fetch_session *s)
{
    struct group *g = s->consumer->group;
    if (s->phased) return 0;
    s->phased = true;
    rng_cell(&g->phases, (uint64_t)s->epoch << 32 | (uint32_t)(s->consumer->index * g->world->cluster.brokers_max + s->broker));
    return (sim_time)(rng_uniform(&g->phases) * (double)g->config->config.fetch_max_wait_ns);
}

static void at_broker(struct kernel *k, void *session, int64_t epoch)
{
    struct fetch_session *s = session;
    struct group *g = s->consumer->group;
    struct world *w = g->world;
    if (epoch != s->epoch) return;
    struct broker *b = &w->cluster.brokers[s->broker];
    if (!b->up) return;
    if (s->muted_until > k->now) { /* stays in the socket */
        kernel_at(k, s->muted_until, 3, at_broker, s, s->epoch);
        return;
    }
    const struct calibration_broker *cost = &w->calibration->kafka_broker;
    double bytes = available(s, false);
    bool enough = bytes >= (double)g->config->config.fetch_min_bytes;
    struct request_work work = answer_work(s, bytes); /* every partition is looked at, whether or not it is answered now */
    if (!enough) work.send_ns = 0;
    work.read_ns = cost->network_fetch_request_ns;
    work.handle_ns += cost->fetch_request_ns;
    s->ready_at = broker_receive(b, k->now, REQUEST_BYTES, work);
    if (enough) {
        respond(s, s->ready_at);
        return;
    }
    s->state = FETCH_PARKED;
    s->parked_at = k->now - waited_before(s);
    s->available_bytes = bytes;
    if (!s->timer_set) {
        s->timer_set = true;
        kernel_at(k, s->parked_at + g->config->config.fetch_max_wait_ns, 3, waited, s, s->epoch);
    }
}

void fetch_begin(struct fetch_session *s)
{
    struct consumer *c = s->consumer;
    struct world *w = c->group->world;
    s->state = FETCH_TRAVELS;
    sim_time hop = cluster_hop_ns(w, c->zone, w->cluster.brokers[s->broker].zone);
    kernel_after(&w->data, hop, 3, at_broker, s, s->epoch);
}

void fetch_wake(struct fetch_session *s, double more_bytes)
{
    if (s->state != FETCH_PARKED) return;
    s->available_bytes += more_bytes;
    if (s->ready_n < s->partitions_n) s->ready_n++;
    if (s->available_bytes < (double)s->consumer->group->config->config.fetch_min_bytes) return;
    struct world *w = s->consumer->group->world;
    sim_time done = broker_complete(&w->cluster.brokers[s->broker], w->data.now, answer_work(s, s->available_bytes));
    respond(s, done > s->ready_at ? done : s->ready_at);
}

/* --- Processing -------------------------------------------------------------------------------------- */

static void processed(struct kernel *k, void *consumer, int64_t epoch);

/* Takes up what a response holds, at most max.poll.records or a tenth of a second of work at a time: positions move, and
 * can be committed, after each. Returns false if nothing is left of it. */
static bool take_up(struct consumer *c, struct fetch_session *s)
{
    struct group *g = c->group;
    int64_t limit = (int64_t)(POLL_NS / (g->cpu_ns_per_record + sink_ns_per_record(g) + (double)g->hangs_ns));
    if (limit < g->config->config.max_poll_records) limit = g->config->config.max_poll_records;
    bool left = false;
    c->processing_n = 0;
    c->processing_records = 0;
    for (int i = 0; i < s->partitions_n; i++) {
        struct group_partition *gp = &g->partitions[s->partitions[i]];
        int64_t n = gp->fetched_to - gp->processing_to;
        if (n > 0 && g->poison) n = poison_spares(c, s->partitions[i], n, &left);
        if (n <= 0) continue;
        n = sink_take(g, s->partitions[i], n, limit - c->processing_records, &left);
        if (n == 0) continue;
        gp->processing_to += n;
        c->processing[c->processing_n++] = s->partitions[i];
        c->processing_records += n;
    }
    return left;
}

static void computed(struct kernel *k, void *consumer, int64_t epoch)
{
    struct consumer *c = consumer;
    if (epoch == c->epoch) sink_write(c, k->now, processed);
}

static void process_next(struct consumer *c, sim_time now)
{
    struct group *g = c->group;
    while (!c->busy && c->buffered_n > 0 && !g->paused) {
        struct fetch_session *s = c->buffered[c->buffered_head];
        bool left = take_up(c, s);
        if (c->poisoned) return;
        double cpu = s->taken_up ? 0 : g->cpu_ns_per_request;
        double bytes_each = s->response_records > 0 ? s->response_bytes / (double)s->response_records : 0;
        cpu += g->cpu_ns_per_batch * c->processing_n +
               (g->cpu_ns_per_byte * bytes_each + g->cpu_ns_per_record) * (double)c->processing_records;
        s->taken_up = true;
        if (!left) { /* prefetch: asked for while the last of this is processed */
            c->buffered_head = (c->buffered_head + 1) % (uint32_t)g->world->cluster.brokers_max;
            c->buffered_n--;
            if (s->partitions_n > 0)
                fetch_begin(s);
            else
                s->state = FETCH_IDLE; /* what it read was given to others */
        }
        sim_time done = fifo_serve(&c->cpu, now, (sim_time)cpu);
        if (c->processing_records == 0) continue;
        done += g->hangs_ns * c->processing_records;
        c->busy = true;
        c->processing_from = now;
        group_watch_poll(c, now, g->sink ? SIM_NEVER : done);
        kernel_at(&g->world->data, done, 3, g->sink ? computed : processed, c, c->epoch);
    }
}

void fetch_resume(struct consumer *c)
{
    process_next(c, c->group->world->data.now);
}

static void arrives(struct kernel *k, void *session, int64_t epoch)
{
    struct fetch_session *s = session;
    if (epoch != s->epoch) return;
    struct consumer *c = s->consumer;
    struct group *g = c->group;
    if (s->state == FETCH_RETURNS) { /* off the wire; now through the instance's own card */
        sim_time in = link_send(&g->instance_network[c->instance], k->now, s->response_bytes + REQUEST_BYTES);
        s->state = FETCH_BUFFERED;
        if (in > k->now) {
            kernel_at(k, in, 3, arrives, s, s->epoch);
            return;
        }
    }
    CHECK(c->buffered_n < (uint32_t)g->world->cluster.brokers_max, "consumer %d holds too many responses", c->index);
    c->buffered[(c->buffered_head + c->buffered_n++) % (uint32_t)g->world->cluster.brokers_max] = s;
    process_next(c, k->now);
}

/* The batch in hand is done with, and the thread polls. */
static void polls(struct consumer *c, sim_time now)
{
    if (c->commit_due) group_commit_polls(c);
    if (c->must_poll) group_polls(c);
    process_next(c, now);
}

static void committed(struct kernel *k, void *consumer, int64_t epoch)
{
    struct consumer *c = consumer;
    if (epoch != c->epoch) return;
    c->busy = false;
    if (c->asleep)
        group_wakes(c);
    else
        polls(c, k->now);
}

/* The batch in hand is done: positions move, latencies are known. Record j of n left at from + (now - from)(j + 1)/n. */
static void processed(struct kernel *k, void *consumer, int64_t epoch)
{
    struct consumer *c = consumer;
    if (epoch != c->epoch) return;
    struct group *g = c->group;
    struct world *w = g->world;
    c->busy = false;
    g->processed += (double)c->processing_records;
    if (c->asleep) {
        group_wakes(c);
        return;
    }
    double each = (double)(k->now - c->processing_from) / (double)c->processing_records;
    int64_t done = 0;
    telemetry_response_begin(w, g->index);
    for (int i = 0; i < c->processing_n; i++) {
        struct group_partition *gp = &g->partitions[c->processing[i]];
        struct partition *p = partition_of(g, c->processing[i]);
        int64_t from = gp->position.offset, to = gp->processing_to;
        struct logcurve_walk walk = logcurve_walk_cursor(&p->log, &gp->position, to);
        struct logcurve_piece piece;
        int64_t undecodable = 0, undecodable_again = 0;
        while (logcurve_next(&walk, &piece)) {
            const int64_t bad = w->undecodable ? undecodable_among(g, c->processing[i], &piece, &undecodable_again) : 0;
            undecodable += bad;
            if (piece.offset + piece.n > gp->furthest && bad < piece.n) {
                sim_time first = c->processing_from + (sim_time)(each * (double)(done + 1));
                sim_time last = c->processing_from + (sim_time)(each * (double)(done + piece.n));
                telemetry_delivered(w, g->index, first - piece.first_ns, last - piece.last_ns, piece.n - bad);
            }
            done += piece.n;
            gp->processed_through = piece.last_ns;
        }
        if (w->added) added_partitions_processed(g, c->processing[i], to - from);
        int64_t fresh = to - (from > gp->furthest ? from : gp->furthest);
        if (fresh < 0) fresh = 0;
        gp->delivered += fresh - undecodable;
        if (undecodable > 0)
            passed_over_lose_some(w, gp, to - fresh, to, undecodable,
                                  g->config->undecodable == UNDECODABLE_SKIP ? LOST_UNDECODABLE : LOST_DEAD_LETTER);
        int64_t seen_twice = to - from - fresh - undecodable_again;
        if (g->config->delivery == DELIVERY_EXACTLY_ONCE)
            seen_twice = 0;
        else if (w->writers[g->index] && seen_twice > 0)
            seen_twice = writer_written_again(g, c->processing[i], from, seen_twice);
        gp->duplicated += seen_twice;
        g->reprocessed += to - from - fresh - undecodable_again - seen_twice;
        if (to > gp->furthest) gp->furthest = to;
    }
    telemetry_response_end(w);
    if (g->commits == COMMIT_BATCH) {
        c->busy = true;
        group_commit_sync(c, committed);
        return;
    }
    polls(c, k->now);
}
