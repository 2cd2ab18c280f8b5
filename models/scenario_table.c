/* scenario_table.c: the rows of the scenario language; see scenario_table.h.
 *
 * Kafka's defaults are those of the Apache Kafka documentation for 3.3 to 4.1; Amazon MSK's are those of its
 * developer guide, "Default Amazon MSK configuration"; gp3's limits are those of the Amazon EBS user guide.
 */
#include "scenario_table.h"

#include "check.h"

#include "scenario.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const struct scenario_choice resolutions[] = {{"record", RESOLUTION_RECORD},
                                                     {"request", RESOLUTION_REQUEST},
                                                     {"sampled", RESOLUTION_SAMPLED},
                                                     {NULL, 0}};
static const struct scenario_choice platforms[] = {{"self-run", 0}, {"msk", 1}, {NULL, 0}};
static const struct scenario_choice serializations[] = {{"avro", SERIALIZATION_AVRO},
                                                        {"json", SERIALIZATION_JSON},
                                                        {"protobuf", SCENARIO_NOT_MODELLED},
                                                        {NULL, 0}};
static const struct scenario_choice partitioners[] = {
    {"murmur2", PARTITIONER_MURMUR2}, {"sticky", PARTITIONER_STICKY}, {NULL, 0}};
static const struct scenario_choice acks[] = {
    {"all", ACKS_ALL}, {"1", ACKS_1}, {"0", ACKS_0}, {"-1", ACKS_ALL}, {NULL, 0}};
static const struct scenario_choice compressions[] = {
    {"none", COMPRESSION_NONE},        {"zstd", COMPRESSION_ZSTD},     {"gzip", SCENARIO_NOT_MODELLED},
    {"snappy", SCENARIO_NOT_MODELLED}, {"lz4", SCENARIO_NOT_MODELLED}, {NULL, 0}};
static const struct scenario_choice storages[] = {{"gp3", 0},
                                                  {"gp2", SCENARIO_NOT_MODELLED},
                                                  {"io1", SCENARIO_NOT_MODELLED},
                                                  {"io2", SCENARIO_NOT_MODELLED},
                                                  {"st1", SCENARIO_NOT_MODELLED},
                                                  {NULL, 0}};
static const struct scenario_choice engines[] = {{"native", 0},
                                                 {"flink", SCENARIO_NOT_MODELLED},
                                                 {"kafka_streams", SCENARIO_NOT_MODELLED},
                                                 {"spark", SCENARIO_NOT_MODELLED},
                                                 {NULL, 0}};
static const struct scenario_choice query_engines[] = {{"presto", 0},
                                                       {"trino", 0},
                                                       {"athena", SCENARIO_NOT_MODELLED},
                                                       {"bigquery", SCENARIO_NOT_MODELLED},
                                                       {"clickhouse", SCENARIO_NOT_MODELLED},
                                                       {"snowflake", SCENARIO_NOT_MODELLED},
                                                       {"spark", SCENARIO_NOT_MODELLED},
                                                       {NULL, 0}};
static const struct scenario_choice protocols[] = {
    {"consumer", PROTOCOL_CONSUMER}, {"classic", PROTOCOL_CLASSIC}, {NULL, 0}};
static const struct scenario_choice deliveries[] = {{"at_least_once", DELIVERY_AT_LEAST_ONCE},
                                                    {"exactly_once", DELIVERY_EXACTLY_ONCE},
                                                    {"at_most_once", DELIVERY_AT_MOST_ONCE},
                                                    {NULL, 0}};
static const struct scenario_choice offset_resets[] = {{"latest", OFFSET_RESET_LATEST},
                                                       {"earliest", OFFSET_RESET_EARLIEST},
                                                       {"none", SCENARIO_NOT_MODELLED},
                                                       {NULL, 0}};
static const struct scenario_choice windows[] = {{"tumbling", 0},
                                                 {"hopping", SCENARIO_NOT_MODELLED},
                                                 {"sliding", SCENARIO_NOT_MODELLED},
                                                 {"session", SCENARIO_NOT_MODELLED},
                                                 {NULL, 0}};
static const struct scenario_choice formats[] = {
    {"parquet", 0}, {"avro", 1}, {"json", 2}, {"orc", SCENARIO_NOT_MODELLED}, {NULL, 0}};
static const struct scenario_choice partitions_by[] = {{"date", PARTITION_BY_DATE},
                                                       {"hour", PARTITION_BY_HOUR},
                                                       {"campaign_bucket", PARTITION_BY_BUCKET},
                                                       {NULL, 0}};
static const struct scenario_choice selections[] = {{"campaign_bucket", PARTITION_BY_BUCKET}, {NULL, 0}};
static const struct scenario_choice storage_classes[] = {
    {"standard_ia", 0}, {"glacier_ir", 0}, {"glacier", 0}, {"deep_archive", 0},
    {"onezone_ia", SCENARIO_NOT_MODELLED}, {"intelligent_tiering", SCENARIO_NOT_MODELLED}, {NULL, 0}};
static const struct scenario_choice compactions[] = {
    {"binpack", 0}, {"optimize", 0}, {"auto-compact", 0}, {"sort", SCENARIO_NOT_MODELLED}, {NULL, 0}};
static const struct scenario_choice fault_kinds[] = {{"broker_down", FAULT_BROKER_DOWN},
                                                     {"restart_group", FAULT_RESTART_GROUP},
                                                     {"consumer_crash", FAULT_CONSUMER_CRASH},
                                                     {NULL, 0}};

