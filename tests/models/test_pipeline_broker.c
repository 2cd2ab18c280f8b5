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

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(network_override_is_the_link),
        TEST(local_disks_have_what_is_said),
        TEST(client_networks_are_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
