/* compare_run.c: one design of a comparison: its replications, and the figures that are compared. */
#include "compare_parts.h"

#include <math.h>
#include <string.h>

#include "arena.h"
#include "check.h"
#include "fill.h"
#include "lake.h"
#include "lake_feed.h"
#include "query_feed.h"
#include "replicate.h"

static const struct metric_scope ALL = {SCOPE_ALL, 0};

struct collection {
    const struct scenario *scenario;
    const struct replicate_options *options;
    struct arena *arena;
    const struct replication *finished; /* in order */
    int finished_n;
    int *index; /* [finished_n] which replication it is */
    struct compare_figure *figures;
    int figures_n, capacity;
};

/* The values stand in order of `finished`; room for all replications, those not finished unknown. */
static void add(struct collection *all, enum comparison_section section, const char *metric, const char *words,
                const char *unit, const struct metric *values)
{
    struct metric *each = ARENA_NEW(all->arena, struct metric, (size_t)all->scenario->run.replications);
    for (int i = 0; i < all->finished_n; i++) each[all->index[i]] = values[i];
    if (all->figures_n == all->capacity) {
        int capacity = all->capacity ? 2 * all->capacity : 64;
        all->figures = arena_grow(all->arena, all->figures, (size_t)all->figures_n, (size_t)capacity, sizeof *all->figures);
        all->capacity = capacity;
    }
    all->figures[all->figures_n++] = (struct compare_figure){.section = section,
                                                             .metric = metric,
                                                             .words = words,
                                                             .unit = unit,
                                                             .value = estimate_of(values, all->finished_n, all->arena).mean,
                                                             .each = each};
}

/* A metric by its name; `as` is the row's, where designs call it differently. */
static void add_metric(struct collection *all, enum comparison_section section, const char *metric, const char *as,
                       const char *words, const char *unit)
{
    struct metric *values = ARENA_NEW(all->arena, struct metric, (size_t)all->finished_n);
    for (int i = 0; i < all->finished_n; i++) values[i] = metric_of(&all->finished[i], metric, ALL);
    add(all, section, as ? as : metric, words, unit, values);
}

static void add_output(struct collection *all)
{
    static const struct {
        const char *kind, *figure;
    } rows[] = {{"freshness", "p50"}, {"freshness", "p95"}, {"freshness", "p99"}, {"staleness", "p50"}, {"staleness", "p99"}};
    const char *output = all->scenario->decision.output;
    struct metric *none = ARENA_NEW(all->arena, struct metric, (size_t)all->finished_n);
    for (int r = 0; !output && r < all->finished_n; r++) none[r] = metric_stale_share(&all->finished[r]);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *as = arena_printf(all->arena, "decision.%s.%s", rows[i].kind, rows[i].figure);
        const char *words = arena_printf(all->arena, "%s %s", rows[i].kind, rows[i].figure);
        if (output)
            add_metric(all, COMPARISON_OUTPUT, arena_printf(all->arena, "%s.%s.%s", rows[i].kind, output, rows[i].figure), as,
                       words, "s");
        else
            add(all, COMPARISON_OUTPUT, as, words, "s", none);
        all->figures[all->figures_n - 1].optional = !output;
    }
}

static void add_groups(struct collection *all)
{
    static const char *const counts[][2] = {{"lost", "lost"}, {"duplicated", "duplicated"}, {"dropped_late", "dropped late"}};
    struct arena *arena = all->arena;
    const struct scenario *s = all->scenario;
    add_metric(all, COMPARISON_LATENCY, "latency.produce.p99", NULL, "produce p99", "s");
    add_metric(all, COMPARISON_DELIVERY, COMPARE_PRODUCED, NULL, "produced", "records");
    add_metric(all, COMPARISON_DELIVERY, "delivery.rejected", NULL, "rejected", "records");
    for (int g = 0; g < s->groups_n; g++) {
        const char *name = s->groups[g].name;
        add_metric(all, COMPARISON_LATENCY, arena_printf(arena, "latency.end_to_end.%s.p99", name), NULL,
                   arena_printf(arena, "end to end p99, %s", name), "s");
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
            add_metric(all, COMPARISON_DELIVERY, arena_printf(arena, "delivery.%s.%s", name, counts[i][0]), NULL,
                       arena_printf(arena, "%s, %s", counts[i][1], name), "records");
    }
    add_metric(all, COMPARISON_HEADROOM, "headroom.load_factor", NULL, "load factor", "");
}

