/* record.h: the run record — all that a run found out, in plain structs. Models and studies fill it, reports
 * and figures read it and nothing else, so that any output can be rebuilt from result.json without simulating
 * again.
 *
 * Shapes: one struct for each object of the JSON document, with the same names; lists are a pointer and a
 * count (`faults`, `faults_n`) and keep the order in which they were filled, which is that of the document's
 * keys.
 *
 * Units: seconds, bytes, records and US dollars, as the last word of the name says; shares are 0..1. Times of
 * a fault and of the series count from the start of the run (which is run.start_s after midnight).
 *
 * What is not known is said, never guessed: a figure that was not filled is unknown (memory from an arena is
 * zeroed, and a zeroed record_number is unknown, not 0), and is written as null. Every null of the document
 * has its reason in the top-level object "reasons", under its JSON pointer (RFC 6901):
 * {"/latency/produce/p99.99": "..."}. A reason at a column of the series ("/series/lag.ctr") stands for every
 * null in it.
 *
 * Ownership: everything a record points at lives in the caller's arena (or longer), except scenario.resolved,
 * a jansson value the record only borrows; see record_read() for the one exception.
 *
 * Errors: figures that do not add up, or are not finite, are a bug of whoever filled them: writing crashes
 * (CHECK). The same in a file that is read is a mistake in the file and is reported.
 */
#ifndef HEADROOM_RECORD_RECORD_H
#define HEADROOM_RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct diag;
struct json_t; /* jansson */

enum { RECORD_VERSION = 1 };

/* A figure, or why there is none. All zeroes: unknown, for the reason RECORD_NOT_FILLED. */
struct record_number {
    double value;
    bool known;
    const char *why_null; /* used when !known; NULL stands for RECORD_NOT_FILLED */
};
#define RECORD_NOT_FILLED "not measured by this version"

/* CHECKs that value is finite. */
struct record_number record_known(double value);
/* The reason is one short sentence without full stop. */
struct record_number record_unknown(const char *why_null);
/* Known if value is finite, else unknown. */
struct record_number record_maybe(double value, const char *why_null);

/* A text, or why there is none. */
struct record_text {
    const char *text; /* NULL: none */
    const char *why_null;
};

/* An interval. Not known and no reason: left out of the document; with a reason: null. */
struct record_interval {
    double low, high;
    bool known;
    const char *why_null;
};

struct record_named_number {
    const char *name;
    struct record_number number;
};

struct record_named_count {
    const char *name;
    int64_t count;
};

struct record_file {  /* an input, by name and content */
    const char *name; /* NULL: none was used; written as null */
    const char *sha256;
    const char *why_null;
};

/* One distribution over records: latency of a stage, or freshness or staleness of an output. */
enum record_figure {
    RECORD_MEAN,
    RECORD_P50,
    RECORD_P75,
    RECORD_P95,
    RECORD_P99,
    RECORD_P99_9,
    RECORD_P99_99,
    RECORD_MAX,
    RECORD_FIGURES
};
extern const char *const record_figure_names[RECORD_FIGURES]; /* "mean", "p50", ..., "p99.99", "max" */

struct record_distribution {
    const char *name; /* latency: "produce", "end_to_end.<group>"; freshness, staleness: the output's name */
    const char *unit; /* "s" */
    int64_t count;    /* records (for staleness: moments) behind it */
    struct record_number figure[RECORD_FIGURES];
    struct record_interval ci95[RECORD_FIGURES]; /* over replications */
};

/* A class of queries. Counts are of those that arrived after the warm-up, of all replications together. */
struct record_query {
    struct record_distribution latency; /* arrival to end, of those completed; its name is the class's */
    struct record_distribution queue_wait; /* of the same: in line, for the coordinator, for the first slot */
    const char *engine, *table;
    int64_t arrived, completed, refused, unfinished; /* arrived = completed + refused + unfinished */
    int64_t planned;
    int64_t files_considered, files_read; /* of those planned; considered: all of the table's */
    int64_t files_archived;               /* wanted, but passed over: in an archive, not readable at once */
    int64_t rows_read;                    /* rows of the files read */
    int64_t splits;
    int64_t get_requests, get_refused; /* refused: with 503, for a prefix's request limit */
    double bytes_scanned;              /* of the columns wanted */
    double bytes_read;                 /* with footers, and small files whole */
    double cpu_s;                      /* of workers */
};

