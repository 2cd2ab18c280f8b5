/* test_pipeline_requests.c: requests that are not answered in time, and what becomes of their records. */
#include "pipeline_fixture.h"

static void assert_same_traffic(const struct run *a, const struct run *b)
{
    assert_int_equal(account_of(a, 0).produced, account_of(b, 0).produced);
}

static double failed(const struct run *r, enum produce_error why)
{
    return r->pipeline->world.requests_failed[why];
}

/* Broker 2 is silent and nobody notices: its followers hold every high watermark back until they leave the in-sync replicas,
 * replica.lag.time.max.ms after they last caught up, and at most half of that later. */
#define SILENT                                                                                                         \
    "run.duration=80s|run.warmup=1s|cluster.config.broker.session.timeout.ms=60000|cluster.config.replica.lag.time.max.ms=16000|" \
    "cluster.config.log.segment.bytes=1048576|"                                                                        \
    "faults=[{\"id\": \"a\", \"kind\": \"broker_down\", \"broker\": 2, \"at\": \"20s\", \"for\": \"40s\"}]|"

static void a_slow_replica_times_requests_out(void **state)
{
    struct bench *b = *state;
    struct run *patient = simulate(b, SILENT "producers[0].config.request.timeout.ms=60000");
    struct run *hasty = simulate(b, SILENT "producers[0].config.request.timeout.ms=4000");
    assert_same_traffic(patient, hasty);
    assert_adds_up(hasty);
    assert_true(failed(patient, PRODUCE_REQUEST_TIMED_OUT) == 0);
    /* Two leaders that answer, three producers: six connections, each with requests that time out until the high watermark
     * moves again after 16 to 24 s: three to six times, and the first of each connection's five at least. */
    double times = failed(hasty, PRODUCE_REQUEST_TIMED_OUT);
    assert_true(times >= 6 * 3 && times <= 6 * 6 * 5);
    /* The broker had appended all of them, and knows their sequence numbers: nothing is there twice, and nothing is lost. */
    for (int g = 0; g < 2; g++) {
        assert_int_equal(account_of(hasty, g).duplicated, account_of(patient, g).duplicated);
        assert_int_equal(account_of(hasty, g).reordered, 0);
        assert_int_equal(account_of(hasty, g).lost, 0);
        assert_int_equal(account_of(hasty, g).rejected, 0);
    }
    /* An answer counts from when the record was meant to be sent, however often it was. */
    assert_near(quantile_of(hasty, PRODUCE, 0, 0.5), quantile_of(patient, PRODUCE, 0, 0.5), 0.005);
    assert_near(quantile_of(hasty, PRODUCE, 0, 1), quantile_of(patient, PRODUCE, 0, 1), 1.5);
    /* What is sent again is sent in the same batches. */
    assert_near(batch_records(hasty), batch_records(patient), 0.1 * batch_records(patient));
}

static void without_idempotence_records_are_there_twice(void **state)
{
    struct bench *b = *state;
#define TWICE SILENT "producers[0].config.enable.idempotence=false|producers[0].config.request.timeout.ms=4000|"
    struct run *five = simulate(b, TWICE "producers[0].config.max.in.flight.requests.per.connection=5");
    struct run *one = simulate(b, TWICE "producers[0].config.max.in.flight.requests.per.connection=1");
    assert_adds_up(five);
    assert_adds_up(one);
    /* Each time that a request times out its records are appended once more. */
    assert_true(account_of(five, 0).duplicated > 0);
    assert_true(account_of(one, 0).duplicated > 0);
    assert_int_equal(account_of(one, 0).lost, 0);
    /* Of five in flight the first alone was read: those behind it were in the socket, and come once, in their order. */
    assert_int_equal(account_of(one, 0).reordered, 0);
    assert_int_equal(account_of(five, 0).reordered, 0);
}

/* A leader dies with requests in flight, which come again when others have gone to the next leader. */
static void a_failed_request_is_overtaken(void **state)
{
    struct bench *b = *state;
#define DEAD                                                                                                           \
    "run.duration=60s|run.warmup=1s|producers[0].config.linger.ms=5|cluster.config.log.segment.bytes=1048576|"         \
    "faults=[{\"id\": \"a\", \"kind\": \"broker_down\", \"broker\": 1, \"at\": \"10s\", \"for\": \"20s\"}]|"
    static const char far[] = COST("network.rtt.cross_zone", "ms", 60) "," COST("network.rtt.same_zone", "ms", 60);
    struct run *five = simulate_with(b, far, DEAD "producers[0].config.enable.idempotence=false");
    struct run *idempotent = simulate_with(b, far, DEAD "producers[0].config.enable.idempotence=true");
    assert_adds_up(five);
    assert_true(failed(five, PRODUCE_NETWORK_EXCEPTION) > 0);
    assert_true(account_of(five, 0).reordered > 0);
    assert_int_equal(account_of(idempotent, 0).reordered, 0);
}

