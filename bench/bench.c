/* bench.c: see bench.h. */
#include "bench.h"

#include "arena.h"
#include "bench_json.h"
#include "bench_paths.h"
#include "check.h"
#include "error.h"
#include "file.h"
#include "nearest.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { REPEATS_DEFAULT = 21, HOST_SIZE = 160, NAME_SIZE = 160 };
static const double repeat_s_default = 0.005;


static double now_ns(clockid_t clock)
{
    struct timespec t;
    CHECK(clock_gettime(clock, &t) == 0, "no clock %d", (int)clock);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Linear between the sorted values around it. */
static double quantile(const double *sorted, int n, double q)
{
    double place = q * (n - 1);
    int low = (int)place;
    int high = low + 1 < n ? low + 1 : low;
    return sorted[low] + (sorted[high] - sorted[low]) * (place - low);
}

struct timing {
    double wall_ns, cpu_ns;
};

static struct timing time_once(const struct bench_case *bench, void *state, int64_t n)
{
    if (bench->prepare != NULL) bench->prepare(state, n);
    double cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID);
    double wall = now_ns(CLOCK_MONOTONIC);
    bench->run(state, n);
    struct timing t = {.wall_ns = now_ns(CLOCK_MONOTONIC) - wall};
    t.cpu_ns = now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    return t;
}

/* One row while it is timed. */
struct timed {
    const struct bench_case *bench;
    struct arena *arena;
    void *state;
    int64_t n; /* operations a repeat */
    double wall[BENCH_REPEATS_MAX], cpu[BENCH_REPEATS_MAX];
};

static void begin(struct timed *t, const struct bench_case *bench, double repeat_s)
{
    t->bench = bench;
    t->arena = arena_new(0);
    t->state = bench->set_up(t->arena, bench);
    t->n = bench->fixed_n;
    if (t->n == 0) { /* also warms caches and branch predictors up */
        for (t->n = 64; t->n < (int64_t)1 << 40; t->n *= 2)
            if (time_once(bench, t->state, t->n).wall_ns >= repeat_s * 1e9) break;
    } else {
        time_once(bench, t->state, t->n);
    }
}

static void repeat(struct timed *t, int i)
{
    struct timing once = time_once(t->bench, t->state, t->n);
    t->wall[i] = once.wall_ns / (double)t->n;
    t->cpu[i] = once.cpu_ns / (double)t->n;
}

static struct bench_row end(struct timed *t, int repeats)
{
    const struct bench_case *bench = t->bench;
    if (bench->tear_down != NULL) bench->tear_down(t->state);
    arena_free(t->arena);
    qsort(t->wall, (size_t)repeats, sizeof *t->wall, compare_doubles);
    qsort(t->cpu, (size_t)repeats, sizeof *t->cpu, compare_doubles);
    return (struct bench_row){
        .name = bench->name,
        .unit = bench->unit,
        .value = quantile(t->wall, repeats, 0.5),
        .low = quantile(t->wall, repeats, 0.1),
        .high = quantile(t->wall, repeats, 0.9),
        .repeats = repeats,
        .iterations = t->n,
        .cpu_ns = quantile(t->cpu, repeats, 0.5),
        .bytes = bench->bytes,
        .kernel = bench->kernel,
    };
}

/* Times one row, or one and its reference behind it; returns how many. */
static size_t time_rows(const struct bench_case *bench, int repeats, double repeat_s, struct bench_row *rows)
{
    struct timed own, reference;
    double ratios[BENCH_REPEATS_MAX];
    begin(&own, bench, repeat_s);
    if (bench->beside_next) begin(&reference, bench + 1, repeat_s);
    for (int i = 0; i < repeats; i++) {
        repeat(&own, i);
        if (!bench->beside_next) continue;
        repeat(&reference, i);
        ratios[i] = reference.cpu[i] / own.cpu[i];
    }
    rows[0] = end(&own, repeats);
    if (!bench->beside_next) return 1;
    rows[1] = end(&reference, repeats);
    qsort(ratios, (size_t)repeats, sizeof *ratios, compare_doubles);
    rows[0].reference = rows[1].name;
    rows[0].ratio = quantile(ratios, repeats, 0.5);
    return 2;
}

