/* test_schema.c: the JSON Schema of a scenario: that it is in step with the table and the file that ships,
 * and that whatever the loader accepts, it accepts. The validator here knows the keywords that the schema
 * uses, and refuses others. */
#include "schema.h"

#include "arena.h"
#include "diag.h"
#include "file.h"
#include "json.h"
#include "philox.h"
#include "scenario.h"
#include "scenario_table.h"
#include "units.h"

#include <dirent.h>
#include <math.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* --- A validator --- */

struct validator {
    const struct json_value *root;
    struct arena *arena;
    const char *why; /* of the last refusal */
};

static bool valid(struct validator *v, const struct json_value *schema, const struct json_value *value);

static bool refuse(struct validator *v, const struct json_value *value, const char *keyword)
{
    char path[JSON_PATH_MAX];
    v->why = arena_printf(v->arena, "%s: %s", json_path(value, path, sizeof(path)), keyword);
    return false;
}

static bool is_type(const struct json_value *value, const char *type)
{
    static const char *const names[] = {
        [JSON_VALUE_NULL] = "null",     [JSON_VALUE_BOOL] = "boolean", [JSON_VALUE_NUMBER] = "number",
        [JSON_VALUE_STRING] = "string", [JSON_VALUE_ARRAY] = "array",  [JSON_VALUE_OBJECT] = "object"};
    if (strcmp(type, "integer") == 0)
        return value->kind == JSON_VALUE_NUMBER && value->number == floor(value->number);
    return strcmp(type, names[value->kind]) == 0;
}

static bool equal(const struct json_value *a, const struct json_value *b)
{
    if (a->kind != b->kind) return false;
    switch (a->kind) {
    case JSON_VALUE_NULL:
        return true;
    case JSON_VALUE_BOOL:
        return a->boolean == b->boolean;
    case JSON_VALUE_NUMBER:
        return a->number == b->number;
    case JSON_VALUE_STRING:
        return strcmp(a->text, b->text) == 0;
    case JSON_VALUE_ARRAY:
    case JSON_VALUE_OBJECT:
        break;
    }
    fail_msg("only plain values are compared");
    return false;
}

static bool matches(const char *pattern, const char *text)
{
    regex_t regex;
    assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
    bool does = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return does;
}

static int count_valid(struct validator *v, const struct json_value *list, const struct json_value *value)
{
    int n = 0;
    for (size_t i = 0; i < list->n; i++)
        n += valid(v, &list->items[i], value);
    return n;
}

static bool has_all(const struct json_value *object, const struct json_value *names)
{
    for (size_t i = 0; i < names->n; i++)
        if (json_member(object, names->items[i].text) == NULL) return false;
    return true;
}

/* Members by name, by pattern, and the others. */
static bool members_valid(struct validator *v, const struct json_value *schema,
                          const struct json_value *value)
{
    const struct json_value *named = json_member(schema, "properties"),
                            *patterns = json_member(schema, "patternProperties"),
                            *others = json_member(schema, "additionalProperties");
    for (size_t i = 0; i < value->n; i++) {
        const struct json_value *item = &value->items[i], *its = json_member(named, item->key);
        bool known = its != NULL;
        if (its != NULL && !valid(v, its, item)) return false;
        for (size_t p = 0; patterns != NULL && p < patterns->n; p++) {
            if (!matches(patterns->items[p].key, item->key)) continue;
            known = true;
            if (!valid(v, &patterns->items[p], item)) return false;
        }
        if (!known && others != NULL && !valid(v, others, item))
            return refuse(v, item, "additionalProperties");
    }
    return true;
}

