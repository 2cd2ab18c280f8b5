/* regress_price.c: see regress_price.h. */
#include "regress_price.h"

#include <math.h>
#include <string.h>

#include "arena.h"
#include "calibration.h"
#include "check.h"
#include "compare.h"
#include "diag.h"
#include "inputs.h"
#include "interrupt.h"
#include "page.h"
#include "plugins.h"
#include "progress.h"
#include "record.h"
#include "regress.h"
#include "replicate.h"
#include "resolution_measured.h"
#include "running.h"

static const double INSTANCE_FORGIVEN = 0.05;

struct regress_pricing {
    const struct cli *cli;
    const char *file, *data_dir;
    const struct scenario *scenario;
    const struct calibration *calibration;
    const struct resolution_measured *resolution;
    struct plugins plugins;
};

static const struct scenario *load(struct regress_pricing *p, const struct scenario_override *overrides, int n)
{
    struct diag *diag = diag_new();
    const struct scenario *scenario =
        scenario_load(p->file, overrides, n, p->data_dir, p->cli->prices, p->cli->arena, diag);
    const bool bad = inputs_mistakes(p->cli, diag);

    CHECK(bad || scenario, "%s is missing and no mistake says why", p->file);
    diag_free(diag);
    if (!bad) return scenario;
    scenario_release(scenario);
    return NULL;
}

struct regress_pricing *regress_pricing_new(const struct cli *cli, const char *scenario)
{
    struct regress_pricing *p = ARENA_NEW(cli->arena, struct regress_pricing, 1);

    *p = (struct regress_pricing){.cli = cli, .file = scenario, .data_dir = inputs_path(cli, "scenarios")};
    if (!p->data_dir) return NULL;
    if (strcmp(scenario, "-") == 0) {
        cli_complain(cli, "reads its scenario more than once, so it cannot be stdin");
        return NULL;
    }
    struct diag *diag = diag_new();
    p->calibration = calibration_load(cli->calibration, p->data_dir, cli->arena, diag);
    p->resolution = resolution_measured_load(arena_printf(cli->arena, "%s/" RESOLUTION_MEASURED_FILE, p->data_dir),
                                             cli->arena, diag);
    const bool bad = inputs_mistakes(cli, diag);
    diag_free(diag);
    p->scenario = load(p, cli->overrides, cli->overrides_n);
    const bool plugged = plugins_load(cli, &p->plugins);
    if (bad || !p->scenario || !plugged) {
        regress_pricing_free(p);
        return NULL;
    }
    return p;
}

void regress_pricing_free(struct regress_pricing *p)
{
    if (!p) return;
    plugins_unload(&p->plugins);
    if (p->scenario) scenario_release(p->scenario);
}

/* The costs of a measurement. Of the new one: the old one's, times the ratio where one was found. */
static const struct calibration *costs_of(const struct regress_pricing *p, const struct regress *r, bool new, int *differing)
{
    struct arena *arena = p->cli->arena;
    struct calibration_change *changes = ARENA_NEW(arena, struct calibration_change, (size_t)r->rows_n + 1);
    size_t n = 0;

    *differing = 0;
    for (int i = 0; i < r->rows_n; i++) {
        const struct regress_row *row = &r->rows[i];
        if (!calibration_reads(row->name)) continue;
        const double factor = row->change == REGRESS_ALIKE ? 1 : row->ratio.ratio;
        *differing += row->change != REGRESS_ALIKE;
        changes[n++] = (struct calibration_change){row->name, row->old_ns * (new ? factor : 1)};
    }
    return calibration_changed(p->calibration, new ? r->new->path : r->old->path, changes, n, arena);
}

/* Mean utilisation by resource, copied out of a record. */
struct busy {
    const char *resource;
    double mean; /* NaN: not known */
};

static struct busy *busy_of(const struct record *record, struct arena *arena, int *n)
{
    struct busy *busy = ARENA_NEW(arena, struct busy, (size_t)record->utilization_n + 1);

