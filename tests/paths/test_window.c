/* The window operator against the engines' own tests, rule by rule, and against a naive model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <math.h>
#include <cmocka.h>

#include "philox.h"
#include "vectors.h"
#include "window.h"

/* What an operator gave, in order: panes and late records alike. */
struct given {
    struct window_pane pane; /* of a late record: key and start alone */
    bool late_record;
    int64_t timestamp, count;
    enum window_side side;
};

enum { GIVEN_MAX = 20000 };

struct log {
    struct given given[GIVEN_MAX];
    size_t n;
};

static void log_pane(void *context, const struct window_pane *pane)
{
    struct log *log = context;
    assert_true(log->n < GIVEN_MAX);
    log->given[log->n++] = (struct given){.pane = *pane};
}

static void log_late(void *context, const struct window_late_record *r)
{
    struct log *log = context;
    assert_true(log->n < GIVEN_MAX);
    log->given[log->n++] =
        (struct given){{.key = r->key, .start = r->start}, true, r->timestamp, r->count, r->side};
}

static const struct json_value *root_of(struct arena *arena)
{
    return vectors_json("tests/paths/vectors/window_cases.json", arena);
}

static uint64_t key_of(const char *text)
{
    uint64_t key = 0;
    assert_true(strlen(text) <= 8);
    for (; *text != '\0'; text++)
        key = key << 8 | (unsigned char)*text;
    return key;
}

static int64_t value_of(const struct json_value *value)
{
    return value->kind == JSON_VALUE_STRING ? strtoll(value->text, NULL, 10) : value->integer;
}

/* An aggregate as its sum and its number of parts: 4, [1, 2, 5] or "0+1+1" (a leading 0 or nothing is the
 * empty aggregate). parts is 0 where the vector does not tell. */
static void aggregate_of(const struct json_value *value, const char *agg, int64_t *sum, int64_t *parts)
{
    *sum = *parts = 0;
    if (value->kind == JSON_VALUE_NUMBER) {
        *sum = value->integer;
    } else if (value->kind == JSON_VALUE_ARRAY) {
        for (size_t i = 0; i < value->n; i++)
            *sum += value->items[i].integer;
        *parts = (int64_t)value->n;
    } else {
        const char *p = value->text;
        if (strcmp(agg, "join+0") == 0) p += 1; /* "0" */
        while (*p != '\0') {
            if (*p == '+') p++;
            char *end;
            *sum += strtoll(p, &end, 10);
            assert_true(end != p);
            *parts += 1;
            p = end;
        }
    }
}

/* Values become multiplicities, so that both sums and numbers of records are seen: `as_sum` adds each record
 * `value` times (and once more where a part may be 0), else once. */
