/* Planning against the engines' published cases, a literal model of bin packing, and rules of thumb. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "arena.h"
#include "compact.h"
#include "philox.h"
#include "vectors.h"

static const char cases_path[] = "tests/paths/vectors/compaction_cases.json";

static int64_t int_or(const struct json_value *object, const char *key, int64_t otherwise)
{
    const struct json_value *value = json_member(object, key);
    return value == NULL || value->kind == JSON_VALUE_NULL ? otherwise : vectors_int(object, key);
}

static int64_t *weights_of(const struct json_value *items, struct arena *arena)
{
    int64_t *weights = ARENA_NEW(arena, int64_t, items->n);
    for (size_t i = 0; i < items->n; i++)
        weights[i] = items->items[i].integer;
    return weights;
}

static void same_bins(const struct compact_bins *bins, const int64_t *weights,
                      const struct json_value *expected)
{
    assert_int_equal(bins->bins_n, expected->n);
    for (size_t b = 0; b < bins->bins_n; b++) {
        assert_int_equal(bins->starts[b + 1] - bins->starts[b], expected->items[b].n);
        for (size_t i = 0; i < expected->items[b].n; i++)
            assert_int_equal(weights[bins->items[bins->starts[b] + i]], expected->items[b].items[i].integer);
    }
}

static void iceberg_bin_packing(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct json_value *root = vectors_json(cases_path, arena);
    const struct json_value *cases =
        vectors_at(vectors_at(vectors_at(root, "iceberg"), "bin_packing"), "cases");
    assert_int_equal(cases->n, 33);
    for (size_t c = 0; c < cases->n; c++) {
        const struct json_value *one = &cases->items[c];
        const struct json_value *items = vectors_at(one, "items");
        const int64_t *weights = weights_of(items, arena);
        const struct compact_packing packing = {
            .target = vectors_int(one, "target_weight"),
            .lookback = (size_t)int_or(one, "lookback", 0),
            .max_items = (size_t)int_or(one, "max_items_per_bin", 0),
            .largest_first = vectors_at(one, "largest_bin_first")->boolean,
            .from_end = strcmp(vectors_at(one, "mode")->text, "pack_end") == 0,
        };
        const struct compact_bins bins = compact_pack(weights, items->n, &packing, arena);
        same_bins(&bins, weights, vectors_at(one, "bins"));
    }
    arena_free(arena);
}

static void delta_bin_packing(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct json_value *delta = vectors_at(vectors_json(cases_path, arena), "delta");
    const struct json_value *by_size = vectors_at(delta, "bin_pack_by_size");
    assert_int_equal(by_size->n, 4);
    for (size_t c = 0; c < by_size->n; c++) {
        const struct json_value *one = &by_size->items[c];
        const struct json_value *items = vectors_at(one, "items");
        const int64_t *weights = weights_of(items, arena);
        const struct compact_packing packing = {
            .target = vectors_int(one, "max_bin"), .lookback = 1, .ascending = true};
        const struct compact_bins bins = compact_pack(weights, items->n, &packing, arena);
        same_bins(&bins, weights, vectors_at(one, "bins"));
        /* The same through the planner: bins of one file are dropped. */
        struct compact_file *files = ARENA_NEW(arena, struct compact_file, items->n);
        for (size_t i = 0; i < items->n; i++)
            files[i] = (struct compact_file){.size_bytes = weights[i]};
        struct compact_policy policy =
            compact_policy_default(compact_strategy_find("optimize"), packing.target);
        policy.min_bytes = 100;
        struct compact_plan plan;
        compact_plan(&policy, files, items->n, arena, &plan);
        size_t g = 0;
        for (size_t b = 0; b < bins.bins_n; b++) {
            const size_t n = bins.starts[b + 1] - bins.starts[b];
            if (n < 2) continue;
            assert_int_equal(plan.groups[g].files_n, n);
            assert_memory_equal(plan.groups[g].files, &bins.items[bins.starts[b]], n * sizeof(uint32_t));
            assert_int_equal(plan.groups[g].outputs, 1);
            g++;
        }
        assert_int_equal(plan.groups_n, g);
        assert_int_equal(plan.groups_packed, bins.bins_n);
    }
    const struct json_value *iterator = vectors_at(delta, "bin_packing_iterator");
    assert_int_equal(iterator->n, 2);
    for (size_t c = 0; c < iterator->n; c++) {
        const struct json_value *one = &iterator->items[c];
        const struct json_value *items = vectors_at(one, "items");
        const int64_t *weights = weights_of(items, arena);
        const struct compact_packing packing = {.target = vectors_int(one, "target"), .lookback = 1};
        const struct compact_bins bins = compact_pack(weights, items->n, &packing, arena);
        same_bins(&bins, weights, vectors_at(one, "bins"));
    }
    arena_free(arena);
}

