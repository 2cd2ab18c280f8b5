/* When faults happen: again and again, drawn, or when something holds; what each occurrence leaves. */
#include "pipeline_fixture.h"

#include "fault_effects.h"

/* A minute of quick traffic is enough for a fault of seconds. */
#define SMALL "run.duration=4m|workload[0].rate=400/s|"

static int rows_of(const struct run *r, int fault)
{
    int n = 0;
    for (const struct fault_row *row = fault_first(&r->pipeline->world, fault); row && row->at != SIM_NEVER; row = row->next) n++;
    return n;
}

/* Every 50 s from 40 s on: at 40, 90, 140, 190 s, each as if it were alone. */
static void again_and_again(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate(b, SMALL "faults=[{\"id\": \"roll\", \"kind\": \"broker_down\", \"broker\": 1, \"clean\": true, \"at\": \"40s\", "
                                      "\"every\": \"50s\", \"for\": \"4s\"}]");
    assert_int_equal(rows_of(r, 0), 4);
    sim_time at = 40 * SIM_S;
    for (const struct fault_row *row = fault_of(r, 0); row; row = row->next, at += 50 * SIM_S) {
        assert_true(row->at == at && row->until == at + 4 * SIM_S);
        assert_near(sim_seconds(row->events[0].started - at), 4 + 5, 1e-9);
        assert_true(row->cleared != SIM_NEVER && row->cleared < at + 40 * SIM_S);
    }
    assert_int_equal(r->pipeline->world.fault_log->skipped[0], 0);
    assert_adds_up(r);
    struct run *twice = simulate(b, SMALL "faults=[{\"id\": \"roll\", \"kind\": \"broker_down\", \"broker\": 1, \"at\": \"40s\", "
                                          "\"every\": \"50s\", \"times\": 2, \"for\": \"4s\"}]");
    assert_int_equal(rows_of(twice, 0), 2);
}

/* Two brokers in one fault are two faults of one broker each, in one row. */
static void several_at_once(void **state)
{
    struct bench *b = *state;
#define BOTH SMALL "cluster.config.min.insync.replicas=2|faults="
    struct run *one = simulate(b, BOTH "[{\"id\": \"f\", \"kind\": \"broker_down\", \"brokers\": [0, 2], \"at\": \"40s\", \"for\": \"30s\"}]");
    struct run *two = simulate(b, BOTH "[{\"id\": \"f\", \"kind\": \"broker_down\", \"broker\": 0, \"at\": \"40s\", \"for\": \"30s\"},"
                                       " {\"id\": \"g\", \"kind\": \"broker_down\", \"broker\": 2, \"at\": \"40s\", \"for\": \"30s\"}]");
    const struct fault_row *row = fault_of(one, 0), *each = fault_of(two, 0);
    assert_int_equal(row->brokers_n, 2);
    assert_int_equal(row->brokers[1], 2);
    assert_string_equal(fault_scope(one->scenario, &one->scenario->faults[0], b->fixture->arena), "brokers 0, 2");
    assert_less(6 * 30, row->partition_seconds_down); /* of three replicas one is left: nothing is written */
    assert_near(row->partition_seconds_down, each->partition_seconds_down, 0);
    assert_near(row->requests_failed, each->requests_failed, 0);
    assert_true(row->recovered == each->recovered && row->recovered != SIM_NEVER);
    assert_adds_up(one);
    struct run *slow = simulate(b, SMALL "faults=[{\"id\": \"f\", \"kind\": \"broker_slow\", \"brokers\": [0, 1], \"what\": \"disk\","
                                         " \"factor\": 3, \"at\": \"40s\", \"for\": \"10s\"}]");
    for (int i = 0; i < 3; i++) assert_near(slow->pipeline->world.cluster.brokers[i].slow_disk, 1, 1e-12);
    assert_true(fault_of(slow, 0)->detected == 40 * SIM_S);
}

