/* fraction.h: which fraction of the next slice is simulated.
 *
 * The rule is the pointwise-stationary criterion (Green & Kolesar, Management Science 37, 1991): a queue follows its
 * rate as long as the rate changes little within its relaxation time tau = (1 + c^2) E[S] / (1 - rho)^2, so
 *     f = clamp(10 tau |d rho| / ((1 - rho) dt), f_min, 1),  the largest over all stages,
 * with rho from the rates that are known beforehand (never from how long queues are: that would bias the tail). The work
 * a record makes at each stage, which turns a rate into rho, is measured in a pilot at f = 1 at the start.
 *
 * f_min is run.fraction; without it a hundredth for runs up to four hours and in table mode (table_mode.h), where few seconds
 * stand for all; of longer ones what simulates as much as four hours, but 0.2 % at least; or what lets a close-up see some thousands of records: small pipelines are cheap, and would otherwise
 * be measured on next to nothing. A run.fraction that is given is kept, however few records that sees.
 *
 * f = 1 while anything is not stationary: a fault is near, a broker is noticed or comes back, a group has no assignment or is
 * structurally behind, producers hold old records, rho > 0.995; and until it has been over for a while. While all that is
 * not stationary is fluid (fluid.h: a broker catches up, its disk writes what it fetched), f is a quarter at least.
 */
#ifndef HEADROOM_MODELS_FRACTION_H
#define HEADROOM_MODELS_FRACTION_H

#include "broker_resources.h"
#include "fluid.h"
#include "world.h"

/* What changed has settled: f = 1 so long after it, at least. */
#define FRACTION_SETTLE_NS (5 * SIM_S)

enum { FRACTION_STAGES_MAX = BROKER_RESOURCES + SCENARIO_GROUPS_MAX };

struct fraction {
    double least; /* f_min */
    int stages_n;
    double work[FRACTION_STAGES_MAX]; /* utilisation of the busiest unit for one record a second */
    double service_s[FRACTION_STAGES_MAX];
    sim_time hold_until; /* calendar: f = 1 until then */
    sim_time drains_until; /* calendar: disks may still have something of a catch-up to write */
    uint64_t leadership_epoch;
    bool pilot_done;
    bool held; /* the slice that fraction_of_slice() was asked for is not stationary */
    bool catching_up; /* in the slice that fraction_of_slice() was asked for, replicas or disks have something left over: */
    struct fluid fluid;
};

void fraction_init(struct world *w, struct fraction *f);
/* For the slice [from, to) of the calendar. */
double fraction_of_slice(struct world *w, struct fraction *f, sim_time from, sim_time to);
/* Is [from, to) of the scenario's clock stationary by rates and faults alone, and further than this from a fault? */
bool fraction_is_steady(const struct world *w, const struct fraction *f, sim_time from, sim_time to, sim_time before);
/* The next few seconds of the calendar are simulated whole: what came before was at other rates. */
void fraction_hold(const struct world *w, struct fraction *f);

#endif
