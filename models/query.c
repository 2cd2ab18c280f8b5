/* query.c: see query.h for the model.
 *
 * Three kinds of events, at the same instant in this order: a slot's request or end, a query that is planned,
 * an arrival. Slots stand in a heap by the time of their next step; queries and arrivals are few and searched
 * in line.
 */
#include "query.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "arena.h"
#include "check.h"
#include "key_order.h"
#include "rate.h"
#include "resource.h"
#include "rng.h"

/* Latencies from 0.1 ms to a day, known to 0.5 %. */
static const double LATENCY_MIN_S = 1e-4, LATENCY_MAX_S = 86400, LATENCY_ERROR = 0.005;

struct kept_file {
    int64_t bytes;
    int16_t prefix, class;
};

struct running {
    bool used, planned;
    int32_t query_class;
    bool counted;
    sim_time arrival, ready; /* ready: planned */
    sim_time coordinator_wait;
    sim_time admitted;
    uint64_t order; /* of arrival */
    int64_t splits_begun, splits_left;
    int64_t held;         /* slots */
    sim_time first_split; /* SIM_NEVER: none yet */
    /* The files, and where the next split begins. */
    struct kept_file *files;
    int64_t files_n, room;
    int64_t next_file, next_byte;
};

struct waiting {
    int32_t query_class;
    sim_time arrival;
};

struct slot {
    sim_time at; /* of the next step */
    sim_time began;
    int32_t of; /* running[] */
    int16_t prefix, class;
    int32_t tries;
    bool footer;       /* is still to be read */
    int64_t gets_left; /* of data; none and no footer: the next step is the end */
    struct query_split split;
};

struct class_state {
    const struct query_class *spec;
    double peak_per_s, storm; /* storm: so many times as many come; 1: there is none */
    sim_time next; /* arrival */
    struct rng arrivals, buckets, keys;
    struct query_result result;
};

struct query {
    struct query_options options;
    const struct calibration_query_engine *engine;
    struct arena *arena;
    struct objectstore store;
    struct pool coordinator;
    struct class_state *classes;
    struct running *running; /* [concurrent] */
    int running_n;           /* used */
    int running_top;         /* all used ones are below */
    struct waiting *waiting; /* ring of QUERY_WAITING_MAX */
    int waiting_first, waiting_n;
    struct slot *slots; /* heap of the busy ones, [slots_n] */
    int slots_n, busy_n;
    sim_time now;
    double slots_busy_ns; /* up to now */
    sim_time next_ready;
    uint64_t arrivals_n;
};

/* --- arrivals --- */

static void draw_arrival(struct query *q, struct class_state *c, sim_time from)
{
    c->next = SIM_NEVER;
    if (c->peak_per_s <= 0) return;
    double ns = (double)from;
    for (;;) {
        ns += rng_exponential(&c->arrivals, 1e9 / (c->peak_per_s * c->storm));
        if (!(ns < 9e18) || (sim_time)ns >= q->options.arrivals_until) return;
        const double rate = rate_at(c->spec->rate, ns / 1e9);
        CHECK(rate <= c->peak_per_s * (1 + 1e-9), "a rate of %g above its peak %g", rate, c->peak_per_s);
        if (rng_uniform(&c->arrivals) * c->peak_per_s < rate) break;
        /* A curve that has ended stays where it is: a rate of 0 would be searched for ever. */
        if (rate <= 0 && q->options.arrivals_until == SIM_NEVER &&
            rate_max(c->spec->rate, ns / 1e9, ns / 1e9 + rate_length_s(c->spec->rate)) <= 0)
            return;
    }
    c->next =
        (sim_time)ns > from ? (sim_time)ns : from; /* a double is coarser than ns after a hundred days */
}

void query_storm(struct query *q, int class, double factor, sim_time now)
{
    CHECK(class >= 0 && class < q->options.classes_n && factor > 0, "a storm of %g on class %d", factor, class);
    struct class_state *c = &q->classes[class];
    c->storm = factor;
    if (c->next > now) draw_arrival(q, c, now); /* exponential times forget: the next one is drawn anew */
}

