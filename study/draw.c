/* draw.c: scenarios drawn at random; see draw.h.
 *
 *   1. the cluster, the traffic, the groups: a tree of JSON
 *   2. faults, one by one: each stays if the scenario that it makes is accepted
 */
#include "draw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "arena.h"
#include "check.h"
#include "diag.h"
#include "file.h"
#include "philox.h"
#include "scenario.h"
#include "scenario_table.h"
#include "units.h"

#define DURATION "50s"
enum { LAST_FAULT_S = 38, LONGEST_FAULT_S = 16, TRIES = 8 };
static const double SWITCHED = 0.15, WORDED = 0.2, TRANSACTIONAL = 0.3, STATIC = 0.25, LOG_CARE = 0.4, DUPLICATES = 0.4;
/* What a fault may wait for. */
#define CONDITIONS "lag.counts > 200", "lag.counts > 2k", "staleness.counts > 12s", "storage.log > 0.0001%"

struct draw {
    struct philox random;
    const struct draw_options *options;
    struct arena *arena;
    json_t *root;
    bool moves_keys; /* the first fault adds partitions: everything has a key, and no window keeps it */
};

static int pick(struct draw *d, int low, int high)
{
    return low + (int)philox_below(&d->random, (uint64_t)(high - low + 1));
}

static bool chance(struct draw *d, double share)
{
    return philox_uniform(&d->random) < share;
}

static const char *word(struct draw *d, const char *const *words, int n)
{
    return words[philox_below(&d->random, (uint64_t)n)];
}

#define WORD(d, ...)                                                                                                   \
    word((d), (const char *const[]){__VA_ARGS__}, (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)))

#define TEXT(d, ...) json_string(arena_printf((d)->arena, __VA_ARGS__))

/* Low and high are both above zero; as likely in each octave. */
static double between(struct draw *d, double low, double high)
{
    return low * pow(high / low, philox_uniform(&d->random));
}

/* One of the words that a row takes, each as likely. */
static json_t *drawn_choice(struct draw *d, const char *object, const char *key)
{
    const struct scenario_choice *choices = scenario_row(object, key)->choices;
    int n = 0, left;
    for (const struct scenario_choice *choice = choices; choice->word; choice++) n += choice->value != SCENARIO_NOT_MODELLED;
    for (left = pick(d, 0, n - 1);; choices++) {
        if (choices->value != SCENARIO_NOT_MODELLED && left-- == 0) return json_string(choices->word);
    }
}

/* --- The system --------------------------------------------------------------------------------------- */

/* Draws stand in statements of their own: the order in which a call's arguments are drawn is the compiler's. */
static void put(json_t *object, const char *key, json_t *value)
{
    const int put = json_object_set_new(object, key, value);
    CHECK(put == 0, "jansson refuses a drawn %s", key);
}

/* Of few sizes, the same for both streams: what their batches weigh is then measured once for many. */
static json_t *drawn_streams(struct draw *d)
{
    const char *size = WORD(d, "120 B", "300 B", "900 B");
    json_t *first = json_pack("{s:s, s:s, s:{s:s}}", "stream", "a", "key", "user", "event", "serialization", "avro");
    put(first, "rate", TEXT(d, "%d/s", pick(d, 50, 500)));
    put(json_object_get(first, "event"), "size", json_string(size));
    json_t *second = json_pack("{s:s, s:{s:s, s:s}}", "stream", "b", "event", "size", size, "serialization", "avro");
    put(second, "rate", TEXT(d, "%d/s", pick(d, 20, 200)));
    if (chance(d, 0.4) || d->moves_keys) put(second, "key", json_string("user"));
    return json_pack("[o, o]", first, second);
}

