/* scenario.h: a scenario, validated, with every default resolved.
 *
 * What it is for: one read-only struct that every model builds from. scenario_load() is the only thing that
 * makes one; it reads the file through the table in scenario_table.c, reports every mistake at once with its
 * line and column, and returns NULL if there was any.
 *
 * Units: times are int64_t nanoseconds (suffix _ns), sizes are int64_t bytes, rates are double per second,
 * shares are 0..1, money is double US dollars. Strings and arrays live in the arena that was passed in and
 * are freed with it; nothing here is changed after scenario_load() returned.
 *
 * Kafka settings keep Kafka's names with dots turned to underscores, and Kafka's defaults for `kafka`.
 */
#ifndef HEADROOM_MODELS_SCENARIO_H
#define HEADROOM_MODELS_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct diag;
struct plugin_set;
struct pricebook;
struct json_t; /* jansson */

enum {
    SCENARIO_STREAMS_MAX = 16,
    SCENARIO_PRODUCERS_MAX = 16,
    SCENARIO_TOPICS_MAX = 16, /* room for them; scenario_load() takes one */
    SCENARIO_GROUPS_MAX = 16,
    SCENARIO_FAULT_BROKERS_MAX = 64, /* that one names */
    SCENARIO_FAULTS_MAX = 63, /* the set of those in force is bits of a 64-bit mask */
    SCENARIO_OBJECTIVES_MAX = 64,
    SCENARIO_KEYS_MAX = 16,
    SCENARIO_TABLES_MAX = 16,
    SCENARIO_TIERS_MAX = 4,
    SCENARIO_ENGINES_MAX = 8,
    SCENARIO_QUERIES_MAX = 32,
    SCENARIO_OUTPUTS_MAX = SCENARIO_GROUPS_MAX + SCENARIO_TABLES_MAX, /* groups, then tables made from others */
    SCENARIO_BROKERS_MAX = 512,
    SCENARIO_PARTITIONS_MAX = 20000,
    SCENARIO_INSTANCES_MAX = 4096,
    SCENARIO_AUTO = -1, /* the word "auto", or "any", in place of a quantity */
};

enum resolution { RESOLUTION_RECORD, RESOLUTION_REQUEST, RESOLUTION_SAMPLED };

/* A distribution of times (or of sizes in bytes): constant, or lognormal given by its median and p99. */
enum distribution_kind { DISTRIBUTION_CONSTANT, DISTRIBUTION_LOGNORMAL, DISTRIBUTION_EXPONENTIAL };
struct distribution {
    enum distribution_kind kind;
    double value;  /* constant: the value; exponential: the mean; seconds or bytes */
    double median; /* lognormal */
    double p99;    /* lognormal */
};

struct scenario_keys {
    const char *name;
    int64_t population; /* 1 .. 100,000,000 */
    double zipf;        /* exponent, 0 (uniform) .. 3 */
};

/* A rate over time, as the scenario gives it; models/rate.c turns it into a curve. */
enum rate_kind { RATE_CONSTANT, RATE_PROFILE, RATE_TRACE, RATE_DERIVED };
struct scenario_rate {
    enum rate_kind kind;
    double peak_per_s;         /* constant: the rate; profile, trace: the rate at the profile's maximum */
    const char *profile;       /* RATE_PROFILE: its id, e.g. "wc98-1998-06-30" */
    const char *trace;         /* RATE_TRACE: a CSV of timestamp_s,count; path relative to the scenario */
    int of;                    /* RATE_DERIVED: index of the stream it follows */
    double times;              /* RATE_DERIVED: events for each of that stream's */
    struct distribution after; /* RATE_DERIVED: how long after */
    /* The curve itself, as scenario_load() resolved it from the profile or trace, relative to its maximum:
     * points_n values, step_s apart, the first at 00:00 of the profile's first day (or the trace's start). */
    const double *points;
    int points_n;
    double step_s;
};

enum serialization { SERIALIZATION_AVRO, SERIALIZATION_JSON };

struct scenario_stream {
    const char *name;
    struct scenario_rate rate;
    int keys;                 /* index into keys[], or -1: records have no key */
    int64_t event_size_bytes; /* mean size of key and value, serialised */
    double tombstones;        /* share of records that delete their key */
    enum serialization serialization;
    struct distribution lateness; /* arrival time minus event time, seconds */
    struct {
        double share; /* of its records: sent before, by a client that got no answer */
        struct distribution after; /* from the first to the copy, seconds */
    } duplicates;
};

