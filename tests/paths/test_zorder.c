/* Interleaving against the engines' published cases and against a model that goes bit by bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "arena.h"
#include "philox.h"
#include "vectors.h"
#include "zorder.h"

static const char cases_path[] = "tests/paths/vectors/compaction_cases.json";

static const struct json_value *cases_of(const char *list, struct arena *arena)
{
    return vectors_at(vectors_at(vectors_json(cases_path, arena), "zorder"), list);
}

static void same_bytes(const unsigned char *is, const struct json_value *expected)
{
    for (size_t i = 0; i < expected->n; i++)
        assert_int_equal(is[i], expected->items[i].integer);
}

static void delta_interleave(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct json_value *cases = cases_of("delta_interleave", arena);
    assert_int_equal(cases->n, 6);
    for (size_t c = 0; c < cases->n; c++) {
        const struct json_value *inputs = vectors_at(&cases->items[c], "inputs_u32");
        const struct json_value *bytes = vectors_at(&cases->items[c], "bytes");
        uint32_t *columns = ARENA_NEW(arena, uint32_t, inputs->n);
        for (size_t i = 0; i < inputs->n; i++)
            if (inputs->items[i].kind != JSON_VALUE_NULL) columns[i] = (uint32_t)inputs->items[i].integer;
        unsigned char out[64];
        assert_int_equal(bytes->n, 4 * inputs->n);
        zorder_interleave_u32(columns, inputs->n, out);
        same_bytes(out, bytes);
    }
    arena_free(arena);
}

static void iceberg_interleave(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct json_value *cases = cases_of("iceberg_interleave", arena);
    assert_int_equal(cases->n, 3);
    for (size_t c = 0; c < cases->n; c++) {
        const struct json_value *arrays = vectors_at(&cases->items[c], "byte_arrays");
        const struct json_value *bytes = vectors_at(&cases->items[c], "bytes");
        struct zorder_bytes *columns = ARENA_NEW(arena, struct zorder_bytes, arrays->n);
        for (size_t i = 0; i < arrays->n; i++) {
            unsigned char *own = ARENA_NEW(arena, unsigned char, arrays->items[i].n);
            for (size_t k = 0; k < arrays->items[i].n; k++)
                own[k] = (unsigned char)arrays->items[i].items[k].integer;
            columns[i] = (struct zorder_bytes){own, arrays->items[i].n};
        }
        unsigned char out[64];
        const size_t out_n = (size_t)vectors_int(&cases->items[c], "out_size");
        assert_int_equal(bytes->n, out_n);
        zorder_interleave_bytes(columns, arrays->n, out, out_n);
        same_bytes(out, bytes);
    }
    arena_free(arena);
}

/* Which bit of which column comes next, told by two counters. Deliberately slow. */
static void model(const struct zorder_bytes *columns, size_t columns_n, unsigned char *out, size_t out_n,
                  bool spoil)
{
    size_t used[8] = {0};
    size_t c = 0;
    for (size_t at = 0; at < 8 * out_n; at++) {
        int bit = 0;
        for (size_t tried = 0; tried < columns_n; tried++, c++) {
            const size_t k = c % columns_n;
            if (used[k] == 8 * columns[k].n) continue;
            bit = columns[k].bytes[used[k] / 8] >> (spoil ? used[k] % 8 : 7 - used[k] % 8) & 1;
            used[k]++;
            c++;
            break;
        }
        const unsigned char mask = (unsigned char)(0x80 >> at % 8);
        out[at / 8] = (unsigned char)(bit ? out[at / 8] | mask : out[at / 8] & ~mask);
    }
}

static int disagreements(bool spoil)
{
    int differ = 0;
    struct philox philox = philox_named(1, "test/zorder");
    for (int round = 0; round < 5000; round++) {
        unsigned char bytes[8][12], expected[100], out[100];
        struct zorder_bytes columns[8];
        const size_t n = philox_below(&philox, 9), out_n = philox_below(&philox, 100);
        for (size_t c = 0; c < n; c++) {
            columns[c] = (struct zorder_bytes){bytes[c], philox_below(&philox, 13)};
            for (size_t k = 0; k < 12; k++)
                bytes[c][k] = (unsigned char)philox_next_u64(&philox);
        }
        zorder_interleave_bytes(columns, n, out, out_n);
        model(columns, n, expected, out_n, spoil);
        differ += out_n > 0 && memcmp(out, expected, out_n) != 0;
        /* Columns of four bytes are Delta's, and two of them the number. */
        uint32_t values[8];
        for (size_t c = 0; c < n; c++) {
            columns[c].n = 4;
            values[c] = (uint32_t)bytes[c][0] << 24 | (uint32_t)bytes[c][1] << 16 |
                        (uint32_t)bytes[c][2] << 8 | bytes[c][3];
        }
        zorder_interleave_u32(values, n, out);
        model(columns, n, expected, 4 * n, spoil);
        differ += n > 0 && memcmp(out, expected, 4 * n) != 0;
        if (n < 2) continue;
        zorder_interleave_u32(values, 2, out);
        uint64_t number = 0;
        for (int i = 0; i < 8; i++)
            number = number << 8 | out[i];
        assert_true(zorder_pair(values[0], values[1]) == number);
    }
    return differ;
}

