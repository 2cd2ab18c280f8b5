/* test_scenario_bad.c: every kind of mistake in a scenario is found, where it stands, in words that help.
 *
 * A case replaces one part of the small scenario. '^' in the replacement marks the place where the mistake
 * has to be reported, and is taken out before the file is written.
 */
#include "scenario_fixture.h"

struct bad {
    const char *old;
    const char *new; /* with one ^ */
    const char *path;
    const char *message; /* a part of it */
};

static const struct bad cases[] = {
    /* names and fields */
    {"\"small\"", "^\"Small One\"", "name", "a-z, 0-9, '_' and '-'"},
    {"\"small\"", "^\"a234567890123456789012345678901234567890123456789012345678901234567890\"", "name",
     "1 to 64"},
    {"\"small\"", "^\"\"", "name", "1 to 64"},
    {"\"small\"", "^3", "name", "is 3"},
    {"\"name\": \"small\",", "\"name\": \"small\", \"question\": ^\"a\\u0007b\",", "question",
     "control character"},
    {"\"name\": \"small\",", "\"name\": \"small\", \"question\": ^\"\",", "question", "is empty"},
    {"\"name\": \"small\",", "\"name\": \"small\", ^\"qestion\": \"x\",", "qestion",
     "did you mean \"question\"?"},
    {"\"user\": {\"population\": 1000}", "\"user\": {\"population\": 1000}, ^\"Shop 1\": {\"population\": 7}",
     "keys[\"Shop 1\"]", "is no name: a name has 1 to 64"},
    {"\"warmup\": \"1m\"", "^\"warmpu\": \"1m\"", "run.warmpu", "did you mean \"warmup\"?"},
    {"\"warmup\": \"1m\"", "^\"zzzz\": \"1m\"", "run.zzzz", "there are start, duration, warmup, seed"},
    {"\"times\": 0.5", "\"times\": 0.5, ^\"queries\": []", "workload[1].rate.queries", "unknown field"},
    /* units */
    {"\"duration\": \"10m\"", "\"duration\": ^10", "run.duration",
     "10 has no unit: a duration takes ns, us, ms"},
    {"\"duration\": \"10m\"", "\"duration\": ^\"10\"", "run.duration", "needs its unit: ns, us, ms"},
    {"\"duration\": \"10m\"", "\"duration\": ^\"10 parsecs\"", "run.duration", "'10 parsecs'"},
    {"\"duration\": \"10m\"", "\"duration\": ^\"10 MiB\"", "run.duration", "takes ns, us, ms"},
    {"\"duration\": \"10m\"", "\"duration\": ^\"-10m\"", "run.duration", "-10m"},
    {"\"400 B\"", "^400", "workload[0].event.size", "400 has no unit: a size takes B"},
    {"\"400 B\"", "^\"400 s\"", "workload[0].event.size", "400 s"},
    {"\"rate\": \"2k/s\"", "\"rate\": ^2000", "workload[0].rate", "2000 has no unit: a rate takes"},
    {"\"rate\": \"2k/s\"", "\"rate\": {\"constant\": ^\"2k\"}", "workload[0].rate.constant",
     "a rate takes /s"},
    {"\"rate\": \"2k/s\"", "\"rate\": ^[\"2k/s\"]", "workload[0].rate", "takes a rate"},
    {"\"linger.ms\": 20", "\"linger.ms\": ^\"20 B\"", "producers[0].config.linger.ms",
     "a bare number here means milliseconds"},
    {"\"linger.ms\": 20", "\"linger.ms\": ^2.5", "producers[0].config.linger.ms", "takes milliseconds"},
    {"\"linger.ms\": 20", "\"linger.ms\": ^\"1500us\"", "producers[0].config.linger.ms",
     "whole milliseconds"},
    {"\"linger.ms\": 20", "\"batch.size\": ^\"20 s\"", "producers[0].config.batch.size",
     "a bare number here means bytes"},
    /* copies */
    {"\"size\": \"400 B\"}", "\"size\": \"400 B\"}, \"duplicates\": ^\"60%\"", "workload[0].duplicates", "between 0.0001% and 50%"},
    {"\"size\": \"400 B\"}",
     "\"size\": \"400 B\"}, \"duplicates\": {\"share\": \"1%\", \"after\": {\"lognormal\": {\"median\": \"5s\", \"p99\": ^\"1s\"}}}",
     "workload[0].duplicates.after.lognormal.p99", "below the median"},
    {"{\"write\": {\"table\": \"raw_events\"}}", "{\"write\": {\"table\": \"raw_events\"}, ^\"dedup\": \"10m\"}", "groups[1].does.dedup", "window"},
    {"{\"window\": {\"size\": \"10s\"}}", "{\"window\": {\"size\": \"10s\"}, \"dedup\": ^{}}", "groups[0].does.dedup.horizon", "is missing"},
    /* ranges */
    {"\"duration\": \"10m\"", "\"duration\": ^\"1ms\"", "run.duration", "between 1s and 366d"},
    {"\"brokers\": 3", "\"brokers\": ^-3", "cluster.brokers", "is -3: must be between 1 and 512"},
    {"\"brokers\": 3", "\"brokers\": ^0", "cluster.brokers", "between 1 and 512"},
    {"\"brokers\": 3", "\"brokers\": ^3.5", "cluster.brokers", "whole number"},
    {"\"brokers\": 3", "\"brokers\": ^3000000000000", "cluster.brokers", "between 1 and 512"},
    {"\"brokers\": 3", "\"brokers\": ^1e300", "cluster.brokers", "1e300"},
    {"\"brokers\": 3", "\"brokers\": ^\"three\"", "cluster.brokers", "three"},
    {"\"brokers\": 3", "\"brokers\": ^null", "cluster.brokers", "is null"},
    {"\"partitions\": 6", "\"partitions\": ^20001", "topics[0].partitions", "between 1 and 20000"},
    {"\"population\": 1000", "\"population\": ^\"200M\"", "keys.user.population", "between 1 and 100000000"},
    {"\"population\": 1000", "\"population\": 1000, \"zipf\": ^-1", "keys.user.zipf", "between 0 and 3"},
    {"\"rate\": \"2k/s\"", "\"rate\": ^\"0/s\"", "workload[0].rate", "between 0.001/s and 1G/s"},
    {"\"times\": 0.5", "\"times\": ^0", "workload[1].rate.times", "must be between"},
    {"\"linger.ms\": 20", "\"linger.ms\": ^-1", "producers[0].config.linger.ms", "between 0 and 3600000"},
    {"\"linger.ms\": 20", "\"linger.ms\": ^\"9223372036854775807 ms\"", "producers[0].config.linger.ms",
     "9223372036854775807"},
    {"\"linger.ms\": 20", "\"retries\": ^9223372036854775807", "producers[0].config.retries",
     "between 0 and 2147483647"},
    /* what is missing */
    {"\"run\": {\"duration\": \"10m\", \"warmup\": \"1m\"}", "\"run\": ^[]", "run", "takes an object"},
    {"\"rate\": \"2k/s\"", "\"rate\": ^{}", "workload[0].rate", "needs one of constant, profile, trace, of"},
    {"\"rate\": \"2k/s\"", "\"rate\": {\"constant\": \"2k/s\", ^\"peak\": \"3k/s\"}", "workload[0].rate.peak",
     "goes with profile or trace"},
    {"\"rate\": \"2k/s\"", "\"rate\": ^{\"profile\": \"wc98-week\"}", "workload[0].rate.peak", "is missing"},
    {"\"times\": 0.5", "\"times\": 0.5, \"after\": ^{}", "workload[1].rate.after",
     "needs one of constant, lognormal, exponential"},
    {"\"times\": 0.5", "\"times\": 0.5, \"after\": {\"lognormal\": ^{\"median\": \"2s\"}}",
     "workload[1].rate.after.lognormal.p99", "is missing"},
    {"\"times\": 0.5", "\"times\": 0.5, \"after\": {\"lognormal\": {\"median\": \"2s\", \"p99\": ^\"1s\"}}",
     "workload[1].rate.after.lognormal.p99", "below the median, 2 s"},
    /* uncertain inputs */
    {"\"400 B\"", "^{\"low\": \"500 B\", \"mid\": \"420 B\", \"high\": \"700 B\"}", "workload[0].event.size",
     "low <= mid <= high"},
    {"\"400 B\"", "^{\"low\": \"300 B\", \"mid\": \"420 B\"}", "workload[0].event.size", "has no \"high\""},
    {"\"400 B\"", "{\"low\": \"300 B\", \"mid\": ^420, \"high\": \"700 B\"}", "workload[0].event.size.mid",
     "has no unit"},
    {"\"400 B\"", "{\"low\": \"300 B\", \"mid\": \"420 B\", \"high\": \"700 B\", ^\"top\": 1}",
     "workload[0].event.size.top", "low, mid and high"},
    /* references */
    {"\"key\": \"user\"", "\"key\": ^\"usr\"", "workload[0].key", "did you mean \"user\"?"},
    {"\"of\": \"views\"", "\"of\": ^\"vews\"", "workload[1].rate.of", "did you mean \"views\"?"},
    {"\"of\": \"views\"", "\"of\": ^\"clicks\"", "workload[1].rate.of", "follow itself"},
    {"[\"views\", \"clicks\"]", "[\"views\", \"clicks\", ^\"orders\"]", "producers[0].sends[2]",
     "nothing in workload is called \"orders\""},
    {"[\"views\", \"clicks\"]", "[\"views\", \"clicks\", ^\"views\"]", "producers[0].sends[2]", "twice"},
    {"\"to\": \"events\"", "\"to\": ^\"event\"", "producers[0].to", "did you mean \"events\"?"},
    {"\"name\": \"count\", \"reads\": \"events\"", "\"name\": \"count\", \"reads\": ^\"evnets\"",
     "groups[0].reads", "did you mean \"events\"?"},
    /* choices */
    {"\"warmup\": \"1m\"", "\"resolution\": ^\"sampledd\"", "run.resolution", "did you mean \"sampled\"?"},
    {"\"linger.ms\": 20", "\"acks\": ^2", "producers[0].config.acks", "takes one of all, 1, 0"},
    {"\"linger.ms\": 20", "\"compression.type\": ^\"snappy\"", "producers[0].config.compression.type",
     "known, but not modelled here yet: takes one of none, zstd"},
    {"{\"window\": {\"size\": \"10s\"}}", "{\"window\": ^{\"kind\": \"session\"}}",
     "groups[0].does.window.gap", "is missing"},
    {"{\"window\": {\"size\": \"10s\"}}", "{\"window\": {^\"size\": \"10s\", \"kind\": \"session\", \"gap\": \"30s\"}}",
     "groups[0].does.window.size", "goes with kind tumbling or hopping or sliding"},
    {"{\"window\": {\"size\": \"10s\"}}", "{\"window\": {\"size\": \"10s\", ^\"gap\": \"30s\"}}",
     "groups[0].does.window.gap", "goes with kind session"},
    {"{\"window\": {\"size\": \"10s\"}}", "{\"window\": ^{\"kind\": \"tumbling\"}}",
     "groups[0].does.window.size", "is missing"},
    {"{\"window\": {\"size\": \"10s\"}}", "{\"window\": {\"size\": \"10s\", \"kind\": ^\"sesion\"}}",
     "groups[0].does.window.kind", "did you mean \"session\"?"},
    {"{\"window\": {\"size\": \"10s\"}}", "{\"window\": {\"size\": \"10s\", \"kind\": ^\"sliding\"}}",
     "groups[0].does.window.kind", "did you mean \"hopping\", Flink's"},
    {"{\"window\": {\"size\": \"10s\"}}", "{\"window\": {\"size\": \"10s\", \"semantics\": \"kafka_streams\", \"out_of_orderness\": ^\"2s\"}}",
     "groups[0].does.window.out_of_orderness", "has no watermark"},
    {"{\"window\": {\"size\": \"10s\"}}", "{\"window\": {\"size\": \"10s\", \"trigger\": ^\"on_update\"}}",
     "groups[0].does.window.trigger", "are of Kafka Streams"},
    {"{\"window\": {\"size\": \"10s\"}}", "{\"window\": {\"size\": \"10s\", \"trigger\": ^\"cuont:3\"}}",
     "groups[0].does.window.trigger", "no trigger has this name"},
    {"{\"window\": {\"size\": \"10s\"}}", "{\"window\": {\"size\": \"10s\", \"trigger\": ^\"processing_time\"}}",
     "groups[0].does.window.trigger", "not modelled here yet"},
    {"{\"window\": {\"size\": \"10s\"}}", "{\"window\": {\"size\": \"10s\", \"semantics\": \"kafka_streams\", \"panes\": ^\"discarding\"}}",
     "groups[0].does.window.panes", "windows of Kafka Streams accumulate"},
    {"{\"window\": {\"size\": \"10s\"}}", "{\"window\": {\"kind\": ^\"global\"}}",
     "groups[0].does.window.kind", "takes a trigger \"count:N\""},
    {"{\"window\": {\"size\": \"10s\"}}", "{\"window\": {\"kind\": \"global\", \"semantics\": \"kafka_streams\", \"trigger\": ^\"on_close\"}}",
     "groups[0].does.window.trigger", "or \"on_update\""},
    {"{\"window\": {\"size\": \"10s\"}}", "{\"window\": {\"size\": \"10s\", \"kind\": \"hopping\", \"slide\": ^\"4s\"}}",
     "groups[0].does.window.slide", "does not divide size, 10 s"},
    {"{\"window\": {\"size\": \"10s\"}}", "{\"window\": ^{\"size\": \"10s\", \"kind\": \"hopping\"}}",
     "groups[0].does.window.slide", "is missing"},
    {"{\"window\": {\"size\": \"10s\"}}", "{\"window\": {\"size\": \"10s\", ^\"slide\": \"5s\"}}",
     "groups[0].does.window.slide", "goes with kind"},
    {"{\"window\": {\"size\": \"10s\"}}", "{\"window\": {\"size\": \"10s\"}, ^\"write\": {\"table\": \"t\"}}",
     "groups[0].does.write", "cannot stand beside \"window\""},
    {"\"size\": \"100 GiB\"", "\"size\": \"100 GiB\", \"type\": ^\"io2\"", "cluster.storage.type",
     "not modelled here yet"},
    /* Kafka's settings and Kafka's rules */
    {"\"linger.ms\"", "^\"lingr.ms\"", "producers[0].config.lingr.ms",
     "unknown setting: did you mean \"linger.ms\"?"},
    {"\"linger.ms\": 20", "^\"client.id\": \"x\"", "producers[0].config.client.id",
     "known to Kafka, but not modelled here yet"},
    {"\"linger.ms\": 20", "^\"fetch.min.bytes\": 9", "producers[0].config.fetch.min.bytes",
     "a setting of groups[].config"},
    {"\"linger.ms\": 20", "\"delivery.timeout.ms\": ^20000", "producers[0].config.delivery.timeout.ms",
     "below linger.ms + request.timeout.ms, 30 s"},
    {"\"linger.ms\": 20", "\"enable.idempotence\": ^true, \"acks\": 1",
     "producers[0].config.enable.idempotence", "needs acks=all"},
    {"\"linger.ms\": 20", "\"enable.idempotence\": ^true, \"retries\": 0",
     "producers[0].config.enable.idempotence", "retries is 0"},
    {"\"linger.ms\": 20", "\"max.in.flight.requests.per.connection\": ^6",
     "producers[0].config.max.in.flight.requests.per.connection", "refuses more than 5"},
    {"\"num.io.threads\": 4", "\"min.insync.replicas\": ^3", "cluster.config.min.insync.replicas",
     "topics[0].replication is 2"},
    {"\"num.io.threads\": 4", "\"broker.heartbeat.interval.ms\": ^9000",
     "cluster.config.broker.heartbeat.interval.ms", "fenced after"},
    {"\"name\": \"small\",", "\"name\": \"small\", \"kafka\": ^\"2.8\",", "kafka", "from \"3.3\""},
    {"\"name\": \"small\",", "\"name\": \"small\", \"kafka\": ^\"4.x\",", "kafka", "from \"3.3\""},
    {"\"name\": \"small\",", "\"name\": \"small\", \"kafka\": ^\"3.10\",", "kafka", "from \"3.3\""},
    {"\"name\": \"count\", ",
     "\"name\": \"count\", \"delivery\": \"exactly_once\", \"checkpoint\": ^\"0s\", ", "groups[0].checkpoint",
     "exactly_once"},
    {"\"name\": \"count\", ", "\"name\": \"count\", \"config\": {\"heartbeat.interval.ms\": ^50000}, ",
     "groups[0].config.heartbeat.interval.ms", "less than session.timeout.ms, 45 s"},
    /* the rest of the rules between fields */
    {"\"replication\": 2", "\"replication\": ^4", "topics[0].replication", "is 4 but cluster.brokers is 3"},
    {"\"warmup\": \"1m\"", "\"warmup\": ^\"10m\"", "run.warmup", "the run lasts 10m"},
    {"\"instance\": \"m7g.large\"", "\"instance\": ^\"m7g.larg\"", "cluster.instance",
     "did you mean \"m7g.large\"?"},
    {"\"size\": \"100 GiB\"", "\"size\": \"100 GiB\", \"throughput\": ^\"800 MiB/s\"",
     "cluster.storage.throughput", "0.25 MiB/s"},
    {"\"size\": \"100 GiB\"", "\"size\": \"100 GiB\", \"throughput\": ^\"90 MiB/s\"",
     "cluster.storage.throughput", "gp3 gives from 125 MiB/s"},
    {"\"size\": \"100 GiB\"", "\"size\": \"100 GiB\", \"iops\": ^2000", "cluster.storage.iops", "gp3 gives from 3000"},
    {"\"storage\": {\"size\": \"100 GiB\"", "\"storage\": ^{\"size\": \"100 GiB\", \"type\": \"local\", \"throughput\": \"1 GB/s\"",
     "cluster.storage.iops", "nothing is known of a local disk but what is said"},
    {"\"size\": \"100 GiB\"", "\"size\": \"10 GiB\", \"iops\": ^6000", "cluster.storage.iops",
     "at most 500 a GiB, 5000 here"},
    {"{\"window\": {\"size\": \"10s\"}}", "{\"window\": ^{\"size\": \"10s\", \"impressions\": \"views\"}}",
     "groups[0].does.window.clicks", "both impressions and clicks"},
    {"{\"window\": {\"size\": \"10s\"}}",
     "{\"window\": {\"size\": \"10s\", \"impressions\": \"views\", \"clicks\": ^\"views\"}}",
     "groups[0].does.window.clicks", "same stream"},
    {"\"objectives\"",
     "\"lake\": {\"tables\": [{\"name\": ^\"raw_event\", \"retention\": \"9d\"}]}, \"objectives\"",
     "lake.tables[0].name", "no group writes \"raw_event\": did you mean \"raw_events\"?"},
    /* faults */
    {"\"broker\": 1", "\"broker\": ^3", "faults[0].broker", "is 3 but the brokers are 0 to 2"},
    {"\"at\": \"2m\"", "\"at\": ^\"10m\"", "faults[0].at", "the run lasts 10m"},
    {"[{\"id\": \"outage\", \"kind\": \"broker_down\", \"broker\": 1, \"at\": \"2m\", \"for\": \"1m\"}",
     "[^{\"id\": \"outage\", \"kind\": \"broker_down\", \"broker\": 1, \"at\": \"2m\"}", "faults[0].for",
     "is missing"},
    {"\"for\": \"1m\"}",
     "\"for\": \"1m\"}, {\"id\": \"b\", \"kind\": \"broker_down\", \"broker\": 1, \"at\": ^\"2m30s\", "
     "\"for\": \"1m\"}",
     "faults[1].at", "down already from 2m to 3m"},
    {"\"for\": \"1m\"}",
     "\"for\": \"1m\"}, {\"id\": \"b\", \"kind\": \"restart_group\", \"group\": ^\"cuont\", \"at\": \"5m\"}",
     "faults[1].group", "did you mean \"count\"?"},
    {"\"for\": \"1m\"}",
     "\"for\": \"1m\"}, {\"id\": \"b\", \"kind\": \"consumer_crash\", \"group\": \"count\", \"instance\": "
     "^2, \"at\": \"5m\"}",
     "faults[1].instance", "has instances 0 to 1"},
    {"\"for\": \"1m\"}", "\"for\": \"1m\", ^\"group\": \"count\"}", "faults[0].group",
     "goes with kind restart_group or consumer_crash"},
    {"\"at\": \"2m\"", "\"when\": ^\"lag.cuont > 5M\"", "faults[0].when", "did you mean \"lag.count\"?"},
    {"\"at\": \"2m\"", "\"when\": ^\"lag.count > much\"", "faults[0].when", "much"},
    {"\"at\": \"2m\"", "\"when\": ^\"lag.count = 5\"", "faults[0].when", "no comparison"},
    {"\"at\": \"2m\"", "\"when\": \"lag.count > 5M\", ^\"every\": \"2m\"", "faults[0].every", "it goes with at"},
    {"\"at\": \"2m\"", "\"at\": \"2m\", \"every\": ^\"1m\"", "faults[0].every", "begin again before it is over"},
    {"\"at\": \"2m\"", "\"at\": \"2m\", ^\"mtbf\": \"1h\"", "faults[0].mtbf", "cannot stand beside \"at\""},
    {"\"at\": \"2m\"", "\"mtbf\": \"1h\", \"mttr\": ^\"3m\"", "faults[0].mttr", "how long it lasts"},
    {"\"broker\": 1", "\"brokers\": [1, ^3]", "faults[0].brokers[1]", "is 3 but the brokers are 0 to 2"},
    {"\"broker\": 1", "\"brokers\": [1, ^1]", "faults[0].brokers[1]", "1 stands here twice"},
    {"\"broker\": 1", "\"brokers\": ^[]", "faults[0].brokers", "is empty"},
    {"\"broker\": 1", "\"brokers\": ^2", "faults[0].brokers", "takes a list of whole numbers"},
    {"\"broker\": 1", "\"brokers\": [2], ^\"broker\": 1", "faults[0].broker", "both given"},
    {"\"broker\": 1", "\"broker\": ^\"amy\"", "faults[0].broker", "did you mean \"any\"?"},
    {"\"broker_down\"", "^\"broker_dwn\"", "faults[0].kind", "did you mean \"broker_down\"?"},
    {"\"linger.ms\": 20", "\"transactional.id\": \"web\", \"transaction.timeout.ms\": ^900001", "producers[0].config.transaction.timeout.ms",
     "transaction.max.timeout.ms is 15m: they refuse it (INVALID_TRANSACTION_TIMEOUT)"},
    {"\"for\": \"1m\"}",
     "\"for\": \"1m\"}, {\"id\": ^\"outage\", \"kind\": \"broker_down\", \"broker\": 2, \"at\": \"5m\", "
     "\"for\": \"1m\"}",
     "faults[1].id", "is the name of faults[0] already"},
    /* objectives: the place is inside the text */
    {"\"freshness.count.p99 <= 30s\"", "\"freshness.count.p99 <= ^30\"", "objectives[0]",
     "'30': a duration needs its unit"},
    {"\"freshness.count.p99 <= 30s\"", "\"freshness.count.p99 <= ^30 MiB\"", "objectives[0]",
     "a duration takes"},
    {"\"freshness.count.p99 <= 30s\"", "\"^freshness.cuont.p99 <= 30s\"", "objectives[0]",
     "did you mean \"freshness.count.p99\"?"},
    {"\"freshness.count.p99 <= 30s\"", "\"^freshness.everything.p99 <= 30s\"", "objectives[0]",
     "<output> is one of count, raw_events"},
    {"\"freshness.count.p99 <= 30s\"", "\"^speed > 3\"", "objectives[0]",
     "there are freshness.<output>.<statistic>"},
    {"\"freshness.count.p99 <= 30s\"", "\"freshness.count.p99 ^=< 30s\"", "objectives[0]",
     "with op <=, <, >=, > or =="},
    {"\"freshness.count.p99 <= 30s\"", "\"freshness.count.p99 <= 30s during ^outages\"", "objectives[0]",
     "did you mean \"outage\"?"},
    {"\"freshness.count.p99 <= 30s\"", "\"freshness.count.p99 <= 30s during ^all day\"", "objectives[0]",
     "one word"},
    {"\"freshness.count.p99 <= 30s\"", "\"cost.month <= ^190k\"", "objectives[0]", "$"},
    {"\"freshness.count.p99 <= 30s\"", "\"availability.produce >= ^99.9\"", "objectives[0]",
     "takes a share, as in 99.9% or 0.999"},
    {"\"freshness.count.p99 <= 30s\"", "\"headroom.load_factor >= ^1.3s\"", "objectives[0]", "plain number"},
    {"\"freshness.count.p99 <= 30s\"", "\"delivery.count.lost == ^few\"", "objectives[0]", "few"},
    {"\"freshness.count.p99 <= 30s\"", "^7", "objectives[0]", "takes a list of texts"},
    {"\"name\": \"small\",", "\"name\": \"small\", \"decision\": {\"metric\": ^\"freshness.cuont.p99\"},",
     "decision.metric", "did you mean \"freshness.count.p99\"?"},
    {"\"name\": \"small\",", "\"name\": \"small\", \"decision\": {\"metric\": \"lag.count.peak\", \"stale_after\": ^\"5s\"},",
     "decision.stale_after", "to name an output's freshness or staleness"},
};

