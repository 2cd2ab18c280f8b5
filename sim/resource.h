/* resource.h: servers whose departure times are known at arrival, so that they need no events.
 *
 *   fifo  one server, first come first served (Lindley 1952): departure = max(arrival, free_at) + service
 *   pool  c servers, one queue (Kiefer & Wolfowitz 1955): the server that is free first takes the next
 *   link  a fifo of bytes at a rate; fractions of a nanosecond are carried, so the long-run rate is exact
 *
 * Times are ns. Arrivals must not go back in time (CHECK); service >= 0. A pool's departures may overtake, and the stage
 * behind it, which is told in the order of arrivals here, takes them by pool_serve_from().
 *   _busy_ns(t)  time the servers worked until t, t not before the latest arrival; the difference of two
 *                readings over (servers x time between) is the utilisation
 *   _shift       moves all state later by a skip of the clock, queue kept
 *   _carry       so much more (or less) work is waiting, done or come by while the clock was skipped: not busy time
 *   _block       nothing new begins before `until` (a stall, a restart), after what was accepted is done;
 *                blocked time is not busy time, and work accepted before a block counts as done at once
 *
 * Errors: bugs only. Ownership: a pool's array is the arena's; fifo and link allocate nothing. Cost: fifo and
 * link ~1 ns, pool O(log servers).
 */
#ifndef HEADROOM_SIM_RESOURCE_H
#define HEADROOM_SIM_RESOURCE_H

#include <stdint.h>

#include "check.h"
#include "sim_time.h"

struct arena;

struct fifo {
    sim_time free_at; /* when what has arrived so far is done */
    sim_time last_arrival;
    sim_time work_from; /* the end of the last block */
    double busy_ns;     /* accepted service, with what is still to be done */
    uint64_t served;
};

void fifo_init(struct fifo *); /* all zeroes: idle */

/* Returns the departure. */
static inline sim_time fifo_serve(struct fifo *f, sim_time arrival, sim_time service)
{
    CHECK(arrival >= f->last_arrival, "fifo: arrival at %lld after one at %lld", (long long)arrival,
          (long long)f->last_arrival);
    CHECK(service >= 0, "fifo: service of %lld ns", (long long)service);
    f->last_arrival = arrival;
    if (arrival > f->free_at) f->free_at = arrival;
    f->free_at += service;
    f->busy_ns += (double)service;
    f->served++;
    return f->free_at;
}

/* Time an arrival at t would wait. */
static inline sim_time fifo_backlog(const struct fifo *f, sim_time t)
{
    return f->free_at > t ? f->free_at - t : 0;
}

double fifo_busy_ns(const struct fifo *, sim_time t);
/* Between arrivals, on a fifo that is busy and stays so. */
static inline void fifo_carry(struct fifo *f, sim_time by)
{
    CHECK(f->free_at + by >= f->last_arrival, "fifo: %lld ns of work carried away", (long long)-by);
    f->free_at += by;
    f->busy_ns += (double)by;
}
void fifo_block(struct fifo *, sim_time until);
void fifo_shift(struct fifo *, sim_time by);

struct pool {
    sim_time *free_at; /* [servers], a binary heap, least first */
    int32_t servers;
    sim_time last_arrival;
    sim_time work_from; /* the end of the last block */
    double busy_ns;     /* accepted service, with what is still to be done */
    uint64_t served;
};

/* servers 1..65536. */
void pool_init(struct pool *, struct arena *, int32_t servers);
sim_time pool_serve(struct pool *, sim_time arrival, sim_time service);
/* The same where `arrival` may lie before the latest one: first called, first served. The server does nothing else before
 * `held`, which counts as work: it waits for room further on. */
sim_time pool_serve_from(struct pool *, sim_time arrival, sim_time service, sim_time held);
/* When a server takes up what arrives at t. */
static inline sim_time pool_begin(const struct pool *p, sim_time t)
{
    return p->free_at[0] > t ? p->free_at[0] : t;
}
/* Time an arrival at t would wait. */
static inline sim_time pool_backlog(const struct pool *p, sim_time t)
{
    return p->free_at[0] > t ? p->free_at[0] - t : 0;
}
double pool_busy_ns(const struct pool *, sim_time t);
void pool_block(struct pool *, sim_time until);
void pool_shift(struct pool *, sim_time by);

struct link {
    double ns_per_byte;
    double carry_ns; /* in [0, 1): part of a nanosecond not yet charged */
    double bytes;    /* sent since the start */
    struct fifo fifo;
};

/* bytes_per_s > 0. */
void link_init(struct link *, double bytes_per_s);
/* Changing the rate leaves what was accepted as it is. */
void link_set_rate(struct link *, double bytes_per_s);

/* Returns when the last byte has been sent; bytes >= 0. */
static inline sim_time link_send(struct link *l, sim_time arrival, double bytes)
{
    CHECK(bytes >= 0 && bytes * l->ns_per_byte < 4e18, "link: %g bytes", bytes);
    double exact = bytes * l->ns_per_byte + l->carry_ns;
    sim_time whole = (sim_time)exact;
    l->carry_ns = exact - (double)whole;
    l->bytes += bytes;
    return fifo_serve(&l->fifo, arrival, whole);
}

static inline sim_time link_backlog(const struct link *l, sim_time t)
{
    return fifo_backlog(&l->fifo, t);
}

static inline double link_busy_ns(const struct link *l, sim_time t)
{
    return fifo_busy_ns(&l->fifo, t);
}

static inline void link_shift(struct link *l, sim_time by)
{
    fifo_shift(&l->fifo, by);
}

#endif
