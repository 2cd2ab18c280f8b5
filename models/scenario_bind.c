/* scenario_bind.c: binds a JSON tree to struct scenario, one row of the table at a time.
 *
 * 1. For each row of an object, in the table's order: find the member, or its default; check that it fits
 * here; read it; check its range; store it; put it into the resolved scenario.
 * 2. Members that no row names are unknown fields.
 * 3. References are resolved at the end, when every name is known.
 */
#include "scenario_build.h"

#include "json_jansson.h"

#include <limits.h>
#include <string.h>

static void bind_object(struct scenario_build *build, const char *object, const struct json_value *value,
                        char *base, json_t *out);

/* --- storing it --- */

static void store(struct scenario_build *build, const struct scenario_row *row,
                  const struct scenario_quantity *quantity, char *base)
{
    char *target = base + row->offset;
    bool whole = row->type == SCENARIO_COUNT || row->type == SCENARIO_CHOICE;
    switch (row->landing) {
    case SCENARIO_LANDS_NOWHERE:
        return;
    case SCENARIO_LANDS_STRING:
        *(const char **)(void *)target = arena_strdup(build->arena, quantity->text);
        return;
    case SCENARIO_LANDS_BOOL:
        *(bool *)target = quantity->boolean;
        return;
    case SCENARIO_LANDS_INT: {
        CHECK(whole && quantity->integer >= INT_MIN && quantity->integer <= INT_MAX,
              "%s.%s does not fit an int", row->object, row->key);
        int value = (int)quantity->integer;
        memcpy(target, &value, sizeof value); /* also into an enum, which has an int's size */
        return;
    }
    case SCENARIO_LANDS_INT64:
        *(int64_t *)(void *)target = quantity->integer;
        return;
    case SCENARIO_LANDS_UINT64:
        CHECK(quantity->integer >= 0, "%s.%s is negative", row->object, row->key);
        *(uint64_t *)(void *)target = (uint64_t)quantity->integer;
        return;
    case SCENARIO_LANDS_DOUBLE:
        *(double *)(void *)target = quantity->number;
        return;
    case SCENARIO_LANDS_INDEX:
    case SCENARIO_LANDS_INDICES:
        CHECK(false, "%s.%s is a reference", row->object, row->key);
    }
}

static void store_alternative(const struct scenario_row *row, char *base)
{
    if (row->is_alternative)
        memcpy(base + row->alternative_offset, &row->alternative, sizeof row->alternative);
}

static const char *fallback_of(const struct scenario_build *build, const struct scenario_row *row,
                               const char *base)
{
    const struct scenario *scenario = build->scenario;
    bool msk = scenario->platform && !strcmp(scenario->platform, "msk");
    bool holds = false;
    switch (row->other.condition) {
    case SCENARIO_ALWAYS:
        break;
    case SCENARIO_IF_KAFKA_BEFORE_4:
        holds = scenario->kafka && scenario->kafka[0] < '4';
        break;
    case SCENARIO_IF_MSK:
        holds = msk;
        break;
    case SCENARIO_IF_MSK_THREE_ZONES:
        holds = msk && scenario->cluster.zones >= 3;
        break;
    case SCENARIO_IF_PROTOCOL_CONSUMER:
        holds = scenario_group_protocol((const struct scenario_group *)(const void *)base) == PROTOCOL_CONSUMER;
        break;
    case SCENARIO_IF_RESTART:
        holds = ((const struct scenario_fault *)(const void *)base)->kind == FAULT_RESTART_GROUP;
        break;
    }
    return holds ? row->other.fallback : row->fallback;
}

/* --- rows --- */

static void bind_scalar(struct scenario_build *build, const struct scenario_row *row,
                        const struct json_value *value, char *base, json_t *out)
{
    struct scenario_quantity quantity = SCENARIO_QUANTITY_NONE;
    if (!scenario_read_value(build, row, value, &quantity)) return;
    store(build, row, &quantity, base);
    json_object_set_new(out, row->key, json_to_jansson(value));
}

static void add_pending(struct scenario_build *build, const struct scenario_row *row,
                        const struct json_value *value, int *target)
{
    struct scenario_pending *pending = ARENA_NEW(build->arena, struct scenario_pending, 1);
    *pending = (struct scenario_pending){.row = row, .value = value, .target = target};
    *build->pending_end = pending;
    build->pending_end = &pending->next;
}