static void interleaves_as_the_model(void **state)
{
    (void)state;
    assert_int_equal(disagreements(false), 0);
    assert_true(disagreements(true) > 1000); /* a model that is wrong is noticed */
}

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

static void bytes_compare_as_values(void **state)
{
    (void)state;
    struct philox philox = philox_named(1, "test/zorder/values");
    static const double doubles[] = {-INFINITY, -1e300, -2,  -1,    -5e-324,  -0.0, 0,
                                     5e-324,    1,      1.5, 1e300, INFINITY, NAN};
    enum { DOUBLES = sizeof doubles / sizeof *doubles };
    for (int a = 0; a < DOUBLES; a++)
        for (int b = 0; b < DOUBLES; b++) {
            unsigned char x[8], y[8];
            zorder_from_double(doubles[a], x);
            zorder_from_double(doubles[b], y);
            assert_int_equal(sign(memcmp(x, y, 8)), sign(a - b));
        }
    unsigned char x[8], y[8];
    zorder_from_double(-NAN, x); /* every NaN is the same */
    zorder_from_double(NAN, y);
    assert_memory_equal(x, y, 8);
    for (int round = 0; round < 2000; round++) {
        const int shift = (int)philox_below(&philox, 64);
        const int64_t a = (int64_t)philox_next_u64(&philox) >> shift,
                      b = (int64_t)philox_next_u64(&philox) >> shift;
        zorder_from_int(a, x);
        zorder_from_int(b, y);
        assert_int_equal(sign(memcmp(x, y, 8)), (a > b) - (a < b));
    }
    unsigned char text[4];
    zorder_from_text("ab", 2, text, 4);
    assert_memory_equal(text, "ab\0\0", 4);
    zorder_from_text("abcdef", 6, text, 4);
    assert_memory_equal(text, "abcd", 4);
    zorder_from_text(NULL, 0, text, 4);
    assert_memory_equal(text, "\0\0\0\0", 4);
}

static void delta_range_ids(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct json_value *one =
        &vectors_at(vectors_at(vectors_json(cases_path, arena), "delta"), "range_partition_id")->items[0];
    assert_string_equal(vectors_at(one, "data")->text, "0..11");
    int64_t data[12], bounds[16];
    for (int i = 0; i < 12; i++)
        data[i] = i;
    const struct json_value *partitions = vectors_at(one, "partitions");
    assert_int_equal(partitions->n, 4);
    for (size_t p = 0; p < partitions->n; p++) {
        const size_t ranges = (size_t)partitions->items[p].integer;
        const size_t n = zorder_bounds_int(data, 12, ranges, bounds);
        assert_int_equal(n, ranges - 1);
        for (int64_t i = 0; i < 12; i++)
            assert_int_equal(zorder_range_id(bounds, n, &i), (uint64_t)i / (12 / ranges));
        assert_int_equal(zorder_range_id(bounds, n, NULL), 0);
    }
    /* A value that fills ranges takes one bound, and no more. */
    const int64_t same[10] = {1, 5, 5, 5, 5, 5, 5, 5, 5, 9};
    assert_int_equal(zorder_bounds_int(same, 10, 5, bounds), 2);
    assert_true(bounds[0] == 5 && bounds[1] == 9);
    assert_int_equal(zorder_bounds_int(same, 10, 1, bounds), 0);
    assert_int_equal(zorder_bounds_int(same, 0, 4, bounds), 0);
    arena_free(arena);
}

/* Ranges of a random sample: every value has the range that counting bounds gives it, ranges ascend with
 * values, and none but those of repeated values holds more than its share. */
