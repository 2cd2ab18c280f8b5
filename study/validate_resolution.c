/* validate_resolution.c: runs the table of resolution_cases.h over threads and judges; see the header.
 *
 *   1. a scenario for every case and resolution, and its blueprint
 *   2. replications, each an item of work that any thread may take; what it measured is kept, the rest freed
 *   3. differences, judged
 */
#include "validate_resolution.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "calibration.h"
#include "check.h"
#include "diag.h"
#include "metrics.h"
#include "philox.h"
#include "record.h"
#include "replicate.h"
#include "resolution_cases.h"

/* ROLE_SAME_SPAN is `sampled` over the span of `request`, where that of ROLE_SAMPLED is longer: only its records are counted. */
enum role { ROLE_RECORD, ROLE_REQUEST, ROLE_SAMPLED, ROLE_TABLE, ROLE_SAME_SPAN, ROLES };
static const char *const role_names[ROLES] = {"record", "request", "sampled", "table", "sampled"};
static const char *const role_resolutions[ROLES] = {"record", "request", "sampled", "sampled", "sampled"};

enum { DISTRIBUTIONS = 3, FIGURES = 4 };
static const struct {
    const char *name;
    enum metric_distribution which;
} distributions[DISTRIBUTIONS] = {
    {"produce", METRIC_PRODUCE}, {"end to end", METRIC_END_TO_END}, {"freshness", METRIC_FRESHNESS}};
static const int figures[FIGURES] = {RECORD_MEAN, RECORD_P50, RECORD_P99, RECORD_P99_9};
/* Which bias a figure is; -1: none. */
static const int biases[FIGURES] = {-1, VALIDATE_BIAS_P50, VALIDATE_BIAS_P99, VALIDATE_BIAS_P99_9};

static const uint64_t SEED = 1;
static const double LEVEL = 0.95;
/* `sampled` follows everything for its first 20 seconds; what is measured comes after. */
enum { WARMUP_S = 10, WARMUP_SAMPLED_S = 20 };
/* Up to this utilisation the narrow tolerances hold. */
static const double NARROW_UP_TO = 0.9;
static const double NARROW = 0.02, NARROW_TAIL = 0.05, WIDE = 0.05, WIDE_TAIL = 0.1;
/* The short suite: so much of a replication without faults, at most so many of them. */
static const double QUICK_SPAN = 0.25, QUICK_TOLERANCE = 3;
enum { QUICK_REPLICATIONS = 5 };

struct outcome { /* of one replication */
    struct metric figures[DISTRIBUTIONS][FIGURES];
    int64_t produced;
    char stage[64];      /* the busiest, in any minute: */
    double utilisation;
    double simulated, requests_per_s;
};

struct variant { /* a case at a resolution */
    const struct scenario *scenario; /* NULL: it is not run */
    const struct blueprint *blueprint;
    struct outcome *outcomes; /* [replications] */
    int replications;
};

struct subject {
    const struct resolution_case *c;
    int replications, seconds;
    struct variant variants[ROLES];
};

struct item {
    struct subject *subject;
    enum role role;
    int replication;
    double cost; /* seconds of data plane */
};

/* --- What is run --- */

static int span_s(const struct subject *subject, enum role role)
{
    const struct resolution_case *c = subject->c;
    if (c->faults) return subject->seconds;
    if (role == ROLE_SAMPLED) return WARMUP_SAMPLED_S + (int)ceil(subject->seconds / c->fraction);
    return WARMUP_S + subject->seconds;
}

static int warmup_s(const struct subject *subject, enum role role)
{
    return subject->c->faults || role == ROLE_SAMPLED ? WARMUP_SAMPLED_S : WARMUP_S;
}

static bool is_run(const struct resolution_case *c, enum role role)
{
    if (role == ROLE_TABLE) return c->table;
    if (c->table) return role == ROLE_SAMPLED;
    if (role == ROLE_RECORD) return c->record;
    if (role == ROLE_SAMPLED) return c->fraction > 0;
    if (role == ROLE_SAME_SPAN) return c->fraction > 0 && !c->faults;
    return true;
}

