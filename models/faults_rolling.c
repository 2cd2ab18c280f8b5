/* faults_rolling.c: one after another: a rolling restart of brokers, of a group's instances, of producers; see fault_effects.h.
 *
 * Each goes for as long as `for` says and is back; then comes a pause, and the next one goes. When the last is back, the fault is
 * over. What the next one's going changes is simulated whole.
 */
#include "fault_effects.h"

#include "arena.h"
#include "faults.h"
#include "group.h"
#include "producer.h"
#include "replication.h"

/* Is the last one back? Looked at so often. */
static const sim_time LOOK_NS = SIM_S;

struct rolling { /* the state of an occurrence */
    struct world *world;
    const struct scenario_fault *fault;
    struct fault_row *row;
    int at, n; /* which one is away, of how many */
    sim_time rewinds; /* what was read so long before the next one's going may be read again */
};

static void go(struct kernel *k, void *rolling, int64_t unused);

static struct rolling *rolling_new(struct world *w, const struct scenario_fault *fault, struct fault_row *row, int n)
{
    struct rolling *r = ARENA_NEW(w->arena, struct rolling, 1);
    *r = (struct rolling){.world = w, .fault = fault, .row = row, .n = n};
    row->state = r;
    row->detected = w->calendar.now; /* it is on purpose */
    return r;
}

static void next(struct rolling *r, sim_time at)
{
    if (++r->at == r->n) {
        fault_over(r->world, r->row);
        return;
    }
    if (r->rewinds < at - r->world->calendar.now) faults_attend(r->world, at - r->rewinds);
    faults_attend(r->world, at);
    kernel_at(&r->world->calendar, at, 1, go, r, 0);
}

/* --- Brokers ----------------------------------------------------------------------------------------- */

static bool brokers_are_back(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row)
{
    (void)fault;
    for (int i = 0; i < row->brokers_n; i++)
        if (!w->cluster.brokers[row->brokers[i]].up) return false;
    return !controller_in_transit(w) && replication_complete(w);
}

static void look(struct kernel *k, void *rolling, int64_t unused)
{
    (void)unused;
    struct rolling *r = rolling;
    if (!(r->row->brokers_n > 0 ? brokers_are_back : group_is_back)(r->world, r->fault, r->row)) {
        kernel_after(k, LOOK_NS, 1, look, r, 0);
        return;
    }
    next(r, k->now + r->fault->pause_ns);
}

static void start_broker(struct kernel *k, void *rolling, int64_t unused)
{
    (void)unused;
    struct rolling *r = rolling;
    controller_broker_start(r->world, r->row->brokers[r->at], false, &r->row->events[r->at]);
    kernel_after(k, LOOK_NS, 1, look, r, 0);
}

static void restart_brokers(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    go(&w->calendar, rolling_new(w, fault, row, row->brokers_n), 0);
}

/* --- Instances of a group ---------------------------------------------------------------------------- */

static void start_instance(struct kernel *k, void *rolling, int64_t unused)
{
    (void)unused;
    struct rolling *r = rolling;
    group_return_instance(&r->world->groups[r->fault->group], r->at);
    kernel_after(k, LOOK_NS, 1, look, r, 0);
}

void fault_restart_instances(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    struct rolling *r = rolling_new(w, fault, row, w->groups[fault->group].in_service);
    r->rewinds = fault_rewinds_ns(w->scenario, fault);
    go(&w->calendar, r, 0);
}

/* --- Producers --------------------------------------------------------------------------------------- */

static struct producer *instance_of(const struct rolling *r)
{
    return &r->world->fleets[r->fault->producer].instances[r->at];
}

static void return_producer(struct kernel *k, void *rolling, int64_t unused)
{
    (void)unused;
    struct rolling *r = rolling;
    producer_returns(instance_of(r));
    next(r, k->now + r->fault->pause_ns);
}

static void redeploy(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    go(&w->calendar, rolling_new(w, fault, row, w->fleets[fault->producer].n), 0);
}

static bool producers_are_back(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row)
{
    (void)row;
    return w->fleets[fault->producer].here_n == w->fleets[fault->producer].n;
}

/* --- Any of them ------------------------------------------------------------------------------------------ */

static void go(struct kernel *k, void *rolling, int64_t unused)
{
    (void)unused;
    struct rolling *r = rolling;
    if (r->row->brokers_n > 0) {
        controller_broker_down(r->world, r->row->brokers[r->at], true, &r->row->events[r->at]);
        kernel_after(k, r->fault->for_ns, 1, start_broker, r, 0);
    } else if (r->fault->rolling) {
        fault_instance_goes(r->world, r->fault, r->row, r->at);
        kernel_after(k, r->fault->for_ns, 1, start_instance, r, 0);
    } else {
        producer_leaves(instance_of(r), false);
        kernel_after(k, r->fault->for_ns, 1, return_producer, r, 0);
    }
}

const struct fault_effect fault_rolling_restart = {.target = FAULT_ON_CLUSTER, .ends_unseen = true, .ends_itself = true,
                                                   .begin = restart_brokers, .whole = brokers_are_back};
const struct fault_effect fault_producer_redeploy = {.target = FAULT_ON_PRODUCER, .ends_unseen = true, .ends_itself = true,
                                                     .begin = redeploy, .whole = producers_are_back};