    for (int i = 0; i < record->utilization_n; i++)
        busy[i] = (struct busy){arena_strdup(arena, record->utilization[i].resource),
                                record->utilization[i].mean.known ? record->utilization[i].mean.value : NAN};
    *n = record->utilization_n;
    return busy;
}

static double mean_of(const struct busy *busy, int n, const char *resource)
{
    for (int i = 0; i < n; i++)
        if (strcmp(busy[i].resource, resource) == 0) return busy[i].mean;
    return NAN;
}

struct pricing_run {
    struct compare *compare;
    struct replicate_options options;
    struct busy *busy; /* of the last design */
    int busy_n;
};

static bool run_design(struct regress_pricing *p, struct pricing_run *run, const char *label, const struct scenario *scenario,
                       const struct calibration *calibration)
{
    struct arena *arena = arena_new(0);
    struct record *record = ARENA_NEW(arena, struct record, 1);
    struct progress *progress = progress_new(arena, !p->cli->quiet);

    running_tell_plan(p->cli, scenario);
    run->options.calibration = calibration;
    run->options.prices = scenario->prices;
    run->options.plugins = p->plugins.set;
    run->options.plugin_files = p->plugins.files;
    run->options.plugin_files_n = p->plugins.n;
    run->options.progress_context = progress;
    const bool finished = compare_run(run->compare, label, scenario, &run->options, arena, record);
    progress_end(progress);
    check_context = NULL;
    if (plugins_failed(p->cli, &p->plugins)) {
        arena_free(arena);
        return false;
    }
    if (finished)
        run->busy = busy_of(record, p->cli->arena, &run->busy_n);
    else
        cli_complain(p->cli, "not priced: %s", running_tell_partial(p->cli, record, *run->options.stop));
    arena_free(arena);
    return finished;
}

static void consider(struct regress_price *price, const char *of, const char *path, int instances, double before, double after)
{
    if (instances < 1 || !isfinite(before) || !isfinite(after) || before <= 0) return;
    const double exact = instances * after / before;
    const int to = (int)fmax(1, ceil(exact - INSTANCE_FORGIVEN));

    if (to == instances) return;
    price->instances[price->instances_n++] =
        (struct priced_instances){.of = of, .path = path, .from = instances, .to = to, .exact = exact};
}

static void find_instances(struct regress_pricing *p, const struct pricing_run *run, const struct busy *old, int old_n,
                           struct regress_price *price)
{
    const struct scenario *s = p->scenario;
    struct arena *arena = p->cli->arena;

    price->instances = ARENA_NEW(arena, struct priced_instances, (size_t)(s->groups_n + s->producers_n) + 1);
    for (int i = 0; i < s->groups_n + s->producers_n; i++) {
        const bool group = i < s->groups_n;
        const char *name = group ? s->groups[i].name : s->producers[i - s->groups_n].name;
        const char *cpu = arena_printf(arena, "%s.%s.cpu", group ? "group" : "producer", name);
        /* What nobody pays for grows unseen. */
        if (!group && !s->producers[i - s->groups_n].instance) continue;
        consider(price, arena_printf(arena, "%s %s", group ? "group" : "producers", name),
                 arena_printf(arena, "%s.%s.instances", group ? "groups" : "producers", name),
                 group ? s->groups[i].instances : s->producers[i - s->groups_n].instances, mean_of(old, old_n, cpu),
                 mean_of(run->busy, run->busy_n, cpu));
    }
}

/* Design C. NULL: told. */
static const struct scenario *with_instances(struct regress_pricing *p, const struct regress_price *price)
{
    const struct cli *cli = p->cli;
    struct scenario_override *overrides =
        ARENA_NEW(cli->arena, struct scenario_override, (size_t)(cli->overrides_n + price->instances_n) + 1);
    int n = cli->overrides_n;

    if (n > 0) memcpy(overrides, cli->overrides, (size_t)n * sizeof(*overrides));
    for (int i = 0; i < price->instances_n; i++)
        overrides[n++] = (struct scenario_override){price->instances[i].path,
                                                    arena_printf(cli->arena, "%d", price->instances[i].to)};
    return load(p, overrides, n);
}