static json_t *drawn_producer(struct draw *d)
{
    const bool safe = d->options->safe;
    json_t *producer = json_pack("{s:s, s:[s, s], s:s, s:{}}", "name", "web", "sends", "a", "b", "to", "t", "config");
    put(producer, "instances", json_integer(pick(d, 1, 4)));
    put(producer, "partitioner", d->moves_keys ? json_string(WORD(d, "murmur2", "murmur2_hashed", "consistent", "fnv1a", "jump"))
                                               : drawn_choice(d, "producers[]", "partitioner"));
    json_t *config = json_object_get(producer, "config");
    const char *acks = safe ? "all" : WORD(d, "0", "1", "all", "all");
    put(config, "acks", json_string(acks));
    put(config, "enable.idempotence", json_boolean(strcmp(acks, "all") == 0 && (safe || chance(d, 0.6))));
    put(config, "linger.ms", json_integer(atoi(WORD(d, "0", "5", "20", "200"))));
    put(config, "batch.size", json_integer(atoi(WORD(d, "2000", "16384", "131072"))));
    put(config, "max.in.flight.requests.per.connection", json_integer(pick(d, 1, 5)));
    put(config, "compression.type", json_string(WORD(d, "none", "none", "zstd")));
    if (!safe && chance(d, 0.4)) {
        put(config, "request.timeout.ms", json_integer(2000));
        put(config, "delivery.timeout.ms", json_integer(pick(d, 2500, 12000)));
    }
    if (!safe && chance(d, 0.3)) {
        put(config, "buffer.memory", json_integer(pick(d, 100000, 900000)));
        put(config, "max.block.ms", json_integer(pick(d, 100, 4000)));
    }
    return producer;
}

static json_t *drawn_cluster(struct draw *d, int replication)
{
    const bool safe = d->options->safe;
    json_t *cluster = json_pack("{s:s, s:{s:s}, s:{s:i}}", "instance", "m7g.large", "storage", "size", "100 GiB", "config",
                                "log.segment.bytes", 1048576);
    if (chance(d, 0.2)) put(cluster, "mirror", json_pack("{s:o}", "behind", TEXT(d, "%ds", pick(d, 1, 10))));
    put(cluster, "brokers", json_integer(pick(d, 3, 5)));
    put(cluster, "zones", json_integer(pick(d, 1, 3)));
    json_t *config = json_object_get(cluster, "config");
    put(config, "min.insync.replicas", json_integer(safe ? 2 : pick(d, 1, replication < 2 ? replication : 2)));
    put(config, "unclean.leader.election.enable", json_boolean(!safe && chance(d, 0.3)));
    put(config, "leader.imbalance.check.interval.seconds", json_integer(pick(d, 10, 30)));
    put(config, "replica.lag.time.max.ms", json_integer(pick(d, 3000, 20000)));
    put(config, "broker.session.timeout.ms", json_integer(pick(d, 3000, 9000)));
    return cluster;
}

/* What groups have in common. */
static json_t *drawn_group(struct draw *d, const char *name)
{
    json_t *group = json_pack("{s:s, s:s, s:s, s:{}}", "name", name, "reads", "t", "instance", "c6i.large", "config");
    put(group, "instances", json_integer(pick(d, 1, 3)));
    put(group, "threads", json_integer(pick(d, 1, 2)));
    const char *protocol = WORD(d, "consumer", "classic");
    const char *assignor = strcmp(protocol, "consumer") == 0 ? "group.remote.assignor" : "partition.assignment.strategy";
    put(group, "protocol", json_string(protocol));
    json_t *config = json_object_get(group, "config");
    put(config, assignor, drawn_choice(d, "groups[].config", assignor));
    if (chance(d, STATIC)) put(config, "group.instance.id", json_string(name));
    put(config, "auto.offset.reset", json_string(WORD(d, "earliest", "latest")));
    put(config, "session.timeout.ms", json_integer(pick(d, 6000, 15000)));
    return group;
}

/* It writes to a store that may be slower than what comes. */
static json_t *drawn_reader(struct draw *d)
{
    json_t *group = drawn_group(d, "reads");
    put(json_object_get(group, "config"), "enable.auto.commit", json_boolean(chance(d, 0.6)));
    if (chance(d, 0.3)) return group;
    json_t *sink = json_pack("{s:i}", "concurrency", 16);
    put(sink, "throughput", TEXT(d, "%d/s", pick(d, 100, 5000)));
    put(sink, "latency", TEXT(d, "%dms", pick(d, 1, 50)));
    put(group, "sink", sink);
    if (!d->options->safe && chance(d, 0.3)) put(group, "shed", json_pack("{s:s, s:s}", "older_than", "4s", "keep", WORD(d, "0%", "20%")));
    return group;
}

