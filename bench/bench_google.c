/* bench_google.c: see bench_google.h. */
#include "bench_google.h"

#include "bench_json.h"
#include "bench_rows.h"

#include <math.h>
#include <string.h>

/* Rows of one path are a family: "partition.murmur2", "partition.murmur2/bytes:64". */
struct place {
    int family, instance;
};

static size_t family_n(const char *name)
{
    return strcspn(name, "/");
}

static struct place place_of(const struct bench_measurement *m, size_t row)
{
    struct place place = {0, 0};
    for (size_t i = 0; i <= row; i++) {
        const size_t n = family_n(m->rows[i].name);
        const bool same =
            i > 0 && family_n(m->rows[i - 1].name) == n && !strncmp(m->rows[i - 1].name, m->rows[i].name, n);
        place.family += i > 0 && !same;
        place.instance = same ? place.instance + 1 : 0;
    }
    return place;
}

/* What all rows of one benchmark begin with. */
static json_t *head_of(const struct bench_row *r, struct place place, const char *aggregate)
{
    char name[256];
    snprintf(name, sizeof name, "%s%s%s", r->name, aggregate != NULL ? "_" : "",
             aggregate != NULL ? aggregate : "");
    return json_pack("{s:s, s:i, s:i, s:s, s:s, s:i, s:i}", "name", name, "family_index", place.family,
                     "per_family_instance_index", place.instance, "run_name", r->name, "run_type",
                     aggregate != NULL ? "aggregate" : "iteration", "repetitions", r->repeats, "threads", 1);
}

static json_t *iteration_of(const struct bench_row *r, struct place place, const struct bench_sample *s,
                            int index)
{
    json_t *item = head_of(r, place, NULL);
    json_object_set_new(item, "repetition_index", json_integer(index));
    json_object_set_new(item, "process", json_integer(s->process));
    json_object_set_new(item, "iterations", json_integer((json_int_t)r->iterations));
    json_object_set_new(item, "real_time", json_real(s->wall_ns));
    json_object_set_new(item, "cpu_time", json_real(s->cpu_ns));
    json_object_set_new(item, "time_unit", json_string("ns"));
    json_object_set_new(item, "items_per_second", bench_rounded(1e9 / s->cpu_ns));
    if (r->bytes > 0)
        json_object_set_new(item, "bytes_per_second", bench_rounded(r->bytes * 1e9 / s->cpu_ns));
    json_object_set_new(item, "yardstick_ns", json_real(s->yardstick_ns));
    if (s->instructions >= 0) json_object_set_new(item, BENCH_INSTRUCTIONS, json_real(s->instructions));
    return item;
}

struct moments {
    double mean, stddev;
};

static struct moments moments_of(const struct bench_timed *t, bool wall)
{
    struct moments m = {0, 0};
    for (int i = 0; i < t->samples_n; i++)
        m.mean += (wall ? t->samples[i].wall_ns : t->samples[i].cpu_ns) / t->samples_n;
    for (int i = 0; i < t->samples_n; i++)
        m.stddev += pow((wall ? t->samples[i].wall_ns : t->samples[i].cpu_ns) - m.mean, 2);
    m.stddev = t->samples_n > 1 ? sqrt(m.stddev / (t->samples_n - 1)) : 0;
    return m;
}

/* `share`: of the mean, not a time. */
static void add_aggregate(json_t *items, const struct bench_row *r, struct place place, const char *name,
                          bool share, double real, double cpu)
{
    json_t *item = head_of(r, place, name);
    json_object_set_new(item, "aggregate_name", json_string(name));
    json_object_set_new(item, "aggregate_unit", json_string(share ? "percentage" : "time"));
    json_object_set_new(item, "iterations", json_integer(r->repeats));
    json_object_set_new(item, "real_time", json_real(real));
    json_object_set_new(item, "cpu_time", json_real(cpu));
    json_object_set_new(item, "time_unit", json_string("ns"));
    if (!strcmp(name, "median")) {
        json_object_set_new(item, "cpu_time_p10", json_real(r->low));
        json_object_set_new(item, "cpu_time_p90", json_real(r->high));
        if (r->instructions >= 0) json_object_set_new(item, BENCH_INSTRUCTIONS, json_real(r->instructions));
        if (r->what != NULL) json_object_set_new(item, "label", json_string(r->what));
        if (r->reference != NULL) {
            json_object_set_new(item, "label", json_string(r->reference));
            json_object_set_new(item, "ratio_to_reference", bench_rounded(r->ratio));
        }
    }
    json_array_append_new(items, item);
}

static json_t *context_of(const struct bench_measurement *m)
{
    char host[160], date[BENCH_DATE_SIZE];
    if (m->context != NULL) {
        json_t *context = json_copy((json_t *)m->context);
        json_object_set_new(context, "processes", json_integer(m->processes));
        return context;
    }
    json_t *context = bench_host_json();
    json_object_set_new(context, "date", json_string(m->date != NULL ? m->date : bench_today(date)));
    json_object_set_new(context, "host_name", json_string(bench_host(host, sizeof host)));
    json_object_set_new(context, "executable", json_string("headroom"));
    json_object_set_new(context, "num_cpus", json_integer(bench_cores()));
    json_object_set_new(context, "library_build_type", json_string("release"));
    json_object_set_new(context, "json_schema_version", json_integer(1));
    json_object_set_new(context, "pinned_to_cpu",
                        m->watch.cpu >= 0 ? json_integer(m->watch.cpu) : json_null());
    if (m->watch.cpu < 0) json_object_set_new(context, "pinned_to_cpu_why", json_string(m->watch.cpu_why));
    json_object_set_new(context, "yardstick_ns", json_real(m->watch.yardstick_ns));
    json_object_set_new(context, "instructions",
                        m->watch.counter >= 0 ? json_string(BENCH_INSTRUCTIONS) : json_null());
    if (m->watch.counter < 0)
        json_object_set_new(context, "instructions_why", json_string(m->watch.counter_why));
    return context;
}

bool bench_write_google(const char *path, const struct bench_measurement *m, char *error, size_t error_n)
{
    json_t *items = json_array();
    for (size_t i = 0; i < m->n; i++) {
        const struct bench_row *r = &m->rows[i];
        const struct bench_timed *t = &m->timed[i];
        const struct place place = place_of(m, i);
        for (int s = 0; s < t->samples_n; s++)
            json_array_append_new(items, iteration_of(r, place, &t->samples[s], s));
        const struct moments wall = moments_of(t, true), cpu = moments_of(t, false);
        add_aggregate(items, r, place, "mean", false, wall.mean, cpu.mean);
        add_aggregate(items, r, place, "median", false, r->wall_ns, r->value);
        add_aggregate(items, r, place, "stddev", false, wall.stddev, cpu.stddev);
        add_aggregate(items, r, place, "cv", true, wall.stddev / wall.mean, cpu.stddev / cpu.mean);
    }
    return bench_write_json(path, json_pack("{s:o}", "context", context_of(m)),
                            &(struct bench_table){"benchmarks", items}, 1, error, error_n);
}
