/* test_pipeline_collector.c: HTTP servers in front of producers, their queue, their refusals, their number. */
#include "pipeline_fixture.h"

#define PLAIN "run.duration=60s|run.warmup=10s|producers[0].config.linger.ms=5|"

static int64_t refused(const struct run *r)
{
    assert_adds_up(r);
    assert_int_equal(r->pipeline->world.rejected, r->pipeline->world.rejected_by[REJECT_COLLECTOR_BUSY]);
    return r->pipeline->world.rejected;
}

static void a_request_takes_its_time(void **state)
{
    struct bench *b = *state;
    static const char *const resolutions[] = {"record", "request", "sampled"};
    for (int i = 0; i < 3; i++) {
        const char *resolution = arena_printf(b->fixture->arena, PLAIN "run.resolution=%s|", resolutions[i]);
        struct run *without = simulate(b, resolution);
        /* 667 requests a second at each instance, and cores for 800. */
        struct run *with = simulate(b, arena_printf(b->fixture->arena, "%sproducers[0].collector.cpu=100ms|producers[0].collector.cores=80", resolution));
        assert_int_equal(account_of(with, 0).produced, account_of(without, 0).produced);
        assert_int_equal(refused(with), 0);
        /* Its own 100 ms, and a wait behind others of rho / (1 - rho) / 2 services of 1.25 ms. */
        assert_near(mean_of(with, PRODUCE, 0) - mean_of(without, PRODUCE, 0), 0.1 + 0.00125 * 0.83 / 0.17 / 2, 0.006);
        assert_near(busy_share(with, "producer.web.cpu"), 0.83, 0.03);
    }
}

static void a_full_queue_refuses(void **state)
{
    struct bench *b = *state;
    static const char *const resolutions[] = {"record", "request", "sampled"};
    for (int i = 0; i < 3; i++) {
        /* Cores for 500 requests a second of the 667 that come, and 1,000 may wait: two seconds. */
        struct run *r = simulate(b, arena_printf(b->fixture->arena, PLAIN "run.resolution=%s|producers[0].collector.cpu=4ms|"
                                                 "producers[0].collector.cores=2|producers[0].collector.queue=1000", resolutions[i]));
        const double all = (double)account_of(r, 0).produced, expected = all - 3 * (500 * 60 + 1000);
        assert_near((double)refused(r), expected, 0.03 * expected);
        assert_near(quantile_of(r, PRODUCE, 0, 0.9), 2, 0.1);
        assert_near(busy_share(r, "producer.web.cpu"), 1, 0.01);
    }
    /* What waits is no work that was done. */
    struct run *r = simulate(b, PLAIN "producers[0].collector.cpu=4ms|producers[0].collector.cores=2|producers[0].collector.queue=100000");
    assert_int_equal(refused(r), 0);
    assert_near(busy_share(r, "producer.web.cpu"), 1, 0.01);
}

static void a_fleet_scales_to_its_target(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate(b, "run.duration=15m|run.warmup=10s|producers[0].config.linger.ms=20|producers[0].collector.cpu=4ms|"
                                "producers[0].collector.cores=2|producers[0].collector.queue=1000|producers[0].collector.instances_max=9|"
                                "producers[0].collector.start_up=90s|producers[0].collector.cooldown=3m");
    const double rejected = (double)refused(r);
    const struct fleet *fleet = &r->pipeline->world.fleets[0];
    /* All of three are busy: five are wanted after the first minute, and come 90 s later; those are busy to 80 % of 60 %. */
    const double expected = 2000 * 150 - 3 * (500 * 150 + 1000);
    assert_near(rejected, expected, 0.05 * expected);
    int n = 0;
    for (int i = 0; i < fleet->n; i++) n += fleet->instances[i].started;
    assert_in_range(n, 6, 8); /* 2,000 / 500 / 0.6 = 6.7 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_request_takes_its_time, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_full_queue_refuses, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_fleet_scales_to_its_target, bench_set_up, bench_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
