/* collector.h: HTTP servers in front of a fleet's producers, one in each instance.
 *
 * What is modelled. Records come in requests of records_per_request; a request takes cpu of one of the server's cores, first come,
 * first served, and then its records are sent by the instance's producer. An instance at which queue requests wait answers 503 to
 * more: their records are rejected. All latencies count from the record's intended time, so the wait here is in them. A producer
 * whose buffer is full holds records here too.
 *
 * The queue is followed by its *frontier*: all that was intended until then has been served. It is advanced in ticks of
 * COLLECTOR_TICK_MS, each with the records drawn for it, and linear in between; the cores serve as one that is as fast as all, and
 * a request then takes the rest of its own time.
 *
 *      intended   frontier(now)      now
 *   -------------------+--------------+-------->
 *      at the producer | in the queue | to come
 *
 * Instances come and go with how busy they are (autoscale.h).
 *
 * Times: data-plane ns; of autoscaling, the calendar's. Memory: the arena's, fixed. Cost: an event a tick and instance; nothing for
 * fleets without one.
 */
#ifndef HEADROOM_MODELS_COLLECTOR_H
#define HEADROOM_MODELS_COLLECTOR_H

#include "world.h"

enum { COLLECTOR_TICK_MS = 5 };

void collectors_init(struct world *w);
/* A piece begins, and what it brings is in the cells. */
void collector_piece_ready(struct producer *p);
/* What was intended until the frontier comes to the producer, of one cell. */
void collector_admit(struct producer *p, struct cell *cell, sim_time now);
/* RESOLUTION_RECORD: a record arrives. False: with 503. */
bool collector_accepts(struct producer *p);
/* Work that its cores have done, ns; 0: it has none. */
double collector_busy_ns(const struct producer *p);
/* Its instance crashed: what waited in it is gone. */
void collector_crashed(struct producer *p);

/* Instances of a fleet at its largest. */
static inline int collector_instances_max(const struct scenario_producer *p)
{
    return p->collector.cpu_ns > 0 && p->collector.instances_max > p->instances ? p->collector.instances_max : p->instances;
}

#endif
