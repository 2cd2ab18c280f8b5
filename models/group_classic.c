/* group_classic.c: the classic rebalance protocol: join, sync, assignment by the group's leader; see group.h.
 *
 * Source: GroupCoordinator and GroupMetadata of Apache Kafka's core, ConsumerCoordinator and AbstractCoordinator of its clients.
 */
#include "group_parts.h"

#include "added_partitions.h"
#include "check.h"
#include "group.h"

static bool is_cooperative(const struct group *g)
{
    return g->config->config.partition_assignment_strategy == ASSIGNOR_COOPERATIVE_STICKY;
}

/* --- The coordinator ------------------------------------------------------------------------------------- */

static void told(struct kernel *k, void *consumer, int64_t generation)
{
    (void)k;
    struct consumer *c = consumer;
    if (generation != c->group->generation || c->member != MEMBER_TOLD || !c->alive) return;
    if (c->busy)
        c->must_poll = true;
    else
        group_polls(c);
}

static void complete(struct group *g);

/* The rebalance has waited long enough. */
static void time_is_up(struct kernel *k, void *group, int64_t generation)
{
    (void)k;
    struct group *g = group;
    if (generation != g->generation || g->phase != GROUP_PREPARING) return;
    if (g->initial) {
        if (g->joined_meanwhile && g->initial_left > 0) {
            sim_time more = g->world->scenario->cluster.config.group_initial_rebalance_delay_ns;
            if (more > g->initial_left) more = g->initial_left;
            g->initial_left -= more;
            g->joined_meanwhile = false;
            g->deadline = group_timer(g, group_now(g) + more, time_is_up, g, generation);
            return;
        }
        g->initial = false;
    }
    for (int i = 0; i < g->consumers_n; i++) {
        struct consumer *c = &g->consumers[i];
        if (c->member == MEMBER_GONE || c->member == MEMBER_JOINED || c->member == MEMBER_JOINING) continue;
        if (!c->alive && g->config->group_instance_id) continue; /* until its session is over */
        group_stop_reading(c); /* it did not join in time */
        group_forget_member(c);
    }
    complete(g);
    for (int i = 0; i < g->consumers_n; i++) {
        if (g->consumers[i].alive && g->consumers[i].member == MEMBER_GONE && !g->consumers[i].asleep) group_join(&g->consumers[i]);
    }
}

static void prepare(struct group *g)
{
    const bool was_empty = g->phase == GROUP_EMPTY;
    const int64_t timeout = g->config->config.max_poll_interval_ns;
    g->phase = GROUP_PREPARING;
    g->generation++;
    g->initial = was_empty;
    g->joined_meanwhile = false;
    group_note_rebalance(g);
    if (!is_cooperative(g)) g->running = false;
    for (int i = 0; i < g->consumers_n; i++) {
        struct consumer *c = &g->consumers[i];
        if (c->member == MEMBER_TOLD) { /* by an earlier one */
            group_timer(g, group_next_heartbeat(c), told, c, g->generation);
            continue;
        }
        if (c->member != MEMBER_STABLE || !c->alive) continue;
        c->member = MEMBER_TOLD;
        group_timer(g, group_next_heartbeat(c), told, c, g->generation);
    }
    sim_time wait = timeout;
    if (was_empty) {
        wait = g->world->scenario->cluster.config.group_initial_rebalance_delay_ns;
        g->initial_left = timeout > wait ? timeout - wait : 0;
    }
    g->deadline = group_timer(g, group_now(g) + wait, time_is_up, g, g->generation);
}

/* Goes on once everybody has joined. */
static void see_whether_all_joined(struct group *g)
{
    if (g->phase != GROUP_PREPARING || g->initial) return;
    for (int i = 0; i < g->consumers_n; i++) {
        const struct consumer *c = &g->consumers[i];
        if (c->ghost || (c->member != MEMBER_GONE && c->member != MEMBER_JOINED)) return;
    }
    complete(g);
}

