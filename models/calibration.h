/* calibration.h: what one operation costs, where that was measured or estimated, and how sure it is.
 *
 * Paths decide and count their operations; models multiply the counts by these nanoseconds. A calibration is
 * put together from three kinds of files, all of one form:
 *
 *   calibrations/<host>.json              our own paths, measured on a named host by `headroom bench`
 *   calibrations/engine-kafka-broker.json an engine profile: a broker's CPU cost, measured by `headroom calibrate kafka`
 *   calibrations/engine-kafka-estimates.json what no broker was measured for: clients, followers, stalls
 *   calibrations/engine-presto.json       the same of a query engine, and its reads' sizes
 *   calibrations/fixed-latencies.json     times that no CPU explains: round trips, disk, object store
 *
 *   {"calibration": 1, "name": "...", "host": {...}, "date": "...", "about": "...",
 *    "confidence", "source",                                      of the rows that have none of their own
 *    "rows": [{"operation", "unit", "value", "low", "high",       required: low <= value <= high, all >= 0
 *              "confidence": "measured" | "published" | "estimate", "source", "note"}],
 *    "fits": [...], "cells": [...]}                               for people: how well it fits, and what was measured
 *
 * A time may be given in ns, us, ms or s. Operations are rows of one table in calibration.c; one that is in
 * no row is a mistake with the nearest right name, except that a name with '/' after a known one
 * ("window.add/keys:1000") is kept for people alone. The user's file is read last and may override any row; a
 * row that no file has is a mistake.
 *
 * Units: nanoseconds of one core, or of waiting, an operation; ns_per_byte is one byte. Errors:
 * calibration_load() adds every mistake to diag with line and column and returns NULL. Ownership: everything
 * lives in the arena given.
 */
#ifndef HEADROOM_MODELS_CALIBRATION_H
#define HEADROOM_MODELS_CALIBRATION_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct diag;

struct calibration_row {
    const char *operation;
    const char *doc; /* what one operation is; "" for rows with '/' */
    const char *unit;
    double value, low, high;
    const char *confidence;
    const char *source;
    const char *note; /* "" if there is none */
    const char *file;
};

enum {
    CALIBRATION_PARTITIONERS = 14, /* as many as paths/partition.h has */
    CALIBRATION_AGGREGATES = 8     /* as paths/aggregate.h has */
};

struct calibration {
    const char *name; /* of the measured one */
    const char *host_cpu;
    const char *date;
    char sha256[65]; /* over all files' bytes, in reading order */

    /* Our own code: `native` engines, and producers' partitioning. Measured. */
    double partition_ns[CALIBRATION_PARTITIONERS]; /* a record with a key of a dozen bytes, by place in partition_rules[] */
    double window_add_ns;        /* a fold into a state of 100,000 keys */
    double window_triggered_ns;  /* the same where each key has windows of its own: triggers */
    double window_session_ns;    /* and sessions, merged, and dropped when they end */
    double window_sliding_ns;    /* and sliding windows, two of them */
    double aggregate_ns[CALIBRATION_AGGREGATES]; /* a record, by enum aggregate_kind; counting is none */
    double window_fire_pane_ns;  /* a pane given and its state dropped */
    double dedup_keep_ns;        /* an id looked up among 1,000,000 within the horizon */
    double event_encode_avro_ns; /* an event of 420 bytes */
    double event_decode_avro_ns;
    double event_encode_json_ns;
    double event_decode_json_ns;
    double zstd_compress_ns_per_byte; /* level 3; raw bytes */
    double zstd_decompress_ns_per_byte;
    double record_batch_encode_ns_per_record; /* without the codec */
    double record_batch_decode_ns_per_record;
    double crc32c_ns_per_byte;
    double compact_plan_ns_per_file;
    double compact_sort_ns_per_record;      /* the same, sorted by time in memory */
    double compact_z_order_ns_per_record;   /* and along the Z-order curve over key and time */
    double compact_merge_ns_per_record;     /* read, merged and written; CRC included, without the codec */
    double table_file_encode_ns_per_record; /* the same of writing and reading alone */
    double table_file_decode_ns_per_record;
    double log_cleaner_index_ns_per_record; /* a record of a dirty section: decoded, its key hashed into the map */
    double log_cleaner_copy_ns_per_record;  /* a record of what is cleaned: decoded, looked up, mostly left out */

