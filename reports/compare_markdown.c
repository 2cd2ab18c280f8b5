/* compare_markdown.c: see compare_markdown.h. */
#include "compare_markdown.h"

#include "arena.h"
#include "comparison.h"
#include "mark.h"
#include "page.h"

enum { CELLS_MAX = COMPARISON_DESIGNS_MAX + 3 };

static const char *figure(struct mark *mark, const char *unit, const struct record_number *number)
{
    char text[PAGE_TEXT_SIZE];
    return number->known ? mark_text(mark->arena, page_figure(text, unit, number->value)) : "-";
}

static const char *difference(struct mark *mark, const char *unit, const struct record_number *number)
{
    char text[PAGE_TEXT_SIZE];
    return number->known ? mark_text(mark->arena, page_difference(text, unit, number->value)) : "-";
}

/* The difference and its interval, in bold where that excludes 0: two cells. */
static void difference_cells(struct mark *mark, const char *unit, const struct comparison_difference *d, const char **cells)
{
    cells[0] = difference(mark, unit, &d->mean);
    if (d->excludes_zero) cells[0] = arena_printf(mark->arena, "**%s**", cells[0]);
    cells[1] = d->low.known && d->high.known
                   ? arena_printf(mark->arena, "%s .. %s", difference(mark, unit, &d->low), difference(mark, unit, &d->high))
                   : "";
}

static void put_designs(struct mark *mark, const struct comparison_record *c)
{
    static const char *const head[] = {"Design", "Scenario", "Verdict", "Answer", "Decides by", "Stale after", "A minute of delay"};
    enum { CELLS = sizeof(head) / sizeof(head[0]) };
    mark_row(mark, CELLS, head);
    mark_rule(mark, "lllllrr");
    for (int d = 0; d < c->designs_n; d++) {
        const struct comparison_design *design = &c->designs[d];
        mark_row(mark, CELLS,
                 (const char *const[]){design->label, mark_code(mark->arena, design->name),
                                       record_verdict_name(design->verdict), mark_text(mark->arena, design->answer),
                                       design->output.text != NULL ? mark_code(mark->arena, design->output.text) : "-",
                                       figure(mark, "s", &design->stale_after_s), figure(mark, "usd", &design->usd_per_minute)});
    }
    mark_put(mark, "\n");
}

/* `pair` NULL: designs alone; `values` false: the difference alone. */
static void put_table(struct mark *mark, const struct comparison_record *c, const struct comparison_pair *pair, bool values)
{
    const char *cells[CELLS_MAX];
    char columns[CELLS_MAX + 1] = "l";
    int n = 0;
    cells[n++] = "Figure";
    for (int d = 0; values && d < c->designs_n; d++) {
        columns[n] = 'r';
        cells[n++] = c->designs[d].label;
    }
    if (pair != NULL) {
        columns[n] = 'r';
        cells[n++] = arena_printf(mark->arena, "%s - %s", pair->of, pair->less);
        columns[n] = 'r';
        cells[n++] = "95 % interval";
    }
    columns[n] = '\0';
    mark_row(mark, n, cells);
    mark_rule(mark, columns);
    for (int i = 0; i < c->rows_n; i++) {
        const struct comparison_row *row = &c->rows[i];
        if (i == 0 || row->section != c->rows[i - 1].section) {
            cells[0] = arena_printf(mark->arena, "**%s**", comparison_section_words[row->section]);
            for (int k = 1; k < n; k++)
                cells[k] = "";
            mark_row(mark, n, cells);
        }
        int at = 0;
        cells[at++] = mark_text(mark->arena, row->words);
        for (int d = 0; values && d < c->designs_n; d++)
            cells[at++] = figure(mark, row->unit, &c->designs[d].values[i].number);
        if (pair != NULL) difference_cells(mark, row->unit, &pair->differences[i], &cells[at]);
        mark_row(mark, n, cells);
    }
    mark_put(mark, "\n");
}

static void put_lines(struct mark *mark, const char *const *lines, int n)
{
    for (int i = 0; i < n; i++)
        mark_printf(mark, "- %s\n", mark_text(mark->arena, lines[i]));
    if (n > 0) mark_put(mark, "\n");
}

char *report_compare_markdown_text(const struct comparison_record *c, struct arena *arena, size_t *n)
{
    struct mark mark = {.arena = arena};
    mark_put(&mark, "# Designs compared\n\n");
    if (c->partial)
        mark_printf(&mark, "**Partial:** %s\n\n", mark_text(arena, c->partial_why != NULL ? c->partial_why : "not finished"));
    put_lines(&mark, c->conclusion, c->conclusion_n);
    put_designs(&mark, c);
    put_table(&mark, c, c->pairs_n == 1 ? &c->pairs[0] : NULL, true);
    for (int p = 0; c->pairs_n > 1 && p < c->pairs_n; p++)
        put_table(&mark, c, &c->pairs[p], false);
    mark_printf(&mark, "Seed %llu, %d replications of each. A difference in bold has an interval that excludes 0.\n\n",
                (unsigned long long)c->seed, c->replications);
    put_lines(&mark, c->notes, c->notes_n);
    *n = mark.n;
    return mark.bytes;
}
