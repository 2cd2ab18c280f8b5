/* window.c: see window.h.
 *
 * 1. A record's window start is found: the window used last, else by division and binary search.
 * 2. Its key's entry is found or made in that window's table.
 * 3. Event time moves a prefix of the windows, ascending by start, from collecting to fired, and a shorter
 *    prefix from fired to dropped: both conditions are monotone in the end, so nothing is searched for.
 * 4. A dropped window's table goes to a free list by size, and the next window that needs that size takes it.
 */
#include "window.h"

#include "arena.h"
#include "check.h"
#include "crc32c.h"

#include <math.h>
#include <string.h>

/* A slot names an entry by index + 1; 0 is an empty slot. The tag saves most comparisons with the wrong
 * entry. */
struct slot {
    uint32_t tag;
    uint32_t entry;
};

struct entry {
    uint64_t key;
    int64_t impressions;
    int64_t clicks;
};

struct window {
    int64_t start;
    struct slot *slots;
    struct entry *entries;
    uint32_t n;
    uint32_t bits; /* the table has 2^bits slots and room for 3/4 of that in entries */
};

enum { BITS_MIN = 4, BITS_MAX = 30 };

/* What a free table holds in place of its first slots. */
struct free_table {
    struct free_table *next;
};

struct window_operator {
    struct window_config config;
    struct arena *arena;
    struct window *windows; /* [alive, n) exist; [alive, unfired) were given already */
    size_t alive, unfired, n, capacity;
    size_t recent;
    int64_t watermark;
    struct free_table *free[BITS_MAX + 1];
    struct window_counts counts;
    bool emitting;
};

static size_t table_slots(uint32_t bits)
{
    return (size_t)1 << bits;
}

static size_t table_room(uint32_t bits)
{
    return table_slots(bits) / 4 * 3;
}

static size_t table_bytes(uint32_t bits)
{
    return table_slots(bits) * sizeof(struct slot) + table_room(bits) * sizeof(struct entry);
}

static void table_take(struct window_operator *op, struct window *w, uint32_t bits)
{
    CHECK(bits <= BITS_MAX, "a window of more than %zu keys", table_room(BITS_MAX));
    void *memory = op->free[bits];
    if (memory != NULL) {
        op->free[bits] = op->free[bits]->next;
        memset(memory, 0, table_slots(bits) * sizeof(struct slot));
    } else {
        memory = arena_alloc(op->arena, 1, table_bytes(bits));
    }
    w->slots = memory;
    w->entries = (struct entry *)((char *)memory + table_slots(bits) * sizeof(struct slot));
    w->bits = bits;
}

static void table_give_back(struct window_operator *op, void *memory, uint32_t bits)
{
    struct free_table *table = memory;
    table->next = op->free[bits];
    op->free[bits] = table;
}

/* murmur3's 64-bit finaliser: keys may be small consecutive numbers. */
static uint64_t mix(uint64_t key)
{
    key ^= key >> 33;
    key *= 0xff51afd7ed558ccdu;
    key ^= key >> 33;
    key *= 0xc4ceb9fe1a85ec53u;
    return key ^ key >> 33;
}

static void table_place(struct window *w, uint64_t hash, uint32_t entry)
{
    size_t mask = table_slots(w->bits) - 1;
    size_t i = hash & mask;
    while (w->slots[i].entry != 0)
        i = (i + 1) & mask;
    w->slots[i] = (struct slot){(uint32_t)(hash >> 32), entry};
}

static void table_grow(struct window_operator *op, struct window *w)
{
    struct window old = *w;
    table_take(op, w, old.bits + 1);
    memcpy(w->entries, old.entries, old.n * sizeof *old.entries);
    for (uint32_t i = 0; i < w->n; i++)
        table_place(w, mix(w->entries[i].key), i + 1);
    table_give_back(op, old.slots, old.bits);
}

