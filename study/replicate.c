/* replicate.c: replications on threads; see replicate.h. */
#include "replicate.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>

#include "arena.h"
#include "check.h"
#include "fill.h"
#include "philox.h"
#include "precision.h"
#include "threads.h"

enum { ADDED_AT_ONCE = 4 };

struct work {
    const struct scenario *scenario;
    const struct blueprint *blueprint;
    const struct replicate_options *options;
    struct replication *replications;
    int until;           /* replications of this batch and those before */
    size_t budget_bytes; /* of each of this batch; 0: no limit */
    atomic_bool out_of_memory;
    pthread_mutex_t progress_lock;
    double *simulated_s; /* [replications], under the lock */
};

struct seat { /* one replication under way on a thread */
    struct work *work;
    int index;
    jmp_buf exhausted;
};

uint64_t replicate_seed(uint64_t seed, int replication)
{
    if (replication == 0) return seed;
    struct philox philox = philox_named_nth(seed, "replication", (uint64_t)replication);
    return philox_next_u64(&philox);
}

static void on_exhausted(void *context, size_t wanted_bytes)
{
    (void)wanted_bytes;
    struct seat *seat = context;
    longjmp(seat->exhausted, 1);
}

static void on_progress(void *context, double simulated_s)
{
    struct seat *seat = context;
    struct work *work = seat->work;
    if (!work->options->progress) return;
    pthread_mutex_lock(&work->progress_lock);
    work->simulated_s[seat->index] = simulated_s;
    double done = 0, all = 0;
    for (int i = 0; i < work->until; i++) {
        done += work->simulated_s[i];
        all += (double)work->scenario->run.duration_ns * 1e-9;
    }
    work->options->progress(work->options->progress_context, done, all);
    pthread_mutex_unlock(&work->progress_lock);
}

static void run_one(struct work *work, int index)
{
    struct replication *r = &work->replications[index];
    struct seat seat = {.work = work, .index = index};
    r->seed = replicate_seed(work->scenario->run.seed, index);
    r->arena = arena_new(work->budget_bytes);
    arena_on_exhausted(r->arena, on_exhausted, &seat);
    if (setjmp(seat.exhausted)) {
        check_context = NULL; /* its text was the run's own */
        atomic_store(&work->out_of_memory, true);
        return; /* what it holds is not measured to the end; it is left out */
    }
    r->pipeline = pipeline_new(work->blueprint, r->seed, r->arena);
    pipeline_run(r->pipeline, work->options->stop, on_progress, &seat);
    arena_on_exhausted(r->arena, NULL, NULL);
    r->finished = r->pipeline->simulated == work->scenario->run.duration_ns;
}

static bool stopped(const struct work *work)
{
    return (work->options->stop && *work->options->stop) || blueprint_mistake(work->scenario);
}

static bool run_next(void *context, int index)
{
    struct work *work = context;
    if (atomic_load(&work->out_of_memory) || stopped(work)) return false;
    run_one(work, index);
    return true;
}

/* Replications from .. until - 1, on threads; each may take its share of the memory that those before left. */
static void run_batch(struct work *work, int from, int until, struct arena *arena)
{
    const int n = until - from;
    size_t most = (size_t)work->options->max_memory_bytes, used = 0;
    for (int i = 0; i < from; i++)
        used += arena_used_bytes(work->replications[i].arena);
    if (most > 0) work->budget_bytes = used < most && (most - used) / (size_t)n > 0 ? (most - used) / (size_t)n : 1;
    work->until = until;
    threads_run(work->options->threads, from, until, run_next, work, arena);
}

static bool all_finished(const struct work *work, int from, int until)
{
    for (int i = from; i < until; i++) {
        if (!work->replications[i].finished) return false;
    }
    return true;
}

static void release(struct replication *r)
{
    if (r->pipeline) pipeline_free(r->pipeline);
    arena_free(r->arena);
    *r = (struct replication){0};
}

/* Adds replications, a fixed number at a time whatever the threads, until they know as much as is asked for. A batch that
 * does not fit into memory is given back whole: which of its replications would have fitted depends on the threads. */
