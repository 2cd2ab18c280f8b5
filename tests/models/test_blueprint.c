/* What is made once for all replications: key populations against brute force, batch sizes, distributions. */
#include "pipeline_fixture.h"

#include "event.h"
#include "partition.h"

enum { POPULATION = 6000 };
#define ZIPF 1.1

static const struct blueprint *blueprint_of(struct bench *b, const char *sets)
{
    return blueprint_new(scenario_with(b, base_system, sets), calibration_with(b, ""), b->fixture->arena);
}

#define SKEWED "keys.user.population=6000|keys.user.zipf=1.1|topics[0].partitions=7"

static void brute_force(double shares[POPULATION + 1], int partition[POPULATION + 1])
{
    double sum = 0;
    for (int rank = 1; rank <= POPULATION; rank++) sum += shares[rank] = 1 / pow(rank, ZIPF);
    for (int rank = 1; rank <= POPULATION; rank++) {
        char key[EVENT_KEY_BYTES_MAX];
        size_t n = event_key((uint64_t)rank, key);
        shares[rank] /= sum;
        partition[rank] = partition_murmur2(key, n, 7);
    }
}

static void partition_shares_are_the_sums_of_their_keys(void **state)
{
    struct bench *b = *state;
    static double shares[POPULATION + 1];
    static int partition[POPULATION + 1];
    brute_force(shares, partition);
    const struct population *p = blueprint_of(b, SKEWED)->populations[0];
    assert_non_null(p);
    assert_int_equal(p->partitions, 7);
    assert_int_equal(p->hashed, POPULATION);
    double wanted[7] = {0}, largest = 0, sum = 0;
    for (int rank = 1; rank <= POPULATION; rank++) wanted[partition[rank]] += shares[rank];
    for (int i = 0; i < 7; i++) {
        assert_near(p->partition_shares[i], wanted[i], 1e-12);
        largest = fmax(largest, wanted[i]);
        sum += p->partition_shares[i];
    }
    assert_near(sum, 1, 1e-12);
    assert_near(p->skew_max_over_mean, largest * 7, 1e-9);
}

static void check_followed(const struct population *p, double heavy_share, const double *shares, const int *partition)
{
    double stands_for = 0;
    int heavy = 0;
    bool seen[POPULATION + 1] = {false};
    for (int i = 0; i < p->followed_n; i++) {
        int64_t rank = p->rank[i];
        assert_in_range(rank, 1, POPULATION);
        assert_false(seen[rank]);
        seen[rank] = true;
        assert_int_equal(p->partition[i], partition[rank]);
        assert_near(p->share[i], shares[rank], 1e-12);
        bool is_heavy = shares[rank] >= heavy_share;
        heavy += is_heavy;
        if (is_heavy)
            assert_near(p->weight[i], 1, 1e-12);
        else
            assert_true(p->weight[i] >= 1 - 1e-9);
        assert_true(is_heavy == (i < p->heavy_n)); /* heavy ones first */
        stands_for += p->share[i] * p->weight[i];
    }
    assert_int_equal(heavy, p->heavy_n);
    for (int rank = 1; rank <= POPULATION; rank++)
        if (shares[rank] >= heavy_share) assert_true(seen[rank]);
    /* Together they stand for all traffic. */
    assert_near(stands_for, 1, 1e-9);
    int listed = 0;
    for (int i = 0; i < p->partitions; i++) {
        for (int j = p->first[i]; j < p->first[i + 1]; j++, listed++) assert_int_equal(p->partition[p->by_partition[j]], i);
    }
    assert_int_equal(listed, p->followed_n);
}

