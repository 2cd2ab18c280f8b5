/* test_closed_forms.c: M/M/1, M/D/1, M/G/1 and M/M/c against queueing theory, by replications and intervals.
 *
 * Each case runs 20 replications from an empty queue, leaves out the first tenth of each, and asks that the
 * closed form lies in the 99.9 % interval of the mean over replications and that the interval is narrow
 * enough to tell a wrong answer. Seeds are fixed, so a failure means a change, not bad luck.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>

#include "arena.h"
#include "check_fires.h"
#include "confidence.h"
#include "histogram.h"
#include "kernel.h"
#include "resource.h"
#include "rng.h"

enum { REPLICATIONS = 20, CUSTOMERS = 100000, WARMUP = CUSTOMERS / 10 };

static void assert_covers(const char *what, const double *values, double exact, double width)
{
    const struct interval i = confidence_interval(values, REPLICATIONS, 0.999);
    if (!interval_contains(i, exact)) fail_msg("%s: %g..%g does not hold %g", what, i.low, i.high, exact);
    if (i.high - i.low > width * exact) fail_msg("%s: %g..%g is too wide", what, i.low, i.high);
    /* The canary: an answer off by the width must fall outside. */
    assert_false(interval_contains(i, exact * (1 + width)));
    assert_false(interval_contains(i, exact * (1 - width)));
}

/* M/M/1 on events: the logic of examples/mm1.c. */
enum { WAITING_MAX = 1 << 12 };

struct shop {
    struct rng arrivals, services;
    double interval_ns, service_ns;
    sim_time arrived[WAITING_MAX];
    uint32_t in, out;
    struct histogram sojourn;
};

static void begin_service(struct kernel *k, struct shop *shop);

static void depart(struct kernel *k, void *context, int64_t argument)
{
    (void)argument;
    struct shop *shop = context;
    const sim_time arrived = shop->arrived[shop->out++ % WAITING_MAX];
    if (shop->out > WARMUP) histogram_add(&shop->sojourn, sim_seconds(kernel_now(k) - arrived), 1);
    if (shop->in != shop->out) begin_service(k, shop);
}

static void begin_service(struct kernel *k, struct shop *shop)
{
    kernel_after(k, (sim_time)rng_exponential(&shop->services, shop->service_ns), 0, depart, shop, 0);
}

static void arrive(struct kernel *k, void *context, int64_t argument)
{
    (void)argument;
    struct shop *shop = context;
    assert_true(shop->in - shop->out < WAITING_MAX);
    shop->arrived[shop->in++ % WAITING_MAX] = kernel_now(k);
    if (shop->in - shop->out == 1) begin_service(k, shop);
    if (shop->in < CUSTOMERS)
        kernel_after(k, (sim_time)rng_exponential(&shop->arrivals, shop->interval_ns), 0, arrive, shop, 0);
}

static void test_mm1_on_events(void **state)
{
    (void)state;
    double means[REPLICATIONS], p50s[REPLICATIONS], p99s[REPLICATIONS];
    for (int i = 0; i < REPLICATIONS; i++) {
        struct arena *arena = arena_new(0);
        struct shop *shop = ARENA_NEW(arena, struct shop, 1);
        shop->interval_ns = 1e6 / 0.7;
        shop->service_ns = 1e6;
        rng_init(&shop->arrivals, arena, (uint64_t)i, "shop/arrivals");
        rng_init(&shop->services, arena, (uint64_t)i, "shop/services");
        histogram_init(&shop->sojourn, arena, 1e-6, 1e3, 0.005);
        struct kernel k;
        kernel_init(&k, arena, 16);
        kernel_at(&k, 0, 0, arrive, shop, 0);
        kernel_run_until(&k, 100000 * SIM_S);
        assert_true(kernel_dispatched(&k) == 2 * CUSTOMERS);
        means[i] = histogram_mean(&shop->sojourn);
        p50s[i] = histogram_quantile(&shop->sojourn, 0.5);
        p99s[i] = histogram_quantile(&shop->sojourn, 0.99);
        arena_free(arena);
    }
    /* The sojourn is exponential with rate mu - lambda = 300/s. */
    assert_covers("M/M/1 mean", means, 1 / 300.0, 0.04);
    assert_covers("M/M/1 p50", p50s, log(2) / 300, 0.04);
    assert_covers("M/M/1 p99", p99s, log(100) / 300, 0.08);
}

typedef sim_time draw_service(struct rng *);

static sim_time exponential_ms(struct rng *r)
{
    return (sim_time)rng_exponential(r, 1e6);
}

