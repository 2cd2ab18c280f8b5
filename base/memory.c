#include "memory.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

void *memory_resize(void *old, size_t n, size_t size)
{
    CHECK(size > 0 && n <= SIZE_MAX / size, "%zu pieces of %zu bytes", n, size);
    void *bytes = realloc(old, n > 0 ? n * size : 1);
    CHECK(bytes != NULL, "no memory for %zu pieces of %zu bytes", n, size);
    return bytes;
}

void *memory_ring_grow(void *old, uint32_t *capacity, uint32_t *head, uint32_t first, size_t size)
{
    const uint32_t n = *capacity, grown = n > 0 ? 2 * n : first;
    CHECK(grown > n, "a ring of %u", n);
    unsigned char *pieces = memory_resize(NULL, grown, size);
    if (n > 0) {
        const size_t before = (size_t)(*head & (n - 1)) * size, behind = n * size - before;
        memcpy(pieces, (unsigned char *)old + before, behind);
        memcpy(pieces + behind, old, before);
    }
    free(old);
    *capacity = grown;
    *head = 0;
    return pieces;
}
