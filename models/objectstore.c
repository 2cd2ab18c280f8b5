/* objectstore.c: see objectstore.h for the rules. */
#include "objectstore.h"

#include <math.h>
#include <string.h>

#include "arena.h"
#include "check.h"
#include "prices.h"

static const double MONTH_S = 730.0 * 3600;
static const double DAY_NS = 86400e9;
static const double KB = 1024;
/* Of the archives' 40 KB an object, 8 KB are its name and metadata, kept in standard. */
enum { OVERHEAD_STANDARD_BYTES = 8 * 1024 };
static const double BACKOFF_BASE_NS = 100e6, BACKOFF_MAX_NS = 20e9;

const struct objectstore_class objectstore_classes[OBJECT_CLASSES] = {
    [OBJECT_STANDARD] = {.name = "standard",
                         .doc = "S3 Standard",
                         .readable = true,
                         .storage_id = "aws.s3.standard.storage.first50tb",
                         .put_id = "aws.s3.standard.put",
                         .get_id = "aws.s3.standard.get",
                         .min_days_id = "aws.s3.standard.min-days",
                         .min_object_id = "aws.s3.standard.min-object"},
    [OBJECT_STANDARD_IA] = {.name = "standard_ia",
                            .doc = "S3 Standard-Infrequent Access",
                            .readable = true,
                            .storage_id = "aws.s3.ia.storage",
                            .put_id = "aws.s3.ia.put",
                            .get_id = "aws.s3.ia.get",
                            .retrieval_id = "aws.s3.ia.retrieval",
                            .transition_id = "aws.s3.lifecycle.to-ia",
                            .min_days_id = "aws.s3.ia.min-days",
                            .min_object_id = "aws.s3.ia.min-object"},
    [OBJECT_GLACIER_IR] = {.name = "glacier_ir",
                           .doc = "S3 Glacier Instant Retrieval",
                           .readable = true,
                           .storage_id = "aws.s3.gir.storage",
                           .put_id = "aws.s3.gir.put",
                           .get_id = "aws.s3.gir.get",
                           .retrieval_id = "aws.s3.gir.retrieval",
                           .transition_id = "aws.s3.lifecycle.to-gir",
                           .min_days_id = "aws.s3.gir.min-days",
                           .min_object_id = "aws.s3.gir.min-object"},
    [OBJECT_GLACIER] = {.name = "glacier",
                        .doc = "S3 Glacier Flexible Retrieval",
                        .storage_id = "aws.s3.gfr.storage",
                        .put_id = "aws.s3.gfr.put",
                        .get_id = "aws.s3.gfr.get",
                        .retrieval_id = "aws.s3.gfr.retrieval.standard.gb",
                        .retrieval_request_id = "aws.s3.gfr.retrieval.standard.req",
                        .transition_id = "aws.s3.lifecycle.to-gfr",
                        .min_days_id = "aws.s3.gfr.min-days",
                        .min_object_id = "aws.s3.gfr.min-object",
                        .overhead = true},
    [OBJECT_DEEP_ARCHIVE] = {.name = "deep_archive",
                             .doc = "S3 Glacier Deep Archive",
                             .storage_id = "aws.s3.gda.storage",
                             .put_id = "aws.s3.gda.put",
                             .get_id = "aws.s3.gda.get",
                             .retrieval_id = "aws.s3.gda.retrieval.standard.gb",
                             .retrieval_request_id = "aws.s3.gda.retrieval.standard.req",
                             .transition_id = "aws.s3.lifecycle.to-gda",
                             .min_days_id = "aws.s3.gda.min-days",
                             .min_object_id = "aws.s3.gda.min-object",
                             .overhead = true},
};

int objectstore_class_find(const char *name)
{
    for (int i = 0; i < OBJECT_CLASSES; i++)
        if (!strcmp(objectstore_classes[i].name, name)) return i;
    return -1;
}

/* --- money --- */

/* Dollars of one unit, or of one byte where the unit is in GB. False: the book lacks it. */
static bool unit_usd(const struct pricebook *book, const char *id, double per, double *usd, const char **missing)
{
    if (!id) return true;
    const struct price *price = pricebook_find(book, id);
    if (!price) {
        *missing = id;
        return false;
    }
    *usd = price->usd / (price->gb_bytes > 0 ? price->gb_bytes : 1) / per;
    return true;
}

static bool quantity(const struct pricebook *book, const char *id, double times, int64_t *out, const char **missing)
{
    const struct price_quantity *found = pricebook_quantity(book, id);
    if (!found) {
        *missing = id;
        return false;
    }
    *out = llround(found->value * times);
    return true;
}

