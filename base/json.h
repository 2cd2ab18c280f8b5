/* json.h: reads JSON that a person wrote, and remembers where everything stands.
 *
 * RFC 8259, strictly: no comments, no trailing commas, no NaN, UTF-8 validated, lone surrogates and NUL
 * inside a string refused. (A byte order mark at the very start is skipped.) What is wrong is said in words
 * that help: "expected ',' or '}' after a member, found '\"'". A syntax error is reported once and ends
 * reading; a duplicate key is a mistake too, but reading goes on and the first value is the one that
 * json_member() finds.
 *
 * Shape: a tree of struct json_value. Items of an array and members of an object stand in `items`, in file
 * order; a member carries its key. Every value knows its file, its position, its key's position and its
 * parent, so
 *
 *     json_mistake(diag, value, "is %d but cluster.brokers is %d", 3, 2);
 *
 * prints file:line:column and the path ("topics[0].replication") without the caller's help.
 *
 * Limits, each a reported mistake: JSON_BYTES_MAX bytes, JSON_DEPTH_MAX arrays and objects inside each other,
 * JSON_VALUES_MAX values. Memory: about 100 bytes a value plus its text, and as much
 * again while reading, all from the arena.
 * Ownership: the tree and its strings live in the arena. The text may be freed afterwards, unless diag still
 * has to show its lines.
 *
 * For WRITING JSON use jansson; json_jansson.h turns a tree into jansson's.
 */
#ifndef HEADROOM_BASE_JSON_H
#define HEADROOM_BASE_JSON_H

#include "diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum {
    JSON_BYTES_MAX = 16 * 1024 * 1024,
    JSON_DEPTH_MAX = 64,
    JSON_VALUES_MAX = 1000 * 1000,
    JSON_PATH_MAX = 512, /* a buffer of this size holds any path; a longer path is cut with "..." */
};

enum json_value_kind {
    JSON_VALUE_NULL,
    JSON_VALUE_BOOL,
    JSON_VALUE_NUMBER,
    JSON_VALUE_STRING,
    JSON_VALUE_ARRAY,
    JSON_VALUE_OBJECT,
};

struct json_value {
    enum json_value_kind kind;
    bool boolean;  /* JSON_VALUE_BOOL */
    bool integral; /* JSON_VALUE_NUMBER: a whole number that fits int64_t, given exactly in `integer` */
    double number; /* JSON_VALUE_NUMBER: the nearest double; always finite */
    int64_t integer;
    const char
        *text; /* string: its UTF-8 contents; number: as it was written; both NUL-terminated. Else NULL */
    size_t n;  /* string, number: bytes in text; array, object: how many items */
    struct json_value *items;
    const char *key; /* a member's key; NULL for items of arrays and for the root */
    const char *file;
    struct json_value *parent; /* NULL for the root */
    struct diag_pos pos;       /* of the value's first character */
    struct diag_pos key_pos;   /* of the key's opening quote */
};

/* NULL after a syntax error or a limit, with the mistake in diag. After duplicate keys alone, the tree: ask
 * diag_count(). Calls diag_source(diag, file, text, n). `file` is copied into the arena. */
struct json_value *json_read(const char *file, const char *text, size_t n, struct arena *arena,
                             struct diag *diag);

/* NULL when there is no such member, or when value is NULL or no object. Linear in the number of members. */
struct json_value *json_member(const struct json_value *value, const char *key);

/* "null", "true or false", "a number", "a string", "an array", "an object" */
const char *json_kind_name(enum json_value_kind kind);

/* What was found, short enough for a message: `5`, `"10 ms"`, `an object`. Long strings are cut. Returns
 * buffer. */
const char *json_describe(const struct json_value *value, char *buffer, size_t buffer_n);

/* The value's path from the root, as in "groups[0].config.fetch.max.wait.ms"; "" for the root. A key that
 * could be misread is put as ["odd key"]. Returns buffer. */
const char *json_path(const struct json_value *value, char *buffer, size_t buffer_n);

/* Add a mistake at the value, or at its key (for unknown members); json_note is no mistake. */
void json_mistake(struct diag *diag, const struct json_value *value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void json_mistake_key(struct diag *diag, const struct json_value *value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void json_note(struct diag *diag, const struct json_value *value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* After a tree was put together by hand (merging two files): sets every parent below root anew. root's own
 * parent becomes NULL. */
void json_relink(struct json_value *root);

#endif
