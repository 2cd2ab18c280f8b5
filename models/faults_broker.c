/* faults_broker.c: what happens to brokers; see fault_effects.h. */
#include "fault_effects.h"

#include "arena.h"
#include "faults.h"
#include "group.h"
#include "producer.h"
#include "replication.h"
#include "scenario_build.h"
#include "volume.h"

static void down(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    for (int i = 0; i < row->brokers_n; i++) controller_broker_down(w, row->brokers[i], fault->clean, &row->events[i]);
}

static void start(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    for (int i = 0; i < row->brokers_n; i++) controller_broker_start(w, row->brokers[i], fault->data_lost, &row->events[i]);
}

static bool is_back(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row)
{
    (void)fault;
    for (int i = 0; i < row->brokers_n; i++)
        if (!w->cluster.brokers[row->brokers[i]].up) return false;
    return !controller_in_transit(w) && replication_complete(w);
}

static void check_broker(struct scenario_build *build, int i)
{
    const struct scenario *s = build->scenario;
    const char *broker = AT("faults[%d].broker", i);
    if (scenario_is_given(build, broker) && s->cluster.brokers && s->faults[i].broker >= s->cluster.brokers_max)
        scenario_mistake(build, broker, "is %d but the brokers are 0 to %d", s->faults[i].broker, s->cluster.brokers_max - 1);
    for (int j = 0; j < s->faults[i].brokers_n && s->cluster.brokers; j++)
        if (s->faults[i].brokers[j] >= s->cluster.brokers_max)
            scenario_mistake(build, AT("faults[%d].brokers[%d]", i, j), "is %d but the brokers are 0 to %d", s->faults[i].brokers[j],
                             s->cluster.brokers_max - 1);
}

static void check_down(struct scenario_build *build, int i)
{
    if (!scenario_is_given(build, AT("faults[%d].for", i)) && !scenario_is_given(build, AT("faults[%d].mttr", i)))
        scenario_mistake(build, AT("faults[%d].for", i), "is missing: how long is the broker down?");
    check_broker(build, i);
}

/* --- One whose disk is full -------------------------------------------------------------------------- */

static void fill_up(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    const double bytes = fault->fill * (double)w->scenario->cluster.storage_size_bytes;
    for (int i = 0; i < row->brokers_n; i++) volume_fill(w, &w->cluster.brokers[row->brokers[i]], bytes, &row->events[i]);
}

static void clear_up(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    (void)fault;
    for (int i = 0; i < row->brokers_n; i++) volume_clear(w, &w->cluster.brokers[row->brokers[i]]);
}

const struct fault_effect fault_disk_full = {
    .target = FAULT_ON_BROKER, .ends_unseen = true, .begin = fill_up, .end = clear_up, .whole = is_back, .check = check_broker};

/* --- A slow one ------------------------------------------------------------------------------------- */

static void scale(struct link *link, double by)
{
    link_set_rate(link, 1e9 / link->ns_per_byte / by);
}

static void slow_broker(struct broker *b, const struct scenario_fault *fault, double by)
{
    switch (fault->what) {
    case FAULT_OF_CPU: b->slow_cpu *= by; break;
    case FAULT_OF_DISK:
        b->slow_disk *= by;
        scale(&b->disk, by);
        scale(&b->disk_operations, by);
        break;
    case FAULT_OF_NETWORK:
        b->slow_network *= by;
        scale(&b->network_in, by);
        scale(&b->network_out, by);
        break;
    }
}

static void slow_by(struct world *w, const struct scenario_fault *fault, const struct fault_row *row, double by)
{
    for (int i = 0; i < row->brokers_n; i++) slow_broker(&w->cluster.brokers[row->brokers[i]], fault, by);
}

/* Nobody notices by a timeout: it is there all the while. */
static void slow_down(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    for (int i = 0; i < row->brokers_n; i++) row->events[i].detected = w->calendar.now;
    slow_by(w, fault, row, fault->factor);
}

static void speed_up(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    slow_by(w, fault, row, 1 / fault->factor);
}

static bool has_caught_up(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row)
{
    (void)fault;
    (void)row;
    return !controller_in_transit(w) && replication_complete(w);
}

/* --- All of a zone ----------------------------------------------------------------------------------- */

static struct producer *producer_in_zone(struct world *w, int zone, int fleet, int instance)
{
    struct producer *p = &w->fleets[fleet].instances[instance];
    return p->zone == zone ? p : NULL;
}

/* The instances of a group that were alive there. */
static bool *instances_in_zone(struct world *w, const struct group *g, int zone)
{
    bool *struck = ARENA_NEW(w->arena, bool, (size_t)g->instances_n);
    for (int i = 0; i < g->consumers_n; i++)
        if (g->consumers[i].zone == zone && g->consumers[i].alive && g->running) struck[g->consumers[i].instance] = true;
    return struck;
}

struct zone_struck { /* by a fault */
    bool *instances[SCENARIO_GROUPS_MAX];
    sim_time noticed[SCENARIO_GROUPS_MAX]; /* by the group's coordinator */
};

static void zone_goes(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    struct zone_struck *struck = ARENA_NEW(w->arena, struct zone_struck, 1);
    row->state = struck;
    for (int f = 0; f < w->scenario->producers_n; f++) {
        for (int i = 0; i < w->fleets[f].n; i++)
            if (producer_in_zone(w, fault->zone, f, i)) producer_leaves(producer_in_zone(w, fault->zone, f, i), true);
    }
    for (int g = 0; g < w->scenario->groups_n; g++) {
        struct group *group = &w->groups[g];
        struck->instances[g] = instances_in_zone(w, group, fault->zone);
        for (int i = 0; i < group->instances_n; i++)
            if (struck->instances[g][i]) group_crash_instance(group, i, &struck->noticed[g]);
    }
    down(w, fault, row);
}

