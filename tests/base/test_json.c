/* The JSON reader: values, positions to the character, and mistakes said in words that help. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "arena.h"
#include "diag.h"
#include "json.h"
#include "json_jansson.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    struct arena *arena;
    struct diag *diag;
    struct json_value *root;
};

static struct reading read_n(const char *text, size_t n)
{
    struct reading reading = {arena_new(0), diag_new(), NULL};
    reading.root = json_read("s.json", text, n, reading.arena, reading.diag);
    return reading;
}

static struct reading read_text(const char *text)
{
    return read_n(text, strlen(text));
}

static void done(struct reading *reading)
{
    diag_free(reading->diag);
    arena_free(reading->arena);
}

static const char scenario[] = "{\n"
                               "  \"name\": \"ad-clickstream\",\n"
                               "  \"run\": {\"seed\": 1, \"wärmup\": \"10m\", \"x\": true},\n"
                               "  \"topics\": [\n"
                               "    {\"name\": \"ad-events\", \"replication\": 3},\n"
                               "    {\"config\": {\"linger.ms\": -2.5e1, \"odd key\": null}}\n"
                               "  ],\n"
                               "  \"none\": [], \"empty\": {}\n"
                               "}\n";

static void the_tree(void **state)
{
    (void)state;
    struct reading r = read_text(scenario);
    assert_non_null(r.root);
    assert_int_equal(diag_count(r.diag), 0);
    assert_int_equal(r.root->kind, JSON_VALUE_OBJECT);
    assert_int_equal(r.root->n, 5);
    assert_null(r.root->parent);
    assert_null(r.root->key);
    const struct json_value *name = json_member(r.root, "name");
    assert_int_equal(name->kind, JSON_VALUE_STRING);
    assert_string_equal(name->text, "ad-clickstream");
    assert_int_equal(name->n, 14);
    assert_ptr_equal(name->parent, r.root);
    const struct json_value *topics = json_member(r.root, "topics");
    assert_int_equal(topics->kind, JSON_VALUE_ARRAY);
    assert_int_equal(topics->n, 2);
    const struct json_value *replication = json_member(&topics->items[0], "replication");
    assert_true(replication->integral);
    assert_int_equal(replication->integer, 3);
    assert_string_equal(replication->text, "3");
    const struct json_value *linger = json_member(json_member(&topics->items[1], "config"), "linger.ms");
    assert_true(linger->number == -25 && linger->integral && linger->integer == -25);
    assert_true(json_member(json_member(r.root, "run"), "x")->boolean);
    assert_int_equal(json_member(r.root, "none")->n, 0);
    assert_int_equal(json_member(r.root, "empty")->n, 0);
    assert_null(json_member(r.root, "absent"));
    assert_null(json_member(NULL, "absent"));
    assert_null(json_member(topics, "absent"));
    done(&r);
}

static void expect_pos(const struct json_value *value, unsigned line, unsigned column, unsigned key_column,
                       const char *path)
{
    assert_non_null(value);
    assert_int_equal(value->pos.line, line);
    assert_int_equal(value->pos.column, column);
    if (value->key) assert_int_equal(value->key_pos.column, key_column);
    char buffer[JSON_PATH_MAX];
    assert_string_equal(json_path(value, buffer, sizeof buffer), path);
}

static void positions_and_paths(void **state)
{
    (void)state;
    struct reading r = read_text(scenario);
    const struct json_value *run = json_member(r.root, "run"), *topics = json_member(r.root, "topics");
    const struct json_value *config = json_member(&topics->items[1], "config");
    expect_pos(r.root, 1, 1, 0, "");
    expect_pos(json_member(r.root, "name"), 2, 11, 3, "name");
    expect_pos(json_member(run, "seed"), 3, 19, 11, "run.seed");
    expect_pos(json_member(run, "wärmup"), 3, 32, 22, "run[\"wärmup\"]");
    expect_pos(json_member(run, "x"), 3, 44, 39, "run.x"); /* columns count characters: ä is one */
    expect_pos(&topics->items[0], 5, 5, 0, "topics[0]");
    expect_pos(json_member(&topics->items[0], "replication"), 5, 42, 27, "topics[0].replication");
    expect_pos(json_member(config, "linger.ms"), 6, 30, 17, "topics[1].config.linger.ms");
    expect_pos(json_member(config, "odd key"), 6, 49, 38, "topics[1].config[\"odd key\"]");
    expect_pos(json_member(r.root, "empty"), 8, 24, 15, "empty");
    assert_memory_equal(scenario + json_member(config, "linger.ms")->pos.offset, "-2.5e1", 6);
    assert_string_equal(r.root->items[0].file, "s.json");

    /* A short buffer cuts a path, and says so. */
    char small[16];
    assert_string_equal(json_path(json_member(config, "linger.ms"), small, sizeof small), "topics[1]...");
    char tiny[1];
    assert_string_equal(json_path(config, tiny, sizeof tiny), "");

    /* A very long key is cut between characters. */
    char text[200] = "{\"";
    for (int i = 0; i < 60; i++)
        strcat(text, i ? "é" : "x");
    strcat(text, "\": 1}");
    struct reading with_long_key = read_text(text);
    char path[JSON_PATH_MAX];
    json_path(&with_long_key.root->items[0], path, sizeof path);
    assert_int_equal(strlen(path), 2 + 79 + 5);
    assert_string_equal(path + 2 + 79, "...\"]");
    done(&with_long_key);

    json_mistake(r.diag, json_member(&topics->items[0], "replication"), "is %d but cluster.brokers is %d", 3,
                 2);
    json_mistake_key(r.diag, json_member(config, "odd key"), "is no field");
    json_note(r.diag, run, "noted");
    assert_int_equal(diag_count(r.diag), 2);
    assert_string_equal(diag_get(r.diag, 1)->path, "topics[0].replication");
    assert_string_equal(diag_get(r.diag, 1)->message, "is 3 but cluster.brokers is 2");
    assert_int_equal(diag_get(r.diag, 1)->pos.column, 42);
    assert_int_equal(diag_get(r.diag, 2)->pos.column, 38);
    assert_true(diag_get(r.diag, 0)->is_note);
    done(&r);
}

