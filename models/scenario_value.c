/* scenario_value.c: reads one value of a scenario as its row of the table says: its type, its unit, its
 * range. */
#include "scenario_build.h"

#include "nearest.h"
#include "units.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES_MAX = 4096, WORD_BYTES_MAX = 256, SUGGEST_BYTES_MAX = 400 };

const char *scenario_list_names(struct arena *arena, const char *const *names, size_t n, const char *none)
{
    if (!n) return none;
    const char *list = names[0];
    for (size_t i = 1; i < n; i++) {
        if (strlen(list) + strlen(names[i]) > SUGGEST_BYTES_MAX)
            return arena_printf(arena, "%s and %zu more", list, n - i);
        list = arena_printf(arena, "%s, %s", list, names[i]);
    }
    return list;
}

const char *scenario_suggest(struct arena *arena, const char *word, const char *const *names, size_t n,
                             const char *none)
{
    const char *near = nearest_name(word, names, n);
    if (near) return arena_printf(arena, "did you mean \"%s\"?", near);
    if (!n) return none;
    return arena_printf(arena, "there %s %s", n == 1 ? "is" : "are",
                        scenario_list_names(arena, names, n, none));
}

bool scenario_is_name(const char *text)
{
    size_t n = strlen(text);
    return n >= 1 && n <= SCENARIO_NAME_MAX && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") == n;
}

bool scenario_is_numeric(enum scenario_type type)
{
    switch (type) {
    case SCENARIO_COUNT:
    case SCENARIO_NUMBER:
    case SCENARIO_DURATION:
    case SCENARIO_BYTES:
    case SCENARIO_BYTES_PER_S:
    case SCENARIO_RATE:
    case SCENARIO_SHARE:
    case SCENARIO_MONEY:
    case SCENARIO_MONEY_PER_TIME:
    case SCENARIO_CONFIG_MS:
    case SCENARIO_CONFIG_S:
    case SCENARIO_CONFIG_BYTES:
        return true;
    default:
        return false;
    }
}

bool scenario_is_range(const struct json_value *value)
{
    return value->kind == JSON_VALUE_OBJECT &&
           (json_member(value, "low") || json_member(value, "mid") || json_member(value, "high"));
}

bool scenario_mismatch(struct scenario_build *build, const struct scenario_row *row,
                       const struct json_value *value)
{
    char found[128], fits[512];
    json_mistake(build->diag, value, "is %s: takes %s", json_describe(value, found, sizeof found),
                 scenario_row_fits(row, fits, sizeof fits));
    return false;
}

static bool all_digits(const char *text)
{
    return *text && strspn(text, "0123456789") == strlen(text) && strlen(text) <= 18;
}

/* Printable UTF-8: the reader has checked that it is UTF-8 at all. C1 controls are U+0080 to U+009F. */
static bool has_control(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if (*p < 0x20 || *p == 0x7f || (*p == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f)) return true;
    return false;
}

static bool read_text(struct scenario_build *build, const struct scenario_row *row,
                      const struct json_value *value, struct scenario_quantity *out)
{
    if (value->kind != JSON_VALUE_STRING) return scenario_mismatch(build, row, value);
    const char *text = value->text;
    out->text = text;
    if (row->type == SCENARIO_NAME) {
        if (scenario_is_name(text)) return true;
        char found[128];
        json_mistake(build->diag, value, "is %s: a name has 1 to %d characters of a-z, 0-9, '_' and '-'",
                     json_describe(value, found, sizeof found), SCENARIO_NAME_MAX);
        return false;
    }
    if (!*text) {
        json_mistake(build->diag, value, "is empty");
        return false;
    }
    size_t max = row->type == SCENARIO_WORD ? WORD_BYTES_MAX : TEXT_BYTES_MAX;
    if (value->n > max) {
        json_mistake(build->diag, value, "is %zu bytes long: at most %zu fit", value->n, max);
        return false;
    }
    if (has_control(text)) {
        json_mistake(build->diag, value, "has a control character in it");
        return false;
    }
    if (row->type == SCENARIO_WORD && strchr(text, ' ')) return scenario_mismatch(build, row, value);
    return true;
}

