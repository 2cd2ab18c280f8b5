/* bench_kernel.c: see bench_kernel.h. */
#include "bench_kernel.h"

#include "arena.h"
#include "bare_queues.h"
#include "bench_paths.h"
#include "check.h"
#include "histogram.h"
#include "kernel.h"
#include "rng.h"

enum { INSIDE_MAX = 1 << 12, DELAYS = 1 << 16, RANGES = 1 << 12 };
static const double interval_ns = 1e6, service_ns = 0.9e6;

/* Seconds over min..max to half a percent, as the models keep latencies. */
static void latency_histogram(struct histogram *h, struct arena *arena)
{
    histogram_init(h, arena, 1e-6, 1e5, 0.005);
}

/* kernel/mm1 */
struct mm1 {
    struct kernel kernel;
    struct rng arrivals, services;
    sim_time arrived[INSIDE_MAX]; /* of those inside, as a ring */
    uint32_t in, out;
    struct histogram sojourn_s;
    double wait_sum_ns, wait_square_sum;
    double inside_area_ns; /* number inside x time */
    double busy_ns;
    sim_time changed; /* the number inside, last */
    uint64_t left;    /* events until the run stops */
};

static void depart(struct kernel *k, void *context, int64_t argument);

static void count(struct mm1 *s, struct kernel *k)
{
    const sim_time now = kernel_now(k);
    s->inside_area_ns += (double)(s->in - s->out) * (double)(now - s->changed);
    s->changed = now;
    if (--s->left == 0) kernel_stop(k);
}

static void begin_service(struct mm1 *s, struct kernel *k)
{
    const double wait_ns = (double)(kernel_now(k) - s->arrived[s->out % INSIDE_MAX]);
    s->wait_sum_ns += wait_ns;
    s->wait_square_sum += wait_ns * wait_ns;
    const double service = rng_exponential(&s->services, service_ns);
    s->busy_ns += service;
    kernel_after(k, (sim_time)service, 0, depart, s, 0);
}

static void depart(struct kernel *k, void *context, int64_t argument)
{
    (void)argument;
    struct mm1 *s = context;
    count(s, k);
    histogram_add(&s->sojourn_s, sim_seconds(kernel_now(k) - s->arrived[s->out++ % INSIDE_MAX]), 1);
    if (s->in != s->out) begin_service(s, k);
}

static void arrive(struct kernel *k, void *context, int64_t argument)
{
    (void)argument;
    struct mm1 *s = context;
    count(s, k);
    CHECK(s->in - s->out < INSIDE_MAX, "%u customers wait", s->in - s->out);
    s->arrived[s->in++ % INSIDE_MAX] = kernel_now(k);
    if (s->in - s->out == 1) begin_service(s, k);
    kernel_after(k, (sim_time)rng_exponential(&s->arrivals, interval_ns), 0, arrive, s, 0);
}

void *bench_mm1_set_up(struct arena *arena, const struct bench_case *bench)
{
    (void)bench;
    struct mm1 *s = ARENA_NEW(arena, struct mm1, 1);
    rng_init(&s->arrivals, arena, 1, "bench/mm1/arrivals");
    rng_init(&s->services, arena, 1, "bench/mm1/services");
    latency_histogram(&s->sojourn_s, arena);
    kernel_init(&s->kernel, arena, 16);
    kernel_at(&s->kernel, 0, 0, arrive, s, 0);
    return s;
}

void bench_mm1_run(void *state, int64_t n)
{
    struct mm1 *s = state;
    const uint64_t before = kernel_dispatched(&s->kernel);
    s->left = (uint64_t)n;
    kernel_run_until(&s->kernel, SIM_NEVER);
    CHECK(kernel_dispatched(&s->kernel) == before + (uint64_t)n, "not %lld events ran", (long long)n);
    CHECK(histogram_observations(&s->sojourn_s) == s->out, "%u customers left", s->out);
}

/* reference/mm1_bare_heap */
struct mm1_bare;
typedef void bare_callback(struct mm1_bare *);

struct mm1_bare {
    struct bare_heap heap;
    bare_callback *callbacks[2]; /* a payload is a place here */
    struct rng arrivals, services;
    int64_t now;
    int64_t inside;
};

static void bare_begin_service(struct mm1_bare *s)
{
    bare_heap_push(&s->heap,
                   (struct bare_event){s->now + (int64_t)rng_exponential(&s->services, service_ns), 1});
}

static void bare_arrive(struct mm1_bare *s)
{
    if (s->inside++ == 0) bare_begin_service(s);
    bare_heap_push(&s->heap,
                   (struct bare_event){s->now + (int64_t)rng_exponential(&s->arrivals, interval_ns), 0});
}

static void bare_depart(struct mm1_bare *s)
{
    if (--s->inside > 0) bare_begin_service(s);
}

