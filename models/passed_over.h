/* passed_over.h: which records of a log's end a group has passed over without delivering them, and why.
 *
 * Those records count as lost already. When the log is cut below them they are gone for another reason, and must not be
 * taken for records that the group had delivered. Only the newest ranges matter, as logs are cut at their ends: neighbours
 * of one reason are merged, within a merged range what was passed over is taken to be spread evenly, and the oldest are
 * forgotten.
 *
 * Offsets are relative, as those of group_partition. Ownership: the world's arena. Cost: nothing until something is passed
 * over.
 */
#ifndef HEADROOM_MODELS_PASSED_OVER_H
#define HEADROOM_MODELS_PASSED_OVER_H

#include "world.h"

/* The group loses the records from .. to - 1 for that reason, all of them above everything it has delivered or lost. */
void passed_over_lose(struct world *w, struct group_partition *gp, int64_t from, int64_t to, enum lost_reason reason);

/* The same of some of the records from .. to - 1 alone; it has delivered the others. */
void passed_over_lose_some(struct world *w, struct group_partition *gp, int64_t from, int64_t to, int64_t records, enum lost_reason reason);

/* It loses what it had delivered: so many records from an offset on, up to the furthest, but for those that it has lost already. */
void passed_over_lose_delivered(struct world *w, struct group_partition *gp, int64_t from, int64_t records, enum lost_reason reason);

/* The log ends at `end` from now on. What was passed over above it is no longer counted as lost; returns how many records. */
int64_t passed_over_cut(struct group_partition *gp, int64_t end);

#endif
