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

/* What members say they owned, and, if no two claim one partition, the same as owners. */
static void read_owned(const struct json_value *c, struct assign_input *input, int32_t **owners, struct arena *arena)
{
    enum { CLAIMS_MAX = 64 };
    const struct json_value *owned = json_member(c, "owned"), *generations = json_member(c, "generations");
    const int32_t partitions_n = assign_partitions_n(input);
    *owners = NULL;
    if (owned == NULL) return;
    struct assign_claim *claims = ARENA_NEW(arena, struct assign_claim, CLAIMS_MAX);
    int32_t *before = ARENA_NEW(arena, int32_t, (size_t)partitions_n);
    bool twice = false;
    for (int32_t i = 0; i < partitions_n; i++)
        before[i] = -1;
    for (int32_t m = 0; m < input->members_n; m++) {
        const struct json_value *list = vectors_at(owned, input->members[m].id);
        const int64_t generation = generations == NULL ? 1 : vectors_int(generations, input->members[m].id);
        for (size_t k = 0; k < list->n; k++) {
            const int32_t p = partition_named(input, list->items[k].text);
            twice = twice || before[p] >= 0;
            before[p] = m;
            assert_true(input->claims_n < CLAIMS_MAX);
            claims[input->claims_n++] = (struct assign_claim){p, m, (int32_t)generation};
        }
    }
    input->claims = claims;
    if (!twice) *owners = before;
}

static void expect_assigned(const struct json_value *c, const char *strategy, const struct assign_input *input,
                           const struct json_value *without, struct arena *arena)
{
    int32_t *owner = ARENA_NEW(arena, int32_t, (size_t)assign_partitions_n(input));
    const struct assign_rule *rule = assign_rule_find(strategy);
    assert_non_null(rule);
    rule->assign(input, owner, arena);
    size_t expected_n = 0, given_n = 0;
    for (int32_t i = 0; i < assign_partitions_n(input); i++)
        given_n += owner[i] >= 0;
    for (int32_t m = 0; m < input->members_n; m++) {
        const struct json_value *expected = vectors_at(vectors_at(c, "expect"), input->members[m].id);
        for (size_t k = 0; k < expected->n; k++) {
            const char *name = expected->items[k].text;
            const struct json_value *to = without == NULL ? NULL : json_member(without, name);
            const int32_t has_it = to == NULL ? m : -1;
            if (to != NULL) assert_string_equal(to->text, input->members[m].id);
            expected_n += to == NULL;
            if (owner[partition_named(input, name)] != has_it)
                fail_msg("%s, %s: %s is with %d, not %d", vectors_at(c, "name")->text, strategy, name,
                         owner[partition_named(input, name)], has_it);
        }
    }
    assert_int_equal(given_n, expected_n);
}

/* Topics and members in the order of the file, or the other way round: the result must not depend on it. */
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
        m[i] = (struct assign_member){.id = member->key, .topics = indices, .topics_n = (int32_t)member->n};
    }
    struct assign_input input = {
        .topics = t, .topics_n = (int32_t)topics_n, .members = m, .members_n = (int32_t)members_n};
    int32_t *owners;
    read_owned(c, &input, &owners, arena);
    const char *strategy = vectors_at(c, "strategy")->text;
    const struct json_value *transferring = json_member(c, "transferring");
    expect_assigned(c, strategy, &input, NULL, arena);
    if (transferring != NULL) expect_assigned(c, "cooperative-sticky", &input, transferring, arena);
    if (owners == NULL) return;
    input.claims_n = 0;
    input.owned = owners;
    expect_assigned(c, strategy, &input, NULL, arena);
}

static void run_cases(const char *path, size_t n)
{
    struct arena *arena = arena_new(0);
    const struct json_value *cases = vectors_at(vectors_json(path, arena), "assignors");
    assert_int_equal(cases->n, n);
    for (size_t i = 0; i < cases->n; i++) {
        run_case(&cases->items[i], arena, false);
        run_case(&cases->items[i], arena, true);
    }
    arena_free(arena);
}

static void published_cases(void **state)
{
    (void)state;
    run_cases("tests/paths/vectors/partitioner_published.json", 18);
}