#define LANDS(kind, type, member) .landing = SCENARIO_LANDS_##kind, .offset = offsetof(type, member)
#define NOWHERE .landing = SCENARIO_LANDS_NOWHERE
#define RANGE(low, high) .min = (low), .max = (high)
#define OTHERWISE(when_, text) .other = {SCENARIO_IF_##when_, (text)}
#define ALTERNATIVE(value, type, member)                                                                     \
    .is_alternative = true, .alternative = (value), .alternative_offset = offsetof(type, member)
#define ELEMENTS(type, array, array_n, max)                                                                  \
    .offset = offsetof(type, array), .offset_n = offsetof(type, array_n),                                    \
    .element_size = sizeof(((type *)0)->array[0]), .elements_max = (max)

#define YEARS_10 "3650d"
#define INT_LARGEST "2147483647" /* of Kafka's own settings */

/* Laid out by hand: the formatter would put each field of a row in a macro on a line of its own. */
/* clang-format off */
/* A setting of Kafka's, with Kafka's default. The rest is .doc and, where it has one, its other default. */
#define KAFKA_ROW(path, key_, type_, default_, low, high, landing_, struct_, member, ...)                    \
    {path, key_, SCENARIO_##type_, .fallback = (default_), RANGE(low, high), .source = "Apache Kafka",      \
     LANDS(landing_, struct_, member), __VA_ARGS__}
#define BROKER(key_, type_, default_, low, high, landing_, member, ...)                                      \
    KAFKA_ROW("cluster.config", key_, type_, default_, low, high, landing_, struct scenario,                \
              cluster.config.member, __VA_ARGS__)
#define PRODUCER(key_, type_, default_, low, high, landing_, member, ...)                                    \
    KAFKA_ROW("producers[].config", key_, type_, default_, low, high, landing_, struct scenario_producer,   \
              config.member, __VA_ARGS__)
#define CONSUMER(key_, type_, default_, low, high, landing_, member, ...)                                    \
    KAFKA_ROW("groups[].config", key_, type_, default_, low, high, landing_, struct scenario_group,         \
              config.member, __VA_ARGS__)

/* A distribution of times at `path`, landing in the struct distribution `member` of `type`. */
#define DISTRIBUTION_ROWS(path, type, member)                                                                \
    {path, "constant", SCENARIO_DURATION, LANDS(DOUBLE, type, member.value), RANGE("0s", YEARS_10),         \
     ALTERNATIVE(DISTRIBUTION_CONSTANT, type, member.kind), .doc = "always exactly this"},                  \
    {path, "lognormal", SCENARIO_OBJECT, NOWHERE, ALTERNATIVE(DISTRIBUTION_LOGNORMAL, type, member.kind),   \
     .doc = "lognormal, given by its median and its 99th percentile"},                                      \
    {path ".lognormal", "median", SCENARIO_DURATION, .required = true, LANDS(DOUBLE, type, member.median),  \
     RANGE("1us", "365d"), .doc = "half are below this"},                                                   \
    {path ".lognormal", "p99", SCENARIO_DURATION, .required = true, LANDS(DOUBLE, type, member.p99),        \
     RANGE("1us", YEARS_10), .doc = "one in a hundred is above this"},                                      \
    {path, "exponential", SCENARIO_OBJECT, NOWHERE, ALTERNATIVE(DISTRIBUTION_EXPONENTIAL, type, member.kind),\
     .doc = "exponential, given by its mean"},                                                              \
    {path ".exponential", "mean", SCENARIO_DURATION, .required = true, LANDS(DOUBLE, type, member.value),   \
     RANGE("1us", "365d"), .doc = "the mean"}

/* A rate from `low` to `high` at `path`, landing in the struct scenario_rate `member` of `type`. */
#define RATE_ROWS(path, type, member, low, high)                                                             \
    {path, "constant", SCENARIO_RATE, LANDS(DOUBLE, type, member.peak_per_s), RANGE(low, high),             \
     ALTERNATIVE(RATE_CONSTANT, type, member.kind), .doc = "the same rate at all times"},                   \
    {path, "profile", SCENARIO_WORD, LANDS(STRING, type, member.profile),                                   \
     ALTERNATIVE(RATE_PROFILE, type, member.kind),                                                          \
     .doc = "time of day or week: a built-in profile, or a profile file relative to the scenario"},         \
    {path, "trace", SCENARIO_TEXT, LANDS(STRING, type, member.trace),                                       \
     ALTERNATIVE(RATE_TRACE, type, member.kind),                                                            \
     .doc = "a CSV file of time,count in equal steps, relative to the scenario; starts with the run"},      \
    {path, "peak", SCENARIO_RATE, LANDS(DOUBLE, type, member.peak_per_s), .when = "profile|trace",          \
     RANGE(low, high),                                                                                      \
     .doc = "the rate at the highest point; required with a profile, a trace keeps its own"}
/* clang-format on */

