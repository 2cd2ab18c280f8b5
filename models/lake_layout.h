/* lake_layout.h: which keys and times the files of a compaction hold, so that queries can pass them over.
 *
 * A file's keys are told as shares of its partition's records in the order of keys: a file of [0.25, 0.5] holds the
 * second quarter of them. Records are taken as even over each file's span, keys as independent of times. Outputs hold the
 * records from one share of all to another: along a sort, of what the inputs have together; along the curve, a piece of its
 * way through a grid of ZORDER_RANGES x ZORDER_RANGES such shares, of which the span is the box (zorder.h). A
 * key that fills several ranges counts as spread over them.
 *
 * Cost: for each output and column some fifty passes over the inputs, none where there is one output or all inputs span
 * the same.
 */
#ifndef HEADROOM_MODELS_LAKE_LAYOUT_H
#define HEADROOM_MODELS_LAKE_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "compact.h"
#include "sim_time.h"

struct lake_span {
    double min_key, max_key; /* 0 .. 1, of the partition's records */
    sim_time min_event, max_event;
};

struct lake_input {
    struct lake_span span;
    double rows;
};

/* The span of an output that holds the records from one share of all to another, 0 <= from < to <= 1. whole: what the inputs
 * span together. */
struct lake_span lake_layout_span(enum compact_layout, const struct lake_input *inputs, size_t n, const struct lake_span *whole,
                                  double from, double to);

#endif
