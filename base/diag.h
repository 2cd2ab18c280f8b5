/* diag.h: the mistakes found in a user's input, collected, sorted and printed.
 *
 * A reader or checker adds every mistake it finds and goes on; whoever started it asks diag_count() and, if
 * it is not zero, prints them all and ends with exit code 2. Each mistake is printed as
 *
 *     scenario.json:12:19: topics[0].replication: is 3 but cluster.brokers is 2
 *         "replication": 3,
 *                        ^
 *
 * sorted by file (in the order in which files first appeared), line and column, then by order of adding. A
 * position of line 0 means the whole file (or an option), and prints no line, column or caret. Notes are
 * printed the same way with "note: " before the message, and are not mistakes: diag_count() leaves them out.
 *
 * A message says what was found, what fits, and the nearest right name. It is one line: control characters in
 * it and in the source line are made harmless on printing.
 *
 * Limits: the first DIAG_KEPT_MAX entries are kept and the first DIAG_PRINTED_MAX printed; a count of the
 * rest follows. Ownership: file names, paths and messages are copied. Source text is not: it must outlive the
 * diag.
 */
#ifndef HEADROOM_BASE_DIAG_H
#define HEADROOM_BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { DIAG_KEPT_MAX = 5000, DIAG_PRINTED_MAX = 200 };

/* Where something stands in a text: line and column from 1 (columns count Unicode characters), bytes from 0.
 */
struct diag_pos {
    uint32_t line;
    uint32_t column;
    uint32_t offset;
};
#define DIAG_NO_POS ((struct diag_pos){0, 0, 0})

struct diag_entry {
    const char *file;
    const char *path; /* "" when there is none */
    const char *message;
    struct diag_pos pos;
    bool is_note;
};

struct diag;

struct diag *diag_new(void);
void diag_free(struct diag *diag); /* NULL is allowed */

/* The text of a file, so that source lines can be shown. Not copied. A second text for a file replaces the
 * first. */
void diag_source(struct diag *diag, const char *file, const char *text, size_t n);

/* path may be NULL or "". */
void diag_add(struct diag *diag, const char *file, struct diag_pos pos, const char *path, const char *format,
              ...) __attribute__((format(printf, 5, 6)));
void diag_note(struct diag *diag, const char *file, struct diag_pos pos, const char *path, const char *format,
               ...) __attribute__((format(printf, 5, 6)));

size_t diag_count(const struct diag *diag); /* mistakes, those beyond DIAG_KEPT_MAX included */
size_t diag_note_count(const struct diag *diag);

/* Kept entries, notes included, in printing order; NULL beyond the last. Valid until the next diag_add(). */
const struct diag_entry *diag_get(struct diag *diag, size_t index);

void diag_print(struct diag *diag, FILE *out);

#endif
