/* page.h: lines of text for a terminal — cells of fixed width, wrapped prose, and colour where it is wanted.
 *
 * Widths count Unicode characters. Whatever text goes through here has its control characters replaced by
 * '?', so that a name can never move the cursor or change a colour. No line is longer than PAGE_WIDTH.
 */
#ifndef HEADROOM_REPORTS_PAGE_H
#define HEADROOM_REPORTS_PAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { PAGE_WIDTH = 100, PAGE_TEXT_SIZE = 256 };

enum page_style { PAGE_PLAIN, PAGE_BOLD, PAGE_GOOD, PAGE_BAD, PAGE_DOUBT, PAGE_FAINT };

struct page {
    FILE *out;
    bool color;
    int column; /* characters written on this line */
    int lines;  /* written so far */
};

void page_text(struct page *page, enum page_style style, const char *text); /* cut at the end of the line */
/* A cell of `width` characters: padded, or cut with "..". */
void page_left(struct page *page, enum page_style style, int width, const char *text);
void page_right(struct page *page, enum page_style style, int width, const char *text);
void page_end_line(struct page *page);
/* Words of `text` from here on, in lines that begin at `indent`; ends the last line. At most lines_max lines,
 * the last then ends in "...". */
void page_wrap(struct page *page, int indent, int lines_max, const char *text);

/* Numbers for people. `buffer` holds PAGE_TEXT_SIZE bytes and is returned. */
const char *page_count(char *buffer, int64_t count);        /* "13,043,478,261" */
const char *page_short_count(char *buffer, double count);   /* "71.2M", "950" */
const char *page_compression(char *buffer, double ratio);   /* "compressed 2.10 to 1", "4% more with headers" */
const char *page_money(char *buffer, double usd);           /* "$8,577.79"; without cents from $100,000 on */
const char *page_unit_price(char *buffer, double usd);      /* "$0.6528", "$0.0000004": never as 4e-07 */
const char *page_quantity(char *buffer, double quantity);   /* "13,140", "2.5" */
/* A figure in the unit of its record: "s", "usd", "records", "bytes", "count"; any other is a plain number. */
const char *page_figure(char *buffer, const char *unit, double value);
/* The same of a difference: with its sign, but for 0. */
const char *page_difference(char *buffer, const char *unit, double value);
const char *page_time_of_day(char *buffer, double seconds); /* "19:00", "day 2 03:15" */

#endif
