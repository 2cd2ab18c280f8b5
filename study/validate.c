/* validate.c: words and sums of what a suite found. */
#include "validate.h"

#include <math.h>
#include <pthread.h>

#include "arena.h"
#include "check.h"
#include "threads.h"

bool validate_stopped(const struct validate_options *options)
{
    return options->stop && *options->stop;
}

struct work {
    const struct validate_items *items;
    const struct validate_options *options;
    pthread_mutex_t lock;
    double done; /* under the lock */
};

static bool run_next(void *context, int i)
{
    struct work *work = context;
    const struct validate_items *items = work->items;
    const struct validate_options *options = work->options;
    if (validate_stopped(options)) return false;
    struct arena *arena = arena_new(0);
    void *made = items->run(items->context, i, arena);
    pthread_mutex_lock(&work->lock);
    work->done += items->keep(items->context, i, made);
    if (options->progress) options->progress(options->progress_context, work->done, items->all);
    pthread_mutex_unlock(&work->lock);
    arena_free(arena);
    return true;
}

void validate_run(const struct validate_items *items, const struct validate_options *options, struct arena *arena)
{
    struct work work = {.items = items, .options = options};
    if (items->n == 0) return;
    const int lock = pthread_mutex_init(&work.lock, NULL);
    CHECK(lock == 0, "no mutex");
    threads_run(options->threads, 0, items->n, run_next, &work, arena);
    pthread_mutex_destroy(&work.lock);
}

const char *validate_verdict_word(enum validate_verdict verdict)
{
    static const char *const words[] = {
        [VALIDATE_AGREES] = "agrees", [VALIDATE_DIFFERS] = "differs", [VALIDATE_IMPRECISE] = "imprecise",
        [VALIDATE_NO_VERDICT] = "none"};
    return words[verdict];
}

bool validate_passed(const struct validate_report *report)
{
    bool passed = report->finished;
    for (int i = 0; i < report->rows_n; i++)
        passed = passed && (report->rows[i].verdict == VALIDATE_AGREES || report->rows[i].verdict == VALIDATE_NO_VERDICT);
    for (int i = 0; i < report->coverage_n; i++)
        passed = passed && report->coverage[i].verdict == VALIDATE_AGREES;
    return passed;
}

enum validate_verdict validate_judge_difference(const struct validate_row *row)
{
    const double room = row->tolerance * fabs(row->truth), half = (row->estimate.high - row->estimate.low) / 2;
    const double off = fabs(row->estimate.mean - row->truth);
    if (off - half > room) return VALIDATE_DIFFERS;
    return off <= room && half <= room ? VALIDATE_AGREES : VALIDATE_IMPRECISE;
}