static bool keyword_valid(struct validator *v, const struct json_value *schema, const struct json_value *rule,
                          const struct json_value *value)
{
    const char *keyword = rule->key;
    bool object = value->kind == JSON_VALUE_OBJECT, array = value->kind == JSON_VALUE_ARRAY;
#define IS(name) (strcmp(keyword, name) == 0)
    if (IS("$schema") || IS("title") || IS("description") || IS("default") || IS("$defs") || IS("then") ||
        IS("else"))
        return true;
    if (IS("$ref")) {
        assert_int_equal(strncmp(rule->text, "#/$defs/", 8), 0);
        const struct json_value *target = json_member(json_member(v->root, "$defs"), rule->text + 8);
        assert_non_null(target);
        return valid(v, target, value);
    }
    if (IS("type")) {
        if (rule->kind == JSON_VALUE_STRING) return is_type(value, rule->text);
        for (size_t i = 0; i < rule->n; i++)
            if (is_type(value, rule->items[i].text)) return true;
        return false;
    }
    if (IS("enum")) {
        for (size_t i = 0; i < rule->n; i++)
            if (equal(&rule->items[i], value)) return true;
        return false;
    }
    if (IS("anyOf")) return count_valid(v, rule, value) > 0;
    if (IS("oneOf")) return count_valid(v, rule, value) == 1;
    if (IS("allOf")) return count_valid(v, rule, value) == (int)rule->n;
    if (IS("not")) return !valid(v, rule, value);
    if (IS("if")) {
        const struct json_value *branch = json_member(schema, valid(v, rule, value) ? "then" : "else");
        return branch == NULL || valid(v, branch, value);
    }
    if (IS("properties") || IS("patternProperties")) return true; /* with the next */
    if (IS("additionalProperties") || IS("maxProperties") || IS("required") || IS("dependentSchemas")) {
        if (!object) return true;
        if (IS("additionalProperties")) return true; /* in valid(), with the others */
        if (IS("maxProperties")) return value->n <= (size_t)rule->integer;
        if (IS("required")) return has_all(value, rule);
        for (size_t i = 0; i < rule->n; i++)
            if (json_member(value, rule->items[i].key) != NULL && !valid(v, &rule->items[i], value))
                return false;
        return true;
    }
    if (IS("minItems")) return !array || value->n >= (size_t)rule->integer;
    if (IS("maxItems")) return !array || value->n <= (size_t)rule->integer;
    if (IS("uniqueItems")) {
        for (size_t i = 0; array && i < value->n; i++)
            for (size_t j = 0; j < i; j++)
                if (equal(&value->items[i], &value->items[j])) return false;
        return true;
    }
    if (IS("items")) {
        for (size_t i = 0; array && i < value->n; i++)
            if (!valid(v, rule, &value->items[i])) return false;
        return true;
    }
    if (IS("pattern")) return value->kind != JSON_VALUE_STRING || matches(rule->text, value->text);
    if (IS("minLength")) return value->kind != JSON_VALUE_STRING || value->n >= (size_t)rule->integer;
    if (IS("maxLength")) return value->kind != JSON_VALUE_STRING || value->n <= (size_t)rule->integer;
    if (IS("minimum")) return value->kind != JSON_VALUE_NUMBER || value->number >= rule->number;
    if (IS("maximum")) return value->kind != JSON_VALUE_NUMBER || value->number <= rule->number;
#undef IS
    fail_msg("the schema has the keyword %s, which this test does not know", keyword);
    return false;
}

static bool valid(struct validator *v, const struct json_value *schema, const struct json_value *value)
{
    if (schema->kind == JSON_VALUE_BOOL) return schema->boolean;
    assert_int_equal(schema->kind, JSON_VALUE_OBJECT);
    for (size_t i = 0; i < schema->n; i++)
        if (!keyword_valid(v, schema, &schema->items[i], value))
            return refuse(v, value, schema->items[i].key);
    return value->kind != JSON_VALUE_OBJECT || members_valid(v, schema, value);
}

/* --- The schema and what it is asked about --- */

static struct arena *arena;
static struct validator validator;

static struct json_value *parse(const char *name, const char *text)
{
    struct diag *diag = diag_new();
    struct json_value *value = json_read(name, text, strlen(text), arena, diag);
    diag_print(diag, stdout);
    assert_int_equal(diag_count(diag), 0);
    diag_free(diag);
    return value;
}