const char *objectstore_terms_load(const struct pricebook *book, struct objectstore_terms *terms)
{
    *terms = (struct objectstore_terms){0};
    for (int i = 0; i < OBJECT_CLASSES; i++) {
        const struct objectstore_class *class = &objectstore_classes[i];
        struct object_terms *t = &terms->classes[i];
        const char *missing = NULL;
        int64_t least_bytes = 0;
        if (!unit_usd(book, class->storage_id, MONTH_S, &t->storage_usd_per_byte_s, &missing) ||
            !unit_usd(book, class->put_id, 1000, &t->put_usd, &missing) ||
            !unit_usd(book, class->get_id, 1000, &t->get_usd, &missing) ||
            !unit_usd(book, class->retrieval_id, 1, &t->retrieval_usd_per_byte, &missing) ||
            !unit_usd(book, class->retrieval_request_id, 1000, &t->retrieval_request_usd, &missing) ||
            !unit_usd(book, class->transition_id, 1000, &t->transition_usd, &missing) ||
            !quantity(book, class->min_days_id, DAY_NS, &t->min_held_ns, &missing) ||
            !quantity(book, class->min_object_id, KB, &least_bytes, &missing))
            return missing;
        if (class->overhead) {
            t->overhead_standard_bytes = least_bytes < OVERHEAD_STANDARD_BYTES ? least_bytes : OVERHEAD_STANDARD_BYTES;
            t->overhead_bytes = least_bytes - t->overhead_standard_bytes;
        } else {
            t->min_bytes = least_bytes;
        }
    }
    return NULL;
}

int64_t object_billed_bytes(const struct object_terms *terms, int64_t bytes)
{
    CHECK(bytes >= 0, "an object of %lld bytes", (long long)bytes);
    return (bytes > terms->min_bytes ? bytes : terms->min_bytes) + terms->overhead_bytes;
}

double object_hold_usd(const struct objectstore_terms *terms, enum object_class class, int64_t bytes, int64_t held_ns)
{
    const struct object_terms *t = &terms->classes[class];
    CHECK(held_ns >= 0, "an object held for %lld ns", (long long)held_ns);
    const double s = (double)(held_ns > t->min_held_ns ? held_ns : t->min_held_ns) * 1e-9;
    return s * ((double)object_billed_bytes(t, bytes) * t->storage_usd_per_byte_s +
                (double)t->overhead_standard_bytes * terms->classes[OBJECT_STANDARD].storage_usd_per_byte_s);
}

struct object_move object_move_worth(const struct objectstore_terms *terms, enum object_class from,
                                     enum object_class to, int64_t bytes, int64_t left_ns, double reads)
{
    const struct object_terms *here = &terms->classes[from], *there = &terms->classes[to];
    struct objectstore_terms stayed = *terms;
    stayed.classes[from].min_held_ns = 0; /* it has been there that long */
    const double gets = (double)objectstore_get_requests((double)bytes);
    const double read_here = gets * (here->get_usd + here->retrieval_request_usd) + (double)bytes * here->retrieval_usd_per_byte;
    const double read_there =
        gets * (there->get_usd + there->retrieval_request_usd) + (double)bytes * there->retrieval_usd_per_byte;
    struct object_move move = {
        .stay_usd = object_hold_usd(&stayed, from, bytes, left_ns) + reads * read_here,
        .move_usd = there->transition_usd + object_hold_usd(terms, to, bytes, left_ns) + reads * read_there,
    };
    move.saves_usd = move.stay_usd - move.move_usd;
    return move;
}

/* --- requests --- */

void objectstore_init(struct objectstore *o, const struct calibration_latency *latency, int prefixes, uint64_t seed,
                      const char *name, struct arena *arena)
{
    CHECK(prefixes >= 1, "an object store of %d prefixes", prefixes);
    *o = (struct objectstore){.latency = latency, .prefixes_n = prefixes, .slow = 1};
    const double p50[] = {[OBJECT_GET] = latency->object_get_first_byte_p50_ns, [OBJECT_PUT] = latency->object_put_p50_ns};
    const double p99[] = {[OBJECT_GET] = latency->object_get_first_byte_p99_ns, [OBJECT_PUT] = latency->object_put_p99_ns};
    for (int k = 0; k < OBJECT_KINDS; k++) {
        CHECK(p50[k] > 0 && p99[k] >= p50[k], "an object store that answers in %g ns, p99 %g ns", p50[k], p99[k]);
        o->mu[k] = log(p50[k]);
        o->sigma[k] = (log(p99[k]) - o->mu[k]) / 2.326347874; /* the normal's 99 % point */
    }
    o->buckets = ARENA_NEW(arena, struct token_bucket, (size_t)prefixes * OBJECT_KINDS);
    for (int i = 0; i < prefixes; i++) {
        token_bucket_init(&o->buckets[i * OBJECT_KINDS + OBJECT_GET], OBJECTSTORE_READS_PER_S, OBJECTSTORE_READS_PER_S);
        token_bucket_init(&o->buckets[i * OBJECT_KINDS + OBJECT_PUT], OBJECTSTORE_WRITES_PER_S, OBJECTSTORE_WRITES_PER_S);
    }
    rng_init(&o->rng, arena, seed, name);
}

