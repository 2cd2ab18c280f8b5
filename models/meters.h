/* meters.h: what a run used, in the form a bill is computed from.
 *
 * What it is for: a month is never "the run, multiplied". A run measures ratios: how many bytes, requests and
 * CPU-seconds one produced event costs, and how many requests an hour are made whatever the traffic (files
 * rolled by the clock, checkpoints). The month's volume comes from the scenario's `month` profile,
 * provisioned things cost by the hour, and what is stored is what retention holds at steady state.
 *
 * Shapes and units: "event" is one record that producers had accepted, of all streams and topics together;
 * bytes are bytes on the wire or on disk (after compression) unless the name says otherwise; a month is 730
 * hours. Every ratio is >= 0 and finite. Warm-up and the time of faults are the caller's to leave out or to
 * leave in.
 *
 * Who fills what: meters_init() sets everything that the scenario alone decides (names, provisioned
 * quantities) and zeroes the rest; the run fills the ratios; the caller sets month_events_per_s_mean from the
 * month's profile.
 * Ownership: strings belong to the scenario. No pointers to free; the struct may be copied.
 */
#ifndef HEADROOM_MODELS_METERS_H
#define HEADROOM_MODELS_METERS_H

#include <stdbool.h>
#include <stdint.h>

#include "objectstore.h"
#include "scenario.h"

#define METERS_MONTH_HOURS 730.0
#define METERS_MONTH_SECONDS (METERS_MONTH_HOURS * 3600.0)

/* A quantity that is metered: its month is per_event x events + per_hour x 730. */
struct meter {
    double per_event;
    double per_hour; /* what happens by the clock, whatever the traffic */
};

/* A number of instances that are kept running all month. */
struct meters_instances {
    const char *type; /* NULL: not billed to this scenario */
    double count;
};

struct meters_topic {
    const char *name;
    struct meter appended_bytes; /* to the leader's log, once: replication is not in it */
    int replication;
    int64_t retention_ns;
    double retention_bytes; /* of all partitions' leaders; 0: no limit */
    double compacted_bytes; /* what the log holds for good, once compacted; the same; 0: it is not */
    bool deletes;           /* by retention */
    bool tiered;            /* to an object store; of what is appended, all that is retained is there, and so long locally: */
    int64_t local_retention_ns;
    double local_retention_bytes; /* as retention_bytes */
    struct meter remote_puts, remote_gets, remote_read_bytes;
};

struct meters_group {
    const char *name;
    struct meters_instances instances;
    struct meter cpu_s;
    struct meter fetch_bytes;            /* all that it fetches */
    struct meter fetch_cross_zone_bytes; /* the part from a broker in another zone */
    int table;                           /* index into tables[], -1: writes none */
    struct meter put_requests; /* PUT, POST, COPY, LIST: one for a small object; for a multipart upload its
                                * parts, its creation and its completion; checkpoints too */
    struct meter get_requests; /* GET and all other */
    double held_bytes;         /* kept in the object store all month: the checkpoints it retains */
};

struct meters_table {
    const char *name;
    int64_t retention_ns;      /* 0: the scenario gives none, so it grows for ever */
    int table;                 /* index into the scenario's tables[]; -1: it is not in the list */
    struct meter object_bytes; /* that stay: written to the object store, less what compaction replaced */
    struct meter objects;
    struct meter replaced_bytes, replaced_objects; /* by compaction: kept for the table's history */
    struct meter put_requests, get_requests; /* of making it from another table, compaction and their commits */
    struct {
        struct meter bytes, get_requests; /* beside the get_requests above, which are standard's */
    } read[OBJECT_CLASSES];               /* from classes that charge for it, by jobs and queries */
    struct meter etl_core_s, compaction_core_s; /* cores that were held, times how long */
    struct {
        double per_hour; /* runs; 0: there is none */
        double list_s;   /* one request that lists a thousand objects; one follows another */
        int cores;
    } vacuum;
    bool unsettled; /* it is compacted, but no compaction ended within the run: its files are those that landed */
};

struct meters_engine {
    const char *name;
    struct meters_instances workers, coordinator;
    struct meter get_requests; /* of standard's files; those of colder classes are with the table */
    const char *unmeasured;    /* a class of which no query was planned; NULL: there is none */
};

struct meters {
    double month_events_per_s_mean; /* mean over the month's profile */
    double measured_events;         /* how many events the ratios were measured on; for the record */

    struct meter raw_bytes;                    /* serialised, before compression */
    struct meter produce_bytes;                /* producer -> leader */
    struct meter produce_cross_zone_bytes;     /* the part to a broker in another zone */
    struct meter replication_bytes;            /* leader -> followers, all copies */
    struct meter replication_cross_zone_bytes; /* the part between zones */
    struct meter broker_cpu_s;

    struct {
        struct meters_instances instances;
        const char *volume_type; /* "gp3" */
        double volume_bytes;     /* provisioned, each broker */
        double volume_throughput_bytes_per_s;
        double volume_iops;
        double fullest_share; /* of the logs' bytes, all replicas: on the broker that holds most; 0: all hold the same */
    } brokers;
    struct {
        const char *name;
        struct meters_instances instances;
        struct meter balanced_bytes; /* through the load balancer before its collectors; 0: there is none */
    } producers[SCENARIO_PRODUCERS_MAX];
    int producers_n;
    struct meters_topic topics[SCENARIO_TOPICS_MAX];
    int topics_n;
    struct meters_group groups[SCENARIO_GROUPS_MAX]; /* in the scenario's order */
    int groups_n;
    struct {
        const char *instance; /* NULL: no job runs */
        int instance_vcpu;
    } lake;
    struct meters_table tables[SCENARIO_TABLES_MAX]; /* that some group writes, or made from others */
    int tables_n;
    struct meters_engine engines[SCENARIO_ENGINES_MAX]; /* in the scenario's order */
    int engines_n;
};

/* Zero `m`, then fill in names, provisioned quantities, retentions and replication from the scenario. */
void meters_init(struct meters *m, const struct scenario *scenario);

/* The events of a month, and a meter's month at the month's volume. */
double meters_month_events(const struct meters *m);
double meters_month(const struct meters *m, struct meter meter);

/* A meter's mean rate over the month, per second. */
double meters_month_rate(const struct meters *m, struct meter meter);

#endif
