/* Log compaction inside the run: how much stays, when logs are cleaned, and what a late reader gets. */
#include "pipeline_fixture.h"

#include "blueprint.h"
#include "cleaner.h"
#include "compacted.h"
#include "event.h"
#include "group.h"
#include "log_cleaner.h"
#include "record_batch.h"
#include "rng.h"
#include "segments.h"

/* Four partitions of 250 records/s each of 400 B, uncompressed, of 20,000 keys that are all alike; segments of 1 MiB. */
static const char profiles[] =
    "{\n"
    "  \"name\": \"profiles\",\n"
    "  \"run\": {\"duration\": \"8m\", \"warmup\": \"10s\", \"replications\": 1, \"resolution\": \"request\"},\n"
    "  \"keys\": {\"user\": {\"population\": 20000, \"zipf\": 0}},\n"
    "  \"workload\": [{\"stream\": \"updates\", \"rate\": \"1000/s\", \"key\": \"user\", \"event\": {\"size\": \"400 B\"}}],\n"
    "  \"producers\": [{\"name\": \"web\", \"sends\": [\"updates\"], \"to\": \"profiles\", \"instances\": 1,\n"
    "                 \"config\": {\"linger.ms\": 50}}],\n"
    "  \"cluster\": {\"brokers\": 3, \"instance\": \"m7g.large\", \"storage\": {\"size\": \"100 GiB\"},\n"
    "              \"config\": {\"log.segment.bytes\": 1048576, \"log.retention.check.interval.ms\": 10000}},\n"
    "  \"topics\": [{\"name\": \"profiles\", \"partitions\": 4, \"replication\": 3, \"retention\": \"1m\",\n"
    "              \"config\": {\"cleanup.policy\": \"compact\"}}],\n"
    "  \"groups\": [{\"name\": \"slow\", \"reads\": \"profiles\", \"instances\": 1, \"instance\": \"c6i.large\",\n"
    "              \"config\": {\"auto.offset.reset\": \"earliest\"}}],\n"
    "  \"faults\": [{\"id\": \"stop\", \"at\": \"1m\", \"kind\": \"restart_group\", \"group\": \"slow\", \"for\": \"5m\"}]\n"
    "}\n";

static struct run *simulate_profiles(struct bench *b, const char *sets)
{
    const struct scenario *s = scenario_with(b, profiles, sets);
    struct run *r = run_new(b, s, calibration_with(b, ""));
    pipeline_run(r->pipeline, NULL, NULL, NULL);
    assert_adds_up(r);
    return r;
}

static const struct world *world_of(const struct run *r)
{
    return &r->pipeline->world;
}

static const struct partition *partition(const struct run *r, int i)
{
    return &world_of(r)->cluster.partitions[i];
}

/* Of N draws from K keys that are alike, K(1 - (1 - 1/K)^N) are different. */
static void keys_of_a_uniform_population(void **state)
{
    struct run *r = simulate_profiles(*state, "run.duration=15s|run.warmup=5s|faults=[]");
    const struct compacted *c = world_of(r)->blueprint->compacted[0];
    assert_true(c->all == 20000 && c->sample_one_in == 2 && c->records_cleaned > 10000);
    for (double n = 100; n < 1e6; n *= 3)
        assert_near(compacted_keys(c, n), -20000 * expm1(n * log1p(-1.0 / 20000)), 0.04 * compacted_keys(c, n));
    assert_near(compacted_keys(c, 1e9), 20000, 20);
    assert_less(c->error, 0.1);
    const double n = compacted_records(c, 10000); /* half of them: N = K ln 2 */
    assert_near(n, 20000 * log(2), 0.06 * n);
    assert_true(isinf(compacted_records(c, 20001)));
}

/* And by Zipf's law, summed over all keys. */
static void keys_of_a_skewed_population(void **state)
{
    struct run *r = simulate_profiles(
        *state, "run.duration=15s|run.warmup=5s|faults=[]|keys.user.population=300000|keys.user.zipf=1.05");
    const struct compacted *c = world_of(r)->blueprint->compacted[0];
    double sum = 0;
    for (int k = 300000; k >= 1; k--) sum += pow(k, -1.05);
    for (double n = 1e3; n < 1e8; n *= 10) {
        double keys = 0;
        for (int k = 300000; k >= 1; k--) keys += -expm1(-n * pow(k, -1.05) / sum);
        assert_near(compacted_keys(c, n), keys, 0.05 * keys);
    }
}

