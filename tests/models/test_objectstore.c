/* test_objectstore.c: the object store against what can be reckoned by hand: prices of one object in each class, moves that
 * pay and moves that do not, the request limits as a floor under many small files. */
#include "scenario_fixture.h"

#include "calibration.h"
#include "objectstore.h"
#include "prices.h"

#include <math.h>

static const double DAY_S = 86400, MONTH_S = 730 * 3600.0, GIB = 1073741824.0;
static const int64_t DAY = 86400 * INT64_C(1000000000);
enum { KIB = 1024, MIB = 1024 * 1024 };

static void assert_near(double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-9 * fabs(expected))) fail_msg("%.12g, expected %.12g", found, expected);
}

static struct objectstore_terms terms_of(struct fixture *f)
{
    const char *dir = scenario_data_dir(f->arena, f->diag);
    assert_non_null(dir);
    const struct pricebook *book =
        pricebook_load(arena_printf(f->arena, "%s/prices/aws-us-east-1.json", dir), f->arena, f->diag);
    assert_non_null(book);
    struct objectstore_terms terms;
    assert_null(objectstore_terms_load(book, &terms));
    return terms;
}

static const struct calibration *calibration_of(struct fixture *f)
{
    const struct calibration *c = calibration_load(NULL, scenario_data_dir(f->arena, f->diag), f->arena, f->diag);
    assert_non_null(c);
    return c;
}

static void what_an_object_costs(void **state)
{
    struct objectstore_terms t = terms_of(*state);
    /* A GiB for a month. */
    const int64_t month = (int64_t)(MONTH_S * 1e9);
    assert_near(object_hold_usd(&t, OBJECT_STANDARD, 1 << 30, month), 0.023);
    assert_near(object_hold_usd(&t, OBJECT_STANDARD_IA, 1 << 30, month), 0.0125);
    /* Held for a day, billed for 30, 90. */
    assert_near(object_hold_usd(&t, OBJECT_STANDARD, 1 << 30, DAY), 0.023 * DAY_S / MONTH_S);
    assert_near(object_hold_usd(&t, OBJECT_STANDARD_IA, 1 << 30, DAY), 0.0125 * 30 * DAY_S / MONTH_S);
    assert_near(object_hold_usd(&t, OBJECT_GLACIER_IR, 1 << 30, DAY), 0.004 * 90 * DAY_S / MONTH_S);
    /* 10 KiB are billed as 128; standard bills what is there. */
    assert_int_equal(object_billed_bytes(&t.classes[OBJECT_STANDARD], 10 * KIB), 10 * KIB);
    assert_int_equal(object_billed_bytes(&t.classes[OBJECT_STANDARD_IA], 10 * KIB), 128 * KIB);
    assert_int_equal(object_billed_bytes(&t.classes[OBJECT_GLACIER_IR], 128 * KIB), 128 * KIB);
    assert_int_equal(object_billed_bytes(&t.classes[OBJECT_GLACIER_IR], 129 * KIB), 129 * KIB);
    /* An archive adds 32 KB of its own and 8 KB of standard's, and 180 days are billed in the deepest. */
    assert_int_equal(object_billed_bytes(&t.classes[OBJECT_GLACIER], 10 * KIB), 42 * KIB);
    assert_near(object_hold_usd(&t, OBJECT_DEEP_ARCHIVE, 10 * KIB, DAY),
                180 * DAY_S / MONTH_S * (42 * KIB * 0.00099 + 8 * KIB * 0.023) / GIB);
    assert_int_equal(objectstore_class_find("glacier_ir"), OBJECT_GLACIER_IR);
    assert_int_equal(objectstore_class_find("glacier_i"), -1);
}

