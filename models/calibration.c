/* calibration.c: see calibration.h.
 *
 * 1. Files are read in order: shipped engine profiles, shipped latencies, shipped measurement, the user's.
 * 2. Each row lands where operations[] says; a later file's row replaces an earlier one's.
 * 3. An operation that no file gave is a mistake of the last file read.
 */
#include "calibration.h"

#include "aggregate.h"
#include "arena.h"
#include "check.h"
#include "diag.h"
#include "file.h"
#include "json.h"
#include "nearest.h"
#include "partition.h"
#include "sha256.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char *const shipped[] = {
    "calibrations/engine-kafka-broker.json",
    "calibrations/engine-kafka-estimates.json",
    "calibrations/engine-kafka-controller.json",
    "calibrations/engine-presto.json",
    "calibrations/fixed-latencies.json",
    "calibrations/amd-epyc-2core-2026-11.json",
};
enum { SHIPPED_N = sizeof shipped / sizeof *shipped, FILES_MAX = SHIPPED_N + 1 };

struct operation {
    const char *name;
    const char *unit; /* in which the struct keeps it; a file may also say us, ms or s for a time */
    size_t offset;
    const char *doc;
};

_Static_assert((int)CALIBRATION_AGGREGATES == (int)AGGREGATE_TOP_K + 1, "a place an aggregate");
_Static_assert((int)CALIBRATION_PARTITIONERS == (int)PARTITION_RULES_N, "an operation a partitioner");
#define AT(member) offsetof(struct calibration, member)
static const struct operation operations[] = {
    {"partition.murmur2", "ns/key", AT(partition_ns[PARTITION_MURMUR2]), "a key of a dozen bytes hashed and taken modulo"},
    {"partition.sticky", "ns/record", AT(partition_ns[PARTITION_STICKY]), "a record sent to the sticky partition"},
    {"partition.roundrobin", "ns/record", AT(partition_ns[PARTITION_ROUNDROBIN]), "a record sent to the next partition"},
    {"partition.random", "ns/record", AT(partition_ns[PARTITION_RANDOM]), "a record sent to a partition drawn"},
    {"partition.consistent", "ns/key", AT(partition_ns[PARTITION_CONSISTENT]), "such a key by CRC-32"},
    {"partition.consistent_random", "ns/key", AT(partition_ns[PARTITION_CONSISTENT_RANDOM]), "such a key by CRC-32, looking if it is empty"},
    {"partition.murmur2_hashed", "ns/key", AT(partition_ns[PARTITION_MURMUR2_HASHED]), "such a key by murmur2, as librdkafka has it"},
    {"partition.murmur2_random", "ns/key", AT(partition_ns[PARTITION_MURMUR2_RANDOM]), "such a key by murmur2, looking if there is one"},
    {"partition.fnv1a", "ns/key", AT(partition_ns[PARTITION_FNV1A]), "such a key by FNV-1a"},
    {"partition.fnv1a_random", "ns/key", AT(partition_ns[PARTITION_FNV1A_RANDOM]), "such a key by FNV-1a, looking if there is one"},
    {"partition.jump", "ns/key", AT(partition_ns[PARTITION_JUMP]), "such a key by jump consistent hash over 360 partitions"},
    {"partition.maglev", "ns/key", AT(partition_ns[PARTITION_MAGLEV]), "such a key looked up in Maglev's table"},
    {"partition.two_choices", "ns/key", AT(partition_ns[PARTITION_TWO_CHOICES]), "such a key's two partitions, and the less chosen of them"},
    {"partition.salted", "ns/key", AT(partition_ns[PARTITION_SALTED]), "such a key counted, hashed and, if it is hot, salted"},
    {"window.add", "ns/record", AT(window_add_ns), "a record folded into a window's state of 100,000 keys"},
    {"window.triggered", "ns/record", AT(window_triggered_ns), "a record folded into a window of a key with early panes, of 10,000 keys"},
    {"window.session", "ns/record", AT(window_session_ns), "a record folded into its key's session of 10,000 keys, one in seven ends one"},
    {"window.sliding", "ns/record", AT(window_sliding_ns),
     "a record folded into two sliding windows of its key, of 10,000 keys, one of them made and one dropped"},
    {"aggregate.sum", "ns/record", AT(aggregate_ns[AGGREGATE_SUM]), "a record's value added up for one of 1,000 keys"},
    {"aggregate.min", "ns/record", AT(aggregate_ns[AGGREGATE_MIN]), "the least of them"},
    {"aggregate.max", "ns/record", AT(aggregate_ns[AGGREGATE_MAX]), "the greatest"},
    {"aggregate.mean", "ns/record", AT(aggregate_ns[AGGREGATE_MEAN]), "their mean"},
    {"aggregate.distinct", "ns/record", AT(aggregate_ns[AGGREGATE_DISTINCT]), "a record's item into a HyperLogLog of 4,096 registers"},
    {"aggregate.quantile", "ns/record", AT(aggregate_ns[AGGREGATE_QUANTILE]), "a record's value into a DDSketch of 512 bins"},
    {"aggregate.top_k", "ns/record", AT(aggregate_ns[AGGREGATE_TOP_K]), "a record's item into Space-Saving with 64 counters"},
    {"window.fire", "ns/pane", AT(window_fire_pane_ns), "a pane given and its share of the state dropped"},
    {"dedup.keep", "ns/record", AT(dedup_keep_ns), "a record's id looked up, and kept, among 1,000,000 within the horizon"},
    {"event.encode.avro", "ns/event", AT(event_encode_avro_ns), "an event of 420 bytes written as Avro"},
    {"event.decode.avro", "ns/event", AT(event_decode_avro_ns), "an event of 420 bytes read from Avro"},
    {"event.encode.json", "ns/event", AT(event_encode_json_ns), "an event of 420 bytes written as JSON"},
    {"event.decode.json", "ns/event", AT(event_decode_json_ns), "an event of 420 bytes read from JSON"},
    {"zstd.compress", "ns/byte", AT(zstd_compress_ns_per_byte), "a byte of a batch compressed at level 3"},
    {"zstd.decompress", "ns/byte", AT(zstd_decompress_ns_per_byte), "a byte of a batch decompressed"},
    {"record_batch.encode", "ns/record", AT(record_batch_encode_ns_per_record),
     "a record of 420 bytes laid into a batch, CRC included, codec not"},
    {"record_batch.decode", "ns/record", AT(record_batch_decode_ns_per_record),
     "a record of 420 bytes taken from a batch, CRC included, codec not"},
    {"crc32c", "ns/byte", AT(crc32c_ns_per_byte), "a byte of a batch checked"},
    {"compact.plan", "ns/file", AT(compact_plan_ns_per_file), "a file of a table of 100,000 planned"},
    {"compact.merge", "ns/record", AT(compact_merge_ns_per_record),
     "a record of 420 bytes read from one of 16 files, merged and written, CRC included, codec not"},
    {"compact.sort", "ns/record", AT(compact_sort_ns_per_record), "the same, all records sorted by time and not merged"},
    {"compact.z_order", "ns/record", AT(compact_z_order_ns_per_record), "the same, along the Z-order curve over key and time"},
    {"table_file.encode", "ns/record", AT(table_file_encode_ns_per_record),
     "a record of 420 bytes written to a table file, CRC included, codec not"},
    {"table_file.decode", "ns/record", AT(table_file_decode_ns_per_record),
     "a record of 420 bytes read from a table file, CRC included, codec not"},
    {"log_cleaner.index", "ns/record", AT(log_cleaner_index_ns_per_record),
     "a record of 420 bytes read by the log cleaner, its key into the offset map, CRC included, codec not"},
    {"log_cleaner.copy", "ns/record", AT(log_cleaner_copy_ns_per_record),
     "a record of 420 bytes read by the log cleaner and looked up; one in eight is written; CRC included, codec not"},

    {"kafka.broker.request", "ns/request", AT(kafka_broker.request_ns), "a produce request on an I/O thread"},
    {"kafka.broker.batch", "ns/batch", AT(kafka_broker.batch_ns),
     "a batch of a produce request: validated, appended, indexed"},
    {"kafka.broker.record", "ns/record", AT(kafka_broker.record_ns),
     "a record of a produce request, validated"},
    {"kafka.broker.byte", "ns/byte", AT(kafka_broker.byte_ns), "a byte of a produce request: CRC and copy"},
    {"kafka.broker.decompress.batch", "ns/batch", AT(kafka_broker.decompress_batch_ns),
     "a compressed batch of a produce request, decompressed to be validated: more than one that is not"},
    {"kafka.broker.decompress.byte", "ns/byte", AT(kafka_broker.decompress_byte_ns),
     "a byte of it, uncompressed"},
    {"kafka.broker.fetch.request", "ns/request", AT(kafka_broker.fetch_request_ns),
     "a fetch request on an I/O thread"},
    {"kafka.broker.fetch.partition", "ns/partition", AT(kafka_broker.fetch_partition_ns),
     "a partition that a fetch reads"},
    {"kafka.broker.fetch.idle", "ns/partition", AT(kafka_broker.fetch_idle_ns),
     "a partition of a fetch session that has nothing new"},
    {"kafka.broker.fetch.byte", "ns/byte", AT(kafka_broker.fetch_byte_ns), "a byte that a fetch reads"},
    {"kafka.broker.network.request", "ns/request", AT(kafka_broker.network_request_ns),
     "a produce request and its response on a network thread"},
    {"kafka.broker.network.batch", "ns/batch", AT(kafka_broker.network_batch_ns),
     "a batch of a produce request on a network thread"},
    {"kafka.broker.network.byte", "ns/byte", AT(kafka_broker.network_byte_ns),
     "a byte of a produce request on a network thread"},
    {"kafka.broker.network.fetch.request", "ns/request", AT(kafka_broker.network_fetch_request_ns),
     "a fetch request and its response on a network thread"},
    {"kafka.broker.network.fetch.partition", "ns/partition", AT(kafka_broker.network_fetch_partition_ns),
     "a partition's data, sent on a network thread"},
    {"kafka.broker.network.fetch.byte", "ns/byte", AT(kafka_broker.network_fetch_byte_ns),
     "a byte that a fetch sends on a network thread"},
    {"kafka.broker.follower.batch", "ns/batch", AT(kafka_broker.follower_batch_ns),
     "a batch that a replica fetcher appends"},
    {"kafka.broker.follower.byte", "ns/byte", AT(kafka_broker.follower_byte_ns),
     "a byte that a replica fetcher appends"},

    {"kafka.broker.stall.interval", "ns/stall", AT(kafka_broker.stall_interval_ns),
     "mean time between stalls of a broker, in which it serves nothing: cluster.stalls"},
    {"kafka.broker.stall.p90", "ns/stall", AT(kafka_broker.stall_p90_ns),
     "nine of ten stalls last no longer; exponential"},
    {"kafka.controller.kraft.partition", "ns/partition", AT(kafka_controller.kraft_partition_ns),
     "a partition whose leader or in-sync replicas change, until all brokers know"},
    {"kafka.controller.zookeeper.leader", "ns/partition", AT(kafka_controller.zookeeper_leader_ns),
     "a leader elected by way of ZooKeeper, its nodes written one after another"},
    {"kafka.controller.zookeeper.pipelined.leader", "ns/partition", AT(kafka_controller.zookeeper_pipelined_leader_ns),
     "a leader elected by way of ZooKeeper, writes pipelined (Kafka 1.1.0 and later)"},
    {"kafka.controller.zookeeper.failover", "ns/partition", AT(kafka_controller.zookeeper_failover_ns),
     "a partition that a new controller reads from ZooKeeper"},

    {"kafka.producer.record", "ns/record", AT(kafka_producer_client.record_ns),
     "a record put into the producer's accumulator"},
    {"kafka.producer.batch", "ns/batch", AT(kafka_producer_client.batch_ns), "a batch drained and completed"},
    {"kafka.producer.request", "ns/request", AT(kafka_producer_client.request_ns),
     "a produce request of the client"},
    {"kafka.consumer.request", "ns/request", AT(kafka_consumer_client.request_ns), "a fetch of the client"},
    {"kafka.consumer.batch", "ns/batch", AT(kafka_consumer_client.batch_ns), "a batch that the client opens"},
    {"kafka.consumer.record", "ns/record", AT(kafka_consumer_client.record_ns),
     "a record that the client hands to the application"},
    {"kafka.consumer.byte", "ns/byte", AT(kafka_consumer_client.byte_ns), "a byte that the client receives"},

    {"presto.plan", "ns/query", AT(presto.plan_ns),
     "waiting before a query's first split, whatever it reads"},
    {"presto.coordinator.query", "ns/query", AT(presto.coordinator_query_ns), "a query on the coordinator"},
    {"presto.coordinator.split", "ns/split", AT(presto.coordinator_split_ns),
     "a split planned and followed on the coordinator"},
    {"presto.split", "ns/split", AT(presto.split_ns), "a split begun and ended on a worker"},
    {"presto.scan", "ns/byte", AT(presto.scan_byte_ns),
     "a stored byte of the columns read, scanned on a worker"},
    {"presto.split.size", "bytes/split", AT(presto.split_bytes), "the most of a file that a split covers"},
    {"presto.file.small", "bytes/file", AT(presto.small_file_bytes),
     "the largest file that is read whole with one request"},
    {"presto.footer", "bytes/split", AT(presto.footer_bytes), "what is read of a larger file to open it"},
    {"presto.read.max", "bytes/request", AT(presto.read_max_bytes), "the most that one request reads"},
    {"presto.read.merge", "bytes", AT(presto.read_merge_bytes),
     "column chunks up to this size are read together"},

    {"network.rtt.same_zone", "ns", AT(latency.rtt_same_zone_ns), "a round trip between hosts of a zone"},
    {"network.rtt.cross_zone", "ns", AT(latency.rtt_cross_zone_ns), "a round trip between zones of a region"},
    {"disk.page_cache_append", "ns", AT(latency.page_cache_append_ns),
     "a log append that the page cache takes"},
    {"disk.write", "ns", AT(latency.disk_write_ns), "a write that waits for the device"},
    {"disk.read", "ns", AT(latency.disk_read_ns), "a cold read's first byte"},
    {"object_store.put.p50", "ns", AT(latency.object_put_p50_ns), "a PUT of about 500 KiB, median"},
    {"object_store.put.p95", "ns", AT(latency.object_put_p95_ns), "a PUT of about 500 KiB, 95th percentile"},
    {"object_store.put.p99", "ns", AT(latency.object_put_p99_ns), "a PUT of about 500 KiB, 99th percentile"},
    {"object_store.get.p50", "ns", AT(latency.object_get_first_byte_p50_ns), "a GET of 4 KiB, median"},
    {"object_store.get.p95", "ns", AT(latency.object_get_first_byte_p95_ns),
     "a GET of 4 KiB, 95th percentile"},
    {"object_store.get.p99", "ns", AT(latency.object_get_first_byte_p99_ns),
     "a GET of 4 KiB, 99th percentile"},
    {"object_store.put.throughput", "bytes/s", AT(latency.object_put_bytes_per_s), "one PUT's stream"},
    {"object_store.get.throughput", "bytes/s", AT(latency.object_get_bytes_per_s), "one GET's stream"},
};
enum { OPERATIONS_N = sizeof operations / sizeof *operations };

