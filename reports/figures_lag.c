/* figures_lag.c: lag by partition: a heatmap for each group, in the same colours. */
#include "figures_parts.h"

#include "arena.h"
#include "axis.h"
#include "figures_run.h"
#include "gnuplot.h"
#include "record.h"

#include <math.h>
#include <stdlib.h>

enum { GRIDS_MAX = 6 }; /* panels that fit below each other */

static int64_t peak_of(const struct record_grid *grid)
{
    int64_t peak = 0;
    for (int64_t i = 0; i < (int64_t)grid->rows * grid->columns; i++)
        if (grid->values[i] > peak) peak = grid->values[i];
    return peak;
}

/* Of too many groups those with the largest peaks, in the record's order. */
static int choose(const struct record *record, const struct record_lag **chosen, struct arena *arena)
{
    int n = record->lag_by_partition_n, chosen_n = 0;
    int64_t *peaks = ARENA_NEW(arena, int64_t, (size_t)n);
    for (int i = 0; i < n; i++)
        peaks[i] = peak_of(&record->lag_by_partition[i].records);
    for (int i = 0; i < n; i++) {
        int larger = 0;
        for (int k = 0; k < n; k++)
            larger += peaks[k] > peaks[i] || (peaks[k] == peaks[i] && k < i);
        if (record->lag_by_partition[i].records.columns > 0 && larger < GRIDS_MAX)
            chosen[chosen_n++] = &record->lag_by_partition[i];
    }
    return chosen_n;
}

static int compare_counts(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* From what all but a twentieth of the values that are not 0 exceed, to the largest. */
static void fit_colors(struct axis *axis, const struct record_lag *const *chosen, int chosen_n, struct arena *arena)
{
    size_t all = 0, n = 0;
    for (int i = 0; i < chosen_n; i++)
        all += (size_t)chosen[i]->records.rows * (size_t)chosen[i]->records.columns;
    int64_t *sorted = ARENA_NEW(arena, int64_t, all);
    for (int i = 0; i < chosen_n; i++) {
        const struct record_grid *grid = &chosen[i]->records;
        for (int64_t k = 0; k < (int64_t)grid->rows * grid->columns; k++)
            if (grid->values[k] > 0) sorted[n++] = grid->values[k];
    }
    qsort(sorted, n, sizeof(*sorted), compare_counts);
    axis_fit_colors(axis, n > 0 ? (double)sorted[n / 20] : 1, n > 0 ? (double)sorted[n - 1] : 1);
}

/* A block for each group, a line for each row. gnuplot's image has at least two by two pixels: a row or column that is
 * alone stands there twice, half as large. */
static void put_grid(FILE *data, const struct record_grid *grid)
{
    const int rows = grid->rows > 1 ? grid->rows : 2, columns = grid->columns > 1 ? grid->columns : 2;
    for (int r = 0; r < rows; r++) {
        const int64_t *row = grid->values + (size_t)(grid->rows > 1 ? r : 0) * (size_t)grid->columns;
        for (int c = 0; c < columns; c++)
            fprintf(data, c > 0 ? " %lld" : "%lld", (long long)row[grid->columns > 1 ? c : 0]);
        fputs("\n", data);
    }
    fputs("\n\n", data); /* gnuplot's end of a block */
}

bool figure_lag(FILE *data, FILE *out, const struct record *record, struct arena *arena)
{
    const struct record_lag *chosen[GRIDS_MAX];
    int n = choose(record, chosen, arena);
    if (n == 0) return false;
    const char *names[GRIDS_MAX], *axes[GRIDS_MAX];
    double dx[GRIDS_MAX], dy[GRIDS_MAX], top[GRIDS_MAX], ticks[GRIDS_MAX], length_s = 0;
    for (int i = 0; i < n; i++) {
        const struct record_lag *lag = chosen[i];
        const struct record_grid *grid = &lag->records;
        put_grid(data, grid);
        dx[i] = grid->columns > 1 ? lag->step_s : lag->step_s / 2;
        dy[i] = grid->rows > 1 ? lag->partitions_per_row : lag->partitions_per_row / 2.0;
        top[i] = (double)grid->rows * lag->partitions_per_row - 0.5; /* partition p stands from p - 0.5 to p + 0.5 */
        length_s = fmax(length_s, grid->columns * lag->step_s);
        struct axis y;
        axis_fit(&y, AXIS_COUNT, 0, lag->partitions);
        ticks[i] = y.tick[1] - y.tick[0];
        names[i] = gnuplot_quoted_ends(arena, arena_printf(arena, "lag of %s", lag->group), RUN_LEGEND_LENGTH);
        axes[i] = lag->partitions_per_row == 1
                      ? "'partition'"
                      : gnuplot_quoted(arena, arena_printf(arena, "partition (worst of %d)", lag->partitions_per_row),
                                       RUN_LEGEND_LENGTH);
    }
    struct axis x, colors;
    const int more = record->lag_by_partition_n - n;
    /* The last step may end after the run; a record that was meddled with may say any step. */
    run_start_put(out, record, &x, fmin(length_s, 2 * record->run.simulated_s),
                  more > 0 ? arena_printf(arena, "lag by partition, and %d groups more with less", more)
                           : "lag by partition",
                  arena);
    fit_colors(&colors, chosen, n, arena);
    gnuplot_axis(out, "color", &colors);
    gnuplot_value(out, "start", record->run.start_s);
    fprintf(out, "grid_n = %d\n", n);
    gnuplot_strings(out, "grid_name", names, n);
    gnuplot_strings(out, "grid_axis", axes, n);
    gnuplot_numbers(out, "grid_dx", dx, n);
    gnuplot_numbers(out, "grid_dy", dy, n);
    gnuplot_numbers(out, "grid_top", top, n);
    gnuplot_numbers(out, "grid_tick", ticks, n);
    return true;
}