static void moves_that_pay_and_that_do_not(void **state)
{
    struct objectstore_terms t = terms_of(*state);
    /* A large object for a year: 0.0105 $ a GiB-month saved, less the fee. */
    struct object_move m = object_move_worth(&t, OBJECT_STANDARD, OBJECT_STANDARD_IA, 512 * MIB, 365 * DAY, 0);
    assert_near(m.saves_usd, 0.5 * 0.0105 * 365 * DAY_S / MONTH_S - 0.01 / 1000);
    assert_true(m.saves_usd > 0);
    /* Small: 10 KiB is billed as 128, so it costs more every month, and the fee besides. */
    m = object_move_worth(&t, OBJECT_STANDARD, OBJECT_STANDARD_IA, 10 * KIB, 365 * DAY, 0);
    assert_near(m.saves_usd,
                365 * DAY_S / MONTH_S * (10 * KIB * 0.023 - 128 * KIB * 0.0125) / GIB - 0.01 / 1000);
    assert_true(m.saves_usd < 0);
    /* 128 KiB is billed as it is; still the fee is more than a year's saving (1e-5 against 1.54e-5: it pays), and in half
     * a year it is not earned. */
    assert_true(object_move_worth(&t, OBJECT_STANDARD, OBJECT_STANDARD_IA, 128 * KIB, 365 * DAY, 0).saves_usd > 0);
    assert_true(object_move_worth(&t, OBJECT_STANDARD, OBJECT_STANDARD_IA, 128 * KIB, 182 * DAY, 0).saves_usd < 0);
    /* Deleted early: with ten days to live, 30 are billed, which is dearer than ten of standard. */
    m = object_move_worth(&t, OBJECT_STANDARD, OBJECT_STANDARD_IA, 512 * MIB, 10 * DAY, 0);
    assert_near(m.saves_usd, 0.5 * (0.023 * 10 - 0.0125 * 30) * DAY_S / MONTH_S - 0.01 / 1000);
    assert_true(m.saves_usd < 0);
    /* The end of the thirty days is where it begins to pay: 16.3 days of standard are 30 of infrequent access. */
    assert_true(object_move_worth(&t, OBJECT_STANDARD, OBJECT_STANDARD_IA, 512 * MIB, 16 * DAY, 0).saves_usd < 0);
    assert_true(object_move_worth(&t, OBJECT_STANDARD, OBJECT_STANDARD_IA, 512 * MIB, 17 * DAY, 0).saves_usd > 0);
    /* What is read once a month is worse off: 0.01 $ a GiB each time. */
    assert_true(object_move_worth(&t, OBJECT_STANDARD, OBJECT_STANDARD_IA, 512 * MIB, 365 * DAY, 12).saves_usd > 0);
    assert_true(object_move_worth(&t, OBJECT_STANDARD, OBJECT_STANDARD_IA, 512 * MIB, 365 * DAY, 13).saves_usd < 0);
}

static void a_book_that_lacks_a_row(void **state)
{
    struct fixture *f = *state;
    const struct pricebook *book = pricebook_load(write_text(f, "book.json", small_book), f->arena, f->diag);
    assert_non_null(book);
    struct objectstore_terms terms;
    assert_string_equal(objectstore_terms_load(book, &terms), "aws.s3.standard.storage.first50tb");
}

/* 55,000 small reads of a prefix take (55,000 - 5,500) / 5,500 seconds at least, however many read. */
static void the_floor_under_many_small_files(void **state)
{
    struct fixture *f = *state;
    const struct calibration *c = calibration_of(f);
    struct objectstore o;
    objectstore_init(&o, &c->latency, 2, 1, "test", f->arena);
    double s = sim_seconds(objectstore_batch(&o, 0, OBJECT_GET, 0, 55000, 4096, 1000));
    assert_true(s >= 9 && s < 9.5);
    assert_int_equal(o.counts.requests[OBJECT_GET], 55000);
    assert_true(o.counts.refused[OBJECT_GET] > 1000);
    assert_int_equal(o.counts.refused[OBJECT_PUT], 0);
    /* The other prefix has its own, and writes have theirs. */
    const int64_t refused = o.counts.refused[OBJECT_GET];
    double other = sim_seconds(objectstore_batch(&o, 1, OBJECT_GET, 0, 5500, 4096, 1000));
    assert_true(other < 1.5);
    assert_int_equal(o.counts.refused[OBJECT_GET], refused);
    double writes = sim_seconds(objectstore_batch(&o, 1, OBJECT_PUT, 0, 35000, 4096, 1000));
    assert_true(writes >= 9 && writes < 9.7);
}

