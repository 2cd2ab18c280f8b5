/* record_shape.c: the rows; see record_shape.h. The order here is the order of the document. */
#include "record_shape.h"

#include "arena.h"
#include "check.h"
#include "record.h"

#include <string.h>

/* The inner structs of struct record have no tag, so their rows count from the record itself, and the rows of
 * those parts have offset 0 in it. */
#define R(key, kind, member) ROW(struct record, key, kind, member)
#define PART(key, shape)                                                                                     \
    {                                                                                                        \
        key, RECORD_KIND_OBJECT, 0, 0, &(shape)                                                              \
    }

static const struct record_field tool_fields[] = {
    R("name", TEXT, tool.name),
    R("version", TEXT, tool.version),
    R("build_sha256", TEXT, tool.build_sha256),
};
SHAPE(tool, struct record);

static const struct record_field scenario_fields[] = {
    R("name", TEXT, scenario.name),
    R("question", TEXT_MAYBE, scenario.question),
    R("sha256", TEXT, scenario.sha256),
    R("resolved", JSON, scenario.resolved),
};
SHAPE(scenario, struct record);

static const struct record_field inputs_fields[] = {
    R("seed", SEED, inputs.seed),
    R("replications", INT, inputs.replications),
    R("resolution", TEXT, inputs.resolution),
    R("calibration", FILE, inputs.calibration),
    R("prices", FILE, inputs.prices),
    LIST(struct record, "plugins", FILES, inputs.plugins, NULL),
};
SHAPE(inputs, struct record);

static const struct record_field run_fields[] = {
    R("start_s", DOUBLE, run.start_s),
    R("simulated_s", DOUBLE, run.simulated_s),
    R("replications", INT, run.replications),
    R("warmup_s", DOUBLE, run.warmup_s),
    R("warmup_by", TEXT, run.warmup_by),
    R("precision", NUMBER_OPTIONAL, run.precision),
    R("precision_reached", NUMBER_OPTIONAL, run.precision_reached),
    R("events", INT64, run.events),
    R("kernel_events", INT64, run.kernel_events),
    R("fraction_simulated", NUMBER, run.fraction_simulated),
    R("partial", BOOL, run.partial),
    R("partial_why", TEXT_OPTIONAL, run.partial_why),
};
SHAPE(run, struct record);

static const struct record_field objective_fields[] = {
    ROW(struct record_objective, "text", TEXT, text),
    ROW(struct record_objective, "metric", TEXT, metric),
    ROW(struct record_objective, "during", TEXT, during),
    ROW(struct record_objective, "value", NUMBER, value),
    ROW(struct record_objective, "low", NUMBER, low),
    ROW(struct record_objective, "high", NUMBER, high),
    ROW(struct record_objective, "unit", TEXT, unit),
    ROW(struct record_objective, "target", DOUBLE, target),
    ROW(struct record_objective, "replications_needed", NUMBER_OPTIONAL, replications_needed),
    {"met", RECORD_KIND_MET, offsetof(struct record_objective, met),
     offsetof(struct record_objective, why_null), NULL},
};
SHAPE(objective, struct record_objective);

static const struct record_field load_fields[] = {
    R("peak_per_s", NUMBER, load.peak_per_s),
    R("mean_per_s", NUMBER, load.mean_per_s),
    R("raw_bytes_per_s", NUMBER, load.raw_bytes_per_s),
    R("wire_bytes_per_s", NUMBER, load.wire_bytes_per_s),
    R("compression", NUMBER, load.compression),
    R("batch_records_mean", NUMBER, load.batch_records_mean),
    R("requests_per_s", NUMBER, load.requests_per_s),
    R("partitions_per_broker", NUMBER, load.partitions_per_broker),
};
SHAPE(load, struct record);

