/* test_scenario_query.c: query engines and classes of queries: what lands where, and each mistake where it stands. '^' in a
 * case marks the place where the mistake has to be reported, and is taken out before the file is written. */
#include "scenario_fixture.h"

#include <jansson.h>

static const int64_t DAY = 86400 * INT64_C(1000000000);

#define LAKE                                                                                                 \
    "\"lake\": {\"past\": \"40d\", \"tables\": [{\"name\": \"raw_events\", \"retention\": \"40d\"}, {\"name\": \"events\", \"from\": " \
    "\"raw_events\", \"partition_by\": [\"hour\", \"campaign_bucket\"], \"buckets\": 8}]}, "

static const char *const engines =
    "{\"name\": \"presto\", \"workers\": 12, \"instance\": \"r6i.4xlarge\", \"coordinator\": \"m7g.large\"}";
static const char *const queries =
    "{\"name\": \"dashboard\", \"engine\": \"presto\", \"rate\": \"2/s\", \"reads\": \"events\", \"window\": \"24h\", "
    "\"columns\": 4, \"selects\": \"campaign_bucket\"}, "
    "{\"name\": \"ad-hoc\", \"engine\": \"presto\", \"rate\": {\"profile\": \"wc98-week\", \"peak\": \"0.5/s\"}, "
    "\"reads\": \"raw_events\", \"columns\": 7, \"columns_total\": 9, \"cpu_factor\": 2.5}";

static const char *with_queries(struct fixture *f, const char *some_engines, const char *some_queries)
{
    return replaced(f, small_scenario, "\"objectives\"",
                    arena_printf(f->arena, LAKE "\"engines\": [%s], \"queries\": [%s],\n  \"objectives\"", some_engines,
                                 some_queries));
}

static void every_part_lands(void **state)
{
    struct fixture *f = *state;
    const struct scenario *s = load_good(f, with_queries(f, engines, queries));
    assert_int_equal(s->engines_n, 1);
    const struct scenario_engine *e = &s->engines[0];
    assert_string_equal(e->profile, "presto");
    assert_int_equal(e->workers, 12);
    assert_string_equal(e->instance, "r6i.4xlarge");
    assert_string_equal(e->coordinator, "m7g.large");
    assert_int_equal(e->instance_vcpu, 16);
    assert_int_equal(e->coordinator_vcpu, 2);
    assert_int_equal(e->concurrent, 100);
    assert_int_equal(s->queries_n, 2);
    const struct scenario_query *dashboard = &s->queries[0], *ad_hoc = &s->queries[1];
    assert_int_equal(dashboard->engine, 0);
    assert_int_equal(dashboard->rate.kind, RATE_CONSTANT);
    assert_true(dashboard->rate.peak_per_s == 2);
    assert_int_equal(dashboard->reads, 1);
    assert_int_equal(dashboard->window_ns, DAY);
    assert_int_equal(dashboard->columns, 4);
    assert_int_equal(dashboard->columns_total, 20);
    assert_int_equal(dashboard->selects, PARTITION_BY_BUCKET);
    assert_true(dashboard->cpu_factor == 1);
    assert_int_equal(ad_hoc->rate.kind, RATE_PROFILE);
    assert_true(ad_hoc->rate.peak_per_s == 0.5 && ad_hoc->rate.points_n > 0);
    assert_int_equal(ad_hoc->reads, 0);
    assert_int_equal(ad_hoc->window_ns, 0);
    assert_int_equal(ad_hoc->selects, 0);
    assert_int_equal(ad_hoc->columns_total, 9);
    assert_true(ad_hoc->cpu_factor == 2.5);
}

/* A coordinator is like a worker unless it is said, and what was resolved resolves to itself. */
static void defaults_are_resolved(void **state)
{
    struct fixture *f = *state;
    const struct scenario *s =
        load_good(f, with_queries(f, "{\"name\": \"presto\", \"workers\": 1, \"instance\": \"m7g.large\"}", queries));
    assert_string_equal(s->engines[0].coordinator, "m7g.large");
    assert_int_equal(s->engines[0].coordinator_vcpu, 2);
    char *first = json_dumps(s->resolved, JSON_INDENT(1));
    assert_non_null(strstr(first, "\"coordinator\": \"m7g.large\""));
    const struct scenario *again = load_good(f, first);
    char *second = json_dumps(again->resolved, JSON_INDENT(1));
    assert_string_equal(first, second);
    free(first);
    free(second);
}

/* The first note or mistake of the queries, or NULL: other parts of the scenario have notes of their own. */
static const struct diag_entry *of_queries(struct fixture *f)
{
    const struct diag_entry *entry;
    for (size_t i = 0; (entry = diag_get(f->diag, i)); i++)
        if (!strncmp(entry->path, "queries", 7)) return entry;
    return NULL;
}

