/* undecodable.h: records whose schema nobody checked, and that no consumer can decode.
 *
 * While a producer's new version sends such records each record of its stream is one with probability `share`, by when it was
 * intended. They go through brokers, replication and fetches as any other. A group that has processed one was told by its
 * deserializer: it puts it aside (a dead-letter queue) or skips it, as groups[].undecodable says, and goes on. Such a record is lost
 * to the group, goes to no sink, file or window, and is no latency. What a range of the log has of them is their share, in whole
 * records: no number is drawn. What it takes to write to the dead-letter queue is not modelled.
 *
 * Where several streams go to a topic, its partitions have of each what its rate is of theirs together.
 *
 * While they are sent everything is simulated whole (fraction.c). Times of spans are the data plane's. Ownership: the world's arena.
 * Cost: nothing until there is one; then a look at each span a piece of log that is processed.
 */
#ifndef HEADROOM_MODELS_UNDECODABLE_H
#define HEADROOM_MODELS_UNDECODABLE_H

#include "world.h"

struct undecodable_span;

/* From now on a stream (-1: all) has so many of them. *met: set when a group meets the first, on the calendar. NULL: there is no room. */
struct undecodable_span *undecodable_begin(struct world *w, int stream, double share, sim_time *met);
void undecodable_end(struct world *w, struct undecodable_span *span);

/* Could another one begin? Is it of this stream (-1: any), and goes on? */
bool undecodable_has_room(const struct world *w);
bool undecodable_goes_on(const struct world *w, int stream);
/* Has every group read past its end? */
bool undecodable_is_read(const struct world *w, const struct undecodable_span *span);
/* The most that any group has put aside: what is to be sent once more. */
int64_t undecodable_put_aside(const struct undecodable_span *span);

/* Of what arrives of a stream in the slice under way, the share. */
double undecodable_share(const struct world *w, int stream);
/* A group has processed a piece of a partition's log: how many of those it had not processed before it could not decode; and of the
 * others. */
int64_t undecodable_among(struct group *g, int partition, const struct logcurve_piece *piece, int64_t *again);

#endif
