/* test_ladder.c: small systems whose answer is known to the record beforehand. What a fault costs is read off the cursors at
 * the moment it strikes, and compared with what the account says in the end. */
#include "pipeline_fixture.h"

#include "cluster.h"

enum { COUNT, RAW, CONSUMERS_MAX = 4 };

/* --- Looking at a moment ------------------------------------------------------------------------------- */

struct look {
    struct world *world;
    int64_t end;         /* of all logs together: records appended */
    int64_t not_held;    /* of them not by broker 1's replicas */
    int64_t uncommitted; /* read by group COUNT and not committed */
    int64_t unread;      /* appended, and never read by group RAW */
    int64_t not_mirrored; /* that consumers may read, and the mirror does not have */
    int64_t in_hand;     /* of group COUNT: committed as they were handed out, not processed */
    double committed_s[CONSUMERS_MAX]; /* when each consumer of group COUNT last did */
    int64_t uncommitted_of[CONSUMERS_MAX];
};

static void look_now(struct kernel *k, void *look, int64_t unused)
{
    (void)k;
    (void)unused;
    struct look *l = look;
    const struct group *g = &l->world->groups[COUNT];
    const sim_time behind = l->world->scenario->cluster.mirror_lag_ns;
    *l = (struct look){.world = l->world};
    for (int i = 0; i < l->world->cluster.partitions_n; i++) {
        const struct partition *p = &l->world->cluster.partitions[i];
        const struct group_partition *gp = &g->partitions[i];
        const int64_t end = logcurve_end(&p->log) + p->base_offset;
        l->end += end;
        const int64_t mirrored = logcurve_offset_by(&p->log, l->world->data.now - behind);
        if (behind > 0 && mirrored < p->hw) l->not_mirrored += p->hw - mirrored;
        for (int j = 0; j < p->replicas_n; j++)
            if (p->replicas[j].broker == 1) l->not_held += end - (p->replicas[j].leo + p->base_offset);
        if (l->world->scenario->groups_n > RAW) l->unread += end - (l->world->groups[RAW].partitions[i].furthest + p->base_offset);
        l->uncommitted += gp->position.offset + p->base_offset - gp->committed;
        if (gp->consumer) l->uncommitted_of[gp->consumer->index] += gp->position.offset + p->base_offset - gp->committed;
        l->in_hand += gp->processing_to - gp->position.offset;
    }
    for (int i = 0; i < g->consumers_n && i < CONSUMERS_MAX; i++) l->committed_s[i] = sim_seconds(g->consumers[i].committed_at);
}

/* Before anything else of that moment. */
static void look_at(struct run *r, struct look *look, double at_s)
{
    look->world = &r->pipeline->world;
    kernel_at(&r->pipeline->world.calendar, (sim_time)(at_s * 1e9), 0, look_now, look, 0);
}

static struct run *prepared(struct bench *b, const char *costs, const char *sets)
{
    return run_new(b, scenario_with(b, base_system, sets), calibration_with(b, costs));
}

static void go(struct run *r)
{
    pipeline_run(r->pipeline, NULL, NULL, NULL);
    assert_true(r->pipeline->simulated == r->scenario->run.duration_ns);
    assert_adds_up(r);
}

/* --- Acknowledgements ---------------------------------------------------------------------------------- */

/* Brokers 0 and 2 are in one zone, broker 1 is far away. What acks=all waits for beyond acks=1 is the slowest replica's round
 * trip: the record goes there, and its next fetch says that it is held. */
static void one_slow_replica_is_what_all_wait_for(void **state)
{
    struct bench *b = *state;
#define SPARSE                                                                                                         \
    "run.duration=400s|workload[0].rate=4/s|cluster.zones=2|topics[0].partitions=1|producers[0].instances=1|producers[0].config.linger.ms=0|" \
    "groups=[{\"name\": \"count\", \"reads\": \"events\", \"instances\": 1, \"instance\": \"c6i.large\"}]|"
    static const int far_ms[] = {2, 20, 60};
    for (size_t i = 0; i < COUNT_OF(far_ms); i++) {
        const char *far = arena_printf(b->fixture->arena, "{\"operation\": \"network.rtt.cross_zone\", \"unit\": \"ms\", \"value\": %d, \"low\": %d, "
                                                          "\"high\": %d}", far_ms[i], far_ms[i], far_ms[i]);
        struct run *one = simulate_with(b, far, SPARSE "producers[0].config.acks=1");
        struct run *all = simulate_with(b, far, SPARSE "producers[0].config.acks=all");
        const double slow = far_ms[i] * 1e-3;
        assert_near(quantile_of(all, PRODUCE, 0, 0.5) - quantile_of(one, PRODUCE, 0, 0.5), slow, 0.03 * slow + 0.3e-3);
        /* Two replicas that are near make no difference to it: with one of them alone it is the same. */
        struct run *two = simulate_with(b, far, SPARSE "producers[0].config.acks=all|topics[0].replication=2");
        assert_near(quantile_of(all, PRODUCE, 0, 0.5), quantile_of(two, PRODUCE, 0, 0.5), 0.2e-3);
    }
}

