/* compact.c: planning; see compact.h. Packing is in compact_pack.c, executing in compact_execute.c, measuring
 * in compact_measure.c.
 *
 * 1. Files are numbered by partition, in the order in which partitions are first seen.
 * 2. The strategy marks the candidates; a counting sort brings them together by partition, order kept.
 * 3. Each partition's candidates are packed into bins, and the bins worth it become groups.
 */
#include "compact.h"

#include "arena.h"
#include "check.h"
#include "compact_pack.h"

#include <string.h>

int64_t compact_write_max_bytes(const struct compact_policy *policy)
{
    return (int64_t)((double)policy->target_bytes + (double)(policy->max_bytes - policy->target_bytes) * 0.5);
}

int64_t compact_expected_outputs(const struct compact_policy *policy, int64_t bytes)
{
    const int64_t target = policy->target_bytes;
    if (bytes < target) return 1;
    const int64_t down = bytes / target, rest = bytes % target, up = down + (rest > 0);
    if (rest > policy->min_bytes) return up; /* the rest makes a file of a good size */
    const double most = 1.1 * (double)target, write_max = (double)compact_write_max_bytes(policy);
    return (double)(bytes / down) < (most < write_max ? most : write_max) ? down : up;
}

int64_t compact_split_bytes(const struct compact_policy *policy, int64_t bytes)
{
    enum { SPLIT_OVERHEAD = 5 * 1024 };
    const int64_t estimate = bytes / compact_expected_outputs(policy, bytes) + SPLIT_OVERHEAD;
    if (estimate < policy->target_bytes) return policy->target_bytes;
    const int64_t most = compact_write_max_bytes(policy);
    return estimate < most ? estimate : most;
}

size_t compact_groups_per_commit(size_t groups_n, size_t max_commits)
{
    CHECK(max_commits >= 1, "no commits");
    return groups_n / max_commits + (groups_n % max_commits != 0);
}

/* What planning works on. */
struct planner {
    const struct compact_policy *policy;
    const struct compact_file *files;
    size_t n;
    struct arena *arena;
    struct compact_plan *plan;
    uint32_t *partition_of; /* each file's, as a number */
    uint32_t partitions_n;
    struct compact_group *groups;
    size_t groups_n, groups_capacity;
};

static uint64_t mix(uint64_t x)
{
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    x ^= x >> 32;
    return x;
}

static void number_partitions(struct planner *p)
{
    size_t slots = 64, used = 0;
    uint32_t *table = ARENA_NEW(p->arena, uint32_t, slots); /* number + 1; 0: free */
    uint64_t *names = ARENA_NEW(p->arena, uint64_t, slots / 2);
    p->partition_of = ARENA_NEW(p->arena, uint32_t, p->n);
    for (size_t i = 0; i < p->n; i++) {
        const uint64_t name = p->files[i].partition;
        if (i > 0 && name == p->files[i - 1].partition) { /* manifests are mostly in order */
            p->partition_of[i] = p->partition_of[i - 1];
            continue;
        }
        size_t slot = mix(name) & (slots - 1);
        while (table[slot] != 0 && names[table[slot] - 1] != name)
            slot = (slot + 1) & (slots - 1);
        if (table[slot] == 0) {
            names[used++] = name;
            table[slot] = (uint32_t)used;
        }
        p->partition_of[i] = table[slot] - 1;
        if (used < slots / 2) continue;
        names = arena_grow(p->arena, names, used, slots, sizeof *names);
        slots *= 2;
        table = ARENA_NEW(p->arena, uint32_t, slots);
        for (size_t u = 0; u < used; u++) {
            slot = mix(names[u]) & (slots - 1);
            while (table[slot] != 0)
                slot = (slot + 1) & (slots - 1);
            table[slot] = (uint32_t)u + 1;
        }
    }
    p->partitions_n = (uint32_t)used;
}

static struct planner planner_begin(const struct compact_policy *policy, const struct compact_file *files,
                                    size_t n, struct arena *arena, struct compact_plan *plan)
{
    struct planner p = {.policy = policy, .files = files, .n = n, .arena = arena, .plan = plan};
    number_partitions(&p);
    plan->files_seen = (int64_t)n;
    plan->partitions = p.partitions_n;
    return p;
}

