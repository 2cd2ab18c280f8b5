/* volume.h: what the brokers' volumes hold, and what happens when one is full.
 *
 * A volume holds the logs of its broker's replicas, as retention leaves them (segments.h), and what a fault has put there
 * (disk_full). Logs begin the run empty; what was there before, or lies beside them, is for that fault to say. A broker
 * that cannot append stops: its only log directory has failed, so it halts without a controlled shutdown (LogManager,
 * handleLogDirFailure). What a fault filled is cleared at its end, and the broker starts again, unless others hold
 * it down. A volume that the logs alone have filled stays full: nobody deletes while the broker is down.
 *
 * Looked at after a slice, as often as it takes to see one fill, and twice a minute at least. Bytes: on the wire. Errors: bugs only. Memory: none.
 * Cost: a walk of all replicas a look.
 */
#ifndef HEADROOM_MODELS_VOLUME_H
#define HEADROOM_MODELS_VOLUME_H

#include "world.h"

struct controller_events;

void volumes_slice_end(struct world *w);
/* From now on something else takes so many bytes of a broker's volume. If that fills it, then or later, `events` are told of
 * its going and of its return. */
void volume_fill(struct world *w, struct broker *b, double bytes, struct controller_events *events);
/* It is gone again. */
void volume_clear(struct world *w, struct broker *b);

#endif