static struct compact_policy policy_of(const struct json_value *options)
{
    struct compact_policy policy =
        compact_policy_default(compact_strategy_find("binpack"), int_or(options, "target_file_size", 0));
    size_t known = 0;
    static const char *const names[] = {
        "target_file_size", "min_file_size",         "max_file_size",
        "min_input_files",  "max_file_group_size",   "max_file_group_input_files",
        "rewrite_all",      "delete_file_threshold", "delete_ratio_threshold"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        known += json_member(options, names[i]) != NULL;
    assert_int_equal(known, options->n); /* no option of a case is passed over */
    policy.min_bytes = int_or(options, "min_file_size", policy.min_bytes);
    policy.max_bytes = int_or(options, "max_file_size", policy.max_bytes);
    policy.min_input_files = int_or(options, "min_input_files", policy.min_input_files);
    policy.max_group_bytes = int_or(options, "max_file_group_size", policy.max_group_bytes);
    policy.max_group_files = int_or(options, "max_file_group_input_files", policy.max_group_files);
    policy.delete_files_min = int_or(options, "delete_file_threshold", policy.delete_files_min);
    const struct json_value *share = json_member(options, "delete_ratio_threshold");
    if (share != NULL) policy.deleted_share = share->number;
    const struct json_value *all = json_member(options, "rewrite_all");
    policy.rewrite_all = all != NULL && all->boolean;
    assert_null(compact_policy_check(&policy));
    return policy;
}

static void iceberg_planner(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct json_value *cases =
        vectors_at(vectors_at(vectors_json(cases_path, arena), "iceberg"), "planner");
    assert_int_equal(cases->n, 14);
    size_t expectations = 0;
    for (size_t c = 0; c < cases->n; c++) {
        const struct json_value *one = &cases->items[c];
        const struct compact_policy policy = policy_of(vectors_at(one, "options"));
        const struct json_value *list = vectors_at(one, "files");
        struct compact_file *files = ARENA_NEW(arena, struct compact_file, list->n);
        for (size_t i = 0; i < list->n; i++)
            files[i] = (struct compact_file){
                .size_bytes = vectors_int(&list->items[i], "size"),
                .records = int_or(&list->items[i], "rows", 0),
                .delete_files = int_or(&list->items[i], "deletes", 0),
                .deleted_records = int_or(&list->items[i], "deleted_rows", 0),
            };
        struct compact_plan plan;
        compact_plan(&policy, files, list->n, arena, &plan);
        const struct json_value *expect = vectors_at(one, "expect"), *sizes, *counts, *outputs;
        if ((sizes = json_member(expect, "group_sizes")) != NULL) {
            expectations++;
            assert_int_equal(plan.groups_n, sizes->n);
            for (size_t g = 0; g < sizes->n; g++) {
                assert_int_equal(plan.groups[g].files_n, sizes->items[g].n);
                for (size_t i = 0; i < sizes->items[g].n; i++)
                    assert_int_equal(files[plan.groups[g].files[i]].size_bytes,
                                     sizes->items[g].items[i].integer);
            }
        }
        if (json_member(expect, "group_count") != NULL) {
            expectations++;
            assert_int_equal(plan.groups_n, vectors_int(expect, "group_count"));
        }
        if ((counts = json_member(expect, "group_file_counts")) != NULL) {
            expectations++;
            assert_int_equal(plan.groups_n, counts->n);
            for (size_t g = 0; g < counts->n; g++)
                assert_int_equal(plan.groups[g].files_n, counts->items[g].integer);
        }
        if ((outputs = json_member(expect, "expected_output_files")) != NULL) {
            expectations++;
            assert_int_equal(plan.groups_n, outputs->n);
            for (size_t g = 0; g < outputs->n; g++)
                assert_int_equal(plan.groups[g].outputs, outputs->items[g].integer);
        }
    }
    assert_int_equal(expectations, 15);
    arena_free(arena);
}

static void iceberg_job_order(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum compact_order order;
    } orders[] = {{"FILES_DESC", COMPACT_ORDER_FILES_DESC},
                  {"FILES_ASC", COMPACT_ORDER_FILES_ASC},
                  {"BYTES_DESC", COMPACT_ORDER_BYTES_DESC},
                  {"BYTES_ASC", COMPACT_ORDER_BYTES_ASC}};
    struct arena *arena = arena_new(0);
    const struct json_value *jobs =
        vectors_at(vectors_at(vectors_json(cases_path, arena), "iceberg"), "job_order");
    const struct json_value *groups = vectors_at(jobs, "groups");
    struct compact_file files[16];
    size_t n = 0;
    for (size_t g = 0; g < groups->n; g++) {
        const struct json_value *group = &groups->items[g];
        const int64_t files_n = vectors_int(group, "files");
        for (int64_t i = 0; i < files_n; i++)
            files[n++] =
                (struct compact_file){.partition = g, .size_bytes = vectors_int(group, "bytes") / files_n};
    }
    assert_int_equal(n, 6);
    struct compact_policy policy = compact_policy_default(compact_strategy_find("binpack"), 0);
    policy.rewrite_all = true;
    for (size_t o = 0; o < sizeof orders / sizeof *orders; o++) {
        policy.order = orders[o].order;
        struct compact_plan plan;
        compact_plan(&policy, files, n, arena, &plan);
        const struct json_value *expected = vectors_at(jobs, orders[o].name);
        assert_int_equal(plan.groups_n, expected->n);
        for (size_t g = 0; g < expected->n; g++) {
            char name[32];
            snprintf(name, sizeof name, "bucket%d", (int)plan.groups[g].partition);
            assert_string_equal(name, expected->items[g].text);
        }
    }
    arena_free(arena);
}

