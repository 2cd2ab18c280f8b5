/* producer.c: producer instances: what there is of them, and their slices; see producer.h. */
#include "producer.h"

#include <stdlib.h>

#include "arena.h"
#include "cell.h"
#include "check.h"
#include "collector.h"
#include "memory.h"
#include "partition.h"
#include "producer_parts.h"
#include "rate.h"
#include "transaction.h"

const char *const reject_reason_names[REJECT_REASONS] = {"buffer_full", "delivery_timeout", "retries", "dropped",
                                                                "spill_full", "producer_gone", "collector_busy", "schema"};
const char *const produce_error_names[PRODUCE_ERRORS] = {"NOT_LEADER_OR_FOLLOWER", "NOT_ENOUGH_REPLICAS", "REQUEST_TIMED_OUT",
                                                         "NETWORK_EXCEPTION"};

/* --- Set-up ----------------------------------------------------------------------------------------- */

static double cpu_ns_per_record(const struct world *w, int fleet)
{
    const struct scenario_producer *p = &w->scenario->producers[fleet];
    const struct calibration *c = w->calibration;
    enum serialization form = w->scenario->streams[p->sends[0]].serialization;
    double ns = c->kafka_producer_client.record_ns + c->record_batch_encode_ns_per_record +
                (form == SERIALIZATION_JSON ? c->event_encode_json_ns : c->event_encode_avro_ns) +
                c->partition_ns[p->partitioner];
    if (p->config.compression_type == COMPRESSION_ZSTD)
        ns += c->zstd_compress_ns_per_byte * (double)w->scenario->streams[p->sends[0]].event_size_bytes;
    return ns;
}

static double event_bytes(const struct world *w, int fleet)
{
    const struct scenario_producer *p = &w->scenario->producers[fleet];
    double bytes = 0, records = 0;
    for (int i = 0; i < p->sends_n; i++) {
        const double n = rate_integral(w->blueprint->stream_rates[p->sends[i]], 0, sim_seconds(w->scenario->run.duration_ns));
        bytes += n * (double)w->scenario->streams[p->sends[i]].event_size_bytes;
        records += n;
    }
    return records > 0 ? bytes / records : (double)w->scenario->streams[p->sends[0]].event_size_bytes;
}

void producers_init(struct world *w)
{
    const struct scenario *s = w->scenario;
    size_t brokers = (size_t)w->cluster.brokers_max;
    for (int f = 0; f < s->producers_n; f++) {
        const struct scenario_producer *config = &s->producers[f];
        struct fleet *fleet = &w->fleets[f];
        int partitions = s->topics[config->topic].partitions;
        fleet->n = collector_instances_max(config);
        fleet->instances = ARENA_NEW(w->arena, struct producer, (size_t)fleet->n);
        fleet->here = ARENA_NEW(w->arena, struct producer *, (size_t)fleet->n);
        fleet->here_n = fleet->n;
        for (int i = 0; i < fleet->n; i++) fleet->here[i] = &fleet->instances[i];
        fleet->batch_records_max =
            compressibility_batch_records(&w->blueprint->compressibility[f], (double)config->config.batch_size_bytes);
        fleet->wire_bytes = ARENA_NEW(w->arena, double, WIRE_TABLE + 1);
        for (int n = 1; n <= WIRE_TABLE; n++)
            fleet->wire_bytes[n] = compressibility_wire_bytes(&w->blueprint->compressibility[f], n);
        fleet->cpu_ns_per_record = cpu_ns_per_record(w, f);
        fleet->event_bytes = event_bytes(w, f);
        fleet->arrivals = ARENA_NEW(w->arena, int64_t, (size_t)partitions + 1);
        fleet->piece = ARENA_NEW(w->arena, int64_t, (size_t)partitions + 1);
        for (int i = 0; i < fleet->n; i++) {
            struct producer *p = &fleet->instances[i];
            p->world = w;
            p->fleet = f;
            p->index = i;
            p->zone = i % s->cluster.zones;
            p->partition_first = w->cluster.topic_first[config->topic];
            p->partitions_n = partitions;
            p->cells = ARENA_NEW(w->arena, struct cell, (size_t)partitions + 1);
            p->connections = ARENA_NEW(w->arena, struct produce_connection, brokers);
            p->admitted_until = SIM_NEVER;
            p->sticky = producer_sticky_new(w, f);
            if (p->sticky) p->queues = producer_queues_new(w, f);
            if (!config->config.enable_idempotence) p->order = ARENA_NEW(w->arena, struct sent_order, (size_t)partitions);
            if (config->config.retries < INT32_MAX) p->resent = ARENA_NEW(w->arena, struct resent, (size_t)partitions + 1);
            link_init(&p->network_out, config->network_bytes_per_s);
            for (int b = 0; b < w->cluster.brokers_max; b++)
                p->connections[b] = (struct produce_connection){.producer = p, .broker = b};
            for (int c = 0; c < partitions; c++) {
                const struct partition *partition = &w->cluster.partitions[p->partition_first + c];
                p->cells[c].leader = (int16_t)partition->replicas[partition->leader].broker;
            }
        }
    }
    transactions_init(w);
    collectors_init(w);
    rng_init(&w->sends, w->arena, w->seed, "producer/sends");
    kernel_after(&w->data, PRODUCER_BUFFER_CHECK_MS * SIM_MS, 0, producers_mind_buffers, w, 0);
}

