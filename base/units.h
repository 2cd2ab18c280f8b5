/* units.h: quantities with units, as people write and read them.
 *
 * Reading. A quantity is a number and a unit, with or without a space between: "250 B", "64KiB", "1.2M/s".
 * Numbers are decimal, may have a fraction, an exponent ("1e6 B") and '_' or ',' between groups of three
 * digits ("2,000,000"); no sign, since no quantity here may be negative. Units are case-sensitive where case
 * carries meaning (MB is a megabyte, Mbit a megabit, m a minute, M a million). A bare number where a unit
 * belongs is an error; so is a number that overflows.
 *
 * kind                    units read                                            value, always
 * UNITS_DURATION          ns us ms s m min h d w, also joined: "2h30m"           seconds
 * UNITS_BYTES             B kB KB MB GB TB PB (decimal) KiB MiB GiB TiB PiB      bytes
 * UNITS_RATE              number, then k M G or none, then /s /min /h /d         events per second
 * UNITS_BYTES_PER_S       a size or bit kbit Mbit Gbit Tbit, then /s (/min /h)   bytes per second
 * UNITS_MONEY             $, number, then k M B or none                          US dollars
 * UNITS_MONEY_PER_TIME    an amount of money, then /s /min /h /d /w /month       US dollars per second
 * UNITS_SHARE             number, then %                                         0.35 for "35%"; may exceed 1
 * UNITS_COUNT             number, then k M G or none                             a whole number, at most 2^53
 * UNITS_TIME_OF_DAY       "18:00" or "18:00:30"                                  seconds since midnight
 * UNITS_PRICE             an amount of money, then /UNIT: see units_parse_price  US dollars per UNIT
 *
 * GB is decimal and GiB binary, in what is read and in what is printed. A month is 730 hours, as on
 * the cloud's bill.
 *
 * Errors say what was found and which units fit: `'10 parsecs': a duration takes ns, us, ms, s, m, h, d or w,
 * as in "10ms"`. They fit a diag message as they are. The numeric locale must be C, as it is in a program
 * that never calls setlocale().
 */
#ifndef HEADROOM_BASE_UNITS_H
#define HEADROOM_BASE_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum units_kind {
    UNITS_DURATION,
    UNITS_BYTES,
    UNITS_RATE,
    UNITS_BYTES_PER_S,
    UNITS_MONEY,
    UNITS_MONEY_PER_TIME,
    UNITS_SHARE,
    UNITS_COUNT,
    UNITS_TIME_OF_DAY,
    UNITS_PRICE,
};

enum {
    UNITS_ERROR_SIZE = 384, /* an error text always fits in this */
    UNITS_FORMAT_SIZE = 64, /* a formatted quantity always fits in this */
    UNITS_HOURS_PER_MONTH = 730,
};

/* false: *value is untouched and error says why (error may be NULL). Results are finite and >= 0. */
bool units_parse(enum units_kind kind, const char *text, double *value, char *error, size_t error_n);

/* A duration in whole nanoseconds, exactly; at most 2^63 - 1 ns (292 years). A part of a nanosecond is an
 * error. */
bool units_parse_ns(const char *text, int64_t *ns, char *error, size_t error_n);

/* Sizes in whole bytes and counts, exactly; at most 2^63 - 1. "1.5 KiB" is 1536 bytes; "0.3 B" is an error.
 */
bool units_parse_int64(enum units_kind kind, const char *text, int64_t *value, char *error, size_t error_n);

/* "$0.023/GB-month" -> 0.023 and "GB-month". Units: GB GiB TB TiB, each alone or with -month or -hour; hour,
 * month, instance-hour, broker-hour, request, event, each of the last two also as "1k requests", "1M events".
 * *unit points to a constant. */
bool units_parse_price(const char *text, double *usd, const char **unit, char *error, size_t error_n);

const char *units_kind_name(enum units_kind kind); /* "a duration", "a size", "a rate", … */
const char *units_fitting(enum units_kind kind);   /* `ns, us, ms, s, m, h, d or w, as in "10ms"` */

/* For people, about three digits: "12.4 ms", "3m 20s", "1.04M/s", "12.3 GiB", "$45,210", "35%", "18:00".
 * Values as units_parse() gives them; negative values get a minus sign; NaN is "unknown". UNITS_BYTES prints
 * binary units, UNITS_BYTES_PER_S too ("600 MiB/s"). Returns buffer, which should have UNITS_FORMAT_SIZE
 * bytes. */
const char *units_format(enum units_kind kind, double value, char *buffer, size_t buffer_n);

/* For machines and resolved scenarios: the shortest text that units_parse() reads back as exactly this value:
 * "1.5s", "64 KiB", "1.2M/s", "35%". value must be finite and >= 0 (CHECKed), and a count or time of day
 * whole. Returns buffer. */
const char *units_write(enum units_kind kind, double value, char *buffer, size_t buffer_n);
const char *units_write_ns(int64_t ns, char *buffer, size_t buffer_n);       /* "10ms", "2h30m" */
const char *units_write_bytes(int64_t bytes, char *buffer, size_t buffer_n); /* "128 KiB", "420 B" */

#endif
