/* json_jansson.c: copies a tree; recursion is bounded by JSON_DEPTH_MAX. */
#include "json_jansson.h"

#include "check.h"
#include "json.h"

json_t *json_to_jansson(const struct json_value *value)
{
    json_t *made = NULL;
    switch (value->kind) {
    case JSON_VALUE_NULL:
        made = json_null();
        break;
    case JSON_VALUE_BOOL:
        made = json_boolean(value->boolean);
        break;
    case JSON_VALUE_NUMBER:
        made = value->integral ? json_integer((json_int_t)value->integer) : json_real(value->number);
        break;
    case JSON_VALUE_STRING:
        made = json_stringn(value->text, value->n);
        break;
    case JSON_VALUE_ARRAY:
        made = json_array();
        CHECK(made, "out of memory for JSON");
        for (size_t i = 0; i < value->n; i++) {
            int failed = json_array_append_new(made, json_to_jansson(&value->items[i]));
            CHECK(!failed, "appending item %zu", i);
        }
        break;
    case JSON_VALUE_OBJECT:
        made = json_object();
        CHECK(made, "out of memory for JSON");
        for (size_t i = 0; i < value->n; i++) {
            const struct json_value *item = &value->items[i];
            if (json_object_get(made, item->key)) continue;
            int failed = json_object_set_new(made, item->key, json_to_jansson(item));
            CHECK(!failed, "setting member %s", item->key);
        }
        break;
    }
    CHECK(made, "making a JSON value of kind %d", (int)value->kind);
    return made;
}
