/* json.c: a recursive-descent reader.
 *
 * 1. Items of the container being read pile up on one scratch stack; when it closes, they are copied to their
 * final place as one array. Only then are addresses final, so the parents of grandchildren are set at that
 * moment.
 * 2. Positions are computed from one mark that only moves forward, so all of them together cost one pass.
 * 3. A frame for each open container keeps the path at hand for a syntax error in the middle.
 */
#include "json.h"

#include "arena.h"
#include "check.h"
#include "utf8.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An open array or object. */
struct frame {
    bool is_object;
    const char *key; /* of the member being read, NULL before it is known */
    size_t index;    /* of the item being read */
    struct diag_pos open;
};

struct reader {
    const char *file;
    const char *text;
    size_t n;
    size_t at;
    struct arena *arena;
    struct diag *diag;
    struct diag_pos mark;
    struct frame frames[JSON_DEPTH_MAX];
    int depth;
    struct json_value *stack;
    size_t n_stack, stack_room;
    size_t n_values;
};

/* ---- paths ---- */

struct path {
    char *buffer;
    size_t room, n;
};

static void path_put(struct path *path, const char *text, size_t n)
{
    if (path->n + n + 1 > path->room) {
        /* No room: end in "..." once, and take nothing more. */
        if (path->room >= 4 && path->n < path->room) {
            size_t keep = path->n > path->room - 4 ? path->room - 4 : path->n;
            if (keep > 0 && path->buffer[keep - 1] == '.') keep--;
            memcpy(path->buffer + keep, "...", 4);
        }
        path->n = path->room;
        return;
    }
    memcpy(path->buffer + path->n, text, n);
    path->n += n;
    path->buffer[path->n] = '\0';
}

static void path_put_key(struct path *path, const char *key)
{
    size_t n = strlen(key);
    bool plain = n > 0 && n <= 80;
    for (size_t i = 0; i < n && plain; i++) {
        unsigned char c = (unsigned char)key[i];
        plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                c == '-' || c == '.';
    }
    if (plain) {
        if (path->n) path_put(path, ".", 1);
        path_put(path, key, n);
        return;
    }
    /* Printing makes controls harmless; here the key is only cut to a length that can be read. */
    size_t cut = n;
    if (n > 80) {
        for (cut = 80; cut > 0 && ((unsigned char)key[cut] & 0xC0) == 0x80;)
            cut--;
    }
    path_put(path, "[\"", 2);
    path_put(path, key, cut);
    path_put(path, cut < n ? "...\"]" : "\"]", cut < n ? 5 : 2);
}

static void path_put_index(struct path *path, size_t index)
{
    char text[32];
    int n = snprintf(text, sizeof text, "[%zu]", index);
    path_put(path, text, (size_t)n);
}

const char *json_path(const struct json_value *value, char *buffer, size_t buffer_n)
{
    CHECK(buffer_n > 0, "a path needs a buffer");
    const struct json_value *chain[JSON_DEPTH_MAX + 1];
    int n = 0;
    for (; value && value->parent; value = value->parent) {
        CHECK(n <= JSON_DEPTH_MAX, "a tree deeper than it can have been read");
        chain[n++] = value;
    }
    struct path path = {.buffer = buffer, .room = buffer_n};
    buffer[0] = '\0';
    while (n-- > 0) {
        if (chain[n]->key) {
            path_put_key(&path, chain[n]->key);
        } else {
            path_put_index(&path, (size_t)(chain[n] - chain[n]->parent->items));
        }
    }
    return buffer;
}

/* ---- positions and errors ---- */

/* offset must not lie before the last one asked for. */
static struct diag_pos position(struct reader *r, size_t offset)
{
    CHECK(offset >= r->mark.offset && offset <= r->n, "position %zu asked for after %u", offset,
          r->mark.offset);
    for (size_t i = r->mark.offset; i < offset; i++) {
        if (r->text[i] == '\n') {
            r->mark.line++;
            r->mark.column = 1;
        } else if (((unsigned char)r->text[i] & 0xC0) != 0x80) {
            r->mark.column++;
        }
    }
    r->mark.offset = (uint32_t)offset;
    return r->mark;
}

