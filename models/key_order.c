/* key_order.c: see key_order.h. */
#include "key_order.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "arena.h"
#include "bucket.h"
#include "check.h"
#include "event.h"

/* Keys are a letter and a number: their bytes ascend as the numbers' digits do, so that 1, 10, 100, 101 .. 11 .. 2. */
static int64_t next_rank(int64_t rank, int64_t most)
{
    if (rank <= most / 10) return rank * 10;
    while (rank % 10 == 9 || rank == most)
        rank /= 10;
    return rank == 0 ? 0 : rank + 1;
}

static int bucket_at(int64_t rank, int buckets)
{
    if (buckets == 1) return 0;
    char key[EVENT_KEY_BYTES_MAX];
    const size_t n = event_key((uint64_t)rank, key);
    return bucket_of(key, n, buckets);
}

/* Records of each rank, all populations together. */
static double *records_of(const struct scenario *s, const double *by_keys, int64_t *most)
{
    *most = 0;
    for (int k = 0; k < s->keys_n; k++)
        if (by_keys[k] > 0 && s->keys[k].population > *most) *most = s->keys[k].population;
    double *records = calloc((size_t)*most + 1, sizeof *records);
    CHECK(records, "no memory for %lld keys", (long long)*most);
    for (int k = 0; k < s->keys_n; k++) {
        if (by_keys[k] <= 0) continue;
        double sum = 0;
        for (int64_t rank = s->keys[k].population; rank >= 1; rank--)
            sum += pow((double)rank, -s->keys[k].zipf);
        for (int64_t rank = 1; rank <= s->keys[k].population; rank++)
            records[rank] += by_keys[k] * pow((double)rank, -s->keys[k].zipf) / sum;
    }
    return records;
}

const struct key_order *key_order_new(const struct scenario *s, const double *by_keys, int buckets, struct arena *arena)
{
    int64_t most;
    double *records = records_of(s, by_keys, &most);
    uint16_t *bucket = calloc((size_t)most + 1, sizeof *bucket);
    CHECK(bucket && buckets >= 1 && buckets <= UINT16_MAX, "%d buckets of %lld keys", buckets, (long long)most);
    int64_t *first = ARENA_NEW(arena, int64_t, (size_t)buckets + 1), *next = ARENA_NEW(arena, int64_t, (size_t)buckets);
    for (int64_t rank = 1; rank <= most; rank++) {
        bucket[rank] = (uint16_t)bucket_at(rank, buckets);
        first[bucket[rank] + 1]++;
    }
    for (int b = 0; b < buckets; b++) {
        first[b + 1] += first[b];
        next[b] = first[b];
    }
    double *upto = ARENA_NEW(arena, double, (size_t)most);
    for (int64_t rank = most > 0 ? 1 : 0; rank != 0; rank = next_rank(rank, most)) {
        const int b = bucket[rank];
        const int64_t at = next[b]++;
        upto[at] = records[rank] + (at > first[b] ? upto[at - 1] : 0);
    }
    for (int b = 0; b < buckets; b++) {
        CHECK(next[b] == first[b + 1], "%lld keys of bucket %d", (long long)(next[b] - first[b]), b);
        const double all = first[b + 1] > first[b] ? upto[first[b + 1] - 1] : 1;
        for (int64_t i = first[b]; i < first[b + 1]; i++)
            upto[i] /= all;
    }
    free(records);
    free(bucket);
    struct key_order *order = ARENA_NEW(arena, struct key_order, 1);
    *order = (struct key_order){.buckets = buckets, .first = first, .upto = upto};
    return order;
}

void key_order_at(const struct key_order *order, int bucket, double u, double *from, double *to)
{
    CHECK(bucket >= 0 && bucket < order->buckets && u >= 0 && u < 1, "bucket %d of %d at %g", bucket, order->buckets, u);
    const int64_t begin = order->first[bucket], end = order->first[bucket + 1];
    *from = *to = 0;
    if (begin == end) return;
    int64_t low = begin, high = end - 1; /* keys before low end at u or before */
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (order->upto[middle] <= u)
            low = middle + 1;
        else
            high = middle;
    }
    *from = low > begin ? order->upto[low - 1] : 0;
    *to = order->upto[low];
}
