/* producer_requests.c: produce requests from sending to the answer, and their retries; see producer.h. */
#include <math.h>

#include "arena.h"
#include "broker.h"
#include "broker_channel.h"
#include "cell.h"
#include "check.h"
#include "cluster.h"
#include "group.h"
#include "producer.h"
#include "producer_parts.h"
#include "telemetry.h"
#include "transaction.h"

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

/* --- Lists ------------------------------------------------------------------------------------------- */

static void list_push(struct request_list *list, struct produce_request *r)
{
    r->before = list->last;
    r->next = NULL;
    if (list->last)
        list->last->next = r;
    else
        list->first = r;
    list->last = r;
}

static void list_remove(struct request_list *list, struct produce_request *r)
{
    if (r->before)
        r->before->next = r->next;
    else
        list->first = r->next;
    if (r->next)
        r->next->before = r->before;
    else
        list->last = r->before;
}

/* --- Being over ---------------------------------------------------------------------------------------- */

/* Nobody will append what is left of it. */
static void reject_rest(struct world *w, struct produce_request *r, enum reject_reason why)
{
    for (int i = 0; i < r->parts_n; i++) {
        struct produce_part *part = &r->parts[i];
        if (part->appended || part->records == 0) continue;
        w->in_requests -= part->records;
        world_reject(w, why, part->records);
        part->records = 0;
    }
}

static void settle(struct world *w, struct produce_request *r)
{
    if (r->state != PRODUCE_OVER || r->events > 0) return;
    if (r->given_up) reject_rest(w, r, r->given_up_for);
    r->given_up = false;
    if (r->waiting > 0) return;
    r->next_free = w->free_requests;
    w->free_requests = r;
}

void producer_attempt_over(struct world *w, struct produce_request *r)
{
    CHECK(r->events > 0, "an attempt ends that was not under way");
    r->events--;
    settle(w, r);
}

/* Leaves the list it is in. */
static void leave(struct produce_request *r)
{
    struct produce_connection *c = r->connection;
    if (r->state == PRODUCE_IN_FLIGHT) {
        list_remove(&c->unanswered, r);
        c->in_flight--;
    } else if (r->state == PRODUCE_TO_RETRY) {
        list_remove(&c->again, r);
    }
}

static void end(struct produce_request *r)
{
    leave(r);
    if (r->state != PRODUCE_OVER) r->connection->in_flight_batches -= r->batches;
    r->state = PRODUCE_OVER;
}

/* Its sender is told that it failed. What is at a broker may be appended all the same: then it is not rejected. */
static void give_up(struct world *w, struct produce_request *r, enum reject_reason why)
{
    end(r);
    r->given_up = true;
    r->given_up_for = why;
    settle(w, r);
}

void producer_abandon(struct produce_connection *c)
{
    if (producer_config(c->producer)->config.acks != ACKS_0) broker_channel_close(c); /* else nothing there waits for long */
    while (c->unanswered.first) give_up(c->producer->world, c->unanswered.first, REJECT_PRODUCER_GONE);
    while (c->again.first) give_up(c->producer->world, c->again.first, REJECT_PRODUCER_GONE);
}

/* --- Sending and the answer ----------------------------------------------------------------------------- */

static void transmit(struct produce_request *r, sim_time now)
{
    struct produce_connection *c = r->connection;
    struct producer *p = c->producer;
    struct world *w = p->world;
    const struct calibration_producer_client *client = &w->calibration->kafka_producer_client;
    sim_time built = fifo_serve(&p->cpu, now, (sim_time)(r->batches * client->batch_ns + client->request_ns));
    sim_time gone = link_send_in_order(&p->network_out, built, r->wire_bytes);
    telemetry_request_sent(w);
    sim_time arrives = gone + cluster_hop_ns(w, p->zone, w->cluster.brokers[c->broker].zone);
    kernel_at(&w->data, arrives, 1, broker_on_produce, r, broker_attempt(&w->cluster.brokers[c->broker], r->attempt));
    if (producer_config(p)->config.acks != ACKS_0) return;
    r->events++;
    kernel_at(&w->data, gone, 1, producer_on_ack, r, r->attempt);
}

/* In flight from now on; it counts as an event under way. */
static void begin_attempt(struct produce_connection *c, struct produce_request *r, sim_time now)
{
    r->sent = now;
    r->failed_by = 0;
    r->state = PRODUCE_IN_FLIGHT;
    list_push(&c->unanswered, r);
    c->in_flight++;
    r->events++;
}

void produce_request_send(struct producer *p, struct produce_connection *c, struct produce_request *r, sim_time now)
{
    struct world *w = p->world;
    /* Records were serialised, partitioned and compressed as they came, on the application's threads; the sender's own
     * thread closes batches and builds the request. */
    p->append_ns += (double)r->records * w->fleets[p->fleet].cpu_ns_per_record;
    w->in_requests += r->records;
    c->in_flight_batches += r->batches;
    begin_attempt(c, r, now);
    if (!p->transaction || transaction_on_send(p, r)) transmit(r, now);
}

