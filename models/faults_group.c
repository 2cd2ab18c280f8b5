/* faults_group.c: what happens to consumer groups; see fault_effects.h. */
#include "fault_effects.h"

#include "arena.h"
#include "faults.h"
#include "fetch.h"
#include "group.h"
#include "poison.h"
#include "processor.h"
#include "scenario_build.h"
#include "sink.h"
#include "writer.h"

static void stop(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    struct group *g = &w->groups[fault->group];
    if (fault->rolling) {
        fault_restart_instances(w, fault, row);
        return;
    }
    row->detected = w->calendar.now;
    if (fault->clean) group_commit(g);
    if (w->writers[g->index]) writer_stopped(g, fault->clean);
    if (w->processors[g->index]) processor_restarted(g);
    group_stop(g, fault->clean);
}

static void start(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    (void)row;
    struct group *g = &w->groups[fault->group];
    group_start(g, w->processors[g->index] ? processor_restore_ns(g) : 0);
}

static void crash(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    group_crash_instance(&w->groups[fault->group], fault_instance(fault, row), &row->detected);
}

static void come_back(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    group_return_instance(&w->groups[fault->group], fault_instance(fault, row));
}

bool group_is_back(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row)
{
    const struct group *g = &w->groups[fault->group];
    if (row->detected == SIM_NEVER || !group_is_settled(g)) return false;
    return group_has_all(g);
}

static void pause_reading(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    row->detected = w->calendar.now; /* it is on purpose */
    w->groups[fault->group].paused = true;
}

static void resume_reading(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    (void)row;
    struct group *g = &w->groups[fault->group];
    g->paused = false;
    for (int i = 0; i < g->consumers_n; i++) fetch_resume(&g->consumers[i]);
}

static bool is_resumed(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row)
{
    (void)row;
    return !w->groups[fault->group].paused && group_is_settled(&w->groups[fault->group]);
}

/* One fault of a group at a time: it has all its members. */
bool group_is_at_full_strength(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row)
{
    const struct group *g = &w->groups[fault->group];
    const bool there = fault_effect(fault->kind)->target != FAULT_ON_INSTANCE || fault_instance(fault, row) < g->in_service;
    return there && group_has_all(g) && g->running;
}

/* --- Poison ------------------------------------------------------------------------------------------ */

static void is_put_aside(struct kernel *k, void *occurrence, int64_t unused)
{
    (void)k;
    (void)unused;
    struct fault_row *row = occurrence;
    fault_over(row->world, row);
}

static void poisons(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    struct rng partitions;
    rng_init(&partitions, w->arena, w->seed, arena_printf(w->arena, "fault/%s/partitions", fault->id));
    rng_cell(&partitions, (uint64_t)w->fault_log->occurrences[row->fault]);
    struct group *g = &w->groups[fault->group];
    const struct poison_spec spec = {.partition = (int)rng_below(&partitions, (uint64_t)g->partitions_known),
                                     .records = fault->records,
                                     .tries = fault->tries,
                                     .restart_ns = row->for_ns,
                                     .noticed = &row->detected,
                                     .over = is_put_aside,
                                     .context = row};
    poison_add(g, &spec);
}

static bool is_healthy(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row)
{
    return !w->groups[fault->group].poison && group_is_at_full_strength(w, fault, row);
}

void fault_check_instance(struct scenario_build *build, int i)
{
    const struct scenario_fault *fault = &build->scenario->faults[i];
    const struct scenario_group *group = fault->group >= 0 ? &build->scenario->groups[fault->group] : NULL;
    if (group && group->instances && fault->instance >= group->instances)
        scenario_mistake(build, AT("faults[%d].instance", i), "is %d but group \"%s\" has instances 0 to %d", fault->instance,
                         group->name, group->instances - 1);
}

sim_time fault_between_commits_ns(const struct scenario_group *g)
{
    if (g->work == WORK_WRITE) return g->write.roll_every_ns;
    if (g->checkpoint_ns > 0) return g->checkpoint_ns;
    return g->config.enable_auto_commit ? g->config.auto_commit_interval_ns : 0;
}

static sim_time between_commits(const struct scenario *s, const struct scenario_fault *fault)
{
    return fault_between_commits_ns(&s->groups[fault->group]);
}

sim_time fault_rewinds_ns(const struct scenario *s, const struct scenario_fault *fault)
{
    return fault->clean ? 0 : between_commits(s, fault);
}

static void slow_down(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    row->detected = w->calendar.now;
    sink_slow(&w->groups[fault->group], fault->factor);
}

static void speed_up(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    (void)row;
    sink_slow(&w->groups[fault->group], 1);
}

static void refuse(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    row->detected = w->calendar.now;
    sink_down(&w->groups[fault->group]);
}

static void accept_again(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    (void)row;
    sink_up(&w->groups[fault->group]);
}

static bool at_once(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row)
{
    (void)w;
    (void)fault;
    (void)row;
    return true;
}

static void has_a_sink(struct scenario_build *build, int i)
{
    const struct scenario_fault *fault = &build->scenario->faults[i];
    if (fault->group < 0 || build->scenario->groups[fault->group].sink.throughput_per_s > 0) return;
    scenario_mistake(build, AT("faults[%d].group", i), "is \"%s\", which has no sink that could fail",
                     build->scenario->groups[fault->group].name);
}

const struct fault_effect fault_restart_group = {
    .target = FAULT_ON_GROUP, .ready = group_is_at_full_strength, .begin = stop, .end = start, .whole = group_is_back, .rewinds_ns = fault_rewinds_ns};
const struct fault_effect fault_consumer_crash = {
    .target = FAULT_ON_INSTANCE, .ready = group_is_at_full_strength, .begin = crash, .end = come_back, .whole = group_is_back,
    .rewinds_ns = between_commits, .check = fault_check_instance};
const struct fault_effect fault_sink_slow = {
    .target = FAULT_ON_GROUP, .begin = slow_down, .end = speed_up, .whole = at_once, .check = has_a_sink};
const struct fault_effect fault_sink_down = {
    .target = FAULT_ON_GROUP, .begin = refuse, .end = accept_again, .whole = at_once, .check = has_a_sink};
const struct fault_effect fault_poison = {.target = FAULT_ON_GROUP, .ends_unseen = true, .ends_itself = true, .ready = is_healthy,
                                          .begin = poisons, .whole = group_is_back, .rewinds_ns = between_commits};
const struct fault_effect fault_group_paused = {
    .target = FAULT_ON_GROUP, .ready = group_is_at_full_strength, .begin = pause_reading, .end = resume_reading, .whole = is_resumed};