/* One mistake each, and nothing that only follows from it; the place is the marked one, as above. */
#define OUTAGE_END "\"for\": \"1m\"}"
#define AND_FAULT(rest) "\"for\": \"1m\"}, {\"id\": \"b\", " rest "}"
static const struct bad single[] = {
    {"\"replication\": 2", "\"replication\": 2, \"config\": {\"cleanup.policy\": ^\"compact\"}",
     "topics[0].config.cleanup.policy", "records of stream clicks have no key"},
    {"\"replication\": 2", "\"replication\": 2, \"config\": {\"remote.storage.enable\": ^true}",
     "topics[0].config.remote.storage.enable", "needs cluster.config remote.log.storage.system.enable"},
    {"\"num.io.threads\": 4}},\n  \"topics\": [{\"name\": \"events\", \"partitions\": 6, \"replication\": 2}",
     "\"remote.log.storage.system.enable\": true}},\n  \"topics\": [{\"name\": \"events\", \"partitions\": 6, \"replication\": 2, "
     "\"config\": {\"remote.storage.enable\": true, \"local.retention.ms\": ^700000000}}",
     "topics[0].config.local.retention.ms", "is more than retention.ms"},
    {"\"linger.ms\": 20", "\"enable.idempotence\": true, \"acks\": ^2", "producers[0].config.acks",
     "takes one of all, 1, 0"},
    {"\"linger.ms\": 20", "\"enable.idempotence\": true, \"acks\": ^true", "producers[0].config.acks",
     "takes one of all, 1, 0"},
    {"\"linger.ms\": 20", "\"enable.idempotence\": true, \"retries\": ^-1", "producers[0].config.retries",
     "between 0 and"},
    {"\"linger.ms\": 20", "\"enable.idempotence\": ^\"yes\", \"acks\": 1",
     "producers[0].config.enable.idempotence", "takes true or false"},
    {"[\"views\", \"clicks\"]", "[\"views\", ^\"click\"]", "producers[0].sends[1]",
     "did you mean \"clicks\"?"},
    {"[\"views\", \"clicks\"]", "[\"views\", ^5]", "producers[0].sends[1]", "is 5"},
    {"[\"views\", \"clicks\"]", "^\"views\"", "producers[0].sends", "is \"views\""},
    {"\"name\": \"count\", ",
     "\"name\": \"count\", \"delivery\": \"exactly_once\", \"checkpoint\": ^\"10\", ", "groups[0].checkpoint",
     "needs its unit"},
    {"\"name\": \"small\",", "\"name\": \"small\", \"kafka\": ^\"2.8\",", "kafka", "from \"3.3\""},
    {"\"topics\": [{\"name\": \"events\"", "\"topics\": [{\"name\": ^\"Events\"", "topics[0].name",
     "a name has"},
    {"{\"write\": {\"table\": \"raw_events\"}}", "{\"write\": {\"table\": ^\"Raw\"}}",
     "groups[1].does.write.table", "a name has"},
    {"{\"window\": {\"size\": \"10s\"}}", "{\"window\": ^7}", "groups[0].does.window", "takes an object"},
    {"\"name\": \"count\", ", "\"name\": ^\"Count\", ", "groups[0].name", "a name has"},
    {"\"kind\": \"broker_down\"", "\"kind\": ^\"quake\"", "faults[0].kind", "takes one of"},
    /* one topic */
    {"\"replication\": 2}]",
     "\"replication\": 2},\n  ^{\"name\": \"other\", \"partitions\": 6, \"replication\": 2}]", "topics[1]",
     "this version simulates one topic, and topics[0] is it"},
    /* faults that meet */
    {OUTAGE_END, AND_FAULT("\"kind\": \"broker_down\", \"broker\": 1, \"at\": ^\"2m59s\", \"for\": \"1s\""),
     "faults[1].at", "broker 1 is down already from 2m to 3m (faults[0])"},
    {OUTAGE_END,
     AND_FAULT("\"kind\": \"broker_down\", \"broker\": ^\"one\", \"at\": \"2m\", \"for\": \"1s\""),
     "faults[1].broker", "one"},
    {OUTAGE_END,
     AND_FAULT("\"kind\": \"restart_group\", \"group\": \"count\", \"at\": \"5m\", \"for\": \"30s\"}, "
               "{\"id\": \"c\", \"kind\": \"restart_group\", \"group\": \"count\", \"at\": ^\"5m29s\""),
     "faults[2].at", "group \"count\" has faults[1] from 5m to 5m 30s already"},
    {OUTAGE_END,
     AND_FAULT("\"kind\": \"restart_group\", \"group\": \"count\", \"at\": \"5m\", \"for\": \"30s\"}, "
               "{\"id\": \"c\", \"kind\": \"consumer_crash\", \"group\": \"count\", \"at\": ^\"4m30s\", "
               "\"for\": \"31s\""),
     "faults[2].at", "group \"count\" has faults[1]"},
    {OUTAGE_END,
     AND_FAULT("\"kind\": \"consumer_crash\", \"group\": \"count\", \"at\": \"5m\"}, "
               "{\"id\": \"c\", \"kind\": \"consumer_crash\", \"group\": \"count\", \"instance\": 1, "
               "\"at\": ^\"5m59s\""),
     "faults[2].at", "one fault of a group at a time"},
};