static void run_case(const struct json_value *c, struct arena *arena, struct log *log, bool as_sum)
{
    const char *name = vectors_at(c, "name")->text;
    const char *flavor = vectors_at(c, "flavor")->text;
    const char *agg = vectors_at(c, "agg")->text;
    const struct json_value *w = vectors_at(c, "window");
    const struct window_config config = {
        .size = vectors_int(w, "size_ms"),
        .offset = vectors_int(w, "offset_ms"),
        .allowed_lateness = vectors_int(w, "allowed_lateness_ms"),
        .discarding = strcmp(vectors_at(c, "mode")->text, "discarding") == 0,
        .semantics = strcmp(flavor, "flink") == 0  ? WINDOW_FLINK
                     : strcmp(flavor, "beam") == 0 ? WINDOW_BEAM
                                                   : WINDOW_KAFKA_STREAMS,
        .emit = strcmp(vectors_at(c, "trigger")->text, "on_close") == 0 ? WINDOW_ON_CLOSE : WINDOW_ON_UPDATE,
        .sink = {log_pane, log_late, log},
    };
    assert_null(window_config_mistake(&config));
    struct window_operator *op = window_new(arena, &config);
    const bool parts_known = strcmp(agg, "sum") != 0;
    const struct json_value *input = vectors_at(c, "input");
    const struct json_value *expect = vectors_at(c, "expect");
    const struct json_value *late = json_member(c, "late_elements");
    size_t panes = 0, late_n = 0;
    int64_t late_records = 0;
    for (size_t i = 0; i < input->n; i++) {
        const struct json_value *in = &input->items[i];
        log->n = 0;
        if (json_member(in, "watermark") != NULL) {
            window_advance(op, vectors_int(in, "watermark"));
        } else {
            int64_t count = as_sum ? value_of(vectors_at(in, "value")) + parts_known : 1;
            window_add(op, key_of(vectors_at(in, "key")->text), vectors_int(in, "ts"), WINDOW_IMPRESSION,
                       count);
        }
        size_t here = 0;
        for (size_t g = 0; g < log->n; g++) {
            if (log->given[g].late_record) {
                late_records++;
                if (late == NULL) continue;
                assert_true(late_n < late->n);
                assert_int_equal(log->given[g].timestamp, vectors_int(&late->items[late_n], "ts"));
                assert_int_equal(log->given[g].pane.key,
                                 key_of(vectors_at(&late->items[late_n], "key")->text));
                late_n++;
                continue;
            }
            here++;
        }
        panes += here;
        if (json_member(c, "expect_not_asserted") != NULL) continue;
        size_t expected_here = 0;
        for (size_t e = 0; e < expect->n; e++) {
            if (vectors_int(&expect->items[e], "after_input") != (int64_t)i) continue;
            expected_here++;
            int64_t sum, parts;
            aggregate_of(vectors_at(&expect->items[e], "value"), agg, &sum, &parts);
            if (!as_sum && !parts_known) continue;
            int64_t wanted = as_sum ? sum + (parts_known ? parts : 0) : parts;
            bool found = false;
            for (size_t g = 0; g < log->n; g++) {
                const struct window_pane *p = &log->given[g].pane;
                found =
                    found || (!log->given[g].late_record &&
                              p->key == key_of(vectors_at(&expect->items[e], "key")->text) &&
                              p->start == vectors_int(&expect->items[e], "start") &&
                              p->end == vectors_int(&expect->items[e], "end") && p->impressions == wanted);
            }
            if (!found) fail_msg("%s: pane %zu is missing after input %zu", name, e, i);
        }
        if (here != expected_here)
            fail_msg("%s: %zu panes after input %zu, not %zu", name, here, i, expected_here);
    }
    assert_int_equal(late_records, vectors_int(c, "late_dropped"));
    if (!as_sum) assert_int_equal(window_counts(op)->records_late, vectors_int(c, "late_dropped"));
    assert_int_equal(window_counts(op)->panes, panes);
    if (late != NULL) assert_int_equal(late_n, late->n);
}

static void published_cases(void **state)
{
    struct log *log = *state;
    struct arena *arena = arena_new(0);
    const struct json_value *root = root_of(arena);
    const struct json_value *cases = vectors_at(root, "cases");
    assert_int_equal(cases->n, 9);
    for (size_t i = 0; i < cases->n; i++) {
        run_case(&cases->items[i], arena, log, true);
        run_case(&cases->items[i], arena, log, false);
    }
    print_message("carried later: %zu cases of other window kinds and triggers\n",
                  vectors_at(root, "not_carried")->n);
    arena_free(arena);
}

