/* producer_metadata.c: which partition a record without a key goes to, and who leads a partition; see producer.h. */
#include <math.h>

#include "arena.h"
#include "cell.h"
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

/* The sender's loop tells the partitioner about the queues; a loop takes about so long. */
static const sim_time LOAD_EVERY_NS = SIM_MS;

/* How many batches wait for each partition, for the adaptive choice (RecordAccumulator.updatePartitionLoadInfo). */
static void tell_queues(struct producer *p)
{
    struct world *w = p->world;
    struct pool_queues *q = p->queues;
    const struct scenario_producer *config = producer_config(p);
    if (!q->any || w->data.now - q->told < LOAD_EVERY_NS) return;
    q->told = w->data.now;
    q->any = false;
    int32_t n = 0;
    for (int c = 0; c < p->partitions_n; c++) {
        const struct cell *cell = &p->cells[c];
        const int32_t batches = (int32_t)ceil((double)cell->pending / w->fleets[p->fleet].batch_records_max);
        if (batches > 1) q->any = true;
        if (cell->leader < 0) continue;
        const struct produce_connection *to = &p->connections[cell->leader];
        const sim_time longest = config->config.partitioner_availability_timeout_ns;
        if (longest > 0 && to->wants && w->data.now - to->wants_since > longest) {
            q->any = true;
            continue;
        }
        q->ids[n] = c;
        q->batches[n++] = batches;
    }
    if (q->any)
        partition_update_load(p->sticky, q->ids, q->batches, n, p->partitions_n);
    else
        partition_update_load(p->sticky, NULL, NULL, 0, p->partitions_n);
}

struct pool_queues *producer_queues_new(struct world *w, int fleet)
{
    const struct scenario_producer *config = &w->scenario->producers[fleet];
    if (!config->config.partitioner_adaptive_partitioning_enable) return NULL;
    const size_t n = (size_t)w->scenario->topics[config->topic].partitions;
    struct pool_queues *q = ARENA_NEW(w->arena, struct pool_queues, 1);
    q->ids = ARENA_NEW(w->arena, int32_t, n);
    q->batches = ARENA_NEW(w->arena, int32_t, n);
    return q;
}

void producer_queue_pool(struct producer *p, sim_time now)
{
    struct world *w = p->world;
    struct cell *pool = &p->cells[p->partitions_n];
    const int from = partition_current(p->sticky);
    if (from < 0) return;
    const int32_t full = (int32_t)w->fleets[p->fleet].batch_records_max;
    if (!p->collector) cell_take(w, pool, INT64_MAX, now < p->admitted_until ? now : p->admitted_until, w->piece_end);
    int target = from;
    while (pool->pending >= full && full > 0) {
        const int leader = p->cells[target].leader;
        if (leader >= 0 && !p->connections[leader].wants) break; /* it can go */
        cell_hand_over(w, pool, &p->cells[target], full);
        p->fullest = INT64_MAX;
        if (p->queues) p->queues->any = true;
        producer_move_sticky(p, (double)producer_config(p)->config.batch_size_bytes);
        target = partition_current(p->sticky);
    }
    const int leader = p->cells[target].leader;
    if (target != from && leader >= 0 && !p->connections[leader].wants) producer_schedule_next(&p->connections[leader], now);
}

void producer_choose_sticky(struct producer *p)
{
    if (p->queues) tell_queues(p);
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
    if (p->metadata_epoch == w->cluster.leadership_epoch || world_is_cut(w, p->zone)) return;
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
