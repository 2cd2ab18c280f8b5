/* test_lake_copies.c: which records stand in a table twice after a writer has crashed, by when it commits. */
#include "pipeline_fixture.h"

#include "lake.h"
#include "lake_feed.h"
#include "writer.h"

/* One consumer, a file every 20 s; its instance is gone at 83 s and back 10 s later. */
#define CRASH                                                                                                          \
    "run.duration=130s|workload[0].rate=500/s|producers[0].instances=1|producers[0].config.linger.ms=200|groups[1].protocol=consumer|groups[1].config={\"session.timeout.ms\": 6000, "                   \
    "\"heartbeat.interval.ms\": 1000, \"auto.offset.reset\": \"earliest\"}|"                                            \
    "faults=[{\"id\": \"crash\", \"at\": \"83s\", \"kind\": \"consumer_crash\", \"group\": \"raw\", \"for\": \"10s\"}]|" \
    "lake.tables=[{\"name\": \"raw_events\"}, {\"name\": \"events\", \"from\": \"raw_events\", \"every\": \"30s\", "      \
    "\"partition_by\": [\"date\"]}]"

struct copies {
    struct lake_counts raw, made;
    struct pipeline_account account;
    int64_t landed_before; /* rows in files that were uploaded when it crashed */
    struct run *run;
};

static struct copies look_at(struct run *run)
{
    struct copies c = {.run = run};
    const struct world *w = &c.run->pipeline->world;
    struct lake *lake = lake_feed_lake(w);
    c.raw = lake_counts(lake, 0);
    c.made = lake_counts(lake, 1);
    c.account = account_of(c.run, 1);
    for (const struct lake_file *f = lake_first(lake, 0); f; f = lake_next(lake, 0, f))
        if (f->max_event < 83 * SIM_S && f->created < 85 * SIM_S) c.landed_before += f->rows;
    assert_adds_up(c.run);
    assert_int_equal(c.account.lost + c.account.in_flight + c.account.delivered, c.account.produced - c.account.rejected);
    /* Each row is there once, but for the copies; what is delivered and in no file yet is in the open one. */
    const int64_t once = c.raw.rows_landed - c.raw.rows_copied, open = c.account.delivered - once;
    assert_true(open >= 0 && open <= 22 * 600);
    /* And the copies are dropped. */
    assert_int_equal(c.made.rows_landed, c.raw.rows_landed - c.raw.rows_pending);
    assert_int_equal(c.made.rows + c.made.rows_duplicate + c.made.rows_pending, c.made.rows_landed);
    return c;
}

static struct copies after_crash(struct bench *b, const char *sets)
{
    return look_at(simulate(b, sets));
}

/* Nothing was committed yet: all that was in files is written again, and no more than that. */
static void at_least_once_writes_what_it_has_not_committed(void **state)
{
    struct copies c = after_crash(*state, CRASH "|groups[1].config.auto.commit.interval.ms=150000");
    assert_true(c.landed_before > 50 * 500);
    assert_int_equal(c.raw.rows_copied, c.landed_before);
    assert_int_equal(c.account.duplicated, c.landed_before);
    assert_int_equal(c.made.rows_duplicate, c.landed_before);
}

/* Every 10 s: only a file since 80 s can be there twice, and what the open one held never is. */
static void commits_leave_little_to_write_again(void **state)
{
    struct bench *b = *state;
    const struct scenario *s = scenario_with(b, base_system, CRASH "|groups[1].config.auto.commit.interval.ms=10000");
    const struct blueprint *blueprint = blueprint_new(s, calibration_with(b, ""), b->fixture->arena);
    int with = 0, without = 0; /* files among the latest */
    for (int seed = 1; seed <= 4; seed++) {
        struct run *r = &b->runs[b->runs_n++];
        *r = (struct run){.scenario = blueprint->scenario, .arena = arena_new(0)};
        r->pipeline = pipeline_new(blueprint, (uint64_t)seed, r->arena);
        pipeline_run(r->pipeline, NULL, NULL, NULL);
        struct copies c = look_at(r);
        struct lake *lake = lake_feed_lake(&c.run->pipeline->world);
        int64_t expected = 0;
        for (const struct lake_file *f = lake_first(lake, 0); f; f = lake_next(lake, 0, f))
            if (f->created >= 80 * SIM_S && f->max_event < 83 * SIM_S && f->created < 85 * SIM_S) expected += f->rows;
        assert_int_equal(c.raw.rows_copied, expected);
        assert_int_equal(c.account.duplicated, expected);
        *(expected > 0 ? &with : &without) += 1;
    }
    assert_true(with > 0 && without > 0);
}

static void exactly_once_leaves_no_copies(void **state)
{
    struct copies c = after_crash(*state, CRASH "|groups[1].delivery=exactly_once|groups[1].checkpoint=2m");
    assert_int_equal(c.raw.rows_copied, 0);
    assert_int_equal(c.made.rows_duplicate, 0);
    assert_int_equal(c.account.duplicated, 0);
    assert_int_equal(c.account.lost, 0);
}

static void at_most_once_loses_the_open_file(void **state)
{
    struct copies c = after_crash(*state, CRASH "|groups[1].delivery=at_most_once");
    assert_int_equal(c.raw.rows_copied, 0);
    assert_int_equal(c.account.duplicated, 0);
    assert_near((double)c.account.lost, 500.0 * 83 - (double)c.landed_before, 1000);
}

/* A clean restart closes files first. */
static void a_clean_restart_leaves_no_copies(void **state)
{
    struct copies c = after_crash(
        *state, CRASH "|groups[1].config.auto.commit.interval.ms=150000|faults=[{\"id\": \"restart\", \"at\": \"83s\", "
                      "\"kind\": \"restart_group\", \"group\": \"raw\", \"for\": \"10s\", \"clean\": true}]");
    assert_int_equal(c.raw.rows_copied, 0);
    assert_int_equal(c.account.duplicated, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(at_least_once_writes_what_it_has_not_committed),
        TEST(commits_leave_little_to_write_again),
        TEST(exactly_once_leaves_no_copies),
        TEST(at_most_once_loses_the_open_file),
        TEST(a_clean_restart_leaves_no_copies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
