/* bench_window.c: see bench_window.h. */
#include "bench_window.h"

#include "aggregate.h"
#include "arena.h"
#include "bare_table.h"
#include "bench_paths.h"
#include "check.h"
#include "philox.h"
#include "plugin.h"
#include "window.h"

#include <string.h>

enum { DRAWS = 1 << 20, DRAWS_MIN = 1 << 16, AHEAD = 8, BARE_AHEAD = 16 };

static const int64_t window_size = 10000000000;

struct window_state {
    struct window_operator *op;
    const struct headroom_window *own; /* a plugin's, in its place; NULL: none */
    void *own_state;
    struct arena *arena;
    uint64_t *keys;
    uint64_t *order; /* which key comes when */
    size_t keys_n;
    int64_t window; /* the one that is filled */
    uint64_t panes;
    struct window_record *records; /* of batches and steady states */
    int64_t records_n;             /* a power of two; at least as many as keys, if they are not too many */
    struct bare_table bare;
    int64_t now, behind; /* steady: the newest event; how far the watermark stays behind */
};

static void count_pane(void *context, const struct window_pane *pane)
{
    struct window_state *s = context;
    s->panes += (uint64_t)pane->clicks + 1;
}

static struct window_state *set_up(struct arena *arena, const struct bench_case *bench)
{
    struct window_state *s = ARENA_NEW(arena, struct window_state, 1);
    struct philox philox = philox_named(1, "bench/window");
    s->arena = arena;
    s->keys_n = (size_t)bench->parameter;
    s->keys = ARENA_NEW(arena, uint64_t, s->keys_n);
    for (size_t i = 0; i < s->keys_n; i++)
        s->keys[i] = philox_next_u64(&philox);
    return s;
}

static struct window_state *operator_set_up(struct arena *arena, const struct bench_case *bench)
{
    struct window_state *s = set_up(arena, bench);
    const struct window_config config = {.size = window_size, .sink = {.pane = count_pane, .context = s}};
    s->op = window_new(arena, &config);
    return s;
}

static void count_own_pane(void *context, const struct headroom_pane *pane)
{
    struct window_state *s = context;
    s->panes += (uint64_t)pane->clicks + 1;
}

void *bench_window_set_up(struct arena *arena, const struct bench_case *bench)
{
    struct window_state *s = operator_set_up(arena, bench);
    s->own = plugin_window_vtable(bench_plugged(), WINDOW_TUMBLING);
    if (s->own == NULL) return s;
    s->own_state = s->own->create(&(struct headroom_window_config){.kind = HEADROOM_TUMBLING,
                                                                   .size_ns = window_size,
                                                                   .slide_ns = window_size,
                                                                   .pane = count_own_pane,
                                                                   .context = s});
    return s;
}

void bench_window_tear_down(void *state)
{
    struct window_state *s = state;
    if (s->own != NULL) s->own->destroy(s->own_state);
}

static void own_fill(struct window_state *s)
{
    for (size_t i = 0; i < s->keys_n; i++)
        (void)s->own->add(s->own_state, s->keys[i], s->window * window_size, HEADROOM_IMPRESSION, 1);
}

static void window_fill(struct window_state *s)
{
    if (s->own != NULL) {
        own_fill(s);
        return;
    }
    for (size_t i = 0; i < s->keys_n; i++)
        window_add(s->op, s->keys[i], s->window * window_size, WINDOW_IMPRESSION, 1);
}

/* The same, sooner: not what is timed as new keys. */
static void window_fill_ahead(struct window_state *s)
{
    if (s->own != NULL) {
        own_fill(s);
        return;
    }
    for (size_t i = 0; i < s->keys_n; i++) {
        window_prefetch(s->op, s->keys[i + AHEAD < s->keys_n ? i + AHEAD : i], 0);
        window_add(s->op, s->keys[i], 0, WINDOW_IMPRESSION, 1);
    }
}

void *bench_window_full_set_up(struct arena *arena, const struct bench_case *bench)
{
    struct window_state *s = bench_window_set_up(arena, bench);
    struct philox philox = philox_named(1, "bench/window/order");
    s->order = ARENA_NEW(arena, uint64_t, DRAWS);
    for (size_t i = 0; i < DRAWS; i++)
        s->order[i] = s->keys[philox_below(&philox, s->keys_n)];
    window_fill_ahead(s);
    return s;
}

