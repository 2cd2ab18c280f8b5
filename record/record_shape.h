/* record_shape.h: the run record as a table — one row for each member of the document, in its order. Writing
 * and reading walk the same rows, so that neither can know a member that the other does not. A comparison
 * (comparison.h) is written by rows too. Private to record/.
 */
#ifndef HEADROOM_RECORD_RECORD_SHAPE_H
#define HEADROOM_RECORD_RECORD_SHAPE_H

#include <stdbool.h>
#include <stddef.h>

enum record_kind {
    RECORD_KIND_TEXT,            /* const char *: a string, never null */
    RECORD_KIND_TEXT_OPTIONAL,   /* const char *: left out if NULL */
    RECORD_KIND_TEXT_MAYBE,      /* struct record_text: a string, or null with its reason */
    RECORD_KIND_BOOL,            /* bool */
    RECORD_KIND_INT,             /* int */
    RECORD_KIND_INT64,           /* int64_t */
    RECORD_KIND_SEED,            /* uint64_t: an integer; a string of digits where JSON integers end (2^63) */
    RECORD_KIND_DOUBLE,          /* double, finite */
    RECORD_KIND_NUMBER,          /* struct record_number: a number, or null with its reason */
    RECORD_KIND_NUMBER_OPTIONAL, /* struct record_number: left out if unknown and no reason is given */
    RECORD_KIND_VERDICT,         /* enum record_verdict: "met", "missed", "inconclusive" */
    RECORD_KIND_MET,             /* enum record_verdict, why_null in the row's `extra`: true, false, null */
    RECORD_KIND_FILE,            /* struct record_file: {name, sha256}, or null with its reason */
    RECORD_KIND_FILES,           /* list of struct record_file, never null */
    RECORD_KIND_JSON,            /* const json_t *: an object; NULL is {} */
    RECORD_KIND_OBJECT,          /* an inner struct, with a shape of its own */
    RECORD_KIND_OBJECT_OPTIONAL, /* the same, left out if its first member, a record_text, is none */
    RECORD_KIND_OBJECT_MAYBE,    /* the same, null if its first member, a record_text, is */
    RECORD_KIND_LIST,            /* array of structs: a list of objects */
    RECORD_KIND_NAMED,           /* array of structs that begin with their name: an object by name */
    RECORD_KIND_NAMED_NUMBERS,   /* array of struct record_named_number: an object by name */
    RECORD_KIND_NAMED_COUNTS,    /* array of struct record_named_count: an object by name */
    RECORD_KIND_INTERVALS,       /* struct record_interval[RECORD_FIGURES]: {"p99": [low, high]} */
    RECORD_KIND_SERIES,          /* record.series */
    RECORD_KIND_GRID,            /* struct record_grid: a list of rows, each a list of integers */
    RECORD_KIND_TEXTS,           /* const char *const *: a list of strings */
};

struct arena;
struct record_shape;

struct record_field {
    const char *key;
    enum record_kind kind;
    size_t offset;                    /* of the member in its struct */
    size_t extra;                     /* lists: offset of the count; RECORD_KIND_MET: offset of why_null */
    const struct record_shape *shape; /* of what is inside */
};

struct record_shape {
    size_t size; /* of the struct */
    const struct record_field *fields;
    int fields_n;
};

/* What rows and shapes are written with. */
#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))
#define SHAPE(name, type)                                                                             \
    static const struct record_shape name = {sizeof(type), name##_fields, COUNT(name##_fields)}
#define ROW(type, key, kind, member)                                                                  \
    {                                                                                                        \
        key, RECORD_KIND_##kind, offsetof(type, member), 0, NULL                                             \
    }
#define LIST(type, key, kind, member, shape)                                                          \
    {                                                                                                        \
        key, RECORD_KIND_##kind, offsetof(type, member), offsetof(type, member##_n), shape                   \
    }

extern const struct record_shape record_shape_document; /* all but "record", "reasons" and "host" */
extern const struct record_shape record_shape_host;

/* Where a writer or reader stands, innermost first; spelt out only when there is something to say. */
struct record_at {
    const struct record_at *up; /* NULL: the document itself */
    const char *token;
};

/* May a document be without such a member? */
static inline bool record_kind_is_optional(enum record_kind kind)
{
    return kind == RECORD_KIND_TEXT_OPTIONAL || kind == RECORD_KIND_NUMBER_OPTIONAL || kind == RECORD_KIND_OBJECT_OPTIONAL;
}

/* The JSON pointer (RFC 6901), in the arena: "" is the document, "/latency/produce/p99.99" a figure in it. */
char *record_pointer(struct arena *arena, const struct record_at *at);

/* A document of another shape, by the rules of record_write(): {<version_key>: version, ..., "reasons": {...}}. */
char *record_shape_write(const struct record_shape *, const void *base, const char *version_key, int version,
                         struct arena *, size_t *n);

#endif