static const struct scenario_row rows[] = {
    {"", "name", SCENARIO_NAME, .required = true, LANDS(STRING, struct scenario, name),
     .doc = "the scenario's name"},
    {"", "extends", SCENARIO_TEXT, NOWHERE,
     .doc = "another scenario file, relative to this one, whose fields hold unless given here; objects merge "
            "field by field, lists of named things by name, an empty list takes the other's away, and null "
            "takes a field away"},
    {"", "question", SCENARIO_TEXT, LANDS(STRING, struct scenario, question),
     .doc = "what the run is to answer"},
    {"", "decision", SCENARIO_OBJECT, NOWHERE, .doc = "the decision this informs"},
    {"decision", "owner", SCENARIO_TEXT, LANDS(STRING, struct scenario, decision.owner),
     .doc = "who decides"},
    {"decision", "metric", SCENARIO_TEXT, LANDS(STRING, struct scenario, decision.metric),
     .doc = "the metric the decision hangs on, as in an objective"},
    {"decision", "cost_of_delay", SCENARIO_MONEY_PER_TIME,
     LANDS(DOUBLE, struct scenario, decision.cost_of_delay_usd_per_s),
     .doc = "what staleness costs while it lasts"},
    {"decision", "stale_after", SCENARIO_DURATION, LANDS(INT64, struct scenario, decision.stale_after_ns),
     RANGE("1ms", YEARS_10),
     .doc = "delay costs while the output of `metric` is staler than this; default: the target of the first objective on "
            "that output's staleness, else of the first on its freshness"},

    {"", "run", SCENARIO_OBJECT, NOWHERE, .doc = "what stretch of time is simulated, and how"},
    {"run", "start", SCENARIO_TIME_OF_DAY, .fallback = "00:00", LANDS(INT64, struct scenario, run.start_ns),
     .doc = "time of day at which the run starts, in the profile's first day"},
    {"run", "duration", SCENARIO_DURATION, .fallback = "1h", LANDS(INT64, struct scenario, run.duration_ns),
     RANGE("1s", "366d"), .doc = "simulated time"},
    {"run", "warmup", SCENARIO_DURATION, .fallback = "0s", LANDS(INT64, struct scenario, run.warmup_ns),
     RANGE("0s", "366d"), .or_auto = true,
     .doc = "first part of the run: counted, but not in latency, freshness or staleness; auto: found by MSER-5 on a "
            "pilot run"},
    {"run", "seed", SCENARIO_COUNT, .fallback = "1", LANDS(UINT64, struct scenario, run.seed),
     RANGE("0", "9007199254740992"), .doc = "names the random streams; the same seed gives the same result"},
    {"run", "replications", SCENARIO_COUNT, .fallback = "5", LANDS(INT, struct scenario, run.replications),
     RANGE("1", "1000"), .doc = "independent repetitions, for the intervals"},
    {"run", "precision", SCENARIO_SHARE, LANDS(DOUBLE, struct scenario, run.precision), RANGE("0.01%", "100%"),
     .doc = "replications are added until the interval of every objective's metric (without objectives, of the "
            "decision's) is within this share of its mean on either side"},
    {"run", "replications_max", SCENARIO_COUNT, .fallback = "64",
     LANDS(INT, struct scenario, run.replications_max), RANGE("1", "1000"),
     .doc = "no more replications than this are added for run.precision"},
    {"run", "resolution", SCENARIO_CHOICE, .fallback = "sampled", LANDS(INT, struct scenario, run.resolution),
     .choices = resolutions, .doc = "follow every record, every request, or a ledger with sampled close-ups"},
    {"run", "fraction", SCENARIO_SHARE, LANDS(DOUBLE, struct scenario, run.fraction), RANGE("0.05%", "100%"),
     .doc = "the least share of a second that a close-up simulates; absent: 1% of a run of four hours or with "
            "run.table, less of a longer one, never below 0.2%"},
    {"run", "table", SCENARIO_BOOL, LANDS(BOOL, struct scenario, run.table),
     .doc = "jump over steady stretches whose rates have been simulated for long enough, and count what was simulated "
            "for them, and of outages that are alike the first six: for runs of weeks; at the resolution sampled, without "
            "queries; absent: false"},

    {"", "platform", SCENARIO_CHOICE, .fallback = "self-run", LANDS(STRING, struct scenario, platform),
     .choices = platforms, .doc = "who runs the brokers; chooses defaults and prices"},
    {"", "kafka", SCENARIO_WORD, .fallback = "4.1", LANDS(STRING, struct scenario, kafka),
     .doc = "Kafka's version, 3.3 or later; chooses defaults"},
    {"", "region", SCENARIO_WORD, .fallback = "us-east-1", LANDS(STRING, struct scenario, region),
     .doc = "the region whose prices hold"},

    {"", "keys", SCENARIO_MAP, ELEMENTS(struct scenario, keys, keys_n, SCENARIO_KEYS_MAX),
     .doc = "key populations, by name"},
    {"keys.*", "population", SCENARIO_COUNT, .required = true, LANDS(INT64, struct scenario_keys, population),
     RANGE("1", "100000000"), .doc = "how many distinct keys there are"},
    {"keys.*", "zipf", SCENARIO_NUMBER, .fallback = "0", LANDS(DOUBLE, struct scenario_keys, zipf),
     RANGE("0", "3"), .doc = "exponent of the keys' popularity; 0: all alike"},

    {"", "workload", SCENARIO_LIST, .required = true,
     ELEMENTS(struct scenario, streams, streams_n, SCENARIO_STREAMS_MAX), .doc = "the streams of events"},
    {"workload[]", "stream", SCENARIO_NAME, .required = true, LANDS(STRING, struct scenario_stream, name),
     .doc = "the stream's name"},
    {"workload[]", "rate", SCENARIO_OBJECT, .required = true, NOWHERE, .shorthand = "constant",
     .doc = "events per second over time"},
    RATE_ROWS("workload[].rate", struct scenario_stream, rate, "0.001/s", "1G/s"),
    {"workload[].rate", "of", SCENARIO_REFERENCE, LANDS(INDEX, struct scenario_stream, rate.of),
     ALTERNATIVE(RATE_DERIVED, struct scenario_stream, rate.kind), .refers_to = "workload[]",
     .doc = "the stream whose events these follow"},
    {"workload[].rate", "times", SCENARIO_NUMBER, .required = true,
     LANDS(DOUBLE, struct scenario_stream, rate.times), .when = "of", RANGE("0.000001", "1000"),
     .doc = "events for each event of that stream"},
    {"workload[].rate", "after", SCENARIO_OBJECT, .fallback = "0s", NOWHERE, .when = "of",
     .shorthand = "constant", .doc = "how long after that event"},
    DISTRIBUTION_ROWS("workload[].rate.after", struct scenario_stream, rate.after),
    {"workload[]", "key", SCENARIO_REFERENCE, LANDS(INDEX, struct scenario_stream, keys),
     .refers_to = "keys.*", .doc = "the records' key; none: the records have no key"},
    {"workload[]", "event", SCENARIO_OBJECT, .required = true, NOWHERE, .doc = "one event"},
    {"workload[].event", "size", SCENARIO_BYTES, .required = true,
     LANDS(INT64, struct scenario_stream, event_size_bytes), RANGE("1 B", "64 MiB"),
     .doc = "mean size of key and value together, serialised, before compression"},
    {"workload[].event", "serialization", SCENARIO_CHOICE, .fallback = "json",
     LANDS(INT, struct scenario_stream, serialization), .choices = serializations,
     .doc = "how events are written; sets how well they compress"},
    {"workload[]", "lateness", SCENARIO_OBJECT, .fallback = "0s", NOWHERE, .shorthand = "constant",
     .doc = "from the event's own time to its arrival at the producer"},
    DISTRIBUTION_ROWS("workload[].lateness", struct scenario_stream, lateness),

    {"", "month", SCENARIO_OBJECT, NOWHERE, .shorthand = "constant",
     .doc = "the rate of all streams together that the monthly bill is for; default: the workload's own "
            "profiles"},
    RATE_ROWS("month", struct scenario, month.rate, "0.001/s", "1G/s"),

    {"", "cluster", SCENARIO_OBJECT, .required = true, NOWHERE, .doc = "the brokers"},
    {"cluster", "brokers", SCENARIO_COUNT, .required = true, LANDS(INT, struct scenario, cluster.brokers),
     RANGE("1", "512"), .doc = "how many brokers; their ids are 0 to brokers-1"},
    {"cluster", "zones", SCENARIO_COUNT, .fallback = "3", LANDS(INT, struct scenario, cluster.zones),
     RANGE("1", "6"),
     .doc = "availability zones; broker b is in zone b modulo zones, and so is client instance i"},
    {"cluster", "instance", SCENARIO_WORD, .required = true, LANDS(STRING, struct scenario, cluster.instance),
     .doc = "instance type of a broker, from the price book"},
    {"cluster", "storage", SCENARIO_OBJECT, .required = true, NOWHERE, .doc = "each broker's volume"},
    {"cluster.storage", "type", SCENARIO_CHOICE, .fallback = "gp3",
     LANDS(STRING, struct scenario, cluster.storage_type), .choices = storages, .doc = "kind of volume"},
    {"cluster.storage", "size", SCENARIO_BYTES, .required = true,
     LANDS(INT64, struct scenario, cluster.storage_size_bytes), RANGE("1 GiB", "64 TiB"),
     .doc = "size of the volume"},
    {"cluster.storage", "throughput", SCENARIO_BYTES_PER_S, .fallback = "125 MiB/s",
     LANDS(DOUBLE, struct scenario, cluster.storage_throughput_bytes_per_s), RANGE("125 MiB/s", "2000 MiB/s"),
     .source = "Amazon EBS", .doc = "throughput of the volume"},
    {"cluster.storage", "iops", SCENARIO_COUNT, .fallback = "3000",
     LANDS(DOUBLE, struct scenario, cluster.storage_iops), RANGE("3000", "80000"), .source = "Amazon EBS",
     .doc = "operations per second of the volume"},
    {"cluster", "config", SCENARIO_OBJECT, NOWHERE, .doc = "broker settings, by Kafka's names"},
    BROKER("num.network.threads", COUNT, "3", "1", "256", INT, num_network_threads, OTHERWISE(MSK, "5"),
           .doc = "threads that move bytes to and from clients"),
    BROKER("num.io.threads", COUNT, "8", "1", "256", INT, num_io_threads,
           .doc = "threads that serve requests"),
    BROKER("queued.max.requests", COUNT, "500", "1", "1000000", INT, queued_max_requests,
           .doc = "requests that may wait for an I/O thread before network threads stop reading"),
    BROKER("num.replica.fetchers", COUNT, "1", "1", "128", INT, num_replica_fetchers, OTHERWISE(MSK, "2"),
           .doc = "threads that fetch from each other broker"),
    BROKER("replica.fetch.wait.max.ms", CONFIG_MS, "500", "0", INT_LARGEST, INT64, replica_fetch_wait_max_ns,
           .doc = "how long a follower's fetch may wait for data"),
    BROKER("replica.fetch.min.bytes", CONFIG_BYTES, "1", "1", INT_LARGEST, INT64, replica_fetch_min_bytes,
           .doc = "data a follower's fetch waits for"),
    BROKER("replica.fetch.max.bytes", CONFIG_BYTES, "1048576", "1", INT_LARGEST, INT64,
           replica_fetch_max_bytes, .doc = "most a follower fetches of one partition at once"),
    BROKER("replica.fetch.response.max.bytes", CONFIG_BYTES, "10485760", "1", INT_LARGEST, INT64,
           replica_fetch_response_max_bytes, .doc = "most a follower fetches at once"),
    BROKER("replica.lag.time.max.ms", CONFIG_MS, "30000", "1", INT_LARGEST, INT64, replica_lag_time_max_ns,
           .doc = "a follower behind for longer leaves the in-sync replicas"),
    BROKER("min.insync.replicas", COUNT, "1", "1", "512", INT, min_insync_replicas,
           OTHERWISE(MSK_THREE_ZONES, "2"), .doc = "in-sync replicas that acks=all needs"),
    BROKER("unclean.leader.election.enable", BOOL, "false", NULL, NULL, BOOL, unclean_leader_election_enable,
           OTHERWISE(MSK, "true"), .doc = "may a replica that is not in sync lead, and records be lost?"),
    BROKER("broker.session.timeout.ms", CONFIG_MS, "9000", "1", INT_LARGEST, INT64, broker_session_timeout_ns,
           .doc = "the controller fences a broker that is silent for so long"),
    BROKER("broker.heartbeat.interval.ms", CONFIG_MS, "2000", "1", INT_LARGEST, INT64,
           broker_heartbeat_interval_ns, .doc = "between a broker's heartbeats to the controller"),
    BROKER("auto.leader.rebalance.enable", BOOL, "true", NULL, NULL, BOOL, auto_leader_rebalance_enable,
           .doc = "does leadership go back to preferred replicas by itself?"),
    BROKER("leader.imbalance.check.interval.seconds", CONFIG_S, "300", "1", INT_LARGEST, INT64,
           leader_imbalance_check_interval_ns, .doc = "how often that is checked"),
    BROKER("log.segment.bytes", CONFIG_BYTES, "1073741824", "1048576", INT_LARGEST, INT64, log_segment_bytes,
           .doc = "size of a log segment; retention removes whole segments"),
    BROKER("num.recovery.threads.per.data.dir", COUNT, "2", "1", "256", INT,
           num_recovery_threads_per_data_dir, OTHERWISE(KAFKA_BEFORE_4, "1"),
           .doc = "threads that read logs again after an unclean stop"),

    {"", "topics", SCENARIO_LIST, .required = true,
     ELEMENTS(struct scenario, topics, topics_n, SCENARIO_TOPICS_MAX),
     .doc = "the topic: this version simulates one"},
    {"topics[]", "name", SCENARIO_NAME, .required = true, LANDS(STRING, struct scenario_topic, name),
     .doc = "the topic's name"},
    {"topics[]", "partitions", SCENARIO_COUNT, .required = true,
     LANDS(INT, struct scenario_topic, partitions), RANGE("1", "20000"), .doc = "how many partitions"},
    {"topics[]", "replication", SCENARIO_COUNT, .required = true,
     LANDS(INT, struct scenario_topic, replication), RANGE("1", "5"),
     .doc = "replicas of each partition, the leader included"},
    {"topics[]", "retention", SCENARIO_DURATION, .fallback = "7d",
     LANDS(INT64, struct scenario_topic, retention_ns), RANGE("1m", YEARS_10), .source = "Apache Kafka",
     .doc = "how long records are kept (retention.ms)"},

    {"", "producers", SCENARIO_LIST, .required = true,
     ELEMENTS(struct scenario, producers, producers_n, SCENARIO_PRODUCERS_MAX), .doc = "fleets of producers"},
    {"producers[]", "name", SCENARIO_NAME, .required = true, LANDS(STRING, struct scenario_producer, name),
     .doc = "the fleet's name"},
    {"producers[]", "sends", SCENARIO_REFERENCES, .required = true,
     LANDS(INDICES, struct scenario_producer, sends), .offset_n = offsetof(struct scenario_producer, sends_n),
     .elements_max = SCENARIO_STREAMS_MAX, .refers_to = "workload[]", .doc = "the streams it sends"},
    {"producers[]", "to", SCENARIO_REFERENCE, .required = true, LANDS(INDEX, struct scenario_producer, topic),
     .refers_to = "topics[]", .doc = "the topic it sends to"},
    {"producers[]", "instances", SCENARIO_COUNT, .required = true,
     LANDS(INT, struct scenario_producer, instances), RANGE("1", "4096"),
     .doc = "how many producers there are, each with its own connections and buffer"},
    {"producers[]", "instance", SCENARIO_WORD, LANDS(STRING, struct scenario_producer, instance),
     .doc = "instance type that is billed; none: the producers are somebody else's"},
    {"producers[]", "partitioner", SCENARIO_CHOICE, .fallback = "murmur2",
     LANDS(INT, struct scenario_producer, partitioner), .choices = partitioners,
     .doc = "murmur2 by key (sticky for records without one), or sticky for all"},
    {"producers[]", "config", SCENARIO_OBJECT, NOWHERE, .doc = "producer settings, by Kafka's names"},
    PRODUCER("acks", CHOICE, "all", NULL, NULL, INT, acks, .choices = acks,
             .doc = "who must have a batch before it counts"),
    PRODUCER("linger.ms", CONFIG_MS, "5", "0", "3600000", INT64, linger_ns, OTHERWISE(KAFKA_BEFORE_4, "0"),
             .doc = "how long a batch waits for more records"),
    PRODUCER("batch.size", CONFIG_BYTES, "16384", "1", "1073741824", INT64, batch_size_bytes,
             .doc = "a batch of this size waits no longer"),
    PRODUCER("compression.type", CHOICE, "none", NULL, NULL, INT, compression_type, .choices = compressions,
             .doc = "codec of batches"),
    PRODUCER("compression.zstd.level", COUNT, "3", "-7", "22", INT, compression_zstd_level,
             .doc = "zstd's level"),
    PRODUCER("buffer.memory", CONFIG_BYTES, "33554432", "1024", "1099511627776", INT64, buffer_memory_bytes,
             .doc = "memory for records that wait to be sent"),
    PRODUCER("max.block.ms", CONFIG_MS, "60000", "0", INT_LARGEST, INT64, max_block_ns,
             .doc = "how long sending may block on a full buffer before a record is refused"),
    PRODUCER("request.timeout.ms", CONFIG_MS, "30000", "1", INT_LARGEST, INT64, request_timeout_ns,
             .doc = "a request unanswered for so long is tried again"),
    PRODUCER("delivery.timeout.ms", CONFIG_MS, "120000", "1", INT_LARGEST, INT64, delivery_timeout_ns,
             .doc = "a record not delivered for so long is given up"),
    PRODUCER("retries", COUNT, INT_LARGEST, "0", INT_LARGEST, INT64, retries,
             .doc = "how often a batch is tried again; the default leaves it to delivery.timeout.ms"),
    PRODUCER("retry.backoff.ms", CONFIG_MS, "100", "0", "3600000", INT64, retry_backoff_ns,
             .doc = "before the first retry"),
    PRODUCER("retry.backoff.max.ms", CONFIG_MS, "1000", "0", "3600000", INT64, retry_backoff_max_ns,
             .doc = "before later retries, which wait twice as long each"),
    PRODUCER("max.in.flight.requests.per.connection", COUNT, "5", "1", "1000", INT,
             max_in_flight_requests_per_connection, .doc = "unanswered requests to one broker"),
    PRODUCER("max.request.size", CONFIG_BYTES, "1048576", "1", INT_LARGEST, INT64, max_request_size_bytes,
             .doc = "largest request"),
    PRODUCER("enable.idempotence", BOOL, "true", NULL, NULL, BOOL, enable_idempotence,
             .doc = "does the broker refuse a batch it has already?"),

    {"", "groups", SCENARIO_LIST, ELEMENTS(struct scenario, groups, groups_n, SCENARIO_GROUPS_MAX),
     .doc = "consumer groups"},
    {"groups[]", "name", SCENARIO_NAME, .required = true, LANDS(STRING, struct scenario_group, name),
     .doc = "the group's name"},
    {"groups[]", "reads", SCENARIO_REFERENCE, .required = true, LANDS(INDEX, struct scenario_group, topic),
     .refers_to = "topics[]", .doc = "the topic it reads"},
    {"groups[]", "engine", SCENARIO_CHOICE, .fallback = "native",
     LANDS(STRING, struct scenario_group, engine), .choices = engines,
     .doc = "what it runs on; sets the cost of a record"},
    {"groups[]", "instances", SCENARIO_COUNT, .required = true, LANDS(INT, struct scenario_group, instances),
     RANGE("1", "4096"), .doc = "how many instances it runs on"},
    {"groups[]", "threads", SCENARIO_COUNT, .fallback = "1", LANDS(INT, struct scenario_group, threads),
     RANGE("1", "256"), .doc = "consumers in each instance, one thread each"},
    {"groups[]", "instance", SCENARIO_WORD, .required = true, LANDS(STRING, struct scenario_group, instance),
     .doc = "instance type, from the price book"},
    {"groups[]", "protocol", SCENARIO_CHOICE, .fallback = "classic",
     LANDS(INT, struct scenario_group, protocol), .choices = protocols, .source = "Apache Kafka",
     .doc = "rebalance protocol: classic, or consumer (KIP-848, from 4.0)"},
    {"groups[]", "delivery", SCENARIO_CHOICE, .fallback = "at_least_once",
     LANDS(INT, struct scenario_group, delivery), .choices = deliveries,
     .doc = "what a crash may do to its output"},
    {"groups[]", "checkpoint", SCENARIO_DURATION, .fallback = "0s",
     LANDS(INT64, struct scenario_group, checkpoint_ns), RANGE("0s", "1d"),
     .doc = "between checkpoints; 0s: none, offsets are committed every auto.commit.interval.ms"},
    {"groups[]", "config", SCENARIO_OBJECT, NOWHERE, .doc = "consumer settings, by Kafka's names"},
    CONSUMER("auto.offset.reset", CHOICE, "latest", NULL, NULL, INT, auto_offset_reset,
             .choices = offset_resets, .doc = "where to go on when the position is no longer in the log"),
    CONSUMER("session.timeout.ms", CONFIG_MS, "45000", "1", INT_LARGEST, INT64, session_timeout_ns,
             .doc =
                 "a member that is silent for so long is out (protocol consumer: the group's own setting)"),
    CONSUMER("heartbeat.interval.ms", CONFIG_MS, "3000", "1", INT_LARGEST, INT64, heartbeat_interval_ns,
             OTHERWISE(PROTOCOL_CONSUMER, "5000"),
             .doc = "between a member's heartbeats (protocol consumer: the group's own setting)"),
    CONSUMER("max.poll.interval.ms", CONFIG_MS, "300000", "1", INT_LARGEST, INT64, max_poll_interval_ns,
             .doc = "a member that does not poll for so long is out"),
    CONSUMER("max.poll.records", COUNT, "500", "1", INT_LARGEST, INT, max_poll_records,
             .doc = "records one poll returns"),
    CONSUMER("fetch.min.bytes", CONFIG_BYTES, "1", "0", INT_LARGEST, INT64, fetch_min_bytes,
             .doc = "data a fetch waits for"),
    CONSUMER("fetch.max.wait.ms", CONFIG_MS, "500", "0", INT_LARGEST, INT64, fetch_max_wait_ns,
             .doc = "how long a fetch waits for it"),
    CONSUMER("fetch.max.bytes", CONFIG_BYTES, "52428800", "1", INT_LARGEST, INT64, fetch_max_bytes,
             .doc = "most one fetch returns"),
    CONSUMER("max.partition.fetch.bytes", CONFIG_BYTES, "1048576", "1", INT_LARGEST, INT64,
             max_partition_fetch_bytes, .doc = "most one fetch returns of one partition"),
    CONSUMER("auto.commit.interval.ms", CONFIG_MS, "5000", "1", INT_LARGEST, INT64, auto_commit_interval_ns,
             .doc = "between commits of offsets"),
    {"groups[]", "does", SCENARIO_OBJECT, NOWHERE,
     .doc = "what it does with records; none: it only reads them"},
    {"groups[].does", "window", SCENARIO_OBJECT, NOWHERE,
     ALTERNATIVE(WORK_WINDOW, struct scenario_group, work), .doc = "counts by key in windows of event time"},
    {"groups[].does.window", "kind", SCENARIO_CHOICE, .fallback = "tumbling", NOWHERE, .choices = windows,
     .doc = "kind of window"},
    {"groups[].does.window", "size", SCENARIO_DURATION, .required = true,
     LANDS(INT64, struct scenario_group, window.size_ns), RANGE("1ms", "1d"), .doc = "length of a window"},
    {"groups[].does.window", "out_of_orderness", SCENARIO_DURATION, .fallback = "0s",
     LANDS(INT64, struct scenario_group, window.out_of_orderness_ns), RANGE("0s", "1d"),
     .doc = "how far the watermark stays behind the newest event"},
    {"groups[].does.window", "allowed_lateness", SCENARIO_DURATION, .fallback = "0s",
     LANDS(INT64, struct scenario_group, window.allowed_lateness_ns), RANGE("0s", "7d"),
     .doc = "how long after it fired a window still takes events; later ones are dropped, and counted"},
    {"groups[].does.window", "heavy_key_share", SCENARIO_SHARE, .fallback = "0.01%",
     LANDS(DOUBLE, struct scenario_group, window.heavy_key_share), RANGE("0.0001%", "100%"),
     .doc = "keys with at least this share of the traffic are followed one by one"},
    {"groups[].does.window", "sample_one_in", SCENARIO_COUNT, .fallback = "64",
     LANDS(INT64, struct scenario_group, window.sample_one_in), RANGE("1", "1000000"),
     .doc = "of the other keys one in this many is followed, chosen by hash; 1: every key"},
    {"groups[].does.window", "impressions", SCENARIO_REFERENCE,
     LANDS(INDEX, struct scenario_group, window.impressions), .refers_to = "workload[]",
     .doc = "the stream that is a click-through rate's denominator"},
    {"groups[].does.window", "clicks", SCENARIO_REFERENCE, LANDS(INDEX, struct scenario_group, window.clicks),
     .refers_to = "workload[]", .doc = "the stream that is its numerator"},
    {"groups[].does", "feeds", SCENARIO_NAME, LANDS(STRING, struct scenario_group, window.feeds),
     .when = "window", .doc = "the output's name in freshness and staleness; default: the group's name"},
    {"groups[].does", "write", SCENARIO_OBJECT, NOWHERE, ALTERNATIVE(WORK_WRITE, struct scenario_group, work),
     .doc = "writes records to a table's files in object storage"},
    {"groups[].does.write", "table", SCENARIO_NAME, .required = true,
     LANDS(STRING, struct scenario_group, write.table), .doc = "the table's name"},
    {"groups[].does.write", "format", SCENARIO_CHOICE, .fallback = "parquet",
     LANDS(STRING, struct scenario_group, write.format), .choices = formats, .doc = "format of its files"},
    {"groups[].does.write", "roll", SCENARIO_OBJECT, NOWHERE, .doc = "when a file is closed and can be read"},
    {"groups[].does.write.roll", "size", SCENARIO_BYTES, .fallback = "128 MiB",
     LANDS(INT64, struct scenario_group, write.roll_size_bytes), RANGE("64 KiB", "5 GiB"),
     .doc = "at this size"},
    {"groups[].does.write.roll", "every", SCENARIO_DURATION, .fallback = "5m",
     LANDS(INT64, struct scenario_group, write.roll_every_ns), RANGE("1s", "1d"), .doc = "or at this age"},

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
     .doc = "whose planner: Iceberg's bin packing, Delta's OPTIMIZE or Delta's auto compaction"},
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
     .doc = "of what one value is wanted: a bucket of campaigns, drawn by its records; absent: nothing is left out"},
    {"queries[]", "cpu_factor", SCENARIO_NUMBER, .fallback = "1", LANDS(DOUBLE, struct scenario_query, cpu_factor),
     RANGE("0", "1000"), .doc = "work on each byte scanned, 1 being a filter and an aggregation"},

    {"", "faults", SCENARIO_LIST, ELEMENTS(struct scenario, faults, faults_n, SCENARIO_FAULTS_MAX),
     .doc = "what goes wrong, and when"},
    {"faults[]", "id", SCENARIO_NAME, .required = true, LANDS(STRING, struct scenario_fault, id),
     .doc = "the fault's name"},
    {"faults[]", "at", SCENARIO_DURATION, .required = true, LANDS(INT64, struct scenario_fault, at_ns),
     RANGE("0s", "366d"), .doc = "when, from the start of the run"},
    {"faults[]", "kind", SCENARIO_CHOICE, .required = true, LANDS(INT, struct scenario_fault, kind),
     .choices = fault_kinds, .doc = "what goes wrong"},
    {"faults[]", "for", SCENARIO_DURATION, .fallback = "1m", OTHERWISE(RESTART, "30s"),
     LANDS(INT64, struct scenario_fault, for_ns), RANGE("1ms", "366d"),
     .doc = "how long until what stopped is started again; required for broker_down"},
    {"faults[]", "broker", SCENARIO_COUNT, .required = true, LANDS(INT, struct scenario_fault, broker),
     .when = "kind=broker_down", RANGE("0", "511"), .doc = "which broker"},
    {"faults[]", "clean", SCENARIO_BOOL, .fallback = "false", OTHERWISE(RESTART, "true"),
     LANDS(BOOL, struct scenario_fault, clean), .when = "kind=broker_down|restart_group",
     .doc = "a controlled shutdown; a group commits what it processed first"},
    {"faults[]", "data_lost", SCENARIO_BOOL, .fallback = "false",
     LANDS(BOOL, struct scenario_fault, data_lost), .when = "kind=broker_down",
     .doc = "the broker comes back with an empty disk"},
    {"faults[]", "group", SCENARIO_REFERENCE, .required = true, LANDS(INDEX, struct scenario_fault, group),
     .when = "kind=restart_group|consumer_crash", .refers_to = "groups[]", .doc = "which group"},
    {"faults[]", "instance", SCENARIO_COUNT, .fallback = "0", LANDS(INT, struct scenario_fault, instance),
     .when = "kind=consumer_crash", RANGE("0", "4095"), .doc = "which of the group's instances, from 0"},

    {"", "objectives", SCENARIO_OBJECTIVES, NOWHERE, .elements_max = SCENARIO_OBJECTIVES_MAX,
     .doc = "what must hold: \"freshness.ctr.p99 <= 60s\", with \"during steady\" or \"during <fault>\""},
};

