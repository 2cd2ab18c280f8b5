/* commit.c: see commit.h. */
#include "commit.h"

#include "check.h"

const char *commit_conflict_name(enum commit_conflict conflict)
{
    switch (conflict) {
    case COMMIT_OK:
        return "ok";
    case COMMIT_METADATA_CHANGED:
        return "MetadataChangedException";
    case COMMIT_CONCURRENT_APPEND:
        return "ConcurrentAppendException";
    case COMMIT_CONCURRENT_DELETE_READ:
        return "ConcurrentDeleteReadException";
    case COMMIT_CONCURRENT_DELETE_DELETE:
        return "ConcurrentDeleteDeleteException";
    case COMMIT_CONCURRENT_TRANSACTION:
        return "ConcurrentTransactionException";
    case COMMIT_MISSING_FILES:
        return "Missing required files to delete";
    case COMMIT_NEW_DELETES:
        return "Cannot commit, found new delete for replaced data file";
    }
    CHECK(false, "conflict %d", (int)conflict);
    return "";
}

static bool has(struct commit_numbers set, uint64_t number)
{
    for (size_t i = 0; i < set.n; i++)
        if (set.all[i] == number) return true;
    return false;
}

static bool has_file(struct commit_files set, uint64_t file)
{
    for (size_t i = 0; i < set.n; i++)
        if (set.all[i].file == file) return true;
    return false;
}

/* A transaction that writes nothing sees a version of its own, whatever came after it. */
static bool writes(const struct commit_change *c)
{
    return c->added.n > 0 || c->removed.n > 0 || c->applications.n > 0 || c->metadata || c->deletes_for.n > 0;
}

static enum commit_conflict against(const struct commit_attempt *mine, const struct commit_change *winner)
{
    if (winner->metadata) return COMMIT_METADATA_CHANGED;
    for (size_t i = 0; i < winner->added.n && !mine->rearranges; i++)
        if (mine->read_table || has(mine->read, winner->added.all[i].partition))
            return COMMIT_CONCURRENT_APPEND;
    for (size_t i = 0; i < winner->removed.n; i++) {
        const struct commit_file *gone = &winner->removed.all[i];
        if (mine->read_table || has(mine->read_files, gone->file) || has(mine->read, gone->partition))
            return COMMIT_CONCURRENT_DELETE_READ;
        if (has_file(mine->change.removed, gone->file)) return COMMIT_CONCURRENT_DELETE_DELETE;
    }
    for (size_t i = 0; i < winner->applications.n; i++)
        if (has(mine->depends_on, winner->applications.all[i])) return COMMIT_CONCURRENT_TRANSACTION;
    return COMMIT_OK;
}

/* Snapshot isolation: of what a rearrangement has read only the files that it replaces matter. */
static enum commit_conflict against_rearranging(const struct commit_attempt *mine,
                                                const struct commit_change *winner)
{
    if (winner->metadata) return COMMIT_METADATA_CHANGED;
    for (size_t i = 0; i < winner->removed.n; i++)
        if (has_file(mine->change.removed, winner->removed.all[i].file))
            return has(mine->read_files, winner->removed.all[i].file) || mine->read_table
                       ? COMMIT_CONCURRENT_DELETE_READ
                       : COMMIT_CONCURRENT_DELETE_DELETE;
    return COMMIT_OK;
}

enum commit_conflict commit_check(const struct commit_attempt *mine, const struct commit_change *winners,
                                  size_t winners_n, struct commit_numbers files)
{
    if (mine->rule == COMMIT_DELTA) {
        if (!writes(&mine->change)) return COMMIT_OK;
        for (size_t w = 0; w < winners_n; w++) {
            const enum commit_conflict conflict =
                mine->rearranges ? against_rearranging(mine, &winners[w]) : against(mine, &winners[w]);
            if (conflict != COMMIT_OK) return conflict;
        }
        return COMMIT_OK;
    }
    for (size_t i = 0; i < mine->change.removed.n; i++)
        if (!has(files, mine->change.removed.all[i].file)) return COMMIT_MISSING_FILES;
    for (size_t w = 0; w < winners_n; w++)
        for (size_t i = 0; i < winners[w].deletes_for.n; i++)
            if (has_file(mine->change.removed, winners[w].deletes_for.all[i])) return COMMIT_NEW_DELETES;
    return COMMIT_OK;
}

const struct commit_retry commit_retry_default = {
    .retries = 4, .min_wait_ms = 100, .max_wait_ms = 60000, .total_ms = 1800000};

int64_t commit_retry_wait_ms(const struct commit_retry *retry, int tries, int64_t waited_ms)
{
    CHECK(tries >= 1, "%d tries", tries);
    if (tries > retry->retries || (waited_ms > retry->total_ms && tries > 1)) return -1;
    int64_t wait = retry->min_wait_ms;
    for (int i = 1; i < tries && wait < retry->max_wait_ms; i++)
        wait *= 2;
    return wait < retry->max_wait_ms ? wait : retry->max_wait_ms;
}
