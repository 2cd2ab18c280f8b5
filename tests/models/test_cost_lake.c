/* test_cost_lake.c: a month of tables in an object store: against sums worked out by hand, and against a simulated lake. */
#include "scenario_fixture.h"

#include "calibration.h"
#include "compact.h"
#include "cost_lake.h"
#include "cost.h"
#include "lake.h"

#include <math.h>

#define S INT64_C(1000000000)
#define MIN (60 * S)
#define HOUR (3600 * S)
#define DAY (86400 * S)
static const double KIB = 1024, MIB = 1048576, GIB = 1073741824;
static const double DAYS_A_MONTH = 730 / 24.0;

struct bench {
    struct fixture *f;
    struct scenario s;
    struct meters m;
    struct bill bill;
};

/* Table 0 is raw_events; `more` are members of it, `tables` further tables with a comma before each. */
static void prepare(struct bench *b, void **state, const char *more, const char *tables)
{
    struct fixture *f = *state;
    const char *text = replaced(f, small_scenario, "\"objectives\"",
                                arena_printf(f->arena,
                                             "\"lake\": {\"tables\": [{\"name\": \"raw_events\"%s}%s]},\n  \"objectives\"",
                                             more, tables));
    const struct scenario *s = load_good(f, text);
    *b = (struct bench){.f = f, .s = *s};
    meters_init(&b->m, &b->s);
    b->m.month_events_per_s_mean = 1;
}

static void compute(struct bench *b)
{
    bill_compute(&b->m, &b->s, b->s.prices, b->f->arena, &b->bill);
}

static const struct bill_line *line_of(const struct bill *bill, const char *item)
{
    for (int i = 0; i < bill->lines_n; i++)
        if (!strcmp(bill->lines[i].item, item)) return &bill->lines[i];
    return NULL;
}

static double usd_of(const struct bench *b, const char *item)
{
    const struct bill_line *line = line_of(&b->bill, item);
    return line ? line->usd : 0;
}

static void assert_near(double value, double expected)
{
    if (fabs(value - expected) > 1e-9 * fmax(1, fabs(expected))) fail_msg("%.12g is not %.12g", value, expected);
}

static void assert_line(const struct bench *b, const char *item, double quantity, const char *unit, const char *price_id,
                        double usd)
{
    const struct bill_line *line = line_of(&b->bill, item);
    if (!line) fail_msg("there is no line %s", item);
    assert_near(line->quantity, quantity);
    assert_string_equal(line->unit, unit);
    assert_string_equal(line->price_id, price_id);
    assert_near(line->usd, usd);
}

static void assert_cents(double usd, double expected)
{
    if (fabs(usd - expected) > 0.005) fail_msg("$%.4f is not $%.2f", usd, expected);
}

static const char *note_with(const struct bill *bill, const char *words)
{
    for (int i = 0; i < bill->notes_n; i++)
        if (strstr(bill->notes[i], words)) return bill->notes[i];
    return NULL;
}

/* So much a day, in objects of one size. */
static void land_daily(struct meters_table *table, double bytes, double object_bytes)
{
    table->object_bytes = (struct meter){.per_event = bytes / 86400};
    table->objects = (struct meter){.per_event = bytes / object_bytes / 86400};
}

#define IA_AFTER_30 ", \"tiers\": [{\"after\": \"30d\", \"to\": \"standard_ia\"}]"
#define IA_OF_ANY_SIZE ", \"tiers\": [{\"after\": \"30d\", \"to\": \"standard_ia\", \"min_size\": \"0 B\"}]"

/* --- by hand --- */

