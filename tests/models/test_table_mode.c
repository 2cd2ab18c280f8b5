/* test_table_mode.c: runs that jump over what they have seen. */
#include "pipeline_fixture.h"

#include "philox.h"
#include "processor.h"
#include "rate.h"
#include "table_strata.h"
#include "writer.h"

/* Cheap to simulate, and sampled. */
#define SMALL "run.resolution=sampled|workload[0].rate=100/s|keys.user.population=100|topics[0].partitions=3|cluster.brokers=3|"
#define OUTAGES                                                                                                        \
    "faults=[{\"id\": \"a\", \"at\": \"40m\", \"kind\": \"broker_down\", \"broker\": 1, \"for\": \"1m\", \"clean\": false}, "      \
    "{\"id\": \"b\", \"at\": \"2h\", \"kind\": \"consumer_crash\", \"group\": \"count\", \"instance\": 0, \"for\": \"1m\"}, "          \
    "{\"id\": \"c\", \"at\": \"3h10m\", \"kind\": \"broker_down\", \"broker\": 2, \"for\": \"2m\", \"clean\": true}]"

static double jumped_s(const struct run *r)
{
    return sim_seconds(r->pipeline->world.jumped_ns);
}

static struct pipeline_account account(const struct run *r, int group)
{
    return pipeline_account(&r->pipeline->world, group);
}

/* Figures with and without a table, of a run that is mostly jumped over. */
static void it_says_what_the_whole_run_says(void **state)
{
    struct bench *b = *state;
    struct run *whole = simulate(b, SMALL "run.duration=4h|run.fraction=50%|" OUTAGES);
    struct run *table = simulate(b, SMALL "run.duration=4h|run.fraction=50%|run.table=true|" OUTAGES);
    assert_null(whole->pipeline->world.table);
    assert_true(jumped_s(table) > 2.5 * 3600);
    assert_true(table->pipeline->world.calendar.now + table->pipeline->world.jumped_ns == table->scenario->run.duration_ns);
    for (int g = 0; g < 2; g++) {
        const struct pipeline_account a = account(whole, g), c = account(table, g);
        assert_int_equal(a.produced, c.produced); /* the same draws */
        assert_int_equal(c.produced, c.rejected + c.delivered + c.lost + c.in_flight);
        assert_int_equal(c.lost, 0);
        assert_true(c.in_flight < 1000); /* ten seconds */
        for (enum which which = PRODUCE; which <= FRESHNESS; which++) {
            for (double q = 0.5; q < 1; q += 0.49) {
                const double is = quantile_of(table, which, g, q), should = quantile_of(whole, which, g, q);
                if (fabs(is / should - 1) > 0.05) fail_msg("%d of group %d, %g: %g, not %g", (int)which, g, q, is, should);
            }
        }
    }
    /* What goes by records, and what goes by time, weighs as much. */
    const struct telemetry *t = table->pipeline->world.telemetry, *u = whole->pipeline->world.telemetry;
    const struct telemetry_totals *is = &t->totals, *should = &u->totals;
    assert_true(is->seconds == should->seconds);
    assert_true(fabs(is->records / should->records - 1) < 0.01);
    assert_true(fabs(is->wire_bytes / should->wire_bytes - 1) < 0.01);
    assert_true(fabs(is->requests / should->requests - 1) < 0.01);
    assert_true(fabs(is->fetch_bytes[0] / should->fetch_bytes[0] - 1) < 0.01);
    assert_true(fabs(is->put_requests[1] / should->put_requests[1] - 1) < 0.05);
    assert_true(fabs(is->objects[1] / should->objects[1] - 1) < 0.05);
    for (int i = 0; i < t->resources_n; i++) {
        const char *name = t->resources[i].name;
        assert_true(t->resources[i].span_s == u->resources[i].span_s);
        if (fabs(busy_share(table, name) / busy_share(whole, name) - 1) > 0.03)
            fail_msg("%s: %g, not %g", name, busy_share(table, name), busy_share(whole, name));
    }
    int64_t produced = 0, expected = 0;
    for (int i = 0; i < t->sets_n; i++) produced += t->sets[i].produced;
    for (int i = 0; i < u->sets_n; i++) expected += u->sets[i].produced;
    assert_int_equal(produced, expected);
    assert_true(fabs(processor_counts(&table->pipeline->world.groups[0]).weighted_late -
                     processor_counts(&whole->pipeline->world.groups[0]).weighted_late) <
                0.1 * processor_counts(&whole->pipeline->world.groups[0]).weighted_late + 1);
    /* Each fault came at its time, and left what it leaves. */
    for (int i = 0; i < 3; i++) {
        const struct fault_row *x = fault_of(table, i), *y = fault_of(whole, i);
        assert_true(x->cleared != SIM_NEVER && y->cleared != SIM_NEVER);
        assert_true(llabs((x->recovered - x->at) - (y->recovered - y->at)) < 5 * SIM_S);
        assert_true(x->at < y->at || i == 0);
    }
    /* Traffic has a series of all of it, lag by partition too. */
    for (int32_t i = 0; i < series_length(&t->produced); i++)
        assert_true(series_value(&t->produced, i) == series_value(&u->produced, i));
    for (int row = 0; row < t->lag_grid[0].rows_n; row++) {
        assert_int_equal(series_length(&t->lag_grid[0].rows[row]), series_length(&u->lag_grid[0].rows[row]));
        for (int32_t i = 0; i < series_length(&t->lag_grid[0].rows[row]); i++)
            assert_true(!isnan(series_value(&t->lag_grid[0].rows[row], i)));
    }
}

