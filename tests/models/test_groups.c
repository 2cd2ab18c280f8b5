/* test_groups.c: members come, go and fall silent: what each protocol makes of it, with known answers. */
#include "pipeline_fixture.h"

#include "group.h"

enum { COUNT };

/* One instance of three is away from 22 s on, and six partitions are read by it. */
#define CRASH(length, more)                                                                                            \
    "run.duration=120s|topics[0].partitions=18|groups=[{\"name\": \"count\", \"reads\": \"events\", \"instances\": 3, \"instance\": " \
    "\"c6i.large\", \"config\": {\"session.timeout.ms\": 20000" more "}}]|faults=[{\"id\": \"a\", \"kind\": "                   \
    "\"consumer_crash\", \"group\": \"count\", \"instance\": 0, \"at\": \"22s\", \"for\": \"" length "\"}]"

static const struct group *group_of(const struct run *r)
{
    return &r->pipeline->world.groups[COUNT];
}

static void assert_same_traffic(const struct run *a, const struct run *b)
{
    assert_int_equal(account_of(a, COUNT).produced, account_of(b, COUNT).produced);
    assert_adds_up(a);
    assert_adds_up(b);
}

static double cleared_s(const struct run *r)
{
    return sim_seconds(fault_of(r, 0)->cleared - fault_of(r, 0)->at);
}

static void assert_settled(const struct run *r)
{
    const struct group *g = group_of(r);
    assert_true(group_is_settled(g));
    for (int i = 0; i < g->consumers_n; i++) {
        int has = 0;
        for (int p = 0; p < g->partitions_n; p++) has += g->partitions[p].consumer == &g->consumers[i];
        assert_int_equal(has, g->partitions_n / g->consumers_n);
    }
}

/* Records read and not committed when the instance died at 22 s: since 20 s, of six partitions in 18. */
static void assert_repeated_since_the_commit(struct run *r)
{
    const struct population *keys = r->pipeline->world.blueprint->populations[0];
    double share = 0;
    for (int p = 0; p < 18; p++) {
        /* range: the first instance has the first six */
        if (p < 6) share += keys->partition_shares[p];
    }
    assert_near((double)account_of(r, COUNT).duplicated, 2000 * 2 * share, 0.08 * 2000 * 2 * share);
    assert_int_equal(account_of(r, COUNT).lost, 0);
}

static void a_static_member_comes_back_without_a_rebalance(void **state)
{
    struct bench *b = *state;
    struct run *known = simulate(b, CRASH("10s", ", \"group.instance.id\": \"count\""));
    struct run *stranger = simulate(b, CRASH("10s", ""));
    assert_same_traffic(known, stranger);
    assert_settled(known);
    assert_settled(stranger);
    assert_int_equal(group_of(known)->rebalances, 0);
    assert_true(group_of(stranger)->rebalances >= 1);
    assert_repeated_since_the_commit(known);
    assert_repeated_since_the_commit(stranger);
    /* The one is back after 10 s; the other's predecessor is waited for until its session is over, 20 s after its last
     * heartbeat, by everybody. */
    assert_less(cleared_s(known), 14);
    assert_true(cleared_s(stranger) > 17);
    assert_near((double)fault_of(known, 0)->peak_lag, (2 + 10) * 2000 / 3.0, 0.1 * 12 * 2000 / 3.0);
    assert_true((double)fault_of(stranger, 0)->peak_lag > 10 * 2000 / 3.0 + 5 * 2000);
}

static void a_static_member_that_stays_away_is_replaced(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate(b, CRASH("60s", ", \"group.instance.id\": \"count\""));
    assert_settled(r);
    assert_int_equal(group_of(r)->rebalances, 2); /* its session is over; it is back */
    assert_repeated_since_the_commit(r);
}

#define MANY "|run.warmup=75s|topics[0].partitions=24|groups.count.instances=12"