/* Few workers do not come near the limit: then it is n / workers latencies. */
static void few_workers_wait_for_latency_alone(void **state)
{
    struct fixture *f = *state;
    struct calibration_latency latency = calibration_of(f)->latency;
    latency.object_get_first_byte_p50_ns = latency.object_get_first_byte_p99_ns = 30e6;
    latency.object_get_bytes_per_s = 50.0 * MIB;
    struct objectstore o;
    objectstore_init(&o, &latency, 1, 1, "test", f->arena);
    /* 30 ms and 20 ms for a MiB; 100 requests by 8: 13 rounds. */
    assert_near(objectstore_latency_median_ns(&o, OBJECT_GET, MIB), 50e6);
    sim_time done = objectstore_batch(&o, 0, OBJECT_GET, 5, 100, MIB, 8);
    assert_true(llabs(done - 5 - 13 * 50000000LL) < 20);
    assert_int_equal(o.counts.refused[OBJECT_GET], 0);
    assert_int_equal(objectstore_batch(&o, 0, OBJECT_GET, 7, 0, MIB, 8), 7);
}

static void a_refused_request_comes_again(void **state)
{
    struct fixture *f = *state;
    struct objectstore o;
    objectstore_init(&o, &calibration_of(f)->latency, 1, 1, "test", f->arena);
    sim_time again = 0;
    for (int i = 0; i < 3500; i++)
        assert_true(objectstore_try(&o, 0, OBJECT_PUT, 0, 0, &again));
    for (int tries = 0; tries < 40; tries++) { /* never more than 20 s, and within the doubled bound */
        assert_false(objectstore_try(&o, 0, OBJECT_PUT, 0, tries, &again));
        double most = tries < 8 ? 0.1 * (1 << tries) : 20;
        assert_true(again > 0 && sim_seconds(again) <= most + 1e-9);
    }
    /* A 3,500th of a second brings one token. */
    assert_false(objectstore_try(&o, 0, OBJECT_PUT, 285713, 0, &again));
    assert_true(objectstore_try(&o, 0, OBJECT_PUT, 285716, 0, &again));
    assert_false(objectstore_try(&o, 0, OBJECT_PUT, 285716, 0, &again));
    /* Earlier than the last: what that one left. */
    assert_false(objectstore_try(&o, 0, OBJECT_PUT, 100, 0, &again));
    assert_true(again > 100);
    assert_int_equal(o.counts.requests[OBJECT_PUT], 3501);
    assert_int_equal(o.counts.refused[OBJECT_PUT], 43);
}

static void requests_of_one_object(void **state)
{
    (void)state;
    assert_int_equal(objectstore_put_requests(0), 1);
    assert_int_equal(objectstore_put_requests(16.0 * MIB), 1);
    assert_int_equal(objectstore_put_requests(16.0 * MIB + 1), 4);
    assert_int_equal(objectstore_put_requests(128.0 * MIB), 10);
    assert_int_equal(objectstore_get_requests(16.0 * MIB), 1);
    assert_int_equal(objectstore_get_requests(512.0 * MIB), 32);
}

/* The p99 of what is drawn is the calibration's. */
static void latencies_have_their_quantiles(void **state)
{
    struct fixture *f = *state;
    const struct calibration *c = calibration_of(f);
    struct objectstore o;
    objectstore_init(&o, &c->latency, 1, 7, "test", f->arena);
    enum { N = 100000 };
    int above_p50 = 0, above_p99 = 0;
    for (int i = 0; i < N; i++) {
        double ns = (double)objectstore_latency(&o, OBJECT_GET, 0);
        above_p50 += ns > c->latency.object_get_first_byte_p50_ns;
        above_p99 += ns > c->latency.object_get_first_byte_p99_ns;
    }
    assert_true(abs(above_p50 - N / 2) < 800); /* five standard deviations */
    assert_true(abs(above_p99 - N / 100) < 160);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_an_object_costs),
        TEST(moves_that_pay_and_that_do_not),
        TEST(a_book_that_lacks_a_row),
        TEST(the_floor_under_many_small_files),
        TEST(few_workers_wait_for_latency_alone),
        TEST(a_refused_request_comes_again),
        TEST(requests_of_one_object),
        TEST(latencies_have_their_quantiles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
