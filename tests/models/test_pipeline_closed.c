/* Whole pipelines small enough to know the answer beforehand. */
#include "pipeline_fixture.h"

#include "processor.h"

static const char *const resolutions[] = {"request", "record"};

static const char *with(struct bench *b, const char *sets, const char *resolution)
{
    return arena_printf(b->fixture->arena, "%s|run.resolution=%s", sets, resolution);
}

/* --- Producers ----------------------------------------------------------------------------------------- */

/* One producer, one partition, one broker in its zone. Poisson arrivals of rate r: a batch opens with a record that waits
 * all of linger L, and the r L others on average wait half of it. What else there is is the sum of its parts. */
static void a_lone_producer_waits_its_linger(void **state)
{
    struct bench *b = *state;
    static const double lingers_s[] = {0.005, 0.02, 0.1};
    for (size_t i = 0; i < COUNT_OF(lingers_s); i++) {
        for (size_t j = 0; j < COUNT_OF(resolutions); j++) {
            double linger = lingers_s[i], rate = 1000;
            struct run *r = simulate(
                b, with(b, arena_printf(b->fixture->arena,
                                        "run.duration=60s|workload[0].rate=1k/s|producers[0].instances=1|cluster.brokers=1|topics[0].partitions=1|"
                                        "topics[0].replication=1|groups=null|producers[0].config.batch.size=1000000|producers[0].config.acks=1|"
                                        "producers[0].config.compression.type=none|producers[0].config.linger.ms=%g", linger * 1e3),
                        resolutions[j]));
            const struct world *w = &r->pipeline->world;
            const struct calibration *c = w->calibration;
            double n = 1 + rate * linger; /* records a batch */
            assert_near(batch_records(r), n, 0.02 * n);
            assert_near(totals_of(r)->requests / totals_of(r)->seconds, rate / n, 0.02 * rate / n);
            double wait = linger * (1 + rate * linger / 2) / n;
            double bytes = compressibility_wire_bytes(&w->blueprint->compressibility[0], n);
            double producer = c->kafka_producer_client.request_ns + c->kafka_producer_client.batch_ns + n * w->fleets[0].cpu_ns_per_record +
                              bytes * 1e9 / 1.25e9;
            double network = c->latency.rtt_same_zone_ns + bytes / r->scenario->cluster.instance_network_bytes_per_s * 1e9;
            double broker = c->kafka_broker.network_request_ns + c->kafka_broker.network_batch_ns + c->kafka_broker.request_ns + c->kafka_broker.batch_ns + n * c->kafka_broker.record_ns +
                            bytes * (c->kafka_broker.network_byte_ns + c->kafka_broker.byte_ns) + c->latency.page_cache_append_ns;
            double expected = wait + (producer + network + broker) * 1e-9;
            assert_near(mean_of(r, PRODUCE, 0), expected, 0.02 * expected);
            /* The last of a batch hardly waits, the first waits all of it. */
            assert_near(quantile_of(r, PRODUCE, 0, 0.5), expected - wait + linger / 2, 0.15 * linger);
            assert_near(quantile_of(r, PRODUCE, 0, 0.99), expected - wait + linger, 0.05 * linger + 0.3e-3);
        }
    }
}

/* --- Consumers ----------------------------------------------------------------------------------------- */

/* One record a request, one consumer that takes S for each and nothing for anything else: M/D/1, whose mean wait is
 * rho S / (2 (1 - rho)); the rest of the way is the same at every load. */
