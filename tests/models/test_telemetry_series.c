/* test_telemetry_series.c: what is kept along a run: lag by partition, and the files of tables. */
#include "pipeline_fixture.h"

#include "group.h"
#include "lake.h"
#include "lake_feed.h"

static const struct lag_grid *grid_of(const struct run *r, int group)
{
    return &r->pipeline->world.telemetry->lag_grid[group];
}

static double row_peak(const struct lag_grid *grid, int row)
{
    double peak = 0;
    for (int32_t i = 0; i < series_length(&grid->rows[row]); i++)
        peak = fmax(peak, series_value(&grid->rows[row], i));
    return peak;
}

/* A group of one member stands still while that is away: every partition's lag is what was produced for it meanwhile. With
 * two, only the lost one's half of the partitions waits. */
static void lag_is_where_the_partitions_wait(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate(b, "run.duration=60s|run.warmup=5s|groups[0].config.session.timeout.ms=20000|"
                                "faults=[{\"id\": \"crash\", \"at\": \"20s\", \"kind\": \"consumer_crash\", \"group\": "
                                "\"count\", \"instance\": 0, \"for\": \"35s\"}]");
    const struct lag_grid *grid = grid_of(r, 0);
    assert_int_equal(grid->rows_n, 6);
    assert_int_equal(grid->partitions_per_row, 1);
    assert_true(series_step_ns(&grid->rows[0]) == 3750 * SIM_MS);
    assert_int_equal(series_length(&grid->rows[0]), 16);
    int waits = 0;
    for (int row = 0; row < grid->rows_n; row++) {
        const bool is_high = row_peak(grid, row) > 4000;
        waits += is_high;
        if (!is_high) assert_true(row_peak(grid, row) < 1500);
        if (is_high) assert_true(row_peak(grid, row) < 2000.0 / 6 * 1.3 * 24);
        assert_true(series_value(&grid->rows[row], 4) < 1500); /* before the crash */
    }
    assert_int_equal(waits, 3);
    /* No partition has more than all, and all no more than each at its worst. */
    double largest = 0, sum = 0;
    for (int row = 0; row < grid->rows_n; row++) {
        largest = fmax(largest, row_peak(grid, row));
        sum += row_peak(grid, row);
    }
    assert_true(largest < peak_lag(r, 0) && peak_lag(r, 0) <= sum);
    /* The last step has the lag that the run ended with. */
    int64_t last = 0;
    for (int row = 0; row < grid->rows_n; row++) {
        assert_true(series_value(&grid->rows[row], 15) >= (double)group_partition_lag(&r->pipeline->world.groups[0], row));
        last += group_partition_lag(&r->pipeline->world.groups[0], row);
    }
    assert_int_equal(last, group_lag(&r->pipeline->world.groups[0]));
}

/* However many partitions and however long the run, 128 rows and 120 steps. */
static void lag_by_partition_is_bounded(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *sets;
        int rows, per_row, columns;
        int64_t step_ms;
    } cases[] = {
        {"topics[0].partitions=1|run.duration=8s|run.warmup=1s", 1, 1, 2, 3750},
        {"topics[0].partitions=128|run.duration=8s|run.warmup=1s", 128, 1, 2, 3750},
        {"topics[0].partitions=130|run.duration=8s|run.warmup=1s", 65, 2, 2, 3750},
        {"topics[0].partitions=257|run.duration=8s|run.warmup=1s", 86, 3, 2, 3750},
        {"run.duration=450s|run.resolution=sampled", 6, 1, 120, 3750},
        {"run.duration=451s|run.resolution=sampled", 6, 1, 61, 7500},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run *r = simulate(b, cases[i].sets);
        for (int g = 0; g < 2; g++) {
            const struct lag_grid *grid = grid_of(r, g);
            assert_int_equal(grid->rows_n, cases[i].rows);
            assert_int_equal(grid->partitions_per_row, cases[i].per_row);
            double most = 0;
            for (int row = 0; row < grid->rows_n; row++) {
                assert_int_equal(series_length(&grid->rows[row]), cases[i].columns);
                assert_true(series_step_ns(&grid->rows[row]) == cases[i].step_ms * SIM_MS);
                most = fmax(most, row_peak(grid, row));
            }
            assert_true(most > 0 && most <= peak_lag(r, g));
        }
    }
}

/* Files and bytes stand where the manifest left them, and every file rewritten is in one step. */
static void tables_are_followed(void **state)
{
    struct bench *b = *state;
    struct run *r =
        simulate(b, "run.duration=400s|run.warmup=100s|run.resolution=sampled|lake.tables=[{\"name\": \"raw_events\"}, {\"name\": "
                    "\"events\", \"from\": \"raw_events\", \"every\": \"30s\", \"partition_by\": [\"date\"], \"compaction\": "
                    "{\"strategy\": \"binpack\", \"target\": \"512 MiB\", \"every\": \"90s\"}}]");
    const struct telemetry *t = r->pipeline->world.telemetry;
    const struct lake *lake = lake_feed_lake(&r->pipeline->world);
    for (int table = 0; table < 2; table++) {
        const struct lake_counts counts = lake_counts(lake, table);
        const int32_t n = series_length(&t->files[table]);
        assert_int_equal(n, 40);
        assert_true(series_value(&t->files[table], 0) == 0);
        assert_true(series_value(&t->files[table], n - 1) == (double)counts.files);
        assert_true(series_value(&t->bytes[table], n - 1) == (double)counts.bytes);
        double rewritten = 0;
        int commits = 0;
        for (int32_t i = 0; i < n; i++) {
            rewritten += series_value(&t->files_rewritten[table], i);
            commits += series_value(&t->files_rewritten[table], i) > 0;
        }
        assert_true(rewritten == (double)counts.files_rewritten);
        assert_int_equal(commits, counts.compactions);
        assert_int_equal(commits > 0, table == 1);
    }
    struct run *without = simulate(b, "run.duration=20s|run.warmup=5s");
    assert_null(without->pipeline->world.telemetry->files[0].points);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(lag_is_where_the_partitions_wait),
        TEST(lag_by_partition_is_bounded),
        TEST(tables_are_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
