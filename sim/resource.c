/* resource.c: what of resource.h is not inlined. */
#include "resource.h"

#include "arena.h"

/* Accepted work that is still ahead at t. */
static double work_ahead(sim_time free_at, sim_time work_from, sim_time t)
{
    sim_time from = t > work_from ? t : work_from;
    return free_at > from ? (double)(free_at - from) : 0;
}

void fifo_init(struct fifo *f)
{
    *f = (struct fifo){0};
}

double fifo_busy_ns(const struct fifo *f, sim_time t)
{
    CHECK(t >= f->last_arrival, "fifo: busy time at %lld, before the last arrival", (long long)t);
    return f->busy_ns - work_ahead(f->free_at, f->work_from, t);
}

void fifo_block(struct fifo *f, sim_time until)
{
    if (until > f->work_from) f->work_from = until;
    if (until > f->free_at) f->free_at = until;
}

void fifo_shift(struct fifo *f, sim_time by)
{
    f->free_at += by;
    f->last_arrival += by;
    f->work_from += by;
}

void pool_init(struct pool *p, struct arena *arena, int32_t servers)
{
    CHECK(servers >= 1 && servers <= 65536, "pool of %d servers", servers);
    *p = (struct pool){.servers = servers};
    p->free_at = ARENA_NEW(arena, sim_time, (size_t)servers);
}

/* The server that is free first takes `service` more from `begin` on. */
static inline sim_time take(struct pool *p, sim_time begin, sim_time service)
{
    CHECK(service >= 0, "pool: service of %lld ns", (long long)service);
    p->busy_ns += (double)service;
    p->served++;
    const sim_time departure = begin + service;
    /* The top's new time sinks to its place. */
    int32_t i = 0;
    for (int32_t child = 1; child < p->servers; child = 2 * i + 1) {
        if (child + 1 < p->servers && p->free_at[child + 1] < p->free_at[child]) child++;
        if (p->free_at[child] >= departure) break;
        p->free_at[i] = p->free_at[child];
        i = child;
    }
    p->free_at[i] = departure;
    return departure;
}

sim_time pool_serve(struct pool *p, sim_time arrival, sim_time service)
{
    CHECK(arrival >= p->last_arrival, "pool: arrival at %lld after one at %lld", (long long)arrival,
          (long long)p->last_arrival);
    p->last_arrival = arrival;
    return take(p, pool_begin(p, arrival), service);
}

sim_time pool_serve_from(struct pool *p, sim_time arrival, sim_time service, sim_time held)
{
    if (arrival > p->last_arrival) p->last_arrival = arrival;
    const sim_time begin = pool_begin(p, arrival);
    return take(p, begin, held > begin + service ? held - begin : service);
}

double pool_busy_ns(const struct pool *p, sim_time t)
{
    CHECK(t >= p->last_arrival, "pool: busy time at %lld, before the last arrival", (long long)t);
    double ahead = 0;
    for (int32_t i = 0; i < p->servers; i++)
        ahead += work_ahead(p->free_at[i], p->work_from, t);
    return p->busy_ns - ahead;
}

void pool_block(struct pool *p, sim_time until)
{
    if (until > p->work_from) p->work_from = until;
    /* Raising all that are below one bound to it keeps the heap a heap. */
    for (int32_t i = 0; i < p->servers; i++)
        if (p->free_at[i] < until) p->free_at[i] = until;
}

void pool_shift(struct pool *p, sim_time by)
{
    for (int32_t i = 0; i < p->servers; i++)
        p->free_at[i] += by;
    p->last_arrival += by;
    p->work_from += by;
}

void link_init(struct link *l, double bytes_per_s)
{
    *l = (struct link){0};
    link_set_rate(l, bytes_per_s);
}

void link_set_rate(struct link *l, double bytes_per_s)
{
    CHECK(bytes_per_s > 0, "link of %g bytes/s", bytes_per_s);
    l->ns_per_byte = 1e9 / bytes_per_s;
}
