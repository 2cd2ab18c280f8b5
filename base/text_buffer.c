/* text_buffer.c: text that grows; see text_buffer.h. */
#include "text_buffer.h"

#include <stdint.h>
#include <string.h>

#include "arena.h"
#include "check.h"

void text_buffer_init(struct text_buffer *text, struct arena *arena, size_t capacity)
{
    CHECK(capacity >= 1, "a text of no capacity");
    *text = (struct text_buffer){.arena = arena, .bytes = ARENA_NEW(arena, char, capacity), .capacity = capacity};
}

void text_buffer_put(struct text_buffer *text, const char *bytes, size_t n)
{
    if (n > text->capacity - text->n) {
        size_t capacity = text->capacity;
        while (n > capacity - text->n) {
            CHECK(capacity <= SIZE_MAX / 2, "a text of more than %zu bytes", capacity);
            capacity *= 2;
        }
        text->bytes = arena_grow(text->arena, text->bytes, text->n, capacity, 1);
        text->capacity = capacity;
    }
    if (n > 0) memcpy(text->bytes + text->n, bytes, n);
    text->n += n;
}
