/* test_scenario_files.c: mistakes in the files around a scenario, and in --set, are told where they stand: the file itself,
 * what it extends, its price book, profiles and traces. */
#include "scenario_fixture.h"

static void test_files(void **state)
{
    struct fixture *f = *state;
    assert_null(load_text(f, ""));
    assert_string_equal(diag_get(f->diag, 0)->message, "is empty");
    assert_null(load_with(f, path_of(f, "absent.json"), NULL, 0));
    assert_string_equal(diag_get(f->diag, 0)->message, "no such file");
    assert_null(load_with(f, f->directory, NULL, 0));
    assert_string_equal(diag_get(f->diag, 0)->message, "is a directory");
    assert_null(load_text(f, "[1, 2]"));
    assert_found(f, 1, 1, "", "a scenario is an object");
    assert_null(load_text(f, "{\n \"name\": \"x\",\n \"run\": {\"duration\": \"1h\",}\n}"));
    assert_int_equal(diag_count(f->diag), 1);
    assert_int_equal(diag_get(f->diag, 0)->pos.line, 3);
    assert_null(load_text(f, "{\"name\": \"x\", \"name\": \"y\"}"));
    assert_int_equal(diag_get(f->diag, 0)->pos.column, 1);

    size_t n = 16 * 1024 * 1024 + 1;
    char *huge = malloc(n);
    assert_non_null(huge);
    memset(huge, ' ', n);
    assert_null(load_with(f, write_bytes(f, "huge.json", huge, n), NULL, 0));
    assert_non_null(strstr(diag_get(f->diag, 0)->message, "over 16 MiB"));
    memset(huge, '[', 100000);
    assert_null(load_with(f, write_bytes(f, "deep.json", huge, 100000), NULL, 0));
    assert_int_equal(diag_count(f->diag), 1);
    assert_int_equal(diag_get(f->diag, 0)->pos.line, 1);
    free(huge);
    if (geteuid() != 0) { /* root reads everything */
        const char *locked = write_text(f, "locked.json", small_scenario);
        chmod(locked, 0);
        assert_null(load_with(f, locked, NULL, 0));
        assert_int_equal(diag_count(f->diag), 1);
    }
}

static void test_extends(void **state)
{
    struct fixture *f = *state;
    assert_null(load_text(f, "{\n  \"name\": \"x\", \"extends\": \"absent.json\"}"));
    assert_found(f, 2, 27, "extends", "no such file");
    assert_null(load_text(f, "{\"extends\": \"scenario.json\"}"));
    assert_found(f, 1, 13, "extends", "in a circle");
    write_text(f, "b.json", "{\"extends\": \"scenario.json\"}");
    assert_null(load_text(f, "{\"extends\": \"./b.json\"}"));
    assert_non_null(strstr(diag_get(f->diag, 0)->message, "in a circle"));
    char name[32], text[64];
    for (int i = 0; i < 10; i++) {
        snprintf(name, sizeof name, "d%d.json", i);
        snprintf(text, sizeof text, "{\"extends\": \"d%d.json\"}", i + 1);
        write_text(f, name, text);
    }
    assert_null(load_with(f, path_of(f, "d0.json"), NULL, 0));
    assert_non_null(strstr(diag_get(f->diag, 0)->message, "at most 8"));
    /* A mistake in the file that is extended is reported there. */
    write_text(f, "b.json", replaced(f, small_scenario, "\"10m\"", "10"));
    assert_null(load_text(f, "{\"extends\": \"b.json\", \"name\": \"child\"}"));
    assert_string_equal(diag_get(f->diag, 0)->file, path_of(f, "b.json"));
    assert_found(f, 3, 23, "run.duration", "no unit");
    /* One element of the base cannot be changed twice; a new one of that name twice is a duplicate. */
    write_text(f, "b.json", small_scenario);
    const char *child = write_text(f, "scenario.json",
                                   "{\"extends\": \"b.json\", \"groups\": [\n  {\"name\": \"raw\", "
                                   "\"instances\": 4},\n  {\"name\": \"raw\", \"threads\": 2}]}");
    assert_null(load_with(f, child, NULL, 0));
    assert_int_equal(diag_count(f->diag), 1);
    assert_string_equal(diag_get(f->diag, 0)->file, child);
    assert_found(f, 3, 12, "groups[1].name", "\"raw\" stands here twice");
    child = write_text(
        f, "scenario.json",
        "{\"extends\": \"b.json\", \"faults\": [\n"
        "{\"id\": \"x\", \"kind\": \"broker_down\", \"broker\": 0, \"at\": \"1m\", \"for\": \"1s\"},\n"
        "{\"id\": \"x\", \"kind\": \"broker_down\", \"broker\": 0, \"at\": \"2m\", \"for\": \"1s\"}]}");
    assert_null(load_with(f, child, NULL, 0));
    assert_int_equal(diag_count(f->diag), 1);
    assert_found(f, 3, 8, "faults[2].id", "is the name of faults[1] already");
    /* Only what is there is taken away, and nothing else is said of it. */
    child = write_text(f, "scenario.json",
                       "{\"extends\": \"b.json\", \"objectives\": [], \"faults\": [], \"groups\": [\n"
                       "{\"name\": \"rwa\", \"remove\": true},\n"
                       "{\"name\": \"raw\", \"remove\": true, \"instances\": 2},\n"
                       "{\"name\": \"count\", \"remove\": false}]}");
    assert_null(load_with(f, child, NULL, 0));
    assert_int_equal(diag_count(f->diag), 3);
    assert_found(f, 2, 10, "groups[0].name", "nothing in the base's groups is called \"rwa\": did you mean \"raw\"?");
    assert_found(f, 3, 33, "groups[1].instances", "has no effect on what is removed");
    assert_found(f, 4, 29, "groups[2].remove", "takes true");
}

