/* test_rate.c: curves keep the means they are given, reach their peak, integrate exactly, and convolve
 * rightly. */
#include "scenario_fixture.h"

#include "rate.h"

#include <math.h>

#define PI 3.14159265358979323846

static void assert_near(double found, double expected, double tolerance, const char *what)
{
    if (fabs(found - expected) <= tolerance * fmax(1, fabs(expected))) return;
    fail_msg("%s is %.17g, not %.17g", what, found, expected);
}

/* An independent integral: the trapezoid rule on a grid so fine that a straight piece is nearly exact. */
static double integral_by_sums(const struct rate_curve *curve, double t0, double t1, int n)
{
    double sum = 0, h = (t1 - t0) / n;
    for (int i = 0; i < n; i++)
        sum += rate_at(curve, t0 + (i + 0.5) * h) * h;
    return sum;
}

static const double spiky[] = {0.1, 0.2, 0.9, 1.0, 0.3, 0.3, 0.0, 0.0, 0.7, 0.05, 0.06, 0.08};
enum { SPIKY_N = 12 };

static struct scenario_rate profile_of(const double *points, int n, double step_s, double peak)
{
    return (struct scenario_rate){.kind = RATE_PROFILE,
                                  .peak_per_s = peak,
                                  .points = points,
                                  .points_n = n,
                                  .step_s = step_s,
                                  .of = -1};
}

static void test_constant(void **state)
{
    struct fixture *f = *state;
    struct scenario_rate rate = {.kind = RATE_CONSTANT, .peak_per_s = 250, .of = -1};
    const struct rate_curve *curve = rate_curve(&rate, 64800, f->arena);
    for (double t = -1e5; t < 1e6; t += 12345.678)
        assert_near(rate_at(curve, t), 250, 0, "the rate");
    assert_near(rate_integral(curve, -3, 1e6), 250 * 1000003.0, 1e-12, "the integral");
    assert_near(rate_mean(curve), 250, 1e-15, "the mean");
    assert_near(rate_max(curve, 5, 7), 250, 0, "the maximum");
    assert_near(rate_integral(curve, 7, 7), 0, 0, "an empty integral");
}

static void test_bins_keep_their_means_and_peak(void **state)
{
    struct fixture *f = *state;
    struct scenario_rate rate = profile_of(spiky, SPIKY_N, 7200, 5000);
    const struct rate_curve *curve = rate_curve(&rate, 0, f->arena);
    double total = 0;
    for (int i = 0; i < SPIKY_N; i++) {
        assert_near(rate_integral(curve, i * 7200, (i + 1) * 7200), spiky[i] * 5000 * 7200, 1e-12, "a bin");
        total += spiky[i] * 5000 / SPIKY_N;
    }
    assert_near(rate_mean(curve), total, 1e-12, "the mean");
    assert_near(rate_length_s(curve), 86400, 0, "the length");
    double highest = 0;
    for (double t = 0; t < 86400; t += 7.3) {
        double at = rate_at(curve, t);
        assert_true(at >= 0 && at <= 5000);
        highest = fmax(highest, at);
    }
    assert_near(highest, 5000, 0, "the highest value"); /* reached for real, not exceeded */
    assert_near(rate_peak(curve), 5000, 0, "the peak");
    assert_near(rate_at(curve, 3.5 * 7200), 5000, 0, "the peak bin");
}

static void test_even_slope_is_exact(void **state)
{
    struct fixture *f = *state;
    double points[24];
    for (int i = 0; i < 24; i++)
        points[i] = (i + 1) / 24.0;
    struct scenario_rate rate = profile_of(points, 24, 3600, 24);
    const struct rate_curve *curve = rate_curve(&rate, 0, f->arena);
    /* Away from the turn, the line through the bins' centres. */
    for (double t = 3600; t < 23 * 3600; t += 250)
        assert_near(rate_at(curve, t), t / 3600 + 0.5, 1e-12, "the line");
}

