/* markdown_parts.h: what the halves of the Markdown report share. Private to reports/. */
#ifndef HEADROOM_REPORTS_MARKDOWN_PARTS_H
#define HEADROOM_REPORTS_MARKDOWN_PARTS_H

#include "units.h"

struct mark;
struct record;
struct record_number;

/* markdown_design.c: the scenario as it was resolved: its constraints; every part with its settings, and what
 * the choices in it bought and cost, as measured. */
void markdown_constraints(struct mark *mark, const struct record *record);
void markdown_design(struct mark *mark, const struct record *record);

/* A text of the resolved scenario by its keys ("decision", "owner", NULL), escaped; NULL if there is none. */
const char *markdown_resolved(struct mark *mark, const struct record *record, const char *key,
                              const char *inner);

/* For people, escaped; "?" if it is not known. */
const char *markdown_number(struct mark *mark, enum units_kind kind, const struct record_number *number);
const char *markdown_money(struct mark *mark, const struct record_number *number);
const char *markdown_count(struct mark *mark, const struct record_number *number);

#endif