struct reading {
    struct calibration *calibration;
    struct arena *arena;
    struct diag *diag;
    struct sha256 hash;
    struct calibration_row *rows; /* OPERATIONS_N of the table, then others */
    size_t others_n;
};

static const char *text_member(const struct reading *r, const struct json_value *object, const char *name,
                               const char *otherwise)
{
    const struct json_value *value = json_member(object, name);
    if (value == NULL) return otherwise;
    char found[64];
    if (value->kind != JSON_VALUE_STRING) {
        json_mistake(r->diag, value, "is %s; text fits here", json_describe(value, found, sizeof found));
        return otherwise;
    }
    return value->text;
}

/* false: missing or no number of at least 0, and said so. */
static bool number_member(const struct reading *r, const struct json_value *row, const char *name,
                          double *number)
{
    const struct json_value *value = json_member(row, name);
    char found[64];
    if (value == NULL) {
        json_mistake(r->diag, row, "has no \"%s\"", name);
        return false;
    }
    if (value->kind != JSON_VALUE_NUMBER || value->number < 0) {
        json_mistake(r->diag, value, "is %s; a number of at least 0 fits here",
                     json_describe(value, found, sizeof found));
        return false;
    }
    *number = value->number;
    return true;
}

static void check_members(const struct reading *r, const struct json_value *object, const char *const *names,
                          size_t n)
{
    for (size_t i = 0; i < object->n; i++) {
        const char *key = object->items[i].key;
        bool known = false;
        for (size_t k = 0; k < n; k++)
            known = known || strcmp(key, names[k]) == 0;
        if (known) continue;
        const char *near = nearest_name(key, names, n);
        json_mistake_key(r->diag, &object->items[i], "unknown field%s%s%s",
                         near == NULL ? "" : "; did you mean \"", near == NULL ? "" : near,
                         near == NULL ? "" : "\"?");
    }
}

