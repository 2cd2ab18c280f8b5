/* broker_channel.c: what a broker reads from a producer's connection; see broker_channel.h. */
#include "broker_channel.h"

#include "broker.h"
#include "cluster.h"
#include "producer.h"

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
        r->buffered_at = link_send(&w->cluster.brokers[c->broker].network_in, w->data.now, bytes);
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

static void begin(struct world *w, struct produce_request *r, sim_time in)
{
    struct produce_channel *channel = &r->connection->channel;
    channel->served = r;
    channel->served_attempt = r->attempt;
    broker_read(w, r, in);
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
    sim_time in = r->buffered_at > now ? r->buffered_at : now;
    if (channel->arriving == r) {
        in = link_send(&w->cluster.brokers[c->broker].network_in, now, r->wire_bytes - r->buffered_bytes);
        channel->arriving = r->next_in_socket;
    }
    buffer_up(w, c);
    begin(w, r, in);
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
    if (!channel->served && !channel->first && channel->muted_until <= w->data.now) {
        begin(w, r, link_send(&w->cluster.brokers[c->broker].network_in, w->data.now, r->wire_bytes));
        return;
    }
    r->next_in_socket = NULL;
    r->buffered_bytes = 0;
    r->buffered_at = w->data.now;
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
