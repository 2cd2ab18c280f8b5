/* scenario_duplicates.c: copies that clients send, and groups that remove them; see scenario_build.h. */
#include "scenario_build.h"

#include "partition.h"

static bool any_dedup(const struct scenario *s)
{
    for (int i = 0; i < s->groups_n; i++)
        if (s->groups[i].dedup.horizon_ns > 0) return true;
    return false;
}

/* Where a key is split, it is not followed which partition a copy goes to. */
static void check_split(struct scenario_build *build, int producer)
{
    const struct scenario *s = build->scenario;
    const struct scenario_producer *p = &s->producers[producer];
    if (p->partitioner < 0 || p->partitioner >= PARTITION_RULES_N || partition_rules[p->partitioner].keys != KEYS_SPLIT) return;
    for (int i = 0; i < p->sends_n; i++) {
        const int stream = p->sends[i];
        if (stream < 0 || s->streams[stream].duplicates.share <= 0) continue;
        scenario_mistake(build, AT("workload[%d].duplicates", stream), "does not go with partitioner \"%s\" of \"%s\", which may put a copy elsewhere",
                         partition_rules[p->partitioner].name, p->name);
    }
}

void scenario_check_duplicates(struct scenario_build *build)
{
    const struct scenario *s = build->scenario;
    bool copies = false;
    for (int i = 0; i < s->streams_n; i++) {
        scenario_check_distribution(build, &s->streams[i].duplicates.after, AT("workload[%d].duplicates.after", i));
        copies |= s->streams[i].duplicates.share > 0;
    }
    for (int i = 0; i < s->producers_n; i++) check_split(build, i);
    if (s->run.table && (copies || any_dedup(s)))
        scenario_mistake(build, "run.table", "is true, but what is jumped over would hold no copies, and no ids");
    for (int g = 0; g < s->groups_n; g++) {
        const struct scenario_group *group = &s->groups[g];
        for (int i = 0; i < s->producers_n && group->dedup.horizon_ns > 0; i++) {
            const struct scenario_producer *p = &s->producers[i];
            if (p->topic != group->topic || p->config.enable_idempotence || group->dedup.horizon_ns >= p->config.delivery_timeout_ns) continue;
            json_note(build->diag, scenario_find(build->root, AT("groups[%d].does.dedup", g)),
                      "forgets an id after %s, and producer \"%s\" may send a record again until delivery.timeout.ms, %s: such copies are taken "
                      "to pass",
                      scenario_duration(build, group->dedup.horizon_ns), p->name, scenario_duration(build, p->config.delivery_timeout_ns));
        }
    }
}
