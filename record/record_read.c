/* record_read.c: JSON -> struct record, by the rows of record_shape.c.
 *
 * jansson reads here, not base/json.h: a record is written by this program, its integers and reals must come
 * back as what they were, and positions inside it help nobody. A mistake names the JSON pointer instead.
 */
#include "record.h"

#include "arena.h"
#include "check.h"
#include "diag.h"
#include "record_shape.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    const char *file;
    struct arena *arena;
    struct diag *diag;
    const json_t *reasons;
};

__attribute__((format(printf, 3, 4))) static void mistake(struct reader *r, const struct record_at *at,
                                                          const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = arena_vprintf(r->arena, format, args);
    va_end(args);
    diag_add(r->diag, r->file, DIAG_NO_POS, record_pointer(r->arena, at), "%s", message);
}

static const char *kind_name(const json_t *value)
{
    if (value == NULL) return "missing";
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
        return "a whole number";
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    case JSON_NULL:
        return "null";
    }
    return "unknown";
}

static void wrong(struct reader *r, const struct record_at *at, const json_t *value, const char *wanted)
{
    mistake(r, at, "is %s, should be %s", kind_name(value), wanted);
}

static const char *reason_of(struct reader *r, const struct record_at *at)
{
    const char *why = json_string_value(json_object_get(r->reasons, record_pointer(r->arena, at)));
    if (why == NULL) {
        mistake(r, at, "is null, and /reasons does not say why");
        return "";
    }
    return arena_strdup(r->arena, why);
}

static const char *read_text(struct reader *r, const struct record_at *at, const json_t *value)
{
    if (!json_is_string(value)) {
        wrong(r, at, value, "a string");
        return "";
    }
    return arena_strdup(r->arena, json_string_value(value));
}

static double read_double(struct reader *r, const struct record_at *at, const json_t *value)
{
    if (json_is_number(value)) return json_number_value(value);
    wrong(r, at, value, "a number");
    return 0;
}

static int64_t read_integer(struct reader *r, const struct record_at *at, const json_t *value)
{
    if (json_is_integer(value)) return json_integer_value(value);
    wrong(r, at, value, "a whole number");
    return 0;
}

static int read_int(struct reader *r, const struct record_at *at, const json_t *value)
{
    int64_t wide = read_integer(r, at, value);
    if (wide >= 0 && wide <= INT_MAX) return (int)wide;
    mistake(r, at, "is %" PRId64 ", should be 0 .. %d", wide, INT_MAX);
    return 0;
}

static uint64_t read_seed(struct reader *r, const struct record_at *at, const json_t *value)
{
    if (json_is_string(value)) {
        const char *digits = json_string_value(value);
        char *end;
        errno = 0;
        unsigned long long seed = strtoull(digits, &end, 10);
        if (digits[0] >= '0' && digits[0] <= '9' && *end == '\0' && errno == 0) return seed;
        mistake(r, at, "is no whole number below 2^64");
        return 0;
    }
    int64_t seed = read_integer(r, at, value);
    if (seed >= 0) return (uint64_t)seed;
    mistake(r, at, "is %" PRId64 ", should be 0 or more", seed);
    return 0;
}

static struct record_number read_number(struct reader *r, const struct record_at *at, const json_t *value)
{
    if (json_is_null(value)) return record_unknown(reason_of(r, at));
    if (json_is_number(value)) return record_known(json_number_value(value));
    wrong(r, at, value, "a number or null");
    return record_unknown(NULL);
}

static enum record_verdict read_verdict(struct reader *r, const struct record_at *at, const json_t *value)
{
    const enum record_verdict verdicts[] = {RECORD_MET, RECORD_MISSED, RECORD_INCONCLUSIVE};
    const char *text = json_string_value(value);
    for (size_t i = 0; text != NULL && i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
        if (strcmp(text, record_verdict_name(verdicts[i])) == 0) return verdicts[i];
    }
    wrong(r, at, value, "\"met\", \"missed\" or \"inconclusive\"");
    return RECORD_INCONCLUSIVE;
}

static struct record_file read_file(struct reader *r, const struct record_at *at, const json_t *value)
{
    struct record_file file = {0};
    if (json_is_null(value)) {
        file.why_null = reason_of(r, at);
    } else if (json_is_object(value)) {
        const struct record_at name = {at, "name"}, sha256 = {at, "sha256"};
        file.name = read_text(r, &name, json_object_get(value, "name"));
        file.sha256 = read_text(r, &sha256, json_object_get(value, "sha256"));
    } else {
        wrong(r, at, value, "an object or null");
    }
    return file;
}