static int setup(void **state)
{
    (void)state;
    size_t n;
    arena = arena_new(0);
    validator = (struct validator){.arena = arena};
    validator.root = parse("schema", schema_text(arena, &n));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static char *contents(const char *path)
{
    char *text, error[FILE_ERROR_SIZE];
    size_t n;
    assert_int_equal(file_read(path, JSON_BYTES_MAX, arena, &text, &n, error, sizeof(error)), FILE_OK);
    return text;
}

static bool accepts(const char *text)
{
    return valid(&validator, validator.root, parse("scenario", text));
}

static void the_file_that_ships_is_in_step(void **state)
{
    (void)state;
    size_t n;
    if (strcmp(contents("scenarios/scenario.schema.json"), schema_text(arena, &n)) != 0)
        fail_msg("run ./headroom schema >scenarios/scenario.schema.json");
}

static int ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), end_n = strlen(end);
    return n >= end_n && strcmp(text + n - end_n, end) == 0;
}

/* Those in the directory that are scenarios: they have a workload, or extend one that has. */
static int check_directory(const char *directory)
{
    DIR *list = opendir(directory);
    int n = 0;
    assert_non_null(list);
    for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
        if (!ends_with(entry->d_name, ".json") || ends_with(entry->d_name, ".schema.json")) continue;
        struct json_value *value =
            parse(entry->d_name, contents(arena_printf(arena, "%s/%s", directory, entry->d_name)));
        if (json_member(value, "workload") == NULL && json_member(value, "extends") == NULL) continue;
        if (!valid(&validator, validator.root, value)) fail_msg("%s: %s", entry->d_name, validator.why);
        n++;
    }
    closedir(list);
    return n;
}

static void every_scenario_that_ships_is_valid(void **state)
{
    (void)state;
    assert_true(check_directory("scenarios") >= 1);
    assert_true(check_directory("scenarios/families") >= 2);
    assert_true(check_directory("tests/cli/scenarios") >= 2);
}

/* Every row of the table is in the schema, with its words; and the schema has no other field, but for "remove", which
 * is not the table's: it is gone when the table is read. */
static int count_fields(const struct json_value *schema)
{
    const struct json_value *named = json_member(schema, "properties");
    int n = 0;
    for (size_t i = 0; named != NULL && i < named->n; i++) {
        const struct json_value *field = &named->items[i], *either = json_member(field, "anyOf"),
                                *each = json_member(field, "patternProperties");
        assert_non_null(json_member(field, "description"));
        if (strcmp(field->key, "remove") == 0) continue;
        n += 1 + count_fields(field) + count_fields(json_member(field, "items"));
        for (size_t k = 0; either != NULL && k < either->n; k++)
            n += count_fields(&either->items[k]);
        for (size_t k = 0; each != NULL && k < each->n; k++)
            n += count_fields(&each->items[k]);
    }
    return n;
}

static void it_has_every_field_of_the_table(void **state)
{
    (void)state;
    size_t text_n;
    const char *text = schema_text(arena, &text_n);
    assert_int_equal(count_fields(validator.root), scenario_rows_n());
    for EACH_SCENARIO_ROW(row)
        assert_non_null(strstr(text, arena_printf(arena, "\"%s\": {", row->key)));
    assert_string_equal(schema_row_default(scenario_row("producers[].config", "linger.ms"), arena),
                        "5 ms, 0 ms before Kafka 4.0");
    assert_string_equal(schema_row_range(scenario_row("cluster.storage", "size"), arena), "1 GiB to 64 TiB");
    assert_null(schema_row_default(scenario_row("", "name"), arena));
}

/* --- What is refused --- */