static bool high_deleted_share(const struct compact_file *file, double share)
{
    if (file->delete_files == 0 || file->records == 0) return false;
    int64_t deleted = file->deleted_records < file->records ? file->deleted_records : file->records;
    return (double)deleted / (double)file->records >= share;
}

static bool binpack_deletes(const struct compact_policy *policy, const struct compact_file *file)
{
    return file->delete_files >= policy->delete_files_min || high_deleted_share(file, policy->deleted_share);
}

static bool binpack_wants(const struct compact_policy *policy, const struct compact_file *file)
{
    return policy->rewrite_all || file->size_bytes < policy->min_bytes ||
           file->size_bytes > policy->max_bytes || binpack_deletes(policy, file);
}

/* A file with a deletion vector but an unknown number of records is rewritten, so that it is known. */
static bool optimize_deletes(const struct compact_policy *policy, const struct compact_file *file)
{
    if (file->delete_files == 0) return false;
    return file->records == 0 ||
           (double)file->deleted_records / (double)file->records > policy->deleted_share;
}

static bool optimize_wants(const struct compact_policy *policy, const struct compact_file *file)
{
    return file->size_bytes < policy->min_bytes || optimize_deletes(policy, file);
}

/* Each strategy's own part: why a bin is rewritten; 0: it is not. */
typedef unsigned reasons_fn(const struct planner *p, const struct compact_group *group);

static unsigned binpack_reasons(const struct planner *p, const struct compact_group *group)
{
    const struct compact_policy *policy = p->policy;
    unsigned reasons = policy->rewrite_all ? COMPACT_ALL : 0;
    if (group->files_n > 1 && (int64_t)group->files_n >= policy->min_input_files)
        reasons |= COMPACT_ENOUGH_FILES;
    if (group->files_n > 1 && group->size_bytes > policy->target_bytes) reasons |= COMPACT_ENOUGH_BYTES;
    if (group->size_bytes > policy->max_bytes) reasons |= COMPACT_TOO_BIG;
    for (size_t i = 0; i < group->files_n && (reasons & COMPACT_DELETES) == 0; i++)
        if (binpack_deletes(policy, &p->files[group->files[i]])) reasons |= COMPACT_DELETES;
    return reasons;
}

static unsigned optimize_reasons(const struct planner *p, const struct compact_group *group)
{
    if (group->files_n < 2) return 0;
    unsigned reasons = COMPACT_ENOUGH_FILES;
    for (size_t i = 0; i < group->files_n && (reasons & COMPACT_DELETES) == 0; i++)
        if (optimize_deletes(p->policy, &p->files[group->files[i]])) reasons |= COMPACT_DELETES;
    return reasons;
}

static void sum_up(const struct planner *p, struct compact_group *group)
{
    group->size_bytes = 0;
    group->records = 0;
    for (size_t i = 0; i < group->files_n; i++) {
        const struct compact_file *file = &p->files[group->files[i]];
        bool over = __builtin_add_overflow(group->size_bytes, file->size_bytes, &group->size_bytes) ||
                    __builtin_add_overflow(group->records, file->records, &group->records);
        CHECK(!over, "a group too large to count");
    }
}

static void add_group(struct planner *p, const struct compact_group *group)
{
    if (p->groups_n == p->groups_capacity) {
        size_t capacity = p->groups_capacity == 0 ? 16 : 2 * p->groups_capacity;
        p->groups = arena_grow(p->arena, p->groups, p->groups_n, capacity, sizeof *p->groups);
        p->groups_capacity = capacity;
    }
    p->groups[p->groups_n++] = *group;
}