static size_t find_operation(const char *name)
{
    for (size_t i = 0; i < OPERATIONS_N; i++)
        if (strcmp(operations[i].name, name) == 0) return i;
    return OPERATIONS_N;
}

/* How many of the wanted unit one of the found unit is: 1000 for "us/record" where "ns/record" is kept. 0:
 * none. */
static double unit_scale(const char *found, const char *wanted)
{
    static const struct {
        const char *prefix;
        double ns;
    } times[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
    if (strcmp(found, wanted) == 0) return 1;
    if (strncmp(wanted, "ns", 2) != 0) return 0;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        size_t n = strlen(times[i].prefix);
        if (strncmp(found, times[i].prefix, n) == 0 && strcmp(found + n, wanted + 2) == 0) return times[i].ns;
    }
    return 0;
}

static bool known_confidence(const char *text)
{
    return strcmp(text, "measured") == 0 || strcmp(text, "published") == 0 || strcmp(text, "estimate") == 0;
}

static void read_row(struct reading *r, const struct json_value *row, const char *confidence,
                     const char *source)
{
    static const char *const members[] = {"operation", "unit", "value", "low",        "high",   "confidence",
                                          "source",    "note", "n",     "iterations", "cpu_ns", "bytes"};
    char found[64];
    if (row->kind != JSON_VALUE_OBJECT) {
        json_mistake(r->diag, row, "is %s; an object fits here", json_describe(row, found, sizeof found));
        return;
    }
    check_members(r, row, members, sizeof members / sizeof *members);
    struct calibration_row read = {
        .operation = text_member(r, row, "operation", NULL),
        .doc = "",
        .unit = text_member(r, row, "unit", NULL),
        .confidence = text_member(r, row, "confidence", confidence),
        .source = text_member(r, row, "source", source),
        .note = text_member(r, row, "note", ""),
        .file = row->file,
    };
    bool whole = number_member(r, row, "value", &read.value);
    whole = number_member(r, row, "low", &read.low) && whole;
    whole = number_member(r, row, "high", &read.high) && whole;
    if (read.operation == NULL) json_mistake(r->diag, row, "has no \"operation\"");
    if (read.unit == NULL) json_mistake(r->diag, row, "has no \"unit\"");
    if (read.source == NULL || *read.source == '\0')
        json_mistake(r->diag, row, "has no \"source\", nor has the file");
    if (read.confidence == NULL || !known_confidence(read.confidence))
        json_mistake(r->diag, row, "\"confidence\" must be \"measured\", \"published\" or \"estimate\"");
    if (whole && (read.value < read.low || read.value > read.high))
        json_mistake(r->diag, row, "the value %g is not within low %g and high %g", read.value, read.low,
                     read.high);
    if (read.operation == NULL || read.unit == NULL || !whole) return;

    size_t base_n = strcspn(read.operation, "/");
    const char *base = arena_strndup(r->arena, read.operation, base_n);
    size_t index = find_operation(base);
    if (index == OPERATIONS_N) {
        const char *names[OPERATIONS_N];
        for (size_t i = 0; i < OPERATIONS_N; i++)
            names[i] = operations[i].name;
        const char *near = nearest_name(base, names, OPERATIONS_N);
        json_mistake(r->diag, json_member(row, "operation"), "unknown operation \"%s\"%s%s%s", base,
                     near == NULL ? "" : "; did you mean \"", near == NULL ? "" : near,
                     near == NULL ? "" : "\"?");
        return;
    }
    double scale = unit_scale(read.unit, operations[index].unit);
    if (scale == 0) {
        json_mistake(r->diag, json_member(row, "unit"), "is \"%s\"; %s is in %s", read.unit, base,
                     operations[index].unit);
        return;
    }
    /* Sizes and throughputs are divided by. */
    if (strncmp(operations[index].unit, "bytes", 5) == 0 && read.value < 1)
        json_mistake(r->diag, json_member(row, "value"), "is %g; %s is at least 1", read.value, base);
    read.value *= scale;
    read.low *= scale;
    read.high *= scale;
    read.unit = operations[index].unit;
    if (read.operation[base_n] == '/') {
        if (r->others_n < CALIBRATION_ROWS_MAX) r->rows[OPERATIONS_N + r->others_n++] = read;
        return;
    }
    if (r->rows[index].file == row->file)
        json_mistake(r->diag, json_member(row, "operation"), "\"%s\" is given twice", base);
    read.doc = operations[index].doc;
    r->rows[index] = read;
    memcpy((char *)r->calibration + operations[index].offset, &read.value, sizeof read.value);
}

