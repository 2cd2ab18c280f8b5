/* A knob turned moves the figure it should, the way it should: paired runs, the same traffic through both. */
#include "pipeline_fixture.h"

/* One thread processes some 1,650 records a second. */
#define SLOW_CONSUMER COST("kafka.consumer.record", "us/record", 600)
enum { COUNT = 0, RAW = 1 }; /* the groups of base_system */

static double compression(const struct run *r)
{
    const struct workload *w = &r->pipeline->world.workload;
    return w->raw_bytes / (double)w->produced / (totals_of(r)->wire_bytes / totals_of(r)->records);
}

static void assert_same_traffic(const struct run *a, const struct run *b)
{
    assert_int_equal(account_of(a, 0).produced, account_of(b, 0).produced);
    assert_adds_up(a);
    assert_adds_up(b);
}

/* --- Capacity ------------------------------------------------------------------------------------------ */

static void fewer_partitions_idle_consumers(void **state)
{
    struct bench *b = *state;
    struct run *many = simulate_with(b, SLOW_CONSUMER, "run.duration=60s|workload[0].rate=3k/s|groups.count.instances=4|topics[0].partitions=16");
    struct run *few = simulate_with(b, SLOW_CONSUMER, "run.duration=60s|workload[0].rate=3k/s|groups.count.instances=4|topics[0].partitions=1");
    assert_same_traffic(many, few);
    /* One thread of four can read one partition: 1,350 records a second more than it processes. */
    assert_less(peak_lag(many, COUNT), 1000);
    assert_near(peak_lag(few, COUNT), (3000 - 1650) * 60, 0.1 * 1350 * 60);
    assert_near(busy_share(few, "group.count.cpu"), 0.25, 0.01);
    assert_less(quantile_of(many, END_TO_END, COUNT, 0.5) * 20, quantile_of(few, END_TO_END, COUNT, 0.5));
}

static void fewer_consumers_fall_behind(void **state)
{
    struct bench *b = *state;
    struct run *many = simulate_with(b, SLOW_CONSUMER, "run.duration=60s|groups.count.instances=3");
    struct run *one = simulate_with(b, SLOW_CONSUMER, "run.duration=60s|groups.count.instances=1");
    assert_same_traffic(many, one);
    assert_less(peak_lag(many, COUNT), 1000);
    assert_near(peak_lag(one, COUNT), (2000 - 1650) * 60, 0.15 * 350 * 60);
    assert_near(busy_share(one, "group.count.cpu"), 1, 0.01);
    /* The other group does not notice. */
    assert_near(mean_of(one, END_TO_END, RAW), mean_of(many, END_TO_END, RAW), 0.05 * mean_of(many, END_TO_END, RAW));
}

static void small_records_cost_more_than_bytes(void **state)
{
    struct bench *b = *state;
    struct run *large = simulate_with(b, SLOW_CONSUMER, "run.duration=60s|groups.count.instances=1|workload[0].rate=300/s|workload[0].event.size=3200 B");
    struct run *small = simulate_with(b, SLOW_CONSUMER, "run.duration=60s|groups.count.instances=1|workload[0].rate=2400/s|workload[0].event.size=400 B");
    /* As many bytes a second, eight times the records. */
    assert_less(busy_share(large, "group.count.cpu"), 0.25);
    assert_near(busy_share(small, "group.count.cpu"), 1, 0.01);
    assert_less(peak_lag(large, COUNT) * 50, peak_lag(small, COUNT));
}

static void fewer_brokers_are_busier(void **state)
{
    struct bench *b = *state;
    const char *dear = COST("kafka.broker.request", "us/request", 3000);
    struct run *six = simulate_with(b, dear, "run.duration=60s|cluster.brokers=6|topics[0].partitions=12|producers[0].instances=12");
    struct run *three = simulate_with(b, dear, "run.duration=60s|cluster.brokers=3|topics[0].partitions=12|producers[0].instances=12");
    assert_same_traffic(six, three);
    assert_less(1.4 * busy_share(six, "broker.cpu"), busy_share(three, "broker.cpu"));
    assert_less(quantile_of(six, PRODUCE, 0, 0.99), quantile_of(three, PRODUCE, 0, 0.99));
    assert_less(quantile_of(six, END_TO_END, COUNT, 0.99), quantile_of(three, END_TO_END, COUNT, 0.99));
}

