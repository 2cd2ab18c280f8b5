/* volume.c: see volume.h. */
#include "volume.h"

#include "arena.h"
#include "controller.h"
#include "segments.h"

static const sim_time LOOK_NS_MAX = 30 * SIM_S;

/* A replica's part of the partition's log. */
static double replica_bytes(const struct partition *p, const struct replica *r)
{
    const int64_t start = segments_local_start(p), end = logcurve_end(&p->log);
    if (end <= start || r->leo <= start) return 0;
    return segments_local_bytes(p) * (r->leo < end ? (double)(r->leo - start) / (double)(end - start) : 1);
}

static void look(struct world *w)
{
    struct cluster *c = &w->cluster;
    const double size = (double)w->scenario->cluster.storage_size_bytes;
    for (int b = 0; b < c->brokers_n; b++) c->brokers[b].volume.held_bytes = c->brokers[b].volume.other_bytes;
    for (int i = 0; i < c->partitions_n; i++) {
        const struct partition *p = &c->partitions[i];
        for (int r = 0; r < p->replicas_n; r++)
            c->brokers[p->replicas[r].broker].volume.held_bytes += replica_bytes(p, &p->replicas[r]);
    }
    const double before = c->fullest_volume;
    c->fullest_volume = 0;
    for (int b = 0; b < c->brokers_n; b++) {
        struct broker *broker = &c->brokers[b];
        const double share = broker->volume.held_bytes / size;
        if (share > c->fullest_volume) c->fullest_volume = share;
        if (share < 1 || !broker->up || broker->volume.full) continue;
        broker->volume.full = true;
        broker->volume.full_at = world_scenario_time(w, w->calendar.now);
        if (!broker->volume.events) broker->volume.events = ARENA_NEW(w->arena, struct controller_events, 1);
        controller_broker_down(w, b, false, broker->volume.events);
    }
    /* Again when half of the time has passed in which the fullest would be full. */
    const double ns = (double)(w->calendar.now - w->volumes_looked_at), grown = c->fullest_volume - before;
    const double left_ns = grown > 0 ? (1 - c->fullest_volume) / grown * ns : (double)LOOK_NS_MAX;
    w->volumes_looked_at = w->calendar.now;
    w->volumes_look_at = w->calendar.now + (left_ns / 2 < (double)LOOK_NS_MAX ? (sim_time)(left_ns / 2) : LOOK_NS_MAX);
}

void volumes_slice_end(struct world *w)
{
    if (w->slice_end >= w->volumes_look_at) look(w);
}

void volume_fill(struct world *w, struct broker *b, double bytes, struct controller_events *events)
{
    b->volume.other_bytes = bytes;
    b->volume.events = events;
    look(w);
}

void volume_clear(struct world *w, struct broker *b)
{
    b->volume.other_bytes = 0;
    if (b->volume.full) controller_broker_start(w, b->id, false, b->volume.events);
    b->volume.full = false;
    b->volume.events = NULL;
    look(w);
}