/* The key's entry, made if need be. *made may be NULL. */
static struct entry *table_entry(struct window_operator *op, struct window *w, uint64_t key, bool *made)
{
    uint64_t hash = mix(key);
    uint32_t tag = (uint32_t)(hash >> 32);
    size_t mask = table_slots(w->bits) - 1;
    for (size_t i = hash & mask; w->slots[i].entry != 0; i = (i + 1) & mask) {
        if (w->slots[i].tag != tag) continue;
        struct entry *e = &w->entries[w->slots[i].entry - 1];
        if (e->key == key) {
            if (made != NULL) *made = false;
            return e;
        }
    }
    if (w->n == table_room(w->bits)) table_grow(op, w);
    struct entry *e = &w->entries[w->n++];
    *e = (struct entry){.key = key};
    table_place(w, hash, w->n);
    if (made != NULL) *made = true;
    return e;
}

int64_t window_start(int64_t timestamp, int64_t size, int64_t offset)
{
    int64_t since = timestamp - offset;
    int64_t into = since % size;
    return timestamp - (into < 0 ? into + size : into);
}

double window_ctr(const struct window_pane *pane)
{
    return pane->impressions == 0 ? (double)NAN : (double)pane->clicks / (double)pane->impressions;
}

const char *window_config_mistake(const struct window_config *c)
{
    if (c->size <= 0 || c->size > WINDOW_TIME_MAX) return "a window's size must be above 0 and at most 2^61";
    if (c->offset <= -c->size || c->offset >= c->size)
        return "a window's offset must be smaller than its size";
    if (c->allowed_lateness < 0 || c->allowed_lateness > WINDOW_TIME_MAX)
        return "allowed lateness must be at least 0 and at most 2^61";
    if (c->sink.pane == NULL) return "a window operator needs somewhere to give its panes";
    if (c->semantics == WINDOW_KAFKA_STREAMS) {
        if (c->offset != 0) return "windows of Kafka Streams have no offset";
        if (c->discarding) return "windows of Kafka Streams accumulate";
    }
    return NULL;
}

struct window_operator *window_new(struct arena *arena, const struct window_config *config)
{
    const char *mistake = window_config_mistake(config);
    CHECK(mistake == NULL, "%s", mistake);
    struct window_operator *op = ARENA_NEW(arena, struct window_operator, 1);
    op->config = *config;
    op->arena = arena;
    op->capacity = 16;
    op->windows = ARENA_NEW(arena, struct window, op->capacity);
    op->watermark = INT64_MIN;
    return op;
}

/* Has event time passed the end, so that the window's pane is due? */
static bool is_due(const struct window_operator *op, int64_t start)
{
    int64_t end = start + op->config.size;
    switch (op->config.semantics) {
    case WINDOW_FLINK:
        return end - 1 <= op->watermark;
    case WINDOW_BEAM:
        return end <= op->watermark;
    case WINDOW_KAFKA_STREAMS:
        break;
    }
    return end + op->config.allowed_lateness <= op->watermark;
}

/* Is the window past its lateness, so that its state goes and its records are refused? */
static bool is_expired(const struct window_operator *op, int64_t start)
{
    int64_t end = start + op->config.size;
    switch (op->config.semantics) {
    case WINDOW_FLINK:
        return end - 1 + op->config.allowed_lateness <= op->watermark;
    case WINDOW_BEAM:
        return end - 1 + op->config.allowed_lateness < op->watermark;
    case WINDOW_KAFKA_STREAMS:
        break;
    }
    return end + op->config.allowed_lateness <= op->watermark;
}

static void give(struct window_operator *op, int64_t start, const struct entry *e, enum window_timing timing)
{
    const struct window_pane pane = {e->key,         start,     start + op->config.size,
                                     e->impressions, e->clicks, timing};
    op->counts.panes++;
    if (timing == WINDOW_PANE_LATE) op->counts.panes_late++;
    op->emitting = true;
    op->config.sink.pane(op->config.sink.context, &pane);
    op->emitting = false;
}

