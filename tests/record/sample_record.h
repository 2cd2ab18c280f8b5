/* sample_record.h: a run record as a real run would fill it, in the shapes that tests need. */
#ifndef HEADROOM_TESTS_SAMPLE_RECORD_H
#define HEADROOM_TESTS_SAMPLE_RECORD_H

#include "arena.h"
#include "record.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

struct sample_options {
    int groups;     /* 1 .. 8 */
    int faults;     /* 0 .. 70 */
    int queries;    /* 0 .. 2: classes of them */
    double lag_low; /* lag in quiet times, records, of the first group; each further group has ten times it */
    double lag_high; /* peak after the first fault */
    bool hostile;    /* names and texts that try to break out of every format */
};

static const char sample_hostile[] =
    "a'b\"c`touch pwned`$(x)@m,\\\n; system('touch pwned')\x1b[31m %s{/*} \xc3\xa9";

static inline struct record_distribution sample_distribution(const char *name, double scale_s, bool deep)
{
    static const double shape[RECORD_FIGURES] = {1.0, 0.8, 1.1, 1.9, 2.7, 5.1, 8.3, 21.7};
    struct record_distribution d = {.name = name, .unit = "s", .count = 12345678901};
    for (int i = 0; i < RECORD_FIGURES; i++)
        d.figure[i] = record_known(scale_s * shape[i]);
    if (!deep) d.figure[RECORD_P99_99] = record_unknown("fewer than ten observations beyond it");
    d.ci95[RECORD_P99] = (struct record_interval){scale_s * 2.6, scale_s * 2.85, true, NULL};
    d.ci95[RECORD_P99_9] = (struct record_interval){0, 0, false, "one replication has no interval"};
    return d;
}

static inline struct record_cost_line sample_line(const char *item, double quantity, const char *unit,
                                                  const char *id, double unit_usd, const char *confidence)
{
    return (struct record_cost_line){
        item, quantity, unit, id, record_known(unit_usd), record_known(quantity * unit_usd), confidence};
}

static inline void sample_series(struct record *r, struct arena *arena, const struct sample_options *o)
{
    enum { N = 1440 };
    static const char *const suffix[] = {"consumed_per_s", "lag"};
    static const char *const outputs[] = {"ctr", "raw_ad_events"};
    double *t = ARENA_NEW(arena, double, N), *produced = ARENA_NEW(arena, double, N);
    int columns_n = 1 + 2 * o->groups + 6 + 4;
    struct record_column *columns = ARENA_NEW(arena, struct record_column, (size_t)columns_n);
    int c = 0;
    for (int i = 0; i < N; i++) {
        t[i] = 10.0 * i;
        produced[i] = round(880e3 + 150e3 * sin(i / 260.0) + 14e3 * sin(i * 1.7) + 9e3 * sin(i * 0.61));
    }
    columns[c++] = (struct record_column){"produced_per_s", produced, NULL};
    for (int k = 0; k < 2; k++) {
        for (int g = 0; g < o->groups; g++) {
            double *values = ARENA_NEW(arena, double, N);
            double low = o->lag_low * pow(10, g), high = o->lag_high / pow(3, g);
            for (int i = 0; i < N; i++) {
                double outage = 0, since_last = 1e9;
                for (int f = 0; f < r->faults_n; f++) {
                    double since = t[i] - r->faults[f].at_s.value, length = 60 + 120.0 * g;
                    if (since < 0) continue;
                    since_last = since;
                    outage += since < length ? since / length : fmax(0, 1 - (since - length) / 900);
                }
                if (k == 0)
                    values[i] = fmax(0, round(produced[i] * (outage > 0 && since_last < 60 + 120 * g ? 0.6
                                                             : outage > 0                            ? 1.12
                                                                                                     : 1)));
                else
                    values[i] = o->lag_low > 0 ? round(low * (1 + 0.3 * sin(i * 0.9)) + high * outage) : 0;
            }
            columns[c++] = (struct record_column){
                arena_printf(arena, "%s.%s", suffix[k], r->delivery.groups[g].name), values, NULL};
        }
    }
    for (int k = 0; k < 6; k++) {
        static const char *const kinds[] = {"files", "bytes", "files_rewritten"};
        double *values = ARENA_NEW(arena, double, N);
        for (int i = 0; i < N; i++) { /* the first table is compacted every half hour, the second only grows */
            double landed = 8 * (i / 30 + 1) - (k < 3 ? 168 * (i / 180) : 0);
            values[i] = k % 3 == 0   ? landed
                        : k % 3 == 1 ? 2.5e8 * (i / 30 + 1)
                        : k == 2     ? (i > 0 && i % 180 == 0) * 170.0
                                     : 0;
        }
        columns[c++] = (struct record_column){
            arena_printf(arena, "%s.%s", kinds[k % 3], o->hostile && k < 3 ? sample_hostile : outputs[1 - k / 3]), values,
            NULL};
    }
    for (int k = 0; k < 4; k++) {
        double *values = ARENA_NEW(arena, double, N);
        for (int i = 0; i < N; i++) {
            double outage = 0;
            for (int f = 0; f < r->faults_n; f++) {
                double since = t[i] - r->faults[f].at_s.value;
                if (since > 0) outage += since < 60 ? since : 60 * exp(-(since - 60) / 150);
            }
            double base = k % 2 == 0 ? 15 : 170;
            values[i] = base * (1 + 0.06 * sin(i * 2.3)) + outage * (k < 2 ? 0.6 : 1);
            if (k < 2 && i < 3) values[i] = NAN; /* nothing visible yet */
        }
        columns[c++] =
            (struct record_column){arena_printf(arena, "%s.%s", k < 2 ? "freshness" : "staleness",
                                                o->hostile && k % 2 ? sample_hostile : outputs[k % 2]),
                                   values, k < 2 ? "nothing had become visible yet" : NULL};
    }
    r->series.step_s = 10;
    r->series.n = N;
    r->series.t = t;
    r->series.columns = columns;
    r->series.columns_n = columns_n;
}

