/* The partitioners that spread load otherwise than by one hash: Maglev, two choices, salting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "hot_keys.h"
#include "maglev.h"
#include "partition.h"
#include "vectors.h"

static const char published[] = "tests/paths/vectors/partitioner_published.json";

static struct partitioner *make(struct arena *arena, const char *rule, int32_t partitions)
{
    const struct partition_config config = {.partitions = partitions, .sticky_batch_bytes = 1000};
    return partition_new(arena, partition_rule_find(rule), &config);
}

static void same_table(const struct json_value *expected, const struct maglev_permutation *permutations,
                       const int32_t *live, int32_t live_n)
{
    int32_t table[7];
    uint32_t scratch[3];
    assert_int_equal(expected->n, 7);
    maglev_fill(permutations, live, live_n, 7, table, scratch);
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(table[i], expected->items[i].integer);
}

static void maglev_tables(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct json_value *maglev = vectors_at(vectors_json(published, arena), "maglev");
    static const int32_t all[] = {0, 1, 2}, without_1[] = {0, 2};
    struct maglev_permutation permutations[3];
    for (size_t i = 0; i < 3; i++) {
        const struct json_value *slots = &vectors_at(maglev, "permutations")->items[i];
        const int64_t first = slots->items[0].integer, second = slots->items[1].integer;
        permutations[i] = (struct maglev_permutation){(uint32_t)first, (uint32_t)((second - first + 7) % 7)};
        for (size_t j = 0; j < 7; j++) /* the published one is of this form */
            assert_int_equal((permutations[i].offset + j * permutations[i].skip) % 7,
                             slots->items[j].integer);
    }
    same_table(vectors_at(maglev, "lookup"), permutations, all, 3);
    same_table(vectors_at(maglev, "lookup_dead_1"), permutations, without_1, 2);
    const struct json_value *paper = vectors_at(maglev, "paper");
    for (size_t i = 0; i < 3; i++) {
        const struct json_value *row = &vectors_at(paper, "offset_skip")->items[i];
        permutations[i] =
            (struct maglev_permutation){(uint32_t)row->items[0].integer, (uint32_t)row->items[1].integer};
    }
    same_table(vectors_at(paper, "lookup"), permutations, all, 3);
    same_table(vectors_at(paper, "lookup_without_B1"), permutations, without_1, 2);
    arena_free(arena);
}

/* Slots are shared to within one; a partition that goes away moves its own keys and few others, and all come
 * back with it. */
static void maglev_balanced_and_steady(void **state)
{
    (void)state;
    enum { PARTITIONS = 12, KEYS = 20000 };
    struct arena *arena = arena_new(0);
    assert_int_equal(maglev_slots_for(12), 65537);
    assert_int_equal(maglev_slots_for(1000), 655373);
    assert_int_equal(maglev_slots_for(6554), 655439);
    struct partitioner *p = make(arena, "maglev", PARTITIONS);
    int32_t before[KEYS], left[PARTITIONS - 1], counts[PARTITIONS] = {0};
    for (uint32_t key = 0; key < KEYS; key++)
        counts[before[key] = partition_choose(p, &key, sizeof key, NULL)]++;
    for (int i = 0; i < PARTITIONS; i++)
        assert_in_range(counts[i], KEYS / PARTITIONS * 9 / 10, KEYS / PARTITIONS * 11 / 10);
    for (int32_t i = 0, n = 0; i < PARTITIONS; i++)
        if (i != 5) left[n++] = i;
    partition_set_available(p, left, PARTITIONS - 1);
    int others_moved = 0;
    for (uint32_t key = 0; key < KEYS; key++) {
        const int32_t at = partition_choose(p, &key, sizeof key, NULL);
        assert_int_not_equal(at, 5);
        others_moved += before[key] != 5 && at != before[key];
    }
    assert_true(others_moved < KEYS / 10);
    partition_set_available(p, NULL, 0);
    for (uint32_t key = 0; key < KEYS; key++)
        assert_int_equal(partition_choose(p, &key, sizeof key, NULL), before[key]);
    arena_free(arena);
}

/* PartialKeyGroupingTest: one key among six goes to and fro between two distinct ones. */
static void two_choices_alternate(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    for (uint32_t key = 0; key < 200; key++) {
        struct partitioner *p = make(arena, "two_choices", 6);
        int32_t candidates[2];
        partition_candidates(&key, sizeof key, 6, candidates);
        assert_int_not_equal(candidates[0], candidates[1]);
        for (int i = 0; i < 5; i++)
            assert_int_equal(partition_choose(p, &key, sizeof key, NULL), candidates[i % 2]);
    }
    struct partitioner *p = make(arena, "two_choices", 1);
    assert_int_equal(partition_choose(p, "a", 1, NULL), 0);
    arena_free(arena);
}

/* The fullest partition's share times the number of partitions, of keys of which key k is drawn as 1/(k+1).
 */