/* 100 GiB a day, kept for 180 days. */
static void a_month_at_steady_state(void **state)
{
    struct bench b;
    prepare(&b, state, ", \"retention\": \"180d\"", "");
    land_daily(&b.m.tables[0], 100 * GIB, 256 * MIB);
    compute(&b);
    /* 18,000 GiB at $0.023 */
    assert_line(&b, "object storage, first 50 TB", 18000, "GiB-month", "aws.s3.standard.storage.first50tb", 414);
    assert_near(b.bill.lake[OBJECT_STANDARD].bytes, 18000 * GIB);
    assert_near(b.bill.lake[OBJECT_STANDARD].objects, 400 * 180);
    assert_near(b.bill.kind_usd[BILL_OBJECT_STORE], 414);

    prepare(&b, state, ", \"retention\": \"180d\"" IA_AFTER_30, "");
    land_daily(&b.m.tables[0], 100 * GIB, 256 * MIB);
    compute(&b);
    /* 3,000 GiB at $0.023 and 15,000 at $0.0125; 400 objects a day x 30.41667 days at $0.01 a thousand */
    assert_line(&b, "object storage, first 50 TB", 3000, "GiB-month", "aws.s3.standard.storage.first50tb", 69);
    assert_line(&b, "object storage, standard_ia", 15000, "GiB-month", "aws.s3.ia.storage", 187.5);
    assert_line(&b, "moves to standard_ia", 400 * DAYS_A_MONTH / 1000, "1k-transitions", "aws.s3.lifecycle.to-ia",
                400 * DAYS_A_MONTH / 1000 * 0.01);
    assert_null(line_of(&b.bill, "early deletion, standard_ia"));
    assert_cents(b.bill.kind_usd[BILL_OBJECT_STORE], 256.62);
    assert_near(b.bill.lake[OBJECT_STANDARD].bytes, 3000 * GIB);
    assert_near(b.bill.lake[OBJECT_STANDARD_IA].bytes, 15000 * GIB);
    assert_near(b.bill.lake[OBJECT_STANDARD_IA].objects, 400 * 150);
    assert_near(b.bill.object_bytes, 18000 * GIB);
    assert_near(b.bill.objects, 400 * 180);
    assert_non_null(note_with(&b.bill, "Tiers of raw_events: standard_ia saves $157 a month."));
}

/* Every class in turn: 30 days standard, 60 infrequent, 90 instant, 185 archive, 365 deep. */
static void a_whole_lifecycle(void **state)
{
    struct bench b;
    prepare(&b, state,
            ", \"retention\": \"730d\", \"tiers\": [{\"after\": \"30d\", \"to\": \"standard_ia\"}, {\"after\": \"90d\", "
            "\"to\": \"glacier_ir\"}, {\"after\": \"180d\", \"to\": \"glacier\"}, {\"after\": \"365d\", \"to\": "
            "\"deep_archive\"}]",
            "");
    land_daily(&b.m.tables[0], 10 * GIB, 16 * MIB); /* 640 objects a day */
    compute(&b);
    /* The archives add 32 KiB to an object at their own price, and 8 KiB at standard's. */
    const double glacier = 640.0 * 185, deep = 640.0 * 365;
    assert_line(&b, "object storage, first 50 TB", 300 + (glacier + deep) * 8 / 1048576, "GiB-month",
                "aws.s3.standard.storage.first50tb", (300 + (glacier + deep) * 8 / 1048576) * 0.023);
    assert_line(&b, "object storage, standard_ia", 600, "GiB-month", "aws.s3.ia.storage", 7.5);
    assert_line(&b, "object storage, glacier_ir", 900, "GiB-month", "aws.s3.gir.storage", 3.6);
    assert_line(&b, "object storage, glacier", 1850 + glacier * 32 / 1048576, "GiB-month", "aws.s3.gfr.storage",
                (1850 + glacier * 32 / 1048576) * 0.0036);
    assert_line(&b, "object storage, deep_archive", 3650 + deep * 32 / 1048576, "GiB-month", "aws.s3.gda.storage",
                (3650 + deep * 32 / 1048576) * 0.00099);
    const double moved = 640 * DAYS_A_MONTH / 1000;
    assert_near(usd_of(&b, "moves to standard_ia"), moved * 0.01);
    assert_near(usd_of(&b, "moves to glacier_ir"), moved * 0.02);
    assert_near(usd_of(&b, "moves to glacier"), moved * 0.03);
    assert_near(usd_of(&b, "moves to deep_archive"), moved * 0.05);
    for (int i = 0; i < OBJECT_CLASSES; i++) {
        static const double days[] = {30, 60, 90, 185, 365};
        assert_near(b.bill.lake[i].bytes, days[i] * 10 * GIB); /* overheads are billed, but hold nothing */
        assert_near(b.bill.lake[i].objects, days[i] * 640);
    }
}

