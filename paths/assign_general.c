/* assign_general.c: the sticky assignors where members subscribe to different topics; see assign.h. Follows
 * AbstractStickyAssignor.java (its general builder) of Apache Kafka:
 *
 *   1. A member keeps what it owned of the topics it reads.
 *   2. Each partition without an owner, those of the topics with the fewest readers first, goes to the reader
 *      with the fewest partitions.
 *   3. As long as it evens out, a partition goes from its owner to the reader with the fewest: first only
 * among those given out in step 2, unless a member lost what it no longer reads; then among all. Where
 * another partition of the topic has come the opposite way, that one goes back instead.
 *   4. If step 3 made it no evener, what was before it stands.
 */
#include "arena.h"
#include "assign_parts.h"
#include "check.h"

#include <stdlib.h>
#include <string.h>

struct movement {
    int32_t from, to; /* members; -1: the partition has not moved */
};

struct balancing {
    const struct assign_sorted *s;
    const struct assign_owned *owned;
    int32_t *owner;
    int32_t *count; /* by member */
    int32_t *most;  /* by member: partitions of its topics */
    bool *active;   /* by member: may give or get */
    int32_t *order; /* of topics: by readers, then name */
    struct movement *movements;
    int32_t *topic_most; /* by topic: scratch of is_balanced() */
};

/* The active member with the fewest partitions, the first by id of several; of all, or of a topic's readers.
 */
static int32_t fewest(const struct balancing *b, int32_t topic)
{
    int32_t best = -1;
    for (int32_t i = 0; i < b->s->input->members_n; i++) {
        const int32_t m = b->s->members[i].index;
        if (!b->active[m] || (topic >= 0 && !assign_reads(b->s, m, topic))) continue;
        if (best < 0 || b->count[m] < b->count[best]) best = m;
    }
    return best;
}

static bool is_balanced(const struct balancing *b)
{
    const struct assign_sorted *s = b->s;
    int32_t least = INT32_MAX, most = 0;
    for (int32_t m = 0; m < s->input->members_n; m++) {
        if (!b->active[m]) continue;
        if (b->count[m] < least) least = b->count[m];
        if (b->count[m] > most) most = b->count[m];
    }
    if (least >= most - 1) return true;
    /* Could anybody have a partition of somebody who has two more? */
    for (int32_t t = 0; t < s->input->topics_n; t++) {
        b->topic_most[t] = 0;
        for (int32_t p = s->first[t]; p < s->first[t + 1]; p++) {
            const int32_t m = b->owner[p];
            if (m >= 0 && b->active[m] && b->count[m] > b->topic_most[t]) b->topic_most[t] = b->count[m];
        }
    }
    for (int32_t m = 0; m < s->input->members_n; m++) {
        if (!b->active[m] || b->count[m] == b->most[m]) continue;
        for (int32_t t = 0; t < s->input->topics_n; t++)
            if (assign_reads(s, m, t) && b->count[m] + 1 < b->topic_most[t]) return false;
    }
    return true;
}

/* The first of a java.util.HashSet of the topic's partitions that moved from one member to another, or -1. */
static int32_t moved_between(const struct balancing *b, int32_t topic, int32_t from, int32_t to)
{
    const struct assign_sorted *s = b->s;
    uint32_t name_hash = 0, n = 0, buckets = 16;
    for (const char *c = s->input->topics[topic].name; *c != '\0'; c++)
        name_hash = name_hash * 31 + (unsigned char)*c;
    for (int32_t p = s->first[topic]; p < s->first[topic + 1]; p++)
        n += b->movements[p].from == from && b->movements[p].to == to;
    while (n > buckets / 4 * 3)
        buckets *= 2;
    int32_t best = -1;
    uint32_t best_bucket = 0;
    for (int32_t p = s->first[topic]; p < s->first[topic + 1]; p++) {
        if (b->movements[p].from != from || b->movements[p].to != to) continue;
        const uint32_t hash = 31 * (31 + (uint32_t)(p - s->first[topic])) + name_hash; /* TopicPartition's */
        const uint32_t bucket = (hash ^ hash >> 16) & (buckets - 1);
        if (best < 0 || bucket < best_bucket) {
            best = p;
            best_bucket = bucket;
        }
    }
    return best;
}

static void reassign(const struct balancing *b, int32_t partition, int32_t to)
{
    /* A partition that would go the way another of its topic came: that one goes back. */
    const struct movement *earlier = &b->movements[partition];
    const int32_t at = earlier->from >= 0 ? earlier->from : b->owner[partition];
    const int32_t back = moved_between(b, b->s->topic_of[partition], to, at);
    if (back >= 0) partition = back;

    const int32_t from = b->owner[partition];
    struct movement *movement = &b->movements[partition];
    if (movement->from < 0)
        *movement = (struct movement){from, to};
    else if (movement->from != to)
        movement->to = to;
    else
        *movement = (struct movement){-1, -1};
    b->owner[partition] = to;
    b->count[from]--;
    b->count[to]++;
}