enum { ROWS_N = sizeof rows / sizeof rows[0] };

const struct scenario_row *scenario_rows(size_t *n)
{
    *n = ROWS_N;
    return rows;
}

const struct scenario_row *scenario_row(const char *object, const char *key)
{
    for (size_t i = 0; i < ROWS_N; i++)
        if (!strcmp(rows[i].object, object) && !strcmp(rows[i].key, key)) return &rows[i];
    return NULL;
}

const char *scenario_name_key(const char *object)
{
    for (size_t i = 0; i < ROWS_N; i++)
        if (!strcmp(rows[i].object, object)) return rows[i].key;
    CHECK(false, "%s has no rows", object);
    return NULL;
}

const char *scenario_row_path(const struct scenario_row *row, bool element, char *buffer, size_t buffer_n)
{
    const char *suffix = !element                     ? ""
                         : row->type == SCENARIO_LIST ? "[]"
                         : row->type == SCENARIO_MAP  ? ".*"
                                                      : "";
    snprintf(buffer, buffer_n, "%s%s%s%s", row->object, row->object[0] ? "." : "", row->key, suffix);
    return buffer;
}

const char *scenario_row_fits(const struct scenario_row *row, char *buffer, size_t buffer_n)
{
    static const char *const words[] = {
        [SCENARIO_OBJECT] = "an object",
        [SCENARIO_LIST] = "a list of objects",
        [SCENARIO_MAP] = "an object of named objects",
        [SCENARIO_TEXT] = "a text",
        [SCENARIO_NAME] = "a name of a-z, 0-9, '_' and '-'",
        [SCENARIO_WORD] = "a text without spaces",
        [SCENARIO_BOOL] = "true or false",
        [SCENARIO_COUNT] = "a whole number, as in 24 or \"2M\"",
        [SCENARIO_NUMBER] = "a number, as in 1.05",
        [SCENARIO_DURATION] = "a duration, as in \"10ms\"",
        [SCENARIO_BYTES] = "a size, as in \"250 B\" or \"64 KiB\"",
        [SCENARIO_BYTES_PER_S] = "a throughput, as in \"600 MiB/s\"",
        [SCENARIO_RATE] = "a rate, as in \"1.2M/s\"",
        [SCENARIO_SHARE] = "a share, as in \"35%\"",
        [SCENARIO_MONEY] = "an amount of money, as in \"$190k\"",
        [SCENARIO_MONEY_PER_TIME] = "money for time, as in \"$40/min\"",
        [SCENARIO_TIME_OF_DAY] = "a time of day, as in \"18:00\"",
        [SCENARIO_REFERENCE] = "a name",
        [SCENARIO_REFERENCES] = "a list of names",
        [SCENARIO_CONFIG_MS] = "milliseconds, as in 50 or \"50ms\"",
        [SCENARIO_CONFIG_S] = "seconds, as in 300 or \"5m\"",
        [SCENARIO_CONFIG_BYTES] = "bytes, as in 65536 or \"64 KiB\"",
        [SCENARIO_OBJECTIVES] = "a list of texts such as \"freshness.ctr.p99 <= 60s\"",
    };
    const bool list = row->type == SCENARIO_CHOICES;
    if (row->type != SCENARIO_CHOICE && !list) {
        snprintf(buffer, buffer_n, "%s%s", words[row->type], row->or_auto ? ", or \"auto\"" : "");
        return buffer;
    }
    size_t used = 0;
    for (const struct scenario_choice *choice = row->choices; choice->word; choice++) {
        if (choice->value == SCENARIO_NOT_MODELLED) continue;
        int wrote = snprintf(buffer + used, buffer_n - used, "%s%s", used ? ", " : list ? "a list of some of " : "one of ",
                             choice->word);
        if (wrote < 0 || (size_t)wrote >= buffer_n - used) break;
        used += (size_t)wrote;
    }
    return buffer;
}

static const char *word_of(const struct scenario_choice *choices, int value)
{
    for (; choices->word; choices++) {
        if (choices->value == value) return choices->word;
    }
    CHECK(false, "no word for %d", value);
    return NULL;
}

const char *scenario_resolution_word(int resolution) { return word_of(resolutions, resolution); }

const char *scenario_fault_kind_word(int kind) { return word_of(fault_kinds, kind); }
