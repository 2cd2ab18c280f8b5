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
#include "bench.h"
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
#include "validate_published.h"
#include "validate_resolution.h"

struct suite {
    const char *name;
    bool (*run)(const struct validate_options *options, struct arena *arena, struct validate_report *report);
};

static const struct suite suites[] = {
    {"analytic", validate_analytic},
    {"resolution", validate_resolution},
    {"published", validate_published},
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

enum { NAME = 22, QUANTITY = 23, NUMBER = 9, INTERVAL = 21, TOLERANCE = 8 };
enum { NOTE_LINES = 8 };
enum { STAGE = 15, SHARE = 7, SIMULATED = 10, BIAS = 13 };

/* Seconds are shown in milliseconds. */
static double shown(const struct validate_row *row, double value)
{
    return strcmp(row->unit, "s") == 0 ? 1e3 * value : value;
}

static const char *shown_unit(const struct validate_row *row)
{
    return strcmp(row->unit, "s") == 0 ? "ms" : row->unit;
}

/* Five digits, of what is next to nothing two; whole numbers whole, as far as the column goes. */
static void number_text(double value, char *text, size_t n)
{
    const double size = fabs(value);
    snprintf(text, n, size >= 1e5 && size < 1e8 ? "%.0f" : size > 0 && size < 1e-3 ? "%.1e" : "%.5g", value);
}

static void put_verdict(struct page *page, enum validate_verdict verdict)
{
    page_text(page, PAGE_PLAIN, "  ");
    page_text(page, verdict == VALIDATE_AGREES       ? PAGE_GOOD
                    : verdict == VALIDATE_NO_VERDICT ? PAGE_PLAIN
                                                     : PAGE_BAD,
              validate_verdict_word(verdict));
    page_end_line(page);
}

static void put_row(struct page *page, const struct validate_row *row, bool named)
{
    static const char *const signs[] = {
        [VALIDATE_EQUAL] = "", [VALIDATE_BELOW] = "<=", [VALIDATE_ABOVE] = ">=", [VALIDATE_FACTOR] = ""};
    char text[PAGE_TEXT_SIZE], number[32], other[32];
    const char *unit = shown_unit(row);

    page_left(page, PAGE_PLAIN, NAME, named ? row->name : "");
    snprintf(text, sizeof(text), "%s%s%s", row->quantity, unit[0] ? ", " : "", unit);
    page_left(page, PAGE_PLAIN, QUANTITY, text);
    number_text(shown(row, row->truth), number, sizeof(number));
    snprintf(text, sizeof(text), "%s%s", signs[row->rule], number);
    page_right(page, PAGE_PLAIN, NUMBER, text);
    if (row->verdict == VALIDATE_NO_VERDICT) {
        page_right(page, PAGE_PLAIN, NUMBER, "-");
        page_right(page, PAGE_PLAIN, INTERVAL, "-");
        page_right(page, PAGE_PLAIN, TOLERANCE, "-");
        put_verdict(page, row->verdict);
        return;
    }
    number_text(shown(row, row->estimate.mean), number, sizeof(number));
    page_right(page, PAGE_PLAIN, NUMBER, number);
    number_text(shown(row, row->estimate.low), number, sizeof(number));
    number_text(shown(row, row->estimate.high), other, sizeof(other));
    snprintf(text, sizeof(text), "%s .. %s", number, other);
    page_right(page, PAGE_PLAIN, INTERVAL, text);
    if (row->rule == VALIDATE_EQUAL)
        snprintf(text, sizeof(text), row->tolerance > 0 && row->tolerance < 1e-4 ? "%.1g%%" : "%.3g%%", 100 * row->tolerance);
    else if (row->rule == VALIDATE_FACTOR)
        snprintf(text, sizeof(text), "%.3gx", row->tolerance);
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

/* +1.2% +-0.4; at most 13 characters. */
static void put_bias_figure(struct page *page, const struct validate_bias *b, int which)
{
    char text[PAGE_TEXT_SIZE] = "?";
    if (b->known[which]) snprintf(text, sizeof(text), "%+.1f%% +-%.1f", 100 * b->bias[which], 100 * b->half_width[which]);
    page_right(page, PAGE_PLAIN, BIAS, text);
}

static void put_bias(struct page *page, const struct validate_bias *b)
{
    char text[PAGE_TEXT_SIZE];

    snprintf(text, sizeof(text), "%s %s", b->name, b->resolution);
    page_left(page, PAGE_PLAIN, NAME, text);
    page_left(page, PAGE_PLAIN, STAGE, b->stage);
    snprintf(text, sizeof(text), "%.3f", b->utilisation);
    page_right(page, PAGE_PLAIN, SHARE, text);
    snprintf(text, sizeof(text), "%.3g%%", 100 * b->fraction);
    page_right(page, PAGE_PLAIN, SHARE, text);
    snprintf(text, sizeof(text), "%.3g%%", 100 * b->simulated);
    page_right(page, PAGE_PLAIN, SIMULATED, text);
    for (int i = 0; i < VALIDATE_BIASES; i++)
        put_bias_figure(page, b, i);
    page_end_line(page);
}

static void print_biases(struct page *page, const struct validate_report *report)
{
    if (report->biases_n == 0) return;
    page_end_line(page);
    page_left(page, PAGE_BOLD, NAME, "LARGEST DIFFERENCE");
    page_left(page, PAGE_BOLD, STAGE, "busiest stage");
    page_right(page, PAGE_BOLD, SHARE, "busy");
    page_right(page, PAGE_BOLD, SHARE, "f");
    page_right(page, PAGE_BOLD, SIMULATED, "simulated");
    page_right(page, PAGE_BOLD, BIAS, "p50");
    page_right(page, PAGE_BOLD, BIAS, "p99");
    page_right(page, PAGE_BOLD, BIAS, "p99.9");
    page_end_line(page);
    for (int i = 0; i < report->biases_n; i++)
        put_bias(page, &report->biases[i]);
    for (int i = 0; i < report->biases_n; i++) {
        const struct validate_bias *b = &report->biases[i];
        if (!b->reason) continue;
        char text[PAGE_TEXT_SIZE];
        snprintf(text, sizeof(text), "%s %s misses a limit: %s", b->name, b->resolution, b->reason);
        page_wrap(page, 0, 2, text);
    }
}

/* What rows that do not agree say of themselves, and whose truths these are. */
static void print_notes(struct page *page, const struct validate_report *report)
{
    char text[4 * PAGE_TEXT_SIZE];

    page_end_line(page);
    for (int i = 0; i < report->rows_n; i++) {
        const struct validate_row *row = &report->rows[i];
        if (!row->note) continue;
        snprintf(text, sizeof(text), "%s, %s: %s: %s", row->name, row->quantity,
                 row->verdict == VALIDATE_NO_VERDICT ? "not modelled" : "misses", row->note);
        page_wrap(page, 0, NOTE_LINES, text);
    }
    page_end_line(page);
    for (int i = 0; i < report->sources_n; i++) {
        const struct validate_source *s = &report->sources[i];
        snprintf(text, sizeof(text), "%s: %s (%s). Told: %s. Calibrated: %s.", s->name, s->title, s->source, s->told, s->calibrated);
        page_wrap(page, 0, NOTE_LINES, text);
    }
}

static int agreeing(const struct validate_report *report, bool coverage)
{
    int n = 0;
    for (int i = 0; i < (coverage ? report->coverage_n : report->rows_n); i++)
        n += (coverage ? report->coverage[i].verdict : report->rows[i].verdict) == VALIDATE_AGREES;
    return n;
}

/* Rows that have a verdict. */
static int judged(const struct validate_report *report)
{
    int n = 0;
    for (int i = 0; i < report->rows_n; i++)
        n += report->rows[i].verdict != VALIDATE_NO_VERDICT;
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
    print_biases(&page, report);
    if (report->sources_n > 0) print_notes(&page, report);
    page_end_line(&page);
    snprintf(text, sizeof(text), "%s: %d of %d figures agree", report->suite, agreeing(report, false), judged(report));
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
        [VALIDATE_EQUAL] = "equal", [VALIDATE_BELOW] = "at_most", [VALIDATE_ABOVE] = "at_least", [VALIDATE_FACTOR] = "factor"};

    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:f, s:f, s:f, s:f, s:f, s:s}", "case", row->name, "quantity",
                             row->quantity, "unit", row->unit, "rule", rules[row->rule], "truth", row->truth,
                             "estimate", row->estimate.mean, "low", row->estimate.low, "high", row->estimate.high,
                             "tolerance", row->tolerance, "verdict", validate_verdict_word(row->verdict));
    if (row->verdict == VALIDATE_NO_VERDICT) {
        static const char *const unknown[] = {"estimate", "low", "high", "tolerance"};
        for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
            json_object_set_new(json, unknown[i], json_null());
    }
    if (row->note) json_object_set_new(json, "note", json_string(row->note));
    return json;
}

