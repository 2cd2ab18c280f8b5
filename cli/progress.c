/* progress.c: the progress line, and with it the only reading of the wall clock outside the bench. */
#include "progress.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "arena.h"

#define PROGRESS_QUIET_S 2.0 /* work shorter than this shows no line */
#define PROGRESS_STEP_S 0.25

struct progress {
    struct timespec started;
    double shown_s; /* when the line was last drawn; 0: never */
    bool show;
    atomic_flag busy;
};

static double elapsed_s(const struct progress *progress)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - progress->started.tv_sec) +
           1e-9 * (double)(now.tv_nsec - progress->started.tv_nsec);
}

struct progress *progress_new(struct arena *arena, bool show)
{
    struct progress *progress = ARENA_NEW(arena, struct progress, 1);

    clock_gettime(CLOCK_MONOTONIC, &progress->started);
    progress->show = show && isatty(STDERR_FILENO);
    atomic_flag_clear(&progress->busy);
    return progress;
}

static void clock_text(double seconds, char *text, size_t n)
{
    long whole = seconds < 0 || seconds > 1e9 ? 0 : (long)seconds;

    if (whole >= 3600)
        snprintf(text, n, "%ldh%02ldm%02lds", whole / 3600, whole / 60 % 60, whole % 60);
    else if (whole >= 60)
        snprintf(text, n, "%ldm%02lds", whole / 60, whole % 60);
    else
        snprintf(text, n, "%lds", whole);
}

/* `timed`: what is done is seconds of simulated time. */
static void show(struct progress *progress, bool timed, double done, double all)
{
    if (!progress->show || all <= 0 || atomic_flag_test_and_set(&progress->busy)) return;
    double wall_s = elapsed_s(progress);
    if (wall_s >= PROGRESS_QUIET_S && wall_s - progress->shown_s >= PROGRESS_STEP_S && done > 0) {
        char done_text[32], all_text[32], left[32];
        clock_text(done, done_text, sizeof(done_text));
        clock_text(all, all_text, sizeof(all_text));
        clock_text(wall_s * (all - done) / done, left, sizeof(left));
        if (timed)
            fprintf(stderr, "\r\033[K%s of %s simulated (%.0f%%), %.0fx real time, %s left", done_text, all_text,
                    100 * done / all, done / wall_s, left);
        else
            fprintf(stderr, "\r\033[K%.0f%% done, %s left", 100 * done / all, left);
        fflush(stderr);
        progress->shown_s = wall_s;
    }
    atomic_flag_clear(&progress->busy);
}

void progress_show(void *progress, double simulated_s, double total_s)
{
    show(progress, true, simulated_s, total_s);
}

void progress_show_share(void *progress, double done, double all)
{
    show(progress, false, done, all);
}

double progress_end(struct progress *progress)
{
    if (progress->shown_s > 0) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
    }
    return elapsed_s(progress);
}