static void more_published_cases(void **state)
{
    (void)state;
    run_cases("tests/paths/vectors/assignor_published_more.json", 24);
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
        assign_topic_to(uniform, partitions, names, members, owned, owner, arena);
        check_uniform(partitions, members, owned, owner);
        /* Nothing changed: nothing moves. */
        assign_topic_to(uniform, partitions, names, members, owner, again, arena);
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
    assign_topic_to(uniform, 36, names, 5, NULL, before, arena);
    check_uniform(36, 5, NULL, before);
    assign_topic_to(uniform, 36, names, 6, before, after, arena);
    assert_int_equal(check_uniform(36, 6, before, after), 6);
    for (int p = 0; p < 36; p++)
        if (before[p] != after[p]) assert_int_equal(after[p], 5);
    arena_free(arena);
}

static void nobody_reads_it(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    static const struct assign_topic topics[] = {{"a", 2}, {"b", 2}};
    static const int32_t both[] = {0, 1};
    const struct assign_member members[] = {{.id = "x", .topics = both, .topics_n = 1},
                                            {.id = "y", .topics = both, .topics_n = 1}};
    struct assign_input input = {.topics = topics, .topics_n = 2, .members = members, .members_n = 2};
    for (size_t r = 0; r < assign_rules_n; r++) {
        int32_t owner[4];
        static const int32_t expected[] = {0, 1, -1, -1}, none[] = {-1, -1, -1, -1};
        input.members_n = 2;
        assign_rules[r].assign(&input, owner, arena);
        assert_memory_equal(owner, expected, sizeof expected);
        input.members_n = 0;
        assign_rules[r].assign(&input, owner, arena);
        assert_memory_equal(owner, none, sizeof none);
    }
    arena_free(arena);
}

/* A static member keeps its partitions when it comes back under another member id. */
static void static_members(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    static const struct assign_topic topics[] = {{"a", 5}, {"b", 4}};
    static const int32_t both[] = {0, 1};
    static const char *const dealing[] = {"range", "roundrobin"};
    for (size_t r = 0; r < sizeof dealing / sizeof *dealing; r++) {
        int32_t first[9], again[9];
        struct assign_member members[] = {{"m4", both, 2, NULL}, {"m1", both, 2, "i3"}, {"m2", both, 2, "i1"},
                                          {"m3", both, 2, "i2"}};
        const struct assign_input input = {.topics = topics, .topics_n = 2, .members = members, .members_n = 4};
        assign_rule_find(dealing[r])->assign(&input, first, arena);
        assert_int_equal(first[0], 2); /* i1 comes first */
        members[2].id = "m9";
        assign_rule_find(dealing[r])->assign(&input, again, arena);
        assert_memory_equal(first, again, sizeof first);
        members[2].instance_id = NULL;
        assign_rule_find(dealing[r])->assign(&input, again, arena);
        assert_int_equal(again[0], 3); /* i2 does now */
    }
    arena_free(arena);
}

enum { TOPICS_MAX = 5 };

/* Random groups whose members subscribe to different topics. */
struct unlike {
    struct assign_topic topics[TOPICS_MAX];
    int32_t subscribed[MEMBERS_MAX][TOPICS_MAX];
    struct assign_member members[MEMBERS_MAX];
    struct assign_input input;
};

static void draw_unlike(struct philox *philox, struct unlike *u, const char *const names[MEMBERS_MAX])
{
    static const char *const topic_names[TOPICS_MAX] = {"a", "b", "c", "d", "e"};
    const int32_t topics_n = 1 + (int32_t)philox_below(philox, TOPICS_MAX);
    const int32_t members_n = 1 + (int32_t)philox_below(philox, MEMBERS_MAX);
    for (int32_t t = 0; t < topics_n; t++)
        u->topics[t] = (struct assign_topic){topic_names[t], (int32_t)philox_below(philox, 12)};
    for (int32_t m = 0; m < members_n; m++) {
        int32_t n = 0;
        for (int32_t t = 0; t < topics_n; t++)
            if (philox_below(philox, 2) == 0) u->subscribed[m][n++] = t;
        u->members[m] = (struct assign_member){.id = names[m], .topics = u->subscribed[m], .topics_n = n};
    }
    u->input = (struct assign_input){
        .topics = u->topics, .topics_n = topics_n, .members = u->members, .members_n = members_n};
}

static bool reads(const struct unlike *u, int32_t member, int32_t topic)
{
    for (int32_t i = 0; i < u->members[member].topics_n; i++)
        if (u->subscribed[member][i] == topic) return true;
    return false;
}

