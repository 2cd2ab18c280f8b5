/* partition.h: which partition a record goes to.
 *
 * A table of partitioners, each a row of partition_rules[]:
 *
 *     murmur2      keyed records: Kafka's murmur2 over ALL partitions, available or not; null keys: sticky
 *     sticky       every record sticky, keys ignored (partitioner.ignore.keys=true)
 *     roundrobin   Kafka's RoundRobinPartitioner: around the available partitions, keys ignored
 *     random, consistent, consistent_random, murmur2_random, fnv1a, fnv1a_random
 *                  librdkafka's `partitioner` of those names, with sticky.partitioning.linger.ms=0
 *     murmur2_hashed
 *                  librdkafka's `murmur2`, which hashes null keys as empty ones
 *     jump         jump consistent hash over all partitions; null keys: sticky
 *     maglev       Maglev's table over the AVAILABLE partitions: few keys move when one goes; null keys:
 *                  sticky
 *     two_choices  partial key grouping: of a key's two partitions the one chosen less often by this
 *                  partitioner, the first if both alike; null keys: sticky. A key's aggregate is in two
 *                  partials
 *     salted       as murmur2, but the records of a hot key (hot_keys.h) are dealt over `salts` partitions,
 *                  from the key's own on
 *
 * Salting needs a second merge: an aggregate of a salted key is in up to `salts` partials, one per partition,
 * to be merged by the key without its salt. partition_salt() is the salt of the record just placed, for a
 * record to carry if keys are told apart before that merge. A key may become hot, or cool, within a window:
 * the merge is over whatever partials there are. counts.salted_records says how much traffic it concerns.
 *
 * Sticky is Kafka's built-in partitioner for null keys (KIP-480, KIP-794; BuiltInPartitioner.java): records
 * stay with one partition until batch.size bytes were produced to it AND its queue holds no incomplete batch,
 * or until twice batch.size were produced; then another is drawn, uniformly over the available partitions,
 * or, if queue sizes were told (partition_update_load), in proportion to (longest queue + 1 - own queue).
 * Randomness is an argument: whoever calls brings a draw, so there is none in here.
 *
 * Call order for a null key, as RecordAccumulator.append has it:
 *     partition = partition_choose(p, NULL, 0, &hints);     with hints.current_complete if the queue of
 *     ... append ...                                        partition_current() holds no incomplete batch
 *     partition_appended(p, bytes, complete_now, draw);     bytes: what the append added to that queue
 *
 * Units: bytes. Errors: none; a broken precondition is a CHECK. Ownership: everything is in the arena given.
 * Cost: murmur2 some 5 ns for a short key; sticky the same; counted in struct partition_counts.
 */
#ifndef HEADROOM_PATHS_PARTITION_H
#define HEADROOM_PATHS_PARTITION_H

#include "partition_hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum { PARTITIONS_MAX = 1000000 };

/* Operations done so far: what a model multiplies by a calibration's nanoseconds. */
struct partition_counts {
    uint64_t keys_hashed;
    uint64_t key_bytes_hashed;
    uint64_t sticky_choices;
    uint64_t sticky_switches; /* the first choice included */
    uint64_t random_choices;
    uint64_t draws_used; /* one per sticky switch, exactly when the partition changes, and random choice */
    uint64_t turns;      /* of round robin */
    uint64_t salted_records;
};

struct partition_hints {
    uint64_t draw;         /* uniform over 64 bits; used only if a partition has to be drawn */
    bool current_complete; /* see above; false if not known */
};

struct partition_config {
    int32_t partitions;         /* 1 .. PARTITIONS_MAX */
    int64_t sticky_batch_bytes; /* batch.size, >= 1 */
    int32_t salts;              /* of `salted`: partitions that a hot key is spread over, at most all; 0: 8 */
    int32_t hot_one_in; /* of `salted`: hot is a key with more than one in so many records; 0: its fair
                         * share of a partition, but no less than one in 64 */
};

struct partitioner;

/* What becomes of a record without a key. */
enum partition_keyless {
    KEYLESS_STICKY,
    KEYLESS_RANDOM,
    EMPTY_RANDOM,    /* so do empty keys */
    KEYLESS_HASHED,  /* as an empty key */
    KEYLESS_IN_TURN, /* around the partitions */
};

