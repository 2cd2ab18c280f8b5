/* text_buffer.h: text that grows, in an arena.
 *
 * It doubles when full; the arena keeps the outgrown halves until it is freed. Bytes are not ended by a NUL: put one if it is
 * wanted. Errors: a size that cannot be counted is a CHECK. Cost: O(1) a byte, amortised.
 */
#ifndef HEADROOM_BASE_TEXT_BUFFER_H
#define HEADROOM_BASE_TEXT_BUFFER_H

#include <stddef.h>

struct arena;

struct text_buffer {
    struct arena *arena;
    char *bytes;
    size_t n, capacity; /* capacity >= 1: see text_buffer_init() */
};

void text_buffer_init(struct text_buffer *text, struct arena *arena, size_t capacity); /* capacity >= 1 */
void text_buffer_put(struct text_buffer *text, const char *bytes, size_t n);

#endif