static const struct record_field distribution_fields[] = {
    ROW(struct record_distribution, "unit", TEXT, unit),
    ROW(struct record_distribution, "count", INT64, count),
    ROW(struct record_distribution, "mean", NUMBER, figure[RECORD_MEAN]),
    ROW(struct record_distribution, "p50", NUMBER, figure[RECORD_P50]),
    ROW(struct record_distribution, "p75", NUMBER, figure[RECORD_P75]),
    ROW(struct record_distribution, "p95", NUMBER, figure[RECORD_P95]),
    ROW(struct record_distribution, "p99", NUMBER, figure[RECORD_P99]),
    ROW(struct record_distribution, "p99.9", NUMBER, figure[RECORD_P99_9]),
    ROW(struct record_distribution, "p99.99", NUMBER, figure[RECORD_P99_99]),
    ROW(struct record_distribution, "max", NUMBER, figure[RECORD_MAX]),
    ROW(struct record_distribution, "ci95", INTERVALS, ci95),
};
SHAPE(distribution, struct record_distribution);

#define QUERY(key, kind, member) ROW(struct record_query, key, kind, member)
static const struct record_field query_fields[] = {
    QUERY("unit", TEXT, latency.unit),
    QUERY("count", INT64, latency.count),
    QUERY("mean", NUMBER, latency.figure[RECORD_MEAN]),
    QUERY("p50", NUMBER, latency.figure[RECORD_P50]),
    QUERY("p75", NUMBER, latency.figure[RECORD_P75]),
    QUERY("p95", NUMBER, latency.figure[RECORD_P95]),
    QUERY("p99", NUMBER, latency.figure[RECORD_P99]),
    QUERY("p99.9", NUMBER, latency.figure[RECORD_P99_9]),
    QUERY("p99.99", NUMBER, latency.figure[RECORD_P99_99]),
    QUERY("max", NUMBER, latency.figure[RECORD_MAX]),
    QUERY("ci95", INTERVALS, latency.ci95),
    {"queue_wait", RECORD_KIND_OBJECT, offsetof(struct record_query, queue_wait), 0, &distribution},
    QUERY("engine", TEXT, engine),
    QUERY("table", TEXT, table),
    QUERY("arrived", INT64, arrived),
    QUERY("completed", INT64, completed),
    QUERY("refused", INT64, refused),
    QUERY("unfinished", INT64, unfinished),
    QUERY("planned", INT64, planned),
    QUERY("files_considered", INT64, files_considered),
    QUERY("files_read", INT64, files_read),
    QUERY("files_archived", INT64, files_archived),
    QUERY("rows_read", INT64, rows_read),
    QUERY("splits", INT64, splits),
    QUERY("get_requests", INT64, get_requests),
    QUERY("get_refused", INT64, get_refused),
    QUERY("bytes_scanned", DOUBLE, bytes_scanned),
    QUERY("bytes_read", DOUBLE, bytes_read),
    QUERY("cpu_s", DOUBLE, cpu_s),
};
SHAPE(query, struct record_query);

#define TABLE(member) ROW(struct record_table, #member, INT64, member)
static const struct record_field table_fields[] = {
    TABLE(files),
    TABLE(bytes),
    TABLE(rows),
    TABLE(files_landed),
    TABLE(rows_landed),
    TABLE(rows_duplicate),
    TABLE(commits),
    TABLE(conflicts),
    TABLE(commits_failed),
    TABLE(etl_runs),
    TABLE(compactions),
    TABLE(compactions_skipped),
    TABLE(compactions_failed),
    TABLE(files_rewritten),
    TABLE(files_written),
    TABLE(files_expired),
};
SHAPE(table, struct record_table);

static const struct record_field group_fields[] = {
    ROW(struct record_group, "delivered", INT64, delivered),
    ROW(struct record_group, "duplicated", INT64, duplicated),
    ROW(struct record_group, "lost", INT64, lost),
    LIST(struct record_group, "lost_by", NAMED_COUNTS, lost_by, NULL),
    ROW(struct record_group, "in_flight", INT64, in_flight),
    ROW(struct record_group, "dropped_late", INT64, dropped_late),
    ROW(struct record_group, "deduplicated", NUMBER_OPTIONAL, deduplicated),
    ROW(struct record_group, "reordered", INT64, reordered),
};
SHAPE(group, struct record_group);

