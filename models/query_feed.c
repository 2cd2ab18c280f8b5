/* query_feed.c: see query_feed.h. */
#include "query_feed.h"

#include <math.h>

#include "arena.h"
#include "check.h"
#include "lake.h"
#include "lake_feed.h"
#include "telemetry.h"

struct manifest { /* of a table that is read */
    int table;    /* index into the scenario's */
    int64_t snapshot;
    int64_t moves; /* of files to colder classes, which make no snapshot */
    struct query_file *files;
    struct query_span *spans;
    int64_t n, capacity;
};

struct engine {
    struct world *world;
    struct query *query;
    int queries[QUERY_CLASSES_MAX]; /* its classes, by their index in the scenario */
};

struct query_feed {
    struct manifest manifests[SCENARIO_TABLES_MAX];
    struct query_table tables[SCENARIO_TABLES_MAX]; /* the same, as queries see them */
    int tables_n;
    struct engine engines[SCENARIO_ENGINES_MAX];
    int class_of[SCENARIO_QUERIES_MAX]; /* in its engine */
};

static void done(void *context, int query_class, sim_time arrival, sim_time end)
{
    const struct engine *e = context;
    telemetry_query(e->world, e->queries[query_class], end == SIM_NEVER ? SIM_NEVER : end - arrival);
}

/* Where a table stands among those that are read. */
static int manifest_of(struct query_feed *f, int table)
{
    for (int i = 0; i < f->tables_n; i++)
        if (f->manifests[i].table == table) return i;
    f->manifests[f->tables_n] = (struct manifest){.table = table, .snapshot = -1};
    return f->tables_n++;
}

static void engine_init(struct world *w, int index)
{
    const struct scenario *s = w->scenario;
    const struct scenario_engine *config = &s->engines[index];
    struct query_feed *f = w->queries;
    struct engine *e = &f->engines[index];
    struct query_class *classes = ARENA_NEW(w->arena, struct query_class, QUERY_CLASSES_MAX);
    int n = 0;
    for (int i = 0; i < s->queries_n; i++) {
        const struct scenario_query *q = &s->queries[i];
        if (q->engine != index) continue;
        CHECK(n < QUERY_CLASSES_MAX, "engine %s has more than %d classes", config->name, QUERY_CLASSES_MAX);
        classes[n] = (struct query_class){
            .name = q->name,
            .table = manifest_of(f, q->reads),
            .rate = w->blueprint->query_rates[i],
            .window = q->window_ns,
            .columns = q->columns,
            .columns_total = q->columns_total,
            .cpu_factor = q->cpu_factor,
            .buckets = q->selects && s->tables[q->reads].partition_by & PARTITION_BY_BUCKET ? s->tables[q->reads].buckets : 0,
            .keys = q->selects == SELECTS_KEY ? w->blueprint->key_orders[q->reads] : NULL,
            .bucket_shares = w->blueprint->bucket_shares[q->reads],
        };
        f->class_of[i] = n;
        e->queries[n++] = i;
    }
    e->world = w;
    const struct query_options options = {
        .name = config->name,
        .classes = classes,
        .classes_n = n,
        .workers = config->workers,
        .vcpus = config->instance_vcpu,
        .coordinator_vcpus = config->coordinator_vcpu,
        .concurrent = config->concurrent,
        .tables = f->tables_n,
        .prefixes = f->tables_n,
        .measure_from = s->run.warmup_ns,
        .arrivals_until = SIM_NEVER,
        .done = done,
        .context = e,
        .seed = w->seed,
    };
    e->query = query_new(&options, &w->calibration->presto, &w->calibration->latency, w->arena);
}

void query_feed_init(struct world *w)
{
    const struct scenario *s = w->scenario;
    if (s->queries_n == 0) return;
    CHECK(lake_feed_lake(w), "queries of a run that has no lake");
    w->queries = ARENA_NEW(w->arena, struct query_feed, 1);
    for (int i = 0; i < s->queries_n; i++)
        manifest_of(w->queries, s->queries[i].reads);
    for (int i = 0; i < s->engines_n; i++)
        engine_init(w, i);
}

/* --- what queries see of a table --- */

static void make_room(struct world *w, struct manifest *m, int64_t n)
{
    if (n <= m->capacity) return;
    int64_t capacity = m->capacity ? m->capacity : 16 * QUERY_SPAN_FILES;
    while (capacity < n)
        capacity *= 2;
    m->files = arena_grow(w->arena, m->files, (size_t)m->capacity, (size_t)capacity, sizeof *m->files);
    m->spans = arena_grow(w->arena, m->spans, (size_t)(m->capacity / QUERY_SPAN_FILES), (size_t)(capacity / QUERY_SPAN_FILES),
                          sizeof *m->spans);
    m->capacity = capacity;
}