static void test_repeats_and_starts_in_the_day(void **state)
{
    struct fixture *f = *state;
    struct scenario_rate rate = profile_of(spiky, SPIKY_N, 7200, 1000);
    const struct rate_curve *midnight = rate_curve(&rate, 0, f->arena),
                            *evening = rate_curve(&rate, 64800, f->arena);
    for (double t = -200000; t < 300000; t += 777.7) {
        assert_near(rate_at(evening, t), rate_at(midnight, t + 64800), 1e-9, "the evening");
        assert_near(rate_at(midnight, t), rate_at(midnight, t + 86400), 1e-9, "tomorrow");
    }
    assert_near(rate_integral(evening, -86400, 2 * 86400), 3 * 86400 * rate_mean(midnight), 1e-12,
                "three days");
    assert_near(rate_integral(evening, 1000, 31000), rate_integral(midnight, 65800, 95800), 1e-12,
                "across midnight");
}

static void test_integral_and_maximum_agree_with_sums(void **state)
{
    struct fixture *f = *state;
    struct scenario_rate rate = profile_of(spiky, SPIKY_N, 7200, 1000);
    const struct rate_curve *curve = rate_curve(&rate, 12345, f->arena);
    for (int i = 0; i < 40; i++) {
        double t0 = -50000 + i * 7919.3, t1 = t0 + 100 + i * 2011.7;
        assert_near(rate_integral(curve, t0, t1), integral_by_sums(curve, t0, t1, 200000), 2e-5,
                    "the integral");
        double middle = t0 + (t1 - t0) * 0.37;
        assert_near(rate_integral(curve, t0, middle) + rate_integral(curve, middle, t1),
                    rate_integral(curve, t0, t1), 1e-12, "two parts");
        double max = rate_max(curve, t0, t1), seen = 0;
        for (int k = 0; k <= 20000; k++)
            seen = fmax(seen, rate_at(curve, t0 + (t1 - t0) * k / 20000));
        assert_true(max >= seen - 1e-9);
        assert_near(max, seen, 2e-2, "the maximum");
    }
    assert_near(rate_max(curve, 0, 86400), 1000, 0, "the maximum of a day");
}

static void test_trace_does_not_repeat(void **state)
{
    struct fixture *f = *state;
    struct scenario_rate rate = profile_of(spiky, SPIKY_N, 60, 600);
    rate.kind = RATE_TRACE;
    const struct rate_curve *curve = rate_curve(&rate, 64800, f->arena); /* the time of day does not apply */
    assert_near(rate_integral(curve, 0, 60), 0.1 * 600 * 60, 1e-12, "its first minute");
    assert_near(rate_integral(curve, -100, 0), 0.1 * 600 * 100, 1e-12, "before it");
    assert_near(rate_integral(curve, 720, 820), 0.08 * 600 * 100, 1e-12, "after it");
    assert_near(rate_at(curve, 1e6), 48, 1e-12, "long after it");
    assert_near(rate_max(curve, -1e6, 1e6), 600, 0, "its maximum");
    assert_near(rate_max(curve, 800, 900), 48, 1e-12, "the maximum after it");
}

static const struct distribution delays[] = {
    {.kind = DISTRIBUTION_CONSTANT, .value = 0},
    {.kind = DISTRIBUTION_CONSTANT, .value = 42.5},
    {.kind = DISTRIBUTION_EXPONENTIAL, .value = 30},
    {.kind = DISTRIBUTION_LOGNORMAL, .median = 4, .p99 = 120},
    {.kind = DISTRIBUTION_LOGNORMAL, .median = 5, .p99 = 5},
};

static double mean_delay(const struct distribution *d)
{
    if (d->kind != DISTRIBUTION_LOGNORMAL) return d->value;
    double sigma = log(d->p99 / d->median) / 2.3263478740408408;
    return d->median * exp(sigma * sigma / 2);
}

static void test_derived_from_a_constant(void **state)
{
    struct fixture *f = *state;
    struct scenario_rate rate = {.kind = RATE_CONSTANT, .peak_per_s = 1e6, .of = -1};
    const struct rate_curve *base = rate_curve(&rate, 0, f->arena);
    for (size_t i = 0; i < COUNT_OF(delays); i++) {
        const struct rate_curve *curve = rate_curve_derived(base, 0.012, &delays[i], 600, f->arena);
        for (double t = 0; t <= 600; t += 3.7)
            assert_near(rate_at(curve, t), 12000, 1e-9, "what follows a constant");
    }
}

