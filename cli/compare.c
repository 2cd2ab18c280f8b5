/* compare.c: `headroom compare A B [C...]`: the same traffic through each design.
 *
 *   1. read and check all scenarios, the price book and the calibration: every mistake of all is told
 *   2. read again, on one seed and with one number of replications, those that say otherwise
 *   3. find out whether the outputs can be written
 *   4. run one design after the other (study/compare.h); of each only its figures and its record's text are kept
 *   5. write everything, and print the table
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "calibration.h"
#include "check.h"
#include "cli.h"
#include "compare.h"
#include "compare_markdown.h"
#include "compare_text.h"
#include "diag.h"
#include "file.h"
#include "identity.h"
#include "inputs.h"
#include "interrupt.h"
#include "outputs.h"
#include "plugin.h"
#include "plugins.h"
#include "progress.h"
#include "record.h"
#include "replicate.h"
#include "resolution_measured.h"
#include "running.h"
#include "text.h"

enum { FILES_MAX = COMPARISON_DESIGNS_MAX + 2 };

struct design {
    const struct scenario *scenario;
    const char *record; /* result.json; NULL: it was not run */
    size_t record_n;
    bool missed;
};

struct plan {
    struct design designs[COMPARISON_DESIGNS_MAX];
    int n;
    const struct calibration *calibration;
    const struct resolution_measured *resolution;
    const char *out_dir;
    struct plugins plugins;
    uint64_t seed;
    int replications; /* of each */
};

static bool load(const struct cli *cli, struct design *design, const char *file, const char *data_dir,
                 const struct scenario_override *overrides, int overrides_n)
{
    struct diag *diag = diag_new();

    scenario_release(design->scenario);
    design->scenario = scenario_load(file, overrides, overrides_n, data_dir, cli->prices, cli->arena, diag);
    bool bad = inputs_mistakes(cli, diag);
    CHECK(bad || design->scenario, "%s is missing and no mistake says why", file);
    diag_free(diag);
    return !bad;
}

/* Step 2. */
static bool agree(const struct cli *cli, struct plan *plan, const char *data_dir)
{
    struct scenario_override *overrides =
        ARENA_NEW(cli->arena, struct scenario_override, (size_t)cli->overrides_n + 2);
    int n = cli->overrides_n;
    bool good = true;

    plan->seed = plan->designs[0].scenario->run.seed;
    for (int i = 0; i < plan->n; i++) {
        int replications = plan->designs[i].scenario->run.replications;
        if (replications > plan->replications) plan->replications = replications;
    }
    if (n > 0) memcpy(overrides, cli->overrides, (size_t)n * sizeof(*overrides));
    overrides[n++] =
        (struct scenario_override){"run.seed", arena_printf(cli->arena, "%" PRIu64, plan->seed)};
    overrides[n++] =
        (struct scenario_override){"run.replications", arena_printf(cli->arena, "%d", plan->replications)};
    for (int i = 0; i < plan->n; i++) {
        struct design *design = &plan->designs[i];
        if (design->scenario->run.seed == plan->seed && design->scenario->run.replications == plan->replications)
            continue;
        good = load(cli, design, cli->words[i], data_dir, overrides, n) && good;
    }
    return good;
}

