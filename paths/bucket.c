/* bucket.c: see bucket.h. */
#include "bucket.h"

#include "check.h"

static uint32_t rotated(uint32_t x, int by)
{
    return x << by | x >> (32 - by);
}

static uint32_t mixed(uint32_t block)
{
    return rotated(block * 0xcc9e2d51u, 15) * 0x1b873593u;
}

int32_t bucket_hash(const void *key, size_t n)
{
    const unsigned char *p = key;
    uint32_t h = 0, tail = 0;
    size_t left = n;
    for (; left >= 4; left -= 4, p += 4) {
        const uint32_t block = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        h = rotated(h ^ mixed(block), 13) * 5 + 0xe6546b64u;
    }
    for (size_t i = left; i > 0; i--)
        tail = tail << 8 | p[i - 1];
    h ^= mixed(tail) ^ (uint32_t)n;
    h = (h ^ h >> 16) * 0x85ebca6bu;
    h = (h ^ h >> 13) * 0xc2b2ae35u;
    h ^= h >> 16;
    return h <= INT32_MAX ? (int32_t)h : (int32_t)(h - (uint32_t)INT32_MAX - 1) + INT32_MIN;
}

int bucket_of(const void *key, size_t n, int buckets)
{
    CHECK(buckets >= 1, "%d buckets", buckets);
    return (int)(((uint32_t)bucket_hash(key, n) & 0x7fffffffu) % (uint32_t)buckets);
}