/* Packs the candidates of each partition; wanted[i] says which files are. */
static void pack_all(struct planner *p, const bool *wanted, const struct compact_packing *packing,
                     reasons_fn *reasons)
{
    size_t *starts = ARENA_NEW(p->arena, size_t, (size_t)p->partitions_n + 2);
    for (size_t i = 0; i < p->n; i++)
        if (wanted[i]) starts[p->partition_of[i] + 2]++;
    for (size_t k = 2; k < (size_t)p->partitions_n + 2; k++)
        starts[k] += starts[k - 1];
    /* starts[k + 1] is where the next of partition k goes; in the end, where partition k + 1 begins. */
    const size_t chosen_n = starts[p->partitions_n + 1];
    uint32_t *chosen = ARENA_NEW(p->arena, uint32_t, chosen_n);
    int64_t *weights = ARENA_NEW(p->arena, int64_t, chosen_n);
    for (size_t i = 0; i < p->n; i++) {
        if (!wanted[i]) continue;
        size_t at = starts[p->partition_of[i] + 1]++;
        chosen[at] = (uint32_t)i;
        weights[at] = p->files[i].size_bytes;
    }
    p->plan->files_chosen = (int64_t)chosen_n;
    size_t most = 0;
    for (size_t k = 0; k < p->partitions_n; k++)
        if (starts[k + 1] - starts[k] > most) most = starts[k + 1] - starts[k];
    struct compact_packer packer = compact_packer_new(packing, most, p->arena);
    uint32_t *packed = ARENA_NEW(p->arena, uint32_t, chosen_n);
    for (size_t k = 0; k < p->partitions_n; k++) {
        const size_t begin = starts[k], n = starts[k + 1] - begin;
        if (n == 0) continue;
        const struct compact_bins bins = compact_packer_pack(&packer, weights + begin, n, packed + begin);
        for (size_t i = 0; i < n; i++)
            packed[begin + i] = chosen[begin + packed[begin + i]];
        p->plan->groups_packed += (int64_t)bins.bins_n;
        for (size_t b = 0; b < bins.bins_n; b++) {
            struct compact_group group = {.partition = p->files[chosen[begin]].partition,
                                          .files = packed + begin + bins.starts[b],
                                          .files_n = bins.starts[b + 1] - bins.starts[b]};
            sum_up(p, &group);
            group.reasons = reasons(p, &group);
            if (group.reasons != 0) add_group(p, &group);
        }
    }
}

/* Equal groups stay as they are. */
static void sort_groups(struct planner *p)
{
    const size_t n = p->groups_n;
    const enum compact_order order = p->policy->order;
    const bool by_files = order == COMPACT_ORDER_FILES_ASC || order == COMPACT_ORDER_FILES_DESC;
    const bool descending = order == COMPACT_ORDER_BYTES_DESC || order == COMPACT_ORDER_FILES_DESC;
    int64_t *weights = ARENA_NEW(p->arena, int64_t, n);
    for (size_t g = 0; g < n; g++)
        weights[g] = by_files ? (int64_t)p->groups[g].files_n : p->groups[g].size_bytes;
    const uint32_t *sorted =
        compact_by_weight(weights, n, descending, ARENA_NEW(p->arena, uint32_t, n), ARENA_NEW(p->arena, uint32_t, n));
    struct compact_group *groups = ARENA_NEW(p->arena, struct compact_group, n);
    for (size_t g = 0; g < n; g++)
        groups[g] = p->groups[sorted[g]];
    p->groups = groups;
}

static void planner_end(struct planner *p)
{
    if (p->policy->order != COMPACT_ORDER_NONE) sort_groups(p);
    struct compact_plan *plan = p->plan;
    plan->groups = p->groups;
    plan->groups_n = p->groups_n;
    for (size_t g = 0; g < p->groups_n; g++) {
        plan->files_in += (int64_t)p->groups[g].files_n;
        plan->files_out += p->groups[g].outputs;
        bool over = __builtin_add_overflow(plan->bytes_in, p->groups[g].size_bytes, &plan->bytes_in);
        CHECK(!over, "a plan too large to count");
    }
}

static void binpack_plan(const struct compact_policy *policy, const struct compact_file *files, size_t n,
                         struct arena *arena, struct compact_plan *plan)
{
    struct planner p = planner_begin(policy, files, n, arena, plan);
    bool *wanted = ARENA_NEW(arena, bool, n);
    for (size_t i = 0; i < n; i++)
        wanted[i] = binpack_wants(policy, &files[i]);
    const struct compact_packing packing = {
        .target = policy->max_group_bytes, .lookback = 1, .max_items = (size_t)policy->max_group_files};
    pack_all(&p, wanted, &packing, binpack_reasons);
    /* The group in which the limit on files is reached is cut short, and what follows left out. */
    int64_t files_left = policy->max_files == 0 ? INT64_MAX : policy->max_files;
    size_t kept = 0;
    for (; kept < p.groups_n && files_left > 0; kept++) {
        struct compact_group *group = &p.groups[kept];
        if ((int64_t)group->files_n > files_left) {
            group->files_n = (size_t)files_left;
            sum_up(&p, group);
        }
        files_left -= (int64_t)group->files_n;
        group->outputs = compact_expected_outputs(policy, group->size_bytes);
        group->split_bytes = compact_split_bytes(policy, group->size_bytes);
        group->output_bytes_max = compact_write_max_bytes(policy);
    }
    p.groups_n = kept;
    planner_end(&p);
}