enum record_verdict { RECORD_INCONCLUSIVE, RECORD_MET, RECORD_MISSED };

struct record_objective {
    const char *text;                      /* as the scenario has it */
    const char *metric;                    /* "freshness.ctr.p99" */
    const char *during;                    /* "all", "steady", or a fault's id */
    struct record_number value, low, high; /* the 95 % interval over replications */
    const char *unit;                      /* "s", "records", "usd", "" for a plain number or share */
    double target;
    enum record_verdict met; /* written as true, false, or null with why_null */
    const char *why_null;
    /* Unless its interval straddles the target, left out: about how many replications more would settle it; unknown: too
     * many. */
    struct record_number replications_needed;
};

struct record_group {
    const char *name;
    int64_t delivered;
    int64_t duplicated;                 /* beside the identity: delivered more than once */
    int64_t lost;                       /* = sum of lost_by */
    struct record_named_count *lost_by; /* "retention", "unclean_election", ... */
    int lost_by_n;
    int64_t in_flight;
    int64_t dropped_late; /* delivered, then refused by a window */
    struct record_number deduplicated; /* removed, for their ids were there before; left out where nobody looks */
    int64_t reordered;
};

/* What a consumer group went through, in the whole run: means over replications; numbers of partitions are the first one's. */
enum record_group_figure {
    RECORD_REBALANCES, /* that came to their end; then how long they took, from the cause to the last assignment: */
    RECORD_REBALANCING_S,
    RECORD_REBALANCE_LONGEST_S,
    RECORD_PARTITION_SECONDS_STOPPED, /* partitions that nobody read */
    RECORD_EXPELLED,                  /* members that did not poll within max.poll.interval.ms */
    RECORD_PEAK_LAG_RECORDS,
    RECORD_PEAK_LAG_S, /* since the oldest record not processed was appended */
    RECORD_PEAK_LAG_SKEW, /* at the peak, the partition with the most over the mean; its number; its lag: */
    RECORD_PEAK_LAG_PARTITION,
    RECORD_PEAK_LAG_PARTITION_RECORDS,
    RECORD_END_LAG_RECORDS,
    RECORD_END_LAG_S,
    RECORD_CLEAR_LAG_S, /* the longest stretch in which it was behind; the partition that cleared last: */
    RECORD_CLEAR_LAG_PARTITION,
    RECORD_INSTANCES_MEAN, /* as they are billed */
    RECORD_INSTANCES_PEAK,
    RECORD_GROUP_FIGURES
};

struct record_consumption {
    const char *name; /* the group's */
    struct record_number figure[RECORD_GROUP_FIGURES];
};

struct record_utilization {
    const char *resource;            /* "broker.cpu", "broker.disk", "broker.network", "group.<name>.cpu",
                                      * "producer.<name>.cpu", "engine.<name>.slots", "engine.<name>.coordinator" */
    struct record_number mean, peak; /* shares */
};

struct record_invoice_line {
    const char *item;
    double quantity;
    const char *unit;
    double unit_usd;
    double usd;
};

struct record_occurrence { /* of a fault that can happen more than once */
    double at_s;
    const char *scope; /* "broker 7" */
    struct record_number for_s, detected_s, recovered_s, peak_lag_records, clear_lag_s, staleness_minutes; /* as of a fault */
};

/* A fault: figures are means over its occurrences, of all replications; those named _max the largest of them, left out where
 * no replication had two. */
