/* producer.c: producer instances; see producer.h. */
#include "producer.h"

#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_randist.h>

#include "arena.h"
#include "broker.h"
#include "cell.h"
#include "check.h"
#include "cluster.h"
#include "partition.h"
#include "producer_parts.h"
#include "telemetry.h"

/* Retries come after retry.backoff.ms, twice that, and so on, each 20 % more or less (CommonClientConfigs). */
static const double RETRY_JITTER = 0.2;

/* --- Set-up ----------------------------------------------------------------------------------------- */

static double cpu_ns_per_record(const struct world *w, int fleet)
{
    const struct scenario_producer *p = &w->scenario->producers[fleet];
    const struct calibration *c = w->calibration;
    enum serialization form = w->scenario->streams[p->sends[0]].serialization;
    double ns = c->kafka_producer_client.record_ns + c->record_batch_encode_ns_per_record +
                (form == SERIALIZATION_JSON ? c->event_encode_json_ns : c->event_encode_avro_ns) +
                (p->partitioner == PARTITIONER_MURMUR2 ? c->partition_murmur2_ns : c->partition_sticky_ns);
    if (p->config.compression_type == COMPRESSION_ZSTD)
        ns += c->zstd_compress_ns_per_byte * (double)w->scenario->streams[p->sends[0]].event_size_bytes;
    return ns;
}

static struct partitioner *sticky_new(struct world *w, int fleet)
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

void producers_init(struct world *w)
{
    const struct scenario *s = w->scenario;
    size_t brokers = (size_t)w->cluster.brokers_n;
    for (int f = 0; f < s->producers_n; f++) {
        const struct scenario_producer *config = &s->producers[f];
        struct fleet *fleet = &w->fleets[f];
        int partitions = s->topics[config->topic].partitions;
        fleet->n = config->instances;
        fleet->instances = ARENA_NEW(w->arena, struct producer, (size_t)fleet->n);
        fleet->batch_records_max =
            compressibility_batch_records(&w->blueprint->compressibility[f], (double)config->config.batch_size_bytes);
        fleet->wire_bytes = ARENA_NEW(w->arena, double, WIRE_TABLE + 1);
        for (int n = 1; n <= WIRE_TABLE; n++)
            fleet->wire_bytes[n] = compressibility_wire_bytes(&w->blueprint->compressibility[f], n);
        fleet->cpu_ns_per_record = cpu_ns_per_record(w, f);
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
            p->sticky = sticky_new(w, f);
            link_init(&p->network_out, config->network_bytes_per_s);
            for (int b = 0; b < w->cluster.brokers_n; b++)
                p->connections[b] = (struct produce_connection){.producer = p, .broker = b};
            for (int c = 0; c < partitions; c++) {
                const struct partition *partition = &w->cluster.partitions[p->partition_first + c];
                p->cells[c].leader = (int16_t)partition->replicas[partition->leader].broker;
            }
        }
    }
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

/* --- Requests --------------------------------------------------------------------------------------- */

static struct produce_request *request_new(struct world *w, struct produce_connection *c)
{
    struct produce_request *r = w->free_requests;
    if (r) {
        w->free_requests = r->next_free;
    } else {
        r = ARENA_NEW(w->arena, struct produce_request, 1);
    }
    struct produce_part *parts = r->parts;
    int32_t capacity = r->parts_capacity;
    *r = (struct produce_request){.connection = c, .parts = parts, .parts_capacity = capacity};
    return r;
}

static void request_free(struct world *w, struct produce_request *r)
{
    r->next_free = w->free_requests;
    w->free_requests = r;
}

static struct produce_part *add_part(struct world *w, struct produce_request *r, int partition, int32_t n,
                                     sim_time first, sim_time last)
{
    if (r->parts_n == r->parts_capacity) {
        int32_t capacity = r->parts_capacity ? 2 * r->parts_capacity : 32;
        r->parts = arena_grow(w->arena, r->parts, (size_t)r->parts_n, (size_t)capacity, sizeof *r->parts);
        r->parts_capacity = capacity;
    }
    r->records += n;
    r->parts[r->parts_n] = (struct produce_part){partition, n, first, last, false};
    return &r->parts[r->parts_n++];
}

