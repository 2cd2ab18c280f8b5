/* faults_instance.c: an instance that comes and goes, or is taken back: of a group, of producers; see fault_effects.h.
 *
 *     rebalance_storm       an instance dies, or leaves in order, is back after `down`, and goes again `pause` later, until it is
 *                           over; or each record takes `per_record` longer, and who polls too late is put out (group_oversleep.c)
 *     spot_taken            the notice comes at the beginning; after `notice` the instance is gone, in order or not, and after
 *                           `for` another one is there in its place
 *
 * All that a storm does, and the time since the last commit before an instance is taken, is simulated whole.
 */
#include "fault_effects.h"

#include "arena.h"
#include "faults.h"
#include "group.h"
#include "producer.h"
#include "scenario_build.h"

struct coming_and_going {
    struct world *world;
    const struct scenario_fault *fault;
    struct fault_row *row;
    struct event_handle next;
    bool away;
};

static struct coming_and_going *state_new(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    struct coming_and_going *s = ARENA_NEW(w->arena, struct coming_and_going, 1);
    *s = (struct coming_and_going){.world = w, .fault = fault, .row = row};
    row->state = s;
    return s;
}

void fault_instance_goes(struct world *w, const struct scenario_fault *fault, struct fault_row *row, int instance)
{
    struct group *g = &w->groups[fault->group];
    if (!fault->clean) {
        group_crash_instance(g, instance, &row->detected);
        return;
    }
    if (row->detected == SIM_NEVER) row->detected = w->calendar.now;
    group_leave_instance(g, instance);
}

/* --- A storm --------------------------------------------------------------------------------------------- */

static void goes(struct kernel *k, void *state, int64_t unused);

static void is_back_again(struct kernel *k, void *state, int64_t unused)
{
    struct coming_and_going *s = state;
    s->away = false;
    group_return_instance(&s->world->groups[s->fault->group], fault_instance(s->fault, s->row));
    s->next = kernel_after(k, s->fault->pause_ns, 1, goes, s, unused);
}

static void goes(struct kernel *k, void *state, int64_t unused)
{
    struct coming_and_going *s = state;
    s->away = true;
    fault_instance_goes(s->world, s->fault, s->row, fault_instance(s->fault, s->row));
    s->next = kernel_after(k, s->fault->down_ns, 1, is_back_again, s, unused);
}

static void storm_begins(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    faults_attend(w, w->calendar.now);
    faults_attend(w, w->calendar.now + row->for_ns);
    if (fault->per_record_ns > 0) {
        row->detected = w->calendar.now;
        w->groups[fault->group].hangs_ns += fault->per_record_ns;
    } else {
        goes(&w->calendar, state_new(w, fault, row), 0);
    }
}

static void storm_ends(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    struct coming_and_going *s = row->state;
    if (fault->per_record_ns > 0) {
        w->groups[fault->group].hangs_ns -= fault->per_record_ns;
        return;
    }
    kernel_cancel(&w->calendar, s->next);
    if (s->away) group_return_instance(&w->groups[fault->group], fault_instance(fault, row));
}

static void check_storm(struct scenario_build *build, int i)
{
    const struct scenario_fault *fault = &build->scenario->faults[i];
    const struct scenario_group *group = fault->group >= 0 ? &build->scenario->groups[fault->group] : NULL;
    fault_check_instance(build, i);
    if (!group || fault->per_record_ns == 0 || group->config.max_poll_interval_ns <= 0) return;
    if (fault->per_record_ns > group->config.max_poll_interval_ns / group->config.max_poll_records) return;
    scenario_mistake(build, AT("faults[%d].per_record", i),
                     "is %s: max.poll.records of \"%s\", %d, then take no longer than max.poll.interval.ms, %s, and nobody is put out",
                     scenario_duration(build, fault->per_record_ns), group->name, group->config.max_poll_records,
                     scenario_duration(build, group->config.max_poll_interval_ns));
}

/* --- Taken back ------------------------------------------------------------------------------------------ */

static struct producer *producer_of(const struct coming_and_going *s)
{
    return &s->world->fleets[s->fault->producer].instances[fault_instance(s->fault, s->row)];
}

static bool is_of_group(const struct coming_and_going *s)
{
    return s->fault->kind == FAULT_SPOT_TAKEN;
}

static void is_replaced(struct kernel *k, void *state, int64_t unused)
{
    (void)k;
    (void)unused;
    struct coming_and_going *s = state;
    if (is_of_group(s))
        group_return_instance(&s->world->groups[s->fault->group], fault_instance(s->fault, s->row));
    else
        producer_returns(producer_of(s));
    fault_over(s->world, s->row);
}

static void is_taken(struct kernel *k, void *state, int64_t unused)
{
    struct coming_and_going *s = state;
    if (is_of_group(s))
        fault_instance_goes(s->world, s->fault, s->row, fault_instance(s->fault, s->row));
    else
        producer_leaves(producer_of(s), !s->fault->clean);
    faults_attend(s->world, k->now + s->row->for_ns);
    kernel_after(k, s->row->for_ns, 1, is_replaced, s, unused);
}

static void notice_comes(struct world *w, const struct scenario_fault *fault, struct fault_row *row)
{
    struct coming_and_going *s = state_new(w, fault, row);
    const sim_time at = w->calendar.now + fault->notice_ns, rewinds = is_of_group(s) ? fault_rewinds_ns(w->scenario, fault) : 0;
    if (!is_of_group(s)) row->detected = w->calendar.now;
    if (rewinds < fault->notice_ns) faults_attend(w, at - rewinds);
    faults_attend(w, at);
    kernel_at(&w->calendar, at, 1, is_taken, s, 0);
}

static bool producer_is_back(const struct world *w, const struct scenario_fault *fault, const struct fault_row *row)
{
    return w->fleets[fault->producer].instances[fault_instance(fault, row)].away == 0;
}

static void check_producer_instance(struct scenario_build *build, int i)
{
    const struct scenario_fault *fault = &build->scenario->faults[i];
    const struct scenario_producer *producer = fault->producer >= 0 ? &build->scenario->producers[fault->producer] : NULL;
    if (producer && producer->instances && fault->instance >= producer->instances)
        scenario_mistake(build, AT("faults[%d].instance", i), "is %d but producer \"%s\" has instances 0 to %d", fault->instance,
                         producer->name, producer->instances - 1);
}

const struct fault_effect fault_rebalance_storm = {
    .target = FAULT_ON_INSTANCE, .ready = group_is_at_full_strength, .begin = storm_begins, .end = storm_ends, .whole = group_is_back,
    .rewinds_ns = fault_rewinds_ns, .check = check_storm};
const struct fault_effect fault_spot_taken = {
    .target = FAULT_ON_INSTANCE, .ends_unseen = true, .ends_itself = true, .ready = group_is_at_full_strength, .begin = notice_comes,
    .whole = group_is_back, .check = fault_check_instance};
const struct fault_effect fault_producer_spot_taken = {
    .target = FAULT_ON_PRODUCER_INSTANCE, .ends_unseen = true, .ends_itself = true, .begin = notice_comes, .whole = producer_is_back,
    .check = check_producer_instance};
