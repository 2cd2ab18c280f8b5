/* test_censored.c: quantiles with times that have not ended, against Kaplan-Meier curves by hand and by brute force. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "arena.h"
#include "censored.h"
#include "histogram.h"
#include "philox.h"

static struct histogram *histogram_of(struct arena *arena, const double *values, int n)
{
    struct histogram *h = ARENA_NEW(arena, struct histogram, 1);
    histogram_init(h, arena, 1e-4, 1e5, 0.0005);
    for (int i = 0; i < n; i++)
        histogram_add(h, values[i], 1);
    return h;
}

#define assert_near(value, expected, tolerance)                                                              \
    do {                                                                                                     \
        const double value_ = (value), expected_ = (expected);                                               \
        if (!(fabs(value_ - expected_) <= (tolerance))) fail_msg("%.9g, expected %.9g", value_, expected_);  \
    } while (0)

/* Remission times of 21 patients under 6-MP (Freireich et al. 1963), the curve's textbook case: the median is 23 weeks, a
 * quarter had a relapse by 13, and the curve never falls below 0.448. */
static void the_textbook_s_case(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    static const double ended[] = {6, 6, 6, 7, 10, 13, 16, 22, 23};
    static const double open[] = {6.0001, 9, 10.0001, 11, 17, 19, 20, 25, 32, 32, 34, 35};
    struct histogram *h = histogram_of(arena, ended, 9);
    /* At each relapse the curve falls to 0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448. */
    static const struct {
        double q, value;
    } points[] = {{0.14, 6}, {0.19, 7}, {0.245, 10}, {0.305, 13}, {0.37, 16}, {0.455, 22}, {0.55, 23}};
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++)
        assert_near(censored_quantile(h, open, 12, 0, points[i].q, NULL), points[i].value, 0.02);
    assert_true(isinf(censored_quantile(h, open, 12, 0, 0.56, NULL)));
    double below;
    assert_near(censored_quantile(h, open, 12, 0, 0.5, &below), 23, 0.02);
    assert_true(below > 8.0 / 9 - 1e-9 && below <= 1);
    arena_free(arena);
}

static void nothing_open_changes_nothing(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    double values[500];
    for (int i = 0; i < 500; i++)
        values[i] = 1 + i;
    struct histogram *h = histogram_of(arena, values, 500);
    for (int i = 0; i <= 100; i++)
        assert_near(censored_quantile(h, NULL, 0, 0, i / 100.0, NULL), histogram_quantile(h, i / 100.0), 1e-9);
    /* Half as many that never end: two thirds are known. */
    assert_near(censored_quantile(h, NULL, 0, 250, 0.6, NULL), histogram_quantile(h, 0.9), 1e-6);
    assert_true(isinf(censored_quantile(h, NULL, 0, 250, 0.67, NULL)));
    /* Younger than all that ended: they say nothing. Older than all: they are beyond. */
    double young[100], old[100];
    for (int i = 0; i < 100; i++)
        young[i] = 0.5, old[i] = 1000;
    assert_near(censored_quantile(h, young, 100, 0, 0.5, NULL), histogram_quantile(h, 0.5), 1e-6);
    assert_near(censored_quantile(h, old, 100, 0, 0.5, NULL), histogram_quantile(h, 0.6), 1e-6);
    assert_true(isinf(censored_quantile(h, old, 100, 0, 0.84, NULL)));
    struct histogram *none = histogram_of(arena, NULL, 0);
    assert_true(isnan(censored_quantile(none, NULL, 0, 0, 0.5, NULL)));
    assert_true(isinf(censored_quantile(none, young, 100, 0, 0.5, NULL)));
    arena_free(arena);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Times that are exponential, watched for times of their own: the truth is known, and leaving the open ones out is not it. */
static void the_truth_is_found(void **state)
{
    (void)state;
    enum { N = 20000 };
    struct arena *arena = arena_new(0);
    struct philox philox = philox_named(1, "censored");
    static double ended[N], open[N];
    int ended_n = 0, open_n = 0;
    for (int i = 0; i < N; i++) {
        const double u = ((double)(philox_next_u64(&philox) >> 11) + 0.5) / 9007199254740992.0;
        const double v = ((double)(philox_next_u64(&philox) >> 11) + 0.5) / 9007199254740992.0;
        const double takes = -log(u), watched = 3 * v;
        if (takes <= watched)
            ended[ended_n++] = takes;
        else
            open[open_n++] = watched;
    }
    qsort(open, (size_t)open_n, sizeof open[0], ascending);
    struct histogram *h = histogram_of(arena, ended, ended_n);
    for (int i = 1; i <= 9; i++) {
        const double q = i / 10.0, truth = -log(1 - q), found = censored_quantile(h, open, open_n, 0, q, NULL);
        assert_near(found, truth, 0.06 * truth + 0.01);
        if (i >= 5) assert_true(histogram_quantile(h, q) < 0.8 * truth);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_textbook_s_case),
        cmocka_unit_test(nothing_open_changes_nothing),
        cmocka_unit_test(the_truth_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
