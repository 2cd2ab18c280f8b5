/* event_queue.h: the pending events, smallest key first. Six functions: init, push, pop, cancel,
 * next_time, size.
 *
 * Order: time, then priority (lower first), then the sequence of pushing. The order is total, so nothing
 * about the heap's shape can be seen from outside.
 *
 *   keys[]   a 4-ary heap of {time, priority:8 | sequence:56}, its root at index 3 so that the four children
 *            of a node fill one cache line; places past the end hold a key greater than any, so that a node
 *            always has four children to compare and the search for the least has no branches
 *   slots[]  beside keys[]: which payload the key belongs to
 *   pool[]   payloads {function, context, argument}, reused through a free list; a slot's generation counts
 *            its uses, which is how a handle to an event that has gone is recognised
 *
 * Cancelling marks the payload and leaves the key, which is dropped when it comes to the top, or when more
 * than half of the keys are dead. The top is never dead.
 *
 * Cost: push O(1) on average and pop O(log4 n) comparisons of two words; cancel O(1) amortised. Memory
 * comes from the arena, 52 bytes an event at the peak number of events; it doubles when full and allocates
 * nothing else. Errors: a time below 0 or SIM_NEVER, and more than 2^30 pending events, are bugs of the
 * caller (CHECK). Ownership: contexts belong to the caller and must outlive their events.
 */
#ifndef HEADROOM_SIM_EVENT_QUEUE_H
#define HEADROOM_SIM_EVENT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "check.h"
#include "sim_time.h"

struct arena;
struct kernel;

typedef void event_fn(struct kernel *, void *context, int64_t argument);

/* All zeroes is a handle to no event: cancelling it returns false. */
struct event_handle {
    uint32_t slot, generation;
};

/* What pop hands out. */
struct queued_event {
    sim_time time;
    event_fn *run;
    void *context;
    int64_t argument;
};

struct event_key {
    uint64_t time, order;
};

struct event_slot {
    event_fn *run; /* NULL: cancelled, or free */
    void *context;
    int64_t argument;
    uint32_t generation; /* from 1 */
    uint32_t next_free;
};

enum { EVENT_QUEUE_ROOT = 3 };
#define EVENT_QUEUE_NO_SLOT UINT32_MAX

struct event_queue {
    struct event_key *keys; /* 64-byte aligned; [ROOT, end) are in use */
    uint32_t *slots;
    struct event_slot *pool;
    uint64_t sequence;
    uint32_t end;
    uint32_t dead;     /* cancelled keys that are still in the heap */
    uint32_t capacity; /* events */
    uint32_t pool_used;
    uint32_t free_slot;
    struct arena *arena;
};

void event_queue_init(struct event_queue *, struct arena *, uint32_t capacity_hint);
/* Takes the first event out. False: nothing is pending. */
bool event_queue_pop(struct event_queue *, struct queued_event *out);
/* False: the event already ran or was cancelled. */
bool event_queue_cancel(struct event_queue *, struct event_handle);
void event_queue_grow(struct event_queue *); /* for event_queue_push() */

typedef char event_key_is_16_bytes[sizeof(struct event_key) == 16 ? 1 : -1];
__extension__ typedef unsigned __int128 event_key_number;

static inline bool event_key_less(struct event_key a, struct event_key b)
{
    /* One comparison of 128 bits is two instructions and no branch. */
    return ((event_key_number)a.time << 64 | a.order) < ((event_key_number)b.time << 64 | b.order);
}

static inline struct event_handle event_queue_push(struct event_queue *q, sim_time time, uint8_t priority,
                                                   event_fn *run, void *context, int64_t argument)
{
    CHECK(time >= 0 && time != SIM_NEVER, "event scheduled at %lld", (long long)time);
    CHECK(run != NULL, "event without a function");
    if (q->end - EVENT_QUEUE_ROOT == q->capacity) event_queue_grow(q);
    uint32_t slot = q->free_slot;
    if (slot != EVENT_QUEUE_NO_SLOT)
        q->free_slot = q->pool[slot].next_free;
    else
        slot = q->pool_used++;
    struct event_slot *payload = &q->pool[slot];
    payload->run = run;
    payload->context = context;
    payload->argument = argument;

    /* 2^56 events take years of wall time; the sequence cannot run into the priority. */
    struct event_key key = {(uint64_t)time, (uint64_t)priority << 56 | q->sequence++};
    uint32_t i = q->end++;
    while (i > EVENT_QUEUE_ROOT) {
        uint32_t parent = (i >> 2) + 2;
        if (!event_key_less(key, q->keys[parent])) break;
        q->keys[i] = q->keys[parent];
        q->slots[i] = q->slots[parent];
        i = parent;
    }
    q->keys[i] = key;
    q->slots[i] = slot;
    return (struct event_handle){slot, payload->generation};
}

/* SIM_NEVER when nothing is pending. */
static inline sim_time event_queue_next_time(const struct event_queue *q)
{
    return q->end == EVENT_QUEUE_ROOT ? SIM_NEVER : (sim_time)q->keys[EVENT_QUEUE_ROOT].time;
}

/* Pending events, cancelled ones not counted. */
static inline uint32_t event_queue_size(const struct event_queue *q)
{
    return q->end - EVENT_QUEUE_ROOT - q->dead;
}

#endif
