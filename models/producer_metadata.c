/* producer_metadata.c: which partition a record without a key goes to, and who leads a partition; see producer.h. */
#include "partition.h"
#include "producer.h"
#include "producer_parts.h"

struct partitioner *producer_sticky_new(struct world *w, int fleet)
{
    const struct scenario_producer *config = &w->scenario->producers[fleet];
    for (int i = 0; i < config->sends_n; i++) {
        if (w->blueprint->populations[config->sends[i]]) continue;
        return partition_new(w->arena, partition_rule_find("sticky"),
                             &(struct partition_config){.partitions = w->scenario->topics[config->topic].partitions,
                                                        .sticky_batch_bytes = config->config.batch_size_bytes});
    }
    return NULL;
}

void producer_choose_sticky(struct producer *p)
{
    struct partition_hints hints = {.draw = philox_next_u64(&p->world->sends.philox), .current_complete = true};
    partition_choose(p->sticky, NULL, 0, &hints);
}

/* A batch of records without a key was sent to the sticky partition, and the real partitioner says when to move on: a
 * batch that linger closed leaves no incomplete one behind, so after batch.size bytes. */
void producer_move_sticky(struct producer *p, double bytes)
{
    partition_appended(p->sticky, bytes >= 1 ? (int64_t)bytes : 1, true, philox_next_u64(&p->world->sends.philox));
    producer_choose_sticky(p);
}

static void refresh_metadata(struct kernel *k, void *producer, int64_t unused)
{
    (void)unused;
    struct producer *p = producer;
    struct world *w = p->world;
    if (p->metadata_epoch == w->cluster.leadership_epoch) return;
    p->metadata_epoch = w->cluster.leadership_epoch;
    for (int b = 0; b < w->cluster.brokers_n; b++) producer_unopen(&p->connections[b], k->now);
    for (int c = 0; c < p->partitions_n; c++) {
        const struct partition *partition = &w->cluster.partitions[p->partition_first + c];
        struct cell *cell = &p->cells[c];
        int leader = partition->leader == NO_SLOT ? NO_BROKER : partition->replicas[partition->leader].broker;
        if (cell->leader == leader) continue;
        cell->leader = (int16_t)leader;
        if (leader >= 0 && (cell->pending > 0 || cell->rem > 0)) producer_schedule(&p->connections[leader], k->now);
    }
    /* So may those without a key, whose partition has a leader again. */
    int target = p->sticky ? partition_current(p->sticky) : -1;
    if (target >= 0 && p->cells[target].leader >= 0 && p->cells[p->partitions_n].pending > 0)
        producer_schedule(&p->connections[p->cells[target].leader], k->now);
}

void producers_learn_leaders(struct world *w)
{
    for (int f = 0; f < w->scenario->producers_n; f++) {
        double longest = (double)w->scenario->producers[f].config.retry_backoff_max_ns;
        for (int i = 0; i < w->fleets[f].n; i++) {
            sim_time after = (sim_time)(rng_uniform(&w->control) * longest);
            kernel_after(&w->data, after, 0, refresh_metadata, &w->fleets[f].instances[i], 0);
        }
    }
}
