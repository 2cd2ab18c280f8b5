/* Designs side by side: paired differences against numbers worked out by hand, break-even prices, what is missing, and real
 * runs: the same scenario twice, and two that differ in one knob. */
#include "models/pipeline_fixture.h"

#include <jansson.h>
#include <signal.h>

#include "compare.h"
#include "comparison.h"
#include "metrics.h"
#include "prices.h"
#include "record.h"
#include "replicate.h"

/* --- By hand ------------------------------------------------------------------------------------------- */

struct hand { /* one figure of a design, replication by replication; NAN: not finished */
    const char *metric;
    enum comparison_section section;
    double each[3];
};

static struct compare_figure figure_of(struct arena *arena, const struct hand *hand)
{
    struct metric *each = ARENA_NEW(arena, struct metric, 3);
    double sum = 0;
    int n = 0;
    for (int i = 0; i < 3; i++) {
        each[i] = (struct metric){.value = hand->each[i], .known = !isnan(hand->each[i])};
        if (each[i].known) sum += hand->each[i];
        n += each[i].known;
    }
    return (struct compare_figure){.section = hand->section,
                                   .metric = hand->metric,
                                   .words = hand->metric,
                                   .unit = "s",
                                   .value = n ? record_known(sum / n) : record_unknown("it has none"),
                                   .each = each};
}

static void add(struct compare *compare, struct arena *arena, const char *name, const struct hand *hands, int n)
{
    struct compare_figure figures[16];
    for (int i = 0; i < n; i++) figures[i] = figure_of(arena, &hands[i]);
    const struct comparison_design design = {.name = name,
                                             .file = "a.json",
                                             .sha256 = "0",
                                             .answer = "Yes.",
                                             .output = {.text = "ctr"},
                                             .stale_after_s = record_known(60),
                                             .usd_per_minute = record_known(2)};
    compare_add(compare, &design, figures, n, "this design has none");
}

static int row_named(const struct comparison_record *c, const char *metric)
{
    for (int i = 0; i < c->rows_n; i++)
        if (!strcmp(c->rows[i].metric, metric)) return i;
    fail_msg("no row %s", metric);
    return -1;
}

static const struct comparison_difference *difference(const struct comparison_record *c, int pair, const char *metric)
{
    return &c->pairs[pair].differences[row_named(c, metric)];
}

static bool concludes(const struct comparison_record *c, const char *words)
{
    for (int i = 0; i < c->conclusion_n; i++)
        if (strstr(c->conclusion[i], words)) return true;
    return false;
}

/* Of 1, 2 and 6 the mean is 3 and s is sqrt(7); Student's t of two degrees of freedom is 4.302653 at 95 %. */
static void differences_are_paired(void **state)
{
    struct bench *b = *state;
    struct arena *arena = b->fixture->arena;
    struct compare *compare = compare_new(7, 3, arena);
    add(compare, arena, "one", (const struct hand[]){{"x", COMPARISON_LATENCY, {100, 200, 300}}, {"y", COMPARISON_LATENCY, {5, 5, 5}}}, 2);
    add(compare, arena, "two", (const struct hand[]){{"x", COMPARISON_LATENCY, {101, 202, 306}}, {"y", COMPARISON_LATENCY, {4, 4, 4}}}, 2);
    const struct comparison_record *c = compare_finish(compare, NULL);
    assert_int_equal(c->seed, 7);
    assert_int_equal(c->replications, 3);
    assert_false(c->partial);
    const struct comparison_difference *x = difference(c, 0, "x"), *y = difference(c, 0, "y");
    double half = 4.302653 * sqrt(7) / sqrt(3);
    assert_near(x->mean.value, 3, 1e-9);
    assert_near(x->low.value, 3 - half, 1e-5);
    assert_near(x->high.value, 3 + half, 1e-5);
    assert_false(x->excludes_zero); /* three observations are few */
    assert_near(y->mean.value, -1, 1e-12);
    assert_near(y->low.value, -1, 1e-12);
    assert_near(y->high.value, -1, 1e-12);
    assert_true(y->excludes_zero);
    assert_string_equal(c->pairs[0].of, "B");
    assert_string_equal(c->pairs[0].less, "A");
    assert_near(c->designs[1].values[row_named(c, "x")].number.value, 203, 1e-9);
}