static void optimize_groups(struct planner *p, const bool *wanted)
{
    const struct compact_packing packing = {
        .target = p->policy->target_bytes, .lookback = 1, .ascending = true};
    pack_all(p, wanted, &packing, optimize_reasons);
    for (size_t g = 0; g < p->groups_n; g++) {
        p->groups[g].outputs = 1;
        p->groups[g].split_bytes = p->policy->target_bytes;
        p->groups[g].output_bytes_max = 0;
    }
    planner_end(p);
}

static void optimize_plan(const struct compact_policy *policy, const struct compact_file *files, size_t n,
                          struct arena *arena, struct compact_plan *plan)
{
    struct planner p = planner_begin(policy, files, n, arena, plan);
    bool *wanted = ARENA_NEW(arena, bool, n);
    for (size_t i = 0; i < n; i++)
        wanted[i] = optimize_wants(policy, &files[i]);
    optimize_groups(&p, wanted);
}

/* Which partitions auto compaction runs in. */
static bool *auto_chosen(struct planner *p)
{
    const size_t n = p->partitions_n;
    bool *chosen = ARENA_NEW(p->arena, bool, n);
    int64_t *small = ARENA_NEW(p->arena, int64_t, n);
    for (size_t i = 0; i < p->n; i++) {
        const struct compact_file *file = &p->files[i];
        /* Delta's collector counts a file of exactly the threshold as small; OPTIMIZE does not take it. */
        small[p->partition_of[i]] += file->size_bytes <= p->policy->min_bytes;
        if (file->recent) chosen[p->partition_of[i]] = true;
    }
    size_t chosen_n = 0;
    for (size_t k = 0; k < n; k++) {
        chosen[k] = chosen[k] && small[k] >= p->policy->min_input_files;
        chosen_n += chosen[k];
    }
    if ((int64_t)chosen_n <= p->policy->max_partitions) return chosen;
    for (size_t k = 0; k < n; k++)
        if (!chosen[k]) small[k] = -1;
    const uint32_t *order =
        compact_by_weight(small, n, true, ARENA_NEW(p->arena, uint32_t, n), ARENA_NEW(p->arena, uint32_t, n));
    for (size_t k = (size_t)p->policy->max_partitions; k < n; k++)
        chosen[order[k]] = false;
    return chosen;
}

static void auto_plan(const struct compact_policy *policy, const struct compact_file *files, size_t n,
                      struct arena *arena, struct compact_plan *plan)
{
    struct planner p = planner_begin(policy, files, n, arena, plan);
    const bool *chosen = auto_chosen(&p);
    bool *wanted = ARENA_NEW(arena, bool, n);
    for (size_t i = 0; i < n; i++)
        wanted[i] = chosen[p.partition_of[i]] && optimize_wants(policy, &files[i]);
    optimize_groups(&p, wanted);
}

/* Every group becomes so many files of the target, the rest among them. */
static void set_outputs(struct planner *p, bool round_up)
{
    const int64_t target = p->policy->target_bytes;
    for (size_t g = 0; g < p->groups_n; g++) {
        struct compact_group *group = &p->groups[g];
        group->outputs = group->size_bytes / target + (round_up && group->size_bytes % target != 0);
        if (group->outputs < 1) group->outputs = 1;
        group->split_bytes = target;
        group->output_bytes_max = round_up ? target : 0;
    }
}

static unsigned any_reasons(const struct planner *p, const struct compact_group *group)
{
    (void)p;
    (void)group;
    return COMPACT_ALL;
}

