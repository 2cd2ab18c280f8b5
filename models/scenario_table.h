/* scenario_table.h: the scenario language as one table, one row a field.
 *
 * What it is for: the parser, its error messages, the resolved scenario in the run record, the JSON Schema
 * and `headroom explain` all read these rows, so a field that is in no row does not exist.
 *
 * Shape: a row belongs to an object, named by its path, and has a key in it. Lists are written "groups[]",
 * maps from names to objects "keys.*". Keys may hold dots (Kafka's settings do), so the two are kept apart:
 *     object "groups[].config", key "fetch.max.wait.ms"  is the field  groups[].config.fetch.max.wait.ms
 *
 * Defaults and ranges are text in the scenario's own units, read by the same parser as the user's values; the
 * tests read every one of them. NULL: none.
 *
 * Cost: look-ups are linear in the table (about 300 rows). Nothing here allocates or changes.
 */
#ifndef HEADROOM_MODELS_SCENARIO_TABLE_H
#define HEADROOM_MODELS_SCENARIO_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum scenario_type {
    SCENARIO_OBJECT, /* has rows of its own; `shorthand` names the member that a bare value stands for */
    SCENARIO_LIST,   /* of objects, each with a name (the first row of its object) */
    SCENARIO_MAP,    /* from names to objects */
    SCENARIO_TEXT,   /* free text: UTF-8 without control characters */
    SCENARIO_NAME,   /* [a-z0-9_-]+, at most SCENARIO_NAME_MAX characters */
    SCENARIO_WORD,   /* a text without spaces: an instance type, a version, a file */
    SCENARIO_BOOL,
    SCENARIO_COUNT,          /* a whole number: 24, 2000000 or "2M" */
    SCENARIO_COUNTS,         /* a list of whole numbers, each once: [1, 4] */
    SCENARIO_NUMBER,         /* a plain number: 1.05 */
    SCENARIO_DURATION,       /* "10ms", "2h30m" */
    SCENARIO_BYTES,          /* "250 B", "64 KiB" */
    SCENARIO_BYTES_PER_S,    /* "600 MiB/s" */
    SCENARIO_RATE,           /* "1.2M/s" */
    SCENARIO_SHARE,          /* "35%" */
    SCENARIO_MONEY,          /* "$190k" */
    SCENARIO_MONEY_PER_TIME, /* "$40/min" */
    SCENARIO_TIME_OF_DAY,    /* "18:00" */
    SCENARIO_CHOICE,         /* one of `choices` */
    SCENARIO_CHOICES,        /* a list of some of `choices`, whose values are bits */
    SCENARIO_REFERENCE,      /* the name of an element of the list or map `refers_to` */
    SCENARIO_REFERENCES,     /* a list of such names */
    SCENARIO_CONFIG_MS,      /* Kafka's own form: a bare number of milliseconds; "50ms" is fine too */
    SCENARIO_CONFIG_S,       /* … of seconds */
    SCENARIO_CONFIG_BYTES,   /* … of bytes; "64 KiB" is fine too */
    SCENARIO_OBJECTIVES,     /* a list of "metric op value [during scope]" */
};

enum { SCENARIO_NAME_MAX = 64 };

/* One word of a SCENARIO_CHOICE or SCENARIO_CHOICES, and what is stored for it. SCENARIO_NOT_MODELLED: a word that others know,
 * and that is refused here with these words. */
#define SCENARIO_NOT_MODELLED INT32_MIN
struct scenario_choice {
    const char *word;
    int value;
};

/* When a row's other default applies. */
enum scenario_condition {
    SCENARIO_ALWAYS,
    SCENARIO_IF_KAFKA_BEFORE_4,
    SCENARIO_IF_MSK,
    SCENARIO_IF_MSK_THREE_ZONES,
    SCENARIO_IF_PROTOCOL_CONSUMER,
    SCENARIO_IF_RESTART,
};

/* What kind of variable the value lands in. */
enum scenario_landing {
    SCENARIO_LANDS_NOWHERE, /* objects, and fields that only the loader reads */
    SCENARIO_LANDS_STRING,  /* const char * */
    SCENARIO_LANDS_BOOL,
    SCENARIO_LANDS_INT,
    SCENARIO_LANDS_INT64, /* counts; sizes in bytes; durations in nanoseconds */
    SCENARIO_LANDS_UINT64,
    SCENARIO_LANDS_DOUBLE,  /* SI: durations in seconds */
    SCENARIO_LANDS_INDEX,   /* int: the element referred to, or -1 */
    SCENARIO_LANDS_INDICES, /* of references, or counts: int[] at `offset`, their number at `offset_n` */
};

struct scenario_row {
    const char *object; /* "" for the scenario itself */
    const char *key;    /* "*" for the members of a map */
    enum scenario_type type;
    bool required;        /* where `when` holds */
    const char *fallback; /* the default */
    struct {
        enum scenario_condition condition;
        const char *fallback; /* the default if the condition holds */
    } other;
    const char *min, *max;
    const char *doc; /* one line */

    /* Where the row fits: "profile|trace" if one of these siblings is there, "kind=broker_down|restart_group"
     * if that sibling has one of these values; NULL: everywhere. */
    const char *when;
    const char *unless; /* it is not required where this sibling is given, and does not fit beside it; NULL: no such sibling */
    /* Members of one object that have this set are alternatives: exactly one of them is given, and its value
     * is stored in the int at `alternative_offset`. */
    bool is_alternative;
    int alternative;
    size_t alternative_offset;

    const struct scenario_choice *choices; /* ended by a NULL word */
    const char *refers_to;                 /* "topics[]", "keys.*" */
    const char *shorthand;                 /* of an object */
    const char *or_word;                   /* a quantity that may also be this word, stored as SCENARIO_AUTO */
    const char *source; /* whose default this is: "Kafka", "Amazon MSK", "Amazon EBS", or NULL: ours */

    enum scenario_landing landing;
    size_t offset;       /* into the struct of the innermost list element or map member, or struct scenario */
    size_t offset_n;     /* lists, maps, SCENARIO_LANDS_INDICES: where the number of elements goes */
    size_t element_size; /* lists, maps */
    int elements_max;
};

/* Every row in order, an object's row before its members': the one after `row` (NULL: the first), or NULL. */
const struct scenario_row *scenario_row_next(const struct scenario_row *row);
size_t scenario_rows_n(void);
#define EACH_SCENARIO_ROW(row)                                                                                         \
    (const struct scenario_row *row = scenario_row_next(NULL); row; row = scenario_row_next(row))

/* The row of a key in an object (key NULL: the object's first), or NULL. */
const struct scenario_row *scenario_row(const char *object, const char *key);

/* The path a row's field has, as in "groups[].config.fetch.max.wait.ms"; for a list also the path of its
 * elements' object when `element` is set ("groups[]"). Returns buffer. */
enum { SCENARIO_ROW_PATH_SIZE = 160 };
/* The key under which the elements of a list have their name: the first of their rows. */
const char *scenario_name_key(const char *object);

const char *scenario_row_path(const struct scenario_row *row, bool element, char *buffer, size_t buffer_n);

/* For people: "a duration", "one of all, 1, 0", … Returns buffer. */
const char *scenario_row_fits(const struct scenario_row *row, char *buffer, size_t buffer_n);

/* Settings that Kafka knows and this program does not model: is this one of them? */
bool scenario_is_kafka_setting(const char *key);

/* The language's own word for an enum resolution, and for an enum fault_kind. */
const char *scenario_resolution_word(int resolution);
const char *scenario_fault_kind_word(int kind);

#endif
