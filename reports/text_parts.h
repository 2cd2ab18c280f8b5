/* text_parts.h: what the files of the text report share; nobody else includes it. */
#ifndef HEADROOM_REPORTS_TEXT_PARTS_H
#define HEADROOM_REPORTS_TEXT_PARTS_H

#include "page.h"
#include "record.h"
#include "units.h"

static inline const char *text_in_units(enum units_kind kind, const struct record_number *number, char *buffer)
{
    if (!number->known) return "?";
    return units_format(kind, number->value, buffer, PAGE_TEXT_SIZE);
}

static inline void text_heading(struct page *page, int width, const char *text)
{
    page_left(page, PAGE_BOLD, width, text);
}

static inline void text_and_more(struct page *page, int n, const char *what)
{
    if (n <= 0) return;
    char text[PAGE_TEXT_SIZE];
    snprintf(text, sizeof(text), "  and %d more of the %s, in result.json", n, what);
    page_text(page, PAGE_FAINT, text);
    page_end_line(page);
}

/* text_delivery.c: groups that were behind or rebalanced; what became of all records. */
void text_groups(struct page *page, const struct record *record);
void text_delivery(struct page *page, const struct record *record);

#endif
