/* test_group_autoscale.c: instances of a group come and go with its load: how many, when, and what it costs its records. */
#include "pipeline_fixture.h"

#include "group.h"
#include "group_lag.h"

enum { COUNT };

/* 500 records a second of so much work each; six partitions. */
#define SCALES(more, autoscale)                                                                                        \
    "run.warmup=10s|workload[0].rate=500/s|producers[0].config.linger.ms=100|groups=[{\"name\": \"count\", \"reads\": \"events\", "     \
    "\"instance\": \"c6i.large\", \"protocol\": \"consumer\", \"config\": {\"auto.offset.reset\": \"earliest\"}, " more             \
    ", \"autoscale\": {" autoscale "}}]"

static const struct group *group_of(const struct run *r)
{
    return &r->pipeline->world.groups[COUNT];
}

static void assert_nothing_is_amiss(const struct run *r)
{
    assert_adds_up(r);
    assert_true(group_is_settled(group_of(r)));
    assert_int_equal(account_of(r, COUNT).lost, 0);
    assert_int_equal(account_of(r, COUNT).duplicated, 0);
    for (int i = 0; i < group_of(r)->consumers_n; i++) assert_true(group_of(r)->consumers[i].alive == (i < group_of(r)->in_service));
}

static void too_few_become_as_many_as_the_load_asks_for(void **state)
{
    struct bench *b = *state;
    static const char *const resolutions[] = {"request", "sampled"};
    for (int i = 0; i < 2; i++) {
        struct run *r = simulate_with(b, COST("kafka.consumer.record", "us/record", 2400),
                                      arena_printf(b->fixture->arena, "run.duration=8m|run.resolution=%s|%s", resolutions[i],
                                                   SCALES("\"instances\": 1", "\"max\": 6, \"cooldown\": \"1m\", \"start_up\": \"30s\"")));
        assert_nothing_is_amiss(r);
        /* One thread is busy all the time, and two are wanted; they are so too, and 2 / 0.6 are; 1.2 threads' work at 60 % is for
         * three. While the backlog is drained a fourth may be wanted, never more. */
        assert_in_range(group_of(r)->in_service, 3, 4);
        assert_in_range(group_instances_peak(group_of(r)), 3, 4);
        assert_true(group_of(r)->rebalances >= 2);
        assert_int_equal((int)series_value(&r->pipeline->world.telemetry->instances[COUNT],
                                           series_length(&r->pipeline->world.telemetry->instances[COUNT]) - 1), group_of(r)->in_service);
        /* From 60 s on two were billed, though the second was there at 90 s: till then 500 - 417 records a second were left. */
        assert_near((double)group_of(r)->lag.peak, 90 * (500 - 1e9 / group_of(r)->cpu_ns_per_record), 0.2 * (double)group_of(r)->lag.peak);
        assert_true(group_of(r)->lag.end < 500);
    }
}

static void too_many_go_one_at_a_time(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate_with(b, COST("kafka.consumer.record", "us/record", 600),
                                  "run.duration=6m|" SCALES("\"instances\": 5", "\"min\": 2, \"max\": 6, \"cooldown\": \"1m\""));
    assert_nothing_is_amiss(r);
    assert_int_equal(group_of(r)->in_service, 2); /* 0.3 threads' work would be for one */
    assert_int_equal(group_instances_peak(group_of(r)), 5);
    /* Every minute one less, until the third. The last look was at 5 m. */
    assert_near(group_instances_mean(group_of(r)), (5 + 4 + 3 + 2 + 2) / 5.0, 1e-9);
    assert_int_equal(group_of(r)->rebalances, 3);
    assert_near(busy_share(r, "group.count.cpu") * 6, telemetry_mean_use(resource_named(r, "group.count.cpu")) *
                resource_named(r, "group.count.cpu")->unit_s / resource_named(r, "group.count.cpu")->span_s, 1e-9);
}

static void lag_asks_for_instances(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate_with(b, COST("kafka.consumer.record", "us/record", 600),
                                  "run.duration=6m|" SCALES("\"instances\": 1", "\"metric\": \"lag\", \"lag\": 10000, \"max\": 4, "
                                  "\"cooldown\": \"3m\", \"start_up\": \"20s\"")
                                  "|faults=[{\"id\": \"a\", \"kind\": \"group_paused\", \"group\": \"count\", \"at\": \"70s\", \"for\": \"60s\"}]");
    assert_nothing_is_amiss(r);
    /* At 120 s there is the lag of 50 s, 25,000 records: three are wanted. Then it is drained, and at 300 s one goes. */
    assert_int_equal(group_instances_peak(group_of(r)), 3);
    assert_int_equal(group_of(r)->in_service, 2);
    assert_near(group_instances_mean(group_of(r)), (120 * 1 + 180 * 3) / 300.0, 1e-9);
}

static void never_more_than_there_are_partitions(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *sets, *mistake;
    } cases[] = {
        {SCALES("\"instances\": 2", "\"max\": 7"), "6 partitions are enough for 6 instances of 1 thread"},
        {SCALES("\"instances\": 2, \"threads\": 4", "\"max\": 3"), "6 partitions are enough for 2 instances of 4 threads"},
        {SCALES("\"instances\": 4", "\"max\": 3"), "fewer than instances, 4"},
        {SCALES("\"instances\": 1", "\"min\": 2, \"max\": 3"), "more than instances, 1"},
        {SCALES("\"instances\": 1", "\"max\": 3") "|run.table=true", "would not scale group"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fixture *f = b->fixture;
        struct scenario_override overrides[SETS_MAX];
        int n = 0;
        char *copy = arena_strdup(f->arena, cases[i].sets);
        for (char *set = strtok(copy, "|"); set; set = strtok(NULL, "|")) {
            char *equals = strchr(set, '=');
            *equals = '\0';
            overrides[n++] = (struct scenario_override){.path = set, .value = equals + 1};
        }
        struct diag *said = diag_new();
        const struct scenario *s = scenario_load(write_text(f, "scenario.json", base_system), overrides, n, b->data_dir, NULL, f->arena, said);
        assert_null(s);
        char *text = NULL;
        size_t length;
        FILE *to = open_memstream(&text, &length);
        assert_non_null(to);
        diag_print(said, to);
        fclose(to);
        if (!strstr(text, cases[i].mistake)) fail_msg("%s\nhas not: %s", text, cases[i].mistake);
        free(text);
        diag_free(said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(too_few_become_as_many_as_the_load_asks_for, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(too_many_go_one_at_a_time, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(lag_asks_for_instances, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(never_more_than_there_are_partitions, bench_set_up, bench_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
