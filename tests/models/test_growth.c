/* Brokers are added, and replicas move to them: how much, how long, and what it leaves behind. */
#include "pipeline_fixture.h"

#include "fault_effects.h"
#include "segments.h"

static const char system_text[] =
    "{\n"
    "  \"name\": \"grow\",\n"
    "  \"run\": {\"duration\": \"4m\", \"warmup\": \"10s\", \"replications\": 1, \"resolution\": \"request\"},\n"
    "  \"keys\": {\"user\": {\"population\": 3000}},\n"
    "  \"workload\": [{\"stream\": \"views\", \"rate\": \"500/s\", \"key\": \"user\",\n"
    "                \"event\": {\"size\": \"400 B\", \"serialization\": \"avro\"}}],\n"
    "  \"producers\": [{\"name\": \"web\", \"sends\": [\"views\"], \"to\": \"events\", \"instances\": 2,\n"
    "                 \"config\": {\"linger.ms\": 50, \"compression.type\": \"none\"}}],\n"
    "  \"cluster\": {\"brokers\": 3, \"instance\": \"m7g.large\", \"storage\": {\"size\": \"100 GiB\"}},\n"
    "  \"topics\": [{\"name\": \"events\", \"partitions\": 24, \"replication\": 3, \"retention\": \"1h\"}],\n"
    "  \"groups\": [{\"name\": \"count\", \"reads\": \"events\", \"instances\": 1, \"instance\": \"c6i.large\", \"protocol\": \"consumer\"}]\n"
    "}\n";

#define GROW(more) "faults=[{\"id\": \"grow\", \"kind\": \"brokers_added\", \"at\": \"30s\", " more "}"

static struct run *grown(struct bench *b, const char *sets) { return simulate_text(b, system_text, "", sets); }

static const struct world *world_of_run(const struct run *r) { return &r->pipeline->world; }

static struct reassignment_counts moved(const struct run *r)
{
    struct reassignment_counts c;
    assert_true(fault_growth(fault_of(r, 0), &c));
    return c;
}

/* Replicas, or preferred leaders, of the broker that has most less those of the one that has least. */
static int uneven(const struct run *r, int topic, bool leads)
{
    const struct cluster *c = &world_of_run(r)->cluster;
    int most = 0, least = INT32_MAX;
    for (int b = 0; b < c->brokers_n; b++) {
        int n = 0;
        for (int i = c->topic_first[topic]; i < c->topic_first[topic + 1]; i++) {
            const struct partition *p = &c->partitions[i];
            for (int s = 0; s < (leads ? 1 : p->replicas_n); s++) n += p->replicas[s].broker == b;
        }
        if (n > most) most = n;
        if (n < least) least = n;
    }
    return most - least;
}

/* Every partition is led by its preferred replica, all are in sync, and no two are in one zone. */
static void assert_whole(const struct run *r)
{
    const struct world *w = world_of_run(r);
    assert_null(w->reassignment);
    for (int i = 0; i < w->cluster.partitions_n; i++) {
        const struct partition *p = &w->cluster.partitions[i];
        assert_int_equal(p->replicas_n, w->scenario->topics[p->topic].replication);
        assert_int_equal(p->leader, 0);
        for (int s = 0; s < p->replicas_n; s++) {
            assert_true(p->replicas[s].in_isr && !p->replicas[s].adding);
            for (int o = 0; o < s; o++)
                assert_true(w->cluster.brokers[p->replicas[s].broker].zone != w->cluster.brokers[p->replicas[o].broker].zone);
        }
    }
}


/* Bytes on the volumes of brokers from an id on. */
static double held_from(const struct run *r, int first)
{
    const struct world *w = world_of_run(r);
    double bytes = 0;
    for (int i = 0; i < w->cluster.partitions_n; i++) {
        const struct partition *p = &w->cluster.partitions[i];
        for (int s = 0; s < p->replicas_n; s++)
            if (p->replicas[s].broker >= first) bytes += segments_local_bytes(p);
    }
    return bytes;
}

static double lasts_s(const struct run *r)
{
    const struct fault_row *row = fault_of(r, 0);
    assert_true(row->until != SIM_NEVER);
    return sim_seconds(row->until - row->at);
}

