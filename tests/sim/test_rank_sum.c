/* Mann and Whitney's test against enumeration, published tables and itself; Holm's adjustment. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "philox.h"
#include "rank_sum.h"

static double u_of(const double *x, int n, const double *y, int m)
{
    double u = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++)
            u += y[j] > x[i] ? 1 : y[j] == x[i] ? 0.5 : 0;
    return u;
}

/* p by trying every way to deal the values into two samples. */
static double p_by_hand(const double *x, int n, const double *y, int m)
{
    double all[16], a[16], b[16], low = 0, high = 0, ways = 0;
    const double seen = u_of(x, n, y, m);
    for (int i = 0; i < n + m; i++)
        all[i] = i < n ? x[i] : y[i - n];
    for (unsigned bits = 0; bits < 1u << (n + m); bits++) {
        int an = 0, bn = 0;
        for (int i = 0; i < n + m; i++) {
            if (bits >> i & 1)
                b[bn++] = all[i];
            else
                a[an++] = all[i];
        }
        if (bn != m) continue;
        const double u = u_of(a, an, b, bn);
        ways++;
        low += u <= seen;
        high += u >= seen;
    }
    return fmin(1, 2 * fmin(low, high) / ways);
}

static void against_enumeration(void **state)
{
    (void)state;
    struct philox draws = philox_named(1, "rank_sum");
    for (int round = 0; round < 300; round++) {
        const int n = 1 + (int)philox_below(&draws, 6), m = 1 + (int)philox_below(&draws, 6);
        const uint64_t values = 2 + philox_below(&draws, 30); /* few: many ties */
        double x[8], y[8];
        for (int i = 0; i < n; i++)
            x[i] = (double)philox_below(&draws, values);
        for (int j = 0; j < m; j++)
            y[j] = (double)philox_below(&draws, values) + (double)(round % 3);
        const struct rank_sum test = rank_sum_test(x, n, y, m);
        assert_true(test.exact);
        assert_true(fabs(test.u - u_of(x, n, y, m)) < 1e-12);
        assert_true(fabs(test.superiority - test.u / (n * m)) < 1e-12);
        assert_true(fabs(test.p - p_by_hand(x, n, y, m)) < 1e-12);
    }
}

/* Tables of the two-sided test at 0.05: U at most 23 for 10 and 10, 2 for 5 and 5, 127 for 20 and 20. */
static void against_tables(void **state)
{
    (void)state;
    static const struct {
        int n, critical;
    } rows[] = {{5, 2}, {10, 23}, {20, 127}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        const int n = rows[r].n;
        for (int off = 0; off < 2; off++) {
            /* All y below all x, then one after the other raised until U is what is wanted. */
            double x[20], y[20];
            int u = rows[r].critical + off;
            for (int i = 0; i < n; i++)
                x[i] = 2 * i + 1;
            for (int j = n - 1; j >= 0; j--) {
                const int above = u < n ? u : n;
                y[j] = 2 * above + 0.001 * j;
                u -= above;
            }
            const struct rank_sum test = rank_sum_test(x, n, y, n);
            assert_true(test.u == rows[r].critical + off);
            assert_true((test.p <= 0.05) == (off == 0));
        }
    }
    assert_true(fabs(rank_sum_least_p(7, 7) - 2.0 / 3432) < 1e-12);
    assert_int_equal(rank_sum_needed(0.05), 4); /* 2 / 70 */
    assert_int_equal(rank_sum_needed(0.05 / 60), 7);
    assert_int_equal(rank_sum_needed(0.05 / 90), 8); /* 2 / 3432 is more than that */
}

/* Beyond what is enumerated the normal distribution takes over without a step. */
static void large_samples(void **state)
{
    (void)state;
    struct philox draws = philox_named(2, "rank_sum");
    double x[64], y[64];
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 33; i++) {
            x[i] = (double)philox_below(&draws, 1000);
            y[i] = (double)philox_below(&draws, 1000) + 20 * round;
        }
        const struct rank_sum exact = rank_sum_test(x, 32, y, 32), normal = rank_sum_test(x, 33, y, 33);
        assert_true(exact.exact && !normal.exact);
        assert_true(fabs(log10(exact.p) - log10(normal.p)) < 0.5 + 0.15 * fabs(log10(exact.p)));
    }
}

/* Of samples of one law, 5 % are called different at 0.05, and the interval holds 1 in 95 %; of a law 10 %
 * larger it holds 1.1. */
static void right_as_often_as_it_says(void **state)
{
    (void)state;
    enum { ROUNDS = 2000, N = 12 };
    struct philox draws = philox_named(3, "rank_sum");
    int called = 0, held = 0, held_larger = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double x[N], y[N], larger[N];
        for (int i = 0; i < N; i++) {
            x[i] = exp(0.1 * (double)philox_below(&draws, 1000000) * 1e-6);
            y[i] = exp(0.1 * (double)philox_below(&draws, 1000000) * 1e-6);
            larger[i] = 1.1 * y[i];
        }
        called += rank_sum_test(x, N, y, N).p <= 0.05;
        const struct rank_ratio same = rank_sum_ratio(x, N, y, N, 0.95),
                                more = rank_sum_ratio(x, N, larger, N, 0.95);
        held += same.low <= 1 && 1 <= same.high;
        held_larger += more.low <= 1.1 && 1.1 <= more.high;
        assert_true(same.low <= same.ratio && same.ratio <= same.high);
        assert_true(fabs(more.ratio / same.ratio - 1.1) < 1e-9);
    }
    assert_true(called > ROUNDS * 0.03 && called <= ROUNDS * 0.06);
    assert_true(held >= ROUNDS * 0.94 && held < ROUNDS * 0.98);
    assert_true(held_larger >= ROUNDS * 0.94 && held_larger < ROUNDS * 0.98);
}

static void few_know_no_interval(void **state)
{
    (void)state;
    const double x[] = {1, 2, 3}, y[] = {2, 4, 6};
    const struct rank_ratio ratio = rank_sum_ratio(x, 3, y, 3, 0.95);
    assert_true(fabs(ratio.ratio - 2) < 1e-12);
    assert_true(ratio.low == 0 && isinf(ratio.high));
}

/* Holm 1979: 0.01, 0.02, 0.03, 0.005 of four tests. */
static void holm(void **state)
{
    (void)state;
    double p[] = {0.01, 0.04, 0.03, 0.005};
    const double wanted[] = {0.03, 0.06, 0.06, 0.02};
    rank_sum_holm(p, 4);
    for (int i = 0; i < 4; i++)
        assert_true(fabs(p[i] - wanted[i]) < 1e-12);
    double one[] = {0.7, 0.9};
    rank_sum_holm(one, 2);
    assert_true(one[0] == 1 && one[1] == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(against_enumeration),  cmocka_unit_test(against_tables),
        cmocka_unit_test(large_samples),        cmocka_unit_test(right_as_often_as_it_says),
        cmocka_unit_test(few_know_no_interval), cmocka_unit_test(holm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
