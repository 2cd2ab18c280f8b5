/* Watermarks against Flink's tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "vectors.h"
#include "watermark.h"

static const struct json_value *vectors(struct arena *arena, const char *key)
{
    return vectors_at(
        vectors_at(vectors_json("tests/paths/vectors/window_cases.json", arena), "watermark_vectors"), key);
}

static void bounded_out_of_orderness(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct json_value *rows =
        vectors_at(vectors(arena, "bounded_out_of_orderness"), "rows_bound_events_wm");
    assert_int_equal(rows->n, 4);
    for (size_t i = 0; i < rows->n; i++) {
        const struct json_value *row = rows->items[i].items;
        struct watermark_bounded w;
        watermark_bounded_init(&w, row[0].integer);
        for (size_t k = 0; k < row[1].n; k++)
            watermark_bounded_observe(&w, row[1].items[k].integer);
        assert_true(watermark_bounded_value(&w) == row[2].integer);
    }
    arena_free(arena);
}

/* Each step's outputs: first the watermark, then the status. */
static void valve_case(const struct json_value *c, struct arena *arena)
{
    struct watermark_valve *v = watermark_valve_new(arena, (int32_t)vectors_int(c, "channels"));
    const struct json_value *steps = vectors_at(c, "steps");
    for (size_t i = 0; i < steps->n; i++) {
        const struct json_value *step = steps->items[i].items;
        int32_t channel = (int32_t)step[1].integer;
        struct watermark_output out;
        if (strcmp(step[0].text, "wm") == 0)
            out = watermark_valve_advance(v, channel, step[2].integer);
        else if (strcmp(step[0].text, "idle") == 0)
            out = watermark_valve_idle(v, channel);
        else
            out = watermark_valve_active(v, channel);
        size_t k = 0;
        const struct json_value *expected = &step[3];
        bool as_expected = expected->n == (size_t)out.advanced + (size_t)out.status_changed;
        if (as_expected && out.advanced) {
            as_expected = expected->items[k].integral && expected->items[k].integer == out.watermark &&
                          watermark_valve_value(v) == out.watermark;
            k++;
        }
        if (as_expected && out.status_changed)
            as_expected = expected->items[k].kind == JSON_VALUE_STRING &&
                          strcmp(expected->items[k].text, out.idle ? "IDLE" : "ACTIVE") == 0;
        if (!as_expected) fail_msg("%s, step %zu", vectors_at(c, "name")->text, i);
        assert_int_equal(out.idle, watermark_valve_is_idle(v));
    }
}

static void valve(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct json_value *cases = vectors_at(vectors(arena, "valve"), "cases");
    assert_int_equal(cases->n, 13);
    for (size_t i = 0; i < cases->n; i++)
        valve_case(&cases->items[i], arena);
    arena_free(arena);
}

static void reset_forgets(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct watermark_valve *v = watermark_valve_new(arena, 2);
    watermark_valve_advance(v, 0, 5);
    watermark_valve_advance(v, 1, 7);
    watermark_valve_idle(v, 1);
    assert_true(watermark_valve_value(v) == 5);
    assert_true(watermark_valve_channel(v, 1) == 7);
    watermark_valve_reset(v);
    assert_true(watermark_valve_value(v) == WATERMARK_NONE);
    assert_false(watermark_valve_advance(v, 0, 3).advanced);
    assert_true(watermark_valve_advance(v, 1, 4).advanced);
    assert_true(watermark_valve_value(v) == 3);
    arena_free(arena);
}

static void idleness(void **state)
{
    (void)state;
    struct watermark_idleness w;
    watermark_idleness_init(&w, 100, 50);
    assert_false(watermark_idleness_is_idle(&w, 149));
    assert_true(watermark_idleness_is_idle(&w, 150));
    watermark_idleness_active(&w, 150);
    assert_false(watermark_idleness_is_idle(&w, 249));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounded_out_of_orderness),
        cmocka_unit_test(valve),
        cmocka_unit_test(reset_forgets),
        cmocka_unit_test(idleness),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
