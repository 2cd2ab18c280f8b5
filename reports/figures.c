/* figures.c: see figures.h. What gnuplot reads is put together in figures_time.c, figures_lag.c, figures_lake.c
 * and figures_still.c; how it looks is decided in plots/.
 *
 * Two files a figure, in out_dir/figures/: NAME.dat holds numbers alone, NAME.par assigns numbers, arrays and
 * single-quoted strings, in which gnuplot evaluates nothing (see gnuplot.h).
 */
#include "figures.h"

#include "arena.h"
#include "check.h"
#include "child.h"
#include "figures_parts.h"
#include "file.h"
#include "record.h"
#include "text_buffer.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct figure {
    const char *name;
    bool (*put)(FILE *data, FILE *parameters, const struct record *,
                struct arena *); /* false: nothing to draw */
};

static const struct figure figures[] = {{"timeline", figure_timeline},
                                        {"lag", figure_lag},
                                        {"freshness", figure_freshness},
                                        {"outputs", figure_outputs},
                                        {"lake", figure_lake},
                                        {"latency", figure_latency},
                                        {"utilization", figure_utilization},
                                        {"cost", figure_cost}};
enum { FIGURES_N = sizeof(figures) / sizeof(figures[0]) };

static const char *under(struct arena *arena, const char *directory, const char *name)
{
    return arena_printf(arena, "%s/%s", directory, name);
}

/* The two files. Returns NULL and sets *drawable, or says what went wrong. */
static const char *write_inputs(const struct figure *figure, const struct record *record,
                                const char *directory, struct arena *arena, bool *drawable)
{
    struct file_writer data, parameters;
    char error[FILE_ERROR_SIZE];
    const char *data_path = under(arena, directory, arena_printf(arena, "%s.dat", figure->name));
    const char *parameters_path = under(arena, directory, arena_printf(arena, "%s.par", figure->name));
    if (!file_writer_begin(&data, data_path, error, sizeof(error))) return arena_strdup(arena, error);
    if (!file_writer_begin(&parameters, parameters_path, error, sizeof(error))) {
        file_writer_abandon(&data);
        return arena_strdup(arena, error);
    }
    *drawable = figure->put(data.out, parameters.out, record, arena);
    if (!*drawable) {
        file_writer_abandon(&data);
        file_writer_abandon(&parameters);
        remove(data_path); /* an earlier record's */
        remove(parameters_path);
        return NULL;
    }
    bool written = file_writer_commit(&data, error, sizeof(error));
    if (!written)
        file_writer_abandon(&parameters);
    else
        written = file_writer_commit(&parameters, error, sizeof(error));
    return written ? NULL : arena_strdup(arena, error);
}

static const char *const endings[] = {"svg", "png"};
enum { ENDINGS_N = sizeof(endings) / sizeof(endings[0]) };

/* An earlier run's figures, so that none is taken for this run's where this run's could not be drawn. */
static void remove_old(const char *out_dir, struct arena *arena)
{
    for (int i = 0; i < FIGURES_N; i++) {
        for (int e = 0; e < ENDINGS_N; e++)
            remove(under(arena, out_dir, arena_printf(arena, "%s.%s", figures[i].name, endings[e])));
    }
}

