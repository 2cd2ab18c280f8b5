/* validate_published.c: runs the cases of published_cases.h over threads and judges; see the header.
 *
 *   1. a scenario for every run of every case, and its blueprint
 *   2. replications, each an item of work that any thread may take; every row's figure of it is kept, the rest freed
 *   3. rows, judged
 */
#include "validate_published.h"

#include <math.h>

#include "arena.h"
#include "calibration.h"
#include "diag.h"
#include "published_cases.h"
#include "published_measure.h"
#include "replicate.h"

static const double LEVEL = 0.95;
enum { QUICK_REPLICATIONS = 2 };

struct subject { /* a run of a case */
    const struct published_case *c;
    const struct scenario *scenario;
    const struct blueprint *blueprint;
    int replications;
    struct metric *figures; /* [replication * rows_n + row], of the rows that look at it */
};

struct item {
    struct subject *subject;
    int run, replication;
};

/* --- Runs --------------------------------------------------------------------------------------------- */

static void *run_item(void *context, int i, struct arena *arena)
{
    const struct item *item = &((const struct item *)context)[i];
    const struct subject *s = item->subject;
    struct replication r = replicate_one(s->blueprint, item->replication, arena);
    for (int n = 0; n < s->c->rows_n; n++) {
        const struct published_row *row = &s->c->rows[n];
        if (row->run != item->run && row->against != item->run) continue;
        struct metric m = published_measure_run(&r, row->measure, arena);
        if (!m.known) m.why = NULL; /* it may live in the replication */
        s->figures[item->replication * s->c->rows_n + n] = m;
    }
    pipeline_free(r.pipeline);
    return NULL;
}

/* Worth its simulated seconds. */
static double keep_item(void *context, int i, void *made)
{
    (void)made;
    return sim_seconds(((const struct item *)context)[i].subject->scenario->run.duration_ns);
}

static void run_all(struct subject *const *subjects, const struct published *published, const struct validate_options *options,
                    struct arena *arena)
{
    int items_n = 0, count = 0;
    double all_s = 0;
    for (int c = 0; c < published->cases_n; c++)
        for (int i = 0; i < published->cases[c].runs_n; i++) items_n += subjects[c][i].replications;
    struct item *items = ARENA_NEW(arena, struct item, (size_t)items_n + 1);
    for (int c = 0; c < published->cases_n; c++) {
        for (int i = 0; i < published->cases[c].runs_n; i++) {
            struct subject *s = &subjects[c][i];
            for (int r = 0; r < s->replications; r++) items[count++] = (struct item){s, i, r};
            all_s += s->replications * sim_seconds(s->scenario->run.duration_ns);
        }
    }
    validate_run(&(struct validate_items){items_n, all_s, run_item, keep_item, items}, options, arena);
}

/* False: a mistake is in diag. */
static bool prepare(struct subject *s, const struct published_case *c, const struct published_run *run, const char *directory,
                    const char *data_dir, const struct calibration *costs, bool quick, struct arena *arena, struct diag *diag)
{
    s->c = c;
    s->scenario = scenario_load(arena_printf(arena, "%s/%s", directory, run->scenario), run->sets, run->sets_n, data_dir, NULL, arena, diag);
    if (!s->scenario) return false;
    s->blueprint = blueprint_new(s->scenario, costs, arena);
    s->replications = quick ? QUICK_REPLICATIONS : s->scenario->run.replications;
    s->figures = ARENA_NEW(arena, struct metric, (size_t)s->replications * (size_t)c->rows_n);
    return true;
}

/* --- Verdicts ----------------------------------------------------------------------------------------- */

/* The figure of a replication; against another run, the share by which it falls short of that. */
static struct metric figure_of(const struct published_case *c, int row, const struct subject *subjects, int replication)
{
    const struct published_row *wanted = &c->rows[row];
    const size_t at = (size_t)(replication * c->rows_n + row);
    const struct metric own = subjects[wanted->run].figures[at];
    if (wanted->against < 0 || !own.known) return own;
    const struct metric other = subjects[wanted->against].figures[at];
    if (!other.known || !(fabs(other.value) > 0)) return (struct metric){0};
    return (struct metric){.value = 1 - own.value / other.value, .known = true};
}

static enum validate_verdict verdict_of(const struct validate_row *row)
{
    const struct interval *e = &row->estimate;
    double low = row->truth, high = row->truth;
    switch (row->rule) {
    case VALIDATE_EQUAL: return validate_judge_difference(row);
    case VALIDATE_FACTOR:
        low = row->truth / row->tolerance;
        high = row->truth * row->tolerance;
        break;
    case VALIDATE_BELOW: low = -INFINITY; break;
    case VALIDATE_ABOVE: high = INFINITY; break;
    }
    if (e->high < low || e->low > high) return VALIDATE_DIFFERS;
    return e->low >= low && e->high <= high ? VALIDATE_AGREES : VALIDATE_IMPRECISE;
}

