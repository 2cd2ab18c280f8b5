/* series.h: a time series in bounded memory.
 *
 * Points at a fixed step from time 0; point i stands for [i * step, (i + 1) * step). When a sample lies
 * beyond the last point there is room for, neighbours are joined two by two and the step doubles, as often
 * as needed, so a series has between capacity / 2 and capacity points over the time seen, and the result
 * is what the coarser step would have given from the start. By kind a point keeps the mean of its samples,
 * the largest, the latest in time (the later added of equal times), or the sum.
 *
 * Units: time in ns, values as the caller has them. Samples may come out of order. Errors: t < 0 or NaN:
 * bugs (CHECK). Ownership: 24 bytes a point from the arena. Cost: a few ns a sample.
 */
#ifndef HEADROOM_SIM_SERIES_H
#define HEADROOM_SIM_SERIES_H

#include <stdint.h>

#include "sim_time.h"

struct arena;

enum series_kind { SERIES_MEAN, SERIES_MAX, SERIES_LAST, SERIES_SUM };

struct series_point {
    double value; /* SERIES_MEAN: the sum, as long as it is in here */
    int64_t samples;
    sim_time last_ns; /* the latest sample's time */
};

struct series {
    struct series_point *points;
    sim_time step_ns;
    int32_t capacity; /* even */
    int32_t length;   /* points up to the latest sample */
    enum series_kind kind;
};

/* step_ns >= 1; capacity 2..2^24, made even. */
void series_init(struct series *, struct arena *, enum series_kind, sim_time step_ns, int32_t capacity);
void series_add(struct series *, sim_time t, double value);

static inline int32_t series_length(const struct series *s)
{
    return s->length;
}

static inline sim_time series_step_ns(const struct series *s)
{
    return s->step_ns;
}

static inline sim_time series_time_ns(const struct series *s, int32_t i)
{
    return i * s->step_ns;
}

/* The point's value; NaN where it has no sample. 0 <= i < length. */
double series_value(const struct series *, int32_t i);
/* Joins neighbours until the step is at least step_ns: to give several series one step. It must be the
 * series' step times a power of two. */
void series_coarsen(struct series *, sim_time step_ns);

#endif
