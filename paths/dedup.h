/* dedup.h: which records are there again: deduplication by id within a horizon.
 *
 * A flat table of ids, 16 bytes each (a UUID, or a producer's id and sequence), by open addressing with
 * linear probing; an entry is the id and when it was kept:
 *
 *     | id 16 | stamp 8 |  ...  |          stamp 0: free; older than the horizon: as good as free
 *
 * A record is a duplicate if its id was kept less than `horizon` ago, else it is kept. Expiry is by
 * generations, of which the horizon has DEDUP_GENERATIONS: how many ids each has kept is counted, so that
 * nobody has to look for what has expired. When the table is nearly full it is written anew, with those that
 * have not; and so it is, smaller, when few are left.
 *
 * Time is that of arrival. It does not go back: an earlier time counts as the latest told.
 *
 * Units: time as the caller's, bytes. Errors: none; no memory and a broken precondition are CHECKs.
 * Ownership: dedup_free() it. Cost: a cache line or two a record, which is a miss where the table is larger
 * than the cache, unless it was prefetched; measured by bench.
 */
#ifndef HEADROOM_PATHS_DEDUP_H
#define HEADROOM_PATHS_DEDUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DEDUP_GENERATIONS = 8 };

struct dedup_id {
    uint64_t high, low;
};

struct dedup_config {
    int64_t horizon; /* >= 1 */
    bool renews;     /* a duplicate keeps its id for another horizon, as Flink's StateTtlConfig OnReadAndWrite
                        does */
};

struct dedup_counts {
    uint64_t kept;
    uint64_t duplicates;
    uint64_t rewritten; /* entries carried over when the table was written anew */
};

struct dedup;
struct dedup *dedup_new(const struct dedup_config *config);
void dedup_free(struct dedup *dedup); /* NULL is allowed */

/* true: keep the record; its id was not kept within the horizon. */
bool dedup_keep(struct dedup *dedup, struct dedup_id id, int64_t now);

/* Brings the id's place into the cache, for a record that comes a few records on. */
void dedup_prefetch(const struct dedup *dedup, struct dedup_id id);

/* Time goes on without records. */
void dedup_advance(struct dedup *dedup, int64_t now);

/* Ids held: those within the horizon, and up to a generation more. */
size_t dedup_ids(const struct dedup *dedup);
/* Of the table; and the most of a table that never held more than so many ids. */
size_t dedup_bytes(const struct dedup *dedup);
size_t dedup_bytes_for(size_t ids);

struct dedup_counts dedup_counts(const struct dedup *dedup);

/* Snapshots: a head, 24 bytes for each id that has not expired, and a CRC-32C; little-endian. Of so many ids: for models that
 * scale a sample up. dedup_snapshot() wants room for dedup_snapshot_bytes() (CHECKed), and returns its size. */
size_t dedup_snapshot_bytes(const struct dedup *dedup);
size_t dedup_snapshot_bytes_for(size_t ids);
size_t dedup_snapshot(const struct dedup *dedup, void *out, size_t capacity);
/* Replaces what is held by a snapshot's. False, and nothing is held, if it is damaged or was made with another configuration.
 * Counts go on. */
bool dedup_restore(struct dedup *dedup, const void *in, size_t n);

/* The id of any bytes, by two hashes of 64 bits. */
struct dedup_id dedup_id_of(const void *bytes, size_t n);

#endif