static void line_ends_and_byte_order_mark(void **state)
{
    (void)state;
    struct reading r = read_text("\xEF\xBB\xBF{\r\n\t\"a\": 1,\r\n\r\n\"b\": 2}\r\n");
    assert_non_null(r.root);
    expect_pos(r.root, 1, 1, 0, "");
    expect_pos(json_member(r.root, "a"), 2, 7, 2, "a");
    expect_pos(json_member(r.root, "b"), 4, 6, 1, "b");
    done(&r);
}

static void numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double number;
        bool integral;
        int64_t integer;
    } cases[] = {
        {"0", 0, true, 0},
        {"-0", 0, true, 0},
        {"9223372036854775807", 9223372036854775807.0, true, INT64_MAX},
        {"-9223372036854775808", -9223372036854775808.0, true, INT64_MIN},
        {"9223372036854775808", 9223372036854775808.0, false, 0},
        {"9007199254740993", 9007199254740992.0, true, 9007199254740993},
        {"0.1", 0.1, false, 0},
        {"1e6", 1e6, true, 1000000},
        {"2.50E+1", 25, true, 25},
        {"1E-2", 0.01, false, 0},
        {"1e300", 1e300, false, 0},
        {"1e-400", 0, true, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reading r = read_text(cases[i].text);
        assert_non_null(r.root);
        assert_int_equal(r.root->kind, JSON_VALUE_NUMBER);
        assert_true(r.root->number == cases[i].number);
        assert_int_equal(r.root->integral, cases[i].integral);
        assert_true(r.root->integer == cases[i].integer);
        assert_string_equal(r.root->text, cases[i].text);
        done(&r);
    }
}

