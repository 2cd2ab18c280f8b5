/* compare_text.h: a comparison of designs for a terminal: one table, a column a design, and what it comes to.
 *
 * Two designs: their difference and its 95 % interval stand in the same table. More: below it, a table for each design but
 * the first. A star marks an interval that excludes 0. At most 100 columns; see text.h for words and units.
 */
#ifndef HEADROOM_REPORTS_COMPARE_TEXT_H
#define HEADROOM_REPORTS_COMPARE_TEXT_H

struct comparison_record;
struct report_text_options;

void report_compare_text(const struct comparison_record *, const struct report_text_options *);

#endif
