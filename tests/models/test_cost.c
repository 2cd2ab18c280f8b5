/* test_cost.c: the bill, line by line, against figures worked out by hand and against published sums. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "check.h"
#include "cost.h"
#include "diag.h"
#include "file.h"

static const double GIB = 1073741824.0;
static const double TIB = 1024 * 1073741824.0;
static const double MIB = 1048576.0;
static const int64_t DAY_NS = 86400 * 1000000000LL;

struct fixture {
    struct arena *arena;
    struct diag *diag;
    const struct pricebook *book;
    struct scenario *scenario;
    struct meters *meters;
    struct bill bill;
};

/* 18 brokers, a group that counts and a group that writes a table; producers that are somebody else's. */
static void build_scenario(struct scenario *s)
{
    s->platform = "self-run";
    s->region = "us-east-1";
    s->cluster.brokers = 18;
    s->cluster.zones = 3;
    s->cluster.instance = "m7g.4xlarge";
    s->cluster.storage_type = "gp3";
    s->cluster.storage_size_bytes = 6LL << 40;
    s->cluster.storage_throughput_bytes_per_s = 600 * MIB;
    s->cluster.storage_iops = 4000;
    s->producers[0].name = "edge";
    s->producers[0].instances = 24;
    s->producers_n = 1;
    s->topics[0].name = "ad-events";
    s->topics[0].replication = 3;
    s->topics[0].retention_ns = DAY_NS;
    s->topics_n = 1;
    s->groups[0].name = "ctr";
    s->groups[0].instance = "c6i.2xlarge";
    s->groups[0].instances = 24;
    s->groups[0].work = WORK_WINDOW;
    s->groups[1].name = "raw";
    s->groups[1].instance = "c6i.xlarge";
    s->groups[1].instances = 30;
    s->groups[1].work = WORK_WRITE;
    s->groups[1].write.table = "raw_ad_events";
    s->groups_n = 2;
    s->tables[0].name = "raw_ad_events";
    s->tables[0].from = -1;
    s->tables[0].retention_ns = 180 * DAY_NS;
    s->tables_n = 1;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    char directory[FILE_PATH_SIZE], path[FILE_PATH_SIZE], error[FILE_ERROR_SIZE];

    if (!f) return -1;
    f->arena = arena_new(0);
    f->diag = diag_new();
    assert_true(file_data_directory(NULL, directory, sizeof(directory), error, sizeof(error)));
    assert_true(file_join(directory, "scenarios/prices/aws-us-east-1.json", path, sizeof(path)));
    f->book = pricebook_load(path, f->arena, f->diag);
    assert_non_null(f->book);
    f->scenario = ARENA_NEW(f->arena, struct scenario, 1);
    f->meters = ARENA_NEW(f->arena, struct meters, 1);
    build_scenario(f->scenario);
    meters_init(f->meters, f->scenario);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    diag_free(f->diag);
    arena_free(f->arena);
    free(f);
    return 0;
}

static void compute(struct fixture *f)
{
    bill_compute(f->meters, f->scenario, f->book, f->arena, &f->bill);
}

static const struct bill_line *line_of(const struct bill *bill, const char *item)
{
    for (int i = 0; i < bill->lines_n; i++) {
        if (strcmp(bill->lines[i].item, item) == 0) return &bill->lines[i];
    }
    return NULL;
}

static bool has_note(const struct bill *bill, const char *words)
{
    for (int i = 0; i < bill->notes_n; i++) {
        if (strstr(bill->notes[i], words)) return true;
    }
    return false;
}

static void assert_near(double value, double expected)
{
    if (fabs(value - expected) > 1e-9 * fmax(1, fabs(expected)))
        fail_msg("%.12g is not %.12g", value, expected);
}

static void assert_line(const struct fixture *f, const char *item, double quantity, const char *unit,
                        const char *price_id, double usd)
{
    const struct bill_line *line = line_of(&f->bill, item);

    if (!line) fail_msg("there is no line %s", item);
    assert_near(line->quantity, quantity);
    assert_string_equal(line->unit, unit);
    assert_string_equal(line->price_id, price_id);
    assert_near(line->usd, usd);
    assert_true(line->usd == line->quantity * line->unit_usd);
    assert_string_equal(line->confidence, "verified");
    assert_false(line->missing_price);
}

/* A copy of the price book with one row changed. */
static struct price *edit_price(struct fixture *f, const char *id)
{
    struct pricebook *book = ARENA_NEW(f->arena, struct pricebook, 1);
    struct price *prices = ARENA_NEW(f->arena, struct price, f->book->prices_n);
    const struct price *price = pricebook_find(f->book, id);

