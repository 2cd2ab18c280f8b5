/* inputs.c: the data directory, and mistakes told the same way by every verb. */
#include "inputs.h"

#include "arena.h"
#include "cli.h"
#include "diag.h"
#include "file.h"
#include "prices.h"

const char *inputs_path(const struct cli *cli, const char *name)
{
    char root[FILE_PATH_SIZE], path[FILE_PATH_SIZE], error[FILE_ERROR_SIZE];

    if (!file_data_directory(cli->program, root, sizeof(root), error, sizeof(error))) {
        cli_complain(cli, "%s", error);
        return NULL;
    }
    if (!file_join(root, name, path, sizeof(path))) {
        cli_complain(cli, "the path of %s in %s is too long", name, root);
        return NULL;
    }
    return arena_strdup(cli->arena, path);
}

int inputs_mistakes(const struct cli *cli, struct diag *diag)
{
    if (diag_count(diag) > 0 || (diag_note_count(diag) > 0 && !cli->quiet)) diag_print(diag, stderr);
    return diag_count(diag) > 0;
}

bool inputs_prices_right(const struct cli *cli)
{
    if (!cli->prices) return true;
    struct diag *diag = diag_new();
    pricebook_load(cli->prices, cli->arena, diag);
    bool bad = inputs_mistakes(cli, diag);
    diag_free(diag);
    /* Once, not once a scenario; and what instance types there are is not known without it. */
    if (bad) cli_complain(cli, "no scenario is checked before the price book is right");
    return !bad;
}
