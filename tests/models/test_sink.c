/* Stores that groups write to: what they let through, what happens behind them when they do not, and shedding. */
#include "pipeline_fixture.h"

#include "group.h"

/* 2,000 records/s in six partitions for one thread. */
static const char with_sink[] =
    "{\n"
    "  \"name\": \"sink\",\n"
    "  \"run\": {\"duration\": \"3m\", \"warmup\": \"10s\", \"replications\": 1, \"resolution\": \"request\"},\n"
    "  \"keys\": {\"user\": {\"population\": 3000}},\n"
    "  \"workload\": [{\"stream\": \"views\", \"rate\": \"2k/s\", \"key\": \"user\", \"event\": {\"size\": \"400 B\"}}],\n"
    "  \"producers\": [{\"name\": \"web\", \"sends\": [\"views\"], \"to\": \"events\", \"instances\": 3,\n"
    "                 \"config\": {\"linger.ms\": 20}}],\n"
    "  \"cluster\": {\"brokers\": 3, \"instance\": \"m7g.large\", \"storage\": {\"size\": \"100 GiB\"},\n"
    "              \"config\": {\"log.retention.check.interval.ms\": 10000, \"log.segment.bytes\": 1048576}},\n"
    "  \"topics\": [{\"name\": \"events\", \"partitions\": 6, \"replication\": 3}],\n"
    "  \"groups\": [{\"name\": \"store\", \"reads\": \"events\", \"instances\": 2, \"instance\": \"c6i.large\",\n"
    "              \"config\": {\"auto.offset.reset\": \"earliest\", \"max.poll.interval.ms\": 3600000},\n"
    "              \"sink\": {\"throughput\": \"10k/s\", \"latency\": \"1ms\", \"concurrency\": 2}}]\n"
    "}\n";

static struct run *simulate_sink(struct bench *b, const char *sets)
{
    struct run *r = simulate_text(b, with_sink, "", sets);
    assert_adds_up(r);
    return r;
}

/* Consumed in the steady middle of the run, records/s. */
static double consumed_per_s(const struct run *r)
{
    const struct series *s = &r->pipeline->world.telemetry->consumed[0];
    double sum = 0;
    for (int32_t i = 6; i < 18; i++) sum += series_value(s, i);
    return sum / 120;
}

static void what_fits_passes(void **state)
{
    struct run *r = simulate_sink(*state, ""), *none = simulate_sink(*state, "groups.store.sink.latency=0s");
    assert_near(consumed_per_s(r), 2000, 30);
    assert_true(quantile_of(none, END_TO_END, 0, 0.5) < quantile_of(r, END_TO_END, 0, 0.5));
    assert_less(quantile_of(r, END_TO_END, 0, 0.99), 0.1);
}

/* At most its throughput; or a connection's records over latency and share: 2 threads x 100 / (200 ms + 100 x 2 / 10k). */
static void what_does_not_fit_waits(void **state)
{
    struct run *slow = simulate_sink(*state, "groups.store.sink.throughput=1200/s|groups.store.sink.latency=0s|"
                                             "groups.store.sink.concurrency=2");
    assert_near(consumed_per_s(slow), 1200, 12);
    assert_near(busy_share(slow, "group.store.sink"), 1, 0.01);
    assert_near((double)group_lag(&slow->pipeline->world.groups[0]), 800 * 180, 800 * 3);
    struct run *far = simulate_sink(*state, "groups.store.sink.latency=200ms|groups.store.sink.batch=100|run.duration=190s");
    assert_near(consumed_per_s(far), 2 * 100 / 0.22, 25);
    struct run *narrow = simulate_sink(*state, "groups.store.sink.latency=200ms|groups.store.sink.batch=100|"
                                               "groups.store.sink.concurrency=1|run.duration=190s");
    assert_near(consumed_per_s(narrow), 100 / 0.21, 12);
    /* Writes of 10 s, one after another: what is still to be written when the run ends is no work that was done. */
    struct run *long_writes = simulate_sink(*state, "groups.store.sink.throughput=50/s|groups.store.sink.latency=0s|"
                                                    "groups.store.sink.concurrency=1|run.duration=60s");
    assert_near(busy_share(long_writes, "group.store.sink"), 1, 0.01);
}