static void more_partitions_make_smaller_batches(void **state)
{
    struct bench *b = *state;
    struct run *few = simulate(b, "run.duration=60s|topics[0].partitions=6");
    struct run *many = simulate(b, "run.duration=60s|topics[0].partitions=48");
    assert_same_traffic(few, many);
    assert_less(2 * batch_records(many), batch_records(few));
    assert_less(compression(many), compression(few));
    assert_less(busy_share(few, "broker.cpu"), busy_share(many, "broker.cpu"));
}

/* --- Producers ----------------------------------------------------------------------------------------- */

static void acknowledgements_cost_latency(void **state)
{
    struct bench *b = *state;
    struct run *all = simulate(b, "run.duration=60s|producers[0].config.acks=all");
    struct run *one = simulate(b, "run.duration=60s|producers[0].config.acks=1");
    struct run *none = simulate(b, "run.duration=60s|producers[0].config.acks=0");
    assert_same_traffic(all, one);
    assert_same_traffic(all, none);
    static const double quantiles[] = {0.1, 0.5, 0.99};
    for (size_t i = 0; i < COUNT_OF(quantiles); i++) {
        assert_less(quantile_of(none, PRODUCE, 0, quantiles[i]), quantile_of(one, PRODUCE, 0, quantiles[i]));
        assert_less(quantile_of(one, PRODUCE, 0, quantiles[i]), quantile_of(all, PRODUCE, 0, quantiles[i]));
    }
    /* all waits for a follower's fetch and the next one that says so, zone to zone: a round trip and a half more. */
    assert_near(mean_of(all, PRODUCE, 0) - mean_of(one, PRODUCE, 0), 1.5 * 0.8e-3, 0.8e-3);
    /* Consumers see what all in-sync replicas have, whatever the producer waits for. */
    assert_near(mean_of(one, END_TO_END, COUNT), mean_of(all, END_TO_END, COUNT), 0.05 * mean_of(all, END_TO_END, COUNT));
}

static void linger_trades_latency_for_batches(void **state)
{
    struct bench *b = *state;
    struct run *last = NULL;
    static const char *const sets[] = {"run.duration=60s|producers[0].config.linger.ms=0", "run.duration=60s|producers[0].config.linger.ms=10",
                                       "run.duration=60s|producers[0].config.linger.ms=40", "run.duration=60s|producers[0].config.linger.ms=160"};
    for (size_t i = 0; i < COUNT_OF(sets); i++) {
        struct run *r = simulate(b, sets[i]);
        if (last) {
            assert_same_traffic(last, r);
            assert_less(batch_records(last), batch_records(r));
            assert_less(totals_of(r)->requests, totals_of(last)->requests);
            assert_less(compression(last), compression(r));
            assert_less(mean_of(last, PRODUCE, 0), mean_of(r, PRODUCE, 0));
            assert_less(busy_share(r, "broker.cpu"), busy_share(last, "broker.cpu"));
        }
        last = r;
    }
}

static void a_small_buffer_blocks_its_senders(void **state)
{
    struct bench *b = *state;
    /* Two of three replicas down for 20 s: nothing can be written. */
#define OUTAGE                                                                                                         \
    "run.duration=90s|cluster.config.min.insync.replicas=2|cluster.config.log.segment.bytes=1048576|"                  \
    "faults=[{\"id\": \"a\", \"kind\": \"broker_down\", \"broker\": 1, \"at\": \"20s\", \"for\": \"20s\", \"clean\": true},"        \
    "{\"id\": \"b\", \"kind\": \"broker_down\", \"broker\": 2, \"at\": \"20s\", \"for\": \"20s\", \"clean\": true}]"
    struct run *large = simulate(b, OUTAGE);
    struct run *small = simulate(b, OUTAGE "|producers[0].config.buffer.memory=400000|producers[0].config.max.block.ms=3000");
    struct run *patient = simulate(b, OUTAGE "|producers[0].config.buffer.memory=400000|producers[0].config.max.block.ms=60000");
    assert_same_traffic(large, small);
    assert_same_traffic(large, patient);
    assert_int_equal(account_of(large, 0).rejected, 0);
    assert_int_equal(account_of(patient, 0).rejected, 0);
    assert_true(account_of(small, 0).rejected > 0);
    /* Who blocks instead has waited since the moment it meant to send. */
    assert_less(20, quantile_of(patient, PRODUCE, 0, 1));
    assert_less(20, quantile_of(large, PRODUCE, 0, 1));
}

