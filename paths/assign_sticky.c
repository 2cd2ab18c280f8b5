/* assign_sticky.c: the sticky assignors where all members subscribe alike; see assign.h. Follows
 * AbstractStickyAssignor.java (its constrained builder) and CooperativeStickyAssignor.java of Apache Kafka.
 */
#include "arena.h"
#include "assign_parts.h"
#include "check.h"

#include <stdlib.h>
#include <string.h>

struct kept {
    int32_t number; /* within its topic */
    int32_t topic_rank;
    int32_t partition;
};

static int compare_kept(const void *a, const void *b)
{
    const struct kept *x = a, *y = b;
    if (x->number != y->number) return (x->number > y->number) - (x->number < y->number);
    return (x->topic_rank > y->topic_rank) - (x->topic_rank < y->topic_rank);
}

/* Each member's partitions, in the order in which it keeps them: by number, then topic. Those of member m are
 * [first[m], first[m + 1]). */
struct owned_list {
    int32_t *first;
    struct kept *kept;
};

static struct owned_list list_owned(const struct assign_sorted *s, const struct assign_owned *owned,
                                    struct arena *arena)
{
    const int32_t members_n = s->input->members_n;
    struct owned_list list = {ARENA_NEW(arena, int32_t, (size_t)members_n + 1),
                              ARENA_NEW(arena, struct kept, (size_t)s->total)};
    int32_t *next = ARENA_NEW(arena, int32_t, (size_t)members_n);
    for (int pass = 0; pass < 2; pass++) { /* count, then place */
        for (int32_t i = 0; i < s->input->topics_n; i++) {
            const int32_t t = s->topics[i].index;
            if (!assign_reads(s, 0, t)) continue;
            for (int32_t p = s->first[t]; p < s->first[t + 1]; p++) {
                const int32_t m = owned->owner[p];
                if (m < 0) continue;
                if (pass == 0)
                    list.first[m + 1]++;
                else
                    list.kept[next[m]++] = (struct kept){p - s->first[t], i, p};
            }
        }
        for (int32_t m = 0; pass == 0 && m < members_n; m++) {
            list.first[m + 1] += list.first[m];
            next[m] = list.first[m];
        }
    }
    for (int32_t m = 0; m < members_n; m++) {
        const int32_t n = list.first[m + 1] - list.first[m];
        if (n > 1) qsort(list.kept + list.first[m], (size_t)n, sizeof *list.kept, compare_kept);
    }
    return list;
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

/* Members as java.util.HashMap iterates over their ids: by bucket, of a table of at least 16 buckets that is
 * doubled when more than three in four are taken. Within a bucket, where that is the order of insertion: by
 * id. */
static const struct hashed *in_hash_order(const struct assign_sorted *s, struct arena *arena)
{
    const int32_t members_n = s->input->members_n;
    uint32_t buckets = 16;
    while ((uint32_t)members_n > buckets / 4 * 3)
        buckets *= 2;
    struct hashed *members = ARENA_NEW(arena, struct hashed, (size_t)members_n);
    for (int32_t i = 0; i < members_n; i++) {
        uint32_t hash = 0; /* String.hashCode of an id in ASCII */
        for (const char *c = s->members[i].name; *c != '\0'; c++)
            hash = hash * 31 + (unsigned char)*c;
        members[i] = (struct hashed){(hash ^ hash >> 16) & (buckets - 1), i, s->members[i].index};
    }
    qsort(members, (size_t)members_n, sizeof *members, compare_hashed);
    return members;
}

static void assign_alike(const struct assign_sorted *s, const struct assign_owned *before, int32_t total,
                         int32_t *owner, struct arena *arena)
{
    const int32_t members_n = s->input->members_n;
    const int32_t least = total / members_n, most = least + (total % members_n > 0);
    int32_t large_left = total % members_n; /* members that may still come to have `most` */
    const struct owned_list owned = list_owned(s, before, arena);

    /* What a member keeps; who has less than `least`, and who has just that and may get one more. Who comes
     * first decides who keeps `most`; the others are then looked at by id. */
    int32_t *count = ARENA_NEW(arena, int32_t, (size_t)members_n);
    int32_t *few = ARENA_NEW(arena, int32_t, (size_t)members_n), few_n = 0;
    int32_t *enough = ARENA_NEW(arena, int32_t, (size_t)members_n), enough_n = 0;
    bool *has_most = ARENA_NEW(arena, bool, (size_t)members_n);
    const struct hashed *hashed = in_hash_order(s, arena);
    for (int32_t i = 0; i < members_n && large_left > 0; i++) {
        const int32_t m = hashed[i].index;
        if (owned.first[m + 1] - owned.first[m] < most) continue;
        has_most[m] = true;
        large_left--;
    }
    for (int32_t i = 0; i < members_n; i++) {
        const int32_t m = s->members[i].index, has = owned.first[m + 1] - owned.first[m];
        int32_t keeps = has;
        if (has < least) {
            few[few_n++] = m;
        } else if (has_most[m]) {
            keeps = most;
        } else {
            keeps = least;
            enough[enough_n++] = m;
        }
        for (; count[m] < keeps; count[m]++)
            owner[owned.kept[owned.first[m] + count[m]].partition] = m;
    }
    /* In turn, by topic and number: those with too few until they have `least`, then one more each while
     * there are any. */
    int32_t turn = 0, next_enough = 0;
    for (int32_t i = 0; i < s->input->topics_n; i++) {
        const int32_t t = s->topics[i].index;
        for (int32_t p = s->first[t]; p < s->first[t + 1] && assign_reads(s, 0, t); p++) {
            if (owner[p] >= 0) continue;
            if (few_n > 0) {
                if (turn >= few_n) turn = 0;
                const int32_t m = few[turn];
                owner[p] = m;
                if (++count[m] < least) {
                    turn++;
                    continue;
                }
                few_n--;
                memmove(few + turn, few + turn + 1, (size_t)(few_n - turn) * sizeof *few);
                enough[enough_n++] = m;
            } else {
                CHECK(next_enough < enough_n && large_left > 0, "partition %d found no room", p);
                owner[p] = enough[next_enough++];
                large_left--;
            }
        }
    }
}

static void assign_by(const struct assign_sorted *s, const struct assign_owned *owned, int32_t *owner,
                      struct arena *arena)
{
    int32_t total;
    if (s->input->members_n == 0) return;
    if (assign_homogeneous(s, &total))
        assign_alike(s, owned, total, owner, arena);
    else
        assign_sticky_general(s, owned, owner, arena);
}

void assign_sticky(const struct assign_input *input, int32_t *owner, struct arena *arena)
{
    const struct assign_sorted s = assign_sort(input, owner, arena);
    const struct assign_owned owned = assign_settle(&s, arena);
    assign_by(&s, &owned, owner, arena);
}

void assign_cooperative_sticky(const struct assign_input *input, int32_t *owner, struct arena *arena)
{
    const struct assign_sorted s = assign_sort(input, owner, arena);
    const struct assign_owned owned = assign_settle(&s, arena);
    int32_t total;
    assign_by(&s, &owned, owner, arena);
    /* Whoever has a partition, or says so, gives it up before another gets it. */
    if (input->members_n == 0) return;
    const bool alike = assign_homogeneous(&s, &total);
    for (int32_t p = 0; p < s.total; p++) {
        const bool moves = owned.owner[p] >= 0 && owned.owner[p] != owner[p];
        if (moves || owned.disputed[p]) owner[p] = -1;
    }
    if (alike) return;
    /* The general builder also heeds what members of earlier generations say. */
    bool *had = ARENA_NEW(arena, bool, (size_t)s.total);
    for (int32_t i = 0; i < input->claims_n; i++)
        if (input->claims[i].member == owner[input->claims[i].partition])
            had[input->claims[i].partition] = true;
    for (int32_t i = 0; i < input->claims_n; i++)
        if (!had[input->claims[i].partition]) owner[input->claims[i].partition] = -1;
}
