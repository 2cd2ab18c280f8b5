/* figures.c: see figures.h. What gnuplot reads is written here; how it looks is decided in plots/.
 *
 * Two files a figure, in out_dir/figures/: NAME.dat holds numbers alone, NAME.par assigns numbers, arrays and
 * single-quoted strings. In a single-quoted string gnuplot evaluates nothing: no backquotes, no escapes, no
 * macros; only the quote itself is doubled. Line breaks and other control characters become '?'.
 */
#include "figures.h"

#include "arena.h"
#include "axis.h"
#include "check.h"
#include "child.h"
#include "file.h"
#include "json_text.h"
#include "record.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    LINES_MAX = 32, /* of one panel; the record has the rest */
    FAULTS_SHOWN = 64,
    FAULT_ROWS = 5,     /* of labels above the panels */
    LEGEND_LENGTH = 31, /* characters that fit beside the panels */
    PLOT_WIDTH = 894,   /* pixels between the margins that plots/style.gp sets */
    LETTER_WIDTH = 8,   /* pixels, at most, on average */
};

/* --- Strings and numbers as gnuplot reads them --- */

/* At most `limit` characters of UTF-8 text, "..." for what is cut, quoted. */
static const char *quoted(struct arena *arena, const char *text, int limit)
{
    size_t n = strlen(text);
    CHECK(n < SIZE_MAX / 4, "a label of %zu bytes", n);
    int characters = 0;
    for (size_t i = 0; i < n; i++)
        characters += ((unsigned char)text[i] & 0xc0) != 0x80;
    bool cut = characters > limit;
    char *out = ARENA_NEW(arena, char, 2 * n + 8);
    char *to = out;
    *to++ = '\'';
    int taken = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        taken += (c & 0xc0) != 0x80;
        if (cut && taken > limit - 3) break;
        if (c == '\'') *to++ = '\'';
        *to++ = c < 0x20 || c == 0x7f ? '?' : (char)c;
    }
    if (cut) to = strcpy(to, "...") + 3;
    *to++ = '\'';
    *to = '\0';
    return out;
}

static void put_number(FILE *out, double value)
{
    char text[32] = "NaN";
    if (!isnan(value)) json_text_double(value, text);
    fputs(text, out);
}

static void put_value(FILE *out, const char *name, double value)
{
    fprintf(out, "%s = ", name);
    put_number(out, value);
    fputs("\n", out);
}

/* An array of n, or of one unused element: gnuplot has no empty arrays. */
static void put_numbers(FILE *out, const char *name, const double *values, int n)
{
    fprintf(out, "array %s[%d] = [", name, n > 0 ? n : 1);
    for (int i = 0; i < n; i++) {
        fputs(i > 0 ? ", " : "", out);
        put_number(out, values[i]);
    }
    fputs(n > 0 ? "]\n" : "0]\n", out);
}

static void put_strings(FILE *out, const char *name, const char *const *quoted_values, int n)
{
    fprintf(out, "array %s[%d] = [", name, n > 0 ? n : 1);
    for (int i = 0; i < n; i++)
        fprintf(out, "%s%s", i > 0 ? ", " : "", quoted_values[i]);
    fputs(n > 0 ? "]\n" : "'']\n", out);
}

static void put_axis(FILE *out, const char *prefix, const struct axis *axis)
{
    char name[64];
    const struct {
        const char *suffix;
        double value;
    } values[] = {{"min", axis->min},
                  {"max", axis->max},
                  {"log", axis->is_log ? 1 : 0},
                  {"floor", axis->floor},
                  {"ticks", axis->ticks_n}};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        snprintf(name, sizeof(name), "%s_%s", prefix, values[i].suffix);
        put_value(out, name, values[i].value);
    }
    snprintf(name, sizeof(name), "%s_tick", prefix);
    put_numbers(out, name, axis->tick, axis->ticks_n);
    /* Labels are ours: digits, letters, "<=", a point. */
    fprintf(out, "array %s_label[%d] = [", prefix, axis->ticks_n > 0 ? axis->ticks_n : 1);
    for (int i = 0; i < axis->ticks_n; i++)
        fprintf(out, "%s'%s'", i > 0 ? ", " : "", axis->label[i]);
    fputs(axis->ticks_n > 0 ? "]\n" : "'']\n", out);
}

