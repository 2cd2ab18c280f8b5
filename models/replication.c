/* replication.c: followers fetch from leaders; see replication.h. */
#include "replication.h"

#include <stdlib.h>

#include "arena.h"
#include "broker.h"
#include "check.h"
#include "cleaner.h"
#include "closest.h"
#include "cluster.h"
#include "disk.h"
#include "reassignment.h"
#include "segments.h"
#include "telemetry.h"

static const double REQUEST_BYTES = 120; /* a fetch request of an incremental session: a few partitions changed */

static void at_leader(struct kernel *k, void *fetcher, int64_t epoch);
static void shrink_check(struct kernel *k, void *world, int64_t unused);

/* The fetcher of p on a follower of it. */
static struct fetcher *fetcher_between(struct world *w, const struct partition *p, int follower, int leader)
{
    const size_t pair = (size_t)follower * (size_t)w->cluster.brokers_max + (size_t)leader;
    return &w->fetchers[pair * (size_t)w->scenario->cluster.config.num_replica_fetchers + (size_t)p->fetcher];
}

static struct fetcher *fetcher_of(struct world *w, const struct partition *p, int follower)
{
    return fetcher_between(w, p, follower, p->replicas[p->leader].broker);
}

/* String.hashCode(): AbstractFetcherManager.getFetcherId deals partitions out by it. */
static uint32_t java_hash(const char *text)
{
    uint32_t hash = 0;
    for (; *text; text++) hash = 31 * hash + (unsigned char)*text;
    return hash;
}

void replication_init(struct world *w)
{
    const size_t n = (size_t)w->cluster.brokers_max, each = (size_t)w->scenario->cluster.config.num_replica_fetchers;
    w->fetchers = ARENA_NEW(w->arena, struct fetcher, n * n * each);
    for (size_t i = 0; i < n * n * each; i++)
        w->fetchers[i] = (struct fetcher){.world = w, .follower = (int)(i / each / n), .leader = (int)(i / each % n)};
    for (int i = 0; i < w->cluster.partitions_n; i++) {
        struct partition *p = &w->cluster.partitions[i];
        p->fetcher = (int)((size_t)llabs((int32_t)(31 * java_hash(w->scenario->topics[p->topic].name) + (uint32_t)p->index)) % each);
    }
    replication_rebuild(w);
    kernel_after(&w->data, w->scenario->cluster.config.replica_lag_time_max_ns / 2, 0, shrink_check, w, 0);
}

static void ask(struct fetcher *f, sim_time at)
{
    struct world *w = f->world;
    f->state = FETCH_TRAVELS;
    sim_time hop = cluster_hop_ns(w, w->cluster.brokers[f->follower].zone, w->cluster.brokers[f->leader].zone);
    kernel_at(&w->data, at + hop, 2, at_leader, f, f->epoch);
}

/* NULL: it leads, or is down. */
static struct fetcher *add_item(struct world *w, int partition, int slot)
{
    const struct partition *p = &w->cluster.partitions[partition];
    if (slot == p->leader || !w->cluster.brokers[p->replicas[slot].broker].up) return NULL;
    struct fetcher *f = fetcher_of(w, p, p->replicas[slot].broker);
    if (f->items_n == f->items_capacity) {
        int capacity = f->items_capacity ? 2 * f->items_capacity : 8;
        f->items = arena_grow(w->arena, f->items, (size_t)f->items_n, (size_t)capacity, sizeof *f->items);
        f->items_capacity = capacity;
    }
    f->items[f->items_n++] = (struct fetcher_item){.partition = partition, .slot = slot, .to = p->replicas[slot].leo};
    return f;
}

static void stop(struct fetcher *f)
{
    f->epoch++; /* whatever was under way is void: it will be asked for again */
    f->state = FETCH_IDLE;
    f->timer_set = false;
}

void replication_follow(struct world *w, int partition, int slot)
{
    if (w->cluster.partitions[partition].leader == NO_SLOT) return;
    struct fetcher *f = add_item(w, partition, slot);
    if (f && f->items_n == 1) ask(f, w->data.now);
}