/* A fault is where it would be without jumps: not a step of the fault's own series is elsewhere. */
static void faults_keep_their_time(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate(b, SMALL "run.duration=2h|run.table=true|groups[0].config.session.timeout.ms=30000|"
                                "faults=[{\"id\": \"b\", \"at\": \"90m\", \"kind\": \"consumer_crash\", \"group\": \"count\", "
                                "\"instance\": 0, \"for\": \"45s\"}]");
    assert_true(jumped_s(r) > 3600);
    const struct series *lag = &r->pipeline->world.telemetry->lag[0];
    const int32_t at = (int32_t)(90 * 60 * SIM_S / series_step_ns(lag));
    assert_true(series_value(lag, at + 2) > 1000);
    for (int32_t i = 0; i < series_length(lag); i++) {
        const bool during = i >= at && i < at + 6;
        if (!during && !isnan(series_value(lag, i))) assert_true(series_value(lag, i) < 600);
    }
}

/* The draw: a profile over some hours, steep here and there; faults at any time; every kind of delivery. */
static const char *drawn(struct bench *b, int number)
{
    struct philox philox = philox_named_nth(11, "table", (uint64_t)number), *p = &philox;
    static const char *const deliveries[] = {"at_least_once", "exactly_once", "at_most_once"};
    const char *faults = "";
    const int hours = 3 + (int)philox_below(p, 3), n = (int)philox_below(p, 4);
    int at = 5;
    for (int i = 0; i < n; i++) {
        at += (int)philox_below(p, 50);
        const int kind = (int)philox_below(p, 3);
        const char *what = kind == 0 ? arena_printf(b->fixture->arena, "\"kind\": \"broker_down\", \"broker\": %d, \"clean\": %s",
                                                    (int)philox_below(p, 3), philox_below(p, 2) ? "true" : "false")
                           : kind == 1 ? arena_printf(b->fixture->arena, "\"kind\": \"restart_group\", \"group\": \"%s\", \"clean\": %s",
                                                      philox_below(p, 2) ? "raw" : "count", philox_below(p, 2) ? "true" : "false")
                                       : "\"kind\": \"consumer_crash\", \"group\": \"count\", \"instance\": 0";
        faults = arena_printf(b->fixture->arena, "%s%s{\"id\": \"f%d\", \"at\": \"%dm\", \"for\": \"%ds\", %s}", faults,
                              i ? ", " : "", i, at, 5 + (int)philox_below(p, 60), what);
        at += 6;
    }
    return arena_printf(b->fixture->arena,
                        "run.resolution=sampled|run.table=true|run.duration=%dh|run.seed=%d|run.warmup=%ds|keys.user.population=100|"
                        "topics[0].partitions=%d|groups[0].delivery=%s|groups[1].delivery=%s|groups[0].checkpoint=%ds|"
                        "producers[0].config.acks=%s|producers[0].config.enable.idempotence=false|faults=[%s]",
                        hours, number + 1, (int)philox_below(p, 300), 1 + (int)philox_below(p, 5), deliveries[philox_below(p, 3)],
                        deliveries[2 * philox_below(p, 2)], 2 + (int)philox_below(p, 40), philox_below(p, 2) ? "all" : "1", faults);
}

static double expected(const struct run *r)
{
    const struct world *w = &r->pipeline->world;
    return rate_integral(w->blueprint->stream_rates[0], 0, sim_seconds(r->scenario->run.duration_ns));
}

