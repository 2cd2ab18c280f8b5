/* compacted.h: how many records stay of a topic's log once it has been compacted.
 *
 * Of every key the latest record stays, so that of N records as many stay as there are different keys among them. That is
 * found by compacting: for N = 1, 2, 4 .. a log of sampled keys is made, each with as many records as it has among N by its
 * share of the traffic, in random order and in real batches; the real log cleaner (paths/log_cleaner.h) cleans it, and what
 * stays is counted, each record for the keys that its key stands for. The most frequent keys are all there; of the others
 * one in so many by rank; a key with more than CERTAIN records among N stays for certain, and is not written out.
 *
 * The partitioner spreads keys evenly: a partition that gets the share s of the traffic has n records where the topic has
 * n / s, and its part of the keys is one in so many partitions.
 *
 * Made once a scenario and shared. Units: records, keys. Memory: the arena's. Cost: a pow() a sampled key, and the
 * cleaner's a record of some thousands for each N: a few tenths of a second.
 */
#ifndef HEADROOM_MODELS_COMPACTED_H
#define HEADROOM_MODELS_COMPACTED_H

#include <stdint.h>

struct arena;
struct blueprint;

enum { COMPACTED_RUNGS_MAX = 44 };
struct compacted {
    int rungs_n;                       /* rung i: 2^i records */
    double keys[COMPACTED_RUNGS_MAX];  /* that are among so many */
    double all;                        /* keys there are */
    double tombstones;                 /* of the topic's records, the share that delete their key */
    double records_per_s;              /* of the topic, in the mean of the run */
    double error;                      /* half of the 95 % interval of any of keys[] that is an eighth of them or more, relative */
    int64_t sample_one_in;             /* of the keys that are not all there */
    int64_t records_cleaned, rounds;   /* by the real cleaner */
};

/* NULL: the topic is not compacted. Once the blueprint has its rates and populations. */
const struct compacted *compacted_new(const struct blueprint *b, int topic, struct arena *arena);

/* Keys among so many records of the topic. */
double compacted_keys(const struct compacted *c, double records);
/* Of the keys among so many records, those whose latest record is a tombstone, and among the first `of_first` of them: what goes with the
 * next cleaning after delete.retention.ms. The last record of a key is one as often as any. */
double compacted_deleted(const struct compacted *c, double records, double of_first);
/* Records of the topic among which there are so many keys, at least; INFINITY: there never are. */
double compacted_records(const struct compacted *c, double keys);

#endif
