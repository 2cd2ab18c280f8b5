/* series.c: see the header for the rules. */
#include "series.h"

#include <math.h>

#include "arena.h"
#include "check.h"

void series_init(struct series *s, struct arena *arena, enum series_kind kind, sim_time step_ns,
                 int32_t capacity)
{
    CHECK(step_ns >= 1, "series with a step of %lld ns", (long long)step_ns);
    CHECK(capacity >= 2 && capacity <= 1 << 24, "series of %d points", capacity);
    capacity += capacity % 2;
    *s = (struct series){.step_ns = step_ns, .capacity = capacity, .kind = kind};
    s->points = ARENA_NEW(arena, struct series_point, (size_t)capacity);
}

/* `more` into `p`; both hold samples, and of equal times `more` was added later. */
static void join(enum series_kind kind, struct series_point *p, const struct series_point *more)
{
    switch (kind) {
    case SERIES_MEAN:
    case SERIES_SUM:
        p->value += more->value;
        break;
    case SERIES_MAX:
        if (more->value > p->value) p->value = more->value;
        break;
    case SERIES_LAST:
        if (more->last_ns >= p->last_ns) p->value = more->value;
        break;
    }
    p->samples += more->samples;
    if (more->last_ns > p->last_ns) p->last_ns = more->last_ns;
}

static void halve(struct series *s)
{
    CHECK(s->step_ns <= SIM_NEVER / 2, "series: the step would pass the end of time");
    const struct series_point none = {0};
    for (int32_t i = 0; i < s->capacity / 2; i++) {
        struct series_point p = s->points[2 * i];
        const struct series_point *more = &s->points[2 * i + 1];
        if (p.samples == 0)
            p = *more;
        else if (more->samples > 0)
            join(s->kind, &p, more);
        s->points[i] = p;
    }
    for (int32_t i = s->capacity / 2; i < s->capacity; i++)
        s->points[i] = none;
    s->length = (s->length + 1) / 2;
    s->step_ns *= 2;
}

void series_add(struct series *s, sim_time t, double value)
{
    CHECK(t >= 0, "series: sample at %lld", (long long)t);
    CHECK(!isnan(value), "series: NaN at %lld", (long long)t);
    while (t / s->step_ns >= s->capacity)
        halve(s);
    const int32_t i = (int32_t)(t / s->step_ns);
    const struct series_point sample = {value, 1, t};
    if (s->points[i].samples == 0)
        s->points[i] = sample;
    else
        join(s->kind, &s->points[i], &sample);
    if (i >= s->length) s->length = i + 1;
}

double series_value(const struct series *s, int32_t i)
{
    CHECK(i >= 0 && i < s->length, "series: point %d of %d", i, s->length);
    const struct series_point *p = &s->points[i];
    if (p->samples == 0) return NAN;
    return s->kind == SERIES_MEAN ? p->value / (double)p->samples : p->value;
}

void series_coarsen(struct series *s, sim_time step_ns)
{
    while (s->step_ns < step_ns)
        halve(s);
    CHECK(s->step_ns == step_ns, "series: no halving gives a step of %lld ns", (long long)step_ns);
}
