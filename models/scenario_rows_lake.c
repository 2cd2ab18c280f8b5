/* scenario_rows_lake.c: rows of the scenario language: tables, query engines and queries; see scenario_table.h. */
#include "scenario_rows.h"

static const struct scenario_choice query_engines[] = {{"presto", 0},
                                                       {"trino", 0},
                                                       {"athena", SCENARIO_NOT_MODELLED},
                                                       {"bigquery", SCENARIO_NOT_MODELLED},
                                                       {"clickhouse", SCENARIO_NOT_MODELLED},
                                                       {"snowflake", SCENARIO_NOT_MODELLED},
                                                       {"spark", SCENARIO_NOT_MODELLED},
                                                       {NULL, 0}};
static const struct scenario_choice partitions_by[] = {{"date", PARTITION_BY_DATE},
                                                       {"hour", PARTITION_BY_HOUR},
                                                       {"campaign_bucket", PARTITION_BY_BUCKET},
                                                       {NULL, 0}};
static const struct scenario_choice selections[] = {
    {"campaign_bucket", PARTITION_BY_BUCKET}, {"campaign", SELECTS_KEY}, {NULL, 0}};
static const struct scenario_choice storage_classes[] = {
    {"standard_ia", 0}, {"glacier_ir", 0}, {"glacier", 0}, {"deep_archive", 0},
    {"onezone_ia", SCENARIO_NOT_MODELLED}, {"intelligent_tiering", SCENARIO_NOT_MODELLED}, {NULL, 0}};
static const struct scenario_choice compactions[] = {
    {"binpack", 0}, {"optimize", 0}, {"auto-compact", 0}, {"sort", 0}, {"z-order", 0}, {"clustering", 0}, {NULL, 0}};
static const struct scenario_choice sort_orders[] = {{"campaign", SORT_BY_KEY}, {"time", SORT_BY_TIME}, {NULL, 0}};

