/* test_resource.c: fifo, pool and link by hand, and the pool against servers looked at in turn. Queueing
 * theory is held against them by the suite `analytic` (tests/study/test_validate_analytic.c).
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>

#include "arena.h"
#include "check_fires.h"
#include "resource.h"
#include "rng.h"

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

static void test_pool_behind_another(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct pool p;
    pool_init(&p, arena, 2);
    assert_int_equal(pool_serve_from(&p, 10, 5, 0), 15);
    /* Before the latest arrival, on the server that has nothing to do. */
    assert_int_equal(pool_serve_from(&p, 4, 5, 0), 9);
    assert_int_equal(pool_begin(&p, 8), 9);
    assert_int_equal(pool_begin(&p, 12), 12);
    /* Held until 40: that server is busy until then, the other one goes on. */
    assert_int_equal(pool_serve_from(&p, 20, 5, 40), 40);
    assert_int_equal(pool_serve_from(&p, 20, 5, 22), 25);
    assert_int_equal(pool_serve_from(&p, 20, 5, 0), 30);
    assert_true(pool_busy_ns(&p, 40) == 5 + 5 + 20 + 5 + 5);
    assert_int_equal(p.last_arrival, 20);
    assert_check_fires(pool_serve_from(&p, 50, -1, 0));
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
        cmocka_unit_test(test_fifo_by_hand),
        cmocka_unit_test(test_pool_by_hand),
        cmocka_unit_test(test_pool_behind_another),
        cmocka_unit_test(test_pool_against_naive_servers),
        cmocka_unit_test(test_link_keeps_its_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