static json_t *source_json(const struct validate_source *s)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "case", s->name, "title", s->title, "source", s->source, "told", s->told,
                     "calibrated", s->calibrated);
}

static json_t *coverage_json(const struct validate_coverage *c)
{
    return json_pack("{s:s, s:s, s:f, s:i, s:i, s:i, s:i, s:f, s:s}", "case", c->name, "quantity",
                     c->quantity, "level", c->level, "runs", c->runs, "covered", c->covered, "low", c->low,
                     "high", c->high, "p", c->p, "verdict", validate_verdict_word(c->verdict));
}

static json_t *bias_json(const struct validate_bias *b)
{
    static const char *const names[VALIDATE_BIASES] = {"p50", "p99", "p99.9"};
    json_t *of = json_object();
    for (int i = 0; i < VALIDATE_BIASES; i++)
        json_object_set_new(of, names[i],
                            b->known[i] ? json_pack("{s:f, s:f}", "bias", b->bias[i], "half_width", b->half_width[i]) : json_null());
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:f, s:f, s:f, s:b, s:i, s:f, s:f, s:o, s:s?}", "case", b->name, "about", b->about,
                     "resolution", b->resolution, "against", b->against, "stage", b->stage, "utilization",
                     b->utilisation, "f_min", b->fraction, "fraction_simulated", b->simulated, "faults", b->faults,
                     "replications", b->replications, "seconds", b->seconds, "requests_per_s", b->requests_per_s,
                     "differences", of, "reason", b->reason);
}

