/* scenario_check.c: the rules between fields, and the values that follow from others.
 *
 * It runs after binding, also when that found mistakes: so every rule holds back where one of its fields is
 * not there (a zero, a NULL, an index of -1), and none reports a field twice.
 */
#include "scenario_build.h"

#include "nearest.h"
#include "prices.h"
#include "units.h"

#include <stdlib.h>
#include <string.h>

enum { IDEMPOTENT_IN_FLIGHT_MAX = 5 }; /* brokers remember five batches of a producer */

const struct json_value *scenario_find(const struct json_value *root, const char *path)
{
    const struct json_value *value = root;
    while (*path) {
        if (*path == '.') path++;
        const struct json_value *next = NULL;
        size_t length = 0;
        if (*path == '[') {
            size_t index = 0;
            for (length = 1; path[length] >= '0' && path[length] <= '9'; length++)
                index = index * 10 + (size_t)(path[length] - '0');
            length++;
            if (value->kind == JSON_VALUE_ARRAY && index < value->n) next = &value->items[index];
        } else if (value->kind == JSON_VALUE_OBJECT) {
            for (size_t i = 0; i < value->n; i++) {
                size_t n = strlen(value->items[i].key);
                if (n > length && !strncmp(path, value->items[i].key, n) &&
                    (!path[n] || path[n] == '.' || path[n] == '['))
                    next = &value->items[i], length = n;
            }
        }
        if (!next) break;
        value = next;
        path += length;
    }
    return value;
}

bool scenario_is_given(const struct scenario_build *build, const char *path)
{
    const struct json_value *value = scenario_find(build->root, path);
    char found[JSON_PATH_MAX];
    return !strcmp(json_path(value, found, sizeof found), path);
}

void scenario_mistake(struct scenario_build *build, const char *path, const char *format, ...)
{
    const struct json_value *value = scenario_find(build->root, path);
    va_list args;
    va_start(args, format);
    const char *message = arena_vprintf(build->arena, format, args);
    va_end(args);
    diag_add(build->diag, value->file, value->pos, path, "%s", message);
}

bool scenario_is_wrong(struct scenario_build *build, const char *path, bool inside)
{
    const struct diag_entry *entry;
    size_t path_n = strlen(path);
    for (size_t i = 0; (entry = diag_get(build->diag, i)); i++) {
        size_t n = strlen(entry->path);
        size_t shorter = n < path_n ? n : path_n;
        if (entry->is_note || !n || strncmp(entry->path, path, shorter) != 0) continue;
        if (n == path_n || (n < path_n && strchr(".[", path[n])) ||
            (inside && strchr(".[", entry->path[path_n])))
            return true;
    }
    return false;
}

const char *scenario_in_units(struct scenario_build *build, enum units_kind kind, double value)
{
    char text[UNITS_FORMAT_SIZE];
    return arena_strdup(build->arena, units_format(kind, value, text, sizeof text));
}

const char *scenario_duration(struct scenario_build *build, int64_t ns)
{
    return scenario_in_units(build, UNITS_DURATION, (double)ns / 1e9);
}

/* --- the resolved scenario --- */

json_t *scenario_resolved_object(json_t *parent, const char *key)
{
    json_t *object = json_object_get(parent, key);
    if (!object) {
        object = json_object();
        json_object_set_new(parent, key, object);
    }
    return object;
}

static json_t *resolved_element(struct scenario_build *build, const char *list, int index)
{
    return json_array_get(json_object_get(build->resolved, list), (size_t)index);
}

/* --- run, versions, places --- */

