/* fill_query.c: the record's queries; see fill.h. */
#include "fill_parts.h"

#include "arena.h"
#include "query_feed.h"

static void add(struct record_query *q, const struct query_result *result)
{
    q->arrived += result->arrived;
    q->completed += result->completed;
    q->refused += result->refused;
    q->unfinished += result->unfinished;
    q->planned += result->queries_planned;
    q->files_considered += result->files_considered;
    q->files_read += result->files_read;
    q->files_archived += result->files_archived;
    q->rows_read += result->rows_read;
    q->splits += result->splits;
    q->get_requests += result->get_requests;
    q->get_refused += result->get_refused;
    q->bytes_scanned += result->bytes_scanned;
    q->bytes_read += result->bytes_read;
    q->cpu_s += result->cpu_s;
}

void fill_queries(const struct scenario *s, const struct replication *r, int n, struct arena *arena,
                  struct record *record)
{
    static const struct metric_scope all = {SCOPE_ALL, 0};
    struct metric *latency = ARENA_NEW(arena, struct metric, (size_t)n * RECORD_FIGURES);
    struct metric *wait = ARENA_NEW(arena, struct metric, (size_t)n * RECORD_FIGURES);
    record->query = ARENA_NEW(arena, struct record_query, (size_t)s->queries_n);
    record->query_n = s->queries_n;
    for (int i = 0; i < s->queries_n; i++) {
        struct record_query *q = &record->query[i];
        q->engine = s->engines[s->queries[i].engine].name;
        q->table = s->tables[s->queries[i].reads].name;
        for (int k = 0; k < n; k++) {
            struct query_result *result = query_feed_result(&r[k].pipeline->world, i);
            struct histogram *waits = result->completed > 0 ? &result->queue_wait_s : NULL;
            add(q, result);
            for (int f = 0; f < RECORD_FIGURES; f++) {
                latency[f * n + k] = metric_query(&r[k], i, all, f);
                wait[f * n + k] = metric_figure(waits, f);
            }
        }
        fill_figures(&q->latency, s->queries[i].name, q->completed, latency, n, arena);
        fill_figures(&q->queue_wait, s->queries[i].name, q->completed, wait, n, arena);
    }
}
