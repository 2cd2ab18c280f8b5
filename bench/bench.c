/* bench.c: see bench.h. */
#include "bench.h"

#include "arena.h"
#include "bench_google.h"
#include "bench_json.h"
#include "bench_paths.h"
#include "bench_time.h"
#include "check.h"
#include "error.h"
#include "file.h"
#include "measurement.h"
#include "nearest.h"

#include <jansson.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { REPEATS_DEFAULT = 31, HOST_SIZE = 160, NAME_SIZE = 160 };
static const double repeat_s_default = 0.002;

/* Of one member of the repetitions' samples. */
static double quantile_of(const struct bench_timed *t, size_t member, double q)
{
    double values[BENCH_REPEATS_MAX];
    for (int i = 0; i < t->samples_n; i++)
        memcpy(&values[i], (const char *)&t->samples[i] + member, sizeof *values);
    return measurement_quantile(values, t->samples_n, q);
}

static struct bench_row row_of(const struct bench_timed *t)
{
    const struct bench_case *bench = t->bench;
    const size_t cpu = offsetof(struct bench_sample, cpu_ns);
    return (struct bench_row){
        .name = bench->name,
        .unit = bench->unit,
        .value = quantile_of(t, cpu, 0.5),
        .low = quantile_of(t, cpu, 0.1),
        .high = quantile_of(t, cpu, 0.9),
        .wall_ns = quantile_of(t, offsetof(struct bench_sample, wall_ns), 0.5),
        .instructions = quantile_of(t, offsetof(struct bench_sample, instructions), 0.5),
        .repeats = t->samples_n,
        .iterations = t->n,
        .bytes = bench->bytes,
        .kernel = bench->kernel,
        .what = bench->what == NULL ? NULL : bench->what(),
    };
}

static void beside(struct bench_row *row, const struct bench_timed *own, const struct bench_timed *reference)
{
    double ratios[BENCH_REPEATS_MAX];
    for (int i = 0; i < own->samples_n; i++)
        ratios[i] = reference->samples[i].cpu_ns / own->samples[i].cpu_ns;
    row->reference = reference->bench->name;
    row->ratio = measurement_quantile(ratios, own->samples_n, 0.5);
}

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
            bench_timed_repeat(&timed[i], watch);
            if (options->progress != NULL)
                options->progress(options->progress_context, r + (double)(i + 1) / (double)n, repeats);
        }
    for (size_t i = 0; i < n; i++)
        bench_timed_end(&timed[i]);
    return n;
}

static bool write_calibration(const char *path, const struct bench_row *rows, size_t n, const char *date,
                              char *error, size_t error_n)
{
    char host[HOST_SIZE], name[NAME_SIZE + 32], buffer[BENCH_DATE_SIZE];
    if (date == NULL) date = bench_today(buffer);
    bench_host(host, sizeof host);
    snprintf(name, sizeof name, "%s-%.7s", host, date);
    json_t *head = json_pack(
        "{s:i, s:s, s:o, s:s, s:s, s:s, s:s}", "calibration", 1, "name", name, "host", bench_host_json(),
        "date", date, "confidence", "measured", "source", "headroom bench", "about",
        "Our own code on this host: processor time, medians of repetitions; low and high are their 10th "
        "and 90th percentiles.");
    json_t *items = json_array();
    for (size_t i = 0; i < n; i++) {
        if (rows[i].kernel) continue;
        json_array_append_new(items, json_pack("{s:s, s:s, s:o, s:o, s:o, s:i}", "operation", rows[i].name,
                                               "unit", rows[i].unit, "value", bench_rounded(rows[i].value),
                                               "low", bench_rounded(rows[i].low), "high",
                                               bench_rounded(rows[i].high), "n", rows[i].repeats));
    }
    return bench_write_json(path, head, &(struct bench_table){"rows", items}, 1, error, error_n);
}

