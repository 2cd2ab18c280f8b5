/* compare_text.c: see compare_text.h. */
#include "compare_text.h"

#include "arena.h"
#include "comparison.h"
#include "page.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum { INDENT = 2, NAME = 28, VALUE_MOST = 15, DIFFERENCE = 14, INTERVAL_AT = 3 };

static int value_width(const struct comparison_record *c)
{
    int width = (PAGE_WIDTH - NAME - INDENT) / c->designs_n;
    return width < VALUE_MOST ? width : VALUE_MOST;
}

/* To the right of `width`, with a space before it however long it is. */
static void put_cell(struct page *page, enum page_style style, int width, const char *text)
{
    page_text(page, PAGE_PLAIN, " ");
    page_right(page, style, width - 1, text);
}

static enum page_style style_of(enum record_verdict verdict)
{
    return verdict == RECORD_MET ? PAGE_GOOD : verdict == RECORD_MISSED ? PAGE_BAD : PAGE_DOUBT;
}

static void put_designs(struct page *page, const struct comparison_record *c)
{
    char text[PAGE_TEXT_SIZE];
    snprintf(text, sizeof(text), "%d designs, %d replication%s of each from seed %llu", c->designs_n, c->replications,
             c->replications == 1 ? "" : "s", (unsigned long long)c->seed);
    page_text(page, PAGE_BOLD, text);
    page_end_line(page);
    for (int d = 0; d < c->designs_n; d++) {
        const struct comparison_design *design = &c->designs[d];
        page_text(page, PAGE_PLAIN, "  ");
        page_left(page, PAGE_BOLD, 3, design->label);
        page_text(page, PAGE_BOLD, design->name);
        page_text(page, PAGE_FAINT, "  ");
        page_text(page, PAGE_FAINT, design->file);
        page_end_line(page);
        page_text(page, PAGE_PLAIN, "     ");
        page_wrap(page, 5, 3, design->answer);
    }
    if (c->partial) {
        page_text(page, PAGE_BAD, "  PARTIAL:");
        page_wrap(page, INDENT, 2, c->partial_why != NULL ? c->partial_why : "not every run was finished");
    }
}

/* What stands to the right of a row's name: the difference and its interval. */
static void put_difference(struct page *page, const char *unit, const struct comparison_difference *difference)
{
    char mean[PAGE_TEXT_SIZE], low[PAGE_TEXT_SIZE], high[PAGE_TEXT_SIZE], text[3 * PAGE_TEXT_SIZE];
    enum page_style style = difference->excludes_zero ? PAGE_BOLD : PAGE_PLAIN;
    put_cell(page, style, DIFFERENCE, difference->mean.known ? page_difference(mean, unit, difference->mean.value) : "-");
    if (!difference->mean.known || !difference->low.known || !difference->high.known) return;
    snprintf(text, sizeof(text), "%*s%s .. %s", INTERVAL_AT, difference->excludes_zero ? "* " : "",
             page_difference(low, unit, difference->low.value), page_difference(high, unit, difference->high.value));
    page_text(page, PAGE_PLAIN, text);
}

static void put_heads(struct page *page, const struct comparison_record *c, const struct comparison_pair *pair)
{
    char text[PAGE_TEXT_SIZE];
    snprintf(text, sizeof(text), "%s - %s", pair->of, pair->less);
    page_right(page, PAGE_FAINT, DIFFERENCE, text);
    page_text(page, PAGE_FAINT, c->replications > 1 ? "   95 % interval (* not 0)" : "");
}

/* Words of each design, such as its verdict. */
static void put_words(struct page *page, const char *name, const struct comparison_record *c, const char *const *words,
                      const enum page_style *styles)
{
    page_text(page, PAGE_PLAIN, "  ");
    page_left(page, PAGE_PLAIN, NAME, name);
    for (int d = 0; d < c->designs_n; d++)
        put_cell(page, styles[d], value_width(c), words[d] != NULL ? words[d] : "-");
    page_end_line(page);
}

static void put_section(struct page *page, enum comparison_section section)
{
    page_text(page, PAGE_BOLD, comparison_section_words[section]);
    page_end_line(page);
}