struct record_fault {
    const char *id;
    const char *kind;                 /* "broker_down" */
    const char *scope;                /* "broker 7" */
    struct record_number at_s;        /* the first, in the first replication; from the start of the run */
    struct record_number occurrences; /* in a replication */
    struct record_number skipped;     /* in a replication; left out if none was: what it strikes was down already */
    struct record_number for_s;       /* how long the fault itself lasts */
    struct record_number detected_s;  /* from its beginning to the moment the system noticed */
    struct record_number recovered_s, recovered_max_s; /* from its beginning to everything serving as before */
    struct record_number peak_lag_records, peak_lag_max_records;
    struct record_text peak_lag_group;      /* the group that had the most */
    struct record_number clear_lag_s, clear_lag_max_s; /* from its beginning to lag back where it was */
    struct record_number staleness_minutes, staleness_max_minutes; /* by which outputs were staler than without it */
    /* While it was in effect; records lost and duplicated by all groups together. */
    struct record_number partition_seconds_down, requests_failed, requests_retried, rejected, lost, duplicated;
    struct record_number replicas_to_move, replicas_moved, bytes_to_move, bytes_moved; /* brokers_added; else left out */
    struct record_number invoice_usd; /* of all its occurrences in a replication */
    struct record_occurrence *each; /* of the first replication, RECORD_OCCURRENCES_MAX at most; none if it happens but once */
    int each_n;
    struct record_invoice_line *invoice;
    int invoice_n;
};

enum { RECORD_OCCURRENCES_MAX = 100 };

struct record_storage {
    const char *name; /* "log", "log.<topic>", "remote.<topic>", "lake.standard" */
    struct record_number bytes;
    struct record_number objects; /* !known and why_null NULL: it has no objects; left out */
    /* Provisioned, and how full the fullest volume is after the month's busiest stretch of retention; the same way left out
     * where nothing is provisioned. */
    struct record_number capacity_bytes, full_share;
    /* Of a compacted topic's log ("log.<topic>"; left out elsewhere): what the brokers' cleaners did in the run, all replicas,
     * one replication; the share of the log that was dirty when it was dirtiest; half of the 95 % interval of how many records
     * stay, by the sample of keys, relative; where streams have tombstones, how many the cleaned parts hold in the end, one replica
     * each. */
    struct record_number cleanings, cleaned_bytes, written_bytes, dirty_ratio_max, kept_error, tombstones;
    /* Of a tiered topic's segments in the object store ("remote.<topic>"; left out elsewhere): what brokers copied there and read
     * of it in the run, one replication; late: reads that fetches did not wait for (remote.fetch.max.wait.ms). */
    struct record_number copied_bytes, read_bytes, reads_late;
};

/* A table of the lake. What happened is counted since the run began, its past left out; of the first replication. */
struct record_table {
    const char *name;
    int64_t files, bytes, rows; /* of the current snapshot, at the end */
    int64_t files_landed, rows_landed;
    int64_t rows_duplicate; /* copies that making the table left out */
    int64_t commits, conflicts, commits_failed; /* conflicts: began again after somebody else's commit; failed: gave up */
    int64_t etl_runs;
    int64_t compactions, compactions_skipped, compactions_failed; /* skipped: the last one was still under way */
    int64_t files_rewritten, files_written;
    int64_t files_expired; /* by retention */
};

struct record_cost_line {
    const char *item;
    double quantity; /* a month's */
    const char *unit;
    const char *price_id;
    struct record_number unit_usd; /* unknown: the price book has no such price */
    struct record_number usd;
    const char *confidence; /* "verified", "recalled", "missing": as the price book has it */
};

/* A column of the series. Names and units are fixed, so that files and figures know what they draw:
 *   produced_per_s, rejected_per_s     records/s
 *   consumed_per_s.<group>             records/s
 *   lag.<group>                        records
 *   instances.<group>                  instances in service, of a group that scales; the most in the step
 *   freshness.<output>                 s; mean over the records made visible in the step
 *   staleness.<output>                 s; at its worst in the step
 *   utilization.<resource>             share
 *   files.<table>, bytes.<table>       files, bytes of the current snapshot, at the end of the step
 *   files_rewritten.<table>            files that compactions replaced in commits made in the step
 * Other names are kept and written, and drawn nowhere. */
struct record_column {
    const char *name;
    const double *values; /* series.n of them; NaN is null */
    const char *why_null; /* for the NaNs */
};

struct record_grid { /* whole numbers; written as a list of rows */
    int rows, columns;
    const int64_t *values; /* [rows][columns] */
};

/* A group's lag by partition along the run, at a resolution fit to be drawn. A value is the largest lag that any of the
 * row's partitions had in the step. */
struct record_lag {
    const char *group;
    int partitions;
    int partitions_per_row; /* >= 1, consecutive; the last row may have fewer */
    double step_s;
    struct record_grid records; /* a row for each partitions_per_row partitions, a column for each step from 0 */
};