static struct query_file as_seen(const struct world *w, const struct lake_file *file, int prefix)
{
    return (struct query_file){
        .bytes = file->bytes,
        .rows = file->rows,
        .min_event = lake_feed_calendar(w, file->min_event),
        .max_event = lake_feed_calendar(w, file->max_event),
        .min_key = nextafterf((float)file->min_key, -1),
        .max_key = nextafterf((float)file->max_key, 2),
        .bucket = file->bucket == LAKE_NOT_BY ? -1 : file->bucket,
        .prefix = (int16_t)prefix,
        .class = (int16_t)file->class,
    };
}

/* Spans from that of file `first` on. */
static void make_spans(struct manifest *m, int64_t first)
{
    for (int64_t i = first - first % QUERY_SPAN_FILES; i < m->n; i++) {
        const struct query_file *file = &m->files[i];
        struct query_span *span = &m->spans[i / QUERY_SPAN_FILES];
        if (i % QUERY_SPAN_FILES == 0) *span = (struct query_span){file->min_event, file->max_event};
        if (file->min_event < span->min_event) span->min_event = file->min_event;
        if (file->max_event > span->max_event) span->max_event = file->max_event;
    }
}

static int64_t moves_of(const struct world *w, int table)
{
    int64_t moves = 0;
    for (int i = 0; i < OBJECT_CLASSES && w->scenario->tables[table].tiers_n > 0; i++)
        moves += lake_held(lake_feed_lake(w), table, (enum object_class)i).transitions;
    return moves;
}

static void look(struct world *w, int index)
{
    struct query_feed *f = w->queries;
    struct manifest *m = &f->manifests[index];
    const struct lake *lake = lake_feed_lake(w);
    const int64_t moves = moves_of(w, m->table);
    if (lake_snapshot(lake, m->table) == m->snapshot && moves == m->moves) return;
    const int64_t n = lake_counts(lake, m->table).files;
    int64_t added = 0;
    const struct lake_file *file = lake_last(lake, m->table);
    for (; file && file->snapshot > m->snapshot; file = lake_previous(lake, m->table, file))
        added++;
    int64_t first = m->n;
    if (m->n + added != n || moves != m->moves) first = 0; /* some of those known are gone, or elsewhere */
    make_room(w, m, n);
    file = lake_last(lake, m->table);
    for (int64_t i = n - 1; i >= first; i--, file = lake_previous(lake, m->table, file)) {
        CHECK(file, "table %s has not %lld files", w->scenario->tables[m->table].name, (long long)n);
        m->files[i] = as_seen(w, file, index);
    }
    m->n = n;
    m->moves = moves;
    make_spans(m, first);
    m->snapshot = lake_snapshot(lake, m->table);
    f->tables[index] = (struct query_table){.files = m->files, .n = m->n, .spans = m->spans};
}

void query_feed_slice_end(struct world *w)
{
    struct query_feed *f = w->queries;
    if (!f) return;
    for (int i = 0; i < f->tables_n; i++)
        look(w, i);
    for (int i = 0; i < w->scenario->engines_n; i++)
        query_run_until(f->engines[i].query, f->tables, w->slice_end);
}

/* --- what befalls them --- */

void query_feed_storm(struct world *w, int query, double factor)
{
    query_storm(w->queries->engines[w->scenario->queries[query].engine].query, w->queries->class_of[query], factor, w->calendar.now);
}

void query_feed_store(struct world *w, double slow, sim_time down_until)
{
    for (int i = 0; w->queries && i < w->scenario->engines_n; i++) query_store(w->queries->engines[i].query, slow, down_until);
}

/* --- what came of it --- */

struct query_result *query_feed_result(const struct world *w, int query)
{
    CHECK(query >= 0 && query < w->scenario->queries_n, "class %d of queries", query);
    return query_result(w->queries->engines[w->scenario->queries[query].engine].query, w->queries->class_of[query]);
}

void query_feed_open_ages(const struct world *w, int query, double *ages_s)
{
    query_open_ages(w->queries->engines[w->scenario->queries[query].engine].query, w->queries->class_of[query], ages_s);
}

double query_feed_busy_ns(const struct world *w, int engine, bool coordinator)
{
    const struct query *q = w->queries->engines[engine].query;
    return coordinator ? query_coordinator_busy_ns(q) : query_slots_busy_ns(q);
}
