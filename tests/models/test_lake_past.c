/* test_lake_past.c: what is in the lake's tables when a run starts is what the time before would have landed. */
#include "pipeline_fixture.h"

#include <math.h>

#include "lake.h"
#include "lake_feed.h"
#include "writer.h"

#define DAY_NS (24 * SIM_H)
#define RAW "{\"name\": \"raw_events\"}"
#define MADE(every) "{\"name\": \"events\", \"from\": \"raw_events\", \"every\": \"" every "\", \"partition_by\": [\"date\"]}"
#define TABLES "run.resolution=sampled|lake.tables="

/* 2,000 a second, one consumer, a file every 20 s: 2 h are 360 files of 40,000 records. */
static void a_past_of_known_size(void **state)
{
    struct bench *b = *state;
    const struct scenario *s =
        scenario_with(b, base_system, TABLES "[" RAW ", " MADE("30s") "]|lake.past=2h|run.warmup=0s|run.duration=60s");
    struct run *r = run_new(b, s, calibration_with(b, ""));
    const struct world *w = &r->pipeline->world;
    struct lake *lake = lake_feed_lake(w);
    const double opened = sim_seconds(writer_opened(&w->groups[1], 0));
    assert_true(opened <= 0 && opened >= -20);
    struct lake_counts raw = lake_counts(lake, 0), events = lake_counts(lake, 1);
    const int64_t rows = raw.rows + raw.rows_pending; /* the last may be on its way */
    assert_true(llabs(rows - (int64_t)(2000 * (7200 + opened))) <= 1);
    assert_true(raw.files_landed == 360 || raw.files_landed == 359);
    assert_int_equal(events.etl_runs, 240 - 1);
    assert_int_equal(events.rows + events.rows_pending, raw.rows);
    assert_int_equal(lake_feed_time(w, 0), DAY_NS);
    for (const struct lake_file *f = lake_first(lake, 0); f; f = lake_next(lake, 0, f)) {
        assert_true(lake_feed_calendar(w, f->created) < 0 && lake_feed_calendar(w, f->max_event) >= -7200 * SIM_S);
        if (f != lake_first(lake, 0)) assert_int_equal(f->rows, 40000);
    }
    /* None of it is the run's. */
    assert_int_equal(lake_feed_counts(w, 0).files_landed, 0);
    assert_int_equal(lake_feed_counts(w, 1).rows, 0);
    assert_int_equal(lake_feed_metered(w, 1).warm.counts.files_landed, events.files_landed);
    pipeline_run(r->pipeline, NULL, NULL, NULL);
    const struct lake_counts run = lake_feed_counts(w, 0);
    assert_true(run.files_landed >= 2 && run.files_landed <= 4);
    assert_int_equal(run.files_landed, lake_counts(lake, 0).files_landed - raw.files_landed);
    /* The seam: the file that was open when the run began holds what came before, too. */
    const struct lake_file *before = NULL, *first = NULL;
    for (const struct lake_file *f = lake_first(lake, 0); f && !first; f = lake_next(lake, 0, f)) {
        if (lake_feed_calendar(w, f->max_event) > 0) first = f;
        else before = f;
    }
    assert_non_null(first);
    assert_near(sim_seconds(lake_feed_calendar(w, first->min_event)), opened, 0.001);
    assert_near(sim_seconds(first->min_event - before->max_event), 0, 1e-9);
    assert_near((double)first->rows, 40000, 2500); /* a second of the run's traffic may be in the next */
    /* Fresh is what the run itself produced. */
    assert_less(quantile_of(r, FRESHNESS, SCENARIO_GROUPS_MAX + 1, 0.999), 60);
}

static void the_past_expires(void **state)
{
    struct bench *b = *state;
    const struct scenario *s = scenario_with(
        b, base_system,
        TABLES "[{\"name\": \"raw_events\", \"retention\": \"2h\"}, " MADE("10m") "]|lake.past=30h|run.start=07:30");
    struct run *r = run_new(b, s, calibration_with(b, ""));
    const struct world *w = &r->pipeline->world;
    assert_int_equal(lake_feed_time(w, 0), 2 * DAY_NS);
    const struct lake_counts raw = lake_counts(lake_feed_lake(w), 0), events = lake_counts(lake_feed_lake(w), 1);
    /* Last at 07:00: what was older than 05:00 then. */
    assert_near((double)raw.rows, 2000 * 2.5 * 3600, 2000 * 41);
    assert_near((double)(raw.rows + raw.rows_deleted), 2000 * 30 * 3600, 2000 * 41);
    assert_near((double)events.rows, 2000 * 30 * 3600, 2000 * 641);
}

/* A quarter of an hour of a past against the same quarter of a run, by files rolled by size and by time, at a rate that
 * follows the day. */
static void a_past_is_what_a_run_lands(void **state)
{
#define SKEWED                                                                                                         \
    "lake.tables=[" RAW ", " MADE("5m") "]|groups[1].instances=3|groups[1].does.write.roll.every=1m|"                   \
    "groups[1].does.write.roll.size=2 MiB|keys.user.zipf=0.9|run.resolution=sampled|"                                   \
    "workload[0].rate={\"profile\": \"wc98-1998-06-30\", \"peak\": \"2k/s\"}"
    struct bench *b = *state;
    struct run *run = simulate(b, SKEWED "|run.start=18:00|run.duration=26m|run.warmup=1m");
    struct run *past = run_new(
        b, scenario_with(b, base_system, SKEWED "|run.start=18:26|lake.past=26m"), calibration_with(b, ""));
    double files[2] = {0}, bytes[2] = {0}, rows[2] = {0}, large[2] = {0};
    for (int i = 0; i < 2; i++) {
        const struct world *w = &(i ? past : run)->pipeline->world;
        const sim_time begin = i ? -15 * 60 * SIM_S : 11 * 60 * SIM_S;
        struct lake *lake = lake_feed_lake(w);
        for (const struct lake_file *f = lake_first(lake, 0); f; f = lake_next(lake, 0, f)) {
            const sim_time created = lake_feed_calendar(w, f->created);
            if (created < begin || created >= begin + 15 * 60 * SIM_S) continue;
            files[i]++;
            bytes[i] += (double)f->bytes;
            rows[i] += (double)f->rows;
            large[i] += f->bytes >= 2 << 20;
        }
    }
    assert_true(large[0] > 10 && large[0] < files[0] - 10); /* both kinds */
    /* A consumer's files differ by where the first began: by one each. */
    assert_near(files[1], files[0], 3);
    assert_near(large[1], large[0], 3);
    assert_near(bytes[1] / bytes[0], 1, 0.03);
    assert_near(rows[1] / rows[0], 1, 0.03);
    assert_near(bytes[1] / rows[1], bytes[0] / rows[0], 1e-3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_past_of_known_size),
        TEST(the_past_expires),
        TEST(a_past_is_what_a_run_lands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