static void check_run(struct scenario_build *build)
{
    const struct scenario *scenario = build->scenario;
    if (scenario->run.duration_ns && scenario->run.warmup_ns >= scenario->run.duration_ns)
        scenario_mistake(build, "run.warmup", "is %s, but the run lasts %s",
                         scenario_duration(build, scenario->run.warmup_ns),
                         scenario_duration(build, scenario->run.duration_ns));
    if (scenario->run.precision > 0 && scenario->run.replications == 1)
        scenario_mistake(build, "run.replications", "is 1, but run.precision is of an interval, which takes two");
    if (scenario->run.precision > 0 && scenario->run.replications_max > 0 &&
        scenario->run.replications > scenario->run.replications_max)
        scenario_mistake(build, scenario_is_given(build, "run.replications_max") ? "run.replications_max" : "run.replications",
                         "run.replications is %d, but run.replications_max is %d", scenario->run.replications,
                         scenario->run.replications_max);
    if (scenario->run.precision > 0 && !(build->objectives && build->objectives->n) &&
        !scenario_is_given(build, "decision.metric"))
        scenario_mistake(build, "run.precision",
                         "is of the objectives' metrics, or of decision.metric, and the scenario has neither");
    if (scenario->run.table && scenario->queries_n > 0)
        scenario_mistake(build, "run.table", "is true, but queries are asked of a lake that a jump leaves out");
    const char *version = scenario->kafka;
    if (version) {
        int major = version[0] - '0';
        size_t digits = strlen(version) > 2 && version[1] == '.' ? strspn(version + 2, "0123456789") : 0;
        int minor = digits == 1 || digits == 2 ? atoi(version + 2) : -1;
        const char *patch = version + 2 + digits;
        bool shaped =
            minor >= 0 &&
            (!*patch || (*patch == '.' && patch[1] && strspn(patch + 1, "0123456789") == strlen(patch + 1)));
        if (!shaped || !((major == 3 && minor >= 3 && minor <= 9) || major == 4))
            scenario_mistake(build, "kafka",
                             "is \"%s\": takes a version from \"3.3\" (the first with KRaft) to \"4.x\"",
                             version);
    }
}

static const struct pricebook *load_prices(struct scenario_build *build)
{
    const char *region = build->scenario->region;
    if (build->prices_file) return pricebook_load(build->prices_file, build->arena, build->diag);
    if (!region) return NULL;
    const char *regions[SCENARIO_DATA_NAMES_MAX];
    const size_t n = scenario_data_names(build, "prices", "aws-", regions);
    size_t i = 0;
    while (i < n && strcmp(regions[i], region) != 0) i++;
    if (i == n) {
        scenario_mistake(build, "region", "there is no price book for \"%s\": %s", region,
                         scenario_suggest(build->arena, region, regions, n, "there is none at all"));
        return NULL;
    }
    const struct pricebook *book = pricebook_load(AT("%s/prices/aws-%s.json", build->data_dir, region), build->arena, build->diag);
    if (!book) scenario_mistake(build, "region", "the price book for \"%s\" cannot be used", region);
    return book;
}

bool scenario_instance(struct scenario_build *build, const char *path, const char *name,
                       struct instance_attributes *attributes)
{
    const struct pricebook *book = build->scenario->prices;
    if (!book || !name) return false;
    if (pricebook_instance(book, name, attributes)) return true;
    scenario_mistake(
        build, path, "instance type \"%s\" is not in the price book %s: %s", name, book->name,
        scenario_suggest(build->arena, name, book->instance_names, book->instance_names_n, "it has none"));
    return false;
}

static bool is_local(const struct scenario *scenario)
{
    return scenario->cluster.storage_type && strcmp(scenario->cluster.storage_type, STORAGE_LOCAL) == 0;
}

static void check_instances(struct scenario_build *build)
{
    struct scenario *scenario = build->scenario;
    scenario->prices = load_prices(build);
    struct instance_attributes found;
    if (scenario_instance(build, "cluster.instance", scenario->cluster.instance, &found)) {
        scenario->cluster.instance_vcpu = found.vcpu;
        scenario->cluster.instance_memory_bytes = found.memory_bytes;
        if (scenario->cluster.instance_network_bytes_per_s == 0)
            scenario->cluster.instance_network_bytes_per_s = found.network_bytes_per_s;
        if (!is_local(scenario)) {
            scenario->cluster.instance_ebs_bytes_per_s = found.ebs_bytes_per_s;
            scenario->cluster.instance_ebs_iops = found.ebs_iops;
            if (scenario->cluster.storage_burst) scenario->cluster.instance_ebs_burst_bytes_per_s = found.ebs_burst_bytes_per_s;
        }
    }
    for (int i = 0; i < scenario->producers_n; i++)
        scenario_instance(build, AT("producers[%d].instance", i), scenario->producers[i].instance, NULL);
    bool jobs = false;
    for (int i = 0; i < scenario->tables_n; i++)
        jobs = jobs || scenario->tables[i].from >= 0 || scenario->tables[i].compaction.strategy;
    if ((jobs || scenario_is_given(build, "lake.instance")) && scenario_instance(build, "lake.instance", scenario->lake.instance, &found))
        scenario->lake.instance_vcpu = found.vcpu;
    int64_t instances = 0;
    for (int i = 0; i < scenario->groups_n; i++) {
        struct scenario_group *group = &scenario->groups[i];
        instances += group->instances;
        if (!scenario_instance(build, AT("groups[%d].instance", i), group->instance, &found)) continue;
        group->instance_vcpu = found.vcpu;
        group->instance_memory_bytes = found.memory_bytes;
        if (group->instance_network_bytes_per_s == 0) group->instance_network_bytes_per_s = found.network_bytes_per_s;
    }
    for (int i = 0; i < scenario->producers_n; i++)
        instances += scenario->producers[i].instances;
    if (instances > SCENARIO_INSTANCES_MAX)
        scenario_mistake(build, "", "has %lld instances of producers and groups together: at most %d fit",
                         (long long)instances, SCENARIO_INSTANCES_MAX);
}

