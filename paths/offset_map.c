/* offset_map.c: see offset_map.h. */
#include "offset_map.h"

#include "check.h"
#include "md5.h"

#include <stdlib.h>
#include <string.h>

void offset_map_init(struct offset_map *map, size_t memory_bytes, double load_factor)
{
    CHECK(memory_bytes >= OFFSET_MAP_ENTRY_BYTES && load_factor > 0 && load_factor <= 1, "%zu bytes, load %g",
          memory_bytes, load_factor);
    *map = (struct offset_map){.slots = memory_bytes / OFFSET_MAP_ENTRY_BYTES, .latest = -1};
    map->usable = (size_t)((double)map->slots * load_factor);
    if (map->usable == map->slots) map->slots++; /* probes end at a free one */
    map->entries = calloc(map->slots, OFFSET_MAP_ENTRY_BYTES);
    CHECK(map->entries != NULL, "no memory for %zu bytes", memory_bytes);
}

void offset_map_free(struct offset_map *map)
{
    free(map->entries);
    *map = (struct offset_map){0};
}

void offset_map_clear(struct offset_map *map)
{
    memset(map->entries, 0, map->slots * OFFSET_MAP_ENTRY_BYTES);
    map->size = 0;
    map->latest = -1;
}

static bool is_empty(const unsigned char *entry)
{
    static const unsigned char nothing[OFFSET_MAP_ENTRY_BYTES];
    return memcmp(entry, nothing, MD5_BYTES) == 0;
}

/* The slot of a hash, or the empty one where it belongs. */
static unsigned char *find(struct offset_map *map, const unsigned char hash[MD5_BYTES])
{
    enum { LAST = MD5_BYTES - 4 };
    map->lookups++;
    for (size_t attempt = 0;; attempt++) {
        const unsigned char *at = hash + (attempt < LAST ? attempt : (size_t)LAST);
        const int32_t four =
            (int32_t)((uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]);
        const int64_t probe = (int64_t)four + (attempt > LAST ? (int64_t)(attempt - LAST) : 0);
        unsigned char *entry =
            map->entries + (size_t)(probe < 0 ? -probe : probe) % map->slots * OFFSET_MAP_ENTRY_BYTES;
        map->probes++;
        if (is_empty(entry) || memcmp(entry, hash, MD5_BYTES) == 0) return entry;
        CHECK(attempt < ((size_t)1 << 33) + map->slots, "a map without a free slot");
    }
}

bool offset_map_put(struct offset_map *map, const void *key, size_t n, int64_t offset)
{
    CHECK(offset >= 0, "offset %lld", (long long)offset);
    if (map->size >= map->usable) return false;
    unsigned char hash[MD5_BYTES];
    md5(key, n, hash);
    unsigned char *entry = find(map, hash);
    if (is_empty(entry)) map->size++;
    memcpy(entry, hash, MD5_BYTES);
    memcpy(entry + MD5_BYTES, &offset, sizeof offset);
    map->latest = offset;
    return true;
}

int64_t offset_map_get(struct offset_map *map, const void *key, size_t n)
{
    unsigned char hash[MD5_BYTES];
    md5(key, n, hash);
    const unsigned char *entry = find(map, hash);
    int64_t offset;
    memcpy(&offset, entry + MD5_BYTES, sizeof offset);
    return is_empty(entry) ? -1 : offset;
}
