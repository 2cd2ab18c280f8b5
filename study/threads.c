/* threads.c: see threads.h. */
#include "threads.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "arena.h"

struct work {
    threads_item *item;
    void *context;
    atomic_int next;
    int until;
};

static void *run_thread(void *shared)
{
    struct work *work = shared;
    for (;;) {
        const int item = atomic_fetch_add(&work->next, 1);
        if (item >= work->until || !work->item(work->context, item)) return NULL;
    }
}

void threads_run(int threads, int from, int until, threads_item *item, void *context, struct arena *arena)
{
    struct work work = {.item = item, .context = context, .next = from, .until = until};
    const int most = until - from, n = threads < 1 ? 1 : threads < most ? threads : most;
    pthread_t *others = ARENA_NEW(arena, pthread_t, (size_t)n);
    int started = 0;
    for (int i = 1; i < n; i++)
        started += pthread_create(&others[started], NULL, run_thread, &work) == 0;
    run_thread(&work);
    for (int i = 0; i < started; i++)
        pthread_join(others[i], NULL);
}