/* Unless it is said, the tables hold what the longest window looks back to. */
static void the_past_is_the_longest_window(void **state)
{
    struct fixture *f = *state;
    const char *text = replaced(f, with_queries(f, engines, queries), "\"past\": \"40d\", ", "");
    const struct scenario *s = load_good(f, text);
    assert_null(of_queries(f));
    assert_int_equal(s->lake.past_ns, DAY);
    assert_string_equal(json_string_value(json_object_get(json_object_get(s->resolved, "lake"), "past")), "24h");
    s = load_good(f, replaced(f, text, "\"24h\"", "\"90m\""));
    assert_string_equal(json_string_value(json_object_get(json_object_get(s->resolved, "lake"), "past")), "90m");
    s = load_good(f, replaced(f, text, "\"window\": \"24h\", ", ""));
    assert_int_equal(s->lake.past_ns, 0);
}

/* A window beyond what the table holds is no mistake, but is pointed out. */
static void a_short_past_is_noted(void **state)
{
    struct fixture *f = *state;
    load_good(f, with_queries(f, engines, queries));
    assert_null(of_queries(f));
    load_good(f, replaced(f, with_queries(f, engines, queries), "\"past\": \"40d\"", "\"past\": \"2h\""));
    const struct diag_entry *note = of_queries(f);
    assert_non_null(note);
    assert_true(note->is_note);
    assert_string_equal(note->path, "queries[0].window");
    assert_non_null(strstr(note->message, "looks back 1d, but the table holds 2h 1m when"));
}

struct bad {
    const char *engines, *queries; /* with one ^ in all */
    const char *path, *message;
};

#define ENGINE(text) "{\"name\": \"presto\", \"workers\": 12, \"instance\": \"r6i.4xlarge\"" text "}"
#define QUERY(text) "{\"name\": \"dashboard\", \"engine\": \"presto\", \"rate\": \"2/s\", \"reads\": \"events\", \"columns\": 4" text "}"

static const struct bad cases[] = {
    {"{\"name\": \"presto\", \"workers\": 12, \"instance\": ^\"r6i.4xlrge\"}", QUERY(""), "engines[0].instance",
     "did you mean \"r6i.4xlarge\"?"},
    {ENGINE(", \"coordinator\": ^\"m7g.lage\""), QUERY(""), "engines[0].coordinator", "did you mean \"m7g.large\"?"},
    {ENGINE(", \"profile\": ^\"presta\""), QUERY(""), "engines[0].profile", "did you mean \"presto\"?"},
    {ENGINE(", \"profile\": ^\"athena\""), QUERY(""), "engines[0].profile", "not modelled here yet"},
    {ENGINE(", \"concurrent\": ^0"), QUERY(""), "engines[0].concurrent", "between 1 and 1000"},
    {"{\"name\": \"presto\", \"workers\": ^0, \"instance\": \"r6i.4xlarge\"}", QUERY(""), "engines[0].workers",
     "between 1 and 4096"},
    {"{\"name\": \"presto\", \"workers\": ^4096, \"instance\": \"r6i.8xlarge\"}", QUERY(""), "engines[0].workers",
     "131072 slots, at most 65536 fit"},
    {"^{\"name\": \"presto\", \"workers\": 12}", QUERY(""), "engines[0].instance", "is missing"},
    {ENGINE("") ", {\"name\": ^\"idle\", \"workers\": 1, \"instance\": \"m7g.large\"}", QUERY(""), "engines[1].name",
     "answers none of the queries"},
    {ENGINE("") ", {\"name\": ^\"presto\", \"workers\": 1, \"instance\": \"m7g.large\"}", QUERY(""), NULL,
     "is the name of engines[0] already"},
    {ENGINE(""), "{\"name\": \"dashboard\", \"engine\": ^\"prestp\", \"rate\": \"2/s\", \"reads\": \"events\", \"columns\": 4}",
     NULL, "nothing in engines is called \"prestp\": did you mean \"presto\"?"},
    {ENGINE(""), "{\"name\": \"dashboard\", \"engine\": \"presto\", \"rate\": \"2/s\", \"reads\": ^\"event\", \"columns\": 4}",
     "queries[0].reads", "nothing in tables is called \"event\": did you mean \"events\"?"},
    {ENGINE(""), "^{\"name\": \"dashboard\", \"engine\": \"presto\", \"rate\": \"2/s\", \"columns\": 4}", "queries[0].reads",
     "is missing"},
    {ENGINE(""), "^{\"name\": \"dashboard\", \"engine\": \"presto\", \"rate\": \"2/s\", \"reads\": \"events\"}",
     "queries[0].columns", "is missing"},
    {ENGINE(""), "^{\"name\": \"dashboard\", \"engine\": \"presto\", \"reads\": \"events\", \"columns\": 4}", "queries[0].rate",
     "is missing"},
    {ENGINE(""), "{\"name\": \"dashboard\", \"engine\": \"presto\", \"rate\": ^\"20k/s\", \"reads\": \"events\", \"columns\": 4}",
     "queries[0].rate", "10k/s"},
    {ENGINE(""), "{\"name\": \"dashboard\", \"engine\": \"presto\", \"rate\": ^{\"profile\": \"wc98-week\"}, \"reads\": \"events\", "
                 "\"columns\": 4}",
     "queries[0].rate.peak", "a profile takes the rate at its highest point"},
    {ENGINE(""), "{\"name\": \"dashboard\", \"engine\": \"presto\", \"rate\": {\"profile\": ^\"wc98-weak\", \"peak\": \"1/s\"}, "
                 "\"reads\": \"events\", \"columns\": 4}",
     "queries[0].rate.profile", "did you mean \"wc98-week\"?"},
    {ENGINE(""), QUERY(", \"columns_total\": 3") , NULL, "is 4, but the table has 3 (columns_total)"},
    {ENGINE(""), QUERY(", \"window\": ^\"31d\""), "queries[0].window", "files of \"events\" are deleted after 30d"},
    {ENGINE(""), QUERY(", \"window\": ^\"0s\""), "queries[0].window", "between 1s and"},
    {ENGINE(""), QUERY(", \"selects\": ^\"campaigns\""), "queries[0].selects", "takes one of campaign_bucket, campaign"},
    {ENGINE(""), "{\"name\": \"d\", \"engine\": \"presto\", \"rate\": \"2/s\", \"reads\": \"raw_events\", \"columns\": 4, "
                 "\"selects\": ^\"campaign_bucket\"}",
     "queries[0].selects", "\"raw_events\" is not partitioned by it"},
    {ENGINE(""), QUERY(", \"cpu_factor\": ^-1"), "queries[0].cpu_factor", "between 0 and 1000"},
    {ENGINE(""), QUERY(", ^\"workers\": 3"), "queries[0].workers", "unknown field"},
};

