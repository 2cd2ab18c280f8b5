/* event_queue.c: the parts of the queue that are not inlined: growing, rungs, cancelling. */
#include "event_queue.h"

#include <string.h>

#include "arena.h"

/* A rung has about one event a bucket. While that keeps it within SPARSE_BUCKETS, which the cache holds, it
 * has SPARSE_BY buckets an event: a bucket of one needs no sorting. When even PER_BUCKET_MAX events a bucket
 * are too few buckets, the first rung ends earlier, and what is later stays in the top. */
enum { SPARSE_BUCKETS = 16384, SPARSE_BY = 8, PER_BUCKET_MAX = 4, FINER_BUCKETS = 1024 };
enum { CAPACITY_MIN = 16, BUCKETS_MIN = 16, FRONT_FIRST = 1, DEAD_MIN = 64 };

/* For n elements, on a cache line's boundary. */
static void *allocate(struct event_queue *q, size_t n, size_t size)
{
    char *raw = arena_alloc(q->arena, n * size + 64, 1);
    return raw + (64 - (uintptr_t)raw % 64) % 64;
}

static void grow_rung(struct event_queue *q, struct event_rung *r, uint32_t room)
{
    if (room <= r->room) return;
    uint32_t *heads = allocate(q, room, sizeof *heads);
    uint64_t *occupied = allocate(q, room / 64 + 2, sizeof *occupied);
    memset(heads, 0xff, room * sizeof *heads);
    if (r->room > 0) {
        memcpy(heads, r->heads, r->room * sizeof *heads);
        memcpy(occupied, r->occupied, (r->room / 64 + 1) * sizeof *occupied);
    }
    r->heads = heads;
    r->occupied = occupied;
    r->room = room;
}

/* All that `capacity` events will need, save a front that is a heap. */
static void set_capacity(struct event_queue *q, uint32_t capacity)
{
    struct event_slot *slots = allocate(q, capacity, sizeof *slots);
    struct event_top *top = allocate(q, capacity, sizeof *top);
    uint32_t *next = allocate(q, capacity, sizeof *next);
    if (q->capacity > 0) {
        memcpy(slots, q->slots, q->slots_used * sizeof *slots);
        memcpy(top, q->top, q->top_n * sizeof *top);
        memcpy(next, q->next, q->slots_used * sizeof *next);
    }
    q->slots = slots;
    q->top = top;
    q->next = next;
    q->capacity = capacity;
    uint32_t room = SPARSE_BUCKETS;
    while (room < capacity)
        room *= 2;
    for (int i = 0; i < EVENT_QUEUE_RUNGS; i++)
        grow_rung(q, &q->rungs[i], i == 0 ? room : FINER_BUCKETS);
}

static void set_front_capacity(struct event_queue *q, uint32_t capacity)
{
    struct event_front *front = allocate(q, FRONT_FIRST + (size_t)capacity, sizeof *front);
    if (q->front_capacity > 0) memcpy(front, q->front, q->end * sizeof *front);
    q->front = front;
    q->front_capacity = capacity;
}

static void empty_front(struct event_queue *q)
{
    q->head = q->end = FRONT_FIRST;
    if (__builtin_expect(q->heap, 0)) {
        q->heap = false;
        q->limit = FRONT_FIRST + 2 * EVENT_QUEUE_FRONT;
    }
}

void event_queue_init(struct event_queue *q, struct arena *arena, uint32_t capacity_hint)
{
    *q = (struct event_queue){
        .front_end = SIM_NEVER, .top_start = SIM_NEVER, .free_slot = EVENT_QUEUE_NO_SLOT, .arena = arena};
    CHECK(capacity_hint <= 1u << 30, "event queue for %u events", capacity_hint);
    set_capacity(q, capacity_hint < CAPACITY_MIN ? CAPACITY_MIN : capacity_hint);
    set_front_capacity(q, 2 * EVENT_QUEUE_FRONT);
    q->heap = true; /* so that the limit is set */
    empty_front(q);
}

void event_queue_grow(struct event_queue *q)
{
    CHECK(q->capacity <= 1u << 29, "event queue: %u events are pending", q->capacity);
    set_capacity(q, q->capacity * 2);
}

/* The front as a heap. */
static void sift_up(struct event_queue *q, uint32_t i, struct event_front event)
{
    while (i > FRONT_FIRST) {
        const uint32_t parent = FRONT_FIRST + (i - FRONT_FIRST - 1) / 4;
        const struct event_front *p = &q->front[parent];
        if (!event_key_less(event.time, event.order, p->time, p->order)) break;
        q->front[i] = *p;
        i = parent;
    }
    q->front[i] = event;
}

