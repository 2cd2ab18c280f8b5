/* broker_channel.h: what a broker reads from a producer's connection: one request at a time.
 *
 * SocketServer mutes a connection's channel when it has read a request and unmutes it when the answer is sent ("only a
 * single in-flight request per connection", Kafka protocol guide), so requests are handled in their order, and with acks=all
 * one in purgatory holds those pipelined behind it. They wait in the socket, whose receive buffer takes
 * socket.receive.buffer.bytes of them through the network card meanwhile; the rest comes as there is room. So
 * max.in.flight.requests.per.connection hides the network's time, not the broker's. A quota mutes in the same way.
 * Fetches need none of this: a consumer or a follower's fetcher has one at a time under way to a broker.
 *
 * A connection that its client closes, or whose broker goes down, is a new channel from then on.
 *
 * On the data plane's clock. Cost: a list through the requests; no allocation.
 */
#ifndef HEADROOM_MODELS_BROKER_CHANNEL_H
#define HEADROOM_MODELS_BROKER_CHANNEL_H

#include "world.h"

/* A request arrives at a broker that is up: broker_read() follows, now or when the channel comes to it. */
void broker_channel_arrives(struct world *w, struct produce_request *r);
/* The answer to that attempt is sent, or with acks=0 it is handled: the next request may be read. */
void broker_channel_answers(struct world *w, const struct produce_request *r, int32_t attempt);

/* The client closes the connection: what waits in the socket is never read. */
void broker_channel_close(struct produce_connection *c);
/* The broker is gone, and all its connections with it: what waits in them goes to `lost`. */
void broker_channels_lose(struct world *w, int broker, void lost(struct world *w, struct produce_request *r));

#endif
