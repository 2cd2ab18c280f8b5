/* figures_run.c: see figures_run.h. */
#include "figures_run.h"

#include "arena.h"
#include "axis.h"
#include "check.h"
#include "gnuplot.h"
#include "record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FAULTS_SHOWN = 64,
    FAULT_ROWS = 5, /* of labels above the panels */
    PLOT_WIDTH = 894,   /* pixels between the margins that plots/style.gp sets */
    LETTER_WIDTH = 8,   /* pixels, at most, on average */
};

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure_lines(struct run_lines *lines, const struct record *record, struct arena *arena)
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

struct run_lines run_lines_find(const struct record *record, const char *kind, struct arena *arena)
{
    struct run_lines lines = {.kind = kind};
    for (int i = 0; i < record->series.columns_n && lines.n < RUN_LINES_MAX; i++) {
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

void run_lines_put(FILE *out, const struct record *record, const struct run_lines *lines, const char *before,
                   int first_column, struct arena *arena)
{
    const char *names[RUN_LINES_MAX];
    double sparse[RUN_LINES_MAX];
    for (int i = 0; i < lines->n; i++)
        sparse[i] = is_sparse(lines->column[i]->values, record->series.n);
    for (int i = 0; i < lines->n; i++)
        names[i] = gnuplot_quoted(arena, arena_printf(arena, "%s%s", before, lines->of[i]), RUN_LEGEND_LENGTH);
    fprintf(out, "%s_n = %d\n%s_column = %d\n", lines->kind, lines->n, lines->kind, first_column);
    gnuplot_strings(out, arena_printf(arena, "%s_name", lines->kind), names, lines->n);
    gnuplot_numbers(out, arena_printf(arena, "%s_sparse", lines->kind), sparse, lines->n);
}

void run_colors_put(FILE *out, const struct record *record, const char *array, const char *const *names, int n,
                    struct arena *arena)
{
    const struct run_lines outputs = run_lines_find(record, "freshness", arena);
    double colors[RUN_LINES_MAX];
    int others = outputs.n;
    CHECK(n <= RUN_LINES_MAX, "%d colours", n);
    for (int i = 0; i < n; i++) {
        int place = 0;
        while (place < outputs.n && strcmp(outputs.of[place], names[i]) != 0)
            place++;
        colors[i] = place < outputs.n ? place + 1 : ++others;
    }
    gnuplot_numbers(out, array, colors, n);
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

struct shade { /* a time that a fault happened */
    const char *id;
    double at_s, for_s, recovered_s;
};

static double known_or_0(const struct record_number *number) { return number->known ? number->value : 0; }

/* Every occurrence by itself; returns how many there are, of which FAULTS_SHOWN at most are in shades[]. */
static int list_shades(const struct record *record, struct shade *shades)
{
    int n = 0;
    for (int i = 0; i < record->faults_n; i++) {
        const struct record_fault *f = &record->faults[i];
        const int each = f->each_n > 0 ? f->each_n : f->at_s.known;
        for (int k = 0; k < each; k++, n++) {
            if (n >= FAULTS_SHOWN) continue;
            const struct record_occurrence *o = f->each_n > 0 ? &f->each[k] : NULL;
            shades[n] = (struct shade){.id = f->id,
                                       .at_s = o ? o->at_s : f->at_s.value,
                                       .for_s = known_or_0(o ? &o->for_s : &f->for_s),
                                       .recovered_s = known_or_0(o ? &o->recovered_s : &f->recovered_s)};
        }
    }
    return n;
}

static void put_faults(FILE *out, const struct record *record, const struct axis *x, struct arena *arena)
{
    struct shade shades[FAULTS_SHOWN];
    const int all = list_shades(record, shades), n = all < FAULTS_SHOWN ? all : FAULTS_SHOWN;
    double from[FAULTS_SHOWN], until[FAULTS_SHOWN], recovered[FAULTS_SHOWN], row[FAULTS_SHOWN],
        left[FAULTS_SHOWN];
    const char *names[FAULTS_SHOWN];
    struct label labels[FAULTS_SHOWN];
    double per_pixel = (x->max - x->min) / PLOT_WIDTH;
    for (int i = 0; i < n; i++) {
        const struct shade *fault = &shades[i];
        from[i] = fmin(x->max, record->run.start_s + fault->at_s);
        until[i] = fmin(x->max, from[i] + fault->for_s);
        recovered[i] = fmin(x->max, fmax(until[i], from[i] + fault->recovered_s));
        names[i] = gnuplot_quoted(arena, arena_printf(arena, "%s %s", fault->id, time_of_day(arena, from[i])),
                                  RUN_LEGEND_LENGTH);
        /* Bytes are at least as many as characters, and the two quotes make the gap. */
        double width = (double)strlen(names[i]) * LETTER_WIDTH * per_pixel;
        bool is_left = from[i] + width > x->max + 60 * per_pixel;
        labels[i] = (struct label){.from = from[i],
                                   .low = is_left ? from[i] - width : from[i],
                                   .high = is_left ? from[i] : from[i] + width,
                                   .is_left = is_left,
                                   .row = -1};
    }
    int rows = place_labels(labels, n), unlabelled = all - n;
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

void run_data_put(FILE *out, const struct record *record, const struct record_column *const *columns, int columns_n)
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

void run_start_put(FILE *out, const struct record *record, struct axis *x, double least_s, const char *what,
                   struct arena *arena)
{
    double length_s = fmax(record->run.simulated_s, least_s);
    if (record->series.n > 0) length_s = fmax(length_s, record->series.t[record->series.n - 1]);
    axis_time_of_day(x, record->run.start_s, length_s);
    fprintf(out, "title = %s\n",
            gnuplot_quoted(arena, arena_printf(arena, "%s: %s", record->scenario.name, what), 110));
    gnuplot_axis(out, "x", x);
    put_faults(out, record, x, arena);
}

