/* fraction.c: which fraction of the next slice is simulated; see fraction.h. */
#include "fraction.h"

#include <math.h>

#include "controller.h"
#include "faults.h"
#include "group.h"
#include "hot_keys.h"
#include "replication.h"
#include "telemetry.h"
#include "undecodable.h"
#include "workload.h"

static const sim_time PILOT_NS = 20 * SIM_S;
static const sim_time BEHIND_NS = 3 * SIM_S;
static const sim_time BACKLOG_NS = SIM_S;
static const sim_time SETTLE_NS_MAX = 60 * SIM_S; /* five relaxation times, but no longer */
static const sim_time DRAINS_NS = 30 * SIM_S, DRAINED_NS = 50 * SIM_MS;
static const double FLUID = 0.25; /* while a broker catches up */
/* A run sees so many seconds of its data plane at least, within these shares. */
static const double SEEN_S = 144, LEAST = 0.002, LEAST_MAX = 0.01;
/* Records in a close-up of LEAST_MAX; of others in proportion. */
static const double RECORDS_SEEN = 5000;

void fraction_init(struct world *w, struct fraction *f)
{
    double least = w->scenario->run.fraction;
    if (least <= 0 && w->scenario->run.table) least = LEAST_MAX; /* few seconds are steady, and count for all */
    if (least <= 0) least = fmin(LEAST_MAX, fmax(LEAST, SEEN_S / sim_seconds(w->scenario->run.duration_ns)));
    *f = (struct fraction){.least = w->resolution == RESOLUTION_SAMPLED ? least : 1, .stages_n = BROKER_RESOURCES + w->scenario->groups_n};
    fluid_init(w, &f->fluid);
}

/* What a record costs at each stage, from the pilot's busy times: a property of the work, not of the queues. */
static void note_work(const struct world *w, struct fraction *f)
{
    double records = (double)w->workload.produced;
    if (records <= 0) return;
    for (int i = 0; i < f->stages_n; i++) {
        double most = 0, service = 0;
        const bool of_broker = i < BROKER_RESOURCES;
        const struct group *group = of_broker ? NULL : &w->groups[i - BROKER_RESOURCES];
        int units = of_broker ? w->cluster.brokers_n : group->consumers_n;
        for (int u = 0; u < units; u++) {
            double busy, served, servers = 1;
            if (of_broker) {
                busy = broker_resource_accepted_ns(&w->cluster.brokers[u], i, &served);
                servers = broker_resource_servers(&w->cluster.brokers[u], i);
            } else {
                busy = group->consumers[u].cpu.busy_ns;
                served = (double)group->consumers[u].cpu.served;
            }
            if (busy / servers > most) {
                most = busy / servers;
                service = served > 0 ? busy / served * 1e-9 : 0;
            }
        }
        f->work[i] = most * 1e-9 / records;
        f->service_s[i] = service;
    }
    f->pilot_done = true;
}

static double relaxation_s(const struct fraction *f, int stage, double rho)
{
    double tau = 2 * f->service_s[stage] / ((1 - rho) * (1 - rho));
    return tau < 60 ? tau : 60;
}

static bool producers_hold_old(const struct world *w)
{
    for (int i = 0; i < w->scenario->producers_n; i++) {
        sim_time oldest = w->data.now - w->scenario->producers[i].config.linger_ns - BEHIND_NS;
        for (int j = 0; j < w->fleets[i].n; j++) {
            const struct producer *p = &w->fleets[i].instances[j];
            if (p->blocked || p->oldest < oldest) return true;
        }
    }
    return false;
}

/* Work that a resource will be at for longer than any stationary queue. */
static bool resources_hold_backlog(const struct world *w)
{
    sim_time now = w->data.now;
    for (int b = 0; b < w->cluster.brokers_n; b++) {
        const struct broker *broker = &w->cluster.brokers[b];
        if (!broker->up) continue;
        if (link_backlog(&broker->network_in, now) > BACKLOG_NS || link_backlog(&broker->network_out, now) > BACKLOG_NS ||
            link_backlog(&broker->disk_operations, now) > BACKLOG_NS || pool_backlog(&broker->cpu, now) > BACKLOG_NS || pool_backlog(&broker->io_threads, now) > BACKLOG_NS ||
            pool_backlog(&broker->network_threads, now) > BACKLOG_NS)
            return true;
    }
    return false;
}

/* Disks have to write what a catch-up left. The last of it is followed to its end, for a while: a second of it, kept by
 * skips, would last for minutes. */
