/* The broker's request path: disks, networks, threads and what waits for them, in whole replications. */
#include "pipeline_fixture.h"

#include "cluster.h"
#include "disk.h"

static double share_above(struct run *r, enum which which, double seconds)
{
    struct histogram *h = times_of(r, which, 0, false);
    return histogram_weight_above(h, seconds) / histogram_count(h);
}

/* --- Disks and networks of one's own ------------------------------------------------------------------- */

static void network_override_is_the_link(void **state)
{
    struct bench *b = *state;
    struct run *wide = simulate(b, "run.duration=30s|cluster.network=40 MB/s");
    struct run *narrow = simulate(b, "run.duration=30s|cluster.network=20 MB/s");
    assert_int_equal(account_of(wide, 0).produced, account_of(narrow, 0).produced);
    assert_near(busy_share(narrow, "broker.network") / busy_share(wide, "broker.network"), 2, 0.02);
    assert_less(quantile_of(wide, PRODUCE, 0, 0.5), quantile_of(narrow, PRODUCE, 0, 0.5));
}

static void local_disks_have_what_is_said(void **state)
{
    struct bench *b = *state;
    struct run *gp3 = simulate(b, "run.duration=30s");
    struct run *slow = simulate(b, "run.duration=30s|cluster.storage.type=local|cluster.storage.throughput=13107200 B/s|cluster.storage.iops=700");
    /* An m7g.large holds 78.75 MB/s of its gp3 volume's 125 MiB/s. */
    assert_near(busy_share(slow, "broker.disk") / busy_share(gp3, "broker.disk"), 78.75e6 / 13107200, 0.05);
    /* That is no limit on local disks. */
    struct run *fast = simulate(b, "run.duration=30s|cluster.storage.type=local|cluster.storage.throughput=7875 MB/s|cluster.storage.iops=700");
    assert_near(1e9 / fast->pipeline->world.cluster.brokers[0].disk.ns_per_byte, 7875e6, 1);
}

static void client_networks_are_their_own(void **state)
{
    struct bench *b = *state;
    struct run *wide = simulate(b, "run.duration=30s");
    struct run *narrow = simulate(b, "run.duration=30s|producers[0].network=1 MB/s|groups.count.network=2 MB/s");
    assert_near(1e9 / narrow->pipeline->world.groups[0].instance_network[0].ns_per_byte, 2e6, 1);
    /* A request's bytes, some 2 kB, go through the producer's card at a kB a millisecond. */
    assert_less(quantile_of(wide, PRODUCE, 0, 0.5) + 1.5e-3, quantile_of(narrow, PRODUCE, 0, 0.5));
}

static void bursts_end(void **state)
{
    struct bench *b = *state;
    struct run *steady = simulate(b, "run.duration=30s|cluster.storage.throughput=500 MiB/s");
    struct run *burst = simulate(b, "run.duration=30s|cluster.storage.throughput=500 MiB/s|cluster.storage.burst=true");
    /* An m7g.large holds 78.75 MB/s, and 1250 for a while; its volume gives 524.3. */
    assert_near(busy_share(steady, "broker.disk") / busy_share(burst, "broker.disk"), 524.288 / 78.75, 0.05);
    struct world *w = &burst->pipeline->world;
    struct broker *broker = &w->cluster.brokers[0];
    assert_near(broker->burst_bytes, (1250e6 - 78.75e6) * 1800, 1);
    /* Ten seconds at all the volume gives, with five seconds' worth left: the next slice is back at the baseline. */
    broker->burst_bytes = (524.288e6 - 78.75e6) * 5;
    broker->burst_sent_last = broker->disk.bytes - 524.288e6 * 10;
    w->slice_start = w->slice_end - 10 * SIM_S;
    w->weight = 1;
    disk_slice_end(w);
    assert_near(broker->burst_bytes, 0, 0);
    assert_near(1e9 / broker->disk.ns_per_byte, 78.75e6, 1);
    /* A quiet slice lets some in again. */
    broker->burst_sent_last = broker->disk.bytes;
    disk_slice_end(w);
    assert_near(broker->burst_bytes, (1250e6 - 78.75e6) * 1800 / 86400 * 10, 1e3);
    assert_near(1e9 / broker->disk.ns_per_byte, 524.288e6, 1);
}

