/* group_consumer.c: the consumer rebalance protocol (KIP-848): the coordinator assigns, and members follow one by one; see
 * group.h.
 *
 * Whenever members or partitions change there is a new target. A member learns its part with its next heartbeat: it gives up
 * what is to go at its next poll, says so at once, and is given what is free; for what others still hold it waits for a later
 * heartbeat.
 */
#include "group_parts.h"

#include "added_partitions.h"
#include "group.h"

static void schedule(struct consumer *c);

/* Does it not yet read what it is to read, and that alone? */
static bool waits(const struct consumer *c)
{
    const struct group *g = c->group;
    for (int i = 0; i < g->partitions_n; i++) {
        if ((g->partitions[i].target == c) != (g->partitions[i].consumer == c)) return true;
    }
    return false;
}

/* The member has the coordinator's answer. */
static void reconcile(struct consumer *c)
{
    struct group *g = c->group;
    bool free = false, surplus = false;
    for (int i = 0; i < g->partitions_n; i++) {
        const struct group_partition *gp = &g->partitions[i];
        surplus |= gp->consumer == c && gp->target != c;
        free |= gp->target == c && !gp->consumer && !gp->ghost;
    }
    if (surplus) {
        if (c->busy)
            c->must_poll = true;
        else
            consumer_polls(c);
        return;
    }
    if (free)
        group_ask_offsets(c, 0);
    else if (waits(c))
        schedule(c);
    else
        group_note_settled(g);
}

static void answered(struct kernel *k, void *consumer, int64_t call)
{
    (void)k;
    struct consumer *c = consumer;
    if (call == c->call && c->alive && c->member == MEMBER_STABLE) reconcile(c);
}

static void heartbeat_arrives(struct kernel *k, void *consumer, int64_t call)
{
    struct consumer *c = consumer;
    if (call != c->call || !c->alive) return;
    kernel_at(k, group_coordinator_serves(c->group, 0) + group_hop_ns(c), 3, answered, c, call);
}

static void heartbeat(struct consumer *c)
{
    kernel_after(&c->group->world->data, group_hop_ns(c), 3, heartbeat_arrives, c, ++c->call);
}

static void heartbeat_due(struct kernel *k, void *consumer, int64_t unused)
{
    (void)k;
    (void)unused;
    struct consumer *c = consumer;
    c->scheduled = false;
    if (c->alive && c->member == MEMBER_STABLE && !c->must_poll && !c->asking) heartbeat(c);
}

static void schedule(struct consumer *c)
{
    if (c->scheduled || !c->alive || c->member != MEMBER_STABLE) return;
    c->scheduled = true;
    group_timer(c->group, group_next_heartbeat(c), heartbeat_due, c, 0);
}

static void new_target(struct group *g)
{
    g->generation++;
    group_assign(g, MEMBER_STABLE);
    bool any = false;
    for (int i = 0; i < g->consumers_n; i++) any |= g->consumers[i].member == MEMBER_STABLE;
    if (any)
        group_note_rebalance(g);
    else
        g->rebalance_began = SIM_NEVER;
    for (int i = 0; i < g->consumers_n; i++) schedule(&g->consumers[i]);
}

void consumer_changed(struct group *g)
{
    new_target(g);
}

void consumer_partitions_added(struct group *g)
{
    g->partitions_known = added_partitions_now(g->world, g->config->topic);
    added_partitions_noticed(g->world);
    new_target(g);
}

void consumer_session_over(struct group *g)
{
    for (int i = 0; i < g->consumers_n; i++) schedule(&g->consumers[i]);
}

/* Its first heartbeat: it is in, and the answer holds what is free. */
void consumer_joined(struct consumer *c)
{
    struct group *g = c->group;
    c->member = MEMBER_STABLE;
    if (!c->returns) new_target(g);
    g->running = true;
    group_ask_offsets(c, group_hop_ns(c));
}

void consumer_polls(struct consumer *c)
{
    struct group *g = c->group;
    if (c->member == MEMBER_GONE) {
        group_join(c);
        return;
    }
    for (int i = 0; i < g->partitions_n; i++) {
        if (g->partitions[i].consumer == c && g->partitions[i].target != c) group_take(g, i);
    }
    heartbeat(c);
}

void consumer_assigned(struct consumer *c)
{
    group_give_targets(c);
    if (waits(c)) schedule(c);
}
