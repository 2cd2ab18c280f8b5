/* fault_plan.c: when faults happen; see fault_plan.h. */
#include "fault_plan.h"

#include <math.h>
#include <stdlib.h>

#include "arena.h"
#include "check.h"
#include "fault_effects.h"
#include "fraction.h"

static const sim_time APPROACH_NS = SIM_S;
static const sim_time REWIND_NS_MAX = 60 * SIM_S;
static const double LONGEST_S = 366 * 86400.0; /* of what is drawn: as long as the longest run */

static bool lasts_drawn(const struct scenario_fault *fault)
{
    return fault->mttr.kind != DISTRIBUTION_CONSTANT || fault->mttr.value > 0;
}

sim_time fault_duration(const struct scenario_fault *fault, struct rng *rng)
{
    if (!lasts_drawn(fault)) return fault->for_ns;
    const double drawn = fault->mttr.kind == DISTRIBUTION_CONSTANT ? fault->mttr.value
                                                                   : distribution_quantile(&fault->mttr, rng_uniform(rng));
    return drawn < 1e-3 ? SIM_MS : (sim_time)(fmin(drawn, LONGEST_S) * 1e9);
}

double fault_plan_expected(const struct scenario *s, const struct scenario_fault *fault)
{
    const double run = (double)s->run.duration_ns;
    double n = 1;
    if (fault->timing == FAULT_BY_TIME && fault->every_ns > 0) n = (run - (double)fault->at_ns) / (double)fault->every_ns + 1;
    if (fault->timing == FAULT_DRAWN) n = run / (double)fault->mtbf_ns * fault_choices(s, fault);
    return fault->times > 0 && n > (double)fault->times ? (double)fault->times : n;
}

static void add(struct fault_plan *plan, int *room, struct arena *arena, struct fault_planned one)
{
    if (plan->planned_n == *room) {
        const int more = *room ? 2 * *room : 16;
        plan->planned = arena_grow(arena, plan->planned, (size_t)plan->planned_n, (size_t)more, sizeof *plan->planned);
        *room = more;
    }
    plan->planned[plan->planned_n++] = one;
}

static void plan_fault(struct world *w, struct fault_plan *plan, int *room, int index)
{
    const struct scenario *s = w->scenario;
    const struct scenario_fault *fault = &s->faults[index];
    struct rng times, lengths, targets;
    rng_init(&times, w->arena, w->seed, arena_printf(w->arena, "fault/%s/times", fault->id));
    rng_init(&lengths, w->arena, w->seed, arena_printf(w->arena, "fault/%s/lengths", fault->id));
    rng_init(&targets, w->arena, w->seed, arena_printf(w->arena, "fault/%s/targets", fault->id));
    const int choices = fault_choices(s, fault);
    const double mean_ns = fault->timing == FAULT_DRAWN ? (double)fault->mtbf_ns / choices : 0;
    double at = fault->timing == FAULT_DRAWN ? rng_exponential(&times, mean_ns) : (double)fault->at_ns;
    for (int64_t n = 0; at < (double)s->run.duration_ns && (fault->times == 0 || n < fault->times); n++) {
        add(plan, room, w->arena,
            (struct fault_planned){.at = fault->timing == FAULT_DRAWN ? (sim_time)at : fault->at_ns + n * fault->every_ns,
                                   .for_ns = fault_duration(fault, &lengths),
                                   .fault = index,
                                   .target = fault_is_any(fault) ? (int)rng_below(&targets, (uint64_t)choices) : -1});
        if (fault->timing == FAULT_BY_TIME && fault->every_ns == 0) return;
        at += fault->timing == FAULT_DRAWN ? rng_exponential(&times, mean_ns) : (double)fault->every_ns;
    }
}

static int compare_planned(const void *a, const void *b)
{
    const struct fault_planned *x = a, *y = b;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    return (x->fault > y->fault) - (x->fault < y->fault);
}

static int compare_spans(const void *a, const void *b)
{
    const struct fault_span *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

struct fault_span fault_span_of_begin(const struct scenario *s, const struct scenario_fault *fault, sim_time at)
{
    const struct fault_effect *effect = fault_effect(fault->kind);
    const sim_time rewinds = effect->rewinds_ns ? effect->rewinds_ns(s, fault) : 0;
    return (struct fault_span){at - APPROACH_NS - (rewinds < REWIND_NS_MAX ? rewinds : REWIND_NS_MAX), at + FRACTION_SETTLE_NS};
}

struct fault_span fault_span_of_end(sim_time at)
{
    return (struct fault_span){at - APPROACH_NS, at + FRACTION_SETTLE_NS};
}

static void make_spans(struct world *w, struct fault_plan *plan)
{
    plan->spans = ARENA_NEW(w->arena, struct fault_span, 2 * (size_t)plan->planned_n);
    for (int i = 0; i < plan->planned_n; i++) {
        const struct fault_planned *one = &plan->planned[i];
        const struct scenario_fault *fault = &w->scenario->faults[one->fault];
        if (w->represented >> one->fault & 1) continue;
        plan->spans[plan->spans_n++] = fault_span_of_begin(w->scenario, fault, one->at);
        if (!fault_ends_unseen(fault)) plan->spans[plan->spans_n++] = fault_span_of_end(one->at + one->for_ns);
    }
    qsort(plan->spans, (size_t)plan->spans_n, sizeof *plan->spans, compare_spans);
    int n = 0;
    for (int i = 0; i < plan->spans_n; i++) {
        if (n > 0 && plan->spans[i].from <= plan->spans[n - 1].to) {
            if (plan->spans[i].to > plan->spans[n - 1].to) plan->spans[n - 1].to = plan->spans[i].to;
        } else {
            plan->spans[n++] = plan->spans[i];
        }
    }
    plan->spans_n = n;
}

void fault_plan_init(struct world *w, struct fault_plan *plan)
{
    int room = 0;
    *plan = (struct fault_plan){.planned = NULL};
    for (int i = 0; i < w->scenario->faults_n; i++)
        if (w->scenario->faults[i].timing != FAULT_BY_CONDITION) plan_fault(w, plan, &room, i);
    if (plan->planned_n == 0) return;
    qsort(plan->planned, (size_t)plan->planned_n, sizeof *plan->planned, compare_planned);
    make_spans(w, plan);
}

bool fault_plan_near(const struct fault_plan *plan, sim_time from, sim_time to)
{
    int low = 0, high = plan->spans_n; /* the first that ends after `from` */
    while (low < high) {
        const int middle = low + (high - low) / 2;
        if (plan->spans[middle].to > from)
            high = middle;
        else
            low = middle + 1;
    }
    return low < plan->spans_n && plan->spans[low].from < to;
}
