/* broker_resources.h: what of a broker can be busy, in one table.
 *
 * Cores, disk and network card are hardware; network threads (num.network.threads) and I/O threads (num.io.threads) are
 * Kafka's own limits on it. A thread is busy while it has a request in hand: Kafka's NetworkProcessorAvgIdlePercent and
 * RequestHandlerAvgIdlePercent are the rest.
 */
#ifndef HEADROOM_MODELS_BROKER_RESOURCES_H
#define HEADROOM_MODELS_BROKER_RESOURCES_H

#include "sim_time.h"

struct broker;

enum { BROKER_CPU, BROKER_DISK, BROKER_NETWORK, BROKER_IO_THREADS, BROKER_NETWORK_THREADS, BROKER_RESOURCES };

struct broker_resource {
    const char *name; /* "broker.cpu" */
    const char *what; /* keeps it busy, in words */
};
extern const struct broker_resource broker_resources[BROKER_RESOURCES];

/* Work it can do at a time: cores, threads; 1 for the others. */
double broker_resource_servers(const struct broker *b, int resource);
/* Work done until `now`, ns; of the two directions of the network, and of a disk's throughput and operations, the busier. */
double broker_resource_busy_ns(const struct broker *b, int resource, sim_time now);
/* Work accepted so far, done or not, and in how many pieces. */
double broker_resource_accepted_ns(const struct broker *b, int resource, double *pieces);

#endif
