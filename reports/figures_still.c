/* figures_still.c: the figures of the run as a whole: latency by percentile, freshness of the outputs,
 * utilisation, the bill. */
#include "arena.h"
#include "axis.h"
#include "bill.h"
#include "check.h"
#include "figures_parts.h"
#include "figures_run.h"
#include "gnuplot.h"
#include "page.h"
#include "record.h"
#include "units.h"

#include <math.h>
#include <string.h>

enum {
    TITLE_LENGTH = 110,
    LEGEND_LENGTH = 31, /* characters that fit beside the panel */
    KIND_LENGTH = 45,   /* the same, of the bill */
    NAME_LENGTH = 40,   /* characters that fit left of a bar */
    STAGES_MAX = 24,    /* more lines than that are told apart by nobody */
    TARGETS_MAX = 16,
    ROWS_MAX = 20, /* bars that fit below each other */
    KINDS_MAX = 10, /* as many as plots/cost.gp has colours */
};

static void put_title(FILE *out, const struct record *record, const char *what, struct arena *arena)
{
    const char *title = arena_printf(arena, "%s: %s", record->scenario.name, what);
    fprintf(out, "title = %s\n", gnuplot_quoted(arena, title, TITLE_LENGTH));
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* --- latency --- */

/* -log10(1 - p), and a place of its own for the maximum, as plots/latency.gp has it. */
static const struct {
    enum record_figure figure;
    double x;
} percentiles[] = {{RECORD_P50, 0.30103}, {RECORD_P75, 0.60206}, {RECORD_P95, 1.30103}, {RECORD_P99, 2},
                   {RECORD_P99_9, 3},     {RECORD_P99_99, 4},    {RECORD_MAX, 4.7}};
enum { PERCENTILES_N = sizeof(percentiles) / sizeof(percentiles[0]) };

/* Where the metric's statistic stands along x; 0: nowhere. *stage_n is the length of what stands before it.
 */
static double metric_x(const char *metric, size_t *stage_n)
{
    size_t n = strlen(metric), longest = 0;
    double x = 0;
    for (int i = 0; i < PERCENTILES_N; i++) {
        const char *name = record_figure_names[percentiles[i].figure];
        size_t length = strlen(name);
        if (n <= length + 1 || metric[n - length - 1] != '.' || strcmp(metric + n - length, name) != 0)
            continue;
        if (length < longest) continue;
        longest = length;
        x = percentiles[i].x;
    }
    *stage_n = n > longest ? n - longest - 1 : 0;
    return x;
}

/* What has a latency: a stage of a record's way, or a class of queries. */
struct stage {
    const struct record_distribution *latency;
    const char *name, *metric;
};

static int stages_of(const struct record *record, struct stage stages[STAGES_MAX], struct arena *arena)
{
    int n = 0;
    for (int i = 0; i < record->latency_n && n < STAGES_MAX; i++) {
        const struct record_distribution *d = &record->latency[i];
        stages[n++] = (struct stage){d, d->name, arena_printf(arena, "latency.%s", d->name)};
    }
    for (int i = 0; i < record->query_n && n < STAGES_MAX; i++) {
        const struct record_distribution *d = &record->query[i].latency;
        stages[n++] = (struct stage){d, arena_printf(arena, "query %s", d->name), arena_printf(arena, "query.%s", d->name)};
    }
    return n;
}

static void put_targets(FILE *out, const struct record *record, const struct stage *stages, int stages_n, double *top,
                        double *smallest, struct arena *arena)
{
    double x[TARGETS_MAX], value[TARGETS_MAX], line[TARGETS_MAX];
    const char *name[TARGETS_MAX];
    int n = 0;
    for (int i = 0; i < record->objectives_n && n < TARGETS_MAX; i++) {
        const struct record_objective *o = &record->objectives[i];
        size_t stage_n = 0;
        const bool ours = begins(o->metric, "latency.") || begins(o->metric, "query.");
        if (!ours || strcmp(o->unit, "s") != 0 || !(o->target > 0)) continue;
        x[n] = metric_x(o->metric, &stage_n);
        if (x[n] <= 0) continue;
        value[n] = o->target;
        line[n] = 0;
        for (int s = 0; s < stages_n; s++)
            if (strlen(stages[s].metric) == stage_n && strncmp(o->metric, stages[s].metric, stage_n) == 0) line[n] = s + 1;
        const char *text = strncmp(o->text, "latency.", 8) == 0 ? o->text + 8 : o->text;
        name[n] = gnuplot_quoted(arena, text, LEGEND_LENGTH);
        *top = fmax(*top, o->target);
        *smallest = *smallest > 0 ? fmin(*smallest, o->target) : o->target;
        n++;
    }
    fprintf(out, "target_n = %d\n", n);
    gnuplot_numbers(out, "target_x", x, n);
    gnuplot_numbers(out, "target", value, n);
    gnuplot_numbers(out, "target_line", line, n);
    gnuplot_strings(out, "target_name", name, n);
}

/* One row a percentile: x, then value, low and high of every stage. */
bool figure_latency(FILE *data, FILE *out, const struct record *record, struct arena *arena)
{
    struct stage stages[STAGES_MAX];
    const int n = stages_of(record, stages, arena);
    int intervals = 0, known = 0;
    const char *names[STAGES_MAX];
    double top = 0, smallest = 0;
    for (int p = 0; p < PERCENTILES_N; p++) {
        gnuplot_number(data, percentiles[p].x);
        for (int s = 0; s < n; s++) {
            const struct record_number *value = &stages[s].latency->figure[percentiles[p].figure];
            const struct record_interval *ci = &stages[s].latency->ci95[percentiles[p].figure];
            bool has = value->known && ci->known;
            known += value->known;
            intervals += has;
            const double triple[] = {value->known ? value->value : (double)NAN, has ? ci->low : (double)NAN,
                                     has ? ci->high : (double)NAN};
            for (int k = 0; k < 3; k++) {
                fputs(" ", data);
                gnuplot_number(data, triple[k]);
                if (isnan(triple[k])) continue;
                top = fmax(top, triple[k]);
                if (k == 0 && triple[k] > 0) smallest = smallest > 0 ? fmin(smallest, triple[k]) : triple[k];
            }
        }
        fputs("\n", data);
    }
    if (known == 0) return false;
    for (int s = 0; s < n; s++)
        names[s] = gnuplot_quoted_ends(arena, stages[s].name, LEGEND_LENGTH);
    put_title(out, record,
              record->query_n > 0 ? "latency of every stage, from the intended send time, and of queries"
                                  : "latency of every stage, from the intended send time",
              arena);
    fprintf(out, "x_of = '%s'\n", record->query_n > 0 ? "records, or queries," : "records");
    fprintf(out, "stage_n = %d\ninterval_n = %d\n", n, intervals);
    gnuplot_strings(out, "stage_name", names, n);
    put_targets(out, record, stages, n, &top, &smallest, arena);
    struct axis y;
    axis_fit(&y, AXIS_DURATION, smallest, top);
    gnuplot_axis(out, "y", &y);
    return true;
}

/* --- freshness of the outputs --- */

/* The freshness objectives of the outputs shown, each on its output's row: "freshness.ctr.p99 <= 60s during steady"
 * reads "p99 <= 60s during steady" there. `above` counts those of one row, from 0. */
static void put_output_targets(FILE *out, const struct record *record, int rows_n, double *top, double *smallest,
                               struct arena *arena)
{
    static const char kind[] = "freshness.";
    double value[TARGETS_MAX], row[TARGETS_MAX], above[TARGETS_MAX];
    const char *name[TARGETS_MAX];
    int n = 0;
    for (int i = 0; i < record->objectives_n && n < TARGETS_MAX; i++) {
        const struct record_objective *o = &record->objectives[i];
        if (strncmp(o->metric, kind, strlen(kind)) != 0 || strcmp(o->unit, "s") != 0 || !(o->target > 0)) continue;
        const char *metric = o->metric + strlen(kind);
        int at = -1;
        size_t length = 0; /* "a.p99" could be an output's name too: the longest that fits is meant */
        for (int r = 0; r < rows_n; r++) {
            size_t name_n = strlen(record->freshness[r].name);
            if (strncmp(metric, record->freshness[r].name, name_n) != 0 || metric[name_n] != '.') continue;
            if (at < 0 || name_n > length) at = r, length = name_n;
        }
        if (at < 0) continue;
        value[n] = o->target;
        row[n] = at + 1;
        above[n] = 0;
        for (int k = 0; k < n; k++)
            above[n] += row[k] == row[n];
        size_t before = strlen(kind) + length + 1;
        bool begins_so = strncmp(o->text, o->metric, before) == 0;
        name[n++] = gnuplot_quoted(arena, begins_so ? o->text + before : o->text, LEGEND_LENGTH);
        *top = fmax(*top, o->target);
        *smallest = *smallest > 0 ? fmin(*smallest, o->target) : o->target;
    }
    fprintf(out, "target_n = %d\n", n);
    gnuplot_numbers(out, "target", value, n);
    gnuplot_numbers(out, "target_row", row, n);
    gnuplot_numbers(out, "target_above", above, n);
    gnuplot_strings(out, "target_name", name, n);
}

/* One row an output: its number, p50, p95, p99. */
bool figure_outputs(FILE *data, FILE *out, const struct record *record, struct arena *arena)
{
    static const enum record_figure figures[] = {RECORD_P50, RECORD_P95, RECORD_P99};
    enum { FIGURES_N = sizeof(figures) / sizeof(figures[0]) };
    static const char *const texts[FIGURES_N] = {"row_p50", "row_p95", "row_p99"};
    int n = record->freshness_n < ROWS_MAX ? record->freshness_n : ROWS_MAX, known = 0;
    const char *names[ROWS_MAX], *outputs[ROWS_MAX], *values[FIGURES_N][ROWS_MAX];
    double top = 0, smallest = 0;
    for (int i = 0; i < n; i++) {
        const struct record_distribution *d = &record->freshness[i];
        outputs[i] = d->name;
        names[i] = gnuplot_quoted_tick(arena, d->name, NAME_LENGTH);
        fprintf(data, "%d", i + 1);
        for (int k = 0; k < FIGURES_N; k++) {
            const struct record_number *figure = &d->figure[figures[k]];
            char text[PAGE_TEXT_SIZE];
            fputs(" ", data);
            gnuplot_number(data, figure->known ? figure->value : (double)NAN);
            values[k][i] = figure->known
                               ? gnuplot_quoted(arena, units_format(UNITS_DURATION, figure->value, text, sizeof(text)),
                                                LEGEND_LENGTH)
                               : "'?'";
            if (!figure->known) continue;
            known++;
            top = fmax(top, figure->value);
            if (figure->value > 0) smallest = smallest > 0 ? fmin(smallest, figure->value) : figure->value;
        }
        fputs("\n", data);
    }
    if (known == 0) return false;
    put_title(out, record,
              record->freshness_n > n ? arena_printf(arena, "freshness of outputs, and %d more", record->freshness_n - n)
                                      : "freshness of every output",
              arena);
    fprintf(out, "row_n = %d\n", n);
    gnuplot_strings(out, "row_name", names, n);
    for (int k = 0; k < FIGURES_N; k++)
        gnuplot_strings(out, texts[k], values[k], n);
    run_colors_put(out, record, "row_color", outputs, n, arena);
    put_output_targets(out, record, n, &top, &smallest, arena);
    struct axis x;
    if (smallest > 0)
        axis_fit_log(&x, smallest, top);
    else
        axis_fit(&x, AXIS_DURATION, 0, top);
    gnuplot_axis(out, "x", &x);
    return true;
}

/* --- utilisation --- */

static const char *percent(struct arena *arena, const struct record_number *share)
{
    if (!share->known) return "'?'";
    return arena_printf(arena, share->value < 0.0995 ? "'%.1f %%'" : "'%.0f %%'", 100 * share->value);
}

bool figure_utilization(FILE *data, FILE *out, const struct record *record, struct arena *arena)
{
    int n = record->utilization_n < ROWS_MAX ? record->utilization_n : ROWS_MAX;
    const char *names[ROWS_MAX], *means[ROWS_MAX], *peaks[ROWS_MAX];
    double top = 1;
    if (n == 0) return false;
    for (int i = 0; i < n; i++) {
        const struct record_utilization *u = &record->utilization[i];
        names[i] = gnuplot_quoted_tick(arena, u->resource, NAME_LENGTH);
        means[i] = percent(arena, &u->mean);
        peaks[i] = percent(arena, &u->peak);
        if (u->peak.known) top = fmax(top, u->peak.value);
        if (u->mean.known) top = fmax(top, u->mean.value);
        fprintf(data, "%d ", i + 1);
        gnuplot_number(data, u->mean.known ? 100 * u->mean.value : (double)NAN);
        fputs(" ", data);
        gnuplot_number(data, u->peak.known ? 100 * u->peak.value : (double)NAN);
        fputs("\n", data);
    }
    put_title(out, record,
              record->utilization_n > n
                  ? arena_printf(arena, "utilisation of resources, and %d more", record->utilization_n - n)
                  : "utilisation of every resource",
              arena);
    fprintf(out, "row_n = %d\n", n);
    gnuplot_value(out, "x_max", 10 * ceil(10 * top - 1e-9));
    gnuplot_strings(out, "row_name", names, n);
    gnuplot_strings(out, "row_mean", means, n);
    gnuplot_strings(out, "row_peak", peaks, n);
    return true;
}

/* --- the bill --- */

/* What a line of the bill is for. The record has no such member, so its item and price say it. */
static const char *kind_of(const struct record_cost_line *line)
{
    const char *id = line->price_id != NULL ? line->price_id : "";
    if (begins(line->item, "cross-zone") || strstr(id, ".transfer.") != NULL) return "traffic between zones";
    if (begins(line->item, "kafka brokers") || strstr(id, ".msk.broker.") != NULL) return "brokers";
    if (begins(line->item, "broker volumes") || strstr(id, ".ebs.") != NULL ||
        strstr(id, ".msk.storage.") != NULL)
        return "broker volumes";
    if (begins(line->item, "group ")) return "consumer groups";
    if (begins(line->item, "producer")) return "producers";
    if (begins(line->item, "ETL of ") || begins(line->item, "compaction of ") || begins(line->item, "vacuum of "))
        return "jobs of the lake";
    if (begins(line->item, "engine ")) return "query engines";
    if (strstr(id, ".s3.") != NULL)
        return strstr(id, ".storage") != NULL ? "object storage" : "object store requests";
    return "other";
}

struct kinds {
    const char *name[KINDS_MAX];
    double usd[KINDS_MAX];
    int n;
};

/* The kind's place, a new one at the end; the first is 0. */
static int place_of(struct kinds *kinds, const struct record_cost_line *line)
{
    const char *name = kind_of(line);
    int k = 0;
    while (k < kinds->n && strcmp(kinds->name[k], name) != 0)
        k++;
    if (k < kinds->n) return k;
    CHECK(k < KINDS_MAX, "more than %d kinds of costs", KINDS_MAX);
    kinds->name[k] = name;
    kinds->usd[k] = 0;
    return kinds->n++;
}

/* The stacked bar's pieces, with what each comes to in the legend. */
static void put_kinds(FILE *data, FILE *out, const struct kinds *kinds, double all_usd, struct arena *arena)
{
    const char *names[KINDS_MAX];
    char money[PAGE_TEXT_SIZE];
    double from = 0;
    for (int k = 0; k < kinds->n; k++) {
        fprintf(data, "%d ", k + 1);
        gnuplot_number(data, from);
        fputs(" ", data);
        from += kinds->usd[k];
        gnuplot_number(data, from);
        fputs("\n", data);
        double share = 100 * kinds->usd[k] / all_usd;
        names[k] = gnuplot_quoted(arena,
                                  arena_printf(arena, "%s: %s (%.*f %%)", kinds->name[k],
                                               page_money(money, kinds->usd[k]), share < 9.95 ? 1 : 0, share),
                                  KIND_LENGTH);
    }
    fputs("\n\n", data); /* gnuplot's end of a block */
    fprintf(out, "kind_n = %d\n", kinds->n);
    gnuplot_strings(out, "kind_name", names, kinds->n);
}

struct bars {
    const char *name[ROWS_MAX], *text[ROWS_MAX];
    int n;
    double top;
};

/* A bar for each line, in the order of the bill; of too many the largest, and the rest as one without a kind.
 */
static void put_bars(FILE *data, const struct record *record, struct kinds *kinds, struct bars *bars,
                     struct arena *arena)
{
    bool all = record->cost.lines_n <= ROWS_MAX;
    char money[PAGE_TEXT_SIZE];
    double rest_usd = 0;
    int rest = 0;
    for (int i = 0; i < record->cost.lines_n; i++) {
        const struct record_cost_line *line = &record->cost.lines[i];
        if (bars->n == ROWS_MAX ||
            (!all && (bars->n == ROWS_MAX - 1 || !bill_is_large(record, i, ROWS_MAX - 1)))) {
            rest++;
            rest_usd += line->usd.known ? line->usd.value : 0;
            continue;
        }
        bars->name[bars->n] = gnuplot_quoted_tick(arena, line->item, NAME_LENGTH);
        bars->text[bars->n] = line->usd.known
                                  ? gnuplot_quoted(arena, page_money(money, line->usd.value), LEGEND_LENGTH)
                                  : "'?'";
        fprintf(data, "%d %d ", ++bars->n, place_of(kinds, line) + 1);
        gnuplot_number(data, line->usd.known ? line->usd.value : (double)NAN);
        fputs("\n", data);
        if (line->usd.known) bars->top = fmax(bars->top, line->usd.value);
    }
    if (rest == 0) return;
    bars->name[bars->n] = gnuplot_quoted(arena, arena_printf(arena, "%d smaller lines", rest), NAME_LENGTH);
    bars->text[bars->n++] = gnuplot_quoted(arena, page_money(money, rest_usd), LEGEND_LENGTH);
}

bool figure_cost(FILE *data, FILE *out, const struct record *record, struct arena *arena)
{
    struct kinds kinds = {.n = 0};
    struct bars bars = {.n = 0};
    char money[PAGE_TEXT_SIZE];
    double all_usd = 0;
    int unpriced = 0;
    for (int i = 0; i < record->cost.lines_n; i++) {
        const struct record_cost_line *line = &record->cost.lines[i];
        int kind = place_of(&kinds, line);
        unpriced += !line->usd.known;
        if (!line->usd.known) continue;
        kinds.usd[kind] += line->usd.value;
        all_usd += line->usd.value;
    }
    if (!(all_usd > 0)) return false;
    put_kinds(data, out, &kinds, all_usd, arena);
    put_bars(data, record, &kinds, &bars, arena);
    const char *title = arena_printf(arena, "the month's bill, %s in all", page_money(money, all_usd));
    if (unpriced > 0)
        title = arena_printf(arena, "%s, without %d line%s that no price is known of", title, unpriced,
                             unpriced == 1 ? "" : "s");
    put_title(out, record, title, arena);
    fprintf(out, "row_n = %d\n", bars.n);
    gnuplot_strings(out, "row_name", bars.name, bars.n);
    gnuplot_strings(out, "row_usd", bars.text, bars.n);
    struct axis x;
    axis_fit(&x, AXIS_COUNT, 0, all_usd);
    gnuplot_axis(out, "whole", &x);
    axis_fit(&x, AXIS_COUNT, 0, bars.top);
    gnuplot_axis(out, "line", &x);
    return true;
}
