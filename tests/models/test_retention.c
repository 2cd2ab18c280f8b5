/* Retention inside the run: whole segments go, and who had not read them finds out. */
#include "pipeline_fixture.h"

#include "group.h"
#include "segments.h"

/* Two partitions of 300 records/s each of 400 B, uncompressed; segments of 1 MiB; a check every 10 s. */
static const char small_log[] =
    "{\n"
    "  \"name\": \"log\",\n"
    "  \"run\": {\"duration\": \"6m\", \"warmup\": \"10s\", \"replications\": 1, \"resolution\": \"request\"},\n"
    "  \"workload\": [{\"stream\": \"views\", \"rate\": \"600/s\", \"event\": {\"size\": \"400 B\"}}],\n"
    "  \"producers\": [{\"name\": \"web\", \"sends\": [\"views\"], \"to\": \"events\", \"instances\": 1,\n"
    "                 \"config\": {\"linger.ms\": 20}}],\n"
    "  \"cluster\": {\"brokers\": 3, \"instance\": \"m7g.large\", \"storage\": {\"size\": \"100 GiB\"},\n"
    "              \"config\": {\"log.retention.check.interval.ms\": 10000, \"log.segment.bytes\": 1048576}},\n"
    "  \"topics\": [{\"name\": \"events\", \"partitions\": 2, \"replication\": 3, \"retention\": \"1m\"}],\n"
    "  \"groups\": [{\"name\": \"slow\", \"reads\": \"events\", \"instances\": 1, \"instance\": \"c6i.large\",\n"
    "              \"config\": {\"auto.offset.reset\": \"earliest\"}}],\n"
    "  \"faults\": [{\"id\": \"stop\", \"at\": \"1m\", \"kind\": \"restart_group\", \"group\": \"slow\", \"for\": \"3m\"}]\n"
    "}\n";

static struct run *simulate_log(struct bench *b, const char *sets)
{
    struct run *r = simulate_text(b, small_log, "", sets);
    assert_adds_up(r);
    return r;
}

static const struct partition *partition(const struct run *r, int i)
{
    return &r->pipeline->world.cluster.partitions[i];
}

/* The same run, stopped when the group has just come back: what it had read, and where the log then began. */
static struct run *at_its_return(struct bench *b)
{
    return simulate_log(b, "groups.slow.config={\"auto.offset.reset\": \"none\"}|run.duration=245s");
}

/* The log holds the last minute, in whole segments of at most 1 MiB, and everything that the group had not read of what went is
 * lost to it: nothing else. */
static void earliest_skips_the_deleted_segments(void **state)
{
    struct run *r = simulate_log(*state, ""), *then = at_its_return(*state);
    const struct group *g = &r->pipeline->world.groups[0], *was = &then->pipeline->world.groups[0];
    for (int i = 0; i < 2; i++) {
        const struct partition *p = partition(r, i);
        assert_int_equal(g->partitions[i].lost_by[LOST_RETENTION],
                         partition(then, i)->segments.start - was->partitions[i].position.offset);
        const struct log_segments *s = &p->segments;
        assert_true(s->start > 0);
        for (uint32_t j = 0; j < s->count; j++) {
            const struct log_segment *segment = &s->closed[(s->head + j) & (s->capacity - 1)];
            assert_true(segment->bytes <= 1048576 && segment->bytes > 1048576 - 20000);
            /* Nothing is left that was a minute old at the last check. */
            assert_true(segment->newest >= 350 * SIM_S - 60 * SIM_S);
        }
        assert_int_equal(g->partitions[i].gone, 0);
    }
    const int64_t lost = lost_by(r, 0, LOST_RETENTION);
    assert_true(lost > 0);
    assert_int_equal(account_of(r, 0).lost, lost);
    /* It had read up to where it stopped, at 60 s, and came back at 240 s (and 3.2 s). What went by then is older than a minute at 240 s, in segments of 8.5 s or so: 110 to 120 s of 600 records. */
    assert_near((double)lost, 600 * 115, 600 * 7);
    assert_int_equal(g->out_of_range, 2);
    assert_int_equal(account_of(r, 0).duplicated, 0); /* it had committed when it stopped */
    assert_less((double)group_lag(g), 600);
}

/* Where it comes back is the high watermark: all that came while it was away is lost, part to retention, part to the reset. */
static void latest_skips_the_whole_backlog(void **state)
{
    struct run *earliest = simulate_log(*state, "");
    struct run *r = simulate_log(*state, "groups.slow.config={\"auto.offset.reset\": \"latest\"}");
    assert_int_equal(lost_by(r, 0, LOST_RETENTION), lost_by(earliest, 0, LOST_RETENTION));
    const double away_s = 180 + 3.2;
    assert_near((double)(lost_by(r, 0, LOST_RETENTION) + lost_by(r, 0, LOST_OFFSET_RESET)), 600 * away_s, 600 * 1);
    assert_int_equal(account_of(r, 0).lost, lost_by(r, 0, LOST_RETENTION) + lost_by(r, 0, LOST_OFFSET_RESET));
    assert_less(histogram_max(times_of(r, END_TO_END, 0, false)), 1); /* nothing old was read */
    assert_less(50, histogram_max(times_of(earliest, END_TO_END, 0, false)));
}