struct record {
    struct {
        const char *name, *version, *build_sha256;
    } tool;
    struct {
        const char *name;
        struct record_text question;
        const char *sha256;
        const struct json_t *resolved; /* an object; borrowed */
    } scenario;
    struct {
        uint64_t seed;
        int replications;
        const char *resolution; /* "record", "request", "sampled" */
        struct record_file calibration, prices;
        struct record_file *plugins;
        int plugins_n;
    } inputs;
    struct {
        double start_s;     /* time of day at which the run starts, seconds from midnight */
        double simulated_s; /* of one replication */
        int replications;   /* finished */
        double warmup_s;    /* left out of every figure that says so */
        const char *warmup_by; /* "stated", "mser-5" */
        /* Left out unless the scenario asks for a precision: what it asks for, and the widest half width reached of the
         * metrics that count, relative to the mean. */
        struct record_number precision, precision_reached;
        int64_t events;     /* records produced, one replication */
        int64_t kernel_events;
        struct record_number fraction_simulated;
        bool partial; /* interrupted, or out of memory */
        const char *partial_why;
    } run;
    enum record_verdict verdict;
    const char *answer; /* one line */
    struct record_objective *objectives;
    int objectives_n;
    struct {
        struct record_number peak_per_s, mean_per_s, raw_bytes_per_s, wire_bytes_per_s, compression,
            batch_records_mean, requests_per_s, partitions_per_broker;
    } load;
    struct record_distribution *latency;
    int latency_n;
    struct record_distribution *freshness;
    int freshness_n;
    struct record_distribution *staleness;
    int staleness_n;
    struct record_query *query;
    int query_n;
    struct {
        /* Of one replication, or of all added, as notes[] says; for every group, to the record:
         * produced = rejected + delivered + lost + in_flight. */
        int64_t produced, rejected;
        struct record_named_count *rejected_by; /* "buffer_full", ...; those that are not 0 */
        int rejected_by_n;
        struct record_number spilled; /* records that went through a spill; left out where nothing may spill */
        struct record_number spill_peak_bytes; /* of the fullest instance's; the same */
        /* Of transactional producers; left out where there are none. */
        struct record_number transactions;         /* committed */
        struct record_number transaction_commit_s; /* from the commit's beginning to the next record sent */
        struct record_number transactions_timed_out;   /* of producers that ran; left out where none was */
        struct record_number transaction_paused_share; /* of a producer's time: what one that sends all it can loses */
        struct record_named_count *requests_failed; /* produce requests, by Kafka's name of the error; those that are not 0 */
        int requests_failed_n;
        int64_t requests_retried; /* of those, the ones whose records were sent again */
        struct record_group *groups;
        int groups_n;
    } delivery;
    struct record_consumption *groups;
    int groups_n;
    struct {
        struct record_number produce, partitions; /* shares of time or attempts */
    } availability;
    struct record_utilization *utilization;
    int utilization_n;
    struct {
        struct record_text resource;
        struct record_number utilization;
        struct record_text why;
    } bottleneck;
    struct {
        struct record_number load_factor, n_minus_1;
        struct record_text breaks_first;
    } headroom;
    struct record_fault *faults;
    int faults_n;
    struct {
        struct {
            struct record_text name; /* none: the path was not used, and is written as null */
            int64_t calls;
            struct record_text sample; /* of what the calls were made, in words */
            struct record_number skew_max_over_mean;
            struct record_number share_error; /* standard error of the largest share, relative; unknown: it is exact */
        } partition;
        struct {
            struct record_text name;
            int64_t folded, panes, late; /* folded: the calls */
            int64_t keys, keys_followed; /* there are, and the operator sees */
            struct record_text sample;
            struct record_number sample_error; /* of a sum that counts each key once, as panes do at most: relative standard error */
            struct record_number partials; /* panes that are one of several of a key; unknown: none is */
            struct record_number state_bytes; /* what a checkpoint held at most; unknown: of plain windows on a grid it is not told, or there was none */
        } window;
        struct { /* left out where no group removes duplicates */
            struct record_text name;
            int64_t looked_up, removed; /* calls, on ids followed */
            struct record_text sample;
            struct record_number sample_error; /* of the share of copies that is removed: standard error */
            double ids_max, memory_bytes_max, checkpoint_bytes_max; /* scaled up; of all groups that remove */
        } dedup;
        struct {
            struct record_text name;
            int64_t plans, files_planned; /* calls, and the files that they saw, each time anew */
            struct record_text sample;
            int64_t files_in, files_out, bytes_in, bytes_out;
        } compact;
    } paths;
    struct record_storage *storage;
    int storage_n;
    struct record_table *tables;
    int tables_n;
    struct {
        struct record_number month_usd; /* = sum of the lines; unknown if a line is */
        struct record_number low_usd, high_usd, per_million_events_usd;
        struct record_cost_line *lines;
        int lines_n;
    } cost;
    struct { /* what it costs a month that the decision's output is too stale in steady state; faults have invoices */
        struct record_text output;
        struct record_number stale_after_s;
        struct record_number stale_share; /* of steady time, in which the output's staleness is above stale_after_s */
        struct record_number minutes_a_month;
        struct record_number usd_per_minute, month_usd;
    } delay;
    struct {
        /* What the resolution is known to change, of a measured case like this run: relative differences of percentiles,
         * each with half of its 95 % interval. bias_*: from the next finer resolution, at `record` 0 by definition;
         * request_bias_*: at `sampled` also from request to record. */
        struct record_named_number *resolution;
        int resolution_n;
        struct record_text resolution_case;
        struct record_file measured;
        struct record_named_number *sampling;
        int sampling_n;
    } error;
    struct {
        double step_s;
        int n;
        const double *t; /* s from the start of the run, ascending */
        struct record_column *columns;
        int columns_n;
    } series;
    struct record_lag *lag_by_partition;
    int lag_by_partition_n;
    const char *const *notes; /* one line each: defaults that mattered, sampling, limits of the models */
    int notes_n;
    struct { /* the only part that may differ between two runs of the same inputs */
        double wall_s;
        double simulated_per_wall; /* simulated seconds, all replications added, over wall seconds */
    } host;
};

