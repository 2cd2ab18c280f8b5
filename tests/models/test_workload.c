/* Traffic is drawn from the top down: totals and splits belong to (stream, slice), whatever is simulated of them. */
#include "pipeline_fixture.h"

#include "workload.h"

enum { PARTITIONS = 6 };

/* Draws slice `index` as pipeline_run() would for a close-up of `fraction`. */
static void draw(struct world *w, int64_t index, double fraction)
{
    w->slice_start = index * SIM_S;
    w->slice_end = w->slice_start + SIM_S;
    w->fraction = fraction;
    w->weight = 1 / fraction;
    w->piece_start = w->data.now;
    w->piece_end = w->data.now + (sim_time)(fraction * SIM_S);
    workload_slice(w, index);
}

static int64_t waiting(const struct world *w) /* of one fleet, handed to its instances */
{
    int64_t n = 0;
    for (int i = 0; i < w->fleets[0].n; i++) {
        const struct producer *p = &w->fleets[0].instances[i];
        for (int c = 0; c <= p->partitions_n; c++) n += p->cells[c].rem + p->cells[c].pending;
    }
    return n;
}

static struct world *world_of(struct bench *b, const char *sets)
{
    return &run_new(b, scenario_with(b, base_system, sets), calibration_with(b, ""))->pipeline->world;
}

static void counts_do_not_depend_on_the_fraction(void **state)
{
    struct bench *b = *state;
    struct world *whole = world_of(b, "keys.user.zipf=1"), *half = world_of(b, "keys.user.zipf=1"), *little = world_of(b, "keys.user.zipf=1");
    struct world *worlds[] = {whole, half, little};
    static const double fractions[] = {1, 0.5, 0.02};
    int64_t seen[3] = {0};
    for (int64_t slice = 0; slice < 50; slice++) {
        for (int i = 0; i < 3; i++) {
            int64_t before = waiting(worlds[i]);
            draw(worlds[i], slice, fractions[i]);
            const struct workload_stream *s = &worlds[i]->workload.streams[0];
            assert_int_equal(s->count, whole->workload.streams[0].count);
            int64_t sum = 0, piece = 0;
            for (int p = 0; p < PARTITIONS; p++) {
                assert_int_equal(s->arrivals[p], whole->workload.streams[0].arrivals[p]);
                sum += s->arrivals[p];
                assert_true(worlds[i]->fleets[0].piece[p] >= 0 && worlds[i]->fleets[0].piece[p] <= s->arrivals[p]);
                piece += worlds[i]->fleets[0].piece[p];
            }
            assert_int_equal(sum, s->count);
            /* What the close-up sees, its producers have. */
            assert_int_equal(waiting(worlds[i]) - before, piece);
            seen[i] += piece;
        }
    }
    int64_t produced = whole->workload.produced;
    assert_int_equal(half->workload.produced, produced);
    assert_int_equal(little->workload.produced, produced);
    assert_int_equal(seen[0], produced);
    for (int i = 1; i < 3; i++) {
        double mean = fractions[i] * (double)produced;
        assert_near((double)seen[i], mean, 4 * sqrt(mean * (1 - fractions[i])));
    }
    /* The rest moved every cursor. */
    for (int i = 0; i < 3; i++) {
        int64_t passed = 0;
        for (int p = 0; p < PARTITIONS; p++) {
            passed += worlds[i]->cluster.partitions[p].base_offset;
            assert_int_equal(worlds[i]->cluster.partitions[p].base_offset, worlds[i]->groups[0].partitions[p].delivered);
        }
        assert_int_equal(passed + seen[i], produced);
    }
}

static void a_slice_is_drawn_alike_in_any_order(void **state)
{
    struct bench *b = *state;
    struct world *forward = world_of(b, ""), *backward = world_of(b, "");
    int64_t counts[20], arrivals[20][PARTITIONS];
    for (int64_t slice = 0; slice < 20; slice++) {
        draw(forward, slice, 1);
        counts[slice] = forward->workload.streams[0].count;
        memcpy(arrivals[slice], forward->workload.streams[0].arrivals, sizeof arrivals[slice]);
    }
    for (int64_t slice = 19; slice >= 0; slice -= 3) {
        draw(backward, slice, 1);
        assert_int_equal(backward->workload.streams[0].count, counts[slice]);
        assert_memory_equal(backward->workload.streams[0].arrivals, arrivals[slice], sizeof arrivals[slice]);
    }
}