/* Rows stand by section, then as they came; what a design does not have has its reason. */
static void rows_are_those_of_any_design(void **state)
{
    struct bench *b = *state;
    struct arena *arena = b->fixture->arena;
    struct compare *compare = compare_new(1, 3, arena);
    add(compare, arena, "same", (const struct hand[]){{"late", COMPARISON_COST, {1, 1, 1}}, {"a", COMPARISON_LATENCY, {1, 2, 3}}}, 2);
    add(compare, arena, "same", (const struct hand[]){{"b", COMPARISON_LATENCY, {1, 2, 3}}, {"a", COMPARISON_LATENCY, {1, NAN, NAN}}}, 2);
    add(compare, arena, "same", NULL, 0);
    const struct comparison_record *c = compare_finish(compare, "interrupted");
    assert_int_equal(c->rows_n, 3);
    static const char *const order[] = {"a", "b", "late"};
    for (int i = 0; i < 3; i++) {
        assert_string_equal(c->rows[i].metric, order[i]);
        for (int d = 0; d < 3; d++) assert_string_equal(c->designs[d].values[i].name, order[i]);
    }
    assert_true(c->partial);
    /* One replication was finished by both: a difference without an interval. */
    const struct comparison_difference *a = difference(c, 0, "a");
    assert_true(a->mean.known && a->mean.value == 0);
    assert_false(a->low.known);
    assert_false(a->excludes_zero);
    assert_string_equal(difference(c, 0, "b")->mean.why_null, "this design has none");
    assert_string_equal(difference(c, 1, "a")->mean.why_null, "this design has none");
    /* Names are directories, so they differ. */
    assert_string_equal(c->designs[0].name, "same");
    assert_string_equal(c->designs[1].name, "same+2");
    assert_string_equal(c->designs[2].name, "same+3");
    assert_false(concludes(c, "came out the same"));
    assert_true(concludes(c, "Which is cheaper is not known"));
    assert_int_equal(c->break_even_n, 0);
    assert_non_null(c->break_even_why_none);
}

/* Cheaper on average, and dearer in one replication of three. */
static void what_may_be_chance_is_said(void **state)
{
    struct bench *b = *state;
    struct arena *arena = b->fixture->arena;
    struct compare *compare = compare_new(1, 3, arena);
    add(compare, arena, "one", (const struct hand[]){{"cost.month", COMPARISON_COST, {100, 100, 100}}}, 1);
    add(compare, arena, "two", (const struct hand[]){{"cost.month", COMPARISON_COST, {90, 104, 91}}}, 1);
    const struct comparison_record *c = compare_finish(compare, NULL);
    assert_true(concludes(c, "Cheapest in infrastructure: B (two)"));
    assert_true(concludes(c, "In infrastructure B (two) cannot be told from A (one)"));
}

#define MONEY(usd, minutes)                                                                                            \
    (const struct hand[])                                                                                              \
    {                                                                                                                  \
        {"cost.month", COMPARISON_COST, {usd, usd, usd}}, {"delay.minutes", COMPARISON_COST, {minutes, minutes, minutes}},  \
            {"cost.sum", COMPARISON_COST, {usd + 2 * (minutes), usd + 2 * (minutes), usd + 2 * (minutes)}}             \
    }

static const struct comparison_record *priced(struct arena *arena, const double (*designs)[2], int n)
{
    static const char *const names[] = {"first", "second", "third", "fourth"};
    struct compare *compare = compare_new(1, 3, arena);
    for (int d = 0; d < n; d++) add(compare, arena, names[d], MONEY(designs[d][0], designs[d][1]), 3);
    return compare_finish(compare, NULL);
}

/* $1000 and nothing stale, against $400 and 300 minutes: delay at $2.00 a minute is just where they meet. */
static void the_answer_flips_at_its_price(void **state)
{
    struct bench *b = *state;
    struct arena *arena = b->fixture->arena;
    const struct comparison_record *c = priced(arena, (const double[][2]){{1000, 0}, {400, 300}}, 2);
    assert_int_equal(c->break_even_n, 2);
    assert_string_equal(c->break_even[0].cheapest, "B");
    assert_near(c->break_even[0].from_usd_per_minute, 0, 0);
    assert_string_equal(c->break_even[1].cheapest, "A");
    assert_near(c->break_even[1].from_usd_per_minute, 2, 1e-12);
    assert_true(concludes(c, "Cheapest in infrastructure: B (second) at $400 a month, then A (first) at $1,000 a month."));
    assert_true(concludes(c, "in sum, with delay at $2.00 a minute: A (first) at $1,000 a month and B (second) at the same."));
    assert_true(concludes(c, "B (second) costs least while a minute of delay costs less than $2.00, and A (first) from there on."));
}