static double imbalance(struct arena *arena, const char *rule)
{
    enum { PARTITIONS = 16, KEYS = 400 };
    struct partitioner *p = make(arena, rule, PARTITIONS);
    int64_t counts[PARTITIONS] = {0}, all = 0, most = 0;
    for (int round = 1; round <= 2000; round++)
        for (uint32_t key = 0; key < KEYS; key++)
            if (round % (int)(key + 1) == 0) {
                counts[partition_choose(p, &key, sizeof key, NULL)]++;
                all++;
            }
    for (int i = 0; i < PARTITIONS; i++)
        if (counts[i] > most) most = counts[i];
    return (double)most * PARTITIONS / (double)all;
}

static void skew_is_spread(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const double hashed = imbalance(arena, "murmur2");
    assert_true(hashed > 2); /* the first key alone is a sixth of all */
    assert_true(imbalance(arena, "two_choices") < 0.75 * hashed);
    assert_true(imbalance(arena, "salted") < 0.75 * hashed);
    arena_free(arena);
}

/* Three records in four are of one key; the others are of 5000. */
static void only_the_hot_key_is_salted(void **state)
{
    (void)state;
    enum { PARTITIONS = 12, RECORDS = 40000 };
    struct arena *arena = arena_new(0);
    struct partitioner *p = make(arena, "salted", PARTITIONS);
    const uint32_t hot = 7;
    int at_salt[8] = {0};
    for (uint32_t i = 0; i < RECORDS; i++) {
        const uint32_t key = i % 4 != 0 ? hot : 1000 + i * 17 % 5000;
        const int32_t at = partition_choose(p, &key, sizeof key, NULL);
        assert_int_equal(at, partition_salted(&key, sizeof key, partition_salt(p), PARTITIONS));
        if (key != hot)
            assert_int_equal(at, partition_murmur2(&key, sizeof key, PARTITIONS));
        else
            at_salt[partition_salt(p)]++;
    }
    assert_int_equal(p->config.salts, 8);
    /* All but those before anything may be hot. */
    assert_in_range(p->counts.salted_records, RECORDS * 3 / 4 - HOT_KEY_LEAST_RECORDS, RECORDS * 3 / 4);
    for (int salt = 1; salt < 8; salt++)
        assert_in_range(at_salt[salt], RECORDS * 3 / 4 / 8 * 9 / 10, RECORDS * 3 / 4 / 8 * 11 / 10);
    /* Salts have partitions of their own; of no more partitions than there are. */
    unsigned seen = 0;
    for (int32_t salt = 0; salt < PARTITIONS; salt++)
        seen |= 1u << partition_salted(&hot, sizeof hot, salt, PARTITIONS);
    assert_int_equal(seen, (1u << PARTITIONS) - 1);
    assert_int_equal(make(arena, "salted", 3)->config.salts, 3);
    arena_free(arena);
}

/* Against exact counts: what is called hot is hot, a key well above the threshold is found, and one that
 * cools is let go. */
static void hot_keys_are_never_overstated(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct hot_keys *hot = ARENA_NEW(arena, struct hot_keys, 1);
    enum { KEYS = 300 };
    uint32_t counts[KEYS] = {0}, records = 0;
    bool found = false;
    for (uint32_t i = 0; i < 200000; i++) {
        const uint64_t drawn = partition_mix64(i + 1);
        const uint32_t key = drawn % 20 == 0 ? 0 : (uint32_t)((drawn >> 32) % KEYS);
        counts[key]++;
        records++;
        if (!hot_key_count(hot, partition_mix64(key + 1), 32)) {
            if (key == 0) found = false;
            continue;
        }
        assert_true((uint64_t)counts[key] * 32 > records);
        if (key == 0) found = true;
    }
    assert_true(found);
    for (uint32_t i = 0; i < 4 * HOT_KEY_HORIZON; i++)
        hot_key_count(hot, partition_mix64(i % 5000 + 100000), 32);
    assert_false(hot_key_count(hot, partition_mix64(1), 32));
    assert_true(hot->records <= HOT_KEY_HORIZON);
    arena_free(arena);
}

static void null_keys_are_sticky(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    static const char *const rules[] = {"murmur2", "jump", "maglev", "two_choices", "salted"};
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        struct partitioner *p = make(arena, rules[i], 12);
        for (int k = 0; k < 3; k++)
            assert_int_equal(partition_choose(p, NULL, 0, &(struct partition_hints){.draw = 5}), 5);
        assert_int_equal(p->counts.sticky_choices, 3);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maglev_tables),
        cmocka_unit_test(maglev_balanced_and_steady),
        cmocka_unit_test(two_choices_alternate),
        cmocka_unit_test(skew_is_spread),
        cmocka_unit_test(only_the_hot_key_is_salted),
        cmocka_unit_test(hot_keys_are_never_overstated),
        cmocka_unit_test(null_keys_are_sticky),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
