/* test_resolution_measured.c: which measured case speaks for a run, what the record then says, and the file that is
 * shipped. */
#include "replicate_fixture.h"

#include "resolution_cases.h"
#include "resolution_measured.h"

#define CASE(name, resolution, utilization, f, faults, p99)                                                            \
    "{\"case\": \"" name "\", \"resolution\": \"" resolution "\", \"against\": \"finer\", \"utilization\": " utilization       \
    ", \"f_min\": " f ", \"faults\": " faults ", \"differences\": {\"p50\": {\"bias\": 0.001, \"half_width\": 0.002}, "   \
    "\"p99\": {\"bias\": " p99 ", \"half_width\": 0.01}, \"p99.9\": null}}"

static const char measured_text[] =
    "{\"validate\": 1, \"date\": \"2026-11-22\", \"suites\": [{\"suite\": \"analytic\"}, {\"suite\": \"resolution\", "
    "\"largest_differences\": [" CASE("low", "sampled", "0.3", "0.01", "false", "0.03") ", "
    CASE("mid", "sampled", "0.7", "0.01", "false", "0.07") ", " CASE("full", "sampled", "0.992", "0.01", "true", "0.05") ", "
    CASE("mid brief", "sampled", "0.7", "0.002", "false", "0.072")
    ", " CASE("high", "sampled", "0.9", "0.002", "false", "-0.09") ", " CASE("mid", "request", "0.7", "1", "false", "0.007")
    ", " CASE("outage", "sampled", "0.95", "0.01", "true", "0.05") "]}]}";

static const struct resolution_measured *load(struct bench *b, const char *text)
{
    struct fixture *f = b->fixture;
    return resolution_measured_load(write_text(f, "measured.json", text), f->arena, f->diag);
}

static const char *name_for(const struct resolution_measured *m, const char *resolution, double fraction, double utilisation,
                            bool faults, const char **why)
{
    const struct resolution_setting setting = {resolution, fraction, utilisation, faults};
    const struct validate_bias *found = resolution_measured_find(m, &setting, why);
    return found ? found->name : "none";
}

static void the_nearest_case_not_below(void **state)
{
    const struct resolution_measured *m = load(*state, measured_text);
    const char *why;
    assert_non_null(m);
    assert_int_equal(m->biases_n, 7);
    assert_string_equal(m->date, "2026-11-22");
    assert_string_equal(name_for(m, "sampled", 0.01, 0.2, false, &why), "low");
    assert_string_equal(name_for(m, "sampled", 0.01, 0.3, false, &why), "low");
    assert_string_equal(name_for(m, "sampled", 0.01, 0.31, false, &why), "mid");
    assert_string_equal(name_for(m, "sampled", 0.5, 0.7, false, &why), "mid");
    assert_string_equal(name_for(m, "sampled", 0.005, 0.2, false, &why), "mid brief"); /* its close-ups are short enough */
    assert_string_equal(name_for(m, "sampled", 0.01, 0.71, false, &why), "high");
    assert_string_equal(name_for(m, "request", 1, 0.1, false, &why), "mid");
    assert_string_equal(name_for(m, "sampled", 0.01, 0.2, true, &why), "outage");
    assert_string_equal(name_for(m, "sampled", 0.01, 0.96, true, &why), "full");
    assert_string_equal(name_for(m, "sampled", 0.01, 1, true, &why), "full"); /* full is full */
    /* Outside of what was measured. */
    assert_string_equal(name_for(m, "sampled", 0.01, 0.91, false, &why), "none");
    assert_non_null(strstr(why, "as busy"));
    assert_string_equal(name_for(m, "sampled", 0.001, 0.2, false, &why), "none");
    assert_non_null(strstr(why, "as short"));
    assert_string_equal(name_for(m, "request", 1, 0.2, true, &why), "none");
    assert_non_null(strstr(why, "like it"));
}

static const struct record_number *named(const struct record *r, const char *name)
{
    for (int i = 0; i < r->error.resolution_n; i++)
        if (!strcmp(r->error.resolution[i].name, name)) return &r->error.resolution[i].number;
    fail_msg("error.resolution has no %s", name);
    return NULL;
}

static struct outcome run_at(struct bench *b, const char *sets, const struct resolution_measured *m)
{
    const struct scenario *s = scenario_with(b, base_system, arena_printf(b->fixture->arena, QUICK "%s", sets));
    struct replicate_options options = options_of(b, s, 1);
    options.resolution = m;
    return run_with(b, s, &options);
}

