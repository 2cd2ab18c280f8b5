/* added_partitions.h: a topic gets more partitions while it is written and read.
 *
 * Keys go by the real partitioner's hash modulo the number of partitions, so that many move. A producer goes on as before until
 * its metadata are metadata.max.age.ms old, each at a phase of its own; so does the leader of a classic group. The coordinator of
 * a consumer group (KIP-848) knows at once. What the new partitions hold when they are first read has no committed offset:
 * auto.offset.reset says whether it is read or passed over.
 *
 * A record overtakes where it is processed while its producer's earlier records of the key are still unread in the partition
 * that the key came from: `reordered` counts the expected number, by the exact shares of the keys that move. All partitions that
 * there ever will be have their place from the beginning, and stay empty.
 *
 * Cost: nothing where none are added; else for each batch processed a walk of the partitions that are behind, until all have
 * passed the last producer's change.
 */
#ifndef HEADROOM_MODELS_ADDED_PARTITIONS_H
#define HEADROOM_MODELS_ADDED_PARTITIONS_H

#include "world.h"

void added_partitions_init(struct world *w);
/* They come to be. *noticed, if it was SIM_NEVER: when the first group knows. */
void added_partitions_begin(struct world *w, int topic, sim_time *noticed);
void added_partitions_noticed(struct world *w);

/* How many a topic has now. */
int added_partitions_now(const struct world *w, int topic);
/* Where a stream's records go in the slice that begins: a share for each partition. */
const double *added_partitions_shares(struct world *w, int stream);
/* A group has processed so many records of a partition. */
void added_partitions_processed(struct group *g, int partition, int64_t records);

#endif