/* A million objects of 64 KiB a month: moving them costs $10, and each is billed as 128 KiB. */
static void small_objects_do_not_pay(void **state)
{
    struct bench b;
    prepare(&b, state, ", \"retention\": \"180d\"", "");
    land_daily(&b.m.tables[0], 1e6 / DAYS_A_MONTH * 64 * KIB, 64 * KIB);
    compute(&b);
    const double gib_a_day = 1e6 / DAYS_A_MONTH * 64 / 1048576;
    assert_near(b.bill.kind_usd[BILL_OBJECT_STORE], 180 * gib_a_day * 0.023);
    const double left_usd = b.bill.kind_usd[BILL_OBJECT_STORE];
    assert_cents(left_usd, 8.31);

    prepare(&b, state, ", \"retention\": \"180d\"" IA_OF_ANY_SIZE, "");
    land_daily(&b.m.tables[0], 1e6 / DAYS_A_MONTH * 64 * KIB, 64 * KIB);
    compute(&b);
    assert_near(usd_of(&b, "object storage, first 50 TB"), 30 * gib_a_day * 0.023);
    assert_near(usd_of(&b, "object storage, standard_ia"), 150 * 2 * gib_a_day * 0.0125);
    assert_near(usd_of(&b, "moves to standard_ia"), 10);
    const double moved_usd = b.bill.kind_usd[BILL_OBJECT_STORE];
    assert_cents(moved_usd, 18.91);
    assert_near(b.bill.lake[OBJECT_STANDARD_IA].bytes, 150 * gib_a_day * GIB); /* held, not billed */
    /* As object_move_worth has it for one object. */
    struct objectstore_terms terms;
    assert_null(objectstore_terms_load(b.s.prices, &terms));
    const struct object_move move =
        object_move_worth(&terms, OBJECT_STANDARD, OBJECT_STANDARD_IA, 64 * 1024, 150 * DAY, 0);
    assert_near(moved_usd - left_usd, -1e6 * move.saves_usd);
    const char *note = note_with(&b.bill, "Tiers of raw_events: standard_ia costs $10.6");
    assert_non_null(note);
    assert_non_null(strstr(note, "a month more than it saves: files of 64 KiB on average are billed as 128 KiB."));

    /* S3's own rule, and the default here, leaves them where they are. */
    prepare(&b, state, ", \"retention\": \"180d\"" IA_AFTER_30, "");
    land_daily(&b.m.tables[0], 1e6 / DAYS_A_MONTH * 64 * KIB, 64 * KIB);
    compute(&b);
    assert_near(b.bill.kind_usd[BILL_OBJECT_STORE], left_usd);
    assert_non_null(note_with(&b.bill, "standard_ia takes nothing: files have 64 KiB on average, and its min_size is 128 KiB"));
}

/* Kept for 40 days, moved after 30: ten days in a class that bills 30. */
static void early_deletion_does_not_pay(void **state)
{
    struct bench b;
    prepare(&b, state, ", \"retention\": \"40d\"", "");
    land_daily(&b.m.tables[0], 100 * GIB, 256 * MIB);
    compute(&b);
    const double left_usd = b.bill.kind_usd[BILL_OBJECT_STORE];
    assert_near(left_usd, 4000 * 0.023);
    prepare(&b, state, ", \"retention\": \"40d\"" IA_AFTER_30, "");
    land_daily(&b.m.tables[0], 100 * GIB, 256 * MIB);
    compute(&b);
    assert_line(&b, "object storage, standard_ia", 1000, "GiB-month", "aws.s3.ia.storage", 12.5);
    assert_line(&b, "early deletion, standard_ia", 2000, "GiB-month", "aws.s3.ia.storage", 25);
    assert_near(b.bill.kind_usd[BILL_OBJECT_STORE], 69 + 37.5 + 0.4 * DAYS_A_MONTH * 0.01);
    assert_near(b.bill.lake[OBJECT_STANDARD_IA].bytes, 1000 * GIB);
    struct objectstore_terms terms;
    assert_null(objectstore_terms_load(b.s.prices, &terms));
    const struct object_move move =
        object_move_worth(&terms, OBJECT_STANDARD, OBJECT_STANDARD_IA, 256 * 1024 * 1024, 10 * DAY, 0);
    assert_near(b.bill.kind_usd[BILL_OBJECT_STORE] - left_usd, -400 * DAYS_A_MONTH * move.saves_usd);
    const char *note = note_with(&b.bill, "standard_ia costs $14.6");
    assert_non_null(note);
    assert_non_null(strstr(note, "files stay in it for 10.0 days and are billed for 30."));
}

