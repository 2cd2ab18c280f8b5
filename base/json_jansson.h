/* json_jansson.h: a tree that json.h read, as a jansson value.
 *
 * Apart from json.h so that a program which only reads does not link jansson. The result is a new reference,
 * owned by the caller. Integral numbers become jansson integers, others reals. Of duplicate keys the first is
 * kept.
 */
#ifndef HEADROOM_BASE_JSON_JANSSON_H
#define HEADROOM_BASE_JSON_JANSSON_H

#include <jansson.h>

struct json_value;

json_t *json_to_jansson(const struct json_value *value);

#endif
