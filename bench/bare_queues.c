/* bare_queues.c: see bare_queues.h. */
#include "bare_queues.h"

#include "arena.h"

#include <string.h>

void bare_heap_init(struct bare_heap *h, struct arena *arena, uint32_t capacity)
{
    *h = (struct bare_heap){.events = ARENA_NEW(arena, struct bare_event, (size_t)capacity + 1)};
}

static void empty_top(struct bare_ladder *l)
{
    l->top = (uint32_t)BARE_NONE;
    l->top_n = 0;
    l->top_least = INT64_MAX;
    l->top_most = 0;
}

void bare_ladder_init(struct bare_ladder *l, struct arena *arena, uint32_t capacity)
{
    /* The bottom holds them all only where all have one time. */
    *l = (struct bare_ladder){.arena = arena,
                              .free = (uint32_t)BARE_NONE,
                              .nodes = ARENA_NEW(arena, struct bare_node, capacity),
                              .bottom = ARENA_NEW(arena, struct bare_event, (size_t)capacity + 1)};
    l->bottom[0].time = INT64_MAX;
    empty_top(l);
}

static struct bare_rung *add_rung(struct bare_ladder *l, int64_t start, int64_t width, uint32_t buckets)
{
    struct bare_rung *r = &l->rungs[l->rungs_n++];
    if (r->room < buckets) {
        r->heads = ARENA_NEW(l->arena, uint32_t, buckets);
        r->counts = ARENA_NEW(l->arena, uint32_t, buckets);
        r->room = buckets;
        memset(r->heads, 0xff, buckets * sizeof *r->heads);
    }
    r->start = r->current_start = start;
    r->width = width;
    r->buckets = buckets;
    r->current = 0;
    return r;
}

static void list_to_rung(struct bare_ladder *l, struct bare_rung *r, uint32_t list)
{
    for (uint32_t node = list, next; node != (uint32_t)BARE_NONE; node = next) {
        next = l->nodes[node].next;
        bare_ladder_to_rung(l, r, node);
    }
}

/* The bottom becomes a rung up to where the next one begins. */
void bare_ladder_split(struct bare_ladder *l)
{
    const int64_t start = l->bottom[l->bottom_n].time;
    const int64_t end = l->rungs_n > 0 ? l->rungs[l->rungs_n - 1].current_start : l->top_start;
    if (l->bottom[1].time == start || l->rungs_n == BARE_RUNGS) return;
    struct bare_rung *r = add_rung(l, start, (end - start) / l->bottom_n + 1, l->bottom_n);
    for (uint32_t i = 1; i <= l->bottom_n; i++)
        bare_ladder_to_rung(l, r, bare_ladder_node(l, l->bottom[i].time, (uint32_t)l->bottom[i].payload));
    l->bottom_n = 0;
}

static void top_to_rung(struct bare_ladder *l)
{
    const int64_t width = (l->top_most - l->top_least) / l->top_n + 1;
    const uint32_t buckets = (uint32_t)((l->top_most - l->top_least) / width) + 1;
    struct bare_rung *r = add_rung(l, l->top_least, width, buckets);
    list_to_rung(l, r, l->top);
    l->top_start = r->start + buckets * width;
    empty_top(l);
}

void bare_ladder_refill(struct bare_ladder *l)
{
    while (l->bottom_n == 0) {
        if (l->rungs_n == 0) top_to_rung(l);
        struct bare_rung *r = &l->rungs[l->rungs_n - 1];
        while (r->current < r->buckets && r->counts[r->current] == 0)
            r->current++;
        if (r->current == r->buckets) {
            l->rungs_n--;
            continue;
        }
        const uint32_t list = r->heads[r->current], count = r->counts[r->current];
        const int64_t start = r->start + r->current * r->width;
        r->heads[r->current] = (uint32_t)BARE_NONE;
        r->counts[r->current] = 0;
        r->current++;
        r->current_start = start + r->width;
        if (count > BARE_THRESHOLD && l->rungs_n < BARE_RUNGS && r->width > 1) {
            list_to_rung(l, add_rung(l, start, r->width / count + 1, count), list);
            continue;
        }
        for (uint32_t node = list, next; node != (uint32_t)BARE_NONE; node = next) {
            next = l->nodes[node].next;
            bare_ladder_to_bottom(l, l->nodes[node].time, l->nodes[node].payload);
            l->nodes[node].next = l->free;
            l->free = node;
        }
    }
}
