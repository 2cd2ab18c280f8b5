/* group_lag.h: how far a group is behind along the run, by which partition, and for how long partitions were read by nobody.
 *
 * Read at the end of every slice, of the partitions that the group knows. Lag in records is what is in the log and not processed;
 * lag in time is how long the oldest of those has been in the log: what producers held back is not lag. A group is behind while
 * something that was appended more than 3 s ago is unread, or not every partition is read by whom it is assigned to; the longest
 * such stretch is the time to clear lag, and the partition whose records were the oldest at its end is the one that all others
 * waited for.
 *
 * Cost: a look at each partition a slice.
 */
#ifndef HEADROOM_MODELS_GROUP_LAG_H
#define HEADROOM_MODELS_GROUP_LAG_H

#include "world.h"

void group_lag_init(struct group *g);
void group_note_lag(struct group *g);

/* Nobody reads the partition from now on; somebody does again. */
void group_lag_stopped(struct group *g, int partition);
void group_lag_goes_on(struct group *g, int partition);
/* For how long, of all partitions together, until now: partition-seconds. */
double group_lag_stopped_s(const struct group *g);

#endif
