/* vacuum.c: see vacuum.h. */
#include "vacuum.h"

#include "check.h"

static const int64_t DAY_MS = 86400000;

struct vacuum_policy vacuum_default(enum vacuum_rule rule)
{
    if (rule == VACUUM_DELTA)
        return (struct vacuum_policy){
            .rule = rule, .retention_ms = 7 * DAY_MS, .table_ms = 7 * DAY_MS, .min_snapshots = 1};
    return (struct vacuum_policy){
        .rule = rule, .retention_ms = 5 * DAY_MS, .min_snapshots = 1, .orphan_ms = 3 * DAY_MS};
}

const char *vacuum_check(const struct vacuum_policy *policy)
{
    if (policy->retention_ms < 0) return "the retention must not be negative";
    if (policy->rule == VACUUM_DELTA && !policy->unchecked && policy->retention_ms < policy->table_ms)
        return "the retention is shorter than the table's own: files of jobs under way, and of readers, "
               "might go";
    if (policy->rule == VACUUM_ICEBERG && policy->min_snapshots < 1)
        return "the current snapshot is always kept";
    if (policy->rule == VACUUM_ICEBERG && policy->orphan_ms < 0)
        return "the age of orphans must not be negative";
    return NULL;
}

/* now - age, as far as there are numbers. */
static int64_t before(int64_t now_ms, int64_t age_ms)
{
    int64_t time;
    return __builtin_sub_overflow(now_ms, age_ms, &time) ? INT64_MIN : time;
}

bool vacuum_is_dead(const struct vacuum_policy *policy, const struct vacuum_file *file, int64_t now_ms)
{
    const int64_t since = before(now_ms, policy->retention_ms);
    return file->written_ms < since && (file->untracked || file->removed_ms < since);
}

/* The first snapshot that is kept; n where there is none. The newest ones are, and those that are young
 * enough. */
static size_t first_kept(const struct vacuum_policy *policy, const int64_t *snapshots, size_t n,
                         int64_t now_ms)
{
    const int64_t since = before(now_ms, policy->retention_ms);
    size_t first = n;
    while (first > 0 && ((int64_t)(n - first) < policy->min_snapshots || snapshots[first - 1] >= since))
        first--;
    return first;
}

/* Does a kept snapshot lie in [added, removed)? */
static bool is_seen(const struct vacuum_file *file, const int64_t *snapshots, size_t first, size_t n)
{
    size_t low = first, high = n; /* those before low were made before the file was added */
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (snapshots[middle] < file->added_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && snapshots[low] < file->removed_ms;
}

struct vacuum_result vacuum_plan(const struct vacuum_policy *policy, const int64_t *snapshots,
                                 size_t snapshots_n, const struct vacuum_file *files, size_t n,
                                 int64_t now_ms, bool *gone)
{
    const char *wrong = vacuum_check(policy);
    CHECK(wrong == NULL, "%s", wrong);
    for (size_t i = 1; i < snapshots_n; i++)
        CHECK(snapshots[i - 1] <= snapshots[i], "snapshot %zu is older than the one before it", i);
    struct vacuum_result result = {.earliest_ms = INT64_MIN};
    const bool iceberg = policy->rule == VACUUM_ICEBERG;
    const size_t first = iceberg ? first_kept(policy, snapshots, snapshots_n, now_ms) : 0;
    for (size_t i = 0; i < n; i++) {
        const struct vacuum_file *file = &files[i];
        CHECK(file->bytes >= 0 && (file->untracked || file->added_ms <= file->removed_ms),
              "file %zu of %lld bytes", i, (long long)file->bytes);
        if (!iceberg)
            gone[i] = vacuum_is_dead(policy, file, now_ms);
        else if (file->untracked)
            gone[i] = file->written_ms < before(now_ms, policy->orphan_ms);
        else
            gone[i] = file->removed_ms != VACUUM_NEVER && !is_seen(file, snapshots, first, snapshots_n);
        if (!gone[i]) continue;
        result.files++;
        bool over = __builtin_add_overflow(result.bytes, file->bytes, &result.bytes);
        CHECK(!over, "more bytes than can be counted");
        /* A file that was removed as it was added is in no state. */
        if (!file->untracked && file->removed_ms > file->added_ms && file->removed_ms > result.earliest_ms)
            result.earliest_ms = file->removed_ms;
    }
    return result;
}
