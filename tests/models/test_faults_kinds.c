/* What each kind of fault does, where it is known beforehand. */
#include "pipeline_fixture.h"

#include "lake.h"
#include "lake_feed.h"
#include "query_feed.h"

#define SMALL "run.duration=3m|workload[0].rate=400/s|"
#define FAULT(rest) "faults=[{\"id\": \"f\", \"at\": \"60s\", " rest "}]"

static int64_t rejected_as(const struct run *r, enum reject_reason why)
{
    return r->pipeline->world.rejected_by[why];
}

/* A broker's cores take three times as long for a request that costs 4 ms: 8 ms more, and no more after its end. */
static void slow_cores_take_longer(void **state)
{
    struct bench *b = *state;
    const char *costs = COST("kafka.broker.request", "us/request", 4000);
    const char *one = SMALL "workload[0].rate=20/s|producers[0].instances=1|cluster.brokers=1|topics[0].replication=1|topics[0].partitions=1|"
                            "producers[0].config.acks=1|producers[0].config.linger.ms=0|"
                            "groups=[{\"name\": \"count\", \"reads\": \"events\", \"instances\": 1, \"instance\": \"c6i.large\"}]|";
    struct run *usual = simulate_with(b, costs, one);
    struct run *slow = simulate_with(b, costs, arena_printf(b->fixture->arena, "%s" FAULT("\"kind\": \"broker_slow\", \"broker\": 0, "
                                                            "\"what\": \"cpu\", \"factor\": 3, \"for\": \"60s\""), one));
    assert_near(mean_of(usual, PRODUCE, 0), histogram_mean(times_of(slow, PRODUCE, 0, true)), 0.0005);
    const double during = quantile_of(slow, PRODUCE, 0, 0.9), before = quantile_of(usual, PRODUCE, 0, 0.9);
    assert_less(before + 0.0075, during);
    assert_near(fault_of(slow, 0)->until == fault_of(slow, 0)->at + 60 * SIM_S, 1, 0);
    assert_true(slow->pipeline->world.cluster.brokers[0].slow_cpu == 1);
    assert_adds_up(slow);
}

/* The disk that is a hundred times as slow is the one that is busy a hundred times as long. */
static void slow_disks_and_networks(void **state)
{
    struct bench *b = *state;
    static const char *const parts[] = {"disk", "network"};
    for (int i = 0; i < 2; i++) {
        struct run *usual = simulate(b, SMALL), *slow = simulate(
            b, arena_printf(b->fixture->arena, SMALL FAULT("\"kind\": \"broker_slow\", \"broker\": 1, \"what\": \"%s\", \"factor\": 100, \"for\": \"30s\""), parts[i]));
        const char *name = arena_printf(b->fixture->arena, "broker.%s", parts[i]);
        /* Of 170 s measured one of three brokers is slow for 30. */
        assert_near(busy_share(slow, name) / busy_share(usual, name), 1 + 99 / 3.0 * 30 / 170, 2);
        assert_true(fault_of(slow, 0)->cleared != SIM_NEVER);
        const struct broker *broker = &slow->pipeline->world.cluster.brokers[1], *other = &slow->pipeline->world.cluster.brokers[0];
        assert_near(broker->disk.ns_per_byte / other->disk.ns_per_byte, 1, 1e-9);
        assert_near(broker->network_in.ns_per_byte / other->network_in.ns_per_byte, 1, 1e-9);
        assert_adds_up(slow);
    }
}

/* One of three zones: its broker, its consumers and its producer. What the producer held is rejected, and nothing else. */
static void a_zone_goes_down(void **state)
{
    struct bench *b = *state;
    static const char *const resolutions[] = {"record", "request", "sampled"};
    for (int i = 0; i < 3; i++) {
        struct run *r = simulate(b, arena_printf(b->fixture->arena, "run.duration=5m|workload[0].rate=400/s|run.resolution=%s|cluster.config.min.insync.replicas=2|"
                                                 FAULT("\"kind\": \"zone_down\", \"zone\": 1, \"for\": \"30s\""), resolutions[i]));
        const struct fault_row *row = fault_of(r, 0);
        assert_int_equal(row->brokers_n, 1);
        assert_int_equal(row->brokers[0], 1);
        assert_true(row->detected != SIM_NEVER && row->cleared != SIM_NEVER);
        assert_true(r->pipeline->world.fleets[0].here_n == 3);
        const int64_t gone = rejected_as(r, REJECT_PRODUCER_GONE);
        /* A third of a slice's records at most, and those of its last batches. */
        assert_true(gone > 0 && gone < 300);
        assert_int_equal(account_of(r, 0).rejected, gone);
        assert_int_equal(account_of(r, 0).lost + account_of(r, 1).lost, 0);
        assert_int_equal(row->rejected, gone);
        assert_adds_up(r);
    }
}