static void add_queries(struct collection *all)
{
    const size_t n = (size_t)all->finished_n;
    for (int q = 0; q < all->scenario->queries_n; q++) {
        const char *name = all->scenario->queries[q].name;
        struct metric *files = ARENA_NEW(all->arena, struct metric, n), *bytes = ARENA_NEW(all->arena, struct metric, n);
        for (size_t i = 0; i < n; i++) {
            const struct query_result *result = query_feed_result(&all->finished[i].pipeline->world, q);
            const double planned = (double)result->queries_planned;
            const char *why = "no query of it was planned";
            files[i] = (struct metric){.value = (double)result->files_read / planned, .known = planned > 0, .why = why};
            bytes[i] = (struct metric){.value = result->bytes_read / planned, .known = planned > 0, .why = why};
        }
        add_metric(all, COMPARISON_QUERIES, arena_printf(all->arena, "query.%s.p95", name), NULL,
                   arena_printf(all->arena, "p95, %s", name), "s");
        add(all, COMPARISON_QUERIES, arena_printf(all->arena, "query.%s.files", name),
            arena_printf(all->arena, "files a query, %s", name), "count", files);
        add(all, COMPARISON_QUERIES, arena_printf(all->arena, "query.%s.bytes", name),
            arena_printf(all->arena, "read by a query, %s", name), "bytes", bytes);
    }
}

static void add_tables(struct collection *all)
{
    const size_t n = (size_t)all->finished_n;
    for (int t = 0; t < all->scenario->tables_n; t++) {
        struct metric *files = ARENA_NEW(all->arena, struct metric, n), *bytes = ARENA_NEW(all->arena, struct metric, n);
        const char *name = all->scenario->tables[t].name;
        for (size_t i = 0; i < n; i++) {
            const struct lake *lake = lake_feed_lake(&all->finished[i].pipeline->world);
            if (!lake) return; /* tables that are written and nothing more have no manifest */
            const struct lake_counts counts = lake_counts(lake, t);
            files[i] = (struct metric){.value = (double)counts.files, .known = true};
            bytes[i] = (struct metric){.value = (double)counts.bytes, .known = true};
        }
        add(all, COMPARISON_LAKE, arena_printf(all->arena, "lake.%s.files", name),
            arena_printf(all->arena, "files, %s", name), "count", files);
        add(all, COMPARISON_LAKE, arena_printf(all->arena, "lake.%s.bytes", name),
            arena_printf(all->arena, "bytes, %s", name), "bytes", bytes);
    }
}

static struct bill *bill_of(struct collection *all, const struct replication *r, int n)
{
    struct bill *bill = ARENA_NEW(all->arena, struct bill, 1);
    struct meters *meters = ARENA_NEW(all->arena, struct meters, 1);
    metric_meters(r, n, meters, all->arena);
    bill_compute(meters, all->scenario, all->options->prices, all->arena, bill);
    return bill;
}

static struct metric dollars(double usd, const char *why)
{
    return (struct metric){.value = usd, .known = isfinite(usd), .why = why};
}

