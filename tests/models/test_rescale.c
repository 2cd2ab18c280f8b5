/* test_rescale.c: what close-ups saw counts as much as the ledger says that there was. */
#include "pipeline_fixture.h"

/* Fetches come in bursts, one in 0.8 s; close-ups of 2 ms in ten minutes see one or two of them, and none soon after the fault. */
#define BURSTS "run.duration=10m|run.warmup=30s|run.fraction=0.2%|groups[0].config.fetch.min.bytes=4000000|" \
               "groups[0].config.fetch.max.wait.ms=800|" \
               "faults=[{\"id\": \"restart\", \"at\": \"3m\", \"kind\": \"restart_group\", \"group\": \"count\", \"for\": \"4s\", " \
               "\"clean\": true}]|"

static double delivered_in(const struct run *r, int group)
{
    const struct telemetry *t = r->pipeline->world.telemetry;
    double records = 0;
    for (int i = 0; i < t->sets_n; i++) records += (double)t->sets[i].delivered[group];
    return records;
}

static double produced_in(const struct run *r)
{
    const struct telemetry *t = r->pipeline->world.telemetry;
    double records = 0;
    for (int i = 0; i < t->sets_n; i++) records += (double)t->sets[i].produced;
    return records;
}

/* Slices that are simulated whole differ from the ledger by what is in flight at their ends; nothing counts 1/f of that. */
static void distributions_weigh_what_the_ledger_counted(void **state)
{
    struct run *r = simulate(*state, BURSTS "run.resolution=sampled");
    assert_true(r->pipeline->fraction.least == 0.002);
    const double in_flight = 2000; /* a second of it */
    assert_near(histogram_count(times_of(r, PRODUCE, 0, false)), produced_in(r), in_flight);
    for (int g = 0; g < 2; g++) assert_near(histogram_count(times_of(r, END_TO_END, g, false)), delivered_in(r, g), in_flight);
    assert_near(totals_of(r)->records, produced_in(r), in_flight);
    assert_adds_up(r);
}

/* The percentile at the edge of what a restart delays is where it belongs; bytes fetched and the time of threads do not
 * depend on how many bursts close-ups met. */
static void bursts_met_by_chance_change_nothing(void **state)
{
    struct run *sampled = simulate(*state, BURSTS "run.resolution=sampled"), *request = simulate(*state, BURSTS "run.resolution=request");
    struct histogram *h = times_of(sampled, END_TO_END, 0, false), *whole = times_of(request, END_TO_END, 0, false);
    const double slow = histogram_weight_above(whole, 2) / histogram_count(whole);
    assert_less(0.003, slow);
    assert_near(histogram_weight_above(h, 2) / histogram_count(h) / slow, 1, 0.1);
    for (int g = 0; g < 2; g++) {
        assert_near(totals_of(sampled)->fetch_bytes[g] / totals_of(request)->fetch_bytes[g], 1, 0.02);
        assert_near(totals_of(sampled)->group_cpu_ns[g] / totals_of(request)->group_cpu_ns[g], 1, 0.05);
    }
    assert_near(resource_named(sampled, "group.count.cpu")->busy_ns / totals_of(sampled)->group_cpu_ns[0], 1, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(distributions_weigh_what_the_ledger_counted, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(bursts_met_by_chance_change_nothing, bench_set_up, bench_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
