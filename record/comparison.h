/* comparison.h: what a comparison of designs found out, in plain structs: study/ fills it, reports read it.
 *
 * Shapes: a row is one figure. Every design has a value for each row, in the rows' order, and every design but the first a
 * difference from the first. Units are those of an objective ("s", "records", "usd", "") and "bytes" and "count".
 *
 * What a design does not have is unknown with its reason, and every null of the document has it in "reasons".
 *
 * Ownership: everything lives in the caller's arena, or longer.
 */
#ifndef HEADROOM_RECORD_COMPARISON_H
#define HEADROOM_RECORD_COMPARISON_H

#include "record.h"

enum { COMPARISON_VERSION = 1, COMPARISON_DESIGNS_MAX = 5 };

/* Rows stand in this order. */
enum comparison_section {
    COMPARISON_OUTPUT, /* the output that each design's decision hangs on */
    COMPARISON_LATENCY,
    COMPARISON_QUERIES,
    COMPARISON_DELIVERY,
    COMPARISON_HEADROOM,
    COMPARISON_LAKE,
    COMPARISON_COST,
    COMPARISON_SECTIONS
};
extern const char *const comparison_section_words[COMPARISON_SECTIONS]; /* "Latency", for people */

struct comparison_row {
    const char *metric; /* "decision.freshness.p99" */
    const char *words;  /* "freshness p99" */
    const char *unit;
    enum comparison_section section;
};

/* The first is "A", then "B": how tables and sentences name them. */
struct comparison_design {
    const char *label;
    const char *name; /* the scenario's, or "<name>-2" where an earlier one has it: also its directory */
    const char *file;
    const char *sha256;
    enum record_verdict verdict;
    const char *answer;                                 /* one line */
    struct record_text output;                          /* that the decision hangs on */
    struct record_number stale_after_s, usd_per_minute; /* what delay is to it */
    double simulated_s;                                 /* of one replication */
    int replications;                                   /* finished */
    struct record_named_number *values;                 /* by metric; means over replications */
    int values_n;                                       /* = rows_n */
};

/* Of one metric: a design's less the first's, replication by replication. */
struct comparison_difference {
    const char *metric;
    struct record_number mean, low, high; /* 95 % */
    bool excludes_zero;                   /* the interval does */
};

struct comparison_pair {
    const char *of, *less; /* labels */
    struct comparison_difference *differences;
    int differences_n; /* = rows_n */
};

/* From this price of a minute of delay on, up to the next range's, this design costs least in sum. */
struct comparison_range {
    double from_usd_per_minute;
    const char *cheapest; /* its label */
};

struct comparison_record {
    struct {
        const char *name, *version, *build_sha256;
    } tool;
    uint64_t seed;
    int replications; /* asked for, of each design */
    bool partial;
    const char *partial_why;
    struct comparison_row *rows;
    int rows_n;
    struct comparison_design *designs;
    int designs_n;
    struct comparison_pair *pairs; /* [designs_n - 1]: of designs[i + 1] */
    int pairs_n;
    struct comparison_range *break_even; /* ascending, the first from 0 */
    int break_even_n;
    const char *break_even_why_none; /* NULL if there is one */
    const char *const *conclusion;   /* sentences */
    int conclusion_n;
    const char *const *notes;
    int notes_n;
};

/* "A" for 0. */
const char *comparison_label(int design);

/* The document: {"compare": 1, ...}, in the order of the struct and by the rules of record_write(). */
char *comparison_write(const struct comparison_record *, struct arena *, size_t *n);

#endif
