/* group_oversleep.c: consumers that take longer over a batch than max.poll.interval.ms; see group.h.
 *
 * Their own client notices, and leaves the group for them; the batch goes on, and its offsets cannot be committed any more. So
 * its records are processed, and then by others once more, who may take as long: a storm of rebalances in which little is
 * committed.
 */
#include "group.h"

#include "arena.h"
#include "group_parts.h"

struct unpolled { /* of one partition, in the batch in hand */
    int partition;
    int64_t from, to;
};

/* Processed after all, by somebody who has it no longer. */
static void count(struct group *g, int partition, int64_t from, int64_t to)
{
    struct group_partition *gp = &g->partitions[partition];
    const int64_t end = logcurve_end(&group_partition_of(g, partition)->log); /* it may have been cut */
    if (to > end) to = end;
    if (from > to) return;
    int64_t known = gp->furthest + gp->gone; /* or lost meanwhile */
    if (known < from) known = from;
    const int64_t fresh = to > known ? to - known : 0, again = to - from - fresh;
    gp->delivered += fresh;
    if (fresh > 0) {
        gp->furthest = to;
        gp->gone = 0;
    }
    if (g->config->delivery == DELIVERY_AT_LEAST_ONCE)
        gp->duplicated += again;
    else
        g->reprocessed += again;
}

static void oversleeps(struct consumer *c)
{
    struct group *g = c->group;
    g->overslept++;
    g->asleep_n++;
    c->asleep = true;
    c->unpolled = ARENA_NEW(g->world->arena, struct unpolled, (size_t)c->processing_n);
    c->unpolled_n = 0;
    for (int i = 0; i < c->processing_n; i++) {
        const int p = c->processing[i];
        struct group_partition *gp = &g->partitions[p];
        if (g->config->delivery == DELIVERY_AT_MOST_ONCE) { /* committed when they were handed out: nobody else gets them */
            count(g, p, gp->position.offset, gp->processing_to);
            gp->position.offset = gp->processing_to;
            gp->committed = gp->processing_to + group_partition_of(g, p)->base_offset;
        } else {
            c->unpolled[c->unpolled_n++] = (struct unpolled){p, gp->position.offset, gp->processing_to};
        }
    }
    for (int i = 0; i < g->partitions_n; i++) {
        if (g->partitions[i].consumer == c) group_abandon(g, i);
    }
    group_reset_sessions(c);
    group_member_left(c);
}

void group_wakes(struct consumer *c)
{
    struct group *g = c->group;
    c->asleep = false;
    g->asleep_n--;
    for (int i = 0; i < c->unpolled_n; i++) count(g, c->unpolled[i].partition, c->unpolled[i].from, c->unpolled[i].to);
    c->unpolled_n = 0;
    group_join(c);
}

static void watch(struct kernel *k, void *consumer, int64_t unused)
{
    struct consumer *c = consumer;
    const sim_time due = c->processing_from + c->group->config->config.max_poll_interval_ns;
    c->watched = false;
    if (!c->busy || !c->alive || c->asleep) return;
    if (k->now >= due) {
        oversleeps(c);
        return;
    }
    c->watched = true;
    kernel_at(k, due, 3, watch, c, unused);
}

void group_watch_poll(struct consumer *c, sim_time now, sim_time done)
{
    const sim_time longest = c->group->config->config.max_poll_interval_ns;
    if (c->watched || (done != SIM_NEVER && done - now <= longest)) return;
    c->watched = true;
    kernel_at(&c->group->world->data, now + longest, 3, watch, c, 0);
}