static double wire_bytes(const struct world *w, int fleet, int32_t n)
{
    if (n <= WIRE_TABLE) return w->fleets[fleet].wire_bytes[n];
    return compressibility_wire_bytes(&w->blueprint->compressibility[fleet], n);
}

/* One batch of a cell into the request; returns its wire bytes. */
static double drain_cell(struct world *w, struct produce_request *r, struct cell *c, int partition, double batch_max)
{
    const struct produce_connection *connection = r->connection;
    int32_t n = (double)c->pending > batch_max ? (int32_t)batch_max : c->pending;
    if (w->resolution == RESOLUTION_RECORD) {
        for (int32_t i = 0; i < n; i++) add_part(w, r, partition, 1, c->times[i], c->times[i]);
        for (int32_t i = n; i < c->pending; i++) c->times[i - n] = c->times[i];
        c->pending -= n;
        if (c->pending > 0) c->first = c->times[0];
    } else {
        bool fresh = connection->open && c->first == connection->opened && n == c->pending;
        sim_time from = c->first, span = c->last - from, first, last;
        if (n < c->pending) { /* the oldest n of a backlog */
            first = from;
            last = from + (sim_time)((double)span * n / c->pending);
            c->first = last;
        } else { /* the opener's first is known; all others are independent and uniform */
            bool opener = fresh && c == connection->opener;
            last = opener && n == 1 ? from : from + cell_greatest(w, span, n - opener);
            first = opener || n == 1 ? opener ? from : last : last - cell_greatest(w, last - from, n - 1);
        }
        c->pending -= n;
        struct produce_part *part = add_part(w, r, partition, n, first, last);
        if (fresh) {
            part->fresh = true;
            r->fresh_records += n;
            r->fresh_first = from;
            if (c->last > r->fresh_last) r->fresh_last = c->last;
        }
    }
    r->batches++;
    return wire_bytes(w, r->connection->producer->fleet, n);
}

static void choose_sticky(struct producer *p)
{
    struct partition_hints hints = {.draw = philox_next_u64(&p->world->sends.philox), .current_complete = true};
    partition_choose(p->sticky, NULL, 0, &hints);
}

static void drain_event(struct kernel *k, void *connection, int64_t unused);

void producer_schedule(struct produce_connection *c, sim_time at)
{
    struct world *w = c->producer->world;
    if (c->scheduled) return;
    c->scheduled = true;
    c->drains_at = at;
    c->drain = kernel_at(&w->data, at, 1, drain_event, c, 0);
}

/* Is the pool of records without a key this connection's to send? */
static bool sends_pool(const struct produce_connection *c)
{
    const struct producer *p = c->producer;
    int target = p->sticky ? partition_current(p->sticky) : -1;
    return target >= 0 && p->cells[target].leader == c->broker;
}

/* The i-th of the leads_n + 1 cells that a connection may drain, or NULL if it does not: what the broker leads, then the pool. */
static inline struct cell *drained_cell(const struct produce_connection *c, const struct broker *b, int i)
{
    struct producer *p = c->producer;
    if (i == b->leads_n) return sends_pool(c) ? &p->cells[p->partitions_n] : NULL;
    int partition = b->leads[i] - p->partition_first;
    if (partition < 0 || partition >= p->partitions_n) return NULL;
    return p->cells[partition].leader == c->broker ? &p->cells[partition] : NULL;
}

/* Connections send about every linger.ms, so their phases hardly drift: a run begins with them spread, as they would be
 * after a long time, not all at once. */
static sim_time first_phase(struct produce_connection *c, sim_time open_ns)
{
    if (c->phased) return open_ns;
    c->phased = true;
    return (sim_time)((double)open_ns * rng_uniform(&c->producer->world->sends));
}

/* When will batches be full, if they are before linger.ms have passed? The k-th of n uniform times in (from, end] is
 * from + (end - from) * Beta(k, n - k + 1); and given when it comes, the k - 1 before it are uniform until then, which is what
 * cell_take() goes by. Returns the earliest, or SIM_NEVER. All cells were taken at `from`. */