static void bind_references(struct scenario_build *build, const struct scenario_row *row,
                            const struct json_value *value, char *base, json_t *out)
{
    if (value->kind != JSON_VALUE_ARRAY) {
        scenario_mismatch(build, row, value);
        return;
    }
    if (!value->n) json_mistake(build->diag, value, "is empty");
    int *targets = (int *)(void *)(base + row->offset);
    int n = 0;
    for (size_t i = 0; i < value->n; i++) {
        const struct json_value *item = &value->items[i];
        bool twice = false;
        for (size_t j = 0; j < i && item->kind == JSON_VALUE_STRING; j++)
            if (value->items[j].kind == JSON_VALUE_STRING && !strcmp(value->items[j].text, item->text))
                twice = true;
        if (item->kind != JSON_VALUE_STRING)
            scenario_mismatch(build, row, item);
        else if (twice)
            json_mistake(build->diag, item, "\"%s\" stands here twice", item->text);
        else if (n == row->elements_max)
            json_mistake(build->diag, item, "is one too many: at most %d fit", row->elements_max);
        else
            add_pending(build, row, item, &targets[n++]);
    }
    memcpy(base + row->offset_n, &n, sizeof n);
    json_object_set_new(out, row->key, json_to_jansson(value));
}

/* Each number once. */
static void bind_counts(struct scenario_build *build, const struct scenario_row *row, const struct json_value *value, char *base, json_t *out)
{
    if (value->kind != JSON_VALUE_ARRAY) {
        scenario_mismatch(build, row, value);
        return;
    }
    if (!value->n) json_mistake(build->diag, value, "is empty");
    int *counts = (int *)(void *)(base + row->offset), n = 0;
    for (size_t i = 0; i < value->n; i++) {
        const struct json_value *item = &value->items[i];
        struct scenario_quantity quantity = SCENARIO_QUANTITY_NONE;
        if (!scenario_read_value(build, row, item, &quantity)) continue;
        bool twice = false;
        for (int j = 0; j < n; j++) twice |= counts[j] == (int)quantity.integer;
        if (twice)
            json_mistake(build->diag, item, "%d stands here twice", (int)quantity.integer);
        else if (n == row->elements_max)
            json_mistake(build->diag, item, "is one too many: at most %d fit", row->elements_max);
        else
            counts[n++] = (int)quantity.integer;
    }
    memcpy(base + row->offset_n, &n, sizeof n);
    json_object_set_new(out, row->key, json_to_jansson(value));
}

/* Each word once; the sum of their bits is stored. */
static void bind_choices(struct scenario_build *build, const struct scenario_row *row,
                         const struct json_value *value, char *base, json_t *out)
{
    if (value->kind != JSON_VALUE_ARRAY) {
        scenario_mismatch(build, row, value);
        return;
    }
    if (!value->n) json_mistake(build->diag, value, "is empty");
    int bits = 0;
    for (size_t i = 0; i < value->n; i++) {
        const struct json_value *item = &value->items[i];
        struct scenario_quantity quantity = SCENARIO_QUANTITY_NONE;
        if (!scenario_read_value(build, row, item, &quantity)) continue;
        if (bits & (int)quantity.integer) json_mistake(build->diag, item, "\"%s\" stands here twice", quantity.text);
        bits |= (int)quantity.integer;
    }
    memcpy(base + row->offset, &bits, sizeof bits);
    json_object_set_new(out, row->key, json_to_jansson(value));
}

/* The indices inside one element start as -1, whatever is given. */
static void clear_indices(const char *object, char *base)
{
    size_t n = strlen(object);
    for EACH_SCENARIO_ROW(row)
        if (row->landing == SCENARIO_LANDS_INDEX && !strncmp(row->object, object, n) &&
            (row->object[n] == '\0' || row->object[n] == '.')) {
            int none = -1;
            memcpy(base + row->offset, &none, sizeof none);
        }
}

