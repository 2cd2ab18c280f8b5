/* What faults of the traffic itself do, where it is known beforehand. */
#include "pipeline_fixture.h"

#include "fault_effects.h"
#include "processor.h"

#define SMALL "run.duration=3m|workload[0].rate=400/s|"
#define FAULT(rest) "faults=[{\"id\": \"f\", \"at\": \"60s\", " rest "}]"

static int64_t records_of(const struct run *r, int partition)
{
    const struct partition *p = &r->pipeline->world.cluster.partitions[partition];
    return p->base_offset + logcurve_end(&p->log);
}

/* For 60 s half of 400 records a second are of key 17: its partition has 12,000 more than its share of the rest, and every other one
 * half as many as ever for that time. */
static void a_key_takes_half(void **state)
{
    struct bench *b = *state;
    static const char *const resolutions[] = {"record", "request", "sampled"};
    for (int i = 0; i < 3; i++) {
        struct run *r = simulate(b, arena_printf(b->fixture->arena, SMALL "run.resolution=%s|groups.count.does.window.sample_one_in=8|"
                                                 FAULT("\"kind\": \"hot_key\", \"rank\": 17, \"share\": \"50%%\", \"for\": \"60s\""), resolutions[i]));
        const struct population *keys = r->pipeline->world.blueprint->populations[0];
        const int key = population_heavy_key(keys, 17);
        assert_near(keys->weight[key], 1, 0);
        for (int p = 0; p < 6; p++) {
            const double usual = 400 * keys->partition_shares[p], hot = keys->partition[key] == p ? 200 : 0;
            const double expected = usual * 120 + (usual / 2 + hot) * 60;
            assert_near((double)records_of(r, p), expected, 4 * sqrt(expected) + 1.5 * (hot + usual / 2)); /* it begins with a slice */
        }
        /* Every eighth key stands for eight, but the hot one for itself. */
        const struct processor_counts counts = processor_counts(&r->pipeline->world.groups[0]);
        assert_near(counts.weighted_records / (double)account_of(r, 0).delivered, 1, 0.02);
        assert_int_equal(account_of(r, 0).lost + account_of(r, 0).rejected, 0);
        assert_true(fault_of(r, 0)->cleared != SIM_NEVER);
        assert_adds_up(r);
    }
}

/* Each of two consumers can take 250 records a second. The one that has the key's partition gets 400 x (1/2 + 1/2 x its share), and is
 * behind by what is more than 250 for 60 s; the other is not. */
static void its_consumer_falls_behind(void **state)
{
    struct bench *b = *state;
    static const char *const resolutions[] = {"request", "sampled"};
    const char *costs = COST("kafka.consumer.record", "us/record", 4000);
    for (int i = 0; i < 2; i++) {
        struct run *r = simulate_with(b, costs, arena_printf(b->fixture->arena, SMALL "run.duration=6m|run.resolution=%s|run.fraction=%s|groups=[{\"name\": \"count\", "
                                                             "\"reads\": \"events\", \"instances\": 2, \"instance\": \"c6i.large\", \"protocol\": \"consumer\"}]|"
                                                             FAULT("\"kind\": \"hot_key\", \"rank\": 17, \"share\": \"50%%\", \"for\": \"60s\""),
                                                             resolutions[i], i == 0 ? "100%" : "2%"));
        const struct world *w = &r->pipeline->world;
        const struct population *keys = w->blueprint->populations[0];
        const struct consumer *reader = w->groups[0].partitions[keys->partition[population_heavy_key(keys, 17)]].consumer;
        double share = 0;
        for (int p = 0; p < 6; p++)
            if (w->groups[0].partitions[p].consumer == reader) share += keys->partition_shares[p];
        const double capacity = 1e9 / w->groups[0].cpu_ns_per_record, more = (400 * (0.5 + 0.5 * share) - capacity) * 60;
        assert_near((double)fault_of(r, 0)->peak_lag, more, 0.1 * more + 300);
        assert_true(fault_of(r, 0)->cleared != SIM_NEVER);
        assert_adds_up(r);
    }
}

/* For 60 s a quarter of 400 records a second is a minute late: 6,000 that a window of 10 s has no more use for, unless it waits for them, and
 * then they are what is read a minute late. */
