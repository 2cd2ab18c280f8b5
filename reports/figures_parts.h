/* figures_parts.h: what each figure puts into its two files. Private to reports/.
 *
 * `data` takes numbers alone, `parameters` what gnuplot.h writes. False: the record has nothing to draw, and
 * neither file is kept.
 */
#ifndef HEADROOM_REPORTS_FIGURES_PARTS_H
#define HEADROOM_REPORTS_FIGURES_PARTS_H

#include <stdbool.h>
#include <stdio.h>

struct arena;
struct record;

/* figures_time.c, figures_lag.c, figures_lake.c: along the run. */
bool figure_timeline(FILE *data, FILE *parameters, const struct record *, struct arena *);
bool figure_freshness(FILE *data, FILE *parameters, const struct record *, struct arena *);
bool figure_lag(FILE *data, FILE *parameters, const struct record *, struct arena *);
bool figure_lake(FILE *data, FILE *parameters, const struct record *, struct arena *);

/* figures_still.c: of the run as a whole. */
bool figure_outputs(FILE *data, FILE *parameters, const struct record *, struct arena *);
bool figure_latency(FILE *data, FILE *parameters, const struct record *, struct arena *);
bool figure_utilization(FILE *data, FILE *parameters, const struct record *, struct arena *);
bool figure_cost(FILE *data, FILE *parameters, const struct record *, struct arena *);

#endif
