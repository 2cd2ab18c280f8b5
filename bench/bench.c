/* bench.c: see bench.h. */
#include "bench.h"

#include "arena.h"
#include "bench_paths.h"
#include "bench_rows.h"
#include "bench_time.h"
#include "check.h"
#include "error.h"
#include "file.h"
#include "nearest.h"
#include "plugin.h"

#include <string.h>

enum { REPEATS_DEFAULT = 31 };
static const double repeat_s_default = 0.002;

/* Times all rows wanted, by turns; a row is followed by its reference. Returns how many there are. */
static size_t time_all(const bool *wanted, int repeats, double repeat_s, const struct bench_options *options,
                       struct bench_watch *watch, struct bench_timed *timed, struct arena *arena)
{
    size_t n = 0;
    for (size_t i = 0; i < bench_cases_n; i++) {
        if (!wanted[i]) continue;
        bench_timed_begin(&timed[n++], watch, &bench_cases[i], repeat_s,
                          ARENA_NEW(arena, struct bench_sample, (size_t)repeats));
    }
    for (int r = 0; r < repeats; r++)
        for (size_t i = 0; i < n; i++) {
            if (bench_timed_turn(&timed[i], r)) bench_timed_repeat(&timed[i], watch);
            if (options->progress != NULL)
                options->progress(options->progress_context, r + (double)(i + 1) / (double)n, repeats);
        }
    for (size_t i = 0; i < n; i++)
        bench_timed_end(&timed[i]);
    return n;
}

size_t bench_names(bool paths_only, const char **names)
{
    size_t n = 0;
    CHECK(bench_cases_n <= BENCH_ROWS_MAX, "%zu benchmarks", bench_cases_n);
    for (size_t i = 0; i < bench_cases_n; i++)
        if (!paths_only || !bench_cases[i].kernel) names[n++] = bench_cases[i].name;
    return n;
}

bool bench_run(const struct bench_options *options, struct bench_row *rows, size_t *rows_n, char *error,
               size_t error_n)
{
    const bool all = options->filter == NULL || *options->filter == '\0';
    const int repeats = options->repeats == 0 ? REPEATS_DEFAULT : options->repeats;
    const double repeat_s = options->repeat_s > 0 ? options->repeat_s : repeat_s_default;
    const char *names[BENCH_ROWS_MAX];
    const size_t names_n = bench_names(options->paths_only, names);
    if (repeats < 1 || repeats > BENCH_REPEATS_MAX)
        return error_say(error, error_n, "%d repeats: 1 to %d fit", repeats, BENCH_REPEATS_MAX);
    if (options->calibration != NULL && !all)
        return error_say(error, error_n, "a calibration needs every operation, so no filter");
    if (options->calibration != NULL && !file_target_writable(options->calibration, error, error_n))
        return false;
    if (options->json != NULL && !file_target_writable(options->json, error, error_n)) return false;

    bool wanted[BENCH_ROWS_MAX];
    size_t matching = 0;
    for (size_t i = 0; i < bench_cases_n; i++) {
        wanted[i] = (all || strstr(bench_cases[i].name, options->filter) != NULL) &&
                    !(options->paths_only && bench_cases[i].kernel);
        matching += wanted[i];
        if (i == 0 || !bench_cases[i - 1].beside_next || options->paths_only) continue;
        wanted[i - 1] = wanted[i] = wanted[i - 1] || wanted[i]; /* neither is timed without the other */
    }
    if (matching == 0) {
        const char *near = nearest_name(options->filter, names, names_n);
        return error_say(error, error_n, "no %s's name contains \"%.100s\"%s%s%s",
                         options->paths_only ? "path" : "operation", options->filter,
                         near == NULL ? "" : "; did you mean \"", near == NULL ? "" : near,
                         near == NULL ? "" : "\"?");
    }
    struct arena *arena = arena_new(0);
    struct bench_measurement m = {
        .timed = ARENA_NEW(arena, struct bench_timed, names_n), .repeats = repeats, .date = options->date};
    bench_plug(options->plugins);
    bench_watch_begin(&m.watch);
    if (options->paths_only) m.watch.tries = 1;
    m.n = time_all(wanted, repeats, repeat_s, options, &m.watch, m.timed, arena);
    bench_watch_end(&m.watch);
    bench_plug(NULL);
    bench_rows_fill(&m, arena);
    if (rows != NULL) memcpy(rows, m.rows, m.n * sizeof *rows);
    if (rows_n != NULL) *rows_n = m.n;
    const char *mistake = plugin_mistake(options->plugins);
    const bool done = mistake != NULL ? error_say(error, error_n, "%s; there is no result", mistake)
                                      : bench_rows_tell(options, &m, error, error_n);
    arena_free(arena);
    return done;
}
