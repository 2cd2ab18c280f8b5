/* The assignors against Kafka's own tests, and the properties that KIP-848 states for `uniform`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "assign.h"
#include "philox.h"
#include "vectors.h"

/* Topics and members in the order of the file, or the other way round: the result must not depend on it. */
/* Where "topic-3" is in owner[]. */
static int32_t partition_named(const struct assign_input *input, const char *wanted)
{
    int32_t first = 0;
    for (int32_t t = 0; t < input->topics_n; first += input->topics[t++].partitions)
        for (int32_t p = 0; p < input->topics[t].partitions; p++) {
            char name[64];
            snprintf(name, sizeof name, "%s-%d", input->topics[t].name, p);
            if (strcmp(name, wanted) == 0) return first + p;
        }
    fail_msg("no partition %s", wanted);
    return -1;
}

static void run_case(const struct json_value *c, struct arena *arena, bool backwards)
{
    const struct json_value *topics = vectors_at(c, "topics");
    const struct json_value *subscriptions = vectors_at(c, "subscriptions");
    size_t topics_n = topics->n, members_n = subscriptions->n;
    struct assign_topic *t = ARENA_NEW(arena, struct assign_topic, topics_n);
    struct assign_member *m = ARENA_NEW(arena, struct assign_member, members_n);
    for (size_t i = 0; i < topics_n; i++) {
        const struct json_value *topic = &topics->items[backwards ? topics_n - 1 - i : i];
        t[i] = (struct assign_topic){topic->key, (int32_t)topic->integer};
    }
    for (size_t i = 0; i < members_n; i++) {
        const struct json_value *member = &subscriptions->items[backwards ? members_n - 1 - i : i];
        int32_t *indices = ARENA_NEW(arena, int32_t, member->n);
        for (size_t k = 0; k < member->n; k++)
            for (size_t index = 0; index < topics_n; index++)
                if (strcmp(member->items[k].text, t[index].name) == 0) indices[k] = (int32_t)index;
        m[i] = (struct assign_member){member->key, indices, (int32_t)member->n};
    }
    struct assign_input input = {t, (int32_t)topics_n, m, (int32_t)members_n, NULL};
    const struct json_value *owned = json_member(c, "owned");
    if (owned != NULL) {
        const int32_t partitions_n = assign_partitions_n(&input);
        int32_t *before = ARENA_NEW(arena, int32_t, (size_t)partitions_n);
        for (int32_t i = 0; i < partitions_n; i++)
            before[i] = -1;
        for (size_t i = 0; i < members_n; i++) {
            const struct json_value *list = vectors_at(owned, m[i].id);
            for (size_t k = 0; k < list->n; k++) {
                int32_t *at = &before[partition_named(&input, list->items[k].text)];
                assert_int_equal(*at, -1);
                *at = (int32_t)i;
            }
        }
        input.owned = before;
    }
    int32_t *owner = ARENA_NEW(arena, int32_t, (size_t)assign_partitions_n(&input));
    const struct assign_rule *rule = assign_rule_find(vectors_at(c, "strategy")->text);
    assert_non_null(rule);
    assert_true(rule->assign(&input, owner, arena));

    size_t expected_n = 0, given_n = 0;
    for (int32_t i = 0; i < assign_partitions_n(&input); i++)
        given_n += owner[i] >= 0;
    for (size_t i = 0; i < members_n; i++) {
        const struct json_value *expected = vectors_at(vectors_at(c, "expect"), m[i].id);
        for (size_t k = 0; k < expected->n; k++, expected_n++) {
            const bool found = owner[partition_named(&input, expected->items[k].text)] == (int32_t)i;
            if (!found)
                fail_msg("%s: %s should have %s", vectors_at(c, "name")->text, m[i].id,
                         expected->items[k].text);
        }
    }
    assert_int_equal(given_n, expected_n);
}