void replication_unfollow(struct world *w, int partition, int follower, int leader)
{
    struct fetcher *f = fetcher_between(w, &w->cluster.partitions[partition], follower, leader);
    int left = 0;
    for (int i = 0; i < f->items_n; i++)
        if (f->items[i].partition != partition) f->items[left++] = f->items[i];
    if (left == f->items_n) return;
    f->items_n = left;
    if (left == 0) stop(f);
}

void replication_rebuild(struct world *w)
{
    const int n = w->cluster.brokers_max * w->cluster.brokers_max * w->scenario->cluster.config.num_replica_fetchers;
    for (int i = 0; i < n; i++) {
        w->fetchers[i].items_n = 0;
        stop(&w->fetchers[i]);
    }
    for (int i = 0; i < w->cluster.partitions_n; i++) {
        const struct partition *p = &w->cluster.partitions[i];
        for (int r = 0; r < p->replicas_n && p->leader != NO_SLOT; r++) add_item(w, i, r);
    }
    for (int i = 0; i < n; i++) {
        if (w->fetchers[i].items_n > 0) ask(&w->fetchers[i], w->data.now);
    }
}

static void arrives(struct kernel *k, void *fetcher, int64_t epoch);

/* Kafka answers with whole batches, and with one at least: the end, or that of the batch that it cuts in two. Where a batch that
 * nobody waits for began is not known; all of its records were acknowledged together, or are acks 0 or 1. */
static int64_t whole_batches(const struct partition *p, int64_t from, int64_t end)
{
    for (uint32_t i = 0; i < p->waiters.count; i++) {
        const struct waiter *waiter = &p->waiters.items[(p->waiters.head + i) & (p->waiters.capacity - 1)];
        const int64_t begin = waiter->end_offset - waiter->records;
        if (begin >= end) break;
        if (end < waiter->end_offset) return begin > from ? begin : waiter->end_offset;
    }
    return end;
}

/* Takes what there is, up to the limits; false if there is nothing. */
static bool gather(struct fetcher *f)
{
    struct world *w = f->world;
    double limit = (double)w->scenario->cluster.config.replica_fetch_response_max_bytes;
    double partition_limit = (double)w->scenario->cluster.config.replica_fetch_max_bytes;
    double bytes = 0;
    const bool throttled = w->reassignment && reassignment_throttles(w, f->leader, f->follower);
    f->ready_n = 0;
    f->moved_bytes = 0;
    /* Start with another partition each time, so that a large backlog of one does not starve the rest. */
    f->turn = f->items_n > 0 ? (f->turn + 1) % f->items_n : 0;
    for (int i = 0; i < f->items_n; i++) {
        struct fetcher_item *item = &f->items[(f->turn + i) % f->items_n];
        const struct partition *p = &w->cluster.partitions[item->partition];
        int64_t from = p->replicas[item->slot].leo;
        if (from < segments_local_start(p)) from = segments_local_start(p); /* out of range: it begins where the leader's log does */
        int64_t n = p->replicas[p->leader].leo - from;
        item->to = from;
        if (n <= 0 || bytes >= limit) continue;
        const bool moves = p->replicas[item->slot].adding && !p->replicas[item->slot].in_isr;
        if (moves && throttled) continue;
        double all = cleaner_bytes(p, from, n);
        if (all > partition_limit) {
            n = cleaner_alike(p, from, n);
            const double each = p->bytes_per_record * cleaner_kept(p, from);
            if ((double)n * each > partition_limit) n = (int64_t)(partition_limit / each);
            if (n < 1) n = 1;
            n = whole_batches(p, from, from + n) - from;
            all = (double)n * each;
        }
        item->to = from + n;
        bytes += all;
        if (moves) f->moved_bytes += all;
        f->ready_n++;
    }
    f->response_bytes = bytes;
    return bytes > 0;
}