static void print_rows(FILE *out, const struct bench_measurement *m)
{
    char host[HOST_SIZE];
    fprintf(out, "%s, processor time, medians of %d repetitions", bench_host(host, sizeof host), m->repeats);
    if (m->watch.cpu >= 0)
        fprintf(out, " on processor %d\n", m->watch.cpu);
    else
        fprintf(out, "\nnot pinned: %s\n", m->watch.cpu_why);
    if (m->watch.counter < 0) fprintf(out, "instructions: not known, %s\n", m->watch.counter_why);
    fprintf(out, "%-34s %10s %10s %10s %12s  %s\n", "operation", "median", "p10", "p90", "instructions",
            "unit");
    for (const struct bench_row *r = m->rows; r < m->rows + m->n; r++) {
        fprintf(out, "%-34s %10.4g %10.4g %10.4g ", r->name, r->value, r->low, r->high);
        if (r->instructions >= 0)
            fprintf(out, "%12.4g", r->instructions);
        else
            fprintf(out, "%12s", "?");
        fprintf(out, "  %s", r->unit);
        if (r->reference != NULL) fprintf(out, ", %.2fx %s", r->ratio, r->reference);
        if (r->what != NULL) fprintf(out, ": %s", r->what);
        fputc('\n', out);
    }
    fflush(out);
}

const char *const *bench_names(size_t *n)
{
    static const char *names[BENCH_ROWS_MAX];
    CHECK(bench_cases_n <= BENCH_ROWS_MAX, "%zu benchmarks", bench_cases_n);
    for (size_t i = 0; i < bench_cases_n; i++)
        names[i] = bench_cases[i].name;
    *n = bench_cases_n;
    return names;
}

bool bench_run(const struct bench_options *options, struct bench_row *rows, size_t *rows_n, char *error,
               size_t error_n)
{
    const bool all = options->filter == NULL || *options->filter == '\0';
    const int repeats = options->repeats == 0 ? REPEATS_DEFAULT : options->repeats;
    const double repeat_s = options->repeat_s > 0 ? options->repeat_s : repeat_s_default;
    size_t names_n;
    const char *const *names = bench_names(&names_n);
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
        wanted[i] = all || strstr(names[i], options->filter) != NULL;
        matching += wanted[i];
        if (i == 0 || !bench_cases[i - 1].beside_next) continue;
        wanted[i - 1] = wanted[i] = wanted[i - 1] || wanted[i]; /* neither is timed without the other */
    }
    if (matching == 0) {
        const char *near = nearest_name(options->filter, names, names_n);
        return error_say(error, error_n, "no operation's name contains \"%.100s\"%s%s%s", options->filter,
                         near == NULL ? "" : "; did you mean \"", near == NULL ? "" : near,
                         near == NULL ? "" : "\"?");
    }
    struct arena *arena = arena_new(0);
    struct bench_measurement m = {.timed = ARENA_NEW(arena, struct bench_timed, names_n),
                                  .rows = ARENA_NEW(arena, struct bench_row, names_n),
                                  .repeats = repeats,
                                  .date = options->date};
    bench_watch_begin(&m.watch);
    m.n = time_all(wanted, repeats, repeat_s, options, &m.watch, m.timed, arena);
    bench_watch_end(&m.watch);
    for (size_t i = 0; i < m.n; i++) {
        m.rows[i] = row_of(&m.timed[i]);
        if (m.timed[i].bench->beside_next) beside(&m.rows[i], &m.timed[i], &m.timed[i + 1]);
    }
    if (options->text != NULL) print_rows(options->text, &m);
    if (rows != NULL) memcpy(rows, m.rows, m.n * sizeof *rows);
    if (rows_n != NULL) *rows_n = m.n;
    bool done = options->calibration == NULL ||
                write_calibration(options->calibration, m.rows, m.n, options->date, error, error_n);
    if (done && options->json != NULL) done = bench_write_google(options->json, &m, error, error_n);
    arena_free(arena);
    return done;
}