static void starts(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct json_value *vectors = vectors_at(root_of(arena), "assigner_vectors");
    const struct json_value *rows =
        vectors_at(vectors_at(vectors, "flink_getWindowStartWithOffset"), "rows_ts_offset_size_start");
    assert_int_equal(rows->n, 16);
    for (size_t i = 0; i < rows->n; i++) {
        const struct json_value *r = rows->items[i].items;
        assert_true(window_start(r[0].integer, r[2].integer, r[1].integer) == r[3].integer);
    }
    rows = vectors_at(vectors_at(vectors, "flink_tumbling_assign"), "rows_size_offset_ts_start_end");
    assert_int_equal(rows->n, 9);
    for (size_t i = 0; i < rows->n; i++) {
        const struct json_value *r = rows->items[i].items;
        int64_t start = window_start(r[2].integer, r[0].integer, r[1].integer);
        assert_true(start == r[3].integer && start + r[0].integer == r[4].integer);
    }
    rows = vectors_at(vectors_at(vectors, "derived_not_upstream_negative_ts"), "rows_ts_off_size_new_old");
    assert_int_equal(rows->n, 7);
    int differ = 0;
    for (size_t i = 0; i < rows->n; i++) {
        const struct json_value *r = rows->items[i].items;
        assert_true(window_start(r[0].integer, r[2].integer, r[1].integer) == r[3].integer);
        differ += r[3].integer != r[4].integer;
    }
    assert_int_equal(differ, 4); /* the old formula would fail this test */
    rows = vectors_at(vectors_at(vectors, "kstreams_windowsFor"), "rows_size_advance_ts_starts");
    int tumbling = 0;
    for (size_t i = 0; i < rows->n; i++) {
        const struct json_value *r = rows->items[i].items;
        if (r[0].integer != r[1].integer) continue; /* hopping */
        tumbling++;
        assert_true(window_start(r[2].integer, r[0].integer, 0) == r[3].items[0].integer);
    }
    assert_int_equal(tumbling, 1);
    arena_free(arena);
}

static struct window_operator *simple(struct arena *arena, struct log *log, enum window_semantics semantics,
                                      int64_t lateness, bool discarding, enum window_emit emit)
{
    const struct window_config config = {.size = 10,
                                         .allowed_lateness = lateness,
                                         .discarding = discarding,
                                         .semantics = semantics,
                                         .emit = emit,
                                         .sink = {log_pane, log_late, log}};
    log->n = 0;
    return window_new(arena, &config);
}

/* Clicks and impressions of one key meet in one pane; CTR is theirs. */
static void clicks_join_impressions(void **state)
{
    struct log *log = *state;
    struct arena *arena = arena_new(0);
    struct window_operator *op = simple(arena, log, WINDOW_FLINK, 0, false, WINDOW_ON_UPDATE);
    window_add(op, 7, 3, WINDOW_IMPRESSION, 200);
    window_add(op, 7, 9, WINDOW_CLICK, 3);
    window_add(op, 8, 9, WINDOW_CLICK, 1);
    assert_int_equal(window_advance(op, 8), 0);
    assert_int_equal(window_advance(op, 9), 2);
    assert_int_equal(log->given[0].pane.impressions, 200);
    assert_int_equal(log->given[0].pane.clicks, 3);
    assert_true(fabs(window_ctr(&log->given[0].pane) - 0.015) < 1e-15);
    assert_true(isnan(window_ctr(&log->given[1].pane)));
    assert_int_equal(window_counts(op)->records, 204);
    assert_int_equal(window_counts(op)->folds, 3);
    assert_int_equal(window_counts(op)->keys_inserted, 2);
    assert_int_equal(window_state_keys(op), 0);
    arena_free(arena);
}

