/* bench_time.c: see bench_time.h. */
#define _GNU_SOURCE /* sched_setaffinity, syscall */
#include "bench_time.h"

#include "arena.h"
#include "check.h"

#include <alloca.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <math.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { LEAST_N = 64, LONG_NS = 5000000, LONG_TURNS = 4 };

static double now_ns(clockid_t clock)
{
    struct timespec t;
    CHECK(clock_gettime(clock, &t) == 0, "no clock %d", (int)clock);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void pin(struct bench_watch *watch)
{
    cpu_set_t all, one;
    _Static_assert(sizeof all <= sizeof watch->affinity, "an affinity has no room");
    watch->cpu = -1;
    if (sched_getaffinity(0, sizeof all, &all) != 0) {
        snprintf(watch->cpu_why, sizeof watch->cpu_why, "which processors may be used is not known: %s",
                 strerror(errno));
        return;
    }
    for (size_t i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &all)) watch->cpu = (int)i;
    CPU_ZERO(&one);
    CPU_SET((size_t)watch->cpu, &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0) {
        snprintf(watch->cpu_why, sizeof watch->cpu_why, "this machine lets nobody be pinned: %s",
                 strerror(errno));
        watch->cpu = -1;
        return;
    }
    memcpy(watch->affinity, &all, sizeof all);
    watch->restore = true;
}

/* Four chains of multiplications, additions and rotations, then divisions, for the divider may be the other
 * thread's while the rest is ours; some fifteen microseconds. As the compiler may not drop it, the sum is
 * looked at. */
static double yardstick_ns(struct bench_watch *watch)
{
    enum { STEPS = 8192, DIVISIONS = 512 };
    const double begun = now_ns(CLOCK_MONOTONIC);
    uint64_t a = 1, b = 2, c = 3, d = 4;
    for (uint64_t i = 0; i < STEPS; i++) {
        a = a * UINT64_C(6364136223846793005) + i;
        b = b * UINT64_C(6364136223846793005) ^ i;
        c = (c << 7 | c >> 57) + i;
        d = (d << 11 | d >> 53) ^ i;
    }
    double x = 1, y = 2;
    for (uint64_t i = 1; i <= DIVISIONS; i++) {
        x = (double)i / (x + 1);
        y = (double)i / (y + 2);
        a += (b | 1) / (i | 1);
        c += (d | 1) / (i | 3);
    }
    CHECK(x + y > 0 && (a ^ b) + (c ^ d) != 0, "the yardstick came to nothing");
    const double ns = now_ns(CLOCK_MONOTONIC) - begun;
    if (watch->yardstick_ns == 0 || ns < watch->yardstick_ns) watch->yardstick_ns = ns;
    return ns;
}

int bench_allowed_cpus(void)
{
    cpu_set_t all;
    return sched_getaffinity(0, sizeof all, &all) == 0 ? CPU_COUNT(&all) : 0;
}

void bench_watch_begin(struct bench_watch *watch)
{
    *watch = (struct bench_watch){.counter = -1, .tries = BENCH_TRIES};
    pin(watch);
    for (int i = 0; i < 2000; i++) /* its best, and the processor's speed after idling */
        (void)yardstick_ns(watch);
    struct perf_event_attr wanted;
    memset(&wanted, 0, sizeof wanted);
    wanted.size = sizeof wanted;
    wanted.type = PERF_TYPE_HARDWARE;
    wanted.config = PERF_COUNT_HW_INSTRUCTIONS;
    wanted.disabled = 1;
    wanted.exclude_kernel = 1;
    wanted.exclude_hv = 1;
    watch->counter = (int)syscall(SYS_perf_event_open, &wanted, 0, -1, -1, 0);
    if (watch->counter < 0)
        snprintf(watch->counter_why, sizeof watch->counter_why,
                 "perf_event_open gives no counter of instructions here: %s", strerror(errno));
}

void bench_watch_end(struct bench_watch *watch)
{
    cpu_set_t all;
    if (watch->counter >= 0) close(watch->counter);
    if (!watch->restore) return;
    memcpy(&all, watch->affinity, sizeof all);
    (void)sched_setaffinity(0, sizeof all, &all); /* what was allowed before is allowed again */
}

/* Runs the row's operations with the stack so many bytes lower: where it lies in its page decides which loads
 * seem to depend on which stores, and the kernel places it anew for each process. */
static __attribute__((noinline)) void run_lowered(const struct bench_case *bench, void *state, int64_t n,
                                                  size_t bytes)
{
    volatile char *lowered = alloca(bytes + 1);
    lowered[0] = 0;
    bench->run(state, n);
}

