/* The broker's request path: disks, networks, threads and what waits for them, in whole replications. */
#include "pipeline_fixture.h"

/* --- Disks and networks of one's own ------------------------------------------------------------------- */

static void network_override_is_the_link(void **state)
{
    struct bench *b = *state;
    struct run *wide = simulate(b, "run.duration=30s|cluster.network=40 MB/s");
    struct run *narrow = simulate(b, "run.duration=30s|cluster.network=20 MB/s");
    assert_int_equal(account_of(wide, 0).produced, account_of(narrow, 0).produced);
    assert_near(busy_share(narrow, "broker.network") / busy_share(wide, "broker.network"), 2, 0.02);
    assert_less(quantile_of(wide, PRODUCE, 0, 0.5), quantile_of(narrow, PRODUCE, 0, 0.5));
}

static void local_disks_have_what_is_said(void **state)
{
    struct bench *b = *state;
    struct run *gp3 = simulate(b, "run.duration=30s");
    struct run *slow = simulate(b, "run.duration=30s|cluster.storage.type=local|cluster.storage.throughput=13107200 B/s|cluster.storage.iops=700");
    /* An m7g.large holds 78.75 MB/s of its gp3 volume's 125 MiB/s. */
    assert_near(busy_share(slow, "broker.disk") / busy_share(gp3, "broker.disk"), 78.75e6 / 13107200, 0.05);
    /* That is no limit on local disks. */
    struct run *fast = simulate(b, "run.duration=30s|cluster.storage.type=local|cluster.storage.throughput=7875 MB/s|cluster.storage.iops=700");
    assert_near(1e9 / fast->pipeline->world.cluster.brokers[0].disk.ns_per_byte, 7875e6, 1);
}

static void client_networks_are_their_own(void **state)
{
    struct bench *b = *state;
    struct run *wide = simulate(b, "run.duration=30s");
    struct run *narrow = simulate(b, "run.duration=30s|producers[0].network=1 MB/s|groups.count.network=2 MB/s");
    assert_near(1e9 / narrow->pipeline->world.groups[0].instance_network[0].ns_per_byte, 2e6, 1);
    /* A request's bytes, some 2 kB, go through the producer's card at a kB a millisecond. */
    assert_less(quantile_of(wide, PRODUCE, 0, 0.5) + 1.5e-3, quantile_of(narrow, PRODUCE, 0, 0.5));
}

/* --- Threads ------------------------------------------------------------------------------------------ */

#define DEAR_REQUEST COST("kafka.broker.request", "us/request", 2000)
#define DEAR_NETWORK COST("kafka.broker.network.request", "us/request", 300)
#define BUSY "run.duration=30s|cluster.instance=m7g.xlarge|producers[0].instances=6"

static double blocked_ns(const struct run *r)
{
    double all = 0;
    for (int i = 0; i < r->scenario->cluster.brokers; i++) all += r->pipeline->world.cluster.brokers[i].blocked_ns;
    return all;
}

static void io_threads_handle_requests(void **state)
{
    struct bench *b = *state;
    struct run *four = simulate_with(b, DEAR_REQUEST, BUSY "|cluster.config.num.io.threads=4");
    struct run *one = simulate_with(b, DEAR_REQUEST, BUSY "|cluster.config.num.io.threads=1");
    assert_int_equal(account_of(four, 0).produced, account_of(one, 0).produced);
    /* The same work, on a quarter of the threads. */
    assert_near(busy_share(one, "broker.io_threads") / busy_share(four, "broker.io_threads"), 4, 0.4);
    assert_near(busy_share(one, "broker.cpu") / busy_share(four, "broker.cpu"), 1, 0.1);
    assert_less(1.1 * quantile_of(four, PRODUCE, 0, 0.99), quantile_of(one, PRODUCE, 0, 0.99));
    /* m7g.xlarge has four cores: four threads for their work are no more of a limit than cores are. */
    struct run *many = simulate_with(b, DEAR_REQUEST, BUSY "|cluster.config.num.io.threads=64");
    assert_near(quantile_of(many, PRODUCE, 0, 0.99), quantile_of(four, PRODUCE, 0, 0.99), 2e-3);
}

static void network_threads_read_requests(void **state)
{
    struct bench *b = *state;
    struct run *three = simulate_with(b, DEAR_NETWORK, BUSY "|cluster.config.num.network.threads=3");
    struct run *one = simulate_with(b, DEAR_NETWORK, BUSY "|cluster.config.num.network.threads=1");
    assert_near(busy_share(one, "broker.network_threads") / busy_share(three, "broker.network_threads"), 3, 0.3);
    assert_less(quantile_of(three, END_TO_END, 0, 0.99), quantile_of(one, END_TO_END, 0, 0.99));
    assert_less(busy_share(one, "broker.io_threads"), 0.2 * busy_share(one, "broker.network_threads"));
}

static void a_full_request_queue_stops_network_threads(void **state)
{
    struct bench *b = *state;
    struct run *roomy = simulate_with(b, DEAR_REQUEST, BUSY "|cluster.config.num.io.threads=1");
    struct run *tight = simulate_with(b, DEAR_REQUEST, BUSY "|cluster.config.num.io.threads=1|cluster.config.queued.max.requests=1");
    assert_int_equal(account_of(roomy, 0).produced, account_of(tight, 0).produced);
    assert_near(blocked_ns(roomy), 0, 0);
    assert_less(0, blocked_ns(tight));
    assert_less(2 * busy_share(roomy, "broker.network_threads"), busy_share(tight, "broker.network_threads"));
    assert_near(busy_share(tight, "broker.io_threads"), busy_share(roomy, "broker.io_threads"), 0.02);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(network_override_is_the_link),
        TEST(local_disks_have_what_is_said),
        TEST(client_networks_are_their_own),
        TEST(io_threads_handle_requests),
        TEST(network_threads_read_requests),
        TEST(a_full_request_queue_stops_network_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
