/* schema.c: see schema.h.
 *
 * The document has three parts:
 *   1. the shape: every object with its members, in the table's order; nothing required but an element's
 * name, and null allowed, since that is how a scenario that extends another takes a field away
 *   2. $defs/complete: what is required, and which members exclude each other; holds without "extends"
 *   3. $defs: one definition a type, so that a unit's pattern stands once
 */
#include "schema.h"

#include "json_jansson.h"
#include "json_text.h"
#include "scenario_build.h"
#include "units.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_PATTERN "([0-9]+|[0-9]{1,3}(,[0-9]{3})+|[0-9]{1,3}(_[0-9]{3})+)(\\.[0-9]+)?([eE][+-]?[0-9]+)?"
#define NAME_PATTERN "^[a-z0-9_-]{1,64}$"

const char *schema_quantity_pattern(enum units_kind kind, struct arena *arena)
{
    static const char size[] = "(B|kB|KB|MB|GB|TB|PB|KiB|MiB|GiB|TiB|PiB)";
    static const char number[] = NUMBER_PATTERN;
    switch (kind) {
    case UNITS_DURATION:
        return arena_printf(arena, "^( *%s *(ns|us|\u00b5s|\u03bcs|ms|s|m|min|h|d|w))+ *$", number);
    case UNITS_BYTES:
        return arena_printf(arena, "^ *%s *%s *$", number, size);
    case UNITS_RATE:
        return arena_printf(arena, "^ *%s *[kMG]? */ *(s|min|h|d) *$", number);
    case UNITS_BYTES_PER_S:
        return arena_printf(arena, "^ *%s *((%s|[kMGT]?bit) */ *(s|min|h)|[kMGT]?bps) *$", number, size);
    case UNITS_MONEY:
        return arena_printf(arena, "^ *\\$ *%s *[kMB]? *$", number);
    case UNITS_MONEY_PER_TIME:
        return arena_printf(arena, "^ *\\$ *%s *[kMB]? */ *(s|min|h|hour|d|day|w|week|month) *$", number);
    case UNITS_SHARE:
        return arena_printf(arena, "^ *%s *%% *$", number);
    case UNITS_COUNT:
        return arena_printf(arena, "^ *%s *[kMG]? *$", number);
    case UNITS_TIME_OF_DAY:
        return "^([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$";
    case UNITS_PRICE:
        break;
    }
    CHECK(false, "no field of a scenario holds units kind %d", (int)kind);
    return NULL;
}

/* --- definitions, one a type --- */

static json_t *of_type(const char *type)
{
    return json_pack("{s:s}", "type", type);
}

static json_t *of_pattern(const char *pattern)
{
    return json_pack("{s:s, s:s}", "type", "string", "pattern", pattern);
}

static json_t *any_of(json_t *first, json_t *second)
{
    json_t *list = json_array();
    if (first) json_array_append_new(list, first);
    if (second) json_array_append_new(list, second);
    return json_pack("{s:o}", "anyOf", list);
}

static json_t *reference(const char *name, struct arena *arena)
{
    return json_pack("{s:s}", "$ref", arena_printf(arena, "#/$defs/%s", name));
}

/* The values of a type that carry a number: as they are, as a range, or null. */
static json_t *numeric(json_t *value)
{
    json_t *range =
        json_pack("{s:s, s:{s:O, s:O, s:O}, s:[s, s, s], s:b}", "type", "object", "properties", "low", value,
                  "mid", value, "high", value, "required", "low", "mid", "high", "additionalProperties", 0);
    json_t *all = any_of(value, range);
    json_array_append_new(json_object_get(all, "anyOf"), of_type("null"));
    return all;
}

static json_t *nullable(json_t *value)
{
    return any_of(value, of_type("null"));
}

/* The name of a type's definition; NULL: it has none of its own. */
static const char *definition_name(enum scenario_type type)
{
    switch (type) {
    case SCENARIO_TEXT:
        return "text";
    case SCENARIO_NAME:
    case SCENARIO_REFERENCE:
        return "name";
    case SCENARIO_WORD:
        return "word";
    case SCENARIO_BOOL:
        return "bool";
    case SCENARIO_COUNT:
        return "count";
    case SCENARIO_NUMBER:
        return "number";
    case SCENARIO_DURATION:
        return "duration";
    case SCENARIO_BYTES:
        return "bytes";
    case SCENARIO_BYTES_PER_S:
        return "bytes_per_s";
    case SCENARIO_RATE:
        return "rate";
    case SCENARIO_SHARE:
        return "share";
    case SCENARIO_MONEY:
        return "money";
    case SCENARIO_MONEY_PER_TIME:
        return "money_per_time";
    case SCENARIO_TIME_OF_DAY:
        return "time_of_day";
    case SCENARIO_CONFIG_MS:
        return "config_ms";
    case SCENARIO_CONFIG_S:
        return "config_s";
    case SCENARIO_CONFIG_BYTES:
        return "config_bytes";
    case SCENARIO_OBJECT:
    case SCENARIO_LIST:
    case SCENARIO_MAP:
    case SCENARIO_CHOICE:
    case SCENARIO_CHOICES:
    case SCENARIO_COUNTS:
    case SCENARIO_REFERENCES:
    case SCENARIO_OBJECTIVES:
        break;
    }
    return NULL;
}

