/* Every partitioner against one that is written as its definition says, on random keys, availability, queues and
 * draws. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "arena.h"
#include "maglev.h"
#include "partition.h"
#include "philox.h"

enum { PARTITIONS_N = 40, KEY_BYTES = 80, POPULATION = 500, OPERATIONS = 120000 };

/* MurmurHash2 of the Java client, a byte and a bit of the loop at a time. */
static uint32_t naive_murmur2(const unsigned char *key, size_t len)
{
    uint32_t h = (uint32_t)(0x9747b28cu ^ len);
    for (size_t word = 0; word < len / 4; word++) {
        uint32_t k = 0;
        for (int i = 3; i >= 0; i--) k = k * 256 + key[4 * word + (size_t)i];
        k = k * 0x5bd1e995u;
        k = (k ^ (k >> 24)) * 0x5bd1e995u;
        h = h * 0x5bd1e995u ^ k;
    }
    uint32_t rest = 0;
    for (size_t i = len; i-- > len - len % 4;) rest = rest * 256 + key[i];
    if (len % 4 > 0) h = (h ^ rest) * 0x5bd1e995u;
    h = (h ^ (h >> 13)) * 0x5bd1e995u;
    return h ^ (h >> 15);
}

static uint32_t naive_crc32(const unsigned char *key, size_t len)
{
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < 8 * len; i++) {
        const uint32_t bit = (crc ^ (uint32_t)(key[i / 8] >> i % 8)) & 1;
        crc = crc >> 1 ^ bit * 0xedb88320u;
    }
    return ~crc;
}

static uint64_t naive_fnv1a(const unsigned char *key, size_t len, bool wide)
{
    uint64_t h = wide ? 14695981039346656037u : 2166136261u;
    for (size_t i = 0; i < len; i++) {
        h = (h ^ key[i]) * (wide ? 1099511628211u : 16777619u);
        if (!wide) h %= (uint64_t)1 << 32;
    }
    return h;
}

struct naive {
    int32_t n; /* partitions */
    bool available[PARTITIONS_N];
    int32_t queue[PARTITIONS_N]; /* -1: left out */
    bool queues_told;
    int64_t batch_bytes, produced;
    int32_t current;
    uint32_t turns;
    uint64_t chosen[PARTITIONS_N];
    int32_t *maglev; /* slot by slot */
    uint32_t slots;
};

/* The i-th that is available; all are if none is. */
static int32_t nth_available(const struct naive *v, uint64_t draw)
{
    int32_t ids[PARTITIONS_N], n = 0;
    for (int32_t i = 0; i < v->n; i++)
        if (v->available[i]) ids[n++] = i;
    return n == 0 ? (int32_t)(draw % (uint64_t)v->n) : ids[draw % (uint64_t)n];
}

static bool any_available(const struct naive *v)
{
    for (int32_t i = 0; i < v->n; i++)
        if (v->available[i]) return true;
    return false;
}

static void naive_switch(struct naive *v, uint64_t draw)
{
    int32_t longest = 0, told = 0, first = -1;
    bool differ = false;
    for (int32_t i = 0; i < v->n && v->queues_told; i++) {
        if (v->queue[i] < 0) continue;
        if (first < 0) first = v->queue[i];
        differ = differ || v->queue[i] != first;
        if (v->queue[i] > longest) longest = v->queue[i];
        told++;
    }
    v->produced = 0;
    if (told == 0 || v->n < 2 || (!differ && told == v->n)) {
        v->current = nth_available(v, draw);
        return;
    }
    /* As many tickets each as its queue is shorter than the longest, and one. */
    int64_t tickets = 0;
    for (int32_t i = 0; i < v->n; i++)
        if (v->queue[i] >= 0) tickets += longest + 1 - v->queue[i];
    int64_t ticket = (int64_t)(draw % (uint64_t)tickets);
    for (int32_t i = 0; i < v->n; i++) {
        if (v->queue[i] < 0) continue;
        ticket -= longest + 1 - v->queue[i];
        if (ticket < 0) {
            v->current = i;
            return;
        }
    }
}

static void naive_produced(struct naive *v, int64_t bytes, bool complete, uint64_t draw)
{
    v->produced += bytes;
    if (v->produced >= 2 * v->batch_bytes || (complete && v->produced >= v->batch_bytes)) naive_switch(v, draw);
}

static int32_t naive_sticky(struct naive *v, const struct partition_hints *hints)
{
    if (v->current < 0)
        naive_switch(v, hints->draw);
    else if (hints->current_complete)
        naive_produced(v, 0, true, hints->draw);
    return v->current;
}

