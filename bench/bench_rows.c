/* bench_rows.c: see bench_rows.h. */
#include "bench_rows.h"

#include "arena.h"
#include "bench_google.h"
#include "bench_json.h"
#include "measurement.h"

#include <stddef.h>
#include <string.h>

enum { HOST_SIZE = 160, NAME_SIZE = 160 };

/* Of one member of the repetitions' samples. */
static double quantile_of(const struct bench_timed *t, size_t member, double q)
{
    double values[BENCH_SAMPLES_MAX];
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
    double ratios[BENCH_SAMPLES_MAX];
    for (int i = 0; i < own->samples_n; i++)
        ratios[i] = reference->samples[i].cpu_ns / own->samples[i].cpu_ns;
    row->reference = reference->bench->name;
    row->ratio = measurement_quantile(ratios, own->samples_n, 0.5);
}

void bench_rows_fill(struct bench_measurement *m, struct arena *arena)
{
    m->rows = ARENA_NEW(arena, struct bench_row, m->n + 1);
    for (size_t i = 0; i < m->n; i++) {
        m->rows[i] = row_of(&m->timed[i]);
        const struct bench_timed *own = &m->timed[i], *next = own + 1;
        if (own->bench->beside_next && i + 1 < m->n && next->bench == own->bench + 1 && next->samples_n == own->samples_n)
            beside(&m->rows[i], own, next);
    }
}

static bool write_calibration(const char *path, const struct bench_measurement *m, char *error,
                              size_t error_n)
{
    char host[HOST_SIZE], name[NAME_SIZE + 32], buffer[BENCH_DATE_SIZE];
    const char *date = m->date != NULL ? m->date : bench_today(buffer);
    bench_host(host, sizeof host);
    snprintf(name, sizeof name, "%s-%.7s", host, date);
    json_t *head = json_pack(
        "{s:i, s:s, s:o, s:s, s:s, s:s, s:s}", "calibration", 1, "name", name, "host", bench_host_json(),
        "date", date, "confidence", "measured", "source", "headroom bench", "about",
        "Our own code on this host: processor time, medians of repetitions; low and high are their 10th "
        "and 90th percentiles.");
    json_t *items = json_array();
    for (const struct bench_row *r = m->rows; r < m->rows + m->n; r++) {
        if (r->kernel) continue;
        json_array_append_new(items, json_pack("{s:s, s:s, s:o, s:o, s:o, s:i}", "operation", r->name, "unit",
                                               r->unit, "value", bench_rounded(r->value), "low",
                                               bench_rounded(r->low), "high", bench_rounded(r->high), "n",
                                               r->repeats));
    }
    return bench_write_json(path, head, &(struct bench_table){"rows", items}, 1, error, error_n);
}

static void print_rows(FILE *out, const struct bench_measurement *m)
{
    char host[HOST_SIZE];
    fprintf(out, "%s, processor time, medians of %d repetitions (a third if they take long)",
            bench_host(host, sizeof host), m->repeats);
    if (m->processes > 0) fprintf(out, " in each of %d process%s", m->processes, m->processes == 1 ? "" : "es");
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

bool bench_rows_tell(const struct bench_options *options, const struct bench_measurement *m, char *error,
                     size_t error_n)
{
    if (options->text != NULL) print_rows(options->text, m);
    if (options->calibration != NULL && !write_calibration(options->calibration, m, error, error_n))
        return false;
    return options->json == NULL || bench_write_google(options->json, m, error, error_n);
}
