/* producer_buffer.c: buffer.memory, and the limits on how long a record may wait; see producer.h. */
#include <math.h>

#include "cell.h"
#include "producer_parts.h"

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

/* Is there room? What waits outside comes in, oldest first and for all partitions alike, as far as room goes; nothing
 * passes it. Returns the records given up outside. */
static int64_t mind_the_buffer(struct producer *p, sim_time now)
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
    if (!p->blocked) return 0;
    int64_t outside = 0, gone = 0;
    for (int c = 0; c <= p->partitions_n; c++) {
        struct cell *cell = &p->cells[c];
        sim_time before = now - config->config.max_block_ns; /* waited too long */
        if (cell->outside > 0 && cell->outside_first < before) {
            double span = (double)(cell->outside_last - cell->outside_first);
            int32_t n = cell->outside_last <= before
                            ? cell->outside
                            : (int32_t)(cell->outside * ((double)(before - cell->outside_first) / span));
            cell->outside -= n;
            cell->outside_first = before;
            gone += n;
        }
        outside += cell->outside;
    }
    if (room <= 0) return gone;
    /* Whole batches of room; those that are open take more for nothing. */
    double fits = room / batch_bytes * fleet->batch_records_max;
    double share = (double)outside <= fits ? 1 : fits / (double)outside;
    p->fullest = INT64_MAX;
    for (int c = 0; c <= p->partitions_n; c++)
        cell_come_in(w, &p->cells[c], share >= 1 ? p->cells[c].outside : (int32_t)(p->cells[c].outside * share));
    if (share >= 1) {
        p->blocked = false;
        p->admitted_until = SIM_NEVER;
        /* What came in the meantime of this piece is inside at once. */
        if (w->resolution != RESOLUTION_RECORD) {
            for (int c = 0; c <= p->partitions_n; c++) cell_take(w, &p->cells[c], INT64_MAX, now, w->piece_end);
        }
    }
    for (int b = 0; b < w->cluster.brokers_n; b++) {
        if (!p->connections[b].wants) producer_schedule(&p->connections[b], now);
    }
    return gone;
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
            world_reject(w, REJECT_BUFFER_FULL, mind_the_buffer(p, k->now));
            for (int b = 0; b < w->cluster.brokers_n; b++) producer_mind_requests(&p->connections[b], k->now);
        }
    }
    kernel_after(k, PRODUCER_BUFFER_CHECK_MS * SIM_MS, 0, producers_mind_buffers, w, 0);
}