static const struct scenario *scenario_of(const struct subject *subject, enum role role, const char *data_dir,
                                          struct arena *arena, struct diag *diag)
{
    const struct resolution_case *c = subject->c;
    struct scenario_override sets[7 + RESOLUTION_SETS_MAX];
    struct philox seeds = philox_named(SEED, c->name); /* cases of their own luck each */
    int n = 0;
    sets[n++] = (struct scenario_override){"run.seed", arena_printf(arena, "%" PRIu64, philox_next_u64(&seeds) >> 12)};
    sets[n++] = (struct scenario_override){"run.resolution", role_resolutions[role]};
    sets[n++] = (struct scenario_override){"run.duration", arena_printf(arena, "%ds", span_s(subject, role))};
    sets[n++] = (struct scenario_override){"run.warmup", arena_printf(arena, "%ds", warmup_s(subject, role))};
    if (c->fraction > 0)
        sets[n++] = (struct scenario_override){"run.fraction", arena_printf(arena, "%.10g%%", 100 * c->fraction)};
    if (role == ROLE_TABLE) sets[n++] = (struct scenario_override){"run.table", "true"};
    for (int i = 0; i < RESOLUTION_SETS_MAX && c->sets[i].path; i++)
        sets[n++] = (struct scenario_override){c->sets[i].path, c->sets[i].value};
    return scenario_load(arena_printf(arena, "%s/validate/resolution.json", data_dir), sets, n, data_dir, NULL, arena, diag);
}

static bool prepare(struct subject *subject, const struct calibration *calibration, const char *data_dir,
                    struct arena *arena, struct diag *diag)
{
    for (int role = 0; role < ROLES; role++) {
        struct variant *v = &subject->variants[role];
        if (!is_run(subject->c, (enum role)role)) continue;
        v->scenario = scenario_of(subject, (enum role)role, data_dir, arena, diag);
        if (!v->scenario) return false;
        v->blueprint = blueprint_new(v->scenario, calibration, arena);
        v->replications = role == ROLE_SAME_SPAN ? 1 : subject->replications;
        v->outcomes = ARENA_NEW(arena, struct outcome, (size_t)v->replications);
    }
    return true;
}

static void measure(const struct replication *r, struct outcome *o)
{
    const struct world *w = &r->pipeline->world;
    const struct telemetry *t = w->telemetry;
    const struct metric_scope all = {SCOPE_ALL, 0};
    for (int d = 0; d < DISTRIBUTIONS; d++) {
        struct histogram *h = metric_histogram(r, distributions[d].which, 0, all);
        for (int f = 0; f < FIGURES; f++)
            o->figures[d][f] = metric_figure(h, figures[f]);
    }
    o->produced = w->workload.produced;
    for (int i = 0; i < t->resources_n; i++) {
        if (t->resources[i].calendar || t->resources[i].peak <= o->utilisation) continue;
        o->utilisation = t->resources[i].peak;
        snprintf(o->stage, sizeof(o->stage), "%s", t->resources[i].name);
    }
    o->simulated = sim_seconds(w->data.now) / sim_seconds(r->pipeline->simulated);
    o->requests_per_s = t->totals.requests / t->totals.seconds;
}

static void *run_item(void *context, int i, struct arena *arena)
{
    const struct item *item = &((const struct item *)context)[i];
    const struct variant *v = &item->subject->variants[item->role];
    const struct replication r = replicate_one(v->blueprint, item->replication, arena);
    measure(&r, &v->outcomes[item->replication]);
    pipeline_free(r.pipeline);
    return NULL;
}

static double keep_item(void *context, int i, void *made)
{
    (void)made;
    return ((const struct item *)context)[i].cost;
}

/* About, in seconds of `request`. */
static double cost_of(const struct subject *subject, enum role role)
{
    const double whole = span_s(subject, role == ROLE_SAMPLED ? ROLE_REQUEST : role);
    return subject->c->table ? 0.1 * whole : role == ROLE_RECORD ? 2 * whole : whole;
}

static void run_all(struct subject *subjects, size_t n, const struct validate_options *options, struct arena *arena)
{
    int items_n = 0, count = 0;
    double all = 0;
    for (size_t s = 0; s < n; s++)
        for (int role = 0; role < ROLES; role++)
            items_n += subjects[s].variants[role].replications;
    struct item *items = ARENA_NEW(arena, struct item, (size_t)items_n);
    for (size_t s = 0; s < n; s++) {
        for (int role = 0; role < ROLES; role++) {
            for (int r = 0; r < subjects[s].variants[role].replications; r++) {
                items[count] = (struct item){&subjects[s], (enum role)role, r, cost_of(&subjects[s], (enum role)role)};
                all += items[count++].cost;
            }
        }
    }
    validate_run(&(struct validate_items){items_n, all, run_item, keep_item, items}, options, arena);
}

