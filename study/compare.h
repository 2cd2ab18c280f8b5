/* compare.h: designs under the same random numbers, side by side.
 *
 * Every design is run on the same seeds. Random streams are named, so replication r of each sees the same traffic, as far
 * as their workloads agree. Of every figure, a design's less the first's in the same replication is one observation; the
 * interval is Student's over these, far narrower than that of two independent means (common random numbers; Law, Simulation
 * Modeling and Analysis, 5th ed., 11.2).
 *
 * Use: compare_new(), for every design compare_run() in order, compare_finish(). What is kept of a design is copied, so its
 * arena may be freed before the next is run.
 *
 * Errors: a design that was not finished is marked and compared in the replications that both finished; one that was not
 * run at all is added with no figures. Cost: beside the runs, nothing to speak of.
 */
#ifndef HEADROOM_STUDY_COMPARE_H
#define HEADROOM_STUDY_COMPARE_H

#include <stdbool.h>

#include "comparison.h"
#include "metrics.h"

struct compare;
struct replicate_options;

/* One figure of one design. */
struct compare_figure {
    enum comparison_section section;
    const char *metric, *words, *unit;
    struct record_number value; /* of all its replications */
    const struct metric *each;  /* [replications]; unknown where one was not finished */
    bool optional;              /* leave the row out where every design has 0 or nothing */
};

/* `replications` >= 1 of each design, from `seed`. */
struct compare *compare_new(uint64_t seed, int replications, struct arena *arena);

/* As replicate_run(), on a scenario with that seed and that many replications; false if the record is partial. The arena
 * is the design's own: `record` lives in it. */
bool compare_run(struct compare *compare, const char *file, const struct scenario *scenario,
                 const struct replicate_options *options, struct arena *arena, struct record *record);

/* What compare_run() adds: a design and its figures; also of one that was not run (n = 0). At most COMPARISON_DESIGNS_MAX.
 * Its label, values, and place in the order are ours to give. */
void compare_add(struct compare *compare, const struct comparison_design *design, const struct compare_figure *figures,
                 int n, const char *why_missing);

/* The result is partial for that reason; NULL: it is whole. Lives in the arena; `tool` is the caller's to fill. */
struct comparison_record *compare_finish(struct compare *compare, const char *partial_why);

#endif
