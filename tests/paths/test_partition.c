/* The partitioners against librdkafka's and Kafka's own vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "partition.h"
#include "vectors.h"

static const char published[] = "tests/paths/vectors/partitioner_published.json";

static struct partitioner *make(struct arena *arena, const char *rule, int32_t partitions, int64_t batch)
{
    const struct partition_config config = {.partitions = partitions, .sticky_batch_bytes = batch};
    const struct partition_rule *row = partition_rule_find(rule);
    assert_non_null(row);
    return partition_new(arena, row, &config);
}

/* The pure functions, and the rules that place a key by them. */
static const struct {
    const char *name; /* in the vectors */
    int32_t (*partition)(const void *key, size_t len, int32_t partitions);
    const char *rules[4]; /* the first hashes null keys as empty ones, as librdkafka's without _random do */
} keyed[] = {
    {"murmur2", partition_murmur2, {"murmur2_hashed", "murmur2_random", "murmur2", NULL}},
    {"consistent", partition_consistent, {"consistent", "consistent_random", NULL}},
    {"fnv1a", partition_fnv1a, {"fnv1a", "fnv1a_random", NULL}},
};

static void every_csv_row(void **state)
{
    (void)state;
    static const int32_t partitions[] = {1, 3, 12, 100, 1000};
    struct arena *arena = arena_new(0);
    size_t n;
    char *text = vectors_text("tests/paths/vectors/partitioner_vectors.csv", arena, &n);
    int rows = 0;
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        if (*line == '#' || strncmp(line, "id,", 3) == 0) continue;
        /* id,kind,key_len,key_hex,murmur2_p1,...,fnv1a_p1000; an empty key leaves its field empty */
        char *fields[19] = {NULL};
        int fields_n = 0;
        for (char *p = line; fields_n < 19;) {
            fields[fields_n++] = p;
            p += strcspn(p, ",");
            if (*p == '\0') break;
            *p++ = '\0';
        }
        assert_int_equal(fields_n, 19);
        unsigned char key[128];
        size_t key_n = (size_t)strtoul(fields[2], NULL, 10);
        assert_int_equal(strlen(fields[3]), 2 * key_n);
        for (size_t i = 0; i < key_n; i++) {
            char digits[3] = {fields[3][2 * i], fields[3][2 * i + 1], '\0'};
            key[i] = (unsigned char)strtoul(digits, NULL, 16);
        }
        for (int i = 0; i < 15; i++) {
            const int32_t size = partitions[i % 5], expected = (int32_t)strtol(fields[4 + i], NULL, 10);
            assert_int_equal(keyed[i / 5].partition(key, key_n, size), expected);
            for (int rule = 0; rule < 3 && keyed[i / 5].rules[rule] != NULL; rule++) {
                if (key_n == 0 && strcmp(keyed[i / 5].rules[rule], "consistent_random") == 0) continue;
                struct partitioner *p = make(arena, keyed[i / 5].rules[rule], size, 1);
                assert_int_equal(partition_choose(p, key, key_n, NULL), expected);
            }
        }
        rows++;
    }
    assert_int_equal(rows, 150);
    arena_free(arena);
}

static void published_hashes(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct json_value *root = vectors_json(published, arena);
    const struct json_value *rows = vectors_at(vectors_at(root, "murmur2_kafka_UtilsTest"), "rows_key_int32");
    assert_int_equal(rows->n, 6);
    for (size_t i = 0; i < rows->n; i++) {
        const struct json_value *key = &rows->items[i].items[0];
        assert_true((int32_t)partition_murmur2_hash(key->text, key->n) == rows->items[i].items[1].integer);
    }
    rows = vectors_at(vectors_at(root, "murmur2_librdkafka"), "rows_key_u32hex");
    assert_int_equal(rows->n, 11);
    for (size_t i = 0; i < rows->n; i++) {
        const struct json_value *key = &rows->items[i].items[0];
        assert_int_equal(partition_murmur2_hash(key->text, key->n),
                         strtoul(rows->items[i].items[1].text, NULL, 16));
    }
    rows = vectors_at(vectors_at(root, "fnv1a_librdkafka_abs"), "rows_key_u32hex");
    assert_int_equal(rows->n, 11);
    for (size_t i = 0; i < rows->n; i++) {
        const struct json_value *key = &rows->items[i].items[0];
        assert_int_equal(partition_fnv1a_hash(key->text, key->n),
                         strtoul(rows->items[i].items[1].text, NULL, 16));
    }
    arena_free(arena);
}

static bool listed(const struct json_value *list, int64_t wanted)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->items[i].integer == wanted) return true;
    return false;
}

