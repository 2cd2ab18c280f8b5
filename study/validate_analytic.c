/* validate_analytic.c: runs the table of analytic_cases.h over threads and judges; see the header. */
#include "validate_analytic.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "analytic_cases.h"
#include "arena.h"
#include "check.h"
#include "histogram.h"
#include "philox.h"
#include "quantile_interval.h"

enum { REPLICATIONS = 20, RUN_REPLICATIONS = 10, RUNS_A_STEP = 50 };
static const uint64_t SEED = 1;
static const double LEVEL = 0.95, FAMILY_ERROR = 0.01;

/* What one case has come to. */
struct outcome {
    /* Times of all long replications, merged as they are kept; weights are whole, so their order does not matter. */
    struct histogram *times;
    double values[REPLICATIONS][ANALYTIC_QUANTITIES];
    int (*covered)[ANALYTIC_QUANTITIES]; /* [steps]: of the runs of a step */
};

struct work {
    const struct analytic_case *cases;
    struct outcome *outcomes;
    int n;           /* cases */
    int steps;       /* of a case's short runs */
    double effort;   /* what share of their length the long runs have */
};

static int quantities_of(const struct analytic_case *c)
{
    int n = 0;
    while (n < ANALYTIC_QUANTITIES && c->quantities[n].name)
        n++;
    return n;
}

static struct analytic_length full_of(const struct work *work, const struct analytic_case *c)
{
    struct analytic_length length = c->full;
    length.customers = (int64_t)ceil((double)length.customers * work->effort);
    return length;
}

/* Of one part of a case: a long replication, or a step of short runs. */
static double customers_of(const struct work *work, const struct analytic_case *c, int part)
{
    const struct analytic_length length = part < REPLICATIONS ? full_of(work, c) : c->brief;
    const int times = part < REPLICATIONS ? 1 : RUNS_A_STEP * RUN_REPLICATIONS;
    return (double)(length.customers + length.warmup) * times;
}

static void run_one(const struct analytic_case *c, const struct analytic_length *length, const char *what,
                    int ordinal, struct histogram *times, struct arena *arena, double *values)
{
    char name[64];
    snprintf(name, sizeof(name), "%s, %s", c->name, what);
    struct philox seeds = philox_named_nth(SEED, name, (uint64_t)ordinal);
    const struct analytic_run run = {.seed = philox_next_u64(&seeds),
                                     .utilisation = length->utilisation,
                                     .customers = length->customers,
                                     .warmup = length->warmup,
                                     .arena = arena,
                                     .times = times};
    c->run(&run, values);
}

/* The interval of a quantity from its values in n replications and the times of all of them together. */
static struct interval interval_of(const struct analytic_quantity *quantity, const double *values, int n,
                                   struct histogram *times, double level)
{
    if (quantity->quantile == 0) return confidence_interval(values, n, level);
    return quantile_sections(histogram_quantile(times, quantity->quantile), values, n, level);
}

/* The short runs of a step. */
static void run_step(const struct analytic_case *c, int step, int *covered)
{
    const int n = quantities_of(c);
    double truths[ANALYTIC_QUANTITIES];
    bool quantiles = false;
    if (c->brief.customers == 0) return;
    for (int q = 0; q < n; q++)
        quantiles = quantiles || (c->quantities[q].covered && c->quantities[q].quantile > 0);
    c->truth(c->brief.utilisation, truths);
    for (int run = step * RUNS_A_STEP; run < (step + 1) * RUNS_A_STEP; run++) {
        double values[ANALYTIC_QUANTITIES][RUN_REPLICATIONS];
        struct arena *arena = arena_new(0);
        struct histogram *whole = quantiles ? analytic_times_new(arena) : NULL;
        struct histogram *times = quantiles ? analytic_times_new(arena) : NULL;
        for (int r = 0; r < RUN_REPLICATIONS; r++) {
            double one[ANALYTIC_QUANTITIES];
            run_one(c, &c->brief, "short", run * RUN_REPLICATIONS + r, times, arena, one);
            if (quantiles) {
                histogram_merge(whole, times);
                histogram_reset(times);
            }
            for (int q = 0; q < n; q++)
                values[q][r] = one[q];
        }
        for (int q = 0; q < n; q++) {
            if (!c->quantities[q].covered) continue;
            const struct interval i =
                interval_of(&c->quantities[q], values[q], RUN_REPLICATIONS, whole, LEVEL);
            covered[q] += interval_contains(i, truths[q]);
        }
        arena_free(arena);
    }
}

