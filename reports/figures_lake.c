/* figures_lake.c: files and bytes of the tables along the run, with the compactions marked. */
#include "figures_parts.h"

#include "arena.h"
#include "axis.h"
#include "figures_run.h"
#include "gnuplot.h"
#include "page.h"
#include "record.h"

bool figure_lake(FILE *data, FILE *out, const struct record *record, struct arena *arena)
{
    const struct run_lines files = run_lines_find(record, "files", arena), bytes = run_lines_find(record, "bytes", arena),
                           rewritten = run_lines_find(record, "files_rewritten", arena);
    if (record->series.n == 0 || files.n == 0 || bytes.n != files.n || rewritten.n != files.n) return false;
    const struct record_column *columns[3 * RUN_LINES_MAX];
    char count[PAGE_TEXT_SIZE];
    const struct run_lines *all[] = {&files, &bytes, &rewritten};
    struct axis x, y;
    int n = 0;
    run_start_put(out, record, &x, 0, "files and bytes of every table", arena);
    for (int k = 0; k < 3; k++) {
        run_lines_put(out, record, all[k], "", n + 2, arena);
        for (int i = 0; i < all[k]->n; i++)
            columns[n++] = all[k]->column[i];
    }
    run_colors_put(out, record, "files_color", files.of, files.n, arena);
    axis_fit(&y, AXIS_COUNT, files.smallest, files.top);
    gnuplot_axis(out, "filesaxis", &y);
    axis_fit(&y, AXIS_BYTES, bytes.smallest, bytes.top);
    gnuplot_axis(out, "bytesaxis", &y);
    gnuplot_value(out, "rewritten_top", rewritten.top);
    const char *label = arena_printf(arena, "compaction of %s files", page_short_count(count, rewritten.top));
    fprintf(out, "rewritten_label = %s\n", gnuplot_quoted(arena, label, RUN_LEGEND_LENGTH));
    run_data_put(data, record, columns, n);
    return true;
}
