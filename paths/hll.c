/* hll.c: see hll.h. */
#include "hll.h"

#include "mix.h"

#include <math.h>

void hll_add(uint8_t *registers, int precision, uint64_t item)
{
    const uint64_t hash = mix64(item);
    const uint64_t rest = hash << precision;
    /* Leading zeros of the 64 - precision bits after the index, and one. */
    const int rank = rest == 0 ? 65 - precision : __builtin_clzll(rest) + 1;
    uint8_t *r = &registers[hash >> (64 - precision)];
    if (rank > *r) *r = (uint8_t)rank;
}

void hll_merge(uint8_t *into, const uint8_t *from, int precision)
{
    for (size_t i = 0; i < hll_bytes(precision); i++)
        into[i] = into[i] > from[i] ? into[i] : from[i];
}

/* x + sum of x^(2^k) 2^(k-1): what the empty registers say. */
static double sigma(double x)
{
    if (x == 1) return INFINITY;
    double y = 1, z = x;
    for (double before = -1; z != before;) {
        x *= x;
        before = z;
        z += x * y;
        y += y;
    }
    return z;
}

/* And the full ones. */
static double tau(double x)
{
    if (x == 0 || x == 1) return 0;
    double y = 1, z = 1 - x;
    for (double before = -1; z != before;) {
        x = sqrt(x);
        before = z;
        y *= 0.5;
        z -= (1 - x) * (1 - x) * y;
    }
    return z / 3;
}

double hll_estimate(const uint8_t *registers, int precision)
{
    enum { RANKS = 66 };
    int64_t with[RANKS] = {0};
    const double m = (double)hll_bytes(precision);
    const int most = 65 - precision;
    for (size_t i = 0; i < hll_bytes(precision); i++)
        with[registers[i] < RANKS ? registers[i] : RANKS - 1]++;
    double z = m * tau(1 - (double)with[most] / m);
    for (int rank = most - 1; rank >= 1; rank--)
        z = 0.5 * (z + (double)with[rank]);
    z += m * sigma((double)with[0] / m);
    return m * m / (2 * log(2) * z);
}
