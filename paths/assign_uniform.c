/* assign_uniform.c: KIP-848's uniform assignor; see assign.h. Follows
 * UniformHomogeneousAssignmentBuilder.java and UniformHeterogeneousAssignmentBuilder.java of Apache Kafka. */
#include "arena.h"
#include "assign_parts.h"
#include "check.h"

#include <stdlib.h>

static void assign_alike(const struct assign_sorted *s, const struct assign_owned *owned, int32_t total,
                         int32_t *owner, struct arena *arena)
{
    const int32_t members_n = s->input->members_n;
    /* The first members, in order, have room for one more than the others, whatever they owned. */
    int32_t *room = ARENA_NEW(arena, int32_t, (size_t)members_n);
    for (int32_t i = 0; i < members_n; i++)
        room[s->members[i].index] = total / members_n + (i < total % members_n);

    /* Partitions to hand out: first those nobody owned, then those that members had beyond their room, member
     * by member. What is kept is the lowest, topic by topic. */
    int32_t *spare = ARENA_NEW(arena, int32_t, (size_t)total), spare_n = 0;
    int32_t *beyond_n = ARENA_NEW(arena, int32_t, (size_t)members_n + 1);
    for (int pass = 0; pass < 2; pass++) { /* what is kept and what nobody owned; then the rest */
        for (int32_t i = 0; i < s->input->topics_n; i++) {
            const int32_t t = s->topics[i].index;
            for (int32_t p = s->first[t]; p < s->first[t + 1] && assign_reads(s, 0, t); p++) {
                const int32_t m = owned->owner[p];
                if (pass == 1) {
                    if (m >= 0 && owner[p] < 0) spare[beyond_n[s->member_rank[m]]++] = p;
                } else if (m < 0) {
                    spare[spare_n++] = p;
                } else if (room[m] > 0) {
                    owner[p] = m;
                    room[m]--;
                } else {
                    beyond_n[s->member_rank[m] + 1]++;
                }
            }
        }
        beyond_n[0] = pass == 0 ? spare_n : beyond_n[0];
        for (int32_t i = 0; pass == 0 && i < members_n; i++)
            beyond_n[i + 1] += beyond_n[i];
        spare_n = pass == 0 ? beyond_n[members_n] : spare_n;
    }
    int32_t next = 0;
    for (int32_t i = 0; i < members_n; i++) {
        const int32_t m = s->members[i].index;
        for (; room[m] > 0 && next < spare_n; room[m]--)
            owner[spare[next++]] = m;
    }
    CHECK(next == spare_n, "%d of %d partitions found no room", spare_n - next, spare_n);
}

/* Members with unlike subscriptions. A topic's readers, by how many partitions they have, and two ranges of
 * them:
 *
 *     partitions |                      [##<-   ]##     ## at the end: nothing of this topic to give
 *                |                    ##[#######]##
 *                | [...->  ]############[#######]##
 *                | [#######]############[#######]##
 *                +----------------------------------> readers
 *                   fewest                 most
 *
 * Partitions are given to the range of the fewest, one to each in turn, and when all of them have one more it
 * grows; and are taken from the range of the most likewise. Levels one apart: the topic is balanced. */
struct balancer {
    const int32_t *count; /* by member rank */
    int32_t *readers;     /* ranks */
    int32_t n;
    int32_t few_end, few_level, few_next;
    int32_t most_start, most_end, most_level, most_next;
};

struct ranked {
    int32_t count, rank;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->count != y->count) return (x->count > y->count) - (x->count < y->count);
    return (x->rank > y->rank) - (x->rank < y->rank);
}

struct unlike {
    const struct assign_sorted *s;
    int32_t *owner; /* member ranks */
    int32_t *count; /* by member rank */
    struct ranked *scratch;
    struct balancer balancer;
    int32_t *partitions;  /* of a topic, by owner */
    int32_t *start, *end; /* by member rank: its own among them */
};

/* Returns how many partitions the most loaded reader has more than the least. */
static int32_t balance_begin(struct unlike *u, int32_t topic)
{
    struct balancer *b = &u->balancer;
    b->n = 0;
    for (int32_t i = 0; i < u->s->input->members_n; i++)
        if (assign_reads(u->s, u->s->members[i].index, topic))
            u->scratch[b->n++] = (struct ranked){u->count[i], i};
    if (b->n > 1) qsort(u->scratch, (size_t)b->n, sizeof *u->scratch, compare_ranked);
    for (int32_t i = 0; i < b->n; i++)
        b->readers[i] = u->scratch[i].rank;
    const int32_t least = u->scratch[0].count, most = u->scratch[b->n - 1].count;
    b->count = u->count;
    b->few_end = b->few_next = 0;
    b->few_level = least - 1;
    b->most_start = b->most_end = b->n;
    b->most_level = most + 1;
    b->most_next = b->n - 1;
    return most - least;
}

static int32_t next_with_fewest(struct balancer *b)
{
    if (b->few_next >= b->few_end) {
        b->few_level++;
        while (b->few_end < b->n && b->count[b->readers[b->few_end]] == b->few_level)
            b->few_end++;
        b->few_next = 0;
    }
    return b->readers[b->few_next++];
}

static int32_t next_with_most(struct balancer *b)
{
    if (b->most_next < b->most_start) {
        if (b->most_end <= b->most_start && b->most_start > 0)
            b->most_level = b->count[b->readers[b->most_start - 1]]; /* the range is empty */
        else
            b->most_level--;
        while (b->most_start > 0 && b->count[b->readers[b->most_start - 1]] == b->most_level)
            b->most_start--;
        b->most_next = b->most_end - 1;
    }
    return b->most_next < 0 ? -1 : b->readers[b->most_next--];
}