static sim_time constant_ms(struct rng *r)
{
    (void)r;
    return SIM_MS;
}

static sim_time lognormal_ms(struct rng *r) /* mean 1 ms, squared coefficient of variation e^0.5 - 1 */
{
    return (sim_time)(1e6 * rng_lognormal(r, -0.25, sqrt(0.5)));
}

/* Fills in the mean wait (s), the share that waits, and the utilisation of each replication. servers 0: a
 * fifo. */
static void run_queue(draw_service *service, int32_t servers, double rho, double *waits, double *delayed,
                      double *utilisations)
{
    for (int i = 0; i < REPLICATIONS; i++) {
        struct arena *arena = arena_new(0);
        struct rng arrivals, services;
        rng_init(&arrivals, arena, (uint64_t)i, "queue/arrivals");
        rng_init(&services, arena, (uint64_t)i, "queue/services");
        struct fifo fifo;
        fifo_init(&fifo);
        struct pool pool;
        pool_init(&pool, arena, servers ? servers : 1);
        const double interval_ns = 1e6 / rho / (servers ? servers : 1);
        double now = 0, wait = 0, busy_before = 0;
        sim_time began = 0;
        int waited = 0;
        for (int c = 0; c < CUSTOMERS; c++) {
            now += rng_exponential(&arrivals, interval_ns);
            const sim_time t = (sim_time)now, s = service(&services);
            if (c == WARMUP) {
                began = t;
                busy_before = servers ? pool_busy_ns(&pool, t) : fifo_busy_ns(&fifo, t);
            }
            const sim_time backlog = servers ? pool_backlog(&pool, t) : fifo_backlog(&fifo, t);
            const sim_time departure = servers ? pool_serve(&pool, t, s) : fifo_serve(&fifo, t, s);
            assert_int_equal(departure, t + backlog + s);
            if (c < WARMUP) continue;
            wait += sim_seconds(backlog);
            waited += backlog > 0;
        }
        const sim_time end = (sim_time)now;
        const double busy = (servers ? pool_busy_ns(&pool, end) : fifo_busy_ns(&fifo, end)) - busy_before;
        waits[i] = wait / (CUSTOMERS - WARMUP);
        delayed[i] = (double)waited / (CUSTOMERS - WARMUP);
        utilisations[i] = busy / (double)(end - began) / (servers ? servers : 1);
        arena_free(arena);
    }
}

static double waits[REPLICATIONS], delayed[REPLICATIONS], utilisations[REPLICATIONS];

static void test_mm1_and_md1_and_mg1_by_fifo(void **state)
{
    (void)state;
    const double rho = 0.75;
    /* Pollaczek and Khinchine: wait = rho S (1 + c^2) / 2 (1 - rho). */
    const struct {
        const char *name;
        draw_service *service;
        double squared_variation;
    } cases[] = {
        {"M/M/1", exponential_ms, 1}, {"M/D/1", constant_ms, 0}, {"M/G/1", lognormal_ms, exp(0.5) - 1}};
    for (size_t c = 0; c < 3; c++) {
        run_queue(cases[c].service, 0, rho, waits, delayed, utilisations);
        const double exact = rho * 1e-3 * (1 + cases[c].squared_variation) / 2 / (1 - rho);
        assert_covers(cases[c].name, waits, exact, 0.06);
        assert_covers("share delayed", delayed, rho, 0.02);
        assert_covers("utilisation", utilisations, rho, 0.02);
    }
}

/* Probability that an arrival waits, by Erlang's B recursion. */
static double erlang_c(int servers, double load)
{
    double b = 1;
    for (int k = 1; k <= servers; k++)
        b = load * b / (k + load * b);
    const double rho = load / servers;
    return b / (1 - rho * (1 - b));
}

static void test_mmc_by_pool(void **state)
{
    (void)state;
    const int32_t servers[] = {1, 2, 5, 16};
    const double rhos[] = {0.7, 0.7, 0.8, 0.8};
    for (size_t c = 0; c < 4; c++) {
        run_queue(exponential_ms, servers[c], rhos[c], waits, delayed, utilisations);
        const double share = erlang_c(servers[c], rhos[c] * servers[c]);
        assert_covers("M/M/c share delayed", delayed, share, 0.05);
        assert_covers("M/M/c wait", waits, share * 1e-3 / (servers[c] * (1 - rhos[c])), 0.10);
        assert_covers("M/M/c utilisation", utilisations, rhos[c], 0.02);
    }
}