/* --- Threads ------------------------------------------------------------------------------------------ */

#define DEAR_REQUEST COST("kafka.broker.request", "us/request", 2000)
#define DEAR_NETWORK COST("kafka.broker.network.request", "us/request", 300)
#define BUSY "run.duration=30s|cluster.instance=m7g.xlarge|producers[0].instances=6"

static double blocked_ns(const struct run *r)
{
    double all = 0;
    for (int i = 0; i < r->scenario->cluster.brokers; i++) all += r->pipeline->world.cluster.brokers[i].blocked_ns;
    return all;
}

static void io_threads_handle_requests(void **state)
{
    struct bench *b = *state;
    struct run *four = simulate_with(b, DEAR_REQUEST, BUSY "|cluster.config.num.io.threads=4");
    struct run *one = simulate_with(b, DEAR_REQUEST, BUSY "|cluster.config.num.io.threads=1");
    assert_int_equal(account_of(four, 0).produced, account_of(one, 0).produced);
    /* The same work, on a quarter of the threads. */
    assert_near(busy_share(one, "broker.io_threads") / busy_share(four, "broker.io_threads"), 4, 0.4);
    assert_near(busy_share(one, "broker.cpu") / busy_share(four, "broker.cpu"), 1, 0.1);
    assert_less(1.1 * quantile_of(four, PRODUCE, 0, 0.99), quantile_of(one, PRODUCE, 0, 0.99));
    /* m7g.xlarge has four cores: four threads for their work are no more of a limit than cores are. */
    struct run *many = simulate_with(b, DEAR_REQUEST, BUSY "|cluster.config.num.io.threads=64");
    assert_near(quantile_of(many, PRODUCE, 0, 0.99), quantile_of(four, PRODUCE, 0, 0.99), 2e-3);
}

static void network_threads_read_requests(void **state)
{
    struct bench *b = *state;
    struct run *three = simulate_with(b, DEAR_NETWORK, BUSY "|cluster.config.num.network.threads=3");
    struct run *one = simulate_with(b, DEAR_NETWORK, BUSY "|cluster.config.num.network.threads=1");
    assert_near(busy_share(one, "broker.network_threads") / busy_share(three, "broker.network_threads"), 3, 0.3);
    assert_less(quantile_of(three, END_TO_END, 0, 0.99), quantile_of(one, END_TO_END, 0, 0.99));
    assert_less(busy_share(one, "broker.io_threads"), 0.2 * busy_share(one, "broker.network_threads"));
}

static void a_full_request_queue_stops_network_threads(void **state)
{
    struct bench *b = *state;
    struct run *roomy = simulate_with(b, DEAR_REQUEST, BUSY "|cluster.config.num.io.threads=1");
    struct run *tight = simulate_with(b, DEAR_REQUEST, BUSY "|cluster.config.num.io.threads=1|cluster.config.queued.max.requests=1");
    assert_int_equal(account_of(roomy, 0).produced, account_of(tight, 0).produced);
    assert_near(blocked_ns(roomy), 0, 0);
    assert_less(0, blocked_ns(tight));
    assert_less(2 * busy_share(roomy, "broker.network_threads"), busy_share(tight, "broker.network_threads"));
    assert_near(busy_share(tight, "broker.io_threads"), busy_share(roomy, "broker.io_threads"), 0.02);
}

/* --- Flushes and stalls -------------------------------------------------------------------------------- */

