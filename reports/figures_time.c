/* figures_time.c: the figures along the run: timeline and freshness, with the faults marked. */
#include "arena.h"
#include "axis.h"
#include "figures_parts.h"
#include "gnuplot.h"
#include "record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    LINES_MAX = 32, /* of one panel; the record has the rest */
    FAULTS_SHOWN = 64,
    FAULT_ROWS = 5,     /* of labels above the panels */
    LEGEND_LENGTH = 31, /* characters that fit beside the panels */
    PLOT_WIDTH = 894,   /* pixels between the margins that plots/style.gp sets */
    LETTER_WIDTH = 8,   /* pixels, at most, on average */
};

struct lines {
    const char *kind; /* "lag" */
    const struct record_column *column[LINES_MAX];
    const char *of[LINES_MAX]; /* the group's or output's name */
    int n;
    double top;      /* of all values */
    double smallest; /* the least of the lines' own tops and medians that is not 0, or 0 */
};

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure_lines(struct lines *lines, const struct record *record, struct arena *arena)
{
    double *sorted = ARENA_NEW(arena, double, (size_t)record->series.n);
    for (int l = 0; l < lines->n; l++) {
        size_t n = 0;
        double top = 0;
        for (int i = 0; i < record->series.n; i++) {
            double value = lines->column[l]->values[i];
            if (isnan(value)) continue;
            top = fmax(top, value);
            if (value > 0) sorted[n++] = value;
        }
        if (n == 0) continue;
        qsort(sorted, n, sizeof(*sorted), compare_doubles);
        double typical = sorted[n / 2];
        lines->top = fmax(lines->top, top);
        lines->smallest = lines->smallest > 0 ? fmin(lines->smallest, typical) : typical;
    }
}

static struct lines find_lines(const struct record *record, const char *kind, struct arena *arena)
{
    struct lines lines = {.kind = kind};
    for (int i = 0; i < record->series.columns_n && lines.n < LINES_MAX; i++) {
        const char *of = record_column_of(record->series.columns[i].name, kind);
        if (of == NULL) continue;
        lines.of[lines.n] = of;
        lines.column[lines.n++] = &record->series.columns[i];
    }
    measure_lines(&lines, record, arena);
    return lines;
}

/* Have many of its values none on either side? A line would not show them: an output of which something becomes
 * visible every ten minutes has only such. A few are lost in a busy line, and dots would hide it. */
static bool is_sparse(const double *values, int n)
{
    int alone = 0, known = 0;
    for (int i = 0; i < n; i++) {
        bool before = i > 0 && !isnan(values[i - 1]), after = i + 1 < n && !isnan(values[i + 1]);
        known += !isnan(values[i]);
        alone += !isnan(values[i]) && !before && !after;
    }
    return alone > 0 && alone * 10 >= known;
}

/* The same name has the same colour in every panel and figure: its place among the groups, or among the
 * outputs. */
static void put_lines(FILE *out, const struct record *record, const struct lines *lines, const char *before,
                      int first_column, struct arena *arena)
{
    const char *names[LINES_MAX];
    double sparse[LINES_MAX];
    for (int i = 0; i < lines->n; i++)
        sparse[i] = is_sparse(lines->column[i]->values, record->series.n);
    for (int i = 0; i < lines->n; i++)
        names[i] = gnuplot_quoted(arena, arena_printf(arena, "%s%s", before, lines->of[i]), LEGEND_LENGTH);
    fprintf(out, "%s_n = %d\n%s_column = %d\n", lines->kind, lines->n, lines->kind, first_column);
    gnuplot_strings(out, arena_printf(arena, "%s_name", lines->kind), names, lines->n);
    gnuplot_numbers(out, arena_printf(arena, "%s_sparse", lines->kind), sparse, lines->n);
}

static const char *time_of_day(struct arena *arena, double seconds)
{
    int minute = (int)fmod(floor(seconds / 60 + 1e-6), 1440);
    return arena_printf(arena, "%02d:%02d", minute / 60, minute % 60);
}

