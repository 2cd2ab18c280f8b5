/* reassignment.c: see reassignment.h. */
#include "reassignment.h"

#include <math.h>

#include "arena.h"
#include "broker.h"
#include "check.h"
#include "cluster.h"
#include "controller.h"
#include "reassignment_plan.h"
#include "replication.h"
#include "segments.h"
#include "token_bucket.h"

static const sim_time LOOK_NS = 10 * SIM_S;     /* execution.progress.check.interval.ms */
static const sim_time METADATA_NS = 50 * SIM_MS; /* from a replica's being in sync to everybody's knowing the new ones */
static const double THROTTLE_S = 10;             /* of whole samples */
static const double RATE_S = 30;                 /* rates are smoothed over so long */

enum movement_state { MOVEMENT_WAITS, MOVEMENT_UNDER_WAY, MOVEMENT_DONE };
struct movement {
    struct replica_move move;
    enum movement_state state;
    int64_t reached; /* absolute: what is counted as moved */
};

struct throttle { /* of a broker */
    struct token_bucket sends, receives;
};

struct reassignment {
    struct world *world;
    struct reassignment_options options;
    struct reassignment_plan plan;
    struct movement *movements; /* [plan.moves_n] */
    int first_left;             /* those before it are done */
    int *into, *out_of;         /* [brokers] under way */
    bool *moves;                /* [partitions] a replica of it is under way */
    struct throttle *throttles; /* [brokers]; NULL: there is none */
    bool finishes;              /* an event comes that takes away what is replaced */
    struct reassignment_counts counts;
};

/* --- What has moved ------------------------------------------------------------------------------------- */

static struct partition *partition_of(const struct reassignment *r, const struct movement *m)
{
    return &r->world->cluster.partitions[m->move.partition];
}

static struct replica *added_replica(const struct reassignment *r, const struct movement *m)
{
    struct partition *p = partition_of(r, m);
    const int slot = partition_slot_of(p, m->move.to);
    CHECK(slot != NO_SLOT && p->replicas[slot].adding, "partition %d: no replica is added on broker %d", m->move.partition, m->move.to);
    return &p->replicas[slot];
}

/* Returns the bytes that have come since the last time. */
static double note(struct reassignment *r, struct movement *m)
{
    struct world *w = r->world;
    const struct partition *p = partition_of(r, m);
    const int64_t now = added_replica(r, m)->leo + p->base_offset;
    const double bytes = now > m->reached ? segments_bytes_between(p, m->reached, now) : 0; /* a disk was lost, a log was cut */
    m->reached = now;
    r->counts.moved_bytes += bytes;
    const struct broker *leader = partition_leader(w, p);
    if (leader && leader->zone != w->cluster.brokers[m->move.to].zone) r->counts.cross_zone_bytes += bytes;
    return bytes;
}

void reassignment_slice_end(struct world *w)
{
    struct reassignment *r = w->reassignment;
    const double seconds = sim_seconds(w->slice_end - w->slice_start), part = fmin(1, seconds / RATE_S);
    double came = 0, behind = 0;
    for (int i = r->first_left; i < r->plan.moves_n; i++) {
        struct movement *m = &r->movements[i];
        if (m->state != MOVEMENT_UNDER_WAY) continue;
        const struct partition *p = partition_of(r, m);
        came += note(r, m);
        behind += segments_bytes_between(p, m->reached, logcurve_end(&p->log) + p->base_offset);
    }
    struct reassignment_counts *c = &r->counts;
    const double written = fmax(0, behind - c->behind_bytes + came);
    c->behind_bytes = behind;
    c->arriving_bytes_per_s += part * (came / seconds - c->arriving_bytes_per_s);
    c->incoming_bytes_per_s += part * (written / seconds - c->incoming_bytes_per_s);
}

void reassignment_region_returned(struct world *w)
{
    struct reassignment *r = w->reassignment;
    for (int i = 0; r && i < r->plan.moves_n; i++) {
        struct movement *m = &r->movements[i];
        if (m->state == MOVEMENT_UNDER_WAY) m->reached = added_replica(r, m)->leo + partition_of(r, m)->base_offset;
    }
}

struct reassignment_counts reassignment_counts(const struct reassignment *r)
{
    return r->counts;
}

/* --- The throttle --------------------------------------------------------------------------------------- */

bool reassignment_throttles(const struct world *w, int leader, int follower)
{
    const struct reassignment *r = w->reassignment;
    if (!r || !r->throttles) return false;
    return token_bucket_level(&r->throttles[leader].sends, w->data.now) < 0 ||
           token_bucket_level(&r->throttles[follower].receives, w->data.now) < 0;
}

