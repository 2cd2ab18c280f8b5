/* record.c: figures known and unknown, the columns of the series, and whether the accounts add up. */
#include "record.h"

#include "check.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const record_figure_names[RECORD_FIGURES] = {"mean", "p50",   "p75",    "p95",
                                                         "p99",  "p99.9", "p99.99", "max"};

struct record_number record_known(double value)
{
    CHECK(isfinite(value), "a figure of the record is %f", value);
    return (struct record_number){.value = value, .known = true};
}

struct record_number record_unknown(const char *why_null)
{
    return (struct record_number){.why_null = why_null};
}

struct record_number record_maybe(double value, const char *why_null)
{
    return isfinite(value) ? record_known(value) : record_unknown(why_null);
}

const char *record_verdict_name(enum record_verdict verdict)
{
    switch (verdict) {
    case RECORD_MET:
        return "met";
    case RECORD_MISSED:
        return "missed";
    case RECORD_INCONCLUSIVE:
        return "inconclusive";
    }
    CHECK(false, "verdict %d", (int)verdict);
    return "";
}

struct record_number record_each_query(const struct record_query *query, double total)
{
    if (query->planned == 0) return record_unknown("no query of the class was planned");
    return record_known(total / (double)query->planned);
}

static const struct {
    const char *kind;
    const char *unit;
} column_kinds[] = {
    {"produced_per_s", "records/s"},
    {"rejected_per_s", "records/s"},
    {"consumed_per_s", "records/s"},
    {"lag", "records"},
    {"instances", "instances"},
    {"freshness", "s"},
    {"staleness", "s"},
    {"utilization", "share"},
    {"files", "files"},
    {"bytes", "bytes"},
    {"files_rewritten", "files"},
};

const char *record_column_unit(const char *name)
{
    for (size_t i = 0; i < sizeof(column_kinds) / sizeof(column_kinds[0]); i++) {
        if (strcmp(name, column_kinds[i].kind) == 0 || record_column_of(name, column_kinds[i].kind) != NULL)
            return column_kinds[i].unit;
    }
    return "";
}

const char *record_column_of(const char *name, const char *kind)
{
    size_t n = strlen(kind);
    return strncmp(name, kind, n) == 0 && name[n] == '.' && name[n + 1] != '\0' ? name + n + 1 : NULL;
}

const struct record_column *record_column_find(const struct record *record, const char *name)
{
    for (int i = 0; i < record->series.columns_n; i++) {
        if (strcmp(record->series.columns[i].name, name) == 0) return &record->series.columns[i];
    }
    return NULL;
}

/* Adds without overflow; false if the sum does not fit. All terms are known to be >= 0. */
static bool add_count(int64_t *sum, int64_t term)
{
    if (term > INT64_MAX - *sum) return false;
    *sum += term;
    return true;
}

static bool group_adds_up(const struct record *record, const struct record_group *group, char *why, size_t n)
{
    const struct {
        const char *name;
        int64_t count;
    } counts[] = {{"delivered", group->delivered},
                  {"duplicated", group->duplicated},
                  {"lost", group->lost},
                  {"in_flight", group->in_flight},
                  {"dropped_late", group->dropped_late},
                  {"reordered", group->reordered}};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        if (counts[i].count < 0) {
            snprintf(why, n, "group %s: %s is %" PRId64, group->name, counts[i].name, counts[i].count);
            return false;
        }
    }
    int64_t lost = 0;
    for (int i = 0; i < group->lost_by_n; i++) {
        if (group->lost_by[i].count < 0 || !add_count(&lost, group->lost_by[i].count)) {
            snprintf(why, n, "group %s: lost_by %s is %" PRId64, group->name, group->lost_by[i].name,
                     group->lost_by[i].count);
            return false;
        }
    }
    if (lost != group->lost) {
        snprintf(why, n, "group %s: lost is %" PRId64 " but lost_by adds up to %" PRId64, group->name,
                 group->lost, lost);
        return false;
    }
    int64_t sum = record->delivery.rejected;
    if (!add_count(&sum, group->delivered) || !add_count(&sum, group->lost) ||
        !add_count(&sum, group->in_flight) || sum != record->delivery.produced) {
        snprintf(why, n,
                 "group %s: produced is %" PRId64 " but rejected %" PRId64 " + delivered %" PRId64
                 " + lost %" PRId64 " + in flight %" PRId64 " is not",
                 group->name, record->delivery.produced, record->delivery.rejected, group->delivered,
                 group->lost, group->in_flight);
        return false;
    }
    return true;
}

static bool query_adds_up(const struct record_query *query, char *why, size_t n)
{
    const int64_t counts[] = {query->arrived,    query->completed,        query->refused,    query->unfinished,
                              query->planned,    query->files_considered, query->files_read, query->files_archived,
                              query->rows_read,  query->splits,           query->get_requests, query->get_refused};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        if (counts[i] >= 0) continue;
        snprintf(why, n, "query %s: a count is %" PRId64, query->latency.name, counts[i]);
        return false;
    }
    int64_t sum = query->completed;
    if (!add_count(&sum, query->refused) || !add_count(&sum, query->unfinished) || sum != query->arrived) {
        snprintf(why, n, "query %s: arrived is %" PRId64 " but completed %" PRId64 " + refused %" PRId64
                 " + unfinished %" PRId64 " is not",
                 query->latency.name, query->arrived, query->completed, query->refused, query->unfinished);
        return false;
    }
    return true;
}

