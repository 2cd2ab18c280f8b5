/* diag.c: keeps mistakes in an arena of its own; sorts them when they are asked for. */
#include "diag.h"

#include "arena.h"
#include "check.h"
#include "utf8.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* How much of a long source line is shown, in characters: before the caret, and in all. */
enum { BEFORE_MAX = 60, WINDOW_MAX = 100, LINE_INDENT = 4 };

struct source {
    const char *file;
    const char *text; /* NULL until diag_source() gave it */
    size_t n;
};

struct item {
    struct diag_entry entry;
    size_t source;
    size_t order;
};

struct diag {
    struct arena *arena;
    struct source *sources;
    size_t n_sources, sources_room;
    struct item *items;
    size_t n_items, items_room;
    size_t mistakes, notes;
    bool sorted;
};

struct diag *diag_new(void)
{
    struct diag *diag = calloc(1, sizeof *diag);
    CHECK(diag, "out of memory for diagnostics");
    diag->arena = arena_new(0);
    diag->sorted = true;
    return diag;
}

void diag_free(struct diag *diag)
{
    if (!diag) return;
    arena_free(diag->arena);
    free(diag);
}

static size_t source_of(struct diag *diag, const char *file)
{
    for (size_t i = 0; i < diag->n_sources; i++) {
        if (strcmp(diag->sources[i].file, file) == 0) return i;
    }
    if (diag->n_sources == diag->sources_room) {
        size_t room = diag->sources_room ? 2 * diag->sources_room : 8;
        diag->sources = arena_grow(diag->arena, diag->sources, diag->n_sources, room, sizeof *diag->sources);
        diag->sources_room = room;
    }
    diag->sources[diag->n_sources] = (struct source){.file = arena_strdup(diag->arena, file)};
    return diag->n_sources++;
}

void diag_source(struct diag *diag, const char *file, const char *text, size_t n)
{
    size_t index = source_of(diag, file); /* may move the sources, so first */
    struct source *source = &diag->sources[index];
    source->text = text;
    source->n = n;
}

__attribute__((format(printf, 6, 0))) static void add(struct diag *diag, bool is_note, const char *file,
                                                      struct diag_pos pos, const char *path,
                                                      const char *format, va_list args)
{
    *(is_note ? &diag->notes : &diag->mistakes) += 1;
    if (diag->n_items == DIAG_KEPT_MAX) return;
    if (diag->n_items == diag->items_room) {
        size_t room = diag->items_room ? 2 * diag->items_room : 32;
        diag->items = arena_grow(diag->arena, diag->items, diag->n_items, room, sizeof *diag->items);
        diag->items_room = room;
    }
    size_t source = source_of(diag, file);
    diag->items[diag->n_items] = (struct item){
        .entry = {.file = diag->sources[source].file,
                  .path = path ? arena_strdup(diag->arena, path) : "",
                  .message = arena_vprintf(diag->arena, format, args),
                  .pos = pos,
                  .is_note = is_note},
        .source = source,
        .order = diag->n_items,
    };
    diag->n_items++;
    diag->sorted = false;
}

void diag_add(struct diag *diag, const char *file, struct diag_pos pos, const char *path, const char *format,
              ...)
{
    va_list args;
    va_start(args, format);
    add(diag, false, file, pos, path, format, args);
    va_end(args);
}

void diag_note(struct diag *diag, const char *file, struct diag_pos pos, const char *path, const char *format,
               ...)
{
    va_list args;
    va_start(args, format);
    add(diag, true, file, pos, path, format, args);
    va_end(args);
}

size_t diag_count(const struct diag *diag)
{
    return diag->mistakes;
}

size_t diag_note_count(const struct diag *diag)
{
    return diag->notes;
}