/* Twenty files, two to a group; the files' own size is the test's to choose. Upstream runs these with
 * min-input-files 1. */
static void iceberg_partial_progress(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct json_value *cases =
        vectors_at(vectors_at(vectors_json(cases_path, arena), "iceberg"), "partial_progress");
    assert_int_equal(cases->n, 3);
    struct compact_file files[20] = {{0}};
    for (size_t i = 0; i < 20; i++)
        files[i].size_bytes = 100000;
    struct compact_policy policy = compact_policy_default(compact_strategy_find("binpack"), 0);
    policy.min_input_files = 1;
    policy.max_group_bytes = 2 * 100000 + 1000;
    struct compact_plan plan;
    compact_plan(&policy, files, 20, arena, &plan);
    for (size_t c = 0; c < cases->n; c++) {
        const struct json_value *expect = vectors_at(&cases->items[c], "expect");
        const struct json_value *batches = json_member(expect, "commit_batch_sizes");
        const size_t commits = (size_t)int_or(&cases->items[c], "max_commits", 1);
        if (json_member(expect, "groups") != NULL)
            assert_int_equal(plan.groups_n, vectors_int(expect, "groups"));
        const size_t each = compact_groups_per_commit(plan.groups_n, commits);
        if (batches == NULL) {
            /* A snapshot for each commit, and the one there was. */
            assert_int_equal((plan.groups_n + each - 1) / each + 1, vectors_int(expect, "snapshots_after"));
            continue;
        }
        size_t left = plan.groups_n;
        for (size_t b = 0; b < batches->n; b++) {
            assert_int_equal(left < each ? left : each, batches->items[b].integer);
            left -= left < each ? left : each;
        }
        assert_int_equal(left, 0);
    }
    arena_free(arena);
}

