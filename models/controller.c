/* controller.c: brokers that go and come back; see controller.h. */
#include "controller.h"

#include "arena.h"
#include "broker.h"
#include "check.h"
#include "cluster.h"
#include "group.h"
#include "reassignment.h"
#include "replication.h"
#include "segments.h"

/* After fencing, the new leaders and in-sync sets travel through the metadata log to every broker: one batch. */
static const sim_time METADATA_NS = 50 * SIM_MS;
/* Whoever waits for a controller looks again so often. */
static const sim_time ASK_AGAIN_NS = 100 * SIM_MS;
/* A JVM with a broker in it takes this long to be up, before any log is replayed. */
static const sim_time START_NS = 5 * SIM_S;
/* Reading a segment back and rebuilding its indexes, a thread: bounded by the disk as well. */
static const double REPLAY_BYTES_PER_S = 100e6;

/* Does the controller reach it, as far as it knows? */
static bool is_alive(const struct world *w, const struct replica *r)
{
    const struct broker *b = &w->cluster.brokers[r->broker];
    return b->up && !world_is_cut(w, b->zone);
}

struct transition { /* context of an event */
    struct world *world;
    int broker;
    uint32_t epoch; /* of the broker when it was started: if it is another by now, it has died again meanwhile */
    struct controller_events *events;
};

static struct transition *transition_new(struct world *w, int broker, struct controller_events *events)
{
    struct transition *t = ARENA_NEW(w->arena, struct transition, 1);
    t->world = w;
    t->broker = broker;
    t->events = events;
    return t;
}

static void lose_tail(struct world *w, struct partition *p, int64_t old_end, int64_t new_end)
{
    /* Whoever still waits for an acknowledgement is told to send again; the rest had one, and is lost. */
    int64_t unacknowledged = 0;
    for (uint32_t i = 0; i < p->waiters.count; i++) {
        const struct waiter *waiter = &p->waiters.items[(p->waiters.head + i) & (p->waiters.capacity - 1)];
        if (waiter->end_offset > new_end) unacknowledged += waiter->records;
    }
    groups_on_truncate(w, p, old_end, new_end, old_end - new_end - unacknowledged);
}

/* The new leader's log is the log. */
static void take_over(struct world *w, struct partition *p, int slot)
{
    struct replica *next = &p->replicas[slot];
    int64_t old_end = logcurve_end(&p->log), new_end = next->leo;
    if (new_end < logcurve_start(&p->log)) new_end = logcurve_start(&p->log);
    if (new_end < segments_start(p)) new_end = segments_start(p);
    if (new_end < old_end) {
        lose_tail(w, p, old_end, new_end);
        logcurve_truncate(&p->log, new_end);
        segments_truncate(p, new_end + p->base_offset);
    }
    cluster_set_leader(w, p, slot);
    next->leo = next->known_leo = new_end;
    next->in_isr = true;
    if (p->hw > new_end) p->hw = new_end;
    for (int r = 0; r < p->replicas_n; r++) {
        struct replica *other = &p->replicas[r];
        if (other->leo > new_end) other->leo = new_end;
        if (other->known_leo > other->leo) other->known_leo = other->leo;
        if (other->hw > other->leo) other->hw = other->leo;
        other->caught_up_at = w->data.now;
    }
    bool idempotent = true;
    for (int i = 0; i < w->scenario->producers_n; i++) {
        if (w->scenario->producers[i].topic == p->topic) idempotent &= w->scenario->producers[i].config.enable_idempotence;
    }
    broker_resolve_waiters(w, p, new_end, idempotent);
    broker_advance_hw(w, p);
}

/* The first in-sync replica on a broker that is alive; if unclean elections are allowed, the first at all. */
static int electable(const struct world *w, const struct partition *p)
{
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1 && !w->scenario->cluster.config.unclean_leader_election_enable) break;
        for (int r = 0; r < p->replicas_n; r++)
            if (is_alive(w, &p->replicas[r]) && (pass == 1 || p->replicas[r].in_isr)) return r;
    }
    return NO_SLOT;
}

/* Elects leaders for partitions without one that answers, `most` at most, among replicas on brokers that are alive. Returns how many. */
static int elect(struct world *w, int most)
{
    int elected = 0;
    for (int i = 0; i < w->cluster.partitions_n && elected < most; i++) {
        struct partition *p = &w->cluster.partitions[i];
        if (p->leader != NO_SLOT) continue;
        const int chosen = electable(w, p);
        if (chosen == NO_SLOT) continue;
        take_over(w, p, chosen);
        elected++;
    }
    return elected;
}