static void strings(void **state)
{
    (void)state;
    static const struct {
        const char *json, *text;
    } cases[] = {
        {"\"\"", ""},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
        {"\"\\u0041\\u00e9\\u20AC\\ud83d\\uDE00\"", "Aé€😀"},
        {"\"Aé€😀\\u0001\x7f\"", "Aé€😀\x01\x7f"},
        {"\"ends in a backslash \\\\\"", "ends in a backslash \\"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reading r = read_text(cases[i].json);
        assert_non_null(r.root);
        assert_string_equal(r.root->text, cases[i].text);
        assert_int_equal(r.root->n, strlen(cases[i].text));
        done(&r);
    }
}

/* The one mistake of a text: its place and what its message holds. */
static void expect_mistake(const char *text, size_t n, unsigned line, unsigned column, const char *path,
                           const char *message)
{
    struct reading r = read_n(text, n);
    if (r.root) fail_msg("read without a mistake: %s", text);
    assert_int_equal(diag_count(r.diag), 1);
    const struct diag_entry *entry = diag_get(r.diag, 0);
    if (!strstr(entry->message, message)) fail_msg("'%s' does not hold '%s'", entry->message, message);
    if (entry->pos.line != line || entry->pos.column != column) {
        fail_msg("%s: at %u:%u, not %u:%u", text, entry->pos.line, entry->pos.column, line, column);
    }
    assert_string_equal(entry->path, path);
    done(&r);
}

static void syntax_errors(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned line, column;
        const char *path, *message;
    } cases[] = {
        {"", 1, 1, "", "the file is empty"},
        {" \n\t\n", 1, 1, "", "the file is empty"},
        {"{\"a\": 1 \"b\": 2}", 1, 9, "a", "expected ',' or '}' after a member, found '\"'"},
        {"{\"a\": [1, 2 3]}", 1, 13, "a[1]", "expected ',' or ']' after an item, found '3'"},
        {"{\"a\": [1,\n2,]}", 2, 2, "a[1]", "trailing comma: JSON has no ',' before ']'"},
        {"{\"a\": 1,\n}", 1, 8, "a", "trailing comma: JSON has no ',' before '}'"},
        {"{'a': 1}", 1, 2, "", "double quotes, not single ones"},
        {"{\"a\": 'x'}", 1, 7, "a", "double quotes, not single ones"},
        {"{\n  // why\n}", 2, 3, "", "JSON has no comments"},
        {"{\"a\": 1, # why\n}", 1, 10, "", "JSON has no comments"},
        {"{\"a\": 1 /* why */}", 1, 9, "a", "JSON has no comments"},
        {"{\"a\": /* why */ 1}", 1, 7, "a", "JSON has no comments"},
        {"1 // why", 1, 3, "", "JSON has no comments"},
        {"{\"a\": NaN}", 1, 7, "a", "JSON has no NaN or infinity, found NaN"},
        {"[1, -Infinity]", 1, 6, "[1]", "JSON has no NaN or infinity"},
        {"{\"a\": True}", 1, 7, "a", "True is written true in JSON"},
        {"{\"a\": nul}", 1, 7, "a", "expected a value, found the bare word nul"},
        {"{\"a\": yes}", 1, 7, "a", "found the bare word yes"},
        {"{a: 1}", 1, 2, "", "expected a member's name, found the bare word a"},
        {"{1: 1}", 1, 2, "", "expected a member's name"},
        {"{\"a\" 1}", 1, 6, "a", "expected ':' after the member's name, found '1'"},
        {"{\"a\": }", 1, 7, "a", "expected a value, found '}'"},
        {"{\"a\": \n}", 2, 1, "a", "expected a value, found '}'"},
        {"{,}", 1, 2, "", "expected a member's name in double quotes, found ','"},
        {"[,1]", 1, 2, "[0]", "expected a value, found ','"},
        {"{\"a\": \"x\n}", 1, 7, "a", "never closed"},
        {"{\"a\": \"x", 1, 7, "a", "never closed"},
        {"{\"a\": \"x\\\"", 1, 7, "a", "never closed"},
        {"{\"a\": \"x\\", 1, 7, "a", "never closed"},
        {"{\"a\": \"x\\\n\"}", 1, 7, "a", "never closed"},
        {"{\"a\": {\"b\": [1", 1, 15, "a.b[0]", "the '[' at 1:13 is never closed"},
        {"{\"a\": \"\\q\"}", 1, 8, "a", "starts an escape"},
        {"{\"a\": \"é\\u00g0\"}", 1, 9, "a", "four hexadecimal digits"},
        {"{\"a\": \"\\u00\"}", 1, 8, "a", "four hexadecimal digits"},
        {"{\"a\": \"\\u0000\"}", 1, 8, "a", "a string may not contain \\u0000"},
        {"{\"\\u0000\": 1}", 1, 3, "", "a member's name may not contain \\u0000"},
        {"{\"a\": \"\\ud800\"}", 1, 8, "a", "half of a surrogate pair"},
        {"{\"a\": \"\\ud800\\u0041\"}", 1, 8, "a", "half of a surrogate pair"},
        {"{\"a\": \"\\udc00\"}", 1, 8, "a", "half of a surrogate pair"},
        {"{\"a\": \"x\ty\"}", 1, 9, "a", "control character U+0009 inside a string: write it as \\t"},
        {"{\"a\": \"x\x01y\"}", 1, 9, "a", "control character U+0001"},
        {"{\"a\": \"\xff\"}", 1, 8, "a", "byte 0xFF is not UTF-8"},
        {"{\"a\": \"\xc0\x80\"}", 1, 8, "a", "byte 0xC0 is not UTF-8"},
        {"{\"a\": \"\xed\xa0\x80\"}", 1, 8, "a", "byte 0xED is not UTF-8"},
        {"{\"a\": \xe2\x82}", 1, 7, "a", "byte 0xE2, which is not UTF-8"},
        {"{\"a\": \xe2\x82\xac}", 1, 7, "a", "found '€'"},
        {"{\"a\": \x01}", 1, 7, "a", "found character U+0001"},
        {"{\"a\": 01}", 1, 7, "a", "needless 0"},
        {"{\"a\": -012}", 1, 7, "a", "needless 0"},
        {"{\"a\": 1.}", 1, 7, "a", "a digit after its decimal point"},
        {"{\"a\": .5}", 1, 7, "a", "a digit before its decimal point"},
        {"{\"a\": +5}", 1, 7, "a", "no leading '+'"},
        {"{\"a\": 1e}", 1, 7, "a", "a digit in its exponent"},
        {"{\"a\": 1e+}", 1, 7, "a", "a digit in its exponent"},
        {"{\"a\": -}", 1, 7, "a", "expected a digit after '-', found '}'"},
        {"{\"a\": 10ms}", 1, 7, "a", "a quantity with a unit is a string: \"10ms\""},
        {"{\"a\": 1.2M/s}", 1, 7, "a", "a quantity with a unit is a string: \"1.2M/s\""},
        {"{\"a\": 35%}", 1, 7, "a", "a quantity with a unit is a string: \"35%\""},
        {"{\"a\": 0x10}", 1, 7, "a", "a quantity with a unit is a string"},
        {"{\"a\": 1e999}", 1, 7, "a", "too large"},
        {"{} {}", 1, 4, "", "expected the end of the file after the value, found '{'"},
        {"{}}", 1, 3, "", "expected the end of the file after the value, found '}'"},
        {"]", 1, 1, "", "expected a value, found ']'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect_mistake(cases[i].text, strlen(cases[i].text), cases[i].line, cases[i].column, cases[i].path,
                       cases[i].message);
    }
    /* A NUL is a character like another. */
    expect_mistake("{\"a\": \"x\0y\"}", 12, 1, 9, "a", "control character U+0000");
    expect_mistake("[1\0]", 4, 1, 3, "[0]", "found character U+0000");
}

