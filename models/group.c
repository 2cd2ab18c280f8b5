/* group.c: consumer groups; see group.h. */
#include "group.h"

#include "arena.h"
#include "assign.h"
#include "check.h"
#include "cluster.h"
#include "fetch.h"
#include "processor.h"
#include "segments.h"
#include "transaction.h"
#include "writer.h"

/* KIP-848: group.consumer.heartbeat.interval.ms; members learn their assignment with a heartbeat. */
static const sim_time CONSUMER_HEARTBEAT_NS = 5 * SIM_S;
/* Classic: group.initial.rebalance.delay.ms, and a join and a sync. */
static const sim_time INITIAL_REBALANCE_DELAY_NS = 3 * SIM_S;
static const sim_time JOIN_AND_SYNC_NS = 200 * SIM_MS;
/* Log pieces older than this are merged; what nobody can want again is forgotten. */
static const sim_time COALESCE_AFTER_NS = 5 * SIM_S;
static const sim_time COALESCE_TOLERANCE_NS = 500 * SIM_MS;
static const sim_time TRIM_EVERY_NS = 250 * SIM_MS;
static const sim_time HISTORY_NS = 120 * SIM_S;

const char *const group_lost_names[LOST_REASONS] = {
    [LOST_IN_HAND] = "at_most_once",
    [LOST_LEADER] = "leader_lost",
    [LOST_RETENTION] = "retention",
    [LOST_OFFSET_RESET] = "offset_reset",
};

static struct partition *partition_of(const struct group *g, int index)
{
    return &g->world->cluster.partitions[g->partition_first + index];
}

/* --- Sessions: which consumer reads what from which broker ------------------------------------------- */

/* What was fetched and not handed to a thread is forgotten; what is in hand goes on. */
void group_rebuild_sessions(struct group *g)
{
    struct world *w = g->world;
    int brokers = w->cluster.brokers_n;
    for (int i = 0; i < g->consumers_n; i++) {
        struct consumer *c = &g->consumers[i];
        c->buffered_n = 0;
        for (int b = 0; b < brokers; b++) {
            struct fetch_session *s = &c->sessions[b];
            s->epoch++;
            s->state = FETCH_IDLE;
            s->timer_set = false;
            s->partitions_n = 0;
        }
    }
    for (int i = 0; i < g->partitions_n; i++) {
        struct group_partition *gp = &g->partitions[i];
        const struct partition *p = partition_of(g, i);
        gp->fetched_to = gp->processing_to;
        gp->session = NULL;
        if (!gp->consumer || !gp->consumer->alive || p->leader == NO_SLOT) continue;
        gp->session = &gp->consumer->sessions[p->replicas[p->leader].broker];
        gp->session->partitions_n++;
    }
    /* One array for all sessions, cut by the counts. */
    int *room = ARENA_NEW(w->arena, int, (size_t)g->partitions_n);
    for (int i = 0; i < g->consumers_n; i++) {
        for (int b = 0; b < brokers; b++) {
            struct fetch_session *s = &g->consumers[i].sessions[b];
            s->partitions = room;
            room += s->partitions_n;
            s->partitions_n = 0;
        }
    }
    for (int i = 0; i < g->partitions_n; i++) {
        struct fetch_session *s = g->partitions[i].session;
        if (s) s->partitions[s->partitions_n++] = i;
    }
    for (int i = 0; i < g->consumers_n; i++) {
        for (int b = 0; b < brokers; b++) {
            if (g->consumers[i].sessions[b].partitions_n > 0) fetch_begin(&g->consumers[i].sessions[b]);
        }
    }
}

/* --- Membership -------------------------------------------------------------------------------------- */