static void each_mistake_where_it_stands(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct bad *bad = &cases[i];
        char *text = arena_strdup(f->arena, with_queries(f, bad->engines, bad->queries));
        char *mark = strchr(text, '^');
        uint32_t line = 1, column = 1;
        for (const char *p = text; mark && p < mark; p++) {
            column++;
            if (*p == '\n') line++, column = 1;
        }
        if (mark) memmove(mark, mark + 1, strlen(mark));
        if (load_text(f, text)) fail_msg("no mistake found in %s %s", bad->engines, bad->queries);
        const struct diag_entry *entry = diag_get(f->diag, 0);
        const bool placed = !bad->path || (diag_count(f->diag) == 1 && entry->pos.line == line &&
                                           entry->pos.column == column && !strcmp(entry->path, bad->path));
        if (!strstr(entry->message, bad->message) || !placed) {
            diag_print(f->diag, stderr);
            fail_msg("%s %s: expected only %u:%u: %s: ... %s", bad->engines, bad->queries, line, column,
                     bad->path ? bad->path : "", bad->message);
        }
    }
}

struct objective {
    const char *text, *message; /* NULL: it is good */
};

static const struct objective objectives[] = {
    {"query.dashboard.p95 <= 5s", NULL},
    {"query.ad-hoc.max <= 5m during steady", NULL},
    {"query.dashboard.mean <= 1s during outage", NULL},
    {"utilization.engine.presto.slots.peak <= 80%", NULL},
    {"utilization.engine.presto.coordinator.mean <= 80%", NULL},
    {"query.dashbord.p95 <= 5s", "did you mean \"query.dashboard.p95\"?"},
    {"query.dashboard.p94 <= 5s", "did you mean \"query.dashboard.p95\"?"},
    {"query.dashboard.p95 <= 5", "5"},
    {"query.everything.slow <= 5s", "<query> is one of dashboard, ad-hoc"},
    {"utilization.engine.presto.slots.p95 <= 80%", "utilization.engine.presto.slots.peak"},
};

static void metrics_have_their_names(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT_OF(objectives); i++) {
        const char *text = replaced(f, with_queries(f, engines, queries), "freshness.count.p99 <= 30s", objectives[i].text);
        const struct scenario *s = load_text(f, text);
        if (!objectives[i].message) {
            if (!s) diag_print(f->diag, stderr);
            assert_non_null(s);
            assert_string_equal(s->objectives[0].text, objectives[i].text);
            continue;
        }
        if (s) fail_msg("%s is taken", objectives[i].text);
        if (!strstr(diag_get(f->diag, 0)->message, objectives[i].message)) {
            diag_print(f->diag, stderr);
            fail_msg("%s: expected ... %s", objectives[i].text, objectives[i].message);
        }
    }
    /* The decision's too. */
    const char *deciding = replaced(f, with_queries(f, engines, queries), "\"run\":",
                                    "\"decision\": {\"metric\": \"query.dashboard.p95\"}, \"run\":");
    assert_string_equal(load_good(f, deciding)->decision.metric, "query.dashboard.p95");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_part_lands, set_up, tear_down),
        cmocka_unit_test_setup_teardown(defaults_are_resolved, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_short_past_is_noted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_past_is_the_longest_window, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_mistake_where_it_stands, set_up, tear_down),
        cmocka_unit_test_setup_teardown(metrics_have_their_names, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