/* The account of each group is a CHECK after every slice and jump. */
static void accounts_hold_whatever_is_drawn(void **state)
{
    struct bench *b = *state;
    double jumped = 0;
    for (int i = 0; i < 6; i++) {
        const char *rate = i % 2 ? "workload[0].rate=30/s|" : "workload[0].rate={\"profile\": \"wc98-1998-06-30\", \"peak\": \"60/s\"}|";
        struct run *r = simulate(b, arena_printf(b->fixture->arena, "%s%s%s", rate, i % 3 ? "" : "run.fraction=20%|", drawn(b, i)));
        jumped += jumped_s(r);
        for (int g = 0; g < 2; g++) {
            const struct pipeline_account a = account(r, g);
            assert_int_equal(a.produced, a.rejected + a.delivered + a.lost + a.in_flight);
            assert_true(a.delivered >= 0 && a.in_flight >= 0 && a.lost >= 0);
            assert_true(fabs((double)a.produced - expected(r)) < 5 * sqrt(expected(r)));
        }
        const struct table_mode *t = r->pipeline->world.table;
        int64_t in_rows = 0;
        double rows_s = 0;
        for (int k = 0; k < t->rows_n; k++) {
            in_rows += t->rows[k].jumped;
            rows_s += t->rows[k].jumped_s;
            assert_true(t->rows[k].jumped_s == 0 || t->rows[k].measured.seconds >= sim_seconds(t->cycle_ns));
        }
        assert_true(fabs(rows_s - jumped_s(r)) < 1e-6 && in_rows <= account(r, 0).produced);
    }
    assert_true(jumped > 3600);
}

/* Every 40 minutes from 30m on; brokers in turn unless `what` says something else. */
static const char *outages(struct bench *b, int n, const char *what)
{
    const char *faults = "";
    for (int i = 0; i < n; i++) {
        const char *broker = arena_printf(b->fixture->arena, "\"kind\": \"broker_down\", \"broker\": %d", i % 3);
        faults = arena_printf(b->fixture->arena, "%s%s{\"id\": \"f%d\", \"at\": \"%dm\", \"for\": \"20s\", \"clean\": false, %s}", faults,
                              i ? ", " : "", i, 30 + 40 * i, what ? what : broker);
    }
    return faults;
}

static double faulty_s(const struct run *r, int64_t *produced)
{
    const struct telemetry *t = r->pipeline->world.telemetry;
    double faulty = 0, seconds = 0;
    *produced = 0;
    for (int i = 0; i < t->sets_n; i++) {
        *produced += t->sets[i].produced;
        seconds += t->sets[i].seconds;
        if (t->sets[i].faults) faulty += t->sets[i].seconds;
    }
    assert_near(seconds, t->totals.seconds, 1e-6);
    return faulty;
}

static bool is_near(int64_t value, int64_t truth, double share)
{
    return fabs((double)(value - truth)) <= share * (double)truth + 3;
}

/* Nine outages of which six are simulated: the mean of those is counted for the others. */
static void outages_stand_for_others(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *sets, *what;
    } kinds[] = {
        {"producers[0].config.acks=1|producers[0].config.delivery.timeout.ms=1200|producers[0].config.request.timeout.ms=600", NULL},
        {"groups[1].delivery=at_most_once", "\"kind\": \"restart_group\", \"group\": \"raw\""},
        {"groups[0].delivery=at_least_once", "\"kind\": \"restart_group\", \"group\": \"count\""},
    };
    for (int k = 0; k < 3; k++) {
        const char *sets = arena_printf(b->fixture->arena, SMALL "run.duration=7h|run.fraction=20%%|topics[0].replication=2|"
                                        "producers[0].config.enable.idempotence=false|%s|faults=[%s]", kinds[k].sets,
                                        outages(b, 9, kinds[k].what));
        struct run *whole = simulate(b, sets), *table = simulate(b, arena_printf(b->fixture->arena, "%s|run.table=true", sets));
        const struct world *w = &table->pipeline->world;
        assert_true(w->represented == 0x1c0);
        for (int i = 0; i < 9; i++) {
            const struct fault_row *row = fault_of(table, i);
            assert_true((row->at == SIM_NEVER) == (i >= 6) && (row->cleared == SIM_NEVER) == (i >= 6));
        }
        for (int g = 0; g < 2; g++) {
            const struct pipeline_account should = account(whole, g), is = account(table, g);
            assert_int_equal(is.produced, should.produced);
            assert_int_equal(is.produced, is.rejected + is.delivered + is.lost + is.in_flight);
            const int64_t most = k == 0 ? should.rejected : k == 1 ? should.lost : should.duplicated;
            if (g == (k == 1) && most < 100) fail_msg("%lld of the kind that %d is about", (long long)most, k);
            if (!is_near(is.rejected, should.rejected, 0.1) || !is_near(is.lost, should.lost, 0.1) ||
                !is_near(is.duplicated, should.duplicated, 0.3))
                fail_msg("%lld rejected, not %lld; %lld lost, not %lld; %lld twice, not %lld", (long long)is.rejected,
                         (long long)should.rejected, (long long)is.lost, (long long)should.lost, (long long)is.duplicated,
                         (long long)should.duplicated);
        }
        int64_t produced, expected;
        assert_near(faulty_s(table, &produced), faulty_s(whole, &expected), 30);
        assert_int_equal(produced, expected);
        const struct telemetry_totals *is = &w->telemetry->totals, *should = &whole->pipeline->world.telemetry->totals;
        assert_near(is->seconds, should->seconds, 1e-6);
        assert_near(is->partition_seconds_down, should->partition_seconds_down, 1 + 0.1 * should->partition_seconds_down);
        for (enum which which = PRODUCE; which <= END_TO_END; which++)
            assert_near(mean_of(table, which, 0) / mean_of(whole, which, 0), 1, 0.05);
    }
}

