/* group_membership.c: members of consumer groups come and go, and what they say to the coordinator; see group.h. */
#include "group.h"

#include "check.h"
#include "cluster.h"
#include "group_lag.h"
#include "group_parts.h"
#include "writer.h"

/* offsets.topic.num.partitions: a group's coordinator leads the partition that its name's hash falls on. */
enum { OFFSETS_TOPIC_PARTITIONS = 50 };
static const double REQUEST_BYTES = 200; /* of the group's protocol */

static bool is_classic(const struct group *g)
{
    return g->config->protocol == PROTOCOL_CLASSIC;
}

static bool is_static(const struct group *g)
{
    return g->config->group_instance_id != NULL;
}

/* --- Time, and the coordinator --------------------------------------------------------------------------- */

sim_time group_now(const struct group *g)
{
    const struct world *w = g->world;
    const sim_time data = world_calendar(w, w->data.now);
    return data > w->calendar.now ? data : w->calendar.now;
}

struct event_handle group_timer(struct group *g, sim_time at, event_fn *run, void *context, int64_t argument)
{
    struct world *w = g->world;
    if (w->fraction >= 1) kernel_stop(&w->data); /* it may be due before what the data plane runs to */
    return kernel_at(&w->calendar, at, 1, run, context, argument);
}

sim_time group_next_heartbeat(const struct consumer *c)
{
    const sim_time now = group_now(c->group), interval = c->group->config->config.heartbeat_interval_ns;
    const sim_time since = (now - c->heartbeat_phase) % interval;
    return now + (since < 0 ? -since : interval - since);
}

/* Of brokers that are up. Where the offsets topic's partitions lie is not known: they are taken to go round. */
static struct broker *coordinator_of(const struct group *g)
{
    const struct cluster *c = &g->world->cluster;
    uint32_t hash = 0; /* Java's, of a string */
    for (const char *at = g->config->name; *at; at++) hash = 31 * hash + (unsigned char)*at;
    const int brokers = g->world->scenario->cluster.brokers; /* nobody moves them to brokers that are added */
    const int first = (int)((hash & 0x7fffffff) % OFFSETS_TOPIC_PARTITIONS) % brokers;
    for (int i = 0; i < brokers; i++) {
        struct broker *b = &c->brokers[(first + i) % brokers];
        if (b->up && !world_is_cut(g->world, b->zone)) return b;
    }
    return &c->brokers[first];
}

sim_time group_hop_ns(const struct consumer *c)
{
    return cluster_hop_ns(c->group->world, c->zone, coordinator_of(c->group)->zone);
}

sim_time group_coordinator_serves(struct group *g, int partitions)
{
    const struct calibration_broker *cost = &g->world->calibration->kafka_broker;
    return broker_receive(coordinator_of(g), g->world->data.now, REQUEST_BYTES,
                          (struct request_work){.read_ns = cost->network_request_ns,
                                                .handle_ns = cost->request_ns + cost->fetch_partition_ns * partitions});
}

sim_time group_coordinator_writes(struct group *g)
{
    const struct calibration_latency *l = &g->world->calibration->latency;
    const bool copies = g->world->cluster.brokers_n > 1;
    return group_coordinator_serves(g, 0) + (sim_time)(l->page_cache_append_ns + (copies ? l->rtt_cross_zone_ns : 0));
}

/* --- Joining, and what follows --------------------------------------------------------------------------- */

static void is_taken_up(struct kernel *k, void *consumer, int64_t call)
{
    (void)k;
    struct consumer *c = consumer;
    if (call != c->call || !c->alive) return;
    if (is_classic(c->group))
        classic_joined(c);
    else
        consumer_joined(c);
}

static void join_arrives(struct kernel *k, void *consumer, int64_t call)
{
    struct consumer *c = consumer;
    if (call != c->call || !c->alive) return;
    kernel_at(k, group_coordinator_serves(c->group, 0), 3, is_taken_up, c, call);
}

void group_join(struct consumer *c)
{
    c->member = MEMBER_JOINING;
    c->must_poll = false;
    kernel_after(&c->group->world->data, group_hop_ns(c), 3, join_arrives, c, ++c->call);
}

static void has_assignment(struct kernel *k, void *consumer, int64_t call)
{
    (void)k;
    struct consumer *c = consumer;
    if (call != c->call || !c->alive) return;
    c->asking = false;
    if (is_classic(c->group))
        classic_assigned(c);
    else
        consumer_assigned(c);
    group_note_settled(c->group);
}

static void offsets_asked(struct kernel *k, void *consumer, int64_t call)
{
    struct consumer *c = consumer;
    if (call != c->call || !c->alive) return;
    int partitions = 0;
    for (int i = 0; i < c->group->partitions_n; i++) partitions += c->group->partitions[i].target == c;
    const sim_time answered = group_coordinator_serves(c->group, partitions) + group_hop_ns(c);
    kernel_at(k, answered + group_state_restore(c), 3, has_assignment, c, call);
}

void group_ask_offsets(struct consumer *c, sim_time after)
{
    c->asking = true;
    kernel_after(&c->group->world->data, after + group_hop_ns(c), 3, offsets_asked, c, ++c->call);
}

