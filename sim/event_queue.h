/* event_queue.h: the pending events, smallest key first. Six functions: init, push, pop, cancel,
 * next_time, size.
 *
 * Order: time, then priority (lower first), then the sequence of pushing. The order is total, so nothing
 * about the inside can be seen from outside.
 *
 * A ladder queue (Tang, Goh and Thng, ACM TOMACS 15(3), 2005) whose buckets are sorted by the whole key:
 *
 *     front         |  finest rung   |  wider rungs       |  top
 *     a few events, |  buckets of    |  what has not been |  an array in no order:
 *     sorted        |  equal width   |  split yet         |  all that is later
 *     --------------+----------------+--------------------+--------------------> time
 *               front_end                             top_start
 *
 *   front   what comes next. When it is empty, the next bucket of the finest rung is sorted into it; a bucket
 *           with more than EVENT_QUEUE_FRONT events becomes a finer rung instead. When the rungs are used up,
 *           the top becomes a rung, whose buckets are as wide as the rate of events asks for. While few
 *           events are pending they are all in the front, and nothing else is used. Where too many are in the
 *           front and time cannot part them, it is a 4-ary heap until it is empty or time can.
 *   rungs   a bucket is a list through next[]; a bitmap says which are not empty.
 *   slots   key and payload of an event, reused through a free list. A handle holds the key's order, which no
 *           other event ever has.
 *
 * Cancelling marks the slot, which is freed when its bucket is sorted or it comes to the front, or when more
 * than half of the slots are dead. The first of the front is never dead.
 *
 * Cost: push and pop O(1) on average, O(log n) where all have one time; cancel O(1) amortised. Memory comes
 * from the arena: 100 KiB, and up to 68 bytes an event at the peak number of events (24 more where all have
 * one time); it doubles when full and allocates nothing else. Errors: a time below 0 or SIM_NEVER, and more
 * than 2^30 pending events, are bugs of the caller (CHECK). Ownership: contexts belong to the caller and must
 * outlive their events.
 *
 * Why this one: measured on one core of an AMD EPYC (Zen 4, shared with other work), gcc 12 -O2, all with the
 * same total order behind these functions, the last two without cancellation; ns an event, medians of five.
 * Hold model through the kernel with exponential, uniform and bimodal delays (nine of ten short) at 10^2 /
 * 10^4 / 10^6 pending. `mix` replays the pushes and pops of 1.2 million events of 30 s of the flagship, each
 * request followed: about 1,000 pending, three in four delays of 0.1 to 0.6 ms, most others of 100 to 500 ms,
 * some of 15 s, and no cancellation.
 *
 *                                exponential          uniform             bimodal          mix
 *   this queue                   17 / 23 / 167        21 / 26 / 200       23 / 33 / 232     27
 *   4-ary heap, keys inline      49 / 90 / 730        35 / 68 / 755       50 / 77 / 854     56
 *   wheel (4096 x 1 ms) + heap   14 / 36 / 297        23 / 31 / 289       17 / 50 / 517     40
 *   pairing heap                 70 / 236 / 3988      71 / 229 / 3400     48 / 193 / -      61
 *
 * The wheel is faster where its tick happens to fit the load, and its tick has to be chosen: with 0.13 ms it
 * takes 42 / 71 on the exponential hold. `headroom bench kernel` measures this queue beside a bare ladder.
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
    uint64_t order;
    uint32_t slot;
};

/* What pop hands out. */
struct queued_event {
    sim_time time;
    event_fn *run;
    void *context;
    int64_t argument;
};

enum {
    EVENT_QUEUE_RUNGS = 8,
    EVENT_QUEUE_FEW = 8,    /* a top of so many needs no rung */
    EVENT_QUEUE_FRONT = 24, /* no more are sorted by insertion */
};
#define EVENT_QUEUE_NO_SLOT UINT32_MAX

/* Time and order are not neighbours, and are moved one by one: two stores read back as one load of 16 bytes
 * would stall. */
struct event_slot {
    uint64_t time;
    event_fn *run;  /* NULL: cancelled */
    uint64_t order; /* priority:8 | sequence:56; 0: free */
    void *context;
    int64_t argument;
};

struct event_front {
    uint64_t time;
    uint32_t slot;
    uint64_t order;
};

struct event_top {
    uint64_t time;
    uint32_t slot;
};

struct event_rung {
    uint64_t start, end;
    uint32_t *heads;    /* [room] the first slot of each bucket */
    uint64_t *occupied; /* [room / 64 + 2] a bit a bucket */
    uint32_t shift;     /* a bucket is 2^shift ns wide */
    uint32_t buckets;
    uint32_t word; /* of occupied[]: all before are zero */
    uint32_t room; /* buckets there is memory for: a power of two */
};

struct event_queue {
    struct event_front *front; /* [head, end) are in use; front[head - 1] is less than any key */
    struct event_slot *slots;
    uint32_t *next;     /* beside slots[]: the next of the bucket, or of the free slots */
    uint64_t front_end; /* what is earlier belongs in the front */
    uint64_t sequence;  /* of the last push */
    uint64_t popped, cancelled;
    uint32_t head, end;
    uint32_t limit; /* where the front has to make room; 0 when it is a heap */
    uint32_t free_slot, slots_used;
    uint32_t dead;   /* cancelled, and still in a slot */
    bool heap;       /* the front is a heap, its root at 1 */
    int32_t rungs_n; /* the finest is the last */
    uint64_t top_start;
    struct event_top *top;
    uint32_t top_n;
    uint32_t heap_retry; /* events in a heap at which time is tried again */
    uint32_t capacity, front_capacity;
    uint64_t epoch_popped, epoch_time; /* of the latest first rung: `popped` when it was made, its start */
    struct event_rung rungs[EVENT_QUEUE_RUNGS];
    struct arena *arena;
};

