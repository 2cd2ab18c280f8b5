/* axis.h: scales for figures — where an axis begins and ends, whether it is logarithmic, and its tick labels.
 *
 * A linear axis begins a hair below 0. A logarithmic one has a floor that stands for everything at or below
 * it, and says so in its lowest label: "0", "<=10k", "<=1 ms". Labels carry their unit: "1.2M", "10 min", "500 GB".
 */
#ifndef HEADROOM_REPORTS_AXIS_H
#define HEADROOM_REPORTS_AXIS_H

#include <stdbool.h>

enum { AXIS_TICKS_MAX = 48, AXIS_LABEL_SIZE = 24 };

enum axis_kind { AXIS_COUNT, AXIS_BYTES, AXIS_DURATION };

struct axis {
    double min, max;
    bool is_log;
    double floor; /* log: what is drawn for smaller values; linear: 0 */
    int ticks_n;
    double tick[AXIS_TICKS_MAX];
    char label[AXIS_TICKS_MAX][AXIS_LABEL_SIZE];
};

/* For values 0 .. top, of which `smallest` (> 0, or 0 if unknown) must still be seen: linear unless it would
 * be within a few pixels of 0. Durations in seconds, bytes in decimal units. */
void axis_fit(struct axis *axis, enum axis_kind kind, double smallest, double top);

/* Durations on a logarithmic axis, whatever they are; `smallest` > 0. */
void axis_fit_log(struct axis *axis, double smallest, double top);

/* For the colours of a heatmap of counts: always logarithmic, from `low` to `top` (both > 0) and no wider than they
 * need, but a decade at least. */
void axis_fit_colors(struct axis *axis, double low, double top);

/* Time of day along x: from start_s (seconds after midnight), length_s long; "18:00", and from the second day
 * on "day 2 00:00". tick and min, max are seconds after the first midnight. */
void axis_time_of_day(struct axis *axis, double start_s, double length_s);

#endif
