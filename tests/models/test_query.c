/* test_query.c: queries against what can be reckoned by hand: rounds of splits over slots, files kept by
 * pruning, requests, the request limit, queues, and the same result however the time is cut. */
#include "scenario_fixture.h"

#include "calibration.h"
#include "objectstore.h"
#include "query.h"
#include "rate.h"
#include "rng.h"

#include <math.h>

enum { KIB = 1024, MIB = 1024 * 1024 };

/* An object store that answers in 30 ms, always, and 50 MiB/s after that. */
static const struct calibration_latency steady = {
    .object_put_p50_ns = 30e6,
    .object_put_p99_ns = 30e6,
    .object_get_first_byte_p50_ns = 30e6,
    .object_get_first_byte_p99_ns = 30e6,
    .object_put_bytes_per_s = 50.0 * MIB,
    .object_get_bytes_per_s = 50.0 * MIB,
};

static const struct calibration_query_engine engine = {
    .plan_ns = 100e6,
    .coordinator_query_ns = 10e6,
    .coordinator_split_ns = 1e6,
    .split_ns = 5e6,
    .scan_byte_ns = 10,
    .split_bytes = 64.0 * MIB,
    .small_file_bytes = 3.0 * MIB,
    .footer_bytes = 48.0 * KIB,
    .read_max_bytes = 8.0 * MIB,
    .read_merge_bytes = 1.0 * MIB,
};

static void assert_close(double found, double expected, double error)
{
    if (!(fabs(found - expected) <= error)) fail_msg("%.9g, expected %.9g within %g", found, expected, error);
}

static const struct rate_curve *constant(struct fixture *f, double per_s)
{
    struct scenario_rate rate = {.kind = RATE_CONSTANT, .peak_per_s = per_s, .of = -1};
    return rate_curve(&rate, 0, f->arena);
}

static struct query_class a_class(struct fixture *f, const char *name, double per_s)
{
    return (struct query_class){
        .name = name, .rate = constant(f, per_s), .columns = 10, .columns_total = 10, .cpu_factor = 1};
}

static struct query_options options_of(const struct query_class *classes, int n)
{
    return (struct query_options){
        .classes = classes,
        .classes_n = n,
        .workers = 2,
        .vcpus = 4,
        .coordinator_vcpus = 2,
        .concurrent = 100,
        .name = "engine",
        .tables = 1,
        .prefixes = 1,
        .arrivals_until = SIM_NEVER,
        .seed = 7,
    };
}

static struct query_file *same_files(struct fixture *f, int64_t n, int64_t bytes)
{
    struct query_file *files = ARENA_NEW(f->arena, struct query_file, (size_t)n);
    for (int64_t i = 0; i < n; i++)
        files[i] =
            (struct query_file){.bytes = bytes, .rows = 1, .min_event = -1, .max_event = -1, .bucket = -1};
    return files;
}

static void run_on(struct query *q, const struct query_file *files, int64_t n, sim_time until)
{
    const struct query_table table = {.files = files, .n = n};
    query_run_until(q, &table, until);
}

/* About a hundred queries so far apart that none meets another. */
static struct query_result *lonely(struct fixture *f, const struct calibration_query_engine *e,
                                   const struct query_class *c, int vcpus, const struct query_file *files,
                                   int64_t n)
{
    struct query_class rare = *c;
    rare.rate = constant(f, 1e-6);
    struct query_options options = options_of(&rare, 1);
    options.vcpus = vcpus;
    options.arrivals_until = 100000000 * SIM_S;
    options.prefixes = 8;
    struct query *q = query_new(&options, e, &steady, f->arena);
    run_on(q, files, n, SIM_NEVER);
    struct query_result *r = query_result(q, 0);
    assert_true(r->arrived > 60 && r->arrived < 140);
    assert_int_equal(r->completed, r->arrived);
    assert_int_equal(r->files_read, r->arrived * n);
    return r;
}

static void assert_all_take(struct query_result *r, double seconds)
{
    assert_close(histogram_min(&r->latency_s), seconds, 1e-6);
    assert_close(histogram_max(&r->latency_s), seconds, 1e-6);
}