struct scenario_quota { /* of a client on each broker; 0: none */
    double bytes_per_s, request_percentage;
};

enum acks { ACKS_0 = 0, ACKS_1 = 1, ACKS_ALL = -1 };
enum compression { COMPRESSION_NONE, COMPRESSION_ZSTD };
enum on_overload { OVERLOAD_BLOCK, OVERLOAD_SPILL, OVERLOAD_DROP };

struct scenario_producer {
    const char *name;
    int sends[SCENARIO_STREAMS_MAX]; /* indices into streams[] */
    int sends_n;
    int topic; /* index into topics[] */
    int instances;
    int partitioner; /* a place in partition_rules[] of paths/partition.h */
    const char *instance; /* instance type that is billed, or NULL: the producers are somebody else's */
    double network_bytes_per_s;
    struct scenario_quota quota;
    enum on_overload on_overload;
    int64_t spill_size_bytes; /* of one instance, */
    double spill_bytes_per_s; /* written, and as many read */
    struct {
        int64_t cpu_ns; /* of one core, a request; 0: there is no collector */
        int cores;
        int64_t records_per_request;
        int64_t queue; /* requests that wait at one instance */
        int instances_max; /* 0: as many as there are */
        double target_cpu;
        int64_t cooldown_ns, start_up_ns;
        bool load_balancer;
    } collector;
    int64_t transaction_commit_interval_ns; /* if there is a transactional_id */
    struct {
        enum acks acks;
        int64_t linger_ns;
        int64_t batch_size_bytes;
        enum compression compression_type;
        int compression_zstd_level;
        int64_t buffer_memory_bytes;
        int64_t max_block_ns;
        int64_t request_timeout_ns;
        int64_t delivery_timeout_ns;
        int64_t retries; /* INT32_MAX is Kafka's default: bounded by delivery.timeout.ms alone */
        int64_t retry_backoff_ns;
        int64_t retry_backoff_max_ns;
        int64_t metadata_max_age_ns;
        int max_in_flight_requests_per_connection;
        int64_t max_request_size_bytes;
        bool enable_idempotence;
        bool partitioner_adaptive_partitioning_enable;
        int64_t partitioner_availability_timeout_ns; /* 0: off */
        int64_t transaction_timeout_ns;
        const char *transactional_id; /* NULL: not transactional */
    } config;
};

enum replica_selector { SELECTOR_LEADER, SELECTOR_RACK_AWARE };
#define STORAGE_LOCAL "local" /* disks of the broker's own */
enum metadata_kind { METADATA_KRAFT, METADATA_ZOOKEEPER, METADATA_ZOOKEEPER_SERIAL };

