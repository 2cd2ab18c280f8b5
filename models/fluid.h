/* fluid.h: what a skip does to the work that is left over from a fault.
 *
 * A skip leaves every queue as it was, which is right for queues that are stationary. What a broker that comes back has
 * missed, and the dirty pages that its catching up leaves, are not: they are a backlog of minutes, and a backlog of
 * minutes is fluid. So a skip carries each of them on, in proportion, as the close-up saw it change:
 *   - a replica that is not in sync: how far its end is behind its leader's
 *   - a disk with more than FLUID_BACKLOG_NS of work: that work
 * Neither is carried past its end: the last of it is simulated. fluid_holds() says whether there is enough left for it.
 * Close-up and skip take short turns, so that what one partition has left stays fluid almost until it is done.
 *
 * Times: data-plane ns. Errors: bugs only. Memory: the arena's, fixed. Cost: a walk of the replicas, while there is something.
 */
#ifndef HEADROOM_MODELS_FLUID_H
#define HEADROOM_MODELS_FLUID_H

#include "world.h"

#define FLUID_BACKLOG_NS SIM_S

struct fluid {
    bool seen;             /* the close-up before saw something of it: */
    double gain_per_s;     /* records a second of the calendar by which replicas came closer, in it */
    double too_far_per_s;  /* of that gain, what a skip would have to leave out: replicas that are nearly there */
    int64_t behind;        /* records by which they were behind, at its end */
    int64_t *lags;         /* [partitions x REPLICAS_MAX] at the start of the close-up; -1: in sync, or not following */
    sim_time *disks;       /* [brokers]: backlog then; -1: too little */
};

/* The most that the disk of a broker that is up has to write. */
sim_time fluid_disk_backlog(const struct world *);
void fluid_init(struct world *, struct fluid *);
/* A slice in so many turns of close-up and skip: partitions are done at different times, and of one that is nearly done a
 * skip carries on little, so skips are short. */
int64_t fluid_turns(sim_time slice_ns);
/* Around a close-up of `piece_ns`; the second carries on what the skip after it, of `skip_ns`, does. */
void fluid_before(struct world *, struct fluid *);
void fluid_after(struct world *, struct fluid *, sim_time piece_ns, sim_time skip_ns);
/* Replicas that catch up will still do so for longer than a slice. */
bool fluid_holds(const struct fluid *);

#endif
