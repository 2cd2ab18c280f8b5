/* How many replications, and how much of each: adding them until intervals are narrow enough, saying how many would settle
 * an objective, and finding the warm-up. */
#include "study/replicate_fixture.h"

#include "confidence.h"
#include "settle.h"

#define FEW QUICK "|run.duration=20s"
#define P99(target) "|objectives=[\"latency.produce.p99 <= " target "\"]"

/* --- How many more ------------------------------------------------------------------------------------- */

static void an_open_objective_says_how_many_more(void **state)
{
    struct bench *b = *state;
    struct outcome o = run(b, FEW "|run.replications=3" P99("10s"), 2);
    assert_int_equal(only(&o)->met, RECORD_MET);
    assert_false(only(&o)->replications_needed.known);
    assert_null(only(&o)->replications_needed.why_null); /* left out: there is nothing to settle */
    const double mean = only(&o)->value.value, half = only(&o)->high.value - mean;
    assert_true(half > 0);
    static const double away[] = {0.9, 0.2};
    double before = 0;
    for (size_t i = 0; i < COUNT_OF(away); i++) {
        const char *sets = arena_printf(b->fixture->arena, FEW "|run.replications=3|objectives=[\"latency.produce.p99 <= %.9fs\"]",
                                        mean + half * away[i]);
        struct outcome open = run(b, sets, 2);
        const struct record_number *more = &only(&open)->replications_needed;
        assert_int_equal(only(&open)->met, RECORD_INCONCLUSIVE);
        assert_true(more->known);
        /* Targets are whole nanoseconds. */
        assert_near(more->value, confidence_needed(3, half, only(&open)->target - mean, 0.95, 1003) - 3, 1.01);
        assert_true(more->value > before);
        before = more->value;
        assert_non_null(strstr(only(&open)->why_null, arena_printf(b->fixture->arena, "about %.0f more", more->value)));
    }
    struct outcome line = run(b, arena_printf(b->fixture->arena, FEW "|run.replications=3|objectives=[\"latency.produce.p99 <= %.9fs\"]",
                                              mean + half * 1e-4), 2);
    assert_int_equal(only(&line)->met, RECORD_INCONCLUSIVE);
    assert_false(only(&line)->replications_needed.known);
    assert_non_null(strstr(only(&line)->replications_needed.why_null, "on the line"));
    /* A few more than were said do settle this one: its values scatter as the first three did. */
    const char *more = arena_printf(b->fixture->arena, FEW "|run.replications=%d|objectives=[\"latency.produce.p99 <= %.9fs\"]",
                                    confidence_needed(3, half, half * 0.6, 0.95, 1003) + 2, mean + half * 0.6);
    struct outcome settled = run(b, more, 2);
    assert_int_equal(only(&settled)->met, RECORD_MET);
}

/* --- Precision ----------------------------------------------------------------------------------------- */

static double half_width(const struct record_objective *o)
{
    return (o->high.value - o->low.value) / 2 / o->value.value;
}

static void replications_are_added_until_intervals_are_narrow(void **state)
{
    struct bench *b = *state;
#define TWO QUICK "|run.duration=15s|run.replications=2" P99("10s")
    struct outcome two = run(b, TWO, 2);
    const double width = half_width(only(&two));
    assert_false(two.record.run.precision.known || two.record.run.precision.why_null);
    /* A precision that is there already adds nothing, and changes no figure. */
    struct outcome loose = run(b, TWO "|run.precision=99%", 2);
    assert_true(width < 0.99);
    assert_int_equal(loose.record.run.replications, 2);
    assert_near(loose.record.run.precision_reached.value, width, 1e-12);
    assert_true(only(&loose)->value.value == only(&two)->value.value);
    /* One that is not there adds them four at a time, and is then there. */
    const char *sets = arena_printf(b->fixture->arena, TWO "|run.precision=%.4f%%", 100 * width / 3);
    struct outcome narrow = run(b, sets, 2);
    const int n = narrow.record.run.replications;
    assert_true(n > 2 && n < 64 && (n - 2) % 4 == 0);
    assert_true(narrow.record.run.precision_reached.value <= width / 3);
    assert_near(narrow.record.run.precision_reached.value, half_width(only(&narrow)), 1e-12);
    assert_false(narrow.record.run.partial);
    /* Four fewer did not have it; and the figures are those of as many replications, asked for at once. */
    struct outcome fewer = run(b, arena_printf(b->fixture->arena, TWO "|run.replications=%d", n - 4), 2);
    assert_true(half_width(only(&fewer)) > width / 3);
    struct outcome same = run(b, arena_printf(b->fixture->arena, TWO "|run.replications=%d", n), 2);
    assert_true(only(&same)->value.value == only(&narrow)->value.value && only(&same)->low.value == only(&narrow)->low.value);
    /* Threads change nothing. */
    struct outcome other = run(b, sets, 3);
    assert_int_equal(other.n, narrow.n);
    assert_memory_equal(other.bytes, narrow.bytes, narrow.n);
}