static void synced(struct kernel *k, void *group, int64_t generation)
{
    (void)k;
    struct group *g = group;
    if (generation != g->generation || g->phase != GROUP_COMPLETING) return;
    for (int i = 0; i < g->consumers_n; i++) { /* a static member that is away has its share too */
        struct consumer *c = &g->consumers[i];
        if (c->member != MEMBER_GONE && !c->alive) c->member = MEMBER_JOINED;
    }
    g->partitions_known = added_partitions_now(g->world, g->config->topic); /* the leader asked before it joined */
    group_assign(g, MEMBER_JOINED);
    g->phase = GROUP_STABLE;
    g->running = true;
    for (int i = 0; i < g->partitions_n; i++) {
        struct group_partition *gp = &g->partitions[i];
        if (gp->consumer && !gp->consumer->alive) gp->consumer = NULL;
        gp->withheld = gp->consumer && gp->consumer != gp->target;
    }
    for (int i = 0; i < g->consumers_n; i++) {
        struct consumer *c = &g->consumers[i];
        if (c->member != MEMBER_JOINED) continue;
        c->member = MEMBER_STABLE;
        if (c->alive) group_ask_offsets(c, group_hop_ns(c));
    }
}

static void sync_arrives(struct kernel *k, void *group, int64_t generation)
{
    struct group *g = group;
    if (generation != g->generation || g->phase != GROUP_COMPLETING) return;
    kernel_at(k, group_coordinator_writes(g), 3, synced, g, generation);
}

/* Everybody gets an answer; the leader's holds who the members are, and it sends back what each of them is to read. */
static void complete(struct group *g)
{
    kernel_cancel(&g->world->calendar, g->deadline);
    const struct consumer *leader = NULL;
    for (int i = 0; i < g->consumers_n && !leader; i++) {
        if (g->consumers[i].member == MEMBER_JOINED) leader = &g->consumers[i];
    }
    g->phase = leader ? GROUP_COMPLETING : GROUP_EMPTY;
    if (leader) {
        kernel_after(&g->world->data, 2 * group_hop_ns(leader), 3, sync_arrives, g, g->generation);
        return;
    }
    g->running = false;
    g->rebalance_began = SIM_NEVER;
}

void classic_joined(struct consumer *c)
{
    struct group *g = c->group;
    if (c->returns && g->phase == GROUP_STABLE) {
        c->member = MEMBER_STABLE;
        g->running = true;
        group_ask_offsets(c, group_hop_ns(c));
        return;
    }
    c->member = MEMBER_JOINED;
    if (g->phase != GROUP_PREPARING)
        prepare(g);
    else
        g->joined_meanwhile = true;
    see_whether_all_joined(g);
}

void classic_changed(struct group *g)
{
    if (g->phase == GROUP_STABLE || g->phase == GROUP_COMPLETING) prepare(g);
    see_whether_all_joined(g);
}

void classic_session_over(struct group *g)
{
    see_whether_all_joined(g);
}

/* Metadata are asked for when they are metadata.max.age.ms old; the leader's make a rebalance. */
static void refreshed(struct kernel *k, void *group, int64_t unused)
{
    (void)k;
    (void)unused;
    struct group *g = group;
    struct consumer *leader = NULL;
    if (g->partitions_known == added_partitions_now(g->world, g->config->topic)) return;
    for (int i = 0; i < g->consumers_n && !leader; i++) {
        if (g->consumers[i].alive && g->consumers[i].member == MEMBER_STABLE) leader = &g->consumers[i];
    }
    added_partitions_noticed(g->world);
    if (!leader || g->phase != GROUP_STABLE) return; /* a rebalance is under way, or to come, and will see them */
    leader->member = MEMBER_TOLD;
    if (leader->busy)
        leader->must_poll = true;
    else
        group_polls(leader);
}

void classic_partitions_added(struct group *g, sim_time after)
{
    group_timer(g, group_now(g) + after, refreshed, g, 0);
}

/* --- The member ------------------------------------------------------------------------------------------ */

/* Eager: everything is given up before a member joins. Cooperative: only what has become somebody else's. */
static bool give_up(struct consumer *c, bool all)
{
    struct group *g = c->group;
    bool any = false;
    for (int i = 0; i < g->partitions_n; i++) {
        if (g->partitions[i].consumer != c || (!all && g->partitions[i].target == c)) continue;
        group_take(g, i);
        any = true;
    }
    return any;
}

void classic_polls(struct consumer *c)
{
    const bool gave_up = give_up(c, !is_cooperative(c->group));
    if (c->member != MEMBER_STABLE || gave_up) group_join(c);
}

void classic_assigned(struct consumer *c)
{
    struct group *g = c->group;
    group_give_targets(c);
    if (!is_cooperative(g)) return;
    bool surplus = false;
    for (int i = 0; i < g->partitions_n; i++) surplus |= g->partitions[i].consumer == c && g->partitions[i].target != c;
    if (surplus && c->busy)
        c->must_poll = true;
    else if (surplus)
        classic_polls(c);
}