/* Every broker goes once, alone, in order; the next one a pause after the last one is in sync. Nothing is lost or rejected. */
static void brokers_restart_one_by_one(void **state)
{
    struct bench *b = *state;
    static const char *const resolutions[] = {"request", "sampled"};
    for (int i = 0; i < 2; i++) {
        struct run *r = simulate(b, arena_printf(b->fixture->arena, "run.duration=6m|workload[0].rate=400/s|run.resolution=%s|cluster.config.min.insync.replicas=2|"
                                                 FAULT("\"kind\": \"rolling_restart\", \"for\": \"8s\", \"pause\": \"20s\""), resolutions[i]));
        const struct fault_row *row = fault_of(r, 0);
        assert_int_equal(row->brokers_n, 3);
        for (int k = 0; k < 3; k++) {
            assert_true(row->events[k].detected >= row->at && row->events[k].started != SIM_NEVER);
            assert_near(sim_seconds(row->events[k].started - row->events[k].detected), 8 + 5, 1e-6);
            if (k > 0) assert_true(row->events[k].detected >= row->events[k - 1].started + 20 * SIM_S);
            if (k > 0) assert_true(row->events[k].detected <= row->events[k - 1].started + 24 * SIM_S);
        }
        assert_true(row->cleared != SIM_NEVER && row->until != SIM_NEVER);
        assert_int_equal(account_of(r, 0).rejected + account_of(r, 0).lost, 0);
        assert_adds_up(r);
    }
}

/* Each of three producers is away for 10 s, the others take its traffic, and nothing is rejected. */
static void producers_are_redeployed(void **state)
{
    struct bench *b = *state;
    static const char *const resolutions[] = {"record", "request", "sampled"};
    for (int i = 0; i < 3; i++) {
        struct run *r = simulate(b, arena_printf(b->fixture->arena, SMALL "run.resolution=%s|" FAULT("\"kind\": \"producer_redeploy\", \"producer\": \"web\", "
                                                 "\"for\": \"10s\", \"pause\": \"5s\""), resolutions[i]));
        const struct fault_row *row = fault_of(r, 0);
        assert_true(row->until == row->at + 3 * 10 * SIM_S + 2 * 5 * SIM_S);
        assert_int_equal(account_of(r, 0).rejected + account_of(r, 0).lost, 0);
        assert_int_equal(r->pipeline->world.fleets[0].here_n, 3);
        assert_adds_up(r);
    }
}

/* A standby takes over when it has heard nothing for 2 s, and gives every broker a session anew: one that dies meanwhile is
 * noticed 9 s after that. Without a majority it takes until the fault is over, and an election. */
static void nobody_notices_without_a_controller(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *how;
        double over_s;
    } cases[] = {{"\"for\": \"30s\"", 2.05}, {"\"controllers\": 2, \"for\": \"30s\"", 31}};
    for (int i = 0; i < 2; i++) {
        struct run *r = simulate(b, arena_printf(b->fixture->arena, SMALL "run.duration=4m|faults=[{\"id\": \"head\", \"kind\": \"controller_down\", \"at\": \"60s\", %s}, "
                                                 "{\"id\": \"body\", \"kind\": \"broker_down\", \"broker\": 1, \"at\": \"61s\", \"for\": \"60s\"}]", cases[i].how));
        assert_near(sim_seconds(fault_of(r, 0)->detected - fault_of(r, 0)->at), cases[i].over_s, 1e-6);
        assert_near(sim_seconds(fault_of(r, 1)->detected - fault_of(r, 0)->at), cases[i].over_s + 9, 1e-6);
        /* Twelve followers and six leaders in six partitions of three replicas: one base, and 18 us for each of six. */
        assert_near(sim_seconds(fault_of(r, 1)->events[0].leaders_elected - fault_of(r, 1)->detected), 0.05 + 6 * 18e-6, 1e-6);
        assert_true(fault_of(r, 0)->cleared != SIM_NEVER && fault_of(r, 1)->cleared != SIM_NEVER);
        assert_int_equal(account_of(r, 0).lost, 0);
        assert_adds_up(r);
    }
}