/* N files of S bytes by W slots: ceil(N / W) rounds, after the planning. */
static void files_by_workers(void **state)
{
    struct fixture *f = *state;
    const struct query_class c = a_class(f, "all", 1);
    const double s = 0.030 + 48.0 / 1024 / 50 + 4 * (0.030 + 8.0 / 50) + 0.005 + 32.0 * MIB * 10e-9;
    struct query_result *r = lonely(f, &engine, &c, 4, same_files(f, 40, 32 * MIB), 40);
    assert_all_take(r, 0.010 + 40 * 0.001 + 0.100 + 5 * s);
    assert_int_equal(r->splits, 40 * r->arrived);
    assert_int_equal(r->get_requests, 40 * 5 * r->arrived);
    assert_true(r->bytes_scanned == 40.0 * 32 * MIB * (double)r->arrived);
    assert_true(r->bytes_read == 40.0 * (32 * MIB + 48 * KIB) * (double)r->arrived);
    assert_close(r->cpu_s, 40 * (0.005 + 32.0 * MIB * 10e-9) * (double)r->arrived, 1e-6);
    assert_close(r->slot_s, 40 * s * (double)r->arrived, 1e-3);
    assert_close(r->coordinator_cpu_s, 0.050 * (double)r->arrived, 1e-6);
    assert_true(histogram_max(&r->queue_wait_s) == 0);
    /* One file more is a round more; twice the cores are 3 rounds of 16. */
    r = lonely(f, &engine, &c, 4, same_files(f, 41, 32 * MIB), 41);
    assert_all_take(r, 0.010 + 41 * 0.001 + 0.100 + 6 * s);
    r = lonely(f, &engine, &c, 8, same_files(f, 40, 32 * MIB), 40);
    assert_all_take(r, 0.010 + 40 * 0.001 + 0.100 + 3 * s);
    /* Nothing to read: planning alone. */
    r = lonely(f, &engine, &c, 4, NULL, 0);
    assert_all_take(r, 0.110);
    assert_int_equal(r->get_requests, 0);
    /* An empty file is opened all the same. */
    r = lonely(f, &engine, &c, 4, same_files(f, 1, 0), 1);
    assert_all_take(r, 0.010 + 0.001 + 0.100 + 0.030 + 0.005);
}

static void what_a_split_reads(void **state)
{
    struct fixture *f = *state;
    struct query_class c = a_class(f, "two", 1);
    c.columns = 2;
    c.cpu_factor = 3;
    struct query_split s = query_split_of(&engine, &c, 160 * MIB, 64 * MIB);
    assert_int_equal(s.footer_gets, 1);
    assert_int_equal(s.data_gets, 2); /* 6.4 MiB each, apart */
    assert_close(s.data_bytes_each, 6.4 * MIB, 1);
    assert_close(s.scanned_bytes, 12.8 * MIB, 1);
    assert_close(s.cpu_ns, 5e6 + 3 * 10 * 12.8 * MIB, 10);
    /* Chunks of 0.8 MiB are read together. */
    s = query_split_of(&engine, &c, 8 * MIB, 8 * MIB);
    assert_int_equal(s.data_gets, 1);
    assert_close(s.data_bytes_each, 1.6 * MIB, 1);
    /* A small file is read whole, and two of its columns scanned; a byte more has a footer. */
    s = query_split_of(&engine, &c, 3 * MIB, 3 * MIB);
    assert_int_equal(s.footer_gets, 0);
    assert_int_equal(s.data_gets, 1);
    assert_true(s.data_bytes_each == 3.0 * MIB);
    assert_close(s.scanned_bytes, 0.6 * MIB, 1);
    assert_int_equal(query_split_of(&engine, &c, 3 * MIB + 1, 3 * MIB + 1).footer_gets, 1);
    /* A chunk above read.max is several. */
    c.columns_total = 4;
    assert_int_equal(query_split_of(&engine, &c, 64 * MIB, 64 * MIB).data_gets, 4);

    /* 160 MiB are three splits: 64, 64, 32. On one slot one after the other. */
    c = a_class(f, "one", 1);
    struct query_result *r = lonely(f, &engine, &c, 4, same_files(f, 1, 160 * MIB), 1);
    assert_int_equal(r->splits, 3 * r->arrived);
    assert_int_equal(r->get_requests, (9 + 9 + 5) * r->arrived);
    /* The longest of the three is the query. */
    assert_all_take(r,
                    0.113 + 0.030 + 48.0 / 1024 / 50 + 8 * (0.030 + 8.0 / 50) + 0.005 + 64.0 * MIB * 10e-9);
    assert_true(r->bytes_scanned == 160.0 * MIB * (double)r->arrived);
}