/* Every duplicate is reported at its own place, and the first value counts. */
static void duplicate_keys(void **state)
{
    (void)state;
    struct reading r = read_text("{\"a\": 1, \"b\": {\"x\": 1,\n \"x\": 2}, \"a\": 3, \"\\u0061\": 4}");
    assert_non_null(r.root);
    assert_int_equal(diag_count(r.diag), 3);
    const struct diag_entry *entry = diag_get(r.diag, 0);
    assert_string_equal(entry->message, "duplicate key \"x\": it stands at 1:16 already");
    assert_string_equal(entry->path, "b.x");
    assert_int_equal(entry->pos.line, 2);
    assert_int_equal(entry->pos.column, 2);
    assert_string_equal(diag_get(r.diag, 1)->message, "duplicate key \"a\": it stands at 1:2 already");
    assert_int_equal(diag_get(r.diag, 1)->pos.column, 11);
    assert_int_equal(diag_get(r.diag, 2)->pos.column, 19);
    assert_int_equal(json_member(r.root, "a")->integer, 1);
    json_t *written = json_to_jansson(r.root);
    char *text = json_dumps(written, JSON_COMPACT);
    assert_string_equal(text, "{\"a\":1,\"b\":{\"x\":1}}");
    free(text);
    json_decref(written);
    done(&r);
}