__attribute__((format(printf, 3, 4))) static bool fail_at(struct reader *r, struct diag_pos pos,
                                                          const char *format, ...)
{
    char buffer[JSON_PATH_MAX];
    struct path path = {.buffer = buffer, .room = sizeof buffer};
    buffer[0] = '\0';
    for (int i = 0; i < r->depth; i++) {
        if (!r->frames[i].is_object) {
            path_put_index(&path, r->frames[i].index);
        } else if (r->frames[i].key) {
            path_put_key(&path, r->frames[i].key);
        }
    }
    va_list args;
    va_start(args, format);
    const char *message = arena_vprintf(r->arena, format, args);
    va_end(args);
    diag_add(r->diag, r->file, pos, buffer, "%s", message);
    return false;
}

#define FAIL(r, ...) fail_at((r), position((r), (r)->at), __VA_ARGS__)

enum { FOUND_SIZE = 48 };

/* What stands at the reader's place, for "…, found X". */
static const char *found(const struct reader *r, char buffer[FOUND_SIZE])
{
    if (r->at >= r->n) return "the end of the file";
    uint32_t c = 0;
    size_t length = utf8_decode(r->text + r->at, r->n - r->at, &c);
    if (length == 0) {
        snprintf(buffer, FOUND_SIZE, "byte 0x%02X, which is not UTF-8", (unsigned char)r->text[r->at]);
    } else if (c == '\n' || c == '\r') {
        return "the end of the line";
    } else if (utf8_is_harmful(c)) {
        snprintf(buffer, FOUND_SIZE, "character U+%04X", (unsigned)c);
    } else {
        snprintf(buffer, FOUND_SIZE, "'%.*s'", (int)length, r->text + r->at);
    }
    return buffer;
}

/* ---- scanning ---- */

static bool at_char(const struct reader *r, char c)
{
    return r->at < r->n && r->text[r->at] == c;
}

