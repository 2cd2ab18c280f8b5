/* cost_build.h: what the parts of the bill share. Nobody else includes it.
 *
 * cost.c knows units and prices, adds lines and sums them up, and bills the cluster and its clients; cost_lake.c bills the
 * object store, cost_query.c query engines.
 */
#ifndef HEADROOM_MODELS_COST_BUILD_H
#define HEADROOM_MODELS_COST_BUILD_H

#include "cost.h"

/* What is used; the price's unit says how much of it one price is for. */
enum bill_measure {
    BILL_INSTANCE_HOURS,
    BILL_BALANCER_HOURS,
    BILL_BALANCED_BYTES,
    BILL_BYTES_MONTH,
    BILL_BYTES_EACH_WAY,
    BILL_BYTES_PER_S,
    BILL_IOPS,
    BILL_REQUESTS,
    BILL_TRANSITIONS,
    BILL_BYTES,
};

struct bill_build {
    const struct meters *meters;
    const struct scenario *scenario;
    const struct pricebook *book;
    struct arena *arena;
    struct bill *bill;
    struct bill_line *lines;
    bool msk;
};

/* cost.c */
/* A whole sentence. */
void bill_note(struct bill_build *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* One line: `amount` of the measure in the month. Nothing used, nothing said. */
void bill_add(struct bill_build *, enum bill_kind, const char *item, enum bill_measure, double amount,
              const char *price_id);
/* The same of instances that run all month. */
void bill_add_instances(struct bill_build *, enum bill_kind, const char *item, const struct meters_instances *);
/* A line without dollars, and why. */
void bill_add_missing(struct bill_build *, enum bill_kind, const char *item, const char *price_id, const char *reason);

/* cost_lake.c */
void bill_object_store(struct bill_build *);

/* cost_query.c */
void bill_engines(struct bill_build *);

#endif