static void place_of_mark(const char *text, const char *mark, uint32_t *line, uint32_t *column)
{
    *line = *column = 1;
    for (const char *p = text; p < mark; p++) {
        ++*column;
        if (*p == '\n') ++*line, *column = 1;
    }
}

static void assert_each(struct fixture *f, const struct bad *all, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct bad *bad = &all[i];
        char *text = replaced(f, small_scenario, bad->old, bad->new);
        char *mark = strchr(text, '^');
        assert_non_null(mark);
        uint32_t line, column;
        place_of_mark(text, mark, &line, &column);
        memmove(mark, mark + 1, strlen(mark));
        if (load_text(f, text)) fail_msg("no mistake found in %s", bad->new);
        const struct diag_entry *entry = diag_get(f->diag, 0);
        if (diag_count(f->diag) != 1 || entry->pos.line != line || entry->pos.column != column ||
            strcmp(entry->path, bad->path) != 0 || !strstr(entry->message, bad->message) ||
            strcmp(entry->file, path_of(f, "scenario.json")) != 0) {
            diag_print(f->diag, stderr);
            fail_msg("%s: expected only %u:%u: %s: ... %s", bad->new, line, column, bad->path, bad->message);
        }
    }
}

static void test_each_mistake_where_it_stands(void **state)
{
    assert_each(*state, cases, COUNT_OF(cases));
}

