/* transfer.c: see transfer.h. */
#include "transfer.h"

#include <math.h>

#include "kernel.h"

static const double PACKET_BYTES = 1460; /* the least window, whatever the buffers */

static double buffer(int64_t bytes)
{
    return bytes < 0 ? INFINITY : (double)bytes;
}

double transfer_window_bytes(int64_t send_buffer_bytes, int64_t receive_buffer_bytes)
{
    return fmax(PACKET_BYTES, fmin(buffer(send_buffer_bytes), buffer(receive_buffer_bytes)));
}

static bool is_void(const struct transfer *t, int64_t epoch)
{
    return *t->epoch != (uint32_t)epoch;
}

static void send_more(struct kernel *k, void *transfer, int64_t epoch);

/* All that is under way is through the second card at `in`. */
static void through(struct transfer *t, sim_time in, int64_t epoch)
{
    t->in = in;
    if (in > t->kernel->now + t->ahead_ns)
        kernel_at(t->kernel, in, t->priority, t->arrived, t->context, epoch);
    else
        t->arrived(t->kernel, t->context, epoch);
}

/* The last byte of a message that went at once is at the second card. */
static void passes(struct kernel *k, void *transfer, int64_t epoch)
{
    struct transfer *t = transfer;
    if (is_void(t, epoch)) return;
    through(t, link_pass(t->to, t->first, k->now, t->under_way), epoch);
}

/* The first byte of a window is. */
static void window_passes(struct kernel *k, void *transfer, int64_t epoch)
{
    struct transfer *t = transfer;
    if (is_void(t, epoch)) return;
    const sim_time begins = link_begin(t->to, k->now), served = link_send(t->to, k->now, t->under_way);
    if (t->left_bytes > 0)
        kernel_at(k, begins + t->way, t->priority, send_more, t, epoch);
    else
        through(t, served > t->last ? served : t->last, epoch);
}

static void send_window(struct transfer *t, sim_time at, sim_time away)
{
    t->under_way = fmin(t->left_bytes, t->window_bytes);
    t->left_bytes -= t->under_way;
    if (at < t->from->fifo.last_arrival) at = t->from->fifo.last_arrival; /* in the order of calls */
    t->first = link_begin(t->from, at) + away;
    t->last = link_send(t->from, at, t->under_way) + away;
}

static void send_more(struct kernel *k, void *transfer, int64_t epoch)
{
    struct transfer *t = transfer;
    if (is_void(t, epoch)) return;
    send_window(t, k->now, t->way);
    kernel_at(k, t->first, t->priority, window_passes, t, epoch);
}

void transfer_begin(struct transfer *t, sim_time at, double bytes, sim_time away)
{
    t->left_bytes = bytes;
    send_window(t, at, away);
    if (t->left_bytes > 0)
        kernel_at(t->kernel, t->first, t->priority, window_passes, t, *t->epoch);
    else
        kernel_at(t->kernel, t->last, t->priority, passes, t, *t->epoch);
}