static void what_is_wrong_by_itself_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
    } changes[] = {
        {"\"duration\": \"10m\"", "\"duratoin\": \"10m\""},
        {"\"duration\": \"10m\"", "\"duration\": 10"},
        {"\"duration\": \"10m\"", "\"duration\": \"10 MiB\""},
        {"\"duration\": \"10m\"", "\"duration\": null"},
        {"\"replications\": 3", "\"replications\": 0"},
        {"\"replications\": 3", "\"replications\": -1"},
        {"\"replications\": 3", "\"replications\": 2.5"},
        {"\"replications\": 3", "\"replications\": {\"low\": 1, \"mid\": 2}"},
        {"\"resolution\": \"sampled\"", "\"resolution\": \"smapled\""},
        {"\"start\": \"18:00\"", "\"start\": \"24:00\""},
        {"\"zipf\": 1.05", "\"zipf\": \"1.05\""},
        {"\"zipf\": 1.05", "\"zipf\": 3.5"},
        {"\"rate\": \"3k/s\"", "\"rate\": \"3k\""},
        {"\"rate\": \"3k/s\"", "\"rate\": {\"constant\": \"3k/s\", \"profile\": \"wc98-week\"}"},
        {"\"rate\": \"3k/s\"", "\"rate\": {\"constant\": \"3k/s\", \"peak\": \"3k/s\"}"},
        {"\"rate\": \"3k/s\"", "\"rate\": {}"},
        {"\"times\": 0.012, ", ""},
        {"\"size\": \"420 B\"", "\"size\": \"420\""},
        {"\"acks\": \"all\"", "\"acks\": 2"},
        {"\"acks\": \"all\"", "\"acks\": \"some\""},
        {"\"acks\": \"all\"", "\"ack\": \"all\""},
        {"\"compression.type\": \"zstd\"", "\"compression.type\": \"gzip\""},
        {"\"linger.ms\": 20", "\"linger.ms\": -1"},
        {"\"linger.ms\": 20", "\"linger.ms\": \"20 B\""},
        {"\"sends\": [\"impressions\", \"clicks\"]", "\"sends\": []"},
        {"\"sends\": [\"impressions\", \"clicks\"]", "\"sends\": [\"clicks\", \"clicks\"]"},
        {"\"brokers\": 3, ", ""},
        {"\"name\": \"edge\", ", ""},
        {"\"name\": \"edge\", ", "\"name\": \"edge\", \"remove\": true, "},
        {"\"name\": \"edge\"", "\"name\": \"Edge\""},
        {"\"does\": {\"write\"", "\"does\": {\"window\": {\"size\": \"1s\"}, \"write\""},
        {"\"broker\": 1, ", ""},
        {"\"broker\": 1", "\"broker\": 1, \"group\": \"ctr\""},
        {"\"freshness.ctr.p99 <= 60s\"", "\"freshness.ctr.p99\""},
        {"\"freshness.ctr.p99 <= 60s\"", "\"freshnes.ctr.p99 <= 60s\""},
        {"\"workload\": [", "\"workload\": [7, "},
        {"\"topics\": [{\"name\": \"ad-events\", \"partitions\": 12, \"replication\": 3, \"retention\": "
         "\"24h\"}]",
         "\"topics\": []"},
    };
    const char *good = contents("scenarios/families/small.json");
    assert_true(accepts(good));
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        const char *at = strstr(good, changes[i].from);
        if (at == NULL) fail_msg("the scenario has no %s", changes[i].from);
        const char *bad = arena_printf(arena, "%.*s%s%s", (int)(at - good), good, changes[i].to,
                                       at + strlen(changes[i].from));
        if (accepts(bad)) fail_msg("%s is accepted", changes[i].to);
    }
}

static void what_extends_another_need_not_be_whole(void **state)
{
    (void)state;
    assert_true(accepts("{\"extends\": \"a.json\"}"));
    assert_true(
        accepts("{\"extends\": \"a.json\", \"run\": {\"seed\": 2}, \"faults\": [], \"month\": null}"));
    assert_true(accepts(
        "{\"extends\": \"a.json\", \"workload\": [{\"stream\": \"x\", \"rate\": {\"peak\": \"2M/s\"}}]}"));
    assert_true(accepts(
        "{\"extends\": \"a.json\", \"cluster\": {\"brokers\": {\"low\": 3, \"mid\": 4, \"high\": \"6\"}}}"));
    assert_true(accepts("{\"extends\": \"a.json\", \"groups\": [{\"name\": \"ctr\", \"remove\": true}]}"));
    assert_false(accepts("{\"extends\": \"a.json\", \"groups\": [{\"name\": \"ctr\", \"remove\": false}]}"));
    assert_false(accepts("{\"run\": {\"seed\": 2}}"));
    assert_false(accepts("{\"extends\": \"a.json\", \"workload\": [{\"rate\": {\"peak\": \"2M/s\"}}]}"));
    assert_false(accepts("{\"extends\": \"a.json\", \"runs\": {}}"));
    assert_false(accepts(
        "{\"extends\": \"a.json\", \"cluster\": {\"brokers\": {\"low\": 3, \"mid\": null, \"high\": 6}}}"));
}