struct scenario_cluster {
    int64_t mirror_lag_ns; /* another region has what was appended so long ago; 0: there is none */
    enum metadata_kind metadata;
    int brokers;     /* ids are 0 .. brokers-1 */
    int brokers_max; /* with those that faults add */
    int zones;   /* broker b is in zone b % zones; so is client instance i in zone i % zones */
    const char *instance;
    /* From the price book's row of the instance type: */
    int instance_vcpu;
    double instance_memory_bytes;
    double instance_network_bytes_per_s; /* baseline, if cluster.network is not given */
    double instance_ebs_bytes_per_s;     /* baseline; 0: no limit known, or none of its volumes is on the network */
    double instance_ebs_burst_bytes_per_s; /* 0: it has none, or cluster.storage.burst is false */
    bool storage_burst;
    double instance_ebs_iops;            /* the same */
    const char *storage_type;            /* "gp3"; STORAGE_LOCAL */
    int64_t storage_size_bytes;
    double storage_throughput_bytes_per_s;
    double storage_iops;
    double storage_latency_s; /* 0: the calibration's */
    int stalls; /* do brokers stand still now and then? */
    struct {
        int num_network_threads;
        int num_io_threads;
        int queued_max_requests;
        int64_t socket_receive_buffer_bytes; /* -1: no limit */
        int num_replica_fetchers;
        int quota_window_num;
        int64_t quota_window_size_ns;
        enum replica_selector replica_selector;
        int64_t replica_fetch_wait_max_ns;
        int64_t replica_fetch_min_bytes;
        int64_t replica_fetch_max_bytes; /* per partition */
        int64_t replica_fetch_response_max_bytes;
        int64_t replica_lag_time_max_ns;
        int min_insync_replicas;
        bool unclean_leader_election_enable;
        int64_t controller_quorum_fetch_timeout_ns;
        int64_t controller_quorum_election_timeout_ns;
        int64_t zookeeper_session_timeout_ns;
        int64_t broker_session_timeout_ns;
        int64_t broker_heartbeat_interval_ns;
        bool auto_leader_rebalance_enable;
        int64_t leader_imbalance_check_interval_ns;
        int64_t log_segment_bytes;
        int64_t log_flush_interval_messages; /* INT64_MAX, Kafka's default: never */
        int64_t log_roll_ns; /* these two: how old topics let segments grow, if they do not say */
        int log_roll_hours;
        int log_cleanup_policy; /* CLEANUP_*; from here on what topics have that do not say */
        double log_cleaner_min_cleanable_ratio;
        int64_t log_cleaner_min_compaction_lag_ms, log_cleaner_max_compaction_lag_ms, log_cleaner_delete_retention_ms;
        int64_t log_retention_ns; /* these three: how long topics keep records, if they do not say */
        int log_retention_minutes, log_retention_hours;
        int64_t log_retention_bytes; /* of one partition; -1: no limit */
        int64_t log_retention_check_interval_ns;
        int num_recovery_threads_per_data_dir;
        int log_cleaner_threads;
        int64_t log_cleaner_dedupe_buffer_size_bytes;
        double log_cleaner_io_buffer_load_factor;
        double log_cleaner_io_max_bytes_per_s;
        int64_t log_cleaner_backoff_ns;
        bool remote_log_storage_system_enable;
        int remote_log_reader_threads;
        int remote_log_manager_copier_thread_pool_size;
        int64_t remote_log_manager_task_interval_ns;
        double remote_log_manager_copy_max_bytes_per_s;
        int64_t remote_fetch_max_wait_ns;
        int64_t log_local_retention_ms, log_local_retention_bytes; /* -2: as log.retention.* */
        int64_t transaction_max_timeout_ns, transaction_abort_timed_out_transaction_cleanup_interval_ns;
        int64_t group_initial_rebalance_delay_ns;
        int64_t group_consumer_session_timeout_ns;
        int64_t group_consumer_heartbeat_interval_ns;
    } config;
};

enum { CLEANUP_DELETE = 1, CLEANUP_COMPACT = 2 }; /* bits of a cleanup.policy */

struct scenario_topic {
    const char *name;
    int partitions;       /* at the end: with those that are added */
    int partitions_first; /* at the beginning */
    int replication;
    int64_t retention_ns;    /* retention.ms; -1: no limit */
    int64_t retention_bytes; /* of one partition; -1: no limit */
    int64_t segment_bytes, segment_ns;
    int cleanup_policy;
    double min_cleanable_dirty_ratio;
    int64_t min_compaction_lag_ms, max_compaction_lag_ms, delete_retention_ms;
    bool remote_storage_enable;
    int64_t local_retention_ns, local_retention_bytes; /* what holds; -1: no limit */
    struct {
        int64_t retention_ns; /* as given; the field above is what holds */
        int64_t local_retention_ms, local_retention_bytes; /* the same; -2: as retention */
    } config;
};

enum group_protocol { PROTOCOL_CONSUMER, PROTOCOL_CLASSIC };
enum assignor { ASSIGNOR_RANGE, ASSIGNOR_ROUNDROBIN, ASSIGNOR_STICKY, ASSIGNOR_COOPERATIVE_STICKY, ASSIGNOR_UNIFORM };
enum { GROUP_PROTOCOL_NOT_GIVEN, GROUP_PROTOCOL_CONSUMER, GROUP_PROTOCOL_CLASSIC };
enum delivery { DELIVERY_AT_LEAST_ONCE, DELIVERY_EXACTLY_ONCE, DELIVERY_AT_MOST_ONCE };
enum undecodable_policy { UNDECODABLE_DEAD_LETTER, UNDECODABLE_SKIP };
enum autoscale_metric { AUTOSCALE_CPU, AUTOSCALE_LAG };
enum group_work { WORK_NOTHING, WORK_WINDOW, WORK_WRITE };
enum isolation_level { ISOLATION_READ_UNCOMMITTED, ISOLATION_READ_COMMITTED };
enum offset_reset { OFFSET_RESET_LATEST, OFFSET_RESET_EARLIEST, OFFSET_RESET_NONE };