/* The price book that was asked for says which instances there are, and its own mistakes are told too. */
static void test_prices(void **state)
{
    struct fixture *f = *state;
    const char *path = write_text(f, "scenario.json", small_scenario);
    f->prices = path_of(f, "absent-prices.json");
    assert_null(load_with(f, path, NULL, 0));
    assert_int_equal(diag_count(f->diag), 1);
    assert_string_equal(diag_get(f->diag, 0)->file, f->prices);
    assert_non_null(strstr(diag_get(f->diag, 0)->message, "no such price book"));
    f->prices = write_text(f, "prices.json", small_book);
    assert_null(load_with(f, path, NULL, 0));
    assert_int_equal(diag_count(f->diag), 2);
    assert_found(f, 18, 70, "groups[0].instance",
                 "is not in the price book tiny: did you mean \"m7g.large\"?");
    assert_found(f, 20, 68, "groups[1].instance", "is not in the price book tiny");
}

static void test_profiles(void **state)
{
    struct fixture *f = *state;
    assert_null(load_text(f, replaced(f, small_scenario, "\"rate\": \"2k/s\"",
                                      "\"rate\": {\"profile\": \"wc98-wek\", \"peak\": \"2k/s\"}")));
    assert_found(f, 6, 45, "workload[0].rate.profile", "did you mean \"wc98-week\"?");
    const char *text = replaced(f, small_scenario, "\"rate\": \"2k/s\"",
                                "\"rate\": {\"profile\": \"p.json\", \"peak\": \"2k/s\"}");
    assert_null(load_text(f, text));
    assert_found(f, 6, 45, "workload[0].rate.profile", "no such file");
    static const struct {
        const char *profile;
        uint32_t line, column;
        const char *message;
    } bad[] = {
        {"{\"step_s\": 43200,\n \"values\": [1, null]}", 2, 16, "has no gaps"},
        {"{\"step_s\": 43200,\n \"values\": [1, -0.5]}", 2, 16, "not negative"},
        {"{\"step_s\": 43200,\n \"values\": [1, \"2\"]}", 2, 16, "takes a number"},
        {"{\"step_s\": 43200,\n \"values\": [1, 2, 3]}", 2, 12, "whole days"},
        {"{\"step_s\": 43200,\n \"values\": [0, 0]}", 2, 12, "all 0"},
        {"{\"step_s\": 0,\n \"values\": [1, 2]}", 1, 12, "between 1 and 86400"},
        {"{\"values\": [1, 2]}", 1, 1, "\"step_s\" is missing"},
        {"{\"step_s\": 43200, \"values\": 7}", 1, 29, "takes an array"},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        const char *profile = write_text(f, "p.json", bad[i].profile);
        assert_null(load_text(f, text));
        const struct diag_entry *entry = diag_get(f->diag, 0);
        assert_int_equal(diag_count(f->diag), 1);
        assert_string_equal(entry->file, profile);
        assert_int_equal(entry->pos.line, bad[i].line);
        assert_int_equal(entry->pos.column, bad[i].column);
        assert_non_null(strstr(entry->message, bad[i].message));
    }
}

