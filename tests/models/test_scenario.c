/* test_scenario.c: what a good scenario becomes: values, defaults, the resolved scenario, --set, extends; and
 * the table itself.
 */
#include "scenario_fixture.h"

#include <jansson.h>
#include <math.h>

#include "json.h"
#include "prices.h"
#include "scenario_build.h"
#include "scenario_table.h"

static const int64_t second = 1000000000;

static void assert_close_at(double found, double expected, double tolerance, int line)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("line %d: %.17g is not %.17g", line, found, expected);
}
#define assert_close(found, expected, tolerance) assert_close_at((found), (expected), (tolerance), __LINE__)

static const char clickstream[] =
    "{\n"
    "  \"name\": \"ad-clickstream\",\n"
    "  \"question\": \"Does CTR stay fresh within a minute at 1M events/s while a broker is lost?\",\n"
    "  \"decision\": {\"owner\": \"ads data platform\", \"metric\": \"freshness.ctr.p99\", "
    "\"cost_of_delay\": \"$40/min\"},\n"
    "  \"run\": {\"start\": \"18:00\", \"duration\": \"4h\", \"warmup\": \"10m\", \"seed\": 1, "
    "\"replications\": 5, \"resolution\": \"sampled\"},\n"
    "  \"platform\": \"self-run\", \"kafka\": \"4.1\", \"region\": \"us-east-1\",\n"
    "  \"month\": {\"profile\": \"wc98-week\", \"peak\": \"990k/s\"},\n"
    "\n"
    "  \"keys\": {\"campaign\": {\"population\": 2000000, \"zipf\": 1.05}},\n"
    "  \"workload\": [\n"
    "    {\"stream\": \"impressions\", \"rate\": {\"profile\": \"wc98-1998-06-30\", \"peak\": \"1.04M/s\"}, "
    "\"key\": \"campaign\",\n"
    "     \"event\": {\"size\": \"420 B\", \"serialization\": \"avro\"}, \"lateness\": {\"lognormal\": "
    "{\"median\": \"300ms\", \"p99\": \"20s\"}}},\n"
    "    {\"stream\": \"clicks\", \"rate\": {\"of\": \"impressions\", \"times\": 0.012, \"after\": "
    "{\"lognormal\": {\"median\": \"4s\", \"p99\": \"2m\"}}}, \"key\": \"campaign\",\n"
    "     \"event\": {\"size\": \"510 B\", \"serialization\": \"avro\"}}\n"
    "  ],\n"
    "  \"producers\": [\n"
    "    {\"name\": \"edge\", \"sends\": [\"impressions\", \"clicks\"], \"to\": \"ad-events\", "
    "\"instances\": 24, \"partitioner\": \"murmur2\",\n"
    "     \"config\": {\"acks\": \"all\", \"linger.ms\": 50, \"batch.size\": 131072, \"compression.type\": "
    "\"zstd\", \"enable.idempotence\": true}}\n"
    "  ],\n"
    "  \"cluster\": {\"brokers\": 18, \"instance\": \"m7g.4xlarge\", \"zones\": 3, \"storage\": {\"type\": "
    "\"gp3\", \"size\": \"6 TiB\", \"throughput\": \"600 MiB/s\"},\n"
    "              \"config\": {\"num.io.threads\": 16, \"min.insync.replicas\": 2}},\n"
    "  \"topics\": [{\"name\": \"ad-events\", \"partitions\": 360, \"replication\": 3, \"retention\": "
    "\"24h\"}],\n"
    "  \"groups\": [\n"
    "    {\"name\": \"ctr\", \"reads\": \"ad-events\", \"engine\": \"native\", \"instances\": 24, "
    "\"threads\": 8, \"instance\": \"c6i.2xlarge\", \"protocol\": \"consumer\",\n"
    "     \"delivery\": \"exactly_once\", \"checkpoint\": \"10s\", \"config\": {\"auto.offset.reset\": "
    "\"earliest\"},\n"
    "     \"does\": {\"window\": {\"kind\": \"tumbling\", \"size\": \"10s\", \"out_of_orderness\": \"5s\", "
    "\"allowed_lateness\": \"30s\", \"impressions\": \"impressions\", \"clicks\": \"clicks\"}, \"feeds\": "
    "\"ctr\"}},\n"
    "    {\"name\": \"raw\", \"reads\": \"ad-events\", \"engine\": \"native\", \"instances\": 30, "
    "\"instance\": \"c6i.2xlarge\",\n"
    "     \"does\": {\"write\": {\"table\": \"raw_ad_events\", \"format\": \"parquet\", \"roll\": {\"size\": "
    "\"256 MiB\", \"every\": \"5m\"}}}}\n"
    "  ],\n"
    "  \"lake\": {\"tables\": [ {\"name\": \"raw_ad_events\", \"retention\": \"180d\"} ]},\n"
    "  \"faults\": [{\"id\": \"lost-broker\", \"at\": \"1h\", \"kind\": \"broker_down\", \"broker\": 7, "
    "\"for\": \"12m\", \"clean\": false},\n"
    "             {\"id\": \"redeploy\", \"at\": \"2h30m\", \"kind\": \"restart_group\", \"group\": "
    "\"ctr\"}],\n"
    "  \"objectives\": [\"freshness.ctr.p99 <= 60s\", \"freshness.ctr.p99 <= 20s during steady\", "
    "\"delivery.ctr.lost == 0\",\n"
    "                 \"lag.ctr.clear <= 5m during lost-broker\", \"availability.produce >= 99.9%\", "
    "\"headroom.load_factor >= 1.3\", \"cost.month <= $190k\"]\n"
    "}\n";