/* Out of every in-sync set, but for the last member: Kafka keeps that one, so that a clean election can find it. */
static void fence(struct world *w, int broker)
{
    for (int i = 0; i < w->cluster.partitions_n; i++) {
        struct partition *p = &w->cluster.partitions[i];
        int slot = partition_slot_of(p, broker);
        if (slot == NO_SLOT || !p->replicas[slot].in_isr || partition_isr_count(p) == 1) continue;
        p->replicas[slot].in_isr = false;
        if (p->leader != NO_SLOT) broker_advance_hw(w, p);
    }
    w->cluster.brokers[broker].fenced = true;
}

static void stop(struct world *w, int broker)
{
    struct broker *b = &w->cluster.brokers[broker];
    b->up = false;
    b->epoch++;
    broker_drop_connections(w, broker);
    for (int i = 0; i < w->cluster.partitions_n; i++) {
        struct partition *p = &w->cluster.partitions[i];
        if (p->leader != NO_SLOT && p->replicas[p->leader].broker == broker) cluster_set_leader(w, p, NO_SLOT);
    }
}

/* Of one leader elected by way of ZooKeeper; 0: KRaft. */
static double leader_ns(const struct world *w)
{
    const struct calibration_controller *cost = &w->calibration->kafka_controller;
    switch (w->scenario->cluster.metadata) {
    case METADATA_KRAFT: break;
    case METADATA_ZOOKEEPER: return cost->zookeeper_pipelined_leader_ns;
    case METADATA_ZOOKEEPER_SERIAL: return cost->zookeeper_leader_ns;
    }
    return 0;
}

/* Leaders that change one after another do so in so many steps at most: each tells everybody. */
enum { STEPS_MAX = 20 };

static int step_of(int leaders) { return leaders > STEPS_MAX ? (leaders + STEPS_MAX - 1) / STEPS_MAX : 1; }

/* Partitions that the loss of a broker changes; *led: without a leader. */
static int changes(const struct world *w, int broker, int *led)
{
    int n = 0;
    *led = 0;
    for (int i = 0; i < w->cluster.partitions_n; i++) {
        const struct partition *p = &w->cluster.partitions[i];
        const int slot = partition_slot_of(p, broker);
        if (slot == NO_SLOT) continue;
        n += p->replicas[slot].in_isr;
        *led += p->leader == NO_SLOT;
    }
    return n;
}

/* `step`: elect so many at once, and the next ones when they have been written; 0: all. */
static void propagated(struct kernel *k, void *transition, int64_t step)
{
    struct transition *t = transition;
    struct world *w = t->world;
    fence(w, t->broker);
    const int elected = elect(w, step > 0 ? (int)step : w->cluster.partitions_n);
    cluster_leadership_changed(w);
    if (elected > 0 || t->events->leaders_elected == SIM_NEVER) t->events->leaders_elected = world_calendar(w, k->now);
    if (step > 0 && elected == step) kernel_after(k, (sim_time)(leader_ns(w) * (double)step), 0, propagated, t, step);
}

/* A controller that is new waits for a session from then on: `expired` comes again. */
static bool asks_again(struct kernel *k, const struct world *w, event_fn *expired, struct transition *t, int64_t timeout)
{
    if (w->controller_absent == 0 && k->now >= w->controller_since + timeout) return false;
    const sim_time left = w->controller_since + timeout - k->now;
    kernel_after(k, left > ASK_AGAIN_NS ? left : ASK_AGAIN_NS, 0, expired, t, timeout);
    return true;
}

/* The change of n partitions is written; by way of ZooKeeper it is `step` leaders at once. */
static void propagate(struct kernel *k, struct transition *t, int n, int step, event_fn *then)
{
    const struct world *w = t->world;
    const double each = leader_ns(w) > 0 ? leader_ns(w) * step : w->calibration->kafka_controller.kraft_partition_ns * n;
    kernel_after(k, METADATA_NS + (sim_time)each, 0, then, t, step);
}