void reassignment_sent(struct world *w, int leader, int follower, double bytes)
{
    struct reassignment *r = w->reassignment;
    if (!r || !r->throttles) return;
    struct token_bucket *each[] = {&r->throttles[leader].sends, &r->throttles[follower].receives};
    for (int i = 0; i < 2; i++) {
        token_bucket_take(each[i], w->data.now, bytes);
        each[i]->level = fmax(each[i]->level, -each[i]->burst); /* older samples are forgotten */
    }
}

static void throttles_init(struct reassignment *r)
{
    const struct world *w = r->world;
    const double rate = r->options.throttle_bytes_per_s;
    if (rate <= 0) return;
    r->throttles = ARENA_NEW(w->arena, struct throttle, (size_t)w->cluster.brokers_n);
    for (int b = 0; b < w->cluster.brokers_n; b++) {
        struct token_bucket *each[] = {&r->throttles[b].sends, &r->throttles[b].receives};
        for (int i = 0; i < 2; i++) {
            token_bucket_init(each[i], rate, THROTTLE_S * rate);
            each[i]->at = w->data.now;
        }
    }
}

/* --- What is read --------------------------------------------------------------------------------------- */

bool reassignment_is_cached(const struct world *w, const struct partition *p, const struct replica *r, const struct broker *leader)
{
    if (leader->cache.since == INT64_MIN) return true;
    const sim_time age = world_scenario_time(w, world_calendar(w, w->data.now)) - segments_time_at(w, p, r->leo + p->base_offset);
    return age <= w->data.now - leader->cache.since;
}

/* --- Taking the old ones away ------------------------------------------------------------------------------ */

static bool is_disturbed(const struct world *w)
{
    return w->controller_absent > 0 || w->cluster.cut_zone != NO_ZONE || w->cluster.mirrored != NULL;
}

/* The old leader goes: the first that is in sync and alive, in the order of those that stay. NO_SLOT: there is none. */
static int next_leader(const struct world *w, const struct partition *p, int old, int added)
{
    for (int r = 0; r < p->replicas_n; r++) {
        const int slot = r == old ? added : r;
        if (r == added || !p->replicas[slot].in_isr || !w->cluster.brokers[p->replicas[slot].broker].up) continue;
        return slot;
    }
    return NO_SLOT;
}

/* Returns whether its leader changed. */
static bool replace(struct reassignment *r, struct movement *m)
{
    struct world *w = r->world;
    struct partition *p = partition_of(r, m);
    const int old = partition_slot_of(p, m->move.from), added = partition_slot_of(p, m->move.to), i = m->move.partition;
    CHECK(old != NO_SLOT && added == p->replicas_n - 1, "partition %d: broker %d in slot %d is replaced by %d in slot %d", i, m->move.from,
          old, m->move.to, added);
    const int led_by = p->replicas[p->leader].broker;
    const bool leads = p->leader == old;
    if (leads) controller_hand_over(w, p, next_leader(w, p, old, added));
    for (int s = 0; s < p->replicas_n; s++) {
        replication_unfollow(w, i, p->replicas[s].broker, led_by);
        replication_unfollow(w, i, p->replicas[s].broker, p->replicas[p->leader].broker);
    }
    p->replicas[old] = p->replicas[added];
    p->replicas[old].adding = false;
    p->replicas_n--;
    if (p->leader == added) p->leader = old;
    broker_advance_hw(w, p);
    for (int s = 0; s < p->replicas_n; s++)
        if (s != p->leader) replication_follow(w, i, s);
    return leads;
}

static void finish(struct reassignment *r)
{
    struct world *w = r->world;
    bool leaders = false, any = false;
    if (is_disturbed(w)) return;
    for (int i = r->first_left; i < r->plan.moves_n; i++) {
        struct movement *m = &r->movements[i];
        if (m->state != MOVEMENT_UNDER_WAY) continue;
        const struct partition *p = partition_of(r, m);
        if (p->leader == NO_SLOT || !added_replica(r, m)->in_isr || !w->cluster.brokers[m->move.to].up) continue;
        note(r, m);
        leaders |= replace(r, m);
        any = true;
        m->state = MOVEMENT_DONE;
        r->moves[m->move.partition] = false;
        r->into[m->move.to]--;
        r->out_of[m->move.from]--;
        r->counts.under_way--;
        r->counts.moved++;
    }
    while (r->first_left < r->plan.moves_n && r->movements[r->first_left].state == MOVEMENT_DONE) r->first_left++;
    if (leaders || (any && w->rack_aware)) cluster_tell_clients(w);
}

