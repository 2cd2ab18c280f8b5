/* producer_send.c: when a connection sends, and what; see producer.h. */
#include <math.h>

#include <gsl/gsl_randist.h>

#include "arena.h"
#include "cell.h"
#include "check.h"
#include "collector.h"
#include "partition.h"
#include "producer_parts.h"
#include "transaction.h"

static struct produce_part *add_part(struct world *w, struct produce_request *r, int partition, int32_t n,
                                     sim_time first, sim_time last)
{
    if (r->parts_n == r->parts_capacity) {
        int32_t capacity = r->parts_capacity ? 2 * r->parts_capacity : 32;
        r->parts = arena_grow(w->arena, r->parts, (size_t)r->parts_n, (size_t)capacity, sizeof *r->parts);
        r->parts_capacity = capacity;
    }
    r->records += n;
    r->parts[r->parts_n] = (struct produce_part){.partition = partition, .records = n, .first = first, .last = last};
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
    struct producer *p = connection->producer;
    struct resent *resent = p->resent ? &p->resent[c - p->cells] : NULL;
    const int32_t earlier = r->parts_n;
    if (resent && resent->records > 0 && n > resent->records) n = resent->records; /* a batch stays what it was */
    if (w->resolution == RESOLUTION_RECORD) {
        for (int32_t i = 0; i < n; i++) add_part(w, r, partition, 1, cell_times(c)[i], cell_times(c)[i]);
        cell_remove_oldest(c, n);
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
    if (resent && resent->records > 0) {
        for (int32_t i = earlier; i < r->parts_n; i++) r->parts[i].attempts = resent->attempts;
        resent->records = c->pending > 0 ? resent->records - n : 0;
    }
    struct sent_order *order = p->order;
    if (order && c < &p->cells[p->partitions_n]) {
        order += c - p->cells;
        if (order->again) {
            for (int32_t i = 0; i < r->parts_n; i++) r->parts[i].again |= r->parts[i].partition == partition;
        }
        order->again = order->again && c->pending > 0;
    }
    r->batches++;
    return wire_bytes(w, r->connection->producer->fleet, n);
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

void producer_hurry(struct produce_connection *c, sim_time at)
{
    if (c->wants || (c->scheduled && c->drains_at <= at)) return;
    if (c->scheduled) kernel_cancel(&c->producer->world->data, c->drain);
    c->scheduled = false;
    producer_schedule(c, at);
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
sim_time producer_first_phase(struct produce_connection *c, sim_time open_ns)
{
    if (c->phased) return open_ns;
    c->phased = true;
    return (sim_time)((double)open_ns * rng_uniform(&c->producer->world->sends));
}

/* When will batches be full, if they are before linger.ms have passed? The k-th of n uniform times in (from, end] is
 * from + (end - from) * Beta(k, n - k + 1); and given when it comes, the k - 1 before it are uniform until then, which is what
 * cell_take() goes by. Returns the earliest, or SIM_NEVER. All cells were taken at `from`. */
sim_time producer_draw_fills(struct produce_connection *c, sim_time from)
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
void producer_schedule_next(struct produce_connection *c, sim_time now)
{
    struct producer *p = c->producer;
    struct world *w = p->world;
    if (p->collector && !c->scheduled && !c->wants) { /* looked at every so often: what comes in was intended before */
        const sim_time tick = COLLECTOR_TICK_MS * SIM_MS, waits = producer_config(p)->config.linger_ns;
        producer_schedule(c, now + producer_first_phase(c, waits > tick ? waits : tick));
        return;
    }
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
    sim_time ready = opened + producer_first_phase(c, linger), full = producer_draw_fills(c, opened);
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

/* What has come by `until` is pending. */
static void come(struct producer *p, struct cell *cell, sim_time since, sim_time until)
{
    if (p->collector)
        collector_admit(p, cell, until);
    else
        cell_take(p->world, cell, since, until, p->world->piece_end);
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
        come(p, cell, since, until);
        if (cell->pending == 0) continue;
        if (r && r->wire_bytes > limit) {
            *left = true;
            return r;
        }
        if (!r) r = produce_request_new(w, c);
        r->wire_bytes += drain_cell(w, r, cell, b->leads[i], fleet->batch_records_max);
        if (cell->pending > 0) *left = true;
    }
    int target = p->sticky ? partition_current(p->sticky) : -1;
    if (target < 0 || p->cells[target].leader != c->broker) return r;
    struct cell *pool = &p->cells[p->partitions_n];
    come(p, pool, since, until);
    if (pool->pending == 0) return r;
    if (!r) r = produce_request_new(w, c);
    double bytes = drain_cell(w, r, pool, p->partition_first + target, fleet->batch_records_max);
    r->wire_bytes += bytes;
    producer_move_sticky(p, bytes);
    int next = p->cells[partition_current(p->sticky)].leader;
    if (pool->pending > 0 && next == c->broker) *left = true;
    if (next >= 0 && next != c->broker) {
        if (pool->pending > 0 && p->blocked)
            producer_hurry(&p->connections[next], now);
        else if (pool->pending > 0)
            producer_schedule(&p->connections[next], now);
        else
            producer_schedule_next(&p->connections[next], now);
    }
    return r;
}

/* Everything that is ready for a broker, in as many requests as the in-flight limit allows. */
void producer_drain(struct produce_connection *c, sim_time now)
{
    const bool transactional = c->producer->transaction;
    bool wanted = c->wants;
    c->wants = false;
    if (!producer_send_again(c, now)) return;
    if (transactional && !transaction_may_send(c)) return; /* goes on when it has committed */
    for (bool left = true; left;) {
        if (c->in_flight >= producer_config(c->producer)->config.max_in_flight_requests_per_connection) {
            if (!wanted) c->wants_since = now;
            c->wants = true;
            if (sends_pool(c)) producer_queue_pool(c->producer, now);
            return; /* the next answer goes on */
        }
        struct produce_request *r = collect(c, now, &left);
        if (!r) break;
        produce_request_send(c->producer, c, r, now);
        wanted = false;
        c->open = false;
    }
    c->open = false;
    if (transactional && c->flushes) transaction_flushed(c);
    if (transactional && !transaction_may_send(c)) return;
    producer_schedule_next(c, now);
}

static void drain_event(struct kernel *k, void *connection, int64_t unused)
{
    (void)unused;
    struct produce_connection *c = connection;
    c->scheduled = false;
    producer_drain(c, k->now);
}
