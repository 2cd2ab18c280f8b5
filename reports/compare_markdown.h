/* compare_markdown.h: a comparison of designs as Markdown, to be put into a design document: what it comes to, then one
 * table with a column a design, then what differs. Escaped as in markdown.h; equal comparisons give equal bytes. */
#ifndef HEADROOM_REPORTS_COMPARE_MARKDOWN_H
#define HEADROOM_REPORTS_COMPARE_MARKDOWN_H

#include <stddef.h>

struct arena;
struct comparison_record;

/* The text, NUL-terminated, in the arena; *n is its length. */
char *report_compare_markdown_text(const struct comparison_record *, struct arena *, size_t *n);

#endif
