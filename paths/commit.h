/* commit.h: may a transaction be committed to a table that others have committed to meanwhile?
 *
 * Optimistic concurrency: a transaction has read a version of the table, and what was committed since is
 * checked against what it read and does. Two rules:
 *
 *     delta    ConflictChecker, write-serializable: others' metadata, files added where it read, files
 * deleted that it read or deletes itself, and application transactions that it depends on. One that only
 * rearranges data (dataChange=false: OPTIMIZE) is held to snapshot isolation: no file that others have added
 * matters iceberg  RewriteFiles: every file that it replaces must still be there (MergingSnapshotProducer,
 *              validateFilesExist), and none may have got row-level deletes since the snapshot it began with
 *              (validateNoNewDeletesForDataFiles)
 *
 * Files, partitions and applications are numbers of the caller's. What a predicate reads is a set of
 * partitions; or all.
 *
 * Retries: Iceberg tries a commit again that lost a race (commit.retry.num-retries, 4) after a back-off
 * doubled each time, within a total; a conflict it does not.
 *
 * Errors: none. Nothing is kept or allocated. Cost: sizes of the sets multiplied; they are small.
 */
#ifndef HEADROOM_PATHS_COMMIT_H
#define HEADROOM_PATHS_COMMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct commit_file {
    uint64_t file, partition;
};

struct commit_numbers {
    const uint64_t *all;
    size_t n;
};

struct commit_files {
    const struct commit_file *all;
    size_t n;
};

/* What a transaction did, or is to do. */
struct commit_change {
    struct commit_files added, removed;
    struct commit_numbers deletes_for;  /* data files that it adds row-level deletes for */
    struct commit_numbers applications; /* whose SetTransaction it writes */
    bool metadata;                      /* schema, partitioning or properties */
};

enum commit_rule { COMMIT_DELTA, COMMIT_ICEBERG };

struct commit_attempt {
    enum commit_rule rule;
    struct commit_change change;
    bool rearranges; /* delta: dataChange=false throughout */
    /* delta: what it has read. */
    bool read_table;                  /* all of it, whatever the partition */
    struct commit_numbers read;       /* partitions */
    struct commit_numbers read_files; /* files, of those that there were */
    struct commit_numbers depends_on; /* applications whose transactions it has read */
};

enum commit_conflict {
    COMMIT_OK,
    COMMIT_METADATA_CHANGED,  /* MetadataChangedException */
    COMMIT_CONCURRENT_APPEND, /* ConcurrentAppendException: a file was added where it had read */
    COMMIT_CONCURRENT_DELETE_READ,
    COMMIT_CONCURRENT_DELETE_DELETE,
    COMMIT_CONCURRENT_TRANSACTION,
    COMMIT_MISSING_FILES, /* "Missing required files to delete" */
    COMMIT_NEW_DELETES,   /* "found new delete for replaced data file" */
};
const char *commit_conflict_name(enum commit_conflict conflict);

/* winners: what was committed since the version that it read, in order. files: iceberg's, of the table as it
 * is now; delta needs none. */
enum commit_conflict commit_check(const struct commit_attempt *mine, const struct commit_change *winners,
                                  size_t winners_n, struct commit_numbers files);

/* Iceberg's defaults: 4, 100 ms, 60 s, 30 minutes. */
struct commit_retry {
    int retries;
    int64_t min_wait_ms, max_wait_ms, total_ms;
};
extern const struct commit_retry commit_retry_default;
/* How long to wait before trying again, after so many tries (>= 1) that took waited_ms; -1: it has failed.
 * Without the engine's jitter of up to a tenth. */
int64_t commit_retry_wait_ms(const struct commit_retry *retry, int tries, int64_t waited_ms);

#endif
