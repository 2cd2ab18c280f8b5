/* Where records go under each partitioner: against the partitioner itself, and what a split key does to windows. */
#include "pipeline_fixture.h"

#include "event.h"
#include "partition.h"
#include "philox.h"
#include "population.h"
#include "processor.h"

enum { POPULATION = 3000, PARTITIONS = 12 };
#define ZIPF 1.1
#define BASE "keys.user.zipf=1.1|topics[0].partitions=12|"

static const struct population *population_by(struct bench *b, const char *partitioner, const char *sets)
{
    const char *all = arena_printf(b->fixture->arena, BASE "%sproducers[0].partitioner=%s", sets, partitioner);
    return blueprint_new(scenario_with(b, base_system, all), calibration_with(b, ""), b->fixture->arena)->populations[0];
}

static double zipf_shares(double shares[POPULATION + 1])
{
    double sum = 0;
    for (int rank = 1; rank <= POPULATION; rank++) sum += shares[rank] = 1 / pow(rank, ZIPF);
    for (int rank = 1; rank <= POPULATION; rank++) shares[rank] /= sum;
    return sum;
}

static struct partitioner *fresh(const struct partition_rule *rule, struct arena *arena)
{
    return partition_new(arena, rule, &(struct partition_config){.partitions = PARTITIONS, .sticky_batch_bytes = 16384});
}

static int choose(struct partitioner *partitioner, int64_t rank)
{
    char key[EVENT_KEY_BYTES_MAX];
    const size_t n = event_key((uint64_t)rank, key);
    return partition_choose(partitioner, key, n, NULL);
}

static void keys_stay_together(void **state)
{
    struct bench *b = *state;
    double shares[POPULATION + 1];
    zipf_shares(shares);
    int seen = 0;
    for (int i = 0; i < PARTITION_RULES_N; i++) {
        const struct partition_rule *rule = &partition_rules[i];
        const struct population *p = population_by(b, rule->name, "");
        if (i == PARTITION_STICKY) {
            assert_null(p); /* they wait for a batch */
            continue;
        }
        assert_string_equal(population_partitioner(p), rule->name); /* the rows of the language are in their order */
        double sum = 0, wanted[PARTITIONS] = {0};
        for (int q = 0; q < PARTITIONS; q++) sum += p->partition_shares[q];
        assert_near(sum, 1, 1e-9);
        if (rule->keys == KEYS_IGNORED) {
            for (int q = 0; q < PARTITIONS; q++) assert_near(p->partition_shares[q], 1.0 / PARTITIONS, 1e-12);
            assert_int_equal(p->followed_n, 0);
        }
        if (rule->keys != KEYS_TOGETHER) continue;
        struct partitioner *partitioner = fresh(rule, b->fixture->arena);
        for (int rank = 1; rank <= POPULATION; rank++) wanted[choose(partitioner, rank)] += shares[rank];
        for (int q = 0; q < PARTITIONS; q++) assert_near(p->partition_shares[q], wanted[q], 1e-9);
        assert_null(p->partial);
        seen++;
    }
    assert_int_equal(seen, 9);
}

static void without_keys(void **state)
{
    struct bench *b = *state;
#define KEYLESS "workload[0].key=null|"
    static const char *const anywhere[] = {"murmur2_random", "consistent_random", "fnv1a_random", "roundrobin", "random"};
    static const char *const one[] = {"consistent", "murmur2_hashed", "fnv1a"};
    static const char *const waits[] = {"murmur2", "sticky", "jump", "maglev", "two_choices", "salted"};
    for (size_t i = 0; i < sizeof anywhere / sizeof *anywhere; i++)
        assert_near(population_by(b, anywhere[i], KEYLESS)->skew_max_over_mean, 1, 1e-12);
    for (size_t i = 0; i < sizeof one / sizeof *one; i++) {
        const struct population *p = population_by(b, one[i], KEYLESS);
        assert_near(p->partition_shares[partition_choose(fresh(p->rule, b->fixture->arena), "", 0, NULL)], 1, 0);
    }
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) assert_null(population_by(b, waits[i], KEYLESS));
}

