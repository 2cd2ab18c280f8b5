/* cost.h: meters and a price book make a monthly bill.
 *
 * What it is for: the bill of one month of 730 hours at steady state, by line, each line naming the price it
 * used. Volume is the month profile's, ratios are the run's, provisioned things cost by the hour, and stored
 * bytes are retention x mean rate (see meters.h; cost_lake.h for tables in an object store).
 *
 * Arithmetic: a line's usd is exactly quantity x unit_usd, unrounded; a bill's month_usd is exactly the sum
 * of its lines in their order. What a provider bills in GB has the GB of that row (`gb_bytes`), and the
 * line's unit says which it is: "GiB" for 2^30, "GB" for 10^9. Object storage is priced by steps over all
 * tables together (first 50 TB, next 450, then the rest; a TB is 1024 GB). Transfer between zones is charged
 * out and in, so its quantity is twice the bytes. A line that would be zero is left out; transfer that the
 * platform does not charge is left out and noted.
 *
 * Errors: none for a bill. A price that the book lacks, or that is per another unit than the one known here,
 * gives a line without dollars (missing_price), and month_usd is then NAN with the reason in
 * month_null_reason. bill_price_missing() finds that out before a run. Impossible meters (negative, not
 * finite) are our bug: CHECK.
 *
 * Ownership: strings and lines live in the arena given. Cost: microseconds.
 * Rules: AWS price list units as of the book's dates; transfer between zones of a region is charged in each
 * direction, and not between the brokers of an MSK cluster (AWS, "Amazon MSK pricing").
 */
#ifndef HEADROOM_MODELS_COST_H
#define HEADROOM_MODELS_COST_H

#include <stdbool.h>

#include "meters.h"
#include "prices.h"
#include "scenario.h"

struct arena;

enum bill_kind {
    BILL_BROKERS,
    BILL_BROKER_STORAGE,
    BILL_TRANSFER,
    BILL_GROUPS,
    BILL_PRODUCERS,
    BILL_OBJECT_STORE,
    BILL_JOBS, /* ETL and compaction */
    BILL_ENGINES,
    BILL_KINDS
};

/* "brokers", "traffic between zones", ...: for people. */
const char *bill_kind_name(enum bill_kind kind);

struct bill_line {
    enum bill_kind kind;
    const char *item;       /* "kafka brokers", "group ctr" */
    double quantity;        /* of a month, in `unit` */
    const char *unit;       /* "instance-hour", "GiB-month", "1k-requests" */
    const char *price_id;   /* "aws.ec2.ondemand.m7g.4xlarge" */
    double unit_usd;        /* NAN if missing_price */
    double usd;             /* quantity x unit_usd */
    const char *confidence; /* the price's: "verified" | "recalled"; "missing" if missing_price */
    bool missing_price;
};

enum {
    BILL_LINES_MAX = 64 + 2 * SCENARIO_GROUPS_MAX + SCENARIO_PRODUCERS_MAX + 2 * SCENARIO_TABLES_MAX +
                     3 * SCENARIO_ENGINES_MAX,
    BILL_NOTES_MAX = 16 + SCENARIO_TABLES_MAX + SCENARIO_ENGINES_MAX
};

struct bill {
    const struct bill_line *lines;
    int lines_n;
    double month_usd;              /* sum of lines[].usd in order; NAN if a price is missing */
    const char *month_null_reason; /* NULL if month_usd is a number */
    double kind_usd[BILL_KINDS];   /* the same lines added by kind; a NAN line makes its kind NAN */
    double recalled_usd;           /* of lines whose price was not seen in a source */
    double month_events;
    double per_million_events_usd;              /* NAN if there are no events or no total */
    const char *per_million_events_null_reason; /* NULL if it is a number */
    double low_usd, high_usd;                   /* NAN in this version, always with the reason: */
    const char *range_null_reason;
    /* What the month holds, for the record's `storage`: */
    double log_bytes;          /* all topics, all replicas, at retention and the month's mean rate */
    double log_capacity_bytes; /* provisioned */
    double tiered_bytes;       /* of those, in the object store; once each */
    double log_full_share;     /* of the fullest volume, at the end of the month's busiest stretch of retention */
    double object_bytes;       /* all tables and checkpoints at retention and the month's mean rate */
    double objects;
    struct {
        double bytes, objects; /* the same by storage class; cost_lake.h says how */
    } lake[OBJECT_CLASSES];
    const char *notes[BILL_NOTES_MAX]; /* whole sentences: what is assumed and what is left out */
    int notes_n;
};

void bill_compute(const struct meters *meters, const struct scenario *scenario, const struct pricebook *book,
                  struct arena *arena, struct bill *bill);

/* NULL if the book has every price that this scenario's bill can need; else a sentence that names the first
 * one it lacks and the field that asks for it, for the person who wrote the scenario. */
const char *bill_price_missing(const struct scenario *scenario, const struct pricebook *book,
                               struct arena *arena);

/* --- Traffic between zones, in closed form: what the simulated bill is held to. --- */

struct cross_zone {
    double producers_bytes_per_s;
    double replication_bytes_per_s;
    double groups_bytes_per_s; /* all groups together */
    double total_bytes_per_s;
};

/* `rate_bytes_per_s` of wire bytes are produced. Clients and leaders are spread evenly over `zones` (>= 1);
 * the `replication` (>= 1) replicas of a partition are spread over as many zones as there are; each of the
 * `groups` (>= 0) reads everything once, from the leader, or with `follower_fetching` from a replica in its
 * own zone where there is one. */
struct cross_zone cross_zone_flow(double rate_bytes_per_s, int replication, int groups, int zones,
                                  bool follower_fetching);

/* Dollars for `bytes_per_s` between zones over `hours`, at `usd_each_way` per GB of `gb_bytes`, both ways. */
double cross_zone_usd(double bytes_per_s, double hours, double gb_bytes, double usd_each_way);

#endif
