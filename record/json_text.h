/* json_text.h: a jansson value as text, the way the run record wants it — the same bytes everywhere.
 *
 * Keys keep their order. Objects go one member a line, indented by one space; lists of plain values go on one
 * line, so that a series of a thousand steps is one line and not a thousand. A double is written in the
 * fewest of 15, 16 or 17 significant digits that read back as the same double, and always shows that it is
 * one ("1.0"). Integers are integers.
 *
 * jansson's own writer prints 17 digits ("0.10000000000000001") or, from 2.15 on, the fewest: other bytes on
 * another machine. Hence this one.
 */
#ifndef HEADROOM_RECORD_JSON_TEXT_H
#define HEADROOM_RECORD_JSON_TEXT_H

#include <stddef.h>

struct arena;
struct json_t;

/* The text, NUL-terminated and ended with a newline, in the arena; *n is its length without the NUL. */
char *json_text(const struct json_t *, struct arena *, size_t *n);

/* A double as JSON: `out` must hold 32 bytes. CHECKs that it is finite. */
void json_text_double(double value, char out[32]);

#endif
