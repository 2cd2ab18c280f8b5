/* metrics.h: one figure of one replication, by the name that objectives use.
 *
 * freshness.<output>.<figure>, staleness.<output>.<figure>, latency.produce.<figure>, latency.end_to_end.<group>.<figure>
 * query.<query>.<figure> (figure: mean, max, p50 .. p99.99); delivery.<group>.lost|duplicated|deduplicated|dropped_late, delivery.rejected;
 * lag.<group>.peak|end (records), lag.<group>.seconds|clear (s), lag.<group>.skew; rebalance.<group>.count,
 * rebalance.<group>.seconds|longest|stopped (s); instances.<group>.mean|peak; availability.produce; headroom.load_factor;
 * utilization.<resource>.peak|mean; cost.month, cost.delay (usd).
 */
#ifndef HEADROOM_STUDY_METRICS_H
#define HEADROOM_STUDY_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "cost.h"
#include "pipeline.h"
#include "record.h"
#include "telemetry.h"

/* One finished (or partly finished) replication. */
struct replication {
    struct arena *arena;
    struct pipeline *pipeline;
    uint64_t seed;
    bool finished;
    double month_usd; /* by its own meters: what an interval of the bill is made of; NAN if not known */
    const char *month_null_reason;
};

/* A value, or why there is none; if there is none, `value` is what it is above, at least. */
struct metric {
    double value;
    bool known;
    const char *why;
};

/* Which scope sets belong to a scope: all, those with no fault, those with a given one. */
struct metric_scope {
    enum objective_scope kind;
    int fault;
};

struct metric metric_of(const struct replication *r, const char *name, struct metric_scope scope);

/* The distributions of a scope, merged; `which` picks one out of a set, `group` is a group's, an output's or a class of
 * queries' index. NULL if nothing was seen. It is the replication's own, and holds until the next one is asked for. */
enum metric_distribution { METRIC_PRODUCE, METRIC_END_TO_END, METRIC_FRESHNESS, METRIC_STALENESS, METRIC_QUERY };
struct histogram *metric_histogram(const struct replication *r, enum metric_distribution which, int group,
                                   struct metric_scope scope);
/* How many records (for staleness: seconds; queries) a distribution of scope all stands for: the ledger's exact count where it has
 * one, else the histogram's weight. */
double metric_count(const struct replication *r, enum metric_distribution which, int group, struct histogram *h);
/* figure: an enum record_figure. */
struct metric metric_figure(struct histogram *h, int figure);
extern const double metric_figure_quantiles[]; /* [RECORD_FIGURES] */
/* Observations needed beyond a quantile before it counts as known; the records of a request are one. */
#define METRIC_TAIL_OBSERVATIONS 10.0
#define METRIC_TAIL_UNKNOWN "fewer than ten observations lie beyond it"
bool metric_in_scope(const struct scope_set *, struct metric_scope);

/* A figure of a class of queries. Those that have not ended when the run has belong to the faults in effect then, those that
 * were refused to those in effect when they were: a quantile among them is unknown, but above the ages they have. */
struct metric metric_query(const struct replication *r, int query, struct metric_scope scope, int figure);
struct metric metric_query_quantile(const struct replication *r, int query, struct metric_scope scope, double q);

/* What a group went through, in the whole run: a figure of the record's, or by an objective's words: "lag.<group>.<name>". */
struct metric metric_group(const struct replication *r, int group, enum record_group_figure figure);
struct metric metric_group_named(const struct replication *r, int group, const char *kind, const char *name, struct metric_scope scope);
#define METRIC_NO_LAG "there was no lag"
#define METRIC_LAG_NOT_CLEARED "the lag had not cleared when the run ended"

/* How much more load every resource could take: 1 / utilisation at the run's peak rate, the least over resources. With
 * `without_one`, of what is left when one broker is gone. `first` names the resource that gives. */
double metric_load_factor(const struct replication *r, bool without_one, const char **first);

/* The share of steady time in which the decision's output is staler than the decision's stale_after. */
struct metric metric_stale_share(const struct replication *r);
#define METRIC_MONTH_MINUTES (METERS_MONTH_HOURS * 60)
#define METRIC_NO_COST_OF_DELAY "the scenario gives no cost of delay"

/* Meters of a bill, from the totals of n >= 1 replications together. */
void metric_meters(const struct replication *r, int n, struct meters *m, struct arena *arena);

/* The part of it that comes from the run's lake: what tables keep, replace and ask for, and the cores of their jobs. A table
 * that is compacted is metered between two moments at which nothing waited for it (lake_settled): the last one before
 * warm-up was over and the last one of the run; failing that, from the lake's beginning. Bytes, and requests for large
 * files, come with events; small files come with the clock. */
void metrics_lake(const struct replication *r, int n, struct meters *m);
/* Requests of queries: by the clock, at the mean of their rates' whole profiles. */
void metrics_queries(const struct replication *r, int n, struct meters *m);

/* The name of a group's output: what the window feeds, or the table it writes. */
const char *metric_output_name(const struct scenario_group *g);

#endif
