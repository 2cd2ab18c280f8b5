/* aggregate.c: see aggregate.h. One table of kinds; each row's memory is words of 8 bytes, or bytes alone. */
#include "aggregate.h"

#include "arena.h"
#include "check.h"
#include "crc32c.h"
#include "hll.h"
#include "quantile_sketch.h"
#include "topk.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

struct member {
    struct aggregate_spec spec;
    const struct kind *kind;
    struct quantile_bins bins; /* quantile */
    size_t offset, bytes;
};

struct aggregate_set {
    size_t n, bytes;
    uint32_t fingerprint;
    struct member *members;
};

struct kind {
    const char *(*mistake)(const struct aggregate_spec *spec); /* NULL: it takes neither size nor accuracy */
    size_t (*size)(const struct aggregate_spec *spec);         /* bytes; NULL: `words` */
    int words;
    bool bytewise; /* no words, so that byte order says nothing */
    int64_t empty; /* what its words are before the first record */
    void (*add)(const struct member *m, void *at, const struct aggregate_input *in);
    void (*merge)(const struct member *m, void *into, const void *from);
};

static void count_up(int64_t *sum, int64_t by)
{
    CHECK(!__builtin_add_overflow(*sum, by, sum), "a sum beyond 2^63");
}

static void count_add(const struct member *m, void *at, const struct aggregate_input *in)
{
    (void)m;
    count_up(at, in->count);
}

static void sum_merge(const struct member *m, void *into, const void *from)
{
    (void)m;
    count_up(into, *(const int64_t *)from);
}

static void sum_add(const struct member *m, void *at, const struct aggregate_input *in)
{
    int64_t product;
    (void)m;
    CHECK(!__builtin_mul_overflow(in->value, in->count, &product), "a sum beyond 2^63");
    count_up(at, product);
}

static void min_merge(const struct member *m, void *into, const void *from)
{
    int64_t *a = into;
    (void)m;
    if (*(const int64_t *)from < *a) *a = *(const int64_t *)from;
}

static void min_add(const struct member *m, void *at, const struct aggregate_input *in)
{
    min_merge(m, at, &in->value);
}

static void max_merge(const struct member *m, void *into, const void *from)
{
    int64_t *a = into;
    (void)m;
    if (*(const int64_t *)from > *a) *a = *(const int64_t *)from;
}

static void max_add(const struct member *m, void *at, const struct aggregate_input *in)
{
    max_merge(m, at, &in->value);
}

/* sum, count */
static void mean_add(const struct member *m, void *at, const struct aggregate_input *in)
{
    sum_add(m, at, in);
    count_up((int64_t *)at + 1, in->count);
}

static void mean_merge(const struct member *m, void *into, const void *from)
{
    sum_merge(m, into, from);
    count_up((int64_t *)into + 1, ((const int64_t *)from)[1]);
}

static const char *distinct_mistake(const struct aggregate_spec *s)
{
    return s->size < HLL_PRECISION_MIN || s->size > HLL_PRECISION_MAX ? "a precision must be 4 to 16" : NULL;
}

static size_t distinct_size(const struct aggregate_spec *s)
{
    return hll_bytes(s->size);
}

static void distinct_add(const struct member *m, void *at, const struct aggregate_input *in)
{
    hll_add(at, m->spec.size, in->item);
}

static void distinct_merge(const struct member *m, void *into, const void *from)
{
    hll_merge(into, from, m->spec.size);
}

static const char *quantile_mistake(const struct aggregate_spec *s)
{
    if (s->size < 2 || s->size > 65536) return "a quantile's bins must be 2 to 65536";
    return s->accuracy > 1e-6 && s->accuracy < 1 ? NULL
                                                 : "a quantile's accuracy must be between 0.0001 % and 100 %";
}

static size_t quantile_size(const struct aggregate_spec *s)
{
    return quantile_sketch_bytes(s->size);
}

static void quantile_add(const struct member *m, void *at, const struct aggregate_input *in)
{
    quantile_sketch_add(at, &m->bins, in->value, in->count);
}

static void quantile_merge(const struct member *m, void *into, const void *from)
{
    quantile_sketch_merge(into, from, &m->bins);
}