static void a_lone_consumer_queues_as_m_d_1(void **state)
{
    struct bench *b = *state;
    const char *costs = COST("kafka.consumer.record", "us/record", 1000) "," COST("kafka.consumer.request", "us/request", 0) "," COST(
        "kafka.consumer.batch", "us/batch", 0) "," COST("kafka.consumer.byte", "ns/byte", 0) "," COST("kafka.broker.request", "us/request", 1) ","
        COST("kafka.broker.batch", "us/batch", 1);
    for (size_t j = 0; j < COUNT_OF(resolutions); j++) {
        static const int rates[] = {50, 500, 700, 850};
        double base = 0;
        for (size_t i = 0; i < COUNT_OF(rates); i++) {
            struct run *r = simulate_with(
                b, costs,
                with(b, arena_printf(b->fixture->arena,
                                     "run.duration=200s|workload[0].rate=%d/s|producers[0].instances=1|cluster.brokers=1|topics[0].partitions=1|"
                                     "topics[0].replication=1|producers[0].config.linger.ms=0|producers[0].config.acks=1|"
                                     "producers[0].config.max.in.flight.requests.per.connection=1000|producers[0].config.enable.idempotence=false|"
                                     "groups=[{\"name\": \"count\", \"reads\": \"events\", \"instances\": 1, \"instance\": \"c6i.large\"}]", rates[i]),
                     resolutions[j]));
            double service = r->pipeline->world.groups[0].cpu_ns_per_record * 1e-9, rho = rates[i] * service;
            assert_near(busy_share(r, "group.count.cpu"), rho, 0.03 * rho);
            double wait = rho * service / (2 * (1 - rho));
            if (i == 0) base = mean_of(r, END_TO_END, 0) - wait;
            /* How noisy a mean of so many waits is grows as they are correlated: see Whitt 1989. */
            double noise = 3 * wait * sqrt(2 * service / (1 - rho) / (1 - rho) / 190);
            assert_near(mean_of(r, END_TO_END, 0) - base, wait, 0.05 * wait + noise + 20e-6);
        }
        assert_true(base > 1e-3 && base < 2e-3); /* its own service, and the way there */
    }
}

/* A group stops for D and joins again: its backlog is what came meanwhile, and shrinks at mu - lambda. */
static void a_stall_clears_at_the_spare_capacity(void **state)
{
    struct bench *b = *state;
    static const struct {
        int rate, stall_s;
        const char *protocol;
        double join_s;
        int fetch_bytes;
    } cases[] = {{1000, 20, "classic", 3, 16384}, {1000, 20, "consumer", 0, 16384}, {600, 35, "classic", 3, 1048576}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct run *r = simulate_with(
            b, COST("kafka.consumer.record", "us/record", 600),
            arena_printf(b->fixture->arena,
                         "run.duration=160s|run.resolution=%s|workload[0].rate=%d/s|groups=[{\"name\": \"count\", \"reads\": \"events\", \"instances\": 1, "
                         "\"instance\": \"c6i.large\", \"protocol\": \"%s\", \"config\": {\"max.partition.fetch.bytes\": %d}}]|faults=[{\"id\": \"stop\", \"kind\": \"restart_group\", \"group\": "
                         "\"count\", \"at\": \"30s\", \"for\": \"%ds\"}]",
                         i == 1 ? "request" : "sampled", cases[i].rate, cases[i].protocol, cases[i].fetch_bytes, cases[i].stall_s));
        double rate = cases[i].rate, away = cases[i].stall_s + cases[i].join_s;
        double capacity = 1e9 / r->pipeline->world.groups[0].cpu_ns_per_record;
        const struct fault_row *fault = fault_of(r, 0);
        /* Seen at the end of a second: up to one second of it is missing. */
        assert_near((double)fault->peak_lag, rate * (away - 0.4), rate * 0.5 + 0.02 * rate * away);
        assert_near(peak_lag(r, 0), (double)fault->peak_lag, 1);
        /* Over when nothing is unread for more than three seconds. */
        double cleared = away + rate * (away - 3) / (capacity - rate);
        assert_near(sim_seconds(fault->lag_cleared - fault->at), cleared, 1.5 + 0.03 * cleared);
        /* With small fetches the partitions take turns; else the last one waits for whole megabytes of the others. */
        if (cases[i].fetch_bytes < 100000)
            assert_near(quantile_of(r, END_TO_END, 0, 1), away, 0.6);
        else
            assert_less(away + 1, quantile_of(r, END_TO_END, 0, 1));
        assert_int_equal(account_of(r, 0).lost, 0);
        assert_int_equal(account_of(r, 0).duplicated, 0);
    }
}

/* --- Outputs ------------------------------------------------------------------------------------------- */

/* Event time leads to a pane at the end of the window and the bound; a record of a window of W is W / 2 from its end on
 * average. The way through producer, broker and consumer adds its own, and so do the last event's lateness and age. */