static void read_file(struct reading *r, const char *path)
{
    static const char *const members[] = {"calibration", "name",       "host",   "date",
                                          "about",       "confidence", "source", "rows",
                                          "fits",        "cells"};
    char error[FILE_ERROR_SIZE];
    char *text;
    size_t n;
    enum file_status status =
        file_read(path, CALIBRATION_SIZE_BYTES_MAX, r->arena, &text, &n, error, sizeof error);
    if (status != FILE_OK && status != FILE_EMPTY) {
        /* The file's name stands before the message already, so the message is without it. */
        size_t named = strlen(path);
        bool twice = !strncmp(error, path, named) && !strncmp(error + named, ": ", 2);
        diag_add(r->diag, path, DIAG_NO_POS, NULL, "%s",
                 status == FILE_NOT_FOUND ? "there is no such calibration"
                 : twice                  ? error + named + 2
                                          : error);
        return;
    }
    sha256_update(&r->hash, text, n);
    const struct json_value *root = json_read(path, text, n, r->arena, r->diag);
    if (root == NULL) return;
    char found[64];
    if (root->kind != JSON_VALUE_OBJECT) {
        json_mistake(r->diag, root, "is %s; a calibration is an object",
                     json_describe(root, found, sizeof found));
        return;
    }
    check_members(r, root, members, sizeof members / sizeof *members);
    const struct json_value *version = json_member(root, "calibration");
    if (version == NULL || !version->integral || version->integer != 1)
        json_mistake(r->diag, version == NULL ? root : version,
                     "this is no calibration of a form known here: \"calibration\" must be 1");
    const char *name = text_member(r, root, "name", NULL);
    if (name == NULL || *name == '\0') json_mistake(r->diag, root, "has no \"name\"");
    const struct json_value *rows = json_member(root, "rows");
    if (rows == NULL || rows->kind != JSON_VALUE_ARRAY) {
        json_mistake(r->diag, rows == NULL ? root : rows, "\"rows\" must be an array");
        return;
    }
    if (rows->n > CALIBRATION_ROWS_MAX) {
        json_mistake(r->diag, rows, "has %zu rows; at most %d fit", rows->n, CALIBRATION_ROWS_MAX);
        return;
    }
    const char *confidence = text_member(r, root, "confidence", NULL);
    const char *source = text_member(r, root, "source", NULL);
    /* Rows for people belong to one measurement: a later file of the same kind replaces them all. */
    r->others_n = 0;
    for (size_t i = 0; i < rows->n; i++)
        read_row(r, &rows->items[i], confidence, source);
    r->calibration->name = name;
    r->calibration->date = text_member(r, root, "date", "");
    const struct json_value *host = json_member(root, "host");
    if (host != NULL && host->kind != JSON_VALUE_OBJECT)
        json_mistake(r->diag, host, "is %s; an object fits here", json_describe(host, found, sizeof found));
    r->calibration->host_cpu = host == NULL ? "" : text_member(r, host, "cpu", "");
}

