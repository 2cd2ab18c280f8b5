/* assign.c: see assign.h. Follows RangeAssignor.java, RoundRobinAssignor.java, AbstractStickyAssignor.java (its constrained
 * builder) and UniformHomogeneousAssignmentBuilder.java (KIP-848) of Apache Kafka.
 */
#include "assign.h"

#include "arena.h"
#include "check.h"

#include <stdlib.h>
#include <string.h>

struct named {
    const char *name;
    int32_t index;
};

static int compare_named(const void *a, const void *b)
{
    return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

static void sort_named(struct named *names, int32_t n, const char *what)
{
    if (n > 1) qsort(names, (size_t)n, sizeof *names, compare_named);
    for (int32_t i = 1; i < n; i++)
        CHECK(strcmp(names[i - 1].name, names[i].name) != 0, "two %s are called %s", what, names[i].name);
}

/* The input in the order that assignors see it. */
struct sorted {
    struct named *topics;
    struct named *members;
    int32_t *first;   /* by topic index: its first entry in owner[]; [topics_n] is the total */
    bool *subscribed; /* [member index * topics_n + topic index] */
};

int32_t assign_partitions_n(const struct assign_input *input)
{
    int64_t n = 0;
    for (int32_t t = 0; t < input->topics_n; t++) {
        CHECK(input->topics[t].partitions >= 0, "topic %s", input->topics[t].name);
        n += input->topics[t].partitions;
    }
    CHECK(n <= INT32_MAX, "%lld partitions in a group", (long long)n);
    return (int32_t)n;
}

static struct sorted sort_input(const struct assign_input *input, int32_t *owner, struct arena *arena)
{
    CHECK(input->topics_n >= 0 && input->members_n >= 0, "%d topics, %d members", input->topics_n,
          input->members_n);
    size_t topics_n = (size_t)input->topics_n, members_n = (size_t)input->members_n;
    int32_t total = assign_partitions_n(input);
    struct sorted s = {
        .topics = ARENA_NEW(arena, struct named, topics_n),
        .members = ARENA_NEW(arena, struct named, members_n),
        .first = ARENA_NEW(arena, int32_t, topics_n + 1),
        .subscribed = (bool *)arena_alloc(arena, members_n, topics_n == 0 ? 1 : topics_n),
    };
    for (int32_t t = 0; t < input->topics_n; t++) {
        s.topics[t] = (struct named){input->topics[t].name, t};
        s.first[t + 1] = s.first[t] + input->topics[t].partitions;
    }
    for (int32_t m = 0; m < input->members_n; m++) {
        s.members[m] = (struct named){input->members[m].id, m};
        for (int32_t i = 0; i < input->members[m].topics_n; i++) {
            int32_t t = input->members[m].topics[i];
            CHECK(t >= 0 && t < input->topics_n, "member %s reads topic %d", input->members[m].id, t);
            s.subscribed[(size_t)m * topics_n + (size_t)t] = true;
        }
    }
    sort_named(s.topics, input->topics_n, "topics");
    sort_named(s.members, input->members_n, "members");
    for (int32_t i = 0; i < total; i++)
        owner[i] = -1;
    return s;
}

static bool reads(const struct assign_input *input, const struct sorted *s, int32_t member, int32_t topic)
{
    return s->subscribed[(size_t)member * (size_t)input->topics_n + (size_t)topic];
}

bool assign_range(const struct assign_input *input, int32_t *owner, struct arena *arena)
{
    struct sorted s = sort_input(input, owner, arena);
    for (int32_t t = 0; t < input->topics_n; t++) {
        int32_t readers = 0;
        for (int32_t m = 0; m < input->members_n; m++)
            readers += reads(input, &s, m, t);
        if (readers == 0) continue;
        int32_t each = input->topics[t].partitions / readers;
        int32_t extra = input->topics[t].partitions % readers;
        int32_t next = s.first[t];
        for (int32_t i = 0; i < input->members_n; i++) {
            int32_t m = s.members[i].index;
            if (!reads(input, &s, m, t)) continue;
            for (int32_t n = each + (extra > 0); n > 0; n--)
                owner[next++] = m;
            if (extra > 0) extra--;
        }
    }
    return true;
}

bool assign_roundrobin(const struct assign_input *input, int32_t *owner, struct arena *arena)
{
    struct sorted s = sort_input(input, owner, arena);
    int32_t turn = 0;
    for (int32_t i = 0; i < input->topics_n; i++) {
        int32_t t = s.topics[i].index;
        for (int32_t p = s.first[t]; p < s.first[t + 1]; p++) {
            for (int32_t tried = 0; tried < input->members_n; tried++) {
                int32_t m = s.members[turn].index;
                bool fits = reads(input, &s, m, t);
                /* Members that do not read this topic are passed over, and lose their turn, as in Kafka. */
                turn = turn + 1 == input->members_n ? 0 : turn + 1;
                if (fits) {
                    owner[p] = m;
                    break;
                }
            }
        }
    }
    return true;
}

/* Each member's partitions, in order of topic name and number: those of member m are [first[m], first[m +
 * 1]). */
struct owned_list {
    int32_t *first;
    int32_t *partitions;
};

/* Also puts the partitions that nobody owned into spare[]. */
static struct owned_list list_owned(const struct assign_input *input, const struct sorted *s, int32_t *spare,
                                    int32_t *spare_n, struct arena *arena)
{
    struct owned_list list = {
        .first = ARENA_NEW(arena, int32_t, (size_t)input->members_n + 1),
        .partitions = ARENA_NEW(arena, int32_t, (size_t)assign_partitions_n(input)),
    };
    int32_t *next = ARENA_NEW(arena, int32_t, (size_t)input->members_n);
    for (int pass = 0; pass < 2; pass++) { /* count, then place */
        for (int32_t i = 0; i < input->topics_n; i++) {
            int32_t t = s->topics[i].index;
            if (!reads(input, s, 0, t)) continue;
            for (int32_t p = s->first[t]; p < s->first[t + 1]; p++) {
                int32_t m = input->owned == NULL ? -1 : input->owned[p];
                CHECK(m >= -1 && m < input->members_n, "partition %d was owned by %d", p, m);
                if (pass == 0 && m >= 0)
                    list.first[m + 1]++;
                else if (pass == 1 && m >= 0)
                    list.partitions[next[m]++] = p;
                else if (pass == 1)
                    spare[(*spare_n)++] = p;
            }
        }
        for (int32_t m = 0; pass == 0 && m < input->members_n; m++) {
            list.first[m + 1] += list.first[m];
            next[m] = list.first[m];
        }
    }
    return list;
}

/* Does every member subscribe to the same topics? Then *total is the number of their partitions. */
static bool is_homogeneous(const struct assign_input *input, const struct sorted *s, int32_t *total)
{
    const size_t topics_n = (size_t)input->topics_n;
    for (int32_t m = 1; m < input->members_n; m++)
        if (topics_n > 0 && memcmp(s->subscribed, s->subscribed + (size_t)m * topics_n, topics_n) != 0) return false;
    *total = 0;
    for (int32_t t = 0; t < input->topics_n; t++)
        if (reads(input, s, 0, t)) *total += input->topics[t].partitions;
    return true;
}

/* By topic name and number. */
static void sort_spare(const struct assign_input *input, const struct sorted *s, int32_t *spare, int32_t spare_n, struct arena *arena)
{
    bool *is_spare = ARENA_NEW(arena, bool, (size_t)assign_partitions_n(input));
    for (int32_t i = 0; i < spare_n; i++)
        is_spare[spare[i]] = true;
    int32_t n = 0;
    for (int32_t i = 0; i < input->topics_n; i++) {
        const int32_t t = s->topics[i].index;
        for (int32_t p = s->first[t]; p < s->first[t + 1]; p++)
            if (is_spare[p]) spare[n++] = p;
    }
    CHECK(n == spare_n, "%d of %d partitions", n, spare_n);
}

struct hashed {
    uint32_t bucket;
    int32_t order; /* by id */
    int32_t index;
};

static int compare_hashed(const void *a, const void *b)
{
    const struct hashed *x = a, *y = b;
    return x->bucket != y->bucket ? (x->bucket > y->bucket) - (x->bucket < y->bucket)
                                  : (x->order > y->order) - (x->order < y->order);
}

/* Members as java.util.HashMap iterates over their ids: by bucket, of a table of at least 16 buckets that is doubled
 * when more than three in four are taken. Within a bucket, where that is the order of insertion: by id. */
static const struct hashed *in_hash_order(const struct assign_input *input, const struct sorted *s, struct arena *arena)
{
    uint32_t buckets = 16;
    while ((uint32_t)input->members_n > buckets / 4 * 3)
        buckets *= 2;
    struct hashed *members = ARENA_NEW(arena, struct hashed, (size_t)input->members_n);
    for (int32_t i = 0; i < input->members_n; i++) {
        uint32_t hash = 0; /* String.hashCode of an id in ASCII */
        for (const char *c = s->members[i].name; *c != '\0'; c++)
            hash = hash * 31 + (unsigned char)*c;
        members[i] = (struct hashed){(hash ^ hash >> 16) & (buckets - 1), i, s->members[i].index};
    }
    qsort(members, (size_t)input->members_n, sizeof *members, compare_hashed);
    return members;
}

bool assign_sticky(const struct assign_input *input, int32_t *owner, struct arena *arena)
{
    struct sorted s = sort_input(input, owner, arena);
    int32_t total;
    if (input->members_n == 0) return true;
    if (!is_homogeneous(input, &s, &total)) return false;
    const int32_t least = total / input->members_n, most = least + (total % input->members_n > 0);
    int32_t large_left = total % input->members_n; /* members that may still come to have `most` */
    int32_t *spare = ARENA_NEW(arena, int32_t, (size_t)total), spare_n = 0;
    struct owned_list owned = list_owned(input, &s, spare, &spare_n, arena);

    /* What a member keeps; who has less than `least`, and who has just that and may get one more. Who comes first
     * decides who keeps `most`; the others are then looked at by id. */
    int32_t *count = ARENA_NEW(arena, int32_t, (size_t)input->members_n);
    int32_t *few = ARENA_NEW(arena, int32_t, (size_t)input->members_n), few_n = 0;
    int32_t *enough = ARENA_NEW(arena, int32_t, (size_t)input->members_n), enough_n = 0;
    bool *has_most = ARENA_NEW(arena, bool, (size_t)input->members_n);
    const struct hashed *hashed = in_hash_order(input, &s, arena);
    for (int32_t i = 0; i < input->members_n && large_left > 0; i++) {
        const int32_t m = hashed[i].index;
        if (owned.first[m + 1] - owned.first[m] < most) continue;
        has_most[m] = true;
        large_left--;
    }
    for (int32_t i = 0; i < input->members_n; i++) {
        const int32_t m = s.members[i].index, has = owned.first[m + 1] - owned.first[m];
        int32_t keeps = has;
        if (has < least) {
            few[few_n++] = m;
        } else if (has_most[m]) {
            keeps = most;
        } else {
            keeps = least;
            enough[enough_n++] = m;
        }
        for (int32_t k = owned.first[m]; k < owned.first[m + 1]; k++) {
            if (count[m] < keeps) {
                owner[owned.partitions[k]] = m;
                count[m]++;
            } else {
                spare[spare_n++] = owned.partitions[k];
            }
        }
    }
    /* In turn: those with too few until they have `least`, then one more each while there are any. */
    sort_spare(input, &s, spare, spare_n, arena);
    int32_t turn = 0, next_enough = 0;
    for (int32_t i = 0; i < spare_n; i++) {
        if (few_n > 0) {
            if (turn >= few_n) turn = 0;
            const int32_t m = few[turn];
            owner[spare[i]] = m;
            if (++count[m] < least) {
                turn++;
                continue;
            }
            few_n--;
            memmove(few + turn, few + turn + 1, (size_t)(few_n - turn) * sizeof *few);
            enough[enough_n++] = m;
        } else {
            CHECK(next_enough < enough_n && large_left > 0, "%d of %d partitions found no room", spare_n - i, spare_n);
            owner[spare[i]] = enough[next_enough++];
            large_left--;
        }
    }
    return true;
}

bool assign_uniform(const struct assign_input *input, int32_t *owner, struct arena *arena)
{
    struct sorted s = sort_input(input, owner, arena);
    int32_t total;
    if (input->members_n == 0) return true;
    if (!is_homogeneous(input, &s, &total)) return false;
    /* The first members, in order, have room for one more than the others, whatever they owned. */
    int32_t *room = ARENA_NEW(arena, int32_t, (size_t)input->members_n);
    for (int32_t i = 0; i < input->members_n; i++)
        room[s.members[i].index] = total / input->members_n + (i < total % input->members_n);

    /* Partitions to hand out: first those nobody owned, then those that members had beyond their room, member
     * by member. What is kept is the lowest, topic by topic. */
    int32_t *spare = ARENA_NEW(arena, int32_t, (size_t)total);
    int32_t spare_n = 0;
    struct owned_list owned = list_owned(input, &s, spare, &spare_n, arena);
    for (int32_t i = 0; i < input->members_n; i++) {
        int32_t m = s.members[i].index;
        for (int32_t k = owned.first[m]; k < owned.first[m + 1]; k++) {
            int32_t p = owned.partitions[k];
            if (room[m] > 0) {
                owner[p] = m;
                room[m]--;
            } else {
                spare[spare_n++] = p;
            }
        }
    }
    int32_t next = 0;
    for (int32_t i = 0; i < input->members_n; i++) {
        int32_t m = s.members[i].index;
        for (; room[m] > 0 && next < spare_n; room[m]--)
            owner[spare[next++]] = m;
    }
    CHECK(next == spare_n, "%d of %d partitions found no room", spare_n - next, spare_n);
    return true;
}

const struct assign_rule assign_rules[] = {
    {"range", "contiguous ranges of each topic, in order of member id", assign_range},
    {"roundrobin", "all partitions dealt around the members", assign_roundrobin},
    {"sticky", "balanced, and members keep what they have; eager", assign_sticky},
    {"cooperative-sticky", "the same; only what moves is given up", assign_sticky},
    {"uniform", "balanced and sticky, on the broker (KIP-848)", assign_uniform},
};
const size_t assign_rules_n = sizeof assign_rules / sizeof *assign_rules;

const struct assign_rule *assign_rule_find(const char *name)
{
    for (size_t i = 0; i < assign_rules_n; i++)
        if (strcmp(assign_rules[i].name, name) == 0) return &assign_rules[i];
    return NULL;
}

bool assign_topic_to(const struct assign_rule *rule, int32_t partitions, const char *const *ids,
                     int32_t members_n, const int32_t *owned, int32_t *owner, struct arena *arena)
{
    static const int32_t only_topic[] = {0};
    const struct assign_topic topic = {"topic", partitions};
    CHECK(members_n >= 0, "%d members", members_n);
    struct assign_member *members = ARENA_NEW(arena, struct assign_member, (size_t)members_n);
    for (int32_t m = 0; m < members_n; m++)
        members[m] = (struct assign_member){ids[m], only_topic, 1};
    const struct assign_input input = {&topic, 1, members, members_n, owned};
    return rule->assign(&input, owner, arena);
}
