/* rescale.h: what close-ups saw, rescaled to the ledger.
 *
 * A record from a close-up counts 1/f. What is weighed like that is only about as much as there was: a close-up may see a
 * burst of fetches or none, and what is in flight when a run's close-ups begin and end counts 1/f as well. A total that is
 * off by 10 % puts a percentile elsewhere, wherever some of the traffic (simulated whole, through a fault) is much slower
 * than the rest. The ledger knows the counts to the record, so each scope set keeps apart what came from slices that were not
 * simulated whole, by classes of f, with the ledger's counts of these slices; in the end each is scaled to its count
 * (a ratio estimator, separate by stratum: Cochran, Sampling Techniques, 3rd ed., 6.10) and all are added up. What was
 * simulated whole is exact and stays as it is.
 *
 * So are the meters of the run: requests, batches and bytes by what was produced, fetches and threads' time by what was
 * delivered to the group; and the time of each thread of a group by what was delivered to that thread, at what a record
 * cost it in the window, or where close-ups saw less than RESCALE_OWN_S of the window, at what it cost them all. Brokers'
 * times have work of all of these in them and stay as they were weighed.
 *
 * A slice counts for the set in effect when it begins: what its calendar changes comes after its close-up.
 *
 * Memory: the arena's; for each set and class in which anything is sampled a histogram, and one a group. Cost: a walk of the
 * partitions of each group a sampled slice, and a pass over the histograms at the end.
 */
#ifndef HEADROOM_MODELS_RESCALE_H
#define HEADROOM_MODELS_RESCALE_H

#include "histogram.h"
#include "world.h"

enum { RESCALE_CLASSES = 2 }; /* a tenth of the slice or more is simulated; less */

struct rescale_part {
    struct histogram produce, end_to_end[SCENARIO_GROUPS_MAX];
    int64_t produced, delivered[SCENARIO_GROUPS_MAX]; /* the ledger's, of these slices */
};

#define RESCALE_OWN_S 5.0

struct rescale_threads { /* of one group, [threads]; of the window under way in sampled slices: */
    double *ns, *seen;  /* work, and records processed; weighed */
    double *ledger;     /* records delivered */
    double all_ns, all_seen;
    int64_t *last_position, *last_delivered; /* [partitions] */
};

struct rescale {
    struct rescale_part *part; /* of the slice under way; NULL: it is simulated whole, or not measured */
    struct rescale_threads threads[SCENARIO_GROUPS_MAX];
    double window_data_s; /* of sampled slices */
    struct telemetry_totals *begin, *sampled; /* at the start of a sampled slice; of all of them */
};

void rescale_init(struct world *w);
/* After the set or the fraction of the slice was chosen, before anything of it is simulated. */
void rescale_begin_slice(struct world *w);
void rescale_slice(struct world *w, int64_t produced, const int64_t delivered[]);
/* A thread worked so long in the slice under way, weighed; false: the slice is not sampled. */
bool rescale_worked(struct world *w, int group, int thread, double weighed_ns);
/* A thread's work in the sampled slices of the window; and a new window. */
double rescale_thread_ns(const struct world *w, int group, int thread);
void rescale_window_end(struct world *w);
/* Adds everything up. */
void rescale_finish(struct world *w);

#endif