    assert_non_null(price);
    *book = *f->book;
    memcpy(prices, f->book->prices, f->book->prices_n * sizeof(*prices));
    book->prices = prices;
    prices += price - f->book->prices;
    f->book = book;
    return prices;
}

/* --- Traffic between zones --- */

static void test_published_sums(void **state)
{
    struct cross_zone flow = cross_zone_flow(30e6, 3, 3, 3, false);

    assert_near(flow.producers_bytes_per_s, 20e6);
    assert_near(flow.replication_bytes_per_s, 60e6);
    assert_near(flow.groups_bytes_per_s, 60e6);
    assert_near(flow.total_bytes_per_s, 140e6);
    assert_near(cross_zone_usd(flow.total_bytes_per_s, 24, 1e9, 0.01), 241.92); /* decimal GB, a day */

    flow = cross_zone_flow(100e6, 3, 3, 3, false);
    assert_near(cross_zone_usd(flow.total_bytes_per_s, 30 * 24, 1e9, 0.01), 24192); /* decimal GB, 30 days */

    flow = cross_zone_flow(100 * MIB, 3, 3, 3, false); /* GiB, 730 hours */
    assert_near(cross_zone_usd(flow.total_bytes_per_s, 730, GIB, 0.01), 23953.125);
    flow = cross_zone_flow(100 * MIB, 3, 3, 3, true);
    assert_near(flow.groups_bytes_per_s, 0);
    assert_near(cross_zone_usd(flow.total_bytes_per_s, 730, GIB, 0.01), 13687.5);
    (void)state;
}

static void test_cross_zone_by_enumeration(void **state)
{
    for (int zones = 1; zones <= 6; zones++) {
        for (int replication = 1; replication <= 7; replication++) {
            double producers = 0, followers = 0, reads = 0, local_reads = 0;
            struct cross_zone leader = cross_zone_flow(6e6, replication, 2, zones, false);
            struct cross_zone local = cross_zone_flow(6e6, replication, 2, zones, true);
            int cases = 0;

            /* Replica r is in zone (first + r) % zones, every replica leads as often, clients are everywhere.
             */
            for (int first = 0; first < zones; first++) {
                for (int lead = 0; lead < replication; lead++) {
                    int home = (first + lead) % zones;

                    for (int client = 0; client < zones; client++, cases++) {
                        bool replica_here = false;

                        for (int r = 0; r < replication; r++) {
                            replica_here = replica_here || (first + r) % zones == client;
                            followers += (first + r) % zones != home;
                        }
                        producers += client != home;
                        reads += client != home;
                        local_reads += !replica_here;
                    }
                }
            }
            assert_near(leader.producers_bytes_per_s, 6e6 * producers / cases);
            assert_near(leader.replication_bytes_per_s, 6e6 * followers / cases);
            assert_near(leader.groups_bytes_per_s, 2 * 6e6 * reads / cases);
            assert_near(local.groups_bytes_per_s, 2 * 6e6 * local_reads / cases);
            assert_near(local.total_bytes_per_s, local.producers_bytes_per_s + local.replication_bytes_per_s +
                                                     local.groups_bytes_per_s);
        }
    }
    assert_near(cross_zone_flow(6e6, 3, 2, 1, false).total_bytes_per_s, 0);
    (void)state;
}

/* The bill of a cluster that moves what the closed form says must cost what the closed form says. */
static void test_bill_agrees_with_closed_form(void **state)
{
    struct fixture *f = *state;
    double events_per_s = 1e6, bytes = 104.857600;
    struct cross_zone flow = cross_zone_flow(events_per_s * bytes, 3, 2, 3, false);
    double usd = 0;

    f->meters->month_events_per_s_mean = events_per_s;
    f->meters->produce_cross_zone_bytes.per_event = bytes * 2 / 3;
    f->meters->replication_cross_zone_bytes.per_event = bytes * 2;
    f->meters->groups[0].fetch_cross_zone_bytes.per_event = bytes * 2 / 3;
    f->meters->groups[1].fetch_cross_zone_bytes.per_event = bytes * 2 / 3;
    compute(f);
    for (int i = 0; i < f->bill.lines_n; i++) {
        if (f->bill.lines[i].kind == BILL_TRANSFER) usd += f->bill.lines[i].usd;
    }
    assert_near(usd, cross_zone_usd(flow.total_bytes_per_s, 730, GIB, 0.01));
    assert_near(f->bill.kind_usd[BILL_TRANSFER], usd);
    /* 100 MiB/s x 730 h = 256,640.625 GiB; two thirds of it, out and in. */
    assert_line(f, "cross-zone, producers to brokers", 256640.625 * 4 / 3, "GiB each direction",
                "aws.transfer.cross-az", 256640.625 * 4 / 3 * 0.01);
    assert_line(f, "cross-zone, replication", 256640.625 * 4, "GiB each direction", "aws.transfer.cross-az",
                256640.625 * 4 * 0.01);
    assert_line(f, "cross-zone, fetches of group ctr", 256640.625 * 4 / 3, "GiB each direction",
                "aws.transfer.cross-az", 256640.625 * 4 / 3 * 0.01);
    assert_non_null(line_of(&f->bill, "cross-zone, fetches of group raw"));
}