static bool gives_on_update(const struct window_operator *op)
{
    return op->config.semantics == WINDOW_KAFKA_STREAMS && op->config.emit == WINDOW_ON_UPDATE;
}

/* Gives what is due and drops what is expired. */
static uint64_t settle(struct window_operator *op)
{
    uint64_t before = op->counts.panes;
    for (; op->unfired < op->n && is_due(op, op->windows[op->unfired].start); op->unfired++) {
        const struct window *w = &op->windows[op->unfired];
        for (uint32_t i = 0; !gives_on_update(op) && i < w->n; i++)
            give(op, w->start, &w->entries[i], WINDOW_PANE_ON_TIME);
    }
    /* A discarding window holds nothing once it was given. */
    while (op->alive < op->unfired &&
           (op->config.discarding || is_expired(op, op->windows[op->alive].start))) {
        struct window *w = &op->windows[op->alive++];
        table_give_back(op, w->slots, w->bits);
        op->counts.windows_dropped++;
    }
    if (op->alive == op->n) op->alive = op->unfired = op->n = 0;
    return op->counts.panes - before;
}

uint64_t window_advance(struct window_operator *op, int64_t watermark)
{
    CHECK(!op->emitting, "a sink called its own operator");
    if (watermark <= op->watermark) return 0;
    op->watermark = watermark;
    return settle(op);
}