/* Everybody alive gets a share, by the group's real assignor. */
static void assign_partitions(struct group *g)
{
    struct world *w = g->world;
    const char **ids = ARENA_NEW(w->arena, const char *, (size_t)g->consumers_n);
    int32_t *members = ARENA_NEW(w->arena, int32_t, (size_t)g->consumers_n);
    int32_t *index_of = ARENA_NEW(w->arena, int32_t, (size_t)g->consumers_n);
    int32_t n = 0;
    for (int i = 0; i < g->consumers_n; i++) {
        index_of[i] = -1;
        if (!g->consumers[i].alive) continue;
        index_of[i] = n;
        members[n] = i;
        ids[n++] = arena_printf(w->arena, "%s-%05d-%03d", g->config->name, g->consumers[i].instance, i % g->config->threads);
    }
    if (n == 0) {
        for (int i = 0; i < g->partitions_n; i++) g->partitions[i].consumer = NULL;
        return;
    }
    int32_t *owned = ARENA_NEW(w->arena, int32_t, (size_t)g->partitions_n);
    int32_t *owner = ARENA_NEW(w->arena, int32_t, (size_t)g->partitions_n);
    for (int i = 0; i < g->partitions_n; i++)
        owned[i] = g->partitions[i].consumer ? index_of[g->partitions[i].consumer->index] : -1;
    const struct assign_rule *rule = assign_rule_find(g->config->protocol == PROTOCOL_CONSUMER ? "uniform" : "range");
    bool assigned = assign_topic_to(rule, g->partitions_n, ids, n, owned, owner, w->arena);
    CHECK(assigned, "group %s: %s assigned nothing", g->config->name, rule->name);
    for (int i = 0; i < g->partitions_n; i++)
        g->partitions[i].consumer = owner[i] < 0 ? NULL : &g->consumers[members[owner[i]]];
}

static void drop_work(struct consumer *c)
{
    c->epoch++; /* the batch in hand will not be finished */
    c->busy = false;
    c->buffered_n = 0;
    c->processing_n = 0;
}

/* Under at-most-once offsets are committed when records are handed out: those in hand will not come again. */
static void lose_in_hand(struct group *g, int index)
{
    struct group_partition *gp = &g->partitions[index];
    if (g->world->writers[g->index]) {
        const int64_t written = writer_lost(g, index);
        gp->delivered -= written;
        group_lose(gp, LOST_IN_HAND, written);
    }
    int64_t from = gp->position.offset > gp->furthest ? gp->position.offset : gp->furthest;
    int64_t lost = gp->processing_to - from;
    if (lost > 0) {
        group_lose(gp, LOST_IN_HAND, lost);
        gp->furthest = gp->processing_to;
    }
    gp->position.offset = gp->processing_to;
    gp->fetched_to = gp->processing_to;
    gp->committed = gp->position.offset + partition_of(g, index)->base_offset;
}

/* A partition whose consumer is gone is read again from what was committed. */
static void rewind_to_commit(struct group *g, int index, bool clean)
{
    struct group_partition *gp = &g->partitions[index];
    if (g->config->delivery == DELIVERY_AT_MOST_ONCE && !clean) {
        lose_in_hand(g, index);
        return;
    }
    const struct partition *p = partition_of(g, index);
    const int64_t committed = gp->committed - p->base_offset, start = logcurve_start(&p->log);
    const bool again = committed < gp->position.offset;
    if (again && gp->position.offset > start) gp->position.offset = committed > start ? committed : start;
    if (again && g->world->writers[g->index]) writer_rewound(g, index, gp->position.offset);
    gp->processing_to = gp->fetched_to = gp->position.offset;
}

void group_commit(struct group *g)
{
    if (!g->running) return;
    for (int i = 0; i < g->partitions_n; i++)
        g->partitions[i].committed = g->partitions[i].position.offset + partition_of(g, i)->base_offset;
}

void group_stop(struct group *g, bool clean)
{
    if (clean) group_commit(g);
    g->running = false;
    for (int i = 0; i < g->consumers_n; i++) {
        drop_work(&g->consumers[i]);
        g->consumers[i].alive = false;
    }
    for (int i = 0; i < g->partitions_n; i++) {
        g->partitions[i].consumer = NULL;
        rewind_to_commit(g, i, clean);
    }
    group_rebuild_sessions(g);
}

static void start(struct kernel *k, void *group, int64_t unused)
{
    (void)k;
    (void)unused;
    struct group *g = group;
    g->running = true;
    assign_partitions(g);
    group_rebuild_sessions(g);
}

static sim_time join_ns(const struct group *g)
{
    return g->config->protocol == PROTOCOL_CONSUMER ? CONSUMER_HEARTBEAT_NS : INITIAL_REBALANCE_DELAY_NS + JOIN_AND_SYNC_NS;
}

void group_start(struct group *g, sim_time restore)
{
    if (g->died) return;
    for (int i = 0; i < g->consumers_n; i++) g->consumers[i].alive = true;
    kernel_after(&g->world->calendar, join_ns(g) + restore, 0, start, g, 0);
}