const struct calibration *calibration_load(const char *file, const char *data_dir, struct arena *arena,
                                           struct diag *diag)
{
    size_t before = diag_count(diag);
    struct reading r = {
        .calibration = ARENA_NEW(arena, struct calibration, 1),
        .arena = arena,
        .diag = diag,
        .rows = ARENA_NEW(arena, struct calibration_row, OPERATIONS_N + CALIBRATION_ROWS_MAX),
    };
    sha256_init(&r.hash);
    const char *last = file;
    for (int i = 0; i < SHIPPED_N; i++) {
        char path[FILE_PATH_SIZE];
        CHECK(file_join(data_dir, shipped[i], path, sizeof path), "the path of %s is too long", shipped[i]);
        const char *kept = arena_strdup(arena, path);
        if (file == NULL) last = kept;
        read_file(&r, kept);
    }
    if (file != NULL) read_file(&r, arena_strdup(arena, file));
    const bool readable =
        diag_count(diag) == before; /* else rows are missing because they could not be read */
    for (size_t i = 0; i < OPERATIONS_N && readable; i++)
        if (r.rows[i].operation == NULL)
            diag_add(diag, last, DIAG_NO_POS, "rows", "no file gives the cost of \"%s\" (%s)",
                     operations[i].name, operations[i].doc);
    if (diag_count(diag) != before) return NULL;
    uint8_t digest[SHA256_BYTES];
    sha256_final(&r.hash, digest);
    sha256_hex(digest, r.calibration->sha256);
    r.calibration->rows = r.rows;
    r.calibration->rows_n = OPERATIONS_N + r.others_n;
    return r.calibration;
}