static void test_nothing_that_only_follows(void **state)
{
    assert_each(*state, single, COUNT_OF(single));
}

static void test_places_by_number(void **state)
{
    struct fixture *f = *state;
    /* The same again with line and column written down, so that the marks above are not trusted blindly. */
    assert_null(load_text(
        f, replaced(f, small_scenario, "\"replication\": 2", "\"replication\": 3, \"retention\": 5")));
    assert_int_equal(diag_count(f->diag), 1);
    assert_found(f, 16, 81, "topics[0].retention", "5 has no unit");
    assert_null(load_text(f, replaced(f, small_scenario, "\"brokers\": 3, ", "")));
    assert_found(f, 13, 14, "cluster.brokers", "is missing: takes a whole number");
    assert_null(load_text(f, replaced(f, small_scenario, "\"name\": \"count\", ", "\"name\": \"raw\", ")));
    assert_found(f, 20, 14, "groups[1].name", "\"raw\" is the name of groups[0] already");
    assert_null(load_text(f, replaced(f, small_scenario, "\"linger.ms\": 20", "\"max.request.size\": 350")));
    assert_int_equal(diag_count(f->diag), 1);
    assert_found(f, 6, 74, "workload[0].event.size", "max.request.size of producers[0] is 350 B");
    assert_null(load_text(f, replaced(f, small_scenario, "{\"window\": {\"size\": \"10s\"}}",
                                      "{\"window\": {\"size\": \"10s\"}, \"feeds\": \"raw_events\"}")));
    assert_found(f, 21, 34, "groups[1].does.write.table", "is the output of groups[0] already");
    assert_null(load_text(f, replaced(f, small_scenario, "\"name\": \"small\",",
                                      "\"name\": \"small\", \"region\": \"mars-1\",")));
    assert_found(f, 2, 30, "region", "there is no price book for \"mars-1\": there is us-east-1");
    assert_int_equal(diag_count(f->diag), 1);
    assert_null(load_text(f, replaced(f, small_scenario, "\"name\": \"small\",",
                                      "\"name\": \"small\", \"region\": \"us-esat-1\",")));
    assert_found(f, 2, 30, "region", "did you mean \"us-east-1\"?");
    assert_null(load_text(f, replaced(f, small_scenario, "\"stream\": \"clicks\"", "\"stream\": \"taps\"")));
    assert_int_equal(diag_count(f->diag), 1); /* and not also that none sends "taps" */
    assert_found(f, 10, 40, "producers[0].sends[1]", "nothing in workload is called \"clicks\"");
    assert_null(load_text(f, replaced(f, small_scenario, "[\"views\", \"clicks\"]", "[\"views\"]")));
    assert_int_equal(diag_count(f->diag), 1);
    assert_found(f, 7, 16, "workload[1].stream", "\"clicks\" is sent by none of the producers");
}

