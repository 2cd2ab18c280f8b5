/* bench.c: `headroom bench [FILTER]`: time the real code paths and the kernel on this host.
 *
 *   1. check what is asked for
 *   2. measure: in this process (--processes 1), or in several one after the other, by turns with another build
 *   3. print and write
 */
#include "bench.h"

#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "bench_processes.h"
#include "bench_several.h"
#include "cli.h"
#include "file.h"
#include "nearest.h"
#include "plugins.h"
#include "progress.h"

enum { PROCESSES = 12, REPETITIONS = 9, REPETITIONS_QUICK = 7 };

/* A filter that matches nothing would be found after nothing was timed, but with no better word than that. */
static bool filter_matches(const struct cli *cli, const char *filter)
{
    const char *names[BENCH_ROWS_MAX];
    const size_t n = bench_names(cli->quick, names);

    for (size_t i = 0; i < n; i++)
        if (strstr(names[i], filter)) return true;
    const char *near = nearest_name(filter, names, n), *what = cli->quick ? "path" : "operation";
    if (near) {
        cli_complain(cli, "no %s's name contains \"%s\"; did you mean %s?", what, filter, near);
        return false;
    }
    const char *list = "";
    for (size_t i = 0; i < n; i++) { /* by what is before their variations, each once */
        const size_t base = strcspn(names[i], "/");
        size_t first = 0;
        while (strncmp(names[first], names[i], base) || strcspn(names[first], "/") != base)
            first++;
        if (first == i)
            list = arena_printf(cli->arena, "%s%s%.*s", list, list[0] ? ", " : "", (int)base, names[i]);
    }
    cli_complain(cli, "no %s's name contains \"%s\"; there are %s", what, filter, list);
    return false;
}

static bool target_good(const struct cli *cli, const char *option, const char *path)
{
    char error[FILE_ERROR_SIZE];

    if (!path || file_target_writable(path, error, sizeof(error))) return true;
    cli_complain(cli, "%s: %s", option, error);
    return false;
}

/* --against and --out come together, and neither with --json. */
static bool against_good(const struct cli *cli)
{
    char error[FILE_ERROR_SIZE];
    bool good = true;

    if (!cli->against && !cli->out) return true;
    if (!cli->against || !cli->out) {
        cli_complain(cli, "--against PROGRAM and --out DIR go together: DIR/old.json is PROGRAM's, DIR/new.json this one's");
        return false;
    }
    if (cli->json) {
        cli_complain(cli, "with --against the measurements go to --out DIR, so it takes no --json");
        good = false;
    }
    if (access(cli->against, X_OK) != 0) {
        cli_complain(cli, "--against: %s is no program that can be run", cli->against);
        good = false;
    }
    if (good && !file_directory_writable(cli->out, error, sizeof(error))) {
        cli_complain(cli, "--out: %s", error);
        good = false;
    }
    return good;
}

static bool options_good(const struct cli *cli, const struct bench_options *options, int processes)
{
    bool good = true;

    if (options->filter && !filter_matches(cli, options->filter)) good = false;
    /* A part of the rows would be a calibration that no run can read. */
    if (options->calibration && options->filter) {
        cli_complain(cli, "--calibration needs every operation, so it takes no FILTER beside it");
        good = false;
    }
    if (processes * options->repeats > BENCH_SAMPLES_MAX) {
        cli_complain(cli, "%d processes of %d repetitions: at most %d fit together", processes, options->repeats,
                     BENCH_SAMPLES_MAX);
        good = false;
    }
    good = target_good(cli, "--json", cli->json) && good;
    good = target_good(cli, "--calibration", cli->calibration) && good;
    return against_good(cli) && good;
}

static bool measure_in_processes(const struct cli *cli, struct bench_options *options, int processes,
                                 struct progress *progress)
{
    char error[BENCH_ERROR_SIZE];
    /* This program by the kernel's name for it, which holds even if its file was replaced meanwhile. */
    struct bench_side sides[2] = {{.program = "/proc/self/exe", .name = CLI_NAME}, {.program = cli->against, .name = cli->against}};
    const int sides_n = cli->against ? 2 : 1;

    for (int i = 0; i < sides_n; i++) sides[i].measured = bench_several_new(cli->arena);
    bool good = bench_processes_run(cli, sides, sides_n, processes, options->repeats, progress);
    progress_end(progress);
    if (good && cli->against) {
        bench_several_by_turns(sides[0].measured, sides[1].measured);
        const struct bench_options old = {.json = arena_printf(cli->arena, "%s/old.json", cli->out)};
        options->json = arena_printf(cli->arena, "%s/new.json", cli->out);
        good = file_make_directories(cli->out, error, sizeof(error)) &&
               bench_several_tell(sides[1].measured, &old, error, sizeof(error));
        if (!good) cli_complain(cli, "%s", error);
    }
    if (good && !bench_several_tell(sides[0].measured, options, error, sizeof(error))) {
        cli_complain(cli, "%s", error);
        good = false;
    }
    for (int i = 0; i < sides_n; i++) bench_several_free(sides[i].measured);
    return good;
}

int cli_bench(const struct cli *cli)
{
    const int processes = cli->processes ? (int)cli->processes : PROCESSES;
    struct bench_options options = {
        .filter = cli->words_n > 0 ? cli->words[0] : NULL,
        .calibration = cli->calibration,
        .json = cli->json,
        .paths_only = cli->quick,
        .repeats = cli->repetitions ? (int)cli->repetitions
                   : cli->quick     ? REPETITIONS_QUICK
                                    : REPETITIONS,
        .text = cli->quiet || (cli->json && strcmp(cli->json, "-") == 0) ? NULL : stdout};
    char error[BENCH_ERROR_SIZE];

    struct plugins plugins;
    bool good = options_good(cli, &options, processes);
    good = plugins_load(cli, &plugins) && good;
    if (!good) {
        plugins_unload(&plugins);
        return CLI_BAD_INPUT;
    }
    struct progress *progress = progress_new(cli->arena, !cli->quiet);
    if (processes > 1 || cli->against) {
        good = measure_in_processes(cli, &options, processes, progress);
    } else {
        options.plugins = plugins.set;
        options.progress = progress_show_share;
        options.progress_context = progress;
        good = bench_run(&options, NULL, NULL, error, sizeof(error));
        progress_end(progress);
        if (!good) cli_complain(cli, "%s", error);
    }
    plugins_unload(&plugins);
    return good ? CLI_DONE : CLI_BAD_INPUT;
}
