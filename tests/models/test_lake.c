/* test_lake.c: tables, commits, compaction, tiers and retention against what can be reckoned by hand.
 *
 * test_lake DAYS simulates one raw and one curated table for so many days, and prints how long that took. */
#include "scenario_fixture.h"

#include "calibration.h"
#include "compact.h"
#include "lake.h"
#include "prices.h"

#include <math.h>
#include <time.h>

#define S INT64_C(1000000000)
#define MIN (60 * S)
#define HOUR (3600 * S)
#define DAY (86400 * S)
enum { KIB = 1024, ROWS_BYTES = 90 };

/* Files of any size take 100 bytes a record as it comes, 90 sorted. */
static struct compact_rung rungs[COMPACT_LADDER_N];

struct seen {
    sim_time at[64];
    int64_t rows[64];
    int n;
    int64_t rows_all;
};

struct bench {
    struct fixture *f;
    struct scenario s;
    struct calibration c;
    struct lake_options options;
    struct seen seen;
};

static void note_visible(void *context, int table, sim_time visible, sim_time read_at, sim_time from, sim_time to,
                         int64_t rows)
{
    struct seen *seen = context;
    assert_true(from <= to && to <= read_at && read_at < visible && table >= 1);
    if (seen->n < 64) {
        seen->at[seen->n] = visible;
        seen->rows[seen->n++] = rows;
    }
    seen->rows_all += rows;
}

/* Table 0 is raw_events; `more` are members of it, `tables` further tables with a comma before each. */
static void prepare(struct bench *b, struct fixture *f, const char *more, const char *tables)
{
    const char *text = replaced(f, small_scenario, "\"objectives\"",
                                arena_printf(f->arena,
                                             "\"lake\": {\"tables\": [{\"name\": \"raw_events\"%s}%s]},\n  \"objectives\"",
                                             more, tables));
    const struct scenario *s = load_text(f, text);
    if (!s) diag_print(f->diag, stderr);
    assert_non_null(s);
    const struct calibration *c = calibration_load(NULL, scenario_data_dir(f->arena, f->diag), f->arena, f->diag);
    assert_non_null(c);
    *b = (struct bench){.f = f, .s = *s, .c = *c};
    /* Every request takes the same time, so that moments can be reckoned. */
    b->c.latency.object_put_p99_ns = b->c.latency.object_put_p50_ns = 50e6;
    b->c.latency.object_get_first_byte_p99_ns = b->c.latency.object_get_first_byte_p50_ns = 20e6;
    for (int i = 0; i < COMPACT_LADDER_N; i++)
        rungs[i] = (struct compact_rung){
            .records = INT64_C(1) << 2 * i, .arrival_bytes = 100, .sorted_bytes = ROWS_BYTES};
    b->options = (struct lake_options){.records = {.rungs = rungs, .row_bytes = 400}, .seed = 1};
}

static struct lake *make(struct bench *b)
{
    b->seen = (struct seen){.n = 0};
    b->options.visible = note_visible;
    b->options.context = &b->seen;
    return lake_new(&b->s, &b->c, &b->options, b->f->arena);
}

static int64_t rows_where(const struct lake *lake, int table, int date, int hour, int bucket, int *files)
{
    int64_t rows = 0;
    *files = 0;
    for (const struct lake_file *f = lake_first(lake, table); f; f = lake_next(lake, table, f)) {
        if ((date >= 0 && f->date != date) || (hour >= 0 && f->hour != hour) || (bucket >= 0 && f->bucket != bucket))
            continue;
        rows += f->rows;
        ++*files;
    }
    return rows;
}

#define CURATED(text) ", {\"name\": \"events\", \"from\": \"raw_events\", \"retention\": \"300d\", " text "}"
#define BY_ALL "\"partition_by\": [\"date\", \"hour\", \"campaign_bucket\"], \"buckets\": 4"