struct crash {
    struct group *group;
    sim_time *detected;
};

/* The others take over what the dead ones had. */
static void reassign(struct group *g)
{
    /* Positions go back where partitions move (classic and eager: everybody commits first). Everybody drops the batch in hand
     * and takes it up again from where it was: a tenth of a second of work. */
    struct consumer **before = ARENA_NEW(g->world->arena, struct consumer *, (size_t)g->partitions_n);
    for (int i = 0; i < g->partitions_n; i++) before[i] = g->partitions[i].consumer;
    if (g->config->protocol == PROTOCOL_CLASSIC) group_commit(g);
    assign_partitions(g);
    for (int i = 0; i < g->partitions_n; i++) {
        if (g->partitions[i].consumer == before[i]) continue;
        if (before[i] && before[i]->alive) /* given up in order: committed first */
            g->partitions[i].committed = g->partitions[i].position.offset + partition_of(g, i)->base_offset;
    }
    for (int i = 0; i < g->partitions_n; i++) {
        if (!before[i] || g->partitions[i].consumer != before[i]) rewind_to_commit(g, i, true);
        g->partitions[i].processing_to = g->partitions[i].position.offset;
    }
    for (int i = 0; i < g->consumers_n; i++) drop_work(&g->consumers[i]);
    group_rebuild_sessions(g);
}

static void crash_noticed(struct kernel *k, void *crash, int64_t unused)
{
    (void)unused;
    struct crash *c = crash;
    *c->detected = k->now; /* a calendar event */
    if (c->group->running) reassign(c->group);
}

void group_crash_instance(struct group *g, int instance, sim_time *detected)
{
    for (int i = 0; i < g->consumers_n; i++) {
        if (g->consumers[i].instance != instance) continue;
        drop_work(&g->consumers[i]);
        g->consumers[i].alive = false;
    }
    for (int i = 0; i < g->partitions_n; i++) {
        if (g->partitions[i].consumer && g->partitions[i].consumer->instance == instance) rewind_to_commit(g, i, false);
    }
    group_rebuild_sessions(g);
    struct crash *c = ARENA_NEW(g->world->arena, struct crash, 1);
    *c = (struct crash){g, detected};
    sim_time more = g->config->protocol == PROTOCOL_CLASSIC ? JOIN_AND_SYNC_NS + g->config->config.heartbeat_interval_ns : 0;
    kernel_after(&g->world->calendar, g->config->config.session_timeout_ns + more, 0, crash_noticed, c, 0);
}

static void rejoin(struct kernel *k, void *group, int64_t instance)
{
    (void)k;
    struct group *g = group;
    for (int i = 0; i < g->consumers_n; i++) {
        if (g->consumers[i].instance == instance) g->consumers[i].alive = true;
    }
    if (g->running) reassign(g);
}

void group_return_instance(struct group *g, int instance)
{
    kernel_after(&g->world->calendar, join_ns(g), 0, rejoin, g, instance);
}

/* --- What the cluster tells -------------------------------------------------------------------------- */

void groups_on_readable(struct world *w, struct partition *p, int64_t grown, bool committed)
{
    for (int i = 0; i < w->scenario->groups_n; i++) {
        struct group *g = &w->groups[i];
        if (g->config->topic != p->topic) continue;
        if (w->transactional && (g->config->config.isolation_level == ISOLATION_READ_COMMITTED) != committed) continue;
        struct fetch_session *s = g->partitions[p->index].session;
        if (s && s->state == FETCH_PARKED) fetch_wake(s, (double)grown * p->bytes_per_record);
    }
}

