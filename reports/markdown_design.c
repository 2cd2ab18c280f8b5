/* markdown_design.c: the half of the Markdown report that reads the resolved scenario.
 *
 * The scenario comes out of the record, which somebody may have edited: a member that is not there, or of
 * another kind, leaves its row out and no more.
 */
#include "arena.h"
#include "json_text.h"
#include "mark.h"
#include "markdown_parts.h"
#include "page.h"
#include "record.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

enum { COLUMNS_MAX = 4, SETTINGS_MAX = 256, DEPTH_MAX = 8 };

/* --- reading --- */

static const json_t *member(const json_t *object, const char *key)
{
    return object != NULL && key != NULL ? json_object_get(object, key) : NULL;
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(member(object, key));
}

static bool says(const json_t *object, const char *key, const char *word)
{
    const char *text = text_of(object, key);
    return text != NULL && strcmp(text, word) == 0;
}

/* A plain value as it would stand in the scenario; a list of them, joined. */
static const char *value_text(const json_t *value, struct arena *arena)
{
    char number[32];
    if (json_is_string(value)) return json_string_value(value);
    if (json_is_boolean(value)) return json_is_true(value) ? "true" : "false";
    if (json_is_integer(value))
        return arena_printf(arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    if (json_is_real(value)) {
        json_text_double(json_real_value(value), number);
        return arena_strdup(arena, number);
    }
    const char *joined = "", *key;
    json_t *part;
    /* An object inside a list: "to standard_ia after 30d". */
    json_object_foreach((json_t *)(uintptr_t)value, key, part)
        joined = arena_printf(arena, "%s%s%s %s", joined, *joined ? " " : "", key, value_text(part, arena));
    for (size_t i = 0; i < json_array_size(value); i++)
        joined = arena_printf(arena, "%s%s%s", joined, i > 0 ? ", " : "",
                              value_text(json_array_get(value, i), arena));
    return joined;
}

static const char *setting(struct mark *mark, const json_t *object, const char *key)
{
    const json_t *value = member(object, key);
    return value != NULL ? mark_text(mark->arena, value_text(value, mark->arena)) : NULL;
}

const char *markdown_resolved(struct mark *mark, const struct record *record, const char *key,
                              const char *inner)
{
    const json_t *value = member(record->scenario.resolved, key);
    if (inner != NULL) value = member(value, inner);
    return value != NULL ? mark_text(mark->arena, value_text(value, mark->arena)) : NULL;
}

/* --- every part with its settings --- */

struct settings {
    const char *key[SETTINGS_MAX];
    const char *value[SETTINGS_MAX];
    int n;
};

/* {"a": {"b": 1}} is the setting a.b; Kafka's own names stand without the "config." before them. */
static void flatten(const json_t *object, const char *before, int depth, struct arena *arena,
                    struct settings *out)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        bool bare = strcmp(key, "config") == 0;
        const char *path = arena_printf(arena, "%s%s", before, key);
        if (json_is_object(value) && depth < DEPTH_MAX) {
            bool range = json_object_get(value, "mid") != NULL;
            if (range) {
                if (out->n == SETTINGS_MAX) return;
                out->key[out->n] = path;
                out->value[out->n++] =
                    arena_printf(arena, "%s (%s to %s)", value_text(json_object_get(value, "mid"), arena),
                                 value_text(json_object_get(value, "low"), arena),
                                 value_text(json_object_get(value, "high"), arena));
            } else {
                flatten(value, bare ? before : arena_printf(arena, "%s.", path), depth + 1, arena, out);
            }
        } else if (out->n < SETTINGS_MAX) {
            out->key[out->n] = path;
            out->value[out->n++] = value_text(value, arena);
        }
    }
}

static const char *value_of(const struct settings *settings, const char *key)
{
    for (int i = 0; i < settings->n; i++) {
        if (strcmp(settings->key[i], key) == 0) return settings->value[i];
    }
    return NULL;
}

