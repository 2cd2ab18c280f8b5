/* test_published.c: the file of published measurements is read, its mistakes are found, and rows are judged as they say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "models/scenario_fixture.h"

#include <string.h>

#include "published_cases.h"
#include "validate_published.h"

#define CASE(runs, rows)                                                                                               \
    "{\"published\": 1, \"cases\": [{\"name\": \"c\", \"title\": \"t\", \"source\": \"s\", \"told\": \"a\", "               \
    "\"calibrated\": \"nothing\", \"runs\": {" runs "}, \"rows\": [" rows "]}]}"
#define RUN "\"r\": {\"scenario\": \"scenario.json\"}"
#define ROW(rest) "{\"quantity\": \"q\", \"unit\": \"1/s\", \"published\": 1500, " rest "}"
#define MEASURED(within) ROW("\"within\": \"" within "\", \"run\": \"r\", \"measure\": \"throughput.produce\"")

static const char scenario[] =
    "{\"name\": \"tiny\", \"run\": {\"duration\": \"8s\", \"warmup\": \"2s\", \"replications\": 3, \"resolution\": \"request\"},\n"
    " \"workload\": [{\"stream\": \"a\", \"rate\": \"1k/s\", \"event\": {\"size\": \"200 B\"}}],\n"
    " \"producers\": [{\"name\": \"p\", \"sends\": [\"a\"], \"to\": \"t\", \"instances\": 1}],\n"
    " \"cluster\": {\"brokers\": 3, \"instance\": \"m7g.large\", \"storage\": {\"size\": \"100 GiB\"}},\n"
    " \"topics\": [{\"name\": \"t\", \"partitions\": 3, \"replication\": 3, \"retention\": \"1h\"}], \"groups\": [],\n"
    " \"faults\": [{\"id\": \"down\", \"kind\": \"broker_down\", \"broker\": 1, \"at\": \"4s\", \"for\": \"1s\", \"clean\": true}]}\n";

static const struct published *read_text(struct fixture *f, const char *text)
{
    diag_free(f->diag);
    f->diag = diag_new();
    return published_load(write_text(f, "published.json", text), f->arena, f->diag);
}

static struct validate_report run(struct fixture *f, const char *text, bool quick)
{
    struct validate_report report;
    const struct published *published = read_text(f, text);
    if (!published) diag_print(f->diag, stderr);
    assert_non_null(published);
    write_text(f, "scenario.json", scenario);
    const struct validate_options options = {.threads = 2, .quick = quick};
    const bool finished = validate_published_cases(published, f->directory, &options, f->arena, &report);
    assert_null(report.failed);
    assert_true(finished && report.finished);
    return report;
}

static void the_file_that_is_shipped_is_good(void **state)
{
    struct fixture *f = *state;
    const char *data = scenario_data_dir(f->arena, f->diag);
    const struct published *published = published_load(arena_printf(f->arena, "%s/validate/published.json", data), f->arena, f->diag);
    if (!published) diag_print(f->diag, stderr);
    assert_non_null(published);
    assert_true(published->cases_n > 10);
    for (int c = 0; c < published->cases_n; c++) {
        for (int i = 0; i < published->cases[c].runs_n; i++) {
            const struct published_run *r = &published->cases[c].runs[i];
            struct diag *diag = diag_new();
            const struct scenario *s = scenario_load(arena_printf(f->arena, "%s/validate/%s", data, r->scenario), r->sets, r->sets_n, data,
                                                     NULL, f->arena, diag);
            if (!s) diag_print(diag, stderr);
            assert_non_null(s);
            assert_true(s->run.replications >= 2); /* one has no interval */
            scenario_release(s);
            diag_free(diag);
        }
    }
}

static void mistakes_are_found(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *text, *message;
    } bad[] = {
        {CASE(RUN, MEASURED("15")), "is no tolerance"},
        {CASE(RUN, MEASURED("x")), "is no tolerance"},
        {CASE(RUN, MEASURED("0.5x")), "is no tolerance"},
        {CASE(RUN, ROW("\"within\": \"5%\", \"run\": \"other\", \"measure\": \"throughput.produce\"")), "there is no run \"other\""},
        {CASE(RUN, ROW("\"within\": \"5%\", \"measure\": \"throughput.produce\"")), "needs a run"},
        {CASE(RUN, ROW("\"within\": \"5%\", \"measure\": \"cross_zone.usd\", \"given\": {\"zones\": 3}")), "lacks one of its numbers"},
        {CASE(RUN, ROW("\"run\": \"r\", \"measure\": \"throughput.produce\"")), "\"within\" is missing"},
        {CASE("\"r\": {\"sets\": {}}", MEASURED("5%")), "\"scenario\" is missing"},
        {"{\"published\": 1}", "\"cases\" is missing"},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_null(read_text(f, bad[i].text));
        assert_true(diag_count(f->diag) > 0);
        if (!strstr(diag_get(f->diag, 0)->message, bad[i].message)) fail_msg("%s: %s", bad[i].text, diag_get(f->diag, 0)->message);
    }
}

