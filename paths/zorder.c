/* zorder.c: see zorder.h. */
#include "zorder.h"

#include "check.h"

#include <string.h>

void zorder_interleave_u32(const uint32_t *columns, size_t n, unsigned char *out)
{
    memset(out, 0, 4 * n);
    size_t at = 0;
    for (int bit = 31; bit >= 0; bit--)
        for (size_t c = 0; c < n; c++, at++)
            out[at / 8] = (unsigned char)(out[at / 8] | (columns[c] >> bit & 1) << (7 - at % 8));
}

void zorder_interleave_bytes(const struct zorder_bytes *columns, size_t columns_n, unsigned char *out,
                             size_t out_n)
{
    if (out_n > 0) memset(out, 0, out_n);
    size_t at = 0, longest = 0;
    for (size_t c = 0; c < columns_n; c++)
        if (columns[c].n > longest) longest = columns[c].n;
    for (size_t byte = 0; byte < longest; byte++)
        for (int bit = 7; bit >= 0; bit--)
            for (size_t c = 0; c < columns_n; c++) {
                if (byte >= columns[c].n) continue;
                if (at / 8 == out_n) return;
                out[at / 8] =
                    (unsigned char)(out[at / 8] | (columns[c].bytes[byte] >> bit & 1) << (7 - at % 8));
                at++;
            }
}

/* The bits of a number, each followed by a zero. */
static uint64_t spread(uint32_t value)
{
    uint64_t x = value;
    x = (x | x << 16) & UINT64_C(0x0000ffff0000ffff);
    x = (x | x << 8) & UINT64_C(0x00ff00ff00ff00ff);
    x = (x | x << 4) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    x = (x | x << 2) & UINT64_C(0x3333333333333333);
    return (x | x << 1) & UINT64_C(0x5555555555555555);
}

/* Every second bit, the lowest included. */
static uint32_t gather(uint64_t x)
{
    x &= UINT64_C(0x5555555555555555);
    x = (x | x >> 1) & UINT64_C(0x3333333333333333);
    x = (x | x >> 2) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    x = (x | x >> 4) & UINT64_C(0x00ff00ff00ff00ff);
    x = (x | x >> 8) & UINT64_C(0x0000ffff0000ffff);
    return (uint32_t)(x | x >> 16);
}

uint64_t zorder_pair(uint32_t first, uint32_t second)
{
    return spread(first) << 1 | spread(second);
}

static void put_big(uint64_t value, unsigned char out[8])
{
    for (int i = 0; i < 8; i++)
        out[i] = (unsigned char)(value >> (56 - 8 * i));
}

void zorder_from_int(int64_t value, unsigned char out[8])
{
    put_big((uint64_t)value ^ UINT64_C(1) << 63, out);
}

void zorder_from_double(double value, unsigned char out[8])
{
    uint64_t bits = UINT64_C(0x7ff8000000000000); /* of any NaN */
    if (value == value) memcpy(&bits, &value, sizeof bits);
    put_big(bits >> 63 ? ~bits : bits ^ UINT64_C(1) << 63, out);
}

void zorder_from_text(const void *text, size_t n, unsigned char *out, size_t out_n)
{
    const size_t taken = n < out_n ? n : out_n;
    if (taken > 0) memcpy(out, text, taken);
    if (out_n > taken) memset(out + taken, 0, out_n - taken);
}

size_t zorder_bounds(size_t n, size_t ranges, zorder_is_less *is_less, const void *context, size_t *bounds)
{
    CHECK(ranges >= 1, "no ranges");
    const double step = (double)n / (double)ranges;
    double target = step;
    size_t bounds_n = 0;
    for (size_t i = 0; i < n && bounds_n < ranges - 1; i++) {
        if ((double)(i + 1) < target) continue;
        if (bounds_n > 0 && !is_less(context, bounds[bounds_n - 1], i)) continue;
        bounds[bounds_n++] = i;
        target += step;
    }
    return bounds_n;
}

static int int_is_less(const void *context, size_t a, size_t b)
{
    const int64_t *values = context;
    return values[a] < values[b];
}

size_t zorder_bounds_int(const int64_t *sorted, size_t n, size_t ranges, int64_t *bounds)
{
    /* Places fit where values go: each is read before it is overwritten. */
    _Static_assert(sizeof(size_t) == sizeof(int64_t), "places in the room of values");
    size_t *places = (size_t *)(void *)bounds;
    const size_t bounds_n = zorder_bounds(n, ranges, int_is_less, sorted, places);
    for (size_t i = 0; i < bounds_n; i++)
        bounds[i] = sorted[places[i]];
    return bounds_n;
}

uint32_t zorder_range_id(const int64_t *bounds, size_t bounds_n, const int64_t *value)
{
    if (value == NULL) return 0;
    size_t low = 0, high = bounds_n; /* bounds before low are below the value */
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (bounds[middle] < *value)
            low = middle + 1;
        else
            high = middle;
    }
    return (uint32_t)low;
}

/* Of the 2^bits cells from `at` on, those within the side. */
static uint64_t within(uint32_t side, uint32_t at, int bits)
{
    if (at >= side) return 0;
    const uint64_t left = side - at, all = UINT64_C(1) << bits;
    return left < all ? left : all;
}

uint64_t zorder_cell(uint32_t side, uint64_t nth)
{
    CHECK(side >= 1 && side <= 1 << 20 && nth < (uint64_t)side * side, "cell %llu of %u x %u",
          (unsigned long long)nth, side, side);
    int bits = 0;
    while (UINT32_C(1) << bits < side)
        bits++;
    uint32_t first = 0, second = 0;
    while (bits-- > 0) {
        for (uint32_t quarter = 0;; quarter++) {
            const uint32_t a = first + ((quarter >> 1) << bits), b = second + ((quarter & 1) << bits);
            const uint64_t cells = within(side, a, bits) * within(side, b, bits);
            if (nth < cells) {
                first = a;
                second = b;
                break;
            }
            nth -= cells;
        }
    }
    return zorder_pair(first, second);
}

/* A piece of the curve is a run of whole squares and halves of squares, each larger than the next on the way
 * up and smaller on the way down; each is a box by its first and last point. */
struct zorder_box zorder_box_of(uint64_t first, uint64_t last)
{
    CHECK(first <= last, "a piece that ends before it begins");
    struct zorder_box box = {.min = {UINT32_MAX, UINT32_MAX}};
    for (uint64_t at = first;;) {
        /* The largest aligned block from here that does not reach beyond the end. */
        int bits = at == 0 ? 63 : __builtin_ctzll(at);
        while (bits > 0 && (UINT64_C(1) << bits) - 1 > last - at)
            bits--;
        if (at == 0 && last == UINT64_MAX) return (struct zorder_box){{0, 0}, {UINT32_MAX, UINT32_MAX}};
        const uint64_t end = at + ((UINT64_C(1) << bits) - 1);
        const uint32_t low[2] = {gather(at >> 1), gather(at)}, high[2] = {gather(end >> 1), gather(end)};
        for (int c = 0; c < 2; c++) {
            if (low[c] < box.min[c]) box.min[c] = low[c];
            if (high[c] > box.max[c]) box.max[c] = high[c];
        }
        if (end == last) return box;
        at = end + 1;
    }
}
