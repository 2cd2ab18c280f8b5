/* Messages from card to card: they pass while they come, by windows, and share a card by those. Cards move a byte a nanosecond. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "arena.h"
#include "kernel.h"
#include "transfer.h"

enum { WAY_NS = 1000, FLOWS_MAX = 8 };

struct flow {
    struct transfer transfer;
    uint32_t epoch;
    int arrived;
    sim_time at;
    double again_bytes; /* one message after another of so many; 0: one */
};

struct bench {
    struct arena *arena;
    struct kernel kernel;
    struct link out[FLOWS_MAX], in;
    struct flow flows[FLOWS_MAX];
};

static void arrived(struct kernel *k, void *context, int64_t epoch)
{
    struct flow *f = context;
    assert_int_equal(f->epoch, epoch);
    f->arrived++;
    f->at = k->now;
    if (f->again_bytes > 0) transfer_begin(&f->transfer, k->now, f->again_bytes, WAY_NS);
}

static int set_up(void **state)
{
    struct arena *arena = arena_new(0);
    struct bench *b = ARENA_NEW(arena, struct bench, 1);
    b->arena = arena;
    kernel_init(&b->kernel, arena, 64);
    link_init(&b->in, 1e9);
    for (int i = 0; i < FLOWS_MAX; i++) {
        struct flow *f = &b->flows[i];
        link_init(&b->out[i], 1e9);
        f->transfer = (struct transfer){.kernel = &b->kernel, .from = &b->out[i], .to = &b->in, .way = WAY_NS, .window_bytes = 64000,
                                        .epoch = &f->epoch, .arrived = arrived, .context = f, .priority = 1};
    }
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    arena_free(((struct bench *)*state)->arena);
    return 0;
}

static sim_time time_of(struct bench *b, double bytes)
{
    struct flow *f = &b->flows[0];
    const sim_time began = b->kernel.now;
    transfer_begin(&f->transfer, began, bytes, WAY_NS);
    while (kernel_step(&b->kernel)) continue;
    return f->at - began;
}

static void a_message_passes_while_it_comes(void **state)
{
    struct bench *b = *state;
    assert_int_equal(time_of(b, 5000), 5000 + WAY_NS);
    assert_int_equal(kernel_dispatched(&b->kernel), 1);
    assert_int_equal(time_of(b, 1000000), 1000000 + WAY_NS); /* as a long one does, window by window */
    link_set_rate(&b->in, 0.5e9);
    assert_int_equal(time_of(b, 5000), 10000 + WAY_NS);
    assert_int_equal(time_of(b, 1000000), 2000000 + WAY_NS);
    assert_int_equal(b->flows[0].arrived, 4);
}

static void a_connection_sends_a_window_a_round_trip(void **state)
{
    struct bench *b = *state;
    b->flows[0].transfer.window_bytes = 1000; /* a microsecond of two */
    const sim_time took = time_of(b, 100000);
    assert_int_equal(took, 99 * 2 * WAY_NS + 1000 + WAY_NS);
    assert_true(transfer_window_bytes(-1, -1) > 1e300);
    assert_true(transfer_window_bytes(102400, 65536) == 65536);
    assert_true(transfer_window_bytes(102400, -1) == 102400);
    assert_true(transfer_window_bytes(0, 0) > 0);
}

/* Whatever the length of their messages: six connections of one window, one of three of them. */
static void connections_share_a_card_by_their_windows(void **state)
{
    struct bench *b = *state;
    for (int i = 0; i < 7; i++) {
        struct flow *f = &b->flows[i];
        f->again_bytes = i % 2 ? 6400000 : 12800000;
        if (i == 6) f->transfer.window_bytes = 192000;
        transfer_begin(&f->transfer, 0, f->again_bytes, WAY_NS);
    }
    kernel_run_until(&b->kernel, 9000000000);
    for (int i = 0; i < 7; i++) {
        const struct flow *f = &b->flows[i];
        const double share = f->arrived * f->again_bytes / 9e9;
        const double fair = (i == 6 ? 3 : 1) / 9.0;
        if (share < 0.95 * fair || share > 1.05 * fair) fail_msg("connection %d has %g of the card, not %g", i, share, fair);
    }
}

static void of_what_is_given_up_nothing_arrives(void **state)
{
    struct bench *b = *state;
    struct flow *f = &b->flows[0];
    transfer_begin(&f->transfer, 0, 1000000, WAY_NS);
    kernel_run_until(&b->kernel, 300000);
    f->epoch++;
    assert_true(time_of(b, 5000) < 100000); /* behind the window that is on its way */
    assert_int_equal(f->arrived, 1);
    assert_true(b->in.bytes < 400000); /* the rest was never sent */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_message_passes_while_it_comes),
        TEST(a_connection_sends_a_window_a_round_trip),
        TEST(connections_share_a_card_by_their_windows),
        TEST(of_what_is_given_up_nothing_arrives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