static void push_heap(struct event_queue *q, const struct event_slot *s, uint32_t slot)
{
    if (q->end - FRONT_FIRST == q->front_capacity) set_front_capacity(q, 2 * q->front_capacity);
    sift_up(q, q->end++, (struct event_front){s->time, slot, s->order});
}

void event_queue_remove_root(struct event_queue *q)
{
    const struct event_front last = q->front[--q->end];
    uint32_t hole = FRONT_FIRST;
    for (;;) {
        const uint32_t first = FRONT_FIRST + 4 * (hole - FRONT_FIRST) + 1;
        if (first >= q->end) break;
        const uint32_t beyond = q->end - first < 4 ? q->end : first + 4;
        uint32_t least = first;
        for (uint32_t i = first + 1; i < beyond; i++)
            if (event_key_less(q->front[i].time, q->front[i].order, q->front[least].time,
                               q->front[least].order))
                least = i;
        q->front[hole] = q->front[least];
        hole = least;
    }
    if (hole < q->end) sift_up(q, hole, last);
}

/* A new finest rung from `start` to `end` for `expected` events; there are fewer than EVENT_QUEUE_RUNGS. */
static struct event_rung *add_rung(struct event_queue *q, uint64_t start, uint64_t end, uint64_t expected)
{
    struct event_rung *r = &q->rungs[q->rungs_n++];
    uint32_t wanted = BUCKETS_MIN;
    while (wanted < r->room &&
           (wanted < expected || (wanted < SPARSE_BUCKETS && wanted < SPARSE_BY * expected)))
        wanted *= 2;
    r->shift = 0;
    while ((end - start - 1) >> r->shift >= wanted)
        r->shift++;
    r->buckets = (uint32_t)((end - start - 1) >> r->shift) + 1;
    r->start = start;
    r->end = end;
    r->word = 0;
    return r;
}

static void drop(struct event_queue *q, uint32_t slot)
{
    event_queue_free(q, slot);
    q->dead--;
}

/* How many events will run from least to most: those of the top, or more at the rate since the last first
 * rung. Where few have run since then, the rate says little; and what the top costs to go through is paid
 * for by those that have. */
static double expected_events(const struct event_queue *q, uint64_t least, uint64_t most)
{
    const uint64_t popped = q->popped - q->epoch_popped, elapsed = least - q->epoch_time;
    if (elapsed == 0 || popped < q->top_n / 16) return q->top_n;
    const double at_rate = (double)popped * (double)(most - least) / (double)elapsed;
    return at_rate < q->top_n ? q->top_n : at_rate;
}

static void top_to_rung(struct event_queue *q)
{
    const uint32_t n = q->top_n;
    uint64_t least = UINT64_MAX, most = 0;
    for (uint32_t i = 0; i < n; i++) {
        least = q->top[i].time < least ? q->top[i].time : least;
        most = q->top[i].time > most ? q->top[i].time : most;
    }
    double expected = expected_events(q, least, most);
    const double expected_max = (double)PER_BUCKET_MAX * q->rungs[0].room;
    if (expected > expected_max) {
        most = least + (uint64_t)((double)(most - least) * (expected_max / expected));
        expected = expected_max;
    }
    struct event_rung *r = add_rung(q, least, most + 1, (uint64_t)expected);
    r->end = r->start + ((uint64_t)r->buckets << r->shift); /* of the last bucket all belongs to it */
    q->top_start = r->end;
    q->top_n = 0;
    q->epoch_popped = q->popped;
    q->epoch_time = least;
    for (uint32_t i = 0; i < n; i++) {
        const struct event_top event = q->top[i];
        if (event.time < r->end)
            event_queue_put_in_rung(q, r, event.time, event.slot);
        else
            q->top[q->top_n++] = event;
    }
}

/* So few that they need no rung. */
static void top_to_front(struct event_queue *q)
{
    for (uint32_t i = 0; i < q->top_n; i++) {
        const struct event_slot *s = &q->slots[q->top[i].slot];
        if (s->run == NULL)
            drop(q, q->top[i].slot);
        else
            event_queue_insert(q, s->time, s->order, q->top[i].slot);
    }
    q->top_n = 0;
    q->front_end = q->top_start = SIM_NEVER;
}

/* Of the front's events while some of them are taken away: kept are those before `place`. */
static void keep(struct event_queue *q, uint32_t place, struct event_front event)
{
    if (q->heap)
        sift_up(q, place, event);
    else
        q->front[place] = event;
}

static void push_front(struct event_queue *q, uint32_t slot)
{
    const struct event_slot *s = &q->slots[slot];
    if (q->heap)
        push_heap(q, s, slot);
    else
        event_queue_insert(q, s->time, s->order, slot);
}