static const struct record_field delivery_fields[] = {
    R("produced", INT64, delivery.produced),
    R("rejected", INT64, delivery.rejected),
    LIST(struct record, "rejected_by", NAMED_COUNTS, delivery.rejected_by, NULL),
    R("spilled", NUMBER_OPTIONAL, delivery.spilled),
    R("spill_peak_bytes", NUMBER_OPTIONAL, delivery.spill_peak_bytes),
    R("transactions", NUMBER_OPTIONAL, delivery.transactions),
    R("transactions_timed_out", NUMBER_OPTIONAL, delivery.transactions_timed_out),
    R("transaction_commit_s", NUMBER_OPTIONAL, delivery.transaction_commit_s),
    R("transaction_paused_share", NUMBER_OPTIONAL, delivery.transaction_paused_share),
    LIST(struct record, "requests_failed", NAMED_COUNTS, delivery.requests_failed, NULL),
    R("requests_retried", INT64, delivery.requests_retried),
    LIST(struct record, "groups", NAMED, delivery.groups, &group),
};
SHAPE(delivery, struct record);

#define GROUP(key, index) ROW(struct record_consumption, key, NUMBER, figure[index])
static const struct record_field consumption_fields[] = {
    GROUP("rebalances", RECORD_REBALANCES),
    GROUP("rebalancing_s", RECORD_REBALANCING_S),
    GROUP("rebalance_longest_s", RECORD_REBALANCE_LONGEST_S),
    GROUP("partition_seconds_stopped", RECORD_PARTITION_SECONDS_STOPPED),
    GROUP("expelled", RECORD_EXPELLED),
    GROUP("peak_lag_records", RECORD_PEAK_LAG_RECORDS),
    GROUP("peak_lag_s", RECORD_PEAK_LAG_S),
    GROUP("peak_lag_skew", RECORD_PEAK_LAG_SKEW),
    GROUP("peak_lag_partition", RECORD_PEAK_LAG_PARTITION),
    GROUP("peak_lag_partition_records", RECORD_PEAK_LAG_PARTITION_RECORDS),
    GROUP("end_lag_records", RECORD_END_LAG_RECORDS),
    GROUP("end_lag_s", RECORD_END_LAG_S),
    GROUP("clear_lag_s", RECORD_CLEAR_LAG_S),
    GROUP("clear_lag_partition", RECORD_CLEAR_LAG_PARTITION),
    GROUP("instances_mean", RECORD_INSTANCES_MEAN),
    GROUP("instances_peak", RECORD_INSTANCES_PEAK),
};
_Static_assert(COUNT(consumption_fields) == RECORD_GROUP_FIGURES, "every figure of a group has a row");
SHAPE(consumption, struct record_consumption);

static const struct record_field availability_fields[] = {
    R("produce", NUMBER, availability.produce),
    R("partitions", NUMBER, availability.partitions),
};
SHAPE(availability, struct record);

static const struct record_field utilization_fields[] = {
    ROW(struct record_utilization, "mean", NUMBER, mean),
    ROW(struct record_utilization, "peak", NUMBER, peak),
};
SHAPE(utilization, struct record_utilization);

static const struct record_field bottleneck_fields[] = {
    R("resource", TEXT_MAYBE, bottleneck.resource),
    R("utilization", NUMBER, bottleneck.utilization),
    R("why", TEXT_MAYBE, bottleneck.why),
};
SHAPE(bottleneck, struct record);

static const struct record_field headroom_fields[] = {
    R("load_factor", NUMBER, headroom.load_factor),
    R("n_minus_1", NUMBER, headroom.n_minus_1),
    R("breaks_first", TEXT_MAYBE, headroom.breaks_first),
};
SHAPE(headroom, struct record);

static const struct record_field invoice_fields[] = {
    ROW(struct record_invoice_line, "item", TEXT, item),
    ROW(struct record_invoice_line, "quantity", DOUBLE, quantity),
    ROW(struct record_invoice_line, "unit", TEXT, unit),
    ROW(struct record_invoice_line, "unit_usd", DOUBLE, unit_usd),
    ROW(struct record_invoice_line, "usd", DOUBLE, usd),
};
SHAPE(invoice, struct record_invoice_line);

static const struct record_field occurrence_fields[] = {
    ROW(struct record_occurrence, "at_s", DOUBLE, at_s),
    ROW(struct record_occurrence, "scope", TEXT, scope),
    ROW(struct record_occurrence, "for_s", NUMBER, for_s),
    ROW(struct record_occurrence, "detected_s", NUMBER, detected_s),
    ROW(struct record_occurrence, "recovered_s", NUMBER, recovered_s),
    ROW(struct record_occurrence, "peak_lag_records", NUMBER, peak_lag_records),
    ROW(struct record_occurrence, "clear_lag_s", NUMBER, clear_lag_s),
    ROW(struct record_occurrence, "staleness_minutes", NUMBER, staleness_minutes),
};
SHAPE(occurrence, struct record_occurrence);