static void published_cases(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct json_value *root = vectors_json("tests/paths/vectors/partitioner_published.json", arena);
    const struct json_value *cases = vectors_at(root, "assignors");
    assert_int_equal(cases->n, 15);
    for (size_t i = 0; i < cases->n; i++) {
        run_case(&cases->items[i], arena, false);
        run_case(&cases->items[i], arena, true);
    }
    arena_free(arena);
}

enum { MEMBERS_MAX = 12 };

static void make_ids(char ids[MEMBERS_MAX][16], const char *names[MEMBERS_MAX])
{
    for (int i = 0; i < MEMBERS_MAX; i++) {
        snprintf(ids[i], 16, "member-%02d", i);
        names[i] = ids[i];
    }
}

/* Balanced to within one; what is kept is as much as balance allows. Returns the number of partitions that
 * moved. */
static int check_uniform(int32_t partitions, int32_t members, const int32_t *owned, const int32_t *owner)
{
    int32_t had[MEMBERS_MAX] = {0}, has[MEMBERS_MAX] = {0}, kept[MEMBERS_MAX] = {0};
    int moved = 0;
    for (int32_t p = 0; p < partitions; p++) {
        assert_in_range(owner[p], 0, members - 1);
        has[owner[p]]++;
        if (owned == NULL || owned[p] < 0) continue;
        had[owned[p]]++;
        kept[owned[p]] += owned[p] == owner[p];
        moved += owned[p] != owner[p];
    }
    for (int32_t m = 0; m < members; m++) {
        assert_in_range(has[m], partitions / members, (partitions + members - 1) / members);
        assert_int_equal(kept[m], had[m] < has[m] ? had[m] : has[m]);
    }
    return moved;
}

/* How many partitions, members, and who owns which; -1: nobody. */
static int32_t draw_owned(struct philox *philox, int32_t *members, int32_t owned[64])
{
    const int32_t partitions = (int32_t)philox_below(philox, 60);
    *members = 1 + (int32_t)philox_below(philox, MEMBERS_MAX);
    for (int32_t p = 0; p < partitions; p++) owned[p] = (int32_t)philox_below(philox, (uint64_t)*members + 1) - 1;
    return partitions;
}

static void uniform_properties(void **state)
{
    (void)state;
    struct philox philox = philox_named(7, "test/uniform");
    const struct assign_rule *uniform = assign_rule_find("uniform");
    char ids[MEMBERS_MAX][16];
    const char *names[MEMBERS_MAX];
    make_ids(ids, names);
    for (int round = 0; round < 2000; round++) {
        struct arena *arena = arena_new(0);
        int32_t members;
        int32_t owned[64], owner[64], again[64];
        const int32_t partitions = draw_owned(&philox, &members, owned);
        assert_true(assign_topic_to(uniform, partitions, names, members, owned, owner, arena));
        check_uniform(partitions, members, owned, owner);
        /* Nothing changed: nothing moves. */
        assert_true(assign_topic_to(uniform, partitions, names, members, owner, again, arena));
        assert_memory_equal(owner, again, (size_t)partitions * sizeof *owner);
        arena_free(arena);
    }
}

/* A member joins a balanced group: it gets its quota, and no partition moves between the others. */
static void uniform_join_moves_the_least(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct assign_rule *uniform = assign_rule_find("uniform");
    char ids[MEMBERS_MAX][16];
    const char *names[MEMBERS_MAX];
    make_ids(ids, names);
    int32_t before[36], after[36];
    assert_true(assign_topic_to(uniform, 36, names, 5, NULL, before, arena));
    check_uniform(36, 5, NULL, before);
    assert_true(assign_topic_to(uniform, 36, names, 6, before, after, arena));
    assert_int_equal(check_uniform(36, 6, before, after), 6);
    for (int p = 0; p < 36; p++)
        if (before[p] != after[p]) assert_int_equal(after[p], 5);
    arena_free(arena);
}

