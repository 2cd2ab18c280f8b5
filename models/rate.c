/* rate.c: rates as curves; see rate.h for the shape.
 *
 * A curve is a table of bins, each with its mean and its slope, and the prefix sums of their integrals, so
 * that the integral from the table's start to any position is one look-up and a parabola inside one bin.
 */
#include "rate.h"

#include "arena.h"
#include "check.h"
#include "scenario.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

struct rate_curve {
    int n;
    double step_s;
    double length_s; /* n * step_s */
    double origin_s; /* position in the table of time 0 */
    bool repeats;
    double *mean;   /* of each bin */
    double *slope;  /* change of the rate across each bin */
    double *before; /* n + 1: integral of the bins before */
    double peak;
};

/* The monotonised central difference: none at a maximum or minimum, else no steeper than to reach a
 * neighbour's mean at the bin's edge. */
static double limited_slope(double left, double middle, double right)
{
    double a = middle - left, b = right - middle;
    if (a * b <= 0) return 0;
    double steepest = fmin(2 * fmin(fabs(a), fabs(b)), fabs(a + b) / 2);
    return a > 0 ? steepest : -steepest;
}

static struct rate_curve *make_curve(int n, double step_s, double origin_s, bool repeats, struct arena *arena)
{
    CHECK(n >= 1 && step_s > 0 && isfinite(step_s) && isfinite(origin_s), "a curve of %d bins of %g s", n,
          step_s);
    struct rate_curve *curve = ARENA_NEW(arena, struct rate_curve, 1);
    curve->n = n;
    curve->step_s = step_s;
    curve->length_s = n * step_s;
    curve->origin_s = origin_s;
    curve->repeats = repeats;
    curve->mean = ARENA_NEW(arena, double, (size_t)n);
    curve->slope = ARENA_NEW(arena, double, (size_t)n);
    curve->before = ARENA_NEW(arena, double, (size_t)n + 1);
    return curve;
}

/* Once every bin has its mean. */
static void finish_curve(struct rate_curve *curve)
{
    int n = curve->n;
    for (int i = 0; i < n; i++) {
        double here = curve->mean[i];
        CHECK(isfinite(here) && here >= 0, "bin %d of a curve has rate %g", i, here);
        double left = i > 0 ? curve->mean[i - 1] : curve->repeats ? curve->mean[n - 1] : here;
        double right = i < n - 1 ? curve->mean[i + 1] : curve->repeats ? curve->mean[0] : here;
        curve->slope[i] = limited_slope(left, here, right);
        curve->before[i + 1] = curve->before[i] + here * curve->step_s;
        curve->peak = fmax(curve->peak, here);
    }
}

const struct rate_curve *rate_curve(const struct scenario_rate *rate, double start_s, struct arena *arena)
{
    CHECK(rate->kind != RATE_DERIVED, "a derived rate needs its base's curve");
    if (rate->kind == RATE_CONSTANT) {
        struct rate_curve *curve = make_curve(1, 86400, 0, true, arena);
        curve->mean[0] = rate->peak_per_s;
        finish_curve(curve);
        return curve;
    }
    CHECK(rate->points && rate->points_n > 0, "a rate without points");
    bool profile = rate->kind == RATE_PROFILE;
    struct rate_curve *curve =
        make_curve(rate->points_n, rate->step_s, profile ? start_s : 0, profile, arena);
    for (int i = 0; i < curve->n; i++)
        curve->mean[i] = rate->points[i] * rate->peak_per_s;
    finish_curve(curve);
    return curve;
}

/* Integral from the table's start to position x, which may lie before it or behind its end. */
static double integral_to(const struct rate_curve *curve, double x)
{
    double total = curve->before[curve->n], whole = 0;
    if (curve->repeats) {
        double rounds = floor(x / curve->length_s);
        whole = rounds * total;
        x -= rounds * curve->length_s;
    } else if (x <= 0) {
        return x * curve->mean[0]; /* the first and last bins are flat */
    } else if (x >= curve->length_s) {
        return total + (x - curve->length_s) * curve->mean[curve->n - 1];
    }
    int i = (int)(x / curve->step_s);
    if (i >= curve->n) i = curve->n - 1; /* rounding at the very end */
    double f = x / curve->step_s - i;
    return whole + curve->before[i] +
           curve->step_s * (curve->mean[i] * f + curve->slope[i] * (f * f - f) / 2);
}

