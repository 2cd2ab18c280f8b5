/* explain_words.h: what metrics and kinds of faults mean, in words; the tables that name them hold none. */
#ifndef HEADROOM_CLI_EXPLAIN_WORDS_H
#define HEADROOM_CLI_EXPLAIN_WORDS_H

struct explain_word {
    const char *name;
    const char *unit; /* metrics */
    const char *meaning;
    const char *where; /* metrics: in the run record */
};

/* One for each pattern of scenario_metric_pattern(), each kind of fault, each statistic and count. NULL:
 * none. */
const struct explain_word *explain_metric(const char *pattern);
const struct explain_word *explain_fault(const char *kind);

/* "p99", "lost", ...: the last words of metrics, by index; NULL beyond the last. */
const struct explain_word *explain_part(int index);

#endif