/* A fault's label above the panels: it stands in a row, from `low` to `high` along x, and a thin line leads
 * from the panel up to it at x = `from`. */
struct label {
    double from, low, high;
    bool is_left; /* it would run out of the picture, so it ends at `from` instead of beginning there */
    int row;      /* -1: none yet */
};

static int compare_labels(const void *a, const void *b)
{
    const struct label *x = *(const struct label *const *)a, *y = *(const struct label *const *)b;
    if (x->from != y->from) return x->from < y->from ? -1 : 1;
    return (x > y) - (x < y); /* both are in one array */
}

static bool fits(const struct label *label, int row, const struct label *others, int n)
{
    for (int i = 0; i < n; i++) {
        const struct label *other = &others[i];
        if (other == label || other->row < 0) continue;
        if (other->row == row && label->low < other->high && other->low < label->high) return false;
        /* No leading line through a label. */
        if (other->row < row && other->low < label->from && label->from < other->high) return false;
        if (other->row > row && label->low < other->from && other->from < label->high) return false;
    }
    return true;
}

/* From the last to the first, each in the lowest row where it touches nothing: so leading lines run left of
 * the labels below. Those that stand to the left of their line come after, from the first to the last, for
 * the same reason. */
static int place_labels(struct label *labels, int n)
{
    struct label *order[FAULTS_SHOWN];
    for (int i = 0; i < n; i++)
        order[i] = &labels[i];
    qsort(order, (size_t)n, sizeof(order[0]), compare_labels);
    int rows = 0;
    for (int k = 0; k < 2 * n; k++) {
        struct label *label = k < n ? order[n - 1 - k] : order[k - n];
        if (label->is_left != (k >= n)) continue;
        for (int row = 0; row < FAULT_ROWS && label->row < 0; row++) {
            if (fits(label, row, labels, n)) label->row = row;
        }
        if (label->row >= rows) rows = label->row + 1;
    }
    return rows;
}

static void put_faults(FILE *out, const struct record *record, const struct axis *x, struct arena *arena)
{
    int n = record->faults_n < FAULTS_SHOWN ? record->faults_n : FAULTS_SHOWN;
    double from[FAULTS_SHOWN], until[FAULTS_SHOWN], recovered[FAULTS_SHOWN], row[FAULTS_SHOWN],
        left[FAULTS_SHOWN];
    const char *names[FAULTS_SHOWN];
    struct label labels[FAULTS_SHOWN];
    double per_pixel = (x->max - x->min) / PLOT_WIDTH;
    for (int i = 0; i < n; i++) {
        const struct record_fault *fault = &record->faults[i];
        from[i] = fmin(x->max, record->run.start_s + fault->at_s);
        until[i] = fmin(x->max, from[i] + (fault->for_s.known ? fault->for_s.value : 0));
        double recovered_s = fault->recovered_s.known ? fault->recovered_s.value : 0;
        recovered[i] = fmin(x->max, fmax(until[i], from[i] + recovered_s));
        names[i] = gnuplot_quoted(arena, arena_printf(arena, "%s %s", fault->id, time_of_day(arena, from[i])),
                                  LEGEND_LENGTH);
        /* Bytes are at least as many as characters, and the two quotes make the gap. */
        double width = (double)strlen(names[i]) * LETTER_WIDTH * per_pixel;
        bool is_left = from[i] + width > x->max + 60 * per_pixel;
        labels[i] = (struct label){.from = from[i],
                                   .low = is_left ? from[i] - width : from[i],
                                   .high = is_left ? from[i] : from[i] + width,
                                   .is_left = is_left,
                                   .row = -1};
    }
    int rows = place_labels(labels, n), unlabelled = record->faults_n - n;
    for (int i = 0; i < n; i++) {
        row[i] = labels[i].row; /* -1: there was no room; the shade is drawn all the same */
        left[i] = labels[i].is_left;
        unlabelled += labels[i].row < 0;
    }
    fprintf(out, "fault_n = %d\nfault_rows = %d\nfault_unlabelled = %d\n", n, rows, unlabelled);
    gnuplot_numbers(out, "fault_from", from, n);
    gnuplot_numbers(out, "fault_until", until, n);
    gnuplot_numbers(out, "fault_recovered", recovered, n);
    gnuplot_numbers(out, "fault_row", row, n);
    gnuplot_numbers(out, "fault_left", left, n);
    gnuplot_strings(out, "fault_name", names, n);
}