/* Of every kind that the semantics have. */
static json_t *drawn_window(struct draw *d)
{
    json_t *window = json_object();
    const char *semantics = WORD(d, "flink", "beam", "kafka_streams");
    const bool streams = strcmp(semantics, "kafka_streams") == 0;
    const char *kind = streams ? WORD(d, "tumbling", "hopping", "session", "sliding") : WORD(d, "tumbling", "tumbling", "hopping", "session", "global");
    put(window, "kind", json_string(kind));
    put(window, "semantics", json_string(semantics));
    const int slide = pick(d, 1, 5);
    if (strcmp(kind, "session") == 0)
        put(window, "gap", TEXT(d, "%dms", pick(d, 100, 5000)));
    else if (strcmp(kind, "sliding") == 0)
        put(window, "size", TEXT(d, "%dms", pick(d, 10, 200)));
    else if (strcmp(kind, "global") != 0)
        put(window, "size", TEXT(d, "%ds", slide * pick(d, 1, 2)));
    if (strcmp(kind, "hopping") == 0) put(window, "slide", TEXT(d, "%ds", slide));
    if (!streams) put(window, "out_of_orderness", json_string("1s"));
    put(window, "allowed_lateness", json_string(WORD(d, "0s", "2s")));
    if (strcmp(kind, "global") == 0)
        put(window, "trigger", json_string(WORD(d, "count:5", "purging(count:20)", "continuous_event_time:2000")));
    else if (chance(d, 0.4))
        put(window, "trigger", json_string(streams ? WORD(d, "on_update", "on_close")
                                                   : WORD(d, "event_time(early=count:4, late=count:1)", "continuous_event_time:1500")));
    if (chance(d, 0.3)) {
        const char *first = WORD(d, "sum", "min", "mean"), *second = WORD(d, "distinct", "quantile", "top_k");
        put(window, "aggregate", json_pack("[s, s]", first, second));
    }
    return window;
}

static json_t *drawn_groups(struct draw *d)
{
    const bool safe = d->options->safe;
    json_t *counts = drawn_group(d, "counts"), *writes = drawn_group(d, "writes"), *groups = json_pack("[o]", counts);
    put(counts, "delivery", json_string(safe ? WORD(d, "at_least_once", "exactly_once")
                                             : WORD(d, "at_least_once", "exactly_once", "at_most_once")));
    put(counts, "checkpoint", TEXT(d, "%ds", pick(d, 2, 12)));
    if (!d->moves_keys) put(counts, "does", json_pack("{s:o}", "window", drawn_window(d)));
    put(writes, "delivery", json_string(safe ? "at_least_once" : WORD(d, "at_least_once", "at_most_once")));
    put(writes, "does", json_pack("{s:{s:s, s:s, s:{s:o}}}", "write", "table", "raw", "format", "avro", "roll", "every",
                                  TEXT(d, "%ds", pick(d, 3, 20))));
    if (chance(d, 0.4)) /* to measure how its files compress takes longer than to simulate it */
        json_array_append_new(groups, writes);
    else
        json_decref(writes);
    if (chance(d, 0.5)) json_array_append_new(groups, drawn_reader(d));
    return groups;
}

/* Of the table that group "writes" makes: files rewritten, and queries of it. */
static void add_lake(struct draw *d, json_t *root)
{
    put(root, "lake", json_pack("{s:s, s:[{s:s, s:{s:s, s:s}}]}", "instance", "c6i.large", "tables", "name", "raw", "compaction", "target",
                                "1 MiB", "every", "15s"));
    put(root, "engines", json_pack("[{s:s, s:i, s:s}]", "name", "presto", "workers", 2, "instance", "r6i.large"));
    json_t *query = json_pack("{s:s, s:s, s:s, s:i}", "name", "board", "engine", "presto", "reads", "raw", "columns", 4);
    put(query, "rate", TEXT(d, "%d/s", pick(d, 1, 3)));
    put(root, "queries", json_pack("[o]", query));
}

