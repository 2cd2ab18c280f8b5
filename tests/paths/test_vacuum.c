/* Deleting a table's past: the rules by hand, and random histories in which every state is looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "arena.h"
#include "philox.h"
#include "vacuum.h"
#include "vectors.h"

enum { FILES = 60, SNAPSHOTS = 20, HOUR_MS = 3600000 };
#define DAY_MS (24 * (int64_t)HOUR_MS)

static void defaults_are_the_engines(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct json_value *root = vectors_json("tests/paths/vectors/compaction_cases.json", arena);
    const struct vacuum_policy delta = vacuum_default(VACUUM_DELTA), iceberg = vacuum_default(VACUUM_ICEBERG);
    const struct json_value *own = vectors_at(vectors_at(root, "delta"), "defaults");
    assert_string_equal(vectors_at(own, "deletedFileRetentionDuration")->text, "7 days");
    assert_int_equal(delta.retention_ms, 7 * DAY_MS);
    assert_int_equal(iceberg.retention_ms, vectors_int(vectors_at(vectors_at(root, "iceberg"), "defaults"),
                                                       "expire max-snapshot-age-ms"));
    assert_int_equal(iceberg.min_snapshots, 1);
    assert_null(vacuum_check(&delta));
    assert_null(vacuum_check(&iceberg));
    arena_free(arena);
}

static void short_retentions_are_refused(void **state)
{
    (void)state;
    struct vacuum_policy p = vacuum_default(VACUUM_DELTA);
    p.retention_ms--;
    assert_non_null(vacuum_check(&p));
    p.unchecked = true;
    assert_null(vacuum_check(&p));
    p.retention_ms = -1;
    assert_non_null(vacuum_check(&p));
    p = vacuum_default(VACUUM_ICEBERG);
    p.min_snapshots = 0;
    assert_non_null(vacuum_check(&p));
}

/* Removed exactly when the retention began is kept; so is what was written since, tracked or not. */
static void delta_by_hand(void **state)
{
    (void)state;
    const struct vacuum_policy p = {.rule = VACUUM_DELTA, .retention_ms = 100};
    static const struct {
        struct vacuum_file file;
        bool gone;
    } cases[] = {
        {{.bytes = 1, .written_ms = 10, .added_ms = 10, .removed_ms = VACUUM_NEVER}, false},
        {{.bytes = 2, .written_ms = 10, .added_ms = 10, .removed_ms = 899}, true},
        {{.bytes = 4, .written_ms = 10, .added_ms = 10, .removed_ms = 900}, false},
        {{.bytes = 8, .written_ms = 899, .untracked = true}, true},
        {{.bytes = 16, .written_ms = 900, .untracked = true}, false},
        {{.bytes = 32, .written_ms = 910, .added_ms = 20, .removed_ms = 30}, false},
        {{.bytes = 64, .written_ms = 20, .added_ms = 20, .removed_ms = 30}, true},
    };
    enum { N = sizeof cases / sizeof *cases };
    struct vacuum_file files[N];
    bool gone[N];
    for (int i = 0; i < N; i++)
        files[i] = cases[i].file;
    const struct vacuum_result r = vacuum_plan(&p, NULL, 0, files, N, 1000, gone);
    for (int i = 0; i < N; i++)
        assert_int_equal(gone[i], cases[i].gone);
    assert_int_equal(r.files, 3);
    assert_int_equal(r.bytes, 2 + 8 + 64);
    assert_int_equal(r.earliest_ms, 899);
}

/* Snapshots at 100, 200 .. 500, now 600, kept for 250: those of 400 and 500, or the newest three. */
static void iceberg_by_hand(void **state)
{
    (void)state;
    const int64_t snapshots[] = {100, 200, 300, 400, 500};
    const struct vacuum_file files[] = {
        {.bytes = 1, .added_ms = 100, .removed_ms = 300}, /* of 100 and 200 */
        {.bytes = 2, .added_ms = 100, .removed_ms = 400}, /* and 300 */
        {.bytes = 4, .added_ms = 100, .removed_ms = 500}, /* and 400 */
        {.bytes = 8, .added_ms = 500, .removed_ms = VACUUM_NEVER},
        {.bytes = 16, .written_ms = 300, .untracked = true},
        {.bytes = 32, .written_ms = 560, .untracked = true},
    };
    bool gone[6];
    struct vacuum_policy p = {
        .rule = VACUUM_ICEBERG, .retention_ms = 250, .min_snapshots = 1, .orphan_ms = 50};
    struct vacuum_result r = vacuum_plan(&p, snapshots, 5, files, 6, 600, gone);
    assert_int_equal(r.bytes, 1 + 2 + 16);
    assert_int_equal(r.earliest_ms, 400);
    p.min_snapshots = 3;
    r = vacuum_plan(&p, snapshots, 5, files, 6, 600, gone);
    assert_int_equal(r.bytes, 1 + 16);
    assert_int_equal(r.earliest_ms, 300);
    p.retention_ms = 0;
    p.min_snapshots = 1;
    r = vacuum_plan(&p, snapshots, 5, files, 6, 600, gone);
    assert_int_equal(r.bytes, 1 + 2 + 4 + 16);
    p.retention_ms = INT64_MAX;
    assert_int_equal(vacuum_plan(&p, snapshots, 5, files, 6, 600, gone).bytes, 16);
}