#define FAULT(kind, more) "faults=[{\"id\": \"f\", \"at\": \"60s\", \"kind\": \"" kind "\", \"group\": \"store\"" more "}]"

/* Down for 30 s: everything comes 30 s late at most, and nothing is lost. */
static void down_is_late(void **state)
{
    struct run *r = simulate_sink(*state, FAULT("sink_down", ", \"for\": \"30s\""));
    assert_int_equal(account_of(r, 0).lost, 0);
    assert_int_equal(account_of(r, 0).duplicated, 0);
    assert_near(histogram_max(times_of(r, END_TO_END, 0, false)), 30.75, 0.75); /* one broker's partitions after another's */
    assert_near(peak_lag(r, 0), 2000 * 30, 2000 * 1);
    /* The backlog and what comes meanwhile at 8,000 a second: 7.5 s. (1 ms a write of 500 takes 2 % of it.) */
    assert_near(sim_seconds(fault_of(r, 0)->lag_cleared - fault_of(r, 0)->at), 30 + 60000 / (10000 / 1.02 - 2000), 3);
}

static void slow_is_its_factor(void **state)
{
    struct run *r = simulate_sink(*state, FAULT("sink_slow", ", \"for\": \"2m\", \"factor\": 10"));
    /* A tenth of 10k/s, but for latency. */
    const struct series *s = &r->pipeline->world.telemetry->consumed[0];
    double sum = 0;
    for (int32_t i = 7; i < 17; i++) sum += series_value(s, i);
    assert_near(sum / 100, 500 / (10 * (0.001 + 500 * 2 / 10e3)) * 2, 25);
}

/* Down for longer than the log is kept: the log has gone on without the group. */
static void down_for_too_long_is_lost(void **state)
{
    struct run *r = simulate_sink(*state, "topics.events.retention=1m|run.duration=5m|" FAULT("sink_down", ", \"for\": \"3m\""));
    /* What it had fetched it still writes. What came in 120 s is older than a minute when the store is back, but for a
     * segment of 1 MiB of each partition, which are 7 s. */
    assert_near((double)lost_by(r, 0, LOST_RETENTION), 2000 * 115, 2000 * 9);
    assert_int_equal(account_of(r, 0).lost, lost_by(r, 0, LOST_RETENTION));
}

/* What is older than 10 s is shed, and so nothing is processed that is much older. The store is as busy as ever. */
static void shedding_bounds_age(void **state)
{
    const char *slow = "groups.store.sink.throughput=1200/s|groups.store.sink.latency=0s|groups.store.sink.concurrency=2|"
                       "groups.store.sink.batch=50|groups.store.config={\"fetch.max.bytes\": 100000, \"max.partition.fetch.bytes\": 20000}|";
    struct arena *arena = ((struct bench *)*state)->fixture->arena;
    struct run *r = simulate_sink(*state, arena_printf(arena, "%sgroups.store.shed={\"older_than\": \"10s\"}", slow));
    assert_near(consumed_per_s(r), 1200, 15);
    assert_int_equal(account_of(r, 0).lost, lost_by(r, 0, LOST_SHED));
    assert_near((double)lost_by(r, 0, LOST_SHED), 800 * (180 - 10 * 2000.0 / 800), 2000 * 5);
    assert_less(histogram_max(times_of(r, END_TO_END, 0, false)), 12.5);
    /* If half of what is too old is kept, more has to be too old: as much is lost in the end. */
    struct run *half = simulate_sink(*state, arena_printf(arena, "%sgroups.store.shed={\"older_than\": \"10s\", \"keep\": \"50%%\"}", slow));
    assert_near(consumed_per_s(half), 1200, 15);
    assert_true(lost_by(half, 0, LOST_SHED) > 0);
    assert_near((double)lost_by(half, 0, LOST_SHED), (double)lost_by(r, 0, LOST_SHED), 2000 * 5);
    struct run *never = simulate_sink(*state, arena_printf(arena, "%sgroups.store.shed={\"older_than\": \"10s\", \"keep\": \"100%%\"}", slow));
    assert_int_equal(lost_by(never, 0, LOST_SHED), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_fits_passes, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(what_does_not_fit_waits, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(down_is_late, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(slow_is_its_factor, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(down_for_too_long_is_lost, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(shedding_bounds_age, bench_set_up, bench_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