/* Logs that are compacted, or whose segments go to an object store; in a short run, so all of it happens every few seconds. */
static void add_log_care(struct draw *d)
{
    const bool tiered = chance(d, 0.5);
    if (!tiered && d->options->safe) return; /* to the record, what compaction takes is lost */
    json_t *config = json_object_get(json_object_get(d->root, "cluster"), "config");
    json_t *topic = json_pack("{s:i}", "segment.ms", pick(d, 1000, 5000));
    put(config, "log.retention.check.interval.ms", json_integer(pick(d, 1000, 5000)));
    if (tiered) {
        put(config, "remote.log.storage.system.enable", json_boolean(true));
        put(config, "remote.log.manager.task.interval.ms", json_integer(pick(d, 500, 5000)));
        put(config, "remote.fetch.max.wait.ms", json_integer(pick(d, 30, 500)));
        put(topic, "remote.storage.enable", json_boolean(true));
        put(topic, "local.retention.ms", json_integer(pick(d, 1000, 10000)));
    } else {
        put(config, "log.cleaner.backoff.ms", json_integer(pick(d, 500, 5000)));
        put(topic, "cleanup.policy", json_string(WORD(d, "compact", "compact,delete")));
        put(topic, "min.cleanable.dirty.ratio", json_real(round(80 * philox_uniform(&d->random)) / 100));
    }
    put(json_array_get(json_object_get(d->root, "topics"), 0), "config", topic);
}

static json_t *drawn_system(struct draw *d, uint64_t number)
{
    const int replication = d->options->safe ? 3 : pick(d, 1, 3);
    json_t *root = json_pack("{s:o, s:{s:s, s:s, s:i}, s:{s:{}}, s:[]}", "name",
                             TEXT(d, "drawn-%llu", (unsigned long long)number), "run", "duration", DURATION, "warmup", "5s",
                             "replications", 1, "keys", "user", "faults");
    json_t *run = json_object_get(root, "run"), *keys = json_object_get(json_object_get(root, "keys"), "user");
    put(run, "seed", json_integer((json_int_t)philox_below(&d->random, 1 << 30)));
    put(run, "resolution", json_string(WORD(d, "request", "request", "request", "sampled", "sampled", "record")));
    put(keys, "population", json_integer(pick(d, 50, 3000)));
    put(keys, "zipf", json_real(round(130 * philox_uniform(&d->random)) / 100));
    put(root, "workload", drawn_streams(d));
    put(root, "producers", json_pack("[o]", drawn_producer(d)));
    put(root, "cluster", drawn_cluster(d, replication));
    put(root, "topics", json_pack("[{s:s, s:i, s:i}]", "name", "t", "partitions", pick(d, 3, 12), "replication", replication));
    put(root, "groups", drawn_groups(d));
    const json_t *second = json_array_get(json_object_get(root, "groups"), 1);
    if (json_object_get(second, "does") && chance(d, 0.2)) add_lake(d, root); /* it writes */
    return root;
}

/* --- Faults ------------------------------------------------------------------------------------------- */

/* A name of the list or map that a row refers to; NULL: it has none. */
static const char *drawn_name(struct draw *d, const char *list)
{
    const char *end = strpbrk(list, "[*");
    size_t n = end ? (size_t)(end - list) : strlen(list);
    if (n > 0 && list[n - 1] == '.') n--;
    const json_t *at = d->root;
    for (const char *part = list; at && part < list + n;) {
        const size_t length = strcspn(part, ".[*");
        at = json_object_get(at, arena_strndup(d->arena, part, length));
        part += length + 1;
    }
    if (json_is_array(at) && json_array_size(at) > 0) {
        const json_t *element = json_array_get(at, (size_t)pick(d, 0, (int)json_array_size(at) - 1));
        return json_string_value(json_object_get(element, scenario_row(list, NULL)->key));
    }
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)at, key, value) return key;
    return NULL;
}

/* A number between those that the row allows, and not larger than `most`, which a small system notices. */
static double drawn_number(struct draw *d, const struct scenario_row *row, enum units_kind kind, double most)
{
    double low = 0, high = most;
    if (row->min) units_parse(kind, row->min, &low, NULL, 0);
    if (row->max) units_parse(kind, row->max, &high, NULL, 0);
    if (low > 0 && high > 1e3 * low && most < low) most = 1e3 * low;
    if (high > most) high = most;
    if (low <= 0) low = high / 1e3;
    return low < high ? between(d, low, high) : low;
}

static json_t *drawn_quantity(struct draw *d, const struct scenario_row *row, enum units_kind kind, double most)
{
    char text[UNITS_FORMAT_SIZE];
    return json_string(units_format(kind, drawn_number(d, row, kind, most), text, sizeof text));
}