static bool read_choice(struct scenario_build *build, const struct scenario_row *row,
                        const struct json_value *value, struct scenario_quantity *out)
{
    /* acks is written 1 as well as "1". */
    if (value->kind != JSON_VALUE_STRING && value->kind != JSON_VALUE_NUMBER)
        return scenario_mismatch(build, row, value);
    const char *names[64];
    size_t n = 0;
    char fits[1024];
    for (const struct scenario_choice *choice = row->choices; choice->word; choice++) {
        if (!strcmp(choice->word, value->text)) {
            if (choice->value == SCENARIO_NOT_MODELLED) {
                json_mistake(build->diag, value, "\"%s\" is known, but not modelled here yet: takes %s",
                             value->text, scenario_row_fits(row, fits, sizeof fits));
                return false;
            }
            out->integer = choice->value;
            out->text = choice->word;
            return true;
        }
        CHECK(n < sizeof names / sizeof names[0], "%s has too many choices", row->key);
        if (choice->value != SCENARIO_NOT_MODELLED) names[n++] = choice->word;
    }
    char found[128];
    const char *near = nearest_name(value->text, names, n);
    json_mistake(build->diag, value, "is %s: takes %s%s%s%s", json_describe(value, found, sizeof found),
                 scenario_row_fits(row, fits, sizeof fits), near ? "; did you mean \"" : "", near ? near : "",
                 near ? "\"?" : "");
    return false;
}

/* Kafka's own form: a whole number of milliseconds, seconds or bytes, bare or as text; or a quantity with its
 * unit. */
static bool read_config(struct scenario_build *build, const struct scenario_row *row,
                        const struct json_value *value, struct scenario_quantity *out)
{
    bool bytes = row->type == SCENARIO_CONFIG_BYTES;
    int64_t unit_ns = row->type == SCENARIO_CONFIG_MS ? 1000000 : 1000000000;
    int64_t n;
    if (value->kind == JSON_VALUE_NUMBER && value->integral) {
        n = value->integer;
    } else if (value->kind == JSON_VALUE_STRING && all_digits(value->text)) {
        n = strtoll(value->text, NULL, 10);
    } else if (value->kind == JSON_VALUE_STRING) {
        char error[UNITS_ERROR_SIZE];
        bool read = bytes ? units_parse_int64(UNITS_BYTES, value->text, &n, error, sizeof error)
                          : units_parse_ns(value->text, &n, error, sizeof error);
        if (!read) {
            json_mistake(build->diag, value, "%s; a bare number here means %s", error,
                         bytes                ? "bytes"
                         : unit_ns == 1000000 ? "milliseconds"
                                              : "seconds");
            return false;
        }
        if (!bytes && n % unit_ns) {
            json_mistake(build->diag, value, "is \"%s\": Kafka counts this in whole %s", value->text,
                         unit_ns == 1000000 ? "milliseconds" : "seconds");
            return false;
        }
        if (!bytes) n /= unit_ns;
    } else {
        return scenario_mismatch(build, row, value);
    }
    if (bytes) {
        out->integer = n;
        out->number = (double)n;
    } else {
        if (__builtin_mul_overflow(n, unit_ns, &out->integer)) out->integer = n < 0 ? INT64_MIN : INT64_MAX;
        out->number = (double)n * ((double)unit_ns / 1e9);
    }
    return true;
}

static bool read_units(struct scenario_build *build, const struct scenario_row *row,
                       const struct json_value *value, struct scenario_quantity *out)
{
    enum units_kind kind;
    switch (row->type) {
    case SCENARIO_DURATION:
        kind = UNITS_DURATION;
        break;
    case SCENARIO_BYTES:
        kind = UNITS_BYTES;
        break;
    case SCENARIO_BYTES_PER_S:
        kind = UNITS_BYTES_PER_S;
        break;
    case SCENARIO_RATE:
        kind = UNITS_RATE;
        break;
    case SCENARIO_SHARE:
        kind = UNITS_SHARE;
        break;
    case SCENARIO_MONEY:
        kind = UNITS_MONEY;
        break;
    case SCENARIO_MONEY_PER_TIME:
        kind = UNITS_MONEY_PER_TIME;
        break;
    default:
        kind = UNITS_TIME_OF_DAY;
        break;
    }
    if (value->kind == JSON_VALUE_NUMBER) {
        json_mistake(build->diag, value, "%s has no unit: %s takes %s", value->text, units_kind_name(kind),
                     units_fitting(kind));
        return false;
    }
    if (value->kind != JSON_VALUE_STRING) return scenario_mismatch(build, row, value);
    char error[UNITS_ERROR_SIZE];
    bool read;
    if (kind == UNITS_DURATION) {
        read = units_parse_ns(value->text, &out->integer, error, sizeof error);
        if (read) out->number = (double)out->integer / 1e9;
    } else if (kind == UNITS_BYTES) {
        read = units_parse_int64(kind, value->text, &out->integer, error, sizeof error);
        if (read) out->number = (double)out->integer;
    } else {
        read = units_parse(kind, value->text, &out->number, error, sizeof error);
        if (read && kind == UNITS_TIME_OF_DAY) out->integer = (int64_t)out->number * 1000000000;
    }
    if (!read) json_mistake(build->diag, value, "%s", error);
    return read;
}

