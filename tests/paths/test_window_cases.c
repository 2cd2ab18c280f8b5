/* The window operator against the engines' own tests: every case at once, in batches and with restarts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "vectors.h"
#include "window_log.h"

static const struct json_value *root_of(struct arena *arena)
{
    return vectors_json("tests/paths/vectors/window_cases.json", arena);
}

static uint64_t key_of(const struct json_value *value)
{
    const char *text = vectors_at(value, "key")->text;
    uint64_t key = 0xcbf29ce484222325u; /* FNV-1a */
    for (; *text != '\0'; text++)
        key = (key ^ (unsigned char)*text) * 0x100000001b3u;
    return key;
}

static int64_t value_of(const struct json_value *value)
{
    return value->kind == JSON_VALUE_STRING ? strtoll(value->text, NULL, 10) : value->integer;
}

/* What an aggregate says: 4, [1, 2, 5], "0+1+1" (join+0: the 0 is the empty aggregate), "+100" (prefix+), or
 * null: a retraction. `records` is -1 where the vector does not tell. */
struct expected {
    bool retraction;
    int64_t sum, records, min, max;
};

static void count_in(struct expected *e, int64_t value)
{
    e->sum += value;
    if (e->records == 0 || value < e->min) e->min = value;
    if (e->records == 0 || value > e->max) e->max = value;
    e->records++;
}

static struct expected expected_of(const struct json_value *value, const char *agg)
{
    struct expected e = {.retraction = value->kind == JSON_VALUE_NULL};
    if (value->kind == JSON_VALUE_NUMBER) {
        e.sum = value->integer;
        e.records = -1;
    } else if (value->kind == JSON_VALUE_ARRAY) {
        for (size_t i = 0; i < value->n; i++)
            count_in(&e, value->items[i].integer);
    } else if (!e.retraction) {
        const char *p = value->text;
        if (strcmp(agg, "join+0") == 0) p += 1;
        while (*p != '\0') {
            if (*p == '+') p++;
            char *end;
            count_in(&e, strtoll(p, &end, 10));
            assert_true(end != p);
            p = end;
        }
    }
    return e;
}

static bool says(const struct given *g, const struct json_value *item, const char *agg)
{
    if (g->pane.key != key_of(item) || g->pane.start != vectors_int(item, "start") ||
        g->pane.end != vectors_int(item, "end"))
        return false;
    const struct expected e = expected_of(vectors_at(item, "value"), agg);
    if (e.retraction != (g->pane.timing == WINDOW_PANE_RETRACTION)) return false;
    if (e.retraction) return true;
    if (g->sum != e.sum) return false;
    if (e.records < 0) return true;
    return g->pane.impressions == e.records && (e.records == 0 || (g->min == e.min && g->max == e.max));
}

/* Every item is said by a different one of what was given, and nothing else was. */
static void expect_all(const char *name, const char *where, struct log *log, const struct json_value *items,
                       int64_t after_input, const char *agg)
{
    size_t wanted = 0, given = 0;
    for (size_t i = 0; i < items->n; i++) {
        if (after_input >= 0 && vectors_int(&items->items[i], "after_input") != after_input) continue;
        bool found = false;
        wanted++;
        for (size_t g = 0; g < log->n && !found; g++) {
            found = !log->given[g].late_record && !log->given[g].taken &&
                    says(&log->given[g], &items->items[i], agg);
            log->given[g].taken |= found;
        }
        if (!found) fail_msg("%s: pane %zu is missing %s %" PRId64, name, i, where, after_input);
    }
    for (size_t g = 0; g < log->n; g++)
        given += !log->given[g].late_record;
    if (given != wanted)
        fail_msg("%s: %zu panes %s %" PRId64 ", not %zu", name, given, where, after_input, wanted);
}

static int64_t length_of(const struct json_value *window, const char *name)
{
    const struct json_value *v = json_member(window, name);
    return v == NULL || v->kind == JSON_VALUE_NULL ? 0 : v->integer;
}