void query_store(struct query *q, double slow, sim_time down_until)
{
    q->store.slow = slow;
    q->store.down_until = down_until;
}

/* --- planning --- */

struct query_split query_split_of(const struct calibration_query_engine *e, const struct query_class *spec,
                                  int64_t file_bytes, int64_t split_bytes)
{
    CHECK(split_bytes >= 0 && split_bytes <= file_bytes, "a split of %lld bytes of %lld",
          (long long)split_bytes, (long long)file_bytes);
    struct query_split s = {.data_gets = 1};
    s.scanned_bytes = (double)split_bytes * spec->columns / spec->columns_total;
    s.cpu_ns = e->split_ns + e->scan_byte_ns * s.scanned_bytes * spec->cpu_factor;
    if ((double)file_bytes <= e->small_file_bytes) {
        s.data_bytes_each = (double)file_bytes;
        return s;
    }
    s.footer_gets = 1;
    s.footer_bytes = e->footer_bytes < (double)file_bytes ? e->footer_bytes : (double)file_bytes;
    const double chunk = (double)split_bytes / spec->columns_total;
    const bool apart = spec->columns < spec->columns_total && chunk > e->read_merge_bytes;
    const int64_t gets = apart ? spec->columns * (int64_t)ceil(chunk / e->read_max_bytes)
                               : (int64_t)ceil(s.scanned_bytes / e->read_max_bytes);
    if (gets > 1) s.data_gets = gets;
    s.data_bytes_each = s.scanned_bytes / (double)s.data_gets;
    return s;
}

static int draw_bucket(struct class_state *c)
{
    const struct query_class *spec = c->spec;
    if (spec->buckets == 0) return -1;
    if (!spec->bucket_shares) return (int)rng_below(&c->buckets, (uint64_t)spec->buckets);
    double u = rng_uniform(&c->buckets);
    for (int i = 0; i < spec->buckets - 1; i++) {
        if (u < spec->bucket_shares[i]) return i;
        u -= spec->bucket_shares[i];
    }
    return spec->buckets - 1;
}

static void keep_file(struct query *q, struct running *r, const struct query_file *file)
{
    CHECK(file->bytes >= 0 && file->prefix >= 0 && file->prefix < q->options.prefixes && file->class >= 0 &&
              file->class < OBJECT_CLASSES,
          "a file of %lld bytes under prefix %d of %d, of class %d", (long long)file->bytes, file->prefix,
          q->options.prefixes, file->class);
    if (r->files_n == r->room) {
        const int64_t room = r->room ? 2 * r->room : 64;
        r->files = arena_grow(q->arena, r->files, (size_t)r->room, (size_t)room, sizeof *r->files);
        r->room = room;
    }
    r->files[r->files_n++] = (struct kept_file){file->bytes, file->prefix, file->class};
    const int64_t cut = (int64_t)q->engine->split_bytes;
    r->splits_left += file->bytes <= cut ? 1 : (file->bytes + cut - 1) / cut;
}

/* Does [min, max] meet [from, to)? */
static bool meets(sim_time min, sim_time max, sim_time from, sim_time to)
{
    return min < to && max >= from;
}

struct pruned {
    int64_t rows, archived;
};

/* What a query wants: of a time to its arrival, one bucket (-1: all), of its keys' shares from .. to. */
struct wanted {
    sim_time from;
    int bucket;
    double min_key, max_key;
};

