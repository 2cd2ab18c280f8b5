/* nearest.c: optimal string alignment distance, three rows of the table at a time. */
#include "nearest.h"

#include <string.h>

enum { LENGTH_MAX = 64 };

/* ASCII alone, so that no locale decides. */
static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t nearest_distance(const char *a, const char *b, size_t limit)
{
    size_t n_a = strnlen(a, LENGTH_MAX + 1), n_b = strnlen(b, LENGTH_MAX + 1);
    size_t above = limit + 1;
    if (n_a > LENGTH_MAX || n_b > LENGTH_MAX) return above;
    if ((n_a > n_b ? n_a - n_b : n_b - n_a) > limit) return above;

    size_t rows[3][LENGTH_MAX + 1];
    size_t *before = rows[0], *previous = rows[1], *current = rows[2];
    for (size_t j = 0; j <= n_b; j++)
        previous[j] = j;
    for (size_t i = 1; i <= n_a; i++) {
        current[0] = i;
        size_t best = i;
        for (size_t j = 1; j <= n_b; j++) {
            size_t differs = lower(a[i - 1]) != lower(b[j - 1]);
            size_t d = least(least(previous[j] + 1, current[j - 1] + 1), previous[j - 1] + differs);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
                d = least(d, before[j - 2] + 1);
            current[j] = d;
            best = least(best, d);
        }
        /* A later row can only reach back two rows, by an exchange that costs one more. */
        if (best > limit + 1) return above;
        size_t *oldest = before;
        before = previous;
        previous = current;
        current = oldest;
    }
    return previous[n_b] > limit ? above : previous[n_b];
}

const char *nearest_name(const char *word, const char *const *names, size_t n)
{
    size_t length = strnlen(word, LENGTH_MAX + 1);
    size_t limit = length / 3 > 1 ? length / 3 : 1;
    const char *nearest = NULL;
    for (size_t i = 0; i < n; i++) {
        size_t d = nearest_distance(word, names[i], limit);
        size_t longer = strnlen(names[i], LENGTH_MAX + 1);
        if (longer < length) longer = length;
        if (d > limit || d >= longer) continue;
        nearest = names[i];
        if (d == 0) break;
        limit = d - 1; /* only a nearer one replaces it */
    }
    return nearest;
}