static void put_table(struct page *page, const struct comparison_record *c)
{
    const char *verdicts[COMPARISON_DESIGNS_MAX], *outputs[COMPARISON_DESIGNS_MAX];
    enum page_style styles[COMPARISON_DESIGNS_MAX], plain[COMPARISON_DESIGNS_MAX];
    char text[PAGE_TEXT_SIZE];
    page_end_line(page);
    page_left(page, PAGE_PLAIN, NAME + INDENT, "");
    for (int d = 0; d < c->designs_n; d++) {
        put_cell(page, PAGE_BOLD, value_width(c), c->designs[d].label);
        verdicts[d] = record_verdict_name(c->designs[d].verdict);
        outputs[d] = c->designs[d].output.text;
        styles[d] = style_of(c->designs[d].verdict);
        plain[d] = PAGE_PLAIN;
    }
    if (c->pairs_n == 1) put_heads(page, c, &c->pairs[0]);
    page_end_line(page);
    put_words(page, "verdict", c, verdicts, styles);
    put_words(page, "the decision's output", c, outputs, plain);
    for (int i = 0; i < c->rows_n; i++) {
        const struct comparison_row *row = &c->rows[i];
        if (i == 0 || row->section != c->rows[i - 1].section) put_section(page, row->section);
        page_text(page, PAGE_PLAIN, "  ");
        page_left(page, PAGE_PLAIN, NAME, row->words);
        for (int d = 0; d < c->designs_n; d++) {
            const struct record_number *value = &c->designs[d].values[i].number;
            put_cell(page, PAGE_PLAIN, value_width(c), value->known ? page_figure(text, row->unit, value->value) : "-");
        }
        if (c->pairs_n == 1) put_difference(page, row->unit, &c->pairs[0].differences[i]);
        page_end_line(page);
    }
}

static void put_pair(struct page *page, const struct comparison_record *c, const struct comparison_pair *pair)
{
    page_end_line(page);
    page_left(page, PAGE_PLAIN, NAME + INDENT, "");
    put_heads(page, c, pair);
    page_end_line(page);
    for (int i = 0; i < c->rows_n; i++) {
        if (i == 0 || c->rows[i].section != c->rows[i - 1].section) put_section(page, c->rows[i].section);
        page_text(page, PAGE_PLAIN, "  ");
        page_left(page, PAGE_PLAIN, NAME, c->rows[i].words);
        put_difference(page, c->rows[i].unit, &pair->differences[i]);
        page_end_line(page);
    }
}

/* What is not known of some design, one line a reason. */
static void put_unknown(struct page *page, const struct comparison_record *c)
{
    struct arena *arena = arena_new(0);
    bool any = false;
    for (int d = 0; d < c->designs_n; d++) {
        bool *done = ARENA_NEW(arena, bool, (size_t)c->rows_n);
        for (int i = 0; i < c->rows_n; i++) {
            const struct record_number *value = &c->designs[d].values[i].number;
            const char *names = c->rows[i].words;
            if (value->known || done[i]) continue;
            const char *why = value->why_null != NULL ? value->why_null : RECORD_NOT_FILLED;
            int others = 0;
            for (int j = i + 1; j < c->rows_n; j++) {
                const struct record_number *other = &c->designs[d].values[j].number;
                if (other->known || strcmp(other->why_null != NULL ? other->why_null : RECORD_NOT_FILLED, why) != 0) continue;
                done[j] = true;
                if (others++ == 0) names = arena_printf(arena, "%s, %s", names, c->rows[j].words);
            }
            if (others > 1) names = arena_printf(arena, "%s and %d more", names, others - 1);
            page_left(page, PAGE_BOLD, 12, any ? "" : "NOT KNOWN");
            page_wrap(page, 12, 2, arena_printf(arena, "%s: %s: %s", c->designs[d].label, names, why));
            any = true;
        }
    }
    arena_free(arena);
}

static void put_lines(struct page *page, const char *title, const char *const *lines, int n)
{
    for (int i = 0; i < n; i++) {
        page_left(page, PAGE_BOLD, 12, i == 0 ? title : "");
        page_wrap(page, 12, 4, lines[i]);
    }
}

void report_compare_text(const struct comparison_record *c, const struct report_text_options *options)
{
    struct page page = {.out = options->out, .color = options->color};
    put_designs(&page, c);
    put_table(&page, c);
    for (int p = 0; c->pairs_n > 1 && p < c->pairs_n; p++)
        put_pair(&page, c, &c->pairs[p]);
    page_end_line(&page);
    put_lines(&page, "IN WORDS", c->conclusion, c->conclusion_n);
    put_unknown(&page, c);
    put_lines(&page, "NOTES", c->notes, c->notes_n);
    report_text_files(&page, options);
}
