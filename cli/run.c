/* run.c: `headroom run SCENARIO`: simulate one scenario and report.
 *
 *   1. read and check the scenario, the price book and the calibration: every mistake of all three is told
 *   2. find out whether the outputs can be written
 *   3. simulate (study/replicate.h)
 *   4. write the record, the series and the figures, and print the verdict
 *
 * Nothing is written before step 4, and nothing simulated before step 3, so bad input leaves no trace.
 */
#include "arena.h"
#include "calibration.h"
#include "check.h"
#include "cli.h"
#include "diag.h"
#include "inputs.h"
#include "interrupt.h"
#include "outputs.h"
#include "plugins.h"
#include "progress.h"
#include "record.h"
#include "replicate.h"
#include "resolution_measured.h"
#include "running.h"

/* What a run reads and where it writes. */
struct run_plan {
    const struct scenario *scenario;
    const struct calibration *calibration;
    const struct resolution_measured *resolution;
    const char *out_dir;
    const char *plots_dir;
    struct plugins plugins;
};

/* Steps 1 and 2. False if anything is wrong, all of it told. */
static bool run_prepare(const struct cli *cli, struct diag *diag, struct run_plan *plan)
{
    const char *data_dir = inputs_path(cli, "scenarios");
    if (!data_dir) return false;
    plan->plots_dir = inputs_path(cli, "plots");
    if (!plan->plots_dir) return false;

    plan->scenario = scenario_load(cli->words[0], cli->overrides, cli->overrides_n, data_dir, cli->prices,
                                   cli->arena, diag);
    plan->calibration = calibration_load(cli->calibration, data_dir, cli->arena, diag);
    plan->resolution =
        resolution_measured_load(arena_printf(cli->arena, "%s/" RESOLUTION_MEASURED_FILE, data_dir), cli->arena, diag);
    bool good = plugins_load(cli, &plan->plugins);
    if (inputs_mistakes(cli, diag) || !good) return false;
    CHECK(plan->scenario && plan->calibration, "an input is missing and no mistake says why");

    plan->out_dir = cli->out ? cli->out : arena_printf(cli->arena, "out/%s", plan->scenario->name);
    return outputs_writable(cli, plan->out_dir);
}

/* Steps 3 and 4. */
static int run_simulate(const struct cli *cli, const struct run_plan *plan)
{
    running_tell_plan(cli, plan->scenario);
    struct record *record = ARENA_NEW(cli->arena, struct record, 1);
    struct progress *progress = progress_new(cli->arena, !cli->quiet);
    struct replicate_options options = {.threads = cli_threads(cli),
                                        .calibration = plan->calibration,
                                        .resolution = plan->resolution,
                                        .prices = plan->scenario->prices,
                                        .plugins = plan->plugins.set,
                                        .plugin_files = plan->plugins.files,
                                        .plugin_files_n = plan->plugins.n,
                                        .max_memory_bytes = cli->max_memory_bytes,
                                        .stop = interrupt_catch(),
                                        .progress = progress_show,
                                        .progress_context = progress};
    bool finished = replicate_run(plan->scenario, &options, cli->arena, record);

    running_sign(cli, record, progress_end(progress));
    if (plugins_failed(cli, &plan->plugins)) {
        check_context = NULL;
        return CLI_BAD_INPUT;
    }
    bool good = outputs_write(cli, record, plan->out_dir, plan->plots_dir);
    check_context = NULL;

    if (!finished) {
        const char *why = running_tell_partial(cli, record, *options.stop);
        cli_complain(cli, "%s; %s is in %s, marked partial", why,
                     record->run.replications > 0 ? "what was finished" : "a record without results",
                     plan->out_dir);
        return *options.stop ? CLI_INTERRUPTED : CLI_BAD_INPUT;
    }
    if (!good) return CLI_BAD_INPUT;
    if (cli->gate) running_tell_open(cli, record, NULL);
    return cli->gate && record->verdict == RECORD_MISSED ? CLI_MISSED : CLI_DONE;
}

int cli_run(const struct cli *cli)
{
    struct diag *diag = diag_new();
    struct run_plan plan = {0};
    bool good = run_prepare(cli, diag, &plan);

    diag_free(diag);
    int code = good ? run_simulate(cli, &plan) : CLI_BAD_INPUT;
    plugins_unload(&plan.plugins);
    scenario_release(plan.scenario);
    return code;
}
