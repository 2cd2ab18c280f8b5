/* metrics_query.c: how long queries take, and what a month of them asks of the object store; see metrics.h.
 *
 * Queries that have not ended when the run has are not left out, or an engine would look the faster the fewer it
 * gets done: sim/censored.h.
 *
 * Queries come by their own rate, whatever the traffic: a month's are the mean of the rate's whole profile, and what
 * one reads is the run's mean over those that were planned.
 */
#include "metrics.h"

#include <math.h>
#include <stdlib.h>

#include "arena.h"
#include "censored.h"
#include "query_feed.h"
#include "rate.h"
#include "record.h"

static const double OPEN_SHARE = 0.01;

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

struct metric metric_query_quantile(const struct replication *r, int query, struct metric_scope scope, double q)
{
    const struct world *w = &r->pipeline->world;
    const struct telemetry *t = w->telemetry;
    double never = 0;
    for (int i = 0; i < t->sets_n; i++)
        if (metric_in_scope(&t->sets[i], scope)) never += t->sets[i].query_refused[query];
    const int64_t unfinished = metric_in_scope(t->set, scope) ? query_feed_result(w, query)->unfinished : 0;
    double *open = ARENA_NEW(r->arena, double, (size_t)unfinished);
    if (unfinished > 0) query_feed_open_ages(w, query, open);
    qsort(open, (size_t)unfinished, sizeof *open, ascending);
    struct histogram *h = metric_histogram(r, METRIC_QUERY, query, scope);
    if (!h && unfinished == 0 && never == 0) return (struct metric){.why = "nothing was measured in this scope"};
    double below = 0;
    const double value = h ? censored_quantile(h, open, (int)unfinished, never, q, &below) : INFINITY;
    if (isinf(value)) {
        const double all = (h ? histogram_count(h) : 0) + (double)unfinished + never;
        return (struct metric){.value = never > (1 - q) * all ? INFINITY : unfinished > 0 ? open[unfinished - 1] : 0,
                               .why = "too many of the queries had not ended when the run did, or were refused"};
    }
    if (!histogram_quantile_known(h, below, METRIC_TAIL_OBSERVATIONS)) return (struct metric){.why = METRIC_TAIL_UNKNOWN};
    return (struct metric){.value = value, .known = true};
}

struct metric metric_query(const struct replication *r, int query, struct metric_scope scope, int figure)
{
    if (figure != RECORD_MEAN && figure != RECORD_MAX) return metric_query_quantile(r, query, scope, metric_figure_quantiles[figure]);
    const struct query_result *result = query_feed_result(&r->pipeline->world, query);
    const int64_t open = result->refused + result->unfinished;
    struct histogram *h = metric_histogram(r, METRIC_QUERY, query, scope);
    /* A few are always under way; of many, the slow ones would be missing. */
    if ((double)open > OPEN_SHARE * (double)result->arrived)
        return (struct metric){.why = "more than 1 % of the queries had not ended when the run did, or were refused"};
    return metric_figure(h, figure);
}

static struct meters_table *table_named(struct meters *m, int table)
{
    for (int i = 0; i < m->tables_n; i++)
        if (m->tables[i].table == table) return &m->tables[i];
    return NULL;
}

void metrics_queries(const struct replication *r, int n, struct meters *m)
{
    const struct world *w = &r[0].pipeline->world;
    const struct scenario *s = w->scenario;
    for (int q = 0; q < s->queries_n; q++) {
        struct meters_engine *engine = &m->engines[s->queries[q].engine];
        struct meters_table *table = table_named(m, s->queries[q].reads);
        double planned = 0, requests[OBJECT_CLASSES] = {0}, bytes[OBJECT_CLASSES] = {0};
        for (int i = 0; i < n; i++) {
            const struct query_result *result = query_feed_result(&r[i].pipeline->world, q);
            planned += (double)result->queries_planned;
            for (int c = 0; c < OBJECT_CLASSES; c++) {
                requests[c] += (double)result->class[c].get_requests;
                bytes[c] += result->class[c].bytes;
            }
        }
        if (planned <= 0) {
            engine->unmeasured = s->queries[q].name;
            continue;
        }
        const double scale = rate_mean(w->blueprint->query_rates[q]) * 3600 / planned;
        engine->get_requests.per_hour += requests[OBJECT_STANDARD] * scale;
        for (int c = OBJECT_STANDARD + 1; table && c < OBJECT_CLASSES; c++) {
            table->read[c].get_requests.per_hour += requests[c] * scale;
            table->read[c].bytes.per_hour += bytes[c] * scale;
        }
    }
}