/* The bin of a position, and how far into it the position is (0..1). */
static int bin_of(const struct rate_curve *curve, double x, double *into)
{
    if (curve->repeats) x -= floor(x / curve->length_s) * curve->length_s;
    int i = x <= 0 ? 0 : x >= curve->length_s ? curve->n - 1 : (int)(x / curve->step_s);
    if (i >= curve->n) i = curve->n - 1;
    *into = fmin(fmax(x / curve->step_s - i, 0), 1);
    return i;
}

double rate_at(const struct rate_curve *curve, double t_s)
{
    double into;
    int i = bin_of(curve, curve->origin_s + t_s, &into);
    return curve->mean[i] + curve->slope[i] * (into - 0.5);
}

double rate_integral(const struct rate_curve *curve, double t0_s, double t1_s)
{
    CHECK(t0_s <= t1_s, "an integral from %g to %g", t0_s, t1_s);
    /* The difference of two large sums may round to just below nothing. */
    return fmax(0, integral_to(curve, curve->origin_s + t1_s) - integral_to(curve, curve->origin_s + t0_s));
}

double rate_max(const struct rate_curve *curve, double t0_s, double t1_s)
{
    CHECK(t0_s <= t1_s, "a maximum from %g to %g", t0_s, t1_s);
    if (curve->repeats && t1_s - t0_s >= curve->length_s) return curve->peak;
    double max = fmax(rate_at(curve, t0_s), rate_at(curve, t1_s));
    /* Inside a bin the curve is straight: only the edges in between can be higher. */
    double first = ceil((curve->origin_s + t0_s) / curve->step_s),
           last = floor((curve->origin_s + t1_s) / curve->step_s);
    if (!curve->repeats) {
        first = fmax(first, 0);
        last = fmin(last, curve->n);
    }
    for (double edge = first; edge <= last; edge++) {
        double wrapped = curve->repeats ? edge - floor(edge / curve->n) * curve->n : edge;
        int right = (int)wrapped, left = right - 1;
        if (left < 0) left = curve->repeats ? curve->n - 1 : 0;
        if (right >= curve->n) right = curve->repeats ? 0 : curve->n - 1;
        /* An edge that is t0 itself belongs to the bin on its right alone. */
        if (edge * curve->step_s > curve->origin_s + t0_s)
            max = fmax(max, curve->mean[left] + curve->slope[left] / 2);
        max = fmax(max, curve->mean[right] - curve->slope[right] / 2);
    }
    return max;
}

double rate_window_max(const struct rate_curve *curve, double width_s)
{
    CHECK(width_s > 0, "a window of %g s", width_s);
    double most = 0;
    for (int i = 0; i < curve->n; i++)
        for (int end = 0; end < 2; end++) {
            double from = i * curve->step_s - (end ? width_s : 0);
            if (!curve->repeats) from = fmax(0, fmin(from, curve->length_s - width_s));
            most = fmax(most, integral_to(curve, from + width_s) - integral_to(curve, from));
        }
    return most / width_s;
}

double rate_mean(const struct rate_curve *curve)
{
    return curve->before[curve->n] / curve->length_s;
}

double rate_peak(const struct rate_curve *curve)
{
    return curve->peak;
}

double rate_length_s(const struct rate_curve *curve)
{
    return curve->length_s;
}

/* --- derived curves --- */

struct atoms {
    int n;
    double weight[RATE_DELAY_ATOMS]; /* add up to 1 */
    double delay_s[RATE_DELAY_ATOMS];
};

enum { EVEN_CLASSES = 256, TAIL_CLASSES = RATE_DELAY_ATOMS - EVEN_CLASSES };

/* The chance to be above the k-th of RATE_DELAY_ATOMS + 1 class edges: even steps, and then the last step cut
 * into ever smaller ones (each 0.71 of the one before, down to 1e-12), since a long tail matters when the
 * rate moves. */
static double chance_above(int k)
{
    if (k < EVEN_CLASSES) return 1 - (double)k / EVEN_CLASSES;
    return k == RATE_DELAY_ATOMS ? 0 : pow(2, -0.5 * (k - EVEN_CLASSES + 1)) / EVEN_CLASSES;
}

