/* regress.h: is the code slower than it was? Two measurements, benchmark by benchmark.
 *
 * A benchmark is slower where all of this holds:
 *
 *   1. Mann and Whitney's test over the observations (measurement.h: of each process the least time) says so,
 * at the level `alpha` of all benchmarks together (Holm). Processes are independent of each other; where
 * those of both programs took turns by lot (`bench --against`), a comparison without any change calls one
 * different in at most `alpha` of cases, whatever the host does meanwhile;
 *   2. it is by more than the threshold: Hodges and Lehmann's ratio is, and so is that of the medians. Where
 * repetitions of one process are all there is, so are those of the lower quartiles and the 10th percentiles:
 * what is slower is slower in its quick repetitions too, what a busy host did to it is not;
 *   3. the threshold is `threshold`, or, unless the programs took turns, more where the observations of one
 * measurement already scatter by more: half of the distance of the quartiles, of the median, of whichever
 * measurement scatters more, and what the references changed by. What changed between them may have been the
 * host.
 *
 * Faster likewise. "reference/..." benchmarks are none of the project's code: they are judged by the same
 * rule, but are no regression, only a sign that the host changed. They, and what only one measurement has, do
 * not count among the benchmarks of 1.
 *
 * Errors: false and a sentence if nothing is in both, or if a benchmark has so few repetitions that no
 * difference could be known. Cost: a few milliseconds a benchmark.
 */
#ifndef HEADROOM_BENCH_REGRESS_H
#define HEADROOM_BENCH_REGRESS_H

#include "measurement.h"
#include "rank_sum.h"

#include <stdbool.h>
#include <stdio.h>

#define REGRESS_THRESHOLD 0.05
#define REGRESS_ALPHA 0.01
/* A benchmark found alike whose interval holds so much is told to be open. */
#define REGRESS_OPEN 1.1
/* Two hosts whose yardsticks differ by more are not one. */
#define REGRESS_YARDSTICK 0.03

enum regress_change { REGRESS_ALIKE, REGRESS_SLOWER, REGRESS_FASTER };
extern const char *const regress_change_words[]; /* "alike" */

struct regress_row {
    const char *name;
    int old_n, new_n;
    double old_ns, new_ns;     /* medians */
    struct rank_ratio ratio;   /* new over old, with its interval at 1 - alpha */
    double superiority;        /* the chance that an observation of new takes longer than one of old */
    double p;                  /* after Holm; of a reference: of this test alone */
    double threshold;          /* in force here: 0.05 is 5 % */
    double instructions_ratio; /* < 0: not counted in both */
    bool reference;
    enum regress_change change;
};

struct regress {
    const struct measurement *old, *new;
    double threshold, alpha;
    bool by_turns;
    struct regress_row *rows; /* in the order of old */
    int rows_n;
    int judged_n, slower_n, faster_n; /* without references */
    int open_n;                       /* alike, as far as is known, but perhaps a tenth slower */
    int needed;                       /* observations of each, for so many benchmarks */
    const char **only_old, **only_new;
    int only_old_n, only_new_n;
    const char *notes[8];
    int notes_n;
};

bool regress_judge(const struct measurement *old, const struct measurement *new, double threshold,
                   double alpha, struct arena *arena, struct regress *out, char *error, size_t error_n);

/* A table for people. */
void regress_print(const struct regress *r, FILE *out);

#endif