struct scenario_group {
    const char *name;
    int topic;          /* index into topics[] */
    const char *engine; /* "native" */
    int instances;
    int threads; /* consumers in each instance, one thread each */
    const char *instance;
    int instance_vcpu;
    double instance_memory_bytes;
    double instance_network_bytes_per_s; /* baseline, if groups[].network is not given */
    struct scenario_quota quota;
    enum group_protocol protocol;
    const char *group_instance_id; /* NULL: members are dynamic */
    enum delivery delivery;
    enum undecodable_policy undecodable; /* what it does with a record that it cannot decode */
    int64_t checkpoint_ns; /* interval; 0: none, consumers commit each by itself */
    struct {
        int group_protocol; /* as given: GROUP_PROTOCOL_*; in force is `protocol` above */
        enum assignor group_remote_assignor;
        enum assignor partition_assignment_strategy;
        enum offset_reset auto_offset_reset;
        const char *client_rack; /* NULL: none. Anything else: each instance gives its own zone */
        enum isolation_level isolation_level;
        int64_t session_timeout_ns;
        int64_t heartbeat_interval_ns;
        int64_t max_poll_interval_ns;
        int max_poll_records;
        int64_t fetch_min_bytes;
        int64_t fetch_max_wait_ns;
        int64_t fetch_max_bytes;
        int64_t max_partition_fetch_bytes;
        bool enable_auto_commit;
        int64_t auto_commit_interval_ns;
        int64_t metadata_max_age_ns;
    } config;
    struct { /* autoscale.h */
        int min, max; /* instances; 0: it does not scale */
        enum autoscale_metric metric;
        double target; /* AUTOSCALE_CPU: share of busy time */
        int64_t lag;   /* AUTOSCALE_LAG: records an instance */
        int64_t cooldown_ns, start_up_ns;
    } autoscale;
    struct { /* a store that its threads write to; see sink.h */
        double throughput_per_s; /* records; 0: there is none */
        int64_t latency_ns;
        int concurrency;
        int64_t batch; /* records */
    } sink;
    struct {
        int64_t older_than_ns; /* 0: nothing is shed */
        double keep;           /* share of what is older */
    } shed;
    enum group_work work;
    struct { /* WORK_WINDOW */
        int kind;      /* enum window_kind */
        int semantics; /* enum window_semantics */
        int64_t size_ns;
        int64_t slide_ns; /* from one window to the next: size_ns if tumbling */
        int64_t gap_ns;   /* of sessions */
        const char *trigger; /* window_trigger.h; NULL: the kind's own */
        int panes;           /* enum window_mode */
        int aggregates;      /* bits, 1 << enum aggregate_kind */
        int distinct_precision, quantile_bins, top_k_counters;
        double quantile_accuracy;
        int64_t out_of_orderness_ns;
        int64_t allowed_lateness_ns;
        double heavy_key_share; /* keys with at least this share of the traffic are followed one by one */
        int64_t sample_one_in;  /* of the other keys one in this many, by hash; 1: every key */
        const char *feeds;      /* the output's name in `freshness` and `staleness`; default: the group's */
        int impressions;        /* stream index of the CTR's denominator, -1 if the window only counts */
        int clicks;             /* stream index of its numerator, or -1 */
    } window;
    struct { /* WORK_WINDOW; duplicates.h */
        int64_t horizon_ns; /* 0: nothing is removed */
        bool renews;
    } dedup;
    struct { /* WORK_WRITE */
        const char *table;
        const char *format; /* "parquet" | "avro" | "json" */
        int64_t roll_size_bytes;
        int64_t roll_every_ns;
    } write;
};

enum sort_by { SORT_BY_ITS_OWN, SORT_BY_KEY, SORT_BY_TIME }; /* its own: as the strategy has it */
enum partition_by { PARTITION_BY_DATE = 1, PARTITION_BY_HOUR = 2, PARTITION_BY_BUCKET = 4, SELECTS_KEY = 8 };
struct scenario_tier {
    const char *to; /* a storage class: objectstore_class_find() */
    int64_t after_ns;
    int64_t min_size_bytes;
};

