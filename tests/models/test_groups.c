/* test_groups.c: members come, go and fall silent: what each protocol makes of it, with known answers. */
#include "pipeline_fixture.h"

#include "group.h"
#include "group_lag.h"

enum { COUNT };

/* One instance of three is away from 22 s on, and six partitions are read by it. */
#define CRASH(length, more)                                                                                            \
    "run.duration=120s|topics[0].partitions=18|groups=[{\"name\": \"count\", \"reads\": \"events\", \"instances\": 3, \"instance\": " \
    "\"c6i.large\", \"checkpoint\": \"5s\", \"config\": {\"session.timeout.ms\": 20000" more "}}]|faults=[{\"id\": \"a\", \"kind\": "                   \
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
    assert_true(group_of(r)->rebalancing_ns == group_of(r)->rebalance_longest_ns);
    /* Six partitions, for the 5 s and for the rebalance. */
    assert_near(group_lag_stopped_s(group_of(r)), 6 * (5 + sim_seconds(group_of(r)->rebalancing_ns)), 6 * 0.2);
    /* All have joined when it has begun by as little as they are apart: one more delay. */
    const double waited = sim_seconds(group_of(r)->rebalance_last_ns);
    assert_true(waited > 13.9 && waited < 14.5);
}

static void an_unclean_restart_waits_for_the_dead(void **state)
{
    struct bench *b = *state;
#define RESTART(protocol)                                                                                              \
    "run.duration=100s|groups=[{\"name\": \"count\", \"reads\": \"events\", \"instances\": 3, \"instance\": \"c6i.large\", \"checkpoint\": \"5s\", \"protocol\": \"" \
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

/* What the group says of its backlog; `largest` is the partition with the most traffic, and has this share of it. */
static void assert_drained(const struct run *r, double share, int largest)
{
    const struct group_lag *l = &group_of(r)->lag;
    assert_int_equal(l->peak, fault_of(r, 0)->peak_lag);
    assert_near(l->peak_skew, share * group_of(r)->partitions_n, 0.04 * l->peak_skew);
    assert_near((double)l->peak_of_partition, (double)l->peak * share, 0.04 * (double)l->peak_of_partition);
    assert_near(sim_seconds(l->peak_age), 20, 1.2);
    assert_near((double)l->longest, (double)(fault_of(r, 0)->lag_cleared - fault_of(r, 0)->at - 3 * SIM_S), 1.5e9);
    assert_true(l->end < 1000 && sim_seconds(l->end_age) < 1);
    assert_true(group_lag_stopped_s(group_of(r)) == 0);
    if (largest < 0) return;
    assert_int_equal(l->peak_partition, largest);
    assert_int_equal(l->longest_partition, largest);
}

static int largest_of(const struct run *r, double *share)
{
    const double *shares = r->pipeline->world.blueprint->populations[0]->partition_shares;
    int largest = 0;
    for (int p = 0; p < group_of(r)->partitions_n; p++)
        if (shares[p] > shares[largest]) largest = p;
    *share = shares[largest];
    return largest;
}

#define PAUSED(protocol)                                                                                               \
    "run.duration=120s|workload[0].rate=1k/s|groups=[{\"name\": \"count\", \"reads\": \"events\", \"instances\": 1, \"instance\": " \
    "\"c6i.large\", \"protocol\": \"" protocol "\", \"config\": {\"max.partition.fetch.bytes\": 16384}}]|faults=[{\"id\": \"a\", "  \
    "\"kind\": \"group_paused\", \"group\": \"count\", \"at\": \"30s\", \"for\": \"20s\"}]"

/* A pause of D: the backlog is what came meanwhile, and shrinks by the spare capacity. */
static void a_paused_group_drains_its_backlog(void **state)
{
    struct bench *b = *state;
    static const char *const sets[] = {PAUSED("classic"), PAUSED("consumer")};
    for (int i = 0; i < 2; i++) {
        struct run *r = simulate_with(b, COST("kafka.consumer.record", "us/record", 600), sets[i]);
        const double capacity = 1e9 / group_of(r)->cpu_ns_per_record;
        assert_adds_up(r);
        assert_settled(r);
        assert_int_equal(group_of(r)->rebalances, 0);
        assert_int_equal(account_of(r, COUNT).duplicated, 0);
        assert_int_equal(account_of(r, COUNT).lost, 0);
        assert_near((double)fault_of(r, 0)->peak_lag, 1000 * 20, 0.04 * 1000 * 20);
        const double cleared = 20 + 1000 * (20 - 3) / (capacity - 1000);
        assert_near(sim_seconds(fault_of(r, 0)->lag_cleared - fault_of(r, 0)->at), cleared, 1.5 + 0.03 * cleared);
        double share;
        largest_of(r, &share); /* the others have nearly as much */
        assert_drained(r, share, -1);
    }
}

/* Fetches take as much of each partition, so the one with the most is the one that all others wait for. */
static void the_partition_with_the_most_clears_last(void **state)
{
    struct bench *b = *state;
    const char *slow = COST("kafka.consumer.record", "us/record", 600);
    struct run *even = simulate_with(b, slow, PAUSED("consumer")), *skewed = simulate_with(b, slow, PAUSED("consumer") "|keys.user.zipf=1");
    double share;
    const int largest = largest_of(skewed, &share);
    assert_true(share > 1.3 / 6);
    assert_drained(skewed, share, largest);
    assert_true(fault_of(skewed, 0)->lag_cleared > fault_of(even, 0)->lag_cleared);
}

/* --- Polls that come too late -------------------------------------------------------------------------- */

/* 3 ms a record: after a stop polls are full, and 500 records take 1.5 s. */
#define POLLS(records)                                                                                                 \
    "run.duration=90s|run.warmup=1s|workload[0].rate=400/s|groups=[{\"name\": \"count\", \"reads\": \"events\", \"instances\": 2, "     \
    "\"instance\": \"c6i.large\", \"config\": {\"max.poll.interval.ms\": 1000, \"max.poll.records\": " records                       \
    ", \"auto.offset.reset\": \"earliest\"}}]|faults=[{\"id\": \"a\", \"kind\": \"restart_group\", \"group\": \"count\", \"at\": "     \
    "\"20s\", \"for\": \"10s\"}]"

static void polls_that_are_too_large_make_a_storm(void **state)
{
    struct bench *b = *state;
    const char *slow = COST("kafka.consumer.record", "us/record", 3000);
    struct run *small = simulate_with(b, slow, POLLS("100"));
    struct run *large = simulate_with(b, slow, POLLS("500"));
    assert_same_traffic(small, large);
    assert_int_equal(group_of(small)->overslept, 0);
    assert_int_equal(group_of(small)->rebalances, 1);
    assert_int_equal(account_of(small, COUNT).duplicated, 0);
    assert_true(group_of(large)->overslept >= 2);
    assert_int_equal(account_of(large, COUNT).lost, 0);
    assert_true(account_of(large, COUNT).duplicated >= 500);
    /* What they do over again is work that the backlog waits for. */
    assert_true(account_of(large, COUNT).in_flight > 2 * account_of(small, COUNT).in_flight);
}

/* --- Partitions added ---------------------------------------------------------------------------------- */

/* Ten consumers, and 900 partitions more. Published for it: 103 s with the classic protocol, 5 s with the new one. What makes the
 * difference is who notices: the classic group's leader when its metadata are metadata.max.age.ms (5 min) old, at a phase that
 * nobody knows; the coordinator at once, and members with their next heartbeat, within 5 s. */
#define ADDED(more)                                                                                                    \
    "run.duration=350s|run.warmup=1s|workload[0].rate=300/s|topics[0].partitions=100|producers[0].config.linger.ms=500|"              \
    "groups=[{\"name\": \"count\", \"reads\": \"events\", \"instances\": 10, \"instance\": \"c6i.large\", \"config\": {" more "}}]|"  \
    "faults=[{\"id\": \"a\", \"kind\": \"partitions_added\", \"topic\": \"events\", \"partitions\": 1000, \"at\": \"20s\"}]"

static void added_partitions_are_noticed_by_who_assigns(void **state)
{
    struct bench *b = *state;
    struct run *classic = simulate(b, ADDED("\"auto.offset.reset\": \"earliest\""));
    struct run *broker = simulate(b, ADDED("\"group.protocol\": \"consumer\", \"auto.offset.reset\": \"earliest\""));
    struct run *latest = simulate(b, ADDED("") "|producers[0].config.metadata.max.age.ms=1000");
    assert_same_traffic(classic, broker);
    assert_settled(classic);
    assert_settled(broker);
    const double classic_s = sim_seconds(fault_of(classic, 0)->recovered - fault_of(classic, 0)->at);
    const double broker_s = sim_seconds(fault_of(broker, 0)->recovered - fault_of(broker, 0)->at);
    print_message("900 partitions more for 10 consumers: classic %.0f s (published 103 s), consumer %.0f s (published 5 s)\n", classic_s,
                  broker_s);
    assert_true(classic_s > 0 && classic_s < 300 + 3 + 2);
    assert_true(broker_s > 0 && broker_s < 5 + 1 + 1);
    assert_true(fault_of(classic, 0)->detected - fault_of(classic, 0)->at <= 300 * SIM_S);
    assert_int_equal(account_of(classic, COUNT).lost, 0);
    assert_int_equal(account_of(broker, COUNT).lost, 0);
    /* Every record that was there before the new partitions were first read is passed over. */
    assert_true(account_of(latest, COUNT).lost > 0);
    int64_t passed_over = 0;
    for (int p = 0; p < 1000; p++) {
        passed_over += group_of(latest)->partitions[p].lost_by[LOST_OFFSET_RESET];
        if (p < 100) assert_int_equal(group_of(latest)->partitions[p].lost, 0);
    }
    assert_int_equal(account_of(latest, COUNT).lost, passed_over);
}

/* Six partitions become twelve: of each, half of the keys go to the one six further. */
#define DOUBLED(faults)                                                                                                \
    "run.duration=120s|run.warmup=1s|workload[0].rate=1k/s|keys.user.zipf=0|producers[0].config.metadata.max.age.ms=0|"           \
    "groups=[{\"name\": \"count\", \"reads\": \"events\", \"instances\": 1, \"instance\": \"c6i.large\", \"config\": "           \
    "{\"auto.offset.reset\": \"earliest\", \"metadata.max.age.ms\": 0, \"max.partition.fetch.bytes\": 16384}}]|"                 \
    "faults=[{\"id\": \"a\", \"kind\": \"partitions_added\", \"topic\": \"events\", \"partitions\": 12, \"at\": \"30s\"}" faults "]"

static void keys_that_move_overtake_what_is_unread(void **state)
{
    struct bench *b = *state;
    const char *slow = COST("kafka.consumer.record", "us/record", 600);
    struct run *at_the_tail = simulate_with(b, slow, DOUBLED(""));
    assert_int_equal(account_of(at_the_tail, COUNT).reordered, 0);
    assert_adds_up(at_the_tail);
    /* The group is away from 10 s to 29 s, and has its partitions at 32 s: 20 s of records of the old ones, 2 s of the new. */
    struct run *behind = simulate_with(b, slow, DOUBLED(", {\"id\": \"b\", \"kind\": \"restart_group\", \"group\": \"count\", \"at\": "
                                                        "\"10s\", \"for\": \"19s\"}"));
    assert_same_traffic(at_the_tail, behind);
    assert_settled(behind);
    assert_int_equal(account_of(behind, COUNT).lost, 0);
    const struct population *keys = behind->pipeline->world.blueprint->populations[0];
    double moved = 0;
    for (int q = 6; q < 12; q++) moved += keys->added_shares[q];
    assert_near(moved, 0.5, 0.05);
    /* Until what came before 30 s has been read. By turns of small fetches a partition of the old gets as much as one of the new
     * that has a backlog, and all that is left once the new are at their tail: 20,000 records then, at what the thread does less
     * what the new ones bring. */
    const double capacity = 1e9 / group_of(behind)->cpu_ns_per_record, fresh = 1000 * moved;
    const double caught_up = 2 * fresh / (capacity / 2 - fresh), rest = 20000 - caught_up * capacity / 2;
    const double overtaking = caught_up * capacity / 2 + rest / (capacity - fresh) * fresh;
    assert_near((double)account_of(behind, COUNT).reordered, overtaking, 0.1 * overtaking);
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
        TEST(a_paused_group_drains_its_backlog),
        TEST(the_partition_with_the_most_clears_last),
        TEST(polls_that_are_too_large_make_a_storm),
        TEST(added_partitions_are_noticed_by_who_assigns),
        TEST(keys_that_move_overtake_what_is_unread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