static void rows_go_where_they_belong(void **state)
{
    struct bench b;
    prepare(&b, *state, "", CURATED(BY_ALL ", \"every\": \"10m\""));
    struct lake *lake = make(&b);
    /* Produced evenly from 0:30 to 1:30: half of them belong to each hour, an eighth to each bucket of it. 100 are copies. */
    lake_file_landed(lake, 0, 95 * MIN, 123456, 1100, 100, 30 * MIN, 90 * MIN);
    lake_advance(lake, 95 * MIN);
    assert_null(lake_first(lake, 0));
    lake_advance(lake, 95 * MIN + 1);
    assert_int_equal(lake_first(lake, 0)->bytes, 123456);
    assert_int_equal(lake_first(lake, 0)->rows, 1100);
    assert_int_equal(lake_first(lake, 0)->bucket, LAKE_NOT_BY);
    assert_null(lake_first(lake, 1));
    lake_advance(lake, 101 * MIN);
    int files;
    assert_int_equal(rows_where(lake, 1, 0, -1, -1, &files), 1000);
    assert_int_equal(files, 8);
    for (int hour = 0; hour < 2; hour++)
        for (int bucket = 0; bucket < 4; bucket++) {
            assert_int_equal(rows_where(lake, 1, 0, hour, bucket, &files), 125);
            assert_int_equal(files, 1);
        }
    for (const struct lake_file *f = lake_first(lake, 1); f; f = lake_next(lake, 1, f)) {
        assert_int_equal(f->bytes, 125 * ROWS_BYTES);
        assert_true(f->min_event == (f->hour ? HOUR : 30 * MIN) && f->max_event == (f->hour ? 90 * MIN : HOUR - 1));
        assert_true(f->sorted && f->class == OBJECT_STANDARD && f->snapshot == 1);
        assert_true(f->created > 100 * MIN && f->created < 101 * MIN);
    }
    struct lake_counts raw = lake_counts(lake, 0), events = lake_counts(lake, 1);
    assert_int_equal(raw.rows, 1100);
    assert_int_equal(events.rows_landed, 1100);
    assert_int_equal(events.rows_duplicate, 100);
    assert_int_equal(events.rows, 1000);
    assert_int_equal(events.etl_runs, 1);
    assert_int_equal(events.commits, 1);
    assert_int_equal(b.seen.n, 1);
    assert_int_equal(b.seen.rows[0], 1000);
    /* One read, then the work on four cores, eight small writes at once, two reads and three writes of the commit. */
    double cpu_ns = 1100 * (b.c.event_decode_avro_ns + b.c.compact_merge_ns_per_record +
                            400 * (b.c.zstd_compress_ns_per_byte + b.c.zstd_decompress_ns_per_byte));
    const struct calibration_latency *l = &b.c.latency;
    double ns = 20e6 + 123456 / l->object_get_bytes_per_s * 1e9 + cpu_ns / 4 + 50e6 +
                125 * ROWS_BYTES / l->object_put_bytes_per_s * 1e9 +
                2 * (20e6 + 65536 / l->object_get_bytes_per_s * 1e9) + 3 * (50e6 + 65536 / l->object_put_bytes_per_s * 1e9);
    assert_true(fabs((double)(b.seen.at[0] - 100 * MIN) - ns) < 1000);
    assert_true(fabs(events.etl_cpu_s - cpu_ns * 1e-9) < 1e-12);
    assert_int_equal(lake_held(lake, 1, OBJECT_STANDARD).put_requests, 8 + 3);
    assert_int_equal(lake_held(lake, 1, OBJECT_STANDARD).get_requests, 2);
    assert_int_equal(lake_held(lake, 0, OBJECT_STANDARD).get_requests, 1);
}

static double a_quarter(void *context, int table, sim_time from, sim_time to)
{
    (void)context;
    assert_true(table >= 1 && from <= to);
    return table == 1 ? 0.25 : 0.75;
}

/* Whole rows, and what rounding keeps back comes later. */
static void a_share_of_the_rows(void **state)
{
    struct bench b;
    prepare(&b, *state, "", CURATED("\"every\": \"10m\", \"streams\": [\"clicks\"]")
                                ", {\"name\": \"rest\", \"from\": \"raw_events\", \"streams\": [\"views\"]}");
    b.options.share = a_quarter;
    struct lake *lake = make(&b);
    for (int i = 0; i < 10; i++) /* 70 rows, 10 of them copies */
        lake_file_landed(lake, 0, (i + 1) * MIN, 700, 7, 1, 0, i * MIN);
    lake_advance(lake, 5 * MIN + 1);
    assert_int_equal(lake_counts(lake, 1).rows_pending, 8); /* of 8.75 */
    lake_advance(lake, 30 * MIN);
    const struct lake_counts quarter = lake_counts(lake, 1), rest = lake_counts(lake, 2);
    assert_int_equal(quarter.rows_landed, 17);
    assert_int_equal(quarter.rows_duplicate, 2);
    assert_int_equal(quarter.rows, 15);
    assert_int_equal(rest.rows_landed, 52);
    assert_int_equal(rest.rows_duplicate, 7);
    assert_int_equal(lake_held(lake, 0, OBJECT_STANDARD).get_requests, 2 * 10); /* all files are read for either */
    const struct calibration *c = &b.c;
    const double cpu_s = 1e-9 * (70 * (c->event_decode_avro_ns + 400 * c->zstd_decompress_ns_per_byte) +
                                 17 * (c->compact_merge_ns_per_record + 400 * c->zstd_compress_ns_per_byte));
    assert_true(fabs(quarter.etl_cpu_s - cpu_s) < 1e-12);
}