static bool read_count(struct scenario_build *build, const struct scenario_row *row,
                       const struct json_value *value, struct scenario_quantity *out)
{
    if (value->kind == JSON_VALUE_NUMBER && value->integral) {
        out->integer = value->integer;
    } else if (value->kind == JSON_VALUE_STRING) {
        char error[UNITS_ERROR_SIZE];
        if (!units_parse_int64(UNITS_COUNT, value->text, &out->integer, error, sizeof error)) {
            json_mistake(build->diag, value, "%s", error);
            return false;
        }
    } else {
        return scenario_mismatch(build, row, value);
    }
    out->number = (double)out->integer;
    return true;
}

static bool read_value(struct scenario_build *build, const struct scenario_row *row,
                       const struct json_value *value, struct scenario_quantity *out)
{
    switch (row->type) {
    case SCENARIO_TEXT:
    case SCENARIO_NAME:
    case SCENARIO_WORD:
        return read_text(build, row, value, out);
    case SCENARIO_BOOL:
        if (value->kind == JSON_VALUE_BOOL) {
            out->boolean = value->boolean;
            return true;
        }
        /* Kafka's files have only text. */
        if (row->source && value->kind == JSON_VALUE_STRING &&
            (!strcmp(value->text, "true") || !strcmp(value->text, "false"))) {
            out->boolean = value->text[0] == 't';
            return true;
        }
        return scenario_mismatch(build, row, value);
    case SCENARIO_CHOICE:
    case SCENARIO_CHOICES: /* one of the list */
        return read_choice(build, row, value, out);
    case SCENARIO_COUNT:
    case SCENARIO_COUNTS: /* one of the list */
        return read_count(build, row, value, out);
    case SCENARIO_NUMBER:
        if (value->kind != JSON_VALUE_NUMBER) return scenario_mismatch(build, row, value);
        out->number = value->number;
        return true;
    case SCENARIO_CONFIG_MS:
    case SCENARIO_CONFIG_S:
    case SCENARIO_CONFIG_BYTES:
        return read_config(build, row, value, out);
    default:
        return read_units(build, row, value, out);
    }
}

/* The table's own text; that it can be read is our business, not the user's. */
static struct scenario_quantity read_own(struct scenario_build *build, const struct scenario_row *row,
                                         const char *text)
{
    struct scenario_quantity quantity = SCENARIO_QUANTITY_NONE;
    size_t before = diag_count(build->diag);
    bool read = read_value(build, row, scenario_value_of_text(row, text, build->arena), &quantity);
    CHECK(read && diag_count(build->diag) == before, "the table's \"%s\" does not fit its own row %s.%s",
          text, row->object, row->key);
    return quantity;
}

static bool read_in_range(struct scenario_build *build, const struct scenario_row *row,
                          const struct json_value *value, struct scenario_quantity *out)
{
    if (!read_value(build, row, value, out)) return false;
    if (!row->min || !scenario_is_numeric(row->type)) return true;
    if (out->number >= read_own(build, row, row->min).number &&
        out->number <= read_own(build, row, row->max).number)
        return true;
    char found[128];
    json_mistake(build->diag, value, "is %s: must be between %s and %s",
                 json_describe(value, found, sizeof found), row->min, row->max);
    return false;
}

