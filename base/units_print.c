/* units_print.c: prints quantities, rounded for people or exactly for machines. */
#include "units.h"

#include "check.h"
#include "units_tables.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- printing for people ---- */

static const char *put(char *buffer, size_t buffer_n, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static const char *put(char *buffer, size_t buffer_n, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(buffer, buffer_n, format, args);
    va_end(args);
    CHECK(n >= 0 && (size_t)n < buffer_n, "a quantity of %d characters in a buffer of %zu", n, buffer_n);
    return buffer;
}

/* x rounded to three significant digits. */
static double round3(double x)
{
    if (x == 0) return 0;
    double step = pow(10, floor(log10(x)) - 2);
    double rounded = round(x / step) * step;
    return rounded;
}

/* "12.50" to "12.5", "12.00" to "12". */
static char *strip_zeros(char *text)
{
    if (!strchr(text, '.')) return text;
    char *end = text + strlen(text);
    while (end[-1] == '0')
        *--end = '\0';
    if (end[-1] == '.') end[-1] = '\0';
    return text;
}

/* x >= 0 with three significant digits and no needless zeros: "12.4", "600", "0.25", "1023". */
static const char *digits3(double x, char *buffer, size_t buffer_n)
{
    int places = x >= 99.95 ? 0 : x >= 9.995 ? 1 : x >= 0.9995 || x == 0 ? 2 : 2 - (int)floor(log10(x));
    if (places > 12) places = 12;
    snprintf(buffer, buffer_n, "%.*f", places, x);
    return strip_zeros(buffer);
}

/* A whole number with commas between groups of three digits. */
static const char *grouped(double x, int places, char *buffer, size_t buffer_n)
{
    char plain[48];
    snprintf(plain, sizeof plain, "%.*f", places, x);
    size_t whole = strcspn(plain, "."), o = 0;
    for (size_t i = 0; plain[i] && o + 2 < buffer_n; i++) {
        if (i > 0 && i < whole && (whole - i) % 3 == 0) buffer[o++] = ',';
        buffer[o++] = plain[i];
    }
    buffer[o] = '\0';
    return buffer;
}

/* The largest step of a ladder of units that keeps the number at 1 or more. */
struct step {
    double size;
    const char *name;
};

static const char *on_ladder(const struct step *steps, size_t n, double value, const char *behind,
                             char *buffer, size_t buffer_n)
{
    char digits[40];
    size_t i = 0;
    /* What would round up to the next unit is printed in it: 999.7 k is 1 M. */
    while (i + 1 < n && value >= steps[i + 1].size * (1 - 0.5e-3)) {
        if (value < steps[i + 1].size && round3(value / steps[i].size) * steps[i].size < steps[i + 1].size)
            break;
        i++;
    }
    return put(buffer, buffer_n, "%s%s%s", digits3(value / steps[i].size, digits, sizeof digits),
               steps[i].name, behind);
}

static const char *format_duration(double s, char *buffer, size_t buffer_n)
{
    static const struct step short_steps[] = {{1e-9, " ns"}, {1e-6, " us"}, {1e-3, " ms"}, {1, " s"}};
    if (s == 0) return put(buffer, buffer_n, "0 s");
    if (s < 59.95) return on_ladder(short_steps, LENGTH(short_steps), s, "", buffer, buffer_n);
    /* Two units, the smaller one whole, left out when it is zero. */
    static const struct {
        double big, small;
        const char *big_name, *small_name;
    } pairs[] = {{MINUTE_S, 1, "m", "s"}, {HOUR_S, MINUTE_S, "h", "m"}, {DAY_S, HOUR_S, "d", "h"}};
    size_t i = 0;
    while (i + 1 < LENGTH(pairs) && round(s / pairs[i].small) * pairs[i].small >= pairs[i + 1].big)
        i++;
    double total = round(s / pairs[i].small), per_big = pairs[i].big / pairs[i].small;
    double big = floor(total / per_big), small = total - big * per_big;
    char count[48];
    grouped(big, 0, count, sizeof count);
    if (small == 0) return put(buffer, buffer_n, "%s%s", count, pairs[i].big_name);
    return put(buffer, buffer_n, "%s%s %.0f%s", count, pairs[i].big_name, small, pairs[i].small_name);
}

static const char *format_bytes(double bytes, const char *behind, char *buffer, size_t buffer_n)
{
    static const struct step steps[] = {{1, " B"},
                                        {(double)KI, " KiB"},
                                        {(double)MI, " MiB"},
                                        {(double)GI, " GiB"},
                                        {(double)TI, " TiB"},
                                        {(double)PI, " PiB"}};
    size_t i = 0;
    while (i + 1 < LENGTH(steps) && bytes >= steps[i + 1].size - steps[i].size / 2)
        i++;
    char digits[40];
    return put(buffer, buffer_n, "%s%s%s", digits3(bytes / steps[i].size, digits, sizeof digits),
               steps[i].name, behind);
}

static const char *format_rate(double per_s, char *buffer, size_t buffer_n)
{
    static const struct step steps[] = {{1, ""}, {1e3, "k"}, {1e6, "M"}, {1e9, "G"}};
    if (per_s == 0 || per_s >= 0.9995) return on_ladder(steps, LENGTH(steps), per_s, "/s", buffer, buffer_n);
    char digits[40];
    bool by_minute = per_s * MINUTE_S >= 0.9995;
    digits3(per_s * (by_minute ? MINUTE_S : HOUR_S), digits, sizeof digits);
    return put(buffer, buffer_n, "%s/%s", digits, by_minute ? "min" : "h");
}

/* Whole dollars from a hundred up, cents from one up, then three digits. */
static const char *format_money(double usd, const char *behind, char *buffer, size_t buffer_n)
{
    char digits[64];
    if (usd >= 99.995) {
        grouped(usd, 0, digits, sizeof digits);
    } else if (usd >= 0.9995) {
        snprintf(digits, sizeof digits, "%.2f", usd);
    } else {
        digits3(usd, digits, sizeof digits);
    }
    return put(buffer, buffer_n, "$%s%s", digits, behind);
}

static const char *format_money_per_time(double usd_per_s, char *buffer, size_t buffer_n)
{
    if (usd_per_s * MINUTE_S >= 0.9995) return format_money(usd_per_s * MINUTE_S, "/min", buffer, buffer_n);
    if (usd_per_s * HOUR_S >= 0.9995) return format_money(usd_per_s * HOUR_S, "/h", buffer, buffer_n);
    return format_money(usd_per_s * MONTH_S, "/month", buffer, buffer_n);
}

/* Near 100 % what is missing decides, so as many places as show two digits of it: 99.9952%. Only 1 is "100%".
 */
static const char *format_share(double share, char *buffer, size_t buffer_n)
{
    double percent = share * 100;
    if (share > 0.99 && share < 1) {
        double missing = 100 - percent;
        int places = missing > 0 ? 1 - (int)floor(log10(missing)) : 12;
        if (places > 12) places = 12;
        char text[32];
        snprintf(text, sizeof text, "%.*f", places, percent);
        if (strncmp(text, "100", 3) == 0) return put(buffer, buffer_n, "99.9999999999%%");
        return put(buffer, buffer_n, "%s%%", strip_zeros(text));
    }
    char digits[48];
    if (percent >= 999.5) {
        grouped(percent, 0, digits, sizeof digits);
    } else {
        digits3(percent, digits, sizeof digits);
    }
    return put(buffer, buffer_n, "%s%%", digits);
}

static const char *format_time_of_day(double seconds, char *buffer, size_t buffer_n)
{
    int t = (int)fmod(floor(seconds + 0.5), DAY_S);
    if (t % MINUTE_S)
        return put(buffer, buffer_n, "%02d:%02d:%02d", t / HOUR_S, t / MINUTE_S % 60, t % MINUTE_S);
    return put(buffer, buffer_n, "%02d:%02d", t / HOUR_S, t / MINUTE_S % 60);
}

const char *units_format(enum units_kind kind, double value, char *buffer, size_t buffer_n)
{
    CHECK(buffer_n >= UNITS_FORMAT_SIZE, "a buffer of %zu bytes", buffer_n);
    if (isnan(value)) return put(buffer, buffer_n, "unknown");
    if (value < 0) {
        buffer[0] = '-';
        units_format(kind, -value, buffer, buffer_n);
        memmove(buffer + 1, buffer, strlen(buffer) + 1);
        buffer[0] = '-';
        return buffer;
    }
    /* Nothing real is this large, and its digits would not fit; infinity is one of these. */
    if (value > 1e24) return put(buffer, buffer_n, isinf(value) ? "infinite" : "%.3g", value);
    char digits[64];
    switch (kind) {
    case UNITS_DURATION:
        return format_duration(value, buffer, buffer_n);
    case UNITS_BYTES:
        return format_bytes(value, "", buffer, buffer_n);
    case UNITS_RATE:
        return format_rate(value, buffer, buffer_n);
    case UNITS_BYTES_PER_S:
        return format_bytes(value, "/s", buffer, buffer_n);
    case UNITS_MONEY:
    case UNITS_PRICE:
        return format_money(value, "", buffer, buffer_n);
    case UNITS_MONEY_PER_TIME:
        return format_money_per_time(value, buffer, buffer_n);
    case UNITS_SHARE:
        return format_share(value, buffer, buffer_n);
    case UNITS_COUNT:
        if (value != floor(value) && value < 1000)
            return put(buffer, buffer_n, "%s", digits3(value, digits, sizeof digits));
        return put(buffer, buffer_n, "%s", grouped(value, 0, digits, sizeof digits));
    case UNITS_TIME_OF_DAY:
        return format_time_of_day(value, buffer, buffer_n);
    }
    CHECK(false, "units kind %d", (int)kind);
    return buffer;
}

/* ---- writing for machines ---- */

/* Tries a text; keeps it if it reads back as value and is shorter than the best. */
static void try_text(enum units_kind kind, double value, const char *text, char best[UNITS_FORMAT_SIZE],
                     size_t *best_cost)
{
    double back;
    if (!units_parse(kind, text, &back, NULL, 0) || back != value) return;
    size_t cost = strlen(text) + (strchr(text, 'e') ? 8 : 0);
    if (cost >= *best_cost || strlen(text) >= UNITS_FORMAT_SIZE) return;
    *best_cost = cost;
    strcpy(best, text);
}

const char *units_write(enum units_kind kind, double value, char *buffer, size_t buffer_n)
{
    CHECK(buffer_n >= UNITS_FORMAT_SIZE, "a buffer of %zu bytes", buffer_n);
    CHECK(isfinite(value) && value >= 0, "no quantity is written for %g", value);
    if (kind == UNITS_TIME_OF_DAY) {
        CHECK(value < DAY_S && value == floor(value), "%g s is no time of day", value);
        return format_time_of_day(value, buffer, buffer_n);
    }
    if (kind == UNITS_COUNT) {
        CHECK(value == floor(value) && value <= 0x1p53, "%g is no count", value);
        return put(buffer, buffer_n, "%.0f", value);
    }
    CHECK(kind != UNITS_PRICE, "a price is written by whoever knows its unit");

    static const char *const per_names[] = {"", "/s", "/min", "/h", "/d", "/month"};
    const struct unit *units = units_duration_units;
    size_t n_units = UNITS_DURATION_WRITTEN, per_from = 0, per_to = 0;
    const char *front = "", *space = "";
    switch (kind) {
    case UNITS_BYTES_PER_S:
        per_from = per_to = 1;
        /* fallthrough */
    case UNITS_BYTES:
        units = units_size_units;
        n_units = UNITS_SIZE_WRITTEN;
        space = " ";
        break;
    case UNITS_RATE:
        units = units_count_units;
        n_units = UNITS_COUNT_N;
        per_from = 1;
        per_to = 4;
        break;
    case UNITS_MONEY_PER_TIME:
        per_from = 1;
        per_to = 5;
        /* fallthrough */
    case UNITS_MONEY:
        units = units_money_units;
        n_units = UNITS_MONEY_N;
        front = "$";
        break;
    case UNITS_SHARE:
        units = units_share_units;
        n_units = UNITS_SHARE_N;
        break;
    default:
        break;
    }
    size_t best_cost = SIZE_MAX;
    for (size_t per = per_from; per <= per_to; per++) {
        const struct unit *per_unit =
            per ? units_find(units_per_units, UNITS_PER_N, per_names[per] + 1, strlen(per_names[per]) - 1)
                : &units_count_units[0];
        for (size_t i = 0; i < n_units; i++) {
            /* Wider than double, so that the digits printed are those of the quotient and not of its
             * rounding. */
            long double number =
                (long double)value * per_unit->divisor / units[i].factor * powl(10, -units[i].ten);
            if (!isfinite((double)number)) continue;
            size_t cost_before = best_cost;
            for (int precision = 1; precision <= 19 && best_cost == cost_before; precision++) {
                char digits[40], text[96];
                snprintf(digits, sizeof digits, "%.*Lg", precision, number);
                if (strchr(digits, 'e') && number >= 1e-4 && number < 1e19)
                    snprintf(digits, sizeof digits, "%.0Lf", number);
                snprintf(text, sizeof text, "%s%s%s%s%s", front, digits, space, units[i].name,
                         per_names[per]);
                try_text(kind, value, text, buffer, &best_cost);
            }
        }
    }
    CHECK(best_cost != SIZE_MAX, "no text reads back as %.17g", value);
    return buffer;
}

const char *units_write_ns(int64_t ns, char *buffer, size_t buffer_n)
{
    CHECK(ns >= 0, "a duration of %lld ns", (long long)ns);
    CHECK(buffer_n >= UNITS_FORMAT_SIZE, "a buffer of %zu bytes", buffer_n);
    if (ns == 0) return put(buffer, buffer_n, "0s");
    static const int64_t fine[] = {1000000000, 1000000, 1000, 1};
    static const char *const fine_names[] = {"s", "ms", "us", "ns"};
    if (ns % fine[0]) {
        size_t i = 1;
        while (ns % fine[i])
            i++;
        return put(buffer, buffer_n, "%lld%s", (long long)(ns / fine[i]), fine_names[i]);
    }
    static const int64_t coarse[] = {DAY_S, HOUR_S, MINUTE_S, 1};
    static const char *const coarse_names[] = {"d", "h", "m", "s"};
    int64_t left = ns / fine[0];
    size_t used = 0;
    for (size_t i = 0; i < LENGTH(coarse); i++) {
        int64_t n = left / coarse[i];
        left %= coarse[i];
        if (n == 0) continue;
        put(buffer + used, buffer_n - used, "%lld%s", (long long)n, coarse_names[i]);
        used += strlen(buffer + used);
    }
    return buffer;
}

const char *units_write_bytes(int64_t bytes, char *buffer, size_t buffer_n)
{
    CHECK(bytes >= 0, "a size of %lld bytes", (long long)bytes);
    CHECK(buffer_n >= UNITS_FORMAT_SIZE, "a buffer of %zu bytes", buffer_n);
    put(buffer, buffer_n, "%lld B", (long long)bytes);
    if (bytes == 0) return buffer;
    for (size_t i = 1; i < UNITS_SIZE_WRITTEN; i++) {
        int64_t size;
        if (units_to_int64((struct units_number){1, 0}, &units_size_units[i], 0, &size) != UNITS_EXACT ||
            bytes % size)
            continue;
        char text[UNITS_FORMAT_SIZE];
        put(text, sizeof text, "%lld %s", (long long)(bytes / size), units_size_units[i].name);
        if (strlen(text) < strlen(buffer)) put(buffer, buffer_n, "%s", text);
    }
    return buffer;
}