static void test_every_part_lands(void **state)
{
    struct fixture *f = *state;
    const struct scenario *s = load_good(f, clickstream);
    assert_string_equal(s->name, "ad-clickstream");
    assert_string_equal(s->decision.owner, "ads data platform");
    assert_string_equal(s->decision.metric, "freshness.ctr.p99");
    assert_close(s->decision.cost_of_delay_usd_per_s, 40.0 / 60, 1e-12);
    assert_int_equal(s->run.start_ns, 18 * 3600 * second);
    assert_int_equal(s->run.duration_ns, 4 * 3600 * second);
    assert_int_equal(s->run.warmup_ns, 600 * second);
    assert_int_equal(s->run.seed, 1);
    assert_int_equal(s->run.replications, 5);
    assert_int_equal(s->run.resolution, RESOLUTION_SAMPLED);
    assert_true(s->month.given);
    assert_int_equal(s->month.rate.kind, RATE_PROFILE);
    assert_int_equal(s->month.rate.points_n, 168);
    assert_close(s->month.rate.step_s, 3600, 0);
    assert_close(s->month.rate.peak_per_s, 990e3, 0);
    assert_int_equal(s->keys_n, 1);
    assert_string_equal(s->keys[0].name, "campaign");
    assert_int_equal(s->keys[0].population, 2000000);
    assert_close(s->keys[0].zipf, 1.05, 0);

    assert_int_equal(s->streams_n, 2);
    const struct scenario_stream *views = &s->streams[0], *clicks = &s->streams[1];
    assert_int_equal(views->rate.kind, RATE_PROFILE);
    assert_string_equal(views->rate.profile, "wc98-1998-06-30");
    assert_int_equal(views->rate.points_n, 288);
    assert_int_equal(views->rate.of, -1);
    assert_int_equal(views->keys, 0);
    assert_int_equal(views->event_size_bytes, 420);
    assert_int_equal(views->serialization, SERIALIZATION_AVRO);
    assert_int_equal(views->lateness.kind, DISTRIBUTION_LOGNORMAL);
    assert_close(views->lateness.median, 0.3, 1e-15);
    assert_close(views->lateness.p99, 20, 0);
    assert_int_equal(clicks->rate.kind, RATE_DERIVED);
    assert_int_equal(clicks->rate.of, 0);
    assert_close(clicks->rate.times, 0.012, 0);
    assert_close(clicks->rate.after.p99, 120, 0);
    assert_int_equal(clicks->lateness.kind, DISTRIBUTION_CONSTANT);
    assert_close(clicks->lateness.value, 0, 0);

    const struct scenario_producer *p = &s->producers[0];
    assert_int_equal(p->sends_n, 2);
    assert_int_equal(p->sends[1], 1);
    assert_int_equal(p->topic, 0);
    assert_int_equal(p->instances, 24);
    assert_null(p->instance);
    assert_int_equal(p->config.acks, ACKS_ALL);
    assert_int_equal(p->config.linger_ns, second / 20);
    assert_int_equal(p->config.batch_size_bytes, 131072);
    assert_int_equal(p->config.compression_type, COMPRESSION_ZSTD);
    assert_int_equal(p->config.compression_zstd_level, 3);
    assert_int_equal(p->config.retries, INT32_MAX);
    assert_true(p->config.enable_idempotence);

    assert_int_equal(s->cluster.brokers, 18);
    assert_int_equal(s->cluster.storage_size_bytes, (int64_t)6 << 40);
    assert_close(s->cluster.storage_throughput_bytes_per_s, 600 * 1048576.0, 0);
    assert_close(s->cluster.storage_iops, 3000, 0);
    assert_string_equal(s->cluster.storage_type, "gp3");
    assert_int_equal(s->cluster.instance_vcpu, 16);
    assert_true(s->cluster.instance_memory_bytes == 64.0 * 1073741824);
    assert_true(s->cluster.instance_network_bytes_per_s > 1e8);
    assert_true(s->cluster.instance_ebs_bytes_per_s > 1e8);
    assert_int_equal(s->cluster.config.num_io_threads, 16);
    assert_int_equal(s->cluster.config.min_insync_replicas, 2);
    assert_int_equal(s->topics[0].retention_ns, 86400 * second);

    assert_int_equal(s->groups_n, 2);
    const struct scenario_group *ctr = &s->groups[0], *raw = &s->groups[1];
    assert_int_equal(ctr->work, WORK_WINDOW);
    assert_int_equal(ctr->instance_vcpu, 8);
    assert_int_equal(ctr->protocol, PROTOCOL_CONSUMER);
    assert_int_equal(ctr->delivery, DELIVERY_EXACTLY_ONCE);
    assert_int_equal(ctr->checkpoint_ns, 10 * second);
    assert_int_equal(ctr->config.auto_offset_reset, OFFSET_RESET_EARLIEST);
    assert_int_equal(ctr->window.size_ns, 10 * second);
    assert_int_equal(ctr->window.out_of_orderness_ns, 5 * second);
    assert_int_equal(ctr->window.allowed_lateness_ns, 30 * second);
    assert_close(ctr->window.heavy_key_share, 1e-4, 1e-18);
    assert_int_equal(ctr->window.sample_one_in, 64);
    assert_int_equal(ctr->window.impressions, 0);
    assert_int_equal(ctr->window.clicks, 1);
    assert_string_equal(ctr->window.feeds, "ctr");
    assert_int_equal(raw->work, WORK_WRITE);
    assert_int_equal(raw->threads, 1);
    assert_int_equal(raw->window.impressions, -1);
    assert_string_equal(raw->write.table, "raw_ad_events");
    assert_string_equal(raw->write.format, "parquet");
    assert_int_equal(raw->write.roll_size_bytes, 256 << 20);
    assert_int_equal(raw->write.roll_every_ns, 300 * second);
    assert_int_equal(s->tables_n, 1);
    assert_int_equal(s->tables[0].retention_ns, 180 * 86400 * second);

    assert_int_equal(s->faults_n, 2);
    assert_int_equal(s->faults[0].kind, FAULT_BROKER_DOWN);
    assert_int_equal(s->faults[0].broker, 7);
    assert_int_equal(s->faults[0].at_ns, 3600 * second);
    assert_int_equal(s->faults[0].for_ns, 720 * second);
    assert_int_equal(s->faults[0].group, -1);
    assert_int_equal(s->faults[1].kind, FAULT_RESTART_GROUP);
    assert_int_equal(s->faults[1].group, 0);
    assert_int_equal(s->faults[1].for_ns, 30 * second);
    assert_true(s->faults[1].clean);

    assert_int_equal(s->objectives_n, 7);
    static const struct {
        const char *metric, *unit;
        enum comparison comparison;
        double target;
        enum objective_scope scope;
        int fault;
    } expected[] = {
        {"freshness.ctr.p99", "s", COMPARISON_LE, 60, SCOPE_ALL, -1},
        {"freshness.ctr.p99", "s", COMPARISON_LE, 20, SCOPE_STEADY, -1},
        {"delivery.ctr.lost", "records", COMPARISON_EQ, 0, SCOPE_ALL, -1},
        {"lag.ctr.clear", "s", COMPARISON_LE, 300, SCOPE_FAULT, 0},
        {"availability.produce", "", COMPARISON_GE, 0.999, SCOPE_ALL, -1},
        {"headroom.load_factor", "", COMPARISON_GE, 1.3, SCOPE_ALL, -1},
        {"cost.month", "usd", COMPARISON_LE, 190e3, SCOPE_ALL, -1},
    };
    for (int i = 0; i < 7; i++) {
        const struct scenario_objective *o = &s->objectives[i];
        assert_string_equal(o->metric, expected[i].metric);
        assert_string_equal(o->unit, expected[i].unit);
        assert_int_equal(o->comparison, expected[i].comparison);
        assert_close(o->target, expected[i].target, 1e-12);
        assert_int_equal(o->scope, expected[i].scope);
        assert_int_equal(o->fault, expected[i].fault);
    }
    assert_int_equal(diag_note_count(f->diag), 0);
}

