/* resolution_measured.c: see resolution_measured.h. */
#include "resolution_measured.h"

#include <string.h>

#include "arena.h"
#include "diag.h"
#include "file.h"
#include "json.h"
#include "sha256.h"

enum { SIZE_BYTES_MAX = 4 * 1024 * 1024 };
static const double FULL = 0.99; /* of the busiest stage: fuller is no different, work waits there */
static const char *const figures[VALIDATE_BIASES] = {"p50", "p99", "p99.9"};

static const struct json_value *member(const struct json_value *object, const char *key, enum json_value_kind kind,
                                       struct diag *diag)
{
    const struct json_value *value = json_member(object, key);
    if (value && value->kind == kind) return value;
    char found[96];
    if (value)
        json_mistake(diag, value, "is %s; %s fits", json_describe(value, found, sizeof(found)), json_kind_name(kind));
    else
        json_mistake(diag, object, "member \"%s\" is missing", key);
    return NULL;
}

static const char *text_of(const struct json_value *object, const char *key, struct diag *diag)
{
    const struct json_value *value = member(object, key, JSON_VALUE_STRING, diag);
    return value ? value->text : NULL;
}

static double number_of(const struct json_value *object, const char *key, struct diag *diag)
{
    const struct json_value *value = member(object, key, JSON_VALUE_NUMBER, diag);
    return value ? value->number : 0;
}

static void read_bias(const struct json_value *object, struct validate_bias *b, struct diag *diag)
{
    const struct json_value *faults = member(object, "faults", JSON_VALUE_BOOL, diag);
    const struct json_value *differences = member(object, "differences", JSON_VALUE_OBJECT, diag);
    *b = (struct validate_bias){.name = text_of(object, "case", diag),
                                .resolution = text_of(object, "resolution", diag),
                                .against = text_of(object, "against", diag),
                                .utilisation = number_of(object, "utilization", diag),
                                .fraction = number_of(object, "f_min", diag),
                                .faults = faults && faults->boolean};
    for (int i = 0; differences && i < VALIDATE_BIASES; i++) {
        const struct json_value *one = json_member(differences, figures[i]);
        if (one && one->kind == JSON_VALUE_NULL) continue;
        if (!(one = member(differences, figures[i], JSON_VALUE_OBJECT, diag))) continue;
        b->known[i] = true;
        b->bias[i] = number_of(one, "bias", diag);
        b->half_width[i] = number_of(one, "half_width", diag);
    }
}

static const struct json_value *suite_of(const struct json_value *root, struct diag *diag)
{
    const struct json_value *suites = member(root, "suites", JSON_VALUE_ARRAY, diag);
    for (size_t i = 0; suites && i < suites->n; i++) {
        const struct json_value *name = json_member(&suites->items[i], "suite");
        if (name && name->kind == JSON_VALUE_STRING && strcmp(name->text, "resolution") == 0) return &suites->items[i];
    }
    if (suites) json_mistake(diag, suites, "there is no suite \"resolution\"");
    return NULL;
}

const struct resolution_measured *resolution_measured_load(const char *file, struct arena *arena, struct diag *diag)
{
    const size_t before = diag_count(diag);
    char error[FILE_ERROR_SIZE], *text;
    size_t n;
    const enum file_status status = file_read(file, SIZE_BYTES_MAX, arena, &text, &n, error, sizeof(error));
    if (status == FILE_NOT_FOUND) return NULL;
    if (status != FILE_OK) {
        diag_add(diag, file, DIAG_NO_POS, NULL, "%s", error);
        return NULL;
    }
    const struct json_value *root = json_read(file, text, n, arena, diag);
    const struct json_value *suite = root ? suite_of(root, diag) : NULL;
    const struct json_value *list = suite ? member(suite, "largest_differences", JSON_VALUE_ARRAY, diag) : NULL;
    if (!list) return NULL;
    struct resolution_measured *measured = ARENA_NEW(arena, struct resolution_measured, 1);
    struct validate_bias *biases = ARENA_NEW(arena, struct validate_bias, list->n);
    for (size_t i = 0; i < list->n; i++)
        read_bias(&list->items[i], &biases[i], diag);
    measured->date = text_of(root, "date", diag);
    measured->biases = biases;
    measured->biases_n = (int)list->n;
    sha256_of(text, n, measured->sha256);
    return diag_count(diag) == before ? measured : NULL;
}

const struct validate_bias *resolution_measured_find(const struct resolution_measured *measured,
                                                     const struct resolution_setting *setting, const char **why)
{
    const double utilisation = setting->utilisation < FULL ? setting->utilisation : FULL;
    const struct validate_bias *best = NULL;
    bool brief = false, alike = false;
    for (int i = 0; i < measured->biases_n; i++) {
        const struct validate_bias *b = &measured->biases[i];
        if (strcmp(b->resolution, setting->resolution) != 0 || b->faults != setting->faults) continue;
        alike = true;
        if (b->fraction > setting->fraction) continue;
        brief = true;
        if (b->utilisation < utilisation) continue;
        if (!best || b->utilisation < best->utilisation ||
            (b->utilisation == best->utilisation && b->fraction > best->fraction))
            best = b;
    }
    *why = !alike   ? "no case of `headroom validate resolution` is like it"
           : !brief ? "no case of `headroom validate resolution` has close-ups as short"
                    : "no case of `headroom validate resolution` is as busy";
    return best;
}