/* The partitioner itself, on records drawn at random. */
static void draw(const struct population *p, double wanted[PARTITIONS], double first_key[PARTITIONS], struct arena *arena)
{
    enum { RECORDS = 1000000 };
    double shares[POPULATION + 1], sums[POPULATION + 1] = {0}, of_first = 0;
    struct philox philox = philox_named(1, "test/population");
    struct partitioner *partitioner = fresh(p->rule, arena);
    zipf_shares(shares);
    for (int rank = 1; rank <= POPULATION; rank++) sums[rank] = sums[rank - 1] + shares[rank];
    for (int i = 0; i < RECORDS; i++) {
        const double u = (double)(philox_next_u64(&philox) >> 11) * 0x1p-53 * sums[POPULATION];
        int low = 1, high = POPULATION;
        while (low < high) {
            const int middle = (low + high) / 2;
            if (sums[middle] > u)
                high = middle;
            else
                low = middle + 1;
        }
        const int q = choose(partitioner, low);
        wanted[q] += 1.0 / RECORDS;
        first_key[q] += low == 1;
        of_first += low == 1;
    }
    for (int q = 0; q < PARTITIONS; q++) first_key[q] /= of_first;
}

static void keys_are_split(void **state)
{
    struct bench *b = *state;
    double shares[POPULATION + 1];
    zipf_shares(shares);
    const double unsplit = population_by(b, "murmur2", "")->skew_max_over_mean;
    static const char *const splitting[] = {"two_choices", "salted"};
    static const int most_parts[] = {2, 8};
    for (int i = 0; i < 2; i++) {
        const struct population *p = population_by(b, splitting[i], "");
        double wanted[PARTITIONS] = {0}, first_key[PARTITIONS] = {0}, of_first = 0, all = 0;
        draw(p, wanted, first_key, b->fixture->arena);
        for (int q = 0; q < PARTITIONS; q++) assert_near(p->partition_shares[q], wanted[q], 0.01 * wanted[q] + 1e-3);
        int parts = 0;
        for (int k = 0; k < p->followed_n; k++) {
            all += p->share[k] * p->weight[k];
            if (p->rank[k] != 1) continue;
            assert_true(p->partial[k]);
            assert_near(p->share[k] / shares[1], first_key[p->partition[k]], 0.03);
            of_first += p->share[k];
            parts++;
        }
        assert_int_equal(parts, most_parts[i]);
        assert_near(of_first, shares[1], 1e-9);
        assert_near(all, 1, 1e-9); /* together they stand for all traffic */
        assert_in_range(p->rank[population_heavy_key(p, 1)], 1, 1);
        assert_less(p->skew_max_over_mean, 0.8 * unsplit);
        assert_true(population_share_error(p) > 0 && population_share_error(p) < 0.01);
    }
}

/* What the record says of the sample: as many keys as there are come out of it, within its own error. */
static void keys_counted_from_the_sample(void **state)
{
    struct bench *b = *state;
#define WINDOW "groups[0].does={\"window\": {\"kind\": \"tumbling\", \"size\": \"10s\"}}|"
#define MANY "keys.user.population=40000|" WINDOW
    const struct population *p = population_by(b, "murmur2", MANY);
    const double error = population_sample_error(p);
    double counted = 0;
    for (int i = 0; i < p->followed_n; i++) counted += p->weight[i];
    assert_in_range(p->followed_n, 1000, 10000);
    assert_int_equal(population_keys_followed(p), p->followed_n);
    assert_true(error > 0.001 && error < 0.2);
    assert_near(counted, 40000, 4 * error * 40000);
    /* Keys that are split are followed once a partition, and counted once. */
    const struct population *split = population_by(b, "two_choices", MANY);
    assert_int_equal(population_keys_followed(split), p->followed_n);
    assert_true(split->followed_n > p->followed_n);
    assert_near(population_sample_error(population_by(b, "murmur2", "keys.user.population=40|" WINDOW)), 0, 0);
}