/* --- Provisioned things --- */

static void test_provisioned_lines(void **state)
{
    struct fixture *f = *state;

    compute(f);
    assert_line(f, "kafka brokers", 13140, "instance-hour", "aws.ec2.ondemand.m7g.4xlarge", 8577.792);
    assert_line(f, "broker volumes", 110592, "GiB-month", "aws.ebs.gp3.storage", 8847.36);
    assert_line(f, "broker volume throughput", 8550, "MiB/s-month", "aws.ebs.gp3.throughput", 342);
    assert_line(f, "broker volume IOPS", 18000, "IOPS-month", "aws.ebs.gp3.iops", 90);
    assert_line(f, "group ctr", 17520, "instance-hour", "aws.ec2.ondemand.c6i.2xlarge", 17520 * 0.34);
    assert_line(f, "group raw", 21900, "instance-hour", "aws.ec2.ondemand.c6i.xlarge", 21900 * 0.17);
    assert_int_equal(f->bill.lines_n, 6);
    assert_near(f->bill.month_usd, 8577.792 + 8847.36 + 342 + 90 + 5956.8 + 3723);
    assert_null(f->bill.month_null_reason);
    assert_true(has_note(&f->bill, "Producers without an instance type are not billed"));
    assert_true(isnan(f->bill.low_usd) && isnan(f->bill.high_usd));
    assert_non_null(f->bill.range_null_reason);
    /* No events: provisioned things cost what they cost, and no ratio is invented. */
    assert_true(isnan(f->bill.per_million_events_usd));
    assert_string_equal(f->bill.per_million_events_null_reason, "the month has no events");
}

static void test_what_gp3_includes_is_free(void **state)
{
    struct fixture *f = *state;

    f->meters->brokers.volume_throughput_bytes_per_s = 125 * MIB;
    f->meters->brokers.volume_iops = 3000;
    compute(f);
    assert_null(line_of(&f->bill, "broker volume throughput"));
    assert_null(line_of(&f->bill, "broker volume IOPS"));
    f->meters->brokers.volume_throughput_bytes_per_s = 126 * MIB;
    f->meters->brokers.volume_iops = 3001;
    compute(f);
    assert_line(f, "broker volume throughput", 18, "MiB/s-month", "aws.ebs.gp3.throughput", 0.72);
    assert_line(f, "broker volume IOPS", 18, "IOPS-month", "aws.ebs.gp3.iops", 0.09);
}

static void test_producers_are_billed_if_they_have_a_type(void **state)
{
    struct fixture *f = *state;

    f->scenario->producers[0].instance = "c6i.2xlarge";
    meters_init(f->meters, f->scenario);
    compute(f);
    assert_line(f, "producers edge", 17520, "instance-hour", "aws.ec2.ondemand.c6i.2xlarge", 5956.8);
    assert_near(f->bill.kind_usd[BILL_PRODUCERS], 5956.8);
    assert_false(has_note(&f->bill, "Producers"));
}

static void test_msk(void **state)
{
    struct fixture *f = *state;

    f->scenario->platform = "msk";
    f->meters->month_events_per_s_mean = 1e6;
    f->meters->produce_cross_zone_bytes.per_event = 100;
    f->meters->replication_cross_zone_bytes.per_event = 200;
    compute(f);
    assert_line(f, "kafka brokers", 13140, "broker-hour", "aws.msk.broker.m7g.4xlarge", 13140 * 1.632);
    assert_line(f, "broker volumes", 110592, "GiB-month provisioned", "aws.msk.storage.standard", 11059.2);
    assert_line(f, "broker volume throughput", 350 * 18, "MiB/s-month", "aws.msk.storage.throughput", 504);
    assert_null(line_of(&f->bill, "broker volume IOPS"));
    assert_null(line_of(&f->bill, "cross-zone, replication"));
    assert_non_null(line_of(&f->bill, "cross-zone, producers to brokers"));
    assert_true(has_note(&f->bill, "Replication between zones is not charged on msk."));
    assert_false(has_note(&f->bill, "KRaft"));
    /* Groups stay on plain instances. */
    assert_string_equal(line_of(&f->bill, "group ctr")->price_id, "aws.ec2.ondemand.c6i.2xlarge");
}

