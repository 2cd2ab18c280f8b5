/* check.c: `headroom check SCENARIO...`: validate only, scenarios and plugins. */
#include <string.h>

#include "arena.h"
#include "cli.h"
#include "diag.h"
#include "inputs.h"
#include "plugins.h"
#include "record.h"

/* ", 3 brokers" and the like; nothing for none. */
static void count_text(FILE *out, const char **separator, int n, const char *one, const char *many)
{
    if (n == 0) return;
    fprintf(out, "%s%d %s", *separator, n, n == 1 ? one : many);
    *separator = ", ";
}

static void tell_good(const struct scenario *scenario, const char *file)
{
    const char *separator = "";

    printf("%s: ok (", file);
    count_text(stdout, &separator, scenario->streams_n, "stream", "streams");
    count_text(stdout, &separator, scenario->producers_n, "producer", "producers");
    count_text(stdout, &separator, scenario->cluster.brokers, "broker", "brokers");
    count_text(stdout, &separator, scenario->topics_n, "topic", "topics");
    count_text(stdout, &separator, scenario->groups_n, "group", "groups");
    count_text(stdout, &separator, scenario->faults_n, "fault", "faults");
    count_text(stdout, &separator, scenario->objectives_n, "objective", "objectives");
    printf(")\n");
}

/* False, told, if one is no plugin of this program's. Its answers are seen in a run alone. */
static bool plugins_right(const struct cli *cli)
{
    struct plugins plugins;

    if (!plugins_load(cli, &plugins)) return false;
    for (int i = 0; i < plugins.n && !cli->quiet; i++)
        printf("%s: ok (plugin %s)\n", cli->plugins[i], plugins.files[i].name);
    plugins_unload(&plugins);
    return true;
}

int cli_check(const struct cli *cli)
{
    const char *data_dir = inputs_path(cli, "scenarios");
    int code = CLI_DONE;

    if (!data_dir) return CLI_BAD_INPUT;
    if (!inputs_prices_right(cli)) return CLI_BAD_INPUT;
    if (!plugins_right(cli)) code = CLI_BAD_INPUT;
    for (int i = 0; i < cli->words_n; i++) {
        struct arena *arena = arena_new(0);
        struct diag *diag = diag_new();
        const struct scenario *scenario = scenario_load(cli->words[i], cli->overrides, cli->overrides_n,
                                                        data_dir, cli->prices, arena, diag);
        if (inputs_mistakes(cli, diag) || !scenario)
            code = CLI_BAD_INPUT;
        else if (!cli->quiet)
            tell_good(scenario, strcmp(cli->words[i], "-") == 0 ? "stdin" : cli->words[i]);
        scenario_release(scenario);
        diag_free(diag);
        arena_free(arena);
    }
    return code;
}