static void precision_ends_at_the_most_replications(void **state)
{
    struct bench *b = *state;
    struct outcome o = run(b, TWO "|run.precision=0.01%|run.replications_max=5", 2);
    assert_int_equal(o.record.run.replications, 5);
    assert_true(o.record.run.precision_reached.known && o.record.run.precision_reached.value > 1e-4);
    assert_false(o.record.run.partial);
    /* Without objectives the decision's metric counts; one that is the same in all has no width. */
    struct replicate_options options = options_of(b, o.scenario, 2);
    options.as_many = true;
    struct outcome pairs = run_with(b, o.scenario, &options);
    assert_int_equal(pairs.record.run.replications, 2);
    assert_false(pairs.record.run.precision.known);
    struct outcome decision = run(b, QUICK "|run.duration=15s|run.replications=2|run.precision=0.01%|run.replications_max=5|"
                                           "decision={\"metric\": \"latency.produce.p99\"}", 2);
    assert_int_equal(decision.record.run.replications, 5);
    struct outcome lost = run(b, QUICK "|run.duration=15s|run.replications=2|run.precision=0.01%|objectives=[\"delivery.count.lost == 0\"]", 2);
    assert_int_equal(lost.record.run.replications, 2);
    assert_false(lost.record.run.precision_reached.known);
    assert_non_null(lost.record.run.precision_reached.why_null);
}

/* More replications than fit are not a failure: what fitted is whole, whatever the threads. */
static void precision_ends_with_the_memory(void **state)
{
    struct bench *b = *state;
    const struct scenario *s = scenario_with(b, base_system, TWO "|run.precision=0.01%");
    struct outcome found = {0};
    for (int64_t bytes = 16000000; !found.whole && bytes < 200000000; bytes += 8000000) {
        for (int threads = 1; threads <= 3; threads += 2) {
            struct replicate_options options = options_of(b, s, threads);
            options.max_memory_bytes = bytes;
            struct outcome o = run_with(b, s, &options);
            if (threads == 3 && found.whole) {
                assert_int_equal(o.n, found.n);
                assert_memory_equal(o.bytes, found.bytes, o.n);
            }
            found = o;
        }
    }
    assert_true(found.whole && found.record.run.replications >= 2 && found.record.run.replications < 64);
    assert_false(found.record.run.partial);
    bool told = false;
    for (int i = 0; i < found.record.notes_n; i++) told |= strstr(found.record.notes[i], "--max-memory") != NULL;
    assert_true(told);
}

/* --- Warm-up ------------------------------------------------------------------------------------------- */

/* A table that is rolled every two minutes has nothing to show before that. */
#define ROLLED QUICK "|run.duration=8m|run.replications=2|workload[0].rate=20/s|groups.raw.does.write.roll.every=2m"

static void the_warmup_is_found(void **state)
{
    struct bench *b = *state;
    struct outcome found = run(b, ROLLED "|run.warmup=auto", 2);
    assert_string_equal(found.record.run.warmup_by, "mser-5");
    assert_true(found.record.run.warmup_s >= 110 && found.record.run.warmup_s <= 240);
    struct outcome alone = run(b, ROLLED "|run.warmup=auto", 1);
    assert_int_equal(alone.n, found.n);
    assert_memory_equal(alone.bytes, found.bytes, alone.n);
    /* It is the run with that warm-up, stated. */
    struct outcome stated = run(b, arena_printf(b->fixture->arena, ROLLED "|run.warmup=%.0fs", found.record.run.warmup_s), 2);
    assert_string_equal(stated.record.run.warmup_by, "stated");
    assert_true(stated.record.run.warmup_s == found.record.run.warmup_s);
    for (int f = 0; f < RECORD_FIGURES; f++) {
        const struct record_number *x = &found.record.latency[0].figure[f], *y = &stated.record.latency[0].figure[f];
        assert_true(x->known == y->known && x->value == y->value);
    }
    /* A run too short for it leaves half of itself out, and says so. */
    struct outcome brief = run(b, ROLLED "|run.duration=2m|run.warmup=auto", 2);
    assert_true(brief.record.run.warmup_s == 60);
    bool told = false;
    for (int i = 0; i < brief.record.notes_n; i++) told |= strstr(brief.record.notes[i], "half is left out") != NULL;
    assert_true(told);
}

static int notes_on(const struct record *record, const char *words)
{
    int n = 0;
    for (int i = 0; i < record->notes_n; i++) n += strstr(record->notes[i], words) != NULL;
    return n;
}

static void a_stated_warmup_that_is_too_short_is_noted(void **state)
{
    struct bench *b = *state;
    struct outcome brief = run(b, ROLLED "|run.duration=34m|run.replications=1|run.warmup=0s", 1),
                   enough = run(b, ROLLED "|run.duration=34m|run.replications=1|run.warmup=10m", 1);
    assert_int_equal(notes_on(&brief.record, "warm-up:"), 2);
    assert_int_equal(notes_on(&brief.record, "raw_events"), 1);
    assert_int_equal(notes_on(&enough.record, "warm-up:"), 1);
}

/* --- One replication ----------------------------------------------------------------------------------- */

/* Not even a steady one knows an interval: its phases last all of it. */
static void one_replication_knows_no_interval(void **state)
{
    struct bench *b = *state;
    struct outcome o = run(b, QUICK "|run.duration=10m|run.replications=1|workload[0].rate=100/s", 1);
    for (int i = 0; i < o.record.latency_n; i++) {
        const struct record_distribution *d = &o.record.latency[i];
        assert_true(d->figure[RECORD_MEAN].known && d->figure[RECORD_P99].known);
        assert_false(d->ci95[RECORD_MEAN].known || d->ci95[RECORD_P99].known);
        assert_non_null(strstr(d->ci95[RECORD_MEAN].why_null, "one replication"));
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_open_objective_says_how_many_more),
        TEST(replications_are_added_until_intervals_are_narrow),
        TEST(precision_ends_at_the_most_replications),
        TEST(precision_ends_with_the_memory),
        TEST(the_warmup_is_found),
        TEST(a_stated_warmup_that_is_too_short_is_noted),
        TEST(one_replication_knows_no_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