/* Everybody has only what it reads, and all that is read is somebody's. Returns how many pairs of members there are
 * of whom one could have a partition of the other, who has two more at least. */
static int check_unlike(const struct unlike *u, const int32_t *owner)
{
    int32_t has[MEMBERS_MAX] = {0};
    int uneven = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int32_t t = 0, p = 0; t < u->input.topics_n; t++)
            for (int32_t end = p + u->topics[t].partitions; p < end; p++) {
                bool read = false;
                for (int32_t m = 0; m < u->input.members_n; m++) {
                    read = read || reads(u, m, t);
                    if (pass == 1 && reads(u, m, t)) uneven += has[owner[p]] > has[m] + 1;
                }
                assert_int_equal(owner[p] >= 0, read);
                if (!read) continue;
                assert_true(reads(u, owner[p], t));
                if (pass == 0) has[owner[p]]++;
            }
    return uneven;
}

static void unlike_subscriptions(void **state)
{
    (void)state;
    struct philox philox = philox_named(7, "test/unlike");
    char ids[MEMBERS_MAX][16];
    const char *names[MEMBERS_MAX];
    make_ids(ids, names);
    for (int round = 0; round < 2000; round++) {
        struct arena *arena = arena_new(0);
        static struct unlike u;
        int32_t first[64], owner[64], again[64];
        draw_unlike(&philox, &u, names);
        const size_t bytes = (size_t)assign_partitions_n(&u.input) * sizeof *owner;
        for (size_t r = 0; r < assign_rules_n; r++) {
            const bool evens_out = strstr("sticky uniform cooperative-sticky", assign_rules[r].name) != NULL;
            u.input.owned = NULL;
            assign_rules[r].assign(&u.input, first, arena);
            const int uneven = check_unlike(&u, first);
            if (!evens_out) continue;
            assert_int_equal(uneven, 0);
            /* Nothing changed: nothing moves. */
            u.input.owned = first;
            assign_rules[r].assign(&u.input, again, arena);
            assert_memory_equal(first, again, bytes);
        }
        /* Others own it all: as even, by steps if what moves is first given up. */
        for (int32_t p = 0; p < assign_partitions_n(&u.input); p++)
            first[p] = (int32_t)philox_below(&philox, (uint64_t)u.input.members_n + 1) - 1;
        u.input.owned = first;
        assign_uniform(&u.input, owner, arena);
        assert_int_equal(check_unlike(&u, owner), 0);
        assign_sticky(&u.input, owner, arena);
        assert_int_equal(check_unlike(&u, owner), 0);
        int rounds = 0;
        for (bool given_up = true; given_up; rounds++) {
            given_up = false;
            assign_cooperative_sticky(&u.input, owner, arena);
            for (int32_t p = 0; p < assign_partitions_n(&u.input); p++) {
                assert_true(first[p] < 0 || owner[p] < 0 || owner[p] == first[p]);
                given_up = given_up || (first[p] >= 0 && owner[p] < 0);
            }
            memcpy(first, owner, bytes);
            assert_true(rounds <= 4);
        }
        assert_int_equal(check_unlike(&u, owner), 0);
        arena_free(arena);
    }
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
        assign_topic_to(sticky, partitions, names, members, owned, owner, arena);
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
        assign_topic_to(sticky, partitions, names, members, owner, again, arena);
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
    assign_topic_to(sticky, 7, three, 3, NULL, first, arena);
    static const int32_t dealt[] = {0, 1, 2, 0, 1, 2, 0};
    assert_memory_equal(first, dealt, sizeof dealt);
    static const int32_t without[] = {-1, 0, 1, -1, 0, 1, -1}, expected[] = {0, 0, 1, 1, 0, 1, 0};
    assign_topic_to(sticky, 7, three + 1, 2, without, after, arena);
    assert_memory_equal(after, expected, sizeof expected);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_cases),
        cmocka_unit_test(more_published_cases),
        cmocka_unit_test(uniform_properties),
        cmocka_unit_test(uniform_join_moves_the_least),
        cmocka_unit_test(nobody_reads_it),
        cmocka_unit_test(static_members),
        cmocka_unit_test(unlike_subscriptions),
        cmocka_unit_test(sticky_properties),
        cmocka_unit_test(sticky_deals_in_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
