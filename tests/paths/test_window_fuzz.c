/* Millions of random operations on windows of every kind, beside a naive model; and sort-and-group at the end
 * of input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <inttypes.h>

#include "arena.h"
#include "philox.h"
#include "window_naive.h"

enum { STEPS = 200, BATCH = 48 };

static int64_t below(struct philox *r, int64_t n)
{
    return (int64_t)philox_below(r, (uint64_t)n);
}

static struct window_trigger random_trigger(struct philox *r, enum window_semantics semantics)
{
    struct window_trigger t = {.kind = WINDOW_AT_END};
    if (semantics == WINDOW_KAFKA_STREAMS) {
        t.kind = below(r, 2) == 0 ? WINDOW_ON_UPDATE : WINDOW_ON_CLOSE;
        return t;
    }
    switch (below(r, 6)) {
    case 0:
        t.kind = WINDOW_BY_COUNT;
        t.early_count = 1 + below(r, 5);
        break;
    case 1:
        t.early_count = 1 + below(r, 4);
        t.late_count = below(r, 4);
        break;
    case 2:
        if (semantics == WINDOW_BEAM) {
            t.once = true;
            t.early_count = below(r, 3);
            break;
        }
        t.kind = WINDOW_CONTINUOUS;
        t.interval = 1 + below(r, 12);
        break;
    case 3:
        t.processing_time = semantics == WINDOW_FLINK;
        break;
    default: /* the plain one */
        break;
    }
    return t;
}

static struct window_config random_config(struct philox *r)
{
    struct window_config c = {.size = 1 + below(r, 12), .gap = 1 + below(r, 6), .slide = 1 + below(r, 8)};
    static const enum window_kind kinds[] = {WINDOW_TUMBLING, WINDOW_HOPPING, WINDOW_SESSION, WINDOW_GLOBAL};
    c.kind = kinds[below(r, 20) == 0 ? 3 : below(r, 3)];
    c.semantics = (enum window_semantics)below(r, 3);
    c.allowed_lateness = below(r, 3) == 0 ? 0 : below(r, 25);
    c.mode = (enum window_mode)below(r, 3);
    c.trigger = random_trigger(r, c.semantics);
    const int64_t slide = c.kind == WINDOW_HOPPING ? c.slide : c.size;
    if (c.semantics == WINDOW_KAFKA_STREAMS) {
        if (c.mode == WINDOW_DISCARDING) c.mode = WINDOW_ACCUMULATING;
        if (c.slide > c.size) c.slide = c.size;
    } else {
        c.offset = below(r, 2 * slide - 1) - (slide - 1);
    }
    c.closing_always = c.semantics == WINDOW_BEAM && below(r, 4) == 0;
    return c;
}

static bool same_logs(const struct log *a, const struct log *b)
{
    if (a->n != b->n) return false;
    for (size_t i = 0; i < a->n; i++) {
        const struct given *x = &a->given[i], *y = &b->given[i];
        if (x->late_record != y->late_record || x->pane.key != y->pane.key ||
            x->pane.start != y->pane.start || x->pane.end != y->pane.end ||
            x->pane.impressions != y->pane.impressions || x->pane.clicks != y->pane.clicks ||
            x->pane.timing != y->pane.timing || x->timestamp != y->timestamp || x->count != y->count ||
            x->side != y->side || x->sum != y->sum || x->min != y->min || x->max != y->max)
            return false;
    }
    return true;
}

static struct window_operator *restarted(const struct window_operator *op, const struct window_config *config,
                                         struct arena *arena)
{
    const size_t n = window_snapshot_bytes(op);
    void *bytes = arena_alloc(arena, 1, n);
    if (window_snapshot(op, bytes, n) != n) return NULL;
    struct window_operator *other = window_new(arena, config);
    return window_restore(other, bytes, n) && window_state_keys(other) == window_state_keys(op) ? other
                                                                                                : NULL;
}

struct life {
    struct philox r;
    struct window_operator *op;
    struct naive *naive;
    int64_t now, keys, operations;
};

static struct window_record random_record(struct life *l)
{
    return (struct window_record){.key = philox_below(&l->r, (uint64_t)l->keys),
                                  .timestamp = l->now + below(&l->r, 40) - 30,
                                  .count = 1 + below(&l->r, 3),
                                  .value = below(&l->r, 2000) - 1000,
                                  .side = below(&l->r, 5) == 0 ? WINDOW_CLICK : WINDOW_IMPRESSION};
}

