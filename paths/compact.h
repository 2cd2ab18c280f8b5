/* compact.h: which files of a table to rewrite together, and rewriting them.
 *
 * Planning. A table of strategies, each a row of compact_strategies[]:
 *
 *     binpack       Iceberg's RewriteDataFiles with bin packing (BinPackRewriteFilePlanner,
 *                   SizeBasedFileRewritePlanner): files outside min .. max, or with many deletes; in each
 *                   partition packed next-fit, in the order given, into groups up to max_group_bytes; a group
 *                   is kept that has enough files, enough bytes, too many bytes or a file with many deletes
 *     optimize      Delta's OPTIMIZE (OptimizeTableCommand): files under min, or with too large a share of
 *                   deleted rows; in each partition ascending by size, packed next-fit into bins up to the
 *                   target; bins of one file dropped; a bin becomes one file
 *     auto-compact  Delta's auto compaction (AutoCompactUtils): optimize, with a smaller target, in those of
 *                   the partitions just written to that hold at least min_input_files small ones
 *     sort          Iceberg's RewriteDataFiles with its sort strategy: as binpack, but the records of a group
 * are sorted, here by time z-order       Delta's OPTIMIZE ZORDER BY: all files of a partition are one group,
 * of one file too, however large they are; it becomes bytes / target files, rounded down. recent_only: in
 * partitions just written to, as a WHERE would say clustering    Hudi's SparkSizeBasedClusteringPlanStrategy:
 * files under min; in each partition descending by size, packed next-fit into groups up to max_group_bytes;
 * the first max_groups of them
 *
 * A strategy also says in which order its outputs hold their records.
 *
 * Where Delta draws max_partitions of the partitions at random, we take those with most small files, the
 * first seen first among equals: a plan depends on its arguments alone. Partitions are kept apart and come in
 * the order in which their first file does.
 *
 * Executing. compact_execute() merges files of table_file.h: a tournament tree over their records, all
 * decompressed, compared, and compressed again; by time or along the Z-order curve, all are sorted together,
 * in memory. Output holds each record of the input exactly
 * once, however the input is cut; with `deduplicate`, of records that have an id, and the same key, time and
 * id, the first stays.
 *
 * Measuring. compact_measure() generates events and tells how many bytes each takes in small files, in the
 * same files sorted, and in one large sorted file. Expect the gain of size and not that of order: values are
 * opaque here and lie one after the other, and an event says little that another of its campaign says too, so
 * sorting by campaign costs about one percent (times are less regular); a columnar layout would gain.
 *
 * Units: bytes; times in milliseconds. Ranges: sizes 0 .. COMPACT_BYTES_MAX, up to COMPACT_FILES_MAX files.
 * Errors: a policy is checked by compact_policy_check(), in words for people; using one that does not pass is
 * a CHECK. compact_execute() returns the first damaged file and what is wrong with it, and then no output at
 * all. Ownership: everything returned is in the arena given, scratch memory of a plan too (some 40 bytes a
 * file): free it when the plan is done with. Cost: planning some tens of nanoseconds a file, packing with an
 * unlimited lookback more: files times open bins; executing as counted in struct compact_counts.
 */
#ifndef HEADROOM_PATHS_COMPACT_H
#define HEADROOM_PATHS_COMPACT_H

#include "event.h"
#include "record_batch.h"
#include "table_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum { COMPACT_FILES_MAX = 100000000 };
#define COMPACT_BYTES_MAX (INT64_C(1) << 50)

/* One data file of a table, as its manifest has it. */
struct compact_file {
    uint64_t partition;      /* files of different partitions are never merged */
    int64_t size_bytes;      /* >= 0 */
    int64_t records;         /* deleted ones included; 0: unknown */
    int64_t deleted_records; /* by deletes that name this file alone, or by its deletion vector */
    int64_t delete_files;    /* delete files, or deletion vectors, that apply to it */
    bool recent;             /* auto-compact, z-order: its partition was just written to */
};

/* Bin packing alone: Iceberg's BinPacking.ListPacker, Delta's BinPackingUtils and BinPackingIterator. */
struct compact_packing {
    int64_t target;     /* a bin holds at most this, or a single item */
    size_t lookback;    /* open bins; 1 is next-fit; 0: all are open, which is first-fit */
    size_t max_items;   /* in a bin; 0: no limit */
    bool largest_first; /* of too many open bins the largest is closed, not the oldest */
    bool from_end; /* packs from the last item to the first, so that the first bin is the one left over */
    bool ascending, descending; /* sorts by weight first (stable); at most one of them */
};