static void test_local_disks_come_with_the_instance(void **state)
{
    struct fixture *f = *state;

    f->scenario->cluster.storage_type = STORAGE_LOCAL;
    meters_init(f->meters, f->scenario);
    compute(f);
    assert_null(line_of(&f->bill, "broker volumes"));
    assert_null(line_of(&f->bill, "broker volume throughput"));
    assert_true(has_note(&f->bill, "local disks are billed with their instances"));
    assert_true(isfinite(f->bill.month_usd));
}

static void test_recalled_prices_are_marked(void **state)
{
    struct fixture *f = *state;
    const struct bill_line *line;

    f->scenario->platform = "msk";
    f->scenario->cluster.instance = "m7g.8xlarge";
    meters_init(f->meters, f->scenario);
    compute(f);
    line = line_of(&f->bill, "kafka brokers");
    assert_non_null(line);
    assert_string_equal(line->confidence, "recalled");
    assert_near(f->bill.recalled_usd, 13140 * 3.264);
    assert_true(has_note(&f->bill, "were not seen in a source"));
}

/* --- Query engines --- */

static void test_engines(void **state)
{
    struct fixture *f = *state;

    f->scenario->engines[0] = (struct scenario_engine){
        .name = "presto", .workers = 12, .instance = "r6i.4xlarge", .coordinator = "m7g.xlarge"};
    f->scenario->engines_n = 1;
    meters_init(f->meters, f->scenario);
    /* 2 queries a second that make 50 requests each: 262.8 million a month. */
    f->meters->engines[0].get_requests.per_hour = 2 * 3600 * 50;
    compute(f);
    assert_line(f, "engine presto, workers", 8760, "instance-hour", "aws.ec2.ondemand.r6i.4xlarge", 8760 * 1.008);
    assert_line(f, "engine presto, coordinator", 730, "instance-hour", "aws.ec2.ondemand.m7g.xlarge", 730 * 0.1632);
    assert_line(f, "engine presto, GET requests", 262800, "1k-requests", "aws.s3.standard.get", 105.12);
    assert_near(f->bill.kind_usd[BILL_ENGINES], 8760 * 1.008 + 730 * 0.1632 + 105.12);
    assert_false(has_note(&f->bill, "No query"));
    assert_null(bill_price_missing(f->scenario, f->book, f->arena));
    /* What a run did not see it says. */
    f->meters->engines[0].unmeasured = "ad-hoc";
    f->meters->engines[0].get_requests.per_hour = 0;
    compute(f);
    assert_true(has_note(&f->bill, "No query of ad-hoc was planned within the run"));
    assert_null(line_of(&f->bill, "engine presto, GET requests"));
    f->scenario->engines[0].coordinator = "m7g.huge";
    assert_non_null(strstr(bill_price_missing(f->scenario, f->book, f->arena), "aws.ec2.ondemand.m7g.huge"));
}

/* --- Storage at steady state --- */

static void test_storage_steps(void **state)
{
    struct fixture *f = *state;
    /* Held: 600 TiB, so 50 at $0.023, 450 at $0.022 and 100 at $0.021. */
    double rate = 1e6;

    f->meters->month_events_per_s_mean = rate;
    f->meters->tables[0].object_bytes.per_event = 600 * TIB / (rate * 180 * 86400);
    compute(f);
    assert_near(f->bill.object_bytes, 600 * TIB);
    assert_line(f, "object storage, first 50 TB", 51200, "GiB-month", "aws.s3.standard.storage.first50tb",
                1177.6);
    assert_line(f, "object storage, next 450 TB", 460800, "GiB-month", "aws.s3.standard.storage.next450tb",
                10137.6);
    assert_line(f, "object storage, over 500 TB", 102400, "GiB-month", "aws.s3.standard.storage.over500tb",
                2150.4);
    assert_near(f->bill.kind_usd[BILL_OBJECT_STORE], 13465.6);
    assert_true(has_note(&f->bill, "gateway endpoint"));
}

static void test_storage_stays_in_first_step(void **state)
{
    struct fixture *f = *state;

    /* 40 TiB in tables and 10 TiB of checkpoints: together exactly the first step. */
    f->meters->month_events_per_s_mean = 1;
    f->meters->tables[0].object_bytes.per_event = 40 * TIB / (180 * 86400);
    f->meters->groups[0].held_bytes = 10 * TIB;
    compute(f);
    assert_near(f->bill.kind_usd[BILL_OBJECT_STORE], 1177.6);
    f->meters->groups[0].held_bytes = 11 * TIB;
    compute(f);
    assert_near(f->bill.kind_usd[BILL_OBJECT_STORE], 1177.6 + 1024 * 0.022);
}

