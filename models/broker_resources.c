/* broker_resources.c: what of a broker can be busy; see broker_resources.h. */
#include "broker_resources.h"

#include "check.h"
#include "world.h"

const struct broker_resource broker_resources[BROKER_RESOURCES] = {
    [BROKER_CPU] = {"broker.cpu", "CPU of requests, replication and fetches"},
    [BROKER_DISK] = {"broker.disk", "log writes and flushes of leaders and followers, and cold reads"},
    [BROKER_NETWORK] = {"broker.network", "produce, replication and fetch traffic on one card"},
    [BROKER_IO_THREADS] = {"broker.io_threads", "requests handled by num.io.threads"},
    [BROKER_NETWORK_THREADS] = {"broker.network_threads", "requests read and answers sent by num.network.threads"},
};

static const struct pool *pool_of(const struct broker *b, int resource)
{
    switch (resource) {
    case BROKER_CPU: return &b->cpu;
    case BROKER_IO_THREADS: return &b->io_threads;
    case BROKER_NETWORK_THREADS: return &b->network_threads;
    default: return NULL;
    }
}

double broker_resource_servers(const struct broker *b, int resource)
{
    const struct pool *pool = pool_of(b, resource);
    return pool ? pool->servers : 1;
}

/* A reading is not before the latest arrival, which a pool or link may have been told ahead. */
static double fifo_reading(const struct fifo *f, sim_time now)
{
    return fifo_busy_ns(f, now > f->last_arrival ? now : f->last_arrival);
}

double broker_resource_busy_ns(const struct broker *b, int resource, sim_time now)
{
    const struct pool *pool = pool_of(b, resource);
    if (pool) return pool_busy_ns(pool, now > pool->last_arrival ? now : pool->last_arrival);
    CHECK(resource == BROKER_DISK || resource == BROKER_NETWORK, "resource %d", resource);
    const bool disk = resource == BROKER_DISK;
    const double one = fifo_reading(disk ? &b->disk.fifo : &b->network_in.fifo, now);
    const double other = fifo_reading(disk ? &b->disk_operations.fifo : &b->network_out.fifo, now);
    return one > other ? one : other;
}

double broker_resource_accepted_ns(const struct broker *b, int resource, double *pieces)
{
    const struct pool *pool = pool_of(b, resource);
    const struct fifo *fifo = &b->network_out.fifo;
    if (resource == BROKER_DISK)
        fifo = b->disk_operations.fifo.busy_ns > b->disk.fifo.busy_ns ? &b->disk_operations.fifo : &b->disk.fifo;
    *pieces = (double)(pool ? pool->served : fifo->served);
    return pool ? pool->busy_ns : fifo->busy_ns;
}