static const struct record_field fault_fields[] = {
    ROW(struct record_fault, "id", TEXT, id),
    ROW(struct record_fault, "kind", TEXT, kind),
    ROW(struct record_fault, "scope", TEXT, scope),
    ROW(struct record_fault, "at_s", NUMBER, at_s),
    ROW(struct record_fault, "occurrences", NUMBER, occurrences),
    ROW(struct record_fault, "skipped", NUMBER_OPTIONAL, skipped),
    ROW(struct record_fault, "for_s", NUMBER, for_s),
    ROW(struct record_fault, "detected_s", NUMBER, detected_s),
    ROW(struct record_fault, "recovered_s", NUMBER, recovered_s),
    ROW(struct record_fault, "recovered_max_s", NUMBER_OPTIONAL, recovered_max_s),
    ROW(struct record_fault, "peak_lag_records", NUMBER, peak_lag_records),
    ROW(struct record_fault, "peak_lag_max_records", NUMBER_OPTIONAL, peak_lag_max_records),
    ROW(struct record_fault, "peak_lag_group", TEXT_MAYBE, peak_lag_group),
    ROW(struct record_fault, "clear_lag_s", NUMBER, clear_lag_s),
    ROW(struct record_fault, "clear_lag_max_s", NUMBER_OPTIONAL, clear_lag_max_s),
    ROW(struct record_fault, "staleness_minutes", NUMBER, staleness_minutes),
    ROW(struct record_fault, "staleness_max_minutes", NUMBER_OPTIONAL, staleness_max_minutes),
    ROW(struct record_fault, "partition_seconds_down", NUMBER, partition_seconds_down),
    ROW(struct record_fault, "requests_failed", NUMBER, requests_failed),
    ROW(struct record_fault, "requests_retried", NUMBER, requests_retried),
    ROW(struct record_fault, "rejected", NUMBER, rejected),
    ROW(struct record_fault, "lost", NUMBER, lost),
    ROW(struct record_fault, "duplicated", NUMBER, duplicated),
    ROW(struct record_fault, "replicas_to_move", NUMBER_OPTIONAL, replicas_to_move),
    ROW(struct record_fault, "replicas_moved", NUMBER_OPTIONAL, replicas_moved),
    ROW(struct record_fault, "bytes_to_move", NUMBER_OPTIONAL, bytes_to_move),
    ROW(struct record_fault, "bytes_moved", NUMBER_OPTIONAL, bytes_moved),
    ROW(struct record_fault, "invoice_usd", NUMBER, invoice_usd),
    LIST(struct record_fault, "invoice", LIST, invoice, &invoice),
    LIST(struct record_fault, "each", LIST, each, &occurrence),
};
SHAPE(fault, struct record_fault);

static const struct record_field partition_fields[] = {
    R("name", TEXT_MAYBE, paths.partition.name),
    R("calls", INT64, paths.partition.calls),
    R("sample", TEXT_MAYBE, paths.partition.sample),
    R("skew_max_over_mean", NUMBER, paths.partition.skew_max_over_mean),
    R("share_error", NUMBER_OPTIONAL, paths.partition.share_error),
};
SHAPE(partition, struct record);

static const struct record_field window_fields[] = {
    R("name", TEXT_MAYBE, paths.window.name),
    R("folded", INT64, paths.window.folded),
    R("panes", INT64, paths.window.panes),
    R("late", INT64, paths.window.late),
    R("keys", INT64, paths.window.keys),
    R("keys_followed", INT64, paths.window.keys_followed),
    R("sample", TEXT_MAYBE, paths.window.sample),
    R("sample_error", NUMBER, paths.window.sample_error),
    R("partials", NUMBER_OPTIONAL, paths.window.partials),
    R("state_bytes", NUMBER_OPTIONAL, paths.window.state_bytes),
};
SHAPE(window, struct record);