/* The day begins where the run does, and dates before it are there as well. */
static void late_records_go_where_their_event_was(void **state)
{
    struct bench b;
    prepare(&b, *state, "", CURATED("\"partition_by\": [\"date\", \"hour\"]"));
    b.s.run.start_ns = 30 * MIN;
    sim_time late[LAKE_LATENESS_POINTS] = {0};
    late[15] = HOUR; /* a sixteenth is an hour late */
    b.options.records.lateness_ns = late;
    struct lake *lake = make(&b);
    lake_file_landed(lake, 0, 10 * MIN, 1000, 1600, 0, 0, 5 * MIN); /* 0:30 to 0:35; or 23:30 to 23:35 */
    lake_advance(lake, 20 * MIN);
    int files;
    assert_int_equal(rows_where(lake, 1, 0, 0, -1, &files), 1500);
    assert_int_equal(files, 1);
    const struct lake_file *first = lake_first(lake, 1);
    assert_int_equal(first->date, -1);
    assert_int_equal(first->hour, 23);
    assert_int_equal(first->rows, 100);
    assert_true(first->min_event == -HOUR && first->max_event == 5 * MIN - HOUR);
    assert_true(lake_first(lake, 0)->min_event == -HOUR && lake_first(lake, 0)->max_event == 5 * MIN);
}

/* Buckets have the shares that are given, and files no more than the target. */
static void shares_and_targets(void **state)
{
    struct bench b;
    prepare(&b, *state, "",
            CURATED("\"partition_by\": [\"campaign_bucket\"], \"buckets\": 2, \"compaction\": {\"target\": \"64 KiB\", "
                    "\"every\": \"1d\"}"));
    const double shares[] = {0.9, 0.1};
    b.options.bucket_shares[1] = shares;
    struct lake *lake = make(&b);
    lake_file_landed(lake, 0, MIN, 1000000, 10000, 0, 0, 0);
    lake_advance(lake, 16 * MIN);
    int files;
    assert_int_equal(rows_where(lake, 1, -1, -1, 0, &files), 9000);
    assert_int_equal(files, 13); /* 810,000 bytes in files of 65,536 */
    assert_int_equal(rows_where(lake, 1, -1, -1, 1, &files), 1000);
    assert_int_equal(files, 2);
    for (const struct lake_file *f = lake_first(lake, 1); f; f = lake_next(lake, 1, f))
        assert_true(f->bytes <= 64 * KIB && f->date == LAKE_NOT_BY && f->hour == LAKE_NOT_BY);
}

/* --- commits --- */

static void land_every(struct lake *lake, sim_time from, sim_time to, sim_time every, int64_t bytes, int64_t rows)
{
    for (sim_time at = from; at <= to; at += every) {
        lake_advance(lake, at);
        lake_file_landed(lake, 0, at, bytes, rows, 0, at - every < 0 ? 0 : at - every, at);
    }
}

#define SMALL_COMPACTION                                                                                     \
    "\"compaction\": {\"target\": \"1 MiB\", \"every\": \"1d\", \"min_input_files\": 2}"

/* The third ETL run commits at T. A compaction that begins at T sees it; one that began a nanosecond earlier conflicts, since
 * both touch the one partition, begins again, and commits. */
static void a_conflict_at_exactly_the_overlapping_moment(void **state)
{
    struct bench b;
    prepare(&b, *state, "", CURATED("\"every\": \"15m\", " SMALL_COMPACTION));
    struct lake *lake = make(&b);
    land_every(lake, 5 * MIN, 45 * MIN, 5 * MIN, 50000, 500);
    lake_advance(lake, 59 * MIN);
    const sim_time third = b.seen.at[8];
    assert_int_equal(b.seen.n, 9);
    assert_true(third > 45 * MIN && third < 46 * MIN);
    assert_int_equal(lake_counts(lake, 1).conflicts, 0);
    assert_int_equal(lake_counts(lake, 1).files, 3);
    for (int early = 0; early < 2; early++) {
        b.s.tables[1].compaction.every_ns = third - early;
        lake = make(&b);
        land_every(lake, 5 * MIN, 45 * MIN, 5 * MIN, 50000, 500);
        lake_advance(lake, 59 * MIN);
        const struct lake_counts counts = lake_counts(lake, 1);
        assert_true(b.seen.at[8] == third); /* the append is not disturbed */
        assert_int_equal(counts.conflicts, early);
        assert_int_equal(counts.commits, 4);
        assert_int_equal(counts.compactions, 1);
        assert_int_equal(counts.commits_failed, 0);
        assert_int_equal(counts.files_rewritten, early ? 2 : 3);
        assert_int_equal(counts.files, early ? 2 : 1);
        assert_int_equal(counts.rows, 4500);
        const struct lake_file *last = lake_first(lake, 1);
        while (lake_next(lake, 1, last))
            last = lake_next(lake, 1, last);
        assert_int_equal(last->snapshot, 4);
        assert_int_equal(last->rows, early ? 3000 : 4500);
    }
}

