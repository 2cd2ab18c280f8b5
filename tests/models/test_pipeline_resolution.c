/* One system at three resolutions: the same records, and the same times but for sampling. The tables are printed. */
#include "pipeline_fixture.h"

struct figures {
    double produce[3], end_to_end[3], freshness[3]; /* mean, p50, p99 */
    double broker_cpu, group_cpu, requests, batch;
    double simulated; /* share of the time */
    int64_t produced;
};

static const double quantiles[] = {0, 0.5, 0.99};

static void fill(double out[3], struct run *r, enum which which)
{
    struct histogram *h = times_of(r, which, 0, false);
    out[0] = histogram_mean(h);
    for (int i = 1; i < 3; i++) out[i] = histogram_quantile(h, quantiles[i]);
}

static struct figures figures_of(struct bench *b, const char *costs, const char *sets, const char *resolution)
{
    struct run *r = simulate_with(b, costs, arena_printf(b->fixture->arena, "%s|run.resolution=%s", sets, resolution));
    assert_adds_up(r);
    struct figures f = {.produced = account_of(r, 0).produced,
                        .broker_cpu = busy_share(r, "broker.cpu"),
                        .group_cpu = busy_share(r, "group.count.cpu"),
                        .requests = totals_of(r)->requests / totals_of(r)->seconds,
                        .batch = batch_records(r)};
    fill(f.produce, r, PRODUCE);
    fill(f.end_to_end, r, END_TO_END);
    fill(f.freshness, r, FRESHNESS);
    f.simulated = totals_of(r)->data_seconds / totals_of(r)->seconds;
    print_message("%-8s %3.0f%% | produce %8.3f %8.3f %8.3f ms | end to end %8.3f %8.3f %8.3f ms | cpu %.3f %.3f | %6.1f req/s of %.3f\n",
                  resolution, f.simulated * 100, f.produce[0] * 1e3, f.produce[1] * 1e3, f.produce[2] * 1e3, f.end_to_end[0] * 1e3,
                  f.end_to_end[1] * 1e3, f.end_to_end[2] * 1e3, f.broker_cpu, f.group_cpu, f.requests, f.batch);
    return f;
}

/* Relative tolerances: of means and medians, and of the 99th percentile. */
static void assert_alike(const struct figures *a, const struct figures *b, double middle, double tail)
{
    assert_int_equal(a->produced, b->produced);
    assert_near(a->requests, b->requests, middle * b->requests);
    assert_near(a->batch, b->batch, middle * b->batch);
    assert_near(a->broker_cpu, b->broker_cpu, middle * b->broker_cpu);
    assert_near(a->group_cpu, b->group_cpu, middle * b->group_cpu);
    for (int i = 0; i < 3; i++) {
        double tolerance = i < 2 ? middle : tail;
        assert_near(a->produce[i], b->produce[i], tolerance * b->produce[i]);
        assert_near(a->end_to_end[i], b->end_to_end[i], tolerance * b->end_to_end[i]);
        if (isnan(b->freshness[i])) /* a window counts by key: without one it gives nothing */
            assert_true(isnan(a->freshness[i]));
        else
            assert_near(a->freshness[i], b->freshness[i], 0.02 * b->freshness[i]);
    }
}

/* Every record by itself against every request. Few enough records that `sampled` simulates all of them too. */
static void compare(struct bench *b, const char *costs, const char *sets, double middle, double tail)
{
    print_message("%s\n", sets);
    struct figures record = figures_of(b, costs, sets, "record");
    struct figures request = figures_of(b, costs, sets, "request");
    assert_alike(&request, &record, middle, tail);
}

/* Close-ups of part of the time against all of it. */
static void sample(struct bench *b, const char *costs, const char *sets, double middle, double tail)
{
    print_message("%s\n", sets);
    struct figures request = figures_of(b, costs, sets, "request");
    struct figures sampled = figures_of(b, costs, sets, "sampled");
    assert_near(request.simulated, 1, 1e-9);
    assert_less(sampled.simulated, 0.6);
    assert_alike(&sampled, &request, middle, tail);
}