/* librdkafka's own test: hashes, partitions, and which keys are placed at random. */
static void librdkafka_s_partitioners(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct json_value *test = vectors_at(vectors_json(published, arena), "librdkafka_0048");
    const struct json_value *keys = vectors_at(test, "keys");
    assert_int_equal(keys->n, 5);
    static const int32_t partitions[] = {17, 7};
    static const char *const expected[] = {"expected_partition_17", "expected_partition_7"};
    for (size_t i = 0; i < keys->n; i++) {
        const bool null = keys->items[i].kind != JSON_VALUE_STRING;
        const void *key = null ? NULL : keys->items[i].text;
        const size_t n = null ? 0 : keys->items[i].n;
        for (size_t k = 0; k < 3; k++) {
            const struct json_value *hash = vectors_at(vectors_at(test, "hash_hex"), keyed[k].name);
            const uint32_t hashed = k == 0   ? partition_murmur2_hash(key, n) & 0x7fffffff
                                    : k == 1 ? partition_crc32_hash(key, n)
                                             : partition_fnv1a_hash(key, n);
            assert_int_equal(hashed, strtoul(hash->items[i].text, NULL, 16));
            for (size_t size = 0; size < 2; size++) {
                struct partitioner *p = make(arena, keyed[k].rules[0], partitions[size], 1);
                const int64_t at =
                    vectors_at(vectors_at(test, expected[size]), keyed[k].name)->items[i].integer;
                assert_int_equal(partition_choose(p, key, n, NULL), at);
            }
        }
        const struct json_value *at_random = vectors_at(test, "random_for");
        static const char *const random[] = {"random", "consistent_random", "murmur2_random", "fnv1a_random"};
        for (size_t k = 0; k < 4; k++) {
            struct partitioner *p = make(arena, random[k], 17, 1);
            for (uint64_t draw = 0; draw < 17; draw++) {
                const int32_t at = partition_choose(p, key, n, &(struct partition_hints){.draw = draw});
                if (listed(vectors_at(at_random, random[k]), (int64_t)i)) assert_int_equal(at, draw);
            }
            assert_int_equal(p->counts.random_choices,
                             listed(vectors_at(at_random, random[k]), (int64_t)i) ? 17 : 0);
        }
    }
    arena_free(arena);
}

/* The table of CRC-32 against its definition, and its check value (that of "123456789"). */
static void crc32_bit_by_bit(void **state)
{
    (void)state;
    assert_int_equal(partition_crc32_hash("123456789", 9), 0xcbf43926u);
    for (unsigned i = 0; i < 256; i++) {
        const unsigned char byte = (unsigned char)i;
        uint32_t crc = 0xffffffffu ^ i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
        assert_int_equal(partition_crc32_hash(&byte, 1), ~crc);
    }
}

/* As written: a key may be above the largest int64. */
static uint64_t key_64(const struct json_value *number)
{
    return strtoull(number->text, NULL, 10);
}

static void jump_hash(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct json_value *jump = vectors_at(vectors_json(published, arena), "jump_hash");
    const struct json_value *rows = vectors_at(jump, "rows_key_buckets1toN");
    assert_int_equal(rows->n, 4);
    for (size_t i = 0; i < rows->n; i++) {
        const struct json_value *expected = &rows->items[i].items[1];
        assert_true(expected->n >= 19);
        for (size_t n = 0; n < expected->n; n++)
            assert_int_equal(partition_jump_hash(key_64(&rows->items[i].items[0]), (int32_t)n + 1),
                             expected->items[n].integer);
    }
    rows = vectors_at(jump, "golden100_key0to19");
    assert_int_equal(rows->n, 20);
    for (size_t i = 0; i < rows->n; i++)
        assert_int_equal(partition_jump_hash(i, 100), rows->items[i].integer);
    rows = vectors_at(jump, "rows_key_n_bucket");
    assert_int_equal(rows->n, 6);
    for (size_t i = 0; i < rows->n; i++) {
        const struct json_value *row = &rows->items[i];
        assert_int_equal(partition_jump_hash(key_64(&row->items[0]), (int32_t)row->items[1].integer),
                         row->items[2].integer);
    }
    /* One partition more: who moves, moves to it; a twelfth or so does. */
    int moved = 0;
    for (uint64_t key = 0; key < 12000; key++) {
        const int32_t before = partition_jump(&key, sizeof key, 11),
                      after = partition_jump(&key, sizeof key, 12);
        if (before == after) continue;
        assert_int_equal(after, 11);
        moved++;
    }
    assert_in_range(moved, 850, 1150);
    arena_free(arena);
}

