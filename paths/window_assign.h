/* window_assign.h: which windows a time falls into.
 *
 *   aligned   tumbling and hopping windows [start, start + size), start = offset + k * slide. True floor
 * division, right for negative times (Flink since e3754d07a8; older ones and Beam's of 2016 are wrong there).
 *             Kafka Streams makes no window that starts below 0: its first start is
 *             max(0, t - size + slide) / slide * slide (TimeWindows.windowsFor).
 *   sessions  a record makes [t, t + gap), and meets a session
 *               flink          also where the two only touch (TimeWindow.intersects)
 *               beam           where they overlap (IntervalWindow.intersects)
 *               kafka_streams  [first, last], both inclusive, no further than the gap away
 * (SessionStore.findSessions)
 *
 * Units: any one integer unit of event time. Ranges: |times| and lengths up to 2^61, so that nothing
 * overflows. No errors. Cost: a division for aligned windows, comparisons for the rest.
 */
#ifndef HEADROOM_PATHS_WINDOW_ASSIGN_H
#define HEADROOM_PATHS_WINDOW_ASSIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum window_semantics { WINDOW_FLINK, WINDOW_BEAM, WINDOW_KAFKA_STREAMS };

struct window_span {
    int64_t start, end; /* end is exclusive but for sessions and sliding windows of Kafka Streams */
};

/* Of the window of `size` that a timestamp falls into, when one begins every `size`: the start of the last
 * window that has begun, if they begin every `size` and are of any length. */
int64_t window_start(int64_t timestamp, int64_t size, int64_t offset);

/* The aligned windows that hold a timestamp: they start at first + i * slide, i = 0 .. n - 1. n is 0 where
 * size < slide leaves gaps. size, slide >= 1. */
struct window_starts {
    int64_t first;
    int64_t n;
};
struct window_starts window_starts(enum window_semantics semantics, int64_t timestamp, int64_t size,
                                   int64_t slide, int64_t offset);

/* What one record spans before it meets any session. */
struct window_span window_session_of(enum window_semantics semantics, int64_t timestamp, int64_t gap);
/* Are the two one session? `of` is a record's, by window_session_of. */
bool window_session_meets(enum window_semantics semantics, struct window_span session, struct window_span of,
                          int64_t gap);

/* Both together. */
struct window_span window_cover(struct window_span a, struct window_span b);
/* Merges what meets, in place; spans need no order, and come back by start. Returns how many are left. */
size_t window_merge(enum window_semantics semantics, struct window_span *spans, size_t n, int64_t gap);

#endif
