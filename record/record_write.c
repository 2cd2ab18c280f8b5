/* record_write.c: struct record -> JSON, by the rows of record_shape.c. */
#include "record.h"

#include "arena.h"
#include "check.h"
#include "json_text.h"
#include "record_shape.h"

#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct writer {
    struct arena *arena;
    json_t *reasons;
};

static json_t *need(json_t *value)
{
    CHECK(value != NULL, "jansson refuses a value: a string that is not UTF-8, or no memory");
    return value;
}

static void put(json_t *object, const char *key, json_t *value)
{
    CHECK(json_object_get(object, key) == NULL, "the record has '%s' twice", key);
    CHECK(json_object_set_new(object, key, need(value)) == 0, "jansson refuses the key '%s'", key);
}

static void append(json_t *array, json_t *value)
{
    CHECK(json_array_append_new(array, need(value)) == 0, "jansson refuses an item");
}

static json_t *null_because(struct writer *w, const struct record_at *at, const char *why)
{
    put(w->reasons, record_pointer(w->arena, at), json_string(why != NULL ? why : RECORD_NOT_FILLED));
    return json_null();
}

static json_t *write_number(struct writer *w, const struct record_at *at, const struct record_number *number)
{
    if (!number->known) return null_because(w, at, number->why_null);
    CHECK(isfinite(number->value), "%s is %f", record_pointer(w->arena, at), number->value);
    return json_real(number->value);
}

static json_t *write_text(const char *text)
{
    return json_string(text != NULL ? text : "");
}

static json_t *write_file(struct writer *w, const struct record_at *at, const struct record_file *file)
{
    if (file->name == NULL) return null_because(w, at, file->why_null);
    json_t *object = need(json_object());
    put(object, "name", json_string(file->name));
    put(object, "sha256", write_text(file->sha256));
    return object;
}

static json_t *write_intervals(struct writer *w, const struct record_at *at,
                               const struct record_interval *intervals)
{
    json_t *object = need(json_object());
    for (int i = 0; i < RECORD_FIGURES; i++) {
        const struct record_interval *interval = &intervals[i];
        const struct record_at inner = {at, record_figure_names[i]};
        if (interval->known) {
            CHECK(interval->low <= interval->high, "%s is [%g, %g]", record_pointer(w->arena, &inner),
                  interval->low, interval->high);
            json_t *pair = need(json_array());
            append(pair, json_real(interval->low));
            append(pair, json_real(interval->high));
            put(object, inner.token, pair);
        } else if (interval->why_null != NULL) {
            put(object, inner.token, null_because(w, &inner, interval->why_null));
        }
    }
    return object;
}

static json_t *write_doubles(struct writer *w, const struct record_at *at, const double *values, int n,
                             const char *why)
{
    json_t *array = need(json_array());
    bool has_null = false;
    for (int i = 0; i < n; i++) {
        CHECK(!isinf(values[i]), "%s[%d] is %f", record_pointer(w->arena, at), i, values[i]);
        has_null = has_null || isnan(values[i]);
        append(array, isnan(values[i]) ? json_null() : json_real(values[i]));
    }
    if (has_null) json_decref(null_because(w, at, why));
    return array;
}

static json_t *write_series(struct writer *w, const struct record_at *at, const struct record *record)
{
    json_t *object = need(json_object());
    put(object, "step_s", json_real(record->series.step_s));
    const struct record_at t = {at, "t"};
    put(object, "t", write_doubles(w, &t, record->series.t, record->series.n, NULL));
    for (int i = 0; i < record->series.columns_n; i++) {
        const struct record_column *column = &record->series.columns[i];
        const struct record_at inner = {at, column->name};
        put(object, column->name,
            write_doubles(w, &inner, column->values, record->series.n, column->why_null));
    }
    return object;
}

static json_t *write_grid(const struct record_grid *grid)
{
    json_t *rows = need(json_array());
    for (int r = 0; r < grid->rows; r++) {
        json_t *row = need(json_array());
        for (int c = 0; c < grid->columns; c++)
            append(row, json_integer(grid->values[(size_t)r * (size_t)grid->columns + (size_t)c]));
        append(rows, row);
    }
    return rows;
}

static void write_members(struct writer *w, const struct record_at *at, const struct record_shape *shape,
                          const char *base, json_t *object);

