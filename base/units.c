/* units.c: reads quantities.
 *
 * A unit is a power of ten, a whole factor and a whole divisor. The power of ten is folded into the number's
 * text before it is converted, so "4.35M/s" is the double nearest to 4,350,000 and not one off; exact results
 * use the digits as an integer and 128-bit arithmetic.
 */
#include "units.h"

#include "check.h"
#include "units_tables.h"
#include "utf8.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 u128;

/* Seconds. The first name of a unit is the one that is written. */
const struct unit units_duration_units[UNITS_DURATION_N] = {
    {"ns", -9, 1, 1},        {"us", -6, 1, 1},      {"ms", -3, 1, 1},      {"s", 0, 1, 1},
    {"m", 0, MINUTE_S, 1},   {"h", 0, HOUR_S, 1},   {"d", 0, DAY_S, 1},    {"w", 0, WEEK_S, 1},
    {"min", 0, MINUTE_S, 1}, {"\u00b5s", -6, 1, 1}, {"\u03bcs", -6, 1, 1},
};

const struct unit units_size_units[UNITS_SIZE_N] = {
    {"B", 0, 1, 1},    {"kB", 3, 1, 1},   {"MB", 6, 1, 1},   {"GB", 9, 1, 1},
    {"TB", 12, 1, 1},  {"PB", 15, 1, 1},  {"KiB", 0, KI, 1}, {"MiB", 0, MI, 1},
    {"GiB", 0, GI, 1}, {"TiB", 0, TI, 1}, {"PiB", 0, PI, 1}, {"KB", 3, 1, 1},
};

static const struct unit bit_units[] = {
    {"bit", 0, 1, 8}, {"kbit", 3, 1, 8}, {"Mbit", 6, 1, 8}, {"Gbit", 9, 1, 8}, {"Tbit", 12, 1, 8},
};

const struct unit units_count_units[UNITS_COUNT_N] = {
    {"", 0, 1, 1}, {"k", 3, 1, 1}, {"M", 6, 1, 1}, {"G", 9, 1, 1}};
const struct unit units_money_units[UNITS_MONEY_N] = {
    {"", 0, 1, 1}, {"k", 3, 1, 1}, {"M", 6, 1, 1}, {"B", 9, 1, 1}};
const struct unit units_share_units[UNITS_SHARE_N] = {{"%", -2, 1, 1}};

/* What may follow the slash, as a number of seconds to divide by. */
const struct unit units_per_units[UNITS_PER_N] = {
    {"s", 0, 1, 1},         {"min", 0, 1, MINUTE_S}, {"h", 0, 1, HOUR_S},
    {"d", 0, 1, DAY_S},     {"w", 0, 1, WEEK_S},     {"month", 0, 1, MONTH_S},
    {"hour", 0, 1, HOUR_S}, {"day", 0, 1, DAY_S},    {"week", 0, 1, WEEK_S},
};

static const char *const price_units[] = {
    "GB-month", "GiB-month",   "TB-month",    "TiB-month", "GB-hour",   "GiB-hour",      "GB",
    "GiB",      "TB",          "TiB",         "month",     "hour",      "instance-hour", "broker-hour",
    "request",  "1k requests", "1M requests", "event",     "1M events",
};

const char *units_kind_name(enum units_kind kind)
{
    static const char *const names[] = {
        [UNITS_DURATION] = "a duration",
        [UNITS_BYTES] = "a size",
        [UNITS_RATE] = "a rate",
        [UNITS_BYTES_PER_S] = "a throughput",
        [UNITS_MONEY] = "an amount of money",
        [UNITS_MONEY_PER_TIME] = "an amount of money per time",
        [UNITS_SHARE] = "a share",
        [UNITS_COUNT] = "a count",
        [UNITS_TIME_OF_DAY] = "a time of day",
        [UNITS_PRICE] = "a price",
    };
    CHECK((size_t)kind < LENGTH(names), "units kind %d", (int)kind);
    return names[kind];
}

