/* settle.h: when a pipeline that started empty has settled.
 *
 * Looked at are the mean produce latency, the mean end-to-end latency of every group and the staleness of every output,
 * in telemetry's steps of 10 s. Each has its own end of the warm-up by MSER-5 (sim/warmup.h); the latest holds. Where
 * the mean before the cut (or, if MSER-5 knows none, of the first half) is within 1 % of that after it, there is
 * nothing to leave out: MSER-5 also cuts noise. An output is not settled before anything of it is visible; one of which
 * nothing ever is, says nothing.
 *
 * The pilot is one more replication, with a seed of its own, without the scenario's faults and with every rate held at
 * its mean over the run: what is looked for is how long an empty system takes to fill, not the day's tide nor an
 * accident. It lasts 40 minutes, and is repeated at twice the length, up to 5 h 20 m, as long as it does not tell.
 *
 * Cost: that of the pilots. The result depends on the scenario and its seed alone.
 */
#ifndef HEADROOM_STUDY_SETTLE_H
#define HEADROOM_STUDY_SETTLE_H

#include <signal.h>
#include <stdbool.h>

#include "sim_time.h"

struct arena;
struct blueprint;
struct telemetry;

struct settled {
    sim_time at;        /* the end of the warm-up; if not known, of those series that have one */
    const char *series; /* the latest: "latency.produce", "staleness.ctr"; NULL: nothing has to be left out */
    double off;         /* how much that series' mean from `since` to `at` differs from its mean after, relative; >= 0 */
    bool known;
    const char *why; /* it is not known, and of which series */
};

/* From the series up to `until`; see `off` for `since`. */
struct settled settled_at(const struct telemetry *t, sim_time since, sim_time until, struct arena *arena);

/* From pilots. max_memory_bytes of each; 0: no limit. `stop` may be NULL. */
struct settled settled_by_pilot(const struct blueprint *blueprint, int64_t max_memory_bytes,
                                const volatile sig_atomic_t *stop, struct arena *arena);

#endif