/* 40 partitions of every group, at 120 steps of two minutes; the last row has one. */
static inline void sample_lag(struct record *r, struct arena *arena, const struct sample_options *o)
{
    enum { PARTITIONS = 40, PER_ROW = 3, ROWS = 14, STEPS = 120 };
    r->lag_by_partition = ARENA_NEW(arena, struct record_lag, (size_t)o->groups);
    r->lag_by_partition_n = o->groups;
    for (int g = 0; g < o->groups; g++) {
        int64_t *values = ARENA_NEW(arena, int64_t, ROWS * STEPS);
        for (int row = 0; row < ROWS; row++)
            for (int i = 0; i < STEPS; i++)
                values[row * STEPS + i] = row == 4 ? 0
                                          : i >= 30 && i < 40 && row % 5 == 0
                                              ? (int64_t)o->lag_high / (g + 1)
                                              : (int64_t)(o->lag_low / 40 * (1 + row % 3) * (1 + 0.5 * sin(i * 0.7)));
        r->lag_by_partition[g] = (struct record_lag){r->delivery.groups[g].name, PARTITIONS, PER_ROW, 120,
                                                     {ROWS, STEPS, values}};
    }
}

static inline void sample_faults(struct record *r, struct arena *arena, const struct sample_options *o)
{
    static const char *const ids[] = {"lost-broker", "redeploy", "lost-broker-again", "consumer-crash"};
    static const double at_s[] = {3600, 9000, 9600, 14100};
    r->faults_n = o->faults;
    r->faults = ARENA_NEW(arena, struct record_fault, (size_t)o->faults);
    for (int i = 0; i < o->faults; i++) {
        struct record_fault *f = &r->faults[i];
        bool group = i % 4 == 1;
        f->id = i < 4 ? ids[i] : arena_printf(arena, "fault-%d", i);
        if (o->hostile) f->id = sample_hostile;
        f->kind = group ? "restart_group" : i % 4 == 3 ? "consumer_crash" : "broker_down";
        f->scope = group ? "group ctr" : i % 4 == 3 ? "ctr instance 3" : "broker 7";
        f->at_s = record_known(i < 4 ? at_s[i] : 100.0 * i);
        f->occurrences = record_known(1);
        f->partition_seconds_down = record_known(180);
        f->requests_failed = f->requests_retried = record_known(412);
        f->rejected = f->lost = f->duplicated = record_known(0);
        f->for_s = i % 4 == 3 ? record_unknown("it has no end: the instance does not come back")
                              : record_known(group ? 45 : 720);
        f->detected_s = record_known(9.2);
        f->recovered_s = record_known(group ? 61.5 : 1042.5);
        f->peak_lag_records = record_known(71234567);
        f->peak_lag_group.text = "ctr";
        f->clear_lag_s =
            i % 4 == 3 ? record_unknown("the lag had not cleared when the run ended") : record_known(842);
        f->staleness_minutes = record_known(3.1);
        f->invoice_usd = record_known(124);
        f->invoice_n = 1;
        f->invoice = ARENA_NEW(arena, struct record_invoice_line, 1);
        f->invoice[0] = (struct record_invoice_line){"staleness of ctr", 3.1, "min", 40, 124};
    }
}

