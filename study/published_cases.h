/* published_cases.h: published measurements, and what the simulator is told to predict them: scenarios/validate/published.json.
 *
 *   {"published": 1, "cases": [
 *     {"name", "title", "source",           whose measurement
 *      "told", "calibrated",                in words: what the simulator knows of it, and what was fitted to what ("nothing")
 *      "runs": {"<run>": {"scenario": "published-x.json", "sets": {"topics[0].replication": "1"}}},
 *      "rows": [
 *        {"quantity", "unit", "published",                     the figure
 *         "within": "15%" | "2x" | "cent" | "at most" | "at least",     when a prediction of it is right
 *         "run", "measure", "against"?,                        what is measured in which run (published_measure.h); `against`
 *                                                              another run, it is the share by which it falls short of that one
 *         "why"?}                                              why it misses, as far as known
 *        {"quantity", "unit", "published", "not_modelled": "why"}   a figure that cannot be predicted yet
 *      ]}]}
 *
 * A measure of arithmetic has no run but numbers: "given": {"replication": 3}.
 *
 * Errors: mistakes of the file are added to diag. Ownership: everything lives in the arena given.
 */
#ifndef HEADROOM_STUDY_PUBLISHED_CASES_H
#define HEADROOM_STUDY_PUBLISHED_CASES_H

#include "scenario.h"
#include "validate.h"

struct published_run {
    const char *name;
    const char *scenario; /* a file beside published.json */
    const struct scenario_override *sets;
    int sets_n;
};

struct published_given {
    const char *name;
    double value;
};

struct published_row {
    const char *quantity, *unit;
    double published;
    const char *not_modelled; /* why; NULL: it is, and the rest is filled */
    enum validate_rule rule;
    double tolerance;    /* a share; VALIDATE_FACTOR: a factor */
    int run, against;    /* index into runs[]; -1: none */
    const char *measure;
    const struct published_given *given;
    int given_n;
    const char *why; /* or NULL */
};

struct published_case {
    const char *name, *title, *source, *told, *calibrated;
    const struct published_run *runs;
    int runs_n;
    const struct published_row *rows;
    int rows_n;
};

struct published {
    const struct published_case *cases;
    int cases_n;
};

/* NULL after a mistake. */
const struct published *published_load(const char *file, struct arena *arena, struct diag *diag);

#endif