/* --- What is drawn --- */

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

/* The same name has the same colour in every panel and figure: its place among the groups, or among the
 * outputs. */
static void put_lines(FILE *out, const struct lines *lines, const char *before, int first_column,
                      struct arena *arena)
{
    const char *names[LINES_MAX];
    for (int i = 0; i < lines->n; i++)
        names[i] = quoted(arena, arena_printf(arena, "%s%s", before, lines->of[i]), LEGEND_LENGTH);
    fprintf(out, "%s_n = %d\n%s_column = %d\n", lines->kind, lines->n, lines->kind, first_column);
    put_strings(out, arena_printf(arena, "%s_name", lines->kind), names, lines->n);
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
        names[i] = quoted(arena, arena_printf(arena, "%s %s", fault->id, time_of_day(arena, from[i])),
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
    put_numbers(out, "fault_from", from, n);
    put_numbers(out, "fault_until", until, n);
    put_numbers(out, "fault_recovered", recovered, n);
    put_numbers(out, "fault_row", row, n);
    put_numbers(out, "fault_left", left, n);
    put_strings(out, "fault_name", names, n);
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
        targets.name[t] = quoted(arena, target_label(objective, lines->kind, arena), LEGEND_LENGTH);
        targets.top = fmax(targets.top, objective->target);
        targets.smallest =
            targets.smallest > 0 ? fmin(targets.smallest, objective->target) : objective->target;
    }
    return targets;
}

static void put_targets(FILE *out, const struct targets *targets, const char *kind, struct arena *arena)
{
    fprintf(out, "%s_targets = %d\n", kind, targets->n);
    put_numbers(out, arena_printf(arena, "%s_target", kind), targets->value, targets->n);
    put_numbers(out, arena_printf(arena, "%s_target_from", kind), targets->from, targets->n);
    put_numbers(out, arena_printf(arena, "%s_target_to", kind), targets->to, targets->n);
    put_numbers(out, arena_printf(arena, "%s_target_line", kind), targets->line, targets->n);
    put_strings(out, arena_printf(arena, "%s_target_name", kind), targets->name, targets->n);
}

/* Column 1 is the time of day in seconds after the first midnight; then the columns given. */
static void put_data(FILE *out, const struct record *record, const struct record_column *const *columns,
                     int columns_n)
{
    for (int i = 0; i < record->series.n; i++) {
        put_number(out, record->run.start_s + record->series.t[i]);
        for (int c = 0; c < columns_n; c++) {
            fputs(" ", out);
            put_number(out, columns[c]->values[i]);
        }
        fputs("\n", out);
    }
}

/* --- One figure: its two files, then gnuplot --- */

struct figure {
    const char *name;
    bool (*put)(FILE *data, FILE *parameters, const struct record *,
                struct arena *); /* false: nothing to draw */
};

static void put_start(FILE *out, const struct record *record, struct axis *x, const char *what,
                      struct arena *arena)
{
    double length_s = record->run.simulated_s;
    if (record->series.n > 0) length_s = fmax(length_s, record->series.t[record->series.n - 1]);
    axis_time_of_day(x, record->run.start_s, length_s);
    fprintf(out, "title = %s\n",
            quoted(arena, arena_printf(arena, "%s: %s", record->scenario.name, what), 110));
    put_axis(out, "x", x);
    put_faults(out, record, x, arena);
}