struct name {
    const char *text;
    int value;
};
static const struct name flavors[] = {
    {"flink", WINDOW_FLINK}, {"beam", WINDOW_BEAM}, {"kstreams", WINDOW_KAFKA_STREAMS}, {NULL, 0}};
static const struct name kinds[] = {{"tumbling", WINDOW_TUMBLING},
                                    {"sliding", WINDOW_HOPPING},
                                    {"hopping", WINDOW_HOPPING},
                                    {"session", WINDOW_SESSION},
                                    {"kstreams_sliding", WINDOW_SLIDING},
                                    {"global", WINDOW_GLOBAL},
                                    {NULL, 0}};
static const struct name modes[] = {{"accumulating", WINDOW_ACCUMULATING},
                                    {"discarding", WINDOW_DISCARDING},
                                    {"accumulating_and_retracting", WINDOW_RETRACTING},
                                    {NULL, 0}};

static int named(const struct name *names, const struct json_value *value)
{
    for (; names->text != NULL; names++)
        if (strcmp(names->text, value->text) == 0) return names->value;
    fail_msg("no \"%s\"", value->text);
    return 0;
}

static struct window_config config_of(const struct json_value *c, struct arena *arena, struct log *log)
{
    const struct json_value *w = vectors_at(c, "window");
    const char *trigger = vectors_at(c, "trigger")->text, *mistake;
    struct window_config config = {
        .kind = (enum window_kind)named(kinds, vectors_at(w, "type")),
        .mode = (enum window_mode)named(modes, vectors_at(c, "mode")),
        .semantics = (enum window_semantics)named(flavors, vectors_at(c, "flavor")),
        .size = length_of(w, "size_ms"),
        .slide = length_of(w, "slide_ms"),
        .gap = length_of(w, "gap_ms"),
        .offset = length_of(w, "offset_ms"),
        .allowed_lateness = length_of(w, "allowed_lateness_ms"),
        .aggregates = log_aggregates(arena),
        .sink = {log_pane, log_late, log},
    };
    if (strcmp(trigger, "store_state") == 0) trigger = "on_update"; /* only the state is looked at */
    if (!window_trigger_parse(trigger, &config.trigger, &mistake)) fail_msg("%s: %s", trigger, mistake);
    const struct json_value *closing = json_member(c, "closing");
    config.closing_always = closing != NULL && strcmp(closing->text, "fire_always") == 0;
    log->aggregates = config.aggregates;
    return config;
}

/* How a case is run: all ways must say the same. */
enum how { AT_ONCE, IN_BATCHES, WITH_RESTARTS };

static struct window_operator *restarted(struct window_operator *op, const struct window_config *config,
                                         struct arena *arena)
{
    const size_t n = window_snapshot_bytes(op);
    void *bytes = arena_alloc(arena, 1, n);
    assert_int_equal(window_snapshot(op, bytes, n), n);
    struct window_operator *other = window_new(arena, config);
    assert_true(window_restore(other, bytes, n));
    return other;
}

