/* The flagship and its small sibling at every resolution: the same records, and figures that agree. Prints the table that
 * the README quotes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "calibration.h"
#include "diag.h"
#include "pipeline.h"
#include "prices.h"
#include "record.h"
#include "replicate.h"
#include "scenario.h"

enum { OVERRIDES = 7 };

static struct record *run(const char *file, const char *resolution, const char *start, const char *duration,
                          const char *replications, struct arena *arena)
{
    struct diag *diag = diag_new();
    const struct scenario_override sets[OVERRIDES] = {
        {"run.resolution", resolution}, {"run.start", start}, {"run.duration", duration}, {"run.warmup", "1m"},
        {"run.replications", replications}, {"faults", "[]"}, {"objectives", "[]"}};
    const struct scenario *s = scenario_load(file, sets, OVERRIDES, "scenarios", NULL, arena, diag);
    if (!s) diag_print(diag, stdout);
    assert_non_null(s);
    const struct calibration *calibration = calibration_load(NULL, "scenarios", arena, diag);
    const struct pricebook *prices = pricebook_load("scenarios/prices/aws-us-east-1.json", arena, diag);
    assert_non_null(calibration);
    assert_non_null(prices);
    struct replicate_options options = {.threads = 2, .calibration = calibration, .prices = prices};
    struct record *record = ARENA_NEW(arena, struct record, 1);
    assert_true(replicate_run(s, &options, arena, record));
    record->scenario.resolved = NULL; /* borrowed from what is released here */
    scenario_release(s);
    diag_free(diag);
    return record;
}

static const struct record_distribution *named(const struct record_distribution *list, int n, const char *name)
{
    for (int i = 0; i < n; i++) {
        if (strcmp(list[i].name, name) == 0) return &list[i];
    }
    fail_msg("no distribution %s", name);
    return NULL;
}

static void print_row(const char *resolution, const char *what, const struct record_distribution *d)
{
    printf("  %-8s %-20s", resolution, what);
    for (int f = 0; f < RECORD_MAX; f++) {
        if (f == RECORD_P75 || f == RECORD_P95) continue;
        if (d->figure[f].known)
            printf("  %s %9.4f s", record_figure_names[f], d->figure[f].value);
        else
            printf("  %s         ? s", record_figure_names[f]);
    }
    printf("\n");
}

/* within: relative, of p50, p99 and p99.9. */
static void agree(const struct record *a, const struct record *b, const char *what, bool fresh, double within, double tail)
{
    const struct record_distribution *x = fresh ? named(a->freshness, a->freshness_n, what) : named(a->latency, a->latency_n, what);
    const struct record_distribution *y = fresh ? named(b->freshness, b->freshness_n, what) : named(b->latency, b->latency_n, what);
    print_row(a->inputs.resolution, what, x);
    print_row(b->inputs.resolution, what, y);
    const int figures[] = {RECORD_P50, RECORD_P99, RECORD_P99_9};
    const double limits[] = {within, within, tail};
    for (int i = 0; i < 3; i++) {
        if (!x->figure[figures[i]].known || !y->figure[figures[i]].known) continue;
        double p = x->figure[figures[i]].value, q = y->figure[figures[i]].value;
        if (fabs(p - q) > limits[i] * q)
            fail_msg("%s %s: %g against %g", what, record_figure_names[figures[i]], p, q);
    }
}

/* The accounts of every group hold, and nobody's depends on the resolution but for what is still under way. */
static void same_records(const struct record *a, const struct record *b)
{
    assert_int_equal(a->delivery.produced, b->delivery.produced);
    for (int g = 0; g < a->delivery.groups_n; g++) {
        const struct record_group *x = &a->delivery.groups[g];
        assert_int_equal(a->delivery.produced, a->delivery.rejected + x->delivered + x->lost + x->in_flight);
    }
}

static void test_flagship_sampled_against_request(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const char *file = "scenarios/ad-clickstream.json";
    printf("ad-clickstream, ten minutes from 21:28, two replications\n");
    struct record *sampled = run(file, "sampled", "21:28", "10m", "2", arena);
    struct record *request = run(file, "request", "21:28", "10m", "2", arena);
    same_records(sampled, request);
    agree(sampled, request, "produce", false, 0.03, 0.05);
    agree(sampled, request, "end_to_end.ctr", false, 0.03, 0.05);
    agree(sampled, request, "end_to_end.raw", false, 0.04, 0.05);
    agree(sampled, request, "ctr", true, 0.02, 0.05);
    agree(sampled, request, "raw_ad_events", true, 0.03, 0.05);
    arena_free(arena);
}

static void test_small_sibling_at_record(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const char *file = "scenarios/ad-clickstream-small.json";
    printf("ad-clickstream-small, three minutes from 21:30, two replications\n");
    struct record *record = run(file, "record", "21:30", "3m", "2", arena);
    struct record *request = run(file, "request", "21:30", "3m", "2", arena);
    struct record *sampled = run(file, "sampled", "21:30", "3m", "2", arena);
    same_records(request, record);
    same_records(sampled, record);
    agree(request, record, "produce", false, 0.02, 0.05);
    agree(request, record, "end_to_end.ctr", false, 0.02, 0.05);
    agree(request, record, "ctr", true, 0.03, 0.1);
    agree(sampled, record, "produce", false, 0.04, 0.05);
    agree(sampled, record, "end_to_end.ctr", false, 0.04, 0.05);
    agree(sampled, record, "ctr", true, 0.03, 0.1);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flagship_sampled_against_request),
        cmocka_unit_test(test_small_sibling_at_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