/* Volume's steps are over all tables together, and a tier is measured at what its bytes would cost at the margin. */
static void tables_share_the_steps(void **state)
{
    struct bench b;
    prepare(&b, state, ", \"retention\": \"100d\"" IA_AFTER_30,
            ", {\"name\": \"events\", \"from\": \"raw_events\", \"retention\": \"100d\"}");
    land_daily(&b.m.tables[0], 1024 * GIB, 256 * MIB);
    land_daily(&b.m.tables[1], 1024 * GIB, 256 * MIB);
    compute(&b);
    /* 30 + 100 TiB standard, 70 infrequent; without the tier 200 standard: 70 TiB more at the second step's price. */
    assert_line(&b, "object storage, first 50 TB", 51200, "GiB-month", "aws.s3.standard.storage.first50tb", 1177.6);
    assert_line(&b, "object storage, next 450 TB", 81920, "GiB-month", "aws.s3.standard.storage.next450tb", 1802.24);
    assert_line(&b, "object storage, standard_ia", 71680, "GiB-month", "aws.s3.ia.storage", 896);
    assert_near(usd_of(&b, "moves to standard_ia"), 4.096 * DAYS_A_MONTH * 0.01);
    /* 71,680 x (0.022 - 0.0125) - 1.2458 = 679.71 */
    assert_non_null(note_with(&b.bill, "Tiers of raw_events: standard_ia saves $680 a month."));
    assert_null(note_with(&b.bill, "Tiers of events"));
}

/* What compaction replaces is kept for `history`, and what it reads from a colder class is paid for. */
static void compaction_leaves_history(void **state)
{
    struct bench b;
    prepare(&b, state,
            ", \"retention\": \"180d\", \"history\": \"6d\", \"compaction\": {\"target\": \"512 MiB\"}" IA_AFTER_30, "");
    struct meters_table *table = &b.m.tables[0];
    land_daily(table, 100 * GIB, 256 * MIB);
    table->replaced_bytes.per_event = 150 * GIB / 86400;
    table->replaced_objects.per_hour = 50;
    table->put_requests.per_hour = 1000;
    table->get_requests.per_hour = 3000;
    table->read[OBJECT_STANDARD_IA].bytes.per_hour = 2 * GIB;
    table->read[OBJECT_STANDARD_IA].get_requests.per_hour = 500;
    /* 16 cores for six minutes of every hour are a tenth of one machine. */
    table->compaction_core_s.per_hour = 16 * 360;
    compute(&b);
    assert_near(usd_of(&b, "object storage, first 50 TB"), (3000 + 6 * 150) * 0.023);
    assert_near(b.bill.lake[OBJECT_STANDARD].objects, 30 * 400 + 50 * 24 * 6);
    assert_line(&b, "object store PUT requests", 730, "1k-requests", "aws.s3.standard.put", 3.65);
    assert_line(&b, "object store GET requests", 2190, "1k-requests", "aws.s3.standard.get", 0.876);
    assert_line(&b, "GET requests, standard_ia", 365, "1k-requests", "aws.s3.ia.get", 0.365);
    assert_line(&b, "retrieval, standard_ia", 1460, "GiB", "aws.s3.ia.retrieval", 14.6);
    assert_line(&b, "compaction of raw_events", 73, "instance-hour", "aws.ec2.ondemand.m7g.4xlarge", 73 * 0.6528);
    assert_null(line_of(&b.bill, "ETL of raw_events"));
    assert_near(b.bill.kind_usd[BILL_JOBS], 73 * 0.6528);
    assert_non_null(note_with(&b.bill, "Files of raw_events age from when compaction wrote them"));
    table->unsettled = true;
    compute(&b);
    assert_non_null(note_with(&b.bill, "No compaction of raw_events ended within the run"));
}

/* A copy of the price book, as it is or without one row. */
static struct pricebook *copy_book(const struct bench *b, const char *without)
{
    struct pricebook *book = ARENA_NEW(b->f->arena, struct pricebook, 1);
    struct price *prices = ARENA_NEW(b->f->arena, struct price, b->s.prices->prices_n);
    *book = *b->s.prices;
    book->prices = prices;
    book->prices_n = 0;
    for (size_t i = 0; i < b->s.prices->prices_n; i++)
        if (strcmp(b->s.prices->prices[i].id, without) != 0) prices[book->prices_n++] = b->s.prices->prices[i];
    return book;
}

