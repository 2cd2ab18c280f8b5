/* workload.h: traffic, drawn from the top down.
 *
 * For every slice of the calendar: a Poisson total for each stream, split to partitions by their exact key shares, of
 * which a close-up sees a binomial share, split to producer instances. Every draw is keyed by (stream, slice), so each
 * resolution sees the same totals and the same split to partitions, and refining never changes a total.
 */
#ifndef HEADROOM_MODELS_WORKLOAD_H
#define HEADROOM_MODELS_WORKLOAD_H

#include "world.h"

void workload_init(struct world *w);
/* Draws slice `index`, [w->slice_start, w->slice_end), and its close-up of w->fraction; hands the close-up to the
 * producers, and raises every partition's base offset by what is skipped. */
void workload_slice(struct world *w, int64_t index);
/* Expected records per second of all producers at a time of the scenario's clock; of one stream. */
double workload_rate(const struct world *w, sim_time at);
double workload_stream_rate(const struct world *w, int stream, sim_time at);

/* Traffic of a stream, and of those that follow it, is so many times what it would be, from the next slice on; false: there are
 * too many at once. A spike that is over is forgotten. */
bool workload_spike(struct world *w, const struct spike *spike);

/* A jump: first each of its slices, [from, to) of the scenario's clock, with the same total of each stream as ever, left in
 * streams[].count; then what they add up to is split to partitions in one draw, named by the slice that the jump ends
 * before, and moves every cursor, commits among them; over_ns: how long the jump is. Returns the slice's records. */
int64_t workload_jump_slice(struct world *w, int64_t index, sim_time from, sim_time to);
void workload_jump_end(struct world *w, int64_t index, sim_time over_ns);
/* Of the slice under way, to a topic. */
int64_t workload_count_to(const struct world *w, int topic);

#endif