/* What becomes of a record with one. */
enum partition_keys {
    KEYS_TOGETHER, /* all records of a key are on one partition */
    KEYS_SPLIT,    /* they may be on several */
    KEYS_IGNORED,  /* as those without */
};

/* Places in partition_rules[]. */
enum partition_rule_id {
    PARTITION_MURMUR2,
    PARTITION_STICKY,
    PARTITION_ROUNDROBIN,
    PARTITION_RANDOM,
    PARTITION_CONSISTENT,
    PARTITION_CONSISTENT_RANDOM,
    PARTITION_MURMUR2_HASHED,
    PARTITION_MURMUR2_RANDOM,
    PARTITION_FNV1A,
    PARTITION_FNV1A_RANDOM,
    PARTITION_JUMP,
    PARTITION_MAGLEV,
    PARTITION_TWO_CHOICES,
    PARTITION_SALTED,
    PARTITION_RULES_N
};

struct partition_rule {
    const char *name;
    const char *doc;
    int32_t (*choose)(struct partitioner *p, const void *key, size_t len,
                      const struct partition_hints *hints);
    /* The partition by the key alone; NULL where that is not what decides. */
    int32_t (*keyed)(const void *key, size_t len, int32_t partitions);
    enum partition_keys keys;
    enum partition_keyless keyless;
    void (*set_up)(struct partitioner *p, struct arena *arena); /* NULL: no state but the sticky one */
};

extern const struct partition_rule partition_rules[PARTITION_RULES_N];
const struct partition_rule *partition_rule_find(const char *name); /* NULL if there is none */

struct partitioner {
    const struct partition_rule *rule;
    struct partition_config config;
    struct partition_counts counts;
    /* Sticky state. */
    int32_t current; /* -1 before the first choice */
    int64_t produced_bytes;
    int32_t *available; /* ids of available partitions, ascending */
    int32_t available_n;
    int32_t *load_ids; /* partitions of the cumulative frequency table */
    int64_t *load_cumulative;
    int32_t load_n; /* 0: choose uniformly */
    void *external; /* a plugin's state (plugin.h) */
    /* Of single rules; NULL under the others. */
    struct partition_maglev *maglev;
    uint64_t *chosen; /* of two_choices: records given to each partition */
    struct hot_keys *hot;
    int32_t salt; /* of the last record */
};

/* A partitioner by one of the rules. All partitions count as available, and queue sizes as unknown. */
struct partitioner *partition_new(struct arena *arena, const struct partition_rule *rule,
                                  const struct partition_config *config);

/* key NULL: a record without a key (len must be 0). An empty key is a key. hints may be NULL only where
 * neither a sticky nor a random choice is made. Returns 0 .. partitions-1. */
int32_t partition_choose(struct partitioner *p, const void *key, size_t len,
                         const struct partition_hints *hints);

/* After a sticky record was appended; may switch the partition for the next one. */
void partition_appended(struct partitioner *p, int64_t bytes, bool current_complete, uint64_t draw);

/* The sticky partition in force, or -1. */
static inline int32_t partition_current(const struct partitioner *p)
{
    return p->current;
}

/* The salt of the record last placed by `salted`: 0 .. salts-1, 0 also if its key is not hot. */
static inline int32_t partition_salt(const struct partitioner *p)
{
    return p->salt;
}

/* The partitions that have a leader: strictly ascending ids; n = 0 makes all count again, as Kafka does when
 * none is. */
void partition_set_available(struct partitioner *p, const int32_t *ids, int32_t n);

/* Adaptive choice (partitioner.adaptive.partitioning.enable): the queue length, in batches, of each partition
 * in ids[]. `all_n` is the topic's number of partitions; fewer ids than that means some were left out as too
 * slow (partitioner.availability.timeout.ms). Equal queues, none, or a topic of one partition: back to
 * uniform. */
void partition_update_load(struct partitioner *p, const int32_t *ids, const int32_t *queue_batches, int32_t n,
                           int32_t all_n);

#endif