static void skip_space(struct reader *r)
{
    while (r->at < r->n) {
        char c = r->text[r->at];
        if (c != ' ' && c != '\t' && c != '\n' && c != '\r') break;
        r->at++;
    }
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

static int hex_digit(char c)
{
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* The four digits after "\u", at `at`; -1 if they are not all there. */
static int32_t hex4(const struct reader *r, size_t at)
{
    if (r->n - at < 4) return -1;
    int32_t value = 0;
    for (size_t i = at; i < at + 4; i++) {
        int digit = hex_digit(r->text[i]);
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* One escape, from its backslash on: appended to out, its length added to *out_n. */
static bool read_escape(struct reader *r, char *out, size_t *out_n, bool is_key)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    char c = r->at + 1 < r->n ? r->text[r->at + 1] : '\0';
    const char *letter = c ? strchr(letters, c) : NULL;
    if (letter) {
        out[(*out_n)++] = meanings[letter - letters];
        r->at += 2;
        return true;
    }
    if (c != 'u') {
        return FAIL(
            r, "a backslash in a string starts an escape: \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\uXXXX; a "
               "backslash itself is \\\\");
    }
    int32_t code = hex4(r, r->at + 2);
    if (code < 0) return FAIL(r, "\\u needs four hexadecimal digits, as in \\u00e9");
    if (code == 0) return FAIL(r, "%s may not contain \\u0000", is_key ? "a member's name" : "a string");
    size_t length = 6;
    if (code >= 0xD800 && code <= 0xDFFF) {
        bool escape_follows =
            code <= 0xDBFF && r->n - r->at >= 12 && r->text[r->at + 6] == '\\' && r->text[r->at + 7] == 'u';
        int32_t low = escape_follows ? hex4(r, r->at + 8) : -1;
        if (low < 0xDC00 || low > 0xDFFF) {
            return FAIL(r, "\\u%.4s is half of a surrogate pair without its other half", r->text + r->at + 2);
        }
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        length = 12;
    }
    *out_n += utf8_encode((uint32_t)code, out + *out_n);
    r->at += length;
    return true;
}

/* A string, at its opening quote. */
static bool read_string(struct reader *r, const char **text, size_t *n, bool is_key)
{
    struct diag_pos open = position(r, r->at);
    size_t end = r->at + 1;
    while (end < r->n && r->text[end] != '"' && r->text[end] != '\n')
        end += r->text[end] == '\\' && end + 1 < r->n && r->text[end + 1] != '\n' ? 2 : 1;
    if (end >= r->n || r->text[end] == '\n') {
        return fail_at(r, open, "this string is never closed: its closing '\"' must stand on the same line");
    }
    /* No escape is shorter than what it stands for. */
    char *out = arena_alloc(r->arena, end - r->at, 1);
    size_t out_n = 0;
    for (r->at++; r->at < end;) {
        char c = r->text[r->at];
        if (c == '\\') {
            if (!read_escape(r, out, &out_n, is_key)) return false;
            continue;
        }
        uint32_t code = 0;
        size_t length = utf8_decode(r->text + r->at, r->n - r->at, &code);
        if (length == 0) {
            return FAIL(r, "byte 0x%02X is not UTF-8: save the file as UTF-8", (unsigned char)c);
        }
        if (code < 0x20) {
            return FAIL(r, "control character U+%04X inside a string: write it as %s", (unsigned)code,
                        code == '\t'   ? "\\t"
                        : code == '\r' ? "\\r"
                                       : "\\uXXXX, or leave it out");
        }
        memcpy(out + out_n, r->text + r->at, length);
        out_n += length;
        r->at += length;
    }
    r->at++;
    *text = out;
    *n = out_n;
    return true;
}

/* A bare word where no word fits. */
static bool fail_word(struct reader *r, const char *expected)
{
    size_t n = 0;
    while (r->at + n < r->n && is_word(r->text[r->at + n]) && n < 40)
        n++;
    const char *word = arena_strndup(r->arena, r->text + r->at, n);
    char *lower = arena_strdup(r->arena, word);
    for (char *c = lower; *c; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
    if (strcmp(lower, "nan") == 0 || strcmp(lower, "inf") == 0 || strcmp(lower, "infinity") == 0) {
        return FAIL(r, "JSON has no NaN or infinity, found %s", word);
    }
    if (strcmp(lower, "true") == 0 || strcmp(lower, "false") == 0 || strcmp(lower, "null") == 0) {
        return FAIL(r, "%s is written %s in JSON", word, lower);
    }
    return FAIL(r, "expected %s, found the bare word %s: a string stands in double quotes", expected, word);
}

static bool read_number(struct reader *r, struct json_value *value)
{
    const char *text = r->text;
    size_t start = r->at, at = r->at;
    struct diag_pos pos = position(r, start);
    if (text[at] == '-') at++;
    size_t whole = at;
    while (at < r->n && is_digit(text[at]))
        at++;
    if (at == whole) {
        r->at = at;
        if (at < r->n && is_word(text[at])) return fail_word(r, "a digit after '-'");
        char buffer[FOUND_SIZE];
        return fail_at(r, pos, "expected a digit after '-', found %s", found(r, buffer));
    }
    if (text[whole] == '0' && at > whole + 1)
        return fail_at(r, pos, "a number may not start with a needless 0");
    bool plain = true;
    if (at < r->n && text[at] == '.') {
        plain = false;
        size_t fraction = ++at;
        while (at < r->n && is_digit(text[at]))
            at++;
        if (at == fraction) return fail_at(r, pos, "a number needs a digit after its decimal point");
    }
    if (at < r->n && (text[at] == 'e' || text[at] == 'E')) {
        size_t exponent = at + 1;
        if (exponent < r->n && (text[exponent] == '+' || text[exponent] == '-')) exponent++;
        size_t digits = exponent;
        while (digits < r->n && is_digit(text[digits]))
            digits++;
        if (digits == exponent) return fail_at(r, pos, "a number needs a digit in its exponent");
        plain = false;
        at = digits;
    }
    if (at < r->n && (is_word(text[at]) || text[at] == '%')) {
        size_t end = at;
        while (end < r->n && (is_word(text[end]) || text[end] == '%' || text[end] == '/') && end - start < 40)
            end++;
        return fail_at(r, pos, "a quantity with a unit is a string: \"%.*s\"", (int)(end - start),
                       text + start);
    }
    value->kind = JSON_VALUE_NUMBER;
    value->text = arena_strndup(r->arena, text + start, at - start);
    value->n = at - start;
    value->number = strtod(value->text, NULL);
    if (!isfinite(value->number)) return fail_at(r, pos, "this number is too large: at most 1.8e308 fits");
    if (plain) {
        errno = 0;
        long long integer = strtoll(value->text, NULL, 10);
        value->integral = errno == 0;
        value->integer = value->integral ? (int64_t)integer : 0;
    } else if (fabs(value->number) <= 0x1p53 && floor(value->number) == value->number) {
        value->integral = true;
        value->integer = (int64_t)value->number;
    }
    r->at = at;
    return true;
}

static bool read_literal(struct reader *r, const char *word, struct json_value *value)
{
    size_t n = strlen(word);
    if (r->n - r->at < n || memcmp(r->text + r->at, word, n) != 0) return false;
    if (r->at + n < r->n && is_word(r->text[r->at + n])) return false;
    value->kind = word[0] == 'n' ? JSON_VALUE_NULL : JSON_VALUE_BOOL;
    value->boolean = word[0] == 't';
    r->at += n;
    return true;
}

/* ---- containers ---- */

static void adopt(struct json_value *parent)
{
    for (size_t i = 0; i < parent->n; i++)
        parent->items[i].parent = parent;
}

static bool is_container(const struct json_value *value)
{
    return value->kind == JSON_VALUE_ARRAY || value->kind == JSON_VALUE_OBJECT;
}

static void push(struct reader *r, const struct json_value *value)
{
    if (r->n_stack == r->stack_room) {
        size_t room = r->stack_room ? 2 * r->stack_room : 64;
        r->stack = arena_grow(r->arena, r->stack, r->n_stack, room, sizeof *r->stack);
        r->stack_room = room;
    }
    r->stack[r->n_stack++] = *value;
}

static int compare_members(const void *left, const void *right)
{
    const struct json_value *a = *(const struct json_value *const *)left,
                            *b = *(const struct json_value *const *)right;
    int order = strcmp(a->key, b->key);
    if (order) return order;
    return a->pos.offset < b->pos.offset ? -1 : 1;
}

static void report_duplicates(struct reader *r, const struct json_value *object)
{
    if (object->n < 2) return;
    const struct json_value **sorted = ARENA_NEW(r->arena, const struct json_value *, object->n);
    for (size_t i = 0; i < object->n; i++)
        sorted[i] = &object->items[i];
    qsort(sorted, object->n, sizeof *sorted, compare_members);
    const struct json_value *first = sorted[0];
    for (size_t i = 1; i < object->n; i++) {
        if (strcmp(sorted[i]->key, first->key) != 0) {
            first = sorted[i];
            continue;
        }
        r->frames[r->depth - 1].key = sorted[i]->key;
        fail_at(r, sorted[i]->key_pos, "duplicate key \"%.80s\": it stands at %u:%u already", first->key,
                first->key_pos.line, first->key_pos.column);
    }
}

static bool read_value(struct reader *r, struct json_value *value);

static bool read_member_name(struct reader *r, struct json_value *value)
{
    char buffer[FOUND_SIZE];
    if (!at_char(r, '"')) {
        if (at_char(r, '\'')) return FAIL(r, "a member's name stands in double quotes, not single ones");
        if (at_char(r, '/') || at_char(r, '#')) return FAIL(r, "JSON has no comments");
        if (r->at < r->n && is_word(r->text[r->at])) return fail_word(r, "a member's name");
        return FAIL(r, "expected a member's name in double quotes, found %s", found(r, buffer));
    }
    value->key_pos = position(r, r->at);
    size_t key_n;
    if (!read_string(r, &value->key, &key_n, true)) return false;
    r->frames[r->depth - 1].key = value->key;
    skip_space(r);
    if (!at_char(r, ':')) return FAIL(r, "expected ':' after the member's name, found %s", found(r, buffer));
    r->at++;
    skip_space(r);
    return true;
}

/* An array or object, at its opening bracket. */
static bool read_container(struct reader *r, struct json_value *value)
{
    bool is_object = r->text[r->at] == '{';
    char close = is_object ? '}' : ']';
    if (r->depth == JSON_DEPTH_MAX) {
        return FAIL(r, "arrays and objects are nested more than %d deep", JSON_DEPTH_MAX);
    }
    struct frame *frame = &r->frames[r->depth++];
    *frame = (struct frame){.is_object = is_object, .open = position(r, r->at)};
    value->kind = is_object ? JSON_VALUE_OBJECT : JSON_VALUE_ARRAY;
    size_t base = r->n_stack;
    char buffer[FOUND_SIZE];

    r->at++;
    skip_space(r);
    if (!at_char(r, close)) {
        for (;; frame->index++) {
            struct json_value item = {.file = r->file};
            frame->key = NULL;
            if (is_object && !read_member_name(r, &item)) return false;
            if (!read_value(r, &item)) return false;
            push(r, &item);
            skip_space(r);
            if (at_char(r, close)) break;
            if (!at_char(r, ',')) {
                const char *what = found(r, buffer);
                const char *after = is_object ? "member" : "item";
                if (at_char(r, '/') || at_char(r, '#')) return FAIL(r, "JSON has no comments");
                if (r->at >= r->n) {
                    return FAIL(
                        r, "expected ',' or '%c' after %s %s, found %s: the '%c' at %u:%u is never closed",
                        close, is_object ? "a" : "an", after, what, is_object ? '{' : '[', frame->open.line,
                        frame->open.column);
                }
                return FAIL(r, "expected ',' or '%c' after %s %s, found %s", close, is_object ? "a" : "an",
                            after, what);
            }
            struct diag_pos comma = position(r, r->at);
            r->at++;
            skip_space(r);
            if (at_char(r, close)) {
                return fail_at(r, comma, "trailing comma: JSON has no ',' before '%c'", close);
            }
        }
    }
    r->at++;

    value->n = r->n_stack - base;
    value->items = ARENA_NEW(r->arena, struct json_value, value->n);
    if (value->n) memcpy(value->items, r->stack + base, value->n * sizeof *value->items);
    r->n_stack = base;
    for (size_t i = 0; i < value->n; i++) {
        if (is_container(&value->items[i])) adopt(&value->items[i]);
    }
    if (is_object) report_duplicates(r, value);
    r->depth--;
    return true;
}

static bool read_value(struct reader *r, struct json_value *value)
{
    char buffer[FOUND_SIZE];
    if (++r->n_values > JSON_VALUES_MAX)
        return FAIL(r, "the file holds more than %d values", JSON_VALUES_MAX);
    value->pos = position(r, r->at);
    if (r->at >= r->n) return FAIL(r, "expected a value, found the end of the file");
    char c = r->text[r->at];
    if (c == '{' || c == '[') return read_container(r, value);
    if (c == '"') {
        value->kind = JSON_VALUE_STRING;
        return read_string(r, &value->text, &value->n, false);
    }
    if (c == '-' || is_digit(c)) return read_number(r, value);
    if (read_literal(r, "true", value) || read_literal(r, "false", value) || read_literal(r, "null", value)) {
        return true;
    }
    if (c == '\'') return FAIL(r, "a string stands in double quotes, not single ones");
    if (c == '/' || c == '#') return FAIL(r, "JSON has no comments");
    if (c == '+') return FAIL(r, "a number has no leading '+' in JSON");
    if (c == '.') return FAIL(r, "a number needs a digit before its decimal point");
    if (is_word(c)) return fail_word(r, "a value");
    return FAIL(r, "expected a value, found %s", found(r, buffer));
}

struct json_value *json_read(const char *file, const char *text, size_t n, struct arena *arena,
                             struct diag *diag)
{
    file = arena_strdup(arena, file);
    if (n > JSON_BYTES_MAX) {
        diag_add(diag, file, DIAG_NO_POS, NULL, "holds %zu bytes; at most %d (16 MiB) are read", n,
                 JSON_BYTES_MAX);
        return NULL;
    }
    diag_source(diag, file, text, n);
    struct reader *r = ARENA_NEW(arena, struct reader, 1);
    *r = (struct reader){.file = file, .text = text, .n = n, .arena = arena, .diag = diag, .mark = {1, 1, 0}};
    if (n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) r->at = r->mark.offset = 3;

    struct json_value *root = ARENA_NEW(arena, struct json_value, 1);
    root->file = file;
    skip_space(r);
    if (r->at == n) {
        fail_at(r, (struct diag_pos){1, 1, 0},
                "the file is empty: expected a JSON object, as in {\"name\": \"…\"}");
        return NULL;
    }
    if (!read_value(r, root)) return NULL;
    if (is_container(root)) adopt(root);
    skip_space(r);
    if (r->at < n) {
        char buffer[FOUND_SIZE];
        if (at_char(r, '/') || at_char(r, '#')) {
            FAIL(r, "JSON has no comments");
        } else {
            FAIL(r, "expected the end of the file after the value, found %s", found(r, buffer));
        }
        return NULL;
    }
    return root;
}

/* ---- using the tree ---- */

struct json_value *json_member(const struct json_value *value, const char *key)
{
    if (!value || value->kind != JSON_VALUE_OBJECT) return NULL;
    for (size_t i = 0; i < value->n; i++) {
        if (strcmp(value->items[i].key, key) == 0) return &value->items[i];
    }
    return NULL;
}

const char *json_kind_name(enum json_value_kind kind)
{
    static const char *const names[] = {
        [JSON_VALUE_NULL] = "null",       [JSON_VALUE_BOOL] = "true or false",
        [JSON_VALUE_NUMBER] = "a number", [JSON_VALUE_STRING] = "a string",
        [JSON_VALUE_ARRAY] = "an array",  [JSON_VALUE_OBJECT] = "an object",
    };
    CHECK((size_t)kind < sizeof names / sizeof names[0], "json kind %d", (int)kind);
    return names[kind];
}

const char *json_describe(const struct json_value *value, char *buffer, size_t buffer_n)
{
    enum { SHOWN_MAX = 40 };
    bool is_string = value->kind == JSON_VALUE_STRING;
    if (!is_string && value->kind != JSON_VALUE_NUMBER) {
        const char *text =
            value->kind == JSON_VALUE_BOOL ? value->boolean ? "true" : "false" : json_kind_name(value->kind);
        snprintf(buffer, buffer_n, "%s", text);
        return buffer;
    }
    size_t shown = value->n;
    if (shown > SHOWN_MAX) {
        for (shown = SHOWN_MAX; shown > 0 && ((unsigned char)value->text[shown] & 0xC0) == 0x80;)
            shown--;
    }
    const char *quote = is_string ? "\"" : "";
    snprintf(buffer, buffer_n, "%s%.*s%s%s", quote, (int)shown, value->text, shown < value->n ? "..." : "",
             quote);
    return buffer;
}

#define ADD_AT(adder, value_pos)                                                                             \
    do {                                                                                                     \
        char path[JSON_PATH_MAX], message[1024];                                                             \
        va_list args;                                                                                        \
        va_start(args, format);                                                                              \
        vsnprintf(message, sizeof message, format, args);                                                    \
        va_end(args);                                                                                        \
        adder(diag, value->file, (value_pos), json_path(value, path, sizeof path), "%s", message);           \
    } while (0)

void json_mistake(struct diag *diag, const struct json_value *value, const char *format, ...)
{
    ADD_AT(diag_add, value->pos);
}

void json_mistake_key(struct diag *diag, const struct json_value *value, const char *format, ...)
{
    ADD_AT(diag_add, value->key ? value->key_pos : value->pos);
}

void json_note(struct diag *diag, const struct json_value *value, const char *format, ...)
{
    ADD_AT(diag_note, value->pos);
}

void json_relink(struct json_value *root)
{
    root->parent = NULL;
    /* Depth is bounded by what could be read, on each side of a merge. */
    struct json_value *open[2 * JSON_DEPTH_MAX];
    size_t next[2 * JSON_DEPTH_MAX];
    int depth = 0;
    open[0] = root;
    next[0] = 0;
    while (depth >= 0) {
        struct json_value *parent = open[depth];
        if (!is_container(parent) || next[depth] == parent->n) {
            depth--;
            continue;
        }
        struct json_value *child = &parent->items[next[depth]++];
        child->parent = parent;
        if (is_container(child)) {
            CHECK(depth + 1 < 2 * JSON_DEPTH_MAX, "a tree of depth %d", depth);
            open[++depth] = child;
            next[depth] = 0;
        }
    }
}