/* The delay as point masses, one for each class, at the class's own mean. */
static void make_atoms(const struct distribution *after, struct atoms *atoms)
{
    double sigma = 0;
    if (after->kind == DISTRIBUTION_LOGNORMAL)
        sigma = log(after->p99 / after->median) / gsl_cdf_ugaussian_Pinv(0.99);
    if (after->kind == DISTRIBUTION_CONSTANT || (after->kind == DISTRIBUTION_LOGNORMAL && sigma <= 0)) {
        atoms->n = 1;
        atoms->weight[0] = 1;
        atoms->delay_s[0] = after->kind == DISTRIBUTION_CONSTANT ? after->value : after->median;
        return;
    }
    bool lognormal = after->kind == DISTRIBUTION_LOGNORMAL;
    double mean = lognormal ? after->median * exp(sigma * sigma / 2) : after->value;
    /* The share of the mean that comes from delays above the edge: 1 at the lowest, 0 at the highest. */
    double above = 1;
    atoms->n = RATE_DELAY_ATOMS;
    for (int k = 0; k < RATE_DELAY_ATOMS; k++) {
        double q = chance_above(k + 1), above_next = 0;
        if (q > 0)
            above_next =
                lognormal ? gsl_cdf_ugaussian_Q(gsl_cdf_ugaussian_Qinv(q) - sigma) : q * (1 - log(q));
        atoms->weight[k] = chance_above(k) - q;
        atoms->delay_s[k] = mean * (above - above_next) / atoms->weight[k];
        above = above_next;
    }
}

/* Tabulated from from_s on. */
static const struct rate_curve *derived(const struct rate_curve *base, double times, const struct distribution *after,
                                        double from_s, double duration_s, int bins_max, struct arena *arena)
{
    CHECK(duration_s > 0 && times >= 0, "a derived curve of %g s, times %g", duration_s, times);
    double step_s = fmax(1, duration_s / bins_max);
    int n = (int)ceil(duration_s / step_s - 1e-9);
    if (n < 1) n = 1;
    struct rate_curve *curve = make_curve(n, step_s, -from_s, false, arena);
    struct atoms *atoms = ARENA_NEW(arena, struct atoms, 1);
    make_atoms(after, atoms);
    /* The mean over a bin of the base, one delay later, is a difference of the base's integral: no error but
     * the delay's. Each class's events are added to every bin. */
    for (int k = 0; k < atoms->n; k++) {
        double at = base->origin_s + from_s - atoms->delay_s[k];
        double left = integral_to(base, at), scale = times * atoms->weight[k] / step_s;
        for (int i = 0; i < n; i++) {
            double right = integral_to(base, at + (i + 1) * step_s);
            curve->mean[i] += scale * fmax(0, right - left);
            left = right;
        }
    }
    finish_curve(curve);
    return curve;
}

const struct rate_curve *rate_curve_derived(const struct rate_curve *base, double times,
                                            const struct distribution *after, double duration_s,
                                            struct arena *arena)
{
    return derived(base, times, after, 0, duration_s, RATE_DERIVED_BINS_MAX, arena);
}

const struct rate_curve *rate_of_stream(const struct scenario *scenario, int stream, struct arena *arena)
{
    CHECK(stream >= 0 && stream < scenario->streams_n, "stream %d of %d", stream, scenario->streams_n);
    const struct scenario_rate *rate = &scenario->streams[stream].rate;
    if (rate->kind != RATE_DERIVED) return rate_curve(rate, (double)scenario->run.start_ns / 1e9, arena);
    return rate_curve_derived(rate_of_stream(scenario, rate->of, arena), rate->times, &rate->after,
                              (double)scenario->run.duration_ns / 1e9, arena);
}

const struct rate_curve *rate_of_stream_before(const struct scenario *scenario, int stream, double past_s,
                                               struct arena *arena)
{
    const struct scenario_rate *rate = &scenario->streams[stream].rate;
    if (rate->kind != RATE_DERIVED) return rate_of_stream(scenario, stream, arena);
    return derived(rate_of_stream_before(scenario, rate->of, past_s, arena), rate->times, &rate->after, -past_s, past_s,
                   RATE_PAST_BINS_MAX, arena);
}

const struct rate_curve *rate_of_month(const struct scenario *scenario, struct arena *arena)
{
    return rate_curve(&scenario->month.rate, 0, arena);
}