struct scenario_table {
    const char *name;
    int64_t retention_ns;
    int partition_by; /* bits of enum partition_by */
    int buckets;      /* 0: not partitioned at all */
    struct scenario_tier tiers[SCENARIO_TIERS_MAX]; /* ascending by age, and colder each time */
    int tiers_n;
    int64_t history_ns; /* replaced files are kept so long */
    int from;           /* index into tables[] of the table it is made from; -1: a group writes it */
    int streams[SCENARIO_STREAMS_MAX]; /* only their records are taken from there; none: all */
    int streams_n;
    int64_t every_ns;   /* how often, if it is made from another */
    int cores;
    struct {
        const char *strategy; /* of compact_strategies[]; NULL: it is not compacted */
        int64_t target_bytes;
        int64_t every_ns;
        int64_t min_input_files; /* 0: the strategy's own */
        int sort_by;             /* enum sort_by */
        int cores;
    } compaction;
    struct {
        int64_t every_ns; /* 0: there is none; replaced files go as they age */
        int cores;
    } vacuum;
};

struct scenario_engine { /* a cluster that answers queries */
    const char *name;
    const char *profile; /* "presto": whose costs it has, struct calibration */
    int workers;
    const char *instance;    /* of a worker */
    const char *coordinator; /* its instance */
    int concurrent;          /* queries that run at once */
    int instance_vcpu, coordinator_vcpu; /* from the price book */
};

struct scenario_query { /* a class of queries */
    const char *name;
    int engine; /* index into engines[] */
    struct scenario_rate rate;
    int reads;         /* index into tables[] */
    int64_t window_ns; /* back from the query's arrival; 0: no bound */
    int columns, columns_total;
    int selects; /* a bit of enum partition_by, of which one value is wanted, or SELECTS_KEY; 0: nothing */
    double cpu_factor;
};

/* An input that was given as {"low", "mid", "high"}: `mid` is in force, the range is kept for whoever varies
 * it. */
struct scenario_uncertain {
    const char *path;      /* as --set takes it: "workload[0].event.size" */
    double low, mid, high; /* low <= mid <= high, in seconds, bytes, events/s, dollars or plain numbers */
};

enum comparison { COMPARISON_LE, COMPARISON_LT, COMPARISON_GE, COMPARISON_GT, COMPARISON_EQ };

