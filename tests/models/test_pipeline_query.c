/* test_pipeline_query.c: queries of a run's tables: a latency reckoned by hand from the files, what a bucket holds, scopes,
 * and that asking changes nothing. */
#include "pipeline_fixture.h"

#include "bucket.h"
#include "event.h"
#include "lake.h"
#include "lake_feed.h"
#include "query_feed.h"

#define ENGINE(instance) "engines=[{\"name\": \"presto\", \"workers\": 1, \"instance\": \"" instance "\"}]|"
#define RAW "{\"name\": \"raw_events\"}"

/* An object store that answers in 30 ms, always. */
#define STEADY                                                                                                         \
    COST("object_store.get.p50", "ms", 30) ", " COST("object_store.get.p95", "ms", 30) ", "                            \
    COST("object_store.get.p99", "ms", 30)

/* Two files are there before the first query that counts, and the next comes after the last. */
static void two_files_on_two_slots(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate_with(b, STEADY,
                                  "run.duration=420s|run.warmup=330s|run.resolution=sampled|groups[1].does.write.roll.every=150s|"
                                  "groups[1].does.write.roll.size=1 GiB|lake.tables=[" RAW "]|" ENGINE("m7g.large")
                                  "queries=[{\"name\": \"all\", \"engine\": \"presto\", \"rate\": \"0.1/s\", \"reads\": "
                                  "\"raw_events\", \"columns\": 5}]");
    const struct world *w = &r->pipeline->world;
    const struct calibration_query_engine *e = &w->calibration->presto;
    double largest_s = 0, bytes = 0, requests = 0, cpu_s = 0;
    int files = 0;
    for (const struct lake_file *f = lake_first(lake_feed_lake(w), 0); f; f = lake_next(lake_feed_lake(w), 0, f), files++) {
        /* One split: a footer, then a quarter of it in pieces of its own for each column (above a MiB) or together. */
        const double size = (double)f->bytes, columns = size / 4, chunk = size / 20;
        assert_true(size > e->small_file_bytes && size < e->split_bytes);
        const double gets = chunk > e->read_merge_bytes ? 5 : ceil(columns / e->read_max_bytes);
        const double scan_s = (e->split_ns + e->scan_byte_ns * columns) / 1e9;
        const double split_s = (gets + 1) * 0.030 + (columns + e->footer_bytes) / w->calibration->latency.object_get_bytes_per_s + scan_s;
        if (split_s > largest_s) largest_s = split_s;
        bytes += columns;
        requests += gets + 1;
        cpu_s += scan_s;
    }
    assert_int_equal(files, 2);
    struct query_result *q = query_feed_result(w, 0);
    assert_true(q->arrived >= 3 && q->arrived < 25);
    assert_int_equal(q->completed + q->unfinished, q->arrived);
    assert_int_equal(q->files_read, 2 * q->queries_planned);
    assert_int_equal(q->files_considered, 2 * q->queries_planned);
    const double expected_s = (e->coordinator_query_ns + 2 * e->coordinator_split_ns + e->plan_ns) / 1e9 + largest_s;
    struct histogram *h = &w->telemetry->sets[0].query[0];
    assert_int_equal(histogram_count(h), q->completed);
    assert_near(histogram_min(h), expected_s, 1e-6);
    if (q->unfinished == 0) {
        assert_near(q->bytes_scanned, bytes * (double)q->arrived, 1);
        assert_near((double)q->get_requests, requests * (double)q->arrived, 0);
        assert_near(q->cpu_s, cpu_s * (double)q->arrived, 1e-6);
    }
    /* 90 s of two slots were there; requests hold a slot, too. */
    const struct resource_use *slots = resource_named(r, "engine.presto.slots");
    assert_true(slots->capacity == 2);
    assert_near(slots->busy_ns, q->slot_s * 1e9, 0.05 * q->slot_s * 1e9);
    assert_near(slots->span_s, 90, 1e-9);
}

/* Shares of a table's buckets by hand. */
static void shares_of(double zipf, int64_t keys, int buckets, double *shares)
{
    double sum = 0;
    for (int i = 0; i < buckets; i++)
        shares[i] = 0;
    for (int64_t rank = 1; rank <= keys; rank++)
        sum += pow((double)rank, -zipf);
    for (int64_t rank = 1; rank <= keys; rank++) {
        char key[EVENT_KEY_BYTES_MAX];
        shares[bucket_of(key, event_key((uint64_t)rank, key), buckets)] += pow((double)rank, -zipf) / sum;
    }
}

