/* test_wire.c: requests are the protocol's bytes; answers that lie or are cut off are refused, never read beyond. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "wire.h"

/* Metadata version 1 for no topic, as the protocol guide lays it out. */
static void a_request_is_the_protocols_bytes(void **state)
{
    (void)state;
    static const uint8_t expected[] = {0,   0,   0,   22,  0,   3,   0,   1,   0, 0, 1, 2, 0,
                                       8,   'h', 'e', 'a', 'd', 'r', 'o', 'o', 'm', 0, 0, 0, 0};
    uint8_t bytes[64];
    struct wire_writer w = {.bytes = bytes, .capacity = sizeof bytes};
    wire_begin(&w, WIRE_METADATA, 0x0102);
    wire_put32(&w, 0);
    wire_end(&w);
    assert_false(w.bad);
    assert_int_equal(w.n, sizeof expected);
    assert_memory_equal(bytes, expected, sizeof expected);
    assert_int_equal(wire_at32(bytes + WIRE_CORRELATION_AT), 0x0102);
}

static void numbers_come_back(void **state)
{
    (void)state;
    uint8_t bytes[64];
    char text[8];
    struct wire_writer w = {.bytes = bytes, .capacity = sizeof bytes};
    wire_put8(&w, -3);
    wire_put16(&w, INT16_MIN);
    wire_put32(&w, INT32_MIN + 1);
    wire_put64(&w, INT64_MIN + 2);
    wire_put_string(&w, NULL);
    wire_put_string(&w, "a long text");
    struct wire_reader r = {.bytes = bytes, .n = w.n};
    assert_true(wire_get8(&r) == -3);
    assert_true(wire_get16(&r) == INT16_MIN);
    assert_true(wire_get32(&r) == INT32_MIN + 1);
    assert_true(wire_get64(&r) == INT64_MIN + 2);
    wire_get_string(&r, text, sizeof text);
    assert_string_equal(text, "");
    wire_get_string(&r, text, sizeof text);
    assert_string_equal(text, "a long ");
    assert_false(r.bad);
    assert_int_equal(r.at, r.n);
    wire_get8(&r);
    assert_true(r.bad);
    wire_set64(bytes, -5);
    assert_true(wire_at64(bytes) == -5);
}

static void what_does_not_fit_is_bad(void **state)
{
    (void)state;
    uint8_t bytes[6] = {0};
    struct wire_writer w = {.bytes = bytes, .capacity = 5};
    wire_put32(&w, 1);
    wire_put16(&w, 1);
    assert_true(w.bad);
    assert_int_equal(w.n, 4);
    assert_int_equal(bytes[5], 0);
}

static void counts_that_lie_are_refused(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[8];
        int32_t count;
        bool bad;
    } cases[] = {
        {{0, 0, 0, 2, 9, 9, 9, 9}, 2, false},
        {{0, 0, 0, 3, 9, 9, 9, 9}, 0, true},
        {{0x7f, 0xff, 0xff, 0xff}, 0, true},
        {{0xff, 0xff, 0xff, 0xfe}, 0, true},
        {{0xff, 0xff, 0xff, 0xff}, 0, false}, /* null */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct wire_reader r = {.bytes = cases[i].bytes, .n = 8};
        assert_int_equal(wire_get_count(&r, 2), cases[i].count);
        assert_int_equal(r.bad, cases[i].bad);
    }
    char text[8];
    struct wire_reader cut = {.bytes = (const uint8_t[]){0, 9, 'a'}, .n = 3};
    wire_get_string(&cut, text, sizeof text);
    assert_true(cut.bad);
    assert_string_equal(text, "");
}

static void errors_have_names(void **state)
{
    (void)state;
    char buffer[32];
    assert_string_equal(wire_error_name(19, buffer), "NOT_ENOUGH_REPLICAS");
    assert_string_equal(wire_error_name(999, buffer), "error 999");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_the_protocols_bytes), cmocka_unit_test(numbers_come_back),
        cmocka_unit_test(what_does_not_fit_is_bad),         cmocka_unit_test(counts_that_lie_are_refused),
        cmocka_unit_test(errors_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