/* Some parts side by side: one column each, one row a setting that any of them has. */
static void put_side_by_side(struct mark *mark, const char *const *names, const struct settings *parts, int n,
                             const char *skip)
{
    const char *cells[COLUMNS_MAX + 1] = {"Setting"};
    char columns[COLUMNS_MAX + 2] = "l";
    for (int i = 0; i < n; i++) {
        cells[i + 1] = mark_code(mark->arena, names[i]);
        columns[i + 1] = 'l';
    }
    mark_row(mark, n + 1, cells);
    mark_rule(mark, columns);
    for (int p = 0; p < n; p++) {
        for (int i = 0; i < parts[p].n; i++) {
            const char *key = parts[p].key[i];
            bool seen = false;
            for (int q = 0; q < p; q++)
                seen = seen || value_of(&parts[q], key) != NULL;
            if (seen || (skip != NULL && strcmp(key, skip) == 0)) continue; /* the head has it */
            cells[0] = mark_code(mark->arena, key);
            for (int q = 0; q < n; q++) {
                const char *value = value_of(&parts[q], key);
                cells[q + 1] = value != NULL ? mark_text(mark->arena, value) : "";
            }
            mark_row(mark, n + 1, cells);
        }
    }
    mark_put(mark, "\n");
}

/* A list of parts, or a map from names to them; `name` is the member that names a part of a list. */
static void put_parts(struct mark *mark, const json_t *list, const char *title, const char *name)
{
    size_t n = json_is_object(list) ? json_object_size(list) : json_array_size(list);
    if (n == 0) return;
    mark_printf(mark, "### %s\n\n", title);
    void *at = json_is_object(list) ? json_object_iter((json_t *)(uintptr_t)list) : NULL;
    for (size_t i = 0; i < n; i += COLUMNS_MAX) {
        struct settings *parts = ARENA_NEW(mark->arena, struct settings, COLUMNS_MAX);
        const char *names[COLUMNS_MAX];
        int columns = 0;
        for (size_t j = i; j < n && columns < COLUMNS_MAX; j++, columns++) {
            const json_t *part = at != NULL ? json_object_iter_value(at) : json_array_get(list, j);
            const char *its = at != NULL ? json_object_iter_key(at) : text_of(part, name);
            names[columns] = its != NULL ? its : "?";
            flatten(part, "", 0, mark->arena, &parts[columns]);
            if (at != NULL) at = json_object_iter_next((json_t *)(uintptr_t)list, at);
        }
        put_side_by_side(mark, names, parts, columns, name);
    }
}

static void put_object(struct mark *mark, const json_t *object, const char *title, const char *column)
{
    if (json_object_size(object) == 0) return;
    struct settings *settings = ARENA_NEW(mark->arena, struct settings, 1);
    flatten(object, "", 0, mark->arena, settings);
    mark_printf(mark, "### %s\n\n", title);
    put_side_by_side(mark, &column, settings, 1, NULL);
}

/* --- what the choices bought and cost --- */

static void trade(struct mark *mark, bool *begun, const char *choice, const char *buys, const char *costs)
{
    static const char *const head[] = {"Choice", "What it buys", "What it costs"};
    if (!*begun) {
        mark_put(mark, "### Trade-offs, as measured\n\n");
        mark_row(mark, 3, head);
        mark_rule(mark, "lll");
        *begun = true;
    }
    mark_row(mark, 3, (const char *const[]){choice, buys, costs});
}

/* What the lines of the bill whose item begins so come to. */
static struct record_number bill_of(const struct record *record, const char *begins)
{
    double sum = 0;
    for (int i = 0; i < record->cost.lines_n; i++) {
        const struct record_cost_line *line = &record->cost.lines[i];
        if (strncmp(line->item, begins, strlen(begins)) != 0) continue;
        if (!line->usd.known) return record_unknown("a line of the bill has no price");
        sum += line->usd.value;
    }
    return record_known(sum);
}

static const struct record_distribution *find_distribution(const struct record_distribution *list, int n,
                                                           const char *name)
{
    for (int i = 0; i < n; i++) {
        if (name != NULL && strcmp(list[i].name, name) == 0) return &list[i];
    }
    return NULL;
}