static void add_until_precise(struct work *work, struct run_story *story, struct arena *arena)
{
    const struct scenario *s = work->scenario;
    for (;;) {
        story->precision = precision_of(s, work->options->prices, work->replications, work->until);
        if (story->precision.widest <= s->run.precision || work->until >= s->run.replications_max) return;
        const int from = work->until;
        const int room = s->run.replications_max - from;
        run_batch(work, from, from + (room < ADDED_AT_ONCE ? room : ADDED_AT_ONCE), arena);
        if (!atomic_load(&work->out_of_memory)) {
            if (all_finished(work, from, work->until)) continue;
            return; /* stopped */
        }
        for (int i = from; i < work->until; i++) release(&work->replications[i]);
        work->until = from;
        atomic_store(&work->out_of_memory, false);
        story->out_of_memory = true;
        return;
    }
}

/* The warm-up to leave out, where it is not stated: at most half of the run. */
static void find_warmup(struct scenario *s, struct work *work, struct run_story *story, struct arena *arena)
{
    if (s->run.warmup_ns != SCENARIO_AUTO) return;
    story->by_pilot = true;
    s->run.warmup_ns = 0;
    story->settled = settled_by_pilot(work->blueprint, work->options->max_memory_bytes, work->options->stop, arena);
    s->run.warmup_ns = s->run.duration_ns / 2;
    if (story->settled.known && story->settled.at < s->run.warmup_ns) s->run.warmup_ns = story->settled.at;
}

bool replicate_run(const struct scenario *given, const struct replicate_options *options, struct arena *arena,
                   struct record *record)
{
    struct scenario *s = ARENA_NEW(arena, struct scenario, 1);
    *s = *given; /* the warm-up may still have to be found */
    s->plugins = options->plugins;
    if (options->as_many) s->run.precision = 0;
    const int n = s->run.precision > 0 ? s->run.replications_max : s->run.replications;
    struct work work = {
        .scenario = s,
        .options = options,
        .blueprint = blueprint_new(s, options->calibration, arena),
        .replications = ARENA_NEW(arena, struct replication, (size_t)n),
        .simulated_s = ARENA_NEW(arena, double, (size_t)n),
    };
    struct run_story story = {.precision.metric = NULL};
    int lock = pthread_mutex_init(&work.progress_lock, NULL);
    CHECK(lock == 0, "no mutex");
    find_warmup(s, &work, &story, arena);
    run_batch(&work, 0, s->run.replications, arena);
    bool whole = all_finished(&work, 0, work.until);
    if (whole && s->run.precision > 0) {
        add_until_precise(&work, &story, arena);
        whole = all_finished(&work, 0, work.until);
    }
    pthread_mutex_destroy(&work.progress_lock);

    /* Those that ran to the end; if there is none, the part of the first that was measured. */
    struct replication *usable = ARENA_NEW(arena, struct replication, (size_t)n);
    int usable_n = 0;
    const char *mistake = blueprint_mistake(s); /* then nothing is usable, finished or not */
    whole = whole && !mistake;
    for (int i = 0; i < work.until && !mistake; i++) {
        if (work.replications[i].finished) usable[usable_n++] = work.replications[i];
    }
    for (int i = 0; usable_n == 0 && i < work.until && !mistake; i++) {
        if (work.replications[i].pipeline && !atomic_load(&work.out_of_memory)) usable[usable_n++] = work.replications[i];
    }
    story.partial_why = mistake                            ? mistake
                        : whole                            ? NULL
                        : atomic_load(&work.out_of_memory) ? "out of memory: raise --max-memory, or simulate less"
                                                           : "interrupted";
    record_fill(s, work.blueprint, options, &story, usable, usable_n, arena, record);
    if (options->measured) options->measured(options->measured_context, usable, usable_n);
    for (int i = 0; i < work.until; i++) release(&work.replications[i]);
    return whole;
}

struct replication replicate_one(const struct blueprint *blueprint, int replication, struct arena *arena)
{
    struct replication r = {.arena = arena, .seed = replicate_seed(blueprint->scenario->run.seed, replication)};
    r.pipeline = pipeline_new(blueprint, r.seed, arena);
    pipeline_run(r.pipeline, NULL, NULL, NULL);
    r.finished = true;
    return r;
}
