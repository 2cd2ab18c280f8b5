/* test_pipeline_transactions.c: transactional producers, and who may read what they have not committed. */
#include "pipeline_fixture.h"

/* Group 0 reads what is committed, group 1 all. */
#define TXN                                                                                                            \
    "run.duration=60s|run.warmup=5s|producers[0].config.transactional.id=web|producers[0].config.linger.ms=5|"         \
    "groups[0].config.isolation.level=read_committed|"

static double paused_share(const struct run *r)
{
    return r->pipeline->world.committing_ns * 1e-9 / (sim_seconds(r->scenario->run.duration_ns) * r->scenario->producers[0].instances);
}

static double commit_s(const struct run *r)
{
    return r->pipeline->world.committing_ns * 1e-9 / r->pipeline->world.transactions_committed;
}

static void readers_of_committed_records_wait(void **state)
{
    struct bench *b = *state;
    struct run *plain = simulate(b, "run.duration=60s|run.warmup=5s|producers[0].config.linger.ms=5");
    struct run *every100ms = simulate(b, TXN "producers[0].transaction_commit_interval=100ms");
    struct run *every1s = simulate(b, TXN "producers[0].transaction_commit_interval=1s");
    const struct run *const both[] = {every100ms, every1s};
    const double interval_s[] = {0.1, 1};
    for (int i = 0; i < 2; i++) {
        struct run *r = i ? every1s : every100ms;
        assert_adds_up(both[i]);
        assert_int_equal(account_of(r, 0).produced, account_of(plain, 0).produced);
        for (int g = 0; g < 2; g++) assert_int_equal(account_of(r, g).duplicated + account_of(r, g).lost + account_of(r, g).rejected, 0);
        /* A transaction a producer, interval and commit; the first opened somewhere in an interval. */
        const double expected = 3 * 60 / (interval_s[i] + commit_s(r));
        assert_near(r->pipeline->world.transactions_committed, expected, 0.06 * expected + 3);
        /* A record waits on average half an interval for its commit, three producers share a partition: all before it must have
         * committed too, so it waits for the last of those open: 3/4 of an interval, as the greatest of three uniform times. */
        const double all = mean_of(r, END_TO_END, 1), committed = mean_of(r, END_TO_END, 0);
        assert_less(0.5 * interval_s[i], committed - all);
        assert_less(committed - all, interval_s[i] + 0.05);
    }
    /* The longer the interval, the smaller the share of time in which nothing is sent. */
    assert_less(paused_share(every1s), paused_share(every100ms) / 5);
    assert_less(0.005, paused_share(every100ms));
    assert_less(paused_share(every100ms), 0.2);
}

static void a_transaction_lives_through_a_lost_broker(void **state)
{
    struct bench *b = *state;
    static const char *const resolutions[] = {"request", "record", "sampled"};
    for (int i = 0; i < 3; i++) {
        struct run *r = simulate(b, arena_printf(b->fixture->arena,
            TXN "run.resolution=%s|run.duration=100s|cluster.config.log.segment.bytes=1048576|"
            "faults=[{\"id\": \"a\", \"kind\": \"broker_down\", \"broker\": 1, \"at\": \"20s\", \"for\": \"20s\"}]", resolutions[i]));
        assert_adds_up(r);
        for (int g = 0; g < 2; g++) assert_int_equal(account_of(r, g).lost + account_of(r, g).rejected, 0);
        /* Everything was committed in the end, and read. */
        assert_true(account_of(r, 0).in_flight < 2000);
        assert_less(4, quantile_of(r, END_TO_END, 0, 1));
    }
}

static void nothing_changes_for_readers_of_all(void **state)
{
    struct bench *b = *state;
    struct run *a = simulate(b, TXN "groups[0].config.isolation.level=read_uncommitted");
    assert_near(mean_of(a, END_TO_END, 0), mean_of(a, END_TO_END, 1), 0.01);
    /* But coordinators and markers cost broker CPU. */
    struct run *rare = simulate(b, TXN "groups[0].config.isolation.level=read_uncommitted|producers[0].transaction_commit_interval=2s");
    struct run *plain = simulate(b, "run.duration=60s|run.warmup=5s|producers[0].config.linger.ms=5");
    assert_less(totals_of(plain)->broker_cpu_ns, totals_of(rare)->broker_cpu_ns);
    assert_less(totals_of(rare)->broker_cpu_ns, totals_of(a)->broker_cpu_ns);
}