static const struct comparison_difference *difference_of(const struct comparison_record *c, int pair, const char *metric)
{
    for (int i = 0; i < c->pairs[pair].differences_n; i++)
        if (strcmp(c->pairs[pair].differences[i].metric, metric) == 0) return &c->pairs[pair].differences[i];
    return NULL;
}

/* "+180 ms (+170 ms .. +190 ms)", or "?" */
static const char *shown(const struct comparison_difference *d, const char *unit, const char *what, struct arena *arena)
{
    char mean[PAGE_TEXT_SIZE], low[PAGE_TEXT_SIZE], high[PAGE_TEXT_SIZE];

    if (!d || !d->mean.known) return arena_printf(arena, "? %s", what);
    page_difference(mean, unit, d->mean.value);
    if (!d->low.known || !d->high.known) return arena_printf(arena, "%s %s", mean, what);
    return arena_printf(arena, "%s %s (%s .. %s)", mean, what, page_difference(low, unit, d->low.value),
                        page_difference(high, unit, d->high.value));
}

static const char *sentence_of(const struct regress_price *price, struct arena *arena)
{
    const struct comparison_record *c = price->comparison;
    const struct comparison_difference *freshness = difference_of(c, 0, "decision.freshness.p99");
    const struct comparison_difference *month = difference_of(c, c->pairs_n - 1, "cost.month");
    const char *text = freshness ? shown(freshness, "s", "p99 freshness", arena)
                                 : shown(difference_of(c, 0, "latency.produce.p99"), "s", "p99 produce latency", arena);
    int more = 0;

    for (int i = 0; i < price->instances_n; i++) more += price->instances[i].to - price->instances[i].from;
    text = arena_printf(arena, "%s on the same instances; at the same utilisation %+d instance%s", text, more,
                        more == 1 || more == -1 ? "" : "s");
    for (int i = 0; i < price->instances_n; i++)
        text = arena_printf(arena, "%s%s%s %d -> %d", text, i == 0 ? " (" : ", ", price->instances[i].of,
                            price->instances[i].from, price->instances[i].to);
    return arena_printf(arena, "%s%s, %s", text, price->instances_n > 0 ? ")" : "", shown(month, "usd", "a month", arena));
}

bool regress_pricing_run(struct regress_pricing *p, const struct regress *changes, struct regress_price *price, bool *interrupted)
{
    struct arena *arena = p->cli->arena;
    int differing = 0;
    const struct calibration *old = costs_of(p, changes, false, &differing), *new = costs_of(p, changes, true, &differing);
    struct pricing_run run = {
        .compare = compare_new(p->scenario->run.seed, p->scenario->run.replications, arena),
        .options = {.threads = cli_threads(p->cli),
                    .resolution = p->resolution,
                    .max_memory_bytes = p->cli->max_memory_bytes,
                    .stop = interrupt_catch(),
                    .progress = progress_show},
    };

    *price = (struct regress_price){.why_not = NULL};
    *interrupted = false;
    if (differing == 0) {
        price->why_not = "no operation that a run reads was found to differ, so the scenario would come out the same";
        return true;
    }
    bool done = run_design(p, &run, arena_printf(arena, "%s, costs of %s", p->file, changes->old->path), p->scenario, old);
    const struct busy *busy = run.busy;
    const int busy_n = run.busy_n;
    done = done && run_design(p, &run, arena_printf(arena, "%s, costs of %s", p->file, changes->new->path), p->scenario, new);
    if (done) find_instances(p, &run, busy, busy_n, price);
    if (done && price->instances_n > 0) {
        const struct scenario *grown = with_instances(p, price);
        done = grown && run_design(p, &run, arena_printf(arena, "%s, the same at the old one's utilisation", p->file), grown, new);
        if (grown) scenario_release(grown);
    }
    *interrupted = *run.options.stop;
    if (!done) return false;
    price->comparison = compare_finish(run.compare, NULL);
    price->sentence = sentence_of(price, arena);
    return true;
}
