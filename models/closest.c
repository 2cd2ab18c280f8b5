/* closest.c: reading from the closest replica; see closest.h. */
#include "closest.h"

#include "fetch.h"
#include "group.h"

static const sim_time METADATA_MAX_AGE_NS = 300 * SIM_S; /* metadata.max.age.ms */

int closest_broker(const struct consumer *c, const struct partition *p)
{
    const struct world *w = c->group->world;
    int chosen = p->leader;
    if (c->group->rack_aware && w->cluster.brokers[p->replicas[p->leader].broker].zone != c->zone) {
        int64_t most = -1;
        for (int r = 0; r < p->replicas_n; r++) {
            const struct broker *b = &w->cluster.brokers[p->replicas[r].broker];
            if (b->zone != c->zone || !b->up || !p->replicas[r].in_isr || p->replicas[r].leo <= most) continue;
            most = p->replicas[r].leo;
            chosen = r;
        }
    }
    return p->replicas[chosen].broker;
}

static void lease_ends(struct kernel *k, void *group, int64_t unused)
{
    (void)unused;
    struct group *g = group;
    bool changed = false;
    for (int i = 0; i < g->partitions_n && !changed; i++) {
        const struct group_partition *gp = &g->partitions[i];
        if (!gp->session) continue;
        changed = gp->session->broker != closest_broker(gp->consumer, &g->world->cluster.partitions[g->partition_first + i]);
    }
    if (changed) group_rebuild_sessions(g);
    kernel_after(k, METADATA_MAX_AGE_NS, 0, lease_ends, g, 0);
}

void closest_init(struct world *w)
{
    for (int i = 0; i < w->scenario->groups_n; i++) {
        struct group *g = &w->groups[i];
        if (g->rack_aware) kernel_after(&w->calendar, METADATA_MAX_AGE_NS, 0, lease_ends, g, 0);
    }
}

void closest_on_answer(struct world *w, struct partition *p, int slot, int64_t hw)
{
    struct replica *r = &p->replicas[slot];
    if (hw > r->leo) hw = r->leo;
    if (hw <= r->hw) return;
    const int64_t grown = hw - r->hw;
    r->hw = hw;
    for (int i = 0; i < w->scenario->groups_n; i++) {
        struct group *g = &w->groups[i];
        if (g->config->topic != p->topic || !g->rack_aware) continue;
        struct fetch_session *s = g->partitions[p->index].session;
        if (s && s->broker == r->broker && s->state == FETCH_PARKED) fetch_wake(s, (double)grown * p->bytes_per_record);
    }
}
