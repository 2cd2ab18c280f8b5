/* dedup.c: see dedup.h. */
#include "dedup.h"

#include "check.h"
#include "partition_hash.h"

#include <stdlib.h>

enum { CAPACITY_LEAST = 64 };

struct entry {
    struct dedup_id id;
    uint64_t stamp; /* time since the first record, and 1; 0: free */
};

struct dedup {
    struct dedup_config config;
    struct entry *entries;
    size_t capacity; /* a power of two */
    size_t used;     /* entries that are not free, expired ones included */
    uint64_t now;    /* a stamp; 0: there was no record yet */
    int64_t first;
    uint64_t generation;                /* in which `now` is */
    size_t kept[DEDUP_GENERATIONS + 1]; /* by generation, in a ring */
    size_t held;                        /* the sum */
    struct dedup_counts counts;
};

/* Rounded up: what is in the ring of generations no more has expired. */
static uint64_t generation_of(const struct dedup *d, uint64_t stamp)
{
    return stamp / (((uint64_t)d->config.horizon + DEDUP_GENERATIONS - 1) / DEDUP_GENERATIONS);
}

static bool has_expired(const struct dedup *d, uint64_t stamp)
{
    return d->now - stamp >= (uint64_t)d->config.horizon;
}

static size_t home_of(const struct dedup *d, struct dedup_id id)
{
    return (size_t)partition_mix64(id.low ^ partition_mix64(id.high)) & (d->capacity - 1);
}

/* At most half of it taken at first. */
static size_t capacity_for(size_t ids)
{
    size_t capacity = CAPACITY_LEAST;
    CHECK(ids <= SIZE_MAX / 4 / sizeof(struct entry), "%zu ids", ids);
    while (capacity / 2 < ids)
        capacity *= 2;
    return capacity;
}

struct dedup *dedup_new(const struct dedup_config *config)
{
    CHECK(config->horizon >= 1, "a horizon of %lld", (long long)config->horizon);
    struct dedup *d = calloc(1, sizeof *d);
    CHECK(d != NULL, "no memory");
    d->config = *config;
    d->capacity = CAPACITY_LEAST;
    d->entries = calloc(d->capacity, sizeof *d->entries);
    CHECK(d->entries != NULL, "no memory");
    return d;
}

void dedup_free(struct dedup *dedup)
{
    if (dedup == NULL) return;
    free(dedup->entries);
    free(dedup);
}

/* Where an id is, or would go: the first expired entry on the way, else the free one at its end. */
static struct entry *place_of(const struct dedup *d, struct dedup_id id)
{
    struct entry *expired = NULL;
    for (size_t at = home_of(d, id);; at = (at + 1) & (d->capacity - 1)) {
        struct entry *e = &d->entries[at];
        if (e->stamp == 0) return expired != NULL ? expired : e;
        if (e->id.low == id.low && e->id.high == id.high) return e;
        if (expired == NULL && has_expired(d, e->stamp)) expired = e;
    }
}

static void rewrite(struct dedup *d)
{
    struct entry *old = d->entries;
    const size_t old_capacity = d->capacity;
    d->capacity = capacity_for(d->held);
    d->entries = calloc(d->capacity, sizeof *d->entries);
    CHECK(d->entries != NULL, "no memory for %zu ids", d->capacity);
    d->used = 0;
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].stamp == 0 || has_expired(d, old[i].stamp)) continue;
        *place_of(d, old[i].id) = old[i];
        d->used++;
    }
    d->counts.rewritten += d->used;
    free(old);
}

void dedup_advance(struct dedup *d, int64_t now)
{
    if (d->now == 0) {
        d->first = now;
        d->now = 1;
        d->generation = generation_of(d, 1);
        return;
    }
    if (now <= d->first) return;
    const uint64_t stamp = (uint64_t)now - (uint64_t)d->first + 1;
    if (stamp <= d->now) return;
    d->now = stamp;
    const uint64_t generation = generation_of(d, stamp);
    if (generation == d->generation) return;
    const uint64_t gone = generation - d->generation;
    for (uint64_t g = 1; g <= gone && g <= DEDUP_GENERATIONS + 1; g++) {
        size_t *kept = &d->kept[(d->generation + g) % (DEDUP_GENERATIONS + 1)];
        d->held -= *kept;
        *kept = 0;
    }
    d->generation = generation;
    if (d->used > CAPACITY_LEAST && d->held < d->used / 4) rewrite(d);
}

void dedup_prefetch(const struct dedup *d, struct dedup_id id)
{
    __builtin_prefetch(&d->entries[home_of(d, id)], 1);
}

bool dedup_keep(struct dedup *d, struct dedup_id id, int64_t now)
{
    dedup_advance(d, now);
    struct entry *e = place_of(d, id);
    const bool same = e->stamp != 0 && e->id.low == id.low && e->id.high == id.high;
    const bool duplicate = same && !has_expired(d, e->stamp);
    if (duplicate) {
        d->counts.duplicates++;
        if (!d->config.renews) return false;
        const size_t before = generation_of(d, e->stamp) % (DEDUP_GENERATIONS + 1);
        d->kept[before]--;
        d->kept[d->generation % (DEDUP_GENERATIONS + 1)]++;
        e->stamp = d->now;
        return false;
    }
    if (e->stamp == 0) {
        if (d->used >= d->capacity / 5 * 4) {
            rewrite(d);
            e = place_of(d, id);
        }
        d->used++;
    }
    *e = (struct entry){id, d->now};
    d->kept[d->generation % (DEDUP_GENERATIONS + 1)]++;
    d->held++;
    d->counts.kept++;
    return true;
}

size_t dedup_ids(const struct dedup *dedup)
{
    return dedup->held;
}

size_t dedup_bytes(const struct dedup *dedup)
{
    return dedup->capacity * sizeof *dedup->entries;
}

size_t dedup_bytes_for(size_t ids)
{
    return capacity_for(ids) * sizeof(struct entry);
}

struct dedup_counts dedup_counts(const struct dedup *dedup)
{
    return dedup->counts;
}

struct dedup_id dedup_id_of(const void *bytes, size_t n)
{
    const uint64_t hash = partition_fnv1a_64(bytes, n);
    const unsigned char *b = bytes;
    uint64_t other = 0x9e3779b97f4a7c15u ^ n;
    for (size_t i = 0; i < n; i++)
        other = partition_mix64(other + b[i] + 1);
    return (struct dedup_id){partition_mix64(hash), other};
}