/* {"low", "mid", "high"}: mid is what counts. */
static bool read_uncertain(struct scenario_build *build, const struct scenario_row *row,
                           const struct json_value *value, struct scenario_quantity *out)
{
    static const char *const names[] = {"low", "mid", "high"};
    struct scenario_quantity parts[3] = {SCENARIO_QUANTITY_NONE, SCENARIO_QUANTITY_NONE,
                                         SCENARIO_QUANTITY_NONE};
    bool good = true;
    for (int i = 0; i < 3; i++) {
        const struct json_value *part = json_member(value, names[i]);
        if (!part) json_mistake(build->diag, value, "has no \"%s\": a range has low, mid and high", names[i]);
        good = part && read_in_range(build, row, part, &parts[i]) && good;
    }
    for (size_t i = 0; i < value->n; i++) {
        const char *key = value->items[i].key;
        if (strcmp(key, "low") && strcmp(key, "mid") && strcmp(key, "high")) {
            json_mistake_key(build->diag, &value->items[i],
                             "does not belong here: a range has low, mid and high");
            good = false;
        }
    }
    if (!good) return false;
    if (!(parts[0].number <= parts[1].number && parts[1].number <= parts[2].number)) {
        json_mistake(build->diag, value, "is no range: low <= mid <= high does not hold");
        return false;
    }
    if (build->uncertain_n == build->uncertain_max) {
        int max = build->uncertain_max ? 2 * build->uncertain_max : 16;
        build->uncertain = (struct scenario_uncertain *)arena_grow(build->arena, build->uncertain,
                                                                   (size_t)build->uncertain_n, (size_t)max,
                                                                   sizeof *build->uncertain);
        build->uncertain_max = max;
    }
    char path[JSON_PATH_MAX];
    build->uncertain[build->uncertain_n++] = (struct scenario_uncertain){
        .path = arena_strdup(build->arena, json_path(value, path, sizeof path)),
        .low = parts[0].number,
        .mid = parts[1].number,
        .high = parts[2].number,
    };
    *out = parts[1];
    return true;
}

bool scenario_read_value(struct scenario_build *build, const struct scenario_row *row,
                         const struct json_value *value, struct scenario_quantity *out)
{
    if (scenario_is_numeric(row->type) && scenario_is_range(value))
        return read_uncertain(build, row, value, out);
    if (row->or_word && value->kind == JSON_VALUE_STRING) {
        const char *const words[] = {row->or_word};
        if (!strcmp(value->text, words[0])) {
            *out = (struct scenario_quantity){.number = SCENARIO_AUTO, .integer = SCENARIO_AUTO};
            return true;
        }
        if (nearest_name(value->text, words, 1)) {
            json_mistake(build->diag, value, "is \"%s\": did you mean \"%s\"?", value->text, row->or_word);
            return false;
        }
    }
    return read_in_range(build, row, value, out);
}

struct json_value *scenario_value_of_text(const struct scenario_row *row, const char *text,
                                          struct arena *arena)
{
    struct json_value *value = ARENA_NEW(arena, struct json_value, 1);
    value->kind = JSON_VALUE_STRING;
    value->text = arena_strdup(arena, text);
    value->n = strlen(text);
    value->key = row->key;
    value->file = "";
    if (row->type == SCENARIO_BOOL && (!strcmp(text, "true") || !strcmp(text, "false"))) {
        value->kind = JSON_VALUE_BOOL;
        value->boolean = text[0] == 't';
        value->text = NULL;
        value->n = 0;
        return value;
    }
    if (row->type != SCENARIO_NUMBER && row->type != SCENARIO_COUNT && row->type != SCENARIO_CONFIG_MS &&
        row->type != SCENARIO_CONFIG_S && row->type != SCENARIO_CONFIG_BYTES)
        return value;
    /* A bare number, where there is one; "2M" and "64 KiB" stay texts. */
    char *end;
    double number = strtod(text, &end);
    if (end == text || *end || !isfinite(number) || strspn(text, "+-.0123456789eE") != strlen(text))
        return value;
    value->kind = JSON_VALUE_NUMBER;
    value->number = number;
    errno = 0;
    const long long integer = strtoll(text, NULL, 10);
    value->integral = strspn(text, "-0123456789") == strlen(text) && errno == 0;
    if (value->integral) value->integer = integer;
    return value;
}