/* The same bytes in twice the files: what is opened twice as often is what it costs more, to the microsecond.
 */
static void small_files_cost_opens(void **state)
{
    struct fixture *f = *state;
    const struct query_class c = a_class(f, "all", 1);
    struct query_result *few = lonely(f, &engine, &c, 4, same_files(f, 128, 2 * MIB), 128);
    struct query_result *many = lonely(f, &engine, &c, 4, same_files(f, 256, MIB), 256);
    assert_int_equal(many->get_requests, 2 * few->get_requests);
    assert_true(many->bytes_scanned == few->bytes_scanned);
    const double more = 16 * (0.030 + 0.005) + 128 * 0.001;
    assert_close(histogram_mean(&many->latency_s) - histogram_mean(&few->latency_s), more, 1e-6);
    assert_all_take(few, 0.110 + 0.128 + 16 * (0.030 + 0.040 + 0.005 + 2.0 * MIB * 10e-9));
}

/* Hourly files of 8 buckets; a window of three hours meets four hours, and a bucket one file of each. */
static void pruning_reads_what_overlaps(void **state)
{
    struct fixture *f = *state;
    enum { HOURS = 24, BUCKETS = 8, N = HOURS * BUCKETS };
    struct query_file files[N];
    for (int h = 0; h < HOURS; h++)
        for (int b = 0; b < BUCKETS; b++)
            files[h * BUCKETS + b] = (struct query_file){.bytes = MIB,
                                                         .rows = INT64_C(1) << h,
                                                         .min_event = h * SIM_H,
                                                         .max_event = (h + 1) * SIM_H - 1,
                                                         .bucket = b};
    static const double shares[BUCKETS] = {0, 0, 0, 1};
    struct query_class classes[] = {a_class(f, "window", 0.01), a_class(f, "bucket", 0.01),
                                    a_class(f, "all", 0.01)};
    classes[0].window = classes[1].window = 3 * SIM_H;
    classes[1].buckets = BUCKETS;
    classes[1].bucket_shares = shares;
    struct query_options options = options_of(classes, 3);
    struct query *q = query_new(&options, &engine, &steady, f->arena);
    int64_t rows[3] = {0}, read[3] = {0}, planned[3] = {0};
    for (int h = 0; h < HOURS; h++) {
        run_on(q, files, N, (h + 1) * SIM_H);
        for (int c = 0; c < 3; c++) {
            const struct query_result *r = query_result(q, c);
            const int64_t queries = r->queries_planned - planned[c];
            assert_true(queries > 5);
            const int first = c == 2 || h < 3 ? 0 : h - 3;
            const int64_t hours = h - first + 1, each = c == 1 ? 1 : BUCKETS;
            const int64_t bits = (INT64_C(1) << (h + 1)) - (INT64_C(1) << first);
            assert_int_equal(r->files_read - read[c], queries * hours * each);
            assert_int_equal(r->rows_read - rows[c], queries * bits * each);
            rows[c] = r->rows_read, read[c] = r->files_read, planned[c] = r->queries_planned;
        }
    }
    for (int c = 0; c < 3; c++)
        assert_int_equal(query_result(q, c)->files_considered, N * planned[c]);

    /* Of another bucket there is nothing; a file without one may hold any. */
    struct query_class absent = classes[1];
    static const double last[BUCKETS] = {0, 0, 0, 0, 0, 0, 0, 1};
    absent.bucket_shares = last;
    absent.window = 0;
    struct query_file two[] = {files[0], files[1]};
    two[1].bucket = -1;
    two[0].min_event = two[1].min_event = two[0].max_event = two[1].max_event = -1;
    options = options_of(&absent, 1);
    q = query_new(&options, &engine, &steady, f->arena);
    run_on(q, two, 2, SIM_H);
    assert_true(query_result(q, 0)->files_read > 0);
    assert_int_equal(query_result(q, 0)->files_read, query_result(q, 0)->queries_planned);
    /* Buckets are drawn evenly without shares: an eighth wants the one that is there. */
    absent.bucket_shares = NULL;
    q = query_new(&options, &engine, &steady, f->arena);
    run_on(q, two, 1, 1000 * SIM_H);
    const struct query_result *r = query_result(q, 0);
    const double n = (double)r->queries_planned;
    assert_close((double)r->files_read, n / 8, 4 * sqrt(n * 7 / 64));
}

