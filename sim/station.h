/* station.h: c servers with a bounded waiting room, on events: for what resource.h cannot do, where work
 * may be refused, leave before it is served, be overtaken, or be interrupted.
 *
 * Jobs are served by class, class 0 first, and first come first served within one. A job in service is
 * finished (priority without preemption); a waiting one may be withdrawn. done(kernel, context, argument) is
 * called when a job's service ends, at the station's priority, after its server was freed and the next job,
 * if any, had begun.
 *
 * While stopped (a breakdown) no work is done: jobs arrive as ever and may take a free server, and
 * station_start() goes on with the service that was left.
 *
 * Units: ns. Errors: bugs only (CHECK). Ownership: the arena's, sized once: servers + room jobs. Cost: an
 * event a job; stopping and starting look at every place, servers + room.
 */
#ifndef HEADROOM_SIM_STATION_H
#define HEADROOM_SIM_STATION_H

#include <stdbool.h>
#include <stdint.h>

#include "event_queue.h"
#include "sim_time.h"

enum { STATION_CLASSES = 4 };

struct station_job {
    sim_time service_ns; /* when its service was stopped: what is left of it */
    sim_time ends_at;    /* in service */
    struct event_handle end;
    event_fn *done;
    void *context;
    int64_t argument;
    uint64_t ticket;       /* 0: free */
    int32_t before, after; /* in the line, or the free list; -1: none */
    uint8_t class;
    bool waits;
};

struct station_line {
    int32_t first, last; /* -1: empty */
};

struct station {
    struct kernel *kernel;
    struct station_job *jobs; /* [servers + room] */
    int32_t servers, room;
    int32_t busy, waiting;
    int32_t free_job;
    struct station_line lines[STATION_CLASSES];
    uint8_t priority;
    bool stopped;
    uint64_t tickets, refused, withdrawn, served;
    double busy_ns; /* service of jobs whose service has begun */
};

/* servers >= 1, room >= 0 places to wait; together at most 2^24. */
void station_init(struct station *, struct kernel *, struct arena *, int32_t servers, int32_t room,
                  uint8_t priority);
/* Returns the job's ticket, or 0: no server is free and the room is full. */
uint64_t station_arrive(struct station *, sim_time service_ns, event_fn *done, void *context,
                        int64_t argument);
/* The same in a class, 0 to STATION_CLASSES - 1; station_arrive() is of class 0. */
uint64_t station_arrive_class(struct station *, int class, sim_time service_ns, event_fn *done, void *context,
                              int64_t argument);
/* Takes a waiting job away. False: it is in service, done, or gone. */
bool station_withdraw(struct station *, uint64_t ticket);
/* A stopped station is not stopped again, and a running one not started (CHECK). */
void station_stop(struct station *);
void station_start(struct station *);

/* Jobs waiting and in service. */
static inline int32_t station_jobs(const struct station *s)
{
    return s->busy + s->waiting;
}

#endif
