/* arena.h: memory that is freed all at once.
 *
 * An arena hands out zeroed memory, aligned to 16 bytes, from chunks it takes from malloc and gives back in
 * arena_free(). There is no freeing of single pieces. A limit in bytes may be set: it bounds the chunks
 * taken, and reaching it calls the exhausted handler, which must not return (longjmp to whoever owns the
 * run). Without a handler, or if malloc itself fails, CHECK ends the process. So no caller ever sees a null
 * pointer.
 *
 * Ranges: n * size is checked for overflow; a request of zero bytes gives a distinct valid pointer.
 * Ownership: whoever calls arena_new() calls arena_free(). One arena belongs to one thread at a time.
 * Cost: a few nanoseconds a piece plus the zeroing; a piece over a quarter of the chunk size gets a chunk of
 * its own.
 */
#ifndef HEADROOM_BASE_ARENA_H
#define HEADROOM_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

/* limit_bytes 0: no limit. */
struct arena *arena_new(size_t limit_bytes);
void arena_free(struct arena *arena); /* NULL is allowed */

/* wanted_bytes is the size of the piece that did not fit. The arena stays usable: smaller pieces may still
 * fit. */
typedef void arena_exhausted(void *context, size_t wanted_bytes);
void arena_on_exhausted(struct arena *arena, arena_exhausted *handler, void *context);

void *arena_alloc(struct arena *arena, size_t n, size_t size)
    __attribute__((returns_nonnull, warn_unused_result));
#define ARENA_NEW(arena, type, n) ((type *)arena_alloc((arena), (n), sizeof(type)))

/* A larger copy of the n_old elements at `old` (NULL allowed when n_old is 0); the old piece stays until the
 * arena is freed, so grow by doubling. */
void *arena_grow(struct arena *arena, const void *old, size_t n_old, size_t n_new, size_t size)
    __attribute__((returns_nonnull, warn_unused_result));

char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t n); /* n bytes and a NUL */
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* Bytes taken from malloc so far, free room in chunks included: what the limit bounds. */
size_t arena_used_bytes(const struct arena *arena);

#endif