/* A broker serves one request of a connection at a time. With acks=all that is one for each round trip of its follower's, R,
 * whatever is in flight; what else is in flight hides the producer's own round trip S alone, and with one it is R + S for each.
 * With acks=1 nothing waits for R, and so many are answered as are in flight in S. */
static void a_connection_is_served_one_request_at_a_time(void **state)
{
    struct bench *b = *state;
#define RATE_OF(run) (totals_of(run)->requests / totals_of(run)->seconds)
#define RTT(zones) "{\"operation\": \"network.rtt." zones "_zone\", \"unit\": \"ms\", \"value\": %d, \"low\": %d, \"high\": %d}"
    static const struct {
        int far_ms, near_ms;
    } cases[] = {{20, 10}, {20, 40}, {50, 10}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const int far = cases[i].far_ms, near = cases[i].near_ms;
        const char *costs = arena_printf(b->fixture->arena, RTT("cross") "," RTT("same"), far, far, far, near, near, near);
#define BACKLOG                                                                                                        \
    "run.duration=20s|run.warmup=5s|workload[0].rate=20k/s|cluster.brokers=2|cluster.zones=2|topics[0].partitions=1|topics[0].replication=2|" \
    "producers[0].instances=1|producers[0].config.linger.ms=0|producers[0].config.batch.size=2000|producers[0].config.compression.type=none|" \
    "groups=[{\"name\": \"count\", \"reads\": \"events\", \"instances\": 1, \"instance\": \"c6i.large\"}]|"
        struct run *five = simulate_with(b, costs, BACKLOG "producers[0].config.acks=all");
        struct run *lone = simulate_with(b, costs, BACKLOG "producers[0].config.acks=all|producers[0].config.max.in.flight.requests.per.connection=1");
        struct run *first = simulate_with(b, costs, BACKLOG "producers[0].config.acks=1|producers[0].config.enable.idempotence=false");
        const double r = far * 1e-3, s = near * 1e-3, service = 1e-3; /* at most */
        assert_near(1 / RATE_OF(five), r + 0.5 * service, 0.5 * service);
        assert_near(1 / RATE_OF(lone), r + s + 0.5 * service, 0.5 * service);
        assert_near(5 / RATE_OF(first), s + 2.5 * service, 2.5 * service);
        assert_adds_up(five);
    }
}

/* buffer.memory holds four batches, and each answer frees its own: as many go as come back, four in each round trip S. */
static void a_full_buffer_takes_more_with_each_answer(void **state)
{
    struct bench *b = *state;
    static const int near_ms[] = {20, 40};
    for (size_t i = 0; i < COUNT_OF(near_ms); i++) {
        const int near = near_ms[i];
        struct run *r = simulate_with(b, arena_printf(b->fixture->arena, RTT("same"), near, near, near),
                                      BACKLOG "producers[0].config.acks=1|producers[0].config.enable.idempotence=false|"
                                              "producers[0].config.buffer.memory=8000");
        const double s = near * 1e-3, service = 1e-3;
        assert_near(4 / RATE_OF(r), s + 2 * service, 2 * service);
        assert_adds_up(r);
    }
}

/* Brokers' networks are full, so that a follower never has all that its leader has: what it has is all that there was at its last
 * fetch, and it stays in sync. 2 MB/s in, of which replication takes two thirds, carry at most 2 MB/s of three brokers' producers. */
static void followers_keep_up_with_a_full_network(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate(b, "run.duration=40s|run.warmup=10s|workload[0].rate=20k/s|cluster.network=2 MB/s|producers[0].config.compression.type=none|"
                                "producers[0].config.batch.size=4000|producers[0].config.max.request.size=8000|"
                                "cluster.config.replica.lag.time.max.ms=2000|groups=[{\"name\": \"count\", \"reads\": \"events\", "
                                "\"instances\": 3, \"instance\": \"c6i.large\"}]");
    const double sent = totals_of(r)->wire_bytes / totals_of(r)->seconds;
    assert_true(sent > 1.2e6 && sent <= 2e6);
    for (int i = 0; i < r->pipeline->world.cluster.partitions_n; i++)
        assert_int_equal(partition_isr_count(&r->pipeline->world.cluster.partitions[i]), 3);
    assert_adds_up(r);
}