static void draw_members(struct draw *d, const char *object, json_t *into);

static json_t *first_config(const struct draw *d, const char *list)
{
    return json_object_get(json_array_get(json_object_get(d->root, list), 0), "config");
}

static int count_of(const struct draw *d, const char *path, const char *key)
{
    return (int)json_integer_value(json_object_get(json_object_get(d->root, path), key));
}

/* The largest count that makes sense for a field of a fault. */
static int largest_count(struct draw *d, const struct scenario_row *row)
{
    if (strcmp(row->key, "broker") == 0) return count_of(d, "cluster", "brokers") - 1;
    if (strcmp(row->key, "brokers") == 0) return count_of(d, "cluster", "brokers") - 2;
    if (strcmp(row->key, "zone") == 0) return count_of(d, "cluster", "zones") - 1;
    if (strcmp(row->key, "instance") == 0) return 2;
    if (strcmp(row->key, "partitions") == 0) return 24; /* more than the topic has */
    if (strcmp(row->key, "count") == 0) return 3;
    return 8;
}

static json_t *drawn_value(struct draw *d, const struct scenario_row *row)
{
    double low = 0, high = 0;
    char path[SCENARIO_ROW_PATH_SIZE];
    const char *name;
    if (row->or_word && chance(d, WORDED)) return json_string(row->or_word);
    switch (row->type) {
    case SCENARIO_OBJECT: {
        json_t *object = json_object();
        draw_members(d, scenario_row_path(row, false, path, sizeof path), object);
        return object;
    }
    case SCENARIO_BOOL: return json_boolean(chance(d, 0.5));
    case SCENARIO_COUNT:
        units_parse(UNITS_COUNT, row->min, &low, NULL, 0);
        units_parse(UNITS_COUNT, row->max, &high, NULL, 0);
        if (high > largest_count(d, row)) high = largest_count(d, row);
        return json_integer(pick(d, (int)low, (int)fmax(low, high)));
    case SCENARIO_COUNTS: { /* any, and the one after it */
        const int first = pick(d, 0, largest_count(d, row));
        return json_pack("[i, i]", first, first + 1);
    }
    case SCENARIO_NUMBER:
        if (row->min) low = strtod(row->min, NULL);
        high = row->max ? fmin(strtod(row->max, NULL), fmax(20, low)) : 20;
        return json_real(low + (high - low) * philox_uniform(&d->random));
    case SCENARIO_TEXT: return strcmp(row->key, "when") == 0 ? json_string(WORD(d, CONDITIONS)) : NULL;
    case SCENARIO_DURATION:
        if (strcmp(row->key, "at") == 0) return TEXT(d, "%dms", pick(d, 2000, LAST_FAULT_S * 1000));
        return TEXT(d, "%ds", pick(d, 1, LONGEST_FAULT_S));
    case SCENARIO_BYTES: return drawn_quantity(d, row, UNITS_BYTES, 1e6);
    case SCENARIO_BYTES_PER_S: return drawn_quantity(d, row, UNITS_BYTES_PER_S, 1e6);
    case SCENARIO_RATE: return drawn_quantity(d, row, UNITS_RATE, 1e3);
    case SCENARIO_SHARE: return TEXT(d, "%d%%", pick(d, 1, 99));
    case SCENARIO_CHOICE: return drawn_choice(d, row->object, row->key);
    case SCENARIO_REFERENCE:
        name = drawn_name(d, row->refers_to);
        return name ? json_string(name) : NULL;
    case SCENARIO_REFERENCES:
        name = drawn_name(d, row->refers_to);
        return name ? json_pack("[s]", name) : NULL;
    default: return NULL; /* a list: left out, or refused */
    }
}

/* Does the row fit what is drawn so far? A row stands after those that it asks for. */
static bool fits(const struct draw *d, const struct scenario_row *row, const json_t *object)
{
    if (!row->when) return true;
    const char *equals = strchr(row->when, '=');
    char *words = arena_strdup(d->arena, equals ? equals + 1 : row->when), *rest;
    const char *value = equals ? json_string_value(json_object_get(object, arena_strndup(d->arena, row->when, (size_t)(equals - row->when))))
                               : NULL;
    for (char *each = strtok_r(words, "|", &rest); each; each = strtok_r(NULL, "|", &rest)) {
        if (equals ? value && strcmp(value, each) == 0 : json_object_get(object, each) != NULL) return true;
    }
    return false;
}