enum fault_kind {
    FAULT_BROKER_DOWN,
    FAULT_RESTART_GROUP,
    FAULT_CONSUMER_CRASH,
    FAULT_PARTITIONS_ADDED,
    FAULT_GROUP_PAUSED,
    FAULT_ZONE_DOWN,
    FAULT_BROKER_SLOW,
    FAULT_ROLLING_RESTART,
    FAULT_PRODUCER_REDEPLOY,
    FAULT_SINK_SLOW,
    FAULT_SINK_DOWN,
    FAULT_CONTROLLER_DOWN,
    FAULT_TRAFFIC_SPIKE,
    FAULT_QUERY_STORM,
    FAULT_OBJECT_STORE_SLOW,
    FAULT_OBJECT_STORE_DOWN,
    FAULT_COMPACTION_STOPPED,
    FAULT_DISK_FULL,
    FAULT_REGION_LOST,
    FAULT_HOT_KEY,
    FAULT_ZONE_CUT,
    FAULT_LATE_FLOOD,
    FAULT_POISON,
    FAULT_REBALANCE_STORM,
    FAULT_SPOT_TAKEN,
    FAULT_PRODUCER_SPOT_TAKEN,
    FAULT_CATALOG_CONFLICT,
    FAULT_REGISTRY_DOWN,
    FAULT_SCHEMA_BAD,
    FAULT_BROKERS_ADDED,
};
enum fault_what { FAULT_OF_CPU, FAULT_OF_DISK, FAULT_OF_NETWORK };
enum fault_timing { FAULT_BY_TIME, FAULT_BY_CONDITION, FAULT_DRAWN };
struct fault_condition { /* "lag.ctr > 5M" */
    int what;            /* a row of fault_condition.h's table */
    int of;              /* the group or the resource that it is about */
    enum comparison comparison;
    double target; /* s, or a plain number */
};
struct scenario_fault {
    const char *id;
    enum fault_kind kind;
    enum fault_timing timing;
    int64_t at_ns;    /* FAULT_BY_TIME: from the start of the run */
    int64_t every_ns; /* FAULT_BY_TIME: and again; 0: once */
    int64_t times;    /* in all; 0: as often as it comes */
    const char *when_text;
    struct fault_condition when; /* FAULT_BY_CONDITION */
    int64_t cooldown_ns;         /* FAULT_BY_CONDITION: again, so long after it ended; 0: once */
    int64_t mtbf_ns;             /* FAULT_DRAWN: mean time between failures of each target */
    struct distribution mttr;    /* FAULT_DRAWN: how long one lasts, seconds; all zeroes: for_ns */
    int64_t for_ns; /* until the broker is started again, the group's members join again, or the crashed
                     * consumer is started again */
    int broker;     /* broker_down, broker_slow, disk_full; SCENARIO_AUTO: any, drawn; or */
    int brokers[SCENARIO_FAULT_BROKERS_MAX], brokers_n; /* those; 0: `broker` says which */
    int zone;       /* zone_down, zone_cut */
    enum fault_what what; /* broker_slow */
    double factor;        /* so many times as slow, or as much */
    int stream;           /* traffic_spike, hot_key, late_flood, schema_bad: index into streams[]; -1: all */
    int64_t ramp_ns;      /* traffic_spike */
    int64_t rank;         /* hot_key: which key, from 1 */
    bool checked;         /* schema_bad: the registry refuses it */
    double share;         /* hot_key, late_flood, schema_bad: of the stream's records; catalog_conflict: of commits */
    int64_t late_ns;      /* late_flood: by how much */
    int64_t records, tries; /* poison: how many in a row, and how often each is tried */
    int query;            /* query_storm: index into queries[]; -1: all */
    int table;            /* compaction_stopped, catalog_conflict: index into tables[] */
    double fill;          /* disk_full: share of the volume that something else takes */
    int64_t pause_ns;     /* rolling_restart, producer_redeploy: from one being back to the next one's going */
    int64_t down_ns;       /* rebalance_storm: how long the instance is away, each time */
    int64_t per_record_ns; /* rebalance_storm: each record takes so much longer; 0: an instance comes and goes */
    int64_t notice_ns;     /* spot_taken, producer_spot_taken */
    bool rolling;          /* restart_group: one instance after another */
    int controllers;      /* controller_down: of the quorum's three */
    int producer;         /* producer_redeploy: index into producers[] */
    int topic;            /* partitions_added: index into topics[] */
    int partitions;       /* partitions_added: how many it then has */
    int count;            /* brokers_added: how many more */
    double throttle_bytes_per_s; /* brokers_added: of each broker, each way; 0: none */
    int movements;        /* brokers_added: of partitions, into a broker and out of it at a time; SCENARIO_AUTO: all at once */
    int64_t history_ns;   /* brokers_added: logs held what came so long before the run, if they keep it */
    bool clean;     /* broker_down: controlled shutdown; restart_group: commits what it processed first */
    bool data_lost; /* broker_down: its disk does not come back */
    int group;      /* restart_group, consumer_crash, sink_slow, sink_down: index into groups[] */
    int instance;   /* consumer_crash: which instance; SCENARIO_AUTO: any, drawn */
};

enum objective_scope { SCOPE_ALL, SCOPE_STEADY, SCOPE_FAULT };
struct scenario_objective {
    const char *text;   /* as written */
    const char *metric; /* "freshness.ctr.p99" */
    enum comparison comparison;
    double target;    /* s, records, $ or a plain number */
    const char *unit; /* "s", "records", "usd", "" */
    enum objective_scope scope;
    int fault; /* SCOPE_FAULT: index into faults[] */
};

