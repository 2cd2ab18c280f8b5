/* test_pipeline_lake.c: what a group writes lands in the lake, and a table made from it is an output of the run. */
#include "pipeline_fixture.h"

#include <math.h>

#include "lake.h"
#include "lake_feed.h"
#include "writer.h"

#define TABLES "run.duration=420s|run.warmup=100s|run.resolution=sampled|lake.tables="
#define RAW "{\"name\": \"raw_events\"}"
#define MADE(every) "{\"name\": \"events\", \"from\": \"raw_events\", \"every\": \"" every "\", \"partition_by\": [\"date\"]}"

/* A record waits for its file, and then for the next run of the ETL, and for that to be done. */
static void a_table_made_from_another_waits_for_its_run(void **state)
{
    struct bench *b = *state;
    const int output = SCENARIO_GROUPS_MAX + 1;
    struct run *r = simulate(b, TABLES "[" RAW ", " MADE("30s") "]");
    struct lake *lake = lake_feed_lake(&r->pipeline->world);
    assert_non_null(lake);
    const struct lake_counts raw = lake_counts(lake, 0), events = lake_counts(lake, 1);
    assert_int_equal(events.etl_runs, 13); /* the fourteenth is due at the end */
    assert_int_equal(events.commits, 13);
    assert_true(events.rows > 0);
    assert_int_equal(events.rows + events.rows_pending, raw.rows);
    /* Every file that was written is there, or is on its way. */
    const struct writer_counts written = writer_counts(&r->pipeline->world.groups[1]);
    assert_true(raw.files_landed == written.objects || raw.files_landed + 1 == written.objects);
    const struct pipeline_account a = pipeline_account(&r->pipeline->world, 1);
    assert_true(raw.rows_landed <= a.delivered && raw.rows_landed > a.delivered - 21 * 2000 * 11 / 10);
    /* How long files waited, by the manifest. */
    double wait = 0, files = 0;
    for (const struct lake_file *f = lake_first(lake, 0); f; f = lake_next(lake, 0, f)) {
        const double at = (double)f->created * 1e-9;
        if (at < 100 || at > 390) continue;
        wait += ceil(at / 30) * 30 - at;
        files++;
        assert_true(f->min_event <= f->max_event && f->max_event <= f->created);
        assert_true(f->max_event - f->min_event <= 22 * SIM_S);
    }
    assert_true(files >= 14);
    const double expected = mean_of(r, FRESHNESS, 1) + wait / files + events.etl_s / (double)events.etl_runs;
    assert_near(mean_of(r, FRESHNESS, output), expected, 1.0);
    assert_true(mean_of(r, STALENESS, output) > mean_of(r, STALENESS, 1) + 10);
    assert_true(mean_of(r, STALENESS, output) < mean_of(r, STALENESS, 1) + 40);
}

/* A lake changes nothing of the rest of the run. */
static void the_rest_of_the_run_is_the_same(void **state)
{
    struct bench *b = *state;
    struct run *without = simulate(b, TABLES "[" RAW "]"), *with = simulate(b, TABLES "[" RAW ", " MADE("1m") "]");
    assert_null(lake_feed_lake(&without->pipeline->world));
    assert_non_null(lake_feed_lake(&with->pipeline->world));
    for (int g = 0; g < 2; g++) {
        const struct pipeline_account one = pipeline_account(&without->pipeline->world, g),
                                      other = pipeline_account(&with->pipeline->world, g);
        assert_memory_equal(&one, &other, sizeof one);
        assert_true(mean_of(without, FRESHNESS, g) == mean_of(with, FRESHNESS, g));
        assert_true(mean_of(without, STALENESS, g) == mean_of(with, STALENESS, g));
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_table_made_from_another_waits_for_its_run),
        TEST(the_rest_of_the_run_is_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
