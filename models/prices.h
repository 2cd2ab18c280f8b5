/* prices.h: a price book, and the facts about instance types that come with it.
 *
 * What it is for: every dollar in a bill names a row of a price book, and every row says when the price was
 * in force, where it was read and how sure that is. The book also carries the attributes of instance types
 * (vCPU, memory, network and disk baselines) and constants that are not prices (what a gp3 volume includes).
 *
 * The file (JSON):
 *   {"prices": 1, "name": "aws-us-east-1", "provider": "aws", "region": "us-east-1", "about": "...",
 *    "instances": "aws.ec2.ondemand.",
 *    "rows": [{"id", "unit", "usd", "region", "effective", "source", "confidence",
 *              "note", "evidence", "service", "gb_bytes", "attrs"}],
 *    "quantities": [{"id", "unit", "value", "region", "effective", "source", "confidence", "note", ...}]}
 * Of a row, id to confidence are required. Rows whose id starts with `instances` are instance types, named by
 * the rest of the id. `gb_bytes` says how many bytes the row's GB has (AWS: 2^30) and is required of every
 * row whose unit starts with "GB". `attrs` are required of instance rows: vcpu, mem_gib (2^30),
 * net_baseline_gbps (10^9 bits), ebs_baseline_MBps (10^6 bytes), ebs_baseline_iops; 0 for the last two means
 * that no limit is known. `confidence` is "verified" (seen in the source named) or "recalled" (not seen: the
 * mark goes on the bill).
 *
 * Errors: pricebook_load() adds every mistake to `diag` with line and column, and returns NULL after any.
 * Ownership: a book and all its strings live in the arena given; nothing changes after loading.
 * Cost: loading is a few milliseconds; a look-up is a binary search.
 */
#ifndef HEADROOM_MODELS_PRICES_H
#define HEADROOM_MODELS_PRICES_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct diag;

struct instance_attributes {
    int vcpu;
    double memory_bytes;
    double network_bytes_per_s; /* baseline: what it holds for ever, not its burst */
    double ebs_bytes_per_s;     /* baseline; 0: no limit known */
    double ebs_burst_bytes_per_s; /* what it holds for a while; 0: no more than its baseline */
    double ebs_iops;            /* baseline; 0: no limit known */
};

struct price {
    const char *id;        /* "aws.ebs.gp3.storage" */
    const char *unit;      /* "GB-month" */
    double usd;            /* for one unit; >= 0 */
    const char *region;    /* "us-east-1" */
    const char *effective; /* date or period, as the source gives it */
    const char *source;
    const char *confidence; /* "verified" | "recalled" */
    const char *note;       /* "" if there is none */
    double gb_bytes;        /* bytes in the unit's GB; 0: the unit has none */
    bool is_instance;
    struct instance_attributes instance; /* if is_instance */
};

struct price_quantity {
    const char *id; /* "aws.ebs.gp3.baseline-iops" */
    const char *unit;
    double value;
    const char *region;
    const char *effective;
    const char *source;
    const char *confidence;
    const char *note;
};

struct pricebook {
    const char *file;
    char sha256[65]; /* of the file's bytes */
    const char *name;
    const char *provider;
    const char *region;
    const char *instances;      /* id prefix of instance types */
    const struct price *prices; /* sorted by id */
    size_t prices_n;
    const struct price_quantity *quantities; /* sorted by id */
    size_t quantities_n;
    const char *const *instance_names; /* sorted; for "did you mean" */
    size_t instance_names_n;
};

enum { PRICEBOOK_SIZE_BYTES_MAX = 4 * 1024 * 1024, PRICEBOOK_ROWS_MAX = 10000 };

/* Read and check a price book. Returns NULL, with at least one more mistake in `diag`, if it is not fit. */
const struct pricebook *pricebook_load(const char *file, struct arena *arena, struct diag *diag);

/* The row with this id, or NULL. */
const struct price *pricebook_find(const struct pricebook *book, const char *id);

/* The constant with this id, or NULL. */
const struct price_quantity *pricebook_quantity(const struct pricebook *book, const char *id);

/* Look up an instance type by name ("m7g.4xlarge"). Fills `attributes` (may be NULL) and returns its row, or
 * returns NULL and leaves it alone: then nearest_name() over instance_names says what was meant. */
const struct price *pricebook_instance(const struct pricebook *book, const char *name,
                                       struct instance_attributes *attributes);

#endif
