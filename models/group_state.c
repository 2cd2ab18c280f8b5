/* group_state.c: where the state of a group's partitions is, and what it takes to have it elsewhere.
 *
 * A partition's state (its windows, its ids) is in the memory of the member that read it last. Another one that is given the
 * partition, or the same one if its process has died or was put out meanwhile, first gets it from the last checkpoint in the object
 * store, all that it was given one after another: a first byte, and the bytes by one request's throughput. It reads nothing of
 * those partitions until then; what it had it reads on, unless its protocol has everybody stop. Copies kept ready elsewhere (Kafka
 * Streams' num.standby.replicas) are not modelled.
 *
 * A group that restarts as a whole restores what is the mean member's part, before it reads anything: group_start().
 */
#include "duplicates.h"
#include "group_parts.h"
#include "processor.h"

static bool has_state(const struct group *g)
{
    return g->world->processors[g->index] != NULL;
}

void group_state_is_where_it_is_read(struct group *g)
{
    for (int i = 0; i < g->partitions_n; i++) g->partitions[i].state_at = g->partitions[i].consumer;
}

void group_state_gone(struct group *g, int index)
{
    g->partitions[index].state_at = g->partitions[index].restored_at = NULL;
}

bool group_state_has_to_come(const struct group *g, int index, const struct consumer *c)
{
    const struct group_partition *gp = &g->partitions[index];
    return has_state(g) && g->config->checkpoint_ns > 0 && gp->state_at != c && gp->restored_at != c;
}

sim_time group_state_restore(struct consumer *c)
{
    struct group *g = c->group;
    const sim_time now = g->world->data.now;
    const double before = has_state(g) ? processor_restored_bytes(g, c) : 0;
    bool any = false;
    for (int i = 0; i < g->partitions_n; i++) {
        struct group_partition *gp = &g->partitions[i];
        const bool free = !gp->consumer || (c->returns && gp->consumer == c);
        if (gp->target != c || !free || gp->ghost || gp->withheld || !group_state_has_to_come(g, i, c)) continue;
        gp->restored_at = c;
        any = true;
    }
    if (g->restore_ns > 0) return g->restore_ns;
    if (c->restored_by < now) c->restored_by = now;
    const struct calibration_latency *l = &g->world->calibration->latency;
    const double more = any ? processor_restored_bytes(g, c) - before : 0;
    if (any) c->restored_by += (sim_time)(l->object_get_first_byte_p50_ns + more / l->object_get_bytes_per_s * 1e9);
    return c->restored_by - now;
}

void group_state_arrives(struct group *g, int index, const struct consumer *c)
{
    struct group_partition *gp = &g->partitions[index];
    if (gp->state_at != c && g->config->checkpoint_ns == 0) duplicates_forget(g, index); /* there is nothing to get it from */
    gp->state_at = c;
    gp->restored_at = NULL;
}
