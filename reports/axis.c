/* axis.c: see axis.h. */
#include "axis.h"

#include "check.h"

#include <math.h>
#include <stdio.h>

/* "0", "250", "1.5k", "20M", "3G"; "0", "250 B", "1.5 kB", "3 GB": exact for the steps used here. */
static void label_count(enum axis_kind kind, double value, char *label)
{
    static const struct {
        double size;
        const char *suffix;
    } scales[] = {{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}, {0, ""}};
    const char *gap = kind == AXIS_BYTES && value > 0 ? " " : "", *unit = kind == AXIS_BYTES && value > 0 ? "B" : "";
    int i = 0;
    while (value < scales[i].size)
        i++;
    double scale = scales[i].size > 0 ? scales[i].size : 1;
    snprintf(label, AXIS_LABEL_SIZE, "%.4g%s%s%s", value / scale, gap, scales[i].suffix, unit);
}

static void label_duration(double seconds, char *label)
{
    if (seconds == 0)
        snprintf(label, AXIS_LABEL_SIZE, "0");
    else if (seconds < 1e-3)
        snprintf(label, AXIS_LABEL_SIZE, "%.4g us", seconds * 1e6);
    else if (seconds < 1)
        snprintf(label, AXIS_LABEL_SIZE, "%.4g ms", seconds * 1e3);
    else if (seconds < 120 && fmod(seconds, 60) != 0)
        snprintf(label, AXIS_LABEL_SIZE, "%.4g s", seconds);
    else if (seconds < 7200 && fmod(seconds, 3600) != 0)
        snprintf(label, AXIS_LABEL_SIZE, "%.4g min", seconds / 60);
    else if (seconds < 172800 && fmod(seconds, 86400) != 0)
        snprintf(label, AXIS_LABEL_SIZE, "%.4g h", seconds / 3600);
    else
        snprintf(label, AXIS_LABEL_SIZE, "%.4g d", seconds / 86400);
}

static void add_tick(struct axis *axis, double value, const char *label)
{
    CHECK(axis->ticks_n < AXIS_TICKS_MAX, "an axis to %g has too many ticks", axis->max);
    axis->tick[axis->ticks_n] = value;
    snprintf(axis->label[axis->ticks_n], AXIS_LABEL_SIZE, "%.*s", AXIS_LABEL_SIZE - 1, label);
    axis->ticks_n++;
}

/* The smallest step of 1, 2, 5 x 10^k with at most `most` of them in `length`. */
static double decimal_step(double length, int most)
{
    double power = pow(10, floor(log10(length / most)));
    const double factors[] = {1, 2, 5, 10};
    for (int i = 0; i < 4; i++) {
        if (length / (factors[i] * power) <= most) return factors[i] * power;
    }
    return 20 * power;
}

/* The same among the steps that clocks have. */
static double clock_step(double length, int most)
{
    static const double steps[] = {1,     2,     5,     10,    15,    20,     30,    60,
                                   120,   300,   600,   900,   1200,  1800,   3600,  7200,
                                   10800, 14400, 21600, 43200, 86400, 172800, 604800};
    if (length / most < 0.5) return decimal_step(length, most);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (length / steps[i] <= most) return steps[i];
    }
    return 604800 * decimal_step(length / 604800, most);
}

static void fit_linear(struct axis *axis, enum axis_kind kind, double top)
{
    if (!(top > 0)) top = 1;
    double step = kind == AXIS_DURATION ? clock_step(top, 6) : decimal_step(top, 6);
    if (kind != AXIS_DURATION && step < 1 && top >= 1) step = 1; /* records are whole */
    int steps = (int)ceil(top * 1.04 / step);
    axis->max = steps * step;
    axis->min = -0.012 * axis->max; /* so that a line along 0 is seen beside the border */
    for (int i = 0; i <= steps; i++) {
        char label[AXIS_LABEL_SIZE];
        double value = i * step;
        if (kind == AXIS_DURATION)
            label_duration(value, label);
        else
            label_count(kind, value, label);
        add_tick(axis, value, label);
    }
}

/* From a decade below what is typical of the smallest line; a line that goes lower runs along the floor.
 * Where the decades reach 1, 0 has its own place, half a decade below. */
static void fit_log_count(struct axis *axis, enum axis_kind kind, double smallest, double top)
{
    int low = (int)floor(log10(smallest)) - 1, high = (int)ceil(log10(top * 1.1));
    char label[AXIS_LABEL_SIZE], floor_label[AXIS_LABEL_SIZE + 2];
    if (low <= 0) {
        low = 0;
        axis->floor = 0.3;
        axis->min = 0.2;
        add_tick(axis, axis->floor, "0");
    } else {
        axis->floor = pow(10, low);
        axis->min = axis->floor * 0.7;
    }
    int every = high - low > 12 ? 3 : 1;
    for (int i = low; i <= high; i += every) {
        label_count(kind, pow(10, i), label);
        snprintf(floor_label, sizeof(floor_label), "<=%s", label);
        add_tick(axis, pow(10, i), i == low && low > 0 ? floor_label : label);
    }
    axis->max = pow(10, high);
}