/* The same overlap, but the ETL run writes to another hour than those that are compacted. */
static void other_partitions_do_not_conflict(void **state)
{
    struct bench b;
    for (int same = 0; same < 2; same++) {
        prepare(&b, *state, "", CURATED("\"partition_by\": [\"date\", \"hour\"], \"every\": \"30m\", " SMALL_COMPACTION));
        b.s.tables[1].compaction.every_ns = 90 * MIN; /* with the third run, which is longer */
        b.s.tables[1].cores = 1;
        struct lake *lake = make(&b);
        land_every(lake, 10 * MIN, 50 * MIN, 10 * MIN, 50000, 500);
        lake_advance(lake, 80 * MIN);
        lake_file_landed(lake, 0, 80 * MIN, 500000, 5000, 0, same ? 50 * MIN : 60 * MIN, same ? 55 * MIN : 79 * MIN);
        lake_advance(lake, 119 * MIN);
        const struct lake_counts counts = lake_counts(lake, 1);
        assert_int_equal(counts.compactions, 1);
        assert_int_equal(counts.conflicts, same);
        assert_int_equal(counts.commits, 4);
        assert_int_equal(counts.files, 2);
    }
}

/* Midnight deletes what a long compaction reads: it gives up, and nothing of it is left. */
static void a_compaction_whose_files_are_gone(void **state)
{
    struct bench b;
    prepare(&b, *state, ", \"retention\": \"20d\"", CURATED("\"every\": \"15m\", " SMALL_COMPACTION));
    b.s.tables[1].retention_ns = 10 * DAY;
    b.s.tables[1].compaction.every_ns = 10 * DAY + HOUR + 30 * MIN;
    b.s.tables[1].compaction.cores = 1;
    b.c.compact_merge_ns_per_record = 30e9; /* 3,000 rows take more than a day */
    b.s.tables[1].cores = 1000;
    struct lake *lake = make(&b);
    b.s.tables[1].retention_ns = 10 * DAY;
    land_every(lake, HOUR, 2 * HOUR, 30 * MIN, 50000, 1000);
    lake_advance(lake, 12 * DAY);
    lake_file_landed(lake, 0, 12 * DAY, 50000, 70, 0, 12 * DAY - 5, 12 * DAY);
    lake_advance(lake, 15 * DAY);
    const struct lake_counts counts = lake_counts(lake, 1);
    assert_int_equal(counts.compactions, 0);
    assert_int_equal(counts.compactions_failed, 1);
    assert_int_equal(counts.conflicts, 1);
    assert_int_equal(counts.commits_failed, 1);
    assert_int_equal(counts.files_expired, 3);
    assert_int_equal(counts.rows_deleted, 3000);
    assert_int_equal(counts.rows, 70);
    assert_int_equal(counts.files_written, 0);
}

/* --- compaction --- */

static void assert_same_manifest(struct lake *one, struct lake *other, int table)
{
    const struct lake_file *b = lake_first(other, table);
    int n = 0;
    for (const struct lake_file *a = lake_first(one, table); a; a = lake_next(one, table, a), n++) {
        assert_non_null(b);
        if (a->bytes != b->bytes || a->rows != b->rows || a->min_event != b->min_event || a->max_event != b->max_event ||
            a->created != b->created || a->snapshot != b->snapshot || a->partition != b->partition)
            fail_msg("file %d differs: %lld rows in %lld bytes, %lld in %lld", n, (long long)a->rows, (long long)a->bytes,
                     (long long)b->rows, (long long)b->bytes);
        b = lake_next(other, table, b);
    }
    assert_null(b);
    assert_true(n > 10);
}

static void only_what_has_changed_need_be_planned(void **state)
{
    static const char *const strategies[] = {"binpack", "optimize", "auto-compact", "sort", "z-order", "clustering"};
    for (size_t i = 0; i < COUNT_OF(strategies); i++) {
        struct bench b;
        prepare(&b, *state, "",
                CURATED(BY_ALL ", \"compaction\": {\"target\": \"256 KiB\", \"every\": \"20m\"}, \"tiers\": [{\"after\": "
                               "\"1d\", \"to\": \"glacier\", \"min_size\": \"50 KiB\"}]"));
        b.s.tables[1].compaction.strategy = strategies[i];
        if (i == 2) b.s.tables[1].compaction.min_input_files = 3;
        if (i == 5) b.s.tables[1].compaction.target_bytes = 2 * 1024 * 1024; /* small is under 300/1024 of it */
        struct lake *lakes[2];
        for (int all = 0; all < 2; all++) {
            b.options.plan_everything = all;
            lakes[all] = make(&b);
            land_every(lakes[all], 5 * MIN, 3 * DAY, 5 * MIN, 150000, 1500);
        }
        const struct lake_counts some = lake_counts(lakes[0], 1), all = lake_counts(lakes[1], 1);
        assert_same_manifest(lakes[0], lakes[1], 1);
        assert_memory_equal(&some, &all, sizeof all);
        if (some.compactions <= 20) fail_msg("%s: %d compactions", strategies[i], (int)some.compactions);
    }
}