/* The first window at or after `start`. */
static size_t search(const struct window_operator *op, int64_t start)
{
    size_t low = op->alive, high = op->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (op->windows[middle].start < start)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct window *insert(struct window_operator *op, size_t at, int64_t start)
{
    if (op->n == op->capacity) {
        if (op->alive >= op->capacity / 2) { /* half of it is gone already: move up instead of growing */
            memmove(op->windows, op->windows + op->alive, (op->n - op->alive) * sizeof *op->windows);
            at -= op->alive;
            op->unfired -= op->alive;
            op->n -= op->alive;
            op->alive = 0;
        } else {
            op->windows =
                arena_grow(op->arena, op->windows, op->capacity, op->capacity * 2, sizeof *op->windows);
            op->capacity *= 2;
        }
    }
    struct window *w = &op->windows[at];
    memmove(w + 1, w, (op->n - at) * sizeof *w);
    op->n++;
    if (at < op->unfired || (at == op->unfired && is_due(op, start))) op->unfired++;
    *w = (struct window){.start = start};
    table_take(op, w, BITS_MIN);
    op->counts.windows_opened++;
    return w;
}

static bool holds(const struct window_operator *op, size_t window, int64_t timestamp)
{
    if (window < op->alive || window >= op->n) return false;
    int64_t into = timestamp - op->windows[window].start;
    return into >= 0 && into < op->config.size;
}

static enum window_result refuse(struct window_operator *op, uint64_t key, int64_t timestamp, int64_t start,
                                 enum window_side side, int64_t count)
{
    op->counts.records_late += (uint64_t)count;
    if (op->config.sink.late != NULL) {
        const struct window_late_record record = {key, timestamp, start, count, side};
        op->emitting = true;
        op->config.sink.late(op->config.sink.context, &record);
        op->emitting = false;
    }
    return WINDOW_LATE;
}

static void fold(struct entry *e, enum window_side side, int64_t count)
{
    int64_t *side_count = side == WINDOW_CLICK ? &e->clicks : &e->impressions;
    CHECK(!__builtin_add_overflow(*side_count, count, side_count), "a count beyond 2^63");
}

enum window_result window_add(struct window_operator *op, uint64_t key, int64_t timestamp,
                              enum window_side side, int64_t count)
{
    CHECK(!op->emitting, "a sink called its own operator");
    CHECK(timestamp >= -WINDOW_TIME_MAX && timestamp <= WINDOW_TIME_MAX, "a timestamp of %lld",
          (long long)timestamp);
    CHECK(count >= 1, "%lld records", (long long)count);
    op->counts.folds++;
    op->counts.records += (uint64_t)count;

    const bool streams = op->config.semantics == WINDOW_KAFKA_STREAMS;
    if (streams && timestamp < 0) {
        op->counts.records_skipped += (uint64_t)count;
        return WINDOW_SKIPPED;
    }
    bool advanced = streams && timestamp > op->watermark;
    if (advanced) op->watermark = timestamp;

    const bool known = holds(op, op->recent, timestamp);
    int64_t start =
        known ? op->windows[op->recent].start : window_start(timestamp, op->config.size, op->config.offset);
    if (is_expired(op, start)) return refuse(op, key, timestamp, start, side, count);

    /* Windows give as soon as they are due, so a window that is due now was given before: this record is late
     * for it. (kafka_streams drops a window when it gives it, and never comes here.) */
    const bool late = !streams && is_due(op, start);
    if (late && op->config.discarding) {
        struct entry alone = {.key = key};
        fold(&alone, side, count);
        give(op, start, &alone, WINDOW_PANE_LATE);
        return WINDOW_COUNTED;
    }
    struct window *w;
    if (known) {
        w = &op->windows[op->recent];
    } else {
        size_t at = search(op, start);
        w = at < op->n && op->windows[at].start == start ? &op->windows[at] : insert(op, at, start);
        op->recent = (size_t)(w - op->windows);
    }
    bool made;
    struct entry *e = table_entry(op, w, key, &made);
    op->counts.keys_inserted += made;
    fold(e, side, count);
    if (late)
        give(op, start, e, WINDOW_PANE_LATE);
    else if (gives_on_update(op))
        give(op, start, e, WINDOW_PANE_UPDATE);
    if (advanced) settle(op);
    return WINDOW_COUNTED;
}

void window_prefetch(const struct window_operator *op, uint64_t key, int64_t timestamp)
{
    for (size_t i = op->n, tried = 0; i > op->alive && tried < 4; tried++) {
        i--;
        if (!holds(op, i, timestamp)) continue;
        const struct window *w = &op->windows[i];
        __builtin_prefetch(&w->slots[mix(key) & (table_slots(w->bits) - 1)]);
        return;
    }
}

int64_t window_watermark(const struct window_operator *op)
{
    return op->watermark;
}

const struct window_counts *window_counts(const struct window_operator *op)
{
    return &op->counts;
}

size_t window_state_windows(const struct window_operator *op)
{
    return op->n - op->alive;
}

size_t window_state_keys(const struct window_operator *op)
{
    size_t keys = 0;
    for (size_t i = op->alive; i < op->n; i++)
        keys += op->windows[i].n;
    return keys;
}

size_t window_state_bytes(const struct window_operator *op)
{
    size_t bytes = 0;
    for (size_t i = op->alive; i < op->n; i++)
        bytes += sizeof(struct window) + table_bytes(op->windows[i].bits);
    return bytes;
}

void window_clear(struct window_operator *op)
{
    CHECK(!op->emitting, "a sink called its own operator");
    for (size_t i = op->alive; i < op->n; i++)
        table_give_back(op, op->windows[i].slots, op->windows[i].bits);
    op->alive = op->unfired = op->n = 0;
    op->watermark = INT64_MIN;
}

/* A snapshot: "HWS1", size, offset, watermark, windows; each window: start, keys, then key, impressions and
 * clicks of each; at the end a CRC-32C of all before it. All but the magic and the CRC (4 bytes) are 8 bytes,
 * little-endian. */
enum { SNAPSHOT_HEAD = 4 + 4 * 8, SNAPSHOT_WINDOW = 16, SNAPSHOT_KEY = 24, SNAPSHOT_TAIL = 4 };
static const char snapshot_magic[4] = {'H', 'W', 'S', '1'};

size_t window_snapshot_bytes_for(size_t keys, size_t windows)
{
    return SNAPSHOT_HEAD + windows * SNAPSHOT_WINDOW + keys * SNAPSHOT_KEY + SNAPSHOT_TAIL;
}

size_t window_snapshot_bytes(const struct window_operator *op)
{
    return window_snapshot_bytes_for(window_state_keys(op), window_state_windows(op));
}

static unsigned char *put(unsigned char *p, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        *p++ = (unsigned char)(value >> (8 * i));
    return p;
}

static uint64_t get(const unsigned char *p, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++)
        value |= (uint64_t)p[i] << (8 * i);
    return value;
}