static void too_few_replicas_refuse_writes(void **state)
{
    struct bench *b = *state;
#define ONE_DOWN                                                                                                       \
    "run.duration=90s|topics[0].partitions=12|cluster.config.min.insync.replicas=2|cluster.config.log.segment.bytes=1048576|"                  \
    "producers[0].config.request.timeout.ms=2000|"                                                                     \
    "faults=[{\"id\": \"a\", \"kind\": \"broker_down\", \"broker\": 1, \"at\": \"20s\", \"for\": \"30s\"}]"
    struct run *three = simulate(b, ONE_DOWN "|topics[0].replication=3|producers[0].config.delivery.timeout.ms=15000");
    struct run *two = simulate(b, ONE_DOWN "|topics[0].replication=2|producers[0].config.delivery.timeout.ms=15000");
    struct run *patient = simulate(b, ONE_DOWN "|topics[0].replication=2|producers[0].config.delivery.timeout.ms=60000");
    assert_same_traffic(three, two);
    assert_int_equal(account_of(three, 0).rejected, 0);
    /* Partitions with a replica on broker 1 refuse writes for some 36 s; what is then older than 15 s is given up. */
    int64_t rejected = account_of(two, 0).rejected;
    assert_true(rejected > 0);
    double share = 0; /* of the traffic that goes to such partitions */
    const struct world *w = &two->pipeline->world;
    for (int i = 0; i < w->cluster.partitions_n; i++) {
        for (int r = 0; r < 2; r++)
            if (w->cluster.partitions[i].replicas[r].broker == 1) share += w->blueprint->populations[0]->partition_shares[i];
    }
    assert_near((double)rejected, share * 2000 * (36 - 15), 0.25 * share * 2000 * 21);
    assert_int_equal(account_of(patient, 0).rejected, 0);
    assert_int_equal(account_of(patient, 0).lost, 0);
    assert_less(30, quantile_of(patient, PRODUCE, 0, 1));
}

/* --- Replication --------------------------------------------------------------------------------------- */

static void replicas_cost_bytes(void **state)
{
    struct bench *b = *state;
    struct run *three = simulate(b, "run.duration=60s|topics[0].replication=3");
    struct run *two = simulate(b, "run.duration=60s|topics[0].replication=2");
    struct run *one = simulate(b, "run.duration=60s|topics[0].replication=1");
    assert_same_traffic(three, two);
    assert_same_traffic(three, one);
    double wire = totals_of(two)->wire_bytes;
    assert_near(totals_of(three)->replication_bytes, 2 * wire, 0.02 * wire);
    assert_near(totals_of(two)->replication_bytes, wire, 0.02 * wire);
    assert_true(totals_of(one)->replication_bytes == 0);
    assert_less(busy_share(two, "broker.disk"), busy_share(three, "broker.disk"));
}

static void the_last_replica_takes_records_with_it(void **state)
{
    struct bench *b = *state;
    /* A group that reads nothing from 15 s on, and two disks lost at 30 s. */
#define TWO_DISKS                                                                                                      \
    "run.duration=100s|topics[0].partitions=12|groups.count.config.auto.offset.reset=earliest|"                                                      \
    "faults=[{\"id\": \"stop\", \"kind\": \"restart_group\", \"group\": \"count\", \"at\": \"15s\", \"for\": \"40s\"},"    \
    "{\"id\": \"a\", \"kind\": \"broker_down\", \"broker\": 0, \"at\": \"30s\", \"for\": \"20s\", \"data_lost\": true},"   \
    "{\"id\": \"b\", \"kind\": \"broker_down\", \"broker\": 1, \"at\": \"30s\", \"for\": \"20s\", \"data_lost\": true}]"
    struct run *three = simulate(b, TWO_DISKS "|topics[0].replication=3");
    struct run *two = simulate(b, TWO_DISKS "|topics[0].replication=2");
    assert_same_traffic(three, two);
    assert_int_equal(account_of(three, COUNT).lost, 0);
    assert_int_equal(account_of(three, RAW).lost, 0);
    /* 15 s of the partitions that had no other replica, unread by the one group, read by the other. */
    double share = 0;
    const struct world *w = &two->pipeline->world;
    for (int i = 0; i < w->cluster.partitions_n; i++) {
        const struct partition *p = &w->cluster.partitions[i];
        if (p->replicas[0].broker < 2 && p->replicas[1].broker < 2) share += w->blueprint->populations[0]->partition_shares[i];
    }
    assert_true(share > 0);
    assert_near((double)account_of(two, COUNT).lost, share * 2000 * 15, 0.1 * share * 2000 * 15);
    assert_less((double)account_of(two, RAW).lost, 200);
}