/* Bin packing comes to an end: what is left of a group stands in its last file, and is small alone. */
static void nothing_is_rewritten_for_ever(void **state)
{
    static const char *const targets[] = {"64 KiB", "100 KiB", "256 KiB", "700 KiB"};
    int64_t rewritten = 0;
    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        struct bench b;
        prepare(&b, *state, "",
                arena_printf(((struct fixture *)*state)->arena,
                             CURATED(BY_ALL ", \"compaction\": {\"target\": \"%s\", \"every\": \"20m\"}"), targets[i]));
        struct lake *lake = make(&b);
        land_every(lake, 5 * MIN, 6 * HOUR, 5 * MIN, 150000, 1500);
        lake_advance(lake, 8 * HOUR);
        const struct lake_counts then = lake_counts(lake, 1);
        lake_advance(lake, 2 * DAY);
        const struct lake_counts end = lake_counts(lake, 1);
        rewritten += then.files_rewritten;
        assert_int_equal(end.files_rewritten, then.files_rewritten);
        assert_int_equal(end.compactions, then.compactions);
    }
    assert_true(rewritten > 20);
}

/* Replaced files wait for the vacuum that finds them older than the history; what is held is the snapshot and those. A
 * request lists a thousand objects, and the job takes as long as its requests. */
static void a_vacuum_takes_what_is_old(void **state)
{
    struct bench b;
    prepare(&b, *state, "",
            CURATED(BY_ALL ", \"history\": \"2h\", \"compaction\": {\"target\": \"2 MiB\", \"every\": \"20m\", \"min_input_files\": 2}, "
                           "\"vacuum\": {\"every\": \"6h\"}"));
    struct lake *lake = make(&b);
    land_every(lake, 5 * MIN, 6 * HOUR - 5 * MIN, 5 * MIN, 150000, 1500);
    const struct lake_counts before = lake_counts(lake, 1);
    const int64_t held = lake_held(lake, 1, OBJECT_STANDARD).objects;
    assert_int_equal(before.vacuums, 0);
    assert_true(before.files_rewritten > 100);
    assert_int_equal(held, before.files + before.files_rewritten);
    lake_advance(lake, 6 * HOUR + 10 * MIN);
    const struct lake_counts after = lake_counts(lake, 1);
    assert_int_equal(after.vacuums, 1);
    assert_int_equal(after.vacuum_lists, (held + 999) / 1000);
    assert_true(after.vacuum_s > 0 && after.vacuum_s < 10);
    assert_true(after.files_vacuumed > before.files_rewritten / 3 && after.files_vacuumed < before.files_rewritten);
    assert_int_equal(lake_held(lake, 1, OBJECT_STANDARD).objects, after.files + after.files_rewritten - after.files_vacuumed);
    lake_advance(lake, 2 * DAY);
    const struct lake_counts end = lake_counts(lake, 1);
    assert_int_equal(end.vacuums, 7);
    assert_int_equal(end.files_vacuumed, end.files_rewritten);
    assert_int_equal(lake_held(lake, 1, OBJECT_STANDARD).objects, end.files);
    /* Without one they go at midnight, which was a day ago. */
    b.s.tables[1].vacuum.every_ns = 0;
    struct lake *other = make(&b);
    land_every(other, 5 * MIN, 6 * HOUR - 5 * MIN, 5 * MIN, 150000, 1500);
    lake_advance(other, 2 * DAY);
    const struct lake_counts same = lake_counts(other, 1);
    assert_int_equal(same.vacuums, 0);
    assert_int_equal(same.files_rewritten, end.files_rewritten);
    assert_int_equal(lake_held(other, 1, OBJECT_STANDARD).objects, same.files);
}

