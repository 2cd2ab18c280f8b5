/* cluster.c: brokers, partitions and who leads what; see cluster.h. */
#include "cluster.h"

#include <stdlib.h>

#include "arena.h"
#include "check.h"
#include "disk.h"
#include "group.h"
#include "memory.h"
#include "producer.h"
#include "rate.h"
#include "replication.h"
#include "segments.h"

/* Brokers in an order that alternates zones: 0, 1, 2 of different zones, and so on, as AdminUtils'
 * getRackAlternatedBrokerList makes it. Broker b is in zone b % zones, so the identity is such an order. */
static void place(struct world *w)
{
    struct cluster *c = &w->cluster;
    int n = c->brokers_n, zones = w->scenario->cluster.zones;
    for (int t = 0; t < w->scenario->topics_n; t++) {
        const struct scenario_topic *topic = &w->scenario->topics[t];
        for (int i = 0; i < topic->partitions; i++) {
            struct partition *p = &c->partitions[c->topic_first[t] + i];
            p->topic = t;
            p->index = i;
            p->replicas_n = topic->replication;
            /* The followers of leaders' successive turns are shifted by one more each turn, so that when a broker
             * fails its partitions go to many others rather than to one neighbour. */
            int shift = i / n;
            for (int r = 0; r < topic->replication; r++) {
                int chosen = NO_BROKER;
                if (r == 0) {
                    chosen = i % n;
                } else {
                    for (int pass = 0; pass < 2 && chosen == NO_BROKER; pass++) {
                        for (int k = 0; k < n && chosen == NO_BROKER; k++) {
                            int candidate = (i % n + r + shift * (1 + r) + k) % n;
                            bool clash = false;
                            for (int q = 0; q < r; q++) {
                                int other = p->replicas[q].broker;
                                if (other == candidate) clash = true;
                                if (pass == 0 && r < zones && other % zones == candidate % zones) clash = true;
                            }
                            if (!clash) chosen = candidate;
                        }
                    }
                }
                CHECK(chosen != NO_BROKER, "no broker for replica %d of partition %d", r, i);
                p->replicas[r] = (struct replica){.broker = chosen, .in_isr = true};
            }
            p->leader = 0;
            p->bytes_per_record = 100;
            logcurve_init(&p->log);
        }
    }
}

void cluster_init(struct world *w)
{
    const struct scenario *s = w->scenario;
    struct cluster *c = &w->cluster;
    c->brokers_n = s->cluster.brokers;
    c->brokers_max = s->cluster.brokers_max;
    c->cut_zone = NO_ZONE;
    c->brokers = ARENA_NEW(w->arena, struct broker, (size_t)c->brokers_max);
    for (int t = 0; t < s->topics_n; t++) c->topic_first[t + 1] = c->topic_first[t] + s->topics[t].partitions;
    c->partitions_n = c->topic_first[s->topics_n];
    c->partitions = ARENA_NEW(w->arena, struct partition, (size_t)c->partitions_n);

    /* Threads share the cores; fewer threads than cores leave some idle. */
    const int threads = s->cluster.config.num_io_threads + s->cluster.config.num_network_threads;
    const int servers = threads < s->cluster.instance_vcpu ? threads : s->cluster.instance_vcpu;
    for (int b = 0; b < c->brokers_max; b++) {
        struct broker *broker = &c->brokers[b];
        broker->id = b;
        broker->zone = b % s->cluster.zones;
        broker->up = b < c->brokers_n;
        broker->fenced = !broker->up;
        pool_init(&broker->cpu, w->arena, servers);
        pool_init(&broker->network_threads, w->arena, s->cluster.config.num_network_threads);
        pool_init(&broker->io_threads, w->arena, s->cluster.config.num_io_threads);
        broker->queued_max = s->cluster.config.queued_max_requests;
        broker->queued = ARENA_NEW(w->arena, sim_time, (size_t)broker->queued_max);
        broker->slow_cpu = broker->slow_disk = broker->slow_network = 1;
        link_init(&broker->network_in, s->cluster.instance_network_bytes_per_s);
        link_init(&broker->network_out, s->cluster.instance_network_bytes_per_s);
        disk_init(w, broker);
        broker->leads = ARENA_NEW(w->arena, int, (size_t)c->partitions_n);
    }
    place(w);
    for (int i = 0; i < c->partitions_n; i++) {
        struct broker *leader = &c->brokers[c->partitions[i].replicas[0].broker];
        leader->leads[leader->leads_n++] = i;
    }
}