/* Steps 1 to 3. False if anything is wrong, all of it told. */
static bool prepare(const struct cli *cli, struct plan *plan)
{
    const char *data_dir = inputs_path(cli, "scenarios");
    bool good = true;

    if (!data_dir) return false;
    for (int i = 0; i < cli->words_n; i++) {
        if (strcmp(cli->words[i], "-") != 0) continue;
        cli_complain(cli, "reads its scenarios more than once, so none of them can be stdin");
        return false;
    }
    if (!inputs_prices_right(cli)) return false;
    plan->n = cli->words_n;
    for (int i = 0; i < plan->n; i++)
        good = load(cli, &plan->designs[i], cli->words[i], data_dir, cli->overrides, cli->overrides_n) && good;
    struct diag *diag = diag_new();
    plan->calibration = calibration_load(cli->calibration, data_dir, cli->arena, diag);
    plan->resolution =
        resolution_measured_load(arena_printf(cli->arena, "%s/" RESOLUTION_MEASURED_FILE, data_dir), cli->arena, diag);
    good = !inputs_mistakes(cli, diag) && good;
    diag_free(diag);
    good = plugins_load(cli, &plan->plugins) && good;
    if (!good || !agree(cli, plan, data_dir)) return false;

    const char *more = plan->n > 2 ? arena_printf(cli->arena, "-and-%d-more", plan->n - 2) : "";
    plan->out_dir = cli->out ? cli->out
                             : arena_printf(cli->arena, "out/%s-vs-%s%s", plan->designs[0].scenario->name,
                                            plan->designs[1].scenario->name, more);
    return outputs_writable(cli, plan->out_dir);
}

/* Progress over all designs. */
struct whole {
    struct progress *progress;
    double before_s, all_s;
};

static void show(void *context, double simulated_s, double total_s)
{
    const struct whole *whole = context;

    (void)total_s;
    progress_show(whole->progress, whole->before_s + simulated_s, whole->all_s);
}

/* Simulated seconds of all replications. */
static double seconds_of(const struct design *design)
{
    return (double)design->scenario->run.duration_ns * 1e-9 * design->scenario->run.replications;
}

/* Step 4 for one design. Returns why it is partial, or NULL. */
static const char *run_one(const struct cli *cli, struct plan *plan, int i, struct compare *compare,
                           struct replicate_options *options)
{
    struct design *design = &plan->designs[i];
    struct arena *arena = arena_new(0);
    struct record *record = ARENA_NEW(arena, struct record, 1);
    struct progress *clock = progress_new(arena, false);

    running_tell_plan(cli, design->scenario);
    options->prices = design->scenario->prices;
    bool finished = compare_run(compare, cli->words[i], design->scenario, options, arena, record);
    running_sign(cli, record, progress_end(clock));
    check_context = NULL;
    const char *why = finished || plugin_mistake(plan->plugins.set) ? NULL : arena_strdup(cli->arena, running_tell_partial(cli, record, *options->stop));
    design->record = record_write(record, !cli->no_host, cli->arena, &design->record_n);
    design->missed = record->verdict == RECORD_MISSED;
    if (cli->gate && finished) running_tell_open(cli, record, design->scenario->name);
    arena_free(arena);
    return why;
}

static void skip(struct plan *plan, const struct cli *cli, int i, struct compare *compare)
{
    const char *why = "not run: interrupted before it";
    const struct comparison_design design = {
        .name = plan->designs[i].scenario->name,
        .file = cli->words[i],
        .sha256 = plan->designs[i].scenario->sha256,
        .answer = "Not run.",
        .output = {.why_null = why},
        .stale_after_s = record_unknown(why),
        .usd_per_minute = record_unknown(why),
    };

    compare_add(compare, &design, NULL, 0, why);
}

/* Step 4. *partial_why is NULL if all were finished. */
static struct comparison_record *run_all(const struct cli *cli, struct plan *plan, bool *interrupted)
{
    struct compare *compare = compare_new(plan->seed, plan->replications, cli->arena);
    struct whole whole = {.progress = progress_new(cli->arena, !cli->quiet)};
    struct replicate_options options = {.threads = cli_threads(cli),
                                        .calibration = plan->calibration,
                                        .resolution = plan->resolution,
                                        .plugins = plan->plugins.set,
                                        .plugin_files = plan->plugins.files,
                                        .plugin_files_n = plan->plugins.n,
                                        .max_memory_bytes = cli->max_memory_bytes,
                                        .stop = interrupt_catch(),
                                        .progress = show,
                                        .progress_context = &whole};
    const char *partial_why = NULL;