static void none_ends_the_group(void **state)
{
    struct run *r = simulate_log(*state, "groups.slow.config={\"auto.offset.reset\": \"none\"}");
    const struct group *g = &r->pipeline->world.groups[0];
    assert_true(g->died && !g->running);
    assert_int_equal(g->out_of_range, 1);
    assert_near((double)account_of(r, 0).delivered, 600 * 60, 600 * 1);
    for (int i = 0; i < 2; i++) /* all that has gone since is lost to it, to the record */
        assert_int_equal(g->partitions[i].lost, partition(r, i)->segments.start - g->partitions[i].delivered);
    int64_t held = 0;
    for (int i = 0; i < 2; i++) held += logcurve_end(&partition(r, i)->log) - segments_start(partition(r, i));
    assert_near((double)account_of(r, 0).in_flight, (double)held, 60);
}

/* A group that comes back in time loses nothing, and one at the tail does not notice. */
static void in_time_is_in_time(void **state)
{
    struct run *r = simulate_log(*state, "faults.stop.for=40s");
    assert_int_equal(account_of(r, 0).lost, 0);
    assert_int_equal(r->pipeline->world.groups[0].out_of_range, 0);
    assert_true(partition(r, 0)->segments.start > 0);
}

/* By size: what goes is what the log can do without and still hold that much. */
static void by_size(void **state)
{
    struct run *r = simulate_log(*state, "topics.events.retention=7d|topics.events.config={\"retention.bytes\": 5000000}");
    for (int i = 0; i < 2; i++) {
        const double bytes = segments_bytes(partition(r, i));
        const struct log_segments *s = &partition(r, i)->segments;
        assert_true(s->start > 0 && s->count > 0);
        assert_true(bytes >= 5000000 && bytes < 5000000 + 1048576 + 10 * 300 * 440.0);
        double sum = s->active_bytes;
        for (uint32_t j = 0; j < s->count; j++) sum += s->closed[(s->head + j) & (s->capacity - 1)].bytes;
        assert_near(sum, bytes, 1);
    }
    /* 5 MB are 37 s of it. */
    assert_near((double)lost_by(r, 0, LOST_RETENTION), 600 * 145, 600 * 12);
}

/* Small and slow logs are closed by age. */
static void by_age_of_segments(void **state)
{
    struct run *r = simulate_log(*state, "topics.events.config={\"segment.ms\": 2000, \"segment.bytes\": 1073741824}");
    const struct log_segments *s = &partition(r, 0)->segments;
    assert_true(s->count > 20);
    for (uint32_t j = 1; j < s->count; j++) {
        const sim_time apart = s->closed[(s->head + j) & (s->capacity - 1)].newest - s->closed[(s->head + j - 1) & (s->capacity - 1)].newest;
        assert_near(sim_seconds(apart), 2, 1); /* a sticky partitioner leaves a partition for a while */
    }
}

/* Skips pass records by, and segments with them: the same log at every resolution. */
static void skips_leave_the_same_log(void **state)
{
    const char *sets = "faults=[]|workload.views.rate=60k/s|run.duration=4m";
    struct run *fine = simulate_log(*state, sets);
    struct run *r = simulate_log(*state, arena_printf(((struct bench *)*state)->fixture->arena, "%s|run.resolution=sampled", sets));
    for (int i = 0; i < 2; i++) {
        assert_near(segments_bytes(partition(r, i)), segments_bytes(partition(fine, i)), 0.1 * segments_bytes(partition(fine, i)));
        assert_near((double)partition(r, i)->segments.start, (double)partition(fine, i)->segments.start, 0.02 * 30e3 * 180);
    }
    assert_int_equal(account_of(r, 0).lost, 0);
}

/* Deleted before a consumer that waits for half a second of records has read them: no skip lies between that and its next fetch,
 * after which they would be read all the same. */
static void skips_stop_for_what_is_out_of_range(void **state)
{
#define AT_ONCE                                                                                                        \
    "faults=[]|workload.views.rate=40k/s|run.duration=60s|topics.events.config={\"retention.bytes\": 0}|"              \
    "cluster.config.log.retention.check.interval.ms=1000|groups.slow.config={\"auto.offset.reset\": \"earliest\", "    \
    "\"fetch.min.bytes\": 50000000, \"max.partition.fetch.bytes\": 50000000}|"
    struct run *fine = simulate_log(*state, AT_ONCE "run.resolution=request"), *r = simulate_log(*state, AT_ONCE "run.resolution=sampled");
    assert_less(10000, (double)account_of(r, 0).lost);
    assert_near((double)account_of(r, 0).lost, (double)account_of(fine, 0).lost, 0.35 * (double)account_of(fine, 0).lost); /* by turns with skips */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(earliest_skips_the_deleted_segments, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(latest_skips_the_whole_backlog, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(none_ends_the_group, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(in_time_is_in_time, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(by_size, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(by_age_of_segments, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(skips_leave_the_same_log, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(skips_stop_for_what_is_out_of_range, bench_set_up, bench_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