struct compact_bins {
    const uint32_t *items; /* indices of items, bin by bin */
    const size_t *starts;  /* bins_n + 1 places in items[] */
    size_t bins_n;
};

/* weights >= 0, n up to COMPACT_FILES_MAX. */
struct compact_bins compact_pack(const int64_t *weights, size_t n, const struct compact_packing *packing,
                                 struct arena *arena);

/* In which order groups are rewritten: Iceberg's rewrite-job-order. Stable. */
enum compact_order {
    COMPACT_ORDER_NONE,
    COMPACT_ORDER_BYTES_ASC,
    COMPACT_ORDER_BYTES_DESC,
    COMPACT_ORDER_FILES_ASC,
    COMPACT_ORDER_FILES_DESC,
};

/* In which order records lie in what is written. */
enum compact_layout {
    COMPACT_BY_KEY,     /* then time, as table_record_compare() has it: sorted files are merged */
    COMPACT_BY_TIME,    /* then key */
    COMPACT_BY_Z_ORDER, /* the ranges of key and time, interleaved */
};

struct compact_policy {
    const struct compact_strategy *strategy;
    int64_t target_bytes;     /* of an output file; >= 1 */
    int64_t min_bytes;        /* a smaller file is rewritten */
    int64_t max_bytes;        /* binpack: a larger one too */
    int64_t max_group_bytes;  /* binpack, clustering: of a group's input */
    int64_t max_group_files;  /* binpack: in a group; >= 1 */
    int64_t min_input_files;  /* binpack: a group of so many is worth it; auto-compact: small files that start
                               * it in a partition */
    int64_t delete_files_min; /* binpack: so many delete files and more; >= 0 */
    double deleted_share;     /* binpack: deleted rows reach this share; optimize: exceed it; 0 .. 1 */
    bool rewrite_all;         /* binpack: every file, every group */
    int64_t max_files;        /* binpack: rewritten in one plan; 0: no limit */
    int64_t max_partitions;   /* auto-compact: in one plan; >= 1 */
    int64_t max_groups;       /* clustering: in one plan; 0: no limit */
    bool single_groups; /* clustering: a group of one file is worth it (single.group.clustering.enabled) */
    bool recent_only;   /* z-order: in partitions just written to alone */
    enum compact_order order;
    enum compact_layout layout; /* the strategy's own, or another */
};

enum compact_reason { /* why a group is rewritten; bits */
                      COMPACT_ENOUGH_FILES = 1,
                      COMPACT_ENOUGH_BYTES = 2,
                      COMPACT_TOO_BIG = 4,
                      COMPACT_DELETES = 8,
                      COMPACT_ALL = 16,
};

struct compact_group {
    uint64_t partition;
    const uint32_t *files; /* indices of the files given */
    size_t files_n;
    int64_t size_bytes;
    int64_t records;
    int64_t outputs;          /* files expected to come of it */
    int64_t split_bytes;      /* the size to aim at for each */
    int64_t output_bytes_max; /* the size at which a writer begins another file; 0: never */
    unsigned reasons;
};

struct compact_plan {
    const struct compact_group *groups;
    size_t groups_n;
    /* Operations done, and sums over the groups. */
    int64_t files_seen;
    int64_t files_chosen;  /* that were candidates, in a group or not */
    int64_t partitions;    /* of the files seen */
    int64_t groups_packed; /* kept or not */
    int64_t files_in;
    int64_t bytes_in;
    int64_t files_out; /* expected */
};

struct compact_strategy {
    const char *name;
    const char *doc;
    enum compact_layout layout;
    int64_t default_target_bytes;
    /* Fills all other fields from target_bytes. */
    void (*defaults)(struct compact_policy *policy);
    /* NULL, or what is wrong. */
    const char *(*check)(const struct compact_policy *policy);
    void (*plan)(const struct compact_policy *policy, const struct compact_file *files, size_t n,
                 struct arena *arena, struct compact_plan *plan);
};

extern const struct compact_strategy compact_strategies[];
extern const size_t compact_strategies_n;
const struct compact_strategy *compact_strategy_find(const char *name); /* NULL if there is none */