/* item: case x (REPLICATIONS + steps) + what of it. Returns the times of a long replication. */
static void *run_item(void *context, int item, struct arena *arena)
{
    const struct work *work = context;
    const int index = item / (REPLICATIONS + work->steps), part = item % (REPLICATIONS + work->steps);
    const struct analytic_case *c = &work->cases[index];
    struct outcome *outcome = &work->outcomes[index];
    if (part >= REPLICATIONS) {
        run_step(c, part - REPLICATIONS, outcome->covered[part - REPLICATIONS]);
        return NULL;
    }
    const struct analytic_length length = full_of(work, c);
    struct histogram *times = analytic_times_new(arena);
    run_one(c, &length, "long", part, times, arena, outcome->values[part]);
    return times;
}

static double keep_item(void *context, int item, void *made)
{
    const struct work *work = context;
    const int index = item / (REPLICATIONS + work->steps), part = item % (REPLICATIONS + work->steps);
    if (made) histogram_merge(work->outcomes[index].times, made);
    return customers_of(work, &work->cases[index], part);
}

/* --- Verdicts --- */

static enum validate_verdict judge(const struct validate_row *row, const struct analytic_quantity *quantity,
                                   const struct interval *wide)
{
    const double room = row->tolerance * fabs(row->truth);
    switch (row->rule) {
    case VALIDATE_BELOW:
        return row->estimate.high <= row->truth ? VALIDATE_AGREES : VALIDATE_DIFFERS;
    case VALIDATE_ABOVE:
        return row->estimate.low >= row->truth ? VALIDATE_AGREES : VALIDATE_DIFFERS;
    case VALIDATE_EQUAL:
    case VALIDATE_FACTOR: /* no row of this suite's */
        break;
    }
    const bool near = fabs(row->estimate.mean - row->truth) <= room;
    if (quantity->fixed) return near ? VALIDATE_AGREES : VALIDATE_DIFFERS;
    if (!interval_contains(*wide, row->truth)) return VALIDATE_DIFFERS;
    if (!((row->estimate.high - row->estimate.low) / 2 <= room)) return VALIDATE_IMPRECISE;
    return near ? VALIDATE_AGREES : VALIDATE_DIFFERS;
}

static void fill_rows(const struct work *work, struct arena *arena, struct validate_report *report)
{
    int n = 0;
    for (int i = 0; i < work->n; i++)
        n += quantities_of(&work->cases[i]);
    report->rows = ARENA_NEW(arena, struct validate_row, (size_t)n);
    for (int i = 0; i < work->n; i++) {
        const struct analytic_case *c = &work->cases[i];
        double truths[ANALYTIC_QUANTITIES];
        c->truth(c->full.utilisation, truths);
        for (int q = 0; q < quantities_of(c); q++) {
            struct validate_row *row = &report->rows[report->rows_n++];
            double values[REPLICATIONS];
            for (int r = 0; r < REPLICATIONS; r++)
                values[r] = work->outcomes[i].values[r][q];
            const struct analytic_quantity *quantity = &c->quantities[q];
            const struct interval wide =
                interval_of(quantity, values, REPLICATIONS, work->outcomes[i].times, 1 - FAMILY_ERROR / n);
            *row = (struct validate_row){
                .name = c->name,
                .quantity = quantity->name,
                .unit = quantity->unit,
                .rule = quantity->rule,
                .truth = truths[q],
                .estimate = interval_of(quantity, values, REPLICATIONS, work->outcomes[i].times, LEVEL),
                .tolerance =
                    quantity->fixed ? quantity->tolerance : quantity->tolerance / sqrt(work->effort)};
            row->verdict = judge(row, quantity, &wide);
        }
    }
}