static void draw_members(struct draw *d, const char *object, json_t *into)
{
    const struct scenario_row *alternative = NULL;
    int alternatives = 0;
    for EACH_SCENARIO_ROW(row)
    {
        if (strcmp(row->object, object) != 0 || !row->is_alternative) continue;
        /* the first one as often as all others together */
        if (alternatives++ == 0 || pick(d, 1, 2 * (alternatives - 1)) == 1) alternative = row;
    }
    for EACH_SCENARIO_ROW(row)
    {
        if (strcmp(row->object, object) != 0 || json_object_get(into, row->key) || !fits(d, row, into)) continue;
        if (row->unless && json_object_get(into, row->unless)) continue;
        if (row->is_alternative ? row != alternative : !row->required && chance(d, 0.5)) continue;
        json_t *value = drawn_value(d, row);
        if (value) json_object_set_new(into, row->key, value);
    }
}

static const char *drawn_kind(struct draw *d, int64_t which)
{
    const struct scenario_choice *choices = scenario_row("faults[]", "kind")->choices;
    int n = 0;
    for (const struct scenario_choice *choice = choices; choice->word; choice++) n += choice->value != SCENARIO_NOT_MODELLED;
    int64_t left = which >= 0 ? which % n : pick(d, 0, n - 1);
    for (;; choices++) {
        if (choices->value != SCENARIO_NOT_MODELLED && left-- == 0) return choices->word;
    }
}

static json_t *drawn_fault(struct draw *d, const char *kind, int index)
{
    json_t *fault = json_pack("{s:o, s:s}", "id", TEXT(d, "f%d", index), "kind", kind);
    put(fault, "for", TEXT(d, "%dms", pick(d, 500, LONGEST_FAULT_S * 1000)));
    draw_members(d, "faults[]", fault);
    return fault;
}

/* Where nothing may be lost, a disk is kept, and a broker that goes is the only one that is gone. */
static bool is_safe(const struct draw *d, const json_t *fault)
{
    const json_t *faults = json_object_get(d->root, "faults");
    if (json_is_true(json_object_get(fault, "data_lost"))) return false;
    const char *kind = json_string_value(json_object_get(fault, "kind"));
    if (strcmp(kind, "poison") == 0) return false;     /* put aside, they are lost to the group */
    if (strcmp(kind, "schema_bad") == 0) return false; /* refused, they are rejected */
    if (strcmp(kind, "brokers_added") == 0) return true;
    if (!json_object_get(fault, "broker")) return json_object_get(fault, "group") != NULL;
    if (!json_object_get(fault, "at") || json_object_get(fault, "every")) return false;
    for (size_t i = 0; i < json_array_size(faults); i++)
        if (json_object_get(json_array_get(faults, i), "broker")) return false;
    return true;
}

/* --- Together ----------------------------------------------------------------------------------------- */

/* Where the scenario lies, and as what it was accepted last. */
struct drawn {
    const char *file, *data_dir;
    const struct scenario *scenario;
};

