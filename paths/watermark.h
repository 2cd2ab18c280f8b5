/* watermark.h: how far event time has come.
 *
 * watermark_bounded    one source whose records arrive at most `bound` out of order:
 *                      watermark = max - bound - 1, and INT64_MIN before the first record
 *                      (Flink BoundedOutOfOrdernessWatermarks)
 * watermark_idleness   says when a source that has been silent for `timeout` should count as idle
 * watermark_valve      the minimum across channels, idle ones left out; a channel that comes back from
 *                      idleness is left out until it has caught up (Flink StatusWatermarkValve, 1.14)
 *
 * Units: any one integer unit of event time, as long as it is the same everywhere (headroom: nanoseconds; the
 * vectors: milliseconds). Ranges: timestamps and bounds within +-WATERMARK_TIME_MAX, so that nothing
 * overflows (bounds are CHECKed; timestamps are not, on this path). Watermarks never go back. Errors: none.
 * Ownership: the valve is in the arena given.
 * Cost: bounded O(1); the valve scans its channels on each change, about a nanosecond for two of them.
 */
#ifndef HEADROOM_PATHS_WATERMARK_H
#define HEADROOM_PATHS_WATERMARK_H

#include <stdbool.h>
#include <stdint.h>

struct arena;

#define WATERMARK_NONE INT64_MIN
#define WATERMARK_TIME_MAX ((int64_t)1 << 61)

struct watermark_bounded {
    int64_t max;
    int64_t bound;
};

void watermark_bounded_init(struct watermark_bounded *w, int64_t bound); /* bound >= 0 */
static inline void watermark_bounded_observe(struct watermark_bounded *w, int64_t timestamp)
{
    if (timestamp > w->max) w->max = timestamp;
}
static inline int64_t watermark_bounded_value(const struct watermark_bounded *w)
{
    return w->max - w->bound - 1;
}

/* Time here is the clock's, not the events': it is the caller who says how late it is. */
struct watermark_idleness {
    int64_t timeout;
    int64_t active_at;
};

void watermark_idleness_init(struct watermark_idleness *w, int64_t timeout, int64_t now); /* timeout > 0 */
static inline void watermark_idleness_active(struct watermark_idleness *w, int64_t now)
{
    w->active_at = now;
}
static inline bool watermark_idleness_is_idle(const struct watermark_idleness *w, int64_t now)
{
    return now - w->active_at >= w->timeout;
}

struct watermark_valve;

/* What a call brought about: first the watermark, if it advanced, then the status, if it changed. */
struct watermark_output {
    bool advanced;
    bool status_changed;
    bool idle;         /* the valve as a whole, after the call */
    int64_t watermark; /* of the valve, after the call */
};

/* channels >= 1. All start active at WATERMARK_NONE. */
struct watermark_valve *watermark_valve_new(struct arena *arena, int32_t channels);
struct watermark_output watermark_valve_advance(struct watermark_valve *v, int32_t channel,
                                                int64_t watermark);
struct watermark_output watermark_valve_idle(struct watermark_valve *v, int32_t channel);
struct watermark_output watermark_valve_active(struct watermark_valve *v, int32_t channel);
int64_t watermark_valve_value(const struct watermark_valve *v);
int64_t watermark_valve_channel(const struct watermark_valve *v, int32_t channel);
bool watermark_valve_is_idle(const struct watermark_valve *v);
void watermark_valve_reset(struct watermark_valve *v); /* as new: a restarted task has seen nothing */

#endif
