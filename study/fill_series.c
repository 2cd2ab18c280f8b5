/* fill_series.c: the record's series; see fill.h. */
#include "fill_parts.h"

#include <math.h>

#include "arena.h"
#include "lake_feed.h"

static void add_column(struct record *record, struct arena *arena, const char *name, struct series *series, double scale,
                       const char *why_null)
{
    series_coarsen(series, (sim_time)(record->series.step_s * 1e9));
    double *values = ARENA_NEW(arena, double, (size_t)record->series.n);
    for (int i = 0; i < record->series.n; i++)
        values[i] = i < series_length(series) ? series_value(series, i) * scale : NAN;
    record->series.columns[record->series.columns_n++] = (struct record_column){name, values, why_null};
}

/* Mean freshness of the records that became visible in a step. */
static void add_freshness(struct record *record, struct arena *arena, const char *name, struct mean_series *means)
{
    add_column(record, arena, name, &means->sum, 1, "nothing became visible in this step");
    sim_time step = (sim_time)(record->series.step_s * 1e9);
    series_coarsen(&means->records, step);
    double *values = (double *)record->series.columns[record->series.columns_n - 1].values;
    for (int i = 0; i < record->series.n; i++)
        values[i] = i < series_length(&means->records) ? values[i] / series_value(&means->records, i) : NAN;
}

void fill_series(const struct scenario *s, struct replication *r, int n, struct arena *arena,
                        struct record *record)
{
    record->series.step_s = 10;
    if (n == 0) return;
    struct world *w = &r[0].pipeline->world;
    struct telemetry *t = w->telemetry;
    record->series.step_s = sim_seconds(series_step_ns(&t->produced));
    record->series.n = series_length(&t->produced);
    double *at = ARENA_NEW(arena, double, (size_t)record->series.n);
    for (int i = 0; i < record->series.n; i++) at[i] = i * record->series.step_s;
    record->series.t = at;
    record->series.columns = ARENA_NEW(arena, struct record_column,
                                       3 + 5 * (size_t)s->groups_n + 5 * (size_t)s->tables_n);
    /* The last step may be shorter than the others. */
    double per_s = 1 / record->series.step_s;
    const char *none = "nothing to measure in this step";
    add_column(record, arena, "produced_per_s", &t->produced, per_s, none);
    add_column(record, arena, "rejected_per_s", &t->rejected, per_s, none);
    for (int g = 0; g < s->groups_n; g++) {
        const char *name = s->groups[g].name, *output = metric_output_name(&s->groups[g]);
        add_column(record, arena, arena_printf(arena, "consumed_per_s.%s", name), &t->consumed[g], per_s, none);
        add_column(record, arena, arena_printf(arena, "lag.%s", name), &t->lag[g], 1, none);
        if (s->groups[g].autoscale.max > 0)
            add_column(record, arena, arena_printf(arena, "instances.%s", name), &t->instances[g], 1, none);
        if (s->groups[g].work == WORK_NOTHING) continue;
        add_freshness(record, arena, arena_printf(arena, "freshness.%s", output), &t->freshness[g]);
        add_column(record, arena, arena_printf(arena, "staleness.%s", output), &t->staleness[g], 1,
                   "nothing was visible yet");
    }
    for (int i = 0; i < s->tables_n; i++) {
        const int output = SCENARIO_GROUPS_MAX + i;
        const char *name = s->tables[i].name;
        if (lake_feed_lake(w)) {
            add_column(record, arena, arena_printf(arena, "files.%s", name), &t->files[i], 1, none);
            add_column(record, arena, arena_printf(arena, "bytes.%s", name), &t->bytes[i], 1, none);
            add_column(record, arena, arena_printf(arena, "files_rewritten.%s", name), &t->files_rewritten[i], 1, none);
        }
        if (s->tables[i].from < 0) continue;
        add_freshness(record, arena, arena_printf(arena, "freshness.%s", name), &t->freshness[output]);
        add_column(record, arena, arena_printf(arena, "staleness.%s", name), &t->staleness[output], 1,
                   "nothing was visible yet");
    }
    if (series_length(&t->broker_cpu) > 0)
        add_column(record, arena, "utilization.broker.cpu", &t->broker_cpu, 1, "the warm-up is not measured");
}

void fill_lag_by_partition(const struct scenario *s, const struct replication *r, int n, struct arena *arena,
                           struct record *record)
{
    if (n == 0) return;
    const struct world *w = &r[0].pipeline->world;
    record->lag_by_partition = ARENA_NEW(arena, struct record_lag, (size_t)s->groups_n);
    record->lag_by_partition_n = s->groups_n;
    for (int g = 0; g < s->groups_n; g++) {
        const struct lag_grid *grid = &w->telemetry->lag_grid[g];
        const int32_t columns = series_length(&grid->rows[0]);
        int64_t *values = ARENA_NEW(arena, int64_t, (size_t)grid->rows_n * (size_t)columns), *value = values;
        for (int row = 0; row < grid->rows_n; row++)
            for (int32_t i = 0; i < columns; i++)
                *value++ = (int64_t)series_value(&grid->rows[row], i);
        record->lag_by_partition[g] = (struct record_lag){
            .group = s->groups[g].name,
            .partitions = w->groups[g].partitions_n,
            .partitions_per_row = grid->partitions_per_row,
            .step_s = sim_seconds(series_step_ns(&grid->rows[0])),
            .records = {.rows = grid->rows_n, .columns = columns, .values = values},
        };
    }
}