static void prices_are_asked_for_beforehand(void **state)
{
    static const char *const needed[] = {
        "aws.s3.ia.storage",      "aws.s3.ia.get",           "aws.s3.ia.retrieval",
        "aws.s3.lifecycle.to-ia", "aws.s3.gfr.storage",      "aws.s3.lifecycle.to-gfr",
        "aws.s3.standard.put",    "aws.s3.standard.get",     "aws.s3.standard.storage.over500tb",
        "aws.ec2.ondemand.m7g.4xlarge",
    };
    struct bench b;
    prepare(&b, state,
            ", \"retention\": \"180d\", \"tiers\": [{\"after\": \"30d\", \"to\": \"standard_ia\"}, {\"after\": \"90d\", "
            "\"to\": \"glacier\", \"min_size\": \"5 GiB\"}]",
            ", {\"name\": \"events\", \"from\": \"raw_events\"}");
    assert_null(bill_price_missing(&b.s, b.s.prices, b.f->arena));
    for (size_t i = 0; i < COUNT_OF(needed); i++) {
        const char *reason = bill_price_missing(&b.s, copy_book(&b, needed[i]), b.f->arena);
        if (!reason || !strstr(reason, needed[i])) fail_msg("%s was not asked for", needed[i]);
    }
    /* No job, no machine; no tier, no class. */
    prepare(&b, state, "", "");
    assert_null(bill_price_missing(&b.s, copy_book(&b, "aws.ec2.ondemand.m7g.4xlarge"), b.f->arena));
    assert_null(bill_price_missing(&b.s, copy_book(&b, "aws.s3.ia.storage"), b.f->arena));
}

static void jobs_run_on_an_instance_of_the_price_book(void **state)
{
    struct fixture *f = *state;
    static const char curated[] = "{\"name\": \"raw_events\"}, {\"name\": \"events\", \"from\": \"raw_events\"}";
    const char *lake = arena_printf(f->arena, "\"lake\": {\"instance\": \"m7g.2xlarge\", \"tables\": [%s]}, \"faults\"", curated);
    const struct scenario *s = load_text(f, replaced(f, small_scenario, "\"faults\"", lake));
    assert_non_null(s);
    assert_int_equal(s->lake.instance_vcpu, 8);
    lake = arena_printf(f->arena, "\"lake\": {\"instance\": \"m7g.2xlage\", \"tables\": [%s]}, \"faults\"", curated);
    assert_null(load_text(f, replaced(f, small_scenario, "\"faults\"", lake)));
    assert_int_equal(diag_count(f->diag), 1);
    assert_string_equal(diag_get(f->diag, 0)->path, "lake.instance");
    assert_non_null(strstr(diag_get(f->diag, 0)->message, "did you mean \"m7g.2xlarge\"?"));
}

/* --- against a lake --- */

/* What one table did between two readings 730 hours apart, as meters. */
static void meter_lake(struct meters_table *table, const struct lake_reading *from, const struct lake_reading *to)
{
    const struct lake_counts *a = &from->counts, *c = &to->counts;
#define AN_HOUR(member) ((double)(c->member - a->member) / 730)
    table->object_bytes.per_hour = AN_HOUR(bytes_landed) - AN_HOUR(bytes_rewritten) + AN_HOUR(bytes_written);
    table->objects.per_hour = AN_HOUR(files_landed) - AN_HOUR(files_rewritten) + AN_HOUR(files_written);
    table->replaced_bytes.per_hour = AN_HOUR(bytes_rewritten);
    table->replaced_objects.per_hour = AN_HOUR(files_rewritten);
#undef AN_HOUR
    for (int i = 0; i < OBJECT_CLASSES; i++) {
        const struct lake_held *x = &from->held[i], *y = &to->held[i];
        const double gets = (double)(y->get_requests - x->get_requests) / 730;
        table->put_requests.per_hour += (double)(y->put_requests - x->put_requests) / 730;
        (i == OBJECT_STANDARD ? &table->get_requests : &table->read[i].get_requests)->per_hour += gets;
        table->read[i].bytes.per_hour += (double)(y->retrieved_bytes - x->retrieved_bytes) / 730;
    }
}