/* Keeps the files that it reads. */
static struct pruned prune(struct query *q, struct running *r, const struct query_table *table, const struct wanted *wanted)
{
    const sim_time from = wanted->from;
    const int bucket = wanted->bucket;
    struct pruned pruned = {.rows = 0};
    for (int64_t first = 0; first < table->n; first += QUERY_SPAN_FILES) {
        const struct query_span *span = table->spans ? &table->spans[first / QUERY_SPAN_FILES] : NULL;
        if (span && !meets(span->min_event, span->max_event, from, r->arrival)) continue;
        const int64_t end = table->n - first < QUERY_SPAN_FILES ? table->n : first + QUERY_SPAN_FILES;
        for (int64_t i = first; i < end; i++) {
            const struct query_file *file = &table->files[i];
            if (!meets(file->min_event, file->max_event, from, r->arrival)) continue;
            if (bucket >= 0 && file->bucket >= 0 && file->bucket != bucket) continue;
            if ((double)file->min_key >= wanted->max_key || (double)file->max_key <= wanted->min_key) continue;
            if (!objectstore_classes[file->class].readable) {
                pruned.archived++;
                continue;
            }
            keep_file(q, r, file);
            pruned.rows += file->rows;
        }
    }
    return pruned;
}

/* Prunes, and puts the query on the coordinator. */
static void plan(struct query *q, struct running *r, const struct query_table *tables)
{
    struct class_state *c = &q->classes[r->query_class];
    const struct query_table *table = &tables[c->spec->table];
    struct wanted wanted = {.from = c->spec->window > 0 ? r->arrival - c->spec->window : INT64_MIN,
                            .bucket = draw_bucket(c),
                            .min_key = -1,
                            .max_key = 2};
    if (c->spec->keys)
        key_order_at(c->spec->keys, wanted.bucket < 0 ? 0 : wanted.bucket, rng_uniform(&c->keys), &wanted.min_key, &wanted.max_key);
    const struct pruned pruned = prune(q, r, table, &wanted);
    const sim_time work =
        llround(q->engine->coordinator_query_ns + q->engine->coordinator_split_ns * (double)r->splits_left);
    const sim_time coordinated = pool_serve(&q->coordinator, q->now, work);
    r->coordinator_wait = coordinated - work - q->now;
    r->ready = coordinated + llround(q->engine->plan_ns);
    if (r->ready < q->next_ready) q->next_ready = r->ready;
    if (!r->counted) return;
    c->result.queries_planned++;
    c->result.files_considered += table->n;
    c->result.files_read += r->files_n;
    c->result.files_archived += pruned.archived;
    c->result.rows_read += pruned.rows;
    c->result.coordinator_cpu_s += sim_seconds(work);
}

static void admit(struct query *q, const struct query_table *tables)
{
    while (q->waiting_n > 0 && q->running_n < q->options.concurrent) {
        const struct waiting next = q->waiting[q->waiting_first];
        q->waiting_first = (q->waiting_first + 1) % QUERY_WAITING_MAX;
        q->waiting_n--;
        int free_at = 0;
        while (q->running[free_at].used)
            free_at++;
        struct running *r = &q->running[free_at];
        *r = (struct running){
            .used = true,
            .query_class = next.query_class,
            .counted = next.arrival >= q->options.measure_from,
            .arrival = next.arrival,
            .admitted = q->now,
            .order = q->arrivals_n++,
            .first_split = SIM_NEVER,
            .files = r->files,
            .room = r->room,
        };
        q->running_n++;
        if (free_at >= q->running_top) q->running_top = free_at + 1;
        plan(q, r, tables);
    }
}

static void arrive(struct query *q, struct class_state *c)
{
    const bool counted = q->now >= q->options.measure_from;
    if (counted) c->result.arrived++;
    /* The line is drawn up first and admitted from at once, so it is full only where nobody can be admitted.
     */
    if (q->waiting_n == QUERY_WAITING_MAX) {
        if (counted) c->result.refused++;
        if (counted && q->options.done)
            q->options.done(q->options.context, (int)(c - q->classes), q->now, SIM_NEVER);
        return;
    }
    if (counted) c->result.unfinished++;
    q->waiting[(q->waiting_first + q->waiting_n++) % QUERY_WAITING_MAX] =
        (struct waiting){.query_class = (int32_t)(c - q->classes), .arrival = q->now};
}