/* --- cluster and topics --- */

/* "; producers[1] and groups[0] use topics[1]", or nothing. */
static const char *users_of_topic(struct scenario_build *build, int topic)
{
    const struct scenario *scenario = build->scenario;
    const char *users[SCENARIO_PRODUCERS_MAX + SCENARIO_GROUPS_MAX], *text = "";
    int n = 0;
    for (int i = 0; i < scenario->producers_n; i++)
        if (scenario->producers[i].topic == topic) users[n++] = AT("producers[%d]", i);
    for (int i = 0; i < scenario->groups_n; i++)
        if (scenario->groups[i].topic == topic) users[n++] = AT("groups[%d]", i);
    for (int i = 0; i < n; i++)
        text = AT("%s%s%s", text, i == 0 ? "; " : i + 1 < n ? ", " : " and ", users[i]);
    return n ? AT("%s %s the other", text, n == 1 ? "uses" : "use") : "";
}

/* Amazon EBS user guide, gp3: 125 to 2000 MiB/s and 3000 to 80000 operations a second, of these at most 500 a GiB, and
 * 0.25 MiB/s for each. Of a local disk nothing is known but what is said. */
static void check_storage(struct scenario_build *build)
{
    const struct scenario_cluster *cluster = &build->scenario->cluster;
    static const char *const given[] = {"cluster.storage.throughput", "cluster.storage.iops"};
    if (is_local(build->scenario)) {
        for (int i = 0; i < 2; i++) {
            if (!scenario_is_given(build, given[i]))
                scenario_mistake(build, given[i], "is not given, and nothing is known of a local disk but what is said");
        }
        return;
    }
    const double throughput = cluster->storage_throughput_bytes_per_s, iops = cluster->storage_iops;
    if (throughput > 0 && (throughput < 125 * 0x1p20 || throughput > 2000 * 0x1p20))
        scenario_mistake(build, given[0], "is %s: gp3 gives from 125 MiB/s to 2000 MiB/s",
                         scenario_in_units(build, UNITS_BYTES_PER_S, throughput));
    if (iops > 0 && (iops < 3000 || iops > 80000))
        scenario_mistake(build, given[1], "is %.0f: gp3 gives from 3000 to 80000", iops);
    else if (cluster->storage_size_bytes && iops > 500.0 * (double)cluster->storage_size_bytes / 0x1p30 && iops > 3000)
        scenario_mistake(build, given[1], "is %.0f: gp3 gives at most 500 a GiB, %.0f here", iops,
                         500.0 * (double)cluster->storage_size_bytes / 0x1p30);
    else if (iops > 0 && throughput > iops * 0.25 * 0x1p20)
        scenario_mistake(build, given[0], "is %s: gp3 gives at most 0.25 MiB/s for each of its %.0f iops, %s",
                         scenario_in_units(build, UNITS_BYTES_PER_S, throughput), iops,
                         scenario_in_units(build, UNITS_BYTES_PER_S, iops * 0.25 * 0x1p20));
}

