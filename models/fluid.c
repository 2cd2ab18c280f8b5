/* fluid.c: see fluid.h. */
#include "fluid.h"

#include <math.h>

#include "arena.h"

/* Of a lag or a backlog a skip takes no more than this share; a lag that is closed sooner is left to the close-up. */
static const double CARRIED_MAX = 0.9;
static const sim_time TURN_NS = SIM_S / 4; /* close-up and skip, of the calendar */
static const double SECONDS_LEFT = 3; /* more than a slice, at the rate of now */
static const double TOO_FAR_MAX = 0.1; /* of all that is gained */

void fluid_init(struct world *w, struct fluid *f)
{
    *f = (struct fluid){
        .lags = ARENA_NEW(w->arena, int64_t, (size_t)w->cluster.partitions_n * REPLICAS_MAX),
        .disks = ARENA_NEW(w->arena, sim_time, (size_t)w->cluster.brokers_max),
    };
}

sim_time fluid_disk_backlog(const struct world *w)
{
    sim_time most = 0;
    for (int b = 0; b < w->cluster.brokers_n; b++) {
        const struct broker *broker = &w->cluster.brokers[b];
        const sim_time backlog = broker->up ? link_backlog(&broker->disk, w->data.now) : 0;
        if (backlog > most) most = backlog;
    }
    return most;
}

/* Records that a replica which follows is behind; -1: it is in sync, or does not follow. */
static int64_t lag_of(const struct world *w, const struct partition *p, int slot)
{
    const struct replica *r = &p->replicas[slot];
    if (p->leader == NO_SLOT || slot == p->leader || r->in_isr || !w->cluster.brokers[r->broker].up) return -1;
    const int64_t lag = p->replicas[p->leader].leo - r->leo;
    return lag > 0 ? lag : 0;
}

void fluid_before(struct world *w, struct fluid *f)
{
    for (int i = 0; i < w->cluster.partitions_n; i++) {
        const struct partition *p = &w->cluster.partitions[i];
        for (int r = 0; r < REPLICAS_MAX; r++)
            f->lags[i * REPLICAS_MAX + r] = r < p->replicas_n ? lag_of(w, p, r) : -1;
    }
    for (int b = 0; b < w->cluster.brokers_n; b++) {
        const sim_time backlog = link_backlog(&w->cluster.brokers[b].disk, w->data.now);
        f->disks[b] = backlog > FLUID_BACKLOG_NS ? backlog : -1;
    }
}

int64_t fluid_turns(sim_time slice_ns)
{
    return (slice_ns + TURN_NS - 1) / TURN_NS;
}

void fluid_after(struct world *w, struct fluid *f, sim_time piece_ns, sim_time skip_ns)
{
    const double times = (double)skip_ns / (double)piece_ns;
    const double all_ns = (double)(piece_ns + skip_ns), turn_ns = fmin(all_ns, (double)TURN_NS);
    double gained = 0, too_far = 0;
    f->behind = 0;
    f->seen = false;
    for (int i = 0; i < w->cluster.partitions_n; i++) {
        struct partition *p = &w->cluster.partitions[i];
        for (int slot = 0; slot < p->replicas_n; slot++) {
            const int64_t before = f->lags[i * REPLICAS_MAX + slot], lag = lag_of(w, p, slot);
            if (before < 0 || lag < 0) continue;
            struct replica *r = &p->replicas[slot];
            const double a_turn = (double)(before - lag) * turn_ns / (double)piece_ns;
            if (a_turn > CARRIED_MAX * (double)lag) too_far += a_turn - CARRIED_MAX * (double)lag;
            double by = (double)(before - lag) * times;
            if (by > CARRIED_MAX * (double)lag) by = CARRIED_MAX * (double)lag;
            r->leo += llround(by);
            r->known_leo += llround(by);
            r->caught_up_at -= skip_ns; /* what it reads next is older by the skip */
            gained += (double)(before - lag) + by;
            f->behind += lag - llround(by);
            f->seen = true;
        }
    }
    f->gain_per_s = gained / (all_ns * 1e-9);
    f->too_far_per_s = too_far / (turn_ns * 1e-9);
    for (int b = 0; b < w->cluster.brokers_n && skip_ns > 0; b++) {
        struct link *disk = &w->cluster.brokers[b].disk;
        const sim_time backlog = link_backlog(disk, w->data.now);
        if (f->disks[b] < 0 || backlog <= 0) continue;
        double by = (double)(backlog - f->disks[b]) * times;
        if (by < -CARRIED_MAX * (double)backlog) by = -CARRIED_MAX * (double)backlog;
        fifo_carry(&disk->fifo, llround(by));
    }
}

bool fluid_holds(const struct fluid *f)
{
    return f->seen && f->gain_per_s > 0 && f->too_far_per_s <= TOO_FAR_MAX * f->gain_per_s &&
           (double)f->behind > SECONDS_LEFT * f->gain_per_s;
}