struct scenario {
    const char *file;
    char sha256[65]; /* of the file's bytes with everything it extends, and --set */
    const char *name;
    const char *question; /* or NULL */
    struct {
        const char *owner;              /* or NULL */
        const char *metric;             /* or NULL */
        double cost_of_delay_usd_per_s; /* 0: none given */
        int64_t stale_after_ns;         /* the output costs that while it is staler than this; 0: not known */
        const char *output;             /* that the metric is the freshness or staleness of, or NULL */
    } decision;
    struct {
        int64_t start_ns; /* time of day, from 00:00 */
        int64_t duration_ns;
        /* The first part of the run: counted, but not in latency, freshness or staleness. SCENARIO_AUTO: to be
         * found from a pilot. */
        int64_t warmup_ns;
        uint64_t seed;
        int replications;
        double precision; /* replications are added until intervals are within this share of their means; 0: none are */
        int replications_max;
        enum resolution resolution;
        double fraction; /* the least share of a slice that is simulated; 0: by the length of the run */
        bool table;      /* steady stretches are jumped over once one like them has been simulated */
    } run;
    const char *platform;           /* "self-run" */
    const char *kafka;              /* "4.1" */
    const char *region;             /* "us-east-1" */
    const struct plugin_set *plugins; /* NULL: none; not read from the file but set by who runs it */
    const struct pricebook *prices; /* where the instances' attributes come from, and the bill */
    struct {
        bool given; /* false: the month repeats the workload's own profiles, at their mean rate */
        struct scenario_rate rate; /* of all streams that producers send, together */
    } month;
    struct scenario_keys keys[SCENARIO_KEYS_MAX];
    int keys_n;
    struct scenario_stream streams[SCENARIO_STREAMS_MAX];
    int streams_n;
    struct scenario_producer producers[SCENARIO_PRODUCERS_MAX];
    int producers_n;
    struct scenario_cluster cluster;
    struct scenario_topic topics[SCENARIO_TOPICS_MAX];
    int topics_n;
    struct scenario_group groups[SCENARIO_GROUPS_MAX];
    int groups_n;
    struct scenario_table tables[SCENARIO_TABLES_MAX];
    int tables_n;
    struct {
        int64_t past_ns; /* the tables hold what was written in this long before the run */
        const char *instance; /* that ETL and compaction run on */
        int instance_vcpu;    /* 0: there are no jobs */
    } lake;
    struct scenario_engine engines[SCENARIO_ENGINES_MAX];
    int engines_n;
    struct scenario_query queries[SCENARIO_QUERIES_MAX];
    int queries_n;
    struct scenario_fault faults[SCENARIO_FAULTS_MAX];
    int faults_n;
    struct scenario_objective objectives[SCENARIO_OBJECTIVES_MAX];
    int objectives_n;
    const struct scenario_uncertain *uncertain; /* in the order of the table */
    int uncertain_n;
    struct json_t *resolved; /* every field with the value in force, for the run record: a scenario again;
                              * freed by scenario_release() */
};

/* One `--set PATH=VALUE`, or an option that stands for one (--seed N is run.seed=N). */
struct scenario_override {
    const char *path;  /* "run.duration", "groups[0].instances", "groups.ctr.instances" */
    const char *value; /* JSON, or a bare word taken as a string */
};

/* The objectives' metrics, for messages and for `explain`: "freshness.<output>.<statistic>" and so on. NULL
 * beyond the last. */
const char *scenario_metric_pattern(int index);

/* Where the program's own data lies: the directory scenarios/ beside it, with prices/, profiles/ and
 * calibrations/. NULL, with a mistake in diag, if there is none. */
const char *scenario_data_dir(struct arena *arena, struct diag *diag);

/* Read, resolve and check `file` ("-" is stdin). `data_dir` holds prices/, profiles/ and calibrations/; NULL
 * finds it (see scenario_data_dir). `prices_file` is the price book that says which instance types there are
 * and what they hold; NULL is the region's own in data_dir. Every mistake, the price book's too, is added to
 * `diag`, in the order of the file; on any, returns NULL. Never exits, never prints, never writes. Cost:
 * milliseconds. */
const struct scenario *scenario_load(const char *file, const struct scenario_override *overrides,
                                     int overrides_n, const char *data_dir, const char *prices_file,
                                     struct arena *arena, struct diag *diag);

/* Gives back `resolved`, the one part that does not live in the arena; call it before arena_free(). NULL is
 * allowed. */
void scenario_release(const struct scenario *scenario);

/* Are some of its records serialised by a schema that a registry has? Avro's are. */
bool scenario_producer_has_schemas(const struct scenario *s, int producer);
bool scenario_topic_has_schemas(const struct scenario *s, int topic);

#endif
