/* test_prices.c: the shipped price book, and every kind of mistake in one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "diag.h"
#include "file.h"
#include "nearest.h"
#include "prices.h"
#include "sha256.h"

struct fixture {
    struct arena *arena;
    struct diag *diag;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    if (!f) return -1;
    f->arena = arena_new(0);
    f->diag = diag_new();
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

static const struct pricebook *load_shipped(struct fixture *f, char *path, size_t path_n)
{
    char directory[FILE_PATH_SIZE], error[FILE_ERROR_SIZE];
    const struct pricebook *book;

    assert_true(file_data_directory(NULL, directory, sizeof(directory), error, sizeof(error)));
    assert_true(file_join(directory, "scenarios/prices/aws-us-east-1.json", path, path_n));
    book = pricebook_load(path, f->arena, f->diag);
    if (!book) diag_print(f->diag, stderr);
    assert_non_null(book);
    return book;
}

static const struct pricebook *load_text(struct fixture *f, const char *text)
{
    char path[] = "/tmp/headroom-prices-XXXXXX";
    int fd = mkstemp(path);
    const struct pricebook *book;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    book = pricebook_load(path, f->arena, f->diag);
    unlink(path);
    return book;
}

static void test_shipped_book(void **state)
{
    struct fixture *f = *state;
    char path[FILE_PATH_SIZE], sha256[65];
    const struct pricebook *book = load_shipped(f, path, sizeof(path));
    const struct price *price;
    char *text;
    size_t n;

    assert_int_equal(diag_count(f->diag), 0);
    assert_string_equal(book->name, "aws-us-east-1");
    assert_string_equal(book->provider, "aws");
    assert_string_equal(book->region, "us-east-1");
    assert_int_equal(file_read(path, PRICEBOOK_SIZE_BYTES_MAX, f->arena, &text, &n, NULL, 0), FILE_OK);
    sha256_of(text, n, sha256);
    assert_string_equal(book->sha256, sha256);

    price = pricebook_find(book, "aws.ec2.ondemand.m7g.4xlarge");
    assert_non_null(price);
    assert_true(price->usd == 0.6528);
    assert_string_equal(price->unit, "instance-hour");
    assert_string_equal(price->effective, "2026-07-20");
    assert_string_equal(price->confidence, "verified");
    assert_true(price->gb_bytes == 0);
    price = pricebook_find(book, "aws.transfer.cross-az");
    assert_non_null(price);
    assert_true(price->usd == 0.01 && price->gb_bytes == 1073741824.0);
    assert_false(price->is_instance);
    assert_string_equal(pricebook_find(book, "aws.msk.broker.m7g.8xlarge")->confidence, "recalled");
    assert_null(pricebook_find(book, "aws.ebs.gp4.storage"));
    assert_null(pricebook_find(book, ""));
    assert_true(pricebook_quantity(book, "aws.ebs.gp3.baseline-iops")->value == 3000);
    assert_true(pricebook_quantity(book, "aws.ebs.gp3.baseline-throughput")->value == 125);
    assert_null(pricebook_quantity(book, "aws.ebs.gp3.storage"));
}

static void test_shipped_rows_are_complete(void **state)
{
    struct fixture *f = *state;
    char path[FILE_PATH_SIZE];
    const struct pricebook *book = load_shipped(f, path, sizeof(path));

    assert_true(book->prices_n > 150);
    for (size_t i = 0; i < book->prices_n; i++) {
        const struct price *price = &book->prices[i];

        assert_true(price->usd >= 0);
        assert_true(strlen(price->effective) > 0 && strlen(price->source) > 0 && strlen(price->region) > 0);
        assert_ptr_equal(pricebook_find(book, price->id), price);
        if (i > 0) assert_true(strcmp(book->prices[i - 1].id, price->id) < 0);
    }
    for (size_t i = 0; i < book->quantities_n; i++)
        assert_ptr_equal(pricebook_quantity(book, book->quantities[i].id), &book->quantities[i]);
}

static void test_instances(void **state)
{
    struct fixture *f = *state;
    char path[FILE_PATH_SIZE];
    const struct pricebook *book = load_shipped(f, path, sizeof(path));
    struct instance_attributes a = {0};

    assert_int_equal(book->instance_names_n, 77);
    for (size_t i = 0; i < book->instance_names_n; i++) {
        const struct price *price = pricebook_instance(book, book->instance_names[i], &a);

        assert_non_null(price);
        assert_string_equal(price->id + strlen("aws.ec2.ondemand."), book->instance_names[i]);
        assert_true(a.vcpu >= 2 && a.memory_bytes > 1e9 && a.network_bytes_per_s > 1e7);
        if (i > 0) assert_true(strcmp(book->instance_names[i - 1], book->instance_names[i]) < 0);
    }
    assert_true(pricebook_instance(book, "m7g.4xlarge", &a)->usd == 0.6528);
    assert_int_equal(a.vcpu, 16);
    assert_true(a.memory_bytes == 64.0 * 1073741824.0);
    assert_true(a.network_bytes_per_s == 937.5e6); /* 7.5 Gbit/s */
    assert_true(a.ebs_bytes_per_s == 625e6);
    assert_true(a.ebs_iops == 20000);
    assert_non_null(pricebook_instance(book, "c6i.2xlarge", NULL));

    a.vcpu = -7;
    assert_null(pricebook_instance(book, "m7g.5xlarge", &a));
    assert_null(pricebook_instance(book, "", &a));
    assert_null(pricebook_instance(book, "zzz", &a));
    assert_int_equal(a.vcpu, -7);
    assert_string_equal(nearest_name("m7g.4xlarg", book->instance_names, book->instance_names_n),
                        "m7g.4xlarge");
}

