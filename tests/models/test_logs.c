/* test_logs.c: what retention keeps against what the brokers' volumes hold. */
#include "pipeline_fixture.h"

#include "cluster.h"
#include "cost.h"
#include "meters.h"
#include "rate.h"

/* Half the day nothing, then 100 a second: a day has a mean of 50, six hours have 100, eighteen 66.7 at most. */
#define PROFILE_N 24
static double points[PROFILE_N];

static struct scenario_rate half_days(void)
{
    for (int i = 0; i < PROFILE_N; i++)
        points[i] = i < PROFILE_N / 2 ? 0 : 1;
    return (struct scenario_rate){
        .kind = RATE_PROFILE, .peak_per_s = 100, .points = points, .points_n = PROFILE_N, .step_s = 3600, .of = -1};
}

static void the_busiest_stretch(void **state)
{
    struct bench *b = *state;
    const struct scenario_rate rate = half_days();
    const struct rate_curve *curve = rate_curve(&rate, 0, b->fixture->arena);
    assert_near(rate_window_max(curve, 6 * 3600), 100, 1e-9);
    assert_near(rate_window_max(curve, 12 * 3600), 100, 1e-9);
    assert_near(rate_window_max(curve, 18 * 3600), 200.0 / 3, 1e-9);
    assert_near(rate_window_max(curve, 24 * 3600), 50, 1e-9);
    assert_near(rate_window_max(curve, 36 * 3600), 200.0 / 3, 1e-9);
    /* A trace has no more than it shows. */
    struct scenario_rate trace = rate;
    trace.kind = RATE_TRACE;
    curve = rate_curve(&trace, 0, b->fixture->arena);
    assert_near(rate_window_max(curve, 6 * 3600), 100, 1e-9);
    assert_near(rate_window_max(curve, 24 * 3600), 50, 1e-9);
}

static void the_fullest_volume(void **state)
{
    struct bench *b = *state;
    const struct scenario *loaded = scenario_with(b, base_system, "topics[0].retention=18h|cluster.storage.size=100 GiB");
    struct scenario *s = ARENA_NEW(b->fixture->arena, struct scenario, 1);
    *s = *loaded;
    s->month.rate = half_days();
    struct meters *m = ARENA_NEW(b->fixture->arena, struct meters, 1);
    struct bill *bill = ARENA_NEW(b->fixture->arena, struct bill, 1);
    meters_init(m, s);
    m->month_events_per_s_mean = 50;
    m->topics[0].appended_bytes.per_event = 10000;
    bill_compute(m, s, s->prices, b->fixture->arena, bill);
    /* Three replicas on three brokers, twelve busy hours of eighteen: 43.2 GB on each. */
    const double each = 12 * 3600 * 100 * 1e4, volume = 100 * 1073741824.0;
    assert_near(bill->log_full_share, each / volume, 1e-9);
    assert_near(bill->log_bytes, 3 * 50 * 1e4 * 18 * 3600, 1);
    assert_near(bill->log_capacity_bytes, 3 * volume, 1);
    m->brokers.fullest_share = 0.5;
    bill_compute(m, s, s->prices, b->fixture->arena, bill);
    assert_near(bill->log_full_share, 1.5 * each / volume, 1e-9);
    for (int i = 0; i < bill->notes_n; i++)
        assert_null(strstr(bill->notes[i], "do not fit"));
    /* Three times the bytes: full after the hours that bring a volume's worth at the peak. */
    m->topics[0].appended_bytes.per_event = 30000;
    bill_compute(m, s, s->prices, b->fixture->arena, bill);
    const double hours = volume / (3 * 0.5 * 100 * 3e4) / 3600;
    bool found = false;
    for (int i = 0; i < bill->notes_n; i++)
        found = found || strstr(bill->notes[i], arena_printf(b->fixture->arena, "full after %.1f h", hours));
    assert_true(hours < 12 && found);
}

/* Where replicas are, and how busy partitions: one replica each, keys with a heavy head. */
static void brokers_hold_what_was_placed_on_them(void **state)
{
    struct bench *b = *state;
    const struct scenario *s =
        scenario_with(b, base_system, "topics[0].replication=1|topics[0].partitions=7|keys.user.zipf=1.2|"
                                      "cluster.config.min.insync.replicas=1");
    struct run *r = run_new(b, s, calibration_with(b, ""));
    const struct world *w = &r->pipeline->world;
    double held[3] = {0};
    for (int p = 0; p < 7; p++)
        held[w->cluster.partitions[p].replicas[0].broker] += w->blueprint->populations[0]->partition_shares[p];
    const double most = fmax(held[0], fmax(held[1], held[2]));
    assert_true(most > 0.4);
    assert_near(cluster_fullest_share(w), most, 1e-12);
    r = run_new(b, scenario_with(b, base_system, ""), calibration_with(b, ""));
    assert_near(cluster_fullest_share(&r->pipeline->world), 1.0 / 3, 1e-12); /* a replica of each on every broker */
}

/* 2,000 a second of 400 bytes, three times, on 300 GiB: 207 GB a day. */
static void a_retention_that_cannot_fit_is_noted(void **state)
{
    struct bench *b = *state;
    const struct {
        const char *sets, *note; /* NULL: none */
    } cases[] = {
        {"topics[0].retention=24h", NULL},
        {"topics[0].retention=3d", NULL}, /* 1.93-fold is little to ask of zstd */
        {"topics[0].retention=5d", "unless records shrink 3.2-fold"},
        {"topics[0].retention=3d|producers[0].config.compression.type=none", "full after 37.3 h"},
        {"topics[0].retention=1d|producers[0].config.compression.type=none", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct diag *before = b->fixture->diag;
        b->fixture->diag = diag_new();
        scenario_with(b, base_system, cases[i].sets);
        const struct diag_entry *note = diag_get(b->fixture->diag, 0);
        if (!cases[i].note != !note || (note && (!note->is_note || !strstr(note->message, cases[i].note))))
            fail_msg("%s: %s", cases[i].sets, note ? note->message : "no note");
        diag_free(b->fixture->diag);
        b->fixture->diag = before;
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_busiest_stretch),
        TEST(the_fullest_volume),
        TEST(brokers_hold_what_was_placed_on_them),
        TEST(a_retention_that_cannot_fit_is_noted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
