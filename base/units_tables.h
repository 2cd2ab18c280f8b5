/* units_tables.h: what units.c (reading) and units_print.c share; no one else includes it. */
#ifndef HEADROOM_BASE_UNITS_TABLES_H
#define HEADROOM_BASE_UNITS_TABLES_H

#include "units.h"

/* value = number * 10^ten * factor / divisor */
struct unit {
    const char *name;
    int ten;
    uint64_t factor;
    uint64_t divisor;
};

enum {
    MINUTE_S = 60,
    HOUR_S = 3600,
    DAY_S = 86400,
    WEEK_S = 604800,
    MONTH_S = UNITS_HOURS_PER_MONTH * HOUR_S,
};

#define KI (1LL << 10)
#define MI (1LL << 20)
#define GI (1LL << 30)
#define TI (1LL << 40)
#define PI (1LL << 50)

/* How long each table is; of some, only the first rows are written, the rest are other spellings. */
enum {
    UNITS_DURATION_WRITTEN = 8,
    UNITS_DURATION_N = 11,
    UNITS_SIZE_WRITTEN = 11,
    UNITS_SIZE_N = 12,
    UNITS_COUNT_N = 4,
    UNITS_MONEY_N = 4,
    UNITS_SHARE_N = 1,
    UNITS_PER_BYTES = 3, /* the rows that may follow a size, */
    UNITS_PER_RATE = 4,  /* a rate, */
    UNITS_PER_N = 9,     /* or money */
};
extern const struct unit units_duration_units[UNITS_DURATION_N]; /* seconds */
extern const struct unit units_size_units[UNITS_SIZE_N];         /* bytes */
extern const struct unit units_count_units[UNITS_COUNT_N];
extern const struct unit units_money_units[UNITS_MONEY_N];
extern const struct unit units_share_units[UNITS_SHARE_N];
extern const struct unit units_per_units[UNITS_PER_N]; /* what follows a slash: seconds to divide by */

/* A number as written: its digits as an integer, and the power of ten they stand for. */
struct units_number {
    uint64_t digits;
    int ten;
};

enum units_exactness { UNITS_EXACT, UNITS_TOO_LARGE, UNITS_NOT_WHOLE };

const struct unit *units_find(const struct unit *units, size_t n_units, const char *name, size_t n);
double units_to_double(struct units_number number, const struct unit *unit);
/* number * 10^(unit's ten + scale_ten) * factor / divisor as an integer */
enum units_exactness units_to_int64(struct units_number number, const struct unit *unit, int scale_ten,
                                    int64_t *value);

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#endif