void producers_free(struct world *w)
{
    for (int f = 0; f < w->scenario->producers_n; f++) {
        for (int i = 0; i < w->fleets[f].n; i++) {
            struct producer *p = &w->fleets[f].instances[i];
            free(p->arrivals);
            for (int c = 0; c <= p->partitions_n; c++) free(p->cells[c].times);
        }
    }
}

/* --- Slices ------------------------------------------------------------------------------------------ */

static int compare_arrivals(const void *a, const void *b)
{
    const struct arrival *x = a, *y = b;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    return (x->cell > y->cell) - (x->cell < y->cell);
}

static void arrive(struct kernel *k, void *producer, int64_t unused)
{
    (void)unused;
    struct producer *p = producer;
    struct world *w = p->world;
    if (p->arrivals_next >= p->arrivals_n) return; /* it crashed */
    const struct arrival *a = &p->arrivals[p->arrivals_next++];
    if (p->arrivals_next < p->arrivals_n) kernel_at(k, p->arrivals[p->arrivals_next].at, 1, arrive, p, 0);
    struct cell *c = &p->cells[a->cell];
    if (p->blocked || p->collector) {
        c->rem--;
        if (!p->collector || collector_accepts(p)) cell_wait_outside(c, 1, a->at, a->at);
        return;
    }
    *cell_append(c, 1) = a->at;
    if (c->pending == 0) c->first = a->at;
    c->last = a->at;
    c->pending++;
    c->rem--;
    int leader = c->leader;
    if (a->cell == p->partitions_n) {
        if (partition_current(p->sticky) < 0) producer_choose_sticky(p);
        leader = p->cells[partition_current(p->sticky)].leader;
    }
    if (leader < 0) return;
    struct produce_connection *connection = &p->connections[leader];
    if (c->pending >= (int32_t)w->fleets[p->fleet].batch_records_max) {
        if (connection->scheduled) kernel_cancel(k, connection->drain);
        connection->scheduled = false;
        producer_schedule(connection, k->now);
    } else if (!connection->wants) {
        if (!connection->scheduled) producer_schedule(connection, k->now + producer_first_phase(connection, producer_config(p)->config.linger_ns));
    }
}

/* When the batch that is open for a cell's broker opened; INT64_MAX: none is. */
static sim_time open_since(const struct producer *p, int cell)
{
    int target = cell < p->partitions_n ? cell : p->sticky ? partition_current(p->sticky) : -1;
    int leader = target < 0 ? NO_BROKER : p->cells[target].leader;
    return leader >= 0 && p->connections[leader].open ? p->connections[leader].opened : INT64_MAX;
}

void producers_begin_piece(struct world *w)
{
    sim_time now = w->data.now;
    for (int f = 0; f < w->scenario->producers_n; f++) {
        for (int i = 0; i < w->fleets[f].n; i++) {
            struct producer *p = &w->fleets[f].instances[i];
            for (int c = 0; c <= p->partitions_n; c++) {
                struct cell *cell = &p->cells[c];
                CHECK(cell->rem == 0 || w->resolution != RESOLUTION_RECORD, "%d records did not arrive", (int)cell->rem);
                if (p->collector) {
                    if (w->resolution != RESOLUTION_RECORD) cell_pass_outside(w, cell, now, now);
                    continue;
                }
                sim_time until = p->blocked && p->admitted_until < now ? p->admitted_until : now;
                /* `now` is where the piece before ended; the open batch matters to those that bring something */
                cell_take(w, cell, cell->rem > 0 ? open_since(p, c) : until, until, now);
                if (p->blocked && cell->rem > 0) {
                    cell_wait_outside(cell, cell->rem, cell->taken, now);
                    cell->rem = 0;
                }
                cell->taken = now;
                cell->fill_records = 0;
            }
        }
    }
}