/* Four lines: the second lies above the others everywhere, so it is never the answer. */
static void designs_that_never_win_are_left_out(void **state)
{
    struct bench *b = *state;
    struct arena *arena = b->fixture->arena;
    const struct comparison_record *c = priced(arena, (const double[][2]){{100, 100}, {190, 50}, {150, 50}, {400, 0}}, 4);
    assert_int_equal(c->break_even_n, 3);
    static const char *const winners[] = {"A", "C", "D"};
    static const double from[] = {0, 1, 5};
    for (int i = 0; i < 3; i++) {
        assert_string_equal(c->break_even[i].cheapest, winners[i]);
        assert_near(c->break_even[i].from_usd_per_minute, from[i], 1e-12);
    }
    assert_true(concludes(c, "then C (third) up to $5.00, and D (fourth) from there on"));
    /* The least of the lines, at any price. */
    for (double price = 0; price < 10; price += 0.01) {
        int at = 0;
        while (at + 1 < 3 && price >= from[at + 1]) at++;
        const double lines[] = {100 + 100 * price, 190 + 50 * price, 150 + 50 * price, 400};
        for (int d = 0; d < 4; d++) assert_true(lines[winners[at][0] - 'A'] <= lines[d] + 1e-9);
    }
    assert_false(concludes(c, "cannot be told"));
    c = priced(arena, (const double[][2]){{100, 100}, {90, 100}, {90, 40}}, 3);
    assert_int_equal(c->break_even_n, 1);
    assert_true(concludes(c, "Whatever a minute of delay costs, no design costs less than C (third)."));
}

/* --- Runs ---------------------------------------------------------------------------------------------- */

#define DESIGN                                                                                                         \
    "run.duration=40s|run.warmup=5s|workload[0].rate=500/s|run.resolution=sampled|run.replications=3|"                 \
    "decision={\"metric\": \"freshness.count.p99\", \"stale_after\": \"7s\", \"cost_of_delay\": \"$2/min\"}"

static bool run_design(struct bench *b, struct compare *compare, const char *sets, const volatile sig_atomic_t *stop,
                       struct record *record)
{
    struct fixture *f = b->fixture;
    const struct scenario *s = scenario_with(b, base_system, sets);
    const struct pricebook *prices = pricebook_load(arena_printf(f->arena, "%s/prices/aws-%s.json", b->data_dir, s->region), f->arena, f->diag);
    struct replicate_options options = {.threads = 2, .calibration = calibration_with(b, ""), .prices = prices, .stop = stop};
    struct arena *arena = arena_new(0);
    *record = (struct record){0};
    bool whole = compare_run(compare, "base.json", s, &options, arena, record);
    arena_free(arena); /* what is kept must not live in it */
    return whole;
}

static void a_scenario_is_the_same_as_itself(void **state)
{
    struct bench *b = *state;
    struct record record;
    struct compare *compare = compare_new(1, 3, b->fixture->arena);
    assert_true(run_design(b, compare, DESIGN, NULL, &record));
    assert_true(run_design(b, compare, DESIGN, NULL, &record));
    const struct comparison_record *c = compare_finish(compare, NULL);
    int known = 0;
    for (int i = 0; i < c->rows_n; i++) {
        const struct comparison_difference *d = &c->pairs[0].differences[i];
        if (!d->mean.known) continue;
        known++;
        assert_true(d->mean.value == 0 && d->low.value == 0 && d->high.value == 0);
        assert_false(d->excludes_zero);
    }
    assert_true(known >= 20);
    assert_true(concludes(c, "came out the same"));
    assert_int_equal(c->conclusion_n, 1);
}