static const char *figure_text(struct mark *mark, const struct record_distribution *d,
                               enum record_figure figure)
{
    return d != NULL ? markdown_number(mark, UNITS_DURATION, &d->figure[figure]) : "?";
}

static void trade_batching(struct mark *mark, const struct record *record, bool *begun)
{
    const json_t *producers = member(record->scenario.resolved, "producers");
    const struct record_distribution *produce =
        find_distribution(record->latency, record->latency_n, "produce");
    for (size_t i = 0; i < json_array_size(producers); i++) {
        const json_t *config = member(json_array_get(producers, i), "config");
        const char *linger = setting(mark, config, "linger.ms"), *size = setting(mark, config, "batch.size"),
                   *codec = setting(mark, config, "compression.type");
        if (linger == NULL || size == NULL || codec == NULL) continue;
        char ratio[PAGE_TEXT_SIZE];
        const char *name = text_of(json_array_get(producers, i), "name");
        trade(mark, begun,
              arena_printf(mark->arena, "Batches of %s: `linger.ms` %s, `batch.size` %s, %s",
                           mark_code(mark->arena, name), linger, size, codec),
              arena_printf(
                  mark->arena,
                  "of all producers together: %s records a batch, %s, %s requests/s; longer "
                  "waits make larger batches and fewer requests",
                  markdown_count(mark, &record->load.batch_records_mean),
                  record->load.compression.known ? page_compression(ratio, record->load.compression.value) : "?",
                  markdown_count(mark, &record->load.requests_per_s)),
              arena_printf(
                  mark->arena,
                  "a record may wait that long before it is sent; produce latency is %s at p50, %s at p99",
                  figure_text(mark, produce, RECORD_P50), figure_text(mark, produce, RECORD_P99)));
    }
}

static void trade_durability(struct mark *mark, const struct record *record, bool *begun)
{
    const json_t *resolved = record->scenario.resolved,
                 *topic = json_array_get(member(resolved, "topics"), 0),
                 *producer = json_array_get(member(resolved, "producers"), 0),
                 *config = member(member(resolved, "cluster"), "config");
    long long replicas = json_integer_value(member(topic, "replication")),
              in_sync = json_integer_value(member(config, "min.insync.replicas"));
    const char *acks = setting(mark, member(producer, "config"), "acks");
    if (replicas < 1 || in_sync < 1 || acks == NULL) return;
    bool all = strcmp(acks, "all") == 0 || strcmp(acks, "-1") == 0;
    long long out = replicas - (all ? in_sync : 1);
    int64_t lost = 0;
    char count[PAGE_TEXT_SIZE];
    for (int g = 0; g < record->delivery.groups_n; g++)
        if (record->delivery.groups[g].lost > lost) lost = record->delivery.groups[g].lost;
    struct record_number traffic = bill_of(record, "cross-zone, replication"),
                         volumes = bill_of(record, "broker volumes");
    trade(mark, begun,
          arena_printf(mark->arena, "%lld replicas, `min.insync.replicas` %lld, `acks` %s", replicas, in_sync,
                       acks),
          arena_printf(
              mark->arena,
              "%s; writes go on with %lld of a partition's brokers away; %s records lost in this run",
              all ? "an acknowledged record is on all in-sync replicas"
                  : "producers wait for fewer brokers, and a leader that dies takes along what it alone had",
              out > 0 ? out : 0, page_count(count, lost)),
          arena_printf(mark->arena,
                       "%s a month for replication between zones, and %lld times the disk: %s for volumes",
                       markdown_money(mark, &traffic), replicas, markdown_money(mark, &volumes)));
}