static void judge(const struct published_case *c, int index, const struct subject *subjects, struct validate_row *row, struct arena *arena)
{
    const struct published_row *wanted = &c->rows[index];
    *row = (struct validate_row){.name = c->name,
                                 .quantity = wanted->quantity,
                                 .unit = wanted->unit,
                                 .rule = wanted->rule,
                                 .truth = wanted->published,
                                 .tolerance = wanted->tolerance,
                                 .verdict = VALIDATE_NO_VERDICT,
                                 .note = wanted->not_modelled};
    if (wanted->not_modelled) return;
    if (wanted->run < 0) {
        const double value = published_measure_given(wanted);
        row->estimate = (struct interval){value, value, value, 1};
    } else {
        int n = subjects[wanted->run].replications;
        if (wanted->against >= 0 && subjects[wanted->against].replications < n) n = subjects[wanted->against].replications;
        double *values = ARENA_NEW(arena, double, (size_t)n);
        for (int r = 0; r < n; r++) {
            const struct metric m = figure_of(c, index, subjects, r);
            if (!m.known) {
                row->note = "a replication cannot know it";
                return;
            }
            values[r] = m.value;
        }
        row->estimate = confidence_interval(values, n, LEVEL);
    }
    row->verdict = verdict_of(row);
    if (row->verdict != VALIDATE_AGREES) row->note = wanted->why ? wanted->why : "not known";
}

/* --- The suite ---------------------------------------------------------------------------------------- */

static const char *first_mistake(struct diag *diag, struct arena *arena)
{
    const struct diag_entry *first = diag_get(diag, 0);
    if (!first) return "its inputs are not there";
    return arena_printf(arena, "%s: %s%s%s", first->file, first->path, first->path[0] ? ": " : "", first->message);
}

static void judge_all(const struct published *published, struct subject *const *subjects, struct arena *arena, struct validate_report *report)
{
    int rows_n = 0;
    for (int c = 0; c < published->cases_n; c++) rows_n += published->cases[c].rows_n;
    report->rows = ARENA_NEW(arena, struct validate_row, (size_t)rows_n);
    struct validate_source *sources = ARENA_NEW(arena, struct validate_source, (size_t)published->cases_n);
    for (int i = 0; i < published->cases_n; i++) {
        const struct published_case *c = &published->cases[i];
        sources[i] = (struct validate_source){c->name, c->title, c->source, c->told, c->calibrated};
        for (int row = 0; row < c->rows_n; row++) judge(c, row, subjects[i], &report->rows[report->rows_n++], arena);
    }
    report->sources = sources;
    report->sources_n = published->cases_n;
}

bool validate_published_cases(const struct published *published, const char *directory, const struct validate_options *options,
                              struct arena *arena, struct validate_report *report)
{
    *report = (struct validate_report){
        .suite = "published",
        .how = "What others have measured, beside what the simulator predicts when it is told their configuration and nothing of "
               "their results, but for what is said to be calibrated. Throughput is the most that goes through when more is "
               "offered. A miss stays a miss, and what is not modelled has no verdict."};
    struct diag *diag = diag_new();
    const char *data_dir = scenario_data_dir(arena, diag);
    const struct calibration *costs = data_dir ? calibration_load(NULL, data_dir, arena, diag) : NULL;
    struct subject **subjects = ARENA_NEW(arena, struct subject *, (size_t)published->cases_n + 1);
    bool good = costs != NULL;
    for (int c = 0; good && c < published->cases_n; c++) {
        subjects[c] = ARENA_NEW(arena, struct subject, (size_t)published->cases[c].runs_n + 1);
        for (int i = 0; good && i < published->cases[c].runs_n; i++)
            good = prepare(&subjects[c][i], &published->cases[c], &published->cases[c].runs[i], directory, data_dir, costs, options->quick,
                           arena, diag);
    }
    if (good) {
        run_all(subjects, published, options, arena);
        report->finished = !validate_stopped(options);
    } else {
        report->failed = first_mistake(diag, arena);
    }
    if (report->finished) judge_all(published, subjects, arena, report);
    for (int c = 0; c < published->cases_n && subjects[c]; c++)
        for (int i = 0; i < published->cases[c].runs_n; i++)
            if (subjects[c][i].scenario) scenario_release(subjects[c][i].scenario);
    diag_free(diag);
    return report->finished;
}

bool validate_published(const struct validate_options *options, struct arena *arena, struct validate_report *report)
{
    struct diag *diag = diag_new();
    const char *data_dir = scenario_data_dir(arena, diag);
    const char *directory = data_dir ? arena_printf(arena, "%s/validate", data_dir) : NULL;
    const struct published *published =
        directory ? published_load(arena_printf(arena, "%s/published.json", directory), arena, diag) : NULL;
    *report = (struct validate_report){.suite = "published"};
    if (!published) report->failed = first_mistake(diag, arena);
    diag_free(diag);
    return published && validate_published_cases(published, directory, options, arena, report);
}
