/* windows.h: what a scenario says of a group's windows, in the shape of the real operator's configuration, and what follows
 * from it for others.
 *
 * Units: event time in nanoseconds. In a trigger's text continuous_event_time:I is in milliseconds. Ownership: a set of
 * aggregates is in the arena given. Cost: a trigger's text is parsed at each call.
 */
#ifndef HEADROOM_MODELS_WINDOWS_H
#define HEADROOM_MODELS_WINDOWS_H

#include "sim_time.h"
#include "scenario.h"
#include "window.h"

struct arena;

/* The configuration, without a sink. NULL, or what is wrong with it, in words that live in the program. arena NULL: it is not
 * to be run, and its aggregates are left out. */
const char *windows_config(const struct scenario_group *group, struct arena *arena, struct window_config *config);

/* Do they end on a grid, at the ends alone, and by a watermark? Then what the next end gives out is one for all keys. */
bool windows_follow_grid(const struct window_config *config);

/* A watermark bounds how far out of order events are; Kafka Streams goes by the greatest event time seen (stream time). */
static inline bool windows_have_watermark(const struct scenario_group *group)
{
    return group->window.semantics != WINDOW_KAFKA_STREAMS;
}

/* For how long an event waits by design, at the longest, for its window to end and for the watermark; of sessions, one that
 * comes alone. 0: it is given out with every record, or when so many have come. */
sim_time windows_wait_ns(const struct scenario_group *group);

/* What a record costs that is folded into each window that holds it, ns; of sliding windows one of them. */
struct calibration;
double windows_fold_ns(const struct scenario_group *group, const struct calibration *c);

/* At a watermark of T all records of event times up to T - lag have been given out, or, where step is not 0, up to the last
 * multiple of step before that. lag INT64_MAX: no watermark says so. */
struct windows_lag {
    int64_t lag, step;
};
struct windows_lag windows_lag(const struct window_config *config);

#endif
