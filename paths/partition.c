/* partition.c: see partition.h. Follows Kafka's BuiltInPartitioner.java (KIP-794) and
 * RoundRobinPartitioner.java. */
#include "partition.h"

#include "arena.h"
#include "check.h"
#include "hot_keys.h"
#include "maglev.h"

#include <string.h>

/* The first running sum that is strictly greater than the draw: a partition's share is then its frequency
 * exactly. */
static int32_t choose_by_load(const struct partitioner *p, uint64_t draw)
{
    int64_t weight = (int64_t)(draw % (uint64_t)p->load_cumulative[p->load_n - 1]);
    int32_t low = 0, high = p->load_n - 1;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (p->load_cumulative[middle] > weight)
            high = middle;
        else
            low = middle + 1;
    }
    return p->load_ids[low];
}

static void sticky_switch(struct partitioner *p, uint64_t draw)
{
    if (p->load_n > 0)
        p->current = choose_by_load(p, draw);
    else
        p->current = p->available[draw % (uint64_t)p->available_n];
    p->produced_bytes = 0;
    p->counts.sticky_switches++;
    p->counts.draws_used++;
}

static void sticky_produced(struct partitioner *p, int64_t bytes, bool current_complete, uint64_t draw)
{
    p->produced_bytes += bytes;
    /* Without the second condition a slow partition's half-filled batches could pin the producer to it for
     * ever. */
    if ((p->produced_bytes >= p->config.sticky_batch_bytes && current_complete) ||
        p->produced_bytes / 2 >= p->config.sticky_batch_bytes)
        sticky_switch(p, draw);
}

static int32_t choose_sticky(struct partitioner *p, const void *key, size_t len,
                             const struct partition_hints *hints)
{
    (void)key;
    (void)len;
    CHECK(hints != NULL, "a sticky choice needs a draw");
    p->counts.sticky_choices++;
    if (p->current < 0)
        sticky_switch(p, hints->draw);
    else if (hints->current_complete)
        sticky_produced(p, 0, true, hints->draw);
    return p->current;
}