/* The boundaries of the table in window.h, each side of them. */
static void boundaries(void **state)
{
    struct log *log = *state;
    struct arena *arena = arena_new(0);
    struct window_operator *flink = simple(arena, log, WINDOW_FLINK, 5, false, WINDOW_ON_UPDATE);
    window_add(flink, 1, 0, WINDOW_IMPRESSION, 1);
    assert_int_equal(window_advance(flink, 8), 0);
    assert_int_equal(window_advance(flink, 9), 1); /* end - 1 */
    assert_int_equal(window_advance(flink, 13), 0);
    assert_int_equal(window_add(flink, 1, 1, WINDOW_IMPRESSION, 1), WINDOW_COUNTED);
    assert_int_equal(log->given[1].pane.timing, WINDOW_PANE_LATE);
    assert_int_equal(log->given[1].pane.impressions, 2);
    assert_int_equal(window_state_keys(flink), 1);
    window_advance(flink, 14); /* end - 1 + lateness */
    assert_int_equal(window_state_keys(flink), 0);
    assert_int_equal(window_add(flink, 1, 1, WINDOW_IMPRESSION, 1), WINDOW_LATE);

    struct window_operator *beam = simple(arena, log, WINDOW_BEAM, 5, true, WINDOW_ON_UPDATE);
    window_add(beam, 1, 0, WINDOW_IMPRESSION, 1);
    assert_int_equal(window_advance(beam, 9), 0);
    assert_int_equal(window_advance(beam, 10), 1); /* end */
    assert_int_equal(window_state_keys(beam), 0);  /* discarding keeps nothing */
    window_advance(beam, 14);
    assert_int_equal(window_add(beam, 1, 1, WINDOW_IMPRESSION, 4),
                     WINDOW_COUNTED); /* end - 1 + lateness: not yet */
    assert_int_equal(log->given[1].pane.impressions, 4);
    window_advance(beam, 15);
    assert_int_equal(window_add(beam, 1, 1, WINDOW_IMPRESSION, 1), WINDOW_LATE);

    struct window_operator *streams = simple(arena, log, WINDOW_KAFKA_STREAMS, 5, false, WINDOW_ON_CLOSE);
    window_add(streams, 1, 0, WINDOW_IMPRESSION, 1);
    window_add(streams, 2, 14, WINDOW_IMPRESSION, 1);
    assert_int_equal(log->n, 0);
    assert_int_equal(window_add(streams, 1, 9, WINDOW_IMPRESSION, 1), WINDOW_COUNTED);
    window_add(streams, 2, 15, WINDOW_IMPRESSION, 1); /* end + grace: closes by a record's own time */
    assert_int_equal(log->n, 1);
    assert_int_equal(log->given[0].pane.impressions, 2);
    assert_int_equal(window_add(streams, 1, 9, WINDOW_IMPRESSION, 1), WINDOW_LATE);
    assert_int_equal(window_add(streams, 1, -1, WINDOW_IMPRESSION, 3), WINDOW_SKIPPED);
    assert_int_equal(window_counts(streams)->records_skipped, 3);
    arena_free(arena);
}

static void order_is_by_end_then_arrival(void **state)
{
    struct log *log = *state;
    struct arena *arena = arena_new(0);
    struct window_operator *op = simple(arena, log, WINDOW_FLINK, 0, false, WINDOW_ON_UPDATE);
    for (uint64_t i = 0; i < 5000; i++) /* enough for tables to grow while they fill */
        window_add(op, i * 2654435761u, (int64_t)(29 - i % 30), WINDOW_IMPRESSION, 1);
    window_advance(op, INT64_MAX);
    assert_int_equal(log->n, 5000);
    for (size_t i = 1; i < log->n; i++) {
        const struct window_pane *a = &log->given[i - 1].pane, *b = &log->given[i].pane;
        assert_true(a->end < b->end || (a->end == b->end && a->key < b->key));
    }
    assert_int_equal(window_counts(op)->windows_opened, 3);
    assert_int_equal(window_counts(op)->windows_dropped, 3);
    arena_free(arena);
}

static void memory_is_used_again(void **state)
{
    struct log *log = *state;
    struct arena *arena = arena_new(0);
    struct window_operator *op = simple(arena, log, WINDOW_FLINK, 0, false, WINDOW_ON_UPDATE);
    size_t used = 0;
    for (int64_t w = 0; w < 200; w++) {
        for (uint64_t k = 0; k < 1000; k++)
            window_add(op, k, w * 10, WINDOW_IMPRESSION, 1);
        assert_true(window_state_bytes(op) >= 1000 * 24);
        window_advance(op, w * 10 + 9);
        log->n = 0;
        if (w == 1) used = arena_used_bytes(arena);
    }
    assert_int_equal(arena_used_bytes(arena), used);
    assert_int_equal(window_state_bytes(op), 0);
    arena_free(arena);
}