static void session_expired(struct kernel *k, void *transition, int64_t timeout)
{
    struct transition *t = transition;
    struct world *w = t->world;
    if (asks_again(k, w, session_expired, t, timeout)) return;
    t->events->detected = world_calendar(w, k->now);
    int led;
    const int n = changes(w, t->broker, &led);
    propagate(k, t, n, leader_ns(w) > 0 ? step_of(led) : 0, propagated);
}

/* From the moment that nothing is heard of a broker any more until its session is over; *session: of a new controller's. */
static sim_time session_left(struct world *w, sim_time *session)
{
    const struct scenario_cluster *cluster = &w->scenario->cluster;
    const bool kraft = cluster->metadata == METADATA_KRAFT;
    const sim_time all = kraft ? cluster->config.broker_session_timeout_ns : cluster->config.zookeeper_session_timeout_ns;
    /* ZooKeeper's client pings when half of its read timeout has passed, which is two thirds of the session's. */
    const sim_time interval = kraft ? cluster->config.broker_heartbeat_interval_ns : all / 3;
    const sim_time left = all - (sim_time)(rng_uniform(&w->control) * (double)interval);
    *session = kraft ? all : 0;
    return left > 0 ? left : 0;
}

static void start_broker(struct world *w, int broker, struct controller_events *events);

void controller_hand_over(struct world *w, struct partition *p, int slot)
{
    CHECK(p->leader != NO_SLOT && slot != NO_SLOT, "slot %d hands over to slot %d", p->leader, slot);
    /* The old leader stops appending before the new one begins, and the new one is brought up to its end. */
    p->replicas[slot].leo = p->replicas[p->leader].leo;
    take_over(w, p, slot);
}

/* Leaders first: each goes to an in-sync replica elsewhere, while the broker still serves. Returns how many went. */
static int move_leaders(struct world *w, int broker, int most)
{
    int moved = 0;
    for (int i = 0; i < w->cluster.partitions_n && moved < most; i++) {
        struct partition *p = &w->cluster.partitions[i];
        if (p->leader == NO_SLOT || p->replicas[p->leader].broker != broker) continue;
        int next = NO_SLOT;
        for (int r = 0; r < p->replicas_n && next == NO_SLOT; r++) {
            if (r != p->leader && p->replicas[r].in_isr && is_alive(w, &p->replicas[r])) next = r;
        }
        if (next == NO_SLOT) continue;
        controller_hand_over(w, p, next);
        moved++;
    }
    return moved;
}

static void leave(struct kernel *k, void *transition, int64_t step)
{
    struct transition *t = transition;
    struct world *w = t->world;
    struct broker *b = &w->cluster.brokers[t->broker];
    if (w->controller_absent > 0 || world_is_cut(w, b->zone)) {
        b->leaving = true;
        kernel_after(k, ASK_AGAIN_NS, 0, leave, t, step);
        return;
    }
    if (step == 0 && leader_ns(w) > 0) { /* one by one: begin */
        step = step_of(b->leads_n);
        b->leaving = true;
        kernel_after(k, (sim_time)(leader_ns(w) * (double)step), 0, leave, t, step);
        return;
    }
    const int moved = move_leaders(w, t->broker, step > 0 ? (int)step : w->cluster.partitions_n);
    if (step > 0 && moved == step) {
        cluster_leadership_changed(w);
        kernel_after(k, (sim_time)(leader_ns(w) * (double)step), 0, leave, t, step);
        return;
    }
    b->leaving = false;
    stop(w, t->broker);
    propagated(k, t, 0);
    struct controller_events *starts = b->starts;
    b->starts = NULL;
    if (starts && b->held_down == 0) start_broker(w, t->broker, starts);
}

void controller_broker_down(struct world *w, int broker, bool clean, struct controller_events *events)
{
    struct transition *t = transition_new(w, broker, events);
    struct broker *b = &w->cluster.brokers[broker];
    if (!clean) b->unclean = true;
    if (b->held_down++ > 0 || !b->up || b->leaving) { /* nothing changes but that it stays down: a start under way is void */
        if (!b->leaving) b->epoch++;
        events->detected = events->leaders_elected = world_calendar(w, w->data.now);
        return;
    }
    if (clean) {
        events->detected = world_calendar(w, w->data.now);
        leave(&w->data, t, 0);
        return;
    }
    stop(w, broker);
    cluster_leadership_changed(w);
    sim_time session;
    const sim_time timeout = session_left(w, &session);
    b->fenced_at = w->data.now + timeout + METADATA_NS;
    kernel_after(&w->data, timeout, 0, session_expired, t, session);
}

