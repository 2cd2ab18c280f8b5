/* arena.c: a bump allocator over chunks of growing size.
 *
 * Chunks come from calloc and no byte of one is handed out twice, so pieces are zero without touching them:
 * large chunks cost nothing until they are used.
 */
#include "arena.h"

#include "check.h"

#include <assert.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 16, CHUNK_MIN_BYTES = 64 * 1024, CHUNK_MAX_BYTES = 4 * 1024 * 1024 };

struct chunk {
    struct chunk *next;
    size_t size_bytes;
};
enum { HEADER_BYTES = (sizeof(struct chunk) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT };

struct arena {
    struct chunk *chunks;
    char *free_at; /* the room left in the chunk being filled */
    size_t free_bytes;
    size_t limit_bytes;
    size_t used_bytes;
    size_t next_chunk_bytes;
    arena_exhausted *exhausted;
    void *exhausted_context;
};

struct arena *arena_new(size_t limit_bytes)
{
    struct arena *arena = calloc(1, sizeof *arena);
    CHECK(arena, "out of memory for an arena");
    arena->limit_bytes = limit_bytes;
    arena->next_chunk_bytes = CHUNK_MIN_BYTES;
    return arena;
}

void arena_free(struct arena *arena)
{
    if (!arena) return;
    for (struct chunk *chunk = arena->chunks, *next; chunk; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    free(arena);
}

void arena_on_exhausted(struct arena *arena, arena_exhausted *handler, void *context)
{
    arena->exhausted = handler;
    arena->exhausted_context = context;
}

static _Noreturn void run_out(struct arena *arena, size_t wanted_bytes)
{
    if (arena->exhausted) arena->exhausted(arena->exhausted_context, wanted_bytes);
    CHECK(false, "arena exhausted: %zu bytes wanted, %zu in use, limit %zu", wanted_bytes, arena->used_bytes,
          arena->limit_bytes);
    abort();
}

/* A chunk with room for `bytes`, counted against the limit. */
static struct chunk *take_chunk(struct arena *arena, size_t bytes, size_t wanted_bytes)
{
    if (bytes > SIZE_MAX - HEADER_BYTES) run_out(arena, wanted_bytes);
    size_t total = bytes + HEADER_BYTES;
    if (arena->limit_bytes && total > arena->limit_bytes - arena->used_bytes) run_out(arena, wanted_bytes);
    struct chunk *chunk = calloc(1, total);
    if (!chunk) run_out(arena, wanted_bytes);
    chunk->size_bytes = total;
    arena->used_bytes += total;
    return chunk;
}

void *arena_alloc(struct arena *arena, size_t n, size_t size)
{
    if (size && n > (SIZE_MAX - ALIGNMENT) / size) run_out(arena, SIZE_MAX);
    size_t wanted = n * size;
    /* Zero bytes take one unit, so that every piece has an address of its own. */
    size_t bytes = wanted ? (wanted + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT : ALIGNMENT;

    if (bytes > arena->free_bytes) {
        if (bytes > arena->next_chunk_bytes / 4) {
            /* A chunk of its own, behind the one being filled, whose room stays in use. */
            struct chunk *own = take_chunk(arena, bytes, wanted);
            if (arena->chunks) {
                own->next = arena->chunks->next;
                arena->chunks->next = own;
            } else {
                arena->chunks = own;
            }
            return (char *)own + HEADER_BYTES;
        }
        size_t chunk_bytes = arena->next_chunk_bytes;
        if (arena->limit_bytes) {
            size_t left = arena->limit_bytes - arena->used_bytes;
            size_t usable = left > HEADER_BYTES ? (left - HEADER_BYTES) / ALIGNMENT * ALIGNMENT : 0;
            if (chunk_bytes > usable) chunk_bytes = usable;
            if (bytes > chunk_bytes) run_out(arena, wanted);
        }
        struct chunk *chunk = take_chunk(arena, chunk_bytes, wanted);
        chunk->next = arena->chunks;
        arena->chunks = chunk;
        arena->free_at = (char *)chunk + HEADER_BYTES;
        arena->free_bytes = chunk_bytes;
        if (arena->next_chunk_bytes < CHUNK_MAX_BYTES) arena->next_chunk_bytes *= 2;
    }
    void *piece = arena->free_at;
    arena->free_at += bytes;
    arena->free_bytes -= bytes;
    return piece;
}
static_assert(alignof(max_align_t) >= ALIGNMENT, "calloc aligns chunks, and so pieces");

void *arena_grow(struct arena *arena, const void *old, size_t n_old, size_t n_new, size_t size)
{
    CHECK(n_new >= n_old, "growing from %zu to %zu elements", n_old, n_new);
    void *grown = arena_alloc(arena, n_new, size);
    if (n_old) memcpy(grown, old, n_old * size);
    return grown;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

char *arena_strndup(struct arena *arena, const char *text, size_t n)
{
    CHECK(n < SIZE_MAX, "a string of %zu bytes", n);
    char *copy = arena_alloc(arena, n + 1, 1);
    if (n) memcpy(copy, text, n);
    return copy;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    char nothing[1]; /* a null buffer of no size is as right, and confuses gcc's format check under sanitizers */
    int n = vsnprintf(nothing, sizeof nothing, format, args);
    CHECK(n >= 0, "a format that cannot be printed: %s", format);
    char *text = arena_alloc(arena, (size_t)n + 1, 1);
    vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

size_t arena_used_bytes(const struct arena *arena)
{
    return arena->used_bytes;
}
