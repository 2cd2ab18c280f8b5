/* Sessions, Kafka Streams' windows and triggers in whole replications, against what is known of Poisson streams. */
#include "pipeline_fixture.h"

#include "aggregate.h"
#include "processor_parts.h"

/* All keys alike and followed, 200 records a second to six partitions, each visible as soon as it is given. */
static struct run *simulate_window(struct bench *b, const char *keys, const char *window, const char *sets)
{
    return simulate(b, arena_printf(b->fixture->arena,
                                    "run.resolution=sampled|run.duration=600s|run.warmup=60s|keys.user.population=%s|keys.user.zipf=0|"
                                    "workload[0].rate=200/s|groups.count.does.window={%s, \"sample_one_in\": 1}%s%s",
                                    keys, window, *sets ? "|" : "", sets));
}

static const struct processor *processor_of(const struct run *r)
{
    return r->pipeline->world.processors[0];
}

/* A key's records come as a Poisson stream of rate r. One of them is seen when, for the first time after it, there is none for the
 * gap: that takes (exp(r gap) - 1) / r in the mean. It is the last of its session with probability exp(-r gap). */
static void sessions_end_after_a_gap(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *keys, *gap;
        double rate, gap_s;
    } cases[] = {{"3000", "5s", 200 / 3000.0, 5}, {"400", "3s", 0.5, 3}, {"20", "200ms", 10, 0.2}, {"4", "50ms", 50, 0.05}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct run *r = simulate_window(b, cases[i].keys,
                                        arena_printf(b->fixture->arena, "\"kind\": \"session\", \"gap\": \"%s\", \"out_of_orderness\": \"1s\"",
                                                     cases[i].gap),
                                        "");
        const struct processor_counts c = processor_counts(&r->pipeline->world.groups[0]);
        const double wait = (exp(cases[i].rate * cases[i].gap_s) - 1) / cases[i].rate;
        assert_near(c.weighted_late, 0, 0);
        assert_near((double)c.panes / c.weighted_records, exp(-cases[i].rate * cases[i].gap_s), 0.03 * exp(-cases[i].rate * cases[i].gap_s));
        /* The slowest of a task's partitions, and the way to the group, take a tenth of a second. */
        assert_near(mean_of(r, FRESHNESS, 0), wait + 1 + 0.1, 0.03 * wait + 0.05);
        /* What is waited for when the run ends began that long ago. */
        assert_near(processor_waiting(&r->pipeline->world.groups[0]), 200 * (wait + 1), 0.15 * 200 * (wait + 1));
        /* All sessions that had ended are given: the gap, and the watermark behind. */
        assert_near(mean_of(r, STALENESS, 0), cases[i].gap_s + 1 + 0.1, 0.15);
        assert_adds_up(r);
    }
}

/* One key with ten records a second is in one session all the time: nothing is ever given. */
static void a_session_that_never_ends(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate_window(b, "1", "\"kind\": \"session\", \"gap\": \"30s\"", "");
    const struct processor_counts c = processor_counts(&r->pipeline->world.groups[0]);
    assert_int_equal(c.panes, 0);
    assert_near(processor_waiting(&r->pipeline->world.groups[0]), c.weighted_records, 1e-6 * c.weighted_records);
    assert_true(processor_of(r)->keyed->waiting[0].n <= 64);
    assert_int_equal(histogram_count(times_of(r, FRESHNESS, 0, false)), 0);
}

/* What a checkpoint holds is what the operators themselves say, where every key is followed. */
static void state_is_the_operators_own(void **state)
{
    struct bench *b = *state;
    static const char *const windows[] = {
        "\"kind\": \"session\", \"gap\": \"5s\"",
        "\"size\": \"10s\", \"trigger\": \"event_time(early=count:3, late=count:1)\", \"panes\": \"retracting\"",
        "\"kind\": \"hopping\", \"size\": \"10s\", \"slide\": \"5s\", \"semantics\": \"kafka_streams\", \"allowed_lateness\": \"20s\"",
        "\"kind\": \"sliding\", \"size\": \"10s\", \"semantics\": \"kafka_streams\"",
        "\"kind\": \"global\", \"trigger\": \"count:7\"",
    };
    for (size_t i = 0; i < COUNT_OF(windows); i++) {
        struct run *r = simulate_window(b, "2000", windows[i], "run.duration=120s|groups.count.checkpoint=10s");
        const struct processor *p = processor_of(r);
        double bytes = 0;
        for (int q = 0; q < p->group->partitions_n; q++) bytes += (double)window_snapshot_bytes(p->partitions[q].operator);
        assert_true(window_state_keys(p->partitions[0].operator) > 10);
        assert_near(processor_keyed_state_bytes(p), bytes, 0);
        assert_less(bytes / 2, processor_counts(&r->pipeline->world.groups[0]).state_bytes_max);
    }
}