/* Each cleaned part holds every key once, the rest is as it was written; nothing goes by retention. */
static void a_log_holds_its_keys(void **state)
{
    struct run *r = simulate_profiles(*state, "faults=[]");
    const struct cleaner_counts counts = cleaner_counts(world_of(r));
    assert_true(counts.cleanings >= 8 && counts.maps_full == 0);
    for (int i = 0; i < 4; i++) {
        const struct partition *p = partition(r, i);
        const struct log_segments *s = &p->segments;
        assert_int_equal(s->start, 0);
        assert_true(p->cleaned.to > 0);
        const double end = (double)logcurve_end(&p->log), topic = end * 4;
        const double keys = -20000 / 4.0 * expm1((double)p->cleaned.to / end * topic * log1p(-1.0 / 20000));
        assert_near(p->cleaned.records, keys, 0.05 * keys);
        double sum = s->active_bytes, clean = 0;
        for (uint32_t j = 0; j < s->count; j++) {
            sum += segments_closed(p, j)->bytes;
            if (segments_closed(p, j)->end <= p->cleaned.to) clean += segments_closed(p, j)->bytes;
            assert_true(segments_closed(p, j)->bytes <= 1048576);
        }
        assert_near(sum, segments_bytes(p), 1);
        /* What stays of a batch of a dozen records has a header of its own for fewer of them. */
        assert_true(clean >= p->cleaned.records * p->bytes_per_record * 0.999);
        assert_less(clean, p->cleaned.records * (p->bytes_per_record + 61));
        /* It is not due again: no more of it is dirty than 0.5 and what one look and one segment let by. */
        const double dirty = segments_bytes(p) - s->active_bytes - clean;
        assert_less(dirty, clean + 1048576 + 15.1 * 250 * 450);
    }
}

/* A group that was away reads what is left: one record a key of what was compacted, and all that was not. */
static void a_late_reader_gets_the_compacted_log(void **state)
{
    struct run *r = simulate_profiles(*state, "");
    const struct group *g = &world_of(r)->groups[0];
    int64_t compacted = 0;
    for (int i = 0; i < 4; i++) compacted += g->partitions[i].lost_by[LOST_COMPACTED];
    assert_int_equal(account_of(r, 0).lost, compacted);
    assert_int_equal(account_of(r, 0).duplicated, 0);
    assert_int_equal(g->out_of_range, 0);
    /* It was away for 300 s: of 300,000 records 20,000 keys' last ones stay, and what was not compacted: 15 s and a segment,
     * and as much as was clean. */
    assert_true(compacted > 200000 && compacted < 300000);
    const double stayed = (double)account_of(r, 0).delivered - 1000 * (480 - 300);
    assert_true(stayed > 5000 && stayed < 100000);
    assert_less((double)group_lag(g), 600);
}

/* The ratio is how dirty a log may be: the higher, the fewer cleanings, and the larger the log. */
static void ratio_trades_bytes_for_work(void **state)
{
    struct run *often = simulate_profiles(*state, "faults=[]|topics.profiles.config={\"cleanup.policy\": \"compact\", \"min.cleanable.dirty.ratio\": 0.1}");
    struct run *seldom = simulate_profiles(*state, "faults=[]|topics.profiles.config={\"cleanup.policy\": \"compact\", \"min.cleanable.dirty.ratio\": 0.9}");
    assert_true(cleaner_counts(world_of(often)).bytes_read > 2 * cleaner_counts(world_of(seldom)).bytes_read);
    double few = 0, many = 0;
    for (int i = 0; i < 4; i++) {
        few += segments_bytes(partition(often, i));
        many += segments_bytes(partition(seldom, i));
    }
    assert_less(few, many);
    assert_less(cleaner_steady_bytes(world_of(often), 0), cleaner_steady_bytes(world_of(seldom), 0));
    /* Every key once, a batch each with its header; 4 MiB of them are clean. */
    assert_near(cleaner_steady_bytes(world_of(often), 0) / (1 + 0.1 / 1.8), 20000 * (400 + 61 + 12), 20000 * 20.0);
}

