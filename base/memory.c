#include "memory.h"

#include <stdint.h>
#include <stdlib.h>

#include "check.h"

void *memory_resize(void *old, size_t n, size_t size)
{
    CHECK(size > 0 && n <= SIZE_MAX / size, "%zu pieces of %zu bytes", n, size);
    void *bytes = realloc(old, n > 0 ? n * size : 1);
    CHECK(bytes != NULL, "no memory for %zu pieces of %zu bytes", n, size);
    return bytes;
}
