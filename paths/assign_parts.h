/* assign_parts.h: what the assignors share; for assign*.c alone.
 *
 * Members and topics are put in order once. `rank` is a member's or a topic's place in that order. Everything
 * is in the arena given.
 */
#ifndef HEADROOM_PATHS_ASSIGN_PARTS_H
#define HEADROOM_PATHS_ASSIGN_PARTS_H

#include "assign.h"

#include <stdbool.h>

struct assign_named {
    const char *name;
    int32_t index;
};

struct assign_sorted {
    const struct assign_input *input;
    struct assign_named *topics;  /* by name */
    struct assign_named *members; /* by id */
    int32_t *member_rank;         /* by member index: its place in members[] */
    int32_t *first;               /* by topic index: its first entry in owner[]; [topics_n] is the total */
    int32_t *topic_of;            /* [total]: the index of a partition's topic */
    bool *subscribed;             /* [member index * topics_n + topic index] */
    int32_t *readers;             /* by topic index: how many members subscribe */
    int32_t total;
};

/* Also fills owner[] with -1. */
struct assign_sorted assign_sort(const struct assign_input *input, int32_t *owner, struct arena *arena);

static inline bool assign_reads(const struct assign_sorted *s, int32_t member, int32_t topic)
{
    return s->subscribed[(size_t)member * (size_t)s->input->topics_n + (size_t)topic];
}

/* Does every member subscribe to the same topics? Then *total is the number of their partitions. */
bool assign_homogeneous(const struct assign_sorted *s, int32_t *total);

/* Who owned what, once contradictions are settled. */
struct assign_owned {
    int32_t *owner;    /* [total]; -1: nobody, or more than one */
    bool *disputed;    /* [total]: claimed by more than one, in the latest generation that claims it */
    int32_t *previous; /* [total]: who says so of an earlier generation than the latest there is, or -1 */
};
struct assign_owned assign_settle(const struct assign_sorted *s, struct arena *arena);

/* Members with unlike subscriptions: AbstractStickyAssignor's general builder. */
void assign_sticky_general(const struct assign_sorted *s, const struct assign_owned *owned, int32_t *owner,
                           struct arena *arena);

#endif