static const char *top_k_mistake(const struct aggregate_spec *s)
{
    return s->size < 1 || s->size > TOPK_SIZE_MAX ? "a top-k's counters must be 1 to 1024" : NULL;
}

static size_t top_k_size(const struct aggregate_spec *s)
{
    return topk_bytes(s->size);
}

static void top_k_add(const struct member *m, void *at, const struct aggregate_input *in)
{
    topk_add(at, m->spec.size, in->item, in->count);
}

static void top_k_merge(const struct member *m, void *into, const void *from)
{
    topk_merge(into, from, m->spec.size);
}

static const struct kind kinds[] = {
    [AGGREGATE_COUNT] = {.words = 1, .add = count_add, .merge = sum_merge},
    [AGGREGATE_SUM] = {.words = 1, .add = sum_add, .merge = sum_merge},
    [AGGREGATE_MIN] = {.words = 1, .empty = INT64_MAX, .add = min_add, .merge = min_merge},
    [AGGREGATE_MAX] = {.words = 1, .empty = INT64_MIN, .add = max_add, .merge = max_merge},
    [AGGREGATE_MEAN] = {.words = 2, .add = mean_add, .merge = mean_merge},
    [AGGREGATE_DISTINCT] = {.mistake = distinct_mistake,
                            .size = distinct_size,
                            .bytewise = true,
                            .add = distinct_add,
                            .merge = distinct_merge},
    [AGGREGATE_QUANTILE] = {.mistake = quantile_mistake,
                            .size = quantile_size,
                            .add = quantile_add,
                            .merge = quantile_merge},
    [AGGREGATE_TOP_K] = {.mistake = top_k_mistake,
                         .size = top_k_size,
                         .add = top_k_add,
                         .merge = top_k_merge},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

const char *aggregate_kind_name(enum aggregate_kind kind)
{
    static const char *const names[] = {
        [AGGREGATE_COUNT] = "count",       [AGGREGATE_SUM] = "sum",           [AGGREGATE_MIN] = "min",
        [AGGREGATE_MAX] = "max",           [AGGREGATE_MEAN] = "mean",         [AGGREGATE_DISTINCT] = "distinct",
        [AGGREGATE_QUANTILE] = "quantile", [AGGREGATE_TOP_K] = "top_k",
    };
    CHECK((size_t)kind < sizeof names / sizeof *names, "aggregate %d", (int)kind);
    return names[kind];
}

const char *aggregate_mistake(const struct aggregate_spec *spec)
{
    if ((unsigned)spec->kind >= KINDS) return "no aggregate is of this kind";
    const struct kind *k = &kinds[spec->kind];
    if (k->mistake != NULL) return k->mistake(spec);
    return spec->size != 0 || spec->accuracy != 0 ? "this aggregate takes no size and no accuracy" : NULL;
}

struct aggregate_set *aggregate_set_new(struct arena *arena, const struct aggregate_spec *specs, size_t n)
{
    CHECK(n >= 1, "a set of no aggregates");
    struct aggregate_set *set = ARENA_NEW(arena, struct aggregate_set, 1);
    set->n = n;
    set->members = ARENA_NEW(arena, struct member, n);
    for (size_t i = 0; i < n; i++) {
        const char *mistake = aggregate_mistake(&specs[i]);
        CHECK(mistake == NULL, "%s", mistake);
        struct member *m = &set->members[i];
        const struct kind *k = &kinds[specs[i].kind];
        const size_t bytes = k->size != NULL ? k->size(&specs[i]) : (size_t)k->words * sizeof(int64_t);
        *m = (struct member){.spec = specs[i], .kind = k, .offset = set->bytes, .bytes = (bytes + 7) / 8 * 8};
        if (specs[i].kind == AGGREGATE_QUANTILE) m->bins = quantile_bins(specs[i].accuracy, specs[i].size);
        CHECK(!__builtin_add_overflow(set->bytes, m->bytes, &set->bytes), "too many aggregates");
        const int64_t facts[] = {specs[i].kind, specs[i].size, (int64_t)(specs[i].accuracy * 1e12)};
        set->fingerprint = crc32c(set->fingerprint, facts, sizeof facts);
    }
    return set;
}

static const struct member *member_at(const struct aggregate_set *set, size_t i)
{
    CHECK(i < set->n, "aggregate %zu of %zu", i, set->n);
    return &set->members[i];
}

size_t aggregate_bytes(const struct aggregate_set *set)
{
    return set->bytes;
}

uint32_t aggregate_set_fingerprint(const struct aggregate_set *set)
{
    return set->fingerprint;
}

void aggregate_reset(const struct aggregate_set *set, void *accumulator)
{
    memset(accumulator, 0, set->bytes);
    for (size_t i = 0; i < set->n; i++) {
        const struct member *m = &set->members[i];
        if (m->kind->empty != 0)
            memcpy((char *)accumulator + m->offset, &m->kind->empty, sizeof m->kind->empty);
    }
}

void aggregate_add(const struct aggregate_set *set, void *accumulator, const struct aggregate_input *input)
{
    for (const struct member *m = set->members; m < set->members + set->n; m++)
        m->kind->add(m, (char *)accumulator + m->offset, input);
}

void aggregate_merge(const struct aggregate_set *set, void *into, const void *from)
{
    for (const struct member *m = set->members; m < set->members + set->n; m++)
        m->kind->merge(m, (char *)into + m->offset, (const char *)from + m->offset);
}

const void *aggregate_at(const struct aggregate_set *set, const void *accumulator, size_t i)
{
    return (const char *)accumulator + member_at(set, i)->offset;
}

double aggregate_value(const struct aggregate_set *set, const void *accumulator, size_t i)
{
    const struct member *m = member_at(set, i);
    const int64_t *words = aggregate_at(set, accumulator, i);
    switch (m->spec.kind) {
    case AGGREGATE_COUNT:
    case AGGREGATE_SUM:
        return (double)words[0];
    case AGGREGATE_MIN:
    case AGGREGATE_MAX:
        return words[0] == m->kind->empty ? (double)NAN : (double)words[0];
    case AGGREGATE_MEAN:
        return words[1] == 0 ? (double)NAN : (double)words[0] / (double)words[1];
    case AGGREGATE_DISTINCT:
        return hll_estimate(aggregate_at(set, accumulator, i), m->spec.size);
    case AGGREGATE_QUANTILE:
    case AGGREGATE_TOP_K:
        break;
    }
    return (double)NAN;
}

int64_t aggregate_integer(const struct aggregate_set *set, const void *accumulator, size_t i)
{
    const struct member *m = member_at(set, i);
    CHECK(m->spec.kind <= AGGREGATE_MAX, "aggregate %zu is no whole number", i);
    const int64_t word = *(const int64_t *)aggregate_at(set, accumulator, i);
    return m->kind->empty != 0 && word == m->kind->empty ? 0 : word;
}

void aggregate_encode(const struct aggregate_set *set, const void *accumulator, unsigned char *out)
{
    for (const struct member *m = set->members; m < set->members + set->n; m++) {
        const unsigned char *from = (const unsigned char *)accumulator + m->offset;
        if (m->kind->bytewise) {
            memcpy(out + m->offset, from, m->bytes);
            continue;
        }
        for (size_t at = 0; at < m->bytes; at += sizeof(uint64_t)) {
            uint64_t word;
            memcpy(&word, from + at, sizeof word);
            for (size_t b = 0; b < sizeof word; b++)
                out[m->offset + at + b] = (unsigned char)(word >> (8 * b));
        }
    }
}

void aggregate_decode(const struct aggregate_set *set, const unsigned char *in, void *accumulator)
{
    for (const struct member *m = set->members; m < set->members + set->n; m++) {
        unsigned char *to = (unsigned char *)accumulator + m->offset;
        if (m->kind->bytewise) {
            memcpy(to, in + m->offset, m->bytes);
            continue;
        }
        for (size_t at = 0; at < m->bytes; at += sizeof(uint64_t)) {
            uint64_t word = 0;
            for (size_t b = 0; b < sizeof word; b++)
                word |= (uint64_t)in[m->offset + at + b] << (8 * b);
            memcpy(to + at, &word, sizeof word);
        }
    }
}