void groups_on_truncate(struct world *w, struct partition *p, int64_t old_end, int64_t new_end, int64_t acknowledged)
{
    CHECK(acknowledged >= 0, "%lld acknowledged records in a tail of %lld", (long long)acknowledged,
          (long long)(old_end - new_end));
    for (int i = 0; i < w->scenario->groups_n; i++) {
        struct group *g = &w->groups[i];
        if (g->config->topic != p->topic) continue;
        struct group_partition *gp = &g->partitions[p->index];
        /* What it had read of the tail it has; of the rest, what was acknowledged is lost to it. */
        int64_t read = gp->furthest > new_end ? gp->furthest - new_end : 0;
        int64_t lost = acknowledged > read ? acknowledged - read : 0;
        group_lose(gp, LOST_LEADER, lost);
        /* Unacknowledged records that it read all the same will come again. */
        int64_t again = read > acknowledged ? read - acknowledged : 0;
        gp->delivered -= again;
        if (g->config->delivery == DELIVERY_EXACTLY_ONCE)
            g->reprocessed += again;
        else
            gp->duplicated += again;
        if (gp->furthest > new_end) gp->furthest = new_end;
        if (gp->position.offset > new_end) gp->position.offset = new_end;
        if (gp->processing_to > new_end && gp->consumer) drop_work(gp->consumer);
        if (gp->processing_to > new_end) gp->processing_to = new_end;
        if (gp->fetched_to > new_end) gp->fetched_to = new_end;
        if (gp->committed > new_end + p->base_offset) gp->committed = new_end + p->base_offset;
    }
    /* Consumers that lost their batch in hand go back to where they were, on all their partitions. */
    for (int i = 0; i < w->scenario->groups_n; i++) {
        struct group *g = &w->groups[i];
        if (g->config->topic != p->topic) continue;
        for (int j = 0; j < g->partitions_n; j++) {
            struct group_partition *gp = &g->partitions[j];
            if (gp->consumer && !gp->consumer->busy) gp->processing_to = gp->position.offset;
        }
    }
}

void groups_on_duplicate(struct world *w, struct partition *p, int64_t records)
{
    for (int i = 0; i < w->scenario->groups_n; i++) {
        struct group *g = &w->groups[i];
        if (g->config->topic != p->topic) continue;
        g->partitions[p->index].delivered -= records;
        g->partitions[p->index].duplicated += records;
    }
}

/* --- Out of range ------------------------------------------------------------------------------------ */

void groups_on_log_start(struct world *w, struct partition *p)
{
    for (int i = 0; i < w->scenario->groups_n; i++) {
        struct group *g = &w->groups[i];
        if (g->config->topic != p->topic) continue;
        struct group_partition *gp = &g->partitions[p->index];
        const int64_t has = gp->furthest > gp->fetched_to ? gp->furthest : gp->fetched_to; /* what was fetched is still processed */
        const int64_t gone = segments_start(p) - has;
        if (gone <= gp->gone) continue;
        group_lose(gp, LOST_RETENTION, gone - gp->gone);
        gp->gone = gone;
    }
}

static void die(struct kernel *k, void *group, int64_t unused)
{
    (void)k;
    (void)unused;
    group_stop(group, false);
}

bool group_reset_offset(struct group *g, int partition)
{
    struct world *w = g->world;
    struct partition *p = partition_of(g, partition);
    struct group_partition *gp = &g->partitions[partition];
    if (gp->position.offset != gp->fetched_to || g->died) return false;
    g->out_of_range++;
    if (g->config->config.auto_offset_reset == OFFSET_RESET_NONE) {
        /* The consumer's poll throws, its thread ends, and whoever takes the partition over meets the same. */
        g->died = true;
        kernel_at(&w->data, w->data.now, 0, die, g, 0);
        return false;
    }
    const int64_t start = segments_start(p);
    const bool latest = g->config->config.auto_offset_reset == OFFSET_RESET_LATEST;
    const int64_t to = latest && p->hw > start ? p->hw : start;
    if (start > gp->furthest) {
        group_lose(gp, LOST_RETENTION, start - gp->furthest - gp->gone);
        gp->furthest = start;
    }
    gp->gone = 0;
    if (to > gp->furthest) {
        group_lose(gp, LOST_OFFSET_RESET, to - gp->furthest);
        gp->furthest = to;
    }
    gp->position.offset = gp->processing_to = gp->fetched_to = to;
    if (to > logcurve_start(&p->log)) {
        const sim_time through = logcurve_time_at(&p->log, to - 1);
        if (w->processors[g->index])
            processor_passed_over(g, partition, world_calendar(w, gp->processed_through), world_calendar(w, through));
        gp->processed_through = through;
    }
    return true;
}

/* --- Readings ---------------------------------------------------------------------------------------- */

int64_t group_partition_lag(const struct group *g, int partition)
{
    return logcurve_end(&partition_of(g, partition)->log) - g->partitions[partition].position.offset;
}

int64_t group_lag(const struct group *g)
{
    int64_t lag = 0;
    for (int i = 0; i < g->partitions_n; i++)
        lag += group_partition_lag(g, i);
    return lag;
}