static void a_window_is_fresh_after_its_bound(void **state)
{
    struct bench *b = *state;
    static const struct {
        int window_s, bound_s, late_s;
    } cases[] = {{10, 2, 0}, {5, 0, 0}, {20, 5, 10}, {1, 1, 0}, {20, 5, 3}, {10, 0, 7}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int window = cases[i].window_s, bound = cases[i].bound_s, late = cases[i].late_s;
        struct run *r = simulate(b, arena_printf(b->fixture->arena,
                                                 "run.duration=220s|run.warmup=60s|run.resolution=%s|groups.count.does.window.size=%ds|"
                                                 "groups.count.does.window.out_of_orderness=%ds|workload[0].lateness=%ds",
                                                 i % 2 ? "sampled" : "request", window, bound, late));
        /* A task's watermark is the least over its three partitions: their newest records are some 1/333 s old. */
        double through = mean_of(r, END_TO_END, 0);
        assert_near(mean_of(r, FRESHNESS, 0), window / 2.0 + bound + late + through, 0.05);
        assert_near(quantile_of(r, FRESHNESS, 0, 0.99), 0.99 * window + bound + late, 0.1 + 0.01 * window);
        assert_near(quantile_of(r, FRESHNESS, 0, 0.01), 0.01 * window + bound + late, 0.1 + 0.01 * window);
        /* Read on the second, just before a window that ends there can fire: from bound + 1 to bound + W, of event time. */
        assert_near(mean_of(r, STALENESS, 0), (window + 1) / 2.0 + bound + late, 0.05 * window + 0.1);
        assert_near(quantile_of(r, STALENESS, 0, 1), window + bound + late, 0.05);
        assert_int_equal(processor_counts(&r->pipeline->world.groups[0]).late, 0);
    }
}

/* Under exactly-once a pane waits for the checkpoint after it. Windows of 10 s against checkpoints every 7 s meet every
 * phase. */
static void a_checkpoint_adds_the_wait_for_it(void **state)
{
    struct bench *b = *state;
#define WINDOWS "run.duration=300s|run.warmup=90s|run.resolution=sampled|groups.count.does.window.out_of_orderness=2s"
    struct run *without = simulate(b, WINDOWS);
    struct run *with_it = simulate(b, WINDOWS "|groups.count.delivery=exactly_once|groups.count.checkpoint=7s");
    double fires = 2 + mean_of(without, FRESHNESS, 0) - 5 - 2; /* after its window's end */
    double wait = 0;
    for (int k = 0; k < 7; k++) { /* the phases */
        double t = 10 * k + fires;
        wait += ceil(t / 7) * 7 - t;
    }
    wait /= 7;
    assert_near(wait, 4, 0.2);
    double commits = 0.05 + 0.07; /* the state's upload and the commit */
    assert_near(mean_of(with_it, FRESHNESS, 0) - mean_of(without, FRESHNESS, 0), wait + commits, 0.25);
    assert_less(mean_of(without, STALENESS, 0) + 0.7 * wait, mean_of(with_it, STALENESS, 0));
}

/* A record is in its file for half of roll.every on average; then the file is stored. */
static void a_table_is_fresh_after_half_a_roll(void **state)
{
    struct bench *b = *state;
    static const int rolls_s[] = {10, 30};
    for (size_t i = 0; i < COUNT_OF(rolls_s); i++) {
        struct run *r = simulate(b, arena_printf(b->fixture->arena,
                                                 "run.duration=400s|run.warmup=100s|run.resolution=sampled|groups.raw.does.write.roll.every=%ds", rolls_s[i]));
        double through = mean_of(r, END_TO_END, 1);
        const struct calibration_latency *l = &r->pipeline->world.calibration->latency;
        double stored = l->object_put_p50_ns * 1e-9 + totals_of(r)->object_bytes[1] / totals_of(r)->objects[1] / l->object_put_bytes_per_s;
        assert_near(mean_of(r, FRESHNESS, 1), rolls_s[i] / 2.0 + through + stored, 0.06);
        assert_near(quantile_of(r, FRESHNESS, 1, 0.999), rolls_s[i] + stored, 0.25);
        assert_near(totals_of(r)->objects[1], 300.0 / rolls_s[i], 1);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_lone_producer_waits_its_linger),
        TEST(a_lone_consumer_queues_as_m_d_1),
        TEST(a_stall_clears_at_the_spare_capacity),
        TEST(a_window_is_fresh_after_its_bound),
        TEST(a_checkpoint_adds_the_wait_for_it),
        TEST(a_table_is_fresh_after_half_a_roll),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