static void in_sync(struct kernel *k, void *reassignment, int64_t unused)
{
    (void)k;
    (void)unused;
    struct reassignment *r = reassignment;
    r->finishes = false;
    if (r->world->reassignment == r) finish(r);
}

void reassignment_in_sync(struct world *w)
{
    struct reassignment *r = w->reassignment;
    if (!r || r->finishes) return;
    r->finishes = true;
    kernel_after(&w->data, METADATA_NS, 1, in_sync, r, 0);
}

/* --- One after another ------------------------------------------------------------------------------------- */

static bool may_begin(const struct reassignment *r, const struct movement *m)
{
    const struct partition *p = partition_of(r, m);
    const int most = r->options.movements;
    if (most != SCENARIO_AUTO && (r->into[m->move.to] >= most || r->out_of[m->move.from] >= most)) return false;
    if (p->leader == NO_SLOT || r->moves[m->move.partition] || !r->world->cluster.brokers[m->move.to].up) return false;
    return partition_isr_count(p) == p->replicas_n;
}

static void begin(struct reassignment *r, struct movement *m)
{
    struct world *w = r->world;
    struct partition *p = partition_of(r, m);
    CHECK(p->replicas_n < REPLICAS_MAX, "partition %d has %d replicas", m->move.partition, p->replicas_n);
    const int64_t start = segments_local_start(p);
    p->replicas[p->replicas_n++] = (struct replica){
        .broker = m->move.to, .leo = start, .hw = start, .known_leo = start, .caught_up_at = w->data.now, .adding = true};
    m->reached = start + p->base_offset;
    m->state = MOVEMENT_UNDER_WAY;
    r->moves[m->move.partition] = true;
    r->into[m->move.to]++;
    r->out_of[m->move.from]++;
    r->counts.under_way++;
    r->counts.behind_bytes += segments_local_bytes(p);
    replication_follow(w, m->move.partition, p->replicas_n - 1);
}

/* Replicas stand in the order that the plan gives them. */
static void put_in_order(struct world *w, const struct reassignment_plan *plan)
{
    for (int i = 0; i < w->cluster.partitions_n; i++) {
        struct partition *p = &w->cluster.partitions[i];
        const int *order = &plan->order[(size_t)i * REPLICAS_MAX];
        for (int s = 0; s < p->replicas_n; s++) {
            const int at = partition_slot_of(p, order[s]);
            CHECK(at >= s, "partition %d: broker %d is in slot %d, not %d", i, order[s], at, s);
            if (at == s) continue;
            const struct replica other = p->replicas[s];
            p->replicas[s] = p->replicas[at];
            p->replicas[at] = other;
            if (p->leader == at)
                p->leader = s;
            else if (p->leader == s)
                p->leader = at;
        }
    }
}

static void look(struct kernel *k, void *reassignment, int64_t unused)
{
    (void)unused;
    struct reassignment *r = reassignment;
    struct world *w = r->world;
    finish(r);
    if (!is_disturbed(w)) {
        for (int i = r->first_left; i < r->plan.moves_n; i++)
            if (r->movements[i].state == MOVEMENT_WAITS && may_begin(r, &r->movements[i])) begin(r, &r->movements[i]);
        if (r->first_left == r->plan.moves_n) {
            put_in_order(w, &r->plan);
            controller_elect_preferred(w);
            cluster_leadership_changed(w);
            w->reassignment = NULL;
            r->options.over(r->options.context);
            return;
        }
    }
    kernel_after(k, LOOK_NS, 1, look, r, 0);
}

struct reassignment *reassignment_begin(struct world *w, const struct reassignment_options *options)
{
    CHECK(!w->reassignment, "a reassignment begins while another is under way");
    struct reassignment *r = ARENA_NEW(w->arena, struct reassignment, 1);
    r->world = w;
    r->options = *options;
    reassignment_plan_make(w, options->first_new, &r->plan);
    r->movements = ARENA_NEW(w->arena, struct movement, (size_t)r->plan.moves_n);
    r->into = ARENA_NEW(w->arena, int, (size_t)w->cluster.brokers_n);
    r->out_of = ARENA_NEW(w->arena, int, (size_t)w->cluster.brokers_n);
    r->moves = ARENA_NEW(w->arena, bool, (size_t)w->cluster.partitions_n);
    r->counts.replicas = r->plan.moves_n;
    for (int i = 0; i < r->plan.moves_n; i++) {
        r->movements[i].move = r->plan.moves[i];
        r->counts.to_move_bytes += segments_local_bytes(&w->cluster.partitions[r->plan.moves[i].partition]);
    }
    throttles_init(r);
    w->reassignment = r;
    kernel_at(&w->calendar, w->calendar.now, 1, look, r, 0);
    return r;
}
