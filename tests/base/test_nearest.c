/* Nearest names: what people mistype is found, what is merely short or far is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nearest.h"

#include <stdio.h>
#include <string.h>

static void distances(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        size_t distance;
    } cases[] = {
        {"", "", 0},
        {"", "abc", 3},
        {"abc", "", 3},
        {"kitten", "sitting", 3},
        {"partitions", "partiitons", 1}, /* neighbours exchanged */
        {"ca", "abc", 3},                /* optimal string alignment; unrestricted it would be 2 */
        {"Linger.MS", "linger.ms", 0},
        {"saturday", "sunday", 3},
        {"abcdef", "badcfe", 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(nearest_distance(cases[i].a, cases[i].b, 9), cases[i].distance);
        assert_int_equal(nearest_distance(cases[i].b, cases[i].a, 9), cases[i].distance);
        /* With every limit: exact up to it, just above it beyond. */
        for (size_t limit = 0; limit < 5; limit++) {
            size_t expected = cases[i].distance <= limit ? cases[i].distance : limit + 1;
            assert_int_equal(nearest_distance(cases[i].a, cases[i].b, limit), expected);
        }
    }
}

/* The naive recursion over all words of up to five letters from {a, b, c}, against the table with its
 * cut-offs. */
static size_t naive(const char *a, size_t n_a, const char *b, size_t n_b)
{
    if (n_a == 0) return n_b;
    if (n_b == 0) return n_a;
    size_t d = naive(a, n_a - 1, b, n_b - 1) + (a[n_a - 1] != b[n_b - 1]);
    size_t deleted = naive(a, n_a - 1, b, n_b) + 1, inserted = naive(a, n_a, b, n_b - 1) + 1;
    if (deleted < d) d = deleted;
    if (inserted < d) d = inserted;
    if (n_a > 1 && n_b > 1 && a[n_a - 1] == b[n_b - 2] && a[n_a - 2] == b[n_b - 1]) {
        size_t exchanged = naive(a, n_a - 2, b, n_b - 2) + 1;
        if (exchanged < d) d = exchanged;
    }
    return d;
}

static void word_of(int code, char word[8])
{
    size_t n = 0;
    for (; code > 0; code /= 4) {
        if (code % 4) word[n++] = (char)('a' + code % 4 - 1);
    }
    word[n] = '\0';
}

static void every_short_pair_against_the_naive_recursion(void **state)
{
    (void)state;
    int pairs = 0;
    for (int i = 0; i < 1024; i += 7) {
        for (int j = 0; j < 1024; j += 11) {
            char a[8], b[8];
            word_of(i, a);
            word_of(j, b);
            size_t expected = naive(a, strlen(a), b, strlen(b));
            for (size_t limit = 0; limit < 4; limit++) {
                size_t got = nearest_distance(a, b, limit);
                assert_int_equal(got, expected <= limit ? expected : limit + 1);
            }
            pairs++;
        }
    }
    assert_true(pairs > 10000);
}

static void names(void **state)
{
    (void)state;
    static const char *const fields[] = {"partitions", "replication", "retention", "name",       "linger.ms",
                                         "batch.size", "acks",        "tumbling",  "broker_down"};
    const size_t n = sizeof fields / sizeof fields[0];
    static const struct {
        const char *word, *nearest;
    } cases[] = {
        {"partition", "partitions"},
        {"partitons", "partitions"},
        {"PARTITIONS", "partitions"},
        {"replicaton", "replication"},
        {"retetnion", "retention"},
        {"linger_ms", "linger.ms"},
        {"ack", "acks"},
        {"nmae", "name"},
        {"brokerdown", "broker_down"},
        {"batchsize", "batch.size"},
        {"x", NULL},
        {"", NULL},
        {"compression", NULL},
        {"throughput", NULL},
        {"tumblin", "tumbling"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *got = nearest_name(cases[i].word, fields, n);
        if (cases[i].nearest) {
            assert_non_null(got);
            assert_string_equal(got, cases[i].nearest);
        } else {
            assert_null(got);
        }
    }
    /* Ties go to the earlier; an exact match beats an earlier near one. */
    static const char *const close[] = {"cat", "bat", "hat"};
    assert_string_equal(nearest_name("rat", close, 3), "cat");
    assert_string_equal(nearest_name("hat", close, 3), "hat");
    assert_null(nearest_name("hat", close, 0));

    char longest[200];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    const char *const same[] = {longest};
    assert_null(nearest_name(longest, same, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances),
        cmocka_unit_test(every_short_pair_against_the_naive_recursion),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