/* With every record Kafka Streams gives each of its windows anew; a record is seen when it is processed. */
static void updates_are_given_at_once(void **state)
{
    struct bench *b = *state;
    const struct {
        const char *window;
        double panes_a_record;
    } cases[] = {
        {"\"size\": \"10s\"", 1},
        {"\"kind\": \"hopping\", \"size\": \"10s\", \"slide\": \"2s\"", 5},
        /* What a session said before it grew is taken back. */
        {"\"kind\": \"session\", \"gap\": \"5s\"", 1 + (1 - exp(-0.1 * 5))},
        {"\"kind\": \"global\"", 1},
        /* Its own, and one for each of the 0.5 records of its key in the size before it; one more where an earlier one has none yet. */
        {"\"kind\": \"sliding\", \"size\": \"5s\"", 1.5},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct run *r = simulate_window(b, "2000", arena_printf(b->fixture->arena, "\"semantics\": \"kafka_streams\", %s", cases[i].window), "");
        const struct processor_counts c = processor_counts(&r->pipeline->world.groups[0]);
        assert_near(processor_of(r)->weighted_panes / c.weighted_records, cases[i].panes_a_record, 0.02 * cases[i].panes_a_record);
        /* By slices, whose progress is not that of each record. */
        assert_less(mean_of(r, FRESHNESS, 0), mean_of(r, END_TO_END, 0) + 0.1);
        assert_less(mean_of(r, STALENESS, 0), 0.3);
        assert_near(processor_waiting(&r->pipeline->world.groups[0]), 0, 0);
    }
}

/* On close, a window is given when its partition has seen a record of after its end and grace; each by its own, unlike under a watermark,
 * which waits for the slowest of a task's partitions. And what comes later than that is refused: see test_pipeline_windows.c. */
static void windows_that_close(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate_window(b, "2000", "\"semantics\": \"kafka_streams\", \"size\": \"10s\", \"trigger\": \"on_close\", \"allowed_lateness\": \"3s\"", "");
    assert_near(mean_of(r, FRESHNESS, 0), 10 / 2.0 + 3 + 0.1, 0.1);
    assert_near(mean_of(r, STALENESS, 0), 10 / 2.0 + 3 + 0.6, 0.2); /* looked at every second */
    assert_near(processor_counts(&r->pipeline->world.groups[0]).weighted_late, 0, 0);
    const double mean = 2, grace = 3, size = 10, rate = 200 / 6.0;
    r = simulate_window(b, "2000", "\"semantics\": \"kafka_streams\", \"size\": \"10s\", \"allowed_lateness\": \"3s\"",
                        "workload[0].lateness={\"exponential\": {\"mean\": \"2s\"}}");
    const struct processor_counts c = processor_counts(&r->pipeline->world.groups[0]);
    const double behind = sqrt(mean / rate) * 1.2533141373155; /* Rayleigh */
    const double expected = exp(-(grace + behind) / mean) * mean / size * (1 - exp(-size / mean));
    assert_near(c.weighted_late / c.weighted_records, expected, 0.05 * expected);
}

/* Early panes: every I of event time, or with every third record of a key, 0.1 a second, or at the end if that comes first. */
static void early_panes(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate_window(b, "2000", "\"size\": \"60s\", \"trigger\": \"continuous_event_time:5000\", \"out_of_orderness\": \"2s\"", "");
    /* A pane holds all that has come; but a window's first record of a key, one in six, waits for a multiple above its own time. */
    assert_near(mean_of(r, FRESHNESS, 0), 2.5 + 2 * (1 - exp(-6)) / 6 + 0.1, 0.1);
    assert_near(mean_of(r, STALENESS, 0), 2.5 + 2 + 0.6, 0.2);
    r = simulate_window(b, "2000", "\"kind\": \"global\", \"trigger\": \"count:3\"", "");
    const struct processor_counts c = processor_counts(&r->pipeline->world.groups[0]);
    assert_near((double)c.panes / c.weighted_records, 1 / 3.0, 0.02); /* one or two are left over of each key */
    assert_near(mean_of(r, FRESHNESS, 0), (20 + 10 + 0) / 3.0, 0.4);
    assert_int_equal(histogram_count(times_of(r, STALENESS, 0, false)), 0); /* no time says up to when all are given */
    /* Many records of a key at once are as many as they are. */
    r = simulate_window(b, "2", "\"kind\": \"global\", \"trigger\": \"count:3\"", "");
    const struct processor_counts many = processor_counts(&r->pipeline->world.groups[0]);
    assert_less(0.3, (double)many.panes / many.weighted_records);
}

