/* sim_time.h: simulated time.
 *
 * Shape: an int64_t of nanoseconds since the start of the run; 292 years fit. Never a floating-point clock:
 * sums of times are exact, and equal times are equal.
 * The file is not called time.h, because every layer above has this directory on its include path and
 * <time.h> would then find it.
 *
 */
#ifndef HEADROOM_SIM_SIM_TIME_H
#define HEADROOM_SIM_SIM_TIME_H

#include <stdint.h>

typedef int64_t sim_time;

#define SIM_US 1000LL
#define SIM_MS 1000000LL
#define SIM_S 1000000000LL
#define SIM_MIN (60 * SIM_S)
#define SIM_H (3600 * SIM_S)
#define SIM_NEVER INT64_MAX /* later than everything; no event can be scheduled there */

static inline double sim_seconds(sim_time t)
{
    return (double)t / 1e9; /* a division: whole seconds come out whole */
}

#endif
