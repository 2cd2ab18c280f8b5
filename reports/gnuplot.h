/* gnuplot.h: numbers, arrays and strings as gnuplot reads them in a parameter file.
 *
 * Strings go in single quotes, in which gnuplot evaluates nothing: no backquotes, no escapes, no macros; only
 * the quote itself is doubled. Line breaks and other control characters become '?'.
 */
#ifndef HEADROOM_REPORTS_GNUPLOT_H
#define HEADROOM_REPORTS_GNUPLOT_H

#include <stdio.h>

struct arena;
struct axis;

/* At most `limit` characters of UTF-8 text, "..." for what is cut, in quotes; in the arena. */
const char *gnuplot_quoted(struct arena *arena, const char *text, int limit);

/* The same, cut in the middle: names of one kind often differ at their ends alone. */
const char *gnuplot_quoted_ends(struct arena *arena, const char *text, int limit);

/* The same as a tick's label, which gnuplot takes for a format: '%' is doubled. */
const char *gnuplot_quoted_tick(struct arena *arena, const char *text, int limit);

void gnuplot_number(FILE *out, double value); /* NaN where it is none */
void gnuplot_value(FILE *out, const char *name, double value);

/* An array of n, or of one unused element: gnuplot has no empty arrays. Strings are quoted already. */
void gnuplot_numbers(FILE *out, const char *name, const double *values, int n);
void gnuplot_strings(FILE *out, const char *name, const char *const *quoted_values, int n);

/* PREFIX_min, _max, _log, _floor, _ticks, _tick[] and _label[]. */
void gnuplot_axis(FILE *out, const char *prefix, const struct axis *axis);

#endif