static void check_cluster(struct scenario_build *build)
{
    const struct scenario *scenario = build->scenario;
    const struct scenario_cluster *cluster = &scenario->cluster;
    if (cluster->storage_type) check_storage(build);
    if (cluster->metadata != METADATA_KRAFT && scenario->kafka && scenario->kafka[0] >= '4' && !scenario_is_wrong(build, "kafka", false))
        scenario_mistake(build, "cluster.metadata", "is ZooKeeper, but kafka is \"%s\": 3.9 is the last that knows it", scenario->kafka);
    if (cluster->config.broker_session_timeout_ns &&
        cluster->config.broker_heartbeat_interval_ns >= cluster->config.broker_session_timeout_ns)
        scenario_mistake(build, "cluster.config.broker.heartbeat.interval.ms",
                         "is %s, but brokers are fenced after broker.session.timeout.ms, %s",
                         scenario_duration(build, cluster->config.broker_heartbeat_interval_ns),
                         scenario_duration(build, cluster->config.broker_session_timeout_ns));
    for (int i = 0; i < scenario->topics_n; i++) {
        const struct scenario_topic *topic = &scenario->topics[i];
        if (cluster->brokers && topic->replication > cluster->brokers)
            scenario_mistake(build, AT("topics[%d].replication", i), "is %d but cluster.brokers is %d",
                             topic->replication, cluster->brokers);
        else if (topic->replication && cluster->config.min_insync_replicas > topic->replication)
            scenario_mistake(
                build,
                scenario_is_given(build, "cluster.config.min.insync.replicas") ? "cluster.config.min.insync.replicas"
                                                                      : AT("topics[%d].replication", i),
                "min.insync.replicas is %d but topics[%d].replication is %d: acks=all could never succeed",
                cluster->config.min_insync_replicas, i, topic->replication);
    }
    /* The run's accounts are one topic's. */
    for (int i = 1; i < scenario->topics_n; i++)
        scenario_mistake(build, AT("topics[%d]", i),
                         "is one too many: this version simulates one topic, and topics[0] is it%s",
                         users_of_topic(build, i));
}

/* --- workload and producers --- */

void scenario_check_distribution(struct scenario_build *build, const struct distribution *distribution, const char *path)
{
    if (distribution->kind == DISTRIBUTION_LOGNORMAL && distribution->median > 0 && distribution->p99 > 0 &&
        distribution->p99 < distribution->median)
        scenario_mistake(build, AT("%s.lognormal.p99", path), "is %s, below the median, %s",
                         scenario_in_units(build, UNITS_DURATION, distribution->p99),
                         scenario_in_units(build, UNITS_DURATION, distribution->median));
}

void scenario_check_rate(struct scenario_build *build, struct scenario_rate *rate, const char *path)
{
    const char *profile = AT("%s.profile", path), *trace = AT("%s.trace", path);
    bool has_peak = scenario_is_given(build, AT("%s.peak", path));
    if (rate->profile && scenario_is_given(build, profile)) {
        scenario_load_profile(build, rate, scenario_find(build->root, profile));
        if (!has_peak)
            scenario_mistake(build, AT("%s.peak", path),
                             "is missing: a profile takes the rate at its highest point");
    }
    if (!rate->trace || !scenario_is_given(build, trace)) return;
    scenario_load_trace(build, rate, scenario_find(build->root, trace), has_peak);
    double length_s = rate->points_n * rate->step_s, run_s = (double)build->scenario->run.duration_ns / 1e9;
    if (rate->points_n && length_s < run_s && rate != &build->scenario->month.rate)
        scenario_mistake(build, trace, "covers %s, but the run lasts %s",
                         scenario_in_units(build, UNITS_DURATION, length_s), scenario_in_units(build, UNITS_DURATION, run_s));
}