static void mistakes_in_configurations(void **state)
{
    (void)state;
    struct window_config c = {.size = 10, .sink = {.pane = log_pane}};
    assert_null(window_config_mistake(&c));
    c.size = 0;
    assert_non_null(window_config_mistake(&c));
    c.size = 10;
    c.offset = 10;
    assert_non_null(window_config_mistake(&c));
    c.offset = -10;
    assert_non_null(window_config_mistake(&c));
    c.offset = 3;
    c.allowed_lateness = -1;
    assert_non_null(window_config_mistake(&c));
    c.allowed_lateness = 0;
    c.semantics = WINDOW_KAFKA_STREAMS;
    assert_non_null(window_config_mistake(&c));
    c.offset = 0;
    assert_null(window_config_mistake(&c));
    c.discarding = true;
    assert_non_null(window_config_mistake(&c));
    c.discarding = false;
    c.sink.pane = NULL;
    assert_non_null(window_config_mistake(&c));
}

static jmp_buf fired;
static void on_check(void *context, const char *message)
{
    *(const char **)context = message;
    longjmp(fired, 1);
}

static void call_back(void *context, const struct window_pane *pane)
{
    (void)pane;
    window_advance(*(struct window_operator **)context, INT64_MAX);
}

static void a_sink_may_not_call_its_operator(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct window_operator *op = NULL;
    const char *volatile message = NULL;
    const struct window_config config = {.size = 10, .sink = {.pane = call_back, .context = &op}};
    op = window_new(arena, &config);
    window_add(op, 1, 0, WINDOW_IMPRESSION, 1);
    check_set_hook(on_check, (void *)&message);
    if (setjmp(fired) == 0) window_advance(op, 100);
    check_set_hook(NULL, NULL);
    assert_non_null(message);
    arena_free(arena);
}

static void damaged_snapshots_are_refused(void **state)
{
    struct log *log = *state;
    struct arena *arena = arena_new(0);
    struct window_operator *op = simple(arena, log, WINDOW_FLINK, 5, false, WINDOW_ON_UPDATE);
    for (uint64_t k = 0; k < 20; k++)
        window_add(op, k, (int64_t)k * 3, WINDOW_CLICK, 2);
    unsigned char bytes[2000];
    size_t n = window_snapshot(op, bytes, sizeof bytes);
    assert_int_equal(n, window_snapshot_bytes(op));
    assert_int_equal(n, window_snapshot_bytes_for(20, 6));
    struct window_operator *other = simple(arena, log, WINDOW_FLINK, 5, false, WINDOW_ON_UPDATE);
    for (size_t i = 0; i < n; i++) {
        assert_false(window_restore(other, bytes, i));
        bytes[i] ^= 0x10;
        assert_false(window_restore(other, bytes, n));
        bytes[i] ^= 0x10;
        assert_int_equal(window_state_windows(other), 0);
    }
    assert_true(window_restore(other, bytes, n));
    assert_int_equal(window_state_keys(other), 20);
    const struct window_config config = {.size = 20, .sink = {.pane = log_pane, .context = log}};
    assert_false(window_restore(window_new(arena, &config), bytes, n));
    arena_free(arena);
}

/* The naive model: a list of (key, window) sums in order of arrival, searched from the beginning each time.
 */
struct naive {
    struct window_config config;
    struct {
        uint64_t key;
        int64_t start, impressions, clicks;
        bool fired;
    } sums[4000];
    size_t n;
    int64_t wm;
    bool broken; /* the canary: late one tick too late */
    struct log *log;
};

static bool naive_due(const struct naive *m, int64_t start)
{
    int64_t end = start + m->config.size;
    if (m->config.semantics == WINDOW_FLINK) return m->wm >= end - 1;
    if (m->config.semantics == WINDOW_BEAM) return m->wm > end - 1;
    return end <= m->wm - m->config.allowed_lateness;
}

