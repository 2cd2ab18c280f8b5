/* measurement.c: see measurement.h. */
#include "measurement.h"

#include "arena.h"
#include "bench_google.h"
#include "check.h"
#include "diag.h"
#include "file.h"
#include "json.h"
#include "rank_sum.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

/* One benchmark while its observations are gathered. */
struct gathered {
    const char *name;
    double *cpu_ns, *instructions;
    int *process; /* of which each is */
    int n, instructions_n, capacity;
};

struct gathering {
    struct arena *arena;
    struct diag *diag;
    struct gathered rows[MEASUREMENT_ROWS_MAX];
    int rows_n;
    int processes; /* of the files before this one */
    int within;    /* of this file, so far */
    bool directory;
};

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double measurement_quantile(const double *values, int n, double q)
{
    CHECK(n >= 1, "%d values", n);
    double *sorted = malloc((size_t)n * sizeof *sorted);
    CHECK(sorted != NULL, "out of memory for %d values", n);
    memcpy(sorted, values, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, compare_doubles);
    const double place = q * (n - 1);
    const int low = (int)place, high = low + 1 < n ? low + 1 : low;
    const double out = sorted[low] + (sorted[high] - sorted[low]) * (place - low);
    free(sorted);
    return out;
}

static const char *text_of(const struct json_value *value)
{
    return value != NULL && value->kind == JSON_VALUE_STRING ? value->text : NULL;
}

/* NULL, and a mistake, if there are too many. */
static struct gathered *row_of(struct gathering *g, const struct json_value *item, const char *name)
{
    for (int i = 0; i < g->rows_n; i++)
        if (!strcmp(g->rows[i].name, name)) return &g->rows[i];
    if (g->rows_n == MEASUREMENT_ROWS_MAX) {
        json_mistake(g->diag, item, "is of benchmark %d; at most %d fit", g->rows_n + 1,
                     MEASUREMENT_ROWS_MAX);
        return NULL;
    }
    struct gathered *row = &g->rows[g->rows_n++];
    *row = (struct gathered){.name = arena_strdup(g->arena, name)};
    return row;
}

/* Room for an observation more. False, and a mistake, if there is none. */
static bool make_room(struct gathering *g, struct gathered *row, const struct json_value *item)
{
    if (row->n == RANK_SUM_VALUES_MAX) {
        json_mistake(g->diag, item, "is observation %d of %s; at most %d fit", row->n + 1, row->name,
                     RANK_SUM_VALUES_MAX);
        return false;
    }
    if (row->n < row->capacity) return true;
    const size_t n = (size_t)row->n, capacity = n > 0 ? 2 * n : 32;
    row->cpu_ns = arena_grow(g->arena, row->cpu_ns, n, capacity, sizeof *row->cpu_ns);
    row->instructions = arena_grow(g->arena, row->instructions, n, capacity, sizeof *row->instructions);
    row->process = arena_grow(g->arena, row->process, n, capacity, sizeof *row->process);
    row->capacity = (int)capacity;
    return true;
}

/* `process` of this file; < 0: the file does not say, and each repetition of a single file is an observation. */
static void add(struct gathering *g, const struct json_value *item, const char *name, int process,
                double cpu_ns, double instructions)
{
    struct gathered *row = row_of(g, item, name);
    if (row == NULL) return;
    const bool of_a_process = process >= 0 || g->directory;
    const int which = of_a_process ? g->processes + (process > 0 ? process : 0) : -1;
    if (of_a_process && g->within <= which - g->processes) g->within = which - g->processes + 1;
    int i = of_a_process ? 0 : row->n;
    while (i < row->n && row->process[i] != which)
        i++;
    if (i == row->n) {
        if (!make_room(g, row, item)) return;
        row->process[i] = which;
        row->cpu_ns[i] = cpu_ns;
        row->n++;
    }
    if (cpu_ns < row->cpu_ns[i]) row->cpu_ns[i] = cpu_ns;
    if (instructions >= 0 && row->instructions_n < row->n) row->instructions[row->instructions_n++] = instructions;
}

/* ns in a unit of Google Benchmark's, 0 if it is none. */
static double unit_ns(const char *unit)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
    for (size_t i = 0; unit != NULL && i < sizeof units / sizeof *units; i++)
        if (!strcmp(unit, units[i].name)) return units[i].ns;
    return 0;
}

static void read_item(struct gathering *g, const struct json_value *item)
{
    if (item->kind != JSON_VALUE_OBJECT) {
        json_mistake(g->diag, item, "is no object; a benchmark is one");
        return;
    }
    const char *type = text_of(json_member(item, "run_type"));
    if (type != NULL && strcmp(type, "iteration") != 0) return; /* an aggregate */
    const struct json_value *failed = json_member(item, "error_occurred"),
                            *skipped = json_member(item, "skipped");
    if ((failed != NULL && failed->boolean) || (skipped != NULL && skipped->boolean)) return;
    const char *name = text_of(json_member(item, "run_name"));
    if (name == NULL) name = text_of(json_member(item, "name"));
    const struct json_value *cpu = json_member(item, "cpu_time"),
                            *counted = json_member(item, BENCH_INSTRUCTIONS);
    const struct json_value *process = json_member(item, "process");
    const double unit = unit_ns(text_of(json_member(item, "time_unit")));
    if (name == NULL)
        json_mistake(g->diag, item, "has no \"name\"");
    else if (unit == 0)
        json_mistake(g->diag, item, "has no \"time_unit\" of ns, us, ms or s");
    else if (cpu == NULL || cpu->kind != JSON_VALUE_NUMBER || cpu->number <= 0)
        json_mistake(g->diag, cpu != NULL ? cpu : item, "\"cpu_time\" must be a number above 0");
    else if (process != NULL && (process->kind != JSON_VALUE_NUMBER || !process->integral || process->integer < 0 ||
                                 process->integer >= RANK_SUM_VALUES_MAX))
        json_mistake(g->diag, process, "\"process\" must be a whole number from 0 to %d", RANK_SUM_VALUES_MAX - 1);
    else
        add(g, item, name, process != NULL ? (int)process->integer : -1, cpu->number * unit,
            counted != NULL && counted->kind == JSON_VALUE_NUMBER ? counted->number : -1);
}

