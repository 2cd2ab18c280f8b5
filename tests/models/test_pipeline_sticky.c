/* test_pipeline_sticky.c: records without a key, and a broker that is slow. */
#include "pipeline_fixture.h"

/* Broker 1 takes 150 ms of two cores for a request: five in flight from each producer are not enough for its share. */
static const char dear[] = COST("kafka.broker.request", "us/request", 300);
#define KEYLESS                                                                                                        \
    "run.duration=60s|run.warmup=5s|workload[0].key=null|workload[0].rate=20k/s|producers[0].config.linger.ms=5|"      \
    "topics[0].partitions=9|topics[0].replication=1|"
#define SLOW KEYLESS "faults=[{\"id\": \"a\", \"kind\": \"broker_slow\", \"what\": \"cpu\", \"factor\": 700, \"broker\": 1, \"at\": \"15s\", \"for\": \"40s\"}]|"

/* Of the records in the logs, those that broker 1 led. */
static double share_of_broker_1(const struct run *r)
{
    const struct cluster *cluster = &r->pipeline->world.cluster;
    double all = 0, own = 0;
    for (int i = 0; i < cluster->partitions_n; i++) {
        const struct partition *p = &cluster->partitions[i];
        const double n = (double)(logcurve_end(&p->log) + p->base_offset);
        all += n;
        if (p->replicas[0].broker == 1) own += n;
    }
    return own / all;
}

static void a_slow_broker_gets_fewer_records_without_a_key(void **state)
{
    struct bench *b = *state;
    struct run *even = simulate_with(b, dear, KEYLESS "producers[0].config.partitioner.adaptive.partitioning.enable=true");
    struct run *adaptive = simulate_with(b, dear, SLOW "producers[0].config.partitioner.adaptive.partitioning.enable=true");
    struct run *uniform = simulate_with(b, dear, SLOW "producers[0].config.partitioner.adaptive.partitioning.enable=false");
    struct run *strict = simulate_with(b, dear, SLOW "producers[0].config.partitioner.availability.timeout.ms=200");
    assert_adds_up(adaptive);
    assert_adds_up(uniform);
    assert_adds_up(strict);
    assert_near(share_of_broker_1(even), 1.0 / 3, 0.03);
    assert_less(share_of_broker_1(adaptive), 0.6 * share_of_broker_1(uniform));
    assert_less(share_of_broker_1(strict), share_of_broker_1(adaptive));
    assert_less(mean_of(adaptive, PRODUCE, 0), mean_of(uniform, PRODUCE, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_slow_broker_gets_fewer_records_without_a_key, bench_set_up, bench_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