static void test_table_without_retention(void **state)
{
    struct fixture *f = *state;

    f->scenario->tables_n = 0;
    meters_init(f->meters, f->scenario);
    assert_int_equal(f->meters->tables_n, 1);
    assert_int_equal(f->meters->tables[0].retention_ns, 0);
    f->meters->month_events_per_s_mean = 1000;
    f->meters->tables[0].object_bytes.per_event = 100;
    compute(f);
    assert_near(f->bill.object_bytes, 1000.0 * 100 * 730 * 3600);
    assert_true(has_note(&f->bill, "No retention is given for raw_ad_events"));
}

static void test_requests_by_event_and_by_clock(void **state)
{
    struct fixture *f = *state;

    f->meters->month_events_per_s_mean = 1000; /* 2.628e9 events a month */
    f->meters->groups[1].put_requests = (struct meter){.per_event = 1e-6, .per_hour = 1000};
    f->meters->groups[0].put_requests.per_hour = 360;
    f->meters->groups[1].get_requests.per_hour = 100;
    f->meters->tables[0].objects = (struct meter){.per_event = 1e-6, .per_hour = 10};
    compute(f);
    assert_near(f->bill.month_events, 2.628e9);
    assert_line(f, "object store PUT requests", (2628 + 730000 + 262800) / 1000.0, "1k-requests",
                "aws.s3.standard.put", (2628 + 730000 + 262800) / 1000.0 * 0.005);
    assert_line(f, "object store GET requests", 73, "1k-requests", "aws.s3.standard.get", 0.0292);
    assert_near(f->bill.objects, (2628 + 7300) * (180 * 24 / 730.0));
}

static void test_log_at_retention(void **state)
{
    struct fixture *f = *state;

    f->meters->month_events_per_s_mean = 1e6;
    f->meters->topics[0].appended_bytes.per_event = 100;
    compute(f);
    assert_near(f->bill.log_bytes, 1e6 * 100 * 86400 * 3);
    assert_near(f->bill.log_capacity_bytes, 18 * 6 * TIB);
    assert_false(has_note(&f->bill, "do not fit"));
    f->meters->topics[0].appended_bytes.per_event = 1000;
    compute(f);
    assert_true(has_note(&f->bill, "do not fit"));
}

/* 100 MB/s for a day, of which an hour is local; segments of 64 MB, five PUTs each; a tenth of it is read back, a MB at a time. */
static void test_tiered_log(void **state)
{
    struct fixture *f = *state;
    f->scenario->topics[0].remote_storage_enable = true;
    f->scenario->topics[0].local_retention_ns = DAY_NS / 24;
    f->scenario->topics[0].local_retention_bytes = -1;
    meters_init(f->meters, f->scenario);
    struct meters_topic *topic = &f->meters->topics[0];
    f->meters->month_events_per_s_mean = 1e6;
    topic->appended_bytes.per_event = 100;
    topic->remote_puts.per_event = 100.0 / 64e6 * 5;
    topic->remote_gets.per_event = 100.0 / 10 / 1e6;
    topic->remote_read_bytes.per_event = 100.0 / 10;
    compute(f);
    assert_near(f->bill.log_bytes, 1e8 * 3600 * 3);
    assert_near(f->bill.tiered_bytes, 1e8 * 86400);
    const double month_s = 730 * 3600, gib = 1e8 * 86400 / (double)(1 << 30);
    assert_line(f, "tiered log of ad-events", gib, "GiB-month", "aws.s3.standard.storage.first50tb", gib * 0.023);
    const double puts = 1e6 * month_s * 100 / 64e6 * 5 / 1000, gets = 1e6 * month_s * 100 / 10 / 1e6 / 1000;
    assert_line(f, "tiered log of ad-events, PUT requests", puts, "1k-requests", "aws.s3.standard.put", puts * 0.005);
    assert_line(f, "tiered log of ad-events, GET requests", gets, "1k-requests", "aws.s3.standard.get", gets * 0.0004);

    f->scenario->platform = "msk"; /* by bytes held and read, and not by requests */
    f->scenario->cluster.instance = "kafka.m7g.4xlarge";
    meters_init(f->meters, f->scenario);
    f->meters->month_events_per_s_mean = 1e6;
    topic->appended_bytes.per_event = 100;
    topic->remote_read_bytes.per_event = 100.0 / 10;
    compute(f);
    const double read = 1e7 * month_s / (double)(1 << 30);
    assert_line(f, "tiered log of ad-events", gib, "GiB-month", "aws.msk.storage.tiered", gib * 0.06);
    const struct bill_line *retrieval = line_of(&f->bill, "tiered log of ad-events, retrieval");
    assert_non_null(retrieval);
    assert_near(retrieval->usd, read * 0.0015);
    assert_null(line_of(&f->bill, "tiered log of ad-events, PUT requests"));
}

