/* Commits against the engines' published cases, each told in the terms of commit.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "arena.h"
#include "commit.h"
#include "vectors.h"

static const char cases_path[] = "tests/paths/vectors/compaction_cases.json";
enum { A = 1, B, C, D, E };
#define NUMBERS(...)                                                                                         \
    {                                                                                                        \
        (const uint64_t[]){__VA_ARGS__}, sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t)          \
    }
#define FILE_OF(file, partition)                                                                             \
    {                                                                                                        \
        (const struct commit_file[]){{file, partition}}, 1                                                   \
    }
#define FILES_AB                                                                                             \
    {                                                                                                        \
        (const struct commit_file[]){{A, 0}, {B, 0}}, 2                                                      \
    }

/* In the order of the vectors. */
static const struct {
    const char *name;
    struct commit_attempt mine;
    struct commit_change winner;
    enum commit_conflict conflict;
} delta_cases[] = {
    {"append / append", {.change = {.added = FILE_OF(B, 2)}}, {.added = FILE_OF(A, 1)}, COMMIT_OK},
    {"disjoint delete / read",
     {.change = {.added = FILE_OF(B, 1)}, .read = NUMBERS(1)},
     {.removed = FILE_OF(A, 2)},
     COMMIT_OK},
    {"disjoint add / read",
     {.change = {.added = FILE_OF(B, 1)}, .read = NUMBERS(1)},
     {.added = FILE_OF(A, 2)},
     COMMIT_OK},
    {"add / read + write",
     {.change = {.added = FILE_OF(B, 1)}, .read = NUMBERS(1)},
     {.added = FILE_OF(A, 1)},
     COMMIT_CONCURRENT_APPEND},
    {"add / read + no write", {.read = NUMBERS(1)}, {.added = FILE_OF(A, 1)}, COMMIT_OK},
    {"add in part=2 / read from part=1,2 and write to part=1",
     {.change = {.added = FILE_OF(B, 2)}, .read = NUMBERS(1, 2)},
     {.added = FILE_OF(A, 1)},
     COMMIT_CONCURRENT_APPEND},
    {"schema change", {.change = {.added = FILE_OF(B, 1)}}, {.metadata = true}, COMMIT_METADATA_CHANGED},
    {"conflicting txns",
     {.change = {.added = FILE_OF(B, 1)}, .depends_on = NUMBERS(7)},
     {.applications = NUMBERS(7)},
     COMMIT_CONCURRENT_TRANSACTION},
    {"taint whole table",
     {.change = {.added = FILE_OF(B, 4)}, .read_table = true},
     {.added = FILE_OF(A, 3)},
     COMMIT_CONCURRENT_APPEND},
    {"no data change: allow data rearrange when new files concurrently added",
     {.change = {.added = FILE_OF(C, 0), .removed = FILES_AB}, .rearranges = true, .read_table = true},
     {.added = FILE_OF(E, 0)},
     COMMIT_OK},
    {"no data change: block data rearrange when concurrently delete removes same file",
     {.change = {.added = FILE_OF(C, 0), .removed = FILES_AB}, .rearranges = true, .read_table = true},
     {.removed = FILE_OF(A, 0)},
     COMMIT_CONCURRENT_DELETE_READ},
};

static void delta_conflicts(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct json_value *cases =
        vectors_at(vectors_at(vectors_json(cases_path, arena), "delta"), "conflicts");
    assert_int_equal(cases->n, sizeof delta_cases / sizeof *delta_cases);
    for (size_t c = 0; c < cases->n; c++) {
        assert_string_equal(vectors_at(&cases->items[c], "name")->text, delta_cases[c].name);
        const enum commit_conflict conflict =
            commit_check(&delta_cases[c].mine, &delta_cases[c].winner, 1, (struct commit_numbers){0});
        assert_int_equal(conflict, delta_cases[c].conflict);
        assert_int_equal(conflict != COMMIT_OK, vectors_at(&cases->items[c], "conflict")->boolean);
        const struct json_value *error = json_member(&cases->items[c], "error");
        if (error != NULL) assert_string_equal(commit_conflict_name(conflict), error->text);
    }
    arena_free(arena);
}

/* Who deletes what another has deleted, without having read it; and two winners, of which the second
 * conflicts. */
static void deletes_and_several_winners(void **state)
{
    (void)state;
    struct commit_attempt mine = {.change = {.removed = FILES_AB}, .read = NUMBERS(3)};
    struct commit_change winners[2] = {{.added = FILE_OF(E, 5)}, {.removed = FILE_OF(B, 0)}};
    assert_int_equal(commit_check(&mine, winners, 1, (struct commit_numbers){0}), COMMIT_OK);
    assert_int_equal(commit_check(&mine, winners, 2, (struct commit_numbers){0}),
                     COMMIT_CONCURRENT_DELETE_DELETE);
    mine.rearranges = true;
    assert_int_equal(commit_check(&mine, winners, 2, (struct commit_numbers){0}),
                     COMMIT_CONCURRENT_DELETE_DELETE);
    winners[1] = (struct commit_change){.removed = FILE_OF(D, 3)}; /* read, but not replaced */
    assert_int_equal(commit_check(&mine, winners, 2, (struct commit_numbers){0}), COMMIT_OK);
    mine.rearranges = false;
    assert_int_equal(commit_check(&mine, winners, 2, (struct commit_numbers){0}),
                     COMMIT_CONCURRENT_DELETE_READ);
}

