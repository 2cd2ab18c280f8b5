/* tiered.h: tiered storage (KIP-405): closed segments of a log are copied to an object store, and local retention then
 * deletes them from the brokers; who reads what is no longer local reads it from there.
 *
 * Copying (RemoteLogManager): every remote.log.manager.task.interval.ms a partition's leader copies what is closed, below the
 * last stable offset and not copied yet, one segment after the other, on one of remote.log.manager.copier.thread.pool.size
 * threads, no faster than remote.log.manager.copy.max.bytes.per.second allows its broker, and all of a broker's together with
 * half of its network card at most: flows share it. A segment is one object, uploaded in parts, and another for its indexes
 * (the storage manager is a plug-in: so does Aiven's). It takes the card, the cores that handling so many bytes takes, and
 * the disk where the page cache has dropped the segment. If the leader goes, its next one begins the segment anew.
 *
 * Local retention: at the check of retention (segments.h), of what has been copied, by local.retention.ms and
 * local.retention.bytes; -2 is what retention.ms and retention.bytes are. Nothing goes that has not been copied.
 *
 * Reading: a fetch takes of one partition at a time what is remote (KAFKA-14915), up to max.partition.fetch.bytes, by one
 * request on one of remote.log.reader.threads; the answer waits for it, but no longer than remote.fetch.max.wait.ms: then it
 * goes without, and what was read is read again. Neither disk nor page cache is touched.
 *
 * A follower that has nothing begins where the leader's local log does. Copies are timed on the calendar, their load and
 * reads on the data plane. All objects are in one prefix (objectstore.h). A jump of the table leaves no copies behind: they
 * are counted, and take no time.
 *
 * Offsets are absolute. Errors: bugs only. Memory: the arena's, some 100 bytes a thread. Cost: nothing where no topic is
 * tiered; an event a millisecond and copy.
 */
#ifndef HEADROOM_MODELS_TIERED_H
#define HEADROOM_MODELS_TIERED_H

#include "world.h"

struct tiered_counts { /* of one run; reads are weighted to calendar time */
    int64_t segments, puts;
    double copied_bytes;
    double reads, read_bytes, reads_late; /* late: answered without, for remote.fetch.max.wait.ms */
};

void tiered_init(struct world *w);
/* All zeroes where nothing is tiered. */
struct tiered_counts tiered_counts(const struct world *w);

/* A fetch of so many bytes that a broker answers at `at`: when it has them, and *late, or when it gives up. */
sim_time tiered_read(struct world *w, struct broker *b, sim_time at, double bytes, bool *late);

/* All that is closed has been copied: a jump has passed by. */
void tiered_jumped(struct world *w, struct partition *p);

#endif