static void bind_elements(struct scenario_build *build, const struct scenario_row *row,
                          const struct json_value *value, char *base, json_t *out)
{
    bool map = row->type == SCENARIO_MAP;
    int n = 0;
    json_t *elements = map ? json_object() : json_array();
    char object[SCENARIO_ROW_PATH_SIZE];
    scenario_row_path(row, true, object, sizeof object);
    if (value && value->kind != (map ? JSON_VALUE_OBJECT : JSON_VALUE_ARRAY)) {
        scenario_mismatch(build, row, value);
        value = NULL;
    } else if (value && !value->n && row->required) {
        json_mistake(build->diag, value, "is empty: at least one is needed (%s)", row->doc);
    }
    for (size_t i = 0; value && i < value->n; i++) {
        const struct json_value *item = &value->items[i];
        if (n == row->elements_max) {
            json_mistake(build->diag, item, "is one too many: at most %d fit", row->elements_max);
            break;
        }
        char *element = base + row->offset + (size_t)n * row->element_size;
        clear_indices(object, element);
        json_t *resolved = json_object();
        if (map && !scenario_is_name(item->key))
            json_mistake_key(build->diag, item,
                             "is no name: a name has 1 to %d characters of a-z, 0-9, '_' and '-'",
                             SCENARIO_NAME_MAX);
        if (item->kind != JSON_VALUE_OBJECT) {
            char found[128];
            json_mistake(build->diag, item, "is %s: takes an object",
                         json_describe(item, found, sizeof found));
        } else {
            bind_object(build, object, item, element, resolved);
        }
        /* Every element's struct begins with its name. */
        const char **name = (const char **)(void *)element;
        if (map) *name = arena_strdup(build->arena, item->key);
        for (int j = 0; !map && *name && j < n; j++) {
            const char *other = *(const char **)(void *)(base + row->offset + (size_t)j * row->element_size);
            if (!other || strcmp(other, *name)) continue;
            json_mistake(build->diag, json_member(item, scenario_name_key(object)), "\"%s\" is the name of %s[%d] already", *name,
                         row->key, j);
            break;
        }
        n++;
        if (map)
            json_object_set_new(elements, item->key, resolved);
        else
            json_array_append_new(elements, resolved);
    }
    memcpy(base + row->offset_n, &n, sizeof n);
    json_object_set_new(out, row->key, elements);
}

/* An object that is absent is still bound, for its members' defaults, unless it is one that needs something
 * given. */
static bool needs_something(const char *object)
{
    for EACH_SCENARIO_ROW(row)
        if (!strcmp(row->object, object) && (row->is_alternative || row->required)) return true;
    return false;
}

static void bind_nested(struct scenario_build *build, const struct scenario_row *row,
                        const struct json_value *value, char *base, json_t *out)
{
    char object[SCENARIO_ROW_PATH_SIZE];
    scenario_row_path(row, false, object, sizeof object);
    json_t *nested = json_object();
    const struct scenario_row *shorthand = row->shorthand ? scenario_row(object, row->shorthand) : NULL;
    if (value && shorthand && (value->kind != JSON_VALUE_OBJECT || scenario_is_range(value))) {
        store_alternative(shorthand, base);
        bind_scalar(build, shorthand, value, base, nested);
    } else if (value && value->kind != JSON_VALUE_OBJECT) {
        scenario_mismatch(build, row, value);
    } else if (value || !needs_something(object)) {
        bind_object(build, object, value, base, nested);
    }
    if (json_object_size(nested))
        json_object_set_new(out, row->key, nested);
    else
        json_decref(nested);
}

static void bind_row(struct scenario_build *build, const struct scenario_row *row,
                     const struct json_value *value, char *base, json_t *out)
{
    switch (row->type) {
    case SCENARIO_OBJECT:
        bind_nested(build, row, value, base, out);
        return;
    case SCENARIO_LIST:
    case SCENARIO_MAP:
        bind_elements(build, row, value, base, out);
        return;
    case SCENARIO_OBJECTIVES:
        build->objectives = value;
        if (value) json_object_set_new(out, row->key, json_to_jansson(value));
        return;
    case SCENARIO_REFERENCE:
        if (!value) return;
        if (value->kind != JSON_VALUE_STRING) {
            scenario_mismatch(build, row, value);
            return;
        }
        add_pending(build, row, value, (int *)(void *)(base + row->offset));
        json_object_set_new(out, row->key, json_string(value->text));
        return;
    case SCENARIO_CHOICES:
        if (value) bind_choices(build, row, value, base, out);
        return;
    case SCENARIO_REFERENCES:
        if (value) bind_references(build, row, value, base, out);
        return;
    case SCENARIO_COUNTS:
        if (value) bind_counts(build, row, value, base, out);
        return;
    default:
        if (value) bind_scalar(build, row, value, base, out);
        return;
    }
}

