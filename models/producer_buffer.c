/* producer_buffer.c: buffer.memory, and the limits on how long a record may wait; see producer.h. */
#include <math.h>

#include "cell.h"
#include "partition.h"
#include "producer_parts.h"
#include "transaction.h"

/* Whole batches of batch.size, as the pool hands them out: those that wait and those under way. */
static double buffer_used_bytes(struct producer *p, double batch_max, double batch_bytes)
{
    double batches = 0;
    for (int c = 0; c <= p->partitions_n; c++) {
        if (p->cells[c].pending > 0) batches += ceil((double)p->cells[c].pending / batch_max);
    }
    for (int b = 0; b < p->world->cluster.brokers_n; b++) batches += p->connections[b].in_flight_batches;
    return batches * batch_bytes;
}

static int64_t outside(const struct producer *p)
{
    int64_t n = 0;
    for (int c = 0; c <= p->partitions_n; c++) n += p->cells[c].outside;
    return n;
}

/* Those that have waited for max.block.ms are refused. */
static void refuse_blocked(struct producer *p, sim_time now)
{
    const sim_time before = now - producer_config(p)->config.max_block_ns;
    int64_t gone = 0;
    for (int c = 0; c <= p->partitions_n; c++) {
        struct cell *cell = &p->cells[c];
        if (cell->outside > 0 && cell->outside_first < before) {
            double span = (double)(cell->outside_last - cell->outside_first);
            int32_t n = cell->outside_last <= before
                            ? cell->outside
                            : (int32_t)(cell->outside * ((double)(before - cell->outside_first) / span));
            cell->outside -= n;
            cell->outside_first = before;
            gone += n;
        }
    }
    world_reject(p->world, REJECT_BUFFER_FULL, gone);
}

/* The newest n of those outside are refused, of all partitions alike. */
static void refuse_newest(struct producer *p, int64_t n, enum reject_reason why)
{
    const int64_t all = outside(p);
    if (n <= 0 || all == 0) return;
    int64_t seen = 0, gone = 0;
    for (int c = 0; c <= p->partitions_n; c++) {
        struct cell *cell = &p->cells[c];
        seen += cell->outside;
        const int64_t until = (int64_t)((double)n * ((double)seen / (double)all));
        int64_t refused = (seen == all ? n : until) - gone;
        if (refused > cell->outside) refused = cell->outside;
        cell_refuse_newest(cell, (int32_t)refused);
        gone += refused;
    }
    world_reject(p->world, why, gone);
}

/* What has come since the last look goes to the spill, as far as its disk is fast enough and has room. Returns how many it may
 * read back until the next look. */
static int64_t spill(struct producer *p)
{
    struct world *w = p->world;
    const struct scenario_producer *config = producer_config(p);
    const double each = w->fleets[p->fleet].event_bytes;
    const int64_t holds = (int64_t)((double)config->spill_size_bytes / each);
    const int64_t at_once = (int64_t)fmax(1, config->spill_bytes_per_s * PRODUCER_BUFFER_CHECK_MS * 1e-3 / each);
    const int64_t come = outside(p) - p->spilled;
    int64_t room = holds - p->spilled;
    if (room > at_once) room = at_once;
    if (come > room) refuse_newest(p, come - room, REJECT_SPILL_FULL);
    const int64_t now = outside(p);
    w->spilled += now - p->spilled;
    p->spilled = now;
    w->spill_bytes_peak = fmax(w->spill_bytes_peak, (double)now * each);
    return at_once;
}

/* Is there room? What waits outside comes in, oldest first and for all partitions alike, as far as room goes; nothing
 * passes it, and none comes in while the application waits for a commit. */
void producer_mind_buffer(struct producer *p, sim_time now)
{
    struct world *w = p->world;
    const struct scenario_producer *config = producer_config(p);
    const struct fleet *fleet = &w->fleets[p->fleet];
    double batch_bytes = (double)config->config.batch_size_bytes;
    double room = (double)config->config.buffer_memory_bytes - buffer_used_bytes(p, fleet->batch_records_max, batch_bytes);
    if (room <= 0 && !p->blocked) {
        p->blocked = true;
        p->admitted_until = now;
        for (int b = 0; b < w->cluster.brokers_n; b++) producer_unopen(&p->connections[b], now);
    }
    if (!p->blocked) return;
    /* Whole batches of room; those that are open take more for nothing. */
    double fits = room / batch_bytes * fleet->batch_records_max;
    if (config->on_overload != OVERLOAD_BLOCK && w->resolution != RESOLUTION_RECORD) {
        for (int c = 0; c <= p->partitions_n; c++) cell_pass_outside(w, &p->cells[c], now, w->piece_end);
    }
    if (config->on_overload == OVERLOAD_BLOCK) refuse_blocked(p, now);
    if (config->on_overload == OVERLOAD_DROP) refuse_newest(p, outside(p), REJECT_DROPPED);
    if (config->on_overload == OVERLOAD_SPILL) fits = fmin(fits, (double)spill(p));
    if (room <= 0 || (p->transaction && transaction_commits(p))) return;
    const int64_t waiting = outside(p);
    double share = (double)waiting <= fits ? 1 : fits / (double)waiting;
    p->fullest = INT64_MAX;
    for (int c = 0; c <= p->partitions_n; c++)
        cell_come_in(w, &p->cells[c], share >= 1 ? p->cells[c].outside : (int32_t)(p->cells[c].outside * share));
    if (config->on_overload == OVERLOAD_SPILL) p->spilled = outside(p);
    if (share >= 1) {
        p->blocked = false;
        p->admitted_until = SIM_NEVER;
        /* What came in the meantime of this piece is inside at once. */
        if (w->resolution != RESOLUTION_RECORD && !p->collector) {
            for (int c = 0; c <= p->partitions_n; c++) cell_take(w, &p->cells[c], INT64_MAX, now, w->piece_end);
        }
    }
    for (int b = 0; b < w->cluster.brokers_n; b++) {
        producer_hurry(&p->connections[b], now);
    }
}

/* Nobody drains a connection that is stuck, while its pool fills. */
static void mind_pool(struct producer *p, sim_time now)
{
    const int target = partition_current(p->sticky);
    if (target < 0 || p->blocked) return;
    const int leader = p->cells[target].leader;
    if (leader < 0 || p->connections[leader].wants) producer_queue_pool(p, now);
}

void producers_mind_buffers(struct kernel *k, void *world, int64_t unused)
{
    (void)unused;
    struct world *w = world;
    for (int f = 0; f < w->scenario->producers_n; f++) {
        sim_time oldest = k->now - w->scenario->producers[f].config.delivery_timeout_ns;
        for (int i = 0; i < w->fleets[f].n; i++) {
            struct producer *p = &w->fleets[f].instances[i];
            for (int c = 0; c <= p->partitions_n; c++)
                world_reject(w, REJECT_DELIVERY_TIMEOUT, cell_expire(w, &p->cells[c], oldest));
            producer_mind_buffer(p, k->now);
            for (int b = 0; b < w->cluster.brokers_n; b++) producer_mind_requests(&p->connections[b], k->now);
            if (p->transaction) transaction_mind(p);
            if (p->sticky) mind_pool(p, k->now);
        }
    }
    kernel_after(k, PRODUCER_BUFFER_CHECK_MS * SIM_MS, 0, producers_mind_buffers, w, 0);
}