static json_t *write_object(struct writer *w, const struct record_at *at, const struct record_shape *shape,
                            const char *base)
{
    json_t *object = need(json_object());
    write_members(w, at, shape, base, object);
    return object;
}

/* The pointer and the count of a list row. */
static int list_of(const struct record_field *field, const char *base, const char **items)
{
    int n;
    memcpy(items, base + field->offset, sizeof(*items));
    memcpy(&n, base + field->extra, sizeof(n));
    CHECK(n >= 0 && (n == 0 || *items != NULL), "'%s' has %d items", field->key, n);
    return n;
}

static json_t *write_list(struct writer *w, const struct record_at *at, const struct record_field *field,
                          const char *base)
{
    const char *items;
    int n = list_of(field, base, &items);
    json_t *list;
    switch (field->kind) {
    case RECORD_KIND_LIST:
        list = need(json_array());
        for (int i = 0; i < n; i++) {
            char index[16];
            snprintf(index, sizeof(index), "%d", i);
            const struct record_at inner = {at, index};
            append(list, write_object(w, &inner, field->shape, items + (size_t)i * field->shape->size));
        }
        return list;
    case RECORD_KIND_NAMED:
        list = need(json_object());
        for (int i = 0; i < n; i++) {
            const char *item = items + (size_t)i * field->shape->size;
            struct record_at inner = {at, NULL};
            memcpy(&inner.token, item, sizeof(inner.token));
            put(list, inner.token, write_object(w, &inner, field->shape, item));
        }
        return list;
    case RECORD_KIND_NAMED_NUMBERS:
        list = need(json_object());
        for (int i = 0; i < n; i++) {
            const struct record_named_number *item = (const void *)(items + (size_t)i * sizeof(*item));
            const struct record_at inner = {at, item->name};
            put(list, item->name, write_number(w, &inner, &item->number));
        }
        return list;
    case RECORD_KIND_NAMED_COUNTS:
        list = need(json_object());
        for (int i = 0; i < n; i++) {
            const struct record_named_count *item = (const void *)(items + (size_t)i * sizeof(*item));
            put(list, item->name, json_integer(item->count));
        }
        return list;
    case RECORD_KIND_FILES:
        list = need(json_array());
        for (int i = 0; i < n; i++) {
            const struct record_file *item = (const void *)(items + (size_t)i * sizeof(*item));
            CHECK(item->name != NULL, "'%s' has an item without a name", field->key);
            append(list, write_file(w, at, item));
        }
        return list;
    default:
        CHECK(field->kind == RECORD_KIND_TEXTS, "'%s' is no list", field->key);
        list = need(json_array());
        for (int i = 0; i < n; i++)
            append(list, write_text(((const char *const *)(const void *)items)[i]));
        return list;
    }
}

