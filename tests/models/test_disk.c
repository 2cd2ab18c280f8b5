/* The disk's two queues, the page cache, and a reader of old records beside producers. */
#include "pipeline_fixture.h"

#include "disk.h"

#define MB 1e6

/* Three brokers that lead a partition each, one replica; 4 GiB of memory, so 2.4 GiB of cache and 0.8 GiB of dirty pages. */
static const char one_disk[] =
    "{\n"
    "  \"name\": \"disk\",\n"
    "  \"run\": {\"duration\": \"140s\", \"warmup\": \"10s\", \"replications\": 1, \"resolution\": \"request\"},\n"
    "  \"workload\": [{\"stream\": \"frames\", \"rate\": \"360k/s\", \"key\": \"camera\", \"event\": {\"size\": \"1 KB\"}}],\n"
    "  \"keys\": {\"camera\": {\"population\": 100000}},\n"
    "  \"producers\": [{\"name\": \"web\", \"sends\": [\"frames\"], \"to\": \"events\", \"instances\": 3,\n"
    "                 \"config\": {\"linger.ms\": 50, \"acks\": \"1\", \"batch.size\": 1000000, \"buffer.memory\": 1000000000000}}],\n"
    "  \"cluster\": {\"brokers\": 3, \"instance\": \"c6i.large\", \"network\": \"10 GB/s\",\n"
    "              \"storage\": {\"type\": \"local\", \"size\": \"4 TiB\", \"throughput\": \"160 MB/s\", \"iops\": 100000}},\n"
    "  \"topics\": [{\"name\": \"events\", \"partitions\": 3, \"replication\": 1}],\n"
    "  \"groups\": [{\"name\": \"late\", \"reads\": \"events\", \"instances\": 3, \"instance\": \"c6i.8xlarge\", \"network\": \"10 GB/s\",\n"
    "              \"config\": {\"auto.offset.reset\": \"earliest\", \"max.partition.fetch.bytes\": 10000000}}],\n"
    "  \"faults\": [{\"id\": \"stop\", \"at\": \"30s\", \"kind\": \"restart_group\", \"group\": \"late\", \"for\": \"45s\"}]\n"
    "}\n";

static struct run *new_run(struct bench *b, const char *sets)
{
    return run_new(b, scenario_with(b, one_disk, sets), calibration_with(b, COST("disk.read", "ms", 0.001)));
}

static struct run *simulate_disk(struct bench *b, const char *sets)
{
    struct run *r = new_run(b, sets);
    pipeline_run(r->pipeline, NULL, NULL, NULL);
    assert_adds_up(r);
    return r;
}

static void two_queues_share_a_disk(void **state)
{
    struct run *r = new_run(*state, "cluster.storage.throughput=100 MB/s");
    struct world *w = &r->pipeline->world;
    struct broker *b = &w->cluster.brokers[0];
    assert_true(disk_write(w, b, 0, 10 * MB) == 0); /* a writer does not wait for the disk */
    assert_near(sim_seconds(disk_read(b, 0, 5 * MB, 1)), 0.100, 2e-6);
    assert_near(sim_seconds(link_backlog(&b->disk, 100 * SIM_MS)), 0.050, 1e-6);
    assert_near(sim_seconds(disk_read(b, 120 * SIM_MS, 1 * MB, 1)), 0.140, 2e-6);
    assert_near(sim_seconds(disk_read(b, 120 * SIM_MS, 4 * MB, 1)), 0.120 + 0.080, 2e-6); /* 3 MB of writes share, 2 do not */
    assert_near(sim_seconds(disk_read(b, 400 * SIM_MS, 1 * MB, 1)), 0.410, 2e-6);
    assert_near(b->cold_bytes, 11 * MB, 1);
}

/* Past a fifth of memory writers wait until there is room: at the whole throughput, or at half of it beside a reader. */
static void writers_wait_at_the_dirty_limit(void **state)
{
    struct run *r = new_run(*state, "cluster.storage.throughput=100 MB/s");
    struct world *w = &r->pipeline->world;
    struct broker *alone = &w->cluster.brokers[0], *beside = &w->cluster.brokers[1];
    const double limit = 0.2 * w->scenario->cluster.instance_memory_bytes;
    assert_true(disk_write(w, alone, 0, limit) == 0);
    assert_near(sim_seconds(disk_write(w, alone, 0, 20 * MB)), 0.2, 1e-6);
    disk_read(beside, 0, 1000 * MB, 1);
    assert_true(disk_write(w, beside, 0, limit) == 0);
    assert_near(sim_seconds(disk_write(w, beside, 0, 20 * MB)), 0.4, 1e-6);
}

/* What the cache holds is what came in last: 2.4 GiB at 120 MB/s. */
static void the_cache_is_as_old_as_it_is_large(void **state)
{
    struct run *r = simulate_disk(*state, "faults=[]|run.duration=60s");
    const struct world *w = &r->pipeline->world;
    for (int i = 0; i < 3; i++) {
        const struct broker *b = &w->cluster.brokers[i];
        assert_near(b->cache.bytes, 0.6 * 4 * 0x1p30, 1);
        assert_near(sim_seconds(w->data.now - b->cache.since), b->cache.bytes / (b->appended_bytes / 60), 1.5);
        assert_true(b->cold_bytes == 0); /* the tail is always there */
    }
    /* Longer than the run so far: as if it had been like this before. */
    r = simulate_disk(*state, "faults=[]|run.duration=12s");
    const struct broker *b = &r->pipeline->world.cluster.brokers[0];
    assert_near(sim_seconds(r->pipeline->world.data.now - b->cache.since), b->cache.bytes / (b->appended_bytes / 12), 1);
}

/* 45 s of 120 MB/s are 5.4 GB, of which half is cached: a group that comes back reads from disk, and takes half of it. What is
 * left to writes, 80 of 160 MB/s, is less than producers send: they are held to it when dirty pages are at their limit. */
static void a_late_reader_slows_producers(void **state)
{
    struct run *until = simulate_disk(*state, "run.duration=110s"), *r = simulate_disk(*state, "");
    for (int i = 0; i < 3; i++) {
        const struct broker *b = &r->pipeline->world.cluster.brokers[i], *before = &until->pipeline->world.cluster.brokers[i];
        /* The disk does all it can, and the reader, who asks anew only when it has an answer, has a little less than half. */
        const double read = (b->cold_bytes - before->cold_bytes) / 30, written = (b->appended_bytes - before->appended_bytes) / 30;
        assert_near(read, 76 * MB, 5 * MB);
        assert_near(read + written, 160 * MB, 2 * MB);
    }
}

/* A group that comes back while the cache still holds what it missed costs the disk nothing. */
static void a_short_absence_reads_no_disk(void **state)
{
    struct run *r = simulate_disk(*state, "faults.stop.for=10s|run.duration=60s");
    for (int i = 0; i < 3; i++) assert_true(r->pipeline->world.cluster.brokers[i].cold_bytes == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(two_queues_share_a_disk, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(writers_wait_at_the_dirty_limit, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(the_cache_is_as_old_as_it_is_large, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_late_reader_slows_producers, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_short_absence_reads_no_disk, bench_set_up, bench_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