const char *units_fitting(enum units_kind kind)
{
    static const char *const texts[] = {
        [UNITS_DURATION] = "ns, us, ms, s, m, h, d or w, as in \"10ms\"",
        [UNITS_BYTES] = "B, kB, MB, GB, TB (decimal) or KiB, MiB, GiB, TiB (binary), as in \"64 KiB\"",
        [UNITS_RATE] = "/s, /min, /h or /d, after k, M or G if need be, as in \"1.2M/s\"",
        [UNITS_BYTES_PER_S] = "a size or kbit, Mbit, Gbit per second, as in \"600 MiB/s\" or \"10 Gbit/s\"",
        [UNITS_MONEY] = "$ in front, and k, M or B behind if need be, as in \"$190k\"",
        [UNITS_MONEY_PER_TIME] = "$ in front and /s, /min, /h, /d, /w or /month behind, as in \"$40/min\"",
        [UNITS_SHARE] = "%, as in \"35%\"",
        [UNITS_COUNT] = "a whole number, with k, M or G behind if need be, as in \"2M\"",
        [UNITS_TIME_OF_DAY] = "hours and minutes, as in \"18:00\" or \"18:00:30\"",
        [UNITS_PRICE] = "$ in front and what it buys behind, as in \"$0.023/GB-month\"",
    };
    CHECK((size_t)kind < LENGTH(texts), "units kind %d", (int)kind);
    return texts[kind];
}

/* ---- reading ---- */

enum { TEXT_MAX = 80, SHOWN_MAX = 32, DIGITS_MAX = 19 };

struct scan {
    enum units_kind kind;
    const char *text; /* the whole quantity, for messages */
    const char *at;
    char *error;
    size_t error_n;
};

/* The quantity, in single quotes, cut and harmless. */
static void show(const char *text, char out[SHOWN_MAX * 4 + 8])
{
    size_t n = strnlen(text, TEXT_MAX * 4), o = 0;
    out[o++] = '\'';
    size_t i = 0;
    for (int shown = 0; i < n && shown < SHOWN_MAX; shown++) {
        uint32_t c = 0;
        size_t length = utf8_decode(text + i, n - i, &c);
        if (length == 0 || utf8_is_harmful(c)) {
            out[o++] = '?';
            i += length ? length : 1;
        } else {
            memcpy(out + o, text + i, length);
            o += length;
            i += length;
        }
    }
    memcpy(out + o, i < n ? "...'" : "'", i < n ? 5 : 2);
}

__attribute__((format(printf, 2, 3))) static bool fail(struct scan *scan, const char *format, ...)
{
    if (!scan->error || scan->error_n == 0) return false;
    char shown[SHOWN_MAX * 4 + 8];
    show(scan->text, shown);
    int n = snprintf(scan->error, scan->error_n, "%s: ", shown);
    if (n < 0 || (size_t)n >= scan->error_n) return false;
    va_list args;
    va_start(args, format);
    vsnprintf(scan->error + n, scan->error_n - (size_t)n, format, args);
    va_end(args);
    return false;
}