static void round_robin(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct partitioner *p = make(arena, "roundrobin", 4, 1);
    for (int32_t i = 0; i < 9; i++)
        assert_int_equal(partition_choose(p, "same", 4, NULL), i % 4);
    partition_set_available(p, (const int32_t[]){1, 3}, 2);
    assert_int_equal(partition_choose(p, NULL, 0, NULL), 3);
    assert_int_equal(partition_choose(p, NULL, 0, NULL), 1);
    /* The counter of 32 bits comes round to 0 with its sign cleared. */
    partition_set_available(p, NULL, 0);
    p->counts.turns = 0x7fffffff;
    assert_int_equal(partition_choose(p, NULL, 0, NULL), 3);
    assert_int_equal(partition_choose(p, NULL, 0, NULL), 0);
    arena_free(arena);
}

/* librdkafka draws once more, over all partitions, when the first has no leader. */
static void random_avoids_the_unavailable_once(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct partitioner *p = make(arena, "random", 5, 1);
    partition_set_available(p, (const int32_t[]){0, 2, 3}, 3);
    const uint64_t second = UINT64_C(4) << 32;
    assert_int_equal(partition_choose(p, NULL, 0, &(struct partition_hints){.draw = second | 2}), 2);
    assert_int_equal(partition_choose(p, NULL, 0, &(struct partition_hints){.draw = second | 1}), 4);
    arena_free(arena);
}

static void adaptive_tables(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct json_value *cases = vectors_at(vectors_json(published, arena), "kip794_adaptive");
    assert_int_equal(cases->n, 3);
    for (size_t c = 0; c < cases->n; c++) {
        const struct json_value *sizes = vectors_at(&cases->items[c], "queue_sizes");
        int32_t n = (int32_t)sizes->n, ids[8], queues[8], chosen[8] = {0};
        for (int32_t i = 0; i < n; i++) {
            ids[i] = i;
            queues[i] = (int32_t)sizes->items[i].integer;
        }
        struct partitioner *p = make(arena, "sticky", n, 1);
        partition_update_load(p, ids, queues, n, n);
        assert_int_equal(p->load_n, n);
        for (int32_t i = 0; i < n; i++)
            assert_int_equal(p->load_cumulative[i], vectors_at(&cases->items[c], "cft")->items[i].integer);
        int64_t cycle = vectors_int(&cases->items[c], "cycle");
        for (int64_t draw = 0; draw < cycle; draw++) {
            const struct partition_hints hints = {.draw = (uint64_t)draw, .current_complete = true};
            p->produced_bytes = 1; /* the sticky batch is full, so each choice draws */
            chosen[partition_choose(p, NULL, 0, &hints)]++;
        }
        for (int32_t i = 0; i < n; i++)
            assert_int_equal(chosen[i],
                             vectors_at(&cases->items[c], "frequencies_per_cycle")->items[i].integer);
    }
    arena_free(arena);
}

static void load_that_says_nothing_is_uniform(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct partitioner *p = make(arena, "sticky", 4, 1);
    static const int32_t ids[] = {0, 1, 2, 3}, equal[] = {2, 2, 2, 2}, unequal[] = {0, 1, 0, 0};
    partition_update_load(p, ids, unequal, 4, 4);
    assert_int_equal(p->load_n, 4);
    partition_update_load(p, ids, equal, 4, 4);
    assert_int_equal(p->load_n, 0);
    /* One left out as too slow: the others are equal, but it must not be drawn. */
    partition_update_load(p, ids + 1, equal, 3, 4);
    assert_int_equal(p->load_n, 3);
    for (uint64_t draw = 0; draw < 12; draw++) {
        const struct partition_hints hints = {.draw = draw, .current_complete = true};
        p->produced_bytes = 1;
        assert_int_not_equal(partition_choose(p, NULL, 0, &hints), 0);
    }
    partition_update_load(p, ids, unequal, 0, 4);
    assert_int_equal(p->load_n, 0);
    arena_free(arena);
}

/* BuiltInPartitionerTest#testStickyPartitioning: three appends of 1 against a sticky batch of 3. */
static void sticky_until_the_batch_is_full(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct partitioner *p = make(arena, "sticky", 3, 3);
    uint64_t draw = 0;
    int32_t first = partition_choose(p, NULL, 0, &(struct partition_hints){.draw = draw++});
    for (int i = 0; i < 3; i++) {
        assert_int_equal(partition_current(p), first);
        assert_int_equal(p->counts.draws_used, 1);
        partition_appended(p, 1, true, draw);
    }
    assert_int_equal(p->counts.draws_used, 2);
    assert_int_not_equal(partition_current(p), first);
    arena_free(arena);
}