/* Faults that touch but do not meet are fine; as many fit as the set of those in force has bits. */
static void test_faults_side_by_side(void **state)
{
    struct fixture *f = *state;
    load_good(
        f, replaced(f, small_scenario, OUTAGE_END,
                    AND_FAULT("\"kind\": \"broker_down\", \"broker\": 1, \"at\": \"3m\", \"for\": \"1m\"}, "
                              "{\"id\": \"c\", \"kind\": \"broker_down\", \"broker\": 2, \"at\": \"2m\", "
                              "\"for\": \"1m\"}, "
                              "{\"id\": \"d\", \"kind\": \"restart_group\", \"group\": \"count\", "
                              "\"at\": \"2m\", \"for\": \"10s\"}, "
                              "{\"id\": \"e\", \"kind\": \"restart_group\", \"group\": \"raw\", "
                              "\"at\": \"2m\", \"for\": \"10s\"}, "
                              "{\"id\": \"f\", \"kind\": \"consumer_crash\", \"group\": \"count\", "
                              "\"at\": \"2m10s\", \"for\": \"10s\"")));
    for (int more = SCENARIO_FAULTS_MAX - 1; more <= SCENARIO_FAULTS_MAX; more++) {
        const char *list = OUTAGE_END;
        for (int i = 0; i < more; i++)
            list = arena_printf(
                f->arena,
                "%s,\n{\"id\": \"f%d\", \"kind\": \"broker_down\", \"broker\": 0, \"at\": \"%ds\", "
                "\"for\": \"1s\"}",
                list, i, i);
        const char *text = replaced(f, small_scenario, OUTAGE_END, list);
        if (more < SCENARIO_FAULTS_MAX) {
            assert_int_equal(load_good(f, text)->faults_n, 63);
            continue;
        }
        assert_null(load_text(f, text));
        assert_int_equal(diag_count(f->diag), 1);
        assert_found(f, 23 + 63, 1, "faults[63]", "is one too many: at most 63 fit");
    }
}