/* What follows a straight line is the line a mean delay later: a test of the delay's mean, tail included. */
static void test_derived_from_a_line(void **state)
{
    struct fixture *f = *state;
    enum { N = 86400 / 60 };
    double *points = ARENA_NEW(f->arena, double, N);
    for (int i = 0; i < N; i++)
        points[i] = (i + 0.5) / N;
    struct scenario_rate rate = profile_of(points, N, 60, 1);
    const struct rate_curve *base = rate_curve(&rate, 50000, f->arena);
    for (size_t i = 0; i < COUNT_OF(delays); i++) {
        const struct rate_curve *curve = rate_curve_derived(base, 2, &delays[i], 10000, f->arena);
        for (double t = 1.5; t < 9999; t += 911) /* the table's first and last seconds are flat */
            assert_near(rate_at(curve, t), 2 * (50000 + t - mean_delay(&delays[i])) / 86400, 1e-6,
                        "what follows a line");
    }
}

/* What follows a step rises as the delay's distribution function: checked against its closed forms. */
static void test_derived_from_a_step(void **state)
{
    struct fixture *f = *state;
    enum { N = 2000 };
    double *points = ARENA_NEW(f->arena, double, N);
    for (int i = 0; i < N; i++)
        points[i] = i < 100 ? 0 : 1;
    struct scenario_rate rate = profile_of(points, N, 1, 1000);
    rate.kind = RATE_TRACE;
    const struct rate_curve *base = rate_curve(&rate, 0, f->arena);
    const struct rate_curve *exponential = rate_curve_derived(base, 1, &delays[2], N, f->arena);
    const struct rate_curve *lognormal = rate_curve_derived(base, 1, &delays[3], N, f->arena);
    double sigma = log(30) / 2.3263478740408408;
    for (int t = 101; t < N - 1; t++) {
        /* At a bin's centre the curve is the bin's mean, half a second later is close enough for a slow
         * function. */
        double u = t + 0.5 - 100;
        assert_near(rate_at(exponential, t + 0.5), 1000 * (1 - exp(-u / 30)), 4e-3, "an exponential step");
        assert_near(rate_at(lognormal, t + 0.5), 1000 * 0.5 * erfc(-log(u / 4) / sigma / sqrt(2)), 2e-2,
                    "a lognormal step");
    }
    assert_near(rate_at(lognormal, 50), 0, 0, "before the step");
    /* No event is lost: those that have not followed yet are the mean delay's worth. */
    double followed = rate_integral(exponential, 0, N), led = rate_integral(base, 0, N);
    assert_near(led - followed, 1000 * 30, 1e-3, "events still to follow");
}

/* Against a plain convolution by sums, on the real profile. */
static void test_derived_against_plain_convolution(void **state)
{
    struct fixture *f = *state;
    char *text =
        replaced(f, small_scenario, "\"duration\": \"10m\"", "\"start\": \"19:30\", \"duration\": \"2h\"");
    text = replaced(f, text, "\"rate\": \"2k/s\"",
                    "\"rate\": {\"profile\": \"wc98-1998-06-30\", \"peak\": \"1.04M/s\"}");
    const struct scenario *scenario = load_good(
        f, replaced(f, text, "\"times\": 0.5",
                    "\"times\": 0.012, \"after\": {\"lognormal\": {\"median\": \"4s\", \"p99\": \"2m\"}}"));
    const struct rate_curve *base = rate_of_stream(scenario, 0, f->arena),
                            *curve = rate_of_stream(scenario, 1, f->arena);
    double sigma = log(30) / 2.3263478740408408;
    for (int i = 0; i < 20; i++) {
        double t = i * 359 + 0.5, sum = 0, weights = 0;
        for (double z = -8; z < 8; z += 0.002) { /* over the delay's normal score */
            double weight = exp(-z * z / 2) / sqrt(2 * PI) * 0.002;
            sum += weight * rate_at(base, t - 4 * exp(sigma * z));
            weights += weight;
        }
        assert_near(weights, 1, 1e-9, "the weights");
        assert_near(rate_at(curve, t), 0.012 * sum, 2e-4, "the convolution");
    }
}

