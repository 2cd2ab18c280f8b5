/* settle.c: the end of the warm-up; see settle.h. */
#include "settle.h"

#include <math.h>
#include <setjmp.h>

#include "arena.h"
#include "check.h"
#include "metrics.h"
#include "philox.h"
#include "pipeline.h"
#include "telemetry.h"
#include "warmup.h"

static const sim_time PILOT_NS = 40 * 60 * SIM_S;
enum { PILOTS = 4 };
/* What changes a mean by less needs no warm-up. */
static const double SETTLED_WITHIN = 0.01;

/* One series without its gaps. */
struct looked_at {
    double *values;
    sim_time *times; /* where each value's step begins */
    int n;
};

static double value_at(const struct series *values, const struct series *over, int32_t i)
{
    if (i >= series_length(values)) return NAN;
    if (!over) return series_value(values, i);
    return i < series_length(over) ? series_value(values, i) / series_value(over, i) : NAN; /* 0 / 0: a gap */
}

/* How much the mean from `since` to the cut differs from that after it. */
static double off_by(const struct looked_at *room, int cut, sim_time since)
{
    double before = 0, after = 0;
    int before_n = 0;
    for (int i = 0; i < room->n; i++) {
        if (i >= cut) {
            after += room->values[i] / (room->n - cut);
        } else if (room->times[i] >= since) {
            before += room->values[i];
            before_n++;
        }
    }
    return before_n == 0 ? 0 : after > 0 ? fabs(before / before_n / after - 1) : INFINITY;
}

static void look(struct settled *all, struct looked_at *room, const char *name, const struct series *values,
                 const struct series *over, sim_time since, sim_time until, struct arena *arena)
{
    room->n = 0;
    const sim_time step = series_step_ns(values);
    for (int32_t i = 0; i < series_length(values) && series_time_ns(values, i) + step <= until; i++) {
        const double value = value_at(values, over, i);
        if (!isfinite(value)) continue;
        room->values[room->n] = value;
        room->times[room->n++] = series_time_ns(values, i);
    }
    if (room->n == 0) return;
    const struct warmup w = warmup_mser5(room->values, room->n);
    int cut = w.known ? w.cut : room->n / 2;
    const double off = off_by(room, cut, since);
    if (room->n >= WARMUP_VALUES_MIN && off < SETTLED_WITHIN) cut = 0;
    if (!w.known && cut > 0) {
        if (all->known) all->why = arena_printf(arena, "%s: %s", name, w.why);
        all->known = false;
        cut = 0;
    }
    if (room->times[cut] <= all->at) return;
    all->at = room->times[cut];
    all->series = name;
    all->off = off;
}

struct settled settled_at(const struct telemetry *t, sim_time since, sim_time until, struct arena *arena)
{
    const struct scenario *s = t->world->scenario;
    const int32_t most = series_length(&t->produced);
    struct looked_at room = {.values = ARENA_NEW(arena, double, (size_t)most),
                             .times = ARENA_NEW(arena, sim_time, (size_t)most)};
    struct settled all = {.known = true};
    look(&all, &room, "latency.produce", &t->produce.sum, &t->produce.records, since, until, arena);
    for (int g = 0; g < s->groups_n; g++) {
        look(&all, &room, arena_printf(arena, "latency.end_to_end.%s", s->groups[g].name), &t->end_to_end[g].sum,
             &t->end_to_end[g].records, since, until, arena);
        if (s->groups[g].work == WORK_NOTHING) continue;
        look(&all, &room, arena_printf(arena, "staleness.%s", metric_output_name(&s->groups[g])), &t->staleness[g], NULL,
             since, until, arena);
    }
    for (int i = 0; i < s->tables_n; i++) {
        if (s->tables[i].from < 0) continue;
        look(&all, &room, arena_printf(arena, "staleness.%s", s->tables[i].name), &t->staleness[SCENARIO_GROUPS_MAX + i],
             NULL, since, until, arena);
    }
    return all;
}

static void on_exhausted(void *context, size_t wanted_bytes)
{
    (void)wanted_bytes;
    longjmp(*(jmp_buf *)context, 1);
}

/* One pilot; false if it was stopped or ran out of memory. */
static bool fly(const struct blueprint *blueprint, uint64_t seed, int64_t max_memory_bytes,
                const volatile sig_atomic_t *stop, struct arena *arena, struct settled *result)
{
    struct arena *own = arena_new((size_t)max_memory_bytes);
    struct pipeline *volatile pipeline = NULL;
    volatile bool flown = false;
    jmp_buf exhausted;
    arena_on_exhausted(own, on_exhausted, &exhausted);
    if (setjmp(exhausted) == 0) {
        pipeline = pipeline_new(blueprint, seed, own);
        pipeline_run(pipeline, stop, NULL, NULL);
        flown = pipeline->simulated == blueprint->scenario->run.duration_ns;
    }
    check_context = NULL; /* a run that ended early left its own text there */
    if (flown) *result = settled_at(pipeline->world.telemetry, 0, pipeline->simulated, arena);
    if (pipeline) pipeline_free(pipeline);
    arena_free(own);
    return flown;
}

struct settled settled_by_pilot(const struct blueprint *blueprint, int64_t max_memory_bytes,
                                const volatile sig_atomic_t *stop, struct arena *arena)
{
    const struct scenario *s = blueprint->scenario;
    struct philox seeds = philox_named_nth(s->run.seed, "pilot", 0);
    struct scenario *calm = ARENA_NEW(arena, struct scenario, 1);
    *calm = *s;
    calm->faults_n = 0;
    calm->run.warmup_ns = 0;
    calm->run.duration_ns = PILOT_NS;
    calm->run.table = false;
    struct settled result = {.why = "the pilot took more memory than there is, or was interrupted"};
    for (int i = 0; i < PILOTS && !result.known; i++, calm->run.duration_ns *= 2) {
        const struct blueprint *held = blueprint_held(blueprint, calm, arena);
        if (!fly(held, philox_next_u64(&seeds), max_memory_bytes, stop, arena, &result)) break;
    }
    return result;
}
