/* figures.h: the pictures, which gnuplot draws from the scripts in plots/, each as SVG and PNG.
 *
 *   timeline      produced and consumed a second, and lag of every group, with the faults marked
 *   freshness     freshness and staleness of every output, against their objectives, with the faults marked
 *   lag           lag by partition as a heatmap for each group, with the faults marked
 *   outputs       freshness of every output at p50, p95 and p99, against its objectives
 *   lake          files and bytes of every table, with the compactions marked; if the run has a lake
 *   latency       latency of every stage by percentile, with its intervals, against its objectives
 *   utilization   every resource, mean and peak
 *   cost          the month's bill: by kind as one stacked bar, and by line
 *
 * gnuplot is started with an argument list, never through a shell. What it reads stays in out_dir/figures/,
 * so that anyone can draw again: for each figure a data file of numbers alone, and a parameter file in which
 * every name of the scenario stands in a single-quoted string with its quotes doubled, so that nothing in a
 * scenario is ever evaluated.
 *
 * Figures that an earlier run left in out_dir, and inputs of those that this record does not have, are removed. Without gnuplot the run is no worse:
 * FIGURES_NO_GNUPLOT, and a note that says what to install. A gnuplot that hangs is ended after time_limit_s.
 * The SVG is the same bytes for the same record and gnuplot version.
 */
#ifndef HEADROOM_REPORTS_FIGURES_H
#define HEADROOM_REPORTS_FIGURES_H

#include <stddef.h>

struct arena;
struct record;

enum figures_status { FIGURES_DRAWN, FIGURES_NO_GNUPLOT, FIGURES_NOTHING_TO_DRAW, FIGURES_FAILED };

enum { FIGURES_FILES_MAX = 32, FIGURES_TIME_LIMIT_S = 60 };

struct figures_options {
    const char *out_dir;   /* exists and is writable */
    const char *plots_dir; /* holds timeline.gp and the others */
    const char *gnuplot;   /* program; NULL: "gnuplot", found in PATH */
    int time_limit_s;      /* of each figure; 0: FIGURES_TIME_LIMIT_S */
};

struct figures_result {
    enum figures_status status;
    const char *files[FIGURES_FILES_MAX]; /* names inside out_dir, figures only */
    int files_n;
    const char *note; /* for people, when not FIGURES_DRAWN; NULL otherwise */
};

/* Everything in the result lives in the arena. Cost: about two seconds, nearly all of it gnuplot's. */
struct figures_result report_figures(const struct record *, const struct figures_options *, struct arena *);

#endif