/* The limit on files cuts a group, and its outputs are those of what is left of it. */
static void iceberg_max_files(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct compact_file files[6] = {{.size_bytes = 200},
                                    {.size_bytes = 200},
                                    {.size_bytes = 200},
                                    {.partition = 1, .size_bytes = 50},
                                    {.partition = 1, .size_bytes = 60},
                                    {.partition = 2, .size_bytes = 70}};
    struct compact_policy policy = compact_policy_default(compact_strategy_find("binpack"), 250);
    policy.rewrite_all = true;
    static const struct {
        int64_t max_files;
        size_t groups_n;
        int64_t files_in, bytes_in, files_out;
    } cases[] = {{0, 3, 6, 780, 5}, {1, 1, 1, 200, 1}, {2, 1, 2, 400, 2}, {3, 1, 3, 600, 3},
                 {4, 2, 4, 650, 4}, {5, 2, 5, 710, 4}, {6, 3, 6, 780, 5}, {7, 3, 6, 780, 5}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        policy.max_files = cases[c].max_files;
        struct compact_plan plan;
        compact_plan(&policy, files, 6, arena, &plan);
        assert_int_equal(plan.groups_n, cases[c].groups_n);
        assert_int_equal(plan.files_in, cases[c].files_in);
        assert_int_equal(plan.bytes_in, cases[c].bytes_in);
        assert_int_equal(plan.files_out, cases[c].files_out);
    }
    arena_free(arena);
}

static void defaults_are_the_engines(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct json_value *root = vectors_json(cases_path, arena);
    const struct json_value *iceberg = vectors_at(vectors_at(root, "iceberg"), "defaults");
    struct compact_policy p = compact_policy_default(compact_strategy_find("binpack"), 0);
    assert_int_equal(p.target_bytes, vectors_int(iceberg, "write.target-file-size-bytes"));
    assert_true((double)p.min_bytes ==
                (double)p.target_bytes * vectors_at(iceberg, "min-file-size ratio")->number);
    assert_int_equal(p.max_bytes,
                     (int64_t)((double)p.target_bytes * vectors_at(iceberg, "max-file-size ratio")->number));
    assert_int_equal(p.min_input_files, vectors_int(iceberg, "min-input-files"));
    assert_int_equal(p.max_group_bytes, vectors_int(iceberg, "max-file-group-size-bytes"));
    assert_int_equal(p.delete_files_min, vectors_int(iceberg, "delete-file-threshold"));
    assert_true(p.deleted_share == vectors_at(iceberg, "delete-ratio-threshold")->number);
    assert_false(p.rewrite_all);
    const struct json_value *delta = vectors_at(vectors_at(root, "delta"), "defaults");
    p = compact_policy_default(compact_strategy_find("optimize"), 0);
    assert_int_equal(p.target_bytes, vectors_int(delta, "optimize.maxFileSize"));
    assert_int_equal(p.min_bytes, vectors_int(delta, "optimize.minFileSize"));
    assert_true(p.deleted_share == vectors_at(delta, "optimize.maxDeletedRowsRatio")->number);
    p = compact_policy_default(compact_strategy_find("auto-compact"), 0);
    assert_int_equal(p.target_bytes, vectors_int(delta, "autoCompact.maxFileSize"));
    assert_int_equal(p.min_bytes, p.target_bytes / 2);
    assert_int_equal(p.min_input_files, vectors_int(delta, "autoCompact.minNumFiles"));
    assert_int_equal(p.max_partitions, vectors_int(delta, "autoCompact.maxNumModifiedPartitions"));
    const struct json_value *hudi = vectors_at(vectors_at(root, "hudi"), "defaults");
    p = compact_policy_default(compact_strategy_find("clustering"), 0);
    assert_int_equal(p.target_bytes, vectors_int(hudi, "target.file.max.bytes"));
    assert_int_equal(p.min_bytes, vectors_int(hudi, "small.file.limit"));
    assert_int_equal(p.max_group_bytes, vectors_int(hudi, "max.bytes.per.group"));
    assert_int_equal(p.max_groups, vectors_int(hudi, "max.num.groups"));
    assert_null(compact_strategy_find("zip"));
    arena_free(arena);
}

