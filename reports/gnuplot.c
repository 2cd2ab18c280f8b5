/* gnuplot.c: see gnuplot.h. */
#include "gnuplot.h"

#include "arena.h"
#include "axis.h"
#include "check.h"
#include "json_text.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* At most `limit` characters of UTF-8 text, "..." for what is cut, quoted. */
const char *gnuplot_quoted(struct arena *arena, const char *text, int limit)
{
    size_t n = strlen(text);
    CHECK(n < SIZE_MAX / 4, "a label of %zu bytes", n);
    int characters = 0;
    for (size_t i = 0; i < n; i++)
        characters += ((unsigned char)text[i] & 0xc0) != 0x80;
    bool cut = characters > limit;
    char *out = ARENA_NEW(arena, char, 2 * n + 8);
    char *to = out;
    *to++ = '\'';
    int taken = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        taken += (c & 0xc0) != 0x80;
        if (cut && taken > limit - 3) break;
        if (c == '\'') *to++ = '\'';
        *to++ = c < 0x20 || c == 0x7f ? '?' : (char)c;
    }
    if (cut) to = strcpy(to, "...") + 3;
    *to++ = '\'';
    *to = '\0';
    return out;
}

/* The byte at which character `count` begins; the end if there are not so many. */
static size_t character_at(const char *text, int count)
{
    size_t i = 0;
    for (; text[i] != '\0'; i++) {
        if (((unsigned char)text[i] & 0xc0) != 0x80 && count-- == 0) break;
    }
    return i;
}

const char *gnuplot_quoted_ends(struct arena *arena, const char *text, int limit)
{
    int characters = 0, head = (limit - 3) / 2, tail = limit - 3 - head;
    for (const char *c = text; *c != '\0'; c++)
        characters += ((unsigned char)*c & 0xc0) != 0x80;
    if (characters > limit)
        text = arena_printf(arena, "%.*s...%s", (int)character_at(text, head), text,
                            text + character_at(text, characters - tail));
    return gnuplot_quoted(arena, text, limit);
}

const char *gnuplot_quoted_tick(struct arena *arena, const char *text, int limit)
{
    const char *quoted = gnuplot_quoted_ends(arena, text, limit);
    char *out = ARENA_NEW(arena, char, 2 * strlen(quoted) + 1), *to = out;
    for (const char *c = quoted; *c != '\0'; c++) {
        if (*c == '%') *to++ = '%';
        *to++ = *c;
    }
    *to = '\0';
    return out;
}

void gnuplot_number(FILE *out, double value)
{
    char text[32] = "NaN";
    if (!isnan(value)) json_text_double(value, text);
    fputs(text, out);
}

void gnuplot_value(FILE *out, const char *name, double value)
{
    fprintf(out, "%s = ", name);
    gnuplot_number(out, value);
    fputs("\n", out);
}

/* An array of n, or of one unused element: gnuplot has no empty arrays. */
void gnuplot_numbers(FILE *out, const char *name, const double *values, int n)
{
    fprintf(out, "array %s[%d] = [", name, n > 0 ? n : 1);
    for (int i = 0; i < n; i++) {
        fputs(i > 0 ? ", " : "", out);
        gnuplot_number(out, values[i]);
    }
    fputs(n > 0 ? "]\n" : "0]\n", out);
}

void gnuplot_strings(FILE *out, const char *name, const char *const *quoted_values, int n)
{
    fprintf(out, "array %s[%d] = [", name, n > 0 ? n : 1);
    for (int i = 0; i < n; i++)
        fprintf(out, "%s%s", i > 0 ? ", " : "", quoted_values[i]);
    fputs(n > 0 ? "]\n" : "'']\n", out);
}

void gnuplot_axis(FILE *out, const char *prefix, const struct axis *axis)
{
    char name[64];
    const struct {
        const char *suffix;
        double value;
    } values[] = {{"min", axis->min},
                  {"max", axis->max},
                  {"log", axis->is_log ? 1 : 0},
                  {"floor", axis->floor},
                  {"ticks", axis->ticks_n}};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        snprintf(name, sizeof(name), "%s_%s", prefix, values[i].suffix);
        gnuplot_value(out, name, values[i].value);
    }
    snprintf(name, sizeof(name), "%s_tick", prefix);
    gnuplot_numbers(out, name, axis->tick, axis->ticks_n);
    /* Labels are ours: digits, letters, "<=", a point. */
    fprintf(out, "array %s_label[%d] = [", prefix, axis->ticks_n > 0 ? axis->ticks_n : 1);
    for (int i = 0; i < axis->ticks_n; i++)
        fprintf(out, "%s'%s'", i > 0 ? ", " : "", axis->label[i]);
    fputs(axis->ticks_n > 0 ? "]\n" : "'']\n", out);
}