static void the_record_states_it(void **state)
{
    struct bench *b = *state;
    const struct resolution_measured *m = load(b, measured_text);
    /* Hardly busy; close-ups of a twentieth. */
    struct outcome o = run_at(b, "|run.fraction=5%", m);
    assert_true(o.record.run.fraction_simulated.value < 1);
    assert_near(named(&o.record, "bias_p99")->value, 0.03, 1e-12);
    assert_near(named(&o.record, "bias_p99_half_width")->value, 0.01, 1e-12);
    assert_near(named(&o.record, "bias_p50")->value, 0.001, 1e-12);
    assert_false(named(&o.record, "bias_p99.9")->known); /* the case does not know it */
    assert_near(named(&o.record, "request_bias_p99")->value, 0.007, 1e-12);
    assert_string_equal(o.record.error.resolution_case.text, "low, sampled against finer; mid, request against finer");
    assert_string_equal(o.record.error.measured.sha256, m->sha256);

    o = run_at(b, "|run.resolution=request", m);
    assert_near(named(&o.record, "bias_p99")->value, 0.007, 1e-12);
    assert_string_equal(o.record.error.resolution_case.text, "mid, request against finer");

    /* So few records that everything was simulated: nothing was skipped, so nothing is off but what `request` is. */
    o = run_at(b, "", m);
    assert_true(o.record.run.fraction_simulated.value == 1);
    assert_true(named(&o.record, "bias_p99")->known && named(&o.record, "bias_p99")->value == 0);
    assert_near(named(&o.record, "request_bias_p99")->value, 0.007, 1e-12);

    o = run_at(b, "|run.resolution=record", m);
    assert_true(named(&o.record, "bias_p50")->known && named(&o.record, "bias_p50")->value == 0);
    assert_null(o.record.error.resolution_case.text);

    o = run_at(b, "|run.fraction=0.1%", m);
    assert_false(named(&o.record, "bias_p50")->known);
    assert_non_null(strstr(named(&o.record, "bias_p50")->why_null, "as short"));

    o = run_at(b, "|run.fraction=5%", NULL);
    assert_false(named(&o.record, "bias_p50")->known);
    assert_null(o.record.error.measured.name);
}

static void assert_mistake(struct bench *b, const char *text, const char *says)
{
    struct fixture *f = b->fixture;
    const size_t before = diag_count(f->diag);
    assert_null(load(b, text));
    assert_true(diag_count(f->diag) > before);
    bool said = false;
    for (size_t i = 0; diag_get(f->diag, i); i++)
        said |= strstr(diag_get(f->diag, i)->message, says) != NULL;
    if (!said) fail_msg("nobody said \"%s\"", says);
}

static void mistakes_are_told(void **state)
{
    assert_mistake(*state, "{\"date\": \"2026-11-22\"}", "member \"suites\" is missing");
    assert_mistake(*state, "{\"date\": \"2026-11-22\", \"suites\": [{\"suite\": \"analytic\"}]}", "no suite \"resolution\"");
    assert_mistake(*state, "{\"date\": 5, \"suites\": [{\"suite\": \"resolution\", \"largest_differences\": []}]}", "a string fits");
    assert_mistake(*state, "{\"date\": \"\", \"suites\": [{\"suite\": \"resolution\", \"largest_differences\": [{}]}]}",
                   "member \"utilization\" is missing");
}

/* What is shipped is whole, and was within the limits. */
static void the_shipped_file(void **state)
{
    struct bench *b = *state;
    const struct resolution_measured *m = resolution_measured_load(
        arena_printf(b->fixture->arena, "%s/" RESOLUTION_MEASURED_FILE, b->data_dir), b->fixture->arena, b->fixture->diag);
    const char *why;
    assert_non_null(m);
    assert_true(m->biases_n > 20);
    /* It is of the cases that there are. */
    for (size_t i = 0; i < resolution_cases_n; i++) {
        const struct resolution_case *c = &resolution_cases[i];
        int found = 0;
        for (int j = 0; j < m->biases_n; j++) {
            const struct validate_bias *bias = &m->biases[j];
            if (strcmp(bias->name, c->name) != 0) continue;
            assert_int_equal(bias->faults, c->faults);
            if (strcmp(bias->resolution, "sampled") == 0) assert_near(bias->fraction, c->fraction, 1e-12);
            found++;
        }
        if (found != c->record + (c->fraction > 0)) fail_msg("%s was measured %d times", c->name, found);
    }
    /* Every rung of the ladder finds a case that is hardly busier. */
    for (double utilisation = 0.3; utilisation < 0.98; utilisation += 0.1) {
        const struct resolution_setting setting = {"sampled", 0.01, utilisation, false};
        const struct validate_bias *found = resolution_measured_find(m, &setting, &why);
        assert_non_null(found);
        assert_less(found->utilisation, utilisation + 0.21);
    }
    for (int i = 0; i < m->biases_n; i++) {
        const struct validate_bias *bias = &m->biases[i];
        const bool narrow = !bias->faults && bias->utilisation <= 0.9;
        assert_true(bias->known[VALIDATE_BIAS_P50] && bias->known[VALIDATE_BIAS_P99]);
        assert_less(fabs(bias->bias[VALIDATE_BIAS_P50]) - bias->half_width[VALIDATE_BIAS_P50], narrow ? 0.02 : 0.05);
        assert_less(fabs(bias->bias[VALIDATE_BIAS_P99]) - bias->half_width[VALIDATE_BIAS_P99], narrow ? 0.02 : 0.05);
        assert_true(bias->utilisation > 0.25 && bias->utilisation < 1 && bias->half_width[VALIDATE_BIAS_P99] > 0);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_nearest_case_not_below),
        TEST(the_record_states_it),
        TEST(mistakes_are_told),
        TEST(the_shipped_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
