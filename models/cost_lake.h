/* cost_lake.h: what a table holds in the object store at steady state, by storage class.
 *
 * What it is for: a month's storage, moves between classes and early deletion, for the bill. Every second a table gains the
 * bytes and objects that stay (struct meters_table), and an object passes through the classes of the table's tiers until
 * its retention ends; so a class holds the rate times how long an object is in it.
 *
 * Assumptions. All objects of a table have its mean size: floors, overheads and a tier's min_size are those of that size.
 * What compaction writes is what ages, and a file's age counts from when it was written. Files are moved and deleted when it
 * is time: the run's lake looks once a day, which is half a day later on average. Replaced files stay standard.
 *
 * Units: bytes; objects; seconds. Errors: none. Ownership: nothing is allocated. Cost: nanoseconds.
 * Rules: objectstore.h, and lake.h for what is moved when.
 */
#ifndef HEADROOM_MODELS_COST_LAKE_H
#define HEADROOM_MODELS_COST_LAKE_H

#include "meters.h"
#include "objectstore.h"

struct lake_month_class { /* means over the month */
    double bytes, objects;
    double billed_bytes;   /* with the class's floor and overhead */
    double standard_bytes; /* the archives' overhead, at standard's price */
    double early_bytes;    /* billed though it is gone: it left before the class's least time */
    double moved;          /* objects into the class, in the month */
};

struct lake_month {
    struct lake_month_class classes[OBJECT_CLASSES];
};

/* config: the scenario's table, NULL if it lists none. Without a retention, what one month brings is held in the last class. */
void lake_month_add(const struct meters *, const struct meters_table *, const struct scenario_table *config,
                    const struct objectstore_terms *, struct lake_month *);

#endif
