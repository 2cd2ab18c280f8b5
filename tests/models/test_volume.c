/* Volumes that fill: by a fault, by a fault and the logs together, by the logs alone. */
#include "pipeline_fixture.h"

#include "segments.h"

#define FULL(fill, length) \
    "faults=[{\"id\": \"full\", \"at\": \"20s\", \"kind\": \"disk_full\", \"broker\": 1, \"for\": \"" length "\", \"fill\": \"" fill "\"}]"

static struct broker *broker_of(struct run *r, int broker)
{
    return &r->pipeline->world.cluster.brokers[broker];
}

/* A volume holds the logs of its replicas: all of them here, since there are as many brokers as replicas. */
static void volumes_hold_the_logs(void **state)
{
    struct run *r = simulate(*state, "run.duration=61s");
    double bytes = 0;
    for (int i = 0; i < 6; i++) bytes += segments_bytes(&r->pipeline->world.cluster.partitions[i]);
    for (int b = 0; b < 3; b++) assert_near(broker_of(r, b)->volume.held_bytes, bytes, bytes / 30); /* looked at a second before */
    assert_near(r->pipeline->world.cluster.fullest_volume, bytes / (100 * 0x1p30), bytes / (100 * 0x1p30) / 30);
    assert_true(broker_of(r, 0)->up);
}

static void a_full_volume_stops_its_broker(void **state)
{
    struct run *r = simulate(*state, "cluster.config={\"log.segment.bytes\": 1048576}|" FULL("100%", "20s")); /* little to replay */
    const struct fault_row *row = fault_of(r, 0);
    assert_adds_up(r);
    assert_true(broker_of(r, 1)->up && !broker_of(r, 1)->volume.full);
    assert_true(row->recovered != SIM_NEVER);
    assert_near(sim_seconds(row->events[0].started - row->at), 20 + 5, 3); /* starts when there is room again */
    assert_int_equal(account_of(r, 0).lost, 0);
    struct run *some = simulate(*state, FULL("90%", "20s")); /* there is room for the logs */
    assert_true(fault_of(some, 0)->events[0].started == SIM_NEVER && fault_of(some, 0)->events[0].detected == SIM_NEVER);
}

/* 2,000 records of 400 B a second, less by compression, in 1 GiB of which 12 MB are left. */
static void logs_fill_what_is_left(void **state)
{
    struct run *r = simulate(*state, "cluster.storage.size=1 GiB|" FULL("98.9%", "50s"));
    const struct fault_row *row = fault_of(r, 0);
    assert_adds_up(r);
    const double left = 0.011 * 0x1p30, at_20s = broker_of(r, 0)->appended_bytes / 90 * 20;
    assert_true(left > at_20s);
    const double full_s = left / (broker_of(r, 0)->appended_bytes / 90);
    assert_true(full_s < 65);
    assert_near(sim_seconds(broker_of(r, 1)->volume.full_at), full_s, 3);
    assert_true(row->events[0].started > row->at + 50 * SIM_S);
}

static void logs_alone_fill_it_for_good(void **state)
{
    struct run *r = simulate_with(*state, "", "workload.views.rate=15k/s|workload.views.event.size=4 KB|cluster.storage.size=2 GiB|"
                                              "producers.web.config={\"compression.type\": \"none\", \"batch.size\": 500000}|"
                                              "run.duration=80s");
    assert_adds_up(r);
    int full = 0;
    for (int b = 0; b < 3; b++) full += broker_of(r, b)->volume.full && !broker_of(r, b)->up;
    assert_int_equal(full, 3); /* all hold all */
    /* 2 GiB at 60 MB/s, and not a record after that. */
    assert_near(sim_seconds(broker_of(r, 0)->volume.full_at), 2 * 0x1p30 / (15e3 * 4000.0), 3);
    struct pipeline_account a = account_of(r, 0);
    assert_near((double)(a.delivered + a.in_flight + a.rejected), 15e3 * 80, 15e3 * 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(volumes_hold_the_logs, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_full_volume_stops_its_broker, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(logs_fill_what_is_left, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(logs_alone_fill_it_for_good, bench_set_up, bench_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
