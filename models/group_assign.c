/* group_assign.c: the group's real assignor shares its partitions out; see group_parts.h. */
#include "group_parts.h"

#include "arena.h"
#include "assign.h"

/* A target. Who has to give a partition up first is the protocol's business: the target of cooperative-sticky is
 * that of sticky. */
static const char *rule_of(const struct scenario_group *config)
{
    static const char *const names[] = {
        [ASSIGNOR_RANGE] = "range",
        [ASSIGNOR_ROUNDROBIN] = "roundrobin",
        [ASSIGNOR_STICKY] = "sticky",
        [ASSIGNOR_COOPERATIVE_STICKY] = "sticky",
        [ASSIGNOR_UNIFORM] = "uniform",
    };
    return names[config->protocol == PROTOCOL_CONSUMER ? config->config.group_remote_assignor
                                                       : config->config.partition_assignment_strategy];
}

void group_assign(struct group *g, enum member_state from)
{
    struct arena *scratch = arena_new(0);
    const size_t consumers = (size_t)g->consumers_n, partitions = (size_t)g->partitions_n;
    const char **ids = ARENA_NEW(scratch, const char *, consumers);
    int32_t *members = ARENA_NEW(scratch, int32_t, consumers);
    int32_t *index_of = ARENA_NEW(scratch, int32_t, consumers);
    int32_t n = 0;
    for (int i = 0; i < g->consumers_n; i++) {
        index_of[i] = -1;
        if (g->consumers[i].member < from) continue;
        index_of[i] = n;
        members[n] = i;
        ids[n++] = g->member_ids[i];
    }
    if (n == 0) {
        for (int i = 0; i < g->partitions_n; i++) g->partitions[i].target = NULL;
    } else {
        int32_t *owned = ARENA_NEW(scratch, int32_t, partitions);
        int32_t *owner = ARENA_NEW(scratch, int32_t, partitions);
        for (int i = 0; i < g->partitions_n; i++)
            owned[i] = g->partitions[i].target ? index_of[g->partitions[i].target->index] : -1;
        const struct assign_rule *rule = assign_rule_find(rule_of(g->config));
        assign_topic_to(rule, g->partitions_known, ids, n, owned, owner, scratch);
        for (int i = 0; i < g->partitions_known; i++)
            g->partitions[i].target = owner[i] < 0 ? NULL : &g->consumers[members[owner[i]]];
    }
    arena_free(scratch);
}
