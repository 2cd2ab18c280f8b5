/* Quantities: what is read, what is refused and why, what is printed, and that what is written reads back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "philox.h"
#include "units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void values(void **state)
{
    (void)state;
    static const struct {
        enum units_kind kind;
        const char *text;
        double value;
    } cases[] = {
        {UNITS_DURATION, "10ms", 0.01},
        {UNITS_DURATION, "10 ms", 0.01},
        {UNITS_DURATION, " 7 d ", 604800},
        {UNITS_DURATION, "1w", 604800},
        {UNITS_DURATION, "2h30m", 9000},
        {UNITS_DURATION, "2h 30m 5s", 9005},
        {UNITS_DURATION, "1.5h", 5400},
        {UNITS_DURATION, "90min", 5400},
        {UNITS_DURATION, "0s", 0},
        {UNITS_DURATION, "250us", 250e-6},
        {UNITS_DURATION, "250\u00b5s", 250e-6},
        {UNITS_DURATION, "1e3s", 1000},
        {UNITS_DURATION, "0.5ns", 0.5e-9},
        {UNITS_BYTES, "250 B", 250},
        {UNITS_BYTES, "64 KiB", 65536},
        {UNITS_BYTES, "64KiB", 65536},
        {UNITS_BYTES, "1.5 MiB", 1572864},
        {UNITS_BYTES, "6 TiB", 6597069766656},
        {UNITS_BYTES, "6 TB", 6e12},
        {UNITS_BYTES, "1 kB", 1000},
        {UNITS_BYTES, "1 KB", 1000},
        {UNITS_BYTES, "1 GB", 1e9},
        {UNITS_BYTES, "1 GiB", 1073741824},
        {UNITS_BYTES, "420.5 B", 420.5},
        {UNITS_BYTES, "1,048,576 B", 1048576},
        {UNITS_RATE, "1.2M/s", 1200000},
        {UNITS_RATE, "4.35M/s", 4350000}, /* 4.35 * 1e6 in doubles is 4349999.999999999 */
        {UNITS_RATE, "990k/s", 990000},
        {UNITS_RATE, "2/s", 2},
        {UNITS_RATE, "2 / s", 2},
        {UNITS_RATE, "3/min", 0.05},
        {UNITS_RATE, "36/h", 0.01},
        {UNITS_RATE, "86.4k/d", 1},
        {UNITS_BYTES_PER_S, "600 MiB/s", 629145600},
        {UNITS_BYTES_PER_S, "10 Gbit/s", 1.25e9},
        {UNITS_BYTES_PER_S, "12.5 Gbps", 1.5625e9},
        {UNITS_BYTES_PER_S, "60 MB/min", 1e6},
        {UNITS_MONEY, "$190k", 190000},
        {UNITS_MONEY, "$1.2M", 1200000},
        {UNITS_MONEY, "$0.5", 0.5},
        {UNITS_MONEY, "$45,210", 45210},
        {UNITS_MONEY, "$45,210.50", 45210.5},
        {UNITS_MONEY_PER_TIME, "$40/min", 40.0 / 60},
        {UNITS_MONEY_PER_TIME, "$7.3k/month", 7300.0 / 2628000},
        {UNITS_MONEY_PER_TIME, "$36/hour", 0.01},
        {UNITS_SHARE, "35%", 0.35},
        {UNITS_SHARE, "0.1 %", 0.001},
        {UNITS_SHARE, "120%", 1.2},
        {UNITS_COUNT, "2000000", 2e6},
        {UNITS_COUNT, "2M", 2e6},
        {UNITS_COUNT, "2.5k", 2500},
        {UNITS_COUNT, "2_000_000", 2e6},
        {UNITS_COUNT, "9007199254740992", 9007199254740992.0},
        {UNITS_COUNT, "0", 0},
        {UNITS_TIME_OF_DAY, "18:00", 64800},
        {UNITS_TIME_OF_DAY, "18:00:30", 64830},
        {UNITS_TIME_OF_DAY, "0:00", 0},
        {UNITS_TIME_OF_DAY, "23:59:59", 86399},
        {UNITS_PRICE, "$0.023/GB-month", 0.023},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double value = -1;
        char error[UNITS_ERROR_SIZE] = "";
        bool ok = units_parse(cases[i].kind, cases[i].text, &value, error, sizeof error);
        if (!ok || value != cases[i].value) {
            fail_msg("%s: %.17g, not %.17g (%s)", cases[i].text, value, cases[i].value, error);
        }
    }
}