static void check_workload(struct scenario_build *build)
{
    struct scenario *scenario = build->scenario;
    for (int i = 0; i < scenario->streams_n; i++) {
        struct scenario_stream *stream = &scenario->streams[i];
        scenario_check_rate(build, &stream->rate, AT("workload[%d].rate", i));
        scenario_check_distribution(build, &stream->rate.after, AT("workload[%d].rate.after", i));
        scenario_check_distribution(build, &stream->lateness, AT("workload[%d].lateness", i));
        int of = stream->rate.of;
        for (int steps = 0; stream->rate.kind == RATE_DERIVED && of >= 0 && steps <= scenario->streams_n;
             steps++) {
            if (of == i || steps == scenario->streams_n) {
                scenario_mistake(build, AT("workload[%d].rate.of", i), "makes the stream follow itself");
                stream->rate.of = -1; /* so that nobody walks the circle */
                break;
            }
            of = scenario->streams[of].rate.kind == RATE_DERIVED ? scenario->streams[of].rate.of : -1;
        }
        int senders = 0, first = -1;
        bool unsure = scenario_is_wrong(build, "producers", false);
        for (int p = 0; p < scenario->producers_n; p++) {
            unsure = unsure || scenario_is_wrong(build, AT("producers[%d].sends", p), true);
            for (int s = 0; s < scenario->producers[p].sends_n; s++) {
                if (scenario->producers[p].sends[s] != i) continue;
                if (senders++)
                    scenario_mistake(build, AT("producers[%d].sends[%d]", p, s),
                                     "\"%s\" is sent by producers[%d] already", stream->name, first);
                else
                    first = p;
            }
        }
        bool first_of_name = true; /* a duplicate is reported as such already */
        for (int j = 0; j < i && stream->name; j++)
            first_of_name = first_of_name && (!scenario->streams[j].name ||
                                              strcmp(scenario->streams[j].name, stream->name) != 0);
        if (!senders && !unsure && stream->name && first_of_name)
            scenario_mistake(build, AT("workload[%d].stream", i), "\"%s\" is sent by none of the producers",
                             stream->name);
    }
    scenario_check_rate(build, &scenario->month.rate, "month");
}

static void check_idempotence(struct scenario_build *build, int i)
{
    struct scenario_producer *producer = &build->scenario->producers[i];
    if (!producer->config.enable_idempotence) return;
    const char *path = AT("producers[%d].config.enable.idempotence", i);
    const char *in_flight = AT("producers[%d].config.max.in.flight.requests.per.connection", i);
    bool given = scenario_is_given(build, path);
    bool before_4 = build->scenario->kafka && build->scenario->kafka[0] < '4';
    if (scenario_is_wrong(build, path, false)) return;
    bool unsure_acks = scenario_is_wrong(build, AT("producers[%d].config.acks", i), false);
    bool unsure_retries = scenario_is_wrong(build, AT("producers[%d].config.retries", i), false);
    bool conflict = producer->config.acks != ACKS_ALL || !producer->config.retries;
    if (given && producer->config.acks != ACKS_ALL && !unsure_acks)
        scenario_mistake(build, path, "is true but acks is %d: Kafka refuses it, idempotence needs acks=all",
                         producer->config.acks);
    if (given && !producer->config.retries && !unsure_retries)
        scenario_mistake(build, path, "is true but retries is 0: Kafka refuses it");
    if (producer->config.max_in_flight_requests_per_connection > IDEMPOTENT_IN_FLIGHT_MAX) {
        if (given || (!before_4 && !conflict))
            scenario_mistake(build, in_flight, "is %d: Kafka refuses more than %d with enable.idempotence",
                             producer->config.max_in_flight_requests_per_connection,
                             IDEMPOTENT_IN_FLIGHT_MAX);
        conflict = true;
    }
    if (given || !conflict) return;
    /* Kafka turns its own default off when other settings contradict it. */
    producer->config.enable_idempotence = false;
    json_object_set_new(scenario_resolved_object(resolved_element(build, "producers", i), "config"),
                        "enable.idempotence", json_false());
}

static void check_transactions(struct scenario_build *build, int i)
{
    const struct scenario_producer *producer = &build->scenario->producers[i];
    if (!producer->config.transactional_id) return;
    if (producer->transaction_commit_interval_ns >= producer->config.transaction_timeout_ns && producer->config.transaction_timeout_ns)
        scenario_mistake(build, AT("producers[%d].transaction_commit_interval", i),
                         "is %s, but transaction.timeout.ms is %s: the coordinator would abort every transaction",
                         scenario_duration(build, producer->transaction_commit_interval_ns),
                         scenario_duration(build, producer->config.transaction_timeout_ns));
    if (producer->config.transaction_timeout_ns > build->scenario->cluster.config.transaction_max_timeout_ns &&
        !scenario_is_wrong(build, "cluster.config", true))
        scenario_mistake(build, AT("producers[%d].config.transaction.timeout.ms", i),
                         "is %s, but the brokers' transaction.max.timeout.ms is %s: they refuse it (INVALID_TRANSACTION_TIMEOUT)",
                         scenario_duration(build, producer->config.transaction_timeout_ns),
                         scenario_duration(build, build->scenario->cluster.config.transaction_max_timeout_ns));
    if (!producer->config.enable_idempotence && !scenario_is_wrong(build, AT("producers[%d].config.acks", i), false))
        scenario_mistake(build, AT("producers[%d].config.transactional.id", i),
                         "is given, but enable.idempotence is false: Kafka refuses it");
}

