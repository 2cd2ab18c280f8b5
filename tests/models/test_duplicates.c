/* Copies that clients and producers send, and groups that remove them by their ids. */
#include "pipeline_fixture.h"

#include "dedup.h"
#include "duplicates.h"
#include "lake.h"
#include "lake_feed.h"
#include "processor.h"

#define COPIES "run.duration=90s|run.resolution=sampled|workload[0].duplicates="

static double share_removed(const struct run *r)
{
    const struct duplicates_split split = duplicates_split(&r->pipeline->world.groups[0]);
    assert_true(split.standing + split.removed > 0);
    return (double)split.removed / (double)(split.standing + split.removed);
}

static struct run *with(struct bench *b, const char *duplicates, const char *dedup)
{
    return simulate(b, arena_printf(b->fixture->arena, COPIES "%s|groups.count.does.dedup=%s", duplicates, dedup));
}

/* Nobody looks: each copy that was delivered stands in the output. Somebody does: he has removed it. */
static void copies_within_the_horizon_are_removed(void **state)
{
    struct run *r = with(*state, "{\"share\": \"10%\", \"after\": \"1s\"}", "10s");
    const struct pipeline_account count = account_of(r, 0), raw = account_of(r, 1);
    assert_adds_up(r);
    assert_int_equal(count.deduplicated, llround(0.1 * (double)count.delivered));
    assert_int_equal(count.duplicated, 0);
    assert_int_equal(raw.duplicated, llround(0.1 * (double)raw.delivered));
    assert_int_equal(raw.deduplicated, 0);
}

static void copies_beyond_the_horizon_pass(void **state)
{
    struct run *r = with(*state, "{\"share\": \"10%\", \"after\": \"12s\"}", "10s");
    const struct pipeline_account count = account_of(r, 0);
    assert_int_equal(count.duplicated, llround(0.1 * (double)count.delivered));
    assert_int_equal(count.deduplicated, 0);
}

/* P(after < horizon) of an exponential law. */
static void some_copies_come_too_late(void **state)
{
    struct run *r = with(*state, "{\"share\": \"5%\", \"after\": {\"exponential\": {\"mean\": \"4s\"}}}", "4s");
    assert_near(share_removed(r), 1 - exp(-1), 0.03);
}

/* Ids are kept where their partition is: without a key a copy comes to its first one's in one of six cases. */
static void without_a_key_copies_are_elsewhere(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate(b, COPIES "10%|workload[0].key=null|groups.count.does.dedup=10s");
    assert_near(share_removed(r), 1.0 / 6, 0.03);
}

/* By the time of processing. The group stands still from 30 s to 60 s, and a copy comes 20 s after its first. Firsts of [30, 40)
 * are processed with their copies; those of [40, 50) at 60 s, and their copies by 70 s: both within 10 s. All others pass. Of
 * firsts up to 70 s copies were processed. */
static void an_outage_moves_copies_into_the_horizon(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate(b, COPIES "{\"share\": \"10%\", \"after\": \"20s\"}|groups.count.does.dedup=10s|"
                                       "faults=[{\"id\": \"stop\", \"at\": \"30s\", \"kind\": \"group_paused\", \"group\": \"count\", \"for\": \"30s\"}]");
    assert_adds_up(r);
    assert_near(share_removed(r), 20.0 / 70, 0.03);
}

/* A producer without idempotence sends again what the broker that died had: in the log twice, for every group alike. */
static void what_producers_send_twice_is_removed(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *horizon;
        bool removed;
    } cases[] = {{"2m", true}, {"119s", false}}; /* delivery.timeout.ms is two minutes */
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct run *r = simulate(b, arena_printf(b->fixture->arena,
                                                 "producers.web.config.enable.idempotence=false|groups.count.does.dedup=%s|"
                                                 "faults=[{\"id\": \"down\", \"at\": \"30s\", \"kind\": \"broker_down\", \"broker\": 1, "
                                                 "\"for\": \"20s\", \"clean\": false}]",
                                                 cases[i].horizon));
        const struct pipeline_account count = account_of(r, 0), raw = account_of(r, 1);
        assert_adds_up(r);
        assert_true(raw.duplicated > 0);
        assert_int_equal(count.deduplicated, cases[i].removed ? raw.duplicated : 0);
        assert_int_equal(count.duplicated, cases[i].removed ? 0 : raw.duplicated);
    }
}