/* A compacted log holds its keys, whatever comes; with "compact,delete" no more than retention does. */
static void test_compacted_log(void **state)
{
    struct fixture *f = *state;
    f->scenario->topics[0].cleanup_policy = CLEANUP_COMPACT;
    meters_init(f->meters, f->scenario);
    f->meters->month_events_per_s_mean = 1e6;
    f->meters->topics[0].appended_bytes.per_event = 100;
    f->meters->topics[0].compacted_bytes = 5e9;
    compute(f);
    assert_near(f->bill.log_bytes, 5e9 * 3);
    f->scenario->topics[0].cleanup_policy = CLEANUP_COMPACT | CLEANUP_DELETE;
    meters_init(f->meters, f->scenario);
    f->meters->month_events_per_s_mean = 1e6;
    f->meters->topics[0].appended_bytes.per_event = 1e-2;
    f->meters->topics[0].compacted_bytes = 5e9;
    compute(f);
    assert_near(f->bill.log_bytes, 1e4 * 86400 * 3);
}

/* --- A month, and what it adds up to --- */

static void fill_everything(struct meters *m)
{
    m->month_events_per_s_mean = 500e3;
    m->produce_cross_zone_bytes.per_event = 70.1;
    m->replication_cross_zone_bytes.per_event = 203.7;
    m->topics[0].appended_bytes.per_event = 101.3;
    for (int g = 0; g < m->groups_n; g++) {
        m->groups[g].fetch_cross_zone_bytes.per_event = 68.9;
        m->groups[g].put_requests.per_hour = 333.3;
        m->groups[g].get_requests.per_event = 1e-7;
    }
    m->tables[0].object_bytes.per_event = 91.7;
}

static void test_month_adds_up(void **state)
{
    struct fixture *f = *state;
    double total = 0, kinds = 0;

    fill_everything(f->meters);
    compute(f);
    assert_true(f->bill.lines_n >= 13);
    for (int i = 0; i < f->bill.lines_n; i++) {
        assert_true(f->bill.lines[i].usd == f->bill.lines[i].quantity * f->bill.lines[i].unit_usd);
        assert_non_null(pricebook_find(f->book, f->bill.lines[i].price_id));
        total += f->bill.lines[i].usd;
    }
    assert_true(total == f->bill.month_usd); /* exactly */
    for (int k = 0; k < BILL_KINDS; k++)
        kinds += f->bill.kind_usd[k];
    assert_near(kinds, total);
    assert_near(f->bill.per_million_events_usd, total / (500e3 * 730 * 3600 / 1e6));
}

static void test_volume_moves_what_it_should(void **state)
{
    struct fixture *f = *state;
    struct bill before;

    fill_everything(f->meters);
    compute(f);
    before = f->bill;
    f->meters->month_events_per_s_mean *= 2;
    f->meters->measured_events = 1e12; /* How long the run was is no matter. */
    compute(f);
    assert_int_equal(f->bill.lines_n >= before.lines_n, true);
    assert_near(f->bill.kind_usd[BILL_TRANSFER], 2 * before.kind_usd[BILL_TRANSFER]);
    assert_near(f->bill.kind_usd[BILL_BROKERS], before.kind_usd[BILL_BROKERS]);
    assert_near(f->bill.kind_usd[BILL_BROKER_STORAGE], before.kind_usd[BILL_BROKER_STORAGE]);
    assert_near(f->bill.kind_usd[BILL_GROUPS], before.kind_usd[BILL_GROUPS]);
    assert_near(line_of(&f->bill, "object store PUT requests")->usd,
                line_of(&before, "object store PUT requests")->usd);
    assert_near(line_of(&f->bill, "object store GET requests")->usd,
                2 * line_of(&before, "object store GET requests")->usd);
    assert_near(f->bill.object_bytes, 2 * before.object_bytes);
}