/* With compaction: fewer files, the same rows, its own requests and CPU, and what it replaced is kept for a while. */
static void compaction_on_and_off(void **state)
{
    struct bench b;
    struct lake_counts counts[2];
    for (int on = 0; on < 2; on++) {
        prepare(&b, *state, "",
                CURATED(BY_ALL ", \"history\": \"1d\", \"compaction\": {\"target\": \"16 MiB\", \"every\": \"2h\", "
                               "\"min_input_files\": 2}"));
        if (!on) b.s.tables[1].compaction.strategy = NULL;
        struct lake *lake = make(&b);
        land_every(lake, 5 * MIN, 3 * DAY, 5 * MIN, 150000, 1500);
        lake_advance(lake, 3 * DAY + 3 * HOUR);
        counts[on] = lake_counts(lake, 1);
        const struct lake_held held = lake_held(lake, 1, OBJECT_STANDARD);
        if (on) {
            /* Files replaced since the last midnight but one are kept: no more than two days' and no less than one's. */
            assert_true(held.objects - counts[1].files > 4 * 4 * 24 - 32 && held.objects - counts[1].files < 2 * 4 * 4 * 24);
            assert_true(held.get_requests >= counts[1].files_rewritten);
        } else {
            assert_int_equal(held.objects, counts[0].files);
            assert_int_equal(held.bytes, counts[0].bytes);
        }
    }
    assert_int_equal(counts[0].rows, 1500 * 12 * 72);
    assert_int_equal(counts[1].rows, counts[0].rows);
    assert_int_equal(counts[0].files, 4 * 4 * 72); /* four runs an hour, four buckets; the last at 0:00 is of the day before */
    assert_int_equal(counts[1].files, 4 * 72);
    assert_true(llabs(counts[1].bytes - counts[0].bytes) <= 4 * 4 * 72); /* sorted already: only rounding */
    assert_true(counts[1].compaction_cpu_s > 0 && counts[0].compaction_cpu_s == 0);
    assert_int_equal(counts[1].files_rewritten - counts[1].files_written, counts[0].files - counts[1].files);
}

/* Raw files, unsorted, shrink from 100 to 90 bytes a record when they are rewritten. */
static void compaction_of_a_raw_table(void **state)
{
    struct bench b;
    prepare(&b, *state, ", \"history\": \"0s\", \"compaction\": {\"target\": \"1 MiB\", \"every\": \"1h\"}", "");
    struct lake *lake = make(&b);
    land_every(lake, 5 * MIN, 55 * MIN, 5 * MIN, 10000, 100);
    lake_advance(lake, 2 * HOUR - 1);
    const struct lake_counts c = lake_counts(lake, 0);
    assert_int_equal(c.files, 1);
    assert_int_equal(c.rows, 1100);
    assert_int_equal(c.bytes, 99000);
    assert_int_equal(c.bytes_rewritten, 110000);
    assert_int_equal(lake_held(lake, 0, OBJECT_STANDARD).objects, 1);
    assert_int_equal(lake_held(lake, 0, OBJECT_STANDARD).bytes, 99000);
    const struct lake_file *f = lake_first(lake, 0);
    assert_true(f->sorted && f->min_event == 0 && f->max_event == 55 * MIN);
}

static void a_long_compaction_lets_others_wait(void **state)
{
    struct bench b;
    prepare(&b, *state, ", \"compaction\": {\"target\": \"1 MiB\", \"every\": \"1h\", \"cores\": 1}", "");
    b.c.compact_merge_ns_per_record = 5 * 3600e9 / 2 / 1000; /* 1,000 rows take two hours and a half */
    struct lake *lake = make(&b);
    land_every(lake, 5 * MIN, 50 * MIN, 5 * MIN, 10000, 100);
    lake_advance(lake, 4 * HOUR - 1);
    const struct lake_counts c = lake_counts(lake, 0);
    assert_int_equal(c.compactions_skipped, 2);
    assert_int_equal(c.compactions, 1);
    assert_true(c.compaction_s > 9000 && c.compaction_s < 9010);
    assert_true(c.compaction_cpu_s > 9000 && c.compaction_cpu_s < 9001);
}

/* --- age --- */

/* A file of 8 MB every six hours, kept for 20 days: what is held, second by second, summed up otherwise. */
static void storage_at_steady_state(void **state)
{
    struct bench b;
    const int64_t bytes = 8000000;
    prepare(&b, *state, ", \"retention\": \"20d\"", "");
    struct lake *lake = make(&b);
    land_every(lake, 6 * HOUR, 60 * DAY, 6 * HOUR, bytes, 1000);
    const struct lake_held before = lake_held(lake, 0, OBJECT_STANDARD);
    for (sim_time at = 60 * DAY + 6 * HOUR; at <= 70 * DAY; at += 6 * HOUR) {
        lake_advance(lake, at);
        lake_file_landed(lake, 0, at, bytes, 1000, 0, at - 6 * HOUR, at);
    }
    const struct lake_held after = lake_held(lake, 0, OBJECT_STANDARD);
    /* The file of 0:00 goes at 0:00 twenty days later, those of 6, 12 and 18 o'clock 18, 12 and 6 hours after their time. */
    double mean_files = 4 * 20 + (0 + 18 + 12 + 6) / 24.0;
    assert_true(fabs((after.byte_s - before.byte_s) / (10 * 86400.0) - mean_files * (double)bytes) < 1);
    assert_true(fabs((after.object_s - before.object_s) / (10 * 86400.0) - mean_files) < 1e-9);
    /* The rate times the retention, and a day's check at most. */
    assert_true(mean_files >= 80 && mean_files <= 84);
    /* By the price: 81.5 files of 8 MB for ten days. */
    struct objectstore_terms terms;
    assert_null(objectstore_terms_load(b.s.prices, &terms));
    double month_usd = (after.billed_byte_s - before.billed_byte_s) * terms.classes[OBJECT_STANDARD].storage_usd_per_byte_s *
                       (730.0 * 3600 / (10 * 86400.0));
    assert_true(fabs(month_usd - 81.5 * 8e6 / 1073741824.0 * 0.023) < 1e-9);
}