/* Two of three replicas are gone and min.insync.replicas is 2: acks=all appends nothing and loses nothing, acks=1 goes on. */
static void too_few_in_sync_refuse_and_lose_nothing(void **state)
{
    struct bench *b = *state;
#define TWO_DOWN                                                                                                       \
    "run.duration=120s|topics[0].replication=3|cluster.config.min.insync.replicas=2|cluster.config.log.segment.bytes=1048576|" \
    "faults=[{\"id\": \"a\", \"kind\": \"broker_down\", \"broker\": 1, \"at\": \"20s\", \"for\": \"40s\"}, "               \
    "{\"id\": \"b\", \"kind\": \"broker_down\", \"broker\": 2, \"at\": \"20s\", \"for\": \"40s\"}]|"
    struct run *all = prepared(b, "", TWO_DOWN "producers[0].config.acks=all"), *one = prepared(b, "", TWO_DOWN "producers[0].config.acks=1");
    struct look all_early, all_late, one_early, one_late;
    look_at(all, &all_early, 32);
    look_at(all, &all_late, 58);
    look_at(one, &one_early, 32);
    look_at(one, &one_late, 58);
    go(all);
    go(one);
    assert_true(all->pipeline->world.requests_failed[PRODUCE_NOT_ENOUGH_REPLICAS] > 0);
    assert_true(one->pipeline->world.requests_failed[PRODUCE_NOT_ENOUGH_REPLICAS] == 0);
    assert_int_equal(all_late.end, all_early.end);
    /* Broker 0 leads everything by then. */
    assert_near((double)(one_late.end - one_early.end), 2000 * 26, 0.05 * 2000 * 26);
    for (int g = COUNT; g <= RAW; g++) {
        assert_int_equal(account_of(all, g).lost, 0);
        assert_int_equal(account_of(all, g).rejected, 0);
    }
}

/* --- Elections ----------------------------------------------------------------------------------------- */

/* The follower is away while the leader takes records for it alone; then the leader dies, and the follower comes back. Elected
 * uncleanly, it has what it had: what is above its end is lost, to a group that has not read it. */
static void an_unclean_election_loses_what_is_above_the_followers_end(void **state)
{
    struct bench *b = *state;
#define SPLIT(unclean)                                                                                                 \
    "run.duration=150s|cluster.brokers=2|topics[0].partitions=2|topics[0].replication=2|producers[0].config.acks=1|cluster.config.log.segment.bytes=1048576|" \
    "cluster.config.auto.leader.rebalance.enable=false|cluster.config.unclean.leader.election.enable=" unclean "|"     \
    "faults=[{\"id\": \"away\", \"kind\": \"broker_down\", \"broker\": 1, \"at\": \"20s\", \"for\": \"40s\"}, "            \
    "{\"id\": \"stop\", \"kind\": \"restart_group\", \"group\": \"count\", \"at\": \"15s\", \"for\": \"100s\"}, "          \
    "{\"id\": \"dead\", \"kind\": \"broker_down\", \"broker\": 0, \"at\": \"50s\", \"for\": \"60s\"}]"
    struct run *unclean = prepared(b, "", SPLIT("true")), *clean = prepared(b, "", SPLIT("false"));
    struct look before;
    look_at(unclean, &before, 60);
    go(unclean);
    go(clean);
    /* 30 s of all records, for broker 0 led all of it. */
    assert_near((double)account_of(unclean, COUNT).lost, 2000 * 30, 0.05 * 2000 * 30);
    assert_int_equal(account_of(unclean, COUNT).lost, before.not_held);
    assert_int_equal(account_of(unclean, RAW).lost, before.unread); /* it had read them, but for the last few */
    assert_true(before.unread < 200);
    assert_int_equal(account_of(clean, COUNT).lost, 0); /* it waits for broker 0 */
}

/* --- A region ------------------------------------------------------------------------------------------ */

/* What the mirror lacks of what was acknowledged is lost, to those who had read it and to those who had not; what was not acknowledged
 * is sent again to the other region. */