/* Tries until a race is won or there are none left; returns how many failed before that, -1: it gave up. */
static int tries_until(const struct commit_retry *retry, int failures)
{
    int64_t waited = 0;
    for (int tries = 0;; tries++) {
        if (tries == failures) return tries;
        const int64_t wait = commit_retry_wait_ms(retry, tries + 1, waited);
        if (wait < 0) return -1;
        waited += wait;
    }
}

static const struct {
    const char *name;
    struct commit_attempt mine;
    struct commit_change winner;
    size_t winners_n;
    struct commit_numbers files;
    enum commit_conflict conflict;
} rewrites[] = {
    {"testAlreadyDeletedFile",
     {.rule = COMMIT_ICEBERG, .change = {.added = FILE_OF(D, 0), .removed = FILE_OF(A, 0)}},
     {.added = FILE_OF(B, 0), .removed = FILE_OF(A, 0)},
     1,
     NUMBERS(B),
     COMMIT_MISSING_FILES},
    {"testDeleteNonExistentFile",
     {.rule = COMMIT_ICEBERG, .change = {.added = FILE_OF(D, 0), .removed = FILE_OF(C, 0)}},
     {.metadata = false},
     0,
     NUMBERS(A, B),
     COMMIT_MISSING_FILES},
    {"testNewDeleteFile/before",
     {.rule = COMMIT_ICEBERG, .change = {.added = FILE_OF(D, 0), .removed = FILE_OF(A, 0)}},
     {.deletes_for = NUMBERS(A)},
     1,
     NUMBERS(A),
     COMMIT_NEW_DELETES},
    /* The deletes were there when it began: nobody has won since. */
    {"testNewDeleteFile/after",
     {.rule = COMMIT_ICEBERG, .change = {.added = FILE_OF(D, 0), .removed = FILE_OF(A, 0)}},
     {.deletes_for = NUMBERS(A)},
     0,
     NUMBERS(A),
     COMMIT_OK},
};

static void iceberg_rewrites(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct json_value *iceberg = vectors_at(vectors_json(cases_path, arena), "iceberg");
    const struct json_value *cases = vectors_at(iceberg, "commit"),
                            *defaults = vectors_at(iceberg, "defaults");
    assert_int_equal(cases->n, 6);
    const struct commit_retry *retry = &commit_retry_default;
    assert_int_equal(retry->retries, vectors_int(defaults, "commit.retry.num-retries"));
    assert_int_equal(retry->min_wait_ms, vectors_int(defaults, "commit.retry.min-wait-ms"));
    assert_int_equal(retry->max_wait_ms, vectors_int(defaults, "commit.retry.max-wait-ms"));
    assert_int_equal(retry->total_ms, vectors_int(defaults, "commit.retry.total-timeout-ms"));
    for (size_t c = 0; c < 2; c++) {
        const struct json_value *one = &cases->items[c];
        assert_int_equal(retry->retries, vectors_int(one, "num_retries"));
        const int failures = (int)vectors_int(one, "inject_failed_commits");
        assert_int_equal(tries_until(retry, failures),
                         strcmp(vectors_at(one, "expect")->text, "commits") == 0 ? failures : -1);
    }
    for (size_t c = 0; c < sizeof rewrites / sizeof *rewrites; c++) {
        const struct json_value *one = &cases->items[2 + c];
        assert_string_equal(vectors_at(one, "name")->text, rewrites[c].name);
        const enum commit_conflict conflict =
            commit_check(&rewrites[c].mine, &rewrites[c].winner, rewrites[c].winners_n, rewrites[c].files);
        assert_int_equal(conflict, rewrites[c].conflict);
        const char *expect = vectors_at(one, "expect")->text;
        if (conflict == COMMIT_OK)
            assert_string_equal(expect, "valid");
        else
            assert_non_null(strstr(expect, commit_conflict_name(conflict)));
    }
    arena_free(arena);
}

static void waits_by_hand(void **state)
{
    (void)state;
    const struct commit_retry r = {.retries = 12, .min_wait_ms = 100, .max_wait_ms = 1000, .total_ms = 5000};
    static const int64_t waits[] = {100, 200, 400, 800, 1000, 1000, 1000};
    int64_t waited = 0;
    for (int tries = 1; tries <= 7; tries++) {
        assert_int_equal(commit_retry_wait_ms(&r, tries, waited), waits[tries - 1]);
        waited += waits[tries - 1];
    }
    assert_int_equal(waited, 4500);
    assert_int_equal(commit_retry_wait_ms(&r, 8, 5000), 1000);
    assert_int_equal(commit_retry_wait_ms(&r, 8, 5001), -1); /* longer than the total */
    assert_int_equal(commit_retry_wait_ms(&r, 13, 0), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delta_conflicts),
        cmocka_unit_test(deletes_and_several_winners),
        cmocka_unit_test(iceberg_rewrites),
        cmocka_unit_test(waits_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
