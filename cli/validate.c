/* validate.c: `headroom validate [SUITE]`: the simulator against what is known.
 *
 *   1. which suites, and whether the JSON can be written
 *   2. run them (study/validate*.h)
 *   3. a table of figures and one of coverage, and the same as JSON
 */
#include "validate.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "arena.h"
#include "check.h"
#include "cli.h"
#include "file.h"
#include "interrupt.h"
#include "json_text.h"
#include "nearest.h"
#include "page.h"
#include "progress.h"
#include "text.h"
#include "validate_analytic.h"

struct suite {
    const char *name;
    bool (*run)(const struct validate_options *options, struct arena *arena, struct validate_report *report);
};

static const struct suite suites[] = {
    {"analytic", validate_analytic},
};
enum { SUITES = sizeof(suites) / sizeof(suites[0]) };

/* The suite of that name; NULL, having said so, if there is none. */
static const struct suite *suite_find(const struct cli *cli, const char *name)
{
    const char *names[SUITES];
    const char *list = "";

    for (int i = 0; i < SUITES; i++) {
        if (strcmp(suites[i].name, name) == 0) return &suites[i];
        names[i] = suites[i].name;
        list = arena_printf(cli->arena, "%s%s%s", list, list[0] ? ", " : "", names[i]);
    }
    const char *near = nearest_name(name, names, SUITES);
    if (near)
        cli_complain(cli, "there is no suite \"%s\"; did you mean %s?", name, near);
    else
        cli_complain(cli, "there is no suite \"%s\"; there are %s", name, list);
    return NULL;
}

/* --- Tables --- */

enum { NAME = 19, QUANTITY = 23, NUMBER = 9, INTERVAL = 21, TOLERANCE = 8 };

/* Seconds are shown in milliseconds. */
static double shown(const struct validate_row *row, double value)
{
    return strcmp(row->unit, "s") == 0 ? 1e3 * value : value;
}

static const char *shown_unit(const struct validate_row *row)
{
    return strcmp(row->unit, "s") == 0 ? "ms" : row->unit;
}

static void put_verdict(struct page *page, enum validate_verdict verdict)
{
    page_text(page, PAGE_PLAIN, "  ");
    page_text(page, verdict == VALIDATE_AGREES ? PAGE_GOOD : PAGE_BAD, validate_verdict_word(verdict));
    page_end_line(page);
}

static void put_row(struct page *page, const struct validate_row *row, bool named)
{
    static const char *const signs[] = {
        [VALIDATE_EQUAL] = "", [VALIDATE_BELOW] = "<=", [VALIDATE_ABOVE] = ">="};
    char text[PAGE_TEXT_SIZE];
    const char *unit = shown_unit(row);

    page_left(page, PAGE_PLAIN, NAME, named ? row->name : "");
    snprintf(text, sizeof(text), "%s%s%s", row->quantity, unit[0] ? ", " : "", unit);
    page_left(page, PAGE_PLAIN, QUANTITY, text);
    snprintf(text, sizeof(text), "%s%.5g", signs[row->rule], shown(row, row->truth));
    page_right(page, PAGE_PLAIN, NUMBER, text);
    snprintf(text, sizeof(text), "%.5g", shown(row, row->estimate.mean));
    page_right(page, PAGE_PLAIN, NUMBER, text);
    snprintf(text, sizeof(text), "%.5g .. %.5g", shown(row, row->estimate.low),
             shown(row, row->estimate.high));
    page_right(page, PAGE_PLAIN, INTERVAL, text);
    if (row->rule == VALIDATE_EQUAL)
        snprintf(text, sizeof(text), "%.3g%%", 100 * row->tolerance);
    else
        snprintf(text, sizeof(text), "bound");
    page_right(page, PAGE_PLAIN, TOLERANCE, text);
    put_verdict(page, row->verdict);
}

static void put_coverage(struct page *page, const struct validate_coverage *c, bool named)
{
    char text[PAGE_TEXT_SIZE];

    page_left(page, PAGE_PLAIN, NAME, named ? c->name : "");
    page_left(page, PAGE_PLAIN, QUANTITY, c->quantity);
    snprintf(text, sizeof(text), "%.1f%%", 100.0 * c->covered / c->runs);
    page_right(page, PAGE_PLAIN, NUMBER, text);
    snprintf(text, sizeof(text), "%d", c->covered);
    page_right(page, PAGE_PLAIN, NUMBER, text);
    snprintf(text, sizeof(text), "%d .. %d", c->low, c->high);
    page_right(page, PAGE_PLAIN, INTERVAL, text);
    snprintf(text, sizeof(text), "%.3f", c->p);
    page_right(page, PAGE_PLAIN, TOLERANCE, text);
    put_verdict(page, c->verdict);
}

static void put_heading(struct page *page, const char *const titles[6])
{
    page_end_line(page);
    page_left(page, PAGE_BOLD, NAME, titles[0]);
    page_left(page, PAGE_BOLD, QUANTITY, titles[1]);
    page_right(page, PAGE_BOLD, NUMBER, titles[2]);
    page_right(page, PAGE_BOLD, NUMBER, titles[3]);
    page_right(page, PAGE_BOLD, INTERVAL, titles[4]);
    page_right(page, PAGE_BOLD, TOLERANCE, titles[5]);
    page_end_line(page);
}

static int agreeing(const struct validate_report *report, bool coverage)
{
    int n = 0;
    for (int i = 0; i < (coverage ? report->coverage_n : report->rows_n); i++)
        n += (coverage ? report->coverage[i].verdict : report->rows[i].verdict) == VALIDATE_AGREES;
    return n;
}