/* Kafka's own form: whole numbers, bare or as text, beside the quantity with its unit. */
static json_t *config(enum units_kind kind, struct arena *arena)
{
    json_t *value = any_of(of_type("integer"), of_pattern("^[0-9]{1,18}$"));
    json_array_append_new(json_object_get(value, "anyOf"), of_pattern(schema_quantity_pattern(kind, arena)));
    return numeric(value);
}

static json_t *definition(enum scenario_type type, struct arena *arena)
{
    static const struct {
        enum scenario_type type;
        enum units_kind kind;
    } quantities[] = {
        {SCENARIO_DURATION, UNITS_DURATION},
        {SCENARIO_BYTES, UNITS_BYTES},
        {SCENARIO_RATE, UNITS_RATE},
        {SCENARIO_BYTES_PER_S, UNITS_BYTES_PER_S},
        {SCENARIO_SHARE, UNITS_SHARE},
        {SCENARIO_MONEY, UNITS_MONEY},
        {SCENARIO_MONEY_PER_TIME, UNITS_MONEY_PER_TIME},
    };
    for (size_t i = 0; i < sizeof quantities / sizeof quantities[0]; i++)
        if (quantities[i].type == type)
            return numeric(of_pattern(schema_quantity_pattern(quantities[i].kind, arena)));
    if (type == SCENARIO_CONFIG_BYTES) return config(UNITS_BYTES, arena);
    if (type == SCENARIO_CONFIG_MS || type == SCENARIO_CONFIG_S) return config(UNITS_DURATION, arena);
    if (type == SCENARIO_COUNT)
        return numeric(any_of(of_type("integer"), of_pattern(schema_quantity_pattern(UNITS_COUNT, arena))));
    if (type == SCENARIO_NUMBER) return numeric(of_type("number"));
    if (type == SCENARIO_BOOL) return nullable(of_type("boolean"));
    if (type == SCENARIO_TIME_OF_DAY)
        return nullable(of_pattern(schema_quantity_pattern(UNITS_TIME_OF_DAY, arena)));
    if (type == SCENARIO_NAME) return nullable(of_pattern(NAME_PATTERN));
    if (type == SCENARIO_WORD) return nullable(of_pattern("^[^ ]+$"));
    CHECK(type == SCENARIO_TEXT, "type %d has no definition", (int)type);
    return nullable(json_pack("{s:s, s:i, s:i}", "type", "string", "minLength", 1, "maxLength", 4096));
}

/* --- what a row says of its field, in words --- */

static const char *condition_in_words(enum scenario_condition condition)
{
    switch (condition) {
    case SCENARIO_ALWAYS:
        return "always";
    case SCENARIO_IF_KAFKA_BEFORE_4:
        return "before Kafka 4.0";
    case SCENARIO_IF_MSK:
        return "on Amazon MSK";
    case SCENARIO_IF_MSK_THREE_ZONES:
        return "on Amazon MSK in three zones or more";
    case SCENARIO_IF_PROTOCOL_CONSUMER:
        return "with protocol consumer";
    case SCENARIO_IF_RESTART:
        return "for restart_group";
    }
    CHECK(false, "condition %d has no words", (int)condition);
    return NULL;
}

/* A bare number of Kafka's, with the unit that it stands for. */
static const char *with_unit(const struct scenario_row *row, const char *text, struct arena *arena)
{
    const char *unit = row->type == SCENARIO_CONFIG_MS      ? " ms"
                       : row->type == SCENARIO_CONFIG_S     ? " s"
                       : row->type == SCENARIO_CONFIG_BYTES ? " B"
                                                            : "";
    return arena_printf(arena, "%s%s", text, unit);
}