static void a_retry_of_none_rejects(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate(b, SILENT "producers[0].config.retries=0|producers[0].config.request.timeout.ms=4000");
    assert_adds_up(r);
    const struct world *w = &r->pipeline->world;
    assert_true(failed(r, PRODUCE_REQUEST_TIMED_OUT) > 0);
    /* What the broker had appended is delivered, though its sender was told that it failed; what was refused is rejected. */
    assert_int_equal(w->rejected, w->rejected_by[REJECT_RETRIES]);
    assert_true(w->requests_retried == 0);
    assert_int_equal(account_of(r, 0).duplicated, 0);
}

/* Nothing is appended for twenty seconds, and by `retries` what comes in them is given up after back-offs of 100, 200 and 400 ms. */
static void retries_end_with_every_error(void **state)
{
    struct bench *b = *state;
#define REFUSED                                                                                                        \
    "run.duration=60s|run.warmup=1s|topics[0].partitions=1|cluster.config.min.insync.replicas=2|cluster.config.log.segment.bytes=1048576|" \
    "cluster.config.broker.session.timeout.ms=2000|cluster.config.broker.heartbeat.interval.ms=100|"                   \
    "faults=[{\"id\": \"a\", \"kind\": \"broker_down\", \"broker\": 1, \"at\": \"10s\", \"for\": \"20s\"}, "              \
    "{\"id\": \"b\", \"kind\": \"broker_down\", \"broker\": 2, \"at\": \"10s\", \"for\": \"20s\"}]|"
    struct run *three = simulate(b, REFUSED "producers[0].config.retries=3"), *always = simulate(b, REFUSED "producers[0].config.retries=2147483647");
    const struct world *w = &three->pipeline->world;
    assert_adds_up(three);
    assert_int_equal(account_of(always, 0).rejected, 0);
    assert_true(failed(three, PRODUCE_NOT_ENOUGH_REPLICAS) > 0);
    assert_int_equal(w->rejected, w->rejected_by[REJECT_RETRIES]);
    /* From when the brokers are out of the in-sync replicas until they have started and caught up, but for the last second. */
    const double out = sim_seconds(fault_of(three, 0)->detected - fault_of(three, 0)->at), back = sim_seconds(fault_of(three, 0)->recovered - fault_of(three, 0)->at);
    assert_near((double)w->rejected, 2000 * (back - out), 0.25 * 2000 * (back - out));
    assert_less(w->requests_retried, failed(three, PRODUCE_NOT_ENOUGH_REPLICAS)); /* the last of each batch was not */
    assert_int_equal(account_of(three, 0).lost, 0);
}

static void delivery_timeout_ends_retries(void **state)
{
    struct bench *b = *state;
    /* Nobody is in sync any more but the leader: after 4 s the request fails, and is given up 6 s after it began. */
    struct run *r = simulate(b, SILENT "producers[0].config.delivery.timeout.ms=6000|producers[0].config.request.timeout.ms=4000|"
                                       "producers[0].config.enable.idempotence=false");
    assert_adds_up(r);
    const struct world *w = &r->pipeline->world;
    assert_int_equal(w->rejected, w->rejected_by[REJECT_DELIVERY_TIMEOUT]);
    assert_true(w->rejected > 0);
}

/* A broker that takes longer for a request than its producer waits: the same is sent again and again, and makes it worse. */
static void an_overloaded_broker_is_sent_more(void **state)
{
    struct bench *b = *state;
#define BUSY "run.duration=60s|run.warmup=1s|producers[0].config.linger.ms=5|cluster.brokers=1|topics[0].replication=1|"
    static const char dear[] = COST("kafka.broker.request", "us/request", 2600);
    struct run *patient = simulate_with(b, dear, BUSY "producers[0].config.request.timeout.ms=60000");
    struct run *hasty = simulate_with(b, dear, BUSY "producers[0].config.request.timeout.ms=300");
    assert_same_traffic(patient, hasty);
    assert_adds_up(hasty);
    for (int g = 0; g < 2; g++) assert_int_equal(account_of(hasty, g).duplicated, 0);
    assert_true(totals_of(hasty)->requests >= totals_of(patient)->requests);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_slow_replica_times_requests_out, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(without_idempotence_records_are_there_twice, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_failed_request_is_overtaken, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_retry_of_none_rejects, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(retries_end_with_every_error, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(delivery_timeout_ends_retries, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(an_overloaded_broker_is_sent_more, bench_set_up, bench_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
