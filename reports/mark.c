/* mark.c: see mark.h. */
#include "mark.h"

#include "arena.h"
#include "check.h"
#include "utf8.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static void put_bytes(struct mark *mark, const char *bytes, size_t n)
{
    CHECK(n < SIZE_MAX / 4 && mark->n < SIZE_MAX / 4, "a text of %zu bytes", mark->n);
    if (mark->n + n + 1 > mark->capacity) {
        size_t capacity = 2 * (mark->n + n + 1) + 1024;
        mark->bytes = arena_grow(mark->arena, mark->bytes, mark->n, capacity, 1);
        mark->capacity = capacity;
    }
    memcpy(mark->bytes + mark->n, bytes, n);
    mark->n += n;
    mark->bytes[mark->n] = '\0';
}

void mark_put(struct mark *mark, const char *text)
{
    put_bytes(mark, text, strlen(text));
}

void mark_printf(struct mark *mark, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = arena_vprintf(mark->arena, format, arguments);
    va_end(arguments);
    mark_put(mark, text);
}

static bool is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

const char *mark_text(struct arena *arena, const char *text)
{
    if (text == NULL) return "?";
    size_t n = strlen(text), i = 0;
    CHECK(n < SIZE_MAX / 8, "a text of %zu bytes", n);
    char *out = ARENA_NEW(arena, char, 5 * n + 1), *to = out;
    while (i < n) {
        uint32_t c = 0;
        size_t length = utf8_decode(text + i, n - i, &c);
        if (length == 0 || utf8_is_harmful(c)) {
            *to++ = c == '\n' || c == '\t' || c == '\r' ? ' ' : '?';
            i += length > 0 ? length : 1;
            continue;
        }
        /* An underscore inside a word is no emphasis anywhere, and names are full of them. */
        bool inner =
            c == '_' && i > 0 && i + 1 < n && is_alphanumeric(text[i - 1]) && is_alphanumeric(text[i + 1]);
        if (c == '@') {
            memcpy(to, "&#64;", 5); /* a backslash does not stop a mention */
            to += 5;
        } else {
            if (c < 0x80 && strchr("\\`*_{}[]<>#|~$!&^", (int)c) != NULL && !inner) *to++ = '\\';
            memcpy(to, text + i, length);
            to += length;
        }
        i += length;
    }
    *to = '\0';
    return out;
}

const char *mark_code(struct arena *arena, const char *text)
{
    bool plain = text != NULL && text[0] != '\0' && text[0] != ' ' && text[strlen(text) - 1] != ' ';
    for (const char *c = text; plain && *c != '\0'; c++)
        plain = *c >= ' ' && *c <= '~' && strchr("`|\\", *c) == NULL;
    if (!plain) return mark_text(arena, text);
    return arena_printf(arena, "`%s`", text);
}

void mark_row(struct mark *mark, int n, const char *const *cells)
{
    mark_put(mark, "|");
    for (int i = 0; i < n; i++)
        mark_printf(mark, " %s |", cells[i]);
    mark_put(mark, "\n");
}

void mark_rule(struct mark *mark, const char *columns)
{
    mark_put(mark, "|");
    for (; *columns != '\0'; columns++)
        mark_put(mark, *columns == 'r' ? " ---: |" : " --- |");
    mark_put(mark, "\n");
}
