/* lake.h: tables in an object store: a manifest of every file, commits, ETL, compaction, tiers, retention.
 *
 * Tables. A raw table gets its files from a group (lake_file_landed). A table with `from` is curated: every
 * `every` it reads what landed since (all of it, also for the records of some `streams`), drops duplicates, and writes
 * the records by partition (date, hour, bucket of the campaign) sorted. Both may be compacted: every compaction.every the real planner (paths/compact.h) sees the
 * complete manifest, and what it chooses is rewritten. Sizes come from files really written
 * (compact_ladder), CPU from the calibration, requests and waiting from the object store (objectstore.h).
 *
 * Partitions that were planned without result and have not changed since are left out of the planner's input: its rules
 * look at one partition at a time, so the plan is the same. They are charged all the same.
 *
 * Commits. A table's commits are snapshots, with optimistic concurrency: one that began before another's was
 * made, and touches a partition that the other touched, conflicts; it begins again after a back-off of 100 ms,
 * doubled each time, and gives up after 4 retries or when a file it replaces is gone (Iceberg's
 * commit.retry.*). At the same instant, what ends comes before what begins. A compaction that gives up has worked for
 * nothing: its output is deleted. Records of an append that gives up go into the next one.
 *
 * Age. Once a day (at 00:00), or every hour where retention is under ten days: files whose records are all older than
 * the retention are deleted, files that have reached a tier's age are moved, and replaced files are deleted
 * that no kept snapshot needs; where the table has a vacuum, these wait for it: it lists all objects, a thousand a request. Age for tiers is since the object was written, as in S3's lifecycle rules.
 *
 * Time: ns of the lake's own clock, on which the run starts on a whole day (lake_feed.h). Records land as produced in [from, to], evenly; their event times are
 * earlier by the lateness of the options. Rows and bytes are exact integers: rows in = rows held + deleted +
 * duplicates + pending, always (CHECK). Ownership: all memory is the arena's. Determinism: latencies and back-offs are
 * drawn from streams named "lake/...". Cost: about a microsecond a file and event.
 */
#ifndef HEADROOM_MODELS_LAKE_H
#define HEADROOM_MODELS_LAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "objectstore.h"
#include "scenario.h"

struct arena;
struct calibration;
struct compact_rung;
struct lake;

struct lake_file {
    int64_t bytes, rows;
    sim_time min_event, max_event; /* of its records; calendar ns, < 0: before the run */
    sim_time created;              /* when its commit was made */
    sim_time class_since;
    int64_t snapshot; /* that added it, from 1 */
    uint64_t partition;
    int32_t date, hour, bucket; /* days since the run's first 00:00; LAKE_NOT_BY: not partitioned by it */
    enum object_class class;
    bool sorted;
    double min_key, max_key; /* of its partition's records in the order of keys: shares, 0 .. 1 (lake_layout.h) */
};

enum { LAKE_LATENESS_POINTS = 16, LAKE_NOT_BY = INT32_MIN };

/* Records of [from, to] can be read in a curated table; its source was read at read_at. */
typedef void lake_visible_fn(void *context, int table, sim_time visible, sim_time read_at, sim_time from, sim_time to,
                             int64_t rows);

struct lake_records { /* what a table's are like */
    const struct compact_rung *rungs; /* [COMPACT_LADDER_N]: bytes a record by records in the file */
    double row_bytes;                 /* a record's raw bytes */
    const sim_time *lateness_ns;      /* [LAKE_LATENESS_POINTS], equally likely; NULL: none is late */
};

struct lake_options {
    struct lake_records records;                     /* of every table but */
    struct lake_records tables[SCENARIO_TABLES_MAX]; /* those with rungs here */
    /* Which share of its source's records of [from, to] a table takes; NULL: all. */
    double (*share)(void *context, int table, sim_time from, sim_time to);
    /* Of a table's buckets, by table; NULL: all the same. They sum to 1. */
    const double *bucket_shares[SCENARIO_TABLES_MAX];
    lake_visible_fn *visible; /* may be NULL */
    void *context;
    uint64_t seed;
    bool plan_everything; /* the planner's input is the whole manifest each time: slow, for checking */
};

/* How long a partition's records come for: an hour, a day; 0: always. */
int64_t lake_partition_ns(const struct scenario_table *);
/* ETL and compaction make files of this size at most, where there is enough for one. */
int64_t lake_target_bytes(const struct scenario_table *);