static void started(struct kernel *k, void *transition, int64_t unused)
{
    (void)unused;
    struct transition *t = transition;
    struct world *w = t->world;
    struct broker *b = &w->cluster.brokers[t->broker];
    if (b->epoch != t->epoch) return;
    if (!b->fenced || w->controller_absent > 0 || world_is_cut(w, b->zone)) { /* DUPLICATE_BROKER_REGISTRATION as long as the session of its former life lasts */
        const sim_time left = b->fenced_at - w->data.now;
        kernel_after(k, left > METADATA_NS ? left : METADATA_NS, 1, started, t, 0);
        return;
    }
    const bool empty = b->empty;
    b->up = true;
    b->fenced = b->unclean = b->empty = false;
    t->events->started = k->now; /* a calendar event */
    for (int i = 0; i < w->cluster.partitions_n; i++) {
        struct partition *p = &w->cluster.partitions[i];
        int slot = partition_slot_of(p, t->broker);
        if (slot == NO_SLOT) continue;
        struct replica *r = &p->replicas[slot];
        if (empty) {
            /* An empty disk: everything retained has to be copied again. */
            const int64_t start = segments_local_start(p);
            r->leo = start < -p->base_offset ? start : -p->base_offset;
            if (p->leader == NO_SLOT && r->in_isr) { /* it was the last that had the records */
                r->in_isr = true;
                r->leo = logcurve_start(&p->log);
            } else {
                r->in_isr = false;
            }
        }
        r->known_leo = r->leo;
        r->caught_up_at = w->data.now;
    }
    elect(w, w->cluster.partitions_n);
    cluster_leadership_changed(w);
}

void controller_broker_start(struct world *w, int broker, bool data_lost, struct controller_events *events)
{
    struct broker *b = &w->cluster.brokers[broker];
    CHECK(b->held_down > 0, "broker %d is held down by nothing", broker);
    if (data_lost) b->empty = true;
    if (--b->held_down > 0) return;
    if (b->leaving)
        b->starts = events;
    else
        start_broker(w, broker, events);
}

static void start_broker(struct world *w, int broker, struct controller_events *events)
{
    struct broker *b = &w->cluster.brokers[broker];
    struct transition *t = transition_new(w, broker, events);
    t->epoch = b->epoch;
    sim_time replay = 0;
    if (b->unclean && !b->empty) {
        /* The active segment of each log, half full on average, is read back. */
        double replicas = 0;
        for (int i = 0; i < w->cluster.partitions_n; i++)
            replicas += partition_slot_of(&w->cluster.partitions[i], broker) != NO_SLOT;
        double bytes = replicas * 0.5 * (double)w->scenario->cluster.config.log_segment_bytes;
        double rate = REPLAY_BYTES_PER_S * w->scenario->cluster.config.num_recovery_threads_per_data_dir;
        double disk = 1e9 / b->disk.ns_per_byte;
        replay = (sim_time)(bytes / (rate < disk ? rate : disk) * 1e9);
    }
    kernel_after(&w->calendar, START_NS + replay, 0, started, t, 0);
}

bool controller_elect_preferred(struct world *w)
{
    bool changed = false;
    if (w->controller_absent > 0) return false;
    for (int i = 0; i < w->cluster.partitions_n; i++) {
        struct partition *p = &w->cluster.partitions[i];
        if (p->leader <= 0) continue; /* none, or the preferred one already */
        struct replica *preferred = &p->replicas[0];
        if (!is_alive(w, preferred) || !preferred->in_isr || world_is_cut(w, partition_leader(w, p)->zone)) continue;
        controller_hand_over(w, p, 0);
        changed = true;
    }
    return changed;
}

static void balance_leaders(struct kernel *k, void *world, int64_t unused)
{
    (void)unused;
    struct world *w = world;
    kernel_after(k, w->scenario->cluster.config.leader_imbalance_check_interval_ns, 0, balance_leaders, w, 0);
    if (controller_elect_preferred(w)) cluster_leadership_changed(w);
}