    for (int i = 0; i < plan->n; i++)
        whole.all_s += seconds_of(&plan->designs[i]);
    for (int i = 0; i < plan->n; i++) {
        if (*options.stop || plugin_mistake(plan->plugins.set)) {
            skip(plan, cli, i, compare);
            if (!partial_why) partial_why = "interrupted";
            continue;
        }
        const char *why = run_one(cli, plan, i, compare, &options);
        if (!partial_why) partial_why = why;
        whole.before_s += seconds_of(&plan->designs[i]);
    }
    progress_end(whole.progress);
    *interrupted = *options.stop;
    struct comparison_record *c = compare_finish(compare, partial_why);
    c->tool.name = CLI_NAME;
    c->tool.version = CLI_VERSION;
    c->tool.build_sha256 = identity_build_sha256(cli->arena);
    return c;
}

/* One file of the directory of --out, below `under` if that is not NULL. */
static bool write_file(const struct cli *cli, const char *out_dir, const char *under, const char *name,
                       const char *text, size_t n, struct report_text_options *listed, const char **files)
{
    char error[FILE_ERROR_SIZE];
    const char *directory = under ? arena_printf(cli->arena, "%s/%s", out_dir, under) : out_dir;

    if (!file_make_directories(directory, error, sizeof(error)) ||
        !file_write_atomic(arena_printf(cli->arena, "%s/%s", directory, name), text, n, error, sizeof(error))) {
        cli_complain(cli, "--out: %s", error);
        return false;
    }
    files[listed->files_n++] = under ? arena_printf(cli->arena, "%s/%s", under, name) : name;
    return true;
}

/* Step 5. False if something could not be written, which is told. */
static bool write_all(const struct cli *cli, const struct plan *plan, const struct comparison_record *c)
{
    const char *files[FILES_MAX];
    struct report_text_options text = {
        .out = stdout, .color = report_text_color(stdout), .out_dir = plan->out_dir, .files = files};
    size_t json_n, markdown_n;
    const char *json = comparison_write(c, cli->arena, &json_n);
    const char *markdown = report_compare_markdown_text(c, cli->arena, &markdown_n);
    bool good = write_file(cli, plan->out_dir, NULL, "compare.md", markdown, markdown_n, &text, files);

    good = write_file(cli, plan->out_dir, NULL, "compare.json", json, json_n, &text, files) && good;
    for (int i = 0; i < plan->n; i++) {
        const struct design *design = &plan->designs[i];
        if (!design->record) continue;
        good = write_file(cli, plan->out_dir, c->designs[i].name, "result.json", design->record,
                          design->record_n, &text, files) &&
               good;
    }
    good = outputs_write_target(cli, "--json", cli->json, json, json_n) && good;
    good = outputs_write_target(cli, "--markdown", cli->markdown, markdown, markdown_n) && good;
    /* A table in which nothing is known would hide the one line that says why. */
    if (c->rows_n > 0 && !cli->quiet && !outputs_stdout_taken(cli)) report_compare_text(c, &text);
    return good;
}

static int compare_all(const struct cli *cli, struct plan *plan)
{
    bool interrupted = false, missed = false;
    const struct comparison_record *c = run_all(cli, plan, &interrupted);
    if (plugins_failed(cli, &plan->plugins)) return CLI_BAD_INPUT;
    bool good = write_all(cli, plan, c);

    if (c->partial) {
        cli_complain(cli, "%s; what was finished is in %s, marked partial", c->partial_why, plan->out_dir);
        return interrupted ? CLI_INTERRUPTED : CLI_BAD_INPUT;
    }
    if (!good) return CLI_BAD_INPUT;
    for (int i = 0; i < plan->n; i++)
        missed = missed || plan->designs[i].missed;
    return cli->gate && missed ? CLI_MISSED : CLI_DONE;
}

int cli_compare(const struct cli *cli)
{
    struct plan plan = {.n = 0};
    int code = prepare(cli, &plan) ? compare_all(cli, &plan) : CLI_BAD_INPUT;
    plugins_unload(&plan.plugins);

    for (int i = 0; i < plan.n; i++)
        scenario_release(plan.designs[i].scenario);
    return code;
}
