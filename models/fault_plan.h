/* fault_plan.h: when faults happen.
 *
 * By time: at `at`, and if it has `every` again and again, `times` in all or until the run ends. Drawn: each target of the
 * scope fails by itself, as a Poisson process of mean `mtbf` between its failures; one that would strike what is down by the
 * same fault is skipped, so that what is up fails at that rate. How long each lasts is `for`, or drawn from `mttr`. Draws are
 * from streams named by the fault, so two variants of a scenario have the same failures. By condition: nobody knows
 * beforehand, so these are not in the plan.
 *
 * The plan is known before the run begins, and with it which stretches of the scenario's clock are near a fault and are
 * simulated whole (fraction.h). Ownership: the world's arena. Cost: a plan of n, n log n once; faults_planned_near() log n.
 */
#ifndef HEADROOM_MODELS_FAULT_PLAN_H
#define HEADROOM_MODELS_FAULT_PLAN_H

#include "world.h"

/* Of one fault, expected for drawn ones: more is a mistake of the scenario's. */
enum { FAULT_OCCURRENCES_MAX = 10000 };

struct fault_planned {
    sim_time at, for_ns; /* the scenario's clock */
    int fault;
    int target; /* the broker or instance that was drawn; -1: as the scenario says */
};

struct fault_span { /* near a fault, of the scenario's clock */
    sim_time from, to;
};

struct fault_plan {
    struct fault_planned *planned; /* by time */
    int planned_n;
    struct fault_span *spans; /* by time, apart from each other */
    int spans_n;
};

/* So many a run may have, or is expected to: what a scenario is checked for. */
double fault_plan_expected(const struct scenario *s, const struct scenario_fault *fault);
/* How long an occurrence lasts; `rng` for those that are drawn. */
sim_time fault_duration(const struct scenario_fault *fault, struct rng *rng);

/* Those of faults in world.represented do not happen. */
void fault_plan_init(struct world *w, struct fault_plan *plan);
/* Around a beginning and an end: what of the time is not stationary because of them alone? */
struct fault_span fault_span_of_begin(const struct scenario *s, const struct scenario_fault *fault, sim_time at);
struct fault_span fault_span_of_end(sim_time at);
bool fault_plan_near(const struct fault_plan *plan, sim_time from, sim_time to);

#endif