static void a_bucket_holds_its_keys(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate(b, "run.duration=300s|run.warmup=100s|run.resolution=sampled|keys.user.zipf=1.3|lake.tables=[" RAW
                                ", {\"name\": \"events\", \"from\": \"raw_events\", \"every\": \"30s\", \"partition_by\": "
                                "[\"campaign_bucket\"], \"buckets\": 4}]|" ENGINE("m7g.8xlarge")
                                "queries=[{\"name\": \"one\", \"engine\": \"presto\", \"rate\": \"4/s\", \"reads\": \"events\", "
                                "\"columns\": 5, \"selects\": \"campaign_bucket\"}, {\"name\": \"all\", \"engine\": \"presto\", "
                                "\"rate\": \"1/s\", \"reads\": \"events\", \"columns\": 5, \"window\": \"40s\"}]");
    const struct world *w = &r->pipeline->world;
    double shares[4], rows[4] = {0}, all = 0, squares = 0;
    shares_of(1.3, 3000, 4, shares);
    for (const struct lake_file *f = lake_first(lake_feed_lake(w), 1); f; f = lake_next(lake_feed_lake(w), 1, f)) {
        assert_in_range(f->bucket, 0, 3);
        rows[f->bucket] += (double)f->rows;
        all += (double)f->rows;
    }
    double largest = 0;
    for (int i = 0; i < 4; i++) {
        assert_near(rows[i] / all, shares[i], 1e-3);
        squares += shares[i] * shares[i];
        largest = fmax(largest, shares[i]);
    }
    assert_true(largest > 0.3); /* the hottest key is not spread */
    /* A query wants the bucket of a record: it reads a quarter of the files, and more of the rows. */
    struct query_result *one = query_feed_result(w, 0), *window = query_feed_result(w, 1);
    assert_true(one->queries_planned > 700);
    assert_near((double)one->files_read / (double)one->files_considered, 0.25, 1e-9);
    double rows_each = 0, weight = 0;
    for (int k = 3; k < 10; k++) { /* what is there after the k-th run of the ETL, for the queries that see it */
        rows_each += k;
        weight++;
    }
    const double each = (double)one->rows_read / (double)one->queries_planned;
    assert_near(each, squares * all * (rows_each / weight) / 9, 0.08 * each);
    /* Of 40 s back from now two or three runs' files, which are at least 20 s old. */
    assert_true(window->files_read > 4 * window->queries_planned && window->files_read <= 12 * window->queries_planned);
    assert_true(window->files_considered > 2 * window->files_read);
}

#define ASKED                                                                                                \
    "run.duration=120s|run.warmup=20s|run.resolution=sampled|lake.tables=[" RAW "]|faults=[{\"id\": \"a\", \"kind\": " \
    "\"restart_group\", \"group\": \"count\", \"at\": \"60s\", \"for\": \"10s\"}]"
#define ASKS                                                                                                 \
    "|" ENGINE("m7g.large") "queries=[{\"name\": \"all\", \"engine\": \"presto\", \"rate\": \"1/s\", \"reads\": \"raw_events\", " \
    "\"columns\": 2}]"

/* Every query is in the set of the faults that were in effect when it ended. */
static void scopes_add_up(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate(b, ASKED ASKS);
    const struct telemetry *t = r->pipeline->world.telemetry;
    double steady = 0, faulty = 0;
    for (int i = 0; i < t->sets_n; i++)
        *(t->sets[i].faults ? &faulty : &steady) += histogram_count(&t->sets[i].query[0]);
    assert_true(steady > 10 && faulty > 5);
    assert_true(steady + faulty == (double)query_feed_result(&r->pipeline->world, 0)->completed);
}

static void asking_changes_nothing(void **state)
{
    struct bench *b = *state;
    struct run *without = simulate(b, ASKED), *with = simulate(b, ASKED ASKS);
    assert_null(lake_feed_lake(&without->pipeline->world));
    assert_non_null(lake_feed_lake(&with->pipeline->world));
    for (int g = 0; g < 2; g++) {
        const struct pipeline_account one = account_of(without, g), other = account_of(with, g);
        assert_memory_equal(&one, &other, sizeof one);
        assert_true(mean_of(without, FRESHNESS, g) == mean_of(with, FRESHNESS, g));
    }
}

