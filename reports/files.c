/* files.c: see files.h. */
#include "files.h"

#include "arena.h"
#include "check.h"
#include "csv.h"
#include "file.h"
#include "markdown.h"
#include "record.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

static const char *under(struct arena *arena, const char *directory, const char *name)
{
    return arena_printf(arena, "%s/%s", directory, name);
}

static void add_file(struct report_files_result *result, const char *name)
{
    CHECK(result->files_n < REPORT_FILES_MAX, "more than %d files", REPORT_FILES_MAX);
    result->files[result->files_n++] = name;
}

static bool write_whole(const char *out_dir, const char *name, const char *text, size_t n,
                        struct arena *arena, struct report_files_result *result)
{
    if (!file_write_atomic(under(arena, out_dir, name), text, n, result->error, sizeof(result->error)))
        return false;
    add_file(result, name);
    return true;
}

/* The verdict and the Markdown name the other files, so they are written last, and listed where they belong.
 */
static bool write_verdict(const struct record *record, const char *out_dir, struct arena *arena,
                          struct report_files_result *result)
{
    struct file_writer writer;
    const char *path = under(arena, out_dir, "verdict.txt");
    if (!file_writer_begin(&writer, path, result->error, sizeof(result->error))) return false;
    report_text(record, &(struct report_text_options){.out = writer.out,
                                                      .color = false,
                                                      .out_dir = NULL,
                                                      .files = result->files,
                                                      .files_n = result->files_n,
                                                      .figures_note = result->figures_note});
    return file_writer_commit(&writer, result->error, sizeof(result->error));
}

bool report_files(const struct record *record, const struct report_files_options *options,
                  struct arena *arena, struct report_files_result *result)
{
    *result = (struct report_files_result){.figures = FIGURES_NOTHING_TO_DRAW};
    const char *out_dir = options->out_dir;
    if (!file_make_directories(out_dir, result->error, sizeof(result->error))) return false;
    size_t n;
    const char *text = record_write(record, options->with_host, arena, &n);
    if (!write_whole(out_dir, "result.json", text, n, arena, result)) return false;
    text = report_csv_text(record, arena, &n);
    if (!write_whole(out_dir, "series.csv", text, n, arena, result)) return false;
    add_file(result, "verdict.txt");
    add_file(result, "report.md");
    if (options->figures) {
        struct figures_result drawn = report_figures(
            record, &(struct figures_options){.out_dir = out_dir, .plots_dir = options->plots_dir}, arena);
        result->figures = drawn.status;
        result->figures_note = drawn.note;
        for (int i = 0; i < drawn.files_n; i++)
            add_file(result, drawn.files[i]);
    }
    struct report_markdown_options markdown = {
        .files = result->files, .files_n = result->files_n, .sources = options->sources};
    text = report_markdown_text(record, &markdown, arena, &n);
    return file_write_atomic(under(arena, out_dir, "report.md"), text, n, result->error,
                             sizeof(result->error)) &&
           write_verdict(record, out_dir, arena, result);
}