static void ranges_of_samples(void **state)
{
    (void)state;
    struct philox philox = philox_named(1, "test/zorder/ranges");
    for (int round = 0; round < 500; round++) {
        int64_t sample[200], bounds[64];
        const size_t n = philox_below(&philox, 200), ranges = 1 + philox_below(&philox, 60);
        int64_t value = -50;
        for (size_t i = 0; i < n; i++)
            sample[i] = value += (int64_t)philox_below(&philox, round % 2 ? 2 : 9) + (round % 4 == 0);
        const size_t bounds_n = zorder_bounds_int(sample, n, ranges, bounds);
        assert_true(bounds_n <= ranges - 1);
        size_t held[64] = {0};
        for (size_t i = 0; i < n; i++) {
            uint32_t below = 0;
            for (size_t b = 0; b < bounds_n; b++)
                below += bounds[b] < sample[i];
            assert_int_equal(zorder_range_id(bounds, bounds_n, &sample[i]), below);
            held[below]++;
        }
        for (size_t r = 0; r <= bounds_n && round % 4 == 0; r++)
            assert_true((double)held[r] <= (double)n / (double)ranges + 1);
    }
}

/* Boxes against every point of the piece. */
static void boxes_hold_their_points(void **state)
{
    (void)state;
    struct philox philox = philox_named(1, "test/zorder/boxes");
    enum { SIDE = 16 };
    uint32_t points[SIDE * SIDE][2];
    for (uint32_t a = 0; a < SIDE; a++)
        for (uint32_t b = 0; b < SIDE; b++) {
            points[zorder_pair(a, b)][0] = a;
            points[zorder_pair(a, b)][1] = b;
        }
    for (uint64_t first = 0; first < SIDE * SIDE; first++)
        for (uint64_t last = first; last < SIDE * SIDE; last++) {
            struct zorder_box expected = {.min = {SIDE, SIDE}};
            for (uint64_t at = first; at <= last; at++)
                for (int c = 0; c < 2; c++) {
                    if (points[at][c] < expected.min[c]) expected.min[c] = points[at][c];
                    if (points[at][c] > expected.max[c]) expected.max[c] = points[at][c];
                }
            const struct zorder_box box = zorder_box_of(first, last);
            assert_memory_equal(&box, &expected, sizeof box);
        }
    for (int round = 0; round < 2000; round++) {
        const uint32_t a = (uint32_t)philox_next_u64(&philox), b = (uint32_t)philox_next_u64(&philox);
        const uint64_t at = zorder_pair(a, b);
        const struct zorder_box point = zorder_box_of(at, at);
        assert_true(point.min[0] == a && point.max[0] == a && point.min[1] == b && point.max[1] == b);
        const uint64_t other = philox_next_u64(&philox);
        const struct zorder_box box = at < other ? zorder_box_of(at, other) : zorder_box_of(other, at);
        assert_true(box.min[0] <= a && a <= box.max[0] && box.min[1] <= b && b <= box.max[1]);
    }
    const struct zorder_box all = zorder_box_of(0, UINT64_MAX);
    assert_true(all.min[0] == 0 && all.min[1] == 0 && all.max[0] == UINT32_MAX && all.max[1] == UINT32_MAX);
    const struct zorder_box half = zorder_box_of(0, UINT64_MAX / 2);
    assert_true(half.max[0] == INT32_MAX && half.max[1] == UINT32_MAX);
}

/* Cells of grids of any side, one after another along the curve. */
static void cells_in_order(void **state)
{
    (void)state;
    for (uint32_t side = 1; side <= 40; side++) {
        uint64_t nth = 0;
        for (uint64_t at = 0; at < 64 * 64; at++) {
            const struct zorder_box cell = zorder_box_of(at, at);
            if (cell.min[0] >= side || cell.min[1] >= side) continue;
            assert_true(zorder_cell(side, nth) == at);
            nth++;
        }
        assert_int_equal(nth, side * side);
    }
    const struct zorder_box last = zorder_box_of(zorder_cell(1000, 999999), zorder_cell(1000, 999999));
    assert_true(last.min[0] == 999 && last.min[1] == 999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delta_interleave),         cmocka_unit_test(iceberg_interleave),
        cmocka_unit_test(interleaves_as_the_model), cmocka_unit_test(bytes_compare_as_values),
        cmocka_unit_test(delta_range_ids),          cmocka_unit_test(ranges_of_samples),
        cmocka_unit_test(boxes_hold_their_points),  cmocka_unit_test(cells_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