static void test_kafka_defaults(void **state)
{
    struct fixture *f = *state;
    const struct scenario *s = load_good(f, small_scenario);
    assert_string_equal(s->platform, "self-run");
    assert_string_equal(s->kafka, "4.1");
    assert_int_equal(s->cluster.zones, 3);
    assert_int_equal(s->cluster.config.num_network_threads, 3);
    assert_int_equal(s->cluster.config.replica_lag_time_max_ns, 30 * second);
    assert_int_equal(s->cluster.config.log_segment_bytes, 1 << 30);
    assert_int_equal(s->cluster.config.num_recovery_threads_per_data_dir, 2);
    assert_int_equal(s->producers[0].config.delivery_timeout_ns, 120 * second);
    assert_int_equal(s->producers[0].config.buffer_memory_bytes, 32 << 20);
    assert_int_equal(s->producers[0].config.max_block_ns, 60 * second);
    assert_int_equal(s->groups[0].protocol, PROTOCOL_CLASSIC);
    assert_int_equal(s->groups[0].config.session_timeout_ns, 45 * second);
    assert_int_equal(s->groups[0].config.heartbeat_interval_ns, 3 * second);
    assert_int_equal(s->groups[0].config.fetch_max_bytes, 50 << 20);
    assert_int_equal(s->groups[0].config.auto_offset_reset, OFFSET_RESET_LATEST);
    assert_int_equal(s->topics[0].retention_ns, 7 * 86400 * second);
    assert_string_equal(s->groups[0].window.feeds, "count");
    assert_int_equal(s->tables_n, 1); /* written, not listed */
    assert_string_equal(s->tables[0].name, "raw_events");
    assert_int_equal(s->tables[0].retention_ns, 30 * 86400 * second);
    assert_int_equal(s->streams[1].keys, -1);

    s = load_good(f, replaced(f, small_scenario, "\"linger.ms\": 20", ""));
    assert_int_equal(s->producers[0].config.linger_ns, second / 200);
    /* Before Kafka 4.0 */
    char *old = replaced(f, replaced(f, small_scenario, "\"linger.ms\": 20", ""), "\"name\": \"small\",",
                         "\"name\": \"small\", \"kafka\": \"3.9.1\",");
    s = load_good(f, old);
    assert_int_equal(s->producers[0].config.linger_ns, 0);
    assert_int_equal(s->cluster.config.num_recovery_threads_per_data_dir, 1);
    /* Amazon MSK */
    s = load_good(f, replaced(f, small_scenario, "\"name\": \"small\",",
                              "\"name\": \"small\", \"platform\": \"msk\","));
    assert_int_equal(s->cluster.config.num_network_threads, 5);
    assert_int_equal(s->cluster.config.num_replica_fetchers, 2);
    assert_int_equal(s->cluster.config.min_insync_replicas, 2);
    assert_true(s->cluster.config.unclean_leader_election_enable);
    /* The consumer protocol's heartbeat is the group's own */
    s = load_good(f, replaced(f, small_scenario, "\"name\": \"count\",",
                              "\"name\": \"count\", \"protocol\": \"consumer\","));
    assert_int_equal(s->groups[0].config.heartbeat_interval_ns, 5 * second);
}

