/* late_floods.h: a share of a stream's records comes later than ever for a while.
 *
 * As when clients that were offline send what they kept: of the records that arrive while a flood lasts each is, with probability
 * `share`, late by `by_ns` more than its own lateness. How many arrive stays. Windows drop them or count them, and watermarks wait for
 * nobody; files carry them, so what is late is stale when it can be read. Of several floods each takes its share of what those
 * before it left. Which hour of a table such records belong to does not change.
 *
 * Cost: nothing while there are none.
 */
#ifndef HEADROOM_MODELS_LATE_FLOODS_H
#define HEADROOM_MODELS_LATE_FLOODS_H

#include "world.h"

/* From the next slice on. One that is long over is forgotten. */
void late_floods_add(struct world *w, const struct late_flood *flood);
bool late_floods_have_room(const struct world *w);

/* Does it concern what arrives of a stream in the slice under way? */
bool late_floods_concern(const struct world *w, const struct late_flood *flood, int stream);
/* Of a topic's records that arrived in [from, to) of the calendar, the share that is late by it. */
double late_floods_share(const struct world *w, const struct late_flood *flood, int topic, sim_time from, sim_time to);

#endif
