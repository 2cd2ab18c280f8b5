/* aggregate.h: what a window computes of its records, besides counting them: a set of aggregates, side by
 * side in one piece of memory of fixed size.
 *
 *   count, sum, min, max, mean   of the records' values; exact, whole numbers
 *   distinct                     of their items: HyperLogLog, hll.h
 *   quantile                     of their values: DDSketch, quantile_sketch.h
 *   top_k                        of their items: Space-Saving, topk.h
 *
 * All merge, and merging gives what one pass over both would have given (top_k: within the same bound), so
 * that sessions and salted keys can be put together in any order.
 *
 * Units: values are whole numbers of whatever the user counts in (micro-dollars, nanoseconds). Errors:
 * aggregate_mistake() says what is wrong with a specification; sums beyond 2^63 are CHECKed. Ownership: the
 * set is in the arena given, accumulators are the caller's: aggregate_bytes() bytes, aligned to 8. Cost: a
 * nanosecond or two for the first five; see the others' headers.
 */
#ifndef HEADROOM_PATHS_AGGREGATE_H
#define HEADROOM_PATHS_AGGREGATE_H

#include <stddef.h>
#include <stdint.h>

struct arena;

enum aggregate_kind {
    AGGREGATE_COUNT,
    AGGREGATE_SUM,
    AGGREGATE_MIN,
    AGGREGATE_MAX,
    AGGREGATE_MEAN,
    AGGREGATE_DISTINCT,
    AGGREGATE_QUANTILE,
    AGGREGATE_TOP_K
};

struct aggregate_spec {
    enum aggregate_kind kind;
    int size; /* distinct: precision (HLL_PRECISION_MIN..MAX); quantile: bins; top_k: counters; else 0 */
    double accuracy; /* quantile: relative, 0 to 1; else 0 */
};

/* One record, or `count` alike. */
struct aggregate_input {
    int64_t value;
    uint64_t item;
    int64_t count;
};

struct aggregate_set;

/* "count", "sum", "min", "max", "mean", "distinct", "quantile", "top_k" */
const char *aggregate_kind_name(enum aggregate_kind kind);

/* NULL if it is fine, else what is wrong with it (a constant). */
const char *aggregate_mistake(const struct aggregate_spec *spec);
/* n >= 1; each without a mistake (CHECKed). */
struct aggregate_set *aggregate_set_new(struct arena *arena, const struct aggregate_spec *specs, size_t n);
/* Bytes of an accumulator, and of what aggregate_encode() writes. */
size_t aggregate_bytes(const struct aggregate_set *set);
/* Two sets of the same number accumulate alike. */
uint32_t aggregate_set_fingerprint(const struct aggregate_set *set);

void aggregate_reset(const struct aggregate_set *set, void *accumulator);
void aggregate_add(const struct aggregate_set *set, void *accumulator, const struct aggregate_input *input);
void aggregate_merge(const struct aggregate_set *set, void *into, const void *from);

/* Of the i-th aggregate: its figure. NaN: of nothing (min, max, mean), or none (quantile, top_k: ask those).
 */
double aggregate_value(const struct aggregate_set *set, const void *accumulator, size_t i);
/* count, sum, min, max exactly; 0 of nothing. */
int64_t aggregate_integer(const struct aggregate_set *set, const void *accumulator, size_t i);
/* The i-th aggregate's own memory, for hll_*, quantile_sketch_* and topk_*. */
const void *aggregate_at(const struct aggregate_set *set, const void *accumulator, size_t i);

/* Little-endian bytes, aggregate_bytes() of them. */
void aggregate_encode(const struct aggregate_set *set, const void *accumulator, unsigned char *out);
void aggregate_decode(const struct aggregate_set *set, const unsigned char *in, void *accumulator);

#endif