/* --- slots --- */

static void sift_up(struct slot *heap, int hole)
{
    const struct slot moved = heap[hole];
    while (hole > 0 && heap[(hole - 1) / 2].at > moved.at) {
        heap[hole] = heap[(hole - 1) / 2];
        hole = (hole - 1) / 2;
    }
    heap[hole] = moved;
}

static void sift_down(struct slot *heap, int n)
{
    if (n == 0) return;
    const struct slot moved = heap[0];
    int hole = 0;
    for (int child = 1; child < n; child = 2 * hole + 1) {
        if (child + 1 < n && heap[child + 1].at < heap[child].at) child++;
        if (heap[child].at >= moved.at) break;
        heap[hole] = heap[child];
        hole = child;
    }
    heap[hole] = moved;
}

static void begin_split(struct query *q, int of)
{
    struct running *r = &q->running[of];
    const struct kept_file *file = &r->files[r->next_file];
    const int64_t cut = (int64_t)q->engine->split_bytes, rest = file->bytes - r->next_byte;
    const int64_t bytes = rest < cut ? rest : cut;
    struct slot *slot = &q->slots[q->busy_n];
    *slot = (struct slot){
        .at = q->now,
        .began = q->now,
        .of = of,
        .prefix = file->prefix,
        .class = file->class,
        .split = query_split_of(q->engine, q->classes[r->query_class].spec, file->bytes, bytes),
    };
    slot->footer = slot->split.footer_gets > 0;
    slot->gets_left = slot->split.data_gets;
    sift_up(q->slots, q->busy_n++);
    r->next_byte += bytes;
    if (r->next_byte >= file->bytes) {
        r->next_file++;
        r->next_byte = 0;
    }
    r->splits_left--;
    r->splits_begun++;
    r->held++;
    if (r->first_split == SIM_NEVER) r->first_split = q->now;
}

/* Does a's next split come before b's? */
static bool before(const struct running *a, const struct running *b)
{
    if (a->held != b->held) return a->held < b->held;
    if (a->splits_begun != b->splits_begun) return a->splits_begun < b->splits_begun;
    return a->order < b->order;
}

/* Every free slot takes a split. */
static void dispatch(struct query *q)
{
    while (q->busy_n < q->slots_n) {
        int best = -1;
        for (int i = 0; i < q->running_top; i++) {
            const struct running *r = &q->running[i];
            if (!r->used || !r->planned || r->splits_left == 0) continue;
            if (best < 0 || before(r, &q->running[best])) best = i;
        }
        if (best < 0) return;
        begin_split(q, best);
    }
}

static void complete(struct query *q, struct running *r)
{
    if (r->counted) {
        struct query_result *result = &q->classes[r->query_class].result;
        result->completed++;
        result->unfinished--;
        sim_time queued = r->admitted - r->arrival + r->coordinator_wait;
        if (r->first_split != SIM_NEVER) queued += r->first_split - r->ready;
        histogram_add(&result->latency_s, sim_seconds(q->now - r->arrival), 1);
        histogram_add(&result->queue_wait_s, sim_seconds(queued), 1);
        if (q->options.done) q->options.done(q->options.context, r->query_class, r->arrival, q->now);
    }
    r->used = false;
    r->files_n = 0;
    q->running_n--;
    while (q->running_top > 0 && !q->running[q->running_top - 1].used)
        q->running_top--;
}

