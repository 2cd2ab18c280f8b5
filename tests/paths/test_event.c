/* Events: sizes, round trips, and what decoding refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <math.h>
#include <string.h>
#include <cmocka.h>

#include "arena.h"
#include "event.h"
#include "philox.h"

static uint64_t draw(void *context)
{
    return philox_next_u64(context);
}

static void assert_same_text(struct event_text a, struct event_text b)
{
    assert_int_equal(a.n, b.n);
    if (a.n > 0) assert_memory_equal(a.bytes, b.bytes, a.n);
}

static void assert_same(const struct event *a, const struct event *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_memory_equal(a->event_id, b->event_id, sizeof a->event_id);
    assert_memory_equal(a->request_id, b->request_id, sizeof a->request_id);
    assert_true(a->time_ms == b->time_ms && a->user_id == b->user_id && a->campaign == b->campaign);
    assert_true(a->creative == b->creative && a->price_micros == b->price_micros);
    assert_same_text(a->device, b->device);
    assert_same_text(a->country, b->country);
    assert_same_text(a->placement, b->placement);
    assert_same_text(a->site, b->site);
    assert_same_text(a->agent, b->agent);
    assert_same_text(a->url, b->url);
    assert_same_text(a->context, b->context);
}

static void round_trips_and_sizes(void **state)
{
    (void)state;
    static unsigned char bytes[EVENT_BYTES_MAX];
    static const int64_t sizes[] = {48, 60, 100, 200, 420, 510, 1024, 4096, 65536};
    for (int format = EVENT_AVRO; format <= EVENT_JSON; format++) {
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            struct arena *arena = arena_new(0);
            struct philox philox = philox_named(3, "test/event");
            struct event_generator *g = event_generator_new(arena, (enum event_format)format, sizes[s]);
            const int n = sizes[s] > 10000 ? 300 : 4000;
            double sum = 0, squares = 0;
            for (int i = 0; i < n; i++) {
                struct event event, read;
                event_generate(g, i % 9 == 0 ? EVENT_CLICK : EVENT_IMPRESSION,
                               (int64_t)event_rank(draw(&philox), 1000000), 1900000000000 + i, draw, &philox,
                               &event);
                size_t encoded = event_encode(&event, (enum event_format)format, bytes, sizeof bytes);
                assert_true(encoded > 0);
                assert_int_equal(event_encode(&event, (enum event_format)format, bytes, encoded - 1), 0);
                assert_int_equal(event_encode(&event, (enum event_format)format, bytes, encoded), encoded);
                assert_true(event_decode(bytes, encoded, (enum event_format)format, &read));
                assert_same(&event, &read);
                sum += (double)encoded;
                squares += (double)encoded * (double)encoded;
            }
            double mean = sum / n, error = sqrt((squares / n - mean * mean) / n);
            /* The generator knows its mean (from 2000 events of its own, hence the wider band). */
            assert_true(fabs(mean - event_generator_mean_bytes(g)) <= 5 * error + 0.01 * mean);
            if (format == EVENT_AVRO || sizes[s] >= 200)
                assert_true(fabs(event_generator_mean_bytes(g) - (double)sizes[s]) <=
                            1.0 + 0.01 * (double)sizes[s]);
            arena_free(arena);
        }
    }
}

/* Whatever is cut off or changed is either refused or read as some event, never beyond its end (sanitizers
 * look). */
static void damage(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct philox philox = philox_named(4, "test/event");
    for (int format = EVENT_AVRO; format <= EVENT_JSON; format++) {
        struct event_generator *g = event_generator_new(arena, (enum event_format)format, 420);
        struct event event, read;
        event_generate(g, EVENT_CLICK, 42, 1900000000000, draw, &philox, &event);
        unsigned char *bytes = ARENA_NEW(arena, unsigned char, 2048);
        size_t n = event_encode(&event, (enum event_format)format, bytes, 2048);
        for (size_t i = 0; i < n; i++) {
            unsigned char *cut = ARENA_NEW(arena, unsigned char, i);
            memcpy(cut, bytes, i);
            assert_false(event_decode(cut, i, (enum event_format)format, &read));
        }
        bytes[n] = 0;
        assert_false(event_decode(bytes, n + 1, (enum event_format)format, &read));
        int read_anyway = 0;
        for (int i = 0; i < 20000; i++) {
            size_t at = philox_below(&philox, n);
            unsigned char kept = bytes[at];
            bytes[at] = (unsigned char)philox_next_u32(&philox);
            read_anyway += event_decode(bytes, n, (enum event_format)format, &read);
            bytes[at] = kept;
        }
        assert_in_range(read_anyway, 1, 19999);
    }
    arena_free(arena);
}

