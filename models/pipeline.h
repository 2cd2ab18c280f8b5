/* pipeline.h: one replication of a scenario, from an empty world to its measurements.
 *
 * Ownership: everything a run returns lives in the arena given, which must be the run's own; pipeline_free() gives back what
 * is malloc'ed inside (log curves, queues). Threads: a blueprint may be shared, everything else is the run's own.
 * Errors: a broken invariant is a CHECK, with seed and simulated time in its context; running out of the arena's budget
 * calls its handler. Cost: see README, "Resolutions".
 */
#ifndef HEADROOM_MODELS_PIPELINE_H
#define HEADROOM_MODELS_PIPELINE_H

#include <signal.h>

#include "blueprint.h"
#include "fraction.h"
#include "world.h"

struct pipeline {
    struct world world;
    struct fraction fraction;
    sim_time simulated; /* calendar; less than the duration if stopped */
};

/* `progress` may be NULL; it is told simulated seconds now and then. */
struct pipeline *pipeline_new(const struct blueprint *blueprint, uint64_t seed, struct arena *arena);
void pipeline_run(struct pipeline *p, const volatile sig_atomic_t *stop, void (*progress)(void *, double), void *context);
void pipeline_free(struct pipeline *p);

/* The account of a group, as it stands after a slice: produced = rejected + delivered + lost + in_flight. */
struct pipeline_account {
    int64_t produced, rejected, delivered, lost, in_flight, duplicated, deduplicated, reordered;
};
struct pipeline_account pipeline_account(const struct world *w, int group);

#endif