#define HEAD                                                                                                 \
    "{\"prices\": 1, \"name\": \"x\", \"provider\": \"p\", \"region\": \"r\", \"instances\": \"i.\",\n"
#define ROW(id, more)                                                                                        \
    "{\"id\": \"" id "\", \"unit\": \"u\", \"usd\": 1, \"region\": \"r\", \"effective\": \"e\", "            \
    "\"source\": \"s\", \"confidence\": \"verified\"" more "}"
#define ATTRS                                                                                                \
    ", \"attrs\": {\"vcpu\": 2, \"mem_gib\": 8, \"net_baseline_gbps\": 1, \"ebs_baseline_MBps\": 0, "        \
    "\"ebs_baseline_iops\": 0}"

static void test_small_book(void **state)
{
    struct fixture *f = *state;
    struct instance_attributes a;
    const struct pricebook *book = load_text(
        f, HEAD "\"rows\": [" ROW("z", ", \"note\": \"N\"") ",\n" ROW("i.b", ATTRS) ",\n" ROW("a", "") "]}");

    if (!book) diag_print(f->diag, stderr);
    assert_non_null(book);
    assert_int_equal(book->prices_n, 3);
    assert_string_equal(book->prices[0].id, "a"); /* sorted */
    assert_string_equal(book->prices[0].note, "");
    assert_string_equal(book->prices[2].note, "N");
    assert_int_equal(book->quantities_n, 0);
    assert_int_equal(book->instance_names_n, 1);
    assert_string_equal(book->instance_names[0], "b");
    assert_non_null(pricebook_instance(book, "b", &a));
    assert_true(a.ebs_bytes_per_s == 0 && a.network_bytes_per_s == 125e6);
    assert_null(pricebook_quantity(book, "a"));
}