static bool naive_late(const struct naive *m, int64_t start)
{
    int64_t end = start + m->config.size, slack = m->broken ? 1 : 0;
    if (m->wm == INT64_MIN) return false;
    if (m->config.semantics == WINDOW_FLINK) return end - 1 + m->config.allowed_lateness + slack <= m->wm;
    if (m->config.semantics == WINDOW_BEAM) return end - 1 + m->config.allowed_lateness + slack < m->wm;
    return end + slack <= m->wm - m->config.allowed_lateness;
}

static void naive_give(struct naive *m, uint64_t key, int64_t start, int64_t impressions, int64_t clicks,
                       enum window_timing timing)
{
    const struct window_pane p = {key, start, start + m->config.size, impressions, clicks, timing};
    log_pane(m->log, &p);
}

static bool naive_updates(const struct naive *m)
{
    return m->config.semantics == WINDOW_KAFKA_STREAMS && m->config.emit == WINDOW_ON_UPDATE;
}

static void naive_settle(struct naive *m)
{
    if (m->wm == INT64_MIN) return;
    for (;;) { /* the earliest window that is due, its sums in order of arrival */
        int64_t first = INT64_MAX;
        for (size_t i = 0; i < m->n; i++)
            if (!m->sums[i].fired && naive_due(m, m->sums[i].start) && m->sums[i].start < first)
                first = m->sums[i].start;
        if (first == INT64_MAX) break;
        for (size_t i = 0; i < m->n; i++) {
            if (m->sums[i].start != first || m->sums[i].fired) continue;
            m->sums[i].fired = true;
            if (!naive_updates(m))
                naive_give(m, m->sums[i].key, first, m->sums[i].impressions, m->sums[i].clicks,
                           WINDOW_PANE_ON_TIME);
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < m->n; i++)
        if (!naive_late(m, m->sums[i].start) && !(m->config.discarding && m->sums[i].fired))
            m->sums[kept++] = m->sums[i];
    m->n = kept;
}

static void naive_add(struct naive *m, uint64_t key, int64_t t, enum window_side side, int64_t count)
{
    bool streams = m->config.semantics == WINDOW_KAFKA_STREAMS;
    if (streams && t < 0) return;
    if (streams && t > m->wm) m->wm = t;
    int64_t start = m->config.offset - 1000 * m->config.size; /* no division: walk up to it */
    while (start + m->config.size <= t)
        start += m->config.size;
    if (naive_late(m, start)) {
        const struct window_late_record r = {key, t, start, count, side};
        log_late(m->log, &r);
        return;
    }
    bool late = !streams && m->wm != INT64_MIN && naive_due(m, start);
    size_t i = 0;
    while (i < m->n && (m->sums[i].key != key || m->sums[i].start != start))
        i++;
    if (i == m->n) {
        assert_true(m->n < 4000);
        m->sums[m->n].key = key;
        m->sums[m->n].start = start;
        m->sums[m->n].impressions = m->sums[m->n].clicks = 0;
        m->sums[m->n++].fired = late;
    }
    if (side == WINDOW_CLICK)
        m->sums[i].clicks += count;
    else
        m->sums[i].impressions += count;
    if (late)
        naive_give(m, key, start, m->sums[i].impressions, m->sums[i].clicks, WINDOW_PANE_LATE);
    else if (naive_updates(m))
        naive_give(m, key, start, m->sums[i].impressions, m->sums[i].clicks, WINDOW_PANE_UPDATE);
    naive_settle(m);
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
            x->side != y->side)
            return false;
    }
    return true;
}