static void z_order_plan(const struct compact_policy *policy, const struct compact_file *files, size_t n,
                         struct arena *arena, struct compact_plan *plan)
{
    struct planner p = planner_begin(policy, files, n, arena, plan);
    bool *written = ARENA_NEW(arena, bool, p.partitions_n), *wanted = ARENA_NEW(arena, bool, n);
    for (size_t i = 0; i < n; i++)
        if (files[i].recent || !policy->recent_only) written[p.partition_of[i]] = true;
    for (size_t i = 0; i < n; i++)
        wanted[i] = written[p.partition_of[i]];
    const struct compact_packing packing = {.target = INT64_MAX, .lookback = 1};
    pack_all(&p, wanted, &packing, any_reasons);
    set_outputs(&p, false);
    planner_end(&p);
}

static unsigned clustering_reasons(const struct planner *p, const struct compact_group *group)
{
    return group->files_n > 1 || p->policy->single_groups ? COMPACT_ENOUGH_FILES : 0;
}

static void clustering_plan(const struct compact_policy *policy, const struct compact_file *files, size_t n,
                            struct arena *arena, struct compact_plan *plan)
{
    struct planner p = planner_begin(policy, files, n, arena, plan);
    bool *wanted = ARENA_NEW(arena, bool, n);
    for (size_t i = 0; i < n; i++)
        wanted[i] = files[i].size_bytes < policy->min_bytes;
    const struct compact_packing packing = {
        .target = policy->max_group_bytes, .lookback = 1, .descending = true};
    pack_all(&p, wanted, &packing, clustering_reasons);
    if (policy->max_groups > 0 && (int64_t)p.groups_n > policy->max_groups)
        p.groups_n = (size_t)policy->max_groups;
    set_outputs(&p, true);
    planner_end(&p);
}

static void binpack_defaults(struct compact_policy *policy)
{
    policy->min_bytes = (int64_t)((double)policy->target_bytes * 0.75);
    policy->max_bytes = (int64_t)((double)policy->target_bytes * 1.8);
    policy->max_group_bytes = INT64_C(100) << 30;
    policy->max_group_files = COMPACT_FILES_MAX;
    policy->min_input_files = 5;
    policy->delete_files_min = INT32_MAX;
    policy->deleted_share = 0.3;
}

static void optimize_defaults(struct compact_policy *policy)
{
    policy->min_bytes = policy->target_bytes;
    policy->deleted_share = 0.05;
}

static void auto_defaults(struct compact_policy *policy)
{
    optimize_defaults(policy);
    policy->min_bytes = policy->target_bytes / 2;
    policy->min_input_files = 50;
    policy->max_partitions = 128;
}

static void z_order_defaults(struct compact_policy *policy)
{
    policy->min_bytes = policy->target_bytes;
}

/* Hudi's small.file.limit is 300 MiB at its target of 1 GiB, and its max.bytes.per.group 2 GiB. */
static void clustering_defaults(struct compact_policy *policy)
{
    policy->min_bytes = (int64_t)((double)policy->target_bytes * (300.0 / 1024));
    policy->max_group_bytes = 2 * policy->target_bytes;
    policy->max_groups = 30;
    policy->single_groups = true;
}

static const char *check_sizes(const struct compact_policy *policy)
{
    if (policy->target_bytes < 1) return "the target must be at least a byte";
    if (policy->target_bytes > COMPACT_BYTES_MAX) return "the target must be at most a pebibyte";
    if (policy->min_bytes < 0) return "the smallest size must not be negative";
    if (!(policy->deleted_share >= 0 && policy->deleted_share <= 1))
        return "the share of deleted rows must be from 0 to 1";
    if (policy->order < COMPACT_ORDER_NONE || policy->order > COMPACT_ORDER_FILES_DESC)
        return "there is no such order of groups";
    if (policy->layout < COMPACT_BY_KEY || policy->layout > COMPACT_BY_Z_ORDER)
        return "there is no such order of records";
    return NULL;
}

static const char *binpack_check(const struct compact_policy *policy)
{
    const char *wrong = check_sizes(policy);
    if (wrong != NULL) return wrong;
    if (policy->min_bytes >= policy->target_bytes)
        return "the smallest size must be under the target, or every new file would be too small";
    if (policy->max_bytes <= policy->target_bytes)
        return "the largest size must be over the target, or every new file would be too large";
    if (policy->max_bytes > 4 * COMPACT_BYTES_MAX) return "the largest size must be at most four pebibytes";
    if (policy->max_group_bytes < 1 || policy->max_group_files < 1)
        return "a group must have room for a byte and a file";
    if (policy->max_group_files > COMPACT_FILES_MAX) return "a group must be of at most 100 million files";
    if (policy->min_input_files < 1) return "the fewest input files must be at least 1";
    if (policy->delete_files_min < 0) return "the fewest delete files must not be negative";
    if (!(policy->deleted_share > 0)) return "the share of deleted rows must be above 0";
    if (policy->max_files < 0) return "the most files in a plan must not be negative";
    return NULL;
}

