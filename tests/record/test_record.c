/* test_record.c: the run record, out and back in. */
#include "record.h"

#include "arena.h"
#include "check.h"
#include "diag.h"
#include "json_text.h"
#include "philox.h"
#include "record/sample_record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct sample_options plain = {.groups = 2, .faults = 2, .lag_low = 4e5, .lag_high = 7.1e7};
static const struct sample_options small = {.groups = 1, .faults = 1};
static const struct sample_options hostile = {
    .groups = 3, .faults = 4, .lag_low = 100, .lag_high = 1e9, .hostile = true, .queries = 2};
static const struct sample_options asking = {.groups = 2, .faults = 1, .queries = 2};

/* --- Crashes that are wanted --- */

static char caught_message[1024];

/* Does writing this record end the program, as a broken invariant does? Tried in a process of its own; what
 * it said is then in caught_message. */
static bool write_crashes(const struct record *record, struct arena *arena)
{
    int ends[2], status = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        size_t n;
        dup2(ends[1], 2);
        record_write(record, true, arena, &n);
        _exit(0);
    }
    close(ends[1]);
    size_t n = 0;
    ssize_t got;
    while ((got = read(ends[0], caught_message + n, sizeof(caught_message) - 1 - n)) > 0)
        n += (size_t)got;
    caught_message[n] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == CHECK_EXIT_CODE);
    return WEXITSTATUS(status) == CHECK_EXIT_CODE;
}

/* --- Numbers --- */

static void a_figure_not_filled_is_unknown(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record *r = sample_record(arena, &small);
    r->load.compression = (struct record_number){0};
    size_t n;
    const char *text = record_write(r, false, arena, &n);
    assert_non_null(strstr(text, "\"compression\": null"));
    assert_non_null(strstr(text, "\"/load/compression\": \"" RECORD_NOT_FILLED "\""));
    assert_true(record_maybe(1.5, "x").known);
    assert_false(record_maybe(NAN, "x").known);
    assert_false(record_maybe(INFINITY, "x").known);
    arena_free(arena);
}

static void doubles_are_short_and_exact(void **state)
{
    (void)state;
    const struct {
        double value;
        const char *text;
    } cases[] = {{0.1, "0.1"},
                 {60, "60.0"},
                 {-0.0, "0.0"},
                 {1.0 / 3, "0.3333333333333333"},
                 {1e22, "1e+22"},
                 {5e-324, "4.94065645841247e-324"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {123456789012345680.0, "1.2345678901234568e+17"},
                 {-21.4, "-21.4"}};
    char text[32];
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_text_double(cases[i].value, text);
        assert_string_equal(text, cases[i].text);
    }
    struct philox random = philox_named(1, "doubles");
    for (int i = 0; i < 200000; i++) {
        uint64_t bits = philox_next_u64(&random);
        double value;
        memcpy(&value, &bits, sizeof(value));
        if (!isfinite(value) || value == 0) continue;
        json_text_double(value, text);
        assert_true(strtod(text, NULL) == value);
        assert_true(strlen(text) < 26);
    }
}

/* --- The document --- */

static void keys_stand_in_the_order_of_the_contract(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "record",       "tool",        "scenario",   "inputs",    "run",       "verdict", "answer",
        "objectives",   "load",        "latency",    "freshness", "staleness", "query",   "delivery", "groups",
        "availability", "utilization", "bottleneck", "headroom",  "faults",    "paths",   "storage", "tables",
        "cost",         "delay",       "error",      "series",    "lag_by_partition",
        "notes",        "reasons",     "host"};
    struct arena *arena = arena_new(0);
    size_t n;
    const char *text = record_write(sample_record(arena, &plain), true, arena, &n);
    assert_int_equal(strlen(text), n);
    json_t *document = json_loadb(text, n, 0, NULL);
    assert_non_null(document);
    size_t i = 0;
    const char *key;
    json_t *value;
    json_object_foreach(document, key, value)
    {
        assert_true(i < sizeof(keys) / sizeof(keys[0]));
        assert_string_equal(key, keys[i++]);
    }
    assert_int_equal(i, sizeof(keys) / sizeof(keys[0]));
    assert_int_equal(json_integer_value(json_object_get(document, "record")), RECORD_VERSION);
    const json_t *p = json_object_get(json_object_get(document, "latency"), "produce");
    assert_true(json_is_integer(json_object_get(p, "count")));
    assert_true(json_is_real(json_object_get(p, "p99.9")));
    assert_int_equal(json_array_size(json_object_get(json_object_get(p, "ci95"), "p99")), 2);
    json_decref(document);
    arena_free(arena);
}

