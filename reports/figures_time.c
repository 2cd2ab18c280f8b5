/* figures_time.c: the figures along the run: timeline and freshness, with the faults marked. */
#include "arena.h"
#include "axis.h"
#include "figures_parts.h"
#include "figures_run.h"
#include "gnuplot.h"
#include "record.h"

#include <math.h>
#include <string.h>

/* Objectives on figures of this kind ("freshness"), drawn as lines over the time they hold for. */
struct targets {
    double value[RUN_LINES_MAX], from[RUN_LINES_MAX], to[RUN_LINES_MAX], line[RUN_LINES_MAX];
    const char *name[RUN_LINES_MAX];
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

static struct targets find_targets(const struct record *record, const struct run_lines *lines,
                                   const struct axis *x, struct arena *arena)
{
    struct targets targets = {0};
    size_t kind_n = strlen(lines->kind);
    for (int i = 0; i < record->objectives_n && targets.n < RUN_LINES_MAX; i++) {
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
            if (strcmp(fault->id, objective->during) != 0 || !fault->at_s.known) continue;
            double length = fmax(fault->for_s.known ? fault->for_s.value : 0,
                                 fault->recovered_s.known ? fault->recovered_s.value : 0);
            targets.from[t] = fmax(x->min, record->run.start_s + fault->at_s.value);
            targets.to[t] = fmin(x->max, targets.from[t] + length);
        }
        targets.name[t] = gnuplot_quoted(arena, target_label(objective, lines->kind, arena), RUN_LEGEND_LENGTH);
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

bool figure_timeline(FILE *data, FILE *out, const struct record *record, struct arena *arena)
{
    struct run_lines consumed = run_lines_find(record, "consumed_per_s", arena),
                 lag = run_lines_find(record, "lag", arena);
    const struct record_column *produced = record_column_find(record, "produced_per_s");
    if (record->series.n == 0 || (produced == NULL && consumed.n == 0 && lag.n == 0)) return false;
    struct axis x, y;
    run_start_put(out, record, &x, 0, "records produced and consumed, and lag", arena);
    const struct record_column *columns[1 + 2 * RUN_LINES_MAX];
    int n = 0;
    double top = consumed.top;
    if (produced != NULL) {
        columns[n++] = produced;
        for (int i = 0; i < record->series.n; i++)
            top = fmax(top, produced->values[i]);
    }
    fprintf(out, "produced_column = %d\n", produced != NULL ? 2 : 0);
    run_lines_put(out, record, &consumed, "consumed by ", n + 2, arena);
    for (int i = 0; i < consumed.n; i++)
        columns[n++] = consumed.column[i];
    run_lines_put(out, record, &lag, "lag of ", n + 2, arena);
    for (int i = 0; i < lag.n; i++)
        columns[n++] = lag.column[i];
    axis_fit(&y, AXIS_COUNT, 0, top);
    gnuplot_axis(out, "rate", &y);
    axis_fit(&y, AXIS_COUNT, lag.smallest, lag.top);
    gnuplot_axis(out, "lagaxis", &y);
    run_data_put(data, record, columns, n);
    return true;
}

bool figure_freshness(FILE *data, FILE *out, const struct record *record, struct arena *arena)
{
    struct run_lines both[2] = {run_lines_find(record, "freshness", arena),
                                run_lines_find(record, "staleness", arena)};
    if (record->series.n == 0 || both[0].n + both[1].n == 0) return false;
    struct axis x, y;
    run_start_put(out, record, &x, 0, "freshness and staleness of every output", arena);
    const struct record_column *columns[2 * RUN_LINES_MAX];
    int n = 0;
    for (int k = 0; k < 2; k++) {
        struct targets targets = find_targets(record, &both[k], &x, arena);
        run_lines_put(out, record, &both[k], "", n + 2, arena);
        put_targets(out, &targets, both[k].kind, arena);
        double smallest = both[k].smallest;
        if (targets.n > 0 && (smallest <= 0 || targets.smallest < smallest)) smallest = targets.smallest;
        axis_fit(&y, AXIS_DURATION, smallest, fmax(both[k].top, targets.top));
        gnuplot_axis(out, k == 0 ? "freshaxis" : "staleaxis", &y);
        for (int i = 0; i < both[k].n; i++)
            columns[n++] = both[k].column[i];
    }
    run_data_put(data, record, columns, n);
    return true;
}