/* "a duration takes ns, us, …", the message for everything that is no more particular. */
static bool fail_takes(struct scan *scan)
{
    return fail(scan, "%s takes %s", units_kind_name(scan->kind), units_fitting(scan->kind));
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void skip_space(struct scan *scan)
{
    while (*scan->at == ' ')
        scan->at++;
}

/* One digit more. More digits than fit are refused, not rounded, but zeros at the end cost nothing. */
static bool add_digit(struct units_number *number, char c, int *zeros)
{
    if (c == '0') {
        ++*zeros;
        return true;
    }
    for (; *zeros > 0 && number->digits; --*zeros) {
        if (number->digits > UINT64_MAX / 100) return false;
        number->digits *= 10;
    }
    *zeros = 0;
    if (number->digits > (UINT64_MAX - 9) / 10) return false;
    number->digits = number->digits * 10 + (uint64_t)(c - '0');
    return true;
}

static bool scan_number(struct scan *scan, struct units_number *number)
{
    *number = (struct units_number){0, 0};
    skip_space(scan);
    if (*scan->at == '-') return fail(scan, "%s is never negative", units_kind_name(scan->kind));
    const char *at = scan->at;
    if (!is_digit(*at)) return fail_takes(scan);

    int zeros = 0, whole_digits = 0, since_group = 0;
    char group = '\0';
    for (;; at++) {
        if (is_digit(*at)) {
            if (!add_digit(number, *at, &zeros)) return fail(scan, "more than %d digits", DIGITS_MAX);
            whole_digits++;
            since_group++;
            if (group && since_group > 3)
                return fail(scan, "'%c' stands between groups of three digits", group);
        } else if ((*at == ',' || *at == '_') && is_digit(at[1])) {
            bool fits = group ? *at == group && since_group == 3 : whole_digits <= 3;
            if (!fits) return fail(scan, "'%c' stands between groups of three digits", *at);
            group = *at;
            since_group = 0;
        } else {
            break;
        }
    }
    if (group && since_group != 3) return fail(scan, "'%c' stands between groups of three digits", group);
    number->ten = number->digits ? zeros : 0;
    if (*at == '.') {
        if (!is_digit(at[1])) return fail(scan, "a digit must follow the decimal point");
        int places = 0, places_used = 0;
        /* The whole part's own zeros count as digits once a fraction follows. */
        for (at++; is_digit(*at); at++) {
            places++;
            if (*at == '0') {
                zeros++;
                continue;
            }
            if (!add_digit(number, *at, &zeros)) return fail(scan, "more than %d digits", DIGITS_MAX);
            places_used = places;
        }
        if (places_used) number->ten = -places_used;
    }
    if ((*at == 'e' || *at == 'E') &&
        (is_digit(at[1]) || ((at[1] == '+' || at[1] == '-') && is_digit(at[2])))) {
        char *end;
        long exponent = strtol(at + 1, &end, 10);
        if (exponent > 400 || exponent < -400) return fail(scan, "the exponent is out of range");
        number->ten += (int)exponent;
        at = end;
    }
    scan->at = at;
    skip_space(scan);
    return true;
}

double units_to_double(struct units_number number, const struct unit *unit)
{
    char text[64];
    snprintf(text, sizeof text, "%llue%d", (unsigned long long)number.digits, number.ten + unit->ten);
    double value = strtod(text, NULL);
    if (unit->factor != 1) value *= (double)unit->factor;
    if (unit->divisor != 1) value /= (double)unit->divisor;
    return value;
}

/* number * 10^(ten + scale_ten) * factor / divisor as an integer */
enum units_exactness units_to_int64(struct units_number number, const struct unit *unit, int scale_ten,
                                    int64_t *value)
{
    if (number.digits == 0) {
        *value = 0;
        return UNITS_EXACT;
    }
    u128 v = number.digits;
    /* digits < 2^64 and factors < 2^51, so the product fits. */
    v *= unit->factor;
    int ten = number.ten + unit->ten + scale_ten;
    for (; ten > 0; ten--) {
        if (v > (u128)INT64_MAX * unit->divisor) return UNITS_TOO_LARGE;
        v *= 10;
    }
    for (; ten < 0; ten++) {
        if (v % 10) return UNITS_NOT_WHOLE;
        v /= 10;
    }
    if (v % unit->divisor) return UNITS_NOT_WHOLE;
    v /= unit->divisor;
    if (v > INT64_MAX) return UNITS_TOO_LARGE;
    *value = (int64_t)v;
    return UNITS_EXACT;
}

/* How far a unit's name goes: letters (also of other scripts) and '%'. */
static size_t unit_length(const char *at)
{
    size_t n = 0;
    while ((at[n] >= 'a' && at[n] <= 'z') || (at[n] >= 'A' && at[n] <= 'Z') || at[n] == '%' || (at[n] & 0x80))
        n++;
    return n;
}

static bool same_letters(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if ((a[i] | 0x20) != (b[i] | 0x20)) return false;
    }
    return true;
}

const struct unit *units_find(const struct unit *units, size_t n_units, const char *name, size_t n)
{
    for (size_t i = 0; i < n_units; i++) {
        if (strlen(units[i].name) == n && memcmp(units[i].name, name, n) == 0) return &units[i];
    }
    return NULL;
}

/* The unit at the reader's place, or a message with the one that differs in case alone. */
static const struct unit *scan_unit(struct scan *scan, const struct unit *units, size_t n_units)
{
    size_t n = unit_length(scan->at);
    const struct unit *unit = units_find(units, n_units, scan->at, n);
    if (unit) {
        scan->at += n;
        return unit;
    }
    for (size_t i = 0; i < n_units && n > 0; i++) {
        if (strlen(units[i].name) == n && same_letters(units[i].name, scan->at, n)) {
            fail(scan, "%s takes %s (did you mean %s?)", units_kind_name(scan->kind),
                 units_fitting(scan->kind), units[i].name);
            return NULL;
        }
    }
    if (*scan->at == '\0') {
        fail(scan, "%s needs its unit: %s", units_kind_name(scan->kind), units_fitting(scan->kind));
    } else {
        fail_takes(scan);
    }
    return NULL;
}

static bool at_end(struct scan *scan)
{
    skip_space(scan);
    return *scan->at == '\0' ? true : fail_takes(scan);
}

/* "/s" and the like; multiplies its divisor into unit. */
static bool scan_per(struct scan *scan, size_t n_per, struct unit *unit)
{
    skip_space(scan);
    if (*scan->at != '/') return fail_takes(scan);
    scan->at++;
    skip_space(scan);
    const struct unit *per = scan_unit(scan, units_per_units, n_per);
    if (!per) return false;
    unit->divisor *= per->divisor;
    return true;
}