static const struct scenario_row rows[] = {
    {"", "lake", SCENARIO_OBJECT, NOWHERE, .doc = "tables in object storage"},
    {"lake", "tables", SCENARIO_LIST, ELEMENTS(struct scenario, tables, tables_n, SCENARIO_TABLES_MAX),
     .doc = "the tables; one that a group writes and that is not listed is kept for 30 days"},
    {"lake", "past", SCENARIO_DURATION, .fallback = "0s", LANDS(INT64, struct scenario, lake.past_ns), RANGE("0s", "366d"),
     .doc = "how long the system ran before: what its groups wrote in that time is in the tables when the run starts. "
            "Traffic follows the workload's own profiles; before a trace, its first value. Where there are queries, the "
            "default is the longest window of theirs"},
    {"lake", "instance", SCENARIO_WORD, .fallback = "m7g.4xlarge", LANDS(STRING, struct scenario, lake.instance),
     .doc = "instance type that ETL and compaction run on: started for a job, and paid while it lasts"},
    {"lake.tables[]", "name", SCENARIO_NAME, .required = true, LANDS(STRING, struct scenario_table, name),
     .doc = "the table's name"},
    {"lake.tables[]", "retention", SCENARIO_DURATION, .fallback = "30d",
     LANDS(INT64, struct scenario_table, retention_ns), RANGE("1h", "36500d"),
     .doc = "how long its records are kept"},
    {"lake.tables[]", "partition_by", SCENARIO_CHOICES, LANDS(INT, struct scenario_table, partition_by),
     .choices = partitions_by, .elements_max = 3,
     .doc = "what its files are kept apart by; hour: of each day; absent: by nothing"},
    {"lake.tables[]", "buckets", SCENARIO_COUNT, .fallback = "16", .when = "partition_by",
     LANDS(INT, struct scenario_table, buckets), RANGE("1", "1024"),
     .doc = "into how many buckets campaigns are hashed, for campaign_bucket"},
    {"lake.tables[]", "tiers", SCENARIO_LIST, ELEMENTS(struct scenario_table, tiers, tiers_n, SCENARIO_TIERS_MAX),
     .doc = "lifecycle: the storage classes that its files move to as they age"},
    {"lake.tables[].tiers[]", "to", SCENARIO_CHOICE, .required = true, LANDS(STRING, struct scenario_tier, to),
     .choices = storage_classes, .doc = "the storage class"},
    {"lake.tables[].tiers[]", "after", SCENARIO_DURATION, .required = true,
     LANDS(INT64, struct scenario_tier, after_ns), RANGE("1d", "36500d"), .doc = "how long after a file was written"},
    {"lake.tables[].tiers[]", "min_size", SCENARIO_BYTES, .fallback = "128 KiB", .source = "Amazon S3",
     LANDS(INT64, struct scenario_tier, min_size_bytes), RANGE("0 B", "5 GiB"), .doc = "smaller files do not move"},
    {"lake.tables[]", "history", SCENARIO_DURATION, .fallback = "5d", .source = "Apache Iceberg",
     LANDS(INT64, struct scenario_table, history_ns), RANGE("0s", "3650d"),
     .doc = "how long replaced files are kept, for readers of older snapshots"},
    {"lake.tables[]", "from", SCENARIO_REFERENCE, LANDS(INDEX, struct scenario_table, from),
     .refers_to = "lake.tables[]", .doc = "the table that it is made from: deduplicated, partitioned and sorted"},
    {"lake.tables[]", "streams", SCENARIO_REFERENCES, LANDS(INDICES, struct scenario_table, streams), .when = "from",
     .offset_n = offsetof(struct scenario_table, streams_n), .elements_max = SCENARIO_STREAMS_MAX,
     .refers_to = "workload[]", .doc = "the streams whose records it takes from there; absent: all of them"},
    {"lake.tables[]", "every", SCENARIO_DURATION, .fallback = "15m", .when = "from",
     LANDS(INT64, struct scenario_table, every_ns), RANGE("10s", "7d"), .doc = "how often that is done"},
    {"lake.tables[]", "cores", SCENARIO_COUNT, .fallback = "4", .when = "from", LANDS(INT, struct scenario_table, cores),
     RANGE("1", "1024"), .doc = "with how many cores"},
    {"lake.tables[]", "compaction", SCENARIO_OBJECT, NOWHERE,
     .doc = "rewriting small files into larger ones; absent: none"},
    {"lake.tables[].compaction", "strategy", SCENARIO_CHOICE, .fallback = "binpack",
     LANDS(STRING, struct scenario_table, compaction.strategy), .choices = compactions,
     .doc = "whose planner: Iceberg's bin packing or sort, Delta's OPTIMIZE, auto compaction or OPTIMIZE ZORDER BY "
            "(campaign, time) in partitions written to since, or Hudi's clustering by size. What they write is sorted by "
            "campaign, but for sort by time and z-order"},
    {"lake.tables[].compaction", "sort_by", SCENARIO_CHOICE, .when = "strategy=sort",
     LANDS(INT, struct scenario_table, compaction.sort_by), .choices = sort_orders,
     .doc = "what the records of its files are sorted by; absent: time. Files then hold a part of the campaigns or of the "
            "time, and queries of another one pass them over"},
    {"lake.tables[].compaction", "target", SCENARIO_BYTES, .required = true,
     LANDS(INT64, struct scenario_table, compaction.target_bytes), RANGE("64 KiB", "64 GiB"),
     .doc = "the size of a file that it aims at"},
    {"lake.tables[].compaction", "every", SCENARIO_DURATION, .fallback = "30m",
     LANDS(INT64, struct scenario_table, compaction.every_ns), RANGE("10s", "30d"), .doc = "how often it is planned"},
    {"lake.tables[].compaction", "min_input_files", SCENARIO_COUNT,
     LANDS(INT64, struct scenario_table, compaction.min_input_files), RANGE("1", "1M"),
     .doc = "so many files together are worth it; absent: the engine's own, 5 for binpack and 50 for auto-compact"},
    {"lake.tables[].compaction", "cores", SCENARIO_COUNT, .fallback = "4",
     LANDS(INT, struct scenario_table, compaction.cores), RANGE("1", "1024"), .doc = "with how many cores"},
    {"lake.tables[]", "vacuum", SCENARIO_OBJECT, NOWHERE,
     .doc = "deleting replaced files once they are older than history: a job that lists the table's objects; absent: they go at "
            "the end of each day, and nobody pays for it"},
    {"lake.tables[].vacuum", "every", SCENARIO_DURATION, .required = true,
     LANDS(INT64, struct scenario_table, vacuum.every_ns), RANGE("1h", "365d"), .doc = "how often"},
    {"lake.tables[].vacuum", "cores", SCENARIO_COUNT, .fallback = "1", LANDS(INT, struct scenario_table, vacuum.cores),
     RANGE("1", "1024"), .doc = "with how many cores, which are held while it lists"},

    {"", "engines", SCENARIO_LIST, ELEMENTS(struct scenario, engines, engines_n, SCENARIO_ENGINES_MAX),
     .doc = "clusters that answer queries of tables"},
    {"engines[]", "name", SCENARIO_NAME, .required = true, LANDS(STRING, struct scenario_engine, name),
     .doc = "the cluster's name"},
    {"engines[]", "profile", SCENARIO_CHOICE, .fallback = "presto", LANDS(STRING, struct scenario_engine, profile),
     .choices = query_engines, .doc = "what it runs; presto and trino have the same costs, those of the calibration"},
    {"engines[]", "workers", SCENARIO_COUNT, .required = true, LANDS(INT, struct scenario_engine, workers),
     RANGE("1", "4096"), .doc = "how many instances scan; each vCPU of them is a slot"},
    {"engines[]", "instance", SCENARIO_WORD, .required = true, LANDS(STRING, struct scenario_engine, instance),
     .doc = "instance type of a worker, from the price book"},
    {"engines[]", "concurrent", SCENARIO_COUNT, .fallback = "100", LANDS(INT, struct scenario_engine, concurrent),
     RANGE("1", "1000"), .doc = "queries that run at once; the others wait in line, at most 5000 of them"},
    {"engines[]", "coordinator", SCENARIO_WORD, LANDS(STRING, struct scenario_engine, coordinator),
     .doc = "instance type of the one coordinator; default: a worker's"},

    {"", "queries", SCENARIO_LIST, ELEMENTS(struct scenario, queries, queries_n, SCENARIO_QUERIES_MAX),
     .doc = "classes of queries"},
    {"queries[]", "name", SCENARIO_NAME, .required = true, LANDS(STRING, struct scenario_query, name),
     .doc = "the class's name"},
    {"queries[]", "engine", SCENARIO_REFERENCE, .required = true, LANDS(INDEX, struct scenario_query, engine),
     .refers_to = "engines[]", .doc = "the cluster that answers them; several classes may share it"},
    {"queries[]", "rate", SCENARIO_OBJECT, .required = true, NOWHERE, .shorthand = "constant",
     .doc = "queries per second over time"},
    RATE_ROWS("queries[].rate", struct scenario_query, rate, "0.00001/s", "10k/s"),
    {"queries[]", "reads", SCENARIO_REFERENCE, .required = true, LANDS(INDEX, struct scenario_query, reads),
     .refers_to = "lake.tables[]", .doc = "the table, one of lake.tables"},
    {"queries[]", "window", SCENARIO_DURATION, LANDS(INT64, struct scenario_query, window_ns), RANGE("1s", "36500d"),
     .doc = "how far back from now it looks, by event time; absent: at the whole table"},
    {"queries[]", "columns", SCENARIO_COUNT, .required = true, LANDS(INT, struct scenario_query, columns),
     RANGE("1", "10000"), .doc = "columns read; all are taken as equally wide"},
    {"queries[]", "columns_total", SCENARIO_COUNT, .fallback = "20", LANDS(INT, struct scenario_query, columns_total),
     RANGE("1", "10000"), .doc = "columns that the table has"},
    {"queries[]", "selects", SCENARIO_CHOICE, LANDS(INT, struct scenario_query, selects), .choices = selections,
     .doc = "of what one value is wanted, drawn by its records: a bucket of campaigns, or one campaign, by the smallest and "
            "the largest in each file; absent: nothing is left out"},
    {"queries[]", "cpu_factor", SCENARIO_NUMBER, .fallback = "1", LANDS(DOUBLE, struct scenario_query, cpu_factor),
     RANGE("0", "1000"), .doc = "work on each byte scanned, 1 being a filter and an aggregation"},
};

const struct scenario_rows scenario_rows_lake = {rows, sizeof rows / sizeof rows[0]};