static int32_t naive_random(const struct naive *v, uint64_t draw)
{
    const int32_t first = (int32_t)((uint32_t)draw % (uint32_t)v->n);
    return !any_available(v) || v->available[first] ? first : (int32_t)((draw >> 32) % (uint64_t)v->n);
}

/* Section 3.4 of the paper, backend by backend. */
static void naive_maglev(struct naive *v)
{
    uint32_t next[PARTITIONS_N] = {0}, filled = 0;
    for (uint32_t s = 0; s < v->slots; s++) v->maglev[s] = -1;
    while (filled < v->slots)
        for (int32_t i = 0; i < v->n && filled < v->slots; i++) {
            if (any_available(v) && !v->available[i]) continue;
            const struct maglev_permutation p = maglev_permutation_of(i, v->slots);
            uint32_t slot;
            do slot = (uint32_t)((p.offset + (uint64_t)next[i]++ * p.skip) % v->slots);
            while (v->maglev[slot] >= 0);
            v->maglev[slot] = i;
            filled++;
        }
}

static int32_t naive_choose(struct naive *v, int rule, const unsigned char *key, size_t len,
                            const struct partition_hints *hints)
{
    const uint64_t n = (uint64_t)v->n;
    const bool none = key == NULL, empty = len == 0;
    const uint64_t fnv64 = naive_fnv1a(key, len, true);
    const uint32_t murmur2 = naive_murmur2(key, len) % (1u << 31), crc32 = naive_crc32(key, len);
    int32_t fnv32 = (int32_t)(uint32_t)naive_fnv1a(key, len, false);
    const uint32_t fnv = fnv32 == INT32_MIN ? 1u << 31 : (uint32_t)abs(fnv32);
    switch (rule) {
    case PARTITION_MURMUR2:
        return none ? naive_sticky(v, hints) : (int32_t)(murmur2 % n);
    case PARTITION_STICKY:
        return naive_sticky(v, hints);
    case PARTITION_ROUNDROBIN:
        return nth_available(v, v->turns++ % (1u << 31));
    case PARTITION_RANDOM:
        return naive_random(v, hints->draw);
    case PARTITION_CONSISTENT:
        return (int32_t)(crc32 % n);
    case PARTITION_CONSISTENT_RANDOM:
        return empty ? naive_random(v, hints->draw) : (int32_t)(crc32 % n);
    case PARTITION_MURMUR2_HASHED:
        return (int32_t)(murmur2 % n);
    case PARTITION_MURMUR2_RANDOM:
        return none ? naive_random(v, hints->draw) : (int32_t)(murmur2 % n);
    case PARTITION_FNV1A:
        return (int32_t)(fnv % n);
    case PARTITION_FNV1A_RANDOM:
        return none ? naive_random(v, hints->draw) : (int32_t)(fnv % n);
    case PARTITION_JUMP:
        return none ? naive_sticky(v, hints) : partition_jump_hash(fnv64, v->n);
    case PARTITION_MAGLEV:
        return none ? naive_sticky(v, hints) : v->maglev[partition_mix64(fnv64) % v->slots];
    case PARTITION_TWO_CHOICES: {
        if (none) return naive_sticky(v, hints);
        const uint64_t first = murmur2 % n;
        uint64_t at = first;
        if (n > 1) {
            const uint64_t second = (first + 1 + partition_mix64(fnv64) % (n - 1)) % n;
            assert_true(second != first);
            if (v->chosen[second] < v->chosen[first]) at = second;
        }
        v->chosen[at]++;
        return (int32_t)at;
    }
    default:
        fail_msg("rule %d", rule);
        return -1;
    }
}

static void change_available(struct philox *philox, struct partitioner *p, struct naive *v)
{
    int32_t ids[PARTITIONS_N], n = 0;
    const uint64_t of = 1 + philox_below(philox, 4);
    for (int32_t i = 0; i < v->n; i++) {
        v->available[i] = philox_below(philox, of) == 0;
        if (v->available[i]) ids[n++] = i;
    }
    partition_set_available(p, ids, n);
    if (v->maglev != NULL) naive_maglev(v);
}

static void tell_queues(struct philox *philox, struct partitioner *p, struct naive *v)
{
    int32_t ids[PARTITIONS_N], queues[PARTITIONS_N], n = 0;
    const uint64_t most = 1 + philox_below(philox, 4), leave_out = philox_below(philox, 2);
    for (int32_t i = 0; i < v->n; i++) {
        v->queue[i] = leave_out && philox_below(philox, 4) == 0 ? -1 : (int32_t)philox_below(philox, most);
        if (v->queue[i] < 0) continue;
        ids[n] = i;
        queues[n++] = v->queue[i];
    }
    v->queues_told = true;
    partition_update_load(p, ids, queues, n, v->n);
}

