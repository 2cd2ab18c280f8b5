/* Tiered storage inside the run: what is copied, what stays local, who reads from where, what a new disk costs. */
#include "pipeline_fixture.h"

#include "cost.h"
#include "group.h"
#include "objectstore.h"
#include "segments.h"
#include "tiered.h"

/* Six partitions of 1,667 records/s each of 1,000 B, uncompressed; segments of 32 MiB; a minute stays local. */
static const char tiered[] =
    "{\n"
    "  \"name\": \"tiered\",\n"
    "  \"run\": {\"duration\": \"10m\", \"warmup\": \"10s\", \"replications\": 1, \"resolution\": \"request\"},\n"
    "  \"workload\": [{\"stream\": \"views\", \"rate\": \"10k/s\", \"event\": {\"size\": \"1000 B\"}}],\n"
    "  \"producers\": [{\"name\": \"web\", \"sends\": [\"views\"], \"to\": \"events\", \"instances\": 1, \"partitioner\": \"sticky\",\n"
    "                 \"config\": {\"linger.ms\": 50, \"batch.size\": 131072}}],\n"
    "  \"cluster\": {\"brokers\": 3, \"instance\": \"m7g.large\", \"storage\": {\"size\": \"100 GiB\"},\n"
    "              \"config\": {\"log.segment.bytes\": 33554432, \"log.retention.check.interval.ms\": 10000,\n"
    "                         \"remote.log.storage.system.enable\": true}},\n"
    "  \"topics\": [{\"name\": \"events\", \"partitions\": 6, \"replication\": 3, \"retention\": \"1h\",\n"
    "              \"config\": {\"remote.storage.enable\": true, \"local.retention.ms\": 60000}}],\n"
    "  \"groups\": [{\"name\": \"slow\", \"reads\": \"events\", \"instances\": 2, \"instance\": \"c6i.large\",\n"
    "              \"config\": {\"auto.offset.reset\": \"earliest\"}}],\n"
    "  \"faults\": [{\"id\": \"stop\", \"at\": \"1m\", \"kind\": \"restart_group\", \"group\": \"slow\", \"for\": \"5m\"}]\n"
    "}\n";
#define UNTIERED "topics.events.config={}"
#define LOST_DISK "faults=[{\"id\": \"disk\", \"kind\": \"broker_down\", \"broker\": 0, \"at\": \"6m\", \"for\": \"20s\", \"data_lost\": true}]"

static struct run *simulate_tiered(struct bench *b, const char *sets)
{
    struct run *r = simulate_text(b, tiered, "", sets);
    assert_adds_up(r);
    return r;
}

static struct world *world_of(const struct run *r)
{
    return &r->pipeline->world;
}

static const struct partition *partition(const struct run *r, int i)
{
    return &world_of(r)->cluster.partitions[i];
}

/* All that is closed for longer than a round of copying is in the object store, and what is there alone is not local. */
static void closed_segments_are_copied(void **state)
{
    struct run *r = simulate_tiered(*state, "faults=[]");
    const struct tiered_counts counts = tiered_counts(world_of(r));
    double copied = 0;
    int64_t segments = 0;
    for (int i = 0; i < 6; i++) {
        const struct partition *p = partition(r, i);
        double remote_only = 0;
        for (uint32_t j = 0; j < p->segments.count; j++) {
            const struct log_segment *s = segments_closed(p, j);
            if (s->end <= p->tiered.copied_to) {
                copied += s->bytes;
                segments++;
            } else {
                assert_true(s->newest >= 600 * SIM_S - 60 * SIM_S); /* 20 s to fill, 30 s to the next look, and the copy */
            }
            if (s->end <= p->tiered.local_start) remote_only += s->bytes;
        }
        assert_int_equal(p->segments.start, 0);
        assert_true(p->tiered.local_start > 0 && p->tiered.local_start <= p->tiered.copied_to);
        assert_near(p->tiered.remote_only_bytes, remote_only, 1);
        /* A minute, the segment that holds its beginning, the time to the next check. */
        assert_true(segments_local_bytes(p) >= 1667 * 1000.0 * 60 && segments_local_bytes(p) < 1667 * 1040.0 * (60 + 10 + 21));
    }
    assert_int_equal(counts.segments, segments);
    assert_near(counts.copied_bytes, copied, 1);
    assert_int_equal(counts.puts, segments * (objectstore_put_requests(33554432) + 1));
    assert_true(segments > 150 && counts.reads == 0);
}

/* What brokers hold: volumes count what is local. */
static void volumes_hold_what_is_local(void **state)
{
    struct run *with = simulate_tiered(*state, "faults=[]"), *without = simulate_tiered(*state, "faults=[]|" UNTIERED);
    for (int b = 0; b < 3; b++) {
        double local = 0;
        for (int i = 0; i < 6; i++) local += segments_local_bytes(partition(with, i));
        assert_near(world_of(with)->cluster.brokers[b].volume.held_bytes, local, 0.1 * local);
        assert_near(world_of(without)->cluster.brokers[b].volume.held_bytes, 1e4 * 1010 * 600.0, 0.06 * 1e4 * 1010 * 600);
    }
    assert_int_equal(tiered_counts(world_of(without)).segments, 0);
}

/* A group that was away for five minutes gets all of it, what was local no more from the object store. Brokers whose cache holds 4.8 GB
 * of 10 GB read the same from their disks, where nothing is tiered. */