/* --- Verdicts --- */

/* What a role is compared with: the next finer one. */
static enum role finer_than(enum role role)
{
    return role == ROLE_REQUEST ? ROLE_RECORD : role == ROLE_TABLE ? ROLE_SAMPLED : ROLE_REQUEST;
}

/* False: not known in every replication. */
static bool values_of(const struct variant *v, int distribution, int figure, double *values)
{
    for (int r = 0; r < v->replications; r++) {
        const struct metric *m = &v->outcomes[r].figures[distribution][figure];
        if (!m->known) return false;
        values[r] = m->value;
    }
    return true;
}

static struct validate_row *row_of(struct validate_report *report, const struct validate_bias *bias, const char *quantity,
                                   const char *unit, double truth, struct interval difference, double tolerance,
                                   struct arena *arena)
{
    struct validate_row *row = &report->rows[report->rows_n++];
    *row = (struct validate_row){
        .name = arena_printf(arena, "%s %s", bias->name, bias->resolution),
        .quantity = quantity,
        .unit = unit,
        .truth = truth,
        .estimate = {truth + difference.mean, truth + difference.low, truth + difference.high, difference.n},
        .tolerance = tolerance};
    row->verdict = validate_judge_difference(row);
    return row;
}

static void compare_produced(const struct subject *subject, enum role role, const struct validate_bias *bias,
                             struct arena *arena, struct validate_report *report)
{
    const struct variant *ours = &subject->variants[role];
    const struct variant *theirs = &subject->variants[finer_than(role)];
    if (role == ROLE_SAMPLED && subject->variants[ROLE_SAME_SPAN].scenario) ours = &subject->variants[ROLE_SAME_SPAN];
    double truth = 0, most = 0;
    for (int r = 0; r < ours->replications; r++) {
        const double off = (double)(ours->outcomes[r].produced - theirs->outcomes[r].produced);
        truth += (double)theirs->outcomes[r].produced;
        if (fabs(off) > fabs(most)) most = off;
    }
    row_of(report, bias, "records produced", "", truth, (struct interval){most, most, most, ours->replications}, 0, arena);
}

static bool misses(const struct validate_report *report, int from)
{
    for (int i = from; i < report->rows_n; i++)
        if (report->rows[i].verdict != VALIDATE_AGREES) return true;
    return false;
}

static double mean_of(const struct variant *v, size_t field)
{
    double sum = 0;
    for (int r = 0; r < v->replications; r++)
        sum += *(const double *)((const char *)&v->outcomes[r] + field);
    return sum / v->replications;
}

/* role against the next finer one. */
static void compare(const struct subject *subject, enum role role, const struct validate_options *options, struct arena *arena,
                    struct validate_report *report)
{
    const struct resolution_case *c = subject->c;
    const enum role finer = finer_than(role);
    const struct variant *ours = &subject->variants[role], *theirs = &subject->variants[finer];
    if (!ours->scenario || !theirs->scenario) return;
    struct validate_bias *bias = &report->biases[report->biases_n++];
    const int first = report->rows_n;
    *bias = (struct validate_bias){
        .name = c->name,
        .about = c->about,
        .resolution = role_names[role],
        .against = role_names[finer],
        .stage = arena_strdup(arena, theirs->outcomes[0].stage),
        .utilisation = mean_of(theirs, offsetof(struct outcome, utilisation)),
        .fraction = role == ROLE_REQUEST ? 1 : c->fraction,
        .simulated = mean_of(ours, offsetof(struct outcome, simulated)),
        .seconds = span_s(subject, role) - warmup_s(subject, role),
        .requests_per_s = mean_of(theirs, offsetof(struct outcome, requests_per_s)),
        .replications = ours->replications,
        .faults = c->faults};
    compare_produced(subject, role, bias, arena, report);
    const bool narrow = !c->faults && c->utilisation <= NARROW_UP_TO;
    double *a = ARENA_NEW(arena, double, (size_t)ours->replications), *b = ARENA_NEW(arena, double, (size_t)ours->replications);
    for (int d = 0; d < DISTRIBUTIONS; d++) {
        for (int f = 0; f < FIGURES; f++) {
            if (!values_of(ours, d, f, a) || !values_of(theirs, d, f, b)) continue;
            const bool tail = figures[f] == RECORD_P99_9;
            const double tolerance = (narrow ? (tail ? NARROW_TAIL : NARROW) : tail ? WIDE_TAIL : WIDE) *
                                     (options->quick ? QUICK_TOLERANCE : 1);
            const double truth = confidence_interval(b, ours->replications, LEVEL).mean;
            const struct interval difference = confidence_interval_paired(a, b, ours->replications, LEVEL);
            row_of(report, bias, arena_printf(arena, "%s %s", distributions[d].name, record_figure_names[figures[f]]), "s",
                   truth, difference, tolerance, arena);
            const int which = biases[f];
            if (which < 0 || truth <= 0) continue;
            if (bias->known[which] && fabs(difference.mean / truth) <= fabs(bias->bias[which])) continue;
            bias->known[which] = true;
            bias->bias[which] = difference.mean / truth;
            bias->half_width[which] = (difference.high - difference.low) / 2 / truth;
        }
    }
    if (misses(report, first)) bias->reason = c->reason ? c->reason : "not known";
}

