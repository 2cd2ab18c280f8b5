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

#include <stddef.h>

struct arena;

/* The document, NUL-terminated and ended with a newline; *n is its length without the NUL. The same bytes
 * everywhere. */
char *schema_text(struct arena *arena, size_t *n);

/* The pattern of a quantity, for the tests: as units.h reads it, but for limits on its size. */
enum units_kind;
const char *schema_quantity_pattern(enum units_kind kind, struct arena *arena);

#endif