static void print_report(const struct validate_report *report)
{
    static const char *const figures[] = {"CASE", "QUANTITY", "truth", "ours", "95 % interval", "within"};
    static const char *const coverage[] = {"COVERAGE", "QUANTITY", "held", "of runs", "no wonder", "p"};
    struct page page = {.out = stdout, .color = report_text_color(stdout)};
    char text[PAGE_TEXT_SIZE];

    page_text(&page, PAGE_BOLD, report->suite);
    page_end_line(&page);
    page_text(&page, PAGE_PLAIN, "  ");
    page_wrap(&page, 2, 8, report->how);
    put_heading(&page, figures);
    for (int i = 0; i < report->rows_n; i++)
        put_row(&page, &report->rows[i], i == 0 || report->rows[i].name != report->rows[i - 1].name);
    if (report->coverage_n > 0) put_heading(&page, coverage);
    for (int i = 0; i < report->coverage_n; i++)
        put_coverage(&page, &report->coverage[i],
                     i == 0 || report->coverage[i].name != report->coverage[i - 1].name);
    page_end_line(&page);
    snprintf(text, sizeof(text), "%s: %d of %d figures agree", report->suite, agreeing(report, false),
             report->rows_n);
    page_text(&page, validate_passed(report) ? PAGE_GOOD : PAGE_BAD, text);
    if (report->coverage_n > 0) {
        snprintf(text, sizeof(text), ", and %d of %d coverages", agreeing(report, true), report->coverage_n);
        page_text(&page, validate_passed(report) ? PAGE_GOOD : PAGE_BAD, text);
    }
    page_end_line(&page);
}

/* --- JSON --- */

static json_t *row_json(const struct validate_row *row)
{
    static const char *const rules[] = {
        [VALIDATE_EQUAL] = "equal", [VALIDATE_BELOW] = "at_most", [VALIDATE_ABOVE] = "at_least"};

    return json_pack("{s:s, s:s, s:s, s:s, s:f, s:f, s:f, s:f, s:f, s:s}", "case", row->name, "quantity",
                     row->quantity, "unit", row->unit, "rule", rules[row->rule], "truth", row->truth,
                     "estimate", row->estimate.mean, "low", row->estimate.low, "high", row->estimate.high,
                     "tolerance", row->tolerance, "verdict", validate_verdict_word(row->verdict));
}

static json_t *coverage_json(const struct validate_coverage *c)
{
    return json_pack("{s:s, s:s, s:f, s:i, s:i, s:i, s:i, s:f, s:s}", "case", c->name, "quantity",
                     c->quantity, "level", c->level, "runs", c->runs, "covered", c->covered, "low", c->low,
                     "high", c->high, "p", c->p, "verdict", validate_verdict_word(c->verdict));
}

static json_t *report_json_of(const struct validate_report *report)
{
    json_t *figures = json_array(), *coverage = json_array();
    for (int i = 0; i < report->rows_n; i++)
        json_array_append_new(figures, row_json(&report->rows[i]));
    for (int i = 0; i < report->coverage_n; i++)
        json_array_append_new(coverage, coverage_json(&report->coverage[i]));
    return json_pack("{s:s, s:s, s:b, s:o, s:o}", "suite", report->suite, "how", report->how, "passed",
                     validate_passed(report), "figures", figures, "coverage", coverage);
}

static bool write_json(const struct cli *cli, const struct validate_report *reports, int n)
{
    char error[FILE_ERROR_SIZE];
    size_t length;
    json_t *list = json_array();

    for (int i = 0; i < n; i++)
        json_array_append_new(list, report_json_of(&reports[i]));
    json_t *root = json_pack("{s:i, s:o}", "validate", 1, "suites", list);
    CHECK(root, "jansson refuses the report");
    const char *text = json_text(root, cli->arena, &length);
    json_decref(root);
    if (file_write_atomic(cli->json, text, length, error, sizeof(error))) return true;
    cli_complain(cli, "--json: %s", error);
    return false;
}

int cli_validate(const struct cli *cli)
{
    const struct suite *only = NULL;
    char error[FILE_ERROR_SIZE];
    bool good = true;

    if (cli->words_n > 0) {
        only = suite_find(cli, cli->words[0]);
        good = only != NULL;
    }
    if (cli->json && !file_target_writable(cli->json, error, sizeof(error))) {
        cli_complain(cli, "--json: %s", error);
        good = false;
    }
    if (!good) return CLI_BAD_INPUT;

    const bool text = !cli->quiet && !(cli->json && strcmp(cli->json, "-") == 0);
    const volatile sig_atomic_t *stop = interrupt_catch();
    struct validate_report reports[SUITES];
    bool passed = true;
    int n = 0;
    for (int i = 0; i < SUITES; i++) {
        if (only && only != &suites[i]) continue;
        struct progress *progress = progress_new(cli->arena, !cli->quiet);
        const struct validate_options options = {.threads = cli_threads(cli),
                                                 .quick = cli->quick,
                                                 .runs = VALIDATE_RUNS / (cli->quick ? 10 : 1),
                                                 .stop = stop,
                                                 .progress = progress_show_share,
                                                 .progress_context = progress};
        const bool finished = suites[i].run(&options, cli->arena, &reports[n]);
        progress_end(progress);
        if (!finished) {
            cli_complain(cli, "interrupted; nothing is known of the suite %s", suites[i].name);
            return CLI_INTERRUPTED;
        }
        if (text) print_report(&reports[n]);
        passed = passed && validate_passed(&reports[n]);
        n++;
    }
    if (cli->json && !write_json(cli, reports, n)) return CLI_BAD_INPUT;
    return cli->gate && !passed ? CLI_MISSED : CLI_DONE;
}