static void run_case(const struct json_value *c, struct arena *arena, struct log *log, enum how how)
{
    const char *name = vectors_at(c, "name")->text;
    const char *agg = vectors_at(c, "agg")->text;
    const struct window_config config = config_of(c, arena, log);
    if (window_config_mistake(&config) != NULL) fail_msg("%s: %s", name, window_config_mistake(&config));
    struct window_operator *op = window_new(arena, &config);
    const struct json_value *input = vectors_at(c, "input"), *expect = vectors_at(c, "expect");
    const struct json_value *late = json_member(c, "late_elements"), *final = json_member(c, "final_state");
    const bool asserted = json_member(c, "expect_not_asserted") == NULL && (final == NULL || expect->n > 0);
    size_t late_n = 0;
    int64_t late_records = 0;
    for (size_t i = 0; i < input->n; i++) {
        const struct json_value *in = &input->items[i];
        log->n = 0;
        if (how == WITH_RESTARTS) op = restarted(op, &config, arena);
        if (json_member(in, "watermark") != NULL) {
            window_advance(op, vectors_int(in, "watermark"));
        } else if (json_member(in, "processing_time") != NULL) {
            window_advance(op, vectors_int(in, "processing_time"));
        } else {
            const struct window_record r = {.key = key_of(in),
                                            .timestamp = vectors_int(in, "ts"),
                                            .count = 1,
                                            .value = value_of(vectors_at(in, "value"))};
            if (how == IN_BATCHES)
                window_add_batch(op, &r, 1);
            else
                window_add_record(op, &r);
        }
        for (size_t g = 0; g < log->n; g++) {
            if (!log->given[g].late_record) continue;
            late_records++;
            if (late == NULL) continue;
            assert_true(late_n < late->n);
            assert_int_equal(log->given[g].timestamp, vectors_int(&late->items[late_n], "ts"));
            assert_int_equal(log->given[g].pane.key, key_of(&late->items[late_n]));
            late_n++;
        }
        if (asserted) expect_all(name, "after input", log, expect, (int64_t)i, agg);
    }
    if (late_records != vectors_int(c, "late_dropped")) fail_msg("%s: %" PRId64 " late", name, late_records);
    if (late != NULL) assert_int_equal(late_n, late->n);
    log->n = 0;
    window_state_each(op, log_pane, log);
    assert_int_equal(log->n, window_state_keys(op));
    if (final != NULL) expect_all(name, "in the state at the end,", log, final, -1, agg);
}

static void published_cases(void **state)
{
    struct log *log = *state;
    struct arena *arena = arena_new(0);
    const struct json_value *cases = vectors_at(root_of(arena), "cases");
    assert_true(cases->n >= 40);
    for (size_t i = 0; i < cases->n; i++)
        for (enum how how = AT_ONCE; how <= WITH_RESTARTS; how++)
            run_case(&cases->items[i], arena, log, how);
    log->aggregates = NULL;
    arena_free(arena);
}

static int64_t start_of(const struct json_value *ts, const struct json_value *offset,
                        const struct json_value *size)
{
    return window_start(ts->integer, size->integer, offset->integer);
}

static void aligned_starts(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct json_value *vectors = vectors_at(root_of(arena), "assigner_vectors");
    const struct json_value *rows =
        vectors_at(vectors_at(vectors, "flink_getWindowStartWithOffset"), "rows_ts_offset_size_start");
    assert_true(rows->n >= 16);
    for (size_t i = 0; i < rows->n; i++) {
        const struct json_value *r = rows->items[i].items;
        assert_true(start_of(&r[0], &r[1], &r[2]) == r[3].integer);
    }
    rows = vectors_at(vectors_at(vectors, "flink_tumbling_assign"), "rows_size_offset_ts_start_end");
    assert_true(rows->n >= 9);
    for (size_t i = 0; i < rows->n; i++) {
        const struct json_value *r = rows->items[i].items;
        int64_t start = start_of(&r[2], &r[1], &r[0]);
        assert_true(start == r[3].integer && start + r[0].integer == r[4].integer);
    }
    rows = vectors_at(vectors_at(vectors, "derived_not_upstream_negative_ts"), "rows_ts_off_size_new_old");
    assert_true(rows->n >= 7);
    int differ = 0;
    for (size_t i = 0; i < rows->n; i++) {
        const struct json_value *r = rows->items[i].items;
        assert_true(start_of(&r[0], &r[1], &r[2]) == r[3].integer);
        differ += r[3].integer != r[4].integer;
    }
    assert_true(differ >= 4); /* the old formula would fail this test */
    arena_free(arena);
}

static void same_starts(struct window_starts starts, int64_t slide, const struct json_value *expected)
{
    assert_int_equal(starts.n, expected->n);
    for (int64_t i = 0; i < starts.n; i++)
        assert_true(starts.first + i * slide == expected->items[i].integer);
}

