/* running.c: see running.h. */
#include "running.h"

#include <inttypes.h>
#include <string.h>

#include "arena.h"
#include "check.h"
#include "cli.h"
#include "identity.h"
#include "record.h"
#include "scenario_table.h"
#include "units.h"

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

void running_tell_plan(const struct cli *cli, const struct scenario *scenario)
{
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

void running_sign(const struct cli *cli, struct record *record, double wall_s)
{
    record->host.wall_s = wall_s;
    record->host.simulated_per_wall =
        record->run.simulated_s * record->run.replications / (wall_s > 0 ? wall_s : 1e-9);
    record->tool.name = CLI_NAME;
    record->tool.version = CLI_VERSION;
    record->tool.build_sha256 = identity_build_sha256(cli->arena);
}

const char *running_tell_partial(const struct cli *cli, const struct record *record, int interrupted)
{
    /* Not only Ctrl-C ends a run early: so does --max-memory, and that is an input to change. */
    const char *why = interrupted ? "interrupted" : record->run.partial_why;
    char limit[UNITS_FORMAT_SIZE];

    if (!interrupted)
        cli_complain(cli, "the limit of --max-memory was %s, for %d %s",
                     units_format(UNITS_BYTES, (double)cli->max_memory_bytes, limit, sizeof(limit)),
                     record->inputs.replications,
                     record->inputs.replications == 1 ? "replication" : "replications together");
    return why ? why : "ended early";
}

void running_tell_open(const struct cli *cli, const struct record *record, const char *of)
{
    for (int i = 0; i < record->objectives_n; i++) {
        const struct record_objective *objective = &record->objectives[i];
        if (objective->met == RECORD_INCONCLUSIVE)
            cli_complain(cli, "--gate: %s%s\"%s\" is inconclusive, which is not a miss%s%s", of ? of : "",
                         of ? ": " : "", objective->text, objective->why_null ? ": " : "",
                         objective->why_null ? objective->why_null : "");
    }
}