/* RecordAccumulatorTest#testUniformBuiltInPartitioner, with an accumulator of the least that it takes: a
 * batch takes records until one does not fit, and is closed then. */
static void sticky_with_an_accumulator(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct json_value *c =
        &vectors_at(vectors_json(published, arena), "kip794_sticky_switch")->items[1];
    int64_t batch = vectors_int(c, "batch_size"), room[3] = {0};
    bool open[3] = {false};
    struct partitioner *p = make(arena, "murmur2", 3, batch);
    uint64_t draws = 0;
    const struct json_value *appends = vectors_at(c, "appends");
    assert_int_equal(appends->n, 5);
    for (size_t i = 0; i < appends->n; i++) {
        int64_t bytes = strcmp(appends->items[i].text, "large") == 0 ? batch + 70 : 80;
        int32_t at;
        for (;;) {
            at = partition_current(p);
            bool complete = at >= 0 && !open[at];
            at = partition_choose(p, NULL, 0, &(struct partition_hints){draws, complete});
            draws = p->counts.draws_used;
            if (!open[at] || bytes <= room[at]) break;
            open[at] = false; /* it does not fit: the batch is closed, and the choice made again */
        }
        if (!open[at]) {
            open[at] = true;
            room[at] = bytes > batch ? bytes : batch;
        }
        room[at] -= bytes;
        /* An oversized batch is never seen as full: its room is an upper bound of what was written. */
        partition_appended(p, bytes, false, draws);
        draws = p->counts.draws_used;
        assert_int_equal(at, vectors_at(c, "partition_index")->items[i].integer);
        assert_int_equal(draws, vectors_at(c, "random_draws_after")->items[i].integer);
    }
    arena_free(arena);
}

static void twice_the_batch_switches_anyway(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct partitioner *p = make(arena, "sticky", 10, 100);
    partition_choose(p, NULL, 0, &(struct partition_hints){.draw = 4});
    partition_appended(p, 199, false, 7);
    assert_int_equal(partition_current(p), 4);
    partition_appended(p, 1, false, 7);
    assert_int_equal(partition_current(p), 7);
    assert_int_equal(p->produced_bytes, 0);
    arena_free(arena);
}

static void availability(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct partitioner *p = make(arena, "murmur2", 12, 1);
    static const int32_t some[] = {2, 5, 11};
    partition_set_available(p, some, 3);
    for (uint64_t draw = 0; draw < 30; draw++) {
        int32_t at = partition_choose(p, NULL, 0, &(struct partition_hints){draw, true});
        assert_true(at == 2 || at == 5 || at == 11);
        p->produced_bytes = 1;
    }
    /* Keys do not move when partitions are away. */
    assert_int_equal(partition_choose(p, "foobar", 6, NULL), partition_murmur2("foobar", 6, 12));
    assert_int_equal(partition_murmur2("foobar", 6, 12), 6);
    partition_set_available(p, NULL, 0);
    assert_int_equal(p->available_n, 12);
    arena_free(arena);
}

static void counts_and_table(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct partitioner *p = make(arena, "murmur2", 12, 1000);
    const struct partition_hints hints = {.draw = 3};
    partition_choose(p, "abc", 3, &hints);
    partition_choose(p, "", 0, &hints);
    partition_choose(p, NULL, 0, &hints);
    assert_int_equal(p->counts.keys_hashed, 2);
    assert_int_equal(p->counts.key_bytes_hashed, 3);
    assert_int_equal(p->counts.sticky_choices, 1);
    assert_int_equal(p->counts.sticky_switches, 1);
    p = make(arena, "sticky", 12, 1000);
    assert_int_equal(partition_choose(p, "abc", 3, &hints), 3);
    assert_int_equal(p->counts.keys_hashed, 0);
    assert_null(partition_rule_find("murmur3"));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_csv_row),
        cmocka_unit_test(published_hashes),
        cmocka_unit_test(librdkafka_s_partitioners),
        cmocka_unit_test(crc32_bit_by_bit),
        cmocka_unit_test(jump_hash),
        cmocka_unit_test(round_robin),
        cmocka_unit_test(random_avoids_the_unavailable_once),
        cmocka_unit_test(adaptive_tables),
        cmocka_unit_test(load_that_says_nothing_is_uniform),
        cmocka_unit_test(sticky_until_the_batch_is_full),
        cmocka_unit_test(sticky_with_an_accumulator),
        cmocka_unit_test(twice_the_batch_switches_anyway),
        cmocka_unit_test(availability),
        cmocka_unit_test(counts_and_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