static void followed_keys_stand_for_all(void **state)
{
    struct bench *b = *state;
    static double shares[POPULATION + 1];
    static int partition[POPULATION + 1];
    brute_force(shares, partition);
    static const struct {
        const char *sets;
        double heavy_share;
    } cases[] = {
        {SKEWED "|groups[0].does.window.sample_one_in=16|groups[0].does.window.heavy_key_share=0.1%", 1e-3},
        {SKEWED "|groups[0].does.window.sample_one_in=64|groups[0].does.window.heavy_key_share=0.01%", 1e-4},
        {SKEWED "|groups[0].does.window.sample_one_in=16|groups[0].does.window.heavy_key_share=100%", 1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct population *p = blueprint_of(b, cases[i].sets)->populations[0];
        check_followed(p, cases[i].heavy_share, shares, partition);
        assert_true(p->followed_n < POPULATION / 2 && p->followed_n > p->heavy_n);
    }
    /* About one in sixteen, whatever the rank: the hash does not follow it. */
    const struct population *p = blueprint_of(b, cases[2].sets)->populations[0];
    double expected = POPULATION / 16.0;
    assert_near(p->followed_n, expected, 4 * sqrt(expected));
    int low = 0;
    for (int i = 0; i < p->followed_n; i++) low += p->rank[i] <= POPULATION / 2;
    assert_near(low, expected / 2, 4 * sqrt(expected / 2));
}

static void every_key_can_be_followed(void **state)
{
    struct bench *b = *state;
    const struct population *p = blueprint_of(b, SKEWED "|groups[0].does.window.sample_one_in=1")->populations[0];
    assert_int_equal(p->followed_n, POPULATION);
    for (int i = 0; i < p->followed_n; i++) assert_near(p->weight[i], 1, 1e-9);
    p = blueprint_of(b, SKEWED "|run.resolution=record")->populations[0];
    assert_int_equal(p->followed_n, POPULATION);
}

static void one_key_and_no_key(void **state)
{
    struct bench *b = *state;
    const struct population *p = blueprint_of(b, "keys.user.population=1")->populations[0];
    double most = 0, sum = 0;
    for (int i = 0; i < p->partitions; i++) {
        most = fmax(most, p->partition_shares[i]);
        sum += p->partition_shares[i];
    }
    assert_near(most, 1, 1e-12);
    assert_near(sum, 1, 1e-12);
    assert_near(p->skew_max_over_mean, p->partitions, 1e-9);
    assert_null(blueprint_of(b, "workload[0].key=null")->populations[0]);
    assert_null(blueprint_of(b, "producers[0].partitioner=sticky")->populations[0]);
}

static void streams_with_the_same_keys_are_placed_alike(void **state)
{
    struct bench *b = *state;
    const struct blueprint *two = blueprint_of(
        b, "workload=[{\"stream\": \"views\", \"rate\": \"2k/s\", \"key\": \"user\", \"event\": {\"size\": \"400 B\"}}, "
           "{\"stream\": \"clicks\", \"rate\": \"100/s\", \"key\": \"user\", \"event\": {\"size\": \"400 B\"}}]"
           "|producers[0].sends=[\"views\", \"clicks\"]");
    assert_non_null(two->populations[0]);
    assert_ptr_equal(two->populations[0], two->populations[1]);
    assert_int_equal(two->stream_producer[0], 0);
    assert_int_equal(two->stream_producer[1], 0);
}

static void larger_batches_are_larger_and_denser(void **state)
{
    struct bench *b = *state;
    for (int zstd = 0; zstd < 2; zstd++) {
        const struct blueprint *blueprint =
            blueprint_of(b, zstd ? "producers[0].config.compression.type=zstd" : "producers[0].config.compression.type=none");
        const struct compressibility *c = &blueprint->compressibility[0];
        double last_wire = 0, last_raw = 0, last_each = 1e9;
        for (double n = 1; n <= 4096; n *= 1.3) {
            double wire = compressibility_wire_bytes(c, n), raw = compressibility_raw_bytes(c, n);
            assert_true(wire > last_wire && raw > last_raw);
            /* Headers are shared by more records, and there is more to find alike. */
            assert_true(wire / n < last_each * 1.01); /* sizes are measured: they differ a little */
            if (!zstd && n >= 2) assert_near(wire, raw, 0.01 * raw + 100);
            if (zstd && n >= 64) assert_true(wire < 0.7 * raw);
            last_wire = wire;
            last_raw = raw;
            last_each = wire / n;
        }
        /* A record of 400 bytes on average is about that, and a batch's header. */
        assert_near(compressibility_raw_bytes(c, 1000) / 1000, 400, 20);
        static const double sizes[] = {1, 200, 1000, 16384, 131072, 1048576};
        for (size_t i = 0; i < COUNT_OF(sizes); i++) {
            double n = compressibility_batch_records(c, sizes[i]);
            assert_true(n >= 1 && n == floor(n));
            if (n > 1) assert_true(compressibility_wire_bytes(c, n) <= sizes[i]);
            assert_true(compressibility_wire_bytes(c, n + 2) > sizes[i]);
        }
    }
}

static void quantiles_invert_distributions(void **state)
{
    (void)state;
    static const struct distribution distributions[] = {
        {.kind = DISTRIBUTION_EXPONENTIAL, .value = 2.5},
        {.kind = DISTRIBUTION_LOGNORMAL, .median = 0.3, .p99 = 20},
        {.kind = DISTRIBUTION_LOGNORMAL, .median = 4, .p99 = 5},
    };
    for (size_t i = 0; i < COUNT_OF(distributions); i++) {
        const struct distribution *d = &distributions[i];
        double last = 0;
        for (double q = 0.0005; q < 1; q += 0.0005) {
            double x = distribution_quantile(d, q);
            assert_true(x > last);
            last = x;
            assert_near(distribution_cdf(d, x), q, 1e-9);
        }
        assert_near(distribution_cdf(d, -1), 0, 0);
        assert_near(distribution_cdf(d, 1e9), 1, 1e-9);
    }
    assert_near(distribution_quantile(&distributions[0], 0.5), 2.5 * log(2), 1e-12);
    assert_near(distribution_quantile(&distributions[1], 0.5), 0.3, 1e-12);
    assert_near(distribution_quantile(&distributions[1], 0.99), 20, 1e-9);
    const struct distribution constant = {.kind = DISTRIBUTION_CONSTANT, .value = 3};
    assert_near(distribution_quantile(&constant, 0.001), 3, 0);
    assert_near(distribution_quantile(&constant, 0.999), 3, 0);
    assert_near(distribution_cdf(&constant, 2.999), 0, 0);
    assert_near(distribution_cdf(&constant, 3), 1, 0);
    const struct distribution flat = {.kind = DISTRIBUTION_LOGNORMAL, .median = 2, .p99 = 2};
    assert_near(distribution_quantile(&flat, 0.9), 2, 0);
    assert_near(distribution_cdf(&flat, 1.9), 0, 0);
    assert_near(distribution_cdf(&flat, 2.1), 1, 0);
}

static void lateness_cells_are_the_distributions(void **state)
{
    struct bench *b = *state;
    const struct blueprint *blueprint = blueprint_of(b, "workload[0].lateness={\"lognormal\": {\"median\": \"300ms\", \"p99\": \"20s\"}}");
    const struct distribution *d = &blueprint->scenario->streams[0].lateness;
    double sum = 0;
    for (int j = 0; j < BLUEPRINT_LATENESS_CELLS; j++) {
        double low = blueprint_lateness_edges[j];
        double high = j + 1 < BLUEPRINT_LATENESS_CELLS ? blueprint_lateness_edges[j + 1] : INFINITY;
        assert_true(high > low && (j > 0 || low == 0));
        double share = (isinf(high) ? 1 : distribution_cdf(d, high)) - distribution_cdf(d, low);
        assert_near(blueprint->lateness_cells[0][j], share, 1e-9);
        sum += blueprint->lateness_cells[0][j];
    }
    assert_near(sum, 1, 1e-9);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(partition_shares_are_the_sums_of_their_keys),
        TEST(followed_keys_stand_for_all),
        TEST(every_key_can_be_followed),
        TEST(one_key_and_no_key),
        TEST(streams_with_the_same_keys_are_placed_alike),
        TEST(larger_batches_are_larger_and_denser),
        TEST(lateness_cells_are_the_distributions),
        cmocka_unit_test(quantiles_invert_distributions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