/* --- objects --- */

enum fitting { FITS, FITS_NOT, FITS_UNKNOWN };

static bool word_in(const char *word, const char *list)
{
    size_t n = strlen(word);
    for (const char *p = list;; p++) {
        size_t length = strcspn(p, "|");
        if (length == n && !strncmp(p, word, n)) return true;
        p += length;
        if (!*p) return false;
    }
}

static enum fitting fits(const struct scenario_row *row, const struct json_value *object)
{
    if (!row->when) return FITS;
    if (!object) return FITS_UNKNOWN;
    const char *equals = strchr(row->when, '=');
    if (equals) {
        char key[SCENARIO_NAME_MAX + 1] = "";
        CHECK((size_t)(equals - row->when) < sizeof key, "%s.%s: when is too long", row->object, row->key);
        memcpy(key, row->when, (size_t)(equals - row->when));
        const struct scenario_row *its = scenario_row(row->object, key);
        const struct json_value *sibling = json_member(object, key);
        if (sibling && sibling->kind != JSON_VALUE_STRING) return FITS_UNKNOWN;
        const char *word = sibling ? sibling->text : its->fallback;
        if (!word) return FITS_UNKNOWN;
        bool known = false;
        for (const struct scenario_choice *choice = its->choices; choice->word; choice++)
            known = known || !strcmp(choice->word, word);
        return !known ? FITS_UNKNOWN : word_in(word, equals + 1) ? FITS : FITS_NOT;
    }
    for (size_t i = 0; i < object->n; i++)
        if (word_in(object->items[i].key, row->when)) return FITS;
    return FITS_NOT;
}

bool scenario_is_rival(const char *object, const char *key, const char *other)
{
    const struct scenario_row *mine = scenario_row(object, key), *its = scenario_row(object, other);
    if (!mine || !its || !mine->is_alternative || mine == its) return false;
    return its->is_alternative || (its->when && !strchr(its->when, '=') && !word_in(key, its->when));
}

static const char *when_in_words(struct arena *arena, const char *when)
{
    const char *equals = strchr(when, '=');
    char *words = equals ? arena_printf(arena, "%.*s ", (int)(equals - when), when) : arena_strdup(arena, "");
    for (const char *p = equals ? equals + 1 : when; *p;) {
        size_t n = strcspn(p, "|");
        words = arena_printf(arena, "%s%.*s", words, (int)n, p);
        p += n;
        if (*p) p++, words = arena_printf(arena, "%s or ", words);
    }
    return words;
}

static void unknown_member(struct scenario_build *build, const char *object, const struct json_value *member)
{
    size_t names_n = 0;
    const char **names = ARENA_NEW(build->arena, const char *, scenario_rows_n());
    size_t object_length = strlen(object);
    bool config = object_length > 7 && !strcmp(object + object_length - 7, ".config");
    const char *elsewhere = NULL;
    for EACH_SCENARIO_ROW(row) {
        if (!strcmp(row->object, object))
            names[names_n++] = row->key;
        else if (config && !strcmp(row->key, member->key) && strstr(row->object, ".config"))
            elsewhere = row->object;
    }
    if (elsewhere) {
        json_mistake_key(build->diag, member, "is a setting of %s, not of %s", elsewhere, object);
        return;
    }
    if (config && scenario_is_kafka_setting(member->key)) {
        json_mistake_key(build->diag, member, "is known to Kafka, but not modelled here yet");
        return;
    }
    json_mistake_key(build->diag, member, "unknown %s: %s", config ? "setting" : "field",
                     scenario_suggest(build->arena, member->key, names, names_n, "there are none here"));
}

static void check_alternatives(struct scenario_build *build, const char *object,
                               const struct json_value *value)
{
    size_t names_n = 0;
    const char *names[8];
    const struct json_value *first = NULL;
    for EACH_SCENARIO_ROW(row) {
        if (strcmp(row->object, object) || !row->is_alternative) continue;
        CHECK(names_n < sizeof names / sizeof names[0], "%s has too many alternatives", object);
        names[names_n++] = row->key;
        const struct json_value *member = json_member(value, row->key);
        if (member && first)
            json_mistake_key(build->diag, member, "cannot stand beside \"%s\": only one of %s fits",
                             first->key, scenario_list_names(build->arena, names, names_n, ""));
        else if (member)
            first = member;
    }
    if (names_n && !first)
        json_mistake(build->diag, value, "needs one of %s",
                     scenario_list_names(build->arena, names, names_n, ""));
}

