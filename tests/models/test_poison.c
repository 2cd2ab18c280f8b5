/* Records that kill whoever reads them. */
#include "pipeline_fixture.h"

#define POISON "run.duration=5m|workload[0].rate=400/s|"
#define GROUP(rest) "groups=[{\"name\": \"count\", \"reads\": \"events\", \"instance\": \"c6i.large\", " rest "}]|"
#define FAULT(rest) "faults=[{\"id\": \"f\", \"at\": \"60s\", \"kind\": \"poison\", \"group\": \"count\", " rest "}]"

static int64_t lost_as(const struct run *r, enum lost_reason why)
{
    int64_t lost = 0;
    for (int p = 0; p < 6; p++) lost += r->pipeline->world.groups[0].partitions[p].lost_by[why];
    return lost;
}

/* One consumer, a static member that is back after 10 s: two records of which each is tried three times keep it busy with dying for
 * six times 10 s and a little. Each time it reads on in the other five partitions, dies before it commits, and reads that again: what came in
 * 10 s, in 20 s, and so on. */
static void it_dies_until_they_are_put_aside(void **state)
{
    struct bench *b = *state;
    static const char *const resolutions[] = {"record", "request", "sampled"};
    for (int i = 0; i < 3; i++) {
        struct run *r = simulate(b, arena_printf(b->fixture->arena, POISON "run.resolution=%s|" GROUP("\"instances\": 1, \"protocol\": \"consumer\", \"config\": {\"group.instance.id\": \"c\"}")
                                                 FAULT("\"for\": \"10s\", \"tries\": 3, \"records\": 2"), resolutions[i]));
        const struct fault_row *row = fault_of(r, 0);
        assert_int_equal(lost_as(r, LOST_DEAD_LETTER), 2);
        assert_int_equal(account_of(r, 0).lost, 2);
        assert_true(row->until != SIM_NEVER && row->cleared != SIM_NEVER);
        assert_near(sim_seconds(row->until - row->at), 6 * 10, 5);
        assert_near((double)account_of(r, 0).duplicated, 400 * (10 + 20 + 30 + 40 + 50) * 5 / 6.0, 400 * 150 * 0.15);
        assert_true(!r->pipeline->world.groups[0].poison);
        /* What came meanwhile waits. */
        assert_near((double)row->peak_lag, 400 * 60, 400 * 6);
        assert_adds_up(r);
    }
}

/* Without static membership the partition goes from one consumer to the next, when the session of the dead is over: 45 s, and each
 * kills one. */
static void it_goes_from_one_to_the_next(void **state)
{
    struct bench *b = *state;
    static const char *const protocols[] = {"consumer", "classic"};
    for (int i = 0; i < 2; i++) {
        struct run *r = simulate(b, arena_printf(b->fixture->arena, POISON GROUP("\"instances\": 3, \"protocol\": \"%s\"") FAULT("\"for\": \"100s\", \"tries\": 2"), protocols[i]));
        const struct fault_row *row = fault_of(r, 0);
        assert_int_equal(account_of(r, 0).lost, 1);
        assert_int_equal(lost_as(r, LOST_DEAD_LETTER), 1);
        assert_near(sim_seconds(row->detected - row->at), 45, 3.5);
        assert_near(sim_seconds(row->until - row->at), 2 * 45, 10);
        assert_adds_up(r);
    }
}

/* What is committed before it is processed kills one alone, and is lost. */
static void at_most_once_dies_once(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate(b, POISON GROUP("\"instances\": 2, \"protocol\": \"consumer\", \"delivery\": \"at_most_once\"") FAULT("\"for\": \"10s\", \"tries\": 5"));
    assert_int_equal(lost_as(r, LOST_DEAD_LETTER), 0);
    assert_true(lost_as(r, LOST_IN_HAND) >= 1);
    assert_int_equal(account_of(r, 0).lost, lost_as(r, LOST_IN_HAND));
    assert_int_equal(account_of(r, 0).duplicated, 0);
    assert_true(fault_of(r, 0)->until - fault_of(r, 0)->at < 5 * SIM_S);
    assert_adds_up(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_dies_until_they_are_put_aside, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(it_goes_from_one_to_the_next, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(at_most_once_dies_once, bench_set_up, bench_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