static void leave(struct fetcher *f, sim_time at)
{
    struct world *w = f->world;
    struct broker *leader = &w->cluster.brokers[f->leader], *follower = &w->cluster.brokers[f->follower];
    sim_time sent = link_send_in_order(&leader->network_out, at, f->response_bytes + REQUEST_BYTES);
    kernel_at(&w->data, sent + cluster_hop_ns(w, leader->zone, follower->zone), 2, arrives, f, f->epoch);
}

static void was_read(struct kernel *k, void *fetcher, int64_t epoch)
{
    struct fetcher *f = fetcher;
    if (epoch == f->epoch) leave(f, k->now);
}

static void respond(struct fetcher *f, sim_time at)
{
    struct world *w = f->world;
    struct broker *leader = &w->cluster.brokers[f->leader];
    double cold = 0;
    int reads = 0;
    /* A follower that is far behind reads what the page cache has dropped. */
    for (int i = 0; i < f->items_n; i++) {
        const struct partition *p = &w->cluster.partitions[f->items[i].partition];
        const struct replica *r = &p->replicas[f->items[i].slot];
        f->items[i].hw = p->hw;
        if (f->items[i].to == r->leo || r->in_isr) continue;
        if (r->adding ? reassignment_is_cached(w, p, r, leader) : disk_cached(leader, r->caught_up_at)) continue;
        cold += (double)(f->items[i].to - r->leo) * p->bytes_per_record;
        reads++;
    }
    if (f->moved_bytes > 0) reassignment_sent(w, f->leader, f->follower, f->moved_bytes);
    f->state = FETCH_RETURNS;
    if (cold > 0)
        kernel_at(&w->data, disk_read(leader, at, cold, reads), 2, was_read, f, f->epoch);
    else
        leave(f, at);
}

static void waited(struct kernel *k, void *fetcher, int64_t epoch)
{
    struct fetcher *f = fetcher;
    if (epoch != f->epoch) return;
    f->timer_set = false;
    if (f->state != FETCH_PARKED) return;
    sim_time due = f->parked_at + f->world->scenario->cluster.config.replica_fetch_wait_max_ns;
    if (due > k->now) { /* parked anew since the timer was set */
        f->timer_set = true;
        kernel_at(k, due, 2, waited, f, f->epoch);
        return;
    }
    gather(f);
    respond(f, k->now);
}

static struct request_work answer_work(const struct fetcher *f)
{
    return broker_fetch_work(f->world, f->items_n, f->ready_n, f->response_bytes);
}

static void at_leader(struct kernel *k, void *fetcher, int64_t epoch)
{
    struct fetcher *f = fetcher;
    struct world *w = f->world;
    if (epoch != f->epoch) return;
    struct broker *leader = &w->cluster.brokers[f->leader];
    if (!leader->up) return;
    for (int i = 0; i < f->items_n; i++) {
        struct partition *p = &w->cluster.partitions[f->items[i].partition];
        struct replica *r = &p->replicas[f->items[i].slot];
        bool moved = r->known_leo != r->leo;
        r->known_leo = r->leo;
        const int64_t end = p->replicas[p->leader].leo;
        if (r->leo >= end)
            r->caught_up_at = k->now;
        else if (r->in_isr && r->leo >= r->fetched_end && r->fetched_at > r->caught_up_at)
            r->caught_up_at = r->fetched_at; /* Replica.updateFetchStateOrThrow */
        r->fetched_at = k->now;
        r->fetched_end = end;
        if (!r->in_isr && r->leo >= p->hw && w->controller_absent == 0 && !world_is_cut(w, leader->zone)) {
            r->in_isr = true; /* Partition.isFollowerInSync; AlterPartition */
            if (r->adding) reassignment_in_sync(w);
        }
        if (moved) broker_advance_hw(w, p);
    }
    const struct calibration_broker *cost = &w->calibration->kafka_broker;
    bool some = gather(f);
    struct request_work work = answer_work(f); /* every partition is looked at, whether or not it has something */
    work.read_ns = cost->network_fetch_request_ns;
    work.handle_ns += cost->fetch_request_ns;
    f->ready_at = broker_receive(leader, k->now, REQUEST_BYTES, work);
    if (some) {
        respond(f, f->ready_at);
        return;
    }
    f->state = FETCH_PARKED;
    f->parked_at = k->now;
    if (!f->timer_set) {
        f->timer_set = true;
        kernel_after(k, w->scenario->cluster.config.replica_fetch_wait_max_ns, 2, waited, f, f->epoch);
    }
}