/* 410 days of a raw and a curated table with everything: the last month's dollars, second by second, are the bill's, but for
 * the half day that files wait for the lake's look at midnight. */
static void the_bill_of_a_simulated_lake(void **state)
{
    struct bench b;
    prepare(&b, state, ", \"retention\": \"90d\"" IA_AFTER_30,
            ", {\"name\": \"events\", \"from\": \"raw_events\", \"retention\": \"180d\", \"partition_by\": [\"date\", "
            "\"hour\", \"campaign_bucket\"], \"buckets\": 4, \"every\": \"15m\", \"tiers\": [{\"after\": \"30d\", \"to\": "
            "\"standard_ia\"}, {\"after\": \"90d\", \"to\": \"glacier_ir\"}], \"compaction\": {\"target\": \"512 MiB\", "
            "\"every\": \"30m\", \"min_input_files\": 2}}");
    const struct calibration *c = calibration_load(NULL, scenario_data_dir(b.f->arena, b.f->diag), b.f->arena, b.f->diag);
    assert_non_null(c);
    struct compact_rung rungs[COMPACT_LADDER_N]; /* 100 bytes a record as it comes, 90 sorted */
    for (int i = 0; i < COMPACT_LADDER_N; i++)
        rungs[i] = (struct compact_rung){.records = INT64_C(1) << 2 * i, .arrival_bytes = 100, .sorted_bytes = 90};
    const struct lake_options options = {.records = {.rungs = rungs, .row_bytes = 400}, .seed = 1};
    struct lake *lake = lake_new(&b.s, c, &options, b.f->arena);
    struct objectstore_terms terms;
    assert_null(objectstore_terms_load(b.s.prices, &terms));
    struct lake_reading before[2];
    double before_usd[2];
    for (sim_time at = 10 * MIN; at <= 410 * DAY; at += 10 * MIN) {
        lake_advance(lake, at);
        lake_file_landed(lake, 0, at, 40000000, 400000, 0, at - 10 * MIN, at);
        if (at != 410 * DAY - 730 * HOUR) continue;
        for (int t = 0; t < 2; t++) {
            before[t] = lake_reading(lake, t);
            before_usd[t] = lake_usd(lake, t, &terms);
        }
    }
    for (int t = 0; t < 2; t++) {
        const double lake_month_usd = lake_usd(lake, t, &terms) - before_usd[t];
        const struct lake_reading after = lake_reading(lake, t);
        meters_init(&b.m, &b.s); /* the other table holds nothing */
        meter_lake(&b.m.tables[t], &before[t], &after);
        compute(&b);
        const double ratio = b.bill.kind_usd[BILL_OBJECT_STORE] / lake_month_usd;
        if (!(ratio > 0.98 && ratio < 1))
            fail_msg("%s: the bill has $%.4f, the lake took $%.4f", b.m.tables[t].name, b.bill.kind_usd[BILL_OBJECT_STORE],
                     lake_month_usd);
        for (int i = 0; i < OBJECT_CLASSES; i++) {
            const double held = (after.held[i].byte_s - before[t].held[i].byte_s) / (730 * 3600);
            /* Files leave standard half a day late, and replaced ones are deleted so. */
            const double late_bytes = i == OBJECT_STANDARD ? 12 * (b.m.tables[t].object_bytes.per_hour +
                                                                   b.m.tables[t].replaced_bytes.per_hour)
                                                           : 0;
            if (fabs(b.bill.lake[i].bytes + late_bytes - held) > 0.005 * held)
                fail_msg("%s, %s: the bill has %.5g bytes and %.5g late, the lake held %.5g", b.m.tables[t].name,
                         objectstore_classes[i].name, b.bill.lake[i].bytes, late_bytes, held);
            assert_near(usd_of(&b, arena_printf(b.f->arena, "moves to %s", objectstore_classes[i].name)) > 0,
                        after.held[i].transitions > 0);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_month_at_steady_state),
        TEST(a_whole_lifecycle),
        TEST(small_objects_do_not_pay),
        TEST(early_deletion_does_not_pay),
        TEST(tables_share_the_steps),
        TEST(compaction_leaves_history),
        TEST(prices_are_asked_for_beforehand),
        TEST(jobs_run_on_an_instance_of_the_price_book),
        TEST(the_bill_of_a_simulated_lake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