static void trade_partitions(struct mark *mark, const struct record *record, bool *begun)
{
    const json_t *topic = json_array_get(member(record->scenario.resolved, "topics"), 0),
                 *groups = member(record->scenario.resolved, "groups");
    const char *partitions = setting(mark, topic, "partitions"), *consumers = "";
    if (partitions == NULL) return;
    for (size_t i = 0; i < json_array_size(groups); i++) {
        const json_t *group = json_array_get(groups, i);
        long long threads =
            json_integer_value(member(group, "instances")) * json_integer_value(member(group, "threads"));
        consumers = arena_printf(mark->arena, "%s%s%s has %lld", consumers, i > 0 ? ", " : "; ",
                                 mark_code(mark->arena, text_of(group, "name")), threads);
    }
    const struct record_number *skew = &record->paths.partition.skew_max_over_mean;
    trade(mark, begun, arena_printf(mark->arena, "%s partitions", partitions),
          arena_printf(mark->arena, "so many consumers of a group at most%s", consumers),
          arena_printf(
              mark->arena,
              "%s replicas a broker to follow and to elect; the fullest partition has %s times the mean",
              markdown_count(mark, &record->load.partitions_per_broker), markdown_count(mark, skew)));
}

static void trade_group(struct mark *mark, const struct record *record, const json_t *group, bool *begun)
{
    const char *name = text_of(group, "name"), *checkpoint = setting(mark, group, "checkpoint");
    const json_t *does = member(group, "does"), *window = member(does, "window"),
                 *write = member(does, "write");
    const struct record_group *counts = NULL;
    char count[PAGE_TEXT_SIZE];
    for (int g = 0; g < record->delivery.groups_n; g++)
        if (name != NULL && strcmp(record->delivery.groups[g].name, name) == 0)
            counts = &record->delivery.groups[g];
    if (name == NULL || counts == NULL) return;
    const char *shown = mark_code(mark->arena, name), *delivery = setting(mark, group, "delivery");
    bool none = checkpoint == NULL || says(group, "checkpoint", "0s");
    const json_t *config = member(group, "config");
    const char *every = none ? setting(mark, config, "auto.commit.interval.ms") : checkpoint;
    const bool each = none && write == NULL && json_is_false(member(config, "enable.auto.commit"));
    if (delivery != NULL && every != NULL)
        trade(mark, begun,
              each ? arena_printf(mark->arena, "%s: %s, commits after every batch", shown, delivery)
                   : arena_printf(mark->arena, "%s: %s, %s %s%s", shown, delivery, none ? "commits every" : "checkpoint every", every,
                                  none ? " ms" : ""),
              arena_printf(mark->arena, "%s records delivered twice, %s lost",
                           page_count(count, counts->duplicated), counts->lost == 0 ? "none" : "some"),
              "what came since the last one is read again after a failure; closer ones cost more");
    if (window != NULL) {
        const char *semantics = text_of(window, "semantics");
        const bool session = says(window, "kind", "session"), global = says(window, "kind", "global");
        const char *size = setting(mark, window, session ? "gap" : "size"), *wait = setting(mark, window, "out_of_orderness"),
                   *allowed = setting(mark, window, "allowed_lateness"), *feeds = text_of(does, "feeds");
        const struct record_distribution *fresh =
            find_distribution(record->freshness, record->freshness_n, feeds != NULL ? feeds : name);
        trade(mark, begun,
              arena_printf(mark->arena, "%s: %s%s%s, out-of-orderness %s, lateness allowed %s", shown,
                           session ? "sessions that end after " : global ? "a global window" : "windows of ",
                           global ? "" : size != NULL ? size : "?",
                           semantics != NULL && !says(window, "semantics", "flink") ? arena_printf(mark->arena, " (%s)", semantics) : "",
                           wait != NULL ? wait : "?", allowed != NULL ? allowed : "?"),
              arena_printf(mark->arena,
                           "%s records came too late and were refused; waiting longer refuses fewer",
                           page_count(count, counts->dropped_late)),
              arena_printf(mark->arena,
                           "an event waits for its window to end and for the watermark; freshness is %s at "
                           "p50, %s at p99",
                           figure_text(mark, fresh, RECORD_P50), figure_text(mark, fresh, RECORD_P99)));
    }
    if (write != NULL) {
        const json_t *roll = member(write, "roll");
        const char *table = text_of(write, "table"), *size = setting(mark, roll, "size"),
                   *age = setting(mark, roll, "every");
        const struct record_distribution *fresh =
            find_distribution(record->freshness, record->freshness_n, table);
        struct record_number puts = bill_of(record, "object store PUT");
        trade(mark, begun,
              arena_printf(mark->arena, "%s: files of %s, closed at %s or after %s", shown,
                           mark_code(mark->arena, table), size != NULL ? size : "?", age != NULL ? age : "?"),
              arena_printf(mark->arena, "fewer, larger files: %s a month for PUT requests of all tables",
                           markdown_money(mark, &puts)),
              arena_printf(
                  mark->arena,
                  "a record is not readable before its file is closed; freshness is %s at p50, %s at p99",
                  figure_text(mark, fresh, RECORD_P50), figure_text(mark, fresh, RECORD_P99)));
    }
}

