/* scenario_build.h: what the parts of scenario_load() share. Nobody else includes it.
 *
 * The way through: scenario_read.c makes one tree of the file, what it extends, and --set; scenario_bind.c
 * binds the tree to struct scenario through the table; scenario_check.c applies the rules between fields,
 * with scenario_profile.c for profiles and traces and scenario_objective.c for objectives. Each reports what
 * it finds and goes on, so that every mistake comes out at once.
 */
#ifndef HEADROOM_MODELS_SCENARIO_BUILD_H
#define HEADROOM_MODELS_SCENARIO_BUILD_H

#include "arena.h"
#include "check.h"
#include "diag.h"
#include "json.h"
#include "scenario.h"
#include "scenario_table.h"
#include "sha256.h"
#include "units.h"

#include <jansson.h>

struct pricebook;

/* A reference whose target may stand further down in the file. */
struct scenario_pending {
    const struct scenario_row *row;
    const struct json_value *value; /* the name */
    int *target;
    struct scenario_pending *next;
};

struct scenario_build {
    struct arena *arena;
    struct diag *diag;
    const char *file;
    const char *data_dir;
    const char *prices_file; /* NULL: the region's own */
    struct scenario *scenario;
    struct json_value *root;
    json_t *resolved;
    struct sha256 hash;
    struct scenario_pending *pending, **pending_end;
    struct scenario_uncertain *uncertain;
    int uncertain_n, uncertain_max;
    const struct json_value *objectives;
};

/* scenario_read.c: the merged tree, or NULL with mistakes in diag. Feeds build->hash. */
struct json_value *scenario_read(struct scenario_build *build, const char *file,
                                 const struct scenario_override *overrides, int overrides_n);

/* A piece of input goes into the scenario's hash, with its length. */
void scenario_hash(struct scenario_build *build, const void *bytes, size_t n);

/* `name` as seen from the file that `from` stands in (for --set: from the scenario's). */
const char *scenario_relative(struct scenario_build *build, const struct json_value *from, const char *name);

/* scenario_value.c */
/* One value, read: which members are filled depends on the row's type. */
struct scenario_quantity {
    double number;   /* SI */
    int64_t integer; /* nanoseconds, bytes, counts, a choice's value */
    const char *text;
    bool boolean;
};
#define SCENARIO_QUANTITY_NONE                                                                               \
    {                                                                                                        \
        .number = 0, .integer = 0, .text = NULL, .boolean = false                                            \
    }
/* False: the mistake is in diag. A range {"low", "mid", "high"} is added to build->uncertain, and gives its
 * mid. */
bool scenario_read_value(struct scenario_build *build, const struct scenario_row *row,
                         const struct json_value *value, struct scenario_quantity *out);
/* Reports "is X: takes Y" and returns false. */
bool scenario_mismatch(struct scenario_build *build, const struct scenario_row *row,
                       const struct json_value *value);
bool scenario_is_numeric(enum scenario_type type);
bool scenario_is_range(const struct json_value *value);
bool scenario_is_name(const char *text);
/* The text of a --set or of the table as a JSON value of the kind that fits the row. */
struct json_value *scenario_value_of_text(const struct scenario_row *row, const char *text,
                                          struct arena *arena);
/* A list of names for a message: "a, b, c" (cut when long), or `none` when there are none. */
const char *scenario_list_names(struct arena *arena, const char *const *names, size_t n, const char *none);
/* `did you mean "x"?`, or the list of what fits: the end of a message about a name that is not there. */
const char *scenario_suggest(struct arena *arena, const char *word, const char *const *names, size_t n,
                             const char *none);

/* scenario_bind.c */
void scenario_bind(struct scenario_build *build);
/* Members of `object` that cannot stand beside `key` because both are alternatives, or because they fit
 * another. */
bool scenario_is_rival(const char *object, const char *key, const char *other);