/* --- The suite --- */

static const struct calibration *inputs(struct subject *subjects, size_t n, struct arena *arena, struct diag *diag)
{
    const char *data_dir = scenario_data_dir(arena, diag);
    if (!data_dir) return NULL;
    const struct calibration *costs =
        calibration_load(arena_printf(arena, "%s/validate/resolution-costs.json", data_dir), data_dir, arena, diag);
    for (size_t i = 0; costs && i < n; i++)
        if (!prepare(&subjects[i], costs, data_dir, arena, diag)) return NULL;
    return costs;
}

bool validate_resolution_cases(const struct resolution_case *cases, size_t n, const struct validate_options *options,
                               struct arena *arena, struct validate_report *report)
{
    *report = (struct validate_report){
        .suite = "resolution",
        .how = "One small system, busier and busier, and through faults: `request` against `record` (every record by itself), "
               "and `sampled` against `request`; and `sampled` with a table against without. The truth is the finer one's mean; ours is that and the mean difference "
               "over replications of the same seeds, with Student's interval of the difference. A row differs if all of "
               "its interval is beyond what it is held to, and is imprecise if it cannot tell."};
    struct subject *subjects = ARENA_NEW(arena, struct subject, n);
    for (size_t i = 0; i < n; i++) {
        const struct resolution_case *c = &cases[i];
        subjects[i] = (struct subject){.c = c, .replications = c->replications, .seconds = c->seconds};
        if (!options->quick) continue;
        if (c->replications > QUICK_REPLICATIONS) subjects[i].replications = QUICK_REPLICATIONS;
        if (!c->faults) subjects[i].seconds = (int)ceil(QUICK_SPAN * c->seconds);
    }
    struct diag *diag = diag_new();
    if (inputs(subjects, n, arena, diag)) {
        run_all(subjects, n, options, arena);
        report->finished = !validate_stopped(options);
    } else {
        const struct diag_entry *first = diag_get(diag, 0);
        report->failed = first ? arena_printf(arena, "%s: %s%s%s", first->file, first->path, first->path[0] ? ": " : "",
                                              first->message)
                               : "its inputs are not there";
    }
    diag_free(diag);
    if (report->finished) {
        report->rows = ARENA_NEW(arena, struct validate_row, 2 * n * (1 + DISTRIBUTIONS * FIGURES));
        report->biases = ARENA_NEW(arena, struct validate_bias, 2 * n);
        for (size_t i = 0; i < n; i++) {
            compare(&subjects[i], ROLE_REQUEST, options, arena, report);
            compare(&subjects[i], ROLE_SAMPLED, options, arena, report);
            compare(&subjects[i], ROLE_TABLE, options, arena, report);
        }
    }
    for (size_t i = 0; i < n; i++)
        for (int role = 0; role < ROLES; role++)
            if (subjects[i].variants[role].scenario) scenario_release(subjects[i].variants[role].scenario);
    return report->finished;
}

bool validate_resolution(const struct validate_options *options, struct arena *arena, struct validate_report *report)
{
    struct resolution_case *chosen = ARENA_NEW(arena, struct resolution_case, resolution_cases_n);
    size_t n = 0;
    for (size_t i = 0; i < resolution_cases_n; i++)
        if (!options->quick || resolution_cases[i].brief) chosen[n++] = resolution_cases[i];
    return validate_resolution_cases(chosen, n, options, arena, report);
}