/* Who uses the topic that is too many is said with it, not as mistakes of their own. */
static void test_two_topics(void **state)
{
    struct fixture *f = *state;
    char *text = replaced(f, small_scenario, "\"replication\": 2}]",
                          "\"replication\": 2}, {\"name\": \"b\", \"partitions\": 6, \"replication\": 2}]");
    text = replaced(f, text, "[\"views\", \"clicks\"]", "[\"views\"]");
    text = replaced(f, text, "\"linger.ms\": 20}}",
                    "\"linger.ms\": 20}}, {\"name\": \"taps\", \"sends\": [\"clicks\"], \"to\": \"b\", "
                    "\"instances\": 1}");
    text =
        replaced(f, text, "\"name\": \"raw\", \"reads\": \"events\"", "\"name\": \"raw\", \"reads\": \"b\"");
    assert_null(load_text(f, text));
    assert_int_equal(diag_count(f->diag), 1);
    assert_found(f, 16, 69, "topics[1]",
                 "is one too many: this version simulates one topic, and topics[0] is it; producers[1] and "
                 "groups[1] use the other");
}

static void test_every_mistake_at_once(void **state)
{
    struct fixture *f = *state;
    char *text = replaced(f, small_scenario, "\"10m\"", "10");
    text = replaced(f, text, "\"400 B\"", "\"400 s\"");
    text = replaced(f, text, "\"to\": \"events\"", "\"to\": \"evnets\"");
    text = replaced(f, text, "\"num.io.threads\": 4", "\"num.io.thread\": 4");
    text = replaced(f, text, "\"replication\": 2", "\"replication\": 4");
    text = replaced(f, text, "\"broker\": 1", "\"broker\": 9");
    text = replaced(f, text, "<= 30s", "<= 30");
    assert_null(load_text(f, text));
    static const uint32_t lines[] = {3, 6, 10, 15, 16, 23, 24};
    assert_int_equal(diag_count(f->diag), COUNT_OF(lines));
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        assert_int_equal(diag_get(f->diag, i)->pos.line, lines[i]);
}

