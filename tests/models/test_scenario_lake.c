/* test_scenario_lake.c: the tables of a scenario: what lands where, and each mistake where it stands. '^' in a case marks the
 * place where the mistake has to be reported, and is taken out before the file is written. */
#include "scenario_fixture.h"


#include <jansson.h>

static const int64_t S = 1000000000, DAY = 86400 * INT64_C(1000000000);

static const char *with_tables(struct fixture *f, const char *tables)
{
    return replaced(f, small_scenario, "\"objectives\"",
                    arena_printf(f->arena, "\"lake\": {\"tables\": [%s]},\n  \"objectives\"", tables));
}

static const char *const whole =
    "{\"name\": \"raw_events\", \"retention\": \"120d\", \"tiers\": [{\"after\": \"30d\", \"to\": \"standard_ia\"}, "
    "{\"after\": \"90d\", \"to\": \"glacier_ir\", \"min_size\": \"1 MiB\"}]}, "
    "{\"name\": \"events\", \"retention\": \"365d\", \"partition_by\": [\"date\", \"hour\", \"campaign_bucket\"], "
    "\"buckets\": 8, \"from\": \"raw_events\", \"streams\": [\"clicks\"], \"every\": \"10m\", \"cores\": 3, \"history\": \"2d\", "
    "\"compaction\": {\"strategy\": \"binpack\", \"target\": \"512 MiB\", \"every\": \"1h\", \"min_input_files\": 3, "
    "\"cores\": 2}}";

static void every_part_lands(void **state)
{
    struct fixture *f = *state;
    const struct scenario *s = load_text(f, with_tables(f, whole));
    if (!s) diag_print(f->diag, stderr);
    assert_non_null(s);
    assert_int_equal(s->tables_n, 2);
    const struct scenario_table *raw = &s->tables[0], *events = &s->tables[1];
    assert_int_equal(raw->from, -1);
    assert_int_equal(raw->partition_by, 0);
    assert_int_equal(raw->history_ns, 5 * DAY);
    assert_null(raw->compaction.strategy);
    assert_int_equal(raw->tiers_n, 2);
    assert_string_equal(raw->tiers[0].to, "standard_ia");
    assert_int_equal(raw->tiers[0].after_ns, 30 * DAY);
    assert_int_equal(raw->tiers[0].min_size_bytes, 128 * 1024);
    assert_string_equal(raw->tiers[1].to, "glacier_ir");
    assert_int_equal(raw->tiers[1].min_size_bytes, 1024 * 1024);
    assert_int_equal(events->from, 0);
    assert_int_equal(events->partition_by, PARTITION_BY_DATE | PARTITION_BY_HOUR | PARTITION_BY_BUCKET);
    assert_int_equal(events->buckets, 8);
    assert_int_equal(events->streams_n, 1);
    assert_int_equal(events->streams[0], 1);
    assert_int_equal(raw->streams_n, 0);
    assert_int_equal(events->every_ns, 600 * S);
    assert_int_equal(events->cores, 3);
    assert_int_equal(events->history_ns, 2 * DAY);
    assert_string_equal(events->compaction.strategy, "binpack");
    assert_int_equal(events->compaction.target_bytes, 512 * 1024 * 1024);
    assert_int_equal(events->compaction.every_ns, 3600 * S);
    assert_int_equal(events->compaction.min_input_files, 3);
    assert_int_equal(events->compaction.cores, 2);
}

/* Loads what was resolved, which has to resolve to itself. */
static void resolved_is_a_fixed_point(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < 2; i++) {
        const struct scenario *s = load_text(f, i ? with_tables(f, whole) : small_scenario);
        assert_non_null(s);
        char *first = json_dumps(s->resolved, JSON_INDENT(1));
        const struct scenario *again = load_text(f, first);
        if (!again) diag_print(f->diag, stderr);
        assert_non_null(again);
        char *second = json_dumps(again->resolved, JSON_INDENT(1));
        assert_string_equal(first, second);
        free(first);
        free(second);
    }
}

struct bad {
    const char *tables; /* with one ^ */
    const char *path, *message;
};

#define RAW "{\"name\": \"raw_events\", \"retention\": \"120d\""
#define TIERS(text) RAW ", \"tiers\": [" text "]}"
#define MADE(text) RAW "}, {\"name\": \"events\", \"from\": \"raw_events\", " text "}"