void controller_init(struct world *w)
{
    rng_init(&w->control, w->arena, w->seed, "controller");
    w->controller_since = -SIM_H;
    if (w->scenario->cluster.config.auto_leader_rebalance_enable)
        kernel_after(&w->calendar, w->scenario->cluster.config.leader_imbalance_check_interval_ns, 0, balance_leaders, w, 0);
}

void controller_region_lost(struct world *w, sim_time mirror_lag, int64_t *offsets)
{
    for (int i = 0; i < w->cluster.partitions_n; i++) {
        const struct partition *p = &w->cluster.partitions[i];
        int64_t end = logcurve_offset_by(&p->log, w->data.now - mirror_lag);
        if (end > p->hw) end = p->hw; /* a mirror reads what consumers may */
        offsets[i] = end + p->base_offset;
    }
    w->cluster.mirrored = offsets;
    for (int b = 0; b < w->cluster.brokers_n; b++) {
        struct broker *broker = &w->cluster.brokers[b];
        broker->held_down++;
        if (broker->up) stop(w, b);
        broker->epoch++; /* a start under way is void */
        broker->fenced = true;
    }
    cluster_leadership_changed(w);
}

/* Its log ends there, on every broker that is there. */
static void go_on_from(struct world *w, struct partition *p, int64_t end)
{
    int leader = NO_SLOT;
    if (end < logcurve_start(&p->log)) end = logcurve_start(&p->log);
    for (int r = p->replicas_n - 1; r >= 0; r--) {
        struct replica *replica = &p->replicas[r];
        replica->leo = replica->known_leo = end;
        replica->in_isr = w->cluster.brokers[replica->broker].up;
        if (replica->in_isr) leader = r;
    }
    if (leader == NO_SLOT) {
        p->replicas[0].in_isr = true;
        return;
    }
    groups_on_region_lost(w, p, end);
    take_over(w, p, leader);
}

void controller_region_returns(struct world *w, const int64_t *offsets)
{
    for (int b = 0; b < w->cluster.brokers_n; b++) {
        struct broker *broker = &w->cluster.brokers[b];
        CHECK(broker->held_down > 0, "broker %d is held down by nothing", b);
        if (--broker->held_down > 0) continue;
        broker->up = true;
        broker->fenced = broker->unclean = broker->empty = false;
    }
    w->cluster.from_mirror = true;
    for (int i = 0; i < w->cluster.partitions_n; i++)
        go_on_from(w, &w->cluster.partitions[i], offsets[i] - w->cluster.partitions[i].base_offset);
    w->cluster.from_mirror = false;
    w->cluster.mirrored = NULL;
    reassignment_region_returned(w);
    cluster_leadership_changed(w);
}

void controller_goes(struct world *w) { w->controller_absent++; }

void controller_returns(struct world *w)
{
    CHECK(w->controller_absent > 0, "a controller returns that was not gone");
    if (--w->controller_absent == 0) w->controller_since = w->data.now;
}

sim_time controller_failover_ns(const struct world *w)
{
    const struct scenario_cluster *cluster = &w->scenario->cluster;
    if (cluster->metadata == METADATA_KRAFT) return cluster->config.controller_quorum_fetch_timeout_ns + METADATA_NS;
    return cluster->config.zookeeper_session_timeout_ns +
           (sim_time)(w->calibration->kafka_controller.zookeeper_failover_ns * w->cluster.partitions_n);
}

/* --- A zone that is cut off -------------------------------------------------------------------------- */

/* What it leads is led by others, `most` of them, and it is in no in-sync set but its own. Where nobody else can lead it leads on, for
 * whoever reaches it. Returns how many have gone. */
static int depose(struct world *w, int broker, int most)
{
    int moved = 0;
    for (int i = 0; i < w->cluster.partitions_n && moved < most; i++) {
        struct partition *p = &w->cluster.partitions[i];
        const int slot = partition_slot_of(p, broker);
        if (slot == NO_SLOT || p->leader == NO_SLOT) continue;
        if (p->leader != slot) {
            if (world_is_cut(w, partition_leader(w, p)->zone) || partition_isr_count(p) == 1) continue;
            p->replicas[slot].in_isr = false;
            broker_advance_hw(w, p);
            continue;
        }
        const int next = electable(w, p);
        if (next == NO_SLOT) continue;
        p->replicas[slot].in_isr = false;
        p->replicas[slot].deposed = true;
        take_over(w, p, next);
        for (int r = 0; r < p->replicas_n; r++) /* whose sessions have ended before */
            if (!is_alive(w, &p->replicas[r]) && w->cluster.brokers[p->replicas[r].broker].fenced) p->replicas[r].in_isr = false;
        moved++;
    }
    w->cluster.brokers[broker].fenced = true;
    return moved;
}