static void host_is_there_only_when_asked_for(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record *r = sample_record(arena, &plain);
    size_t n, m;
    const char *without = record_write(r, false, arena, &n);
    assert_null(strstr(without, "\"host\""));
    r->host.wall_s = 99; /* another machine, another day */
    const char *again = record_write(r, false, arena, &m);
    assert_int_equal(n, m);
    assert_memory_equal(without, again, n);
    assert_non_null(strstr(record_write(r, true, arena, &n), "\"wall_s\": 99.0"));
    arena_free(arena);
}

/* Every null must have a reason at its own pointer, or, in the series, at its column's. Counts the nulls. */
static int nulls_without_reason(const json_t *value, const char *pointer, const json_t *reasons, int *nulls)
{
    int without = 0;
    char inner[4096];
    if (json_is_null(value)) {
        (*nulls)++;
        const char *why = json_string_value(json_object_get(reasons, pointer));
        return why == NULL || *why == '\0';
    }
    if (json_is_object(value)) {
        const char *key;
        json_t *member;
        json_object_foreach((json_t *)(uintptr_t)value, key, member)
        {
            size_t n = (size_t)snprintf(inner, sizeof(inner), "%s/", pointer);
            for (const char *c = key; *c != '\0'; c++) {
                if (*c == '~' || *c == '/') inner[n++] = '~';
                inner[n++] = *c == '~' ? '0' : *c == '/' ? '1' : *c;
            }
            inner[n] = '\0';
            without += nulls_without_reason(member, inner, reasons, nulls);
        }
    }
    for (size_t i = 0; json_is_array(value) && i < json_array_size(value); i++) {
        bool is_series = strncmp(pointer, "/series/", 8) == 0;
        snprintf(inner, sizeof(inner), is_series ? "%s" : "%s/%zu", pointer, i);
        without += nulls_without_reason(json_array_get(value, i), inner, reasons, nulls);
    }
    return without;
}

static void every_null_has_its_reason(void **state)
{
    (void)state;
    const struct sample_options *const shapes[] = {&plain, &small, &hostile};
    for (int s = 0; s < 3; s++) {
        struct arena *arena = arena_new(0);
        struct record *r = sample_record(arena, shapes[s]);
        size_t n;
        const char *text = record_write(r, true, arena, &n);
        json_t *document = json_loadb(text, n, 0, NULL);
        const json_t *reasons = json_object_get(document, "reasons");
        int nulls = 0;
        assert_int_equal(nulls_without_reason(document, "", reasons, &nulls), 0);
        assert_true(nulls > 10);
        const struct record_reason *list;
        assert_int_equal(record_reasons(r, arena, &list), json_object_size(reasons));
        json_decref(document);

        /* A record that nobody filled is all reasons. */
        struct record *empty = ARENA_NEW(arena, struct record, 1);
        text = record_write(empty, true, arena, &n);
        document = json_loadb(text, n, 0, NULL);
        nulls = 0;
        assert_int_equal(nulls_without_reason(document, "", json_object_get(document, "reasons"), &nulls), 0);
        assert_true(nulls > 20);
        json_decref(document);
        arena_free(arena);
    }
}

static void assert_round_trip(const struct record *r, bool with_host, struct arena *arena)
{
    size_t n, m;
    const char *text = record_write(r, with_host, arena, &n);
    struct diag *diag = diag_new();
    bool had_host;
    struct record *back = record_read("result.json", text, n, arena, diag, &had_host);
    if (back == NULL) diag_print(diag, stdout);
    assert_non_null(back);
    assert_int_equal(diag_count(diag), 0);
    assert_int_equal(had_host, with_host);
    const char *again = record_write(back, with_host, arena, &m);
    assert_int_equal(n, m);
    assert_memory_equal(text, again, n);
    record_release(back);
    diag_free(diag);
}