static void read_intervals(struct reader *r, const struct record_at *at, const json_t *value,
                           struct record_interval *out)
{
    if (!json_is_object(value)) {
        wrong(r, at, value, "an object");
        return;
    }
    size_t used = 0;
    for (int i = 0; i < RECORD_FIGURES; i++) {
        const struct record_at inner = {at, record_figure_names[i]};
        const json_t *pair = json_object_get(value, inner.token);
        if (pair == NULL) continue;
        used++;
        if (json_is_null(pair)) {
            out[i].why_null = reason_of(r, &inner);
        } else if (json_is_array(pair) && json_array_size(pair) == 2 &&
                   json_is_number(json_array_get(pair, 0)) && json_is_number(json_array_get(pair, 1)) &&
                   json_number_value(json_array_get(pair, 0)) <= json_number_value(json_array_get(pair, 1))) {
            out[i] = (struct record_interval){.low = json_number_value(json_array_get(pair, 0)),
                                              .high = json_number_value(json_array_get(pair, 1)),
                                              .known = true};
        } else {
            mistake(r, &inner, "should be [low, high]");
        }
    }
    if (used != json_object_size(value)) mistake(r, at, "has a member that is no figure of a distribution");
}

static double *read_doubles(struct reader *r, const struct record_at *at, const json_t *value, size_t n,
                            const char **why_null)
{
    double *values = ARENA_NEW(r->arena, double, n);
    if (!json_is_array(value) || json_array_size(value) != n) {
        mistake(r, at, "should be a list of %zu numbers, as long as /series/t", n);
        return values;
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(value, i);
        if (json_is_number(item)) {
            values[i] = json_number_value(item);
        } else if (json_is_null(item) && why_null != NULL) {
            values[i] = NAN;
            if (*why_null == NULL) *why_null = reason_of(r, at);
        } else {
            mistake(r, at, "item %zu is %s, should be a number", i, kind_name(item));
            return values;
        }
    }
    return values;
}

static void read_series(struct reader *r, const struct record_at *at, const json_t *value,
                        struct record *record)
{
    if (!json_is_object(value)) {
        wrong(r, at, value, "an object");
        return;
    }
    const struct record_at step = {at, "step_s"}, t = {at, "t"};
    record->series.step_s = read_double(r, &step, json_object_get(value, "step_s"));
    const json_t *times = json_object_get(value, "t");
    size_t n = json_array_size(times);
    record->series.t = read_doubles(r, &t, times, n, NULL);
    record->series.n = (int)n; /* a document of at most INT_MAX bytes has fewer items */
    record->series.columns = ARENA_NEW(r->arena, struct record_column, json_object_size(value));
    const char *key;
    json_t *column;
    json_object_foreach((json_t *)(uintptr_t)value, key, column)
    {
        if (strcmp(key, "step_s") == 0 || strcmp(key, "t") == 0) continue;
        const struct record_at inner = {at, key};
        struct record_column *to = &record->series.columns[record->series.columns_n++];
        to->name = arena_strdup(r->arena, key);
        to->values = read_doubles(r, &inner, column, n, &to->why_null);
    }
}

static void read_grid(struct reader *r, const struct record_at *at, const json_t *value, struct record_grid *grid)
{
    size_t rows = json_array_size(value), columns = json_array_size(json_array_get(value, 0));
    bool even = json_is_array(value);
    for (size_t i = 0; i < rows; i++) {
        const json_t *row = json_array_get(value, i);
        even = even && json_is_array(row) && json_array_size(row) == columns;
    }
    if (!even) {
        mistake(r, at, "should be a list of rows, each a list of as many whole numbers");
        return;
    }
    int64_t *values = ARENA_NEW(r->arena, int64_t, rows * columns); /* no more than the document has characters */
    for (size_t i = 0; i < rows * columns; i++) {
        const json_t *item = json_array_get(json_array_get(value, i / columns), i % columns);
        if (!json_is_integer(item)) {
            mistake(r, at, "row %zu, item %zu is %s, should be a whole number", i / columns, i % columns,
                    kind_name(item));
            return;
        }
        values[i] = json_integer_value(item);
    }
    *grid = (struct record_grid){.rows = (int)rows, .columns = (int)columns, .values = values};
}

static void read_members(struct reader *r, const struct record_at *at, const struct record_shape *shape,
                         const json_t *object, char *base, const char *const *also);

/* The members an object may have besides its shape's: none. */
static void read_object(struct reader *r, const struct record_at *at, const struct record_shape *shape,
                        const json_t *value, char *base)
{
    if (!json_is_object(value))
        wrong(r, at, value, "an object");
    else
        read_members(r, at, shape, value, base, NULL);
}