void bench_window_add_run(void *state, int64_t n)
{
    struct window_state *s = state;
    for (int64_t i = 0; i < n && s->own != NULL; i++)
        (void)s->own->add(s->own_state, s->order[i % DRAWS], i % window_size,
                          i % 64 == 0 ? HEADROOM_CLICK : HEADROOM_IMPRESSION, 1);
    if (s->own != NULL) return;
    for (int64_t i = 0; i < n; i++) {
        window_prefetch(s->op, s->order[(i + AHEAD) % DRAWS], i % window_size);
        window_add(s->op, s->order[i % DRAWS], i % window_size,
                   i % 64 == 0 ? WINDOW_CLICK : WINDOW_IMPRESSION, 1);
    }
}

void bench_window_next_full(void *state, int64_t n)
{
    struct window_state *s = state;
    (void)n;
    s->window++;
    window_fill(s);
}

void bench_window_fire_run(void *state, int64_t n)
{
    struct window_state *s = state;
    if (s->own != NULL) {
        s->own->advance(s->own_state, (s->window + 1) * window_size - 1);
        return;
    }
    uint64_t given = window_advance(s->op, (s->window + 1) * window_size - 1);
    CHECK(given == (uint64_t)n, "%llu panes", (unsigned long long)given);
}

void bench_window_next_empty(void *state, int64_t n)
{
    struct window_state *s = state;
    (void)n;
    s->window++;
    if (s->own != NULL)
        s->own->advance(s->own_state, s->window * window_size - 1);
    else
        window_advance(s->op, s->window * window_size - 1);
}

void bench_window_insert_run(void *state, int64_t n)
{
    struct window_state *s = state;
    CHECK((size_t)n == s->keys_n, "%lld keys", (long long)n);
    window_fill(s);
}

/* --- batches, and what they stand beside --- */

static void make_records(struct window_state *s)
{
    struct philox philox = philox_named(1, "bench/window/records");
    s->records_n = DRAWS_MIN;
    while (s->records_n < DRAWS && (size_t)s->records_n < s->keys_n)
        s->records_n *= 2;
    s->records = ARENA_NEW(s->arena, struct window_record, (size_t)s->records_n);
    for (int64_t i = 0; i < s->records_n; i++)
        s->records[i] = (struct window_record){.key = s->keys[philox_below(&philox, s->keys_n)],
                                               .timestamp = i,
                                               .count = 1,
                                               .value = (int64_t)philox_below(&philox, 1000000),
                                               .item = philox_below(&philox, 100000),
                                               .side = i % 64 == 0 ? WINDOW_CLICK : WINDOW_IMPRESSION};
}

void *bench_window_batch_set_up(struct arena *arena, const struct bench_case *bench)
{
    struct window_state *s = operator_set_up(arena, bench);
    window_fill_ahead(s);
    make_records(s);
    return s;
}

/* Whole batches until n records are in. */
void bench_window_batch_run(void *state, int64_t n)
{
    struct window_state *s = state;
    for (int64_t i = 0; i < n; i += BENCH_WINDOW_BATCH) {
        const int64_t left = n - i < BENCH_WINDOW_BATCH ? n - i : BENCH_WINDOW_BATCH;
        window_add_batch(s->op, s->records + i % s->records_n, (size_t)left);
    }
}

void *bench_upsert_set_up(struct arena *arena, const struct bench_case *bench)
{
    struct window_state *s = set_up(arena, bench);
    make_records(s);
    bare_table_init(&s->bare, arena, s->keys_n);
    for (size_t i = 0; i < s->keys_n; i++)
        bare_table_add(&s->bare, s->keys[i], 1);
    return s;
}

void bench_upsert_bare_run(void *state, int64_t n)
{
    struct window_state *s = state;
    const int64_t last = s->records_n - 1;
    for (int64_t i = 0; i < n; i++)
        bare_table_add(&s->bare, s->records[i & last].key, s->records[i & last].count);
}

void bench_upsert_prefetched_run(void *state, int64_t n)
{
    struct window_state *s = state;
    const int64_t last = s->records_n - 1;
    for (int64_t i = 0; i < n; i++) {
        bare_table_fetch(&s->bare, s->records[(i + BARE_AHEAD) & last].key);
        bare_table_add(&s->bare, s->records[i & last].key, s->records[i & last].count);
    }
}

/* --- other windows --- */

