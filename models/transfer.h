/* transfer.h: a message's way from the network card of one host through that of another, as TCP lets it go.
 *
 * A card is a queue of packets each way, of all connections, first come first served. A connection has at most a window of
 * bytes in it: what the receiver's socket buffer holds, or the sender's if that is smaller; more leaves as the first of it is
 * acknowledged. So on a card that is full connections get shares as their windows are, however long their messages, and no
 * connection is faster than a window a round trip. A message passes the second card while it leaves the first.
 *
 * Buffers: SO_SNDBUF and SO_RCVBUF as Kafka sets them, send.buffer.bytes and receive.buffer.bytes of brokers and clients; Linux
 * doubles what it is asked for and advertises half of that (tcp(7), tcp_adv_win_scale). -1 leaves them to the system, which lets
 * them grow: no limit here. Not modelled: slow start, loss, delayed acknowledgements.
 *
 * On the data plane's clock. Ownership: a struct transfer is its connection's; one message at a time. Cost: an event a message
 * up to a window, one more if the second card is busy; two events a window of a longer one; no allocation.
 */
#ifndef HEADROOM_MODELS_TRANSFER_H
#define HEADROOM_MODELS_TRANSFER_H

#include <stdint.h>

#include "event_queue.h"
#include "resource.h"

struct kernel;

struct transfer {
    struct kernel *kernel;
    struct link *from, *to;
    sim_time way;        /* from host to host */
    double window_bytes;
    const uint32_t *epoch; /* of whoever transfers: when it is another than it was, nothing comes of this */
    event_fn *arrived;   /* called with context and the epoch, at `priority`, when all of it is there */
    void *context;
    uint8_t priority;
    sim_time ahead_ns;   /* it may be called so much earlier, and `in` tells when all is there; else that is now */
    sim_time in;
    double left_bytes;  /* not sent, */
    double under_way;   /* sent last: its first byte is there at `first`, its last not before `last` */
    sim_time first, last;
};

/* The window of a connection between two sockets with such buffers; -1: the system's. */
double transfer_window_bytes(int64_t send_buffer_bytes, int64_t receive_buffer_bytes);

/* How much earlier a host may be told of a message that is not through its card yet: an event less, and threads and cores are
 * taken in an order that is wrong by as much. */
#define TRANSFER_AHEAD_NS ((sim_time)50000)

/* The fields down to `ahead_ns` are set. It leaves at `at`, now or later; the first of it is `away` on its way, which is longer
 * than `way` while nothing passes between two zones. */
void transfer_begin(struct transfer *t, sim_time at, double bytes, sim_time away);

#endif
