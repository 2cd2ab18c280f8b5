/* What the run record says of brokers that are added. */
#include "replicate_fixture.h"

#define GROW(more) GROW_AT("30s", more)
#define GROW_AT(at, more)                                                                                                                  \
    "run.duration=2m|run.warmup=5s|workload[0].rate=500/s|topics[0].retention=10m|faults=[{\"id\": \"grow\", \"kind\": \"brokers_added\","   \
    " \"at\": \"" at "\", \"count\": 3" more "}]"

static const struct record_cost_line *line_of(const struct outcome *o, const char *item)
{
    for (int i = 0; i < o->record.cost.lines_n; i++)
        if (!strcmp(o->record.cost.lines[i].item, item)) return &o->record.cost.lines[i];
    fail_msg("no line %s", item);
    return NULL;
}

/* A month is that of what is there in the end; what moves once is no part of it. */
static void the_bill_is_that_of_all_brokers(void **state)
{
    const struct outcome few = run(*state, "run.duration=2m|run.warmup=5s|workload[0].rate=500/s|topics[0].retention=10m", 1),
                         more = run(*state, GROW(""), 1);
    assert_near(line_of(&more, "kafka brokers")->quantity, 2 * line_of(&few, "kafka brokers")->quantity, 0);
    assert_near(line_of(&more, "broker volumes")->quantity, 2 * line_of(&few, "broker volumes")->quantity, 0);
    assert_near(line_of(&more, "cross-zone, replication")->quantity / line_of(&few, "cross-zone, replication")->quantity, 1, 0.02);
    const struct record_fault *fault = &more.record.faults[0];
    assert_int_equal(fault->invoice_n, 1);
    assert_string_equal(fault->invoice[0].item, "cross-zone, reassignment");
    /* Of three replicas in three zones the leader is elsewhere for two in three that move, or nearly. */
    assert_near(fault->invoice[0].quantity * 0x1p30 / 2 / fault->bytes_moved.value, 2.0 / 3, 0.1);
    assert_near(fault->invoice_usd.value, fault->invoice[0].usd, 0);
    assert_near(fault->replicas_moved.value, 9, 0);
    assert_near(fault->replicas_to_move.value, 9, 0);
    assert_true(fault->for_s.known && fault->recovered_s.known && fault->recovered_s.value >= fault->for_s.value);
}

/* Of the cluster that there is once all is even; of the one before as long as it is not. */
static void headroom_is_that_of_the_larger_cluster(void **state)
{
#define DEAR COST("kafka.broker.batch", "us/batch", 2000)
    struct bench *b = *state;
    double factor[3], without[3];
    const char *const sets[] = {"run.duration=2m|run.warmup=5s|workload[0].rate=500/s|topics[0].retention=10m", GROW(""),
                                GROW_AT("100s", ", \"throttle\": \"300 kB/s\", \"movements\": \"all\"")};
    for (int i = 0; i < 3; i++) {
        const struct scenario *s = scenario_with(b, base_system, sets[i]);
        struct replicate_options options = options_of(b, s, 1);
        options.calibration = calibration_with(b, DEAR);
        const struct outcome o = run_with(b, s, &options);
        factor[i] = o.record.headroom.load_factor.value;
        without[i] = o.record.headroom.n_minus_1.value / factor[i];
    }
    assert_near(factor[1] / factor[0], 2, 0.3);
    assert_near(factor[2] / factor[0], 1, 0.05);
    assert_near(without[0], 2.0 / 3, 1e-9);
    assert_near(without[1], 5.0 / 6, 1e-9);
    assert_near(without[2], 2.0 / 3, 1e-9);
}

/* What has not ended says how far it is, and why; what nobody counted is left out. */
static void what_has_not_ended_says_so(void **state)
{
    const struct outcome o = run(*state, GROW(", \"throttle\": \"300 kB/s\", \"movements\": \"all\""), 1);
    const struct record_fault *fault = &o.record.faults[0];
    assert_true(!fault->for_s.known && !fault->recovered_s.known);
    assert_non_null(strstr(fault->recovered_s.why_null, "come across"));
    assert_less(fault->replicas_moved.value, fault->replicas_to_move.value);
    assert_less(fault->bytes_moved.value, fault->bytes_to_move.value);
    const struct outcome down = run(*state, QUICK "|faults=[{\"id\": \"down\", \"kind\": \"broker_down\", \"broker\": 1, \"at\": \"10s\", \"for\": \"5s\"}]", 1);
    assert_true(!down.record.faults[0].bytes_moved.known && !down.record.faults[0].bytes_moved.why_null);
}

/* Where most is carried on by skips it takes as long as where all is simulated, and moves as much. */
static void skips_move_as_much(void **state)
{
#define LOADED                                                                                                                             \
    "run.duration=3m|run.warmup=5s|workload[0].rate=20k/s|workload[0].event.size=100 B|producers[0].config.linger.ms=100|"                   \
    "topics[0].partitions=6|topics[0].retention=30m|groups=[]|faults=[{\"id\": \"grow\", \"kind\": \"brokers_added\", \"at\": \"30s\", "     \
    "\"count\": 3, \"throttle\": \"20 MB/s\"}]|run.resolution="
    const struct outcome all = run(*state, LOADED "request", 1), some = run(*state, LOADED "sampled", 1);
    assert_less(some.record.run.fraction_simulated.value, 0.8);
    assert_near(some.record.faults[0].for_s.value, all.record.faults[0].for_s.value, 10); /* a look */
    assert_near(some.record.faults[0].bytes_moved.value / all.record.faults[0].bytes_moved.value, 1, 0.02);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {TEST(the_bill_is_that_of_all_brokers), TEST(what_has_not_ended_says_so), TEST(skips_move_as_much),
                                       TEST(headroom_is_that_of_the_larger_cluster)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
