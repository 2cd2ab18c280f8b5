/* text.h: the verdict for a terminal — what a capacity reviewer reads, on one screen.
 *
 * At most 100 columns; about fifty lines for a pipeline of two groups and two faults (each further group,
 * objective or fault adds its line; long lists end in "and N more", which the record has in full). Plain
 * ASCII of our own; names and free text of the scenario are shown as they are, except that control characters
 * are replaced by '?'. Units for people: percentiles in ms, s or minutes, counts as 1.04M, sizes in decimal
 * or binary units, always named.
 */
#ifndef HEADROOM_REPORTS_TEXT_H
#define HEADROOM_REPORTS_TEXT_H

#include <stdbool.h>
#include <stdio.h>

struct page;
struct record;

struct report_text_options {
    FILE *out;
    bool color;               /* see report_text_color() */
    const char *out_dir;      /* where the files are; NULL: beside this text */
    const char *const *files; /* their names inside out_dir */
    int files_n;
    const char *figures_note; /* why there are no figures; NULL: there are */
};

void report_text(const struct record *, const struct report_text_options *);

/* The lines that say which files there are: the last of every page. */
void report_text_files(struct page *, const struct report_text_options *);

/* May colour be used on this stream? It is a terminal, TERM is not "dumb", and NO_COLOR is unset or empty. */
bool report_text_color(FILE *);

#endif
