/* A stall whose distribution is known: does latency run from the moment a record was meant to be sent?
 *
 * The only broker is away for S seconds of a run of T. Nothing else takes long, so a record meant to be sent u seconds
 * into the stall is acknowledged S - u later: a share 1 - q of all records is above S - (1 - q) T, and the mean is
 * longer by S^2 / 2T. Counted from when a stalled sender got round to it (coordinated omission: Tene, "How NOT to
 * Measure Latency", 2013), hardly any would be long at all: p99 would be what p50 is.
 */
#include "pipeline_fixture.h"

enum { RATE = 1000, RUN_S = 60, WARMUP_S = 10, AT_S = 25, AWAY_S = 2 };
/* A broker that was stopped cleanly is back so long after the fault's end (controller.c). */
static const double START_S = 5;

static const char *const resolutions[] = {"record", "request", "sampled"};

/* One producer, one partition, one broker; a fault, or none. */
static struct run *run_with(struct bench *b, const char *resolution, const char *buffer, const char *faults)
{
    return simulate(
        b, arena_printf(b->fixture->arena,
                        "run.resolution=%s|run.duration=%ds|run.warmup=%ds|workload[0].rate=%d/s|producers[0].instances=1|"
                        "cluster.brokers=1|topics[0].partitions=1|topics[0].replication=1|"
                        "producers[0].config.acks=1|producers[0].config.compression.type=none|"
                        "producers[0].config.retry.backoff.ms=10|producers[0].config.retry.backoff.max.ms=20|%s|"
                        "groups=[{\"name\": \"count\", \"reads\": \"events\", \"instances\": 1, \"instance\": \"c6i.large\"}]|faults=%s",
                        resolution, RUN_S, WARMUP_S, RATE, buffer, faults));
}

/* `delay_s`: what comes after the broker is back; half a percent is the histogram's, the rest is the dice's. */
static void assert_stalled(struct run *r, enum which which, double usual_mean, double delay_s)
{
    static const double quantiles[] = {0.9, 0.95, 0.99, 0.999};
    const double stall = AWAY_S + START_S, measured = RUN_S - WARMUP_S;
    for (size_t i = 0; i < COUNT_OF(quantiles); i++) {
        const double expected = stall - (1 - quantiles[i]) * measured;
        const double found = quantile_of(r, which, 0, quantiles[i]);
        assert_less(0.995 * expected - 0.1, found);
        assert_less(found, 1.005 * expected + 0.1 + delay_s);
    }
    assert_near(quantile_of(r, which, 0, 1), stall + delay_s / 2, 0.005 * stall + 0.05 + delay_s / 2);
    const double longer = stall * stall / 2 / measured;
    assert_near(mean_of(r, which, 0) - usual_mean, longer + delay_s / 2 * stall / measured,
                0.03 * longer + delay_s / 2 * stall / measured);
}

static void latency_is_from_the_intended_time(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *buffer;
        double delay_s;
    } cases[] = {
        /* All of it waits in the buffer, and leaves in three requests. */
        {"producers[0].config.batch.size=1000000|producers[0].config.max.request.size=10000000", 0.05},
        /* The buffer is full after a third of it: send() blocks, and the rest comes in as room is seen, at every 100 ms. */
        {"producers[0].config.batch.size=100000|producers[0].config.buffer.memory=1000000", 0.3},
    };
    const char *away = arena_printf(b->fixture->arena,
                                    "[{\"id\": \"away\", \"kind\": \"broker_down\", \"broker\": 0, \"clean\": true, "
                                    "\"at\": \"%ds\", \"for\": \"%ds\"}]", AT_S, AWAY_S);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (size_t j = 0; j < COUNT_OF(resolutions); j++) {
            struct run *usual = run_with(b, resolutions[j], cases[i].buffer, "[]");
            struct run *r = run_with(b, resolutions[j], cases[i].buffer, away);
            assert_near(sim_seconds(fault_of(r, 0)->events[0].started - fault_of(r, 0)->at), AWAY_S + START_S, 1e-9);
            assert_less(quantile_of(usual, PRODUCE, 0, 0.999), 0.05);
            assert_near(quantile_of(r, PRODUCE, 0, 0.5), quantile_of(usual, PRODUCE, 0, 0.5), 0.005);
            assert_stalled(r, PRODUCE, mean_of(usual, PRODUCE, 0), cases[i].delay_s);
            assert_stalled(r, END_TO_END, mean_of(usual, END_TO_END, 0), cases[i].delay_s + 0.06);
            assert_int_equal(account_of(r, 0).rejected + account_of(r, 0).lost, 0);
            assert_adds_up(r);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(latency_is_from_the_intended_time, bench_set_up, bench_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