static void files_move_with_age(void **state)
{
    struct bench b;
    prepare(&b, *state,
            ", \"retention\": \"200d\", \"tiers\": [{\"after\": \"30d\", \"to\": \"standard_ia\"}, {\"after\": \"60d\", "
            "\"to\": \"glacier_ir\", \"min_size\": \"1 MiB\"}]",
            "");
    struct lake *lake = make(&b);
    static const int64_t sizes[] = {100 * KIB, 128 * KIB, 2048 * KIB};
    for (int i = 0; i < 3; i++)
        lake_file_landed(lake, 0, HOUR, sizes[i], 10, 0, 0, HOUR);
    lake_advance(lake, 31 * DAY); /* events before: the midnight of day 30 was too early by an hour */
    assert_int_equal(lake_held(lake, 0, OBJECT_STANDARD).objects, 3);
    lake_advance(lake, 31 * DAY + 1);
    assert_int_equal(lake_held(lake, 0, OBJECT_STANDARD).objects, 1);
    assert_int_equal(lake_held(lake, 0, OBJECT_STANDARD_IA).objects, 2);
    assert_int_equal(lake_held(lake, 0, OBJECT_STANDARD_IA).transitions, 2);
    lake_advance(lake, 61 * DAY + 1);
    struct lake_held ia = lake_held(lake, 0, OBJECT_STANDARD_IA), ir = lake_held(lake, 0, OBJECT_GLACIER_IR);
    assert_int_equal(ia.objects, 1);
    assert_int_equal(ir.objects, 1);
    assert_true(ia.early_byte_s == 0); /* thirty days exactly */
    assert_true(fabs(ia.byte_s - (2048.0 + 128) * KIB * 30 * 86400) < 3e6);
    /* Deleted at 200 days: the archive's 90 days are over, and all is as reckoned by object. */
    lake_advance(lake, 202 * DAY);
    ir = lake_held(lake, 0, OBJECT_GLACIER_IR);
    ia = lake_held(lake, 0, OBJECT_STANDARD_IA);
    assert_int_equal(lake_counts(lake, 0).files, 0);
    assert_int_equal(lake_counts(lake, 0).rows_deleted, 30);
    assert_int_equal(ir.objects + ia.objects + lake_held(lake, 0, OBJECT_STANDARD).objects, 0);
    assert_true(ir.early_byte_s == 0);
    struct objectstore_terms terms;
    assert_null(objectstore_terms_load(b.s.prices, &terms));
    const int64_t first = 31 * DAY - HOUR, rest = 170 * DAY, whole = 201 * DAY - HOUR;
    double usd = object_hold_usd(&terms, OBJECT_STANDARD, sizes[0], whole) +
                 object_hold_usd(&terms, OBJECT_STANDARD, sizes[1], first) +
                 object_hold_usd(&terms, OBJECT_STANDARD, sizes[2], first) +
                 object_hold_usd(&terms, OBJECT_STANDARD_IA, sizes[1], rest) +
                 object_hold_usd(&terms, OBJECT_STANDARD_IA, sizes[2], 30 * DAY) +
                 object_hold_usd(&terms, OBJECT_GLACIER_IR, sizes[2], 140 * DAY) + 2 * 0.01 / 1000 + 0.02 / 1000;
    assert_true(fabs(lake_usd(lake, 0, &terms) - usd) < 1e-9 * usd);
}

/* Small files moved, or files moved ten days before they go, cost more than if they had been left; large ones that stay, less. */
static void tiers_that_cost_more_than_they_save(void **state)
{
    static const struct {
        int64_t bytes;
        const char *retention;
        bool saves;
    } cases[] = {{10 * KIB, "300d", false}, {8192 * KIB, "35d", false}, {8192 * KIB, "300d", true}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        double usd[2];
        for (int tiers = 0; tiers < 2; tiers++) {
            struct bench b;
            prepare(&b, *state,
                    arena_printf(((struct fixture *)*state)->arena, ", \"retention\": \"%s\"%s", cases[i].retention,
                                 tiers ? ", \"tiers\": [{\"after\": \"30d\", \"to\": \"standard_ia\", \"min_size\": \"0 B\"}]"
                                       : ""),
                    "");
            struct lake *lake = make(&b);
            land_every(lake, HOUR, 10 * DAY, HOUR, cases[i].bytes, 10);
            lake_advance(lake, 330 * DAY);
            assert_int_equal(lake_counts(lake, 0).files, 0);
            assert_int_equal(lake_held(lake, 0, OBJECT_STANDARD_IA).transitions, tiers ? 240 : 0);
            struct objectstore_terms terms;
            assert_null(objectstore_terms_load(b.s.prices, &terms));
            usd[tiers] = lake_usd(lake, 0, &terms);
        }
        if ((usd[1] < usd[0]) != cases[i].saves) fail_msg("case %zu: $%g with tiers, $%g without", i, usd[1], usd[0]);
    }
}