struct lake *lake_new(const struct scenario *, const struct calibration *, const struct lake_options *, struct arena *);

/* A file of a raw table can be read from `now` on, which is not before what the lake was advanced to. `duplicates` of its
 * rows are copies that the curated tables drop. rows >= 1, bytes >= 0, from <= to <= now. */
void lake_file_landed(struct lake *, int table, sim_time now, int64_t bytes, int64_t rows, int64_t duplicates,
                      sim_time from, sim_time to);

/* Does all that is due before `until`. */
void lake_advance(struct lake *, sim_time until);

/* The files of the current snapshot, in the order in which they came; NULL after the last. Valid until the lake is advanced. */
const struct lake_file *lake_first(const struct lake *, int table);
const struct lake_file *lake_next(const struct lake *, int table, const struct lake_file *);
/* The same, from the newest on; their snapshots descend. */
const struct lake_file *lake_last(const struct lake *, int table);
const struct lake_file *lake_previous(const struct lake *, int table, const struct lake_file *);
/* The store takes so many times as long, or refuses every request until a time of the lake's clock; no compaction begins. */
void lake_store(struct lake *, double slow, sim_time down_until);
void lake_stop_compaction(struct lake *, int table, bool stopped);
/* Somebody else commits to the table too: so large a share of the lake's own commits comes too late, and conflicts. */
void lake_contend(struct lake *, int table, double share);
int64_t lake_snapshot(const struct lake *, int table); /* the current one; 0: none yet. It changes with the manifest. */

struct lake_held { /* of one class, or all: replaced files that a kept snapshot needs are in it */
    int64_t objects, bytes;
    int64_t billed_bytes;          /* with the class's floor and overhead */
    int64_t standard_bytes;        /* the archives' overhead at standard's price */
    double object_s, byte_s;       /* integrated over time */
    double billed_byte_s, standard_byte_s;
    double early_byte_s; /* billed: left the class before its least time */
    int64_t transitions; /* into it */
    int64_t retrieved_bytes;
    int64_t put_requests, get_requests;
};

struct lake_counts { /* since the beginning */
    int64_t files, bytes, rows; /* of the current snapshot */
    int64_t partitions;         /* that it has files in */
    int64_t rows_landed, rows_duplicate, rows_deleted, rows_pending; /* pending: read by no commit yet, or not landed yet */
    int64_t rows_copied; /* of those landed in a raw table: copies, which it holds like any other row */
    int64_t files_landed, bytes_landed; /* appended: by a group or by ETL */
    int64_t commits, conflicts, commits_failed;
    int64_t etl_runs;
    double etl_cpu_s, etl_s; /* s: from begin to commit */
    int64_t compactions, compactions_skipped, compactions_failed; /* skipped: the last one was still under way */
    int64_t plans, files_planned, groups, files_rewritten, bytes_rewritten, files_written, bytes_written;
    double compaction_cpu_s, compaction_s;
    int64_t files_expired, bytes_expired; /* by retention */
    int64_t vacuums, vacuum_lists, files_vacuumed; /* lists: requests, of a thousand objects each */
    double vacuum_s;
    int64_t peak_files;
};

struct lake_counts lake_counts(const struct lake *, int table);
/* What came between two readings; peak_files is the later's. What can fall (files, bytes, rows, partitions, rows_pending) may be
 * negative. */
struct lake_counts lake_counts_since(struct lake_counts, const struct lake_counts *before);
/* Up to what the lake was advanced to. */
struct lake_held lake_held(const struct lake *, int table, enum object_class);

struct lake_reading {
    sim_time at;
    struct lake_counts counts;
    struct lake_held held[OBJECT_CLASSES];
    int64_t waiting; /* of a settled one: files that landed while the compaction was under way */
};
struct lake_reading lake_reading(const struct lake *, int table);
/* When nothing last waited to be compacted: a compaction had ended, or found nothing to do. Between two such moments a table
 * grows as it does in the long run. Of a table that is not compacted, when its last ETL run ended, or now; zeros: not yet. */
struct lake_reading lake_settled(const struct lake *, int table);

/* Dollars of what was held and done so far, by the terms: storage (with floors, overheads, early deletion), requests,
 * transitions, retrieval. CPU is not in it. */
double lake_usd(const struct lake *, int table, const struct objectstore_terms *);

#endif