static void a_lost_region_loses_the_mirrors_lag(void **state)
{
    struct bench *b = *state;
#define REGION                                                                                                         \
    "run.duration=120s|cluster.mirror.behind=7s|cluster.config.log.segment.bytes=1048576|"                             \
    "faults=[{\"id\": \"stop\", \"kind\": \"restart_group\", \"group\": \"raw\", \"at\": \"20s\", \"for\": \"60s\"}, "               \
    "{\"id\": \"gone\", \"kind\": \"region_lost\", \"at\": \"40s\", \"for\": \"15s\"}]"
    struct run *r = prepared(b, "", REGION);
    struct look before;
    look_at(r, &before, 40);
    go(r);
    assert_near((double)before.not_mirrored, 2000 * 7, 0.05 * 2000 * 7);
    assert_true(before.unread > 2000 * 15);
    for (int g = COUNT; g <= RAW; g++) {
        assert_int_equal(account_of(r, g).lost, before.not_mirrored);
        assert_int_equal(account_of(r, g).rejected, 0);
    }
}

/* What a group had shed of that was lost to it before: it is lost once, to the region, whether all was shed or every second. */
static void what_a_region_loses_is_lost_once(void **state)
{
    struct bench *b = *state;
    static const char *const keeps[] = {"0%", "50%"};
    for (size_t i = 0; i < COUNT_OF(keeps); i++) {
        struct run *r = prepared(b, "", arena_printf(b->fixture->arena,
                                                     REGION "|groups.count.sink={\"throughput\": \"600/s\", \"latency\": \"1ms\"}"
                                                            "|groups.count.shed={\"older_than\": \"2s\", \"keep\": \"%s\"}",
                                                     keeps[i]));
        struct look before;
        look_at(r, &before, 40);
        go(r);
        assert_int_equal(lost_by(r, COUNT, LOST_REGION), before.not_mirrored);
        assert_int_equal(lost_by(r, RAW, LOST_REGION), before.not_mirrored);
        assert_true(lost_by(r, COUNT, LOST_SHED) > 0);
        assert_int_equal(account_of(r, COUNT).lost, lost_by(r, COUNT, LOST_REGION) + lost_by(r, COUNT, LOST_SHED));
        assert_adds_up(r);
    }
}

/* So are those of a writer's open file, which was lost with it two seconds before: its newest five seconds are the region's loss alone. */
static void what_a_file_lost_a_region_loses_once(void **state)
{
#define LOST_FILE "run.duration=120s|cluster.mirror.behind=7s|cluster.config.log.segment.bytes=1048576|groups.raw.delivery=at_most_once|" \
    "faults=[{\"id\": \"crash\", \"kind\": \"restart_group\", \"group\": \"raw\", \"clean\": false, \"at\": \"38s\", \"for\": \"1s\"}"
    struct bench *b = *state;
    struct run *file = prepared(b, "", LOST_FILE "]");
    go(file);
    struct run *r = prepared(b, "", LOST_FILE ", {\"id\": \"gone\", \"kind\": \"region_lost\", \"at\": \"40s\", \"for\": \"15s\"}]");
    struct look before;
    look_at(r, &before, 40);
    go(r);
    assert_int_equal(lost_by(r, RAW, LOST_REGION), before.not_mirrored);
    assert_int_equal(account_of(file, RAW).lost, lost_by(file, RAW, LOST_IN_HAND));
    assert_near((double)(lost_by(file, RAW, LOST_IN_HAND) - lost_by(r, RAW, LOST_IN_HAND)), 2000 * (38 - 33), 5 * sqrt(10000));
    assert_int_equal(account_of(r, RAW).lost, lost_by(r, RAW, LOST_REGION) + lost_by(r, RAW, LOST_IN_HAND));
}

/* --- Consumers ----------------------------------------------------------------------------------------- */

#define CRASH(rest)                                                                                                    \
    "run.duration=60s|groups.count.instances=1|groups.count.config.session.timeout.ms=6000|" rest                      \
    "|faults=[{\"id\": \"a\", \"kind\": \"consumer_crash\", \"group\": \"count\", \"instance\": 0, \"at\": \"23400ms\", \"for\": \"10s\"}]"

static void a_crash_repeats_what_was_read_since_the_commit(void **state)
{
    struct bench *b = *state;
    static const char *const intervals[] = {"groups.count.config.auto.commit.interval.ms=5000", "groups.count.checkpoint=9s",
                                            "groups.count.config.auto.commit.interval.ms=500", "groups.count.config.enable.auto.commit=false"};
    static const double most_s[] = {5.1, 5.4, 0.6, 0.1};
    for (size_t i = 0; i < COUNT_OF(intervals); i++) {
        struct run *r = prepared(b, "", arena_printf(b->fixture->arena, CRASH("%s"), intervals[i]));
        struct look before;
        look_at(r, &before, 23.4);
        go(r);
        assert_int_equal(account_of(r, COUNT).duplicated, before.uncommitted);
        assert_int_equal(account_of(r, COUNT).lost, 0);
        assert_int_equal(account_of(r, RAW).duplicated, 0);
        const double since_s = i == 1 ? 23.4 - 18 : 23.4 - before.committed_s[0];
        assert_near((double)before.uncommitted, 2000 * since_s, 0.05 * 2000 * since_s + 100);
        assert_in_range((int64_t)(since_s * 1e3), 0, (int64_t)(most_s[i] * 1e3));
    }
}

