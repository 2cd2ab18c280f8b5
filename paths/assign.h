/* assign.h: which member of a consumer group reads which partition.
 *
 * A table of assignors, each a row of assign_rules[], all of them without racks:
 *
 *     range       Kafka's RangeAssignor: by topic, contiguous ranges in order of member
 *     roundrobin  Kafka's RoundRobinAssignor: all subscribed partitions in order, dealt around the members
 *     sticky      Kafka's AbstractStickyAssignor. Members that all subscribe alike: balanced to within one
 *                 partition; they keep what they own up to their share, the lowest numbers first, and the
 * rest is dealt around those with too few. Who of those with more than their share keeps the larger one goes
 * by Kafka's order, that of a java.util.HashMap of their ids. Others: partitions move while that evens out,
 * from the topics with the fewest readers on cooperative-sticky the same, but for what would move to another
 * member at once: nobody has that until its owner has given it up, and it is assigned in the next round
 *     uniform     KIP-848's: balanced to within one partition among all who can have it, and sticky; members
 *                 that all subscribe alike, or not, by the builder that Kafka has for each
 *
 * Members are ordered by id and topics by name, byte by byte, whatever their order in the arguments: the
 * result is a function of the sets alone. range and roundrobin put static members first, by their
 * group.instance.id. KIP-848 orders topics by a random id; here their names stand for it. Results: owner[]
 * over all partitions of all topics, topics in argument order, each topic's partitions ascending: the
 * member's index, or -1 where no member subscribes or none may have it yet.
 *
 * Who owned what is told by owned[], or by claims[] where members may contradict each other: of several that
 * claim a partition the one of the latest generation owns it, and if there are two of those, nobody does, and
 * cooperative-sticky assigns it to nobody in this round.
 *
 * Units: none. Errors: none; names must be distinct (CHECKed). Ownership: scratch comes from the arena. Cost:
 * O(partitions + members log members) where all subscribe alike; range and roundrobin O(partitions * members)
 * at worst, and so are the others' balancing steps, each of which moves a partition.
 */
#ifndef HEADROOM_PATHS_ASSIGN_H
#define HEADROOM_PATHS_ASSIGN_H

#include <stddef.h>
#include <stdint.h>

struct arena;

struct assign_topic {
    const char *name;
    int32_t partitions; /* >= 0 */
};

struct assign_member {
    const char *id;
    const int32_t *topics; /* indices into the topics, distinct */
    int32_t topics_n;
    const char *instance_id; /* group.instance.id; NULL: not a static member */
};

enum { ASSIGN_NO_GENERATION = -1 };

struct assign_claim {
    int32_t partition;  /* as owner[] is laid out */
    int32_t member;     /* index into the members */
    int32_t generation; /* of the group when the member had it, or ASSIGN_NO_GENERATION */
};

struct assign_input {
    const struct assign_topic *topics;
    int32_t topics_n;
    const struct assign_member *members;
    int32_t members_n;
    /* Who owned each partition before (member index of THIS call, or -1), in the layout of owner[]; NULL:
     * nobody. Only sticky assignors look at it. */
    const int32_t *owned;
    const struct assign_claim *claims; /* instead of owned[], which is NULL then */
    int32_t claims_n;
};

struct assign_rule {
    const char *name;
    const char *doc;
    void (*assign)(const struct assign_input *input, int32_t *owner, struct arena *arena);
};

extern const struct assign_rule assign_rules[];
extern const size_t assign_rules_n;
const struct assign_rule *assign_rule_find(const char *name); /* NULL if there is none */

/* The number of entries in owner[] and owned[]. */
int32_t assign_partitions_n(const struct assign_input *input);

void assign_range(const struct assign_input *input, int32_t *owner, struct arena *arena);
void assign_roundrobin(const struct assign_input *input, int32_t *owner, struct arena *arena);
void assign_sticky(const struct assign_input *input, int32_t *owner, struct arena *arena);
void assign_cooperative_sticky(const struct assign_input *input, int32_t *owner, struct arena *arena);
void assign_uniform(const struct assign_input *input, int32_t *owner, struct arena *arena);

/* The everyday case, one topic that every member reads: owner[partitions] by the rule. Member i's id is
 * ids[i]. */
void assign_topic_to(const struct assign_rule *rule, int32_t partitions, const char *const *ids,
                     int32_t members_n, const int32_t *owned, int32_t *owner, struct arena *arena);

#endif