static void one_acknowledgement_can_be_lost(void **state)
{
    struct bench *b = *state;
    const char *far = COST("network.rtt.cross_zone", "ms", 200);
#define KILLED                                                                                                         \
    "run.duration=60s|groups=[{\"name\": \"count\", \"reads\": \"events\", \"instances\": 2, \"instance\": \"c6i.large\"}]|faults=[{\"id\": \"a\", \"kind\": \"broker_down\", \"broker\": 1, \"at\": \"20s\", \"for\": \"20s\"}]"
    struct run *all = simulate_with(b, far, KILLED "|producers[0].config.acks=all");
    struct run *one = simulate_with(b, far, KILLED "|producers[0].config.acks=1");
    assert_same_traffic(all, one);
    assert_int_equal(account_of(all, COUNT).lost, 0);
    /* A third of the traffic, for the 100 to 300 ms that a follower is behind. */
    assert_near((double)account_of(one, COUNT).lost, 2000.0 / 3 * 0.2, 2000.0 / 3 * 0.15);
}

/* --- Keys ---------------------------------------------------------------------------------------------- */

static double busiest_over_mean(const struct run *r, int group)
{
    const struct group *g = &r->pipeline->world.groups[group];
    double most = 0, all = 0;
    for (int i = 0; i < g->consumers_n; i++) {
        most = fmax(most, g->consumers[i].cpu.busy_ns);
        all += g->consumers[i].cpu.busy_ns;
    }
    return most / all * g->consumers_n;
}

static void a_hot_key_makes_a_hot_thread(void **state)
{
    struct bench *b = *state;
    struct run *even = simulate_with(b, SLOW_CONSUMER, "run.duration=60s|groups.count.instances=3|keys.user.zipf=0");
    struct run *hot = simulate_with(b, SLOW_CONSUMER, "run.duration=60s|groups.count.instances=3|keys.user.zipf=1.3");
    assert_same_traffic(even, hot);
    const struct population *even_keys = even->pipeline->world.blueprint->populations[0];
    const struct population *hot_keys = hot->pipeline->world.blueprint->populations[0];
    assert_less(even_keys->skew_max_over_mean, 1.2);
    assert_less(1.5, hot_keys->skew_max_over_mean);
    double even_ratio = busiest_over_mean(even, COUNT), hot_ratio = busiest_over_mean(hot, COUNT);
    assert_less(even_ratio, 1.2);
    assert_less(even_ratio + 0.2, hot_ratio);
    assert_less(quantile_of(even, END_TO_END, COUNT, 0.99), quantile_of(hot, END_TO_END, COUNT, 0.99));
}

/* --- Outputs ------------------------------------------------------------------------------------------- */

static void longer_files_are_staler_and_fewer(void **state)
{
    struct bench *b = *state;
    struct run *fast = simulate(b, "run.duration=180s|run.warmup=60s|run.resolution=sampled|groups.raw.does.write.roll.every=10s");
    struct run *slow = simulate(b, "run.duration=180s|run.warmup=60s|run.resolution=sampled|groups.raw.does.write.roll.every=40s");
    assert_same_traffic(fast, slow);
    assert_near(mean_of(fast, FRESHNESS, RAW), 5, 1);
    assert_near(mean_of(slow, FRESHNESS, RAW), 20, 2);
    assert_less(mean_of(fast, STALENESS, RAW) * 2, mean_of(slow, STALENESS, RAW));
    assert_near(totals_of(fast)->put_requests[RAW], 12, 1);
    assert_near(totals_of(slow)->put_requests[RAW], 3, 1);
}

