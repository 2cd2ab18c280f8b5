/* validate.h: what a suite of `headroom validate` found: figures of ours beside what they should be, and how
 * often intervals held what they should hold.
 *
 * Ownership: texts and arrays live in the arena that the suite was given, or for ever.
 */
#ifndef HEADROOM_STUDY_VALIDATE_H
#define HEADROOM_STUDY_VALIDATE_H

#include <signal.h>
#include <stdbool.h>

#include "confidence.h"

struct arena;

enum validate_verdict {
    VALIDATE_AGREES,
    VALIDATE_DIFFERS,
    VALIDATE_IMPRECISE, /* the interval is wider than the tolerance: it could not tell */
    VALIDATE_NO_VERDICT, /* there is no estimate; the row's note says why */
};

/* What a truth is to an estimate. */
enum validate_rule {
    VALIDATE_EQUAL, /* within the tolerance */
    VALIDATE_BELOW, /* the truth is a bound from above */
    VALIDATE_ABOVE, /* the truth is a bound from below */
    VALIDATE_FACTOR, /* within truth / tolerance and truth * tolerance */
};

struct validate_row {
    const char *name;     /* of the case: "M/M/1" */
    const char *quantity; /* "sojourn p99" */
    const char *unit;     /* "s", "1/s", "tokens" or "" */
    enum validate_rule rule;
    double truth;
    struct interval estimate; /* 95 % */
    double tolerance;         /* of the truth */
    enum validate_verdict verdict;
    const char *note; /* why it does not agree, as far as known; NULL: it does, or is not asked */
};

/* Whose truths the rows of a name are. */
struct validate_source {
    const char *name; /* the rows' */
    const char *title, *source;
    const char *told, *calibrated; /* in words: what our estimate knows of it */
};

/* Of `runs` short runs, `covered` had an interval that held the truth; from low to high would be no wonder
 * if each held it with the interval's own probability. */
struct validate_coverage {
    const char *name, *quantity;
    int runs, covered, low, high;
    double level; /* of the interval */
    double p;     /* exact, two-sided */
    enum validate_verdict verdict;
};

/* How far two resolutions of one system are apart: the largest relative difference of the distributions that were looked
 * at, and half of its interval. Of its case, what the difference may depend on. */
enum { VALIDATE_BIAS_P50, VALIDATE_BIAS_P99, VALIDATE_BIAS_P99_9, VALIDATE_BIASES };
struct validate_bias {
    const char *name;                  /* of the case, as the rows have it */
    const char *about;                 /* what the case is */
    const char *resolution, *against;  /* "sampled", "request" */
    const char *stage;                 /* the busiest at `against`: "broker.cpu" */
    double utilisation;                /* of its busiest unit, at its highest in a minute; mean over replications */
    double fraction, simulated;        /* the least share of a slice that is simulated, and the share that was */
    double seconds;                    /* measured, of a replication of `resolution` */
    double requests_per_s;
    int replications;
    bool faults;
    bool known[VALIDATE_BIASES];       /* enough was seen of one distribution at least */
    double bias[VALIDATE_BIASES], half_width[VALIDATE_BIASES];
    const char *reason;                /* why a limit is missed, as far as known; NULL: none is */
};

struct validate_report {
    const char *suite;
    const char *how; /* in a few sentences */
    const char *failed; /* why it could not be run at all; NULL: it could */
    struct validate_row *rows;
    int rows_n;
    const struct validate_source *sources; /* of suites that have them */
    int sources_n;
    struct validate_coverage *coverage;
    int coverage_n;
    struct validate_bias *biases;
    int biases_n;
    bool finished; /* false: stopped before the end; the arrays are empty then */
};

struct validate_options {
    int threads;
    bool quick;                        /* long runs a tenth as long, and tolerances wider by its root */
    int runs;                          /* short runs of each case, for coverage */
    const volatile sig_atomic_t *stop; /* may be NULL */
    /* Told what share is done, from one thread at a time. May be NULL. */
    void (*progress)(void *context, double done, double all);
    void *progress_context;
};

bool validate_stopped(const struct validate_options *options);

/* The work of a suite: n items that do not depend on each other. */
struct validate_items {
    int n;
    double all; /* what all of them are worth together */
    /* One item, in an arena of its own that lasts until it is kept. What it returns is given to `keep`. */
    void *(*run)(void *context, int item, struct arena *arena);
    /* One call at a time: takes what an item made, and returns what the item was worth. */
    double (*keep)(void *context, int item, void *made);
    void *context;
};
/* Over options->threads threads, telling the progress, until all are done or the suite is stopped. */
void validate_run(const struct validate_items *items, const struct validate_options *options, struct arena *arena);

const char *validate_verdict_word(enum validate_verdict verdict); /* "agrees", "differs", "imprecise", "none" */
/* Of a row whose truth was estimated too: it differs if all of its interval is beyond the tolerance; it agrees if the
 * difference and half of the interval are within it. */
enum validate_verdict validate_judge_difference(const struct validate_row *row);
/* Does every row that has a verdict agree, and every coverage? */
bool validate_passed(const struct validate_report *report);

#endif
