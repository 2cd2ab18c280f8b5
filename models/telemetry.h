/* telemetry.h: what one replication measures.
 *
 * Distributions are kept by *scope set*: the set of faults whose effect lasts at the moment a record leaves its stage (none:
 * steady). The scopes of objectives are unions of sets, so nothing is counted twice. A record from a close-up counts 1/f,
 * and in the end what all close-ups of a set saw is rescaled to what the ledger counted (rescale.h).
 *
 * Utilisation is read in windows of at least a minute of the calendar and WINDOW_DATA_S of simulated data plane, so that a
 * peak is not the noise of a short close-up; of a group's threads each by the records that the ledger says it got. What a
 * record costs each resource, which headroom extrapolates, is measured in windows without a fault in effect and within a
 * fifth of the highest load seen.
 *
 * Figures before the end of warm-up are left out of distributions, utilisation and meters, and are in every account.
 */
#ifndef HEADROOM_MODELS_TELEMETRY_H
#define HEADROOM_MODELS_TELEMETRY_H

#include "broker_resources.h"
#include "histogram.h"
#include "rescale.h"
#include "series.h"
#include "world.h"

enum {
    TELEMETRY_SETS_MAX = 16, /* without rows */
    TELEMETRY_ROWS_MAX = 64,
    TELEMETRY_RESOURCES_MAX = BROKER_RESOURCES + 2 * SCENARIO_GROUPS_MAX + SCENARIO_PRODUCERS_MAX + 2 * SCENARIO_ENGINES_MAX
};

struct scope_set {
    uint64_t faults; /* bit i: fault i is in effect */
    int row;         /* of the table (table_mode.h), if none is; 0 without a table */
    double seconds;  /* calendar time in this set */
    int64_t produced, delivered[SCENARIO_GROUPS_MAX]; /* the ledger's */
    struct histogram produce; /* while the run goes on, of slices that are simulated whole alone; so are the next */
    struct histogram end_to_end[SCENARIO_GROUPS_MAX];
    struct rescale_part *sampled[RESCALE_CLASSES]; /* of the others; NULL: there was none */
    struct histogram freshness[SCENARIO_OUTPUTS_MAX]; /* of the group's output; at SCENARIO_GROUPS_MAX + t, of a table */
    struct histogram staleness[SCENARIO_OUTPUTS_MAX];
    struct histogram query[SCENARIO_QUERIES_MAX];
    double query_refused[SCENARIO_QUERIES_MAX];
};

struct resource_use { /* those of broker_resources[]; then each group's threads; then each fleet's instances (of one core);
                       * then each query engine's slots and coordinator; then groups' sinks */
    const char *name;
    bool calendar;   /* its work is not sampled, and comes with queries, not with records */
    int units;       /* brokers that there are, threads, instances */
    double capacity; /* of one unit, ns of work a ns */
    double *last_ns; /* [units] reading at the last slice */
    double *window_ns;
    double sampled_busy_ns; /* of busy_ns, a group's in slices that are not simulated whole */
    double busy_ns, span_s; /* all units; calendar time */
    double unit_s;          /* of a group that scales, or of brokers if some may be added: of its units in service; else 0 */
    double peak;            /* highest window of the busiest unit */
    double last;            /* the last window's, of its busiest; NAN: there was none yet */
    int loaded_units;       /* how many there were then: */
    double *loaded_ns;      /* [units] work in fault-free windows near the highest load */
};

enum { TELEMETRY_LAG_ROWS = 128, TELEMETRY_LAG_STEPS = 120 };

struct lag_grid { /* a group's lag by partition: of each row's partitions and of each step the largest */
    struct series *rows; /* [rows_n] records */
    int rows_n, partitions_per_row;
};

struct telemetry_totals { /* weighted to calendar time */
    double seconds;
    double records, raw_bytes, wire_bytes, batches, requests;
    double produce_cross_zone_bytes;
    double replication_bytes, replication_cross_zone_bytes;
    double fetch_bytes[SCENARIO_GROUPS_MAX], fetch_cross_zone_bytes[SCENARIO_GROUPS_MAX];
    double broker_cpu_ns, group_cpu_ns[SCENARIO_GROUPS_MAX];
    double appended_bytes[SCENARIO_TOPICS_MAX];
    double put_requests[SCENARIO_GROUPS_MAX], objects[SCENARIO_GROUPS_MAX], object_bytes[SCENARIO_GROUPS_MAX];
    double data_seconds; /* data-plane time simulated: over seconds, the fraction */
    double partition_seconds_down; /* of partitions that do not accept writes */
};