/* Aggregates take a record's time, and room in every window's state for each key. */
static void aggregates_take_time_and_room(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *words;
        int kinds[3];
        size_t bytes;
    } cases[] = {
        {"\"aggregate\": [\"sum\", \"max\"]", {AGGREGATE_SUM, AGGREGATE_MAX}, 8 + 8},
        {"\"aggregate\": [\"mean\", \"distinct\"], \"distinct_precision\": 8", {AGGREGATE_MEAN, AGGREGATE_DISTINCT}, 16 + 256},
        {"\"aggregate\": [\"quantile\", \"min\"], \"quantile_bins\": 32", {AGGREGATE_QUANTILE, AGGREGATE_MIN}, (1 + 2 * (1 + 32)) * 8 + 8},
        {"\"aggregate\": [\"top_k\"], \"top_k_counters\": 64", {AGGREGATE_TOP_K}, 64 * 24},
    };
    static const char *const windows[] = {"\"size\": \"10s\"", "\"kind\": \"session\", \"gap\": \"5s\""};
    for (size_t k = 0; k < COUNT_OF(windows); k++) {
        const char *sets = "run.duration=60s|run.warmup=10s|groups.count.checkpoint=10s";
        struct run *plain = simulate_window(b, "500", windows[k], sets);
        for (size_t i = 0; i < COUNT_OF(cases); i++) {
            struct run *r = simulate_window(b, "500", arena_printf(b->fixture->arena, "%s, %s", windows[k], cases[i].words), sets);
            const struct calibration *c = r->pipeline->world.calibration;
            double ns = 0;
            for (int j = 0; j < 3; j++) ns += c->aggregate_ns[cases[i].kinds[j]];
            assert_less(0, ns);
            assert_near(r->pipeline->world.groups[0].cpu_ns_per_record - plain->pipeline->world.groups[0].cpu_ns_per_record, ns, 1e-6);
            /* A key's sums are 24 bytes, and a session's place in time as many as its snapshot says. */
            const struct window_config *with = &processor_of(r)->window, *without = &processor_of(plain)->window;
            assert_int_equal(window_snapshot_bytes_for(with, 1, 0) - window_snapshot_bytes_for(without, 1, 0), cases[i].bytes);
            const double keys = processor_counts(&plain->pipeline->world.groups[0]).state_bytes_max / (double)window_snapshot_bytes_for(without, 1, 0);
            const double more = processor_counts(&r->pipeline->world.groups[0]).state_bytes_max -
                                processor_counts(&plain->pipeline->world.groups[0]).state_bytes_max;
            assert_less(0.5 * keys * (double)cases[i].bytes, more);
            assert_int_equal(processor_counts(&r->pipeline->world.groups[0]).panes, processor_counts(&plain->pipeline->world.groups[0]).panes);
        }
    }
}

/* What kinds of windows cost by the calibration: each of its own row, and sliding ones by how many a record is in. */
static void kinds_have_their_costs(void **state)
{
    struct bench *b = *state;
    const char *sets = "run.duration=120s|run.warmup=10s";
    struct run *tumbling = simulate_window(b, "2000", "\"size\": \"10s\"", sets);
    const struct calibration *c = tumbling->pipeline->world.calibration;
    const struct {
        const char *window;
        double ns, panes_a_record;
    } cases[] = {
        {"\"kind\": \"session\", \"gap\": \"5s\"", c->window_session_ns, exp(-0.5)},
        {"\"kind\": \"global\", \"trigger\": \"count:2\"", c->window_triggered_ns, 0.5},
        {"\"kind\": \"hopping\", \"size\": \"10s\", \"slide\": \"5s\", \"trigger\": \"event_time(early=count:1, late=count:1)\"",
         2 * c->window_triggered_ns, 2 + 2 * (1 - exp(-1))},
        {"\"kind\": \"sliding\", \"size\": \"10s\", \"semantics\": \"kafka_streams\"", c->window_sliding_ns, 2},
    };
    const double plain = tumbling->pipeline->world.groups[0].cpu_ns_per_record - c->window_add_ns - (1 - exp(-1)) * c->window_fire_pane_ns;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct run *r = simulate_window(b, "2000", cases[i].window, sets);
        const double expected = cases[i].ns + cases[i].panes_a_record * c->window_fire_pane_ns;
        assert_near(r->pipeline->world.groups[0].cpu_ns_per_record - plain, expected, 0.03 * expected);
    }
}