/* Whatever the bytes, the loader reports or accepts, and never crashes; the sanitizers watch. */
static void test_mutations(void **state)
{
    struct fixture *f = *state;
    size_t n = strlen(small_scenario), refused = 0;
    uint64_t random = 88172645463325252u;
    for (int round = 0; round < 600; round++) {
        char text[sizeof small_scenario];
        memcpy(text, small_scenario, sizeof text);
        for (int i = 0; i < 1 + round % 3; i++) {
            random ^= random << 13, random ^= random >> 7, random ^= random << 17; /* xorshift64 */
            static const char bytes[] = "0123456789{}[]\":,.-eks \n\x01\xff";
            text[random % n] = bytes[(random >> 32) % (sizeof bytes - 1)];
        }
        struct arena *kept = f->arena;
        f->arena = arena_new(0);
        const char *path = write_bytes(f, "scenario.json", text, n);
        refused += load_with(f, path, NULL, 0) == NULL;
        scenario_release(f->scenario);
        f->scenario = NULL;
        diag_free(f->diag);
        f->diag = diag_new();
        arena_free(f->arena);
        f->arena = kept;
    }
    assert_true(refused > 400 && refused < 600); /* both ways are taken */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_each_mistake_where_it_stands, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_that_only_follows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_places_by_number, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_faults_side_by_side, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_two_topics, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_every_mistake_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_mutations, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