#define RETENTION(ms) "faults=[]|workload.updates.tombstones=30%|topics.profiles.config={\"cleanup.policy\": \"compact\", \"delete.retention.ms\": " #ms "}"

/* Keys among N of 20,000 that are alike. */
static double keys_among(double n) { return -20000 * expm1(n * log1p(-1.0 / 20000)); }

/* The latest record of 30 % of the keys is a tombstone. A day holds all of them; with none at all what was cleaned before has lost its
 * own, for good. */
static void tombstones_stay_for_their_retention(void **state)
{
    struct run *usual = simulate_profiles(*state, "faults=[]"), *day = simulate_profiles(*state, RETENTION(86400000)),
               *none = simulate_profiles(*state, RETENTION(0)), *minute = simulate_profiles(*state, RETENTION(60000));
    double held[4] = {0}, bytes[4] = {0};
    struct run *const runs[] = {usual, day, none, minute};
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < 4; k++) {
            held[k] += partition(runs[k], i)->cleaned.tombstones;
            bytes[k] += segments_bytes(partition(runs[k], i));
        }
        const struct partition *p = partition(day, i);

        const double keys = keys_among(4.0 * (double)p->cleaned.to) / 4;
        assert_near(p->cleaned.records, keys, 0.05 * keys);
        assert_near(p->cleaned.tombstones, 0.3 * p->cleaned.records, 1);
        assert_int_equal(p->cleaned.horizon_to, 0);
        p = partition(none, i);
        assert_true(p->cleaned.horizon_to > 0 && p->cleaned.horizon_to < p->cleaned.to);
        const double all = keys_among(4.0 * (double)p->cleaned.to) / 4, young = keys_among(4.0 * (double)(p->cleaned.to - p->cleaned.horizon_to)) / 4;
        assert_near(p->cleaned.tombstones, 0.3 * young, 0.05 * young);
        assert_near(p->cleaned.records, 0.7 * all + 0.3 * young, 0.05 * all);
        p = partition(minute, i);
        /* A minute, and to the cleaning after that: every 15 s at most, of 10 s of segment. */
        assert_true(p->cleaned.horizon_to > 0 && p->cleaned.to - p->cleaned.horizon_to > 60 * 200);
    }
    assert_near(held[0], 0, 0);
    assert_less(held[2], held[3]);
    assert_less(held[3], held[1]);
    assert_less(bytes[2], bytes[3]);
    assert_near(cleaner_counts(world_of(day)).tombstones, held[1], 1e-6 * held[1]);
    assert_less(cleaner_steady_bytes(world_of(none), 0), cleaner_steady_bytes(world_of(day), 0));
}

enum { CLEANED_KEYS = 2000, ROUNDS = 4, CLEANED_RECORDS = 500 };

/* Of a few thousand records, 30 % tombstones, cleaned four times by the real cleaner: how many stay. */
static double really_kept(struct rng *rng, struct record_batch_codec *codec)
{
    static const int64_t at_ms[ROUNDS] = {10000, 20000, 20400, 20800}; /* the first round's tombstones alone are old enough */
    struct log_cleaner_config config = log_cleaner_defaults();
    config.delete_retention_ms = 1000;
    struct log_cleaner *cleaner = log_cleaner_new(1 << 20, 0.9);
    struct cleaner_log log;
    cleaner_log_init(&log, 0);
    uint64_t kept_before = 0, kept = 0;
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < CLEANED_RECORDS; i++) {
            char key[EVENT_KEY_BYTES_MAX];
            unsigned char bytes[512];
            const size_t key_n = event_key(rng_below(rng, CLEANED_KEYS) + 1, key);
            const struct record_batch_record record = {.key = key, .key_n = key_n, .value = rng_uniform(rng) < 0.3 ? NULL : "v", .value_n = 1};
            const struct record_batch_header header = {.base_offset = (int64_t)round * CLEANED_RECORDS + i, .producer_id = -1};
            const size_t n = record_batch_encode(codec, &header, 0, &record, 1, bytes, sizeof bytes);
            cleaner_log_append(&log, &config, bytes, n);
        }
        cleaner_log_roll(&log);
        const struct log_cleaner_look look = log_cleaner_look(&log, &config, at_ms[round]);
        log_cleaner_clean(cleaner, &log, &config, &look, at_ms[round]);
        kept_before = kept;
        kept = log_cleaner_counts(cleaner)->records_kept;
    }
    cleaner_log_free(&log);
    log_cleaner_free(cleaner);
    return (double)(kept - kept_before);
}