static void run_rule(struct philox *philox, int rule, int32_t partitions, int operations)
{
    struct arena *arena = arena_new(0);
    unsigned char keys[POPULATION][KEY_BYTES];
    size_t lengths[POPULATION];
    const struct partition_config config = {.partitions = partitions, .sticky_batch_bytes = 1000};
    struct partitioner *p = partition_new(arena, &partition_rules[rule], &config);
    struct naive v = {.n = partitions, .batch_bytes = 1000, .current = -1};
    for (int32_t i = 0; i < partitions; i++) v.available[i] = true;
    for (int i = 0; i < POPULATION; i++) {
        lengths[i] = philox_below(philox, KEY_BYTES);
        for (size_t b = 0; b < KEY_BYTES; b++) keys[i][b] = (unsigned char)philox_next_u32(philox);
    }
    if (rule == PARTITION_MAGLEV) {
        v.slots = maglev_slots_for(partitions);
        v.maglev = ARENA_NEW(arena, int32_t, v.slots);
        naive_maglev(&v);
    }
    for (int i = 0; i < operations; i++) {
        const uint64_t what = philox_below(philox, 1000);
        if (what == 0 && (rule != PARTITION_MAGLEV || i % 8 == 0)) change_available(philox, p, &v);
        if (what == 1) tell_queues(philox, p, &v);
        const int which = (int)philox_below(philox, POPULATION);
        const unsigned char *key = what % 10 == 3 ? NULL : keys[which];
        const size_t from = philox_below(philox, lengths[which] + 1); /* at any alignment */
        const size_t len = key == NULL ? 0 : lengths[which] - from;
        const struct partition_hints hints = {.draw = philox_next_u64(philox), .current_complete = what % 3 == 0};
        const unsigned char *start = key == NULL ? NULL : key + from;
        const int32_t at = partition_choose(p, start, len, &hints);
        assert_int_equal(at, naive_choose(&v, rule, start, len, &hints));
        assert_int_equal(partition_current(p), v.current);
        if (v.current >= 0 && at == v.current && philox_below(philox, 2) == 0) {
            const int64_t bytes = (int64_t)philox_below(philox, 400);
            const bool complete = philox_below(philox, 2) == 0;
            const uint64_t draw = philox_next_u64(philox);
            partition_appended(p, bytes, complete, draw);
            naive_produced(&v, bytes, complete, draw);
        }
    }
    arena_free(arena);
}

static void every_rule(void **state)
{
    (void)state;
    static const int32_t partitions[] = {1, 2, 7, PARTITIONS_N};
    struct philox philox = philox_named(2, "test/partition_naive");
    for (int rule = 0; rule < PARTITION_RULES_N; rule++)
        for (int i = 0; i < 4 && rule != PARTITION_SALTED; i++)
            run_rule(&philox, rule, partitions[i], rule == PARTITION_MAGLEV ? OPERATIONS / 40 : OPERATIONS / 4);
}

/* Salting cannot be said by counting all keys, for it counts in a few kilobytes; but a salt is only for a key that has
 * been more than one in so many, and no salt leads further than they go. */
static void salted(void **state)
{
    (void)state;
    enum { ONE_IN = 20 };
    static const int32_t partitions[] = {1, 2, 7, PARTITIONS_N};
    struct philox philox = philox_named(3, "test/partition_naive");
    for (int c = 0; c < 4; c++) {
        struct arena *arena = arena_new(0);
        const int32_t n = partitions[c], salts = n < 5 ? n : 5;
        const struct partition_config config = {
            .partitions = n, .sticky_batch_bytes = 1000, .salts = 5, .hot_one_in = ONE_IN};
        struct partitioner *p = partition_new(arena, &partition_rules[PARTITION_SALTED], &config);
        int64_t seen[POPULATION] = {0}, dealt = 0, hot = 0;
        for (int64_t i = 1; i <= OPERATIONS; i++) {
            /* Key 0 is one in four, key 1 one in eight, the others one in eight hundred. */
            const uint64_t u = philox_below(&philox, 8);
            const uint32_t key = u < 2 ? 0 : u < 3 ? 1 : (uint32_t)philox_below(&philox, POPULATION);
            seen[key]++;
            const int32_t at = partition_choose(p, &key, sizeof key, NULL), salt = partition_salt(p);
            const uint32_t own = naive_murmur2((const unsigned char *)&key, sizeof key) % (1u << 31) % (uint32_t)n;
            assert_in_range(salt, 0, salts - 1);
            assert_int_equal(at, ((int64_t)own + salt) % n);
            if (salt > 0) assert_true(seen[key] * ONE_IN > i); /* it has been */
            dealt += salt > 0;
            hot += key < 2;
        }
        if (n > 1) assert_true(dealt > hot / 3);
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule),
        cmocka_unit_test(salted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