static void test_scenario_decides_meters(void **state)
{
    struct fixture *f = *state;
    const struct meters *m = f->meters;

    assert_string_equal(m->brokers.instances.type, "m7g.4xlarge");
    assert_true(m->brokers.instances.count == 18);
    assert_true(m->brokers.volume_bytes == 6 * TIB);
    assert_null(m->producers[0].instances.type);
    assert_int_equal(m->groups[0].table, -1);
    assert_int_equal(m->groups[1].table, 0);
    assert_int_equal(m->tables_n, 1);
    assert_true(m->tables[0].retention_ns == 180 * DAY_NS);
    assert_int_equal(m->topics[0].replication, 3);
    /* Two groups that write one table share it. */
    f->scenario->groups[0].work = WORK_WRITE;
    f->scenario->groups[0].write.table = "raw_ad_events";
    meters_init(f->meters, f->scenario);
    assert_int_equal(m->tables_n, 1);
    assert_int_equal(m->groups[0].table, 0);
    assert_int_equal(m->groups[1].table, 0);
}

/* --- Prices that are not there, or are per something else --- */

static void test_missing_price(void **state)
{
    struct fixture *f = *state;
    const struct bill_line *line;

    assert_null(bill_price_missing(f->scenario, f->book, f->arena));
    f->scenario->platform = "msk";
    assert_null(bill_price_missing(f->scenario, f->book, f->arena));
    f->scenario->cluster.instance = "c6i.2xlarge"; /* No MSK broker is of that type. */
    meters_init(f->meters, f->scenario);
    compute(f);
    assert_true(isnan(f->bill.month_usd));
    assert_non_null(strstr(f->bill.month_null_reason, "has no price aws.msk.broker.c6i.2xlarge"));
    assert_non_null(strstr(f->bill.month_null_reason, "kafka brokers"));
    assert_true(isnan(f->bill.per_million_events_usd));
    assert_string_equal(f->bill.per_million_events_null_reason, f->bill.month_null_reason);
    line = line_of(&f->bill, "kafka brokers");
    assert_non_null(line);
    assert_true(line->missing_price && isnan(line->usd) && isnan(line->unit_usd));
    assert_string_equal(line->confidence, "missing");
    assert_true(isnan(f->bill.kind_usd[BILL_BROKERS]));
    assert_near(f->bill.kind_usd[BILL_GROUPS], 9679.8); /* The rest of the bill stands. */
    assert_string_equal(bill_price_missing(f->scenario, f->book, f->arena), f->bill.month_null_reason);
}

static void test_each_price_is_asked_for_beforehand(void **state)
{
    static const char *const needed[] = {
        "aws.ec2.ondemand.m7g.4xlarge",
        "aws.ec2.ondemand.c6i.2xlarge",
        "aws.ec2.ondemand.c6i.xlarge",
        "aws.ebs.gp3.storage",
        "aws.ebs.gp3.throughput",
        "aws.ebs.gp3.iops",
        "aws.transfer.cross-az",
        "aws.s3.standard.storage.first50tb",
        "aws.s3.standard.storage.next450tb",
        "aws.s3.standard.storage.over500tb",
        "aws.s3.standard.put",
        "aws.s3.standard.get",
    };
    struct fixture *f = *state;
    const struct pricebook *whole = f->book;

    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        const char *reason;

        f->book = whole;
        edit_price(f, needed[i])->unit = "fortnight";
        reason = bill_price_missing(f->scenario, f->book, f->arena);
        if (!reason || !strstr(reason, needed[i])) fail_msg("%s was not asked for", needed[i]);
        assert_non_null(strstr(reason, "per \"fortnight\""));
    }
}

static void test_missing_quantity(void **state)
{
    struct fixture *f = *state;
    struct pricebook *book = ARENA_NEW(f->arena, struct pricebook, 1);

    *book = *f->book;
    book->quantities_n = 0;
    f->book = book;
    compute(f);
    assert_true(isnan(f->bill.month_usd));
    assert_non_null(
        strstr(f->bill.month_null_reason, "has no quantity aws.ebs.gp3.baseline-throughput in MiB/s"));
}

static void test_unknown_volume(void **state)
{
    struct fixture *f = *state;

    f->scenario->cluster.storage_type = "floppy";
    meters_init(f->meters, f->scenario);
    compute(f);
    assert_true(isnan(f->bill.month_usd));
    assert_non_null(strstr(f->bill.month_null_reason, "volumes of type floppy"));
    f->scenario->cluster.storage_type = "st1";
    meters_init(f->meters, f->scenario);
    compute(f);
    assert_line(f, "broker volumes", 110592, "GiB-month", "aws.ebs.st1.storage", 110592 * 0.045);
}