static void test_long_runs_are_bounded(void **state)
{
    struct fixture *f = *state;
    struct scenario_rate rate = profile_of(spiky, SPIKY_N, 7200, 1000);
    const struct rate_curve *base = rate_curve(&rate, 0, f->arena);
    double month = 30 * 86400;
    const struct rate_curve *curve = rate_curve_derived(base, 1, &delays[3], month, f->arena);
    assert_near(rate_length_s(curve), month, 1e-9, "the length");
    assert_near(rate_integral(curve, 0, month), rate_integral(base, 0, month), 1e-4, "the month's events");
}

static void test_the_real_day(void **state)
{
    struct fixture *f = *state;
    const struct scenario *scenario =
        load_good(f, replaced(f,
                              replaced(f, small_scenario, "\"rate\": \"2k/s\"",
                                       "\"rate\": {\"profile\": \"wc98-1998-06-30\", \"peak\": \"1.04M/s\"}"),
                              "\"duration\": \"10m\"", "\"start\": \"18:00\", \"duration\": \"4h\""));
    const struct rate_curve *curve = rate_of_stream(scenario, 0, f->arena);
    assert_near(rate_peak(curve), 1.04e6, 1e-12, "the peak");
    assert_near(rate_max(curve, 0, 4 * 3600), 1.04e6, 1e-12, "the peak inside the run");
    assert_near(rate_mean(curve), 0.2473 * 1.04e6, 1e-3,
                "the day's mean"); /* mean_over_peak as the source has it */
    /* 18:00 begins bin 216. */
    assert_near(rate_integral(curve, 0, 300), 1.04e6 * 300 * scenario->streams[0].rate.points[216], 1e-9,
                "the first bin");
    /* The month defaults to the workload's profiles: the day's mean of views and half as many clicks. */
    assert_false(scenario->month.given);
    assert_near(rate_mean(rate_of_month(scenario, f->arena)), 1.5 * rate_mean(curve), 1e-9, "the month");
}

/* The run's curve, had it begun earlier: for derived streams too, which have a table of their own before the run. */
static void test_before_the_run(void **state)
{
    struct fixture *f = *state;
    static const char *const starts[] = {"14:00", "18:00"};
    const struct scenario *scenarios[2];
    for (int i = 0; i < 2; i++)
        scenarios[i] = load_good(
            f, replaced(f,
                        replaced(f, small_scenario, "\"rate\": \"2k/s\"",
                                 "\"rate\": {\"profile\": \"wc98-1998-06-30\", \"peak\": \"1.04M/s\"}"),
                        "\"duration\": \"10m\"",
                        arena_printf(f->arena, "\"start\": \"%s\", \"duration\": \"4h\"", starts[i])));
    for (int stream = 0; stream < 2; stream++) {
        assert_int_equal(scenarios[0]->streams[stream].rate.kind == RATE_DERIVED, stream);
        const struct rate_curve *run = rate_of_stream(scenarios[0], stream, f->arena);
        const struct rate_curve *before = rate_of_stream_before(scenarios[1], stream, 4 * 3600, f->arena);
        for (int t = 0; t < 4 * 3600; t += 600)
            assert_near(rate_integral(before, t - 4 * 3600, t + 600 - 4 * 3600), rate_integral(run, t, t + 600), 1e-4,
                        "ten minutes");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_constant, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bins_keep_their_means_and_peak, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_even_slope_is_exact, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_repeats_and_starts_in_the_day, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_integral_and_maximum_agree_with_sums, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_trace_does_not_repeat, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_derived_from_a_constant, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_derived_from_a_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_derived_from_a_step, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_derived_against_plain_convolution, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_runs_are_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_real_day, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_before_the_run, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