static double stream_ns(const struct objectstore *o, enum object_kind kind, double bytes)
{
    return bytes / (kind == OBJECT_GET ? o->latency->object_get_bytes_per_s : o->latency->object_put_bytes_per_s) * 1e9;
}

sim_time objectstore_latency(struct objectstore *o, enum object_kind kind, double bytes)
{
    return (sim_time)(o->slow * (rng_lognormal(&o->rng, o->mu[kind], o->sigma[kind]) + stream_ns(o, kind, bytes)));
}

double objectstore_latency_median_ns(const struct objectstore *o, enum object_kind kind, double bytes)
{
    return exp(o->mu[kind]) + stream_ns(o, kind, bytes);
}

sim_time objectstore_back_off(struct rng *rng, int tries)
{
    const double most = BACKOFF_BASE_NS * (tries < 30 ? (double)(1 << tries) : 1e9);
    return 1 + (sim_time)(rng_uniform(rng) * (most < BACKOFF_MAX_NS ? most : BACKOFF_MAX_NS));
}

bool objectstore_try(struct objectstore *o, int prefix, enum object_kind kind, sim_time now, int tries, sim_time *again)
{
    CHECK(prefix >= 0 && prefix < o->prefixes_n, "prefix %d of %d", prefix, o->prefixes_n);
    struct token_bucket *bucket = &o->buckets[prefix * OBJECT_KINDS + (int)kind];
    const sim_time at = now > bucket->at ? now : bucket->at;
    if (now >= o->down_until && token_bucket_level(bucket, at) >= 1) {
        token_bucket_take(bucket, at, 1);
        o->counts.requests[kind]++;
        return true;
    }
    const sim_time wait = objectstore_back_off(&o->rng, tries);
    o->counts.refused[kind]++;
    o->counts.wait_ns += (double)wait;
    *again = now + wait;
    return false;
}

struct batch_worker {
    sim_time at; /* when it tries next */
    int tries;
};

/* Restores the heap, least time first, when its top has grown. */
static void sift_down(struct batch_worker *heap, int n)
{
    const struct batch_worker top = heap[0];
    int hole = 0;
    for (int child = 1; child < n; child = 2 * hole + 1) {
        if (child + 1 < n && heap[child + 1].at < heap[child].at) child++;
        if (heap[child].at >= top.at) break;
        heap[hole] = heap[child];
        hole = child;
    }
    heap[hole] = top;
}

enum { BATCH_WORKERS_MAX = 1024 };

sim_time objectstore_batch(struct objectstore *o, int prefix, enum object_kind kind, sim_time now, int64_t n,
                           double bytes_each, int workers)
{
    CHECK(n >= 0 && bytes_each >= 0 && workers >= 1 && workers <= BATCH_WORKERS_MAX,
          "%lld requests of %g bytes by %d workers", (long long)n, bytes_each, workers);
    struct batch_worker heap[BATCH_WORKERS_MAX];
    if (workers > n) workers = (int)n;
    for (int i = 0; i < workers; i++)
        heap[i] = (struct batch_worker){.at = now};
    sim_time last = now;
    while (n > 0) {
        struct batch_worker *next = &heap[0];
        sim_time again;
        if (objectstore_try(o, prefix, kind, next->at, next->tries, &again)) {
            next->at += objectstore_latency(o, kind, bytes_each);
            next->tries = 0;
            if (next->at > last) last = next->at;
            n--;
        } else {
            next->at = again;
            next->tries++;
        }
        sift_down(heap, workers);
    }
    return last;
}

int64_t objectstore_put_requests(double bytes)
{
    return bytes <= OBJECTSTORE_PART_BYTES ? 1 : (int64_t)ceil(bytes / OBJECTSTORE_PART_BYTES) + 2;
}

int64_t objectstore_get_requests(double bytes)
{
    return bytes <= OBJECTSTORE_PART_BYTES ? 1 : (int64_t)ceil(bytes / OBJECTSTORE_PART_BYTES);
}