/* The slot at the top of the heap makes its next step. */
static void step(struct query *q)
{
    struct slot *slot = &q->slots[0];
    struct running *r = &q->running[slot->of];
    struct query_result *result = &q->classes[r->query_class].result;
    if (!slot->footer && slot->gets_left == 0) {
        if (r->counted) {
            result->splits++;
            result->bytes_scanned += slot->split.scanned_bytes;
            result->cpu_s += slot->split.cpu_ns / 1e9;
            result->slot_s += sim_seconds(q->now - slot->began);
        }
        r->held--;
        q->slots[0] = q->slots[--q->busy_n];
        sift_down(q->slots, q->busy_n);
        if (r->held == 0 && r->splits_left == 0) complete(q, r);
        return;
    }
    sim_time again;
    if (objectstore_try(&q->store, slot->prefix, OBJECT_GET, q->now, slot->tries, &again)) {
        const double bytes = slot->footer ? slot->split.footer_bytes : slot->split.data_bytes_each;
        slot->at = q->now + objectstore_latency(&q->store, OBJECT_GET, bytes);
        slot->tries = 0;
        if (slot->footer)
            slot->footer = false;
        else if (--slot->gets_left == 0)
            slot->at += llround(slot->split.cpu_ns);
        if (r->counted) {
            result->get_requests++;
            result->bytes_read += bytes;
            result->class[slot->class].get_requests++;
            result->class[slot->class].bytes += bytes;
        }
    } else {
        slot->at = again;
        slot->tries++;
        if (r->counted) result->get_refused++;
    }
    sift_down(q->slots, q->busy_n);
}

/* The queries that are planned by now may begin; one that reads nothing is done. */
static void begin_ready(struct query *q)
{
    q->next_ready = SIM_NEVER;
    for (int i = 0; i < q->running_top; i++) {
        struct running *r = &q->running[i];
        if (!r->used || r->planned) continue;
        if (r->ready <= q->now) {
            r->planned = true;
            if (r->splits_left == 0) complete(q, r);
        } else if (r->ready < q->next_ready) {
            q->next_ready = r->ready;
        }
    }
}

/* --- the whole --- */

struct query *query_new(const struct query_options *options, const struct calibration_query_engine *engine,
                        const struct calibration_latency *latency, struct arena *arena)
{
    CHECK(options->classes_n >= 1 && options->classes_n <= QUERY_CLASSES_MAX, "%d classes of queries",
          options->classes_n);
    CHECK(options->workers >= 1 && options->vcpus >= 1 &&
              options->workers <= QUERY_SLOTS_MAX / options->vcpus,
          "%d workers of %d vCPU", options->workers, options->vcpus);
    CHECK(options->concurrent >= 1 && options->concurrent <= QUERY_CONCURRENT_MAX, "%d queries at once",
          options->concurrent);
    CHECK(engine->split_bytes >= 1 && engine->read_max_bytes >= 1, "splits of %g bytes, reads of %g",
          engine->split_bytes, engine->read_max_bytes);
    struct query *q = ARENA_NEW(arena, struct query, 1);
    q->options = *options;
    q->engine = engine;
    q->arena = arena;
    q->slots_n = options->workers * options->vcpus;
    q->slots = ARENA_NEW(arena, struct slot, (size_t)q->slots_n);
    q->running = ARENA_NEW(arena, struct running, (size_t)options->concurrent);
    q->waiting = ARENA_NEW(arena, struct waiting, QUERY_WAITING_MAX);
    q->classes = ARENA_NEW(arena, struct class_state, (size_t)options->classes_n);
    q->next_ready = SIM_NEVER;
    CHECK(options->name && options->tables >= 1, "an engine with %d tables", options->tables);
    objectstore_init(&q->store, latency, options->prefixes, options->seed,
                     arena_printf(arena, "query/%s/requests", options->name), arena);
    pool_init(&q->coordinator, arena, options->coordinator_vcpus);
    struct query_class *specs = ARENA_NEW(arena, struct query_class, (size_t)options->classes_n);
    memcpy(specs, options->classes, sizeof *specs * (size_t)options->classes_n);
    q->options.classes = specs;
    for (int i = 0; i < options->classes_n; i++) {
        struct class_state *c = &q->classes[i];
        c->spec = &specs[i];
        CHECK(c->spec->columns >= 1 && c->spec->columns <= c->spec->columns_total && c->spec->window >= 0 &&
                  c->spec->cpu_factor >= 0 && c->spec->buckets >= 0 && c->spec->table >= 0 &&
                  c->spec->table < options->tables,
              "query class %s makes no sense", c->spec->name);
        c->peak_per_s = rate_peak(c->spec->rate);
        c->storm = 1;
        rng_init(&c->arrivals, arena, options->seed, arena_printf(arena, "query/%s/arrivals", c->spec->name));
        rng_init(&c->buckets, arena, options->seed, arena_printf(arena, "query/%s/buckets", c->spec->name));
        rng_init(&c->keys, arena, options->seed, arena_printf(arena, "query/%s/keys", c->spec->name));
        histogram_init(&c->result.latency_s, arena, LATENCY_MIN_S, LATENCY_MAX_S, LATENCY_ERROR);
        histogram_init(&c->result.queue_wait_s, arena, LATENCY_MIN_S, LATENCY_MAX_S, LATENCY_ERROR);
        draw_arrival(q, c, 0);
    }
    return q;
}