/* A dashboard's and, much slower, ad hoc ones, on one engine. */
static inline void sample_queries(struct record *r, struct arena *arena, const struct sample_options *o)
{
    r->query_n = o->queries;
    r->query = ARENA_NEW(arena, struct record_query, (size_t)o->queries);
    for (int i = 0; i < o->queries; i++) {
        struct record_query *q = &r->query[i];
        q->latency = sample_distribution(i > 0 ? "ad-hoc" : o->hostile ? sample_hostile : "dashboard", i > 0 ? 9 : 0.9, false);
        q->queue_wait = sample_distribution(NULL, 0.02, false);
        q->engine = o->hostile ? sample_hostile : "presto";
        q->table = o->hostile ? sample_hostile : "curated_ad_events";
        q->arrived = 28800, q->completed = 28783, q->refused = 10 * i, q->unfinished = 17 - 10 * i;
        q->planned = 28800 - 10 * i;
        q->files_considered = 40000 * q->planned, q->files_read = 24 * q->planned, q->rows_read = 1000000 * q->planned;
        q->splits = 30 * q->planned, q->get_requests = 125 * q->planned, q->get_refused = 4321 * i;
        q->files_archived = i;
        q->bytes_scanned = 3.5 * 1048576 * (double)q->planned, q->bytes_read = 1.25 * q->bytes_scanned;
        q->cpu_s = 1.5 * (double)q->planned;
    }
}

/* One made by a group, and one from it that is compacted. */
static inline void sample_tables(struct record *r, struct arena *arena, const struct sample_options *o)
{
    r->tables_n = 2;
    r->tables = ARENA_NEW(arena, struct record_table, 2);
    r->tables[0] = (struct record_table){.name = o->hostile ? sample_hostile : "raw_ad_events", .files = 9000,
                                         .bytes = 2500000000000, .rows = 9600000000, .files_landed = 5000,
                                         .rows_landed = 9600000000, .commits = 5000};
    r->tables[1] = (struct record_table){.name = "curated_ad_events", .files = 46000, .bytes = 2300000000000,
                                         .rows = 9599999000, .files_landed = 120000, .rows_landed = 9600000000,
                                         .rows_duplicate = 1000, .commits = 128, .conflicts = 7, .commits_failed = 1,
                                         .etl_runs = 120, .compactions = 8, .compactions_failed = 1,
                                         .files_rewritten = 130000, .files_written = 11000};
}