/* Twice the smaller tail, at most 1. */
static double binomial_p(int k, int n, double p)
{
    const double below = gsl_cdf_binomial_P((unsigned)k, p, (unsigned)n);
    const double above = k > 0 ? gsl_cdf_binomial_Q((unsigned)k - 1, p, (unsigned)n) : 1;
    return fmin(1, 2 * fmin(below, above));
}

static bool is_covered(const struct analytic_case *c, int q)
{
    return c->brief.customers > 0 && c->quantities[q].covered;
}

static void fill_coverage(const struct work *work, struct arena *arena, struct validate_report *report)
{
    int n = 0;
    for (int i = 0; i < work->n; i++)
        for (int q = 0; q < quantities_of(&work->cases[i]); q++)
            n += is_covered(&work->cases[i], q);
    const int runs = work->steps * RUNS_A_STEP;
    const double error = FAMILY_ERROR / n;
    int low = (int)(runs * LEVEL), high = low;
    while (low > 0 && binomial_p(low - 1, runs, LEVEL) > error)
        low--;
    while (high < runs && binomial_p(high + 1, runs, LEVEL) > error)
        high++;
    report->coverage = ARENA_NEW(arena, struct validate_coverage, (size_t)n);
    for (int i = 0; i < work->n; i++)
        for (int q = 0; q < quantities_of(&work->cases[i]); q++) {
            const struct analytic_case *c = &work->cases[i];
            if (!is_covered(c, q)) continue;
            int covered = 0;
            for (int step = 0; step < work->steps; step++)
                covered += work->outcomes[i].covered[step][q];
            report->coverage[report->coverage_n++] = (struct validate_coverage){
                .name = c->name,
                .quantity = c->quantities[q].name,
                .runs = runs,
                .covered = covered,
                .low = low,
                .high = high,
                .level = LEVEL,
                .p = binomial_p(covered, runs, LEVEL),
                .verdict = covered >= low && covered <= high ? VALIDATE_AGREES : VALIDATE_DIFFERS};
        }
}

static const char *that_begin_empty(const struct work *work, struct arena *arena)
{
    const char *names = "";
    for (int i = 0; i < work->n; i++)
        if (work->cases[i].full.warmup > 0)
            names = arena_printf(arena, "%s%s%s", names, names[0] ? ", " : "", work->cases[i].name);
    return names[0] ? arena_printf(arena, "; but empty, with the first customers left out, for: %s", names)
                    : "";
}

bool validate_cases(const struct analytic_case *cases, int n, const struct validate_options *options,
                    struct arena *arena, struct validate_report *report)
{
    struct work work = {.cases = cases,
                        .outcomes = ARENA_NEW(arena, struct outcome, (size_t)n),
                        .n = n,
                        .steps = (options->runs + RUNS_A_STEP - 1) / RUNS_A_STEP,
                        .effort = options->quick ? 0.1 : 1};
    double customers = 0; /* of all items */
    for (int i = 0; i < n; i++) {
        work.outcomes[i].times = analytic_times_new(arena);
        work.outcomes[i].covered = arena_alloc(arena, (size_t)work.steps, sizeof(*work.outcomes[i].covered));
        for (int part = 0; part < REPLICATIONS + work.steps; part++)
            customers += customers_of(&work, &cases[i], part);
    }
    validate_run(&(struct validate_items){n * (REPLICATIONS + work.steps), customers, run_item, keep_item, &work}, options, arena);
    *report = (struct validate_report){
        .suite = "analytic",
        .how = arena_printf(
            arena,
            "Queues that theory can solve, on the kernel and the resources of the models: %d "
            "long replications of each. Coverage: how many of %d short runs of %d replications "
            "had a 95 %% interval that held the truth. Replications begin in steady state, drawn "
            "exactly%s.",
            REPLICATIONS, work.steps * RUNS_A_STEP, RUN_REPLICATIONS, that_begin_empty(&work, arena)),
        .finished = !validate_stopped(options)};
    if (!report->finished) return false;
    fill_rows(&work, arena, report);
    fill_coverage(&work, arena, report);
    return true;
}

bool validate_analytic(const struct validate_options *options, struct arena *arena,
                       struct validate_report *report)
{
    return validate_cases(analytic_cases, (int)analytic_cases_n, options, arena, report);
}