static void limits(void **state)
{
    (void)state;
    /* Depth: the deepest that fits, and one more. */
    char deep[2 * JSON_DEPTH_MAX + 4];
    memset(deep, '[', JSON_DEPTH_MAX);
    memset(deep + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    struct reading r = read_n(deep, 2 * JSON_DEPTH_MAX);
    assert_non_null(r.root);
    const struct json_value *inner = r.root;
    while (inner->n)
        inner = &inner->items[0];
    char path[JSON_PATH_MAX];
    assert_int_equal(strlen(json_path(inner, path, sizeof path)), 3 * (JSON_DEPTH_MAX - 1));
    done(&r);
    memset(deep, '[', JSON_DEPTH_MAX + 1);
    r = read_n(deep, JSON_DEPTH_MAX + 1);
    assert_null(r.root);
    assert_string_equal(diag_get(r.diag, 0)->message, "arrays and objects are nested more than 64 deep");
    assert_int_equal(diag_get(r.diag, 0)->pos.column, JSON_DEPTH_MAX + 1);
    done(&r);

    /* Bytes and values: a text of spaces at the limit, one byte over it, and ones all through. */
    char *big = malloc(JSON_BYTES_MAX + 1);
    assert_non_null(big);
    memset(big, ' ', JSON_BYTES_MAX + 1);
    big[5] = '7';
    r = read_n(big, JSON_BYTES_MAX);
    assert_non_null(r.root);
    done(&r);
    r = read_n(big, JSON_BYTES_MAX + 1);
    assert_null(r.root);
    assert_non_null(strstr(diag_get(r.diag, 0)->message, "16 MiB"));
    done(&r);
    size_t n = 0;
    big[n++] = '[';
    for (int i = 0; i < JSON_VALUES_MAX; i++) {
        big[n++] = '1';
        big[n++] = ',';
    }
    big[n - 1] = ']';
    r = read_n(big, n);
    assert_null(r.root); /* the array itself is the one too many */
    assert_non_null(strstr(diag_get(r.diag, 0)->message, "more than 1000000 values"));
    done(&r);
    free(big);
}

static void descriptions(void **state)
{
    (void)state;
    static const struct {
        const char *json, *described;
    } cases[] = {
        {"null", "null"},
        {"false", "false"},
        {"-1.50", "-1.50"},
        {"\"10 ms\"", "\"10 ms\""},
        {"[1]", "an array"},
        {"{}", "an object"},
        {"\"0123456789012345678901234567890123456789\"", "\"0123456789012345678901234567890123456789\""},
        {"\"012345678901234567890123456789012345678é\"", "\"012345678901234567890123456789012345678...\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reading r = read_text(cases[i].json);
        char buffer[80];
        assert_string_equal(json_describe(r.root, buffer, sizeof buffer), cases[i].described);
        done(&r);
    }
    assert_string_equal(json_kind_name(JSON_VALUE_OBJECT), "an object");
}

static void to_jansson(void **state)
{
    (void)state;
    struct reading r = read_text(scenario);
    json_t *ours = json_to_jansson(r.root), *theirs = json_loads(scenario, 0, NULL);
    assert_non_null(theirs);
    /* 1e1-like numbers are reals to jansson and integers to us: compare them apart. */
    json_t *config = json_object_get(json_array_get(json_object_get(ours, "topics"), 1), "config");
    assert_int_equal(json_integer_value(json_object_get(config, "linger.ms")), -25);
    json_object_set_new(config, "linger.ms", json_real(-25));
    assert_true(json_equal(ours, theirs));
    json_decref(ours);
    json_decref(theirs);
    done(&r);
}

/* Merging by hand: an item moved into another tree gets its new path after json_relink(). */
static void relinking(void **state)
{
    (void)state;
    struct reading r = read_text("{\"a\": [{\"b\": 1}, {\"c\": [2]}]}");
    struct json_value *base = ARENA_NEW(r.arena, struct json_value, 1);
    struct json_value *items = ARENA_NEW(r.arena, struct json_value, 2);
    items[0] = json_member(r.root, "a")->items[1];
    items[1] = json_member(r.root, "a")->items[0];
    *base = (struct json_value){.kind = JSON_VALUE_ARRAY, .n = 2, .items = items, .file = "x"};
    json_relink(base);
    char path[JSON_PATH_MAX];
    assert_string_equal(json_path(&json_member(&base->items[0], "c")->items[0], path, sizeof path),
                        "[0].c[0]");
    assert_string_equal(json_path(json_member(&base->items[1], "b"), path, sizeof path), "[1].b");
    done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tree),
        cmocka_unit_test(positions_and_paths),
        cmocka_unit_test(line_ends_and_byte_order_mark),
        cmocka_unit_test(numbers),
        cmocka_unit_test(strings),
        cmocka_unit_test(syntax_errors),
        cmocka_unit_test(duplicate_keys),
        cmocka_unit_test(limits),
        cmocka_unit_test(descriptions),
        cmocka_unit_test(to_jansson),
        cmocka_unit_test(relinking),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