void produce_request_transmit(struct world *w, struct produce_request *r)
{
    if (r->state == PRODUCE_IN_FLIGHT && r->attempt == 0)
        transmit(r, w->data.now);
    else /* it waited too long for that */
        producer_attempt_over(w, r);
}

void producer_on_ack(struct kernel *k, void *request, int64_t attempt)
{
    struct produce_request *r = request;
    struct produce_connection *c = r->connection;
    struct world *w = c->producer->world;
    const bool late = r->state != PRODUCE_IN_FLIGHT || r->attempt != attempt; /* its connection is closed */
    if (!late) {
        telemetry_produced(w, r, k->now);
        if (r->parts_n > 0) c->retries = 0;
        end(r);
    }
    producer_attempt_over(w, r);
    if (late) return;
    if (c->producer->blocked && producer_config(c->producer)->on_overload == OVERLOAD_BLOCK) producer_mind_buffer(c->producer, k->now);
    if (c->wants) producer_drain(c, k->now);
    if (c->producer->transaction) transaction_mind(c->producer);
}

void producer_request_over(struct world *w, struct produce_request *r)
{
    struct produce_connection *c = r->connection;
    const bool in_flight = r->state == PRODUCE_IN_FLIGHT;
    end(r);
    settle(w, r);
    if (in_flight && c->wants) producer_schedule(c, w->data.now);
}

/* --- Failures and retries ------------------------------------------------------------------------------- */

bool producer_retries(const struct produce_request *r, const struct produce_part *part, int32_t attempt)
{
    return (int64_t)part->attempts + attempt < producer_config(r->connection->producer)->config.retries;
}

/* All of it, after the attempt under way. */
static bool is_retried(const struct produce_request *r)
{
    bool all = producer_retries(r, &(struct produce_part){0}, r->attempt);
    for (int i = 0; i < r->parts_n && all; i++) all = r->parts[i].records == 0 || producer_retries(r, &r->parts[i], r->attempt);
    return all;
}

void producer_failed(struct world *w, struct produce_request *r, enum produce_error why)
{
    if (r->failed_by >> why & 1) return;
    w->requests_failed[why] += w->weight;
    const struct scenario_producer *config = producer_config(r->connection->producer);
    if (r->failed_by == 0 && config->config.acks != ACKS_0 && is_retried(r)) w->requests_retried += w->weight;
    r->failed_by |= 1u << why;
}

static sim_time back_off(struct produce_connection *c)
{
    const struct scenario_producer *config = producer_config(c->producer);
    double wait = ldexp((double)config->config.retry_backoff_ns, c->retries);
    double most = (double)config->config.retry_backoff_max_ns;
    if (c->retries < 30) c->retries++;
    return (sim_time)((wait < most ? wait : most) * (1 + RETRY_JITTER * (2 * rng_uniform(&c->producer->world->sends) - 1)));
}

void producer_take_back(struct world *w, const struct produce_request *r, const struct produce_part *part, int32_t attempt)
{
    struct producer *p = r->connection->producer;
    const int index = part->partition - p->partition_first;
    struct cell *cell = &p->cells[index];
    if (!producer_retries(r, part, attempt)) {
        world_reject(w, REJECT_RETRIES, part->records);
        return;
    }
    cell_put_back(w, cell, part);
    if (p->resent) {
        struct resent *resent = &p->resent[index];
        const int32_t attempts = part->attempts + attempt + 1;
        if (resent->records == 0 || attempts > resent->attempts) resent->attempts = attempts;
        resent->records += part->records;
    }
    if (p->order) p->order[index].again = true;
    p->fullest = INT64_MAX;
    if (cell->leader < 0 || p->connections[cell->leader].scheduled) return;
    struct produce_connection *next = &p->connections[cell->leader];
    producer_schedule(next, w->data.now + back_off(next));
}

void producer_note_order(struct producer *p, const struct produce_part *part, bool twice)
{
    struct sent_order *order = &p->order[part->partition - p->partition_first];
    int64_t behind = 0;
    if (part->again && part->last < order->appended_to) {
        behind = part->records;
    } else if (part->again && !twice && part->first < order->appended_to) { /* its older ones alone */
        behind = (int64_t)((double)part->records * ((double)(order->appended_to - part->first) / (double)(part->last - part->first)));
    }
    p->world->cluster.partitions[part->partition].reordered += behind;
    if (part->last > order->appended_to) order->appended_to = part->last;
}

/* It goes to the end of what is to be sent again. */
static void queue_again(struct produce_request *r, struct produce_connection *c)
{
    leave(r);
    if (r->connection != c) {
        r->connection->in_flight_batches -= r->batches;
        c->in_flight_batches += r->batches;
        r->connection = c;
    }
    r->attempt++;
    r->state = PRODUCE_TO_RETRY;
    r->fresh_records = 0;
    r->oldest = SIM_NEVER;
    for (int i = 0; i < r->parts_n; i++) {
        r->parts[i].again = true;
        r->parts[i].fresh = false;
        if (r->parts[i].records > 0 && r->parts[i].first < r->oldest) r->oldest = r->parts[i].first;
    }
    list_push(&c->again, r);
}

