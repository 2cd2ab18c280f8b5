/* memory.h: malloc'ed arrays that grow. What can live in an arena does (base/arena.h). */
#ifndef HEADROOM_BASE_MEMORY_H
#define HEADROOM_BASE_MEMORY_H

#include <stddef.h>

/* realloc() of n pieces of size bytes each, size > 0; of none it is memory all the same. CHECKs that the product fits and that there is memory; never NULL. */
void *memory_resize(void *old, size_t n, size_t size);

#endif
