/* test_request_bound.c: many producers on many partitions with a short linger make brokers that are bound by requests, not by
 * bytes; larger batches cure it; and the record says both. The scenarios are those shipped, at a tenth of their traffic. */
#include "replicate_fixture.h"

static struct outcome run_shipped(struct bench *b, const char *name, const char *instances)
{
    struct fixture *f = b->fixture;
    const struct scenario_override sets[] = {{"run.duration", "24s"},          {"run.warmup", "4s"},        {"run.replications", "1"},
                                             {"workload[0].rate", "7500/s"},   {"topics[0].partitions", "36"},
                                             {"producers[0].instances", instances}, {"cluster.instance", "m7g.large"}};
    const struct scenario *s = load_with(f, arena_printf(f->arena, "%s/%s.json", b->data_dir, name), sets, COUNT_OF(sets));
    if (!s) diag_print(f->diag, stderr);
    assert_non_null(s);
    struct replicate_options options = options_of(b, s, 1);
    return run_with(b, s, &options);
}

static double cpu_of(const struct record *record)
{
    for (int i = 0; i < record->utilization_n; i++)
        if (strcmp(record->utilization[i].resource, "broker.cpu") == 0) return record->utilization[i].peak.value;
    fail_msg("no broker.cpu");
    return 0;
}

static void larger_batches_cure_brokers_that_are_bound_by_requests(void **state)
{
    struct bench *b = *state;
    const struct outcome small = run_shipped(b, "many-small-batches", "40"), large = run_shipped(b, "many-large-batches", "1");
    assert_int_equal(small.record.delivery.produced, large.record.delivery.produced);
    assert_string_equal(small.record.bottleneck.resource.text, "broker.cpu");
    assert_non_null(strstr(small.record.bottleneck.why.text, "request-bound"));
    assert_non_null(strstr(small.record.bottleneck.why.text, "larger batches cost less"));
    if (large.record.bottleneck.why.text) assert_null(strstr(large.record.bottleneck.why.text, "request-bound"));
    assert_less(cpu_of(&large.record) * 3, cpu_of(&small.record));
    assert_less(small.record.load.batch_records_mean.value * 3, large.record.load.batch_records_mean.value);
    assert_less(large.record.load.wire_bytes_per_s.value, small.record.load.wire_bytes_per_s.value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(larger_batches_cure_brokers_that_are_bound_by_requests, bench_set_up, bench_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
