/* dedup.c: see dedup.h. */
#include "dedup.h"

#include "check.h"
#include "crc32c.h"
#include "partition_hash.h"

#include <stdlib.h>
#include <string.h>

enum { CAPACITY_LEAST = 64 };
enum { HEAD = 4 + 5 * 8, ROW = 24, TAIL = 4 }; /* of a snapshot */
static const char magic[4] = {'H', 'D', 'S', '1'};

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

/* --- snapshots --- */

static unsigned char *put(unsigned char *p, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        *p++ = (unsigned char)(value >> (8 * i));
    return p;
}

static uint64_t take(const unsigned char **p, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++)
        value |= (uint64_t)*(*p)++ << (8 * i);
    return value;
}

static bool is_held(const struct dedup *d, const struct entry *e)
{
    return e->stamp != 0 && !has_expired(d, e->stamp);
}

static size_t ids_alive(const struct dedup *d)
{
    size_t n = 0;
    for (size_t i = 0; i < d->capacity; i++)
        n += is_held(d, &d->entries[i]);
    return n;
}

size_t dedup_snapshot_bytes_for(size_t ids)
{
    CHECK(ids <= (SIZE_MAX - HEAD - TAIL) / ROW, "a snapshot of %zu ids", ids);
    return HEAD + ids * ROW + TAIL;
}

size_t dedup_snapshot_bytes(const struct dedup *dedup)
{
    return dedup_snapshot_bytes_for(ids_alive(dedup));
}

size_t dedup_snapshot(const struct dedup *d, void *out, size_t capacity)
{
    const size_t ids = ids_alive(d), n = dedup_snapshot_bytes_for(ids);
    CHECK(capacity >= n, "a snapshot of %zu bytes into %zu", n, capacity);
    unsigned char *p = out;
    memcpy(p, magic, sizeof magic);
    p = put(p + sizeof magic, (uint64_t)d->config.horizon, 8);
    p = put(p, d->config.renews, 8);
    p = put(p, (uint64_t)d->first, 8);
    p = put(p, d->now, 8);
    p = put(p, ids, 8);
    for (size_t i = 0; i < d->capacity; i++) {
        const struct entry *e = &d->entries[i];
        if (!is_held(d, e)) continue;
        p = put(p, e->id.high, 8);
        p = put(p, e->id.low, 8);
        p = put(p, e->stamp, 8);
    }
    CHECK(p == (unsigned char *)out + n - TAIL, "a snapshot of another size");
    put(p, crc32c(0, out, n - TAIL), TAIL);
    return n;
}

static void forget_all(struct dedup *d)
{
    free(d->entries);
    d->capacity = CAPACITY_LEAST;
    d->entries = calloc(d->capacity, sizeof *d->entries);
    CHECK(d->entries != NULL, "no memory");
    memset(d->kept, 0, sizeof d->kept);
    d->used = d->held = 0;
    d->now = d->generation = 0;
    d->first = 0;
}

bool dedup_restore(struct dedup *d, const void *in, size_t n)
{
    forget_all(d);
    if (n < HEAD + TAIL || (n - HEAD - TAIL) % ROW != 0 || memcmp(in, magic, sizeof magic) != 0) return false;
    const unsigned char *p = in, *tail = p + n - TAIL;
    if (take(&tail, TAIL) != crc32c(0, in, n - TAIL)) return false;
    p += sizeof magic;
    if (take(&p, 8) != (uint64_t)d->config.horizon || take(&p, 8) != d->config.renews) return false;
    const int64_t first = (int64_t)take(&p, 8);
    const uint64_t now = take(&p, 8), ids = take(&p, 8);
    if (ids != (n - HEAD - TAIL) / ROW || (now == 0 && ids > 0)) return false;
    d->first = first;
    d->now = now;
    d->generation = generation_of(d, now);
    free(d->entries);
    d->capacity = capacity_for((size_t)ids);
    d->entries = calloc(d->capacity, sizeof *d->entries);
    CHECK(d->entries != NULL, "no memory for %zu ids", d->capacity);
    for (uint64_t i = 0; i < ids; i++) {
        const uint64_t high = take(&p, 8), low = take(&p, 8), stamp = take(&p, 8);
        if (stamp == 0 || stamp > now || has_expired(d, stamp)) {
            forget_all(d);
            return false;
        }
        struct entry *e = place_of(d, (struct dedup_id){high, low});
        if (e->stamp != 0) { /* twice */
            forget_all(d);
            return false;
        }
        *e = (struct entry){{high, low}, stamp};
        d->used++;
        d->held++;
        d->kept[generation_of(d, stamp) % (DEDUP_GENERATIONS + 1)]++;
    }
    return true;
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