static void late_records_are_dropped_or_waited_for(void **state)
{
    struct bench *b = *state;
    static const char *const resolutions[] = {"record", "request", "sampled"};
    for (int i = 0; i < 3; i++) {
        const char *sets = arena_printf(b->fixture->arena, SMALL "run.resolution=%s|" FAULT("\"kind\": \"late_flood\", \"share\": \"25%%\", \"late\": \"60s\", \"for\": \"60s\""),
                                        resolutions[i]);
        struct run *usual = simulate(b, arena_printf(b->fixture->arena, SMALL "run.resolution=%s", resolutions[i]));
        struct run *strict = simulate(b, sets), *patient = simulate(b, arena_printf(b->fixture->arena, "groups.count.does.window.allowed_lateness=120s|%s", sets));
        const double dropped = processor_counts(&strict->pipeline->world.groups[0]).weighted_late;
        assert_near(processor_counts(&usual->pipeline->world.groups[0]).weighted_late, 0, 0);
        assert_near(dropped, 6000, 4 * sqrt(6000) + 0.02 * 6000);
        assert_near(processor_counts(&patient->pipeline->world.groups[0]).weighted_late, 0, 0);
        /* 6,000 of 180 s x 400: 8 %. */
        assert_less(quantile_of(strict, FRESHNESS, 0, 0.99), 20);
        assert_less(59, quantile_of(patient, FRESHNESS, 0, 0.93));
        assert_less(59, quantile_of(patient, FRESHNESS, 1, 0.93));
        assert_less(quantile_of(patient, FRESHNESS, 1, 0.88), 30);
        assert_adds_up(strict);
    }
}

/* For 60 s the registry refuses a quarter of 400 records a second: 6,000 that never come to the log. The rest is as ever, and is metered as
 * so much and no more. */
static void a_schema_is_refused(void **state)
{
    struct bench *b = *state;
    static const char *const resolutions[] = {"record", "request", "sampled"};
    for (int i = 0; i < 3; i++) {
        const char *sets = arena_printf(b->fixture->arena, SMALL "run.resolution=%s|", resolutions[i]);
        struct run *usual = simulate(b, sets);
        struct run *r = simulate(b, arena_printf(b->fixture->arena, "%s" FAULT("\"kind\": \"schema_bad\", \"share\": \"25%%\", \"for\": \"60s\""), sets));
        const struct world *w = &r->pipeline->world;
        const struct pipeline_account account = account_of(r, 0);
        assert_near((double)account.rejected, 6000, 4 * sqrt(6000) + 100); /* it begins with a slice */
        assert_int_equal(w->rejected_by[REJECT_SCHEMA], account.rejected);
        assert_int_equal(fault_to_replay(fault_of(r, 0)), account.rejected);
        assert_int_equal(fault_of(r, 0)->rejected, account.rejected);
        assert_int_equal(account.produced, account_of(usual, 0).produced);
        assert_int_equal(account.lost, 0);
        int64_t records = 0;
        for (int p = 0; p < 6; p++) records += records_of(r, p);
        assert_in_range(account.produced - account.rejected - records, 0, 400);
        assert_near(w->telemetry->totals.records / usual->pipeline->world.telemetry->totals.records, 1 - (double)account.rejected / (double)account.produced, 0.02);
        assert_true(fault_of(r, 0)->cleared != SIM_NEVER);
        assert_adds_up(r);
    }
}

/* Of 4,000 records a second in close-ups of a tenth, three quarters are refused: what is left counts as what it is. */
static void the_rest_is_metered_in_close_ups(void **state)
{
    struct bench *b = *state;
    struct run *r[2];
    static const char *const fractions[] = {"100%", "10%"};
    for (int i = 0; i < 2; i++)
        r[i] = simulate(b, arena_printf(b->fixture->arena, "run.duration=3m|run.warmup=0s|workload[0].rate=4k/s|run.resolution=sampled|run.fraction=%s|"
                                        FAULT("\"kind\": \"schema_bad\", \"share\": \"75%%\", \"for\": \"100s\""), fractions[i]));
    assert_int_equal(account_of(r[0], 0).rejected, account_of(r[1], 0).rejected);
    assert_near(r[1]->pipeline->world.telemetry->totals.records / r[0]->pipeline->world.telemetry->totals.records, 1, 0.02);
    for (int i = 0; i < 2; i++) assert_adds_up(r[i]);
}

#define UNCHECKED "\"kind\": \"schema_bad\", \"checked\": false, \"share\": \"25%%\", \"for\": \"60s\""

/* For 60 s nobody checks, and of 400 records a second a quarter can be decoded by nobody: 6,000 that are in the log, and that each group
 * puts aside or skips. Records of those 60 s alone. */