/* Do the accounts add up? Conservation for every group and of lost_by, no negative count, money to its lines,
 * every column as long as t, every grid of lag as large as its partitions ask for. On false, `why` (of n bytes) says what does not. */
bool record_adds_up(const struct record *, char *why, size_t n);

/* The unit of a series column by its name: "records/s", "records", "s", "share", "files", "bytes", or "" for a name that is not
 * ours. */
const char *record_column_unit(const char *name);
/* The part after the kind: record_column_of("lag.ctr", "lag") is "ctr"; NULL if the column is of another
 * kind. */
const char *record_column_of(const char *name, const char *kind);
/* NULL if there is none of that name. */
const struct record_column *record_column_find(const struct record *, const char *name);

/* What one query of the class has of a total over those planned. */
struct record_number record_each_query(const struct record_query *, double total);

const char *record_verdict_name(enum record_verdict); /* "met", "missed", "inconclusive" */

/* Every null of the document with its reason, in the order of the document, under JSON pointers. */
struct record_reason {
    const char *pointer, *why;
};
int record_reasons(const struct record *, struct arena *, const struct record_reason **reasons);

/* The document. Keys in the order of the structs above; integers as integers; doubles in the fewest digits
 * (at most 17) that read back as the same double; lists of plain values on one line; ends with a newline. The
 * same record gives the same bytes on every machine. `with_host` false leaves `host` out. CHECKs
 * record_adds_up(). The text lives in the arena; *n is its length. Cost: milliseconds for a megabyte. */
char *record_write(const struct record *, bool with_host, struct arena *, size_t *n);

/* Read a document back. `file` is its name for messages. Returns NULL after adding to diag what is wrong:
 * JSON syntax, a member missing or of the wrong kind (at its JSON pointer), accounts that do not add up. What
 * record_write() wrote reads back to a record that writes the same bytes (with host, if it was there:
 * *had_host, may be NULL). Unlike a record that was filled, this one owns scenario.resolved: give it
 * back with record_release(). */
struct record *record_read(const char *file, const char *text, size_t n, struct arena *, struct diag *,
                           bool *had_host);
void record_release(struct record *);

#endif
