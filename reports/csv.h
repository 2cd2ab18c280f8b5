/* csv.h: the series as CSV (RFC 4180): a header, then one row a step, CRLF line ends, '.' as the decimal
 * point.
 *
 * The columns are `time_s` (from the start of the run), `time_of_day` (hh:mm:ss) and the record's own, with
 * the unit as the last word of the name: produced_per_s, consumed_per_s.ctr, lag.ctr_records,
 * staleness.ctr_s. A value that is not known is an empty field. Fields with a comma, a quote or a line break
 * are quoted.
 */
#ifndef HEADROOM_REPORTS_CSV_H
#define HEADROOM_REPORTS_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct arena;
struct record;

/* Writes and flushes. False if the stream could not take it; then `error` (of n bytes) says why. */
bool report_csv(const struct record *, FILE *, char *error, size_t n);

/* The same as text in the arena; *n is its length. */
char *report_csv_text(const struct record *, struct arena *, size_t *n);

#endif