static void test_traces(void **state)
{
    struct fixture *f = *state;
    const char *text = replaced(f, small_scenario, "\"rate\": \"2k/s\"",
                                "\"rate\": {\"trace\": \"t.csv\", \"peak\": \"2k/s\"}");
    static const struct {
        const char *trace;
        uint32_t line, column;
        const char *message;
    } bad[] = {
        {"0,5\n60,6\n180,7\n240,8\n", 3, 1, "a gap: 120 s after the line before, and the steps are 60 s"},
        {"time,count\n0,5\n60,6\n  90,7\n", 4, 3, "30 s after the line before"},
        {"0,5\n60,6\n60,7\n", 3, 1, "must rise"},
        {"0,5\n60,6\n30,7\n", 3, 1, "must rise"},
        {"0,5\n60,-6\n120,7\n", 2, 4, "negative"},
        {"0,5\n60,six\n120,7\n", 2, 4, "is no count"},
        {"0,5\n60,\n120,7\n", 2, 4, "no gaps"},
        {"0,5\nsoon,6\n", 2, 1, "is no time"},
        {"0,5\n60 6\n", 2, 1, "no comma"},
        {"1998-06-30T21:30Z,5\n1998-06-30T21:31Z,5\n1998-06-30T21:33Z,5\n", 3, 1, "a gap"},
        {"0,5\n60,nan\n", 2, 4, "is no count"},
        {"0,5\n60,1e999\n", 2, 4, "is no count"},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        const char *trace = write_text(f, "t.csv", bad[i].trace);
        assert_null(load_text(f, text));
        const struct diag_entry *entry = diag_get(f->diag, 0);
        if (diag_count(f->diag) != 1 || entry->pos.line != bad[i].line ||
            entry->pos.column != bad[i].column || strcmp(entry->file, trace) != 0 ||
            !strstr(entry->message, bad[i].message)) {
            diag_print(f->diag, stderr);
            fail_msg("trace %zu: %s", i, bad[i].message);
        }
    }
    /* What is wrong with the trace as a whole is said where it is named. */
    static const char *const whole[][2] = {{"0,5\n60,6\n120,7\n", "covers 3m, but the run lasts 10m"},
                                           {"0,5\n", "at least 2 are needed"},
                                           {"0,0\n600,0\n", "no events"},
                                           {"", "is empty"}};
    for (size_t i = 0; i < COUNT_OF(whole); i++) {
        write_text(f, "t.csv", whole[i][0]);
        assert_null(load_text(f, text));
        assert_found(f, 6, 43, "workload[0].rate.trace", whole[i][1]);
    }
}

static void test_overrides(void **state)
{
    struct fixture *f = *state;
    const char *path = write_text(f, "scenario.json", small_scenario);
    static const char *const bad[][3] = {
        {"run.duraton", "2h", "did you mean \"duration\"?"},
        {"runs.duration", "2h", "unknown field"},
        {"seed", "2", "unknown field"},
        {"run.duration", "2", "needs its unit: ns, us, ms"},
        {"run.duration.x", "2", "ends at duration"},
        {"groups.conut.instances", "2", "did you mean \"count\"?"},
        {"groups[2].instances", "2", "groups has 2 elements"},
        {"groups[x].instances", "2", "is no index"},
        {"groups.count", "2", "goes on with .field"},
        {"groups", "2", "takes a list of objects"},
        {"cluster[0].brokers", "2", "is no index of a list"},
        {"cluster.brokers", "0", "between 1 and 512"},
        {"cluster.brokers", "1", "topics[0].replication"},
        {"keys.usr.zipf", "1", "did you mean \"user\"?"},
        {"objectives", "[\"x\"", "expected"},
        {"extends", "x.json", "unknown field"},
        {"", "x", "unknown field"},
        {"groups.", "x", "goes on with"},
        {"run.seed", "-1", "between 0 and"},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct scenario_override override = {bad[i][0], bad[i][1]};
        assert_null(load_with(f, path, &override, 1));
        bool found = false;
        const struct diag_entry *entry;
        for (size_t j = 0; (entry = diag_get(f->diag, j)); j++) {
            /* The option, or the place in the file that it made wrong. */
            assert_true(!strncmp(entry->file, "--set ", 6) || !strcmp(entry->file, path));
            found = found || strstr(entry->message, bad[i][2]) || strstr(entry->path, bad[i][2]);
        }
        if (!found) {
            diag_print(f->diag, stderr);
            fail_msg("--set %s=%s: %s", bad[i][0], bad[i][1], bad[i][2]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_extends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_prices, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_profiles, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_traces, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_overrides, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
