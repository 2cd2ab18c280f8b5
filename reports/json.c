/* json.c: see json.h. */
#include "json.h"

#include "arena.h"
#include "record.h"

#include <errno.h>
#include <string.h>

bool report_json(const struct record *record, bool with_host, FILE *out, char *error, size_t n)
{
    struct arena *arena = arena_new(0);
    size_t length;
    const char *text = record_write(record, with_host, arena, &length);
    errno = 0;
    bool written = fwrite(text, 1, length, out) == length && fflush(out) == 0;
    if (!written)
        snprintf(error, n, "the run record: %s", errno != 0 ? strerror(errno) : "cannot be written");
    arena_free(arena);
    return written;
}
