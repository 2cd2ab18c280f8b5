/* vacuum.h: which files of a table's past may be deleted, and how far back it can still be read then.
 *
 * A file is in the table from when its commit was made to when another commit removed it. Whoever reads a
 * snapshot, to travel in time or because a query began when it was the current one, needs every file that was
 * in the table then. Two rules:
 *
 *     delta    VACUUM (VacuumCommand): files that are not in the table, removed and also written before the
 * retention began. A retention under the table's own (delta.deletedFileRetentionDuration, 7 days) is refused,
 * as files of a job under way are not in the table yet, unless the check is off iceberg  expire_snapshots
 * (RemoveSnapshots): snapshots older than the retention but for the newest min_snapshots are gone, and files
 * that none of the others has; and remove_orphan_files: files that no commit ever added, written before
 * orphan_ms (3 days)
 *
 * Units: milliseconds, bytes. Errors: a policy is checked by vacuum_check(), in words for people; using one
 * that does not pass is a CHECK. Nothing is kept. Cost: a nanosecond or two a file, and for iceberg a search
 * among the snapshots.
 */
#ifndef HEADROOM_PATHS_VACUUM_H
#define HEADROOM_PATHS_VACUUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VACUUM_NEVER INT64_MAX /* not removed: it is in the table */

enum vacuum_rule { VACUUM_DELTA, VACUUM_ICEBERG };

struct vacuum_policy {
    enum vacuum_rule rule;
    int64_t retention_ms;  /* >= 0 */
    int64_t table_ms;      /* delta: the table's own retention */
    bool unchecked;        /* delta: retentionDurationCheck.enabled=false */
    int64_t min_snapshots; /* iceberg: >= 1; the current one is among them */
    int64_t orphan_ms;     /* iceberg: >= 0 */
};

/* Delta's 7 days; Iceberg's 5 days, 1 snapshot, and 3 days for orphans. */
struct vacuum_policy vacuum_default(enum vacuum_rule);
const char *vacuum_check(const struct vacuum_policy *policy); /* NULL, or what is wrong */

struct vacuum_file {
    int64_t bytes;
    int64_t written_ms;           /* when it came to be in the store */
    int64_t added_ms, removed_ms; /* in the table at times added_ms <= t < removed_ms */
    bool untracked; /* no commit added it: the job failed, or has not ended; then those two say nothing */
};

struct vacuum_result {
    int64_t files, bytes;
    int64_t
        earliest_ms; /* from here on every state of the table can be read; INT64_MIN: all that there were */
};

/* Of one file, by delta's rule. */
bool vacuum_is_dead(const struct vacuum_policy *policy, const struct vacuum_file *file, int64_t now_ms);

/* snapshots: when each commit was made, ascending, the last being the current one; delta needs none. gone[n]
 * is filled in. */
struct vacuum_result vacuum_plan(const struct vacuum_policy *policy, const int64_t *snapshots,
                                 size_t snapshots_n, const struct vacuum_file *files, size_t n,
                                 int64_t now_ms, bool *gone);

#endif
