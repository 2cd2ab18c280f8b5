/* The window operator, rule by rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <math.h>
#include <cmocka.h>

#include "arena.h"
#include "check.h"
#include "window_log.h"

#include <string.h>

static struct window_operator *simple(struct arena *arena, struct log *log, enum window_semantics semantics,
                                      int64_t lateness, enum window_mode mode, bool on_close)
{
    const struct window_config config = {.size = 10,
                                         .allowed_lateness = lateness,
                                         .mode = mode,
                                         .semantics = semantics,
                                         .trigger.kind = on_close ? WINDOW_ON_CLOSE : WINDOW_AT_END,
                                         .sink = {log_pane, log_late, log}};
    log->n = 0;
    return window_new(arena, &config);
}

/* Clicks and impressions of one key meet in one pane; CTR is theirs. */
static void clicks_join_impressions(void **state)
{
    struct log *log = *state;
    struct arena *arena = arena_new(0);
    struct window_operator *op = simple(arena, log, WINDOW_FLINK, 0, WINDOW_ACCUMULATING, false);
    window_add(op, 7, 3, WINDOW_IMPRESSION, 200);
    window_add(op, 7, 9, WINDOW_CLICK, 3);
    window_add(op, 8, 9, WINDOW_CLICK, 1);
    assert_int_equal(window_advance(op, 8), 0);
    assert_int_equal(window_advance(op, 9), 2);
    assert_int_equal(log->given[0].pane.impressions, 200);
    assert_int_equal(log->given[0].pane.clicks, 3);
    assert_true(fabs(window_ctr(&log->given[0].pane) - 0.015) < 1e-15);
    assert_true(isnan(window_ctr(&log->given[1].pane)));
    assert_int_equal(window_counts(op)->records, 204);
    assert_int_equal(window_counts(op)->folds, 3);
    assert_int_equal(window_counts(op)->keys_inserted, 2);
    assert_int_equal(window_state_keys(op), 0);
    arena_free(arena);
}

/* The boundaries of the table in window.h, each side of them. */
static void boundaries(void **state)
{
    struct log *log = *state;
    struct arena *arena = arena_new(0);
    struct window_operator *flink = simple(arena, log, WINDOW_FLINK, 5, WINDOW_ACCUMULATING, false);
    window_add(flink, 1, 0, WINDOW_IMPRESSION, 1);
    assert_int_equal(window_advance(flink, 8), 0);
    assert_int_equal(window_advance(flink, 9), 1); /* end - 1 */
    assert_int_equal(window_advance(flink, 13), 0);
    assert_int_equal(window_add(flink, 1, 1, WINDOW_IMPRESSION, 1), WINDOW_COUNTED);
    assert_int_equal(log->given[1].pane.timing, WINDOW_PANE_LATE);
    assert_int_equal(log->given[1].pane.impressions, 2);
    assert_int_equal(window_state_keys(flink), 1);
    window_advance(flink, 14); /* end - 1 + lateness */
    assert_int_equal(window_state_keys(flink), 0);
    assert_int_equal(window_add(flink, 1, 1, WINDOW_IMPRESSION, 1), WINDOW_LATE);

    struct window_operator *beam = simple(arena, log, WINDOW_BEAM, 5, WINDOW_DISCARDING, false);
    window_add(beam, 1, 0, WINDOW_IMPRESSION, 1);
    assert_int_equal(window_advance(beam, 9), 0);
    assert_int_equal(window_advance(beam, 10), 1); /* end */
    assert_int_equal(window_state_keys(beam), 0);  /* discarding keeps nothing */
    window_advance(beam, 14);
    assert_int_equal(window_add(beam, 1, 1, WINDOW_IMPRESSION, 4),
                     WINDOW_COUNTED); /* end - 1 + lateness: not yet */
    assert_int_equal(log->given[1].pane.impressions, 4);
    window_advance(beam, 15);
    assert_int_equal(window_add(beam, 1, 1, WINDOW_IMPRESSION, 1), WINDOW_LATE);

    struct window_operator *streams = simple(arena, log, WINDOW_KAFKA_STREAMS, 5, WINDOW_ACCUMULATING, true);
    window_add(streams, 1, 0, WINDOW_IMPRESSION, 1);
    window_add(streams, 2, 14, WINDOW_IMPRESSION, 1);
    assert_int_equal(log->n, 0);
    assert_int_equal(window_add(streams, 1, 9, WINDOW_IMPRESSION, 1), WINDOW_COUNTED);
    window_add(streams, 2, 15, WINDOW_IMPRESSION, 1); /* end + grace: closes by a record's own time */
    assert_int_equal(log->n, 1);
    assert_int_equal(log->given[0].pane.impressions, 2);
    assert_int_equal(window_add(streams, 1, 9, WINDOW_IMPRESSION, 1), WINDOW_LATE);
    assert_int_equal(window_add(streams, 1, -1, WINDOW_IMPRESSION, 3), WINDOW_SKIPPED);
    assert_int_equal(window_counts(streams)->records_skipped, 3);
    arena_free(arena);
}