struct mean_series { /* of records: the sum of their values over their number, by step */
    struct series sum, records;
    double slice_sum, slice_records; /* of the slice under way */
};

struct telemetry {
    struct world *world;
    bool warm; /* warm-up is over */
    struct scope_set sets[TELEMETRY_SETS_MAX + TELEMETRY_ROWS_MAX];
    int sets_n, fault_sets_n;
    struct scope_set *set, *last_fault_set; /* in effect; NULL: there is none */
    int row;                                /* of times without a fault, from now on */
    struct rescale rescale;
    struct histogram *response; /* of the response being delivered */
    struct histogram merged;    /* room for whoever adds sets up, so that reading takes no memory */
    struct telemetry_totals totals;
    struct resource_use resources[TELEMETRY_RESOURCES_MAX];
    int resources_n;
    double window_s, window_data_s, window_records;
    bool window_steady;
    double top_load, loaded_records; /* records a second; records of the windows in loaded_ns[] */
    bool loaded_anew; /* the cluster is another one: the next such window counts, and none before it */
    struct series produced, rejected, consumed[SCENARIO_GROUPS_MAX], lag[SCENARIO_GROUPS_MAX],
        instances[SCENARIO_GROUPS_MAX], /* in service, of groups that scale */
        staleness[SCENARIO_OUTPUTS_MAX], broker_cpu;
    struct mean_series freshness[SCENARIO_OUTPUTS_MAX]; /* of the records that became visible */
    struct lag_grid lag_grid[SCENARIO_GROUPS_MAX];
    struct series files[SCENARIO_TABLES_MAX], bytes[SCENARIO_TABLES_MAX], /* of the snapshot; if there is a lake */
        files_rewritten[SCENARIO_TABLES_MAX];
    int64_t last_files_rewritten[SCENARIO_TABLES_MAX];
    struct mean_series produce, end_to_end[SCENARIO_GROUPS_MAX]; /* latencies, from the first record on: warm-up and all */
    int64_t last_delivered[SCENARIO_GROUPS_MAX], last_rejected, last_refused /* by the registry */;
    int64_t peak_records_per_s;
    sim_time first_jump; /* of the scenario's clock; SIM_NEVER: none */
};

/* Brokers were added; and their reassignment is over: load factors are those of what there is now. */
void telemetry_brokers_joined(struct world *w);
void telemetry_brokers_even(struct world *w);
void telemetry_init(struct world *w);
/* A distribution of times, empty. */
void telemetry_times_init(struct world *w, struct histogram *h);
/* The faults in effect from now on. */
void telemetry_scope(struct world *w, uint64_t faults);
/* Before a slice is simulated, and after: accounts for it. */
void telemetry_begin_slice(struct world *w);
void telemetry_slice(struct world *w, int64_t produced);
void telemetry_finish(struct world *w);
/* Times without a fault count for a row of the table from now on; < TELEMETRY_ROWS_MAX. */
void telemetry_row(struct world *w, int row);
struct scope_set *telemetry_row_set(struct world *w, int row);
/* A jump from one time of the scenario's clock to another: its slices, whose traffic has been drawn; then the whole. Series
 * of what was not simulated have no samples there. */
void telemetry_jump_slice(struct world *w, sim_time from, sim_time to, int64_t produced);
void telemetry_jump_end(struct world *w, sim_time from, sim_time to);

/* How busy a resource is in the mean, a share; not finite if nothing was measured. */
double telemetry_mean_use(const struct resource_use *use);

/* From the data plane. */
void telemetry_request_sent(struct world *w);
/* `records` of the request are in the log now. */
void telemetry_appended(struct world *w, const struct produce_request *r, int64_t records);
void telemetry_produced(struct world *w, const struct produce_request *r, sim_time now);
/* What is delivered in between came in one response: one observation. */
void telemetry_response_begin(struct world *w, int group);
void telemetry_response_end(struct world *w);
void telemetry_delivered(struct world *w, int group, sim_time first_ns, sim_time last_ns, int64_t n);
void telemetry_replicated(struct world *w, const struct fetcher *f, double bytes);
void telemetry_fetched(struct world *w, const struct consumer *c, int broker, double bytes);

/* From outputs: records whose event times lie in [from, to] became visible at a time; all calendar ns. */
void telemetry_visible(struct world *w, int group, sim_time visible, sim_time from, sim_time to, double records);
void telemetry_staleness(struct world *w, int group, sim_time staleness_ns);
/* A query of this class has ended, or was refused (SIM_NEVER). */
void telemetry_query(struct world *w, int query, sim_time latency_ns);
void telemetry_object(struct world *w, int group, double bytes, double put_requests);

#endif
