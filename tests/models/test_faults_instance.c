/* test_faults_instance.c: instances of groups and of producers that come and go, or are taken back. */
#include "pipeline_fixture.h"

#include "group.h"
#include "group_lag.h"

enum { COUNT, CONSUMERS = 3 };

#define SYSTEM(protocol, fault)                                                                                        \
    "run.duration=150s|topics[0].partitions=18|groups=[{\"name\": \"count\", \"reads\": \"events\", \"instances\": 3, \"instance\": "  \
    "\"c6i.large\", \"protocol\": \"" protocol "\", \"config\": {\"auto.offset.reset\": \"earliest\", \"session.timeout.ms\": 10000}}]|" \
    "faults=[{\"id\": \"a\", \"group\": \"count\", \"at\": \"30s\", " fault "}]"

static const struct group *group_of(const struct run *r)
{
    return &r->pipeline->world.groups[COUNT];
}

static struct run *go(struct bench *b, const char *costs, const char *sets)
{
    struct run *r = simulate_with(b, costs, sets);
    assert_adds_up(r);
    assert_true(group_is_settled(group_of(r)));
    assert_int_equal(account_of(r, COUNT).lost, 0);
    return r;
}

static double lasted_s(const struct run *r)
{
    assert_true(fault_of(r, 0)->recovered != SIM_NEVER);
    return sim_seconds(fault_of(r, 0)->until - fault_of(r, 0)->at);
}

static void one_after_another_stops_less_than_all_at_once(void **state)
{
    struct bench *b = *state;
#define RESTART(more) SYSTEM("consumer", "\"kind\": \"restart_group\", \"for\": \"8s\", \"clean\": true" more)
    struct run *at_once = go(b, "", RESTART("")), *rolling = go(b, "", RESTART(", \"rolling\": true, \"pause\": \"10s\""));
    assert_int_equal(account_of(at_once, COUNT).produced, account_of(rolling, COUNT).produced);
    assert_int_equal(account_of(rolling, COUNT).duplicated, 0);
    assert_near(lasted_s(at_once), 8, 0.1);
    /* Each is away for 8 s, and the group has settled two heartbeats of 5 s later at most; pauses are between them. */
    assert_in_range((int64_t)lasted_s(rolling), 3 * 8 + 2 * 10, 3 * (8 + 10 + 2) + 2 * 10);
    /* What an instance leaves is with others within a heartbeat, and it has its own again within two. */
    assert_true(group_of(rolling)->rebalances >= 4);
    assert_less((double)fault_of(rolling, 0)->peak_lag, 0.75 * (double)fault_of(at_once, 0)->peak_lag);
    assert_less(group_lag_stopped_s(group_of(rolling)), 3 * 2 * 6 * 10);
    assert_true(group_lag_stopped_s(group_of(at_once)) >= 18 * 8);
}

static void an_instance_that_flaps_makes_a_storm(void **state)
{
    struct bench *b = *state;
#define STORM(protocol, more) SYSTEM(protocol, "\"kind\": \"rebalance_storm\", \"for\": \"60s\", \"down\": \"2s\", \"pause\": \"8s\"" more)
    struct run *leaves = go(b, "", STORM("classic", ", \"clean\": true")), *dies = go(b, "", STORM("classic", ""));
    struct run *once = go(b, "", SYSTEM("classic", "\"kind\": \"rebalance_storm\", \"for\": \"5s\", \"down\": \"2s\", \"pause\": \"8s\""));
    assert_int_equal(account_of(leaves, COUNT).produced, account_of(dies, COUNT).produced);
    /* Six times; each leaving begins a rebalance, and so does each return unless the first is still under way. */
    assert_in_range(group_of(leaves)->rebalances, 6, 12);
    assert_int_equal(account_of(leaves, COUNT).duplicated, 0);
    assert_near(lasted_s(leaves), 60, 0.1);
    /* One that dies is waited for, by all that join meanwhile, and what it had read is read again, each time. */
    assert_true(account_of(dies, COUNT).duplicated > account_of(once, COUNT).duplicated && account_of(once, COUNT).duplicated > 0);
    assert_true(group_lag_stopped_s(group_of(dies)) > 2 * group_lag_stopped_s(group_of(leaves)));
    assert_true(group_of(dies)->rebalances >= 1);
}