static void test_kafkas_own_forms(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *config;
        int64_t linger_ns, batch_size_bytes;
        enum acks acks;
        bool idempotence;
    } forms[] = {
        {"\"linger.ms\": 50, \"batch.size\": 65536", 50000000, 65536, ACKS_ALL, true},
        {"\"linger.ms\": \"50\", \"batch.size\": \"65536\", \"acks\": \"-1\"", 50000000, 65536, ACKS_ALL,
         true},
        {"\"linger.ms\": \"50ms\", \"batch.size\": \"64 KiB\", \"enable.idempotence\": \"true\"", 50000000,
         65536, ACKS_ALL, true},
        {"\"linger.ms\": \"0.05s\", \"batch.size\": 65536, \"acks\": 1", 50000000, 65536, ACKS_1, false},
        {"\"linger.ms\": 50, \"batch.size\": 65536, \"acks\": \"0\"", 50000000, 65536, ACKS_0, false},
        {"\"linger.ms\": 50, \"batch.size\": 65536, \"retries\": 0", 50000000, 65536, ACKS_ALL, false},
    };
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        const struct scenario *s =
            load_good(f, replaced(f, small_scenario, "\"linger.ms\": 20", forms[i].config));
        assert_int_equal(s->producers[0].config.linger_ns, forms[i].linger_ns);
        assert_int_equal(s->producers[0].config.batch_size_bytes, forms[i].batch_size_bytes);
        assert_int_equal(s->producers[0].config.acks, forms[i].acks);
        /* Kafka gives up its own default of idempotence where acks or retries contradict it. */
        assert_int_equal(s->producers[0].config.enable_idempotence, forms[i].idempotence);
        json_t *config =
            json_object_get(json_array_get(json_object_get(s->resolved, "producers"), 0), "config");
        if (!forms[i].idempotence) assert_true(json_is_false(json_object_get(config, "enable.idempotence")));
    }
    /* Kafka raises its own default of delivery.timeout.ms. */
    const struct scenario *s = load_good(f, replaced(f, small_scenario, "\"linger.ms\": 20",
                                                     "\"linger.ms\": 20, \"request.timeout.ms\": 150000"));
    assert_int_equal(s->producers[0].config.delivery_timeout_ns, 150 * second + second / 50);
}

/* The resolved scenario is one again, and the same one: nothing is lost, no default stands for another. */
static void test_resolved_is_a_fixed_point(void **state)
{
    struct fixture *f = *state;
    static const char *const changes[][2] = {
        {"\"name\": \"small\",", "\"name\": \"small\", \"kafka\": \"3.7\",\n"},
        {"\"name\": \"small\",", "\"name\": \"small\", \"platform\": \"msk\","},
        {"\"linger.ms\": 20", "\"acks\": 1, \"request.timeout.ms\": \"3m\""},
        {"\"400 B\"", "{\"low\": \"300 B\", \"mid\": \"420 B\", \"high\": \"700 B\"}"},
        {"\"rate\": \"2k/s\"", "\"rate\": {\"profile\": \"wc98-week\", \"peak\": \"2k/s\"}, \"lateness\": "
                               "{\"exponential\": {\"mean\": \"2s\"}}"},
        {"\"outage\"", "\"fall\""},
    };
    for (size_t i = 0; i <= COUNT_OF(changes); i++) {
        const char *text =
            i < COUNT_OF(changes) ? replaced(f, small_scenario, changes[i][0], changes[i][1]) : clickstream;
        const struct scenario *first = load_good(f, text);
        char *once = json_dumps(first->resolved, JSON_INDENT(2));
        const struct scenario *second_time = load_good(f, once);
        char *twice = json_dumps(second_time->resolved, JSON_INDENT(2));
        assert_string_equal(once, twice);
        assert_int_equal(first->uncertain_n, second_time->uncertain_n);
        /* Plain data has to be the same to the byte. */
        assert_memory_equal(&first->run, &second_time->run, sizeof first->run);
        assert_memory_equal(&first->cluster.config, &second_time->cluster.config,
                            sizeof first->cluster.config);
        assert_memory_equal(&first->producers[0].config, &second_time->producers[0].config,
                            sizeof first->producers[0].config);
        for (int g = 0; g < first->groups_n; g++)
            assert_memory_equal(&first->groups[g].config, &second_time->groups[g].config,
                                sizeof first->groups[g].config);
        assert_close(first->month.rate.peak_per_s, second_time->month.rate.peak_per_s, 0);
        free(once);
        free(twice);
    }
}

static void test_uncertain_inputs(void **state)
{
    struct fixture *f = *state;
    char *text = replaced(f, small_scenario, "\"400 B\"",
                          "{\"low\": \"300 B\", \"mid\": \"420 B\", \"high\": \"700 B\"}");
    text = replaced(f, text, "\"rate\": \"2k/s\"",
                    "\"rate\": {\"low\": \"1k/s\", \"mid\": \"2k/s\", \"high\": \"2k/s\"}");
    text = replaced(f, text, "\"linger.ms\": 20",
                    "\"linger.ms\": {\"low\": 5, \"mid\": \"10ms\", \"high\": 20}");
    const struct scenario *s = load_good(f, text);
    assert_int_equal(s->streams[0].event_size_bytes, 420);
    assert_close(s->streams[0].rate.peak_per_s, 2000, 0);
    assert_int_equal(s->producers[0].config.linger_ns, second / 100);
    assert_int_equal(s->uncertain_n, 3);
    static const struct scenario_uncertain expected[] = {
        {"workload[0].rate", 1000, 2000, 2000},
        {"workload[0].event.size", 300, 420, 700},
        {"producers[0].config.linger.ms", 0.005, 0.01, 0.02}};
    for (int i = 0; i < 3; i++) {
        assert_string_equal(s->uncertain[i].path, expected[i].path);
        assert_close(s->uncertain[i].low, expected[i].low, 1e-15);
        assert_close(s->uncertain[i].mid, expected[i].mid, 1e-15);
        assert_close(s->uncertain[i].high, expected[i].high, 1e-15);
    }
}