/* One random life of an operator beside the model. False as soon as they differ. */
static bool live(uint64_t seed, bool broken, struct log *log, struct log *naive_log, struct naive *m)
{
    struct arena *arena = arena_new(0);
    struct philox r = philox_named_nth(99, "test/window", seed);
    struct window_config c = {.size = 1 + (int64_t)philox_below(&r, 12), .sink = {log_pane, log_late, log}};
    c.semantics = (enum window_semantics)philox_below(&r, 3);
    c.allowed_lateness = philox_below(&r, 3) == 0 ? 0 : (int64_t)philox_below(&r, 25);
    if (c.semantics != WINDOW_KAFKA_STREAMS) {
        c.offset = (int64_t)philox_below(&r, 2 * (uint64_t)c.size - 1) - (c.size - 1);
        c.discarding = philox_below(&r, 2) == 0;
    }
    c.emit = philox_below(&r, 2) == 0 ? WINDOW_ON_UPDATE : WINDOW_ON_CLOSE;
    struct window_operator *op = window_new(arena, &c);
    *m = (struct naive){.config = c, .wm = INT64_MIN, .broken = broken, .log = naive_log};
    uint64_t keys = 1 + philox_below(&r, 40);
    int64_t now = (int64_t)philox_below(&r, 100) - 50;
    bool same = true;
    for (int step = 0; step < 250 && same; step++) {
        log->n = naive_log->n = 0;
        uint64_t what = philox_below(&r, 100);
        if (what < 80) {
            uint64_t key = philox_below(&r, keys);
            int64_t t = now + (int64_t)philox_below(&r, 40) - 30;
            enum window_side side = philox_below(&r, 5) == 0 ? WINDOW_CLICK : WINDOW_IMPRESSION;
            int64_t count = 1 + (int64_t)philox_below(&r, 3);
            window_prefetch(op, key, t);
            window_add(op, key, t, side, count);
            naive_add(m, key, t, side, count);
        } else if (what < 98) {
            now += (int64_t)philox_below(&r, 8);
            int64_t wm = now - (int64_t)philox_below(&r, 12); /* some do not advance */
            window_advance(op, wm);
            if (wm > m->wm) {
                m->wm = wm;
                naive_settle(m);
            }
        } else { /* a checkpoint and a restart from it */
            size_t n = window_snapshot_bytes(op);
            void *bytes = arena_alloc(arena, 1, n);
            same = window_snapshot(op, bytes, n) == n;
            struct window_operator *restored = window_new(arena, &c);
            same = same && window_restore(restored, bytes, n);
            same = same && window_state_keys(restored) == window_state_keys(op);
            op = restored;
        }
        same = same && same_logs(log, naive_log) && window_state_keys(op) == m->n;
    }
    arena_free(arena);
    return same;
}

static void same_as_naive(void **state)
{
    struct log *log = *state, *naive_log = malloc(sizeof *naive_log);
    struct naive *m = malloc(sizeof *m);
    assert_true(naive_log != NULL && m != NULL);
    for (uint64_t seed = 0; seed < 1500; seed++)
        if (!live(seed, false, log, naive_log, m))
            fail_msg("seed %" PRIu64 " differs from the naive model", seed);
    /* The canary: a model that is wrong by one tick must be noticed, in each of the semantics. */
    bool noticed[3] = {false};
    for (uint64_t seed = 0; seed < 60; seed++)
        if (!live(seed, true, log, naive_log, m)) noticed[m->config.semantics] = true;
    for (int i = 0; i < 3; i++)
        assert_true(noticed[i]);
    free(naive_log);
    free(m);
}

static int make_log(void **state)
{
    *state = malloc(sizeof(struct log));
    return *state == NULL;
}

static int free_log(void **state)
{
    free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_cases),
        cmocka_unit_test(starts),
        cmocka_unit_test(clicks_join_impressions),
        cmocka_unit_test(boundaries),
        cmocka_unit_test(order_is_by_end_then_arrival),
        cmocka_unit_test(memory_is_used_again),
        cmocka_unit_test(mistakes_in_configurations),
        cmocka_unit_test(a_sink_may_not_call_its_operator),
        cmocka_unit_test(damaged_snapshots_are_refused),
        cmocka_unit_test(same_as_naive),
    };
    return cmocka_run_group_tests(tests, make_log, free_log);
}