static void trade_table(struct mark *mark, const struct record *record, const json_t *table, bool *begun)
{
    const char *name = text_of(table, "name"), *every = setting(mark, table, "every");
    const json_t *compaction = member(table, "compaction");
    if (name == NULL) return;
    const char *shown = mark_code(mark->arena, name);
    if (every != NULL && text_of(table, "from") != NULL) {
        const struct record_distribution *fresh = find_distribution(record->freshness, record->freshness_n, name);
        struct record_number jobs = bill_of(record, arena_printf(mark->arena, "ETL of %s", name));
        trade(mark, begun, arena_printf(mark->arena, "%s: made anew every %s", shown, every),
              arena_printf(mark->arena, "freshness is %s at p50, %s at p99", figure_text(mark, fresh, RECORD_P50),
                           figure_text(mark, fresh, RECORD_P99)),
              arena_printf(mark->arena, "%s a month for the jobs; the oftener, the smaller its files",
                           markdown_money(mark, &jobs)));
    }
    const char *target = compaction != NULL ? setting(mark, compaction, "target") : NULL;
    if (target == NULL) return;
    char in[PAGE_TEXT_SIZE], out[PAGE_TEXT_SIZE];
    const char *strategy = text_of(compaction, "strategy"), *often = setting(mark, compaction, "every");
    struct record_number jobs = bill_of(record, arena_printf(mark->arena, "compaction of %s", name));
    trade(mark, begun,
          arena_printf(mark->arena, "%s: %s to %s every %s", shown, strategy != NULL ? mark_text(mark->arena, strategy) : "?",
                       target, often != NULL ? often : "?"),
          arena_printf(mark->arena, "%s files of the compacted tables became %s in this run",
                       page_count(in, record->paths.compact.files_in), page_count(out, record->paths.compact.files_out)),
          arena_printf(mark->arena,
                       "%s a month for the jobs, and replaced files are kept for %s; `headroom compare` with a design "
                       "without it says what it saves",
                       markdown_money(mark, &jobs), setting(mark, table, "history")));
}

static void put_trades(struct mark *mark, const struct record *record)
{
    const json_t *resolved = record->scenario.resolved, *groups = member(resolved, "groups");
    const char *zones = setting(mark, member(resolved, "cluster"), "zones");
    bool begun = false;
    trade_batching(mark, record, &begun);
    trade_durability(mark, record, &begun);
    trade_partitions(mark, record, &begun);
    if (zones != NULL) {
        struct record_number traffic = bill_of(record, "cross-zone");
        trade(mark, &begun, arena_printf(mark->arena, "%s zones", zones),
              "a zone that is lost takes its share of the brokers and of the clients, and no more",
              arena_printf(mark->arena, "%s a month for traffic between zones",
                           markdown_money(mark, &traffic)));
    }
    for (size_t i = 0; i < json_array_size(groups); i++)
        trade_group(mark, record, json_array_get(groups, i), &begun);
    const json_t *tables = member(member(resolved, "lake"), "tables");
    for (size_t i = 0; i < json_array_size(tables); i++)
        trade_table(mark, record, json_array_get(tables, i), &begun);
    if (begun) mark_put(mark, "\n");
}

/* --- sections --- */