/* --- Patterns against the reader --- */

/* A quantity that the reader takes matches; one that matches is taken, or is refused for its size alone. */
static void compare(enum units_kind kind, const char *text, int *taken, int *matched)
{
    char error[UNITS_ERROR_SIZE];
    double value;
    static const char *const sizes[] = {"too l",    "digits",       "whole",
                                        "no parts", "out of range", "smaller than the last"};
    bool reads = units_parse(kind, text, &value, error, sizeof(error));
    bool does = matches(schema_quantity_pattern(kind, arena), text);
    *taken += reads;
    *matched += does;
    if (reads && !does) fail_msg("%s '%s' does not match", units_kind_name(kind), text);
    if (reads || !does) return;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        if (strstr(error, sizes[i]) != NULL) return;
    fail_msg("'%s' matches, but: %s", text, error);
}

static void patterns_are_what_the_reader_reads(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "0",    "7",     "42",  "100",     "1000", ".5",  ".",    "e3",  "E-2", ",000", "_000", ",00",  " ",
        "  ",   "-",     "$",   "%",       "/",    "/s",  "/min", "/h",  "/d",  "/w",   "B",    "kB",   "KB",
        "MB",   "GB",    "TB",  "PB",      "KiB",  "MiB", "GiB",  "TiB", "PiB", "k",    "K",    "M",    "G",
        "T",    "ns",    "us",  "\u00b5s", "ms",   "s",   "m",    "min", "h",   "d",    "w",    "hour", "day",
        "week", "month", "bit", "kbit",    "Gbit", "bps", "Gbps", ":",   "18",  "05",   "59",   "60"};
    static const enum units_kind kinds[] = {UNITS_DURATION,    UNITS_BYTES, UNITS_RATE,
                                            UNITS_BYTES_PER_S, UNITS_MONEY, UNITS_MONEY_PER_TIME,
                                            UNITS_SHARE,       UNITS_COUNT, UNITS_TIME_OF_DAY};
    /* What often makes it one of the kind, so that the readers have something to take. */
    static const char *const likely[] = {"2h", " 7 KiB", "5k/s", "3MB/s", "9k", "4/min", "6%", "8M", "6:05"};
    struct philox stream = philox_named(11, "quantities");
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        int taken = 0, matched = 0;
        for (int i = 0; i < 1200; i++) {
            char text[64] = "";
            int n = 1 + (int)(philox_next_u64(&stream) % 5);
            if (kinds[k] == UNITS_MONEY || kinds[k] == UNITS_MONEY_PER_TIME) strcat(text, "$");
            if (i % 2 == 0) strcat(text, "42");
            if (i % 4 == 1) strcat(text, likely[k]);
            for (int p = 0; p < (i % 4 == 1 ? n / 3 : n); p++)
                strcat(text, pieces[philox_next_u64(&stream) % (sizeof(pieces) / sizeof(pieces[0]))]);
            compare(kinds[k], text, &taken, &matched);
        }
        assert_true(taken >= 30); /* else the test says nothing */
        assert_true(matched < 1100);
    }
    static const char *const good[] = {"10ms",      "2h30m",  "1.5 KiB",  "1.2M/s",    "600 MiB/s",
                                       "10 Gbit/s", "10Gbps", "$190k",    "$40/min",   "35%",
                                       "2M",        "18:00",  "18:00:30", "2,000,000", "1e6 B"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        int taken = 0, matched = 0;
        for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
            compare(kinds[k], good[i], &taken, &matched);
        assert_true(taken >= 1);
    }
}