static void test_set(void **state)
{
    struct fixture *f = *state;
    const char *path = write_text(f, "scenario.json", clickstream);
    static const struct scenario_override overrides[] = {
        {"run.duration", "3h"},
        {"run.seed", "17"},
        {"groups[0].instances", "6"},
        {"groups.raw.instances", "7"},
        {"producers.edge.config.linger.ms", "25"},
        {"producers.edge.config.enable.idempotence", "null"},
        {"producers.edge.config.acks", "1"},
        {"groups.ctr.config.fetch.max.wait.ms", "100ms"},
        {"keys.campaign.zipf", "0.5"},
        {"workload.impressions.rate.constant", "5k/s"},
        {"workload[1].lateness", "2s"},
        {"cluster.config.num.replica.fetchers", "4"},
        {"topics.ad-events.partitions", "200"},
        {"question", "a b \"c\""},
        {"name", "\"other\""},
        {"month", "7k/s"},
        {"objectives", "[\"cost.month <= $5\"]"},
        {"groups.raw.does.write.roll.every", "1m"},
        {"kafka", "4.0"},
    };
    const struct scenario *s = load_with(f, path, overrides, COUNT_OF(overrides));
    if (!s) diag_print(f->diag, stderr);
    assert_non_null(s);
    assert_int_equal(s->run.duration_ns, 3 * 3600 * second);
    assert_int_equal(s->run.seed, 17);
    assert_int_equal(s->groups[0].instances, 6);
    assert_int_equal(s->groups[1].instances, 7);
    assert_int_equal(s->producers[0].config.linger_ns, second / 40);
    assert_int_equal(s->producers[0].config.acks, ACKS_1);
    assert_false(s->producers[0].config.enable_idempotence);
    assert_int_equal(s->groups[0].config.fetch_max_wait_ns, second / 10);
    assert_close(s->keys[0].zipf, 0.5, 0);
    assert_int_equal(s->streams[0].rate.kind, RATE_CONSTANT); /* profile and peak made room */
    assert_close(s->streams[0].rate.peak_per_s, 5000, 0);
    assert_close(s->streams[1].lateness.value, 2, 0);
    assert_int_equal(s->cluster.config.num_replica_fetchers, 4);
    assert_int_equal(s->topics[0].partitions, 200);
    assert_string_equal(s->question, "a b \"c\"");
    assert_string_equal(s->name, "other");
    assert_close(s->month.rate.peak_per_s, 7000, 0);
    assert_int_equal(s->month.rate.kind, RATE_CONSTANT);
    assert_int_equal(s->objectives_n, 1);
    assert_int_equal(s->groups[1].write.roll_every_ns, 60 * second);
    assert_int_equal(s->groups[1].write.roll_size_bytes, 256 << 20);
    assert_string_equal(s->kafka, "4.0");
}

