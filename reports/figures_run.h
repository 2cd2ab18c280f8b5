/* figures_run.h: what the figures along the run share — the axis of time with its faults, and lines of the series.
 * Private to reports/.
 *
 * `data` takes numbers alone, `parameters` what gnuplot.h writes; plots/time.gp and header.gp read the faults.
 */
#ifndef HEADROOM_REPORTS_FIGURES_RUN_H
#define HEADROOM_REPORTS_FIGURES_RUN_H

#include <stdio.h>

struct arena;
struct axis;
struct record;
struct record_column;

enum {
    RUN_LINES_MAX = 32,     /* of one panel; the record has the rest */
    RUN_LEGEND_LENGTH = 31, /* characters that fit beside the panels */
};

struct run_lines {
    const char *kind; /* "lag" */
    const struct record_column *column[RUN_LINES_MAX];
    const char *of[RUN_LINES_MAX]; /* the group's, output's or table's name */
    int n;
    double top;      /* of all values */
    double smallest; /* the least of the lines' own tops and medians that is not 0, or 0 */
};

/* The columns "kind.<name>", in the record's order. */
struct run_lines run_lines_find(const struct record *, const char *kind, struct arena *);

/* KIND_n, KIND_column, KIND_name[], KIND_sparse[]; `first_column` is the first one's in the data, from 1. The same name
 * has the same colour in every panel and figure: its place among the groups, or among the outputs. */
void run_lines_put(FILE *parameters, const struct record *, const struct run_lines *, const char *before,
                   int first_column, struct arena *);

/* ARRAY[]: the colour of each of n <= RUN_LINES_MAX outputs or tables: its place among the outputs of the series, or
 * one after those. */
void run_colors_put(FILE *parameters, const struct record *, const char *array, const char *const *names, int n,
                    struct arena *);

/* Column 1 is the time of day in seconds after the first midnight; then the columns given. */
void run_data_put(FILE *data, const struct record *, const struct record_column *const *columns, int columns_n);

/* The title, the axis of time and the faults. `least_s`: the axis is at least that long; 0: as long as the run. */
void run_start_put(FILE *parameters, const struct record *, struct axis *x, double least_s, const char *what,
                   struct arena *);

#endif