void *bench_mm1_bare_set_up(struct arena *arena, const struct bench_case *bench)
{
    (void)bench;
    struct mm1_bare *s = ARENA_NEW(arena, struct mm1_bare, 1);
    rng_init(&s->arrivals, arena, 1, "bench/mm1/arrivals");
    rng_init(&s->services, arena, 1, "bench/mm1/services");
    bare_heap_init(&s->heap, arena, 16);
    s->callbacks[0] = bare_arrive;
    s->callbacks[1] = bare_depart;
    bare_heap_push(&s->heap, (struct bare_event){0, 0});
    return s;
}

void bench_mm1_bare_run(void *state, int64_t n)
{
    struct mm1_bare *s = state;
    for (int64_t i = 0; i < n; i++) {
        const struct bare_event event = bare_heap_pop(&s->heap);
        s->now = event.time;
        s->callbacks[event.payload](s);
    }
}

/* kernel/hold and reference/hold_bare_ladder */
struct hold {
    struct kernel kernel;
    struct bare_ladder ladder;
    sim_time delays[DELAYS];
    uint32_t next;
    uint64_t left;
    uint64_t sum;
};

static struct hold *hold_new(struct arena *arena)
{
    struct hold *s = ARENA_NEW(arena, struct hold, 1);
    struct rng rng;
    rng_init(&rng, arena, 1, "bench/hold/delays");
    for (int i = 0; i < DELAYS; i++)
        s->delays[i] = (sim_time)rng_exponential(&rng, 1e9);
    return s;
}

/* So many until the structure is what it will stay. */
static int64_t warm_up_events(const struct bench_case *bench)
{
    return 3 * bench->parameter + 20000;
}

static void again(struct kernel *k, void *context, int64_t argument)
{
    struct hold *s = context;
    if (--s->left == 0) kernel_stop(k);
    kernel_after(k, s->delays[s->next++ % DELAYS], 0, again, s, argument);
}

void *bench_hold_set_up(struct arena *arena, const struct bench_case *bench)
{
    struct hold *s = hold_new(arena);
    kernel_init(&s->kernel, arena, (uint32_t)bench->parameter);
    for (int64_t i = 0; i < bench->parameter; i++)
        kernel_after(&s->kernel, s->delays[s->next++ % DELAYS], 0, again, s, i);
    bench_hold_run(s, warm_up_events(bench));
    return s;
}

void bench_hold_run(void *state, int64_t n)
{
    struct hold *s = state;
    s->left = (uint64_t)n;
    kernel_run_until(&s->kernel, SIM_NEVER);
}

void *bench_hold_bare_set_up(struct arena *arena, const struct bench_case *bench)
{
    struct hold *s = hold_new(arena);
    bare_ladder_init(&s->ladder, arena, (uint32_t)bench->parameter);
    for (int64_t i = 0; i < bench->parameter; i++)
        bare_ladder_push(&s->ladder, s->delays[s->next++ % DELAYS], (uint32_t)i);
    bench_hold_bare_run(s, warm_up_events(bench));
    return s;
}

void bench_hold_bare_run(void *state, int64_t n)
{
    struct hold *s = state;
    for (int64_t i = 0; i < n; i++) {
        const struct bare_event event = bare_ladder_pop(&s->ladder);
        s->sum += (uint64_t)event.payload;
        bare_ladder_push(&s->ladder, event.time + s->delays[s->next++ % DELAYS], (uint32_t)event.payload);
    }
}

/* kernel/histogram_range */
struct ranges {
    struct histogram histogram;
    double lows[RANGES], highs[RANGES];
};

void *bench_histogram_set_up(struct arena *arena, const struct bench_case *bench)
{
    (void)bench;
    struct ranges *s = ARENA_NEW(arena, struct ranges, 1);
    struct rng rng;
    rng_init(&rng, arena, 1, "bench/histogram");
    latency_histogram(&s->histogram, arena);
    /* A wait of some milliseconds, and the linger of a batch on top of it. */
    for (int i = 0; i < RANGES; i++) {
        s->lows[i] = rng_exponential(&rng, 5e-3);
        s->highs[i] = s->lows[i] + 100e-3 * rng_uniform(&rng);
    }
    return s;
}

void bench_histogram_run(void *state, int64_t n)
{
    struct ranges *s = state;
    for (int64_t i = 0; i < n; i++)
        histogram_add_range(&s->histogram, s->lows[i % RANGES], s->highs[i % RANGES], 1);
}

/* kernel/rng */
struct draws {
    struct rng rng;
    double sum;
};

void *bench_rng_set_up(struct arena *arena, const struct bench_case *bench)
{
    (void)bench;
    struct draws *s = ARENA_NEW(arena, struct draws, 1);
    rng_init(&s->rng, arena, 1, "bench/rng");
    return s;
}

void bench_rng_run(void *state, int64_t n)
{
    struct draws *s = state;
    for (int64_t i = 0; i < n; i++)
        s->sum += rng_uniform(&s->rng);
}
