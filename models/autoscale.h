/* autoscale.h: how many instances of something there are: target tracking, as cloud providers' autoscalers and KEDA do it.
 *
 * Every minute of the calendar the instances wanted are the load over what one of them is to have of it, between a least and a most
 * number. More are in service after their start-up time; fewer go one at a time; and either only a cooldown after the last change,
 * and while none starts up.
 *
 * Who has instances says how many are in service, what their load is, and brings one in or takes one out (collector.c,
 * group_autoscale.c). Instances are billed from when they begin to start up.
 */
#ifndef HEADROOM_MODELS_AUTOSCALE_H
#define HEADROOM_MODELS_AUTOSCALE_H

#include "world.h"

struct autoscale_rules {
    int min, max;
    double target; /* of the load, an instance's */
    sim_time cooldown_ns, start_up_ns;
    int (*in_service)(const void *context);
    /* Since it was last asked; < 0: not known. `data_ns` of the data plane have passed. */
    double (*load)(void *context, sim_time data_ns);
    void (*start)(void *context);
    void (*stop)(void *context);
};

struct autoscaler;

/* From now on. The context outlives the world's run. */
struct autoscaler *autoscale(struct world *w, const struct autoscale_rules *rules, void *context);

/* In the mean until now, as they are billed, and the most that were; of calendar time. Before the first minute is over, as it began. */
double autoscale_instances_mean(const struct autoscaler *a);
int autoscale_instances_peak(const struct autoscaler *a);

#endif