/* scenario_check.c */
void scenario_check(struct scenario_build *build);
/* The value at a path such as "topics[0].replication", or the nearest one above it that is there. */
const struct json_value *scenario_find(const struct json_value *root, const char *path);
/* Does the scenario itself have that field? */
bool scenario_is_given(const struct scenario_build *build, const char *path);
/* The path of a field inside a list's element; the string lives in the arena. */
#define AT(...) arena_printf(build->arena, __VA_ARGS__)
/* A quantity as people write it; the string lives in the arena. */
const char *scenario_in_units(struct scenario_build *build, enum units_kind kind, double value);
const char *scenario_duration(struct scenario_build *build, int64_t ns);
void scenario_mistake(struct scenario_build *build, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Has a mistake been found at this path, or in what holds it? Then what was stored for it is a zero that
 * nobody wrote, and a rule that looked at it would report the one mistake as two. `inside`: or in what it
 * holds. */
bool scenario_is_wrong(struct scenario_build *build, const char *path, bool inside);
/* The object `key` of a resolved one, made if it is not there. */
json_t *scenario_resolved_object(json_t *parent, const char *key);

/* A lognormal one's percentiles are in order. */
struct distribution;
void scenario_check_distribution(struct scenario_build *build, const struct distribution *distribution, const char *path);

/* The mistakes of a profile or trace, and the curve's points. */
void scenario_check_rate(struct scenario_build *build, struct scenario_rate *rate, const char *path);
/* What the price book knows of an instance type; false, with the mistake reported, if it does not know it. */
struct instance_attributes;
bool scenario_instance(struct scenario_build *build, const char *path, const char *name,
                       struct instance_attributes *attributes);

/* scenario_groups.c: the protocol in force, by either of its names; a group's settings that depend on each other. `resolved` is
 * the group's. */
enum group_protocol scenario_group_protocol(const struct scenario_group *group);
/* What autoscaling of groups[index] asks for. */
void scenario_check_group_autoscale(struct scenario_build *build, int index);
void scenario_check_group_config(struct scenario_build *build, int index, json_t *resolved);

/* scenario_windows.c: the rules of the windows of groups[index]. `does` is its resolved work. */
void scenario_check_window(struct scenario_build *build, int index, json_t *does);

/* scenario_duplicates.c: the rules of copies that clients send, and of their removal. */
void scenario_check_duplicates(struct scenario_build *build);

/* And a note where a record is in very many sliding windows. Once all is checked. */
void scenario_note_windows(struct scenario_build *build);

/* scenario_query.c: the rules of query engines and classes of queries. */
void scenario_check_queries(struct scenario_build *build);

/* scenario_lake.c: the rules of the tables in object storage. */
void scenario_check_lake(struct scenario_build *build);
/* scenario_faults.c: the rules of what goes wrong. */
void scenario_check_faults(struct scenario_build *build);

/* scenario_topics.c: topics' settings over their brokers' defaults. */
void scenario_check_topics(struct scenario_build *build);

/* scenario.c: events a second, mean over its profile. A derived stream has its base's, times `times`: no event is lost on the
 * way. Once all is checked. */
double scenario_stream_mean(const struct scenario_build *build, int stream);

/* scenario_logs.c: a note where retention keeps more than the brokers' volumes hold. Once all is checked, and the month is
 * resolved. */
void scenario_note_logs(struct scenario_build *build);

/* scenario_profile.c: what stands between `prefix` and ".json" in the names of the data directory's files, sorted; how
 * many. `names` holds SCENARIO_DATA_NAMES_MAX, and no more are looked at. */
enum { SCENARIO_DATA_NAMES_MAX = 256 };
size_t scenario_data_names(struct scenario_build *build, const char *directory, const char *prefix, const char **names);

/* scenario_profile.c: fills points, points_n, step_s (and peak_per_s of a trace that keeps its own). `value`
 * names the profile or trace. */
void scenario_load_profile(struct scenario_build *build, struct scenario_rate *rate,
                           const struct json_value *value);
void scenario_load_trace(struct scenario_build *build, struct scenario_rate *rate,
                         const struct json_value *value, bool has_peak);

/* scenario_objective.c */
void scenario_bind_objectives(struct scenario_build *build);
/* NULL if this is a metric of this scenario, or of a group that is wrong itself; else what is wrong with it.
 */
const char *scenario_metric_problem(struct scenario_build *build, const char *metric);
/* The decision's metric, the output it is of, and when that is too stale; after the objectives. */
void scenario_bind_decision(struct scenario_build *build);

#endif
