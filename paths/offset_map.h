/* offset_map.h: the latest offset of each key, in 24 bytes a key, as Kafka's log cleaner keeps it.
 *
 * A flat open-addressing table of MD5 hashes and offsets (SkimpyOffsetMap): keys themselves are not kept, so two with the
 * same hash would be one. The first probes take four bytes of the hash each, from the first on, and once these are used
 * up the next slots. The map takes `usable` keys, slots x load factor rounded down, and says when it is full.
 *
 *   slot   hash 16 | offset 8      all zeroes: empty (Kafka's own test; no key hashes to that)
 *
 * Units: offsets >= 0. Ownership: memory is the map's, offset_map_free() it. Errors: CHECKs. Cost: MD5, and a cache miss
 * a probe.
 */
#ifndef HEADROOM_PATHS_OFFSET_MAP_H
#define HEADROOM_PATHS_OFFSET_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OFFSET_MAP_ENTRY_BYTES = 24 };

struct offset_map {
    unsigned char *entries;
    size_t slots, usable, size;
    int64_t latest; /* the greatest offset that was looked at; -1 at first */
    uint64_t lookups, probes;
};

/* memory_bytes >= 24; load_factor in (0, 1]. log.cleaner.dedupe.buffer.size (a thread's part of it) and
 * log.cleaner.io.buffer.load.factor. At least one slot stays free. */
void offset_map_init(struct offset_map *map, size_t memory_bytes, double load_factor);
void offset_map_free(struct offset_map *map);
void offset_map_clear(struct offset_map *map);

/* False, and nothing changed, if the map is full, even where it has the key (Kafka stops there). */
bool offset_map_put(struct offset_map *map, const void *key, size_t n, int64_t offset);
int64_t offset_map_get(struct offset_map *map, const void *key, size_t n); /* -1: it has it not */

/* Records up to here were looked at, whether or not they have keys. */
static inline void offset_map_looked_at(struct offset_map *map, int64_t offset)
{
    map->latest = offset;
}

#endif