static void fsync_stands_on_the_produce_path(void **state)
{
    struct bench *b = *state;
    const char *base = "run.duration=30s|topics[0].partitions=3|cluster.storage.latency=5ms";
    struct run *behind = simulate(b, base);
    struct run *waits = simulate(b, "run.duration=30s|topics[0].partitions=3|cluster.storage.latency=5ms|cluster.config.log.flush.interval.messages=1");
    struct run *rarely = simulate(b, "run.duration=30s|topics[0].partitions=3|cluster.storage.latency=5ms|cluster.config.log.flush.interval.messages=1000000");
    assert_int_equal(account_of(behind, 0).produced, account_of(waits, 0).produced);
    /* A partition a broker: the leader's fsync, then the followers', side by side; then the next fetch says so. */
    assert_near(quantile_of(waits, PRODUCE, 0, 0.5) - quantile_of(behind, PRODUCE, 0, 0.5), 10e-3, 2.5e-3);
    assert_near(quantile_of(rarely, PRODUCE, 0, 0.5), quantile_of(behind, PRODUCE, 0, 0.5), 1e-6);
    assert_less(busy_share(behind, "broker.io_threads") * 5, busy_share(waits, "broker.io_threads"));
    assert_near(busy_share(behind, "broker.cpu"), busy_share(waits, "broker.cpu"), 0.1 * busy_share(behind, "broker.cpu"));
    /* Three brokers flush what they lead and what they follow; 20 operations a second are fewer than that. */
    struct run *slow = simulate(b, "run.duration=30s|topics[0].partitions=3|cluster.config.log.flush.interval.messages=1|"
                                   "cluster.storage.type=local|cluster.storage.throughput=100 MB/s|cluster.storage.iops=200");
    assert_less(0.5, busy_share(slow, "broker.disk"));
    assert_adds_up(slow);
}

static double stalls(const struct run *r)
{
    double n = 0;
    for (int i = 0; i < r->scenario->cluster.brokers; i++) n += (double)r->pipeline->world.cluster.brokers[i].stalls_n;
    return n;
}

static void stalls_make_the_tail(void **state)
{
    struct bench *b = *state;
    const char *often = COST("kafka.broker.stall.interval", "s/stall", 2) "," COST("kafka.broker.stall.p90", "ms/stall", 100);
    struct run *none = simulate_with(b, often, "run.duration=120s");
    struct run *some = simulate_with(b, often, "run.duration=120s|cluster.stalls=default");
    assert_int_equal(account_of(none, 0).produced, account_of(some, 0).produced);
    assert_near(stalls(none), 0, 0);
    /* Three brokers, 120 s, a stall each 2.04 s: 176, give or take 13. */
    assert_near(stalls(some), 3 * 120 / 2.043, 45);
    assert_adds_up(some);
    /* All but a few records go by between stalls; a stall of the leader or of a follower that is in sync holds up the rest: some
     * 3 x 43 ms in 2.04 s are in one, of which e^-(50/43) are for 50 ms and more. */
    assert_near(quantile_of(some, PRODUCE, 0, 0.5), quantile_of(none, PRODUCE, 0, 0.5), 2e-3);
    const double in_one = 3 * 0.0434 / 2.043 * exp(-50 / 43.4);
    assert_near(share_above(some, PRODUCE, quantile_of(none, PRODUCE, 0, 0.5) + 50e-3), in_one, 0.6 * in_one);
    assert_near(share_above(none, PRODUCE, quantile_of(none, PRODUCE, 0, 0.5) + 50e-3), 0, 0);
}

static void stalls_are_sampled_without_bias(void **state)
{
    struct bench *b = *state;
    const char *often = COST("kafka.broker.stall.interval", "ms/stall", 500) "," COST("kafka.broker.stall.p90", "ms/stall", 50);
    struct run *whole = simulate_with(b, often, "run.duration=150s|cluster.stalls=default");
    struct run *part = simulate_with(b, often, "run.duration=750s|run.resolution=sampled|run.fraction=20%|cluster.stalls=default");
    assert_adds_up(part);
    assert_less(sim_seconds(part->pipeline->world.data.now), 250);
    const double at = quantile_of(whole, PRODUCE, 0, 0.5) + 20e-3, share = share_above(whole, PRODUCE, at);
    assert_less(0.01, share);
    assert_near(share_above(part, PRODUCE, at), share, 0.3 * share);
}

/* --- Followers ---------------------------------------------------------------------------------------- */

#define SPREAD "run.duration=60s|topics[0].partitions=18|groups.count.instances=3|groups.raw.instances=3|groups.count.config.client.rack=a|" \
               "groups.raw.config.client.rack=a"
#define RACK_AWARE "|cluster.config.replica.selector.class=org.apache.kafka.common.replica.RackAwareReplicaSelector"

static double fetched(const struct run *r, bool cross_zone)
{
    const struct telemetry_totals *t = totals_of(r);
    return cross_zone ? t->fetch_cross_zone_bytes[0] + t->fetch_cross_zone_bytes[1] : t->fetch_bytes[0] + t->fetch_bytes[1];
}