static void longer_checkpoints_are_less_fresh(void **state)
{
    struct bench *b = *state;
#define EXACTLY "run.duration=180s|run.warmup=60s|run.resolution=sampled|groups.count.delivery=exactly_once|groups.count.checkpoint="
    struct run *fast = simulate(b, EXACTLY "3s");
    struct run *slow = simulate(b, EXACTLY "17s");
    assert_same_traffic(fast, slow);
    assert_less(mean_of(fast, FRESHNESS, COUNT) + 4, mean_of(slow, FRESHNESS, COUNT));
    assert_less(mean_of(fast, STALENESS, COUNT) + 4, mean_of(slow, STALENESS, COUNT));
    assert_less(totals_of(slow)->put_requests[COUNT] * 4, totals_of(fast)->put_requests[COUNT]);
}

/* --- Faults -------------------------------------------------------------------------------------------- */

static void a_dead_broker_is_noticed_late_a_leaving_one_at_once(void **state)
{
    struct bench *b = *state;
#define DOWN(seed, how)                                                                                                      \
    "run.seed=" #seed "|run.duration=70s|cluster.config.log.segment.bytes=1048576|faults=[{\"id\": \"a\", \"kind\": \"broker_down\", "   \
    "\"broker\": 1, \"at\": \"20s\", \"for\": \"25s\", \"clean\": " how "}]"
    double unclean_max = 0, clean_max = 0;
    static const char *const unclean[] = {DOWN(1, "false"), DOWN(2, "false"), DOWN(3, "false")};
    double earliest = 1e9, latest = 0;
    for (size_t i = 0; i < COUNT_OF(unclean); i++) {
        struct run *r = simulate(b, unclean[i]);
        double detected = sim_seconds(fault_of(r, 0)->detected - fault_of(r, 0)->at);
        earliest = fmin(earliest, detected);
        latest = fmax(latest, detected);
        unclean_max = fmax(unclean_max, quantile_of(r, PRODUCE, 0, 1));
        assert_int_equal(account_of(r, COUNT).lost, 0);
        assert_true(fault_of(r, 0)->recovered != SIM_NEVER);
        /* Records for its partitions wait until the others know, and then for their producers to hear. */
        assert_near(unclean_max, detected, 2.5);
    }
    assert_true(earliest >= 9 - 2);
    assert_true(latest <= 9 + 1);
    assert_true(latest > earliest); /* a heartbeat's phase is in it */
    struct run *r = simulate(b, DOWN(1, "true"));
    assert_true(fault_of(r, 0)->detected == fault_of(r, 0)->at);
    clean_max = quantile_of(r, PRODUCE, 0, 1);
    assert_less(clean_max, 1.5);
    assert_int_equal(account_of(r, COUNT).lost, 0);
    assert_true(fault_of(r, 0)->peak_lag < 2000 * 3);
}

static void a_shorter_session_notices_sooner(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate(b, DOWN(1, "false") "|cluster.config.broker.session.timeout.ms=4000|cluster.config.broker.heartbeat.interval.ms=500");
    double detected = sim_seconds(fault_of(r, 0)->detected - fault_of(r, 0)->at);
    assert_true(detected >= 3.5 && detected <= 4.5);
    assert_less(quantile_of(r, PRODUCE, 0, 1), 6.5);
}

