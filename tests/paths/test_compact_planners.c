/* Every planner against one that does what its engine's text says, file by file, and Hudi's published case.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "arena.h"
#include "compact.h"
#include "philox.h"
#include "vectors.h"

static void hudi_clustering(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct json_value *root = vectors_json("tests/paths/vectors/compaction_cases.json", arena);
    const struct json_value *cases = vectors_at(vectors_at(root, "hudi"), "cases");
    assert_int_equal(cases->n, 1);
    for (size_t c = 0; c < cases->n; c++) {
        const struct json_value *one = &cases->items[c];
        const struct json_value *sizes = vectors_at(one, "files"), *groups = vectors_at(one, "groups");
        struct compact_file *files = ARENA_NEW(arena, struct compact_file, sizes->n);
        for (size_t i = 0; i < sizes->n; i++)
            files[i].size_bytes = sizes->items[i].integer;
        struct compact_policy p = compact_policy_default(compact_strategy_find("clustering"),
                                                         vectors_int(one, "target_file_max_bytes"));
        p.max_group_bytes = vectors_int(one, "max_bytes_per_group");
        p.min_bytes = vectors_int(one, "small_file_limit");
        struct compact_plan plan;
        compact_plan(&p, files, sizes->n, arena, &plan);
        assert_int_equal(plan.groups_n, groups->n);
        for (size_t g = 0; g < groups->n; g++) {
            const struct json_value *own = vectors_at(&groups->items[g], "files");
            assert_int_equal(plan.groups[g].files_n, own->n);
            assert_int_equal(plan.groups[g].outputs, vectors_int(&groups->items[g], "output_file_groups"));
            for (size_t i = 0; i < own->n; i++)
                assert_int_equal(files[plan.groups[g].files[i]].size_bytes, own->items[i].integer);
        }
    }
    arena_free(arena);
}

enum { FILES_MAX = 24 }; /* in a table; a plan has as many groups at most */

struct naive_group {
    int files[FILES_MAX], n;
    int64_t bytes, outputs;
};

enum kind { BINPACK, OPTIMIZE, AUTO, SORT, Z_ORDER, CLUSTERING, KINDS };
static const char *const names[KINDS] = {"binpack", "optimize", "auto-compact",
                                         "sort",    "z-order",  "clustering"};

static bool many_deletes(const struct compact_policy *p, const struct compact_file *f)
{
    if (f->delete_files >= p->delete_files_min) return true;
    if (f->delete_files == 0 || f->records == 0) return false;
    const int64_t deleted = f->deleted_records > f->records ? f->records : f->deleted_records;
    return (double)deleted / (double)f->records >= p->deleted_share;
}

static bool delta_wants(const struct compact_policy *p, const struct compact_file *f)
{
    if (f->size_bytes < p->min_bytes) return true;
    if (f->delete_files == 0) return false;
    return f->records == 0 || (double)f->deleted_records > p->deleted_share * (double)f->records;
}

static bool partition_qualifies(enum kind kind, const struct compact_policy *p,
                                const struct compact_file *files, int n, uint64_t partition)
{
    int recent = 0;
    int64_t small = 0;
    for (int i = 0; i < n; i++) {
        if (files[i].partition != partition) continue;
        recent += files[i].recent;
        small += files[i].size_bytes <= p->min_bytes;
    }
    if (kind == AUTO) return recent > 0 && small >= p->min_input_files;
    return kind != Z_ORDER || !p->recent_only || recent > 0;
}

static bool wanted(enum kind kind, const struct compact_policy *p, const struct compact_file *f)
{
    switch (kind) {
    case BINPACK:
    case SORT:
        return p->rewrite_all || f->size_bytes < p->min_bytes || f->size_bytes > p->max_bytes ||
               many_deletes(p, f);
    case OPTIMIZE:
    case AUTO:
        return delta_wants(p, f);
    case CLUSTERING:
        return f->size_bytes < p->min_bytes;
    default:
        return true;
    }
}

static bool kept(enum kind kind, const struct compact_policy *p, const struct compact_file *files,
                 const struct naive_group *g)
{
    switch (kind) {
    case BINPACK:
    case SORT:
        for (int i = 0; i < g->n; i++)
            if (many_deletes(p, &files[g->files[i]])) return true;
        return p->rewrite_all || (g->n > 1 && g->n >= p->min_input_files) ||
               (g->n > 1 && g->bytes > p->target_bytes) || g->bytes > p->max_bytes;
    case OPTIMIZE:
    case AUTO:
        return g->n > 1;
    case CLUSTERING:
        return g->n > 1 || p->single_groups;
    default:
        return true;
    }
}

static int64_t outputs_of(enum kind kind, const struct compact_policy *p, int64_t bytes)
{
    const int64_t target = p->target_bytes;
    switch (kind) {
    case BINPACK:
    case SORT: {
        if (bytes < target) return 1;
        if (bytes % target == 0) return bytes / target;
        if (bytes % target > p->min_bytes) return bytes / target + 1;
        const double mean = (double)(bytes / (bytes / target));
        const double most = (double)compact_write_max_bytes(p);
        return mean < 1.1 * (double)target && mean < most ? bytes / target : bytes / target + 1;
    }
    case CLUSTERING: {
        int64_t files = 0;
        for (int64_t left = bytes; left > 0; left -= target)
            files++;
        return files > 0 ? files : 1;
    }
    case Z_ORDER:
        return bytes < target ? 1 : bytes / target;
    default:
        return 1;
    }
}