const char *schema_row_default(const struct scenario_row *row, struct arena *arena)
{
    if (!row->fallback) return NULL;
    const char *words = with_unit(row, row->fallback, arena);
    if (row->other.fallback)
        words = arena_printf(arena, "%s, %s %s", words, with_unit(row, row->other.fallback, arena),
                             condition_in_words(row->other.condition));
    return words;
}

const char *schema_row_range(const struct scenario_row *row, struct arena *arena)
{
    if (!row->min) return NULL;
    return arena_printf(arena, "%s to %s", with_unit(row, row->min, arena), with_unit(row, row->max, arena));
}

static const char *description(const struct scenario_row *row, struct arena *arena)
{
    const char *words = row->doc, *fallback = schema_row_default(row, arena),
               *range = schema_row_range(row, arena);
    if (fallback)
        words = arena_printf(arena, "%s. Default%s%s: %s", words, row->source ? " of " : "",
                             row->source ? row->source : "", fallback);
    if (range) words = arena_printf(arena, "%s. From %s", words, range);
    return words;
}

/* --- the shape --- */

static json_t *object_shape(const char *object, struct arena *arena);

static bool looks_integer(const char *word)
{
    const char *digits = word + (*word == '-');
    return *digits && strspn(digits, "0123456789") == strlen(digits);
}

static json_t *choice_shape(const struct scenario_row *row)
{
    json_t *words = json_array();
    for (const struct scenario_choice *choice = row->choices; choice->word; choice++) {
        if (choice->value == SCENARIO_NOT_MODELLED) continue;
        json_array_append_new(words, json_string(choice->word));
        /* acks is written 1 as well as "1". */
        if (looks_integer(choice->word)) json_array_append_new(words, json_integer(atoi(choice->word)));
    }
    json_array_append_new(words, json_null());
    return json_pack("{s:o}", "enum", words);
}

/* "^ *(freshness\.[a-z0-9_.-]+|...) *(<=|>=|==|<|>) *[^ ].*$" */
static const char *objective_pattern(struct arena *arena)
{
    const char *metrics = "";
    for (int i = 0; scenario_metric_pattern(i); i++) {
        const char *pattern = scenario_metric_pattern(i),
                   *text = *metrics ? arena_printf(arena, "%s|", metrics) : "";
        for (const char *p = pattern; *p; p++) {
            if (*p == '<') {
                p = strchr(p, '>');
                text = arena_printf(arena, "%s[a-z0-9_.-]+", text);
            } else {
                text = arena_printf(arena, *p == '.' ? "%s\\%c" : "%s%c", text, *p);
            }
        }
        metrics = text;
    }
    return arena_printf(arena, "^ *(%s) *(<=|>=|==|<|>) *[^ ].*$", metrics);
}

static json_t *list_shape(const struct scenario_row *row, json_t *items)
{
    return json_pack("{s:[s, s], s:o, s:i}", "type", "array", "null", "items", items, "maxItems",
                     row->elements_max);
}

static json_t *row_shape(const struct scenario_row *row, struct arena *arena)
{
    char path[SCENARIO_ROW_PATH_SIZE];
    json_t *shape;
    if (row->type == SCENARIO_CHOICE) return choice_shape(row);
    if (row->type == SCENARIO_BOOL && row->source)
        return json_pack("{s:[b, b, s, s, n]}", "enum", 1, 0, "true",
                         "false"); /* Kafka's files have only text */
    if (row->or_word) return any_of(json_pack("{s:[s]}", "enum", row->or_word), reference(definition_name(row->type), arena));
    if (definition_name(row->type)) return reference(definition_name(row->type), arena);
    switch (row->type) {
    case SCENARIO_CHOICES: {
        json_t *one = choice_shape(row), *words = json_object_get(one, "enum");
        json_array_remove(words, json_array_size(words) - 1); /* null is not one of a list */
        shape = list_shape(row, one);
        json_object_set_new(shape, "minItems", json_integer(1));
        json_object_set_new(shape, "uniqueItems", json_true());
        return shape;
    }
    case SCENARIO_REFERENCES:
        shape = list_shape(row, of_pattern(NAME_PATTERN));
        json_object_set_new(shape, "minItems", json_integer(1));
        json_object_set_new(shape, "uniqueItems", json_true());
        return shape;
    case SCENARIO_COUNTS:
        shape = list_shape(row, reference(definition_name(SCENARIO_COUNT), arena));
        json_object_set_new(shape, "minItems", json_integer(1));
        json_object_set_new(shape, "uniqueItems", json_true());
        return shape;
    case SCENARIO_OBJECTIVES:
        return list_shape(row, of_pattern(objective_pattern(arena)));
    case SCENARIO_LIST:
        return list_shape(row, object_shape(scenario_row_path(row, true, path, sizeof path), arena));
    case SCENARIO_MAP:
        return json_pack("{s:[s, s], s:{s:o}, s:b, s:i}", "type", "object", "null", "patternProperties",
                         NAME_PATTERN, object_shape(scenario_row_path(row, true, path, sizeof path), arena),
                         "additionalProperties", 0, "maxProperties", row->elements_max);
    default:
        CHECK(row->type == SCENARIO_OBJECT, "%s.%s: type %d has no shape", row->object, row->key,
              (int)row->type);
    }
    shape = object_shape(scenario_row_path(row, false, path, sizeof path), arena);
    if (!row->shorthand) {
        json_object_set_new(shape, "type", json_pack("[s, s]", "object", "null"));
        return shape;
    }
    const struct scenario_row *shorthand = scenario_row(path, row->shorthand);
    return any_of(row_shape(shorthand, arena), shape);
}