static void check_producers(struct scenario_build *build)
{
    struct scenario *scenario = build->scenario;
    for (int i = 0; i < scenario->producers_n; i++) {
        struct scenario_producer *producer = &scenario->producers[i];
        check_idempotence(build, i);
        check_transactions(build, i);
        const int instances_max = producer->collector.instances_max;
        if (instances_max > 0 && instances_max < producer->instances)
            scenario_mistake(build, AT("producers[%d].collector.instances_max", i), "is %d, fewer than instances, %d", instances_max,
                             producer->instances);
        int64_t least = producer->config.linger_ns + producer->config.request_timeout_ns;
        if (producer->config.delivery_timeout_ns && producer->config.delivery_timeout_ns < least) {
            const char *path = AT("producers[%d].config.delivery.timeout.ms", i);
            if (scenario_is_given(build, path)) {
                scenario_mistake(
                    build, path, "is %s, below linger.ms + request.timeout.ms, %s: Kafka refuses it",
                    scenario_duration(build, producer->config.delivery_timeout_ns), scenario_duration(build, least));
            } else {
                /* Kafka raises its own default. */
                producer->config.delivery_timeout_ns = least;
                json_object_set_new(scenario_resolved_object(resolved_element(build, "producers", i), "config"),
                                    "delivery.timeout.ms", json_integer(least / 1000000));
            }
        }
        for (int s = 0; s < producer->sends_n; s++) {
            if (producer->sends[s] < 0) continue;
            const struct scenario_stream *stream = &scenario->streams[producer->sends[s]];
            if (producer->config.max_request_size_bytes &&
                stream->event_size_bytes > producer->config.max_request_size_bytes)
                scenario_mistake(
                    build, AT("workload[%d].event.size", producer->sends[s]),
                    "is %s, but max.request.size of producers[%d] is %s: Kafka refuses such a record",
                    scenario_in_units(build, UNITS_BYTES, (double)stream->event_size_bytes), i,
                    scenario_in_units(build, UNITS_BYTES, (double)producer->config.max_request_size_bytes));
        }
    }
}

/* --- groups and tables --- */

static const char *output_of(const struct scenario_group *group)
{
    return group->work == WORK_WINDOW  ? group->window.feeds
           : group->work == WORK_WRITE ? group->write.table
                                       : NULL;
}

static void check_groups(struct scenario_build *build)
{
    struct scenario *scenario = build->scenario;
    for (int i = 0; i < scenario->groups_n; i++) {
        struct scenario_group *group = &scenario->groups[i];
        scenario_check_group_config(build, i, resolved_element(build, "groups", i));
        scenario_check_group_autoscale(build, i);
        bool before_4 = scenario->kafka && scenario->kafka[0] < '4';
        if (before_4 && group->protocol == PROTOCOL_CONSUMER && !scenario_is_wrong(build, "kafka", false) &&
            !scenario_is_wrong(build, AT("groups[%d].protocol", i), false))
            scenario_mistake(build, AT("groups[%d].protocol", i),
                             "\"consumer\" (KIP-848) needs Kafka 4.0, but kafka is \"%s\"", scenario->kafka);
        if (group->config.session_timeout_ns &&
            group->config.heartbeat_interval_ns >= group->config.session_timeout_ns)
            scenario_mistake(build, AT("groups[%d].config.heartbeat.interval.ms", i),
                             "is %s: Kafka takes only less than session.timeout.ms, %s",
                             scenario_duration(build, group->config.heartbeat_interval_ns),
                             scenario_duration(build, group->config.session_timeout_ns));
        if (group->delivery == DELIVERY_EXACTLY_ONCE && !group->checkpoint_ns &&
            !scenario_is_wrong(build, AT("groups[%d].checkpoint", i), false))
            scenario_mistake(build, AT("groups[%d].checkpoint", i),
                             "is missing: delivery is exactly_once, which commits output at checkpoints");
        if (group->work == WORK_WINDOW) scenario_check_window(build, i, scenario_resolved_object(resolved_element(build, "groups", i), "does"));
        const char *output = output_of(group);
        for (int j = 0; output && j < i; j++) {
            const char *other = output_of(&scenario->groups[j]);
            if (!other || strcmp(other, output) != 0) continue;
            scenario_mistake(
                build,
                AT(group->work == WORK_WRITE ? "groups[%d].does.write.table" : "groups[%d].does.feeds", i),
                "\"%s\" is the output of groups[%d] already", output, j);
        }
        int64_t consumers = (int64_t)group->instances * group->threads;
        if (group->topic >= 0 && consumers > scenario->topics[group->topic].partitions &&
            scenario->topics[group->topic].partitions) {
            const struct json_value *value = scenario_find(build->root, AT("groups[%d].instances", i));
            json_note(build->diag, value,
                      "%lld consumers for %d partitions: %lld of them will have nothing to do",
                      (long long)consumers, scenario->topics[group->topic].partitions,
                      (long long)(consumers - scenario->topics[group->topic].partitions));
        }
    }
}