bool group_is_behind(const struct group *g, sim_time age)
{
    if (!g->running) return true;
    age += transactions_hold_ns(g);
    for (int i = 0; i < g->partitions_n; i++) {
        const struct group_partition *gp = &g->partitions[i];
        const struct partition *p = partition_of(g, i);
        if (gp->consumer && !gp->consumer->alive) return true;
        if (gp->position.offset >= logcurve_end(&p->log)) continue;
        if (gp->processed_through < g->world->data.now - age) return true;
    }
    return false;
}

void group_note_progress(struct group *g)
{
    struct world *w = g->world;
    for (int i = 0; i < g->partitions_n; i++) {
        struct group_partition *gp = &g->partitions[i];
        if (gp->furthest > gp->position.offset || gp->furthest == 0) continue; /* reads again what it knew; or nothing yet */
        sim_time progress = world_calendar(w, gp->processed_through);
        if (progress > gp->progress) gp->progress = progress;
    }
}

void groups_trim_logs(struct world *w)
{
    if (w->data.now - w->logs_trimmed_at < TRIM_EVERY_NS) return;
    w->logs_trimmed_at = w->data.now;
    for (int i = 0; i < w->cluster.partitions_n; i++) {
        struct partition *p = &w->cluster.partitions[i];
        if (logcurve_knots(&p->log) == 0) continue;
        int64_t history = logcurve_offset_after(&p->log, w->data.now - HISTORY_NS);
        int64_t keep = p->hw;
        for (int j = 0; j < w->scenario->groups_n; j++) {
            const struct group *g = &w->groups[j];
            if (g->config->topic != p->topic) continue;
            const struct group_partition *gp = &g->partitions[p->index];
            int64_t committed = gp->committed - p->base_offset;
            if (committed < history) committed = history;
            int64_t position = gp->position.offset;
            if (gp->fetched_to == position) { /* what retention took will not be asked for */
                if (committed < segments_start(p)) committed = segments_start(p);
                if (position < segments_start(p)) position = segments_start(p);
            }
            if (committed < keep) keep = committed;
            if (position < keep) keep = position;
        }
        for (int r = 0; r < p->replicas_n; r++) { /* an election may cut the log there */
            const struct replica *replica = &p->replicas[r];
            if (replica->in_isr && replica->leo < keep) keep = replica->leo;
        }
        if (keep > logcurve_start(&p->log)) logcurve_trim(&p->log, keep);
        int64_t old = logcurve_offset_after(&p->log, w->data.now - COALESCE_AFTER_NS);
        if (logcurve_knots(&p->log) > 64) logcurve_coalesce(&p->log, old, COALESCE_TOLERANCE_NS);
    }
}

void groups_init(struct world *w)
{
    const struct scenario *s = w->scenario;
    for (int i = 0; i < s->groups_n; i++) {
        struct group *g = &w->groups[i];
        const struct scenario_group *config = &s->groups[i];
        g->world = w;
        g->index = i;
        g->config = config;
        g->partition_first = w->cluster.topic_first[config->topic];
        g->partitions_n = s->topics[config->topic].partitions;
        g->partitions = ARENA_NEW(w->arena, struct group_partition, (size_t)g->partitions_n);
        g->consumers_n = config->instances * config->threads;
        g->consumers = ARENA_NEW(w->arena, struct consumer, (size_t)g->consumers_n);
        g->instance_network = ARENA_NEW(w->arena, struct link, (size_t)config->instances);
        for (int j = 0; j < config->instances; j++) link_init(&g->instance_network[j], config->instance_network_bytes_per_s);
        for (int j = 0; j < g->consumers_n; j++) {
            struct consumer *c = &g->consumers[j];
            c->group = g;
            c->index = j;
            c->instance = j / config->threads;
            c->zone = c->instance % s->cluster.zones;
            c->alive = true;
            c->sessions = ARENA_NEW(w->arena, struct fetch_session, (size_t)w->cluster.brokers_n);
            c->buffered = ARENA_NEW(w->arena, struct fetch_session *, (size_t)w->cluster.brokers_n);
            c->processing = ARENA_NEW(w->arena, int, (size_t)g->partitions_n);
            for (int b = 0; b < w->cluster.brokers_n; b++) {
                c->sessions[b].consumer = c;
                c->sessions[b].broker = b;
            }
        }
        fetch_costs(g);
        g->running = true;
        assign_partitions(g);
        group_rebuild_sessions(g);
    }
}