/* There is no rung: the later part of the front goes to the top. */
static void part_to_top(struct event_queue *q, uint64_t least, uint64_t most, uint32_t list)
{
    uint64_t middle = q->heap ? least + (most - least) / 2 : q->front[q->head + (q->end - q->head) / 2].time;
    if (middle == least || q->heap) middle++;
    uint32_t place = FRONT_FIRST;
    for (uint32_t i = q->head; i < q->end; i++) {
        const struct event_front event = q->front[i];
        if (event.time < middle)
            keep(q, place++, event);
        else
            q->top[q->top_n++] = (struct event_top){event.time, event.slot};
    }
    q->head = FRONT_FIRST;
    q->end = place;
    q->front_end = q->top_start = middle;
    for (uint32_t slot = list, next; slot != EVENT_QUEUE_NO_SLOT; slot = next) {
        next = q->next[slot];
        if (q->slots[slot].time < middle)
            push_front(q, slot);
        else
            event_queue_put(q, q->slots[slot].time, slot);
    }
}

/* The front and a list become a finer rung until front_end. */
static void part_to_rung(struct event_queue *q, uint64_t least, uint32_t n, uint32_t list)
{
    struct event_rung *r = add_rung(q, least, q->front_end, n);
    for (uint32_t i = q->head; i < q->end; i++)
        event_queue_put_in_rung(q, r, q->front[i].time, q->front[i].slot);
    for (uint32_t slot = list, next; slot != EVENT_QUEUE_NO_SLOT; slot = next) {
        next = q->next[slot];
        event_queue_put_in_rung(q, r, q->slots[slot].time, slot);
    }
    q->front_end = least;
    empty_front(q);
}

/* The front and a list become a heap; what is sorted is one already. */
static void part_to_heap(struct event_queue *q, uint32_t list)
{
    memmove(q->front + FRONT_FIRST, q->front + q->head, (q->end - q->head) * sizeof *q->front);
    q->end -= q->head - FRONT_FIRST;
    q->head = FRONT_FIRST;
    q->heap = true;
    q->limit = 0;
    for (uint32_t slot = list, next; slot != EVENT_QUEUE_NO_SLOT; slot = next) {
        next = q->next[slot];
        push_front(q, slot);
    }
}

/* A front that is full, and a list of living events for it: less is in the front afterwards, or it is a
 * heap. */
static void part(struct event_queue *q, uint32_t list)
{
    uint64_t least = UINT64_MAX, most = 0;
    uint32_t n = q->end - q->head;
    for (uint32_t i = q->head; i < q->end; i++) {
        least = q->front[i].time < least ? q->front[i].time : least;
        most = q->front[i].time > most ? q->front[i].time : most;
    }
    for (uint32_t slot = list; slot != EVENT_QUEUE_NO_SLOT; slot = q->next[slot]) {
        least = q->slots[slot].time < least ? q->slots[slot].time : least;
        most = q->slots[slot].time > most ? q->slots[slot].time : most;
        n++;
    }
    if (least == most || q->rungs_n == EVENT_QUEUE_RUNGS)
        part_to_heap(q, list);
    else if (q->rungs_n == 0)
        part_to_top(q, least, most, list);
    else
        part_to_rung(q, least, n, list);
    q->heap_retry = 2 * (q->end - FRONT_FIRST);
}

void event_queue_crowd(struct event_queue *q, uint32_t slot)
{
    const uint32_t n = q->end - q->head;
    struct event_slot *s = &q->slots[slot];
    if (q->heap && n < q->heap_retry) {
        push_heap(q, s, slot);
    } else if (!q->heap && n <= EVENT_QUEUE_FRONT) {
        memmove(q->front + FRONT_FIRST, q->front + q->head, n * sizeof *q->front);
        empty_front(q);
        q->end += n;
        event_queue_insert(q, s->time, s->order, slot);
    } else {
        q->next[slot] = EVENT_QUEUE_NO_SLOT;
        part(q, slot);
        if (q->head == q->end) event_queue_refill(q);
    }
}

/* A list without its dead. */
static uint32_t living(struct event_queue *q, uint32_t list)
{
    uint32_t kept = EVENT_QUEUE_NO_SLOT;
    for (uint32_t slot = list, next; slot != EVENT_QUEUE_NO_SLOT; slot = next) {
        next = q->next[slot];
        if (q->slots[slot].run == NULL) {
            drop(q, slot);
        } else {
            q->next[slot] = kept;
            kept = slot;
        }
    }
    return kept;
}

