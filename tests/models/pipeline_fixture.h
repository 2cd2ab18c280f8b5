/* pipeline_fixture.h: whole replications of small scenarios, and their figures.
 *
 * A scenario is base_system with some fields set, as --set would. Costs are the shipped calibration's, with a few
 * operations made dearer where a test wants a busy broker or consumer at a rate that is cheap to simulate.
 */
#ifndef HEADROOM_TESTS_PIPELINE_FIXTURE_H
#define HEADROOM_TESTS_PIPELINE_FIXTURE_H

#include "scenario_fixture.h"

#include <math.h>

#include "calibration.h"
#include "check.h"
#include "faults.h"
#include "pipeline.h"
#include "telemetry.h"

enum { RUNS_MAX = 64, SETS_MAX = 32 };

struct run {
    const struct scenario *scenario;
    struct arena *arena;
    struct pipeline *pipeline;
};

struct bench {
    struct fixture *fixture;
    const char *data_dir;
    struct run runs[RUNS_MAX];
    int runs_n;
    char broken[1024]; /* what a CHECK said in simulate_unchecked(); "": none fired */
};

static const char base_system[] =
    "{\n"
    "  \"name\": \"base\",\n"
    "  \"run\": {\"duration\": \"90s\", \"warmup\": \"10s\", \"replications\": 1, \"resolution\": \"request\"},\n"
    "  \"keys\": {\"user\": {\"population\": 3000}},\n"
    "  \"workload\": [{\"stream\": \"views\", \"rate\": \"2k/s\", \"key\": \"user\",\n"
    "                \"event\": {\"size\": \"400 B\", \"serialization\": \"avro\"}}],\n"
    "  \"producers\": [{\"name\": \"web\", \"sends\": [\"views\"], \"to\": \"events\", \"instances\": 3,\n"
    "                 \"config\": {\"linger.ms\": 20, \"compression.type\": \"zstd\"}}],\n"
    "  \"cluster\": {\"brokers\": 3, \"instance\": \"m7g.large\", \"storage\": {\"size\": \"100 GiB\"}},\n"
    "  \"topics\": [{\"name\": \"events\", \"partitions\": 6, \"replication\": 3}],\n"
    "  \"groups\": [\n"
    "    {\"name\": \"count\", \"reads\": \"events\", \"instances\": 2, \"instance\": \"c6i.large\", \"protocol\": \"consumer\",\n"
    "     \"does\": {\"window\": {\"size\": \"10s\", \"out_of_orderness\": \"2s\"}}},\n"
    "    {\"name\": \"raw\", \"reads\": \"events\", \"instances\": 1, \"instance\": \"c6i.large\",\n"
    "     \"does\": {\"write\": {\"table\": \"raw_events\", \"format\": \"avro\", \"roll\": {\"every\": \"20s\"}}}}\n"
    "  ]\n"
    "}\n";

static inline int bench_set_up(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    if (!b) return -1;
    void *fixture;
    if (set_up(&fixture) != 0) return -1;
    b->fixture = fixture;
    b->data_dir = scenario_data_dir(b->fixture->arena, b->fixture->diag);
    *state = b;
    return b->data_dir ? 0 : -1;
}

static inline int bench_tear_down(void **state)
{
    struct bench *b = *state;
    for (int i = 0; i < b->runs_n; i++) {
        if (b->runs[i].pipeline) pipeline_free(b->runs[i].pipeline);
        arena_free(b->runs[i].arena);
    }
    void *fixture = b->fixture;
    int result = tear_down(&fixture);
    free(b);
    return result;
}

/* The shipped calibration, with `rows` ("kafka.broker.request", "us/request", 300) in front of it; "" for none. */
static inline const struct calibration *calibration_with(struct bench *b, const char *rows)
{
    struct fixture *f = b->fixture;
    const char *file = NULL;
    if (*rows)
        file = write_text(f, "calibration.json",
                          arena_printf(f->arena, "{\"calibration\": 1, \"name\": \"test\", \"date\": \"2026-01-01\", \"confidence\": "
                                                 "\"estimate\", \"source\": \"a test\", \"rows\": [%s]}",
                                       rows));
    const struct calibration *c = calibration_load(file, b->data_dir, f->arena, f->diag);
    if (!c) diag_print(f->diag, stderr);
    assert_non_null(c);
    return c;
}

#define COST(operation, unit, value)                                                                                   \
    "{\"operation\": \"" operation "\", \"unit\": \"" unit "\", \"value\": " #value ", \"low\": " #value ", \"high\": " #value "}"

/* "a.b=1|c.d=[...]" over a scenario's text; '|' stands in no value. */
static inline const struct scenario *scenario_with(struct bench *b, const char *text, const char *sets)
{
    struct fixture *f = b->fixture;
    struct scenario_override overrides[SETS_MAX];
    int n = 0;
    char *copy = arena_strdup(f->arena, sets);
    for (char *set = strtok(copy, "|"); set; set = strtok(NULL, "|")) {
        char *equals = strchr(set, '=');
        assert_non_null(equals);
        assert_true(n < SETS_MAX);
        *equals = '\0';
        overrides[n++] = (struct scenario_override){.path = set, .value = equals + 1};
    }
    const struct scenario *s = load_with(f, write_text(f, "scenario.json", text), overrides, n);
    if (!s) {
        fprintf(stderr, "sets: %s\n", sets);
        diag_print(f->diag, stderr);
    }
    assert_non_null(s);
    return s;
}

