/* broker_channel.c: what a broker reads from a producer's connection; see broker_channel.h. */
#include "broker_channel.h"

#include <math.h>

#include "broker.h"
#include "cluster.h"
#include "producer.h"
#include "transfer.h"

static struct link *card_of(struct world *w, const struct produce_connection *c)
{
    return &w->cluster.brokers[c->broker].network_in;
}

/* What waits comes through the network card, in its order, as far as the receive buffer has room. */
static void buffer_up(struct world *w, struct produce_connection *c)
{
    struct produce_channel *channel = &c->channel;
    const double limit = (double)w->scenario->cluster.config.socket_receive_buffer_bytes;
    struct produce_request *r;
    while ((r = channel->arriving) && (limit < 0 || channel->buffered_bytes < limit)) {
        const double rest = r->wire_bytes - r->buffered_bytes, room = limit - channel->buffered_bytes;
        const bool whole = limit < 0 || rest <= room;
        const double bytes = whole ? rest : room;
        r->buffered_at = link_send(card_of(w, c), w->data.now, bytes);
        if (r->buffered_at < r->last_at) r->buffered_at = r->last_at;
        r->buffered_bytes += bytes;
        channel->buffered_bytes += bytes;
        if (!whole) return;
        channel->arriving = r->next_in_socket;
    }
}

static struct produce_request *take_first(struct produce_channel *channel)
{
    struct produce_request *r = channel->first;
    channel->first = r->next_in_socket;
    channel->buffered_bytes = channel->first ? channel->buffered_bytes - r->buffered_bytes : 0;
    return r;
}

static double window_bytes(const struct world *w, const struct produce_connection *c)
{
    return transfer_window_bytes(w->scenario->producers[c->producer->fleet].config.send_buffer_bytes,
                                 w->scenario->cluster.config.socket_receive_buffer_bytes);
}

bool broker_channel_windows(const struct world *w, const struct produce_request *r)
{
    return r->wire_bytes > window_bytes(w, r->connection);
}

/* It is read when all of it is through the card, by `in`. */
static void read_at(struct world *w, struct produce_request *r, sim_time in)
{
    const int64_t attempt = broker_attempt(&w->cluster.brokers[r->connection->broker], r->attempt);
    r->read_at = in > w->data.now ? in : w->data.now;
    if (in > w->data.now + TRANSFER_AHEAD_NS)
        kernel_at(&w->data, in, 1, broker_on_read, r, attempt);
    else
        broker_on_read(&w->data, r, attempt);
}

/* The rest of it comes through the card, a window at a time. */
static void come_in(struct kernel *k, void *request, int64_t attempt)
{
    struct produce_request *r = request;
    const struct produce_connection *c = r->connection;
    struct world *w = c->producer->world;
    const struct broker *b = &w->cluster.brokers[c->broker];
    if (!b->up || attempt != broker_attempt(b, r->attempt)) { /* there is nothing to come to, or to come from */
        broker_on_read(k, r, attempt);
        return;
    }
    const double rest = r->wire_bytes - r->buffered_bytes, bytes = fmin(rest, window_bytes(w, c));
    const sim_time begins = link_begin(card_of(w, c), k->now), in = link_send(card_of(w, c), k->now, bytes);
    r->buffered_bytes += bytes;
    if (bytes < rest)
        kernel_at(k, begins + 2 * cluster_way_ns(w, c->producer->zone, b->zone), 1, come_in, r, attempt);
    else
        read_at(w, r, in > r->last_at ? in : r->last_at);
}

static void begin(struct produce_request *r)
{
    struct produce_channel *channel = &r->connection->channel;
    channel->served = r;
    channel->served_attempt = r->attempt;
}

static void unmuted(struct kernel *k, void *connection, int64_t unused);

static void read_next(struct world *w, struct produce_connection *c)
{
    struct produce_channel *channel = &c->channel;
    const sim_time now = w->data.now;
    if (channel->served || !channel->first) return;
    if (channel->muted_until > now) {
        if (!channel->unmutes) kernel_at(&w->data, channel->muted_until, 1, unmuted, c, 0);
        channel->unmutes = true;
        return;
    }
    struct produce_request *r = take_first(channel);
    const bool whole = channel->arriving != r;
    if (!whole) channel->arriving = r->next_in_socket;
    begin(r);
    if (whole)
        read_at(w, r, r->buffered_at);
    else
        come_in(&w->data, r, broker_attempt(&w->cluster.brokers[c->broker], r->attempt));
    buffer_up(w, c);
}

static void unmuted(struct kernel *k, void *connection, int64_t unused)
{
    (void)k;
    (void)unused;
    struct produce_connection *c = connection;
    c->channel.unmutes = false;
    read_next(c->producer->world, c);
}

void broker_channel_arrives(struct world *w, struct produce_request *r)
{
    struct produce_connection *c = r->connection;
    struct produce_channel *channel = &c->channel;
    r->next_in_socket = NULL;
    r->buffered_bytes = 0;
    r->buffered_at = w->data.now;
    if (!channel->served && !channel->first && channel->muted_until <= w->data.now) {
        begin(r);
        if (w->data.now < r->last_at)
            come_in(&w->data, r, broker_attempt(&w->cluster.brokers[c->broker], r->attempt));
        else
            read_at(w, r, link_pass(card_of(w, c), r->first_at, r->last_at, r->wire_bytes));
        return;
    }
    if (channel->first)
        channel->last->next_in_socket = r;
    else
        channel->first = r;
    channel->last = r;
    if (!channel->arriving) channel->arriving = r;
    buffer_up(w, c);
    read_next(w, c);
}

void broker_channel_answers(struct world *w, const struct produce_request *r, int32_t attempt)
{
    struct produce_channel *channel = &r->connection->channel;
    if (channel->served != r || channel->served_attempt != attempt) return;
    channel->served = NULL;
    read_next(w, r->connection);
}

/* What waited, as a list. */
static struct produce_request *renew(struct produce_channel *channel)
{
    struct produce_request *first = channel->first;
    channel->served = channel->first = channel->last = channel->arriving = NULL;
    channel->buffered_bytes = 0;
    return first;
}

void broker_channel_close(struct produce_connection *c)
{
    for (struct produce_request *r = renew(&c->channel), *next; r; r = next) {
        next = r->next_in_socket;
        producer_attempt_over(c->producer->world, r);
    }
}

void broker_channels_lose(struct world *w, int broker, void lost(struct world *w, struct produce_request *r))
{
    for (int f = 0; f < w->scenario->producers_n; f++) {
        for (int i = 0; i < w->fleets[f].n; i++) {
            for (struct produce_request *r = renew(&w->fleets[f].instances[i].connections[broker].channel), *next; r; r = next) {
                next = r->next_in_socket;
                lost(w, r);
            }
        }
    }
}