static bool is_available(const struct partitioner *p, int32_t partition)
{
    int32_t low = 0, high = p->available_n;
    while (low < high) {
        const int32_t middle = low + (high - low) / 2;
        if (p->available[middle] == partition) return true;
        if (p->available[middle] < partition)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* librdkafka's: over all partitions, and once more if that one has no leader. */
static int32_t choose_random(struct partitioner *p, const void *key, size_t len,
                             const struct partition_hints *hints)
{
    (void)key;
    (void)len;
    CHECK(hints != NULL, "a random choice needs a draw");
    p->counts.random_choices++;
    p->counts.draws_used++;
    const uint32_t n = (uint32_t)p->config.partitions;
    const int32_t first = (int32_t)((uint32_t)hints->draw % n);
    return is_available(p, first) ? first : (int32_t)((uint32_t)(hints->draw >> 32) % n);
}

static int32_t choose_roundrobin(struct partitioner *p, const void *key, size_t len,
                                 const struct partition_hints *hints)
{
    (void)key;
    (void)len;
    (void)hints;
    /* toPositive() of a counter of 32 bits. */
    const uint32_t turn = (uint32_t)p->counts.turns++ & 0x7fffffffu;
    return p->available[turn % (uint32_t)p->available_n];
}

static int32_t choose_keyed(struct partitioner *p, const void *key, size_t len,
                            const struct partition_hints *hints)
{
    const struct partition_rule *rule = p->rule;
    if (key == NULL && rule->keyless == KEYLESS_STICKY) return choose_sticky(p, key, len, hints);
    if (key == NULL && rule->keyless == KEYLESS_RANDOM) return choose_random(p, key, len, hints);
    if (len == 0 && rule->keyless == EMPTY_RANDOM) return choose_random(p, key, len, hints);
    p->counts.keys_hashed++;
    p->counts.key_bytes_hashed += len;
    return rule->keyed(key, len, p->config.partitions);
}

/* As choose_keyed(), without looking at what the rule says. */
static int32_t choose_murmur2(struct partitioner *p, const void *key, size_t len,
                              const struct partition_hints *hints)
{
    if (key == NULL) return choose_sticky(p, key, len, hints);
    p->counts.keys_hashed++;
    p->counts.key_bytes_hashed += len;
    return partition_murmur2(key, len, p->config.partitions);
}

struct partition_maglev {
    uint32_t slots;
    int32_t *table;
    struct maglev_permutation *permutations;
    uint32_t *scratch;
};

static void maglev_refill(struct partitioner *p)
{
    struct partition_maglev *m = p->maglev;
    maglev_fill(m->permutations, p->available, p->available_n, m->slots, m->table, m->scratch);
}

static void maglev_set_up(struct partitioner *p, struct arena *arena)
{
    const size_t n = (size_t)p->config.partitions;
    struct partition_maglev *m = ARENA_NEW(arena, struct partition_maglev, 1);
    m->slots = maglev_slots_for(p->config.partitions);
    m->table = ARENA_NEW(arena, int32_t, m->slots);
    m->permutations = ARENA_NEW(arena, struct maglev_permutation, n);
    m->scratch = ARENA_NEW(arena, uint32_t, n);
    for (int32_t i = 0; i < p->config.partitions; i++)
        m->permutations[i] = maglev_permutation_of(i, m->slots);
    p->maglev = m;
}

static int32_t choose_maglev(struct partitioner *p, const void *key, size_t len,
                             const struct partition_hints *hints)
{
    if (key == NULL) return choose_sticky(p, key, len, hints);
    p->counts.keys_hashed++;
    p->counts.key_bytes_hashed += len;
    return p->maglev->table[partition_mix64(partition_fnv1a_64(key, len)) % p->maglev->slots];
}

static void two_choices_set_up(struct partitioner *p, struct arena *arena)
{
    p->chosen = ARENA_NEW(arena, uint64_t, (size_t)p->config.partitions);
}

static int32_t choose_of_two(struct partitioner *p, const void *key, size_t len,
                             const struct partition_hints *hints)
{
    if (key == NULL) return choose_sticky(p, key, len, hints);
    p->counts.keys_hashed++;
    p->counts.key_bytes_hashed += len;
    int32_t candidates[2];
    partition_candidates(key, len, p->config.partitions, candidates);
    const int32_t at = candidates[p->chosen[candidates[1]] < p->chosen[candidates[0]]];
    p->chosen[at]++;
    return at;
}

static void salted_set_up(struct partitioner *p, struct arena *arena)
{
    enum { SALTS = 8, HOT_ONE_IN_MOST = 64 };
    struct partition_config *c = &p->config;
    CHECK(c->salts >= 0 && c->hot_one_in >= 0, "%d salts, hot is one in %d", c->salts, c->hot_one_in);
    if (c->salts == 0) c->salts = SALTS;
    if (c->salts > c->partitions) c->salts = c->partitions;
    if (c->hot_one_in == 0) c->hot_one_in = c->partitions < HOT_ONE_IN_MOST ? c->partitions : HOT_ONE_IN_MOST;
    p->hot = ARENA_NEW(arena, struct hot_keys, 1);
}

static int32_t choose_salted(struct partitioner *p, const void *key, size_t len,
                             const struct partition_hints *hints)
{
    p->salt = 0;
    if (key == NULL) return choose_sticky(p, key, len, hints);
    p->counts.keys_hashed++;
    p->counts.key_bytes_hashed += len;
    const uint64_t hash = partition_mix64(partition_fnv1a_64(key, len));
    if (hot_key_count(p->hot, hash, (uint32_t)p->config.hot_one_in)) {
        /* Mixed, for salts dealt in turn would go hand in hand with hot keys that alternate. */
        p->salt = (int32_t)(partition_mix64(++p->counts.salted_records) % (uint64_t)p->config.salts);
    }
    return partition_salted(key, len, p->salt, p->config.partitions);
}

const struct partition_rule partition_rules[PARTITION_RULES_N] = {
    [PARTITION_MURMUR2] = {"murmur2",
                           "keyed records by Kafka's murmur2 over all partitions, null keys sticky",
                           choose_murmur2, partition_murmur2, KEYS_TOGETHER, KEYLESS_STICKY, NULL},
    [PARTITION_STICKY] = {"sticky", "every record to the sticky partition, keys ignored", choose_sticky, NULL,
                          KEYS_IGNORED, KEYLESS_STICKY, NULL},
    [PARTITION_ROUNDROBIN] = {"roundrobin",
                              "Kafka's RoundRobinPartitioner: around the available partitions, keys ignored",
                              choose_roundrobin, NULL, KEYS_IGNORED, KEYLESS_IN_TURN, NULL},
    [PARTITION_RANDOM] = {"random", "librdkafka's: every record at random, keys ignored", choose_random, NULL,
                          KEYS_IGNORED, KEYLESS_RANDOM, NULL},
    [PARTITION_CONSISTENT] = {"consistent",
                              "librdkafka's: CRC-32 of the key, null and empty keys to one partition",
                              choose_keyed, partition_consistent, KEYS_TOGETHER, KEYLESS_HASHED, NULL},
    [PARTITION_CONSISTENT_RANDOM] = {"consistent_random",
                                     "librdkafka's default: CRC-32 of the key, null and empty keys at random",
                                     choose_keyed, partition_consistent, KEYS_TOGETHER, EMPTY_RANDOM, NULL},
    [PARTITION_MURMUR2_HASHED] = {"murmur2_hashed", "librdkafka's `murmur2`: null keys hashed as empty ones",
                                  choose_keyed, partition_murmur2, KEYS_TOGETHER, KEYLESS_HASHED, NULL},
    [PARTITION_MURMUR2_RANDOM] = {"murmur2_random", "librdkafka's: Kafka's murmur2, null keys at random",
                                  choose_keyed, partition_murmur2, KEYS_TOGETHER, KEYLESS_RANDOM, NULL},
    [PARTITION_FNV1A] = {"fnv1a", "librdkafka's: FNV-1a of the key, null keys to one partition", choose_keyed,
                         partition_fnv1a, KEYS_TOGETHER, KEYLESS_HASHED, NULL},
    [PARTITION_FNV1A_RANDOM] = {"fnv1a_random", "librdkafka's: FNV-1a of the key, null keys at random",
                                choose_keyed, partition_fnv1a, KEYS_TOGETHER, KEYLESS_RANDOM, NULL},
    [PARTITION_JUMP] = {"jump", "jump consistent hash of the key, null keys sticky", choose_keyed,
                        partition_jump, KEYS_TOGETHER, KEYLESS_STICKY, NULL},
    [PARTITION_MAGLEV] = {"maglev", "Maglev's table over the available partitions, null keys sticky",
                          choose_maglev, NULL, KEYS_TOGETHER, KEYLESS_STICKY, maglev_set_up},
    [PARTITION_TWO_CHOICES] =
        {"two_choices", "partial key grouping: the less chosen of a key's two partitions, null keys sticky",
         choose_of_two, NULL, KEYS_SPLIT, KEYLESS_STICKY, two_choices_set_up},
    [PARTITION_SALTED] = {"salted", "as murmur2, but hot keys are spread over several partitions",
                          choose_salted, NULL, KEYS_SPLIT, KEYLESS_STICKY, salted_set_up},
};

const struct partition_rule *partition_rule_find(const char *name)
{
    for (size_t i = 0; i < PARTITION_RULES_N; i++)
        if (strcmp(partition_rules[i].name, name) == 0) return &partition_rules[i];
    return NULL;
}

struct partitioner *partition_new(struct arena *arena, const struct partition_rule *rule,
                                  const struct partition_config *config)
{
    CHECK(config->partitions >= 1 && config->partitions <= PARTITIONS_MAX, "%d partitions",
          config->partitions);
    CHECK(config->sticky_batch_bytes >= 1, "batch.size %lld", (long long)config->sticky_batch_bytes);
    size_t n = (size_t)config->partitions;
    struct partitioner *p = ARENA_NEW(arena, struct partitioner, 1);
    p->rule = rule;
    p->config = *config;
    p->current = -1;
    p->available = ARENA_NEW(arena, int32_t, n);
    p->load_ids = ARENA_NEW(arena, int32_t, n);
    p->load_cumulative = ARENA_NEW(arena, int64_t, n);
    if (rule->set_up != NULL) rule->set_up(p, arena);
    partition_set_available(p, NULL, 0);
    return p;
}

int32_t partition_choose(struct partitioner *p, const void *key, size_t len,
                         const struct partition_hints *hints)
{
    CHECK(key != NULL || len == 0, "a null key of %zu bytes", len);
    return p->rule->choose(p, key, len, hints);
}

void partition_appended(struct partitioner *p, int64_t bytes, bool current_complete, uint64_t draw)
{
    CHECK(p->current >= 0, "appended before any choice");
    CHECK(bytes >= 0 && bytes <= INT64_MAX / 4, "appended %lld bytes", (long long)bytes);
    sticky_produced(p, bytes, current_complete, draw);
}

static void check_ids(const struct partitioner *p, const int32_t *ids, int32_t n)
{
    for (int32_t i = 0; i < n; i++) {
        CHECK(ids[i] >= 0 && ids[i] < p->config.partitions, "partition %d of %d", ids[i],
              p->config.partitions);
        CHECK(i == 0 || ids[i] > ids[i - 1], "partition ids %d, %d do not ascend", ids[i - 1], ids[i]);
    }
}

void partition_set_available(struct partitioner *p, const int32_t *ids, int32_t n)
{
    CHECK(n >= 0 && n <= p->config.partitions, "%d of %d available", n, p->config.partitions);
    if (n == 0) {
        for (int32_t i = 0; i < p->config.partitions; i++)
            p->available[i] = i;
        p->available_n = p->config.partitions;
    } else {
        check_ids(p, ids, n);
        memcpy(p->available, ids, (size_t)n * sizeof *ids);
        p->available_n = n;
    }
    if (p->maglev != NULL) maglev_refill(p);
}

void partition_update_load(struct partitioner *p, const int32_t *ids, const int32_t *queue_batches, int32_t n,
                           int32_t all_n)
{
    CHECK(n >= 0 && n <= all_n && all_n <= p->config.partitions, "load of %d of %d", n, all_n);
    p->load_n = 0;
    if (n < 1 || all_n < 2) return;
    check_ids(p, ids, n);
    int64_t longest = 0;
    bool all_equal = true;
    for (int32_t i = 0; i < n; i++) {
        CHECK(queue_batches[i] >= 0, "a queue of %d batches", queue_batches[i]);
        if (queue_batches[i] > longest) longest = queue_batches[i];
        if (queue_batches[i] != queue_batches[0]) all_equal = false;
    }
    if (all_equal && n == all_n) return;
    int64_t sum = 0;
    for (int32_t i = 0; i < n; i++) {
        sum += longest + 1 - queue_batches[i];
        p->load_ids[i] = ids[i];
        p->load_cumulative[i] = sum;
    }
    p->load_n = n;
}