static bool table_adds_up(const struct record_table *table, char *why, size_t n)
{
    const int64_t counts[] = {table->files,           table->bytes,         table->rows,        table->files_landed,
                              table->rows_landed,     table->rows_duplicate, table->commits,     table->conflicts,
                              table->commits_failed,  table->etl_runs,      table->compactions, table->compactions_skipped,
                              table->compactions_failed, table->files_rewritten, table->files_written, table->files_expired};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        if (counts[i] >= 0) continue;
        snprintf(why, n, "table %s: a count is %" PRId64, table->name, counts[i]);
        return false;
    }
    return true;
}

static bool money_adds_up(const struct record *record, char *why, size_t n)
{
    double sum_usd = 0, size_usd = 0;
    for (int i = 0; i < record->cost.lines_n; i++) {
        const struct record_cost_line *line = &record->cost.lines[i];
        if (line->usd.known) {
            sum_usd += line->usd.value;
            size_usd += fabs(line->usd.value);
        } else if (record->cost.month_usd.known) {
            snprintf(why, n, "cost: a month is known but its line '%s' is not", line->item);
            return false;
        }
    }
    if (!record->cost.month_usd.known) return true;
    double month_usd = record->cost.month_usd.value;
    /* The order of adding may differ from the bill's: allow for rounding of doubles, and for nothing else. */
    if (fabs(sum_usd - month_usd) > 1e-9 * (size_usd + fabs(month_usd))) {
        snprintf(why, n, "cost: a month is $%.6f but the lines add up to $%.6f", month_usd, sum_usd);
        return false;
    }
    return true;
}

static bool lag_adds_up(const struct record_lag *lag, double simulated_s, char *why, size_t n)
{
    const struct record_grid *grid = &lag->records;
    if (lag->partitions < 1 || lag->partitions_per_row < 1 || !(lag->step_s > 0) ||
        grid->rows != (lag->partitions - 1) / lag->partitions_per_row + 1) {
        snprintf(why, n, "lag by partition of %s: %d rows of %d of %d partitions, a step of %g s", lag->group,
                 grid->rows, lag->partitions_per_row, lag->partitions, lag->step_s);
        return false;
    }
    for (int64_t i = 0; i < (int64_t)grid->rows * grid->columns; i++) {
        if (grid->values[i] >= 0) continue;
        snprintf(why, n, "lag by partition of %s: %" PRId64 " records", lag->group, grid->values[i]);
        return false;
    }
    if ((grid->columns - 1) * lag->step_s > simulated_s) {
        snprintf(why, n, "lag by partition of %s: %d steps of %g s in a run of %g s", lag->group, grid->columns,
                 lag->step_s, simulated_s);
        return false;
    }
    return true;
}

bool record_adds_up(const struct record *record, char *why, size_t n)
{
    if (record->delivery.produced < 0 || record->delivery.rejected < 0) {
        snprintf(why, n, "delivery: produced %" PRId64 ", rejected %" PRId64, record->delivery.produced,
                 record->delivery.rejected);
        return false;
    }
    int64_t rejected = 0;
    for (int i = 0; i < record->delivery.rejected_by_n; i++) {
        const struct record_named_count *by = &record->delivery.rejected_by[i];
        if (by->count < 0 || !add_count(&rejected, by->count)) {
            snprintf(why, n, "delivery: rejected_by %s is %" PRId64, by->name, by->count);
            return false;
        }
    }
    if (rejected != record->delivery.rejected) {
        snprintf(why, n, "delivery: rejected is %" PRId64 " but rejected_by adds up to %" PRId64, record->delivery.rejected,
                 rejected);
        return false;
    }
    for (int i = 0; i < record->delivery.groups_n; i++) {
        if (!group_adds_up(record, &record->delivery.groups[i], why, n)) return false;
    }
    for (int i = 0; i < record->tables_n; i++) {
        if (!table_adds_up(&record->tables[i], why, n)) return false;
    }
    for (int i = 0; i < record->query_n; i++) {
        if (!query_adds_up(&record->query[i], why, n)) return false;
    }
    for (int i = 1; i < record->series.n; i++) {
        if (!(record->series.t[i] > record->series.t[i - 1])) {
            snprintf(why, n, "series: t[%d] is %g after %g", i, record->series.t[i], record->series.t[i - 1]);
            return false;
        }
    }
    for (int i = 0; i < record->lag_by_partition_n; i++) {
        if (!lag_adds_up(&record->lag_by_partition[i], record->run.simulated_s, why, n)) return false;
    }
    return money_adds_up(record, why, n);
}