static bool put_timeline(FILE *data, FILE *out, const struct record *record, struct arena *arena)
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
    put_lines(out, &consumed, "consumed by ", n + 2, arena);
    for (int i = 0; i < consumed.n; i++)
        columns[n++] = consumed.column[i];
    put_lines(out, &lag, "lag of ", n + 2, arena);
    for (int i = 0; i < lag.n; i++)
        columns[n++] = lag.column[i];
    axis_fit(&y, AXIS_COUNT, 0, top);
    put_axis(out, "rate", &y);
    axis_fit(&y, AXIS_COUNT, lag.smallest, lag.top);
    put_axis(out, "lagaxis", &y);
    put_data(data, record, columns, n);
    return true;
}

static bool put_freshness(FILE *data, FILE *out, const struct record *record, struct arena *arena)
{
    struct lines both[2] = {find_lines(record, "freshness", arena), find_lines(record, "staleness", arena)};
    if (record->series.n == 0 || both[0].n + both[1].n == 0) return false;
    struct axis x, y;
    put_start(out, record, &x, "freshness and staleness of every output", arena);
    const struct record_column *columns[2 * LINES_MAX];
    int n = 0;
    for (int k = 0; k < 2; k++) {
        struct targets targets = find_targets(record, &both[k], &x, arena);
        put_lines(out, &both[k], "", n + 2, arena);
        put_targets(out, &targets, both[k].kind, arena);
        double smallest = both[k].smallest;
        if (targets.n > 0 && (smallest <= 0 || targets.smallest < smallest)) smallest = targets.smallest;
        axis_fit(&y, AXIS_DURATION, smallest, fmax(both[k].top, targets.top));
        put_axis(out, k == 0 ? "freshaxis" : "staleaxis", &y);
        for (int i = 0; i < both[k].n; i++)
            columns[n++] = both[k].column[i];
    }
    put_data(data, record, columns, n);
    return true;
}

static const struct figure figures[] = {{"timeline", put_timeline}, {"freshness", put_freshness}};
enum { FIGURES_N = sizeof(figures) / sizeof(figures[0]) };

static const char *under(struct arena *arena, const char *directory, const char *name)
{
    return arena_printf(arena, "%s/%s", directory, name);
}

/* The two files. Returns NULL and sets *drawable, or says what went wrong. */
static const char *write_inputs(const struct figure *figure, const struct record *record,
                                const char *directory, struct arena *arena, bool *drawable)
{
    struct file_writer data, parameters;
    char error[FILE_ERROR_SIZE];
    const char *data_path = under(arena, directory, arena_printf(arena, "%s.dat", figure->name));
    const char *parameters_path = under(arena, directory, arena_printf(arena, "%s.par", figure->name));
    if (!file_writer_begin(&data, data_path, error, sizeof(error))) return arena_strdup(arena, error);
    if (!file_writer_begin(&parameters, parameters_path, error, sizeof(error))) {
        file_writer_abandon(&data);
        return arena_strdup(arena, error);
    }
    *drawable = figure->put(data.out, parameters.out, record, arena);
    if (!*drawable) {
        file_writer_abandon(&data);
        file_writer_abandon(&parameters);
        return NULL;
    }
    bool written = file_writer_commit(&data, error, sizeof(error));
    if (!written)
        file_writer_abandon(&parameters);
    else
        written = file_writer_commit(&parameters, error, sizeof(error));
    return written ? NULL : arena_strdup(arena, error);
}

static const char *const endings[] = {"svg", "png"};
enum { ENDINGS_N = sizeof(endings) / sizeof(endings[0]) };

/* An earlier run's figures, so that none is taken for this run's where this run's could not be drawn. */
static void remove_old(const char *out_dir, struct arena *arena)
{
    for (int i = 0; i < FIGURES_N; i++) {
        for (int e = 0; e < ENDINGS_N; e++)
            remove(under(arena, out_dir, arena_printf(arena, "%s.%s", figures[i].name, endings[e])));
    }
}