void event_queue_init(struct event_queue *, struct arena *, uint32_t capacity_hint);
/* False: the event already ran or was cancelled. */
bool event_queue_cancel(struct event_queue *, struct event_handle);

/* For what is inlined below. */
void event_queue_grow(struct event_queue *);
void event_queue_crowd(struct event_queue *, uint32_t slot); /* a front that is full, or a heap */
void event_queue_refill(struct event_queue *);               /* a front that is empty */
void event_queue_remove_root(struct event_queue *);          /* of a front that is a heap */
void event_queue_drop_dead(struct event_queue *);            /* what was cancelled and is first */

__extension__ typedef unsigned __int128 event_key_number;

static inline bool event_key_less(uint64_t time_a, uint64_t order_a, uint64_t time_b, uint64_t order_b)
{
    /* One comparison of 128 bits is two instructions and no branch. */
    return ((event_key_number)time_a << 64 | order_a) < ((event_key_number)time_b << 64 | order_b);
}

/* Into the sorted events before `f`, whose place is free. */
static inline void event_front_insert(struct event_front *f, uint64_t time, uint64_t order, uint32_t slot)
{
    for (; event_key_less(time, order, f[-1].time, f[-1].order); f--) {
        f->time = f[-1].time;
        f->slot = f[-1].slot;
        f->order = f[-1].order;
    }
    f->time = time;
    f->slot = slot;
    f->order = order;
}

/* The front is sorted and has room. */
static inline void event_queue_insert(struct event_queue *q, uint64_t time, uint64_t order, uint32_t slot)
{
    event_front_insert(&q->front[q->end++], time, order, slot);
}

static inline void event_queue_put_in_rung(struct event_queue *q, struct event_rung *r, uint64_t time,
                                           uint32_t slot)
{
    const uint64_t b = (time - r->start) >> r->shift;
    q->next[slot] = r->heads[b];
    r->heads[b] = slot;
    r->occupied[b / 64] |= (uint64_t)1 << b % 64;
}

/* Behind the front. */
static inline void event_queue_put(struct event_queue *q, uint64_t time, uint32_t slot)
{
    if (time >= q->top_start) {
        q->top[q->top_n++] = (struct event_top){time, slot};
        return;
    }
    struct event_rung *r = &q->rungs[q->rungs_n - 1];
    while (__builtin_expect(time >= r->end, 0))
        r--;
    event_queue_put_in_rung(q, r, time, slot);
}

/* For the kernel, which has checked the time. */
static inline struct event_handle event_queue_push_checked(struct event_queue *q, sim_time time,
                                                           uint8_t priority, event_fn *run, void *context,
                                                           int64_t argument)
{
    CHECK(run != NULL, "event without a function");
    uint32_t slot = q->free_slot;
    if (slot == EVENT_QUEUE_NO_SLOT) {
        if (q->slots_used == q->capacity) event_queue_grow(q);
        slot = q->slots_used++;
        q->next[slot] = EVENT_QUEUE_NO_SLOT;
    }
    struct event_slot *s = &q->slots[slot];
    q->free_slot = q->next[slot];
    /* 2^56 events take years of wall time; the sequence cannot run into the priority. */
    const uint64_t order = (uint64_t)priority << 56 | ++q->sequence;
    s->time = (uint64_t)time;
    s->run = run;
    s->order = order;
    s->context = context;
    s->argument = argument;
    if ((uint64_t)time >= q->front_end)
        event_queue_put(q, (uint64_t)time, slot);
    else if (__builtin_expect(q->end < q->limit, 1))
        event_queue_insert(q, (uint64_t)time, order, slot);
    else
        event_queue_crowd(q, slot);
    return (struct event_handle){order, slot};
}

static inline struct event_handle event_queue_push(struct event_queue *q, sim_time time, uint8_t priority,
                                                   event_fn *run, void *context, int64_t argument)
{
    CHECK(time >= 0 && time != SIM_NEVER, "event scheduled at %lld", (long long)time);
    return event_queue_push_checked(q, time, priority, run, context, argument);
}

static inline void event_queue_free(struct event_queue *q, uint32_t slot)
{
    q->slots[slot].order = 0;
    q->next[slot] = q->free_slot;
    q->free_slot = slot;
}

/* Takes the first of the front away, whose slot is free already. */
static inline void event_queue_advance(struct event_queue *q)
{
    if (__builtin_expect(q->heap, 0)) {
        event_queue_remove_root(q);
    } else {
        q->front[q->head].time = 0;
        q->front[q->head++].order = 0;
    }
    if (q->head == q->end) event_queue_refill(q);
}

/* Takes the first event out. False: nothing is pending. */
static inline bool event_queue_pop(struct event_queue *q, struct queued_event *out)
{
    if (q->head == q->end) return false;
    const uint32_t slot = q->front[q->head].slot;
    const struct event_slot *s = &q->slots[slot];
    out->time = (sim_time)q->front[q->head].time;
    out->run = s->run;
    out->context = s->context;
    out->argument = s->argument;
    event_queue_free(q, slot);
    q->popped++;
    event_queue_advance(q);
    if (__builtin_expect(q->dead > 0, 0)) event_queue_drop_dead(q);
    return true;
}

/* SIM_NEVER when nothing is pending. */
static inline sim_time event_queue_next_time(const struct event_queue *q)
{
    return q->head == q->end ? SIM_NEVER : (sim_time)q->front[q->head].time;
}

/* Pending events, cancelled ones not counted. */
static inline uint32_t event_queue_size(const struct event_queue *q)
{
    return (uint32_t)(q->sequence - q->popped - q->cancelled);
}

#endif
