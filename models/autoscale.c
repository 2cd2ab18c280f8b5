/* autoscale.c: see autoscale.h. */
#include "autoscale.h"

#include <math.h>

#include "arena.h"

static const sim_time EVERY_NS = 60 * SIM_S;

struct autoscaler {
    struct world *world;
    struct autoscale_rules rules;
    void *context;
    int coming;         /* instances that start up */
    int peak;
    sim_time changed;   /* calendar */
    sim_time looked_at; /* data */
    double instance_ns; /* calendar; as they are billed, */
    sim_time noted;     /* until then */
};

static void started(struct kernel *k, void *autoscaler, int64_t unused)
{
    (void)k;
    (void)unused;
    struct autoscaler *a = autoscaler;
    a->coming--;
    a->rules.start(a->context);
}

static void scale(struct kernel *k, void *autoscaler, int64_t unused)
{
    struct autoscaler *a = autoscaler;
    const struct autoscale_rules *rules = &a->rules;
    kernel_after(k, EVERY_NS, 1, scale, a, unused);
    const int now = rules->in_service(a->context);
    a->instance_ns += (double)(now + a->coming) * (double)(k->now - a->noted);
    a->noted = k->now;
    const sim_time span = a->world->data.now - a->looked_at;
    a->looked_at = a->world->data.now;
    const double load = rules->load(a->context, span);
    if (load < 0 || span <= 0 || a->coming > 0 || k->now - a->changed < rules->cooldown_ns) return;
    const double instances = ceil(load / rules->target);
    int wanted = instances < rules->max ? (int)instances : rules->max;
    if (wanted < rules->min) wanted = rules->min;
    if (wanted == now) return;
    a->changed = k->now;
    if (wanted > a->peak) a->peak = wanted;
    for (int i = now; i < wanted; i++) {
        a->coming++;
        kernel_after(k, rules->start_up_ns, 1, started, a, 0);
    }
    if (wanted < now) rules->stop(a->context);
}

struct autoscaler *autoscale(struct world *w, const struct autoscale_rules *rules, void *context)
{
    struct autoscaler *a = ARENA_NEW(w->arena, struct autoscaler, 1);
    *a = (struct autoscaler){.world = w, .rules = *rules, .context = context, .changed = -rules->cooldown_ns};
    a->peak = rules->in_service(context);
    kernel_after(&w->calendar, EVERY_NS, 1, scale, a, 0);
    return a;
}

double autoscale_instances_mean(const struct autoscaler *a)
{
    return a->noted > 0 ? a->instance_ns / (double)a->noted : a->rules.in_service(a->context);
}

int autoscale_instances_peak(const struct autoscaler *a) { return a->peak; }