/* By way of ZooKeeper: 5 ms for each of the broker's 40 leaders before Kafka 1.1.0, 0.6 ms after; a controlled shutdown takes
 * as long, and nobody waits for it; a new controller reads 120 partitions at 2 ms each once the old session is over. */
static void zookeeper_takes_its_time(void **state)
{
    struct bench *b = *state;
    static const char *const kinds[] = {"zookeeper-serial", "zookeeper"};
    static const double each_s[] = {0.005, 0.0006};
    for (int i = 0; i < 2; i++) {
        const char *sets = arena_printf(b->fixture->arena, SMALL "run.duration=4m|kafka=3.9|groups[0].protocol=classic|cluster.metadata=%s|topics[0].partitions=120|cluster.config.min.insync.replicas=2|", kinds[i]);
        struct run *dies = simulate(b, arena_printf(b->fixture->arena, "%s" FAULT("\"kind\": \"broker_down\", \"broker\": 1, \"for\": \"60s\""), sets));
        const struct fault_row *row = fault_of(dies, 0);
        const double detected = sim_seconds(row->detected - row->at);
        assert_true(detected >= 12 && detected <= 18);
        assert_near(sim_seconds(row->events[0].leaders_elected - row->detected), 0.05 + 40 * each_s[i], 0.001);
        struct run *leaves = simulate(b, arena_printf(b->fixture->arena, "%s" FAULT("\"kind\": \"broker_down\", \"broker\": 1, \"clean\": true, \"for\": \"30s\""), sets));
        row = fault_of(leaves, 0);
        assert_near(sim_seconds(row->events[0].leaders_elected - row->at), 40 * each_s[i], 0.001 + 2 * each_s[i]);
        assert_true(row->partition_seconds_down == 0);
        assert_true(row->cleared != SIM_NEVER);
        struct run *head = simulate(b, arena_printf(b->fixture->arena, "%s" FAULT("\"kind\": \"controller_down\", \"for\": \"30s\""), sets));
        assert_near(sim_seconds(fault_of(head, 0)->detected - fault_of(head, 0)->at), 18 + 120 * 0.002, 1e-6);
        assert_adds_up(dies);
        assert_adds_up(leaves);
    }
}

/* Three times the traffic for half a minute, from the slice after: outside of it every slice has what it always has. */
static void traffic_rises(void **state)
{
    struct bench *b = *state;
    struct run *usual = simulate(b, SMALL), *r = simulate(b, SMALL FAULT("\"kind\": \"traffic_spike\", \"factor\": 3, \"for\": \"30s\""));
    struct run *ramp = simulate(b, SMALL FAULT("\"kind\": \"traffic_spike\", \"factor\": 3, \"for\": \"40s\", \"ramp\": \"20s\""));
    const struct series *before = &usual->pipeline->world.telemetry->produced, *after = &r->pipeline->world.telemetry->produced;
    double inside = 0, as_ever = 0, outside = 0;
    assert_int_equal(series_length(before), series_length(after));
    for (int32_t i = 0; i < series_length(after); i++) {
        const double at = i * 180.0 / series_length(after);
        if (at >= 62 && at < 88) {
            inside += series_value(after, i);
            as_ever += series_value(before, i);
        } else if (at < 58 || at >= 93)
            outside += series_value(after, i) != series_value(before, i);
    }
    assert_true(outside == 0);
    assert_near(inside / as_ever, 3, 0.15);
    /* 2 x 400 x (30 - 1) more; with the ramp a triangle of 40 s. */
    const double more = (double)(account_of(r, 0).produced - account_of(usual, 0).produced);
    assert_near(more, 2 * 400 * 29.5, 2 * 400 * 0.6 + 4 * sqrt(3 * 400 * 30));
    assert_near((double)(account_of(ramp, 0).produced - account_of(usual, 0).produced), 2 * 400 * 20, 4 * sqrt(3 * 400 * 40) + 2 * 400);
    assert_adds_up(r);
}