static const struct bad cases[] = {
    {RAW "}, {\"name\": \"events\", \"from\": ^\"raw_event\"}", "lake.tables[1].from",
     "nothing in tables is called \"raw_event\": did you mean \"raw_events\"?"},
    {RAW "}, {\"name\": \"events\", \"from\": ^\"events\"}", "lake.tables[1].from", "from itself"},
    {RAW ", \"from\": ^\"events\"}, {\"name\": \"events\", \"from\": \"events2\"}, {\"name\": \"events2\", \"from\": "
         "\"raw_events\"}",
     "lake.tables[0].from", "from itself"},
    {"{\"name\": \"raw_events\", \"from\": ^\"b\"}, {\"name\": \"b\", \"from\": \"c\"}, {\"name\": \"c\", \"from\": \"b\"}",
     NULL, "from itself"},
    {RAW ", ^\"every\": \"5m\"}", "lake.tables[0].every", "it goes with from"},
    {RAW ", ^\"streams\": [\"views\"]}", "lake.tables[0].streams", "it goes with from"},
    {MADE("\"streams\": ^[]"), "lake.tables[1].streams", "is empty"},
    {MADE("\"streams\": [^\"view\"]"), "lake.tables[1].streams[0]", "did you mean \"views\"?"},
    {MADE("\"streams\": [\"views\"]}, {\"name\": \"hot\", \"from\": \"events\", \"streams\": [\"views\", ^\"clicks\"]"),
     "lake.tables[2].streams[1]", "\"clicks\" is not in \"events\", which the table is made from"},
    {RAW ", ^\"cores\": 5}", "lake.tables[0].cores", "it goes with from"},
    {RAW ", ^\"buckets\": 5}", "lake.tables[0].buckets", "it goes with partition_by"},
    {MADE("\"partition_by\": [\"date\"], \"buckets\": ^5"), "lake.tables[1].buckets", "does not name campaign_bucket"},
    {MADE("\"partition_by\": ^\"date\""), "lake.tables[1].partition_by",
     "takes a list of some of date, hour, campaign_bucket"},
    {MADE("\"partition_by\": ^[]"), "lake.tables[1].partition_by", "is empty"},
    {MADE("\"partition_by\": [\"date\", ^\"dat\"]"), "lake.tables[1].partition_by[1]", "did you mean \"date\"?"},
    {MADE("\"partition_by\": [\"date\", ^\"date\"]"), "lake.tables[1].partition_by[1]", "stands here twice"},
    {MADE("\"partition_by\": [^7]"), "lake.tables[1].partition_by[0]", "is 7"},
    {MADE("\"partition_by\": [\"campaign_bucket\"], \"buckets\": ^0"), "lake.tables[1].buckets", "between 1 and 1024"},
    {MADE("\"every\": ^\"1s\""), "lake.tables[1].every", "between 10s and 7d"},
    {MADE("\"vacuum\": ^{\"every\": \"1d\"}"), "lake.tables[1].vacuum", "no file is ever replaced without compaction"},
    {MADE("\"compaction\": {\"target\": \"1 MiB\"}, \"vacuum\": ^{\"cores\": 2}"), "lake.tables[1].vacuum.every",
     "is missing"},
    {MADE("\"compaction\": {\"target\": \"1 MiB\", \"strategy\": \"z-order\", \"min_input_files\": ^7}"),
     "lake.tables[1].compaction.min_input_files", "z-order goes by sizes alone"},
    {MADE("\"compaction\": {\"target\": \"1 MiB\", ^\"sort_by\": \"time\"}"), "lake.tables[1].compaction.sort_by",
     "it goes with strategy sort"},
    {MADE("\"compaction\": {\"target\": \"1 MiB\", \"strategy\": \"clustering\", ^\"sort_by\": \"time\"}"),
     "lake.tables[1].compaction.sort_by", "strategy sort"},
    {MADE("\"history\": ^\"-1d\""), "lake.tables[1].history", "-1d"},
    {TIERS("{\"after\": \"30d\", \"to\": ^\"standard-ia\"}"), "lake.tables[0].tiers[0].to",
     "did you mean \"standard_ia\"?"},
    {TIERS("{\"after\": \"30d\", \"to\": ^\"intelligent_tiering\"}"), "lake.tables[0].tiers[0].to",
     "not modelled here yet"},
    {TIERS("^{\"after\": \"30d\"}"), "lake.tables[0].tiers[0].to", "is missing"},
    {TIERS("^{\"to\": \"glacier\"}"), "lake.tables[0].tiers[0].after", "is missing"},
    {TIERS("{\"after\": ^\"29d\", \"to\": \"standard_ia\"}"), "lake.tables[0].tiers[0].after",
     "after 30 days at the earliest"},
    {TIERS("{\"after\": ^\"120d\", \"to\": \"glacier\"}"), "lake.tables[0].tiers[0].after", "files are deleted after 120d"},
    {TIERS("{\"after\": \"40d\", \"to\": \"standard_ia\"}, {\"after\": ^\"40d\", \"to\": \"glacier\"}"),
     "lake.tables[0].tiers[1].after", "ascending order"},
    {TIERS("{\"after\": \"40d\", \"to\": \"glacier\"}, {\"after\": \"50d\", \"to\": ^\"glacier_ir\"}"),
     "lake.tables[0].tiers[1].to", "only goes colder"},
    {TIERS("{\"after\": \"40d\", \"to\": \"glacier\"}, {\"after\": \"50d\", \"to\": ^\"glacier\"}"),
     "lake.tables[0].tiers[1].to", "is the name of tiers[0] already"},
    {MADE("\"compaction\": ^{}"), "lake.tables[1].compaction.target", "is missing"},
    {MADE("\"compaction\": ^{\"strategy\": \"binpack\"}"), "lake.tables[1].compaction.target", "is missing"},
    {MADE("\"compaction\": ^\"binpack\""), "lake.tables[1].compaction", "takes an object"},
    {MADE("\"compaction\": {\"target\": \"1 GiB\", \"strategy\": ^\"bin-pack\"}"), "lake.tables[1].compaction.strategy",
     "did you mean \"binpack\"?"},
    {MADE("\"compaction\": {\"target\": ^\"1 KiB\"}"), "lake.tables[1].compaction.target", "between 64 KiB and 64 GiB"},
    {MADE("\"compaction\": {\"target\": \"1 GiB\", \"strategy\": \"optimize\", \"min_input_files\": ^3}"),
     "lake.tables[1].compaction.min_input_files", "has no effect"},
    {RAW ", \"partition_by\": ^[\"campaign_bucket\"]}", "lake.tables[0].partition_by", "hold records of every campaign"},
    {RAW "}, {\"name\": ^\"count\", \"from\": \"raw_events\"}", "lake.tables[1].name", "is the output of groups[0] already"},
    {RAW "}, {\"name\": ^\"event\"}", "lake.tables[1].name", "no group writes \"event\""},
};