/* So that a key comes eight times in `span` of event time, one record a unit. */
static void *steady(struct arena *arena, const struct bench_case *bench, struct window_config config)
{
    struct window_state *s = set_up(arena, bench);
    make_records(s);
    config.sink = (struct window_sink){.pane = count_pane, .context = s};
    s->op = window_new(arena, &config);
    s->behind = (int64_t)s->keys_n;
    bench_window_steady_run(s, 16 * (int64_t)s->keys_n);
    return s;
}

static int64_t span_of(const struct bench_case *bench)
{
    return 8 * bench->parameter;
}

void *bench_window_hopping_set_up(struct arena *arena, const struct bench_case *bench)
{
    return steady(arena, bench,
                  (struct window_config){
                      .kind = WINDOW_HOPPING, .size = span_of(bench) / 6 * 6, .slide = span_of(bench) / 6});
}

void *bench_window_session_set_up(struct arena *arena, const struct bench_case *bench)
{
    return steady(arena, bench, (struct window_config){.kind = WINDOW_SESSION, .gap = span_of(bench) / 4});
}

void *bench_window_early_set_up(struct arena *arena, const struct bench_case *bench)
{
    return steady(
        arena, bench,
        (struct window_config){.size = span_of(bench), .trigger = {.early_count = 4, .late_count = 1}});
}

void *bench_window_sliding_set_up(struct arena *arena, const struct bench_case *bench)
{
    return steady(arena, bench,
                  (struct window_config){.kind = WINDOW_SLIDING,
                                         .size = span_of(bench) / 8,
                                         .semantics = WINDOW_KAFKA_STREAMS});
}

void bench_window_steady_run(void *state, int64_t n)
{
    struct window_state *s = state;
    for (int64_t i = 0; i < n; i++) {
        struct window_record r = s->records[i & (s->records_n - 1)];
        r.timestamp = s->now++;
        window_add_record(s->op, &r);
        if (i % BENCH_WINDOW_BATCH == 0) window_advance(s->op, s->now - s->behind);
    }
}

/* --- aggregates --- */

/* As scenarios have them unless they say otherwise. */
static const struct aggregate_spec aggregates[] = {
    {.kind = AGGREGATE_SUM},
    {.kind = AGGREGATE_MIN},
    {.kind = AGGREGATE_MAX},
    {.kind = AGGREGATE_MEAN},
    {.kind = AGGREGATE_DISTINCT, .size = 12},
    {.kind = AGGREGATE_QUANTILE, .size = 512, .accuracy = 0.01},
    {.kind = AGGREGATE_TOP_K, .size = 64},
};

struct aggregate_state {
    const struct aggregate_set *set;
    unsigned char *accumulators;
    size_t bytes;
    struct window_record *records; /* whose keys are places of accumulators */
};

void *bench_aggregate_set_up(struct arena *arena, const struct bench_case *bench)
{
    struct aggregate_state *s = ARENA_NEW(arena, struct aggregate_state, 1);
    struct philox philox = philox_named(1, "bench/aggregate");
    const char *kind = strchr(bench->name, '.') + 1;
    for (size_t i = 0; i < sizeof aggregates / sizeof *aggregates; i++)
        if (strcmp(kind, aggregate_kind_name(aggregates[i].kind)) == 0)
            s->set = aggregate_set_new(arena, &aggregates[i], 1);
    CHECK(s->set != NULL, "no aggregate is called %s", kind);
    s->bytes = aggregate_bytes(s->set);
    s->accumulators = arena_alloc(arena, (size_t)bench->parameter, s->bytes);
    for (int64_t i = 0; i < bench->parameter; i++)
        aggregate_reset(s->set, s->accumulators + (size_t)i * s->bytes);
    s->records = ARENA_NEW(arena, struct window_record, DRAWS_MIN);
    for (int i = 0; i < DRAWS_MIN; i++)
        s->records[i] = (struct window_record){.key = philox_below(&philox, (uint64_t)bench->parameter),
                                               .value = (int64_t)philox_below(&philox, 1000000),
                                               .item = philox_below(&philox, 100000)};
    bench_aggregate_run(s, 16 * bench->parameter);
    return s;
}

void bench_aggregate_run(void *state, int64_t n)
{
    struct aggregate_state *s = state;
    for (int64_t i = 0; i < n; i++) {
        const struct window_record *r = &s->records[i & (DRAWS_MIN - 1)];
        aggregate_add(s->set, s->accumulators + r->key * s->bytes,
                      &(struct aggregate_input){.value = r->value, .item = r->item, .count = 1});
    }
}