/* Objectives on figures of this kind ("freshness"), drawn as lines over the time they hold for. */
struct targets {
    double value[LINES_MAX], from[LINES_MAX], to[LINES_MAX], line[LINES_MAX];
    const char *name[LINES_MAX];
    int n;
    double top, smallest;
};

/* Short enough for the legend: "freshness.ctr.p99 <= 60s during steady" -> "ctr.p99 <= 60s, steady". */
static const char *target_label(const struct record_objective *objective, const char *kind,
                                struct arena *arena)
{
    const char *text = objective->text;
    size_t n = strlen(kind);
    if (strncmp(text, kind, n) == 0 && text[n] == '.') text += n + 1;
    const char *during = strstr(text, " during ");
    if (during == NULL) return text;
    return arena_printf(arena, "%.*s, %s", (int)(during - text), text, during + strlen(" during "));
}

static struct targets find_targets(const struct record *record, const struct lines *lines,
                                   const struct axis *x, struct arena *arena)
{
    struct targets targets = {0};
    size_t kind_n = strlen(lines->kind);
    for (int i = 0; i < record->objectives_n && targets.n < LINES_MAX; i++) {
        const struct record_objective *objective = &record->objectives[i];
        if (strncmp(objective->metric, lines->kind, kind_n) != 0 || objective->metric[kind_n] != '.')
            continue;
        if (strcmp(objective->unit, "s") != 0 || !(objective->target > 0)) continue;
        const char *of = objective->metric + kind_n + 1;
        int t = targets.n++;
        targets.value[t] = objective->target;
        targets.from[t] = x->min;
        targets.to[t] = x->max;
        targets.line[t] = 0;
        for (int l = 0; l < lines->n; l++) {
            size_t n = strlen(lines->of[l]);
            if (strncmp(of, lines->of[l], n) == 0 && of[n] == '.') targets.line[t] = l + 1;
        }
        for (int f = 0; f < record->faults_n; f++) {
            const struct record_fault *fault = &record->faults[f];
            if (strcmp(fault->id, objective->during) != 0) continue;
            double length = fmax(fault->for_s.known ? fault->for_s.value : 0,
                                 fault->recovered_s.known ? fault->recovered_s.value : 0);
            targets.from[t] = fmax(x->min, record->run.start_s + fault->at_s);
            targets.to[t] = fmin(x->max, targets.from[t] + length);
        }
        targets.name[t] = gnuplot_quoted(arena, target_label(objective, lines->kind, arena), LEGEND_LENGTH);
        targets.top = fmax(targets.top, objective->target);
        targets.smallest =
            targets.smallest > 0 ? fmin(targets.smallest, objective->target) : objective->target;
    }
    return targets;
}

static void put_targets(FILE *out, const struct targets *targets, const char *kind, struct arena *arena)
{
    fprintf(out, "%s_targets = %d\n", kind, targets->n);
    gnuplot_numbers(out, arena_printf(arena, "%s_target", kind), targets->value, targets->n);
    gnuplot_numbers(out, arena_printf(arena, "%s_target_from", kind), targets->from, targets->n);
    gnuplot_numbers(out, arena_printf(arena, "%s_target_to", kind), targets->to, targets->n);
    gnuplot_numbers(out, arena_printf(arena, "%s_target_line", kind), targets->line, targets->n);
    gnuplot_strings(out, arena_printf(arena, "%s_target_name", kind), targets->name, targets->n);
}