static void errors(void **state)
{
    (void)state;
    static const struct {
        enum units_kind kind;
        const char *text, *error;
    } cases[] = {
        {UNITS_DURATION, "10 parsecs",
         "'10 parsecs': a duration takes ns, us, ms, s, m, h, d or w, as in \"10ms\""},
        {UNITS_DURATION, "10",
         "'10': a duration needs its unit: ns, us, ms, s, m, h, d or w, as in \"10ms\""},
        {UNITS_DURATION, "", "'': a duration takes ns, us, ms, s, m, h, d or w, as in \"10ms\""},
        {UNITS_DURATION, "ms", "'ms': a duration takes ns, us, ms, s, m, h, d or w, as in \"10ms\""},
        {UNITS_DURATION, "10MS",
         "'10MS': a duration takes ns, us, ms, s, m, h, d or w, as in \"10ms\" (did you mean ms?)"},
        {UNITS_DURATION, "-5ms", "'-5ms': a duration is never negative"},
        {UNITS_DURATION, "nan s", "'nan s': a duration takes ns, us, ms, s, m, h, d or w, as in \"10ms\""},
        {UNITS_DURATION, "inf", "'inf': a duration takes ns, us, ms, s, m, h, d or w, as in \"10ms\""},
        {UNITS_DURATION, "30m2h",
         "'30m2h': in a joined duration each unit is smaller than the last, as in \"2h30m\""},
        {UNITS_DURATION, "2h2h",
         "'2h2h': in a joined duration each unit is smaller than the last, as in \"2h30m\""},
        {UNITS_DURATION, "2h30",
         "'2h30': a duration needs its unit: ns, us, ms, s, m, h, d or w, as in \"10ms\""},
        {UNITS_DURATION, "10 s!", "'10 s!': a duration takes ns, us, ms, s, m, h, d or w, as in \"10ms\""},
        {UNITS_DURATION, "1e999s", "'1e999s': the exponent is out of range"},
        {UNITS_DURATION, "1e99999999999999999999s",
         "'1e99999999999999999999s': the exponent is out of range"},
        {UNITS_DURATION, "1e400w", "'1e400w': too large"},
        {UNITS_DURATION, "1.s", "'1.s': a digit must follow the decimal point"},
        {UNITS_DURATION, "12345678901234567890123s", "'12345678901234567890123s': more than 19 digits"},
        {UNITS_DURATION, "10\033[31ms",
         "'10?[31ms': a duration takes ns, us, ms, s, m, h, d or w, as in \"10ms\""},
        {UNITS_BYTES, "250",
         "'250': a size needs its unit: B, kB, MB, GB, TB (decimal) or KiB, MiB, GiB, TiB (binary), as in "
         "\"64 KiB\""},
        {UNITS_BYTES, "64 kib",
         "'64 kib': a size takes B, kB, MB, GB, TB (decimal) or KiB, MiB, GiB, TiB (binary), as in \"64 "
         "KiB\" (did "
         "you mean KiB?)"},
        {UNITS_BYTES, "64 KiB/s",
         "'64 KiB/s': a size takes B, kB, MB, GB, TB (decimal) or KiB, MiB, GiB, TiB (binary), as in \"64 "
         "KiB\""},
        {UNITS_BYTES, "1,00 B", "'1,00 B': ',' stands between groups of three digits"},
        {UNITS_BYTES, "1000,000 B", "'1000,000 B': ',' stands between groups of three digits"},
        {UNITS_BYTES, "1,000_000 B", "'1,000_000 B': '_' stands between groups of three digits"},
        {UNITS_BYTES, "1,0000 B", "'1,0000 B': ',' stands between groups of three digits"},
        {UNITS_RATE, "1.2M",
         "'1.2M': a rate takes /s, /min, /h or /d, after k, M or G if need be, as in \"1.2M/s\""},
        {UNITS_RATE, "1.2",
         "'1.2': a rate takes /s, /min, /h or /d, after k, M or G if need be, as in \"1.2M/s\""},
        {UNITS_RATE, "2/month",
         "'2/month': a rate takes /s, /min, /h or /d, after k, M or G if need be, as in \"1.2M/s\""},
        {UNITS_RATE, "990K/s",
         "'990K/s': a rate takes /s, /min, /h or /d, after k, M or G if need be, as in \"1.2M/s\" (did you "
         "mean k?)"},
        {UNITS_BYTES_PER_S, "600 MiB",
         "'600 MiB': a throughput takes a size or kbit, Mbit, Gbit per second, as in \"600 MiB/s\" or \"10 "
         "Gbit/s\""},
        {UNITS_MONEY, "190k",
         "'190k': an amount of money takes $ in front, and k, M or B behind if need be, as in "
         "\"$190k\""},
        {UNITS_MONEY, "$-5", "'$-5': an amount of money is never negative"},
        {UNITS_MONEY, "-$5", "'-$5': an amount of money is never negative"},
        {UNITS_MONEY_PER_TIME, "$40",
         "'$40': an amount of money per time takes $ in front and /s, /min, /h, /d, /w or /month behind, as "
         "in "
         "\"$40/min\""},
        {UNITS_SHARE, "0.35", "'0.35': a share needs its unit: %, as in \"35%\""},
        {UNITS_COUNT, "2.5", "'2.5': a count is a whole number"},
        {UNITS_COUNT, "2 pieces", "'2 pieces': a count takes a whole number, with k, M or G behind if need be, as in \"2M\""},
        {UNITS_COUNT, "9007199254740993", "'9007199254740993': too large: at most 2^53 fits"},
        {UNITS_COUNT, "1e300", "'1e300': too large: at most 2^53 fits"},
        {UNITS_TIME_OF_DAY, "24:00", "'24:00': a time of day lies between 00:00 and 23:59:59"},
        {UNITS_TIME_OF_DAY, "18:60", "'18:60': a time of day lies between 00:00 and 23:59:59"},
        {UNITS_TIME_OF_DAY, "18",
         "'18': a time of day takes hours and minutes, as in \"18:00\" or \"18:00:30\""},
        {UNITS_TIME_OF_DAY, "18:0",
         "'18:0': a time of day takes hours and minutes, as in \"18:00\" or \"18:00:30\""},
        {UNITS_TIME_OF_DAY, "18:00:00:00",
         "'18:00:00:00': a time of day takes hours and minutes, as in \"18:00\" or \"18:00:30\""},
        {UNITS_TIME_OF_DAY, "6pm",
         "'6pm': a time of day takes hours and minutes, as in \"18:00\" or \"18:00:30\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double value = 77;
        char error[UNITS_ERROR_SIZE] = "";
        assert_false(units_parse(cases[i].kind, cases[i].text, &value, error, sizeof error));
        assert_true(value == 77);
        assert_string_equal(error, cases[i].error);
        assert_false(units_parse(cases[i].kind, cases[i].text, &value, NULL, 0));
        char tiny[8] = "";
        assert_false(units_parse(cases[i].kind, cases[i].text, &value, tiny, sizeof tiny));
        assert_true(memchr(tiny, '\0', sizeof tiny) != NULL);
    }
    char long_text[200], error[UNITS_ERROR_SIZE];
    memset(long_text, '9', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    double value;
    assert_false(units_parse(UNITS_BYTES, long_text, &value, error, sizeof error));
    assert_string_equal(error, "'99999999999999999999999999999999...': too long for a size");
}

static void exact_integers(void **state)
{
    (void)state;
    static const struct {
        enum units_kind kind;
        const char *text;
        int64_t value; /* -1: refused */
    } cases[] = {
        {UNITS_DURATION, "0.1us", 100},
        {UNITS_DURATION, "2h30m", 9000000000000},
        {UNITS_DURATION, "1.000000001s", 1000000001},
        {UNITS_DURATION, "0.1ns", -1},
        {UNITS_DURATION, "1.0ns", 1},
        {UNITS_DURATION, "0.00000000000ns", 0},
        {UNITS_DURATION, "1e-9s", 1},
        {UNITS_DURATION, "1e-400s", -1},
        {UNITS_DURATION, "9223372036854775807ns", INT64_MAX},
        {UNITS_DURATION, "9223372036854775808ns", -1},
        {UNITS_DURATION, "106751d", 106751 * 86400000000000},
        {UNITS_DURATION, "106752d", -1},
        {UNITS_DURATION, "1e300s", -1},
        {UNITS_DURATION, "106751d 23h 47m 16.854775807s", INT64_MAX},
        {UNITS_DURATION, "106751d 23h 47m 16.854775808s", -1},
        {UNITS_BYTES, "1.5 KiB", 1536},
        {UNITS_BYTES, "0.3 B", -1},
        {UNITS_BYTES, "0.1 KiB", -1},
        {UNITS_BYTES, "0.1 kB", 100},
        {UNITS_BYTES, "0.125 KiB", 128},
        {UNITS_BYTES, "9223372036854775807 B", INT64_MAX},
        {UNITS_BYTES, "8192 PiB", -1},
        {UNITS_BYTES, "8191 PiB", 8191LL << 50},
        {UNITS_COUNT, "100.50k", 100500},
        {UNITS_COUNT, "100.05k", 100050},
        {UNITS_COUNT, "0.05k", 50},
        {UNITS_COUNT, "1000000.000", 1000000},
        {UNITS_COUNT, "9223372036854775807", INT64_MAX},
        {UNITS_COUNT, "9,223,372,036,854,775,807", INT64_MAX},
        {UNITS_COUNT, "9223372036854775808", -1},
        {UNITS_COUNT, "10G", 10000000000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t value = -1;
        char error[UNITS_ERROR_SIZE] = "";
        bool ok = cases[i].kind == UNITS_DURATION
                      ? units_parse_ns(cases[i].text, &value, error, sizeof error)
                      : units_parse_int64(cases[i].kind, cases[i].text, &value, error, sizeof error);
        if (ok != (cases[i].value >= 0) || value != cases[i].value) {
            fail_msg("%s: %lld, not %lld (%s)", cases[i].text, (long long)value, (long long)cases[i].value,
                     error);
        }
    }
    int64_t ns;
    char error[UNITS_ERROR_SIZE];
    assert_false(units_parse_ns("0.5ns", &ns, error, sizeof error));
    assert_string_equal(error, "'0.5ns': the smallest duration is 1 ns: no parts of it");
    assert_false(units_parse_ns("300000d", &ns, error, sizeof error));
    assert_string_equal(error, "'300000d': too long: at most 292 years (106751d) fit");
}

static void prices(void **state)
{
    (void)state;
    double usd;
    const char *unit;
    char error[UNITS_ERROR_SIZE];
    assert_true(units_parse_price("$0.023/GB-month", &usd, &unit, error, sizeof error));
    assert_true(usd == 0.023);
    assert_string_equal(unit, "GB-month");
    assert_true(units_parse_price("$0.005 / 1k requests", &usd, &unit, error, sizeof error));
    assert_string_equal(unit, "1k requests");
    assert_false(units_parse_price("$0.023", &usd, &unit, error, sizeof error));
    assert_string_equal(
        error, "'$0.023': a price takes $ in front and what it buys behind, as in \"$0.023/GB-month\"");
    assert_false(units_parse_price("$0.023/parsec", &usd, &unit, error, sizeof error));
    assert_non_null(strstr(error, "a price is per GB-month, "));
    assert_non_null(strstr(error, "or 1M events"));
}

static void printed_for_people(void **state)
{
    (void)state;
    static const struct {
        enum units_kind kind;
        double value;
        const char *text;
    } cases[] = {
        {UNITS_DURATION, 0.0124, "12.4 ms"},
        {UNITS_DURATION, 21.4, "21.4 s"},
        {UNITS_DURATION, 200, "3m 20s"},
        {UNITS_DURATION, 0, "0 s"},
        {UNITS_DURATION, 250e-9, "250 ns"},
        {UNITS_DURATION, 1.5e-6, "1.5 us"},
        {UNITS_DURATION, 0.9994, "999 ms"},
        {UNITS_DURATION, 0.9996, "1 s"},
        {UNITS_DURATION, 59.94, "59.9 s"},
        {UNITS_DURATION, 59.97, "1m"},
        {UNITS_DURATION, 119.7, "2m"},
        {UNITS_DURATION, 3599.4, "59m 59s"},
        {UNITS_DURATION, 3599.6, "1h"},
        {UNITS_DURATION, 9000, "2h 30m"},
        {UNITS_DURATION, 86400 * 3 + 4 * 3600 + 100, "3d 4h"},
        {UNITS_DURATION, 86400 * 1234.0, "1,234d"},
        {UNITS_DURATION, -200, "-3m 20s"},
        {UNITS_BYTES, 12.3 * 1073741824, "12.3 GiB"},
        {UNITS_BYTES, 420, "420 B"},
        {UNITS_BYTES, 1023, "1023 B"},
        {UNITS_BYTES, 1024, "1 KiB"},
        {UNITS_BYTES, 1023.7 * 1024, "1 MiB"},
        {UNITS_BYTES, 0, "0 B"},
        {UNITS_BYTES_PER_S, 629145600, "600 MiB/s"},
        {UNITS_RATE, 1.04e6, "1.04M/s"},
        {UNITS_RATE, 990e3, "990k/s"},
        {UNITS_RATE, 999.7e3, "1M/s"},
        {UNITS_RATE, 999.4e3, "999k/s"},
        {UNITS_RATE, 2, "2/s"},
        {UNITS_RATE, 0.05, "3/min"},
        {UNITS_RATE, 0.001, "3.6/h"},
        {UNITS_RATE, 0, "0/s"},
        {UNITS_MONEY, 45210.4, "$45,210"},
        {UNITS_MONEY, 1234567.8, "$1,234,568"},
        {UNITS_MONEY, 99.5, "$99.50"},
        {UNITS_MONEY, 0.023, "$0.023"},
        {UNITS_MONEY, 0.00000457, "$0.00000457"},
        {UNITS_MONEY, 0, "$0"},
        {UNITS_MONEY, -12, "-$12.00"},
        {UNITS_MONEY_PER_TIME, 40.0 / 60, "$40.00/min"},
        {UNITS_MONEY_PER_TIME, 5.0 / 3600, "$5.00/h"},
        {UNITS_MONEY_PER_TIME, 100.0 / 2628000, "$100/month"},
        {UNITS_SHARE, 0.35, "35%"},
        {UNITS_SHARE, 0.1234, "12.3%"},
        {UNITS_SHARE, 0.0001, "0.01%"},
        {UNITS_SHARE, 1, "100%"},
        {UNITS_SHARE, 0.999952, "99.9952%"},
        {UNITS_SHARE, 0.9999999, "99.99999%"},
        {UNITS_SHARE, 0.995, "99.5%"},
        {UNITS_SHARE, 1 - 0x1p-53, "99.9999999999%"},
        {UNITS_SHARE, 12.5, "1,250%"},
        {UNITS_COUNT, 14234567890, "14,234,567,890"},
        {UNITS_COUNT, 999, "999"},
        {UNITS_COUNT, 1000, "1,000"},
        {UNITS_COUNT, 34.123, "34.1"},
        {UNITS_TIME_OF_DAY, 64800, "18:00"},
        {UNITS_TIME_OF_DAY, 64830, "18:00:30"},
        {UNITS_TIME_OF_DAY, 86400 + 60, "00:01"},
        {UNITS_DURATION, NAN, "unknown"},
        {UNITS_RATE, INFINITY, "infinite"},
        {UNITS_MONEY, -INFINITY, "-infinite"},
        {UNITS_BYTES, 1e30, "1e+30"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[UNITS_FORMAT_SIZE];
        units_format(cases[i].kind, cases[i].value, text, sizeof text);
        if (strcmp(text, cases[i].text) != 0)
            fail_msg("%.17g: '%s', not '%s'", cases[i].value, text, cases[i].text);
    }
}

/* What is printed for people is within half a percent of the value, over the whole range, and fits its
 * buffer. */
static void printing_is_close(void **state)
{
    (void)state;
    static const enum units_kind kinds[] = {UNITS_DURATION,    UNITS_BYTES, UNITS_RATE,
                                            UNITS_BYTES_PER_S, UNITS_MONEY, UNITS_MONEY_PER_TIME,
                                            UNITS_SHARE};
    struct philox random = philox_named(1, "test/units/printing");
    int read_back = 0;
    for (int round = 0; round < 30000; round++) {
        enum units_kind kind = kinds[round % 7];
        double value = exp((philox_uniform(&random) - 0.3) * 30);
        char text[UNITS_FORMAT_SIZE];
        units_format(kind, value, text, sizeof text);
        double back;
        if (!units_parse(kind, text, &back, NULL, 0)) {
            fail_msg("%.17g is printed as '%s', which does not read back", value, text);
        }
        /* Sub-nanosecond durations and the smallest rates keep three digits too; days drop to whole hours. */
        if (fabs(back - value) > 0.0051 * value && !(kind == UNITS_DURATION && fabs(back - value) <= 1800)) {
            fail_msg("%.17g is printed as '%s'", value, text);
        }
        if (kind == UNITS_DURATION && value < 3600 && fabs(back - value) > 0.0085 * value) {
            fail_msg("%.17g s is printed as '%s'", value, text);
        }
        read_back++;
    }
    assert_int_equal(read_back, 30000);
}

static void written_texts(void **state)
{
    (void)state;
    static const struct {
        enum units_kind kind;
        double value;
        const char *text;
    } cases[] = {
        {UNITS_DURATION, 0.01, "10ms"},
        {UNITS_DURATION, 1.5, "1.5s"},
        {UNITS_DURATION, 7 * 86400, "7d"},
        {UNITS_DURATION, 600, "10m"},
        {UNITS_DURATION, 0, "0s"},
        {UNITS_BYTES, 65536, "64 KiB"},
        {UNITS_BYTES, 420, "420 B"},
        {UNITS_BYTES, 6e12, "6 TB"},
        {UNITS_RATE, 1.2e6, "1.2M/s"},
        {UNITS_RATE, 0.05, "3/min"},
        {UNITS_MONEY, 190000, "$190k"},
        {UNITS_SHARE, 0.35, "35%"},
        {UNITS_COUNT, 2000000, "2000000"},
        {UNITS_TIME_OF_DAY, 64800, "18:00"},
        {UNITS_BYTES_PER_S, 629145600, "600 MiB/s"},
        {UNITS_MONEY_PER_TIME, 40.0 / 60, "$40/min"},
    };
    char text[UNITS_FORMAT_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(units_write(cases[i].kind, cases[i].value, text, sizeof text), cases[i].text);
    static const struct {
        int64_t ns;
        const char *text;
    } durations[] = {
        {0, "0s"},
        {10000000, "10ms"},
        {1500000000, "1500ms"},
        {9000000000000, "2h30m"},
        {604800000000000, "7d"},
        {90000000000, "1m30s"},
        {1, "1ns"},
        {INT64_MAX, "9223372036854775807ns"},
    };
    for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++)
        assert_string_equal(units_write_ns(durations[i].ns, text, sizeof text), durations[i].text);
    assert_string_equal(units_write_bytes(131072, text, sizeof text), "128 KiB");
    assert_string_equal(units_write_bytes(420, text, sizeof text), "420 B");
    assert_string_equal(units_write_bytes(0, text, sizeof text), "0 B");
    assert_string_equal(units_write_bytes(1000000, text, sizeof text), "1 MB");
    assert_string_equal(units_write_bytes(INT64_MAX, text, sizeof text), "9223372036854775807 B");
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    static const enum units_kind kinds[] = {UNITS_DURATION,    UNITS_BYTES, UNITS_RATE,
                                            UNITS_BYTES_PER_S, UNITS_MONEY, UNITS_MONEY_PER_TIME,
                                            UNITS_SHARE};
    struct philox random = philox_named(1, "test/units/writing");
    for (int round = 0; round < 3000; round++) {
        enum units_kind kind = kinds[round % 7];
        double value = exp((philox_uniform(&random) - 0.5) * 60);
        /* A third of them with few digits, as people give them. */
        if (round % 3 == 0)
            value = floor(philox_uniform(&random) * 1000) / (double)(1 + philox_below(&random, 9));
        char text[UNITS_FORMAT_SIZE];
        double back;
        units_write(kind, value, text, sizeof text);
        assert_true(units_parse(kind, text, &back, NULL, 0));
        assert_true(back == value);

        int64_t whole = (int64_t)(philox_next_u64(&random) >> (1 + philox_below(&random, 62))), read;
        units_write_ns(whole, text, sizeof text);
        assert_true(units_parse_ns(text, &read, NULL, 0));
        assert_true(read == whole);
        units_write_bytes(whole, text, sizeof text);
        assert_true(units_parse_int64(UNITS_BYTES, text, &read, NULL, 0));
        assert_true(read == whole);
    }
}

/* Random text never crashes the reader, and every refusal has words. */
static void noise(void **state)
{
    (void)state;
    static const char alphabet[] = "0123456789..,,__eE+-$%/: kKMGTPiBbtmsuhdwnin\xc2\xb5\x01";
    struct philox random = philox_named(1, "test/units/noise");
    int accepted = 0;
    for (int round = 0; round < 200000; round++) {
        char text[24];
        size_t n = philox_below(&random, round % 2 ? 7 : sizeof text);
        for (size_t i = 0; i < n; i++)
            text[i] = alphabet[philox_below(&random, sizeof alphabet - 1)];
        text[n] = '\0';
        enum units_kind kind = (enum units_kind)philox_below(&random, UNITS_PRICE + 1);
        double value = -1;
        char error[UNITS_ERROR_SIZE] = "";
        if (units_parse(kind, text, &value, error, sizeof error)) {
            assert_true(value >= 0 && isfinite(value));
            accepted++;
        } else {
            assert_true(error[0] == '\'' && strstr(error, "': ") != NULL);
            assert_true(strlen(error) < sizeof error - 1);
        }
        int64_t ns = -1;
        if (units_parse_ns(text, &ns, NULL, 0)) assert_true(ns >= 0);
    }
    assert_true(accepted > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(errors),
        cmocka_unit_test(exact_integers),
        cmocka_unit_test(prices),
        cmocka_unit_test(printed_for_people),
        cmocka_unit_test(printing_is_close),
        cmocka_unit_test(written_texts),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