static void add_some(struct life *l)
{
    struct window_record batch[BATCH];
    const size_t n = below(&l->r, 8) == 0 ? (size_t)(1 + below(&l->r, BATCH)) : 1;
    for (size_t i = 0; i < n; i++) {
        batch[i] = random_record(l);
        if (i > 0 && below(&l->r, 3) != 0) batch[i].timestamp = batch[i - 1].timestamp;
        naive_add(l->naive, &batch[i]);
    }
    l->operations += (int64_t)n;
    if (n > 1) {
        window_add_batch(l->op, batch, n);
        return;
    }
    window_prefetch(l->op, batch->key, batch->timestamp);
    window_add_record(l->op, batch);
}

/* One random life of an operator beside the model. False as soon as they differ. */
static bool live(uint64_t seed, bool broken, struct log *log, struct log *naive_log, struct naive *m,
                 int64_t *operations)
{
    struct arena *arena = arena_new(0);
    struct life l = {.r = philox_named_nth(99, "test/window", seed), .naive = m};
    struct window_config c = random_config(&l.r);
    c.sink = (struct window_sink){log_pane, log_late, log};
    if (below(&l.r, 2) == 0) c.aggregates = log_aggregates(arena);
    log->aggregates = naive_log->aggregates = c.aggregates;
    if (window_config_mistake(&c) != NULL) fail_msg("seed %" PRIu64 ": %s", seed, window_config_mistake(&c));
    l.op = window_new(arena, &c);
    l.keys = 1 + below(&l.r, below(&l.r, 4) == 0 ? 200 : 12);
    l.now = below(&l.r, 100) - 50;
    m->config = c;
    m->n = 0;
    m->order = 0;
    m->wm = INT64_MIN;
    m->broken = broken;
    m->log = naive_log;
    m->arena = arena;
    bool same = true;
    if (c.trigger.processing_time) { /* a clock has always some time */
        window_advance(l.op, l.now);
        naive_advance(m, l.now);
    }
    for (int step = 0; step < STEPS && same; step++) {
        log->n = naive_log->n = 0;
        const int64_t what = below(&l.r, 100);
        if (what < 80) {
            add_some(&l);
        } else if (what < 98) {
            l.now += below(&l.r, 8);
            const int64_t wm = l.now - below(&l.r, 12); /* some do not advance */
            window_advance(l.op, wm);
            naive_advance(m, wm);
            l.operations++;
        } else { /* a checkpoint and a restart from it */
            l.op = restarted(l.op, &c, arena);
            same = l.op != NULL;
        }
        same = same && same_logs(log, naive_log);
        if (c.mode != WINDOW_DISCARDING) same = same && window_state_keys(l.op) == (size_t)m->n;
    }
    *operations += l.operations;
    arena_free(arena);
    return same;
}

static void same_as_naive(void **state)
{
    struct log *log = *state, *naive_log = calloc(1, sizeof *naive_log);
    struct naive *m = calloc(1, sizeof *m);
    int64_t operations = 0;
    assert_true(naive_log != NULL && m != NULL);
    for (uint64_t seed = 0; seed < 3000; seed++)
        if (!live(seed, false, log, naive_log, m, &operations))
            fail_msg("seed %" PRIu64 " differs from the naive model", seed);
    print_message("%" PRId64 " operations\n", operations);
    assert_true(operations > 1500000);
    /* The canary: a model that is wrong by one tick must be noticed, in each of the semantics. */
    bool noticed[3] = {false};
    for (uint64_t seed = 0; seed < 100; seed++)
        if (!live(seed, true, log, naive_log, m, &operations)) noticed[m->config.semantics] = true;
    for (int i = 0; i < 3; i++)
        assert_true(noticed[i]);
    log->aggregates = NULL;
    free(naive_log);
    free(m);
}

/* --- sort and group --- */

static int by_key_and_time(const void *a, const void *b)
{
    const struct window_record *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->timestamp > y->timestamp) - (x->timestamp < y->timestamp);
}

static int by_key_and_span(const void *a, const void *b)
{
    const struct given *x = a, *y = b;
    if (x->pane.key != y->pane.key) return x->pane.key < y->pane.key ? -1 : 1;
    if (x->pane.start != y->pane.start) return x->pane.start < y->pane.start ? -1 : 1;
    return (x->pane.end > y->pane.end) - (x->pane.end < y->pane.end);
}