static void closest_replicas_cross_no_zone(void **state)
{
    struct bench *b = *state;
    struct run *leaders = simulate(b, SPREAD);
    struct run *closest = simulate(b, SPREAD RACK_AWARE);
    assert_adds_up(closest);
    assert_int_equal(account_of(leaders, 0).produced, account_of(closest, 0).produced);
    assert_near(fetched(leaders, true) / fetched(leaders, false), 2.0 / 3, 0.15);
    assert_near(fetched(closest, true), 0, 0);
    assert_near(fetched(closest, false), fetched(leaders, false), 0.01 * fetched(leaders, false));
    /* A follower knows the high watermark a fetch of its own later. */
    const double later = quantile_of(closest, END_TO_END, 0, 0.5) - quantile_of(leaders, END_TO_END, 0, 0.5);
    assert_less(0.2e-3, later);
    /* Not longer than it takes until the partition's leader has something new for it. */
    assert_less(later, 60e-3);
    assert_less(peak_lag(closest, 0), 1000);
}

static void closest_replicas_come_and_go(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate(b, SPREAD RACK_AWARE "|run.duration=900s|workload[0].rate=300/s|faults=[{\"id\": \"out\", \"kind\": "
                                "\"broker_down\", \"broker\": 1, \"at\": \"100s\", \"for\": \"60s\"}]");
    assert_adds_up(r);
    for (int g = 0; g < 2; g++) {
        assert_true(account_of(r, g).in_flight < 1000);
        assert_int_equal(account_of(r, g).lost, 0);
    }
    /* Some bytes crossed zones while the broker was away and until the lease ended, 300 s; not later. */
    assert_less(0.02 * fetched(r, false), fetched(r, true));
    assert_less(fetched(r, true), 0.25 * fetched(r, false));
    const struct world *w = &r->pipeline->world;
    for (int i = 0; i < w->cluster.partitions_n; i++) {
        const struct group_partition *gp = &w->groups[0].partitions[i];
        assert_int_equal(w->cluster.brokers[gp->session->broker].zone, gp->consumer->zone);
    }
}

static void more_fetchers_share_partitions(void **state)
{
    struct bench *b = *state;
    const char *dear = COST("kafka.broker.follower.batch", "us/batch", 4000);
    struct run *one = simulate_with(b, dear, "run.duration=30s|topics[0].partitions=24|cluster.instance=m7g.2xlarge");
    struct run *four = simulate_with(b, dear, "run.duration=30s|topics[0].partitions=24|cluster.instance=m7g.2xlarge|cluster.config.num.replica.fetchers=4");
    const struct world *w = &four->pipeline->world;
    for (int i = 0; i < 24; i++) {
        /* "events".hashCode() is -1291329255; getFetcherId: |31 x hash + partition| % 4, in 32 bits */
        const int32_t id = (int32_t)(31u * (uint32_t)-1291329255 + (uint32_t)i);
        assert_int_equal(w->cluster.partitions[i].fetcher, abs(id) % 4);
    }
    assert_adds_up(four);
    /* A follower's batches are appended one after the other by its fetcher: by four of them sooner. */
    assert_less(quantile_of(four, PRODUCE, 0, 0.5) + 5e-3, quantile_of(one, PRODUCE, 0, 0.5));
}

/* The controller would fence it after a minute; the leader has it out of the in-sync set sooner, and in again. */
static void in_sync_replicas_shrink_and_expand(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate(b, "run.duration=120s|topics[0].replication=2|topics[0].partitions=1|cluster.brokers=2|cluster.zones=2|"
                                "cluster.config.broker.session.timeout.ms=60000|cluster.config.replica.lag.time.max.ms=10000|"
                                "producers[0].config.request.timeout.ms=60000|producers[0].config.buffer.memory=1073741824|"
                                "faults=[{\"id\": \"out\", \"kind\": \"broker_down\", \"broker\": 1, \"at\": \"20s\", \"for\": \"45s\"}]");
    assert_adds_up(r);
    assert_int_equal(account_of(r, 0).lost, 0);
    /* 10 s after it last caught up, found at most 5 s later. */
    const double most = quantile_of(r, PRODUCE, 0, 1);
    assert_less(10, most);
    assert_less(most, 15.2);
    /* Nobody waited once it was out: those of `most` seconds did, of the 110 that are measured. */
    assert_near(share_above(r, PRODUCE, 1), (most - 1) / 110, 0.02);
    assert_int_equal(partition_isr_count(&r->pipeline->world.cluster.partitions[0]), 2);
}

