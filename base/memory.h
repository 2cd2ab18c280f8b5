/* memory.h: malloc'ed arrays that grow. What can live in an arena does (base/arena.h). */
#ifndef HEADROOM_BASE_MEMORY_H
#define HEADROOM_BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* realloc() of n pieces of size bytes each, size > 0; of none it is memory all the same. CHECKs that the product fits and that there is memory; never NULL. */
void *memory_resize(void *old, size_t n, size_t size);

/* A full ring of *capacity pieces (0 or a power of two), the oldest at *head modulo that, with twice the room, or with `first` (a
 * power of two) if it had none; the oldest is then at 0. `old` is freed. CHECKs that the capacity fits and that there is memory.
 * Cost: a copy of all. */
void *memory_ring_grow(void *old, uint32_t *capacity, uint32_t *head, uint32_t first, size_t size);

#endif
