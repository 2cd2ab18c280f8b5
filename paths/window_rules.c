/* window_rules.c: see window.h, the table. Sums saturate. */
#include "window_parts.h"

static int64_t plus(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

int64_t window_due_at(const struct window_config *c, int64_t end)
{
    switch (c->semantics) {
    case WINDOW_FLINK:
        return end == INT64_MAX ? end : end - 1;
    case WINDOW_BEAM:
        return end;
    case WINDOW_KAFKA_STREAMS:
        break;
    }
    return window_refuses_at(c, end);
}

int64_t window_refuses_at(const struct window_config *c, int64_t end)
{
    switch (c->semantics) {
    case WINDOW_FLINK:
        return c->trigger.processing_time ? INT64_MAX
                                          : plus(end == INT64_MAX ? end : end - 1, c->allowed_lateness);
    case WINDOW_BEAM:
        return plus(end, c->allowed_lateness);
    case WINDOW_KAFKA_STREAMS:
        break;
    }
    const int64_t close = plus(end, c->allowed_lateness);
    if (c->kind == WINDOW_SESSION) return plus(plus(close, c->gap), 1);
    return c->kind == WINDOW_SLIDING ? plus(close, 1) : close;
}

int64_t window_drops_at(const struct window_config *c, int64_t end)
{
    if (c->trigger.processing_time) return window_due_at(c, end); /* the clock knows no lateness */
    const int64_t refuses = window_refuses_at(c, end);
    if (c->kind == WINDOW_SLIDING) return plus(refuses, plus(c->size, c->size));
    return c->kind == WINDOW_SESSION && c->semantics == WINDOW_KAFKA_STREAMS
               ? plus(refuses, plus(c->gap, c->gap))
               : refuses;
}