static json_t *report_json_of(const struct validate_report *report)
{
    json_t *figures = json_array(), *coverage = json_array(), *biases = json_array();
    for (int i = 0; i < report->rows_n; i++)
        json_array_append_new(figures, row_json(&report->rows[i]));
    for (int i = 0; i < report->coverage_n; i++)
        json_array_append_new(coverage, coverage_json(&report->coverage[i]));
    for (int i = 0; i < report->biases_n; i++)
        json_array_append_new(biases, bias_json(&report->biases[i]));
    json_t *json = json_pack("{s:s, s:s, s:b, s:o, s:o, s:o}", "suite", report->suite, "how", report->how, "passed",
                             validate_passed(report), "figures", figures, "coverage", coverage, "largest_differences", biases);
    if (report->sources_n == 0) return json;
    json_t *sources = json_array();
    for (int i = 0; i < report->sources_n; i++)
        json_array_append_new(sources, source_json(&report->sources[i]));
    json_object_set_new(json, "sources", sources);
    return json;
}

static bool write_json(const struct cli *cli, const struct validate_report *reports, int n)
{
    char error[FILE_ERROR_SIZE];
    size_t length;
    char date[BENCH_DATE_SIZE];
    json_t *list = json_array();

    for (int i = 0; i < n; i++)
        json_array_append_new(list, report_json_of(&reports[i]));
    json_t *root = json_pack("{s:i, s:s, s:o}", "validate", 1, "date", bench_today(date), "suites", list);
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
        if (reports[n].failed) {
            cli_complain(cli, "the suite %s cannot be run: %s", suites[i].name, reports[n].failed);
            return CLI_BAD_INPUT;
        }
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