/* What of a key's sorted records lies in [start, end]. */
static void group(struct log *log, const struct window_record *r, int n, int64_t start, int64_t end,
                  int64_t pane_end)
{
    struct given g = {.pane = {.key = r->key, .start = start, .end = pane_end, .timing = WINDOW_PANE_STATE}};
    int members = 0;
    for (int i = 0; i < n; i++) {
        if (r[i].timestamp < start || r[i].timestamp > end) continue;
        *(r[i].side == WINDOW_CLICK ? &g.pane.clicks : &g.pane.impressions) += r[i].count;
        g.sum += r[i].value * r[i].count;
        if (members == 0 || r[i].value < g.min) g.min = r[i].value;
        if (members++ == 0 || r[i].value > g.max) g.max = r[i].value;
    }
    for (size_t i = 0; i < log->n; i++)
        if (log->given[i].pane.key == r->key && log->given[i].pane.start == start) return; /* known */
    if (members > 0) log->given[log->n++] = g;
}

static void group_key(struct log *log, const struct window_config *c, const struct window_record *r, int n)
{
    const bool streams = c->semantics == WINDOW_KAFKA_STREAMS;
    for (int i = 0; i < n; i++) {
        const int64_t t = r[i].timestamp;
        if (c->kind == WINDOW_SLIDING) {
            group(log, r, n, t < c->size ? 0 : t - c->size, t < c->size ? c->size : t,
                  t < c->size ? c->size : t);
            group(log, r, n, t + 1, t + 1 + c->size, t + 1 + c->size);
            continue;
        }
        const int64_t near = c->semantics == WINDOW_BEAM ? c->gap - 1 : c->gap;
        if (i > 0 && t - r[i - 1].timestamp <= near) continue; /* the same session */
        int last = i;
        while (last + 1 < n && r[last + 1].timestamp - r[last].timestamp <= near)
            last++;
        group(log, r, n, t, r[last].timestamp, r[last].timestamp + (streams ? 0 : c->gap));
    }
}

static void same_as_sort_and_group(void **state)
{
    struct log *log = *state, *grouped = calloc(1, sizeof *grouped);
    enum { RECORDS = 120 };
    int64_t operations = 0;
    assert_non_null(grouped);
    for (uint64_t seed = 0; seed < 4000; seed++) {
        struct arena *arena = arena_new(0);
        struct life l = {.r = philox_named_nth(98, "test/window/group", seed)};
        struct window_config c = {
            .size = 1 + below(&l.r, 20), .gap = 1 + below(&l.r, 8), .allowed_lateness = 1000};
        c.kind = below(&l.r, 2) == 0 ? WINDOW_SLIDING : WINDOW_SESSION;
        c.semantics = c.kind == WINDOW_SLIDING ? WINDOW_KAFKA_STREAMS : (enum window_semantics)below(&l.r, 3);
        c.aggregates = log_aggregates(arena);
        c.sink = (struct window_sink){log_pane, log_late, log};
        log->aggregates = c.aggregates;
        l.op = window_new(arena, &c);
        l.keys = 1 + below(&l.r, 5);
        struct window_record records[RECORDS];
        const int n = 1 + (int)below(&l.r, RECORDS);
        const int64_t spread = 1 + below(&l.r, 300);
        for (int i = 0; i < n; i++) {
            records[i] = random_record(&l);
            records[i].timestamp = below(&l.r, spread);
            log->n = 0;
            window_add_record(l.op, &records[i]);
            if (below(&l.r, 50) == 0) l.op = restarted(l.op, &c, arena);
            assert_non_null(l.op);
        }
        operations += n;
        log->n = grouped->n = 0;
        window_state_each(l.op, log_pane, log);
        qsort(records, (size_t)n, sizeof *records, by_key_and_time);
        for (int from = 0, to; from < n; from = to) {
            for (to = from; to < n && records[to].key == records[from].key; to++)
                ;
            group_key(grouped, &c, records + from, to - from);
        }
        qsort(log->given, log->n, sizeof *log->given, by_key_and_span);
        qsort(grouped->given, grouped->n, sizeof *grouped->given, by_key_and_span);
        if (!same_logs(log, grouped)) fail_msg("seed %" PRIu64 " differs from sort-and-group", seed);
        arena_free(arena);
    }
    assert_true(operations > 200000);
    log->aggregates = NULL;
    free(grouped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_as_naive),
        cmocka_unit_test(same_as_sort_and_group),
    };
    return cmocka_run_group_tests(tests, make_log, free_log);
}
