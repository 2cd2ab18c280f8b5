/* test_lake_streams.c: tables that take some of the streams: which rows, how large, how late. */
#include "pipeline_fixture.h"

#include "compact.h"
#include "lake.h"
#include "lake_feed.h"
#include "rate.h"

/* Four views for a click, that is twice as large and five seconds late. */
#define STREAMS                                                                                                        \
    "run.duration=240s|run.warmup=60s|run.resolution=sampled|workload=[{\"stream\": \"views\", \"rate\": \"1600/s\", "   \
    "\"key\": \"user\", \"event\": {\"size\": \"400 B\"}}, {\"stream\": \"clicks\", \"rate\": \"400/s\", \"key\": "       \
    "\"user\", \"event\": {\"size\": \"800 B\"}, \"lateness\": {\"constant\": \"5s\"}}]|"                                \
    "producers[0].sends=[\"views\", \"clicks\"]|"
#define MADE(name, streams) ", {\"name\": \"" name "\", \"from\": \"raw_events\", \"every\": \"30s\", \"streams\": [" streams "]}"

static int64_t files_of(const struct lake *lake, int table, int64_t *bytes, int64_t *rows)
{
    int64_t files = 0;
    *bytes = *rows = 0;
    for (const struct lake_file *f = lake_first(lake, table); f; f = lake_next(lake, table, f)) {
        *bytes += f->bytes;
        *rows += f->rows;
        files++;
    }
    return files;
}

static void a_table_holds_its_streams(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate(b, STREAMS "lake.tables=[{\"name\": \"raw_events\"}" MADE("hot", "\"clicks\"") MADE("warm", "\"views\"")
                                    ", {\"name\": \"all\", \"from\": \"raw_events\", \"every\": \"30s\"}]");
    const struct world *w = &r->pipeline->world;
    struct lake *lake = lake_feed_lake(w);
    const struct lake_counts raw = lake_counts(lake, 0), hot = lake_counts(lake, 1), warm = lake_counts(lake, 2),
                             all = lake_counts(lake, 3);
    assert_int_equal(all.rows_landed, raw.rows);
    assert_int_equal(hot.rows_landed, (int64_t)(0.2 * (double)raw.rows + 1e-6));
    assert_true(raw.rows - hot.rows_landed - warm.rows_landed >= 0 && raw.rows - hot.rows_landed - warm.rows_landed <= 1);
    /* Sizes are those of its own records. */
    const struct table_records *records = w->blueprint->tables;
    assert_true(records[1].row_bytes == 800 && records[2].row_bytes == 400 && records[3].row_bytes == 480);
    const size_t ladder_bytes = COMPACT_LADDER_N * sizeof *records[0].rungs;
    assert_memory_equal(records[0].rungs, records[3].rungs, ladder_bytes);
    assert_memory_not_equal(records[1].rungs, records[2].rungs, ladder_bytes);
    for (int t = 1; t < 4; t++)
        for (const struct lake_file *f = lake_first(lake, t); f; f = lake_next(lake, t, f))
            assert_int_equal(f->bytes, llround(compact_file_bytes(records[t].rungs, (double)f->rows, true)));
    int64_t bytes[2], rows[2];
    assert_int_equal(files_of(lake, 1, &bytes[0], &rows[0]), files_of(lake, 2, &bytes[1], &rows[1]));
    assert_less(1.5 * (double)bytes[1] / (double)rows[1], (double)bytes[0] / (double)rows[0]);
    /* And so is lateness. */
    const double first = mean_of(r, FRESHNESS, SCENARIO_GROUPS_MAX + 2);
    assert_near(mean_of(r, FRESHNESS, SCENARIO_GROUPS_MAX + 1), first + 5, 0.2);
    assert_near(mean_of(r, FRESHNESS, SCENARIO_GROUPS_MAX + 3), first + 15.0 / 16, 0.1); /* of 16 points three are late */
    for (const struct lake_file *f = lake_first(lake, 1); f; f = lake_next(lake, 1, f))
        assert_true(f->max_event < f->created - 5 * SIM_S);
    /* Each reads all of the raw table, but works on what it takes. */
    assert_less(hot.etl_cpu_s, 0.6 * warm.etl_cpu_s);
    assert_less(warm.etl_cpu_s, all.etl_cpu_s);
    /* What is taken from a table is what that has taken. */
    struct run *again = simulate(b, STREAMS "lake.tables=[{\"name\": \"raw_events\"}" MADE("warm", "\"views\"")
                                        ", {\"name\": \"copy\", \"from\": \"warm\", \"every\": \"30s\"}]");
    const struct lake_counts copied = lake_counts(lake_feed_lake(&again->pipeline->world), 2);
    assert_int_equal(copied.rows_landed, lake_counts(lake_feed_lake(&again->pipeline->world), 1).rows);
    assert_true(again->pipeline->world.blueprint->tables[2].row_bytes == 400);
}

/* Clicks come three hours after views: rates of the time decide, before the run too. */
static void shares_follow_the_rates_of_the_time(void **state)
{
    struct bench *b = *state;
    const struct scenario *s = scenario_with(
        b, base_system,
        STREAMS "workload[1].rate={\"of\": \"views\", \"times\": 0.25, \"after\": {\"constant\": \"3h\"}}|"
                "workload[0].rate={\"profile\": \"wc98-1998-06-30\", \"peak\": \"2k/s\"}|run.start=16:00|lake.past=4h|"
                "lake.tables=[{\"name\": \"raw_events\"}" MADE("hot", "\"clicks\"") "]");
    struct run *r = run_new(b, s, calibration_with(b, ""));
    const struct world *w = &r->pipeline->world;
    const struct blueprint *bp = w->blueprint;
    struct lake *lake = lake_feed_lake(w);
    const double clicks = rate_integral(bp->past_rates[1], -4 * 3600, -60), views = rate_integral(bp->past_rates[0], -4 * 3600, -60);
    assert_true(clicks / views < 0.24 || clicks / views > 0.26); /* not just a quarter */
    const struct lake_counts raw = lake_counts(lake, 0), hot = lake_counts(lake, 1);
    assert_near((double)hot.rows_landed / (double)raw.rows, clicks / (clicks + views), 0.002);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_table_holds_its_streams),
        TEST(shares_follow_the_rates_of_the_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