static void the_real_cleaner_says_so(void **state)
{
    enum { TIMES = 20 };
    struct bench *b = *state;
    struct record_batch_codec *codec = record_batch_codec_new();
    struct rng rng;
    rng_init(&rng, b->fixture->arena, 7, "tombstones");
    double kept = 0;
    for (int i = 0; i < TIMES; i++) kept += really_kept(&rng, codec) / TIMES;
    const double one = log1p(-1.0 / CLEANED_KEYS), all = -CLEANED_KEYS * expm1(ROUNDS * CLEANED_RECORDS * one),
                 young = -CLEANED_KEYS * expm1((ROUNDS - 1) * CLEANED_RECORDS * one);
    assert_near(kept, all - 0.3 * (all - young), 12); /* all is 63 more */
    record_batch_codec_free(codec);
}

/* Who comes late gets the tombstones that are left and the values, and no record of keys that were deleted. */
static void a_late_reader_misses_deleted_keys(void **state)
{
    struct run *usual = simulate_profiles(*state, ""),
               *none = simulate_profiles(*state, "workload.updates.tombstones=30%|topics.profiles.config={\"cleanup.policy\": \"compact\", \"delete.retention.ms\": 0}");
    assert_less((double)account_of(none, 0).delivered, (double)account_of(usual, 0).delivered);
    assert_int_equal(account_of(none, 0).lost, lost_by(none, 0, LOST_COMPACTED));
}

/* What topics do not say brokers do: all the same, whoever said it. What a topic says holds before that. */
static void brokers_say_it_for_topics(void **state)
{
    static const char brokers[] = "log.segment.bytes\": 1048576, \"log.cleanup.policy\": \"compact,delete\", \"log.roll.hours\": 1, "
                                  "\"log.cleaner.min.cleanable.ratio\": 0.2, \"log.cleaner.min.compaction.lag.ms\": 7000, "
                                  "\"log.cleaner.max.compaction.lag.ms\": 90000, \"log.cleaner.delete.retention.ms\": 33";
    struct bench *b = *state;
    const char *sets = arena_printf(b->fixture->arena, "run.duration=3m|faults=[]|topics.profiles.config={}|cluster.config={\"%s}", brokers);
    struct run *defaults = simulate_profiles(b, sets);
    struct run *own = simulate_profiles(b, "run.duration=3m|faults=[]|cluster.config={\"log.segment.bytes\": 1048576}|"
                                           "topics.profiles.config={\"cleanup.policy\": \"compact,delete\", \"segment.ms\": 90000, "
                                           "\"min.cleanable.dirty.ratio\": 0.2, \"min.compaction.lag.ms\": 7000, "
                                           "\"max.compaction.lag.ms\": 90000, \"delete.retention.ms\": 33}");
    const struct scenario_topic *topic = &defaults->scenario->topics[0];
    assert_int_equal(topic->cleanup_policy, CLEANUP_COMPACT | CLEANUP_DELETE);
    assert_int_equal(topic->delete_retention_ms, 33);
    assert_true(cleaner_counts(world_of(own)).cleanings > 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(partition(defaults, i)->cleaned.to, partition(own, i)->cleaned.to);
        assert_near(segments_bytes(partition(defaults, i)), segments_bytes(partition(own, i)), 0);
    }
    const struct scenario *before = scenario_with(b, profiles, arena_printf(b->fixture->arena, "topics.profiles.config={\"cleanup.policy\": \"delete\", "
                                                  "\"segment.ms\": 5000, \"delete.retention.ms\": 44}|cluster.config={\"%s}", brokers));
    assert_int_equal(before->topics[0].cleanup_policy, CLEANUP_DELETE);
    assert_int_equal(before->topics[0].segment_ns, 5 * SIM_S);
    assert_int_equal(before->topics[0].delete_retention_ms, 44);
    assert_near(before->topics[0].min_cleanable_dirty_ratio, 0.2, 0);
    assert_int_equal(scenario_with(b, profiles, "topics.profiles.config={}|cluster.config={\"log.roll.hours\": 3}")->topics[0].segment_ns, 3 * SIM_H);
    assert_int_equal(scenario_with(b, profiles, "topics.profiles.config={}|cluster.config={\"log.roll.hours\": 3, \"log.roll.ms\": 9}")->topics[0].segment_ns, 9 * SIM_MS);
}