/* 60,000 small files of a prefix: whatever the slots, 5,500 a second after the first 5,500. */
static void the_request_limit_is_a_floor(void **state)
{
    struct fixture *f = *state;
    struct calibration_query_engine e = engine;
    e.coordinator_split_ns = 0;
    struct query_class c = a_class(f, "all", 1e-4);
    struct query_options options = options_of(&c, 1);
    options.workers = 16;
    options.vcpus = 64;
    options.prefixes = 8;
    options.arrivals_until = 20000 * SIM_S;
    struct query_file *files = same_files(f, 60000, 4 * KIB);
    struct query *q = query_new(&options, &e, &steady, f->arena);
    run_on(q, files, 60000, SIM_NEVER);
    struct query_result *r = query_result(q, 0);
    assert_true(r->completed > 0);
    assert_int_equal(r->get_requests, 60000 * r->completed);
    assert_true(r->get_refused > 1000);
    const double floor_s = (60000 - OBJECTSTORE_READS_PER_S) / OBJECTSTORE_READS_PER_S;
    assert_true(histogram_min(&r->latency_s) >= 0.110 + floor_s);
    /* A request belongs to its split, so the last ones' back-off, up to 20 s, comes on top. */
    assert_true(histogram_max(&r->latency_s) < 0.110 + floor_s + 20);
    /* Spread over eight prefixes it is the slots again: 59 rounds of 35 ms. */
    for (int i = 0; i < 60000; i++)
        files[i].prefix = (int16_t)(i % 8);
    q = query_new(&options, &e, &steady, f->arena);
    run_on(q, files, 60000, SIM_NEVER);
    r = query_result(q, 0);
    assert_int_equal(r->get_refused, 0);
    assert_close(histogram_min(&r->latency_s), 0.110 + 59 * (0.035 + 4.0 * KIB * 10e-9 + 4.0 / 1024 / 50),
                 0.001);
}

/* A slot and a service of 100 ms: M/D/1, whose mean wait is rho / (1 - rho) / 2 services (Pollaczek,
 * Khinchine). */
static void waits_as_theory_says(void **state)
{
    struct fixture *f = *state;
    struct calibration_query_engine e = {
        .split_ns = 70e6, .split_bytes = MIB, .small_file_bytes = MIB, .read_max_bytes = MIB};
    struct query_file *file = same_files(f, 1, 0);
    static const struct {
        double per_s;
        int concurrent;
        double wait_s;
    } cases[] = {{0.01, 100, 0.0000500}, {5, 100, 0.050}, {8, 1000, 0.200}, {8, 1, 0.200}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct query_class c = a_class(f, "one", cases[i].per_s);
        struct query_options options = options_of(&c, 1);
        options.workers = options.vcpus = 1;
        options.concurrent = cases[i].concurrent;
        const double length_s = 200000 / cases[i].per_s;
        options.arrivals_until = (sim_time)(length_s * 1e9);
        struct query *q = query_new(&options, &e, &steady, f->arena);
        run_on(q, file, 1, SIM_NEVER);
        struct query_result *r = query_result(q, 0);
        assert_close((double)r->arrived, 200000, 4 * sqrt(200000));
        assert_int_equal(r->completed, r->arrived);
        assert_close(histogram_mean(&r->queue_wait_s), cases[i].wait_s,
                     i == 0 ? 0.00002 : 0.04 * cases[i].wait_s);
        assert_close(histogram_mean(&r->latency_s), 0.1 + histogram_mean(&r->queue_wait_s), 1e-6);
        assert_close(r->slot_s, 0.1 * (double)r->completed, 1e-3);
        assert_close(r->cpu_s, 0.07 * (double)r->completed, 1e-3);
    }
}