static void brokers_end_with_as_much_as_others(void **state)
{
    static const struct {
        const char *sets;
        int replicas, leads, moves; /* moves: -1, as many as it takes */
    } cases[] = {
        {GROW("\"count\": 3") "]", 0, 0, 36},
        {GROW("\"count\": 6") "]|cluster.brokers=6", 0, 0, 36},
        {GROW("\"count\": 3") "]|cluster.brokers=6", 1, 1, 24},
        {GROW("\"count\": 3") "]|topics=[{\"name\": \"events\", \"partitions\": 24, \"replication\": 2, \"retention\": \"1h\"}]", 0, 0, 24},
        {GROW("\"count\": 1") "]|topics=[{\"name\": \"events\", \"partitions\": 24, \"replication\": 1, \"retention\": \"1h\"}]", 0, 0, 6},
        {GROW("\"count\": 2") "]|topics=[{\"name\": \"events\", \"partitions\": 5, \"replication\": 1, \"retention\": \"1h\"}]", 0, 0, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct run *r = grown(*state, cases[i].sets);
        assert_whole(r);
        assert_adds_up(r);
        assert_int_equal(moved(r).moved, cases[i].moves);
        assert_true(uneven(r, 0, false) <= cases[i].replicas);
        assert_true(uneven(r, 0, true) <= cases[i].leads);
        assert_true(account_of(r, 0).lost == 0 && account_of(r, 0).rejected == 0 && account_of(r, 0).duplicated == 0);
    }
}

/* Of zones that get one more and zones that do not, only those that do have it easier. */
static void racks_come_before_even_numbers(void **state)
{
    struct run *r = grown(*state, GROW("\"count\": 1") "]");
    assert_whole(r);
    assert_int_equal(moved(r).moved, 12); /* of the one broker of its zone */
}

/* Nothing is written meanwhile: */
#define SILENT                                                                                                                             \
    ", {\"id\": \"silent\", \"kind\": \"producer_spot_taken\", \"producer\": \"web\", \"at\": \"25s\", \"notice\": \"0s\", \"for\": \"1h\","  \
    " \"clean\": true}]|producers[0].instances=1"

static void what_moves_is_what_was_there_to_the_byte(void **state)
{
    struct run *r = grown(*state, GROW("\"count\": 3") SILENT);
    const struct reassignment_counts c = moved(r);
    assert_whole(r);
    assert_near(c.moved_bytes, c.to_move_bytes, 1);
    assert_near(c.moved_bytes, held_from(r, 3), 1);
    /* An hour at the run's mean rate, and it has half of all replicas. */
    const double each = r->pipeline->world.cluster.partitions[0].bytes_per_record;
    assert_near(c.moved_bytes / (1.5 * 3600 * 500 * each), 1, 0.02);
    r = grown(*state, GROW("\"count\": 3, \"history\": \"0s\"") SILENT);
    assert_near(moved(r).moved_bytes, held_from(r, 3), 1);
    assert_near(moved(r).moved_bytes / (1.5 * 25 * 500 * each), 1, 0.05);
}

/* What a throttle lets through at once is ten seconds' worth; the executor looks every ten seconds. */
static void a_throttle_that_binds_says_how_long_it_takes(void **state)
{
    static const double rates[] = {2.5e6, 5e6, 10e6};
    for (int i = 0; i < 3; i++) {
        const char *sets = arena_printf(((struct bench *)*state)->fixture->arena,
                                        GROW("\"count\": 3, \"movements\": \"all\", \"throttle\": \"%.1f MB/s\"") SILENT, rates[i] / 1e6);
        struct run *r = grown(*state, sets);
        assert_whole(r);
        assert_near(lasts_s(r), moved(r).moved_bytes / 3 / rates[i] - 10 + 5, 8);
    }
}

static void only_so_many_move_at_a_time(void **state)
{
    struct run *one = grown(*state, GROW("\"count\": 3, \"movements\": 1") "]"), *all = grown(*state, GROW("\"count\": 3, \"movements\": \"all\"") "]");
    assert_near(lasts_s(one), 120, 0.1); /* twelve into each broker, and a look at each */
    assert_less(lasts_s(all), 31);
}

/* Kafka's documentation warns of it: replicas that move fall behind for ever. */
static void below_what_is_written_it_never_ends(void **state)
{
    struct run *r = grown(*state, GROW("\"count\": 3, \"movements\": \"all\", \"history\": \"1m\", \"throttle\": \"1 MB/s\"")
                                      "]|workload[0].rate=10k/s|workload[0].event.size=2 kB|run.duration=2m");
    const struct reassignment_counts c = moved(r);
    assert_true(fault_of(r, 0)->until == SIM_NEVER && fault_of(r, 0)->recovered == SIM_NEVER);
    assert_int_equal(c.moved, 0);
    assert_less(c.arriving_bytes_per_s, c.incoming_bytes_per_s);
    assert_adds_up(r);
    assert_true(account_of(r, 0).lost == 0);
}

#define DOWN(broker, at, more)                                                                                                              \
    ", {\"id\": \"down\", \"kind\": \"broker_down\", \"broker\": " broker ", \"at\": \"" at "\", \"for\": \"40s\"" more "}]"
static void it_waits_for_what_is_down(void **state)
{
    static const char *const cases[] = {
        GROW("\"count\": 3, \"throttle\": \"5 MB/s\"") DOWN("1", "35s", ""),
        GROW("\"count\": 3, \"throttle\": \"5 MB/s\"") DOWN("1", "35s", ", \"data_lost\": true"),
        GROW("\"count\": 3, \"throttle\": \"5 MB/s\"") DOWN("4", "45s", ""),
        GROW("\"count\": 3, \"throttle\": \"5 MB/s\"") DOWN("4", "45s", ", \"data_lost\": true"),
        GROW("\"count\": 3, \"throttle\": \"5 MB/s\"") DOWN("4", "3m", ""),
        GROW("\"count\": 3") ", {\"id\": \"more\", \"kind\": \"brokers_added\", \"at\": \"31s\", \"count\": 3}]",
        GROW("\"count\": 3") ", {\"id\": \"zone\", \"kind\": \"zone_down\", \"zone\": 1, \"at\": \"20s\", \"for\": \"30s\"}]",
        GROW("\"count\": 3, \"throttle\": \"5 MB/s\"") ", {\"id\": \"cut\", \"kind\": \"zone_cut\", \"zone\": 1, \"at\": \"40s\", \"for\": \"20s\"}]",
        GROW("\"count\": 3, \"throttle\": \"5 MB/s\"") ", {\"id\": \"lost\", \"kind\": \"region_lost\", \"at\": \"40s\", \"for\": \"20s\"}]|cluster.mirror.behind=2s",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct run *r = grown(*state, arena_printf(((struct bench *)*state)->fixture->arena,
                                                   "%s|run.duration=6m|cluster.config.min.insync.replicas=2|cluster.config.leader.imbalance.check.interval.seconds=20",
                                                   cases[i]));
        assert_whole(r);
        assert_adds_up(r);
        assert_int_equal(moved(r).moved, moved(r).replicas);
        assert_true(uneven(r, 0, false) <= 1 && uneven(r, 0, true) <= 1);
        if (!strstr(cases[i], "region_lost")) assert_true(account_of(r, 0).lost == 0);
    }
}

static void a_fault_of_a_broker_that_is_not_there_yet_is_skipped(void **state)
{
    struct run *r = grown(*state, GROW("\"count\": 3") DOWN("4", "20s", ""));
    const struct fault_log *log = world_of_run(r)->fault_log;
    assert_int_equal(log->skipped[1], 1);
    assert_int_equal(log->occurrences[1], 0);
    assert_whole(r);
}

/* Of what was sent while the fault was in effect. */
static double p99_meanwhile_s(struct run *r)
{
    const struct telemetry *t = world_of_run(r)->telemetry;
    struct histogram all;
    histogram_init(&all, r->arena, t->sets[0].produce.min_value, t->sets[0].produce.max_value, 0.005);
    for (int i = 0; i < t->sets_n; i++)
        if (t->sets[i].faults != 0) histogram_merge(&all, &t->sets[i].produce);
    return histogram_quantile(&all, 0.99);
}

/* Without a throttle what moves fills the leaders' networks and disks, and producers wait behind it. */
static void a_throttle_spares_producers(void **state)
{
#define BUSY "]|cluster.network=100 MB/s|run.duration=2m"
    struct run *none = grown(*state, "faults=[]|cluster.network=100 MB/s|run.duration=2m"), *fast = grown(*state, GROW("\"count\": 3") BUSY),
               *slow = grown(*state, GROW("\"count\": 3, \"throttle\": \"2 MB/s\"") BUSY);
    const double usual = quantile_of(none, PRODUCE, 0, 0.99);
    assert_less(2 * usual, p99_meanwhile_s(fast));
    assert_less(p99_meanwhile_s(slow), 1.5 * usual);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(brokers_end_with_as_much_as_others), TEST(racks_come_before_even_numbers),
        TEST(what_moves_is_what_was_there_to_the_byte), TEST(a_throttle_that_binds_says_how_long_it_takes),
        TEST(only_so_many_move_at_a_time), TEST(below_what_is_written_it_never_ends), TEST(a_throttle_spares_producers), TEST(it_waits_for_what_is_down),
        TEST(a_fault_of_a_broker_that_is_not_there_yet_is_skipped)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