static sim_time draw_fills(struct produce_connection *c, sim_time from)
{
    struct world *w = c->producer->world;
    const double batch_max = w->fleets[c->producer->fleet].batch_records_max;
    if ((double)c->producer->fullest < floor(batch_max)) return SIM_NEVER;
    const struct broker *b = &w->cluster.brokers[c->broker];
    const double span = (double)(w->piece_end - from);
    double part = (double)producer_config(c->producer)->config.linger_ns / span;
    if (part > 1) part = 1;
    sim_time earliest = SIM_NEVER;
    for (int i = 0; i <= b->leads_n; i++) {
        struct cell *cell = drained_cell(c, b, i);
        if (!cell) continue;
        cell->fill_records = 0;
        if ((double)cell->pending >= batch_max) return from;
        int32_t needed = (int32_t)batch_max - cell->pending;
        /* Those that linger closes long before they are full need no draw. */
        if (cell->rem < needed || cell->rem * part < 0.5 * needed) continue;
        double at = gsl_ran_beta(rng_gsl(&w->sends), needed, cell->rem - needed + 1);
        cell->fill_at = from + (sim_time)(at * span);
        cell->fill_records = needed;
        if (cell->fill_at < earliest) earliest = cell->fill_at;
    }
    return earliest;
}

/* The next batch opens with its first record, and is ready when linger.ms have passed or one partition's is full.
 *
 * n records will come, at independent uniform times in (now, end of the piece]; the first of them at
 * now + (end - now)(1 - U^(1/n)), to each cell in proportion to its count; and the other n - 1 are independent and
 * uniform after it. So the draw is exact, whatever the rates. */
static void schedule_next(struct produce_connection *c, sim_time now)
{
    struct producer *p = c->producer;
    struct world *w = p->world;
    if (w->resolution == RESOLUTION_RECORD || c->scheduled || c->wants || now >= w->piece_end) return;
    const struct broker *b = &w->cluster.brokers[c->broker];
    sim_time linger = producer_config(p)->config.linger_ns;
    if (p->blocked) { /* whatever comes waits outside, until housekeeping makes room */
        const sim_time pause = PRODUCER_BUFFER_CHECK_MS * SIM_MS;
        producer_schedule(c, now + (linger > pause ? linger : pause));
        return;
    }
    int64_t n = 0;
    for (int i = 0; i <= b->leads_n; i++) {
        const struct cell *cell = drained_cell(c, b, i);
        if (!cell) continue;
        if (cell->pending > 0) { /* came to this connection with its leader, or back */
            producer_schedule(c, now);
            return;
        }
        n += cell->rem;
    }
    if (n == 0) return; /* looked at again when the next piece begins */
    double part = -expm1(log(rng_uniform(&w->sends)) / (double)n);
    sim_time opened = now + (sim_time)(part * (double)(w->piece_end - now));
    int64_t first = (int64_t)rng_below(&w->sends, (uint64_t)n);
    c->open = true;
    c->opened = opened;
    c->opener = NULL;
    for (int i = 0; i <= b->leads_n; i++) {
        struct cell *next = drained_cell(c, b, i);
        if (!next) continue;
        if (first >= 0 && first < next->rem) {
            next->pending = 1;
            next->rem--;
            next->first = next->last = opened;
            c->opener = next;
            first = -1;
        } else if (first >= 0) {
            first -= next->rem;
        }
        next->taken = opened;
    }
    sim_time ready = opened + first_phase(c, linger), full = draw_fills(c, opened);
    producer_schedule(c, full < ready ? full : ready);
}

void producer_unopen(struct produce_connection *c, sim_time now)
{
    struct producer *p = c->producer;
    if (!c->scheduled || !c->opener || c->opened <= now) return;
    struct cell *opener = c->opener;
    CHECK(opener->pending > 0, "the record that opens a batch is gone");
    opener->pending--;
    opener->rem++;
    if (opener->last > now) opener->last = now; /* others of it were taken back meanwhile */
    for (int i = 0; i <= p->partitions_n; i++) {
        struct cell *cell = &p->cells[i];
        if (cell->taken != c->opened) continue;
        cell->taken = now;
        cell->fill_records = 0;
    }
    c->opener = NULL;
    c->open = false;
    c->scheduled = false;
    kernel_cancel(&p->world->data, c->drain);
    producer_schedule(c, now); /* what waits is sent to whom it belongs then, and the next batch is drawn */
}

/* A batch of records without a key was sent to the sticky partition, and the real partitioner says when to move on: a
 * batch that linger closed leaves no incomplete one behind, so after batch.size bytes. */