/* What is seen of a table is what is there, whether files were added or taken away. */
static void what_is_seen_is_there(void **state)
{
    struct bench *b = *state;
    struct run *r = simulate(b, "run.duration=400s|run.warmup=0s|run.resolution=sampled|groups[1].does.write.roll.every=1s|"
                                "lake.tables=[{\"name\": \"raw_events\", \"compaction\": {\"target\": \"1 MiB\", \"every\": "
                                "\"50s\"}}]|" ENGINE("m7g.8xlarge") "queries=[{\"name\": \"all\", \"engine\": \"presto\", "
                                "\"rate\": \"0.5/s\", \"reads\": \"raw_events\", \"columns\": 2}]");
    const struct world *w = &r->pipeline->world;
    const struct lake_counts c = lake_counts(lake_feed_lake(w), 0);
    assert_true(c.files_rewritten > 100);
    struct query_result *q = query_feed_result(w, 0);
    assert_int_equal(q->files_read, q->files_considered); /* it reads all there is */
    /* A record is in one file, before and after: about so many records by the time of a query, on average. */
    const double each = (double)q->rows_read / (double)q->queries_planned;
    assert_near(each, 2000 * 198, 0.12 * each);
}

/* A past of hours, compacted each hour into files of a fifth of its bytes: of one campaign a query reads those that
 * it may be in. Keys are uniform, so that it is in one or two of each hour's. */
#define COMPACTED(compaction, query)                                                                                  \
    "run.duration=220s|run.warmup=100s|run.resolution=sampled|run.start=12:05|keys.user.zipf=0|lake.past=5h|"          \
    "workload[0].rate=200/s|groups[1].does.write.roll.every=60s|lake.tables=[" RAW                                     \
    ", {\"name\": \"events\", \"from\": \"raw_events\", \"every\": \"5m\", \"partition_by\": [\"date\", \"hour\"], "       \
    "\"compaction\": {\"target\": \"20 MiB\", \"every\": \"1h\"" compaction "}}]|" ENGINE("m7g.2xlarge")                  \
    "queries=[{\"name\": \"one\", \"engine\": \"presto\", \"rate\": \"1/s\", \"reads\": \"events\", \"columns\": 2" query "}]"
#define ORDERED(compaction, query) COMPACTED(", \"min_input_files\": 2" compaction, query)
#define ORDERED_BY_CURVE(query) COMPACTED(", \"strategy\": \"z-order\"", query)

/* Files a query; of one campaign each is read by as many queries as its span of keys is wide. */
static double files_a_query(struct bench *b, const char *sets)
{
    struct run *r = simulate(b, sets);
    const struct query_result *q = query_feed_result(&r->pipeline->world, 0);
    assert_true(q->queries_planned > 90);
    const double files = (double)q->files_read / (double)q->queries_planned;
    if (r->scenario->queries[0].selects == 0) return files;
    double wide = 0;
    const struct lake *lake = lake_feed_lake(&r->pipeline->world);
    for (const struct lake_file *f = lake_first(lake, 1); f; f = lake_next(lake, 1, f)) {
        assert_true(f->min_key >= 0 && f->min_key < f->max_key && f->max_key <= 1);
        wide += f->max_key - f->min_key;
    }
    assert_near(files, wide, 1.2); /* a file more while there was a commit less; and keys on a border are in two */
    return files;
}

static void orders_let_files_be_passed_over(void **state)
{
    struct bench *b = *state;
#define SORT(by) ", \"strategy\": \"sort\", \"sort_by\": \"" by "\""
#define ONE ", \"selects\": \"campaign\""
#define LATE ", \"window\": \"80m\""
    const double all = files_a_query(b, ORDERED(SORT("campaign"), ""));
    const double key_of_key = files_a_query(b, ORDERED(SORT("campaign"), ONE));
    const double key_of_time = files_a_query(b, ORDERED(SORT("time"), ONE));
    const double key_of_curve = files_a_query(b, ORDERED_BY_CURVE(ONE));
    const double late_of_key = files_a_query(b, ORDERED(SORT("campaign"), LATE));
    const double late_of_time = files_a_query(b, ORDERED(SORT("time"), LATE));
    const double all_of_curve = files_a_query(b, ORDERED_BY_CURVE(""));
    assert_true(key_of_key < 0.4 * all && key_of_time > 0.9 * all);
    assert_true(late_of_time < 0.8 * late_of_key);
    assert_true(key_of_curve < 0.7 * all_of_curve && key_of_curve > key_of_key);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(two_files_on_two_slots), TEST(a_bucket_holds_its_keys), TEST(scopes_add_up),
        TEST(asking_changes_nothing), TEST(what_is_seen_is_there),
        TEST(orders_let_files_be_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
