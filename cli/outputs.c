/* outputs.c: checks and writes what a run leaves behind. */
#include "outputs.h"

#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "cli.h"
#include "csv.h"
#include "file.h"
#include "files.h"
#include "markdown.h"
#include "record.h"
#include "sources.h"
#include "text.h"

bool outputs_writable(const struct cli *cli, const char *out_dir)
{
    char error[FILE_ERROR_SIZE];
    bool good = true;
    const struct {
        const char *option, *target;
    } documents[] = {{"--json", cli->json},
                     {"--csv", cli->csv},
                     {"--markdown", cli->markdown},
                     {"--scenario", cli->scenario}};

    if (out_dir && !file_directory_writable(out_dir, error, sizeof(error))) {
        cli_complain(cli, "--out: %s", error);
        good = false;
    }
    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
        if (!documents[i].target || file_target_writable(documents[i].target, error, sizeof(error))) continue;
        cli_complain(cli, "%s: %s", documents[i].option, error);
        good = false;
    }
    return good;
}

static bool is_stdout(const char *target)
{
    return target && strcmp(target, "-") == 0;
}

bool outputs_stdout_taken(const struct cli *cli)
{
    return is_stdout(cli->json) || is_stdout(cli->csv) || is_stdout(cli->markdown) ||
           is_stdout(cli->scenario);
}

bool outputs_write_target(const struct cli *cli, const char *option, const char *target, const char *text,
                          size_t n)
{
    char error[FILE_ERROR_SIZE];

    if (!target || file_write_atomic(target, text, n, error, sizeof(error))) return true;
    cli_complain(cli, "%s: %s", option, error);
    return false;
}

bool outputs_write(const struct cli *cli, const struct record *record, const char *out_dir,
                   const char *plots_dir)
{
    const struct report_sources *sources = out_dir || cli->markdown ? sources_find(cli, record) : NULL;
    struct report_files_options options = {.out_dir = out_dir,
                                           .with_host = !cli->no_host,
                                           .figures = true,
                                           .plots_dir = plots_dir,
                                           .sources = sources};
    struct report_files_result result = {0};
    bool good = !out_dir || report_files(record, &options, cli->arena, &result);
    size_t n = 0;

    if (!good) cli_complain(cli, "--out: %s", result.error);
    if (cli->json) {
        const char *text = record_write(record, !cli->no_host, cli->arena, &n);
        good = outputs_write_target(cli, "--json", cli->json, text, n) && good;
    }
    if (cli->csv) {
        const char *text = report_csv_text(record, cli->arena, &n);
        good = outputs_write_target(cli, "--csv", cli->csv, text, n) && good;
    }
    if (cli->markdown) {
        struct report_markdown_options markdown = {
            .files = result.files, .files_n = result.files_n, .sources = sources};
        const char *text = report_markdown_text(record, &markdown, cli->arena, &n);
        good = outputs_write_target(cli, "--markdown", cli->markdown, text, n) && good;
    }
    /* A verdict in which nothing is known would hide the one line that says why. */
    bool empty = record->run.partial && record->run.replications == 0;
    if (!empty && !cli->quiet && !outputs_stdout_taken(cli)) {
        struct report_text_options text = {.out = stdout,
                                           .color = report_text_color(stdout),
                                           .out_dir = out_dir,
                                           .files = result.files,
                                           .files_n = result.files_n,
                                           .figures_note = result.figures_note};
        report_text(record, &text);
    }
    return good;
}