static bool is_over(const struct transition *t)
{
    return t->epoch != t->world->cluster.cuts || !t->world->cluster.brokers[t->broker].up;
}

static void deposed(struct kernel *k, void *transition, int64_t step)
{
    struct transition *t = transition;
    struct world *w = t->world;
    if (is_over(t)) return;
    const int moved = depose(w, t->broker, step > 0 ? (int)step : w->cluster.partitions_n);
    cluster_leadership_changed(w);
    if (moved > 0 || t->events->leaders_elected == SIM_NEVER) t->events->leaders_elected = world_calendar(w, k->now);
    if (step > 0 && moved == step) kernel_after(k, (sim_time)(leader_ns(w) * (double)step), 0, deposed, t, step);
}

static void cut_noticed(struct kernel *k, void *transition, int64_t timeout)
{
    struct transition *t = transition;
    struct world *w = t->world;
    if (is_over(t)) return;
    if (asks_again(k, w, cut_noticed, t, timeout)) return;
    t->events->detected = world_calendar(w, k->now);
    const int leads = w->cluster.brokers[t->broker].leads_n;
    propagate(k, t, leads, leader_ns(w) > 0 ? step_of(leads) : 0, deposed);
}

void controller_zone_cut(struct world *w, int zone, sim_time until, const int *brokers, int n, struct controller_events *events)
{
    CHECK(w->cluster.cut_zone == NO_ZONE, "zone %d is cut off, and zone %d already", zone, w->cluster.cut_zone);
    CHECK(w->fraction >= 1, "zone %d is cut off where not all is simulated", zone);
    w->cluster.cut_zone = zone;
    w->cluster.cut_until = until - w->skipped_ns;
    w->cluster.cuts++;
    for (int i = 0; i < n; i++) {
        if (!w->cluster.brokers[brokers[i]].up) continue;
        struct transition *t = transition_new(w, brokers[i], &events[i]);
        t->epoch = w->cluster.cuts;
        sim_time session;
        const sim_time timeout = session_left(w, &session);
        kernel_after(&w->data, timeout, 0, cut_noticed, t, session);
    }
}

void controller_zone_joins(struct world *w, const int *brokers, int n, struct controller_events *events)
{
    const int zone = w->cluster.cut_zone;
    w->cluster.cut_zone = NO_ZONE;
    w->cluster.cuts++;
    for (int i = 0; i < n; i++) {
        struct broker *b = &w->cluster.brokers[brokers[i]];
        CHECK(b->zone == zone, "broker %d is in zone %d, not %d", b->id, b->zone, zone);
        if (!b->up) continue;
        b->fenced = false;
        events[i].started = w->calendar.now;
    }
    for (int i = 0; i < w->cluster.partitions_n; i++) {
        struct partition *p = &w->cluster.partitions[i];
        for (int r = 0; r < p->replicas_n; r++) {
            struct replica *replica = &p->replicas[r];
            if (!replica->deposed && w->cluster.brokers[replica->broker].zone != zone) continue;
            replica->deposed = false;
            replica->caught_up_at = w->data.now;
        }
    }
    elect(w, w->cluster.partitions_n);
    cluster_leadership_changed(w);
}

bool controller_in_transit(const struct world *w)
{
    if (w->cluster.cut_zone != NO_ZONE) return true;
    for (int b = 0; b < w->cluster.brokers_n; b++) {
        if (w->cluster.brokers[b].leaving) return true;
        if (!w->cluster.brokers[b].up && !w->cluster.brokers[b].fenced) return true;
    }
    return controller_available_share(w) < 1;
}

double controller_available_share(const struct world *w)
{
    int available = 0;
    for (int i = 0; i < w->cluster.partitions_n; i++) {
        const struct partition *p = &w->cluster.partitions[i];
        available += p->leader != NO_SLOT && is_alive(w, &p->replicas[p->leader]) &&
                     partition_isr_count(p) >= w->scenario->cluster.config.min_insync_replicas;
    }
    return (double)available / w->cluster.partitions_n;
}