static void json_refusals(void **state)
{
    (void)state;
#define ID "\"event_id\":\"000102030405060708090a0b0c0d0e0f\""
    static const char good[] = "{\"campaign\":5,\"time\":-7,\"kind\":\"click\"," ID "}"; /* any order */
    static const char *const bad[] = {
        "",
        "{}",
        "{\"kind\":\"click\"," ID ",\"time\":1}",                                     /* no campaign */
        "{\"kind\":\"click\"," ID ",\"time\":1,\"campaign\":5,\"campaign\":5}",       /* twice */
        "{\"kind\":\"tap\"," ID ",\"time\":1,\"campaign\":5}",                        /* no such kind */
        "{\"kind\":\"click\",\"event_id\":\"00\",\"time\":1,\"campaign\":5}",         /* short */
        "{\"kind\":\"click\"," ID ",\"time\":01,\"campaign\":5}",                     /* leading zero */
        "{\"kind\":\"click\"," ID ",\"time\":99999999999999999999,\"campaign\":5}",   /* too large */
        "{\"kind\":\"click\"," ID ",\"time\":1,\"campaign\":5,\"colour\":\"red\"}",   /* unknown */
        "{\"kind\":\"click\"," ID ",\"time\":1,\"campaign\":5,\"url\":\"a\\u0041\"}", /* an escape */
        "{\"kind\":\"click\"," ID ",\"time\":1,\"campaign\":5} ",
    };
    struct event event;
    assert_true(event_decode(good, strlen(good), EVENT_JSON, &event));
    assert_int_equal(event.kind, EVENT_CLICK);
    assert_true(event.time_ms == -7 && event.campaign == 5);
    assert_true(event.event_id[0] == 0x0001020304050607u && event.event_id[1] == 0x08090a0b0c0d0e0fu);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (event_decode(bad[i], strlen(bad[i]), EVENT_JSON, &event)) fail_msg("was read: %s", bad[i]);
}

/* Avro by hand: the bytes of the specification's examples for long, and the frame. */
static void avro_bytes(void **state)
{
    (void)state;
    const struct event event = {
        .kind = EVENT_CLICK, .event_id = {1, 2}, .time_ms = -65, .campaign = 64, .creative = -1};
    /* clang-format off */
    static const unsigned char expected[] = {
        0, 0, 0, 0, 1,                                   /* frame */
        2,                                               /* kind 1 */
        0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2,  /* event_id */
        0,                                               /* no request */
        0x81, 0x01,                                      /* -65 */
        0,                                               /* no user */
        0x80, 0x01,                                      /* 64 */
        1,                                               /* -1 */
        0,                                               /* price 0 */
        0, 0, 0, 0, 0, 0, 0,                             /* no texts */
    };
    /* clang-format on */
    unsigned char bytes[64];
    assert_int_equal(event_encode(&event, EVENT_AVRO, bytes, sizeof bytes), sizeof expected);
    assert_memory_equal(bytes, expected, sizeof expected);
}

/* P(rank < k) is about log(k) / log(n): half of the draws among the first thousand of a million. */
static void ranks(void **state)
{
    (void)state;
    struct philox philox = philox_named(5, "test/event");
    int below_1000 = 0, top = 0;
    for (int i = 0; i < 100000; i++) {
        uint64_t rank = event_rank(draw(&philox), 1000000);
        assert_true(rank < 1000000);
        below_1000 += rank < 1000;
        top += rank == 0;
    }
    assert_in_range(below_1000, 48000, 52000);
    assert_in_range(top, 4500, 6500); /* one class of twenty, and a share of those that wrapped */
    for (int i = 0; i < 1000; i++)
        assert_int_equal(event_rank(draw(&philox), 1), 0);
}

static void keys(void **state)
{
    (void)state;
    char key[EVENT_KEY_BYTES_MAX];
    assert_int_equal(event_key(0, key), 2);
    assert_memory_equal(key, "c0", 2);
    assert_int_equal(event_key(1234567, key), 8);
    assert_memory_equal(key, "c1234567", 8);
    assert_int_equal(event_key(UINT64_MAX, key), 21);
    assert_memory_equal(key, "c18446744073709551615", 21);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trips_and_sizes),
        cmocka_unit_test(damage),
        cmocka_unit_test(json_refusals),
        cmocka_unit_test(avro_bytes),
        cmocka_unit_test(ranks),
        cmocka_unit_test(keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
