/* objectstore.h: what an object store takes in time, in requests and in money: classes, limits, latencies.
 *
 * Classes. A row each of objectstore_classes[], warmest first, named as Amazon S3's lifecycle rules name them.
 * What a class charges comes from the price book (objectstore_terms_load): storage, requests, retrieval, the
 * fee of a transition into it, the least time that is billed, and the least size: standard_ia and glacier_ir
 * bill a smaller object as one of 128 KB; the archives add 40 KB to each, 8 KB of it at standard's price.
 *
 * Limits. A partitioned prefix takes 3,500 writes and 5,500 reads a second (Amazon S3 user guide, "Best
 * practices design patterns: optimizing Amazon S3 performance"), held as token buckets of one second's burst.
 * A request that finds no token is answered 503 at once and tried again after a back-off: full jitter over
 * 100 ms, doubled each time, at most 20 s (Amazon SDKs, standard retry mode). A prefix is not split while the
 * run lasts, which S3 does after 30 to 60 minutes of refusals: so the limit is the pessimistic one.
 *
 * Latencies. Lognormal first byte with the calibration's p50 and p99, then bytes at one request's throughput.
 *
 * Units: ns, bytes, US dollars; a month is 730 hours. Times may go back by the length of a batch: a request
 * that is earlier than the last one on its prefix finds the tokens that one left. Errors: a row that the book
 * lacks is named by objectstore_terms_load(); a negative size is a CHECK. Ownership: memory is the arena's.
 * Cost: ~30 ns an attempt, ~200 ns a request of a batch.
 */
#ifndef HEADROOM_MODELS_OBJECTSTORE_H
#define HEADROOM_MODELS_OBJECTSTORE_H

#include <stdbool.h>
#include <stdint.h>

#include "calibration.h"
#include "rng.h"
#include "sim_time.h"
#include "token_bucket.h"

struct arena;
struct pricebook;

enum object_class {
    OBJECT_STANDARD,
    OBJECT_STANDARD_IA,
    OBJECT_GLACIER_IR,
    OBJECT_GLACIER,
    OBJECT_DEEP_ARCHIVE,
    OBJECT_CLASSES
};

struct objectstore_class {
    const char *name; /* "standard_ia" */
    const char *doc;
    bool readable; /* at once; an archive is restored first, which takes hours */
    const char *storage_id, *put_id, *get_id, *retrieval_id, *retrieval_request_id, *transition_id; /* NULL: free */
    const char *min_days_id, *min_object_id;
    bool overhead; /* min_object is added to every object, instead of being a floor */
};

extern const struct objectstore_class objectstore_classes[OBJECT_CLASSES];
int objectstore_class_find(const char *name); /* -1: there is none */

/* What one class charges. */
struct object_terms {
    double storage_usd_per_byte_s;
    double put_usd, get_usd; /* a request */
    double retrieval_usd_per_byte, retrieval_request_usd;
    double transition_usd; /* one object into this class */
    int64_t min_held_ns;
    int64_t min_bytes;               /* billed at least */
    int64_t overhead_bytes;          /* added to each object, at this class's price */
    int64_t overhead_standard_bytes; /* and at standard's */
};

struct objectstore_terms {
    struct object_terms classes[OBJECT_CLASSES];
};

/* NULL, or the id of a row that the book lacks. Storage is at the first step's price. */
const char *objectstore_terms_load(const struct pricebook *book, struct objectstore_terms *terms);

/* Billed bytes of one object: floor and overhead, standard's 8 KB not in it. */
int64_t object_billed_bytes(const struct object_terms *terms, int64_t bytes);
/* One object kept for so long and deleted then: storage with its minimum. */
double object_hold_usd(const struct objectstore_terms *terms, enum object_class class, int64_t bytes, int64_t held_ns);

/* An object in class `from` (held there for its minimum already) has so long to live, and is read so many times
 * in whole. Moving it to `to` now, against leaving it. */
struct object_move {
    double stay_usd, move_usd; /* storage and reads; the fee is in move_usd */
    double saves_usd;          /* negative: it costs more than it saves */
};
struct object_move object_move_worth(const struct objectstore_terms *terms, enum object_class from,
                                     enum object_class to, int64_t bytes, int64_t left_ns, double reads);

/* --- requests --- */

enum object_kind { OBJECT_GET, OBJECT_PUT, OBJECT_KINDS };

#define OBJECTSTORE_WRITES_PER_S 3500.0
#define OBJECTSTORE_READS_PER_S 5500.0
enum { OBJECTSTORE_PART_BYTES = 16 * 1024 * 1024, OBJECTSTORE_LIST_OBJECTS = 1000 }; /* of one request that lists */

struct object_counts {
    int64_t requests[OBJECT_KINDS]; /* that succeeded */
    int64_t refused[OBJECT_KINDS];  /* answered 503 */
    double wait_ns;                 /* spent in back-offs */
};

struct objectstore {
    const struct calibration_latency *latency;
    double mu[OBJECT_KINDS], sigma[OBJECT_KINDS];
    struct token_bucket *buckets; /* [prefixes][OBJECT_KINDS] */
    int prefixes_n;
    struct rng rng;
    struct object_counts counts;
    double slow;          /* requests take so many times as long; 1: they do not */
    sim_time down_until;  /* every request is answered 503 */
};

/* seed, name: of the stream that latencies and back-offs are drawn from. */
void objectstore_init(struct objectstore *, const struct calibration_latency *, int prefixes, uint64_t seed,
                      const char *name, struct arena *);

/* Latency of one request of so many bytes: drawn, or its median. */
sim_time objectstore_latency(struct objectstore *, enum object_kind, double bytes);
double objectstore_latency_median_ns(const struct objectstore *, enum object_kind, double bytes);

/* One try; tries: how many were refused before. True: it is under way. False: 503, *again is when to try next. */
bool objectstore_try(struct objectstore *, int prefix, enum object_kind, sim_time now, int tries, sim_time *again);

/* The next try after one that was refused, after so many others. */
sim_time objectstore_back_off(struct rng *rng, int tries);

/* n requests of so many bytes each, by `workers` that each have one under way; returns when the last is done. */
sim_time objectstore_batch(struct objectstore *, int prefix, enum object_kind, sim_time now, int64_t n,
                           double bytes_each, int workers);

/* Requests for one whole object: a PUT, or above a part its parts, creation and completion; a GET for each part. */
int64_t objectstore_put_requests(double bytes);
int64_t objectstore_get_requests(double bytes);

#endif