static size_t item_size(const struct record_field *field)
{
    switch (field->kind) {
    case RECORD_KIND_NAMED_NUMBERS:
        return sizeof(struct record_named_number);
    case RECORD_KIND_NAMED_COUNTS:
        return sizeof(struct record_named_count);
    case RECORD_KIND_FILES:
        return sizeof(struct record_file);
    case RECORD_KIND_TEXTS:
        return sizeof(const char *);
    default:
        return field->shape->size;
    }
}

static void read_item(struct reader *r, const struct record_at *at, const struct record_field *field,
                      const json_t *value, char *item)
{
    switch (field->kind) {
    case RECORD_KIND_NAMED_NUMBERS:
        ((struct record_named_number *)(void *)item)->number = read_number(r, at, value);
        break;
    case RECORD_KIND_NAMED_COUNTS:
        ((struct record_named_count *)(void *)item)->count = read_integer(r, at, value);
        break;
    case RECORD_KIND_FILES:
        if (json_is_object(value))
            *(struct record_file *)(void *)item = read_file(r, at, value);
        else
            wrong(r, at, value, "an object");
        break;
    case RECORD_KIND_TEXTS:
        *(const char **)(void *)item = read_text(r, at, value);
        break;
    default:
        read_object(r, at, field->shape, value, item);
        break;
    }
}

static void read_list(struct reader *r, const struct record_at *at, const struct record_field *field,
                      const json_t *value, char *base)
{
    bool named = field->kind == RECORD_KIND_NAMED || field->kind == RECORD_KIND_NAMED_NUMBERS ||
                 field->kind == RECORD_KIND_NAMED_COUNTS;
    if (named ? !json_is_object(value) : !json_is_array(value)) {
        wrong(r, at, value, named ? "an object" : "a list");
        return;
    }
    size_t n = named ? json_object_size(value) : json_array_size(value);
    size_t size = item_size(field);
    char *items = arena_alloc(r->arena, n, size);
    if (named) {
        size_t i = 0;
        const char *key;
        json_t *member;
        json_object_foreach((json_t *)(uintptr_t)value, key, member)
        {
            const struct record_at inner = {at, key};
            const char *name = arena_strdup(r->arena, key);
            memcpy(items + i * size, &name, sizeof(name));
            read_item(r, &inner, field, member, items + i * size);
            i++;
        }
    } else {
        for (size_t i = 0; i < n; i++) {
            char index[24];
            snprintf(index, sizeof(index), "%zu", i);
            const struct record_at inner = {at, index};
            read_item(r, &inner, field, json_array_get(value, i), items + i * size);
        }
    }
    int count = (int)n;
    memcpy(base + field->offset, &items, sizeof(items));
    memcpy(base + field->extra, &count, sizeof(count));
}

static void read_member(struct reader *r, const struct record_at *at, const struct record_field *field,
                        const json_t *value, char *base)
{
    void *member = base + field->offset;
    switch (field->kind) {
    case RECORD_KIND_TEXT:
        *(const char **)member = read_text(r, at, value);
        break;
    case RECORD_KIND_TEXT_OPTIONAL:
        if (value != NULL) *(const char **)member = read_text(r, at, value);
        break;
    case RECORD_KIND_TEXT_MAYBE: {
        struct record_text *text = member;
        if (json_is_null(value))
            text->why_null = reason_of(r, at);
        else
            text->text = read_text(r, at, value);
        break;
    }
    case RECORD_KIND_BOOL:
        if (json_is_boolean(value))
            *(bool *)member = json_is_true(value);
        else
            wrong(r, at, value, "true or false");
        break;
    case RECORD_KIND_INT:
        *(int *)member = read_int(r, at, value);
        break;
    case RECORD_KIND_INT64:
        *(int64_t *)member = read_integer(r, at, value);
        break;
    case RECORD_KIND_SEED:
        *(uint64_t *)member = read_seed(r, at, value);
        break;
    case RECORD_KIND_DOUBLE:
        *(double *)member = read_double(r, at, value);
        break;
    case RECORD_KIND_NUMBER:
        *(struct record_number *)member = read_number(r, at, value);
        break;
    case RECORD_KIND_NUMBER_OPTIONAL:
        if (value != NULL) *(struct record_number *)member = read_number(r, at, value);
        break;
    case RECORD_KIND_VERDICT:
        *(enum record_verdict *)member = read_verdict(r, at, value);
        break;
    case RECORD_KIND_MET:
        if (json_is_null(value)) {
            const char *why = reason_of(r, at);
            memcpy(base + field->extra, &why, sizeof(why));
        } else if (json_is_boolean(value)) {
            *(enum record_verdict *)member = json_is_true(value) ? RECORD_MET : RECORD_MISSED;
        } else {
            wrong(r, at, value, "true, false or null");
        }
        break;
    case RECORD_KIND_FILE:
        *(struct record_file *)member = read_file(r, at, value);
        break;
    case RECORD_KIND_JSON:
        if (json_is_object(value))
            *(json_t **)member = json_incref((json_t *)(uintptr_t)value);
        else
            wrong(r, at, value, "an object");
        break;
    case RECORD_KIND_OBJECT_OPTIONAL:
        if (value != NULL) read_object(r, at, field->shape, value, member);
        break;
    case RECORD_KIND_OBJECT:
        read_object(r, at, field->shape, value, member);
        break;
    case RECORD_KIND_OBJECT_MAYBE:
        if (json_is_null(value)) {
            struct record_text *name = (void *)((char *)member + field->shape->fields[0].offset);
            name->why_null = reason_of(r, at);
        } else {
            read_object(r, at, field->shape, value, member);
        }
        break;
    case RECORD_KIND_INTERVALS:
        read_intervals(r, at, value, member);
        break;
    case RECORD_KIND_SERIES:
        read_series(r, at, value, (void *)base);
        break;
    case RECORD_KIND_GRID:
        read_grid(r, at, value, member);
        break;
    default:
        read_list(r, at, field, value, base);
        break;
    }
}