void replication_wake(struct world *w, struct partition *p)
{
    int leader = p->replicas[p->leader].broker;
    for (int r = 0; r < p->replicas_n; r++) {
        if (r == p->leader) continue;
        struct fetcher *f = fetcher_of(w, p, p->replicas[r].broker);
        if (f->state != FETCH_PARKED) continue;
        gather(f);
        if (f->response_bytes <= 0) continue; /* it does not follow this partition at present */
        sim_time done = broker_complete(&w->cluster.brokers[leader], w->data.now, answer_work(f));
        respond(f, done > f->ready_at ? done : f->ready_at);
    }
}

static void arrives(struct kernel *k, void *fetcher, int64_t epoch)
{
    struct fetcher *f = fetcher;
    struct world *w = f->world;
    if (epoch != f->epoch) return;
    struct broker *b = &w->cluster.brokers[f->follower];
    if (!b->up) return;
    const struct calibration_broker *cost = &w->calibration->kafka_broker;
    int batches = 0, flushes = 0;
    const bool flushed = w->scenario->cluster.config.log_flush_interval_messages != INT64_MAX;
    for (int i = 0; i < f->items_n; i++) {
        struct partition *p = &w->cluster.partitions[f->items[i].partition];
        struct replica *r = &p->replicas[f->items[i].slot];
        if (f->items[i].to > r->leo) {
            if (flushed) flushes += disk_flush_due(w, r, f->items[i].to - r->leo);
            r->leo = f->items[i].to;
            batches++;
        }
        if (w->rack_aware) closest_on_answer(w, p, f->items[i].slot, f->items[i].hw);
    }
    double cpu = cost->network_byte_ns * f->response_bytes + cost->follower_batch_ns * batches +
                 cost->follower_byte_ns * f->response_bytes;
    /* On the fetcher's own thread. */
    sim_time done = broker_compute(b, link_send(&b->network_in, k->now, f->response_bytes + REQUEST_BYTES), cpu);
    done = flushes > 0 ? disk_flush(b, done, f->response_bytes, flushes) : disk_write(w, b, done, f->response_bytes);
    telemetry_replicated(w, f, f->response_bytes);
    ask(f, done);
}

static void shrink_check(struct kernel *k, void *world, int64_t unused)
{
    (void)unused;
    struct world *w = world;
    sim_time longest = w->scenario->cluster.config.replica_lag_time_max_ns;
    for (int i = 0; i < w->cluster.partitions_n; i++) {
        struct partition *p = &w->cluster.partitions[i];
        if (p->leader == NO_SLOT || w->controller_absent > 0 || world_is_cut(w, partition_leader(w, p)->zone)) continue;
        bool shrunk = false;
        for (int r = 0; r < p->replicas_n; r++) {
            struct replica *replica = &p->replicas[r];
            if (r == p->leader || !replica->in_isr) continue;
            /* A replica that holds everything is in sync, however long nothing was written. */
            if (replica->known_leo >= p->replicas[p->leader].leo) continue;
            if (k->now - replica->caught_up_at <= longest) continue;
            replica->in_isr = false;
            shrunk = true;
        }
        if (shrunk) broker_advance_hw(w, p);
    }
    kernel_after(k, longest / 2, 0, shrink_check, w, 0);
}

bool replication_complete(const struct world *w)
{
    for (int i = 0; i < w->cluster.partitions_n; i++) {
        const struct partition *p = &w->cluster.partitions[i];
        if (p->leader == NO_SLOT) return false;
        for (int r = 0; r < p->replicas_n; r++) {
            if (w->cluster.brokers[p->replicas[r].broker].up && !p->replicas[r].in_isr) return false;
        }
    }
    return true;
}
