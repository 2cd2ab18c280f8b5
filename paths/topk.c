/* topk.c: see topk.h. Counters in use are a prefix. */
#include "topk.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>

static void count_up(int64_t *count, int64_t by)
{
    CHECK(!__builtin_add_overflow(*count, by, count), "a count beyond 2^63");
}

void topk_add(struct topk_counter *counters, int size, uint64_t item, int64_t count)
{
    struct topk_counter *least = counters;
    for (int i = 0; i < size; i++) {
        struct topk_counter *c = &counters[i];
        if (c->count == 0) {
            *c = (struct topk_counter){item, count, 0};
            return;
        }
        if (c->item == item) {
            count_up(&c->count, count);
            return;
        }
        if (c->count < least->count) least = c;
    }
    least->item = item;
    least->error = least->count;
    count_up(&least->count, count);
}

static const struct topk_counter *find(const struct topk_counter *counters, int size, uint64_t item)
{
    for (int i = 0; i < size && counters[i].count != 0; i++)
        if (counters[i].item == item) return &counters[i];
    return NULL;
}

/* How often an item may have come that is not named: 0 while there is room. */
static int64_t least_count(const struct topk_counter *counters, int size)
{
    int64_t least = counters[0].count;
    for (int i = 1; i < size; i++)
        if (counters[i].count < least) least = counters[i].count;
    return least;
}

static int by_count(const void *a, const void *b)
{
    const struct topk_counter *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

void topk_merge(struct topk_counter *into, const struct topk_counter *from, int size)
{
    struct topk_counter both[2 * TOPK_SIZE_MAX];
    const int64_t least_into = least_count(into, size), least_from = least_count(from, size);
    size_t n = 0;
    for (int i = 0; i < size && into[i].count != 0; i++) {
        const struct topk_counter *other = find(from, size, into[i].item);
        both[n] = into[i];
        count_up(&both[n].count, other == NULL ? least_from : other->count);
        both[n++].error += other == NULL ? least_from : other->error;
    }
    for (int i = 0; i < size && from[i].count != 0; i++) {
        if (find(into, size, from[i].item) != NULL) continue;
        both[n] = from[i];
        count_up(&both[n].count, least_into);
        both[n++].error += least_into;
    }
    qsort(both, n, sizeof *both, by_count);
    memset(into, 0, topk_bytes(size));
    memcpy(into, both, (n < (size_t)size ? n : (size_t)size) * sizeof *both);
}

size_t topk_list(const struct topk_counter *counters, int size, struct topk_counter *out, size_t k)
{
    struct topk_counter sorted[TOPK_SIZE_MAX];
    size_t n = 0;
    for (; n < (size_t)size && counters[n].count != 0; n++)
        sorted[n] = counters[n];
    qsort(sorted, n, sizeof *sorted, by_count);
    if (n > k) n = k;
    memcpy(out, sorted, n * sizeof *sorted);
    return n;
}
