/* replicate.h: the replications of a scenario, and the run record they make together.
 *
 * Replication 0 runs on the scenario's seed, replication r on one derived from it. They run on `threads` threads, each in
 * an arena of its own, and are put together in their order: the record does not depend on the number of threads.
 *
 * run.precision adds replications, four at a time, up to run.replications_max (precision.h); run.warmup "auto" is found by
 * a pilot first (settle.h).
 *
 * Figures of the record are means over replications (maxima: the largest), with Student's 95 % interval over them; counts
 * of delivery are sums over all replications; the series and path counts are replication 0's.
 *
 * Errors: out of the memory budget, or `stop` set: the record holds what was finished and is marked partial, and the
 * result is false. Ownership: the record's parts live in `arena` and in the scenario.
 */
#ifndef HEADROOM_STUDY_REPLICATE_H
#define HEADROOM_STUDY_REPLICATE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct arena;
struct blueprint;
struct calibration;
struct plugin_set;
struct pricebook;
struct record;
struct record_file;
struct replication;
struct resolution_measured;
struct scenario;

struct replicate_options {
    int threads;
    const struct calibration *calibration;
    const struct pricebook *prices;
    const struct plugin_set *plugins; /* NULL: none. Its mistake, if there is one at the end, means that there is no result */
    const struct record_file *plugin_files; /* [plugin_files_n], for the record */
    int plugin_files_n;
    const struct resolution_measured *resolution; /* what the record's bias comes from; NULL: it is null */
    int64_t max_memory_bytes; /* of all replications together; 0: no limit */
    bool as_many; /* as run.replications says, whatever run.precision asks for: pairs with another scenario's */
    const volatile sig_atomic_t *stop; /* may be NULL */
    /* Told simulated seconds done and to do, all replications added; one call at a time. May be NULL. */
    void (*progress)(void *context, double simulated_s, double total_s);
    void *progress_context;
    /* Told the replications that the record is made of, in their order, before they are freed: what finished, or else the
     * part of one that was measured. May be NULL. */
    void (*measured)(void *context, const struct replication *replications, int n);
    void *measured_context;
};

/* Fills every part of the record but tool and host. False if it is partial. */
bool replicate_run(const struct scenario *scenario, const struct replicate_options *options, struct arena *arena,
                   struct record *record);

/* The seed of a replication. */
uint64_t replicate_seed(uint64_t seed, int replication);

/* One replication alone, to its end, without a budget or a stop. Its pipeline is the caller's to free. */
struct replication replicate_one(const struct blueprint *, int replication, struct arena *);

#endif