/* gnuplot's own words, for people: its first line that says something, without control characters. */
static const char *first_words(struct arena *arena, const char *output)
{
    while (*output == '\n' || *output == ' ' || *output == '\t' || *output == '^')
        output++;
    size_t n = strcspn(output, "\n");
    char *words = arena_strndup(arena, output, n < 200 ? n : 200);
    for (char *c = words; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?';
    return words;
}

/* A heatmap's cells are pixels of an image in the SVG, which a browser would blur when it enlarges them. A '<' of a name
 * is "&lt;" in there. NULL, or what went wrong. */
static const char *sharpen_images(const char *svg, struct arena *arena)
{
    static const char image[] = "<image ", style[] = "style='image-rendering:optimizeSpeed;image-rendering:pixelated' ";
    enum { SVG_MAX = 64 << 20 };
    char *text, error[FILE_ERROR_SIZE];
    size_t n;
    if (file_read(svg, SVG_MAX, arena, &text, &n, error, sizeof(error)) != FILE_OK) return arena_strdup(arena, error);
    if (strstr(text, image) == NULL) return NULL;
    struct text_buffer out;
    text_buffer_init(&out, arena, n + 1024);
    for (char *at; (at = strstr(text, image)) != NULL; text = at + strlen(image)) {
        text_buffer_put(&out, text, (size_t)(at - text) + strlen(image));
        text_buffer_put(&out, style, strlen(style));
    }
    text_buffer_put(&out, text, strlen(text));
    return file_write_atomic(svg, out.bytes, out.n, error, sizeof(error)) ? NULL : arena_strdup(arena, error);
}

/* gnuplot writes NAME.svg and NAME.png beside its inputs; what is complete is then moved up. NULL, or what
 * went wrong. */
static const char *draw(const struct figure *figure, const char *gnuplot, const char *plots_dir,
                        const char *directory, const struct figures_options *options, struct arena *arena,
                        struct figures_result *result)
{
    const char *script = under(arena, plots_dir, arena_printf(arena, "%s.gp", figure->name));
    /* -d: nothing of the user's own configuration; -c: what follows the script are its arguments. */
    const char *argv[] = {gnuplot, "-d", "-c", script, plots_dir, NULL};
    int limit_s = options->time_limit_s > 0 ? options->time_limit_s : FIGURES_TIME_LIMIT_S;
    struct child_result child;
    child_run(argv, directory, limit_s, &child);
    switch (child.status) {
    case CHILD_DONE:
        break;
    case CHILD_NOT_STARTED:
        return arena_printf(arena, "gnuplot could not be started");
    case CHILD_TIMED_OUT:
        return arena_printf(arena, "gnuplot took more than %d s and was ended", limit_s);
    case CHILD_FAILED:
        return arena_printf(arena, "gnuplot failed on %s.gp (exit code %d): %s", figure->name,
                            child.exit_code, first_words(arena, child.output));
    }
    for (int i = 0; i < ENDINGS_N; i++) {
        const char *name = arena_printf(arena, "%s.%s", figure->name, endings[i]);
        const char *from = under(arena, directory, name), *to = under(arena, options->out_dir, name);
        struct stat status;
        if (stat(from, &status) != 0 || status.st_size == 0)
            return arena_printf(arena, "gnuplot ended well but wrote no %s", name);
        const char *wrong = strcmp(endings[i], "svg") == 0 ? sharpen_images(from, arena) : NULL;
        if (wrong != NULL) return wrong;
        if (rename(from, to) != 0) return arena_printf(arena, "%s: %s", to, strerror(errno));
        CHECK(result->files_n < FIGURES_FILES_MAX, "more than %d figures", FIGURES_FILES_MAX);
        result->files[result->files_n++] = name;
    }
    return NULL;
}

static struct figures_result end(struct figures_result result, enum figures_status status, const char *note)
{
    result.status = status;
    result.note = note;
    return result;
}

struct figures_result report_figures(const struct record *record, const struct figures_options *options,
                                     struct arena *arena)
{
    struct figures_result result = {0};
    char gnuplot[FILE_PATH_SIZE], error[FILE_ERROR_SIZE];
    const char *directory = under(arena, options->out_dir, "figures");
    if (!file_make_directories(directory, error, sizeof(error)))
        return end(result, FIGURES_FAILED, arena_strdup(arena, error));
    remove_old(options->out_dir, arena);
    /* gnuplot runs in that directory, so the scripts need a name that holds from anywhere. One that begins
     * with '/' is also never taken for a command: gnuplot opens "< something" as a pipe. */
    char *plots_dir = realpath(options->plots_dir, NULL);
    if (plots_dir == NULL)
        return end(result, FIGURES_FAILED,
                   arena_printf(arena, "%s: %s", options->plots_dir, strerror(errno)));
    const char *scripts = arena_strdup(arena, plots_dir);
    free(plots_dir);
    bool found =
        child_find(options->gnuplot != NULL ? options->gnuplot : "gnuplot", gnuplot, sizeof(gnuplot));
    for (int i = 0; i < FIGURES_N; i++) {
        bool drawable = false;
        const char *wrong = write_inputs(&figures[i], record, directory, arena, &drawable);
        if (wrong == NULL && drawable && found)
            wrong = draw(&figures[i], gnuplot, scripts, directory, options, arena, &result);
        if (wrong != NULL) return end(result, FIGURES_FAILED, wrong);
    }
    if (!found)
        return end(result, FIGURES_NO_GNUPLOT,
                   "gnuplot is not installed; install gnuplot-nox to draw the figures");
    if (result.files_n == 0) return end(result, FIGURES_NOTHING_TO_DRAW, "the run has nothing to draw");
    return end(result, FIGURES_DRAWN, NULL);
}