void cluster_free(struct world *w)
{
    for (int i = 0; i < w->cluster.partitions_n; i++) {
        logcurve_free(&w->cluster.partitions[i].log);
        segments_free(&w->cluster.partitions[i]);
        free(w->cluster.partitions[i].waiters.items);
    }
}

void cluster_set_leader(struct world *w, struct partition *p, int slot)
{
    CHECK(slot == NO_SLOT || (slot >= 0 && slot < p->replicas_n), "slot %d", slot);
    p->leader = slot;
    w->cluster.leadership_epoch++;
}

static void count_leads(struct world *w)
{
    struct cluster *c = &w->cluster;
    for (int b = 0; b < c->brokers_n; b++) c->brokers[b].leads_n = 0;
    for (int i = 0; i < c->partitions_n; i++) {
        struct broker *leader = partition_leader(w, &c->partitions[i]);
        if (leader) leader->leads[leader->leads_n++] = i;
        for (int r = 0; r < c->partitions[i].replicas_n && c->cut_zone != NO_ZONE; r++) {
            struct broker *other = &c->brokers[c->partitions[i].replicas[r].broker];
            if (c->partitions[i].replicas[r].deposed) other->leads[other->leads_n++] = i;
        }
    }
}

void cluster_tell_clients(struct world *w)
{
    count_leads(w);
    for (int g = 0; g < w->scenario->groups_n; g++) group_rebuild_sessions(&w->groups[g]);
    producers_learn_leaders(w);
}

void cluster_leadership_changed(struct world *w)
{
    replication_rebuild(w);
    cluster_tell_clients(w);
}

void cluster_join(struct world *w, int brokers)
{
    struct cluster *c = &w->cluster;
    CHECK(c->brokers_n + brokers <= c->brokers_max, "%d brokers join %d of %d", brokers, c->brokers_n, c->brokers_max);
    for (int i = 0; i < brokers; i++) {
        struct broker *b = &c->brokers[c->brokers_n++];
        b->up = true;
        b->fenced = false;
    }
}

int partition_slot_of(const struct partition *p, int broker)
{
    for (int r = 0; r < p->replicas_n; r++) {
        if (p->replicas[r].broker == broker) return r;
    }
    return NO_SLOT;
}

int partition_isr_count(const struct partition *p)
{
    int n = 0;
    for (int r = 0; r < p->replicas_n; r++) n += p->replicas[r].in_isr;
    return n;
}

sim_time cluster_way_ns(const struct world *w, int zone_a, int zone_b)
{
    const struct calibration_latency *l = &w->calibration->latency;
    return (sim_time)((zone_a == zone_b ? l->rtt_same_zone_ns : l->rtt_cross_zone_ns) / 2);
}

sim_time cluster_hop_ns(const struct world *w, int zone_a, int zone_b)
{
    const sim_time way = cluster_way_ns(w, zone_a, zone_b);
    if (w->cluster.cut_zone == NO_ZONE || world_is_cut(w, zone_a) == world_is_cut(w, zone_b)) return way;
    return w->cluster.cut_until - w->data.now + way;
}

sim_time link_send_in_order(struct link *link, sim_time at, double bytes)
{
    return link_send(link, at > link->fifo.last_arrival ? at : link->fifo.last_arrival, bytes);
}

sim_time broker_compute(struct broker *b, sim_time at, double cpu_ns)
{
    return pool_serve(&b->cpu, at > b->cpu.last_arrival ? at : b->cpu.last_arrival, (sim_time)cpu_ns);
}