/* One file's repetitions. False, and mistakes, if it is no measurement. */
static bool read_file(const char *path, struct gathering *g, struct measurement *m)
{
    char error[FILE_ERROR_SIZE];
    char *text;
    size_t n;
    const size_t before = diag_count(g->diag);
    const enum file_status status = file_read(path, JSON_BYTES_MAX, g->arena, &text, &n, error, sizeof error);
    if (status != FILE_OK && status != FILE_EMPTY) {
        const size_t named = strlen(path); /* stands before the message already */
        const bool twice = !strncmp(error, path, named) && !strncmp(error + named, ": ", 2);
        diag_add(g->diag, path, DIAG_NO_POS, NULL, "%s",
                 status == FILE_NOT_FOUND ? "there is no such measurement"
                 : twice                  ? error + named + 2
                                          : error);
        return false;
    }
    const struct json_value *root = json_read(path, text, n, g->arena, g->diag);
    if (root == NULL) return false;
    const struct json_value *items = json_member(root, "benchmarks"), *context = json_member(root, "context");
    if (items == NULL || items->kind != JSON_VALUE_ARRAY) {
        json_mistake(g->diag, root,
                     "is no measurement: \"benchmarks\" must be an array, as `bench --json` writes it");
        return false;
    }
    const struct json_value *yardstick = json_member(context, "yardstick_ns");
    const bool watched = yardstick != NULL && yardstick->kind == JSON_VALUE_NUMBER;
    for (size_t i = 0; i < items->n; i++)
        read_item(g, &items->items[i]);
    if (diag_count(g->diag) > before) return false;
    if (g->rows_n == 0) {
        json_mistake(
            g->diag, items, "has no repetitions%s",
            items->n > 0
                ? ", but aggregates alone, as Google Benchmark writes with --benchmark_report_aggregates_only"
                : "");
        return false;
    }
    const char *cpu = text_of(json_member(context, "cpu")),
               *compiler = text_of(json_member(context, "compiler")),
               *by_turns = text_of(json_member(context, BENCH_BY_TURNS));
    if (cpu != NULL) m->cpu = cpu;
    if (compiler != NULL) m->compiler = compiler;
    m->by_turns = by_turns != NULL && m->files == 0 ? by_turns : "";
    if (watched && (m->yardstick_ns == 0 || yardstick->number < m->yardstick_ns)) m->yardstick_ns = yardstick->number;
    m->files++;
    g->processes += g->within;
    g->within = 0;
    return true;
}

static void keep(const struct gathering *g, struct measurement *m)
{
    m->processes = g->processes;
    m->rows = ARENA_NEW(g->arena, struct measurement_row, (size_t)g->rows_n);
    m->rows_n = g->rows_n;
    for (int i = 0; i < g->rows_n; i++) {
        const struct gathered *r = &g->rows[i];
        m->rows[i] = (struct measurement_row){
            .name = r->name,
            .cpu_ns = r->cpu_ns,
            .n = r->n,
            .instructions =
                r->instructions_n > 0 ? measurement_quantile(r->instructions, r->instructions_n, 0.5) : -1,
        };
    }
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The *.json of a directory, by name. -1: it is no directory. */
static int list(const char *path, const char **files, struct arena *arena, struct diag *diag)
{
    DIR *directory = opendir(path);
    if (directory == NULL) return -1;
    int n = 0;
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        const size_t length = strlen(entry->d_name);
        if (length < 6 || strcmp(entry->d_name + length - 5, ".json") != 0) continue;
        if (n == MEASUREMENT_FILES_MAX) {
            diag_add(diag, path, DIAG_NO_POS, NULL, "has more than %d files", MEASUREMENT_FILES_MAX);
            break;
        }
        files[n++] = arena_printf(arena, "%s/%s", path, entry->d_name);
    }
    closedir(directory);
    qsort(files, (size_t)n, sizeof *files, compare_names);
    return n;
}

const struct measurement *measurement_read(const char *path, struct arena *arena, struct diag *diag)
{
    const size_t before = diag_count(diag);
    const char *files[MEASUREMENT_FILES_MAX] = {NULL};
    struct measurement *m = ARENA_NEW(arena, struct measurement, 1);
    *m = (struct measurement){.path = path, .cpu = "", .compiler = "", .by_turns = ""};
    struct gathering *g = ARENA_NEW(arena, struct gathering, 1);
    const int n = list(path, files, arena, diag);
    *g = (struct gathering){.arena = arena, .diag = diag, .directory = n >= 0};
    if (n < 0) (void)read_file(path, g, m);
    if (n == 0) diag_add(diag, path, DIAG_NO_POS, NULL, "is a directory without measurements (*.json)");
    for (int f = 0; f < n; f++)
        (void)read_file(files[f], g, m);
    if (diag_count(diag) > before) return NULL;
    keep(g, m);
    return m;
}

const struct measurement_row *measurement_find(const struct measurement *m, const char *name)
{
    for (int i = 0; i < m->rows_n; i++)
        if (!strcmp(m->rows[i].name, name)) return &m->rows[i];
    return NULL;
}