/* Column 1 is the time of day in seconds after the first midnight; then the columns given. */
static void put_data(FILE *out, const struct record *record, const struct record_column *const *columns,
                     int columns_n)
{
    for (int i = 0; i < record->series.n; i++) {
        gnuplot_number(out, record->run.start_s + record->series.t[i]);
        for (int c = 0; c < columns_n; c++) {
            fputs(" ", out);
            gnuplot_number(out, columns[c]->values[i]);
        }
        fputs("\n", out);
    }
}

static void put_start(FILE *out, const struct record *record, struct axis *x, const char *what,
                      struct arena *arena)
{
    double length_s = record->run.simulated_s;
    if (record->series.n > 0) length_s = fmax(length_s, record->series.t[record->series.n - 1]);
    axis_time_of_day(x, record->run.start_s, length_s);
    fprintf(out, "title = %s\n",
            gnuplot_quoted(arena, arena_printf(arena, "%s: %s", record->scenario.name, what), 110));
    gnuplot_axis(out, "x", x);
    put_faults(out, record, x, arena);
}

bool figure_timeline(FILE *data, FILE *out, const struct record *record, struct arena *arena)
{
    struct lines consumed = find_lines(record, "consumed_per_s", arena),
                 lag = find_lines(record, "lag", arena);
    const struct record_column *produced = record_column_find(record, "produced_per_s");
    if (record->series.n == 0 || (produced == NULL && consumed.n == 0 && lag.n == 0)) return false;
    struct axis x, y;
    put_start(out, record, &x, "records produced and consumed, and lag", arena);
    const struct record_column *columns[1 + 2 * LINES_MAX];
    int n = 0;
    double top = consumed.top;
    if (produced != NULL) {
        columns[n++] = produced;
        for (int i = 0; i < record->series.n; i++)
            top = fmax(top, produced->values[i]);
    }
    fprintf(out, "produced_column = %d\n", produced != NULL ? 2 : 0);
    put_lines(out, record, &consumed, "consumed by ", n + 2, arena);
    for (int i = 0; i < consumed.n; i++)
        columns[n++] = consumed.column[i];
    put_lines(out, record, &lag, "lag of ", n + 2, arena);
    for (int i = 0; i < lag.n; i++)
        columns[n++] = lag.column[i];
    axis_fit(&y, AXIS_COUNT, 0, top);
    gnuplot_axis(out, "rate", &y);
    axis_fit(&y, AXIS_COUNT, lag.smallest, lag.top);
    gnuplot_axis(out, "lagaxis", &y);
    put_data(data, record, columns, n);
    return true;
}

bool figure_freshness(FILE *data, FILE *out, const struct record *record, struct arena *arena)
{
    struct lines both[2] = {find_lines(record, "freshness", arena), find_lines(record, "staleness", arena)};
    if (record->series.n == 0 || both[0].n + both[1].n == 0) return false;
    struct axis x, y;
    put_start(out, record, &x, "freshness and staleness of every output", arena);
    const struct record_column *columns[2 * LINES_MAX];
    int n = 0;
    for (int k = 0; k < 2; k++) {
        struct targets targets = find_targets(record, &both[k], &x, arena);
        put_lines(out, record, &both[k], "", n + 2, arena);
        put_targets(out, &targets, both[k].kind, arena);
        double smallest = both[k].smallest;
        if (targets.n > 0 && (smallest <= 0 || targets.smallest < smallest)) smallest = targets.smallest;
        axis_fit(&y, AXIS_DURATION, smallest, fmax(both[k].top, targets.top));
        gnuplot_axis(out, k == 0 ? "freshaxis" : "staleaxis", &y);
        for (int i = 0; i < both[k].n; i++)
            columns[n++] = both[k].column[i];
    }
    put_data(data, record, columns, n);
    return true;
}
