/* bench.c: `headroom bench [FILTER]`: time the real code paths and the kernel on this host. */
#include "bench.h"

#include <string.h>

#include "arena.h"
#include "cli.h"
#include "file.h"
#include "nearest.h"
#include "progress.h"

/* A filter that matches nothing would be found after nothing was timed, but with no better word than that. */
static bool filter_matches(const struct cli *cli, const char *filter)
{
    size_t n = 0;
    const char *const *names = bench_names(&n);

    for (size_t i = 0; i < n; i++)
        if (strstr(names[i], filter)) return true;
    const char *near = nearest_name(filter, names, n);
    if (near) {
        cli_complain(cli, "no operation's name contains \"%s\"; did you mean %s?", filter, near);
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
    cli_complain(cli, "no operation's name contains \"%s\"; there are %s", filter, list);
    return false;
}

int cli_bench(const struct cli *cli)
{
    struct bench_options options = {
        .filter = cli->words_n > 0 ? cli->words[0] : NULL,
        .calibration = cli->calibration,
        .json = cli->json,
        .text = cli->quiet || (cli->json && strcmp(cli->json, "-") == 0) ? NULL : stdout};
    char error[BENCH_ERROR_SIZE], file_error[FILE_ERROR_SIZE];
    bool good = true;

    if (options.filter && !filter_matches(cli, options.filter)) good = false;
    /* A part of the rows would be a calibration that no run can read. */
    if (options.calibration && options.filter) {
        cli_complain(cli, "--calibration needs every operation, so it takes no FILTER beside it");
        good = false;
    }
    if (cli->json && !file_target_writable(cli->json, file_error, sizeof(file_error))) {
        cli_complain(cli, "--json: %s", file_error);
        good = false;
    }
    if (cli->calibration && !file_target_writable(cli->calibration, file_error, sizeof(file_error))) {
        cli_complain(cli, "--calibration: %s", file_error);
        good = false;
    }
    if (!good) return CLI_BAD_INPUT;
    struct progress *progress = progress_new(cli->arena, !cli->quiet);
    options.progress = progress_show_share;
    options.progress_context = progress;
    bool measured = bench_run(&options, NULL, NULL, error, sizeof(error));
    progress_end(progress);
    if (!measured) {
        cli_complain(cli, "%s", error);
        return CLI_BAD_INPUT;
    }
    return CLI_DONE;
}