static void uniform_wants_one_subscription(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    static const struct assign_topic topics[] = {{"a", 2}, {"b", 2}};
    static const int32_t both[] = {0, 1};
    const struct assign_member unlike[] = {{"x", both, 2}, {"y", both, 1}};
    const struct assign_member alike[] = {{"x", both, 1}, {"y", both, 1}};
    struct assign_input input = {topics, 2, unlike, 2, NULL};
    int32_t owner[4];
    assert_false(assign_uniform(&input, owner, arena));
    input.members = alike;
    assert_true(assign_uniform(&input, owner, arena));
    static const int32_t expected[] = {0, 1, -1, -1}; /* nobody reads b */
    assert_memory_equal(owner, expected, sizeof expected);
    input.members_n = 0;
    assert_true(assign_uniform(&input, owner, arena));
    assert_int_equal(owner[0], -1);
    assert_true(assign_range(&input, owner, arena));
    assert_true(assign_roundrobin(&input, owner, arena));
    assert_int_equal(owner[3], -1);
    arena_free(arena);
}

/* The sticky assignor: balanced, everybody keeps what it may, and nothing moves for nothing. */
static void sticky_properties(void **state)
{
    (void)state;
    struct philox philox = philox_named(7, "test/sticky");
    const struct assign_rule *sticky = assign_rule_find("sticky");
    char ids[MEMBERS_MAX][16];
    const char *names[MEMBERS_MAX];
    make_ids(ids, names);
    for (int round = 0; round < 2000; round++) {
        struct arena *arena = arena_new(0);
        int32_t members;
        int32_t owned[64], owner[64], again[64], had[MEMBERS_MAX] = {0}, has[MEMBERS_MAX] = {0}, kept[MEMBERS_MAX] = {0};
        const int32_t partitions = draw_owned(&philox, &members, owned);
        assert_true(assign_topic_to(sticky, partitions, names, members, owned, owner, arena));
        for (int32_t p = 0; p < partitions; p++) {
            assert_in_range(owner[p], 0, members - 1);
            has[owner[p]]++;
            if (owned[p] >= 0) had[owned[p]]++;
            if (owned[p] == owner[p]) kept[owner[p]]++;
        }
        int32_t large = 0, could = 0;
        for (int32_t m = 0; m < members; m++) {
            assert_in_range(has[m], partitions / members, partitions / members + (partitions % members > 0));
            /* Below its share nobody loses anything. */
            assert_int_equal(kept[m], had[m] < has[m] ? had[m] : has[m]);
            large += has[m] > partitions / members;
            could += had[m] > partitions / members;
        }
        assert_int_equal(large, partitions % members);
        /* The larger shares are with those who had them. */
        int32_t kept_large = 0;
        for (int32_t m = 0; m < members; m++) kept_large += kept[m] > partitions / members;
        assert_int_equal(kept_large, could < large ? could : large);
        assert_true(assign_topic_to(sticky, partitions, names, members, owner, again, arena));
        assert_memory_equal(owner, again, (size_t)partitions * sizeof *owner);
        arena_free(arena);
    }
}

/* Kafka's own words for it: consumers 0, 1, 2 with partitions dealt around; consumer 0 goes, and its own are dealt around. */
static void sticky_deals_in_turn(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct assign_rule *sticky = assign_rule_find("cooperative-sticky");
    static const char *const three[] = {"c0", "c1", "c2"};
    int32_t first[7], after[7];
    assert_true(assign_topic_to(sticky, 7, three, 3, NULL, first, arena));
    static const int32_t dealt[] = {0, 1, 2, 0, 1, 2, 0};
    assert_memory_equal(first, dealt, sizeof dealt);
    static const int32_t without[] = {-1, 0, 1, -1, 0, 1, -1}, expected[] = {0, 0, 1, 1, 0, 1, 0};
    assert_true(assign_topic_to(sticky, 7, three + 1, 2, without, after, arena));
    assert_memory_equal(after, expected, sizeof expected);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_cases),
        cmocka_unit_test(uniform_properties),
        cmocka_unit_test(uniform_join_moves_the_least),
        cmocka_unit_test(uniform_wants_one_subscription),
        cmocka_unit_test(sticky_properties),
        cmocka_unit_test(sticky_deals_in_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
