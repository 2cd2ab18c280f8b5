/* assign.h: which member of a consumer group reads which partition.
 *
 * A table of assignors, each a row of assign_rules[]:
 *
 *     range       Kafka's RangeAssignor without racks: by topic, contiguous ranges in order of member id
 *     roundrobin  Kafka's RoundRobinAssignor: all subscribed partitions in order, dealt around the members
 *     sticky, cooperative-sticky
 *                 Kafka's AbstractStickyAssignor for a homogeneous group without racks: balanced to within one partition;
 *                 members keep what they own up to their share, and the rest is dealt around those with too few.
 *                 Which of those with more than their share keep the larger one goes by Kafka's order, that of a
 *                 java.util.HashMap of their ids
 *     uniform     KIP-848's uniform assignor for a homogeneous group: balanced to within one partition, and
 *                 sticky (a member keeps what it owns up to its quota)
 *
 * Members are ordered by id and topics by name, byte by byte, whatever their order in the arguments: the
 * result is a function of the sets alone. Results: owner[] over all partitions of all topics, topics in
 * argument order, each topic's partitions ascending: the member's index, or -1 where no member subscribes.
 *
 * Units: none. Errors: the sticky ones and `uniform` need every member to subscribe to the same topics, else returns false (the
 * heterogeneous form is another algorithm); names must be distinct (CHECKed). Ownership: scratch comes from
 * the arena. Cost: O(partitions + members log members); range and roundrobin O(partitions * members) at
 * worst.
 */
#ifndef HEADROOM_PATHS_ASSIGN_H
#define HEADROOM_PATHS_ASSIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct assign_topic {
    const char *name;
    int32_t partitions; /* >= 0 */
};

struct assign_member {
    const char *id;        /* group.instance.id if it is static, else member id */
    const int32_t *topics; /* indices into the topics, distinct */
    int32_t topics_n;
};

struct assign_input {
    const struct assign_topic *topics;
    int32_t topics_n;
    const struct assign_member *members;
    int32_t members_n;
    /* Who owned each partition before (member index of THIS call, or -1), in the layout of owner[]; NULL:
     * nobody. Only sticky assignors look at it. */
    const int32_t *owned;
};

struct assign_rule {
    const char *name;
    const char *doc;
    bool (*assign)(const struct assign_input *input, int32_t *owner, struct arena *arena);
};

extern const struct assign_rule assign_rules[];
extern const size_t assign_rules_n;
const struct assign_rule *assign_rule_find(const char *name); /* NULL if there is none */

/* The number of entries in owner[] and owned[]. */
int32_t assign_partitions_n(const struct assign_input *input);

bool assign_range(const struct assign_input *input, int32_t *owner, struct arena *arena);
bool assign_roundrobin(const struct assign_input *input, int32_t *owner, struct arena *arena);
bool assign_sticky(const struct assign_input *input, int32_t *owner, struct arena *arena);
bool assign_uniform(const struct assign_input *input, int32_t *owner, struct arena *arena);

/* The everyday case, one topic that every member reads: owner[partitions] by the rule. Member i's id is
 * ids[i]. */
bool assign_topic_to(const struct assign_rule *rule, int32_t partitions, const char *const *ids,
                     int32_t members_n, const int32_t *owned, int32_t *owner, struct arena *arena);

#endif