static void test_hash_covers_all_inputs(void **state)
{
    struct fixture *f = *state;
    char hashes[7][65];
    const char *path = write_text(f, "scenario.json", small_scenario);
    const struct scenario_override one = {"run.seed", "1"}, two = {"run.seed", "2"};
    strcpy(hashes[0], load_with(f, path, NULL, 0)->sha256);
    assert_int_equal(strlen(hashes[0]), 64);
    assert_string_equal(hashes[0], load_with(f, path, NULL, 0)->sha256);
    assert_string_equal(hashes[0], load_with(f, write_text(f, "same.json", small_scenario), NULL, 0)->sha256);
    strcpy(hashes[1], load_with(f, path, &one, 1)->sha256);
    strcpy(hashes[2], load_with(f, path, &two, 1)->sha256);
    strcpy(hashes[3], load_text(f, replaced(f, small_scenario, "\"times\": 0.5", "\"times\": 0.6"))->sha256);
    const char *traced =
        replaced(f, small_scenario, "\"rate\": \"2k/s\"", "\"rate\": {\"trace\": \"t.csv\"}");
    write_text(f, "t.csv", "0,1000\n600,500\n");
    strcpy(hashes[4], load_good(f, traced)->sha256);
    write_text(f, "t.csv", "0,1000\n600,501\n");
    strcpy(hashes[5], load_good(f, traced)->sha256);
    strcpy(hashes[6], load_good(f, replaced(f, traced, "\"times\": 0.5", "\"times\": 0.6"))->sha256);
    for (int i = 0; i < 7; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(hashes[i], hashes[j]);
}

/* An empty list takes the base's away: it is not a list of no changes. */
static void test_extends_empties(void **state)
{
    struct fixture *f = *state;
    write_text(f, "base.json", small_scenario);
    const struct scenario *s =
        load_good(f, "{\"extends\": \"base.json\", \"faults\": [], \"objectives\": [], \"name\": \"leaf\"}");
    assert_int_equal(s->faults_n, 0);
    assert_int_equal(s->objectives_n, 0);
    assert_int_equal(s->groups_n, 2);
    s = load_good(f, "{\"extends\": \"base.json\", \"groups\": [], \"objectives\": []}");
    assert_int_equal(s->groups_n, 0);
    s = load_good(f, "{\"extends\": \"base.json\", \"groups\": [{\"name\": \"count\", \"remove\": true},\n"
                     " {\"name\": \"raw\", \"instances\": 2}], \"faults\": [], \"objectives\": []}");
    assert_int_equal(s->groups_n, 1);
    assert_string_equal(s->groups[0].name, "raw");
    assert_int_equal(s->groups[0].instances, 2);
    /* Where at least one is needed, that is said of the empty list, and not overlooked. */
    assert_null(load_text(f, "{\"extends\": \"base.json\",\n \"topics\": []}"));
    assert_int_equal(diag_count(f->diag), 1);
    assert_int_equal(diag_get(f->diag, 0)->pos.line, 2);
    assert_string_equal(diag_get(f->diag, 0)->path, "topics");
}

/* The price book that was asked for says what the instances hold, for the whole run and not the bill alone.
 */
static void test_prices_of_ones_own(void **state)
{
    struct fixture *f = *state;
    char *text = replaced(f, small_scenario, "\"instances\": 2, \"instance\": \"c6i.large\"",
                          "\"instances\": 2, \"instance\": \"c6i.tiny\"");
    text = replaced(f, text, "\"instances\": 1, \"instance\": \"c6i.large\"",
                    "\"instances\": 1, \"instance\": \"c6i.tiny\"");
    assert_null(load_text(f, text)); /* the region's own has no such thing */
    f->prices = write_text(f, "prices.json", small_book);
    const struct scenario *s = load_good(f, text);
    assert_int_equal(s->cluster.instance_vcpu, 48);
    assert_int_equal(s->groups[0].instance_vcpu, 3);
    assert_true(s->groups[1].instance_memory_bytes == 0x1p30);
    assert_string_equal(s->prices->name, "tiny");
    f->prices = NULL;
    assert_int_equal(load_good(f, small_scenario)->cluster.instance_vcpu, 2);
    assert_string_equal(f->scenario->prices->name, "aws-us-east-1");
}

static void test_extends_merges(void **state)
{
    struct fixture *f = *state;
    write_text(f, "base.json", small_scenario);
    write_text(f, "middle.json",
               "{\"extends\": \"base.json\", \"name\": \"middle\", \"run\": {\"warmup\": null, \"seed\": 5},"
               " \"producers\": [{\"name\": \"web\", \"config\": {\"batch.size\": 99}}]}");
    const struct scenario *s =
        load_good(f, "{\"extends\": \"middle.json\", \"name\": \"leaf\",\n"
                     " \"workload\": [{\"stream\": \"views\", \"rate\": {\"profile\": \"wc98-week\", "
                     "\"peak\": \"1k/s\"}}],\n"
                     " \"keys\": {\"user\": {\"zipf\": 0.9}, \"shop\": {\"population\": 7}},\n"
                     " \"groups\": [{\"name\": \"count\", \"does\": {\"write\": {\"table\": \"counts\"}}},\n"
                     "            {\"name\": \"extra\", \"reads\": \"events\", \"instances\": 1, "
                     "\"instance\": \"c6i.large\"}],\n"
                     " \"objectives\": [\"cost.month < $9k\"]}");
    assert_string_equal(s->name, "leaf");
    assert_int_equal(s->run.warmup_ns, 0); /* taken away */
    assert_int_equal(s->run.duration_ns, 600 * second);
    assert_int_equal(s->run.seed, 5);
    assert_int_equal(s->streams_n, 2);
    assert_int_equal(s->streams[0].rate.kind, RATE_PROFILE);
    assert_int_equal(s->streams[0].event_size_bytes, 400);
    assert_int_equal(s->keys_n, 2);
    assert_int_equal(s->keys[0].population, 1000);
    assert_close(s->keys[0].zipf, 0.9, 0);
    assert_int_equal(s->producers_n, 1);
    assert_int_equal(s->producers[0].config.batch_size_bytes, 99);
    assert_int_equal(s->producers[0].config.linger_ns, second / 50);
    assert_int_equal(s->groups_n, 3);
    assert_int_equal(s->groups[0].work, WORK_WRITE); /* in place of the window */
    assert_string_equal(s->groups[0].write.table, "counts");
    assert_int_equal(s->groups[0].instances, 2);
    assert_int_equal(s->groups[2].work, WORK_NOTHING);
    assert_int_equal(s->objectives_n, 1);
}

static void test_traces(void **state)
{
    struct fixture *f = *state;
    static const char *const traces[] = {
        "0,600\n300,1200\n600,300\n",
        "time,count\n0,600\n300,1200\n600,300",
        "1998-06-30T21:30Z,600\r\n1998-06-30T21:35Z,1200\r\n1998-06-30T21:40Z,300\r\n",
        " 99.5 , 600 \n 399.5 , 1200 \n\n 699.5 , 300 \n\n",
        "1998-12-31 23:55:00,600\n1999-01-01 00:00:00,1200\n1999-01-01 00:05:00,300\n",
        "2000-02-28T23:55,600\n2000-02-29T00:00,1200\n2000-02-29T00:05,300\n",
    };
    for (size_t i = 0; i < COUNT_OF(traces); i++) {
        write_text(f, "t.csv", traces[i]);
        const struct scenario *s = load_good(
            f, replaced(f, small_scenario, "\"rate\": \"2k/s\"", "\"rate\": {\"trace\": \"t.csv\"}"));
        assert_int_equal(s->streams[0].rate.kind, RATE_TRACE);
        assert_int_equal(s->streams[0].rate.points_n, 3);
        assert_close(s->streams[0].rate.step_s, 300, 0);
        assert_close(s->streams[0].rate.peak_per_s, 4, 1e-12); /* its own: 1200 in 300 s */
        assert_close(s->streams[0].rate.points[0], 0.5, 1e-15);
        assert_close(s->streams[0].rate.points[1], 1, 0);
        s = load_good(f, replaced(f, small_scenario, "\"rate\": \"2k/s\"",
                                  "\"rate\": {\"trace\": \"t.csv\", \"peak\": \"8/s\"}"));
        assert_close(s->streams[0].rate.peak_per_s, 8, 0);
    }
}

static void test_profile_file(void **state)
{
    struct fixture *f = *state;
    write_text(f, "p.json", "{\"step_s\": 43200, \"values\": [3, 12]}");
    const struct scenario *s =
        load_good(f, replaced(f, small_scenario, "\"rate\": \"2k/s\"",
                              "\"rate\": {\"profile\": \"p.json\", \"peak\": \"8/s\"}"));
    assert_int_equal(s->streams[0].rate.points_n, 2);
    assert_close(s->streams[0].rate.points[0], 0.25, 0);
    assert_close(s->streams[0].rate.points[1], 1, 0);
}

static void test_shipped_profiles(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *id;
        int n;
        double mean;
    } shipped[] = {{"wc98-1998-06-10", 288, 0.2882},
                   {"wc98-1998-06-30", 288, 0.2473},
                   {"wc98-1998-07-05", 288, 0.7424},
                   {"wc98-week", 168, 0.2391}};
    for (size_t i = 0; i < COUNT_OF(shipped); i++) {
        const char *rate =
            arena_printf(f->arena, "\"rate\": {\"profile\": \"%s\", \"peak\": \"8/s\"}", shipped[i].id);
        const struct scenario *s = load_good(f, replaced(f, small_scenario, "\"rate\": \"2k/s\"", rate));
        assert_int_equal(s->streams[0].rate.points_n, shipped[i].n);
        double mean = 0, max = 0;
        for (int k = 0; k < shipped[i].n; k++) {
            mean += s->streams[0].rate.points[k] / shipped[i].n;
            max = fmax(max, s->streams[0].rate.points[k]);
        }
        assert_close(max, 1, 0);
        assert_close(mean, shipped[i].mean, 1e-4); /* the source's own mean over peak */
    }
}