static void eager_stops_everybody_cooperative_what_moves(void **state)
{
    struct bench *b = *state;
    struct run *eager = simulate(b, CRASH("60s", ", \"partition.assignment.strategy\": \"sticky\"") MANY);
    struct run *cooperative = simulate(b, CRASH("60s", ", \"partition.assignment.strategy\": \"cooperative-sticky\"") MANY);
    struct run *broker = simulate(b, CRASH("60s", ", \"group.protocol\": \"consumer\"") MANY);
    assert_same_traffic(eager, cooperative);
    assert_same_traffic(eager, broker);
    struct run *const runs[] = {eager, cooperative, broker};
    for (int i = 0; i < 3; i++) {
        assert_settled(runs[i]);
        assert_int_equal(account_of(runs[i], COUNT).lost, 0);
        assert_true(group_of(runs[i])->rebalances >= 2);
    }
    /* It is back at 82 s, the first after the warm-up. Until the last of twelve members has had its heartbeat eager has all
     * stopped; the others stop two partitions of 24, each until its next owner hears of it. */
    const double eager_s = mean_of(eager, END_TO_END, COUNT);
    assert_less(mean_of(cooperative, END_TO_END, COUNT) * 2, eager_s);
    assert_less(mean_of(broker, END_TO_END, COUNT) * 2, eager_s);
    assert_true(quantile_of(eager, END_TO_END, COUNT, 1) > 2 && quantile_of(eager, END_TO_END, COUNT, 1) < 3.5);
    assert_true(quantile_of(cooperative, END_TO_END, COUNT, 1) < 3.5);
    assert_true(quantile_of(broker, END_TO_END, COUNT, 1) < 5.5);
    /* By heartbeats: at most three intervals, of 3 s and of 5 s. */
    assert_less(sim_seconds(group_of(eager)->rebalance_longest_ns), 3.1);
    assert_less(sim_seconds(group_of(cooperative)->rebalance_longest_ns), 6.2);
    assert_less(sim_seconds(group_of(broker)->rebalance_longest_ns), 10.2);
}

/* An empty group waits for more members, then for nobody. */
static void a_new_group_waits_for_members(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate(b, "run.duration=60s|cluster.config.group.initial.rebalance.delay.ms=7000|groups=[{\"name\": \"count\", "
                                "\"reads\": \"events\", \"instances\": 3, \"instance\": \"c6i.large\"}]|faults=[{\"id\": \"a\", \"kind\": "
                                "\"restart_group\", \"group\": \"count\", \"at\": \"22s\", \"for\": \"5s\"}]");
    assert_settled(r);
    assert_int_equal(account_of(r, COUNT).duplicated, 0);
    assert_int_equal(group_of(r)->rebalances, 1);
    /* All have joined when it has begun by as little as they are apart: one more delay. */
    const double waited = sim_seconds(group_of(r)->rebalance_last_ns);
    assert_true(waited > 13.9 && waited < 14.5);
}

static void an_unclean_restart_waits_for_the_dead(void **state)
{
    struct bench *b = *state;
#define RESTART(protocol)                                                                                              \
    "run.duration=100s|groups=[{\"name\": \"count\", \"reads\": \"events\", \"instances\": 3, \"instance\": \"c6i.large\", \"protocol\": \"" \
    protocol "\", \"config\": {\"session.timeout.ms\": 20000}}]|faults=[{\"id\": \"a\", \"kind\": \"restart_group\", \"group\": "         \
    "\"count\", \"at\": \"22s\", \"for\": \"5s\", \"clean\": false}]"
    struct run *const runs[] = {simulate(b, RESTART("classic")), simulate(b, RESTART("consumer"))};
    for (int i = 0; i < 2; i++) {
        assert_settled(runs[i]);
        const double back = sim_seconds(fault_of(runs[i], 0)->recovered - fault_of(runs[i], 0)->at);
        assert_true(back > 20 - 5 && back < 20 + 5 + 2);
        assert_near((double)account_of(runs[i], COUNT).duplicated, 2000 * 2, 0.08 * 4000);
        assert_int_equal(account_of(runs[i], COUNT).lost, 0);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_static_member_comes_back_without_a_rebalance),
        TEST(a_static_member_that_stays_away_is_replaced),
        TEST(eager_stops_everybody_cooperative_what_moves),
        TEST(a_new_group_waits_for_members),
        TEST(an_unclean_restart_waits_for_the_dead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