/* --- Quotas -------------------------------------------------------------------------------------------- */

#define PLAIN "run.duration=60s|producers[0].config.compression.type=none"

static void a_producer_keeps_to_its_quota(void **state)
{
    struct bench *b = *state;
    struct run *free = simulate(b, PLAIN);
    struct run *held = simulate(b, PLAIN "|producers[0].quota.producer_byte_rate=100 kB/s");
    struct run *roomy = simulate(b, PLAIN "|producers[0].quota.producer_byte_rate=10 MB/s");
    assert_adds_up(held);
    assert_int_equal(account_of(free, 0).produced, account_of(held, 0).produced);
    assert_null(free->pipeline->world.throttled);
    assert_near(roomy->pipeline->world.throttled[0].requests, 0, 0);
    assert_near(quantile_of(roomy, PRODUCE, 0, 0.99), quantile_of(free, PRODUCE, 0, 0.99), 0);
    /* 11 windows of a second at 100 kB/s are used up in the warm-up; from then on each of three brokers takes just that. */
    assert_less(700e3, totals_of(free)->wire_bytes / totals_of(free)->seconds);
    assert_near(totals_of(held)->wire_bytes / totals_of(held)->seconds, 300e3, 10e3);
    assert_less(0, held->pipeline->world.throttled[0].seconds);
    /* What is not sent waits at its producers, and is not lost. */
    assert_true(account_of(held, 0).in_flight > 40000);
    assert_int_equal(account_of(held, 0).lost, 0);
}

static void a_group_keeps_to_its_quota(void **state)
{
    struct bench *b = *state;
    struct run *held = simulate(b, PLAIN "|groups.raw.quota.consumer_byte_rate=50 kB/s|groups.raw.config.max.partition.fetch.bytes=20000");
    assert_adds_up(held);
    assert_near(totals_of(held)->fetch_bytes[1] / totals_of(held)->seconds, 150e3, 5e3);
    assert_less(40000, peak_lag(held, 1));
    assert_less(peak_lag(held, 0), 2000); /* the other group has none */
}

static void a_quota_of_thread_time(void **state)
{
    struct bench *b = *state;
    const char *dear = COST("kafka.broker.request", "us/request", 2000);
    struct run *held = simulate_with(b, dear, "run.duration=60s|cluster.instance=m7g.xlarge|producers[0].config.max.in.flight.requests.per.connection=1|"
                                              "producers[0].quota.request_percentage=5");
    struct run *free = simulate_with(b, dear, "run.duration=60s|cluster.instance=m7g.xlarge|producers[0].config.max.in.flight.requests.per.connection=1");
    assert_adds_up(held);
    /* 50 ms of a thread a second, over some 2.1 ms a request, on three brokers. */
    assert_less(1.5 * totals_of(held)->requests, totals_of(free)->requests);
    assert_near(totals_of(held)->requests / totals_of(held)->seconds, 3 * 50 / 2.1, 12);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(network_override_is_the_link),
        TEST(local_disks_have_what_is_said),
        TEST(client_networks_are_their_own),
        TEST(bursts_end),
        TEST(io_threads_handle_requests),
        TEST(network_threads_read_requests),
        TEST(a_full_request_queue_stops_network_threads),
        TEST(closest_replicas_cross_no_zone),
        TEST(closest_replicas_come_and_go),
        TEST(more_fetchers_share_partitions),
        TEST(in_sync_replicas_shrink_and_expand),
        TEST(a_producer_keeps_to_its_quota),
        TEST(a_group_keeps_to_its_quota),
        TEST(a_quota_of_thread_time),
        TEST(fsync_stands_on_the_produce_path),
        TEST(stalls_make_the_tail),
        TEST(stalls_are_sampled_without_bias),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