static void bind_object(struct scenario_build *build, const char *object, const struct json_value *value,
                        char *base, json_t *out)
{
    bool alternative = false;
    for EACH_SCENARIO_ROW(row) {
        if (strcmp(row->object, object)) continue;
        const struct json_value *member = value ? json_member(value, row->key) : NULL;
        enum fitting fitting = fits(row, value);
        if (member && fitting == FITS_NOT) {
            json_mistake_key(build->diag, member, "does not fit here: it goes with %s",
                             when_in_words(build->arena, row->when));
            continue;
        }
        const bool is_instead = row->unless && value && json_member(value, row->unless);
        if (member && is_instead) {
            json_mistake_key(build->diag, member, "and \"%s\" are both given: one of them is enough", row->unless);
            continue;
        }
        if (member) {
            /* Of two that exclude each other the first holds; check_alternatives() reports the second. */
            if (!row->is_alternative || !alternative) store_alternative(row, base);
            alternative = alternative || row->is_alternative;
            bind_row(build, row, member, base, out);
            continue;
        }
        if (row->is_alternative || fitting != FITS || is_instead) continue;
        if (row->required && value) {
            char path[JSON_PATH_MAX], fits_text[512];
            json_path(value, path, sizeof path);
            diag_add(build->diag, value->file, value->pos,
                     arena_printf(build->arena, "%s%s%s", path, *path ? "." : "", row->key),
                     "is missing: takes %s (%s)", scenario_row_fits(row, fits_text, sizeof fits_text),
                     row->doc);
            continue;
        }
        const char *text = fallback_of(build, row, base);
        const struct scenario_row *reads_as = row;
        if (text && row->type == SCENARIO_OBJECT) {
            char nested[SCENARIO_ROW_PATH_SIZE];
            reads_as = scenario_row(scenario_row_path(row, false, nested, sizeof nested), row->shorthand);
        }
        bind_row(build, row, text ? scenario_value_of_text(reads_as, text, build->arena) : NULL, base, out);
    }
    if (!value) return;
    for (size_t i = 0; i < value->n; i++)
        if (!scenario_row(object, value->items[i].key)) unknown_member(build, object, &value->items[i]);
    check_alternatives(build, object, value);
}

/* --- references --- */

static void resolve_references(struct scenario_build *build)
{
    for (struct scenario_pending *pending = build->pending; pending; pending = pending->next) {
        const struct scenario_row *list = NULL;
        char path[SCENARIO_ROW_PATH_SIZE];
        for EACH_SCENARIO_ROW(row)
            if ((row->type == SCENARIO_LIST || row->type == SCENARIO_MAP) &&
                !strcmp(scenario_row_path(row, true, path, sizeof path), pending->row->refers_to))
                list = row;
        CHECK(list, "%s.%s refers to %s, which is no list", pending->row->object, pending->row->key,
              pending->row->refers_to);
        char *base = (char *)build->scenario;
        int n;
        memcpy(&n, base + list->offset_n, sizeof n);
        const char **names = ARENA_NEW(build->arena, const char *, (size_t)n);
        size_t names_n = 0;
        *pending->target = -1;
        bool known_wrong = scenario_is_wrong(build, list->key, false);
        for (int i = 0; i < n; i++) {
            const char *name = *(const char **)(void *)(base + list->offset + (size_t)i * list->element_size);
            if (!name) {
                known_wrong = true; /* it may be the one that is meant: its own mistake is enough */
                continue;
            }
            if (!strcmp(name, pending->value->text) && *pending->target < 0) *pending->target = i;
            names[names_n++] = name;
        }
        if (*pending->target < 0 && !known_wrong)
            json_mistake(build->diag, pending->value, "nothing in %s is called \"%s\": %s", list->key,
                         pending->value->text,
                         scenario_suggest(build->arena, pending->value->text, names, names_n,
                                          "there is nothing in it"));
    }
}

void scenario_bind(struct scenario_build *build)
{
    build->pending_end = &build->pending;
    bind_object(build, "", build->root, (char *)build->scenario, build->resolved);
    resolve_references(build);
    build->scenario->uncertain = build->uncertain;
    build->scenario->uncertain_n = build->uncertain_n;
}