/* Two keys with a thousand records a second each: whoever checks a scenario is told what sliding windows make of that. */
static void very_many_windows_are_noted(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *population, *size;
        const char *records; /* NULL: no note */
    } cases[] = {{"2", "1s", " 1,000 records"}, {"2", "10s", " 10,000 records"}, {"2", "90ms", NULL}, {"3000", "10s", NULL}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct diag *before = b->fixture->diag;
        b->fixture->diag = diag_new();
        scenario_with(b, base_system,
                      arena_printf(b->fixture->arena,
                                   "topics[0].retention=1h|keys.user.population=%s|keys.user.zipf=0|groups.count.does.window={\"kind\": \"sliding\", "
                                   "\"semantics\": \"kafka_streams\", \"size\": \"%s\"}",
                                   cases[i].population, cases[i].size));
        const struct diag_entry *note = diag_get(b->fixture->diag, 0);
        if (!cases[i].records != !note || (note && (!note->is_note || !strstr(note->message, cases[i].records))))
            fail_msg("%s keys, %s: %s", cases[i].population, cases[i].size, note ? note->message : "no note");
        diag_free(b->fixture->diag);
        b->fixture->diag = before;
    }
}

/* One key in eight stands for the others; and the same at each resolution. */
static void a_sample_says_the_same(void **state)
{
    struct bench *b = *state;
    static const char *const windows[] = {
        "{\"kind\": \"session\", \"gap\": \"4s\", \"out_of_orderness\": \"2s\", \"sample_one_in\": %d}",
        "{\"semantics\": \"kafka_streams\", \"trigger\": \"on_close\", \"size\": \"5s\", \"sample_one_in\": %d}",
    };
    for (size_t i = 0; i < COUNT_OF(windows); i++) {
        struct run *runs[3];
        static const struct {
            const char *resolution;
            int one_in;
        } cases[] = {{"record", 1}, {"sampled", 1}, {"sampled", 8}};
        for (size_t k = 0; k < COUNT_OF(cases); k++) {
            const char *window = arena_printf(b->fixture->arena, i ? windows[1] : windows[0], cases[k].one_in);
            runs[k] = simulate(b, arena_printf(b->fixture->arena,
                                               "run.duration=120s|run.warmup=20s|run.resolution=%s|keys.user.zipf=0.6|workload[0].rate=1k/s|"
                                               "groups.count.does.window.heavy_key_share=0.1%%|groups.count.checkpoint=10s|groups.count.does.window=%s",
                                               cases[k].resolution, window));
        }
        for (int k = 1; k < 3; k++) {
            static const double quantiles[] = {0.5, 0.9, 0.99};
            for (size_t q = 0; q < COUNT_OF(quantiles); q++) {
                const double truth = quantile_of(runs[0], FRESHNESS, 0, quantiles[q]);
                assert_near(quantile_of(runs[k], FRESHNESS, 0, quantiles[q]), truth, (k == 1 ? 0.02 : 0.06) * truth + 0.05);
            }
            const double bytes = processor_counts(&runs[0]->pipeline->world.groups[0]).state_bytes_max;
            assert_near(processor_counts(&runs[k]->pipeline->world.groups[0]).state_bytes_max, bytes, (k == 1 ? 0.02 : 0.1) * bytes);
        }
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(sessions_end_after_a_gap), TEST(a_session_that_never_ends), TEST(state_is_the_operators_own), TEST(updates_are_given_at_once),
        TEST(windows_that_close),       TEST(early_panes),               TEST(aggregates_take_time_and_room),
        TEST(kinds_have_their_costs),   TEST(very_many_windows_are_noted), TEST(a_sample_says_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