static void list_arrivals(struct producer *p)
{
    struct world *w = p->world;
    int64_t n = 0;
    for (int c = 0; c <= p->partitions_n; c++) n += p->cells[c].rem;
    CHECK(n <= INT32_MAX, "%lld records of one producer in a slice", (long long)n);
    if (n > p->arrivals_capacity) {
        p->arrivals = memory_resize(p->arrivals, (size_t)n, sizeof *p->arrivals);
        p->arrivals_capacity = (int32_t)n;
    }
    p->arrivals_n = 0;
    p->arrivals_next = 0;
    double span = (double)(w->piece_end - w->piece_start);
    for (int c = 0; c <= p->partitions_n; c++) {
        for (int32_t i = 0; i < p->cells[c].rem; i++) {
            sim_time at = w->piece_start + (sim_time)(rng_uniform(&w->sends) * span);
            p->arrivals[p->arrivals_n++] = (struct arrival){at, c};
        }
    }
    qsort(p->arrivals, (size_t)p->arrivals_n, sizeof *p->arrivals, compare_arrivals);
    if (p->arrivals_n > 0) kernel_at(&w->data, p->arrivals[0].at, 1, arrive, p, 0);
}

static void note_fullest(struct producer *p)
{
    p->fullest = 0;
    for (int c = 0; c <= p->partitions_n; c++) {
        const int64_t most = (int64_t)p->cells[c].pending + p->cells[c].rem;
        if (most > p->fullest) p->fullest = most;
    }
}

void producers_piece_ready(struct world *w)
{
    for (int f = 0; f < w->scenario->producers_n; f++) {
        for (int i = 0; i < w->fleets[f].n; i++) {
            struct producer *p = &w->fleets[f].instances[i];
            if (w->resolution == RESOLUTION_RECORD) list_arrivals(p);
            if (p->collector) collector_piece_ready(p);
            if (w->resolution == RESOLUTION_RECORD && !p->collector) continue;
            if (p->sticky && partition_current(p->sticky) < 0) producer_choose_sticky(p);
            note_fullest(p);
            for (int b = 0; b < w->cluster.brokers_n; b++) {
                struct produce_connection *c = &p->connections[b];
                if (c->wants) continue;
                if (!c->scheduled) {
                    producer_schedule_next(c, w->data.now);
                } else if (!p->blocked && !p->collector) { /* its batches are open: what this piece brings may fill them */
                    sim_time full = producer_draw_fills(c, w->data.now);
                    if (full == SIM_NEVER || full >= c->drains_at) continue;
                    kernel_cancel(&w->data, c->drain);
                    c->scheduled = false;
                    producer_schedule(c, full);
                }
            }
        }
    }
}

void producers_note(struct world *w)
{
    w->waiting = 0;
    for (int f = 0; f < w->scenario->producers_n; f++) {
        for (int i = 0; i < w->fleets[f].n; i++) {
            struct producer *p = &w->fleets[f].instances[i];
            p->oldest = SIM_NEVER;
            for (int c = 0; c <= p->partitions_n; c++) {
                const struct cell *cell = &p->cells[c];
                w->waiting += (int64_t)cell->pending + cell->rem + cell->outside;
                if (cell->pending > 0 && cell->first < p->oldest) p->oldest = cell->first;
                if (p->collector && cell->outside > 0 && cell->outside_first < p->oldest) p->oldest = cell->outside_first;
            }
            for (int b = 0; b < w->cluster.brokers_n; b++) {
                const struct produce_connection *c = &p->connections[b];
                if (c->again.first && c->again.first->oldest < p->oldest) p->oldest = c->again.first->oldest;
                if (c->unanswered.first && c->unanswered.first->sent < p->oldest) p->oldest = c->unanswered.first->sent;
            }
        }
    }
}
