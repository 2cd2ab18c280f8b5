/* assign.c: see assign.h. Follows RangeAssignor.java, RoundRobinAssignor.java and, for claims,
 * AbstractStickyAssignor.allSubscriptionsEqual of Apache Kafka. */
#include "assign.h"

#include "arena.h"
#include "assign_parts.h"
#include "check.h"

#include <stdlib.h>
#include <string.h>

static int compare_named(const void *a, const void *b)
{
    return strcmp(((const struct assign_named *)a)->name, ((const struct assign_named *)b)->name);
}

static void sort_named(struct assign_named *names, int32_t n, const char *what)
{
    if (n > 1) qsort(names, (size_t)n, sizeof *names, compare_named);
    for (int32_t i = 1; i < n; i++)
        CHECK(strcmp(names[i - 1].name, names[i].name) != 0, "two %s are called %s", what, names[i].name);
}

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

struct assign_sorted assign_sort(const struct assign_input *input, int32_t *owner, struct arena *arena)
{
    CHECK(input->topics_n >= 0 && input->members_n >= 0, "%d topics, %d members", input->topics_n,
          input->members_n);
    const size_t topics_n = (size_t)input->topics_n, members_n = (size_t)input->members_n;
    struct assign_sorted s = {
        .input = input,
        .topics = ARENA_NEW(arena, struct assign_named, topics_n),
        .members = ARENA_NEW(arena, struct assign_named, members_n),
        .member_rank = ARENA_NEW(arena, int32_t, members_n),
        .first = ARENA_NEW(arena, int32_t, topics_n + 1),
        .subscribed = (bool *)arena_alloc(arena, members_n, topics_n == 0 ? 1 : topics_n),
        .readers = ARENA_NEW(arena, int32_t, topics_n),
        .total = assign_partitions_n(input),
    };
    s.topic_of = ARENA_NEW(arena, int32_t, (size_t)s.total);
    for (int32_t t = 0; t < input->topics_n; t++) {
        s.topics[t] = (struct assign_named){input->topics[t].name, t};
        s.first[t + 1] = s.first[t] + input->topics[t].partitions;
        for (int32_t p = s.first[t]; p < s.first[t + 1]; p++)
            s.topic_of[p] = t;
    }
    for (int32_t m = 0; m < input->members_n; m++) {
        s.members[m] = (struct assign_named){input->members[m].id, m};
        for (int32_t i = 0; i < input->members[m].topics_n; i++) {
            const int32_t t = input->members[m].topics[i];
            CHECK(t >= 0 && t < input->topics_n, "member %s reads topic %d", input->members[m].id, t);
            bool *reads = &s.subscribed[(size_t)m * topics_n + (size_t)t];
            s.readers[t] += !*reads;
            *reads = true;
        }
    }
    sort_named(s.topics, input->topics_n, "topics");
    sort_named(s.members, input->members_n, "members");
    for (int32_t i = 0; i < input->members_n; i++)
        s.member_rank[s.members[i].index] = i;
    for (int32_t i = 0; i < s.total; i++)
        owner[i] = -1;
    return s;
}

bool assign_homogeneous(const struct assign_sorted *s, int32_t *total)
{
    const size_t topics_n = (size_t)s->input->topics_n;
    for (int32_t m = 1; m < s->input->members_n; m++)
        if (topics_n > 0 && memcmp(s->subscribed, s->subscribed + (size_t)m * topics_n, topics_n) != 0)
            return false;
    *total = 0;
    for (int32_t t = 0; t < s->input->topics_n; t++)
        if (assign_reads(s, 0, t)) *total += s->input->topics[t].partitions;
    return true;
}

static void settle_claims(const struct assign_sorted *s, const struct assign_owned *owned,
                          int32_t *generation, int32_t *before)
{
    const struct assign_input *input = s->input;
    int32_t latest = ASSIGN_NO_GENERATION;
    for (int32_t i = 0; i < input->claims_n; i++) {
        const struct assign_claim *c = &input->claims[i];
        CHECK(c->partition >= 0 && c->partition < s->total, "partition %d is claimed", c->partition);
        CHECK(c->member >= 0 && c->member < input->members_n, "member %d claims", c->member);
        CHECK(c->generation >= ASSIGN_NO_GENERATION, "generation %d", c->generation);
        if (c->generation > latest) latest = c->generation;
    }
    for (int32_t i = 0; i < input->claims_n; i++) {
        const struct assign_claim *c = &input->claims[i];
        int32_t *who = &owned->owner[c->partition];
        if (c->generation > generation[c->partition]) {
            generation[c->partition] = c->generation;
            owned->disputed[c->partition] = false;
            *who = c->member;
        } else if (c->generation == generation[c->partition] && *who != c->member) {
            owned->disputed[c->partition] = true;
        }
        int32_t *previous = &owned->previous[c->partition];
        if (c->generation == latest || c->generation < before[c->partition]) continue;
        /* Of two that tell of the same generation: by id. */
        if (c->generation > before[c->partition] || s->member_rank[c->member] < s->member_rank[*previous])
            *previous = c->member;
        before[c->partition] = c->generation;
    }
    for (int32_t p = 0; p < s->total; p++)
        if (owned->disputed[p]) owned->owner[p] = -1;
}

