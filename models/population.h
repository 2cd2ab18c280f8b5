/* population.h: where the records of a stream go, by the real partitioner.
 *
 * Keys of rank 1..population have shares by Zipf's law (rank^-zipf, normalised); key k's bytes are event_key()'s;
 * paths/partition gives each its partition. So a partition's share of a stream is the exact sum over its keys, hot keys
 * included. Keys with at least `heavy_key_share` are followed one by one; of the others one in `sample_one_in`, chosen by a
 * hash of the rank, stands for the rest. A key that a fault makes hot (hot_keys.h) counts as heavy.
 *
 * Partitioners that split keys (two_choices, salted) decide by what they have seen, so that shares are what the real
 * partitioner does with some four million records of the keys, a low-discrepancy sequence over their traffic. Each
 * partition that has records of a followed key is then an entry of its own among the followed ones, with its share. A key
 * that a fault makes hot may be split only then: where its records go meanwhile is asked of a partitioner that has seen
 * it as hot as that.
 *
 * Streams whose records no key places are evenly spread, or all on the partition of the empty key, as the partitioner
 * has it. Those for the sticky partition have no population: they wait for a batch (producer.h).
 *
 * Availability is left out: a partitioner that goes by it (maglev, roundrobin, librdkafka's random) places as if every
 * partition had a leader.
 */
#ifndef HEADROOM_MODELS_POPULATION_H
#define HEADROOM_MODELS_POPULATION_H

#include <stdbool.h>
#include <stdint.h>

#include "scenario.h"

struct arena;
struct partition_rule;

/* The records of streams with the same keys as one producer's partitioner places them. */
struct population {
    int keys;  /* index into scenario.keys; -1: without */
    int topic; /* index into scenario.topics */
    const struct partition_rule *rule;
    bool by_key; /* false: no key decides */
    int partitions;
    int64_t hashed;           /* partitioner calls made: the whole population, or the sample */
    int64_t sampled;          /* records that shares are from; 0: they are exact */
    double *partition_shares; /* [partitions], sums to 1: before any are added */
    double *added_shares;     /* the same, once they are; NULL: none ever are */
    double *moves;            /* [partitions_first * partitions], then: the share that goes from one to another */
    double skew_max_over_mean;
    /* Followed keys, heavy ones first, each list ordered by rank; */
    int followed_n, heavy_n;
    int64_t *rank;    /* [followed_n], from 1 */
    int *partition;   /* [followed_n] */
    double *share;    /* [followed_n], of the stream */
    double *weight;   /* [followed_n]: 1 for a heavy key, else how many times its traffic it stands for */
    bool *partial;    /* [followed_n]: the key is on other partitions as well; NULL: none is */
    double *hot_share; /* [followed_n]: what of its key's records is here while a fault makes it hot; NULL: all */
    /* and the same by partition: followed keys of partition p are by_partition[first[p] .. first[p + 1]), heavy ones
     * before first_tail[p]; tail_shares[] adds up the shares from there on, in the same places as by_partition[]. */
    int *first;      /* [partitions + 1] */
    int *first_tail; /* [partitions] */
    int *by_partition; /* [followed_n] */
    double *tail_shares; /* [followed_n] */
};

/* The producer's partitioner, or what a plugin has in place of it. */
const struct partition_rule *population_rule(const struct scenario *s, int producer);
/* Does the producer's partitioner place such records by itself, without waiting for a batch? keys -1: without. */
bool population_needed(const struct scenario *s, int producer, int keys);
struct population *population_new(const struct scenario *s, int producer, int keys, struct arena *arena);

/* The place among followed keys of a heavy one, the first of several. */
int population_heavy_key(const struct population *p, int64_t rank);

/* Its name. */
const char *population_partitioner(const struct population *p);

/* How many keys there are, and how many of them are followed. */
int64_t population_keys(const struct population *p, const struct scenario *s);
int64_t population_keys_followed(const struct population *p);

/* The relative standard error of a sum over all keys that counts each once, from those followed (ratio estimator: weights make
 * traffic right): Cochran, Sampling Techniques, 6.4. 0: all are followed. */
double population_sample_error(const struct population *p);

/* The standard error of the largest partition's share, relative; 0: it is exact. */
double population_share_error(const struct population *p);

#endif