#define SPAN "run.duration=120s|run.warmup=20s|"

static void keyed_records_that_linger(void **state)
{
    compare(*state, "", SPAN "workload[0].rate=1k/s", 0.03, 0.03);
}

static void keyed_records_that_do_not(void **state)
{
    compare(*state, "", SPAN "workload[0].rate=1k/s|producers[0].config.linger.ms=0", 0.03, 0.05);
}

static void records_without_a_key(void **state)
{
    compare(*state, "", SPAN "workload[0].rate=1k/s|producers[0].partitioner=sticky", 0.03, 0.03);
}

static void few_records_a_connection(void **state)
{
    compare(*state, "", SPAN "workload[0].rate=500/s|producers[0].instances=8|cluster.brokers=6|topics[0].partitions=12", 0.03, 0.03);
}

static void batches_that_fill(void **state)
{
    compare(*state, "", SPAN "workload[0].rate=2k/s|producers[0].instances=1|topics[0].partitions=3|producers[0].config.linger.ms=500|producers[0].config.batch.size=8000",
            0.05, 0.05);
}

static void a_hot_key(void **state)
{
    compare(*state, "", SPAN "workload[0].rate=1k/s|keys.user.zipf=1.3", 0.03, 0.03);
}

static void busy_brokers(void **state)
{
    compare(*state, COST("kafka.broker.request", "us/request", 14000), SPAN "workload[0].rate=800/s|producers[0].config.acks=1", 0.05, 0.12);
}

static void busy_consumers(void **state)
{
    compare(*state, COST("kafka.consumer.record", "us/record", 1400), SPAN "workload[0].rate=1k/s|producers[0].config.linger.ms=5|groups.raw.instances=3", 0.05, 0.12);
}

#define FAULTS                                                                                                         \
    "|cluster.config.log.segment.bytes=1048576|faults=[{\"id\": \"a\", \"kind\": \"broker_down\", \"broker\": 1, \"at\": \"30s\", \"for\": "    \
    "\"20s\"}, {\"id\": \"b\", \"kind\": \"restart_group\", \"group\": \"count\", \"at\": \"80s\", \"for\": \"5s\", \"clean\": false}]"

static void faults(void **state)
{
    compare(*state, "", SPAN "workload[0].rate=1k/s" FAULTS, 0.05, 0.1);
}

static void close_ups_of_calm(void **state)
{
    sample(*state, "", SPAN "workload[0].rate=40k/s", 0.03, 0.03);
}

static void close_ups_of_long_lingers(void **state)
{
    sample(*state, "", SPAN "workload[0].rate=40k/s|producers[0].config.linger.ms=200|producers[0].config.batch.size=1000000", 0.03, 0.03);
}

static void close_ups_of_full_batches(void **state)
{
    sample(*state, "", SPAN "workload[0].rate=60k/s|producers[0].config.linger.ms=200", 0.04, 0.05);
}

static void close_ups_of_busy_brokers(void **state)
{
    sample(*state, COST("kafka.broker.request", "us/request", 9000), SPAN "workload[0].rate=40k/s|producers[0].config.acks=1", 0.05, 0.12);
}

static void close_ups_of_busy_consumers(void **state)
{
    sample(*state, COST("kafka.consumer.record", "us/record", 32), SPAN "workload[0].rate=40k/s|groups.raw.instances=3", 0.05, 0.12);
}

/* What is transient is simulated whole. */
static void close_ups_around_faults(void **state)
{
    sample(*state, "", "run.duration=240s|run.warmup=20s|workload[0].rate=20k/s" FAULTS, 0.05, 0.1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(keyed_records_that_linger), TEST(keyed_records_that_do_not),   TEST(records_without_a_key),
        TEST(few_records_a_connection),  TEST(batches_that_fill),           TEST(a_hot_key),
        TEST(busy_brokers),              TEST(busy_consumers),              TEST(faults),
        TEST(close_ups_of_calm),         TEST(close_ups_of_long_lingers),   TEST(close_ups_of_full_batches),
        TEST(close_ups_of_busy_brokers), TEST(close_ups_of_busy_consumers), TEST(close_ups_around_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