/* While the store is down no file becomes visible: what was rolled at 60 s or soon after is seen when it is back. */
static void files_wait_for_the_store(void **state)
{
    struct bench *b = *state;
    struct run *usual = simulate(b, SMALL), *down = simulate(b, SMALL FAULT("\"kind\": \"object_store_down\", \"for\": \"50s\""));
    struct run *slow = simulate(b, SMALL FAULT("\"kind\": \"object_store_slow\", \"factor\": 100, \"for\": \"50s\""));
    /* A file holds 20 s; it is rolled in the 50 s, and tries again within 20 s of their end. */
    const double longest = quantile_of(down, FRESHNESS, 1, 1), as_ever = quantile_of(usual, FRESHNESS, 1, 1);
    assert_less(as_ever, 25);
    assert_less(50, longest);
    assert_less(longest, 20 + 50 + 20 + 1);
    assert_less(as_ever + 4, quantile_of(slow, FRESHNESS, 1, 1));
    assert_true(fault_of(down, 0)->stale_minutes[1] * 60 > 30 && fault_of(down, 0)->cleared != SIM_NEVER);
    assert_int_equal(account_of(down, 1).lost + account_of(down, 1).duplicated, 0);
    assert_adds_up(down);
}

#define LAKE "lake.tables=[{\"name\": \"raw_events\", \"compaction\": {\"strategy\": \"binpack\", \"target\": \"64 MiB\", \"every\": \"20s\"}}]|"
#define ASK                                                                                                            \
    "engines=[{\"name\": \"presto\", \"workers\": 1, \"instance\": \"m7g.large\"}]|queries=[{\"name\": \"all\", \"engine\": \"presto\", "  \
    "\"rate\": \"0.5/s\", \"reads\": \"raw_events\", \"columns\": 1}]|"

/* 0.5 queries a second, and four times as many for 100 s: 150 more. */
static void queries_storm(void **state)
{
    struct bench *b = *state;
    const char *sets = "run.duration=5m|workload[0].rate=100/s|lake.tables=[{\"name\": \"raw_events\"}]|" ASK;
    struct run *usual = simulate(b, sets);
    struct run *r = simulate(b, arena_printf(b->fixture->arena, "%s" FAULT("\"kind\": \"query_storm\", \"factor\": 4, \"for\": \"100s\""), sets));
    const double before = (double)query_feed_result(&usual->pipeline->world, 0)->arrived,
                 after = (double)query_feed_result(&r->pipeline->world, 0)->arrived;
    assert_near(before, 0.5 * 290, 4 * sqrt(0.5 * 290));
    assert_near(after, 0.5 * 290 + 1.5 * 100, 4 * sqrt(0.5 * 290 + 150));
    assert_less(before + 80, after);
}

/* Five of those that would begin in 100 s do not, and are counted. */
static void compactions_stop(void **state)
{
    struct bench *b = *state;
    const char *sets = "run.duration=5m|workload[0].rate=100/s|groups[1].does.write.roll.every=5s|" LAKE;
    struct run *usual = simulate(b, sets);
    struct run *r = simulate(b, arena_printf(b->fixture->arena, "%s" FAULT("\"kind\": \"compaction_stopped\", \"table\": \"raw_events\", \"for\": \"100s\""), sets));
    const struct lake_counts before = lake_counts(lake_feed_lake(&usual->pipeline->world), 0),
                             after = lake_counts(lake_feed_lake(&r->pipeline->world), 0);
    assert_int_equal(after.compactions_skipped - before.compactions_skipped, 5);
    assert_less((double)after.compactions, (double)before.compactions);
}

/* The registry is gone from 60 s to 110 s. Who runs does not notice; a group that is restarted at 65 s for 10 s is not back at 75 s but at
 * 110 s, with what came in 45 s, and a producer that would return at 75 s returns then. */
static void who_starts_waits_for_the_registry(void **state)
{
    struct bench *b = *state;
    static const char *const resolutions[] = {"request", "sampled"};
#define REGISTRY(rest) "faults=[{\"id\": \"f\", \"kind\": \"registry_down\", \"at\": \"60s\", \"for\": \"50s\"}" rest "]"
#define RESTART ", {\"id\": \"g\", \"kind\": \"restart_group\", \"group\": \"raw\", \"at\": \"65s\", \"for\": \"10s\"}"
#define REDEPLOY ", {\"id\": \"p\", \"kind\": \"producer_redeploy\", \"producer\": \"web\", \"at\": \"65s\", \"for\": \"10s\", \"pause\": \"60s\"}"
    for (int i = 0; i < 2; i++) {
        const char *sets = arena_printf(b->fixture->arena, SMALL "run.resolution=%s|run.duration=4m|groups[1].does=null|", resolutions[i]);
        struct run *alone = simulate(b, arena_printf(b->fixture->arena, "%s" REGISTRY(""), sets));
        assert_less(peak_lag(alone, 0), 400);
        assert_true(fault_of(alone, 0)->cleared - fault_of(alone, 0)->at < 60 * SIM_S);
        struct run *r = simulate(b, arena_printf(b->fixture->arena, "%s" REGISTRY(RESTART REDEPLOY), sets));
        assert_near(peak_lag(r, 1), 400 * 45, 400 * 5);
        assert_less(peak_lag(r, 0), 1000);
        assert_int_equal(account_of(r, 1).lost + account_of(r, 1).rejected, 0);
        assert_true(fault_of(r, 1)->cleared != SIM_NEVER && fault_of(r, 1)->cleared > 110 * SIM_S);
        for (int k = 0; k < 3; k++) assert_int_equal(r->pipeline->world.fleets[0].instances[k].waits, 0);
        assert_adds_up(r);
    }
}

