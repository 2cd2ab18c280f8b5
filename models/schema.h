/* schema.h: the JSON Schema (draft 2020-12) of a scenario, for editors and for other programs.
 *
 * Made from the rows of scenario_table.c and from nothing else, so it can name no field that does not exist
 * and miss none that does. Each field has its description, default, unit and range in words.
 *
 * What it can say it says: names, types, quantities with their units as patterns, ranges of plain numbers,
 * {"low", "mid", "high"} wherever a number may stand, words, which members exclude each other, and what is
 * required; the last only where the scenario does not extend another, whose fields then hold. What it cannot
 * say, `headroom check` does: that names refer to something, that a quantity is in its range, that fields fit
 * each other. So whatever `check` accepts, the schema accepts; the reverse does not hold.
 *
 * Patterns are written in what POSIX extended expressions and ECMA 262 have in common.
 *
 * Errors: none. Ownership: the text lives in the arena. Cost: a few milliseconds.
 */
#ifndef HEADROOM_MODELS_SCHEMA_H
#define HEADROOM_MODELS_SCHEMA_H

#include "units.h"

#include <stddef.h>

struct arena;
struct scenario_row;

/* The document, NUL-terminated and ended with a newline; *n is its length without the NUL. The same bytes
 * everywhere. */
char *schema_text(struct arena *arena, size_t *n);

/* A row's default for people, with the unit of a bare number and the other default it may have ("5 ms, 0 ms
 * before Kafka 4.0"), and its range ("0 ms to 3600000 ms"). NULL: it has none. */
const char *schema_row_default(const struct scenario_row *row, struct arena *arena);
const char *schema_row_range(const struct scenario_row *row, struct arena *arena);

/* The pattern of a quantity: what units.h reads, but for limits on its size. Not of UNITS_PRICE, which no
 * field holds. */
const char *schema_quantity_pattern(enum units_kind kind, struct arena *arena);

#endif