static void wait_again(struct produce_connection *c, sim_time now)
{
    c->again_at = now + back_off(c);
    c->wants = false; /* no answer will come that could go on */
    producer_unopen(c, now);
    if (c->scheduled && c->drains_at > c->again_at) {
        kernel_cancel(&c->producer->world->data, c->drain);
        c->scheduled = false;
    }
    producer_schedule(c, c->again_at);
}

void producer_request_broken(struct world *w, struct produce_request *r)
{
    struct produce_connection *c = r->connection;
    bool anything = false;
    for (int i = 0; i < r->parts_n; i++) anything |= r->parts[i].records > 0;
    if (!anything) {
        producer_request_over(w, r);
        return;
    }
    if (is_retried(r))
        queue_again(r, c);
    else
        give_up(w, r, REJECT_RETRIES);
    wait_again(c, w->data.now);
}

/* What of it is not this connection's to send goes back into the accumulator; returns the connection that sends the rest, or
 * NULL if its leader is not known. `left` tells whether there is a rest. */
static struct produce_connection *route(struct world *w, struct produce_request *r, bool *left)
{
    struct produce_connection *c = r->connection;
    struct producer *p = c->producer;
    const bool idempotent = producer_config(p)->config.enable_idempotence;
    int32_t kept = 0, batches = 0, partition = -1;
    int64_t records = 0;
    for (int i = 0; i < r->parts_n; i++) {
        struct produce_part *part = &r->parts[i];
        if (part->records == 0) continue;
        if (p->cells[part->partition - p->partition_first].leader != c->broker && !(part->appended && idempotent)) {
            if (part->appended)
                groups_on_duplicate(w, &w->cluster.partitions[part->partition], part->records);
            else
                w->in_requests -= part->records;
            producer_take_back(w, r, part, r->attempt - 1); /* this one was not sent */
            continue;
        }
        batches += part->partition != partition; /* at RESOLUTION_RECORD a batch has many parts */
        partition = part->partition;
        records += part->records;
        r->parts[kept++] = *part;
    }
    r->parts_n = kept;
    *left = kept > 0;
    if (kept == 0) return NULL;
    r->wire_bytes *= (double)records / (double)r->records;
    r->records = records;
    c->in_flight_batches += batches - r->batches;
    r->batches = batches;
    const int leader = p->cells[r->parts[0].partition - p->partition_first].leader;
    return leader < 0 ? NULL : &p->connections[leader];
}

bool producer_send_again(struct produce_connection *c, sim_time now)
{
    struct world *w = c->producer->world;
    while (c->again.first) {
        struct produce_request *r = c->again.first;
        if (now < c->again_at) {
            producer_schedule(c, c->again_at);
            return false;
        }
        if (c->in_flight >= producer_config(c->producer)->config.max_in_flight_requests_per_connection) {
            if (!c->wants) c->wants_since = now;
            c->wants = true;
            return false;
        }
        bool left;
        struct produce_connection *to = route(w, r, &left);
        if (!left) {
            producer_request_over(w, r);
        } else if (!to) {
            wait_again(c, now);
            return false;
        } else if (to != c) {
            r->attempt--; /* it was not sent */
            queue_again(r, to);
            if (to->again.first == r) to->again_at = now;
            producer_schedule(to, to->again_at);
        } else {
            leave(r);
            begin_attempt(c, r, now);
            transmit(r, now);
        }
    }
    return true;
}

void producer_mind_requests(struct produce_connection *c, sim_time now)
{
    struct world *w = c->producer->world;
    const struct scenario_producer *config = producer_config(c->producer);
    while (c->again.first && c->again.first->oldest < now - config->config.delivery_timeout_ns)
        give_up(w, c->again.first, REJECT_DELIVERY_TIMEOUT);
    if (config->config.acks == ACKS_0 || !c->unanswered.first) return;
    const sim_time before = now - config->config.request_timeout_ns;
    if (c->unanswered.first->sent > before) return;
    broker_channel_close(c);
    struct request_list earlier = c->again; /* those sent now are older than those that wait to be sent again */
    c->again = (struct request_list){NULL, NULL};
    while (c->unanswered.first) {
        struct produce_request *r = c->unanswered.first;
        producer_failed(w, r, r->sent <= before ? PRODUCE_REQUEST_TIMED_OUT : PRODUCE_NETWORK_EXCEPTION);
        if (is_retried(r))
            queue_again(r, c);
        else
            give_up(w, r, REJECT_RETRIES);
    }
    if (!c->again.first) {
        c->again = earlier;
    } else if (earlier.first) {
        c->again.last->next = earlier.first;
        earlier.first->before = c->again.last;
        c->again.last = earlier.last;
    }
    wait_again(c, now);
}