static const struct record_field dedup_fields[] = {
    R("name", TEXT_MAYBE, paths.dedup.name),
    R("looked_up", INT64, paths.dedup.looked_up),
    R("removed", INT64, paths.dedup.removed),
    R("sample", TEXT_MAYBE, paths.dedup.sample),
    R("sample_error", NUMBER, paths.dedup.sample_error),
    R("ids_max", DOUBLE, paths.dedup.ids_max),
    R("memory_bytes_max", DOUBLE, paths.dedup.memory_bytes_max),
    R("checkpoint_bytes_max", DOUBLE, paths.dedup.checkpoint_bytes_max),
};
SHAPE(dedup, struct record);

static const struct record_field compact_fields[] = {
    R("name", TEXT_MAYBE, paths.compact.name),    R("plans", INT64, paths.compact.plans),
    R("files_planned", INT64, paths.compact.files_planned),
    R("sample", TEXT_MAYBE, paths.compact.sample),
    R("files_in", INT64, paths.compact.files_in), R("files_out", INT64, paths.compact.files_out),
    R("bytes_in", INT64, paths.compact.bytes_in), R("bytes_out", INT64, paths.compact.bytes_out),
};
SHAPE(compact, struct record);

static const struct record_field paths_fields[] = {
    {"partition", RECORD_KIND_OBJECT_MAYBE, 0, 0, &partition},
    {"window", RECORD_KIND_OBJECT_MAYBE, 0, 0, &window},
    {"dedup", RECORD_KIND_OBJECT_OPTIONAL, 0, 0, &dedup},
    {"compact", RECORD_KIND_OBJECT_MAYBE, 0, 0, &compact},
};
SHAPE(paths, struct record);

static const struct record_field storage_fields[] = {
    ROW(struct record_storage, "bytes", NUMBER, bytes),
    ROW(struct record_storage, "objects", NUMBER_OPTIONAL, objects),
    ROW(struct record_storage, "capacity_bytes", NUMBER_OPTIONAL, capacity_bytes),
    ROW(struct record_storage, "full_share", NUMBER_OPTIONAL, full_share),
    ROW(struct record_storage, "cleanings", NUMBER_OPTIONAL, cleanings),
    ROW(struct record_storage, "cleaned_bytes", NUMBER_OPTIONAL, cleaned_bytes),
    ROW(struct record_storage, "written_bytes", NUMBER_OPTIONAL, written_bytes),
    ROW(struct record_storage, "dirty_ratio_max", NUMBER_OPTIONAL, dirty_ratio_max),
    ROW(struct record_storage, "kept_error", NUMBER_OPTIONAL, kept_error),
    ROW(struct record_storage, "tombstones", NUMBER_OPTIONAL, tombstones),
    ROW(struct record_storage, "copied_bytes", NUMBER_OPTIONAL, copied_bytes),
    ROW(struct record_storage, "read_bytes", NUMBER_OPTIONAL, read_bytes),
    ROW(struct record_storage, "reads_late", NUMBER_OPTIONAL, reads_late),
};
SHAPE(storage, struct record_storage);

static const struct record_field cost_line_fields[] = {
    ROW(struct record_cost_line, "item", TEXT, item),
    ROW(struct record_cost_line, "quantity", DOUBLE, quantity),
    ROW(struct record_cost_line, "unit", TEXT, unit),
    ROW(struct record_cost_line, "price_id", TEXT, price_id),
    ROW(struct record_cost_line, "unit_usd", NUMBER, unit_usd),
    ROW(struct record_cost_line, "usd", NUMBER, usd),
    ROW(struct record_cost_line, "confidence", TEXT, confidence),
};
SHAPE(cost_line, struct record_cost_line);

static const struct record_field cost_fields[] = {
    R("month_usd", NUMBER, cost.month_usd),
    R("low_usd", NUMBER, cost.low_usd),
    R("high_usd", NUMBER, cost.high_usd),
    R("per_million_events_usd", NUMBER, cost.per_million_events_usd),
    LIST(struct record, "lines", LIST, cost.lines, &cost_line),
};
SHAPE(cost, struct record);