static void a_schema_is_not_checked(void **state)
{
    struct bench *b = *state;
    static const char *const resolutions[] = {"record", "request", "sampled"};
    for (int i = 0; i < 3; i++) {
        const char *sets = arena_printf(b->fixture->arena, SMALL "run.resolution=%s|groups.raw.undecodable=skip|workload[0].event.serialization=json|", resolutions[i]);
        struct run *usual = simulate(b, sets);
        struct run *r = simulate(b, arena_printf(b->fixture->arena, "%s" FAULT(UNCHECKED), sets));
        const struct fault_row *row = fault_of(r, 0);
        int64_t of_60_s = 0;
        for (int p = 0; p < 6; p++) {
            assert_int_equal(records_of(r, p), records_of(usual, p)); /* brokers have them as ever */
            of_60_s += records_of(r, p);
        }
        of_60_s /= 3;
        assert_int_equal(account_of(r, 0).rejected, 0);
        assert_near((double)lost_by(r, 0, LOST_DEAD_LETTER), (double)of_60_s / 4, 4 * sqrt(24000) / 4 + 6);
        assert_near((double)lost_by(r, 1, LOST_UNDECODABLE), (double)lost_by(r, 0, LOST_DEAD_LETTER), 6);
        assert_int_equal(account_of(r, 0).lost, lost_by(r, 0, LOST_DEAD_LETTER));
        assert_int_equal(account_of(r, 1).lost, lost_by(r, 1, LOST_UNDECODABLE));
        assert_int_equal(fault_to_replay(row), lost_by(r, 0, LOST_DEAD_LETTER));
        assert_int_equal(row->lost, account_of(r, 0).lost + account_of(r, 1).lost);
        assert_near(sim_seconds(row->detected - row->at), 0.1, 0.1);
        assert_true(row->detected > row->at && row->cleared != SIM_NEVER);
        const struct processor_counts all = processor_counts(&usual->pipeline->world.groups[0]),
                                      some = processor_counts(&r->pipeline->world.groups[0]);
        assert_near(some.weighted_records / all.weighted_records, 1 - 0.25 / 3, 0.01);
        assert_near(histogram_count(times_of(r, END_TO_END, 0, false)) / histogram_count(times_of(usual, END_TO_END, 0, false)), 1 - 0.25 / 3 * 18 / 17, 0.01);
        assert_adds_up(r);
    }
}

/* What is put aside and then read again by others is put aside once; what is in a file is not, and a stream of two alone. */
static void what_is_put_aside_is_so_once(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate(b, SMALL "groups.count.delivery=at_least_once|"
                                "faults=[{\"id\": \"f\", \"at\": \"60s\", " "\"kind\": \"schema_bad\", \"checked\": false, \"share\": \"100%\", \"for\": \"60s\"}, "
                                "{\"id\": \"c\", \"at\": \"90s\", \"kind\": \"consumer_crash\", \"group\": \"count\", \"for\": \"5s\"}, "
                                "{\"id\": \"d\", \"at\": \"95s\", \"kind\": \"restart_group\", \"group\": \"raw\", \"clean\": false, \"for\": \"5s\"}]");
    for (int g = 0; g < 2; g++) {
        assert_near((double)lost_by(r, g, LOST_DEAD_LETTER), 24000, 4 * sqrt(24000) + 6);
        assert_int_equal(account_of(r, g).duplicated, 0);
    }
    assert_near((double)lost_by(r, 0, LOST_DEAD_LETTER), (double)lost_by(r, 1, LOST_DEAD_LETTER), 6);
    assert_adds_up(r);
    r = simulate(b, SMALL "workload=[{\"stream\": \"views\", \"rate\": \"300/s\", \"key\": \"user\", \"event\": {\"size\": \"400 B\"}}, "
                          "{\"stream\": \"clicks\", \"rate\": \"100/s\", \"key\": \"user\", \"event\": {\"size\": \"400 B\"}}]|"
                          "producers.web.sends=[\"views\", \"clicks\"]|"
                          "faults=[{\"id\": \"f\", \"at\": \"60s\", \"kind\": \"schema_bad\", \"checked\": false, \"stream\": \"clicks\", \"share\": \"50%\", \"for\": \"60s\"}]");
    assert_near((double)lost_by(r, 1, LOST_DEAD_LETTER), 3000, 4 * sqrt(24000) / 8 + 6);
    assert_adds_up(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_takes_half, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(its_consumer_falls_behind, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_schema_is_refused, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_schema_is_not_checked, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(what_is_put_aside_is_so_once, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(the_rest_is_metered_in_close_ups, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(late_records_are_dropped_or_waited_for, bench_set_up, bench_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
