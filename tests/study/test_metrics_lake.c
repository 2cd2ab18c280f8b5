/* test_metrics_lake.c: what a short run says of a table's years: bytes, files, requests and cores, an event or an hour. */
#include "models/pipeline_fixture.h"

#include "cost.h"
#include "lake.h"
#include "lake_feed.h"
#include "metrics.h"

#define RUN "workload[0].rate=200/s|run.warmup=100s|run.resolution=sampled|run.duration="
#define TABLES(every, more)                                                                                            \
    "|lake.tables=[{\"name\": \"raw_events\"}, {\"name\": \"events\", \"from\": \"raw_events\", \"every\": \"" every      \
    "\", \"retention\": \"100d\", \"partition_by\": [\"date\", \"hour\"]" more "}]"
#define VACUUMED COMPACTED("2m") ", \"vacuum\": {\"every\": \"6h\", \"cores\": 8}"
#define COMPACTED(every) ", \"compaction\": {\"target\": \"512 MiB\", \"min_input_files\": 2, \"every\": \"" every "\"}"

struct metered {
    struct run *run;
    struct lake_counts counts;
    struct meters meters;
    const struct meters_table *table;
    struct bill bill;
};

static struct metered meter(struct bench *b, const char *sets)
{
    struct metered m = {.run = simulate(b, sets)};
    const struct replication r = {.arena = m.run->arena, .pipeline = m.run->pipeline};
    metric_meters(&r, 1, &m.meters, m.run->arena);
    m.counts = lake_counts(lake_feed_lake(&m.run->pipeline->world), 1);
    for (int i = 0; i < m.meters.tables_n; i++)
        if (!strcmp(m.meters.tables[i].name, "events")) m.table = &m.meters.tables[i];
    assert_non_null(m.table);
    bill_compute(&m.meters, m.run->scenario, m.run->scenario->prices, m.run->arena, &m.bill);
    return m;
}

static void assert_close(double value, double expected, double share)
{
    if (fabs(value - expected) > share * fabs(expected)) fail_msg("%.8g is not %.8g", value, expected);
}

/* ETL twice a minute, without compaction: 120 files an hour, each a PUT, with a commit of three PUTs and two GETs. */
static void files_come_with_the_clock(void **state)
{
    struct metered m = meter(*state, RUN "6m" TABLES("30s", ""));
    assert_true(m.table->objects.per_event == 0);
    assert_close(m.table->objects.per_hour, 120, 0.002); /* commits vary by some 100 ms */
    assert_close(m.table->put_requests.per_hour, 4 * 120, 0.002);
    assert_close(m.table->get_requests.per_hour, 2 * 120, 0.002);
    assert_close(m.table->object_bytes.per_event, (double)m.counts.bytes / (double)m.counts.rows, 0.01);
    assert_true(m.table->replaced_bytes.per_event == 0 && m.table->compaction_core_s.per_hour == 0);
    /* The month is 200 a second: a hundred days of them. */
    assert_close(m.bill.lake[OBJECT_STANDARD].objects, 100 * 24 * 120 + 30 * 24 * 180, 0.03); /* raw: one each 20 s */
    /* Four cores for as long as the jobs took; most of that is waiting, and comes with the clock. */
    const double core_s = 120 * 4 * m.counts.etl_s / (double)m.counts.etl_runs;
    assert_close(m.table->etl_core_s.per_event * 7.2e5 + m.table->etl_core_s.per_hour, core_s, 0.08);
    assert_true(m.table->etl_core_s.per_hour > 0.5 * core_s && m.table->etl_core_s.per_event > 0);
    const struct bill_line *line = NULL;
    for (int i = 0; i < m.bill.lines_n; i++)
        if (!strcmp(m.bill.lines[i].item, "ETL of events")) line = &m.bill.lines[i];
    assert_non_null(line);
    assert_close(line->quantity, core_s * 730 / 16 / 3600, 0.08);
}

/* Compacted every two minutes: one file an hour in the end, however long the run was and wherever it stopped. */
static void what_compaction_leaves(void **state)
{
    static const char *const runs[] = {RUN "6m", RUN "10m|run.start=10:55", RUN "6m|lake.past=3h"};
    for (size_t i = 0; i < COUNT_OF(runs); i++) {
        struct metered m = meter(*state, arena_printf(((struct bench *)*state)->fixture->arena, "%s%s", runs[i],
                                                      TABLES("30s", COMPACTED("2m"))));
        assert_false(m.table->unsettled);
        assert_true(m.counts.compactions >= 2);
        assert_true(m.table->objects.per_event == 0);
        assert_close(m.table->objects.per_hour, 1, 1e-12);
        /* Sorted already, so that nothing shrinks but what a file's beginning costs. */
        assert_close(m.table->object_bytes.per_event, (double)m.counts.bytes / (double)m.counts.rows, 0.05);
        /* Each run rewrites four files and what there was of the hour. */
        assert_true(m.table->replaced_bytes.per_event > m.table->object_bytes.per_event);
        assert_true(m.table->compaction_core_s.per_hour > 0 && m.table->compaction_core_s.per_event > 0);
        assert_true(m.table->put_requests.per_hour > 4 * 120 + 4 * 30 && m.table->put_requests.per_hour < 4 * 120 + 20 * 30);
    }
}