static void overload_is_refused_and_counted(void **state)
{
    struct fixture *f = *state;
    struct query_class c = a_class(f, "all", 20);
    struct query_options options = options_of(&c, 1);
    options.workers = options.vcpus = 1;
    options.arrivals_until = 2000 * SIM_S;
    struct query_file *files = same_files(f, 2, MIB);
    struct query *q = query_new(&options, &engine, &steady, f->arena);
    run_on(q, files, 2, 2000 * SIM_S);
    struct query_result *r = query_result(q, 0);
    assert_true(r->refused > 10000);
    /* The line and those admitted are full, but for what has just left. */
    assert_true(r->unfinished > QUERY_WAITING_MAX + 90 && r->unfinished <= QUERY_WAITING_MAX + 100);
    assert_true(r->slot_s > 1990 && r->slot_s < 2000); /* always at work */
    const int64_t refused = r->refused;
    run_on(q, files, 2, SIM_NEVER);
    assert_int_equal(r->unfinished, 0);
    assert_int_equal(r->refused, refused);
    assert_int_equal(r->get_requests, 2 * r->completed);
}

/* A dashboard asks while everything is scanned: it waits for a slot, not for the scan. */
static void queries_share_the_slots(void **state)
{
    struct fixture *f = *state;
    struct query_class classes[] = {a_class(f, "dashboard", 0.02), a_class(f, "adhoc", 1.0 / 600)};
    classes[0].window = SIM_H;
    struct query_file *files = same_files(f, 401, 64 * MIB);
    for (int i = 0; i < 401; i++)
        files[i].min_event = files[i].max_event = i == 0 ? -1 : -1000 * SIM_H;
    files[0].max_event = 1000 * SIM_H;
    struct query_options options = options_of(classes, 2);
    options.workers = 1;
    options.arrivals_until = 100 * SIM_H;
    struct query *q = query_new(&options, &engine, &steady, f->arena);
    run_on(q, files, 401, SIM_NEVER);
    struct query_result *dashboard = query_result(q, 0), *adhoc = query_result(q, 1);
    const double s = 0.030 + 48.0 / 1024 / 50 + 8 * (0.030 + 8.0 / 50) + 0.005 + 64.0 * MIB * 10e-9;
    assert_true(adhoc->completed > 400 && dashboard->completed > 5000);
    assert_true(histogram_min(&adhoc->latency_s) >= 101 * s);
    assert_true(histogram_quantile(&dashboard->queue_wait_s, 0.999) < 1.01 * s);
    assert_true(histogram_mean(&dashboard->queue_wait_s) > 0.01 * s);
}

static void same_however_the_time_is_cut(void **state)
{
    struct fixture *f = *state;
    const struct calibration *calibration =
        calibration_load(NULL, scenario_data_dir(f->arena, f->diag), f->arena, f->diag);
    assert_non_null(calibration);
    struct query_class classes[] = {a_class(f, "dashboard", 0.3), a_class(f, "adhoc", 0.01)};
    classes[0].columns = 2;
    classes[0].buckets = 4;
    struct query_file *files = same_files(f, 300, 20 * MIB);
    for (int i = 0; i < 300; i++)
        files[i].bucket = i % 4;
    struct query_options options = options_of(classes, 2);
    struct query *q[3];
    for (int i = 0; i < 3; i++) {
        options.seed = i == 2 ? 8 : 7;
        q[i] = query_new(&options, &calibration->presto, &calibration->latency, f->arena);
    }
    run_on(q[0], files, 300, 4000 * SIM_S);
    run_on(q[2], files, 300, 4000 * SIM_S);
    for (sim_time t = 0; t < 4000 * SIM_S; t += 7 * SIM_S + 13)
        run_on(q[1], files, 300, t);
    run_on(q[1], files, 300, 4000 * SIM_S);
    for (int c = 0; c < 2; c++) {
        struct query_result *a = query_result(q[0], c), *b = query_result(q[1], c),
                            *other = query_result(q[2], c);
        assert_true(a->completed > 10);
        assert_memory_equal(a, b, offsetof(struct query_result, latency_s));
        assert_true(memcmp(a, other, offsetof(struct query_result, latency_s)) != 0);
        assert_true(histogram_mean(&a->latency_s) == histogram_mean(&b->latency_s));
        assert_true(histogram_quantile(&a->latency_s, 0.95) == histogram_quantile(&b->latency_s, 0.95));
        assert_true(histogram_mean(&a->latency_s) != histogram_mean(&other->latency_s));
    }
    /* Another class beside it draws from streams of its own: as many dashboards ask as before. */
    options.seed = 7;
    options.classes_n = 1;
    struct query *alone = query_new(&options, &calibration->presto, &calibration->latency, f->arena);
    run_on(alone, files, 300, 4000 * SIM_S);
    assert_int_equal(query_result(alone, 0)->arrived, query_result(q[0], 0)->arrived);
}

