/* hot_keys.h: a key takes a share of a stream's records for a while.
 *
 * The stream's rate stays; of its records each is of the hot key with probability `share`, else of a key as ever. The real
 * partitioner says which partition the key is in, or which it is split over (population.h follows it as a heavy key), so
 * that partition's leader, its consumer and its windows get them. Of several hot keys each takes its share of what those before it left. Buckets of
 * tables keep the shares that they have without it.
 *
 * Cost: nothing while no key is hot.
 */
#ifndef HEADROOM_MODELS_HOT_KEYS_H
#define HEADROOM_MODELS_HOT_KEYS_H

#include "world.h"

/* From the next slice on; one that is over is forgotten. */
void hot_keys_add(struct world *w, const struct hot_key *key);

/* Of the slice's records of a stream, in streams[].count: fills streams[].hot, and returns how many are hot. Before the others
 * are split to partitions, from the same random stream. */
int64_t hot_keys_draw(struct world *w, int stream);
/* Adds them to streams[].arrivals. */
void hot_keys_arrive(struct world *w, int stream);
/* So many of the slice's in this partition are. */
int64_t hot_keys_arrived(const struct world *w, int stream, int partition);

/* How many times as much the busiest consumer of a group has as without hot keys, or the busiest leader (group -1), at this time of
 * the scenario's clock; expected, 1 at least. */
double hot_keys_concentration(const struct world *w, int group, sim_time at);

#endif