static void a_restart_repeats_what_was_not_committed(void **state)
{
    struct bench *b = *state;
#define RESTART(clean)                                                                                                 \
    "run.duration=60s|groups.count.config.session.timeout.ms=6000|faults=[{\"id\": \"a\", \"kind\": \"restart_group\", \"group\": \"count\", \"at\": \"23s\", \"for\": \"5s\", \"clean\": " clean "}]"
    struct run *clean = simulate(b, RESTART("true"));
    struct run *unclean = simulate(b, RESTART("false") "|groups.count.checkpoint=5s");
    struct run *by_itself = simulate(b, RESTART("false"));
    struct run *exactly = simulate(b, RESTART("false") "|groups.count.delivery=exactly_once|groups.count.checkpoint=5s");
    assert_same_traffic(clean, unclean);
    assert_same_traffic(clean, exactly);
    assert_int_equal(account_of(clean, COUNT).duplicated, 0);
    /* Every member by a clock of its own, every 5 s: test_ladder.c says when. */
    assert_true(account_of(by_itself, COUNT).duplicated > 0 && account_of(by_itself, COUNT).duplicated < 2000 * 5);
    /* Offsets are committed with each checkpoint: at 20 s for the last time before 23 s. */
    assert_near((double)account_of(unclean, COUNT).duplicated, 2000 * 3, 0.05 * 6000);
    assert_int_equal(account_of(exactly, COUNT).duplicated, 0);
    assert_near((double)exactly->pipeline->world.groups[COUNT].reprocessed, 2000 * 3, 0.05 * 6000);
    assert_int_equal(account_of(unclean, COUNT).lost, 0);
    /* Nobody else reads anything twice. */
    assert_int_equal(account_of(unclean, RAW).duplicated, 0);
}

static void a_dead_consumer_is_noticed_after_its_session(void **state)
{
    struct bench *b = *state;
#define CRASH(protocol, timeout)                                                                                       \
    "run.duration=100s|groups.count.protocol=" protocol "|groups.count.config.session.timeout.ms=" timeout                \
    "|faults=[{\"id\": \"a\", \"kind\": \"consumer_crash\", \"group\": \"count\", \"instance\": 0, \"at\": \"22s\", \"for\": \"60s\"}]"
    struct run *quick = simulate(b, CRASH("consumer", "6000"));
    struct run *late = simulate(b, CRASH("consumer", "30000"));
    struct run *classic = simulate(b, CRASH("classic", "30000"));
    assert_same_traffic(quick, late);
    assert_same_traffic(quick, classic);
    double heartbeat = 5;
    double quick_s = sim_seconds(fault_of(quick, 0)->detected - fault_of(quick, 0)->at);
    double late_s = sim_seconds(fault_of(late, 0)->detected - fault_of(late, 0)->at);
    double classic_s = sim_seconds(fault_of(classic, 0)->detected - fault_of(classic, 0)->at);
    assert_true(quick_s >= 6 - heartbeat && quick_s <= 6 + 1);
    assert_true(late_s >= 30 - heartbeat && late_s <= 30 + 1);
    assert_true(classic_s >= 30 - 3 && classic_s <= 30 + 3 + 1);
    /* Half of the partitions wait for so long and until the other's next heartbeat, and what was read since the last commit, 2 s
     * ago, is read again. */
    assert_near((double)fault_of(late, 0)->peak_lag, (late_s + 2 + heartbeat / 2) * 1000, heartbeat / 2 * 1000 + 0.05 * late_s * 1000);
    assert_less((double)fault_of(quick, 0)->peak_lag * 3, (double)fault_of(late, 0)->peak_lag);
    assert_true(account_of(late, COUNT).duplicated > 0);
    assert_int_equal(account_of(late, COUNT).lost, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(fewer_partitions_idle_consumers),
        TEST(fewer_consumers_fall_behind),
        TEST(small_records_cost_more_than_bytes),
        TEST(fewer_brokers_are_busier),
        TEST(more_partitions_make_smaller_batches),
        TEST(acknowledgements_cost_latency),
        TEST(linger_trades_latency_for_batches),
        TEST(a_small_buffer_blocks_its_senders),
        TEST(too_few_replicas_refuse_writes),
        TEST(replicas_cost_bytes),
        TEST(the_last_replica_takes_records_with_it),
        TEST(one_acknowledgement_can_be_lost),
        TEST(a_hot_key_makes_a_hot_thread),
        TEST(longer_files_are_staler_and_fewer),
        TEST(longer_checkpoints_are_less_fresh),
        TEST(a_dead_broker_is_noticed_late_a_leaving_one_at_once),
        TEST(a_shorter_session_notices_sooner),
        TEST(a_restart_repeats_what_was_not_committed),
        TEST(a_dead_consumer_is_noticed_after_its_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