/* As many ids as came within the horizon, and up to a generation more, in the real structure's bytes; checkpoints hold them beside
 * the window's, and looking each up costs what was measured. */
static void ids_have_their_bytes_and_their_price(void **state)
{
    struct bench *b = *state;
    struct run *without = simulate(b, "run.duration=60s|groups.count.checkpoint=10s");
    struct run *r = simulate(b, "run.duration=60s|groups.count.checkpoint=10s|groups.count.does.dedup=16s");
    const struct group *g = &r->pipeline->world.groups[0], *bare = &without->pipeline->world.groups[0];
    const struct duplicates_counts c = duplicates_counts(g);
    const double least = 0.97 * 2000 * 16, most = 1.03 * 2000 * 16 * (1 + 1.0 / DEDUP_GENERATIONS);
    assert_less(least, c.ids_max);
    assert_less(c.ids_max, most);
    assert_less(least * 24, c.checkpoint_bytes_max);
    assert_less(c.checkpoint_bytes_max, most * 24 + 6 * 100);
    assert_less(least * 24, c.memory_bytes_max);
    const double more = processor_counts(g).state_bytes_max - processor_counts(bare).state_bytes_max;
    assert_less(least * 24, more);
    assert_less(more, most * 24 + 6 * 100);
    assert_near(g->cpu_ns_per_record - bare->cpu_ns_per_record, r->pipeline->world.calibration->dedup_keep_ns,
                0.01 * r->pipeline->world.calibration->dedup_keep_ns);
}

/* A raw table's files know what of them are copies, and the table made from it has none: a tenth of the rows that were read. */
static void tables_made_from_others_have_no_copies(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate(b, "run.duration=200s|run.resolution=sampled|workload[0].duplicates=10%|"
                                "lake.tables=[{\"name\": \"raw_events\"}, {\"name\": \"events\", \"from\": \"raw_events\", \"every\": \"30s\", "
                                "\"partition_by\": [\"date\"]}]");
    const struct lake_counts raw = lake_counts(lake_feed_lake(&r->pipeline->world), 0), events = lake_counts(lake_feed_lake(&r->pipeline->world), 1);
    assert_true(events.rows > 0);
    assert_int_equal(events.rows + events.rows_duplicate + events.rows_pending, raw.rows);
    assert_near((double)events.rows_duplicate / (double)(events.rows + events.rows_duplicate), 0.1, 0.001);
}

/* Without idempotence and with copies: at every resolution the same records, and accounts that add up. */
static void resolutions_agree(void **state)
{
    struct bench *b = *state;
    static const char *const resolutions[] = {"record", "request", "sampled"};
    int64_t produced = 0;
    for (size_t i = 0; i < COUNT_OF(resolutions); i++) {
        struct run *r = simulate(b, arena_printf(b->fixture->arena,
                                                 "run.duration=60s|run.resolution=%s|workload[0].rate=300/s|"
                                                 "workload[0].duplicates={\"share\": \"10%%\", \"after\": {\"exponential\": {\"mean\": \"4s\"}}}|"
                                                 "groups.count.does.dedup=4s",
                                                 resolutions[i]));
        assert_adds_up(r);
        if (i > 0) assert_int_equal(account_of(r, 0).produced, produced);
        produced = account_of(r, 0).produced;
        assert_near(share_removed(r), 1 - exp(-1), 0.05);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(copies_within_the_horizon_are_removed), TEST(copies_beyond_the_horizon_pass),
        TEST(some_copies_come_too_late),             TEST(without_a_key_copies_are_elsewhere),
        TEST(an_outage_moves_copies_into_the_horizon), TEST(what_producers_send_twice_is_removed),
        TEST(ids_have_their_bytes_and_their_price),  TEST(tables_made_from_others_have_no_copies),
        TEST(resolutions_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