/* The formulas, by hand: target 100, min 75, max 180, so a writer's maximum is 140. */
static void outputs_by_hand(void **state)
{
    (void)state;
    const struct compact_policy p = compact_policy_default(compact_strategy_find("binpack"), 100);
    assert_int_equal(compact_write_max_bytes(&p), 140);
    static const struct {
        int64_t bytes, outputs;
    } cases[] = {{0, 1},   {1, 1},   {99, 1},  {100, 1}, {110, 1}, /* under 1.1 times 100, which is a little
                                                                      over 110 in binary */
                 {111, 2}, {175, 2}, {176, 2}, {200, 2}, {220, 2}, {222, 3}, {1050, 10}, {1100, 11}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        assert_int_equal(compact_expected_outputs(&p, cases[c].bytes), cases[c].outputs);
    /* The overhead of 5 KiB pushes every small split to the maximum. */
    assert_int_equal(compact_split_bytes(&p, 200), 140);
    const struct compact_policy large = compact_policy_default(compact_strategy_find("binpack"), 1000000);
    assert_int_equal(compact_split_bytes(&large, 500000), 1000000);
    assert_int_equal(compact_split_bytes(&large, 2100000), 1055120);
    assert_int_equal(compact_groups_per_commit(0, 3), 0);
    assert_int_equal(compact_groups_per_commit(9, 3), 3);
    assert_int_equal(compact_groups_per_commit(10, 3), 4);
}

static void policies_are_checked(void **state)
{
    (void)state;
    const struct compact_policy good = compact_policy_default(compact_strategy_find("binpack"), 1000);
    assert_null(compact_policy_check(&good));
    struct compact_policy p;
#define WRONG(change)                                                                                        \
    p = good;                                                                                                \
    change;                                                                                                  \
    assert_non_null(compact_policy_check(&p))
    WRONG(p.min_bytes = 1000);
    WRONG(p.max_bytes = 1000);
    WRONG(p.target_bytes = 0);
    WRONG(p.min_bytes = -1);
    WRONG(p.max_group_bytes = 0);
    WRONG(p.max_group_files = 0);
    WRONG(p.min_input_files = 0);
    WRONG(p.delete_files_min = -1);
    WRONG(p.deleted_share = 0);
    WRONG(p.deleted_share = 1.5);
    WRONG(p.max_files = -1);
    WRONG(p.target_bytes = p.max_bytes = INT64_MAX);
    for (size_t s = 0; s < compact_strategies_n; s++) {
        p = compact_policy_default(&compact_strategies[s], 0);
        assert_null(compact_policy_check(&p));
    }
    p.max_groups = -1;
    assert_non_null(compact_policy_check(&p)); /* clustering, the last */
    p = compact_policy_default(compact_strategy_find("auto-compact"), 0);
    p.max_partitions = 0;
    assert_non_null(compact_policy_check(&p));
}

/* Files of 60 bytes under a target of 128, so two to a bin; `recent` where the partition was written to. */
static size_t auto_files(struct compact_file *files, uint64_t partition, size_t n, int64_t size, bool recent)
{
    for (size_t i = 0; i < n; i++)
        files[i] = (struct compact_file){.partition = partition, .size_bytes = size, .recent = recent};
    return n;
}

static void auto_compaction_trigger(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct compact_file *files = ARENA_NEW(arena, struct compact_file, 1000);
    struct compact_policy p = compact_policy_default(compact_strategy_find("auto-compact"), 128);
    struct compact_plan plan;
    size_t n = 0;
    n += auto_files(files + n, 7, 50, 60, true);  /* just enough */
    n += auto_files(files + n, 8, 49, 60, true);  /* one too few */
    n += auto_files(files + n, 9, 80, 60, false); /* not written to */
    n += auto_files(files + n, 6, 90, 65, true);  /* not small */
    n += auto_files(files + n, 5, 51, 64, true);  /* of the threshold's size: count, but are not taken */
    compact_plan(&p, files, n, arena, &plan);
    assert_int_equal(plan.groups_n, 25);
    assert_int_equal(plan.files_chosen, 50);
    assert_int_equal(plan.partitions, 5);
    for (size_t g = 0; g < plan.groups_n; g++)
        assert_int_equal(plan.groups[g].partition, 7);
    /* Of three that qualify two run: those with most small files, the first among equals. */
    n = 0;
    n += auto_files(files + n, 1, 60, 10, true);
    n += auto_files(files + n, 2, 70, 10, true);
    n += auto_files(files + n, 3, 60, 10, true);
    p.max_partitions = 2;
    compact_plan(&p, files, n, arena, &plan);
    assert_int_equal(plan.files_in, 130);
    for (size_t g = 0; g < plan.groups_n; g++)
        assert_true(plan.groups[g].partition == 1 || plan.groups[g].partition == 2);
    arena_free(arena);
}

static void deletes_and_sizes_of_optimize(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct compact_policy p = compact_policy_default(compact_strategy_find("optimize"), 1000);
    const struct compact_file files[] = {
        {.size_bytes = 999},
        {.size_bytes = 1000},                                                          /* not small */
        {.size_bytes = 1000, .records = 100, .delete_files = 1, .deleted_records = 5}, /* not over 5 % */
        {.size_bytes = 400, .records = 100, .delete_files = 1, .deleted_records = 6},
        {.size_bytes = 600},
        {.partition = 1, .size_bytes = 1},
        {.size_bytes = 0, .delete_files = 1}, /* unknown records: always */
    };
    struct compact_plan plan;
    compact_plan(&p, files, sizeof files / sizeof *files, arena, &plan);
    /* 0 + 400 + 600, then 999 alone, and partition 1 alone. */
    assert_int_equal(plan.files_chosen, 5);
    assert_int_equal(plan.groups_n, 1);
    assert_int_equal(plan.groups[0].files_n, 3);
    assert_int_equal(plan.groups[0].size_bytes, 1000);
    assert_int_equal(plan.groups[0].reasons, COMPACT_ENOUGH_FILES | COMPACT_DELETES);
    assert_true(plan.groups[0].files[0] == 6 && plan.groups[0].files[1] == 3 && plan.groups[0].files[2] == 4);
    arena_free(arena);
}

/* Bin packing as one would tell it: a list of bins, each a list of items. Deliberately slow. */
enum { MODEL_MAX = 40 };
struct model_bin {
    int items[MODEL_MAX], n;
    int64_t weight;
};

static int model_pack(const int64_t *weights, int n, const struct compact_packing *rules, bool spoil,
                      struct model_bin *out)
{
    int sequence[MODEL_MAX], out_n = 0, open_n = 0;
    struct model_bin open[MODEL_MAX + 1];
    for (int i = 0; i < n; i++)
        sequence[i] = i;
    if (rules->ascending)
        for (int i = 0; i < n; i++)
            for (int j = 0; j + 1 < n; j++)
                if (weights[sequence[j]] > weights[sequence[j + 1]]) {
                    int swap = sequence[j];
                    sequence[j] = sequence[j + 1];
                    sequence[j + 1] = swap;
                }
    for (int k = 0; k < n; k++) {
        int item = sequence[rules->from_end ? n - 1 - k : k], to = -1;
        for (int b = 0; b < open_n && to < 0; b++)
            if (open[b].weight + weights[item] <= rules->target &&
                (rules->max_items == 0 || (size_t)open[b].n < rules->max_items))
                to = b;
        if (to < 0) {
            to = open_n++;
            open[to] = (struct model_bin){0};
        }
        open[to].items[open[to].n++] = item;
        open[to].weight += weights[item];
        if (rules->lookback == 0 || (size_t)open_n <= rules->lookback + spoil) continue;
        int gone = 0;
        for (int b = 0; rules->largest_first && b < open_n; b++)
            if (open[b].weight > open[gone].weight) gone = b;
        out[out_n++] = open[gone];
        for (int b = gone; b + 1 < open_n; b++)
            open[b] = open[b + 1];
        open_n--;
    }
    for (int b = 0; b < open_n; b++)
        out[out_n++] = open[b];
    if (!rules->from_end) return out_n;
    for (int b = 0; b < out_n / 2; b++) {
        struct model_bin swap = out[b];
        out[b] = out[out_n - 1 - b];
        out[out_n - 1 - b] = swap;
    }
    for (int b = 0; b < out_n; b++)
        for (int i = 0; i < out[b].n / 2; i++) {
            int swap = out[b].items[i];
            out[b].items[i] = out[b].items[out[b].n - 1 - i];
            out[b].items[out[b].n - 1 - i] = swap;
        }
    return out_n;
}

static int disagreements(bool spoil)
{
    int differ = 0;
    struct philox philox = philox_named(1, "test/compact/pack");
    for (int round = 0; round < 4000; round++) {
        struct arena *arena = arena_new(0);
        const int n = (int)philox_below(&philox, MODEL_MAX + 1);
        int64_t weights[MODEL_MAX];
        for (int i = 0; i < n; i++)
            weights[i] = (int64_t)philox_below(&philox, round % 2 == 0 ? 12 : 40);
        const struct compact_packing rules = {.target = (int64_t)philox_below(&philox, 50),
                                              .lookback = philox_below(&philox, 5),
                                              .max_items = philox_below(&philox, 3) * 2,
                                              .largest_first = philox_below(&philox, 2) == 1,
                                              .from_end = philox_below(&philox, 3) == 0,
                                              .ascending = philox_below(&philox, 3) == 0};
        struct model_bin expected[MODEL_MAX];
        const int bins_n = model_pack(weights, n, &rules, spoil, expected);
        const struct compact_bins bins = compact_pack(weights, (size_t)n, &rules, arena);
        bool same = bins.bins_n == (size_t)bins_n;
        for (int b = 0; b < bins_n && same; b++) {
            same = bins.starts[b + 1] - bins.starts[b] == (size_t)expected[b].n;
            for (int i = 0; i < expected[b].n && same; i++)
                same = bins.items[bins.starts[b] + (size_t)i] == (uint32_t)expected[b].items[i];
        }
        differ += !same;
        arena_free(arena);
    }
    return differ;
}

static void packs_as_the_model(void **state)
{
    (void)state;
    assert_int_equal(disagreements(false), 0);
    assert_true(disagreements(true) > 100); /* a model that is wrong is noticed */
}

static const char *const packing_strategies[] = {"binpack", "optimize", "auto-compact"};

/* Random tables: each strategy's promises hold for every group, and the same plan comes whenever. */
static void promises_of_plans(void **state)
{
    (void)state;
    struct philox philox = philox_named(1, "test/compact/plan");
    for (int round = 0; round < 300; round++) {
        struct arena *arena = arena_new(0);
        const size_t n = philox_below(&philox, 300);
        const uint64_t partitions = 1 + philox_below(&philox, round % 3 == 0 ? 200 : 6);
        struct compact_file *files = ARENA_NEW(arena, struct compact_file, n);
        for (size_t i = 0; i < n; i++)
            files[i] =
                (struct compact_file){.partition = philox_below(&philox, partitions) * 0x9e3779b97f4a7c15u,
                                      .size_bytes = (int64_t)philox_below(&philox, 2500),
                                      .records = (int64_t)philox_below(&philox, 100),
                                      .delete_files = philox_below(&philox, 10) == 0,
                                      .deleted_records = (int64_t)philox_below(&philox, 50),
                                      .recent = philox_below(&philox, 2) == 0};
        struct compact_policy p =
            compact_policy_default(compact_strategy_find(packing_strategies[round % 3]), 1000);
        const bool binpack = p.strategy == compact_strategy_find("binpack");
        if (binpack) p.max_group_bytes = 3000;
        if (!binpack) p.min_input_files = 4;
        struct compact_plan plan, again;
        compact_plan(&p, files, n, arena, &plan);
        bool *taken = ARENA_NEW(arena, bool, n);
        int64_t files_in = 0, bytes_in = 0;
        for (size_t g = 0; g < plan.groups_n; g++) {
            const struct compact_group *group = &plan.groups[g];
            int64_t bytes = 0;
            assert_true(group->files_n >= 1 && group->reasons != 0 && group->outputs >= 1);
            for (size_t i = 0; i < group->files_n; i++) {
                const uint32_t f = group->files[i];
                assert_true(f < n && !taken[f]);
                taken[f] = true;
                assert_true(files[f].partition == group->partition);
                bytes += files[f].size_bytes;
                if (i == 0) continue;
                if (binpack) assert_true(group->files[i - 1] < f);
                if (!binpack) assert_true(files[group->files[i - 1]].size_bytes <= files[f].size_bytes);
            }
            assert_int_equal(bytes, group->size_bytes);
            const int64_t most = binpack ? p.max_group_bytes : p.target_bytes;
            assert_true(bytes <= most || group->files_n == 1);
            if (!binpack) assert_true(group->files_n >= 2);
            files_in += (int64_t)group->files_n;
            bytes_in += bytes;
        }
        assert_int_equal(files_in, plan.files_in);
        assert_int_equal(bytes_in, plan.bytes_in);
        assert_true(plan.files_in <= plan.files_chosen && plan.files_chosen <= (int64_t)n);
        /* After it, optimize has nothing left to do with its outputs, each of the size of its group. */
        if (p.strategy == compact_strategy_find("optimize")) {
            size_t left_n = 0;
            struct compact_file *left = ARENA_NEW(arena, struct compact_file, n);
            for (size_t i = 0; i < n; i++)
                if (!taken[i]) left[left_n++] = files[i];
            for (size_t g = 0; g < plan.groups_n; g++)
                left[left_n++] = (struct compact_file){.partition = plan.groups[g].partition,
                                                       .size_bytes = plan.groups[g].size_bytes};
            compact_plan(&p, left, left_n, arena, &again);
            assert_true(again.files_in < plan.files_in || plan.files_in == 0);
        }
        compact_plan(&p, files, n, arena, &again);
        assert_int_equal(again.groups_n, plan.groups_n);
        for (size_t g = 0; g < plan.groups_n; g++)
            assert_memory_equal(again.groups[g].files, plan.groups[g].files,
                                plan.groups[g].files_n * sizeof(uint32_t));
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iceberg_bin_packing),
        cmocka_unit_test(delta_bin_packing),
        cmocka_unit_test(iceberg_planner),
        cmocka_unit_test(iceberg_job_order),
        cmocka_unit_test(iceberg_partial_progress),
        cmocka_unit_test(iceberg_max_files),
        cmocka_unit_test(defaults_are_the_engines),
        cmocka_unit_test(outputs_by_hand),
        cmocka_unit_test(policies_are_checked),
        cmocka_unit_test(auto_compaction_trigger),
        cmocka_unit_test(deletes_and_sizes_of_optimize),
        cmocka_unit_test(packs_as_the_model),
        cmocka_unit_test(promises_of_plans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
