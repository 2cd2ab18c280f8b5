/* cell.h: the records of one producer for one partition that have arrived, or will within the slice, and are not sent.
 *
 *      rem        pending            outside
 *   (to come)  (in the buffer)  (no room in the buffer)
 *
 * A slice's records of a cell are independent uniform times. Nobody follows them: what has come by a moment is drawn
 * (binomially, or from when the batch will be full, if that was drawn), and their times are uniform over the
 * whole stretch in which they could have come. At RESOLUTION_RECORD every pending record keeps its own time instead.
 *
 * Times are the data plane's. Ownership: `times` is malloc'ed and belongs to the cell. Cost: a binomial a call at most.
 */
#ifndef HEADROOM_MODELS_CELL_H
#define HEADROOM_MODELS_CELL_H

#include "world.h"

/* What has arrived until t is pending from now on; its stretch is [since, t], or from when the cell was last looked at if that
 * is earlier. What is still to come comes until `end`. */
void cell_take(struct world *w, struct cell *c, sim_time since, sim_time t, sim_time end);
/* Records that were sent in vain wait again. */
void cell_put_back(struct world *w, struct cell *c, const struct produce_part *part);
/* The oldest n that wait go to another cell's. */
void cell_hand_over(struct world *w, struct cell *from, struct cell *to, int32_t n);
/* n records find no room; the oldest n of those come in. */
void cell_wait_outside(struct cell *c, int32_t n, sim_time first, sim_time last);
void cell_come_in(struct world *w, struct cell *c, int32_t n);
/* While there is no room: what has arrived until t waits outside, and the rest comes until `end`; not at RESOLUTION_RECORD. The
 * newest n of those outside are refused. */
void cell_pass_outside(struct world *w, struct cell *c, sim_time t, sim_time end);
void cell_refuse_newest(struct cell *c, int32_t n);
/* Gives up what is pending and older than `before`; returns how many records. A batch's time counts from when it came into the
 * buffer, so nothing is given up where something came in from outside since. */
int64_t cell_expire(struct world *w, struct cell *c, sim_time before);
/* At RESOLUTION_RECORD: the times of those pending, the oldest first; room for those of n more behind them, which become pending
 * when c->pending counts them; and the oldest n leave. */
const sim_time *cell_times(const struct cell *c);
sim_time *cell_append(struct cell *c, int32_t n);
void cell_remove_oldest(struct cell *c, int32_t n);
/* The greatest of n >= 1 independent times, uniform in [0, span]; of many, its mean. */
sim_time cell_greatest(struct world *w, sim_time span, int32_t n);

#endif