static void order_is_by_end_then_arrival(void **state)
{
    struct log *log = *state;
    struct arena *arena = arena_new(0);
    struct window_operator *op = simple(arena, log, WINDOW_FLINK, 0, WINDOW_ACCUMULATING, false);
    for (uint64_t i = 0; i < 5000; i++) /* enough for tables to grow while they fill */
        window_add(op, i * 2654435761u, (int64_t)(29 - i % 30), WINDOW_IMPRESSION, 1);
    window_advance(op, INT64_MAX);
    assert_int_equal(log->n, 5000);
    for (size_t i = 1; i < log->n; i++) {
        const struct window_pane *a = &log->given[i - 1].pane, *b = &log->given[i].pane;
        assert_true(a->end < b->end || (a->end == b->end && a->key < b->key));
    }
    assert_int_equal(window_counts(op)->windows_opened, 3);
    assert_int_equal(window_counts(op)->windows_dropped, 3);
    arena_free(arena);
}

static void memory_is_used_again(void **state)
{
    struct log *log = *state;
    struct arena *arena = arena_new(0);
    struct window_operator *op = simple(arena, log, WINDOW_FLINK, 0, WINDOW_ACCUMULATING, false);
    size_t used = 0;
    for (int64_t w = 0; w < 200; w++) {
        for (uint64_t k = 0; k < 1000; k++)
            window_add(op, k, w * 10, WINDOW_IMPRESSION, 1);
        assert_true(window_state_bytes(op) >= 1000 * 24);
        window_advance(op, w * 10 + 9);
        log->n = 0;
        if (w == 1) used = arena_used_bytes(arena);
    }
    assert_int_equal(arena_used_bytes(arena), used);
    assert_int_equal(window_state_bytes(op), 0);
    arena_free(arena);
}

static void mistakes_in_configurations(void **state)
{
    (void)state;
    struct window_config c = {.size = 10, .sink = {.pane = log_pane}};
    assert_null(window_config_mistake(&c));
    c.size = 0;
    assert_non_null(window_config_mistake(&c));
    c.size = 10;
    c.offset = 10;
    assert_non_null(window_config_mistake(&c));
    c.offset = -10;
    assert_non_null(window_config_mistake(&c));
    c.offset = 3;
    c.allowed_lateness = -1;
    assert_non_null(window_config_mistake(&c));
    c.allowed_lateness = 0;
    c.semantics = WINDOW_KAFKA_STREAMS;
    assert_non_null(window_config_mistake(&c));
    c.offset = 0;
    assert_null(window_config_mistake(&c));
    c.mode = WINDOW_DISCARDING;
    assert_non_null(window_config_mistake(&c));
    c.mode = WINDOW_ACCUMULATING;
    c.sink.pane = NULL;
    assert_non_null(window_config_mistake(&c));
}

static jmp_buf fired;
static void on_check(void *context, const char *message)
{
    *(const char **)context = message;
    longjmp(fired, 1);
}

static void call_back(void *context, const struct window_pane *pane)
{
    (void)pane;
    window_advance(*(struct window_operator **)context, INT64_MAX);
}

static void a_sink_may_not_call_its_operator(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct window_operator *op = NULL;
    const char *volatile message = NULL;
    const struct window_config config = {.size = 10, .sink = {.pane = call_back, .context = &op}};
    op = window_new(arena, &config);
    window_add(op, 1, 0, WINDOW_IMPRESSION, 1);
    check_set_hook(on_check, (void *)&message);
    if (setjmp(fired) == 0) window_advance(op, 100);
    check_set_hook(NULL, NULL);
    assert_non_null(message);
    arena_free(arena);
}

static void damaged_snapshots_are_refused(void **state)
{
    struct log *log = *state;
    struct arena *arena = arena_new(0);
    struct window_operator *op = simple(arena, log, WINDOW_FLINK, 5, WINDOW_ACCUMULATING, false);
    for (uint64_t k = 0; k < 20; k++)
        window_add(op, k, (int64_t)k * 3, WINDOW_CLICK, 2);
    unsigned char bytes[2000];
    size_t n = window_snapshot(op, bytes, sizeof bytes);
    assert_int_equal(n, window_snapshot_bytes(op));
    assert_int_equal(n, window_snapshot_bytes_for(&(struct window_config){.size = 10}, 20, 6));
    struct window_operator *other = simple(arena, log, WINDOW_FLINK, 5, WINDOW_ACCUMULATING, false);
    for (size_t i = 0; i < n; i++) {
        assert_false(window_restore(other, bytes, i));
        bytes[i] ^= 0x10;
        assert_false(window_restore(other, bytes, n));
        bytes[i] ^= 0x10;
        assert_int_equal(window_state_windows(other), 0);
    }
    assert_true(window_restore(other, bytes, n));
    assert_int_equal(window_state_keys(other), 20);
    const struct window_config config = {.size = 20, .sink = {.pane = log_pane, .context = log}};
    assert_false(window_restore(window_new(arena, &config), bytes, n));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clicks_join_impressions),       cmocka_unit_test(boundaries),
        cmocka_unit_test(order_is_by_end_then_arrival),  cmocka_unit_test(memory_is_used_again),
        cmocka_unit_test(mistakes_in_configurations),    cmocka_unit_test(a_sink_may_not_call_its_operator),
        cmocka_unit_test(damaged_snapshots_are_refused),
    };
    return cmocka_run_group_tests(tests, make_log, free_log);
}
