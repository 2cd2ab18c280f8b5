/* bench_several.c: see bench_several.h. */
#include "bench_several.h"

#include "arena.h"
#include "bench_google.h"
#include "bench_paths.h"
#include "bench_rows.h"
#include "check.h"
#include "error.h"

#include <jansson.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct bench_several {
    struct arena *arena;
    struct bench_measurement m;
    json_t *context; /* of the first; its yardstick the best of all */
    int repeats[BENCH_ROWS_MAX]; /* of the first */
};

struct bench_several *bench_several_new(struct arena *arena)
{
    struct bench_several *s = ARENA_NEW(arena, struct bench_several, 1);
    s->arena = arena;
    s->m.timed = ARENA_NEW(arena, struct bench_timed, BENCH_ROWS_MAX);
    return s;
}

void bench_several_free(struct bench_several *s)
{
    json_decref(s->context);
}

/* The row of this program's table, or one that has a name alone. */
static const struct bench_case *case_of(const char *name, struct arena *arena)
{
    for (size_t i = 0; i < bench_cases_n; i++)
        if (!strcmp(bench_cases[i].name, name)) return &bench_cases[i];
    struct bench_case *other = ARENA_NEW(arena, struct bench_case, 1);
    *other = (struct bench_case){.name = arena_strdup(arena, name), .unit = "ns", .kernel = true};
    return other;
}

static struct bench_timed *timed_of(struct bench_several *s, const char *name, char *error, size_t error_n)
{
    for (size_t i = 0; i < s->m.n; i++)
        if (!strcmp(s->m.timed[i].bench->name, name)) return &s->m.timed[i];
    if (s->m.processes > 0) {
        error_say(error, error_n, "measured %.100s, which the first process did not", name);
        return NULL;
    }
    if (s->m.n == BENCH_ROWS_MAX) {
        error_say(error, error_n, "measured more than %d operations", BENCH_ROWS_MAX);
        return NULL;
    }
    struct bench_timed *t = &s->m.timed[s->m.n++];
    *t = (struct bench_timed){.bench = case_of(name, s->arena),
                              .samples = ARENA_NEW(s->arena, struct bench_sample, BENCH_SAMPLES_MAX)};
    return t;
}

static bool add_repetition(struct bench_several *s, json_t *item, char *error, size_t error_n)
{
    struct bench_sample sample = {.process = s->m.processes, .instructions = -1};
    const char *name, *unit;
    json_int_t iterations;
    if (json_unpack(item, "{s:s, s:I, s:F, s:F, s:s}", "run_name", &name, "iterations", &iterations, "real_time",
                    &sample.wall_ns, "cpu_time", &sample.cpu_ns, "time_unit", &unit) != 0 ||
        strcmp(unit, "ns") != 0 || !(sample.cpu_ns > 0) || iterations < 1)
        return error_say(error, error_n, "wrote a repetition that is none");
    (void)json_unpack(item, "{s?F, s?F}", "yardstick_ns", &sample.yardstick_ns, BENCH_INSTRUCTIONS,
                      &sample.instructions);
    struct bench_timed *t = timed_of(s, name, error, error_n);
    if (t == NULL) return false;
    if (t->samples_n == BENCH_SAMPLES_MAX)
        return error_say(error, error_n, "%d repetitions of %s are all that fit", BENCH_SAMPLES_MAX, t->bench->name);
    t->n = (int64_t)iterations;
    t->samples[t->samples_n++] = sample;
    return true;
}

static double yardstick_of(const json_t *context)
{
    return json_number_value(json_object_get(context, "yardstick_ns"));
}

/* What of the first process's context is printed. */
static void watch_of(struct bench_watch *watch, const json_t *context)
{
    const json_t *cpu = json_object_get(context, "pinned_to_cpu");
    const char *cpu_why = json_string_value(json_object_get(context, "pinned_to_cpu_why")),
               *counter_why = json_string_value(json_object_get(context, "instructions_why"));
    *watch = (struct bench_watch){.cpu = json_is_integer(cpu) ? (int)json_integer_value(cpu) : -1,
                                  .counter = json_is_string(json_object_get(context, "instructions")) ? 0 : -1,
                                  .yardstick_ns = yardstick_of(context)};
    snprintf(watch->cpu_why, sizeof watch->cpu_why, "%s", cpu_why != NULL ? cpu_why : "not said");
    snprintf(watch->counter_why, sizeof watch->counter_why, "%s", counter_why != NULL ? counter_why : "not said");
}

static bool take(struct bench_several *s, json_t *root, char *error, size_t error_n)
{
    json_t *items = json_object_get(root, "benchmarks"), *context = json_object_get(root, "context"), *item;
    size_t i;
    if (!json_is_array(items) || !json_is_object(context))
        return error_say(error, error_n, "wrote no measurement, which has \"context\" and \"benchmarks\"");
    json_array_foreach(items, i, item)
    {
        const char *type = json_string_value(json_object_get(item, "run_type"));
        if (type != NULL && strcmp(type, "iteration") != 0) continue; /* an aggregate */
        if (!add_repetition(s, item, error, error_n)) return false;
    }
    if (s->m.processes == 0) {
        if (s->m.n == 0) return error_say(error, error_n, "wrote a measurement of nothing");
        for (size_t t = 0; t < s->m.n; t++) {
            s->repeats[t] = s->m.timed[t].samples_n;
            if (s->repeats[t] > s->m.repeats) s->m.repeats = s->repeats[t];
        }
        s->context = json_incref(context);
        watch_of(&s->m.watch, context);
    }
    const double yardstick = yardstick_of(context);
    if (yardstick > 0 && yardstick < s->m.watch.yardstick_ns) {
        s->m.watch.yardstick_ns = yardstick;
        json_object_set_new(s->context, "yardstick_ns", json_real(yardstick));
    }
    s->m.processes++;
    for (size_t t = 0; t < s->m.n; t++)
        if (s->m.timed[t].samples_n != s->m.processes * s->repeats[t])
            return error_say(error, error_n, "wrote %d repetitions of %s instead of %d",
                             s->m.timed[t].samples_n - (s->m.processes - 1) * s->repeats[t],
                             s->m.timed[t].bench->name, s->repeats[t]);
    return true;
}

bool bench_several_add(struct bench_several *s, const char *text, size_t n, char *error, size_t error_n)
{
    json_error_t why;
    json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);
    if (root == NULL) return error_say(error, error_n, "wrote no JSON: %s", why.text);
    const bool done = take(s, root, error, error_n);
    json_decref(root);
    return done;
}

void bench_several_by_turns(struct bench_several *a, struct bench_several *b)
{
    char trial[64];
    struct timespec now;
    CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0, "no clock");
    snprintf(trial, sizeof trial, "%lld.%09ld-%ld", (long long)now.tv_sec, now.tv_nsec, (long)getpid());
    json_object_set_new(a->context, BENCH_BY_TURNS, json_string(trial));
    json_object_set_new(b->context, BENCH_BY_TURNS, json_string(trial));
}

bool bench_several_tell(struct bench_several *s, const struct bench_options *options, char *error,
                        size_t error_n)
{
    CHECK(s->m.processes > 0, "no process was measured");
    s->m.date = options->date;
    s->m.context = s->context;
    bench_rows_fill(&s->m, s->arena);
    return bench_rows_tell(options, &s->m, error, error_n);
}