static void test_fifo_by_hand(void **state)
{
    (void)state;
    struct fifo f;
    fifo_init(&f);
    assert_int_equal(fifo_serve(&f, 10, 5), 15);
    assert_int_equal(fifo_serve(&f, 11, 5), 20);
    assert_int_equal(fifo_backlog(&f, 12), 8);
    assert_true(fifo_busy_ns(&f, 12) == 2);
    assert_true(fifo_busy_ns(&f, 100) == 10);
    fifo_block(&f, 50);
    assert_int_equal(fifo_serve(&f, 30, 5), 55);
    assert_true(fifo_busy_ns(&f, 40) == 10);
    assert_true(fifo_busy_ns(&f, 52) == 12);
    fifo_shift(&f, 1000);
    assert_int_equal(fifo_backlog(&f, 1052), 3);
    assert_true(fifo_busy_ns(&f, 1052) == 12);
    assert_int_equal(fifo_serve(&f, 1052, 1), 1056);
    assert_check_fires(fifo_serve(&f, 1051, 1));
    assert_check_fires(fifo_serve(&f, 2000, -1));
    assert_check_fires(fifo_busy_ns(&f, 1051));
}

static void test_pool_by_hand(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct pool p;
    pool_init(&p, arena, 3);
    assert_int_equal(pool_serve(&p, 0, 10), 10);
    assert_int_equal(pool_serve(&p, 0, 30), 30);
    assert_int_equal(pool_serve(&p, 0, 20), 20);
    assert_int_equal(pool_backlog(&p, 1), 9);
    assert_int_equal(pool_serve(&p, 1, 4), 14);
    assert_int_equal(pool_serve(&p, 1, 1), 15);
    assert_int_equal(pool_serve(&p, 2, 1), 16);
    assert_int_equal(pool_serve(&p, 2, 50), 66);
    assert_true(pool_busy_ns(&p, 18) == 18 * 3);
    pool_shift(&p, 100);
    assert_int_equal(pool_backlog(&p, 110), 10);
    pool_block(&p, 150);
    assert_int_equal(pool_serve(&p, 121, 1), 151);
    assert_int_equal(pool_serve(&p, 121, 1), 151);
    assert_int_equal(pool_serve(&p, 121, 1), 152);
    assert_check_fires(pool_serve(&p, 120, 1));
    assert_check_fires(pool_init(&p, arena, 0));
    arena_free(arena);
}

/* Against every server looked at in turn. */
static void test_pool_against_naive_servers(void **state)
{
    (void)state;
    for (int32_t servers = 1; servers <= 33; servers += 4) {
        struct arena *arena = arena_new(0);
        struct rng r;
        rng_init(&r, arena, (uint64_t)servers, "pool");
        struct pool p;
        pool_init(&p, arena, servers);
        sim_time free_at[33] = {0}, now = 0;
        for (int i = 0; i < 5000; i++) {
            now += (sim_time)rng_below(&r, 100);
            const sim_time service = (sim_time)rng_below(&r, (uint64_t)(100 * servers));
            int32_t first = 0;
            for (int32_t s = 1; s < servers; s++)
                if (free_at[s] < free_at[first]) first = s;
            free_at[first] = (free_at[first] > now ? free_at[first] : now) + service;
            assert_int_equal(pool_serve(&p, now, service), free_at[first]);
        }
        arena_free(arena);
    }
}

static void test_link_keeps_its_rate(void **state)
{
    (void)state;
    struct link l;
    link_init(&l, 3e9); /* a third of a nanosecond a byte */
    sim_time t = 0;
    for (int i = 0; i < 3000001; i++)
        t = link_send(&l, 0, 1);
    assert_true(t == 1000000); /* and the carry holds the last third */
    assert_int_equal(link_backlog(&l, 400000), 600000);
    assert_true(link_busy_ns(&l, 400000) == 400000);
    link_set_rate(&l, 1e9);
    assert_int_equal(link_send(&l, 0, 500), 1000500);
    link_shift(&l, 1000);
    assert_int_equal(link_backlog(&l, 1001400), 100);
    assert_check_fires(link_send(&l, 2000, -1));
    assert_check_fires(link_send(&l, 2000, NAN));
    assert_check_fires(link_init(&l, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mm1_on_events),       cmocka_unit_test(test_mm1_and_md1_and_mg1_by_fifo),
        cmocka_unit_test(test_mmc_by_pool),         cmocka_unit_test(test_fifo_by_hand),
        cmocka_unit_test(test_pool_by_hand),        cmocka_unit_test(test_pool_against_naive_servers),
        cmocka_unit_test(test_link_keeps_its_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