static struct bench_sample time_once(struct bench_timed *t, const struct bench_watch *watch)
{
    const struct bench_case *bench = t->bench;
    enum {
        PAGE = 4096,
        STEP = 16,
        STRIDE = 99
    }; /* a stack's alignment; steps from one repetition to the next */
    const size_t lowered = (size_t)(t->samples_n * STRIDE % (PAGE / STEP) * STEP);
    uint64_t counted = 0;
    if (bench->prepare != NULL) bench->prepare(t->state, t->n);
    if (watch->counter >= 0) {
        ioctl(watch->counter, PERF_EVENT_IOC_RESET, 0);
        ioctl(watch->counter, PERF_EVENT_IOC_ENABLE, 0);
    }
    const double cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID);
    const double wall = now_ns(CLOCK_MONOTONIC);
    run_lowered(bench, t->state, t->n, lowered);
    struct bench_sample s = {.wall_ns = now_ns(CLOCK_MONOTONIC) - wall, .instructions = -1};
    s.cpu_ns = now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    if (s.cpu_ns <= 0) s.cpu_ns = s.wall_ns; /* a clock too coarse for so little */
    if (watch->counter >= 0) {
        ioctl(watch->counter, PERF_EVENT_IOC_DISABLE, 0);
        if (read(watch->counter, &counted, sizeof counted) == sizeof counted)
            s.instructions = (double)counted / (double)t->n;
    }
    s.wall_ns /= (double)t->n;
    s.cpu_ns /= (double)t->n;
    return s;
}

/* The state, so many bytes further in its memory than the last one's. */
static void set_up(struct bench_timed *t)
{
    enum { LINE = 64, STRIDE = 29, PAGE = 4096 };
    t->arena = arena_new(0);
    char *before = ARENA_NEW(t->arena, char, (size_t)(t->set_up_n++ * STRIDE * LINE % PAGE + LINE));
    *before = 0;
    t->state = t->bench->set_up(t->arena, t->bench);
}

void bench_timed_begin(struct bench_timed *t, struct bench_watch *watch, const struct bench_case *bench,
                       double repeat_s, struct bench_sample *samples)
{
    *t = (struct bench_timed){.bench = bench, .n = bench->fixed_n, .samples = samples};
    const double begun = now_ns(CLOCK_MONOTONIC);
    set_up(t);
    t->set_up_ns = now_ns(CLOCK_MONOTONIC) - begun;
    CHECK(bench->about_ns > 0, "%s does not say how long it takes", bench->name);
    if (t->n > 0) return;
    const int64_t whole = bench->whole != NULL ? bench->whole(t->state) : 1;
    t->n = (int64_t)ceil(fmax(LEAST_N, repeat_s * 1e9 / bench->about_ns) / (double)whole) * whole;
    (void)time_once(t, watch);
}

/* Where data lie decides what of them collides with what, and differs from process to process: where it costs
 * little, they are laid out anew now and then. */
static void lay_out_anew(struct bench_timed *t, const struct bench_watch *watch)
{
    enum { EVERY = 4, MOST_NS = 5000000 };
    if (t->samples_n % EVERY != 0 || t->samples_n == 0 || t->set_up_ns > MOST_NS) return;
    bench_timed_end(t);
    set_up(t);
    (void)time_once(t, watch);
}

/* A quarter of a repetition is enough for caches, where its length may be chosen; where it may not, what
 * prepares it touches the same. */
static void warm(struct bench_timed *t)
{
    if (t->bench->fixed_n > 0) return;
    if (t->bench->prepare != NULL) t->bench->prepare(t->state, t->n / 4);
    t->bench->run(t->state, t->n / 4);
}

void bench_timed_repeat(struct bench_timed *t, struct bench_watch *watch)
{
    lay_out_anew(t, watch);
    struct bench_sample *kept = &t->samples[t->samples_n++];
    for (int i = 0; i < watch->tries; i++) {
        warm(t);
        const double before = yardstick_ns(watch);
        struct bench_sample s = time_once(t, watch);
        const double after = yardstick_ns(watch);
        s.yardstick_ns = before > after ? before : after;
        if (i == 0 || s.yardstick_ns < kept->yardstick_ns) *kept = s;
        if (kept->yardstick_ns <= BENCH_QUIET * watch->yardstick_ns) break;
        if (t->bench->about_ns * (double)t->n >= LONG_NS) break;
    }
}

bool bench_timed_turn(const struct bench_timed *t, int turn)
{
    return turn % LONG_TURNS == 0 || t->bench->about_ns * (double)t->n < LONG_NS;
}

void bench_timed_end(struct bench_timed *t)
{
    if (t->bench->tear_down != NULL) t->bench->tear_down(t->state);
    arena_free(t->arena);
}
