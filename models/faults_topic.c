/* faults_topic.c: what happens to topics; see fault_effects.h. */
#include "fault_effects.h"

#include "added_partitions.h"
#include "faults.h"
#include "group.h"
#include "partition.h"
#include "scenario_build.h"

/* Shares of keys between partitions are kept as a table of pairs. */
enum { PAIRS_MAX = 4000000 };

static void add(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    added_partitions_begin(w, fault->topic, &row->detected);
    fault_over(w, row);
}

static bool are_read(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row)
{
    (void)row;
    for (int i = 0; i < w->scenario->groups_n; i++) {
        const struct group *g = &w->groups[i];
        if (g->config->topic != fault->topic) continue;
        if (g->partitions_known < added_partitions_now(w, fault->topic) || !group_is_settled(g)) return false;
    }
    return true;
}

static void check(struct scenario_build *build, int i)
{
    struct scenario *scenario = build->scenario;
    const struct scenario_fault *fault = &scenario->faults[i];
    const char *at = AT("faults[%d]", i);
    if (fault->topic < 0 || scenario_is_wrong(build, at, true)) return;
    struct scenario_topic *topic = &scenario->topics[fault->topic];
    if (fault->timing != FAULT_BY_TIME || fault->every_ns > 0)
        scenario_mistake(build, at, "partitions are added once, at a stated time");
    if (topic->partitions > topic->partitions_first)
        scenario_mistake(build, at, "topic \"%s\" gets partitions already: this version adds them once", topic->name);
    else if (fault->partitions <= topic->partitions)
        scenario_mistake(build, AT("faults[%d].partitions", i), "is %d, but topic \"%s\" has %d: their number can only grow",
                         fault->partitions, topic->name, topic->partitions);
    else if ((int64_t)fault->partitions * topic->partitions > PAIRS_MAX)
        scenario_mistake(build, AT("faults[%d].partitions", i), "is %d, from %d: the two multiplied may make %d at most",
                         fault->partitions, topic->partitions, (int)PAIRS_MAX);
    if (scenario->run.table)
        scenario_mistake(build, at, "does not go with run.table, whose jumps take every day for another one's like");
    for (int p = 0; p < scenario->producers_n; p++) {
        const struct scenario_producer *producer = &scenario->producers[p];
        if (producer->topic != fault->topic) continue;
        bool keyed = partition_rules[producer->partitioner].keyed != NULL;
        for (int s = 0; s < producer->sends_n; s++) keyed = keyed && scenario->streams[producer->sends[s]].keys >= 0;
        if (!keyed)
            scenario_mistake(build, at, "producer \"%s\" sends records to topic \"%s\" without a key: only those with one are followed here",
                             producer->name, topic->name);
    }
    for (int g = 0; g < scenario->groups_n; g++)
        if (scenario->groups[g].topic == fault->topic && scenario->groups[g].work == WORK_WINDOW)
            scenario_mistake(build, at, "group \"%s\" keeps windows by key with their partitions, from which keys move away",
                             scenario->groups[g].name);
    if (fault->partitions > topic->partitions) topic->partitions = fault->partitions;
}

const struct fault_effect fault_partitions_added = {
    .target = FAULT_ON_TOPIC, .ends_itself = true, .begin = add, .whole = are_read, .check = check};
