/* What members restore before they read partitions that others, or their own former processes, had read. */
#include "pipeline_fixture.h"

#include "duplicates.h"
#include "group.h"
#include "processor.h"

/* Instance 1 of two dies, and with it who read three of six partitions. */
#define CRASH                                                                                                                                \
    "run.duration=140s|run.warmup=5s|run.resolution=sampled|groups.count.does.dedup=16s|groups.count.config.session.timeout.ms=6000|"       \
    "faults=[{\"id\": \"crash\", \"at\": \"40s\", \"kind\": \"consumer_crash\", \"group\": \"count\", \"instance\": 1, \"for\": \"%s\"}]|%s"
#define THROUGHPUT 20e3 /* bytes a second; so that it can be told from the rest */

static struct run *crashed(struct bench *b, bool slow, const char *lasts, const char *sets)
{
    return simulate_with(b, slow ? COST("object_store.get.throughput", "bytes/s", 20000) : COST("object_store.get.throughput", "bytes/s", 1000000000),
                         arena_printf(b->fixture->arena, CRASH, lasts, sets));
}

static double stopped_s(const struct run *r)
{
    return sim_seconds((sim_time)r->pipeline->world.groups[0].lag.stopped_ns);
}

/* Half of the state moves. Partitions wait for it: three when they are taken over, three again when they are given back; and
 * those of who takes over wait with them where all are stopped. */
static void what_moves_is_restored(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *lasts, *sets;
        int waiting;
    } cases[] = {
        {"10m", "groups.count.checkpoint=10s", 3},
        {"60s", "groups.count.checkpoint=10s", 3 + 3},
        {"10m", "groups.count.checkpoint=10s|groups.count.protocol=classic", 3 + 3},
        {"10m", "groups.count.checkpoint=10s|groups.count.protocol=classic|groups.count.config.partition.assignment.strategy=cooperative-sticky", 3},
        {"10m", "groups.count.checkpoint=0s", 0}, /* there is nothing to restore from */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct run *slow = crashed(b, true, cases[i].lasts, cases[i].sets), *fast = crashed(b, false, cases[i].lasts, cases[i].sets);
        assert_adds_up(slow);
        assert_true(group_is_settled(&slow->pipeline->world.groups[0]));
        const double each = processor_counts(&fast->pipeline->world.groups[0]).state_bytes_max / 2 / THROUGHPUT;
        if (cases[i].waiting > 0) assert_less(10, each);
        assert_near(stopped_s(slow) - stopped_s(fast), cases[i].waiting * each, 0.1 * cases[i].waiting * each + 0.5);
    }
}

/* A copy comes 5 s after its first. Where the ids were in the dead process alone, those whose first it had seen in its last 5 s pass:
 * of half of the traffic, and of all copies of 135 s. */
static void without_checkpoints_ids_are_gone(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *sets;
        double standing;
    } cases[] = {{"groups.count.checkpoint=10s", 0}, {"groups.count.checkpoint=0s", 0.5 * 5 / 135}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct run *r = crashed(b, false, "10m",
                                arena_printf(b->fixture->arena, "workload[0].duplicates={\"share\": \"10%%\", \"after\": \"5s\"}|%s",
                                             cases[i].sets));
        const struct duplicates_split split = duplicates_split(&r->pipeline->world.groups[0]);
        assert_near((double)split.standing / (double)(split.standing + split.removed), cases[i].standing, 0.3 * cases[i].standing);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_moves_is_restored),
        TEST(without_checkpoints_ids_are_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