static void zone_returns(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    const struct zone_struck *struck = row->state;
    start(w, fault, row);
    for (int f = 0; f < w->scenario->producers_n; f++) {
        for (int i = 0; i < w->fleets[f].n; i++)
            if (producer_in_zone(w, fault->zone, f, i)) producer_returns(producer_in_zone(w, fault->zone, f, i));
    }
    for (int g = 0; g < w->scenario->groups_n; g++) {
        for (int i = 0; i < w->groups[g].instances_n; i++)
            if (struck->instances[g][i]) group_return_instance(&w->groups[g], i);
    }
}

static bool zone_is_back(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row)
{
    const struct zone_struck *struck = row->state;
    for (int g = 0; g < w->scenario->groups_n; g++) {
        for (int i = 0; i < group_threads(&w->groups[g]); i++)
            if (struck->instances[g][w->groups[g].consumers[i].instance] && !w->groups[g].consumers[i].alive) return false;
    }
    return is_back(w, fault, row);
}

static sim_time most_between_commits(const struct scenario *s, const struct scenario_fault *fault)
{
    sim_time most = 0;
    (void)fault;
    for (int g = 0; g < s->groups_n; g++) {
        const sim_time between = fault_between_commits_ns(&s->groups[g]);
        if (between > most) most = between;
    }
    return most;
}

static void check_zone(struct scenario_build *build, int i)
{
    const struct scenario *s = build->scenario;
    const char *zone = AT("faults[%d].zone", i);
    if (scenario_is_given(build, zone) && s->cluster.zones && s->faults[i].zone >= s->cluster.zones)
        scenario_mistake(build, zone, "is %d but the zones are 0 to %d", s->faults[i].zone, s->cluster.zones - 1);
}

/* --- A zone that is cut off -------------------------------------------------------------------------- */

struct cut_instance { /* of a group, in the zone */
    struct fault_row *row;
    struct zone_struck *struck;
    int group, instance;
};

static bool is_running(const struct group *g, int instance)
{
    for (int i = 0; i < g->consumers_n; i++)
        if (g->consumers[i].instance == instance && !g->consumers[i].alive) return false;
    return g->running;
}

static void session_over(struct kernel *k, void *cut_instance, int64_t unused)
{
    (void)k;
    (void)unused;
    const struct cut_instance *of = cut_instance;
    struct group *g = &of->row->world->groups[of->group];
    if (of->row->until != SIM_NEVER || !is_running(g, of->instance)) return;
    of->struck->instances[of->group][of->instance] = true;
    group_expel_instance(g, of->instance, &of->struck->noticed[of->group]);
}

static void zone_is_cut(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    struct zone_struck *struck = ARENA_NEW(w->arena, struct zone_struck, 1);
    row->state = struck;
    controller_zone_cut(w, fault->zone, row->at + row->for_ns, row->brokers, row->brokers_n, row->events);
    for (int g = 0; g < w->scenario->groups_n; g++) {
        const struct group *group = &w->groups[g];
        const bool *there = instances_in_zone(w, group, fault->zone);
        struck->instances[g] = ARENA_NEW(w->arena, bool, (size_t)group->instances_n);
        for (int i = 0; i < group->instances_n; i++) {
            if (!there[i]) continue;
            struct cut_instance *of = ARENA_NEW(w->arena, struct cut_instance, 1);
            *of = (struct cut_instance){row, struck, g, i};
            const sim_time over = group_instance_expires(group, i);
            kernel_at(&w->calendar, over > row->at ? over : row->at, 1, session_over, of, 0);
        }
    }
}

static void zone_joins(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    const struct zone_struck *struck = row->state;
    (void)fault;
    controller_zone_joins(w, row->brokers, row->brokers_n, row->events);
    for (int g = 0; g < w->scenario->groups_n; g++) {
        for (int i = 0; i < w->groups[g].instances_n; i++)
            if (struck->instances[g][i]) group_return_instance(&w->groups[g], i);
    }
}

static bool can_be_cut(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row)
{
    (void)fault;
    (void)row;
    return w->cluster.cut_zone == NO_ZONE && !w->cluster.mirrored;
}

static void check_cut(struct scenario_build *build, int i)
{
    const struct scenario *s = build->scenario;
    check_zone(build, i);
    if (s->cluster.zones == 1) scenario_mistake(build, AT("faults[%d].kind", i), "cuts a zone off from the others, but cluster.zones is 1");
}

const struct fault_effect fault_zone_cut = {.target = FAULT_ON_ZONE, .ready = can_be_cut, .begin = zone_is_cut, .end = zone_joins,
                                            .whole = zone_is_back, .rewinds_ns = most_between_commits, .check = check_cut};

const struct fault_effect fault_broker_slow = {
    .target = FAULT_ON_BROKER, .begin = slow_down, .end = speed_up, .whole = has_caught_up, .check = check_broker};
const struct fault_effect fault_zone_down = {.target = FAULT_ON_ZONE, .begin = zone_goes, .end = zone_returns, .whole = zone_is_back,
                                             .rewinds_ns = most_between_commits, .check = check_zone};
const struct fault_effect fault_broker_down = {
    .target = FAULT_ON_BROKER, .ends_unseen = true, .begin = down, .end = start, .whole = is_back, .check = check_down};