static void add_money(struct collection *all)
{
    static const char *const missing = "the price book lacks a price of it";
    const size_t n = (size_t)all->finished_n;
    struct metric *values = ARENA_NEW(all->arena, struct metric, n), *others = ARENA_NEW(all->arena, struct metric, n);
    struct bill **bills = ARENA_NEW(all->arena, struct bill *, n);
    const struct bill *together = bill_of(all, all->finished, all->finished_n); /* the one that the record has */
    for (size_t i = 0; i < n; i++) bills[i] = bill_of(all, &all->finished[i], 1);
    for (int k = 0; k < BILL_KINDS; k++) {
        const char *name = bill_kind_name((enum bill_kind)k);
        for (size_t i = 0; i < n; i++) values[i] = dollars(bills[i]->kind_usd[k], missing);
        char *metric = arena_printf(all->arena, "cost.%s", name);
        for (char *blank; (blank = strchr(metric, ' ')) != NULL;) *blank = '_';
        add(all, COMPARISON_COST, metric, name, "usd", values);
        all->figures[all->figures_n - 1].value = record_maybe(together->kind_usd[k], missing);
        all->figures[all->figures_n - 1].optional = true;
    }
    for (size_t i = 0; i < n; i++) values[i] = dollars(bills[i]->month_usd, bills[i]->month_null_reason);
    add(all, COMPARISON_COST, COMPARE_MONTH, "infrastructure", "usd", values);
    const struct record_number month = record_maybe(together->month_usd, together->month_null_reason);
    all->figures[all->figures_n - 1].value = month;

    for (size_t i = 0; i < n; i++) {
        others[i] = metric_stale_share(&all->finished[i]);
        others[i].value *= METRIC_MONTH_MINUTES;
    }
    add(all, COMPARISON_COST, COMPARE_MINUTES, "stale minutes", "count", others);
    add_metric(all, COMPARISON_COST, COMPARE_DELAY, NULL, "cost of delay", "usd");
    const struct record_number delay = all->figures[all->figures_n - 1].value;
    for (size_t i = 0; i < n; i++) {
        struct metric of = metric_of(&all->finished[i], COMPARE_DELAY, ALL);
        others[i] = !values[i].known ? values[i] : of;
        if (values[i].known && of.known) others[i].value += values[i].value;
    }
    add(all, COMPARISON_COST, COMPARE_SUM, "in sum", "usd", others);
    if (month.known && delay.known) all->figures[all->figures_n - 1].value = record_known(month.value + delay.value);
}

/* Called when all replications have run and are still there. */
static void collect(void *context, const struct replication *replications, int n)
{
    struct collection *all = context;
    all->finished = replications;
    all->index = ARENA_NEW(all->arena, int, (size_t)n);
    while (all->finished_n < n && replications[all->finished_n].finished) {
        int index = 0;
        while (replicate_seed(all->scenario->run.seed, index) != replications[all->finished_n].seed) index++;
        all->index[all->finished_n++] = index;
    }
    if (all->finished_n == 0) return;
    add_output(all);
    add_groups(all);
    add_queries(all);
    add_tables(all);
    add_money(all);
}

bool compare_run(struct compare *compare, const char *file, const struct scenario *scenario,
                 const struct replicate_options *options, struct arena *arena, struct record *record)
{
    struct collection all = {.scenario = scenario, .options = options, .arena = arena};
    struct replicate_options ours = *options;
    ours.as_many = true;
    ours.measured = collect;
    ours.measured_context = &all;
    bool whole = replicate_run(scenario, &ours, arena, record);
    struct comparison_design design = {
        .name = scenario->name,
        .file = file,
        .sha256 = scenario->sha256,
        .verdict = record->verdict,
        .answer = record->answer,
        .output = record->delay.output,
        .stale_after_s = record->delay.stale_after_s,
        .usd_per_minute = record->delay.usd_per_minute,
        .simulated_s = record->run.simulated_s,
        .replications = all.finished_n,
    };
    compare_add(compare, &design, all.figures, all.figures_n,
                all.finished_n > 0 ? "this design has none" : "no replication was finished");
    return whole;
}
