/* Conservation: every record is rejected, delivered, lost or in flight, to the record, whatever goes wrong. Scenarios
 * are drawn at random; a failure names its number, which draws it again. */
#include "pipeline_fixture.h"

#include "philox.h"

enum { SCENARIOS = 40, SAFE_SCENARIOS = 10, TEXT_MAX = 8192 };

struct text {
    char bytes[TEXT_MAX];
    size_t n;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(t->bytes + t->n, TEXT_MAX - t->n, format, args);
    va_end(args);
    assert_true(n >= 0 && (size_t)n < TEXT_MAX - t->n);
    t->n += (size_t)n;
}

static int pick(struct philox *p, int low, int high)
{
    return low + (int)philox_below(p, (uint64_t)(high - low + 1));
}

static const char *one_of(struct philox *p, const char *const *words, int n)
{
    return words[philox_below(p, (uint64_t)n)];
}

#define ONE_OF(p, ...)                                                                                                 \
    one_of((p), (const char *const[]){__VA_ARGS__}, (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)))

static bool chance(struct philox *p, double share)
{
    return philox_uniform(p) < share;
}

/* Faults at random moments; those of one broker or one group do not overlap. With `safe`, one broker at a time, its disk
 * kept. */
static void add_faults(struct text *t, struct philox *p, int brokers, int instances, bool safe)
{
    int n = pick(p, safe ? 1 : 0, 4), added = 0, any_broker_until = 0;
    int broker_until[8] = {0}, group_until[2] = {0};
    add(t, "\"faults\": [");
    for (int i = 0; i < n; i++) {
        int kind = pick(p, 0, 2), at = pick(p, 5, 50), length = pick(p, 1, 25);
        int broker = pick(p, 0, brokers - 1), group = kind == 2 ? 0 : pick(p, 0, 1), instance = pick(p, 0, instances - 1);
        const char *clean = ONE_OF(p, "true", "false"), *lost = !safe && chance(p, 0.3) ? "true" : "false";
        /* A broker's return is a start, a replay of its logs and a catch-up: leave room for them. */
        int *until = kind > 0 ? &group_until[group] : safe ? &any_broker_until : &broker_until[broker];
        if (at <= *until) at = *until + 1;
        if (at > 75) continue;
        *until = at + length + (kind > 0 ? 0 : safe ? 40 : 15);
        add(t, "%s{\"id\": \"f%d\", \"at\": \"%ds\", \"for\": \"%ds\", ", added++ ? ", " : "", i, at, length);
        if (kind == 0)
            add(t, "\"kind\": \"broker_down\", \"broker\": %d, \"clean\": %s, \"data_lost\": %s}", broker, clean, lost);
        else if (kind == 1)
            add(t, "\"kind\": \"restart_group\", \"group\": \"%s\", \"clean\": %s}", group ? "second" : "first", clean);
        else
            add(t, "\"kind\": \"consumer_crash\", \"group\": \"first\", \"instance\": %d}", instance);
    }
    add(t, "]");
}