static const struct {
    const char *text;
    uint32_t line, column;
    const char *path;
    const char *says;
} MISTAKES[] = {
    {HEAD "\"rows\": [" ROW("a", "") ",\n " ROW("b", "") ",\n\n" ROW("a", "") "]}", 5, 8, "rows[2].id",
     "\"a\" stands in line 2 already"},
    {HEAD
     "\"rows\": [\n{\"unit\": \"u\", \"usd\": 1, \"region\": \"r\", \"effective\": \"e\", \"source\": \"s\", "
     "\"confidence\": \"verified\"}]}",
     3, 1, "rows[0]", "field \"id\" is missing"},
    {HEAD
     "\"rows\": [\n{\"id\": \"a\", \"unit\": \"u\", \"usd\": -0.5, \"region\": \"r\", \"effective\": \"e\", "
     "\"source\": \"s\", \"confidence\": \"verified\"}]}",
     3, 33, "rows[0].usd", "is -0.5, which is negative"},
    {HEAD "\"rows\": [\n{\"id\": \"a\", \"unit\": \"u\", \"usd\": \"$1\", \"region\": \"r\", \"effective\": "
          "\"e\", "
          "\"source\": \"s\", \"confidence\": \"verified\"}]}",
     3, 33, "rows[0].usd", "is \"$1\"; a plain number fits"},
    {HEAD
     "\"rows\": [\n{\"id\": \"a\", \"unit\": \"u\", \"usd\": 1, \"region\": \"r\", \"effective\": \"e\", "
     "\"source\": \"s\", \"confidence\": \"sure\"}]}",
     3, 98, "rows[0].confidence", "is \"sure\"; \"verified\""},
    {HEAD "\"rows\": [\n{\"id\": \"a\", \"unit\": \"u\", \"usd\": 1, \"regoin\": \"r\", \"region\": \"r\", "
          "\"effective\": \"e\", \"source\": \"s\", \"confidence\": \"verified\"}]}",
     3, 36, "rows[0].regoin", "did you mean \"region\"?"},
    {HEAD "\"rows\": [\n{\"id\": \"a\", \"unit\": \"u\", \"usd\": 1, \"region\": \"\", \"effective\": \"e\", "
          "\"source\": \"s\", \"confidence\": \"verified\"}]}",
     3, 46, "rows[0].region", "is empty"},
    {HEAD
     "\"rows\": [\n{\"id\": \"a\", \"unit\": \"GB-month\", \"usd\": 1, \"region\": \"r\", \"effective\": "
     "\"e\", \"source\": \"s\", \"confidence\": \"verified\"}]}",
     3, 1, "rows[0]", "field \"gb_bytes\" is missing"},
    {HEAD "\"rows\": [\n" ROW("a", ",\n \"gb_bytes\": 1024") "]}", 4, 14, "rows[0].gb_bytes", "is 1024; "},
    {HEAD "\"rows\": [\n" ROW("a", ",\n \"gb_bytes\": 1000000001") "]}", 4, 14, "rows[0].gb_bytes",
     "a GB has 1000000000 or 1073741824 bytes"},
    {HEAD "\"rows\": [\n" ROW("a", ",\n \"note\": \"\\u001b[31m\"") "]}", 4, 10, "rows[0].note",
     "control characters"},
    {HEAD "\"rows\": [\n" ROW("a", ",\n \"note\": \"\\u009b31m\"") "]}", 4, 10, "rows[0].note",
     "control characters"},
    {HEAD "\"rows\": [\n" ROW("i.big", "") "]}", 3, 1, "rows[0]", "field \"attrs\" is missing"},
    {HEAD "\"rows\": [\n" ROW("i.", ATTRS) "]}", 3, 8, "rows[0].id", "names no instance type"},
    {HEAD
     "\"rows\": [\n" ROW("i.big", ",\n\"attrs\": {\"vcpu\": 2, \"mem_gib\": 8, \"ebs_baseline_MBps\": 0, "
                                  "\"ebs_baseline_iops\": 0}") "]}",
     4, 10, "rows[0].attrs", "field \"net_baseline_gbps\" is missing"},
    {HEAD
     "\"rows\": [\n" ROW("i.big", ",\n\"attrs\": {\"vcpu\": 2.5, \"mem_gib\": 8, \"net_baseline_gbps\": 1, "
                                  "\"ebs_baseline_MBps\": 0, \"ebs_baseline_iops\": 0}") "]}",
     4, 19, "rows[0].attrs.vcpu", "whole number"},
    {HEAD "\"rows\": [\n 5]}", 3, 2, "rows[0]", "is 5; an object fits"},
    {HEAD "\"rows\": 5}", 2, 9, "rows", "is 5; an array fits"},
    {HEAD "\"rows\": []}", 2, 9, "rows", "is empty"},
    {HEAD "\"rows\": [" ROW("a", "") "],\n\"quantities\": [{\"id\": \"q\", \"unit\": \"u\", \"value\": -1, "
                                     "\"region\": \"r\", \"effective\": \"e\", \"source\": \"s\", "
                                     "\"confidence\": \"verified\"}]}",
     3, 50, "quantities[0].value", "negative"},
    {"{\"prices\": 2, \"name\": \"x\", \"provider\": \"p\", \"region\": \"r\", \"instances\": "
     "\"i.\",\n\"rows\": "
     "[" ROW("a", "") "]}",
     1, 12, "prices", "is 2; 1 to 1 fits"},
    {"{\"prices\": 1, \"provider\": \"p\", \"region\": \"r\", \"instances\": \"i.\",\n\"rows\": [" ROW(
         "a", "") "]}",
     1, 1, "", "field \"name\" is missing"},
    {"[]", 1, 1, "", "an object fits"},
    {HEAD "\"rows\": [\n}", 3, 1, NULL, ""},
    {"", 0, 0, "", "the price book is empty"},
};