static bool is_one_of(const char *key, const char *const *names)
{
    for (; names != NULL && *names != NULL; names++) {
        if (strcmp(key, *names) == 0) return true;
    }
    return false;
}

static void read_members(struct reader *r, const struct record_at *at, const struct record_shape *shape,
                         const json_t *object, char *base, const char *const *also)
{
    for (int i = 0; i < shape->fields_n; i++) {
        const struct record_field *field = &shape->fields[i];
        const struct record_at inner = {at, field->key};
        const json_t *value = json_object_get(object, field->key);
        if (value == NULL && !record_kind_is_optional(field->kind))
            mistake(r, &inner, "is missing");
        else
            read_member(r, &inner, field, value, base);
    }
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        bool known = is_one_of(key, also);
        for (int i = 0; i < shape->fields_n && !known; i++)
            known = strcmp(key, shape->fields[i].key) == 0;
        const struct record_at inner = {at, key};
        if (!known) mistake(r, &inner, "is no member of a run record of version %d", RECORD_VERSION);
    }
}

static void read_document(struct reader *r, const json_t *document, struct record *record, bool *had_host)
{
    const json_t *version = json_object_get(document, "record");
    if (!json_is_integer(version) || json_integer_value(version) != RECORD_VERSION) {
        const struct record_at at = {NULL, "record"};
        mistake(r, &at, "a run record of version %d begins {\"record\": %d", RECORD_VERSION, RECORD_VERSION);
        return;
    }
    r->reasons = json_object_get(document, "reasons");
    if (!json_is_object(r->reasons)) {
        const struct record_at at = {NULL, "reasons"};
        wrong(r, &at, r->reasons, "an object");
        return;
    }
    const char *const also[] = {"record", "reasons", "host", NULL};
    read_members(r, NULL, &record_shape_document, document, (char *)record, also);
    const json_t *host = json_object_get(document, "host");
    if (had_host != NULL) *had_host = host != NULL;
    const struct record_at at = {NULL, "host"};
    if (host != NULL) read_object(r, &at, &record_shape_host, host, (char *)record);
}

struct record *record_read(const char *file, const char *text, size_t n, struct arena *arena,
                           struct diag *diag, bool *had_host)
{
    if (had_host != NULL) *had_host = false;
    if (n > INT_MAX) {
        diag_add(diag, file, DIAG_NO_POS, "", "is %zu bytes long; a run record has at most %d", n, INT_MAX);
        return NULL;
    }
    json_error_t error;
    json_t *document = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
    if (document == NULL) {
        struct diag_pos pos = {error.line > 0 ? (uint32_t)error.line : 1,
                               error.column > 0 ? (uint32_t)error.column : 1,
                               error.position > 0 ? (uint32_t)error.position : 0};
        diag_add(diag, file, pos, "", "%s", error.text);
        return NULL;
    }
    struct reader r = {.file = file, .arena = arena, .diag = diag};
    struct record *record = ARENA_NEW(arena, struct record, 1);
    size_t mistakes = diag_count(diag);
    if (!json_is_object(document))
        wrong(&r, NULL, document, "an object");
    else
        read_document(&r, document, record, had_host);
    char why[512];
    if (diag_count(diag) == mistakes && !record_adds_up(record, why, sizeof(why)))
        mistake(&r, NULL, "the accounts do not add up: %s", why);
    json_decref(document);
    if (diag_count(diag) != mistakes) {
        record_release(record);
        return NULL;
    }
    return record;
}

void record_release(struct record *record)
{
    json_decref((json_t *)(uintptr_t)record->scenario.resolved);
    record->scenario.resolved = NULL;
}
