/* metrics_query.c: what a month of queries asks of the object store; see metrics.h.
 *
 * Queries come by their own rate, whatever the traffic: a month's are the mean of the rate's whole profile, and what
 * one reads is the run's mean over those that were planned.
 */
#include "metrics.h"

#include "query_feed.h"
#include "rate.h"

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