static inline struct record *sample_record(struct arena *arena, const struct sample_options *o)
{
    static const char *const names[] = {"ctr",      "raw",   "fraud",  "sessions",
                                        "features", "audit", "replay", "billing"};
    struct record *r = ARENA_NEW(arena, struct record, 1);
    r->tool.name = "headroom";
    r->tool.version = "0.1.0";
    r->tool.build_sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    r->scenario.name = o->hostile ? sample_hostile : "ad-clickstream";
    r->scenario.question.text = "Does CTR stay fresh within a minute at 1M events/s while a broker is lost?";
    r->scenario.question.why_null = "the scenario asks none";
    r->scenario.sha256 = r->tool.build_sha256;
    r->inputs.seed = 1;
    r->inputs.replications = 5;
    r->inputs.resolution = "sampled";
    r->inputs.calibration = (struct record_file){"epyc-2core", r->tool.build_sha256, NULL};
    r->inputs.prices = (struct record_file){"aws-us-east-1", r->tool.build_sha256, NULL};
    r->run.start_s = 18 * 3600;
    r->run.simulated_s = 14400;
    r->run.replications = 5;
    r->run.warmup_s = 600;
    r->run.warmup_by = "stated";
    r->run.events = 13043478261;
    r->run.kernel_events = 52000000;
    r->run.fraction_simulated = record_known(0.12);
    r->verdict = RECORD_MISSED;
    r->answer =
        "No: CTR is fresh within a minute for 98.7 % of records, and 71 s at p99 while broker 7 is away.";

    r->objectives_n = 6;
    r->objectives = ARENA_NEW(arena, struct record_objective, 6);
    r->objectives[0] = (struct record_objective){"freshness.ctr.p99 <= 60s",
                                                 "freshness.ctr.p99",
                                                 "all",
                                                 record_known(71.2),
                                                 record_known(69.9),
                                                 record_known(72.4),
                                                 "s",
                                                 60,
                                                 RECORD_MISSED,
                                                 NULL,
                                                 {.known = false}};
    r->objectives[1] = (struct record_objective){"freshness.ctr.p99 <= 20s during steady",
                                                 "freshness.ctr.p99",
                                                 "steady",
                                                 record_known(18.4),
                                                 record_known(18.1),
                                                 record_known(18.6),
                                                 "s",
                                                 20,
                                                 RECORD_MET,
                                                 NULL,
                                                 {.known = false}};
    r->objectives[2] = (struct record_objective){"staleness.ctr.max <= 2m during lost-broker",
                                                 "staleness.ctr.max",
                                                 "lost-broker",
                                                 record_known(75),
                                                 record_known(74),
                                                 record_known(77),
                                                 "s",
                                                 120,
                                                 RECORD_MET,
                                                 NULL,
                                                 {.known = false}};
    r->objectives[3] = (struct record_objective){
        "delivery.ctr.lost == 0", "delivery.ctr.lost", "all", record_known(0), record_known(0),
        record_known(0),          "records",           0,     RECORD_MET,      NULL,
                                                 {.known = false}};
    r->objectives[4] = (struct record_objective){"cost.month <= $190k",
                                                 "cost.month",
                                                 "all",
                                                 record_known(45210.55),
                                                 record_unknown("a bill has no replications"),
                                                 record_unknown("a bill has no replications"),
                                                 "usd",
                                                 190000,
                                                 RECORD_MET,
                                                 NULL,
                                                 {.known = false}};
    r->objectives[5] = (struct record_objective){"headroom.load_factor >= 1.3",
                                                 "headroom.load_factor",
                                                 "all",
                                                 record_unknown("found by `headroom limit`, not by one run"),
                                                 record_unknown("found by `headroom limit`, not by one run"),
                                                 record_unknown("found by `headroom limit`, not by one run"),
                                                 "",
                                                 1.3,
                                                 RECORD_INCONCLUSIVE,
                                                 "found by `headroom limit`, not by one run",
                                                 {.known = false}};
    r->objectives[5].replications_needed = record_known(6);
    r->load.peak_per_s = record_known(1.0412e6);
    r->load.mean_per_s = record_known(905797.1);
    r->load.raw_bytes_per_s = record_known(380.9e6);
    r->load.wire_bytes_per_s = record_known(78.1e6);
    r->load.compression = record_known(4.877);
    r->load.batch_records_mean = record_known(57.3);
    r->load.requests_per_s = record_known(5230);
    r->load.partitions_per_broker = record_known(60);

    r->latency_n = 3;
    r->latency = ARENA_NEW(arena, struct record_distribution, 3);
    r->latency[0] = sample_distribution("produce", 0.031, true);
    r->latency[1] = sample_distribution("end_to_end.ctr", 0.118, false);
    r->latency[2] = sample_distribution(o->hostile ? sample_hostile : "end_to_end.raw", 0.093, false);
    r->freshness_n = 2;
    r->freshness = ARENA_NEW(arena, struct record_distribution, 2);
    r->freshness[0] = sample_distribution("ctr", 14.9, false);
    r->freshness[1] = sample_distribution("raw_ad_events", 168, false);
    r->staleness_n = 2;
    r->staleness = ARENA_NEW(arena, struct record_distribution, 2);
    r->staleness[0] = sample_distribution("ctr", 16.2, false);
    r->staleness[1] = sample_distribution("raw_ad_events", 190, false);

    r->delivery.produced = 13043478261;
    r->delivery.rejected = 1200;
    r->delivery.rejected_by_n = r->delivery.requests_failed_n = 2;
    r->delivery.rejected_by = ARENA_NEW(arena, struct record_named_count, 2);
    r->delivery.rejected_by[0] = (struct record_named_count){"buffer_full", 1000};
    r->delivery.rejected_by[1] = (struct record_named_count){"delivery_timeout", 200};
    r->delivery.requests_failed = ARENA_NEW(arena, struct record_named_count, 2);
    r->delivery.requests_failed[0] = (struct record_named_count){"NOT_LEADER_OR_FOLLOWER", 41};
    r->delivery.requests_failed[1] = (struct record_named_count){"REQUEST_TIMED_OUT", 7};
    r->delivery.requests_retried = 45;
    r->groups_n = o->groups;
    r->groups = ARENA_NEW(arena, struct record_consumption, (size_t)o->groups);
    for (int i = 0; i < o->groups; i++) {
        r->groups[i].name = o->hostile && i == 0 ? sample_hostile : names[i];
        for (int f = 0; f < RECORD_GROUP_FIGURES; f++) r->groups[i].figure[f] = record_known(f >= RECORD_PEAK_LAG_RECORDS ? f + i : 0);
        r->groups[i].figure[RECORD_CLEAR_LAG_S] = record_known(0);
        r->groups[i].figure[RECORD_CLEAR_LAG_PARTITION] = record_unknown("there was no lag");
    }
    r->delivery.groups_n = o->groups;
    r->delivery.groups = ARENA_NEW(arena, struct record_group, (size_t)o->groups);
    for (int i = 0; i < o->groups; i++) {
        struct record_group *g = &r->delivery.groups[i];
        g->name = names[i];
        if (o->hostile && i == 0) g->name = sample_hostile;
        g->in_flight = 512345 + i;
        g->lost_by_n = 2;
        g->lost_by = ARENA_NEW(arena, struct record_named_count, 2);
        g->lost_by[0] = (struct record_named_count){"retention", i};
        g->lost_by[1] = (struct record_named_count){"unclean_election", 0};
        g->lost = i;
        g->delivered = r->delivery.produced - r->delivery.rejected - g->lost - g->in_flight;
        g->duplicated = i == 0 ? 0 : 1203344;
        g->dropped_late = i == 0 ? 40312 : 0;
    }
    r->availability.produce = record_known(0.99991);
    r->availability.partitions = record_known(0.9993);
    r->utilization_n = 2 + (o->queries > 0);
    r->utilization = ARENA_NEW(arena, struct record_utilization, 3);
    r->utilization[0] = (struct record_utilization){"broker.cpu", record_known(0.41), record_known(0.77)};
    r->utilization[1] = (struct record_utilization){"broker.disk", record_known(0.22), record_known(0.83)};
    r->utilization[2] = (struct record_utilization){"engine.presto.slots", record_known(0.31), record_known(0.98)};
    r->bottleneck.resource.text = "broker.disk";
    r->bottleneck.utilization = record_known(0.83);
    r->bottleneck.why.text =
        "broker 7 catches up on 41 GiB while it serves its leaders; its gp3 volume gives 600 MiB/s";
    r->headroom.load_factor = record_unknown("found by `headroom limit`, not by one run");
    r->headroom.n_minus_1 = record_unknown("found by `headroom limit`, not by one run");
    r->headroom.breaks_first.why_null = "found by `headroom limit`, not by one run";
    sample_faults(r, arena, o);
    sample_queries(r, arena, o);
    sample_tables(r, arena, o);
    r->paths.partition.name.text = "murmur2";
    r->paths.partition.calls = 2000000;
    r->paths.partition.sample.text = "every key of the population, once";
    r->paths.partition.skew_max_over_mean = record_known(34.1);
    r->paths.window.name.text = "tumbling";
    r->paths.window.folded = 912345678;
    r->paths.window.panes = 4123456;
    r->paths.window.late = 40312;
    r->paths.window.keys = 2000000;
    r->paths.window.keys_followed = 2241;
    r->paths.window.sample.text = "every record of 2241 of 2000000 keys";
    r->paths.window.sample_error = record_known(0.041);
    r->paths.compact.name.why_null = "the scenario compacts nothing";
    r->paths.compact.sample.why_null = "the scenario compacts nothing";
    r->storage_n = 2;
    r->storage = ARENA_NEW(arena, struct record_storage, 2);
    r->storage[0] = (struct record_storage){.name = "log",
                                             .bytes = record_known(20.2e12),
                                             .capacity_bytes = record_known(39.6e12),
                                             .full_share = record_known(0.74)};
    r->storage[1] = (struct record_storage){
        .name = "lake.standard", .bytes = record_known(51.3e12), .objects = record_known(3110400)};

    r->cost.lines_n = 7;
    r->cost.lines = ARENA_NEW(arena, struct record_cost_line, 7);
    r->cost.lines[0] = sample_line("kafka brokers", 13140, "instance-hour", "aws.ec2.ondemand.m7g.4xlarge",
                                   0.6528, "verified");
    r->cost.lines[1] =
        sample_line("kafka storage", 110592, "GiB-month", "aws.ebs.gp3.storage", 0.08, "verified");
    r->cost.lines[2] = sample_line("kafka storage throughput", 8550, "MiB/s-month", "aws.ebs.gp3.throughput",
                                   0.04, "verified");
    r->cost.lines[3] =
        sample_line("transfer between zones", 812345.5, "GiB", "aws.transfer.inter-az", 0.01, "verified");
    r->cost.lines[4] =
        sample_line("group ctr", 17520, "instance-hour", "aws.ec2.ondemand.c6i.2xlarge", 0.34, "verified");
    r->cost.lines[5] = sample_line("object store PUT", 525.6, "1k-requests", "aws.s3.put", 0.005, "verified");
    r->cost.lines[6] =
        sample_line("object store, first 50 TB", 51200, "GiB-month", "aws.s3.standard.1", 0.023, "recalled");
    double sum = 0;
    for (int i = 0; i < r->cost.lines_n; i++)
        sum += r->cost.lines[i].usd.value;
    r->cost.month_usd = record_known(sum);
    r->cost.low_usd = record_unknown("the scenario's inputs have no ranges");
    r->cost.high_usd = record_unknown("the scenario's inputs have no ranges");
    r->cost.per_million_events_usd = record_known(sum / 2.38e12 * 1e6);
    r->delay.output.text = "ctr";
    r->delay.stale_after_s = record_known(60);
    r->delay.stale_share = record_known(0.002);
    r->delay.minutes_a_month = record_known(87.6);
    r->delay.usd_per_minute = record_known(40);
    r->delay.month_usd = record_known(3504);
    r->error.sampling_n = 1;
    r->error.sampling = ARENA_NEW(arena, struct record_named_number, 1);
    r->error.sampling[0] = (struct record_named_number){"fraction_simulated", record_known(0.12)};
    r->error.resolution_n = 1;
    r->error.resolution = ARENA_NEW(arena, struct record_named_number, 1);
    r->error.resolution[0] =
        (struct record_named_number){"bias_p99", record_unknown("no case of `headroom validate resolution` is as busy")};
    r->error.resolution_case.text = "cpu 0.9, sampled against request";
    r->error.measured = (struct record_file){"validate resolution, 2026-11-22",
                                             "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", NULL};
    sample_series(r, arena, o);
    sample_lag(r, arena, o);
    static const char *const notes[] = {
        "counts are of the first replication; intervals are over all five",
        "linger.ms is 50 and batch.size 128 KiB: 57 records a batch; Kafka's defaults would make batches of "
        "7",
    };
    r->notes = notes;
    r->notes_n = 2;
    r->host.wall_s = 31.25;
    r->host.simulated_per_wall = 2304;
    return r;
}

#endif