static const struct scenario *load(const struct draw *d, const struct drawn *drawn, struct diag *diag)
{
    char error[FILE_ERROR_SIZE];
    char *text = json_dumps(d->root, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
    CHECK(text, "jansson refuses a drawn scenario");
    const bool written = file_write_atomic(drawn->file, text, strlen(text), error, sizeof error);
    free(text);
    if (written) return scenario_load(drawn->file, NULL, 0, drawn->data_dir, NULL, d->arena, diag);
    diag_add(diag, drawn->file, DIAG_NO_POS, "", "%s", error);
    return NULL;
}

/* Is it a scenario, as it is now? Then it is the one that was drawn. */
static bool accepted(const struct draw *d, struct drawn *drawn)
{
    struct diag *refusal = diag_new();
    const struct scenario *scenario = load(d, drawn, refusal);
    diag_free(refusal);
    if (!scenario) return false;
    scenario_release(drawn->scenario);
    drawn->scenario = scenario;
    return true;
}

/* Copies that clients send, and a group that removes them. Where keys are split the language has none. */
static void draw_duplicates(struct draw *d, struct drawn *drawn)
{
    json_t *stream = json_array_get(json_object_get(d->root, "workload"), 0);
    json_t *does = json_object_get(json_array_get(json_object_get(d->root, "groups"), 0), "does");
    json_t *copies = json_pack("{s:o, s:{s:{s:o}}}", "share", TEXT(d, "%d%%", pick(d, 1, 20)), "after", "exponential", "mean",
                               TEXT(d, "%dms", pick(d, 100, 20000)));
    put(stream, "duplicates", copies);
    if (!accepted(d, drawn)) json_object_del(stream, "duplicates");
    if (json_object_get(does, "window") && chance(d, 0.7)) put(does, "dedup", TEXT(d, "%ds", pick(d, 1, 30)));
    if (!accepted(d, drawn)) json_object_del(does, "dedup");
}

/* Settings of Kafka's that are a choice, and that the system leaves alone. */
static void draw_switches(struct draw *d, struct drawn *drawn, const char *object, json_t *config)
{
    for EACH_SCENARIO_ROW(row)
    {
        if (strcmp(row->object, object) != 0 || json_object_get(config, row->key)) continue;
        if ((row->type != SCENARIO_BOOL && row->type != SCENARIO_CHOICE) || !chance(d, SWITCHED)) continue;
        put(config, row->key, drawn_value(d, row));
        if (!accepted(d, drawn)) json_object_del(config, row->key);
    }
}

static void draw_faults(struct draw *d, struct drawn *drawn, uint64_t number)
{
    json_t *faults = json_object_get(d->root, "faults");
    const int wanted = pick(d, 1, DRAW_FAULTS_MAX);
    for (int i = 0, tries = 0; i < wanted && tries < TRIES * wanted; tries++) {
        json_t *fault = drawn_fault(d, drawn_kind(d, i == 0 && tries < TRIES ? (int64_t)number : -1), i);
        if (d->options->safe && !is_safe(d, fault)) {
            json_decref(fault);
            continue;
        }
        json_array_append_new(faults, fault);
        if (accepted(d, drawn))
            i++;
        else
            json_array_remove(faults, json_array_size(faults) - 1);
    }
}

const struct scenario *draw_scenario(const struct draw_options *options, uint64_t number, const char *file,
                                     const char *data_dir, struct arena *arena, struct diag *diag)
{
    struct draw draw = {.random = philox_named_nth(options->seed, options->safe ? "draw/safe" : "draw/any", number),
                        .options = options,
                        .arena = arena},
                *d = &draw;
    struct drawn drawn = {.file = file, .data_dir = data_dir};
    d->moves_keys = strcmp(drawn_kind(d, (int64_t)number), "partitions_added") == 0;
    d->root = drawn_system(d, number);
    if (accepted(d, &drawn)) {
        if (chance(d, LOG_CARE)) {
            add_log_care(d);
            if (!accepted(d, &drawn)) json_object_del(json_array_get(json_object_get(d->root, "topics"), 0), "config");
        }
        if (chance(d, DUPLICATES)) draw_duplicates(d, &drawn);
        if (!options->safe) {
            draw_switches(d, &drawn, "cluster.config", json_object_get(json_object_get(d->root, "cluster"), "config"));
            draw_switches(d, &drawn, "producers[].config", first_config(d, "producers"));
            draw_switches(d, &drawn, "groups[].config", first_config(d, "groups"));
        }
        if (!options->safe && chance(d, TRANSACTIONAL)) {
            put(first_config(d, "producers"), "transactional.id", json_string("web"));
            put(first_config(d, "producers"), "transaction.timeout.ms", json_integer(pick(d, 2000, 40000))); /* runs are shorter than its default */
            if (!accepted(d, &drawn)) {
                json_object_del(first_config(d, "producers"), "transactional.id");
                json_object_del(first_config(d, "producers"), "transaction.timeout.ms");
            }
        }
        draw_faults(d, &drawn, number);
        scenario_release(drawn.scenario);
    }
    drawn.scenario = load(d, &drawn, diag); /* the file is of it, and not of what was refused last */
    json_decref(d->root);
    return drawn.scenario;
}
