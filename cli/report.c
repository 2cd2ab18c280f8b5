/* report.c: `headroom report RECORD`: any output of a run, from its record alone.
 *
 *   1. read the record: every mistake in it is told
 *   2. find out whether the outputs can be written
 *   3. write them with what `run` writes them with
 */
#include <string.h>
#include <sys/stat.h>

#include "arena.h"
#include "cli.h"
#include "diag.h"
#include "file.h"
#include "inputs.h"
#include "json.h"
#include "json_text.h"
#include "outputs.h"
#include "record.h"

/* A run's directory stands for the record in it. */
static const char *record_path(const struct cli *cli)
{
    const char *path = cli->words[0];
    struct stat status;

    if (strcmp(path, "-") != 0 && stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return arena_printf(cli->arena, "%s/result.json", path);
    return path;
}

static struct record *read_record(const struct cli *cli, bool *had_host)
{
    const char *path = record_path(cli), *name = strcmp(path, "-") == 0 ? "stdin" : path;
    char error[FILE_ERROR_SIZE] = "", *text;
    size_t n;
    enum file_status status = file_read(path, JSON_BYTES_MAX, cli->arena, &text, &n, error, sizeof(error));

    if (status != FILE_OK) {
        cli_complain(cli, "%s",
                     status == FILE_EMPTY ? arena_printf(cli->arena, "%s: is empty", name) : error);
        return NULL;
    }
    struct diag *diag = diag_new();
    struct record *record = record_read(name, text, n, cli->arena, diag, had_host);
    if (inputs_mistakes(cli, diag) && record) {
        record_release(record);
        record = NULL;
    }
    diag_free(diag);
    return record;
}

static bool write_scenario(const struct cli *cli, const struct record *record)
{
    char error[FILE_ERROR_SIZE];
    size_t n;

    if (!cli->scenario) return true;
    const char *text = json_text(record->scenario.resolved, cli->arena, &n);
    if (file_write_atomic(cli->scenario, text, n, error, sizeof(error))) return true;
    cli_complain(cli, "--scenario: %s", error);
    return false;
}

int cli_report(const struct cli *cli)
{
    bool had_host = false;
    const char *plots_dir = cli->out ? inputs_path(cli, "plots") : NULL;

    if (cli->out && !plots_dir) return CLI_BAD_INPUT;
    struct record *record = read_record(cli, &had_host);
    if (!record) return CLI_BAD_INPUT;
    /* What the record does not have, the one written again cannot have. */
    struct cli as_run = *cli;
    as_run.no_host = cli->no_host || !had_host;
    bool good = outputs_writable(&as_run, cli->out) && write_scenario(cli, record) &&
                outputs_write(&as_run, record, cli->out, plots_dir);
    record_release(record);
    return good ? CLI_DONE : CLI_BAD_INPUT;
}