/* Outages that others come close to, or that are asked about, are simulated, and so are those unlike any others. */
static void what_is_its_own_is_simulated(void **state)
{
    struct bench *b = *state;
    const char *twelve = outages(b, 12, NULL);
#define DAY SMALL "run.duration=1d|"
    const char *const cases[] = {
        arena_printf(b->fixture->arena, DAY "faults=[%s]|objectives=[\"freshness.count.p99 <= 60s during f9\"]", twelve),
        arena_printf(b->fixture->arena, DAY "faults=[%s, {\"id\": \"near\", \"at\": \"435m\", \"kind\": \"restart_group\", "
                                            "\"group\": \"raw\", \"for\": \"1m\"}]", twelve),
        arena_printf(b->fixture->arena, DAY "run.warmup=2h|faults=[%s]", twelve),
    };
    /* f10 is at 430 minutes; the last ones are the first of the others. */
    static const uint64_t represented[] = {0xdc0, 0xbc0, 0xe00};
    for (int i = 0; i < 3; i++) {
        const struct scenario *s = scenario_with(b, base_system, arena_printf(b->fixture->arena, "%s|run.table=true", cases[i]));
        assert_true(run_new(b, s, calibration_with(b, ""))->pipeline->world.represented == represented[i]);
    }
    const struct scenario *s = scenario_with(b, base_system, arena_printf(b->fixture->arena, DAY "faults=[%s]", twelve));
    assert_true(run_new(b, s, calibration_with(b, ""))->pipeline->world.represented == 0);
}

/* Twice as long a run takes no more memory, but for its series; and it is the same run as far as the shorter went. */
static void memory_does_not_grow(void **state)
{
    struct bench *b = *state;
    const size_t day = arena_used_bytes(simulate(b, SMALL "run.duration=1d|run.table=true")->arena);
    const size_t longer = arena_used_bytes(simulate(b, SMALL "run.duration=10d|run.table=true")->arena);
    assert_true((double)longer < 1.1 * (double)day);
}

/* Rates that change faster than rows: nothing stands for a slice that a row was not measured for. */
static void rows_are_by_rate(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate(b, SMALL "run.duration=3h|run.table=true|workload[0].rate={\"profile\": \"wc98-1998-06-30\", \"peak\": \"100/s\"}|"
                                "run.start=08:00");
    const struct table_mode *t = r->pipeline->world.table;
    assert_true(t->rows_n > 1);
    for (int i = 0; i < t->rows_n; i++) {
        const double rate = pow(1 + TABLE_STEP, t->rows[i].steps[0]);
        const double seconds = t->rows[i].measured.seconds + t->rows[i].jumped_s;
        const double records = (double)(t->rows[i].measured.produced + t->rows[i].jumped);
        if (seconds > 600) assert_true(fabs(records / seconds / rate - 1) < TABLE_STEP);
    }
}

static void the_language_has_its_limits(void **state)
{
    struct bench *b = *state;
    /* At other resolutions all of it is simulated. */
    assert_null(simulate(b, "run.table=true|run.duration=20s|run.warmup=1s")->pipeline->world.table);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(it_says_what_the_whole_run_says), TEST(faults_keep_their_time), TEST(accounts_hold_whatever_is_drawn),
        TEST(outages_stand_for_others), TEST(what_is_its_own_is_simulated), TEST(memory_does_not_grow), TEST(rows_are_by_rate), TEST(the_language_has_its_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
