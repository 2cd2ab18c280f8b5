/* producer_requests.c: produce requests from sending to the answer, and their retries; see producer.h. */
#include <math.h>

#include "arena.h"
#include "broker.h"
#include "cell.h"
#include "cluster.h"
#include "producer.h"
#include "producer_parts.h"
#include "telemetry.h"

/* Retries come after retry.backoff.ms, twice that, and so on, each 20 % more or less (CommonClientConfigs). */
static const double RETRY_JITTER = 0.2;

struct produce_request *produce_request_new(struct world *w, struct produce_connection *c)
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

void produce_request_send(struct producer *p, struct produce_connection *c, struct produce_request *r, sim_time now)
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
    if (c->wants) producer_drain(c, k->now);
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