static const char *clustering_check(const struct compact_policy *policy)
{
    const char *wrong = check_sizes(policy);
    if (wrong != NULL) return wrong;
    if (policy->max_group_bytes < 1) return "a group must have room for a byte";
    if (policy->max_groups < 0) return "the most groups in a plan must not be negative";
    return NULL;
}

static const char *auto_check(const struct compact_policy *policy)
{
    const char *wrong = check_sizes(policy);
    if (wrong != NULL) return wrong;
    if (policy->min_input_files < 0) return "the fewest input files must not be negative";
    if (policy->max_partitions < 1) return "the most partitions must be at least 1";
    return NULL;
}

const struct compact_strategy compact_strategies[] = {
    {"binpack", "Iceberg's rewrite of data files that are too small, too large or full of deletes",
     COMPACT_BY_KEY, INT64_C(512) << 20, binpack_defaults, binpack_check, binpack_plan},
    {"optimize", "Delta's OPTIMIZE: small files of a partition, ascending by size, into files of the target",
     COMPACT_BY_KEY, INT64_C(1) << 30, optimize_defaults, check_sizes, optimize_plan},
    {"auto-compact", "Delta's auto compaction after a write: OPTIMIZE where many small files gathered",
     COMPACT_BY_KEY, INT64_C(128) << 20, auto_defaults, auto_check, auto_plan},
    {"sort", "Iceberg's rewrite by sorting: files chosen as by binpack, each group sorted by time",
     COMPACT_BY_TIME, INT64_C(512) << 20, binpack_defaults, binpack_check, binpack_plan},
    {"z-order",
     "Delta's OPTIMIZE ZORDER BY: all files of a partition together, along a curve over key and time",
     COMPACT_BY_Z_ORDER, INT64_C(1) << 30, z_order_defaults, check_sizes, z_order_plan},
    {"clustering", "Hudi's clustering by size: small files of a partition, the largest first, into groups",
     COMPACT_BY_KEY, INT64_C(1) << 30, clustering_defaults, clustering_check, clustering_plan},
};
const size_t compact_strategies_n = sizeof compact_strategies / sizeof *compact_strategies;

const struct compact_strategy *compact_strategy_find(const char *name)
{
    for (size_t i = 0; i < compact_strategies_n; i++)
        if (strcmp(compact_strategies[i].name, name) == 0) return &compact_strategies[i];
    return NULL;
}

struct compact_policy compact_policy_default(const struct compact_strategy *strategy, int64_t target_bytes)
{
    struct compact_policy policy = {
        .strategy = strategy,
        .target_bytes = target_bytes == 0 ? strategy->default_target_bytes : target_bytes,
        .layout = strategy->layout,
    };
    strategy->defaults(&policy);
    return policy;
}

const char *compact_policy_check(const struct compact_policy *policy)
{
    return policy->strategy->check(policy);
}

void compact_plan(const struct compact_policy *policy, const struct compact_file *files, size_t n,
                  struct arena *arena, struct compact_plan *plan)
{
    const char *wrong = compact_policy_check(policy);
    CHECK(wrong == NULL, "%s: %s", policy->strategy->name, wrong);
    CHECK(n <= COMPACT_FILES_MAX, "%zu files to plan", n);
    for (size_t i = 0; i < n; i++)
        CHECK(files[i].size_bytes >= 0 && files[i].size_bytes <= COMPACT_BYTES_MAX && files[i].records >= 0 &&
                  files[i].deleted_records >= 0 && files[i].delete_files >= 0,
              "file %zu: %lld bytes, %lld records", i, (long long)files[i].size_bytes,
              (long long)files[i].records);
    *plan = (struct compact_plan){0};
    policy->strategy->plan(policy, files, n, arena, plan);
}