/* n brokers that fail about every m each fail as a Poisson process of n/m: over many runs the mean is known. */
static void drawn_as_often_as_they_should(void **state)
{
    struct bench *b = *state;
    const struct scenario *s = scenario_with(
        b, base_system, "run.duration=1d|faults=[{\"id\": \"fails\", \"kind\": \"broker_down\", \"broker\": \"any\", \"mtbf\": \"12h\", "
                        "\"mttr\": {\"exponential\": {\"mean\": \"10m\"}}}]");
    const struct blueprint blueprint = {.scenario = s};
    double planned = 0, lasting = 0, first = 0;
    int struck[3] = {0};
    enum { RUNS = 400 };
    for (int i = 0; i < RUNS; i++) {
        struct world w = {.blueprint = &blueprint, .scenario = s, .arena = b->fixture->arena, .seed = (uint64_t)i + 1};
        struct fault_plan plan;
        fault_plan_init(&w, &plan);
        planned += plan.planned_n;
        for (int k = 0; k < plan.planned_n; k++) {
            assert_true(plan.planned[k].target >= 0 && plan.planned[k].target < 3);
            assert_true(k == 0 || plan.planned[k].at >= plan.planned[k - 1].at);
            assert_true(fault_plan_near(&plan, plan.planned[k].at, plan.planned[k].at + 1));
            struck[plan.planned[k].target]++;
            lasting += sim_seconds(plan.planned[k].for_ns);
        }
        if (i == 0) first = plan.planned_n;
        struct fault_plan again;
        fault_plan_init(&w, &again);
        assert_int_equal(again.planned_n, plan.planned_n);
        for (int k = 0; k < plan.planned_n; k++) assert_true(again.planned[k].at == plan.planned[k].at);
        if (i > 0 && plan.planned_n != first) first = -1;
    }
    assert_true(first < 0); /* not the same in every run */
    /* A Poisson count of mean 6 a run: 2,400 in all, standard deviation 49. */
    assert_near(planned, 6.0 * RUNS, 4 * sqrt(6.0 * RUNS));
    assert_near(lasting / planned, 600, 4 * 600 / sqrt(planned));
    for (int k = 0; k < 3; k++) assert_near(struck[k], planned / 3, 4 * sqrt(planned / 3));
}

/* A broker that fails more often than it is back is struck only while it is up: the rest is counted. */
static void not_while_it_is_down(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate(b, SMALL "faults=[{\"id\": \"fails\", \"kind\": \"broker_down\", \"broker\": 2, \"clean\": true, \"mtbf\": \"10s\", "
                                      "\"for\": \"20s\"}]");
    const struct fault_log *log = r->pipeline->world.fault_log;
    assert_true(log->occurrences[0] >= 3 && log->skipped[0] >= 3);
    assert_int_equal(log->occurrences[0] + log->skipped[0], log->plan.planned_n);
    for (const struct fault_row *row = fault_of(r, 0); row && row->next; row = row->next) assert_true(row->next->at >= row->until);
    assert_adds_up(r);
}

/* Two faults hold one broker down: it is back when the second lets go. */
static void held_down_by_two(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate(b, SMALL "faults=[{\"id\": \"one\", \"kind\": \"broker_down\", \"broker\": 1, \"clean\": true, \"at\": \"40s\", \"for\": \"20s\"}, "
                                      "{\"id\": \"two\", \"kind\": \"broker_down\", \"broker\": 1, \"clean\": true, \"at\": \"50s\", \"every\": \"1h\", "
                                      "\"for\": \"30s\"}]");
    const struct fault_row *one = fault_of(r, 0), *two = fault_of(r, 1);
    assert_true(one->events[0].started == SIM_NEVER); /* it was not its end that brought the broker back */
    assert_near(sim_seconds(two->events[0].started), 80 + 5, 1e-9);
    assert_true(one->recovered != SIM_NEVER && one->recovered >= two->events[0].started);
    assert_true(one->recovered == two->recovered);
    assert_adds_up(r);
}

/* The group stands still from 60 s on: its lag passes 8,000 records 20 s later, at 400 a second, and that stops a broker. */
static void when_something_holds(void **state)
{
    struct bench *b = *state;
    static const char *const resolutions[] = {"request", "sampled"};
    for (int i = 0; i < 2; i++) {
        struct run *r = simulate(
            b, arena_printf(b->fixture->arena,
                            SMALL "run.resolution=%s|faults=[{\"id\": \"stop\", \"kind\": \"restart_group\", \"group\": \"raw\", \"at\": \"60s\", \"for\": \"60s\"}, "
                                  "{\"id\": \"then\", \"kind\": \"broker_down\", \"broker\": 1, \"clean\": true, \"when\": \"lag.raw > 8k\", \"for\": \"4s\"}, "
                                  "{\"id\": \"aged\", \"kind\": \"broker_down\", \"broker\": 2, \"clean\": true, \"when\": \"lag.raw > 30s\", \"for\": \"4s\"}, "
                                  "{\"id\": \"never\", \"kind\": \"broker_down\", \"broker\": 0, \"when\": \"lag.raw > 1M\", \"for\": \"4s\"}]",
                            resolutions[i]));
        assert_near(sim_seconds(fault_of(r, 1)->at), 80, 2);
        assert_near(sim_seconds(fault_of(r, 2)->at), 90, 2);
        assert_int_equal(rows_of(r, 1), 1); /* once: it has no cooldown */
        assert_int_equal(rows_of(r, 3), 0);
        assert_true(fault_of(r, 1)->cleared != SIM_NEVER);
        assert_adds_up(r);
    }
}

