/* init.c: `headroom init FAMILY`: a scenario to start from. A family is a file that comes with the program,
 * and a row here. */
#include <string.h>
#include <sys/stat.h>

#include "arena.h"
#include "cli.h"
#include "file.h"
#include "inputs.h"
#include "json.h"
#include "nearest.h"

static const struct family {
    const char *name;
    const char *file; /* in scenarios/; extends nothing, so that it runs wherever it is put */
    const char *about;
} families[] = {
    {"ad-clickstream", "ad-clickstream.json",
     "advertising at 1M events/s: click-through rate by campaign, a lake, dashboards, a lost broker"},
    {"small", "families/small.json",
     "the same pipeline at 3k events/s on three brokers; runs in a second, good to learn on"},
    {"product-analytics", "families/product-analytics.json",
     "50M events a day: live counts, hot and warm tables, funnels within three seconds"},
};
enum { FAMILIES_N = sizeof(families) / sizeof(families[0]) };

static int list_families(void)
{
    for (int i = 0; i < FAMILIES_N; i++)
        printf("%-18s %s\n", families[i].name, families[i].about);
    printf("\n'%s init FAMILY --out FILE' writes one; '%s run FILE' runs it.\n", CLI_NAME, CLI_NAME);
    return CLI_DONE;
}

static const struct family *find_family(const struct cli *cli, const char *name)
{
    const char *names[FAMILIES_N], *list = "";

    for (int i = 0; i < FAMILIES_N; i++) {
        if (strcmp(families[i].name, name) == 0) return &families[i];
        names[i] = families[i].name;
        list = arena_printf(cli->arena, "%s%s%s", list, i > 0 ? ", " : "", names[i]);
    }
    const char *near = nearest_name(name, names, FAMILIES_N);
    if (near)
        cli_complain(cli, "there is no family \"%s\"; did you mean %s?", name, near);
    else
        cli_complain(cli, "there is no family \"%s\"; there are %s", name, list);
    return NULL;
}

/* What somebody wrote is never replaced by what we ship. */
static bool may_write(const struct cli *cli)
{
    char error[FILE_ERROR_SIZE];
    struct stat status;

    if (strcmp(cli->out, "-") == 0) return true;
    if (lstat(cli->out, &status) == 0) {
        cli_complain(cli, "--out: %s exists already; name a file that does not", cli->out);
        return false;
    }
    if (file_target_writable(cli->out, error, sizeof(error))) return true;
    cli_complain(cli, "--out: %s", error);
    return false;
}

int cli_init(const struct cli *cli)
{
    char error[FILE_ERROR_SIZE] = "", *text;
    size_t n = 0;

    if (cli->words_n == 0) {
        if (!cli->out) return list_families();
        cli_complain(cli, "FAMILY is missing; '%s init' lists them", CLI_NAME);
        return CLI_BAD_INPUT;
    }
    const struct family *family = find_family(cli, cli->words[0]);
    if (!family) return CLI_BAD_INPUT;
    const char *path = inputs_path(cli, arena_printf(cli->arena, "scenarios/%s", family->file));
    if (!path || (cli->out && !may_write(cli))) return CLI_BAD_INPUT;
    if (file_read(path, JSON_BYTES_MAX, cli->arena, &text, &n, error, sizeof(error)) != FILE_OK) {
        cli_complain(cli, "the family's file cannot be read: %s", error);
        return CLI_BAD_INPUT;
    }
    if (!file_write_atomic(cli->out ? cli->out : "-", text, n, error, sizeof(error))) {
        cli_complain(cli, "--out: %s", error);
        return CLI_BAD_INPUT;
    }
    return CLI_DONE;
}