static void each_mistake_where_it_stands(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct bad *bad = &cases[i];
        char *text = arena_strdup(f->arena, with_tables(f, bad->tables));
        char *mark = strchr(text, '^');
        assert_non_null(mark);
        uint32_t line = 1, column = 1;
        for (const char *p = text; p < mark; p++) {
            column++;
            if (*p == '\n') line++, column = 1;
        }
        memmove(mark, mark + 1, strlen(mark));
        if (load_text(f, text)) fail_msg("no mistake found in %s", bad->tables);
        const struct diag_entry *entry = diag_get(f->diag, 0);
        bool alone = diag_count(f->diag) == 1 || !bad->path;
        if (!alone || !strstr(entry->message, bad->message) ||
            (bad->path && (entry->pos.line != line || entry->pos.column != column || strcmp(entry->path, bad->path) != 0))) {
            diag_print(f->diag, stderr);
            fail_msg("%s: expected only %u:%u: %s: ... %s", bad->tables, line, column, bad->path ? bad->path : "",
                     bad->message);
        }
    }
}

/* A table that a group writes is not made from another as well, and one that is not listed has its defaults. */
static void one_source_a_table(void **state)
{
    struct fixture *f = *state;
    assert_null(load_text(f, with_tables(f, "{\"name\": \"raw_events\", \"from\": \"b\"}, {\"name\": \"b\"}")));
    const struct diag_entry *entry;
    bool found = false;
    for (size_t i = 0; (entry = diag_get(f->diag, i)); i++)
        found = found || (!strcmp(entry->path, "lake.tables[0].from") &&
                          strstr(entry->message, "is written by groups[1]: it cannot be made from another table too"));
    assert_true(found);
    const struct scenario *s = load_text(f, small_scenario);
    assert_non_null(s);
    assert_int_equal(s->tables_n, 1);
    assert_int_equal(s->tables[0].from, -1);
    assert_int_equal(s->tables[0].history_ns, 5 * DAY);
    assert_null(s->tables[0].compaction.strategy);
}

/* A table of 1,024 buckets every 10 s: 8.8 million files a day, and each of the group's. */
static void a_past_of_too_many_files(void **state)
{
    struct fixture *f = *state;
    const char *tables = MADE("\"every\": \"10s\", \"partition_by\": [\"campaign_bucket\"], \"buckets\": 1024");
    const char *whole_day = replaced(f, with_tables(f, tables), "\"lake\": {", "\"lake\": {\"past\": \"1d\", ");
    assert_null(load_text(f, whole_day));
    assert_int_equal(diag_count(f->diag), 1);
    assert_string_equal(diag_get(f->diag, 0)->path, "lake.past");
    assert_non_null(strstr(diag_get(f->diag, 0)->message, "8.85 million files"));
    const struct scenario *s = load_text(f, replaced(f, whole_day, "\"past\": \"1d\"", "\"past\": \"12h\""));
    assert_non_null(s);
    assert_int_equal(s->lake.past_ns, DAY / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_part_lands, set_up, tear_down),
        cmocka_unit_test_setup_teardown(resolved_is_a_fixed_point, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_mistake_where_it_stands, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_source_a_table, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_past_of_too_many_files, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
