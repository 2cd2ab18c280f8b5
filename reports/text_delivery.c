/* text_delivery.c: consumer groups and the account of all records, in text; see text.h. */
#include "text_parts.h"

#include "arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS_SHOWN = 6 };

/* Did anything happen to it? */
static bool is_eventful(const struct record_consumption *group)
{
    const struct record_number *f = group->figure;
    return f[RECORD_REBALANCES].value > 0 || f[RECORD_EXPELLED].value > 0 || f[RECORD_PARTITION_SECONDS_STOPPED].value > 0 ||
           !f[RECORD_CLEAR_LAG_S].known || f[RECORD_CLEAR_LAG_S].value > 0;
}

static void put_group(struct page *page, const struct record_consumption *group)
{
    const struct record_number *f = group->figure;
    char text[PAGE_TEXT_SIZE], count[PAGE_TEXT_SIZE];
    page_text(page, PAGE_PLAIN, "  ");
    page_left(page, PAGE_PLAIN, 17, group->name);
    snprintf(text, sizeof text, "%.3g", f[RECORD_REBALANCES].value);
    page_right(page, PAGE_PLAIN, 11, f[RECORD_REBALANCES].known ? text : "?");
    page_right(page, PAGE_PLAIN, 9, text_in_units(UNITS_DURATION, &f[RECORD_REBALANCE_LONGEST_S], text));
    page_right(page, PAGE_PLAIN, 9, f[RECORD_PEAK_LAG_RECORDS].known ? page_short_count(count, f[RECORD_PEAK_LAG_RECORDS].value) : "?");
    page_right(page, PAGE_PLAIN, 9, text_in_units(UNITS_DURATION, &f[RECORD_PEAK_LAG_S], text));
    snprintf(text, sizeof text, "p%.0f, %.2gx", f[RECORD_PEAK_LAG_PARTITION].value, f[RECORD_PEAK_LAG_SKEW].value);
    page_right(page, PAGE_PLAIN, 15, f[RECORD_PEAK_LAG_SKEW].known && f[RECORD_PEAK_LAG_PARTITION].known ? text : "none");
    page_right(page, PAGE_PLAIN, 11, f[RECORD_CLEAR_LAG_S].known ? text_in_units(UNITS_DURATION, &f[RECORD_CLEAR_LAG_S], text) : "not yet");
    snprintf(text, sizeof text, "p%.0f", f[RECORD_CLEAR_LAG_PARTITION].value);
    page_right(page, PAGE_PLAIN, 8, f[RECORD_CLEAR_LAG_PARTITION].known ? text : "");
    page_end_line(page);
}

void text_groups(struct page *page, const struct record *record)
{
    int n = 0, shown = 0;
    for (int i = 0; i < record->groups_n; i++) n += is_eventful(&record->groups[i]);
    if (n == 0) return;
    page_end_line(page);
    text_heading(page, 19, "GROUPS");
    page_right(page, PAGE_FAINT, 11, "rebalances");
    page_right(page, PAGE_FAINT, 9, "longest");
    page_right(page, PAGE_FAINT, 9, "peak lag");
    page_right(page, PAGE_FAINT, 9, "oldest");
    page_right(page, PAGE_FAINT, 15, "most behind");
    page_right(page, PAGE_FAINT, 11, "cleared in");
    page_right(page, PAGE_FAINT, 8, "last");
    page_end_line(page);
    for (int i = 0; i < record->groups_n && shown < GROUPS_SHOWN; i++) {
        if (!is_eventful(&record->groups[i])) continue;
        put_group(page, &record->groups[i]);
        shown++;
    }
    text_and_more(page, n - shown, "groups");
}