static void test_idle_consumers_are_noted(void **state)
{
    struct fixture *f = *state;
    /* With room for its logs, which would be noted too. */
    char *roomy = replaced(f, small_scenario, "\"size\": \"100 GiB\"", "\"size\": \"2 TiB\"");
    load_good(f, replaced(f, roomy, "\"instances\": 2, ", "\"instances\": 2, \"threads\": 4, "));
    assert_int_equal(diag_note_count(f->diag), 1);
    const struct diag_entry *note = diag_get(f->diag, 0);
    assert_true(note->is_note);
    assert_string_equal(note->message, "8 consumers for 6 partitions: 2 of them will have nothing to do");
    assert_string_equal(note->path, "groups[0].instances");
    assert_int_equal(note->pos.line, 18);
}

static void test_objective_forms(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *text, *metric;
        enum comparison comparison;
        double target;
    } forms[] = {
        {"freshness.count.p99.9<30s", "freshness.count.p99.9", COMPARISON_LT, 30},
        {"  staleness.raw_events.max   >=  1m30s  ", "staleness.raw_events.max", COMPARISON_GE, 90},
        {"latency.produce.p50 < 20 ms", "latency.produce.p50", COMPARISON_LT, 0.02},
        {"latency.end_to_end.count.p99.99 <= 1s during all", "latency.end_to_end.count.p99.99", COMPARISON_LE,
         1},
        {"delivery.rejected == 0", "delivery.rejected", COMPARISON_EQ, 0},
        {"delivery.raw.dropped_late <= 2M", "delivery.raw.dropped_late", COMPARISON_LE, 2e6},
        {"lag.raw.peak < 1,000,000", "lag.raw.peak", COMPARISON_LT, 1e6},
        {"utilization.broker.cpu.peak <= 70%", "utilization.broker.cpu.peak", COMPARISON_LE, 0.7},
        {"utilization.group.count.cpu.mean <= 0.5", "utilization.group.count.cpu.mean", COMPARISON_LE, 0.5},
        {"availability.produce > 0.9999", "availability.produce", COMPARISON_GT, 0.9999},
    };
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        const struct scenario *s =
            load_good(f, replaced(f, small_scenario, "freshness.count.p99 <= 30s", forms[i].text));
        assert_int_equal(s->objectives_n, 1);
        assert_string_equal(s->objectives[0].text, forms[i].text);
        assert_string_equal(s->objectives[0].metric, forms[i].metric);
        assert_int_equal(s->objectives[0].comparison, forms[i].comparison);
        assert_close(s->objectives[0].target, forms[i].target, 1e-12);
    }
    assert_string_equal(scenario_metric_pattern(0), "freshness.<output>.<statistic>");
    int n = 0;
    while (scenario_metric_pattern(n))
        n++;
    assert_int_equal(n, 25);
    assert_null(scenario_metric_pattern(-1));
}