void group_give_targets(struct consumer *c)
{
    struct group *g = c->group;
    bool more = false; /* has become free since it asked */
    for (int i = 0; i < g->partitions_n; i++) {
        struct group_partition *gp = &g->partitions[i];
        if (c->returns && gp->target == c && gp->consumer == c && !gp->session) gp->consumer = NULL; /* it reads on */
        if (gp->target != c || gp->consumer || gp->ghost || gp->withheld) continue;
        if (group_state_has_to_come(g, i, c))
            more = true;
        else
            group_give(g, i, c);
    }
    c->returns = false;
    if (more) group_ask_offsets(c, 0);
}

void group_polls(struct consumer *c)
{
    c->must_poll = false;
    if (!c->alive) return;
    if (is_classic(c->group))
        classic_polls(c);
    else
        consumer_polls(c);
}

/* --- Settled? -------------------------------------------------------------------------------------------- */

bool group_is_settled(const struct group *g)
{
    if (!g->running || g->asleep_n > 0 || (is_classic(g) && g->phase != GROUP_STABLE)) return false;
    for (int i = 0; i < g->partitions_known; i++) {
        const struct group_partition *gp = &g->partitions[i];
        if (gp->consumer != gp->target || !gp->consumer || !gp->consumer->alive) return false;
    }
    return true;
}

void group_note_rebalance(struct group *g)
{
    if (g->rebalance_began == SIM_NEVER) g->rebalance_began = group_now(g);
}

void group_note_settled(struct group *g)
{
    if (g->rebalance_began == SIM_NEVER || !group_is_settled(g)) return;
    g->rebalances++;
    g->rebalance_last_ns = group_now(g) - g->rebalance_began;
    g->rebalancing_ns += g->rebalance_last_ns;
    if (g->rebalance_last_ns > g->rebalance_longest_ns) g->rebalance_longest_ns = g->rebalance_last_ns;
    g->rebalance_began = SIM_NEVER;
    g->restore_ns = 0;
}

/* --- Members come and go --------------------------------------------------------------------------------- */

static void changed(struct group *g)
{
    if (is_classic(g))
        classic_changed(g);
    else
        consumer_changed(g);
}

void group_forget_member(struct consumer *c)
{
    struct group *g = c->group;
    c->member = MEMBER_GONE;
    for (int i = 0; i < g->partitions_n; i++) {
        struct group_partition *gp = &g->partitions[i];
        if (gp->target == c) gp->target = NULL;
        if (gp->consumer == c && !c->alive) gp->consumer = NULL;
    }
}

void group_member_left(struct consumer *c)
{
    c->must_poll = c->asking = false;
    c->call++;
    group_forget_member(c);
    changed(c->group);
}

static void notice(struct consumer *c)
{
    if (c->noticed && *c->noticed == SIM_NEVER) *c->noticed = group_now(c->group);
    c->noticed = NULL;
}

/* Nothing was heard of a member for so long: its process is taken for dead, and is. */
static void session_is_over(struct kernel *k, void *consumer, int64_t unused)
{
    (void)k;
    (void)unused;
    struct consumer *c = consumer;
    struct group *g = c->group;
    notice(c);
    c->ghost = false;
    for (int i = 0; i < g->partitions_n; i++) {
        if (g->partitions[i].ghost == c) g->partitions[i].ghost = NULL;
    }
    if (!c->alive) {
        group_forget_member(c);
        changed(g);
    } else if (is_classic(g)) {
        classic_session_over(g);
    } else {
        consumer_session_over(g);
    }
}

static sim_time heard_of(const struct consumer *c)
{
    return group_next_heartbeat(c) - c->group->config->config.heartbeat_interval_ns;
}

/* heard: when its coordinator last heard of it. */
static void dies(struct consumer *c, sim_time *noticed, sim_time heard)
{
    struct group *g = c->group;
    group_drop_work(c);
    group_commit_stops(c);
    for (int i = 0; i < g->partitions_n; i++)
        if (g->partitions[i].consumer == c) group_lag_stopped(g, i);
    for (int i = 0; i < g->partitions_n; i++)
        if (g->partitions[i].state_at == c || g->partitions[i].restored_at == c) group_state_gone(g, i);
    if (c->asleep) g->asleep_n--;
    c->asleep = false;
    c->alive = c->must_poll = c->asking = c->returns = false;
    c->call++;
    c->noticed = noticed;
    if (c->ghost) {
        kernel_cancel(&g->world->calendar, c->expiry);
    } else if (c->member == MEMBER_GONE) {
        notice(c);
        return;
    }
    sim_time over = heard + g->config->config.session_timeout_ns;
    if (over < group_now(g)) over = group_now(g);
    c->expiry = group_timer(g, over, session_is_over, c, 0);
}