static bool scan_dollar(struct scan *scan)
{
    skip_space(scan);
    if (*scan->at == '-') return fail(scan, "%s is never negative", units_kind_name(scan->kind));
    if (*scan->at != '$') return fail_takes(scan);
    scan->at++;
    return true;
}

/* "Gbps" as the vendors' data sheets write it: the unit before "ps". */
static const struct unit *scan_bits_ps(struct scan *scan)
{
    static const char *const names[] = {"bps", "kbps", "Mbps", "Gbps", "Tbps"};
    size_t n = unit_length(scan->at);
    for (size_t i = 0; i < LENGTH(names); i++) {
        if (strlen(names[i]) == n && memcmp(names[i], scan->at, n) == 0) {
            scan->at += n;
            return &bit_units[i];
        }
    }
    return NULL;
}

/* Number and unit of every kind that has exactly one of each. */
static bool scan_simple(struct scan *scan, struct units_number *number, struct unit *unit)
{
    const struct unit *found = NULL;
    bool is_money =
        scan->kind == UNITS_MONEY || scan->kind == UNITS_MONEY_PER_TIME || scan->kind == UNITS_PRICE;
    if (is_money && !scan_dollar(scan)) return false;
    if (!scan_number(scan, number)) return false;
    switch (scan->kind) {
    case UNITS_BYTES:
        found = scan_unit(scan, units_size_units, UNITS_SIZE_N);
        break;
    case UNITS_COUNT:
    case UNITS_RATE:
        found = scan_unit(scan, units_count_units, UNITS_COUNT_N);
        break;
    case UNITS_BYTES_PER_S: {
        found = scan_bits_ps(scan);
        if (found) {
            *unit = *found;
            return at_end(scan);
        }
        found = units_find(bit_units, LENGTH(bit_units), scan->at, unit_length(scan->at));
        if (found) {
            scan->at += strlen(found->name);
        } else {
            found = scan_unit(scan, units_size_units, UNITS_SIZE_N);
        }
        break;
    }
    case UNITS_MONEY:
    case UNITS_MONEY_PER_TIME:
    case UNITS_PRICE:
        found = scan_unit(scan, units_money_units, UNITS_MONEY_N);
        break;
    case UNITS_SHARE:
        found = scan_unit(scan, units_share_units, UNITS_SHARE_N);
        break;
    case UNITS_DURATION:
    case UNITS_TIME_OF_DAY:
        CHECK(false, "kind %d has no single unit", (int)scan->kind);
    }
    if (!found) return false;
    *unit = *found;
    if (scan->kind == UNITS_RATE && !scan_per(scan, UNITS_PER_RATE, unit)) return false;
    if (scan->kind == UNITS_BYTES_PER_S && !scan_per(scan, UNITS_PER_BYTES, unit)) return false;
    if (scan->kind == UNITS_MONEY_PER_TIME && !scan_per(scan, UNITS_PER_N, unit)) return false;
    return scan->kind == UNITS_PRICE || at_end(scan);
}

/* "2h30m": each unit smaller than the one before. With ns: exact, else in seconds. */
static bool scan_duration(struct scan *scan, double *seconds, int64_t *ns)
{
    double total = 0, last = INFINITY;
    int64_t total_ns = 0;
    do {
        struct units_number number;
        if (!scan_number(scan, &number)) return false;
        const struct unit *unit = scan_unit(scan, units_duration_units, UNITS_DURATION_N);
        if (!unit) return false;
        double size = units_to_double((struct units_number){1, 0}, unit);
        if (size >= last)
            return fail(scan, "in a joined duration each unit is smaller than the last, as in \"2h30m\"");
        last = size;
        total += units_to_double(number, unit);
        if (ns) {
            int64_t part = 0;
            enum units_exactness exactness = units_to_int64(number, unit, 9, &part);
            if (exactness == UNITS_NOT_WHOLE)
                return fail(scan, "the smallest duration is 1 ns: no parts of it");
            if (exactness == UNITS_TOO_LARGE || part > INT64_MAX - total_ns) {
                return fail(scan, "too long: at most 292 years (106751d) fit");
            }
            total_ns += part;
        }
        skip_space(scan);
    } while (*scan->at);
    if (!isfinite(total)) return fail(scan, "too large");
    if (ns) *ns = total_ns;
    if (seconds) *seconds = total;
    return true;
}

