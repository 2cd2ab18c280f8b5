/* station.h: c servers with a bounded waiting room, on events: for what resource.h cannot do, where work
 * may be refused, or leave before it is served.
 *
 * First come first served. A job in service is finished; a waiting one may be withdrawn. done(kernel,
 * context, argument) is called when a job's service ends, at the station's priority, after its server was
 * freed and the next job, if any, had begun.
 *
 * Units: ns. Errors: bugs only (CHECK). Ownership: the arena's, sized once: servers + room jobs. Cost: an
 * event a job.
 */
#ifndef HEADROOM_SIM_STATION_H
#define HEADROOM_SIM_STATION_H

#include <stdbool.h>
#include <stdint.h>

#include "event_queue.h"
#include "sim_time.h"

struct station_job {
    sim_time service_ns;
    event_fn *done;
    void *context;
    int64_t argument;
    uint64_t ticket;       /* 0: free */
    int32_t before, after; /* in the line, or the free list; -1: none */
    bool waits;
};

struct station {
    struct kernel *kernel;
    struct station_job *jobs; /* [servers + room] */
    int32_t servers, room;
    int32_t busy, waiting;
    int32_t first, last, free_job;
    uint8_t priority;
    uint64_t tickets, refused, withdrawn, served;
    double busy_ns; /* service of jobs whose service has begun */
};

/* servers >= 1, room >= 0 places to wait; together at most 2^24. */
void station_init(struct station *, struct kernel *, struct arena *, int32_t servers, int32_t room,
                  uint8_t priority);
/* Returns the job's ticket, or 0: no server is free and the room is full. */
uint64_t station_arrive(struct station *, sim_time service_ns, event_fn *done, void *context,
                        int64_t argument);
/* Takes a waiting job away. False: it is in service, done, or gone. */
bool station_withdraw(struct station *, uint64_t ticket);

#endif