/* Twelve hours without a query, twelve at 0.1/s, every day; and what comes before the measurement is not
 * counted. */
static void arrivals_follow_the_day(void **state)
{
    struct fixture *f = *state;
    double points[24];
    for (int h = 0; h < 24; h++)
        points[h] = h < 12 ? 0 : 1;
    struct scenario_rate rate = {
        .kind = RATE_PROFILE, .peak_per_s = 0.1, .of = -1, .points = points, .points_n = 24, .step_s = 3600};
    struct query_class c = a_class(f, "day", 1);
    c.rate = rate_curve(&rate, 0, f->arena);
    struct query_options options = options_of(&c, 1);
    struct query *q = query_new(&options, &engine, &steady, f->arena);
    options.measure_from = 36 * SIM_H;
    struct query *later = query_new(&options, &engine, &steady, f->arena);
    int64_t before = 0, night = 0, first_day = 0;
    for (int h = 0; h < 240; h++) {
        run_on(q, NULL, 0, (h + 1) * SIM_H);
        const int64_t arrived = query_result(q, 0)->arrived;
        if (h % 24 < 11) night += arrived - before; /* the curve's edges may lean over */
        before = arrived;
        if (h == 35) first_day = arrived;
    }
    run_on(later, NULL, 0, 240 * SIM_H);
    assert_int_equal(night, 0);
    assert_close((double)before, 43200, 4 * sqrt(43200));
    assert_true(first_day > 0);
    assert_int_equal(query_result(later, 0)->arrived, before - first_day);
    /* A rate of nothing ends the drawing. */
    c.rate = constant(f, 0);
    q = query_new(&options, &engine, &steady, f->arena);
    run_on(q, NULL, 0, SIM_NEVER);
    assert_int_equal(query_result(q, 0)->arrived, 0);
}

