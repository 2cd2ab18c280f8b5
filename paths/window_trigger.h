/* window_trigger.h: when a window gives a pane, as a small language.
 *
 *   event_time                  when event time has passed the window's end, and then for every late record
 *                               (Flink EventTimeTrigger, Beam DefaultTrigger)
 *   event_time_once             at the end alone; the window is closed then (Beam
 * AfterWatermark.pastEndOfWindow) event_time(early=T, late=T) the same with early or late firings, T being
 * count:N (Beam withEarlyFirings, withLateFirings); without late= it closes at the end processing_time when
 * the clock has passed the end of windows assigned by the clock (Flink ProcessingTimeTrigger) count:N for
 * every N records, and at no other time (Flink CountTrigger, Beam AfterPane.elementCountAtLeast)
 *   continuous_event_time:I     at every multiple of I that event time passes, and at the end
 *                               (Flink ContinuousEventTimeTrigger)
 *   after_first(T, T)           whichever comes first, of count:N and event_time
 *   repeatedly(T), purging(T)   T again and again; every trigger but event_time_once does that anyway.
 * purging says that a pane empties its window, which is the operator's mode on_update, on_close         Kafka
 * Streams' emit strategies: every record, or when the window closes
 *
 * Errors: parse answers false, and *mistake is a constant that says why. Cost: a trigger is parsed once.
 */
#ifndef HEADROOM_PATHS_WINDOW_TRIGGER_H
#define HEADROOM_PATHS_WINDOW_TRIGGER_H

#include <stdbool.h>
#include <stdint.h>

enum window_trigger_kind {
    WINDOW_AT_END, /* event_time and what is made of it; zero is the plain one */
    WINDOW_BY_COUNT,
    WINDOW_CONTINUOUS,
    WINDOW_ON_UPDATE, /* kafka_streams */
    WINDOW_ON_CLOSE   /* kafka_streams */
};

struct window_trigger {
    enum window_trigger_kind kind;
    bool once;            /* closes at the end */
    bool processing_time; /* windows go by the clock */
    bool purging;
    int64_t early_count; /* AT_END: records before the end that give a pane; 0: none do. BY_COUNT: N */
    int64_t late_count;  /* AT_END: records after it that do; 0 is 1 */
    int64_t interval;    /* CONTINUOUS, units of event time */
};

bool window_trigger_parse(const char *text, struct window_trigger *trigger, const char **mistake);

/* Is it event_time alone? */
static inline bool window_trigger_is_plain(const struct window_trigger *t)
{
    return t->kind == WINDOW_AT_END && !t->once && !t->processing_time && t->early_count == 0 &&
           t->late_count <= 1;
}

#endif