/* min.compaction.lag.ms leaves the last minutes alone; so does a limit on what cleaners may move. */
static void lag_and_throttle(void **state)
{
    struct run *r = simulate_profiles(*state, "faults=[]|topics.profiles.config={\"cleanup.policy\": \"compact\", \"min.compaction.lag.ms\": 240000}");
    for (int i = 0; i < 4; i++) assert_true(partition(r, i)->cleaned.to <= 250 * 250);
    assert_true(cleaner_counts(world_of(r)).cleanings > 0);
    r = simulate_profiles(*state, "faults=[]|cluster.config={\"log.segment.bytes\": 1048576, \"log.cleaner.io.max.bytes.per.second\": 50000}");
    const struct cleaner_counts counts = cleaner_counts(world_of(r));
    assert_true(counts.cleanings > 0);
    assert_less(counts.bytes_read + counts.bytes_written, 50000.0 * 480 * 3);
}

/* With "compact,delete" retention goes on. */
static void compact_and_delete(void **state)
{
    struct run *r = simulate_profiles(*state, "faults=[]|topics.profiles.config={\"cleanup.policy\": \"compact,delete\"}");
    for (int i = 0; i < 4; i++) {
        const struct partition *p = partition(r, i);
        assert_true(p->segments.start > 250 * 300);
        assert_less(p->cleaned.records, 5000);
        assert_true(p->cleaned.to == 0 || p->cleaned.to > p->segments.start);
    }
}

/* One map entry takes 24 bytes: 1 MiB at 0.9 is 39,321 keys of a partition, and no more are mapped at once. */
static void small_maps(void **state)
{
    const char *sets = "faults=[]|keys.user.population=1000000|workload.updates.rate=10k/s|workload.updates.event.size=100 B|"
                       "run.duration=2m|cluster.config={\"log.segment.bytes\": 1048576, \"log.cleaner.backoff.ms\": 60000, "
                       "\"log.cleaner.dedupe.buffer.size\": %d}";
    struct arena *arena = ((struct bench *)*state)->fixture->arena;
    struct run *small = simulate_profiles(*state, arena_printf(arena, sets, 1048576));
    struct run *large = simulate_profiles(*state, arena_printf(arena, sets, 134217728));
    assert_true(cleaner_counts(world_of(small)).maps_full > 0);
    assert_int_equal(cleaner_counts(world_of(large)).maps_full, 0);
}

/* Time that is skipped is cleaned as well. */
static void skips_are_cleaned(void **state)
{
    const char *sets = "faults=[]|workload.updates.rate=40k/s|keys.user.population=200000";
    struct run *fine = simulate_profiles(*state, arena_printf(((struct bench *)*state)->fixture->arena, "%s|run.duration=3m", sets));
    struct run *r = simulate_profiles(*state, arena_printf(((struct bench *)*state)->fixture->arena, "%s|run.duration=3m|run.resolution=sampled", sets));
    const double whole = cleaner_counts(world_of(fine)).bytes_read, sampled = cleaner_counts(world_of(r)).bytes_read;
    assert_near(sampled, whole, 0.15 * whole);
    assert_near(partition(r, 0)->cleaned.records, partition(fine, 0)->cleaned.records, 0.05 * partition(fine, 0)->cleaned.records);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_of_a_uniform_population, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(keys_of_a_skewed_population, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_log_holds_its_keys, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_late_reader_gets_the_compacted_log, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(ratio_trades_bytes_for_work, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(tombstones_stay_for_their_retention, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(the_real_cleaner_says_so, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_late_reader_misses_deleted_keys, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(brokers_say_it_for_topics, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(lag_and_throttle, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(compact_and_delete, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(small_maps, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(skips_are_cleaned, bench_set_up, bench_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