static void records_that_hang_put_members_out(void **state)
{
    struct bench *b = *state;
#define HANG(each)                                                                                                     \
    "run.duration=150s|run.warmup=1s|workload[0].rate=100/s|groups=[{\"name\": \"count\", \"reads\": \"events\", \"instances\": 2, "    \
    "\"instance\": \"c6i.large\", \"config\": {\"max.poll.interval.ms\": 2000, \"max.poll.records\": 50, \"auto.offset.reset\": "      \
    "\"earliest\"}}]|faults=[{\"id\": \"a\", \"group\": \"count\", \"at\": \"30s\", \"kind\": \"rebalance_storm\", \"for\": \"40s\", "   \
    "\"per_record\": \"" each "\"}]"
    struct run *r = go(b, "", HANG("50ms"));
    /* 50 records take 2.5 s: who has as many is out. Two threads do 40 records a second of 100. */
    assert_true(group_of(r)->overslept >= 4);
    assert_true(account_of(r, COUNT).duplicated >= 50);
    assert_true((double)fault_of(r, 0)->peak_lag >= (100 - 40) * 40 * 0.95);
    assert_near(lasted_s(r), 40, 0.1);
}

/* --- Taken back ------------------------------------------------------------------------------------------ */

struct look {
    struct world *world;
    int alive;
    int64_t uncommitted; /* of instance 1 */
};

static void look_now(struct kernel *k, void *look, int64_t unused)
{
    (void)k;
    (void)unused;
    struct look *l = look;
    const struct group *g = &l->world->groups[COUNT];
    for (int i = 0; i < g->consumers_n; i++) l->alive += g->consumers[i].alive;
    for (int i = 0; i < g->partitions_n; i++) {
        const struct group_partition *gp = &g->partitions[i];
        if (gp->consumer == &g->consumers[1])
            l->uncommitted += gp->position.offset + l->world->cluster.partitions[g->partition_first + i].base_offset - gp->committed;
    }
}

static void look_at(struct run *r, struct look *look, double at_s)
{
    *look = (struct look){.world = &r->pipeline->world};
    kernel_at(&r->pipeline->world.calendar, (sim_time)(at_s * 1e9), 0, look_now, look, 0);
}

static void a_spot_instance_goes_when_its_notice_is_over(void **state)
{
    struct bench *b = *state;
#define SPOT(clean) SYSTEM("consumer", "\"kind\": \"spot_taken\", \"instance\": 1, \"notice\": \"20s\", \"for\": \"30s\", \"clean\": " clean)
    static const char *const sets[] = {SPOT("true"), SPOT("false")};
    for (int i = 0; i < 2; i++) {
        struct run *r = run_new(b, scenario_with(b, base_system, sets[i]), calibration_with(b, ""));
        struct look warned, gone, still_gone, replaced;
        look_at(r, &warned, 50); /* the last moment */
        look_at(r, &gone, 50.001);
        look_at(r, &still_gone, 79.9);
        look_at(r, &replaced, 80.1);
        pipeline_run(r->pipeline, NULL, NULL, NULL);
        assert_adds_up(r);
        assert_int_equal(warned.alive, CONSUMERS);
        assert_int_equal(gone.alive, CONSUMERS - 1);
        assert_int_equal(still_gone.alive, CONSUMERS - 1);
        assert_int_equal(replaced.alive, CONSUMERS);
        assert_near(lasted_s(r), 50, 0.1);
        assert_true(group_is_settled(group_of(r)));
        assert_true(warned.uncommitted > 0);
        assert_int_equal(account_of(r, COUNT).lost, 0);
        assert_int_equal(account_of(r, COUNT).duplicated, i == 0 ? 0 : warned.uncommitted);
        /* Others have its partitions within a heartbeat; unless it left, once its session is over. */
        if (i == 0)
            assert_less((double)fault_of(r, 0)->peak_lag, 2000 / 3.0 * 6.5);
        else
            assert_true((double)fault_of(r, 0)->peak_lag > 2000 / 3.0 * 5);
    }
}

static void producers_that_are_taken_in_order_reject_nothing(void **state)
{
    struct bench *b = *state;
#define TAKEN(clean)                                                                                                   \
    "run.duration=90s|producers[0].config.linger.ms=200|faults=[{\"id\": \"a\", \"kind\": \"producer_spot_taken\", \"producer\": \"web\", "    \
    "\"instance\": \"any\", \"at\": \"20s\", \"notice\": \"10s\", \"for\": \"20s\", \"clean\": " clean "}]"
    struct run *in_order = simulate(b, TAKEN("true")), *not = simulate(b, TAKEN("false"));
    assert_adds_up(in_order);
    assert_adds_up(not);
    assert_int_equal(account_of(in_order, 0).produced, account_of(not, 0).produced);
    assert_int_equal(in_order->pipeline->world.rejected, 0);
    assert_true(not->pipeline->world.rejected_by[REJECT_PRODUCER_GONE] > 0);
    assert_near(lasted_s(not), 30, 0.1);
    assert_int_equal(in_order->pipeline->world.fleets[0].here_n, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_after_another_stops_less_than_all_at_once, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(an_instance_that_flaps_makes_a_storm, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(records_that_hang_put_members_out, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_spot_instance_goes_when_its_notice_is_over, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(producers_that_are_taken_in_order_reject_nothing, bench_set_up, bench_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