static const struct record_field delay_fields[] = {
    R("output", TEXT_MAYBE, delay.output),
    R("stale_after_s", NUMBER, delay.stale_after_s),
    R("stale_share", NUMBER, delay.stale_share),
    R("minutes_a_month", NUMBER, delay.minutes_a_month),
    R("usd_per_minute", NUMBER, delay.usd_per_minute),
    R("month_usd", NUMBER, delay.month_usd),
};
SHAPE(delay, struct record);

static const struct record_field error_fields[] = {
    LIST(struct record, "resolution", NAMED_NUMBERS, error.resolution, NULL),
    R("resolution_case", TEXT_MAYBE, error.resolution_case),
    R("measured", FILE, error.measured),
    LIST(struct record, "sampling", NAMED_NUMBERS, error.sampling, NULL),
};
SHAPE(error, struct record);

static const struct record_field lag_fields[] = {
    ROW(struct record_lag, "partitions", INT, partitions),
    ROW(struct record_lag, "partitions_per_row", INT, partitions_per_row),
    ROW(struct record_lag, "step_s", DOUBLE, step_s),
    ROW(struct record_lag, "records", GRID, records),
};
SHAPE(lag, struct record_lag);

static const struct record_field document_fields[] = {
    PART("tool", tool),
    PART("scenario", scenario),
    PART("inputs", inputs),
    PART("run", run),
    R("verdict", VERDICT, verdict),
    R("answer", TEXT, answer),
    LIST(struct record, "objectives", LIST, objectives, &objective),
    PART("load", load),
    LIST(struct record, "latency", NAMED, latency, &distribution),
    LIST(struct record, "freshness", NAMED, freshness, &distribution),
    LIST(struct record, "staleness", NAMED, staleness, &distribution),
    LIST(struct record, "query", NAMED, query, &query),
    PART("delivery", delivery),
    LIST(struct record, "groups", NAMED, groups, &consumption),
    PART("availability", availability),
    LIST(struct record, "utilization", NAMED, utilization, &utilization),
    PART("bottleneck", bottleneck),
    PART("headroom", headroom),
    LIST(struct record, "faults", LIST, faults, &fault),
    PART("paths", paths),
    LIST(struct record, "storage", NAMED, storage, &storage),
    LIST(struct record, "tables", NAMED, tables, &table),
    PART("cost", cost),
    PART("delay", delay),
    PART("error", error),
    R("series", SERIES, series),
    LIST(struct record, "lag_by_partition", NAMED, lag_by_partition, &lag),
    LIST(struct record, "notes", TEXTS, notes, NULL),
};
const struct record_shape record_shape_document = {sizeof(struct record), document_fields,
                                                   COUNT(document_fields)};

static const struct record_field host_fields[] = {
    R("wall_s", DOUBLE, host.wall_s),
    R("simulated_per_wall", DOUBLE, host.simulated_per_wall),
};
const struct record_shape record_shape_host = {sizeof(struct record), host_fields, COUNT(host_fields)};

/* Every list of structs that the reader fills by name relies on the name standing first. */
_Static_assert(offsetof(struct record_distribution, name) == 0, "the name comes first");
_Static_assert(offsetof(struct record_query, latency.name) == 0, "the name comes first");
_Static_assert(offsetof(struct record_group, name) == 0, "the name comes first");
_Static_assert(offsetof(struct record_consumption, name) == 0, "the name comes first");
_Static_assert(offsetof(struct record_utilization, resource) == 0, "the name comes first");
_Static_assert(offsetof(struct record_storage, name) == 0, "the name comes first");
_Static_assert(offsetof(struct record_table, name) == 0, "the name comes first");
_Static_assert(offsetof(struct record_lag, group) == 0, "the name comes first");

/* "~" is "~0" and "/" is "~1" inside a token. */
char *record_pointer(struct arena *arena, const struct record_at *at)
{
    if (at == NULL) return arena_strdup(arena, "");
    size_t n = strlen(at->token);
    CHECK(n < SIZE_MAX / 4, "a name of %zu bytes", n);
    char *token = ARENA_NEW(arena, char, 2 * n + 1);
    char *to = token;
    for (const char *from = at->token; *from != '\0'; from++) {
        if (*from == '~' || *from == '/') {
            *to++ = '~';
            *to++ = *from == '~' ? '0' : '1';
        } else {
            *to++ = *from;
        }
    }
    return arena_printf(arena, "%s/%s", record_pointer(arena, at->up), token);
}
