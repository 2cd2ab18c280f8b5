/* Conservation: what is produced is the seed's alone, and a record too many is noticed. That every record is accounted for
 * whatever goes wrong is tests/study/test_draw.c's. */
#include "pipeline_fixture.h"

static jmp_buf fired;
static char broken[1024];

static void on_check(void *context, const char *message)
{
    (void)context;
    snprintf(broken, sizeof broken, "%s (%s)", message, check_context ? check_context : "no context");
    longjmp(fired, 1);
}

/* False, and `broken` says what, if a CHECK fires. */
static bool survives(struct run *r, void (*progress)(void *, double), void *context)
{
    check_set_hook(on_check, NULL);
    bool whole = setjmp(fired) == 0;
    if (whole) pipeline_run(r->pipeline, NULL, progress, context);
    check_set_hook(NULL, NULL);
    check_context = NULL;
    return whole;
}

static void drop_last_run(struct bench *b)
{
    struct run *r = &b->runs[--b->runs_n];
    pipeline_free(r->pipeline);
    arena_free(r->arena);
    *r = (struct run){0};
}

#define FAULTS                                                                                                         \
    "{\"id\": \"down\", \"kind\": \"broker_down\", \"broker\": 1, \"at\": \"30s\", \"for\": \"15s\"}, "               \
    "{\"id\": \"again\", \"kind\": \"restart_group\", \"group\": \"count\", \"at\": \"35s\", \"for\": \"5s\"}"

static void produced_depends_on_the_seed_alone(void **state)
{
    struct bench *b = *state;
    static const char *const resolutions[] = {"sampled", "request", "record"};
    int64_t produced[COUNT_OF(resolutions)];
    for (size_t i = 0; i < COUNT_OF(resolutions); i++) {
        struct run *r = simulate(b, arena_printf(b->fixture->arena, "run.duration=80s|run.resolution=%s|faults=[%s]", resolutions[i], FAULTS));
        assert_adds_up(r);
        produced[i] = account_of(r, 0).produced;
    }
    assert_int_equal(produced[0], produced[1]);
    assert_int_equal(produced[0], produced[2]);
    /* The same scenario on another seed. */
    int64_t first = account_of(simulate(b, "run.duration=30s"), 0).produced;
    int64_t second = account_of(simulate(b, "run.duration=30s|run.seed=2"), 0).produced;
    int64_t again = account_of(simulate(b, "run.duration=30s"), 0).produced;
    assert_int_not_equal(first, second);
    assert_int_equal(first, again);
}

static void reject_one_more(void *world, double simulated_s)
{
    struct world *w = world;
    if (simulated_s > 16 && simulated_s < 18) w->rejected++;
}

static void a_record_too_many_is_noticed(void **state)
{
    struct bench *b = *state;
    struct run *r = run_new(b, scenario_with(b, base_system, "run.duration=40s"), calibration_with(b, ""));
    assert_false(survives(r, reject_one_more, &r->pipeline->world));
    assert_non_null(strstr(broken, "produced, but"));
    /* In the slice after it, and with what reproduces it. */
    assert_non_null(strstr(broken, "seed 1, scenario "));
    assert_non_null(strstr(broken, "simulated time 17 s"));
    drop_last_run(b);

    r = run_new(b, scenario_with(b, base_system, "run.duration=40s"), calibration_with(b, ""));
    assert_true(survives(r, NULL, NULL));
}

/* Where fetches of followers end between the records of a batch, a new leader's log ends before that batch: all of it is sent
 * again, once. */
static void a_batch_is_replicated_whole_or_not_at_all(void **state)
{
    struct bench *b = *state;
    for (int seed = 1; seed <= 6; seed++) {
        struct run *r = run_new(
            b,
            scenario_with(b, base_system,
                          arena_printf(b->fixture->arena,
                                       "run.duration=24s|run.warmup=0s|run.seed=%d|workload[0].rate=1k/s|producers.web.config.linger.ms=100|"
                                       "cluster.config={\"replica.fetch.max.bytes\": 1}|faults=[{\"id\": \"down\", \"kind\": "
                                       "\"broker_down\", \"broker\": 1, \"at\": \"10s\", \"for\": \"2s\"}]",
                                       seed)),
            calibration_with(b, ""));
        if (!survives(r, NULL, NULL)) fail_msg("seed %d: %s", seed, broken);
        assert_adds_up(r);
        for (int g = 0; g < 2; g++) {
            assert_int_equal(account_of(r, g).lost, 0);
            assert_int_equal(account_of(r, g).duplicated, 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(produced_depends_on_the_seed_alone, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_batch_is_replicated_whole_or_not_at_all, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_record_too_many_is_noticed, bench_set_up, bench_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
