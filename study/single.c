/* single.c: see single.h. */
#include "single.h"

#include <math.h>

#include "arena.h"
#include "batch_means.h"
#include "check.h"
#include "rate.h"

static const double STEADY_WITHIN = 1.02, LEVEL = 0.95;

static struct record_interval not_known(const char *why)
{
    return (struct record_interval){.why_null = why};
}

static bool stationary(const struct world *w)
{
    const struct scenario *s = w->scenario;
    const double from = sim_seconds(s->run.warmup_ns), to = sim_seconds(s->run.duration_ns);
    if (s->faults_n > 0) return false;
    for (int i = 0; i < s->streams_n; i++) {
        const struct rate_curve *rate = w->blueprint->stream_rates[i];
        if (w->blueprint->stream_producer[i] < 0) continue;
        if (rate_max(rate, from, to) > STEADY_WITHIN * rate_integral(rate, from, to) / (to - from)) return false;
    }
    return true;
}

/* By the ratio's influence values, what each step moves the mean of all records by: they average to that mean. */
static struct record_interval of_mean(const struct mean_series *stage, double mean, sim_time warmup, struct arena *arena)
{
    const int32_t all = series_length(&stage->sum);
    double *values = ARENA_NEW(arena, double, (size_t)all), sum = 0, records = 0;
    int32_t first = 0;
    while (first < all && series_time_ns(&stage->sum, first) < warmup) first++;
    /* The last step is short, and has few records. */
    const int32_t n = all - 1 - first;
    for (int32_t i = 0; i < n; i++) {
        sum += series_value(&stage->sum, first + i);
        records += series_value(&stage->records, first + i);
    }
    if (n < 1 || records <= 0) return not_known("nothing was measured in this scope");
    for (int32_t i = 0; i < n; i++) {
        const double off = series_value(&stage->sum, first + i) - sum / records * series_value(&stage->records, first + i);
        values[i] = sum / records + off / (records / n);
    }
    const struct batch_means b = batch_means(values, n, LEVEL, arena);
    if (!b.known) return not_known(arena_printf(arena, "one replication: %s", b.why));
    const double half = (b.interval.high - b.interval.low) / 2;
    return (struct record_interval){.low = mean - half, .high = mean + half, .known = true};
}

struct record_interval single_mean_interval(const struct replication *r, enum metric_distribution which, int group, double mean,
                                            struct arena *arena)
{
    const struct world *w = &r->pipeline->world;
    CHECK(which == METRIC_PRODUCE || which == METRIC_END_TO_END, "distribution %d has no steps", (int)which);
    if (!stationary(w)) return not_known("one replication knows no interval where rates change or faults are");
    return of_mean(which == METRIC_PRODUCE ? &w->telemetry->produce : &w->telemetry->end_to_end[group], mean,
                   w->scenario->run.warmup_ns, arena);
}