static sim_time later(sim_time a, sim_time b)
{
    return a > b ? a : b;
}

/* On cores that take so many times as long. */
static struct request_work slowed(const struct broker *b, struct request_work work)
{
    work.read_ns *= b->slow_cpu;
    work.handle_ns *= b->slow_cpu;
    work.send_ns *= b->slow_cpu;
    return work;
}

sim_time broker_receive(struct broker *b, sim_time now, double bytes, struct request_work work)
{
    return broker_serve(b, link_send(&b->network_in, now, bytes), work);
}

sim_time broker_serve(struct broker *b, sim_time in, struct request_work work)
{
    work = slowed(b, work);
    /* The request that was queued_max before this one has left the queue: there is room. */
    sim_time *left = &b->queued[b->queued_next];
    if (++b->queued_next == b->queued_max) b->queued_next = 0;
    const sim_time send_ns = (sim_time)work.send_ns, network_ns = (sim_time)work.read_ns + send_ns;
    const sim_time begin = pool_begin(&b->network_threads, in);
    const sim_time over = pool_serve_from(&b->network_threads, in, network_ns, *left + send_ns);
    b->blocked_ns += (double)(over - begin - network_ns);
    const sim_time queued = over - send_ns;
    const sim_time computed = broker_compute(b, in, work.read_ns + work.handle_ns + work.send_ns);
    const sim_time handle_ns = (sim_time)work.handle_ns, taken = pool_begin(&b->io_threads, queued);
    const sim_time flushed =
        work.flushes > 0 ? disk_flush(b, later(taken, computed - handle_ns) + handle_ns, work.flush_bytes, work.flushes) : 0;
    const sim_time handled = pool_serve_from(&b->io_threads, queued, handle_ns, flushed);
    *left = later(taken, computed - handle_ns);
    return later(handled, computed);
}

sim_time broker_complete(struct broker *b, sim_time now, struct request_work work)
{
    work = slowed(b, work);
    const sim_time handled = pool_serve_from(&b->io_threads, now, (sim_time)work.handle_ns, 0);
    const sim_time sent = pool_serve_from(&b->network_threads, now, (sim_time)work.send_ns, 0);
    return later(later(handled, sent), broker_compute(b, now, work.handle_ns + work.send_ns));
}

void waiters_push(struct waiter_ring *ring, struct waiter waiter)
{
    if (ring->count == ring->capacity) ring->items = memory_ring_grow(ring->items, &ring->capacity, &ring->head, 16, sizeof *ring->items);
    ring->items[(ring->head + ring->count++) & (ring->capacity - 1)] = waiter;
}

double cluster_fullest_share(const struct world *w)
{
    const struct scenario *s = w->scenario;
    const struct blueprint *blueprint = w->blueprint;
    double *held = calloc((size_t)w->cluster.brokers_n, sizeof *held), all = 0, most = 0;
    CHECK(held, "no memory for %d brokers", w->cluster.brokers_n);
    for (int i = 0; i < s->streams_n; i++) {
        const int producer = blueprint->stream_producer[i];
        if (producer < 0) continue;
        const int topic = s->producers[producer].topic, first = w->cluster.topic_first[topic];
        const int n = w->cluster.topic_first[topic + 1] - first;
        const double bytes = rate_integral(blueprint->stream_rates[i], 0, sim_seconds(s->run.duration_ns)) *
                             (double)s->streams[i].event_size_bytes;
        for (int p = 0; p < n; p++) {
            const struct partition *partition = &w->cluster.partitions[first + p];
            const struct population *keys = blueprint->populations[i];
            for (int r = 0; r < partition->replicas_n; r++)
                held[partition->replicas[r].broker] += bytes * (keys ? keys->partition_shares[p] : 1.0 / n);
        }
    }
    for (int i = 0; i < w->cluster.brokers_n; i++) {
        all += held[i];
        if (held[i] > most) most = held[i];
    }
    free(held);
    return all > 0 ? most / all : 0;
}