/* When the decision's output is too stale: as given, else by its objectives. */
static void test_decisions(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *decision, *objectives;
        const char *output;
        double stale_after_s; /* 0: not known */
    } cases[] = {
        {"\"owner\": \"me\"", "freshness.count.p99 <= 30s", NULL, 0},
        {"\"metric\": \"lag.count.peak\"", "freshness.count.p99 <= 30s", NULL, 0},
        {"\"metric\": \"freshness.count.p50\"", "freshness.count.p99 <= 30s", "count", 30},
        {"\"metric\": \"freshness.count.p50\"", "freshness.count.p99 <= 30s\", \"staleness.count.max < 2m", "count", 120},
        {"\"metric\": \"staleness.count.max\"", "freshness.count.p99 >= 3s\", \"freshness.count.p50 <= 4s", "count", 4},
        {"\"metric\": \"freshness.raw_events.p50\"", "freshness.count.p99 <= 30s", "raw_events", 0},
        {"\"metric\": \"freshness.count.p50\", \"stale_after\": \"7s\"", "freshness.count.p99 <= 30s", "count", 7},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *text = replaced(f, small_scenario, "freshness.count.p99 <= 30s", cases[i].objectives);
        text = replaced(f, text, "\"name\": \"small\",",
                        arena_printf(f->arena, "\"name\": \"small\", \"decision\": {%s},", cases[i].decision));
        const struct scenario *s = load_good(f, text);
        if (cases[i].output)
            assert_string_equal(s->decision.output, cases[i].output);
        else
            assert_null(s->decision.output);
        assert_close((double)s->decision.stale_after_ns / 1e9, cases[i].stale_after_s, 1e-12);
        const json_t *resolved = json_object_get(json_object_get(s->resolved, "decision"), "stale_after");
        assert_true((resolved != NULL) == (cases[i].stale_after_s > 0));
    }
}

/* --- the table --- */

static void test_table_is_consistent(void **state)
{
    struct fixture *f = *state;
    struct scenario scenario = {.name = NULL};
    struct scenario_build build = {.arena = f->arena, .diag = f->diag, .scenario = &scenario};
    assert_true(scenario_rows_n() > 120);
    for EACH_SCENARIO_ROW(row) {
        char path[SCENARIO_ROW_PATH_SIZE], fits[512];
        assert_true(row->doc && strlen(row->doc) > 5);
        assert_ptr_equal(scenario_row(row->object, row->key), row); /* no two alike */
        assert_true(strlen(scenario_row_fits(row, fits, sizeof fits)) > 3);
        assert_int_equal(row->type == SCENARIO_CHOICE || row->type == SCENARIO_CHOICES, row->choices != NULL);
        assert_int_equal(row->type == SCENARIO_REFERENCE || row->type == SCENARIO_REFERENCES,
                         row->refers_to != NULL);
        assert_int_equal(row->min == NULL, row->max == NULL);
        if (scenario_is_numeric(row->type)) assert_true(row->min || row->type == SCENARIO_MONEY_PER_TIME);
        /* Its object stands before it. */
        bool found = !*row->object;
        for EACH_SCENARIO_ROW(before) {
            if (before == row || found) break;
            found = !strcmp(scenario_row_path(before, true, path, sizeof path), row->object);
        }
        if (!found) fail_msg("%s.%s has no object before it", row->object, row->key);
        /* Every text in it can be read, and defaults lie in their ranges. */
        const char *texts[] = {row->min, row->max, row->fallback, row->other.fallback};
        double values[4] = {-INFINITY, INFINITY, 0, 0};
        for (int k = 0; k < 4 && row->type > SCENARIO_MAP; k++) {
            struct scenario_quantity quantity = SCENARIO_QUANTITY_NONE;
            if (!texts[k]) continue;
            if (!scenario_read_value(&build, row, scenario_value_of_text(row, texts[k], f->arena),
                                     &quantity)) {
                diag_print(f->diag, stderr);
                fail_msg("%s.%s: cannot read \"%s\"", row->object, row->key, texts[k]);
            }
            values[k] = quantity.number;
        }
        assert_true(values[0] < values[1]);
        if (row->shorthand) {
            scenario_row_path(row, false, path, sizeof path);
            assert_non_null(scenario_row(path, row->shorthand));
        }
    }
}

static const char *example_path(struct fixture *f, const struct scenario_row *row)
{
    char path[SCENARIO_ROW_PATH_SIZE];
    char *out = arena_strdup(f->arena, "");
    for (const char *p = scenario_row_path(row, false, path, sizeof path); *p; p++) {
        bool list = p[0] == '[' && p[1] == ']', map = p[0] == '.' && p[1] == '*';
        out = list  ? arena_printf(f->arena, "%s[0]", out)
              : map ? arena_printf(f->arena, "%s.user", out)
                    : arena_printf(f->arena, "%s%c", out, *p);
        p += list || map;
    }
    return out;
}

/* Every field, set to every odd thing, is either taken or refused with a mistake; never a crash. */
static void test_odd_values_everywhere(void **state)
{
    struct fixture *f = *state;
    static const char *const values[] = {
        "-1",  "0", "1e308", "\"\"", "null", "{}", "[]", "[[{}]]", "x", "{\"low\": 1}", "9223372036854775807",
        "true"};
    size_t refused = 0, taken = 0;
    const char *path = write_text(f, "scenario.json", small_scenario);
    for EACH_SCENARIO_ROW(row)
        for (size_t k = 0; k < COUNT_OF(values); k++) {
            struct arena *kept = f->arena;
            f->arena = arena_new(0);
            struct scenario_override override = {example_path(f, row), values[k]};
            if (load_with(f, path, &override, 1))
                taken++;
            else
                refused++;
            scenario_release(f->scenario);
            f->scenario = NULL;
            diag_free(f->diag);
            f->diag = diag_new();
            arena_free(f->arena);
            f->arena = kept;
        }
    assert_true(taken > 100 && refused > 800);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_part_lands, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_kafka_defaults, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_kafkas_own_forms, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_resolved_is_a_fixed_point, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_uncertain_inputs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_set, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hash_covers_all_inputs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_extends_merges, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_extends_empties, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_prices_of_ones_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_traces, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_profile_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_shipped_profiles, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_idle_consumers_are_noted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_objective_forms, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_decisions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_table_is_consistent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_odd_values_everywhere, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
