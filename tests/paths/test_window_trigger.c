/* Triggers as they are written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "window_trigger.h"

static struct window_trigger parsed(const char *text)
{
    struct window_trigger t;
    const char *mistake = NULL;
    if (!window_trigger_parse(text, &t, &mistake)) fail_msg("%s: %s", text, mistake);
    return t;
}

static void what_they_mean(void **state)
{
    (void)state;
    assert_true(window_trigger_is_plain(&(struct window_trigger){0}));
    struct window_trigger t = parsed("event_time");
    assert_true(window_trigger_is_plain(&t));
    t = parsed("repeatedly(event_time_once)");
    assert_true(window_trigger_is_plain(&t));
    t = parsed("event_time_once");
    assert_true(t.once && t.kind == WINDOW_AT_END);
    t = parsed("count:4");
    assert_true(t.kind == WINDOW_BY_COUNT && t.early_count == 4);
    t = parsed("purging(count:9223372036854775807)");
    assert_true(t.purging && t.early_count == INT64_MAX);
    t = parsed("continuous_event_time:2000");
    assert_true(t.kind == WINDOW_CONTINUOUS && t.interval == 2000);
    t = parsed(" repeatedly( after_first( count:2 , event_time ) ) ");
    assert_true(t.kind == WINDOW_AT_END && t.early_count == 2 && t.late_count == 0 && !t.once);
    t = parsed("after_first(event_time, count:2)");
    assert_true(t.early_count == 2);
    t = parsed("event_time(early=count:10, late=count:3)");
    assert_true(t.early_count == 10 && t.late_count == 3 && !t.once);
    t = parsed("event_time(early=count:10)");
    assert_true(t.early_count == 10 && t.once);
    t = parsed("processing_time");
    assert_true(t.processing_time && !window_trigger_is_plain(&t));
    t = parsed("on_close");
    assert_true(t.kind == WINDOW_ON_CLOSE);
    t = parsed("on_update");
    assert_true(t.kind == WINDOW_ON_UPDATE);
}

static void mistakes(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "event",
        "count",
        "count:",
        "count:0",
        "count:-1",
        "count:9223372036854775808",
        "continuous_event_time",
        "after_first",
        "after_first(count:2)",
        "after_first(count:2, count:3)",
        "after_first(count:2, on_close)",
        "after_first(count:2, event_time",
        "repeatedly",
        "repeatedly()",
        "repeatedly(count:2",
        "event_time()",
        "event_time(early)",
        "event_time(soon=count:1)",
        "event_time(early=event_time)",
        "event_time event_time",
        "a_name_that_is_longer_than_any_trigger_has",
        "purging(purging(purging(purging(purging(purging(purging(purging(count:1))))))))",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct window_trigger t;
        const char *mistake = NULL;
        if (window_trigger_parse(wrong[i], &t, &mistake)) fail_msg("\"%s\" is taken", wrong[i]);
        assert_non_null(mistake);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_they_mean), cmocka_unit_test(mistakes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