    /* The broker's I/O threads (request handlers) and network threads, CPU time. */
    struct calibration_broker {
        double request_ns;       /* a produce request, on an I/O thread, whatever it holds */
        double batch_ns;         /* a batch, that is, a partition in it: validate, append, index, purgatory */
        double record_ns;        /* a record: validation walks them */
        double byte_ns;          /* a byte: CRC, copy to the page cache */
        double decompress_batch_ns; /* a compressed batch, beside batch_ns: it is decompressed to be validated */
        double decompress_byte_ns;  /* a byte of it, uncompressed */
        double fetch_request_ns;   /* a fetch request of a consumer or follower, on an I/O thread */
        double fetch_partition_ns; /* a partition of its session that has data */
        double fetch_idle_ns;      /* one that has none: it is looked at all the same */
        double fetch_byte_ns;      /* a byte sent */
        double network_request_ns; /* a produce request and its response, on a network thread */
        double network_batch_ns;   /* a batch in it */
        double network_byte_ns;    /* a byte received there */
        double network_fetch_request_ns;
        double network_fetch_partition_ns; /* a partition's data is sent by itself, from the log's file */
        double network_fetch_byte_ns;      /* a byte sent there */
        double follower_batch_ns;  /* a batch appended by a replica fetcher thread */
        double follower_byte_ns;
        double stall_interval_ns; /* waiting, not computing: between stalls in which nothing is served, */
        double stall_p90_ns;      /* and how long nine of ten last at most */
    } kafka_broker;

    /* What the controller takes until a change of who leads is known, beside its base. */
    struct calibration_controller {
        double kraft_partition_ns;     /* a partition that changes */
        double zookeeper_leader_ns;    /* a leader, its nodes written one after another; writes pipelined: */
        double zookeeper_pipelined_leader_ns;
        double zookeeper_failover_ns;  /* a partition that a new controller loads */
    } kafka_controller;

    /* Kafka's client library around our code, CPU time on the client's thread. */
    struct calibration_producer_client {
        double record_ns; /* into the accumulator */
        double batch_ns;
        double request_ns;
    } kafka_producer_client;
    struct calibration_consumer_client {
        double request_ns; /* a fetch */
        double batch_ns;
        double record_ns;
        double byte_ns;
    } kafka_consumer_client;

    /* A query engine of coordinator and workers; see query.h. */
    struct calibration_query_engine {
        double plan_ns; /* waiting, not computing */
        double coordinator_query_ns;
        double coordinator_split_ns;
        double split_ns;     /* on a worker's core */
        double scan_byte_ns; /* the same; a stored byte of the columns read */
        double split_bytes;  /* of a file */
        double small_file_bytes; /* up to here a file is read whole with one request */
        double footer_bytes;     /* read of a larger one, by each split */
        double read_max_bytes;   /* a request */
        double read_merge_bytes; /* column chunks up to here are read together */
    } presto;

    /* Waiting, not computing. */
    struct calibration_latency {
        double rtt_same_zone_ns;
        double rtt_cross_zone_ns;
        double page_cache_append_ns; /* a write that the page cache takes: the common case */
        double disk_write_ns;        /* a write that waits for the device */
        double disk_read_ns;         /* a cold read's first byte */
        double object_put_p50_ns;    /* an object of about 500 KiB */
        double object_put_p95_ns;
        double object_put_p99_ns;
        double object_get_first_byte_p50_ns; /* 4 KiB */
        double object_get_first_byte_p95_ns;
        double object_get_first_byte_p99_ns;
        double object_put_bytes_per_s; /* one request's stream */
        double object_get_bytes_per_s;
    } latency;

    const struct calibration_row *rows; /* those in force, in the table's order, then those with '/' */
    size_t rows_n;
};

enum { CALIBRATION_SIZE_BYTES_MAX = 1024 * 1024, CALIBRATION_ROWS_MAX = 1000 };

/* The calibration shipped, with `file` (NULL: none) over it. data_dir is the directory that holds
 * calibrations/. */
const struct calibration *calibration_load(const char *file, const char *data_dir, struct arena *arena,
                                           struct diag *diag);

/* A copy with other costs of some operations, in the units that the struct keeps; the name and the hash say so. An operation
 * that is in no row of the table, or one with '/', is passed over. */
struct calibration_change {
    const char *operation;
    double value;
};
const struct calibration *calibration_changed(const struct calibration *calibration, const char *name,
                                              const struct calibration_change *changes, size_t n,
                                              struct arena *arena);

/* Is there an operation of that name that models read, in nanoseconds of our own code or of an engine? */
bool calibration_reads(const char *operation);

/* The row of an operation, or NULL. */
const struct calibration_row *calibration_find(const struct calibration *calibration, const char *operation);

#endif