static void what_is_written_reads_back_to_the_same_bytes(void **state)
{
    (void)state;
    const struct sample_options *const shapes[] = {&plain, &small, &hostile, &asking};
    for (int s = 0; s < 8; s++) {
        struct arena *arena = arena_new(0);
        struct record *r = sample_record(arena, shapes[s / 2]);
        json_t *resolved = json_pack("{s:{s:i, s:f, s:f}, s:[s, b, n]}", "run", "seed", 1, "whole", 2.0,
                                     "third", 1.0 / 3, "list", "x", 1);
        assert_non_null(resolved);
        r->scenario.resolved = resolved;
        r->inputs.plugins = ARENA_NEW(arena, struct record_file, 1);
        r->inputs.plugins[0] = (struct record_file){"mine.so", "abc", NULL};
        r->inputs.plugins_n = 1;
        r->inputs.seed = UINT64_MAX - 5;
        r->run.partial = true;
        r->run.partial_why = "interrupted";
        r->inputs.calibration = (struct record_file){NULL, NULL, "the defaults were used"};
        assert_round_trip(r, s % 2 == 0, arena);
        json_decref(resolved);
        arena_free(arena);
    }
}

static void reading_gives_back_the_figures(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record *r = sample_record(arena, &plain);
    size_t n;
    const char *text = record_write(r, true, arena, &n);
    struct diag *diag = diag_new();
    struct record *back = record_read("result.json", text, n, arena, diag, NULL);
    assert_non_null(back);
    assert_int_equal(back->delivery.groups[1].delivered, r->delivery.groups[1].delivered);
    assert_string_equal(back->delivery.groups[1].name, "raw");
    assert_true(back->latency[0].figure[RECORD_P99_9].value == r->latency[0].figure[RECORD_P99_9].value);
    assert_false(back->latency[1].figure[RECORD_P99_99].known);
    assert_string_equal(back->latency[1].figure[RECORD_P99_99].why_null,
                        "fewer than ten observations beyond it");
    for (int f = 0; f < RECORD_GROUP_FIGURES; f++)
        assert_true(back->groups[1].figure[f].known == r->groups[1].figure[f].known &&
                    back->groups[1].figure[f].value == r->groups[1].figure[f].value);
    assert_int_equal(back->objectives[5].met, RECORD_INCONCLUSIVE);
    assert_int_equal(back->verdict, RECORD_MISSED);
    assert_string_equal(back->faults[0].scope, "broker 7");
    assert_true(back->cost.month_usd.value == r->cost.month_usd.value);
    assert_int_equal(back->series.n, r->series.n);
    assert_non_null(record_column_find(back, "lag.ctr"));
    assert_true(isnan(record_column_find(back, "freshness.ctr")->values[0]));
    const struct record_grid *grid = &r->lag_by_partition[1].records, *read = &back->lag_by_partition[1].records;
    assert_int_equal(read->rows, 14);
    assert_int_equal(read->columns, 120);
    assert_string_equal(back->lag_by_partition[1].group, "raw");
    assert_memory_equal(read->values, grid->values, 14 * 120 * sizeof(*grid->values));
    assert_true(back->host.wall_s == r->host.wall_s);
    record_release(back);
    diag_free(diag);
    arena_free(arena);
}

/* --- Accounts --- */

static void accounts_that_do_not_add_up_are_found(void **state)
{
    (void)state;
    enum { BROKEN_N = 16 };
    for (int broken = 0; broken <= BROKEN_N; broken++) {
        struct arena *arena = arena_new(0);
        struct record *r = sample_record(arena, broken < 13 || broken == 15 ? &plain : &asking);
        const char *wanted = "";
        double times[] = {0, 10, 10};
        switch (broken) {
        case 0:
            r->delivery.groups[1].delivered++, wanted = "group raw: produced is";
            break;
        case 1:
            r->delivery.groups[1].lost_by[0].count++, wanted = "lost_by adds up to 2";
            break;
        case 2:
            r->delivery.groups[0].duplicated = -1, wanted = "duplicated is -1";
            break;
        case 3:
            r->delivery.rejected = -1, wanted = "rejected -1";
            break;
        case 15:
            r->delivery.rejected_by[0].count += 1, wanted = "rejected_by adds up to 1201";
            break;
        case 4:
            r->cost.lines[0].usd.value += 0.01, wanted = "the lines add up to";
            break;
        case 5:
            r->cost.lines[0].usd = record_unknown("no price"), wanted = "its line 'kafka brokers' is not";
            break;
        case 6:
            r->series.t = times, r->series.n = 3, wanted = "t[2] is 10 after 10";
            break;
        case 7:
            r->delivery.groups[0].in_flight = INT64_MAX, wanted = "group ctr: produced is";
            break;
        case 8:
            r->delivery.produced--, wanted = "group ctr: produced is";
            break;
        case 9:
            r->lag_by_partition[1].partitions = 43, wanted = "lag by partition of raw: 14 rows of 3 of 43";
            break;
        case 10:
            r->lag_by_partition[0].records.rows = 0, wanted = "lag by partition of ctr: 0 rows";
            break;
        case 11:
            ((int64_t *)r->lag_by_partition[0].records.values)[7] = -1, wanted = "-1 records";
            break;
        case 12:
            r->lag_by_partition[0].step_s = 150, wanted = "120 steps of 150 s in a run of 14400 s";
            break;
        case 13:
            r->query[1].completed++, wanted = "query ad-hoc: arrived is 28800 but completed 28784 + refused 10";
            break;
        case 14:
            r->query[0].splits = -1, wanted = "query dashboard: a count is -1";
            break;
        default:
            break; /* nothing is broken */
        }
        char why[512] = "";
        assert_int_equal(record_adds_up(r, why, sizeof(why)), broken == BROKEN_N);
        assert_non_null(strstr(why, wanted));
        assert_int_equal(write_crashes(r, arena), broken != BROKEN_N);
        assert_non_null(strstr(caught_message, wanted));
        arena_free(arena);
    }
}

