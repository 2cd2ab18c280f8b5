/* mark.h: text that grows, and words made fit to stand in Markdown. Private to reports/.
 *
 * mark_text() escapes: what comes out is shown by any CommonMark or GitHub renderer as the text that went in,
 * wherever in a line or a table cell it stands, and starts nothing: no emphasis, link, code, HTML, cell,
 * mathematics or mention. Line breaks become spaces, characters that could upset or disguise become '?'.
 */
#ifndef HEADROOM_REPORTS_MARK_H
#define HEADROOM_REPORTS_MARK_H

#include <stddef.h>

struct arena;

struct mark {
    struct arena *arena;
    char *bytes; /* NUL-terminated once something was put */
    size_t n, capacity;
};

/* Our own Markdown, as it is. */
void mark_put(struct mark *mark, const char *text);
void mark_printf(struct mark *mark, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Somebody's text, escaped, in the arena. NULL is "?". */
const char *mark_text(struct arena *arena, const char *text);

/* The same as code where it has nothing in it that code could not hold, else as mark_text(). */
const char *mark_code(struct arena *arena, const char *text);

/* "| a | b |" of n cells, each Markdown already. */
void mark_row(struct mark *mark, int n, const char *const *cells);

/* The line below a table's head: 'l' or 'r' for each column. */
void mark_rule(struct mark *mark, const char *columns);

#endif