/* Sorts a bucket into the empty front; where it has too many, they become a rung, or the front a heap. */
static void sort_bucket(struct event_queue *q, uint32_t slot)
{
    struct event_front *const first = &q->front[FRONT_FIRST], *end = first;
    while (slot != EVENT_QUEUE_NO_SLOT) {
        const struct event_slot *s = &q->slots[slot];
        const uint32_t next = q->next[slot];
        if (__builtin_expect(s->run == NULL, 0)) {
            drop(q, slot);
        } else if (__builtin_expect(end == first + EVENT_QUEUE_FRONT, 0)) {
            q->end = FRONT_FIRST + EVENT_QUEUE_FRONT;
            part(q, living(q, slot));
            return;
        } else {
            event_front_insert(end++, s->time, s->order, slot);
        }
        slot = next;
    }
    q->end = FRONT_FIRST + (uint32_t)(end - first);
}

void event_queue_refill(struct event_queue *q)
{
    empty_front(q);
    while (q->head == q->end) {
        if (q->rungs_n == 0 && q->top_n <= EVENT_QUEUE_FEW) {
            top_to_front(q);
            return;
        }
        if (q->rungs_n == 0) top_to_rung(q);
        struct event_rung *r = &q->rungs[q->rungs_n - 1];
        const uint32_t words = r->buckets / 64 + 1;
        while (r->word < words && r->occupied[r->word] == 0)
            r->word++;
        if (r->word == words) {
            q->rungs_n--;
            continue;
        }
        const uint32_t b = r->word * 64 + (uint32_t)__builtin_ctzll(r->occupied[r->word]);
        const uint64_t others = r->occupied[r->word] & (r->occupied[r->word] - 1);
        if (others != 0)
            __builtin_prefetch(&q->slots[r->heads[r->word * 64 + (uint32_t)__builtin_ctzll(others)]]);
        const uint32_t slot = r->heads[b];
        const uint64_t end = r->start + ((uint64_t)(b + 1) << r->shift);
        r->heads[b] = EVENT_QUEUE_NO_SLOT;
        r->occupied[r->word] = others;
        q->front_end = end < r->end ? end : r->end;
        const struct event_slot *s = &q->slots[slot];
        if (q->next[slot] == EVENT_QUEUE_NO_SLOT && s->run != NULL) {
            q->front[FRONT_FIRST].time = s->time;
            q->front[FRONT_FIRST].slot = slot;
            q->front[FRONT_FIRST].order = s->order;
            q->end = FRONT_FIRST + 1;
            return;
        }
        sort_bucket(q, slot);
    }
}

void event_queue_drop_dead(struct event_queue *q)
{
    while (q->dead > 0 && q->head < q->end && q->slots[q->front[q->head].slot].run == NULL) {
        drop(q, q->front[q->head].slot);
        event_queue_advance(q);
    }
}

/* Without this, timers that are set and cancelled again and again would pile up until their time comes. */
static void drop_all_dead(struct event_queue *q)
{
    uint32_t kept = q->head;
    for (uint32_t i = q->head; i < q->end; i++) {
        const struct event_front event = q->front[i];
        if (q->slots[event.slot].run == NULL)
            drop(q, event.slot);
        else
            keep(q, kept++, event);
    }
    q->end = kept;
    for (struct event_rung *r = q->rungs; r < q->rungs + q->rungs_n; r++) {
        for (uint32_t b = r->word * 64; b < r->buckets; b++) {
            if (r->heads[b] == EVENT_QUEUE_NO_SLOT) continue;
            r->heads[b] = living(q, r->heads[b]);
            if (r->heads[b] == EVENT_QUEUE_NO_SLOT) r->occupied[b / 64] &= ~((uint64_t)1 << b % 64);
        }
    }
    kept = 0;
    for (uint32_t i = 0; i < q->top_n; i++) {
        if (q->slots[q->top[i].slot].run == NULL)
            drop(q, q->top[i].slot);
        else
            q->top[kept++] = q->top[i];
    }
    q->top_n = kept;
    CHECK(q->dead == 0, "event queue: %u cancelled events are nowhere", q->dead);
}

bool event_queue_cancel(struct event_queue *q, struct event_handle handle)
{
    if (handle.order == 0) return false;
    CHECK(handle.slot < q->slots_used, "cancelling event %u, which never was", handle.slot);
    struct event_slot *s = &q->slots[handle.slot];
    if (s->order != handle.order || s->run == NULL) return false;
    s->run = NULL;
    q->dead++;
    q->cancelled++;
    event_queue_drop_dead(q);
    if (q->dead > DEAD_MIN && q->dead > event_queue_size(q)) drop_all_dead(q);
    return true;
}
