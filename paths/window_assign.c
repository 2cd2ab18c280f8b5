/* window_assign.c: see window_assign.h. */
#include "window_assign.h"

#include "check.h"

#include <stdlib.h>

int64_t window_start(int64_t timestamp, int64_t size, int64_t offset)
{
    int64_t into = (timestamp - offset) % size;
    return timestamp - (into < 0 ? into + size : into);
}

struct window_starts window_starts(enum window_semantics semantics, int64_t timestamp, int64_t size,
                                   int64_t slide, int64_t offset)
{
    CHECK(size >= 1 && slide >= 1, "windows of %lld every %lld", (long long)size, (long long)slide);
    const int64_t last = window_start(timestamp, slide, offset);
    const int64_t room = size - 1 - (timestamp - last); /* how far an earlier start may be */
    if (room < 0) return (struct window_starts){last, 0};
    int64_t first = last - room / slide * slide;
    if (semantics == WINDOW_KAFKA_STREAMS && first < 0) first = 0;
    return (struct window_starts){first, first > last ? 0 : (last - first) / slide + 1};
}

struct window_span window_session_of(enum window_semantics semantics, int64_t timestamp, int64_t gap)
{
    return (struct window_span){timestamp, semantics == WINDOW_KAFKA_STREAMS ? timestamp : timestamp + gap};
}

bool window_session_meets(enum window_semantics semantics, struct window_span session, struct window_span of,
                          int64_t gap)
{
    switch (semantics) {
    case WINDOW_FLINK:
        return session.start <= of.end && of.start <= session.end;
    case WINDOW_BEAM:
        return session.start < of.end && of.start < session.end;
    case WINDOW_KAFKA_STREAMS:
        break;
    }
    return session.start - gap <= of.end && of.start <= session.end + gap;
}

struct window_span window_cover(struct window_span a, struct window_span b)
{
    return (struct window_span){a.start < b.start ? a.start : b.start, a.end > b.end ? a.end : b.end};
}

static int by_start(const void *a, const void *b)
{
    const struct window_span *x = a, *y = b;
    if (x->start != y->start) return x->start < y->start ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

size_t window_merge(enum window_semantics semantics, struct window_span *spans, size_t n, int64_t gap)
{
    if (n == 0) return 0;
    qsort(spans, n, sizeof *spans, by_start);
    size_t kept = 0;
    for (size_t i = 1; i < n; i++) {
        if (window_session_meets(semantics, spans[kept], spans[i], gap))
            spans[kept] = window_cover(spans[kept], spans[i]);
        else
            spans[++kept] = spans[i];
    }
    return kept + 1;
}