/* Of two consumers each commits by its own clock: what the one that dies had read since its own commit is read again. */
static void a_crash_repeats_what_its_own_member_did_not_commit(void **state)
{
    struct bench *b = *state;
    struct run *r = prepared(b, "", CRASH("groups.count.instances=2"));
    struct look before;
    look_at(r, &before, 23.4);
    go(r);
    assert_true(fabs(before.committed_s[0] - before.committed_s[1]) > 0.2);
    assert_int_equal(account_of(r, COUNT).duplicated, before.uncommitted_of[0]);
    assert_true(before.uncommitted_of[0] > 0 && before.uncommitted_of[1] > 0);
    const double since_s = 23.4 - before.committed_s[0];
    assert_near((double)before.uncommitted_of[0], 1000 * since_s, 0.15 * 1000 * since_s + 100);
}

/* What was read since the checkpoint is read again, and nobody sees the first time. */
static void exactly_once_repeats_nothing_that_anybody_sees(void **state)
{
    struct bench *b = *state;
    struct run *r = prepared(b, "", CRASH("groups.count.delivery=exactly_once|groups.count.checkpoint=9s"));
    struct look before;
    look_at(r, &before, 23.4);
    go(r);
    assert_true(before.uncommitted > 2000);
    assert_int_equal(account_of(r, COUNT).duplicated, 0);
    assert_int_equal(account_of(r, COUNT).lost, 0);
    assert_int_equal(r->pipeline->world.groups[COUNT].reprocessed, before.uncommitted);
}

/* A thread that commits after every batch waits for the answer before it takes the next one. */
static void a_commit_after_every_batch_takes_its_time(void **state)
{
    struct bench *b = *state;
    static const char far[] = "{\"operation\": \"network.rtt.cross_zone\", \"unit\": \"ms\", \"value\": 80, \"low\": 80, \"high\": 80}";
#define ONE_ZONE_AWAY "cluster.zones=2|cluster.brokers=2|topics[0].replication=2|topics[0].partitions=1|groups.count.instances=1|"
    struct run *by_itself = simulate_with(b, far, ONE_ZONE_AWAY "groups.count.config.enable.auto.commit=true");
    struct run *each = simulate_with(b, far, ONE_ZONE_AWAY "groups.count.config.enable.auto.commit=false");
    assert_int_equal(account_of(each, COUNT).produced, account_of(by_itself, COUNT).produced);
    /* At least the offsets topic's other replica is 80 ms away; records that come meanwhile wait for half of it in the mean. */
    assert_true(mean_of(each, END_TO_END, COUNT) > mean_of(by_itself, END_TO_END, COUNT) + 0.02);
    assert_adds_up(each);
}

/* Committed as they are handed out, records in hand are gone with whoever held them. */
static void at_most_once_loses_what_is_in_hand(void **state)
{
    struct bench *b = *state;
    struct run *r = prepared(b, COST("kafka.consumer.record", "us/record", 400), CRASH("groups.count.delivery=at_most_once|groups.count.does=null"));
    struct look before;
    look_at(r, &before, 23.4);
    go(r);
    assert_true(before.in_hand > 0);
    assert_int_equal(account_of(r, COUNT).lost, before.in_hand);
    assert_int_equal(account_of(r, COUNT).duplicated, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_slow_replica_is_what_all_wait_for),
        TEST(a_connection_is_served_one_request_at_a_time),
        TEST(a_full_buffer_takes_more_with_each_answer),
        TEST(followers_keep_up_with_a_full_network),
        TEST(too_few_in_sync_refuse_and_lose_nothing),
        TEST(an_unclean_election_loses_what_is_above_the_followers_end),
        TEST(a_lost_region_loses_the_mirrors_lag),
        TEST(what_a_region_loses_is_lost_once),
        TEST(what_a_file_lost_a_region_loses_once),
        TEST(a_crash_repeats_what_was_read_since_the_commit),
        TEST(a_crash_repeats_what_its_own_member_did_not_commit),
        TEST(exactly_once_repeats_nothing_that_anybody_sees),
        TEST(a_commit_after_every_batch_takes_its_time),
        TEST(at_most_once_loses_what_is_in_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