/* --- Whatever the loader accepts --- */

/* A value of about the same kind, or of none that fits. */
static const char *other_value(struct philox *stream, const char *value, size_t n)
{
    static const char *const values[] = {
        "\"1s\"",  "\"5m\"",    "7",        "1",        "\"64 KiB\"", "\"2k/s\"",  "true",
        "null",    "\"all\"",   "\"zstd\"", "0.5",      "\"20%\"",    "[]",        "{}",
        "\"ctr\"", "\"12:30\"", "\"$5\"",   "\"none\"", "\"2\"",      "\"200 B\"", "-3"};
    uint64_t which = philox_next_u64(stream) % 30;
    if (which < 21) return values[which];
    if (which < 25)
        return arena_printf(arena, "{\"low\": %.*s, \"mid\": %.*s, \"high\": %.*s}", (int)n, value, (int)n,
                            value, (int)n, value);
    if (which < 27) return arena_printf(arena, "{\"constant\": %.*s}", (int)n, value);
    return arena_printf(arena, "%.*s", (int)n, value);
}

/* Change one value behind a colon, or take the member away. */
static const char *mutate(struct philox *stream, const char *text)
{
    static const char plain[] = "0123456789.-truefalsn\"";
    int colons = 0, chosen;
    for (const char *c = text; (c = strstr(c, "\": ")) != NULL; c += 3)
        colons++;
    chosen = (int)(philox_next_u64(stream) % (uint64_t)colons);
    const char *at = text;
    for (int i = 0; i <= chosen; i++)
        at = strstr(at, "\": ") + 3;
    if (strchr(plain, *at) == NULL) return text; /* an object or a list */
    size_t n = *at == '"' ? strcspn(at + 1, "\"") + 2 : strcspn(at, ",}] \n");
    if (philox_next_u64(stream) % 4 == 0 && at[n] == ',') {
        const char *from = at - 4; /* the key's last character */
        while (*from != '"')
            from--;
        return arena_printf(arena, "%.*s%s", (int)(from - text), text, at + n + 1);
    }
    return arena_printf(arena, "%.*s%s%s", (int)(at - text), text, other_value(stream, at, n), at + n);
}

static void what_the_loader_accepts_is_accepted(void **state)
{
    (void)state;
    const char *good = contents("scenarios/families/small.json");
    char path[] = "/tmp/headroom-schema-XXXXXX";
    struct philox stream = philox_named(3, "mutations");
    int loaded = 0, refused_both = 0, fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    for (int i = 0; i < 800; i++) {
        const char *text = mutate(&stream, good);
        if (i % 3 == 0) text = mutate(&stream, text);
        char error[FILE_ERROR_SIZE];
        assert_true(file_write_atomic(path, text, strlen(text), error, sizeof(error)));
        struct arena *own = arena_new(0);
        struct diag *diag = diag_new();
        const struct scenario *scenario = scenario_load(path, NULL, 0, "scenarios", NULL, own, diag);
        bool accepted = accepts(text);
        if (scenario != NULL && !accepted)
            fail_msg("%s: loaded, but refused by the schema: %s", validator.why, text);
        loaded += scenario != NULL;
        refused_both += scenario == NULL && !accepted;
        scenario_release(scenario);
        diag_free(diag);
        arena_free(own);
    }
    unlink(path);
    assert_true(loaded > 100); /* both happen, or the test says nothing */
    assert_true(refused_both > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_file_that_ships_is_in_step, setup, teardown),
        cmocka_unit_test_setup_teardown(every_scenario_that_ships_is_valid, setup, teardown),
        cmocka_unit_test_setup_teardown(it_has_every_field_of_the_table, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_wrong_by_itself_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(what_extends_another_need_not_be_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(patterns_are_what_the_reader_reads, setup, teardown),
        cmocka_unit_test_setup_teardown(what_the_loader_accepts_is_accepted, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