static void hopping_starts(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct json_value *vectors = vectors_at(root_of(arena), "assigner_vectors");
    const struct json_value *rows =
        vectors_at(vectors_at(vectors, "flink_sliding_assign"), "rows_size_slide_offset_ts_starts");
    assert_true(rows->n >= 7);
    for (size_t i = 0; i < rows->n; i++) {
        const struct json_value *r = rows->items[i].items;
        same_starts(window_starts(WINDOW_FLINK, r[3].integer, r[0].integer, r[1].integer, r[2].integer),
                    r[1].integer, &r[4]);
    }
    rows = vectors_at(vectors_at(vectors, "kstreams_windowsFor"), "rows_size_advance_ts_starts");
    assert_true(rows->n >= 3);
    for (size_t i = 0; i < rows->n; i++) {
        const struct json_value *r = rows->items[i].items;
        same_starts(window_starts(WINDOW_KAFKA_STREAMS, r[2].integer, r[0].integer, r[1].integer, 0),
                    r[1].integer, &r[3]);
    }
    arena_free(arena);
}

static struct window_span span_of(const struct json_value *v)
{
    return (struct window_span){v->items[0].integer, v->items[1].integer};
}

static void sessions_meet_and_merge(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct json_value *vectors = vectors_at(root_of(arena), "assigner_vectors");
    const struct json_value *rows = vectors_at(vectors_at(vectors, "flink_intersects"), "rows");
    assert_true(rows->n >= 4);
    for (size_t i = 0; i < rows->n; i++) {
        const struct json_value *r = rows->items[i].items;
        const bool meets = r[2].kind == JSON_VALUE_BOOL && r[2].boolean;
        assert_int_equal(window_session_meets(WINDOW_FLINK, span_of(&r[0]), span_of(&r[1]), 0), meets);
        assert_int_equal(window_session_meets(WINDOW_FLINK, span_of(&r[1]), span_of(&r[0]), 0), meets);
    }
    rows = vectors_at(vectors_at(vectors, "flink_session_merge"), "rows_in_out");
    assert_true(rows->n >= 2);
    for (size_t i = 0; i < rows->n; i++) {
        const struct json_value *in = &rows->items[i].items[0], *out = &rows->items[i].items[1];
        struct window_span *spans = ARENA_NEW(arena, struct window_span, in->n);
        for (size_t k = 0; k < in->n; k++)
            spans[k] = span_of(&in->items[k]);
        assert_int_equal(window_merge(WINDOW_FLINK, spans, in->n, 0), out->n);
        for (size_t k = 0; k < out->n; k++)
            assert_true(spans[k].start == span_of(&out->items[k]).start &&
                        spans[k].end == span_of(&out->items[k]).end);
    }
    /* At exactly the gap, in each of the semantics. */
    for (int64_t apart = 9; apart <= 11; apart++) {
        const struct window_span flink = window_session_of(WINDOW_FLINK, 5, 10),
                                 streams = window_session_of(WINDOW_KAFKA_STREAMS, 5, 10);
        assert_int_equal(
            window_session_meets(WINDOW_FLINK, flink, window_session_of(WINDOW_FLINK, 5 + apart, 10), 10),
            apart <= 10);
        assert_int_equal(
            window_session_meets(WINDOW_BEAM, flink, window_session_of(WINDOW_BEAM, 5 + apart, 10), 10),
            apart < 10);
        assert_int_equal(window_session_meets(WINDOW_KAFKA_STREAMS, streams,
                                              window_session_of(WINDOW_KAFKA_STREAMS, 5 - apart, 10), 10),
                         apart <= 10);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_cases),
        cmocka_unit_test(aligned_starts),
        cmocka_unit_test(hopping_starts),
        cmocka_unit_test(sessions_meet_and_merge),
    };
    return cmocka_run_group_tests(tests, make_log, free_log);
}