/* gnuplot's own words, for people: its first line that says something, without control characters. */
static const char *first_words(struct arena *arena, const char *output)
{
    while (*output == '\n' || *output == ' ' || *output == '\t' || *output == '^')
        output++;
    size_t n = strcspn(output, "\n");
    char *words = arena_strndup(arena, output, n < 200 ? n : 200);
    for (char *c = words; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?';
    return words;
}

/* gnuplot writes NAME.svg and NAME.png beside its inputs; what is complete is then moved up. NULL, or what
 * went wrong. */
static const char *draw(const struct figure *figure, const char *gnuplot, const char *plots_dir,
                        const char *directory, const struct figures_options *options, struct arena *arena,
                        struct figures_result *result)
{
    const char *script = under(arena, plots_dir, arena_printf(arena, "%s.gp", figure->name));
    /* -d: nothing of the user's own configuration; -c: what follows the script are its arguments. */
    const char *argv[] = {gnuplot, "-d", "-c", script, plots_dir, NULL};
    int limit_s = options->time_limit_s > 0 ? options->time_limit_s : FIGURES_TIME_LIMIT_S;
    struct child_result child;
    child_run(argv, directory, limit_s, &child);
    switch (child.status) {
    case CHILD_DONE:
        break;
    case CHILD_NOT_STARTED:
        return arena_printf(arena, "gnuplot could not be started");
    case CHILD_TIMED_OUT:
        return arena_printf(arena, "gnuplot took more than %d s and was ended", limit_s);
    case CHILD_FAILED:
        return arena_printf(arena, "gnuplot failed on %s.gp (exit code %d): %s", figure->name,
                            child.exit_code, first_words(arena, child.output));
    }
    for (int i = 0; i < ENDINGS_N; i++) {
        const char *name = arena_printf(arena, "%s.%s", figure->name, endings[i]);
        const char *from = under(arena, directory, name), *to = under(arena, options->out_dir, name);
        struct stat status;
        if (stat(from, &status) != 0 || status.st_size == 0)
            return arena_printf(arena, "gnuplot ended well but wrote no %s", name);
        if (rename(from, to) != 0) return arena_printf(arena, "%s: %s", to, strerror(errno));
        CHECK(result->files_n < FIGURES_FILES_MAX, "more than %d figures", FIGURES_FILES_MAX);
        result->files[result->files_n++] = name;
    }
    return NULL;
}

static struct figures_result end(struct figures_result result, enum figures_status status, const char *note)
{
    result.status = status;
    result.note = note;
    return result;
}

struct figures_result report_figures(const struct record *record, const struct figures_options *options,
                                     struct arena *arena)
{
    struct figures_result result = {0};
    char gnuplot[FILE_PATH_SIZE], error[FILE_ERROR_SIZE];
    const char *directory = under(arena, options->out_dir, "figures");
    if (!file_make_directories(directory, error, sizeof(error)))
        return end(result, FIGURES_FAILED, arena_strdup(arena, error));
    remove_old(options->out_dir, arena);
    /* gnuplot runs in that directory, so the scripts need a name that holds from anywhere. One that begins
     * with '/' is also never taken for a command: gnuplot opens "< something" as a pipe. */
    char *plots_dir = realpath(options->plots_dir, NULL);
    if (plots_dir == NULL)
        return end(result, FIGURES_FAILED,
                   arena_printf(arena, "%s: %s", options->plots_dir, strerror(errno)));
    const char *scripts = arena_strdup(arena, plots_dir);
    free(plots_dir);
    bool found =
        child_find(options->gnuplot != NULL ? options->gnuplot : "gnuplot", gnuplot, sizeof(gnuplot));
    for (int i = 0; i < FIGURES_N; i++) {
        bool drawable = false;
        const char *wrong = write_inputs(&figures[i], record, directory, arena, &drawable);
        if (wrong == NULL && drawable && found)
            wrong = draw(&figures[i], gnuplot, scripts, directory, options, arena, &result);
        if (wrong != NULL) return end(result, FIGURES_FAILED, wrong);
    }
    if (!found)
        return end(result, FIGURES_NO_GNUPLOT,
                   "gnuplot is not installed; install gnuplot-nox to draw the figures");
    if (result.files_n == 0) return end(result, FIGURES_NOTHING_TO_DRAW, "the run has no series to draw");
    return end(result, FIGURES_DRAWN, NULL);
}