static json_t *object_shape(const char *object, struct arena *arena)
{
    size_t length = strlen(object);
    json_t *members = json_object(), *shape = json_pack("{s:s}", "type", "object");
    bool is_element = length > 2 && !strcmp(object + length - 2, "[]");
    for EACH_SCENARIO_ROW(row) {
        if (strcmp(row->object, object) != 0) continue;
        json_t *member = json_pack("{s:s}", "description", description(row, arena));
        if (row->fallback)
            json_object_set_new(member, "default",
                                json_to_jansson(scenario_value_of_text(row, row->fallback, arena)));
        json_t *its = row_shape(row, arena);
        json_object_update(member, its);
        json_decref(its);
        bool plain = row->type == SCENARIO_COUNT || row->type == SCENARIO_NUMBER ||
                     row->type == SCENARIO_CONFIG_MS || row->type == SCENARIO_CONFIG_S ||
                     row->type == SCENARIO_CONFIG_BYTES;
        if (plain && row->min) {
            json_object_set_new(member, "minimum",
                                json_to_jansson(scenario_value_of_text(row, row->min, arena)));
            json_object_set_new(member, "maximum",
                                json_to_jansson(scenario_value_of_text(row, row->max, arena)));
        }
        if (is_element && !json_object_size(members))
            json_object_set_new(shape, "required", json_pack("[s]", row->key));
        json_object_set_new(members, row->key, member);
    }
    if (is_element)
        json_object_set_new(members, "remove",
                            json_pack("{s:s, s:[b]}", "description",
                                      "takes the element of this name away from the extended scenario's list", "enum", 1));
    json_object_set_new(shape, "properties", members);
    json_object_set_new(shape, "additionalProperties", json_false());
    return shape;
}

/* --- what a scenario that stands alone must have --- */

static json_t *object_complete(const char *object, struct arena *arena);

/* The words of "a|b|c" as a list. */
static json_t *words_of(const char *list)
{
    json_t *words = json_array();
    for (const char *p = list; *p;) {
        size_t n = strcspn(p, "|");
        json_array_append_new(words, json_stringn(p, n));
        p += n + (p[n] == '|');
    }
    return words;
}

static bool is_word_of(const char *list, const char *word)
{
    json_t *words = words_of(list);
    bool found = false;
    size_t i;
    json_t *one;
    json_array_foreach(words, i, one) found = found || strcmp(json_string_value(one), word) == 0;
    json_decref(words);
    return found;
}

static void append(json_t *schema, const char *keyword, json_t *value)
{
    if (!json_object_get(schema, keyword)) json_object_set_new(schema, keyword, json_array());
    json_array_append_new(json_object_get(schema, keyword), value);
}

static void put(json_t *schema, const char *keyword, const char *key, json_t *value)
{
    if (!json_object_get(schema, keyword)) json_object_set_new(schema, keyword, json_object());
    json_object_set_new(json_object_get(schema, keyword), key, value);
}