static void move_sticky(struct producer *p, double bytes)
{
    partition_appended(p->sticky, bytes >= 1 ? (int64_t)bytes : 1, true, philox_next_u64(&p->world->sends.philox));
    choose_sticky(p);
}

static void send_request(struct producer *p, struct produce_connection *c, struct produce_request *r, sim_time now)
{
    struct world *w = p->world;
    const struct calibration_producer_client *client = &w->calibration->kafka_producer_client;
    /* Records were serialised, partitioned and compressed as they came, on the application's threads; the sender's own
     * thread closes batches and builds the request. */
    p->append_ns += (double)r->records * w->fleets[p->fleet].cpu_ns_per_record;
    sim_time built = fifo_serve(&p->cpu, now, (sim_time)(r->batches * client->batch_ns + client->request_ns));
    sim_time gone = link_send_in_order(&p->network_out, built, r->wire_bytes);
    r->sent = now;
    r->broker_epoch = w->cluster.brokers[c->broker].epoch;
    w->in_requests += r->records;
    telemetry_request_sent(w);
    c->in_flight++;
    c->in_flight_batches += r->batches;
    sim_time arrives = gone + cluster_hop_ns(w, p->zone, w->cluster.brokers[c->broker].zone);
    kernel_at(&w->data, arrives, 1, broker_on_produce, r, 0);
    if (producer_config(p)->config.acks == ACKS_0) kernel_at(&w->data, gone, 1, producer_on_ack, r, 0);
}

/* One request: a batch of every partition that the broker leads and that has records, up to max.request.size.
 * `left` tells that there is more. NULL: nothing is ready. */
static struct produce_request *collect(struct produce_connection *c, sim_time now, bool *left)
{
    struct producer *p = c->producer;
    struct world *w = p->world;
    const struct fleet *fleet = &w->fleets[p->fleet];
    const struct broker *b = &w->cluster.brokers[c->broker];
    double limit = (double)producer_config(p)->config.max_request_size_bytes;
    sim_time until = now < p->admitted_until ? now : p->admitted_until;
    struct produce_request *r = NULL;
    sim_time since = c->open ? c->opened : INT64_MAX;
    *left = false;
    for (int i = 0; i < b->leads_n; i++) {
        int partition = b->leads[i] - p->partition_first;
        if (partition < 0 || partition >= p->partitions_n) continue;
        struct cell *cell = &p->cells[partition];
        if (cell->leader != c->broker) continue;
        cell_take(w, cell, since, until, w->piece_end);
        if (cell->pending == 0) continue;
        if (r && r->wire_bytes > limit) {
            *left = true;
            return r;
        }
        if (!r) r = request_new(w, c);
        r->wire_bytes += drain_cell(w, r, cell, b->leads[i], fleet->batch_records_max);
        if (cell->pending > 0) *left = true;
    }
    int target = p->sticky ? partition_current(p->sticky) : -1;
    if (target < 0 || p->cells[target].leader != c->broker) return r;
    struct cell *pool = &p->cells[p->partitions_n];
    cell_take(w, pool, since, until, w->piece_end);
    if (pool->pending == 0) return r;
    if (!r) r = request_new(w, c);
    double bytes = drain_cell(w, r, pool, p->partition_first + target, fleet->batch_records_max);
    r->wire_bytes += bytes;
    move_sticky(p, bytes);
    int next = p->cells[partition_current(p->sticky)].leader;
    if (pool->pending > 0 && next == c->broker) *left = true;
    if (next >= 0 && next != c->broker) {
        if (pool->pending > 0)
            producer_schedule(&p->connections[next], now);
        else
            schedule_next(&p->connections[next], now);
    }
    return r;
}

/* Everything that is ready for a broker, in as many requests as the in-flight limit allows. */
static void drain(struct produce_connection *c, sim_time now)
{
    c->wants = false;
    for (bool left = true; left;) {
        if (c->in_flight >= producer_config(c->producer)->config.max_in_flight_requests_per_connection) {
            c->wants = true;
            return; /* the next answer goes on */
        }
        struct produce_request *r = collect(c, now, &left);
        if (!r) break;
        send_request(c->producer, c, r, now);
        c->open = false;
    }
    c->open = false;
    schedule_next(c, now);
}

static void drain_event(struct kernel *k, void *connection, int64_t unused)
{
    (void)unused;
    struct produce_connection *c = connection;
    c->scheduled = false;
    drain(c, k->now);
}

