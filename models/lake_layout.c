/* lake_layout.c: see lake_layout.h. */
#include "lake_layout.h"

#include <math.h>

#include "check.h"
#include "zorder.h"

enum { KEYS, TIMES };
struct bounds {
    double low, high;
};

static struct bounds bounds_of(const struct lake_span *s, int column)
{
    return column == KEYS ? (struct bounds){s->min_key, s->max_key} : (struct bounds){(double)s->min_event, (double)s->max_event};
}

static double below(const struct lake_input *inputs, size_t n, int column, double x)
{
    double rows = 0;
    for (size_t i = 0; i < n; i++) {
        const struct bounds b = bounds_of(&inputs[i].span, column);
        if (x >= b.high)
            rows += inputs[i].rows;
        else if (x > b.low)
            rows += inputs[i].rows * (x - b.low) / (b.high - b.low);
    }
    return rows;
}

/* Where a share of the inputs' records lies below. */
static double quantile(const struct lake_input *inputs, size_t n, const struct lake_span *whole, int column, double share)
{
    const struct bounds all = bounds_of(whole, column);
    if (share <= 0) return all.low;
    if (share >= 1) return all.high;
    double rows = 0;
    bool same = true;
    for (size_t i = 0; i < n; i++) {
        const struct bounds b = bounds_of(&inputs[i].span, column);
        same = same && b.low <= all.low && b.high >= all.high;
        rows += inputs[i].rows;
    }
    if (same) return all.low + share * (all.high - all.low);
    double low = all.low, high = all.high;
    for (int step = 0; step < 50 && low < high; step++) {
        const double middle = low + (high - low) / 2;
        *(below(inputs, n, column, middle) < share * rows ? &low : &high) = middle;
    }
    return high;
}

static void set(struct lake_span *span, const struct lake_span *whole, int column, double low, double high)
{
    if (column == KEYS) {
        span->min_key = low;
        span->max_key = high;
        return;
    }
    /* Whole nanoseconds, and no less than there is: a double is coarser than they are. */
    const sim_time from = (sim_time)floor(low) - 1, to = (sim_time)ceil(high) + 1;
    if (from > whole->min_event) span->min_event = from;
    if (to < whole->max_event) span->max_event = to;
}

struct lake_span lake_layout_span(enum compact_layout layout, const struct lake_input *inputs, size_t n,
                                  const struct lake_span *whole, double from, double to)
{
    CHECK(from >= 0 && from < to && to <= 1, "records from %g to %g", from, to);
    struct lake_span span = *whole;
    if (from <= 0 && to >= 1) return span;
    double shares[2][2] = {{0, 1}, {0, 1}}; /* of each column, from and to */
    switch (layout) {
    case COMPACT_BY_KEY:
    case COMPACT_BY_TIME:
        shares[layout == COMPACT_BY_KEY ? KEYS : TIMES][0] = from;
        shares[layout == COMPACT_BY_KEY ? KEYS : TIMES][1] = to;
        break;
    case COMPACT_BY_Z_ORDER: {
        const double cells = (double)ZORDER_RANGES * ZORDER_RANGES;
        const uint64_t first = (uint64_t)floor(from * cells), end = (uint64_t)ceil(to * cells);
        const uint64_t last = end > first ? (end <= (uint64_t)cells ? end - 1 : (uint64_t)cells - 1) : first;
        const struct zorder_box box = zorder_box_of(zorder_cell(ZORDER_RANGES, first), zorder_cell(ZORDER_RANGES, last));
        for (int c = 0; c < 2; c++) {
            shares[c][0] = fmin((double)box.min[c] / ZORDER_RANGES, 1);
            shares[c][1] = fmin(((double)box.max[c] + 1) / ZORDER_RANGES, 1);
        }
        break;
    }
    }
    for (int c = KEYS; c <= TIMES; c++)
        if (shares[c][0] > 0 || shares[c][1] < 1)
            set(&span, whole, c, quantile(inputs, n, whole, c, shares[c][0]), quantile(inputs, n, whole, c, shares[c][1]));
    return span;
}
