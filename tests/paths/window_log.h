/* window_log.h: what a window operator under test gave, in order: panes and late records alike. */
#ifndef HEADROOM_TESTS_PATHS_WINDOW_LOG_H
#define HEADROOM_TESTS_PATHS_WINDOW_LOG_H

#include "aggregate.h"
#include "window.h"

#include <stdlib.h>

struct given {
    struct window_pane pane; /* of a late record: key and start alone */
    bool late_record;
    bool taken;            /* by what was expected */
    int64_t sum, min, max; /* where the log has aggregates */
    int64_t timestamp, count;
    enum window_side side;
};

enum { GIVEN_MAX = 20000 };

struct log {
    struct given given[GIVEN_MAX];
    size_t n;
    const struct aggregate_set *aggregates; /* sum, min, max first; NULL: none */
};

static inline void log_pane(void *context, const struct window_pane *pane)
{
    struct log *log = context;
    assert_true(log->n < GIVEN_MAX);
    struct given g = {.pane = *pane};
    g.pane.aggregates = NULL;
    if (log->aggregates != NULL) {
        g.sum = aggregate_integer(log->aggregates, pane->aggregates, 0);
        g.min = aggregate_integer(log->aggregates, pane->aggregates, 1);
        g.max = aggregate_integer(log->aggregates, pane->aggregates, 2);
    }
    log->given[log->n++] = g;
}

static inline void log_late(void *context, const struct window_late_record *r)
{
    struct log *log = context;
    assert_true(log->n < GIVEN_MAX);
    log->given[log->n++] = (struct given){.pane = {.key = r->key, .start = r->start},
                                          .late_record = true,
                                          .timestamp = r->timestamp,
                                          .count = r->count,
                                          .side = r->side};
}

static inline struct aggregate_set *log_aggregates(struct arena *arena)
{
    static const struct aggregate_spec specs[] = {
        {.kind = AGGREGATE_SUM}, {.kind = AGGREGATE_MIN}, {.kind = AGGREGATE_MAX}};
    return aggregate_set_new(arena, specs, sizeof specs / sizeof *specs);
}

static inline int make_log(void **state)
{
    *state = calloc(1, sizeof(struct log));
    return *state == NULL;
}

static inline int free_log(void **state)
{
    free(*state);
    return 0;
}

#endif