static void fit_log_duration(struct axis *axis, double smallest, double top)
{
    static const double ticks[] = {1e-6, 1e-5, 1e-4,  1e-3,  1e-2,   0.1,     1,        10,       60,
                                   600,  3600, 36000, 86400, 864000, 8640000, 86400000, 864000000};
    const int n = (int)(sizeof(ticks) / sizeof(ticks[0]));
    int low = 0, high = 1;
    while (low + 2 < n && ticks[low + 1] <= smallest)
        low++;
    while (high + 1 < n && ticks[high] < top * 1.1)
        high++;
    if (high <= low) high = low + 1;
    axis->floor = ticks[low];
    axis->min = ticks[low] * 0.8;
    axis->max = fmax(ticks[high], top * 1.1);
    for (int i = low; i <= high; i++) {
        char label[AXIS_LABEL_SIZE], floor_label[AXIS_LABEL_SIZE + 2];
        label_duration(ticks[i], label);
        snprintf(floor_label, sizeof(floor_label), "<=%s", label);
        add_tick(axis, ticks[i], i == low ? floor_label : label);
    }
}

void axis_fit(struct axis *axis, enum axis_kind kind, double smallest, double top)
{
    CHECK(isfinite(smallest) && isfinite(top), "an axis from %f to %f", smallest, top);
    *axis = (struct axis){0};
    /* On a panel of some three hundred pixels a fortieth is the least that can be told from 0. */
    axis->is_log = smallest > 0 && top > 40 * smallest && !(kind != AXIS_DURATION && top < 100);
    if (!axis->is_log)
        fit_linear(axis, kind, top);
    else if (kind == AXIS_DURATION)
        fit_log_duration(axis, smallest, top);
    else
        fit_log_count(axis, kind, smallest, top);
}

void axis_fit_log(struct axis *axis, double smallest, double top)
{
    CHECK(smallest > 0 && smallest <= top && isfinite(top), "an axis from %f to %f", smallest, top);
    *axis = (struct axis){.is_log = true};
    fit_log_duration(axis, smallest, top);
}

void axis_fit_colors(struct axis *axis, double low, double top)
{
    CHECK(low > 0 && low <= top && isfinite(top), "colours from %f to %f", low, top);
    static const double factors[] = {1, 2, 5};
    const double most = fmax(top, 10);
    *axis = (struct axis){.is_log = true, .max = most};
    axis->min = axis->floor = fmax(1, fmin(low, most / 10));
    /* All of 1, 2, 5 over a decade or little more, 1 alone over many. */
    const double decades = log10(axis->max / axis->min);
    const int per_decade = decades < 1.6 ? 3 : 1, every = decades > 12 ? 3 : 1;
    char label[AXIS_LABEL_SIZE];
    for (int power = (int)floor(log10(axis->min)); power <= (int)ceil(log10(axis->max)); power += every) {
        for (int i = 0; i < per_decade; i++) {
            const double value = factors[i] * pow(10, power);
            if (value < axis->min * (1 - 1e-9) || value > axis->max * (1 + 1e-9)) continue;
            label_count(AXIS_COUNT, value, label);
            add_tick(axis, value, label);
        }
    }
}

void axis_time_of_day(struct axis *axis, double start_s, double length_s)
{
    CHECK(isfinite(start_s) && isfinite(length_s), "a time axis from %f, %f s long", start_s, length_s);
    if (!(length_s > 0)) length_s = 1;
    *axis = (struct axis){.min = start_s, .max = start_s + length_s};
    double step = clock_step(length_s, 9);
    double first = ceil(start_s / step - 1e-9) * step;
    for (int i = 0; axis->ticks_n < AXIS_TICKS_MAX && first + i * step <= axis->max + 1e-6 * step; i++) {
        double at = first + i * step;
        char label[AXIS_LABEL_SIZE], day[12] = "";
        long long second = (long long)floor(at + 1e-6);
        long long days = second / 86400;
        int hour = (int)(second % 86400 / 3600), minute = (int)(second % 3600 / 60),
            rest = (int)(second % 60);
        if (days > 0 && days < 100000) snprintf(day, sizeof(day), "day %d ", (int)days + 1);
        if (step >= 60)
            snprintf(label, sizeof(label), "%s%02d:%02d", day, hour, minute);
        else if (step >= 1)
            snprintf(label, sizeof(label), "%s%02d:%02d:%02d", day, hour, minute, rest);
        else
            snprintf(label, sizeof(label), "%.4g s", at - start_s);
        add_tick(axis, at, label);
    }
}