static void figures_that_are_not_numbers_crash(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record *r = sample_record(arena, &small);
    r->load.peak_per_s.value = NAN;
    assert_true(write_crashes(r, arena));
    assert_non_null(strstr(caught_message, "/load/peak_per_s"));
    r = sample_record(arena, &small);
    r->objectives[0].target = INFINITY;
    assert_true(write_crashes(r, arena));
    r = sample_record(arena, &small);
    r->answer = "\xff is not UTF-8";
    assert_true(write_crashes(r, arena));
    r = sample_record(arena, &small);
    r->storage[1].name = r->storage[0].name;
    assert_true(write_crashes(r, arena));
    assert_non_null(strstr(caught_message, "twice"));
    arena_free(arena);
}

static void an_unknown_price_makes_an_unknown_bill(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record *r = sample_record(arena, &small);
    r->cost.lines[2].unit_usd = r->cost.lines[2].usd = record_unknown("the price book has no such price");
    r->cost.month_usd = r->cost.per_million_events_usd = record_unknown("a price is missing");
    assert_round_trip(r, true, arena);
    arena_free(arena);
}

/* --- Reading what is not a record --- */

/* The document with the first `from` made `to` is refused, and the mistake stands at `path` and says
 * `message`. */
static void assert_refused(const char *from, const char *to, const char *path, const char *message)
{
    struct arena *arena = arena_new(0);
    size_t n;
    const char *text = record_write(sample_record(arena, &small), true, arena, &n);
    const char *at = strstr(text, from);
    assert_non_null(at);
    const char *changed = arena_printf(arena, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    struct diag *diag = diag_new();
    assert_null(record_read("result.json", changed, strlen(changed), arena, diag, NULL));
    bool found = false;
    for (size_t i = 0; diag_get(diag, i) != NULL; i++) {
        const struct diag_entry *entry = diag_get(diag, i);
        found = found || (strcmp(entry->path, path) == 0 && strstr(entry->message, message) != NULL);
    }
    if (!found) diag_print(diag, stdout);
    assert_true(found);
    diag_free(diag);
    arena_free(arena);
}

static void mistakes_in_a_record_are_reported_where_they_are(void **state)
{
    (void)state;
    assert_refused("\"record\": 1", "\"record\": 2", "/record", "begins {\"record\": 1");
    assert_refused("\"record\": 1", "\"record\": 1.0", "/record", "begins {\"record\": 1");
    assert_refused("\"answer\"", "\"anwser\"", "/answer", "is missing");
    assert_refused("\"answer\"", "\"anwser\"", "/anwser", "is no member");
    assert_refused("\"verdict\": \"missed\"", "\"verdict\": \"lost\"", "/verdict", "should be \"met\"");
    assert_refused("\"produced\": ", "\"produced\": 0.5, \"x\": ", "/delivery/produced",
                   "should be a whole number");
    assert_refused("\"produced\": 1", "\"produced\": 2", "", "do not add up");
    assert_refused("\"/latency/end_to_end.ctr/p99.99\"", "\"x\"", "/latency/end_to_end.ctr/p99.99",
                   "does not say why");
    assert_refused("\"replications\": 5", "\"replications\": -5", "/inputs/replications", "should be 0 ..");
    assert_refused("\"seed\": 1", "\"seed\": \"1x\"", "/inputs/seed", "2^64");
    assert_refused("\"partial\": false", "\"partial\": 0", "/run/partial", "should be true or false");
    assert_refused("\"p99\": [", "\"p99\": [9e9, ", "/latency/produce/ci95/p99", "[low, high]");
    assert_refused("\"t\": [", "\"t\": [-1.0, ", "/series/produced_per_s", "as long as /series/t");
    assert_refused("\"t\": [0.0", "\"t\": [null", "/series/t", "should be a number");
    assert_refused("\"records\": [", "\"records\": [7, ", "/lag_by_partition/ctr/records", "a list of rows");
    assert_refused("\"records\": [\n    [", "\"records\": [\n    [1, ", "/lag_by_partition/ctr/records", "as many");
    assert_refused("\"records\": [\n    [0", "\"records\": [\n    [0.5", "/lag_by_partition/ctr/records",
                   "row 0, item 0 is a number");
    assert_refused("\"faults\": [", "\"faults\": [7, ", "/faults/0", "should be an object");
    assert_refused("\"tool\": {", "\"tool\": {\"name\": \"x\", ", "", "duplicate");
}

static void small_series(struct record *r)
{
    r->series.n = 2;
    r->lag_by_partition[0].records.columns = 2;
}

static void every_part_of_a_record_is_refused_and_no_change_crashes(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct record *r = sample_record(arena, &small);
    small_series(r);
    size_t n;
    char *text = record_write(r, true, arena, &n);
    for (size_t length = 0; length + 1 < n; length += 37) {
        struct arena *inner = arena_new(0);
        struct diag *diag = diag_new();
        assert_null(record_read("result.json", text, length, inner, diag, NULL));
        assert_true(diag_count(diag) > 0);
        diag_free(diag);
        arena_free(inner);
    }
    struct philox random = philox_named(7, "mutations");
    int refused = 0, read = 0;
    for (int i = 0; i < 1500; i++) {
        static const char bytes[] = "{}[]\",:0-9.eE nulltruefalse~/\\\x01\xff";
        struct arena *inner = arena_new(0);
        struct diag *diag = diag_new();
        size_t at = philox_next_u64(&random) % n;
        char kept = text[at];
        text[at] = bytes[philox_next_u64(&random) % (sizeof(bytes) - 1)];
        struct record *back = record_read("result.json", text, n, inner, diag, NULL);
        assert_int_equal(back == NULL, diag_count(diag) > 0);
        if (back != NULL) {
            size_t m;
            record_write(back, true, inner, &m); /* what was read can be written */
            record_release(back);
        }
        refused += back == NULL;
        read += back != NULL;
        text[at] = kept;
        diag_free(diag);
        arena_free(inner);
    }
    assert_true(refused > 100 && read > 100);
    arena_free(arena);
}

static void columns_have_units(void **state)
{
    (void)state;
    assert_string_equal(record_column_unit("produced_per_s"), "records/s");
    assert_string_equal(record_column_unit("consumed_per_s.ctr"), "records/s");
    assert_string_equal(record_column_unit("lag.ctr"), "records");
    assert_string_equal(record_column_unit("staleness.ctr"), "s");
    assert_string_equal(record_column_unit("utilization.broker.disk"), "share");
    assert_string_equal(record_column_unit("files.raw"), "files");
    assert_string_equal(record_column_unit("bytes.raw"), "bytes");
    assert_string_equal(record_column_unit("files_rewritten.raw"), "files");
    assert_string_equal(record_column_unit("lagoon.ctr"), "");
    assert_string_equal(record_column_of("lag.ctr", "lag"), "ctr");
    assert_null(record_column_of("lag.", "lag"));
    assert_null(record_column_of("lag", "lag"));
    assert_null(record_column_of("lag.ctr", "la"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_figure_not_filled_is_unknown),
        cmocka_unit_test(doubles_are_short_and_exact),
        cmocka_unit_test(keys_stand_in_the_order_of_the_contract),
        cmocka_unit_test(host_is_there_only_when_asked_for),
        cmocka_unit_test(every_null_has_its_reason),
        cmocka_unit_test(what_is_written_reads_back_to_the_same_bytes),
        cmocka_unit_test(reading_gives_back_the_figures),
        cmocka_unit_test(accounts_that_do_not_add_up_are_found),
        cmocka_unit_test(figures_that_are_not_numbers_crash),
        cmocka_unit_test(an_unknown_price_makes_an_unknown_bill),
        cmocka_unit_test(mistakes_in_a_record_are_reported_where_they_are),
        cmocka_unit_test(every_part_of_a_record_is_refused_and_no_change_crashes),
        cmocka_unit_test(columns_have_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