size_t window_snapshot(const struct window_operator *op, void *out, size_t capacity)
{
    size_t n = window_snapshot_bytes(op);
    CHECK(capacity >= n, "a snapshot of %zu bytes into %zu", n, capacity);
    unsigned char *p = out;
    memcpy(p, snapshot_magic, sizeof snapshot_magic);
    p += sizeof snapshot_magic;
    p = put(p, (uint64_t)op->config.size, 8);
    p = put(p, (uint64_t)op->config.offset, 8);
    p = put(p, (uint64_t)op->watermark, 8);
    p = put(p, op->n - op->alive, 8);
    for (size_t i = op->alive; i < op->n; i++) {
        const struct window *w = &op->windows[i];
        p = put(p, (uint64_t)w->start, 8);
        p = put(p, w->n, 8);
        for (uint32_t k = 0; k < w->n; k++) {
            p = put(p, w->entries[k].key, 8);
            p = put(p, (uint64_t)w->entries[k].impressions, 8);
            p = put(p, (uint64_t)w->entries[k].clicks, 8);
        }
    }
    put(p, crc32c(0, out, n - SNAPSHOT_TAIL), SNAPSHOT_TAIL);
    return n;
}

static bool restore_windows(struct window_operator *op, const unsigned char *p, size_t n, uint64_t windows)
{
    for (uint64_t i = 0; i < windows; i++) {
        if (n < SNAPSHOT_WINDOW) return false;
        int64_t start = (int64_t)get(p, 8);
        uint64_t keys = get(p + 8, 8);
        p += SNAPSHOT_WINDOW;
        n -= SNAPSHOT_WINDOW;
        if (keys > n / SNAPSHOT_KEY) return false;
        if (start < -2 * WINDOW_TIME_MAX || start > WINDOW_TIME_MAX) return false;
        if (window_start(start, op->config.size, op->config.offset) != start) return false;
        if (op->n > op->alive && op->windows[op->n - 1].start >= start) return false;
        if (is_expired(op, start)) return false;
        insert(op, op->n, start);
        for (uint64_t k = 0; k < keys; k++, p += SNAPSHOT_KEY, n -= SNAPSHOT_KEY) {
            bool made;
            struct entry *e = table_entry(op, &op->windows[op->n - 1], get(p, 8), &made);
            e->impressions = (int64_t)get(p + 8, 8);
            e->clicks = (int64_t)get(p + 16, 8);
            if (!made || e->impressions < 0 || e->clicks < 0) return false;
        }
    }
    return n == 0;
}

bool window_restore(struct window_operator *op, const void *data, size_t n)
{
    window_clear(op);
    const unsigned char *p = data;
    if (n < SNAPSHOT_HEAD + SNAPSHOT_TAIL || memcmp(p, snapshot_magic, sizeof snapshot_magic) != 0)
        return false;
    n -= SNAPSHOT_TAIL;
    if (get(p + n, SNAPSHOT_TAIL) != crc32c(0, data, n)) return false;
    if ((int64_t)get(p + 4, 8) != op->config.size || (int64_t)get(p + 12, 8) != op->config.offset)
        return false;
    op->watermark = (int64_t)get(p + 20, 8);
    if (restore_windows(op, p + SNAPSHOT_HEAD, n - SNAPSHOT_HEAD, get(p + 28, 8))) return true;
    window_clear(op);
    return false;
}