struct assign_owned assign_settle(const struct assign_sorted *s, struct arena *arena)
{
    const struct assign_input *input = s->input;
    const size_t total = (size_t)s->total;
    const struct assign_owned owned = {ARENA_NEW(arena, int32_t, total), ARENA_NEW(arena, bool, total),
                                       ARENA_NEW(arena, int32_t, total)};
    CHECK(input->claims_n >= 0 && (input->claims_n == 0 || input->owned == NULL), "%d claims, and owners",
          input->claims_n);
    int32_t *generation = ARENA_NEW(arena, int32_t, total), *before = ARENA_NEW(arena, int32_t, total);
    for (int32_t p = 0; p < s->total; p++) {
        const int32_t m = input->owned == NULL ? -1 : input->owned[p];
        CHECK(m >= -1 && m < input->members_n, "partition %d was owned by %d", p, m);
        owned.owner[p] = m;
        owned.previous[p] = -1;
        generation[p] = before[p] = ASSIGN_NO_GENERATION - 1;
    }
    settle_claims(s, &owned, generation, before);
    return owned;
}

struct placed {
    const struct assign_member *member;
    int32_t index;
};

/* AbstractPartitionAssignor.MemberInfo: static members first, by instance; then the others by id. */
static int compare_placed(const void *a, const void *b)
{
    const struct assign_member *x = ((const struct placed *)a)->member,
                               *y = ((const struct placed *)b)->member;
    if (x->instance_id != NULL && y->instance_id != NULL) return strcmp(x->instance_id, y->instance_id);
    if (x->instance_id != NULL || y->instance_id != NULL) return x->instance_id != NULL ? -1 : 1;
    return strcmp(x->id, y->id);
}

static const struct placed *place_members(const struct assign_input *input, struct arena *arena)
{
    struct placed *placed = ARENA_NEW(arena, struct placed, (size_t)input->members_n);
    for (int32_t m = 0; m < input->members_n; m++)
        placed[m] = (struct placed){&input->members[m], m};
    if (input->members_n > 1) qsort(placed, (size_t)input->members_n, sizeof *placed, compare_placed);
    for (int32_t m = 1; m < input->members_n; m++)
        CHECK(compare_placed(&placed[m - 1], &placed[m]) != 0, "two members are instance %s",
              placed[m].member->instance_id);
    return placed;
}

void assign_range(const struct assign_input *input, int32_t *owner, struct arena *arena)
{
    const struct assign_sorted s = assign_sort(input, owner, arena);
    const struct placed *members = place_members(input, arena);
    for (int32_t t = 0; t < input->topics_n; t++) {
        if (s.readers[t] == 0) continue;
        const int32_t each = input->topics[t].partitions / s.readers[t];
        int32_t extra = input->topics[t].partitions % s.readers[t];
        int32_t next = s.first[t];
        for (int32_t i = 0; i < input->members_n; i++) {
            const int32_t m = members[i].index;
            if (!assign_reads(&s, m, t)) continue;
            for (int32_t n = each + (extra > 0); n > 0; n--)
                owner[next++] = m;
            if (extra > 0) extra--;
        }
    }
}

void assign_roundrobin(const struct assign_input *input, int32_t *owner, struct arena *arena)
{
    const struct assign_sorted s = assign_sort(input, owner, arena);
    const struct placed *members = place_members(input, arena);
    int32_t turn = 0;
    for (int32_t i = 0; i < input->topics_n; i++) {
        const int32_t t = s.topics[i].index;
        for (int32_t p = s.first[t]; p < s.first[t + 1] && s.readers[t] > 0; p++) {
            /* Members that do not read this topic are passed over, and lose their turn, as in Kafka. */
            while (owner[p] < 0) {
                const int32_t m = members[turn].index;
                if (assign_reads(&s, m, t)) owner[p] = m;
                turn = turn + 1 == input->members_n ? 0 : turn + 1;
            }
        }
    }
}

const struct assign_rule assign_rules[] = {
    {"range", "contiguous ranges of each topic, in order of member id", assign_range},
    {"roundrobin", "all partitions dealt around the members", assign_roundrobin},
    {"sticky", "balanced, and members keep what they have; eager", assign_sticky},
    {"cooperative-sticky", "the same, but what moves is nobody's for a round", assign_cooperative_sticky},
    {"uniform", "balanced and sticky, on the broker (KIP-848)", assign_uniform},
};
const size_t assign_rules_n = sizeof assign_rules / sizeof *assign_rules;

const struct assign_rule *assign_rule_find(const char *name)
{
    for (size_t i = 0; i < assign_rules_n; i++)
        if (strcmp(assign_rules[i].name, name) == 0) return &assign_rules[i];
    return NULL;
}

void assign_topic_to(const struct assign_rule *rule, int32_t partitions, const char *const *ids,
                     int32_t members_n, const int32_t *owned, int32_t *owner, struct arena *arena)
{
    static const int32_t only_topic[] = {0};
    const struct assign_topic topic = {"topic", partitions};
    CHECK(members_n >= 0, "%d members", members_n);
    struct assign_member *members = ARENA_NEW(arena, struct assign_member, (size_t)members_n);
    for (int32_t m = 0; m < members_n; m++)
        members[m] = (struct assign_member){.id = ids[m], .topics = only_topic, .topics_n = 1};
    const struct assign_input input = {
        .topics = &topic, .topics_n = 1, .members = members, .members_n = members_n, .owned = owned};
    rule->assign(&input, owner, arena);
}