static inline struct run *run_new(struct bench *b, const struct scenario *s, const struct calibration *c)
{
    assert_true(b->runs_n < RUNS_MAX);
    struct run *r = &b->runs[b->runs_n++];
    *r = (struct run){.scenario = s, .arena = arena_new(0)};
    r->pipeline = pipeline_new(blueprint_new(s, c, r->arena), s->run.seed, r->arena);
    return r;
}

/* Another scenario than base_system. */
static inline struct run *simulate_text(struct bench *b, const char *text, const char *costs, const char *sets)
{
    const struct scenario *s = scenario_with(b, text, sets);
    struct run *r = run_new(b, s, calibration_with(b, costs));
    pipeline_run(r->pipeline, NULL, NULL, NULL);
    assert_true(r->pipeline->simulated == s->run.duration_ns);
    return r;
}

static inline struct run *simulate_with(struct bench *b, const char *costs, const char *sets)
{
    return simulate_text(b, base_system, costs, sets);
}

static inline struct run *simulate(struct bench *b, const char *sets)
{
    return simulate_with(b, "", sets);
}

/* --- Figures; times in seconds ------------------------------------------------------------------------ */

enum which { PRODUCE, END_TO_END, FRESHNESS, STALENESS };

/* All scope sets together; or only those without a fault. */
static inline struct histogram *times_of(struct run *r, enum which which, int group, bool steady)
{
    struct telemetry *t = r->pipeline->world.telemetry;
    struct histogram *all = ARENA_NEW(r->arena, struct histogram, 1);
    bool any = false;
    for (int i = 0; i < t->sets_n; i++) {
        struct scope_set *set = &t->sets[i];
        if (steady && set->faults != 0) continue;
        struct histogram *h = which == PRODUCE      ? &set->produce
                              : which == END_TO_END ? &set->end_to_end[group]
                              : which == FRESHNESS  ? &set->freshness[group]
                                                    : &set->staleness[group];
        if (!any) histogram_init(all, r->arena, h->min_value, h->max_value, 0.005);
        any = true;
        histogram_merge(all, h);
    }
    assert_true(any);
    return all;
}

static inline double mean_of(struct run *r, enum which which, int group)
{
    return histogram_mean(times_of(r, which, group, false));
}

static inline double quantile_of(struct run *r, enum which which, int group, double q)
{
    return histogram_quantile(times_of(r, which, group, false), q);
}

static inline double peak_lag(const struct run *r, int group)
{
    const struct series *lag = &r->pipeline->world.telemetry->lag[group];
    double peak = 0;
    for (int32_t i = 0; i < series_length(lag); i++) peak = fmax(peak, series_value(lag, i));
    return peak;
}

static inline const struct resource_use *resource_named(const struct run *r, const char *name)
{
    const struct telemetry *t = r->pipeline->world.telemetry;
    for (int i = 0; i < t->resources_n; i++)
        if (!strcmp(t->resources[i].name, name)) return &t->resources[i];
    fail_msg("no resource %s", name);
    return NULL;
}

static inline double busy_share(const struct run *r, const char *name)
{
    const struct resource_use *use = resource_named(r, name);
    return use->busy_ns / (use->span_s * 1e9 * use->units * use->capacity);
}

static inline const struct telemetry_totals *totals_of(const struct run *r)
{
    return &r->pipeline->world.telemetry->totals;
}

static inline double batch_records(const struct run *r)
{
    return totals_of(r)->records / totals_of(r)->batches;
}

static inline struct pipeline_account account_of(const struct run *r, int group)
{
    return pipeline_account(&r->pipeline->world, group);
}

/* By a group, over its partitions. */
static inline int64_t lost_by(const struct run *r, int group, enum lost_reason reason)
{
    const struct group *g = &r->pipeline->world.groups[group];
    int64_t lost = 0;
    for (int i = 0; i < g->partitions_n; i++) lost += g->partitions[i].lost_by[reason];
    return lost;
}

static inline const struct fault_row *fault_of(const struct run *r, int fault)
{
    return fault_first(&r->pipeline->world, fault);
}

static inline void assert_adds_up(const struct run *r)
{
    for (int g = 0; g < r->scenario->groups_n; g++) {
        struct pipeline_account a = account_of(r, g);
        assert_int_equal(a.produced, a.rejected + a.delivered + a.lost + a.in_flight);
        assert_true(a.produced >= 0 && a.rejected >= 0 && a.delivered >= 0 && a.lost >= 0 && a.in_flight >= 0 &&
                    a.duplicated >= 0);
    }
}

#define assert_near(value, expected, tolerance)                                                                        \
    do {                                                                                                               \
        double value_ = (value), expected_ = (expected), tolerance_ = (tolerance);                                     \
        if (!(fabs(value_ - expected_) <= tolerance_))                                                                 \
            fail_msg("%s is %.6g, expected %.6g +- %.2g (%s)", #value, value_, expected_, tolerance_, #expected);      \
    } while (0)

#define assert_less(low, high)                                                                                         \
    do {                                                                                                               \
        double low_ = (low), high_ = (high);                                                                           \
        if (!(low_ < high_)) fail_msg("%s is %.6g, not below %s, %.6g", #low, low_, #high, high_);                     \
    } while (0)

#endif