static bool disks_hold_backlog(const struct world *w, struct fraction *f, sim_time from, sim_time to)
{
    const sim_time most = fluid_disk_backlog(w);
    if (most > FLUID_BACKLOG_NS) f->drains_until = to + DRAINS_NS;
    return most > FLUID_BACKLOG_NS || (from < f->drains_until && most > DRAINED_NS);
}

/* What the rates over [from, to) of the scenario's clock ask for. Raises *longest to the longest relaxation time; false:
 * a stage is full. */
static bool by_rates(const struct world *w, const struct fraction *f, sim_time from, sim_time to, double *fraction,
                     double *longest)
{
    double load = workload_rate(w, from), next = workload_rate(w, to), dt = sim_seconds(to - from);
    bool room = true;
    for (int i = 0; i < f->stages_n; i++) {
        /* A broker that is down leaves its share to the others. */
        double spread = 1;
        if (i < BROKER_RESOURCES) {
            int up = 0;
            double slowest = 1;
            for (int b = 0; b < w->cluster.brokers_n; b++) {
                const struct broker *broker = &w->cluster.brokers[b];
                up += broker->up;
                slowest = fmax(slowest, i == BROKER_DISK ? broker->slow_disk : i == BROKER_NETWORK ? broker->slow_network : broker->slow_cpu);
            }
            spread = (double)w->cluster.brokers_n / (up > 0 ? up : 1) * slowest;
        }
        spread *= hot_keys_concentration(w, i < BROKER_RESOURCES ? -1 : i - BROKER_RESOURCES, from);
        double rho = f->work[i] * load * spread, change = fabs(f->work[i] * (next - load)) * spread;
        if (rho > 0.995) {
            room = false;
            continue;
        }
        double tau = relaxation_s(f, i, rho);
        if (tau > *longest) *longest = tau;
        double wanted = 10 * tau * change / ((1 - rho) * dt);
        if (wanted > *fraction) *fraction = wanted;
    }
    return room;
}

bool fraction_is_steady(const struct world *w, const struct fraction *f, sim_time from, sim_time to, sim_time before)
{
    double fraction = 0, longest = 0;
    return !faults_near(w, from, to + before) && by_rates(w, f, from, to, &fraction, &longest) && fraction < 1;
}

void fraction_hold(const struct world *w, struct fraction *f)
{
    f->hold_until = w->slice_end + FRACTION_SETTLE_NS;
}

double fraction_of_slice(struct world *w, struct fraction *f, sim_time from, sim_time to)
{
    f->held = from < PILOT_NS;
    if (f->least >= 1) return 1;
    if (from < PILOT_NS) return 1;
    if (!f->pilot_done) note_work(w, f);
    const sim_time at = world_scenario_time(w, from), until = world_scenario_time(w, to);
    double load = workload_rate(w, at), dt = sim_seconds(to - from);
    double fraction = f->least, longest = 0;
    const double seen = w->scenario->run.fraction > 0 ? 0 : RECORDS_SEEN * f->least / LEAST_MAX;
    if (load * dt * fraction < seen) fraction = load > 0 ? fmin(1, seen / (load * dt)) : 1;
    bool transient = faults_near(w, at, until) || undecodable_goes_on(w, -1);
    if (!by_rates(w, f, at, until, &fraction, &longest)) transient = true;
    for (int g = 0; g < w->scenario->groups_n && !transient; g++) transient = group_reads_old(&w->groups[g], BEHIND_NS);
    if (!transient) transient = controller_in_transit(w) || producers_hold_old(w) || resources_hold_backlog(w);
    const bool behind = !replication_complete(w), dirty = disks_hold_backlog(w, f, from, to);
    if (!behind) f->fluid.seen = false;
    f->catching_up = behind || dirty;
    if (f->catching_up && fraction < FLUID) fraction = FLUID;
    if (behind && !fluid_holds(&f->fluid)) fraction = 1;
    if (w->cluster.leadership_epoch != f->leadership_epoch) {
        f->leadership_epoch = w->cluster.leadership_epoch;
        transient = true;
    }
    if (transient) {
        sim_time settle = (sim_time)(5 * longest * 1e9);
        if (settle < FRACTION_SETTLE_NS) settle = FRACTION_SETTLE_NS;
        if (settle > SETTLE_NS_MAX) settle = SETTLE_NS_MAX;
        f->hold_until = to + settle;
    }
    f->held = transient || f->catching_up || from < f->hold_until;
    if (transient || from < f->hold_until || fraction > 1) return 1;
    return fraction;
}
