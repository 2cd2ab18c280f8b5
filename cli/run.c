/* run.c: `headroom run SCENARIO`: simulate one scenario and report.
 *
 *   1. read and check the scenario, the price book and the calibration: every mistake of all three is told
 *   2. find out whether the outputs can be written
 *   3. simulate (study/replicate.h)
 *   4. write the record, the series and the figures, and print the verdict
 *
 * Nothing is written before step 4, and nothing simulated before step 3, so bad input leaves no trace.
 */
#include <inttypes.h>
#include <string.h>

#include "arena.h"
#include "calibration.h"
#include "check.h"
#include "cli.h"
#include "diag.h"
#include "identity.h"
#include "inputs.h"
#include "interrupt.h"
#include "outputs.h"
#include "progress.h"
#include "record.h"
#include "replicate.h"
#include "scenario_table.h"
#include "units.h"

/* What a run reads and where it writes. */
struct run_plan {
    const struct scenario *scenario;
    const struct calibration *calibration;
    const char *out_dir;
    const char *plots_dir;
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
    if (inputs_mistakes(cli, diag)) return false;
    CHECK(plan->scenario && plan->calibration, "an input is missing and no mistake says why");

    plan->out_dir = cli->out ? cli->out : arena_printf(cli->arena, "out/%s", plan->scenario->name);
    return outputs_writable(cli, plan->out_dir);
}

/* The command that runs this again, fit to be pasted into a shell. */
static const char *command_line(const struct cli *cli)
{
    const char *text = CLI_NAME;

    for (int i = 1; i < cli->argc; i++) {
        const char *word = cli->argv[i];
        bool plain =
            word[0] != '\0' && word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                 "0123456789_-./=:,%+@")] == '\0';
        if (plain) {
            text = arena_printf(cli->arena, "%s %s", text, word);
            continue;
        }
        text = arena_printf(cli->arena, "%s '", text);
        for (const char *quote; (quote = strchr(word, '\'')) != NULL; word = quote + 1)
            text = arena_printf(cli->arena, "%s%.*s'\\''", text, (int)(quote - word), word);
        text = arena_printf(cli->arena, "%s%s'", text, word);
    }
    return text;
}

/* What is about to run, before it runs: whoever sees it stop can start it again. */
static void tell_plan(const struct cli *cli, const struct run_plan *plan)
{
    const struct scenario *scenario = plan->scenario;
    char duration[UNITS_FORMAT_SIZE];

    units_write_ns(scenario->run.duration_ns, duration, sizeof(duration));
    if (!cli->quiet)
        fprintf(stderr, "%s: %s, %s of simulated time, resolution %s, %d %s from seed %" PRIu64 "\n",
                CLI_NAME, scenario->name, duration, scenario_resolution_word((int)scenario->run.resolution),
                scenario->run.replications, scenario->run.replications == 1 ? "replication" : "replications",
                scenario->run.seed);
    check_context = arena_printf(cli->arena, "seed %" PRIu64 ", scenario %s, with: %s", scenario->run.seed,
                                 scenario->sha256, command_line(cli));
}

/* A gate lets pass what is not known to be missed, but never silently. */
static void tell_open(const struct cli *cli, const struct record *record)
{
    for (int i = 0; i < record->objectives_n; i++) {
        const struct record_objective *objective = &record->objectives[i];
        if (objective->met == RECORD_INCONCLUSIVE)
            cli_complain(cli, "--gate: \"%s\" is inconclusive, which is not a miss%s%s", objective->text,
                         objective->why_null ? ": " : "", objective->why_null ? objective->why_null : "");
    }
}

/* Steps 3 and 4. */
static int run_simulate(const struct cli *cli, const struct run_plan *plan)
{
    tell_plan(cli, plan);
    struct record *record = ARENA_NEW(cli->arena, struct record, 1);
    struct progress *progress = progress_new(cli->arena, !cli->quiet);
    struct replicate_options options = {.threads = cli_threads(cli),
                                        .calibration = plan->calibration,
                                        .prices = plan->scenario->prices,
                                        .max_memory_bytes = cli->max_memory_bytes,
                                        .stop = interrupt_catch(),
                                        .progress = progress_show,
                                        .progress_context = progress};
    bool finished = replicate_run(plan->scenario, &options, cli->arena, record);

    record->host.wall_s = progress_end(progress);
    record->host.simulated_per_wall = record->run.simulated_s * record->run.replications /
                                      (record->host.wall_s > 0 ? record->host.wall_s : 1e-9);
    record->tool.name = CLI_NAME;
    record->tool.version = CLI_VERSION;
    record->tool.build_sha256 = identity_build_sha256(cli->arena);
    bool good = outputs_write(cli, record, plan->out_dir, plan->plots_dir);
    check_context = NULL;

    if (!finished) {
        /* Not only Ctrl-C ends a run early: so does --max-memory, and that is an input to change. */
        const char *why = *options.stop ? "interrupted" : record->run.partial_why;
        char limit[UNITS_FORMAT_SIZE];
        if (!*options.stop)
            cli_complain(cli, "the limit of --max-memory was %s, for %d %s",
                         units_format(UNITS_BYTES, (double)cli->max_memory_bytes, limit, sizeof(limit)),
                         plan->scenario->run.replications,
                         plan->scenario->run.replications == 1 ? "replication" : "replications together");
        cli_complain(cli, "%s; %s is in %s, marked partial", why ? why : "ended early",
                     record->run.replications > 0 ? "what was finished" : "a record without results",
                     plan->out_dir);
        return *options.stop ? CLI_INTERRUPTED : CLI_BAD_INPUT;
    }
    if (!good) return CLI_BAD_INPUT;
    if (cli->gate) tell_open(cli, record);
    return cli->gate && record->verdict == RECORD_MISSED ? CLI_MISSED : CLI_DONE;
}

int cli_run(const struct cli *cli)
{
    struct diag *diag = diag_new();
    struct run_plan plan = {0};
    bool good = run_prepare(cli, diag, &plan);

    diag_free(diag);
    int code = good ? run_simulate(cli, &plan) : CLI_BAD_INPUT;
    scenario_release(plan.scenario);
    return code;
}