bool calibration_reads(const char *operation)
{
    const size_t i = find_operation(operation);
    return i < OPERATIONS_N && !strncmp(operations[i].unit, "ns", 2);
}

const struct calibration *calibration_changed(const struct calibration *calibration, const char *name,
                                              const struct calibration_change *changes, size_t n,
                                              struct arena *arena)
{
    struct calibration *copy = ARENA_NEW(arena, struct calibration, 1);
    struct calibration_row *rows = ARENA_NEW(arena, struct calibration_row, calibration->rows_n);
    struct sha256 hash;
    *copy = *calibration;
    memcpy(rows, calibration->rows, calibration->rows_n * sizeof *rows);
    copy->rows = rows;
    copy->name = name;
    sha256_init(&hash);
    sha256_update(&hash, calibration->sha256, strlen(calibration->sha256));
    for (size_t i = 0; i < n; i++) {
        if (!calibration_reads(changes[i].operation)) continue;
        const size_t at = find_operation(changes[i].operation);
        const char *text = arena_printf(arena, "\n%s %.17g", changes[i].operation, changes[i].value);
        rows[at].value = rows[at].low = rows[at].high = changes[i].value;
        memcpy((char *)copy + operations[at].offset, &changes[i].value, sizeof changes[i].value);
        sha256_update(&hash, text, strlen(text));
    }
    uint8_t digest[SHA256_BYTES];
    sha256_final(&hash, digest);
    sha256_hex(digest, copy->sha256);
    return copy;
}

const struct calibration_row *calibration_find(const struct calibration *calibration, const char *operation)
{
    for (size_t i = 0; i < calibration->rows_n; i++)
        if (strcmp(calibration->rows[i].operation, operation) == 0) return &calibration->rows[i];
    return NULL;
}
