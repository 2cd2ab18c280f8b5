/* replicate.c: replications on threads; see replicate.h. */
#include "replicate.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>

#include "arena.h"
#include "check.h"
#include "fill.h"
#include "philox.h"

struct work {
    const struct scenario *scenario;
    const struct blueprint *blueprint;
    const struct replicate_options *options;
    struct replication *replications;
    atomic_int next;
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
    for (int i = 0; i < work->scenario->run.replications; i++) {
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
    size_t budget = (size_t)work->options->max_memory_bytes / (size_t)work->scenario->run.replications;
    r->seed = replicate_seed(work->scenario->run.seed, index);
    r->arena = arena_new(budget);
    arena_on_exhausted(r->arena, on_exhausted, &seat);
    if (setjmp(seat.exhausted)) {
        atomic_store(&work->out_of_memory, true);
        return; /* what it holds is not measured to the end; it is left out */
    }
    r->pipeline = pipeline_new(work->blueprint, r->seed, r->arena);
    pipeline_run(r->pipeline, work->options->stop, on_progress, &seat);
    arena_on_exhausted(r->arena, NULL, NULL);
    r->finished = r->pipeline->simulated == work->scenario->run.duration_ns;
}

static void *run_thread(void *context)
{
    struct work *work = context;
    for (;;) {
        int index = atomic_fetch_add(&work->next, 1);
        if (index >= work->scenario->run.replications) return NULL;
        if (atomic_load(&work->out_of_memory)) return NULL;
        if (work->options->stop && *work->options->stop) return NULL;
        run_one(work, index);
    }
}

bool replicate_run(const struct scenario *scenario, const struct replicate_options *options, struct arena *arena,
                   struct record *record)
{
    int n = scenario->run.replications;
    struct work work = {
        .scenario = scenario,
        .options = options,
        .blueprint = blueprint_new(scenario, options->calibration, arena),
        .replications = ARENA_NEW(arena, struct replication, (size_t)n),
        .simulated_s = ARENA_NEW(arena, double, (size_t)n),
    };
    int lock = pthread_mutex_init(&work.progress_lock, NULL);
    CHECK(lock == 0, "no mutex");
    int threads = options->threads < 1 ? 1 : options->threads < n ? options->threads : n;
    pthread_t *others = ARENA_NEW(arena, pthread_t, (size_t)threads);
    int started = 0;
    for (int i = 1; i < threads; i++) started += pthread_create(&others[started], NULL, run_thread, &work) == 0;
    run_thread(&work); /* this thread works too, and alone if no other could be had */
    for (int i = 0; i < started; i++) pthread_join(others[i], NULL);
    pthread_mutex_destroy(&work.progress_lock);

    /* Those that ran to the end; if there is none, the part of the first that was measured. */
    struct replication *usable = ARENA_NEW(arena, struct replication, (size_t)n);
    int usable_n = 0;
    bool whole = true;
    for (int i = 0; i < n; i++) {
        if (work.replications[i].finished)
            usable[usable_n++] = work.replications[i];
        else
            whole = false;
    }
    for (int i = 0; usable_n == 0 && i < n; i++) {
        if (work.replications[i].pipeline && !atomic_load(&work.out_of_memory)) usable[usable_n++] = work.replications[i];
    }
    const char *why = whole ? NULL : atomic_load(&work.out_of_memory) ? "out of memory: raise --max-memory, or simulate less" : "interrupted";
    record_fill(scenario, work.blueprint, options, usable, usable_n, why, arena, record);
    if (options->measured) options->measured(options->measured_context, usable, usable_n);
    for (int i = 0; i < n; i++) {
        if (work.replications[i].pipeline) pipeline_free(work.replications[i].pipeline);
        arena_free(work.replications[i].arena);
    }
    return whole;
}