static void draw_scenario(struct text *t, int number, bool safe, const char *resolution)
{
    struct philox philox = philox_named_nth(7, safe ? "safe" : "any", (uint64_t)number), *p = &philox;
    t->n = 0;
    int brokers = pick(p, 3, 6), replication = safe ? 3 : pick(p, 1, 3), partitions = pick(p, 6, 12);
    int min_isr = safe ? 2 : pick(p, 1, replication);
    const char *acks = safe ? "all" : ONE_OF(p, "0", "1", "all", "all");
    bool idempotent = strcmp(acks, "all") == 0 && (safe || chance(p, 0.6));
    int instances = pick(p, 1, 3);
    bool short_timeout = !safe && chance(p, 0.4), small_buffer = !safe && chance(p, 0.3);
    add(t, "{\"name\": \"drawn\", \"run\": {\"duration\": \"%ds\", \"warmup\": \"5s\", \"seed\": %d, \"replications\": 1, "
           "\"resolution\": \"%s\"},\n", pick(p, 80, 110), number + 1, resolution);
    add(t, "\"keys\": {\"user\": {\"population\": %d, \"zipf\": %.2f}},\n", pick(p, 50, 3000), philox_uniform(p) * 1.3);
    add(t, "\"workload\": [{\"stream\": \"a\", \"rate\": \"%d/s\", \"key\": \"user\", \"event\": {\"size\": \"%d B\"}},\n",
        pick(p, 100, 1000), pick(p, 100, 900));
    add(t, "  {\"stream\": \"b\", \"rate\": \"%d/s\"%s, \"event\": {\"size\": \"300 B\"}}],\n", pick(p, 50, 600),
        chance(p, 0.4) ? ", \"key\": \"user\"" : "");
    add(t, "\"producers\": [{\"name\": \"web\", \"sends\": [\"a\", \"b\"], \"to\": \"t\", \"instances\": %d, \"partitioner\": \"%s\",\n",
        pick(p, 1, 4), chance(p, 0.15) ? "sticky" : "murmur2");
    add(t, "  \"config\": {\"acks\": \"%s\", \"enable.idempotence\": %s, \"linger.ms\": %s, \"batch.size\": %s, "
           "\"compression.type\": \"%s\", \"max.in.flight.requests.per.connection\": %d",
        acks, idempotent ? "true" : "false", ONE_OF(p, "0", "5", "20", "200"), ONE_OF(p, "2000", "16384", "131072"),
        ONE_OF(p, "none", "zstd"), pick(p, 1, 5));
    if (short_timeout) add(t, ", \"request.timeout.ms\": 2000, \"delivery.timeout.ms\": %d", pick(p, 2500, 12000));
    if (small_buffer) add(t, ", \"buffer.memory\": %d, \"max.block.ms\": %d", pick(p, 100000, 900000), pick(p, 100, 4000));
    add(t, "}}],\n\"cluster\": {\"brokers\": %d, \"instance\": \"m7g.large\", \"storage\": {\"size\": \"100 GiB\"},\n", brokers);
    add(t, "  \"config\": {\"min.insync.replicas\": %d, \"unclean.leader.election.enable\": %s, \"log.segment.bytes\": 1048576, "
           "\"leader.imbalance.check.interval.seconds\": %d, \"replica.lag.time.max.ms\": %d}},\n",
        min_isr, !safe && chance(p, 0.3) ? "true" : "false", pick(p, 10, 40), pick(p, 3000, 30000));
    add(t, "\"topics\": [{\"name\": \"t\", \"partitions\": %d, \"replication\": %d}],\n", partitions, replication);
    add(t, "\"groups\": [{\"name\": \"first\", \"reads\": \"t\", \"instances\": %d, \"threads\": %d, \"instance\": \"c6i.large\", "
           "\"protocol\": \"%s\", ", instances, pick(p, 1, 2), ONE_OF(p, "consumer", "classic"));
    const char *delivery = safe ? ONE_OF(p, "at_least_once", "exactly_once")
                                : ONE_OF(p, "at_least_once", "exactly_once", "at_most_once");
    add(t, "\"delivery\": \"%s\", \"checkpoint\": \"%ds\", \"config\": {\"auto.offset.reset\": \"%s\", \"session.timeout.ms\": %d},\n",
        delivery, pick(p, 2, 12), ONE_OF(p, "earliest", "latest"), pick(p, 6000, 20000));
    add(t, "  \"does\": {\"window\": {\"size\": \"%ds\", \"out_of_orderness\": \"1s\"}}},\n", pick(p, 1, 10));
    add(t, "  {\"name\": \"second\", \"reads\": \"t\", \"instances\": 1, \"instance\": \"c6i.large\", \"protocol\": \"%s\",\n",
        ONE_OF(p, "consumer", "classic"));
    add(t, "   \"does\": {\"write\": {\"table\": \"raw\", \"format\": \"avro\", \"roll\": {\"every\": \"%ds\"}}}}],\n", pick(p, 3, 20));
    add_faults(t, p, brokers, instances, safe);
    add(t, "}\n");
}

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

static struct run *run_drawn(struct bench *b, int number, bool safe, const char *resolution)
{
    static struct text text;
    draw_scenario(&text, number, safe, resolution);
    const struct scenario *s = scenario_with(b, text.bytes, "");
    struct run *r = run_new(b, s, calibration_with(b, ""));
    if (survives(r, NULL, NULL)) return r;
    fprintf(stderr, "scenario %d at %s: %s\n%s", number, resolution, broken, text.bytes);
    return NULL;
}

static void every_record_is_accounted_for(void **state)
{
    struct bench *b = *state;
    static const char *const resolutions[] = {"sampled", "request", "record"};
    int failed = 0;
    int64_t rejected = 0, lost = 0, duplicated = 0;
    for (int i = 0; i < SCENARIOS; i++) {
        struct run *r = run_drawn(b, i, false, resolutions[i % 3]);
        failed += !r;
        if (r) {
            assert_adds_up(r);
            assert_true(r->pipeline->simulated == r->scenario->run.duration_ns);
            struct pipeline_account a = account_of(r, 0);
            assert_true(a.produced > 0 && a.delivered > 0);
            rejected += a.rejected;
            lost += a.lost;
            duplicated += a.duplicated;
        }
        drop_last_run(b);
    }
    if (failed) fail_msg("%d of %d scenarios broke an invariant", failed, SCENARIOS);
    /* The draw is only worth something if it makes each kind of outcome. */
    assert_true(rejected > 0 && lost > 0 && duplicated > 0);
}

static void a_safe_configuration_loses_nothing(void **state)
{
    struct bench *b = *state;
    for (int i = 0; i < SAFE_SCENARIOS; i++) {
        struct run *r = run_drawn(b, i, true, i % 2 ? "request" : "sampled");
        assert_non_null(r);
        assert_adds_up(r);
        for (int g = 0; g < 2; g++) {
            struct pipeline_account a = account_of(r, g);
            if (a.lost != 0) fail_msg("scenario %d, group %d: %lld lost", i, g, (long long)a.lost);
        }
        drop_last_run(b);
    }
}

static void produced_depends_on_the_seed_alone(void **state)
{
    struct bench *b = *state;
    static const char *const resolutions[] = {"sampled", "request", "record"};
    int64_t before = 0;
    for (int i = 0; i < 4; i++) {
        int64_t produced[3];
        for (int j = 0; j < 3; j++) {
            struct run *r = run_drawn(b, 100 + i, true, resolutions[j]);
            assert_non_null(r);
            produced[j] = account_of(r, 0).produced;
            drop_last_run(b);
        }
        assert_int_equal(produced[0], produced[1]);
        assert_int_equal(produced[0], produced[2]);
        assert_int_not_equal(produced[0], before);
        before = produced[0];
    }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_record_is_accounted_for, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_safe_configuration_loses_nothing, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(produced_depends_on_the_seed_alone, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_record_too_many_is_noticed, bench_set_up, bench_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