static void after_a_cooldown_again(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate(b, SMALL "faults=[{\"id\": \"roll\", \"kind\": \"broker_down\", \"broker\": 1, \"clean\": true, \"when\": \"rate > 1/s\", "
                                      "\"cooldown\": \"30s\", \"times\": 3, \"for\": \"10s\"}]");
    assert_int_equal(rows_of(r, 0), 3);
    sim_time at = SIM_S; /* what holds after the first slice strikes at the beginning of the second; 40 s from one to the next */
    for (const struct fault_row *row = fault_of(r, 0); row; row = row->next, at += 40 * SIM_S) assert_true(row->at == at);
}

/* What happens again in a run with tables is simulated, and the accounts are those of the whole. */
static void in_table_mode(void **state)
{
    struct bench *b = *state;
    const char *sets = "run.duration=6h|workload[0].rate=60/s|run.fraction=20%|run.resolution=sampled|cluster.config.leader.imbalance.check.interval.seconds=60|"
                       "faults=[{\"id\": \"roll\", \"kind\": \"broker_down\", \"broker\": 1, \"clean\": true, \"at\": \"1h\", \"every\": \"1h\", "
                       "\"for\": \"30s\"}, {\"id\": \"fails\", \"kind\": \"restart_group\", \"group\": \"raw\", \"mtbf\": \"2h\", \"for\": \"20s\"}]";
    struct run *whole = simulate(b, sets), *table = simulate(b, arena_printf(b->fixture->arena, "%s|run.table=true", sets));
    assert_true(table->pipeline->world.jumped_ns > 3 * SIM_H);
    for (int f = 0; f < 2; f++) {
        assert_int_equal(rows_of(table, f), rows_of(whole, f));
        assert_true(rows_of(table, f) >= 1);
        const struct fault_row *x = fault_of(table, f), *y = fault_of(whole, f);
        for (; x && y; x = x->next, y = y->next) {
            assert_true(llabs(x->at + x->jumped_ns - y->at) < SIM_US);
            assert_true(x->cleared != SIM_NEVER && y->cleared != SIM_NEVER);
        }
    }
    assert_int_equal(account_of(table, 0).produced, account_of(whole, 0).produced);
    assert_adds_up(table);
}

/* An alarm on what is busy goes by the last whole minute after the warm-up: where steady traffic keeps it above, at 70 s of 10 + 60, and
 * never where it keeps it below. One on a volume goes by when its logs have filled so much of it. */
static void when_it_is_too_full(void **state)
{
    struct bench *b = *state;
    static const char *const readings[] = {"broker.cpu", "broker.network", "group.count.cpu"};
    struct run *usual = simulate(b, SMALL);
    for (int i = 0; i < 3; i++) {
        const struct telemetry *t = usual->pipeline->world.telemetry;
        double peak = 0;
        for (int k = 0; k < t->resources_n; k++)
            if (strcmp(t->resources[k].name, readings[i]) == 0) peak = t->resources[k].peak;
        for (int above = 0; above < 2; above++) {
            const char *when = arena_printf(b->fixture->arena, SMALL "faults=[{\"id\": \"f\", \"kind\": \"group_paused\", \"group\": \"raw\", \"for\": \"5s\", "
                                            "\"when\": \"utilization.%s > %.6f%%\"}]", readings[i], 100 * peak * (above ? 1.2 : 0.7));
            struct run *r = simulate(b, when);
            assert_int_equal(rows_of(r, 0), above ? 0 : 1);
            if (!above) assert_near(sim_seconds(fault_of(r, 0)->at), 70, 1);
        }
    }
    /* 400 records a second of 400 B, in three copies on three brokers: 26 MB of 100 GiB in 160 s, less what compresses. */
    struct run *r = simulate(b, SMALL "faults=[{\"id\": \"f\", \"kind\": \"group_paused\", \"group\": \"raw\", \"for\": \"5s\", \"when\": \"storage.log > 0.005%\"}]");
    assert_int_equal(rows_of(r, 0), 1);
    double held = 0;
    for (int p = 0; p < 6; p++) held += usual->pipeline->world.cluster.partitions[p].segments.active_bytes;
    const double rate = held / 240;
    assert_near(sim_seconds(fault_of(r, 0)->at), 0.00005 * 100 * 1073741824.0 / rate, 31);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(several_at_once, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(again_and_again, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(drawn_as_often_as_they_should, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(not_while_it_is_down, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(held_down_by_two, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(when_something_holds, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(after_a_cooldown_again, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(in_table_mode, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(when_it_is_too_full, bench_set_up, bench_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