/* A split key's results are merged a second time, which costs; and the windows hold what was produced all the same. */
static void a_second_merge(void **state)
{
    struct bench *b = *state;
#define RATE BASE "workload[0].rate=4k/s|run.duration=40s|producers[0].partitioner="
    const char *dear = COST("window.add", "us/record", 20);
    struct run *together = simulate_with(b, dear, RATE "murmur2"), *salted = simulate_with(b, dear, RATE "salted"),
               *two = simulate_with(b, dear, RATE "two_choices"), *even = simulate_with(b, dear, RATE "roundrobin");
    struct run *const all[] = {together, salted, two, even};
    for (int i = 0; i < 4; i++) assert_adds_up(all[i]);
    const struct processor_counts one = processor_counts(&together->pipeline->world.groups[0]);
    const struct processor_counts eight = processor_counts(&salted->pipeline->world.groups[0]);
    const struct processor_counts pairs = processor_counts(&two->pipeline->world.groups[0]);
    assert_int_equal(one.partials, 0);
    assert_true(eight.partials > 0 && eight.partials < eight.panes);
    assert_true(pairs.partials > eight.partials); /* every key is on two, only hot ones on eight */
    assert_near(eight.weighted_impressions / one.weighted_impressions, 1, 0.05);
    assert_near(pairs.weighted_impressions / one.weighted_impressions, 1, 0.05);
    assert_true(salted->pipeline->world.groups[0].cpu_ns_per_record > together->pipeline->world.groups[0].cpu_ns_per_record);
    assert_true(two->pipeline->world.groups[0].cpu_ns_per_record > salted->pipeline->world.groups[0].cpu_ns_per_record);
}

/* The share of the records in the logs that the fullest partition has. */
static double largest_share(const struct run *r)
{
    const struct cluster *cluster = &r->pipeline->world.cluster;
    double all = 0, largest = 0;
    for (int i = 0; i < cluster->partitions_n; i++) {
        const struct partition *p = &cluster->partitions[i];
        const double n = (double)(logcurve_end(&p->log) + p->base_offset);
        all += n;
        largest = fmax(largest, n);
    }
    return largest / all;
}

/* Key 700, one in thousands as a rule, is two records in five: salting spreads it over eight partitions. */
static void salting_spreads_a_key_that_becomes_hot(void **state)
{
    struct bench *b = *state;
#define HOT BASE "run.duration=40s|faults=[{\"id\": \"hot\", \"kind\": \"hot_key\", \"rank\": 700, \"share\": \"40%\", \"at\": \"0s\", " \
    "\"for\": \"40s\"}]|producers[0].partitioner="
    struct run *together = simulate_with(b, "", HOT "murmur2"), *salted = simulate_with(b, "", HOT "salted"),
               *two = simulate_with(b, "", HOT "two_choices"), *record = simulate_with(b, "", HOT "salted|run.resolution=record|workload[0].rate=500/s");
    struct run *const all[] = {together, salted, two, record};
    for (int i = 0; i < 4; i++) assert_adds_up(all[i]);
    const struct population *p = salted->pipeline->world.blueprint->populations[0];
    double hot = 0;
    int parts = 0;
    for (int k = population_heavy_key(p, 700); k < p->heavy_n && p->rank[k] == 700; k++, parts++) hot += p->hot_share[k];
    assert_int_equal(parts, 8);
    assert_near(hot, 1, 1e-9);
    assert_true(largest_share(together) > 0.4);
    assert_near(largest_share(record), largest_share(salted), 0.02);
    assert_true(largest_share(two) > 0.2 && largest_share(two) < 0.35);
    assert_less(largest_share(salted), 0.4 * largest_share(together));
    assert_true(processor_counts(&salted->pipeline->world.groups[0]).partials > 0);
}

static void costs_go_by_the_partitioner(void **state)
{
    struct bench *b = *state;
    const struct calibration *c = calibration_with(b, COST("partition.jump", "us/key", 50));
    assert_near(c->partition_ns[PARTITION_JUMP], 50000, 1e-6);
    assert_true(c->partition_ns[PARTITION_ROUNDROBIN] < c->partition_ns[PARTITION_SALTED]);
    struct run *cheap = simulate_with(b, "", BASE "run.duration=20s|producers[0].partitioner=jump");
    struct run *dear = simulate_with(b, COST("partition.jump", "us/key", 50), BASE "run.duration=20s|producers[0].partitioner=jump");
    assert_near(dear->pipeline->world.fleets[0].cpu_ns_per_record - cheap->pipeline->world.fleets[0].cpu_ns_per_record,
                50000 - calibration_with(b, "")->partition_ns[PARTITION_JUMP], 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_stay_together, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(without_keys, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(keys_are_split, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(keys_counted_from_the_sample, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_second_merge, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(salting_spreads_a_key_that_becomes_hot, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(costs_go_by_the_partitioner, bench_set_up, bench_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
