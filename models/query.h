/* query.h: queries of a Presto- or Trino-like engine on a table's files: how long they take, what they read.
 *
 * A query, from its arrival to its last split:
 *
 *   admitted  At most `concurrent` queries run at once; the others wait in line, at most QUERY_WAITING_MAX,
 *             and what comes then is refused.
 *   planned   Files whose [min_event, max_event] meets [arrival - window, arrival) are kept, of one bucket
 *             where the class selects one, of files sorted by key those that its key may be in, but for those in an archive, which are passed over. Then a core of the coordinator for coordinator.query and a
 *             coordinator.split for each split, and `plan` of waiting.
 *   split     A file is cut every split.size bytes. A split holds a slot, a worker's core, to its end.
 *   read      A file up to file.small: one GET of it all. A larger one, by each split: a GET of the footer,
 *             then the columns' bytes, with GETs of their own for columns whose chunks are above read.merge,
 *             none above read.max. One after the other.
 *   scanned   split + scan x the columns' bytes x the class's cpu_factor, on the slot's core.
 *
 * Slots. A free slot takes a split of the query that holds the fewest slots, of these the one that has begun
 * the fewest splits, of these the one that came first. So queries share the cluster evenly and a dashboard is
 * not stuck behind scans of everything, which is what Trino's multilevel feedback queue is for.
 *
 * Requests. First byte, throughput, the request limit of a prefix and the back-off after a 503 are the object
 * store's (objectstore.h); this store has no other users.
 *
 * Arrivals. Poisson around a rate curve, exact by thinning (Lewis & Shedler 1979).
 *
 * Not in it: row groups skipped inside a file, caches, joins' exchanges, memory limits, workers that fail,
 * stages after the scan (cpu_factor stands for what they cost). A slot waits for its reads, where an engine
 * would run other threads on that core: the model is pessimistic where reads are many.
 *
 * Time: calendar ns since the start of the run. Every draw belongs to a stream named "query/...", and what
 * happens does not depend on how the time is cut into calls. Errors: bugs only (CHECK). Ownership: the
 * arena's; tables are the caller's and read during the call only. Cost: about 1 ns to prune a file or a span for
 * a query, 0.2 us a request.
 */
#ifndef HEADROOM_MODELS_QUERY_H
#define HEADROOM_MODELS_QUERY_H

#include <stdint.h>

#include "calibration.h"
#include "histogram.h"
#include "objectstore.h"
#include "sim_time.h"

struct arena;
struct key_order;
struct query;
struct rate_curve;

enum {
    QUERY_CLASSES_MAX = 32,
    QUERY_CONCURRENT_MAX = 1000,
    QUERY_WAITING_MAX = 5000,
    QUERY_SLOTS_MAX = 65536
};

struct query_file {
    int64_t bytes, rows;
    sim_time min_event, max_event; /* of its records, both included */
    float min_key, max_key;        /* of its bucket's records in the order of keys: shares, 0 .. 1 */
    int32_t bucket;                /* -1: not partitioned by it */
    int16_t prefix;                /* of the object store */
    int16_t class;                 /* enum object_class: one that is not readable at once is passed over */
};

/* What a query can see of a table. Spans bound the event times of QUERY_SPAN_FILES files each, so that those of
 * another time are passed over together; NULL: each file is looked at. */
enum { QUERY_SPAN_FILES = 64 };
struct query_span {
    sim_time min_event, max_event;
};
struct query_table {
    const struct query_file *files;
    int64_t n;
    const struct query_span *spans; /* [n / QUERY_SPAN_FILES, rounded up] */
};

struct query_class {
    const char *name;
    int table;                     /* that it reads: an index into query_run_until()'s */
    const struct rate_curve *rate; /* queries a second; its time 0 is the run's start */
    sim_time window;               /* back from the arrival; 0: no bound */
    int columns, columns_total;    /* 1 <= columns <= columns_total; all equally wide */
    double cpu_factor;             /* 1: a filter and an aggregation */
    int buckets;                   /* > 0: a query wants one of so many, drawn by bucket_shares */
    const double *bucket_shares;   /* [buckets], sum 1; NULL: all the same */
    const struct key_order *keys;  /* a query wants one key, drawn by its records; NULL: all of them */
};

/* A query that is counted has ended; or is refused, and never will (SIM_NEVER). */
typedef void query_done_fn(void *context, int query_class, sim_time arrival, sim_time end);

struct query_options {
    const char *name; /* the engine's: its requests are drawn from a stream of this name */
    const struct query_class *classes;
    int classes_n;
    int workers, vcpus; /* slots = workers x vcpus */
    int coordinator_vcpus;
    int concurrent;          /* 1..QUERY_CONCURRENT_MAX */
    int tables;              /* that the classes read */
    int prefixes;            /* of the object store that the files lie under */
    sim_time measure_from;   /* queries that arrive before are served, and not counted */
    sim_time arrivals_until; /* SIM_NEVER: no end */
    query_done_fn *done;     /* may be NULL */
    void *context;
    uint64_t seed;
};

/* Of one class, of the queries that arrived from measure_from on. */
struct query_result {
    int64_t arrived, completed, refused, unfinished; /* arrived = completed + refused + unfinished */
    int64_t queries_planned;
    int64_t files_considered, files_read; /* summed over queries; considered: the whole manifest */
    int64_t files_archived;               /* that were wanted, and passed over */
    int64_t rows_read;                    /* of those read */
    int64_t splits;                       /* done */
    int64_t get_requests, get_refused;
    double bytes_scanned; /* the columns' */
    double bytes_read;    /* with footers, and small files whole */
    struct {
        int64_t get_requests;
        double bytes;
    } class[OBJECT_CLASSES]; /* the same requests and bytes, by class */
    double cpu_s;         /* of workers */
    double coordinator_cpu_s;
    double slot_s;                 /* slots held: cpu_s and waiting for reads */
    struct histogram latency_s;    /* of those completed: arrival to end */
    struct histogram queue_wait_s; /* of those completed: in line, for the coordinator, for the first slot */
};

struct query *query_new(const struct query_options *, const struct calibration_query_engine *,
                        const struct calibration_latency *, struct arena *);

/* Does all that happens before `until`; queries that are planned in this time see these tables, [options.tables]. */
/* From a moment on a class comes so many times as often; 1: as it should. And the store behind them takes so many times as long,
 * or refuses every request until a time. */
void query_storm(struct query *, int class, double factor, sim_time now);
void query_store(struct query *, double slow, sim_time down_until);
void query_run_until(struct query *, const struct query_table *tables, sim_time until);

/* Work so far, of all queries, counted or not, in ns of one slot and of one core. */
double query_slots_busy_ns(const struct query *);
double query_coordinator_busy_ns(const struct query *);

/* How long those of a class that are counted and have not ended take already, in seconds and in no order: [unfinished] of
 * its result. */
void query_open_ages(const struct query *, int query_class, double *ages_s);

/* Reading a quantile folds the histogram, hence not const. */
struct query_result *query_result(struct query *, int query_class);

/* Requests, seconds of a core and bytes of one split of so many bytes of a file of so many: what
 * query_run_until() charges. */
struct query_split {
    int64_t footer_gets, data_gets;
    double footer_bytes, data_bytes_each; /* of one GET */
    double scanned_bytes;
    double cpu_ns;
};
struct query_split query_split_of(const struct calibration_query_engine *, const struct query_class *,
                                  int64_t file_bytes, int64_t split_bytes);

#endif