/* Of the compactions that begin every 20 s none can commit for 100 s: each tries five times, with 0.1, 0.2, 0.4 and 0.8 s between, and has
 * worked for nothing. With half of the commits in conflict one in 32 gives up. */
static void commits_conflict(void **state)
{
    struct bench *b = *state;
    const char *sets = "run.duration=5m|workload[0].rate=100/s|groups[1].does.write.roll.every=5s|" LAKE;
    struct run *usual = simulate(b, sets), *half = simulate(b, arena_printf(b->fixture->arena, "%s" FAULT("\"kind\": \"catalog_conflict\", \"table\": \"raw_events\", \"share\": \"50%%\", \"for\": \"200s\""), sets));
    struct run *r = simulate(b, arena_printf(b->fixture->arena, "%s" FAULT("\"kind\": \"catalog_conflict\", \"table\": \"raw_events\", \"share\": \"100%%\", \"for\": \"100s\""), sets));
    const struct lake_counts before = lake_counts(lake_feed_lake(&usual->pipeline->world), 0), after = lake_counts(lake_feed_lake(&r->pipeline->world), 0),
                             some = lake_counts(lake_feed_lake(&half->pipeline->world), 0);
    assert_int_equal(before.compactions_failed, 0); /* files that land meanwhile make some conflict, as ever */
    assert_int_equal(after.compactions_failed, 5);
    assert_int_equal(after.commits_failed, 5);
    assert_in_range(after.conflicts, 5 * 5, 5 * 5 + before.conflicts);
    assert_int_equal(before.compactions - after.compactions, 5);
    assert_int_equal(after.rows, before.rows); /* nothing is missing */
    assert_less(before.compaction_s + 5 * (1.5 - 0.3), after.compaction_s);
    assert_true(some.compactions_failed <= 2 && some.conflicts > before.conflicts && some.conflicts < after.conflicts + before.conflicts);
}

/* 400 records a second, and a mirror 10 s behind: 4,000 acknowledged ones are lost to every group, read or not; what came during the
 * fail-over waits in the producers. */
static void a_region_is_lost(void **state)
{
    struct bench *b = *state;
    static const char *const resolutions[] = {"request", "sampled"};
    for (int i = 0; i < 2; i++) {
        struct run *r = simulate(b, arena_printf(b->fixture->arena, SMALL "run.resolution=%s|cluster.mirror.behind=10s|"
                                                 FAULT("\"kind\": \"region_lost\", \"for\": \"20s\""), resolutions[i]));
        const struct fault_row *row = fault_of(r, 0);
        for (int g = 0; g < 2; g++) {
            assert_near((double)account_of(r, g).lost, 4000, 4 * sqrt(4000));
            int64_t of_region = 0;
            for (int p = 0; p < 6; p++) of_region += r->pipeline->world.groups[g].partitions[p].lost_by[LOST_REGION];
            assert_int_equal(of_region, account_of(r, g).lost);
        }
        assert_int_equal(account_of(r, 0).lost, account_of(r, 1).lost); /* the same records */
        assert_int_equal(account_of(r, 0).rejected, 0);
        assert_true(row->cleared != SIM_NEVER);
        assert_near(row->partition_seconds_down, 6 * 20, 6 * 1.5);
        assert_adds_up(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(slow_cores_take_longer, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(slow_disks_and_networks, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_zone_goes_down, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(brokers_restart_one_by_one, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(producers_are_redeployed, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(nobody_notices_without_a_controller, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(zookeeper_takes_its_time, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(traffic_rises, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(files_wait_for_the_store, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(queries_storm, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(compactions_stop, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(who_starts_waits_for_the_registry, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(commits_conflict, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_region_is_lost, bench_set_up, bench_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