static void test_mistakes(void **state)
{
    for (size_t i = 0; i < sizeof(MISTAKES) / sizeof(MISTAKES[0]); i++) {
        struct fixture *f;
        const struct diag_entry *entry;
        void *own = NULL;

        assert_int_equal(set_up(&own), 0);
        f = own;
        assert_null(load_text(f, MISTAKES[i].text));
        entry = diag_get(f->diag, 0);
        assert_non_null(entry);
        if (diag_count(f->diag) != 1 || entry->pos.line != MISTAKES[i].line ||
            entry->pos.column != MISTAKES[i].column || !strstr(entry->message, MISTAKES[i].says) ||
            (MISTAKES[i].path && strcmp(entry->path, MISTAKES[i].path) != 0)) {
            diag_print(f->diag, stderr);
            fail_msg("mistake %zu: expected %u:%u: %s: %s", i, MISTAKES[i].line, MISTAKES[i].column,
                     MISTAKES[i].path ? MISTAKES[i].path : "", MISTAKES[i].says);
        }
        tear_down(&own);
    }
    (void)state;
}

static void test_all_mistakes_are_reported(void **state)
{
    struct fixture *f = *state;

    assert_null(
        load_text(f, HEAD "\"rows\": [{\"id\": \"a\", \"usd\": -1},\n{\"id\": \"a\", \"usd\": 1e99}]}"));
    /* Of each row unit, region, effective, source and confidence are missing and usd is out of range; and the
     * second id is a duplicate. */
    assert_int_equal(diag_count(f->diag), 13);
}

static void test_earlier_mistakes_are_not_ours(void **state)
{
    struct fixture *f = *state;

    diag_add(f->diag, "other.json", DIAG_NO_POS, NULL, "something else");
    assert_non_null(load_text(f, HEAD "\"rows\": [" ROW("a", "") "]}"));
    assert_int_equal(diag_count(f->diag), 1);
}

static void test_unreadable(void **state)
{
    struct fixture *f = *state;

    assert_null(pricebook_load("/nonexistent/prices.json", f->arena, f->diag));
    assert_string_equal(diag_get(f->diag, 0)->message, "there is no such price book");
    assert_null(pricebook_load("/tmp", f->arena, f->diag));
    assert_int_equal(diag_count(f->diag), 2);
}

static void test_too_big(void **state)
{
    struct fixture *f = *state;
    size_t n = (size_t)PRICEBOOK_SIZE_BYTES_MAX + 1;
    char *text = malloc(n + 1);

    assert_non_null(text);
    memset(text, ' ', n);
    text[n] = '\0';
    assert_null(load_text(f, text));
    assert_non_null(strstr(diag_get(f->diag, 0)->message, "4 MiB"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_shipped_book, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_shipped_rows_are_complete, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_instances, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_small_book, set_up, tear_down),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test_setup_teardown(test_all_mistakes_are_reported, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_earlier_mistakes_are_not_ours, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unreadable, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_too_big, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