static bool write_calibration(const char *path, const struct bench_row *rows, size_t n, const char *date,
                              char *error, size_t error_n)
{
    char host[HOST_SIZE], name[NAME_SIZE + 32], buffer[BENCH_DATE_SIZE];
    if (date == NULL) date = bench_today(buffer);
    bench_host(host, sizeof host);
    snprintf(name, sizeof name, "%s-%.7s", host, date);
    json_t *head =
        json_pack("{s:i, s:s, s:o, s:s, s:s, s:s, s:s}", "calibration", 1, "name", name, "host", bench_host_json(),
                  "date", date, "confidence", "measured", "source", "headroom bench", "about",
                  "Our own code on this host: medians of repeats; low and high are their 10th and 90th "
                  "percentiles.");
    json_t *items = json_array();
    for (size_t i = 0; i < n; i++) {
        if (rows[i].kernel) continue;
        json_array_append_new(items, json_pack("{s:s, s:s, s:o, s:o, s:o, s:i}", "operation", rows[i].name,
                                               "unit", rows[i].unit, "value", bench_rounded(rows[i].value), "low",
                                               bench_rounded(rows[i].low), "high", bench_rounded(rows[i].high), "n",
                                               rows[i].repeats));
    }
    return bench_write_json(path, head, &(struct bench_table){"rows", items}, 1, error, error_n);
}

/* Google Benchmark's form, which other tools read; rates are by processor time there. */
static bool write_benchmarks(const char *path, const struct bench_row *rows, size_t n, const char *date,
                             char *error, size_t error_n)
{
    char buffer[BENCH_DATE_SIZE];
    json_t *context = bench_host_json();
    json_object_set_new(context, "date", json_string(date != NULL ? date : bench_today(buffer)));
    json_object_set_new(context, "num_cpus", json_integer(bench_cores()));
    json_object_set_new(context, "library_build_type", json_string("release"));
    json_t *items = json_array();
    for (size_t i = 0; i < n; i++) {
        const struct bench_row *r = &rows[i];
        const double ns = r->cpu_ns > 0 ? r->cpu_ns : r->value;
        json_t *item =
            json_pack("{s:s, s:s, s:s, s:i, s:I, s:o, s:o, s:s, s:o}", "name", r->name, "run_name", r->name,
                      "run_type", "iteration", "repetitions", r->repeats, "iterations",
                      (json_int_t)r->iterations, "real_time", bench_rounded(r->value), "cpu_time",
                      bench_rounded(r->cpu_ns), "time_unit", "ns", "items_per_second", bench_rounded(1e9 / ns));
        if (r->bytes > 0) json_object_set_new(item, "bytes_per_second", bench_rounded(r->bytes * 1e9 / ns));
        if (r->reference != NULL) {
            json_object_set_new(item, "label", json_string(r->reference));
            json_object_set_new(item, "ratio_to_reference", bench_rounded(r->ratio));
        }
        json_object_set_new(item, "real_time_p10", bench_rounded(r->low));
        json_object_set_new(item, "real_time_p90", bench_rounded(r->high));
        json_array_append_new(items, item);
    }
    return bench_write_json(path, json_pack("{s:o}", "context", context),
                            &(struct bench_table){"benchmarks", items}, 1, error, error_n);
}

static void print_rows(FILE *out, const struct bench_row *rows, size_t n)
{
    for (const struct bench_row *r = rows; r < rows + n; r++) {
        fprintf(out, "%-34s %10.4g %10.4g %10.4g  %s", r->name, r->value, r->low, r->high, r->unit);
        if (r->reference != NULL) fprintf(out, ", %.2fx %s", r->ratio, r->reference);
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
    struct bench_row own[BENCH_ROWS_MAX];
    size_t n = 0, names_n;
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
        wanted[i - 1] |= wanted[i]; /* neither is timed without the other */
        wanted[i] = false;
    }
    if (matching == 0) {
        const char *near = nearest_name(options->filter, names, names_n);
        return error_say(error, error_n, "no operation's name contains \"%.100s\"%s%s%s", options->filter,
                    near == NULL ? "" : "; did you mean \"", near == NULL ? "" : near,
                    near == NULL ? "" : "\"?");
    }
    if (options->text != NULL) {
        char host[HOST_SIZE];
        fprintf(options->text, "%s, medians of %d repeats\n%-34s %10s %10s %10s  %s\n",
                bench_host(host, sizeof host), repeats, "operation", "median", "p10", "p90", "unit");
    }
    for (size_t i = 0; i < bench_cases_n; i++) {
        if (!wanted[i]) continue;
        const size_t before = n;
        n += time_rows(&bench_cases[i], repeats, repeat_s, &own[n]);
        if (options->text != NULL) print_rows(options->text, own + before, n - before);
    }
    if (rows != NULL) memcpy(rows, own, n * sizeof *rows);
    if (rows_n != NULL) *rows_n = n;
    if (options->calibration != NULL &&
        !write_calibration(options->calibration, own, n, options->date, error, error_n))
        return false;
    return options->json == NULL || write_benchmarks(options->json, own, n, options->date, error, error_n);
}