static void starts(struct consumer *c)
{
    struct group *g = c->group;
    CHECK(!c->alive, "group %s: member %d is started twice", g->config->name, c->index);
    c->alive = true;
    c->restored_by = 0;
    group_commit_starts(c);
    notice(c);
    if (c->member != MEMBER_GONE && is_static(g)) {
        c->returns = true;
        kernel_cancel(&g->world->calendar, c->expiry);
    } else if (c->member != MEMBER_GONE) {
        /* A new member; the old one is waited for. */
        c->ghost = true;
        c->member = MEMBER_GONE;
        for (int i = 0; i < g->partitions_n; i++) {
            struct group_partition *gp = &g->partitions[i];
            if (gp->target == c) gp->target = NULL;
            if (gp->consumer != c) continue;
            gp->consumer = NULL;
            gp->ghost = c;
        }
    }
    group_join(c);
}

/* A new process knows no schema yet, and cannot read a record without. */
static void start_if_it_can(struct consumer *c)
{
    const struct group *g = c->group;
    c->waits = g->world->registry_down > 0 && scenario_topic_has_schemas(g->world->scenario, g->config->topic);
    if (!c->waits) starts(c);
}

void group_registry_is_back(struct group *g)
{
    for (int i = 0; i < g->consumers_n; i++) {
        struct consumer *c = &g->consumers[i];
        if (c->waits && !c->alive && !g->died) starts(c);
        c->waits = false;
    }
}

void group_stop(struct group *g, bool clean)
{
    if (clean) group_commit(g);
    const bool leaves = clean && !is_static(g); /* a static member says nothing, and is waited for */
    g->running = false;
    for (int i = 0; i < g->partitions_n; i++) {
        if (g->partitions[i].consumer) group_rewind(g, i, clean);
    }
    for (int i = 0; i < g->consumers_n; i++) {
        struct consumer *c = &g->consumers[i];
        c->waits = false;
        if (!c->alive) continue;
        dies(c, NULL, heard_of(c));
        if (!leaves || c->member == MEMBER_GONE) continue;
        if (!c->ghost) kernel_cancel(&g->world->calendar, c->expiry);
        group_forget_member(c);
    }
    if (leaves) changed(g);
    group_rebuild_sessions(g);
}

void group_start(struct group *g, sim_time restore)
{
    if (g->died) return;
    g->restore_ns = restore;
    for (int i = 0; i < group_threads(g); i++) {
        if (!g->consumers[i].alive) start_if_it_can(&g->consumers[i]);
    }
}

/* heard_before: so long ago its coordinator last heard of it; < 0: at its last heartbeat. */
static void end_instance(struct group *g, int instance, sim_time *noticed, sim_time heard_before)
{
    for (int i = 0; i < g->partitions_n; i++) {
        const struct consumer *c = g->partitions[i].consumer;
        if (c && c->alive && c->instance == instance) group_rewind(g, i, false);
    }
    for (int i = 0; i < g->consumers_n; i++) {
        struct consumer *c = &g->consumers[i];
        if (c->instance == instance && c->alive) dies(c, noticed, heard_before < 0 ? heard_of(c) : group_now(g) - heard_before);
    }
    group_rebuild_sessions(g);
}

void group_crash_instance(struct group *g, int instance, sim_time *noticed) { end_instance(g, instance, noticed, -1); }

void group_expel_instance(struct group *g, int instance, sim_time *noticed)
{
    end_instance(g, instance, noticed, g->config->config.session_timeout_ns);
}

sim_time group_instance_expires(const struct group *g, int instance)
{
    sim_time last = 0;
    for (int i = 0; i < g->consumers_n; i++)
        if (g->consumers[i].instance == instance && heard_of(&g->consumers[i]) > last) last = heard_of(&g->consumers[i]);
    return last + g->config->config.session_timeout_ns;
}

bool group_is_cut(const struct group *g)
{
    if (g->world->cluster.cut_zone == NO_ZONE) return false;
    for (int i = 0; i < g->consumers_n; i++)
        if (g->consumers[i].alive && world_is_cut(g->world, g->consumers[i].zone)) return true;
    return false;
}

void group_leave_instance(struct group *g, int instance)
{
    bool any = false;
    if (g->world->writers[g->index]) writer_instance_stopped(g, instance);
    for (int i = 0; i < g->consumers_n; i++)
        if (g->consumers[i].instance == instance && g->consumers[i].alive) group_commit_consumer(&g->consumers[i]);
    for (int i = 0; i < g->partitions_n; i++) {
        const struct consumer *c = g->partitions[i].consumer;
        if (c && c->alive && c->instance == instance) group_rewind(g, i, true);
    }
    for (int i = 0; i < g->consumers_n; i++) {
        struct consumer *c = &g->consumers[i];
        if (c->instance == instance) c->waits = false;
        if (c->instance != instance || !c->alive) continue;
        dies(c, NULL, heard_of(c));
        if (is_static(g) || c->member == MEMBER_GONE) continue;
        if (!c->ghost) kernel_cancel(&g->world->calendar, c->expiry);
        group_forget_member(c);
        any = true;
    }
    if (any) changed(g);
    group_rebuild_sessions(g);
}

void group_return_instance(struct group *g, int instance)
{
    if (instance >= g->in_service || g->died) return; /* there are fewer by now */
    for (int i = 0; i < g->consumers_n; i++) {
        struct consumer *c = &g->consumers[i];
        if (c->instance == instance && !c->alive) start_if_it_can(c);
    }
}