/* A checkpoint makes the output staler and nothing else: the same traffic, and differences that only pairing can see. */
static void designs_see_the_same_traffic(void **state)
{
    struct bench *b = *state;
    struct record first, second;
    struct compare *compare = compare_new(1, 3, b->fixture->arena);
    assert_true(run_design(b, compare, DESIGN, NULL, &first));
    double month = first.cost.month_usd.value, delay = first.delay.month_usd.value;
    assert_true(run_design(b, compare, DESIGN "|groups.count.instances=1|groups.count.delivery=exactly_once|groups.count.checkpoint=8s", NULL, &second));
    const struct comparison_record *c = compare_finish(compare, NULL);
    const struct comparison_difference *produced = difference(c, 0, "delivery.produced");
    assert_true(produced->mean.value == 0 && produced->low.value == 0 && produced->high.value == 0);
    const struct comparison_difference *stale = difference(c, 0, "decision.staleness.p50");
    assert_true(stale->mean.value > 2 && stale->excludes_zero);
    /* One instance fewer: 730 hours at the book's price. */
    const struct comparison_difference *groups = difference(c, 0, "cost.consumer_groups");
    assert_near(groups->mean.value, -730 * 0.085, 1e-6);
    assert_true(groups->excludes_zero);
    /* The figures of `run`, to the last digit. */
    assert_true(c->designs[0].values[row_named(c, "cost.month")].number.value == month);
    assert_near(c->designs[0].values[row_named(c, "cost.delay")].number.value, delay, 1e-9 * delay);
    assert_near(c->designs[0].values[row_named(c, "cost.sum")].number.value, month + delay, 1e-9 * (month + delay));
    assert_string_equal(c->designs[1].output.text, "count");
    assert_false(concludes(c, "came out the same"));
    for (int i = 0; i < c->notes_n; i++) assert_null(strstr(c->notes[i], "does not see the traffic"));
    /* Every row of money adds up. */
    double sum = 0;
    for (int i = 0; i < c->rows_n; i++)
        if (c->rows[i].section == COMPARISON_COST && i < row_named(c, "cost.month")) sum += c->designs[1].values[i].number.value;
    assert_near(sum, c->designs[1].values[row_named(c, "cost.month")].number.value, 1e-6);
}

static void other_traffic_is_told(void **state)
{
    struct bench *b = *state;
    struct record record;
    struct compare *compare = compare_new(1, 3, b->fixture->arena);
    assert_true(run_design(b, compare, DESIGN, NULL, &record));
    assert_true(run_design(b, compare, DESIGN "|workload[0].rate=400/s", NULL, &record));
    const struct comparison_record *c = compare_finish(compare, NULL);
    bool told = false;
    for (int i = 0; i < c->notes_n; i++) told = told || strstr(c->notes[i], "does not see the traffic");
    assert_true(told);
}

static void an_interrupted_design_is_partial(void **state)
{
    struct bench *b = *state;
    volatile sig_atomic_t stop = 1;
    struct record record;
    struct compare *compare = compare_new(1, 3, b->fixture->arena);
    assert_true(run_design(b, compare, DESIGN, NULL, &record));
    assert_false(run_design(b, compare, DESIGN, &stop, &record));
    const struct comparison_record *c = compare_finish(compare, "interrupted");
    assert_int_equal(c->designs[1].replications, 0);
    assert_string_equal(c->designs[1].values[0].number.why_null, "no replication was finished");
    size_t n;
    const char *text = comparison_write(c, b->fixture->arena, &n);
    assert_non_null(strstr(text, "\"partial_why\": \"interrupted\""));
}

/* The document holds every figure and reads back as JSON; every null in it has its reason. */
static void the_document_is_whole(void **state)
{
    struct bench *b = *state;
    struct record record;
    struct compare *compare = compare_new(1, 3, b->fixture->arena);
    assert_true(run_design(b, compare, DESIGN, NULL, &record));
    assert_true(run_design(b, compare, DESIGN "|groups.count.instances=1|decision=null", NULL, &record));
    struct comparison_record *c = compare_finish(compare, NULL);
    size_t n;
    const char *text = comparison_write(c, b->fixture->arena, &n);
    json_t *document = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(document);
    assert_int_equal(json_integer_value(json_object_get(document, "compare")), 1);
    const json_t *designs = json_object_get(document, "designs"), *reasons = json_object_get(document, "reasons");
    assert_int_equal(json_array_size(designs), 2);
    for (size_t d = 0; d < 2; d++) {
        json_t *values = json_object_get(json_array_get(designs, d), "values");
        assert_int_equal(json_object_size(values), c->rows_n);
        const char *key;
        json_t *value;
        json_object_foreach(values, key, value)
        {
            if (!json_is_null(value)) continue;
            const char *pointer = arena_printf(b->fixture->arena, "/designs/%d/values/%s", (int)d, key);
            assert_non_null(json_object_get(reasons, pointer));
        }
    }
    assert_true(json_is_null(json_object_get(json_array_get(designs, 1), "output")));
    assert_non_null(json_object_get(reasons, "/designs/1/output"));
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(differences_are_paired, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(rows_are_those_of_any_design, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(what_may_be_chance_is_said, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(the_answer_flips_at_its_price, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(designs_that_never_win_are_left_out, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_scenario_is_the_same_as_itself, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(designs_see_the_same_traffic, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(other_traffic_is_told, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(an_interrupted_design_is_partial, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(the_document_is_whole, bench_set_up, bench_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