void producer_on_ack(struct kernel *k, void *request, int64_t unused)
{
    (void)unused;
    struct produce_request *r = request;
    struct produce_connection *c = r->connection;
    struct world *w = c->producer->world;
    telemetry_produced(w, r, k->now);
    c->in_flight--;
    c->in_flight_batches -= r->batches;
    if (r->parts_n > 0) c->retries = 0;
    if (producer_config(c->producer)->config.acks != ACKS_0) request_free(w, r); /* with acks=0 the broker frees it */
    if (c->wants) drain(c, k->now);
}

void producer_take_back(struct world *w, struct produce_connection *c, const struct produce_part *part)
{
    struct producer *p = c->producer;
    struct cell *cell = &p->cells[part->partition - p->partition_first];
    cell_put_back(w, cell, part);
    p->fullest = INT64_MAX;
    if (cell->leader < 0 || p->connections[cell->leader].scheduled) return;
    struct produce_connection *next = &p->connections[cell->leader];
    double wait = ldexp((double)producer_config(p)->config.retry_backoff_ns, next->retries);
    double most = (double)producer_config(p)->config.retry_backoff_max_ns;
    if (next->retries < 30) next->retries++;
    wait = (wait < most ? wait : most) * (1 + RETRY_JITTER * (2 * rng_uniform(&w->sends) - 1));
    producer_schedule(next, w->data.now + (sim_time)wait);
}

void producer_request_over(struct world *w, struct produce_request *r)
{
    struct produce_connection *c = r->connection;
    if (producer_config(c->producer)->config.acks != ACKS_0) {
        c->in_flight--;
        c->in_flight_batches -= r->batches;
    }
    request_free(w, r);
    if (c->wants) producer_schedule(c, w->data.now);
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
    const struct arrival *a = &p->arrivals[p->arrivals_next++];
    if (p->arrivals_next < p->arrivals_n) kernel_at(k, p->arrivals[p->arrivals_next].at, 1, arrive, p, 0);
    struct cell *c = &p->cells[a->cell];
    if (p->blocked) {
        c->rem--;
        cell_wait_outside(c, 1, a->at, a->at);
        return;
    }
    cell_reserve(c, 1);
    c->times[c->pending] = a->at;
    if (c->pending == 0) c->first = a->at;
    c->last = a->at;
    c->pending++;
    c->rem--;
    int leader = c->leader;
    if (a->cell == p->partitions_n) {
        if (partition_current(p->sticky) < 0) choose_sticky(p);
        leader = p->cells[partition_current(p->sticky)].leader;
    }
    if (leader < 0) return;
    struct produce_connection *connection = &p->connections[leader];
    if (c->pending >= (int32_t)w->fleets[p->fleet].batch_records_max) {
        if (connection->scheduled) kernel_cancel(k, connection->drain);
        connection->scheduled = false;
        producer_schedule(connection, k->now);
    } else if (!connection->wants) {
        if (!connection->scheduled) producer_schedule(connection, k->now + first_phase(connection, producer_config(p)->config.linger_ns));
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
                sim_time until = now < p->admitted_until ? now : p->admitted_until;
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
        struct arrival *arrivals = realloc(p->arrivals, (size_t)n * sizeof *arrivals);
        CHECK(arrivals, "out of memory for %lld arrivals", (long long)n);
        p->arrivals = arrivals;
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
            if (w->resolution == RESOLUTION_RECORD) {
                list_arrivals(p);
                continue;
            }
            if (p->sticky && partition_current(p->sticky) < 0) choose_sticky(p);
            note_fullest(p);
            for (int b = 0; b < w->cluster.brokers_n; b++) {
                struct produce_connection *c = &p->connections[b];
                if (c->wants) continue;
                if (!c->scheduled) {
                    schedule_next(c, w->data.now);
                } else if (!p->blocked) { /* its batches are open: what this piece brings may fill them */
                    sim_time full = draw_fills(c, w->data.now);
                    if (full == SIM_NEVER || full >= c->drains_at) continue;
                    kernel_cancel(&w->data, c->drain);
                    c->scheduled = false;
                    producer_schedule(c, full);
                }
            }
        }
    }
}

/* --- Metadata, the buffer and its time limits -------------------------------------------------------- */

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
            }
        }
    }
}
