/* mm1.c: a queue with one server on the kernel, beside its closed form. Build with `make check-tests`. */
#include <stdio.h>

#include "arena.h"
#include "histogram.h"
#include "kernel.h"
#include "rng.h"

enum { WAITING_MAX = 1 << 16 };

struct shop {
    struct rng arrivals, services;
    double interval_ns, service_ns; /* means */
    sim_time arrived[WAITING_MAX];  /* of those in the shop, as a ring */
    uint32_t in, out;               /* came, left */
    struct histogram sojourn;
};

static void begin_service(struct kernel *k, struct shop *shop);

static void depart(struct kernel *k, void *context, int64_t argument)
{
    (void)argument;
    struct shop *shop = context;
    sim_time arrived = shop->arrived[shop->out++ % WAITING_MAX];
    histogram_add(&shop->sojourn, sim_seconds(kernel_now(k) - arrived), 1);
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
    CHECK(shop->in - shop->out < WAITING_MAX, "the shop is full");
    shop->arrived[shop->in++ % WAITING_MAX] = kernel_now(k);
    if (shop->in - shop->out == 1) begin_service(k, shop);
    kernel_after(k, (sim_time)rng_exponential(&shop->arrivals, shop->interval_ns), 0, arrive, shop, 0);
}

int main(void)
{
    struct arena *arena = arena_new(0);
    struct shop *shop = ARENA_NEW(arena, struct shop, 1);
    shop->interval_ns = 1e9 / 700; /* 700 a second come, */
    shop->service_ns = 1e9 / 1000; /* 1,000 could be served */
    rng_init(&shop->arrivals, arena, 1, "shop/arrivals");
    rng_init(&shop->services, arena, 1, "shop/services");
    histogram_init(&shop->sojourn, arena, 1e-6, 1e3, 0.005);
    struct kernel k;
    kernel_init(&k, arena, 16);
    kernel_at(&k, 0, 0, arrive, shop, 0);
    kernel_run_until(&k, 5000 * SIM_S);
    printf("sojourn   simulated   closed form\n");
    printf("mean   %9.3f ms  %9.3f ms\n", 1e3 * histogram_mean(&shop->sojourn), 1e3 / (1000 - 700));
    printf("p99    %9.3f ms  %9.3f ms\n", 1e3 * histogram_quantile(&shop->sojourn, 0.99),
           1e3 * log(100) / (1000 - 700));
    arena_free(arena);
    return 0;
}
