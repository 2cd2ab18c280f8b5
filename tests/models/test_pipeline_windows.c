/* Windows in whole replications: laws of lateness, and what overlapping windows change. */
#include "pipeline_fixture.h"

#include "processor.h"

/* Late records: one that is L late and whose window ends U after it is refused when L > U + bound; L exponential with
 * mean m, U uniform on [0, W): exp(-bound/m) m/W (1 - exp(-W/m)). The watermark is behind by a little more than the bound:
 * the newest event of a partition of rate r is x old where r x^2 / 2m is exponential (a Rayleigh law), and a task waits for
 * the slowest of its three. */
static double refused_share(double bound, double mean, double window, double rate)
{
    double slowest = sqrt(mean / rate) * 1.2533141373155 /* sqrt(pi / 2) */ * (3 - 3 / sqrt(2) + 1 / sqrt(3));
    return exp(-(bound + slowest) / mean) * mean / window * (1 - exp(-window / mean));
}

static void late_records_are_refused_by_their_law(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *population;
        int grace_s;
        double tolerance;
    } cases[] = {{"2000", 0, 0.04}, {"2000", 3, 0.04}, {"500", 3, 0.08}}; /* many a key are late by cells, evenly inside them */
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct run *r = simulate(b, arena_printf(b->fixture->arena,
                                                 "run.duration=300s|run.warmup=20s|run.resolution=sampled|keys.user.population=%s|"
                                                 "groups.count.does.window.sample_one_in=1|groups.count.does.window.allowed_lateness=%ds|"
                                                 "workload[0].lateness={\"exponential\": {\"mean\": \"2s\"}}",
                                                 cases[i].population, cases[i].grace_s));
        struct processor_counts c = processor_counts(&r->pipeline->world.groups[0]);
        double expected = refused_share(2 + cases[i].grace_s, 2, 10, 2000.0 / 6);
        assert_near(c.weighted_late / c.weighted_records, expected, cases[i].tolerance * expected);
    }
}

/* Where windows overlap a record is refused by the last of those that hold it, which ends size - slide later than the first. */
static void late_records_have_several_windows(void **state)
{
    struct bench *b = *state;
    static const char *const semantics[] = {"flink", "beam"};
    for (size_t i = 0; i < COUNT_OF(semantics); i++) {
        struct run *r = simulate(b, arena_printf(b->fixture->arena,
                                                 "run.duration=300s|run.warmup=20s|run.resolution=sampled|keys.user.population=2000|"
                                                 "groups.count.does.window={\"kind\": \"hopping\", \"size\": \"6s\", \"slide\": \"2s\", "
                                                 "\"semantics\": \"%s\", \"out_of_orderness\": \"1s\", \"sample_one_in\": 1}|"
                                                 "workload[0].lateness={\"exponential\": {\"mean\": \"2s\"}}",
                                                 semantics[i]));
        struct processor_counts c = processor_counts(&r->pipeline->world.groups[0]);
        const double expected = refused_share(1 + 4, 2, 2, 2000.0 / 6);
        assert_near(c.weighted_late / c.weighted_records, expected, 0.05 * expected);
        /* Those that only the first windows refuse wait for a later one, at most as long as it takes to end. */
        assert_less(1 + 2, quantile_of(r, FRESHNESS, 0, 0.99));
        assert_less(quantile_of(r, FRESHNESS, 0, 0.9999), 1 + 6 + 3);
        assert_adds_up(r);
    }
}

#define STEADY "run.duration=300s|run.warmup=60s|run.resolution=sampled|groups.count.checkpoint=10s|groups.count.does.window="

/* Every record is in six windows: six times the folds and panes, and the state of all that are open; seen as soon as the first of them
 * ends. */
static void windows_that_overlap(void **state)
{
    struct bench *b = *state;
    const char *rest = "\"out_of_orderness\": \"2s\", \"sample_one_in\": 1}";
    struct run *hopping = simulate(b, arena_printf(b->fixture->arena, STEADY "{\"kind\": \"hopping\", \"size\": \"30s\", \"slide\": \"5s\", %s", rest)),
               *slides = simulate(b, arena_printf(b->fixture->arena, STEADY "{\"size\": \"5s\", %s", rest)),
               *sizes = simulate(b, arena_printf(b->fixture->arena, STEADY "{\"size\": \"30s\", %s", rest));
    struct run *runs[] = {hopping, slides, sizes};
    struct processor_counts c[3];
    for (int i = 0; i < 3; i++) {
        c[i] = processor_counts(&runs[i]->pipeline->world.groups[0]);
        assert_near(c[i].weighted_late, 0, 0);
        assert_adds_up(runs[i]);
    }
    assert_near(c[0].weighted_records, c[1].weighted_records, 0);
    for (int i = 0; i < 3; i++) {
        static const double quantiles[] = {0.1, 0.5, 0.99};
        assert_near(quantile_of(hopping, FRESHNESS, 0, quantiles[i]), quantile_of(slides, FRESHNESS, 0, quantiles[i]), 0.05);
    }
    /* By 298 s windows have ended at every 5 s and at every 30 s; nearly all keys come in 5 s. */
    assert_near((double)c[0].panes / (double)c[2].panes, 59.0 / 9, 0.2);
    assert_near(c[0].weighted_impressions / c[0].weighted_records, 6 * (300 - 2 - 15.0) / 300, 0.1);
    const struct calibration *calibration = hopping->pipeline->world.calibration;
    const double more = hopping->pipeline->world.groups[0].cpu_ns_per_record - sizes->pipeline->world.groups[0].cpu_ns_per_record;
    assert_less(5 * calibration->window_add_ns, more);
    assert_less(more, 5 * calibration->window_add_ns + 6 * calibration->window_fire_pane_ns);
    /* Six or seven windows are open, the younger ones of fewer keys. */
    assert_less(3 * c[2].state_bytes_max, c[0].state_bytes_max);
    assert_less(c[0].state_bytes_max, 7 * c[2].state_bytes_max);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(late_records_are_refused_by_their_law),
        TEST(late_records_have_several_windows),
        TEST(windows_that_overlap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