/* --- a long life --- */

static struct lake *live(struct bench *b, int days)
{
    prepare(b, b->f, ", \"retention\": \"90d\", \"tiers\": [{\"after\": \"30d\", \"to\": \"standard_ia\"}]",
            ", {\"name\": \"events\", \"from\": \"raw_events\", \"retention\": \"180d\", " BY_ALL
            ", \"every\": \"15m\", \"tiers\": [{\"after\": \"30d\", \"to\": \"standard_ia\"}, {\"after\": \"90d\", \"to\": "
            "\"glacier_ir\"}], \"compaction\": {\"target\": \"512 MiB\", \"every\": \"30m\", \"min_input_files\": 2}}");
    struct lake *lake = make(b);
    land_every(lake, 5 * MIN, days * DAY, 5 * MIN, 20000000, 200000);
    return lake;
}

/* Everything together: rows are where they should be, and a second life is the same. */
static void a_life_is_exact_and_repeats(void **state)
{
    struct bench b = {.f = *state};
    struct lake *one = live(&b, 40);
    const int64_t visible = b.seen.rows_all;
    struct lake *other = live(&b, 40);
    assert_same_manifest(one, other, 0);
    assert_same_manifest(one, other, 1);
    int64_t rows = 0, bytes = 0, files = 0, by_class[OBJECT_CLASSES] = {0};
    for (const struct lake_file *f = lake_first(one, 1); f; f = lake_next(one, 1, f)) {
        rows += f->rows;
        bytes += f->bytes;
        files++;
        by_class[f->class]++;
        assert_true(f->max_event >= f->min_event && f->max_event - f->min_event < HOUR);
        assert_int_equal(f->date * 24 + f->hour, f->max_event / HOUR);
    }
    const struct lake_counts counts = lake_counts(one, 1);
    assert_int_equal(counts.rows, rows);
    assert_int_equal(counts.bytes, bytes);
    assert_int_equal(counts.files, files);
    assert_int_equal(counts.rows_landed, 200000LL * 12 * 24 * 40 - 200000);
    assert_int_equal(visible, counts.rows);
    /* The last look was on the 39th midnight, at files of nine days; those of its last hour were compacted after 0:00. */
    assert_int_equal(by_class[OBJECT_STANDARD_IA], 9 * 24 * 4 - 4);
    assert_true(files < 4 * 24 * 40 + 4 * 8); /* one a partition, and those of the last hour */
}

static int measure(int days)
{
    struct bench b;
    void *state;
    if (set_up(&state)) return 1;
    b.f = state;
    const clock_t start = clock();
    struct lake *lake = live(&b, days);
    const double s = (double)(clock() - start) / CLOCKS_PER_SEC;
    for (int i = 0; i < 2; i++) {
        const struct lake_counts c = lake_counts(lake, i);
        printf("%-10s %lld files, peak %lld, %lld rows, %lld landed, %lld expired, %lld compactions, %lld rewritten, "
               "%lld conflicts\n",
               b.s.tables[i].name, (long long)c.files, (long long)c.peak_files, (long long)c.rows,
               (long long)c.files_landed, (long long)c.files_expired, (long long)c.compactions,
               (long long)c.files_rewritten, (long long)c.conflicts);
    }
    printf("%d days: %.2f s of processor time\n", days, s);
    return tear_down(&state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
    if (argc > 1) return measure(atoi(argv[1]));
    const struct CMUnitTest tests[] = {
        TEST(rows_go_where_they_belong),
        TEST(a_share_of_the_rows),
        TEST(late_records_go_where_their_event_was),
        TEST(shares_and_targets),
        TEST(a_conflict_at_exactly_the_overlapping_moment),
        TEST(other_partitions_do_not_conflict),
        TEST(a_compaction_whose_files_are_gone),
        TEST(only_what_has_changed_need_be_planned),
        TEST(nothing_is_rewritten_for_ever),
        TEST(a_vacuum_takes_what_is_old),
        TEST(compaction_on_and_off),
        TEST(compaction_of_a_raw_table),
        TEST(a_long_compaction_lets_others_wait),
        TEST(storage_at_steady_state),
        TEST(files_move_with_age),
        TEST(tiers_that_cost_more_than_they_save),
        TEST(a_life_is_exact_and_repeats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