/* One partition's files, packed and kept; returns how many groups there are then. */
static int naive_partition(enum kind kind, const struct compact_policy *p, const struct compact_file *files,
                           int n, uint64_t partition, struct naive_group *groups, int groups_n)
{
    int own[FILES_MAX], own_n = 0;
    if (!partition_qualifies(kind, p, files, n, partition)) return groups_n;
    for (int i = 0; i < n; i++)
        if (files[i].partition == partition && wanted(kind, p, &files[i])) own[own_n++] = i;
    const int direction = kind == OPTIMIZE || kind == AUTO ? 1 : kind == CLUSTERING ? -1 : 0;
    for (int i = 0; i < own_n; i++)
        for (int j = 0; j + 1 < own_n; j++)
            if (direction * (files[own[j]].size_bytes - files[own[j + 1]].size_bytes) > 0) {
                const int swap = own[j];
                own[j] = own[j + 1];
                own[j + 1] = swap;
            }
    const int64_t room = kind == Z_ORDER                    ? INT64_MAX
                         : kind == OPTIMIZE || kind == AUTO ? p->target_bytes
                                                            : p->max_group_bytes;
    for (int i = 0; i < own_n;) {
        struct naive_group g = {.n = 0};
        do {
            g.bytes += files[own[i]].size_bytes;
            g.files[g.n++] = own[i++];
        } while (i < own_n && g.bytes + files[own[i]].size_bytes <= room &&
                 !((kind == BINPACK || kind == SORT) && g.n == p->max_group_files));
        if (!kept(kind, p, files, &g)) continue;
        g.outputs = outputs_of(kind, p, g.bytes);
        groups[groups_n++] = g;
    }
    return groups_n;
}

static int naive_plan(enum kind kind, const struct compact_policy *p, const struct compact_file *files, int n,
                      struct naive_group *groups)
{
    int groups_n = 0;
    for (int i = 0; i < n; i++) {
        bool first = true;
        for (int j = 0; j < i; j++)
            first = first && files[j].partition != files[i].partition;
        if (first) groups_n = naive_partition(kind, p, files, n, files[i].partition, groups, groups_n);
    }
    if (kind == CLUSTERING && p->max_groups > 0 && groups_n > p->max_groups) groups_n = (int)p->max_groups;
    return groups_n;
}

static struct compact_policy draw_policy(struct philox *philox, enum kind kind)
{
    struct compact_policy p =
        compact_policy_default(compact_strategy_find(names[kind]), 100 + (int64_t)philox_below(philox, 900));
    if (kind == BINPACK || kind == SORT) {
        p.max_group_bytes = 1 + (int64_t)philox_below(philox, 5000);
        p.max_group_files = 1 + (int64_t)philox_below(philox, 10);
        p.min_input_files = 1 + (int64_t)philox_below(philox, 6);
        p.delete_files_min = 1 + (int64_t)philox_below(philox, 4);
        p.rewrite_all = philox_below(philox, 10) == 0;
    }
    if (kind == AUTO) p.min_input_files = (int64_t)philox_below(philox, 6);
    if (kind == CLUSTERING) {
        p.max_group_bytes = 1 + (int64_t)philox_below(philox, 3000);
        p.max_groups = (int64_t)philox_below(philox, 5);
        p.single_groups = philox_below(philox, 2) == 0;
    }
    p.recent_only = philox_below(philox, 2) == 0;
    return p;
}

/* Of so many small tables, those for which the plan is another. spoil: the model knows other limits. */
static int disagreements(enum kind kind, int tables, bool spoil)
{
    struct philox philox = philox_named_nth(1, "test/compact/planners", kind);
    int differ = 0;
    for (int table = 0; table < tables; table++) {
        struct arena *arena = arena_new(0);
        struct compact_file files[FILES_MAX];
        const int n = (int)philox_below(&philox, FILES_MAX + 1);
        const uint64_t partitions = 1 + philox_below(&philox, 5), sizes = 1 + philox_below(&philox, 1500);
        for (int i = 0; i < n; i++)
            files[i] = (struct compact_file){.partition = philox_below(&philox, partitions) << 40,
                                             .size_bytes = (int64_t)philox_below(&philox, sizes),
                                             .records = (int64_t)philox_below(&philox, 4) * 25,
                                             .delete_files = (int64_t)philox_below(&philox, 6) / 3,
                                             .deleted_records = (int64_t)philox_below(&philox, 40),
                                             .recent = philox_below(&philox, 3) == 0};
        struct compact_policy p = draw_policy(&philox, kind), other;
        struct compact_plan plan;
        struct naive_group groups[FILES_MAX];
        assert_null(compact_policy_check(&p));
        compact_plan(&p, files, (size_t)n, arena, &plan);
        other = p;
        if (spoil) {
            other.target_bytes -= other.target_bytes / 10;
            other.max_group_bytes /= 2;
            other.recent_only = !p.recent_only;
        }
        const int groups_n = naive_plan(kind, &other, files, n, groups);
        bool same = plan.groups_n == (size_t)groups_n;
        for (int g = 0; g < groups_n && same; g++) {
            const struct compact_group *is = &plan.groups[g];
            same = is->files_n == (size_t)groups[g].n && is->size_bytes == groups[g].bytes &&
                   is->outputs == groups[g].outputs && is->partition == files[groups[g].files[0]].partition;
            for (int i = 0; i < groups[g].n && same; i++)
                same = is->files[i] == (uint32_t)groups[g].files[i];
        }
        differ += !same;
        arena_free(arena);
    }
    return differ;
}

static void plans_as_the_models(void **state)
{
    (void)state;
    for (enum kind kind = 0; kind < KINDS; kind++) {
        assert_int_equal(disagreements(kind, 5000, false), 0);
        assert_true(disagreements(kind, 5000, true) > 20); /* a model that is wrong is noticed */
    }
    assert_int_equal(compact_strategies_n, KINDS); /* none is left out */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hudi_clustering),
        cmocka_unit_test(plans_as_the_models),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