static void late_readers_read_remotely(void **state)
{
    const char *sets = "workload.views.rate=30k/s|cluster.storage.throughput=400 MB/s";
    struct arena *arena = ((struct bench *)*state)->fixture->arena;
    struct run *r = simulate_tiered(*state, sets);
    struct run *local = simulate_tiered(*state, arena_printf(arena, "%s|%s", sets, UNTIERED));
    const struct tiered_counts counts = tiered_counts(world_of(r));
    assert_int_equal(account_of(r, 0).lost, 0);
    assert_int_equal(account_of(r, 0).duplicated, 0);
    assert_less((double)group_lag(&world_of(r)->groups[0]), 30000);
    /* It came back at 360 s; all but a minute was remote then, and local retention goes on while it catches up. */
    const double away = 30e3 * 1010 * 300;
    assert_true(counts.read_bytes > 0.7 * away && counts.read_bytes < away * (600 - 60) / 300);
    assert_true(counts.reads >= counts.read_bytes / 1048576 && counts.reads < 3 * counts.read_bytes / 1048576);
    double cold = 0;
    for (int b = 0; b < 3; b++) {
        assert_true(world_of(r)->cluster.brokers[b].cold_bytes == 0);
        cold += world_of(local)->cluster.brokers[b].cold_bytes;
    }
    assert_true(cold > 0.2 * away);
}

static double recovered_s(const struct run *r)
{
    const struct fault_row *row = fault_first(world_of(r), 0);
    assert_true(row->recovered != SIM_NEVER);
    return sim_seconds(row->recovered - row->at);
}

/* A broker with a new disk copies what is local of its replicas: a minute and not six. */
static void recovery_copies_what_is_local(void **state)
{
    const char *sets = LOST_DISK "|cluster.storage={\"type\": \"local\", \"size\": \"100 GiB\", \"throughput\": \"60 MB/s\", \"iops\": 3000}";
    struct arena *arena = ((struct bench *)*state)->fixture->arena;
    struct run *with = simulate_tiered(*state, sets);
    struct run *without = simulate_tiered(*state, arena_printf(arena, "%s|%s", sets, UNTIERED));
    const double start_s = 20, local = 1e4 * 1010 * 75, all = 1e4 * 1010 * 380;
    /* 60 MB/s, of which what is written meanwhile takes 10. */
    assert_near(recovered_s(with) - start_s, local / 50e6, 0.6 * local / 50e6);
    assert_near(recovered_s(without) - start_s, all / 50e6, 0.35 * all / 50e6);
    assert_less(2.5 * (recovered_s(with) - start_s), recovered_s(without) - start_s);
}

/* What could not be copied is not deleted: while the object store is down, logs stay local. */
static void nothing_goes_that_is_not_copied(void **state)
{
    struct run *r = simulate_tiered(
        *state, "faults=[{\"id\": \"store\", \"kind\": \"object_store_down\", \"at\": \"2m\", \"for\": \"7m\"}]|run.duration=9m");
    for (int i = 0; i < 6; i++) {
        const struct partition *p = partition(r, i);
        assert_true(p->tiered.local_start <= p->tiered.copied_to);
        assert_true(segments_local_bytes(p) > 1667 * 1000.0 * 400);
    }
    struct run *after = simulate_tiered(
        *state, "faults=[{\"id\": \"store\", \"kind\": \"object_store_down\", \"at\": \"2m\", \"for\": \"5m\"}]");
    for (int i = 0; i < 6; i++) assert_true(segments_local_bytes(partition(after, i)) < 1667 * 1040.0 * 92);
}

/* No answer waits for longer than remote.fetch.max.wait.ms, and what was read in vain is read again. */
static void reads_may_be_late(void **state)
{
    struct arena *arena = ((struct bench *)*state)->fixture->arena;
    const char *config = "cluster.config={\"log.segment.bytes\": 33554432, \"log.retention.check.interval.ms\": 10000, "
                         "\"remote.log.storage.system.enable\": true, \"remote.fetch.max.wait.ms\": %d}";
    struct run *patient = simulate_tiered(*state, arena_printf(arena, config, 500));
    struct run *hasty = simulate_tiered(*state, arena_printf(arena, config, 40));
    const struct tiered_counts few = tiered_counts(world_of(patient)), many = tiered_counts(world_of(hasty));
    assert_true(few.reads_late < 0.01 * few.reads);
    assert_true(many.reads_late > 0.3 * many.reads);
    assert_true(many.reads > few.reads);
    assert_int_equal(account_of(hasty, 0).lost, 0);
}

/* copy.max.bytes.per.second: 1 MB/s a broker, of the 3.4 MB/s that its partitions take. */
static void copies_are_throttled(void **state)
{
    struct run *r = simulate_tiered(*state, "faults=[]|cluster.config={\"log.segment.bytes\": 33554432, \"remote.log.storage.system.enable\": "
                                            "true, \"remote.log.manager.copy.max.bytes.per.second\": 1000000}");
    const double copied = tiered_counts(world_of(r)).copied_bytes;
    assert_less(copied, 3 * 1e6 * 600.0 * 1.05);
    assert_less(3 * 1e6 * 600.0 * 0.6, copied);
}

/* Skipped time is copied as well, and costs the same. */
static void skips_are_copied(void **state)
{
    const char *sets = "faults=[]|workload.views.rate=40k/s|run.duration=4m";
    struct run *fine = simulate_tiered(*state, sets);
    struct run *r = simulate_tiered(*state, arena_printf(((struct bench *)*state)->fixture->arena, "%s|run.resolution=sampled", sets));
    const double whole = tiered_counts(world_of(fine)).copied_bytes;
    assert_near(tiered_counts(world_of(r)).copied_bytes, whole, 0.05 * whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(closed_segments_are_copied, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(volumes_hold_what_is_local, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(late_readers_read_remotely, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(recovery_copies_what_is_local, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(nothing_goes_that_is_not_copied, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(reads_may_be_late, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(copies_are_throttled, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(skips_are_copied, bench_set_up, bench_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