static int compare_items(const void *left, const void *right)
{
    const struct item *a = left, *b = right;
    if (a->source != b->source) return a->source < b->source ? -1 : 1;
    if (a->entry.pos.line != b->entry.pos.line) return a->entry.pos.line < b->entry.pos.line ? -1 : 1;
    if (a->entry.pos.column != b->entry.pos.column) return a->entry.pos.column < b->entry.pos.column ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

static void sort(struct diag *diag)
{
    if (diag->sorted) return;
    qsort(diag->items, diag->n_items, sizeof *diag->items, compare_items);
    diag->sorted = true;
}

const struct diag_entry *diag_get(struct diag *diag, size_t index)
{
    sort(diag);
    return index < diag->n_items ? &diag->items[index].entry : NULL;
}

/* What could upset a terminal is shown as '?', a tab as a space: one column each, so carets stay in place. */
static void print_harmless(const char *text, size_t n, FILE *out)
{
    for (size_t i = 0; i < n;) {
        uint32_t c = 0;
        size_t length = utf8_decode(text + i, n - i, &c);
        if (length == 0 || (utf8_is_harmful(c) && c != '\t')) {
            fputc('?', out);
        } else if (c == '\t') {
            fputc(' ', out);
        } else {
            fwrite(text + i, 1, length, out);
        }
        i += length ? length : 1;
    }
}

/* Bytes of the character that ends before, or starts at, a place; a byte that is no UTF-8 is a character of
 * its own, as it is when printed. */
static size_t length_before(const char *text, size_t at)
{
    uint32_t c;
    for (size_t n = 1; n <= 4 && n <= at; n++) {
        if (utf8_decode(text + at - n, n, &c) == n) return n;
    }
    return 1;
}

static size_t length_at(const char *text, size_t left)
{
    uint32_t c;
    size_t n = utf8_decode(text, left, &c);
    return n ? n : 1;
}

/* The source line with a caret under the position. Looks at no more of a long line than it shows. */
static void print_line(const struct source *source, struct diag_pos pos, FILE *out)
{
    const char *text = source->text;
    size_t at = pos.offset;
    if (!text || at > source->n) return;

    size_t from = at;
    int before = 0;
    while (from > 0 && text[from - 1] != '\n' && before < BEFORE_MAX) {
        from -= length_before(text, from);
        before++;
    }
    bool cut_before = from > 0 && text[from - 1] != '\n';
    size_t to = at;
    for (int shown = before; to < source->n && text[to] != '\n' && text[to] != '\r' && shown < WINDOW_MAX;
         shown++)
        to += length_at(text + to, source->n - to);
    bool cut_after = to < source->n && text[to] != '\n' && text[to] != '\r';

    fprintf(out, "%*s%s", LINE_INDENT, "", cut_before ? "..." : "");
    print_harmless(text + from, to - from, out);
    fprintf(out, "%s\n%*s^\n", cut_after ? "..." : "", LINE_INDENT + (cut_before ? 3 : 0) + before, "");
}

void diag_print(struct diag *diag, FILE *out)
{
    sort(diag);
    size_t printed = 0, printed_mistakes = 0;
    for (; printed < diag->n_items && printed < DIAG_PRINTED_MAX; printed++) {
        const struct item *item = &diag->items[printed];
        const struct diag_entry *entry = &item->entry;
        print_harmless(entry->file, strlen(entry->file), out);
        if (entry->pos.line) fprintf(out, ":%u:%u", entry->pos.line, entry->pos.column);
        fputs(": ", out);
        if (entry->path[0]) {
            print_harmless(entry->path, strlen(entry->path), out);
            fputs(": ", out);
        }
        if (entry->is_note) fputs("note: ", out);
        print_harmless(entry->message, strlen(entry->message), out);
        fputc('\n', out);
        if (entry->pos.line) print_line(&diag->sources[item->source], entry->pos, out);
        printed_mistakes += !entry->is_note;
    }
    if (diag->mistakes > printed_mistakes) {
        fprintf(out, "... and %zu more (%zu mistakes in all)\n", diag->mistakes - printed_mistakes,
                diag->mistakes);
    }
}
