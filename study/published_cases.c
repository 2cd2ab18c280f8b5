/* published_cases.c: see published_cases.h. */
#include "published_cases.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "diag.h"
#include "file.h"
#include "json.h"
#include "published_measure.h"

enum { SIZE_BYTES_MAX = 1024 * 1024 };
static const double HALF_A_CENT = 0.005 + 1e-9; /* as rounded: 3,421.875 is 3,421.88 */

static const struct json_value *member(const struct json_value *object, const char *key, enum json_value_kind kind, bool required,
                                       struct diag *diag)
{
    const struct json_value *value = json_member(object, key);
    char found[96];
    if (value && value->kind == kind) return value;
    if (value)
        json_mistake(diag, value, "is %s; %s fits", json_describe(value, found, sizeof found), json_kind_name(kind));
    else if (required)
        json_mistake(diag, object, "member \"%s\" is missing", key);
    return NULL;
}

static const char *text_of(const struct json_value *object, const char *key, bool required, struct diag *diag)
{
    const struct json_value *value = member(object, key, JSON_VALUE_STRING, required, diag);
    return value ? value->text : NULL;
}

static double number_of(const struct json_value *object, const char *key, struct diag *diag)
{
    const struct json_value *value = member(object, key, JSON_VALUE_NUMBER, true, diag);
    return value ? value->number : 0;
}

/* "15%", "2x", "at most", "at least", "cent" */
static void read_within(const struct json_value *object, struct published_row *row, struct diag *diag)
{
    const struct json_value *value = member(object, "within", JSON_VALUE_STRING, true, diag);
    if (!value) return;
    char *end;
    const double number = strtod(value->text, &end);
    if (strcmp(value->text, "at most") == 0) {
        row->rule = VALIDATE_BELOW;
    } else if (strcmp(value->text, "at least") == 0) {
        row->rule = VALIDATE_ABOVE;
    } else if (strcmp(value->text, "cent") == 0 && row->published > 0) {
        row->rule = VALIDATE_EQUAL;
        row->tolerance = HALF_A_CENT / row->published;
    } else if (end != value->text && strcmp(end, "%") == 0 && number >= 0) {
        row->rule = VALIDATE_EQUAL;
        row->tolerance = number / 100;
    } else if (end != value->text && strcmp(end, "x") == 0 && number > 1) {
        row->rule = VALIDATE_FACTOR;
        row->tolerance = number;
    } else {
        json_mistake(diag, value, "is no tolerance: \"15%%\", \"2x\", \"cent\", \"at most\" or \"at least\" fit");
    }
}

static int run_of(const struct json_value *object, const char *key, const struct published_case *c, struct diag *diag)
{
    const struct json_value *value = member(object, key, JSON_VALUE_STRING, false, diag);
    if (!value) return -1;
    for (int i = 0; i < c->runs_n; i++)
        if (strcmp(c->runs[i].name, value->text) == 0) return i;
    json_mistake(diag, value, "there is no run \"%s\" in this case", value->text);
    return -1;
}

static void read_row(const struct json_value *object, const struct published_case *c, struct published_row *row, struct arena *arena,
                     struct diag *diag)
{
    *row = (struct published_row){.quantity = text_of(object, "quantity", true, diag),
                                  .unit = text_of(object, "unit", true, diag),
                                  .published = number_of(object, "published", diag),
                                  .not_modelled = text_of(object, "not_modelled", false, diag),
                                  .run = -1,
                                  .against = -1};
    if (row->not_modelled) return;
    read_within(object, row, diag);
    row->measure = text_of(object, "measure", true, diag);
    row->run = run_of(object, "run", c, diag);
    row->against = run_of(object, "against", c, diag);
    row->why = text_of(object, "why", false, diag);
    const struct json_value *given = member(object, "given", JSON_VALUE_OBJECT, false, diag);
    if (given) {
        struct published_given *values = ARENA_NEW(arena, struct published_given, given->n + 1);
        for (size_t i = 0; i < given->n; i++)
            values[i] = (struct published_given){given->items[i].key, number_of(given, given->items[i].key, diag)};
        row->given = values;
        row->given_n = (int)given->n;
    }
    const bool lost = row->run < 0 && json_member(object, "run");
    const char *wrong = row->measure && !lost ? published_measure_problem(row) : NULL;
    if (wrong) json_mistake(diag, object, "%s", wrong);
}

static void read_run(const struct json_value *object, struct published_run *run, struct arena *arena, struct diag *diag)
{
    *run = (struct published_run){.name = object->key, .scenario = text_of(object, "scenario", true, diag)};
    const struct json_value *sets = member(object, "sets", JSON_VALUE_OBJECT, false, diag);
    if (!sets) return;
    struct scenario_override *overrides = ARENA_NEW(arena, struct scenario_override, sets->n + 1);
    for (size_t i = 0; i < sets->n; i++)
        overrides[i] = (struct scenario_override){sets->items[i].key, text_of(sets, sets->items[i].key, true, diag)};
    run->sets = overrides;
    run->sets_n = (int)sets->n;
}

static void read_case(const struct json_value *object, struct published_case *c, struct arena *arena, struct diag *diag)
{
    *c = (struct published_case){.name = text_of(object, "name", true, diag),
                                 .title = text_of(object, "title", true, diag),
                                 .source = text_of(object, "source", true, diag),
                                 .told = text_of(object, "told", true, diag),
                                 .calibrated = text_of(object, "calibrated", true, diag)};
    const struct json_value *runs = member(object, "runs", JSON_VALUE_OBJECT, false, diag);
    if (runs) {
        struct published_run *list = ARENA_NEW(arena, struct published_run, runs->n + 1);
        for (size_t i = 0; i < runs->n; i++) {
            const struct json_value *run = member(runs, runs->items[i].key, JSON_VALUE_OBJECT, true, diag);
            if (run) read_run(run, &list[i], arena, diag);
        }
        c->runs = list;
        c->runs_n = (int)runs->n;
    }
    const struct json_value *rows = member(object, "rows", JSON_VALUE_ARRAY, true, diag);
    if (!rows) return;
    struct published_row *list = ARENA_NEW(arena, struct published_row, rows->n + 1);
    for (size_t i = 0; i < rows->n; i++)
        read_row(&rows->items[i], c, &list[i], arena, diag);
    c->rows = list;
    c->rows_n = (int)rows->n;
}

const struct published *published_load(const char *file, struct arena *arena, struct diag *diag)
{
    const size_t before = diag_count(diag);
    char error[FILE_ERROR_SIZE], *text;
    size_t n;
    if (file_read(file, SIZE_BYTES_MAX, arena, &text, &n, error, sizeof error) != FILE_OK) {
        diag_add(diag, file, DIAG_NO_POS, "", "%s", error);
        return NULL;
    }
    const struct json_value *root = json_read(file, text, n, arena, diag);
    const struct json_value *cases = root ? member(root, "cases", JSON_VALUE_ARRAY, true, diag) : NULL;
    if (!cases) return NULL;
    struct published *published = ARENA_NEW(arena, struct published, 1);
    struct published_case *list = ARENA_NEW(arena, struct published_case, cases->n + 1);
    for (size_t i = 0; i < cases->n; i++)
        read_case(&cases->items[i], &list[i], arena, diag);
    published->cases = list;
    published->cases_n = (int)cases->n;
    return diag_count(diag) == before ? published : NULL;
}
