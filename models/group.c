/* group.c: consumer groups: who reads what, how far, and their beginning; see group.h. */
#include "group.h"

#include "arena.h"
#include "check.h"
#include "closest.h"
#include "cluster.h"
#include "fetch.h"
#include "group_lag.h"
#include "group_parts.h"
#include "segments.h"
#include "sink.h"
#include "transaction.h"

/* Log pieces older than this are merged; what nobody can want again is forgotten. */
static const sim_time COALESCE_AFTER_NS = 5 * SIM_S;
static const sim_time COALESCE_TOLERANCE_NS = 500 * SIM_MS;
static const sim_time TRIM_EVERY_NS = 250 * SIM_MS;
static const sim_time HISTORY_NS = 120 * SIM_S;

/* --- Sessions: which consumer reads what from which broker ------------------------------------------- */

/* What was fetched and not handed to a thread is forgotten; what is in hand goes on. */
void group_rebuild_sessions(struct group *g)
{
    struct world *w = g->world;
    int brokers = w->cluster.brokers_n;
    for (int i = 0; i < g->consumers_n; i++) {
        struct consumer *c = &g->consumers[i];
        c->buffered_n = 0;
        c->unled = false;
        for (int b = 0; b < brokers; b++) {
            struct fetch_session *s = &c->sessions[b];
            s->epoch++;
            s->state = FETCH_IDLE;
            s->timer_set = s->phased = false;
            s->partitions_n = 0;
        }
    }
    for (int i = 0; i < g->partitions_n; i++) {
        struct group_partition *gp = &g->partitions[i];
        const struct partition *p = group_partition_of(g, i);
        gp->fetched_to = gp->processing_to;
        gp->session = NULL;
        if (!gp->consumer || !gp->consumer->alive) continue;
        gp->consumer->unled |= p->leader == NO_SLOT;
        if (p->leader == NO_SLOT) continue;
        gp->session = &gp->consumer->sessions[closest_broker(gp->consumer, p)];
        gp->session->partitions_n++;
    }
    /* One array for all sessions, cut by the counts. */
    int *room = g->session_room;
    for (int i = 0; i < g->consumers_n; i++) {
        for (int b = 0; b < brokers; b++) {
            struct fetch_session *s = &g->consumers[i].sessions[b];
            s->partitions = room;
            s->partitions_capacity = s->partitions_n;
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

/* The session reads one partition less; the others' records stay where they are. */
static void leave_session(struct group *g, int index)
{
    struct group_partition *gp = &g->partitions[index];
    struct fetch_session *s = gp->session;
    gp->session = NULL;
    if (!s) return;
    int at = 0;
    while (s->partitions[at] != index) at++;
    for (s->partitions_n--; at < s->partitions_n; at++) s->partitions[at] = s->partitions[at + 1];
    if (s->partitions_n > 0 || s->state == FETCH_BUFFERED) return;
    s->epoch++;
    s->state = FETCH_IDLE;
    s->timer_set = false;
}

void group_take(struct group *g, int index)
{
    struct group_partition *gp = &g->partitions[index];
    gp->committed = gp->position.offset + group_partition_of(g, index)->base_offset;
    leave_session(g, index);
    group_lag_stopped(g, index);
    gp->consumer = NULL;
    gp->processing_to = gp->fetched_to = gp->position.offset;
}

void group_reset_sessions(struct consumer *c)
{
    c->buffered_n = 0;
    for (int b = 0; b < c->group->world->cluster.brokers_n; b++) {
        c->sessions[b].epoch++;
        c->sessions[b].state = FETCH_IDLE;
        c->sessions[b].timer_set = false;
    }
}

void group_abandon(struct group *g, int index)
{
    leave_session(g, index);
    group_lag_stopped(g, index);
    g->partitions[index].consumer = NULL;
    group_state_gone(g, index); /* it has gone on from what others will begin at */
    group_rewind(g, index, true);
    g->partitions[index].processing_to = g->partitions[index].fetched_to = g->partitions[index].position.offset;
}

void group_stop_reading(struct consumer *c)
{
    struct group *g = c->group;
    group_drop_work(c);
    for (int i = 0; i < g->partitions_n; i++) {
        if (g->partitions[i].consumer == c) group_take(g, i);
    }
    group_reset_sessions(c);
}

void group_give(struct group *g, int index, struct consumer *c)
{
    struct group_partition *gp = &g->partitions[index];
    const struct partition *p = group_partition_of(g, index);
    const bool untouched = gp->untouched;
    gp->untouched = false;
    CHECK(!gp->consumer && c->alive, "group %s: partition %d is given to member %d", g->config->name, index, c->index);
    gp->consumer = c;
    group_state_arrives(g, index, c);
    group_lag_goes_on(g, index);
    if (!untouched)
        group_rewind(g, index, true);
    else if (!group_reset_offset(g, index))
        return;
    if (p->leader == NO_SLOT) { /* it will be known in time */
        c->unled = true;
        return;
    }
    struct fetch_session *s = gp->session = &c->sessions[closest_broker(c, p)];
    if (s->partitions_n == s->partitions_capacity) {
        const int capacity = s->partitions_capacity ? 2 * s->partitions_capacity : 4;
        s->partitions = arena_grow(g->world->arena, s->partitions, (size_t)s->partitions_n, (size_t)capacity, sizeof *s->partitions);
        s->partitions_capacity = capacity;
    }
    s->partitions[s->partitions_n++] = index;
    if (s->state == FETCH_IDLE) fetch_begin(s);
}

/* --- Readings ---------------------------------------------------------------------------------------- */

int64_t group_partition_lag(const struct group *g, int partition)
{
    return logcurve_end(&group_partition_of(g, partition)->log) - g->partitions[partition].position.offset;
}

int64_t group_lag(const struct group *g)
{
    int64_t lag = 0;
    for (int i = 0; i < g->partitions_n; i++)
        lag += group_partition_lag(g, i);
    return lag;
}

bool group_is_out_of_range(const struct group *g)
{
    for (int i = 0; i < g->partitions_n; i++)
        if (g->partitions[i].fetched_to < segments_start(group_partition_of(g, i))) return true;
    return false;
}

sim_time group_partition_age(const struct group *g, int partition)
{
    const struct partition *p = group_partition_of(g, partition);
    int64_t oldest = g->partitions[partition].position.offset;
    if (oldest < logcurve_start(&p->log)) oldest = logcurve_start(&p->log);
    if (oldest >= logcurve_end(&p->log)) return 0;
    const sim_time age = g->world->data.now - logcurve_appended_at(&p->log, oldest);
    return age > 0 ? age : 0;
}

static bool is_disturbed(const struct group *g)
{
    return !group_is_settled(g) || g->poison || group_is_out_of_range(g);
}

/* Is there something to read, and was what it processed last intended longer ago than that? */
static bool has_old(const struct group *g, int partition, sim_time age)
{
    const struct group_partition *gp = &g->partitions[partition];
    return gp->processed_through < g->world->data.now - age &&
           gp->position.offset < logcurve_end(&group_partition_of(g, partition)->log);
}

bool group_is_behind(const struct group *g, sim_time age)
{
    if (is_disturbed(g)) return true;
    age += transactions_hold_ns(g);
    for (int i = 0; i < g->partitions_n; i++)
        if (has_old(g, i, age) && group_partition_age(g, i) > age) return true;
    return false;
}

bool group_reads_old(const struct group *g, sim_time age)
{
    if (is_disturbed(g)) return true;
    age += transactions_hold_ns(g);
    for (int i = 0; i < g->partitions_n; i++)
        if (has_old(g, i, age)) return true;
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
        if (w->scenario->cluster.mirror_lag_ns > 0) { /* so may the loss of the region */
            const int64_t mirrored = w->cluster.mirrored ? w->cluster.mirrored[i] - p->base_offset
                                                         : logcurve_offset_after(&p->log, w->data.now - w->scenario->cluster.mirror_lag_ns);
            if (mirrored < keep) keep = mirrored;
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
        g->rack_aware = s->cluster.config.replica_selector == SELECTOR_RACK_AWARE && config->config.client_rack;
        w->rack_aware |= g->rack_aware;
        rng_init(&g->phases, w->arena, w->seed, arena_printf(w->arena, "group/%s/phases", config->name));
        g->partition_first = w->cluster.topic_first[config->topic];
        g->partitions_n = s->topics[config->topic].partitions;
        g->partitions_known = s->topics[config->topic].partitions_first;
        g->partitions = ARENA_NEW(w->arena, struct group_partition, (size_t)g->partitions_n);
        g->in_service = config->instances;
        g->instances_n = config->autoscale.max > config->instances ? config->autoscale.max : config->instances;
        g->consumers_n = g->instances_n * config->threads;
        g->consumers = ARENA_NEW(w->arena, struct consumer, (size_t)g->consumers_n);
        g->member_ids = ARENA_NEW(w->arena, const char *, (size_t)g->consumers_n);
        g->session_room = ARENA_NEW(w->arena, int, (size_t)g->partitions_n);
        struct rng phases;
        rng_init(&phases, w->arena, w->seed, arena_printf(w->arena, "group/%s/heartbeats", config->name));
        g->instance_network = ARENA_NEW(w->arena, struct link, (size_t)g->instances_n);
        for (int j = 0; j < g->instances_n; j++) link_init(&g->instance_network[j], config->instance_network_bytes_per_s);
        for (int j = 0; j < g->consumers_n; j++) {
            struct consumer *c = &g->consumers[j];
            c->group = g;
            c->index = j;
            c->instance = j / config->threads;
            c->zone = c->instance % s->cluster.zones;
            c->alive = c->instance < g->in_service;
            c->sessions = ARENA_NEW(w->arena, struct fetch_session, (size_t)w->cluster.brokers_max);
            c->buffered = ARENA_NEW(w->arena, struct fetch_session *, (size_t)w->cluster.brokers_max);
            c->processing = ARENA_NEW(w->arena, int, (size_t)g->partitions_n);
            c->member = c->alive ? MEMBER_STABLE : MEMBER_GONE;
            c->heartbeat_phase = (sim_time)(rng_uniform(&phases) * (double)config->config.heartbeat_interval_ns);
            g->member_ids[j] = arena_printf(w->arena, "%s-%05d-%03d", config->name, c->instance, j % config->threads);
            for (int b = 0; b < w->cluster.brokers_max; b++) {
                c->sessions[b].consumer = c;
                c->sessions[b].broker = b;
            }
        }
        group_lag_init(g);
        fetch_costs(g);
        sink_init(g);
        g->running = true;
        g->phase = GROUP_STABLE;
        g->rebalance_began = SIM_NEVER;
        group_assign(g, MEMBER_STABLE);
        for (int j = 0; j < g->partitions_n; j++) g->partitions[j].consumer = g->partitions[j].target;
        group_state_is_where_it_is_read(g);
        group_rebuild_sessions(g);
    }
}
