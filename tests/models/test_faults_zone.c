/* A zone that is cut off from the others: who leads, what is lost, and what is not. */
#include "pipeline_fixture.h"

#define CUT "run.duration=4m|cluster.config.leader.imbalance.check.interval.seconds=20|workload[0].rate=400/s|cluster.config.min.insync.replicas=2|"
#define FAULT(rest) "faults=[{\"id\": \"f\", \"at\": \"60s\", \"kind\": \"zone_cut\", \"zone\": 1, " rest "}]"

/* Of all records, those of partitions that zone 1 leads. */
static double share_led(const struct run *r)
{
    double share = 0;
    for (int p = 1; p < 6; p += 3) share += r->pipeline->world.blueprint->populations[0]->partition_shares[p];
    return share;
}

static int64_t lost_with_leader(const struct run *r, int group)
{
    int64_t lost = 0;
    for (int p = 0; p < 6; p++) lost += r->pipeline->world.groups[group].partitions[p].lost_by[LOST_LEADER];
    return lost;
}

/* One of three producers goes on with the broker of its zone, which leads two of six partitions as far as it knows: for 30 s it
 * acknowledges a third of what is sent to those, and all of it is lost, and nothing else but what had not been fetched when the cut came. */
static void a_cut_leader_loses_what_it_takes(void **state)
{
    struct bench *b = *state;
    static const char *const resolutions[] = {"record", "request", "sampled"};
    for (int i = 0; i < 3; i++) {
        struct run *r = simulate(b, arena_printf(b->fixture->arena, CUT "producers[0].config.enable.idempotence=false|producers[0].config.acks=1|run.resolution=%s|"
                                                 FAULT("\"for\": \"30s\""), resolutions[i]));
        const struct fault_row *row = fault_of(r, 0);
        const double expected = 400 / 3.0 * share_led(r) * 30;
        for (int g = 0; g < 2; g++) {
            assert_near((double)lost_with_leader(r, g), expected, 4 * sqrt(expected) + 10);
            assert_int_equal(account_of(r, g).lost, lost_with_leader(r, g));
        }
        assert_int_equal(account_of(r, 0).rejected, 0);
        /* Its session is over 7 to 9 s after; until then its two partitions are out of the others' reach. */
        const double detected = sim_seconds(row->detected - row->at);
        assert_true(detected >= 7 && detected <= 9);
        assert_near(row->partition_seconds_down, 2 * (detected + 0.05), 2.1);
        assert_true(row->cleared != SIM_NEVER && r->pipeline->world.cluster.brokers[1].leads_n == 2);
        assert_adds_up(r);
    }
}

/* A cut that is over before its brokers' sessions deposes nobody: what a leader took alone the others fetch then, and nothing is lost. */
static void a_brief_cut_loses_nothing(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate(b, CUT "producers[0].config.enable.idempotence=false|producers[0].config.acks=1|" FAULT("\"for\": \"5s\""));
    const struct fault_row *row = fault_of(r, 0);
    assert_int_equal(account_of(r, 0).lost + account_of(r, 0).rejected, 0);
    assert_true(row->detected == SIM_NEVER && row->events[0].leaders_elected == SIM_NEVER);
    assert_near(row->partition_seconds_down, 2 * 5, 2.1);
    assert_true(row->cleared != SIM_NEVER);
    assert_adds_up(r);
}

/* With acks=all nothing is acknowledged that the others do not have: nothing is lost, and all of it comes when the zone is back, or is
 * rejected where that is too late. What the producer there sends to its own broker times out. */
static void all_in_sync_lose_nothing(void **state)
{
    struct bench *b = *state;
    static const char *const resolutions[] = {"record", "request", "sampled"};
    for (int i = 0; i < 3; i++) {
        struct run *r = simulate(b, arena_printf(b->fixture->arena, CUT "run.resolution=%s|" FAULT("\"for\": \"40s\""), resolutions[i]));
        struct run *short_of = simulate(b, arena_printf(b->fixture->arena, CUT "producers[0].config.request.timeout.ms=5000|producers[0].config.delivery.timeout.ms=10000|"
                                                        "run.resolution=%s|" FAULT("\"for\": \"40s\""), resolutions[i]));
        assert_int_equal(account_of(r, 0).lost + account_of(r, 0).rejected, 0);
        assert_true(r->pipeline->world.requests_failed[PRODUCE_REQUEST_TIMED_OUT] > 0);
        assert_true(fault_of(r, 0)->cleared != SIM_NEVER);
        assert_int_equal(account_of(short_of, 0).lost, 0);
        /* A third of the records, of all but the last 10 s; and those for the cut broker until it is known that it is. */
        const double expected = 400 / 3.0 * (40 - 10);
        assert_near((double)account_of(short_of, 0).rejected, expected, 0.15 * expected);
        assert_adds_up(r);
        assert_adds_up(short_of);
    }
}

/* Of two consumers the one in the zone is in its group for the 45 s of its session: a cut of 30 s it does not notice, one of 60 s makes
 * others read again what it did not commit, 5 s of its half at most, and it comes back. */
static void consumers_are_out_when_their_session_is(void **state)
{
    struct bench *b = *state;
    static const char *const protocols[] = {"consumer", "classic"};
    for (int i = 0; i < 2; i++) {
        const char *sets = arena_printf(b->fixture->arena, CUT "groups=[{\"name\": \"count\", \"reads\": \"events\", \"instances\": 2, \"instance\": "
                                        "\"c6i.large\", \"protocol\": \"%s\"}]|", protocols[i]);
        struct run *brief = simulate(b, arena_printf(b->fixture->arena, "%s" FAULT("\"for\": \"30s\""), sets));
        struct run *full = simulate(b, arena_printf(b->fixture->arena, "%s" FAULT("\"for\": \"60s\""), sets));
        assert_int_equal(account_of(brief, 0).duplicated, 0);
        assert_int_equal(brief->pipeline->world.groups[0].rebalances, 0);
        assert_true(account_of(full, 0).duplicated > 0 && account_of(full, 0).duplicated < 400 * 5);
        assert_true(full->pipeline->world.groups[0].rebalances >= 2); /* out, and in again */
        for (int p = 0, there = 0; p < 6; p++) {
            there += full->pipeline->world.groups[0].partitions[p].consumer->instance == 1;
            if (p == 5) assert_int_equal(there, 3);
        }
        assert_int_equal(account_of(brief, 0).lost + account_of(full, 0).lost, 0);
        assert_true(fault_of(full, 0)->cleared != SIM_NEVER);
        assert_adds_up(brief);
        assert_adds_up(full);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_cut_leader_loses_what_it_takes, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_brief_cut_loses_nothing, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(all_in_sync_lose_nothing, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(consumers_are_out_when_their_session_is, bench_set_up, bench_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