static bool any_reader_has_two_less(const struct balancing *b, int32_t topic, int32_t count)
{
    for (int32_t m = 0; m < b->s->input->members_n; m++)
        if (b->active[m] && assign_reads(b->s, m, topic) && count > b->count[m] + 1) return true;
    return false;
}

/* Partitions of topics with two readers or more; `among`: those that were given out, NULL: all. */
static bool reassign_all(const struct balancing *b, const bool *among)
{
    const struct assign_sorted *s = b->s;
    bool ever = false;
    for (bool moved = true; moved;) {
        moved = false;
        for (int32_t i = 0; i < s->input->topics_n; i++) {
            const int32_t t = b->order[i];
            if (s->readers[t] < 2) continue;
            for (int32_t p = s->first[t]; p < s->first[t + 1]; p++) {
                if (among != NULL && !among[p]) continue;
                if (is_balanced(b)) return ever || moved;
                const int32_t m = b->owner[p], previous = b->owned->previous[p];
                if (previous >= 0 && b->active[previous] && assign_reads(s, previous, t) &&
                    b->count[m] > b->count[previous] + 1)
                    reassign(b, p, previous);
                else if (any_reader_has_two_less(b, t, b->count[m]))
                    reassign(b, p, fewest(b, t));
                else
                    continue;
                moved = ever = true;
            }
        }
    }
    return ever;
}

/* The sum over all pairs of members of how many partitions one has more than the other. */
static int64_t unevenness(const struct balancing *b, const int32_t *count)
{
    int64_t sum = 0;
    for (int32_t m = 0; m < b->s->input->members_n; m++)
        for (int32_t k = 0; k < m; k++)
            if (b->active[m] && b->active[k]) sum += llabs((int64_t)count[m] - count[k]);
    return sum;
}

/* Topics by how many read them, then by name. */
static void order_topics(const struct assign_sorted *s, int32_t *order)
{
    int32_t n = 0;
    for (int32_t i = 0; i < s->input->topics_n; i++) {
        const int32_t t = s->topics[i].index;
        int32_t at = n++;
        for (; at > 0 && s->readers[order[at - 1]] > s->readers[t]; at--)
            order[at] = order[at - 1];
        order[at] = t;
    }
}

/* Who has all it can have, and nothing that another reads, takes no part. */
static void choose_active(const struct balancing *b)
{
    const struct assign_sorted *s = b->s;
    for (int32_t m = 0; m < s->input->members_n; m++)
        b->active[m] = b->count[m] < b->most[m];
    for (int32_t p = 0; p < s->total; p++)
        if (b->owner[p] >= 0 && s->readers[s->topic_of[p]] >= 2) b->active[b->owner[p]] = true;
}

void assign_sticky_general(const struct assign_sorted *s, const struct assign_owned *owned, int32_t *owner,
                           struct arena *arena)
{
    const size_t members_n = (size_t)s->input->members_n, total = (size_t)s->total;
    const struct balancing b = {
        .s = s,
        .owned = owned,
        .owner = owner,
        .count = ARENA_NEW(arena, int32_t, members_n),
        .most = ARENA_NEW(arena, int32_t, members_n),
        .active = ARENA_NEW(arena, bool, members_n),
        .order = ARENA_NEW(arena, int32_t, (size_t)s->input->topics_n),
        .movements = ARENA_NEW(arena, struct movement, total),
        .topic_most = ARENA_NEW(arena, int32_t, (size_t)s->input->topics_n),
    };
    bool *given = ARENA_NEW(arena, bool, total);
    bool any_lost = false, any_kept = false;
    order_topics(s, b.order);
    for (size_t m = 0; m < members_n; m++) {
        b.active[m] = true;
        for (int32_t t = 0; t < s->input->topics_n; t++)
            if (assign_reads(s, (int32_t)m, t)) b.most[m] += s->input->topics[t].partitions;
    }
    for (int32_t p = 0; p < s->total; p++) {
        b.movements[p] = (struct movement){-1, -1};
        const int32_t m = owned->owner[p];
        if (m < 0) continue;
        if (!assign_reads(s, m, s->topic_of[p])) {
            any_lost = true;
            continue;
        }
        owner[p] = m;
        b.count[m]++;
        any_kept = true;
    }
    for (int32_t i = 0; i < s->input->topics_n; i++) {
        const int32_t t = b.order[i];
        for (int32_t p = s->first[t]; p < s->first[t + 1] && s->readers[t] > 0; p++) {
            if (owner[p] >= 0) continue;
            given[p] = true;
            owner[p] = fewest(&b, t);
            b.count[owner[p]]++;
        }
    }
    choose_active(&b);
    int32_t *before = ARENA_NEW(arena, int32_t, total), *count = ARENA_NEW(arena, int32_t, members_n);
    memcpy(before, owner, total * sizeof *before);
    memcpy(count, b.count, members_n * sizeof *count);
    if (!any_lost) reassign_all(&b, given);
    const bool moved = reassign_all(&b, NULL);
    if (any_kept && moved && unevenness(&b, b.count) >= unevenness(&b, count))
        memcpy(owner, before, total * sizeof *before);
}