static bool is_in(const struct vacuum_file *f, int64_t at)
{
    return !f->untracked && f->added_ms <= at && at < f->removed_ms;
}

/* A history: each commit adds files and removes others. */
static void draw_history(struct philox *philox, int64_t *snapshots, size_t snapshots_n,
                         struct vacuum_file *files)
{
    int64_t at = 0;
    for (size_t s = 0; s < snapshots_n; s++)
        snapshots[s] = at += 1 + (int64_t)philox_below(philox, 2 * HOUR_MS);
    for (int i = 0; i < FILES; i++) {
        const size_t added = philox_below(philox, snapshots_n);
        const size_t removed = added + 1 + philox_below(philox, snapshots_n);
        files[i] =
            (struct vacuum_file){.bytes = (int64_t)philox_below(philox, 100),
                                 .added_ms = snapshots[added],
                                 .removed_ms = removed < snapshots_n ? snapshots[removed] : VACUUM_NEVER,
                                 .untracked = philox_below(philox, 8) == 0};
        files[i].written_ms = snapshots[added] - (int64_t)philox_below(philox, HOUR_MS);
    }
}

static void no_state_that_is_kept_misses_a_file(void **state)
{
    (void)state;
    struct philox philox = philox_named(1, "test/vacuum");
    int64_t deleted = 0;
    for (int round = 0; round < 5000; round++) {
        int64_t snapshots[SNAPSHOTS];
        struct vacuum_file files[FILES];
        bool gone[FILES];
        const size_t n = 1 + philox_below(&philox, SNAPSHOTS);
        draw_history(&philox, snapshots, n, files);
        const struct vacuum_policy p = {.rule = (enum vacuum_rule)(round % 2),
                                        .retention_ms = (int64_t)philox_below(&philox, 20 * HOUR_MS),
                                        .unchecked = true,
                                        .min_snapshots = 1 + (int64_t)philox_below(&philox, 4),
                                        .orphan_ms = (int64_t)philox_below(&philox, 20 * HOUR_MS)};
        const int64_t now = snapshots[n - 1] + (int64_t)philox_below(&philox, HOUR_MS);
        const struct vacuum_result r = vacuum_plan(&p, snapshots, n, files, FILES, now, gone);
        int64_t files_gone = 0, bytes = 0;
        for (int i = 0; i < FILES; i++) {
            files_gone += gone[i];
            bytes += gone[i] ? files[i].bytes : 0;
            if (files[i].untracked) continue;
            bool needed = files[i].removed_ms == VACUUM_NEVER;
            for (size_t s = 0; s < n; s++) {
                const bool newest = (int64_t)(n - s) <= p.min_snapshots;
                const bool kept = s + 1 == n || snapshots[s] >= now - p.retention_ms ||
                                  (p.rule == VACUUM_ICEBERG && newest);
                needed = needed || (kept && is_in(&files[i], snapshots[s]));
            }
            if (needed) assert_false(gone[i]);
            if (!needed && p.rule == VACUUM_ICEBERG) assert_true(gone[i]); /* and no more is kept */
        }
        assert_int_equal(r.files, files_gone);
        assert_int_equal(r.bytes, bytes);
        deleted += files_gone;
        /* Time travel and readers: whole from the earliest state on, and not before it. */
        bool whole = true;
        for (int i = 0; i < FILES; i++) {
            for (size_t s = 0; s < n; s++)
                if (gone[i] && snapshots[s] >= r.earliest_ms) assert_false(is_in(&files[i], snapshots[s]));
            whole = whole && !(gone[i] && r.earliest_ms > INT64_MIN && is_in(&files[i], r.earliest_ms - 1));
        }
        assert_true(whole == (r.earliest_ms == INT64_MIN));
    }
    assert_true(deleted > 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_the_engines),
        cmocka_unit_test(short_retentions_are_refused),
        cmocka_unit_test(delta_by_hand),
        cmocka_unit_test(iceberg_by_hand),
        cmocka_unit_test(no_state_that_is_kept_misses_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