/* NULL: the member is left out. */
static json_t *write_member(struct writer *w, const struct record_at *at, const struct record_field *field,
                            const char *base)
{
    const void *member = base + field->offset;
    switch (field->kind) {
    case RECORD_KIND_TEXT:
        return write_text(*(const char *const *)member);
    case RECORD_KIND_TEXT_OPTIONAL:
        return *(const char *const *)member != NULL ? json_string(*(const char *const *)member) : NULL;
    case RECORD_KIND_TEXT_MAYBE: {
        const struct record_text *text = member;
        return text->text != NULL ? json_string(text->text) : null_because(w, at, text->why_null);
    }
    case RECORD_KIND_BOOL:
        return json_boolean(*(const bool *)member);
    case RECORD_KIND_INT:
        return json_integer(*(const int *)member);
    case RECORD_KIND_INT64:
        return json_integer(*(const int64_t *)member);
    case RECORD_KIND_SEED: {
        uint64_t seed = *(const uint64_t *)member;
        if (seed <= INT64_MAX) return json_integer((json_int_t)seed);
        char digits[24];
        snprintf(digits, sizeof(digits), "%llu", (unsigned long long)seed);
        return json_string(digits);
    }
    case RECORD_KIND_DOUBLE: {
        double value = *(const double *)member;
        CHECK(isfinite(value), "%s is %f", record_pointer(w->arena, at), value);
        return json_real(value);
    }
    case RECORD_KIND_NUMBER:
        return write_number(w, at, member);
    case RECORD_KIND_NUMBER_OPTIONAL: {
        const struct record_number *number = member;
        return number->known || number->why_null != NULL ? write_number(w, at, number) : NULL;
    }
    case RECORD_KIND_VERDICT:
        return json_string(record_verdict_name(*(const enum record_verdict *)member));
    case RECORD_KIND_MET: {
        enum record_verdict met = *(const enum record_verdict *)member;
        const char *why;
        memcpy(&why, base + field->extra, sizeof(why));
        return met == RECORD_INCONCLUSIVE ? null_because(w, at, why) : json_boolean(met == RECORD_MET);
    }
    case RECORD_KIND_FILE:
        return write_file(w, at, member);
    case RECORD_KIND_JSON: {
        const json_t *value = *(json_t *const *)member;
        if (value == NULL) return json_object();
        CHECK(json_is_object(value), "%s is no JSON object", record_pointer(w->arena, at));
        /* The record only borrows it, and json_decref() of the document gives this reference back. */
        return json_incref((json_t *)(uintptr_t)value);
    }
    case RECORD_KIND_OBJECT:
        return write_object(w, at, field->shape, member);
    case RECORD_KIND_OBJECT_OPTIONAL:
    case RECORD_KIND_OBJECT_MAYBE: {
        const struct record_text *name =
            (const void *)((const char *)member + field->shape->fields[0].offset);
        if (name->text != NULL) return write_object(w, at, field->shape, member);
        return field->kind == RECORD_KIND_OBJECT_MAYBE ? null_because(w, at, name->why_null) : NULL;
    }
    case RECORD_KIND_INTERVALS:
        return write_intervals(w, at, member);
    case RECORD_KIND_SERIES:
        return write_series(w, at, (const void *)base);
    case RECORD_KIND_GRID:
        return write_grid(member);
    default:
        return write_list(w, at, field, base);
    }
}

static void write_members(struct writer *w, const struct record_at *at, const struct record_shape *shape,
                          const char *base, json_t *object)
{
    for (int i = 0; i < shape->fields_n; i++) {
        const struct record_field *field = &shape->fields[i];
        const struct record_at inner = {at, field->key};
        json_t *value = write_member(w, &inner, field, base);
        if (value != NULL || !record_kind_is_optional(field->kind)) put(object, field->key, value);
    }
}

static json_t *write_shape(struct writer *w, const struct record_shape *shape, const void *base,
                           const char *version_key, int version)
{
    json_t *document = need(json_object());
    put(document, version_key, json_integer(version));
    write_members(w, NULL, shape, base, document);
    put(document, "reasons", w->reasons);
    return document;
}

static json_t *write_document(const struct record *record, bool with_host, struct arena *arena)
{
    char why[512];
    CHECK(record_adds_up(record, why, sizeof(why)), "%s", why);
    struct writer w = {.arena = arena, .reasons = need(json_object())};
    json_t *document = write_shape(&w, &record_shape_document, record, "record", RECORD_VERSION);
    if (with_host) put(document, "host", write_object(&w, NULL, &record_shape_host, (const char *)record));
    return document;
}

char *record_shape_write(const struct record_shape *shape, const void *base, const char *version_key, int version,
                         struct arena *arena, size_t *n)
{
    struct writer w = {.arena = arena, .reasons = need(json_object())};
    json_t *document = write_shape(&w, shape, base, version_key, version);
    char *text = json_text(document, arena, n);
    json_decref(document);
    return text;
}

char *record_write(const struct record *record, bool with_host, struct arena *arena, size_t *n)
{
    json_t *document = write_document(record, with_host, arena);
    char *text = json_text(document, arena, n);
    json_decref(document);
    return text;
}

int record_reasons(const struct record *record, struct arena *arena, const struct record_reason **reasons)
{
    json_t *document = write_document(record, false, arena);
    json_t *object = json_object_get(document, "reasons");
    size_t n = json_object_size(object);
    CHECK(n <= INT_MAX, "%zu reasons", n);
    struct record_reason *list = ARENA_NEW(arena, struct record_reason, n);
    size_t i = 0;
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        list[i++] =
            (struct record_reason){arena_strdup(arena, key), arena_strdup(arena, json_string_value(value))};
    }
    json_decref(document);
    *reasons = list;
    return (int)n;
}
