/* bare_queues.h: the least that a pending event set can be, as references for the kernel: a heap and a ladder
 * queue of 16-byte events without an order of ties, without cancellation, without payload but one number,
 * and without checks. Of two events at one time either may come first.
 *
 *   bare_heap    4-ary, keys inline
 *   bare_ladder  Tang, Goh and Thng, "Ladder queue: an O(1) priority queue structure for large-scale discrete
 *                event simulation" (ACM TOMACS 15(3), 2005), with its threshold of 50 events; lists through a
 *                pool as buckets, and a sorted array as bottom
 *
 * Times are >= 0 and never before the last one popped. Popping from an empty queue is not allowed. Ownership:
 * the arena's; capacity events at most, which nobody checks.
 */
#ifndef HEADROOM_BENCH_BARE_QUEUES_H
#define HEADROOM_BENCH_BARE_QUEUES_H

#include <stdbool.h>
#include <stdint.h>

struct arena;

struct bare_event {
    int64_t time;
    int64_t payload;
};

struct bare_heap {
    struct bare_event *events; /* [1, n] */
    uint32_t n;
};

void bare_heap_init(struct bare_heap *, struct arena *, uint32_t capacity);

static inline void bare_heap_push(struct bare_heap *h, struct bare_event event)
{
    uint32_t i = ++h->n;
    while (i > 1) {
        const uint32_t parent = (i + 2) / 4;
        if (h->events[parent].time <= event.time) break;
        h->events[i] = h->events[parent];
        i = parent;
    }
    h->events[i] = event;
}

static inline struct bare_event bare_heap_pop(struct bare_heap *h)
{
    const struct bare_event top = h->events[1], last = h->events[h->n--];
    uint32_t i = 1;
    for (uint32_t first = 2; first <= h->n; first = 4 * i - 2) {
        const uint32_t beyond = h->n - first < 4 ? h->n + 1 : first + 4;
        uint32_t least = first;
        for (uint32_t child = first + 1; child < beyond; child++)
            if (h->events[child].time < h->events[least].time) least = child;
        if (h->events[least].time >= last.time) break;
        h->events[i] = h->events[least];
        i = least;
    }
    h->events[i] = last;
    return top;
}

enum { BARE_RUNGS = 8, BARE_THRESHOLD = 50 };

struct bare_node {
    int64_t time;
    uint32_t payload, next;
};

struct bare_rung {
    uint32_t *heads, *counts;
    int64_t start, current_start, width;
    uint32_t buckets, current, room;
};

struct bare_ladder {
    struct arena *arena;
    struct bare_node *nodes;
    uint32_t free, used;
    uint32_t top, top_n;
    int64_t top_start, top_least, top_most;
    struct bare_rung rungs[BARE_RUNGS];
    int rungs_n;
    struct bare_event *bottom; /* [1, bottom_n], the latest first; behind [0] nothing is */
    uint32_t bottom_n;
};

void bare_ladder_init(struct bare_ladder *, struct arena *, uint32_t capacity);
/* For what is inlined below. */
void bare_ladder_refill(struct bare_ladder *);
void bare_ladder_split(struct bare_ladder *);

enum { BARE_NONE = -1 };

static inline uint32_t bare_ladder_node(struct bare_ladder *l, int64_t time, uint32_t payload)
{
    uint32_t n = l->free;
    if (n != (uint32_t)BARE_NONE)
        l->free = l->nodes[n].next;
    else
        n = l->used++;
    l->nodes[n].time = time;
    l->nodes[n].payload = payload;
    return n;
}

static inline void bare_ladder_to_rung(struct bare_ladder *l, struct bare_rung *r, uint32_t node)
{
    const uint32_t b = (uint32_t)((l->nodes[node].time - r->start) / r->width);
    l->nodes[node].next = r->heads[b];
    r->heads[b] = node;
    r->counts[b]++;
}

static inline void bare_ladder_to_bottom(struct bare_ladder *l, int64_t time, int64_t payload)
{
    uint32_t i = ++l->bottom_n;
    for (; l->bottom[i - 1].time < time; i--)
        l->bottom[i] = l->bottom[i - 1];
    l->bottom[i] = (struct bare_event){time, payload};
}

static inline void bare_ladder_push(struct bare_ladder *l, int64_t time, uint32_t payload)
{
    if (time >= l->top_start) {
        const uint32_t node = bare_ladder_node(l, time, payload);
        l->nodes[node].next = l->top;
        l->top = node;
        l->top_n++;
        if (time < l->top_least) l->top_least = time;
        if (time > l->top_most) l->top_most = time;
        return;
    }
    for (int i = 0; i < l->rungs_n; i++) {
        if (time >= l->rungs[i].current_start) {
            bare_ladder_to_rung(l, &l->rungs[i], bare_ladder_node(l, time, payload));
            return;
        }
    }
    bare_ladder_to_bottom(l, time, payload);
    if (l->bottom_n > BARE_THRESHOLD) bare_ladder_split(l);
}

static inline struct bare_event bare_ladder_pop(struct bare_ladder *l)
{
    if (l->bottom_n == 0) bare_ladder_refill(l);
    return l->bottom[l->bottom_n--];
}

#endif
