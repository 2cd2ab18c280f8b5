/* Philox against the known answers of its authors' library, and streams that do not disturb each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "philox.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Random123, tests/kat_vectors, rows "philox4x32 10". */
static void known_answers(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } rows[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t out[4];
        philox_block(rows[i].counter, rows[i].key, out);
        assert_memory_equal(out, rows[i].out, sizeof out);
    }
}

/* A stream is its blocks in order, in 32-bit words from the first on, and 64-bit words low half first. */
static void a_stream_is_its_blocks(void **state)
{
    (void)state;
    struct philox philox = philox_named(1, "producer/edge-17/arrivals");
    philox_at(&philox, 0x0123456789abcdefu);
    uint32_t words[12];
    for (uint32_t block = 0; block < 3; block++) {
        const uint32_t counter[4] = {block, 0, 0x89abcdef, 0x01234567};
        philox_block(counter, philox.key, words + 4 * block);
    }
    struct philox by_u32 = philox, by_u64 = philox, odd = philox;
    for (int i = 0; i < 12; i++)
        assert_true(philox_next_u32(&by_u32) == words[i]);
    for (int i = 0; i < 12; i += 2)
        assert_true(philox_next_u64(&by_u64) == ((uint64_t)words[i + 1] << 32 | words[i]));
    assert_true(philox_next_u32(&odd) == words[0]);
    for (int i = 1; i < 11; i += 2)
        assert_true(philox_next_u64(&odd) == ((uint64_t)words[i + 1] << 32 | words[i]));
}

static void a_cell_is_the_same_whatever_came_before(void **state)
{
    (void)state;
    struct philox forward = philox_named(1, "stream/impressions"), backward = forward;
    uint64_t draws[50];
    for (int cell = 0; cell < 50; cell++) {
        philox_at(&forward, (uint64_t)cell);
        for (int i = 0; i < cell % 7; i++)
            philox_next_u32(&forward);
        philox_at(&forward, (uint64_t)cell);
        draws[cell] = philox_next_u64(&forward);
    }
    for (int cell = 49; cell >= 0; cell--) {
        philox_at(&backward, (uint64_t)cell);
        assert_true(philox_next_u64(&backward) == draws[cell]);
        philox_next_u32(&backward);
    }
    struct philox fresh = philox_named(1, "stream/impressions");
    assert_true(philox_next_u64(&fresh) == draws[0]);
}

/* Other seed, other name, other ordinal: another key. No two of several thousand are alike. */
static int compare_u64(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

static void names_seeds_and_ordinals_make_keys(void **state)
{
    (void)state;
    static uint64_t keys[20 * 20 * 20];
    size_t n = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        for (int name = 0; name < 20; name++) {
            for (uint64_t ordinal = 0; ordinal < 20; ordinal++) {
                char text[32];
                snprintf(text, sizeof text, "broker/%d", name);
                struct philox philox = philox_named_nth(seed, text, ordinal);
                keys[n++] = (uint64_t)philox.key[1] << 32 | philox.key[0];
            }
        }
    }
    qsort(keys, n, sizeof keys[0], compare_u64);
    for (size_t i = 1; i < n; i++)
        assert_true(keys[i] != keys[i - 1]);
    struct philox a = philox_named(5, "x"), b = philox_named_nth(5, "x", 0);
    assert_memory_equal(a.key, b.key, sizeof a.key);
    /* Pinned: another key would silently change every result with the same seed. */
    struct philox pinned = philox_named(1, "producer/edge-17/arrivals");
    assert_true(philox_next_u64(&pinned) == 0x07cd1e0af2181f58u);
}

static void uniform_lies_strictly_inside_and_is_even(void **state)
{
    (void)state;
    struct philox philox = philox_named(3, "uniform");
    enum { N = 1000000, CELLS = 20 };
    int counts[CELLS] = {0};
    double sum = 0, squares = 0;
    for (int i = 0; i < N; i++) {
        double u = philox_uniform(&philox);
        assert_true(u > 0 && u < 1);
        counts[(int)(u * CELLS)]++;
        sum += u;
        squares += u * u;
    }
    /* Chi-square with 19 degrees of freedom: 43.8 is its 99.9 % point. */
    double chi_square = 0, expected = (double)N / CELLS;
    for (int i = 0; i < CELLS; i++)
        chi_square += (counts[i] - expected) * (counts[i] - expected) / expected;
    assert_true(chi_square < 43.8);
    assert_true(fabs(sum / N - 0.5) < 4 * sqrt(1.0 / 12 / N));
    assert_true(fabs(squares / N - 1.0 / 3) < 4 * sqrt(4.0 / 45 / N));

    /* The ends: bits all zero and all one, put into the buffer by hand. */
    struct philox ends = {.used = 0, .out = {0, 0, 0xffffffff, 0xffffffff}};
    assert_true(philox_uniform(&ends) == 0x1p-53);
    assert_true(philox_uniform(&ends) == 1 - 0x1p-53);
}

static void below_is_even_and_never_reaches_n(void **state)
{
    (void)state;
    struct philox philox = philox_named(4, "below");
    enum { N = 600000 };
    int counts[6] = {0};
    for (int i = 0; i < N; i++) {
        uint64_t face = philox_below(&philox, 6);
        assert_true(face < 6);
        counts[face]++;
    }
    double chi_square = 0;
    for (int i = 0; i < 6; i++)
        chi_square += pow(counts[i] - N / 6.0, 2) / (N / 6.0);
    assert_true(chi_square < 20.5); /* 5 degrees of freedom, 99.9 % */
    for (int i = 0; i < 100; i++)
        assert_true(philox_below(&philox, 1) == 0);

    /* With n = 3 * 2^62 multiplying alone gives floor(3x / 4), where multiples of 3 come up half the time.
     * Rejection keeps them at a third. */
    uint64_t n = 3ull << 62;
    int multiples = 0;
    enum { DRAWS = 30000 };
    for (int i = 0; i < DRAWS; i++) {
        uint64_t x = philox_below(&philox, n);
        assert_true(x < n);
        multiples += x % 3 == 0;
    }
    assert_true(fabs(multiples / (double)DRAWS - 1.0 / 3) < 4 * sqrt(2.0 / 9 / DRAWS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(a_stream_is_its_blocks),
        cmocka_unit_test(a_cell_is_the_same_whatever_came_before),
        cmocka_unit_test(names_seeds_and_ordinals_make_keys),
        cmocka_unit_test(uniform_lies_strictly_inside_and_is_even),
        cmocka_unit_test(below_is_even_and_never_reaches_n),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
