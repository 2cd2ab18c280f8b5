/* json_text.c: see json_text.h. */
#include "json_text.h"

#include "arena.h"
#include "check.h"
#include "text_buffer.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_text(struct text_buffer *text, const char *s)
{
    text_buffer_put(text, s, strlen(s));
}

static void put_string(struct text_buffer *text, const char *s, size_t n)
{
    put_text(text, "\"");
    size_t from = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f) continue;
        char escape[8];
        if (c == '"' || c == '\\') {
            snprintf(escape, sizeof(escape), "\\%c", c);
        } else if (c == '\n') {
            snprintf(escape, sizeof(escape), "\\n");
        } else if (c == '\t') {
            snprintf(escape, sizeof(escape), "\\t");
        } else {
            snprintf(escape, sizeof(escape), "\\u%04x", c);
        }
        text_buffer_put(text, s + from, i - from);
        put_text(text, escape);
        from = i + 1;
    }
    text_buffer_put(text, s + from, n - from);
    put_text(text, "\"");
}

void json_text_double(double value, char out[32])
{
    CHECK(out && isfinite(value), "JSON has no %f", value);
    if (value == 0) value = 0; /* no "-0.0" */
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, 32, "%.*g", digits, value);
        if (strtod(out, NULL) == value) break;
    }
    CHECK(strchr(out, ',') == NULL, "the locale writes %s", out);
    if (strpbrk(out, ".e") == NULL) strcat(out, ".0");
}

static bool is_plain(const json_t *value)
{
    return !json_is_object(value) && !json_is_array(value);
}

static void put_value(struct text_buffer *text, const json_t *value, int depth);

static void put_line(struct text_buffer *text, int depth)
{
    put_text(text, "\n");
    for (int i = 0; i < depth; i++)
        put_text(text, " ");
}

static void put_array(struct text_buffer *text, const json_t *value, int depth)
{
    size_t n = json_array_size(value);
    bool flat = true;
    for (size_t i = 0; i < n; i++)
        flat = flat && is_plain(json_array_get(value, i));
    put_text(text, "[");
    for (size_t i = 0; i < n; i++) {
        if (i > 0) put_text(text, flat ? ", " : ",");
        if (!flat) put_line(text, depth + 1);
        put_value(text, json_array_get(value, i), depth + 1);
    }
    if (!flat) put_line(text, depth);
    put_text(text, "]");
}

static void put_object(struct text_buffer *text, const json_t *value, int depth)
{
    /* jansson's iterators take a non-const object but change nothing. */
    json_t *object = (json_t *)(uintptr_t)value;
    const char *key;
    json_t *member;
    bool first = true;
    put_text(text, "{");
    json_object_foreach(object, key, member)
    {
        if (!first) put_text(text, ",");
        first = false;
        put_line(text, depth + 1);
        put_string(text, key, strlen(key));
        put_text(text, ": ");
        put_value(text, member, depth + 1);
    }
    if (!first) put_line(text, depth);
    put_text(text, "}");
}

static void put_value(struct text_buffer *text, const json_t *value, int depth)
{
    char number[32];
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        put_object(text, value, depth);
        return;
    case JSON_ARRAY:
        put_array(text, value, depth);
        return;
    case JSON_STRING:
        put_string(text, json_string_value(value), json_string_length(value));
        return;
    case JSON_INTEGER:
        snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        put_text(text, number);
        return;
    case JSON_REAL:
        json_text_double(json_real_value(value), number);
        put_text(text, number);
        return;
    case JSON_TRUE:
        put_text(text, "true");
        return;
    case JSON_FALSE:
        put_text(text, "false");
        return;
    case JSON_NULL:
        put_text(text, "null");
        return;
    }
    CHECK(false, "a JSON value of type %d", (int)json_typeof(value));
}

char *json_text(const struct json_t *value, struct arena *arena, size_t *n)
{
    struct text_buffer text;
    text_buffer_init(&text, arena, 65536);
    put_value(&text, value, 0);
    text_buffer_put(&text, "\n", 2); /* with the NUL */
    *n = text.n - 1;
    return text.bytes;
}
