/* event_queue.c: the parts of the queue that are not inlined: growing, popping, cancelling. */
#include "event_queue.h"

#include <string.h>

#include "arena.h"

static const struct event_key no_key = {UINT64_MAX, UINT64_MAX};

static void allocate(struct event_queue *q, uint32_t capacity)
{
    /* Room for the root's offset, for the children of the last node, and for aligning to a cache line. */
    size_t places = (size_t)capacity + EVENT_QUEUE_ROOT + 5;
    char *raw = arena_alloc(q->arena, places * sizeof(struct event_key) + 64, 1);
    struct event_key *keys = (struct event_key *)(void *)(raw + (64 - (uintptr_t)raw % 64) % 64);
    for (size_t i = 0; i < places; i++)
        keys[i] = no_key;
    uint32_t *slots = ARENA_NEW(q->arena, uint32_t, places);
    struct event_slot *pool = ARENA_NEW(q->arena, struct event_slot, capacity);
    if (q->capacity > 0) {
        memcpy(keys, q->keys, q->end * sizeof(*keys));
        memcpy(slots, q->slots, q->end * sizeof(*slots));
        memcpy(pool, q->pool, q->capacity * sizeof(*pool));
    }
    for (uint32_t i = q->capacity; i < capacity; i++)
        pool[i].generation = 1;
    q->keys = keys;
    q->slots = slots;
    q->pool = pool;
    q->capacity = capacity;
}

void event_queue_init(struct event_queue *q, struct arena *arena, uint32_t capacity_hint)
{
    *q = (struct event_queue){.end = EVENT_QUEUE_ROOT, .free_slot = EVENT_QUEUE_NO_SLOT, .arena = arena};
    CHECK(capacity_hint <= 1u << 30, "event queue for %u events", capacity_hint);
    allocate(q, capacity_hint < 16 ? 16 : capacity_hint);
}

void event_queue_grow(struct event_queue *q)
{
    CHECK(q->capacity <= 1u << 29, "event queue: %u events are pending", q->capacity);
    allocate(q, q->capacity * 2);
}

static uint32_t least_child(const struct event_key *keys, uint32_t first)
{
    uint32_t a = first + event_key_less(keys[first + 1], keys[first]);
    uint32_t b = first + 2 + event_key_less(keys[first + 3], keys[first + 2]);
    return event_key_less(keys[b], keys[a]) ? b : a;
}

/* Puts (key, slot) where the hole at i, whose place is empty, lets it be in order with what is below the
 * hole. The hole goes down to a leaf first and the key then up from there: it came from the end, so it
 * seldom rises far, and this way a level costs three comparisons and not four. */
static void fill_hole(struct event_queue *q, uint32_t i, struct event_key key, uint32_t slot)
{
    struct event_key *keys = q->keys;
    uint32_t *slots = q->slots;
    const uint32_t hole = i;
    for (uint32_t first = 4 * (i - 2); first < q->end; first = 4 * (i - 2)) {
        uint32_t child = least_child(keys, first);
        keys[i] = keys[child];
        slots[i] = slots[child];
        i = child;
    }
    while (i > hole) {
        uint32_t parent = (i >> 2) + 2;
        if (!event_key_less(key, keys[parent])) break;
        keys[i] = keys[parent];
        slots[i] = slots[parent];
        i = parent;
    }
    keys[i] = key;
    slots[i] = slot;
}

static void free_slot(struct event_queue *q, uint32_t slot)
{
    struct event_slot *payload = &q->pool[slot];
    payload->run = NULL;
    /* A handle of 2^32 uses ago would be mistaken for the present one; generation 0 is kept for "no
     * event". */
    if (++payload->generation == 0) payload->generation = 1;
    payload->next_free = q->free_slot;
    q->free_slot = slot;
}

static void remove_top(struct event_queue *q)
{
    uint32_t end = --q->end;
    struct event_key key = q->keys[end];
    uint32_t slot = q->slots[end];
    q->keys[end] = no_key;
    if (end > EVENT_QUEUE_ROOT) fill_hole(q, EVENT_QUEUE_ROOT, key, slot);
}

static void drop_dead_tops(struct event_queue *q)
{
    while (q->dead > 0 && q->pool[q->slots[EVENT_QUEUE_ROOT]].run == NULL) {
        free_slot(q, q->slots[EVENT_QUEUE_ROOT]);
        q->dead--;
        remove_top(q);
    }
}

bool event_queue_pop(struct event_queue *q, struct queued_event *out)
{
    if (q->end == EVENT_QUEUE_ROOT) return false;
    uint32_t slot = q->slots[EVENT_QUEUE_ROOT];
    const struct event_slot *payload = &q->pool[slot];
    *out = (struct queued_event){(sim_time)q->keys[EVENT_QUEUE_ROOT].time, payload->run, payload->context,
                          payload->argument};
    free_slot(q, slot);
    remove_top(q);
    drop_dead_tops(q);
    return true;
}

/* Without this, timers that are set and cancelled again and again would pile up until their time comes. */
static void drop_all_dead(struct event_queue *q)
{
    uint32_t kept = EVENT_QUEUE_ROOT;
    for (uint32_t i = EVENT_QUEUE_ROOT; i < q->end; i++) {
        if (q->pool[q->slots[i]].run == NULL) {
            free_slot(q, q->slots[i]);
            continue;
        }
        q->keys[kept] = q->keys[i];
        q->slots[kept] = q->slots[i];
        kept++;
    }
    for (uint32_t i = kept; i < q->end; i++)
        q->keys[i] = no_key;
    q->end = kept;
    q->dead = 0;
    if (kept - EVENT_QUEUE_ROOT < 2) return;
    for (uint32_t i = ((kept - 1) >> 2) + 2; i >= EVENT_QUEUE_ROOT; i--)
        fill_hole(q, i, q->keys[i], q->slots[i]);
}

bool event_queue_cancel(struct event_queue *q, struct event_handle handle)
{
    if (handle.generation == 0) return false;
    CHECK(handle.slot < q->pool_used, "cancelling event %u, which never was", handle.slot);
    struct event_slot *payload = &q->pool[handle.slot];
    if (payload->generation != handle.generation || payload->run == NULL) return false;
    payload->run = NULL;
    q->dead++;
    drop_dead_tops(q);
    if (q->dead > 64 && q->dead > (q->end - EVENT_QUEUE_ROOT) / 2) drop_all_dead(q);
    return true;
}