static bool scan_time_of_day(struct scan *scan, double *seconds)
{
    const char *at = scan->at;
    int fields[3] = {0, 0, 0}, n = 0;
    for (; n < 3; n++) {
        if (n > 0) {
            if (*at != ':') break;
            at++;
        }
        int digits = 0;
        for (; is_digit(*at) && digits < 3; digits++)
            fields[n] = fields[n] * 10 + (*at++ - '0');
        if (digits == 0 || digits > 2 || (n > 0 && digits != 2)) return fail_takes(scan);
    }
    if (n < 2 || *at) return fail_takes(scan);
    if (fields[0] > 23 || fields[1] > 59 || fields[2] > 59) {
        return fail(scan, "a time of day lies between 00:00 and 23:59:59");
    }
    *seconds = fields[0] * HOUR_S + fields[1] * MINUTE_S + fields[2];
    return true;
}

/* The whole text is bounded, so that no message and no scan depends on its length. */
static bool scan_begin(struct scan *scan)
{
    if (strnlen(scan->text, TEXT_MAX + 1) > TEXT_MAX)
        return fail(scan, "too long for %s", units_kind_name(scan->kind));
    return true;
}

bool units_parse(enum units_kind kind, const char *text, double *value, char *error, size_t error_n)
{
    struct scan scan = {kind, text, text, error, error_n};
    if (!scan_begin(&scan)) return false;
    if (kind == UNITS_DURATION) return scan_duration(&scan, value, NULL);
    if (kind == UNITS_TIME_OF_DAY) return scan_time_of_day(&scan, value);
    if (kind == UNITS_PRICE) {
        const char *unit;
        return units_parse_price(text, value, &unit, error, error_n);
    }
    struct units_number number;
    struct unit unit;
    if (!scan_simple(&scan, &number, &unit)) return false;
    if (kind == UNITS_COUNT) {
        int64_t count;
        enum units_exactness exactness = units_to_int64(number, &unit, 0, &count);
        if (exactness == UNITS_NOT_WHOLE) return fail(&scan, "a count is a whole number");
        if (exactness == UNITS_TOO_LARGE || count > 1LL << 53)
            return fail(&scan, "too large: at most 2^53 fits");
        *value = (double)count;
        return true;
    }
    double parsed = units_to_double(number, &unit);
    if (!isfinite(parsed)) return fail(&scan, "too large");
    *value = parsed;
    return true;
}

bool units_parse_ns(const char *text, int64_t *ns, char *error, size_t error_n)
{
    struct scan scan = {UNITS_DURATION, text, text, error, error_n};
    return scan_begin(&scan) && scan_duration(&scan, NULL, ns);
}

bool units_parse_int64(enum units_kind kind, const char *text, int64_t *value, char *error, size_t error_n)
{
    CHECK(kind == UNITS_BYTES || kind == UNITS_COUNT, "%s is no whole number", units_kind_name(kind));
    struct scan scan = {kind, text, text, error, error_n};
    struct units_number number;
    struct unit unit;
    if (!scan_begin(&scan) || !scan_simple(&scan, &number, &unit)) return false;
    int64_t parsed = 0;
    enum units_exactness exactness = units_to_int64(number, &unit, 0, &parsed);
    if (exactness == UNITS_NOT_WHOLE)
        return fail(&scan, "%s is a whole number%s", units_kind_name(kind),
                    kind == UNITS_BYTES ? " of bytes" : "");
    if (exactness == UNITS_TOO_LARGE) return fail(&scan, "too large: at most 2^63 - 1 fits");
    *value = parsed;
    return true;
}

bool units_parse_price(const char *text, double *usd, const char **unit_name, char *error, size_t error_n)
{
    struct scan scan = {UNITS_PRICE, text, text, error, error_n};
    struct units_number number;
    struct unit unit;
    if (!scan_begin(&scan) || !scan_simple(&scan, &number, &unit)) return false;
    skip_space(&scan);
    if (*scan.at != '/') return fail_takes(&scan);
    scan.at++;
    skip_space(&scan);
    for (size_t i = 0; i < LENGTH(price_units); i++) {
        if (strcmp(scan.at, price_units[i]) == 0) {
            double parsed = units_to_double(number, &unit);
            if (!isfinite(parsed)) return fail(&scan, "too large");
            *usd = parsed;
            *unit_name = price_units[i];
            return true;
        }
    }
    return fail(
        &scan,
        "a price is per GB-month, GB, GB-hour (or GiB, TB, TiB), hour, month, instance-hour, broker-hour, "
        "request, 1k requests, 1M requests, event or 1M events");
}
