/* files.h: every output of a run, in one directory.
 *
 *   result.json   the run record
 *   series.csv    the series, one row a step
 *   verdict.txt   the text verdict, without colour
 *   report.md     the report for a design document, which shows the figures
 *   timeline.svg, timeline.png, ...
 *                 the figures (see figures.h); figures/ holds what they were drawn from
 *
 * None of them says where it lies, so that the same record gives the same bytes in any directory. Each file
 * is written under a temporary name and renamed, so that a reader never sees half of one. The directory is
 * made if it is not there.
 */
#ifndef HEADROOM_REPORTS_FILES_H
#define HEADROOM_REPORTS_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "figures.h"

struct arena;
struct record;
struct report_sources;

enum { REPORT_FILES_MAX = FIGURES_FILES_MAX + 8 };

struct report_files_options {
    const char *out_dir;
    bool with_host;                       /* result.json has `host` */
    bool figures;                         /* draw them */
    const char *plots_dir;                /* where the gnuplot scripts are */
    const struct report_sources *sources; /* for report.md; see markdown.h */
};

struct report_files_result {
    const char *files[REPORT_FILES_MAX]; /* names inside out_dir, in the order of the list above */
    int files_n;
    enum figures_status figures;
    const char *figures_note; /* why there are no figures, or NULL */
    char error[512];          /* on false */
};

/* False if a file could not be written (error says which and why); figures that could not be drawn are no
 * error. The result's strings live in the arena. */
bool report_files(const struct record *, const struct report_files_options *, struct arena *,
                  struct report_files_result *);

#endif