/* What is passed over by spans is what each file alone would be; and an archive's files are not read. */
static void spans_and_archives(void **state)
{
    struct fixture *f = *state;
    enum { N = 1000, SPANS = (N + QUERY_SPAN_FILES - 1) / QUERY_SPAN_FILES };
    struct query_file *files = same_files(f, N, 4 * MIB);
    struct query_span spans[SPANS];
    struct rng draws;
    rng_init(&draws, f->arena, 3, "files");
    for (int i = 0; i < N; i++) { /* about in order, as they are in a table */
        files[i].min_event = i * SIM_MIN + (sim_time)(rng_uniform(&draws) * 2 * (double)SIM_H);
        files[i].max_event = files[i].min_event + (sim_time)(rng_uniform(&draws) * (double)SIM_H);
        files[i].class = (int16_t)(i % 10 == 3 ? OBJECT_GLACIER : i % 10 == 5 ? OBJECT_STANDARD_IA : OBJECT_STANDARD);
        struct query_span *s = &spans[i / QUERY_SPAN_FILES];
        if (i % QUERY_SPAN_FILES == 0) *s = (struct query_span){files[i].min_event, files[i].max_event};
        if (files[i].min_event < s->min_event) s->min_event = files[i].min_event;
        if (files[i].max_event > s->max_event) s->max_event = files[i].max_event;
    }
    struct query_class classes[2] = {a_class(f, "hour", 0.01), a_class(f, "all", 0.001)};
    classes[0].window = SIM_H;
    classes[1].table = 1;
    struct query_options options = options_of(classes, 2);
    options.tables = 2;
    struct query *q[2];
    for (int i = 0; i < 2; i++) {
        const struct query_table tables[2] = {{files, N, i ? spans : NULL}, {files, 100, NULL}};
        q[i] = query_new(&options, &engine, &steady, f->arena);
        query_run_until(q[i], tables, 12 * SIM_H);
    }
    for (int c = 0; c < 2; c++) {
        const struct query_result *one = query_result(q[0], c), *two = query_result(q[1], c);
        assert_true(one->queries_planned > 20 && one->files_read > 0 && one->files_archived > 0);
        assert_int_equal(one->files_read, two->files_read);
        assert_int_equal(one->files_archived, two->files_archived);
        assert_int_equal(one->files_considered, two->files_considered);
        assert_int_equal(one->get_requests, two->get_requests);
        assert_int_equal(one->get_requests, one->class[OBJECT_STANDARD].get_requests + one->class[OBJECT_STANDARD_IA].get_requests);
        assert_close(one->bytes_read, one->class[OBJECT_STANDARD].bytes + one->class[OBJECT_STANDARD_IA].bytes, 1);
        assert_int_equal(one->class[OBJECT_GLACIER].get_requests, 0);
        assert_true(one->class[OBJECT_STANDARD_IA].bytes > 0);
    }
    /* The second class has a table of a hundred files to itself, of which it reads nine in ten once they are there. */
    const struct query_result *all = query_result(q[0], 1);
    assert_int_equal(all->files_considered, 100 * all->queries_planned);
    assert_true(all->files_read > 70 * all->queries_planned && all->files_read <= 90 * all->queries_planned);
}

struct ends {
    int64_t n;
    double seconds;
};

static void note_end(void *context, int query_class, sim_time arrival, sim_time end)
{
    struct ends *ends = context;
    assert_int_equal(query_class, 0);
    assert_true(end > arrival);
    ends->n++;
    ends->seconds += sim_seconds(end - arrival);
}

/* Whoever listens hears of each query that is counted; and slots are busy as long as they are held. */
static void ends_are_told(void **state)
{
    struct fixture *f = *state;
    struct query_class c = a_class(f, "all", 0.5);
    struct query_options options = options_of(&c, 1);
    struct ends ends = {.n = 0};
    options.done = note_end;
    options.context = &ends;
    options.measure_from = 100 * SIM_S;
    options.arrivals_until = 1000 * SIM_S;
    struct query *q = query_new(&options, &engine, &steady, f->arena);
    const struct query_file *files = same_files(f, 10, 8 * MIB);
    run_on(q, files, 10, 100 * SIM_S);
    const double before_ns = query_slots_busy_ns(q);
    run_on(q, files, 10, SIM_NEVER);
    const struct query_result *r = query_result(q, 0);
    assert_int_equal(ends.n, r->completed);
    assert_close(ends.seconds, histogram_mean(&r->latency_s) * (double)r->completed, 1e-6);
    assert_true(before_ns > 0);
    assert_close((query_slots_busy_ns(q) - before_ns) / 1e9, r->slot_s, 0.01 * r->slot_s);
    const double all = query_slots_busy_ns(q) / (query_slots_busy_ns(q) - before_ns);
    assert_close(query_coordinator_busy_ns(q) / 1e9, r->coordinator_cpu_s * all, 0.02 * r->coordinator_cpu_s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_by_workers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_split_reads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(small_files_cost_opens, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pruning_reads_what_overlaps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_request_limit_is_a_floor, set_up, tear_down),
        cmocka_unit_test_setup_teardown(waits_as_theory_says, set_up, tear_down),
        cmocka_unit_test_setup_teardown(overload_is_refused_and_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(queries_share_the_slots, set_up, tear_down),
        cmocka_unit_test_setup_teardown(same_however_the_time_is_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(arrivals_follow_the_day, set_up, tear_down),
        cmocka_unit_test_setup_teardown(spans_and_archives, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ends_are_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