static void move_clock(struct query *q, sim_time to)
{
    q->slots_busy_ns += (double)(to - q->now) * q->busy_n;
    q->now = to;
}

void query_run_until(struct query *q, const struct query_table *tables, sim_time until)
{
    CHECK(until >= q->now, "queries until %lld, which are at %lld", (long long)until, (long long)q->now);
    for (;;) {
        struct class_state *first = &q->classes[0];
        for (int i = 1; i < q->options.classes_n; i++)
            if (q->classes[i].next < first->next) first = &q->classes[i];
        const sim_time slot_at = q->busy_n > 0 ? q->slots[0].at : SIM_NEVER;
        sim_time at = slot_at < q->next_ready ? slot_at : q->next_ready;
        if (first->next < at) at = first->next;
        if (at >= until) break;
        move_clock(q, at);
        if (slot_at == at) {
            const int busy = q->busy_n;
            step(q);
            if (q->busy_n == busy) continue; /* a request: nobody's place was freed */
        } else if (q->next_ready == at) {
            begin_ready(q);
        } else {
            arrive(q, first);
            draw_arrival(q, first, at);
        }
        admit(q, tables);
        dispatch(q);
    }
    if (until != SIM_NEVER) move_clock(q, until);
}

double query_slots_busy_ns(const struct query *q)
{
    return q->slots_busy_ns;
}

double query_coordinator_busy_ns(const struct query *q)
{
    /* A reading is not before the latest arrival. */
    return pool_busy_ns(&q->coordinator, q->now > q->coordinator.last_arrival ? q->now : q->coordinator.last_arrival);
}

void query_open_ages(const struct query *q, int query_class, double *ages_s)
{
    int64_t n = 0;
    for (int i = 0; i < q->running_top; i++) {
        const struct running *r = &q->running[i];
        if (r->used && r->counted && r->query_class == query_class) ages_s[n++] = sim_seconds(q->now - r->arrival);
    }
    for (int i = 0; i < q->waiting_n; i++) {
        const struct waiting *waiting = &q->waiting[(q->waiting_first + i) % QUERY_WAITING_MAX];
        if (waiting->query_class == query_class && waiting->arrival >= q->options.measure_from)
            ages_s[n++] = sim_seconds(q->now - waiting->arrival);
    }
    CHECK(n == q->classes[query_class].result.unfinished, "%lld queries of %s are open, but %lld have not ended", (long long)n,
          q->classes[query_class].spec->name, (long long)q->classes[query_class].result.unfinished);
}

struct query_result *query_result(struct query *q, int query_class)
{
    CHECK(query_class >= 0 && query_class < q->options.classes_n, "query class %d", query_class);
    struct query_result *result = &q->classes[query_class].result;
    CHECK(result->arrived == result->completed + result->refused + result->unfinished,
          "a query of %s is lost", q->classes[query_class].spec->name);
    return result;
}