static void test_units_of_a_price_book(void **state)
{
    struct fixture *f = *state;
    struct price *price;

    /* A decimal GB is billed and named as such. */
    price = edit_price(f, "aws.ebs.gp3.storage");
    price->gb_bytes = 1e9;
    compute(f);
    assert_line(f, "broker volumes", 18 * 6 * TIB / 1e9, "GB-month", "aws.ebs.gp3.storage",
                18 * 6 * TIB / 1e9 * 0.08);
    /* A price per million requests is not one per thousand. */
    price = edit_price(f, "aws.s3.standard.put");
    price->unit = "1M-requests";
    price->usd = 5;
    f->meters->groups[1].put_requests.per_hour = 1e6;
    compute(f);
    assert_line(f, "object store PUT requests", 730, "1M-requests", "aws.s3.standard.put", 3650);
    /* Nor is a price per hour one per month. */
    price = edit_price(f, "aws.ec2.ondemand.m7g.4xlarge");
    price->unit = "GB-month";
    compute(f);
    assert_true(isnan(f->bill.month_usd));
    assert_non_null(strstr(f->bill.month_null_reason, "cannot use"));
}

static void test_region_is_compared(void **state)
{
    struct fixture *f = *state;

    compute(f);
    assert_false(has_note(&f->bill, "the prices are those of"));
    f->scenario->region = "eu-west-2";
    compute(f);
    assert_true(has_note(&f->bill, "The scenario is in eu-west-2, but the prices are those of us-east-1."));
}

/* The most of everything that a scenario may have fits. */
static void test_largest_bill(void **state)
{
    struct fixture *f = *state;
    struct scenario *s = f->scenario;

    s->producers_n = SCENARIO_PRODUCERS_MAX;
    for (int p = 0; p < SCENARIO_PRODUCERS_MAX; p++) {
        s->producers[p] = s->producers[0];
        s->producers[p].instance = p ? "c6i.2xlarge" : NULL;
    }
    s->groups_n = SCENARIO_GROUPS_MAX;
    s->tables_n = 0;
    for (int g = 0; g < SCENARIO_GROUPS_MAX; g++) {
        s->groups[g] = s->groups[1];
        s->groups[g].write.table = arena_printf(f->arena, "table-%d", g);
    }
    s->region = "elsewhere";
    meters_init(f->meters, s);
    assert_int_equal(f->meters->tables_n, SCENARIO_TABLES_MAX);
    fill_everything(f->meters);
    f->meters->topics[0].appended_bytes.per_event = 1e6;
    f->meters->groups[0].held_bytes = 600 * TIB;
    compute(f);
    assert_int_equal(f->bill.lines_n, 4 + 2 + 16 + 16 + 15 + 3 + 2);
    assert_true(f->bill.month_usd > 0);
}

/* --- Our own bugs --- */

static jmp_buf caught;
static void catch_check(void *context, const char *message)
{
    (void)context;
    (void)message;
    longjmp(caught, 1);
}

static bool check_fires(struct fixture *f)
{
    volatile bool fired = true;

    check_set_hook(catch_check, NULL);
    if (setjmp(caught) == 0) {
        compute(f);
        fired = false;
    }
    check_set_hook(NULL, NULL);
    return fired;
}

static void test_impossible_meters_are_our_bug(void **state)
{
    struct fixture *f = *state;

    assert_false(check_fires(f)); /* The canary: a sound set of meters does not fire. */
    f->meters->groups[0].fetch_cross_zone_bytes.per_event = -1;
    assert_true(check_fires(f));
    f->meters->groups[0].fetch_cross_zone_bytes.per_event = NAN;
    assert_true(check_fires(f));
    f->meters->groups[0].fetch_cross_zone_bytes.per_event = 0;
    f->meters->month_events_per_s_mean = INFINITY;
    assert_true(check_fires(f));
    f->meters->month_events_per_s_mean = 0;
    assert_false(check_fires(f));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_sums),
        cmocka_unit_test(test_cross_zone_by_enumeration),
        TEST(test_bill_agrees_with_closed_form),
        TEST(test_provisioned_lines),
        TEST(test_what_gp3_includes_is_free),
        TEST(test_producers_are_billed_if_they_have_a_type),
        TEST(test_msk),
        TEST(test_local_disks_come_with_the_instance),
        TEST(test_recalled_prices_are_marked),
        TEST(test_engines),
        TEST(test_storage_steps),
        TEST(test_storage_stays_in_first_step),
        TEST(test_table_without_retention),
        TEST(test_requests_by_event_and_by_clock),
        TEST(test_log_at_retention),
        TEST(test_tiered_log),
        TEST(test_compacted_log),
        TEST(test_month_adds_up),
        TEST(test_volume_moves_what_it_should),
        TEST(test_scenario_decides_meters),
        TEST(test_missing_price),
        TEST(test_each_price_is_asked_for_beforehand),
        TEST(test_missing_quantity),
        TEST(test_unknown_volume),
        TEST(test_units_of_a_price_book),
        TEST(test_region_is_compared),
        TEST(test_largest_bill),
        TEST(test_impossible_meters_are_our_bug),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