/* A thousand records a second, said to be 1,500. */
static void verdicts_are_those_of_the_tolerance(void **state)
{
    struct fixture *f = *state;
    const struct validate_report report = run(
        f,
        CASE(RUN, MEASURED("50%") "," MEASURED("20%") "," MEASURED("2x") "," MEASURED("1.2x") "," MEASURED("at most") "," MEASURED(
                      "at least") "," ROW("\"not_modelled\": \"nobody knows\"") ","
                  ROW("\"within\": \"2x\", \"run\": \"r\", \"measure\": \"throughput.none\"")),
        false);
    static const enum validate_verdict expected[] = {VALIDATE_AGREES, VALIDATE_DIFFERS, VALIDATE_AGREES,    VALIDATE_DIFFERS,
                                                     VALIDATE_AGREES, VALIDATE_DIFFERS, VALIDATE_NO_VERDICT, VALIDATE_NO_VERDICT};
    assert_int_equal(report.rows_n, COUNT_OF(expected));
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        const struct validate_row *row = &report.rows[i];
        if (row->verdict != expected[i])
            fail_msg("row %zu: %s, ours %g (%g .. %g)", i, validate_verdict_word(row->verdict), row->estimate.mean, row->estimate.low,
                     row->estimate.high);
        assert_int_equal(row->note == NULL, row->verdict == VALIDATE_AGREES);
        if (row->verdict != VALIDATE_NO_VERDICT) assert_true(row->estimate.mean > 970 && row->estimate.mean < 1030);
    }
    assert_false(validate_passed(&report));
    assert_int_equal(report.sources_n, 1);
    assert_string_equal(report.sources[0].calibrated, "nothing");
}

/* A timestamp of whole milliseconds adds half of one in the mean, and at most one. */
static void latency_since_create_time_is_up_to_a_millisecond_more(void **state)
{
    struct fixture *f = *state;
#define READ                                                                                                                          \
    "\"r\": {\"scenario\": \"scenario.json\", \"sets\": {\"groups\": \"[{\\\"name\\\": \\\"count\\\", \\\"reads\\\": \\\"t\\\", \\\"instances\\\": 1, "  \
    "\\\"instance\\\": \\\"c6i.2xlarge\\\"}]\"}}"
#define LATENCY(figure) \
    "{\"quantity\": \"q\", \"unit\": \"s\", \"published\": 0, \"within\": \"at least\", \"run\": \"r\", \"measure\": \"latency.end_to_end.count." figure "\"}"
    const struct validate_report report =
        run(f, CASE(READ, LATENCY("p50") "," LATENCY("p50 since CreateTime") "," LATENCY("p75") "," LATENCY("p75 since CreateTime") ","
                    LATENCY("mean since CreateTime")), true);
    assert_int_equal(report.rows_n, 5);
    const double median = report.rows[1].estimate.mean - report.rows[0].estimate.mean;
    const double upper = report.rows[3].estimate.mean - report.rows[2].estimate.mean;
    assert_true(median > 0.4e-3 && median < 0.6e-3);
    assert_true(upper > 0 && upper <= 1e-3);
    assert_int_equal(report.rows[4].verdict, VALIDATE_NO_VERDICT);
}

static void a_row_may_compare_two_runs_or_look_at_a_fault(void **state)
{
    struct fixture *f = *state;
    const struct validate_report report =
        run(f,
            CASE(RUN ", \"half\": {\"scenario\": \"scenario.json\", \"sets\": {\"workload[0].rate\": \"500/s\"}}",
                 "{\"quantity\": \"cut\", \"unit\": \"\", \"published\": 0.5, \"within\": \"10%\", \"run\": \"half\", \"against\": \"r\", "
                 "\"measure\": \"throughput.produce\"},"
                 "{\"quantity\": \"detected\", \"unit\": \"s\", \"published\": 1, \"within\": \"at most\", \"run\": \"r\", \"measure\": "
                 "\"fault.down.detected\"},"
                 "{\"quantity\": \"a day\", \"unit\": \"$\", \"published\": 241.92, \"within\": \"cent\", \"measure\": \"cross_zone.usd\", "
                 "\"given\": {\"rate_bytes_per_s\": 30000000, \"replication\": 3, \"groups\": 3, \"zones\": 3, \"follower_fetching\": 0, "
                 "\"hours\": 24, \"gb_bytes\": 1000000000, \"usd_each_way\": 0.01}}"),
            true);
    assert_int_equal(report.rows_n, 3);
    for (int i = 0; i < 3; i++) {
        const struct validate_row *row = &report.rows[i];
        if (row->verdict == VALIDATE_DIFFERS || row->verdict == VALIDATE_NO_VERDICT)
            fail_msg("%s: %g (%g .. %g)", row->quantity, row->estimate.mean, row->estimate.low, row->estimate.high);
    }
    assert_true(report.rows[0].estimate.mean > 0.45 && report.rows[0].estimate.mean < 0.55);
    assert_int_equal(report.rows[2].verdict, VALIDATE_AGREES);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_file_that_is_shipped_is_good),
        TEST(mistakes_are_found),
        TEST(verdicts_are_those_of_the_tolerance),
        TEST(latency_since_create_time_is_up_to_a_millisecond_more),
        TEST(a_row_may_compare_two_runs_or_look_at_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