static void check_tables(struct scenario_build *build)
{
    struct scenario *scenario = build->scenario;
    const char *written[SCENARIO_GROUPS_MAX];
    size_t written_n = 0;
    for (int i = 0; i < scenario->groups_n; i++)
        if (scenario->groups[i].work == WORK_WRITE && scenario->groups[i].write.table)
            written[written_n++] = scenario->groups[i].write.table;
    bool unsure = scenario_is_wrong(build, "groups", false);
    for (int i = 0; i < scenario->groups_n; i++)
        unsure = unsure || scenario_is_wrong(build, AT("groups[%d].does", i), true);
    for (int i = 0; i < scenario->tables_n; i++) {
        bool found = unsure || !scenario->tables[i].name;
        for (size_t j = 0; j < written_n; j++)
            found = found || !strcmp(written[j], scenario->tables[i].name);
        if (!found && scenario->tables[i].from < 0 && !scenario_is_given(build, AT("lake.tables[%d].from", i)))
            scenario_mistake(build, AT("lake.tables[%d].name", i), "no group writes \"%s\": %s",
                             scenario->tables[i].name,
                             scenario_suggest(build->arena, scenario->tables[i].name, written, written_n,
                                              "none writes a table"));
    }
    for (size_t j = 0; j < written_n; j++) {
        bool listed = false;
        for (int i = 0; i < scenario->tables_n; i++)
            listed = listed || (scenario->tables[i].name && !strcmp(scenario->tables[i].name, written[j]));
        if (listed) continue;
        if (scenario->tables_n == SCENARIO_TABLES_MAX) {
            scenario_mistake(build, "lake.tables", "has no room for \"%s\": at most %d fit", written[j],
                             SCENARIO_TABLES_MAX);
            return;
        }
        const char *retention = scenario_row("lake.tables[]", "retention")->fallback,
                   *history = scenario_row("lake.tables[]", "history")->fallback;
        struct scenario_table *table = &scenario->tables[scenario->tables_n++];
        table->name = written[j];
        table->from = -1;
        CHECK(units_parse_ns(retention, &table->retention_ns, NULL, 0) &&
                  units_parse_ns(history, &table->history_ns, NULL, 0),
              "the table's default retention cannot be read");
        json_t *tables = json_object_get(scenario_resolved_object(build->resolved, "lake"), "tables");
        if (!tables)
            json_object_set_new(scenario_resolved_object(build->resolved, "lake"), "tables", tables = json_array());
        json_array_append_new(tables, json_pack("{s:s, s:s, s:[], s:s}", "name", table->name, "retention",
                                                retention, "tiers", "history", history));
    }
}

void scenario_check(struct scenario_build *build)
{
    check_run(build);
    check_instances(build);
    check_cluster(build);
    scenario_check_topics(build);
    check_workload(build);
    check_producers(build);
    check_groups(build);
    scenario_check_duplicates(build);
    check_tables(build);
    scenario_check_lake(build);
    scenario_check_queries(build);
    scenario_check_faults(build);
    /* Last: outputs have their names now. */
    scenario_bind_objectives(build);
    scenario_bind_decision(build);
}