static void another_stream_disturbs_nobody(void **state)
{
    struct bench *b = *state;
    struct world *one = world_of(b, "");
    struct world *two = world_of(
        b, "workload=[{\"stream\": \"clicks\", \"rate\": \"500/s\", \"event\": {\"size\": \"300 B\"}}, {\"stream\": \"views\", \"rate\": "
           "\"2k/s\", \"key\": \"user\", \"event\": {\"size\": \"400 B\", \"serialization\": \"avro\"}}]"
           "|producers[0].sends=[\"views\", \"clicks\"]|producers[0].instances=9|cluster.brokers=5");
    for (int64_t slice = 0; slice < 20; slice++) {
        draw(one, slice, 1);
        draw(two, slice, 0.3);
        assert_int_equal(two->workload.streams[1].count, one->workload.streams[0].count);
        for (int p = 0; p < PARTITIONS; p++)
            assert_int_equal(two->workload.streams[1].arrivals[p], one->workload.streams[0].arrivals[p]);
        assert_true(two->workload.streams[0].count != one->workload.streams[0].count);
    }
    struct world *other = world_of(b, "run.seed=2");
    int same = 0;
    for (int64_t slice = 0; slice < 20; slice++) {
        draw(one, slice, 1);
        draw(other, slice, 1);
        same += one->workload.streams[0].count == other->workload.streams[0].count;
    }
    assert_true(same < 5);
}

static void totals_are_poisson_and_splits_are_multinomial(void **state)
{
    struct bench *b = *state;
    enum { SLICES = 4000 };
    struct world *w = world_of(b, "keys.user.zipf=1|workload[0].rate=300/s");
    double sum = 0, squares = 0, cells[PARTITIONS] = {0}, lag = 0, last = 0;
    double together = 0; /* covariance of two partitions: 0 for a split Poisson count */
    const double *shares = w->blueprint->populations[0]->partition_shares;
    for (int64_t slice = 0; slice < SLICES; slice++) {
        draw(w, slice, 1);
        double n = (double)w->workload.streams[0].count - 300;
        sum += n;
        squares += n * n;
        lag += slice > 0 ? n * last : 0;
        last = n;
        const int64_t *a = w->workload.streams[0].arrivals;
        for (int p = 0; p < PARTITIONS; p++) cells[p] += (double)a[p];
        together += ((double)a[0] - 300 * shares[0]) * ((double)a[1] - 300 * shares[1]);
    }
    assert_near(sum / SLICES, 0, 4 * sqrt(300.0 / SLICES));
    assert_near(squares / SLICES, 300, 4 * 300 * sqrt(2.0 / SLICES));
    assert_near(lag / SLICES, 0, 4 * 300 / sqrt(SLICES));
    for (int p = 0; p < PARTITIONS; p++) {
        double mean = 300.0 * shares[p] * SLICES;
        assert_near(cells[p], mean, 4 * sqrt(mean));
    }
    assert_near(together / SLICES, 0, 4 * 300 * sqrt(shares[0] * shares[1] / SLICES));
}

static void keyless_records_go_everywhere(void **state)
{
    struct bench *b = *state;
    struct world *w = world_of(b, "workload[0].key=null");
    for (int64_t slice = 0; slice < 100; slice++) {
        draw(w, slice, 0.1);
        assert_null(w->workload.streams[0].arrivals);
        for (int p = 0; p < PARTITIONS; p++) assert_int_equal(w->fleets[0].arrivals[p], 0);
        assert_int_equal(w->fleets[0].arrivals[PARTITIONS], w->workload.streams[0].count);
    }
    double mean = 0.9 * 2000 * 100 / PARTITIONS;
    for (int p = 0; p < PARTITIONS; p++) assert_near((double)w->cluster.partitions[p].base_offset, mean, 5 * sqrt(mean));
}

static void the_rate_is_that_of_what_is_sent(void **state)
{
    struct bench *b = *state;
    struct world *w = world_of(b, "workload=[{\"stream\": \"views\", \"rate\": \"2k/s\", \"key\": \"user\", \"event\": {\"size\": \"400 B\"}}, "
                                  "{\"stream\": \"clicks\", \"rate\": {\"of\": \"views\", \"times\": 0.25}, \"event\": {\"size\": \"300 B\"}}]"
                                  "|producers[0].sends=[\"views\", \"clicks\"]");
    assert_near(workload_rate(w, 30 * SIM_S), 2500, 1e-6);
    double raw = 0;
    for (int64_t slice = 0; slice < 10; slice++) {
        draw(w, slice, 1);
        raw += 400.0 * (double)w->workload.streams[0].count + 300.0 * (double)w->workload.streams[1].count;
    }
    assert_near(w->workload.raw_bytes, raw, 1e-6 * raw);
    assert_near((double)w->workload.produced, 25000, 5 * sqrt(25000));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(counts_do_not_depend_on_the_fraction),
        TEST(a_slice_is_drawn_alike_in_any_order),
        TEST(another_stream_disturbs_nobody),
        TEST(totals_are_poisson_and_splits_are_multinomial),
        TEST(keyless_records_go_everywhere),
        TEST(the_rate_is_that_of_what_is_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