static void a_crashed_producers_transaction_is_aborted(void **state)
{
    struct bench *b = *state;
#define CRASH TXN "producers[0].transaction_commit_interval=2s|groups[0].config.session.timeout.ms=6000|groups[0].config.heartbeat.interval.ms=2000|"                          \
    "cluster.config.log.segment.bytes=1048576|run.duration=70s|" \
    "faults=[{\"id\": \"a\", \"kind\": \"zone_down\", \"zone\": 1, \"at\": \"20500ms\", \"for\": \"15s\"}]|"
    struct run *early = simulate(b, CRASH "producers[0].config.transaction.timeout.ms=12000|"
                                    "cluster.config.transaction.abort.timed.out.transaction.cleanup.interval.ms=500");
    struct run *late = simulate(b, CRASH "producers[0].config.transaction.timeout.ms=50000");
    struct run *const both[] = {early, late};
    for (int i = 0; i < 2; i++) {
        assert_adds_up(both[i]);
        /* What the lost producer had sent of its transaction, of at most 2 s, is there for those who read all alone. */
        assert_int_equal(account_of(both[i], 1).lost, 0);
        assert_in_range(account_of(both[i], 0).lost, 1, 667 * 2 * 1.1);
        /* Who reads committed records waits for the timeout, or for the producer to return after 15 s. */
        const double wait = i == 0 ? 12 - 2 : 15;
        assert_less(wait, quantile_of(both[i], END_TO_END, 0, 1));
    }
    assert_less(quantile_of(early, END_TO_END, 0, 0.99), quantile_of(late, END_TO_END, 0, 0.99));
}

/* A producer is gone for good in the midst of a transaction. Its first record holds up who reads committed ones for transaction.timeout.ms,
 * and until the coordinator's next look. */
static void the_last_stable_offset_waits_for_the_timeout(void **state)
{
    struct bench *b = *state;
    static const int looks_ms[] = {1, 10000, 30000};
    for (int i = 0; i < 3; i++) {
        struct run *r = simulate(b, arena_printf(b->fixture->arena, TXN "run.duration=80s|producers[0].transaction_commit_interval=2s|"
            "producers[0].config.transaction.timeout.ms=20000|cluster.config.log.segment.bytes=1048576|"
            "cluster.config.transaction.abort.timed.out.transaction.cleanup.interval.ms=%d|"
            "faults=[{\"id\": \"a\", \"kind\": \"producer_spot_taken\", \"producer\": \"web\", \"notice\": \"0s\", \"at\": \"20s\", \"for\": \"1h\"}]", looks_ms[i]));
        const double longest = quantile_of(r, END_TO_END, 0, 1);
        assert_less(20, longest);
        assert_less(longest, 20 + 1e-3 * looks_ms[i] + 0.2);
        if (i == 2) assert_less(20.4, longest); /* the look is somewhere in half a minute */
        assert_in_range(lost_by(r, 0, LOST_ABORTED), 1, 667 * 2 * 1.1);
        assert_near(r->pipeline->world.transactions_timed_out, 0, 0);
        assert_true(account_of(r, 0).in_flight < 4000);
        assert_adds_up(r);
    }
}

/* Two of three replicas are not enough: what producers have begun they cannot finish, and it is taken from them. Later they go on. */
static void a_producer_that_cannot_commit_is_fenced(void **state)
{
    struct bench *b = *state;
#define STUCK TXN "run.duration=130s|producers[0].transaction_commit_interval=1s|cluster.config.log.segment.bytes=1048576|" \
    "cluster.config.min.insync.replicas=3|faults=[{\"id\": \"a\", \"kind\": \"broker_down\", \"broker\": 1, \"at\": \"20s\", \"for\": \"50s\"}]|"
    struct run *fenced = simulate(b, STUCK "producers[0].config.transaction.timeout.ms=20000");
    struct run *waits = simulate(b, STUCK "producers[0].config.transaction.timeout.ms=110000");
    const struct world *w = &fenced->pipeline->world;
    assert_in_range((int64_t)w->transactions_timed_out, 3, 9); /* once each, or as often as 20 s go into 50 */
    assert_true(waits->pipeline->world.transactions_timed_out == 0);
    assert_int_equal(lost_by(waits, 0, LOST_ABORTED), 0);
    assert_in_range(lost_by(fenced, 0, LOST_ABORTED), 1, 2000 * 30);
    assert_int_equal(lost_by(fenced, 1, LOST_ABORTED), 0);
    for (int i = 0; i < 2; i++) {
        struct run *r = i ? waits : fenced;
        assert_adds_up(r);
        assert_true(account_of(r, 0).in_flight < 4000); /* none is open for ever */
        for (int p = 0; p < 6; p++) {
            const struct partition *of = &r->pipeline->world.cluster.partitions[p];
            assert_true(of->hw - of->stable < 2000);
        }
    }
}

/* A zone is cut off for longer than that: coordinators elsewhere abort what its producer had open, and it begins anew. */
static void so_is_one_that_is_cut_off(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate(b, TXN "run.duration=130s|producers[0].transaction_commit_interval=1s|cluster.config.log.segment.bytes=1048576|"
        "producers[0].config.transaction.timeout.ms=20000|cluster.config.transaction.abort.timed.out.transaction.cleanup.interval.ms=1000|"
        "faults=[{\"id\": \"a\", \"kind\": \"zone_cut\", \"zone\": 1, \"at\": \"20s\", \"for\": \"45s\"}]");
    assert_adds_up(r);
    assert_true(r->pipeline->world.transactions_timed_out >= 1);
    assert_true(account_of(r, 0).in_flight < 4000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(readers_of_committed_records_wait, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_transaction_lives_through_a_lost_broker, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_crashed_producers_transaction_is_aborted, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(the_last_stable_offset_waits_for_the_timeout, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_producer_that_cannot_commit_is_fenced, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(so_is_one_that_is_cut_off, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(nothing_changes_for_readers_of_all, bench_set_up, bench_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