/* The engine's own defaults at this target; 0: its default target. */
struct compact_policy compact_policy_default(const struct compact_strategy *strategy, int64_t target_bytes);
const char *compact_policy_check(const struct compact_policy *policy); /* NULL, or what is wrong */

void compact_plan(const struct compact_policy *policy, const struct compact_file *files, size_t n,
                  struct arena *arena, struct compact_plan *plan);

/* Iceberg's arithmetic for a group of so many bytes. */
int64_t compact_expected_outputs(const struct compact_policy *policy, int64_t bytes);
int64_t compact_write_max_bytes(const struct compact_policy *policy);
int64_t compact_split_bytes(const struct compact_policy *policy, int64_t bytes);

/* Groups in each commit but the last, with partial progress in at most max_commits (>= 1) of them. */
size_t compact_groups_per_commit(size_t groups_n, size_t max_commits);

/* Executing. */
struct compact_options {
    int64_t target_bytes; /* no output is larger, but for one of a single record; 0: no limit */
    int64_t group_bytes;  /* raw bytes of a row group; 0: COMPACT_GROUP_BYTES */
    int level;            /* zstd's, 1 .. 22; 0: outputs are not compressed */
    bool deduplicate;
    enum compact_layout
        layout; /* of the outputs; by another than the key they are files in arrival order to a reader */
};
enum { COMPACT_GROUP_BYTES = 8 * 1024 * 1024 };

/* Operations of one compact_execute(). */
struct compact_counts {
    int64_t files_in, files_out;
    int64_t bytes_in, bytes_out;
    int64_t records_in, records_out; /* in - duplicates = out */
    int64_t duplicates;
    int64_t decompressed_bytes; /* raw bytes got from zstd */
    int64_t compressed_bytes;   /* raw bytes given to zstd, again where a row group was halved */
    int64_t crc_bytes;
    int64_t comparisons; /* of records, by merging and sorting, not those that check the order of inputs */
};

struct compact_result {
    enum table_status status; /* TABLE_OK, or what is wrong with inputs[bad_input] */
    size_t bad_input;
    const struct table_file
        *files; /* in the layout's order: no record of one is after a record of the next */
    size_t files_n;
    struct compact_counts counts;
};

struct compact_executor; /* contexts and buffers, kept from call to call */
struct compact_executor *compact_executor_new(void);
void compact_executor_free(struct compact_executor *executor); /* NULL is allowed */

/* inputs: whole files, sorted or not; of one id_at (else TABLE_BAD_RECORD). n may be 0: then there is no
 * output; inputs without any record give none either. */
void compact_execute(struct compact_executor *executor, const struct compact_options *options,
                     const struct table_bytes *inputs, size_t n, struct arena *arena,
                     struct compact_result *result);

/* Measuring, on generated events keyed by campaign. */
struct compact_measure_options {
    enum event_format format;
    int32_t files;            /* >= 1 */
    int32_t records_per_file; /* 1 .. TABLE_GROUP_RECORDS_MAX */
    int64_t group_bytes;      /* 0: COMPACT_GROUP_BYTES */
    int level;
};

struct compact_sizes {
    int64_t records;
    double raw_bytes;             /* a record: key, time and value, laid out but not compressed */
    double arrival_bytes;         /* a record in the small files, in the order in which events came */
    double sorted_bytes;          /* a record in the same files, sorted */
    double compacted_bytes;       /* a record in the compacted file: sorted, all in one */
    struct compact_counts counts; /* of the compaction, of the files in arrival order */
};

struct compact_sizes compact_measure(struct compact_executor *executor, struct event_generator *generator,
                                     const struct record_batch_source *source,
                                     const struct compact_measure_options *options);

/* A file's bytes a record by how many records it holds: 1, 4, 16 ... 4^8, for a model to interpolate on the
 * logarithm. Takes about a second. */
enum { COMPACT_LADDER_N = 9 };
struct compact_rung {
    int64_t records;
    double arrival_bytes, sorted_bytes; /* a record */
};
void compact_ladder(struct event_generator *generator, const struct record_batch_source *source,
                    enum event_format format, int level, struct compact_rung rungs[COMPACT_LADDER_N]);
/* Size of a file of so many records (a fraction is fine: a mean; > 0); beyond the last rung as at the last.
 */
double compact_file_bytes(const struct compact_rung rungs[COMPACT_LADDER_N], double records, bool sorted);

#endif