/* "profile wc98-week, peak 3k/s" */
static const char *in_line(const json_t *object, struct arena *arena)
{
    struct settings *settings = ARENA_NEW(arena, struct settings, 1);
    const char *text = "";
    flatten(object, "", 0, arena, settings);
    for (int i = 0; i < settings->n; i++)
        text =
            arena_printf(arena, "%s%s%s %s", text, i > 0 ? ", " : "", settings->key[i], settings->value[i]);
    return text;
}

static void constraint(struct mark *mark, const char *what, const char *value)
{
    if (value != NULL) mark_row(mark, 2, (const char *const[]){what, value});
}

void markdown_constraints(struct mark *mark, const struct record *record)
{
    const json_t *resolved = record->scenario.resolved, *streams = member(resolved, "workload"),
                 *month = member(resolved, "month");
    struct arena *arena = mark->arena;
    mark_put(mark, "## Constraints\n\n");
    mark_row(mark, 2, (const char *const[]){"What is given", "As"});
    mark_rule(mark, "ll");
    constraint(mark, "load to carry",
               arena_printf(arena, "%s at its peak, %s on average over the run",
                            markdown_number(mark, UNITS_RATE, &record->load.peak_per_s),
                            markdown_number(mark, UNITS_RATE, &record->load.mean_per_s)));
    for (size_t i = 0; i < json_array_size(streams); i++) {
        const json_t *stream = json_array_get(streams, i), *event = member(stream, "event");
        const json_t *size = member(event, "size");
        const char *lateness = mark_text(arena, in_line(member(stream, "lateness"), arena));
        constraint(mark, arena_printf(arena, "stream %s", mark_code(arena, text_of(stream, "stream"))),
                   arena_printf(arena, "events of %s as %s, late by %s",
                                json_is_object(size)
                                    ? mark_text(arena, value_text(member(size, "mid"), arena))
                                    : mark_text(arena, value_text(size, arena)),
                                mark_text(arena, text_of(event, "serialization")),
                                *lateness != '\0' ? lateness : "?"));
    }
    constraint(mark, "the month that is billed",
               month != NULL ? mark_text(arena, in_line(month, arena)) : NULL);
    constraint(mark, "platform", markdown_resolved(mark, record, "platform", NULL));
    constraint(mark, "Kafka", markdown_resolved(mark, record, "kafka", NULL));
    constraint(mark, "region", markdown_resolved(mark, record, "region", NULL));
    constraint(mark, "zones", markdown_resolved(mark, record, "cluster", "zones"));
    const json_t *topics = member(resolved, "topics"), *tables = member(member(resolved, "lake"), "tables");
    for (size_t i = 0; i < json_array_size(topics); i++)
        constraint(mark,
                   arena_printf(arena, "topic %s is kept for",
                                mark_code(arena, text_of(json_array_get(topics, i), "name"))),
                   setting(mark, json_array_get(topics, i), "retention"));
    for (size_t i = 0; i < json_array_size(tables); i++)
        constraint(mark,
                   arena_printf(arena, "table %s is kept for",
                                mark_code(arena, text_of(json_array_get(tables, i), "name"))),
                   setting(mark, json_array_get(tables, i), "retention"));
    mark_put(mark, "\n");
}

void markdown_design(struct mark *mark, const struct record *record)
{
    const json_t *resolved = record->scenario.resolved;
    mark_put(
        mark,
        "## Design\n\nEvery setting in force, defaults included. Kafka's settings have Kafka's names.\n\n");
    put_parts(mark, member(resolved, "workload"), "Streams", "stream");
    put_parts(mark, member(resolved, "keys"), "Keys", NULL);
    put_parts(mark, member(resolved, "producers"), "Producers", "name");
    put_object(mark, member(resolved, "cluster"), "Cluster", "cluster");
    put_parts(mark, member(resolved, "topics"), "Topics", "name");
    put_parts(mark, member(resolved, "groups"), "Consumer groups", "name");
    put_parts(mark, member(member(resolved, "lake"), "tables"), "Tables", "name");
    put_parts(mark, member(resolved, "engines"), "Query engines", "name");
    put_parts(mark, member(resolved, "queries"), "Classes of queries", "name");
    put_trades(mark, record);
}