/* What stands beside the identity: nothing, or each count that is not 0. */
static void put_beside(struct page *page, const struct record_group *group, struct arena *arena)
{
    char count[PAGE_TEXT_SIZE];
    const char *text = "";
    const struct {
        const char *name;
        int64_t count;
    } beside[] = {{"delivered twice", group->duplicated},
                  {"removed by their ids", group->deduplicated.known ? (int64_t)group->deduplicated.value : 0},
                  {"refused by a window as late", group->dropped_late},
                  {"out of order", group->reordered}};
    for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
        if (beside[i].count == 0) continue;
        text = arena_printf(arena, "%s%s%s %s", text, *text != '\0' ? ", " : "",
                            page_count(count, beside[i].count), beside[i].name);
    }
    for (int i = 0; i < group->lost_by_n; i++) {
        if (group->lost_by[i].count == 0) continue;
        text = arena_printf(arena, "%s%s%s lost by %s", text, *text != '\0' ? ", " : "",
                            page_count(count, group->lost_by[i].count), group->lost_by[i].name);
    }
    if (*text == '\0') return;
    page_text(page, PAGE_PLAIN, "      ");
    page_wrap(page, 6, 2, text);
}

/* What producers gave up and sent again, if anything. */
static void put_producers(struct page *page, const struct record *record, struct arena *arena)
{
    char count[PAGE_TEXT_SIZE];
    const char *text = "";
    int64_t failed = 0;
    for (int i = 0; i < record->delivery.requests_failed_n; i++) failed += record->delivery.requests_failed[i].count;
    if (failed > 0) text = arena_printf(arena, "%s requests failed, ", page_count(count, failed));
    if (failed > 0)
        text = arena_printf(arena, "%s%s resent%s", text, page_count(count, record->delivery.requests_retried),
                            record->delivery.rejected_by_n > 0 ? "; " : "");
    for (int i = 0; i < record->delivery.rejected_by_n; i++)
        text = arena_printf(arena, "%s%s%s %s", text, i > 0 ? ", " : "rejected: ",
                            page_count(count, record->delivery.rejected_by[i].count), record->delivery.rejected_by[i].name);
    if (*text == '\0') return;
    page_text(page, PAGE_PLAIN, "  producers: ");
    page_wrap(page, 13, 2, text);
}

void text_delivery(struct page *page, const struct record *record)
{
    struct arena *arena = arena_new(0);
    char count[PAGE_TEXT_SIZE];
    page_end_line(page);
    text_heading(page, 20, "DELIVERY (records)");
    page_right(page, PAGE_FAINT, 16, "produced =");
    page_right(page, PAGE_FAINT, 13, "rejected +");
    page_right(page, PAGE_FAINT, 17, "delivered +");
    page_right(page, PAGE_FAINT, 15, "lost +");
    page_right(page, PAGE_FAINT, 15, "in flight");
    page_end_line(page);
    int shown = record->delivery.groups_n < GROUPS_SHOWN ? record->delivery.groups_n : GROUPS_SHOWN;
    for (int i = 0; i < shown; i++) {
        const struct record_group *group = &record->delivery.groups[i];
        page_text(page, PAGE_PLAIN, "  ");
        page_left(page, PAGE_PLAIN, 16, group->name);
        page_right(page, PAGE_PLAIN, 16, page_count(count, record->delivery.produced));
        page_text(page, PAGE_PLAIN, " =");
        page_right(page, PAGE_PLAIN, 11, page_count(count, record->delivery.rejected));
        page_text(page, PAGE_PLAIN, " +");
        page_right(page, PAGE_PLAIN, 15, page_count(count, group->delivered));
        page_text(page, PAGE_PLAIN, " +");
        page_right(page, group->lost > 0 ? PAGE_BAD : PAGE_PLAIN, 13, page_count(count, group->lost));
        page_text(page, PAGE_PLAIN, " +");
        page_right(page, PAGE_PLAIN, 15, page_count(count, group->in_flight));
        page_end_line(page);
        put_beside(page, group, arena);
    }
    text_and_more(page, record->delivery.groups_n - shown, "groups");
    put_producers(page, record, arena);
    arena_free(arena);
}