/* The reader just named has nothing to give. */
static void leave_out(struct balancer *b)
{
    const int32_t reader = b->readers[b->most_next + 1];
    b->readers[b->most_next + 1] = b->readers[b->most_end - 1];
    b->readers[--b->most_end] = reader;
}

static bool is_balanced(const struct balancer *b)
{
    return b->most_level - b->few_level <= 1;
}

static void give(struct unlike *u, int32_t partition, int32_t rank)
{
    if (u->owner[partition] >= 0) u->count[u->owner[partition]]--;
    u->owner[partition] = rank;
    u->count[rank]++;
}

/* A topic's partitions, each reader's together. */
static void group_by_owner(struct unlike *u, int32_t topic)
{
    const struct assign_sorted *s = u->s;
    const int32_t members_n = s->input->members_n;
    for (int32_t i = 0; i < members_n; i++)
        u->start[i] = u->end[i] = 0;
    for (int32_t p = s->first[topic]; p < s->first[topic + 1]; p++)
        u->end[u->owner[p]]++;
    for (int32_t i = 0, sum = 0; i < members_n; i++) {
        const int32_t n = u->end[i];
        u->start[i] = u->end[i] = sum;
        sum += n;
    }
    for (int32_t p = s->first[topic]; p < s->first[topic + 1]; p++)
        u->partitions[u->end[u->owner[p]]++] = p;
}

static bool balance_topic(struct unlike *u, int32_t topic)
{
    struct balancer *b = &u->balancer;
    if (balance_begin(u, topic) <= 1) return false;
    group_by_owner(u, topic);
    bool moved = false;
    while (!is_balanced(b)) {
        int32_t from = next_with_most(b);
        while (from >= 0 && u->end[from] <= u->start[from]) {
            leave_out(b);
            from = next_with_most(b);
        }
        if (from < 0) break;
        const int32_t partition = u->partitions[--u->end[from]], to = next_with_fewest(b);
        if (is_balanced(b)) break;
        give(u, partition, to);
        moved = true;
    }
    return moved;
}

struct topic_order {
    double per_reader;
    int32_t readers, rank, index;
};

/* Most partitions a reader first, then fewest readers, then by name. */
static int compare_topics(const void *a, const void *b)
{
    const struct topic_order *x = a, *y = b;
    if (x->per_reader != y->per_reader)
        return (x->per_reader < y->per_reader) - (x->per_reader > y->per_reader);
    if (x->readers != y->readers) return (x->readers > y->readers) - (x->readers < y->readers);
    return (x->rank > y->rank) - (x->rank < y->rank);
}

static void assign_unlike(const struct assign_sorted *s, const struct assign_owned *owned, int32_t *owner,
                          struct arena *arena)
{
    enum { ROUNDS_MAX = 16 };
    const size_t members_n = (size_t)s->input->members_n, total = (size_t)s->total;
    struct unlike u = {.s = s,
                       .owner = owner,
                       .count = ARENA_NEW(arena, int32_t, members_n),
                       .scratch = ARENA_NEW(arena, struct ranked, members_n),
                       .balancer = {.readers = ARENA_NEW(arena, int32_t, members_n)},
                       .partitions = ARENA_NEW(arena, int32_t, total),
                       .start = ARENA_NEW(arena, int32_t, members_n),
                       .end = ARENA_NEW(arena, int32_t, members_n)};
    struct topic_order *topics = ARENA_NEW(arena, struct topic_order, (size_t)s->input->topics_n);
    int32_t topics_n = 0;
    for (int32_t i = 0; i < s->input->topics_n; i++) {
        const int32_t t = s->topics[i].index, readers = s->readers[t];
        if (readers == 0) continue;
        topics[topics_n++] =
            (struct topic_order){(double)s->input->topics[t].partitions / readers, readers, i, t};
    }
    if (topics_n > 1) qsort(topics, (size_t)topics_n, sizeof *topics, compare_topics);
    for (int32_t p = 0; p < s->total; p++) {
        const int32_t m = owned->owner[p];
        if (m >= 0 && assign_reads(s, m, s->topic_of[p])) give(&u, p, s->member_rank[m]);
    }
    for (int32_t i = 0; i < topics_n; i++) {
        balance_begin(&u, topics[i].index);
        for (int32_t p = s->first[topics[i].index]; p < s->first[topics[i].index + 1]; p++)
            if (owner[p] < 0) give(&u, p, next_with_fewest(&u.balancer));
    }
    /* Around the topics until nothing moved in a whole turn. Almost always two rounds. */
    int32_t shared_n = 0;
    for (int32_t i = 0; i < topics_n; i++)
        if (topics[i].readers >= 2) topics[shared_n++] = topics[i];
    int32_t last = -1;
    bool settled = false;
    for (int32_t round = 0; round < ROUNDS_MAX && !settled; round++)
        for (int32_t i = 0; i < shared_n && !settled; i++) {
            settled = i == last;
            if (!settled && (balance_topic(&u, topics[i].index) || last < 0)) last = i;
        }
    for (int32_t p = 0; p < s->total; p++)
        if (owner[p] >= 0) owner[p] = s->members[owner[p]].index;
}

void assign_uniform(const struct assign_input *input, int32_t *owner, struct arena *arena)
{
    const struct assign_sorted s = assign_sort(input, owner, arena);
    const struct assign_owned owned = assign_settle(&s, arena);
    int32_t total;
    if (input->members_n == 0) return;
    if (assign_homogeneous(&s, &total))
        assign_alike(&s, &owned, total, owner, arena);
    else
        assign_unlike(&s, &owned, owner, arena);
}