/* Four times a day eight cores list a hundred days of files and five days and three hours of replaced ones, by pages of a
 * thousand; each page takes what the store's median says, as none was listed in six minutes. */
static void what_a_vacuum_costs(void **state)
{
    struct metered with = meter(*state, RUN "6m" TABLES("30s", VACUUMED)), without = meter(*state, RUN "6m" TABLES("30s", COMPACTED("2m")));
    assert_int_equal(with.counts.vacuums, 0);
    assert_true(without.table->vacuum.per_hour == 0);
    double pages = 0;
    const double objects = 100 * 24 + with.table->replaced_objects.per_hour * (5 * 24 + 3);
    for (double left = objects; left > 0; left -= 1000)
        pages++;
    assert_true(pages > 10);
    const struct bill_line *line = NULL;
    double puts = 0;
    for (int i = 0; i < with.bill.lines_n; i++) {
        if (!strcmp(with.bill.lines[i].item, "vacuum of events")) line = &with.bill.lines[i];
        if (!strcmp(with.bill.lines[i].item, "object store PUT requests")) puts += with.bill.lines[i].quantity;
    }
    for (int i = 0; i < without.bill.lines_n; i++) {
        assert_string_not_equal(without.bill.lines[i].item, "vacuum of events");
        if (!strcmp(without.bill.lines[i].item, "object store PUT requests")) puts -= without.bill.lines[i].quantity;
    }
    assert_non_null(line);
    const double list_s = with.run->pipeline->world.calibration->latency.object_get_first_byte_p50_ns / 1e9;
    assert_close(line->quantity, 730.0 / 6 * pages * list_s * 8 / 16 / 3600, 1e-9);
    assert_close(puts * 1000, 730.0 / 6 * pages, 1e-6); /* priced by the thousand */
}

/* None ended: the files that landed are those that there are, and the bill says so. */
static void a_compaction_that_has_not_come_yet(void **state)
{
    struct metered m = meter(*state, RUN "6m" TABLES("30s", COMPACTED("10m")));
    assert_true(m.table->unsettled);
    assert_close(m.table->objects.per_hour, 120, 0.1);
    bool said = false;
    for (int i = 0; i < m.bill.notes_n; i++)
        said = said || strstr(m.bill.notes[i], "No compaction of events ended within the run");
    assert_true(said);
}

/* Two days, of which the whole run simulates every slice and the other one a few minutes: a day's partition fills up and is
 * compacted all the while, which those minutes do not show. */
static void jumps_leave_the_bill_as_it_is(void **state)
{
#define DAYS                                                                                                           \
    "workload[0].rate=20/s|keys.user.population=100|run.warmup=5m|run.resolution=sampled|run.duration=48h|"            \
    "topics[0].partitions=1|topics[0].replication=1|cluster.brokers=1|producers[0].instances=1|groups=[{\"name\": "  \
    "\"raw\", \"reads\": \"events\", \"instances\": 1, \"instance\": \"c6i.large\", \"does\": {\"write\": {\"table\": "    \
    "\"raw_events\", \"roll\": {\"every\": \"1m\"}}}}]|lake.tables=[{\"name\": \"raw_events\"}, {\"name\": \"events\", "              \
    "\"from\": \"raw_events\", \"every\": \"5m\", \"retention\": \"100d\", \"partition_by\": [\"date\"], "             \
    "\"compaction\": {\"target\": \"64 MiB\", \"every\": \"30m\"}}]"
    struct metered whole = meter(*state, DAYS), table = meter(*state, DAYS "|run.table=true");
    assert_true(sim_seconds(table.run->pipeline->world.jumped_ns) > 40 * 3600);
    assert_true(whole.counts.compactions > 80 && table.counts.compactions < 5);
    assert_false(table.table->unsettled);
    for (int i = 0; i < whole.bill.lines_n; i++) {
        const struct bill_line *line = &whole.bill.lines[i];
        assert_string_equal(table.bill.lines[i].item, line->item);
        if (fabs(table.bill.lines[i].quantity - line->quantity) > 0.02 * line->quantity)
            fail_msg("%s: %g, not %g", line->item, table.bill.lines[i].quantity, line->quantity);
    }
    assert_int_equal(table.bill.lines_n, whole.bill.lines_n);
    assert_close(table.table->compaction_core_s.per_event, whole.table->compaction_core_s.per_event, 0.02);
    assert_close(table.table->replaced_bytes.per_event, whole.table->replaced_bytes.per_event, 0.02);
    /* It rewrites a day's records many times over: far more than in the minutes that were simulated. */
    assert_true(table.table->replaced_bytes.per_event > 5 * table.table->object_bytes.per_event);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(files_come_with_the_clock),
        TEST(what_compaction_leaves),
        TEST(a_compaction_that_has_not_come_yet),
        TEST(what_a_vacuum_costs),
        TEST(jumps_leave_the_bill_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
