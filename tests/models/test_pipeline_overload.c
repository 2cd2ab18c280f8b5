/* test_pipeline_overload.c: a full buffer, and what becomes of the records that find no room. */
#include "pipeline_fixture.h"

/* Two of three replicas down for 20 s: nothing can be written, and 400 kB of buffer hold some seconds. */
#define FULL                                                                                                           \
    "run.duration=90s|cluster.config.min.insync.replicas=2|cluster.config.log.segment.bytes=1048576|"                  \
    "producers[0].config.buffer.memory=400000|"                                                                        \
    "faults=[{\"id\": \"a\", \"kind\": \"broker_down\", \"broker\": 1, \"at\": \"20s\", \"for\": \"20s\", \"clean\": true},"        \
    "{\"id\": \"b\", \"kind\": \"broker_down\", \"broker\": 2, \"at\": \"20s\", \"for\": \"20s\", \"clean\": true}]|"
#define SPILL FULL "producers[0].on_overload=spill|"

static int64_t rejected_by(const struct run *r, enum reject_reason why)
{
    assert_int_equal(r->pipeline->world.rejected, r->pipeline->world.rejected_by[why]); /* and nothing else */
    return r->pipeline->world.rejected;
}

static void assert_all_delivered(const struct run *r)
{
    struct pipeline_account a = account_of(r, 0);
    assert_adds_up(r);
    assert_int_equal(a.rejected, 0);
    assert_int_equal(a.lost, 0);
    assert_int_equal(a.duplicated, 0);
    for (int i = 0; i < r->pipeline->world.fleets[0].n; i++) assert_int_equal(r->pipeline->world.fleets[0].instances[i].spilled, 0);
    assert_true(a.in_flight < 2000); /* a second's, at the end of the run */
}

static void a_spill_drains_what_was_spilled(void **state)
{
    struct bench *b = *state;
    struct run *spill = simulate(b, SPILL "producers[0].spill_size=1 GiB");
    struct run *record = simulate(b, SPILL "producers[0].spill_size=1 GiB|run.resolution=record");
    assert_all_delivered(spill);
    assert_all_delivered(record);
    const double spilled = (double)spill->pipeline->world.spilled;
    assert_true(spilled > 2000 * 10);
    assert_near((double)record->pipeline->world.spilled, spilled, 0.1 * spilled);
    /* delivery.timeout.ms counts from the buffer, not from the spill. */
    struct run *quick = simulate(b, SPILL "producers[0].spill_size=1 GiB|producers[0].config.request.timeout.ms=2000|"
                                          "producers[0].config.delivery.timeout.ms=30000|producers[0].spill_throughput=500 KiB/s");
    assert_all_delivered(quick);
}

static void a_full_spill_refuses_the_newest(void **state)
{
    struct bench *b = *state;
    struct run *all = simulate(b, SPILL "producers[0].spill_size=1 GiB");
    /* Events of 400 B: 2,500 records an instance. */
    struct run *some = simulate(b, SPILL "producers[0].spill_size=1000000 B");
    assert_adds_up(some);
    const struct world *w = &some->pipeline->world;
    assert_true(w->spill_bytes_peak <= 1000000 && w->spill_bytes_peak > 999000);
    const double rejected = (double)rejected_by(some, REJECT_SPILL_FULL);
    const double spilled = (double)all->pipeline->world.spilled;
    /* What is not refused was spilled, but for some that come while the full spill drains. */
    assert_near(rejected + (double)w->spilled, spilled, 0.1 * spilled);
    assert_near(rejected, spilled - 3 * 2500, 0.15 * spilled);
    /* A disk that writes 50 records a look takes them at 500 a second of the 667 that come. */
    struct run *slow = simulate(b, SPILL "producers[0].spill_size=1 GiB|producers[0].spill_throughput=200000 B/s");
    assert_adds_up(slow);
    assert_true(rejected_by(slow, REJECT_SPILL_FULL) > 0);
}

static void drop_refuses_what_comes_while_there_is_no_room(void **state)
{
    struct bench *b = *state;
    struct run *spill = simulate(b, SPILL "producers[0].spill_size=1 GiB|producers[0].spill_throughput=1 GiB/s");
    struct run *drop = simulate(b, FULL "producers[0].on_overload=drop");
    struct run *record = simulate(b, FULL "producers[0].on_overload=drop|run.resolution=record");
    struct run *block = simulate(b, FULL "producers[0].config.max.block.ms=3000");
    assert_adds_up(drop);
    assert_adds_up(record);
    const double dropped = (double)rejected_by(drop, REJECT_DROPPED), blocked = (double)rejected_by(block, REJECT_BUFFER_FULL);
    assert_near((double)rejected_by(record, REJECT_DROPPED), dropped, 0.05 * dropped);
    /* Nobody waits for room, so what is dropped came before there was any; more is spilled, as the spill has to drain first. */
    assert_less(dropped, (double)spill->pipeline->world.spilled);
    /* Those that block are refused 3 s later, so the last 3 s of them find room. */
    assert_near(blocked, dropped - 3 * 2000, 0.1 * dropped);
    /* What is delivered waited for no disk. */
    assert_less(quantile_of(drop, PRODUCE, 0, 0.5), 0.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_spill_drains_what_was_spilled, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_full_spill_refuses_the_newest, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(drop_refuses_what_comes_while_there_is_no_room, bench_set_up, bench_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