/* A row that fits only beside certain siblings, or beside one that has certain words. */
static void complete_when(json_t *schema, const struct scenario_row *row, struct arena *arena)
{
    const char *equals = strchr(row->when, '=');
    if (equals) {
        const char *sibling = arena_strndup(arena, row->when, (size_t)(equals - row->when));
        json_t *has = json_pack("{s:{s:{s:o}}}", "properties", sibling, "enum", words_of(equals + 1));
        const char *fallback = scenario_row(row->object, sibling)->fallback; /* what an absent one says */
        if (fallback && !is_word_of(equals + 1, fallback)) append(has, "required", json_string(sibling));
        if (row->required && row->unless)
            append(schema, "allOf",
                   json_pack("{s:O, s:{s:[{s:[s]}, {s:[s]}]}}", "if", has, "then", "anyOf", "required", row->key, "required", row->unless));
        else if (row->required)
            append(schema, "allOf", json_pack("{s:O, s:{s:[s]}}", "if", has, "then", "required", row->key));
        if (row->unless) append(schema, "allOf", json_pack("{s:{s:[s, s]}}", "not", "required", row->key, row->unless));
        put(schema, "dependentSchemas", row->key, has);
        return;
    }
    json_t *siblings = words_of(row->when), *any = json_array();
    size_t i;
    json_t *sibling;
    json_array_foreach(siblings, i, sibling)
    {
        json_array_append_new(any, json_pack("{s:[O]}", "required", sibling));
        if (row->required)
            append(
                schema, "allOf",
                json_pack("{s:{s:[O]}, s:{s:[s]}}", "if", "required", sibling, "then", "required", row->key));
    }
    put(schema, "dependentSchemas", row->key, json_pack("{s:o}", "anyOf", any));
    json_decref(siblings);
}

/* What the object, list or map of a row must have inside, or NULL. */
static json_t *nested_complete(const struct scenario_row *row, struct arena *arena)
{
    char path[SCENARIO_ROW_PATH_SIZE];
    bool element = row->type != SCENARIO_OBJECT;
    json_t *inner = object_complete(scenario_row_path(row, element, path, sizeof path), arena);
    if (row->type == SCENARIO_MAP) return inner ? json_pack("{s:o}", "additionalProperties", inner) : NULL;
    if (row->type == SCENARIO_OBJECT) {
        if (!inner || !row->shorthand) return inner;
        /* A range stands for the shorthand's value, and is no object of this kind. */
        return any_of(json_pack("{s:[s]}", "required", "mid"), inner);
    }
    json_t *list = json_object();
    if (row->required) json_object_set_new(list, "minItems", json_integer(1));
    if (inner) json_object_set_new(list, "items", inner);
    if (json_object_size(list)) return list;
    json_decref(list);
    return NULL;
}

static json_t *object_complete(const char *object, struct arena *arena)
{
    json_t *schema = json_object();
    for EACH_SCENARIO_ROW(row) {
        if (strcmp(row->object, object) != 0) continue;
        if (row->required && !row->when) append(schema, "required", json_string(row->key));
        if (row->is_alternative) append(schema, "oneOf", json_pack("{s:[s]}", "required", row->key));
        if (row->when) complete_when(schema, row, arena);
        bool nests = row->type == SCENARIO_OBJECT || row->type == SCENARIO_LIST || row->type == SCENARIO_MAP;
        json_t *nested = nests ? nested_complete(row, arena) : NULL;
        if (nested) put(schema, "properties", row->key, nested);
    }
    if (json_object_size(schema)) return schema;
    json_decref(schema);
    return NULL;
}

/* --- the document --- */

char *schema_text(struct arena *arena, size_t *n)
{
    json_t *schema = json_pack(
        "{s:s, s:s, s:s}", "$schema", "https://json-schema.org/draft/2020-12/schema", "title",
        "headroom scenario", "description",
        "A scenario of headroom. Quantities are texts with units; {\"low\", \"mid\", \"high\"} may stand "
        "wherever a number may; null takes a field of the extended scenario away.");
    json_t *shape = object_shape("", arena), *definitions = json_object();
    json_object_update(schema, shape);
    json_decref(shape);
    json_object_set_new(schema, "if", json_pack("{s:[s]}", "required", "extends"));
    json_object_set_new(
        schema, "else",
        json_pack("{s:[o, o]}", "allOf", reference("complete", arena), reference("no_null", arena)));
    json_object_set_new(definitions, "complete", object_complete("", arena));
    json_object_set_new(definitions, "no_null",
                        json_pack("{s:{s:[{s:s}, {s:s, s:[s]}]}, s:o, s:o}", "not", "anyOf", "type", "null", "type",
                                  "object", "required", "remove", "additionalProperties",
                                  reference("no_null", arena), "items", reference("no_null", arena)));
    for (enum scenario_type type = 0; type <= SCENARIO_OBJECTIVES; type++)
        if (definition_name(type) && type != SCENARIO_REFERENCE)
            json_object_set_new(definitions, definition_name(type), definition(type, arena));
    json_object_set_new(schema, "$defs", definitions);
    char *text = json_text(schema, arena, n);
    json_decref(schema);
    return text;
}
